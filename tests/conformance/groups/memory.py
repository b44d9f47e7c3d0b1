"""maxmemory: which commands are refused, and what the policies leave alone. Pressure itself is
tests/robustness.
"""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("memory")
CASES = case.cases

FULL = "CONFIG SET maxmemory 1"
DENIED = """
    SET k v
    SET k v NX
    SET k v XX GET
    SETNX k v
    SETEX k 10 v
    PSETEX k 10 v
    GETSET k v
    APPEND k v
    SETRANGE k 0 v
    INCR n
    INCRBY n 1
    DECR n
    DECRBY n 1
    INCRBYFLOAT n 1
    MSET a 1
    MSETNX a 1
    COPY k j
    GET k
    MGET k n
    DEL k
    UNLINK k
    GETDEL k
    GETEX k
    GETEX k EX 10
    EXPIRE k 10
    PERSIST k
    RENAME k j
    RENAMENX k j
    MOVE k 1
    TOUCH k
    TYPE k
    EXISTS k
    @scan
    STRLEN k
    GETRANGE k 0 1
    LCS k n
    FLUSHALL
    FLUSHDB
    SWAPDB 0 1
    MULTI
    WATCH k
    PING
    ECHO x
    OBJECT ENCODING k
    TTL k
    DBSIZE
    SELECT 1
    CONFIG GET maxmemory-policy
    SET k
    SET k v BOGUS
    BOGUS
    INCRBY n x
    AUTH x
    CLIENT GETNAME
    DEBUG SLEEP 0
    WAIT 0 0
"""
for line in [line.strip() for line in DENIED.splitlines() if line.strip()]:
    case(f"full: {line}", "MSET k 1 n 2", FULL, line, "CONFIG SET maxmemory 0", "EXISTS k n")
case("full: transaction", "SET k 1", FULL, "MULTI", "GET k", "SET k 2", "GET k", "EXEC", "MULTI", "GET k",
     "EXEC", "CONFIG SET maxmemory 0", "GET k")
case("full: queued before it was full", "MULTI", "SET k 1", "c2> CONFIG SET maxmemory 1", "EXEC",
     "CONFIG SET maxmemory 0", "GET k")
for policy in ("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"):
    case(f"{policy} with nothing to evict", "SET k v", f"CONFIG SET maxmemory-policy {policy}", FULL,
         "SET j w", "GET k", "DBSIZE", "CONFIG SET maxmemory 0")
    case(f"{policy} evicts only keys with an expiry", "MSET a 1 b 2", "SET x 1 EX 1000", "SET y 1 EX 1000",
         f"CONFIG SET maxmemory-policy {policy}", FULL, "SET j w", "EXISTS a b",
         "EXISTS x y", "CONFIG SET maxmemory 0", "DBSIZE")
for policy in ("allkeys-lru", "allkeys-lfu", "allkeys-random"):
    case(f"{policy} evicts everything and still refuses", "MSET a 1 b 2", "SELECT 3", "SET x 1 EX 1000",
         "SELECT 0", f"CONFIG SET maxmemory-policy {policy}", FULL, "SET j w", "DBSIZE", "SELECT 3",
         "DBSIZE", "CONFIG SET maxmemory 0", "SET j w")
case("evicted keys abort a watch", "SET k v", "WATCH k", "c2> CONFIG SET maxmemory-policy allkeys-lru",
     "c2> CONFIG SET maxmemory 1", "c2> SET j w", "c2> CONFIG SET maxmemory 0", "MULTI",
     "PING", "EXEC")
case("evicted keys invalidate trackers", "SET k v", "CLIENT TRACKING ON", "GET k",
     "c2> CONFIG SET maxmemory-policy allkeys-lru", "c2> CONFIG SET maxmemory 1", "c2> SET j w",
     "c2> CONFIG SET maxmemory 0", "@sleep 2", "PING", protocols=(3,))
