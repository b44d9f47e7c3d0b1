"""Half requests and disconnects, slow readers, thousands of connections, requests in crumbs and in bulk,
deep pipelines.
"""

from __future__ import annotations

import contextlib
import random
import resource
import socket
import struct
import time
from collections.abc import Callable

import pytest

from tests.servers import HOST, Server
from tests.wire import Connection, encode, parse

CONNECTIONS_WANTED = 10_000
# Descriptors that the test process and the server need besides the connections.
DESCRIPTORS_SPARE = 500
# What one idle connection may cost. redis-server needs about 20 KB with its buffers trimmed.
IDLE_CONNECTION_BYTES_MAX = 24 * 1024
PIPELINE_DEPTH = 100_000

StartServer = Callable[..., Server]


def _connected_clients(server: Server) -> int:
    return int(server.info("clients")["connected_clients"])


def _wait_for(what: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.02)
    return what()


def _abort(connection: Connection) -> None:
    """Close with RST, as a crashed peer or a firewall does."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_half_requests_and_disconnects(server: Server) -> None:
    """Connections that end anywhere in a request leave nothing behind, and nothing of theirs is run."""
    stream = encode(["SET", "half", "x" * 100]) + encode(["PING"]) + b"*3\r\n$3\r\nSET\r\n$4\r\nlate\r\n$100000\r\nabc"
    first_complete = len(encode(["SET", "half", "x" * 100]))
    before = _connected_clients(server)
    for cut in [*range(0, first_complete, 3), *range(first_complete, len(stream), 5)]:
        for end in (Connection.close, _abort):
            connection = server.connect()
            connection.send(stream[:cut])
            end(connection)
    assert _wait_for(lambda: _connected_clients(server) <= before), "connections were not given up"
    with server.connect() as connection:
        assert connection.command("EXISTS", "late") == b":0\r\n"
        assert connection.command("PING") == b"+PONG\r\n"


def test_random_bytes(server: Server) -> None:
    """Noise is answered or dropped; the server goes on. The seed is in the report."""
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed={seed}")
    chance = random.Random(seed)
    pieces = [
        b"*1\r\n",
        b"$4\r\n",
        b"PING\r\n",
        b"*-1\r\n",
        b"$-1\r\n",
        b"\r\n",
        b"*3\r\n$3\r\nSET\r\n",
        b"$1\r\nk\r\n",
        b'"',
        b"'",
        b"\x00",
        b"*2\r\n$4\r\nECHO\r\n",
    ]
    for _ in range(300):
        with server.connect() as connection, contextlib.suppress(EOFError, OSError):
            for _ in range(chance.randrange(1, 12)):
                connection.send(
                    chance.choice(pieces) if chance.random() < 0.8 else chance.randbytes(chance.randrange(40))
                )
            if chance.random() < 0.1:
                connection.read_quiet(0.002)
    assert server.alive()
    with server.connect() as connection:
        assert connection.command("PING") == b"+PONG\r\n"


def test_one_byte_at_a_time(server: Server) -> None:
    """A request in single bytes, with the socket flushed after each."""
    with server.connect() as connection:
        for byte in encode(["SET", "k", "v" * 50]) + encode(["GET", "k"]):
            connection.send(bytes([byte]))
        assert connection.read_reply() == b"+OK\r\n"
        assert connection.read_reply() == b"$50\r\n" + b"v" * 50 + b"\r\n"


def test_64_mb_at_once(server: Server) -> None:
    """One value of 64 MB in and out, and 64 MB of small requests in one send."""
    blob = bytes(range(256)) * (64 * 1024 * 4)
    with server.connect(60) as connection:
        assert connection.command("SET", "k", blob) == b"+OK\r\n"
        assert connection.command("STRLEN", "k") == b":%d\r\n" % len(blob)
        assert connection.bulk("GET", "k") == blob
        assert connection.command("DEL", "k") == b":1\r\n"
        request = encode(["SET", "small", b"x" * 1000])
        count = (64 << 20) // len(request)
        connection.send(request * count)
        received = b"".join(connection.read_reply() for _ in range(count))
        assert received == b"+OK\r\n" * count


def test_pipeline_depth(server: Server) -> None:
    """A hundred thousand commands sent before the first reply is read."""
    with server.connect(60) as connection:
        connection.send(encode(["INCR", "n"]) * PIPELINE_DEPTH + encode(["PING"]))
        for number in range(1, PIPELINE_DEPTH + 1):
            assert connection.read_reply() == b":%d\r\n" % number
        assert connection.read_reply() == b"+PONG\r\n"


def test_others_are_served_during_a_deep_pipeline(server: Server) -> None:
    """One client's hundred thousand commands do not keep another's PING waiting for long."""
    with server.connect(60) as busy, server.connect(60) as other:
        busy.socket.settimeout(60)
        busy.send(encode(["SET", "k", "v"]) * PIPELINE_DEPTH)
        worst = 0.0
        for _ in range(20):
            start = time.monotonic()
            assert other.command("PING") == b"+PONG\r\n"
            worst = max(worst, time.monotonic() - start)
        for _ in range(PIPELINE_DEPTH):
            busy.read_reply()
    assert worst < 1.0, f"a PING took {worst:.3f} s"


def test_slow_reader_is_dropped_at_the_hard_limit(fresh: StartServer) -> None:
    """A client that does not read is closed once its replies pass the limit; others and memory are
    unharmed.
    """
    server = fresh({"client-output-buffer-limit": "normal 4mb 0 0"})
    with server.connect(20) as slow, server.connect() as other:
        other.command("SET", "k", b"x" * (1 << 20))
        # Far beyond what the kernel's socket buffers can swallow.
        slow.send(encode(["GET", "k"]) * 64)
        assert _wait_for(lambda: _connected_clients(server) <= 2), "the slow reader was kept"
        assert other.command("PING") == b"+PONG\r\n"
        with contextlib.suppress(EOFError, OSError):
            assert len(slow.read_all()) < 64 << 20


def test_slow_reader_is_dropped_at_the_soft_limit(fresh: StartServer) -> None:
    """The soft limit closes only after its seconds."""
    server = fresh({"client-output-buffer-limit": "normal 0 1mb 1"})
    with server.connect(20) as slow, server.connect() as other:
        other.command("SET", "k", b"x" * (1 << 20))
        slow.send(encode(["GET", "k"]) * 32)
        time.sleep(0.3)
        assert _connected_clients(server) == 3, "dropped before the soft limit's time"
        assert _wait_for(lambda: _connected_clients(server) <= 2), "the slow reader was kept"


def test_slow_reader_without_limits_gets_everything(server: Server) -> None:
    """Without limits, replies wait for their reader and arrive whole."""
    with server.connect(30) as slow, server.connect() as other:
        other.command("SET", "k", b"x" * (1 << 20))
        slow.send(encode(["GET", "k"]) * 32)
        time.sleep(0.3)
        assert other.command("PING") == b"+PONG\r\n"
        for _ in range(32):
            assert len(slow.read_reply()) == (1 << 20) + len("$1048576\r\n\r\n")


def test_maxclients(fresh: StartServer) -> None:
    """One too many is told so and closed; a place that is freed can be taken."""
    server = fresh({"maxclients": "5"})
    kept = [server.connect() for _ in range(5)]
    for connection in kept:
        assert connection.command("PING") == b"+PONG\r\n"
    with server.connect() as refused:
        assert refused.read_all() == b"-ERR max number of clients reached\r\n"
    kept.pop().close()

    def served() -> bool:
        with server.connect() as connection, contextlib.suppress(EOFError):
            return connection.command("PING") == b"+PONG\r\n"
        return False

    assert _wait_for(served)
    for connection in kept:
        connection.close()


def test_idle_timeout(fresh: StartServer) -> None:
    """`timeout` closes a client that is silent for that long, and only that one."""
    server = fresh({"timeout": "1"})
    with server.connect(5) as idle, server.connect(5) as busy:
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            assert busy.command("PING") == b"+PONG\r\n"
            time.sleep(0.1)
        assert idle.read_all() == b""


@pytest.mark.timeout(180)
def test_thousands_of_connections(fresh: StartServer) -> None:
    """Ten thousand idle connections (fewer if the system allows fewer) are held, cheap, and all answered."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(CONNECTIONS_WANTED, hard - DESCRIPTORS_SPARE)
    connections: list[Connection] = []
    try:
        server = fresh({"maxclients": str(count + 10)})
        before = server.rss_bytes()
        connections.extend(Connection(HOST, server.port, 30) for _ in range(count))
        for connection in connections:
            connection.send(b"PING\r\n")
        for connection in connections:
            assert connection.read_reply() == b"+PONG\r\n"
        assert _connected_clients(server) == count + 1
        cost = (server.rss_bytes() - before) / count
        print(f"{count} connections, {cost:.0f} resident bytes each")
        assert cost < IDLE_CONNECTION_BYTES_MAX, f"an idle connection costs {cost:.0f} bytes"
        start = time.monotonic()
        for _ in range(100):
            assert connections[-1].command("PING") == b"+PONG\r\n"
        assert time.monotonic() - start < 2
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert _wait_for(lambda: _connected_clients(server) == 1, 30)


def test_connect_and_leave(server: Server) -> None:
    """Two thousand connections one after the other leave neither descriptors nor clients behind."""
    before = _connected_clients(server)
    for number in range(2000):
        with server.connect() as connection:
            if number % 3:
                connection.command("PING")
    assert _wait_for(lambda: _connected_clients(server) <= before)


def test_a_client_that_closes_its_sending_side(server: Server) -> None:
    """Replies to what was sent before a half-close may be cut, but the server survives and lets go of the
    client.
    """
    before = _connected_clients(server)
    with server.connect() as connection:
        connection.send(encode(["PING"]) * 1000)
        connection.socket.shutdown(socket.SHUT_WR)
        replies = connection.read_all()
        assert replies == b"+PONG\r\n" * (len(replies) // 7)
    assert _wait_for(lambda: _connected_clients(server) <= before)


def test_graceful_shutdown(fresh: StartServer) -> None:
    """SIGTERM ends the process with code 0 and closes the clients' connections; SHUTDOWN NOSAVE does the
    same.
    """
    server = fresh()
    with server.connect() as connection:
        connection.command("SET", "k", "v")
        assert server.stop(remove=False) == 0
        assert connection.read_all() == b""
    other = fresh()
    with other.connect() as connection:
        connection.send(encode(["SHUTDOWN", "NOSAVE"]))
        assert connection.read_all() == b""
    assert other.process is not None
    assert other.process.wait(10) == 0


def test_client_list_of_many(server: Server) -> None:
    """CLIENT LIST with hundreds of clients is one well-formed reply."""
    connections = [server.connect() for _ in range(300)]
    try:
        for connection in connections:
            connection.command("PING")
        with server.connect() as connection:
            kind, value = parse(connection.command("CLIENT", "LIST"))
            assert kind == "$"
            assert value.count(b"\n") >= 301
    finally:
        for connection in connections:
            connection.close()


def test_a_port_or_an_address_that_cannot_be_had(fresh: StartServer) -> None:
    """CONFIG SET says so in redis-server's words, puts the values back, and the old way in still works."""
    server = fresh()
    with socket.create_server((HOST, 0)) as taken, server.connect() as connection:
        failed = b"-ERR CONFIG SET failed (possibly related to argument '%b') - %b\r\n"
        busy = failed % (b"port", b"Unable to listen on this port. Check server logs.")
        foreign = failed % (b"bind", b"Failed to bind to specified addresses.")
        assert connection.command("CONFIG", "SET", "maxmemory", "5mb", "port", taken.getsockname()[1]) == busy
        assert connection.command("CONFIG", "SET", "bind", "192.0.2.1") == foreign
        assert connection.command("CONFIG", "GET", "maxmemory").endswith(b"\r\n$1\r\n0\r\n")
    with server.connect() as connection:
        assert connection.command("PING") == b"+PONG\r\n"
