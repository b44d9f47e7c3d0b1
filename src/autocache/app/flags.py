"""The command line: arguments in, a `CommandLine` out. It reads no file, no environment and starts nothing.

Every parameter is a flag, with one dash or two, as `-flag value` or `-flag=value`; a yes/no flag also stands
alone. The first argument may be the path of a config file, as redis-server has it. Two names differ from
redis.conf, by decision of the product: the flag `-bind` is the address of the cluster bus (parameter
`cluster-bind`), and clients connect to what `-addr` says. `-cli` anywhere hands all other arguments to the
command line client, unparsed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from autocache.app.cli_flag import take_cli_flag
from autocache.app.errors import ConfigError
from autocache.app.kinds import Bool
from autocache.app.parameter import Parameter, Table, did_you_mean
from autocache.app.sources import Assignment, as_yes_or_no, check_one_address, expand_address

Action = Literal["serve", "cli", "help", "version"]

HELP_FLAGS = ("-help", "--help")
VERSION_FLAGS = ("-version", "--version", "-v")
#: Flags of the client; without -cli they are a mistake worth a hint.
CLIENT_ONLY = {"h": "-addr HOST:PORT", "p": "-port or -addr"}


@dataclass
class CommandLine:
    """What the arguments ask for; `rest` is the client's part if `action` is "cli"."""

    action: Action
    assignments: list[Assignment] = field(default_factory=list)
    config_path: str | None = None
    rest: list[str] = field(default_factory=list)


def parse_command_line(argv: Sequence[str], table: Table) -> CommandLine:
    """The meaning of `argv` (without the program's name). Raises ConfigError."""
    rest, is_cli = take_cli_flag(argv)
    if is_cli:
        return CommandLine("cli", rest=rest)
    if any(argument in HELP_FLAGS for argument in rest) or rest == ["-h"]:
        return CommandLine("help")
    if any(argument in VERSION_FLAGS for argument in rest):
        return CommandLine("version")
    return _Parser(rest, table).parse()


class _Parser:
    """One pass over the arguments of the server."""

    def __init__(self, argv: Sequence[str], table: Table) -> None:
        self.table = table
        # The flag -bind is not the parameter bind, see the module's header.
        self.flags = {name: p for name, p in table.by_name.items() if name != "bind"}
        self.flags["bind"] = table.by_name["cluster-bind"]
        self.left = list(argv)
        self.line = CommandLine("serve")
        self.given: set[str] = set()

    def parse(self) -> CommandLine:
        if self.left and not self.left[0].startswith("-"):
            self.line.config_path = self.left.pop(0)
        while self.left:
            self._argument(self.left.pop(0))
        # Only -port can clash: the listening addresses have no flag of their own.
        check_one_address(self.given - {"bind"}, "flags")
        return self.line

    def _argument(self, argument: str) -> None:
        if not argument.startswith("-") or argument.strip("-") == "":
            raise ConfigError(f"unexpected argument '{argument}': flags start with a dash, the config file comes first")
        flag, equals, value = argument.partition("=")
        name = flag.removeprefix("-").removeprefix("-").lower()
        self.given.add(name)
        if name == "config":
            self._config_path(value if equals else self._next(flag))
        elif name == "addr":
            text = value if equals else self._next(flag)
            self.line.assignments += expand_address(text, "flag -addr", self.table)
        elif name in self.flags:
            parameter = self.flags[name]
            words = parameter.kind.split(value) if equals else self._words(flag, parameter)
            self.line.assignments.append(Assignment(parameter, as_yes_or_no(parameter, words), f"flag -{name}"))
        else:
            self._unknown(flag, name)

    def _config_path(self, path: str) -> None:
        if self.line.config_path not in (None, path):
            raise ConfigError(f"flag -config: there is already the config file '{self.line.config_path}'")
        self.line.config_path = path

    def _words(self, flag: str, parameter: Parameter[Any]) -> list[str]:
        """The value of a flag without `=`: one argument, or all up to the next flag if it takes several."""
        if isinstance(parameter.kind, Bool):
            given = bool(self.left) and not self._is_flag(self.left[0])
            return [self.left.pop(0)] if given else ["yes"]
        words = parameter.kind.split(self._next(flag))
        while parameter.kind.multi and self.left and not self._is_flag(self.left[0]):
            words.append(self.left.pop(0))
        return words

    def _next(self, flag: str) -> str:
        if not self.left or self._is_flag(self.left[0]):
            raise ConfigError(
                f"flag {flag}: a value is missing; a value that looks like a flag is written {flag}=VALUE"
            )
        return self.left.pop(0)

    def _is_flag(self, argument: str) -> bool:
        """Whether an argument is a known flag; others that start with a dash may be values, such as -1."""
        name = argument.partition("=")[0].lstrip("-").lower()
        return argument.startswith("-") and (name in self.flags or name in ("addr", "config"))

    def _unknown(self, flag: str, name: str) -> None:
        if name in CLIENT_ONLY:
            raise ConfigError(f"flag {flag} is for the client: add -cli; the server's is {CLIENT_ONLY[name]}")
        hint = did_you_mean(name, [*self.flags, "addr", "config", "cli", "help", "version"], "-")
        raise ConfigError(f"unknown flag '{flag}'{hint}; --help lists all flags")
