"""Completion and hints from a server's own COMMAND DOCS, in both protocols, and the history."""

from pathlib import Path

import pytest

from autocache.cli.catalogue import Catalogue
from autocache.cli.connection import Connection, Endpoint
from autocache.cli.hints import complete, hint
from autocache.cli.prompt import LineHistory
from autocache.resp.client import Reply


@pytest.fixture(params=[2, 3])
def catalogue(port: int, request: pytest.FixtureRequest) -> Catalogue:
    connection = Connection(Endpoint("127.0.0.1", port))
    connection.send([b"HELLO", b"%d" % request.param])
    connection.read()
    connection.send([b"COMMAND", b"DOCS"])
    docs = connection.read()
    connection.close()
    return Catalogue.from_docs(docs)


def test_hints(catalogue: Catalogue) -> None:
    assert hint(catalogue, "get") == " key"
    assert hint(catalogue, "get ") == "key"
    assert hint(catalogue, "get k") == ""
    assert hint(catalogue, "5 GET ") == "key"
    assert hint(catalogue, "set k v ").startswith("[NX|XX]")
    after_expiry = hint(catalogue, "set k v EX 10 ")
    assert "NX|XX" in after_expiry
    assert "PX" not in after_expiry
    assert hint(catalogue, "mset k v ") == "key value [key value ...]"
    assert hint(catalogue, "config ") == "subcommand"
    assert hint(catalogue, "config get ") == "parameter [parameter ...]"
    assert hint(catalogue, "nosuch ") == ""
    assert hint(catalogue, "") == ""
    assert hint(catalogue, "help ") == "[command|@group]"


def test_completion(catalogue: Catalogue) -> None:
    assert complete(catalogue, "getr") == ["getrange"]
    assert complete(catalogue, "GETR") == ["GETRANGE"]
    assert "set" in complete(catalogue, "config ")
    assert complete(catalogue, "CONFIG RE") == ["RESETSTAT", "REWRITE"]
    assert complete(catalogue, "help @stri") == ["@string"]
    assert complete(catalogue, "help config rew") == ["rewrite"]
    assert complete(catalogue, ":set n") == ["nohints"]
    assert complete(catalogue, "5 getr") == ["getrange"]
    assert complete(catalogue, "get k ") == []
    assert "quit" in complete(catalogue, "q")


def test_no_docs_is_no_hints() -> None:
    replies: list[Reply] = [None, 5, b"text", [b"odd"], [[b"a"]], [b"get", [b"arguments", 5]]]
    for reply in replies:
        empty = Catalogue.from_docs(reply)
        assert hint(empty, "get ") == ""
        assert Catalogue.from_names(reply) is not None


def test_names_alone_complete() -> None:
    config: Reply = [
        b"config",
        -2,
        [],
        0,
        0,
        0,
        [],
        [],
        [],
        [[b"config|get", 3, [], 0, 0, 0, [], [], [], []]],
    ]
    names = Catalogue.from_names([config, [b"get", 2]])
    assert list(names.entries) == ["CONFIG", "CONFIG GET", "GET"]
    assert complete(names, "CONFIG ") == ["GET"]


def test_history_keeps_no_secret_and_survives(tmp_path: Path) -> None:
    path = tmp_path / "history"
    history = LineHistory(path)
    for line in ("get a", "get a", "auth s3cret", " ", "config set requirepass s3cret", "get b"):
        history.append_string(line)
    assert path.read_text() == "get a\nget b\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert history.get_strings() == ["get a", "get b"]
    assert list(LineHistory(path).load_history_strings()) == ["get b", "get a"]


def test_history_without_a_place_to_write(tmp_path: Path) -> None:
    for path in (None, tmp_path / "none" / "history"):
        history = LineHistory(path)
        history.append_string("get a")
        assert history.get_strings() == ["get a"]
