"""The operations of Lua's `bit` library: on 32-bit integers with a sign."""

from __future__ import annotations

from collections.abc import Callable

WORD = 1 << 32
MASK = WORD - 1

OPERATIONS: dict[bytes, Callable[[int, int], int]] = {
    b"tobit": lambda value, _count: value,
    b"band": lambda left, right: left & right,
    b"bor": lambda left, right: left | right,
    b"bxor": lambda left, right: left ^ right,
    b"bnot": lambda value, _count: ~value,
    b"lshift": lambda value, count: value << (count & 31),
    b"rshift": lambda value, count: value >> (count & 31),
    b"arshift": lambda value, count: signed(value) >> (count & 31),
    b"rol": lambda value, count: value << (count & 31) | value >> (32 - (count & 31)),
    b"ror": lambda value, count: value >> (count & 31) | value << (32 - (count & 31)),
    b"bswap": lambda value, _count: int.from_bytes(value.to_bytes(4, "little"), "big"),
}


def signed(word: int) -> int:
    """A word's value, its highest bit as the sign."""
    return word - WORD if word >> 31 else word


def to_word(number: float) -> int:
    """A number of Lua's as 32 bits; what is no number has none set."""
    try:
        return round(number) & MASK
    except (OverflowError, ValueError):
        return 0


def bitwise(name: bytes, left: float, right: float) -> int:
    """Do an operation."""
    return signed(OPERATIONS[name](to_word(left), to_word(right)) & MASK)
