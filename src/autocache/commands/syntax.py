"""From the syntax text of a declaration to the tree of arguments that COMMAND DOCS answers. Pure.

The grammar is that of Redis's documentation: lower-case words are values, capitals are literal, `[ ]` is
optional, `< >` groups, `|` separates alternatives, and `[x ...]` repeats: after an `x` it makes that
repeatable, alone it is an optional, repeatable argument. What the text cannot say (a value's type)
follows from its name, by the tables below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

WORD = re.compile(r"\[|\]|<|>|\||\.\.\.|[^\s\[\]<>|]+")
REPEAT = "..."
EMPTY = '""'  # an empty word that stands for itself

KEY_NAMES = frozenset({"key", "newkey", "source", "destination", "key1", "key2", "sourcekey", "destkey", "dstkey"})
INTEGER_NAMES = frozenset(
    """bit client-id columns count cursor databases db dbid decrement destination-db element-index end
    frequency index index1 index2 iterations len max-len maxlen milliseconds min-match-len minmatchlen numkeys
    numreplicas offset percentage port protover rank seconds start stop timeout ttl value-len width
    """.split()  # noqa: SIM905
)
UNIX_TIME_NAMES = frozenset(
    {"unix-time", "unix-time-seconds", "unix-time-milliseconds", "timestamp", "milliseconds-timestamp"}
)
DOUBLE_NAMES = frozenset({"score", "longitude", "latitude", "radius", "weight", "height", "min-score", "max-score"})
PATTERN_NAMES = frozenset({"pattern"})
# Values whose type depends on the command.
SPECIAL_TYPES = {
    ("incrby", "increment"): "integer",
    ("hincrby", "increment"): "integer",
    ("incrbyfloat", "increment"): "double",
    ("hincrbyfloat", "increment"): "double",
    ("zincrby", "increment"): "double",
    ("zcount", "min"): "double",
    ("zcount", "max"): "double",
    ("geosearch", "width"): "double",
    ("geosearchstore", "width"): "double",
}
CONDITIONS = frozenset({"NX", "XX", "GT", "LT", "IFEQ"})
EXPIRY_TOKENS = frozenset({"EX", "PX", "EXAT", "PXAT"})


@dataclass(frozen=True)
class Argument:
    """One argument: `type` as in COMMAND DOCS; `parts` of a oneof or a block."""

    name: str
    type: str
    token: str = ""
    optional: bool = False
    multiple: bool = False
    multiple_token: bool = False
    key_spec: int | None = None
    parts: tuple[Argument, ...] = ()

    @property
    def flags(self) -> list[str]:
        """The flags that are set, in Redis's order."""
        marks = (
            ("optional", self.optional),
            ("multiple", self.multiple),
            ("multiple_token", self.multiple_token),
        )
        return [name for name, on in marks if on]


@dataclass
class Node:
    """One item of a parsed sequence: a word, or a group with its alternatives (each a sequence)."""

    word: str = ""
    optional: bool = False
    alternatives: list[list[Node]] = field(default_factory=list)

    @property
    def is_token(self) -> bool:
        return self.word == EMPTY or (self.word.isupper() and self.word != REPEAT)


class SyntaxProblem(ValueError):
    """A declaration's syntax text cannot be read."""


@dataclass
class _Reader:
    """Turns words into nodes."""

    words: list[str]
    at: int = 0

    def sequence(self, closing: str) -> list[list[Node]]:
        alternatives: list[list[Node]] = [[]]
        while self.at < len(self.words):
            word = self.words[self.at]
            self.at += 1
            if word == closing:
                return alternatives
            if word in "[<":
                group = self.sequence("]" if word == "[" else ">")
                alternatives[-1].append(Node(optional=word == "[", alternatives=group))
            elif word == "|":
                alternatives.append([])
            elif word in "]>":
                raise SyntaxProblem(f"{word!r} closes nothing")
            else:
                alternatives[-1].append(Node(word))
        if closing:
            raise SyntaxProblem(f"{closing!r} is missing")
        return alternatives


@dataclass
class _Builder:
    """Turns nodes into arguments."""

    command: str
    key_specs: int
    keys_seen: int = 0

    def arguments(self, nodes: list[Node]) -> list[Argument]:
        """The arguments of a sequence: a token belongs to the value after it."""
        found: list[Argument] = []
        token = ""
        at = 0
        while at < len(nodes):
            node = nodes[at]
            following = nodes[at + 1] if at + 1 < len(nodes) else None
            span = self.repeated_span(nodes, at)
            if span:
                found.append(replace(self.repeated(nodes[at : at + span]), token=token or self.token_of(node, span)))
                token = ""
                at += span + 1
                continue
            if node.is_token and not token and following is not None and self.takes_token(following):
                token = node.word
            elif node.is_token and not token:
                found.append(Argument(node.word.strip('"').lower() or "empty_string", "pure-token", node.word))
            else:
                found.append(replace(self.argument(node), token=token) if token else self.argument(node))
                token = ""
            at += 1
        return found

    @staticmethod
    def takes_token(node: Node) -> bool:
        """Whether a token before this belongs to it: a value, or a group that must be there."""
        return not node.is_token and not node.optional

    @staticmethod
    def repeated_span(nodes: list[Node], at: int) -> int:
        """How many nodes from `at` the group after them repeats; 0 if none does."""
        for end in range(at + 1, len(nodes)):
            group = nodes[end]
            if not group.optional or len(group.alternatives) != 1 or not _repeats(group.alternatives[0]):
                continue
            content = group.alternatives[0][:-1]
            return end - at if content and nodes[at:end] == content else 0
        return 0

    @staticmethod
    def token_of(node: Node, span: int) -> str:
        return node.word if node.is_token and span > 1 else ""

    def repeated(self, nodes: list[Node]) -> Argument:
        """What is repeated: one argument, or a block."""
        with_token = nodes[0].is_token and len(nodes) > 1
        parts = self.arguments(nodes[1:] if with_token else nodes)
        return replace(self.one(parts), multiple=True, multiple_token=with_token)

    def one(self, parts: list[Argument]) -> Argument:
        """A sequence as one argument."""
        return parts[0] if len(parts) == 1 else Argument(_joined(parts), "block", parts=tuple(parts))

    def argument(self, node: Node) -> Argument:
        """A word or a group."""
        if node.word:
            return self.value(node.word)
        if len(node.alternatives) == 1:
            found = self.block(node.alternatives[0])
            if not node.optional and len(node.alternatives[0]) == 1:
                # Nobody groups a single word, but for a block of one argument that COMMAND DOCS has.
                found = Argument(found.name, "block", parts=(found,))
        else:
            found = self.oneof([self.block(sequence) for sequence in node.alternatives])
        return replace(found, optional=found.optional or node.optional)

    def block(self, nodes: list[Node]) -> Argument:
        """A sequence inside brackets: one that begins with a token and goes on is that token's block."""
        multiple = _repeats(nodes)
        nodes = nodes[:-1] if multiple else nodes
        leading = nodes[0].is_token and len(nodes) > 2 and self.takes_token(nodes[1])
        if leading and not (self.repeated_span(nodes, 0) or self.repeated_span(nodes, 1)):
            found = replace(self.one(self.arguments(nodes[1:])), token=nodes[0].word)
        else:
            found = self.one(self.arguments(nodes))
        return replace(found, multiple=True) if multiple else found

    @staticmethod
    def oneof(parts: list[Argument]) -> Argument:
        """A choice."""
        tokens = {part.token for part in parts}
        if tokens <= CONDITIONS:
            name = "condition"
        elif tokens & EXPIRY_TOKENS:
            name = "expiration"
        else:
            name = _joined(parts)
        return Argument(name, "oneof", parts=tuple(parts))

    def value(self, word: str) -> Argument:
        """A value; its type follows from its name."""
        name = word.strip('"')
        if name in KEY_NAMES and self.key_specs:
            spec = min(self.keys_seen, self.key_specs - 1)
            self.keys_seen += 1
            return Argument(name, "key", key_spec=spec)
        special = SPECIAL_TYPES.get((self.command, name))
        return Argument(name, special or type_of(name))


def _repeats(nodes: list[Node]) -> bool:
    return len(nodes) > 1 and nodes[-1].word == REPEAT


def _joined(parts: list[Argument]) -> str:
    return "_".join(part.name for part in parts)


def type_of(name: str) -> str:
    """The type of a value that is no key."""
    for names, kind in (
        (INTEGER_NAMES, "integer"),
        (UNIX_TIME_NAMES, "unix-time"),
        (DOUBLE_NAMES, "double"),
        (PATTERN_NAMES, "pattern"),
    ):
        if name in names:
            return kind
    return "string"


def parse_syntax(syntax: str, *, name: str, key_specs: int) -> tuple[Argument, ...]:
    """The arguments of a command: `name` as declared (`config|set`), `key_specs` the number of its key
    specifications.

    Raises SyntaxProblem (a mistake in a declaration) if brackets do not match.
    """
    words = WORD.findall(syntax)[2 if "|" in name else 1 :]
    alternatives = _Reader(words).sequence("")
    if len(alternatives) > 1:
        raise SyntaxProblem(f"{name}: a choice at the top needs brackets")
    return tuple(_Builder(name, key_specs).arguments(alternatives[0]))
