"""Starting, watching and ending the servers under test.

Every server is a child of this process, listens on a free loopback port, works in its own temporary directory
and is ended by its process id; a failed or interrupted run leaves nothing behind.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.machine import running_on
from bench.wire import HOST, Connection

READY_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 20.0
POLL_SECONDS = 0.02
LOG_BYTES_SHOWN = 600

Command = Callable[[int, str], list[str]]
"""From a port and a data directory to the program's arguments."""


def ours(port: int, data_dir: str) -> list[str]:
    """AutoCache, run by the Python that runs the benchmark."""
    return [sys.executable, "-m", "autocache.app.main", "-addr", f"{HOST}:{port}", "-data-dir", data_dir]


def theirs(port: int, _data_dir: str) -> list[str]:
    """The redis-server of the system, without persistence: the cache alone is compared."""
    program = shutil.which("redis-server")
    if program is None:
        raise BenchError("redis-server is not installed (Debian: apt-get install redis-server redis-tools)")
    return [program, "--port", str(port), "--bind", HOST, "--save", "", "--appendonly", "no"]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, seen from outside: its port and what the kernel counts for its process."""

    pid: int
    port: int

    def connect(self) -> Connection:
        """Open a connection to it."""
        return Connection(self.port)

    def cpu_ns(self) -> int:
        """CPU time of all its threads so far, ended ones included, in nanoseconds.

        This is the clock that clock_getcpuclockid(3) names (the macro MAKE_PROCESS_CPUCLOCK of the kernel).
        The times in /proc/PID/stat would do, but count in steps of 10 ms; those in schedstat forget threads
        that have ended.
        """
        return time.clock_gettime_ns((~self.pid << 3) | 2)

    def wait_ns(self) -> int:
        """Nanoseconds that its main thread was runnable but had no core: others disturbed it."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1])

    def watch(self) -> "Watch":
        """Begin to watch how much others disturb it."""
        return Watch(self, self.wait_ns(), time.monotonic())

    def resident_bytes(self) -> int:
        """Resident memory. smaps_rollup walks the page tables; the counter VmRSS lags by pages per core."""
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                return int(line.split()[1]) * 1024
        raise BenchError("the kernel does not report resident memory")


@dataclass(frozen=True, slots=True)
class Watch:
    """How much a server has been disturbed since the watch began."""

    server: Server
    wait_ns: int
    began: float

    def seconds(self) -> float:
        """How long the watch has lasted."""
        return time.monotonic() - self.began

    def wait_share(self) -> float:
        """The share of that time for which the server was runnable but had no core."""
        return (self.server.wait_ns() - self.wait_ns) / 1e9 / self.seconds()


@contextmanager
def started(command: Command, cores: frozenset[int]) -> Iterator[Server]:
    """Start a server on `cores`, wait until it answers, end it afterwards; raises BenchError if it fails."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, open(f"{folder}/log", "wb") as log:
        port = free_port()
        with running_on(cores):
            process = subprocess.Popen(command(port, folder), stdout=log, stderr=log, cwd=folder)
        try:
            await_ready(process, port, Path(log.name))
            yield Server(process.pid, port)
        finally:
            stop(process)


def free_port() -> int:
    """A port that nobody listens on; the kernel does not hand it out again at once."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def await_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the server answers PING; raises BenchError with the end of its log otherwise."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            state = "is silent" if process.returncode is None else f"ended with {process.returncode}"
            tail = log.read_bytes()[-LOG_BYTES_SHOWN:].decode(errors="replace").strip()
            raise BenchError(f"{process.args!r} {state} instead of answering PING\n{tail}")
        time.sleep(POLL_SECONDS)


def answers(port: int) -> bool:
    """Whether a server answers PING at `port`."""
    try:
        with Connection(port, timeout_s=1.0) as connection:
            return connection.call(b"PING") == b"+PONG"
    except (OSError, BenchError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server of ours: ask it to, and insist if it does not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
