"""BITFIELD and BITFIELD_RO: every width, offset form, overflow rule and error."""

from __future__ import annotations

import random

from tests.conformance.model import Group
from tests.wire import Argument

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("bitfields")
CASES = case.cases

DRAW = random.Random(4)
LIMITS = [0, 1, -1, 2, -2, 127, 128, -128, -129, 255, 256, 2**31 - 1, -(2**31), 2**32, 2**62 - 1, 2**62, -(2**62),
     2**63 - 2,
          2**63 - 1, -(2**63), 1 - 2**63]

case.each("arity", """
    BITFIELD
    BITFIELD k
    BITFIELD none
    BITFIELD_RO
    BITFIELD_RO k
    BITFIELD_RO none
""", before="SET k foobar")
case.each("errors", r"""
    BITFIELD k GET
    BITFIELD k GET u8
    BITFIELD k GET u8 0 GET
    BITFIELD k SET u8 0
    BITFIELD k INCRBY u8 0
    BITFIELD k OVERFLOW
    BITFIELD k OVERFLOW BOGUS
    BITFIELD k OVERFLOW BOGUS GET u8 0
    BITFIELD k OVERFLOW SAT
    BITFIELD k OVERFLOW SAT OVERFLOW WRAP
    BITFIELD k OVERFLOW SAT BOGUS
    BITFIELD k BOGUS u8 0
    BITFIELD k GET u0 0
    BITFIELD k GET i0 0
    BITFIELD k GET u64 0
    BITFIELD k GET u63 0
    BITFIELD k GET i64 0
    BITFIELD k GET i65 0
    BITFIELD k GET U8 0
    BITFIELD k GET I8 0
    BITFIELD k GET x8 0
    BITFIELD k GET 8 0
    BITFIELD k GET u 0
    BITFIELD k GET "" 0
    BITFIELD k GET u-8 0
    BITFIELD k GET u+8 0
    BITFIELD k GET u08 0
    BITFIELD k GET "u8 " 0
    BITFIELD k GET "u8\x00x" 0
    BITFIELD k GET u99999999999999999999 0
    BITFIELD k GET u8 x
    BITFIELD k GET u8 -1
    BITFIELD k GET u8 #
    BITFIELD k GET u8 #x
    BITFIELD k GET u8 #-1
    BITFIELD k GET u8 ##1
    BITFIELD k GET u8 4294967295
    BITFIELD k GET u8 4294967296
    BITFIELD k GET u8 #536870911
    BITFIELD k GET u8 #536870912
    BITFIELD k GET u8 #9223372036854775807
    BITFIELD k GET u8 #2305843009213693952
    BITFIELD k GET u8 9223372036854775808
    BITFIELD k SET u8 0 x
    BITFIELD k SET u8 0 9223372036854775808
    BITFIELD k SET u8 x x
    BITFIELD k SET u88 x x
    BITFIELD k INCRBY u8 0 x
    BITFIELD k SET u8 0 1 GET u8
    BITFIELD k SET u8 0 1 GET u64 0
    BITFIELD k SET u8 0 1 INCRBY u8 0 x
    BITFIELD k SET u8 4294967296 1
    BITFIELD_RO k SET u8 0 1
    BITFIELD_RO k INCRBY u8 0 1
    BITFIELD_RO k GET u8 0 SET u8 0 1
    BITFIELD_RO k OVERFLOW SAT GET u8 0
    BITFIELD_RO k OVERFLOW SAT
    BITFIELD_RO k GET u8
    BITFIELD_RO k GET u8 0 BOGUS
    BITFIELD_RO none SET u8 0 1
""", before="SET k foobar", after="GET k\nDBSIZE")
case("names are case-insensitive",
     "bitfield k sEt u8 0 255 get u8 #0 overFLOW sAt IncrBy i8 0 200 overflow Fail incrby u8 0 1"
     " overflow Wrap incrby u8 0 1", "bitfield_ro k gEt u8 0")
case("reads", "BITFIELD none GET u8 0 GET i64 100", "EXISTS none", "BITFIELD_RO none GET u8 0", "SET k foobar",
     "BITFIELD k GET u8 0 GET u8 8 GET u8 #2 GET i4 3 GET u63 0 GET i64 0 GET i64 1 GET i64 40 GET u16 40 GET u8 48"
     " GET i7 47 GET u8 100000", "OBJECT ENCODING k", "SET n 12345", "BITFIELD n GET u16 0", "OBJECT ENCODING n")
case("writes", "BITFIELD k SET u8 0 255", "GET k", "OBJECT ENCODING k", "BITFIELD k SET i8 #1 -1 GET u8 8", "GET k",
     "BITFIELD k SET u4 100 9 GET u4 100 GET u8 98", "GET k", "STRLEN k", "BITFIELD k INCRBY u2 100 1 GET u4 100",
     "GET k",
     "BITFIELD k INCRBY i64 7 -1", "GET k", "BITFIELD k SET u8 0 0 SET u8 0 0", "OBJECT ENCODING k", "SET n 12",
     "BITFIELD n SET u8 0 49", "OBJECT ENCODING n", "INCR n")
case("refused writes", "BITFIELD k OVERFLOW FAIL SET u2 0 5", "EXISTS k", "GET k",
     "BITFIELD k OVERFLOW FAIL SET u2 100 5", "GET k",
     "BITFIELD k OVERFLOW FAIL INCRBY i2 0 1 INCRBY i2 0 1 OVERFLOW WRAP INCRBY i2 0 1", "GET k")
case("keeps expiry", "SET k a PXAT 33177117420000", "BITFIELD k SET u8 100 3", "PEXPIRETIME k", "GET k")
case("the rule stays for what follows",
     "BITFIELD k OVERFLOW SAT SET u2 0 9 INCRBY u2 2 9 OVERFLOW FAIL INCRBY u2 0 1 OVERFLOW WRAP"
     " INCRBY u2 0 1 SET i3 10 7", "GET k")
for sign, widths in (("u", (1, 2, 7, 8, 9, 31, 32, 33, 62, 63)), ("i", (1, 2, 7, 8, 9, 31, 32, 33, 63, 64))):
    for width in widths:
        kind = f"{sign}{width}"
        for rule in ("WRAP", "SAT", "FAIL"):
            case(f"limits of {kind} {rule}",
                 *[["BITFIELD", "k", "OVERFLOW", rule, "SET", kind, 5, value, "GET", kind, 5, "INCRBY", kind, 5, step,
                    "GET", kind, 5] for value in LIMITS for step in (LIMITS[DRAW.randrange(len(LIMITS))], 1, -1)],
                 "GET k")
for number in range(20):
    steps: list[list[Argument]] = []
    for _ in range(40):
        sign = DRAW.choice("ui")
        width = DRAW.randint(1, 63 if sign == "u" else 64)
        steps.append(["BITFIELD", "k", "OVERFLOW", DRAW.choice(["WRAP", "SAT", "FAIL"]),
                      DRAW.choice(["SET", "INCRBY"]), f"{sign}{width}",
                      DRAW.choice([str(DRAW.randint(0, 300)), f"#{DRAW.randint(0, 5)}"]),
                      DRAW.choice([DRAW.choice(LIMITS), DRAW.randint(-200, 200)]), "GET", f"i{DRAW.randint(1, 64)}",
                      DRAW.randint(0, 300)])
    case(f"random fields {number}", ["SET", "k", DRAW.randbytes(DRAW.randint(0, 30))], *steps, "GET k")
case("many operations", ["BITFIELD", "k", *[word for i in range(500) for word in ("INCRBY", "u5", f"#{i}", i)]],
     "GET k")
case("watched", "WATCH k", "c2> BITFIELD k GET u8 0", "MULTI", "PING", "EXEC", "WATCH k", "c2> BITFIELD k SET u8 0 1",
     "MULTI", "PING", "EXEC", "WATCH k", "c2> BITFIELD k SET u8 0 1", "MULTI", "PING", "EXEC")
