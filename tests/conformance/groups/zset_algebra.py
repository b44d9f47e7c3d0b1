"""Unions, intersections and differences of sorted sets and sets."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("zset-algebra")
CASES = case.cases

BEFORE = ["ZADD a 1 x 2 y 3 z inf i", "ZADD b 10 y 20 z 30 w -inf i 0.1 q", "SADD s x z 7 t", "SADD n 1 2 3",
          "SET string v", "ZADD d 1 old", "ZADD one 0.1 x 0.2 y", "ZADD two 0.2 x 0.7 y", "ZADD three 0.3 x"]
OPTIONS = ["", "WEIGHTS 2 3", "WEIGHTS 0 0", "WEIGHTS inf -inf", "WEIGHTS -1 0.5", "AGGREGATE SUM", "AGGREGATE MIN",
           "AGGREGATE MAX", "weights 2 3 aggregate max", "AGGREGATE MIN WEIGHTS 0 inf",
           "AGGREGATE MIN AGGREGATE MAX",
           "WEIGHTS 1 1 WEIGHTS 2 2", "WEIGHTS inf 0 AGGREGATE MAX"]
SOURCES = ["a b", "b a", "a s", "s a", "s n", "a a", "a none", "none a", "none other", "s s", "n a"]
for sources in SOURCES:
    for name in ("ZUNION", "ZINTER"):
        case(f"{name} {sources}", *BEFORE,
             *[f"{name} 2 {sources} {option}" for option in OPTIONS],
             *[f"{name} 2 {sources} {option} WITHSCORES" for option in OPTIONS],
             *[step for option in OPTIONS for step in (f"{name}STORE d 2 {sources} {option}",
                                                       "ZRANGE d 0 -1 WITHSCORES", "OBJECT ENCODING d")])
    case(f"ZDIFF {sources}", *BEFORE, f"ZDIFF 2 {sources}", f"ZDIFF 2 {sources} WITHSCORES",
         f"ZDIFFSTORE d 2 {sources}", "ZRANGE d 0 -1 WITHSCORES", f"ZDIFFSTORE a 2 {sources}",
         "ZRANGE a 0 -1 WITHSCORES", "EXISTS a d")
    case(f"ZINTERCARD {sources}", *BEFORE, f"ZINTERCARD 2 {sources}", f"ZINTERCARD 2 {sources} LIMIT 1",
         f"ZINTERCARD 2 {sources} LIMIT 0", f"ZINTERCARD 2 {sources} LIMIT 100")
case.each("three and more", """
    ZUNION 3 one two three WITHSCORES
    ZUNION 3 three two one WITHSCORES
    ZUNION 4 a b s n WITHSCORES
    ZINTER 3 one two three WITHSCORES
    ZINTER 3 three two one WITHSCORES
    ZINTER 3 a b s WITHSCORES
    ZINTER 3 one one one WITHSCORES WEIGHTS 1 2 3
    ZINTER 3 one one one WITHSCORES WEIGHTS 1 2 3 AGGREGATE MAX
    ZUNION 3 one one one WITHSCORES WEIGHTS 1 2 3 AGGREGATE MIN
    ZINTER 3 a b none
    ZDIFF 3 a b s WITHSCORES
    ZDIFF 3 b a s WITHSCORES
    ZDIFF 3 a none one WITHSCORES
    ZDIFF 1 a WITHSCORES
    ZUNION 1 s WITHSCORES
    ZUNION 1 none
    ZINTERCARD 3 a b s
    ZUNIONSTORE a 2 a b
    ZINTERSTORE a 2 a b
    ZDIFFSTORE a 2 a b
    ZUNIONSTORE s 1 s
    ZUNIONSTORE string 1 s
    ZUNIONSTORE string 1 none
    ZINTERSTORE none 1 other
""", before="\n".join(BEFORE), after="""
    ZRANGE a 0 -1 WITHSCORES
    TYPE s
    TYPE string
    EXISTS none
""")
ERRORS: list[str] = []
for name in ("ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD"):
    for start in [name] if name == "ZINTERCARD" else [name, f"{name}STORE d"]:
        ERRORS += [
            start, f"{start} 1", f"{start} 0 a", f"{start} -1 a", f"{start} x a", f"{start} 2 a", f"{start} 1.5 a",
            f"{start} 9223372036854775807 a", f"{start} 9223372036854775808 a", f"{start} 1 string",
            f"{start} 2 a string", f"{start} 2 none string NONSENSE", f"{start} 1 a NONSENSE", f"{start} 1 a b",
            f"{start} 1 a WITHSCORES", f"{start} 1 a WITHSCORES WITHSCORES", f"{start} 1 a WEIGHTS",
            f"{start} 1 a WEIGHTS x", f"{start} 1 a WEIGHTS nan", f"{start} 2 a b WEIGHTS 1",
            f"{start} 2 a b WEIGHTS 1 x", f"{start} 1 a WEIGHTS 2 3", f"{start} 1 a AGGREGATE",
            f"{start} 1 a AGGREGATE x",
            f"{start} 1 a AGGREGATE SUM x", f"{start} 1 a LIMIT", f"{start} 1 a LIMIT x", f"{start} 1 a LIMIT -1",
            f"{start} 1 a LIMIT 1", f"{start} 1 a LIMIT 1 LIMIT 2",
            f"{start} 1 string NONSENSE", f"{start} 0 string NONSENSE",
        ]
case.each("errors", ERRORS, before="\n".join(BEFORE), after="ZRANGE d 0 -1")
MANY = [["ZADD", "a", *[word for i in range(0, 500, 2) for word in (str(i), f"m{i}")]],
        ["ZADD", "b", *[word for i in range(0, 500, 3) for word in (str(i / 7), f"m{i}")]],
        ["SADD", "c", *[f"m{i}" for i in range(0, 500, 5)]]]
for sources in ("a b", "a c", "b c", "c b"):
    case(f"many: {sources}", *MANY, f"ZUNION 2 {sources} WITHSCORES", f"ZINTER 2 {sources} WITHSCORES",
         f"ZDIFF 2 {sources} WITHSCORES", f"ZINTERCARD 2 {sources}", f"ZINTERCARD 2 {sources} LIMIT 10",
         f"ZUNIONSTORE d 2 {sources}", "OBJECT ENCODING d", f"ZINTERSTORE d 2 {sources}", "OBJECT ENCODING d",
         f"ZDIFFSTORE d 2 {sources}", "OBJECT ENCODING d", "ZRANGE d 0 -1 WITHSCORES")
case("size of what is stored", "CONFIG SET zset-max-listpack-value 3", "CONFIG SET zset-max-listpack-entries 2",
     "ZADD a 1 abc 2 abcd 3 x", "ZADD b 1 abc 2 q", "SADD c abcd", "SADD e x", "ZUNIONSTORE d 2 b e",
     "OBJECT ENCODING d", "ZINTERSTORE d 2 a b", "OBJECT ENCODING d", "ZINTERSTORE d 2 a c",
     "OBJECT ENCODING d", "ZDIFFSTORE d 2 a c", "OBJECT ENCODING d", "ZRANGESTORE d a 0 1", "OBJECT ENCODING d",
     "ZRANGESTORE d a 0 0", "OBJECT ENCODING d")
