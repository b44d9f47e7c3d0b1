"""The client's codec: every type, in every cut, and every way to break it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.resp.client import (
    MORE,
    REPLY_LINE_BYTES_MAX,
    Attributed,
    BigNumber,
    Decoder,
    Double,
    ErrorReply,
    Incomplete,
    MapReply,
    ProtocolError,
    PushReply,
    Reply,
    SetReply,
    Status,
    Verbatim,
    encode_command,
)

SAMPLES: list[tuple[bytes, Reply]] = [
    (b"+OK\r\n", Status(b"OK")),
    (b"+\r\n", Status(b"")),
    (b"-ERR no\r\n", ErrorReply(b"ERR no")),
    (b":-12\r\n", -12),
    (b":+9223372036854775807\r\n", 2**63 - 1),
    (b"$0\r\n\r\n", b""),
    (b"$4\r\na\r\nb\r\n", b"a\r\nb"),
    (b"$-1\r\n", None),
    (b"*-1\r\n", None),
    (b"_\r\n", None),
    (b"#t\r\n", True),
    (b"#f\r\n", False),
    (b",3.141\r\n", Double(b"3.141")),
    (b",-inf\r\n", Double(b"-inf")),
    (b",1E+17\r\n", Double(b"1E+17")),
    (b"(-123456789012345678901234567890\r\n", BigNumber(b"-123456789012345678901234567890")),
    (b"=7\r\ntxt:a\nb\r\n", Verbatim(b"txt", b"a\nb")),
    (b"!5\r\nERR a\r\n", ErrorReply(b"ERR a")),
    (b"*0\r\n", []),
    (b"*2\r\n:1\r\n*1\r\n$1\r\na\r\n", [1, [b"a"]]),
    (b"~2\r\n:1\r\n~0\r\n", SetReply([1, SetReply([])])),
    (b"%1\r\n*1\r\n:1\r\n%0\r\n", MapReply([([1], MapReply([]))])),
    (b">2\r\n+message\r\n$1\r\nx\r\n", PushReply([Status(b"message"), b"x"])),
    (b"|1\r\n+ttl\r\n:3\r\n+OK\r\n", Attributed(MapReply([(Status(b"ttl"), 3)]), Status(b"OK"))),
    (b"|0\r\n:1\r\n", 1),
    (b"*2\r\n:1\r\n|1\r\n+a\r\n|1\r\n:8\r\n:9\r\n:2\r\n*0\r\n",
     [1, Attributed(MapReply([(Status(b"a"), Attributed(MapReply([(8, 9)]), 2))]), [])]),
    (b"|1\r\n:1\r\n:2\r\n|1\r\n:3\r\n:4\r\n:5\r\n", Attributed(MapReply([(1, 2), (3, 4)]), 5)),
]  # fmt: skip
STREAM = b"".join(wire for wire, _ in SAMPLES)
REPLIES = [reply for _, reply in SAMPLES]


def drain(decoder: Decoder) -> list[Reply]:
    replies: list[Reply] = []
    while not isinstance(reply := decoder.next_reply(), Incomplete):
        replies.append(reply)
    return replies


@pytest.mark.parametrize(("wire", "reply"), SAMPLES, ids=lambda value: repr(value)[:30])
def test_types(wire: bytes, reply: Reply) -> None:
    decoder = Decoder()
    decoder.feed(wire)
    decoded = decoder.next_reply()
    assert decoded == reply
    assert type(decoded) is type(reply)
    assert decoder.next_reply() is MORE


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_any_cut_gives_the_same_replies(cuts: list[int]) -> None:
    decoder, replies = Decoder(), []
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(edges):
        decoder.feed(STREAM[start:end])
        replies += drain(decoder)
    assert replies == REPLIES


def test_byte_by_byte() -> None:
    decoder, replies = Decoder(), []
    for byte in STREAM:
        decoder.feed(bytes([byte]))
        replies += drain(decoder)
    assert replies == REPLIES


@pytest.mark.parametrize(
    "wire",
    [
        b"\r\n",
        b"?1\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b":\r\n",
        b":1_0\r\n",
        b": 1\r\n",
        b":1.5\r\n",
        b"$-2\r\n",
        b"$?\r\n",
        b"*?\r\n",
        b"~-1\r\n",
        b"%-1\r\n",
        b"=-1\r\n",
        b"$99999999999999999999\r\n",
        b"*4294967296\r\n",
        b"$1\r\nabc",
        b"=3\r\nabc\r\n",
        b"=5\r\nabcde\r\n",
        b"#x\r\n",
        b"_x\r\n",
        b",one\r\n",
        b",\r\n",
        b"(1.5\r\n",
        b"+" + b"a" * REPLY_LINE_BYTES_MAX + b"a",
    ],
    ids=lambda wire: repr(wire)[:30],
)
def test_broken_bytes_are_refused(wire: bytes) -> None:
    decoder = Decoder()
    decoder.feed(b"+first\r\n" + wire)
    assert decoder.next_reply() == Status(b"first")
    with pytest.raises(ProtocolError):
        decoder.next_reply()


@pytest.mark.parametrize("opening", [b"*1\r\n", b"%1\r\n", b"|1\r\n", b">1\r\n"])
def test_depth_is_bounded(opening: bytes) -> None:
    decoder = Decoder(depth_max=3)
    decoder.feed(opening * 3)
    assert decoder.next_reply() is MORE
    decoder.feed(opening)
    with pytest.raises(ProtocolError, match="deeper than 3"):
        decoder.next_reply()


@given(st.binary(max_size=200))
def test_noise_gives_replies_or_a_protocol_error(noise: bytes) -> None:
    decoder = Decoder()
    decoder.feed(noise)
    try:
        drain(decoder)
    except ProtocolError:
        return


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=20))
def test_a_command_decodes_as_an_array_of_its_words(args: list[bytes]) -> None:
    decoder = Decoder()
    decoder.feed(encode_command(args))
    assert decoder.next_reply() == args


def test_many_replies_do_not_pile_up() -> None:
    decoder = Decoder()
    for _ in range(200):
        decoder.feed(b"$1000\r\n" + b"x" * 1000 + b"\r\n" + b"+half")
        assert decoder.next_reply() == b"x" * 1000
        assert decoder.next_reply() is MORE
        decoder.feed(b"\r\n")
        assert decoder.next_reply() == Status(b"half")
    assert len(decoder._buffer) < 200 * 1000


def test_an_empty_command_is_refused() -> None:
    with pytest.raises(ValueError, match="name"):
        encode_command([])


def test_numbers_have_values() -> None:
    assert Double(b"1.5").value == 1.5
    assert BigNumber(b"-12").value == -12
