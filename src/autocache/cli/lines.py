"""One line that a user typed, or a script holds: what it means and who does it.

A line is a command for the server, perhaps with a repeat count before it (`5 PING`), or one of the prompt's
own: `help`, `quit`, `exit`, `clear`, `connect HOST PORT`, `:set hints`. The prompt and scripts on stdin share
this module; only `prompt` knows of keys and colours.
"""

import re
from typing import BinaryIO, Final

from autocache.cli.catalogue import Catalogue
from autocache.cli.connection import Endpoint
from autocache.cli.options import PORT_MAX, REPEAT_MAX
from autocache.cli.render import Output
from autocache.cli.session import Session
from autocache.cli.terminal import Terminal
from autocache.cli.text import holds_secret, split_args
from autocache.resp.client import ErrorReply

# From this time on people want to know how long a command took.
SLOW_COMMAND_S: Final = 0.5
_CLEAR_SCREEN: Final = b"\x1b[H\x1b[2J"
_NUMBER: Final = re.compile(rb"[+-]?[0-9]+")
_HELP: Final = """\
autocache -cli {version}
To get help about commands type:
      "help @<group>" to get a list of commands in <group>
      "help <command>" for help on <command>
      "help <tab>" to get a list of possible help topics
      "quit" to exit

To set preferences of this session:
      ":set hints" enable online hints
      ":set nohints" disable online hints
"""


def parse_line(line: bytes) -> tuple[int, list[bytes]] | None:
    """Return the repeat count and the words of a line. None: unbalanced quotes. A count of 0: not a valid
    one.
    """
    words = split_args(line)
    if words is None:
        return None
    if len(words) < 2 or not _NUMBER.fullmatch(words[0]):
        return 1, words
    count = int(words[0]) if len(words[0]) <= 20 else 0
    return (count if 0 < count <= REPEAT_MAX else 0), words[1:]


def is_secret(line: bytes) -> bool:
    """Say whether a line must be kept out of the history. One that cannot be read is judged by its words."""
    parsed = parse_line(line)
    if parsed is not None:
        return holds_secret(parsed[1])
    words = line.split()
    return holds_secret(words) or holds_secret(words[1:])  # with or without a repeat count


class Lines:
    """Runs lines in a session. Owns what the prompt's own commands change."""

    def __init__(self, session: Session, terminal: Terminal, version: str) -> None:
        self._session = session
        self._terminal = terminal
        self._version = version
        self._catalogue: Catalogue | None = None
        self.hints_enabled = True

    @property
    def known(self) -> Catalogue:
        """The commands that the server has told of so far. Asks nothing, hence fit for every key pressed."""
        return self._catalogue or Catalogue()

    def catalogue(self) -> Catalogue:
        """Return the server's commands, asked for once; an empty catalogue as long as it cannot be asked."""
        if self._catalogue is None and self._session.connected and not self._session.in_multi:
            self._catalogue = self._fetch_catalogue()
        return self.known

    def _fetch_catalogue(self) -> Catalogue | None:
        docs = self._session.query([b"COMMAND", b"DOCS"])
        if docs is not None and not isinstance(docs, ErrorReply):
            return Catalogue.from_docs(docs)
        names = self._session.query([b"COMMAND"])
        refused = isinstance(names, ErrorReply) and names.text.startswith((b"NOAUTH", b"LOADING"))
        return None if names is None or refused else Catalogue.from_names(names)

    def run(self, line: bytes) -> bool:
        """Run one line. Return False when the user wants to leave."""
        parsed = parse_line(line)
        if parsed is None:
            self._terminal.write(b"Invalid argument(s)\n")
            return True
        repeat, words = parsed
        if not words:
            return True
        if repeat == 0:
            self._terminal.write(b"Invalid redis-cli repeat command option value.\n")
            return True
        if words[0].lower() in (b"quit", b"exit"):
            return False
        if not self._run_own(words):
            self._run_on_server(words, repeat)
        return True

    def run_script(self, script: BinaryIO) -> None:
        """Run every line of a script."""
        for line in script:
            if not self.run(line.rstrip(b"\n")):
                return

    def _run_own(self, words: list[bytes]) -> bool:
        """Run a command that is not for the server; False if it is."""
        match [words[0].lower(), *words[1:]]:
            case [b"help" | b"?", *topic]:
                self._terminal.write(self.help(topic))
            case [b"clear"]:
                self._terminal.write(_CLEAR_SCREEN)
            case [b"connect", host, port]:
                self._connect(host, port)
            case [command, *rest] if command.startswith(b":"):
                self._set_preference(command, rest)
            case _:
                return False
        return True

    def help(self, topic: list[bytes]) -> bytes:
        """Return the general help, or that of a command or group."""
        if not topic:
            return _HELP.format(version=self._version).encode()
        return self.catalogue().help([word.decode("utf-8", "replace") for word in topic])

    def _connect(self, host: bytes, port: bytes) -> None:
        if not port.isdigit() or not 0 < int(port) <= PORT_MAX:
            self._terminal.complain(f"connect: a host and a port from 1 to {PORT_MAX} are needed")
            return
        self._catalogue = None
        self._session.connect(Endpoint(host.decode("utf-8", "replace"), int(port)))

    def _set_preference(self, command: bytes, rest: list[bytes]) -> None:
        match [command.lower(), *[word.lower() for word in rest]]:
            case [b":set", b"hints"]:
                self.hints_enabled = True
            case [b":set", b"nohints"]:
                self.hints_enabled = False
            case _:
                self._terminal.complain("unknown preference, allowed: :set hints, :set nohints")

    def _run_on_server(self, words: list[bytes], repeat: int) -> None:
        began = self._terminal.monotonic()
        try:
            self._session.run(words, repeat)
        except KeyboardInterrupt:
            # The reply that was awaited would be taken for the next command's: only a new connection is safe.
            self._terminal.write(b"\n")
            self._session.connect()
            return
        elapsed = self._terminal.monotonic() - began
        if elapsed >= SLOW_COMMAND_S and self._session.form.output is Output.STANDARD:
            self._terminal.write(b"(%.2fs)\n" % elapsed)
