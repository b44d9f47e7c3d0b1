"""What a command is: its declaration, made once, right above the function that runs it.

COMMAND, the checks before a command runs, the ACL categories, the command-line's hints, `docs/commands.md` and (later)
cluster routing and replication all read these declarations; there is no second table. The list is filled while the
command modules are imported and only read from then on.

A declaration's `syntax` is the command's name in capitals and its arguments as Redis's documentation writes them:
`SET key value [NX | XX] [GET] [EX seconds | PX milliseconds]`. Words in lower case are values, words in capitals are
literal, `[ ]` is optional, `|` is a choice and `...` repeats what is before it.

A declaration's `keys` says where the keys are: entries of the form `RO access@1`, `RW update@1..2` or
`OW update@1..-1/2`, separated by commas: the flags of a key specification, the index of the first key, of the last
one (negative: from the end) and the step. `RO access@2:n` finds the number of keys at index 2 and the keys after it.
"""

from __future__ import annotations

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
INTERNAL_BITS = {"no_queue": 1 << 24, "runs_queue": 1 << 25, "ends_queue": 1 << 26, "while_subscribed": 1 << 27}

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
    """Where some of a command's keys are: positions count from the command's name, which is 0."""

    flags: tuple[str, ...]
    first: int
    last: int = 0  # relative to `first`; negative counts from the end of the arguments
    step: int = 1
    count_at: int | None = None  # the position of the number of keys, if they are counted
    notes: str = ""  # why the flags are what they are, where COMMAND says so


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
        """First key, last key and step, the old form of key positions; zeros when there is none."""
        return self._range([spec for spec in self.keys if "not_key" not in spec.flags])

    @property
    def shown_range(self) -> tuple[int, int, int]:
        """The `key_range` that COMMAND shows: shard channels are no keys, but cluster clients route by them."""
        return self._range(list(self.keys))

    @staticmethod
    def _range(specs: list[KeySpec]) -> tuple[int, int, int]:
        found = [spec for spec in specs if spec.count_at is None]
        if not found:
            return 0, 0, 0
        if len(found) == 1:
            spec = found[0]
            return spec.first, spec.last if spec.last < 0 else spec.first + spec.last, spec.step
        return found[0].first, found[-1].first + found[-1].last, 1


DECLARED: dict[str, Spec] = {}


def parse_keys(text: str, notes: str = "") -> tuple[KeySpec, ...]:
    """Read the `keys` of a declaration (see the head of this module); `notes` belong to each of them."""
    specs = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        flags, _, place = part.partition("@")
        if place.endswith(":n"):
            at = int(place[:-2])
            specs.append(KeySpec(tuple(flags.split()), at + 1, count_at=at, notes=notes))
            continue
        span, _, step = place.partition("/")
        first, _, last = span.partition("..")
        end = int(last) if last else int(first)
        length = end if end < 0 else end - int(first)
        specs.append(KeySpec(tuple(flags.split()), int(first), length, int(step or 1), notes=notes))
    return tuple(specs)


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
    key_notes: str = "",
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
    spec = Spec(
        name=f"{parent}|{name}" if parent else name,
        syntax=syntax,
        arity=arity,
        flags=tuple(flag for flag in FLAGS if flag in marks),
        group=group,
        since=since,
        about=about,
        complexity=complexity,
        keys=parse_keys(keys, key_notes),
        tips=tips,
        categories=derive_categories(group, marks, tuple(categories.split())),
        internal=internal,
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
