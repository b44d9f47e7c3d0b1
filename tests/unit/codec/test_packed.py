"""Small collections of a payload: whether each element is there once, however long the listpack is."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from autocache.codec.packed import packed_has_unique
from autocache.types.listpack import Pack

elements = st.one_of(st.integers(-3, 300), st.sampled_from([b"", b"a", b"b", b"01", b"1x"]), st.binary(max_size=3))


def pack_of(found: list[bytes | int]) -> bytes:
    pack = Pack()
    for element in found:
        pack.append(element)
    return pack.raw()


def as_text(element: bytes | int) -> bytes:
    return b"%d" % element if isinstance(element, int) else element


@given(st.lists(elements, max_size=40))
def test_single_elements(found: list[bytes | int]) -> None:
    texts = [as_text(element) for element in found]
    assert packed_has_unique(pack_of(found), 1) == (len(set(texts)) == len(texts))


@given(st.lists(st.tuples(elements, elements), max_size=30))
def test_pairs(found: list[tuple[bytes | int, bytes | int]]) -> None:
    texts = [as_text(name) for name, _ in found]
    pack = pack_of([element for pair in found for element in pair])
    assert packed_has_unique(pack, 2) == (len(set(texts)) == len(texts))


def test_a_number_is_the_same_as_its_text() -> None:
    """A hostile listpack may hold the text of a number that it should hold as a number."""
    sound = bytes.fromhex("0a0000000100813502ff")
    both = bytes.fromhex("0c00000002008135020501ff")
    assert packed_has_unique(sound, 1)
    assert not packed_has_unique(both, 1)


def test_a_long_one_takes_no_quadratic_time() -> None:
    pack = pack_of(list(range(60_000)))
    started = time.perf_counter()
    assert packed_has_unique(pack, 1)
    assert time.perf_counter() - started < 1
