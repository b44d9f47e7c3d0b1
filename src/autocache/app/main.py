"""The console script `autocache`: decides what is asked for, and hands over.

Exit codes: 0 after help, version or a graceful shutdown; 2 if a flag, a variable, the config file or a value
is wrong; 1 if the system refuses what is right (a directory that cannot be made). The client and the server
are imported only when they are used: `autocache -cli PING` must not pay for the server's start.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from autocache.app import log
from autocache.app.config import TABLE, Config, load
from autocache.app.flags import parse_command_line
from autocache.app.help_text import help_text, version_text
from autocache.app.parameter import ConfigError

EXIT_FAILED = 1
EXIT_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Do what `argv` (the process's own if None; without its name) asks for. Returns the exit code."""
    try:
        line = parse_command_line(sys.argv[1:] if argv is None else argv, TABLE)
        if line.action == "serve":
            return serve(load(line, os.environ))
    except ConfigError as error:
        return _fail(str(error), EXIT_USAGE)
    if line.action == "cli":
        from autocache.cli.main import main as client

        return int(client(line.rest))
    sys.stdout.write(help_text() if line.action == "help" else version_text())
    return 0


def serve(config: Config) -> int:
    """Prepare what the server stands on, then run it until it ends."""
    try:
        prepare_data_dir(config.dir)
        _open_log(config)
    except OSError as error:
        return _fail(str(error), EXIT_FAILED)
    for warning in config.warnings:
        log.get_log("config").warning(warning)
    return serve_forever(config)


def serve_forever(config: Config) -> int:
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


def _open_log(config: Config) -> None:
    try:
        log.configure(config)
    except OSError as error:
        raise OSError(f"logfile '{config.logfile}': {error.strerror}") from error


def _fail(text: str, code: int) -> int:
    print(f"autocache: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
