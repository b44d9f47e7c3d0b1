"""Where settings come from at start: config file, environment and flags, all brought to one form.

Precedence, lowest first: the defaults, the config file (`-config PATH`, or the first argument), the
environment (`AUTOCACHE_MAXMEMORY` is `maxmemory`, dashes become underscores), the flags. Each source yields
`Assignment`s, which `Config.apply` checks in this order; a later one replaces an earlier one.

`addr` is a shorthand for `port` and `bind`, so it may not stand next to them in the same source.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autocache.app.errors import ConfigError
from autocache.app.kinds import Bool, RefusedError, UnavailableError
from autocache.app.parameter import HIDDEN, Parameter, Table, did_you_mean
from autocache.app.redis_conf import Line
from autocache.app.special_kinds import split_address

ENVIRONMENT_PREFIX = "AUTOCACHE_"
#: Read by other parts of the product (build, tests, command line client), or by `load` itself.
RESERVED_NAMES = frozenset({"BUILD", "ROOMS", "SANITIZER", "CONFIG"})
RESERVED_PREFIXES = ("CLI_", "TEST_")
#: Given by Kubernetes to every pod near a service that is called autocache, see `from_environment`.
INJECTED_PREFIXES = ("SERVICE_", "PORT_")

#: Names of redis.conf that are directives, not parameters; each with what to do instead.
DIRECTIVES = {
    "rename-command": "commands cannot be renamed here; requirepass and protected-mode guard them",
    "user": "needs ACL, which this version does not have yet",
    "loadmodule": "needs modules, which do not exist here",
    "sentinel": "this server is no sentinel",
}


@dataclass(frozen=True)
class Assignment:
    """`words` for one parameter, and where they come from, for error texts."""

    parameter: Parameter[Any]
    words: Sequence[str]
    origin: str

    def value(self, current: object) -> object:
        """The value to set. Raises ConfigError that names origin, parameter, value and what is allowed."""
        try:
            return self.parameter.parse(self.words, current)
        except RefusedError as error:
            raise ConfigError(f"{self.origin}: {self._refusal(error)}") from None

    def _refusal(self, reason: RefusedError) -> str:
        if isinstance(reason, UnavailableError):
            return str(reason)
        shown = HIDDEN if self.parameter.secret else " ".join(self.words)
        return f"{self.parameter.name} '{shown}': {reason} (allowed: {self.parameter.kind.allowed()})"


def as_yes_or_no(parameter: Parameter[Any], words: list[str]) -> list[str]:
    """Flags and the environment say true and false as well, which redis.conf and CONFIG SET do not."""
    if not isinstance(parameter.kind, Bool) or len(words) != 1:
        return words
    return [{"true": "yes", "false": "no", "1": "yes", "0": "no"}.get(words[0].lower(), words[0])]


def expand_address(text: str, origin: str, table: Table) -> list[Assignment]:
    """`addr HOST:PORT` as the port and the listening address it stands for."""
    try:
        host, port = split_address(text)
    except RefusedError as error:
        raise ConfigError(f"{origin}: addr '{text}': {error}") from None
    bind = [host] if host else ["*", "-::*"]
    return [
        Assignment(table.by_name["port"], [str(port)], origin),
        Assignment(table.by_name["bind"], bind, origin),
    ]


def check_one_address(names: Iterable[str], source: str) -> None:
    """Refuse `addr` next to what it stands for: which of the two is meant cannot be known."""
    given = set(names)
    for other in ("port", "bind"):
        if "addr" in given and other in given:
            raise ConfigError(f"{source}: addr and {other} exclude each other: addr HOST:PORT says both")


def from_file(lines: Iterable[Line], table: Table) -> list[Assignment]:
    """The settings of a config file. Raises ConfigError for a name that is not known."""
    lines = list(lines)
    if lines:
        check_one_address((line.name for line in lines), lines[0].origin.split(", line")[0])
    return [assignment for line in lines for assignment in _from_line(line, table)]


def _from_line(line: Line, table: Table) -> list[Assignment]:
    if line.name == "addr":
        return expand_address(" ".join(line.words), line.origin, table)
    if line.name in DIRECTIVES:
        raise ConfigError(f"{line.origin}: {line.name}: {DIRECTIVES[line.name]}")
    parameter = table.find(line.name)
    if parameter is None:
        hint = did_you_mean(line.name, [*table.by_name, "addr", "include"])
        raise ConfigError(f"{line.origin}: unknown name '{line.name}'{hint}")
    return [Assignment(parameter, line.words, line.origin)]


def from_environment(environ: Mapping[str, str], table: Table) -> tuple[list[Assignment], list[str]]:
    """The settings of the environment, and warnings about names that mean nothing.

    An unknown name is no error: Kubernetes gives every pod near a service called `autocache` variables such
    as `AUTOCACHE_SERVICE_HOST` and `AUTOCACHE_PORT=tcp://...`, which nobody wrote and which must not stop the
    server.
    """
    found: list[Assignment] = []
    warnings: list[str] = []
    names = []
    for variable, text in sorted(environ.items()):
        if not variable.startswith(ENVIRONMENT_PREFIX) or _is_foreign(variable, text):
            continue
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower().replace("_", "-")
        names.append(name)
        found += _from_variable(variable, name, text, table, warnings)
    check_one_address(names, "environment")
    return found, warnings


def _is_foreign(variable: str, text: str) -> bool:
    rest = variable.removeprefix(ENVIRONMENT_PREFIX)
    if rest in RESERVED_NAMES or rest.startswith((*RESERVED_PREFIXES, *INJECTED_PREFIXES)):
        return True
    return rest == "PORT" and "://" in text


def _from_variable(variable: str, name: str, text: str, table: Table, warnings: list[str]) -> list[Assignment]:
    origin = f"environment variable {variable}"
    if name == "addr":
        return expand_address(text, origin, table)
    if name == "bind":
        raise ConfigError(f"{origin}: say AUTOCACHE_ADDR (for clients) or AUTOCACHE_CLUSTER_BIND (for the cluster bus)")
    # Four names of redis.conf have underscores of their own.
    parameter = table.find(name) or table.find(name.replace("-", "_"))
    if parameter is None:
        known = [ENVIRONMENT_PREFIX + n.upper().replace("-", "_") for n in table.by_name]
        hint = did_you_mean(variable, known)
        warnings.append(f"{origin} is not known{hint}")
        return []
    return [Assignment(parameter, as_yes_or_no(parameter, parameter.kind.split(text)), origin)]
