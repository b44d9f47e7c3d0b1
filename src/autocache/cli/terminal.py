"""The outside world of the command line: its three streams, its environment, its clock.

Handed to whoever prints or reads, so that a test runs the whole command line in process with byte buffers.
"""

import getpass
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(slots=True)
class Terminal:
    """Streams are binary: arguments and replies are bytes. `stdin_is_tty` decides between prompt and
    script.
    """

    stdin: BinaryIO
    stdout: BinaryIO
    stderr: BinaryIO
    environment: Mapping[str, str]
    stdin_is_tty: bool = False
    stdout_is_tty: bool = False
    ask_password: Callable[[str], str] = getpass.getpass
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    @classmethod
    def of_process(cls) -> "Terminal":
        """Return the process's own streams and environment."""
        return cls(
            sys.stdin.buffer,
            sys.stdout.buffer,
            sys.stderr.buffer,
            os.environ,
            sys.stdin.isatty(),
            sys.stdout.isatty(),
        )

    def write(self, data: bytes) -> None:
        """Print to stdout at once: the reader may be a pipe that waits for this reply."""
        self.stdout.write(data)
        self.stdout.flush()

    def complain(self, message: str) -> None:
        """Print one line to stderr."""
        self.stderr.write(message.encode("utf-8", "surrogateescape") + b"\n")
        self.stderr.flush()
