"""CLIENT TRACKING: invalidation pushes in every mode, CACHING, TRACKINGINFO and GETREDIR.

Pushes are part of the compared bytes: `read_reply` returns them with the next reply on the connection, so a
case ends with a PING that collects what is left. RESP2 takes part too: there a tracking client must redirect
to have any effect.
"""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off
# ruff: noqa: Q003 - quotes of the little language; words read better unquoted

case = Group("tracking")
CASES = case.cases

MODES = ("", "NOLOOP", "BCAST", "BCAST NOLOOP", "OPTIN", "OPTOUT", "BCAST PREFIX k",
     "BCAST PREFIX x PREFIX k", "BCAST PREFIX other", "BCAST PREFIX \"\"", "OPTIN NOLOOP")
WRITES = """
    SET k new
    SET k old XX
    SET k new NX
    APPEND k x
    APPEND k ""
    SETRANGE k 0 ""
    INCR n
    INCRBYFLOAT n 1
    GETSET k 2
    GETDEL k
    GETEX k EX 100
    GETEX k PERSIST
    GETEX k
    DEL k
    DEL k n
    DEL nothing
    UNLINK n k
    EXPIRE k 100
    EXPIRE k -1
    PERSIST k
    RENAME k n
    RENAME k j
    COPY k j
    COPY k n REPLACE
    MOVE k 1
    TOUCH k
    MSET k 1 n 2
    MSETNX k 1 q 2
    MSETNX q 1 r 2
    FLUSHDB
    FLUSHALL
    SWAPDB 0 1
    GET k
    SETEX k 100 v
    DEBUG POPULATE 3
"""
_LINES = [line.strip() for line in WRITES.splitlines() if line.strip()]

for line in _LINES:
    case(f"another client: {line}", "c1> CLIENT TRACKING ON", "c2> MSET k old n 5", "c1> MGET k n",
         f"c2> {line}", "c1> PING", "c2> SET k again", "c1> PING",
         protocols=(3,))
    case(f"own write: {line}", "MSET k old n 5", "CLIENT TRACKING ON", "MGET k n", line, "PING", line, "PING",
         protocols=(3,))
    case(f"bcast: {line}", "c2> MSET k old n 5", "c1> CLIENT TRACKING ON BCAST", f"c2> {line}", "@sleep 1",
         "c1> PING", f"c1> {line}", "PING", protocols=(3,))
for mode in MODES:
    case(f"mode {mode or 'default'}", f"c1> CLIENT TRACKING ON {mode}", "c1> CLIENT TRACKINGINFO",
         "c1> GET k", "c2> SET k 1", "c1> PING", "c2> SET k 2", "c1> PING",
         "c1> GET k", "c1> SET k 3", "c1> PING", "c1> MULTI", "c1> GET k", "c1> SET k 4", "c1> SET k 5",
         "c1> EXEC", "c1> PING", "c1> CLIENT TRACKING OFF", "c1> GET k",
         "c2> SET k 6", "c1> PING", "c1> CLIENT TRACKINGINFO", "c1> @client CLIENT INFO")
    case(f"redirect {mode or 'default'}", "c3> PING", f"c1> CLIENT TRACKING ON REDIRECT {{id:c3}} {mode}",
         "c1> @digits CLIENT TRACKINGINFO",
         "c1> @type CLIENT GETREDIR", "c1> GET k", "c2> SET k 1", "c1> PING", "c3> PING",
         "c1> CLIENT TRACKING OFF", "c1> CLIENT GETREDIR", protocols=(3,))
    case(f"on twice {mode or 'default'}", "CLIENT TRACKING ON", f"CLIENT TRACKING ON {mode}",
         "CLIENT TRACKINGINFO", f"CLIENT TRACKING ON {mode}", "CLIENT TRACKINGINFO",
         f"CLIENT TRACKING OFF {mode}", "CLIENT TRACKINGINFO", f"CLIENT TRACKING ON {mode}",
         "CLIENT TRACKING ON", "CLIENT TRACKINGINFO")
case("optin", "c1> CLIENT TRACKING ON OPTIN", "c1> GET a", "c1> CLIENT CACHING YES",
     "c1> CLIENT TRACKINGINFO", "c1> GET b", "c1> CLIENT TRACKINGINFO", "c1> GET c",
     "c2> MSET a 1 b 2 c 3", "c1> PING", "c1> CLIENT CACHING NO", "c1> CLIENT CACHING YES", "c1> PING",
     "c1> GET a", "c2> SET a 2", "c1> PING")
case("optin with a transaction", "c1> CLIENT TRACKING ON OPTIN", "c1> CLIENT CACHING YES", "c1> MULTI",
     "c1> GET a", "c1> GET b", "c1> EXEC", "c1> GET c",
     "c2> MSET a 1 b 2 c 3", "c1> PING")
case("optout", "c1> CLIENT TRACKING ON OPTOUT", "c1> GET a", "c1> CLIENT CACHING NO",
     "c1> CLIENT TRACKINGINFO", "c1> GET b", "c1> GET c", "c2> MSET a 1 b 2 c 3", "c1> PING",
     "c1> CLIENT CACHING YES", "c1> CLIENT CACHING BOGUS", "c1> PING")
case("caching needs a mode", "CLIENT CACHING YES", "CLIENT TRACKING ON", "CLIENT CACHING YES",
     "CLIENT CACHING NO", "CLIENT TRACKING OFF", "CLIENT TRACKING ON BCAST",
     "CLIENT CACHING YES")
case("modes cannot be changed while on", "CLIENT TRACKING ON BCAST PREFIX a", "CLIENT TRACKING ON",
     "CLIENT TRACKING ON OPTIN", "CLIENT TRACKING ON BCAST",
     "CLIENT TRACKING ON BCAST PREFIX b", "CLIENT TRACKINGINFO", "CLIENT TRACKING ON BCAST PREFIX ab",
     "CLIENT TRACKING OFF", "CLIENT TRACKING ON OPTIN",
     "CLIENT TRACKING ON OPTOUT", "CLIENT TRACKING ON BCAST")
case("prefixes", "c1> CLIENT TRACKING ON BCAST PREFIX user: PREFIX item:",
     "c2> MSET user:1 a item:1 b other c", "@sleep 1", "c1> PING", "c2> DEL user:1", "@sleep 1", "c1> PING",
     "c2> SET user a", "@sleep 1", "c1> PING", protocols=(3,))
case("bcast gathers what one round wrote", "c1> CLIENT TRACKING ON BCAST", "c2> MULTI", "c2> SET a 1",
     "c2> SET a 2", "c2> DEL a", "c2> EXEC", "@sleep 1", "c1> PING", protocols=(3,))
case("expiry invalidates", "c2> SET k v PX 20", "c1> CLIENT TRACKING ON", "c1> GET k", "@sleep 30",
     "c2> GET k", "@sleep 1", "c1> PING", protocols=(3,))
case("active expiry invalidates", "c2> SET k v PX 20", "c1> CLIENT TRACKING ON", "c1> GET k", "@sleep 400",
     "c1> PING", protocols=(3,))
case("read but not there", "c1> CLIENT TRACKING ON", "c1> GET nothing", "c1> EXISTS n2", "c1> TTL n3",
     "c1> TYPE n4", "c1> STRLEN n5", "c2> SET nothing 1", "@sleep 1", "c1> PING",
     "c2> SET n2 1", "@sleep 1", "c1> PING", "c2> SET n3 1", "@sleep 1", "c1> PING", "c2> SET n4 1",
     "@sleep 1", "c1> PING", "c2> SET n5 1", "@sleep 1", "c1> PING", protocols=(3,))
case("writes are not tracked", "c1> CLIENT TRACKING ON", "c1> SET k v", "c2> SET k w", "@sleep 1", "c1> PING",
     "c1> APPEND k x", "c2> SET k w", "@sleep 1", "c1> PING",
     "c1> GETEX k EX 100", "c2> SET k w", "@sleep 1", "c1> PING", protocols=(3,))
case("one push for one read", "c1> CLIENT TRACKING ON", "c1> GET k", "c2> SET k 1", "c2> SET k 2", "@sleep 1",
     "c1> PING", "c1> GET k", "c2> SET k 3", "@sleep 1", "c1> PING", protocols=(3,))
case("databases share the names", "c1> CLIENT TRACKING ON", "c1> GET k", "c2> SELECT 1", "c2> SET k v",
     "@sleep 1", "c1> PING", protocols=(3,))
case("the redirection target closes", "c3> PING", "c1> CLIENT TRACKING ON REDIRECT {id:c3}", "c1> GET k",
     "@close c3", "@sleep 20", "c2> SET k v", "@sleep 5", "c1> @digits PING",
     "c1> @digits CLIENT TRACKINGINFO", "c1> GET k", "c2> SET k w", "@sleep 5", "c1> @digits PING",
     protocols=(3,))
case("in RESP2 without redirection nothing is pushed", "c1> CLIENT TRACKING ON", "c1> GET k", "c2> SET k v",
     "c1> PING", "c2> FLUSHALL", "c1> PING", protocols=(2,))
case("hello changes the form", "c1> CLIENT TRACKING ON", "c1> GET k", "c1> @hello HELLO 3", "c2> SET k v",
     "@sleep 1", "c1> PING", "c1> GET k", "c1> @hello HELLO 2", "c2> SET k v", "c1> PING",
     protocols=(2,))
case("two trackers", "c1> CLIENT TRACKING ON", "c2> CLIENT TRACKING ON BCAST",
     "c3> CLIENT TRACKING ON NOLOOP", "c1> GET k", "c3> GET k", "c3> SET k v", "@sleep 1", "c1> PING",
     "c2> PING",
     "c3> PING", protocols=(3,))
case("pushes in the middle of a transaction", "c1> CLIENT TRACKING ON", "c1> GET k", "c1> MULTI",
     "c2> SET k v", "@sleep 1", "c1> PING", "c1> EXEC", protocols=(3,))
case("pushes while replies are off", "c1> CLIENT TRACKING ON", "c1> GET k", "c1! CLIENT REPLY OFF",
     "c2> SET k v", "@sleep 2", "c1> CLIENT REPLY ON", "c1> PING", protocols=(3,))
case("the table is bounded", "CONFIG SET tracking-table-max-keys 2", "CLIENT TRACKING ON", "GET a", "PING",
     protocols=(3,))
case("many keys in one push", "c1> CLIENT TRACKING ON", ["MGET", *[f"k{n}" for n in range(50)]], ["DEL",
     *[f"k{n}" for n in range(50)]],
     ["MSET", *[word for n in range(50) for word in (f"k{n}", n)]], "PING", protocols=(3,))
