"""Keys of any type: DEL, EXISTS, KEYS, RENAME, COPY, TOUCH, TYPE, OBJECT, RANDOMKEY, UNLINK, WAIT and
SCAN.
"""

from __future__ import annotations

from tests.conformance.model import Group, command, scan
from tests.wire import Argument

# The tables are filled by hand; one argument a line would hide them.
# fmt: off


case = Group("generic")
CASES = case.cases

case.each("arity", """
    COPY
    COPY a
    DEL
    EXISTS
    KEYS
    KEYS a b
    OBJECT
    OBJECT ENCODING
    OBJECT ENCODING a b
    OBJECT FREQ
    OBJECT FREQ a b
    OBJECT IDLETIME
    OBJECT IDLETIME a b
    OBJECT REFCOUNT
    OBJECT REFCOUNT a b
    OBJECT HELP x
    OBJECT BOGUS
    OBJECT BOGUS a
    RANDOMKEY x
    RENAME
    RENAME a
    RENAME a b c
    RENAMENX a
    RENAMENX a b c
    SCAN
    TOUCH
    TYPE
    TYPE a b
    UNLINK
    WAIT
    WAIT 0
    WAIT 0 0 0
""")
case("del exists touch unlink", """
    MSET a 1 b 2 c 3 d 4
    EXISTS a b a nothing
    TOUCH a b a nothing
    DEL a nothing a
    EXISTS a
    UNLINK b b nothing
    EXISTS b
    DEL nothing
    UNLINK nothing
    TOUCH nothing
    DBSIZE
""")
case("type", "TYPE k", "SET k v", "TYPE k", "SET k 1", "TYPE k", "DEL k", "TYPE k")
case("rename", """
    SET a 1
    RENAME a b
    EXISTS a
    GET b
    RENAME nothing x
    RENAME nothing nothing
    RENAME b b
    GET b
    SET c 3
    RENAME b c
    GET c
    DBSIZE
    RENAMENX c d
    SET e 5
    RENAMENX d e
    GET d
    GET e
    RENAMENX e e
    RENAMENX nothing e
    RENAMENX nothing nothing
""")
case("rename takes the expiry along", "SET a 1 PXAT 33177117420000", "SET b 2 PXAT 33177117420999",
     "RENAME a b", "PEXPIRETIME b",
     "SET c 3", "RENAME c b", "TTL b", "GET b")
case("copy", """
    SET a 1 PXAT 33177117420000
    COPY a b
    PEXPIRETIME b
    GET b
    SET a 2
    GET b
    COPY a b
    GET b
    COPY a b REPLACE
    GET b
    TTL b
    COPY nothing c
    COPY nothing c REPLACE
    COPY nothing nothing
    COPY a a
    COPY a a REPLACE
    COPY a a DB 0
    COPY a a DB 1
    COPY a a DB 1
    COPY a a DB 1 REPLACE
    COPY a z DB 2 REPLACE
    COPY a y REPLACE DB 3
    copy a x db 3 replace replace db 4
    SELECT 1
    GET a
    SELECT 2
    GET z
    SELECT 3
    KEYS *
    SELECT 4
    KEYS *
""")
case.each("copy errors", """
    COPY a b BOGUS
    COPY a b DB
    COPY a b DB x
    COPY a b DB 1.5
    COPY a b DB -1
    COPY a b DB 16
    COPY a b DB 9223372036854775808
    COPY a b DB 99999999999
    COPY a b REPLACE BOGUS
    COPY a b DB 1 DB
    COPY a a DB 0 REPLACE BOGUS
    COPY nothing b DB 16
    COPY nothing b BOGUS
""", before="SET a 1")

# -- KEYS ----------------------------------------------------------------------------------------------------
PATTERNS = ["*", "", "hello", "h?llo", "h*llo", "h[ae]llo", "h[^e]llo", "h[a-e]llo", "h[e-a]llo", "*llo",
     "hel*", "**", "***a***", "?", "??",
            "?????", "[]", "[", "[a", "[^", "[^]", "h[", "\\*", "\\", "a\\", "h\\ello", "[\\]]", "[\\-]",
            "[a-", "[-a]", "[a-]", "*[*]*", "[^a-z]*",
            "[a-z][0-9]", "*\\**", "*\\?*", "a\\[b", "\xff*", "H*", "*\n*", "key:*:1", "*:*:*", "*1*2*",
            "?*?*?", "[[]*", "[]]*", "[^]]*", "*a*a*a*b"]
NAMES = ["hello", "hallo", "hxllo", "hllo", "heello", "hbllo", "Hello", "a", "b", "a1", "1", "*", "a*b", "?",
     "a?b", "[", "]", "a[b", "\\", "a\\b", "-", "^",
         "key:1:1", "key:2:1", "key:1:2", "x1y2z", "", "line\nbreak", "aaaaaaaaaa", "aaaaaaaaab"]
_FILL: list[Argument] = ["MSET", *[word for name in NAMES for word in (name, "v")], b"\xff\xfe", "v"]
for pattern in PATTERNS:
    case(f"keys {pattern!r}", _FILL, command("KEYS", pattern.encode("latin-1"), norm="unordered"),
         scan("MATCH", pattern.encode("latin-1")), scan("COUNT", 3, "MATCH", pattern.encode("latin-1")))
case("a pattern with more stars than are followed", ["SET", "a" * 1100, "v"], command("KEYS", "*?" * 999 + "*"),
     command("KEYS", "*?" * 1000), command("KEYS", "*?" * 1000 + "*"), command("KEYS", "*?" * 1001),
     command("KEYS", "**?" * 1000), command("KEYS", "*a" * 1001 + "*"))
case("a pattern that would take forever", ["SET", "a" * 300 + "b", "v"], command("KEYS", "a*" * 20 + "c",
     norm="unordered"), timeout_s=20)
case("many keys", ["MSET", *[word for n in range(3000) for word in (f"key:{n}", n)]], command("KEYS", "*",
     norm="unordered"),
     command("KEYS", "key:1*", norm="unordered"), "DBSIZE", scan(), scan("COUNT", 1000), scan("COUNT", 1,
     "MATCH", "key:12*"))
case("randomkey", "RANDOMKEY", "SET k v", "RANDOMKEY", "DEL k", "RANDOMKEY", "SELECT 1", "RANDOMKEY")

# -- SCAN ----------------------------------------------------------------------------------------------------
case("scan of nothing and little", "SCAN 0", "SET k v", "SCAN 0", "SCAN 0 COUNT 1000", "SCAN 0 MATCH x*",
     "SCAN 0 MATCH k COUNT 10", "SCAN 0 TYPE string",
     "SCAN 0 TYPE list", "SCAN 0 TYPE STRING", "SCAN 0 TYPE hash MATCH k", "SCAN 0 MATCH *",
     "scan 0 match * count 100 type string")
case.each("scan errors", """
    SCAN x
    SCAN 1.5
    SCAN ""
    SCAN " 0"
    SCAN 0x
    SCAN 18446744073709551616
    SCAN 99999999999999999999999
    SCAN 0 COUNT
    SCAN 0 COUNT 0
    SCAN 0 COUNT -1
    SCAN 0 COUNT x
    SCAN 0 COUNT 1.5
    SCAN 0 COUNT 9223372036854775808
    SCAN 0 MATCH
    SCAN 0 TYPE
    SCAN 0 BOGUS
    SCAN 0 BOGUS 1
    SCAN 0 MATCH a COUNT
    SCAN 0 COUNT 5 BOGUS
    SCAN 0 NOVALUES
    SCAN x BOGUS
    SCAN 0 TYPE bogus
    SCAN 0 COUNT 0 BOGUS
""", before="SET k v")
case("scan of nothing from any cursor", "SCAN -1", "SCAN 12345", "SCAN 18446744073709551615", "SCAN 007")
case("scan leaves expired keys out", "DEBUG SET-ACTIVE-EXPIRE 0", "MSET a 1 b 2", "PEXPIRE a 10", "@sleep 20",
     "@scan", "DBSIZE")
case("scan with options repeated", "MSET a 1 b 2 ab 3", "@scan MATCH a* MATCH b*", "@scan COUNT 5 COUNT 1",
     "@scan TYPE list TYPE string")
case("scan of every database", "MSET a 1 b 2", "SELECT 7", "@scan", "MSET c 1", "@scan", "SWAPDB 0 7",
     "@scan")

# -- OBJECT --------------------------------------------------------------------------------------------------
case("object on nothing", "OBJECT ENCODING k", "OBJECT FREQ k", "OBJECT IDLETIME k", "OBJECT REFCOUNT k",
     "@strings OBJECT HELP")
case("object on a string", "SET k v", "OBJECT REFCOUNT k", "OBJECT IDLETIME k", "OBJECT FREQ k",
     "object encoding k", "SET n 12345678", "OBJECT ENCODING n",
     "@type OBJECT REFCOUNT n")
case("object idletime and its policies", """
    SET k v
    OBJECT IDLETIME k
    OBJECT FREQ k
    CONFIG SET maxmemory-policy allkeys-lfu
    OBJECT FREQ k
    OBJECT IDLETIME k
    SET f v
    OBJECT FREQ f
    OBJECT FREQ nothing
    CONFIG SET maxmemory-policy volatile-lfu
    OBJECT IDLETIME f
    CONFIG SET maxmemory-policy volatile-ttl
    OBJECT FREQ f
    OBJECT IDLETIME nothing
    CONFIG SET maxmemory-policy allkeys-random
    OBJECT FREQ f
""")
case("object idletime grows and touch resets it", "SET k v", "@sleep 2100", "@approx:1 OBJECT IDLETIME k",
     "TOUCH k", "OBJECT IDLETIME k",
     "@sleep 1", "GET k", "OBJECT IDLETIME k", protocols=(2,))
case("object does not touch", "CONFIG SET maxmemory-policy allkeys-lfu", "SET k v", *["OBJECT FREQ k"] * 3,
     "OBJECT ENCODING k", "TTL k", "OBJECT FREQ k")

# -- WAIT ----------------------------------------------------------------------------------------------------
case("wait without replicas", "SET k v", "WAIT 0 0", "WAIT 0 100", "WAIT 1 10", "WAIT -1 10", "SET k w",
     "WAIT 1 20")
case.each("wait errors", """
    WAIT x 0
    WAIT 0 x
    WAIT 1 -1
    WAIT 1.5 0
    WAIT 0 9223372036854775808
    WAIT 9223372036854775808 0
    WAIT "" 0
""")
case("wait in a transaction does not wait", "MULTI", "SET k v", "WAIT 1 0", "EXEC")
case("a parked wait can be unblocked", "c1! WAIT 1 0", "@sleep 20", "c2> CLIENT UNBLOCK {id:c1}", "c1<",
     "c1> PING")
case("a parked wait can be unblocked with an error", "c1! WAIT 1 0", "@sleep 20",
     "c2> CLIENT UNBLOCK {id:c1} ERROR", "c1<", "c1> PING")
case("a client that is not parked", "c2> CLIENT UNBLOCK {id:c1}", "c2> CLIENT UNBLOCK {id:c1} TIMEOUT",
     "c2> CLIENT UNBLOCK {id:c1} ERROR", "c1> PING")
case("pipelined behind a parked wait", "c1! WAIT 1 60", "c1! SET k v", "c1! GET k", "c2> PING", "c1<", "c1<",
     "c1<")
