"""Prometheus metrics: each declared once, with its help, and where its value comes from.

The collector reads the figures of the cache and of its host when it is asked, so that metrics cost
nothing between two scrapes. Every figure has the name that INFO gives it (`commands.info.SECTIONS`); one
that nobody gives is left out. Labels are few and bounded: command names, error codes, database numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from autocache.commands.cache import Cache
from autocache.commands.info import gather
from autocache.commands.stats import CommandStats, DatabaseStats, bucket_bound_ns

__all__ = ["CONTENT_TYPE", "CacheCollector", "render"]

PREFIX = "autocache_"
CONTENT_TYPE = CONTENT_TYPE_LATEST
NS_PER_S = 1e9
US_PER_S = 1e6
# Of 32 buckets of powers of two, every second one, from 1 us to 1 s: what dashboards can use.
HISTOGRAM_BUCKETS = range(0, 21, 2)


class Figure(NamedTuple):
    """One metric without labels: its name (without prefix), INFO's name for its value, and its help."""

    name: str
    field: str
    about: str
    kind: type[CounterMetricFamily | GaugeMetricFamily] = GaugeMetricFamily


FIGURES = (
    Figure("uptime_seconds", "uptime_in_seconds", "Seconds since the process started."),
    Figure("memory_used_bytes", "used_memory", "Bytes in live blocks: keys, values, indexes and buffers."),
    Figure("memory_peak_bytes", "used_memory_peak", "The most bytes that were ever in live blocks."),
    Figure("memory_rss_bytes", "used_memory_rss", "Resident memory of the process."),
    Figure("memory_max_bytes", "maxmemory", "The limit `maxmemory`; 0 is none."),
    Figure("clients_connected", "connected_clients", "Connected clients."),
    Figure("clients_blocked", "blocked_clients", "Clients that wait in a blocking command."),
    Figure("clients_max", "maxclients", "The limit `maxclients`."),
    Figure("slowlog_length", "slowlog_length", "Entries in the slow log."),
    Figure("lazyfree_pending_objects", "lazyfree_pending_objects", "Values that wait to be freed in steps."),
    Figure("cpu_system_seconds", "used_cpu_sys", "CPU time in the kernel.", CounterMetricFamily),
    Figure("cpu_user_seconds", "used_cpu_user", "CPU time in the process.", CounterMetricFamily),
    Figure("connections", "total_connections_received", "Connections accepted or refused.", CounterMetricFamily),
    Figure("connections_rejected", "rejected_connections", "Connections refused.", CounterMetricFamily),
    Figure("clients_evicted", "evicted_clients", "Clients closed for `maxmemory-clients`.", CounterMetricFamily),
    Figure("net_input_bytes", "total_net_input_bytes", "Bytes read from clients.", CounterMetricFamily),
    Figure("net_output_bytes", "total_net_output_bytes", "Bytes written to clients.", CounterMetricFamily),
    Figure("commands_processed", "total_commands_processed", "Commands run, all together.", CounterMetricFamily),
    Figure(
        "keyspace_hits",
        "keyspace_hits",
        "Keys that were looked up for reading and were there.",
        CounterMetricFamily,
    ),
    Figure(
        "keyspace_misses",
        "keyspace_misses",
        "Keys that were looked up for reading in vain.",
        CounterMetricFamily,
    ),
    Figure("keys_expired", "expired_keys", "Keys removed because their time had come.", CounterMetricFamily),
    Figure("keys_evicted", "evicted_keys", "Keys removed to stay within `maxmemory`.", CounterMetricFamily),
)

BUILD_HELP = "Always 1; the labels say what is running."
COMMANDS_HELP = "Calls of each command."
FAILED_HELP = "Calls of each command that answered an error."
REJECTED_HELP = "Requests for each command that were refused before it ran."
SECONDS_HELP = "How long commands took, by command."
ERRORS_HELP = "Error replies by code."
KEYS_HELP = "Keys by database."
EXPIRES_HELP = "Keys with an expiry by database."


class CacheCollector(Collector):
    """Reads a cache (and its host) at each scrape."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not read the figures."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All metrics as they are now."""
        found = gather(self.cache)
        yield build_info(found)
        for figure in FIGURES:
            if figure.field in found:
                yield figure.kind(PREFIX + figure.name, figure.about, value=float(found[figure.field]))
        yield from command_metrics(self.cache.command_stats())
        yield by_label("errors", ERRORS_HELP, "code", self.cache.error_stats())
        yield from database_metrics(self.cache.database_stats())


def build_info(found: Mapping[str, Any]) -> Metric:
    """The versions of what is running, as labels."""
    metric = GaugeMetricFamily(PREFIX + "build_info", BUILD_HELP, labels=("version", "python_version", "redis_version"))
    versions = (found.get(name, "") for name in ("autocache_version", "python_version", "redis_version"))
    metric.add_metric([str(version) for version in versions], 1.0)
    return metric


def by_label(name: str, about: str, label: str, values: Mapping[str, int]) -> Metric:
    """A counter with one label."""
    metric = CounterMetricFamily(PREFIX + name, about, labels=(label,))
    for key, value in values.items():
        metric.add_metric([key], float(value))
    return metric


def command_metrics(stats: list[CommandStats]) -> Iterable[Metric]:
    """Calls, failures and times by command."""
    yield by_label("commands", COMMANDS_HELP, "command", {row.name: row.calls for row in stats})
    yield by_label("commands_failed", FAILED_HELP, "command", {row.name: row.failed for row in stats})
    yield by_label("commands_rejected", REJECTED_HELP, "command", {row.name: row.rejected for row in stats})
    seconds = HistogramMetricFamily(PREFIX + "command_duration_seconds", SECONDS_HELP, labels=("command",))
    for row in stats:
        if any(row.histogram):
            seconds.add_metric([row.name], buckets(row.histogram), sum_value=row.usec / US_PER_S)
    yield seconds


def buckets(histogram: tuple[int, ...]) -> list[tuple[str, float]]:
    """The cumulated buckets, upper bounds in seconds."""
    found = [
        (repr(bucket_bound_ns(bucket) / NS_PER_S), float(sum(histogram[: bucket + 1]))) for bucket in HISTOGRAM_BUCKETS
    ]
    return [*found, ("+Inf", float(sum(histogram)))]


def database_metrics(stats: list[DatabaseStats]) -> Iterable[Metric]:
    """Keys by database; those that are empty are left out, except the first."""
    keys = GaugeMetricFamily(PREFIX + "db_keys", KEYS_HELP, labels=("db",))
    expires = GaugeMetricFamily(PREFIX + "db_keys_expiring", EXPIRES_HELP, labels=("db",))
    for db in stats:
        if db.keys or db.number == 0:
            keys.add_metric([str(db.number)], float(db.keys))
            expires.add_metric([str(db.number)], float(db.expires))
    yield keys
    yield expires


def render(cache: Cache) -> bytes:
    """The text of /metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(CacheCollector(cache))
    return generate_latest(registry)
