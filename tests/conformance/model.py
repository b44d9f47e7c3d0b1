r"""What a conformance case is, and the small script language it is written in.

A case is a name and steps. Steps are lines of text, one command each, with redis-cli's quoting:

    SET k "a\x00b"            send on connection c1, read one reply
    c2> GET k                 the same on another connection (made when first used)
    c2! CLIENT REPLY OFF      send and read nothing
    c2<                       read one value that arrives by itself (a push, a parked reply)
    c2<eof                    the server must close the connection; what it sent before is compared
    @unordered KEYS *         compare through a normaliser (see normalise.py) instead of byte by byte
    @sleep 5                  wait that many milliseconds
    @close c2                 close a connection
    @scan MATCH a* COUNT 2    a whole SCAN from cursor 0; the sorted, distinct keys are compared
    # ...                     a comment

`{id:c2}`, `{addr:c2}` and `{laddr:c2}` stand for that connection's client id and its two addresses. Where
text is a burden (large or generated arguments) a step is a list of arguments; `Raw` sends bytes as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.wire import Argument, encode, to_bytes

_LINE = re.compile(r"(?:(?P<connection>c\d)(?P<mode>[>!<])\s*)?(?:@(?P<word>[\w:-]+)\s*)?(?P<rest>.*)", re.DOTALL)
_DIRECTIVES = frozenset({"sleep", "close", "scan"})
_ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "b": b"\b", "a": b"\a"}
ALL_PROTOCOLS = (2, 3)


@dataclass(frozen=True)
class Step:
    """One action on one connection: `action` is send, raw, read, eof, quiet, sleep, close or scan."""

    action: str
    connection: str = "c1"
    arguments: tuple[bytes, ...] = ()
    data: bytes = b""
    replies: int = 1
    normaliser: str = ""
    sleep_ms: float = 0

    def wire(self) -> bytes:
        """The bytes to send, before placeholders are filled in."""
        return self.data if self.action == "raw" else encode(self.arguments)

    def __str__(self) -> str:
        if self.action == "raw":
            shown = repr(self.data if len(self.data) < 160 else self.data[:80] + b"..." + self.data[-40:])
        elif self.action == "sleep":
            shown = f"@sleep {self.sleep_ms:g}"
        else:
            shown = " ".join(_shown(argument) for argument in self.arguments)
        prefix = f"@{self.normaliser} " if self.normaliser else ""
        return f"{self.connection} {self.action}> {prefix}{shown}"


def _shown(argument: bytes) -> str:
    text = repr(argument)[2:-1] if len(argument) <= 80 else f"{repr(argument[:40])[2:-1]}...({len(argument)} bytes)"
    return text if text and " " not in text else f'"{text}"'


@dataclass(frozen=True)
class Case:
    """A named list of steps. `hello` is off for cases about the first bytes of a connection."""

    id: str
    steps: tuple[Step, ...]
    protocols: tuple[int, ...] = ALL_PROTOCOLS
    hello: bool = True
    timeout_s: float = 5.0
    comparisons: dict[int, str] = field(default_factory=dict)


StepLike = str | Sequence[Argument] | Step


def Raw(  # noqa: N802 - reads as the constructor it is, next to lists and strings.
    data: bytes, replies: int = 1, connection: str = "c1", normaliser: str = "", eof: bool = False
) -> Step:
    """Bytes as they are; then `replies` replies are read, or everything until the server closes if `eof`."""
    return Step("raw", connection, data=data, replies=-1 if eof else replies, normaliser=normaliser)


class Group:
    """Collects one module's cases: `case = Group("strings")`, `case("set then get", ...)`, `CASES =
    case.cases`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.cases: list[Case] = []

    def __call__(
        self,
        name: str,
        *steps: StepLike,
        norm: str = "",
        protocols: tuple[int, ...] = ALL_PROTOCOLS,
        hello: bool = True,
        timeout_s: float = 5.0,
    ) -> None:
        """Add a case; `norm` applies to every step that names no normaliser of its own."""
        flat = tuple(step for item in steps for step in _steps_of(item))
        if norm:
            flat = tuple(_with_normaliser(step, norm) for step in flat)
        protocols = protocols if hello else (2,)
        self.cases.append(Case(f"{self.name}/{name}", flat, protocols, hello, timeout_s))

    def each(self, name: str, lines: str | Iterable[StepLike], before: str = "", after: str = "") -> None:
        """One case for each line (or list of arguments), between the same `before` and `after`."""
        items: list[StepLike] = []
        if isinstance(lines, str):
            items += [line.strip() for line in lines.splitlines() if line.strip() and line.strip()[0] != "#"]
        else:
            items += list(lines)
        for item in items:
            if isinstance(item, str):
                shown = item
            else:
                shown = " ".join(_shown(to_bytes(word)) for word in item)  # type: ignore[union-attr]
            self(f"{name}: {shown}", before, item, after)


def _with_normaliser(step: Step, name: str) -> Step:
    if step.normaliser or step.action in ("sleep", "close"):
        return step
    return Step(
        step.action,
        step.connection,
        step.arguments,
        step.data,
        step.replies,
        normaliser=name,
        sleep_ms=step.sleep_ms,
    )


def _steps_of(item: StepLike) -> list[Step]:
    if isinstance(item, Step):
        return [item]
    if isinstance(item, str):
        lines = (line.strip() for line in item.splitlines())
        return [_parse_line(line) for line in lines if line and not line.startswith("#")]
    return [Step("send", arguments=tuple(to_bytes(argument) for argument in item))]


def _parse_line(line: str) -> Step:
    match = _LINE.fullmatch(line)
    assert match, line
    connection, mode, word = match["connection"] or "c1", match["mode"] or ">", match["word"] or ""
    rest = match["rest"]
    if word in _DIRECTIVES:
        return _directive(word, connection, rest)
    if mode == "<":
        assert rest in ("", "eof"), line
        return Step("eof" if rest else "read", connection, normaliser=word)
    action = "send" if mode == ">" else "quiet"
    return Step(action, connection, tuple(split_arguments(rest)), normaliser=word)


def _directive(word: str, connection: str, rest: str) -> Step:
    if word == "sleep":
        return Step("sleep", sleep_ms=float(rest))
    if word == "close":
        return Step("close", rest)
    return Step("scan", connection, tuple(split_arguments(rest)))


def split_arguments(line: str) -> list[bytes]:
    """Split a line as redis-cli does: "double" quotes know escapes, 'single' quotes are literal."""
    arguments: list[bytes] = []
    position = 0
    while position < len(line):
        if line[position] == " ":
            position += 1
            continue
        word = b""
        while position < len(line) and line[position] != " ":
            quote = line[position]
            if quote in "\"'":
                part, position = _quoted(line, position + 1, quote)
                word += part
            else:
                word += quote.encode()
                position += 1
        arguments.append(word)
    return arguments


def _quoted(line: str, position: int, quote: str) -> tuple[bytes, int]:
    part = b""
    while line[position] != quote:
        if line[position] == "\\" and quote == '"':
            code = line[position + 1]
            if code == "x":
                part += bytes([int(line[position + 2 : position + 4], 16)])
                position += 4
            else:
                part += _ESCAPES.get(code, code.encode())
                position += 2
        else:
            part += line[position].encode()
            position += 1
    return part, position + 1


def command(*arguments: Argument, norm: str = "", connection: str = "c1") -> Step:
    """A command whose arguments are awkward as text, with a normaliser."""
    return Step("send", connection, tuple(to_bytes(argument) for argument in arguments), normaliser=norm)


def scan(*arguments: Argument, connection: str = "c1") -> Step:
    """A whole SCAN, as `@scan` does it."""
    return Step("scan", connection, tuple(to_bytes(argument) for argument in arguments))
