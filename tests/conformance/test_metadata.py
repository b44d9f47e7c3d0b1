"""The metadata oracle: COMMAND INFO and COMMAND DOCS of every command that redis-server has too, field by field.

A command of redis-server's that we lack, a command of ours that it lacks and each field that differs on purpose is
named in metadata_differences.py, with its reason; everything else is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autocache.commands.cache import Cache  # noqa: F401  (declares all commands)
from autocache.commands.declare import DECLARED
from autocache.commands.introspection import all_specs
from tests import servers
from tests.conformance.groups import all_cases
from tests.conformance.metadata_differences import METADATA_DIFFERENCES, MISSING, OURS_ONLY
from tests.conftest import ServerPair
from tests.wire import Tree, parse

# Collected from our declarations, so that each command is a test; that none is missing is a test of its own.
NAMES = sorted(spec.name for spec in all_specs(DECLARED.values()))
FIELDS = (
    "name",
    "arity",
    "flags",
    "first key",
    "last key",
    "step",
    "ACL categories",
    "tips",
    "key specifications",
    "subcommands",
)
SETS = frozenset({"flags", "ACL categories", "tips", "subcommands"})

# What COMMAND DOCS must say as redis-server says it, and what it must say if redis-server does, in our own words.
DOCS_EQUAL = ("since", "group")
DOCS_PRESENT = ("summary", "complexity", "arguments")

Entries = dict[str, dict[str, Any]]


def plain(tree: Tree) -> Any:  # noqa: ANN401 - JSON-like
    kind, value = tree
    if kind == "%" and value is not None:
        return {str(plain(key)): plain(item) for key, item in value}
    if kind in "*~" and value is not None:
        return [plain(item) for item in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def entries(reply: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """COMMAND INFO's entries by name, each followed by its subcommands; fields without an order are sorted."""
    for entry in reply:
        fields = dict(zip(FIELDS, entry, strict=True))
        children = dict(entries(fields["subcommands"]))
        fields["subcommands"] = list(children)
        yield entry[0], {name: sorted(item) if name in SETS else item for name, item in fields.items()}
        yield from children.items()


def ask(server: servers.Server, *command: str) -> Any:  # noqa: ANN401 - JSON-like
    with server.connect(20) as connection:
        connection.command("HELLO", 3)
        return plain(parse(connection.command(*command)))


@pytest.fixture(scope="module")
def tables(server_pair: ServerPair) -> tuple[Entries, Entries]:
    """Both servers' commands and subcommands by name."""
    server_pair.ensure_alive()
    ours, redis = (dict(entries(ask(server, "COMMAND"))) for server in (server_pair.ours, server_pair.redis))
    return ours, redis


@pytest.fixture(scope="module")
def docs(server_pair: ServerPair) -> tuple[Entries, Entries]:
    """Both servers' COMMAND DOCS, subcommands included."""
    server_pair.ensure_alive()
    found = []
    for server in (server_pair.ours, server_pair.redis):
        table = ask(server, "COMMAND", "DOCS")
        for entry in list(table.values()):
            table.update(entry.pop("subcommands", {}))
        found.append(table)
    return found[0], found[1]


def expected(name: str, redis: dict[str, Any]) -> dict[str, Any]:
    """What we have to answer: redis-server's fields but for the reviewed differences."""
    changed = {entry.field: entry.ours for entry in METADATA_DIFFERENCES if entry.name == name and entry.field in redis}
    useless = [field for field, value in changed.items() if redis[field] == value]
    assert not useless, f"{name}: listed as different, but equal: {useless}"
    return redis | changed


def comparable(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of COMMAND INFO; which subcommands there are is compared by `test_no_command_is_missing`."""
    unlike = {word for group in MISSING.values() for word in group.split()} | set(OURS_ONLY)
    return fields | {"subcommands": [child for child in fields["subcommands"] if child not in unlike]}


def described(docs: dict[str, Any]) -> dict[str, Any]:
    """What is compared of COMMAND DOCS."""
    return {key: docs.get(key) for key in DOCS_EQUAL} | {key: bool(docs.get(key)) for key in DOCS_PRESENT}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OURS_ONLY])
def test_command_info(name: str, tables: tuple[Entries, Entries]) -> None:
    ours, redis = tables
    assert name in redis, f"{name} is not a command of redis-server's: name it in OURS_ONLY"
    answered = comparable(ours[name])
    problems = [
        f"{name}: {field}\n   ours : {answered[field]!r}\n   redis: {value!r}"
        for field, value in expected(name, comparable(redis[name])).items()
        if answered[field] != value
    ]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OURS_ONLY])
def test_command_docs(name: str, docs: tuple[Entries, Entries]) -> None:
    ours, redis = docs
    assert described(ours[name]) == expected(name, described(redis[name]))


def test_no_command_is_missing(tables: tuple[Entries, Entries]) -> None:
    """Every command of redis-server's is ours or is named as missing, with what brings it."""
    ours, redis = tables
    named = [name for group in MISSING.values() for name in group.split()]
    assert sorted(named) == sorted(set(named)), "named twice"
    assert sorted(set(named) - set(redis)) == [], "redis-server has no such commands"
    assert sorted(set(named) & set(ours)) == [], "these exist now: take them off the list"
    assert sorted(set(redis) - set(ours) - set(named)) == [], "missing"


def test_lists_name_what_exists(tables: tuple[Entries, Entries]) -> None:
    ours, redis = tables
    assert sorted(ours) == NAMES, "the server's table is that of the declarations"
    assert sorted(set(OURS_ONLY) & set(redis)) == [], "redis-server has these"
    assert sorted(set(OURS_ONLY) - set(ours)) == [], "we do not have these"
    fields = {*FIELDS, *DOCS_EQUAL, *DOCS_PRESENT}
    unknown = [entry for entry in METADATA_DIFFERENCES if entry.name not in ours or entry.field not in fields]
    assert unknown == []


def test_every_command_has_a_case() -> None:
    """No command or subcommand is left out of the conformance groups."""
    sent: set[str] = set()
    for case in all_cases():
        for step in case.steps:
            if step.action in ("send", "quiet") and step.arguments:
                words = [word.decode("latin-1").lower() for word in step.arguments[:2]]
                sent |= {words[0], "|".join(words)}
            elif step.action == "scan":
                sent.add("scan")
    assert [name for name in NAMES if name not in OURS_ONLY and name not in sent] == []
