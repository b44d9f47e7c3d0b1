"""The page, the chart, and how figures are written."""

import math
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench import text
from bench.chart import AXIS_MAX, BAR_RIGHT, Bar, axis_reach, place, svg
from bench.errors import BenchError
from bench.model import Figure, LoadResult, Run
from bench.report import BEGIN, CHART, END, PAGE, RAW, newest, render, replaced

FIGURES = (Figure("cost", "cost <of> it", "us", "lower", 0.65), Figure("rate", "rate", "1/s", "higher", 1.3))
SAMPLES = ({"cost": 1.0, "rate": 3000.0},), ({"cost": 2.0, "rate": 2000.0},)
RUN = Run("2026-01-01 00:00 UTC", True, False, {"cpu": "a cpu"}, (LoadResult("n", "T", "how", FIGURES, *SAMPLES),))


def page(folder: Path) -> Path:
    path = folder / PAGE
    path.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    return path


def test_render_replaces_the_figures_and_keeps_the_prose(tmp_path: Path) -> None:
    written = page(tmp_path)
    render(RUN, tmp_path)
    once = written.read_text()
    render(RUN, tmp_path)
    assert written.read_text() == once
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert "old" not in once
    assert "| cost <of> it, us | 1.00 | 2.00 | 0.50 |  | ≤ 0.65 | yes |" in once
    assert Run.read(tmp_path / RAW) == RUN
    ET.parse(tmp_path / CHART)


def test_a_page_without_marks_is_left_alone() -> None:
    with pytest.raises(BenchError, match="marks"):
        replaced("prose only", "figures")


def test_newest_takes_the_last_complete_run_or_the_committed_one(tmp_path: Path) -> None:
    results, docs = tmp_path / "results", tmp_path / "docs"
    with pytest.raises(BenchError, match="no complete run"):
        newest(results, docs)
    RUN.write(docs / RAW)
    replace(RUN, complete=False).write(results / "3.json")
    assert newest(results, docs) == docs / RAW
    RUN.write(results / "1.json")
    RUN.write(results / "2.json")
    assert newest(results, docs) == results / "2.json"


def test_chart_escapes_names_and_leaves_out_what_is_no_number() -> None:
    bars = [
        Bar("a <b>", 0.5, 0.65, "lower"),
        Bar("lost", math.nan, 1.0, "lower"),
        Bar("c", 1.4, 1.3, "higher"),
    ]
    drawn = svg(bars, "title & more", "subtitle")
    words = [element.text for element in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert {"a <b>", "c", "0.50", "1.40", "title & more"} <= set(words)
    assert "lost" not in words


def test_chart_of_nothing_is_still_an_image() -> None:
    ET.fromstring(svg([], "title", "subtitle"))


def test_axis_is_bounded_and_long_bars_are_cut() -> None:
    assert axis_reach([0.3]) == 1.25
    assert axis_reach([1.3]) == 1.5
    assert axis_reach([17.0]) == AXIS_MAX
    assert place(17.0, AXIS_MAX) == BAR_RIGHT
    assert "»" in svg([Bar("slow", 17.0, 1.0, "lower")], "t", "s")


@pytest.mark.parametrize(("bar", "wins"), [(Bar("", 1.0, 0.5, "lower"), True), (Bar("", 0.9, 1.3, "higher"), False)])
def test_colour_compares_with_redis_not_with_the_target(bar: Bar, wins: bool) -> None:
    assert bar.wins is wins


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (123456.7, "123,457"),
        (99.95, "100"),
        (12.34, "12.3"),
        (1.234, "1.23"),
        (0.1234, "0.123"),
        (0.01234, "0.012"),
        (0.0, "0.00"),
        (math.nan, "-"),
    ],
)
def test_numbers_have_three_digits(value: float, written: str) -> None:
    assert text.number(value) == written
