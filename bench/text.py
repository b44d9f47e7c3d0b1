"""How figures are written, in the terminal and in the docs alike. Pure."""

import math

from bench.model import Figure
from bench.stats import Row

DECIMALS_MAX = 3
VERDICTS = {True: "yes", False: "no", None: ""}


def number(value: float) -> str:
    """Three significant digits, or all of the integer part where it has more."""
    if math.isnan(value):
        return "-"
    rounded = float(f"{value:.2e}")  # first, for 99.96 has no digit behind the point but 99.94 has one
    whole_digits = math.floor(math.log10(abs(rounded))) + 1 if rounded else 1
    return f"{value:,.{min(max(0, 3 - whole_digits), DECIMALS_MAX)}f}"


def ratio(value: float) -> str:
    """Two digits behind the point, as the targets have."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def spread(row: Row) -> str:
    """The extremes of the ratio over the rounds; empty if there was one round."""
    low, high = ratio(row.low), ratio(row.high)
    return "" if low == high else f"{low} to {high}"


def target(figure: Figure) -> str:
    """A target with its direction; empty if there is none."""
    if figure.target is None:
        return ""
    return f"{'≤' if figure.better == 'lower' else '≥'} {figure.target:.2f}"


def cells(row: Row) -> tuple[str, ...]:
    """A row as text, in the order of HEADINGS."""
    figure = row.figure
    return (
        f"{figure.title}, {figure.unit}",
        number(row.ours),
        number(row.theirs),
        ratio(row.ratio),
        spread(row),
        target(figure),
        VERDICTS[row.met],
    )


HEADINGS = ("figure", "ours", "redis-server", "ratio", "spread", "target", "met")
NUMERIC = frozenset({"ours", "redis-server", "ratio", "spread", "target"})
