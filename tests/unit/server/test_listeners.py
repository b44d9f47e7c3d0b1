"""The way in: who counts as local, socket files, addresses that cannot be had, clients that may not stay."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autocache.commands.cache import Cache
from autocache.server import listeners
from autocache.server.listeners import Admission, ListenError, Listeners, format_address, is_loopback
from autocache.server.loop import Loop

HOST = "127.0.0.1"


class Way:
    """Listeners on a loop of their own."""

    def __init__(self) -> None:
        self.cache = Cache(seed=1)
        self.loop = Loop(self.cache)
        self.aio = asyncio.SelectorEventLoop(self.loop)  # type: ignore[arg-type]  # a selector by its methods
        self.admission = Admission()
        self.listeners = Listeners(self.loop, self.aio, self.admission)
        self.refused: list[tuple[str, str]] = []
        self.listeners.on_refused = lambda address, reason: self.refused.append((address, reason))

    def run(self, seconds: float = 0.05) -> None:
        """Let the loop serve for a moment."""
        self.aio.run_until_complete(asyncio.sleep(seconds))

    def ask(self, address: tuple[str, int] | str, request: bytes = b"PING\r\n") -> bytes:
        """Connect from another thread, ask, and return all that comes until the socket closes or rests."""
        return self.during(lambda: ask(address, request))

    def during(self, act: Callable[[], bytes]) -> bytes:
        """Serve while `act` runs in a thread."""
        return self.aio.run_until_complete(self.aio.run_in_executor(None, act))

    def port(self) -> int:
        """The port of the last TCP listener."""
        return int(self.listeners.addresses[0].rpartition(":")[2])

    def close(self) -> None:
        self.listeners.close()
        self.aio.run_until_complete(self.aio.shutdown_default_executor())
        self.aio.close()
        self.cache.close()


def ask(address: tuple[str, int] | str, request: bytes) -> bytes:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as peer:
        peer.settimeout(5)
        peer.connect(address)
        with contextlib.suppress(OSError):
            peer.sendall(request)
        with contextlib.suppress(ConnectionResetError):
            return peer.recv(4096)
    return b""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def way() -> Iterator[Way]:
    made = Way()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.8.7", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("fe80::1%eth0", False),
        ("::", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_is_loopback(host: str, *, local: bool) -> None:
    assert is_loopback(host) is local


def test_format_address() -> None:
    assert format_address((HOST, 6379)) == "127.0.0.1:6379"
    assert format_address(("::1", 6379, 0, 0)) == "[::1]:6379"
    assert format_address("") == "?:0"


def test_serves_tcp(way: Way) -> None:
    way.listeners.listen_tcp((HOST,), free_port(), 16)
    assert way.ask((HOST, way.port())) == b"+PONG\r\n"
    assert way.listeners.counts.accepted == 1


def test_protected_mode_refuses_other_machines(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "is_loopback", lambda _host: False)
    way.listeners.listen_tcp((HOST,), free_port(), 16)
    assert way.ask((HOST, way.port())).startswith(b"-DENIED ")
    assert way.listeners.counts.rejected == 1
    assert way.refused[0][1] == "protected mode"
    way.admission.protected = False
    assert way.ask((HOST, way.port())) == b"+PONG\r\n"


def test_protected_mode_lets_socket_files_in(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "is_loopback", lambda _host: False)
    path = tmp_path / "socket"
    way.listeners.listen_unix(str(path), 0o700, 16)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert way.ask(str(path)) == b"+PONG\r\n"


def test_maxclients(way: Way) -> None:
    way.admission.clients_max = 1
    way.listeners.listen_tcp((HOST,), free_port(), 16)
    with socket.create_connection((HOST, way.port())):
        way.run()
        assert way.ask((HOST, way.port())) == b"-ERR max number of clients reached\r\n"
    way.run()
    assert way.ask((HOST, way.port())) == b"+PONG\r\n"


def test_a_stale_socket_file_is_replaced(way: Way, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
    way.listeners.listen_unix(str(path), 0, 16)
    assert way.ask(str(path)) == b"+PONG\r\n"


def test_a_socket_file_in_use_is_left_alone(way: Way, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen(1)
        with pytest.raises(ListenError, match="in use"):
            way.listeners.listen_unix(str(path), 0, 16)
        assert path.exists()


def test_a_file_that_is_no_socket_is_left_alone(way: Way, tmp_path: Path) -> None:
    """To connect to it is refused as to a socket that nobody listens on, but it is somebody's data."""
    path = tmp_path / "notes.txt"
    path.write_text("precious")
    with pytest.raises(ListenError, match="in use"):
        way.listeners.listen_unix(str(path), 0, 16)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["missing/socket", "x" * 200])
def test_a_socket_file_that_cannot_be_made(way: Way, tmp_path: Path, name: str) -> None:
    with pytest.raises(ListenError, match=r"cannot listen on .*: [A-Z]"):
        way.listeners.listen_unix(str(tmp_path / name), 0, 16)


def test_closing_removes_the_socket_file(way: Way, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    way.listeners.listen_unix(str(path), 0, 16)
    way.listeners.close()
    assert not path.exists()


def test_a_port_in_use(way: Way) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen(1)
        port = other.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port}"):
            way.listeners.listen_tcp((HOST,), port, 16)


def test_a_failure_leaves_the_present_addresses(way: Way) -> None:
    port = free_port()
    way.listeners.listen_tcp((HOST,), port, 16)
    with pytest.raises(ListenError):
        way.listeners.listen_tcp((HOST, "203.0.113.7"), port, 16)
    assert way.listeners.addresses == [f"{HOST}:{port}"]
    assert way.ask((HOST, port)) == b"+PONG\r\n"


def test_an_optional_address_may_be_missing(way: Way) -> None:
    port = free_port()
    way.listeners.listen_tcp((HOST, "-203.0.113.7"), port, 16)
    assert way.listeners.addresses == [f"{HOST}:{port}"]
    with pytest.raises(ListenError, match="none of the addresses"):
        way.listeners.listen_tcp(("-203.0.113.7",), port, 16)


def test_without_descriptors_the_listener_rests(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client in the queue keeps the listener ready: it must not be asked again and again."""
    calls = []

    def accept(_self: socket.socket) -> tuple[socket.socket, object]:
        calls.append(threading.get_ident())
        raise OSError(errno.EMFILE, "Too many open files")

    way.listeners.listen_tcp((HOST,), free_port(), 16)
    with socket.create_connection((HOST, way.port())) as waiting:
        waiting.sendall(b"PING\r\n")
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "accept", accept)
            way.run(0.3)
        assert 1 <= len(calls) <= 3
        assert way.refused[0] == ("?", "Too many open files")
        way.run(listeners.REST_S * 2)
        waiting.settimeout(5)
        assert waiting.recv(100) == b"+PONG\r\n"


def test_closing_while_it_rests(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    way.listeners.listen_tcp((HOST,), free_port(), 16)
    with socket.create_connection((HOST, way.port())), monkeypatch.context() as patch:
        patch.setattr(socket.socket, "accept", lambda _self: (_ for _ in ()).throw(OSError(errno.EMFILE, "full")))
        way.run()
        way.listeners.close()
        way.run(listeners.REST_S * 2)
    assert way.refused == [("?", "full")]
