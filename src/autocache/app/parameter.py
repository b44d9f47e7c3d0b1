"""One parameter: its declaration, and the rules that hold for all of them.

A parameter is declared once, as an attribute of a group class (see `parameters` and `later_parameters`). From
that declaration come its name in redis.conf and CONFIG, its flag, its environment variable, the help text,
the checks, and typed access: `config.maxmemory` is an `int` to mypy because the declaration says `Memory`.
"""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, Generic, Never, Self, TypeVar, overload

from autocache.app.kinds import Kind, UnavailableError

T = TypeVar("T")

HIDDEN = "<hidden>"


class Parameter(Generic[T]):
    """The declaration of one parameter; as an attribute of `Config` it reads that parameter's value.

    - `mutable`: CONFIG SET may change it; `protected`: only if `enable-protected-configs` allows.
    - `needs`: the capability, not there yet, that any value other than the default and those in `off` needs.
    - `stored_for`: checked and kept, but nobody reads it before that capability comes. Only for values which
      have no effect in redis-server either while that capability is unused, so that accepting one promises
      nothing.
    - `secret`: never shown in logs, help or error texts.
    """

    def __init__(  # noqa: PLR0913 - the columns of a row, given by name
        self,
        kind: Kind[T],
        default: T,
        about: str,
        *,
        name: str = "",
        aliases: tuple[str, ...] = (),
        mutable: bool = True,
        protected: bool = False,
        needs: str = "",
        off: tuple[str, ...] = (),
        stored_for: str = "",
        secret: bool = False,
        ours: bool = False,
    ) -> None:
        self.kind = kind
        self.default = default
        self.about = about
        self.name = name
        self.aliases = aliases
        self.mutable = mutable
        self.protected = protected
        self.needs = needs
        self.off = off
        self.stored_for = stored_for
        self.secret = secret
        self.ours = ours

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.name = self.name or attribute.replace("_", "-")

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: "ParameterGroup", owner: type) -> T: ...
    def __get__(self, holder: "ParameterGroup | None", owner: type) -> Self | T:
        if holder is None:
            return self
        value: T = holder.values[self.name]
        return value

    def __set__(self, holder: "ParameterGroup", value: Never) -> None:
        raise AttributeError(f"{self.name} changes through Config.set only")

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its older spellings."""
        return (self.name, *self.aliases)

    def parse(self, words: Sequence[str], current: T) -> T:
        """The value of `words`, allowed by the kind and available in this version, or `RefusedError`."""
        value = self.kind.parse(words, current)
        shown = self.kind.render(value)
        if self.needs and shown not in (self.kind.render(self.default), *self.off):
            raise UnavailableError(f"{self.name} '{HIDDEN if self.secret else shown}' needs {self.needs}")
        return value

    def render(self, value: T) -> str:
        """The text CONFIG GET shows."""
        return self.kind.render(value)


class ParameterGroup:
    """Base of the classes that declare parameters, a group each; `values` holds them by name."""

    title = ""
    values: dict[str, Any]


class Table:
    """All parameters of some groups, by name, in the order of their declaration."""

    def __init__(self, groups: Iterable[type[ParameterGroup]]) -> None:
        self.groups = {group.title: [p for p in vars(group).values() if isinstance(p, Parameter)] for group in groups}
        self.parameters: list[Parameter[Any]] = [p for rows in self.groups.values() for p in rows]
        self.by_name = {name: p for p in self.parameters for name in p.names}
        assert len(self.by_name) == sum(len(p.names) for p in self.parameters), "a name is declared twice"

    def find(self, name: str) -> Parameter[Any] | None:
        """The parameter called `name`, in any case."""
        return self.by_name.get(name.lower())


def did_you_mean(name: str, known: Iterable[str], prefix: str = "") -> str:
    """`; did you mean 'x'?` if something known is close to `name`, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f"; did you mean '{prefix}{close[0]}'?" if close else ""
