"""What SCAN and its kin promise: whatever is there from the beginning of a scan to its end is returned.

Meanwhile as much as possible changes: the collection grows to many times its size, shrinks to a few elements, and goes
from its compact form to the large one. An element that is added or removed meanwhile may be returned or not.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.conftest import ServerPair
from tests.servers import Server
from tests.wire import Connection, encode, parse

KEPT = 200
OTHERS = 4000
STEPS_MAX = 100_000

KINDS = ("keyspace", "set", "hash", "zset")
# A compact form is returned whole by the first step, so that one is what a conversion has to be met by.
FORMS = {"table": 1500, "compact": 60}
CHANGES = ("grow", "shrink", "both", "convert")


class Scanned:
    """A collection, or the keyspace, with how to add to it, remove from it and scan it."""

    def __init__(self, kind: str, connection: Connection) -> None:
        self.kind = kind
        self.connection = connection

    def pipeline(self, commands: list[list[str | int]]) -> None:
        self.connection.send(b"".join(encode(command) for command in commands))
        for _ in commands:
            assert not self.connection.read_reply().startswith(b"-")

    def add(self, names: list[str]) -> None:
        words: dict[str, list[list[str | int]]] = {
            "keyspace": [["SET", name, 1] for name in names],
            "set": [["SADD", "k", name] for name in names],
            "hash": [["HSET", "k", name, "1"] for name in names],
            "zset": [["ZADD", "k", len(name), name] for name in names],
        }
        self.pipeline(words[self.kind])

    def remove(self, names: list[str]) -> None:
        start: dict[str, list[str | int]] = {
            "keyspace": ["DEL"],
            "set": ["SREM", "k"],
            "hash": ["HDEL", "k"],
            "zset": ["ZREM", "k"],
        }
        self.pipeline([[*start[self.kind], name] for name in names])

    def step(self, cursor: str, *options: str | int) -> tuple[str, list[str]]:
        """One call: the next cursor and the names that it returned."""
        command: dict[str, list[str | int]] = {
            "keyspace": ["SCAN", cursor],
            "set": ["SSCAN", "k", cursor],
            "hash": ["HSCAN", "k", cursor],
            "zset": ["ZSCAN", "k", cursor],
        }
        _, (following, (_, items)) = parse(self.connection.command(*command[self.kind], *options))
        names = [item[1].decode() for item in items]
        return following[1].decode(), names if self.kind in ("keyspace", "set") else names[::2]


def change(scanned: Scanned, how: str, step: int, others: list[str], rng: random.Random) -> None:
    """What happens between two steps of a scan."""
    part = others[step * 400 : (step + 1) * 400]
    if how in ("grow", "both") and part:
        scanned.add(part)
    if how in ("shrink", "both"):
        scanned.remove(rng.sample(others, 400))
    if how == "convert" and step == 0:
        scanned.add([others[0] + "x" * 200, *others[:1000]])


def scan_while_changing(server: Server, kind: str, size: int, how: str, rng: random.Random) -> None:
    kept = [f"kept:{number}" for number in range(min(KEPT, size))]
    others = [f"other:{number}" for number in range(OTHERS)]
    rng.shuffle(others)
    with server.connect(30) as connection:
        connection.command("FLUSHALL")
        scanned = Scanned(kind, connection)
        scanned.add(kept + others[: size - len(kept)])
        returned: set[str] = set()
        cursor = "0"
        for step in range(STEPS_MAX):
            options: list[str | int] = [] if rng.random() < 0.5 else ["COUNT", rng.choice([1, 5, 30])]
            if rng.random() < 0.3:
                options += ["MATCH", "*e*"]
            if kind == "keyspace" and rng.random() < 0.3:
                options += ["TYPE", "string"]
            cursor, names = scanned.step(cursor, *options)
            returned.update(names)
            if cursor == "0":
                break
            change(scanned, how, step, others, rng)
        assert cursor == "0", "the scan does not end"
        assert set(kept) <= returned, f"missing: {sorted(set(kept) - returned)[:10]}"
        assert returned <= set(kept) | set(others) | {others[0] + "x" * 200}


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_stays_is_returned(kind: str, form: str, how: str, server_pair: ServerPair) -> None:
    number = int(os.environ.get("AUTOCACHE_TEST_SEED") or random.SystemRandom().getrandbits(32))
    print(f"AUTOCACHE_TEST_SEED={number}")  # pytest shows it when the test fails.
    server_pair.ensure_alive()
    for server in (server_pair.ours, server_pair.redis):
        scan_while_changing(server, kind, FORMS[form], how, random.Random(number))


@pytest.mark.parametrize("kind", KINDS)
def test_without_changes_nothing_is_returned_twice(kind: str, server: Server) -> None:
    """More than is promised, but a table that rests is walked once."""
    with server.connect(30) as connection:
        scanned = Scanned(kind, connection)
        names = [f"name:{number}" for number in range(3000)]
        scanned.add(names)
        found: list[str] = []
        cursor = "0"
        for _ in range(STEPS_MAX):
            cursor, some = scanned.step(cursor, "COUNT", 7)
            found += some
            if cursor == "0":
                break
        assert sorted(found) == sorted(names)
