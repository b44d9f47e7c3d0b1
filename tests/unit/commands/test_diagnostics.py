"""SLOWLOG, LATENCY and MONITOR, and the logs behind them."""

from __future__ import annotations

import pytest

from autocache.commands.cache import Cache
from autocache.commands.diagnostics import distribution
from autocache.commands.local import LocalHost, monitor_line, redacted
from autocache.commands.logs import LATENCY_SAMPLES_MAX, LatencyLog, SlowLog, age_label, trim_args
from autocache.commands.stats import percentile_us

NOW = 1_700_000_000.25


@pytest.fixture
def host() -> LocalHost:
    return LocalHost(wall_clock=lambda: NOW)


@pytest.fixture
def cache(host: LocalHost) -> Cache:
    return Cache(host=host)


# --- the slow log


def test_few_and_short_arguments_are_kept() -> None:
    assert trim_args([b"x"] * 32) == [b"x"] * 32
    trimmed = trim_args([b"x"] * 40)
    assert len(trimmed) == 32
    assert trimmed[-1] == b"... (9 more arguments)"
    assert trim_args([b"a" * 128]) == [b"a" * 128]
    assert trim_args([b"a" * 130]) == [b"a" * 128 + b"... (2 more bytes)"]


def test_slow_log_is_bounded_and_its_ids_go_on() -> None:
    log = SlowLog(2)
    for number in range(3):
        log.add([b"%d" % number], 5, NOW)
    assert [entry.id for entry in log.newest(-1)] == [2, 1]
    log.clear()
    log.add([b"x"], 5, NOW)
    assert [entry.id for entry in log.newest(10)] == [3]
    assert log.newest(0) == []


def test_slow_commands_are_logged(cache: Cache, host: LocalHost) -> None:
    session = cache.session()
    cache.configure(slowlog_log_slower_than=0)
    session.execute(b"SET", b"k", b"v")
    cache.configure(slowlog_log_slower_than=-1)
    session.execute(b"GET", b"k")
    assert [entry.args for entry in host.slow_log.newest(-1)] == [[b"SET", b"k", b"v"]]
    reply = session.execute(b"SLOWLOG", b"GET")
    assert reply.startswith(b"*1\r\n*6\r\n:0\r\n:1700000000\r\n:")
    assert reply.endswith(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n$0\r\n\r\n$0\r\n\r\n")
    assert session.execute(b"SLOWLOG", b"LEN") == b":1\r\n"
    assert session.execute(b"SLOWLOG", b"RESET") == b"+OK\r\n"
    assert session.execute(b"SLOWLOG", b"LEN") == b":0\r\n"


@pytest.mark.parametrize("count", [b"x", b"-2", b"1.5", b"9223372036854775808", b""])
def test_slowlog_get_wants_a_count(cache: Cache, count: bytes) -> None:
    reply = cache.session().execute(b"SLOWLOG", b"GET", count)
    assert reply == b"-ERR count should be greater than or equal to -1\r\n"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("AUTH secret", "AUTH (redacted)"),
        ("auth name secret", "auth (redacted) (redacted)"),
        ("HELLO 3 AUTH name secret SETNAME x", "HELLO 3 AUTH (redacted) (redacted) SETNAME x"),
        ("HELLO 3 AUTH name", "HELLO 3 AUTH (redacted)"),
        ("CONFIG SET hz 1 requirepass secret", "CONFIG SET hz 1 requirepass (redacted)"),
        ("SET auth secret", "SET auth secret"),
    ],
)
def test_passwords_are_hidden(line: str, shown: str) -> None:
    assert redacted(line.encode().split()) == shown.encode().split()


# --- latency


def test_one_sample_a_second_is_kept_the_worst() -> None:
    log = LatencyLog()
    for now, ms in ((10.1, 5), (10.9, 9), (10.95, 7), (12, 3)):
        log.add("command", ms, now)
    event = log.events["command"]
    assert list(event.samples) == [(10, 9), (12, 3)]
    assert event.worst_ms == 9
    for second in range(LATENCY_SAMPLES_MAX * 2):
        log.add("command", 1, 100 + second)
    assert len(event.samples) == LATENCY_SAMPLES_MAX


def test_clear_counts() -> None:
    log = LatencyLog()
    log.add("a", 1, NOW)
    log.add("b", 1, NOW)
    assert log.clear(["a", "c"]) == 1
    assert log.clear() == 1


def test_graph_is_redis_servers() -> None:
    """As redis-server 7.0.15 drew it for these samples."""
    log = LatencyLog()
    for second, ms in enumerate((50, 70, 90)):
        log.add("command", ms, 100 + second)
    lines = log.graph("command", 102).splitlines()
    assert lines[0] == "command - high 90 ms, low 50 ms (all time high 90 ms)"
    assert lines[1] == "-" * 80
    assert lines[2:] == ["  #", " _|", " ||", "_||", "210", "sss"]


@pytest.mark.parametrize(("age", "label"), [(59, "59s"), (60, "1m"), (3599, "59m"), (7200, "2h"), (200000, "2d")])
def test_age_label(age: int, label: str) -> None:
    assert age_label(age) == label


def test_latency_commands(cache: Cache, host: LocalHost) -> None:
    session = cache.session()
    assert session.execute(b"LATENCY", b"LATEST") == b"*0\r\n"
    assert session.execute(b"LATENCY", b"GRAPH", b"x y") == b"-ERR No samples available for event 'x y'\r\n"
    host.on_latency("command", 7)
    assert session.execute(b"LATENCY", b"LATEST") == b"*1\r\n*4\r\n$7\r\ncommand\r\n:1700000000\r\n:7\r\n:7\r\n"
    assert session.execute(b"LATENCY", b"HISTORY", b"command") == b"*1\r\n*2\r\n:1700000000\r\n:7\r\n"
    assert b"command: 1 times, 7 ms on average" in session.execute(b"LATENCY", b"DOCTOR")
    assert session.execute(b"LATENCY", b"RESET") == b":1\r\n"
    assert b"latency-monitor-threshold is 0" in session.execute(b"LATENCY", b"DOCTOR")


def test_slow_commands_become_events(cache: Cache, host: LocalHost) -> None:
    cache.configure(latency_monitor_threshold=1)
    cache.session().execute(b"DEBUG", b"SLEEP", b"0.002")
    assert host.latency_log.events["command"].worst_ms >= 2


def test_histogram(cache: Cache) -> None:
    session = cache.session()
    for _ in range(3):
        session.execute(b"GET", b"k")
    reply = session.execute(b"LATENCY", b"HISTOGRAM", b"GET", b"bogus")
    assert reply.startswith(b"*2\r\n$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:3\r\n$14\r\nhistogram_usec\r\n*")
    assert session.execute(b"LATENCY", b"HISTOGRAM", b"bogus") == b"*0\r\n"


def test_distribution_is_cumulated() -> None:
    pairs = dict(distribution([2, 0, 3, 0, 0, 1]))
    assert pairs["calls"] == 6
    assert pairs["histogram_usec"] == [(1, 2), (4, 5), (33, 6)]


def test_percentiles_are_bounds_of_buckets() -> None:
    histogram = [90, 9, 0, 1]
    assert percentile_us(histogram, 50) == 1.024
    assert percentile_us(histogram, 99) == 2.048
    assert percentile_us(histogram, 100) == 8.192
    assert percentile_us([0, 0], 50) == 0.0


# --- MONITOR


def test_monitor_line() -> None:
    args = [b"SET", b'a"\\\r\n\t\x00\xff', b""]
    line = monitor_line(1339518083.107412, 2, "127.0.0.1:60866", args)
    expected = rb'+1339518083.107412 [2 127.0.0.1:60866] "SET" "a\"\\\r\n\t\x00\xff" ""'
    assert line == expected + b"\r\n"


def test_monitor_shows_what_runs(cache: Cache, host: LocalHost) -> None:
    monitor, other = cache.session(), cache.session()
    assert monitor.execute(b"MONITOR") == b"+OK\r\n"
    assert monitor.execute(b"MONITOR") == b""
    other.execute(b"SELECT", b"3")
    other.execute(b"CONFIG", b"GET", b"x")
    other.execute(b"GET", b"k")
    assert host.sent[monitor.id] == [
        b'+1700000000.250000 [0 local] "SELECT" "3"\r\n',
        b'+1700000000.250000 [3 local] "GET" "k"\r\n',
    ]


def test_monitoring_ends_with_the_last_monitor(cache: Cache, host: LocalHost) -> None:
    monitor = cache.session()
    monitor.execute(b"MONITOR")
    host.monitors.clear()
    cache.session().execute(b"PING")
    told: list[bytes] = []
    host.on_monitor = lambda *_: told.append(b"")  # type: ignore[assignment, method-assign]
    cache.session().execute(b"PING")
    assert told == []
