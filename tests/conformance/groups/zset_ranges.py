"""Ranges of sorted sets: by rank, by score, by member; reading, storing, counting, removing."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("zset-ranges")
CASES = case.cases

FORMS = {
    "listpack": ["ZADD", "k", *"1 a 2 b 2 c 3 d 3.5 e 10 f -inf low inf high -1 0".split()],  # noqa: SIM905
    "tree": ["ZADD", "k", *"1 a 2 b 2 c 3 d 3.5 e 10 f -inf low inf high -1 0".split()],  # noqa: SIM905
}
NAMES = ["a", "aa", "ab", "b", "c", "d", "é", "", "10", "9"]
SAME = ["ZADD", "k", *[word for name in NAMES for word in ("0", name)]]
AFTER = ["ZRANGE k 0 -1 WITHSCORES", "EXISTS k", "ZRANGE d 0 -1 WITHSCORES", "OBJECT ENCODING d"]

RANKS = [("0", "-1"), ("0", "0"), ("1", "3"), ("-3", "-1"), ("-100", "2"), ("5", "100"), ("3", "1"), ("100", "200"),
         ("-1", "-3"), ("-200", "-100"), ("9223372036854775807", "-1"), ("-9223372036854775808", "9223372036854775807")]
SCORES = [("-inf", "+inf"), ("(-inf", "(inf"), ("2", "3"), ("(2", "3"), ("2", "(3"), ("(2", "(3"), ("3", "2"),
          ("(2", "(2"), ("2", "2"), ("5", "6"), ("100", "inf"), ("inf", "inf"), ("-inf", "-inf"), ("", "("),
          (" 1", "3"), ("0x2", "1e1"), ("1e999", "inf"), ("-5", "2.0")]
LEX = [("-", "+"), ("+", "-"), ("[a", "[b"), ("(a", "[b"), ("[a", "(b"), ("(a", "(b"), ("[b", "[a"), ("[a", "[a"),
       ("(a", "(a"), ("[", "("), ("(", "+"), ("[aa", "+"), ("-", "[aa"), ("-", "-"), ("+", "+"), ("[1", "[99"),
       ("-\x00x", "+\x00")]
LIMITS = [[], ["LIMIT", "0", "2"], ["LIMIT", "1", "-1"], ["LIMIT", "2", "100"], ["LIMIT", "-1", "5"],
          ["LIMIT", "100", "1"], ["LIMIT", "0", "0"], ["LIMIT", "1", "-5"]]

for form, add in FORMS.items():
    config = f"CONFIG SET zset-max-listpack-entries {128 if form == 'listpack' else 0}"
    for start, stop in RANKS:
        case(f"ranks {start} {stop}: {form}", config, add, ["ZRANGE", "k", start, stop],
             ["ZRANGE", "k", start, stop, "WITHSCORES"], ["ZRANGE", "k", start, stop, "REV"],
             ["ZRANGE", "k", start, stop, "REV", "WITHSCORES"], ["ZREVRANGE", "k", start, stop],
             ["ZREVRANGE", "k", start, stop, "WITHSCORES"], ["ZRANGESTORE", "d", "k", start, stop],
             "ZRANGE d 0 -1 WITHSCORES", ["ZRANGESTORE", "d", "k", start, stop, "REV"], "ZRANGE d 0 -1 WITHSCORES",
             ["ZREMRANGEBYRANK", "k", start, stop], *AFTER)
    for low, high in SCORES:
        case(f"scores {low} {high}: {form}", config, add, ["ZCOUNT", "k", low, high],
             *[["ZRANGEBYSCORE", "k", low, high, *limit] for limit in LIMITS],
             *[["ZREVRANGEBYSCORE", "k", high, low, *limit, "WITHSCORES"] for limit in LIMITS],
             *[["ZRANGE", "k", low, high, "BYSCORE", *limit] for limit in LIMITS],
             *[["ZRANGE", "k", high, low, "BYSCORE", "REV", *limit] for limit in LIMITS],
             *[step for limit in LIMITS for step in (["ZRANGESTORE", "d", "k", low, high, "BYSCORE", *limit],
                                                     "ZRANGE d 0 -1 WITHSCORES",
                                                     ["ZRANGESTORE", "d", "k", high, low, "BYSCORE", "REV", *limit],
                                                     "ZRANGE d 0 -1 WITHSCORES")],
             ["ZREMRANGEBYSCORE", "k", low, high], *AFTER)
    for low, high in LEX:
        case(f"members {low} {high}: {form}", config, SAME, ["ZLEXCOUNT", "k", low, high],
             *[["ZRANGEBYLEX", "k", low, high, *limit] for limit in LIMITS],
             *[["ZREVRANGEBYLEX", "k", high, low, *limit] for limit in LIMITS],
             *[["ZRANGE", "k", low, high, "BYLEX", *limit] for limit in LIMITS],
             *[["ZRANGE", "k", high, low, "BYLEX", "REV", *limit] for limit in LIMITS],
             *[step for limit in LIMITS for step in (["ZRANGESTORE", "d", "k", low, high, "BYLEX", *limit],
                                                     "ZRANGE d 0 -1 WITHSCORES")],
             ["ZREMRANGEBYLEX", "k", low, high], *AFTER)

case("members of different scores, listpack", FORMS["listpack"], "ZRANGEBYLEX k [b [d", "ZRANGEBYLEX k - [d",
     "ZREVRANGEBYLEX k [d [b", "ZREVRANGEBYLEX k [i [b", "ZLEXCOUNT k [b [d", "ZLEXCOUNT k [a +", "ZLEXCOUNT k - +")

ERRORS = """
    ZRANGE k 0
    ZRANGE k x 1
    ZRANGE k 0 x
    ZRANGE k 0 1.5
    ZRANGE k 0 9223372036854775808
    ZRANGE k 0 -1 NONSENSE
    ZRANGE k 0 -1 LIMIT
    ZRANGE k 0 -1 LIMIT 1
    ZRANGE k 0 -1 LIMIT 0 1
    ZRANGE k 0 -1 LIMIT 0 -1
    ZRANGE k 0 -1 LIMIT 5 -1
    ZRANGE k 0 -1 LIMIT x 1
    ZRANGE k 0 -1 LIMIT 0 x
    ZRANGE k 0 -1 BYSCORE LIMIT x 1 NONSENSE
    ZRANGE k 0 -1 BYSCORE BYLEX
    ZRANGE k 0 -1 BYSCORE BYSCORE
    ZRANGE k 0 -1 BYLEX BYLEX
    ZRANGE k 0 -1 REV REV
    ZRANGE k 0 -1 WITHSCORES WITHSCORES
    ZRANGE k 0 5 BYSCORE WITHSCORES rev limit 0 1
    ZRANGE k - + BYLEX WITHSCORES
    ZRANGE k x y BYLEX WITHSCORES
    ZRANGE k 0 -1 BYLEX
    ZRANGE k x 1 BYSCORE
    ZRANGE k 1 nan BYSCORE
    ZRANGE k (nan 1 BYSCORE
    ZRANGE k ((1 1 BYSCORE
    ZRANGE k 1x 1 BYSCORE
    ZRANGE k "1\\x00x" "3\\x00" BYSCORE
    ZRANGE k [a a BYLEX
    ZRANGE k -a + BYLEX
    ZRANGE k - +a BYLEX
    ZRANGE k "" + BYLEX
    ZREVRANGE k 0
    ZREVRANGE k x 1
    ZREVRANGE k 0 -1 REV
    ZREVRANGE k 0 -1 BYSCORE
    ZREVRANGE k 0 -1 LIMIT 0 1
    ZREVRANGE k 0 -1 LIMIT 0 -1
    ZRANGEBYSCORE k 0
    ZRANGEBYSCORE k 0 x
    ZRANGEBYSCORE k 0 1 REV
    ZRANGEBYSCORE k 0 1 BYSCORE
    ZRANGEBYSCORE k 0 1 LIMIT 1
    ZRANGEBYSCORE k 0 1 LIMIT x y
    ZRANGEBYSCORE k x 1 LIMIT x y
    ZRANGEBYSCORE k 0 9 LIMIT 0 1 LIMIT 1 1
    ZREVRANGEBYSCORE k 0 x
    ZREVRANGEBYSCORE k 9 0 WITHSCORES LIMIT 0 2
    ZRANGEBYLEX k - x
    ZRANGEBYLEX k - + WITHSCORES
    ZRANGEBYLEX k a b WITHSCORES
    ZRANGEBYLEX k - + LIMIT 0
    ZREVRANGEBYLEX k x -
    ZREVRANGEBYLEX k + - REV
    ZCOUNT k 0
    ZCOUNT k x 1
    ZCOUNT k 1 x
    ZCOUNT k 1 3
    ZCOUNT k 1 3 x
    ZLEXCOUNT k - x
    ZLEXCOUNT k x +
    ZLEXCOUNT k - +
    ZREMRANGEBYRANK k x 1
    ZREMRANGEBYRANK k 0
    ZREMRANGEBYRANK k 0 1
    ZREMRANGEBYSCORE k x 1
    ZREMRANGEBYSCORE k 1 2
    ZREMRANGEBYSCORE k 1 2 3
    ZREMRANGEBYLEX k x +
    ZREMRANGEBYLEX k - +
    ZRANGESTORE d k 0
    ZRANGESTORE d k 0 -1
    ZRANGESTORE d k 0 x
    ZRANGESTORE d k 0 -1 WITHSCORES
    ZRANGESTORE d k 0 -1 LIMIT 0 1
    ZRANGESTORE d k 0 -1 BYSCORE BYLEX
    ZRANGESTORE d k x 1 BYSCORE
    ZRANGESTORE d k x y BYLEX
    ZRANGESTORE d k - + BYLEX
    ZRANGESTORE d k 5 1 BYSCORE REV LIMIT 0 1
    ZRANGESTORE d k 50 10 BYSCORE
    ZRANGESTORE k k 0 0
    ZRANGESTORE k k 0 -1 REV
"""
case.each("options and errors", ERRORS, before="ZADD k 1 a 2 b 3 c", after="""
    ZRANGE k 0 -1 WITHSCORES
    ZRANGE d 0 -1 WITHSCORES
""")
case.each("options and errors, absent", ERRORS, before="ZADD d 1 a", after="EXISTS k d")
case.each("options and errors, wrong type", ERRORS, before="""
    SET k v
    SET d v
""", after="TYPE k")
case("store over another type", "SET d v EX 100", "ZADD k 1 a 2 b", "ZRANGESTORE d k 0 0", "TTL d", "TYPE d",
     "ZRANGESTORE d k 5 9", "EXISTS d")
MANY = ["ZADD", "k", *[word for i in range(600) for word in (str(i * 17 % 50), f"m{i}")]]
case("long ranges", MANY, "ZRANGE k 100 400 WITHSCORES", "ZRANGE k 10 30 BYSCORE LIMIT 30 100",
     "ZRANGE k 30 10 BYSCORE REV LIMIT 30 100 WITHSCORES", "ZCOUNT k (10 30", "ZRANGESTORE d k 0 99",
     "OBJECT ENCODING d", "ZRANGESTORE d k 0 299", "OBJECT ENCODING d", "ZRANGESTORE d k 10 12 BYSCORE",
     "OBJECT ENCODING d", "ZREMRANGEBYRANK k 100 399", "ZCARD k", "ZREMRANGEBYSCORE k -inf (20", "ZRANGE k 0 -1",
     "ZREVRANGE k 0 -1 WITHSCORES", "ZREMRANGEBYSCORE k 20 44", "ZREMRANGEBYRANK k 0 -3", "ZRANGE k 0 -1 WITHSCORES",
     "OBJECT ENCODING k", "ZREMRANGEBYRANK k 0 -1", "EXISTS k")
