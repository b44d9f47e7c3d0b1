"""A loop without a network: clients at the ends of socket pairs, and rounds that the test takes one by one."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Iterator

import pytest

from autocache.commands.cache import Cache
from autocache.commands.host import ClientLike
from autocache.commands.local import HostBase, LocalConfig
from autocache.server.client import Client
from autocache.server.loop import Loop
from tests.wire import Argument, encode


class Peer:
    """The far end of a connection."""

    def __init__(self, served: Served, send_bytes: int = 0) -> None:
        self.served = served
        self.socket, near = socket.socketpair()
        self.socket.setblocking(False)
        near.setblocking(False)
        if send_bytes:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_bytes)
        self.client: Client = served.loop.adopt(near.detach(), "peer:1", "here:2")

    def send(self, *words: Argument) -> None:
        """Send a request; nothing runs before the next round."""
        self.write(encode(words))

    def write(self, data: bytes) -> None:
        """Send bytes, and let rounds pass while the socket is full."""
        while data:
            try:
                data = data[self.socket.send(data) :]
            except BlockingIOError:
                self.served.round()

    def read(self, most: int = 1 << 20) -> bytes:
        """What has arrived; empty if nothing has, or all that will."""
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            return self.socket.recv(most)
        return b""

    def ask(self, *words: Argument) -> bytes:
        """Send a request, take a round, and read."""
        self.send(*words)
        self.served.round()
        return self.read()

    def is_closed(self) -> bool:
        """Whether the server has closed the connection, and all it sent was read."""
        try:
            return self.socket.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True


class LoopHost(HostBase):
    """What commands find of a server, without its timers: the test ends pauses."""

    loop: Loop

    def clients(self) -> Iterable[ClientLike]:
        return list(self.loop.clients.values())

    def client(self, client_id: int) -> ClientLike | None:
        found: ClientLike | None = self.loop.clients.get(client_id)
        return found

    def send(self, client_id: int, data: bytes) -> bool:
        return self.loop.send(client_id, data)

    def pause(self, until_ms: int, writes_only: bool) -> None:
        """The test calls `Loop.unpause`."""

    def unpause(self) -> None:
        """The test calls `Loop.resume`."""


class Served:
    """A cache and its loop, with no event loop around it."""

    def __init__(self) -> None:
        host = LoopHost(LocalConfig())
        self.cache = Cache(seed=1, host=host)
        self.loop = host.loop = Loop(self.cache)
        self.peers: list[Peer] = []

    def connect(self, send_bytes: int = 0) -> Peer:
        """A new client; `send_bytes` makes the server's socket buffer small."""
        self.peers.append(Peer(self, send_bytes))
        return self.peers[-1]

    def round(self, count: int = 1) -> None:
        """Serve what is there."""
        for _ in range(count):
            self.loop.select(0)

    def close(self) -> None:
        for peer in self.peers:
            peer.socket.close()
        self.loop.close()
        self.peers.clear()
        self.cache.close()


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.close()
