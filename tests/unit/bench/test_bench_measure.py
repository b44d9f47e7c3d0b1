"""Reading redis-benchmark and the machine, the order of turns, summaries, and choosing loads."""

import json
import socket
from array import array
from contextlib import nullcontext
from dataclasses import dataclass

import pytest

from bench.cli import chosen, main
from bench.errors import BenchError
from bench.loads import catalog
from bench.loads.throughput import sample
from bench.machine import cpu_model, facts, split_cores, version
from bench.model import Load, Sample, Side, Start
from bench.pinger import summarise
from bench.redis_benchmark import Outcome, parse
from bench.run import measure, turns
from bench.servers import Server

CSV = """WARNING: something
"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms"
"SET","454545.47","1.544","0.424","1.471"
"""


def test_csv_row_is_found_behind_warnings() -> None:
    row = parse(CSV, "set")
    assert (row["rps"], row["p50_latency_ms"]) == ("454545.47", "1.471")


@pytest.mark.parametrize("title", ["MSET (10 keys)", "mset"])
def test_csv_row_may_explain_its_name(title: str) -> None:
    assert parse(f'"test","rps"\n"{title}","1.0"\n', "mset")["rps"] == "1.0"


def test_a_missing_row_is_an_error() -> None:
    with pytest.raises(BenchError, match="no row for get"):
        parse(CSV, "get")


def test_tests_together_weigh_by_requests_and_time() -> None:
    outcomes = [
        Outcome(100, 100.0, 1.0, 1_000_000, {"t": 0.1}),
        Outcome(100, 50.0, 1.0, 3_000_000, {"t": 0.3}),
    ]
    taken = sample(outcomes)
    assert (taken["set cpu"], taken["get cpu"], taken["set,get cpu"]) == (10.0, 30.0, 20.0)
    assert taken["set,get rate"] == pytest.approx(200 / 3)
    assert taken["t"] == 0.3


def test_summary_is_in_milliseconds() -> None:
    summary = summarise(array("q", [3_000_000, 1_000_000, 2_000_000]))
    assert summary == {"p50": 2.0, "p99": 3.0, "p999": 3.0, "worst": 3.0}


@pytest.mark.parametrize(
    ("usable", "server", "clients", "pinned"),
    [({0, 1}, {1}, {0}, True), ({2, 5, 7}, {7}, {2, 5}, True), ({3}, {3}, {3}, False)],
)
def test_cores_are_split(usable: set[int], server: set[int], clients: set[int], pinned: bool) -> None:
    cores = split_cores(usable)
    assert (set(cores.server), set(cores.clients), cores.pinned) == (server, clients, pinned)
    assert ("pinned to" in str(cores)) is pinned


def test_machine_facts_hold_no_host_name_and_no_path() -> None:
    told = json.dumps(facts(split_cores({0, 1})))
    assert socket.gethostname() not in told.split()
    assert "/" not in told


def test_tool_texts() -> None:
    assert version("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0") == "7.0.15"
    assert cpu_model("processor\t: 0\nmodel name\t: A CPU\n") == "A CPU"


def test_turns_alternate() -> None:
    assert [turns(number) for number in range(3)] == [
        ("ours", "theirs"),
        ("theirs", "ours"),
        ("ours", "theirs"),
    ]


@dataclass(frozen=True, kw_only=True)
class Port(Load):
    """A load that yields the port of its server."""

    @property
    def how(self) -> str:
        return "looks"

    def measure(self, start: Start) -> Sample:
        with start() as server:
            return {"port": float(server.port)}


def test_rounds_keep_the_sides_apart() -> None:
    starts: dict[Side, Start] = {
        "ours": lambda: nullcontext(Server(1, 1000)),
        "theirs": lambda: nullcontext(Server(2, 2000)),
    }
    said: list[str] = []
    result = measure(Port(name="p", title="t", rounds=9, figures=()), starts, 2, said.append)
    assert result.ours == ({"port": 1000.0},) * 2
    assert result.theirs == ({"port": 2000.0},) * 2
    assert [line.rsplit(" ", 1)[1] for line in said] == ["ours", "theirs", "theirs", "ours"]


def test_loads_are_chosen_in_catalog_order() -> None:
    picked = chosen(catalog(quick=True), ["latency", "pipelined"])
    assert [load.name for load in picked] == ["pipelined", "latency"]


def test_an_unknown_load_ends_with_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nonsense"]) == 1
    assert "'nonsense'" in capsys.readouterr().err


def test_list_names_every_load(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(load.name in printed for load in catalog(quick=False))
