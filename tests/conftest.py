"""Fixtures shared by every suite that talks to a running server.

`server_pair` gives each xdist worker its own pair (ours, redis-server) for the whole session; `fresh` starts
servers with a configuration of their own for one test. When a test fails, the ends of the logs of the servers
it could have talked to are attached to the report.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests import servers


@dataclass
class ServerPair:
    """The server under test and the oracle."""

    ours: servers.Server
    redis: servers.Server

    def ensure_alive(self) -> None:
        """Start again whichever an earlier test brought down."""
        self.ours.ensure_alive()
        self.redis.ensure_alive()


@pytest.fixture(scope="session")
def server_pair() -> Iterator[ServerPair]:
    """Our server and a redis-server, both empty at the start and shared by the worker's tests."""
    redis = servers.redis()
    try:
        pair = ServerPair(servers.ours(), redis)
    except BaseException:
        redis.stop()
        raise
    yield pair
    pair.ours.stop()
    pair.redis.stop()


@pytest.fixture
def server(server_pair: ServerPair) -> servers.Server:
    """Our shared server, emptied, for tests that need no oracle and no special configuration."""
    server_pair.ours.ensure_alive()
    with server_pair.ours.connect() as connection:
        connection.command("FLUSHALL")
    return server_pair.ours


@pytest.fixture
def fresh() -> Iterator[Callable[..., servers.Server]]:
    """A function `fresh(config)` that starts our server with these directives, stopped when the test ends."""
    started: list[servers.Server] = []

    def start(config: Mapping[str, str] | None = None, flags: tuple[str, ...] = ()) -> servers.Server:
        started.append(servers.ours(config, flags))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach what the servers logged to the report of a test that failed."""
    report = yield
    if report.failed and {"server_pair", "server", "fresh"} & set(getattr(item, "fixturenames", ())):
        for server in servers.RUNNING:
            if server.kind != "redis":
                state = (
                    f"pid {server.pid}" if server.alive() else f"ENDED, code {server.process and server.process.poll()}"
                )
                report.sections.append((f"log of {server.kind} :{server.port} ({state})", server.log_tail(25)))
    return report
