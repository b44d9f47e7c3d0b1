"""The generated page of commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from autocache.commands.declare import DECLARED
from autocache.commands.docs import main, page, read_differences


def test_page_names_every_command() -> None:
    text = page(DECLARED, read_differences())
    for spec in DECLARED.values():
        assert f"| `{spec.name.upper()}" in text
    assert "| `SET key value [NX \\| XX" in text
    assert text == page(dict(reversed(DECLARED.items())), read_differences())


def test_differences_name_commands_that_exist() -> None:
    with pytest.raises(KeyError, match="bogus"):
        page(DECLARED, {"bogus": "text"})


def test_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "commands.md"
    assert main(["--check", str(path)]) == 1
    path.write_text(page(DECLARED, read_differences()), "utf-8")
    assert main(["--check", str(path)]) == 0
    capsys.readouterr()
    assert main([]) == 0
    assert capsys.readouterr().out == path.read_text("utf-8")
    assert main(["--bogus"]) == 2
