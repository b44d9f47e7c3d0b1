"""The result in the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench import text
from bench.model import LoadResult, Run
from bench.stats import Row, compare, notes

COLOURS = {True: "green", False: "red", None: ""}


def show(run: Run, console: Console) -> None:
    """Print the machine, one table per load, and how many targets are met."""
    for fact, value in run.machine.items():
        console.print(f"{fact}: {value}", style="dim", markup=False, highlight=False)
    verdicts: list[bool | None] = []
    for load in run.loads:
        rows = compare(load)
        console.print(table(load, rows))
        for note in notes(load):
            console.print(f"  note: {note}", style="yellow", markup=False, highlight=False)
        verdicts += [row.met for row in rows]
    met, set_ = verdicts.count(True), len(verdicts) - verdicts.count(None)
    console.print(f"{met} of {set_} targets met{'; both sides are redis-server' if run.against_self else ''}")


def table(load: LoadResult, rows: list[Row]) -> Table:
    """The table of one load."""
    built = Table(title=f"{load.name} · {load.title}", title_justify="left", title_style="bold", caption=load.how)
    built.caption_justify = "left"
    for heading in text.HEADINGS:
        built.add_column(heading, justify="right" if heading in text.NUMERIC else "left")
    for row in rows:
        *plain, verdict = text.cells(row)
        built.add_row(*plain, Text(verdict, style=COLOURS[row.met]))
    return built
