"""A cache with a clock that the test sets."""

from __future__ import annotations

import pytest

from autocache.commands.cache import Cache

START_MS = 1_700_000_000_000
TICKS_MAX = 20_000


class Fixture:
    """A cache at START_MS, a session on it, and short forms of what these tests say all the time."""

    def __init__(self, seed: int = 1) -> None:
        self.cache = Cache(seed=seed)
        self.session = self.cache.session()
        self.now_ms = START_MS
        self.cache.tick(START_MS)

    def __call__(self, line: str) -> bytes:
        """Run a line of words; the reply as on the wire."""
        return self.session.execute(*line.encode().split())

    def number(self, line: str) -> int:
        """The integer that a command answers."""
        reply = self(line)
        assert reply.startswith(b":"), reply
        return int(reply[1:])

    def advance(self, milliseconds: int, *, active: bool = False) -> None:
        """Let time pass, without active expiry unless asked for."""
        self.now_ms += milliseconds
        self.cache.configure(active_expire=active)
        self.cache.tick(self.now_ms)

    def settle(self) -> int:
        """Tick until nothing is left to do; how many ticks that took."""
        for count in range(1, TICKS_MAX):
            if not self.cache.tick(self.now_ms):
                return count
        raise AssertionError(f"work is left after {TICKS_MAX} ticks")

    def scan(self, *options: bytes) -> list[bytes]:
        """All keys that a whole SCAN returns, with repetitions."""
        cursor, found = b"0", []
        while True:
            cursor, keys = self.scan_step(cursor, *options)
            found += keys
            if cursor == b"0":
                return found

    def scan_step(self, cursor: bytes, *options: bytes) -> tuple[bytes, list[bytes]]:
        """One call of SCAN. Keys must not contain line ends."""
        lines = self.session.execute(b"SCAN", cursor, *options).split(b"\r\n")
        return lines[2], lines[5:-1:2]


@pytest.fixture
def run() -> Fixture:
    """See `Fixture`."""
    return Fixture()
