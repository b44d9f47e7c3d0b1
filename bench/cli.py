"""The command line: `python -m bench [run|report] ...`.

The exit code says whether the benchmark could run, never how good the figures are: a benchmark is not a test.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench import servers
from bench.errors import BenchError
from bench.loads import catalog
from bench.machine import split_cores
from bench.model import Load, LoadResult, Run, Side
from bench.report import newest, render
from bench.run import record, run
from bench.servers import Command
from bench.table import show

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
QUICK_ROUNDS = 1
PLAIN_WIDTH = 110  # columns of the tables in a file or a pipe


def parser() -> argparse.ArgumentParser:
    """The arguments that `main` understands."""
    built = argparse.ArgumentParser(prog="python -m bench", description="AutoCache and redis-server side by side.")
    built.add_argument("action", nargs="?", choices=("run", "report"), default="run", help="default: run")
    built.add_argument("--list", action="store_true", help="list the loads and end")
    built.add_argument("--quick", action="store_true", help="small and one round: does it work, not how fast is it")
    built.add_argument("--rounds", type=positive, metavar="N", help="rounds of every load (default: as each load says)")
    built.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="only this of --list; may be repeated"
    )
    built.add_argument("--json", type=Path, metavar="PATH", help="run: write here; report: read this")
    built.add_argument(
        "--docs", type=Path, default=ROOT / "docs", metavar="DIR", help="report: the docs to render into"
    )
    built.add_argument(
        "--against-self", action="store_true", help="redis-server on both sides: how far is noise from 1"
    )
    return built


def positive(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if it could do what was asked, 1 if not, 130 if interrupted."""
    options = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the servers are ended on SIGTERM too
    try:
        return dispatch(options)
    except (BenchError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def dispatch(options: argparse.Namespace) -> int:
    """Do what the arguments ask for."""
    loads = chosen(catalog(options.quick), options.only)
    if options.list:
        for load in loads:
            print(f"{load.name:16} {load.title}\n{'':16} {load.how}")
    elif options.action == "report":
        source = options.json or newest(RESULTS, options.docs)
        render(Run.read(source), options.docs)
        print(f"rendered {source} into {options.docs}")
    else:
        measure(loads, options)
    return 0


def chosen(loads: tuple[Load, ...], names: list[str]) -> tuple[Load, ...]:
    """The loads of these names, or all if there are none; raises BenchError for an unknown name."""
    known = [load.name for load in loads]
    for name in names:
        if name not in known:
            raise BenchError(f"no load is called {name!r}; there are {', '.join(known)}")
    return tuple(load for load in loads if not names or load.name in names)


def measure(loads: tuple[Load, ...], options: argparse.Namespace) -> None:
    """Run the loads, keep the raw numbers and show the comparison; also of a run that ended early."""
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    cores = split_cores(os.sched_getaffinity(0))
    ours: Command = servers.theirs if options.against_self else servers.ours
    commands: dict[Side, Command] = {"ours": ours, "theirs": servers.theirs}
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else None)
    results: list[LoadResult] = []
    try:
        with console.status("starting") as status:
            progress = status.update if console.is_terminal else console.print
            results.extend(run(loads, commands, cores, rounds, progress))
    finally:
        if results:
            whole = len(results) == len(catalog(quick=False))
            complete = whole and not (options.quick or options.against_self)
            keep(record(tuple(results), cores, complete, options.against_self), options.json, console)


def keep(outcome: Run, path: Path | None, console: Console) -> None:
    """Write the raw numbers to `path`, or a file named after the time, and print the tables."""
    path = path or RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    outcome.write(path)
    show(outcome, console)
    console.print(f"raw numbers: {path}", markup=False, highlight=False, soft_wrap=True)
