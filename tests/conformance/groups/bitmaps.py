"""SETBIT, GETBIT, BITCOUNT, BITPOS and BITOP: offsets, ranges, units, errors and encodings."""

from __future__ import annotations

import random

from tests.conformance.model import Group
from tests.wire import Argument

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("bitmaps")
CASES = case.cases

DRAW = random.Random(3)
EDGES = ["-9223372036854775808", "-100", "-17", "-9", "-8", "-7", "-2", "-1", "0", "1", "2", "7", "8", "9", "15",
     "16", "23",
         "24", "100", "9223372036854775807"]

case.each("arity", """
    SETBIT
    SETBIT k 0
    SETBIT k 0 1 2
    GETBIT
    GETBIT k
    GETBIT k 0 1
    BITCOUNT
    BITCOUNT k 0
    BITCOUNT k 0 -1 BIT x
    BITPOS
    BITPOS k
    BITPOS k 1 0 -1 BIT x
    BITOP
    BITOP AND
    BITOP AND d
""", before="SET k foobar")
case.each("errors", r"""
    SETBIT k x 1
    SETBIT k -1 1
    SETBIT k 4294967296 1
    SETBIT k 9223372036854775808 1
    SETBIT k #1 1
    SETBIT k "" 1
    SETBIT k 0 2
    SETBIT k 0 -1
    SETBIT k 0 x
    SETBIT k 0 ""
    SETBIT k x x
    GETBIT k x
    GETBIT k -1
    GETBIT k 4294967295
    GETBIT k 4294967296
    GETBIT none x
    BITCOUNT k x 1
    BITCOUNT k 1 x
    BITCOUNT k x 1 BOGUS
    BITCOUNT k 0 1 BOGUS
    BITCOUNT k -1 -2 BOGUS
    BITCOUNT none 0 1 BOGUS
    BITCOUNT none x
    BITCOUNT none x 1
    BITPOS k 2
    BITPOS k x
    BITPOS k -1
    BITPOS k 1 x
    BITPOS k 1 0 x
    BITPOS k 1 x x
    BITPOS k 1 x x BOGUS
    BITPOS k 1 0 x BOGUS
    BITPOS k 1 0 1 BOGUS
    BITPOS none 0 x
    BITPOS none 1 0 1 BOGUS
    BITPOS none 2
    BITOP BOGUS d k
    BITOP NOT d k k
    BITOP NOT d
    BITOP OR d none l
    BITOP "" d k
""", before="SET k foobar\nSETBIT other 3 1", after="GET k\nDBSIZE")
case("names are case-insensitive", "setbit k 7 1", "GeTbIt k 7", "bitcount k 0 -1 bYtE", "bitcount k 0 -1 Bit",
     "bitpos k 1 0 -1 bit", "bitop aNd d k k", "bitop oR d k k", "bitop Xor d k k", "bitop nOt d k", "GET d")

# -- single bits ---------------------------------------------------------------------------------------------
case("setbit makes and grows", "SETBIT k 7 1", "GET k", "OBJECT ENCODING k", "SETBIT k 7 1", "SETBIT k 7 0", "GET k",
     "SETBIT k 100 0", "STRLEN k", "GET k", "SETBIT k 1000 1", "GETBIT k 1000", "GETBIT k 999", "GETBIT k 1001",
     "STRLEN k",
     "GETBIT k 100000", "SETBIT k 40000 1", "STRLEN k", "BITCOUNT k", "GETBIT none 0", "EXISTS none")
case("setbit keeps expiry", "SET k a PXAT 33177117420000", "SETBIT k 30 1", "PEXPIRETIME k", "GET k")
case("setbit that changes nothing", "SET k a", "OBJECT ENCODING k", "SETBIT k 0 0", "OBJECT ENCODING k", "GET k",
     "SET n 12", "OBJECT ENCODING n", "SETBIT n 0 0", "OBJECT ENCODING n", "INCR n", "OBJECT ENCODING n",
     "SETBIT n 6 1", "GET n", "OBJECT ENCODING n")
case("bits of numbers", "SET k 123", "GETBIT k 2", "GETBIT k 3", "BITCOUNT k", "BITPOS k 1", "BITPOS k 0",
     "OBJECT ENCODING k")
case("the largest offset", "SETBIT k 1048575 1", "STRLEN k", "CONFIG SET proto-max-bulk-len 1mb",
     "SETBIT j 8388607 1",
     "STRLEN j", "SETBIT j 8388608 1", "GETBIT j 8388608", "BITFIELD j SET u8 8388607 255", "STRLEN j",
     "BITFIELD j GET u8 #1048576", "CONFIG SET proto-max-bulk-len 512mb")
for size in (1, 2, 15, 16, 43, 44, 45, 250, 500, 511, 512, 513, 1000, 1010, 1023, 1024, 1100, 5000, 70000):
    value = DRAW.randbytes(size)
    case(f"a string of {size} bytes", ["SET", "k", value], f"SETBIT k {size * 8 - 1} 1", f"SETBIT k {size * 4} 0",
     "GET k",
         f"SETBIT k {size * 8 + 3} 1", "GET k", "OBJECT ENCODING k", f"SETBIT new {size * 8 - 1} 1", "GET new",
         "OBJECT ENCODING new", "BITCOUNT k", "BITOP NOT d k", "GET d", "OBJECT ENCODING d", "APPEND d x", "STRLEN d",
         "SETBIT new 100000 0", "BITCOUNT new")
case("watched and queued", "WATCH k", "c2> SETBIT k 3 1", "MULTI", "SETBIT k 4 1", "EXEC", "WATCH k",
     "c2> SETBIT k 3 1",
     "MULTI", "SETBIT k 4 1", "EXEC", "WATCH k", "c2> GETBIT k 3", "MULTI", "BITCOUNT k", "BITOP NOT k k", "EXEC",
     "GET k")

# -- ranges --------------------------------------------------------------------------------------------------
case("counts", "BITCOUNT none", "BITCOUNT none 0 -1", "SET k foobar", "BITCOUNT k", "BITCOUNT k 0 0",
     "BITCOUNT k 1 1",
     "BITCOUNT k 1 1 BYTE", "BITCOUNT k 5 30 BIT", 'SET e ""', "BITCOUNT e", "BITCOUNT e 0 -1", "BITCOUNT e 0 -1 BIT")
case("positions", "BITPOS none 0", "BITPOS none 1", "BITPOS none 0 5 7", 'SET e ""', "BITPOS e 0", "BITPOS e 1",
     "BITPOS e 0 0", "BITPOS e 0 0 -1", "BITPOS e 0 0 -1 BIT")
STRINGS = {"mixed": b"\x00\xff\xf0", "zeros": b"\0" * 3, "ones": b"\xff" * 3, "one": b"\x10",
     "late": b"\0" * 20 + b"\x01",
           "late clear": b"\xff" * 20 + b"\xfe", "random": DRAW.randbytes(40)}
for name, value in STRINGS.items():
    for unit in ([], ["BYTE"], ["BIT"]):
        shown = f"{name} {' '.join(unit)}"
        case(f"counts of {shown}", ["SET", "k", value], *[["BITCOUNT", "k", start, end, *unit] for start in EDGES
             for end in EDGES])
        case(f"positions of {shown}", ["SET", "k", value], *[["BITPOS", "k", bit, start, end, *unit] for bit in (0, 1)
             for start in EDGES for end in EDGES])
    case(f"positions of {name} from", ["SET", "k", value], "BITPOS k 0", "BITPOS k 1",
         *[["BITPOS", "k", bit, start] for bit in (0, 1) for start in EDGES])
big = bytearray(DRAW.randbytes(100_000))
big[5000:50_000] = bytes(45_000)
case("a long string", ["SET", "k", bytes(big)], "BITCOUNT k", *[["BITCOUNT", "k", a, b, unit] for unit in ("BIT",
     "BYTE")
     for a, b in ((1, -2), (3, 99_999), (777, 7777), (-5000, -17))], "BITPOS k 1 5000", "BITPOS k 1 5003 60000",
     "BITPOS k 1 40001 400000 BIT", "BITPOS k 1 40001 300000 BIT", "BITPOS k 0 100", "BITPOS k 0 800000 BIT")

# -- BITOP ---------------------------------------------------------------------------------------------------
SIZES = (0, 1, 7, 8, 9, 31, 32, 33, 600, 20_000, 50_001)
for operation in ("AND", "OR", "XOR"):
    for count in (1, 2, 3, 5, 17):
        sources = [(f"k{i}", DRAW.randbytes(DRAW.choice(SIZES))) for i in range(count)]
        names = [name for name, _ in sources]
        filled: list[list[Argument]] = [["SET", name, value] for name, value in sources]
        case(f"{operation} of {count}", *filled, ["BITOP", operation, "d", *names], "GET d", "OBJECT ENCODING d",
             ["BITOP", operation, "d", *names, "none"], "GET d",
             ["BITOP", operation, "d", "none", *names], "GET d", ["BITOP", operation, "k0", *names, "k0"], "GET k0")
for size in SIZES:
    case(f"NOT of {size} bytes", ["SET", "k", DRAW.randbytes(size)], "BITOP NOT d k", "GET d", "BITOP NOT k k",
     "GET k",
         "OBJECT ENCODING k", "TYPE d")
case("nothing comes out", "SET d x", "BITOP AND d none", "EXISTS d", "SET d x", "BITOP NOT d none", "EXISTS d",
     'SET e ""', "SET d x", "BITOP OR d e none", "EXISTS d", "BITOP OR d e", "DBSIZE")
case("the destination is replaced", "SET k abc", "SETBIT d 1 1", "PEXPIREAT d 33177117420000", "BITOP OR d k",
     "GET d", "TTL d",
     "SET n 12", "BITOP OR n n", "GET n", "OBJECT ENCODING n", "INCR n")
