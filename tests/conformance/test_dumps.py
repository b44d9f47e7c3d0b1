"""Values made by the same random commands on both servers, and their payloads restored on the other one.

Wherever the order of elements is defined, both servers must dump the same bytes. A payload of either must load on the
other, under a configuration of its own, and then be the same as on the server that made it: content, encoding, and
what a second DUMP says.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.conformance.normalise import comparison
from tests.conformance.sequences import READERS
from tests.conftest import ServerPair
from tests.contents import MAKERS
from tests.wire import Argument, Connection, parse

ROUNDS = 60

CONFIGURATIONS: tuple[dict[str, int | str], ...] = (
    {},
    {
        "list-max-listpack-size": 3,
        "set-max-intset-entries": 4,
        "hash-max-listpack-entries": 5,
        "zset-max-listpack-entries": 5,
    },
    {
        "list-max-listpack-size": -1,
        "stream-node-max-entries": 5,
        "hash-max-listpack-value": 8,
        "zset-max-listpack-value": 8,
    },
    {
        "list-max-listpack-size": 200,
        "set-max-intset-entries": 2000,
        "hash-max-listpack-entries": 2000,
        "zset-max-listpack-entries": 2000,
        "hash-max-listpack-value": 100_000,
        "zset-max-listpack-value": 100_000,
    },
    {"set-max-intset-entries": 0, "hash-max-listpack-entries": 0, "zset-max-listpack-entries": 0},
    {"rdbcompression": "no"},
)
#: The encodings whose elements have no order: their bytes are compared on one server only.
UNORDERED = (b"set", b"hash")


def run(connection: Connection, *words: Argument) -> bytes:
    """The reply to a command that must not fail."""
    reply = connection.command(*words)
    assert not reply.startswith(b"-"), (words[:2], reply)
    return reply


def dump(connection: Connection, key: str) -> bytes:
    payload = parse(run(connection, "DUMP", key))[1]
    assert isinstance(payload, bytes)
    return payload


def configure(sides: list[Connection], configuration: dict[str, int | str]) -> None:
    for side in sides:
        for name, value in configuration.items():
            run(side, "CONFIG", "SET", name, value)


def compare(sides: list[Connection], key: str) -> None:
    """Both servers hold the same under `key`, in the same encoding, and dump the same bytes where there is an order."""
    kinds = [parse(side.command("TYPE", key))[1] for side in sides]
    assert kinds[0] == kinds[1]
    (name, *rest), normaliser = READERS[kinds[0]]
    for command in ((name, key, *rest), ("OBJECT", "ENCODING", key)):
        left, right = (side.command(*command) for side in sides)
        if command[0] == name and normaliser:
            assert comparison(normaliser)(parse(left), parse(right)), key
        else:
            assert left == right, (key, command, left[:200], right[:200])
    if kinds[0] == b"stream":
        figures = [side.command("XINFO", "STREAM", key, "FULL", "COUNT", 0) for side in sides]
        if key == "k" and b"seen-time" in figures[0]:
            return  # Made by commands: the times at which consumers were seen are each server's own.
        assert figures[0] == figures[1], key
    if not (kinds[0] in UNORDERED and b"hashtable" in sides[1].command("OBJECT", "ENCODING", key)):
        assert dump(sides[0], key) == dump(sides[1], key), key


@pytest.mark.parametrize("kind", MAKERS)
def test_payloads_of_either_server_load_on_the_other(kind: str, server_pair: ServerPair) -> None:
    seed = int(os.environ.get("AUTOCACHE_SEED") or random.randrange(2**32))
    print(f"AUTOCACHE_SEED={seed}")
    draw = random.Random(seed)
    server_pair.ensure_alive()
    names = {name for configuration in CONFIGURATIONS for name in configuration}
    with server_pair.ours.connect() as ours, server_pair.redis.connect() as redis:
        sides = [ours, redis]
        saved = {name: parse(redis.command("CONFIG", "GET", name))[1][1][1] for name in names}
        try:
            for _ in range(ROUNDS):
                for side in sides:
                    run(side, "FLUSHALL")
                configure(sides, saved | draw.choice(CONFIGURATIONS))
                for command in MAKERS[kind](draw):
                    for side in sides:
                        side.command(*command)
                compare(sides, "k")
                configure(sides, saved | draw.choice(CONFIGURATIONS))
                payloads = [dump(side, "k") for side in sides]
                for side in sides:
                    for key, payload in zip(("from ours", "from redis"), payloads, strict=True):
                        assert run(side, "RESTORE", key, 0, payload) == b"+OK\r\n"
                compare(sides, "from ours")
                compare(sides, "from redis")
        finally:
            configure(sides, saved)
