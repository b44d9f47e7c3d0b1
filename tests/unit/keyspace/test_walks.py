"""SCAN, KEYS and RANDOMKEY, while the table grows and shrinks under them."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.unit.keyspace.conftest import Fixture

KEYS = 200_000


def test_scan_returns_every_key_once_while_nothing_changes(run: Fixture) -> None:
    for n in range(20_000):
        run(f"SET key:{n} v")
    found = run.scan(b"COUNT", b"7")
    assert len(found) == 20_000
    assert len(set(found)) == 20_000


def test_scan_returns_what_stays_while_the_table_grows(run: Fixture) -> None:
    for n in range(1000):
        run(f"SET stay:{n} v")
    found: Counter[bytes] = Counter()
    cursor, added = b"0", 0
    while True:
        cursor, keys = run.scan_step(cursor, b"MATCH", b"stay:*", b"COUNT", b"10")
        found.update(keys)
        if cursor == b"0":
            break
        for _ in range(min(20_000, KEYS - added)):
            run(f"SET new:{added} v")
            added += 1
    assert added == KEYS
    assert len(found) == 1000
    assert max(found.values()) == 1, "growing repeats nothing"


def test_scan_returns_what_stays_while_the_table_shrinks(run: Fixture) -> None:
    for n in range(KEYS):
        run(f"SET key:{n} v")
    cursor, found, left = b"0", set(), KEYS
    while True:
        cursor, keys = run.scan_step(cursor, b"COUNT", b"200")
        found.update(keys)
        if cursor == b"0":
            break
        for _ in range(4000):
            if left > 500:
                left -= 1
                run(f"DEL key:{left}")
        run.settle()
    assert left == 500
    assert found >= {b"key:%d" % n for n in range(500)}


def test_scan_during_random_churn(run: Fixture) -> None:
    seed = 20_240_101
    choose = random.Random(seed)
    for n in range(KEYS // 10):
        run(f"SET stay:{n} v")
    for _ in range(3):
        cursor = b"0"
        found: set[bytes] = set()
        while True:
            cursor, keys = run.scan_step(cursor, b"COUNT", b"500")
            found.update(key for key in keys if key.startswith(b"stay"))
            if cursor == b"0":
                break
            verb, count = choose.choice([("SET", 3000), ("DEL", 3000)]), choose.randrange(100_000)
            for n in range(count, count + verb[1]):
                run(f"{verb[0]} churn:{n}" + (" v" if verb[0] == "SET" else ""))
            run.cache.tick(run.now_ms)
        assert len(found) == KEYS // 10, f"seed {seed}"


def test_keys_agrees_with_scan(run: Fixture) -> None:
    for n in range(5000):
        run(f"SET key:{n} v")
    listed = run("KEYS key:*7").split(b"\r\n")[2:-1:2]
    assert sorted(listed) == sorted(b"key:%d" % n for n in range(5000) if n % 10 == 7)
    assert sorted(run.scan(b"MATCH", b"key:*7")) == sorted(listed)
    assert run("KEYS key:17") == b"*1\r\n$6\r\nkey:17\r\n"
    assert run("KEYS key:none") == b"*0\r\n"


@pytest.mark.parametrize("cursor", [b"-1", b"18446744073709551615", b"12345", b"281474976710655", b""])
def test_any_cursor_comes_to_an_end(run: Fixture, cursor: bytes) -> None:
    for n in range(3000):
        run(f"SET key:{n} v")
    for _ in range(10_000):
        cursor, _ = run.scan_step(cursor)
        if cursor == b"0":
            return
    pytest.fail("the scan does not end")


def test_randomkey_reaches_every_key_about_as_often(run: Fixture) -> None:
    count, draws = 500, 50_000
    for n in range(count):
        run(f"SET key:{n} v")
    seen = Counter(run("RANDOMKEY") for _ in range(draws))
    assert len(seen) == count
    assert max(seen.values()) < 3 * draws / count
    assert min(seen.values()) > draws / count / 3


def test_randomkey_in_an_almost_empty_table(run: Fixture) -> None:
    for n in range(50_000):
        run(f"SET key:{n} v")
    for n in range(1, 50_000):
        run(f"DEL key:{n}")
    assert run("RANDOMKEY") == b"$5\r\nkey:0\r\n"
