"""What commands written in Python share: reading arguments, the standard errors, and HELP.

HELP of a container is derived from the declarations of its subcommands, so it cannot fall behind them.
"""

from __future__ import annotations

from autocache.base.numbers import text_int
from autocache.commands.declare import DECLARED, command
from autocache.resp.values import ReplyError, Status

INT64_MAX = (1 << 63) - 1
NOT_AN_INTEGER = "ERR value is not an integer or out of range"


def text(word: bytes) -> str:
    """An argument as text; bytes that are not UTF-8 survive the way there and back."""
    return word.decode("utf-8", "surrogateescape")


def syntax_error() -> ReplyError:
    """The answer to options that make no sense."""
    return ReplyError("ERR syntax error")


def integer(word: bytes, low: int = -INT64_MAX - 1, high: int = INT64_MAX, error: str = "") -> int:
    """Read an argument as an integer between `low` and `high`; raises `error`, or Redis's usual text."""
    value = text_int(word)
    if value is None:
        raise ReplyError(error or NOT_AN_INTEGER)
    if not low <= value <= high:
        raise ReplyError(error or f"ERR value is out of range, must be between {low} and {high}")
    return value


def wrong_subcommand(container: str, word: bytes) -> ReplyError:
    """The answer to a subcommand that does not exist or has the wrong number of arguments."""
    return ReplyError(
        f"ERR unknown subcommand or wrong number of arguments for '{text(word)[:128]}'. Try {container.upper()} HELP."
    )


def help_lines(title: str, entries: list[tuple[str, str]]) -> list[Status]:
    """The reply of HELP: what can be said, and, indented, what it does."""
    lines = [f"{title} <subcommand> [<argument> ...]. Subcommands are:"]
    for syntax, about in entries:
        lines += [syntax, f"    {about}"]
    return [Status(line) for line in lines]


def help_of(container: str) -> list[Status]:
    """HELP of a declared container."""
    children = DECLARED[container].subcommands
    return help_lines(container.upper(), [(child.syntax.partition(" ")[2], child.about) for child in children])


def declare_help(container: str, *, since: str, flags: str = "loading stale", categories: str = "") -> None:
    """Declare `container HELP`. To be called after all other subcommands, so that it stands last."""

    @command(
        f"{container.upper()} HELP",
        parent=container,
        arity=2,
        group=DECLARED[container].group,
        since=since,
        flags=flags,
        categories=categories,
        about="Lists the subcommands and what each does.",
    )
    def answer(_call: object) -> object:
        return help_of(container)
