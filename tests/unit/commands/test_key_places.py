"""Declarations of key positions (declare.py) and what finds the keys by them (keypos.pyx).

The declarations of the real commands are compared with redis-server's in tests/conformance/test_metadata.py and
test_key_specs.py.
"""

from __future__ import annotations

import pytest

from autocache.commands.declare import FINDERS, KEY_FLAG_BITS, KeySpec, Spec, check_finder, parse_keys
from autocache.commands.keypos import keys_in


def declared(keys: str, finder: str = "") -> Spec:
    return Spec("x", "X", -1, (), "generic", "1.0.0", "A test.", keys=parse_keys(keys), finder=finder)


def found(keys: str, words: str, finder: str = "") -> str | None:
    """The keys among `words`, joined by a space."""
    split = words.encode().split(b" ")
    places = keys_in(declared(keys, finder), split)
    return None if places is None else b" ".join(split[at] for at, _ in places).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RO@1", KeySpec(("RO",), 1)),
        ("update OW@2", KeySpec(("OW", "update"), 2)),
        ("RO@1..2", KeySpec(("RO",), 1, 1)),
        ("RO@2..-2", KeySpec(("RO",), 2, -2)),
        ("OW@1..-1/2", KeySpec(("OW",), 1, -1, 2)),
        ("RO@2:n", KeySpec(("RO",), 2, counted=True)),
        ("RO@STREAMS+1..-1/1/2", KeySpec(("RO",), 1, -1, 1, 2, keyword="STREAMS")),
        ("OW@STORE+6", KeySpec(("OW",), 6, keyword="STORE")),
        ("RW@KEYS-2..-1", KeySpec(("RW",), -2, -1, keyword="KEYS")),
        ("OW@?", KeySpec(("OW",), unknown=True)),
    ],
)
def test_spelling(text: str, expected: KeySpec) -> None:
    assert parse_keys(text) == (expected,)


def test_notes_are_for_all_or_one_for_each() -> None:
    assert [spec.notes for spec in parse_keys("RO@1, RO@2", "why")] == ["why", "why"]
    assert [spec.notes for spec in parse_keys("RO@1, RO@2", ("", "why"))] == ["", "why"]


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("RO", ""),
        ("RO@", ""),
        ("RO@x", ""),
        ("RO@1..", ""),
        ("RO@1:n..2", ""),
        ("RO@STORE", ""),
        ("RO@-1", ""),
        ("bogus@1", ""),
        ("RO@AVERYLONGKEYWORD+1", ""),
        ("RO@1, RO@2", ("one",)),
        ("RO@1, RO@2, RO@3, RO@4", ""),
    ],
)
def test_mistakes_in_spelling(text: str, notes: str | tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="place"):
        parse_keys(text, notes)


def test_what_keys_cannot_say_needs_a_finder() -> None:
    for keys in ("RW variable_flags@1", "RW incomplete@KEYS-2..-1"):
        with pytest.raises(ValueError, match="need a finder"):
            check_finder("x", parse_keys(keys), "")
        check_finder("x", parse_keys(keys), "set")
    with pytest.raises(ValueError, match="unknown finder"):
        check_finder("x", (), "bogus")
    assert len(set(FINDERS.values())) == len(FINDERS)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", (0, 0, 0)),
        ("RO@1", (1, 1, 1)),
        ("RO@1..2", (1, 2, 1)),
        ("OW@1..-1/2", (1, -1, 2)),
        ("OW@2, RO@3..-1", (2, -1, 1)),
        ("RW@1, OW@2", (1, 2, 1)),
        ("RO@1, RO@?", (1, 1, 1)),
        ("RO@1, OW@3", (1, 1, 1)),
        ("RO@1:n", (0, 0, 0)),
        ("OW@1, RO@2:n", (1, 1, 1)),
        ("RO@STREAMS+1..-1/1/2", (0, 0, 0)),
        ("not_key@1..-1", (1, -1, 1)),
    ],
)
def test_the_old_form(keys: str, expected: tuple[int, int, int]) -> None:
    assert declared(keys).key_range == expected


@pytest.mark.parametrize(
    ("keys", "words", "expected"),
    [
        ("RO@1", "X a b", "a"),
        ("RO@1..-2", "X a b 0", "a b"),
        ("RO@1..-2", "X 0", None),
        ("OW@1..-1/2", "X a 1 b 2", "a b"),
        ("OW@1, RO@2..-1", "X a b c", "a b c"),
        ("OW@1, RO@2..-1", "X a", None),
        ("RO@1:n", "X 2 a b WEIGHTS 1 2", "a b"),
        ("RO@1:n", "X 3 a b", None),
        ("RO@1:n", "X 0 a b", None),
        ("RO@1:n", "X -1 a b", None),
        ("RO@1:n", "X 1x a b", None),
        ("RO@1:n", "X 9223372036854775807 a b", None),
        ("RO@3:n", "X 1", None),
        ("RO@STREAMS+1..-1/1/2", "X COUNT 1 streams a b 0 0", "a b"),
        ("RO@STREAMS+1..-1/1/2", "X COUNT 1 streams a b 0", "a"),
        ("RO@STREAMS+1..-1/1/2", "X COUNT 1 streams", ""),
        ("RO@STREAMS+1..-1/1/2", "X streams a", None),
        ("RO@1, OW@STORE+3", "X a 1 STORE b", "a b"),
        ("RO@1, OW@STORE+4", "X a 1 STORE b", "a"),
        ("RO@1, OW@STORE+9", "X a 1 STORE b", "a"),
        ("RW@1, RW@KEYS-2..-1", "X a 0 0 KEYS b c", "a b c"),
        ("RW@KEYS-200..-1", "X a", ""),
        ("not_key@1", "X channel", ""),
        ("RO@1, OW@?", "X a STORE b", "a"),
    ],
)
def test_keys(keys: str, words: str, expected: str | None) -> None:
    assert found(keys, words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("SORT k", "k"),
        ("SORT k STORE d", "k d"),
        ("SORT k STORE", "k"),
        ("SORT k LIMIT STORE 3 BY STORE GET STORE store d", "k d"),
        ("SORT k STORE a STORE b", "k b"),
        ("SORT k LIMIT", "k"),
    ],
)
def test_sort(words: str, expected: str) -> None:
    assert found("RO access@1, RO access@?, OW update@?", words, "sort") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("MIGRATE h 1 k 0 5 COPY", "k"),
        ("MIGRATE h 1  0 5 KEYS a b", "a b"),
        ("MIGRATE h 1  0 5 AUTH2 KEYS KEYS keys a", "a"),
        ("MIGRATE h 1 k 0 5 KEYS a b", ""),
        ("MIGRATE h 1 k 0 5 AUTH2", "k"),
    ],
)
def test_migrate(words: str, expected: str) -> None:
    assert found("RW@3, RW incomplete@KEYS-2..-1", words, "migrate") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("BITFIELD k", "RO access"),
        ("BITFIELD k GET u8 0 OVERFLOW SAT get u8 0", "RO access"),
        ("BITFIELD k GET u8 0 SET u8 0 1", "RW access update"),
        ("BITFIELD k GET u8", "RW access update"),
    ],
)
def test_flags_of_bitfield(words: str, expected: str) -> None:
    places = keys_in(declared("RW variable_flags@1", "bitfield"), words.encode().split())
    assert places is not None
    [(at, bits)] = places
    assert at == 1
    assert " ".join(name for name, bit in KEY_FLAG_BITS.items() if bits & bit) == expected
