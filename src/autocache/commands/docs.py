"""The page docs/commands.md, made from the declarations.

`python -m autocache.commands.docs` prints it; `--check PATH` compares a file with it and fails if they
differ. What differs from Redis is the one thing that declarations cannot say: `differences.toml` has it.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from autocache.commands import cache  # noqa: F401  (declares all commands)
from autocache.commands.declare import DECLARED, Spec

GROUPS = {
    "connection": "Connection",
    "generic": "Keys",
    "string": "Strings",
    "list": "Lists",
    "set": "Sets",
    "sorted-set": "Sorted sets",
    "hash": "Hashes",
    "bitmap": "Bitmaps",
    "hyperloglog": "HyperLogLog",
    "geo": "Geo",
    "stream": "Streams",
    "pubsub": "Publish and subscribe",
    "scripting": "Scripting",
    "transactions": "Transactions",
    "server": "Server",
}
HEAD = """\
# Commands

This page is generated from the commands' declarations (`make docs`); change those, or
`src/autocache/commands/differences.toml`, and not this file.

Arguments in `[ ]` are optional, `|` separates alternatives, `...` repeats. "Since" is the version of Redis
(or Valkey) that introduced the command. What a command answers where nothing is listed under "Differences"
is what redis-server 7.0 answers.
"""
COLUMNS = ("Command", "What it does", "Complexity", "Since", "Flags")


def read_differences() -> dict[str, str]:
    """What differs, by the command's name in lower case with a space before a subcommand."""
    text = files("autocache.commands").joinpath("differences.toml").read_text("utf-8")
    return {name: " ".join(entry["text"].split()) for name, entry in tomllib.loads(text).items()}


def spoken(name: str) -> str:
    """A command's name as people write it, in lower case: `config set`."""
    return name.replace("|", " ")


def leaves(specs: Iterable[Spec]) -> Iterator[Spec]:
    """The commands that can be called, by name; containers only if they can be called themselves."""
    for spec in sorted(specs, key=lambda spec: spec.name):
        if spec.handler or spec.function:
            yield spec
        yield from sorted(spec.subcommands, key=lambda child: child.name)


def cell(text: str) -> str:
    """Text that is safe in a cell of a table."""
    return text.replace("|", "\\|")


def row(spec: Spec) -> str:
    """A command's line of its table."""
    cells = (f"`{spec.syntax}`", spec.about, spec.complexity.rstrip("."), spec.since, ", ".join(spec.flags))
    return "| " + " | ".join(map(cell, cells)) + " |"


def table(specs: Sequence[Spec]) -> list[str]:
    """A group's table."""
    return ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS), *map(row, specs)]


def page(specs: Mapping[str, Spec], differences: Mapping[str, str]) -> str:
    """The whole page. Raises KeyError for a difference of a command that does not exist."""
    callable_specs = list(leaves(specs.values()))
    known = {spoken(spec.name) for spec in callable_specs} | set(specs)
    unknown = sorted(set(differences) - known)
    if unknown:
        raise KeyError(f"differences.toml: no such commands: {', '.join(unknown)}")
    lines = [HEAD]
    for group, title in GROUPS.items():
        members = [spec for spec in callable_specs if spec.group == group]
        if members:
            lines += [f"## {title}", "", *table(members), ""]
            lines += notes(group, specs, differences)
    return "\n".join(lines)


def notes(group: str, specs: Mapping[str, Spec], differences: Mapping[str, str]) -> list[str]:
    """What differs in a group."""
    own = [name for name in sorted(differences) if specs[name.partition(" ")[0]].group == group]
    if not own:
        return []
    return ["### Differences", "", *(f"- `{name.upper()}`: {differences[name]}" for name in own), ""]


def main(arguments: Sequence[str]) -> int:
    """Print the page, or check a file. Returns the exit code."""
    text = page(DECLARED, read_differences())
    if not arguments:
        sys.stdout.write(text)
        return 0
    if len(arguments) != 2 or arguments[0] != "--check":
        sys.stderr.write("usage: python -m autocache.commands.docs [--check PATH]\n")
        return 2
    path = Path(arguments[1])
    if path.exists() and path.read_text("utf-8") == text:
        return 0
    sys.stderr.write(f"{path} is not what the declarations say: run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
