"""The request parser: every cut of a stream, both forms, every limit and every error text of redis-server."""

from __future__ import annotations

import pytest

from autocache.resp.parser import ProtocolError, RequestParser
from tests.wire import encode

LONG = b"x" * 100_000
STREAM = b"".join(
    (
        encode(["SET", "key", "value"]),
        b"PING 'a b' \"\\x41\\n\"\r\n",
        b"*0\r\n",
        b"\r\n",
        encode(["SET", "key", LONG]),
        encode(["MSET", *map(str, range(100))]),
        encode([b"ECHO", b"\r\n\0*$"]),
        b"get key\n",
    )
)
COMMANDS = [
    [b"SET", b"key", b"value"],
    [b"PING", b"a b", b"A\n"],
    [b"SET", b"key", LONG],
    [b"MSET", *(str(n).encode() for n in range(100))],
    [b"ECHO", b"\r\n\0*$"],
    [b"get", b"key"],
]


def read(pieces: list[bytes], bulk_bytes_max: int = 512 << 20, guest: bool = False) -> list[list[bytes]]:
    parser = RequestParser(bulk_bytes_max, guest)
    return [command for piece in pieces for command in parser.feed(piece)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000, 4096, 50_000, 200_000])
def test_pieces_of_any_size_give_the_same_commands(size: int) -> None:
    assert read([STREAM[at : at + size] for at in range(0, len(STREAM), size)]) == COMMANDS


def test_one_cut_anywhere_changes_nothing() -> None:
    short = STREAM.replace(LONG, LONG[:40]).replace(b"$100000", b"$40")
    whole = read([short])
    for cut in range(len(short)):
        assert read([short[:cut], short[cut:]]) == whole


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"*1\r\n!3\r\nabc\r\n", "expected '$', got '!'"),
        (b"*1\r\n$-1\r\n", "invalid bulk length"),
        (b"*1\r\n$x\r\n", "invalid bulk length"),
        (b"*1\r\n$536870913\r\n", "invalid bulk length"),
        (b"*x\r\n", "invalid multibulk length"),
        (b"*2147483648\r\n", "invalid multibulk length"),
        (b"*" + b"1" * 70_000, "too big mbulk count string"),
        (b"*1\r\n$" + b"1" * 70_000, "too big bulk count string"),
        (b"a" * 70_000, "too big inline request"),
        (b'SET "a\r\n', "unbalanced quotes in request"),
        (b'SET "a"b\r\n', "unbalanced quotes in request"),
    ],
)
def test_what_is_no_request_is_named(data: bytes, error: str) -> None:
    with pytest.raises(ProtocolError, match="Protocol error: " + error.replace("$", r"\$")):
        read([data])


def test_errors_come_after_the_commands_before_them() -> None:
    parser = RequestParser()
    assert parser.feed(encode(["PING"])) == [[b"PING"]]
    with pytest.raises(ProtocolError):
        parser.feed(b"*1\r\n:1\r\n")


def test_limits_before_authentication() -> None:
    assert read([b"*10\r\n" + b"$1\r\na\r\n" * 10], guest=True) == [[b"a"] * 10]
    with pytest.raises(ProtocolError, match="unauthenticated multibulk length"):
        read([b"*11\r\n"], guest=True)
    with pytest.raises(ProtocolError, match="unauthenticated bulk length"):
        read([b"*1\r\n$16385\r\n"], guest=True)


def test_the_longest_argument_can_be_set() -> None:
    assert read([encode(["E", b"x" * 1000])], bulk_bytes_max=1000) == [[b"E", b"x" * 1000]]
    with pytest.raises(ProtocolError, match="invalid bulk length"):
        read([encode(["E", b"x" * 1001])], bulk_bytes_max=1000)


def test_a_number_has_one_form() -> None:
    assert read([b"*1\r\n$0\r\n\r\n"]) == [[b""]]
    for count in (b"+1", b"01", b" 1", b""):
        with pytest.raises(ProtocolError, match="invalid"):
            read([b"*" + count + b"\r\n"])
