"""One client, one command at a time: how long a round trip takes.

redis-benchmark's own p50 falls into buckets of 8 us, at round trips of 20 to 40 us too coarse for a bound of
10 %. So the figures with a target come from a raw-socket loop in this process, in nanoseconds; its own cost
(about 3 us, on both sides) is part of them. Beside it stands redis-benchmark's mean, as total time /
requests, which has no such error.
"""

import gc
from dataclasses import dataclass
from statistics import median

from bench import redis_benchmark
from bench.model import SERVER_WAIT_SHARE, Figure, Load, Sample, Start
from bench.servers import Server
from bench.wire import encode

ROUNDS = 5
WARM_UP_SHARE = 10
KEY = b"key:000000000001"
VALUE = b"xxx"  # redis-benchmark's default size
ROUND_TRIPS = {
    "set": (encode(b"SET", KEY, VALUE), b"+OK\r\n"),
    "get": (encode(b"GET", KEY), b"$3\r\nxxx\r\n"),
}


@dataclass(frozen=True, kw_only=True)
class RoundTrip(Load):
    """SET and GET over one connection, without a pipeline."""

    requests: int

    @classmethod
    def of(cls, requests: int, target: float) -> "RoundTrip":
        """Describe the load; the target holds for the p50 of SET and of GET."""
        figures = [
            figure
            for test in ROUND_TRIPS
            for figure in (
                Figure(f"{test} p50", f"{test.upper()} p50", "us", "lower", target),
                Figure(f"{test} mean", f"{test.upper()} mean by redis-benchmark", "us"),
            )
        ]
        title = "1 client, one command at a time"
        return cls(name="latency", title=title, rounds=ROUNDS, figures=tuple(figures), requests=requests)

    @property
    def how(self) -> str:
        return (
            f"p50 of {self.requests} round trips of a raw-socket client; mean: total time / n of "
            f"redis-benchmark -c 1 -n {self.requests}"
        )

    def measure(self, start: Start) -> Sample:
        taken: Sample = {}
        with start() as server:
            watch = server.watch()
            for test in ROUND_TRIPS:
                taken[f"{test} p50"] = median(self.round_trips(server, test)) / 1e3
                outcome = redis_benchmark.run(server, test, self.requests, ("-c", "1"))
                taken[f"{test} mean"] = 1e6 / outcome.requests_per_s
                taken[f"{test} p50 by redis-benchmark"] = outcome.p50_ms * 1e3
            return taken | {SERVER_WAIT_SHARE: watch.wait_share()}

    def round_trips(self, server: Server, test: str) -> list[int]:
        """Nanoseconds of each round trip, without the first ones."""
        request, reply = ROUND_TRIPS[test]
        warm_up = self.requests // WARM_UP_SHARE
        gc.disable()
        try:
            with server.connect() as connection:
                return [connection.timed(request, reply) for _ in range(warm_up + self.requests)][warm_up:]
        finally:
            gc.enable()
