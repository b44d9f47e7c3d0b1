"""Values made by the same random commands on both servers, and their payloads restored on the other one.

Wherever the order of elements is defined, both servers must dump the same bytes. A payload of either must load on the
other, under a configuration of its own, and then be the same as on the server that made it: content, encoding, and
what a second DUMP says.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest

from tests.conformance.normalise import comparison
from tests.conformance.sequences import READERS
from tests.conftest import ServerPair
from tests.wire import Argument, Connection, parse

ROUNDS = 60
Command = tuple[Argument, ...]

CONFIGURATIONS: tuple[dict[str, int], ...] = (
    {},
    {
        "list-max-listpack-size": 3,
        "set-max-intset-entries": 4,
        "hash-max-listpack-entries": 5,
        "zset-max-listpack-entries": 5,
    },
    {"list-max-listpack-size": -1, "stream-node-max-entries": 5, "hash-max-listpack-value": 8, "zset-max-listpack-value": 8},
    {
        "list-max-listpack-size": 200,
        "set-max-intset-entries": 2000,
        "hash-max-listpack-entries": 2000,
        "zset-max-listpack-entries": 2000,
        "hash-max-listpack-value": 100_000,
        "zset-max-listpack-value": 100_000,
    },
    {"set-max-intset-entries": 0, "hash-max-listpack-entries": 0, "zset-max-listpack-entries": 0},
)
#: The encodings whose elements have no order: their bytes are compared on one server only.
UNORDERED = (b"set", b"hash")


def word(draw: random.Random) -> bytes:
    """A text or a number, mostly short."""
    kind = draw.randrange(8)
    if kind == 0:
        return b"%d" % draw.randrange(-(2 ** draw.randrange(1, 64)), 2 ** draw.randrange(1, 64))
    if kind == 1:
        return draw.randbytes(draw.randrange(80))
    if kind == 2:
        return draw.choice([b"", b"0", b"-1", b"007", b"1.5", b"a" * 64, b"a" * 65, b"b" * 200, b"\x00", b"128"])
    if kind == 3 and draw.random() < 0.1:
        return draw.randbytes(20) * draw.randrange(1, 1000)
    return b"word:%d" % draw.randrange(1000)


def size(draw: random.Random) -> int:
    return draw.choice([1, 2, 3, 5, 6, 20, draw.randrange(200), 130, 513, 700]) or 1


def list_commands(draw: random.Random) -> list[Command]:
    made: list[Command] = []
    for _ in range(size(draw)):
        made.append((draw.choice(["RPUSH", "RPUSH", "LPUSH"]), "k", word(draw)))
        if draw.random() < 0.1:
            made.append(draw.choice([("LPOP", "k"), ("RPOP", "k"), ("LSET", "k", 0, word(draw))]))
            made.append(("LINSERT", "k", "BEFORE", "word:1", word(draw)))
    return [*made, ("RPUSH", "k", "end")]


def set_commands(draw: random.Random) -> list[Command]:
    numbers = draw.random() < 0.5
    width = draw.choice([8, 16, 32, 60])
    made: list[Command] = [
        ("SADD", "k", draw.randrange(-(2**width), 2**width) if numbers else word(draw)) for _ in range(size(draw))
    ]
    if draw.random() < 0.2:
        made += [("SADD", "k", "text"), ("SREM", "k", "text")] if numbers else [("SADD", "k", 1)]
    return made


def hash_commands(draw: random.Random) -> list[Command]:
    made: list[Command] = [("HSET", "k", word(draw), word(draw)) for _ in range(size(draw))]
    if draw.random() < 0.3:
        made += [("HSET", "k", "a", "b" * draw.randrange(100)), ("HDEL", "k", "word:1"), ("HINCRBY", "k", "n", 5)]
    return made


def score(draw: random.Random) -> str:
    kind = draw.randrange(6)
    if kind == 0:
        return draw.choice(["inf", "-inf", "0", "-0", "1e300", "1e-300", "4611686018427387904", "9007199254740993"])
    if kind == 1:
        return repr(draw.uniform(-1e6, 1e6))
    return str(draw.randrange(-100, 100))


def zset_commands(draw: random.Random) -> list[Command]:
    made: list[Command] = [("ZADD", "k", score(draw), word(draw)) for _ in range(size(draw))]
    if draw.random() < 0.3:
        made += [("ZADD", "k", "1", "a" * draw.randrange(100)), ("ZREM", "k", "word:1"), ("ZINCRBY", "k", "0.1", "n")]
    return made


def stream_id(draw: random.Random) -> str:
    return f"{draw.choice([1, 2, 3, 300, 2**32, 2**40])}-{draw.randrange(6)}"


def group_command(draw: random.Random) -> Command:
    group, consumer = draw.choice(["g", "h"]), draw.choice(["alice", "bob", ""])
    return draw.choice(
        [
            ("XREADGROUP", "GROUP", group, consumer, "COUNT", draw.randrange(1, 9), "STREAMS", "k", ">"),
            ("XREADGROUP", "GROUP", group, consumer, "COUNT", 2, "NOACK", "STREAMS", "k", ">"),
            ("XACK", "k", group, stream_id(draw), stream_id(draw)),
            ("XCLAIM", "k", group, consumer, 0, stream_id(draw), "FORCE", "RETRYCOUNT", draw.randrange(1000)),
            ("XAUTOCLAIM", "k", group, consumer, 0, "-", "COUNT", 3),
            ("XGROUP", "CREATECONSUMER", "k", group, "carol"),
            ("XGROUP", "DELCONSUMER", "k", group, "bob"),
            ("XGROUP", "SETID", "k", group, stream_id(draw)),
        ]
    )


def stream_commands(draw: random.Random) -> list[Command]:
    made: list[Command] = [("XGROUP", "CREATE", "k", "g", "$", "MKSTREAM")] if draw.random() < 0.5 else []
    grouped = bool(made)
    ms, seq = 0, 0
    for _ in range(size(draw)):
        ms, seq = (ms, seq + 1) if draw.random() < 0.5 else (ms + draw.choice([1, 1, 100, 2**33]), draw.randrange(5))
        fields = draw.choice([[b"a"], [b"a", b"b"], [b"a", b"b"], [word(draw)]])
        made.append(("XADD", "k", f"{ms}-{seq}", *(part for name in fields for part in (name, word(draw)))))
        if grouped and draw.random() < 0.2:
            made.append(("XGROUP", "CREATE", "k", "h", "0", "MKSTREAM") if "h" not in str(made) else group_command(draw))
        if draw.random() < 0.1:
            made.append(("XDEL", "k", f"{ms}-{seq}", "1-1"))
    if draw.random() < 0.3:
        made.append(("XTRIM", "k", "MAXLEN", draw.choice(["=", "~"]), draw.randrange(50)))
    if draw.random() < 0.2:
        made.append(("XSETID", "k", f"{ms + 5}-0", "ENTRIESADDED", 10_000, "MAXDELETEDID", "1-1"))
    return made


MAKERS: dict[str, Callable[[random.Random], list[Command]]] = {
    "list": list_commands,
    "set": set_commands,
    "hash": hash_commands,
    "sorted set": zset_commands,
    "stream": stream_commands,
}


def run(connection: Connection, *words: Argument) -> bytes:
    """The reply to a command that must not fail."""
    reply = connection.command(*words)
    assert not reply.startswith(b"-"), (words[:2], reply)
    return reply


def dump(connection: Connection, key: str) -> bytes:
    payload = parse(run(connection, "DUMP", key))[1]
    assert isinstance(payload, bytes)
    return payload


def configure(sides: list[Connection], configuration: dict[str, int]) -> None:
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
        saved = {name: int(parse(redis.command("CONFIG", "GET", name))[1][1][1]) for name in names}
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
