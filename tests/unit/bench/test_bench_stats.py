"""Ratios, medians, verdicts and warnings of the benchmark."""

import math

import pytest

from bench.model import CLIENT_BUSY_SHARE, SERVER_WAIT_SHARE, Figure, LoadResult, Sample
from bench.stats import Row, compare, divide, geometric_mean, notes, percentile

COST = Figure("cost", "cost", "us", "lower", 1.0)
RATE = Figure("rate", "rate", "1/s", "higher", 1.3)


def result(figures: tuple[Figure, ...], ours: list[Sample], theirs: list[Sample]) -> LoadResult:
    return LoadResult("name", "title", "how", figures, tuple(ours), tuple(theirs))


def row(figure: Figure, ratio: float) -> Row:
    return Row(figure, ratio, 1.0, ratio, ratio, ratio)


def test_ratio_is_of_medians_and_spread_of_pairs() -> None:
    ours: list[Sample] = [{"cost": 1.0}, {"cost": 9.0}, {"cost": 2.0}]
    theirs: list[Sample] = [{"cost": 4.0}, {"cost": 3.0}, {"cost": 5.0}]
    (compared,) = compare(result((COST,), ours, theirs))
    assert (compared.ours, compared.theirs, compared.ratio) == (2.0, 4.0, 0.5)
    assert (compared.low, compared.high) == (0.25, 3.0)


def test_combined_figure_is_the_median_of_ratios() -> None:
    parts = tuple(Figure(name, name, "B") for name in "abc")
    figures = (*parts, Figure("all", "all", "B", "lower", 0.5, of=("a", "b", "c")))
    ours: list[Sample] = [{"a": 1.0, "b": 40.0, "c": 900.0}]
    theirs: list[Sample] = [{"a": 10.0, "b": 100.0, "c": 1000.0}]
    combined = compare(result(figures, ours, theirs))[-1]
    assert combined.ratio == pytest.approx(0.4)
    assert [combined.low, combined.high] == pytest.approx([0.1, 0.9])
    assert combined.met is True


def test_combined_figure_may_be_the_geometric_mean() -> None:
    parts = tuple(Figure(name, name, "us") for name in "ab")
    figures = (*parts, Figure("mean", "mean", "us", "lower", 0.5, ("a", "b"), "geometric mean"))
    combined = compare(result(figures, [{"a": 1.0, "b": 4.0}], [{"a": 4.0, "b": 4.0}]))[-1]
    assert (combined.ours, combined.theirs, combined.ratio) == pytest.approx((2.0, 4.0, 0.5))
    assert (combined.low, combined.high) == (0.25, 1.0)


@pytest.mark.parametrize("numbers", [[1.0, 0.0], [math.nan, 1.0], [1.0, -1.0]])
def test_geometric_mean_needs_positive_numbers(numbers: list[float]) -> None:
    assert math.isnan(geometric_mean(numbers))


@pytest.mark.parametrize(
    ("figure", "ratio", "met"),
    [
        (COST, 1.0, True),
        (COST, 1.01, False),
        (RATE, 1.3, True),
        (RATE, 1.29, False),
        (Figure("x", "x", "us"), 0.1, None),
        (COST, math.nan, None),
    ],
)
def test_target_bounds_from_the_right_side(figure: Figure, ratio: float, met: bool | None) -> None:
    assert row(figure, ratio).met is met


def test_nothing_on_their_side_is_no_ratio() -> None:
    assert math.isnan(divide(1.0, 0.0))


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.99, 4), (1.0, 4), (0.25, 1), (0.0, 1)])
def test_percentile_is_the_nearest_rank(share: float, expected: int) -> None:
    assert percentile([1, 2, 3, 4], share) == expected


def test_notes_name_what_makes_samples_doubtful() -> None:
    good: Sample = {SERVER_WAIT_SHARE: 0.01, CLIENT_BUSY_SHARE: 0.5}
    bad: Sample = {SERVER_WAIT_SHARE: 0.2, CLIENT_BUSY_SHARE: 0.99}
    assert notes(result((), [good], [good, {}])) == []
    wait, busy = notes(result((), [good, bad], [good]))
    assert "20%" in wait
    assert "ours" in busy
