"""The worst that a second client sees while one large collection grows, or is deleted by one command."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

from bench.errors import BenchError
from bench.loads.tail import ROUNDS, figures, summary
from bench.model import SERVER_WAIT_SHARE, Load, Sample, Start
from bench.pinger import pinging
from bench.wire import filled, keyed, numbered, scrambled

ONE = b":1\r\n"
MEMBER = b"member:%09d"
HSET = keyed(b"HSET", b"hash", b"field:%09d", b"v" * 10)
ZADD = keyed(b"ZADD", b"zset", b"%06d.%03d", MEMBER)
SADD_MEMBERS = 100  # a set that is only there to be deleted is written in commands of so many members
SADD = keyed(b"SADD", b"set", *[MEMBER] * SADD_MEMBERS)
DELETE_WATCH_SECONDS = 4.0  # redis-server itself needs one to two; long enough for what is freed afterwards


@dataclass(frozen=True, kw_only=True)
class GrowCollection(Load):
    """One hash, then one sorted set on another server, grown by single elements at full speed."""

    elements: int

    @classmethod
    def of(cls, elements: int, target: float) -> "GrowCollection":
        """Describe the load; each phase has the target for its worst ping."""
        both = figures("hash", "growing a hash", target) + figures("zset", "growing a sorted set", target)
        title = f"a second client, while one hash and one sorted set grow to {elements:,} elements"
        return cls(name="tail-collection", title=title, rounds=ROUNDS, figures=both, elements=elements)

    @property
    def how(self) -> str:
        return (
            f"pings every 0.2 ms on their own connection while a pipeline writes {self.elements:,} elements to one "
            "key, one with each HSET or ZADD; scores in no order"
        )

    def measure(self, start: Start) -> Sample:
        fields = grow("hash", start, numbered(HSET, range(self.elements), ONE))
        members = grow("zset", start, zset_members(self.elements))
        return fields | members | {SERVER_WAIT_SHARE: max(fields[SERVER_WAIT_SHARE], members[SERVER_WAIT_SHARE])}


def zset_members(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Batches that add so many members, with scores in no order."""
    rows = ((scrambled(number, 999_983), number % 1000, number) for number in range(count))
    return filled(ZADD, rows, repeat(ONE))


def grow(phase: str, start: Start, batches: Iterator[tuple[bytes, bytes]]) -> Sample:
    """Ping a fresh server while it works through the batches."""
    with start() as server, server.connect() as connection, pinging(server.port) as pinger:
        watch = server.watch()
        pinger.take()
        connection.pipeline(batches)
        return summary(phase, pinger) | {SERVER_WAIT_SHARE: watch.wait_share()}


@dataclass(frozen=True, kw_only=True)
class Delete(Load):
    """One large set, deleted by DEL."""

    members: int

    @classmethod
    def of(cls, members: int, target: float) -> "Delete":
        """Describe the load; the target holds for the worst ping. `members` is a multiple of SADD_MEMBERS."""
        title = f"a second client, while a set of {members:,} members is deleted"
        both = figures("delete", "deleting", target)
        return cls(name="tail-delete", title=title, rounds=ROUNDS, figures=both, members=members)

    @property
    def how(self) -> str:
        return f"pings every 0.2 ms during DEL and in the {DELETE_WATCH_SECONDS:g} s after it"

    def measure(self, start: Start) -> Sample:
        with start() as server, server.connect() as connection, pinging(server.port) as pinger:
            connection.pipeline(set_members(self.members))
            if (size := connection.call(b"SCARD", b"set")) != b":%d" % self.members:
                raise BenchError(f"a server counts {size.decode()} members after {self.members} were written")
            watch = server.watch()
            pinger.take()
            if connection.call(b"DEL", b"set") != b":1":
                raise BenchError("a server did not delete the set")
            time.sleep(DELETE_WATCH_SECONDS)
            return summary("delete", pinger) | {SERVER_WAIT_SHARE: watch.wait_share()}


def set_members(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Batches that add so many members to the set."""
    rows = (tuple(range(first, first + SADD_MEMBERS)) for first in range(0, count, SADD_MEMBERS))
    return filled(SADD, rows, repeat(b":%d\r\n" % SADD_MEMBERS), batch_commands=20)
