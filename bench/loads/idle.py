"""What a server costs before it holds anything: itself, and each idle connection. There is no target."""

import resource
from contextlib import ExitStack
from dataclasses import dataclass

from bench.errors import BenchError
from bench.loads.memory import settled
from bench.model import Figure, Load, Sample, Start
from bench.servers import Server

ROUNDS = 1
SPARE_FILES = 100
FIGURES = (
    Figure("resident", "resident after start", "MiB"),
    Figure("connection", "per idle connection", "B/connection"),
)


@dataclass(frozen=True, kw_only=True)
class Idle(Load):
    """Connections that have each sent one PING and then stay."""

    connections: int

    @classmethod
    def of(cls, connections: int) -> "Idle":
        """Describe the load for a number of connections."""
        title = f"an empty server and {connections:,} idle connections"
        return cls(name="idle", title=title, rounds=ROUNDS, figures=FIGURES, connections=connections)

    @property
    def how(self) -> str:
        return f"resident bytes of a fresh server, and what {self.connections:,} connections add to them"

    def measure(self, start: Start) -> Sample:
        allow_files(self.connections + SPARE_FILES)
        with start() as server:
            before = settled(server)
            return {
                "resident": before / 2**20,
                "connection": (self.with_connections(server) - before) / self.connections,
            }

    def with_connections(self, server: Server) -> int:
        """Resident bytes while all connections are open."""
        with ExitStack() as stack:
            for _ in range(self.connections):
                connection = stack.enter_context(server.connect())
                if connection.call(b"PING") != b"+PONG":
                    raise BenchError("a server did not answer PING")
            return settled(server)


def allow_files(count: int) -> None:
    """Raise this process's limit of open files, which the servers inherit, as far as needed and allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise BenchError(f"the idle load needs {count} open files, this system allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))
