"""The selector as asyncio uses it: timers, descriptors, threads and signals, also while clients keep it busy."""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from autocache.commands.cache import Cache
from autocache.server.loop import Loop
from tests.unit.server.conftest import Served
from tests.wire import encode

PING = b"*1\r\n$4\r\nPING\r\n"
LATE_S = 0.25  # how late a timer may be on a loaded machine


class Aio:
    """An asyncio loop over our selector, and clients on threads that keep it busy."""

    def __init__(self) -> None:
        self.cache = Cache(seed=1)
        self.loop = Loop(self.cache)
        self.aio = asyncio.SelectorEventLoop(self.loop)  # type: ignore[arg-type]  # a selector by its methods
        self.threads: list[threading.Thread] = []
        self.sockets: list[socket.socket] = []
        self.stopping = False

    def busy_client(self) -> None:
        """A client that asks again as soon as it is answered."""
        far, near = socket.socketpair()
        near.setblocking(False)
        self.loop.adopt(near.detach(), "peer:1", "here:2")
        self.sockets.append(far)
        self.threads.append(threading.Thread(target=self._ask, args=(far,)))
        self.threads[-1].start()

    def _ask(self, far: socket.socket) -> None:
        try:
            while not self.stopping:
                far.sendall(PING * 50)
                far.recv(1 << 16)
        except OSError:
            pass

    def close(self) -> None:
        self.stopping = True
        for far in self.sockets:
            far.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for far in self.sockets:
            far.close()
        self.aio.close()
        self.cache.close()


@pytest.fixture(params=[0, 2], ids=["quiet", "busy"])
def aio(request: pytest.FixtureRequest) -> Iterator[Aio]:
    made = Aio()
    for _ in range(request.param):
        made.busy_client()
    yield made
    made.close()


def test_timers_are_on_time(aio: Aio) -> None:
    async def sleep() -> list[float]:
        late = []
        for delay in (0.0, 0.001, 0.02, 0.15):
            start = time.monotonic()
            await asyncio.sleep(delay)
            late.append(time.monotonic() - start - delay)
        return late

    late = aio.aio.run_until_complete(sleep())
    assert all(-0.002 <= seconds < LATE_S for seconds in late), late


def test_readers_and_writers(aio: Aio) -> None:
    far, near = socket.socketpair()
    far.setblocking(False)
    near.setblocking(False)

    async def talk() -> tuple[bytes, bytes]:
        await aio.aio.sock_sendall(far, b"there")
        there = await aio.aio.sock_recv(near, 100)
        # More than the socket holds: the writer has to wait.
        big = b"x" * (4 << 20)
        sending = aio.aio.create_task(aio.aio.sock_sendall(near, big))
        back = 0
        while back < len(big):
            back += len(await aio.aio.sock_recv(far, 1 << 16))
        await sending
        return there, b"back" if back == len(big) else b""

    with far, near:
        assert aio.aio.run_until_complete(talk()) == (b"there", b"back")


def test_a_stream_server(aio: Aio) -> None:
    """What HTTP and the cluster bus are made of."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async def talk() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.write(b"hello\n")
            line = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return line

    assert aio.aio.run_until_complete(talk()) == b"hello\n"


def test_another_thread_wakes_it(aio: Aio) -> None:
    async def wait() -> float:
        woken = asyncio.Event()
        times = []

        def wake() -> None:
            time.sleep(0.05)
            times.append(time.monotonic())
            aio.aio.call_soon_threadsafe(woken.set)

        thread = threading.Thread(target=wake)
        thread.start()
        await asyncio.wait_for(woken.wait(), 10)
        seconds = time.monotonic() - times[0]
        thread.join()
        return seconds

    assert aio.aio.run_until_complete(wait()) < LATE_S


def test_a_worker_thread(aio: Aio) -> None:
    async def work() -> int:
        return await asyncio.to_thread(sum, range(1000))

    assert aio.aio.run_until_complete(work()) == sum(range(1000))
    aio.aio.run_until_complete(aio.aio.shutdown_default_executor())


def test_signals(aio: Aio) -> None:
    async def wait() -> float:
        caught = asyncio.Event()
        aio.aio.add_signal_handler(signal.SIGUSR1, caught.set)
        await asyncio.sleep(0)
        start = time.monotonic()
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(caught.wait(), 10)
        aio.aio.remove_signal_handler(signal.SIGUSR1)
        return time.monotonic() - start

    assert aio.aio.run_until_complete(wait()) < LATE_S


# --- the selector's own face


def test_register_modify_unregister(served: Served) -> None:
    far, near = socket.socketpair()
    with far, near:
        key = served.loop.register(near, selectors.EVENT_READ, "data")
        assert (key.fileobj, key.fd, key.data) == (near, near.fileno(), "data")
        with pytest.raises(KeyError):
            served.loop.register(near, selectors.EVENT_READ)
        assert served.loop.select(0) == []
        far.send(b"x")
        assert served.loop.select(0) == [(key, selectors.EVENT_READ)]
        both = served.loop.modify(near, selectors.EVENT_READ | selectors.EVENT_WRITE, "other")
        assert served.loop.select(0) == [(both, selectors.EVENT_READ | selectors.EVENT_WRITE)]
        assert served.loop.get_key(near) == both
        assert served.loop.get_map() == {near.fileno(): both}
        served.loop.unregister(near)
        assert served.loop.select(0) == []
        with pytest.raises(KeyError):
            served.loop.unregister(near)


def test_a_descriptor_that_was_closed_before(served: Served) -> None:
    far, near = socket.socketpair()
    number = near.fileno()
    served.loop.register(number, selectors.EVENT_READ)
    near.close()
    far.close()
    served.loop.unregister(number)
    assert served.loop.get_map() == {}


def test_a_file_cannot_be_waited_for(served: Served) -> None:
    with open(__file__, "rb") as file, pytest.raises(OSError, match="epoll_ctl"):
        served.loop.register(file, selectors.EVENT_READ)


def test_select_waits_as_long_as_it_is_told(served: Served) -> None:
    for timeout in (0, -1, 0.03):
        start = time.monotonic()
        assert served.loop.select(timeout) == []
        assert max(0, timeout) - 0.002 <= time.monotonic() - start < max(0, timeout) + LATE_S


def test_closing_ends_the_clients(served: Served) -> None:
    peers = [served.connect() for _ in range(3)]
    peers[0].write(b"*2\r\n$3\r\nGET\r\n$100000\r\nabc")
    peers[1].send("MULTI")
    served.round()
    served.loop.close()
    served.loop.close()
    assert served.loop.get_map() is None
    assert peers[1].read() == b"+OK\r\n"
    assert all(peer.is_closed() for peer in peers)
    assert [peer.client.closed for peer in peers] == [True] * 3


# --- what the server asks of it


def test_drain_closes_who_has_got_everything(served: Served) -> None:
    """Clients with nothing to read go at once; one with replies on their way once it has read them."""
    idle, slow = served.connect(), served.connect(4096)
    idle.ask("SET", "big", b"x" * 500_000)
    slow.send("GET", "big")
    served.round()
    assert served.loop.drain() == 1
    assert idle.is_closed()
    slow.send("SET", "late", "1")
    received = b""
    while not slow.is_closed():
        served.round()
        received += slow.read()
    assert received == b"$500000\r\n" + b"x" * 500_000 + b"\r\n"
    assert served.loop.drain() == 0
    assert served.cache.session().execute(b"EXISTS", b"late") == b":0\r\n"


def test_pause_and_unpause(served: Served) -> None:
    writer, reader = served.connect(), served.connect()
    assert reader.ask("CLIENT", "PAUSE", 100_000, "WRITE") == b"+OK\r\n"
    writer.write(encode(["GET", "k"]) + encode(["SET", "k", "v"]) + encode(["GET", "k"]))
    served.round()
    assert writer.read() == b"$-1\r\n"
    assert reader.ask("GET", "k") == b"$-1\r\n"
    assert writer.client.parked == 2
    figures = served.loop.client_figures()
    assert (figures["blocked_clients"], figures["clients_in_timeout_table"]) == (1, 0)
    served.loop.unpause()
    assert writer.read() == b"+OK\r\n$1\r\nv\r\n"
    assert writer.client.parked == 0


def test_close_idle(served: Served) -> None:
    idle, waiting, fresh = served.connect(), served.connect(), served.connect()
    waiting.send("WAIT", 1, 0)
    assert idle.ask("PING") == b"+PONG\r\n"
    time.sleep(0.1)
    assert fresh.ask("PING") == b"+PONG\r\n"
    assert served.loop.close_idle(60) == 1
    assert idle.is_closed()
    assert not waiting.is_closed()
    assert not fresh.is_closed()
