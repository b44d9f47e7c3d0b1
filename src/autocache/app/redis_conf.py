r"""The redis.conf format: lines into words, files with their includes into assignments, and CONFIG REWRITE.

A line is a name and its arguments, separated by blanks. Double quotes take the escapes \n \r \t \a \b
\xHH, single quotes only \'. A line that starts with `#` is a comment. Reading reports file, line and name
of what is wrong; writing replaces the file in one step, so that a crash leaves either the old or the new one.
"""

import glob
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autocache.app.errors import ConfigError
from autocache.app.kinds import RefusedError
from autocache.app.parameter import Parameter, Table

INCLUDE_DEPTH_MAX = 16
CONFIG_FILE_BYTES_MAX = 16 * 1024 * 1024

#: Values by the name of their parameter.
Values = Mapping[str, Any]

REWRITE_MARK = "# Added by CONFIG REWRITE"

#: A word is a run of quoted or bare pieces; what follows a closing quote must be a blank or the line's end.
_WORD = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|'((?:[^'\\]|\\'|\\(?!'))*)'(?=\s|$)|([^\s"'][^\s"']*)(?=\s|$))"""
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b"}


@dataclass(frozen=True)
class Line:
    """One setting of a file, not yet looked at: the lower-case name, its words, and where it stands."""

    name: str
    words: list[str]
    origin: str


def split_words(line: str) -> list[str] | None:
    """The words of a line, quotes and escapes resolved; None if its quotes are wrong."""
    # Escapes make bytes, so the work is done on one character per byte and decoded at the end.
    rest = line.encode("utf-8", "surrogateescape").decode("latin-1").strip()
    words, at = [], 0
    while at < len(rest):
        match = _WORD.match(rest, at)
        if match is None:
            return None
        words.append(_resolve(match).encode("latin-1").decode("utf-8", "surrogateescape"))
        at = match.end()
    return words


def _resolve(match: re.Match[str]) -> str:
    double, single, bare = match.groups()
    if double is not None:
        return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _CONTROLS.get(m[2], m[2]), double)
    return str(bare) if single is None else single.replace("\\'", "'")


def read_lines(path: str, depth: int = 0) -> Iterator[Line]:
    """All settings of a file in order, includes in their place. Raises ConfigError with file and line."""
    if depth > INCLUDE_DEPTH_MAX:
        raise ConfigError(f"config file {path}: includes are nested more than {INCLUDE_DEPTH_MAX} deep")
    for number, text in enumerate(read_text(path).splitlines(), 1):
        origin = f"config file {path}, line {number}"
        words = _words_of(text, origin)
        if words and words[0].lower() == "include":
            for included in _included(words[1:], origin):
                yield from read_lines(included, depth + 1)
        elif words:
            yield Line(words[0].lower(), words[1:], origin)


def _words_of(text: str, origin: str) -> list[str]:
    if text.strip().startswith("#"):
        return []
    words = split_words(text)
    if words is None:
        # The line itself is not shown: it may be that of a password.
        raise ConfigError(f"{origin}: a quote is not closed, or not followed by a blank")
    return words


def _included(patterns: Sequence[str], origin: str) -> list[str]:
    if len(patterns) != 1:
        raise ConfigError(f"{origin}: include: wrong number of arguments")
    # A pattern may match nothing, a plain name must exist.
    if glob.has_magic(patterns[0]):
        return sorted(glob.glob(patterns[0]))
    return [patterns[0]]


def read_text(path: str) -> str:
    """A config file's text; bytes that are not UTF-8 survive a later rewrite."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(CONFIG_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(f"config file {path}: {error.strerror}") from error
    if len(data) > CONFIG_FILE_BYTES_MAX:
        raise ConfigError(f"config file {path}: larger than {CONFIG_FILE_BYTES_MAX} bytes")
    return data.decode("utf-8", "surrogateescape")


@dataclass
class _FileLine:
    text: str
    words: list[str]
    parameter: Parameter[Any] | None


def rewritten(text: str, table: Table, values: Values, defaults: Values, skip: Callable[[str], bool]) -> str:
    """`text` of a config file, changed so that it says `values`.

    Comments, blank lines, order and lines that still say the right thing stay as they are. A parameter that
    changed is written where it first stood, its further lines go. What the file does not name is added at the
    end, unless it has its default or `skip(name)` says that it does not belong into a file.
    """
    lines = [_file_line(line, table) for line in text.splitlines()]
    stale = {p.name for p in table.parameters if not _says(lines, p, values[p.name], defaults[p.name])}
    out: list[str] = []
    written: set[str] = set()
    for line in lines:
        if line.parameter is None or line.parameter.name not in stale:
            out.append(line.text)
        elif line.parameter.name not in written:
            written.add(line.parameter.name)
            out += _setting(line.parameter, values, line.words[0])
    named = {line.parameter.name for line in lines if line.parameter}
    added = [p for p in table.parameters if p.name not in named and p.name in stale and not skip(p.name)]
    return "\n".join(out + _additions(added, values, out)) + "\n"


def _file_line(text: str, table: Table) -> _FileLine:
    words = [] if text.strip().startswith("#") else split_words(text) or []
    # `addr` is a shorthand for port and bind; both may have changed since, so it gives way to the port.
    name = "port" if words and words[0].lower() == "addr" else words[0] if words else ""
    return _FileLine(text, [name, *words[1:]], table.find(name))


def _says(lines: Sequence[_FileLine], parameter: Parameter[Any], value: object, default: object) -> bool:
    """Whether the file, read as it is, gives `parameter` this value."""
    found = default
    words: list[str] = []
    for line in lines:
        if line.parameter is parameter:
            more = line.words[1:]
            words = words + more if parameter.kind.cumulative and more != [""] else more
            try:
                found = parameter.parse(words, found)
            except RefusedError:
                return False
    return bool(parameter.render(found) == parameter.render(value))


def _setting(parameter: Parameter[Any], values: Values, name: str) -> list[str]:
    return [f"{name} {line}" for line in parameter.kind.file_lines(values[parameter.name])]


def _additions(added: Sequence[Parameter[Any]], values: Values, before: Sequence[str]) -> list[str]:
    if not added:
        return []
    mark = [] if REWRITE_MARK in before else ["", REWRITE_MARK]
    return mark + [line for p in added for line in _setting(p, values, p.name)]


def replace_file(path: str, text: str) -> None:
    """Write `text` to `path` in one step, keeping its mode. After an OSError the old file stands."""
    target = Path(path).resolve()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            os.fchmod(file.fileno(), target.stat().st_mode & 0o777 if target.exists() else 0o600)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink()
        raise
    _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    # Without this the new name may be lost in a power cut, although the data is on disk.
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
