"""DUMP and RESTORE: payloads byte by byte, those of older versions, options, errors, and payloads that are not sound.

Random contents of all types go to and fro between the servers in test_dumps.py.
"""

from __future__ import annotations

import struct

from autocache.codec.rdb import framed, write_number, write_size, write_text
from autocache.types.intset import Intset
from autocache.types.listpack import Pack
from tests.conformance.model import Group, Step, command
from tests.fuzz.payloads import VALUES

# The tables are filled by hand; one argument a line would hide them.
# fmt: off


case = Group("dump")
CASES = case.cases

HELLO = framed(b"\x00" + write_text(b"hello"))

TEXTS = (
    b"", b"a", b"hello", b"x" * 20, b"x" * 21, b"x" * 63, b"x" * 64, b"x" * 300, b"x" * 20_000,
    bytes(range(256)), bytes(range(256)) * 70, b"abcabcabcabcabcabcabcabc", b"abcdefghijklmnopqrstuvwxyz",
    b"\x00" * 40, b"-", b"-0", b"007", b" 1", b"1 ", b"1.5", b"nan",
    *(b"%d" % number for number in (
        0, 1, -1, 127, 128, -128, -129, 32767, 32768, -32768, -32769, 2**31 - 1, 2**31, -2**31, -2**31 - 1,
        2**63 - 1, -2**63, 12345678901, 10**19,
    )),
)

case.each("arity", """
    DUMP
    DUMP a b
    RESTORE
    RESTORE a
    RESTORE a 0
""")
case("nothing to dump", "DUMP nothing")
for text in TEXTS:
    shown = f"{text[:24]!r} of {len(text)}"
    case(f"dump {shown}", command("SET", "k", text), "DUMP k", "GET k")
    payload = framed(b"\x00" + write_text(text))
    plain = framed(b"\x00" + write_text(text, compress=False))
    case(f"restore {shown}", command("RESTORE", "k", 0, payload), "GET k", "OBJECT ENCODING k", "DUMP k", "TTL k")
    case(f"restore uncompressed {shown}", command("RESTORE", "k", 0, plain), "GET k", "DUMP k")
case(
    "dump what was changed in place", "SET k 12", "APPEND k 3", "DUMP k", "SETRANGE k 5 x", "DUMP k",
    "INCRBYFLOAT n 1.5", "DUMP n", "INCRBYFLOAT n 1.5", "DUMP n",
)
case(
    "busy key", "SET k v", command("RESTORE", "k", 0, HELLO), command("RESTORE", "k", "x", b"y"), "GET k",
    command("RESTORE", "k", 0, HELLO, "REPLACE"), "GET k",
)
for options in (
    ("REPLACE",), ("replace", "ABSTTL"), ("IDLETIME", "10"), ("IDLETIME",), ("IDLETIME", "-1"), ("IDLETIME", "x"),
    ("FREQ", "10"), ("FREQ",), ("FREQ", "-1"), ("FREQ", "256"), ("FREQ", "x"), ("IDLETIME", "1", "FREQ", "1"),
    ("FREQ", "1", "IDLETIME", "1"), ("IDLETIME", "1", "IDLETIME", "2"), ("BOGUS",), ("REPLACE", "BOGUS"), ("XX",),
    ("ABSTTL", "IDLETIME", "9223372036854775808"),
):
    case(f"options {' '.join(options)}", command("RESTORE", "k", 0, HELLO, *options), "GET k")
for ttl in ("-1", "x", "", "1.5", "9223372036854775808", "-9223372036854775808"):
    case(f"ttl {ttl}", command("RESTORE", "k", ttl, HELLO), "GET k", command("RESTORE", "k", ttl, b"bad"))
case("ttl", command("RESTORE", "k", 100_000, HELLO), "@approx:1 TTL k")
case(
    "absttl", command("RESTORE", "k", 4_000_000_000_000, HELLO, "ABSTTL"), "PEXPIRETIME k",
    command("RESTORE", "k", 0, HELLO, "ABSTTL", "REPLACE"), "PEXPIRETIME k",
    command("RESTORE", "k", 2**63 - 1, HELLO, "ABSTTL", "REPLACE"), "EXISTS k",
)
case("a sum that is too large", command("RESTORE", "k", 2**63 - 1, HELLO), "EXISTS k")
case(
    "already expired", command("RESTORE", "k", 1, HELLO, "ABSTTL"), "EXISTS k", "SET k v",
    command("RESTORE", "k", 1, HELLO, "ABSTTL", "REPLACE"), "EXISTS k", command("RESTORE", "k", 1, b"bad", "ABSTTL"),
)
case(
    "a watched key", "SET k v", "WATCH k", command("RESTORE", "k", 0, HELLO, "REPLACE", connection="c2"), "MULTI",
    "GET k", "EXEC",
)
case(
    "idle time", "CONFIG SET maxmemory-policy allkeys-lru", command("RESTORE", "k", 0, HELLO, "IDLETIME", 1000),
    "@approx:1 OBJECT IDLETIME k", command("RESTORE", "k", 0, HELLO, "REPLACE", "FREQ", 100),
    "@approx:1 OBJECT IDLETIME k",
)
case(
    "frequency", "CONFIG SET maxmemory-policy allkeys-lfu", command("RESTORE", "k", 0, HELLO, "FREQ", 100),
    "OBJECT FREQ k", command("RESTORE", "k", 0, HELLO, "REPLACE", "FREQ", 0), "OBJECT FREQ k",
    command("RESTORE", "k", 0, HELLO, "REPLACE", "IDLETIME", 100), "OBJECT FREQ k",
    command("RESTORE", "k", 0, HELLO, "REPLACE"), "OBJECT FREQ k",
)

UNSOUND = {
    "empty": b"",
    "short": HELLO[:9],
    "only a footer": framed(b""),
    "cut": HELLO[1:],
    "checksum": HELLO[:-1] + bytes([HELLO[-1] ^ 1]),
    "newer version": HELLO[:-10] + b"\x0b" + HELLO[-9:],
    "no type": framed(b"\x00"),
    "unknown type": framed(b"\x63\x01a"),
    "opcode": framed(b"\xff"),
    "string too long": framed(b"\x00\x7f\xffabc"),
    "unknown form": framed(b"\x00\xc4abcdefgh"),
    "lzf too long": framed(b"\x00\xc3\x05\x20\x00a"),
    "lzf wrong": framed(b"\x00\xc3\x03\x20\x20\x05\x00"),
    "lzf short": framed(b"\x00\xc3\x02\x05\x00a"),
    "bytes after the value": framed(b"\x00\x01atail"),
}
for name, payload in UNSOUND.items():
    case(f"unsound, {name}", command("RESTORE", "k", 0, payload), "GET k")


# --- collections


def packed(*elements: bytes | int) -> bytes:
    """A listpack in the RDB form."""
    pack = Pack()
    for element in elements:
        pack.append(element)
    return write_text(pack.raw())


def intset(*members: int) -> bytes:
    made = Intset()
    for member in members:
        made.add(member)
    return write_text(made.raw())


def texts(*elements: bytes) -> bytes:
    """Strings in the RDB form, one after the other."""
    return b"".join(map(write_text, elements))


def restore(kind: int, *parts: bytes) -> Step:
    return command("RESTORE", "k", 0, framed(bytes([kind]) + b"".join(parts)), "REPLACE")


READ = ("TYPE k", "OBJECT ENCODING k", "@unordered SORT k BY nosort", "@pairs HGETALL k", "ZRANGE k 0 -1 WITHSCORES",
        "XRANGE k - +", "@approx:1 XINFO STREAM k FULL")
# Those whose elements have no order are dumped in test_dumps.py only.
for made in (
    "RPUSH k a", "RPUSH k a b 1 -1 70000 hello", "LPUSH k a b c", f"RPUSH k {'x' * 9000} a {'y' * 9000}",
    "RPUSH k " + " ".join(map(str, range(5000))), "SADD k 1 2 3", "SADD k 1 70000 -5", "SADD k 1 9223372036854775807",
    "SADD k one", "HSET k a b", "HSET k a 1 b 2 c hello", f"HSET k a {'v' * 65}", "ZADD k 1 a",
    "ZADD k 1 a 2.5 b -inf c",
    f"ZADD k 1 a 2.5 b -inf c inf {'m' * 65}", "ZADD k " + " ".join(f"{n % 7} {n}" for n in range(200)),
    "XADD k 1-1 a b", "XADD k 5-5 a 1 b 2 c 3", "XGROUP CREATE k g 0 MKSTREAM",
    "XGROUP CREATE k g 0-5 MKSTREAM ENTRIESREAD 3",
    "PFADD k a b c", "GEOADD k 13.361389 38.115556 Palermo", "SETBIT k 100 1", "BITFIELD k SET u8 0 255",
):
    case(f"dump {made[:40]}", made, "DUMP k")
case(
    "dump a stream that was trimmed", *(f"XADD k {n}-0 a {n}" for n in range(1, 9)), "XDEL k 3-0", "DUMP k",
    "XTRIM k MAXLEN 4", "DUMP k", "XADD k 9-0 b 1", "DUMP k", "XSETID k 10-0 ENTRIESADDED 20 MAXDELETEDID 8-8",
    "DUMP k",
    "XTRIM k MAXLEN 0", "DUMP k",
)
case(
    "dump a list changed in its middle", "CONFIG SET list-max-listpack-size 3", "RPUSH k a b c d e f g h i", "DUMP k",
    "LINSERT k BEFORE e x", "DUMP k", "LINSERT k AFTER b y", "DUMP k", "LREM k 0 d", "DUMP k", "LSET k 1 longer",
    "DUMP k",
    "LTRIM k 1 -2", "DUMP k",
)
case(
    "a stream whose last ID went below what was deleted", "XADD k 5-0 a 1", "XADD k 6-0 a 2", "XDEL k 6-0",
    "XSETID k 5-0", "XADD k 5-5 a 3", "XRANGE k - +", "XREVRANGE k + -", "XRANGE k 5-5 5-5", "DUMP k",
)
case(
    "uncompressed", "CONFIG SET rdbcompression no", f"SET k {'a' * 100}", "DUMP k", f"RPUSH l {'a' * 100}", "DUMP l",
    "CONFIG SET rdbcompression yes", "DUMP k", "DUMP l",
)

for name, value in VALUES.items():
    case(f"a known {name}", command("RESTORE", "k", 0, framed(value)), *READ, "DEL k")
SCORES = b"".join((write_text(b"b"), write_number(2.5), write_text(b"a"), write_number(-1.0)))
KNOWN = {
    "list of strings": restore(1, write_size(3), texts(b"a", b"", b"12")),
    "list with an empty node": restore(18, write_size(2), b"\x02", packed(), b"\x02", packed(b"a")),
    "list with a plain node": restore(18, write_size(2), b"\x01", write_text(b"plain"), b"\x02", packed(b"a", 5)),
    "list with a plain number": restore(18, write_size(1), b"\x01", write_text(b"12345")),
    "list with an integer as text": restore(
        18, write_size(1), b"\x02", write_text(bytes.fromhex("0a0000000100813502ff")),
    ),
    "set of strings": restore(2, write_size(3), texts(b"a", b"b", b"1")),
    "set of integers": restore(2, write_size(3), texts(b"3", b"1", b"2")),
    "set of integers and a string": restore(2, write_size(3), texts(b"3", b"1", b"x")),
    "intset": restore(11, intset(1, 2, 3)),
    "hash of strings": restore(4, write_size(2), texts(b"a", b"b", b"c", b"")),
    "hash with a long value": restore(4, write_size(3), texts(b"a", b"b", b"c", b"x" * 65, b"d", b"e")),
    "hash listpack": restore(16, packed(b"a", b"b", 1, 2)),
    "sorted set": restore(5, write_size(2), SCORES),
    "sorted set with a long member": restore(5, write_size(1), write_text(b"m" * 65), write_number(1.0)),
    "sorted set, infinite": restore(5, write_size(2), write_text(b"m"), write_number(float("inf")), write_text(b"l"),
                                    write_number(float("-inf"))),
    "sorted set, infinite, old": restore(3, write_size(2), write_text(b"m"), b"\xfe", write_text(b"l"), b"\xff"),
    "sorted set listpack": restore(17, packed(b"a", 1, b"b", b"2.5", 3, 10)),
}
LIMITS = (
    (), ("CONFIG SET hash-max-listpack-entries 1",), ("CONFIG SET hash-max-listpack-value 0",),
    ("CONFIG SET zset-max-listpack-entries 1",), ("CONFIG SET zset-max-listpack-value 0",),
    ("CONFIG SET set-max-intset-entries 2",), ("CONFIG SET set-max-intset-entries 3",),
    ("CONFIG SET list-max-listpack-size 1",),
)
for name, step in KNOWN.items():
    case(f"load {name}", *(part for limits in LIMITS for part in (*limits, step, *READ)))
for name in (
    "hash, ziplist", "hash, zipmap", "sorted set, ziplist", "list, ziplist", "list of ziplists", "intset, 2 bytes",
):
    step = command("RESTORE", "k", 0, framed(VALUES[name]), "REPLACE")
    case(f"load {name} under limits", *(part for limits in LIMITS for part in (*limits, step, *READ)))


def id_bytes(ms: int, seq: int) -> bytes:
    return struct.pack(">QQ", ms, seq)


def old_stream(*, pending: bytes = b"\x00", consumers: bytes = b"\x00", last: int = 2) -> tuple[bytes, ...]:
    """A stream in the form of Redis 5 to 6: two entries, one of them deleted, and a group."""
    node = packed(1, 1, 1, b"f", 0, 3, 0, 0, b"v", 4, 2, 1, 0, b"w", 4)
    return (
        write_size(1), write_text(id_bytes(1, 0)), node, write_size(1), write_size(last), write_size(0), write_size(1),
        write_text(b"g"), write_size(2), write_size(0), pending, consumers,
    )


ONE_PENDING = write_size(1) + id_bytes(2, 0) + struct.pack("<Q", 1_700_000_000_000) + write_size(3)
ALICE = write_size(1) + write_text(b"alice") + struct.pack("<Q", 1_700_000_000_001)
case("load an old stream", restore(15, *old_stream()), *READ, "XINFO GROUPS k", "XADD k 3-0 f v", "DUMP k")
case(
    "load an old stream with something pending",
    restore(15, *old_stream(pending=ONE_PENDING, consumers=ALICE + write_size(1) + id_bytes(2, 0))), *READ,
    "XPENDING k g", "DUMP k", "XACK k g 2-0", "XPENDING k g", "XINFO CONSUMERS k nogroup",
)
for name, parts in {
    "pending for nobody": old_stream(pending=ONE_PENDING, consumers=ALICE + b"\x00"),
    "pending for somebody only": old_stream(consumers=ALICE + write_size(1) + id_bytes(2, 0)),
    "pending twice": old_stream(pending=write_size(2) + ONE_PENDING[1:] * 2, consumers=b"\x00"),
    "a consumer twice": old_stream(consumers=write_size(2) + (ALICE[1:] + b"\x00") * 2),
    "an end too early": old_stream()[:-1],
}.items():
    case(f"unsound stream, {name}", "CONFIG SET sanitize-dump-payload yes", restore(15, *parts), "EXISTS k")

DOUBLE = b"\x00" * 8
# None of these ends too early: redis-server reads on into the footer then, and may find what it needs there.
REFUSED: dict[str, tuple[int, tuple[bytes, ...]]] = {
    "no elements, list": (1, (write_size(0),)),
    "no elements, set": (2, (write_size(0),)),
    "no elements, hash": (4, (write_size(0),)),
    "no elements, sorted set": (5, (write_size(0),)),
    "no elements, old sorted set": (3, (write_size(0),)),
    "no nodes": (18, (write_size(0),)),
    "only empty nodes": (18, (write_size(1), b"\x02", packed())),
    "empty ziplist list": (10, (write_text(bytes.fromhex("0b0000000a0000000000ff")),)),
    "empty hash listpack": (16, (packed(),)),
    "empty sorted set listpack": (17, (packed(),)),
    "empty intset": (11, (write_text(bytes.fromhex("0200000000000000")),)),
    "empty zipmap": (9, (write_text(b"\x00\xff"),)),
    "empty plain node": (18, (write_size(1), b"\x01", b"\x00")),
    "unknown container": (18, (write_size(1), b"\x03", packed(b"a"))),
    "set member twice": (2, (write_size(2), texts(b"a", b"a"))),
    "integer member twice": (2, (write_size(2), texts(b"1", b"1"))),
    "field twice": (4, (write_size(2), texts(b"a", b"1", b"a", b"2"))),
    "field twice, the second one long": (4, (write_size(3), texts(b"a", b"1", b"a", b"x" * 70, b"c", b"d"))),
    "field twice in front of a long one": (4, (write_size(3), texts(b"a", b"1", b"a", b"2", b"c", b"x" * 70))),
    "field twice in a listpack": (16, (packed(b"a", b"1", b"a", b"2"),)),
    "field twice in a ziplist": (
        13, (write_text(bytes.fromhex("17000000130000000400000166030176030166030177ff")),),
    ),
    "odd listpack, hash": (16, (packed(b"a", b"1", b"b"),)),
    "odd listpack, sorted set": (17, (packed(b"a", 1, b"b"),)),
    "member twice": (5, (write_size(2), write_text(b"a"), DOUBLE, write_text(b"a"), DOUBLE)),
    "member twice in a listpack": (17, (packed(b"a", 1, b"a", 2),)),
    "not a number": (5, (write_size(1), write_text(b"a"), write_number(float("nan")))),
    "not a number, old": (3, (write_size(1), write_text(b"a"), b"\xfd")),
    "intset out of order": (11, (write_text(bytes.fromhex("020000000200000002000100")),)),
    "intset of odd width": (11, (write_text(bytes.fromhex("0300000001000000010000")),)),
    "listpack too short": (16, (write_text(b"\x08\x00\x00\x00\x00\x00\xff"),)),
    "7.2's set listpack": (20, (packed(b"a"),)),
    "7.2's stream": (21, (write_size(0),)),
    "Valkey's hash": (22, (write_size(1), texts(b"a", b"b"), b"\xff" * 8)),
    "module": (7, (write_size(1),)),
}
for name, (kind, parts) in REFUSED.items():
    case(f"refused, {name}", "CONFIG SET sanitize-dump-payload yes", restore(kind, *parts), "EXISTS k")
for version in (11, 79, 81):
    case(f"version {version}", command("RESTORE", "k", 0, framed(b"\x00\x01a", version)), "EXISTS k")

HEARD = ("CONFIG SET notify-keyspace-events KEAnm", "c2> @hello HELLO 3", "c2! PSUBSCRIBE __key*__:*", "c2<")
A_LIST = framed(b"\x12\x01\x02" + packed(b"a", b"b"))
case(
    "events", *HEARD, command("RESTORE", "k", 0, A_LIST), "c2> PING", command("RESTORE", "k", 0, A_LIST), "c2> PING",
    command("RESTORE", "k", 0, HELLO, "REPLACE"), "c2> PING", command("RESTORE", "k", 1, A_LIST, "REPLACE", "ABSTTL"),
    "c2> PING", command("RESTORE", "k", 1, A_LIST, "ABSTTL"), "c2> PING",
    command("RESTORE", "k", 100_000, A_LIST), "c2> PING",
)
case("somebody waits for it", "c2! BLPOP k 0", command("RESTORE", "k", 0, A_LIST), "c2<", "LRANGE k 0 -1")
case(
    "large values", "RPUSH k " + " ".join(f"element:{n}" for n in range(3000)), "DUMP k",
    "ZADD z " + " ".join(f"{n * 1.5} member:{n}" for n in range(3000)), "DUMP z",
)
