"""The worst that a second client sees while a server does its heavy chores.

The figure with the target is the median over the rounds of each round's longest ping. The 99th and 99.9th
percentiles stand beside it, for a maximum alone says little about how often it hurts.
"""

import time
from dataclasses import dataclass

from bench.errors import BenchError
from bench.model import SERVER_WAIT_SHARE, Figure, Load, Sample, Start
from bench.pinger import Pinger, pinging
from bench.wire import KEY, Connection, keyed, numbered

ROUNDS = 5
VALUE = b"v" * 16
SET = keyed(b"SET", KEY, VALUE)
OK = b"+OK\r\n"

FLUSH_WATCH_SECONDS = 4.0  # redis-server frees 5 million keys in the background within two
EXPIRE_SPAN_MS = 1000
EXPIRE_WATCH_SECONDS_MAX = 30.0
LOAD_KEYS_PER_SECOND_MIN = 150_000  # what a loaded machine reaches; the keys must not expire while they are written
POLL_SECONDS = 0.05


def figures(phase: str, title: str, target: float) -> tuple[Figure, ...]:
    """The figures of one phase, by the names in a pinger's summary."""
    return (
        Figure(f"{phase} worst", f"{title}: worst ping", "ms", "lower", target),
        Figure(f"{phase} p999", f"{title}: p99.9", "ms"),
        Figure(f"{phase} p99", f"{title}: p99", "ms"),
    )


def summary(phase: str, pinger: Pinger) -> Sample:
    """The pings since the last summary, as figures of a phase."""
    return {f"{phase} {name}": value for name, value in pinger.take().items()}


@dataclass(frozen=True, kw_only=True)
class Grow(Load):
    """An empty server is filled at full speed through one connection, then emptied by FLUSHALL ASYNC."""

    keys: int

    @classmethod
    def of(cls, keys: int, target: float) -> "Grow":
        """Describe the load; each phase has the target for its worst ping."""
        both = figures("grow", "growing", target) + figures("flush", "FLUSHALL ASYNC", target)
        title = f"a second client, while growing to {keys:,} keys and flushing them"
        return cls(name="tail-grow", title=title, rounds=ROUNDS, figures=both, keys=keys)

    @property
    def how(self) -> str:
        return (
            f"pings every 0.2 ms on their own connection while {self.keys:,} keys (16 B + 16 B) are written "
            f"through a pipeline, and in the {FLUSH_WATCH_SECONDS:g} s after FLUSHALL ASYNC"
        )

    def measure(self, start: Start) -> Sample:
        with start() as server, server.connect() as connection, pinging(server.port) as pinger:
            watch = server.watch()
            pinger.take()
            connection.pipeline(numbered(SET, range(self.keys), OK))
            taken = summary("grow", pinger) | {SERVER_WAIT_SHARE: watch.wait_share()}
            flush(connection)
            return taken | summary("flush", pinger)


def flush(connection: Connection) -> None:
    """Empty the server, and wait while it frees the memory."""
    if connection.call(b"FLUSHALL", b"ASYNC") != b"+OK" or connection.call(b"DBSIZE") != b":0":
        raise BenchError("a server did not flush")
    time.sleep(FLUSH_WATCH_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Expire(Load):
    """All keys expire within the same second, evenly spread over it."""

    keys: int

    @classmethod
    def of(cls, keys: int, target: float) -> "Expire":
        """Describe the load; the target holds for the worst ping."""
        title = f"a second client, while {keys:,} keys expire in one second"
        gone = Figure("gone", "until all keys were gone, from the first", "s")
        both = (*figures("expire", "expiring", target), gone)
        return cls(name="tail-expire", title=title, rounds=ROUNDS, figures=both, keys=keys)

    @property
    def how(self) -> str:
        return (
            f"pings every 0.2 ms from the first expiry until DBSIZE is 0; {self.keys:,} keys, expiries "
            f"set by PXAT and spread over {EXPIRE_SPAN_MS} ms"
        )

    def measure(self, start: Start) -> Sample:
        with start() as server, server.connect() as connection, pinging(server.port) as pinger:
            first_ms = int((time.time() + 1 + self.keys / LOAD_KEYS_PER_SECOND_MIN) * 1000)
            connection.pipeline(expiring(self.keys, first_ms))
            sleep_until(first_ms, connection, self.keys)
            watch = server.watch()
            pinger.take()
            gone_s = await_empty(connection)
            return summary("expire", pinger) | {SERVER_WAIT_SHARE: watch.wait_share()} | {"gone": gone_s}


def expiring(keys: int, first_ms: int) -> list[tuple[bytes, bytes]]:
    """Batches of SET, one per millisecond of the span, each with that millisecond as its expiry."""
    ends = [keys * (step + 1) // EXPIRE_SPAN_MS for step in range(EXPIRE_SPAN_MS)]
    batches: list[tuple[bytes, bytes]] = []
    for step, (low, high) in enumerate(zip([0, *ends], ends, strict=False)):
        at = b"%d" % (first_ms + step)
        command = keyed(b"SET", KEY, VALUE, b"PXAT", at)
        batches.extend(numbered(command, range(low, high), OK))
    return batches


def sleep_until(first_ms: int, connection: Connection, keys: int) -> None:
    """Wait for the first expiry, having checked that none came before it."""
    size = connection.call(b"DBSIZE")
    if time.time() * 1000 >= first_ms or size != b":%d" % keys:
        raise BenchError("this machine writes too slowly: keys expired while they were still being written")
    time.sleep(max(0.0, first_ms / 1000 - time.time()))


def await_empty(connection: Connection) -> float:
    """Return the seconds until DBSIZE is 0."""
    began = time.monotonic()
    while connection.call(b"DBSIZE") != b":0":
        if time.monotonic() - began > EXPIRE_WATCH_SECONDS_MAX:
            raise BenchError(f"expired keys were still there after {EXPIRE_WATCH_SECONDS_MAX:g} s")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began
