"""COMMAND INFO and COMMAND DOCS of every command of ours that redis-server has too: one declaration,
checked field by field.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.groups import all_cases
from tests.conftest import ServerPair
from tests.wire import Tree, parse

# The commands that this issue promises, so that one missing from our table is a failure and not a skipped
# comparison.
PROMISED = """
    auth client echo hello ping quit reset select copy del exists expire expireat expiretime keys
    move object persist pexpire pexpireat pexpiretime pttl randomkey rename renamenx scan touch ttl
    type unlink wait append decr decrby get getdel getex getrange getset incr incrby incrbyfloat lcs
    mget mset msetnx psetex set setex setnx setrange strlen substr multi exec discard watch unwatch
    command config dbsize debug flushall flushdb info latency memory monitor shutdown slowlog swapdb
    time hset hmset hsetnx hget hmget hdel hlen hstrlen hexists hincrby hincrbyfloat hkeys hvals
    hgetall hrandfield hscan
""".split()  # noqa: SIM905 - a list of words, not of literals
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


def _plain(tree: Tree) -> Any:  # noqa: ANN401 - JSON-like
    kind, value = tree
    if kind == "%" and value is not None:
        return {str(_plain(key)): _plain(item) for key, item in value}
    if kind in "*~" and value is not None:
        return [_plain(item) for item in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _entries(reply: list[Any]) -> dict[str, dict[str, Any]]:
    """COMMAND INFO's entries by name; fields without an order are sorted."""
    found = {}
    for entry in reply:
        if entry is not None:
            fields = dict(zip(FIELDS, entry, strict=True))
            found[entry[0]] = {name: sorted(item, key=repr) if name in SETS else item for name, item in fields.items()}
    return found


@pytest.fixture(scope="module")
def tables(server_pair: ServerPair) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The whole tables of both servers, subcommands included under `container|name`."""
    server_pair.ensure_alive()
    both = []
    for server in (server_pair.ours, server_pair.redis):
        with server.connect(20) as connection:
            connection.command("HELLO", 3)
            table = _entries(_plain(parse(connection.command("COMMAND"))))
        for entry in list(table.values()):
            table.update(_entries(entry.pop("subcommands")))
        both.append(table)
    return both[0], both[1]


@pytest.mark.parametrize("name", PROMISED)
def test_command_info(name: str, tables: tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]) -> None:
    """Arity, flags, keys, categories, tips and key specifications are redis-server's, for the command and
    its subcommands.
    """
    ours, redis = tables
    assert name in ours, f"{name} is not in our table"
    family = [entry for entry in redis if entry == name or entry.startswith(name + "|")]
    problems = []
    for entry in family:
        if entry not in ours:
            problems.append(f"{entry} is missing")
            continue
        problems += [
            f"{entry}: {field}\n   ours : {ours[entry][field]!r}\n   redis: {value!r}"
            for field, value in redis[entry].items()
            if ours[entry][field] != value
        ]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_commands_of_later_issues_agree_too(
    tables: tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]],
) -> None:
    """Whatever else we report and redis-server knows is described in the same way."""
    ours, redis = tables
    problems = [
        f"{name}: ours {entry!r}\n   redis {redis[name]!r}"
        for name, entry in ours.items()
        if name in redis and name.split("|")[0] not in PROMISED and entry != redis[name]
    ]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_every_command_has_a_case(
    tables: tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]],
) -> None:
    """No promised command or subcommand is left out of the conformance groups."""
    sent: set[str] = set()
    for case in all_cases():
        for step in case.steps:
            if step.action in ("send", "quiet") and step.arguments:
                words = [word.decode("latin-1").lower() for word in step.arguments[:2]]
                sent |= {words[0], "|".join(words)}
            elif step.action == "scan":
                sent.add("scan")
    missing = [name for name in tables[1] if name.split("|")[0] in PROMISED and name not in sent]
    assert missing == []


@pytest.mark.parametrize("name", PROMISED)
def test_command_docs(name: str, server_pair: ServerPair) -> None:
    """COMMAND DOCS has the group, the version and the arguments of redis-server; summaries are our own
    words.
    """
    server_pair.ensure_alive()
    docs = []
    for server in (server_pair.ours, server_pair.redis):
        with server.connect(20) as connection:
            connection.command("HELLO", 3)
            docs.append(_plain(parse(connection.command("COMMAND", "DOCS", name))))
    ours, redis = docs
    assert set(ours) == {name}, ours
    assert ours[name].get("summary")
    assert ours[name].get("group") == redis[name]["group"]
    assert ours[name].get("since") == redis[name]["since"]
    assert ("arguments" in ours[name]) == ("arguments" in redis[name]), "only commands with arguments describe them"
    missing = set(redis[name].get("subcommands", ())) - set(ours[name].get("subcommands", ()))
    assert not missing, f"subcommands without docs: {sorted(missing)}"
