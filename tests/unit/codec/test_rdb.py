"""The primitives of the RDB form: written as redis-server does, and read whatever comes."""

import math
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autocache.codec import rdb
from autocache.codec.lzf import compress

LENGTHS = [0, 63, 64, 16383, 16384, 2**32 - 1, 2**32, 2**64 - 1]


@given(st.one_of(st.sampled_from(LENGTHS), st.integers(0, 2**64 - 1)))
def test_lengths(length: int) -> None:
    written = rdb.write_size(length)
    assert rdb.read_size(written) == length
    assert all(rdb.read_size(written[:end]) is None for end in range(len(written)))


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (10, b"\x0a"),
        (300, b"\x41\x2c"),
        (20_000, b"\x80\x00\x00\x4e\x20"),
        (2**32 + 1, b"\x81\x00\x00\x00\x01\x00\x00\x00\x01"),
    ],
)
def test_form_of_lengths(length: int, written: bytes) -> None:
    assert rdb.write_size(length) == written


@pytest.mark.parametrize("data", [b"\x82\x00\x00\x00\x01", b"\xbf", b"\xc0\x01", b"\xff", b""])
def test_no_length(data: bytes) -> None:
    assert rdb.read_size(data) is None


@given(st.one_of(st.binary(max_size=200), st.integers(-(2**34), 2**34).map(lambda n: b"%d" % n)), st.booleans())
@example(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", True)
def test_strings(text: bytes, pack: bool) -> None:
    written = rdb.write_text(text, pack)
    assert rdb.read_text(written) == (text, len(written))
    assert rdb.read_text(written + b"more") == (text, len(written))
    assert all(rdb.read_text(written[:end]) is None for end in range(len(written)))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (b"", b"\x00"),
        (b"abc", b"\x03abc"),
        (b"-1", b"\xc0\xff"),
        (b"127", b"\xc0\x7f"),
        (b"128", b"\xc1\x80\x00"),
        (b"-32768", b"\xc1\x00\x80"),
        (b"32768", b"\xc2\x00\x80\x00\x00"),
        (b"-2147483648", b"\xc2\x00\x00\x00\x80"),
        (b"2147483648", b"\x0a2147483648"),
        (b"01", b"\x0201"),
        (b"-0", b"\x02-0"),
        (b"a" * 20, b"\x14" + b"a" * 20),
    ],
)
def test_form_of_strings(text: bytes, written: bytes) -> None:
    assert rdb.write_text(text) == written


def test_a_string_of_21_bytes_is_compressed_and_one_of_20_is_not() -> None:
    packed = compress(b"a" * 21, 17)
    assert packed is not None
    assert rdb.write_text(b"a" * 21) == b"\xc3" + bytes([len(packed), 21]) + packed
    assert rdb.write_text(b"a" * 21, compress=False) == b"\x15" + b"a" * 21


@pytest.mark.parametrize(
    "data",
    [
        b"\xc4",
        b"\xff\x00",
        b"\xc3\x00\x00",  # nothing compressed
        b"\xc3\x02\x81\xff\xff\xff\xff\xff\xff\xff\xff\x00a",  # claims to expand to all of memory
        b"\xc3\x81\xff\xff\xff\xff\xff\xff\xff\xff\x05\x00a",
        b"\xc3\x02\x02\x00a",
        b"\x81\x00\x00\x00\x10\x00\x00\x00\x00abc",
    ],
)
def test_no_string(data: bytes) -> None:
    assert rdb.read_text(data) is None


@given(st.floats(allow_nan=False))
def test_doubles(number: float) -> None:
    assert rdb.read_number(rdb.write_number(number)) == number
    assert rdb.read_number(rdb.write_number(number)[:-1]) is None


@pytest.mark.parametrize(
    ("data", "number"),
    [(b"\x031.5", 1.5), (b"\x02-3", -3.0), (b"\xfe", math.inf), (b"\xff", -math.inf), (b"\x041e10", 1e10)],
)
def test_old_doubles(data: bytes, number: float) -> None:
    assert rdb.read_number_text(data) == number


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x031.", b"\x01x", b"\x03nan"])
def test_no_old_doubles(data: bytes) -> None:
    assert rdb.read_number_text(data) is None


def test_old_nan() -> None:
    number = rdb.read_number_text(b"\xfd")
    assert number is not None
    assert math.isnan(number)


@given(st.binary(max_size=100), st.data())
def test_frame(value: bytes, data: st.DataObject) -> None:
    payload = rdb.framed(value)
    assert payload[:-10] == value
    assert payload[-10:-8] == b"\x0a\x00"
    assert rdb.is_framed(payload)
    bit = data.draw(st.integers(0, len(payload) * 8 - 1))
    flipped = bytearray(payload)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not rdb.is_framed(bytes(flipped))
    # With a start value of zero, leading zeros do not count.
    assert rdb.is_framed(payload[1:]) == (value[:1] == b"\x00")


def test_random_bytes_stay_within_bounds() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    for _ in range(20_000):
        data = bytes([draw.choice([draw.randrange(256), 0xC3, 0xC1, 0x80, 0x81])]) + draw.randbytes(draw.randrange(24))
        found = rdb.read_text(data)
        assert found is None or found[1] <= len(data)
