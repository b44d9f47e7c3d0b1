"""Keys that become ready many at once, and sessions that end while they wait."""

import time

import pytest

from autocache.commands.cache import Cache

KEYS = 60_000
# Served in their order one by one they take a tenth of a second, on a sanitizer build too.
SERVED_S_MAX = 5.0


@pytest.fixture
def cache() -> Cache:
    return Cache(seed=1)


def test_many_keys_become_ready_at_once(cache: Cache) -> None:
    """Whoever waits for very many keys cannot make a FLUSHALL stall: keys leave the list of the ready in O(1)."""
    waiting, other = cache.session(), cache.session()
    assert waiting.execute(b"BLPOP", *[b"key:%d" % number for number in range(KEYS)], b"0") == b""
    start = time.monotonic()
    assert other.execute(b"FLUSHALL") == b"+OK\r\n"
    assert time.monotonic() - start < SERVED_S_MAX
    assert waiting.parked
    assert other.execute(b"RPUSH", b"key:%d" % (KEYS - 1), b"v") == b":1\r\n"
    assert waiting.read() == b"*2\r\n$9\r\nkey:59999\r\n$1\r\nv\r\n"


def test_keys_are_served_in_the_order_in_which_they_became_ready(cache: Cache) -> None:
    """Also those that only become ready while others are served."""
    first, second, third, writer = (cache.session() for _ in range(4))
    first.execute(b"BLMOVE", b"a", b"c", b"LEFT", b"RIGHT", b"0")
    second.execute(b"BLPOP", b"c", b"b", b"0")
    third.execute(b"BLPOP", b"c", b"0")
    for request in (b"MULTI",), (b"RPUSH", b"b", b"1"), (b"RPUSH", b"a", b"2"), (b"EXEC",):
        writer.execute(*request)
    assert second.read() == b"*2\r\n$1\r\nb\r\n$1\r\n1\r\n"
    assert first.read() == b"$1\r\n2\r\n"
    assert third.read() == b"*2\r\n$1\r\nc\r\n$1\r\n2\r\n"


def test_a_session_ends_while_it_waits(cache: Cache) -> None:
    """It takes nothing with it, and those behind it are served."""
    gone, behind, writer = (cache.session() for _ in range(3))
    gone.execute(b"BLPOP", b"a", b"b", b"a", b"0")
    behind.execute(b"BLPOP", b"a", b"0")
    del gone
    assert writer.execute(b"RPUSH", b"a", b"1") == b":1\r\n"
    assert behind.read() == b"*2\r\n$1\r\na\r\n$1\r\n1\r\n"
    assert writer.execute(b"RPUSH", b"b", b"2") == b":1\r\n"
    assert writer.execute(b"LLEN", b"b") == b":1\r\n"
