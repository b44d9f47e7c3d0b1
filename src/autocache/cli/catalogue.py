"""What the server says of its commands: names, subcommands, syntax, help. Pure: replies in, text out.

The source is the server's own `COMMAND DOCS`, so that a new command has completion, hints and help the moment
its declaration exists; a server that has only `COMMAND` gives names. Nothing here may fail on an odd reply:
what is not understood is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from autocache.resp.client import Attributed, MapReply, Reply, SetReply, Status


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command: its text in the syntax, and what hints need to know of it.

    `tokens` are the upper-case words that announce it (none: it is positional), `words` how many words it
    takes.
    """

    text: str
    tokens: frozenset[str] = frozenset()
    words: int = 1
    optional: bool = False
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """One command or subcommand: `name` in upper case, `CONFIG SET` for a subcommand."""

    name: str
    summary: str = ""
    since: str = ""
    group: str = ""
    arguments: tuple[Argument, ...] = ()

    @property
    def syntax(self) -> str:
        """The arguments as the documentation writes them: `key [NX|XX]`."""
        return " ".join(argument.text for argument in self.arguments)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All commands of a server, by name. Empty when the server does not tell."""

    entries: dict[str, CommandEntry] = field(default_factory=dict)

    @classmethod
    def from_docs(cls, reply: Reply) -> "Catalogue":
        """Read a reply of COMMAND DOCS, RESP2 or RESP3."""
        found = (entry for name, doc in _pairs(reply) for entry in _entries(_text(name), doc))
        return cls(dict(sorted((entry.name, entry) for entry in found)))

    @classmethod
    def from_names(cls, reply: Reply) -> "Catalogue":
        """Read a reply of COMMAND: names alone, those of subcommands too."""
        names = sorted(_names(reply))
        return cls({name: CommandEntry(name) for name in names})

    def find(self, words: Sequence[str]) -> CommandEntry | None:
        """Return the command that a line begins with, the subcommand if it names one."""
        return self.entries.get(" ".join(words[:2]).upper()) or self.entries.get(" ".join(words[:1]).upper())

    def groups(self) -> list[str]:
        """Return the names of all groups, sorted."""
        return sorted({entry.group for entry in self.entries.values() if entry.group})

    def help(self, words: Sequence[str]) -> bytes:
        """Return the help for a command, a container with its subcommands, or a group (`@string`)."""
        if words and words[0].startswith("@"):
            group = words[0][1:].lower()
            chosen = [_help(entry, group=False) for entry in self.entries.values() if entry.group == group]
        else:
            wanted = [word.upper() for word in words]
            named = (entry for entry in self.entries.values() if entry.name.split(" ")[: len(wanted)] == wanted)
            chosen = [_help(entry, group=True) for entry in named]
        return ("".join(chosen) + "\r\n").encode("utf-8", "surrogateescape")


def _help(entry: CommandEntry, *, group: bool) -> str:
    lines = ["", f"  \x1b[1m{entry.name}\x1b[0m \x1b[90m{entry.syntax}\x1b[0m"]
    fields = [("summary", entry.summary), ("since", entry.since)] + ([("group", entry.group)] if group else [])
    lines += [f"  \x1b[33m{label}:\x1b[0m {value}" for label, value in fields]
    return "\r\n".join(lines) + "\r\n"


def _entries(name: str, doc: Reply) -> Iterator[CommandEntry]:
    fields = {_text(key): value for key, value in _pairs(doc)}
    yield CommandEntry(
        name.replace("|", " ").upper(),
        _text(fields.get("summary")),
        _text(fields.get("since")),
        _text(fields.get("group")),
        tuple(_argument(item) for item in _items(fields.get("arguments"))),
    )
    for subcommand, subdoc in _pairs(fields.get("subcommands")):
        yield from _entries(_text(subcommand), subdoc)


def _argument(doc: Reply) -> Argument:
    """Read one argument, as the documentation's generator writes it: `[EX seconds|PX milliseconds]`."""
    fields = {_text(key): value for key, value in _pairs(doc)}
    kind, token = _text(fields.get("type")), _text(fields.get("token"))
    if "token" in fields:
        token = token or '""'  # an empty word is typed so (MIGRATE's key, when there are several)
    flags = {_text(flag) for flag in _items(fields.get("flags"))}
    parts = [_argument(part) for part in _items(fields.get("arguments"))]
    text = _bare_text(kind, _text(fields.get("display_text")) or _text(fields.get("name")), parts)
    if "multiple" in flags:
        text = f"{text} [{token + ' ' if 'multiple_token' in flags else ''}{text} ...]"
    if token:
        text = f"{token} {text}".rstrip()
    return Argument(
        f"[{text}]" if "optional" in flags else text,
        _tokens(kind, token, parts),
        _word_count(kind, token, parts),
        "optional" in flags,
        "multiple" in flags,
    )


def _bare_text(kind: str, name: str, parts: Sequence[Argument]) -> str:
    if kind == "oneof":
        return "|".join(part.text for part in parts)
    if kind == "block":
        return " ".join(part.text for part in parts)
    return "" if kind == "pure-token" else name


def _tokens(kind: str, token: str, parts: Sequence[Argument]) -> frozenset[str]:
    if token:
        return frozenset({token.upper()})
    if kind == "oneof":
        return frozenset().union(*(part.tokens for part in parts))
    return parts[0].tokens if kind == "block" and parts else frozenset()


def _word_count(kind: str, token: str, parts: Sequence[Argument]) -> int:
    own = 1 if token else 0
    if kind == "pure-token":
        return 1
    if kind == "oneof":
        return own + max((part.words for part in parts), default=1)
    return own + (sum(part.words for part in parts if not part.optional) if kind == "block" else 1)


def _names(reply: Reply) -> Iterator[str]:
    """Yield names of a COMMAND reply: each command is an array, its name first, its subcommands tenth."""
    for command in _items(reply):
        parts = _items(command)
        if parts and _text(parts[0]):
            yield _text(parts[0]).replace("|", " ").upper()
        if len(parts) > 9:
            yield from _names(parts[9])


def _pairs(reply: Reply) -> "list[tuple[Reply, Reply]]":
    """Return the pairs of a map, which RESP2 flattens into an array."""
    if isinstance(reply, Attributed):
        reply = reply.value
    if isinstance(reply, MapReply):
        return reply.pairs
    items = _items(reply)
    return list(zip(items[::2], items[1::2], strict=False))


def _items(reply: Reply) -> "list[Reply]":
    if isinstance(reply, list):
        return reply
    return reply.items if isinstance(reply, SetReply) else []


def _text(reply: Reply) -> str:
    data = reply.text if isinstance(reply, Status) else reply
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
