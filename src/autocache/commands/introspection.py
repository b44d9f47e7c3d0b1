"""COMMAND and its subcommands: what the declarations say, in the form that Redis's clients expect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from autocache.base.glob import matches
from autocache.commands.declare import CATEGORIES, DECLARED, KEY_FLAG_BITS, KeySpec, Spec, command
from autocache.commands.keypos import keys_in
from autocache.commands.plain import declare_help, syntax_error, text
from autocache.commands.syntax import Argument, parse_syntax
from autocache.resp.values import Elements, Pairs, ReplyError, Status

if TYPE_CHECKING:
    from autocache.commands.cache import Call

FLAGS = "loading stale"
ORDER_TIP = ("nondeterministic_output_order",)
DECLARATION = {"group": "server", "flags": FLAGS, "categories": "connection"}


# --- looking commands up


def find_named(name: str) -> Spec | None:
    """The command of a name as COMMAND INFO takes it: `get`, `config|set`, in any case."""
    first, bar, second = name.lower().partition("|")
    spec = DECLARED.get(first)
    if spec is None or not bar:
        return spec
    return next((child for child in spec.subcommands if child.name == f"{first}|{second}"), None)


def find_called(words: Sequence[bytes]) -> Spec | None:
    """The command that a request's words call; None also for a container with an unknown subcommand."""
    name = text(words[0]).lower()
    spec = DECLARED.get(name)
    if spec is None or not spec.subcommands or len(words) == 1:
        return spec
    return find_named(f"{name}|{text(words[1])}")


def all_specs(specs: Iterable[Spec]) -> Iterator[Spec]:
    """Commands, each followed by its subcommands."""
    for spec in specs:
        yield spec
        yield from spec.subcommands


# --- COMMAND INFO


def shown_flags(spec: Spec) -> list[str]:
    """The flags of a command as COMMAND INFO names them."""
    flags = list(spec.flags)
    if "may_have_no_keys" in spec.internal:
        flags.insert(flags.index("movablekeys"), "no_mandatory_keys")
    return flags


def command_info(spec: Spec | None) -> object:
    """One command as COMMAND INFO answers it."""
    if spec is None:
        return None
    first, last, step = spec.key_range
    return [
        spec.name,
        spec.arity,
        Elements(Status(flag) for flag in shown_flags(spec)),
        first,
        last,
        step,
        Elements(Status("@" + category) for category in spec.categories),
        Elements(spec.tips),
        Elements(key_spec_info(keys) for keys in spec.keys),
        [command_info(child) for child in spec.subcommands] if spec.subcommands else Elements(),
    ]


def key_spec_info(keys: KeySpec) -> Pairs:
    """One key specification as COMMAND INFO answers it."""
    if keys.unknown:
        begin, find = ("unknown", Pairs()), ("unknown", Pairs())
    else:
        if keys.keyword:
            begin = ("keyword", Pairs([("keyword", keys.keyword), ("startfrom", keys.begin)]))
        else:
            begin = ("index", Pairs([("index", keys.begin)]))
        if keys.counted:
            find = ("keynum", Pairs([("keynumidx", 0), ("firstkey", 1), ("keystep", keys.step)]))
        else:
            find = ("range", Pairs([("lastkey", keys.last), ("keystep", keys.step), ("limit", keys.limit)]))
    pairs = Pairs([("notes", keys.notes)] if keys.notes else [])
    pairs += [
        ("flags", Elements(Status(flag) for flag in keys.flags)),
        ("begin_search", Pairs([("type", begin[0]), ("spec", begin[1])])),
        ("find_keys", Pairs([("type", find[0]), ("spec", find[1])])),
    ]
    return pairs


# --- COMMAND DOCS


def command_docs(spec: Spec) -> Pairs:
    """One command as COMMAND DOCS answers it."""
    docs = Pairs([("summary", spec.about), ("since", spec.since), ("group", spec.group)])
    if spec.complexity:
        docs.append(("complexity", spec.complexity))
    if not spec.subcommands:
        arguments = parse_syntax(spec.syntax, name=spec.name, key_specs=len(spec.keys))
        if arguments:
            docs.append(("arguments", [argument_docs(argument) for argument in arguments]))
    else:
        docs.append(("subcommands", Pairs((child.name, command_docs(child)) for child in spec.subcommands)))
    return docs


def argument_docs(argument: Argument) -> Pairs:
    """One argument as COMMAND DOCS answers it."""
    docs = Pairs([("name", argument.name), ("type", argument.type)])
    if argument.key_spec is not None:
        docs.append(("key_spec_index", argument.key_spec))
    if argument.token:
        docs.append(("token", argument.token.strip('"')))
    if argument.flags:
        docs.append(("flags", Elements(Status(flag) for flag in argument.flags)))
    if argument.parts:
        docs.append(("arguments", [argument_docs(part) for part in argument.parts]))
    return docs


# --- COMMAND GETKEYS


def keys_of(words: Sequence[bytes]) -> list[tuple[bytes, list[str]]]:
    """The keys that a request names, each with what is done to it; ReplyError if it names none."""
    spec = find_called(words)
    if spec is None:
        raise ReplyError("ERR Invalid command specified")
    if all("not_key" in keys.flags for keys in spec.keys):
        raise ReplyError("ERR The command has no key arguments")
    if len(words) != spec.arity and (spec.arity > 0 or len(words) < -spec.arity):
        raise ReplyError("ERR Invalid number of arguments specified for command")
    found = keys_in(spec, words)
    if not found and "may_have_no_keys" not in spec.internal:
        raise ReplyError("ERR Invalid arguments specified for command")
    return [(words[at], [name for name, bit in KEY_FLAG_BITS.items() if bits & bit]) for at, bits in found or ()]


# --- the commands


@command(
    "COMMAND",
    arity=-1,
    since="2.8.13",
    complexity="O(N), N being the number of commands.",
    tips=ORDER_TIP,
    about="Answers what the server knows of all its commands.",
    **DECLARATION,
)
def command_all(call: Call) -> object:
    """Everything."""
    return [command_info(spec) for spec in call.cache.specs]


@command(
    "COMMAND COUNT",
    parent="command",
    arity=2,
    since="2.8.13",
    about="Answers the number of commands.",
    **DECLARATION,
)
def command_count(call: Call) -> object:
    """How many commands there are, subcommands not counted."""
    return len(call.cache.specs)


@command(
    "COMMAND DOCS [command-name [command-name ...]]",
    parent="command",
    arity=-2,
    since="7.0.0",
    complexity="O(N), N being the number of commands answered.",
    tips=ORDER_TIP,
    about="Answers the documentation of commands: what they do, and their arguments.",
    **DECLARATION,
)
def command_docs_command(call: Call) -> object:
    """The documentation of the named commands, or of all; names that do not exist are left out."""
    names = call.args[2:]
    chosen = [find_named(text(name)) for name in names] if names else list(call.cache.specs)
    return Pairs((spec.name, command_docs(spec)) for spec in chosen if spec is not None)


@command(
    "COMMAND GETKEYS command [arg [arg ...]]",
    parent="command",
    arity=-4,
    since="2.8.13",
    complexity="O(N), N being the number of arguments.",
    about="Answers the keys among the words of a command.",
    **DECLARATION,
)
def command_getkeys(call: Call) -> object:
    """The keys of a request."""
    return [key for key, _ in keys_of(call.args[2:])]


@command(
    "COMMAND GETKEYSANDFLAGS command [arg [arg ...]]",
    parent="command",
    arity=-4,
    since="7.0.0",
    complexity="O(N), N being the number of arguments.",
    about="Answers the keys among the words of a command, and what is done to each.",
    **DECLARATION,
)
def command_getkeysandflags(call: Call) -> object:
    """The keys of a request with their flags."""
    return [[key, Elements(Status(flag) for flag in flags)] for key, flags in keys_of(call.args[2:])]


@command(
    "COMMAND INFO [command-name [command-name ...]]",
    parent="command",
    arity=-2,
    since="2.8.13",
    complexity="O(N), N being the number of commands answered.",
    tips=ORDER_TIP,
    about="Answers what the server knows of the named commands, or of all.",
    **DECLARATION,
)
def command_info_command(call: Call) -> object:
    """The named commands, or all."""
    names = call.args[2:]
    chosen = [find_named(text(name)) for name in names] if names else list(call.cache.specs)
    return [command_info(spec) for spec in chosen]


@command(
    "COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
    parent="command",
    arity=-2,
    since="7.0.0",
    complexity="O(N), N being the number of commands.",
    tips=ORDER_TIP,
    about="Answers the names of all commands, or of those of a module, an ACL category or a pattern.",
    **DECLARATION,
)
def command_list(call: Call) -> object:
    """The names, filtered."""
    args = call.args
    specs = all_specs(call.cache.specs)
    if len(args) == 2:
        return [spec.name for spec in specs]
    if len(args) != 5 or args[2].lower() != b"filterby":
        raise syntax_error()
    kind, wanted = args[3].lower(), args[4]
    if kind == b"module":
        return []
    if kind == b"aclcat":
        category = text(wanted).lower()
        return [spec.name for spec in specs if category in CATEGORIES and category in spec.categories]
    if kind == b"pattern":
        return [spec.name for spec in specs if matches(wanted, spec.encoded_name, nocase=True)]
    raise syntax_error()


declare_help("command", since="5.0.0", categories="connection")
