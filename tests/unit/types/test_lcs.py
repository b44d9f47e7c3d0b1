"""The bit-parallel LCS finds what the textbook's table finds, by the same way back."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.types.lcs import common_runs

Runs = list[tuple[int, int, int]]


def textbook(a: bytes, b: bytes) -> tuple[int, Runs]:
    """The table of lengths, and redis-server's walk back through it."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            table[i][j] = table[i - 1][j - 1] + 1 if x == y else max(table[i - 1][j], table[i][j - 1])
    runs: Runs = []
    i, j, matched = len(a), len(b), False
    while i and j:
        if a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
            runs = [*runs[:-1], (i, j, runs[-1][2] + 1)] if matched else [*runs, (i, j, 1)]
            matched = True
            continue
        matched = False
        if table[i - 1][j] > table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return table[-1][-1], runs


@pytest.mark.parametrize("lengths", [(0, 0), (0, 5), (1, 1), (63, 64), (64, 63), (64, 65), (128, 200), (300, 64)])
@pytest.mark.parametrize("letters", [b"a", b"ab", b"acgt", bytes(range(256))])
def test_word_boundaries(lengths: tuple[int, int], letters: bytes) -> None:
    draw = random.Random(repr((lengths, letters)))
    a, b = (bytes(draw.choices(letters, k=length)) for length in lengths)
    assert common_runs(a, b) == textbook(a, b)


@given(st.text("abc", max_size=90), st.text("abc", max_size=140))
def test_any_strings(a: str, b: str) -> None:
    assert common_runs(a.encode(), b.encode()) == textbook(a.encode(), b.encode())


def test_runs_spell_a_common_subsequence() -> None:
    draw = random.Random(7)
    a, b = draw.randbytes(3000), bytearray(draw.randbytes(2500))
    b[100:700] = a[50:650]
    length, runs = common_runs(a, bytes(b))
    assert sum(run[2] for run in runs) == length
    assert (50, 100, 600) in [(x, y, n) for x, y, n in runs] or length > 600
    for x, y, n in runs:
        assert a[x : x + n] == b[y : y + n]
