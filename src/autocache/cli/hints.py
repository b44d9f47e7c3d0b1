"""Syntax hints and completion for a line that is being typed. Pure: catalogue and line in, text out."""

from collections.abc import Sequence
from typing import Final

from autocache.cli.catalogue import Argument, Catalogue, CommandEntry

# Commands of the prompt itself, which no server knows.
OWN_COMMANDS: Final = {
    "HELP": "[command|@group]",
    "CLEAR": "",
    "QUIT": "",
    "EXIT": "",
    "CONNECT": "host port",
    ":SET": "hints|nohints",
}


def hint(catalogue: Catalogue, line: str) -> str:
    """Return the arguments that are still to come, with a leading space where the line has none. Empty: no
    hint.
    """
    words = line.split()
    if words and words[0].isdigit():
        words = words[1:]  # a repeat count
    if not words:
        return ""
    entry = catalogue.find(words)
    if entry is None:
        own = OWN_COMMANDS.get(words[0].upper())
        left = own if own and len(words) == 1 else ""
    else:
        left = _left(catalogue, entry, words[len(entry.name.split(" ")) :])
    return left if not left or line[-1].isspace() else " " + left


def _left(catalogue: Catalogue, entry: CommandEntry, typed: Sequence[str]) -> str:
    if " " not in entry.name and _subcommands(catalogue, entry.name):
        return "subcommand" if not typed else ""
    return " ".join(argument.text for argument in remaining(entry.arguments, typed))


def remaining(arguments: Sequence[Argument], typed: Sequence[str]) -> list[Argument]:
    """Return the arguments that the typed words do not cover yet.

    Words are matched from the left: a token takes the argument that it announces, out of the optional ones
    that are due, any other word the next positional one. One that may repeat stays, so that its syntax stays
    visible.
    """
    left = list(arguments)
    position = 0
    while position < len(typed):
        index = _match(left, typed[position])
        if index is None:
            return left
        taken = left[index]
        position += taken.words
        if not taken.multiple:
            del left[index]
    return left


def _match(left: Sequence[Argument], word: str) -> int | None:
    for index, argument in enumerate(left):
        if word.upper() in argument.tokens:
            return index
        if not argument.optional:
            break
    return next((index for index, argument in enumerate(left) if not argument.tokens), None)


def _subcommands(catalogue: Catalogue, name: str) -> list[str]:
    return [other.removeprefix(name + " ") for other in catalogue.entries if other.startswith(name + " ")]


def complete(catalogue: Catalogue, line: str) -> list[str]:
    """Return what the last word of a line may become: commands, subcommands, or topics after `help`.

    Matches keep the case of what was typed, lower case unless the first letter is a capital.
    """
    words = line.split()
    if not words or line[-1].isspace():
        words.append("")
    if len(words) > 1 and words[0].isdigit():
        words = words[1:]
    candidates = _candidates(catalogue, words)
    prefix = words[-1].upper()
    return [_in_case(name, words) for name in candidates if name.upper().startswith(prefix)]


def _candidates(catalogue: Catalogue, words: Sequence[str]) -> list[str]:
    commands = [name for name in catalogue.entries if " " not in name]
    match [word.upper() for word in words]:
        case [_]:
            return sorted([*commands, *OWN_COMMANDS])
        case ["HELP" | "?", _]:
            return sorted(commands) + [f"@{group}" for group in catalogue.groups()]
        case ["HELP" | "?", name, _] | [name, _]:
            return ["hints", "nohints"] if name == ":SET" else _subcommands(catalogue, name)
        case _:
            return []


def _in_case(name: str, words: Sequence[str]) -> str:
    letters = "".join(words)
    return name.lower() if not letters or letters != letters.upper() else name
