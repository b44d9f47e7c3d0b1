"""Running Debian's redis-benchmark and reading its CSV."""

import csv
import resource
import shutil
import subprocess
from dataclasses import dataclass

from bench.errors import BenchError
from bench.model import CLIENT_BUSY_SHARE, SERVER_WAIT_SHARE
from bench.servers import Server
from bench.wire import HOST

START_SECONDS_MAX = 60
REQUESTS_PER_SECOND_MIN = 1000  # what even a slow machine reaches; bounds the time of a run


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run of one test.

    `p50_ms` comes from a histogram with buckets of 8 us, too coarse to compare round trips of 20 us with.
    """

    requests: int
    requests_per_s: float
    p50_ms: float
    server_cpu_ns: int
    trust: dict[str, float]


def run(server: Server, test: str, requests: int, options: tuple[str, ...], command: tuple[str, ...] = ()) -> Outcome:
    """Run one test (`set`, `get`, ...), or a command of one's own, and account the server's CPU time over it."""
    run_what = command or ("-t", test)
    argv = ["-h", HOST, "-p", str(server.port), "-n", str(requests), *options, "--csv", *run_what]
    watch, cpu, client = server.watch(), server.cpu_ns(), children_cpu_s()
    printed = call(argv, START_SECONDS_MAX + requests // REQUESTS_PER_SECOND_MIN)
    row = parse(printed, " ".join(command).lower() or test)
    trust = {
        SERVER_WAIT_SHARE: watch.wait_share(),
        CLIENT_BUSY_SHARE: (children_cpu_s() - client) / watch.seconds(),
    }
    return Outcome(requests, float(row["rps"]), float(row["p50_latency_ms"]), server.cpu_ns() - cpu, trust)


def call(arguments: list[str], seconds_max: int) -> str:
    """Run the program and return what it prints; raises BenchError if it fails or takes too long."""
    program = shutil.which("redis-benchmark")
    if program is None:
        raise BenchError("redis-benchmark is not installed (Debian: apt-get install redis-tools)")
    argv = [program, *arguments]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds_max, check=False)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"redis-benchmark took over {seconds_max} s: {' '.join(arguments)}") from error
    if done.returncode:
        raise BenchError(f"redis-benchmark {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def parse(printed: str, test: str) -> dict[str, str]:
    """Return the CSV row of `test`, by column name; the row of `mset` is called "MSET (10 keys)"."""
    lines = [line for line in printed.splitlines() if line.startswith('"')]
    for row in csv.DictReader(lines):
        if row.get("test", "").lower().split(" (")[0] == test:
            return row
    raise BenchError(f"redis-benchmark printed no row for {test}: {printed[:200]!r}")


def children_cpu_s() -> float:
    """CPU seconds of all ended children; over a run, those of redis-benchmark alone."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
