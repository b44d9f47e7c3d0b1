"""AUTH, HELLO, CLIENT, PING, ECHO, QUIT, RESET and WAIT."""

import pytest

from autocache.commands.cache import Cache, LocalSession


class Client:
    """A session that takes a line of words."""

    def __init__(self, cache: Cache) -> None:
        self.session: LocalSession = cache.session()

    def __call__(self, line: str) -> bytes:
        return self.session.execute(*line.encode().split())


@pytest.fixture
def cache() -> Cache:
    return Cache(seed=1)


@pytest.fixture
def one(cache: Cache) -> Client:
    return Client(cache)


@pytest.fixture
def two(cache: Cache) -> Client:
    return Client(cache)


def test_ping_and_echo(one: Client) -> None:
    assert one("PING") == b"+PONG\r\n"
    assert one("PING x") == one("ECHO x") == b"$1\r\nx\r\n"
    assert one("PING x y") == b"-ERR wrong number of arguments for 'ping' command\r\n"


def test_hello_answers_in_the_version_it_chose(one: Client) -> None:
    assert one("HELLO 3").startswith(b"%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n")
    assert one("GET nothing") == b"_\r\n"
    assert one("HELLO").startswith(b"%7\r\n")
    assert one("HELLO 2").startswith(b"*14\r\n")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("HELLO 4", b"-NOPROTO unsupported protocol version"),
        ("HELLO x", b"-ERR Protocol version is not an integer or out of range"),
        ("HELLO 3 BOGUS", b"-ERR Syntax error in HELLO option 'BOGUS'"),
        ("HELLO 3 AUTH default", b"-ERR Syntax error in HELLO option 'AUTH'"),
        ("HELLO 3 AUTH nobody x", b"-WRONGPASS invalid username-password pair or user is disabled."),
        ("AUTH a b c", b"-ERR syntax error"),
        ("AUTH x", b"-ERR AUTH <password> called without any password configured for"),
        ("CLIENT", b"-ERR wrong number of arguments for 'client' command"),
        ("CLIENT NOSUCH", b"-ERR unknown subcommand 'NOSUCH'."),
        ("CLIENT UNBLOCK 1 TIMEOUT x", b"-ERR unknown subcommand or wrong number of arguments"),
        ("CLIENT KILL ID 0", b"-ERR client-id should be greater than 0"),
        ("CLIENT KILL TYPE x", b"-ERR Unknown client type 'x'"),
        ("CLIENT KILL USER x", b"-ERR No such user 'x'"),
        ("CLIENT KILL 1.2.3.4:5", b"-ERR No such client"),
        ("CLIENT LIST ID x", b"-ERR Invalid client ID"),
        ("CLIENT PAUSE -1", b"-ERR timeout is negative"),
        ("CLIENT PAUSE 1 BOGUS", b"-ERR CLIENT PAUSE mode must be WRITE or ALL"),
        ("CLIENT SETNAME a\x01", b"-ERR Client names cannot contain spaces, newlines or special characters."),
        ("CLIENT SETINFO BOGUS x", b"-ERR Unrecognized option 'BOGUS'"),
        ("WAIT x 0", b"-ERR value is not an integer or out of range"),
        ("WAIT 0 x", b"-ERR timeout is not an integer or out of range"),
    ],
)
def test_errors(one: Client, line: str, error: bytes) -> None:
    assert one(line).startswith(error)
    assert one("HELLO").startswith(b"*14\r\n")


def test_a_password(cache: Cache, one: Client) -> None:
    cache.set_password(b"secret")
    guest = Client(cache)
    assert one("PING") == b"+PONG\r\n"
    assert guest("PING") == b"-NOAUTH Authentication required.\r\n"
    assert guest("HELLO 3").startswith(b"-NOAUTH HELLO must be called")
    assert guest("AUTH wrong") == b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
    assert guest("AUTH secret") == b"+OK\r\n"
    assert guest("PING") == b"+PONG\r\n"
    assert guest("RESET") == b"+RESET\r\n"
    assert guest("PING").startswith(b"-NOAUTH")
    assert guest("HELLO 3 AUTH default secret SETNAME n").startswith(b"%7")
    cache.set_password(b"")
    assert Client(cache)("PING") == b"+PONG\r\n"


def test_names_and_the_list(one: Client, two: Client) -> None:
    assert one("CLIENT GETNAME") == b"$-1\r\n"
    one("CLIENT SETNAME first")
    two("CLIENT SETINFO LIB-NAME lib")
    assert one("CLIENT GETNAME") == b"$5\r\nfirst\r\n"
    listed = two("CLIENT LIST").decode().split("\n", 1)[1].splitlines()[:2]
    assert " name=first " in listed[0]
    assert "lib-name" not in listed[0]
    assert listed[1].endswith(" lib-name=lib lib-ver=")
    assert " cmd=client|list " in listed[1]
    one("CLIENT SETNAME")
    one("RESET")
    assert one("CLIENT GETNAME") == b"$-1\r\n"


def test_replies_off_and_skip(one: Client) -> None:
    assert one("CLIENT REPLY SKIP") == b""
    assert one("PING") == b""
    assert one("PING") == b"+PONG\r\n"
    assert one("CLIENT REPLY OFF") == b""
    assert one("NOSUCH") == one("GET") == one("PING") == b""
    assert one("CLIENT REPLY ON") == b"+OK\r\n"


def test_wait_parks_and_unblock_ends_it(cache: Cache, one: Client, two: Client) -> None:
    cache.tick(now_ms=1_000_000)
    assert one("WAIT 0 0") == one("WAIT -1 5") == b":0\r\n"
    assert one("WAIT 1 50") == b""
    assert one.session.parked
    assert one.session.deadline_ms == 1_000_050
    assert two(f"CLIENT UNBLOCK {one.session.id} ERROR") == b":1\r\n"
    assert one.session.read() == b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"
    assert two(f"CLIENT UNBLOCK {one.session.id}") == b":0\r\n"
    one("WAIT 1 0")
    one.session.unpark()
    assert one.session.read() == b":0\r\n"


def test_a_pause_holds_writes_and_expiry(cache: Cache, one: Client, two: Client) -> None:
    cache.tick(now_ms=1_000_000)
    one("SET old v PX 10")
    assert one("CLIENT PAUSE 1000 WRITE") == b"+OK\r\n"
    cache.tick(now_ms=1_000_020)
    assert two("GET old") == b"$-1\r\n"
    assert two("DBSIZE") == b":1\r\n"
    assert two("SET k v") == b""
    assert two.session.parked
    assert one("CLIENT UNPAUSE") == b"+OK\r\n"
    two.session.unpark()
    assert two("SET k v") == b"+OK\r\n"
    assert one("GET old") == b"$-1\r\n"
    assert one("DBSIZE") == b":1\r\n"


def test_a_pause_holds_a_transaction_that_writes(one: Client, two: Client) -> None:
    two("MULTI")
    two("SET k v")
    one("CLIENT PAUSE 100000 WRITE")
    assert two("EXEC") == b""
    one("CLIENT UNPAUSE")
    two.session.unpark()
    assert two("EXEC") == b"*1\r\n+OK\r\n"


def test_kill_marks_the_session(one: Client, two: Client) -> None:
    assert one(f"CLIENT KILL ID {one.session.id}") == b":0\r\n"
    assert one(f"CLIENT KILL ID {two.session.id}") == b":1\r\n"
    assert two.session.flags & 1 << 21
    assert one(f"CLIENT KILL ID {one.session.id} SKIPME no") == b":1\r\n"
    assert one.session.flags & 1 << 4


def test_a_request_of_http_ends_the_connection(one: Client) -> None:
    assert one("POST / HTTP/1.1") == b""
    assert one.session.flags & 1 << 21


def test_many_sessions_come_and_go(cache: Cache, one: Client) -> None:
    kept = [Client(cache) for _ in range(300)]
    ids = {client.session.id for client in kept[::3]}
    del kept[1::3]
    more = [Client(cache) for _ in range(200)]
    found = {client.id for client in cache.clients()}
    assert ids <= found
    assert len(found) == 1 + len(kept) + len(more)
    assert one("CLIENT LIST").count(b" addr=") == len(found)
