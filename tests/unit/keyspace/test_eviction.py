"""Eviction: each of the eight policies takes the keys it should, and memory stays within its bound."""

from __future__ import annotations

import pytest

from autocache.commands.cache import Cache
from autocache.memory.alloc import usage
from tests.unit.keyspace.conftest import Fixture

KEYS = 10_000
VALUE = "v" * 100


def used() -> int:
    return int(usage()["used_bytes"])


def fill(run: Fixture, volatile_every: int = 0) -> None:
    """Keys whose age falls with their number, a second apart each hundred; some with an expiry, far away."""
    for n in range(KEYS):
        if n % 100 == 0:
            run.advance(1000)
        run(f"SET key:{n} {VALUE}")
        if volatile_every and n % volatile_every == 0:
            run(f"PEXPIRE key:{n} {1_000_000_000 + n * 1000}")


def squeeze(run: Fixture, policy: str, share: float = 0.5, **settings: object) -> set[int]:
    """Evict until that share of the keys' memory is left; the numbers of the keys that stayed."""
    empty = Cache(seed=9)
    del empty
    before = used()
    run.cache.configure(maxmemory_policy=policy, **settings)
    # What the keys take is about all that is in use above the tables and the other caches of this process.
    run.cache.configure(maxmemory=int(before - (1 - share) * KEYS * 136))
    run.settle()
    assert used() <= int(str(run.cache.setting("maxmemory"))) or not run.number("DBSIZE")
    run.cache.configure(maxmemory=0)
    return {int(key[4:]) for key in run.scan(b"COUNT", b"1000")}


def misplaced(left: set[int]) -> float:
    """The share of the keys that stayed and would not have under exact order (the highest numbers stay)."""
    return sum(n < KEYS - len(left) for n in left) / len(left)


def test_allkeys_lru_is_close_to_true_lru(run: Fixture) -> None:
    run.cache.configure(maxmemory_policy="allkeys-lru")
    fill(run)
    left = squeeze(run, "allkeys-lru")
    assert 0.4 * KEYS < len(left) < 0.6 * KEYS
    assert misplaced(left) < 0.12, "five samples and a pool of 16"


def test_more_samples_come_closer() -> None:
    shares = []
    for samples in (1, 3, 5, 10):
        run = Fixture()
        run.cache.configure(maxmemory_policy="allkeys-lru")
        fill(run)
        shares.append(misplaced(squeeze(run, "allkeys-lru", maxmemory_samples=samples)))
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.05


def test_use_protects_under_lru(run: Fixture) -> None:
    run.cache.configure(maxmemory_policy="allkeys-lru")
    fill(run)
    run.advance(1000)
    for n in range(0, KEYS, 10):
        run(f"GET key:{n}")
    left = squeeze(run, "allkeys-lru", share=0.6)
    assert sum(n % 10 == 0 for n in left) > 0.99 * KEYS / 10


def test_allkeys_lfu_keeps_what_is_used_often(run: Fixture) -> None:
    run.cache.configure(maxmemory_policy="allkeys-lfu")
    for n in range(KEYS):
        run(f"SET key:{n} {VALUE}")
    for _ in range(50):
        for n in range(0, KEYS, 10):
            run(f"GET key:{n}")
    left = squeeze(run, "allkeys-lfu", share=0.3)
    assert sum(n % 10 == 0 for n in left) > 0.99 * KEYS / 10


def test_lfu_counters_decay(run: Fixture) -> None:
    run.cache.configure(maxmemory_policy="allkeys-lfu", lfu_log_factor=0)
    run("SET k v")
    assert run.number("OBJECT FREQ k") == 5
    for _ in range(20):
        run("GET k")
    assert run.number("OBJECT FREQ k") == 25
    run.advance(60_000 * 10)
    assert run.number("OBJECT FREQ k") == 15
    run.cache.configure(lfu_decay_time=5)
    assert run.number("OBJECT FREQ k") == 23
    run.cache.configure(lfu_decay_time=0)
    assert run.number("OBJECT FREQ k") == 25
    run.advance(60_000 * 60)
    assert run.number("OBJECT FREQ k") == 25


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])
def test_volatile_policies_leave_other_keys_alone(run: Fixture, policy: str) -> None:
    run.cache.configure(maxmemory_policy=policy)
    fill(run, volatile_every=2)
    left = squeeze(run, policy, share=0.75)
    assert sum(n % 2 for n in left) == KEYS / 2
    assert 0.1 * KEYS < sum(n % 2 == 0 for n in left) < 0.4 * KEYS


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])
def test_without_volatile_keys_there_is_no_room(run: Fixture, policy: str) -> None:
    run("SET k v")
    run.cache.configure(maxmemory_policy=policy, maxmemory=1)
    assert run("SET j v").startswith(b"-OOM ")
    assert run("GET k") == b"$1\r\nv\r\n"
    assert run.cache.tick(run.now_ms) is False


def test_volatile_ttl_takes_what_expires_first(run: Fixture) -> None:
    fill(run, volatile_every=1)
    left = squeeze(run, "volatile-ttl")
    assert misplaced(left) < 0.12


def test_allkeys_random_takes_from_everywhere(run: Fixture) -> None:
    fill(run)
    left = squeeze(run, "allkeys-random")
    assert 0.4 < sum(n < KEYS / 2 for n in left) / len(left) < 0.6


def test_noeviction_refuses_writes_only(run: Fixture) -> None:
    run("SET k v")
    run.cache.configure(maxmemory=1)
    assert run("SET j v") == b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"
    assert run("COPY k j").startswith(b"-OOM ")
    assert run("GET k") == b"$1\r\nv\r\n"
    assert run("EXPIRE k 10") == b":1\r\n"
    assert run("DEL k") == b":1\r\n"
    run.cache.configure(maxmemory=0)
    assert run("SET j v") == b"+OK\r\n"


def test_every_database_gives(run: Fixture) -> None:
    for db in range(4):
        run(f"SELECT {db}")
        for n in range(KEYS // 4):
            run(f"SET key:{n} {VALUE}")
    before = used()
    run.cache.configure(maxmemory_policy="allkeys-lru", maxmemory=before - KEYS * 60)
    run.settle()
    for db in range(4):
        run(f"SELECT {db}")
        assert run.number("DBSIZE") < KEYS // 4


def test_writes_stay_within_the_bound(run: Fixture) -> None:
    bound = used() + 1_000_000
    run.cache.configure(maxmemory_policy="allkeys-lru", maxmemory=bound)
    for n in range(30_000):
        assert run(f"SET key:{n} {VALUE}") == b"+OK\r\n"
        assert used() < bound + 100_000
    assert run.number("EXISTS key:29999") == 1


def test_a_changed_policy_forgets_its_candidates(run: Fixture) -> None:
    fill(run)
    for policy in ("allkeys-lru", "allkeys-lfu", "volatile-ttl", "allkeys-random", "noeviction"):
        run.cache.configure(maxmemory_policy=policy, maxmemory=max(used() - 20_000, 1))
        run("GET key:0")
        assert run.cache.setting("maxmemory-policy") == policy


def test_unknown_settings_are_refused(run: Fixture) -> None:
    with pytest.raises(KeyError):
        run.cache.configure(maxmemory_polizy="x")
    with pytest.raises(KeyError):
        run.cache.configure(maxmemory_policy="allkeys-best")
