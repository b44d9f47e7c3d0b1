"""Sorted sets against Python dictionaries, in both encodings and across the step from one to the other."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.memory.alloc import usage
from autocache.types.listpack import Pack
from autocache.types.zset import Zset

PUT_NX, PUT_XX, PUT_GT, PUT_LT, PUT_INCR = 1, 2, 4, 8, 16
PUT_ADDED, PUT_UPDATED, PUT_SAME, PUT_REFUSED, PUT_NAN = range(5)

members = st.one_of(
    st.sampled_from([b"a", b"b", b"ab", b"", b"12", b"-7", b"007", b"x" * 40, b"y" * 300, b"z" * 1100, b"\0\xff"]),
    st.integers(0, 40).map(lambda number: b"member:%d" % number),
)
scores = st.one_of(
    st.integers(-5, 5).map(float),
    st.sampled_from([0.1, -2.5, math.inf, -math.inf, 1e300, 5e-324, 2.0**62, 2.0**63, 123456789.25, -0.0]),
)
options = st.sampled_from(
    [0, 0, PUT_NX, PUT_XX, PUT_GT, PUT_LT, PUT_INCR, PUT_XX | PUT_GT, PUT_INCR | PUT_LT, PUT_INCR | PUT_NX]
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), members, scores, options),
        st.tuples(st.just("put"), members, scores, options),
        st.tuples(st.just("remove"), members),
        st.tuples(st.just("ranks"), st.integers(0, 10), st.integers(1, 5)),
    ),
    max_size=120,
)
Model = dict[bytes, float]


def expected(model: Model, member: bytes, score: float, option: int) -> tuple[int, float]:
    """What `put` must answer; the model is changed."""
    if member not in model:
        if option & PUT_XX:
            return PUT_REFUSED, score
        model[member] = score
        return PUT_ADDED, score
    present = model[member]
    if option & PUT_NX:
        return PUT_REFUSED, score
    if option & PUT_INCR:
        score += present
        if math.isnan(score):
            return PUT_NAN, score
    if (option & PUT_GT and score <= present) or (option & PUT_LT and score >= present):
        return PUT_REFUSED, score
    model[member] = score
    return PUT_SAME if score == present else PUT_UPDATED, score


def in_order(model: Model) -> list[tuple[bytes, float]]:
    return sorted(model.items(), key=lambda item: (item[1], item[0]))


def compare(made: Zset, model: Model) -> None:
    ordered = in_order(model)
    assert made.flaw() is None
    assert made.pairs() == ordered
    assert made.pairs(max(len(ordered) - 1, 0), reverse=True) == ordered[::-1]
    for rank, (member, score) in enumerate(ordered):
        assert made.score(member) == score
        assert made.rank(member) == rank
        assert made.rank(member, reverse=True) == len(ordered) - 1 - rank
    assert made.score(b"nothing") is None
    assert made.rank(b"nothing") == -1


@given(program=steps, limits=st.sampled_from([(128, 64), (3, 64), (0, 64), (128, 8), (1000, 100_000)]))
def test_any_changes(program: list[tuple[Any, ...]], limits: tuple[int, int]) -> None:
    before = usage()["live_blocks"]
    made = Zset(*limits)
    model: Model = {}
    for kind, *words in program:
        if kind == "put":
            wanted = expected(model, *words)
            assert made.put(*words) == (wanted if wanted[0] != PUT_NAN else pytest.approx(wanted, nan_ok=True))
        elif kind == "remove":
            assert made.remove(words[0]) == (model.pop(words[0], None) is not None)
        elif words[0] + words[1] <= len(model):
            made.remove_ranks(*words)
            for member, _ in in_order(model)[words[0] : words[0] + words[1]]:
                del model[member]
        assert len(made) == len(model)
    compare(made, model)
    if not made.is_packed:
        assert made.copy_pairs() == in_order(model)
        made.compact()
        small = len(model) <= limits[0] and max(map(len, model), default=0) <= limits[1]
        assert made.is_packed == small
        compare(made, model)
    del made
    assert usage()["live_blocks"] == before


@given(
    held=st.lists(scores, max_size=40),
    low=scores,
    high=scores,
    low_open=st.booleans(),
    high_open=st.booleans(),
    entries=st.sampled_from([0, 128]),
)
def test_ranges_by_score(
    held: list[float], low: float, high: float, low_open: bool, high_open: bool, entries: int
) -> None:
    made = Zset(entries)
    for number, score in enumerate(held):
        made.put(b"%d" % number, score)
    inside = [
        rank
        for rank, score in enumerate(sorted(held))
        if (low < score if low_open else low <= score) and (score < high if high_open else score <= high)
    ]
    first, count = made.between(low, high, low_open, high_open)
    assert count == len(inside)
    assert not inside or first == inside[0]


def test_a_large_one_keeps_its_order_and_gives_its_memory_back() -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    before = usage()["live_blocks"]
    made = Zset()
    model: Model = {}
    for _ in range(30_000):
        member, score = b"member:%d" % chance.randrange(8000), float(chance.randrange(500))
        made.put(member, score)
        model[member] = score
    assert made.flaw() is None
    assert made.pairs() == in_order(model)
    made.remove_ranks(100, 3000)
    for member, _ in in_order(model)[100:3100]:
        del model[member]
    for member in list(model)[::2]:
        assert made.remove(member)
        del model[member]
    assert made.flaw() is None
    assert made.pairs() == in_order(model)
    del made
    assert usage()["live_blocks"] == before


@pytest.mark.parametrize(
    "elements",
    [
        [b"b", b"2", b"a", b"1"],
        [b"a", b"1", b"a", b"2"],
        [b"a", b"nan", b"b", b"1"],
        [b"a", b"text", b"b", b"9" * 200],
        [b"a", b"nan", b"b", b"nan", b"c", b"nan"],
    ],
)
def test_a_listpack_that_redis_would_not_have_made(elements: list[bytes]) -> None:
    """Such may come with RESTORE; nothing may break that changes it."""
    pack = Pack()
    for element in elements:
        pack.append(element)
    made = Zset(1, 64, pack.raw())
    length = len(made)
    made.put(b"new", 1.5)
    assert not made.is_packed
    assert made.flaw() is None
    assert 2 <= len(made) <= length + 1
    for member, _ in made.pairs():
        made.put(member, 7.0)
        assert made.remove(member)
    assert len(made) == 0
