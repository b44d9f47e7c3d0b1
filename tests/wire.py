"""A raw RESP client for tests: it sends bytes as given and hands back reply bytes as received.

A client library would hide what the suites are about (pushes, exact error texts, the difference between `$-1`
and `_`), so this module only knows where one RESP value ends. `parse` turns raw bytes into a tree for the few
comparisons that may not be made byte by byte.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from typing import Any, Self

RECEIVE_BYTES = 1 << 18
SIMPLE_TYPES = b"+-:,#_("
BULK_TYPES = b"$=!"
# Elements that follow the header line, for each unit of the announced length.
AGGREGATE_WIDTH = {ord("*"): 1, ord("~"): 1, ord(">"): 1, ord("%"): 2, ord("|"): 2}
PUSH, ATTRIBUTE = ord(">"), ord("|")

Argument = str | bytes | int | float
# ("+", b"OK"), ("*", [tree, ...]), ("%", [(key, value), ...]); a null is ("$", None), ("*", None) or ("_",
# None).
Tree = tuple[str, Any]


class ReplyTimeout(Exception):
    """No complete value arrived in time; the message holds what did."""


class ProtocolViolation(Exception):
    """The server sent something that is not RESP."""


def to_bytes(argument: Argument) -> bytes:
    """Text as UTF-8, numbers as Python prints them."""
    return argument if isinstance(argument, bytes) else str(argument).encode()


def encode(arguments: Iterable[Argument]) -> bytes:
    """One command as a RESP array of bulk strings."""
    items = [to_bytes(argument) for argument in arguments]
    parts = [b"*%d\r\n" % len(items)]
    parts += [b"$%d\r\n%b\r\n" % (len(item), item) for item in items]
    return b"".join(parts)


class Connection:
    """One TCP connection. Reads raise `ReplyTimeout`, or `EOFError` when the server closed it."""

    def __init__(self, host: str, port: int, timeout: float = 10.0) -> None:
        self.timeout = timeout
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket; harmless if it is closed already."""
        self.socket.close()

    def local_address(self) -> str:
        """`ip:port` of this end, as CLIENT LIST shows it under `addr`."""
        host, port = self.socket.getsockname()[:2]
        return f"{host}:{port}"

    def remote_address(self) -> str:
        """`ip:port` of the server's end."""
        host, port = self.socket.getpeername()[:2]
        return f"{host}:{port}"

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, data: bytes) -> None:
        """Send bytes as they are; a connection that the server already closed raises `EOFError`."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EOFError("the server closed the connection") from error

    def command(self, *arguments: Argument) -> bytes:
        """Send one command and return its raw reply, with the pushes that came before it."""
        self.send(encode(arguments))
        return self.read_reply()

    def bulk(self, *arguments: Argument) -> bytes:
        """Send one command whose reply is a bulk or verbatim string, and return the text."""
        kind, value = parse(self.command(*arguments))
        if kind == "-":
            raise AssertionError(f"{arguments!r} failed: {value!r}")
        assert kind in "$=+", (kind, value)
        return bytes(value[4:] if kind == "=" else value)

    # -- receiving -------------------------------------------------------------------------------------------
    def read_reply(self) -> bytes:
        """Raw bytes up to the end of the next value that is not a push."""
        start = end = 0
        while True:
            end = self._end_of_value(start)
            if self._buffer[start] != PUSH:
                return self._take(end)
            start = end

    def read_value(self) -> bytes:
        """Raw bytes of exactly one value, push or not."""
        return self._take(self._end_of_value(0))

    def read_all(self) -> bytes:
        """Everything until the server closes; raises `ReplyTimeout` if it does not."""
        deadline = time.monotonic() + self.timeout
        try:
            while True:
                self._fill(deadline)
        except EOFError:
            return self._take(len(self._buffer))

    def read_quiet(self, seconds: float) -> bytes:
        """Whatever arrives within that time, for streams whose length is not known."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self._fill(deadline)
        except (ReplyTimeout, EOFError):
            return self._take(len(self._buffer))

    def _take(self, end: int) -> bytes:
        data = bytes(self._buffer[:end])
        del self._buffer[:end]
        return data

    def _fill(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ReplyTimeout(f"incomplete reply: {bytes(self._buffer[:200])!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(RECEIVE_BYTES)
        except TimeoutError:
            raise ReplyTimeout(f"incomplete reply: {bytes(self._buffer[:200])!r}") from None
        except ConnectionResetError:
            data = b""
        finally:
            self.socket.settimeout(self.timeout)
        if not data:
            raise EOFError(f"connection closed after {bytes(self._buffer[:200])!r}")
        self._buffer += data

    def _end_of_value(self, position: int) -> int:
        """Offset just after the value at `position`, reading from the socket as needed."""
        deadline = time.monotonic() + self.timeout
        pending = 1
        while pending:
            newline = self._buffer.find(b"\r\n", position)
            while newline < 0:
                self._fill(deadline)
                newline = self._buffer.find(b"\r\n", position)
            kind, line = self._buffer[position], self._buffer[position + 1 : newline]
            position = newline + 2
            pending -= 1
            if kind in BULK_TYPES:
                length = int(line)
                position += length + 2 if length >= 0 else 0
            elif kind in AGGREGATE_WIDTH:
                pending += max(int(line), 0) * AGGREGATE_WIDTH[kind]
                pending += kind == ATTRIBUTE  # The value that the attribute describes.
            elif kind not in SIMPLE_TYPES:
                raise ProtocolViolation(f"unknown type byte in {bytes(self._buffer[:200])!r}")
            while len(self._buffer) < position:
                self._fill(deadline)
        return position


def parse(raw: bytes) -> Tree:
    """The tree of one complete value."""
    tree, end = _parse_at(raw, 0)
    if end != len(raw):
        raise ProtocolViolation(f"{len(raw) - end} bytes after the value in {raw[:200]!r}")
    return tree


def parse_all(raw: bytes) -> list[Tree]:
    """The trees of several complete values in a row."""
    trees, position = [], 0
    while position < len(raw):
        tree, position = _parse_at(raw, position)
        trees.append(tree)
    return trees


def _parse_at(raw: bytes, position: int) -> tuple[Tree, int]:
    newline = raw.index(b"\r\n", position)
    kind, line = raw[position], raw[position + 1 : newline]
    position = newline + 2
    name = chr(kind)
    if kind in SIMPLE_TYPES:
        return (name, None if name == "_" else line), position
    length = int(line)
    if length < 0:
        return (name, None), position
    if kind in BULK_TYPES:
        return (name, raw[position : position + length]), position + length + 2
    items: list[Any] = []
    for _ in range(length * AGGREGATE_WIDTH[kind]):
        item, position = _parse_at(raw, position)
        items.append(item)
    if AGGREGATE_WIDTH[kind] == 2:
        items = list(zip(items[::2], items[1::2], strict=True))
    return (name, items), position
