"""SELECT, SWAPDB, MOVE, DBSIZE, FLUSHDB and FLUSHALL."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("databases")
CASES = case.cases

case.each("errors", """
    SELECT
    SELECT 1 2
    SELECT x
    SELECT 1.5
    SELECT -1
    SELECT 16
    SELECT 100000
    SELECT 9223372036854775807
    SELECT 9223372036854775808
    SELECT ""
    SELECT " 1"
    SELECT 01
    SWAPDB
    SWAPDB 0
    SWAPDB 0 1 2
    SWAPDB x 1
    SWAPDB 0 x
    SWAPDB x y
    SWAPDB -1 0
    SWAPDB 0 -1
    SWAPDB 0 16
    SWAPDB 16 0
    SWAPDB 9223372036854775808 0
    MOVE
    MOVE k
    MOVE k 1 2
    MOVE k x
    MOVE k -1
    MOVE k 16
    MOVE k 0
    MOVE nothing 0
    MOVE nothing 16
    MOVE nothing x
    MOVE nothing 1
    MOVE k 9223372036854775808
    DBSIZE x
    FLUSHDB x
    FLUSHDB ASYNC SYNC
    FLUSHDB ASYNC x
    FLUSHALL x
    FLUSHALL SYNC SYNC
    FLUSHALL ASYNC x
""", before="SET k v", after="GET k")
case("select", "SELECT 0", "SET k 0", "SELECT 1", "GET k", "SET k 1", "SELECT 15", "SET k 15", "SELECT 0",
     "GET k", "SELECT 1", "GET k", "SELECT 15",
     "GET k", "DBSIZE")
case("a failed select stays", "SELECT 3", "SET k 3", "SELECT 16", "GET k", "SELECT x", "GET k")
case("every connection has its own database", "c1> SELECT 2", "c2> SET k zero", "c1> GET k", "c1> SET k two",
     "c2> GET k", "c2> SELECT 2", "c2> GET k")
case("move", """
    SET k v PXAT 33177117420000
    MOVE k 1
    GET k
    SET k w
    MOVE k 1
    GET k
    SELECT 1
    GET k
    PEXPIRETIME k
    MOVE k 2
    MOVE k 2
    EXISTS k
    SELECT 2
    MOVE k 0
    GET k
    DEL k
    SELECT 0
    GET k
""")
case("move onto an expired key", "DEBUG SET-ACTIVE-EXPIRE 0", "SELECT 1", "SET k old PX 10", "SELECT 0",
     "SET k new", "@sleep 20", "MOVE k 1", "SELECT 1",
     "GET k", "TTL k")
case("swapdb", """
    SET a 0
    SELECT 1
    SET b 1 PXAT 33177117420000
    SELECT 0
    SWAPDB 0 1
    KEYS *
    PEXPIRETIME b
    SELECT 1
    KEYS *
    SWAPDB 1 0
    KEYS *
    SWAPDB 1 1
    KEYS *
    SWAPDB 5 6
    SWAPDB 0 5
    SELECT 5
    KEYS *
    DBSIZE
    SELECT 0
    DBSIZE
""")
case("swapdb is seen by other connections at once", "c1> SET k zero", "c2> SELECT 1", "c2> SET k one",
     "c1> SWAPDB 0 1", "c2> GET k", "c1> GET k",
     "c2> SET j x", "c1> EXISTS j")
case("flushdb and flushall", """
    MSET a 1 b 2
    SELECT 1
    MSET c 3
    FLUSHDB
    DBSIZE
    FLUSHDB
    SELECT 0
    DBSIZE
    FLUSHDB ASYNC
    DBSIZE
    MSET a 1
    flushdb sync
    DBSIZE
    MSET a 1 b 2
    SELECT 9
    SET x y
    FLUSHALL ASYNC
    DBSIZE
    SELECT 0
    DBSIZE
    MSET a 1
    FLUSHALL SYNC
    DBSIZE
    MSET a 1
    FLUSHALL
    @scan
    GET a
""")
case("dbsize", "DBSIZE", "MSET a 1 b 2 c 3", "DBSIZE", "DEL a", "DBSIZE", "MOVE b 1", "DBSIZE", "SET c x",
     "DBSIZE", "RENAME c d", "DBSIZE")
case("debug populate", "DEBUG POPULATE 100", "DBSIZE", "GET key:7", "GET key:99", "DEBUG POPULATE 5 other",
     "GET other:4", "DEBUG POPULATE 3 big 50",
     "GET big:1", "STRLEN big:1", "DEBUG POPULATE 100", "DBSIZE", "DEBUG POPULATE x", "DEBUG POPULATE",
     "DEBUG POPULATE -1", "OBJECT ENCODING key:1")
