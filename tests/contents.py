"""Random contents of every data type, as the commands that make them under the key `k`.

They cross the usual limits of the encodings, and some commands fail, which is no mistake.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.wire import Argument

Command = tuple[Argument, ...]


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
            made.append(
                ("XGROUP", "CREATE", "k", "h", "0", "MKSTREAM") if "h" not in str(made) else group_command(draw)
            )
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
