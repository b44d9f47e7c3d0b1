"""Geo indexes: places and distances of members, and searches by circle and by box with every option."""

from __future__ import annotations

import random
from itertools import product

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("geo")
CASES = case.cases

SICILY = "GEOADD k 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 13.583333 37.316667 Agrigento 2.349 48.86 7"
STORED = """
    ZRANGE d 0 -1 WITHSCORES
    OBJECT ENCODING d
    TTL d
"""

case.each("arity", """
    GEOADD
    GEOADD k 1 2
    GEODIST k
    GEODIST k a
    GEODIST k a b m x
    GEOHASH
    GEOHASH k
    GEOPOS
    GEOPOS k
    GEORADIUS k 1 2 3
    GEORADIUS_RO k 1 2 3
    GEORADIUSBYMEMBER k a 1
    GEORADIUSBYMEMBER_RO k a 1
    GEOSEARCH k FROMMEMBER a BYRADIUS 1
    GEOSEARCHSTORE d k FROMMEMBER a BYRADIUS 1
""", before=SICILY)

# --- GEOADD

for present, line in product(("", SICILY), """
    GEOADD k 13 38 Palermo
    GEOADD k NX 13 38 Palermo 10 10 new
    GEOADD k XX 13 38 Palermo 10 10 new
    GEOADD k CH 13 38 Palermo 10 10 new
    GEOADD k XX CH 13 38 Palermo 10 10 new
    GEOADD k ch nx 13 38 Palermo 10 10 new
    GEOADD k CH 13.361389 38.115556 Palermo
    GEOADD k CH CH NX NX 1 1 a
    GEOADD k NX XX 1 1 a
    GEOADD k XX NX CH
    GEOADD k NX CH CH
    GEOADD k CH 1 1
    GEOADD k 1 1 a 2
    GEOADD k 1 1 a 2 2
    GEOADD k 1 1 a NX 2 2
    GEOADD k GT 1 1 a
    GEOADD k INCR 1 1 a
    GEOADD k x 1 a
    GEOADD k 1 x a
    GEOADD k "" 1 a
    GEOADD k " 1" 1 a
    GEOADD k "1 " 1 a
    GEOADD k nan 1 a
    GEOADD k 1 nan a
    GEOADD k inf 1 a
    GEOADD k 1 -inf a
    GEOADD k 1e3 1 a
    GEOADD k 1e300 1 a
    GEOADD k 1e300 -1e300 a
    GEOADD k 1e400 1 a
    GEOADD k 1e-400 1 a
    GEOADD k 0x10 0x1p3 a
    GEOADD k -0 -0 a
    GEOADD k 180 85.05112878 a -180 -85.05112878 b 180 -85.05112878 c -180 85.05112878 d
    GEOADD k 180.000001 1 a
    GEOADD k -180.000001 1 a
    GEOADD k 1 85.05112879 a
    GEOADD k 1 -85.05112879 a
    GEOADD k 1 85.051128780000001 a
    GEOADD k 1 1 a 181 1 b
    GEOADD k 1 1 a 2 2 a 3 3 a
    GEOADD k 1 1 "" 2 2 "\\x00" 3 3 12 4 4 -5
    GEOADD k 9007199254740993 1 a
    GEOADD k 12345.6789 98765.4321 a
""".splitlines()):
    if line.strip():
        case(f"geoadd {'present' if present else 'absent'}: {line.strip()}", present, line, "ZRANGE k 0 -1 WITHSCORES",
             "GEOPOS k a b c d Palermo new 12 -5", "EXISTS k")

PLACES = {
    "edges": [(x, y) for x in (-180, -179.9999999, -90, 0, 1e-9, 90, 179.9999999, 180)
              for y in (-85.05112878, -85.0511287, -45, 0, -1e-9, 45, 66.5, 80.5, 85.0511287, 85.05112878)],
    "random": [(random.Random(n).uniform(-180, 180), random.Random(-n - 1).uniform(-85, 85)) for n in range(100)],
    "close": [(13 + n * 1e-6, 38 + n * 1.7e-7) for n in range(60)],
}
for name, places in PLACES.items():
    names = [str(n) if n % 2 else f"m{n}" for n in range(len(places))]
    add = ["GEOADD", "k"]
    for who, (x, y) in zip(names, places, strict=True):
        add += [repr(x), repr(y), who]
    case(f"places: {name}", add, "ZRANGE k 0 -1 WITHSCORES", ["GEOPOS", "k", *names], ["GEOHASH", "k", *names],
         *[["GEODIST", "k", names[n], names[-n * 7 % len(names)], ("m", "km", "ft", "mi")[n % 4]]
           for n in range(len(names))], "OBJECT ENCODING k", timeout_s=20)
    case(f"searches: {name}", add,
         *[["GEOSEARCH", "k", "FROMMEMBER", names[n], "BYRADIUS", radius, unit, "WITHDIST"]
           for n in range(0, len(names), 3)
           for radius, unit in (("0", "m"), ("3", "ft"), ("100", "km"), ("3000", "mi"))],
         *[["GEOSEARCH", "k", "FROMMEMBER", names[n], "BYBOX", width, height, unit, "WITHDIST"]
           for n in range(1, len(names), 3)
           for width, height, unit in (("0", "0", "m"), ("0", "100", "km"), ("5000", "1", "km"), ("7", "9000", "mi"))],
         timeout_s=20)

# --- one member

ONE = """
    GEODIST k Palermo Catania
    GEODIST k Palermo Catania m
    GEODIST k Palermo Catania M
    GEODIST k Palermo Catania Km
    GEODIST k Palermo Catania FT
    GEODIST k Palermo Catania mi
    GEODIST k Palermo Catania yd
    GEODIST k Palermo Catania ""
    GEODIST k Palermo Catania m m
    GEODIST k Palermo Palermo
    GEODIST k Palermo none
    GEODIST k none Palermo
    GEODIST k none none x
    GEODIST k 7 Palermo
    GEOHASH k Palermo
    GEOHASH k Palermo none 7 Palermo
    GEOPOS k Palermo
    GEOPOS k none
    GEOPOS k Palermo none 7 Palermo
"""
case.each("one: present", ONE, before=SICILY)
case.each("one: absent", ONE)
case.each("one: wrong type", ONE, before="SET k v")
case("any scores", "ZADD k 0 a -1 b 1.5 c 1e300 d inf e -inf f 4503599627370495 g 4503599627370496 h -1e300 i",
     "GEOPOS k a b c d e f g h i", "GEOHASH k a b c d e f g h i", "GEODIST k a b", "GEODIST k e f", "GEODIST k d g",
     "GEOSEARCH k FROMMEMBER a BYRADIUS 1 m WITHHASH", "GEOSEARCH k FROMMEMBER g BYRADIUS 30000 km WITHHASH WITHDIST",
     *[f"GEOSEARCH k FROMMEMBER {name} BYBOX 100 100 km WITHCOORD" for name in "abcdefghi"],
     "GEORADIUS k 0 0 22000 km WITHHASH", "GEOSEARCHSTORE d k FROMMEMBER c BYRADIUS 30000 km",
     "ZRANGE d 0 -1 WITHSCORES")

# --- searches: the words

CIRCLES = {
    "GEORADIUS": "k 15 37 200 km",
    "GEORADIUS_RO": "k 15 37 200 km",
    "GEORADIUSBYMEMBER": "k Palermo 200 km",
    "GEORADIUSBYMEMBER_RO": "k Palermo 200 km",
    "GEOSEARCH": "k FROMLONLAT 15 37 BYRADIUS 200 km",
    "GEOSEARCHSTORE": "d k FROMMEMBER Palermo BYBOX 400 400 km",
}
OPTIONS = """
    WITHDIST
    withcoord
    WithHash
    WITHCOORD WITHDIST WITHHASH
    WITHHASH WITHDIST WITHDIST
    ASC
    DESC
    ASC DESC
    DESC ASC WITHDIST
    COUNT 2
    COUNT 1 DESC
    COUNT 1 COUNT 3
    COUNT 100 WITHDIST
    COUNT 1 ANY
    COUNT 2 ANY DESC WITHDIST
    ANY COUNT 2
    ANY
    ANY ANY
    COUNT
    COUNT 0
    COUNT -1
    COUNT x
    COUNT 1.5
    COUNT 9223372036854775807
    COUNT 9223372036854775808
    COUNT ANY
    COUNT 1 ANY ANY
    BOGUS
    WITHDIST BOGUS
    STORE d
    STORE
    STORE d ASC COUNT 1
    STORE d DESC COUNT 1
    STORE d COUNT 2 ANY
    STORE d WITHDIST
    WITHCOORD STORE d
    STOREDIST d WITHHASH
    STOREDIST d
    STOREDIST
    STOREDIST d COUNT 1
    STORE d STOREDIST d
    STOREDIST d STORE d
    STORE d STORE e
    STORE k
    STOREDIST k
    STORE STORE
    FROMMEMBER Palermo
    FROMMEMBER none
    FROMMEMBER
    FROMLONLAT 15 37
    FROMLONLAT 15
    FROMLONLAT x 37
    BYRADIUS 10 km
    BYRADIUS 10
    BYBOX 10 10 km
    BYBOX 10 10
"""
BEFORE: dict[str, str] = {"present": SICILY, "absent": "", "wrong type": "SET k v"}
LINES = [line.strip() for line in OPTIONS.splitlines() if line.strip()]
for name, words in CIRCLES.items():
    case.each(f"{name} present", [f"{name} {words} {line}" for line in LINES], before=f"{SICILY}\nZADD d 5 old",
              after=f"{STORED}\nTYPE k\nEXISTS k d e STORE")
    case(f"{name} present, alone", SICILY, f"{name} {words}", STORED)
    for present in ("absent", "wrong type"):
        case(f"{name} {present}", *[step for line in ["", *LINES] for step in (
            BEFORE[present], "ZADD d 5 old", f"{name} {words} {line}", "EXISTS d", "DEL STORE e k")])

ROUND = """
    15 37 200 m
    15 37 200 KM
    15 37 200 Ft
    15 37 200 mi
    15 37 200 yd
    15 37 200 ""
    15 37 0 m
    15 37 -0 m
    15 37 -1 m
    15 37 -1 yd
    15 37 x yd
    15 37 x m
    15 37 "" m
    15 37 nan m
    15 37 inf m
    15 37 -inf m
    15 37 1e-300 m
    15 37 1e300 m
    15 37 1e300 mi
    15 37 1e308 mi
    15 37 1e400 m
    15 37 0x10 km
    181 37 -1 m
    -181 37 1 m
    15 86 1 m
    15 -86 1 m
    x 37 1 m
    15 x 1 m
    nan 37 1 m
    inf 37 1 m
    180 37 30000 km
    -180 85.05112878 30000 km
    0 -85.05112878 10000 km
    15 37 20037.726 km
    15 37 10018 km
    15 37 5009 km
    15 37 2504 km
"""
ROUNDS = [(line.strip().split()[:2], line.strip().split()[2:]) for line in ROUND.splitlines() if line.strip()]
for present, before in BEFORE.items():
    case(f"georadius {present}", before, *[["GEORADIUS", "k", *place, *circle] for place, circle in ROUNDS])
    case(f"geosearch {present}", before,
         *[["GEOSEARCH", "k", "FROMLONLAT", *place, "BYRADIUS", *circle] for place, circle in ROUNDS])
    case(f"by member {present}", before, *[["GEORADIUSBYMEMBER", "k", "Catania", *circle] for _, circle in ROUNDS])
    case.each(f"search words {present}", """
        GEORADIUSBYMEMBER k none 100 km
        GEORADIUSBYMEMBER k none x yd STORE d
        GEORADIUSBYMEMBER_RO k none 100 km
        GEOSEARCH k FROMMEMBER none BYRADIUS 100 km
        GEOSEARCH k FROMMEMBER Palermo FROMMEMBER Catania BYRADIUS 100 km
        GEOSEARCH k FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 100 km
        GEOSEARCH k FROMLONLAT 1 1 FROMMEMBER Palermo BYRADIUS 100 km
        GEOSEARCH k FROMLONLAT 1 1 FROMLONLAT 15 37 BYRADIUS 100 km
        GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 1 m BYRADIUS 100 km
        GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 1 m BYBOX 100 100 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 1 1 m BYBOX 100 100 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 1 1 m BYRADIUS 100 km
        GEOSEARCH k BYRADIUS 200 km FROMLONLAT 15 37
        GEOSEARCH k BYBOX 200 200 km ASC WITHDIST FROMMEMBER Catania
        GEOSEARCH k FROMLONLAT 15 37 WITHDIST ASC
        GEOSEARCH k BYRADIUS 200 km WITHDIST ASC
        geoSearch k BYRADIUS 200 km WITHDIST ASC
        geoSearch k FROMLONLAT 15 37 WITHDIST ASC
        GEOSEARCH k WITHDIST WITHDIST WITHDIST WITHDIST ASC
        GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST
        GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 200 km STORE d
        GEOSEARCH k FROMLONLAT 15 37 ANY BYBOX 1 1 m
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 300 100 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 100 400 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 400 400 KM WITHCOORD WITHDIST WITHHASH
        GEOSEARCH k FROMLONLAT 15 37 BYBOX -1 1 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 1 -1 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX -1 -1 yd
        GEOSEARCH k FROMLONLAT 15 37 BYBOX x -1 yd
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 1 x yd
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 1 1 yd
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 0 0 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX inf 1 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX inf inf km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 1e200 1e200 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX nan 1 km
        GEOSEARCH k FROMLONLAT 15 37 BYBOX 1 nan km
        GEOSEARCH k FROMLONLAT 0 0 BYBOX 40000 20000 km
        GEOSEARCH k FROMLONLAT 0 0 BYBOX 40075 10 km
        GEOSEARCHSTORE d k FROMMEMBER none BYRADIUS 100 km
        GEOSEARCHSTORE d k FROMMEMBER Palermo BYRADIUS 200 km STOREDIST STOREDIST
        GEOSEARCHSTORE d k FROMMEMBER Palermo BYRADIUS 200 km STOREDIST d
        GEOSEARCHSTORE d k FROMMEMBER Palermo BYRADIUS 200 mi STOREDIST ASC
        GEOSEARCHSTORE d k FROMMEMBER Palermo BYRADIUS 200 ft STOREDIST COUNT 1
        GEOSEARCHSTORE d k FROMMEMBER Palermo BYRADIUS 200 km WITHDIST
        GEOSEARCHSTORE d k FROMMEMBER Palermo WITHDIST ASC ASC
        geosearchstore d k BYRADIUS 200 km ASC DESC
        geosearchstore d k FROMMEMBER Palermo ASC DESC ASC
        GEOSEARCHSTORE d k FROMLONLAT 0 0 BYRADIUS 1 m
        GEOSEARCHSTORE k k FROMLONLAT 15 37 BYRADIUS 200 km
        GEOSEARCHSTORE k k FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST
        GEOSEARCHSTORE k k FROMLONLAT 0 0 BYRADIUS 1 m
        GEOSEARCHSTORE d j FROMLONLAT 15 37 BYRADIUS 200 km
    """, before=f"{before}\nSET d v EX 100", after="TYPE k\nTYPE d\nDEL k")

case.each("stored over", """
    GEORADIUS k 15 37 200 km STORE d
    GEORADIUS k 15 37 200 km STOREDIST d
    GEORADIUS k 0 0 1 m STORE d
    GEORADIUS none 0 0 1 m STORE d
    GEORADIUSBYMEMBER none m 1 m STORE d
    GEORADIUSBYMEMBER k Palermo 0 m STOREDIST d
    GEOSEARCHSTORE d none FROMMEMBER x BYRADIUS 1 m
    GEOSEARCHSTORE d k FROMMEMBER 7 BYRADIUS 1 m
""", before=f"{SICILY}\nRPUSH d 1 2 3\nEXPIRE d 100", after=f"TYPE d\n{STORED}")

# --- searches: order

MANY = [(f"m{n}", random.Random(n).choice([10, 11, 11.5]), random.Random(n + 1000).choice([50, 51, 51.2]))
        for n in range(300)]
for count, name in ((6, "insertion"), (7, "seven"), (30, "median of three"), (41, "median of nine"), (128, "listpack"),
                    (300, "sorted")):
    add = ["GEOADD", "k", *[str(word) for who, x, y in MANY[:count] for word in (x, y, who)]]
    case(f"equal distances: {name}", add, "OBJECT ENCODING k",
         *[f"GEOSEARCH k FROMLONLAT {x} 50.3 BYRADIUS 900 km {order} {limit} WITHDIST"
           for x in (10, 11) for order in ("", "ASC", "DESC")
           for limit in ("", "COUNT 1", "COUNT 3", "COUNT 5", "COUNT 29", "COUNT 40", "COUNT 127", "COUNT 299",
                         "COUNT 300", "COUNT 5 ANY", "COUNT 100 ANY", "COUNT 1000 ANY")], timeout_s=20)
DISTINCT = [(f"p{n}", random.Random(n).uniform(5, 15), random.Random(n + 1000).uniform(45, 55)) for n in range(200)]
case("distances", ["GEOADD", "k", *[word for name, x, y in DISTINCT for word in (repr(x), repr(y), name)]],
     *[f"GEOSEARCH k FROMLONLAT 10 50 {shape} {order} {limit} WITHDIST WITHHASH"
       for shape in ("BYRADIUS 300 km", "BYBOX 500 200 km") for order in ("", "ASC", "DESC")
       for limit in ("", "COUNT 1", "COUNT 10", "COUNT 50", "COUNT 10 ANY")],
     "GEOSEARCHSTORE d k FROMLONLAT 10 50 BYRADIUS 200 km COUNT 20 STOREDIST", STORED,
     "GEOSEARCHSTORE d k FROMLONLAT 10 50 BYRADIUS 20000 km", STORED,
     "GEOSEARCHSTORE d k FROMLONLAT 10 50 BYRADIUS 20000 km COUNT 128", STORED, timeout_s=20)
for limit in ("entries 0", "entries 2", "value 6"):
    case(f"encodings: {limit}", f"CONFIG SET zset-max-listpack-{limit}", SICILY, "OBJECT ENCODING k",
         "GEORADIUS k 15 37 20000 km WITHDIST", "GEOSEARCHSTORE d k FROMLONLAT 15 37 BYRADIUS 200 km", STORED,
         "GEOSEARCHSTORE d k FROMLONLAT 15 37 BYRADIUS 200 km COUNT 2", STORED,
         "GEOSEARCHSTORE d k FROMMEMBER 7 BYRADIUS 200 km", STORED, "GEORADIUS k 2 48 10000 km STOREDIST d", STORED)

# --- what is published

LISTEN = ("CONFIG SET notify-keyspace-events KEAnm", "c2> @hello HELLO 3", "c2! PSUBSCRIBE __key*__:*", "c2<")
for line in """
    GEOADD k 1 1 a 2 2 b; GEOADD k 1 1 a; GEOADD k 2 2 a; GEOADD k NX 3 3 a; GEOADD k XX 3 3 c; GEOADD n XX 1 1 a
    GEODIST n a b; GEOHASH n a; GEOPOS n a; GEORADIUS n 1 1 1 m; GEORADIUS_RO n 1 1 1 m; GEORADIUSBYMEMBER n a 1 m
    GEOADD k 1 1 a 1.001 1 b; GEORADIUS k 1 1 1 km STORE d; GEORADIUS k 1 1 1 m STORE d; GEORADIUS k 9 9 1 m STORE d
    GEOADD k 1 1 a; GEORADIUSBYMEMBER k a 1 km STOREDIST d; GEORADIUSBYMEMBER n a 1 km STORE d
    GEOADD k 1 1 a; GEOSEARCHSTORE d k FROMMEMBER a BYRADIUS 1 m; GEOSEARCHSTORE d k FROMMEMBER a BYBOX 1 1 m STOREDIST
    GEOADD k 1 1 a; GEOSEARCHSTORE k k FROMMEMBER a BYRADIUS 1 m; GEOSEARCHSTORE k k FROMLONLAT 5 5 BYRADIUS 1 m
    SET d v; GEOSEARCHSTORE d n FROMMEMBER a BYRADIUS 1 m; GEOSEARCHSTORE d n FROMMEMBER a BYRADIUS 1 m
    SET d v; GEOADD k 1 1 a; GEOSEARCHSTORE d k FROMMEMBER a BYRADIUS 1 m; GEOADD d 1 1 a; GEOADD d 1 1 b
""".splitlines():
    if line.strip():
        steps = [part.strip() for part in line.split(";")]
        case(f"events: {line.strip()}", *LISTEN, *[part for step in steps for part in (step, "c2> PING")])
case("watched", "GEOADD k 1 1 a", "c2> WATCH k", "GEOADD k 1 1 a", "c2> MULTI", "c2> GEOPOS k a", "c2> EXEC",
     "c2> WATCH k d", "GEORADIUS k 1 1 1 m STORE d", "c2> MULTI", "c2> GEODIST k a a", "c2> EXEC")
