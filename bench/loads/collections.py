"""Resident bytes of collections: many small ones, and some with 10,000 elements each.

Of the small ones (a handful of fields or members) there are so many that the table of keys counts too; so they
are loaded at three sizes, as strings are (`bench.loads.memory`), and the figure is bytes per key. Of the large
ones there are as many as take some 100 MB, against which the noise of resident memory is nothing; the figure is
bytes per element.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle, repeat

from bench.errors import BenchError
from bench.loads.memory import ROUNDS, settled
from bench.model import Figure, Load, Sample, Start
from bench.servers import Server
from bench.wire import KEY, NUMBER, Connection, filled, keyed, numbered, scrambled

COMMAND_ELEMENTS_MAX = 100  # a large collection grows by commands of so many elements
BATCH_ELEMENTS = 2_000

Numbers = Callable[[int], tuple[int, ...]]
"""From the running number of an element to the numbers in its arguments."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a collection: how it is written and counted.

    `arguments` make one element (or `together` of them), and hold a number for each of those that `numbers` makes
    of the element's running number. `touch` is like `write`, for single elements that are there already, and
    changes nothing.
    """

    noun: str
    elements: int
    write: bytes
    size: bytes
    arguments: tuple[bytes, ...]
    numbers: Numbers
    together: int = 1
    touch: bytes = b""

    def rows(self, keys: int, at_once: int) -> Iterator[tuple[int, ...]]:
        """The numbers of each command that writes `at_once` elements: its key, then those of its elements."""
        for key in range(keys):
            for first in range(key * self.elements, (key + 1) * self.elements, at_once):
                row = [key]
                for number in range(first, first + at_once, self.together):
                    row += self.numbers(number)
                yield tuple(row)

    def commands(
        self, keys: int, command: bytes, at_once: int, replies: Iterator[bytes]
    ) -> Iterator[tuple[bytes, bytes]]:
        """Batches for `Connection.pipeline` that name each element of each key once, `at_once` of them a command."""
        template = keyed(command, KEY, *self.arguments * (at_once // self.together))
        return filled(template, self.rows(keys, at_once), replies, BATCH_ELEMENTS // at_once)

    def written(self, at_once: int) -> Iterator[bytes]:
        """The replies to writing: how many elements were new, or for a list how long it has become."""
        if self.write != b"RPUSH":
            return repeat(b":%d\r\n" % at_once)
        return cycle([b":%d\r\n" % length for length in range(at_once, self.elements + 1, at_once)])


def digits(found: re.Match[bytes]) -> bytes:
    """How a number is shown to a reader: an N for each of its digits."""
    return b"N" * int(found[1])


def field(number: int) -> tuple[int, ...]:
    """The numbers of a field and its value; values differ, fields recur in every key."""
    return number % LARGE_ELEMENTS, scrambled(number, 10**10)


def small_field(number: int) -> tuple[int, ...]:
    """As `field`, for a small hash."""
    return number % HASH_FIELDS, scrambled(number, 10**10)


def members(number: int) -> tuple[int, ...]:
    """The numbers of this member and the next: a whole score, a fractional one. `scrambled` is one to one, so the
    members of a key differ.
    """
    other = number + 1
    return (
        scrambled(number, 999_983),
        scrambled(number, 10**6),
        scrambled(other, 9_973),
        scrambled(other, 997),
        scrambled(other, 10**6),
    )


def item(number: int) -> tuple[int, ...]:
    """The number of a list's item."""
    return (scrambled(number, 10**5),)


HASH_FIELDS = 5
ZSET_MEMBERS = 10
LARGE_ELEMENTS = 10_000
HASH = Shape("field", HASH_FIELDS, b"HSET", b"HLEN", (b"field:%04d", b"%010d"), small_field, touch=b"HSETNX")
ZSET = Shape(
    "member",
    ZSET_MEMBERS,
    b"ZADD",
    b"ZCARD",
    (b"%06d", b"member:%06d", b"%04d.%03d", b"member:%06d"),
    members,
    together=2,
    touch=b"ZADD",
)
LIST = Shape("item", LARGE_ELEMENTS, b"RPUSH", b"LLEN", (b"item:%05d",), item)
LARGE_HASH = replace(HASH, elements=LARGE_ELEMENTS, numbers=field)
LARGE_ZSET = replace(ZSET, elements=LARGE_ELEMENTS)


@dataclass(frozen=True, kw_only=True)
class Collections(Load):
    """Keys of one shape, at one or several sizes of the keyspace; `per` is what the bytes are divided by."""

    shape: Shape
    sizes: tuple[int, ...]
    per: int

    @classmethod
    def small(cls, name: str, title: str, shape: Shape, sizes: tuple[int, ...], target: float) -> "Collections":
        """Small collections: bytes per key; the target holds for the median of the ratios at the sizes."""
        each = [Figure(f"{size}", f"{size:,} keys", "B/key") for size in sizes]
        both = Figure("all sizes", "bytes per key (median)", "B", "lower", target, tuple(map(str, sizes)))
        figures = (*each, both)
        return cls(name=name, title=f"memory: {title}", rounds=ROUNDS, figures=figures, shape=shape, sizes=sizes, per=1)

    @classmethod
    def large(cls, name: str, title: str, shape: Shape, keys: int, target: float) -> "Collections":
        """Large collections: bytes per element."""
        figure = Figure(f"{keys}", f"bytes per {shape.noun}", "B", "lower", target)
        title, per = f"memory: {title}", shape.elements
        return cls(name=name, title=title, rounds=ROUNDS, figures=(figure,), shape=shape, sizes=(keys,), per=per)

    @property
    def how(self) -> str:
        shown = " ".join(NUMBER.sub(digits, argument).decode() for argument in self.shape.arguments)
        what = "keys" if self.per == 1 else f"{self.shape.noun}s of {self.sizes[0]} keys"
        return f"(resident bytes after loading - before) / {what}; each {self.shape.write.decode()} key {shown} ..."

    def measure(self, start: Start) -> Sample:
        taken: Sample = {}
        for keys in self.sizes:
            with start() as server:
                taken[f"{keys}"] = bytes_per_key(server, self.shape, keys) / self.per
        return taken


def bytes_per_key(server: Server, shape: Shape, keys: int) -> float:
    """Load a fresh server with so many keys, and divide what it grew by."""
    before = settled(server)
    with server.connect() as connection:
        load(connection, shape, keys)
    return (settled(server) - before) / keys


def load(connection: Connection, shape: Shape, keys: int) -> None:
    """Write the keys, touch each element once, then count the elements of each key and the keys.

    As with strings, touching lets a server that moves its tables in steps finish doing so.
    """
    at_once = min(shape.elements, COMMAND_ELEMENTS_MAX)
    connection.pipeline(shape.commands(keys, shape.write, at_once, shape.written(at_once)))
    if shape.touch and shape.elements > COMMAND_ELEMENTS_MAX:
        connection.pipeline(shape.commands(keys, shape.touch, shape.together, repeat(b":0\r\n")))
    connection.pipeline(numbered(keyed(shape.size, KEY), range(keys), b":%d\r\n" % shape.elements))
    if (size := connection.call(b"DBSIZE")) != b":%d" % keys:
        raise BenchError(f"a server counts {size.decode()} keys after {keys} were written")
