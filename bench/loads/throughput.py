"""redis-benchmark at full speed: server CPU per request, and throughput."""

from dataclasses import dataclass

from bench import redis_benchmark
from bench.model import Figure, Load, Sample, Start
from bench.redis_benchmark import Outcome
from bench.servers import Server

ROUNDS = 5
TESTS = ("set", "get")  # in this order, so that GET finds what SET has written
TOGETHER = "set,get"
WARM_UP_SHARE = 10  # one request in so many goes before, unmeasured: page faults, growth, caches


@dataclass(frozen=True, kw_only=True)
class RedisBenchmark(Load):
    """One command line of redis-benchmark, run test by test so that each has its own CPU account."""

    requests: int
    options: tuple[str, ...]

    @classmethod
    def of(
        cls,
        name: str,
        title: str,
        requests: int,
        options: tuple[str, ...],
        cpu_target: float | None = None,
        throughput_target: float | None = None,
    ) -> "RedisBenchmark":
        """Targets hold for SET and GET together, as in the command line with `-t set,get`."""
        figures = []
        for test in (*TESTS, TOGETHER):
            target = cpu_target if test == TOGETHER else None
            figures.append(Figure(f"{test} cpu", f"{test.upper()} server CPU", "us/request", "lower", target))
        for test in (*TESTS, TOGETHER):
            target = throughput_target if test == TOGETHER else None
            figures.append(Figure(f"{test} rate", f"{test.upper()} throughput", "requests/s", "higher", target))
        return cls(name=name, title=title, rounds=ROUNDS, figures=tuple(figures), requests=requests, options=options)

    @property
    def how(self) -> str:
        return f"redis-benchmark -n {self.requests} {' '.join(self.options)} -t {TOGETHER} --csv"

    def measure(self, start: Start) -> Sample:
        with start() as server:
            return sample([self.outcome(server, test) for test in TESTS])

    def outcome(self, server: Server, test: str) -> Outcome:
        """Warm up, then measure one test."""
        redis_benchmark.run(server, test, self.requests // WARM_UP_SHARE, self.options)
        return redis_benchmark.run(server, test, self.requests, self.options)


def sample(outcomes: list[Outcome]) -> Sample:
    """Figures of each test, and of all as if they were one run of redis-benchmark."""
    taken: Sample = {}
    for test, outcome in zip(TESTS, outcomes, strict=True):
        taken[f"{test} cpu"] = outcome.server_cpu_ns / 1e3 / outcome.requests
        taken[f"{test} rate"] = outcome.requests_per_s
    requests = sum(outcome.requests for outcome in outcomes)
    seconds = sum(outcome.requests / outcome.requests_per_s for outcome in outcomes)
    taken[f"{TOGETHER} cpu"] = sum(outcome.server_cpu_ns for outcome in outcomes) / 1e3 / requests
    taken[f"{TOGETHER} rate"] = requests / seconds
    return taken | {name: max(outcome.trust[name] for outcome in outcomes) for name in outcomes[0].trust}
