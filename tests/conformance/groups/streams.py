"""Streams: adding, trimming, removing, reading by range, XSETID, XINFO STREAM, XREAD that does not wait."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("streams")
CASES = case.cases

MAX = "18446744073709551615"

case.each("arity", """
    XADD
    XADD k * f
    XADD k * f v g
    XADD k 1-1 f
    XADD k NOMKSTREAM * f
    XADD k NOMKSTREAM NOMKSTREAM NOMKSTREAM
    XADD k MAXLEN 1 MAXLEN
    XADD k MAXLEN 1 LIMIT 1
    XLEN
    XLEN a b
    XRANGE k -
    XREVRANGE k +
    XDEL k
    XTRIM k MAXLEN
    XSETID k
    XREAD STREAMS k
    XINFO
    XINFO STREAM
    XINFO GROUPS
    XINFO GROUPS k g
    XINFO NOSUCH
    XINFO HELP x
""")
ALL = f"""
    XADD k 9-1 f v
    XADD k 9-1 f v g w
    XADD k NOMKSTREAM 9-1 f v
    XADD k nomkstream maxlen 1 9-1 f v
    XADD k 9 f v
    XADD k 9-* f v
    XADD k 2-* f v
    XADD k 1-* f v
    XADD k 0-* f v
    XADD k 0-0 f v
    XADD k 0 f v
    XADD k 1-1 f v
    XADD k - f v
    XADD k + f v
    XADD k x f v
    XADD k "" f v
    XADD k 1-x f v
    XADD k 1-1-1 f v
    XADD k 1-** f v
    XADD k *-1 f v
    XADD k -1 f v
    XADD k " 9" f v
    XADD k +9 f v
    XADD k 09-01 f v
    XADD k 9-+1 f v
    XADD k 9--1 f v
    XADD k 9--01 f v
    XADD k 9.0 f v
    XADD k {MAX} f v
    XADD k {MAX}-{MAX} f v
    XADD k {MAX}-* f v
    XADD k 18446744073709551616 f v
    XADD k 1-18446744073709551616 f v
    XADD k 9-1 "" ""
    XADD k MAXLEN 0 9-1 f v
    XADD k MAXLEN 1 9-1 f v
    XADD k MAXLEN = 2 9-1 f v
    XADD k MAXLEN ~ 1 9-1 f v
    XADD k MAXLEN ~ 1 LIMIT 0 9-1 f v
    XADD k MAXLEN ~ 1 LIMIT 1 9-1 f v
    XADD k MAXLEN ~ 1 LIMIT 100 9-1 f v
    XADD k MAXLEN ~ 1 LIMIT -1 9-1 f v
    XADD k MAXLEN ~ 1 LIMIT x 9-1 f v
    XADD k MAXLEN 1 LIMIT 1 9-1 f v
    XADD k LIMIT 1 9-1 f v
    XADD k LIMIT 0 9-1 f v
    XADD k LIMIT 1 MAXLEN ~ 1 9-1 f v
    XADD k MAXLEN -1 9-1 f v
    XADD k MAXLEN x 9-1 f v
    XADD k MAXLEN = x 9-1 f v
    XADD k MAXLEN 1 MAXLEN 1 9-1 f v
    XADD k MAXLEN 1 MINID 1 9-1 f v
    XADD k MINID 2 9-1 f v
    XADD k MINID = 2-1 9-1 f v
    XADD k MINID ~ 2-1 9-1 f v
    XADD k MINID x 9-1 f v
    XADD k MINID - 9-1 f v
    XADD k MINID 99 9-1 f v
    XLEN k
    XDEL k 1-1
    XDEL k 1-2
    XDEL k 1-1 1-1 2-1 3-3
    XDEL k 1-1 2-1 2-2 5-0
    XDEL k 1
    XDEL k 5
    XDEL k x
    XDEL k 1-1 x
    XDEL k -
    XTRIM k MAXLEN 1
    XTRIM k MAXLEN = 1
    XTRIM k MAXLEN 0
    XTRIM k MAXLEN 9
    XTRIM k MAXLEN ~ 1
    XTRIM k MAXLEN ~ 0 LIMIT 0
    XTRIM k MAXLEN ~ 0 LIMIT 3
    XTRIM k MAXLEN 1 LIMIT 1
    XTRIM k maxlen 1 nomkstream
    XTRIM k MINID 2
    XTRIM k MINID 2-2
    XTRIM k MINID ~ 99
    XTRIM k MINID 99
    XTRIM k MINID {MAX}-{MAX}
    XTRIM k MINID x
    XTRIM k MINID +
    XTRIM k LIMIT 1
    XTRIM k NEXT 1
    XTRIM k MAXLEN x
    XTRIM k MAXLEN -1
    XTRIM k MAXLEN 9223372036854775807
    XTRIM k MAXLEN 9223372036854775808
    XTRIM k MAXLEN 1 MINID 1
    XTRIM k MAXLEN ~
    XTRIM k MAXLEN = 1 = 2
    XRANGE k - +
    XRANGE k + -
    XRANGE k 1 2
    XRANGE k 1-2 2
    XRANGE k (1-1 (5-0
    XRANGE k (1 (5
    XRANGE k (- +
    XRANGE k - (+
    XRANGE k ( +
    XRANGE k - (0-0
    XRANGE k - (0
    XRANGE k ({MAX}-{MAX} +
    XRANGE k ({MAX} +
    XRANGE k x +
    XRANGE k - x
    XRANGE k (x +
    XRANGE k "" +
    XRANGE k - + COUNT 2
    XRANGE k - + COUNT 0
    XRANGE k - + COUNT -1
    XRANGE k - + COUNT -5
    XRANGE k - + COUNT x
    XRANGE k - + COUNT
    XRANGE k - + COUNT 1 COUNT 2
    XRANGE k - + LIMIT 2
    XRANGE k 1-1 1-1
    XRANGE k 1-{MAX} 2
    XREVRANGE k + -
    XREVRANGE k - +
    XREVRANGE k 2 1
    XREVRANGE k (5-0 (1-1
    XREVRANGE k + - COUNT 2
    XREVRANGE k + - count 0
    XREVRANGE k + - COUNT -1
    XREVRANGE k (0 -
    XREVRANGE k + ({MAX}-{MAX}
    XREVRANGE k x -
    XREVRANGE k + x
    XSETID k 9
    XSETID k 5-0
    XSETID k 4
    XSETID k 0-0
    XSETID k x
    XSETID k *
    XSETID k {MAX}-{MAX}
    XSETID k 9 ENTRIESADDED 100
    XSETID k 9 ENTRIESADDED 1
    XSETID k 9 ENTRIESADDED 0
    XSETID k 9 ENTRIESADDED -1
    XSETID k 9 ENTRIESADDED x
    XSETID k 9 ENTRIESADDED
    XSETID k 9 MAXDELETEDID 3
    XSETID k 9 MAXDELETEDID 10
    XSETID k 9 MAXDELETEDID 0-0
    XSETID k 9 MAXDELETEDID x
    XSETID k 9 maxdeletedid 3 entriesadded 50
    XSETID k 9 ENTRIESADDED 100 MAXDELETEDID 3 ENTRIESADDED 200
    XSETID k 9 NEXT
    XINFO STREAM k
    XINFO STREAM k FULL
    XINFO STREAM k FULL COUNT 1
    XINFO STREAM k FULL COUNT 0
    XINFO STREAM k FULL COUNT -1
    XINFO STREAM k FULL COUNT x
    XINFO STREAM k FULL COUNT
    XINFO STREAM k FULL LIMIT 1
    XINFO STREAM k HALF
    XINFO STREAM k FULL COUNT 1 2
    XINFO GROUPS k
    xinfo stream k full count 2
    XREAD STREAMS k 0
    XREAD STREAMS k 1-2
    XREAD STREAMS k 5-0
    XREAD STREAMS k 99
    XREAD STREAMS k $
    XREAD STREAMS k >
    XREAD STREAMS k -
    XREAD STREAMS k +
    XREAD STREAMS k x
    XREAD STREAMS k {MAX}-{MAX}
    XREAD COUNT 1 STREAMS k 0
    XREAD COUNT 0 STREAMS k 0
    XREAD COUNT -1 STREAMS k 0
    XREAD COUNT x STREAMS k 0
    XREAD COUNT STREAMS k 0
    XREAD STREAMS k none 0 0
    XREAD STREAMS none k 0 0
    XREAD STREAMS k k 0 3
    XREAD count 2 STREAMS k other 0 0
    XREAD STREAMS k other 0
    XREAD STREAMS none 0
    XREAD STREAMS none x
    XREAD STREAMS k none 0 x
    XREAD STREAMS k string 0 0
    XREAD STREAMS string k 0 0
    XREAD STREAMS k string x 0
    XREAD NOACK STREAMS k 0
    XREAD GROUP g c STREAMS k 0
    XREAD GROUP g STREAMS k 0
    XREAD BLOCK x STREAMS k 0
    XREAD BLOCK -1 STREAMS k 0
    XREAD BLOCK 1.5 STREAMS k 0
    XREAD BLOCK 10 STREAMS k 0
    XREAD BLOCK 1 STREAMS k $
    XREAD BLOCK 1 COUNT 1 STREAMS k none 5-0 0
    XREAD COUNT 1 NEXT STREAMS k 0
    XREAD COUNT 1 COUNT 2
    TYPE k
    OBJECT ENCODING k
    COPY k d
    RENAME k d
"""
FILLED = """
    XADD k 1-1 f v
    XADD k 1-2 f w
    XADD k 1-3 f w g x
    XADD k 2-1 f 1 g -5
    XADD k 2-2 "" ""
    XADD k 5-0 f 1234567890123
    XADD other 3-3 a b
    SET string v
"""
AFTER = """
    XINFO STREAM k FULL
    XRANGE k - +
    XREVRANGE k + -
    XINFO STREAM d
    EXISTS k
"""
case.each("absent", ALL, before="SET string v", after=AFTER)
case.each("present", ALL, before=FILLED, after=AFTER)
case.each("with gaps", ALL, before=FILLED + "XDEL k 1-2 2-2 5-0", after=AFTER)
case.each("emptied", ALL, before=FILLED + "XTRIM k MAXLEN 0", after=AFTER)
case.each("of two entries a node", ALL, before="CONFIG SET stream-node-max-entries 2\n" + FILLED, after=AFTER)
case.each("of small nodes", ALL, before="CONFIG SET stream-node-max-bytes 30\n" + FILLED + "XDEL k 1-1", after=AFTER)
case.each("in a transaction", ALL, before=FILLED + "MULTI", after="EXEC\n" + AFTER)
WRONG_TYPE = """
    XADD s * f v
    XADD s NOMKSTREAM * f v
    XADD s 0-0 f v
    XADD s x f v
    XLEN s
    XRANGE s - +
    XRANGE s - + COUNT 0
    XRANGE s x +
    XREVRANGE s + -
    XDEL s x
    XDEL s 1-1
    XTRIM s MAXLEN 0
    XTRIM s MAXLEN x
    XSETID s 1-1
    XSETID s x
    XREAD STREAMS s 0
    XREAD STREAMS s $
    XREAD STREAMS s x
    XINFO STREAM s
    XINFO STREAM s NEXT
    XINFO GROUPS s
    XINFO CONSUMERS s g
    XGROUP CREATE s g 0
    XGROUP CREATE s g 0 MKSTREAM
    XGROUP CREATE s g x MKSTREAM
    XGROUP SETID s g 0
    XGROUP DESTROY s g
    XGROUP CREATECONSUMER s g c
    XGROUP DELCONSUMER s g c
    XREADGROUP GROUP g c STREAMS s >
    XACK s g 1-1
    XACK s g x
    XPENDING s g
    XPENDING s g x + 10
    XPENDING s g - + 10
    XCLAIM s g c 0 1-1
    XCLAIM s g c x 1-1
    XAUTOCLAIM s g c 0 0
    XAUTOCLAIM s g c x 0
"""
case.each("wrong type", WRONG_TYPE, before="SET s v", after="GET s")
case.each("wrong type, the other way", """
    GET k
    APPEND k v
    INCR k
    LPUSH k a
    SADD k a
    SET k v GET
    LLEN k
    SMEMBERS k
""", before="XADD k 1-1 f v", after="XRANGE k - +")

case("the time is the ID", "@digits XADD k * f v", "@digits XADD k * f v", "@digits XRANGE k - +", "XLEN k",
     "@digits XINFO STREAM k")
case("IDs never fall", "XADD k 99999999999999-5 f v", "XADD k * f v", "XADD k * f v", "XADD k 99999999999999-* f v",
     f"XADD k 99999999999999-{MAX} f v", "XADD k * f v", "XADD k 99999999999999-* f v", "XADD k 100000000000000-* f v")
case("the last ID", f"XADD k {MAX}-{MAX} f v", "XADD k * f v", f"XADD k {MAX}-* f v", f"XADD k {MAX}-{MAX} f v",
     "XADD k 1 f v", "XRANGE k - +", f"XREAD STREAMS k {MAX}-18446744073709551614", "XLEN k")
case("the last sequence number", f"XADD k 5-{MAX} f v", "XADD k 5-* f v", f"XADD k {MAX}-0 f v", f"XADD k {MAX}-* f v")
case("large values", ["XADD", "k", "1", "f", "x" * 63], ["XADD", "k", "2", "f", "x" * 64],
     ["XADD", "k", "3", "f", "x" * 4095], ["XADD", "k", "4", "f", "x" * 4096],
     ["XADD", "k", "5", "y" * 5000, "x" * 5000],
     ["XADD", "k", "6", "f", "z" * 40000], ["XADD", "k", "7", "f", "1"], "XRANGE k - +", "XREVRANGE k + -",
     "XINFO STREAM k", "XDEL k 4 6", "XRANGE k - +", "XREVRANGE k + -")
case("many fields", ["XADD", "k", "1", *map(str, range(400))], ["XADD", "k", "2", *map(str, range(400))],
     ["XADD", "k", "3", *map(str, range(1, 401))], "XRANGE k - +", "XREVRANGE k + -")
case("numbers as fields", "XADD k 1 1 2 -3 4", "XADD k 2 1 3 -3 5", "XADD k 3 01 2 -3 4",
     "XADD k 4 1 9223372036854775808"
     " -3 -9223372036854775808", "XRANGE k - +")
case("fields in another order", "XADD k 1 a 1 b 2", "XADD k 2 b 1 a 2", "XADD k 3 a 1 a 2", "XADD k 4 a 1 b 2",
     "XRANGE k - +", "XREVRANGE k + -")
case("binary", ["XADD", "k", "1", b"\0\xff\r\n", b"\r\n\0"], ["XADD", b"\0", "1", "", ""], "XRANGE k - +",
     ["XREAD", "STREAMS", b"\0", "k", "0", "0"])
case("hundreds of entries", *(f"XADD k {i} f {i}" for i in range(1, 351)), "XINFO STREAM k", "XRANGE k 98 103",
     "XREVRANGE k 203 198", "XREAD COUNT 3 STREAMS k 199", "XTRIM k MAXLEN ~ 120", "XLEN k", "XINFO STREAM k",
     "XTRIM k MAXLEN ~ 0 LIMIT 120", "XLEN k", "XTRIM k MINID ~ 290", "XTRIM k MINID 305", "XINFO STREAM k",
     "XTRIM k MAXLEN 10", "XINFO STREAM k", "XDEL k 350", "XINFO STREAM k", "XADD k 400 f v", "XINFO STREAM k",
     timeout_s=20)
SPREAD = ["1-0", "1-5", "1-300", "2-0", "2-70000", "255-0", "256-0", "256-256", "65536-0", "65537-65536",
          "16777216-0", "4294967296-0", "1099511627776-1", "1099511627776-18446744073709551615", "72057594037927936-0"]
case("nodes of the radix tree", "CONFIG SET stream-node-max-entries 1", "XGROUP CREATE k g 0 MKSTREAM",
     "XINFO STREAM k", *(step for at in SPREAD for step in (f"XADD k {at} f v", "XINFO STREAM k")),
     *(step for at in SPREAD[::2] + SPREAD[1::2] for step in (f"XDEL k {at}", "XINFO STREAM k")))
case("what trimming leaves is found", "CONFIG SET stream-node-max-entries 3",
     *(f"XADD k {i} f v" for i in range(1, 12)), "XTRIM k MAXLEN 7", "XINFO STREAM k FULL", "XDEL k 6",
     "XTRIM k MINID 7-1", "XINFO STREAM k FULL", "XTRIM k MAXLEN ~ 1", "XINFO STREAM k FULL",
     "XADD k MAXLEN = 2 20 f v", "XINFO STREAM k FULL")
case("limit without nodes", "CONFIG SET stream-node-max-entries 0", *(f"XADD k {i} f v" for i in range(1, 12)),
     "XTRIM k MAXLEN ~ 1", "XINFO STREAM k")
case("watched", *(step for change in ("XADD k 9 f v", "XDEL k 1-1", "XDEL k 99", "XTRIM k MAXLEN 0", "XTRIM k MAXLEN 9",
     "XSETID k 9", "XGROUP CREATE k g 0", "XGROUP CREATE n g 0 MKSTREAM", "XGROUP DESTROY k h", "XGROUP SETID k h 0",
     "XGROUP CREATECONSUMER k h c", "XGROUP DELCONSUMER k h c", "XREADGROUP GROUP h c STREAMS k >", "XACK k h 1-1",
     "XCLAIM k h c 0 1-1", "XAUTOCLAIM k h c 0 0", "XREAD STREAMS k 0")
     for step in ("DEL k n", "XADD k 1-1 f v", "XADD k 1-2 f v", "XGROUP CREATE k h 0", "XGROUP CREATECONSUMER k h c",
                  "c2> WATCH k n", change, "c2> MULTI", "c2> PING", "c2> EXEC")))
case("help", "@strings XINFO HELP", "@strings XGROUP HELP")
case("expiry", "XADD k 1 f v", "PEXPIRE k 100000", "XADD k 2 f v", "@approx:1000 PTTL k", "PEXPIRE k 1", "@sleep 20",
     "XLEN k", "XADD k 1 f v")
