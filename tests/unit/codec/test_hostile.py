"""Payloads of every type with changed bytes: each is refused, or it makes a value that can be used like any other.

A value that is accepted is read with every command that walks it, changed, dumped, restored again and removed; nothing
may be lost or held then. On a sanitizer build this finds reads and writes out of bounds.
"""

from __future__ import annotations

import os
import random

import pytest

from autocache.codec.rdb import framed
from autocache.commands.cache import Cache, LocalSession
from autocache.memory.alloc import usage
from tests.contents import MAKERS
from tests.fuzz.payloads import VALUES, payload_of
from tests.wire import parse, to_bytes

MUTATIONS = 20_000
CONTENTS = 40
BYTES_MAX = 600
FOOTER_BYTES = 10
VERSION_BYTES = 2
BAD = (b"-ERR Bad data format\r\n", b"-ERR DUMP payload version or checksum are wrong\r\n")

#: What is done to a value, by its type. The key stands where `k` does.
USES: dict[bytes, str] = {
    b"string": "GET k|STRLEN k|APPEND k x|SETRANGE k 3 yy|INCR k|BITCOUNT k",
    b"list": """
        LRANGE k 0 -1|LRANGE k -3 -1|LINDEX k -1|LPOS k a COUNT 0|RPUSH k x 1|LPUSH k y|LINSERT k BEFORE x z
        LSET k 0 q|LREM k 0 a|LREM k -1 x|LTRIM k 1 -2|LPOP k 2|RPOP k|LMOVE k k LEFT RIGHT|LLEN k
    """,
    b"set": """
        SMEMBERS k|SCARD k|SISMEMBER k a|SRANDMEMBER k 5|SRANDMEMBER k -5|SSCAN k 0 COUNT 100|SADD k 1 2 70000
        SADD k text|SREM k a 1|SINTER k k|SPOP k|SPOP k 2|SMOVE k other text|SCARD k
    """,
    b"hash": """
        HGETALL k|HLEN k|HGET k a|HRANDFIELD k 5 WITHVALUES|HRANDFIELD k -5|HSCAN k 0 COUNT 100|HSTRLEN k a
        HINCRBY k n 1|HSET k a b new field|HDEL k a|HEXPIRE k 100 FIELDS 1 new|HTTL k FIELDS 2 new a
        HSET k long 012345678901234567890123456789012345678901234567890123456789012345678901234|HKEYS k|HVALS k
        HGETDEL k FIELDS 1 new
    """,
    b"zset": """
        ZRANGE k 0 -1 WITHSCORES|ZREVRANGE k 0 -1|ZRANGEBYSCORE k -inf +inf|ZRANGEBYLEX k - +|ZSCORE k a|ZRANK k a
        ZCARD k|ZCOUNT k -inf (5|ZLEXCOUNT k - +|ZRANDMEMBER k 5 WITHSCORES|ZSCAN k 0|ZADD k 1 a 2 b -3.5 c
        ZINCRBY k 1.5 a|ZREM k b|ZREMRANGEBYSCORE k 5 6|ZREMRANGEBYRANK k 1 1|ZPOPMIN k|ZPOPMAX k 2|ZREVRANK k c
    """,
    b"stream": """
        XRANGE k - +|XREVRANGE k + -|XLEN k|XINFO STREAM k FULL COUNT 0|XINFO GROUPS k|XINFO CONSUMERS k g
        XPENDING k g|XPENDING k g - + 10|XREAD STREAMS k 0|XADD k * a 1 b 2|XADD k * z 1
        XREADGROUP GROUP g alice COUNT 3 STREAMS k >|XREADGROUP GROUP g bob STREAMS k 0
        XCLAIM k g bob 0 1-1 1-2 3-3|XAUTOCLAIM k g alice 0 - COUNT 5|XACK k g 1-1 2-1 3-3|XDEL k 1-1 1-2 2-1
        XTRIM k MAXLEN 5|XTRIM k MINID ~ 3|XGROUP DELCONSUMER k g bob|XGROUP CREATE k h $|XDEL k 3-1
        XGROUP DESTROY k g|XSETID k 18446744073709551615-1|XREVRANGE k + - COUNT 1
    """,
}


def seeded() -> random.Random:
    seed = int(os.environ.get("AUTOCACHE_SEED") or random.randrange(2**32))
    print(f"AUTOCACHE_SEED={seed}")
    return random.Random(seed)


def mutated(draw: random.Random, value: bytes) -> bytes:
    """The value with up to four bytes changed, cut, repeated or moved."""
    made = bytearray(value)
    for _ in range(draw.choice([1, 1, 1, 2, 3, 4])):
        place = draw.randrange(len(made))
        made[place] = draw.choice([draw.randrange(256), made[place] ^ 1 << draw.randrange(8), 0, 255, 0x81])
    if draw.random() < 0.1:
        del made[draw.randrange(1, len(made) + 1) :]
    if draw.random() < 0.1:
        at, length = draw.randrange(len(made)), draw.randrange(1, 30)
        made[draw.randrange(len(made)) :][:length] = made[at : at + length]
    if draw.random() < 0.05:
        made += made[draw.randrange(len(made)) :]
    return bytes(made)


def values(draw: random.Random, session: LocalSession, kind: str) -> list[bytes]:
    """Dumped values of a type, not too long, most of them not compressed: there a changed byte goes deeper."""
    made = [value for name, value in VALUES.items() if name.startswith(kind)]
    while len(made) < CONTENTS:
        session.execute(b"DEL", b"k")
        for command in MAKERS[kind](draw)[: draw.randrange(1, 40)]:
            session.execute(*map(to_bytes, command))
        if kind == "hash" and draw.random() < 0.3:
            session.execute(b"HEXPIRE", b"k", b"1000", b"FIELDS", b"2", b"a", b"n")
        payload = parse(session.execute(b"DUMP", b"k"))[1]
        if payload is not None and len(payload) < BYTES_MAX:
            made.append(payload[:-FOOTER_BYTES])
    return made


def use(session: LocalSession) -> None:
    """Read and change the value under `k` in every way."""
    kind = parse(session.execute(b"TYPE", b"k"))[1]
    for line in USES[kind].replace("|", "\n").split("\n"):
        if line.strip():
            reply = session.execute(*line.encode().split())
            assert b"internal error" not in reply, line
            parse(reply)


def restore(session: LocalSession, key: bytes, value: bytes) -> bool:
    reply = session.execute(b"RESTORE", key, b"0", payload_of(value), b"REPLACE")
    assert reply == b"+OK\r\n" or reply in BAD, reply
    return reply == b"+OK\r\n"


def settle(cache: Cache, session: LocalSession) -> tuple[int, int]:
    """Empty everything; what is held then."""
    # After a long value DUMP gives its buffer back.
    session.execute(b"SET", b"k", b"a" * 20_000)
    cache.configure(rdbcompression=False)
    session.execute(b"DUMP", b"k")
    session.execute(b"FLUSHALL")
    while cache.tick():
        pass
    figures = usage()
    return figures["live_blocks"], figures["used_bytes"]


@pytest.mark.parametrize("kind", MAKERS)
def test_changed_payloads_do_no_harm(kind: str) -> None:
    draw = seeded()
    cache = Cache()
    session = cache.session()
    # What the first DUMP of a cache makes is kept.
    session.execute(b"SET", b"k", b"a" * 1000)
    session.execute(b"DUMP", b"k")
    cache.configure(rdbcompression=False)
    sources = values(draw, session, kind)
    for value in sources:
        assert restore(session, b"k", value), value.hex()
        use(session)
    held = settle(cache, session)
    accepted = 0
    for _ in range(MUTATIONS):
        cache.configure(
            rdbcompression=draw.random() < 0.1,
            hash_max_listpack_entries=draw.choice([2, 512]),
            zset_max_listpack_entries=draw.choice([2, 128]),
            set_max_intset_entries=draw.choice([2, 512]),
            list_max_listpack_size=draw.choice([2, -2]),
        )
        value = mutated(draw, draw.choice(sources))
        if not restore(session, b"k", value):
            continue
        accepted += 1
        again = parse(session.execute(b"DUMP", b"k"))[1]
        use(session)
        assert session.execute(b"RESTORE", b"copy", b"0", again, b"REPLACE") == b"+OK\r\n", value.hex()
        session.execute(b"COPY", b"copy", b"k", b"REPLACE")
        use(session)
    assert accepted > MUTATIONS // 50
    assert settle(cache, session) == held


def test_lengths_that_promise_too_much() -> None:
    """What a length claims is not allocated before the bytes are there."""
    cache = Cache()
    session = cache.session()
    huge = b"\x81" + b"\x7f" + b"\xff" * 7
    cache.reset_memory_peak()
    before = usage()["used_bytes"]
    for kind in range(24):
        for head in (huge, b"\x80\xff\xff\xff\xff", b"\x01" + huge, b"\x01\x02" + huge, b"\x00" * 30 + huge):
            restore(session, b"k", bytes([kind]) + head + b"abc")
    assert usage()["peak_bytes"] - before < 1 << 16


def test_a_payload_speaks_for_itself() -> None:
    """Types that only later versions know are refused in a payload of version 10, and their versions with others."""
    session = Cache().session()
    packed = bytes.fromhex("0a0a00000001008161") + b"\x02\xff"
    assert not restore(session, b"k", b"\x14" + packed)
    assert not restore(session, b"k", b"\x17" + packed)
    for version in (11, 79, 80, 81):
        reply = session.execute(b"RESTORE", b"k", b"0", framed(b"\x00\x01a", version))
        assert reply == BAD[1], version
