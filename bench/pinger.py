"""The second client: a process of its own that pings a server without pause and remembers how long each ping
took.

It is its own process so that the loader's Python never delays it. Where the system allows it also runs at
real-time priority, for it shares its core with the loader, and a ping that waits for the loader would be
booked to the server.

The two halves talk over a pipe: for each line on its standard input, the pinger prints the summary of the
pings since the last one, as JSON, and starts over. At the end of its input it ends.
"""

import gc
import json
import os
import select
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bench.errors import BenchError
from bench.stats import percentile
from bench.wire import REPLY_SECONDS_MAX, Connection, encode

PAUSE_SECONDS = 0.0002  # short against the stalls looked for, so that one cannot hide between two pings
ANSWER_SECONDS_MAX = REPLY_SECONDS_MAX + 10
REALTIME_PRIORITY = 10
PERCENTILES = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "worst": 1.0}

Summary = dict[str, float]
"""Milliseconds by the names of PERCENTILES."""


class Pinger:
    """The parent's half."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def take(self) -> Summary:
        """Return the summary of the pings since the last call, and start over."""
        assert self._process.stdin is not None
        self._process.stdin.write("take\n")
        self._process.stdin.flush()
        summary: Summary = json.loads(self.line())
        return summary

    def line(self) -> str:
        """Read a line from the child; raises BenchError if it has ended or hangs."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], ANSWER_SECONDS_MAX)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            raise BenchError("the pinging client lost its server")
        return line


@contextmanager
def pinging(port: int) -> Iterator[Pinger]:
    """Ping the server at `port` in the background for as long as the block lasts."""
    argv = [sys.executable, "-m", "bench.pinger", str(port)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment())
    try:
        pinger = Pinger(process)
        pinger.line()
        yield pinger
    finally:
        process.kill()
        process.communicate()


def environment() -> dict[str, str]:
    """Let the child find this package, wherever the parent was started."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return {**os.environ, "PYTHONPATH": root}


def summarise(nanoseconds: "array[int]") -> Summary:
    """Percentiles in milliseconds; zeros if there was no ping."""
    ordered = sorted(nanoseconds) or [0]
    return {name: percentile(ordered, share) / 1e6 for name, share in PERCENTILES.items()}


def prefer_realtime() -> None:
    """Run before the loader whenever there is something to do, if the system allows it."""
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))


def ping_until_closed(connection: Connection) -> None:
    """The child's loop: ping, answer the parent, pause."""
    request, reply = encode(b"PING"), b"+PONG\r\n"
    orders = select.poll()
    orders.register(sys.stdin, select.POLLIN)
    taken = array("q")
    while True:
        taken.append(connection.timed(request, reply))
        if orders.poll(0):
            if not sys.stdin.readline():
                return
            print(json.dumps(summarise(taken)), flush=True)
            taken = array("q")
        time.sleep(PAUSE_SECONDS)


def main() -> None:
    """The child: `python -m bench.pinger PORT`."""
    gc.disable()  # a collection would look like a slow ping
    prefer_realtime()
    with Connection(int(sys.argv[1])) as connection:
        print("ready", flush=True)
        ping_until_closed(connection)


if __name__ == "__main__":
    main()
