"""COMMAND. That the metadata is redis-server's is tests/conformance/test_metadata.py's to check."""

from __future__ import annotations

from typing import Any

import pytest

from autocache.cli.catalogue import Catalogue
from autocache.cli.hints import hint
from autocache.commands.cache import Cache, LocalSession
from autocache.resp.client import Decoder


@pytest.fixture
def session() -> LocalSession:
    return Cache().session()


def ask(session: LocalSession, line: str) -> bytes:
    return session.execute(*line.encode().split())


def decoded(raw: bytes) -> Any:  # noqa: ANN401
    decoder = Decoder()
    decoder.feed(raw)
    return decoder.next_reply()


def test_info_has_ten_fields(session: LocalSession) -> None:
    raw = ask(session, "COMMAND INFO getdel")
    assert raw.startswith(b"*1\r\n*10\r\n$6\r\ngetdel\r\n:2\r\n*2\r\n+write\r\n+fast\r\n:1\r\n:1\r\n:1\r\n")


def test_info_of_what_does_not_exist(session: LocalSession) -> None:
    assert ask(session, "COMMAND INFO bogus get|x") == b"*2\r\n$-1\r\n$-1\r\n"


def test_sets_in_resp3() -> None:
    session = Cache().session(3)
    assert b"\r\n~3\r\n+loading\r\n+stale\r\n+fast\r\n" in ask(session, "COMMAND INFO time")
    assert ask(session, "COMMAND INFO bogus") == b"*1\r\n_\r\n"


def test_count_is_that_of_the_list(session: LocalSession) -> None:
    names = decoded(ask(session, "COMMAND LIST"))
    count = decoded(ask(session, "COMMAND COUNT"))
    assert count == len([name for name in names if b"|" not in name])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("COMMAND LIST FILTERBY PATTERN swap*", b"*1\r\n$6\r\nswapdb\r\n"),
        ("COMMAND LIST FILTERBY PATTERN CONFIG|g*", b"*1\r\n$10\r\nconfig|get\r\n"),
        ("COMMAND LIST FILTERBY MODULE any", b"*0\r\n"),
        ("COMMAND LIST FILTERBY ACLCAT bogus", b"*0\r\n"),
        ("COMMAND LIST FILTERBY BOGUS x", b"-ERR syntax error\r\n"),
        ("COMMAND LIST BOGUS", b"-ERR syntax error\r\n"),
    ],
)
def test_list_filters(session: LocalSession, line: str, expected: bytes) -> None:
    assert ask(session, line) == expected


def test_list_by_category(session: LocalSession) -> None:
    found = decoded(ask(session, "COMMAND LIST FILTERBY ACLCAT string"))
    assert b"get" in found
    assert b"del" not in found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GET k", b"*1\r\n$1\r\nk\r\n"),
        ("MSET a 1 b 2", b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
        ("OBJECT ENCODING k", b"*1\r\n$1\r\nk\r\n"),
        ("COPY a b DB 1", b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
        ("PING x", b"-ERR The command has no key arguments\r\n"),
        ("BOGUS x", b"-ERR Invalid command specified\r\n"),
        ("OBJECT BOGUS k", b"-ERR Invalid command specified\r\n"),
        ("GET a b", b"-ERR Invalid number of arguments specified for command\r\n"),
    ],
)
def test_getkeys(session: LocalSession, line: str, expected: bytes) -> None:
    assert ask(session, "COMMAND GETKEYS " + line) == expected


def test_getkeysandflags_of_set_depend_on_get(session: LocalSession) -> None:
    without = b"*1\r\n*2\r\n$1\r\nk\r\n*2\r\n+OW\r\n+update\r\n"
    assert ask(session, "COMMAND GETKEYSANDFLAGS SET k v") == without
    with_get = b"*1\r\n*2\r\n$1\r\nk\r\n*3\r\n+RW\r\n+access\r\n+update\r\n"
    assert ask(session, "COMMAND GETKEYSANDFLAGS SET k v GET") == with_get


def test_docs_give_the_command_line_its_hints() -> None:
    raw = Cache().session(3).execute(b"COMMAND", b"DOCS")
    catalogue = Catalogue.from_docs(decoded(raw))
    assert catalogue.entries["GET"].syntax == "key"
    assert hint(catalogue, "SET k v EX 10") == " [NX|XX|IFEQ comparison-value] [GET]"
    assert hint(catalogue, "CONFIG SET ") == "parameter value [parameter value ...]"
    assert hint(catalogue, "scan 0 MATCH x") == " [COUNT count] [TYPE type]"


def test_help_lists_every_subcommand(session: LocalSession) -> None:
    lines = decoded(ask(session, "COMMAND HELP"))
    text = b"\n".join(line.text for line in lines)
    assert b"COMMAND <subcommand>" in text
    for name in (b"COUNT", b"DOCS", b"GETKEYSANDFLAGS", b"HELP", b"INFO", b"LIST"):
        assert b"\n" + name in text
