"""The console script `autocache`: decides what is asked for, and hands over.

Exit codes: 0 after help, version or a graceful shutdown; 2 if a flag, a variable, the config file or a value
is wrong; 1 if the system refuses what is right (a directory that cannot be made). The client and the server
are imported only when they are used: `autocache -cli PING` must not pay for the server's start.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autocache.app.cli_flag import take_cli_flag
from autocache.app.errors import ConfigError

if TYPE_CHECKING:
    from autocache.app.config import Config

EXIT_FAILED = 1
EXIT_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Do what `argv` (the process's own if None; without its name) asks for. Returns the exit code."""
    try:
        rest, is_client = take_cli_flag(sys.argv[1:] if argv is None else argv)
        if not is_client:
            return _server(rest)
    except ConfigError as error:
        return _fail(str(error), EXIT_USAGE)
    from autocache.cli.main import main as client

    return int(client(rest))


def _server(argv: Sequence[str]) -> int:
    from autocache.app.config import TABLE, load
    from autocache.app.flags import parse_command_line
    from autocache.app.help_text import help_text, version_text

    line = parse_command_line(argv, TABLE)
    if line.action == "serve":
        return serve(load(line, os.environ))
    sys.stdout.write(help_text() if line.action == "help" else version_text())
    return 0


def serve(config: "Config") -> int:
    """Prepare what the server stands on, then run it until it ends."""
    try:
        prepare_data_dir(config.dir)
        _open_log(config)
    except OSError as error:
        return _fail(str(error), EXIT_FAILED)
    from autocache.app.log import get_log

    for warning in config.warnings:
        get_log("config").warning(warning)
    return serve_forever(config)


def serve_forever(config: "Config") -> int:
    """Hand over to the server, and return its exit code."""
    from autocache.app.server import run

    return int(run(config))


def prepare_data_dir(path: str) -> None:
    """Make the data directory if need be, and make sure that files can be made in it. Raises OSError."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise OSError(f"data-dir '{path}': not a directory") from None
    except OSError as error:
        raise OSError(f"data-dir '{path}': {error.strerror}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise OSError(f"data-dir '{path}': files cannot be made in it, permission denied")


def _open_log(config: "Config") -> None:
    from autocache.app.log import configure

    try:
        configure(config)
    except OSError as error:
        raise OSError(f"logfile '{config.logfile}': {error.strerror}") from error


def _fail(text: str, code: int) -> int:
    print(f"autocache: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
