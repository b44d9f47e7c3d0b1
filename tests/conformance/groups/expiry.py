"""The EXPIRE family, TTL and its relatives, PERSIST; lazy and active expiry as a client sees them."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("expiry")
CASES = case.cases

FAR_S = 33177117420
FAR_MS = FAR_S * 1000
SETTERS = ("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT")
READERS = ("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME")

for name in (*READERS, "PERSIST"):
    case(f"{name} arity and no key", f"{name}", f"{name} a b", f"{name} nothing", "SET k v", f"{name} k")
for name in SETTERS:
    far = {"EXPIRE": 10**6, "PEXPIRE": 10**9, "EXPIREAT": FAR_S, "PEXPIREAT": FAR_MS}[name]
    near = far // 2 if name.endswith("AT") is False else far - 1000
    case.each(f"{name} errors", f"""
        {name}
        {name} k
        {name} k ten
        {name} k 1.5
        {name} k ""
        {name} k " 1"
        {name} k 9223372036854775808
        {name} k 9223372036854775807
        {name} k 9223372036854775
        {name} k 9223372036854776
        {name} k -9223372036854775808
        {name} k -9223372036854775
        {name} k -9223372036854776
        {name} k {far} BOGUS
        {name} k {far} NX XX
        {name} k {far} NX GT
        {name} k {far} NX LT
        {name} k {far} XX NX
        {name} k {far} GT LT
        {name} k {far} GT XX
        {name} k {far} XX LT
        {name} k {far} NX NX
        {name} k {far} GT GT
        {name} k {far} NX 5
        {name} k ten NX
        {name} nothing ten
        {name} nothing {far}
        {name} nothing {far} GT
        {name} nothing {far} BOGUS
        {name} nothing -1
    """, before="SET k v", after="EXISTS k")
    case(f"{name} sets and reads", "SET k v", f"{name} k {far}",
         *[f"@approx:2 {reader} k" for reader in ("TTL", "EXPIRETIME")],
         "@approx:2000 PTTL k", "@approx:2000 PEXPIRETIME k", "PERSIST k", "PERSIST k", "TTL k", "GET k")
    case(f"{name} in the past deletes", "SET k v", f"{name} k -1", "EXISTS k", "DBSIZE", "SET k v",
         f"{name} k 0", "EXISTS k", "TTL k",
         "SET k v", f"{name} k -1 GT", "EXISTS k", f"{name} k -1 XX", "EXISTS k", f"{name} k -1 LT",
         "EXISTS k", "SET k v",
         f"{name} k -1 NX", "EXISTS k")
    case(f"{name} nx xx gt lt", "SET k v", f"{name} k {far} XX", f"{name} k {far} GT", "TTL k",
         f"{name} k {far} NX",
         f"{name} k {near} NX", "@approx:2 TTL k", f"{name} k {near} GT", "@approx:2 TTL k",
         f"{name} k {near} LT", "@approx:2 TTL k",
         f"{name} k {far} LT", "@approx:2 TTL k", f"{name} k {far} GT", "@approx:2 TTL k",
         f"{name} k {near} XX", "@approx:2 TTL k",
         f"{name} k {far} XX GT", f"{name} k {near} lt xx", "PERSIST k", f"{name} k {far} LT",
         "@approx:2 TTL k", "PERSIST k",
         f"{name} k {far} LT XX", "TTL k")
case("equal times under gt and lt", "SET k v", f"PEXPIREAT k {FAR_MS}", f"PEXPIREAT k {FAR_MS} GT",
     f"PEXPIREAT k {FAR_MS} LT",
     f"PEXPIREAT k {FAR_MS + 1} GT", f"PEXPIREAT k {FAR_MS} LT", "PEXPIRETIME k", "EXPIRETIME k")
case("rounding of seconds", "SET k v", "PEXPIREAT k 33177117420499", "EXPIRETIME k", "PEXPIRETIME k",
     "PEXPIREAT k 33177117420500",
     "EXPIRETIME k", "PEXPIREAT k 33177117420999", "EXPIRETIME k")
case("largest times", "SET k v", "PEXPIREAT k 9223372036854775807", "PEXPIRETIME k", "EXPIRETIME k",
     "EXPIREAT k 9223372036854775",
     "PEXPIRETIME k", "EXPIRETIME k")

# -- what goes with the key ----------------------------------------------------------------------------------
case("what keeps and what drops an expiry", f"""
    SET k v PXAT {FAR_MS}
    APPEND k w
    PEXPIRETIME k
    SETRANGE k 0 z
    PEXPIRETIME k
    GETRANGE k 0 -1
    RENAME k j
    PEXPIRETIME j
    COPY j c
    PEXPIRETIME c
    MOVE c 3
    SELECT 3
    PEXPIRETIME c
    SELECT 0
    TOUCH j
    PEXPIRETIME j
    SET x y
    RENAME x j
    PEXPIRETIME j
    PEXPIREAT j {FAR_MS}
    GETSET j q
    PEXPIRETIME j
    PEXPIREAT j {FAR_MS}
    MSET j r
    PEXPIRETIME j
    PEXPIREAT j {FAR_MS}
    SETNX j r
    PEXPIRETIME j
    DEL j
    SET j v
    TTL j
""")

# -- time passing --------------------------------------------------------------------------------------------
GONE = """
    GET k
    EXISTS k
    TTL k
    PTTL k
    EXPIRETIME k
    PEXPIRETIME k
    TYPE k
    STRLEN k
    OBJECT ENCODING k
    GETRANGE k 0 -1
    PERSIST k
    EXPIRE k 100
    TOUCH k
    DEL k
    UNLINK k
    GETDEL k
    GETEX k
    RENAME k j
    COPY k j
    MOVE k 1
    DUMMY
    MGET k k
    KEYS *
    RANDOMKEY
    @scan
"""
for line in [line.strip() for line in GONE.splitlines() if line.strip()]:
    case(f"expired, then {line}", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 20", "@sleep 30", line, "EXISTS k")
for line in ("SET k new", "SET k new NX", "SET k new XX", "SET k new KEEPTTL", "SET k new GET", "SETNX k new",
     "APPEND k new", "INCR k",
             "INCRBYFLOAT k 1.5", "SETRANGE k 2 x", "GETSET k new", "MSET k new", "MSETNX k new",
             "DECRBY k 4"):
    case(f"expired, then {line}", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k 10 PX 20", "@sleep 30", line, "GET k",
         "TTL k")
case("expired keys count until they are found", "DEBUG SET-ACTIVE-EXPIRE 0", "MSET a 1 b 2", "PEXPIRE a 10",
     "@sleep 20", "DBSIZE", "GET a",
     "DBSIZE")
case("rename and copy onto an expired key", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 10", "SET j w",
     "@sleep 20", "COPY j k", "TTL k",
     "SET k v PX 10", "@sleep 20", "RENAMENX j k", "GET k", "TTL k")
case("active expiry", "MSET a 1 b 2 c 3", "PEXPIRE a 10", "PEXPIRE b 20", "@sleep 400", "DBSIZE", "KEYS *")
case("active expiry in every database", "SET a 1 PX 10", "SELECT 5", "SET a 1 PX 10", "SELECT 15",
     "SET a 1 PX 10", "@sleep 400",
     "DBSIZE", "SELECT 5", "DBSIZE", "SELECT 0", "DBSIZE")
case("set-active-expire", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 10", "@sleep 250", "DBSIZE",
     "DEBUG SET-ACTIVE-EXPIRE 1",
     "@sleep 400", "DBSIZE", "DEBUG SET-ACTIVE-EXPIRE", "DEBUG SET-ACTIVE-EXPIRE x")
case("not yet expired", "SET k v PX 60000", "@sleep 20", "GET k", "EXISTS k", "PERSIST k", "TTL k")
case("psetex to the millisecond", "DEBUG SET-ACTIVE-EXPIRE 0", "PSETEX k 60 v", "@sleep 10", "GET k",
     "@sleep 90", "GET k")
case("an expiry that moved away", "SET k v PX 20", "PERSIST k", "@sleep 40", "GET k", "PEXPIRE k 20",
     "SET k w", "@sleep 40", "GET k")
case("keyspace info", "SET k v", f"SET j v PXAT {FAR_MS}", "@digits INFO keyspace", "SELECT 2", "SET x y",
     "@digits INFO keyspace")
