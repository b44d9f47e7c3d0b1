"""The JSON form of a run, and the catalog of loads."""

from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.loads import catalog
from bench.loads.types import TESTS
from bench.model import Figure, LoadResult, Run

FIGURES = (Figure("a", "A", "us", "lower", 1.0), Figure("all", "All", "us", of=("a",), mean="geometric mean"))
RUN = Run(
    date="2026-01-01 00:00 UTC",
    complete=True,
    against_self=False,
    machine={"cpu": "a cpu"},
    loads=(LoadResult("name", "title", "how", FIGURES, ({"a": 1.0, "extra": 2.0},), ({"a": 2.0},)),),
)


def test_a_figure_of_an_older_file_is_a_median() -> None:
    raw = {"name": "all", "title": "All", "unit": "us", "better": "lower", "target": None, "of": ["a"]}
    load = {"name": "n", "title": "t", "how": "h", "figures": [raw], "ours": [], "theirs": []}
    assert LoadResult.from_json(load).figures == (Figure("all", "All", "us", of=("a",)),)


def test_a_run_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.json"
    RUN.write(path)
    assert Run.read(path) == RUN


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "loads": []}'])
def test_another_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(BenchError, match=r"run\.json"):
        Run.read(path)


@pytest.mark.parametrize("quick", [False, True])
def test_catalog_is_consistent(quick: bool) -> None:
    loads = catalog(quick)
    assert len({load.name for load in loads}) == len(loads)
    for load in loads:
        names = [figure.name for figure in load.figures]
        assert len(set(names)) == len(names)
        assert all(part in names for figure in load.figures for part in figure.of)
        assert load.how


def test_catalog_holds_the_promised_targets() -> None:
    promised = {
        ("pipelined", "set,get cpu"): 0.65,
        ("pipelined", "set,get rate"): 1.3,
        ("headline", "set,get cpu"): 1.0,
        ("latency", "set p50"): 1.1,
        ("latency", "get p50"): 1.1,
        ("memory-16", "all sizes"): 0.50,
        ("memory-64", "all sizes"): 0.62,
        ("memory-64-ttl", "all sizes"): 0.60,
        ("memory-hash", "all sizes"): 0.80,
        ("memory-zset", "all sizes"): 0.85,
        ("memory-hash-10k", "150"): 0.70,
        ("memory-zset-10k", "100"): 0.75,
        ("memory-list-10k", "800"): 1.0,
        ("types", "mean"): 0.75,
        **{("types", test.name): 0.9 for test in TESTS},
        ("tail-collection", "hash worst"): 1.0,
        ("tail-collection", "zset worst"): 1.0,
        ("tail-delete", "delete worst"): 1.0,
        ("tail-grow", "grow worst"): 1.0,
        ("tail-grow", "flush worst"): 1.0,
        ("tail-expire", "expire worst"): 1.0,
    }
    declared = {
        (load.name, figure.name): figure.target
        for load in catalog(quick=False)
        for figure in load.figures
        if figure.target is not None
    }
    assert declared == promised
