"""Logs: one line per event in both forms, levels, and no secrets."""

import asyncio
import io
import json
import re
from pathlib import Path

import pytest

from autocache.app import log
from autocache.app.config import TABLE, Config, load
from autocache.app.flags import parse_command_line


def started(*argv: str) -> tuple[Config, io.StringIO, log.Log]:
    config, stream = load(parse_command_line(argv, TABLE), {}), io.StringIO()
    log.configure(config, stream)
    return config, stream, log.get_log("server")


def test_text_is_one_line_with_fields() -> None:
    _, stream, out = started()
    out.notice("client\nrefused", addr="10.0.0.1:5", reason='not "local"', count=3, ok=True, empty="")
    line = stream.getvalue()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z notice server: client\\nrefused addr=10\.0\.0\.1:5"
        r' reason="not \\"local\\"" count=3 ok=true empty=""\n',
        line,
    )


def test_json_is_one_object_a_line() -> None:
    _, stream, out = started("-log-format", "json")
    out.warning("a\nb", count=3, text="x\u2028y", message="field", ratio=None)
    assert stream.getvalue().count("\n") == 1
    entry = json.loads(stream.getvalue())
    assert entry.pop("time").endswith("Z")
    assert entry == {
        "level": "warning", "room": "server", "message": "a\nb", "count": 3, "text": "x\u2028y",
        "message_": "field", "ratio": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("level", "shown"),
    [("debug", "debug verbose notice warning"), ("verbose", "verbose notice warning"),
     ("notice", "notice warning"), ("warning", "warning")],
)  # fmt: skip
def test_levels_follow_config_set(level: str, shown: str) -> None:
    config, stream, out = started()
    config.set([("loglevel", level)])
    for name in log.LEVELS:
        getattr(out, name)("event")
    assert [line.split()[1] for line in stream.getvalue().splitlines()] == shown.split()


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_ever_shown(form: str) -> None:
    config, stream, out = started("-requirepass", "hunter2", "-log-format", form)
    out.warning("AUTH hunter2 failed", requirepass="short", command="AUTH hunter2", args=["hunter2"])
    config.set([("requirepass", "letmein9")])
    out.warning("was hunter2, is letmein9", password="x1", masterauth="y2")
    try:
        raise ValueError("bad hunter2")
    except ValueError:
        out.exception("failed")
    out.notice("settings", **config.described())
    text = stream.getvalue()
    for secret in ("hunter2", "letmein9", "short", "x1", "y2"):
        assert secret not in text
    assert text.count("\n") == 4
    assert "ValueError: bad <hidden>" in text


def test_logfile_is_appended_to_and_reopened_after_rotation(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    path.write_text("before\n")
    _, stream, out = started("-logfile", str(path))
    out.notice("one")
    path.rename(tmp_path / "old.log")
    out.notice("two")
    assert (tmp_path / "old.log").read_text().count("\n") == 2
    assert path.read_text().endswith("server: two\n")
    assert stream.getvalue() == ""


def test_configure_again_replaces_the_handler() -> None:
    _, first, _ = started()
    _, second, out = started()
    out.notice("event")
    assert (first.getvalue(), second.getvalue().count("\n")) == ("", 1)


def test_lines_of_asyncio_come_in_the_same_form() -> None:
    _, stream, _ = started()

    async def fail() -> None:
        asyncio.get_running_loop().call_exception_handler({"message": "task broke"})

    asyncio.run(fail())
    assert "warning asyncio: task broke" in stream.getvalue()


def test_banner_says_each_thing_in_a_line(tmp_path: Path) -> None:
    config, stream, out = started("-data-dir", str(tmp_path))
    log.banner(out, config, ["127.0.0.1:6379", "unix:/tmp/s"])
    lines = [line.split(": ", 1)[1] for line in stream.getvalue().splitlines()]
    assert lines[1:4] == [
        "listening address=127.0.0.1:6379,unix:/tmp/s",
        "storage tiers=memory",
        f"files data_dir={tmp_path}",
    ]
    assert lines[0].startswith("AutoCache starts version=")
    assert lines[4].startswith("process pid=")
