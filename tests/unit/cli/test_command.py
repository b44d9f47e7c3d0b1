"""One-shot commands and scripts on stdin: output and exit codes equal to redis-cli's."""

import re

import pytest

from tests.servers import Server, free_port
from tests.unit.cli.conftest import SERVER_IS_OURS
from tests.unit.cli.programs import Ran, run_ours, run_redis_cli, scripted

ONE_SHOTS = [
    ["ping"],
    ["echo", "a b", "c"],
    ["-e", "nosuchcommand"],
    ["nosuchcommand"],
    [""],
    ["quit"],
    ["-r", "3", "-i", "0.01", "incr", "counter"],
    ["-r", "0", "ping"],
    ["-n", "9", "set", "k", "v"],
    ["-n", "99", "ping"],
    ["-n", "99", "-e", "ping"],
    ["-a", "wrong", "ping"],
    ["-a", "wrong", "--no-auth-warning", "ping"],
    ["--user", "someone", "--pass", "wrong", "ping"],
    ["-2", "-e", "debug", "protocol", "push"],
    ["-D", "|", "-d", ",", "-r", "2", "echo", "x"],
    ["--quoted-input", "echo", '"a\\x00b\\n"'],
    ["--quoted-input", "echo", "'it\\'s'"],
    ["--quoted-input", "echo", '"a'],
    ["--quoted-input", "echo", ""],
    ["--quoted-input", "echo", "a b"],
    ["--csv", "config", "get", "maxmemory"],
    ["--json", "config", "get", "maxmemory"],
    ["-3", "--no-raw", "config", "get", "maxmemory*"],
    ["--no-raw", "object", "help"],
    ["--no-raw", "time", "extra"],
    ["--no-raw", "--csv", "ping"],
    ["--csv", "--no-raw", "ping"],
    ["subscribe"],
    ["shutdown", "nope"],
    ["monitor", "extra"],
    ["-X", "tag", "set", "k", "other"],
]
SCRIPTS = [
    b"set a 1\nget a\nnosuch\n\nget 'a\n\"abc\n3 ping\n0 ping\n-1 ping\n5\nquit\nping\n",
    b'echo "a\\x41\\n\\t\\q"\necho \'it\\\'s\'\necho a"b c"\necho "a"b\nECHO "" \nQUIT\n',
    b"multi\nset a 1\nget a\nexec\nmulti\ndiscard\nexec\n",
    b"select 3\nset k v\nselect 0\nget k\nselect 99\n",
    b"hello 3\nconfig get maxmemory\nhello 2\nconfig get maxmemory\nreset\n",
    b"subscribe\nping\n99999999999999999999 ping\n",
    b"ping",
    b"debug sleep 0.55\nping\n",
    b"clear\nhelp nosuch\n",
    b"config get maxmemory\r\n  ping  \r\n",
]


@pytest.mark.parametrize("args", ONE_SHOTS, ids=" ".join)
def test_one_shot_is_as_redis_cli(port: int, args: list[str]) -> None:
    theirs = run_redis_cli(port, args)
    run_ours(port, ["flushall"])
    assert run_ours(port, args) == theirs


@pytest.mark.parametrize("form", ["--raw", "--no-raw", "--csv", "--json"])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script[:16].decode())
def test_script_is_as_redis_cli(port: int, script: bytes, form: str) -> None:
    def stable(ran: Ran) -> Ran:
        # How long a command took is the machine's to say.
        ran = Ran(ran.code, re.sub(rb"\(\d+\.\d\ds\)", b"(N.NNs)", ran.out), ran.err)
        lines = [line for line in ran.out.splitlines(True) if b'"id"' not in line and b"(integer)" not in line]
        return Ran(ran.code, b"".join(lines) if b"hello" in script else ran.out, ran.err)

    if b"hello" in script and form != "--no-raw":
        script = script.replace(b"hello 3\n", b"").replace(b"hello 2\n", b"")  # the reply holds a client's number
    theirs = run_redis_cli(port, [form], script)
    run_ours(port, ["flushall"])
    assert stable(run_ours(port, [form], script)) == stable(theirs)


@pytest.mark.parametrize(
    ("args", "stdin"),
    [
        (["-x", "set", "k"], b"line\n"),
        (["-x"], b"ping"),
        (["-X", "tag", "set", "tag", "v"], b"key\n"),
        (["-x", "--no-raw", "-r", "2", "append", "k"], b"1"),
        (["-x", "-X", "tag", "set", "k", "tag"], b""),
    ],
)
def test_stdin_as_argument(port: int, args: list[str], stdin: bytes) -> None:
    theirs = run_redis_cli(port, args, stdin), run_redis_cli(port, ["--no-raw", "dump", "k"])
    run_ours(port, ["flushall"])
    assert (run_ours(port, args, stdin), run_ours(port, ["--no-raw", "dump", "k"])) == theirs


@pytest.mark.parametrize("args", [["ping"], []])
def test_no_server(args: list[str]) -> None:
    port = free_port()
    assert run_ours(port, args, b"ping\nping\n") == run_redis_cli(port, args, b"ping\nping\n")


def test_no_socket_and_no_such_host() -> None:
    for args in (["-s", "/nonexistent", "ping"], ["-h", "nohost.invalid", "ping"]):
        assert run_ours(1, args) == run_redis_cli(1, args)


@pytest.mark.parametrize("topic", ["get", "set", "config set", "config", "nosuch", "@nosuch", "zadd", "xadd", "getex"])
@pytest.mark.skipif(SERVER_IS_OURS, reason="redis-cli's help is of redis-server's commands")
def test_help_is_as_redis_cli(port: int, topic: str) -> None:
    assert run_ours(port, ["help", *topic.split()]) == run_redis_cli(port, ["help", *topic.split()])


def test_connection_lost() -> None:
    for args, stdin in ((["ping"], b""), (["-2"], b"ping\n")):
        with scripted(None) as server:
            ran = run_ours(server.port, args, stdin)
        assert ran == Ran(0 if stdin else 1, b"", b"Error: Server closed the connection\n")


def test_repeat_ends_with_the_connection(port: int) -> None:
    ran = run_ours(port, ["-r", "2", "quit"])
    assert ran == Ran(1, b"OK\n", b"Error: Server closed the connection\n")


def test_next_line_connects_again() -> None:
    with scripted(b"+ONE\r\n", None, b"+TWO\r\n") as server:
        ran = run_ours(server.port, [], b"a\nb\nc\n")
    assert ran == Ran(0, b"ONE\nTWO\n", b"Error: Server closed the connection\n")


def test_not_a_server() -> None:
    with scripted(b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        ran = run_ours(server.port, ["ping"])
    assert ran == Ran(1, b"", b'Error: Protocol error, got "H" as reply type byte\n')


def test_refused_protocol_goes_on() -> None:
    for args in (["-3", "ping"], ["--json", "ping"]):
        replies = (b"-ERR unknown command\r\n", b"+PONG\r\n")
        with scripted(*replies) as ours, scripted(*replies) as theirs:
            assert run_ours(ours.port, args) == run_redis_cli(theirs.port, args)


def test_redirect_is_followed_with_c_only(port: int) -> None:
    run_ours(port, ["set", "k", "here"])
    moved = b"-MOVED 5 127.0.0.1:%d\r\n" % port
    with scripted(moved) as server:
        assert run_ours(server.port, ["-c", "get", "k"]) == Ran(0, b"here\n", b"")
    with scripted(moved) as server:
        assert run_ours(server.port, ["get", "k"]).out.startswith(b"MOVED 5")
    with scripted(moved) as server:
        line = b"-> Redirected to slot [5] located at 127.0.0.1:%d\n" % port
        assert run_ours(server.port, ["-c"], b"get k\n") == Ran(0, line + b"here\n", b"")


def test_ask_sends_asking_and_an_empty_host_is_the_same_host() -> None:
    with scripted(b"+OK\r\n", b"+V\r\n") as target:
        with scripted(b"-ASK 5 :%d\r\n" % target.port) as server:
            assert run_ours(server.port, ["-c", "get", "k"]) == Ran(0, b"V\n", b"")
        assert target.received[0] == b"*1\r\n$6\r\nASKING\r\n"


def test_redirects_without_end() -> None:
    with scripted() as server:
        server.replies = iter([b"-MOVED 5 :%d\r\n" % server.port] * 40)
        ran = run_ours(server.port, ["-c", "get", "k"])
    assert ran.code == 1
    assert b"more than 16 redirects" in ran.err


def test_unsubscribe_of_several_channels_keeps_the_order(port: int) -> None:
    for protocol in ("-2", "-3"):
        ran = run_ours(port, [protocol, "--csv"], b"unsubscribe a b\nunsubscribe\nping\n")
        assert ran.out == b'"unsubscribe","a",0\n"unsubscribe","b",0\n"unsubscribe",NULL,0\n"PONG"\n'


def test_passwords(protected: Server) -> None:
    port = protected.port
    assert run_ours(port, ["ping"]) == run_redis_cli(port, ["ping"])
    for name in ("AUTOCACHE_CLI_AUTH", "REDISCLI_AUTH"):
        assert run_ours(port, ["ping"], environment={name: "s3cret"}) == Ran(0, b"PONG\n", b"")
    with_option = run_ours(port, ["-a", "s3cret", "ping"], environment={"REDISCLI_AUTH": "wrong"})
    assert with_option == run_redis_cli(port, ["-a", "s3cret", "ping"])
    uri = f"redis://default:s%33cret@127.0.0.1:{port}/2"
    assert b" db=2 " in run_ours(1, ["-u", uri, "client", "info"]).out
    late = b"auth s3cret\nping\n"
    assert run_ours(port, ["-n", "3"], late) == run_redis_cli(port, ["-n", "3"], late)
    asked = run_ours(port, ["--askpass", "ping"], password="s3cret")
    assert asked == Ran(0, b"PONG\n", b"")


def test_unix_socket_and_shutdown(protected: Server) -> None:
    args = ["-s", protected.config["unixsocket"], "-a", "s3cret", "--no-auth-warning"]
    assert run_ours(1, [*args, "ping"]) == Ran(0, b"PONG\n", b"")
    assert run_ours(1, [*args, "shutdown", "nosave"]) == Ran(0, b"", b"")
