"""The hash commands that redis-server 7.0 has, in both encodings. Expiry of fields is tested in tests/unit/commands."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("hashes")
CASES = case.cases

LONG = "x" * 65  # one byte more than the compact form takes
SMALL = "CONFIG SET hash-max-listpack-entries 3 hash-max-listpack-value 8"

# -- arity, types, absent keys ---------------------------------------------------------------------------------------
case.each("arity", """
    HSET
    HSET h
    HSET h f
    HSET h f v g
    HMSET
    HMSET h f
    HMSET h f v g
    HSETNX h f
    HSETNX h f v x
    HGET h
    HGET h f g
    HMGET h
    HDEL h
    HLEN
    HLEN h x
    HSTRLEN h
    HSTRLEN h f x
    HEXISTS h
    HEXISTS h f x
    HINCRBY h f
    HINCRBY h f 1 x
    HINCRBYFLOAT h f
    HINCRBYFLOAT h f 1 x
    HKEYS
    HKEYS h x
    HVALS
    HVALS h x
    HGETALL
    HGETALL h x
    HRANDFIELD
    HSCAN
    HSCAN h
""", before="HSET h f v", after="HGETALL h\nHGETALL h2")
case.each("wrong type", """
    HSET s f v
    HSET s f v g
    HMSET s f v
    HSETNX s f v
    HGET s f
    HMGET s f g
    HDEL s f
    HLEN s
    HSTRLEN s f
    HEXISTS s f
    HINCRBY s f 1
    HINCRBY s f x
    HINCRBYFLOAT s f 1
    HINCRBYFLOAT s f x
    HINCRBYFLOAT s f inf
    HKEYS s
    HVALS s
    HGETALL s
    HRANDFIELD s
    HRANDFIELD s 1
    HRANDFIELD s 0
    HRANDFIELD s x
    HRANDFIELD s 1 BAD
    HRANDFIELD s 1 WITHVALUES
    HSCAN s 0
    HSCAN s x
    HSCAN s 0 BAD
""", before="SET s text", after="GET s")
case.each("absent", """
    HGET h f
    HMGET h f g f
    HDEL h f g
    HLEN h
    HSTRLEN h f
    HEXISTS h f
    HKEYS h
    HVALS h
    HGETALL h
    HRANDFIELD h
    HRANDFIELD h 0
    HRANDFIELD h 5
    HRANDFIELD h -5
    HRANDFIELD h 5 WITHVALUES
    HRANDFIELD h 5 BAD
    HSCAN h 0
    HSCAN h 17
    HSCAN h 0 BAD
    HSCAN h 0 COUNT 0
    HSCAN h bad
""", after="EXISTS h")
case.each("strings' commands on a hash", """
    GET h
    SET h v NX
    SET h v
    APPEND h v
    INCR h
    GETDEL h
    MGET h
    STRLEN h
    TYPE h
    OBJECT ENCODING h
    OBJECT REFCOUNT h
    EXPIRE h 100
    DEL h
    UNLINK h
    RENAME h h2
    MOVE h 1
    TOUCH h
    EXISTS h
    PERSIST h
""", before="HSET h f v", after="TYPE h\nHGETALL h2")
case("names are case-insensitive", "hSeT h a 1", "hgetall h", "HRANDFIELD h 1 withVALUES", "HSCAN h 0 match * count 5")

# -- setting, both encodings -----------------------------------------------------------------------------------------
for name, before in (("listpack", []), ("hashtable", ["CONFIG SET hash-max-listpack-entries 0"])):
    case(f"set and get, {name}", *before, """
        HSET h a 1 b two c ""
        OBJECT ENCODING h
        HLEN h
        HGET h a
        HGET h b
        HGET h c
        HGET h d
        HSET h a 2
        HSET h a 2 d 4 a 3
        HSET h e 5 e 6
        HGET h e
        HGET h a
        HMSET h f 1 g 2 f 3
        @pairs HGETALL h
        @unordered HKEYS h
        @unordered HVALS h
        HMGET h a nothing b a e
        HEXISTS h a
        HEXISTS h x
        HSTRLEN h a
        HSTRLEN h b
        HSTRLEN h c
        HSTRLEN h x
        HSETNX h a 9
        HSETNX h new 9
        HGET h new
        HDEL h a x b a
        HLEN h
        HDEL h c d e f g new
        EXISTS h
        TYPE h
        HLEN h
    """)
    case(f"numbers read back as they were, {name}", *before, """
        HSET h a 0 b -0 c 007 d 127 e 128 f -1 g 4095 h 4096 i -4096 j -4097
        HMGET h a b c d e f g h i j
        HSET h a 32767 b -32768 c 8388607 d -8388608 e 2147483647 f -2147483648
        HSET h g 9223372036854775807 h -9223372036854775808 i 9223372036854775808 j " 1"
        HMGET h a b c d e f g h i j
        HSET h 12 x -7 y 9223372036854775807 z
        HMGET h 12 -7 9223372036854775807 012
        HSTRLEN h b
        HSTRLEN h h
        HEXISTS h 12
        HDEL h 12 012
        @pairs HGETALL h
    """)
    case(f"binary and empty, {name}", *before, r"""
        HSET "" "" ""
        HGET "" ""
        HEXISTS "" ""
        HSTRLEN "" ""
        HSET "\x00\r\n" "\xff\x00" "\r\n" "\x00" "a b"
        @pairs HGETALL "\x00\r\n"
        HGET "\x00\r\n" "\xff\x00"
        HDEL "\x00\r\n" "\xff\x00" "\x00"
        EXISTS "\x00\r\n"
        HGETALL ""
        HKEYS ""
        HVALS ""
        HDEL "" ""
        EXISTS ""
    """)
    case(f"hincrby, {name}", *before, """
        HINCRBY h n 5
        HINCRBY h n -7
        HINCRBY h n 0
        HGET h n
        HSET h t text big 9223372036854775807 low -9223372036854775808 sp " 1" f 1.5 e ""
        HINCRBY h t 1
        HINCRBY h big 1
        HINCRBY h low -1
        HINCRBY h low 1
        HINCRBY h sp 1
        HINCRBY h f 1
        HINCRBY h e 1
        HINCRBY h n x
        HINCRBY h n 1.5
        HINCRBY h n 9223372036854775808
        HINCRBY h n ""
        HINCRBY h big -9223372036854775808
        HINCRBY h new -9223372036854775808
        HINCRBY fresh n -9223372036854775808
        HINCRBY fresh2 n x
        EXISTS fresh2
        @pairs HGETALL h
    """)
    case(f"hincrbyfloat, {name}", *before, """
        HINCRBYFLOAT h n 5
        HINCRBYFLOAT h n 0.1
        HINCRBYFLOAT h n -0.1
        HGET h n
        HINCRBYFLOAT h n 1e5
        HINCRBYFLOAT h n -1.5e-3
        HSET h t text i 12 sp " 1" e "" inf inf nan nan big 1e4930
        HINCRBYFLOAT h t 1
        HINCRBYFLOAT h i 1
        HINCRBYFLOAT h i 0.5
        HINCRBYFLOAT h sp 1
        HINCRBYFLOAT h e 1
        HINCRBYFLOAT h nan 1
        HINCRBYFLOAT h inf 1
        HINCRBYFLOAT h n x
        HINCRBYFLOAT h n inf
        HINCRBYFLOAT h n -inf
        HINCRBYFLOAT h n nan
        HINCRBYFLOAT h n ""
        HINCRBYFLOAT h n " 1"
        HINCRBYFLOAT h n 1e5000
        HINCRBYFLOAT h new 3.0
        HINCRBYFLOAT h new 0
        HINCRBYFLOAT h new 1e20
        HGET h new
        HINCRBY h new 1
        HINCRBYFLOAT fresh n 0.30000000000000004
        HINCRBYFLOAT fresh2 n x
        HINCRBYFLOAT fresh3 n inf
        EXISTS fresh fresh2 fresh3
        @pairs HGETALL h
    """)

# -- when the compact form ends --------------------------------------------------------------------------------------
case("encoding by number of fields", SMALL, """
    HSET h a 1 b 2 c 3
    OBJECT ENCODING h
    HSET h d 4
    OBJECT ENCODING h
    HDEL h a b c
    OBJECT ENCODING h
    HSET g a 1 b 2 c 3 d 4
    OBJECT ENCODING g
    HSET i a 1 a 2 a 3 a 4
    OBJECT ENCODING i
    HSET j a 1 b 2 c 3
    HSET j c 4
    OBJECT ENCODING j
    HSETNX j d 5
    OBJECT ENCODING j
    HINCRBY k a 1
    HINCRBY k b 1
    HINCRBY k c 1
    OBJECT ENCODING k
    HINCRBY k d 1
    OBJECT ENCODING k
    HINCRBYFLOAT l a 1
    HINCRBYFLOAT l b 1
    HINCRBYFLOAT l c 1
    HINCRBYFLOAT l d 1
    OBJECT ENCODING l
    HMSET m a 1 b 2 c 3 d 4
    OBJECT ENCODING m
""")
case("encoding by length", SMALL, """
    HSET h a 12345678
    OBJECT ENCODING h
    HSET h a 123456789
    OBJECT ENCODING h
    HSET g 123456789 a
    OBJECT ENCODING g
    HSET i a 1 b 2
    HSETNX i a 123456789
    OBJECT ENCODING i
    HSETNX i c 123456789
    OBJECT ENCODING i
    HSET j a 1
    HINCRBY j a 12345678
    OBJECT ENCODING j
    HINCRBY j a 123456789
    OBJECT ENCODING j
    HINCRBY k 123456789 1
    OBJECT ENCODING k
    HINCRBYFLOAT l a 0.1234567
    OBJECT ENCODING l
    HINCRBYFLOAT l 123456789 1
    OBJECT ENCODING l
    HSET m a 1 long 123456789 b 2 a 3
    OBJECT ENCODING m
    @pairs HGETALL m
""")
case("encoding when the limits move", """
    HSET h a 1 b 2 c 3
    CONFIG SET hash-max-listpack-entries 2
    OBJECT ENCODING h
    HGET h a
    HINCRBY h zzz x
    OBJECT ENCODING h
    HSETNX h a 1
    OBJECT ENCODING h
    HDEL h nothing
    OBJECT ENCODING h
    HSET h a 2
    OBJECT ENCODING h
    CONFIG SET hash-max-listpack-entries 100 hash-max-listpack-value 0
    HSET h a 3
    OBJECT ENCODING h
    HSET g a 1
    OBJECT ENCODING g
    HSET i "" ""
    OBJECT ENCODING i
    CONFIG SET hash-max-listpack-value 1gb
    OBJECT ENCODING i
""", ["HSET", "j", "a", "x" * 100_000], "OBJECT ENCODING j\nHSTRLEN j a", ["HSET", "j", "b", "y" * 20_000], "HGET j b")
case("encoding names of old", "CONFIG SET hash-max-ziplist-entries 1", "HSET h a 1", "OBJECT ENCODING h", "HSET h b 1",
     "OBJECT ENCODING h", "CONFIG GET hash-max-listpack-entries")
case("default limits", ["HSET", "h", *(word for i in range(512) for word in (f"f{i}", i))], "OBJECT ENCODING h",
     "HSET h one 1", "OBJECT ENCODING h", "HLEN h", "@pairs HGETALL h", "@unordered HKEYS h", "@unordered HVALS h",
     ["HSET", "v", "a", "x" * 64], "OBJECT ENCODING v", ["HSET", "v", "b", LONG], "OBJECT ENCODING v",
     ["HSET", "w", "x" * 64, "a"], "OBJECT ENCODING w", ["HSET", "w", LONG, "a"], "OBJECT ENCODING w")
for size in (0, 1, 63, 64, 65, 255, 256, 1000, 1024, 4095, 4096, 16383, 16384, 65536, 1 << 20):
    value = (bytes(range(256)) * (size // 256 + 1))[:size]
    case(f"value of {size} bytes", ["HSET", "h", "f", value], "HGET h f\nHSTRLEN h f\nHGETALL h\nHVALS h\nHMGET h f g",
         ["HSET", "h", "f", value + b"x"], "HGET h f", ["HSETNX", "h", "g", value], "HGET h g\n@pairs HGETALL h",
         "HDEL h f\nHGETALL h\nOBJECT ENCODING h\nCOPY h h2\nHGETALL h2\nHSET h g short\nHGETALL h\nHGETALL h2")
    case(f"field of {size} bytes", ["HSET", "h", value, "1"], ["HGET", "h", value], ["HINCRBY", "h", value, 5],
         "HGETALL h\nOBJECT ENCODING h", ["HEXISTS", "h", value + b"x"], ["HDEL", "h", value], "EXISTS h")

# -- copying, renaming, expiry of the key ----------------------------------------------------------------------------
case("copies are their own", SMALL, """
    HSET h a 1 b 2
    COPY h g
    HSET g a 9 c 3
    HGETALL h
    HGETALL g
    HSET t a 1 b 2 c 3 d 4
    COPY t u
    OBJECT ENCODING u
    HDEL u a
    HSET u b 99
    @pairs HGETALL t
    @pairs HGETALL u
    COPY t h REPLACE
    @pairs HGETALL h
    RENAME t v
    @pairs HGETALL v
    MOVE v 1
    EXISTS v
    SELECT 1
    @pairs HGETALL v
    SET v text
    GET v
    DBSIZE
""")
case("digests", SMALL, """
    HSET h a 1 b 2
    DEBUG DIGEST-VALUE h none
    HINCRBYFLOAT h a 0.5
    DEBUG DIGEST-VALUE h
    HSET h c 3 d 4 e -0
    DEBUG DIGEST-VALUE h
    PEXPIREAT h 33177117420000
    DEBUG DIGEST-VALUE h
    DEBUG DIGEST
""")
case("a write keeps the key's expiry", """
    HSET h a 1
    PEXPIREAT h 33177117420000
    HSET h b 2
    HINCRBY h a 1
    HDEL h b
    HSETNX h c 1
    PEXPIRETIME h
    PEXPIREAT h 1
    HGETALL h
    HSET h a 1
    PEXPIRETIME h
""")

# -- HRANDFIELD ------------------------------------------------------------------------------------------------------
case.each("hrandfield arguments", """
    HRANDFIELD h x
    HRANDFIELD h 1.5
    HRANDFIELD h ""
    HRANDFIELD h 1 BAD
    HRANDFIELD h x BAD
    HRANDFIELD h 1 WITHVALUES BAD
    HRANDFIELD h 1 WITHVALUES WITHVALUES
    HRANDFIELD h 9223372036854775807
    HRANDFIELD h 9223372036854775808
    HRANDFIELD h -9223372036854775808
    HRANDFIELD h -9223372036854775809
    HRANDFIELD h 9223372036854775807 WITHVALUES
    HRANDFIELD h 4611686018427387903 WITHVALUES
    HRANDFIELD h 4611686018427387904 WITHVALUES
    HRANDFIELD h -9223372036854775807 WITHVALUES
    HRANDFIELD h -9223372036854775807 BAD
    HRANDFIELD h 0
    HRANDFIELD h 0 WITHVALUES
    HRANDFIELD h 0 BAD
    HRANDFIELD h -0
""", before="HSET h f v")
for name, before in (("listpack", []), ("hashtable", ["CONFIG SET hash-max-listpack-entries 0"])):
    case(f"hrandfield, {name}", *before, """
        HSET h a 1
        HRANDFIELD h
        HRANDFIELD h 1
        HRANDFIELD h 5
        HRANDFIELD h -3
        HRANDFIELD h 1 WITHVALUES
        HRANDFIELD h 5 WITHVALUES
        HRANDFIELD h -3 WITHVALUES
        HSET h b 2 c 3 d 4 e 5
        @shape HRANDFIELD h
        @shape HRANDFIELD h 2
        @shape HRANDFIELD h 4
        @unordered HRANDFIELD h 5
        @unordered HRANDFIELD h 6
        @shape HRANDFIELD h -7
        @shape HRANDFIELD h 2 WITHVALUES
        @shape HRANDFIELD h 4 WITHVALUES
        @unordered HRANDFIELD h 5 WITHVALUES
        @shape HRANDFIELD h -7 WITHVALUES
    """)

# -- HSCAN -----------------------------------------------------------------------------------------------------------
case.each("hscan arguments", """
    HSCAN h 0
    HSCAN h 5
    HSCAN h x
    HSCAN h -1
    HSCAN h ""
    HSCAN h 18446744073709551615
    HSCAN h 18446744073709551616
    HSCAN h 0 COUNT
    HSCAN h 0 COUNT 0
    HSCAN h 0 COUNT -1
    HSCAN h 0 COUNT x
    HSCAN h 0 COUNT 1
    HSCAN h 0 MATCH
    HSCAN h 0 MATCH *
    HSCAN h 0 MATCH a*
    HSCAN h 0 MATCH 1?
    HSCAN h 0 MATCH nothing
    HSCAN h 0 MATCH a* MATCH b*
    HSCAN h 0 COUNT 1 MATCH a* COUNT 2
    HSCAN h 0 TYPE hash
    HSCAN h 0 BAD
    HSCAN h 0 BAD x
""", before="HSET h a 1 ab 2 b 3 12 4 13 x")
case("hscan of a table", "CONFIG SET hash-max-listpack-entries 0", """
    HSET h a 1
    HSCAN h 0
    HSCAN h 0 MATCH a
    HSCAN h 0 MATCH b
    HSCAN h 0 COUNT 1000 MATCH ""
    HSCAN h x
    HSCAN h 0 COUNT 0
""")

# -- transactions and what watches -----------------------------------------------------------------------------------
case("watched hashes", """
    HSET h a 1
    WATCH h
    MULTI
    c2> HSET h a 1
    HGET h a
    EXEC
    WATCH h
    MULTI
    c2> HDEL h nothing
    c2> HSETNX h a 5
    c2> HGETALL h
    HGET h a
    EXEC
    WATCH h
    c2> HINCRBY h a 0
    MULTI
    PING
    EXEC
    WATCH h
    c2> HDEL h a
    MULTI
    PING
    EXEC
""")
case("queued", "MULTI", "HSET h a 1 b 2", "HINCRBY h a 5", "HGETALL h", "HDEL h a b", "HGET h", "EXISTS h", "EXEC",
     "MULTI", "HSET h a 1 b", "HSET h a 1 b 2", "HINCRBY h a 5", "HGETALL h", "HDEL h a b", "EXISTS h", "EXEC")
