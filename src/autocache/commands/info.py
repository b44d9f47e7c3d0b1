"""INFO: which fields there are, where their values come from, and how they are written.

`SECTIONS` is the list of fields in Redis's order and under Redis's names; a name that Redis does not have
says so. Values come from three places: the cache's counters (here), the configuration, and the host
(`Host.figures`), which may give any name of this list. A field whose value nobody gives is left out: what
is shown is real.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import autocache
from autocache.commands.stats import CommandStats, DatabaseStats, percentile_us

if TYPE_CHECKING:
    from autocache.commands.cache import Cache

# What clients may expect of us: they look at `redis_version` to choose commands.
REDIS_VERSION = "7.0.15"

SECTIONS: dict[str, str] = {
    "server": """
        redis_version redis_git_sha1 redis_git_dirty server_name autocache_version redis_mode os arch_bits
        monotonic_clock python_version multiplexing_api process_id process_supervised run_id tcp_port server_time_usec
        uptime_in_seconds uptime_in_days hz configured_hz lru_clock executable config_file
        io_threads_active
    """,
    "clients": """
        connected_clients cluster_connections maxclients client_recent_max_input_buffer
        client_recent_max_output_buffer blocked_clients tracking_clients clients_in_timeout_table
    """,
    "memory": """
        used_memory used_memory_human used_memory_rss used_memory_rss_human used_memory_peak
        used_memory_peak_human used_memory_peak_perc used_memory_overhead used_memory_startup
        used_memory_dataset used_memory_dataset_perc allocator_allocated allocator_slabs
        allocator_reserve total_system_memory total_system_memory_human maxmemory maxmemory_human
        maxmemory_policy mem_fragmentation_ratio mem_fragmentation_bytes
        mem_not_counted_for_evict mem_clients_normal mem_allocator lazyfree_pending_objects lazyfreed_objects
    """,
    "persistence": """
        loading async_loading rdb_changes_since_last_save rdb_bgsave_in_progress rdb_last_save_time
        rdb_last_bgsave_status aof_enabled aof_rewrite_in_progress aof_rewrite_scheduled
    """,
    "stats": """
        total_connections_received total_commands_processed instantaneous_ops_per_sec
        total_net_input_bytes total_net_output_bytes instantaneous_input_kbps instantaneous_output_kbps
        rejected_connections expired_keys expired_fields expired_stale_perc expired_time_cap_reached_count
        expire_cycle_cpu_milliseconds evicted_keys evicted_clients keyspace_hits keyspace_misses
        pubsub_channels pubsub_patterns pubsubshard_channels tracking_total_keys tracking_total_items
        tracking_total_prefixes unexpected_error_replies total_error_replies total_reads_processed
        total_writes_processed
    """,
    "replication": """
        role connected_slaves master_failover_state master_replid master_replid2 master_repl_offset
        second_repl_offset repl_backlog_active repl_backlog_size repl_backlog_first_byte_offset
        repl_backlog_histlen
    """,
    "cpu": """
        used_cpu_sys used_cpu_user used_cpu_sys_children used_cpu_user_children used_cpu_sys_main_thread
        used_cpu_user_main_thread
    """,
    "module_list": "",
    "commandstats": "",
    "errorstats": "",
    "latencystats": "",
    "cluster": "cluster_enabled",
    "keyspace": "",
}
TITLES = {"cpu": "CPU", "module_list": "Modules"}
DEFAULT = (
    "server",
    "clients",
    "memory",
    "persistence",
    "stats",
    "replication",
    "cpu",
    "module_list",
    "errorstats",
)
DEFAULT_SECTIONS = frozenset((*DEFAULT, "cluster", "keyspace"))
HUMAN_UNITS = ("K", "M", "G", "T", "P")
CONFIGURED = ("maxclients", "hz", "port")


def sections_of(words: Sequence[str]) -> frozenset[str]:
    """The sections that the arguments of INFO name; unknown names are nothing."""
    wanted: set[str] = set()
    for word in (word.lower() for word in words):
        if word in ("all", "everything"):
            # "everything" adds what modules have to say; there are none.
            wanted |= SECTIONS.keys()
        elif word == "default":
            wanted |= DEFAULT_SECTIONS
        elif word in SECTIONS:
            wanted.add(word)
    return frozenset(wanted) if words else DEFAULT_SECTIONS


def human(size: int) -> str:
    """A number of bytes as INFO shows it to people."""
    if size < 1024:
        return f"{size}B"
    value = float(size)
    at = -1
    while value >= 1024 and at < len(HUMAN_UNITS) - 1:
        value /= 1024
        at += 1
    return f"{value:.2f}{HUMAN_UNITS[at]}"


def gather(cache: Cache) -> dict[str, Any]:
    """Every figure that somebody gives, by name. What the host says wins."""
    host = cache.host
    config = host.config.get(CONFIGURED)
    found: dict[str, Any] = {
        "redis_version": REDIS_VERSION,
        "redis_git_sha1": "00000000",
        "redis_git_dirty": 0,
        "server_name": "autocache",
        "autocache_version": autocache.__version__,
        "redis_mode": "standalone",
        "process_supervised": "no",
        "lru_clock": cache.now_ms // 1000 & 0xFFFFFF,
        "loading": 0,
        "async_loading": 0,
        "rdb_changes_since_last_save": cache.dirty,
        "rdb_bgsave_in_progress": 0,
        "aof_enabled": 0,
        "aof_rewrite_in_progress": 0,
        "aof_rewrite_scheduled": 0,
        "role": "master",
        "connected_slaves": 0,
        "master_failover_state": "no-failover",
        "master_repl_offset": 0,
        "second_repl_offset": -1,
        "repl_backlog_active": 0,
        "repl_backlog_first_byte_offset": 0,
        "repl_backlog_histlen": 0,
        "cluster_enabled": 0,
        **_configured(config),
        **cache.tracking_figures(),
        **cache.pubsub_figures(),
        **_keyspace(cache),
    }
    found.update(host.figures())
    found.update(_memory(cache, found))
    for name in [name for name in found if f"{name}_human" in _fields("memory")]:
        found[f"{name}_human"] = human(int(found[name]))
    return found


def _configured(config: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in (
        ("maxclients", "maxclients"),
        ("hz", "hz"),
        ("hz", "configured_hz"),
        ("port", "tcp_port"),
    ):
        if name in config:
            found[field] = config[name]
    return found


def _keyspace(cache: Cache) -> dict[str, Any]:
    stats = cache.keyspace_stats()
    return {
        "total_commands_processed": cache.commands_run,
        "total_error_replies": cache.errors_replied,
        "expired_keys": stats.expired,
        "expired_fields": stats.expired_fields,
        "expired_stale_perc": f"{stats.expire_stale_share * 100:.2f}",
        "expired_time_cap_reached_count": stats.expire_cap_reached,
        "evicted_keys": stats.evicted,
        "keyspace_hits": stats.hits,
        "keyspace_misses": stats.misses,
        "lazyfree_pending_objects": stats.discarding,
        "lazyfreed_objects": stats.discarded,
    }


def _memory(cache: Cache, found: Mapping[str, Any]) -> dict[str, Any]:
    memory = cache.memory_stats()
    tables = sum(db.table_bytes for db in cache.database_stats())
    overhead = min(memory.used, tables + int(found.get("mem_clients_normal", 0)) + cache.startup_bytes)
    dataset = memory.used - overhead
    grown = max(1, memory.used - cache.startup_bytes)
    figures: dict[str, Any] = {
        "used_memory": memory.used,
        "used_memory_peak": memory.peak,
        "used_memory_peak_perc": f"{memory.used / max(1, memory.peak) * 100:.2f}%",
        "used_memory_overhead": overhead,
        "used_memory_startup": cache.startup_bytes,
        "used_memory_dataset": dataset,
        "used_memory_dataset_perc": f"{min(100.0, dataset / grown * 100):.2f}%",
        "allocator_allocated": memory.used,
        "allocator_slabs": memory.slabs,
        "allocator_reserve": memory.reserve,
        "mem_not_counted_for_evict": 0,
        "mem_allocator": "autocache",
        "maxmemory": cache.setting("maxmemory"),
        "maxmemory_policy": cache.setting("maxmemory-policy"),
    }
    rss = found.get("used_memory_rss")
    if rss is not None:
        figures["mem_fragmentation_ratio"] = f"{rss / max(1, memory.used):.2f}"
        figures["mem_fragmentation_bytes"] = rss - memory.used
    return figures


def _fields(section: str) -> list[str]:
    return SECTIONS[section].split()


def info_text(cache: Cache, wanted: frozenset[str]) -> str:
    """The reply of INFO."""
    found = gather(cache)
    parts = []
    for section in SECTIONS:
        if section in wanted:
            lines = [f"# {TITLES.get(section, section.capitalize())}", *_lines(cache, section, found)]
            parts.append("".join(line + "\r\n" for line in lines))
    return "\r\n".join(parts)


def _lines(cache: Cache, section: str, found: Mapping[str, Any]) -> Iterator[str]:
    if section == "commandstats":
        yield from (command_line(stats) for stats in cache.command_stats())
    elif section == "errorstats":
        yield from (f"errorstat_{code}:count={count}" for code, count in cache.error_stats().items())
    elif section == "latencystats" and cache.setting("latency-tracking"):
        percents = cache.host.config.get(["latency-tracking-info-percentiles"])
        words = percents.get("latency-tracking-info-percentiles", "").split()
        yield from (latency_line(stats, words) for stats in cache.command_stats() if any(stats.histogram))
    elif section == "latencystats":
        return
    elif section == "keyspace":
        yield from (database_line(db) for db in cache.database_stats() if db.keys)
    else:
        for name in _fields(section):
            if name in found:
                yield f"{name}:{_written(found[name])}"


def _written(value: object) -> str:
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def command_line(stats: CommandStats) -> str:
    """One line of commandstats."""
    mean = stats.usec / stats.calls if stats.calls else 0.0
    return (
        f"cmdstat_{stats.name}:calls={stats.calls},usec={stats.usec},usec_per_call={mean:.2f},"
        f"rejected_calls={stats.rejected},failed_calls={stats.failed}"
    )


def latency_line(stats: CommandStats, percents: Sequence[str]) -> str:
    """One line of latencystats; each percentile is the upper bound of its bucket."""
    values = ",".join(f"p{float(word):g}={percentile_us(stats.histogram, float(word)):.3f}" for word in percents)
    return f"latency_percentiles_usec_{stats.name}:{values}"


def database_line(db: DatabaseStats) -> str:
    """One line of keyspace."""
    return f"db{db.number}:keys={db.keys},expires={db.expires},avg_ttl={db.average_ttl_ms}"
