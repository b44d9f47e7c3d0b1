"""The catalog of loads: what `python -m bench` measures, as data.

To add a load, add an entry here; a new kind of load is a subclass of `bench.model.Load` in a file of its own.
Targets are the ratios that the project has promised to itself; a figure without one is shown for the reader.
"""

from bench.loads.collections import HASH, LARGE_HASH, LARGE_ZSET, LIST, ZSET, Collections
from bench.loads.idle import Idle
from bench.loads.latency import RoundTrip
from bench.loads.memory import Memory, Record
from bench.loads.tail import Expire, Grow
from bench.loads.tail_collections import Delete, GrowCollection
from bench.loads.throughput import RedisBenchmark
from bench.loads.types import Types
from bench.model import Load

TTL = (b"EX", b"1000000")
RECORDS = (750_000, 1_000_000, 1_400_000)  # for tables of powers of two: three quarters, full, just doubled
QUICK_RECORDS = (40_000,)
SMALL_COLLECTIONS = (375_000, 500_000, 700_000)  # as RECORDS, for tables of half the size
QUICK_COLLECTIONS = (10_000,)
PIPELINED = ("-c", "50", "-P", "16", "-r", "100000", "-d", "64")


def catalog(quick: bool) -> tuple[Load, ...]:
    """Every load, at full size or (`quick`) at a size that only shows that the load works."""

    def size(full: int, small: int) -> int:
        return small if quick else full

    sizes = QUICK_RECORDS if quick else RECORDS
    keys = QUICK_COLLECTIONS if quick else SMALL_COLLECTIONS
    return (
        RedisBenchmark.of(
            name="pipelined",
            title="50 clients, 16 commands in flight, 64 B values",
            requests=size(1_000_000, 60_000),
            options=PIPELINED,
            cpu_target=0.65,
            throughput_target=1.3,
        ),
        RedisBenchmark.of(
            name="headline",
            title="50 clients, one command at a time",
            requests=size(100_000, 10_000),
            options=("-c", "50"),
            cpu_target=1.0,
        ),
        Types.of(requests=size(200_000, 8_000), target=0.9, mean_target=0.75),
        Types.one_key(requests=size(100_000, 8_000)),
        RoundTrip.of(requests=size(20_000, 2_000), target=1.1),
        Memory.of(Record("memory-16", value_bytes=16), sizes, target=0.50),
        Memory.of(Record("memory-64", value_bytes=64), sizes, target=0.62),
        Memory.of(Record("memory-64-ttl", value_bytes=64, options=TTL), sizes, target=0.60),
        Collections.small("memory-hash", "hash of 5 short fields", HASH, keys, target=0.80),
        Collections.small("memory-zset", "sorted set of 10 short members", ZSET, keys, target=0.85),
        Collections.large("memory-hash-10k", "hashes of 10,000 fields", LARGE_HASH, size(150, 5), target=0.70),
        Collections.large("memory-zset-10k", "sorted sets of 10,000 members", LARGE_ZSET, size(100, 5), target=0.75),
        Collections.large("memory-list-10k", "lists of 10,000 short items", LIST, size(800, 20), target=1.0),
        Grow.of(keys=size(5_000_000, 200_000), target=1.0),
        Expire.of(keys=size(1_000_000, 50_000), target=1.0),
        GrowCollection.of(elements=size(2_000_000, 100_000), target=1.0),
        Delete.of(members=size(3_000_000, 100_000), target=1.0),
        Idle.of(connections=size(5_000, 200)),
    )
