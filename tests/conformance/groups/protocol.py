"""Raw bytes: inline commands, malformed requests, limits before and after authentication, large and empty
arguments.

A protocol error makes the server close the connection, so these cases read everything up to its end
(`eof=True`).
"""

from __future__ import annotations

from tests.conformance.model import Group, Raw

# The tables are filled by hand; one argument a line would hide them.
# fmt: off


case = Group("protocol")
CASES = case.cases

PING = b"*1\r\n$4\r\nPING\r\n"

# -- what ends the connection --------------------------------------------------------------------------------
FATAL: dict[str, bytes] = {
    "multibulk count is not a number": b"*x\r\n",
    "multibulk count with a sign": b"*+1\r\n$4\r\nPING\r\n",
    "multibulk count with a space": b"* 1\r\n$4\r\nPING\r\n",
    "multibulk count too large": b"*1048577\r\n",
    "multibulk count far too large": b"*3000000000\r\n",
    "multibulk count beyond 64 bits": b"*99999999999999999999\r\n",
    "multibulk count a float": b"*1.0\r\n$4\r\nPING\r\n",
    "multibulk count beyond 32 bits": b"*2147483648\r\n",
    "expected a dollar": b"*1\r\n:4\r\nPING\r\n",
    "expected a dollar, got a letter": b"*1\r\nPING\r\n",
    "expected a dollar, got a star": b"*2\r\n*1\r\n$4\r\nPING\r\n",
    "expected a dollar, got CR": b"*1\r\n\r\n",
    "expected a dollar, got a high byte": b"*1\r\n\xff\r\n",
    "bulk length is not a number": b"*1\r\n$x\r\n",
    "bulk length is empty": b"*1\r\n$\r\n",
    "bulk length negative": b"*1\r\n$-1\r\n",
    "bulk length very negative": b"*1\r\n$-9223372036854775808\r\n",
    "bulk length too large": b"*1\r\n$536870913\r\n",
    "bulk length beyond 64 bits": b"*1\r\n$99999999999999999999\r\n",
    "bulk length with a space": b"*1\r\n$ 4\r\nPING\r\n",
    "bulk length with a sign": b"*1\r\n$+4\r\nPING\r\n",
    "bulk length with zeros": b"*1\r\n$04\r\nPING\r\n",
    "second bulk length bad": b"*2\r\n$3\r\nGET\r\n$x\r\n",
    "bulk longer than announced": b"*1\r\n$4\r\nPINGPONG\r\n",
    "bulk length line without end": b"*1\r\n$" + b"1" * 70000,
    "multibulk count line without end": b"*" + b"1" * 70000,
    "inline without end": b"a" * 70000,
    "inline unbalanced double quote": b'SET k "v\r\n',
    "inline unbalanced single quote": b"SET k 'v\r\n",
    "inline text after a quote": b'SET "k"v w\r\n',
    "inline text after a single quote": b"SET 'k'v w\r\n",
    "after good commands": PING + PING + b"*1\r\n$x\r\n" + PING,
    "in the middle of a transaction": b"MULTI\r\nSET k v\r\n*1\r\n:1\r\n",
}
for name, data in FATAL.items():
    # A line that would be complete only with more bytes is completed by a PING, so that no case waits for
    # ever.
    case(f"fatal: {name}", Raw(data + (b"" if len(data) > 60000 else PING + PING + b"*1\r\n$x\r\n"),
         eof=True), "c2> PING", "c2> EXISTS k", hello=False)
    case(f"fatal in RESP3: {name}", Raw(data + (b"" if len(data) > 60000 else PING + PING + b"*1\r\n$x\r\n"),
         eof=True), protocols=(3,))

# -- what does not -------------------------------------------------------------------------------------------
FINE: dict[str, tuple[bytes, int]] = {
    "empty array": (b"*0\r\n" + PING, 1),
    "negative array": (b"*-1\r\n" + PING, 1),
    "very negative array": (b"*-100\r\n" + PING, 1),
    "many empty arrays": (b"*0\r\n*-1\r\n" * 50 + PING, 1),
    "empty lines": (b"\r\n\r\n\n\n" + PING, 1),
    "spaces only": (b"   \r\n" + PING, 1),
    "inline": (b"PING\r\n", 1),
    "inline with LF": (b"PING\n", 1),
    "inline with spaces": (b"  SET   k    v  \r\nGET k\r\n", 2),
    "inline with tabs": (b"SET\tk\tv\r\nGET k\r\n", 2),
    "inline double quotes": (rb'SET "a b" "\x41\n\t\\\"\a\b\r"' + b"\r\n" + b'GET "a b"\r\n', 2),
    "inline single quotes": (rb"SET 'a b' 'it\'s \x41'" + b"\r\nGET 'a b'\r\n", 2),
    "inline empty quotes": (b'SET "" \'\'\r\nGET ""\r\n', 2),
    "inline bad hex": (rb'ECHO "\xZZ\q"' + b"\r\n", 1),
    "inline unknown": (b"BOGUS a b\r\n", 1),
    "inline empty command": (b'""\r\nPING\r\n', 2),
    "inline high bytes": (b"ECHO \xff\xfe\r\n", 1),
    "inline long": (b"ECHO " + b"x" * 60000 + b"\r\n", 1),
    "inline many words": (b"MGET" + b" a" * 5000 + b"\r\n", 1),
    "inline and arrays mixed": (b"PING\r\n" + PING + b"ECHO a\n" + PING, 4),
    "CR without LF inside an inline": (b"ECHO a\rb\r\n", 1),
    "empty bulk as command": (b"*1\r\n$0\r\n\r\n" + PING, 2),
    "empty bulks as arguments": (b"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", 1),
    "bulk with CRLF inside": (b"*2\r\n$4\r\nECHO\r\n$4\r\n\r\n\r\n\r\n", 1),
    "wrong bytes after a bulk": (b"*2\r\n$4\r\nECHO\r\n$1\r\naXY" + PING, 2),
    "wrong byte after the count": (b"*1\rX$4\r\nPING\r\n", 1),
    "lower case": (b"*1\r\n$4\r\nping\r\n", 1),
    "array of 1024 arguments": (b"*1025\r\n$4\r\nMGET\r\n" + b"$1\r\nk\r\n" * 1024, 1),
    "array of 20000 arguments": (b"*20001\r\n$3\r\nDEL\r\n" + b"$1\r\nk\r\n" * 20000, 1),
    "pipeline of 1000": (PING * 1000, 1000),
    "pipeline of errors": (b"*1\r\n$3\r\nGET\r\n*1\r\n$5\r\nBOGUS\r\n" * 100, 200),
    "posts and hosts in an argument": (b"ECHO POST\r\nECHO Host:\r\n", 2),
}
for name, (data, replies) in FINE.items():
    case(name, Raw(data, replies), "PING")
case("http is refused", Raw(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", eof=True), "c2> PING", hello=False)
case("http by its host line", Raw(b"Host: localhost\r\n\r\n", eof=True), hello=False)
case("http get", Raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", eof=True), hello=False)
case("half a request, then the end", Raw(b"*2\r\n$3\r\nGET\r\n$1\r\n", 0), "@close c1", "c2> PING",
     Raw(b"*1\r\n$4\r\nPI", 0, "c3"), "@close c3", "c2> PING")
case("a request in pieces", Raw(b"*2\r", 0), "@sleep 2", Raw(b"\n$4\r\nEC", 0), "@sleep 2",
     Raw(b"HO\r\n$5\r\nhe", 0), "@sleep 2", Raw(b"llo\r", 0), "@sleep 2", Raw(b"\n", 1))
case("an inline in pieces", Raw(b"EC", 0), "@sleep 2", Raw(b"HO he", 0), "@sleep 2", Raw(b"llo\r", 0),
     "@sleep 2", Raw(b"\n", 1))
case("an inline with only LF in pieces", Raw(b"PI", 0), "@sleep 2", Raw(b"NG\n", 1))

# -- large arguments -----------------------------------------------------------------------------------------
for size in (16 * 1024 - 1, 16 * 1024, 32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 64 * 1024, 1 << 20, 8 << 20):
    blob = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    case(f"bulk of {size} bytes", ["SET", "k", blob], "STRLEN k", ["GETRANGE", "k", -10, -1], "GET k",
         ["ECHO", blob])
    case(f"bulk of {size} bytes between others",
         Raw(PING + b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%b\r\n" % (size,
         blob) + PING + b"GET k\r\n" + PING, 5))
case("proto-max-bulk-len", "CONFIG SET proto-max-bulk-len 1mb", ["SET", "k", b"x" * (1 << 20)],
     "c2> STRLEN k", Raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n", eof=True), "c2> STRLEN k")
case("query buffer limit", "CONFIG SET client-query-buffer-limit 1mb",
     Raw(b"*2\r\n$4\r\nECHO\r\n$3000000\r\n" + b"x" * 2_500_000, eof=True, connection="c2"), "PING",
     protocols=(2,))

# -- before authentication -----------------------------------------------------------------------------------
LOCKED = ("CONFIG SET requirepass secret",)
case("unauthenticated: 10 arguments", *LOCKED, Raw(b"*10\r\n" + b"$1\r\na\r\n" * 10, 1, "c2"), "c2> PING",
     protocols=(2,))
case("unauthenticated: 11 arguments", *LOCKED, Raw(b"*11\r\n", eof=True, connection="c2"), "c1> PING",
     protocols=(2,))
case("unauthenticated: 16384 bytes", *LOCKED, Raw(b"*2\r\n$4\r\nECHO\r\n$16384\r\n" + b"x" * 16384 + b"\r\n",
     1, "c2"), "c2> PING", protocols=(2,))
case("unauthenticated: 16385 bytes", *LOCKED, Raw(b"*2\r\n$4\r\nECHO\r\n$16385\r\n", eof=True,
     connection="c2"), "c1> PING", protocols=(2,))
case("unauthenticated: inline", *LOCKED, Raw(b"GET k\r\nPING\r\n", 2, "c2"), protocols=(2,))
case("unauthenticated: after auth the limits are gone", *LOCKED, "c2> AUTH secret", ["MGET", *["k"] * 20],
     Raw(b"*21\r\n$4\r\nMGET\r\n" + b"$1\r\nk\r\n" * 20, 1, "c2"), protocols=(2,))
case("unauthenticated: malformed", *LOCKED, Raw(b"*1\r\n$x\r\n", eof=True, connection="c2"), protocols=(2,))

# -- RESP3 ---------------------------------------------------------------------------------------------------
case("nulls and maps follow the protocol", "GET nothing", "MGET a b", "@pairs CONFIG GET maxmemory",
     "HELLO 9", "MULTI", "GET a", "EXEC", "RANDOMKEY", "OBJECT ENCODING a", "LCS a b IDX", "WATCH a",
     "c2> SET a 1", "MULTI", "EXEC")
case("switching in the middle of a pipeline", Raw(b"GET a\r\nHELLO 3\r\nGET a\r\nHELLO 2\r\nGET a\r\n", 1),
     Raw(b"", 1, normaliser="hello"), Raw(b"", 1),
     Raw(b"", 1, normaliser="hello"), Raw(b"", 1))
