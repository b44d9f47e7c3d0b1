"""MULTI, EXEC, DISCARD, WATCH and UNWATCH."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off
# ruff: noqa: Q003 - quotes of the little language; words read better unquoted

case = Group("transactions")
CASES = case.cases

case.each("outside of multi, and arity", """
    EXEC
    DISCARD
    UNWATCH
    WATCH
    MULTI x
    EXEC x
    DISCARD x
    UNWATCH x
""")
case("queue and run", "MULTI", "SET k v", "GET k", "INCR n", "STRLEN k", "GET nothing", "EXEC", "GET k",
     "EXEC")
case("empty", "MULTI", "EXEC", "MULTI", "DISCARD")
case("discard", "SET k v", "MULTI", "SET k w", "DISCARD", "GET k", "EXEC", "DISCARD")
case("nested multi", "MULTI", "MULTI", "SET k v", "EXEC", "GET k", "MULTI", "MULTI", "MULTI", "EXEC")
case("watch inside multi", "MULTI", "WATCH k", "SET k v", "EXEC", "GET k")
case("unwatch inside multi", "WATCH k", "MULTI", "UNWATCH", "GET k", "EXEC")
case("errors while running do not stop it", "SET k abc", "MULTI", "INCR k", "SET j 1", "INCR j",
     "SETEX k 0 v", "SELECT 99", "INCRBYFLOAT k 1", "EXEC",
     "MGET k j")
for bad in ("BOGUS", "GET", "SET k", "GET a b", "CLIENT", "CLIENT BOGUS", "CONFIG GET", "OBJECT ENCODING",
     "EXEC x", "DISCARD x", "MULTI x", "WATCH"):
    case(f"aborted by {bad}", "MULTI", "SET k v", bad, "SET j w", "EXEC", "EXISTS k j", "MULTI", "SET k v",
         "EXEC")
case("syntax errors are found only when it runs", "MULTI", "SET k v NX XX", "SCAN x", "SELECT x",
     "COPY a b BOGUS", "EXEC")
case("discard after an error", "MULTI", "BOGUS", "DISCARD", "MULTI", "PING", "EXEC")
case("not seen by others until exec", "c1> MULTI", "c1> SET k v", "c2> GET k", "c1> EXEC", "c2> GET k")
case("a closed connection loses its queue", "c1> MULTI", "c1> SET k v", "@close c1", "@sleep 10",
     "c2> EXISTS k")
case("databases in a transaction", "MULTI", "SELECT 2", "SET k two", "SWAPDB 2 3", "GET k", "SELECT 3",
     "GET k", "EXEC", "GET k", "SELECT 0", "EXISTS k")
case("reset, quit and others in a transaction", "MULTI", "SET k v", "RESET", "EXEC", "EXISTS k")
case("quit in a transaction", "MULTI", "SET k v", "QUIT", "c1<eof", "c2> EXISTS k")
case("commands of the connection in a transaction", "MULTI", "PING", "PING hello", "ECHO x",
     "CLIENT SETNAME n", "CLIENT GETNAME", "DBSIZE", "TYPE k", "EXEC",
     "CLIENT GETNAME")
case("hello in a transaction", "MULTI", "HELLO", "HELLO 3", "@digits EXEC")
case("auth in a transaction", "MULTI", "AUTH x", "EXEC")
case("monitor in a transaction", "MULTI", "MONITOR", "PING", "EXEC")
case("shutdown in a transaction", "MULTI", "SHUTDOWN BOGUS", "EXEC")
case("client reply in a transaction", "MULTI", "CLIENT REPLY ON", "PING", "EXEC")
case("flush in a transaction", "SET k v", "MULTI", "FLUSHALL", "SET j 1", "DBSIZE", "EXEC", "DBSIZE")
case("config in a transaction", "MULTI", "CONFIG SET hz 20", "CONFIG GET hz", "EXEC")
case("a long queue", "MULTI", *["INCR n"] * 500, "EXEC")
case("time stands still inside", "MULTI", "SET k v PX 20", "GET k", "DEBUG SLEEP 0.04", "GET k",
     "EXISTS k", "EXEC", "GET k")
case("expired between queueing and running", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 20", "MULTI", "GET k",
     "@sleep 30", "EXEC")
case("written through expiry", "MULTI", "SET k v PXAT 1", "EXISTS k", "SET k v PX 100000", "PEXPIREAT k 1",
     "GET k", "EXEC")

# -- WATCH: each line is what another (c2) or the same (c1) connection does between WATCH and EXEC -----------
TOUCHES = """
    c2> SET k new
    c2> SET k old
    c2> SET k old XX
    c2> SET k new NX
    c2> SET k old KEEPTTL
    c2> SET other x
    c2> GET k
    c2> GETEX k
    c2> GETEX k EX 100
    c2> GETEX k PERSIST
    c2> GETDEL k
    c2> GETSET k old
    c2> APPEND k ""
    c2> APPEND k x
    c2> SETRANGE k 0 ""
    c2> SETRANGE k 0 o
    c2> STRLEN k
    c2> DEL k
    c2> DEL nothing
    c2> UNLINK k
    c2> EXPIRE k 100
    c2> EXPIRE k 100 XX
    c2> PERSIST k
    c2> EXPIRE k -1
    c2> PEXPIREAT k 1
    c2> RENAME k j
    c2> RENAME other k
    c2> RENAMENX other k
    c2> COPY k j
    c2> COPY other k
    c2> COPY other k REPLACE
    c2> MOVE k 1
    c2> TOUCH k
    c2> INCR k
    c2> INCRBYFLOAT k 1
    c2> MSET x 1 k 2
    c2> MSETNX x 1 k 2
    c2> MGET k
    c2> FLUSHALL
    c2> FLUSHDB
    c2> FLUSHDB ASYNC
    c2> SWAPDB 0 1
    c2> SWAPDB 1 2
    c2> SWAPDB 0 0
    c2> OBJECT ENCODING k
    c2> TYPE k
    c2> DEBUG OBJECT-BOGUS k
    c1> SET k mine
    c1> GET k
    c1> DEL k
    c1> UNWATCH
    c1> SELECT 1
    c2> SETNX k x
    c2> SETNX k2 x
    c2> CONFIG SET maxmemory 0
"""
for line in [line.strip() for line in TOUCHES.splitlines() if line.strip()]:
    case(f"watch, then {line}", "c2> MSET k old other 5", "c1> WATCH k", line, "c1> MULTI", "c1> SET done 1",
         "c1> PING", "c1> EXEC", "c1> EXISTS done",
         "c1> MULTI", "c1> PING", "c1> EXEC")
    case(f"watch a key with an expiry, then {line}", "c2> SET k old PXAT 33177117420000", "c1> WATCH k k a",
         line, "c1> MULTI", "c1> PING", "c1> EXEC")
for line in ("c2> SET k v", "c2> SETNX k v", "c2> DEL k", "c2> FLUSHALL", "c2> FLUSHDB", "c2> SWAPDB 0 1",
     "c2> APPEND k \"\"", "c2> SETRANGE k 0 \"\"", "c2> INCR k",
             "c2> RENAME k j", "c2> GETDEL k", "c2> EXPIRE k 10", "c2> SET k v XX", "c2> COPY other k",
             "c2> MOVE k 1", "c2> SET k v PXAT 1"):
    case(f"watch nothing, then {line}", "c2> SET other 5", "c1> WATCH k", line, "c1> MULTI", "c1> PING",
         "c1> EXEC")
case("watch and swapdb with the key on the other side", "SELECT 1", "SET k one", "SELECT 0", "WATCH k",
     "c2> SWAPDB 0 1", "MULTI", "GET k", "EXEC")
case("watch and swapdb with the same key on both sides", "SET k zero", "SELECT 1", "SET k one", "SELECT 0",
     "WATCH k", "c2> SWAPDB 1 0", "MULTI", "GET k", "EXEC")
case("watch in another database", "SELECT 5", "WATCH k", "c2> SET k v", "MULTI", "PING", "EXEC", "WATCH k",
     "c2> SELECT 5", "c2> SET k v", "MULTI", "PING",
     "EXEC")
case("watch and flushall from another database", "SET k v", "WATCH k", "c2> SELECT 3", "c2> FLUSHDB", "MULTI",
     "PING", "EXEC", "WATCH k", "c2> FLUSHALL",
     "MULTI", "PING", "EXEC")
case("a watched key expires", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 20", "WATCH k", "@sleep 30", "MULTI",
     "PING", "EXEC")
case("a watched key expires and someone looks", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 20", "WATCH k",
     "@sleep 30", "c2> GET k", "MULTI", "PING", "EXEC")
case("a watched key is expired actively", "SET k v PX 20", "WATCH k", "@sleep 400", "MULTI", "PING", "EXEC")
case("watching a key that is already expired", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 20", "@sleep 30",
     "WATCH k", "MULTI", "PING", "EXEC")
case("watching an expired key that someone finds", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 20", "@sleep 30",
     "WATCH k", "c2> GET k", "MULTI", "PING", "EXEC")
case("watching an expired key that is written", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 20", "@sleep 30",
     "WATCH k", "c2> SET k w", "MULTI", "PING", "EXEC")
case("watching an expired key, then flush", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 20", "@sleep 30",
     "WATCH k", "c2> FLUSHALL", "MULTI", "PING", "EXEC")
case("set and deleted again", "WATCH k", "c2> SET k v", "c2> DEL k", "MULTI", "PING", "EXEC")
case("exec ends the watch", "WATCH k", "MULTI", "EXEC", "c2> SET k v", "MULTI", "PING", "EXEC")
case("discard ends the watch", "WATCH k", "MULTI", "DISCARD", "c2> SET k v", "MULTI", "PING", "EXEC")
case("a failed exec ends the watch", "WATCH k", "c2> SET k v", "MULTI", "EXEC", "MULTI", "PING", "EXEC")
case("an aborted exec ends the watch", "WATCH k", "MULTI", "BOGUS", "EXEC", "c2> SET k v", "MULTI", "PING",
     "EXEC")
case("aborted and dirty", "WATCH k", "c2> SET k v", "MULTI", "BOGUS", "EXEC")
case("own writes inside the transaction do not count", "WATCH k", "MULTI", "SET k v", "GET k", "EXEC")
case("writes after multi", "WATCH k", "MULTI", "SET j 1", "c2> SET k v", "EXEC", "EXISTS j")
case("reset ends the watch", "WATCH k", "RESET", "c2> SET k v", "MULTI", "PING", "EXEC", protocols=(2,))
case("many watched keys", "WATCH a b c d", "WATCH e a", "c2> SET e 1", "MULTI", "PING", "EXEC", "WATCH a b",
     "c2> SET c 1", "MULTI", "PING", "EXEC")
case("two transactions race", "c1> WATCH n", "c2> WATCH n", "c1> MULTI", "c2> MULTI", "c1> INCR n",
     "c2> INCR n", "c1> EXEC", "c2> EXEC", "c1> GET n")
case("a key of another connection's failed write", "SET k abc", "WATCH k", "c2> INCR k", "c2> SET k v NX",
     "c2> SETEX k 0 v", "MULTI", "PING", "EXEC")
case("unwatch without watch", "UNWATCH", "UNWATCH", "WATCH k", "UNWATCH", "c2> SET k v", "MULTI", "PING",
     "EXEC")
case("debug populate and watch", "WATCH key:1", "c2> DEBUG POPULATE 5", "MULTI", "PING", "EXEC")
