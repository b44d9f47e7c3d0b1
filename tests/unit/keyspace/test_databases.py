"""Databases as a whole: flushing gives memory back, and keys move with all that belongs to them."""

from __future__ import annotations

import gc
import time

import pytest

from autocache.memory.alloc import usage
from tests.unit.keyspace.conftest import START_MS, Fixture

BIG = b"x" * 3_000_000


def used() -> int:
    gc.collect()
    return int(usage()["used_bytes"])


@pytest.mark.parametrize("how", ["ASYNC", "SYNC", ""])
def test_flushall_gives_memory_back(run: Fixture, how: str) -> None:
    before = usage()["live_blocks"]
    for db in (0, 3):
        run(f"SELECT {db}")
        for n in range(50_000):
            run(f"SET key:{n} value:{n}")
        run.session.execute(b"SET", b"big", BIG)
    run(f"FLUSHALL {how}")
    assert run.number("DBSIZE") == 0
    run.settle()
    # The reply buffer of the session may have grown.
    assert usage()["live_blocks"] <= before + 2
    assert run("SET key:1 again") == b"+OK\r\n"
    assert run("GET key:1") == b"$5\r\nagain\r\n"


def test_flushing_in_the_background_is_quick(run: Fixture) -> None:
    for n in range(200_000):
        run(f"SET key:{n} value:{n}")
    start = time.perf_counter()
    run("FLUSHDB ASYNC")
    assert time.perf_counter() - start < 0.002
    longest = 0.0
    while True:
        start = time.perf_counter()
        left = run.cache.tick(run.now_ms)
        longest = max(longest, time.perf_counter() - start)
        if not left:
            break
    assert longest < 0.02, "far above a tick's budget, for this machine is shared"


def test_the_settings_decide_how_a_bare_flush_frees(run: Fixture) -> None:
    run("SET k v")
    run.cache.configure(lazyfree_lazy_user_flush=True)
    before = used()
    run("FLUSHALL")
    assert run.number("DBSIZE") == 0
    run.settle()
    assert used() < before


def test_deleting_everything_gives_the_table_back(run: Fixture) -> None:
    before = usage()["live_blocks"]
    for n in range(100_000):
        run(f"SET key:{n} value:{n}")
    for n in range(100_000):
        run(f"DEL key:{n}")
    for _ in range(100):
        run.settle()
    assert usage()["live_blocks"] <= before + 2


@pytest.mark.parametrize("verb", ["DEL", "UNLINK"])
def test_a_huge_value_is_freed(run: Fixture, verb: str) -> None:
    before = used()
    run.session.execute(b"SET", b"huge", b"x" * 60_000_000)
    assert used() > before + 60_000_000
    assert run.number(f"{verb} huge") == 1
    run.settle()
    assert used() < before + 100_000


def test_a_copy_of_a_long_value_shares_it_until_one_changes(run: Fixture) -> None:
    run.session.execute(b"SET", b"a", BIG)
    run(f"PEXPIREAT a {START_MS + 5000}")
    before = used()
    assert run.number("COPY a b DB 2") == 1
    assert used() < before + 100_000
    run("SET a short")
    run("SELECT 2")
    assert run.number("PEXPIRETIME b") == START_MS + 5000
    run("DEL b")
    run.settle()
    assert used() < before - len(BIG) + 100_000


def test_a_copy_outlives_its_source(run: Fixture) -> None:
    run.session.execute(b"SET", b"a", BIG[:10_000])
    run("COPY a b")
    run("UNLINK a")
    run.settle()
    assert run("GET b") == b"$10000\r\n" + BIG[:10_000] + b"\r\n"
    assert run("OBJECT ENCODING b") == b"$3\r\nraw\r\n"


@pytest.mark.parametrize("length", [0, 10, 900, 1010, 5000])
@pytest.mark.parametrize("name", ["b", "b" * 255, "b" * 256, "b" * 2000])
def test_rename_and_move_keep_value_and_expiry(run: Fixture, length: int, name: str) -> None:
    run.session.execute(b"SET", b"a", BIG[:length])
    run(f"PEXPIREAT a {START_MS + 5000}")
    run(f"SET {name} old")
    assert run(f"RENAME a {name}") == b"+OK\r\n"
    assert run.number("DBSIZE") == 1
    assert run.number(f"MOVE {name} 9") == 1
    run("SELECT 9")
    assert run(f"GET {name}") == b"$%d\r\n%b\r\n" % (length, BIG[:length])
    assert run.number(f"PEXPIRETIME {name}") == START_MS + 5000
    assert run(f"RENAME {name} a") == b"+OK\r\n"
    assert run("GET a") == b"$%d\r\n%b\r\n" % (length, BIG[:length])
    assert run.number("PERSIST a") == 1
    assert run("GET a") == b"$%d\r\n%b\r\n" % (length, BIG[:length])


def test_a_target_that_has_expired_is_not_in_the_way(run: Fixture) -> None:
    for verb in ("RENAMENX a b", "COPY a b", "RENAME a b"):
        run("FLUSHALL")
        for n in range(50):
            run(f"SET fill:{n} x")
        run("SET a new")
        run("SET b old")
        run("PEXPIRE b 10")
        run.advance(11)
        assert not run(verb).startswith((b":0", b"-"))
        assert run("GET b") == b"$3\r\nnew\r\n"
        assert run.number("PTTL b") == -1
    run("SELECT 1")
    run("SET b old")
    run("PEXPIRE b 10")
    run("SELECT 0")
    run.advance(11)
    assert run.number("MOVE b 1") == 1


def test_swapdb_exchanges_everything(run: Fixture) -> None:
    run("SET a zero")
    run("SELECT 5")
    for n in range(5000):
        run(f"SET key:{n} five")
    run("PEXPIRE key:7 100")
    other = run.cache.session()
    assert run("SWAPDB 0 5") == b"+OK\r\n"
    assert run.number("DBSIZE") == 1
    assert other.execute(b"DBSIZE") == b":5000\r\n"
    run.advance(101, active=True)
    run.settle()
    assert other.execute(b"DBSIZE") == b":4999\r\n"
    assert run("SWAPDB 5 5") == b"+OK\r\n"
    assert run("GET a") == b"$4\r\nzero\r\n"


def test_time_is_the_clock_that_was_set(run: Fixture) -> None:
    run.advance(1234)
    assert run("TIME") == b"*2\r\n$10\r\n1700000001\r\n$6\r\n234000\r\n"


def test_object_refcount_follows_what_redis_would_share(run: Fixture) -> None:
    run("SET n 9999")
    run("SET m 10000")
    assert (run.number("OBJECT REFCOUNT n"), run.number("OBJECT REFCOUNT m")) == (2147483647, 1)
    run.cache.configure(maxmemory=10**12, maxmemory_policy="allkeys-lru")
    assert run.number("OBJECT REFCOUNT n") == 1
    run.cache.configure(maxmemory_policy="allkeys-random")
    assert run.number("OBJECT REFCOUNT n") == 2147483647
