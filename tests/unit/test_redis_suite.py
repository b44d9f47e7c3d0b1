"""The reader of what Redis's own suite prints (tools/redis_suite.py), on output in the suite's form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import redis_suite
from tools.redis_suite import FileResult

OUTPUT = """Cleanup: may take some time... OK
Starting test server at port 21079
[ready]: 4711
Testing unit/type/string
[ok]: SET and GET an item (0 ms)
[err]: GETDEL [odd] name in tests/unit/type/string.tcl
n command 'sync'
ERR unknown command 'sync'
    while executing
"r sync"
[err]: SETNX (twice) in tests/unit/type/string.tcl
Expected '1' to be equal
to '0' (context: type eval line 3)
[ignore]: LCS: Tag: slow denied
[skip]: MSETNX
[ok]: SETNX (twice) (12 ms)
[ok]: SET and GET an item (3 ms)
[1/1 done]: unit/type/string (9 seconds)

!!! WARNING The following tests failed:

*** [err]: GETDEL [odd] name in tests/unit/type/string.tcl
"""


def test_outcomes_and_reasons() -> None:
    attempt = redis_suite.parse(OUTPUT)
    assert [(outcome.name, outcome.passed, outcome.raised) for outcome in attempt.outcomes] == [
        ("SET and GET an item", True, False),
        ("GETDEL [odd] name", False, True),
        ("SETNX (twice)", False, False),
        ("SETNX (twice) (run 2)", True, False),
        ("SET and GET an item (run 2)", True, False),
    ]
    assert attempt.outcomes[1].reason == "ERR unknown command 'sync'"
    assert attempt.outcomes[2].reason == "Expected '1' to be equal to '0' (context: type eval line 3)"
    assert attempt.left_out == 2
    assert attempt.notes == []


def test_what_ends_a_file_early_is_told() -> None:
    lost = "[err]: lid command name\ninvalid command name\n    while executing\n"
    attempt = redis_suite.parse(f"[ok]: a (0 ms)\n{lost}[exception]: Executing test client: gone\n[TIMEOUT]: report.\n")
    assert [outcome.name for outcome in attempt.outcomes] == ["a"]
    assert len(attempt.notes) == 3
    assert "invalid command name" in attempt.notes[0]
    assert attempt.notes[1].endswith("Executing test client: gone")


def failed(name: str, message: str) -> str:
    """A test whose code failed, as the suite prints it."""
    return f"[err]: {name} in tests/unit/x.tcl\n{message[redis_suite.CUT :]}\n{message}{redis_suite.TRACE}it\n"


def test_only_the_first_of_a_row_of_failures_is_suspected() -> None:
    row = failed("first", "ERR no such setting") + failed("second", "ERR nested") + "[ok]: third (0 ms)\n"
    assert redis_suite.suspects(redis_suite.parse(row)) == {"first"}
    assert redis_suite.suspects(redis_suite.parse(row + failed("last", "ERR alone"))) == {"first"}
    unknown = failed("first", "ERR no such setting") + failed("second", "ERR unknown command 'x'")
    assert redis_suite.suspects(redis_suite.parse(unknown)) == set()


def test_a_later_attempt_may_pass_what_failed_before() -> None:
    result = FileResult(attempts=1)
    redis_suite.merge(result, redis_suite.parse(failed("a", "ERR broken here") + failed("b", "ERR broken there")))
    result.attempts = 2
    redis_suite.merge(result, redis_suite.parse("[skip]: a\n[ok]: b (0 ms)\n"))
    assert (result.passed, list(result.failed), result.left_out) == (["b"], ["a"], 0)


def test_comparison_knows_what_is_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "compatibility.md"
    page.write_text("| file | test | reason |\n|---|---|---|\n| `unit/x` | a \\| b | needs EVAL |\n")
    monkeypatch.setattr(redis_suite, "COMPATIBILITY", page)
    baseline = {"unit/x": {"passed": ["a | b", "c"]}}
    assert redis_suite.compare(baseline, {"unit/x": FileResult(passed=["c"])}) == 0
    assert redis_suite.compare(baseline, {"unit/x": FileResult(failed={"c": "wrong"})}) == 1
    assert "unit/x: c: wrong" in capsys.readouterr().out
    # A row that has become needless is an error too, lest the page tells what is no longer so.
    assert redis_suite.compare(baseline, {"unit/x": FileResult(passed=["c", "a | b"])}) == 1


def test_the_whole_group_ends_with_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_suite, "TREE", tmp_path)
    with (tmp_path / "out").open("wb") as output:
        assert redis_suite.run_limited(["sh", "-c", "echo done"], output.fileno(), 10)
        assert not redis_suite.run_limited(["sh", "-c", "sleep 100 & wait"], output.fileno(), 0.2)
    assert (tmp_path / "out").read_bytes() == b"done\n"
