"""The sockets that clients connect to: opening them, and deciding whether a new client may stay.

Accepting is the one step of a connection's life that is Python: it happens once, and is where policy is asked for:
`maxclients`, protected mode, keep-alive. A client that is let in belongs to the loop from then on; one that is not
is told why, and closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass

from autocache.server.loop import Loop

ACCEPTS_PER_TURN_MAX = 1000
REST_S = 0.2  # how long a listener that could not accept for want of descriptors is left alone

TOO_MANY = b"-ERR max number of clients reached\r\n"
PROTECTED = (
    b"-DENIED AutoCache runs in protected mode: it has no password and was reached from another machine, which it"
    b" refuses by default. To let other machines in, set a password (requirepass in the configuration, or CONFIG SET"
    b" requirepass from this machine), or let it listen on chosen addresses only and turn the check off with"
    b" -protected-mode no.\r\n"
)


class ListenError(OSError):
    """An address that cannot be listened on; the text names it and the reason."""


@dataclass
class Admission:
    """What is asked of a new client; the server changes it as the configuration changes."""

    clients_max: int = 10000
    protected: bool = True
    keepalive_s: int = 300


@dataclass
class Counts:
    """Connections since the start."""

    accepted: int = 0
    rejected: int = 0


def open_tcp(host: str, port: int, backlog: int) -> socket.socket:
    """A listening, non-blocking socket; `host` is an address, or `*` or `::*` for all of one kind."""
    name = {"*": "0.0.0.0", "::*": "::", "": "0.0.0.0"}.get(host, host)
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((name, port))
        sock.listen(backlog)
    except OSError as error:
        sock.close()
        reason = error.strerror or error
        raise ListenError(error.errno, f"cannot listen on {host or '*'} port {port}: {reason}") from error
    sock.setblocking(False)
    return sock


def open_unix(path: str, mode: int, backlog: int) -> socket.socket:
    """A listening socket in the file system. A socket file that nobody listens on is replaced."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        remove_stale(path)
        sock.bind(path)
        if mode:
            os.chmod(path, mode)
        sock.listen(backlog)
    except OSError as error:
        sock.close()
        raise ListenError(error.errno, f"cannot listen on {path}: {error.strerror or error}") from error
    sock.setblocking(False)
    return sock


def remove_stale(path: str) -> None:
    """Remove a socket file left over by a server that is gone; leave one that answers, or is none, alone."""
    # To connect to a file of another kind is refused just as to a dead socket.
    if not os.path.exists(path) or not stat.S_ISSOCK(os.stat(path).st_mode):
        return
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        probe.connect(path)
    except ConnectionRefusedError:
        os.unlink(path)
    except OSError:
        pass
    finally:
        probe.close()


def is_loopback(host: str) -> bool:
    """Whether a peer's address is of this machine."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def format_address(address: object) -> str:
    """`host:port` as CLIENT LIST writes it."""
    if isinstance(address, tuple):
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        return f"{host}:{address[1]}"
    return "?:0"


class Listeners:
    """All listening sockets of a server, and the way in."""

    def __init__(self, loop: Loop, aio: asyncio.AbstractEventLoop, admission: Admission) -> None:
        self.admission = admission
        self.counts = Counts()
        self._loop = loop
        self._aio = aio
        self._tcp: list[socket.socket] = []
        self._unix: list[tuple[socket.socket, str]] = []
        self._resting: dict[socket.socket, asyncio.TimerHandle] = {}
        self.on_refused: Callable[[str, str], None] = lambda _address, _reason: None

    @property
    def addresses(self) -> list[str]:
        """What is listened on."""
        return [format_address(sock.getsockname()) for sock in self._tcp] + [path for _, path in self._unix]

    def listen_tcp(self, hosts: tuple[str, ...], port: int, backlog: int) -> None:
        """Listen on these addresses instead of the present ones; on failure the present ones stay.

        A host that begins with `-` may be missing on this machine. Raises ListenError.
        """
        keep = {self._place(sock): sock for sock in self._tcp}
        opened: list[socket.socket] = []
        chosen: list[socket.socket] = []
        try:
            for host in hosts if port else ():
                place = ({"*": "0.0.0.0", "::*": "::"}.get(host.lstrip("-"), host.lstrip("-")), port)
                if place in keep:
                    chosen.append(keep.pop(place))
                    continue
                try:
                    opened.append(open_tcp(host.lstrip("-"), port, backlog))
                except ListenError as error:
                    if host.startswith("-") and "in use" not in str(error):
                        continue
                    raise
                chosen.append(opened[-1])
            if hosts and port and not chosen:
                raise ListenError(0, f"none of the addresses {' '.join(hosts)} is of this machine")
        except ListenError:
            for sock in opened:
                sock.close()
            raise
        for sock in keep.values():
            self._drop(sock)
        for sock in opened:
            self._aio.add_reader(sock.fileno(), self._accept, sock)
        self._tcp = chosen

    def listen_unix(self, path: str, mode: int, backlog: int) -> None:
        """Listen on a socket file too. Raises ListenError."""
        sock = open_unix(path, mode, backlog)
        self._aio.add_reader(sock.fileno(), self._accept, sock)
        self._unix.append((sock, path))

    def close(self) -> None:
        """Listen no more, and remove the socket files."""
        for sock in self._tcp:
            self._drop(sock)
        for sock, path in self._unix:
            self._drop(sock)
            if os.path.exists(path):
                os.unlink(path)
        self._tcp, self._unix = [], []

    @staticmethod
    def _place(sock: socket.socket) -> tuple[str, int]:
        address = sock.getsockname()
        return address[0], address[1]

    def _drop(self, sock: socket.socket) -> None:
        resting = self._resting.pop(sock, None)
        if resting is not None:
            resting.cancel()
        self._aio.remove_reader(sock.fileno())
        sock.close()

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPTS_PER_TURN_MAX):
            try:
                sock, peer = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                # Out of descriptors or memory. The client stays in the queue, so the listener would be ready again
                # at once, and again: it rests a little instead.
                self.on_refused("?", error.strerror or str(error))
                self._rest(listener)
                return
            try:
                self._admit(sock, peer)
            except OSError as error:
                # The client is gone already, or there is no room for one more descriptor in the epoll set.
                self.on_refused(format_address(peer), error.strerror or str(error))
                sock.close()

    def _rest(self, listener: socket.socket) -> None:
        self._aio.remove_reader(listener.fileno())
        self._resting[listener] = self._aio.call_later(REST_S, self._wake, listener)

    def _wake(self, listener: socket.socket) -> None:
        del self._resting[listener]
        self._aio.add_reader(listener.fileno(), self._accept, listener)

    def _refusal(self, sock: socket.socket, peer: object) -> tuple[bytes, str] | None:
        """The reply to a client that may not stay, and the reason for the log."""
        if len(self._loop.clients) >= self.admission.clients_max:
            return TOO_MANY, "maxclients"
        local = sock.family == socket.AF_UNIX or (isinstance(peer, tuple) and is_loopback(peer[0]))
        if self.admission.protected and not local:
            return PROTECTED, "protected mode"
        return None

    def _admit(self, sock: socket.socket, peer: object) -> None:
        sock.setblocking(False)
        refusal = self._refusal(sock, peer)
        if refusal is not None:
            self.counts.rejected += 1
            self.on_refused(format_address(peer), refusal[1])
            with contextlib.suppress(OSError):
                sock.send(refusal[0])
            sock.close()
            return
        self.counts.accepted += 1
        unix = sock.family == socket.AF_UNIX
        if not unix:
            tune(sock, self.admission.keepalive_s)
        local = f"{sock.getsockname()}:0" if unix else format_address(sock.getsockname())
        self._loop.adopt(sock.detach(), local if unix else format_address(peer), local, unix)


def tune(sock: socket.socket, keepalive_s: int) -> None:
    """No delay for small replies, and keep-alive probes so that a peer that vanished is noticed."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if keepalive_s:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, keepalive_s)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(1, keepalive_s // 3))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
