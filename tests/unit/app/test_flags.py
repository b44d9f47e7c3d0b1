"""The command line: what each argument means, what is refused and how, `main` and its exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest

from autocache import __version__
from autocache.app import main as main_module
from autocache.app.config import TABLE, Config, ConfigError, load
from autocache.app.flags import parse_command_line
from autocache.app.main import main


def loaded(*argv: str) -> Config:
    return load(parse_command_line(argv, TABLE), {})


def refused(*argv: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(*argv)
    return str(caught.value)


def test_defaults_of_the_product() -> None:
    config = loaded()
    assert (config.port, config.bind) == (6379, ("*", "-::*"))
    assert (config.cluster_enabled, config.cluster_port, config.cluster_bind) == (False, 16379, "127.0.0.1")
    assert (config.seeds, len(config.node_id), config.dir) == ("", 40, str(Path.cwd() / "data"))


@pytest.mark.parametrize("argv", [("-hz", "20"), ("--hz", "20"), ("-hz=20",), ("--hz=20",), ("--HZ", "20")])
def test_spellings(argv: tuple[str, ...]) -> None:
    assert loaded(*argv).hz == 20


@pytest.mark.parametrize(
    ("argv", "value"),
    [
        (("-lazyfree-lazy-expire",), True),
        (("-lazyfree-lazy-expire", "true"), True),
        (("-lazyfree-lazy-expire", "yes"), True),
        (("-lazyfree-lazy-expire", "false"), False),
        (("-lazyfree-lazy-expire=false",), False),
        (("-lazyfree-lazy-expire=0",), False),
        (("-lazyfree-lazy-expire", "-hz", "20"), True),
    ],
)
def test_yes_or_no(argv: tuple[str, ...], value: bool) -> None:
    assert loaded(*argv).lazyfree_lazy_expire is value


@pytest.mark.parametrize(
    ("addr", "bind", "port"),
    [
        (":6379", ("*", "-::*"), 6379),
        ("*:1", ("*", "-::*"), 1),
        ("127.0.0.1:7000", ("127.0.0.1",), 7000),
        ("[::1]:7000", ("::1",), 7000),
        ("localhost:0", ("localhost",), 0),
    ],
)
def test_addr(addr: str, bind: tuple[str, ...], port: int) -> None:
    config = loaded("-addr", addr)
    assert (config.bind, config.port) == (bind, port)


def test_bind_is_the_cluster_bus_and_port_is_redis() -> None:
    config = loaded("-bind", "10.0.0.1", "-port", "7000")
    assert (config.cluster_bind, config.bind, config.port) == ("10.0.0.1", ("*", "-::*"), 7000)
    # -bind does not clash with -addr: they are two addresses.
    assert loaded("-bind", "10.0.0.1", "-addr", ":7000").cluster_bind == "10.0.0.1"


def test_flags_override_a_files_address(tmp_path: Path) -> None:
    path = tmp_path / "c.conf"
    path.write_text("bind 127.0.0.1\nport 7000\n")
    assert loaded(str(path), "-port", "7001").bind == ("127.0.0.1",)
    assert loaded(str(path), "-addr", ":7001").bind == ("*", "-::*")


def test_values_that_start_with_a_dash_and_values_of_several_words() -> None:
    assert loaded("-slowlog-log-slower-than", "-1").slowlog_log_slower_than == -1
    assert loaded("-requirepass", "-secret").requirepass == "-secret"
    assert loaded("-requirepass=-port").requirepass == "-port"
    config = loaded("--client-output-buffer-limit", "normal", "1", "2", "3", "--save", "", "--hz", "20")
    assert (config.client_output_buffer_limit[0].soft_seconds, config.save, config.hz) == (3, (), 20)
    assert loaded("-latency-tracking-info-percentiles", "50 90").latency_tracking_info_percentiles == (50, 90)


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (("-maxmem", "1"), "unknown flag '-maxmem'; did you mean '-maxmemory'?; --help lists all flags"),
        (
            ("-maxmemory", "lots"),
            "flag -maxmemory: maxmemory 'lots': argument must be a memory value (allowed: bytes",
        ),
        (("-hz",), "flag -hz: a value is missing"),
        (("-hz", "-port", "1"), "flag -hz: a value is missing"),
        (
            ("-cluster-port", "65536"),
            "argument must be between 0 and 65535 inclusive (allowed: an integer from 0 to",
        ),
        (
            ("-maxmemory-policy", "lru"),
            "argument(s) must be one of the following: volatile-lru, volatile-lfu,",
        ),
        (
            ("-cluster-enabled", "maybe"),
            "flag -cluster-enabled: cluster-enabled 'maybe': argument must be 'yes' or",
        ),
        (("-cluster-enabled",), "flag -cluster-enabled: cluster-enabled 'yes' needs cluster mode"),
        (("-seeds", "a:1"), "flag -seeds: seeds 'a:1' needs cluster mode"),
        (("--replicaof", "host", "1"), "flag -replicaof: replicaof 'host 1' needs replication"),
        (("-node-id", "xyz"), "argument must be 40 hexadecimal digits"),
        (("-addr", ":1", "-port", "1"), "flags: addr and port exclude each other"),
        (("-addr", "6379"), "did you mean ':6379'?"),
        (("-addr", "::1:6379"), "address must be HOST:PORT, [IPV6]:PORT or :PORT"),
        (("-addr", ":65536"), "PORT at most 65535"),
        (("-metrics-addr", "x"), "flag -metrics-addr: metrics-addr 'x': address must be"),
        (("-h", "host"), "flag -h is for the client: add -cli"),
        (("-p", "7000"), "the server's is -port or -addr"),
        (("-hz", "20", "stray"), "unexpected argument 'stray'"),
        (("--",), "unexpected argument '--'"),
        (("a.conf", "-config", "b.conf"), "flag -config: there is already the config file 'a.conf'"),
        (("-requirepass", "a", "b"), "unexpected argument 'b'"),
        (("-cli=maybe",), "flag -cli: 'maybe': argument must be true or false"),
    ],
)
def test_refused(argv: tuple[str, ...], error: str) -> None:
    assert error in refused(*argv)


@pytest.mark.parametrize(
    ("argv", "rest"),
    [
        (("-cli",), []),
        (("--cli", "GET", "k"), ["GET", "k"]),
        (("-cli=true", "PING"), ["PING"]),
        (("-cli", "true", "PING"), ["PING"]),
        (("-h", "10.0.0.1", "-p", "7000", "-cli", "GET", "k"), ["-h", "10.0.0.1", "-p", "7000", "GET", "k"]),
        (("-cli", "SET", "k", "-cli"), ["SET", "k", "-cli"]),
        (("-cli", "--help"), ["--help"]),
    ],
)
def test_cli_gets_the_rest_as_it_is(argv: tuple[str, ...], rest: list[str]) -> None:
    line = parse_command_line(argv, TABLE)
    assert (line.action, line.rest) == ("cli", rest)


def test_the_client_starts_without_the_servers_tables() -> None:
    code = (
        "import sys, types; client = types.ModuleType('autocache.cli.main');"
        "client.main = lambda rest: 40 + len(rest);"
        "sys.modules['autocache.cli.main'] = client;"
        "from autocache.app.main import main; code = main(['-p', '7', '-cli', 'GET', 'k']);"
        "assert 'autocache.app.config' not in sys.modules; sys.exit(code)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 44


def test_cli_can_be_switched_off() -> None:
    assert parse_command_line(["-cli", "false", "-hz", "20"], TABLE).action == "serve"
    assert parse_command_line(["-cli=false"], TABLE).action == "serve"


def test_help_names_every_flag_and_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("-help", "--help", "-h"):
        assert main([flag]) == 0
    text = capsys.readouterr().out
    for parameter in TABLE.parameters:
        assert parameter.name in text, parameter.name
    assert max(map(len, text.splitlines())) <= 110
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"autocache {__version__}\n"


def test_main_serves_with_a_data_dir_and_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main_module, "serve_forever", lambda config: 40 + config.databases - 16)
    monkeypatch.setenv("AUTOCACHE_NOSUCH", "1")
    assert main(["-data-dir", str(tmp_path / "a" / "b")]) == 40
    assert (tmp_path / "a" / "b").is_dir()
    assert "AUTOCACHE_NOSUCH is not known" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "code", "error"),
    [
        (("-hz", "x"), 2, "autocache: flag -hz: hz 'x': argument couldn't be parsed into an integer"),
        (("-data-dir", "{}/file/x"), 1, "autocache: data-dir '{}/file/x': Not a directory"),
        (("-data-dir", "{}/file"), 1, "autocache: data-dir '{}/file': not a directory"),
        (("-data-dir", "/proc/nope"), 1, "autocache: data-dir '/proc/nope': "),
        (("-data-dir", "{}", "-logfile", "{}/no/log"), 1, "autocache: logfile '{}/no/log': No such file"),
    ],
)
def test_exit_codes(
    argv: tuple[str, ...], code: int, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main([argument.format(tmp_path) for argument in argv]) == code
    assert capsys.readouterr().err.startswith(error.format(tmp_path))


def test_a_wrong_flag_ends_the_process_with_2() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "autocache.app.main", "-appendonly", "yes"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        "autocache: flag -appendonly: appendonly 'yes' needs the append-only file,"
        " which this version does not have yet\n"
    )
