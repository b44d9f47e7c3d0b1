"""SORT on many elements against Python's own sort, and the memory that it gives back."""

import random

from autocache.commands.cache import Cache, LocalSession
from autocache.memory.alloc import usage


def bulks(reply: bytes) -> list[bytes]:
    """The elements of an array of short strings without line ends."""
    return reply.split(b"\r\n")[2::2]


def push(session: LocalSession, elements: list[bytes]) -> None:
    session.execute(b"DEL", b"l")
    session.execute(b"RPUSH", b"l", *elements)


def test_orders_are_those_of_python() -> None:
    """Any length, any part of the result: the heap of a few, the runs and the merges all meet."""
    rng = random.Random(7)
    session = Cache(seed=1).session()
    for count in [1, 2, 3, 11, 12, 13, 25, 26, 100, 1000, 5000]:
        elements = [b"%d" % rng.randrange(count * 2) for _ in range(count)]
        push(session, elements)
        numbers = sorted(elements, key=lambda text: (int(text), text))
        assert bulks(session.execute(b"SORT", b"l")) == numbers
        assert bulks(session.execute(b"SORT", b"l", b"ALPHA", b"DESC")) == sorted(elements, reverse=True)
        for _ in range(5):
            start, length = rng.randrange(count), rng.randrange(1, 1 + count // 8 if count > 8 else 2)
            part = session.execute(b"SORT", b"l", b"LIMIT", b"%d" % start, b"%d" % length)
            assert bulks(part) == numbers[start : start + length]


def test_nothing_is_left_behind() -> None:
    """Results, errors and results that are stored: all memory returns."""
    session = Cache(seed=1).session()
    push(session, [b"%d" % (number * 7919 % 1009) for number in range(1000)])
    session.execute(b"SET", b"w_1", b"x")
    commands = [
        [b"SORT", b"l", b"LIMIT", b"0", b"10"],
        [b"SORT", b"l", b"ALPHA", b"GET", b"#", b"GET", b"w_*"],
        [b"SORT", b"l", b"BY", b"w_*"],
        [b"SORT", b"l", b"BY", b"y" * 500 + b"*", b"GET", b"x" * 1000 + b"*"],
        [b"SORT", b"l", b"GET", b"#", b"BOGUS"],
        [b"SORT", b"l", b"STORE", b"d"],
        [b"SORT", b"l", b"LIMIT", b"5000", b"1", b"STORE", b"d"],
        [b"SORT", b"none", b"STORE", b"d"],
    ]
    for command in commands:
        session.execute(*command)
    before = usage()
    for _ in range(3):
        for command in commands:
            session.execute(*command)
    assert usage() == before
