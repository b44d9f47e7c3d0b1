"""Waiting for sorted sets: who is served when, by what, and what ends a wait."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("blocking-zsets")
CASES = case.cases

case.each("arity", """
    BZPOPMIN
    BZPOPMIN k
    BZPOPMAX k
    BZMPOP 1 1 k
""")
TIMEOUTS = ["-1", "x", "", "1x", "nan", "inf", "-0.1", "1e400", "9223372036854775807", "1e17", "0x1"]
for timeout in TIMEOUTS:
    case(f"timeout {timeout!r}", "ZADD k 1 a 2 b 3 c", ["BZPOPMIN", "k", timeout], ["BZPOPMAX", "k", timeout],
         ["BZMPOP", timeout, "1", "k", "MIN"], "ZRANGE k 0 -1")
AT_ONCE = """
    BZPOPMIN k 0
    BZPOPMAX k 0
    BZPOPMIN none k 0
    BZPOPMAX none other k 0
    BZPOPMIN k k 0
    BZMPOP 0 1 k MIN
    BZMPOP 0 1 k MAX COUNT 2
    BZMPOP 0 2 none k MAX COUNT 20
    BZMPOP 0 1 k MIN COUNT 0
    BZMPOP 0 1 k MIN COUNT x
    BZMPOP 0 1 k MIN COUNT 1 COUNT 1
    BZMPOP 0 1 k UP
    BZMPOP 0 0 k MIN
    BZMPOP 0 3 k MIN
    BZMPOP x 0 k MIN
    BZMPOP x 1 k UP
    BZMPOP x 1 k MIN COUNT 0
    BZMPOP x 1 k MIN
    BZMPOP -1 1 k MIN
    BZPOPMIN string 0
    BZPOPMIN none string k 0
    BZPOPMIN k string 0
    BZPOPMAX string x
    BZMPOP 0 2 none string MIN
"""
case.each("at once", AT_ONCE, before="""
    ZADD k 1 a 2.5 b 3 c
    ZADD other 1 x
    SET string v
""", after="""
    ZRANGE k 0 -1
    ZRANGE other 0 -1
""")
case.each("in a transaction", """
    BZPOPMIN none 0
    BZPOPMAX none 0
    BZMPOP 0 1 none MIN
""", before="MULTI", after="EXEC")
case.each("in vain", """
    BZPOPMIN none 0.01
    BZPOPMAX none 0.01
    BZMPOP 0.01 2 none other MAX
""")
WAITS = ["BZPOPMIN k 0", "BZPOPMAX k 0", "BZPOPMIN j k 0", "BZPOPMAX k j 0", "BZMPOP 0 1 k MIN",
         "BZMPOP 0 1 k MAX COUNT 2", "BZMPOP 0 2 j k MIN COUNT 9"]
WAKES = ["ZADD k 1 a", "ZADD k 1 a 2.5 b 3 c", "ZINCRBY k 5 a", "ZUNIONSTORE k 1 src", "ZRANGESTORE k src 0 0",
         "RENAME src k", "COPY src k"]
for wait in WAITS:
    for wake in WAKES:
        case(f"{wait}: {wake}", "ZADD src 7 s 8 t", f"c2! {wait}", "@sleep 5", wake, "c2<", "ZRANGE k 0 -1 WITHSCORES")
case("in order", "c2! BZPOPMIN k 0", "@sleep 5", "c3! BZPOPMAX k 0", "@sleep 5", "c4! BZPOPMIN k 0", "@sleep 5",
     "ZADD k 1 a 2 b 3 c 4 d", "c2<", "c3<", "c4<", "ZRANGE k 0 -1")
case("another type does not wake", "c2! BZPOPMIN k 0", "@sleep 5", "SADD k a", "DEL k", "LPUSH k a", "DEL k",
     "ZADD k 1 a", "c2<", "EXISTS k")
case("after a transaction", "c2! BZPOPMIN k 0", "@sleep 5", "MULTI", "ZADD k 1 a", "DEL k", "ZADD k 2 b", "EXEC", "c2<")
case("gone again in a transaction", "c2! BZPOPMIN k 0", "@sleep 5", "MULTI", "ZADD k 1 a", "DEL k", "EXEC",
     "ZADD k 2 b", "c2<")
case("two keys at once", "c2! BZPOPMIN j k 0", "@sleep 5", "MULTI", "ZADD k 1 a", "ZADD j 2 b", "EXEC", "c2<",
     "EXISTS j k")
