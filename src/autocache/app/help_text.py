"""The texts of `--help` and `--version`, made from the declarations of the parameters."""

import textwrap
from typing import Any

from autocache import __version__
from autocache.app.config import TABLE
from autocache.app.later_parameters import LATER_GROUPS
from autocache.app.parameter import Parameter
from autocache.app.parameters import GROUPS

WIDTH_CHARS = 100
FLAG_CHARS = 38
ALLOWED_CHARS_MAX = 60

USAGE = """\
AutoCache {version}, a Redis-compatible cache

Usage:
  autocache [CONFIG-FILE] [-FLAG VALUE ...]     serve
  autocache -cli [-h HOST] [-p PORT] [CMD ...]  send a command, or open a prompt (see -cli --help)

Each flag takes one dash or two, and its value after a blank or '='. A yes/no flag may stand alone.
The same names work in the config file (redis.conf syntax) and as AUTOCACHE_NAME in the environment.
Precedence, lowest first: default, config file, environment, flag.

General
"""

GENERAL = (
    ("-addr HOST:PORT", "address that clients connect to; -addr :6379 is every address (default :6379)"),
    ("-config PATH", "config file in redis.conf syntax"),
    ("-cli", "be the command line client, not the server (default false)"),
    ("-h HOST, -p PORT", "with -cli: the server to talk to (default 127.0.0.1, 6379)"),
    ("-help, -version", "show this text, or the version"),
)

NOTE = """\
The flag -bind is the address of the cluster bus. The name bind of redis.conf and of CONFIG is, as in Redis,
the list of addresses that clients connect to; its flag is -addr, which also sets the port. -addr and -port
exclude each other.
"""


def version_text() -> str:
    """The answer to `--version`."""
    return f"autocache {__version__}\n"


def help_text() -> str:
    """The answer to `--help`."""
    parts = [USAGE.format(version=__version__)]
    parts += [_entry(flag, text) for flag, text in GENERAL]
    parts += ["\n" + _fill(NOTE)]
    for group in GROUPS:
        parts.append(f"\n{group.title}\n")
        parts += [_parameter(p) for p in TABLE.groups[group.title] if p.name != "bind"]
    kept, refused = _later()
    parts.append("\n" + _fill("Accepted and kept for a later version: " + ", ".join(kept) + "."))
    parts.append("\n" + _fill("Known, but only their defaults are accepted yet: " + ", ".join(refused) + "."))
    return "".join(parts)


def _fill(text: str) -> str:
    # Names are broken at blanks only: half a flag is of no use.
    return textwrap.fill(text, WIDTH_CHARS, break_on_hyphens=False, break_long_words=False) + "\n"


def _entry(flag: str, text: str) -> str:
    lines = textwrap.wrap(text, WIDTH_CHARS - FLAG_CHARS, break_on_hyphens=False)
    if len(flag) > FLAG_CHARS - 4:
        lines.insert(0, "")
    first = f"  {flag}".ljust(FLAG_CHARS) + lines[0]
    return "\n".join([first.rstrip(), *(" " * FLAG_CHARS + line for line in lines[1:])]) + "\n"


def _parameter(parameter: Parameter[Any]) -> str:
    flag = {"cluster-bind": "bind", "dir": "data-dir"}.get(parameter.name, parameter.name)
    about = parameter.about.replace("its flag is -bind", "cluster-bind in files")
    allowed = "" if len(parameter.kind.allowed()) > ALLOWED_CHARS_MAX else f" [{parameter.kind.allowed()}]"
    # As it stands in a file: there the numbers of bytes have units.
    default = ", ".join(parameter.kind.file_lines(parameter.default))
    needs = f"; needs {parameter.needs}" if parameter.needs and not parameter.off else ""
    return _entry(f"-{flag}", f"{about}{allowed} (default {default}){needs}")


def _later() -> tuple[list[str], list[str]]:
    rows = [p for group in LATER_GROUPS for p in TABLE.groups[group.title]]
    return [p.name for p in rows if not p.needs], [p.name for p in rows if p.needs]
