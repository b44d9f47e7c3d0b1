"""Taking the samples: each load, round by round, ours and theirs in turn."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from bench.machine import Cores, facts, running_on
from bench.model import Load, LoadResult, Run, Sample, Side, Start
from bench.servers import Command, Server, started

Progress = Callable[[str], None]


def turns(round_number: int) -> tuple[Side, Side]:
    """The order of the sides in a round: A B, B A, A B, ... so that neither always goes first."""
    return ("ours", "theirs") if round_number % 2 == 0 else ("theirs", "ours")


def starter(command: Command, cores: Cores) -> Start:
    """Bind a side's command to the server's cores."""

    def start() -> AbstractContextManager[Server]:
        return started(command, cores.server)

    return start


def run(
    loads: Sequence[Load], commands: dict[Side, Command], cores: Cores, rounds: int | None, progress: Progress
) -> Iterator[LoadResult]:
    """Measure load after load, each for `rounds` rounds or as many as it asks for itself."""
    starts = {side: starter(command, cores) for side, command in commands.items()}
    with running_on(cores.clients):
        for load in loads:
            yield measure(load, starts, rounds or load.rounds, progress)


def measure(load: Load, starts: dict[Side, Start], rounds: int, progress: Progress) -> LoadResult:
    """Take all samples of one load."""
    samples: dict[Side, list[Sample]] = {"ours": [], "theirs": []}
    for number in range(rounds):
        for side in turns(number):
            progress(f"{load.name}: round {number + 1} of {rounds}, {side}")
            samples[side].append(load.measure(starts[side]))
    ours, theirs = tuple(samples["ours"]), tuple(samples["theirs"])
    return LoadResult(load.name, load.title, load.how, load.figures, ours, theirs)


def record(loads: tuple[LoadResult, ...], cores: Cores, complete: bool, against_self: bool) -> Run:
    """Put the results together with the date and the machine they belong to."""
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Run(date, complete, against_self, facts(cores), loads)
