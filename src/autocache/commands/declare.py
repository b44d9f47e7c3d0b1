"""What a command is: its declaration, made once, right above the function that runs it.

COMMAND, the checks before a command runs, the ACL categories, the command-line's hints, `docs/commands.md` and (later)
cluster routing and replication all read these declarations; there is no second table. The list is filled while the
command modules are imported and only read from then on.

A declaration's `syntax` is the command's name in capitals and its arguments as Redis's documentation writes them:
`SET key value [NX | XX] [GET] [EX seconds | PX milliseconds]`. Words in lower case are values, words in capitals are
literal, `[ ]` is optional, `|` is a choice and `...` repeats what is before it.

A declaration's `keys` says where the keys are: entries `flags@place`, separated by commas. The flags are those of a key
specification (KEY_FLAGS), the place is one of

    1               the word at index 1 (the command's name is at 0)
    1..2            the words from 1 to 2; `1..-1` up to the last one, `1..-2` up to the one before that
    1..-1/2         every second word of those
    2:n             the number of keys stands at 2, the keys follow it (ZUNION, EVAL)
    STORE+6         the word after the first `STORE`, which is looked for from index 6; no keys if it is not there
    STREAMS+1..-1/1/2   the words after `STREAMS` up to the last one, of which only one half are keys (1/2; the
                    number before it is the step)
    KEYS-2..-1      the words after `KEYS`, which is looked for backwards from the last word but one
    ?               where one cannot tell from the words' positions (SORT's STORE)

`RO access@1, RO access@?, OW update@?` is SORT's. COMMAND INFO's first key, last key, step and the flag `movablekeys`
follow from this. Where `keys` cannot say all of it (a `?` that parsing the options finds, or the flags `incomplete` and
`variable_flags`), `finder` names the C function of keypos.pyx that knows. `key_notes` is one note for all entries, or a
tuple with one for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# The flags of COMMAND INFO, in redis-server's order. The value of a flag is one bit, which the compiled side reads.
FLAGS = (
    "write",
    "readonly",
    "denyoom",
    "module",
    "admin",
    "pubsub",
    "noscript",
    "blocking",
    "loading",
    "stale",
    "skip_monitor",
    "skip_slowlog",
    "asking",
    "fast",
    "no_auth",
    "may_replicate",
    "no_async_loading",
    "no_multi",
    "movablekeys",
    "allow_busy",
)
FLAG_BITS = {name: 1 << bit for bit, name in enumerate(FLAGS)}

# What only our own pipeline wants to know; COMMAND does not show these.
INTERNAL_BITS = {
    "no_queue": 1 << 24,
    "runs_queue": 1 << 25,
    "ends_queue": 1 << 26,
    "may_have_no_keys": 1 << 27,  # EVAL: not to find any key is no mistake
    "replicates": FLAG_BITS["may_replicate"],  # it may, but redis-server does not show that (PUBLISH, PFCOUNT)
    "while_subscribed": 1 << 28,  # a subscribed client may run it in RESP2, too
}

# The flags of a key specification, in redis-server's order; the value is one bit, as above (KEY_ in context.pxd).
KEY_FLAGS = (
    "RO",
    "RW",
    "OW",
    "RM",
    "access",
    "update",
    "insert",
    "delete",
    "not_key",
    "incomplete",
    "variable_flags",
)
KEY_FLAG_BITS = {name: 1 << bit for bit, name in enumerate(KEY_FLAGS)}
# What `finder` may be: the numbers of FINDER_ in context.pxd.
FINDERS = {"": 0, "set": 1, "bitfield": 2, "sort": 3, "migrate": 4}
KEY_SPECS_MAX = 3
KEYWORD_BYTES_MAX = 15
PLACE = re.compile(
    r"""(?: (?P<first>\d+) | (?P<keyword>[A-Z]+) (?P<from>[+-]\d+) )
        (?: (?P<counted>:n) | (?: \.\. (?P<last>-?\d+) )? (?: / (?P<step>\d+) (?: / (?P<limit>\d+) )? )? )""",
    re.VERBOSE,
)

# The ACL categories that follow from flags, and those that a group's commands have.
CATEGORIES = (
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
)
GROUP_CATEGORY = {
    "generic": "keyspace",
    "string": "string",
    "list": "list",
    "set": "set",
    "sorted-set": "sortedset",
    "hash": "hash",
    "bitmap": "bitmap",
    "hyperloglog": "hyperloglog",
    "geo": "geo",
    "stream": "stream",
    "pubsub": "pubsub",
    "connection": "connection",
    "transactions": "transaction",
    "scripting": "scripting",
    "server": None,
}


#: A command that is written in Python: it is handed a `Call` and returns its reply (see `resp.values`).
Function = Callable[[Any], object]


@dataclass(frozen=True)
class KeySpec:
    """Where some of a command's keys are: positions count from the command's name, which is 0.

    `begin` is the position of the first key or, if they are `counted`, of their number, or where the search for the
    `keyword` starts (negative: from the end, backwards).
    """

    flags: tuple[str, ...]
    begin: int = 0
    last: int = 0  # relative to the first key; negative counts from the end of the arguments
    step: int = 1
    limit: int = 0  # of the words up to `last` only this part are keys (2: one half)
    keyword: str = ""
    counted: bool = False
    unknown: bool = False  # the position cannot be told without parsing the options
    notes: str = ""  # why the flags are what they are, where COMMAND says so

    @property
    def bits(self) -> int:
        """The flags as the compiled side reads them."""
        return sum(KEY_FLAG_BITS[flag] for flag in self.flags)

    @property
    def is_span(self) -> bool:
        """Whether first, last and step say it all."""
        return not (self.keyword or self.counted or self.unknown)


@dataclass(eq=False)
class Spec:
    """One command, or one subcommand of a container; `handler` is the address of its C function, or 0."""

    name: str
    syntax: str
    arity: int
    flags: tuple[str, ...]
    group: str
    since: str
    about: str
    complexity: str = ""
    keys: tuple[KeySpec, ...] = ()
    tips: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    finder: str = ""  # which C function finds the keys, if `keys` cannot say it all
    handler: int = 0
    function: Function | None = None
    subcommands: list[Spec] = field(default_factory=list)
    encoded_name: bytes = b""
    encoded_word: bytes = b""

    def __post_init__(self) -> None:
        # The compiled side keeps pointers to these.
        self.encoded_name = self.name.encode()
        self.encoded_word = self.name.rpartition("|")[2].encode()

    @property
    def bits(self) -> int:
        """The flags as the compiled side reads them."""
        return sum(FLAG_BITS[flag] for flag in self.flags) + sum(INTERNAL_BITS[flag] for flag in self.internal)

    @property
    def key_range(self) -> tuple[int, int, int]:
        """First key, last key and step, the old form of key positions; zeros when there is none.

        Of several specifications those count that follow one another without a gap and step by one.
        """
        if len(self.keys) == 1 and self.keys[0].is_span:
            return self.keys[0].begin, absolute_last(self.keys[0]), self.keys[0].step
        first = last = 0
        for spec in self.keys:
            if spec.is_span and spec.step == 1 and (not first or last == spec.begin - 1):
                first, last = first or spec.begin, absolute_last(spec)
        return (first, last, 1) if first else (0, 0, 0)


def absolute_last(spec: KeySpec) -> int:
    """The position of a specification's last key, not relative to its first; negative counts from the end."""
    return spec.last if spec.last < 0 else spec.begin + spec.last


DECLARED: dict[str, Spec] = {}


def parse_keys(text: str, notes: str | tuple[str, ...] = "") -> tuple[KeySpec, ...]:
    """Read the `keys` of a declaration (see the head of this module) and its `key_notes`."""
    parts = [part.strip() for part in text.split(",")] if text else []
    each = (notes,) * len(parts) if isinstance(notes, str) else notes
    if len(parts) > KEY_SPECS_MAX or len(each) != len(parts):
        raise ValueError(
            f"{text!r}: {len(each)} notes for {len(parts)} places of keys, of which there may be {KEY_SPECS_MAX}"
        )
    return tuple(parse_key_spec(part, note) for part, note in zip(parts, each, strict=True))


def parse_key_spec(text: str, notes: str) -> KeySpec:
    """One entry of `keys`; ValueError for what cannot be read."""
    marks, _, place = text.partition("@")
    flags = tuple(flag for flag in KEY_FLAGS if flag in marks.split())
    if len(flags) != len(marks.split()):
        raise ValueError(f"{text!r}: unknown flags for the place of keys")
    if place == "?":
        return KeySpec(flags, unknown=True, notes=notes)
    found = PLACE.fullmatch(place)
    if found is None or len(found["keyword"] or "") > KEYWORD_BYTES_MAX:
        raise ValueError(f"{text!r} does not say a place of keys")
    begin = int(found["first"] or found["from"])
    last = int(found["last"] or 0)
    if found["last"] and last >= 0:
        last -= begin
    return KeySpec(
        flags,
        begin,
        last,
        int(found["step"] or 1),
        int(found["limit"] or 0),
        keyword=found["keyword"] or "",
        counted=found["counted"] is not None,
        notes=notes,
    )


def check_finder(name: str, keys: tuple[KeySpec, ...], finder: str) -> None:
    """ValueError if the keys of a declaration are not said in full, or the finder does not exist."""
    if finder not in FINDERS:
        raise ValueError(f"{name}: unknown finder {finder!r}")
    if not finder and any({"incomplete", "variable_flags"} & set(spec.flags) for spec in keys):
        raise ValueError(f"{name}: incomplete keys or variable flags need a finder")


def derive_categories(group: str, flags: tuple[str, ...], extra: tuple[str, ...]) -> tuple[str, ...]:
    """The ACL categories of a command, in redis-server's order: its group's, those its flags imply, and `extra`."""
    found = set(extra)
    category = GROUP_CATEGORY[group]
    if category and "-" + category not in extra:
        found.add(category)
    if "write" in flags:
        found.add("write")
    if "readonly" in flags and group != "scripting":
        found.add("read")
    if "admin" in flags:
        found |= {"admin", "dangerous"}
    found |= {flag for flag in ("pubsub", "fast", "blocking") if flag in flags}
    if "fast" not in flags:
        found.add("slow")
    return tuple(name for name in CATEGORIES if name in found)


def declare(  # noqa: PLR0913  (a declaration has many parts, all named)
    handler: int,
    syntax: str,
    *,
    arity: int,
    group: str,
    since: str,
    about: str,
    flags: str = "",
    keys: str = "",
    key_notes: str | tuple[str, ...] = "",
    finder: str = "",
    complexity: str = "O(1)",
    tips: tuple[str, ...] = (),
    categories: str = "",
    internal: tuple[str, ...] = (),
    parent: str = "",
) -> Spec:
    """Declare a command that a C function runs; `parent` names the container of a subcommand."""
    words = syntax.split()
    name = words[1 if parent else 0].lower()
    marks = tuple(flags.split())
    unknown = [flag for flag in marks if flag not in FLAG_BITS]
    if unknown:
        raise ValueError(f"{name}: unknown flags {unknown}")
    places = parse_keys(keys, key_notes)
    check_finder(name, places, finder)
    if any(not place.is_span for place in places):
        marks += ("movablekeys",)
    spec = Spec(
        name=f"{parent}|{name}" if parent else name,
        syntax=syntax,
        arity=arity,
        flags=tuple(flag for flag in FLAGS if flag in marks),
        group=group,
        since=since,
        about=about,
        complexity=complexity,
        keys=places,
        tips=tips,
        categories=derive_categories(group, marks, tuple(categories.split())),
        internal=internal,
        finder=finder,
        handler=handler,
    )
    siblings = DECLARED[parent].subcommands if parent else None
    if siblings is not None:
        siblings.append(spec)
    elif spec.name in DECLARED:
        raise ValueError(f"{spec.name} is declared twice")
    else:
        DECLARED[spec.name] = spec
    return spec


def command(syntax: str, **declaration: Any) -> Callable[[Function], Function]:  # noqa: ANN401
    """Declare a command that a Python function runs: for what is called rarely. Arguments as `declare`'s."""

    def mark(function: Function) -> Function:
        declare(0, syntax, **declaration).function = function
        return function

    return mark


def container(name: str, **declaration: Any) -> None:  # noqa: ANN401
    """Declare a command that is only the sum of its subcommands, such as CONFIG."""
    declare(0, name, complexity="Depends on subcommand.", arity=-2, **declaration)
