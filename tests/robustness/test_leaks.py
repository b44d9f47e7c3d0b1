"""A rough life over many connections, after which a server gives back every block that it took.

Only a sanitizer build counts blocks at its end and exits with EXIT_LEAK (app/server.py); on a release build these tests
check that the server survives, and ends well.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import time
from collections.abc import Callable

import pytest

from tests.servers import SELF_IS_REDIS, Server
from tests.wire import Argument, Connection, ReplyTimeout, encode

StartServer = Callable[..., Server]

SEED = int(os.environ.get("AUTOCACHE_TEST_SEED", "0")) or random.SystemRandom().getrandbits(32)
STEPS = 600
BIG = 150_000

pytestmark = pytest.mark.skipif(SELF_IS_REDIS, reason="our own check")


def _ends_well(server: Server) -> None:
    """SIGTERM, and no block left behind; `Server.stop` raises if there is."""
    assert server.stop(remove=False) == 0, server.log_tail()


def test_a_server_that_did_nothing(fresh: StartServer) -> None:
    _ends_well(fresh())


def test_every_command(fresh: StartServer) -> None:
    """Each command with no, few and many arguments, alone and in transactions."""
    server = fresh()
    with server.connect() as connection:
        names = connection.command("COMMAND", "LIST").split(b"\r\n")[2::2]
        subcommands = {
            b"client": [
                b"list",
                b"info",
                b"id",
                b"setname",
                b"tracking",
                b"no-evict",
                b"reply",
                b"unpause",
                b"caching",
            ],
            b"config": [b"get", b"set", b"resetstat"],
            b"object": [b"encoding", b"freq", b"idletime"],
            b"memory": [b"usage", b"stats", b"doctor"],
            b"slowlog": [b"get", b"len", b"reset"],
            b"latency": [b"histogram", b"latest", b"doctor"],
            b"command": [b"docs", b"info", b"count", b"getkeys"],
            b"debug": [b"digest", b"object", b"populate", b"htstats"],
        }
    without = {b"shutdown", b"wait", b"monitor"}
    for name in names:
        if name.lower() in without:
            continue
        for sub in subcommands.get(name.lower(), [None]):
            for count in (0, 1, 2, 3, 5):
                words: list[Argument] = [
                    name,
                    *([sub] if sub else []),
                    *[b"1" if n % 2 else b"key" for n in range(count)],
                ]
                with server.connect() as connection, contextlib.suppress(EOFError, ReplyTimeout, OSError):
                    connection.send(encode(["MULTI"]) + encode(words) + encode(["EXEC"]) + encode(words))
                    connection.read_quiet(0.002)
    _ends_well(server)


class Life:
    """Clients that do as they please."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.draw = random.Random(seed)
        self.clients: list[Connection] = []

    def key(self) -> str:
        return f"key:{self.draw.randrange(40)}"

    def value(self) -> bytes:
        return self.draw.randbytes(self.draw.choice([1, 10, 300, 2000, 20_000, BIG]))

    def request(self) -> list[Argument]:
        """Any command that harms nobody for long."""
        key, value, draw = self.key(), self.value(), self.draw
        return draw.choice(
            [
                ["SET", key, value],
                ["SET", key, value, "PX", draw.randrange(1, 500), "GET"],
                ["GET", key],
                ["MGET", *[self.key() for _ in range(draw.randrange(1, 60))]],
                ["MSET", key, value, self.key(), b"1"],
                ["APPEND", key, value],
                ["SETRANGE", key, draw.randrange(BIG), value],
                ["GETRANGE", key, draw.randrange(-9, 9), draw.randrange(-9, 9)],
                ["LCS", key, self.key(), *draw.choice([[], ["IDX"], ["LEN"]])],
                ["INCR", "n"],
                ["DEL", key],
                ["UNLINK", key, self.key()],
                ["COPY", key, self.key(), "REPLACE"],
                ["RENAME", key, self.key()],
                ["EXPIRE", key, draw.randrange(-1, 3)],
                ["SCAN", 0, "COUNT", 100],
                ["KEYS", "*"],
                ["WATCH", key],
                ["MULTI"],
                ["EXEC"],
                ["DISCARD"],
                ["HELLO", draw.choice([2, 3])],
                ["CLIENT", "TRACKING", "ON", *draw.choice([[], ["BCAST"], ["BCAST", "PREFIX", "key"], ["NOLOOP"]])],
                ["CLIENT", "TRACKING", "OFF"],
                ["CLIENT", "SETNAME", f"name{draw.randrange(9)}"],
                ["CLIENT", "LIST"],
                ["CLIENT", "REPLY", draw.choice(["ON", "OFF", "SKIP"])],
                ["CLIENT", "KILL", "ID", draw.randrange(1, 400)],
                ["CLIENT", "UNBLOCK", draw.randrange(1, 400)],
                ["CLIENT", "PAUSE", draw.randrange(1, 20), draw.choice(["WRITE", "ALL"])],
                ["CLIENT", "UNPAUSE"],
                ["WAIT", 1, draw.randrange(1, 20)],
                ["SELECT", draw.randrange(3)],
                ["SWAPDB", 0, draw.randrange(3)],
                ["FLUSHDB", draw.choice(["SYNC", "ASYNC"])],
                ["CONFIG", "SET", "maxmemory", draw.choice(["0", "3mb"])],
                ["CONFIG", "SET", "maxmemory-policy", draw.choice(["allkeys-lru", "volatile-ttl", "noeviction"])],
                ["CONFIG", "SET", "slowlog-log-slower-than", draw.choice(["0", "-1"])],
                ["MONITOR"],
                ["RESET"],
                ["INFO"],
                ["NOSUCH", value],
            ]
        )

    def act(self) -> None:
        """One step of somebody."""
        draw = self.draw
        if (len(self.clients) < 12 and draw.random() < 0.3) or not self.clients:
            self.clients.append(self.server.connect(2))
        client = draw.choice(self.clients)
        stream = b"".join(encode(self.request()) for _ in range(draw.choice([1, 1, 3, 40])))
        if draw.random() < 0.15:
            stream = stream[: draw.randrange(len(stream))] + (b"" if draw.random() < 0.8 else b"garbage")
        client.socket.setblocking(False)
        with contextlib.suppress(OSError):
            client.socket.send(stream)
        if draw.random() < 0.7:
            with contextlib.suppress(OSError):
                client.socket.recv(1 << 20)
        if draw.random() < 0.1:
            self.clients.remove(client)
            if draw.random() < 0.5:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()


@pytest.mark.parametrize("number", range(3))
def test_a_rough_life(fresh: StartServer, number: int) -> None:
    """Big values, MULTI, WATCH, tracking, half requests, killed clients, pauses with pipelines, slow readers."""
    print(f"AUTOCACHE_TEST_SEED={SEED}")
    server = fresh({"client-output-buffer-limit": "normal 20mb 0 0", "shutdown-timeout": "1"})
    life = Life(server, SEED + number)
    for step in range(STEPS):
        life.act()
        if step % 50 == 0:
            time.sleep(0.02)
            assert server.alive(), server.log_tail()
    with server.connect(20) as connection:
        connection.send(encode(["CLIENT", "UNPAUSE"]))
        assert connection.read_reply() == b"+OK\r\n"
    _ends_well(server)
    for client in life.clients:
        client.close()


def test_a_server_that_ends_in_the_middle(fresh: StartServer) -> None:
    """Half requests, parked sessions, transactions and unread replies when the signal comes."""
    server = fresh({"shutdown-timeout": "1"})
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(8)]
        clients[0].command("SET", "big", b"x" * 5_000_000)
        clients[0].send(encode(["GET", "big"]) * 20)
        clients[1].send(b"*2\r\n$3\r\nGET\r\n$100000\r\n" + b"x" * 60_000)
        clients[2].send(encode(["WAIT", 1, 0]) + encode(["SET", "k", "v"]))
        clients[3].send(encode(["WATCH", "a", "b"]) + encode(["MULTI"]) + encode(["SET", "k", b"x" * BIG]))
        clients[4].send(encode(["HELLO", 3]) + encode(["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "k"]))
        clients[5].send(encode(["MONITOR"]))
        clients[6].send(encode(["FLUSHALL", "ASYNC"]) + encode(["CLIENT", "PAUSE", 100_000]))
        time.sleep(0.2)
        clients[7].send(encode(["SET", "k", b"x" * BIG]) + encode(["PING"]))
        time.sleep(0.2)
        _ends_well(server)


def test_unpause_and_pause_again(fresh: StartServer) -> None:
    """The end of one pause, which comes a moment after UNPAUSE, must not end the next one."""
    server = fresh()
    with server.connect() as caller, server.connect() as waiting:
        caller.command("CLIENT", "PAUSE", 60_000, "WRITE")
        waiting.send(encode(["SET", "k", "v"]))
        time.sleep(0.1)
        caller.send(encode(["CLIENT", "UNPAUSE"]) + encode(["CLIENT", "PAUSE", 1500, "WRITE"]))
        assert caller.read_reply() + caller.read_reply() == b"+OK\r\n+OK\r\n"
        start = time.monotonic()
        assert waiting.read_reply() == b"+OK\r\n"
        assert time.monotonic() - start > 1.0
