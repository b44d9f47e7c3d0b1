"""The configuration of a running server: typed access, CONFIG GET, CONFIG SET and CONFIG REWRITE.

`Config` holds one value per parameter and is the only one to change it. Whoever depends on a parameter
registers with `on_change`. How parameters are declared stands in `parameter`, where they come from at start
in `sources`. Error texts are redis-server's, without the leading `ERR` (`ConfigError.reply` has it).
"""

import contextlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autocache.app.errors import ConfigError
from autocache.app.flags import CommandLine
from autocache.app.kinds import RefusedError
from autocache.app.later_parameters import (
    LATER_GROUPS,
    AppendOnlyParameters,
    ClusterDetailParameters,
    ProcessParameters,
    ReplicationParameters,
    SnapshotParameters,
    TlsParameters,
)
from autocache.app.parameter import HIDDEN, Parameter, Table
from autocache.app.parameters import (
    GROUPS,
    ClusterParameters,
    CollectionParameters,
    LogParameters,
    MemoryParameters,
    NetworkParameters,
    OperationParameters,
    ScriptParameters,
)
from autocache.app.patterns import compile_pattern, is_pattern, matches
from autocache.app.redis_conf import read_lines, read_text, replace_file, rewritten
from autocache.app.sources import Assignment, from_environment, from_file
from autocache.app.special_kinds import NODE_ID_CHARS, Directory

__all__ = ["TABLE", "Config", "ConfigError", "load"]

TABLE = Table((*GROUPS, *LATER_GROUPS))

Callback = Callable[["Config"], None]


class Config(
    NetworkParameters,
    MemoryParameters,
    OperationParameters,
    LogParameters,
    ClusterParameters,
    CollectionParameters,
    ScriptParameters,
    SnapshotParameters,
    AppendOnlyParameters,
    ReplicationParameters,
    ClusterDetailParameters,
    TlsParameters,
    ProcessParameters,
):
    """One value per parameter; `config.maxmemory` reads one, with its type.

    `path` is the config file, absolute, or None. `warnings` are lines to log once there is a log.
    """

    def __init__(self, assignments: Iterable[Assignment] = (), path: str | None = None) -> None:
        self.values: dict[str, Any] = {p.name: p.default for p in TABLE.parameters}
        self.values["dir"] = Directory().parse_word(self.values["dir"])
        self._defaults = dict(self.values)
        self.path = path
        self.warnings: list[str] = []
        self._callbacks: list[tuple[frozenset[str], Callback]] = []
        self._generated: set[str] = set()
        self.apply(assignments)

    def apply(self, assignments: Iterable[Assignment]) -> None:
        """Set what a source says, at start: without callbacks, immutable parameters too. ConfigError."""
        words: dict[str, list[str]] = {}
        for given in assignments:
            assignment, parameter = given, given.parameter
            if parameter.kind.cumulative and list(assignment.words) not in ([], [""]):
                words[parameter.name] = [*words.get(parameter.name, []), *assignment.words]
                assignment = Assignment(parameter, words[parameter.name], assignment.origin)
            else:
                words.pop(parameter.name, None)
            self.values[parameter.name] = assignment.value(self.values[parameter.name])

    def generate_node_id(self) -> None:
        """Give this process a node id if none was given. It is not written by `rewrite`."""
        if not self.node_id:
            self.values["node-id"] = secrets.token_hex(NODE_ID_CHARS // 2)
            self._generated.add("node-id")

    def on_change(self, name: str | Sequence[str], callback: Callback) -> None:
        """Call `callback(config)` after CONFIG SET changed `name` (or any of several names), once per CONFIG
        SET.

        A callback that cannot apply the new value raises ConfigError(reason): then every value of that CONFIG
        SET is put back, the callbacks that already ran run again with the old values, and the client gets the
        reason.
        """
        names = [name] if isinstance(name, str) else name
        self._callbacks.append((frozenset(TABLE.by_name[n].name for n in names), callback))

    def get(self, patterns: Sequence[str]) -> dict[str, str]:
        """The parameters whose names match one of the glob patterns, any case, as name and text."""
        found: dict[str, str] = {}
        seen: set[str] = set()
        for pattern in patterns:
            for name, parameter in _matching(pattern):
                if name.lower() not in seen:
                    seen.add(name.lower())
                    found[name] = parameter.render(self.values[parameter.name])
        return found

    def set(self, pairs: Sequence[tuple[str, str]], *, local: bool = False) -> None:
        """CONFIG SET: all of `pairs` or nothing. Raises ConfigError with redis-server's text.

        `local` says that the client is on this machine, for `enable-protected-configs local`.
        """
        new = self._parsed(self._resolved(pairs, local=local))
        old = {name: self.values[name] for name in new}
        changed = [name for name in new if new[name] != old[name]]
        self.values.update(new)
        self._announce(changed, old)

    def _resolved(self, pairs: Sequence[tuple[str, str]], *, local: bool) -> list[tuple[str, Parameter[Any], str]]:
        resolved: list[tuple[str, Parameter[Any], str]] = []
        seen: set[str] = set()
        for name, text in pairs:
            parameter = TABLE.find(name)
            if parameter is None:
                raise ConfigError(f"Unknown option or number of arguments for CONFIG SET - '{name}'")
            # Errors quote the name as it is declared; two spellings of one parameter are no duplicate.
            known = name.lower()
            if not parameter.mutable:
                raise _failed(known, "can't set immutable config")
            if parameter.protected and (self.enable_protected_configs, local) not in _PROTECTED_ALLOWED:
                raise _failed(known, "can't set protected config")
            if known in seen:
                raise _failed(name, "duplicate parameter")
            seen.add(known)
            resolved.append((known, parameter, text))
        return resolved

    def _parsed(self, resolved: Sequence[tuple[str, Parameter[Any], str]]) -> dict[str, Any]:
        new: dict[str, Any] = {}
        for name, parameter, text in resolved:
            current = new.get(parameter.name, self.values[parameter.name])
            try:
                new[parameter.name] = parameter.parse(parameter.kind.split(text), current)
            except RefusedError as error:
                raise _failed(name, str(error)) from None
        return new

    def _announce(self, changed: Sequence[str], old: Mapping[str, Any]) -> None:
        told: list[Callback] = []
        for names, callback in self._callbacks:
            hit = [name for name in changed if name in names]
            if not hit:
                continue
            told.append(callback)
            try:
                callback(self)
            except Exception as error:
                self._put_back(old, told)
                if not isinstance(error, ConfigError):
                    raise
                raise _failed(hit[0], str(error)) from None

    def _put_back(self, old: Mapping[str, Any], told: Sequence[Callback]) -> None:
        self.values.update(old)
        for callback in told:
            # The old value was applied before, so a refusal now is secondary: the client hears of the first.
            with contextlib.suppress(ConfigError):
                callback(self)

    def rewrite(self) -> None:
        """CONFIG REWRITE: bring the config file up to date in one step. Raises ConfigError."""
        if self.path is None:
            raise ConfigError("The server is running without a config file")
        try:
            text = rewritten(read_text(self.path), TABLE, self.values, self._defaults, self._generated.__contains__)
            replace_file(self.path, text)
        except OSError as error:
            raise ConfigError(f"Rewriting config file: {error.strerror}") from error

    def secrets(self) -> list[str]:
        """The values that no log may show."""
        return [self.values[p.name] for p in TABLE.parameters if p.secret and self.values[p.name]]

    def described(self) -> dict[str, str]:
        """What differs from the defaults, as text and with secrets hidden, for the log."""
        return {
            p.name: HIDDEN if p.secret else p.render(self.values[p.name])
            for p in TABLE.parameters
            if self.values[p.name] != self._defaults[p.name]
        }


_PROTECTED_ALLOWED = frozenset({("yes", False), ("yes", True), ("local", True)})


def _failed(name: str, reason: str) -> ConfigError:
    return ConfigError(f"CONFIG SET failed (possibly related to argument '{name}') - {reason}")


def _matching(pattern: str) -> list[tuple[str, Parameter[Any]]]:
    if not is_pattern(pattern):
        parameter = TABLE.find(pattern)
        # A plain name comes back as the client spelled it.
        return [(pattern, parameter)] if parameter else []
    elements = compile_pattern(pattern)
    return [(name, parameter) for name, parameter in TABLE.by_name.items() if matches(elements, name)]


def load(line: CommandLine, environ: Mapping[str, str]) -> Config:
    """A server's configuration from command line, environment and config file. Raises ConfigError."""
    path = line.config_path or environ.get("AUTOCACHE_CONFIG") or None
    config = Config(path=Directory().parse_word(path) if path else None)
    if path:
        config.apply(from_file(read_lines(path), TABLE))
    assignments, config.warnings = from_environment(environ, TABLE)
    config.apply(assignments)
    config.apply(line.assignments)
    config.generate_node_id()
    return config
