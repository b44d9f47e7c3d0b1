"""LZF: round trips, and compressed data that somebody made up. The same bytes as redis-server's: test_value.py."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.codec.lzf import compress, expand

texts = st.one_of(
    st.binary(max_size=400),
    st.text("ab", max_size=400).map(str.encode),
    st.builds(lambda piece, count: piece * count, st.binary(max_size=40), st.integers(0, 60)),
)


@given(texts, st.integers(0, 500))
def test_round_trip(text: bytes, room: int) -> None:
    packed = compress(text, room)
    if packed is None:
        assert not text or room < len(text) * 33 // 32 + 4
    else:
        assert len(packed) <= room
        assert expand(packed, len(text)) == text
        assert expand(packed, len(text) + 1) is None
        assert expand(packed, len(text) - 1) is None


def test_what_repeats_becomes_short() -> None:
    packed = compress(b"x" * 100_000, 100_000)
    assert packed is not None
    assert len(packed) < 1200
    assert expand(packed, 100_000) == b"x" * 100_000


@pytest.mark.parametrize(
    ("data", "expected", "result"),
    [
        (b"", 0, b""),
        (b"\x00a", 1, b"a"),
        (b"\x02abc", 3, b"abc"),
        (b"\x02abc\x20\x02", 6, b"abcabc"),
        (b"\x00a\xe0\x00\x00", 10, b"a" * 10),
        (b"\x02ab", 3, None),  # a run that is cut off
        (b"\x02abc", 2, None),  # more than there is room for
        (b"\x02abc", 4, None),  # less than was promised
        (b"\x20\x00", 3, None),  # refers to before the start
        (b"\x00a\x20\x01", 4, None),
        (b"\x00a\x20", 4, None),  # a reference that is cut off
        (b"\x00a\xe0\x00", 10, None),
        (b"\x00a\xe0\xff\x00", 10, None),
    ],
)
def test_made_up(data: bytes, expected: int, result: bytes | None) -> None:
    assert expand(data, expected) == result


def test_random_bytes_stay_within_bounds() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    for _ in range(20_000):
        data = draw.randbytes(draw.randrange(40))
        expected = draw.randrange(600)
        found = expand(data, expected)
        assert found is None or len(found) == expected
