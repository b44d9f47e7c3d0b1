"""CRC-64 against the definition, bit by bit."""

from hypothesis import given
from hypothesis import strategies as st

from autocache.base.crc64 import checksum

JONES_REFLECTED = 0x95AC9329AC4BC9B5


def by_the_book(data: bytes, crc: int = 0) -> int:
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (JONES_REFLECTED if crc & 1 else 0)
    return crc


def test_known_value() -> None:
    assert checksum(b"123456789") == 0xE9C6D914C4B8D9CA
    assert checksum(b"") == 0


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_definition(first: bytes, second: bytes) -> None:
    assert checksum(first) == by_the_book(first)
    assert checksum(second, checksum(first)) == by_the_book(first + second)
