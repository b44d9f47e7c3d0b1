"""GET, SET and the other commands on plain strings, LCS included. Counters have their own module."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off
# ruff: noqa: Q003 - quotes of the little language; words read better unquoted

case = Group("strings")
CASES = case.cases

FAR_S = 33177117420  # An absolute time that does not pass while tests run.
FAR_MS = FAR_S * 1000

# -- arity, case and binary safety ---------------------------------------------------------------------------
case.each("arity", """
    APPEND
    APPEND k
    APPEND k v w
    GET
    GET a b
    GETDEL
    GETDEL a b
    GETEX
    GETRANGE
    GETRANGE k 0
    GETRANGE k 0 1 2
    GETSET
    GETSET k
    GETSET k v w
    LCS
    LCS a
    MGET
    MSET
    MSET k
    MSET a 1 b
    MSETNX
    MSETNX k
    MSETNX a 1 b
    PSETEX
    PSETEX k
    PSETEX k 1
    PSETEX k 1 v x
    SET
    SET k
    SETEX
    SETEX k 1
    SETEX k 1 v x
    SETNX
    SETNX k
    SETNX k v w
    SETRANGE
    SETRANGE k 0
    SETRANGE k 0 v w
    STRLEN
    STRLEN a b
    SUBSTR
    SUBSTR k 0
    SUBSTR k 0 1 2
""")
case("names are case-insensitive", """
    set k v
    SeT k w
    gEt k
    StRlEn k
    set k x nx get
    set k x Px 100000
    set k x eXaT 33177117420
    expiretime k
    set k x KeepTtl
    lcs k k iDx WithMatchLen mInMatchLen 1
    getex k pErSiSt
""")
case("keys and values are binary safe", r"""
    SET "\x00\xff\r\n" "\r\n\x00"
    GET "\x00\xff\r\n"
    STRLEN "\x00\xff\r\n"
    KEYS *
    APPEND "\x00\xff\r\n" "\x00"
    GET "\x00\xff\r\n"
    SET "a b" "c d"
    GET "a b"
    GET "a"
    GETDEL "\x00\xff\r\n"
""")
case("empty keys and values", """
    SET "" ""
    GET ""
    STRLEN ""
    EXISTS ""
    APPEND "" ""
    APPEND "" x
    GETRANGE "" 0 -1
    SETRANGE "" 0 ""
    TYPE ""
    MSET "" 1 a ""
    MGET "" a b
    DEL ""
""")
for size in (1, 15, 16, 43, 44, 45, 63, 64, 127, 128, 255, 256, 4095, 4096, 16383, 16384, 65535, 65536,
     1 << 20):
    value = bytes(range(256)) * (size // 256 + 1)
    case(f"value of {size} bytes", ["SET", "k", value[:size]], ["GET", "k"], ["STRLEN", "k"], ["GETRANGE",
         "k", -3, -1],
         ["OBJECT", "ENCODING", "k"], ["APPEND", "k", "x"], ["GET", "k"], ["OBJECT", "ENCODING", "k"],
         ["GETDEL", "k"])
for size in (1, 16, 23, 24, 31, 32, 63, 64, 127, 128, 255, 256, 1000, 65535, 65536, 200_000):
    key = b"k" * size
    case(f"key of {size} bytes", ["SET", key, "v"], ["GET", key], ["EXISTS", key], ["PEXPIREAT", key, FAR_MS],
         ["PEXPIRETIME", key], ["RENAME", key, key + b"x"], ["GET", key], ["GET", key + b"x"], ["APPEND",
         key + b"x", "1"],
         ["KEYS", "*"], ["DEL", key + b"x"])

# -- GET, SET ------------------------------------------------------------------------------------------------
case("get of nothing", "GET k", "STRLEN k", "MGET k", "GETDEL k", "GETEX k", "GETEX k PERSIST",
     "GETRANGE k 0 -1", "SUBSTR k 0 1")
case("set and overwrite", "SET k v", "GET k", "SET k 12", "GET k", "SET k v2", "GET k", "DBSIZE")
case("set removes expiry", "SET k v EX 1000", "SET k w", "TTL k", "PEXPIREAT k 33177117420000",
     "SET k w KEEPTTL", "PEXPIRETIME k",
     "SET k 5 KEEPTTL", "PEXPIRETIME k", "GET k")
case("set nx xx", """
    SET k v XX
    GET k
    SET k v NX
    SET k w NX
    GET k
    SET k x XX
    GET k
    SET k y NX GET
    GET k
    SET other y NX GET
    GET other
    SET k z XX GET
    SET nothing z XX GET
    EXISTS nothing
""")
case("set get", """
    SET k v GET
    SET k w GET
    SET k x GET EX 100
    @approx:1 TTL k
    SET k y GET KEEPTTL
    @approx:1 TTL k
    SET k z GET
    TTL k
    SET n 1
    SET n 2 GET
    SET n 3 GET GET
""")
case("set expiry options", f"""
    SET k v EX 1000
    @approx:1 TTL k
    SET k v PX 1000000
    @approx:1 TTL k
    SET k v EXAT {FAR_S}
    EXPIRETIME k
    PEXPIRETIME k
    SET k v PXAT {FAR_MS + 7}
    PEXPIRETIME k
    SET k v NX EX 10
    PEXPIRETIME k
    SET k v XX PXAT {FAR_MS}
    PEXPIRETIME k
    SET k v PXAT {FAR_MS} XX GET
    SET k v PXAT 1
    GET k
    EXISTS k
    DBSIZE
    SET k v EXAT 1 GET
    SET k v EXAT 1
    SET k v NX
""")
case.each("set syntax", """
    SET k v x
    SET k v NX XX
    SET k v XX NX
    SET k v NX NX
    SET k v GET NX XX
    SET k v EX
    SET k v PX
    SET k v EXAT
    SET k v PXAT
    SET k v EX 10 PX 10
    SET k v EX 10 EX 10
    SET k v PX 10 EX 10
    SET k v EX 10 EXAT 10
    SET k v EX 10 PXAT 10
    SET k v PXAT 10 EXAT 10
    SET k v EX 10 KEEPTTL
    SET k v KEEPTTL EX 10
    SET k v KEEPTTL PX 10
    SET k v KEEPTTL KEEPTTL
    SET k v EXAT 10 KEEPTTL
    SET k v PERSIST
    SET k v EX ten
    SET k v EX 1.5
    SET k v EX ""
    SET k v EX " 1"
    SET k v EX "1 "
    SET k v EX +1
    SET k v EX 01
    SET k v EX 0
    SET k v EX -1
    SET k v PX 0
    SET k v PX -1
    SET k v EXAT 0
    SET k v EXAT -1
    SET k v PXAT 0
    SET k v PXAT -1
    SET k v EX 9223372036854775807
    SET k v EX 9223372036854775
    SET k v EX 9223372036854776
    SET k v EX 9223370444846775
    SET k v PX 9223372036854775807
    SET k v EXAT 9223372036854775807
    SET k v EXAT 9223372036854775
    SET k v EXAT 9223372036854776
    SET k v PXAT 9223372036854775807
    SET k v EX 9223372036854775808
    SET k v EX -9223372036854775808
    SET k v EX -9223372036854775809
    SET k v NX EX 0
    SET k v XX EX 0
    SET k v GET EX 0
    SET k v BOGUS 10
    SET k v NX bogus
    SET k v NX GET XX
    SET k v EX NX
    SET k v GET GET
""", before="SET k old", after="GET k\nTTL nothing")
case("a failed set leaves everything", f"SET k old PXAT {FAR_MS}", "SET k new EX 0", "SET k new EX ten",
     "SET k new NX",
     "SET k new NX XX", "GET k", "PEXPIRETIME k")
case("setnx", "SETNX k v", "SETNX k w", "GET k", "SETNX e \"\"", "SETNX e x", "GET e")
case("setex psetex", """
    SETEX k 1000 v
    @approx:1 TTL k
    GET k
    PSETEX k 1000000 w
    @approx:1 TTL k
    GET k
    SETEX k 10 v
    SET k x
    TTL k
""")
case.each("setex errors", """
    SETEX k 0 v
    SETEX k -1 v
    SETEX k ten v
    SETEX k 1.5 v
    SETEX k "" v
    SETEX k 9223372036854775807 v
    SETEX k 9223372036854775808 v
    SETEX k 9223372036854775 v
    SETEX k 9223372036854776 v
    PSETEX k 0 v
    PSETEX k -1 v
    PSETEX k ten v
    PSETEX k 9223372036854775807 v
    PSETEX k 9223372036854775808 v
""", after="EXISTS k")
case("getset", "GETSET k v", "GETSET k w", f"PEXPIREAT k {FAR_MS}", "GETSET k 5", "TTL k", "GETSET k 6",
     "GET k")
case("getdel", f"SET k v PXAT {FAR_MS}", "GETDEL k", "GETDEL k", "EXISTS k", "SET k 5", "GETDEL k", "DBSIZE")
case("getex", f"""
    SET k v
    GETEX k
    TTL k
    GETEX k EX 1000
    @approx:1 TTL k
    GETEX k PX 2000000
    @approx:1 TTL k
    GETEX k
    @approx:1 TTL k
    GETEX k EXAT {FAR_S}
    PEXPIRETIME k
    GETEX k PXAT {FAR_MS + 5}
    PEXPIRETIME k
    GETEX k PERSIST
    TTL k
    GETEX k PERSIST
    GETEX k PXAT 1
    EXISTS k
    SET k v
    GETEX k EXAT 1
    GET k
    GETEX nothing EX 10
    GETEX nothing EX 0
""")
case.each("getex errors", """
    GETEX k EX
    GETEX k PX
    GETEX k EXAT
    GETEX k PXAT
    GETEX k EX 0
    GETEX k EX -1
    GETEX k PX 0
    GETEX k EXAT 0
    GETEX k PXAT -5
    GETEX k EX ten
    GETEX k EX 9223372036854775807
    GETEX k EX 9223372036854776
    GETEX k PX 9223372036854775807
    GETEX k EXAT 9223372036854776
    GETEX k EX 10 PX 10
    GETEX k EX 10 PERSIST
    GETEX k PERSIST EX 10
    GETEX k PERSIST PERSIST
    GETEX k KEEPTTL
    GETEX k NX
    GETEX k GET
    GETEX k BOGUS
    GETEX k EX 10 20
""", before="SET k v", after="GET k\nTTL k")

# -- many keys -----------------------------------------------------------------------------------------------
case("mget mset", """
    MSET a 1 b two c ""
    MGET a b c d a
    MSET a 1 a 2
    GET a
    MSET a x a y a z
    GET a
    MGET d
    SET t v EX 100
    MSET t w
    TTL t
""")
case("msetnx", """
    MSETNX a 1 b 2
    MSETNX b 3 c 4
    MGET a b c
    MSETNX c 1 c 2
    GET c
    MSETNX d 1 a 2
    EXISTS d
""")
case("mget of many", ["MSET", *[f"k{n}" for n in range(2000)]], ["MGET", *[f"k{n}" for n in range(2000)]],
     "DBSIZE")

# -- parts of a value ----------------------------------------------------------------------------------------
case("append", """
    APPEND k a
    OBJECT ENCODING k
    APPEND k bc
    GET k
    APPEND k ""
    SET n 12
    OBJECT ENCODING n
    APPEND n 3
    OBJECT ENCODING n
    INCR n
    OBJECT ENCODING n
    GET n
    APPEND nothing ""
    EXISTS nothing
    OBJECT ENCODING nothing
    PEXPIREAT k 33177117420000
    APPEND k x
    PEXPIRETIME k
""")
case("append many times", "SET k x", *[["APPEND", "k", "0123456789" * n] for n in range(1, 60)], "STRLEN k",
     "GET k")
_RANGES = [(0, 0), (0, 3), (0, -1), (-3, -1), (-1, -3), (5, 3), (2, 100), (100, 200), (-100, 3), (-100, -50),
     (-100, 100),
           (0, -100), (11, 11), (10, 11), (-1, 0), (-11, -11), (0, 2**63 - 1), (-(2**63), 2**63 - 1),
           (-(2**63), -(2**63)),
           (2**63 - 1, 2**63 - 1)]
for command in ("GETRANGE", "SUBSTR"):
    case(f"{command.lower()} indexes", ["SET", "k", "Hello World"], *[[command, "k", a, b] for a,
         b in _RANGES])
    case(f"{command.lower()} on an integer", ["SET", "k", "-1234567"], *[[command, "k", a, b] for a,
         b in _RANGES])
    case.each(f"{command.lower()} errors", f"""
        {command} k a 1
        {command} k 0 b
        {command} k 1.5 2
        {command} k 9223372036854775808 1
        {command} k "" 1
        {command} k 0 " 1"
        {command} nothing a 1
        {command} nothing 0 1
    """, before="SET k Hello")
case("setrange", r"""
    SETRANGE k 5 world
    GET k
    SETRANGE k 0 hello
    GET k
    SETRANGE k 3 ""
    SETRANGE k 100 ""
    STRLEN k
    SETRANGE k 20 end
    GET k
    SETRANGE nothing 10 ""
    EXISTS nothing
    SET n 1234
    SETRANGE n 1 9
    GET n
    OBJECT ENCODING n
    PEXPIREAT k 33177117420000
    SETRANGE k 0 J
    PEXPIRETIME k
    SETRANGE k 1 "\x00\xff"
    GET k
    SETRANGE zero 0 a
    OBJECT ENCODING zero
""")
case.each("setrange errors", """
    SETRANGE k -1 v
    SETRANGE k a v
    SETRANGE k 1.5 v
    SETRANGE k 536870912 v
    SETRANGE k 536870911 vv
    SETRANGE k 9223372036854775807 v
    SETRANGE k 9223372036854775800 vvvvvvvvvvv
    SETRANGE k 9223372036854775808 v
    SETRANGE k -9223372036854775808 v
    SETRANGE nothing -1 ""
    SETRANGE nothing -1 v
    SETRANGE nothing 536870912 ""
    SETRANGE nothing 536870912 v
    SETRANGE nothing 4294967296 v
""", before="SET k hello", after="GET k\nEXISTS nothing")
case("proto-max-bulk-len bounds a value", "CONFIG SET proto-max-bulk-len 1048576", "SETRANGE k 1048575 v",
     "SETRANGE k 1048576 v",
     "SETRANGE k 1048575 vv", "STRLEN k", "APPEND k v", "STRLEN k", "SETRANGE k 0 v")
case("a sparse value of 8 MB", "SETRANGE k 8388607 x", "STRLEN k", "GETRANGE k 8388600 -1", "GETRANGE k 0 10",
     "DEL k")
case("strlen", "SET k hello", "STRLEN k", "SET k 12345", "STRLEN k", "SET k -1", "STRLEN k", "SET k \"\"",
     "STRLEN k")

# -- encodings -----------------------------------------------------------------------------------------------
for text in ("0", "1", "-1", "9999", "10000", "10001", "-0", "00", "01", "+1", " 1", "1 ", "1.0", "1e5", "",
     "-", "a",
             "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809",
             "12345678901234567890", "0x10", "1\n", "x" * 44, "x" * 45, "1" * 20, "1" * 44, "1" * 45):
    case(f"encoding of {text!r}", ["SET", "k", text], ["OBJECT", "ENCODING", "k"], ["GET", "k"], ["STRLEN",
         "k"],
         ["SETNX", "n", text], ["OBJECT", "ENCODING", "n"], ["GETSET", "n", text], ["OBJECT", "ENCODING",
         "n"],
         ["MSET", "m", text], ["OBJECT", "ENCODING", "m"], ["COPY", "m", "copy"], ["OBJECT", "ENCODING",
         "copy"],
         ["RENAME", "m", "r"], ["OBJECT", "ENCODING", "r"], ["SETEX", "e", "1000", text], ["OBJECT",
         "ENCODING", "e"],
         ["SETRANGE", "r", "0", text], ["OBJECT", "ENCODING", "r"], ["INCR", "k"], ["GET", "k"])

# -- LCS -----------------------------------------------------------------------------------------------------
case("lcs", """
    MSET a ohmytext b mynewtext
    LCS a b
    LCS a b LEN
    LCS a b IDX
    LCS a b IDX LEN
    LCS a b LEN IDX
    LCS a b IDX MINMATCHLEN 4
    LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
    LCS a b IDX WITHMATCHLEN
    LCS a b IDX MINMATCHLEN 0
    LCS a b IDX MINMATCHLEN -5
    LCS a b IDX MINMATCHLEN 100
    LCS a b MINMATCHLEN 4
    LCS a b LEN MINMATCHLEN 4
    LCS a b WITHMATCHLEN
    LCS b a IDX WITHMATCHLEN
    LCS a a
    LCS a a IDX WITHMATCHLEN
    LCS a nothing
    LCS nothing a LEN
    LCS nothing nothing IDX
    LCS nothing nothing2 IDX WITHMATCHLEN
    SET e ""
    LCS a e
    LCS e e IDX
    MSET n 123456 m 3456
    LCS n m
    LCS n m IDX WITHMATCHLEN
""")
_DNA_A = (
    "CACCTTCCCAGGTAACAAACCAACCAACTTTCGATCTCTTGTAGATCTGTTCTCTAAACGAACTTTAAAATCTGT"
    "GTGGCTGTCACTCGGCTGCATGCTTAGTGCACTCACG"
)
_DNA_B = (
    "ATTAAAGGTTTATACCTTCCCAGGTAACAAACCAACCAACTTTCGATCTCTTGTAGATCTGTTC"
    "TCTAAACGAACTTTAAAATCTGTGTGGCTGTCACTCGGCTGCATGCTTAGTGCACTC"
)
case("lcs of DNA", f"MSET s {_DNA_A} t {_DNA_B}", "LCS s t", "LCS s t LEN", "LCS s t IDX",
     "LCS s t IDX WITHMATCHLEN", "LCS s t IDX MINMATCHLEN 5 WITHMATCHLEN")
case("lcs ties and repeats", r"""
    MSET a abab b baba c aaaa d aa e "a\x00b" f "\x00"
    LCS a b
    LCS a b IDX WITHMATCHLEN
    LCS c d
    LCS c d IDX WITHMATCHLEN
    LCS d c IDX WITHMATCHLEN
    LCS e f
    LCS e f IDX
""")
case.each("lcs errors", """
    LCS a b BOGUS
    LCS a b MINMATCHLEN
    LCS a b IDX MINMATCHLEN
    LCS a b IDX MINMATCHLEN x
    LCS a b IDX MINMATCHLEN 1.5
    LCS a b LEN LEN
    LCS a b IDX IDX
    LCS a b IDX LEN WITHMATCHLEN
""", before="MSET a ohmytext b mynewtext")
