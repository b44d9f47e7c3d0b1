"""Client-side caching: who is told of which change, and when."""

import pytest

from autocache.commands.cache import Cache, LocalSession


def push(*keys: str) -> bytes:
    """An invalidation as RESP3 has it."""
    items = b"".join(b"$%d\r\n%b\r\n" % (len(key), key.encode()) for key in keys)
    return b">2\r\n$10\r\ninvalidate\r\n*%d\r\n%b" % (len(keys), items)


FLUSHED = b">2\r\n$10\r\ninvalidate\r\n_\r\n"


class Client:
    """A session in RESP3 that takes a line of words."""

    def __init__(self, cache: Cache, protocol: int = 3) -> None:
        self.session: LocalSession = cache.session()
        self(f"HELLO {protocol}")

    def __call__(self, line: str) -> bytes:
        return self.session.execute(*line.encode().split())

    def read(self) -> bytes:
        """What it was told meanwhile."""
        return self.session.read()


@pytest.fixture
def cache() -> Cache:
    return Cache(seed=1)


@pytest.fixture
def one(cache: Cache) -> Client:
    return Client(cache)


@pytest.fixture
def two(cache: Cache) -> Client:
    return Client(cache)


def test_told_once_for_each_read(one: Client, two: Client) -> None:
    one("CLIENT TRACKING ON")
    one("GET k")
    two("SET k 1")
    two("SET k 2")
    assert one.read() == push("k")
    two("SET k 3")
    assert one.read() == b""


def test_ones_own_change_is_told_after_the_reply(one: Client) -> None:
    one("CLIENT TRACKING ON")
    one("GET k")
    assert one("SET k v") == b"+OK\r\n" + push("k")
    for line in ("MULTI", "GET k", "SET k w", "GET k", "FLUSHALL"):
        one(line)
    assert one("EXEC") == b"*4\r\n$1\r\nv\r\n+OK\r\n$1\r\nw\r\n+OK\r\n" + push("k") + FLUSHED


def test_noloop(one: Client, two: Client) -> None:
    one("CLIENT TRACKING ON NOLOOP")
    one("GET k")
    assert one("SET k v") == b"+OK\r\n"
    one("GET k")
    two("SET k v")
    assert one.read() == push("k")


def test_a_flush_is_told_once(one: Client, two: Client) -> None:
    one("CLIENT TRACKING ON")
    one("GET a")
    two("FLUSHALL")
    assert one.read() == FLUSHED
    two("SET a 1")
    assert one.read() == b""


def test_expiry_is_told(cache: Cache, one: Client, two: Client) -> None:
    cache.configure(active_expire=0)
    cache.tick(now_ms=1_000_000)
    two("SET k v PX 10")
    one("CLIENT TRACKING ON")
    one("GET k")
    cache.tick(now_ms=1_000_020)
    two("GET k")
    assert one.read() == push("k")


def test_optin_and_optout(one: Client, two: Client) -> None:
    one("CLIENT TRACKING ON OPTIN")
    one("GET a")
    one("CLIENT CACHING YES")
    assert b"caching-yes" in one("CLIENT TRACKINGINFO")
    one("GET b")
    one("GET c")
    two("MSET a 1 b 2 c 3")
    assert one.read() == push("b")
    one("CLIENT TRACKING OFF")
    one("CLIENT TRACKING ON OPTOUT")
    one("CLIENT CACHING NO")
    one("GET a")
    one("GET b")
    two("MSET a 1 b 2")
    assert one.read() == push("b")


def test_broadcast_by_prefix_at_the_end_of_the_round(cache: Cache, one: Client, two: Client) -> None:
    one("CLIENT TRACKING ON BCAST PREFIX b PREFIX a")
    two("CLIENT TRACKING ON BCAST NOLOOP")
    for line in ("SET b1 x", "SET a2 x", "SET a1 x", "SET a1 y", "SET c x"):
        two(line)
    assert one.read() == b""
    cache.end_round()
    assert one.read() == push("a1", "a2") + push("b1")
    assert two.read() == b""
    one("SET c y")
    two("SET d y")
    cache.end_round()
    assert one.read() == b""
    assert two.read() == push("c")


@pytest.mark.parametrize("words", ["a ab", "ab a", "x a ab", "a a"])
def test_prefixes_may_not_overlap(one: Client, words: str) -> None:
    prefixes = " ".join(f"PREFIX {word}" for word in words.split())
    assert b"overlaps with another provided prefix" in one(f"CLIENT TRACKING ON BCAST {prefixes}")
    assert one("CLIENT GETREDIR") == b":-1\r\n"
    one("CLIENT TRACKING ON BCAST PREFIX a")
    assert b"overlaps with an existing prefix 'a'" in one("CLIENT TRACKING ON BCAST PREFIX ab")


def test_redirection(cache: Cache, one: Client, two: Client) -> None:
    target = Client(cache)
    one(f"CLIENT TRACKING ON REDIRECT {target.session.id}")
    one("GET k")
    one("GET j")
    two("SET k v")
    assert target.read() == push("k")
    gone = target.session.id
    del target
    two("SET j v")
    assert one.read() == b">2\r\n$21\r\ntracking-redir-broken\r\n:%d\r\n" % gone
    assert b"broken_redirect" in one("CLIENT TRACKINGINFO")


def test_resp2_is_told_nothing(cache: Cache, two: Client) -> None:
    old = Client(cache, 2)
    old("CLIENT TRACKING ON")
    old("GET k")
    two("SET k v")
    assert old.read() == b""


def test_the_table_is_bounded(cache: Cache, one: Client) -> None:
    cache.configure(tracking_table_max_keys=2)
    one("CLIENT TRACKING ON")
    told = b"".join(one(f"GET k{number}") for number in range(20))
    told += one("PING")
    assert told.count(b"invalidate") == 18
    assert cache.tracking_figures()["tracking_total_keys"] == 2


def test_nothing_is_left_when_nobody_tracks(cache: Cache) -> None:
    readers = [Client(cache) for _ in range(3)]
    for reader, words in zip(readers, ("", "NOLOOP", "BCAST PREFIX k"), strict=True):
        reader(f"CLIENT TRACKING ON {words}")
        for number in range(500):
            reader(f"GET k{number}")
    Client(cache)("SET k1 v")
    assert cache.tracking_figures()["tracking_total_items"] == 998
    readers.clear()
    del reader
    assert not any(cache.tracking_figures().values())


def test_sessions_that_end_are_passed_over(cache: Cache, two: Client) -> None:
    one = Client(cache)
    stays = Client(cache)
    stays("CLIENT TRACKING ON")
    one("CLIENT TRACKING ON")
    one("GET k")
    stays("GET k")
    del one
    two("SET k v")
    assert stays.read() == push("k")
    assert cache.tracking_figures() == {
        "tracking_clients": 1,
        "tracking_total_keys": 0,
        "tracking_total_items": 0,
        "tracking_total_prefixes": 0,
    }
