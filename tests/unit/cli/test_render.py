"""Replies print as redis-cli 7.0.15 prints them: each canned reply goes through both programs, in every
format.
"""

import pytest

from tests.unit.cli.programs import run_ours, run_redis_cli, scripted

HELLO = b"%1\r\n+proto\r\n:3\r\n"
FORMATS = (
    ["--raw"],
    ["--no-raw"],
    ["--csv"],
    ["--json"],
    ["--quoted-json"],
    ["--no-raw", "-e"],
    ["-d", "<>", "-D", "!"],
)
REPLIES = {
    "status": b'+O"K\r\n',
    "error": b"-ERR no\r\n",
    "integer": b":-5\r\n",
    "binary": b'$5\r\na"b\n\xff\r\n',
    "escapes": b'$10\r\n\\"\x07\x08\x0c\x1b\xc3\xa9\t\r\r\n',
    "null bulk": b"$-1\r\n",
    "null array": b"*-1\r\n",
    "null": b"_\r\n",
    "empty array": b"*0\r\n",
    "empty map": b"%0\r\n",
    "empty set": b"~0\r\n",
    "empty string": b"$0\r\n\r\n",
    "true": b"#t\r\n",
    "false": b"#f\r\n",
    "double": b",1e5\r\n",
    "infinite": b",-inf\r\n",
    "verbatim": b'=7\r\ntxt:a"b\r\n',
    "markdown": b"=7\r\nmkd:a\nb\r\n",
    "nested array": b"*3\r\n:1\r\n*2\r\n$1\r\na\r\n*0\r\n-ERR in\r\n",
    "nested set": b"~2\r\n+a\r\n~1\r\n+b\r\n",
    "array of nulls": b"*2\r\n$-1\r\n_\r\n",
    "wide": b"*12\r\n" + b":1\r\n" * 11 + b"*11\r\n" + b"+a\r\n" * 11,
    "map": b"%2\r\n$1\r\nk\r\n*2\r\n:1\r\n%1\r\n,1.5\r\n#t\r\n*1\r\n:9\r\n_\r\n",
    "map of maps": b"%2\r\n+a\r\n%2\r\n+b\r\n+c\r\n+d\r\n%1\r\n+e\r\n~2\r\n:1\r\n:2\r\n+z\r\n%0\r\n",
    "map with a map as key": b"%1\r\n%1\r\n+a\r\n+b\r\n+c\r\n",
    "map in array": b"*2\r\n%1\r\n+a\r\n*2\r\n+b\r\n+c\r\n+d\r\n",
    "map in wide map": b"%11\r\n" + b"+k\r\n:1\r\n" * 10 + b"+l\r\n%1\r\n+m\r\n*2\r\n:1\r\n:2\r\n",
    "map with an error": b"%2\r\n=5\r\ntxt:a\r\n+b\r\n-ERR k\r\n:1\r\n",
    "map of sets": b"%1\r\n~2\r\n+a\r\n+b\r\n~2\r\n+c\r\n+d\r\n",
}


@pytest.mark.parametrize("form", FORMATS, ids=" ".join)
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
def test_prints_as_redis_cli(reply: bytes, form: list[str]) -> None:
    args = ["-3", *form, "x"]
    with scripted(HELLO, reply) as theirs, scripted(HELLO, reply) as ours:
        assert run_ours(ours.port, args) == run_redis_cli(theirs.port, args)
        assert ours.received == theirs.received


@pytest.mark.parametrize("form", [["--raw"], ["--no-raw"], ["--csv"]], ids=" ".join)
def test_pushes_print_as_redis_cli(form: list[str]) -> None:
    push = b">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"
    push += b">2\r\n$10\r\ninvalidate\r\n_\r\n>1\r\n+z\r\n$1\r\nv\r\n"
    for shown in ("yes", "no"):
        args = ["-3", *form, "--show-pushes", shown, "x"]
        with scripted(HELLO, push) as theirs, scripted(HELLO, push) as ours:
            assert run_ours(ours.port, args) == run_redis_cli(theirs.port, args)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"(123456789012345678901234567890\r\n", b"(big number) 123456789012345678901234567890\n"),
        (b"!8\r\nERR long\r\n", b"(error) ERR long\n"),
        (b"|1\r\n+ttl\r\n:3\r\n+OK\r\n", b"OK\n"),
        (b"*2\r\n|1\r\n+ttl\r\n:3\r\n:1\r\n:2\r\n", b"1) (integer) 1\n2) (integer) 2\n"),
        (b",nan\r\n", b"(double) nan\n"),
    ],
)
def test_types_that_redis_cli_7_cannot_read(reply: bytes, expected: bytes) -> None:
    with scripted(HELLO, reply) as server:
        assert run_ours(server.port, ["-3", "--no-raw", "x"]).out == expected


@pytest.mark.parametrize("form", [["-2"], ["-3"]], ids=" ".join)
@pytest.mark.parametrize("output", ["--raw", "--no-raw", "--csv", "--json", "--quoted-json"])
def test_debug_protocol_prints_as_redis_cli(port: int, form: list[str], output: str) -> None:
    for kind in [
        "string",
        "integer",
        "double",
        "null",
        "array",
        "set",
        "map",
        "push",
        "verbatim",
        "true",
        "false",
    ]:
        args = [*form, output, "debug", "protocol", kind]
        assert run_ours(port, args) == run_redis_cli(port, args)
