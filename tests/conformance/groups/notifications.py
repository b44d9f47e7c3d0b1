"""Keyspace notifications: which events each command publishes, in which order, and `notify-keyspace-events`.

Connection c2 listens in RESP3, so that a PING collects all that it was told; c1 and c3 change keys. All classes are
asked for unless a case says otherwise; the order of the two channels of one event is compared, too.
"""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("notifications")
CASES = case.cases

LISTEN = ("c2> @hello HELLO 3", "c2! PSUBSCRIBE __key*__:*", "c2<")


def heard(name: str, *steps: str, flags: str = "KEAnm", before: tuple[str, ...] = ()) -> None:
    """A case in which c2 is asked after each step what it was told."""
    told = [part for step in steps for part in (step, "c2> PING")]
    case(name, *before, f"CONFIG SET notify-keyspace-events {flags}", *LISTEN, *told)


# Each line: what is there before, then the commands, all separated by semicolons.
COMMANDS = """
    ; SET k v; SET k w; SET k w NX; SET k w XX; SET n w XX
    ; SET k v EX 100; SET k v PX 100000; SET k v KEEPTTL; SET k v EXAT 9999999999; SET k v PXAT 9999999999999
    ; SET k v GET; SET k w GET; SET k w NX GET; SET n w XX GET; SET k v EX 100 GET
    ; SET k v EXAT 1; GET k; SET n v PXAT 1; SET n w
    SET k v; SET k v EX 0; SET k v BOGUS; GETSET k w; GETSET n w; GETDEL k; GETDEL k
    SET k v; GETEX k; GETEX k EX 100; GETEX k PX 100000; GETEX k EXAT 9999999999; GETEX k PERSIST; GETEX k PERSIST
    SET k v; GETEX k EXAT 1; GETEX k EX 100; GETEX n PERSIST
    SET k v; GETEX k PXAT 9999999999999; GETEX k PXAT 1
    ; SETNX k v; SETNX k w; SETEX k 100 v; PSETEX n 100000 v; SETEX k 0 v
    ; MSET a 1 b 2 a 3; MSETNX a 1 c 2; MSETNX c 1 d 2 c 3; MSET a
    ; INCR n; DECR n; INCRBY n 5; DECRBY n 5; INCRBYFLOAT n 0.5; INCR n; INCRBYFLOAT m 1
    SET k v; INCR k; INCRBYFLOAT k 1; APPEND k w; APPEND k ""; APPEND n w; APPEND m ""
    SET k v; SETRANGE k 0 w; SETRANGE k 5 w; SETRANGE k 0 ""; SETRANGE n 0 ""; SETRANGE n 3 x
    SET k v; GET k; GET n; STRLEN n; GETRANGE n 0 1; SUBSTR n 0 1; MGET k n k m; LCS k n; EXISTS k n; TOUCH k n m
    SET k v; TTL n; PTTL n; EXPIRETIME n; PEXPIRETIME n; TYPE n; OBJECT ENCODING n; OBJECT FREQ n; OBJECT REFCOUNT n
    SET k v; OBJECT IDLETIME n; RANDOMKEY; DBSIZE; KEYS n; MEMORY USAGE n; DEBUG OBJECT n; SCAN 0; PERSIST n
    MSET a 1 b 2; DEL a; DEL a; DEL a b n; UNLINK a
    MSET a 1 b 2; UNLINK a n b; DEL b
    SET k v; EXPIRE k 100; EXPIRE k 50 NX; EXPIRE k 200 GT; EXPIRE n 100; PERSIST k; PERSIST k; PEXPIRE k 100000
    SET k v; EXPIREAT k 9999999999; PEXPIREAT k 9999999999999; EXPIRE k -1; EXPIRE k 1
    SET k v; EXPIREAT k 1; EXPIREAT k 1
    SET k v; PEXPIRE k 0; PEXPIREAT n 1
    SET k v; RENAME k n; RENAME n n; RENAME m o; RENAMENX n k; RENAMENX k k
    MSET a 1 b 2 c 3; RENAMENX a b; RENAME a b; RENAME b c
    SET k v EX 100; RENAME k n; COPY n m; MOVE n 1; MOVE n 1; MOVE m 0; MOVE m 99
    SET k v; COPY k n; COPY k n; COPY k n REPLACE; COPY k k DB 1; COPY k k DB 1; COPY k k DB 1 REPLACE; COPY m n
    SET k v; FLUSHDB; SET k v; FLUSHALL; SET k v; SWAPDB 0 1; SELECT 1; SET k w; GET n
    SET k v; MULTI; SET k w; DEL k; GET n; INCR n; EXEC
    SET k v; SELECT 5; SET k v; DEL k; MOVE k 0
    SET k v; SET "a b\\x00\\xff" v; DEL "a b\\x00\\xff"; SET "" v; DEL ""
    ; SADD s a b; SADD s a; SREM s a; SREM s z; SREM s a b; SADD s x; SPOP s; SPOP s; SADD s x y; @type SPOP s 5
    ; SADD s x; SPOP s 0; SADD s x; SET s v; SADD s x; DEL s; SADD s 1 2 3; RENAME s t; COPY t s; SADD s 4
    MSET a 1 b 2; SADD s a b; SADD t b c; SMOVE s t a; SMOVE s t b; SMOVE s t z; SADD s b; SMOVE s s b; SMOVE a t b
    SADD s a b; SADD t b c; SINTERSTORE d s t; SUNIONSTORE d s t; SDIFFSTORE d s s; SDIFFSTORE d s s; SINTERSTORE s s n
    ; HSET h a 1; HSET h a 1 b 2; HSET h c; HMSET h a 1; HSETNX h a 1; HSETNX h d 1; HSETNX n a 1; HDEL h z; HDEL h a b
    ; HINCRBY h a 1; HINCRBY h a x; HINCRBYFLOAT h a 0.5; HINCRBYFLOAT n a 1; HSET h t x; HINCRBY h t 1; HINCRBY n t 0
    HSET h a 1 b 2; HDEL h a b z; HDEL h a; HSET h a 1; DEL h; HSET h a 1; RENAME h n; COPY n h; SET n v; HSET n a 1
    ; HGET n a; HMGET n a; HGETALL n; HKEYS n; HVALS n; HLEN n; HSTRLEN n a; HEXISTS n a; HRANDFIELD n; HRANDFIELD n 0
    ; HRANDFIELD n 5; HSCAN n 0; HSCAN n 0 BAD; HSCAN n x; HDEL n a; HRANDFIELD n x; HINCRBY m a x; HINCRBYFLOAT m a x
    ; SADD s a b; SMEMBERS n; SCARD n; SISMEMBER n a; SMISMEMBER n a; SRANDMEMBER n; SRANDMEMBER n 3; SINTERCARD 1 n
    ; XADD x 1-1 f v; XADD x 1-1 f v; XADD x MAXLEN 1 2-1 f v; XADD n NOMKSTREAM * f v; XTRIM x MAXLEN 9; XDEL x 9-9
    ; XADD x 1-1 f v; XADD x 2-1 f v; XDEL x 1-1 2-1; XADD x 3 f v; XTRIM x MAXLEN 0; XSETID x 9; XSETID n 9; DEL x
    ; XGROUP CREATE x g 0; XGROUP CREATE x g 0 MKSTREAM; XGROUP CREATE x g 0; XGROUP SETID x g 0; XGROUP DESTROY x n
    XGROUP CREATE x g 0 MKSTREAM; XGROUP CREATECONSUMER x g c; XGROUP CREATECONSUMER x g c; XGROUP DELCONSUMER x g n
    XGROUP CREATE x g 0 MKSTREAM; XADD x 1 f v; XREADGROUP GROUP g c STREAMS x >; XREADGROUP GROUP g c STREAMS x 0
    XGROUP CREATE x g 0 MKSTREAM; XADD x 1 f v; XREADGROUP GROUP g c STREAMS x >; XACK x g 1; XGROUP DELCONSUMER x g c
    XGROUP CREATE x g 0 MKSTREAM; XADD x 1 f v; XCLAIM x g c 0 1; XCLAIM x g c 0 1 FORCE; XAUTOCLAIM x g d 0 0
    XGROUP CREATE x g 0 MKSTREAM; XREADGROUP GROUP g c STREAMS x >; XREADGROUP GROUP g c STREAMS x 0; XGROUP DESTROY x g
    XADD x 1 f v; XLEN n; XRANGE n - +; XREVRANGE n + -; XREAD STREAMS n 0; XREAD STREAMS x n 0 0; XINFO STREAM n
    XADD x 1 f v; XPENDING n g; XACK n g 1; XCLAIM n g c 0 1; XAUTOCLAIM n g c 0 0; XREADGROUP GROUP g c STREAMS n >
    XADD x 1 f v; XINFO GROUPS n; XINFO CONSUMERS n g; XDEL n 1; XTRIM n MAXLEN 1; XREAD BLOCK 1 STREAMS n 0; RENAME x n
    ; SADD s a; SINTER n s; SINTER s n; SUNION n s; SDIFF n s; SDIFF s n; SSCAN n 0; SUNIONSTORE d n s
"""
for row in filter(None, map(str.strip, COMMANDS.splitlines())):
    first, *rest = (part.strip() for part in row.split(";"))
    heard(f"{first}; {'; '.join(rest)}", *rest, before=(first,) if first else ())

for flags in ("KA", "EA", "KEg", "KE$", "KEx", "KEe", "KEm", "KEn", "K", "E", "A", "g$", "Kg$", "Kn", "En", "Km"):
    heard(f"only {flags}", "SET k v", "DEL k", "GET n", "SET k v EX 100", flags=flags)
heard("nothing", "SET k v", "DEL k", flags='""')

heard("expiry found by access", "SET k v PX 10", "@sleep 30", "GET k", "SET k v PX 10", "@sleep 30", "DEL k",
      "SET k v PX 10", "@sleep 30", "SET k w", before=("DEBUG SET-ACTIVE-EXPIRE 0",))
heard("expiry found by the cycle", "SET k v PX 10", "@sleep 400", "SET k v PX 10", "@sleep 400")
heard("eviction", "CONFIG SET maxmemory-policy allkeys-random", "CONFIG SET maxmemory 1", "@type GET k",
      "CONFIG SET maxmemory 0", before=("SET k v",), flags="KEe")

case("keyspace before keyevent, channels before patterns", "CONFIG SET notify-keyspace-events KEA",
     "c2> @hello HELLO 3", "c2! PSUBSCRIBE __keyevent*", "c2<", "c2! SUBSCRIBE __keyevent@0__:set __keyspace@0__:k",
     "c2<", "c2<", "SET k v", "c2> PING", "DEL k", "c2> PING", "SET other v", "c2> PING")
case("one's own changes", "CONFIG SET notify-keyspace-events KEAnm", "PING", "c2> @hello HELLO 3",
     "c2! PSUBSCRIBE __key*__:*", "c2<",
     *[part for line in ("SET k v", "SET k w EX 100", "SET k x GET", "GETSET k y", "GETEX k EX 100", "INCR n", "DEL n",
                         "EXPIRE k 50", "PERSIST k", "RENAME k m", "COPY m k", "MOVE m 1", "APPEND k z", "GET none",
                         "SETRANGE k 0 a", "MSET a 1 b 2", "EXPIRE k -1", "GETDEL a", "UNLINK b", "TTL none")
       for part in (f"c2> {line}", "c2> PING")])
case("one's own changes in a transaction", "CONFIG SET notify-keyspace-events EA", "c2> @hello HELLO 3",
     "c2! PSUBSCRIBE __key*__:*", "c2<", "c2> MULTI", "c2> SET k v", "c2> DEL k", "c2! EXEC", "c2<", "c2<", "c2> PING")
case("one's own changes with replies off", "CONFIG SET notify-keyspace-events KEAm", "c2> @hello HELLO 3",
     "c2! PSUBSCRIBE __key*__:*", "c2<", "c2! CLIENT REPLY OFF", "c2! SET k v", "c2<", "c2<", "c2! GET none", "c2<",
     "c2<", "c2! MULTI", "c2! DEL k", "c2! EXEC", "c2<", "c2<", "c2> CLIENT REPLY ON", "c2> PING")
case("evictions before one's own command with replies off", "SET k v", "CONFIG SET notify-keyspace-events Ee",
     "CONFIG SET maxmemory-policy allkeys-random", "c2> @hello HELLO 3", "c2! SUBSCRIBE __keyevent@0__:evicted", "c2<",
     "c2! CLIENT REPLY OFF", "CONFIG SET maxmemory 1", "@sleep 50", "c2<", "CONFIG SET maxmemory 0",
     "c2> CLIENT REPLY ON", "c2> PING")
case("a key with a long name", "CONFIG SET notify-keyspace-events KEA", *LISTEN, ["SET", "x" * 5000, "v"], "c2> PING",
     ["DEL", "x" * 5000], "c2> PING")
case("listeners to one key", "CONFIG SET notify-keyspace-events KEA", "c2! SUBSCRIBE __keyspace@0__:k", "c2<",
     "SET other v", "SET k v", "c2<", "DEL k", "c2<", "c2! UNSUBSCRIBE", "c2<")
case("turned off", "CONFIG SET notify-keyspace-events KEA", *LISTEN, "SET k v", "c2> PING",
     'CONFIG SET notify-keyspace-events ""', "SET k v", "c2> PING")

case.each("configuration", """
    CONFIG SET notify-keyspace-events ""
    CONFIG SET notify-keyspace-events K
    CONFIG SET notify-keyspace-events E
    CONFIG SET notify-keyspace-events KE
    CONFIG SET notify-keyspace-events EK
    CONFIG SET notify-keyspace-events A
    CONFIG SET notify-keyspace-events AKE
    CONFIG SET notify-keyspace-events AKEmn
    CONFIG SET notify-keyspace-events nmEKA
    CONFIG SET notify-keyspace-events mn
    CONFIG SET notify-keyspace-events nm
    CONFIG SET notify-keyspace-events KEn
    CONFIG SET notify-keyspace-events Kd
    CONFIG SET notify-keyspace-events tdehszlx$g
    CONFIG SET notify-keyspace-events $lshzxetgKE
    CONFIG SET notify-keyspace-events xxx
    CONFIG SET notify-keyspace-events kea
    CONFIG SET notify-keyspace-events KEA1
    CONFIG SET notify-keyspace-events "K E"
    CONFIG SET notify-keyspace-events
    CONFIG SET notify-keyspace-events K E
    CONFIG SET NOTIFY-KEYSPACE-EVENTS KEA
""", after="CONFIG GET notify-keyspace-events")
