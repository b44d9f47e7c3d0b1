"""What is measured and what came out: figures, loads, samples, and their JSON form.

A result carries the descriptions of its figures, so that an old JSON file can be rendered by a newer program
whose loads have changed. Nothing in here measures or does I/O other than reading and writing that file.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from bench.errors import BenchError
from bench.servers import Server

FORMAT = 1  # of the JSON file; raised when an older reader could misread a newer file

Better = Literal["lower", "higher"]
Mean = Literal["median", "geometric mean"]
Side = Literal["ours", "theirs"]
Sample = dict[str, float]
Start = Callable[[], AbstractContextManager[Server]]

# Samples may carry these beside their figures. They say how far a sample can be trusted; see `stats.notes`.
SERVER_WAIT_SHARE = "server_wait_share"  # share of the time in which the server was runnable but had no core
CLIENT_BUSY_SHARE = "client_busy_share"  # share of the time in which the load generator itself used its core


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a load yields for each side.

    `target` bounds the ratio ours / theirs: from above if lower is better, from below if higher is. A figure
    with `of` has no samples of its own: its ratio is the median, or as `mean` says the geometric mean, of the
    ratios of the figures it names.
    """

    name: str
    title: str
    unit: str
    better: Better = "lower"
    target: float | None = None
    of: tuple[str, ...] = ()
    mean: Mean = "median"


@dataclass(frozen=True, kw_only=True)
class Load(ABC):
    """One load: its description as data, and how to take one sample of it on one side."""

    name: str
    title: str
    rounds: int
    figures: tuple[Figure, ...]

    @property
    @abstractmethod
    def how(self) -> str:
        """Say in one line what is run, for the reader of the table."""

    @abstractmethod
    def measure(self, start: Start) -> Sample:
        """Take one sample; each call of `start` starts a fresh server of the side being measured."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """All samples of one load. Samples `i` of both sides were taken in the same round: they form a pair."""

    name: str
    title: str
    how: str
    figures: tuple[Figure, ...]
    ours: tuple[Sample, ...]
    theirs: tuple[Sample, ...]

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "LoadResult":
        """Build a result from its part of a file."""
        figures = tuple(Figure(**{**figure, "of": tuple(figure["of"])}) for figure in raw["figures"])
        return cls(**{**raw, "figures": figures, "ours": tuple(raw["ours"]), "theirs": tuple(raw["theirs"])})


@dataclass(frozen=True, slots=True)
class Run:
    """One whole run of the benchmark.

    `complete` tells a run of every load on both servers at full size from a quick, partial or self-compared
    one; only a complete run is fit for the docs.
    """

    date: str
    complete: bool
    against_self: bool
    machine: dict[str, str]
    loads: tuple[LoadResult, ...]
    format: int = FORMAT

    def write(self, path: Path) -> None:
        """Write the run as JSON, with its folder if need be."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Run":
        """Read a file that `write` wrote; raises BenchError if it is not one."""
        try:
            raw = json.loads(path.read_text())
            if raw["format"] != FORMAT:
                raise BenchError(f"{path}: format {raw['format']}, this program reads {FORMAT}")
            return cls(**{**raw, "loads": tuple(LoadResult.from_json(load) for load in raw["loads"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BenchError(f"{path}: not a result of this benchmark ({error})") from error
