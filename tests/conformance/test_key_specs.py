"""Every key specification of redis-server's can be declared in our spelling, and then says and finds the same.

This does not ask our server: it writes each command of redis-server's table as one of our declarations, and compares
what the declaration becomes with what redis-server answers. So it also covers commands that we do not have yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autocache.commands.declare import KEY_FLAG_BITS, KeySpec, Spec, check_finder, parse_keys
from autocache.commands.introspection import key_spec_info
from autocache.commands.keypos import keys_in
from tests.conftest import ServerPair
from tests.wire import Connection, Tree, parse

FINDERS = {"set": "set", "bitfield": "bitfield", "sort": "sort", "migrate": "migrate"}

REQUESTS = """
    ZUNION 1 a
    ZUNION 0 a
    ZUNION 5 a
    ZUNION x a
    ZUNIONSTORE d 2 a b WEIGHTS 1 2
    ZUNIONSTORE d 2 a
    ZINTERCARD 2 a b LIMIT 1
    SINTERCARD 9 a b
    LMPOP 2 a b LEFT
    BLMPOP 0 2 a b LEFT
    BZMPOP 0 9 a b MIN
    EVAL s 2 a b c
    EVAL s 0
    EVAL s 2 a
    FCALL_RO f 1 a
    EVALSHA_RO s 1 a
    SORT k
    SORT k STORE d
    SORT k STORE
    SORT k LIMIT STORE 3
    SORT k GET STORE STORE d store e
    SORT k BY STORE x
    SORT_RO k STORE b
    GEORADIUS k 1 2 3 km
    GEORADIUS k 1 2 3 km STORE d
    GEORADIUS k 1 2 3 km STORE d STOREDIST e
    GEORADIUS k 1 2 3 km STORE
    GEORADIUS k 1 2 3 STORE d
    GEORADIUSBYMEMBER k m 3 km STOREDIST d
    GEORADIUSBYMEMBER k m 3 km STORE d STORE e
    GEORADIUS_RO k 1 2 3 km STORE d
    XREAD STREAMS a b 0 0
    XREAD STREAMS a b 0
    XREAD COUNT STREAMS STREAMS a 0
    XREAD x y z
    XREADGROUP GROUP STREAMS c STREAMS a >
    XREADGROUP GROUP g c COUNT 1 NOACK STREAMS a b > >
    XREADGROUP STREAMS a b c d e
    MIGRATE h 1 k 0 5
    MIGRATE h 1 k 0 5 KEYS a b
    MIGRATE h 1 k 0 5 COPY KEYS
    MIGRATE h 1 k 0 5 AUTH KEYS KEYS a b
    MIGRATE h 1 "" 0 5 KEYS a b
    MIGRATE h 1 "" 0 5 AUTH KEYS KEYS a
    SET k v
    SET k v GET
    SET k GET
    BITFIELD k
    BITFIELD k GET u8 0
    BITFIELD k GET u8 0 SET u8 0 1
    BITFIELD k OVERFLOW WRAP GET u8 0
    BITFIELD k GET u8
    PFCOUNT a b
    BITOP AND d a b
    MSET a b c
    MSETNX a b
    PFMERGE a
    PFMERGE a b
    BLPOP a b 0
    PFDEBUG x k
    SINTERSTORE a b c
    XGROUP CREATE k g $
    XINFO STREAM k
    LCS a b
    DEL a b
    COPY a b
"""


def plain(tree: Tree) -> Any:  # noqa: ANN401 - JSON-like
    """Maps as lists of pairs: their order counts here."""
    kind, value = tree
    if kind == "%" and value is not None:
        return [(plain(key), plain(item)) for key, item in value]
    if kind in "*~" and value is not None:
        return [plain(item) for item in value]
    if kind == ":":
        return int(value)
    return value.decode() if isinstance(value, bytes) else value


def spelled(spec: dict[str, Any]) -> str:
    """A key specification of COMMAND INFO as our declarations write it."""
    begin, find = dict(spec["begin_search"]), dict(spec["find_keys"])
    where, how = dict(begin["spec"]), dict(find["spec"])
    text = " ".join(spec["flags"]) + "@"
    if begin["type"] == "unknown":
        assert find["type"] == "unknown"
        return text + "?"
    text += f"{where['keyword']}{where['startfrom']:+}" if begin["type"] == "keyword" else str(where["index"])
    if find["type"] == "keynum":
        assert (how["keynumidx"], how["firstkey"], how["keystep"]) == (0, 1, 1)
        return text + ":n"
    if how["lastkey"]:
        text += f"..{how['lastkey'] if how['lastkey'] < 0 else how['lastkey'] + where['index']}"
    if how["keystep"] != 1 or how["limit"]:
        text += f"/{how['keystep']}"
    return text + (f"/{how['limit']}" if how["limit"] else "")


def declared(entry: list[Any]) -> Spec:
    """A command of redis-server's as our declaration."""
    specs = [dict(spec) for spec in entry[8]]
    keys = parse_keys(", ".join(map(spelled, specs)), tuple(spec.get("notes", "") for spec in specs))
    finder = FINDERS.get(entry[0], "")
    check_finder(entry[0], keys, finder)
    internal = ("may_have_no_keys",) if entry[0].startswith(("eval", "fcall")) else ()
    return Spec(entry[0], "", entry[1], (), "generic", "", "", keys=keys, finder=finder, internal=internal)


def all_entries(entries: list[Any]) -> Iterator[list[Any]]:
    for entry in entries:
        yield entry
        yield from all_entries(entry[9])


@pytest.fixture(scope="module")
def oracle(server_pair: ServerPair) -> Iterator[Connection]:
    server_pair.redis.ensure_alive()
    with server_pair.redis.connect(20) as connection:
        connection.command("HELLO", 3)
        yield connection


@pytest.fixture(scope="module")
def table(oracle: Connection) -> dict[str, list[Any]]:
    """redis-server's commands and subcommands by name."""
    return {entry[0]: entry for entry in all_entries(plain(parse(oracle.command("COMMAND"))))}


def as_pairs(value: object) -> Any:  # noqa: ANN401 - JSON-like
    """Our reply objects in the form of `plain`."""
    if isinstance(value, tuple):
        return tuple(as_pairs(item) for item in value)
    if isinstance(value, list):
        return [as_pairs(item) for item in value]
    return value


def test_every_specification_can_be_declared(table: dict[str, list[Any]]) -> None:
    problems = []
    for name, entry in table.items():
        spec = declared(entry)
        ours = [as_pairs(list(key_spec_info(keys))) for keys in spec.keys]
        if ours != entry[8]:
            problems.append(f"{name}: {ours}\n  redis: {entry[8]}")
        if list(spec.key_range) != entry[3:6]:
            problems.append(f"{name}: {spec.key_range}, redis: {entry[3:6]}")
        if any(not keys.is_span for keys in spec.keys) != ("movablekeys" in entry[2]):
            problems.append(f"{name}: movablekeys")
    assert len(table) > 300
    assert not problems, "\n".join(problems)


def getkeys(spec: Spec, words: list[bytes]) -> Any:  # noqa: ANN401 - JSON-like
    """What COMMAND GETKEYSANDFLAGS would answer."""
    found = keys_in(spec, words)
    if not found and "may_have_no_keys" not in spec.internal:
        return "ERR Invalid arguments specified for command"
    names = KEY_FLAG_BITS.items()
    return [[words[at].decode(), [name for name, bit in names if bits & bit]] for at, bits in found or ()]


@pytest.mark.parametrize("request_line", [line.strip() for line in REQUESTS.strip().splitlines()])
def test_keys_are_found(request_line: str, oracle: Connection, table: dict[str, list[Any]]) -> None:
    words = [b"" if word == '""' else word.encode() for word in request_line.split()]
    name = words[0].decode().lower()
    spec = declared(table.get(f"{name}|{words[1].decode().lower()}", table[name]))
    assert getkeys(spec, words) == plain(parse(oracle.command("COMMAND", "GETKEYSANDFLAGS", *words)))


def test_spelling_is_what_the_declarations_use() -> None:
    assert parse_keys("RO access@STREAMS+1..-1/1/2")[0] == KeySpec(("RO", "access"), 1, -1, 1, 2, keyword="STREAMS")
