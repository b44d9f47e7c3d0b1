"""Runs Redis's own test suite in external mode against our server, or against a real redis-server.

tools/redis_suite.sh has put the suite under build/redis-suite/redis. It runs one file at a time, each on a
server of its own, so that a crash or a leftover setting spoils one file only. The suite leaves out by itself
what needs a server that it manages (`external:skip`) or much memory (`large-memory`); everything else runs,
and what a real redis-server passes in this mode (`--server redis`, stored as the baseline) is what ours is
held against.

The suite is started with `--durable`, which makes a failure of a test's own code a failed test instead of the
end of the file. Such a test may leave keys or settings behind, so that those after it fail too. Therefore a
file is run again without the tests that failed first of several in a row, or that did not end: a test counts
as passed if it passes in one of the attempts.

A test that passes on redis-server, not on ours, and is not named in docs/compatibility.md makes the exit
status 1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.servers import Server, free_port

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "redis-suite"
TREE = HOME / "redis"
LOGS = HOME / "logs"
COMPATIBILITY = ROOT / "docs" / "compatibility.md"

FILE_TIMEOUT_S = 300.0
# Without any result for so long, the test in progress does not end.
STALL_TIMEOUT_S = 60.0
ATTEMPTS_MAX = 6
REASON_CHARS_MAX = 240
POLL_S = 0.1
# What the suite's own instructions for external mode ask of the server.
CONFIG = {"save": "", "enable-protected-configs": "yes"}

STATUS = re.compile(r"^\[(ok|err|skip|ignore|exception|ready|TIMEOUT|\d+/\d+ done)\]: ?(.*)$")
ELAPSED = re.compile(r" \(\d+ ms\)$")
IN_FILE = re.compile(r" in tests/\S+\.tcl$")
RUN = re.compile(r" \(run \d+\)$")
STARTED = re.compile(r"### Starting test (.*) in tests/\S+\.tcl$")
UNKNOWN = "ERR unknown command"
TRACE = "\n    while executing\n"
# An exception's message is printed short of as many characters as "assertion:" has, and then again, whole.
CUT = len("assertion:")
# In docs/compatibility.md, instead of the name of a test.
EVERY_TEST = "every test"
ROW = re.compile(r"^\| `(?P<file>[^`]+)` \| (?P<test>.+?) \| (?P<reason>.+?) \|$")


@dataclass
class Outcome:
    """One test in one attempt."""

    name: str
    passed: bool
    reason: str = ""
    # Its code failed, so that what comes after the failure in it did not run.
    raised: bool = False


@dataclass
class FileResult:
    """One file of the suite, over all its attempts."""

    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left_out: int = 0
    notes: list[str] = field(default_factory=list)
    attempts: int = 0
    seconds: float = 0.0


@dataclass
class Attempt:
    """One run of a file: the tests in their order, and why it ended early if it did."""

    outcomes: list[Outcome] = field(default_factory=list)
    left_out: int = 0
    # The test that was running when the file was given up, or the server died.
    stuck: str = ""
    notes: list[str] = field(default_factory=list)


def main() -> int:
    """Run the files asked for, and say how they went."""
    options = arguments()
    # So that the server and the suite's processes end with this one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    LOGS.mkdir(parents=True, exist_ok=True)
    results = {}
    for file in options.file or suite_files(options.server):
        result = results[file] = run_file(file, options)
        show(file, result)
    total = sum(len(result.passed) for result in results.values())
    print(f"\n{options.server}: {total} passed, {sum(len(result.failed) for result in results.values())} failed")
    if options.only:
        return 0
    store(options, results)
    if options.server == "redis" or not options.against.exists():
        return 0
    return compare(json.loads(options.against.read_text("utf-8"))["files"], results)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make redis-suite ARGS=...", description=__doc__.partition("\n")[0])
    parser.add_argument("--server", choices=("autocache", "redis"), default="autocache", help="the server under test")
    parser.add_argument("--file", action="append", metavar="UNIT", help="a file such as unit/type/hash; repeatable")
    parser.add_argument("--json", type=Path, metavar="PATH", help="where results go (default: under build/redis-suite)")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="PATH",
        default=HOME / "baseline.json",
        help="results of --server redis to compare with (default: build/redis-suite/baseline.json)",
    )
    parser.add_argument("--tags", default="", help='tags for the suite, such as "-slow"')
    parser.add_argument("--only", action="append", default=[], metavar="TEST", help="only this test, or /PATTERN")
    parser.add_argument("--time", type=float, default=FILE_TIMEOUT_S, help="seconds for an attempt at one file")
    parser.add_argument("--stall", type=float, default=STALL_TIMEOUT_S, help="seconds for one test")
    parser.add_argument("--attempts", type=int, default=ATTEMPTS_MAX, help="most attempts at one file")
    options = parser.parse_args()
    if options.json is None:
        options.json = HOME / ("baseline.json" if options.server == "redis" else "results.json")
    return options


def suite_files(server: str) -> list[str]:
    """The suite's own list, without what starts its servers itself, and what docs/compatibility.md leaves out."""
    listed = subprocess.run(
        [tclsh(), "tests/test_helper.tcl", "--list-tests"], cwd=TREE, capture_output=True, text=True, check=True
    )
    left_out = {file for file, test in documented() if test == EVERY_TEST and server != "redis"}
    return [file for file in listed.stdout.split() if file.startswith("unit/") and file not in left_out]


def tclsh() -> str:
    """The interpreter of the suite."""
    return os.environ.get("TCLSH", "tclsh")


# -- running
# ---------------------------------------------------------------------------------------------------------
def run_file(file: str, options: argparse.Namespace) -> FileResult:
    """A file, as often as tests may have failed because of the one before them."""
    result = FileResult()
    begin = time.monotonic()
    skipped: set[str] = set()
    while result.attempts < options.attempts:
        attempt = run_attempt(file, options, skipped, result.attempts)
        result.attempts += 1
        merge(result, attempt)
        culprits = suspects(attempt) - skipped
        if not culprits:
            break
        skipped |= culprits
    result.seconds = round(time.monotonic() - begin, 1)
    return result


def merge(result: FileResult, attempt: Attempt) -> None:
    """Add what an attempt showed."""
    if result.attempts == 1:
        result.left_out = attempt.left_out
    for outcome in attempt.outcomes:
        if outcome.passed and outcome.name not in result.passed:
            result.passed.append(outcome.name)
        elif not outcome.passed:
            result.failed.setdefault(outcome.name, outcome.reason)
    if attempt.stuck:
        result.failed.setdefault(attempt.stuck, "did not end")
    for name in result.passed:
        result.failed.pop(name, None)
    result.notes += [note for note in attempt.notes if note not in result.notes]


def suspects(attempt: Attempt) -> set[str]:
    """The tests without which those after them might pass: the first of each row of failures, and the stuck one.

    A test that fails for want of a command does not fail because of the one before it, and no row goes past it.
    """
    found = {attempt.stuck} if attempt.stuck else set()
    before: Outcome | None = None
    for outcome, after in pairwise(attempt.outcomes):
        first = before is None or before.passed or UNKNOWN in before.reason
        if first and outcome.raised and not after.passed and UNKNOWN not in after.reason:
            found.add(outcome.name)
        before = outcome
    return found


def run_attempt(file: str, options: argparse.Namespace, skipped: set[str], number: int) -> Attempt:
    """Run a file once on a fresh server."""
    server = Server(options.server, CONFIG).start()
    log = LOGS / f"{file.replace('/', '-')}.{options.server}.{number}"
    command = [tclsh(), "tests/test_helper.tcl", "--host", "127.0.0.1", "--port", str(server.port), "--durable"]
    command += ["--single", file, "--timeout", str(int(options.stall)), "--baseport", str(suite_port())]
    command += ["--tags", options.tags] if options.tags else []
    for name in options.only:
        command += ["--only", name]
    for name in sorted({RUN.sub("", name) for name in skipped}):
        command += ["--skiptest", name]
    notes = []
    try:
        with log.with_suffix(log.suffix + ".txt").open("wb") as output:
            if not run_limited(command, output.fileno(), options.time):
                notes.append(f"given up after {options.time:g} s")
        if not server.alive():
            notes.append("the server died")
        started = last_started(server.log_path)
    finally:
        log.with_suffix(log.suffix + ".server.txt").write_bytes(server.log_path.read_bytes())
        server.stop()
    attempt = parse(log.with_suffix(log.suffix + ".txt").read_text("utf-8", errors="replace"))
    attempt.notes += notes
    if attempt.notes:
        last = attempt.outcomes[-1].name if attempt.outcomes else ""
        died = next((outcome.name for outcome in attempt.outcomes if outcome.name == started), "")
        attempt.stuck = (started if started != last else "") or died
    return attempt


def suite_port() -> int:
    """A port for the suite's own processes: it looks for a free pair, 10000 apart, below the one it is given."""
    return 20_000 + free_port() % 20_000


def run_limited(command: list[str], output: int, limit_s: float) -> bool:
    """Run to the end, or end the whole group of processes after a time and answer False."""
    environment = {name: value for name, value in os.environ.items() if name != "TERM"}
    process = subprocess.Popen(
        command,
        cwd=TREE,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=environment,
    )
    try:
        process.wait(limit_s)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        # The suite's client process outlives a server process that ended early.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def last_started(path: Path) -> str:
    """The test that began last, which the suite writes to the server's log."""
    for line in reversed(path.read_text("utf-8", errors="replace").splitlines()):
        if found := STARTED.search(line):
            return found[1]
    return ""


# -- reading what the suite printed
# ---------------------------------------------------------------------------------------------------------
def parse(text: str) -> Attempt:
    """The outcomes in the suite's output. A name that comes again gets a number."""
    attempt = Attempt()
    seen: dict[str, int] = {}
    for kind, body in blocks(text):
        if kind == "ok":
            attempt.outcomes.append(Outcome(numbered(ELAPSED.sub("", body.strip()), seen), passed=True))
        elif kind == "err":
            read_failure(body, attempt, seen)
        elif kind in ("skip", "ignore"):
            attempt.left_out += 1
        elif kind == "exception":
            attempt.notes.append("ended by an exception: " + one_line(body))
        elif kind == "TIMEOUT":
            attempt.notes.append("a test did not end")
    return attempt


def blocks(text: str) -> list[tuple[str, str]]:
    """Status lines, each with the lines that follow it."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if status := STATUS.match(line):
            found.append((status[1], status[2]))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + "\n" + line)
    return found


def read_failure(body: str, attempt: Attempt, seen: dict[str, int]) -> None:
    """A failed test, or code between tests that failed and ended a block of the file."""
    head, _, rest = body.partition("\n")
    message, trace, _ = rest.partition(TRACE)
    if not IN_FILE.search(head):
        attempt.notes.append("a block was ended by: " + one_line(body))
        return
    if trace:
        message = message[(len(message) - CUT - 1) // 2 + 1 :]
    name = numbered(IN_FILE.sub("", head), seen)
    attempt.outcomes.append(Outcome(name, passed=False, reason=one_line(message), raised=bool(trace)))


def numbered(name: str, seen: dict[str, int]) -> str:
    """The name, with which of its runs this is if it came before: some tests are in a loop and keep their name."""
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name} (run {seen[name]})"


def one_line(text: str) -> str:
    """The beginning of a text, on one line."""
    return " ".join(text.split())[:REASON_CHARS_MAX]


# -- telling
# ---------------------------------------------------------------------------------------------------------
def show(file: str, result: FileResult) -> None:
    """One line for a file, and one for each failed test."""
    tries = f", {result.attempts} attempts" if result.attempts > 1 else ""
    print(
        f"{file:<26} {len(result.passed):>4} passed {len(result.failed):>4} failed {result.left_out:>4} left out"
        f"   ({result.seconds:g} s{tries})",
        flush=True,
    )
    for name, reason in result.failed.items():
        print(f"    {name}: {reason}", flush=True)
    for note in result.notes:
        print(f"    note: {note}", flush=True)


def store(options: argparse.Namespace, results: dict[str, FileResult]) -> None:
    """Write the results; those of files that did not run this time stay."""
    known: dict[str, Any] = json.loads(options.json.read_text("utf-8"))["files"] if options.json.exists() else {}
    known |= {file: asdict(result) for file, result in results.items()}
    options.json.write_text(json.dumps({"server": options.server, "files": known}, indent=1) + "\n", "utf-8")


def documented() -> set[tuple[str, str]]:
    """The tests that docs/compatibility.md names, by file and name."""
    lines = COMPATIBILITY.read_text("utf-8").splitlines() if COMPATIBILITY.exists() else []
    rows = filter(None, map(ROW.match, lines))
    return {(row["file"], row["test"].replace("\\|", "|")) for row in rows}


def compare(baseline: dict[str, Any], results: dict[str, FileResult]) -> int:
    """Print what passes there and not here, and what is named without need; 1 if anything is not named."""
    known = documented()
    open_count = named_count = 0
    print("\npasses on redis-server and not here:")
    for file, result in results.items():
        for name in baseline.get(file, {}).get("passed", []):
            if name in result.passed:
                continue
            named = (file, name) in known or (file, EVERY_TEST) in known
            named_count += named
            open_count += not named
            mark = "named in docs/compatibility.md" if named else result.failed.get(name, "did not run")
            print(f"    {file}: {name}: {mark}")
    needless = [(file, name) for file, name in sorted(known) if file in results and name in results[file].passed]
    for file, name in needless:
        print(f"    {file}: {name}: passes, though docs/compatibility.md says otherwise")
    print(f"{open_count} not named in docs/compatibility.md, {named_count} named, {len(needless)} named and pass")
    return 1 if open_count or needless else 0


if __name__ == "__main__":
    sys.exit(main())
