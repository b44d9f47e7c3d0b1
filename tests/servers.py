"""Processes under test: start, wait for, restart and stop our server or a real redis-server.

Every suite that talks to a server over the wire comes through here, so that ports, readiness, logs and
clean-up are handled once. Nothing in this module knows pytest; `tests/conftest.py` turns it into fixtures.

A server is always a child process on a free loopback port with its own directory, and it is only ever
signalled through its own process id. `AUTOCACHE_TEST_SELF=redis` makes `ours()` a second redis-server: a
suite that is green that way asserts Redis's behaviour and nothing that depends on chance.

`AUTOCACHE_TEST_PYTHON` names another interpreter (a sanitizer build's) for our server; its environment is
inherited.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.wire import Connection, ReplyTimeout

HOST = "127.0.0.1"
REDIS_SERVER = os.environ.get("AUTOCACHE_TEST_REDIS_SERVER", "/usr/bin/redis-server")
SELF_IS_REDIS = os.environ.get("AUTOCACHE_TEST_SELF") == "redis"

# A sanitizer build needs several seconds to import on a loaded machine; a healthy start takes a fraction of
# one.
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
# Two workers may draw the same free port before either binds it.
START_ATTEMPTS = 3
LOG_TAIL_LINES = 60
# A sanitizer build that ends with blocks it did not give back (app/server.py).
EXIT_LEAK = 70

# Every server started here and not yet stopped, so that a failing test can show what they logged.
RUNNING: list[Server] = []


class ServerError(RuntimeError):
    """A server did not start, or did not stop; the message carries the end of its log."""


def free_port() -> int:
    """A loopback TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Server:
    """One server process and its directory. `config` holds redis.conf directives, the same for both kinds."""

    def __init__(self, kind: str, config: Mapping[str, str] | None = None, flags: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self.config = dict(config or {})
        self.flags = flags
        self.port = 0
        self.directory = Path(tempfile.mkdtemp(prefix=f"autocache-test-{kind}-"))
        self.log_path = self.directory / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    # -- life cycle ------------------------------------------------------------------------------------------
    def start(self) -> Server:
        """Start the process on a free port and return once it answers PING (or any error, such as NOAUTH)."""
        for attempt in range(1, START_ATTEMPTS + 1):
            self.port = free_port()
            self._spawn()
            try:
                self.wait_ready()
                return self
            except ServerError:
                # The error carries the log, so the directory is of no more use.
                self.stop(remove=attempt == START_ATTEMPTS)
                if attempt == START_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def restart(self, *, hard: bool = False) -> Server:
        """Stop the process (with SIGKILL if `hard`) and start it again on the same port and directory."""
        self.stop(hard=hard, remove=False)
        self._spawn()
        self.wait_ready()
        return self

    def stop(self, *, hard: bool = False, remove: bool = True) -> int | None:
        """End the process; returns its exit code. `remove` deletes the directory as well."""
        process, self.process = self.process, None
        code = None
        if process is not None:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
            try:
                code = process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
        if self in RUNNING:
            RUNNING.remove(self)
        if code == EXIT_LEAK and self.kind != "redis":
            raise ServerError(f"the server lost memory\n{self.log_tail()}")
        if remove:
            shutil.rmtree(self.directory, ignore_errors=True)
        return code

    def wait_ready(self) -> None:
        """Return when the server answers on its port; raise `ServerError` with its log if it ends or stays
        silent.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if not self.alive():
                raise ServerError(f"{self.kind} ended during its start\n{self.log_tail()}")
            with contextlib.suppress(OSError, ReplyTimeout, EOFError), self.connect(timeout=2) as connection:
                if connection.command("PING")[:1] in (b"+", b"-"):
                    return
            time.sleep(0.02)
        raise ServerError(f"{self.kind} did not answer within {START_TIMEOUT_S} s\n{self.log_tail()}")

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def ensure_alive(self) -> None:
        """Start the server again if an earlier test killed it, so that one crash fails one test."""
        if not self.alive():
            self.stop(remove=False)
            self.start()

    # -- what tests ask of it --------------------------------------------------------------------------------
    @property
    def pid(self) -> int:
        """Process id of the running server."""
        assert self.process is not None, "the server is not running"
        return self.process.pid

    def connect(self, timeout: float = 10.0) -> Connection:
        """A raw connection (see `tests.wire`)."""
        return Connection(HOST, self.port, timeout)

    def rss_bytes(self) -> int:
        """Resident memory of the process, as the kernel counts it."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS in /proc")

    def info(self, section: str = "everything") -> dict[str, str]:
        """INFO as a flat mapping of field to text."""
        with self.connect() as connection:
            text = connection.bulk("INFO", section).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line and not line.startswith("#"))

    def log_tail(self, lines: int = LOG_TAIL_LINES) -> str:
        """The last lines of what the process wrote."""
        if not self.log_path.exists():
            return "(no log)"
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    # -- how it is run ---------------------------------------------------------------------------------------
    def _spawn(self) -> None:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self._command_line(), cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        RUNNING.append(self)

    def _command_line(self) -> list[str]:
        if self.kind == "redis":
            line = [
                REDIS_SERVER,
                "--port",
                str(self.port),
                "--bind",
                HOST,
                "--save",
                "",
                "--appendonly",
                "no",
            ]
            line += ["--enable-debug-command", "yes", "--dir", str(self.directory)]
            for name, value in self.config.items():
                line += [f"--{name}", *(value.split() if value else [""])]
            return line
        interpreter = os.environ.get("AUTOCACHE_TEST_PYTHON", sys.executable)
        line = [interpreter, "-m", "autocache.app.main", "-addr", f"{HOST}:{self.port}"]
        line += ["-data-dir", str(self.directory), "-enable-debug-command", "yes"]
        if self.config:
            # Directives go through a file: that is the form in which ours takes every one of Redis's.
            path = self.directory / "autocache.conf"
            path.write_text("".join(f"{name} {value or chr(34) * 2}\n" for name, value in self.config.items()))
            line += ["-config", str(path)]
        return [*line, *self.flags]


def redis(config: Mapping[str, str] | None = None) -> Server:
    """Start a real redis-server, the oracle."""
    return Server("redis", config).start()


def ours(config: Mapping[str, str] | None = None, flags: tuple[str, ...] = ()) -> Server:
    """Start the server under test; redis-server in its place ignores `flags`, our command-line arguments."""
    return Server("redis" if SELF_IS_REDIS else "autocache", config, flags).start()
