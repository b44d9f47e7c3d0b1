"""A Redis client that is as thin as Python allows: it must not be what is measured.

Only what the loads send and expect exists here; the real client library would add tens of microseconds to
each reply.
"""

import re
import socket
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from time import perf_counter_ns
from typing import Self

from bench.errors import BenchError

HOST = "127.0.0.1"
REPLY_SECONDS_MAX = 60.0  # a server that is silent for this long is hung, not slow
BATCH_COMMANDS = 500  # a pipeline of some 50 KB: deep enough for full speed, small enough for the socket buffers
RECEIVE_BYTES = 1 << 16

SCRAMBLER = 2_654_435_761  # 2**32 over the golden ratio, as a prime

KEY = b"key:%012d"
KEY_BYTES = 16  # what KEY becomes with its number filled in
NUMBER = re.compile(rb"%0(\d+)d")


def encode(*arguments: bytes) -> bytes:
    """Encode one command as RESP."""
    bulks = [b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments]
    return b"*%d\r\n" % len(bulks) + b"".join(bulks)


class Connection:
    """One connection to a server on this machine. Use it as a context manager, or close it."""

    def __init__(self, port: int, timeout_s: float = REPLY_SECONDS_MAX) -> None:
        self._socket = socket.create_connection((HOST, port), timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def call(self, *arguments: bytes) -> bytes:
        """Send one command and return its reply line without the line end; for replies of one line only."""
        self._socket.sendall(encode(*arguments))
        reply = b""
        while not reply.endswith(b"\r\n"):
            reply += self._receive()
        return reply[:-2]

    def timed(self, request: bytes, reply: bytes) -> int:
        """Return the nanoseconds from sending `request` to having all of `reply`."""
        began = perf_counter_ns()
        self._socket.sendall(request)
        self.expect(reply)
        return perf_counter_ns() - began

    def pipeline(self, batches: Iterable[tuple[bytes, bytes]]) -> None:
        """Send batches of commands, each with the bytes of all its replies, keeping two batches in flight.

        With one batch in flight the server would idle while Python builds the next.
        """
        owed = b""
        for requests, replies in batches:
            self._socket.sendall(requests)
            if owed:
                self.expect(owed)
            owed = replies
        if owed:
            self.expect(owed)

    def expect(self, replies: bytes) -> None:
        """Read exactly `replies`, leaving what follows; raises BenchError if anything else comes."""
        received = b""
        while len(received) < len(replies):
            received += self._receive(len(replies) - len(received))
            if not replies.startswith(received):
                raise BenchError(f"a server replied {received[-80:]!r} where {replies[:80]!r} is due")

    def _receive(self, bytes_max: int = RECEIVE_BYTES) -> bytes:
        received = self._socket.recv(bytes_max)
        if not received:
            raise BenchError("a server closed the connection")
        return received


def keyed(*arguments: bytes) -> bytes:
    """Encode a command as a template for `numbered` or `filled`: an argument may hold numbers of a fixed width, as
    KEY does.
    """
    bulks = [b"$%d\r\n%b\r\n" % (width(argument), argument) for argument in arguments]
    return b"*%d\r\n" % len(bulks) + b"".join(bulks)


def width(argument: bytes) -> int:
    """How long an argument is once its numbers are filled in."""
    return len(NUMBER.sub(lambda found: b"0" * int(found[1]), argument))


def numbered(template: bytes, numbers: range, reply: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Cut the command `template`, which holds one `%`-format for a number, into batches for
    `Connection.pipeline`.

    One format operation per batch: 0.2 us for a command, where one per command would cost as much as the
    server does.
    """
    for first in range(0, len(numbers), BATCH_COMMANDS):
        batch = numbers[first : first + BATCH_COMMANDS]
        yield (template * len(batch)) % tuple(batch), reply * len(batch)


def filled(
    template: bytes, rows: Iterable[tuple[int, ...]], replies: Iterator[bytes], batch_commands: int = BATCH_COMMANDS
) -> Iterator[tuple[bytes, bytes]]:
    """Like `numbered` for a command with several numbers, which come from `rows`, and with replies that differ."""
    left = iter(rows)
    while batch := list(islice(left, batch_commands)):
        requests = (template * len(batch)) % tuple(chain.from_iterable(batch))
        yield requests, b"".join(islice(replies, len(batch)))


def scrambled(number: int, modulus: int) -> int:
    """A number below `modulus` in which the eye sees no order; one to one where `modulus` is a power of ten.

    Cheaper than a random number, and the same on both sides.
    """
    return number * SCRAMBLER % modulus
