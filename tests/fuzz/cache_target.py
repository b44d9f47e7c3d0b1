"""What every stream of requests to a whole cache must satisfy: `check(data)`, for any maker of inputs.

An input is a program of bytes: each step takes a few of them to choose a session, a command and its arguments from a
dictionary, or lets time pass, or changes a setting, or feeds raw bytes through the request parser into `execute` (which
is what a connection does, without its socket). The clock is the input's, so a finding replays.

1. Nothing crashes, and no command answers that it met a bug.
2. DBSIZE is the number of keys that a whole SCAN returns, once what has expired is removed.
3. When everything is flushed, forgotten and ticked through, as many blocks are live as before.
4. The replies are RESP.

Memory errors are the sanitizer's to find.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import random
from typing import TypeVar

from autocache.codec.rdb import framed
from autocache.commands.cache import Cache, LocalSession
from autocache.memory.alloc import usage
from autocache.resp.parser import ProtocolError, RequestParser
from tests.fuzz.payloads import VALUES as PAYLOAD_VALUES
from tests.wire import parse_all

Item = TypeVar("Item")

START_MS = 1_700_000_000_000
SESSIONS = 4
STEPS_MAX = 400
TICKS_MAX = 20_000
DATABASES = 3
MAXMEMORY_SPARE = 60_000
ENDED = 1 << 4 | 1 << 21  # S_CLOSE, S_KILLED (context.pxd)

logging.getLogger("autocache.commands").setLevel(logging.CRITICAL)

KEYS = (b"a", b"b", b"c", b"key:1", b"key:2", b"key:3", b"", b"k" * 300, b"k" * 1100, b"\0\xff\r\n", b"n", b"big")
VALUES = (
    b"",
    b"0",
    b"1",
    b"-1",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"1.5",
    b"3.0e3",
    b"nan",
    b"inf",
    b"x",
    b"hello world",
    b"y" * 44,
    b"z" * 45,
    b"v" * 255,
    b"v" * 980,
    b"w" * 1000,
    b"w" * 1024,
    b"u" * 17_000,
    b"t" * 33_000,
    b"s" * 70_000,
    b"\0",
    b"%s%n",
    b"HYLL\x01" + bytes(11) + b"\x7f\xff",
    b"HYLL\x01" + bytes(10) + b"\x80" + b"\x7f\x00\x84\x40\x83\x80" * 9,
    b"HYLL\0" + bytes(10) + b"\x80" + b"\xf3\x0c" * 6144,
    b"1e400",
)
NUMBERS = (
    b"0",
    b"1",
    b"2",
    b"3",
    b"-1",
    b"-2",
    b"10",
    b"100",
    b"1000",
    b"65536",
    b"100000",
    b"2147483647",
    b"-2147483648",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775",
    b"1700000000001",
    b"18446744073709551615",
    b"x",
)
PATTERNS = (b"*", b"key:*", b"k*", b"[a-c]", b"[^a]", b"?", b"*k*k*k*", b"\\*", b"[", b"a")
PAYLOADS = tuple(PAYLOAD_VALUES.values())
IDS = (b"1", b"2", b"3", b"4", b"5", b"6", b"99", b"0", b"-1")

# Words in capitals stand as they are; k a key, v a value, n a number, p a pattern, i an id, r a payload to be restored;
# `...` repeats what is before.
COMMANDS = tuple(
    line.split()
    for line in """
    GET k|GETDEL k|GETEX k|GETEX k EX n|GETEX k PXAT n|GETEX k PERSIST|GETSET k v|SET k v|SET k v NX|SET k v XX GET
    SET k v EX n|SET k v PX n|SET k v PXAT n|SET k v KEEPTTL|SET k v IFEQ v|SET k v GET|SETEX k n v|PSETEX k n v
    SETNX k v|MGET k k k|MGET k ...|MSET k v k v k v|MSETNX k v k v|APPEND k v|APPEND big v|SETRANGE k n v
    GETRANGE k n n
    SUBSTR k n n|STRLEN k|LCS k k|LCS k k LEN|LCS k k IDX WITHMATCHLEN MINMATCHLEN n|INCR k|DECR k|INCRBY k n|DECRBY k n
    SETBIT k n 1|SETBIT k 100 0|GETBIT k n|BITCOUNT k|BITCOUNT k n n BIT|BITPOS k 1 n n BIT|BITPOS k 0|BITOP AND k k k
    BITOP OR k k ...|BITOP NOT k k|BITFIELD k SET i64 n n GET u63 n|BITFIELD k OVERFLOW SAT INCRBY u7 #3 n
    BITFIELD_RO k GET i9 n|PFADD k v v v|PFADD k|PFCOUNT k|PFCOUNT k k|PFMERGE k k k|PFDEBUG GETREG k|PFDEBUG DECODE k
    PFDEBUG TODENSE k
    INCRBYFLOAT k v|INCR n|DEL k|DEL k ...|UNLINK k|UNLINK k k k|EXISTS k k|TOUCH k k|TYPE k|EXPIRE k n|EXPIRE k n GT
    EXPIRE k n NX|EXPIRE k n LT|PEXPIRE k n|PEXPIRE k n XX|EXPIREAT k n|PEXPIREAT k n|TTL k|PTTL k|EXPIRETIME k
    PEXPIRETIME k|PERSIST k|RENAME k k|RENAMENX k k|MOVE k n|COPY k k|COPY k k REPLACE|COPY k k DB n
    COPY k k DB n REPLACE
    KEYS p|SCAN n|SCAN n MATCH p COUNT n|SCAN 0 TYPE string|SCAN 0 COUNT 1000|RANDOMKEY|DBSIZE|FLUSHDB|FLUSHDB ASYNC
    FLUSHALL|FLUSHALL ASYNC|SWAPDB n n|SWAPDB 0 1|SELECT n|SELECT 0|SELECT 1|MULTI|MULTI|EXEC|EXEC|DISCARD
    WATCH k|WATCH k k
    UNWATCH|PING|PING v|ECHO v|HELLO 2|HELLO 3|HELLO 3 SETNAME k|RESET|WAIT n n|QUIT|AUTH v|DELIFEQ k v
    OBJECT ENCODING k|OBJECT FREQ k|OBJECT IDLETIME k|OBJECT REFCOUNT k|OBJECT HELP|MEMORY USAGE k|MEMORY STATS
    MEMORY DOCTOR|DEBUG OBJECT k|DEBUG SDSLEN k|DEBUG DIGEST|DEBUG DIGEST-VALUE k k|DEBUG HTSTATS 0|DEBUG POPULATE 50
    DEBUG PROTOCOL attrib|DEBUG PROTOCOL map|DEBUG ERROR v|CLIENT ID|CLIENT INFO|CLIENT LIST|CLIENT SETNAME k
    CLIENT GETNAME|CLIENT KILL ID i|CLIENT KILL ID i SKIPME no|CLIENT UNBLOCK i|CLIENT UNBLOCK i ERROR|CLIENT PAUSE n
    CLIENT PAUSE n WRITE|CLIENT UNPAUSE|CLIENT REPLY ON|CLIENT REPLY OFF|CLIENT REPLY SKIP|CLIENT NO-EVICT ON
    CLIENT NO-TOUCH ON|CLIENT NO-TOUCH OFF|CLIENT TRACKING ON|CLIENT TRACKING ON REDIRECT i|CLIENT TRACKING ON BCAST
    CLIENT TRACKING ON BCAST PREFIX k PREFIX k|CLIENT TRACKING ON OPTIN|CLIENT TRACKING ON OPTOUT NOLOOP
    CLIENT TRACKING ON BCAST NOLOOP|CLIENT TRACKING OFF|CLIENT CACHING YES|CLIENT CACHING NO|CLIENT TRACKINGINFO
    CLIENT GETREDIR|COMMAND COUNT|COMMAND GETKEYS MSET k v k v|COMMAND GETKEYS k v|COMMAND INFO get|COMMAND DOCS set
    CONFIG GET p|INFO|INFO everything|LATENCY HISTOGRAM|LATENCY LATEST|SLOWLOG GET|SLOWLOG RESET|MONITOR|TIME
    DUMP k|DUMP k|RESTORE k 0 r|RESTORE k 0 r REPLACE|RESTORE k 0 r REPLACE|RESTORE k n r REPLACE ABSTTL
    RESTORE k n r REPLACE IDLETIME n|RESTORE k n r FREQ n|RESTORE k 0 v
    GEOADD k n n v n n v|GEOADD k 10 50 v 10.1 50 v 180 -85 v|GEOADD k XX CH 1 1 v|GEODIST k v v KM
    GEOPOS k v v|GEOHASH k v
    GEORADIUS k 10 50 n km WITHDIST|GEORADIUS k 0 0 n mi COUNT n STORE k|GEORADIUSBYMEMBER k v n km DESC COUNT 3
    GEORADIUSBYMEMBER k v n ft STOREDIST k|GEORADIUS_RO k n n n m COUNT 1 ANY WITHHASH WITHCOORD
    GEOSEARCH k FROMMEMBER v BYBOX n n km ASC|GEOSEARCH k FROMLONLAT 10 50 BYRADIUS n km COUNT 2 WITHCOORD
    GEOSEARCHSTORE k k FROMMEMBER v BYRADIUS n km STOREDIST
    NOSUCH v v|GET|GET k k|SET k|CLIENT|OBJECT k|CLIENT NOSUCH|CONFIG RESETSTAT
    SUBSCRIBE k|SUBSCRIBE k k k|SUBSCRIBE k ...|PSUBSCRIBE p|PSUBSCRIBE p p|PSUBSCRIBE __key*|SSUBSCRIBE k|UNSUBSCRIBE
    UNSUBSCRIBE k k|PUNSUBSCRIBE|PUNSUBSCRIBE p|SUNSUBSCRIBE|SUNSUBSCRIBE k|PUBLISH k v|PUBLISH k v|SPUBLISH k v
    PUBSUB CHANNELS|PUBSUB CHANNELS p|PUBSUB NUMSUB k k|PUBSUB NUMPAT|PUBSUB SHARDCHANNELS|PUBSUB SHARDNUMSUB k
    CLIENT KILL TYPE pubsub
    XADD k * k v|XADD k n k v k v|XADD k n-* k v|XADD k MAXLEN n * k v|XADD k MAXLEN ~ n * k v|XADD k MINID n n k v
    XADD k * k v ...|XADD k NOMKSTREAM * v v|XTRIM k MAXLEN n|XTRIM k MAXLEN ~ n LIMIT n|XTRIM k MINID n|XDEL k n n
    XLEN k|XRANGE k - +|XRANGE k n n COUNT n|XREVRANGE k + - COUNT n|XREAD COUNT n STREAMS k k n n|XREAD STREAMS k 0
    XREAD BLOCK n STREAMS k $|XREAD BLOCK 0 STREAMS k k $ $|XSETID k n|XSETID k n ENTRIESADDED n MAXDELETEDID n
    XGROUP CREATE k a 0 MKSTREAM|XGROUP CREATE k a $|XGROUP CREATE k v n ENTRIESREAD n|XGROUP SETID k a n
    XGROUP DESTROY k a|XGROUP CREATECONSUMER k a v|XGROUP DELCONSUMER k a c|XREADGROUP GROUP a c STREAMS k >
    XREADGROUP GROUP a v COUNT n STREAMS k >|XREADGROUP GROUP a c STREAMS k 0|XREADGROUP GROUP a c NOACK STREAMS k >
    XREADGROUP GROUP a c BLOCK 0 STREAMS k >|XREADGROUP GROUP a v BLOCK n STREAMS k k > >|XACK k a n n|XPENDING k a
    XPENDING k a - + n|XPENDING k a IDLE n n + n v|XCLAIM k a v n n n|XCLAIM k a c 0 n FORCE RETRYCOUNT n LASTID n
    XCLAIM k a v n n IDLE n TIME n JUSTID|XAUTOCLAIM k a v n n|XAUTOCLAIM k a c 0 0 COUNT n JUSTID|XINFO STREAM k
    XINFO STREAM k FULL COUNT n|XINFO GROUPS k|XINFO CONSUMERS k a
    HSET k k v|HSET k k v|HSET k k v k v k v|HMSET k k v k v|HSETNX k k v|HGET k k|HMGET k k k k|HDEL k k|HDEL k k k k
    HLEN k|HSTRLEN k k|HEXISTS k k|HINCRBY k k n|HINCRBYFLOAT k k v|HKEYS k|HVALS k|HGETALL k|HRANDFIELD k
    HRANDFIELD k n|HRANDFIELD k 2 WITHVALUES|HRANDFIELD k -5 WITHVALUES|HSCAN k n|HSCAN k 0 MATCH p COUNT n NOVALUES
    HEXPIRE k n FIELDS 1 k|HPEXPIRE k n FIELDS 2 k k|HPEXPIRE k n NX FIELDS 2 k k|HPEXPIRE k n GT FIELDS 1 k
    HEXPIREAT k n FIELDS 1 k|HPEXPIREAT k n LT FIELDS 2 k k|HTTL k FIELDS 2 k k|HPEXPIRETIME k FIELDS 1 k
    HPERSIST k FIELDS 2 k k|HGETEX k PX n FIELDS 2 k k|HGETEX k PERSIST FIELDS 1 k|HGETDEL k FIELDS 2 k k
    HSETEX k PX n FIELDS 2 k v k v|HSETEX k FNX EXAT n FIELDS 1 k v|HSETEX k KEEPTTL FXX FIELDS 1 k v|HTTL k FIELDS n k
    ZADD k n k|ZADD k n k n v|ZADD k v k n k n k|ZADD k NX n k|ZADD k XX CH n k|ZADD k GT n k n v|ZADD k INCR v k
    ZINCRBY k v k|ZINCRBY k n v|ZREM k k|ZREM k k v k|ZCARD k|ZSCORE k k|ZMSCORE k k v|ZRANK k k|ZREVRANK k v
    ZRANDMEMBER k|ZRANDMEMBER k 2 WITHSCORES|ZRANDMEMBER k -5 WITHSCORES|ZSCAN k n|ZSCAN k 0 MATCH p COUNT n|ZPOPMIN k
    ZPOPMAX k|ZPOPMIN k n|ZPOPMAX k 2|ZMPOP 2 k k MIN|ZMPOP 2 k k MAX COUNT n|BZPOPMIN k 1|BZPOPMAX k k 0
    BZMPOP 0 2 k k MAX COUNT 2|ZRANGE k 0 -1
    ZRANGE k n n WITHSCORES|ZRANGE k n n REV|ZRANGE k n v BYSCORE LIMIT n n|ZRANGE k -inf +inf BYSCORE
    ZRANGE k (v v BYSCORE REV|ZRANGE k [k (v BYLEX|ZRANGE k - + BYLEX LIMIT n n|ZRANGE k + [v BYLEX REV|ZREVRANGE k n n
    ZRANGEBYSCORE k n n WITHSCORES|ZREVRANGEBYSCORE k +inf n LIMIT n n|ZRANGEBYLEX k - + LIMIT n n|ZREVRANGEBYLEX k + -
    ZCOUNT k n n|ZCOUNT k v +inf|ZLEXCOUNT k - [k|ZREMRANGEBYRANK k n n|ZREMRANGEBYRANK k 1 2|ZREMRANGEBYSCORE k n n
    ZREMRANGEBYLEX k - (v|ZRANGESTORE k k n n|ZRANGESTORE k k n n BYSCORE REV LIMIT n n|ZRANGESTORE k k - + BYLEX
    ZUNION 2 k k WITHSCORES|ZINTER 2 k k WEIGHTS v n|ZDIFF 2 k k WITHSCORES|ZINTERCARD 2 k k LIMIT n
    ZUNIONSTORE k 2 k k|ZUNIONSTORE k 3 k k k WEIGHTS n v n AGGREGATE MAX|ZINTERSTORE k 2 k k AGGREGATE MIN
    ZDIFFSTORE k 2 k k|ZADD k 0 k 0 v 0 k|ZADD k 1 k 2 k 3 k 4 k
    """.replace("\n", "|").split("|")
    if line.strip()
)

SETTINGS: tuple[dict[str, object], ...] = (
    {"maxmemory_policy": "allkeys-lru"},
    {"maxmemory_policy": "allkeys-lfu"},
    {"maxmemory_policy": "allkeys-random"},
    {"maxmemory_policy": "volatile-lru"},
    {"maxmemory_policy": "volatile-ttl"},
    {"maxmemory_policy": "volatile-random"},
    {"maxmemory_policy": "noeviction"},
    {"maxmemory": 0},
    {"lazyfree_lazy_expire": True, "lazyfree_lazy_eviction": True, "lazyfree_lazy_user_del": True},
    {"lazyfree_lazy_expire": False, "lazyfree_lazy_eviction": False, "lazyfree_lazy_user_del": False},
    {"tracking_table_max_keys": 2},
    {"tracking_table_max_keys": 1000},
    {"slowlog_log_slower_than": 0},
    {"slowlog_log_slower_than": -1},
    {"notify_keyspace_events": "KEg$lshzxetdnm"},
    {"notify_keyspace_events": "Kx"},
    {"hash_max_listpack_entries": 2, "hash_max_listpack_value": 300},
    {"hash_max_listpack_entries": 512, "hash_max_listpack_value": 64},
    {"zset_max_listpack_entries": 2, "zset_max_listpack_value": 300},
    {"zset_max_listpack_entries": 128, "zset_max_listpack_value": 64},
    {"notify_keyspace_events": ""},
)


class Source:
    """Choices that the input's bytes make; when they are used up, always the first."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def pick(self, items: tuple[Item, ...]) -> Item:
        return items[(self.byte() if len(items) <= 256 else self.byte() << 8 | self.byte()) % len(items)]

    def take(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]

    @property
    def is_empty(self) -> bool:
        return self.at >= len(self.data)


def payload(source: Source) -> bytes:
    """A payload with the right checksum, whose value has up to three bytes changed, and perhaps lost its end."""
    made = bytearray(source.pick(PAYLOADS))
    changes = source.byte() % 5
    for _ in range(min(changes, 3)):
        made[source.byte() % len(made)] = source.byte()
    return framed(bytes(made[: source.byte() % len(made)] if changes == 4 else made))


def words(source: Source) -> list[bytes]:
    """A request from the dictionary."""
    made: list[bytes] = []
    kinds = {"k": KEYS, "v": VALUES, "n": NUMBERS, "p": PATTERNS, "i": IDS}
    for word in source.pick(COMMANDS):
        if word == "...":
            made += [source.pick(KEYS) for _ in range(source.byte() % 90)]
        elif word == "r":
            made.append(payload(source))
        else:
            made.append(source.pick(kinds[word]) if word in kinds else word.encode())
    return made


class World:
    """A cache with its sessions, and a clock that stands still until it is told."""

    def __init__(self) -> None:
        self.cache = Cache(databases=DATABASES, seed=1)
        self.now_ms = START_MS
        self.cache.tick(START_MS)
        self.sessions: list[LocalSession] = [self.cache.session() for _ in range(SESSIONS)]

    def execute(self, number: int, request: list[bytes]) -> None:
        """Run a request as a connection would: not while it waits, and no more once it is to be closed."""
        session = self.sessions[number]
        if session.flags & ENDED:  # by another one's CLIENT KILL
            session = self.sessions[number] = self.cache.session()
        if session.parked:
            session.unpark()
        if request[:2] == [b"CLIENT", b"REPLY"] and session.flags & 1:
            return  # in a transaction (S_MULTI) it leaves EXEC's array one reply short, as in redis-server
        reply = session.execute(*request)
        assert b"internal error" not in reply, (request, reply)
        if session.flags & ENDED:
            self.sessions[number] = self.cache.session()
        elif request[:2] != [b"DEBUG", b"ERROR"]:
            parse_all(reply)
        for other in self.sessions:
            parse_all(other.read())

    def let_pass(self, milliseconds: int) -> None:
        self.now_ms += milliseconds
        self.cache.tick(self.now_ms)
        self.cache.end_round()

    def settle(self) -> None:
        """Work off what is left to do."""
        for _ in range(TICKS_MAX):
            if not self.cache.tick(self.now_ms):
                return
        raise AssertionError("work is left after many ticks")

    def check_sizes(self) -> None:
        """DBSIZE against SCAN, in each database."""
        self.cache.unpause()
        self.cache.configure(maxmemory=0)
        session = self.cache.session()
        for number in range(DATABASES):
            session.execute(b"SELECT", b"%d" % number)
            found: list[bytes] = []
            cursor = b"0"
            while True:
                _, (first, second) = parse_all(session.execute(b"SCAN", cursor, b"COUNT", b"1000"))[0]
                found += [key for _, key in second[1]]
                cursor = first[1]
                if cursor == b"0":
                    break
            assert len(found) == len(set(found))
            assert session.execute(b"DBSIZE") == b":%d\r\n" % len(found)
            total = session.execute(b"EXISTS", *found) if found else b":0\r\n"
            assert total == b":%d\r\n" % len(found)

    def forget(self) -> None:
        """Empty everything, and take all the steps that are left."""
        self.cache.unpause()
        session = self.cache.session()
        self.sessions.clear()
        session.execute(b"FLUSHALL")
        del session
        gc.collect(0)
        self.settle()
        self.settle()


def run_step(world: World, source: Source) -> None:
    """One step of the program."""
    choice = source.byte()
    number = choice % SESSIONS
    kind = choice // SESSIONS % 16
    if kind < 12:
        world.execute(number, words(source))
    elif kind == 12:
        world.let_pass((0, 1, 10, 100, 1000, 100_000)[source.byte() % 6])
    elif kind == 13:
        setting = source.pick(SETTINGS)
        world.cache.configure(**setting)
        if source.byte() % 2:
            world.cache.configure(maxmemory=usage()["used_bytes"] + source.byte() * 256 - MAXMEMORY_SPARE // 4)
    elif kind == 14:
        parser = RequestParser()
        with contextlib.suppress(ProtocolError):
            for request in parser.feed(source.take(source.byte()) + b"\r\n"):
                # The command might stop the world.
                if request[0].lower() not in (b"debug", b"shutdown"):
                    world.execute(number, request)
    else:
        world.cache.unpause()


# The blocks of a world that has seen nothing, found at the first check.
_fresh: list[int] = []


def live_after(data: bytes) -> int:
    """Run a program on a new world; how many blocks are left when all is forgotten, beyond those before the world."""
    before = usage()["live_blocks"]
    world = World()
    source = Source(data)
    for _ in range(STEPS_MAX):
        if source.is_empty:
            break
        run_step(world, source)
    world.check_sizes()
    world.forget()
    left = usage()["live_blocks"] - before
    world.cache.close()
    assert usage()["live_blocks"] == before, "a closed cache left blocks behind"
    return left


def check(data: bytes) -> None:
    """Run one input. Raises `AssertionError` for what must not be."""
    if not _fresh:
        _fresh.append(live_after(b""))
    left = live_after(data)
    # Kept on purpose: the growing lists of the eviction's pool, of messages, and of prefixes; nothing per key.
    assert left <= _fresh[0] + 20, (left, _fresh[0])


def random_program(draw: random.Random) -> bytes:
    """An input that tends to build up states."""
    return draw.randbytes(draw.choice([50, 300, 1000, 2000]))
