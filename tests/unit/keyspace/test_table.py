"""Keys, table and entries against a dict: growth, removal, expiry, and what memory is left."""

import gc
import random

import pytest

from autocache.commands.cache import Cache
from autocache.memory.alloc import usage

# The longest entry that stands in one block (entry.pxd); longer values live in a block of their own.
ENTRY_BYTES_MAX = 1024
HEADER_BYTES = 8


def bulk(value: bytes | None) -> bytes:
    return b"$-1\r\n" if value is None else b"$%d\r\n%b\r\n" % (len(value), value)


def test_everything_is_freed() -> None:
    gc.collect()
    before = usage()
    cache = Cache(seed=3)
    session = cache.session()
    for i in range(30_000):
        session.execute(b"SET", b"key:%d" % i, b"v" * (i % 2000), *((b"PX", b"100000") if i % 3 else ()))
    session.execute(b"SET", b"large", b"x" * 5_000_000)
    session.execute(b"APPEND", b"large", b"x" * 5_000_000)
    assert usage()["used_bytes"] > before["used_bytes"] + 20_000_000
    del session, cache
    gc.collect()
    after = usage()
    assert (after["live_blocks"], after["used_bytes"]) == (before["live_blocks"], before["used_bytes"])


@pytest.mark.parametrize("seed", [1, 2])
def test_growth_and_removal_of_200k_keys(seed: int) -> None:
    session = Cache(seed=seed).session()
    draw = random.Random(seed)
    model: dict[bytes, bytes] = {}
    keys = [b"%x" % draw.getrandbits(draw.choice((32, 64, 200))) for _ in range(200_000)]
    for key in keys:
        model[key] = value = b"%d" % draw.getrandbits(40)
        session.execute(b"SET", key, value)
    for key in draw.sample(keys, 20_000):
        assert session.execute(b"GET", key) == bulk(model[key])
    draw.shuffle(keys)
    for key in keys[:150_000]:
        assert session.execute(b"GETDEL", key) == bulk(model.pop(key, None))
    for key in keys:
        assert session.execute(b"GET", key) == bulk(model.get(key))
    for key in keys:
        assert session.execute(b"SETNX", key, b"again") == b":%d\r\n" % (key not in model)
        model.setdefault(key, b"again")
    assert all(session.execute(b"GET", key) == bulk(value) for key, value in model.items())


@pytest.mark.parametrize("seed", range(6))
def test_few_keys_many_changes(seed: int) -> None:
    """A small table: each slot is taken, left and moved many times."""
    session = Cache(seed=seed).session()
    draw = random.Random(seed)
    model: dict[bytes, bytes] = {}
    for _ in range(20_000):
        key = b"%d" % draw.randrange(40)
        if draw.random() < 0.5:
            model[key] = value = b"v" * draw.randrange(300)
            ttl = draw.choice(((), (b"PX", b"1000000"), (b"KEEPTTL",)))
            assert session.execute(b"SET", key, value, *ttl) == b"+OK\r\n"
        else:
            assert session.execute(b"GETDEL", key) == bulk(model.pop(key, None))
        other = b"%d" % draw.randrange(40)
        assert session.execute(b"GET", other) == bulk(model.get(other))


@pytest.mark.parametrize("key_len", [0, 1, 16, 254, 255, 256, 257, 1000, 1016, 1017, 3000])
@pytest.mark.parametrize("expiring", [False, True])
def test_values_around_the_longest_entry(key_len: int, *, expiring: bool) -> None:
    """Set, overwritten, grown and shrunk across the length at which a value leaves its entry."""
    session = Cache(seed=5).session()
    key = b"k" * key_len
    head = HEADER_BYTES + 8 * expiring + 8 * (key_len > 255)
    ttl = (b"PX", b"1000000") if expiring else ()
    edge = max(ENTRY_BYTES_MAX - head - key_len, 0)
    lengths = sorted({max(edge + step, 0) for step in (-300, -9, -8, -1, 0, 1, 8, 9, 300, 5000)})
    for before in lengths:
        for after in lengths:
            old, new = b"o" * before, b"n" * after
            assert session.execute(b"SET", key, old, *ttl) == b"+OK\r\n"
            assert session.execute(b"SET", key, new, b"KEEPTTL", b"GET") == bulk(old)
            assert session.execute(b"APPEND", key, old) == b":%d\r\n" % (before + after)
            assert session.execute(b"GET", key) == bulk(new + old)
            # The expiry, which takes a word of the entry, comes and goes.
            assert session.execute(b"GETEX", key, b"PX", b"1000000") == bulk(new + old)
            assert session.execute(b"GETEX", key, b"PERSIST") == bulk(new + old)
            assert session.execute(b"GETDEL", key) == bulk(new + old)
            assert session.execute(b"SETRANGE", key, b"%d" % before, b"n") == b":%d\r\n" % (before + 1)
            assert session.execute(b"GET", key) == bulk(bytes(before) + b"n")


def test_keys_that_differ_little_are_not_mixed_up() -> None:
    session = Cache(seed=9).session()
    keys = [b"k" * length for length in range(600)] + [bytes([i, j]) for i in range(0, 256, 7) for j in range(256)]
    for number, key in enumerate(keys):
        session.execute(b"SET", key, b"%d" % number)
    for number, key in enumerate(keys):
        assert session.execute(b"GET", key) == bulk(b"%d" % number)
