"""The kinds of value a parameter can have: how words become a value and a value becomes text again.

A kind is pure: words in, value out, or `RefusedError` with the text redis-server 7.0 answers, so that one
sentence serves CONFIG SET, the config file, the environment and the flags. The simple kinds are here, those
with a grammar of their own in `special_kinds`. Nothing here knows a parameter's name.
"""
# ruff: noqa: ARG002 - few kinds need all the arguments that Kind passes

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1
UINT32_MAX = 2**32 - 1
UINT64_MAX = 2**64 - 1

MEMORY_UNITS = {
    "": 1, "b": 1, "k": 1000, "kb": 1024, "m": 1000**2, "mb": 1024**2, "g": 1000**3, "gb": 1024**3,
}  # fmt: skip

_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_MEMORY = re.compile(r"([0-9]*)([a-z]*)", re.IGNORECASE)
_QUOTE_NEEDED = re.compile(r"[\s\"'\\#]|[^\x21-\x7e]")
_ESCAPES = {0x07: "\\a", 0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\"}


class RefusedError(ValueError):
    """A value that a kind does not allow; the text says what is allowed."""


class UnavailableError(RefusedError):
    """A value that is right, but needs a capability which this version does not have; the text says which."""


def quote(text: str) -> str:
    """`text` as one word of a config file: bare where it can be, else in double quotes with escapes."""
    if text and not _QUOTE_NEEDED.search(text):
        return text
    raw = text.encode("utf-8", "surrogateescape")
    return '"' + "".join(_ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in raw) + '"'


def parse_integer(text: str) -> int:
    """A 64-bit integer in its one canonical spelling: no plus sign, no leading zero, no blanks."""
    if not _INTEGER.fullmatch(text) or not -INT64_MAX - 1 <= int(text) <= INT64_MAX:
        raise RefusedError("argument couldn't be parsed into an integer")
    return int(text)


def parse_bytes(text: str) -> int | None:
    """Bytes from `100`, `1k` (1000), `1kb` (1024), ..., capped at 2**64 - 1; None if it is not such a value.

    No digits at all mean 0, as in redis-server: `maxmemory ""` switches the bound off.
    """
    match = _MEMORY.fullmatch(text)
    unit = MEMORY_UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        return None
    return min(int(match[1] or "0") * unit, UINT64_MAX)


def format_bytes(value: int) -> str:
    """The shortest exact spelling of a byte count, for the config file: `1gb`, `100mb`, `1500`."""
    for unit in ("gb", "mb", "kb"):
        if value and value % MEMORY_UNITS[unit] == 0:
            return f"{value // MEMORY_UNITS[unit]}{unit}"
    return str(value)


class Kind(Generic[T]):
    """What all kinds share. One with a single word overrides `parse_word`, `render` and `allowed`."""

    #: A value is several words, so that a line of the config file and a flag take more than one argument.
    multi = False
    #: Several lines of one file add up instead of replacing each other.
    cumulative = False

    def parse(self, words: Sequence[str], current: T) -> T:
        """The value `words` stand for; `current` matters only to kinds that change a part of it."""
        if len(words) != 1:
            raise RefusedError("wrong number of arguments")
        return self.parse_word(words[0])

    def parse_word(self, word: str) -> T:
        """The value of one word."""
        raise NotImplementedError

    def render(self, value: T) -> str:
        """The text CONFIG GET shows."""
        return str(value)

    def file_lines(self, value: T) -> list[str]:
        """What follows the name in a config file, one entry per line."""
        return [quote(self.render(value))]

    def allowed(self) -> str:
        """What a user may write, for help and error texts."""
        raise NotImplementedError

    def split(self, text: str) -> list[str]:
        """A text of CONFIG SET, a flag or a variable as words, split at single spaces as in Redis."""
        if not self.multi:
            return [text]
        return text.split(" ") if text else []


@dataclass(frozen=True)
class Bool(Kind[bool]):
    """`yes` or `no`. Flags and the environment also say true and false, see `flags.as_yes_or_no`."""

    def parse_word(self, word: str) -> bool:
        if word.lower() not in ("yes", "no"):
            raise RefusedError("argument must be 'yes' or 'no'")
        return word.lower() == "yes"

    def render(self, value: bool) -> str:
        return "yes" if value else "no"

    def allowed(self) -> str:
        return "yes|no"


def _check_bounds(value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise RefusedError(f"argument must be between {low} and {high} inclusive")


@dataclass(frozen=True)
class Int(Kind[int]):
    """An integer in bounds. `clamp` narrows it silently where redis-server does (`hz 1000` is 500)."""

    low: int = 0
    high: int = INT32_MAX
    clamp: tuple[int, int] | None = None

    def parse_word(self, word: str) -> int:
        value = parse_integer(word)
        _check_bounds(value, self.low, self.high)
        return min(max(value, self.clamp[0]), self.clamp[1]) if self.clamp else value

    def allowed(self) -> str:
        # The bound of the integer's own type tells a reader nothing.
        widest = self.high in (INT32_MAX, INT64_MAX, UINT32_MAX)
        return f"an integer from {self.low}" + ("" if widest else f" to {self.high}")


@dataclass(frozen=True)
class Octal(Kind[int]):
    """File mode bits, written and shown in octal."""

    high: int = 0o777

    def parse_word(self, word: str) -> int:
        if not re.fullmatch("[0-7]+", word):
            raise RefusedError("argument couldn't be parsed as an octal number")
        if int(word, 8) > self.high:
            raise RefusedError(f"argument must be between 0 and {self.high:o} inclusive")
        return int(word, 8)

    def render(self, value: int) -> str:
        return f"{value:o}"

    def allowed(self) -> str:
        return f"an octal number up to {self.high:o}"


@dataclass(frozen=True)
class Memory(Kind[int]):
    """A number of bytes, with or without a unit. The value is always in bytes."""

    low: int = 0
    high: int = INT64_MAX
    clamp_low: int = 0

    def parse_word(self, word: str) -> int:
        value = parse_bytes(word)
        if value is None:
            raise RefusedError("argument must be a memory value")
        _check_bounds(value, self.low, self.high)
        return max(value, self.clamp_low)

    def file_lines(self, value: int) -> list[str]:
        return [format_bytes(value)]

    def allowed(self) -> str:
        return "bytes, or a number with k, kb, m, mb, g or gb" + (f", at least {self.low}" if self.low else "")


@dataclass(frozen=True)
class Enum(Kind[str]):
    """One of a few names, in any case; kept in lower case."""

    names: tuple[str, ...]

    def parse_word(self, word: str) -> str:
        if word.lower() not in self.names:
            raise RefusedError("argument(s) must be one of the following: " + ", ".join(self.names))
        return word.lower()

    def allowed(self) -> str:
        return "|".join(self.names)


@dataclass(frozen=True)
class Text(Kind[str]):
    """Any text; `what` says what it means to the user (a path, a password, ...)."""

    what: str = "text"

    def parse_word(self, word: str) -> str:
        return word

    def file_lines(self, value: str) -> list[str]:
        return [quote(value)]

    def allowed(self) -> str:
        return self.what
