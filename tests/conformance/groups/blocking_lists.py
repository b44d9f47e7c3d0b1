"""Waiting for lists: who is served when, by what, and what ends a wait."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("blocking-lists")
CASES = case.cases

case.each("arity", """
    BLPOP
    BLPOP k
    BRPOP k
    BLMOVE a b LEFT LEFT
    BRPOPLPUSH a b
    BLMPOP 1 1 k
""")
TIMEOUTS = ["-1", "x", "", "1x", "nan", "inf", "-0.1", "1e400", "9223372036854775807", "1e17", "9223372036854775",
            "0x1"]
for timeout in TIMEOUTS:
    case(f"timeout {timeout!r}", "RPUSH k a b c d e f", ["BLPOP", "k", timeout], ["BRPOP", "k", timeout],
         ["BLMOVE", "k", "d", "LEFT", "LEFT", timeout], ["BRPOPLPUSH", "k", "d", timeout],
         ["BLMPOP", timeout, "1", "k", "LEFT"], "LRANGE k 0 -1")
AT_ONCE = """
    BLPOP k 0
    BRPOP k 0
    BLPOP none k 0
    BRPOP none other k 0
    BLPOP k k 0
    BLMOVE k d LEFT RIGHT 0
    BLMOVE k k LEFT RIGHT 0
    BLMOVE k d UP RIGHT 0
    BLMOVE k d LEFT DOWN 0
    BRPOPLPUSH k d 0
    BLMPOP 0 1 k LEFT
    BLMPOP 0 2 none k RIGHT COUNT 2
    BLMPOP 0 1 k LEFT COUNT 0
    BLMPOP 0 0 k LEFT
    BLMPOP 0 3 k LEFT
    BLMPOP x 1 k LEFT
    BLPOP string 0
    BLPOP none string k 0
    BLPOP k string 0
    BLMOVE string d LEFT LEFT 0
    BLMOVE k string LEFT LEFT 0
    BRPOPLPUSH k string 0
    BLMPOP 0 2 none string LEFT
"""
case.each("at once", AT_ONCE, before="""
    RPUSH k a b c
    RPUSH other x
    SET string v
""", after="""
    LRANGE k 0 -1
    LRANGE d 0 -1
    LRANGE other 0 -1
""")
case.each("time runs out", """
    BLPOP k 0.01
    BRPOP k j 0.01
    BLMOVE k d LEFT LEFT 0.01
    BRPOPLPUSH k d 0.01
    BLMPOP 0.01 2 k j LEFT
    BLPOP k 0.0000001
    BLPOP k 1e-2
""")
case.each("in a transaction nothing waits", """
    BLPOP k 0
    BRPOP k 0
    BLMOVE k d LEFT LEFT 0
    BRPOPLPUSH k d 0
    BLMPOP 0 1 k LEFT
""", before="MULTI", after="EXEC")

WAITS = {
    "BLPOP k 0": "LRANGE k 0 -1",
    "BRPOP k 0": "LRANGE k 0 -1",
    "BLPOP j k 0": "EXISTS j",
    "BLMOVE k d LEFT RIGHT 0": "LRANGE d 0 -1",
    "BLMOVE k k RIGHT LEFT 0": "LRANGE k 0 -1",
    "BRPOPLPUSH k d 0": "LRANGE d 0 -1",
    "BLMPOP 0 2 j k LEFT COUNT 2": "LRANGE k 0 -1",
    "BLMPOP 0 1 k RIGHT": "LRANGE k 0 -1",
}
MAKERS = {
    "push": ["c2> RPUSH k a b c"],
    "push in front": ["c2> LPUSH k a"],
    "transaction": ["c2> MULTI", "c2> RPUSH k a", "c2> RPUSH k b", "c2> LLEN k", "c2> EXEC"],
    "transaction that takes it again": ["c2> MULTI", "c2> RPUSH k a", "c2> LPOP k", "c2> EXEC", "c2> RPUSH k z"],
    "rename": ["c2> RPUSH x a b", "c2> RENAME x k"],
    "copy": ["c2> RPUSH x a b", "c2> COPY x k"],
    "move": ["c2> SELECT 1", "c2> RPUSH k a b", "c2> MOVE k 0", "c2> SELECT 0"],
    "swap": ["c2> SELECT 1", "c2> RPUSH k a b", "c2> SWAPDB 0 1", "c2> SELECT 0"],
    "another type first": ["c2> SET k v", "c2> DEL k", "c2> RPUSH k a b"],
    "a set first": ["c2> SADD k v", "c2> DEL k", "c2> RPUSH k a b"],
    "moved there": ["c2> RPUSH x a b", "c2> LMOVE x k LEFT LEFT", "c2> LRANGE x 0 -1"],
    "the other database first": ["c2> SELECT 1", "c2> RPUSH k z", "c2> SELECT 0", "c2> RPUSH k a"],
}
for wait, after in WAITS.items():
    for name, steps in MAKERS.items():
        case(f"{wait}, then {name}", f"c1! {wait}", "@sleep 20", *steps, "c1<", f"c2> {after}", "c2> EXISTS k",
             "c1> PING")

case("oldest first", "c1! BLPOP k 0", "@sleep 20", "c2! BRPOP k 0", "@sleep 20", "c3! BLMOVE k d LEFT LEFT 0",
     "@sleep 20", "c4> RPUSH k 1 2 3 4 5", "c1<", "c2<", "c3<", "c4> LRANGE k 0 -1", "c4> LRANGE d 0 -1")
case("one element, one client", "c1! BLPOP k 0", "@sleep 20", "c2! BLPOP k 0", "@sleep 20", "c3> RPUSH k a", "c1<",
     "c3> LLEN k", "c3> RPUSH k b", "c2<", "c3> EXISTS k")
case("first ready key wins", "c1! BLPOP a b c 0", "@sleep 20", "c2> MULTI", "c2> RPUSH c 3", "c2> RPUSH a 1",
     "c2> RPUSH b 2", "c2> EXEC", "c1<", "c2> MGET a", "c2> LLEN a", "c2> LLEN b", "c2> LLEN c")
case("chain of moves", "c1! BLMOVE a b LEFT RIGHT 0", "@sleep 20", "c2! BLMOVE b c LEFT RIGHT 0", "@sleep 20",
     "c3! BLPOP c 0",
     "@sleep 20", "c4> RPUSH a x", "c1<", "c2<", "c3<", "c4> EXISTS a b c")
case("circular moves", "c1! BRPOPLPUSH a b 0", "@sleep 20", "c2! BRPOPLPUSH b a 0", "@sleep 20", "c3> RPUSH a x",
     "c1<", "c2<", "c3> LRANGE a 0 -1", "c3> LRANGE b 0 -1")
case("to itself", "c1! BRPOPLPUSH a a 0", "@sleep 20", "c2> RPUSH a 1 2", "c1<", "c2> LRANGE a 0 -1")
case("wrong destination when woken", "c1! BLMOVE a b LEFT LEFT 0", "@sleep 20", "c2> SET b v", "c2> RPUSH a x",
     "c1<", "c2> LRANGE a 0 -1", "c1> PING")
case("several of one key", "c1! BLPOP k k k 0", "@sleep 20", "c2> RPUSH k a b", "c1<", "c2> LLEN k")
case("pipelined behind a wait", "c1! BLPOP k 0", "c1! SET x 1", "c1! BLPOP k 0", "c1! GET x", "@sleep 20",
     "c2> GET x", "c2> RPUSH k a", "c1<", "c1<", "@sleep 20", "c2> GET x", "c2> RPUSH k b", "c1<", "c1<")
case("client unblock", "c1! BLPOP k 0", "@sleep 20", "c2> CLIENT UNBLOCK {id:c1}", "c1<", "c1! BLPOP k 0",
     "@sleep 20", "c2> CLIENT UNBLOCK {id:c1} ERROR", "c1<", "c1! BLMOVE k d LEFT LEFT 0", "@sleep 20",
     "c2> CLIENT UNBLOCK {id:c1} TIMEOUT", "c1<", "c2> CLIENT UNBLOCK {id:c1}", "c2> RPUSH k a", "c2> LLEN k",
     "c1> LPOP k")
case("one that went away is not served", "c1! BLPOP k 0", "@sleep 20", "c2! BLPOP k 0", "@sleep 20", "@close c1",
     "@sleep 50", "c3> RPUSH k a", "c2<", "c3> LLEN k")
case("killed while waiting", "c1! BLPOP k 0", "@sleep 20", "c2> CLIENT KILL ID {id:c1}", "c1<eof", "c2> RPUSH k a",
     "c2> LLEN k")
case("wait again", "c1! BLPOP k 0", "@sleep 20", "c2> RPUSH k a", "c1<", "c1! BLPOP k 0.02", "c1<", "c2> RPUSH k b",
     "c1> BLPOP k 0")
case("watch inside a wait's wake", "c1> WATCH k", "c2! BLPOP k 0", "@sleep 20", "c3> RPUSH k a", "c2<", "c1> MULTI",
     "c1> PING", "c1> EXEC")
case("flush wakes nobody", "c1! BLPOP k 0", "@sleep 20", "c2> FLUSHALL", "c2> RPUSH k a", "c1<")
case("blocked clients are counted", "c1! BLPOP k 0", "@sleep 20", "c2> RPUSH j 1", "c2> LLEN j", "c2> RPUSH k 1", "c1<")
