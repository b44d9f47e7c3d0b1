"""The kinds of value with a grammar of their own: `save`, `bind`, `client-output-buffer-limit` and their
like.

Same contract as `kinds`: pure, words in, value out, `RefusedError` with redis-server's text. Values are
tuples, so that a value handed out by `Config` cannot be changed behind its back.
"""
# ruff: noqa: ARG002 - few kinds need all the arguments that Kind passes

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from autocache.app.kinds import (
    INT64_MAX,
    Enum,
    Kind,
    RefusedError,
    Text,
    format_bytes,
    parse_bytes,
    parse_integer,
    quote,
)

BIND_ADDRESSES_MAX = 16
PORT_MAX = 65535
NODE_ID_CHARS = 40


class Words(Kind[tuple[str, ...]]):
    """Base of the kinds whose value is a list of words; a single empty word means the empty list."""

    multi = True

    def parse(self, words: Sequence[str], current: tuple[str, ...]) -> tuple[str, ...]:
        return self.parse_words(() if list(words) == [""] else tuple(words))

    def parse_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The checked words."""
        return words

    def render(self, value: tuple[str, ...]) -> str:
        return " ".join(value)

    def file_lines(self, value: tuple[str, ...]) -> list[str]:
        return [" ".join(map(quote, value)) or '""']


class Addresses(Words):
    """Addresses to listen on; a leading `-` marks one whose absence is no error."""

    def parse_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        if len(words) > BIND_ADDRESSES_MAX:
            raise RefusedError("Too many bind addresses specified.")
        return words

    def allowed(self) -> str:
        return f"up to {BIND_ADDRESSES_MAX} addresses; '*' is every IPv4, '-::*' every IPv6 address"


class Replication(Words):
    """`replicaof HOST PORT`, or `no one` for none."""

    def parse_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        if not words or tuple(word.lower() for word in words) == ("no", "one"):
            return ()
        if len(words) != 2:
            raise RefusedError("wrong number of arguments")
        if not words[1].isdecimal() or int(words[1]) > PORT_MAX:
            raise RefusedError("Invalid master port")
        return words

    def allowed(self) -> str:
        return "HOST PORT, or 'no one'"


class SavePoints(Kind[tuple[tuple[int, int], ...]]):
    """Pairs (seconds, changes): a snapshot is due after so many seconds if so many keys changed."""

    multi = True
    cumulative = True

    def parse(self, words: Sequence[str], current: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        if list(words) in ([], [""]):
            return ()
        if len(words) % 2 or not all(re.fullmatch("[0-9]+", word) for word in words):
            raise RefusedError("Invalid save parameters")
        numbers = [int(word) for word in words]
        pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        if any(seconds < 1 for seconds, _ in pairs):
            raise RefusedError("Invalid save parameters")
        return pairs

    def render(self, value: tuple[tuple[int, int], ...]) -> str:
        return " ".join(f"{seconds} {changes}" for seconds, changes in value)

    def file_lines(self, value: tuple[tuple[int, int], ...]) -> list[str]:
        return [f"{seconds} {changes}" for seconds, changes in value] or ['""']

    def allowed(self) -> str:
        return 'pairs of seconds and changes, or ""'


@dataclass(frozen=True)
class OutputLimit:
    """Bounds of one client class's output buffer: at once, and for how long; 0 is no bound."""

    client_class: str
    hard_bytes: int
    soft_bytes: int
    soft_seconds: int


class OutputLimits(Kind[tuple[OutputLimit, ...]]):
    """One limit for each client class, in a fixed order. Words name only the classes they change."""

    multi = True

    def parse(self, words: Sequence[str], current: tuple[OutputLimit, ...]) -> tuple[OutputLimit, ...]:
        words = [] if list(words) == [""] else list(words)
        if len(words) % 4:
            raise RefusedError("Wrong number of arguments in buffer limit configuration.")
        limits = {limit.client_class: limit for limit in current}
        for at in range(0, len(words), 4):
            limit = self._parse_limit(words[at : at + 4], limits)
            limits[limit.client_class] = limit
        return tuple(limits.values())

    @staticmethod
    def _parse_limit(words: Sequence[str], known: dict[str, OutputLimit]) -> OutputLimit:
        name = words[0].lower()
        # CONFIG GET keeps saying "slave" for the clients of 7.0 that parse it.
        name = "slave" if name == "replica" else name
        if name not in known:
            raise RefusedError("Invalid client class specified in buffer limit configuration.")
        hard, soft = parse_bytes(words[1]), parse_bytes(words[2])
        if hard is None or soft is None or not words[3].isdecimal():
            raise RefusedError("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
        return OutputLimit(name, hard, soft, int(words[3]))

    def render(self, value: tuple[OutputLimit, ...]) -> str:
        return " ".join(f"{v.client_class} {v.hard_bytes} {v.soft_bytes} {v.soft_seconds}" for v in value)

    def file_lines(self, value: tuple[OutputLimit, ...]) -> list[str]:
        return [
            f"{'replica' if v.client_class == 'slave' else v.client_class}"
            f" {format_bytes(v.hard_bytes)} {format_bytes(v.soft_bytes)} {v.soft_seconds}"
            for v in value
        ]

    def allowed(self) -> str:
        return "CLASS HARD SOFT SECONDS, CLASS one of normal, replica, pubsub"


class KeyspaceEvents(Kind[str]):
    """The event classes of keyspace notifications, a letter for each; shown with `A` for the whole alphabet."""

    #: All that `A` stands for, in the order CONFIG GET shows them.
    EACH = "g$lshzxetd"
    #: Shown after them; neither `m` (key miss) nor `n` (new key) is part of `A`.
    REST = "nKEm"

    def parse_word(self, word: str) -> str:
        given = set(word)
        if given - set(self.EACH + self.REST + "A"):
            raise RefusedError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
        if "A" in given:
            given |= set(self.EACH)
        return "".join(c for c in self.EACH + self.REST if c in given)

    def render(self, value: str) -> str:
        """As CONFIG GET shows it: next to `A`, redis-server 7.0 hides `n`, which is in force all the same."""
        if set(value) >= set(self.EACH):
            return "A" + "".join(c for c in "KEm" if c in value)
        return value

    def allowed(self) -> str:
        return "letters of Ag$lshzxeKEtmdn"


class Percentiles(Kind[tuple[float, ...]]):
    """Percentiles between 0 and 100."""

    multi = True

    def parse(self, words: Sequence[str], current: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(map(self._parse_one, [] if list(words) == [""] else words))

    @staticmethod
    def _parse_one(word: str) -> float:
        try:
            value = float(word) if "_" not in word and word.strip() == word else math.nan
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise RefusedError("Invalid latency-tracking-info-percentiles parameters")
        if not 0.0 <= value <= 100.0:
            raise RefusedError("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
        return value

    def render(self, value: tuple[float, ...]) -> str:
        return " ".join(f"{v:f}".rstrip("0").rstrip(".") for v in value)

    def file_lines(self, value: tuple[float, ...]) -> list[str]:
        return [self.render(value) or '""']

    def allowed(self) -> str:
        return "numbers from 0 to 100"


class MemoryOrPercent(Kind[int]):
    """Bytes, or a percentage of `maxmemory`, kept as a negative number."""

    def parse_word(self, word: str) -> int:
        if word.endswith("%"):
            return -self._parse_percent(word[:-1])
        value = parse_bytes(word)
        # From 2**63 on redis-server takes a byte count for a percentage; such a value means nothing, so
        # refuse it.
        if value is None or value > INT64_MAX:
            raise RefusedError("argument must be a memory or percent value")
        return value

    @staticmethod
    def _parse_percent(digits: str) -> int:
        try:
            percent = parse_integer(digits)
        except RefusedError:
            percent = -1
        if percent < 0:
            raise RefusedError("argument must be a memory or percent value")
        if percent > 100:
            raise RefusedError("percentage argument must be less or equal to 100")
        return percent

    def render(self, value: int) -> str:
        return f"{-value}%" if value < 0 else str(value)

    def file_lines(self, value: int) -> list[str]:
        return [self.render(value) if value < 0 else format_bytes(value)]

    def allowed(self) -> str:
        return "bytes (with or without a unit), or a percentage of maxmemory such as 5%"


class OomScores(Kind[tuple[int, ...]]):
    """Three adjustments of the kernel's out-of-memory score: primary, replica, background child."""

    multi = True

    def parse(self, words: Sequence[str], current: tuple[int, ...]) -> tuple[int, ...]:
        if len(words) != 3:
            raise RefusedError("wrong number of arguments")
        if not all(re.fullmatch("-?[0-9]{1,5}", word) and abs(int(word)) <= 2000 for word in words):
            raise RefusedError("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
        return tuple(map(int, words))

    def render(self, value: tuple[int, ...]) -> str:
        return " ".join(map(str, value))

    def file_lines(self, value: tuple[int, ...]) -> list[str]:
        return [self.render(value)]

    def allowed(self) -> str:
        return "three integers from -2000 to 2000"


class ShutdownOptions(Words):
    """How a signal ends the server; the empty tuple is `default`."""

    NAMES = ("save", "nosave", "now", "force")

    def parse_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        given = {Enum(("default", *self.NAMES)).parse_word(word) for word in words or ("",)}
        if {"save", "nosave"} <= given:
            raise RefusedError("shutdown options SAVE and NOSAVE can't be used simultaneously")
        return tuple(name for name in self.NAMES if name in given)

    def render(self, value: tuple[str, ...]) -> str:
        return " ".join(value) or "default"

    def file_lines(self, value: tuple[str, ...]) -> list[str]:
        return [self.render(value)]

    def allowed(self) -> str:
        return "default, or some of " + ", ".join(self.NAMES)


class TitleTemplate(Text):
    """The process title with `{variables}`."""

    VARIABLES = ("title", "listen-addr", "server-mode", "port", "tls-port", "config-file", "unixsocket")

    def parse_word(self, word: str) -> str:
        # Only an opening brace followed by a letter starts a variable: redis-server lets "{{" and "}" stand.
        names = re.findall(r"\{(?!\{)([^}]*)(\}?)", word)
        known = all(end and name in self.VARIABLES for name, end in names if name or end)
        if not word or not known:
            raise RefusedError("template format is invalid or contains unknown variables")
        return word

    def allowed(self) -> str:
        return "text with any of " + " ".join(f"{{{name}}}" for name in self.VARIABLES)


class Hostname(Text):
    """A host name, or nothing."""

    def parse_word(self, word: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9.-]*", word):
            raise RefusedError("Hostnames may only contain alphanumeric characters, hyphens or dots")
        return word


class Directory(Kind[str]):
    """A directory, kept as an absolute path, so that a later change of directory cannot move it."""

    def parse_word(self, word: str) -> str:
        if not word:
            raise RefusedError("argument must be the path of a directory")
        # Not `resolve`: a symbolic link may be moved on purpose while the server runs.
        return os.path.abspath(word)

    def allowed(self) -> str:
        return "the path of a directory"


class NodeId(Kind[str]):
    """The 40 hexadecimal digits that name a node, or nothing: then one is generated."""

    def parse_word(self, word: str) -> str:
        if word and not re.fullmatch(f"[0-9a-f]{{{NODE_ID_CHARS}}}", word.lower()):
            raise RefusedError(f"argument must be {NODE_ID_CHARS} hexadecimal digits")
        return word.lower()

    def allowed(self) -> str:
        return f'{NODE_ID_CHARS} hexadecimal digits, or "" to have one generated'


class ListenAddress(Kind[str]):
    """`HOST:PORT` or `:PORT`, or nothing for "off"."""

    def parse_word(self, word: str) -> str:
        if word:
            split_address(word)
        return word

    def allowed(self) -> str:
        return 'HOST:PORT, [IPV6]:PORT, :PORT for every address, or "" for none'


def split_address(text: str) -> tuple[str, int]:
    """`127.0.0.1:7000`, `[::1]:7000` or `:6379` as (host, port); the host is "" for every address."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^:\s\[\]]*)):([0-9]{1,5})", text)
    if match is None or int(match[3]) > PORT_MAX:
        hint = f"; did you mean ':{text}'?" if text.isdecimal() else ""
        raise RefusedError(f"address must be HOST:PORT, [IPV6]:PORT or :PORT, PORT at most {PORT_MAX}{hint}")
    return match[1] or ("" if match[2] == "*" else match[2]) or "", int(match[3])
