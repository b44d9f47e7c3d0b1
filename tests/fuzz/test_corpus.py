"""Replays the fuzzers' seeds, and what they once found, as ordinary tests on whatever build is under test."""

import random
from pathlib import Path

import pytest

from autocache.commands.cache import Cache
from tests.fuzz import cache_target
from tests.fuzz.reading import check_value
from tests.fuzz.target import SEEDS, check

FOUND = sorted(path for path in (Path(__file__).parent / "corpus").iterdir() if path.name != ".gitkeep")


@pytest.mark.parametrize("choice", range(0, 256, 5))
@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_seed(number: int, choice: int) -> None:
    check(bytes([choice]) + SEEDS[number])


def test_found_once() -> None:
    for path in FOUND:
        check(path.read_bytes())


@pytest.mark.parametrize("seed", range(30))
def test_programs_on_a_whole_cache(seed: int) -> None:
    cache_target.check(cache_target.random_program(random.Random(seed)))


def test_a_restored_zero_may_lose_its_sign() -> None:
    cache = Cache(databases=1, seed=1)
    session = cache.session()
    cache.configure(zset_max_listpack_entries=0)
    session.execute(b"ZADD", b"z", b"-0", b"a", b"1", b"b")
    assert session.execute(b"ZSCORE", b"z", b"a") == b"$2\r\n-0\r\n"
    cache.configure(zset_max_listpack_entries=128)
    check_value(session, b"z")
