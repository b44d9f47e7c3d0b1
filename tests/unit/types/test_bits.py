"""Bits and fields against numbers and strings of binary digits."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.types.bits import count, find, fit_field, get_field, set_field

WRAP, SATURATE, FAIL = range(3)


def digits(data: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in data)


@st.composite
def spans(draw: st.DrawFn) -> tuple[bytes, int, int]:
    """A string, mostly of one kind of bit, and two positions in it."""
    length = draw(st.integers(1, 40))
    data = bytearray(length) if draw(st.booleans()) else bytearray(b"\xff" * length)
    for _ in range(draw(st.integers(0, 3))):
        data[draw(st.integers(0, length - 1))] = draw(st.integers(0, 255))
    first = draw(st.integers(0, length * 8 - 1))
    return bytes(data), first, draw(st.integers(first, length * 8 - 1))


@given(spans())
def test_count_and_find(span: tuple[bytes, int, int]) -> None:
    data, first, last = span
    part = digits(data)[first : last + 1]
    assert count(data, first, last) == part.count("1")
    for bit in (0, 1):
        at = part.find(str(bit))
        assert find(data, first, last, bool(bit)) == (-1 if at < 0 else at + first)


@pytest.mark.parametrize("length", [1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 1000, 4099])
def test_long_strings(length: int) -> None:
    draw = random.Random(length)
    data = draw.randbytes(length)
    text = digits(data)
    for _ in range(50):
        first = draw.randrange(length * 8)
        last = draw.randrange(first, length * 8)
        assert count(data, first, last) == text[first : last + 1].count("1")
    lone = bytearray(length)
    at = draw.randrange(length * 8)
    lone[at >> 3] = 0x80 >> (at & 7)
    assert find(bytes(lone), 0, length * 8 - 1, True) == at
    inverse = bytes(byte ^ 0xFF for byte in lone)
    assert find(inverse, 0, length * 8 - 1, False) == at
    assert find(bytes(length), 0, length * 8 - 1, True) == -1


kinds = st.one_of(st.tuples(st.just(False), st.integers(1, 63)), st.tuples(st.just(True), st.integers(1, 64)))
words = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.integers(-300, 300), st.sampled_from([2**63 - 1, -(2**63), 2**62])
)


def number_in(text: str, *, signed: bool) -> int:
    value = int(text, 2)
    return value - (1 << len(text)) if signed and text[0] == "1" else value


@given(st.binary(max_size=20), st.integers(0, 200), kinds)
def test_get(data: bytes, offset: int, kind: tuple[bool, int]) -> None:
    signed, width = kind
    text = digits(data).ljust(offset + width, "0")[offset : offset + width]
    assert get_field(data, offset, width, signed) == number_in(text, signed=signed)


@given(st.binary(min_size=20, max_size=24), st.integers(0, 96), kinds, words)
def test_set(data: bytes, offset: int, kind: tuple[bool, int], value: int) -> None:
    signed, width = kind
    text = digits(data)
    stored = f"{value & ((1 << width) - 1):0{width}b}"
    expected = text[:offset] + stored + text[offset + width :]
    changed = set_field(data, offset, width, signed, value)
    assert digits(changed) == expected
    assert get_field(changed, offset, width, signed) == number_in(stored, signed=signed)


@given(kinds, words, words)
def test_sums(kind: tuple[bool, int], value: int, increment: int) -> None:
    """Sums of a number that the field holds, which is what INCRBY asks for."""
    signed, width = kind
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)
    value = number_in(f"{value & ((1 << width) - 1):0{width}b}", signed=signed)
    total = value + increment
    wrapped = number_in(f"{total & ((1 << width) - 1):0{width}b}", signed=signed)
    fits = low <= total <= high
    assert fit_field(width, signed, value, increment, WRAP) == (fits, wrapped)
    assert fit_field(width, signed, value, increment, SATURATE) == (fits, min(max(total, low), high))
    assert fit_field(width, signed, value, increment, FAIL)[0] == fits


def test_numbers_too_large_to_set() -> None:
    """What is no sum: redis-server's view of negative numbers, and of those far below a signed field."""
    assert fit_field(8, False, -1, 0, SATURATE) == (False, 255)
    assert fit_field(8, False, -2, 0, WRAP) == (False, 254)
    assert fit_field(8, True, -129, 0, SATURATE) == (False, -128)
    assert fit_field(8, True, -(2**63), 0, SATURATE) == (False, 127)
    assert fit_field(8, True, 127 - 2**63, 0, SATURATE) == (False, 127)
    assert fit_field(8, True, 128 - 2**63, 0, SATURATE) == (False, -128)
    assert fit_field(64, True, -(2**63), 0, SATURATE) == (True, -(2**63))
