"""Quotes and secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.cli.lines import is_secret, parse_line
from autocache.cli.text import quote, split_args, unquote


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", []),
        (b"  a\tb \r\n", [b"a", b"b"]),
        (rb'"\x41\n\r\t\b\a\"\q\x4"', [b'A\n\r\t\b\a"qx4']),
        (rb"'it\'s \n'", [rb"it's \n"]),
        (b'a"b c" d', [b"ab c", b"d"]),
        (b"'' \"\"", [b"", b""]),
        (b"a\0b", [b"a"]),
        (b'"a"b', None),
        (b'"a', None),
        (b"'a\\'", None),
        (b'"a\\', None),
    ],
)
def test_split(line: bytes, words: list[bytes] | None) -> None:
    assert split_args(line) == words


@given(st.binary())
def test_what_is_quoted_is_read_back(data: bytes) -> None:
    assert unquote(quote(data)) == data


@given(st.binary())
def test_any_line_can_be_judged(line: bytes) -> None:
    parse_line(line)
    is_secret(line)


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        (b"5 ping", (5, [b"ping"])),
        (b"5", (1, [b"5"])),
        (b"0 ping", (0, [b"ping"])),
        (b"-3 ping", (0, [b"ping"])),
        (b"99999999999999999999999 ping", (0, [b"ping"])),
        (b"5x ping", (1, [b"5x", b"ping"])),
    ],
)
def test_repeat_count(line: bytes, parsed: tuple[int, list[bytes]]) -> None:
    assert parse_line(line) == parsed


@pytest.mark.parametrize(
    "line",
    [
        b"AUTH s3cret",
        b"auth user s3cret",
        b"2 auth s3cret",
        b'auth "s3cret',
        b'3 auth "s3cret',
        b"config set requirepass s3cret",
        b"CONFIG SET maxmemory 1 RequirePass s3cret",
        b"acl setuser a >s3cret",
        b"hello 3 auth default s3cret",
        b"migrate h 1 k 0 10 AUTH s3cret",
        b"sentinel set m auth-pass s3cret",
    ],
)
def test_secrets(line: bytes) -> None:
    assert is_secret(line)


@pytest.mark.parametrize("line", [b"", b"get auth", b"config get requirepass", b"config set maxmemory 1", b"hello 3"])
def test_no_secrets(line: bytes) -> None:
    assert not is_secret(line)
