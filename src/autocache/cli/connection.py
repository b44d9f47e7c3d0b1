"""One blocking connection to a server: connect, send a command, read a reply.

Blocking on purpose: the command line has one thing to do at a time, and Ctrl-C must end a wait at once
(KeyboardInterrupt leaves `recv`). It knows the protocol's bytes through `autocache.resp.client` only, and no
command.
"""

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from autocache.resp.client import MORE, Decoder, ProtocolError, Reply, encode_command

RECEIVE_BYTES: Final = 64 * 1024
_CLOSED: Final = "Server closed the connection"


class ConnectionFailed(Exception):
    """No connection could be made; the text names the server and the system's reason."""


class ConnectionLost(Exception):
    """A connection that was there is not usable any more; the text says why."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens: a unix socket's path if there is one, else host and port."""

    host: str
    port: int
    path: str | None = None

    def __str__(self) -> str:
        if self.path is not None:
            return self.path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Connection:
    """A connected socket with its decoder. It owns the socket; `close` may be called more than once."""

    def __init__(self, endpoint: Endpoint, timeout_s: float | None = None) -> None:
        """Connect. The time limit is for connecting only. Raises ConnectionFailed."""
        try:
            self._socket = _open_socket(endpoint, timeout_s)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConnectionFailed(f"Could not connect to Redis at {endpoint}: {reason}") from None
        self._decoder = Decoder()

    def send(self, args: Sequence[bytes]) -> None:
        """Send one command. What goes wrong is for `read` to say: the server may have told why it closes."""
        with suppress(OSError):
            self._socket.sendall(encode_command(args))

    def read(self) -> Reply:
        """Wait for one reply or push. Raises ConnectionLost, also for a peer that does not speak RESP."""
        try:
            while (reply := self._decoder.next_reply()) is MORE:
                data = self._socket.recv(RECEIVE_BYTES)
                if not data:
                    raise ConnectionLost(_CLOSED)
                self._decoder.feed(data)
        except (ConnectionResetError, BrokenPipeError):
            raise ConnectionLost(_CLOSED) from None
        except OSError as error:
            raise ConnectionLost(error.strerror or str(error)) from None
        except ProtocolError as error:
            raise ConnectionLost(str(error)) from None
        return reply

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _open_socket(endpoint: Endpoint, timeout_s: float | None) -> socket.socket:
    if endpoint.path is None:
        opened = socket.create_connection((endpoint.host, endpoint.port), timeout_s)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    else:
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.settimeout(timeout_s)
        try:
            opened.connect(endpoint.path)
        except BaseException:
            opened.close()
            raise
    opened.settimeout(None)
    return opened
