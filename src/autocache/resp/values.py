"""What a command written in Python can answer with beyond Python's own types.

`None` is the absent value, `bool` a boolean, `int` an integer, `float` a double, `str` and `bytes` a bulk string,
`list` and `tuple` an array, `dict` a map, `set` a set. The classes here name the other types of RESP.
"""

from __future__ import annotations

from dataclasses import dataclass


class Status(str):
    """A simple string such as OK."""

    __slots__ = ()


class ReplyError(Exception):
    """An error reply: raise it, or place it in an array. The text begins with its code."""


class Push(list[object]):
    """Out-of-band data; an array in RESP2."""


class NullArray:
    """The absent array, which RESP2 tells from the absent value."""


class Pairs(list[tuple[object, object]]):
    """A map given as pairs, whose keys need not be hashable."""


class Elements(list[object]):
    """A set given as a list, to keep its order."""


class BigNumber(int):
    """An integer of any size: its own type in RESP3, a bulk string in RESP2."""


@dataclass(frozen=True)
class Verbatim:
    """Text with a three-letter format; a bulk string in RESP2."""

    text: str | bytes
    form: str = "txt"


@dataclass(frozen=True)
class Attributed:
    """A value with attributes, which RESP2 leaves out."""

    attributes: Pairs
    value: object


class Raw(bytes):
    """A reply as it stands on the wire."""


class Several(list[object]):
    """Replies that follow each other, such as a push and the reply proper."""


class NoReply:
    """Nothing is answered now."""


OK = Status("OK")
NO_REPLY = NoReply()
NULL_ARRAY = NullArray()
