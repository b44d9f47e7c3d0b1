"""Waiting for entries of streams: XREAD and XREADGROUP with BLOCK."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("blocking-streams")
CASES = case.cases

case.each("time runs out", """
    XREAD BLOCK 10 STREAMS k 0
    XREAD BLOCK 10 STREAMS k $
    XREAD BLOCK 10 COUNT 2 STREAMS k j 5 $
    XREADGROUP GROUP g c BLOCK 10 STREAMS s >
    XREADGROUP GROUP g c BLOCK 10 NOACK STREAMS s >
""", before="XGROUP CREATE s g $ MKSTREAM", after="XINFO GROUPS s")
case.each("in a transaction nothing waits", """
    XREAD BLOCK 0 STREAMS k 0
    XREAD BLOCK 0 STREAMS s $
    XREADGROUP GROUP g c BLOCK 0 STREAMS s >
""", before="XGROUP CREATE s g $ MKSTREAM\nMULTI", after="EXEC")
for timeout in ("-1", "x", "", "1.5", "9223372036854775807", "9223372036854775808"):
    case(f"timeout {timeout!r}", "XADD k 1 f v", ["XREAD", "BLOCK", timeout, "STREAMS", "k", "0"])

WAITS = (
    "XREAD BLOCK 0 STREAMS k $",
    "XREAD BLOCK 0 STREAMS k 5-5",
    "XREAD BLOCK 0 COUNT 1 STREAMS k $",
    "XREAD BLOCK 0 STREAMS j k $ $",
    "XREAD BLOCK 0 STREAMS k k $ 99",
    "XREADGROUP GROUP g c BLOCK 0 STREAMS k >",
    "XREADGROUP GROUP g c BLOCK 0 COUNT 1 STREAMS k >",
    "XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS k >",
    "XREADGROUP GROUP g c BLOCK 0 STREAMS j k > >",
)
MAKERS = {
    "add": ["c2> XADD k 9-1 f v"],
    "add to the other": ["c2> XADD j 9-1 f v", "c2> XADD k 9-1 f v"],
    "transaction": ["c2> MULTI", "c2> XADD k 9-1 f v", "c2> XADD k 9-2 f v g w", "c2> EXEC"],
    "transaction that takes it again": ["c2> MULTI", "c2> XADD k 9-1 f v", "c2> XDEL k 9-1", "c2> EXEC"],
    "no news first": ["c2> XDEL k 5-5", "c2> XTRIM k MAXLEN 0", "c2> XSETID k 8", "c2> XGROUP CREATE k n 0",
                      "c2> XGROUP SETID k n 0", "c2> XGROUP DESTROY k n", "c2> XGROUP CREATECONSUMER k g x",
                      "c2> XADD k 9-1 f v"],
    "rename": ["c2> XADD x 9-1 f v", "c2> XGROUP CREATE x g 0", "c2> RENAME x k"],
    "rename without group": ["c2> XADD x 9-1 f v", "c2> RENAME x k"],
    "copy": ["c2> COPY k x", "c2> XADD x 9-1 f v", "c2> COPY x k REPLACE"],
    "delete and make again": ["c2> DEL k", "c2> XADD k 1-1 f v", "c2> XADD k 9-1 f v"],
    "delete and make again at once": ["c2> MULTI", "c2> DEL k", "c2> XADD k 9-1 f v", "c2> EXEC"],
    "unlink": ["c2> UNLINK k", "c2> XADD k 9-1 f v"],
    "another type": ["c2> SET k v", "c2> DEL k", "c2> XADD k 9-1 f v"],
    "another type at once": ["c2> MULTI", "c2> DEL k", "c2> SADD k a", "c2> EXEC", "c2> DEL k", "c2> XADD k 9-1 f v"],
    "destroy": ["c2> XGROUP DESTROY k g", "c2> XADD k 9-1 f v"],
    "destroy and make again": ["c2> MULTI", "c2> XGROUP DESTROY k g", "c2> XGROUP CREATE k g 0", "c2> EXEC",
                               "c2> XADD k 9-1 f v"],
    "flush": ["c2> FLUSHALL", "c2> XADD k 9-1 f v"],
    "flush of the database": ["c2> FLUSHDB", "c2> XADD k 9-1 f v"],
    "swap": ["c2> SELECT 1", "c2> XADD k 9-1 f v", "c2> XGROUP CREATE k g 0", "c2> SWAPDB 0 1", "c2> SELECT 0"],
    "swap with nothing": ["c2> SWAPDB 0 1", "c2> XADD k 9-1 f v"],
    "move": ["c2> MOVE k 1", "c2> XADD k 9-1 f v"],
    "the group's ID goes back": ["c2> XGROUP SETID k g 0", "c2> XADD k 9-1 f v"],
}
for wait in WAITS:
    for name, steps in MAKERS.items():
        if name == "swap" and " j k " in wait:
            continue                    # both keys change at once: which is served is left to the hash of each server
        case(f"{wait}, then {name}", "XADD k 5-4 f v", "XADD k 5-5 f v", "XGROUP CREATE k g $",
             "XGROUP CREATE j g $ MKSTREAM", f"c1! {wait}", "@sleep 20", *steps, "c1<", "c2> XINFO GROUPS k",
             "c2> XPENDING k g", "c1> PING")

case("expiry", "XGROUP CREATE k g $ MKSTREAM", "PEXPIRE k 30", "c1! XREADGROUP GROUP g c BLOCK 0 STREAMS k >", "c1<",
     "c2> EXISTS k")
case("all are served", "XADD k 1 f v", "XGROUP CREATE k g $", "c1! XREAD BLOCK 0 STREAMS k $", "@sleep 20",
     "c2! XREAD BLOCK 0 STREAMS k 1", "@sleep 20", "c3! XREADGROUP GROUP g a BLOCK 0 STREAMS k >", "@sleep 20",
     "c4! XREADGROUP GROUP g b BLOCK 0 STREAMS k >", "@sleep 20", "c5> XADD k 2 f v", "c1<", "c2<", "c3<",
     "c5> XADD k 3 f v", "c4<", "c5> XPENDING k g")
case("destroy wakes all", "XGROUP CREATE k g $ MKSTREAM", "c1! XREADGROUP GROUP g c BLOCK 0 STREAMS k >", "@sleep 20",
     "c2! XREADGROUP GROUP g d BLOCK 0 STREAMS k >", "@sleep 20", "c3! XREAD BLOCK 0 STREAMS k $", "@sleep 20",
     "c4> XGROUP DESTROY k g", "c1<", "c2<", "c4> XADD k 1 f v", "c3<")
case("many at once", "c1! XREAD BLOCK 0 COUNT 3 STREAMS k $", "@sleep 20", "c3! XREAD BLOCK 0 STREAMS k $", "@sleep 20",
     "c2> MULTI", *(f"c2> XADD k {i} f v" for i in range(1, 8)), "c2> EXEC", "c1<", "c3<")
case("a long way behind", *(f"XADD k {i} f v" for i in range(1, 4)), "c1! XREAD BLOCK 0 STREAMS k 1", "c1<",
     "c1! XREAD BLOCK 0 STREAMS k 3", "@sleep 20", "c2> XADD k 4 f v", "c1<")
case("the wait for $ is for what comes after the wait began", "c1! XREAD BLOCK 0 STREAMS k $", "@sleep 20",
     "c2> XADD k 1-1 f v", "c1<", "c1! XREAD BLOCK 0 STREAMS k $", "@sleep 20", "c2> XDEL k 1-1", "c2> XADD k 1-2 f v",
     "c1<")
case("client unblock", "XGROUP CREATE k g $ MKSTREAM", "c1! XREAD BLOCK 0 STREAMS k $", "@sleep 20",
     "c2> CLIENT UNBLOCK {id:c1}", "c1<", "c1! XREADGROUP GROUP g c BLOCK 0 STREAMS k >", "@sleep 20",
     "c2> CLIENT UNBLOCK {id:c1} ERROR", "c1<", "c2> XADD k 1 f v", "c1> XREADGROUP GROUP g c BLOCK 0 STREAMS k >")
case("pipelined behind a wait", "c1! XREAD BLOCK 0 STREAMS k $", "c1! XLEN k", "@sleep 20", "c2> XADD k 1 f v", "c1<",
     "c1<")
case("closed while waiting", "c1! XREAD BLOCK 0 STREAMS k j $ $", "@sleep 20", "@close c1", "@sleep 50",
     "c2> XADD k 1 f v", "c2> XADD j 1 f v")
