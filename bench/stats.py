"""From samples to what a reader wants: medians, ratios, their spread, and whether the target is met. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.model import CLIENT_BUSY_SHARE, SERVER_WAIT_SHARE, Figure, LoadResult, Mean, Sample

WAIT_SHARE_MAX = 0.05  # above this, others on the machine took so much of the server's core that the figures suffer
BUSY_SHARE_MAX = 0.95  # above this, the throughput is that of the load generator


@dataclass(frozen=True, slots=True)
class Row:
    """One figure compared. `ratio` is that of the medians; `low` and `high` are the extremes over the rounds.

    Each round gives a pair of neighbouring samples, so the spread is that of the pairs' ratios: what drifts
    in the machine over minutes hits both samples of a pair.
    """

    figure: Figure
    ours: float
    theirs: float
    ratio: float
    low: float
    high: float

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none, or nothing to compare."""
        target = self.figure.target
        if target is None or math.isnan(self.ratio):
            return None
        return self.ratio <= target if self.figure.better == "lower" else self.ratio >= target


def divide(ours: float, theirs: float) -> float:
    """Ours / theirs; not a number where theirs is nothing, as in a run too small to measure."""
    return ours / theirs if theirs > 0 else math.nan


def percentile(ordered: Sequence[float], share: float) -> float:
    """Nearest-rank percentile of ascending numbers; `share` 0.5 is the median, 1 the largest."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def compare(load: LoadResult) -> list[Row]:
    """One row for each figure of a load, in the order in which the load declares them."""
    rows: dict[str, Row] = {}
    for figure in load.figures:
        row = combined(figure, [rows[name] for name in figure.of]) if figure.of else paired(figure, load)
        rows[figure.name] = row
    return list(rows.values())


def paired(figure: Figure, load: LoadResult) -> Row:
    """Compare a figure that has samples."""
    ours = [sample[figure.name] for sample in load.ours]
    theirs = [sample[figure.name] for sample in load.theirs]
    ratios = [divide(mine, other) for mine, other in zip(ours, theirs, strict=True)]
    ratio = divide(median(ours), median(theirs))
    return Row(figure, median(ours), median(theirs), ratio, min(ratios), max(ratios))


def combined(figure: Figure, parts: list[Row]) -> Row:
    """The median or geometric mean of several figures' ratios, with their extremes as its spread."""
    middle = MEANS[figure.mean]
    ratios = [part.ratio for part in parts]
    ours, theirs = middle([part.ours for part in parts]), middle([part.theirs for part in parts])
    return Row(figure, ours, theirs, middle(ratios), min(ratios), max(ratios))


def geometric_mean(numbers: Sequence[float]) -> float:
    """The geometric mean; not a number if one of them is not, or not positive."""
    if not all(number > 0 for number in numbers):
        return math.nan
    return math.exp(math.fsum(math.log(number) for number in numbers) / len(numbers))


MEANS: dict[Mean, Callable[[Sequence[float]], float]] = {"median": median, "geometric mean": geometric_mean}


def notes(load: LoadResult) -> list[str]:
    """Warn where the samples themselves say that they can be trusted only in part."""
    found = []
    wait = largest(load.ours + load.theirs, SERVER_WAIT_SHARE)
    if wait > WAIT_SHARE_MAX:
        found.append(f"others took up to {wait:.0%} of the server's core: repeat on a quiet machine")
    for side, samples in (("ours", load.ours), ("theirs", load.theirs)):
        busy = largest(samples, CLIENT_BUSY_SHARE)
        if busy > BUSY_SHARE_MAX:
            found.append(f"against {side} the load generator used {busy:.0%} of its core and bounds the throughput")
    return found


def largest(samples: Sequence[Sample], name: str) -> float:
    """The largest value of `name` in the samples that have it; else 0."""
    return max((sample.get(name, 0.0) for sample in samples), default=0.0)
