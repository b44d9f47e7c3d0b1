"""Lists: pushing, popping, indices, searching, moving."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("lists")
CASES = case.cases

case.each("arity", """
    LPUSH
    LPUSH k
    RPUSH k
    LPUSHX k
    RPUSHX k
    LPOP
    LPOP k 1 2
    RPOP
    RPOP k 1 2
    LLEN
    LLEN a b
    LINDEX k
    LINDEX k 1 2
    LSET k 0
    LINSERT k BEFORE a
    LRANGE k 0
    LTRIM k 0
    LREM k 0
    LPOS k
    LMOVE a b LEFT
    RPOPLPUSH a
    LMPOP 1 k
""")
ALL = """
    LPUSH k a
    RPUSH k a b
    LPUSHX k a
    RPUSHX k a
    LPOP k
    RPOP k
    LPOP k 0
    LPOP k 2
    RPOP k 2
    LPOP k -1
    LPOP k x
    RPOP k 1.0
    LPOP k 9223372036854775808
    LLEN k
    LINDEX k 0
    LINDEX k x
    LSET k 0 v
    LSET k x v
    LINSERT k BEFORE a b
    LINSERT k after a b
    LINSERT k NEXT a b
    LRANGE k 0 -1
    LRANGE k x -1
    LRANGE k 0 x
    LTRIM k 0 -1
    LTRIM k 1 0
    LTRIM k x 0
    LTRIM k 0 x
    LREM k 0 a
    LREM k x a
    LPOS k a
    LPOS k a COUNT 0
    LPOS k a COUNT 2
    LPOS k a RANK 0
    LMOVE k d LEFT RIGHT
    LMOVE k d UP RIGHT
    LMOVE k d LEFT DOWN
    LMOVE k k left right
    RPOPLPUSH k d
    RPOPLPUSH k k
    LMPOP 1 k LEFT
    LMPOP 1 k RIGHT COUNT 2
    LMPOP 2 none k LEFT COUNT 10
"""
case.each("absent", ALL, after="LRANGE k 0 -1")
case.each("wrong type", ALL, before="SET k v", after="GET k")
case.each("three elements", ALL, before="RPUSH k a b c", after="""
    LRANGE k 0 -1
    EXISTS k
    LRANGE d 0 -1
    OBJECT ENCODING k
""")
case.each("wrong destination", """
    LMOVE k d LEFT LEFT
    RPOPLPUSH k d
    LMOVE none d LEFT LEFT
    RPOPLPUSH none d
""", before="""
    RPUSH k a b
    SET d v
""", after="LRANGE k 0 -1")

ELEMENTS = {
    "short": ["a", "b", "c", "d", "e"],
    "integers": ["1", "-1", "0", "127", "128", "-4096", "4095", "32767", "-32768", "8388607", "2147483648",
                 "9223372036854775807", "-9223372036854775808"],
    "odd": ["", "01", "+1", "1.0", "\x00", "x" * 63, "x" * 64, "y" * 4095, "z" * 4096],
    "long": ["a" * 3000, "b" * 9000, "c" * 3000, "1", "d" * 20000, "2", "e" * 8180, "3"],
    "many": [f"element-{i}" for i in range(2500)],
}
for name, elements in ELEMENTS.items():
    fill = ["RPUSH", "k", *elements]
    case(f"whole: {name}", fill, "LRANGE k 0 -1", ["LPUSH", "j", *elements], "LRANGE j 0 -1", "LLEN k",
         "OBJECT ENCODING k", "TYPE k", "COPY k i", "LRANGE i 0 -1", "RENAME i h", "LLEN h", "DEL h")
    for index in (0, 1, -1, -2, 2, 4, -5, 5, 100, -100, 700, 1300, -1300, 2499, -2500, 2500, -2501,
                  9223372036854775807, -9223372036854775808):
        case(f"index {index}: {name}", fill, f"LINDEX k {index}", f"LSET k {index} changed", f"LINDEX k {index}",
             f"LRANGE k {index} {index}", f"LRANGE k 0 {index}", f"LRANGE k {index} -1",
             f"LTRIM k {index} -2", "LRANGE k 0 -1", "LLEN k")
    for element in dict.fromkeys((elements[0], elements[2], elements[-1], elements[-3])):
        case(f"insert at {element[:14]!r} of {len(element)}: {name}", fill, ["LINSERT", "k", "BEFORE", element, "new"],
             ["LINSERT", "k", "AFTER", element, "y" * 5000], ["LPOS", "k", element],
             ["LINSERT", "k", "AFTER", element, "z" * 100],
             "LLEN k", "LRANGE k 0 -1", ["LREM", "k", "1", element], "LRANGE k 0 -1")
    case(f"pop all: {name}", fill, *["LPOP k", "RPOP k"] * 3, "LLEN k", "LPOP k 2", "RPOP k 3", "LRANGE k 0 -1",
         "LPOP k 1000000", "EXISTS k", fill, "RPOP k 1000000", "EXISTS k")
    case(f"rotate: {name}", fill, *["RPOPLPUSH k k"] * 3, "LRANGE k 0 20", *["LMOVE k k LEFT RIGHT"] * 4,
         "LRANGE k 0 20", "LMOVE k k LEFT LEFT", "LMOVE k k RIGHT RIGHT", *["LMOVE k j RIGHT LEFT"] * 3,
         "LRANGE j 0 -1", *["LMOVE k j LEFT RIGHT"] * 2, "LRANGE j 0 -1", "LLEN k")
    case(f"set long and short: {name}", fill, ["LSET", "k", "1", "L" * 9000], ["LSET", "k", "0", "s"],
         ["LSET", "k", "-1", "M" * 5000], "LRANGE k 0 -1", ["LSET", "k", "1", "t"], "LRANGE k 0 -1", "LLEN k")

case("moving until empty", "RPUSH a 1 2", "RPOPLPUSH a b", "RPOPLPUSH a b", "RPOPLPUSH a b", "EXISTS a",
     "LRANGE b 0 -1",
     "LMOVE b b LEFT RIGHT", "LMOVE b a RIGHT LEFT", "LMOVE b a RIGHT LEFT", "EXISTS b", "LRANGE a 0 -1",
     "RPUSH one x", "LMOVE one one LEFT LEFT", "LRANGE one 0 -1", "RPOPLPUSH one one", "LLEN one")
SIZES = [5, 1, 0, 100, -1, -2, -3, -4, -5, -9]
for size in SIZES:
    case(f"node size {size}", f"CONFIG SET list-max-listpack-size {size}", ["RPUSH", "k", *map(str, range(300))],
         *[f"LINSERT k AFTER {n} new{n}" for n in range(0, 300, 7)], *[f"LINSERT k BEFORE {n} old" for n in range(5)],
         "LREM k 3 old", "LREM k -2 old", "LRANGE k 0 -1", "LPOS k new49", "LTRIM k 13 -29", "LRANGE k 0 -1",
         ["LSET", "k", "20", "x" * 9000], "LINDEX k 21", "LINDEX k 19", "LPOP k 30", "RPOP k 30", "LRANGE k 0 -1")
case("remove", "RPUSH k a b a c a b a", "LREM k 2 a", "LRANGE k 0 -1", "LREM k -1 a", "LRANGE k 0 -1",
     "LREM k 0 b", "LRANGE k 0 -1", "LREM k -9223372036854775808 a", "LREM k 0 nothing", "LREM k 0 c", "EXISTS k",
     "RPUSH n 1 01 1 10", "LREM n 0 1", "LRANGE n 0 -1")
POSITIONS = "RPUSH k a b c 1 2 3 c c"
case.each("lpos", """
    LPOS k a
    LPOS k c
    LPOS k nothing
    LPOS k 1
    LPOS k c RANK 1
    LPOS k c RANK 2
    LPOS k c RANK 4
    LPOS k c RANK -1
    LPOS k c RANK -2
    LPOS k c RANK -4
    LPOS k c COUNT 0
    LPOS k c COUNT 1
    LPOS k c COUNT 2
    LPOS k c COUNT 100
    LPOS k c COUNT -1
    LPOS k c COUNT x
    LPOS k c COUNT 0 RANK 2
    LPOS k c COUNT 0 RANK -1
    LPOS k c COUNT 2 RANK -2
    LPOS k c COUNT 0 RANK -5
    LPOS k nothing COUNT 0
    LPOS k c MAXLEN 1
    LPOS k c MAXLEN 3
    LPOS k c COUNT 0 MAXLEN 7
    LPOS k c COUNT 0 MAXLEN 7 RANK -1
    LPOS k c MAXLEN 0
    LPOS k c MAXLEN -1
    LPOS k c MAXLEN x
    LPOS k c RANK
    LPOS k c RANK x
    LPOS k c RANK -9223372036854775808
    LPOS k c RANK 9223372036854775807
    LPOS k c NONSENSE 1
    LPOS k c RANK 1 RANK 2
""", before=POSITIONS)
case.each("lmpop", """
    LMPOP 0 k LEFT
    LMPOP -1 k LEFT
    LMPOP x k LEFT
    LMPOP 1 k
    LMPOP 2 k LEFT
    LMPOP 1 k LEFT COUNT
    LMPOP 1 k LEFT COUNT 0
    LMPOP 1 k LEFT COUNT -1
    LMPOP 1 k LEFT COUNT x
    LMPOP 1 k LEFT COUNT 1 COUNT 2
    LMPOP 1 k LEFT NONSENSE 1
    LMPOP 1 k UP
    LMPOP 1 k LEFT RIGHT
    LMPOP 3 none k other RIGHT COUNT 3
    LMPOP 2 other k LEFT COUNT 100
    LMPOP 9223372036854775807 k LEFT
    LMPOP 1 k left count 2
    LMPOP 2 string k LEFT
    LMPOP 2 k string LEFT
""", before="""
    RPUSH k a b c 1
    RPUSH other x
    SET string v
""", after="""
    LRANGE k 0 -1
    LRANGE other 0 -1
""")
case("expiry stays", "RPUSH k a", "PEXPIREAT k 33177117420000", "RPUSH k b", "LPOP k", "PEXPIRETIME k", "LSET k 0 c",
     "PEXPIRETIME k", "RPOPLPUSH k j", "PEXPIRETIME j", "EXISTS k")
case("watched", "RPUSH k a", "WATCH k", "LPUSHX none a", "MULTI", "LLEN k", "EXEC", "WATCH k", "c2> LPOP k", "MULTI",
     "LLEN k", "EXEC")
