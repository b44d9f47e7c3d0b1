"""The server that both command lines talk to.

A redis-server unless `AUTOCACHE_TEST_CLI_SERVER=ours`: what these tests compare is two clients, so the server
may be of either kind.
"""

import os
import shutil
from collections.abc import Iterator, Mapping

import pytest

from tests import servers
from tests.unit.cli.programs import run_ours

SERVER_IS_OURS = os.environ.get("AUTOCACHE_TEST_CLI_SERVER") == "ours"


def start_server(config: Mapping[str, str] | None = None) -> servers.Server:
    """Start a server of the chosen kind; the caller stops it."""
    return servers.ours(config) if SERVER_IS_OURS else servers.redis(config)


@pytest.fixture(scope="session", autouse=True)
def _redis_cli() -> None:
    if shutil.which("redis-cli") is None:
        pytest.skip("redis-cli is not installed (make test installs it)")


@pytest.fixture(scope="session")
def _shared() -> Iterator[servers.Server]:
    server = start_server()
    yield server
    server.stop()


@pytest.fixture
def port(_shared: servers.Server) -> int:
    """The port of a server without password, emptied."""
    _shared.ensure_alive()
    assert run_ours(_shared.port, ["flushall"]).out == b"OK\n"
    return _shared.port


@pytest.fixture
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """A server with the password `s3cret` and a unix socket `r.sock` in its directory."""
    socket_path = tmp_path_factory.mktemp("socket") / "r.sock"
    server = start_server({"requirepass": "s3cret", "unixsocket": str(socket_path)})
    yield server
    server.stop()
