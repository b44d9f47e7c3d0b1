"""The chart of the docs: a horizontal bar for each ratio that has a target, as SVG. Pure.

Written by hand, for a plotting library is a large dependency for thirty rectangles. The ground is transparent
and the colours are middle tones, so that the image reads on GitHub's light and dark pages alike.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bench import text
from bench.model import Better

WIDTH = 860
MARGIN = 16
LABEL_WIDTH = 350
BAR_LEFT = MARGIN + LABEL_WIDTH + 12
BAR_RIGHT = WIDTH - 76  # leaves room for the column of the ratios
ROW_HEIGHT = 28
BAR_HEIGHT = 16
HEADING_HEIGHT = 40
TOP = 72
BOTTOM = 62
AXIS_STEP = 0.25
AXIS_MIN = 1.25  # the axis reaches at least this far, so that the line at 1 stands inside
AXIS_MAX = 2.0  # longer bars are cut, and marked »

INK = "#747f8b"
GRID = "#8b949e"
BETTER_COLOUR = "#2f9e78"
WORSE_COLOUR = "#d0723c"
FONT = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
GROUPS: tuple[tuple[Better, str], ...] = (
    ("lower", "Cost: shorter is better"),
    ("higher", "Throughput: longer is better"),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One ratio ours / theirs with its target."""

    label: str
    ratio: float
    target: float
    better: Better

    @property
    def wins(self) -> bool:
        """Whether ours is at least as good as theirs, whatever the target."""
        return self.ratio <= 1 if self.better == "lower" else self.ratio >= 1


def svg(bars: Iterable[Bar], title: str, subtitle: str) -> str:
    """Draw the bars, in their order, under one heading for each direction of `better`."""
    drawn = [bar for bar in bars if not math.isnan(bar.ratio)]
    reach = axis_reach([bar.ratio for bar in drawn] + [bar.target for bar in drawn])
    body: list[str] = []
    y = TOP
    for better, heading in GROUPS:
        group = [bar for bar in drawn if bar.better == better]
        if group:
            body.append(label(MARGIN, y + 24, heading, weight=600))
            y += HEADING_HEIGHT
            body += [row(bar, y + index * ROW_HEIGHT, reach) for index, bar in enumerate(group)]
            y += len(group) * ROW_HEIGHT
    head = [label(MARGIN, 30, title, size=18, weight=600), label(MARGIN, 52, subtitle, size=12)]
    lines = [
        opening(y + BOTTOM, title),
        *head,
        *axis(TOP + 10, y + 4, reach),
        *body,
        legend(y + 46),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def axis_reach(ratios: list[float]) -> float:
    """The ratio at the right end of the axis: a whole number of steps, within bounds."""
    longest = max([AXIS_MIN, *ratios])
    return min(AXIS_MAX, math.ceil(longest / AXIS_STEP) * AXIS_STEP)


def place(ratio: float, reach: float) -> float:
    """The x of a ratio."""
    return round(BAR_LEFT + (BAR_RIGHT - BAR_LEFT) * min(ratio, reach) / reach, 1)


def opening(height: int, title: str) -> str:
    """Open the image; the label is what a screen reader says."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="{escape(title)}" font-family="{FONT}">'
    )


def label(x: float, y: float, words: str, size: int = 13, weight: int = 400, anchor: str = "start") -> str:
    """Draw words; `y` is their base line."""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{INK}">{escape(words)}</text>'
    )


def line(x: float, top: float, bottom: float, colour: str, width: float, dashes: str = "") -> str:
    """Draw a vertical line."""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="M{x} {top}V{bottom}" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def block(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Draw a filled rectangle with slightly round corners."""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3" fill="{colour}"/>'


def axis(top: float, bottom: float, reach: float) -> list[str]:
    """Faint lines with their ratios below, and the strong one at 1: redis-server itself."""
    drawn = []
    for step in range(math.floor(reach / AXIS_STEP) + 1):
        ratio = step * AXIS_STEP
        x = place(ratio, reach)
        drawn.append(
            f'<g opacity="0.3">{line(x, top, bottom, GRID, 1)}</g>' if ratio != 1 else line(x, top, bottom, INK, 2)
        )
        drawn.append(label(x, bottom + 16, f"{ratio:g}", size=11, weight=600 if ratio == 1 else 400, anchor="middle"))
    return drawn


def row(bar: Bar, y: float, reach: float) -> str:
    """Label, bar, target mark and figure of one ratio."""
    top, x = y + (ROW_HEIGHT - BAR_HEIGHT) / 2, place(bar.ratio, reach)
    colour = BETTER_COLOUR if bar.wins else WORSE_COLOUR
    cut = label(BAR_RIGHT + 3, y + 19, "»", weight=600) if bar.ratio > reach else ""
    mark = place(bar.target, reach)
    return "".join(
        (
            label(MARGIN + LABEL_WIDTH, y + 19, bar.label, anchor="end"),
            block(BAR_LEFT, top, round(x - BAR_LEFT, 1), BAR_HEIGHT, colour),
            line(mark, top - 4, top + BAR_HEIGHT + 4, INK, 2, "3 2"),
            cut,
            label(WIDTH - MARGIN, y + 19, text.ratio(bar.ratio), weight=600, anchor="end"),
        )
    )


def legend(y: float) -> str:
    """Name the colours and the two kinds of line."""
    x, drawn = BAR_LEFT, []
    for colour, words, width in (
        (BETTER_COLOUR, "better than redis-server", 178),
        (WORSE_COLOUR, "worse", 70),
    ):
        drawn.append(block(x, y - 10, 12, 12, colour))
        drawn.append(label(x + 18, y, words, size=12))
        x += width
    return "".join((*drawn, line(x + 4, y - 12, y + 4, INK, 2, "3 2"), label(x + 14, y, "target", size=12)))
