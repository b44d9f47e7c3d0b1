"""Glob patterns: against a plain recursive definition, and against patterns made to cost time or stack."""

import random
import time

import pytest

from autocache.base.glob import matches


def expected(pattern: bytes, text: bytes) -> bool:
    """What `*`, `?` and letters mean, by the book."""
    if not pattern:
        return not text
    if pattern[:1] == b"*":
        return any(expected(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[:1] in (b"?", text[:1]) and expected(pattern[1:], text[1:])


@pytest.mark.parametrize("seed", range(20))
def test_random_patterns(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(500):
        pattern = bytes(draw.choice(b"ab*?") for _ in range(draw.randrange(1, 8)))
        text = bytes(draw.choice(b"ab") for _ in range(draw.randrange(1, 9)))
        assert matches(pattern, text) == expected(pattern, text), (pattern, text)


def test_stars_without_end() -> None:
    """Half a million stars: no stack may grow with them."""
    count = 500_000
    assert not matches(b"*a" * count, b"a" * count)
    assert matches(b"*" * count, b"a")


def test_hostile_pattern() -> None:
    start = time.monotonic()
    assert not matches(b"a*" * 50 + b"b", b"a" * 2000)
    assert time.monotonic() - start < 5


def test_what_lies_behind_too_many_stars_is_not_reached() -> None:
    assert matches(b"*?" * 1000, b"a" * 1100)
    assert matches(b"*?" * 1000 + b"*", b"a" * 1100)
    assert not matches(b"*?" * 1001, b"a" * 1100)


@pytest.mark.parametrize(
    ("pattern", "text", "match"),
    [
        (b"[a-c]x", b"bx", True), (b"[^a-c]x", b"bx", False), (b"*[", b"a[", False), (b"*[^", b"ab", True),
        (b"\\*", b"*", True), (b"\\*", b"a", False), (b"a\\", b"a\\", True), (b"*\\", b"a\\", True), (b"", b"", True),
        (b"*", b"", False), (b"a*", b"a", True), (b"[]a]", b"a]", False), (b"*[b-]*", b"ab", True),
    ],
)  # fmt: skip
def test_corners(pattern: bytes, text: bytes, *, match: bool) -> None:
    assert matches(pattern, text) is match
