"""Slow subscribers, many subscribers, and subscribers that vanish while they are told."""

from __future__ import annotations

import contextlib
import random
import resource
import socket
import struct
import time
from collections.abc import Callable

import pytest

from tests.servers import Server
from tests.wire import Connection, encode

StartServer = Callable[..., Server]

SUBSCRIBERS = 1000
MESSAGE = encode(["message", "a", "hello"])


def _wait_for(what: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.02)
    return what()


def _subscribers(server: Server, channel: str = "a") -> int:
    with server.connect() as connection:
        return int(connection.command("PUBSUB", "NUMSUB", channel).rpartition(b":")[2])


def _subscribe(server: Server, *channels: str, timeout_s: float = 20) -> Connection:
    connection = server.connect(timeout_s)
    connection.send(encode(["SUBSCRIBE", *channels]))
    for _ in channels:
        connection.read_value()
    return connection


@pytest.mark.parametrize("length", [100, 100_000])
def test_a_slow_subscriber_is_dropped_at_the_hard_limit(fresh: StartServer, length: int) -> None:
    """The limit of class pubsub holds for subscribers, whoever publishes; others are told everything."""
    server = fresh({"client-output-buffer-limit": "pubsub 4mb 0 0"})
    count = 64 * (1 << 20) // length
    with _subscribe(server, "a") as slow, _subscribe(server, "b") as other, server.connect(60) as publisher:
        request = encode(["PUBLISH", "a", b"x" * length])
        for _ in range(0, count, 100):
            publisher.send(request * 100)
            for _ in range(100):
                publisher.read_reply()
        assert _wait_for(lambda: _subscribers(server) == 0), "the slow subscriber was kept"
        assert publisher.command("PUBLISH", "b", "x") == b":1\r\n"
        assert other.read_value() == encode(["message", "b", "x"])
        with contextlib.suppress(EOFError, OSError):
            assert len(slow.read_all()) < 64 << 20
    assert server.alive()


def test_a_transaction_cannot_outgrow_the_limit(fresh: StartServer) -> None:
    """One EXEC that publishes gigabytes drops the subscriber on its way, and does not keep them."""
    server = fresh({"client-output-buffer-limit": "pubsub 4mb 0 0"})
    with _subscribe(server, "a"), server.connect(60) as publisher:
        publisher.command("MULTI")
        for _ in range(2000):
            publisher.send(encode(["PUBLISH", "a", b"x" * 10_000]))
            publisher.read_reply()
        peak = int(server.info("memory")["used_memory"])
        assert publisher.command("EXEC").startswith(b"*2000\r\n")
        assert int(server.info("memory")["used_memory_peak"]) - peak < 16 << 20
        assert _wait_for(lambda: _subscribers(server) == 0)


def test_a_slow_subscriber_is_dropped_at_the_soft_limit(fresh: StartServer) -> None:
    """The soft limit closes only after its seconds."""
    server = fresh({"client-output-buffer-limit": "pubsub 0 1mb 1"})
    with _subscribe(server, "a"), server.connect() as publisher:
        for _ in range(32):
            publisher.command("PUBLISH", "a", b"x" * (1 << 20))
        time.sleep(0.3)
        assert _subscribers(server) == 1, "dropped before the soft limit's time"
        assert _wait_for(lambda: _subscribers(server) == 0), "the slow subscriber was kept"


def test_the_limit_of_normal_clients_is_not_the_subscribers(fresh: StartServer) -> None:
    """A subscriber may have more waiting than a normal client; when it has unsubscribed, it is one."""
    server = fresh({"client-output-buffer-limit": "normal 1mb 0 0 pubsub 0 0 0"})
    with _subscribe(server, "a") as slow, server.connect(60) as publisher:
        for _ in range(32):
            publisher.command("PUBLISH", "a", b"x" * (1 << 20))
        time.sleep(0.2)
        assert _subscribers(server) == 1
        for _ in range(32):
            assert len(slow.read_value()) > 1 << 20


@pytest.mark.resident
def test_a_long_message_to_many_is_kept_once(fresh: StartServer) -> None:
    """Memory does not grow with the number of subscribers that a long message waits for."""
    server = fresh({"client-output-buffer-limit": "pubsub 0 0 0"})
    subscribers = [_subscribe(server, "a") for _ in range(50)]
    try:
        with server.connect(60) as publisher:
            publisher.command("PING")
            before = int(server.info("memory")["used_memory"])
            assert publisher.command("PUBLISH", "a", b"x" * (8 << 20)) == b":50\r\n"
            assert int(server.info("memory")["used_memory"]) - before < 24 << 20
        for subscriber in subscribers:
            assert len(subscriber.read_value()) > 8 << 20
    finally:
        for subscriber in subscribers:
            subscriber.close()


@pytest.mark.timeout(120)
def test_many_subscribers(fresh: StartServer) -> None:
    """A thousand subscribers are all told, in time, and leave nothing behind."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    server = fresh()
    subscribers: list[Connection] = []
    try:
        subscribers += [_subscribe(server, "a", f"own:{n}") for n in range(SUBSCRIBERS)]
        with server.connect(60) as publisher:
            assert publisher.command("PUBLISH", "a", "hello") == b":%d\r\n" % SUBSCRIBERS
            assert publisher.command("PUBLISH", "own:7", "hello") == b":1\r\n"
            for subscriber in subscribers:
                assert subscriber.read_value() == MESSAGE
            publisher.send(encode(["PUBLISH", "a", "hello"]) * 50)
            for _ in range(50):
                assert publisher.read_reply() == b":%d\r\n" % SUBSCRIBERS
            assert subscribers[7].read_value() == encode(["message", "own:7", "hello"])
            for subscriber in subscribers:
                assert [subscriber.read_value() for _ in range(50)] == [MESSAGE] * 50
    finally:
        for subscriber in subscribers:
            subscriber.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert _wait_for(lambda: _subscribers(server) == 0, 30)
    assert server.info("stats")["pubsub_channels"] == "0"


def test_subscribers_that_vanish(server: Server) -> None:
    """Connections that break while they are told, at any moment, do no harm. The seed is in the report."""
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed={seed}")
    chance = random.Random(seed)
    kept: list[Connection] = []
    with server.connect(20) as publisher:
        for _ in range(300):
            kept.append(_subscribe(server, "a", chance.choice("bc")))
            if len(kept) > 5:
                gone = kept.pop(chance.randrange(len(kept)))
                if chance.random() < 0.5:
                    gone.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if chance.random() < 0.3:
                    gone.send(encode(["UNSUBSCRIBE"]))
                gone.close()
            publisher.send(encode(["PUBLISH", "a", "x" * chance.choice([1, 30_000])]) * 3)
            if chance.random() < 0.1:
                publisher.send(encode(["CLIENT", "KILL", "TYPE", "pubsub"]) + encode(["PUBLISH", "a", "x"]))
        publisher.send(encode(["ECHO", "end"]))
        while publisher.read_reply() != b"$3\r\nend\r\n":
            pass
    for connection in kept:
        connection.close()
    assert _wait_for(lambda: _subscribers(server) == 0)
    assert server.alive()


def test_idle_subscribers_stay(fresh: StartServer) -> None:
    """`timeout` is for clients that wait for nothing."""
    server = fresh({"timeout": "1"})
    with _subscribe(server, "a") as subscriber, server.connect(5) as idle:
        assert idle.read_all() == b""
        with server.connect() as publisher:
            assert publisher.command("PUBLISH", "a", "hello") == b":1\r\n"
        assert subscriber.read_value() == MESSAGE
