"""What MEMORY STATS, MEMORY DOCTOR and MEMORY MALLOC-STATS say. Pure: figures in, text or a map out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autocache.commands.info import gather, human
from autocache.commands.stats import MemoryStats
from autocache.resp.values import Pairs

if TYPE_CHECKING:
    from autocache.commands.cache import Cache

# Below this the interpreter outweighs the data, and ratios say nothing.
ADVICE_BYTES_MIN = 5 << 20
PEAK_RATIO_HIGH = 1.5
RSS_RATIO_HIGH = 1.4
RSS_SURPLUS_BYTES_MIN = 64 << 20
NEARLY_FULL_SHARE = 0.9


def memory_map(cache: Cache) -> Pairs:
    """The map of MEMORY STATS, with the names that Redis uses; sizes in bytes."""
    found = gather(cache)
    databases = [db for db in cache.database_stats() if db.keys]
    keys = sum(db.keys for db in databases)
    used, startup = found["used_memory"], found["used_memory_startup"]
    dataset = found["used_memory_dataset"]
    grown = max(1, used - startup)
    pairs = Pairs(
        [
            ("peak.allocated", found["used_memory_peak"]),
            ("total.allocated", used),
            ("startup.allocated", startup),
        ]
    )
    if "mem_clients_normal" in found:
        pairs.append(("clients.normal", found["mem_clients_normal"]))
    pairs += [(f"db.{db.number}", {"overhead.hashtable.main": db.table_bytes}) for db in databases]
    pairs += [
        ("overhead.total", found["used_memory_overhead"]),
        ("keys.count", keys),
        ("keys.bytes-per-key", (used - startup) // keys if keys else 0),
        ("dataset.bytes", dataset),
        ("dataset.percentage", dataset * 100 / grown),
        ("peak.percentage", used * 100 / max(1, found["used_memory_peak"])),
        ("allocator.allocated", used),
    ]
    if "used_memory_rss" in found:
        pairs += [
            ("allocator.resident", found["used_memory_rss"]),
            ("fragmentation", found["used_memory_rss"] / max(1, used)),
            ("fragmentation.bytes", found["used_memory_rss"] - used),
        ]
    return pairs


def allocator_text(memory: MemoryStats) -> str:
    """The text of MEMORY MALLOC-STATS."""
    return "".join(
        f"{name}: {value}\n"
        for name, value in (
            ("bytes in use", memory.used),
            ("most bytes ever in use", memory.peak),
            ("live blocks", memory.blocks),
            ("bytes of slabs in use", memory.slabs),
            ("bytes of empty slabs kept", memory.reserve),
        )
    )


def advice(found: Mapping[str, Any]) -> str:
    """The text of MEMORY DOCTOR for the figures of `info.gather`."""
    used, peak = found["used_memory"], found["used_memory_peak"]
    if used < ADVICE_BYTES_MIN:
        return f"Only {human(used)} of data are in memory: too little to judge by.\n"
    advices = [
        *_about_peak(used, peak),
        *_about_rss(used, found.get("used_memory_rss")),
        *_about_limit(used, found),
    ]
    if not advices:
        return "Nothing is unusual about the use of memory.\n"
    return "".join(f"* {advice}\n" for advice in advices)


def _about_peak(used: int, peak: int) -> list[str]:
    if peak / used < PEAK_RATIO_HIGH:
        return []
    return [
        (
            f"Peak: {human(peak)} were in use at some time, {human(used)} are now. Pages that are partly in"
            " use stay with the process, so its resident memory may reflect the peak. That is harmless"
            " unless memory is short."
        )
    ]


def _about_rss(used: int, rss: int | None) -> list[str]:
    if rss is None or rss / used < RSS_RATIO_HIGH or rss - used < RSS_SURPLUS_BYTES_MIN:
        return []
    return [
        (
            f"Fragmentation: the process holds {human(rss)} for {human(used)} in use. Deleting and adding"
            " values of changing sizes does this; it shrinks as pages become empty, at once after a restart."
        )
    ]


def _about_limit(used: int, found: Mapping[str, Any]) -> list[str]:
    limit = int(found.get("maxmemory", 0))
    if not limit or used < limit * NEARLY_FULL_SHARE:
        return []
    policy = found.get("maxmemory_policy", "noeviction")
    effect = "writes are refused" if policy == "noeviction" else f"keys are evicted ({policy})"
    return [f"Limit: {human(used)} of maxmemory {human(limit)} are in use; at the limit {effect}."]
