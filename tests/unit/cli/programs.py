"""Programs under comparison: our command line in this process, redis-cli, and a server with a script.

Our command line runs over byte buffers; `Scripted` is a server that answers with given bytes, for what no
real server can be made to send.
"""

import io
import os
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

from autocache.cli.main import main
from autocache.cli.terminal import Terminal

RUN_SECONDS_MAX = 20.0


@dataclass(frozen=True)
class Ran:
    """What a run of a command line printed and returned."""

    code: int
    out: bytes
    err: bytes


def run_ours(
    port: int,
    args: Sequence[str],
    stdin: bytes = b"",
    environment: dict[str, str] | None = None,
    password: str = "",
) -> Ran:
    """Run our command line in this process."""
    out, err = io.BytesIO(), io.BytesIO()
    terminal = Terminal(io.BytesIO(stdin), out, err, environment or {}, ask_password=lambda _: password)
    code = main(["-p", str(port), *args], terminal)
    return Ran(code, out.getvalue(), err.getvalue())


def run_redis_cli(port: int, args: Sequence[str], stdin: bytes = b"") -> Ran:
    """Run redis-cli 7.0.15, the model."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    command = ["redis-cli", "-p", str(port), *args]
    done = subprocess.run(
        command, input=stdin, capture_output=True, timeout=RUN_SECONDS_MAX, env=environment, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


class Scripted:
    """A server that answers the n-th thing it receives with the n-th reply; None closes that connection."""

    def __init__(self, replies: Sequence[bytes | None]) -> None:
        self.received: list[bytes] = []
        self.replies = iter(replies)
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(8)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with closing(client):
                    self._serve_one(client)

    def _serve_one(self, client: socket.socket) -> None:
        while request := client.recv(65536):
            self.received.append(request)
            reply = next(self.replies, None)
            if reply is None:
                return
            client.sendall(reply)


@contextmanager
def scripted(*replies: bytes | None) -> Iterator[Scripted]:
    """Run a `Scripted` server."""
    server = Scripted(replies)
    try:
        yield server
    finally:
        server.close()
