"""Consumer groups of streams: XGROUP, XREADGROUP that does not wait, XACK, XPENDING, XCLAIM, XAUTOCLAIM, XINFO."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("stream-groups")
CASES = case.cases

MAX = "18446744073709551615"

case.each("arity", """
    XGROUP
    XGROUP CREATE k g
    XGROUP SETID k g
    XGROUP DESTROY k
    XGROUP DESTROY k g x
    XGROUP CREATECONSUMER k g
    XGROUP DELCONSUMER k g
    XGROUP NOSUCH k g
    XGROUP HELP x
    XREADGROUP GROUP g c STREAMS k
    XACK k g
    XPENDING k
    XCLAIM k g c 0
    XAUTOCLAIM k g c 0
    XINFO CONSUMERS k
    XINFO CONSUMERS k g x
""")
GROUPS = """
    XGROUP CREATE k n 0
    XGROUP CREATE k n $
    XGROUP CREATE k n 2-1
    XGROUP CREATE k n 99
    XGROUP CREATE k g 0
    XGROUP CREATE k n x
    XGROUP CREATE k n -
    XGROUP CREATE k n +
    XGROUP CREATE k n >
    XGROUP CREATE k "" 0
    XGROUP CREATE k n 0 MKSTREAM
    XGROUP CREATE k n $ mkstream
    XGROUP CREATE k g 0 MKSTREAM
    XGROUP CREATE k n x MKSTREAM
    XGROUP CREATE k n 0 ENTRIESREAD 3
    XGROUP CREATE k n 0 ENTRIESREAD 0
    XGROUP CREATE k n 0 ENTRIESREAD -1
    XGROUP CREATE k n 0 ENTRIESREAD -2
    XGROUP CREATE k n 0 ENTRIESREAD x
    XGROUP CREATE k n 0 ENTRIESREAD
    XGROUP CREATE k n 0 MKSTREAM ENTRIESREAD 3
    XGROUP CREATE k n 0 ENTRIESREAD 3 MKSTREAM
    XGROUP CREATE k n 0 MKSTREAM MKSTREAM
    XGROUP CREATE k n 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM
    XGROUP CREATE k n 0 NEXT
    XGROUP CREATE k n x NEXT
    XGROUP SETID k g 0
    XGROUP SETID k g 2-1
    XGROUP SETID k g $
    XGROUP SETID k g -
    XGROUP SETID k g +
    XGROUP SETID k g x
    XGROUP SETID k g 99
    XGROUP SETID k none 0
    XGROUP SETID k g 0 ENTRIESREAD 2
    XGROUP SETID k g 1-2 ENTRIESREAD 2
    XGROUP SETID k g 0 ENTRIESREAD -1
    XGROUP SETID k g 0 ENTRIESREAD -3
    XGROUP SETID k g 0 ENTRIESREAD x
    XGROUP SETID k g 0 ENTRIESREAD
    XGROUP SETID k g 0 MKSTREAM
    XGROUP SETID k g 0 ENTRIESREAD 1 ENTRIESREAD 2
    XGROUP SETID k g x ENTRIESREAD x
    XGROUP DESTROY k g
    XGROUP DESTROY k none
    XGROUP CREATECONSUMER k g c
    XGROUP CREATECONSUMER k g x
    XGROUP CREATECONSUMER k g ""
    XGROUP CREATECONSUMER k none c
    XGROUP DELCONSUMER k g c
    XGROUP DELCONSUMER k g none
    XGROUP DELCONSUMER k none c
    XGROUP CREATE none n 0
    XGROUP DESTROY none n
    XGROUP SETID none n 0
    XGROUP CREATE n n 0 MKSTREAM
    XGROUP CREATE n n $ MKSTREAM ENTRIESREAD 7
    XINFO GROUPS k
    @approx:1000 XINFO CONSUMERS k g
    XINFO CONSUMERS k none
    XINFO CONSUMERS none g
    COPY k d
    RENAME k d
    DEL k
    UNLINK k
    FLUSHALL
"""
READS = f"""
    XREADGROUP GROUP g c STREAMS k >
    XREADGROUP GROUP g c COUNT 1 STREAMS k >
    XREADGROUP GROUP g new STREAMS k >
    XREADGROUP GROUP g new COUNT 2 NOACK STREAMS k >
    XREADGROUP GROUP g new STREAMS k 0
    XREADGROUP GROUP g c STREAMS k 0
    XREADGROUP GROUP g c COUNT 1 STREAMS k 0
    XREADGROUP GROUP g c COUNT 1 STREAMS k 1-1
    XREADGROUP GROUP g c STREAMS k 5
    XREADGROUP GROUP g c NOACK STREAMS k 0
    XREADGROUP GROUP g c COUNT 0 STREAMS k >
    XREADGROUP GROUP g c COUNT -1 STREAMS k >
    XREADGROUP GROUP g c COUNT x STREAMS k >
    XREADGROUP GROUP g c STREAMS k $
    XREADGROUP GROUP g c STREAMS k x
    XREADGROUP GROUP g c STREAMS k -
    XREADGROUP GROUP g c STREAMS k {MAX}-{MAX}
    XREADGROUP GROUP g c STREAMS k {MAX}
    XREADGROUP GROUP none c STREAMS k >
    XREADGROUP GROUP "a b\\r\\nc" c STREAMS k >
    XREADGROUP GROUP g c STREAMS none >
    XREADGROUP GROUP g c STREAMS k other > >
    XREADGROUP GROUP g c STREAMS other k > >
    XREADGROUP GROUP g c STREAMS k other > 0
    XREADGROUP GROUP g c STREAMS k none > >
    XREADGROUP GROUP g c STREAMS k k > >
    XREADGROUP GROUP g c STREAMS k k > 0
    XREADGROUP GROUP g c STREAMS k other >
    XREADGROUP GROUP g c STREAMS string >
    XREADGROUP GROUP g c BLOCK 1 STREAMS k >
    XREADGROUP GROUP g c BLOCK 0 STREAMS k 0
    XREADGROUP GROUP g c BLOCK -1 STREAMS k >
    XREADGROUP GROUP g c BLOCK x STREAMS k >
    XREADGROUP COUNT 1 NOACK BLOCK 1 STREAMS k >
    XREADGROUP STREAMS k > NOACK COUNT 1 1
    XREADGROUP GROUP g c GROUP h d STREAMS k >
    XREADGROUP GROUP g c NEXT STREAMS k >
    XREADGROUP GROUP g c COUNT 1 COUNT 2
    XACK k g 1-1
    XACK k g 1-1 1-1 1-2
    XACK k g 9-9
    XACK k g 1
    XACK k g x
    XACK k g 1-1 x
    XACK k none 1-1
    XACK k none x
    XACK none g 1-1
    XACK none g x
    XPENDING k g
    XPENDING k none
    XPENDING none g
    XPENDING k g -
    XPENDING k g - +
    @approx:1000 XPENDING k g - + 10
    @approx:1000 XPENDING k g - + 1
    @approx:1000 XPENDING k g - + 0
    @approx:1000 XPENDING k g - + -1
    @approx:1000 XPENDING k g - + 10 c
    @approx:1000 XPENDING k g - + 10 d
    @approx:1000 XPENDING k g - + 10 none
    @approx:1000 XPENDING k g (1-1 (2-1 10
    @approx:1000 XPENDING k g 1 1 10
    @approx:1000 XPENDING k g + - 10
    XPENDING k g x + 10
    XPENDING k g - x 10
    XPENDING k g - + x
    XPENDING k g x x x
    XPENDING k g (0 (0 10
    XPENDING k g ({MAX}-{MAX} + 10
    @approx:1000 XPENDING k g IDLE 0 - + 10
    @approx:1000 XPENDING k g IDLE 100000 - + 10
    @approx:1000 XPENDING k g IDLE -1 - + 10
    @approx:1000 XPENDING k g idle 0 - + 10 c
    XPENDING k g IDLE x - + 10
    XPENDING k g IDLE 0 - +
    XPENDING k g IDLE 0 - + 10 c x
    @approx:1000 XPENDING k g - + 10 c x
    @approx:1000 XPENDING k g - + 10 c x y
    XPENDING k none x + 10
    XPENDING k none - + 10
    XCLAIM k g d 0 1-1
    XCLAIM k g d 0 1-1 1-2 1-3
    XCLAIM k g new 0 1-1
    XCLAIM k g c 0 1-1
    XCLAIM k g d 100000 1-1
    XCLAIM k g d -5 1-1
    XCLAIM k g d x 1-1
    XCLAIM k g d 0 x
    XCLAIM k g d 0 FORCE
    XCLAIM k g d 0 1-1 x
    XCLAIM k g d 0 1-1 FORCE 1-2
    XCLAIM k g d 0 2-1
    XCLAIM k g d 0 2-1 FORCE
    XCLAIM k g d 100000 2-1 FORCE
    XCLAIM k g d 0 2-1 FORCE JUSTID
    XCLAIM k g d 0 9-9 FORCE
    XCLAIM k g d 0 1-1 JUSTID
    XCLAIM k g d 0 1-1 IDLE 5000
    XCLAIM k g d 0 1-1 IDLE -5000
    XCLAIM k g d 0 1-1 IDLE 9223372036854775807
    XCLAIM k g d 0 1-1 IDLE -9223372036854775808
    XCLAIM k g d 0 1-1 IDLE x
    XCLAIM k g d 0 1-1 IDLE
    XCLAIM k g d 0 1-1 TIME 1
    XCLAIM k g d 0 1-1 TIME -1
    XCLAIM k g d 0 1-1 TIME 9999999999999
    XCLAIM k g d 0 1-1 TIME x
    XCLAIM k g d 0 1-1 TIME
    XCLAIM k g d 0 1-1 RETRYCOUNT 7
    XCLAIM k g d 0 1-1 RETRYCOUNT 0
    XCLAIM k g d 0 1-1 RETRYCOUNT -5
    XCLAIM k g d 0 1-1 RETRYCOUNT x
    XCLAIM k g d 0 1-1 RETRYCOUNT 3 JUSTID
    XCLAIM k g d 0 1-1 LASTID 4-4
    XCLAIM k g d 0 1-1 LASTID 1-1
    XCLAIM k g d 0 1-1 LASTID x
    XCLAIM k g d 0 1-1 IDLE 5 TIME 9 RETRYCOUNT 4 FORCE JUSTID LASTID 9-9
    XCLAIM k g d 0 1-1 1-1 1-1
    XCLAIM k g d 0 1
    XCLAIM k none d 0 1-1
    XCLAIM k none d x 1-1
    XCLAIM none g d 0 1-1
    XAUTOCLAIM k g d 0 0
    XAUTOCLAIM k g d 0 -
    XAUTOCLAIM k g d 0 1-2
    XAUTOCLAIM k g d 0 (1-1
    XAUTOCLAIM k g d 0 ({MAX}-{MAX}
    XAUTOCLAIM k g d 0 +
    XAUTOCLAIM k g d 0 x
    XAUTOCLAIM k g d x 0
    XAUTOCLAIM k g d -1 0
    XAUTOCLAIM k g d 100000 0
    XAUTOCLAIM k g d 100000 0 COUNT 1
    XAUTOCLAIM k g d 0 0 COUNT 1
    XAUTOCLAIM k g d 0 0 COUNT 2 JUSTID
    XAUTOCLAIM k g d 0 0 JUSTID
    XAUTOCLAIM k g d 0 0 COUNT 0
    XAUTOCLAIM k g d 0 0 COUNT -1
    XAUTOCLAIM k g d 0 0 COUNT x
    XAUTOCLAIM k g d 0 0 COUNT 576460752303423488
    XAUTOCLAIM k g d 0 0 COUNT 576460752303423487
    XAUTOCLAIM k g d 0 0 COUNT
    XAUTOCLAIM k g d 0 0 NEXT
    XAUTOCLAIM k g new 0 0 COUNT 1
    XAUTOCLAIM k none d 0 0
    XAUTOCLAIM k none d x 0
    XAUTOCLAIM none g d 0 0
    XGROUP DELCONSUMER k g d
    XDEL k 1-1
"""
FILLED = """
    XADD k 1-1 f v
    XADD k 1-2 f w
    XADD k 1-3 f x
    XADD k 2-1 f 1 g 2
    XADD k 2-2 f y
    XADD other 3-3 a b
    SET string v
    XGROUP CREATE other g 0
    XGROUP CREATE k g 0
    XGROUP CREATE k h $
"""
DELIVERED = FILLED + """
    XREADGROUP GROUP g c COUNT 2 STREAMS k >
    XREADGROUP GROUP g d COUNT 1 STREAMS k >
"""
AFTER = """
    XINFO GROUPS k
    @approx:3000 XINFO CONSUMERS k g
    @latency XINFO STREAM k FULL
    XPENDING k g
    @approx:3000 XPENDING k g - + 10
    XREADGROUP GROUP g c STREAMS k 0
    XREADGROUP GROUP g d STREAMS k >
    @approx:3000 XPENDING k g - + 10
    XINFO GROUPS d
    @latency XINFO STREAM d FULL
"""
for name, before in {
    "nothing there": "SET string v",
    "no groups": "XADD k 1-1 f v\nSET string v",
    "groups": FILLED,
    "delivered": DELIVERED,
    "delivered and deleted": DELIVERED + "XDEL k 1-1 2-1",
    "all gone": DELIVERED + "XTRIM k MAXLEN 0",
}.items():
    case.each(f"{name}", GROUPS + READS, before=before, after=AFTER)
case.each("in a transaction", READS, before=DELIVERED + "MULTI", after="@approx:3000 EXEC\n" + AFTER)

case("a group and its history", FILLED, "XREADGROUP GROUP g c COUNT 1 STREAMS k >", "XREADGROUP GROUP g c STREAMS k 0",
     "@approx:1000 XPENDING k g - + 10", "XREADGROUP GROUP g c STREAMS k 0", "@approx:1000 XPENDING k g - + 10",
     "XACK k g 1-1", "XREADGROUP GROUP g c STREAMS k 0", "XREADGROUP GROUP g c STREAMS k >",
     "XREADGROUP GROUP g c STREAMS k >", "XADD k 3-1 f v", "XREADGROUP GROUP g c STREAMS k >", "XINFO GROUPS k")
case("delivered again after SETID", DELIVERED, "XGROUP SETID k g 0", "XREADGROUP GROUP g e STREAMS k >", "XPENDING k g",
     "@approx:1000 XPENDING k g - + 10", "XINFO GROUPS k", "XGROUP SETID k g 1-1",
     "XREADGROUP GROUP g e NOACK STREAMS k >", "@approx:1000 XPENDING k g - + 10")
case("groups and consumers in order", "XADD k 1 f v", *(f"XGROUP CREATE k {name} 0" for name in
     ("b", "a", "ab", '""', '"\\xff"', '"\\x00"', "B", "aa", "abc")), "XINFO GROUPS k",
     *(f"XGROUP CREATECONSUMER k a {name}" for name in ("b", "a", "ab", '""', '"\\xff"', '"\\x00"', "B", "aa", "abc")),
     "@latency XINFO CONSUMERS k a", "@latency XINFO STREAM k FULL",
     *(f"XREADGROUP GROUP a {name} COUNT 1 STREAMS k >" for name in ("b", "aa")), "XPENDING k a")
LAG = ["XREADGROUP GROUP g c COUNT 1 STREAMS k >", "XADD k 6-1 f v", "XADD k 6-2 f v", "XDEL k 1-1", "XDEL k 1-2",
       "XDEL k 6-2", "XDEL k 6-1", "XTRIM k MAXLEN 2", "XTRIM k MAXLEN 0", "XGROUP SETID k g 0", "XGROUP SETID k g 1-1",
       "XGROUP SETID k g 1-2 ENTRIESREAD 2", "XGROUP SETID k g $", "XGROUP SETID k g 9", "XSETID k 9",
       "XSETID k 9 ENTRIESADDED 100 MAXDELETEDID 2-0", "XGROUP CREATE k n 0", "XGROUP CREATE k n $",
       "XCLAIM k g c 0 1-1 LASTID 2-1"]
for first in LAG:
    case(f"lag: {first}", FILLED,
         *(step for second in LAG
           for step in (first, "XINFO GROUPS k", second, "XINFO GROUPS k",
                        "XREADGROUP GROUP g c COUNT 1 STREAMS k >", "XINFO GROUPS k", "XINFO STREAM k")))
case("claimed entries that are gone", DELIVERED, "XDEL k 1-2", "XCLAIM k g d 0 1-1 1-2 1-3 JUSTID", "XPENDING k g",
     "XREADGROUP GROUP g c STREAMS k 0", "XREADGROUP GROUP g d STREAMS k 0")
case("autoclaim in steps", *(f"XADD k {i} f v" for i in range(1, 41)), "XGROUP CREATE k g 0",
     "XREADGROUP GROUP g c STREAMS k >", "XDEL k 3 4 5", "XAUTOCLAIM k g d 0 0 COUNT 2 JUSTID",
     "XAUTOCLAIM k g d 0 3 COUNT 2 JUSTID", "XAUTOCLAIM k g d 0 0 COUNT 30 JUSTID", "XAUTOCLAIM k g d 100000 0 COUNT 1",
     "XAUTOCLAIM k g d 100000 11 COUNT 2", "XAUTOCLAIM k g d 0 39 COUNT 5", "XPENDING k g")
case("a copy is another stream", DELIVERED, "COPY k d", "XACK k g 1-1", "XADD k 9 f v", "XGROUP DESTROY d h",
     "XGROUP DELCONSUMER d g d", "XPENDING k g", "XPENDING d g", "XINFO GROUPS k", "XINFO GROUPS d", "XLEN d", "DEL k",
     "XREADGROUP GROUP g c STREAMS d 0")
case("counts of FULL", *(f"XADD k {i} f v" for i in range(1, 31)), "XGROUP CREATE k g 0",
     "XREADGROUP GROUP g c STREAMS k >", *(f"@latency XINFO STREAM k FULL{count}" for count in
     ("", " COUNT 0", " COUNT 3", " COUNT -1", " COUNT 100")))
