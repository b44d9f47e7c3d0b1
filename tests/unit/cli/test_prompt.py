"""The prompt on a real terminal: a pseudo-terminal plays the user, with keys in and screen out."""

import os
import pty
import re
import select
import signal
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

WAIT_SECONDS_MAX = 20.0
START = "import sys; from autocache.cli.main import main; sys.exit(main(sys.argv[1:]))"
_CONTROLS = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])|\r")


class User:
    """A user at a terminal: types, and waits for what the screen shows."""

    def __init__(self, port: int, history: Path) -> None:
        environment = {**os.environ, "TERM": "xterm", "AUTOCACHE_CLI_HISTFILE": str(history)}
        self.screen = ""
        # No thread runs in this process when it forks: the child executes another program at once.
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, "-c", START, "-p", str(port)], environment)
        termios.tcsetwinsize(self._terminal, (40, 200))

    def type(self, keys: str) -> None:
        self.screen = ""
        os.write(self._terminal, keys.encode())

    def sees(self, text: str) -> None:
        """Wait until the screen has shown `text` since the last keys. Fails with all that was shown."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while text not in _CONTROLS.sub("", self.screen):
            self._read(deadline - time.monotonic(), text)

    def _read(self, seconds: float, text: str) -> None:
        ready, _, _ = select.select([self._terminal], [], [], max(seconds, 0))
        assert ready, f"{text!r} is not on the screen: {self.screen!r}"
        data = os.read(self._terminal, 65536).decode(errors="replace")
        if "\x1b[6n" in data:
            os.write(self._terminal, b"\x1b[1;1R")  # the terminal's answer to "where is the cursor"
        self.screen += data

    def exit_code(self) -> int:
        """Wait for the program's end."""
        with suppress(OSError):  # the terminal is gone with the program: an error on Linux
            while os.read(self._terminal, 65536):
                pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def close(self) -> None:
        """End the program if a test left it running."""
        with suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._terminal)


@pytest.fixture
def user(port: int, tmp_path: Path) -> Iterator[User]:
    someone = User(port, tmp_path / "history")
    yield someone
    someone.close()


# prompt_toolkit moves the cursor over the space behind the prompt and prints none: ">" is what one sees.
def test_a_session_at_the_prompt(user: User, port: int, tmp_path: Path) -> None:
    prompt = f"127.0.0.1:{port}"
    user.sees(f"{prompt}>")
    user.type("set k 1\r")
    user.sees(f"OK\n{prompt}>")
    user.type("select 2\r")
    user.sees(f"{prompt}[2]>")
    user.type("multi\r")
    user.sees(f"{prompt}[2](TX)>")
    user.type("discard\r")
    user.sees(f"{prompt}[2]>")
    user.type("config get maxmemory\r")
    user.sees('1# "maxmemory" => "0"')  # a map: RESP3 is the prompt's default
    user.sees(f"{prompt}[2]>")
    user.type("getrange ")
    user.sees("key start end")  # the hint
    user.type("\x03")  # Ctrl-C drops the line
    user.sees(f"{prompt}[2]>")
    user.type("getran\t")
    user.sees("getrange")
    user.type("\x03")
    user.sees(f"{prompt}[2]>")
    user.type("subscribe news\r")
    user.sees("(integer) 1")
    user.type("\x03")  # Ctrl-C ends the subscription
    user.sees(f"{prompt}[2]>")
    user.type("auth s3cret\r")
    user.sees("(error)")
    user.sees(f"{prompt}[2]>")
    user.type("2 echo again\r")
    user.sees('"again"\n"again"')
    user.sees(f"{prompt}[2]>")
    user.type("debug sleep 0.6\r")
    user.sees("(0.6")
    user.sees(f"{prompt}[2]>")
    user.type("client kill type normal skipme no\r")
    user.sees(f"{prompt}[2]>")
    user.type("ping\r")
    user.sees("not connected>")
    user.type("ping\r")
    user.sees("PONG")
    user.sees(f"{prompt}[2]>")
    user.type("\x04")  # Ctrl-D leaves
    assert user.exit_code() == 0
    history = (tmp_path / "history").read_text().splitlines()
    assert history[:2] == ["set k 1", "select 2"]
    assert not any("s3cret" in line for line in history)
