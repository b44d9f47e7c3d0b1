"""The string commands, reply by reply. The conformance suite compares them with redis-server."""

import random
import shlex
import time

import pytest

from autocache.commands.cache import Cache, LocalSession
from autocache.commands.declare import DECLARED
from autocache.memory.alloc import usage

OK, NULL, EMPTY, SYNTAX = "+OK", "$-1", "", "-ERR syntax error"
NOT_INTEGER = "-ERR value is not an integer or out of range"
NOT_FLOAT = "-ERR value is not a valid float"
OVERFLOW = "-ERR increment or decrement would overflow"
TOO_LONG = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"
LARGEST, SMALLEST = 2**63 - 1, -(2**63)


@pytest.fixture
def session() -> LocalSession:
    return Cache(seed=1).session()


def simple(reply: bytes) -> str | int:
    """A reply as a test writes it: a number, a bulk string's text, or the line of anything else."""
    text = reply.decode("latin-1")
    if text.startswith(":"):
        return int(text[1:])
    if text.startswith("$") and text != "$-1\r\n":
        return text.split("\r\n", 1)[1][:-2]
    return text[:-2]


def run(session: LocalSession, line: str) -> str | int:
    return simple(session.execute(*(word.encode() for word in shlex.split(line))))


def expiry_error(command: str) -> str:
    return f"-ERR invalid expire time in '{command}' command"


SCRIPTS: dict[str, list[tuple[str, str | int]]] = {
    "set and get": [("GET k", NULL), ("SET k v", OK), ("GET k", "v"), ("SET k ''", OK), ("GET k", EMPTY)],
    "nx and xx": [
        ("SET k v XX", NULL),
        ("SET k v NX", OK),
        ("SET k w NX", NULL),
        ("SET k w XX", OK),
        ("SET k x NX GET", "w"),
        ("SET k x XX GET", "w"),
        ("SET n x NX GET", NULL),
        ("GET n", "x"),
        ("SET k y NX XX", SYNTAX),
        ("SET k y XX NX", SYNTAX),
        ("SET k y nx Nx get gEt", "x"),
    ],
    "ifeq": [
        ("SET k v IFEQ v", NULL),
        ("SET k 1", OK),
        ("SET k 2 IFEQ 3", NULL),
        ("SET k 2 IFEQ 1", OK),
        ("SET k 3 IFEQ 1 GET", "2"),
        ("SET k 3 GET IFEQ 2", "2"),
        ("GET k", "3"),
        ("SET n 3 IFEQ 2 GET", NULL),
        ("GET n", NULL),
        ("SET k v IFEQ", SYNTAX),
        ("SET k v IFEQ 1 NX", SYNTAX),
        ("SET k v XX IFEQ 1", SYNTAX),
        ("SET k v IFEQ 1 IFEQ 1", SYNTAX),
        ("SET k v IFEQ 3 PX 100000", OK),
        ("SET k w KEEPTTL IFEQ v", OK),
    ],
    "options that exclude each other": [
        ("SET k v EX 10 PX 10", SYNTAX),
        ("SET k v EXAT 10 PXAT 10", SYNTAX),
        ("SET k v KEEPTTL EX 10", SYNTAX),
        ("SET k v PX 10 KEEPTTL", SYNTAX),
        ("SET k v PERSIST", SYNTAX),
        ("SET k v EX", SYNTAX),
        ("SET k v EX 10 EX 20", OK),
        ("GETEX k KEEPTTL", SYNTAX),
        ("GETEX k NX", SYNTAX),
        ("GETEX k EX 10 PERSIST", SYNTAX),
        ("GETEX k PERSIST PX 10", SYNTAX),
        ("GETEX k EX", SYNTAX),
        ("GETEX k PERSIST PERSIST", "v"),
    ],
    "times": [
        ("SET k v EX 0", expiry_error("set")),
        ("SET k v PX -1", expiry_error("set")),
        ("SET k v EX x", NOT_INTEGER),
        ("SET k v EX 9223372036854776", expiry_error("set")),
        (f"SET k v PX {LARGEST}", expiry_error("set")),
        (f"SET k v PXAT {LARGEST}", OK),
        ("GET k", "v"),
        ("SETEX k 0 v", expiry_error("setex")),
        ("PSETEX k 0 v", expiry_error("psetex")),
        ("SETEX k 10 w", OK),
        ("PSETEX k 10000 x", OK),
        ("GETEX k EXAT 0", expiry_error("getex")),
        ("GETEX n EXAT 0", NULL),
        ("GET k", "x"),
        ("SET k v PXAT 1", OK),
        ("GET k", NULL),
        ("SET k v", OK),
        ("GETEX k PXAT 1", "v"),
        ("GET k", NULL),
    ],
    "the old value": [
        ("GETSET k v", NULL),
        ("GETSET k w", "v"),
        ("GETDEL k", "w"),
        ("GETDEL k", NULL),
        ("SET k v GET", NULL),
        ("SET k w GET", "v"),
        ("DELIFEQ k v", 0),
        ("DELIFEQ k w", 1),
        ("DELIFEQ k w", 0),
        ("GET k", NULL),
    ],
    "many keys": [
        ("MSET a 1 b 2 a 3", OK),
        ("MGET a b c a", "*4\r\n$1\r\n3\r\n$1\r\n2\r\n$-1\r\n$1\r\n3"),
        ("MSETNX c 1 b 3", 0),
        ("GET c", NULL),
        ("MSETNX c 1 c 2", 1),
        ("GET c", "2"),
        ("MSET a 1 b", "-ERR wrong number of arguments for 'mset' command"),
        ("MSETNX a 1 b", "-ERR wrong number of arguments for 'msetnx' command"),
        ("SETNX a x", 0),
        ("SETNX d x", 1),
    ],
    "integers": [
        ("INCR k", 1),
        ("DECR k", 0),
        ("DECR k", -1),
        ("INCRBY k 11", 10),
        ("DECRBY k 11", -1),
        ("GET k", "-1"),
        (f"INCRBY n {LARGEST}", LARGEST),
        ("INCR n", OVERFLOW),
        (f"DECRBY n {LARGEST}", 0),
        (f"INCRBY n {SMALLEST}", SMALLEST),
        ("DECR n", OVERFLOW),
        ("INCRBY n -1", OVERFLOW),
        (f"DECRBY n {SMALLEST}", "-ERR decrement would overflow"),
        ("INCRBY n 01", NOT_INTEGER),
        ("INCRBY n 1.0", NOT_INTEGER),
        ("SET t 01", OK),
        ("INCR t", NOT_INTEGER),
        ("GET t", "01"),
    ],
    "floats": [
        ("INCRBYFLOAT k 10.50", "10.5"),
        ("INCRBYFLOAT k 0.1", "10.6"),
        ("INCRBYFLOAT k -10.6", "0"),
        ("INCRBYFLOAT k 5.0e3", "5000"),
        ("INCR k", 5001),
        ("INCRBYFLOAT k x", NOT_FLOAT),
        ("INCRBYFLOAT k ' 1'", NOT_FLOAT),
        ("INCRBYFLOAT k nan", NOT_FLOAT),
        ("INCRBYFLOAT k inf", "-ERR increment would produce NaN or Infinity"),
        ("SET k v", OK),
        ("INCRBYFLOAT k 1", NOT_FLOAT),
    ],
    "parts": [
        ("APPEND k ''", 0),
        ("APPEND k ab", 2),
        ("APPEND k c", 3),
        ("STRLEN k", 3),
        ("STRLEN n", 0),
        ("SETRANGE k 5 xy", 7),
        ("GET k", "abc\0\0xy"),
        ("SETRANGE k 1 ''", 7),
        ("SETRANGE n 1 ''", 0),
        ("GET n", NULL),
        ("SETRANGE n 1 x", 2),
        ("SETRANGE k -1 x", "-ERR offset is out of range"),
        ("SETRANGE k 536870911 xx", TOO_LONG),
        (f"SETRANGE k {LARGEST} xx", TOO_LONG),
        ("SETRANGE k x x", NOT_INTEGER),
        ("SET k 'Hello World'", OK),
        ("GETRANGE k 0 4", "Hello"),
        ("GETRANGE k -5 -1", "World"),
        ("GETRANGE k -1 -5", EMPTY),
        ("GETRANGE k -100 -50", "H"),
        ("GETRANGE k 20 30", EMPTY),
        (f"GETRANGE k {SMALLEST} {LARGEST}", "Hello World"),
        ("SUBSTR k 6 -1", "World"),
        ("GETRANGE absent 0 -1", EMPTY),
        ("GETRANGE absent 0 x", NOT_INTEGER),
    ],
    "lcs": [
        ("MSET a ohmytext b mynewtext", OK),
        ("LCS a b", "mytext"),
        ("LCS a b LEN", 6),
        ("LCS a n", EMPTY),
        ("LCS n m LEN", 0),
        ("LCS a b LEN IDX", "-ERR If you want both the length and indexes, please just use IDX."),
        ("LCS a b MINMATCHLEN", SYNTAX),
        ("LCS a b MINMATCHLEN x", NOT_INTEGER),
        ("LCS a b FOO", SYNTAX),
        (
            "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
            "*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n$3\r\nlen\r\n:6",
        ),
    ],
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_script(session: LocalSession, script: list[tuple[str, str | int]]) -> None:
    for line, expected in script:
        assert run(session, line) == expected, line


def test_lcs_is_bounded_as_in_redis(session: LocalSession) -> None:
    for key in ("a", "b"):
        run(session, f"SETRANGE {key} 11584 x")
    assert run(session, "LCS a b") == ("-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
    run(session, "SET b x")
    assert run(session, "LCS a b LEN") == 1


def test_expiry_in_time(session: LocalSession) -> None:
    run(session, "SET k v PX 30")
    run(session, "SET kept v PX 30")
    run(session, "GETEX kept PERSIST")
    run(session, "SET replaced v PX 30")
    run(session, "SET replaced w")
    run(session, "SET counted 1 PX 30")
    run(session, "INCR counted")
    run(session, "APPEND counted 0")
    assert run(session, "GET counted") == "20"
    time.sleep(0.05)
    assert [run(session, f"GET {key}") for key in ("k", "kept", "replaced", "counted")] == [
        NULL,
        "v",
        "w",
        NULL,
    ]
    assert run(session, "INCR counted") == 1


@pytest.mark.parametrize("length", [0, 1, 999, 1000, 1001, 16383, 16384, 32767, 32768, 1 << 20])
def test_long_values_are_shared_and_not_mixed_up(session: LocalSession, length: int) -> None:
    value = random.Random(length).randbytes(length)
    session.execute(b"MSET", b"a", value, b"b", value, b"a", value)
    assert session.execute(b"GETSET", b"a", value) == b"$%d\r\n%b\r\n" % (length, value)
    session.execute(b"APPEND", b"a", value)
    session.execute(b"SETRANGE", b"a", b"0", b"x")
    session.execute(b"SETRANGE", b"b", b"%d" % length, b"y")
    assert session.execute(b"GET", b"b")[:-2].endswith(value + b"y")
    assert session.execute(b"GET", b"a")[:-2].endswith((b"x" + value[1:] + value) if length else b"x")
    assert session.execute(b"DELIFEQ", b"b", value) == b":0\r\n"
    assert session.execute(b"DELIFEQ", b"b", value + b"y") == b":1\r\n"


def test_counting_allocates_nothing(session: LocalSession) -> None:
    run(session, "SET k 1000000")
    run(session, "INCR k")
    before = usage()
    for _ in range(1000):
        session.execute(b"INCR", b"k")
    assert run(session, "GET k") == "1001001"
    assert usage()["used_bytes"] == before["used_bytes"]


def test_appending_is_linear(session: LocalSession) -> None:
    piece = b"0123456789abcdef" * 64
    session.execute(b"SET", b"k", piece)
    for count in range(2, 4000):
        assert session.execute(b"APPEND", b"k", piece) == b":%d\r\n" % (count * len(piece))
    assert session.execute(b"GETRANGE", b"k", b"-16", b"-1") == b"$16\r\n0123456789abcdef\r\n"


@pytest.mark.parametrize("seed", range(4))
def test_counters_against_python(session: LocalSession, seed: int) -> None:
    draw = random.Random(seed)
    value = 0
    for _ in range(3000):
        step = draw.choice((1, -1, draw.randrange(-(10**12), 10**12), draw.randrange(SMALLEST + 1, LARGEST)))
        reply = run(session, f"INCRBY k {step}")
        if SMALLEST <= value + step <= LARGEST:
            value += step
            assert reply == value
        else:
            assert reply == OVERFLOW
        assert run(session, "GET k") == str(value)


def test_declarations_are_complete() -> None:
    for name, spec in DECLARED.items():
        if spec.group == "string":
            assert spec.handler, name
            assert spec.keys, name
            assert spec.syntax.split()[0] == name.upper()
            assert ("write" in spec.categories) == ("write" in spec.flags)
