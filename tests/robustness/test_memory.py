"""maxmemory under pressure for each policy, and memory that returns after churn."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.servers import Server
from tests.wire import Connection, encode

LIMIT_BYTES = 20 << 20
VALUE = b"v" * 1000
# Three times what fits, so that every policy has to evict most of what was written.
WRITES = 3 * LIMIT_BYTES // len(VALUE)
# Eviction runs before a command, so that command's own buffers and value may stand above the limit for a
# moment.
OVERSHOOT = 1.10
BATCH = 500

StartServer = Callable[..., Server]

# A sanitizer build keeps freed blocks for a while and puts walls between the others.
pytestmark = pytest.mark.resident


def _batched(connection: Connection, commands: list[list[bytes | str | int]]) -> list[bytes]:
    replies = []
    for start in range(0, len(commands), BATCH):
        part = commands[start : start + BATCH]
        connection.send(b"".join(encode(command) for command in part))
        replies += [connection.read_reply() for _ in part]
    return replies


def _limited(fresh: StartServer, policy: str) -> Server:
    return fresh({"maxmemory": str(LIMIT_BYTES), "maxmemory-policy": policy})


def _existing(connection: Connection, names: list[str]) -> list[bool]:
    return [reply == b":1\r\n" for reply in _batched(connection, [["EXISTS", name] for name in names])]


def _assert_bounded(server: Server) -> None:
    info = server.info("everything")
    assert int(info["used_memory"]) <= LIMIT_BYTES * OVERSHOOT, info["used_memory_human"]
    assert server.rss_bytes() < 10 * LIMIT_BYTES


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
def test_allkeys_policies_never_refuse(policy: str, fresh: StartServer) -> None:
    """Every write is taken, memory stays at the limit, and a good part of the limit is in use."""
    server = _limited(fresh, policy)
    with server.connect(60) as connection:
        replies = _batched(connection, [["SET", f"key:{number}", VALUE] for number in range(WRITES)])
        assert set(replies) == {b"+OK\r\n"}
        _assert_bounded(server)
        info = server.info("everything")
        assert int(info["evicted_keys"]) > 0
        kept = int(connection.command("DBSIZE")[1:-2])
        assert kept * len(VALUE) > LIMIT_BYTES * 0.5, f"only {kept} keys kept"
        assert kept + int(info["evicted_keys"]) == WRITES


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])
def test_volatile_policies_spare_persistent_keys(policy: str, fresh: StartServer) -> None:
    """Keys with an expiry make room; the others stay, and when only they are left writes are refused."""
    server = _limited(fresh, policy)
    with server.connect(60) as connection:
        persistent = [f"stay:{number}" for number in range(3000)]
        assert set(_batched(connection, [["SET", name, VALUE] for name in persistent])) == {b"+OK\r\n"}
        replies = _batched(
            connection, [["SET", f"go:{number}", VALUE, "EX", 10_000 + number] for number in range(WRITES)]
        )
        assert set(replies) == {b"+OK\r\n"}
        assert all(_existing(connection, persistent))
        _assert_bounded(server)
        replies = _batched(connection, [["SET", f"more:{number}", VALUE] for number in range(WRITES)])
        assert replies[-1] == b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"
        assert connection.command("GET", persistent[0]) == b"$1000\r\n" + VALUE + b"\r\n"
        assert connection.command("DEL", *persistent[:1500]) == b":1500\r\n"
        assert connection.command("SET", "again", "v") == b"+OK\r\n"


def test_noeviction_refuses_and_recovers(fresh: StartServer) -> None:
    """Writes are refused at the limit, nothing is lost, reads and deletions go on."""
    server = _limited(fresh, "noeviction")
    with server.connect(60) as connection:
        replies = _batched(connection, [["SET", f"key:{number}", VALUE] for number in range(WRITES)])
        taken = replies.count(b"+OK\r\n")
        assert replies[-1].startswith(b"-OOM ")
        assert taken * len(VALUE) > LIMIT_BYTES * 0.5
        assert int(connection.command("DBSIZE")[1:-2]) == taken
        assert int(server.info("stats")["evicted_keys"]) == 0
        _assert_bounded(server)
        assert connection.command("FLUSHALL") == b"+OK\r\n"
        assert connection.command("SET", "k", VALUE) == b"+OK\r\n"


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu"])
def test_hot_keys_stay(policy: str, fresh: StartServer) -> None:
    """Keys that are read again and again survive a flood of keys that are not."""
    server = _limited(fresh, policy)
    with server.connect(60) as connection:
        hot = [f"hot:{number}" for number in range(200)]
        _batched(connection, [["SET", name, VALUE] for name in hot])
        for _ in range(20):
            _batched(connection, [["GET", name] for name in hot])
        for start in range(0, WRITES, 2000):
            _batched(connection, [["SET", f"cold:{number}", VALUE] for number in range(start, start + 2000)])
            _batched(connection, [["GET", name] for name in hot])
            # The LRU clock ticks once a second: without pauses all keys would be equally old.
            time.sleep(0.4 if policy == "allkeys-lru" else 0)
        kept = sum(_existing(connection, hot))
        assert kept > 0.8 * len(hot), f"{kept} of {len(hot)} hot keys kept"


def test_volatile_ttl_takes_the_nearest_first(fresh: StartServer) -> None:
    """Keys about to expire go before those with long to live."""
    server = _limited(fresh, "volatile-ttl")
    with server.connect(60) as connection:
        far = [f"far:{number}" for number in range(2000)]
        _batched(connection, [["SET", name, VALUE, "EX", 1_000_000] for name in far])
        _batched(connection, [["SET", f"near:{number}", VALUE, "EX", 1000] for number in range(WRITES)])
        kept = sum(_existing(connection, far))
        assert kept > 0.9 * len(far), f"{kept} of {len(far)} keys with a far expiry kept"


def test_lowering_the_limit_evicts(fresh: StartServer) -> None:
    """CONFIG SET maxmemory takes effect without a restart, in steps that keep others served."""
    server = fresh({"maxmemory-policy": "allkeys-random"})
    with server.connect(60) as connection, server.connect(60) as other:
        _batched(connection, [["SET", f"key:{number}", VALUE] for number in range(40_000)])
        assert connection.command("CONFIG", "SET", "maxmemory", LIMIT_BYTES) == b"+OK\r\n"
        worst = 0.0
        deadline = time.monotonic() + 10
        while int(server.info("memory")["used_memory"]) > LIMIT_BYTES * OVERSHOOT and time.monotonic() < deadline:
            start = time.monotonic()
            assert other.command("PING") == b"+PONG\r\n"
            worst = max(worst, time.monotonic() - start)
        _assert_bounded(server)
        assert worst < 0.5


def test_memory_returns_after_churn(fresh: StartServer) -> None:
    """Filling, deleting and filling again with other sizes does not make memory grow from round to round."""
    server = fresh()
    with server.connect(60) as connection:
        peaks, rests = [], []
        for turn in range(5):
            size = (100, 1000, 300, 2000, 100)[turn]
            count = 30_000_000 // (size + 100)
            _batched(connection, [["SET", f"turn{turn}:{number}", b"x" * size] for number in range(count)])
            peaks.append(server.rss_bytes())
            assert connection.command("FLUSHALL" if turn % 2 else "FLUSHDB") == b"+OK\r\n"
            rests.append(int(server.info("memory")["used_memory"]))
        print("resident at the peaks", peaks, "used at rest", rests)
        assert peaks[-1] < 2.0 * max(peaks[:2]), peaks
        assert rests[-1] < rests[0] + (2 << 20), rests


def test_overwriting_and_deleting_do_not_leak(fresh: StartServer) -> None:
    """The same keys over and over, in changing sizes: used memory at the end is what it was."""
    server = fresh()
    with server.connect(60) as connection:
        readings = []
        for turn in range(6):
            for size in (10, 5000, 44, 45, 700):
                _batched(connection, [["SET", f"k{number}", b"x" * size, "EX", 1000] for number in range(1000)])
                _batched(connection, [["APPEND", f"k{number}", b"y" * (turn + 1)] for number in range(1000)])
            _batched(connection, [["DEL", f"k{number}"] for number in range(1000)])
            readings.append(int(server.info("memory")["used_memory"]))
        assert readings[-1] <= readings[1] + (256 << 10), readings


def test_expired_memory_returns(fresh: StartServer) -> None:
    """A hundred thousand keys that expire together are reclaimed without being touched."""
    server = fresh()
    with server.connect(60) as connection:
        before = int(server.info("memory")["used_memory"])
        _batched(connection, [["SET", f"k{number}", VALUE, "PX", 2500] for number in range(20_000)])
        deadline = time.monotonic() + 20
        while connection.command("DBSIZE") != b":0\r\n" and time.monotonic() < deadline:
            time.sleep(0.1)
        assert connection.command("DBSIZE") == b":0\r\n"
        assert int(server.info("stats")["expired_keys"]) == 20_000
        assert int(server.info("memory")["used_memory"]) < before + (4 << 20)


def test_buffers_of_large_requests_are_given_back(fresh: StartServer) -> None:
    """A connection that once moved 32 MB does not keep that much."""
    server = fresh()
    with server.connect(60) as connection:
        before = server.rss_bytes()
        blob = b"x" * (32 << 20)
        for _ in range(2):
            assert len(connection.command("ECHO", blob)) > len(blob)
        assert connection.command("PING") == b"+PONG\r\n"
        deadline = time.monotonic() + 10
        while server.rss_bytes() > before + (24 << 20) and time.monotonic() < deadline:
            time.sleep(0.2)
            connection.command("PING")
        assert server.rss_bytes() <= before + (24 << 20)
