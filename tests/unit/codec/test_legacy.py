"""Ziplists and zipmaps as old versions of Redis wrote them: read, and refused when they are not sound.

What redis-server 7.0 takes as such an encoding in a RESTORE is the oracle for changed bytes.
"""

import random
import struct
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.codec.legacy import from_ziplist, from_zipmap
from autocache.codec.rdb import framed, write_text
from tests.servers import Server
from tests.wire import Connection, parse

LIST_ZIPLIST, HASH_ZIPMAP = 10, 9

Element = bytes | int
elements = st.one_of(
    st.binary(max_size=70),
    st.binary(min_size=250, max_size=300),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-20, 20),
    st.sampled_from([b"x" * 63, b"x" * 64, b"x" * 16383, b"x" * 16384]),
)


def encoded(element: Element) -> bytes:
    """An entry without the size of the one before."""
    if isinstance(element, int):
        if 0 <= element <= 12:
            return bytes([0xF1 + element])
        for head, size in ((0xFE, 1), (0xC0, 2), (0xF0, 3), (0xD0, 4), (0xE0, 8)):
            if -(2 ** (8 * size - 1)) <= element < 2 ** (8 * size - 1):
                return bytes([head]) + element.to_bytes(size, "little", signed=True)
    assert isinstance(element, bytes)
    if len(element) < 64:
        return bytes([len(element)]) + element
    if len(element) < 16384:
        return struct.pack(">H", 0x4000 | len(element)) + element
    return b"\x80" + struct.pack(">I", len(element)) + element


def ziplist(items: Sequence[Element]) -> bytes:
    body, before, last = b"", 0, 10
    for item in items:
        entry = (bytes([before]) if before < 254 else b"\xfe" + struct.pack("<I", before)) + encoded(item)
        last, before = 10 + len(body), len(entry)
        body += entry
    return struct.pack("<IIH", 11 + len(body), last, len(items)) + body + b"\xff"


def zipmap(pairs: Sequence[tuple[bytes, bytes]], unused: int = 0) -> bytes:
    def length(text: bytes) -> bytes:
        return bytes([len(text)]) if len(text) < 254 else b"\xfe" + struct.pack("<I", len(text))

    body = b"".join(
        length(field) + field + length(value) + bytes([unused]) + value + bytes(unused) for field, value in pairs
    )
    return bytes([min(len(pairs), 254)]) + body + b"\xff"


def texts(items: Sequence[Element]) -> list[bytes]:
    return [item if isinstance(item, bytes) else b"%d" % item for item in items]


@given(st.lists(elements, max_size=12))
def test_ziplist(items: list[Element]) -> None:
    data = ziplist(items)
    assert from_ziplist(data) == texts(items)
    unknown = data[:8] + b"\xff\xff" + data[10:]
    assert from_ziplist(unknown) == texts(items)


@given(st.lists(st.tuples(st.binary(max_size=300), st.binary(max_size=300)), max_size=8), st.integers(0, 3))
def test_zipmap(pairs: list[tuple[bytes, bytes]], unused: int) -> None:
    data = zipmap(pairs, unused)
    assert from_zipmap(data) == [text for pair in pairs for text in pair]
    assert from_zipmap(b"\xfe" + data[1:]) == [text for pair in pairs for text in pair]


def test_cut_off() -> None:
    data = ziplist([b"a", 1, b"b" * 300, -70_000, b"c"])
    assert all(from_ziplist(data[:end]) is None for end in range(len(data)))
    data = zipmap([(b"a", b"1"), (b"b" * 300, b"2" * 300)], 2)
    assert all(from_zipmap(data[:end]) is None for end in range(len(data)))


@pytest.mark.parametrize(
    "data",
    [
        ziplist([b"a"])[:4] + b"\x0b" + ziplist([b"a"])[5:],  # the last entry is elsewhere
        ziplist([b"a"])[:8] + b"\x02" + ziplist([b"a"])[9:],  # two entries
        ziplist([b"a", b"b"])[:-4] + b"\x05" + ziplist([b"a", b"b"])[-3:],  # the size of the entry before
        ziplist([b"a"]) + b"\xff",
        struct.pack("<IIH", 13, 10, 1) + b"\x00\xff\xff",  # an encoding that does not exist
        struct.pack("<IIH", 16, 10, 1) + b"\x00\x80\xff\xff\xff\xff",  # longer than everything
    ],
)
def test_unsound_ziplist(data: bytes) -> None:
    assert from_ziplist(data) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x02" + zipmap([(b"a", b"1")])[1:],  # two pairs
        b"\x01\x01a\xff",  # no value
        b"\x01\x01a\x01\x091\xff",  # more unused bytes than bytes
        b"\x01\xfe\xff\xff\xff\xffa\x01\x001\xff",
        zipmap([(b"a", b"1")]) + b"\x00",
        b"\x00",
    ],
)
def test_unsound_zipmap(data: bytes) -> None:
    assert from_zipmap(data) is None


# -- against redis-server ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def redis() -> Iterator[Connection]:
    server = Server("redis", {"sanitize-dump-payload": "yes"})
    server.start()
    with server.connect(20) as connection:
        yield connection
    server.stop()


def restored(redis: Connection, kind: int, data: bytes, read: tuple[str, ...]) -> list[bytes] | None:
    """What redis-server makes of an encoding, or None if it refuses it."""
    payload = framed(bytes([kind]) + write_text(data, compress=False))
    if redis.command("RESTORE", "k", "0", payload, "REPLACE") != b"+OK\r\n":
        return None
    return [value for _, value in parse(redis.command(*read))[1]]


def changed(draw: random.Random, data: bytes) -> bytes:
    """The same bytes but for one or two."""
    made = bytearray(data)
    for _ in range(draw.choice([1, 1, 2])):
        place = draw.randrange(len(made))
        made[place] = draw.choice([draw.randrange(256), made[place] ^ 1 << draw.randrange(8), 254, 255, 0])
    return bytes(made)


def random_element(draw: random.Random) -> Element:
    if draw.random() < 0.3:
        return draw.randbytes(draw.randrange(9))
    return draw.randrange(-100, 100) if draw.random() < 0.5 else draw.randrange(-(2**63), 2**63)


def test_ziplists_with_changed_bytes(redis: Connection) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    accepted = 0
    for _ in range(3000):
        items = [random_element(draw) for _ in range(draw.randrange(1, 8))]
        data = changed(draw, ziplist(items)) if draw.random() < 0.9 else ziplist(items)
        ours = from_ziplist(data)
        accepted += ours is not None
        # An empty list is no value, so redis-server refuses it for that.
        assert (ours or None) == restored(redis, LIST_ZIPLIST, data, ("LRANGE", "k", "0", "-1")), data.hex()
    assert accepted > 300


def test_zipmaps_with_changed_bytes(redis: Connection) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    accepted = 0
    for _ in range(3000):
        sizes = [(draw.randrange(9), draw.randrange(9)) for _ in range(draw.randrange(1, 6))]
        pairs = [(draw.randbytes(field), draw.randbytes(value)) for field, value in sizes]
        data = changed(draw, zipmap(pairs, draw.randrange(3))) if draw.random() < 0.9 else zipmap(pairs)
        ours = from_zipmap(data)
        if ours is not None and len(set(ours[::2])) < len(ours[::2]):
            ours = None  # that no field is there twice is for the hash to check
        accepted += ours is not None
        theirs = restored(redis, HASH_ZIPMAP, data, ("HGETALL", "k"))
        assert sorted(ours or ()) == sorted(theirs or ()), data.hex()
    assert accepted > 300
