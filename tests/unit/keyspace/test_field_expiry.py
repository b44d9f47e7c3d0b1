"""The register of hashes with fields that expire, and the cycle that removes those fields."""

from __future__ import annotations

import os
import random
import time

import pytest

from autocache.commands.cache import Cache
from autocache.memory.alloc import usage
from tests.unit.keyspace.conftest import START_MS, Fixture
from tests.wire import parse


def registered(cache: Cache) -> dict[int, int]:
    """How many hashes stand in the register of each database, where there are any."""
    return {db.number: db.volatile_hashes for db in cache.database_stats() if db.volatile_hashes}


def volatile_hash(run: Fixture, key: str = "h", fields: int = 3, left_ms: int = 1000) -> None:
    """A hash with one more field than the `fields` that expire."""
    names = " ".join(f"f{n}" for n in range(fields))
    run(f"HSET {key} stays 1 " + " ".join(f"f{n} {n}" for n in range(fields)))
    run(f"HPEXPIRE {key} {left_ms} FIELDS {fields} {names}")


def contents(run: Fixture, key: str) -> dict[bytes, bytes]:
    items = [item[1] for item in parse(run(f"HGETALL {key}"))[1]]
    return dict(zip(items[::2], items[1::2], strict=True))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DEL h"], {}),
        (["UNLINK h"], {}),
        (["SET h text"], {}),
        (["GETSET h text"], {0: 1}),
        (["HDEL h f0 f1"], {0: 1}),
        (["HDEL h f0 f1 f2"], {}),
        (["HGETDEL h FIELDS 3 f0 f1 f2"], {}),
        (["HSET h f0 x f1 x"], {0: 1}),
        (["HSET h f0 x f1 x f2 x"], {}),
        (["HSETEX h FIELDS 3 f0 x f1 x f2 x"], {}),
        (["HSETEX h KEEPTTL FIELDS 3 f0 x f1 x f2 x"], {0: 1}),
        (["HPERSIST h FIELDS 3 f0 f1 f2"], {}),
        (["HGETEX h PERSIST FIELDS 3 f0 f1 f2"], {}),
        (["HPEXPIRE h 0 FIELDS 3 f0 f1 f2"], {}),
        (["HGETEX h PX 0 FIELDS 3 f0 f1 f2"], {}),
        (["HSETEX h PX 0 FIELDS 3 f0 x f1 x f2 x"], {}),
        (["HPEXPIRE h 5000 FIELDS 3 f0 f1 f2"], {0: 1}),
        (["RENAME h g"], {0: 1}),
        (["RENAME h h"], {0: 1}),
        (["SET g text", "RENAME h g", "DEL g"], {}),
        (["SET g text", "RENAME g h"], {}),
        (["HSET g a 1", "RENAME g h"], {}),
        (["HSET g a 1", "RENAME h g"], {0: 1}),
        (["COPY h g"], {0: 2}),
        (["COPY h g", "DEL h"], {0: 1}),
        (["SET g text", "COPY g h REPLACE"], {}),
        (["COPY h g DB 3"], {0: 1, 3: 1}),
        (["MOVE h 2"], {2: 1}),
        (["SWAPDB 0 5"], {5: 1}),
        (["SWAPDB 0 5", "SWAPDB 5 7", "SELECT 7", "DEL h"], {}),
        (["FLUSHDB"], {}),
        (["FLUSHDB ASYNC"], {}),
        (["FLUSHALL"], {}),
        (["FLUSHALL ASYNC"], {}),
        (["PEXPIRE h 0"], {}),
        (["PEXPIRE h 100"], {0: 1}),
        (["PERSIST h"], {0: 1}),
    ],
)
def test_the_register_follows(run: Fixture, lines: list[str], expected: dict[int, int]) -> None:
    volatile_hash(run)
    assert registered(run.cache) == {0: 1}
    for line in lines:
        run(line)
    assert registered(run.cache) == expected
    run("FLUSHALL")
    run.settle()
    assert registered(run.cache) == {}


@pytest.mark.parametrize("moved", ["", "RENAME h h2", "COPY h h2", "MOVE h 1", "SWAPDB 0 1"])
def test_fields_go_wherever_their_hash_is(run: Fixture, moved: str) -> None:
    volatile_hash(run)
    if moved:
        run(moved)
    if moved.startswith("COPY"):
        run("DEL h")
    run.advance(1001, active=True)
    run.settle()
    assert registered(run.cache) == {}
    if moved.endswith("1"):
        run("SELECT 1")
    assert contents(run, "h2" if "h2" in moved else "h") == {b"stays": b"1"}
    assert run.cache.keyspace_stats().expired_fields == 3


def test_a_hash_goes_with_its_last_field(run: Fixture) -> None:
    volatile_hash(run)
    run("HDEL h stays")
    run.advance(1000, active=True)
    assert run.number("HLEN h") == 3, "a field lives to its millisecond"
    run.advance(1, active=True)
    assert run.number("EXISTS h") == 0
    assert run.number("DBSIZE") == 0
    assert run.cache.keyspace_stats().expired == 0, "that counts keys whose own time has come"


def test_a_key_may_expire_before_its_fields_and_after(run: Fixture) -> None:
    volatile_hash(run, "early")
    volatile_hash(run, "late")
    run("PEXPIRE early 500")
    run("PEXPIRE late 2000")
    run.advance(501, active=True)
    assert run.number("EXISTS early late") == 1
    assert registered(run.cache) == {0: 1}
    run.advance(500, active=True)
    assert contents(run, "late") == {b"stays": b"1"}
    run.advance(1000, active=True)
    assert run.number("DBSIZE") == 0


def test_both_at_once(run: Fixture) -> None:
    """The cycle of fields may meet a key whose own time has come."""
    for n in range(50):
        volatile_hash(run, f"h{n}")
        run(f"PEXPIRE h{n} 1000")
    run.advance(1001)
    # Without the cycle of keys the first key that is asked for goes by itself.
    assert run.number("EXISTS h0") == 0
    assert registered(run.cache) == {0: 49}
    run.advance(0, active=True)
    run.settle()
    assert registered(run.cache) == {}
    assert run.number("DBSIZE") == 0


def test_a_later_time_is_found_again(run: Fixture) -> None:
    volatile_hash(run)
    run("HPEXPIRE h 3000 FIELDS 3 f0 f1 f2")
    run.advance(1001, active=True)
    assert len(contents(run, "h")) == 4
    run.advance(1000, active=True)
    run("HPEXPIRE h 10 FIELDS 1 f1")
    run.advance(11, active=True)
    assert run.number("HLEN h") == 3
    run.advance(1000, active=True)
    assert run.number("HLEN h") == 1


def test_nothing_is_removed_during_a_pause(run: Fixture) -> None:
    volatile_hash(run)
    run("CLIENT PAUSE 100000 WRITE")
    run.advance(1001, active=True)
    assert contents(run, "h") == {b"stays": b"1"}
    assert run.number("HLEN h") == 4
    run("CLIENT UNPAUSE")
    run.advance(1, active=True)
    assert run.number("HLEN h") == 1


def test_a_large_hash_goes_in_short_steps(run: Fixture) -> None:
    count = 100_000
    for start in range(0, count, 1000):
        names = [b"field:%d" % n for n in range(start, start + 1000)]
        run.session.execute(b"HSETEX", b"h", b"PX", b"1000", b"FIELDS", b"1000", *(w for n in names for w in (n, b"v")))
    run("HSET h stays 1")
    run.cache.configure(active_expire=True)
    run.now_ms += 1001
    run.cache.tick(run.now_ms)
    longest, ticks = 0.0, 0
    while run.number("HLEN h") > 1:
        began = time.perf_counter()
        run.cache.tick(run.now_ms)
        longest = max(longest, time.perf_counter() - began)
        ticks += 1
        # A hash of so many fields is looked at once a second.
        run.now_ms += 100
        assert ticks < 2000
    assert ticks > 3, "a tick works for about a millisecond"
    assert longest < 0.1
    assert contents(run, "h") == {b"stays": b"1"}
    assert run.cache.keyspace_stats().expired_fields == count
    assert registered(run.cache) == {}


def test_many_hashes(run: Fixture) -> None:
    for n in range(5000):
        run(f"HSETEX h{n} PX {1 + n} FIELDS 2 a 1 b 2")
    assert registered(run.cache) == {0: 5000}
    run.advance(2500, active=True)
    run.settle()
    assert registered(run.cache) == {0: 2501}
    assert run.number("DBSIZE") == 2501
    run.advance(2501, active=True)
    run.settle()
    assert run.number("DBSIZE") == 0


class Model:
    """Hashes of fields with values and times, as Python dictionaries."""

    def __init__(self) -> None:
        self.hashes: dict[str, dict[str, tuple[str, int]]] = {}

    def drop(self, now_ms: int) -> None:
        """Forget what has expired."""
        for key, fields in list(self.hashes.items()):
            left = {name: item for name, item in fields.items() if not 0 <= item[1] < now_ms}
            self.hashes[key] = left
            if not left:
                del self.hashes[key]

    def volatile(self) -> int:
        """How many hashes have a field with a time."""
        return sum(any(time >= 0 for _, time in fields.values()) for fields in self.hashes.values())


def step(run: Fixture, model: Model, dice: random.Random) -> None:
    """One random command, on the cache and on the model."""
    key, other = (f"k{dice.randrange(6)}" for _ in range(2))
    name, left = f"f{dice.randrange(400 if key == 'k0' else 5)}", dice.randrange(1, 4000)
    fields = model.hashes.setdefault(key, {})
    kind = dice.randrange(9)
    if kind == 0:
        run(f"HSET {key} {name} v{left}")
        fields[name] = (f"v{left}", -1)
    elif kind in (1, 2):
        run(f"HSETEX {key} PX {left} FIELDS 1 {name} v{left}")
        fields[name] = (f"v{left}", run.now_ms + left)
    elif kind == 3:
        assert (run(f"HPEXPIRE {key} {left} FIELDS 1 {name}") == b"*1\r\n:1\r\n") == (name in fields)
        if name in fields:
            fields[name] = (fields[name][0], run.now_ms + left)
    elif kind == 4:
        run(f"HPERSIST {key} FIELDS 1 {name}")
        if name in fields:
            fields[name] = (fields[name][0], -1)
    elif kind == 5:
        run(f"HDEL {key} {name}")
        fields.pop(name, None)
    elif kind == 6 and dice.random() < 0.3:
        run(f"DEL {key}")
        fields.clear()
    elif kind == 7 and key != other and fields:
        run(f"RENAME {key} {other}")
        model.hashes[other] = model.hashes.pop(key)
    elif kind == 8 and key != other and fields:
        run(f"COPY {key} {other} REPLACE")
        model.hashes[other] = dict(fields)
    model.hashes = {key: fields for key, fields in model.hashes.items() if fields}


@pytest.mark.parametrize("turn", range(3))
def test_random_changes(turn: int) -> None:
    seed = int(os.environ.get("AUTOCACHE_TEST_SEED") or random.SystemRandom().getrandbits(32)) + turn
    print(f"AUTOCACHE_TEST_SEED={seed - turn}")  # pytest shows it when the test fails.
    run, model, dice = Fixture(), Model(), random.Random(seed)
    for _ in range(3000):
        step(run, model, dice)
        if dice.random() < 0.05:
            run.advance(dice.randrange(1500), active=dice.random() < 0.7)
            model.drop(run.now_ms)
        if dice.random() < 0.03:
            for key in [f"k{n}" for n in range(6)]:
                expected = {name.encode(): item[0].encode() for name, item in model.hashes.get(key, {}).items()}
                assert contents(run, key) == expected
    for _ in range(3):
        # A hash of many such fields may wait a second.
        run.advance(1001, active=True)
        run.settle()
        model.drop(run.now_ms)
    assert registered(run.cache).get(0, 0) == model.volatile()
    assert run.number("DBSIZE") == len(model.hashes)
    for key, fields in model.hashes.items():
        assert run.number(f"HLEN {key}") == len(fields)


def test_nothing_leaks() -> None:
    before = usage()["used_bytes"]
    run, model, dice = Fixture(), Model(), random.Random(7)
    for _ in range(3000):
        step(run, model, dice)
        if dice.random() < 0.02:
            run.advance(100, active=True)
            model.drop(run.now_ms)
    run("FLUSHALL")
    run.settle()
    run("SELECT 1")
    volatile_hash(run)
    del run, model
    assert usage()["used_bytes"] == before


def test_times_are_kept_by_a_copy_and_a_rename(run: Fixture) -> None:
    volatile_hash(run)
    run("COPY h g")
    run("RENAME h i")
    for key in ("g", "i"):
        assert run(f"HPEXPIRETIME {key} FIELDS 2 f0 stays") == b"*2\r\n:%d\r\n:-1\r\n" % (START_MS + 1000)
