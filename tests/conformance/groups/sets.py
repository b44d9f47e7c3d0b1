"""Sets: members, random members, scans, and the commands that combine sets."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("sets")
CASES = case.cases

case.each("arity", """
    SADD
    SADD k
    SREM k
    SISMEMBER k
    SISMEMBER k a b
    SMISMEMBER k
    SCARD
    SCARD a b
    SPOP
    SPOP k 1 2
    SRANDMEMBER
    SRANDMEMBER k 1 2
    SMEMBERS
    SMEMBERS a b
    SINTER
    SINTERCARD 1
    SINTERSTORE d
    SUNION
    SUNIONSTORE d
    SDIFF
    SDIFFSTORE d
    SMOVE a b
    SMOVE a b c d
    SSCAN k
""")
READS = """
    SISMEMBER k a
    SMISMEMBER k a b
    SCARD k
    SPOP k
    SPOP k 2
    SPOP k 0
    SPOP k -1
    SPOP k x
    SPOP k 1.5
    SPOP k 9223372036854775808
    SRANDMEMBER k
    SRANDMEMBER k 2
    SRANDMEMBER k -2
    SRANDMEMBER k 0
    SRANDMEMBER k x
    SRANDMEMBER k -9223372036854775808
    SRANDMEMBER k 9223372036854775807
    SMEMBERS k
    SINTER k
    SINTER k j
    SINTER j k
    SINTERCARD 1 k
    SINTERCARD 2 k j
    SUNION k j
    SDIFF k j
    SDIFF j k
    SINTERSTORE d k j
    SUNIONSTORE d k j
    SDIFFSTORE d k j
    SDIFFSTORE d j k
    SMOVE k d a
    SMOVE d k a
    SSCAN k 0
    SSCAN k x
    SSCAN k 0 COUNT 0
    SSCAN k 0 COUNT
    SSCAN k 0 NONSENSE 1
    SSCAN k 0 TYPE set
    SREM k a
    SADD k a
"""
case.each("absent", READS, after="EXISTS k d")
case.each("wrong type", READS, before="SET k v", after="GET k")
case.each("wrong destination", """
    SINTERSTORE d j
    SUNIONSTORE d j
    SDIFFSTORE d j
    SINTERSTORE d none
    SMOVE j d a
    SMOVE j d x
    SMOVE none d x
""", before="""
    SADD j a b
    SET d v
""", after="""
    TYPE d
    SCARD j
""")

KINDS = {
    "integers": ["1", "2", "3", "-5", "100"],
    "wide integers": ["1", "70000", "-70000", "9223372036854775807", "-9223372036854775808"],
    "texts": ["a", "b", "c", "", "x\x00y"],
    "mixed": ["1", "a", "2", "01", "-0", "+1", "1.0"],
    "long": ["x" * 64, "x" * 65, "1", "y" * 1000, "z" * 300],
    "many": [str(i) for i in range(600)],
    "many texts": [f"m{i}" for i in range(200)],
}
for name, members in KINDS.items():
    add = ["SADD", "k", *members]
    case(f"members: {name}", add, add, "SCARD k", "OBJECT ENCODING k", "@unordered SMEMBERS k",
         *[["SISMEMBER", "k", member] for member in members[:8]], "SISMEMBER k nothing",
         ["SMISMEMBER", "k", *members[:8], "nothing", "12345678"], "TYPE k",
         ["SREM", "k", members[0], members[0], "nothing"], "SCARD k", "@unordered SMEMBERS k", "OBJECT ENCODING k",
         ["SREM", "k", *members], "EXISTS k", "SCARD k")
    case(f"all at once: {name}", add, "@unordered SPOP k 1000000", "EXISTS k", add,
         "@unordered SRANDMEMBER k 1000000", "SCARD k", "OBJECT ENCODING k")
    case(f"scan: {name}", add, "@unordered SSCAN k 0 COUNT 100000")
    case(f"copy: {name}", add, "COPY k j", "RENAME j i", "@unordered SMEMBERS i", "SREM k 1 a m1", "SCARD i",
         "OBJECT ENCODING i", "DEL k i", "EXISTS k i")
    for other, second in KINDS.items():
        case(f"combined: {name} and {other}", add, ["SADD", "j", *second[1:], "only", "77"],
             "@unordered SINTER k j", "@unordered SUNION k j", "@unordered SDIFF k j", "@unordered SDIFF j k",
             "SINTERCARD 2 k j", "SINTERCARD 2 k j LIMIT 2", "SINTERCARD 2 k j LIMIT 0",
             "SINTERSTORE d k j", "@unordered SMEMBERS d", "SUNIONSTORE d k j", "@unordered SMEMBERS d",
             "OBJECT ENCODING d", "SDIFFSTORE d k j", "@unordered SMEMBERS d", "SDIFFSTORE k k j",
             "@unordered SMEMBERS k", "SINTERSTORE j j k", "EXISTS j")

case("encodings by threshold", "CONFIG SET set-max-intset-entries 4", "SADD k 1 2 3 4", "OBJECT ENCODING k", "SADD k 5",
     "OBJECT ENCODING k", "SADD j 1 2", "OBJECT ENCODING j", "SADD j a", "OBJECT ENCODING j", "SREM j a",
     "OBJECT ENCODING j", "CONFIG SET set-max-intset-entries 0", "SADD i 1", "OBJECT ENCODING i")
case("random from one", "SADD k a", "SPOP k", "EXISTS k", "SADD k 7", "SRANDMEMBER k", "SRANDMEMBER k -3",
     "SRANDMEMBER k 5", "SPOP k 0", "SPOP k 1", "EXISTS k")
case("three and more", "SADD a 1 2 3 x", "SADD b 2 3 4 x", "SADD c 3 4 5 x", "@unordered SINTER a b c",
     "@unordered SUNION a b c none", "@unordered SDIFF a b c", "@unordered SDIFF a none", "SINTER a b none",
     "@unordered SINTER a a a", "SDIFF a a", "@unordered SUNION a a", "SINTERCARD 3 a b c",
     "SINTERCARD 3 a b c LIMIT 1",
     "SUNIONSTORE d a b c", "SCARD d", "SINTERSTORE d a none", "EXISTS d")
case.each("sintercard errors", """
    SINTERCARD 0 a
    SINTERCARD -1 a
    SINTERCARD x a
    SINTERCARD 2 a
    SINTERCARD 1 a LIMIT
    SINTERCARD 1 a LIMIT x
    SINTERCARD 1 a LIMIT -1
    SINTERCARD 1 a NONSENSE 1
    SINTERCARD 1 a LIMIT 1 LIMIT 2
    SINTERCARD 1 a b
    SINTERCARD 1 a 5
    SINTERCARD 9223372036854775807 a
    SINTERCARD 9999999999999999999 a
""", before="SADD a 1 2 3")
case("move", "SADD a 1 2 x", "SADD b 3", "SMOVE a b 1", "SMOVE a b 9", "SMOVE a a 2", "SMOVE a a 9", "SMOVE a b x",
     "@unordered SMEMBERS b", "OBJECT ENCODING b", "SMOVE a c 2", "EXISTS a", "SMEMBERS c", "SADD b 2",
     "SMOVE c b 2", "EXISTS c", "@unordered SMEMBERS b")
case("expiry stays with changes and goes with stores", "SADD k a PXAT 1", "PEXPIREAT k 33177117420000", "SADD k b",
     "PEXPIRETIME k",
     "SREM k a", "PEXPIRETIME k", "SUNIONSTORE k k", "PEXPIRETIME k")
case("watch", "SADD k a", "WATCH k", "SADD k a", "MULTI", "SCARD k", "EXEC", "WATCH k", "c2> SADD k b", "MULTI",
     "SCARD k", "EXEC")
case("scan pattern", "SADD k a1 a2 b1", "@unordered SSCAN k 0 MATCH a*", "@sorted-scan SSCAN k 0 MATCH nothing",
     "SADD n 1 2 13", "@unordered SSCAN n 0 MATCH 1*", "SSCAN n 0 MATCH 13 COUNT 5")
