"""The figures that a cache keeps of itself, as INFO, LATENCY, MEMORY and the metrics read them.

Snapshots only: `Cache` makes them from its counters when somebody asks. Times are microseconds unless a
name says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

# The compiled histogram counts nanoseconds in powers of two: bucket n holds calls of up to 1024 << n
# (context.pxd).
BUCKET_NS_MIN = 1024
NS_PER_US = 1000


class CommandStats(NamedTuple):
    """What was counted of one command or subcommand since the last CONFIG RESETSTAT."""

    name: str
    calls: int
    usec: int
    rejected: int
    failed: int
    histogram: tuple[int, ...]


class DatabaseStats(NamedTuple):
    """One database; `table_bytes` is its index alone, without entries."""

    number: int
    keys: int
    expires: int
    average_ttl_ms: int
    table_bytes: int
    volatile_hashes: int


class KeyspaceStats(NamedTuple):
    """Counters of all databases together; `dirty` is the number of changes."""

    hits: int
    misses: int
    expired: int
    expired_fields: int
    evicted: int
    dirty: int
    expire_cap_reached: int
    expire_stale_share: float
    evict_sum_us: int
    discarding: int
    discarded: int
    maxmemory_bytes: int


class MemoryStats(NamedTuple):
    """The allocator, in bytes: what is in use, the most that ever was, and what it holds to hand out."""

    used: int
    peak: int
    slabs: int
    reserve: int
    blocks: int


def bucket_bound_ns(bucket: int) -> int:
    """The longest call that a bucket counts, in ns."""
    return BUCKET_NS_MIN << bucket


def percentile_us(histogram: Sequence[int], percent: float) -> float:
    """The upper bound of the bucket in which the given percentile lies, in us; 0 if nothing was counted."""
    total = sum(histogram)
    wanted = max(1, int(percent / 100 * total + 0.5))
    seen = 0
    for bucket, count in enumerate(histogram):
        seen += count
        if count and seen >= wanted:
            return bucket_bound_ns(bucket) / NS_PER_US
    return 0.0
