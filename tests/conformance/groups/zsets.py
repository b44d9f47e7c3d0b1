"""Sorted sets on single members: adding with all options, scores, ranks, random members, scans, pops."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("zsets")
CASES = case.cases

case.each("arity", """
    ZADD
    ZADD k
    ZADD k 1
    ZINCRBY k 1
    ZINCRBY k 1 a b
    ZREM k
    ZCARD
    ZCARD k a
    ZSCORE k
    ZSCORE k a b
    ZMSCORE k
    ZRANK k
    ZRANK k a b
    ZREVRANK k
    ZRANDMEMBER
    ZRANDMEMBER k 1 WITHSCORES x
    ZRANDMEMBER k 1 NONSENSE
    ZRANDMEMBER k x NONSENSE
    ZSCAN k
    ZPOPMIN
    ZPOPMIN k 1 2
    ZPOPMAX k 1 2
    ZPOPMAX k x 2
    ZMPOP 1 k
    ZMPOP
""")
READS = """
    ZINCRBY k 2 a
    ZREM k a
    ZREM k a b nothing
    ZCARD k
    ZSCORE k a
    ZMSCORE k a b nothing
    ZRANK k b
    ZREVRANK k b
    ZRANK k nothing
    ZREVRANK k nothing
    ZRANDMEMBER k 0
    ZRANDMEMBER k x
    ZRANDMEMBER k 1.5
    ZRANDMEMBER k 0 WITHSCORES
    ZRANDMEMBER k -9223372036854775808
    ZRANDMEMBER k -9223372036854775807 WITHSCORES
    ZRANDMEMBER k 9223372036854775807 WITHSCORES
    ZRANDMEMBER k 4611686018427387904 WITHSCORES
    ZSCAN k 0
    ZSCAN k x
    ZSCAN k 0 COUNT 0
    ZSCAN k 0 COUNT
    ZSCAN k 0 COUNT x
    ZSCAN k 0 NONSENSE 1
    ZSCAN k 0 TYPE zset
    ZSCAN k 0 MATCH a
    ZSCAN k 0 MATCH b* COUNT 100
    ZPOPMIN k
    ZPOPMAX k
    ZPOPMIN k 0
    ZPOPMIN k -1
    ZPOPMIN k x
    ZPOPMIN k 1
    ZPOPMIN k 2
    ZPOPMAX k 2
    ZPOPMAX k 100
    ZPOPMIN k 9223372036854775807
    ZPOPMIN k 9223372036854775808
    ZMPOP 1 k MIN
    ZMPOP 1 k MAX COUNT 2
    ZMPOP 2 none k MAX COUNT 200
    ZMPOP 1 none MIN
    ZMPOP 0 k MIN
    ZMPOP -1 k MIN
    ZMPOP x k MIN
    ZMPOP 2 k MIN
    ZMPOP 3 k MIN
    ZMPOP 1 k NONSENSE
    ZMPOP 1 k MIN COUNT
    ZMPOP 1 k MIN COUNT 0
    ZMPOP 1 k MIN COUNT -1
    ZMPOP 1 k MIN COUNT x
    ZMPOP 1 k MIN COUNT 0 NONSENSE
    ZMPOP 1 k MIN COUNT 1 COUNT 1
    ZMPOP 1 k MIN COUNT 1 COUNT 0
    ZMPOP 1 k MIN NONSENSE 1
    ZMPOP 1 k min count 1
"""
case.each("absent", READS, after="EXISTS k")
case.each("wrong type", READS, before="SET k v", after="GET k")
case.each("few members", READS, before="ZADD k 1 a 2 b 3 bc", after="""
    ZRANGE k 0 -1 WITHSCORES
    EXISTS k
    OBJECT ENCODING k
""")
case.each("a table and a tree", [line.replace("ZSCAN", "@unordered ZSCAN") for line in READS.strip().splitlines()],
          before="""
    CONFIG SET zset-max-listpack-entries 2
    ZADD k 1 a 2 b 3 bc
""", after="""
    ZRANGE k 0 -1 WITHSCORES
    EXISTS k
    OBJECT ENCODING k
""")
case.each("zadd options", """
    ZADD k 5 a
    ZADD k nx 5 a
    ZADD k NX 5 a 6 new
    ZADD k XX 5 a 6 new
    ZADD k XX CH 5 a 6 new 2 b
    ZADD k CH 5 a 6 new 2 b
    ZADD k CH CH 5 a
    ZADD k GT 5 a 1 b 9 new
    ZADD k LT 5 a 1 b 9 new
    ZADD k GT CH 5 a 1 b 9 new
    ZADD k LT CH 5 a 1 b 9 new
    ZADD k GT XX CH 5 a 1 b 9 new
    ZADD k LT XX CH 5 a 1 b 9 new
    ZADD k XX LT GT 5 a
    ZADD k NX XX 5 a
    ZADD k NX GT 5 a
    ZADD k NX LT 5 a
    ZADD k GT LT 5 a
    ZADD k NX XX GT 5
    ZADD k NX XX GT
    ZADD k INCR 5 a
    ZADD k INCR 5 new
    ZADD k INCR 0 a
    ZADD k CH INCR 5 a
    ZADD k NX INCR 5 a
    ZADD k NX INCR 5 new
    ZADD k XX INCR 5 a
    ZADD k XX INCR 5 new
    ZADD k GT INCR 5 a
    ZADD k GT INCR -5 a
    ZADD k LT INCR 5 a
    ZADD k LT INCR -5 a
    ZADD k LT INCR -5 new
    ZADD k INCR 5 a 6 b
    ZADD k INCR 5
    ZADD k 1 a 2
    ZADD k x a
    ZADD k 1 a x b
    ZADD k 1 a 1 a 2 a
    ZADD k CH 1 a 7 a 1 a
    ZADD k 1 new 2 new
    ZADD k nan a
    ZADD k inf a
    ZADD k -inf a
    ZADD k +inf a
    ZADD k Infinity a
    ZADD k 1e400 a
    ZADD k 1e-400 a
    ZADD k 0x10 a
    ZADD k "" a
    ZADD k " 1" a
    ZADD k "1 " a
    ZADD k 1,5 a
    ZADD k +1 a
    ZADD k 01 a
    ZADD k 1. a
    ZADD k .5 a
    ZADD k INCR nan a
    ZADD k INCR -inf i
    ZINCRBY k -inf i
    ZINCRBY k inf i
    ZINCRBY k nan a
    ZINCRBY k x a
    ZINCRBY k nx a
    ZINCRBY k incr a
    ZINCRBY k 0 new
    ZINCRBY k 0.1 a
    ZADD other XX 1 a
    ZADD other XX INCR 1 a
    ZADD other NX 1 a
    ZADD other GT 1 a
    ZADD other INCR nan a
    ZADD string 1 a
    ZADD string x a
    ZADD string XX 1 a
    ZADD string NX XX 1 a
    ZINCRBY string 1 a
""", before="""
    ZADD k 1 a 2 b inf i
    SET string v
""", after="""
    ZRANGE k 0 -1 WITHSCORES
    ZRANGE other 0 -1 WITHSCORES
""")
SCORES = """0 -0 1 -1 0.1 -0.1 3.0 1e5 1e15 1e16 1e17 -1e17 1e18 1e20 1e21 1e-5 1e-320 1.7976931348623157e308 2.5 100
123456789012345678 9007199254740991 9007199254740993 4611686018427387904 4611686018427388928 -4611686018427388928
9223372036854775807 18446744073709551616 inf -inf 3.14159265358979311599796346854 0.30000000000000004 1e100
99999999999999990 -99999999999999990 4294967296 -2147483648 65535 4503599627370497.5""".split()  # noqa: SIM905
for limit in (128, 0):
    for score in SCORES:
        case(f"score {score}, listpack of {limit}", f"CONFIG SET zset-max-listpack-entries {limit}",
             ["ZADD", "k", score, "a"], "ZSCORE k a", "ZRANGE k 0 -1 WITHSCORES", "ZSCAN k 0", "ZMSCORE k a b",
             "ZINCRBY k 0 a", "ZADD k INCR 1 a", "ZADD j 1 c", "ZUNION 2 k j WITHSCORES", "ZPOPMIN k")
    case(f"all scores, listpack of {limit}", f"CONFIG SET zset-max-listpack-entries {limit}",
         *[["ZADD", "k", score, f"m{i}"] for i, score in enumerate(SCORES)], "ZRANGE k 0 -1 WITHSCORES",
         *[["ZADD", "k", score, f"m{9 * i % len(SCORES)}"] for i, score in enumerate(SCORES)],
         "ZRANGE k 0 -1 WITHSCORES", "ZREVRANGE k 0 -1", *[f"ZRANK k m{i}" for i in range(len(SCORES))],
         *[["ZCOUNT", "k", score, "inf"] for score in SCORES], "COPY k j", "ZRANGE j 0 -1 WITHSCORES",
         "OBJECT ENCODING j")

KINDS = {
    "numbers": [str(i) for i in range(-20, 60)],
    "texts": ["a", "b", "", "x\x00y", "ab", "a\xff", "B", "~"],
    "mixed": ["1", "01", "-0", "+1", "1.0", "10", "9", "a1"],
    "long": ["x" * 64, "x" * 65, "1", "y" * 1000, "z" * 300],
    "very long": ["y" * 2000, "y" * 990, "y" * 1010, "y" * 1024, "short"],
    "128": [f"m{i}" for i in range(128)],
    "129": [f"m{i}" for i in range(129)],
    "many": [f"m{i}" for i in range(700)],
}
for name, members in KINDS.items():
    pairs = [word for i, member in enumerate(members) for word in (str(i * 7 % 5), member)]
    add = ["ZADD", "k", *pairs]
    case(f"members: {name}", add, add, "ZCARD k", "OBJECT ENCODING k", "ZRANGE k 0 -1 WITHSCORES",
         *[["ZSCORE", "k", member] for member in members[:8]], *[["ZRANK", "k", member] for member in members[:8]],
         *[["ZREVRANK", "k", member] for member in members[-8:]], "ZSCORE k nothing", "TYPE k",
         ["ZINCRBY", "k", "2.5", members[0]], ["ZINCRBY", "k", "0.001", members[1]], "ZRANGE k 0 -1 WITHSCORES",
         ["ZREM", "k", members[0], members[0], "nothing"], "ZCARD k", "ZRANGE k 1 3", "OBJECT ENCODING k",
         "ZPOPMIN k", "ZPOPMAX k", "ZPOPMIN k 2", "ZPOPMAX k 3", "ZRANGE k 0 -1 WITHSCORES",
         ["ZREM", "k", *members], "EXISTS k", "ZCARD k")
    case(f"all at once: {name}", add, "@unordered ZRANDMEMBER k 1000000", "@unordered ZRANDMEMBER k 1000000 WITHSCORES",
         "ZPOPMAX k 1000000", "EXISTS k")
    case(f"scan: {name}", add, "@unordered ZSCAN k 0 COUNT 100000", "@unordered ZSCAN k 0 MATCH *1* COUNT 100000")
    case(f"copy: {name}", add, "COPY k j", "RENAME j i", "ZRANGE i 0 -1 WITHSCORES", "ZINCRBY i 1 m1",
         ["ZINCRBY", "i", "9", members[0]], "ZRANGE k 0 -1 WITHSCORES", "ZRANGE i 0 -1 WITHSCORES", "ZCARD i",
         "OBJECT ENCODING i", "DEL k i", "EXISTS k i")

case("encodings by threshold", "CONFIG SET zset-max-listpack-entries 3", "ZADD k 1 a 2 b 3 c", "OBJECT ENCODING k",
     "ZADD k 4 d", "OBJECT ENCODING k", "ZREM k a b c", "OBJECT ENCODING k", "ZADD j 1 a",
     "CONFIG SET zset-max-listpack-value 3", "ZADD j 1 abc", "OBJECT ENCODING j", "ZADD j 1 abcd", "OBJECT ENCODING j",
     "ZADD i 1 abcd", "OBJECT ENCODING i", "CONFIG SET zset-max-listpack-entries 0", "ZADD h 1 a", "OBJECT ENCODING h",
     "@pairs CONFIG GET zset-max-ziplist-*")
case("random from one", "ZADD k 1.5 a", "ZRANDMEMBER k", "ZRANDMEMBER k -3", "ZRANDMEMBER k 5", "ZRANDMEMBER k 1",
     "ZRANDMEMBER k -2 WITHSCORES", "ZRANDMEMBER k 5 WITHSCORES", "ZRANDMEMBER k 1 withscores")
case("expiry stays with changes", "ZADD k 1 a", "PEXPIREAT k 33177117420000", "ZADD k 2 b", "ZINCRBY k 1 a",
     "ZREM k a", "PEXPIRETIME k", "ZADD j 1 a", "ZUNIONSTORE k 1 j", "PEXPIRETIME k")
case("watch", "ZADD k 1 a", "WATCH k", "ZADD k 1 a", "MULTI", "ZCARD k", "EXEC", "WATCH k", "c2> ZADD k 2 a", "MULTI",
     "ZCARD k", "EXEC", "WATCH k", "c2> ZADD k NX 3 a", "MULTI", "ZCARD k", "EXEC")
