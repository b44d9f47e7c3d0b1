"""SORT and SORT_RO: orders, patterns, limits, STORE, and what they do with lists, sets and sorted sets."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("sorting")
CASES = case.cases

case.each("arity and options", """
    SORT
    SORT_RO
    SORT l
    SORT_RO l
    SORT l ASC
    SORT l desc
    SORT l ASC DESC
    SORT l DESC ASC
    SORT l ALPHA
    SORT l ALPHA ALPHA DESC DESC
    SORT l NONSENSE
    SORT l BY
    SORT l GET
    SORT l LIMIT
    SORT l LIMIT 1
    SORT l LIMIT 1 x
    SORT l LIMIT x 1
    SORT l LIMIT x y
    SORT l LIMIT 1.5 1
    SORT l LIMIT 9223372036854775808 1
    SORT l STORE
    SORT_RO l STORE d
    SORT_RO l STORE
    SORT l STORE d BOGUS
    SORT l GET # BY
    SORT l LIMIT 0 1 LIMIT 1 1
    SORT l STORE d STORE e
    SORT l BY w_* BY v_*
    SORT l BY nosort BY w_*
    SORT l BY w_* BY nosort
    SORT l GET GET GET
    SORT l BY BY DESC
""", before="""
    RPUSH l 3 10 1 2
    MSET w_1 5 w_2 4 w_3 1 w_10 2 v_1 1 v_2 2 v_10 3 v_3 4
""", after="""
    LRANGE d 0 -1
    LRANGE e 0 -1
""")
KEYS = "SORT {} ALPHA", "SORT_RO {}", "SORT {} LIMIT x 1", "SORT {} BOGUS", "SORT {} BY nosort GET #", "SORT {} STORE d"
case.each("absent and wrong type", "\n".join(form.format(key) for form in KEYS for key in ("none", "s", "h", "x")),
          before="""
    SET s v
    HSET h a 1
    XADD x 1-1 a 1
    RPUSH d old
""", after="LRANGE d 0 -1")

NUMBERS = ["3", "-1", "10", "2.5", "0", "1e3", "-inf", "inf", "+5", " 7", "0x10", "1", "1.0", "01", "", "-0", "1e-5",
           "9007199254740993", "9007199254740992", "5.10", "5.75"]
case("numbers", ["RPUSH", "l", *NUMBERS], "SORT l", "SORT l DESC", "SORT l LIMIT 2 3", "SORT l LIMIT 0 1 DESC",
     "SORT l ALPHA",
     "SORT l ALPHA DESC LIMIT 3 4", "SORT_RO l LIMIT 15 100", "SORT l STORE d", "LRANGE d 0 -1")
for bad in ("x", "1 ", "1x", "nan", "-nan", "1e400", "1e-400", "--1", "0x", "1\\x00x", "\\x00", "a\\x00", "."):
    case(f"no number: {bad}", f'RPUSH l 1 "{bad}" 2', "SORT l", "SORT l DESC LIMIT 0 1", "SORT l LIMIT 100 1",
    "SORT l LIMIT 0 0",
         "SORT l STORE l", "LRANGE l 0 -1", "SORT l ALPHA", "SORT l BY nosort", f'MSET w_1 3 w_2 "{bad}"',
         "SORT l BY w_*",
         "SORT l BY w_* ALPHA")
case("long numbers", ["RPUSH", "l", "1" * 100, "1" * 200, "0." + "0" * 250 + "1",
     "2" * 127, "2" * 128, "1" + "0" * 400 + "e-400"],
     "SORT l", "SORT l DESC", ["RPUSH", "l", "1" * 400], "SORT l", ["RPUSH", "m", "1" + "x" * 300], "SORT m")

TEXTS = ["b", "a", "", "ab", "aa", "B", "A", "_", "\xff", "\x01", "a\x00b", "a\x00a", "a\x00", "abcdefgh",
     "abcdefghi", "abcdefga",
         "abcdefgh\x00", "abcdefg\x00i", "10", "9", "-1", "x" * 100, "x" * 99]
case("texts", ["RPUSH", "l", *TEXTS], "SORT l ALPHA", "SORT l ALPHA DESC", "SORT l ALPHA STORE d", "LRANGE d 0 -1",
     "SORT l ALPHA DESC STORE d", "LRANGE d 0 -1", "SORT l ALPHA LIMIT 5 3", "SORT l ALPHA LIMIT 3 4 STORE d",
     "LRANGE d 0 -1")
case("equal texts stay in order", ["RPUSH", "l", *[f"a\x00{i}" for i in range(20)]], "SORT l ALPHA",
     "SORT l ALPHA DESC")

WEIGHTS = ["MSET", *[word for i in range(12) for word in (f"w_{i}", str(i * 7 % 12)) if i != 5],
     *[word for i in range(12) for word in (f"t_{i}_x", "cba"[i % 3])]]
OBJECTS = [["HSET", f"h_{i}", "weight", str(i * 5 % 11), "name", f"n{i}", "long" * 30 if i > 5 else "short",
     "1"] for i in range(11)]
DATA = {
    "list": ["RPUSH k " + " ".join(str(i * 5 % 12) for i in range(12))],
    "intset": ["SADD k " + " ".join(map(str, range(12)))],
    "zset": ["ZADD k " + " ".join(f"{i * 7 % 12} {i}" for i in range(12))],
    "big list": ["CONFIG SET list-max-listpack-size 3", "RPUSH k " + " ".join(str(i * 5 % 12) for i in range(12))],
    "set": ["CONFIG SET set-max-intset-entries 0", "SADD k " + " ".join(map(str, range(12)))],
    "skiplist": ["CONFIG SET zset-max-listpack-entries 0",
    "ZADD k " + " ".join(f"{i * 7 % 12} {i}" for i in range(12))],
}
for name, add in DATA.items():
    case(f"orders: {name}", *add, "SORT k", "SORT k DESC", "SORT k ALPHA", "SORT k ALPHA DESC",
    "SORT_RO k LIMIT 3 4", "SORT k LIMIT 0 2 DESC",
         "SORT k ALPHA LIMIT 10 100", "SORT k LIMIT -5 3", "SORT k LIMIT 3 -1", "SORT k LIMIT 3 -7",
         "SORT k LIMIT 12 1", "SORT k LIMIT 5 0",
         "SORT k LIMIT 9223372036854775807 9223372036854775807",
         "SORT k LIMIT -9223372036854775808 -9223372036854775808",
         "SORT k LIMIT 2 9223372036854775807")
    case(f"weights: {name}", *add, WEIGHTS, *OBJECTS, "SORT k BY w_*", "SORT k BY w_* DESC", "SORT k BY w_* LIMIT 2 5",
         "SORT k BY h_*->weight", "SORT k BY h_*->weight DESC LIMIT 1 3", "SORT k BY h_*->none", "SORT k BY none_*",
         "SORT k BY none_* DESC",
         "SORT k BY w_*->weight", "SORT k BY h_*", "SORT k BY w_* ALPHA LIMIT 3 1",
         "SORT k BY h_*->name ALPHA LIMIT 3 2")
    case(f"gets: {name}", *add, WEIGHTS, *OBJECTS, "SORT k GET #", "SORT k GET w_*",
    "SORT k DESC GET # GET w_* GET t_*_x GET h_*->name LIMIT 2 5",
         "SORT k GET w_", "SORT k GET h_*->none GET # GET #", "SORT k GET h_*->", "SORT k GET h_*",
         "SORT k GET w_*->x", 'SORT k GET ""',
         "SORT k GET *", "SORT k GET h_*->short LIMIT 4 3", "SORT k GET ## LIMIT 0 1",
         "SORT k BY w_* GET # GET w_* STORE d", "LRANGE d 0 -1",
         "SORT k GET none_* STORE d", "LRANGE d 0 -1", "SORT k GET h_*->name GET t_*_x LIMIT 8 2 STORE k",
         "LRANGE k 0 -1", "TYPE k")
    case(f"store: {name}", *add, "SORT k STORE k", "LRANGE k 0 -1", "OBJECT ENCODING k",
    "SORT k DESC LIMIT 1 3 STORE k", "LRANGE k 0 -1",
         "SET d x", "EXPIRE d 1000", "SORT k STORE d", "TTL d", "TYPE d", "SORT k LIMIT 10 10 STORE d", "EXISTS d",
         "SORT k LIMIT 10 10 STORE d", "SORT none STORE k", "EXISTS k", "SORT none STORE k")
for name in ("list", "big list", "zset", "skiplist"):
    case(f"not sorted: {name}", *DATA[name], "SORT k BY nosort", "SORT k BY nosort DESC",
    "SORT k BY nosort LIMIT 3 4", "SORT k BY nosort LIMIT 3 4 DESC",
         "SORT k BY nosort LIMIT 11 4 DESC", "SORT k BY nosort LIMIT 12 4", "SORT k BY nosort LIMIT -3 2",
         "SORT k BY nosort LIMIT 3 -1 DESC",
         "SORT k BY nosort LIMIT 0 0", "SORT k BY nosort ALPHA DESC",
         "SORT k BY nosort GET # GET none STORE d LIMIT 1 2", "LRANGE d 0 -1",
         "SORT k BY nosort DESC STORE k", "LRANGE k 0 -1", 'SORT k BY ""', 'SORT k BY "\\x00*"', "SORT k BY #")
for name in ("intset", "set"):
    case(f"not sorted: {name}", *DATA[name], "@unordered SORT k BY nosort", "@unordered SORT k BY nosort DESC",
    "SORT k BY nosort STORE d",
         "LRANGE d 0 -1", "SORT k BY nosort DESC LIMIT 2 5 STORE d", "LRANGE d 0 -1",
         "@shape SORT k BY nosort LIMIT 3 4",
         "@shape SORT k BY nosort LIMIT 10 4 GET # GET none")
case("intset in its order", "SADD k 5 -3 70000 9", "SORT k BY nosort", "SORT k BY nosort DESC",
     "SORT k BY nosort LIMIT 1 2")

case("equal weights are ordered by the element", "RPUSH l d b a c b 10 9", "SORT l BY none_*",
     "SORT l BY none_* DESC", "MSET w_a 1 w_b 1 w_9 1.0 w_10 1e0",
     "SORT l BY w_*", "SORT l BY w_* DESC LIMIT 0 4")
case("equal texts of weights", "RPUSH l d b a c b 10 9 8 7 6 5 4 3 2 1", "SORT l BY none_* ALPHA",
     "SORT l BY none_* ALPHA DESC",
     "MSET w_a x w_b y w_9 x w_10 y w_3 z w_d x w_1 x", "SORT l BY w_* ALPHA", "SORT l BY w_* ALPHA DESC",
     "SORT l BY w_* ALPHA STORE d",
     "LRANGE d 0 -1", "SORT l BY none_* ALPHA LIMIT 1 3")
case("weights and zero bytes", "RPUSH l 1 2 3 4", 'MSET w_1 "a\\x00c" w_2 "a\\x00b" w_3 "a" w_4 "a\\x00"',
     "SORT l BY w_* ALPHA", "SORT l BY w_* ALPHA DESC",
     "SORT l BY w_* ALPHA STORE d", "LRANGE d 0 -1", "SORT l BY w_* ALPHA DESC STORE d", "LRANGE d 0 -1",
     "SORT l BY w_*")

PATTERNS = ["*", "**", "*_w", "w_*_w", "a*->f", "a*->", "a*-", "a->*", "->*", "*->f", "*->f->g", "a*b->f", "a*->f*",
     "a*\\x00->f", "a\\x00*->f",
            "a*->\\x00f", "a*->f\\x00", "#*", "*#", "a*->->", "a*-->f", "a*>-f"]
for pattern in PATTERNS:
    case(f"pattern {pattern}", "RPUSH l 1 2",
    'MSET 2 own w_1 x 1_w 10 w_1_w 20 1* 30 "a1->" 40 a1- 50 "a->1" 60 "->1" 70 "#1" 80 "1#" 90 "a1>-f" 91',
         'MSET "a1\\x00->f" 92 "a1->\\x00f" 93 "a\\x001" 94 "a1-" 95',
         'HSET a1 f 5 f->g 6 f* 7 "f\\x00" 8 "" 9 -> 10 "\\x00f" 11', "HSET a1b f 55",
         'HSET "a\\x001" f 12', "HSET a1- f 13", "HSET 3 f 14 f->g 15", "RPUSH l 3",
         f'SORT l BY "{pattern}" GET # GET "{pattern}"',
         f'SORT l ALPHA BY "{pattern}" GET "{pattern}"', f'SORT l BY "{pattern}" GET "{pattern}" STORE d',
         "LRANGE d 0 -1")
case("long names", ["RPUSH", "l", "x" * 300, "y" * 200, "z"], ["MSET", "w_" + "x" * 300 + "_w", "3",
     "w_" + "y" * 200 + "_w", "2", "w_z_w", "1"],
     "SORT l BY w_*_w", ["SORT", "l", "BY", "q" * 500 + "*" + "r" * 500, "ALPHA", "GET", "w_*_w"],
     "SORT l BY w_*_w GET w_*_w DESC")
case("long values", ["SET", "v_1", "x" * 40000], ["SET", "v_2", "y" * 100], ["HSET", "h_1", "f", "z" * 50000],
     "RPUSH l 2 1", "SORT l GET v_* GET h_*->f",
     "SORT l GET v_* GET h_*->f STORE d", "LRANGE d 0 -1", "SORT l BY v_* ALPHA")
case("weights that expire", "RPUSH l 1 2 3", "MSET w_1 3 w_2 2 w_3 1", "PEXPIREAT w_2 1",
     "SORT l BY w_* GET # GET w_*", "SET w_3 1 PX 1", "@sleep 5",
     "SORT_RO l BY w_* GET w_*", "EXISTS w_3", "PEXPIREAT l 1", "SORT l")
case("the element's own key", "RPUSH 1 2 1", "SET 2 5", "SORT 1 BY * GET *", "SORT 1 BY * GET * STORE 2",
     "LRANGE 2 0 -1")
case("other databases", "RPUSH l 1 2", "MSET w_1 2 w_2 1", "SELECT 3", "RPUSH l 1 2", "SORT l BY w_* GET w_*")
case("many, few wanted", ["RPUSH", "l", *[str(i * 7919 % 10007) for i in range(3000)]], "SORT l LIMIT 0 10",
     "SORT l DESC LIMIT 5 10", "SORT l LIMIT 700 40",
     "SORT l ALPHA LIMIT 0 20", "SORT l ALPHA DESC LIMIT 100 20", "SORT l LIMIT 749 3", "SORT l LIMIT 2990 100",
     "SORT l", "SORT l ALPHA STORE d",
     "LRANGE d 0 -1")
case("transactions", "MULTI", "RPUSH l 3 1 2", "SORT l STORE d", "SORT_RO d DESC", "SORT l BOGUS", "EXEC", "WATCH d",
     "c2> SORT l DESC STORE d", "MULTI",
     "PING", "EXEC", "WATCH d", "c2> SORT none STORE none", "c2> SORT l DESC", "MULTI", "PING", "EXEC")
case("a list that is waited for", "c2! BLPOP d 0", "RPUSH l 3 1 2", "SORT l STORE d", "c2<", "LRANGE d 0 -1")
case.each("keys of a request", """
    COMMAND GETKEYS SORT abc STORE def
    COMMAND GETKEYS SORT abc STORE invalid STORE stillbad STORE def
    COMMAND GETKEYS SORT abc BY STORE GET STORE LIMIT STORE 1 STORE x
    COMMAND GETKEYS SORT abc
    COMMAND GETKEYS SORT_RO abc
    COMMAND GETKEYS SORT_RO abc STORE def
    COMMAND GETKEYSANDFLAGS SORT abc STORE def
    COMMAND GETKEYSANDFLAGS SORT_RO abc
""")

LISTEN = ("CONFIG SET notify-keyspace-events KEAnm", "c2> @hello HELLO 3", "c2! PSUBSCRIBE __key*__:*", "c2<")
case("notifications", "RPUSH l 2 1 x", "RPUSH m 2 1", *LISTEN, "SORT l STORE d", "c2> PING", "SORT l ALPHA STORE d",
     "c2> PING", "SORT m STORE d",
     "c2> PING", "SORT m BY w_* GET v_*", "c2> PING", "SORT none STORE d", "c2> PING", "SORT none STORE d",
     "c2> PING", "SORT none", "c2> PING",
     "SORT m LIMIT 5 5 STORE m", "c2> PING")
case("a sorted set stays compact", "ZADD z 1 a 2 b", "SORT z ALPHA", "OBJECT ENCODING z")
