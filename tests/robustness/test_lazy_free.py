"""A collection of millions goes away in steps: other clients are answered in between, and the memory comes back."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.servers import Server
from tests.wire import Connection, encode

StartServer = Callable[..., Server]

MEMBERS = 2_000_000
PER_COMMAND = 1000
# What a server may take more than at its start: tables that have grown, blocks that are kept for the next command.
SPARE_BYTES = 4 << 20
# Between two steps a client's command is served, so that many looks at the memory fall into the time of freeing.
LOOKS_MIN = 5

# A sanitizer build keeps freed blocks for a while and puts walls between the others.
pytestmark = pytest.mark.resident

WAYS: dict[str, list[list[str | int]]] = {
    "DEL": [["DEL", "k"]],
    "UNLINK": [["UNLINK", "k"]],
    "FLUSHDB": [["FLUSHDB"]],
    "FLUSHDB ASYNC": [["FLUSHDB", "ASYNC"]],
    "expiry": [["PEXPIRE", "k", 1]],
    "SET": [["SET", "k", "v"], ["DEL", "k"]],
    "RENAME": [["SET", "j", "v"], ["RENAME", "j", "k"], ["DEL", "k"]],
    "SUNIONSTORE": [["SADD", "one", "x"], ["SUNIONSTORE", "k", "one"], ["DEL", "k", "one"]],
}


def fill(connection: Connection) -> None:
    for start in range(0, MEMBERS, 50 * PER_COMMAND):
        commands = [
            ["SADD", "k", *[f"member:{number}" for number in range(first, first + PER_COMMAND)]]
            for first in range(start, start + 50 * PER_COMMAND, PER_COMMAND)
        ]
        connection.send(b"".join(encode(command) for command in commands))
        for _ in commands:
            assert connection.read_reply() == b":%d\r\n" % PER_COMMAND


def used(connection: Connection) -> tuple[int, int]:
    """Memory in use, and how many objects wait to be freed."""
    fields = dict(line.split(b":", 1) for line in connection.bulk("INFO", "memory").split(b"\r\n") if b":" in line)
    return int(fields[b"used_memory"]), int(fields[b"lazyfree_pending_objects"])


def watch_it_go(connection: Connection, at_most: int) -> list[tuple[int, int]]:
    """Ask again and again until the memory is back; each answer shows that the server is not stuck."""
    looks = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert connection.command("PING") == b"+PONG\r\n"
        looks.append(used(connection))
        if looks[-1][0] <= at_most and looks[-1][1] == 0:
            return looks
    pytest.fail(f"the memory did not come back: {looks[-1]}, wanted {at_most}")


@pytest.mark.timeout(300)
def test_large_sets_go_in_steps(fresh: StartServer) -> None:
    """Whatever removes a set of two million members, others are served before it is gone."""
    server = fresh()
    with server.connect(60) as connection, server.connect(60) as other:
        connection.command("SADD", "k", "x")
        connection.command("DEL", "k")
        before, _ = used(other)
        for name, commands in WAYS.items():
            fill(connection)
            full, _ = used(other)
            for command in commands:
                assert not connection.command(*command).startswith(b"-")
            looks = watch_it_go(other, before + SPARE_BYTES)
            between = {memory for memory, _ in looks if before + SPARE_BYTES < memory < full - SPARE_BYTES}
            assert len(between) >= LOOKS_MIN, f"{name}: freed at once, or nobody was served: {looks[:10]}"
            assert connection.command("DBSIZE") == b":0\r\n"
    assert server.alive()
