"""MULTI, EXEC, DISCARD, WATCH and UNWATCH, and what the pipeline checks around them."""

import pytest

from autocache.commands.cache import Cache, LocalSession


class Client:
    """A session that takes a line of words."""

    def __init__(self, cache: Cache, session: LocalSession | None = None) -> None:
        self.session = session or cache.session()

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


def test_queue_and_run(one: Client, two: Client) -> None:
    assert one("MULTI") == b"+OK\r\n"
    assert one("SET k v") == b"+QUEUED\r\n"
    assert one("GET k") == b"+QUEUED\r\n"
    assert two("GET k") == b"$-1\r\n"
    assert one("EXEC") == b"*2\r\n+OK\r\n$1\r\nv\r\n"
    assert one("EXEC") == b"-ERR EXEC without MULTI\r\n"


def test_discard_drops_the_queue_and_the_watches(one: Client, two: Client) -> None:
    one("WATCH k")
    one("MULTI")
    one("SET k v")
    assert one("DISCARD") == b"+OK\r\n"
    assert one("DISCARD") == b"-ERR DISCARD without MULTI\r\n"
    two("SET k w")
    one("MULTI")
    assert one("EXEC") == b"*0\r\n"
    assert one("GET k") == b"$1\r\nw\r\n"


def test_nested_multi_and_watch_are_refused_without_harm(one: Client) -> None:
    one("MULTI")
    assert one("MULTI") == b"-ERR MULTI calls can not be nested\r\n"
    assert one("WATCH k") == b"-ERR WATCH inside MULTI is not allowed\r\n"
    one("PING")
    assert one("EXEC") == b"*1\r\n+PONG\r\n"


@pytest.mark.parametrize("bad", ["NOSUCH", "GET", "CLIENT NOSUCH", "CLIENT"])
def test_what_cannot_be_queued_aborts(one: Client, bad: str) -> None:
    one("MULTI")
    one("SET k v")
    assert one(bad).startswith(b"-ERR")
    assert one("EXEC") == b"-EXECABORT Transaction discarded because of previous errors.\r\n"
    assert one("GET k") == b"$-1\r\n"


def test_exec_that_is_refused_drops_the_transaction(one: Client, two: Client) -> None:
    refusal = b"-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n"
    one("WATCH k")
    assert one("EXEC x") == refusal
    two("SET k v")
    one("MULTI")
    assert one("EXEC") == b"*0\r\n"
    one("MULTI")
    assert one("EXEC x") == refusal
    assert one("EXEC") == b"-ERR EXEC without MULTI\r\n"


@pytest.mark.parametrize(("protocol", "null"), [("2", b"*-1\r\n"), ("3", b"_\r\n")])
def test_a_changed_key_makes_exec_answer_null(one: Client, two: Client, protocol: str, null: bytes) -> None:
    one(f"HELLO {protocol}")
    one("WATCH k other")
    two("SET k v")
    one("MULTI")
    one("SET k w")
    assert one("EXEC") == null
    assert one("GET k") == b"$1\r\nv\r\n"


def test_unwatch_forgets_a_change(one: Client, two: Client) -> None:
    one("WATCH k")
    two("SET k v")
    one("UNWATCH")
    one("MULTI")
    assert one("EXEC") == b"*0\r\n"


def test_a_watched_key_expires(cache: Cache, one: Client) -> None:
    cache.tick(now_ms=1_000_000)
    one("SET k v PX 10")
    one("WATCH k")
    cache.configure(active_expire=0)
    cache.tick(now_ms=1_000_020)
    one("MULTI")
    assert one("EXEC") == b"*-1\r\n"


@pytest.mark.parametrize("change", ["GET k", "FLUSHALL", "DEL k"])
def test_a_key_that_had_expired_may_go(cache: Cache, one: Client, two: Client, change: str) -> None:
    cache.configure(active_expire=0)
    cache.tick(now_ms=1_000_000)
    two("SET k v PX 10")
    cache.tick(now_ms=1_000_020)
    one("WATCH k")
    two(change)
    one("MULTI")
    assert one("EXEC") == b"*0\r\n"


def test_memory_is_checked_when_queueing_and_at_exec(cache: Cache, one: Client) -> None:
    oom = b"OOM command not allowed when used memory > 'maxmemory'.\r\n"
    one("MULTI")
    one("SET k v")
    cache.configure(maxmemory=1)
    assert one("EXEC") == b"-EXECABORT Transaction discarded because of: " + oom
    assert one("MULTI") == b"+OK\r\n"
    assert one("GET k") == b"-" + oom
    assert one("MULTI") == b"-" + oom
    assert one("DISCARD") == b"+OK\r\n"
    assert one("MULTI") == b"+OK\r\n"
    assert one("EXEC") == b"*0\r\n"
    assert one("SET k v") == b"-" + oom


def test_commands_of_a_transaction_do_not_wait(one: Client) -> None:
    one("MULTI")
    one("WAIT 1 0")
    assert one("EXEC") == b"*1\r\n:0\r\n"


def test_replies_that_are_turned_off_inside(one: Client) -> None:
    one("MULTI")
    one("CLIENT REPLY OFF")
    one("PING")
    assert one("EXEC") == b"*2\r\n"
    assert one("NOSUCH") == b""
    assert one("CLIENT REPLY ON") == b"+OK\r\n"


def test_reset_and_quit_end_a_transaction(one: Client) -> None:
    one("MULTI")
    one("SET k v")
    assert one("RESET") == b"+RESET\r\n"
    assert one("EXEC") == b"-ERR EXEC without MULTI\r\n"
    one("MULTI")
    assert one("QUIT") == b"+OK\r\n"


def test_a_session_that_ends_leaves_nothing_behind(cache: Cache, two: Client) -> None:
    for _ in range(3):
        gone = Client(cache)
        gone("WATCH k")
        gone("MULTI")
        gone("SET k v")
        del gone
        two("SET k w")
    assert two("CLIENT LIST").count(b"id=") == 1
