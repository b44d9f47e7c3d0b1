"""The entry of `autocache -cli`: options, then one command, a script on stdin, or the prompt.

Exit codes, as measured on redis-cli 7.0.15:

- 0: the command was run, whatever its reply; a script or the prompt has ended, whatever happened in it.
- 1: no connection, a connection lost in a one-shot command, wrong usage, or an error reply with `-e`.
- 130: Ctrl-C.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final

from autocache import __version__
from autocache.cli.lines import Lines
from autocache.cli.options import AUTH_WARNING, Options, UsageError, parse_options, usage
from autocache.cli.session import Session
from autocache.cli.terminal import Terminal
from autocache.cli.text import unquote

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_INTERRUPTED: Final = 130


def main(argv: Sequence[str], terminal: Terminal | None = None) -> int:
    """Run the command line with the arguments that follow `-cli`; return the exit code.

    `terminal` is the process's own unless a test brings one.
    """
    terminal = terminal or Terminal.of_process()
    try:
        return _run(argv, terminal)
    except UsageError as error:
        terminal.complain(str(error))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left (`| head`). Python would complain while flushing stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK


def _run(argv: Sequence[str], terminal: Terminal) -> int:
    options = parse_options(argv, terminal.environment)
    if options.help or options.version:
        text = usage(__version__) if options.help else f"autocache-cli {__version__}\n"
        terminal.write(text.encode())
        return EXIT_OK
    if options.password_on_command_line and options.auth_warning:
        terminal.complain(AUTH_WARNING)
    if options.ask_password:
        options.password = terminal.ask_password("Please input password: ")
    one_shot = bool(options.command) or options.last_from_stdin or options.stdin_tag is not None
    session = Session(options, terminal, interactive=not one_shot)
    try:
        return _run_one(options, session, terminal) if one_shot else _run_many(session, terminal)
    finally:
        session.abandon()


def _run_many(session: Session, terminal: Terminal) -> int:
    lines = Lines(session, terminal, __version__)
    if terminal.stdin_is_tty and terminal.stdout_is_tty:
        from autocache.cli.prompt import run_prompt  # not for scripts: see the header of `prompt`

        run_prompt(session, lines, terminal)
    else:
        session.connect()
        lines.run_script(terminal.stdin)
    return EXIT_OK


def _run_one(options: Options, session: Session, terminal: Terminal) -> int:
    if not session.connect():
        return EXIT_FAILED
    args = [os.fsencode(arg) for arg in options.command]
    if options.quoted_input:
        unquoted = [unquote(arg) for arg in args]
        args = [arg for arg in unquoted if arg is not None]
        if len(args) != len(unquoted):
            terminal.write(b"Invalid quoted string\n")
            return EXIT_FAILED
    args = _with_stdin(options, terminal, args)
    if args[0].lower() in (b"help", b"?"):
        terminal.write(Lines(session, terminal, __version__).help(args[1:]))
        return EXIT_OK
    return EXIT_OK if session.run(args, options.repeat) else EXIT_FAILED


def _with_stdin(options: Options, terminal: Terminal, args: list[bytes]) -> list[bytes]:
    """Put what stdin holds where `-x` or `-X` want it. Raises UsageError when no argument equals the tag."""
    if options.last_from_stdin:
        return [*args, terminal.stdin.read()]
    if options.stdin_tag is None:
        return args
    tag = os.fsencode(options.stdin_tag)
    if tag not in args:
        raise UsageError("Using -X option but stdin tag not match.")
    data = terminal.stdin.read()
    index = args.index(tag)
    return [*args[:index], data, *args[index + 1 :]]
