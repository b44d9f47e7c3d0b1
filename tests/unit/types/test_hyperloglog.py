"""HyperLogLogs against a plain model of their registers, and corrupt ones, which may be anything."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.types.hyperloglog import count_of, dense_of, element_of, empty, registers_of, sparse_add

REGISTERS = 16384
UNCHANGED, CHANGES, TOO_LARGE, CORRUPT = range(4)
KNOWN = {
    b"": (5938, 2),
    b"a": (12711, 2),
    b"ab": (719, 1),
    b"hello": (9216, 1),
    b"1234567": (10327, 3),
    b"12345678": (10579, 3),
    b"123456789": (9293, 2),
    b"a longer element, of some words": (16077, 13),
    b"\x00\xff": (3937, 1),
}
HEADER = b"HYLL\x01" + bytes(11)


def model_of(elements: list[bytes]) -> bytes:
    """The registers after adding elements."""
    registers = bytearray(REGISTERS)
    for element in elements:
        index, rank = element_of(element)
        registers[index] = max(registers[index], rank)
    return bytes(registers)


def filled(elements: list[bytes]) -> bytes:
    """A sparse one with these elements."""
    hll = empty()
    for element in elements:
        _, hll = sparse_add(hll, *element_of(element))
    return hll


def test_hash_of_known_elements() -> None:
    """Register and rank are those of redis-server (PFDEBUG GETREG after PFADD)."""
    assert [element_of(word) for word in KNOWN] == list(KNOWN.values())


@pytest.mark.parametrize("count", [0, 1, 10, 200, 1200])
def test_sparse_and_dense_hold_the_same(count: int) -> None:
    elements = [b"%d" % i for i in range(count)]
    hll = filled(elements)
    registers = model_of(elements)
    assert registers_of(hll) == bytes(registers)
    assert registers_of(dense_of(registers)) == registers
    assert count_of(hll) == count_of(dense_of(registers))
    assert abs((count_of(hll) or 0) - count) <= count * 0.05


@pytest.mark.parametrize("count", [1_000, 30_000, 200_000])
def test_counts_are_close(count: int) -> None:
    found = count_of(dense_of(model_of([b"element %d" % i for i in range(count)])))
    assert found is not None
    assert abs(found - count) < count * 0.03


@given(
    st.lists(st.tuples(st.one_of(st.integers(0, 40), st.integers(0, REGISTERS - 1)), st.integers(1, 32)), max_size=120)
)
def test_any_additions(additions: list[tuple[int, int]]) -> None:
    """Neighbouring registers, which split and merge runs."""
    hll, registers = empty(), bytearray(REGISTERS)
    for index, rank in additions:
        outcome, hll = sparse_add(hll, index, rank)
        assert outcome == (CHANGES if rank > registers[index] else UNCHANGED)
        registers[index] = max(registers[index], rank)
    assert registers_of(hll) == bytes(registers)


def test_what_sparse_cannot_hold() -> None:
    assert sparse_add(empty(), 5, 33)[0] == TOO_LARGE
    assert sparse_add(HEADER, 0, 1)[0] == CORRUPT
    assert sparse_add(HEADER + b"\x40", 0, 1)[0] == CORRUPT
    assert sparse_add(HEADER + b"\x7f\xfe", REGISTERS - 1, 1)[0] == CORRUPT


@pytest.mark.parametrize(
    "operations", [b"", b"\x40", b"\x7f", b"\x7f\xfe", b"\x7f\xff\x00", b"\x7f\xff\x80", b"\x7f\xff\x40", b"\x80" * 9]
)
def test_corrupt_operations(operations: bytes) -> None:
    assert count_of(HEADER + operations) is None
    assert registers_of(HEADER + operations) is None


@pytest.mark.parametrize(
    "text", [b"", b"HYLL", HEADER[:15], b"HYLL\x02" + bytes(20), b"HYLL\0" + bytes(12298), b"hyll" + HEADER[4:]]
)
def test_no_hyperloglog(text: bytes) -> None:
    with pytest.raises(ValueError, match="no HyperLogLog"):
        count_of(text)


@pytest.mark.parametrize("seed", range(20))
def test_mutations(seed: int) -> None:
    """Changed, cut and spliced values are read, added to and counted without a crash, and agree with themselves."""
    draw = random.Random(seed)
    base = filled([draw.randbytes(4) for _ in range(draw.choice((0, 3, 50, 400)))])
    for _ in range(300):
        data = bytearray(base)
        for _ in range(draw.randint(1, 6)):
            at = draw.randrange(16, len(data) + 1)
            match draw.randrange(3):
                case 0 if at < len(data):
                    data[at] = draw.randrange(256)
                case 1:
                    del data[at : at + draw.randint(1, 5)]
                case _:
                    data[at:at] = draw.randbytes(draw.randint(1, 5))
        hll = bytes(data)
        assert (count_of(hll) is None) == (registers_of(hll) is None)
        whole = registers_of(hll)
        index, rank = draw.randrange(REGISTERS), draw.randint(1, 32)
        outcome, changed = sparse_add(hll, index, rank)
        if whole is not None:
            expected = bytearray(whole)
            expected[index] = max(expected[index], rank)
            assert outcome in (UNCHANGED, CHANGES)
            assert registers_of(changed) == bytes(expected)
