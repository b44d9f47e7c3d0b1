"""What programs of tests/fuzz/cache_target.py are made of: requests of every command, and settings that they change.

Names are few, so that commands meet: each type has two or three keys that most requests for it name, and now and then
one names another's. Elements are few too, but of every kind that an encoding tells apart; `es`, `fvs` and `sms` make
many at once, so that a collection goes beyond its thresholds, which SETTINGS moves below and above what is there.
"""

from __future__ import annotations

from hashlib import sha1

from tests.fuzz.payloads import VALUES as PAYLOAD_VALUES

STRINGS = (b"a", b"b", b"c", b"key:1", b"key:2", b"key:3", b"", b"k" * 300, b"k" * 1100, b"\0\xff\r\n", b"n", b"big")
LISTS = (b"l1", b"l2", b"l3")
SETS = (b"s1", b"s2", b"s3")
SORTED_SETS = (b"z1", b"z2", b"z3")
HASHES = (b"h1", b"h2")
STREAMS = (b"x1", b"x2")
LOGS = (b"p1", b"p2")  # HyperLogLogs
KEYS = LOGS + STRINGS + LISTS + SETS + SORTED_SETS + HASHES + STREAMS
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
SMALL = (b"0", b"1", b"2", b"3", b"-1", b"-2", b"-3", b"5", b"50", b"-100", b"300", b"x")
ELEMENTS = (
    b"",
    b"0",
    b"1",
    b"2",
    b"-1",
    b"127",
    b"128",
    b"-4097",
    b"32768",
    b"8388608",
    b"-2147483649",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"007",
    b"3.5",
    b"a",
    b"b",
    b"c",
    b"m1",
    b"m2",
    b"m10",
    b"f" * 63,
    b"f" * 64,
    b"f" * 65,
    b"g" * 300,
    b"g" * 1100,
    b"i" * 5000,
    b"j" * 20_000,
    b"\0\xff",
)
SCORES = (
    b"0",
    b"1",
    b"2",
    b"-1",
    b"1.5",
    b"1e300",
    b"-1e300",
    b"inf",
    b"-inf",
    b"4611686018427387904",
    b"3e-320",
    b"nan",
)
SCORE_ENDS = (b"-inf", b"+inf", b"(1", b"1", b"(1.5", b"2", b"(inf", b"x", b"0")
MEMBER_ENDS = (b"-", b"+", b"[a", b"(a", b"[m1", b"(m2", b"[", b"(", b"[f", b"x")
ENDS = (b"LEFT", b"RIGHT")
TIMEOUTS = (b"0", b"0.01", b"1", b"100", b"1000", b"-1", b"1e30", b"x")
ENTRY_IDS = (
    b"*",
    b"1-1",
    b"1-2",
    b"2-0",
    b"5-*",
    b"0",
    b"0-0",
    b"3",
    b"-",
    b"+",
    b"$",
    b">",
    b"(1-1",
    b"1700000000000-0",
    b"18446744073709551615-18446744073709551615",
    b"18446744073709551616-0",
    b"x",
)
GROUPS = (b"g1", b"g2")
CONSUMERS = (b"c1", b"c2", b"c3")
PLACES = (b"0", b"13.361389", b"38.115556", b"-180", b"180", b"85.05112878", b"90", b"-0.0001", b"15.087269", b"x")
DISTANCES = (b"0", b"1", b"200", b"5000", b"100000", b"1e9", b"-1")
UNITS = (b"KM", b"M", b"MI", b"FT", b"x")
SORT_PATTERNS = (b"*", b"#", b"key:*", b"h*->a", b"h1->*", b"nosort", b"s*", b"*->", b"h1->a")
PATTERNS = (b"*", b"key:*", b"k*", b"[a-c]", b"[^a]", b"?", b"*k*k*k*", b"\\*", b"[", b"a")
PAYLOADS = tuple(PAYLOAD_VALUES.values())
SCRIPTS = (
    b"return redis.call('SET', KEYS[1], ARGV[1])",
    b"return redis.pcall(unpack(ARGV))",
    b"redis.call('DEL', KEYS[1], KEYS[2]) return redis.call('RENAME', KEYS[2], KEYS[1])",
    b"for i = 1, 50 do redis.call('RPUSH', KEYS[1], i, ARGV[1]) redis.call('LPOP', KEYS[2]) end return {1, {2.5, 'x'}}",
    b"for i = 1, 50 do redis.pcall('HSET', KEYS[1], i, KEYS[2]) redis.pcall('SADD', KEYS[2], i) end error('enough')",
    b"redis.setresp(3) return {redis.pcall('HGETALL', KEYS[1]), redis.pcall('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')}",
    b"redis.call('SELECT', 1) redis.call('PEXPIRE', KEYS[1], 50) return redis.call('DBSIZE')",
    b"#!lua flags=no-writes\nreturn {redis.pcall('GET', KEYS[1]), redis.pcall('DEL', KEYS[1])}",
    b"return redis.call('BLPOP', KEYS[1], 0)",
    b"return redis.call('FLUSHALL')",
    b"return {ok = ARGV[1]}",
    b"return {err = ARGV[1]}",
    b"return {double = 1.5}",
    b"return (",
)
DIGESTS = (*(sha1(script, usedforsecurity=False).hexdigest().encode() for script in SCRIPTS[:4]), b"f" * 40, b"x")
IDS = (b"1", b"2", b"3", b"4", b"5", b"6", b"99", b"0", b"-1")

# Words in lower case are chosen from these; one in OWN_KEYS sometimes names a key of another type.
OWN_KEYS = {"k": STRINGS, "l": LISTS, "s": SETS, "z": SORTED_SETS, "h": HASHES, "x": STREAMS, "pf": LOGS}
KINDS = {
    "any": KEYS,
    "v": VALUES,
    "n": NUMBERS,
    "c": SMALL,
    "e": ELEMENTS,
    "sc": SCORES,
    "sb": SCORE_ENDS,
    "lb": MEMBER_ENDS,
    "end": ENDS,
    "t": TIMEOUTS,
    "id": ENTRY_IDS,
    "gr": GROUPS,
    "co": CONSUMERS,
    "pl": PLACES,
    "di": DISTANCES,
    "un": UNITS,
    "sp": SORT_PATTERNS,
    "p": PATTERNS,
    "i": IDS,
    "lua": SCRIPTS,
    "sha": DIGESTS,
}

# Words in capitals stand as they are. Of the others, `r` is a payload to be restored, `...` repeats keys, `es` is
# elements, `fvs` fields with values, and `sms` scores with members.
COMMANDS = tuple(
    line.split()
    for line in """
    GET k|GETDEL k|GETEX k|GETEX k EX n|GETEX k PXAT n|GETEX k PERSIST|GETSET k v|SET k v|SET k v NX|SET k v XX GET
    SET any v|SET any v GET|SET k v EX n|SET k v PX n|SET k v PXAT n|SET k v KEEPTTL|SET k v IFEQ v|SET k v GET
    SETEX k n v|PSETEX k n v|SETNX k v|MGET k k any|MGET k ...|MSET k v k v any v|MSETNX k v k v|APPEND k v|APPEND big v
    SETRANGE k n v|GETRANGE k n n|SUBSTR k n n|STRLEN k|LCS k k|LCS k k LEN|LCS k k IDX WITHMATCHLEN MINMATCHLEN n
    INCR k|DECR k|INCRBY k n|DECRBY k n|INCRBYFLOAT k v|INCR n
    SETBIT k n 1|SETBIT k 100 0|GETBIT k n|BITCOUNT k|BITCOUNT k n n BIT|BITPOS k 1 n n BIT|BITPOS k 0|BITOP AND k k k
    BITOP OR k k ...|BITOP NOT k k|BITFIELD k SET i64 n n GET u63 n|BITFIELD k OVERFLOW SAT INCRBY u7 #3 n
    BITFIELD_RO k GET i9 n|PFADD pf v v v|PFADD pf|PFADD pf es|PFADD pf es|PFCOUNT pf|PFCOUNT pf pf|PFCOUNT pf k
    PFMERGE pf pf pf|PFMERGE pf k|PFMERGE k pf|PFDEBUG GETREG pf|PFDEBUG DECODE pf|PFDEBUG TODENSE pf|PFDEBUG DECODE k
    PFSELFTEST
    SETRANGE pf n v|APPEND pf v|SETBIT pf n 1
    DEL any|DEL any|DEL any ...|UNLINK any|UNLINK any any any|EXISTS any any|TOUCH any any|TYPE any
    EXPIRE any n|EXPIRE any n GT|EXPIRE any n NX|EXPIRE any n LT|PEXPIRE any n|PEXPIRE any n XX|EXPIREAT any n
    PEXPIREAT any n|PEXPIRE any 50|PEXPIRE any 500|TTL any|PTTL any|EXPIRETIME any|PEXPIRETIME any|PERSIST any
    RENAME any any|RENAME l l|RENAME s s|RENAME z z|RENAME h h|RENAME x x|RENAMENX any any|MOVE any n|MOVE any 1
    COPY any any|COPY any any REPLACE|COPY l l REPLACE|COPY s s REPLACE|COPY z z REPLACE|COPY h h REPLACE
    COPY x x REPLACE|COPY any any DB n|COPY any any DB 1 REPLACE
    KEYS p|SCAN n|SCAN n MATCH p COUNT n|SCAN 0 TYPE string|SCAN 0 TYPE zset|SCAN 0 COUNT 1000|RANDOMKEY|DBSIZE|FLUSHDB
    FLUSHDB ASYNC|FLUSHALL|FLUSHALL ASYNC|SWAPDB n n|SWAPDB 0 1|SELECT n|SELECT 0|SELECT 0|SELECT 1|MULTI|MULTI|MULTI
    EXEC|EXEC|EXEC|DISCARD|WATCH any|WATCH any any
    UNWATCH|PING|PING v|ECHO v|HELLO 2|HELLO 3|HELLO 3 SETNAME k|RESET|WAIT n n|QUIT|AUTH v|DELIFEQ k v
    OBJECT ENCODING any|OBJECT FREQ any|OBJECT IDLETIME any|OBJECT REFCOUNT any|OBJECT HELP|MEMORY USAGE any
    MEMORY USAGE any SAMPLES 0|MEMORY STATS|MEMORY DOCTOR|DEBUG OBJECT any|DEBUG SDSLEN k|DEBUG DIGEST
    DEBUG DIGEST-VALUE any any|DEBUG HTSTATS 0|DEBUG HTSTATS-KEY any|DEBUG LISTPACK any|DEBUG QUICKLIST l
    DEBUG POPULATE 50|DEBUG RELOAD|DEBUG RELOAD
    DEBUG PROTOCOL attrib|DEBUG PROTOCOL map|DEBUG ERROR v|CLIENT ID|CLIENT INFO|CLIENT LIST|CLIENT SETNAME k
    CLIENT GETNAME|CLIENT KILL ID i|CLIENT KILL ID i SKIPME no|CLIENT UNBLOCK i|CLIENT UNBLOCK i ERROR|CLIENT PAUSE n
    CLIENT PAUSE n WRITE|CLIENT UNPAUSE|CLIENT REPLY ON|CLIENT REPLY OFF|CLIENT REPLY SKIP|CLIENT NO-EVICT ON
    CLIENT NO-TOUCH ON|CLIENT NO-TOUCH OFF|CLIENT TRACKING ON|CLIENT TRACKING ON REDIRECT i|CLIENT TRACKING ON BCAST
    CLIENT TRACKING ON BCAST PREFIX k PREFIX k|CLIENT TRACKING ON OPTIN|CLIENT TRACKING ON OPTOUT NOLOOP
    CLIENT TRACKING ON BCAST NOLOOP|CLIENT TRACKING OFF|CLIENT CACHING YES|CLIENT CACHING NO|CLIENT TRACKINGINFO
    CLIENT SETINFO LIB-NAME k|CLIENT HELP|SLOWLOG LEN|SLOWLOG HELP|LATENCY DOCTOR|LATENCY GRAPH p|LATENCY HISTORY p
    LATENCY RESET|LATENCY HELP|COMMAND GETKEYSANDFLAGS SORT l STORE any|COMMAND LIST|COMMAND LIST FILTERBY PATTERN p
    COMMAND HELP|CONFIG HELP|MEMORY MALLOC-STATS|MEMORY PURGE|MEMORY HELP|PUBSUB HELP|XGROUP HELP|XINFO HELP
    CLIENT GETREDIR|COMMAND COUNT|COMMAND GETKEYS MSET k v k v|COMMAND GETKEYS k v|COMMAND INFO get|COMMAND DOCS set
    CONFIG GET p|INFO|INFO everything|LATENCY HISTOGRAM|LATENCY LATEST|SLOWLOG GET|SLOWLOG RESET|MONITOR|TIME
    DUMP any|DUMP any|RESTORE any 0 r|RESTORE any 0 r REPLACE|RESTORE l 0 r REPLACE|RESTORE x 0 r REPLACE
    RESTORE z 0 r REPLACE|RESTORE s 0 r REPLACE|RESTORE any n r REPLACE ABSTTL
    RESTORE any n r REPLACE IDLETIME n|RESTORE any n r FREQ n|RESTORE any 0 v
    NOSUCH v v|GET|GET k k|SET k|CLIENT|OBJECT k|CLIENT NOSUCH|CONFIG RESETSTAT
    SUBSCRIBE k|SUBSCRIBE k k k|SUBSCRIBE k ...|PSUBSCRIBE p|PSUBSCRIBE p p|PSUBSCRIBE __key*|SSUBSCRIBE k|UNSUBSCRIBE
    UNSUBSCRIBE k k|PUNSUBSCRIBE|PUNSUBSCRIBE p|SUNSUBSCRIBE|SUNSUBSCRIBE k|PUBLISH k v|PUBLISH k v|SPUBLISH k v
    PUBSUB CHANNELS|PUBSUB CHANNELS p|PUBSUB NUMSUB k k|PUBSUB NUMPAT|PUBSUB SHARDCHANNELS|PUBSUB SHARDNUMSUB k
    CLIENT KILL TYPE pubsub
    HSET h e e|HSET h e v|HSET h fvs|HSET h e v e v e v|HMSET h e v e v|HSETNX h e v|HGET h e|HMGET h e e e|HDEL h e
    HDEL h e e e|HDEL h es|HLEN h|HSTRLEN h e|HEXISTS h e|HINCRBY h e n|HINCRBYFLOAT h e v|HKEYS h|HVALS h|HGETALL h
    HRANDFIELD h|HRANDFIELD h c|HRANDFIELD h 2 WITHVALUES|HRANDFIELD h -5 WITHVALUES|HRANDFIELD h c WITHVALUES
    HSCAN h n|HSCAN h 0 MATCH p COUNT n NOVALUES
    HEXPIRE h n FIELDS 1 e|HPEXPIRE h n FIELDS 2 e e|HPEXPIRE h 50 FIELDS 2 e e|HPEXPIRE h n NX FIELDS 2 e e
    HPEXPIRE h n GT FIELDS 1 e|HEXPIREAT h n FIELDS 1 e|HPEXPIREAT h n LT FIELDS 2 e e|HTTL h FIELDS 2 e e
    HPEXPIRETIME h FIELDS 1 e|HPTTL h FIELDS 2 e e|HEXPIRETIME h FIELDS 2 e e
    HPERSIST h FIELDS 2 e e|HGETEX h PX n FIELDS 2 e e|HGETEX h PX 50 FIELDS 2 e e
    HGETEX h PERSIST FIELDS 1 e|HGETDEL h FIELDS 2 e e|HSETEX h PX n FIELDS 2 e v e v|HSETEX h PX 50 FIELDS 2 e v e v
    HSETEX h FNX EXAT n FIELDS 1 e v|HSETEX h KEEPTTL FXX FIELDS 1 e v|HTTL h FIELDS n e
    RPUSH l1 e e e e|LPUSH l1 e|LSET l1 0 e|LSET l1 -1 v|LSET l1 1 e|LINSERT l1 BEFORE e e|LPUSH l e|RPUSH l e
    LPUSH l e e e|RPUSH l es|LPUSH l es|RPUSH l v|LPUSHX l e|RPUSHX l e e|LPOP l|RPOP l|LPOP l c
    RPOP l c|LPOP l n|LLEN l|LINDEX l c|LRANGE l c c|LRANGE l n n|LSET l c e|LSET l c v|LINSERT l BEFORE e e
    LINSERT l AFTER e v|LTRIM l c c|LTRIM l n n|LREM l c e|LREM l 0 e|LREM l n e|LPOS l e|LPOS l e RANK c
    LPOS l e COUNT c MAXLEN c RANK -1|LMOVE l l end end|LMOVE l l end end|RPOPLPUSH l l|RPOPLPUSH l any
    LMPOP 2 l l end COUNT c|LMPOP 1 l end|BLPOP l t|BLPOP l l any t|BRPOP l l t|BLMOVE l l end end t
    BLMOVE l l end end 0
    BRPOPLPUSH l l t|BLMPOP t 2 l l end COUNT c|BLMPOP 0 1 l end
    SADD s e|SADD s e e e|SADD s es|SADD s 1 2 3|SREM s e|SREM s e e e|SREM s es|SMOVE s s e|SMOVE s s e|SISMEMBER s e
    SMISMEMBER s e e e|SCARD s|SMEMBERS s|SPOP s|SPOP s|SPOP s c|SPOP s n|SRANDMEMBER s|SRANDMEMBER s c|SSCAN s n
    SSCAN s 0 MATCH p COUNT c|SINTER s s|SINTER s s s s|SUNION s s|SUNION s z|SDIFF s s|SDIFF s s s|SINTERSTORE s s s
    SUNIONSTORE s s s|SDIFFSTORE s s s|SDIFFSTORE s s s s s|SUNIONSTORE any s s|SINTERCARD 2 s s LIMIT c
    SINTERCARD n s s
    ZADD z sc e|ZADD z sc e sc e sc e|ZADD z sms|ZADD z NX sc e|ZADD z XX CH sc e sc e|ZADD z GT CH sc e|ZADD z LT sc e
    ZADD z INCR sc e|ZADD z 0 a 0 b 0 c 0 m1|ZINCRBY z sc e|ZINCRBY z n e|ZREM z e|ZREM z e e e|ZREM z es|ZCARD z
    ZSCORE z e|ZMSCORE z e e|ZRANK z e|ZREVRANK z e|ZCOUNT z sb sb|ZLEXCOUNT z lb lb|ZRANGE z c c
    ZRANGE z n n WITHSCORES
    ZRANGE z c c REV|ZRANGE z sb sb BYSCORE LIMIT c c|ZRANGE z sb sb BYSCORE REV WITHSCORES
    ZRANGE z lb lb BYLEX LIMIT c c
    ZRANGE z lb lb BYLEX REV|ZREVRANGE z c c|ZRANGEBYSCORE z sb sb WITHSCORES LIMIT c c|ZREVRANGEBYSCORE z sb sb
    ZRANGEBYLEX z lb lb|ZREVRANGEBYLEX z lb lb|ZRANGESTORE z z c c|ZRANGESTORE z z sb sb BYSCORE
    ZRANGESTORE any z c c REV
    ZREMRANGEBYRANK z c c|ZREMRANGEBYSCORE z sb sb|ZREMRANGEBYLEX z lb lb|ZPOPMIN z|ZPOPMAX z|ZPOPMIN z c|ZPOPMAX z n
    ZMPOP 2 z z MIN|ZMPOP 2 z z MAX COUNT c|BZPOPMIN z t|BZPOPMAX z z t|BZMPOP t 2 z z MIN COUNT c|BZPOPMIN z any 0
    ZRANDMEMBER z|ZRANDMEMBER z c|ZRANDMEMBER z c WITHSCORES|ZSCAN z n|ZSCAN z 0 MATCH p COUNT c|ZUNION 2 z z WITHSCORES
    ZUNION 2 s z WEIGHTS sc sc AGGREGATE MIN|ZINTER 2 z z AGGREGATE MAX WITHSCORES|ZINTER 3 z z s WEIGHTS 1 sc sc
    ZDIFF 2 z z WITHSCORES|ZDIFF 3 z z s|ZUNIONSTORE z 2 z z|ZUNIONSTORE z 3 z s z WEIGHTS sc sc sc|ZINTERSTORE z 2 z z
    ZINTERSTORE z 2 z s AGGREGATE MIN|ZDIFFSTORE z 2 z z|ZDIFFSTORE any 3 z z s|ZINTERCARD 2 z z LIMIT c
    GEOADD z pl pl e|GEOADD z 13.361389 38.115556 a 15.087269 37.502669 b|GEOADD z NX CH pl pl e pl pl e
    GEOADD z XX pl pl e pl pl e|GEOADD z XX CH pl pl a 15 37 b|GEODIST z e e|GEODIST z e e un|GEODIST z a b un
    GEOHASH z e e e|GEOPOS z e e e|GEORADIUS z pl pl di un|GEORADIUS z pl pl di un WITHCOORD WITHDIST WITHHASH COUNT c
    GEORADIUS z pl pl di un STORE z|GEORADIUS z 15 37 di un ASC COUNT c ANY STOREDIST any
    GEORADIUS_RO z pl pl di un WITHCOORD WITHDIST WITHHASH DESC|GEORADIUS_RO z 15 37 di un COUNT c ANY
    GEORADIUSBYMEMBER z e di un STOREDIST z|GEORADIUSBYMEMBER z a di un COUNT c ASC|GEORADIUSBYMEMBER_RO z e di un DESC
    GEOSEARCH z FROMMEMBER e BYRADIUS di un ASC|GEOSEARCH z FROMLONLAT pl pl BYBOX di di un COUNT c ANY WITHDIST
    GEOSEARCHSTORE z z FROMMEMBER e BYBOX di di un|GEOSEARCHSTORE z z FROMLONLAT 15 37 BYRADIUS di un STOREDIST
    GEOSEARCHSTORE any z FROMLONLAT 15 37 BYBOX di di un DESC COUNT c ANY
    XADD x1 * e e|XADD x1 * e v e e|XADD x * e e|XADD x 1-1 e e|XGROUP CREATE x1 g1 0 MKSTREAM
    XGROUP CREATE x1 g1 0 MKSTREAM|XGROUP CREATE x1 g2 $ MKSTREAM|XREADGROUP GROUP g1 co STREAMS x1 >
    XREADGROUP GROUP g1 co COUNT c STREAMS x1 >|XCLAIM x1 g1 co 0 1-1 FORCE|XAUTOCLAIM x1 g1 co 0 0 COUNT c
    XPENDING x1 g1 - + c co|XACK x1 g1 1-1|XADD x id e e|XADD x * e v|XADD x id e v e v|XADD x * fvs
    XADD x NOMKSTREAM id e e|XADD x MAXLEN c * e e
    XADD x MAXLEN ~ c LIMIT c id e v|XADD x MINID id * e e|XLEN x|XRANGE x id id|XRANGE x - + COUNT c|XREVRANGE x id id
    XREVRANGE x + - COUNT c|XDEL x id|XDEL x 1-1 1-2 2-0 id|XTRIM x MAXLEN c|XTRIM x MAXLEN ~ c LIMIT c|XTRIM x MINID id
    XREAD COUNT c STREAMS x id|XREAD STREAMS x x id id|XREAD BLOCK c STREAMS x $|XREAD BLOCK 0 COUNT c STREAMS x x $ id
    XGROUP CREATE x gr id MKSTREAM|XGROUP CREATE x gr $ MKSTREAM ENTRIESREAD c|XGROUP SETID x gr id|XGROUP DESTROY x gr
    XGROUP CREATECONSUMER x gr co|XGROUP DELCONSUMER x gr co|XREADGROUP GROUP gr co COUNT c STREAMS x >
    XREADGROUP GROUP gr co STREAMS x id|XREADGROUP GROUP gr co NOACK STREAMS x x > >
    XREADGROUP GROUP gr co BLOCK 0 STREAMS x >|XREADGROUP GROUP gr co BLOCK c STREAMS x x > id|XACK x gr id
    XACK x gr 1-1 id
    XPENDING x gr|XPENDING x gr IDLE c - + c co|XPENDING x gr id id c|XCLAIM x gr co c id id|XCLAIM x gr co 0 1-1 FORCE
    XCLAIM x gr co 0 id JUSTID RETRYCOUNT c IDLE n|XAUTOCLAIM x gr co c id COUNT c|XAUTOCLAIM x gr co 0 0 JUSTID
    XINFO STREAM x|XINFO STREAM x FULL COUNT c|XINFO GROUPS x|XINFO CONSUMERS x gr|XSETID x id
    XSETID x id ENTRIESADDED c MAXDELETEDID id
    SORT l|SORT l ALPHA DESC|SORT s BY sp LIMIT c c GET sp GET # ALPHA|SORT z BY nosort STORE l|SORT l BY sp STORE l
    SORT s ALPHA STORE any|SORT_RO z BY sp GET sp|SORT l GET sp GET sp STORE any|SORT h
    SORT l LIMIT n n|SORT l LIMIT c c DESC STORE l|SORT s BY sp ALPHA ASC STORE l|SORT z LIMIT c c ALPHA STORE any
    SORT z BY nosort LIMIT c c DESC GET # GET sp|SORT z BY nosort ASC STORE any|SORT s BY nosort STORE l
    SORT l BY sp LIMIT c n GET sp GET # GET sp ALPHA DESC STORE any|SORT_RO l ALPHA LIMIT c c|SORT_RO s BY sp GET # DESC
    EVAL lua 2 any any v|EVAL lua 2 any any e e e|EVAL lua 1 l v|EVAL lua 2 l h e|EVAL lua 2 h s e|EVAL lua n any v
    EVAL lua 2 any any GET k|EVAL lua 2 any any XADD x * e v|EVAL lua 2 any any BLMPOP 0 1 l end|EVAL lua 0 ...
    EVAL_RO lua 2 any any v|EVALSHA sha 2 any any v|EVALSHA sha 0|EVALSHA_RO sha 2 any any v|SCRIPT LOAD lua
    SCRIPT EXISTS sha sha|SCRIPT FLUSH|SCRIPT FLUSH ASYNC|SCRIPT FLUSH x|SCRIPT KILL|SCRIPT DEBUG NO|SCRIPT HELP
    SORT_RO l STORE l|SORT l BY sp BY sp|SORT l GET|SORT l LIMIT c
    """.replace("\n", "|").split("|")
    if line.strip()
)

# Programs stay mostly within one theme, so that they get far in it: the commands of one type, those that wait, those
# that are about keys of any type, or all.
THEMES: tuple[tuple[list[str], ...], ...] = (
    *(tuple(request for request in COMMANDS if letter in request) for letter in OWN_KEYS),
    tuple(request for request in COMMANDS if request[0].startswith("X")),
    tuple(
        request
        for request in COMMANDS
        if request[0].startswith(("B", "X"))
        or request[0] in ("LPUSH", "RPUSH", "ZADD", "DEL", "RENAME", "SORT", "LMOVE")
    ),
    tuple(request for request in COMMANDS if "any" in request),
    tuple(request for request in COMMANDS if request[0].startswith(("EVAL", "SCRIPT"))),
    tuple(request for request in COMMANDS if "r" in request or request[0] in ("DUMP", "RPUSH", "HSET", "SADD", "XADD")),
    COMMANDS,
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
    {"lazyfree_lazy_server_del": True, "lazyfree_lazy_user_flush": True},
    {"lazyfree_lazy_server_del": False, "lazyfree_lazy_user_flush": False},
    {"tracking_table_max_keys": 2},
    {"tracking_table_max_keys": 1000},
    {"slowlog_log_slower_than": 0},
    {"slowlog_log_slower_than": -1},
    {"notify_keyspace_events": "KEg$lshzxetdnm"},
    {"notify_keyspace_events": "Kx"},
    {"notify_keyspace_events": ""},
    {"hash_max_listpack_entries": 2, "hash_max_listpack_value": 300},
    {"hash_max_listpack_entries": 512, "hash_max_listpack_value": 64},
    {"hash_max_listpack_entries": 0},
    {"list_max_listpack_size": 3},
    {"list_max_listpack_size": -1},
    {"list_max_listpack_size": -2},
    {"list_max_listpack_size": 1},
    {"set_max_intset_entries": 3, "set_max_listpack_entries": 5},
    {"set_max_intset_entries": 512, "set_max_listpack_entries": 128, "set_max_listpack_value": 64},
    {"set_max_intset_entries": 0, "set_max_listpack_entries": 0},
    {"set_max_listpack_entries": 1000, "set_max_listpack_value": 3000},
    {"zset_max_listpack_entries": 3, "zset_max_listpack_value": 64},
    {"zset_max_listpack_entries": 128, "zset_max_listpack_value": 64},
    {"zset_max_listpack_entries": 0},
    {"zset_max_listpack_entries": 1000, "zset_max_listpack_value": 30_000},
    {"stream_node_max_entries": 2, "stream_node_max_bytes": 0},
    {"stream_node_max_entries": 100, "stream_node_max_bytes": 4096},
    {"stream_node_max_entries": 0, "stream_node_max_bytes": 50},
    {"hll_sparse_max_bytes": 20},
    {"hll_sparse_max_bytes": 3000},
)
