"""The machine under test: what it is, and which of its cores the server and the clients may use.

The facts go into committed files, so they hold no host name, user or path.
"""

import os
import platform
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

TOOL_SECONDS_MAX = 10


@dataclass(frozen=True, slots=True)
class Cores:
    """Which cores the server and the clients run on; the same for both sides and for every load.

    Without pinning the scheduler moves the two over each other, and a worst latency says more about it than
    about the server. One server core is also the fair size: one process is one shard, hence one core's worth
    of work.
    """

    server: frozenset[int]
    clients: frozenset[int]

    @property
    def pinned(self) -> bool:
        """False on a machine with a single usable core."""
        return self.server.isdisjoint(self.clients)

    def __str__(self) -> str:
        if not self.pinned:
            return "not pinned: server and clients share the only core"
        return f"server pinned to core {listed(self.server)}, clients to core {listed(self.clients)}"


def listed(cores: frozenset[int]) -> str:
    """Write cores as taskset(1) does."""
    return ",".join(str(core) for core in sorted(cores))


def split_cores(usable: set[int]) -> Cores:
    """Give the server the last core and the clients all others: interrupts tend to land on the first ones."""
    last = max(usable)
    return Cores(frozenset({last}), frozenset(usable - {last} or {last}))


@contextmanager
def running_on(cores: frozenset[int]) -> Iterator[None]:
    """Run this process on `cores` for a while; a child started meanwhile inherits them in all its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def facts(cores: Cores) -> dict[str, str]:
    """Describe the machine and the programs, in the order in which the docs print it."""
    return {
        "cpu": cpu_model(Path("/proc/cpuinfo").read_text()),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "pinning": str(cores),
        "autocache": f"{installed('autocache')} ({output('git', 'describe', '--always', '--dirty')})",
        "redis-server": version(output("redis-server", "--version")),
        "redis-benchmark": version(output("redis-benchmark", "--version")),
        "python": platform.python_version(),
    }


def cpu_model(cpuinfo: str) -> str:
    """Pick the model out of /proc/cpuinfo; machines without one there have at least an architecture."""
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def version(text: str) -> str:
    """Pick the version number out of a program's `--version`."""
    found = re.search(r"\d+\.\d+\.\d+", text)
    return found[0] if found else "unknown"


def installed(package: str) -> str:
    """The version of an installed Python package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def output(*argv: str) -> str:
    """Return what a tool prints, or `unknown`: a missing fact must not stop a measurement."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=TOOL_SECONDS_MAX, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
