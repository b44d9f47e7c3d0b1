"""INCR, INCRBY, DECR, DECRBY and INCRBYFLOAT: formats of numbers, limits and errors."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("counters")
CASES = case.cases

case.each("arity", """
    INCR
    INCR a b
    DECR
    DECR a b
    INCRBY
    INCRBY k
    INCRBY k 1 2
    DECRBY
    DECRBY k
    DECRBY k 1 2
    INCRBYFLOAT
    INCRBYFLOAT k
    INCRBYFLOAT k 1 2
""")
case("from nothing", "INCR a", "DECR b", "INCRBY c 5", "DECRBY d 5", "INCRBYFLOAT e 0.5", "MGET a b c d e",
     "INCRBY z 0", "GET z")
case("up and down", "SET k 10", "INCR k", "DECR k", "INCRBY k 100", "DECRBY k 300", "INCRBY k -10",
     "DECRBY k -10", "GET k",
     "OBJECT ENCODING k", "TYPE k")
case("keeps expiry", "SET k 1 PXAT 33177117420000", "INCR k", "PEXPIRETIME k", "INCRBYFLOAT k 0.5",
     "PEXPIRETIME k",
     "DECRBY j 5", "TTL j")

STORED = ["", " 1", "1 ", "01", "+1", "-0", "1.0", "1e3", "abc", "0x10", "9223372036854775807",
     "-9223372036854775808",
          "9223372036854775808", "-9223372036854775809", "99999999999999999999", "1\x00", "--1", "-",
          "9223372036854775806",
          "x" * 60, "0" * 30 + "1"]
for text in STORED:
    case(f"stored {text!r}", ["SET", "k", text], "INCR k", "GET k", ["SET", "k", text], "DECR k", "GET k",
         ["SET", "k", text], "INCRBY k 1", "DECRBY k 1", "GET k", "OBJECT ENCODING k", ["SET", "k", text],
         "INCRBYFLOAT k 1", "GET k",
         "OBJECT ENCODING k")
for text in [*STORED, "0", "-1", "5", "-9223372036854775807", "ten", "1_000", "1e1", "inf", "nan"]:
    case(f"step {text!r}", "SET k 10", ["INCRBY", "k", text], "GET k", ["DECRBY", "k", text], "GET k",
         ["INCRBY", "n", text],
         ["DECRBY", "m", text], "MGET n m")
case("overflow", """
    SET k 9223372036854775807
    INCR k
    INCRBY k 1
    DECRBY k -1
    DECRBY k -9223372036854775807
    GET k
    DECR k
    SET k -9223372036854775808
    DECR k
    DECRBY k 1
    INCRBY k -1
    INCRBY k -9223372036854775808
    DECRBY k -9223372036854775808
    GET k
    INCR k
    SET z 0
    DECRBY z -9223372036854775808
    DECRBY z 9223372036854775807
    GET z
    DECR z
    GET z
    SET h 4611686018427387904
    INCRBY h 4611686018427387903
    INCRBY h 1
""")

_FLOATS = ["0", "1", "-1", "0.1", "-0.1", "1.5", "3.0", "3.0e3", "5.0e-1", "1e2", "1E2", "1e-7", "1e-17",
     "1e-18", "1e17", "1e18", "1e19",
           "1e20", "1e21", "1e25", "1e30", "123456789.123456789", "0.000001", "0.0000001",
           "1234567890123456789",
           "9223372036854775807", "9007199254740993", "1.23456789012345678", "3.14159265358979323846",
           "2.718281828459045",
           "0.30000000000000004", "99999999999999999", "100000000000000000", "1e100", "1e300",
           "1.7976931348623157e308", "1e308",
           "1e309", "1e400", "1e4000", "1e4932", "1e4940", "1e5000", "5e-324", "1e-400", "-1e-18", "-0",
           "0.0", "-0.0", "+1", ".5", "5.", "-.5",
           "00.5", "0x1p3", "0x10", "1e", "1e+", "e1", "", " ", " 1", "1 ", "1\t", "\n1", "1,5", "abc",
           "1.5abc", "inf", "-inf", "+inf",
           "infinity", "-Infinity", "nan", "NaN", "-nan", "1.5\x00", "1_0", "--1", "1.2.3", "0.1e1", "1e0",
           "1e01",
           "17179869184", "4294967296.5", "0.12345678901234567", "33.333333333333333333", "1" * 40,
           "0." + "1" * 40, "1" * 300, "1" * 5000]
for text in _FLOATS:
    shown = text if len(text) < 50 else f"{text[:10]}... ({len(text)})"
    case(f"float {shown!r}", ["INCRBYFLOAT", "k", text], "GET k", "SET k 10.5", ["INCRBYFLOAT", "k", text],
         "GET k",
         "SET k 3", ["INCRBYFLOAT", "k", text], "OBJECT ENCODING k", "STRLEN k", ["SET", "k", text],
         "INCRBYFLOAT k 0",
         ["SET", "k", text], "INCRBYFLOAT k 0.1", "GET k")
case("float sums", """
    SET k 1
    INCRBYFLOAT k 0.25
    INCRBYFLOAT k 0.1
    INCRBYFLOAT k 0.2
    INCRBYFLOAT k -1.55
    INCRBYFLOAT k 5e3
    INCRBYFLOAT k -5e3
    SET k 10.50
    INCRBYFLOAT k 0.1
    INCRBYFLOAT k -5
    SET k 5.0e3
    INCRBYFLOAT k 2.0e2
    INCRBYFLOAT k 1e308
    INCRBYFLOAT k 1e308
    SET k 17179869184
    INCRBYFLOAT k 1.5
    INCRBYFLOAT k -1.5
    INCR k
    SET k 1.0
    INCRBYFLOAT k 1
    INCR k
    SET n -1.1
    INCRBYFLOAT n 1.1
    INCRBYFLOAT n -0.0
""")
case("many tenths", *[["INCRBYFLOAT", "k", "0.1"]] * 40, "GET k")
case("float overflow", "SET k 1e4932", "INCRBYFLOAT k 1e4932", "GET k", "SET k -1e4932",
     "INCRBYFLOAT k -1e4932")
