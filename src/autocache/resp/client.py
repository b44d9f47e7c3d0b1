"""The client's half of the RESP protocol: commands to bytes, bytes to replies.

Sans-io: no socket, no clock. `encode_command` turns arguments into a request; `Decoder` takes whatever bytes
have arrived and hands out complete replies of RESP2 and RESP3 (the version needs no switch: the type bytes
differ). The command line uses it, and so do tests and tools that need to see a reply's exact type. The
server's own codec is compiled and lives beside this module; the two share nothing but the protocol.

A peer's bytes are never trusted: every length, line and depth is bounded below, and anything that breaks the
protocol raises `ProtocolError`, after which the connection is to be dropped. Streamed aggregates and strings
of the RESP3 draft (`$?`, `*?`) are refused: no server sends them.

Numbers that are not integers keep the text of the wire (`Double`, `BigNumber`), so that printing them is
exact.

Source: https://redis.io/docs/reference/protocol-spec/ and https://github.com/redis/redis-specifications
(RESP3).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias, Union

# Deeper than any command's reply (COMMAND DOCS nests about 10 deep), and far from Python's recursion limit,
# which those who walk a reply recursively rely on.
REPLY_DEPTH_MAX: Final = 128
# A line is a type byte with a number, a status, an error or a big number. hiredis accepts 64 KB as a status
# line.
REPLY_LINE_BYTES_MAX: Final = 1 << 20
# proto-max-bulk-len is 512 MB by default and may be raised: this only stops absurd lengths of a broken peer.
REPLY_BULK_BYTES_MAX: Final = 1 << 36
REPLY_ELEMENTS_MAX: Final = (1 << 32) - 1
# Consumed bytes are cut off the buffer only past this size, so that many small replies do not each move the
# rest.
COMPACT_BYTES_MIN: Final = 64 * 1024

_INTEGER = re.compile(rb"[+-]?[0-9]{1,20}")
_BIG_NUMBER = re.compile(rb"[+-]?[0-9]+")
_DOUBLE = re.compile(rb"[+-]?(?:inf|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)", re.IGNORECASE)


class ProtocolError(Exception):
    """The peer sent bytes that are not RESP, or that pass a limit. The connection cannot be used any more."""


@dataclass(frozen=True, slots=True)
class Status:
    """A simple string: `+OK`."""

    text: bytes


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """A simple or a bulk error: `-ERR ...`, `!21`. `text` has no type byte and no line end."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Double:
    """A floating point number, as the text that the server sent: `3.141`, `inf`, `-inf`, `nan`."""

    text: bytes

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.text)


@dataclass(frozen=True, slots=True)
class BigNumber:
    """An integer of any size, as its decimal digits."""

    text: bytes

    @property
    def value(self) -> int:
        """The number itself. Raises ValueError past Python's own limit of 4300 digits."""
        return int(self.text)


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text with its format: `txt` or `mkd`."""

    format: bytes
    text: bytes


@dataclass(frozen=True, slots=True)
class SetReply:
    """A RESP3 set, in the order of the wire."""

    items: "list[Reply]"


@dataclass(frozen=True, slots=True)
class MapReply:
    """A RESP3 map, in the order of the wire. Pairs and no dict, since a key may be of any type."""

    pairs: "list[tuple[Reply, Reply]]"


@dataclass(frozen=True, slots=True)
class PushReply:
    """A RESP3 push: data that no request asked for."""

    items: "list[Reply]"


@dataclass(frozen=True, slots=True)
class Attributed:
    """A reply that came with attributes. Those who do not care use `value`."""

    attributes: MapReply
    value: "Reply"


# A bulk string is bytes, an array is a list, either null (and RESP3's) is None.
# `Union`, not `|`: the alias names itself, which is a string that `|` cannot join.
Reply: TypeAlias = Union[
    bytes,
    int,
    bool,
    "list[Reply]",
    Status,
    ErrorReply,
    Double,
    BigNumber,
    Verbatim,
    SetReply,
    MapReply,
    PushReply,
    Attributed,
    None,
]


class Incomplete(Enum):
    """What stands for "no whole reply yet", since None is a reply."""

    MORE = "more"


MORE: Final = Incomplete.MORE


def encode_command(args: Sequence[bytes]) -> bytes:
    """Return the request for one command: an array of bulk strings. `args` must not be empty (ValueError)."""
    if not args:
        raise ValueError("a command needs at least its name")
    parts = [b"*%d\r\n" % len(args)]
    for arg in args:
        parts.append(b"$%d\r\n" % len(arg))
        parts.append(arg)
        parts.append(b"\r\n")
    return b"".join(parts)


@dataclass(slots=True)
class _Frame:
    """An aggregate whose elements are still arriving. `missing` counts elements, two for each pair."""

    kind: int
    missing: int
    items: "list[Reply]"


class _Opened(Enum):
    """What stands for "an element was taken, the reply goes on"."""

    OPENED = "opened"


_OPENED: Final = _Opened.OPENED
_ATTRIBUTE: Final = ord("|")
_PAIRED: Final = frozenset(b"%|")
_NULLABLE: Final = frozenset(b"$*")


class Decoder:
    """Incremental decoder: `feed` it what arrives, call `next_reply` until it says `MORE`.

    No byte is looked at twice, whatever the pieces: an open aggregate waits on a stack, a bulk string whose
    body is on its way waits for its length. The depth limit may be lowered for tests.
    """

    def __init__(self, depth_max: int = REPLY_DEPTH_MAX) -> None:
        self._depth_max = depth_max
        self._buffer = bytearray()
        self._position = 0
        self._scanned = 0  # no line end begins before this offset
        self._bulk: tuple[int, int] | None = None  # type byte and length of the bulk whose body is awaited
        self._stack: list[_Frame] = []
        self._attributes: dict[int, MapReply] = {}  # by depth: attributes that wait for their value

    def feed(self, data: bytes) -> None:
        """Append bytes that arrived."""
        self._buffer += data

    def next_reply(self) -> Reply | Incomplete:
        """Return the next whole reply, or `MORE` if it has not fully arrived. Raises ProtocolError."""
        while (item := self._take_item()) is not MORE:
            if item is _OPENED:
                continue
            reply = self._place(item)
            if reply is not _OPENED:
                return reply
        self._compact()
        return MORE

    def _take_item(self) -> Reply | Incomplete | _Opened:
        """Return one element that holds no others, or `_OPENED` when an aggregate began."""
        if self._bulk is not None:
            return self._take_body(*self._bulk)
        line = self._take_line()
        if line is None:
            return MORE
        kind, text = line[0] if line else 0, line[1:]
        if kind in _LINE_TYPES:
            return _LINE_TYPES[kind](text)
        if kind in b"$!=":
            return self._open_bulk(kind, text)
        if kind in b"*~>%|":
            return self._open_aggregate(kind, text)
        raise ProtocolError(f"Protocol error, got {_printable(line[:1])} as reply type byte")

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n", max(self._scanned, self._position))
        if (len(self._buffer) if end < 0 else end) - self._position > REPLY_LINE_BYTES_MAX:
            raise ProtocolError(f"Protocol error, a line is longer than {REPLY_LINE_BYTES_MAX} bytes")
        if end < 0:
            self._scanned = max(self._position, len(self._buffer) - 1)  # a lone \r may be half of the line end
            return None
        line = bytes(self._buffer[self._position : end])
        self._position = end + 2
        return line

    def _open_bulk(self, kind: int, text: bytes) -> Reply | Incomplete | _Opened:
        length = _length(kind, text, REPLY_BULK_BYTES_MAX)
        if length < 0:
            return None
        self._bulk = (kind, length)
        return self._take_body(kind, length)

    def _take_body(self, kind: int, length: int) -> Reply | Incomplete:
        end = self._position + length
        if len(self._buffer) < end + 2:
            return MORE
        if self._buffer[end : end + 2] != b"\r\n":
            raise ProtocolError("Protocol error, a bulk string does not end where its length says")
        body = bytes(memoryview(self._buffer)[self._position : end])
        self._position = end + 2
        self._bulk = None
        return _bulk_value(kind, body)

    def _open_aggregate(self, kind: int, text: bytes) -> Reply | _Opened:
        count = _length(kind, text, REPLY_ELEMENTS_MAX)
        if count < 0:
            return None
        if count == 0 and kind != _ATTRIBUTE:
            return _aggregate(kind, [])
        if len(self._stack) >= self._depth_max:
            raise ProtocolError(f"Protocol error, replies nest deeper than {self._depth_max}")
        if count:  # no attributes at all are as good as none announced
            self._stack.append(_Frame(kind, count * 2 if kind in _PAIRED else count, []))
        return _OPENED

    def _place(self, value: Reply) -> Reply | _Opened:
        """Put a finished value into the aggregate it belongs to, closing those that are complete by it."""
        while True:
            attributes = self._attributes.pop(len(self._stack), None)
            if attributes is not None:
                value = Attributed(attributes, value)
            if not self._stack:
                return value
            frame = self._stack[-1]
            frame.items.append(value)
            frame.missing -= 1
            if frame.missing:
                return _OPENED
            self._stack.pop()
            if frame.kind == _ATTRIBUTE:
                self._keep_attributes(_pairs(frame.items))
                return _OPENED
            value = _aggregate(frame.kind, frame.items)

    def _keep_attributes(self, pairs: "list[tuple[Reply, Reply]]") -> None:
        """Hold attributes for the next value at this depth; two in a row belong to the same value."""
        earlier = self._attributes.get(len(self._stack))
        self._attributes[len(self._stack)] = MapReply((earlier.pairs if earlier else []) + pairs)

    def _compact(self) -> None:
        if self._position == len(self._buffer) or self._position >= COMPACT_BYTES_MIN:
            del self._buffer[: self._position]
            self._scanned = max(0, self._scanned - self._position)
            self._position = 0


def _length(kind: int, text: bytes, maximum: int) -> int:
    """Parse the length of a bulk or aggregate; -1 (a null) only where RESP2 has one."""
    length = _integer(text)
    if length > maximum or length < (-1 if kind in _NULLABLE else 0):
        raise ProtocolError(f"Protocol error, a length of {length} is not allowed for {_printable(bytes([kind]))}")
    return length


def _integer(text: bytes) -> int:
    if not _INTEGER.fullmatch(text):
        raise ProtocolError(f"Bad integer value {_printable(text)}")
    return int(text)


def _double(text: bytes) -> Double:
    if not _DOUBLE.fullmatch(text):
        raise ProtocolError(f"Bad double value {_printable(text)}")
    return Double(text)


def _big_number(text: bytes) -> BigNumber:
    if not _BIG_NUMBER.fullmatch(text):
        raise ProtocolError(f"Bad bignum value {_printable(text)}")
    return BigNumber(text)


def _boolean(text: bytes) -> bool:
    if text not in (b"t", b"f"):
        raise ProtocolError(f"Bad bool value {_printable(text)}")
    return text == b"t"


def _null(text: bytes) -> None:
    if text:
        raise ProtocolError(f"Bad nil value {_printable(text)}")


_LINE_TYPES: Final[dict[int, Callable[[bytes], "Reply"]]] = {
    ord("+"): Status,
    ord("-"): ErrorReply,
    ord(":"): _integer,
    ord(","): _double,
    ord("("): _big_number,
    ord("#"): _boolean,
    ord("_"): _null,
}


def _bulk_value(kind: int, body: bytes) -> Reply:
    if kind == ord("$"):
        return body
    if kind == ord("!"):
        return ErrorReply(body)
    if len(body) < 4 or body[3:4] != b":":
        raise ProtocolError("Verbatim string 4 bytes of content type are missing or incorrectly encoded.")
    return Verbatim(body[:3], body[4:])


def _aggregate(kind: int, items: "list[Reply]") -> Reply:
    if kind == ord("*"):
        return items
    if kind == ord("%"):
        return MapReply(_pairs(items))
    return SetReply(items) if kind == ord("~") else PushReply(items)


def _pairs(items: "list[Reply]") -> "list[tuple[Reply, Reply]]":
    return list(zip(items[::2], items[1::2], strict=True))


def _printable(data: bytes) -> str:
    """Return bytes of the peer in a form that is safe in a message, cut to a readable size."""
    return '"' + data[:32].decode("latin-1").encode("unicode_escape").decode("ascii") + '"'
