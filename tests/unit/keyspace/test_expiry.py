"""Expiry: exact to the millisecond when a key is asked for, and in bounded steps when nobody asks."""

from __future__ import annotations

import pytest

from tests.unit.keyspace.conftest import START_MS, Fixture


def test_a_key_lives_to_its_millisecond(run: Fixture) -> None:
    run("SET k v")
    run(f"PEXPIREAT k {START_MS + 50}")
    run.advance(50)
    assert run("GET k") == b"$1\r\nv\r\n"
    assert run.number("PTTL k") == 0
    run.advance(1)
    assert run.number("DBSIZE") == 1, "nobody asked for it yet"
    assert run("GET k") == b"$-1\r\n"
    assert run.number("DBSIZE") == 0


@pytest.mark.parametrize(("left_ms", "seconds"), [(499, 0), (500, 1), (1499, 1), (1500, 2), (999, 1), (1, 0)])
def test_ttl_rounds_to_the_nearest_second(run: Fixture, left_ms: int, seconds: int) -> None:
    run("SET k v")
    run(f"PEXPIRE k {left_ms}")
    assert run.number("TTL k") == seconds
    assert run.number("PTTL k") == left_ms
    assert run.number("PEXPIRETIME k") == START_MS + left_ms


def test_a_time_that_is_now_deletes(run: Fixture) -> None:
    run("SET k v")
    assert run.number(f"PEXPIREAT k {START_MS}") == 1
    assert run.number("DBSIZE") == 0


def test_persist_and_expire_again(run: Fixture) -> None:
    run("SET k v")
    run("PEXPIRE k 10")
    assert run.number("PERSIST k") == 1
    run.advance(20, active=True)
    assert run("GET k") == b"$1\r\nv\r\n"
    run("PEXPIRE k 10")
    run.advance(11, active=True)
    run.settle()
    assert run.number("DBSIZE") == 0


def test_the_cycle_removes_all_that_expired_and_nothing_else(run: Fixture) -> None:
    count = 100_000
    for n in range(count):
        run(f"SET key:{n} value")
        if n % 2:
            run(f"PEXPIRE key:{n} {1000 + n % 500}")
    run.advance(1000, active=True)
    assert run.number("DBSIZE") == count
    run.advance(501, active=True)
    assert run.settle() < 500, "each tick works for about a millisecond"
    assert run.number("DBSIZE") == count // 2
    assert all(run.number(f"EXISTS key:{n}") == 1 - n % 2 for n in range(1000))


def test_expiries_spread_over_time_leave_soon_after_they_are_due(run: Fixture) -> None:
    for n in range(20_000):
        run(f"SET key:{n} value")
        run(f"PEXPIRE key:{n} {1 + n % 10_000}")
    for step in range(1, 101):
        run.advance(100, active=True)
        run.settle()
        overdue = run.number("DBSIZE") - (20_000 - 2 * 100 * step)
        assert overdue <= 2 * 1000, "at most what expires within a second waits for the next visit"
    run.advance(1001, active=True)
    run.settle()
    assert run.number("DBSIZE") == 0


def test_a_few_keys_never_wait_long(run: Fixture) -> None:
    for n in range(20):
        run(f"SET key:{n} value")
        run(f"PEXPIRE key:{n} {10 if n == 0 else 500 if n == 1 else 1_000_000}")
    run.advance(11, active=True)
    run.settle()
    assert run.number("DBSIZE") == 19
    for _ in range(6):
        run.advance(100, active=True)
        run.settle()
    assert run.number("DBSIZE") == 18


def test_every_database_gets_its_turn(run: Fixture) -> None:
    for db in range(16):
        run(f"SELECT {db}")
        run("SET k v")
        run("PEXPIRE k 10")
    run.advance(11, active=True)
    run.settle()
    for db in range(16):
        run(f"SELECT {db}")
        assert run.number("DBSIZE") == 0


def test_the_cycle_can_be_switched_off(run: Fixture) -> None:
    run("SET k v")
    run("PEXPIRE k 10")
    run.advance(1000, active=False)
    assert run.number("DBSIZE") == 1
    assert run("KEYS *") == b"*0\r\n"
    assert run.number("DBSIZE") == 1, "KEYS removes nothing"
    assert run.scan() == []
    assert run.number("DBSIZE") == 0, "SCAN removes what it meets"


def test_randomkey_passes_over_expired_keys(run: Fixture) -> None:
    for n in range(1000):
        run(f"SET key:{n} v")
        if n != 77:
            run(f"PEXPIRE key:{n} 10")
    run.advance(11)
    assert run("RANDOMKEY") == b"$6\r\nkey:77\r\n"
    run("DEL key:77")
    assert run("RANDOMKEY") == b"$-1\r\n"


def test_keys_expire_while_tables_shrink(run: Fixture) -> None:
    """Segments that are merged keep the earlier of their two due times."""
    for n in range(30_000):
        run(f"SET key:{n} value")
        if n % 100 == 0:
            run(f"PEXPIRE key:{n} {5000 + n}")
    for n in range(30_000):
        if n % 100:
            run(f"DEL key:{n}")
    run.advance(1, active=True)
    run.settle()
    assert run.number("DBSIZE") == 300
    for _ in range(40):
        run.advance(1000, active=True)
        run.settle()
    assert run.number("DBSIZE") == 0


def test_times_at_the_end_of_what_64_bits_hold(run: Fixture) -> None:
    """Their sum and their average overflow nothing."""
    for number in range(20):
        run(f"SET key:{number} v PXAT {2**63 - 1 - number}")
    # A key that is due makes the cycle look at all of its segment.
    run(f"SET soon v PXAT {START_MS + 5}")
    run.advance(10, active=True)
    run.settle()
    assert run.number("DBSIZE") == 20
    assert run.cache.database_stats()[0].average_ttl_ms > 2**60
