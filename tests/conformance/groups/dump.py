"""DUMP and RESTORE of strings: payloads byte by byte, options, errors, and payloads that are not sound."""

from __future__ import annotations

from autocache.codec.rdb import framed, write_text
from tests.conformance.model import Group, command

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
