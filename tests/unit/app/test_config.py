"""`Config`: atomic changes, callbacks, CONFIG REWRITE; and loading from file, environment and flags."""

import re
from pathlib import Path

import pytest

from autocache.app import redis_conf
from autocache.app.config import TABLE, Config, ConfigError, load
from autocache.app.flags import parse_command_line
from autocache.app.later_parameters import LATER_GROUPS
from autocache.app.parameters import GROUPS


def loaded(*argv: str, **environ: str) -> Config:
    return load(parse_command_line(argv, TABLE), environ)


def refused(*argv: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(*argv, **environ)
    return str(caught.value)


def conf(tmp_path: Path, text: str) -> str:
    path = tmp_path / "server.conf"
    path.write_text(text)
    return str(path)


# -- typed access ----------------------------------------------------------------------------------
def test_attributes_have_the_declared_type() -> None:
    config = Config()
    number: int = config.maxmemory
    truth: bool = config.protected_mode
    assert (number, truth, config.maxmemory_policy, config.bind) == (0, True, "noeviction", ("*", "-::*"))
    assert config.client_output_buffer_limit[2].hard_bytes == 32 * 1024**2


def test_config_has_an_attribute_for_each_parameter() -> None:
    assert {*GROUPS, *LATER_GROUPS} <= set(Config.__mro__)


def test_attributes_cannot_be_assigned() -> None:
    with pytest.raises(AttributeError, match=re.escape("Config.set")):
        Config().maxmemory = 5  # type: ignore[assignment]


def test_every_parameter_has_help_and_what_is_allowed() -> None:
    for parameter in TABLE.parameters:
        assert parameter.about, parameter.name
        assert parameter.kind.allowed(), parameter.name
        assert not (parameter.needs and parameter.stored_for), parameter.name


def test_a_rendered_value_reads_back_as_itself() -> None:
    for parameter in TABLE.parameters:
        words = parameter.kind.split(parameter.render(parameter.default))
        again = parameter.parse(words, parameter.default)
        assert parameter.render(again) == parameter.render(parameter.default) or parameter.name == "dir"


# -- CONFIG SET ------------------------------------------------------------------------------------
def test_callbacks_run_once_per_set_and_only_on_a_change() -> None:
    config, seen = Config(), []
    config.on_change(("maxmemory", "maxmemory-policy"), lambda c: seen.append((c.maxmemory, c.maxmemory_policy)))
    config.set([("maxmemory", "1mb"), ("maxmemory-policy", "allkeys-lru")])
    config.set([("maxmemory", "1048576")])
    config.set([("hz", "20")])
    assert seen == [(1048576, "allkeys-lru")]


def test_a_callback_registered_by_an_alias_sees_the_change() -> None:
    config, seen = Config(), []
    config.on_change("slave-priority", lambda c: seen.append(c.replica_priority))
    config.set([("replica-priority", "7")])
    assert seen == [7]


def test_a_refusing_callback_puts_everything_back() -> None:
    config, applied = Config(), []

    def refuse(changed: Config) -> None:
        if changed.maxclients > 100:
            raise ConfigError("not so many")

    config.set([("maxclients", "50")])
    config.on_change("hz", lambda c: applied.append(c.hz))
    config.on_change("maxclients", refuse)
    with pytest.raises(ConfigError) as caught:
        config.set([("hz", "20"), ("maxclients", "101")])
    assert caught.value.reply == ("ERR CONFIG SET failed (possibly related to argument 'maxclients') - not so many")
    assert (config.hz, config.maxclients, applied) == (10, 50, [20, 10])


def test_a_callback_that_breaks_puts_everything_back_too() -> None:
    config = Config()
    config.on_change("hz", lambda c: [].pop(c.hz))
    with pytest.raises(IndexError):
        config.set([("timeout", "5"), ("hz", "20")])
    assert (config.hz, config.timeout) == (10, 0)


def test_a_wrong_value_changes_nothing() -> None:
    config = Config()
    with pytest.raises(ConfigError):
        config.set([("hz", "20"), ("timeout", "x")])
    assert config.hz == 10


def test_values_of_later_capabilities_are_refused_by_name() -> None:
    with pytest.raises(ConfigError) as caught:
        Config().set([("appendonly", "yes")])
    assert str(caught.value) == (
        "CONFIG SET failed (possibly related to argument 'appendonly') - appendonly 'yes' needs the"
        " append-only file, which this version does not have yet"
    )
    Config().set([("appendonly", "no"), ("save", ""), ("notify-keyspace-events", "")])


@pytest.mark.parametrize(
    ("allowed", "local", "works"),
    [("no", True, False), ("local", False, False), ("local", True, True), ("yes", False, True)],
)
def test_protected_parameters(allowed: str, local: bool, works: bool, tmp_path: Path) -> None:
    config = loaded("-enable-protected-configs", allowed)
    try:
        config.set([("dir", str(tmp_path))], local=local)
    except ConfigError:
        assert not works
    else:
        assert works
        assert config.dir == str(tmp_path)


def test_a_hostile_pattern_takes_no_time() -> None:
    assert Config().get(["*a" * 200 + "?" * 50]) == {}


# -- the sources and their order -------------------------------------------------------------------
def test_precedence(tmp_path: Path) -> None:
    path = conf(tmp_path, "maxmemory 1mb\nhz 20\ntimeout 5\n")
    config = loaded("-config", path, "-maxmemory", "3mb", AUTOCACHE_MAXMEMORY="2mb", AUTOCACHE_HZ="30")
    assert (config.maxmemory, config.hz, config.timeout, config.databases) == (3 * 1024**2, 30, 5, 16)
    assert config.path == path


@pytest.mark.parametrize("argv", [("{}",), ("-config", "{}"), ("--config={}",), ("{}", "--timeout", "9")])
def test_ways_to_name_the_file(tmp_path: Path, argv: tuple[str, ...]) -> None:
    path = conf(tmp_path, "hz 20")
    assert loaded(*(a.format(path) for a in argv)).hz == 20


def test_the_environment_names_the_file_too(tmp_path: Path) -> None:
    assert loaded(AUTOCACHE_CONFIG=conf(tmp_path, "hz 20")).hz == 20


def test_file_syntax(tmp_path: Path) -> None:
    (tmp_path / "more.conf").write_text("timeout 8")
    text = (
        "# a comment\n\n  HZ 20\r\n"
        'requirepass "a \\"b\\" \\x41\\n"\n'
        "masterauth ''\n"
        f"include {tmp_path}/more.conf\ninclude {tmp_path}/none*.conf\n"
        "client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit pubsub 1kb 2 3\n"
        "bind 127.0.0.1 -::1\nslave-priority 5\nsave \"\"\nlogfile 'it\\'s'\n"
    )
    config = loaded(conf(tmp_path, text))
    assert (config.hz, config.requirepass, config.timeout) == (20, 'a "b" A\n', 8)
    assert config.client_output_buffer_limit[0].hard_bytes == 1
    assert config.client_output_buffer_limit[2].hard_bytes == 1024
    assert (config.bind, config.replica_priority, config.logfile) == (("127.0.0.1", "-::1"), 5, "it's")


def test_bytes_that_are_no_utf8_survive(tmp_path: Path) -> None:
    path = tmp_path / "server.conf"
    path.write_bytes(b'requirepass "\\xff"\n# \xfe\nhz 10\n')
    config = loaded(str(path))
    assert config.requirepass.encode("utf-8", "surrogateescape") == b"\xff"
    config.set([("hz", "11")])
    config.rewrite()
    assert path.read_bytes() == b'requirepass "\\xff"\n# \xfe\nhz 11\n'


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("hz 10\nmaxmemry 1", "line 2: unknown name 'maxmemry'; did you mean 'maxmemory'?"),
        ("maxmemory", "line 1: maxmemory '': wrong number of arguments (allowed: bytes, or"),
        ("port 1 2", "line 1: port '1 2': wrong number of arguments"),
        (
            "hz zz",
            "line 1: hz 'zz': argument couldn't be parsed into an integer (allowed: an integer from 0)",
        ),
        ('hz "1', "line 1: a quote is not closed, or not followed by a blank"),
        ('hz "1"2', "line 1: a quote is not closed, or not followed by a blank"),
        ("include /nope/x", "config file /nope/x: No such file or directory"),
        ("include a b", "line 1: include: wrong number of arguments"),
        (
            "appendonly yes",
            "line 1: appendonly 'yes' needs the append-only file, which this version does not",
        ),
        ("save 900 1", "line 1: save '900 1' needs snapshots"),
        ("masterauth hunter2", "line 1: masterauth '<hidden>' needs replication"),
        ("rename-command FLUSHALL x", "line 1: rename-command: commands cannot be renamed here"),
        ("user default on", "line 1: user: needs ACL"),
        ("port 1\naddr :2", "server.conf: addr and port exclude each other"),
        ("bind ::1\naddr :2", "server.conf: addr and bind exclude each other"),
        ("addr 2", "line 1: addr '2': address must be HOST:PORT"),
        ("unixsocketperm 999", "argument couldn't be parsed as an octal number"),
        ("daemonize yes", "daemonize 'yes' needs a service manager"),
    ],
)
def test_file_errors_name_file_line_and_name(tmp_path: Path, text: str, error: str) -> None:
    path = conf(tmp_path, text)
    message = refused(path)
    assert error in message
    assert "hunter2" not in message
    assert message.startswith("config file ")


def test_an_include_of_itself_ends(tmp_path: Path) -> None:
    path = tmp_path / "server.conf"
    path.write_text(f"include {path}\n")
    assert f"more than {redis_conf.INCLUDE_DEPTH_MAX} deep" in refused(str(path))


def test_debians_redis_conf_says_what_it_would_not_do() -> None:
    path = Path("/etc/redis/redis.conf")
    try:
        path.read_text()
    except OSError:
        pytest.skip("not installed, or not readable")
    assert "daemonize 'yes' needs a service manager" in refused(str(path))


def test_environment(tmp_path: Path) -> None:
    config = loaded(
        AUTOCACHE_PROTECTED_MODE="false",
        AUTOCACHE_ADDR="[::1]:7000",
        AUTOCACHE_CLUSTER_BIND="10.0.0.1",
        AUTOCACHE_LATENCY_TRACKING_INFO_PERCENTILES="50 90",
        AUTOCACHE_DATA_DIR=str(tmp_path),
        HZ="5",
    )
    assert (config.protected_mode, config.bind, config.port) == (False, ("::1",), 7000)
    assert (config.cluster_bind, config.latency_tracking_info_percentiles) == ("10.0.0.1", (50.0, 90.0))
    assert (config.dir, config.hz) == (str(tmp_path), 10)


def test_what_kubernetes_injects_is_ignored_and_a_typo_is_told() -> None:
    config = loaded(
        AUTOCACHE_PORT="tcp://10.0.0.1:6379",
        AUTOCACHE_SERVICE_HOST="10.0.0.1",
        AUTOCACHE_PORT_6379_TCP_ADDR="10.0.0.1",
        AUTOCACHE_MAXMEMRY="5",
        AUTOCACHE_CLI_AUTH="x",
    )
    assert config.port == 6379
    assert config.warnings == [
        "environment variable AUTOCACHE_MAXMEMRY is not known; did you mean 'AUTOCACHE_MAXMEMORY'?"
    ]


def test_environment_errors() -> None:
    assert refused(AUTOCACHE_HZ="x").startswith("environment variable AUTOCACHE_HZ: hz 'x': argument couldn't")
    assert "AUTOCACHE_CLUSTER_BIND" in refused(AUTOCACHE_BIND="127.0.0.1")
    assert "exclude each other" in refused(AUTOCACHE_ADDR=":1", AUTOCACHE_PORT="2")


def test_a_node_id_is_generated() -> None:
    first, second = loaded().node_id, loaded().node_id
    assert re.fullmatch("[0-9a-f]{40}", first)
    assert first != second
    assert loaded("-node-id", "A" * 40).node_id == "a" * 40


# -- CONFIG REWRITE --------------------------------------------------------------------------------
REWRITE_BEFORE = """\
# my server
maxmemory 1gb

  # two limits
client-output-buffer-limit normal 1mb 1mb 1
hz 10
slave-priority 50
hz 12
requirepass "se\\x41cret"
include {}
"""

REWRITE_AFTER = """\
# my server
maxmemory 2mb

  # two limits
client-output-buffer-limit normal 1mb 1mb 1
hz 20
slave-priority 50
requirepass "a b\\x01"
include {}

# Added by CONFIG REWRITE
timeout 7
"""


def test_rewrite_keeps_what_stands_and_replaces_what_changed(tmp_path: Path) -> None:
    (tmp_path / "more.conf").write_text("")
    path = Path(conf(tmp_path, REWRITE_BEFORE.format(tmp_path / "more.conf")))
    path.chmod(0o640)
    config = loaded(str(path))
    config.set([("maxmemory", "2097152"), ("hz", "20"), ("requirepass", "a b\x01"), ("timeout", "7")])
    config.rewrite()
    assert path.read_text() == REWRITE_AFTER.format(tmp_path / "more.conf")
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["more.conf", "server.conf"]
    config.rewrite()
    assert path.read_text() == REWRITE_AFTER.format(tmp_path / "more.conf")
    again = loaded(str(path))
    assert again.get(["*"]) | {"node-id": ""} == config.get(["*"]) | {"node-id": ""}


def test_rewrite_of_every_changeable_value_reads_back(tmp_path: Path) -> None:
    path = conf(tmp_path, "")
    config = loaded(path)
    changes = {
        "client-output-buffer-limit": "normal 1 2 3 replica 1mb 2mb 3",
        "latency-tracking-info-percentiles": "",
        "maxmemory-clients": "5%",
        "bind": "127.0.0.1 ::1",
        "ignore-warnings": "with blank # and 'quotes' \\ \x07\t\xe9",
        "oom-score-adj-values": "1 2 3",
        "shutdown-on-sigterm": "nosave now",
        "slowlog-log-slower-than": "-1",
        "proto-max-bulk-len": "1gb",
    }
    config.set(list(changes.items()))
    config.rewrite()
    assert loaded(path).get([*changes]) == config.get([*changes])


def test_rewrite_writes_flags_and_turns_addr_into_port_and_bind(tmp_path: Path) -> None:
    path = conf(tmp_path, "addr 127.0.0.1:7000\n")
    config = loaded(path, "-timeout", "5")
    config.rewrite()
    assert Path(path).read_text() == ("port 7000\n\n# Added by CONFIG REWRITE\nbind 127.0.0.1\ntimeout 5\n")


def test_rewrite_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    path = conf(tmp_path, "hz 10\n")
    link = tmp_path / "link.conf"
    link.symlink_to(path)
    config = loaded(str(link))
    config.set([("hz", "11")])
    config.rewrite()
    assert link.is_symlink()
    assert Path(path).read_text() == "hz 11\n"


def test_rewrite_without_a_file() -> None:
    with pytest.raises(ConfigError) as caught:
        Config().rewrite()
    assert caught.value.reply == "ERR The server is running without a config file"


def test_a_failed_rewrite_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = conf(tmp_path, "hz 10\n")
    config = loaded(path)
    config.set([("hz", "11")])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigError) as caught:
        config.rewrite()
    assert caught.value.reply == "ERR Rewriting config file: No space left on device"
    assert Path(path).read_text() == "hz 10\n"
    assert [p.name for p in tmp_path.iterdir()] == ["server.conf"]


def test_secrets_are_not_described() -> None:
    config = loaded("-requirepass", "hunter2", "-hz", "20")
    assert config.secrets() == ["hunter2"]
    assert config.described()["requirepass"] == "<hidden>"
    assert config.described()["hz"] == "20"
