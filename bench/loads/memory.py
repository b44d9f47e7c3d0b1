"""Resident bytes per record: (resident after loading n records - before) / n.

At one size only, the figure would depend on where that size falls between two doublings of the table; so
three sizes are loaded, and the target holds for the median of their ratios.
"""

import time
from dataclasses import dataclass

from bench.errors import BenchError
from bench.model import Figure, Load, Sample, Start
from bench.servers import Server
from bench.wire import KEY, KEY_BYTES, keyed, numbered

ROUNDS = 1  # resident memory hardly varies from run to run
SETTLED_SHARE = 0.0005
SETTLE_SECONDS = 0.5
SETTLE_SECONDS_MAX = 12.0  # longer than jemalloc keeps freed pages


@dataclass(frozen=True, slots=True)
class Record:
    """The shape of a record: the options of SET follow its value."""

    name: str
    value_bytes: int
    options: tuple[bytes, ...] = ()

    def command(self) -> bytes:
        """The SET command, with a `%`-format where the key's number goes."""
        return keyed(b"SET", KEY, b"v" * self.value_bytes, *self.options)

    def __str__(self) -> str:
        return f"key {KEY_BYTES} B, value {self.value_bytes} B{' with TTL' if self.options else ''}"


@dataclass(frozen=True, kw_only=True)
class Memory(Load):
    """Records of one shape, at several sizes of the keyspace."""

    record: Record
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, record: Record, sizes: tuple[int, ...], target: float) -> "Memory":
        """Describe the load; the target holds for the median of the ratios at the sizes."""
        each = [Figure(f"{size}", f"{size:,} records", "B/record") for size in sizes]
        both = Figure("all sizes", "bytes per record (median)", "B", "lower", target, tuple(map(str, sizes)))
        title = f"memory: {record}"
        return cls(name=record.name, title=title, rounds=ROUNDS, figures=(*each, both), record=record, sizes=sizes)

    @property
    def how(self) -> str:
        return "(resident bytes after loading - before) / records; a fresh server for each size"

    def measure(self, start: Start) -> Sample:
        taken: Sample = {}
        for size in self.sizes:
            with start() as server:
                taken[f"{size}"] = bytes_per_record(server, self.record, size)
        return taken


def bytes_per_record(server: Server, record: Record, count: int) -> float:
    """Load a fresh server with `count` records, and divide what it grew by."""
    before = settled(server)
    load(server, record, count)
    return (settled(server) - before) / count


def load(server: Server, record: Record, count: int) -> None:
    """Write the records, then read each once, and check that all are there.

    Reading lets a server that moves its table in steps with each command finish doing so; two tables at once
    would be counted otherwise.
    """
    exists = keyed(b"EXISTS", KEY)
    with server.connect() as connection:
        connection.pipeline(numbered(record.command(), range(count), b"+OK\r\n"))
        connection.pipeline(numbered(exists, range(count), b":1\r\n"))
        if (size := connection.call(b"DBSIZE")) != b":%d" % count:
            raise BenchError(f"a server counts {size.decode()} keys after {count} were written")


def settled(server: Server) -> int:
    """Resident bytes, once they no longer change: buffers and pages are given back a while after the load."""
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    last = server.resident_bytes()
    while time.monotonic() < deadline:
        time.sleep(SETTLE_SECONDS)
        now = server.resident_bytes()
        if abs(now - last) <= SETTLED_SHARE * last:
            return now
        last = now
    return last
