"""The interactive prompt: prompt_toolkit's line editor over `lines`.

Imported only when a terminal is there: prompt_toolkit takes longer to import than a one-shot command takes to
run. What is shown while typing (hints, completions) comes from `hints`; what a line does is `lines`'
business.

History: one line a command in `~/.autocachecli_history` or `$AUTOCACHE_CLI_HISTFILE`, readable by its owner
only. Lines with secrets are neither written nor kept in memory.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import History
from prompt_toolkit.layout.processors import (
    ConditionalProcessor,
    Processor,
    Transformation,
    TransformationInput,
)
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from autocache.cli.hints import complete, hint
from autocache.cli.lines import Lines, is_secret
from autocache.cli.session import Session
from autocache.cli.terminal import Terminal

HISTORY_LINES_MAX: Final = 1000
HISTORY_VARIABLE: Final = "AUTOCACHE_CLI_HISTFILE"
_STYLE: Final = Style.from_dict({"hint": "ansibrightblack"})


class LineHistory(History):
    """The last commands, one a line, oldest first in the file. Without a path they live as long as the
    prompt.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self._path = path

    def load_history_strings(self) -> Iterable[str]:
        """Return the stored lines, newest first. A file that cannot be read is as good as none."""
        return reversed(self._stored())

    def _stored(self) -> list[str]:
        try:
            text = self._path.read_text("utf-8", "replace") if self._path else ""
        except OSError:
            return []
        return text.splitlines()[-HISTORY_LINES_MAX:]

    def append_string(self, string: str) -> None:
        """Keep a line, unless it holds a secret, is blank or repeats the one before."""
        kept = self.get_strings()
        if string.strip() and not is_secret(_encoded(string)) and (not kept or kept[-1] != string):
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Write a line to the file. One that cannot be written to costs the history, not the prompt."""
        if self._path is None:
            return
        try:
            lines = [*self._stored(), string][-HISTORY_LINES_MAX:]
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.write("".join(line + "\n" for line in lines))
        except OSError:
            return


class _CommandCompleter(Completer):
    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002 (prompt_toolkit's interface)
    ) -> Iterable[Completion]:
        """Offer what the word before the cursor may become."""
        typed = document.text_before_cursor
        word = "" if not typed or typed[-1].isspace() else typed.split()[-1]
        for text in complete(self._lines.known, typed):
            yield Completion(text, start_position=-len(word))


class _HintProcessor(Processor):
    """Shows the rest of the syntax in grey behind the text, where it cannot be edited or sent."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Append the hint to the last line when the cursor stands at its end."""
        document = transformation_input.document
        fragments = transformation_input.fragments
        if transformation_input.lineno == document.line_count - 1 and document.is_cursor_at_the_end:
            fragments = [*fragments, ("class:hint", hint(self._lines.known, document.text))]
        return Transformation(fragments)


def run_prompt(session: Session, lines: Lines, terminal: Terminal) -> None:
    """Read and run lines until `quit` or Ctrl-D. Connects by itself; without a connection it says so and
    tries again.
    """
    editor = _editor(lines, terminal)
    session.connect()
    while True:
        lines.catalogue()  # fetched here rather than at the first key, where it would be felt
        try:
            line = editor.prompt(session.prompt)
        except KeyboardInterrupt:
            continue  # Ctrl-C drops the line
        except EOFError:
            return
        if not _run(lines, line):
            return


def _run(lines: Lines, line: str) -> bool:
    try:
        return lines.run(_encoded(line))
    except KeyboardInterrupt:
        return True  # between two steps of a command: there is nothing to clean up


def _editor(lines: Lines, terminal: Terminal) -> "PromptSession[str]":
    # Once a line is sent its hint must go, or it would stay on the screen as if it had been typed.
    hints = ConditionalProcessor(
        _HintProcessor(lines), Condition(lambda: lines.hints_enabled and not get_app().is_done)
    )
    return PromptSession(
        history=LineHistory(history_path(terminal)),
        completer=_CommandCompleter(lines),
        complete_while_typing=False,
        complete_style=CompleteStyle.READLINE_LIKE,  # a menu would keep blank lines below the prompt
        input_processors=[hints],
        style=_STYLE,
    )


def history_path(terminal: Terminal) -> Path | None:
    """Return where the history is kept, None for nowhere (an empty variable or /dev/null)."""
    chosen = terminal.environment.get(HISTORY_VARIABLE)
    if chosen is not None:
        return Path(chosen) if chosen not in ("", os.devnull) else None
    home = terminal.environment.get("HOME")
    return Path(home) / ".autocachecli_history" if home else None


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape")
