"""The slow log and the latency log: what took long, kept in bounded memory, as SLOWLOG and LATENCY show it.

Both are filled by the host when the pipeline tells it (`Host.on_slow`, `Host.on_latency`). They read no
clock: `now` is an argument, in seconds since the epoch.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SLOW_ENTRIES_MAX = 128  # slowlog-max-len's default
SLOW_ARGS_MAX = 32
SLOW_ARG_BYTES_MAX = 128
LATENCY_SAMPLES_MAX = 160  # of one event
LATENCY_EVENTS_MAX = 64  # events have fixed names; the bound only guards against a bug
GRAPH_COLUMNS = 80
GRAPH_ROWS = 4
GRAPH_FILL = "_o#"


class SlowEntry(NamedTuple):
    """One slow command; `at` in seconds since the epoch."""

    id: int
    at: int
    took_us: int
    args: list[bytes]
    address: str
    name: bytes


def trim_args(args: Sequence[bytes]) -> list[bytes]:
    """The arguments as the slow log keeps them: few, and short."""
    kept = list(args if len(args) <= SLOW_ARGS_MAX else args[: SLOW_ARGS_MAX - 1])
    kept = [
        arg
        if len(arg) <= SLOW_ARG_BYTES_MAX
        else arg[:SLOW_ARG_BYTES_MAX] + b"... (%d more bytes)" % (len(arg) - SLOW_ARG_BYTES_MAX)
        for arg in kept
    ]
    if len(args) > SLOW_ARGS_MAX:
        kept.append(b"... (%d more arguments)" % (len(args) - SLOW_ARGS_MAX + 1))
    return kept


class SlowLog:
    """The newest slow commands, newest first; `max_len` takes effect with the next entry."""

    def __init__(self, max_len: int = SLOW_ENTRIES_MAX) -> None:
        self.max_len = max_len
        self._entries: deque[SlowEntry] = deque()
        self._next_id = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, args: Sequence[bytes], took_us: int, now: float, address: str = "", name: bytes = b"") -> None:
        """Enter a command, and drop what there is too much of."""
        self._entries.appendleft(SlowEntry(self._next_id, int(now), took_us, trim_args(args), address, name))
        self._next_id += 1
        while len(self._entries) > self.max_len:
            self._entries.pop()

    def newest(self, count: int) -> list[SlowEntry]:
        """Up to `count` entries; all of them if it is negative."""
        entries = list(self._entries)
        return entries if count < 0 else entries[:count]

    def clear(self) -> None:
        """Forget all entries; ids go on."""
        self._entries.clear()


class Sample(NamedTuple):
    """The worst that happened in one second."""

    at: int
    ms: int


@dataclass
class LatencyEvent:
    """The samples of one kind of event, oldest first, and its worst time ever."""

    worst_ms: int = 0
    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=LATENCY_SAMPLES_MAX))

    def add(self, at: int, ms: int) -> None:
        self.worst_ms = max(self.worst_ms, ms)
        if self.samples and self.samples[-1].at == at:
            self.samples[-1] = Sample(at, max(ms, self.samples[-1].ms))
        else:
            self.samples.append(Sample(at, ms))


class Analysis(NamedTuple):
    """What LATENCY DOCTOR says of an event: times in ms, `period_s` between two samples."""

    samples: int
    average: float
    deviation: float
    period_s: float


class LatencyLog:
    """The latency events by name."""

    def __init__(self) -> None:
        self.events: dict[str, LatencyEvent] = {}

    def __iter__(self) -> Iterator[tuple[str, LatencyEvent]]:
        return iter(self.events.items())

    def add(self, event: str, ms: int, now: float) -> None:
        """Enter an event."""
        if event not in self.events and len(self.events) >= LATENCY_EVENTS_MAX:
            return
        self.events.setdefault(event, LatencyEvent()).add(int(now), ms)

    def clear(self, names: Sequence[str] = ()) -> int:
        """Forget the named events, or all; how many there were."""
        found = [name for name in (names or list(self.events)) if self.events.pop(name, None) is not None]
        return len(found)

    def analyse(self, event: str, now: float) -> Analysis:
        """Mean, mean deviation and period of an event that is there."""
        samples = self.events[event].samples
        average = sum(sample.ms for sample in samples) / len(samples)
        deviation = sum(abs(sample.ms - average) for sample in samples) / len(samples)
        return Analysis(len(samples), average, deviation, (now - samples[0].at) / len(samples))

    def graph(self, event: str, now: float) -> str:
        """The picture of LATENCY GRAPH for an event that is there."""
        found = self.events[event]
        values = [sample.ms for sample in found.samples]
        head = f"{event} - high {max(values)} ms, low {min(values)} ms (all time high {found.worst_ms} ms)"
        labels = [age_label(int(now) - sample.at) for sample in found.samples]
        lines = [head, "-" * GRAPH_COLUMNS]
        for start in range(0, len(values), GRAPH_COLUMNS):
            if start:
                lines.append("")
            end = start + GRAPH_COLUMNS
            lines += bars(values[start:end], labels[start:end], min(values), max(values))
        return "".join(line + "\n" for line in lines)


def age_label(seconds: int) -> str:
    """How long ago, as short as it can be said."""
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 86400:
        return f"{seconds // 3600}h"
    return f"{seconds // 86400}d"


def bars(values: Sequence[int], labels: Sequence[str], low: int, high: int) -> list[str]:
    """Columns of filled characters between `low` and `high`, and below each its label, downwards."""
    span = (high - low) or 1
    steps = len(GRAPH_FILL) * GRAPH_ROWS
    heights = [min(math.floor((value - low) * steps / span), steps - 1) for value in values]
    rows = []
    for row in range(GRAPH_ROWS):
        base = (GRAPH_ROWS - row - 1) * len(GRAPH_FILL)
        rows.append("".join(_cell(height - base) for height in heights))
    longest = max(map(len, labels), default=0)
    rows += ["".join(label[at] if at < len(label) else " " for label in labels) for at in range(longest)]
    return rows


def _cell(level: int) -> str:
    if level < 0:
        return " "
    return GRAPH_FILL[level] if level < len(GRAPH_FILL) else "|"
