"""The raw client: what it sends, and that a wrong reply is never taken for a right one."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest

from bench.errors import BenchError
from bench.loads.memory import Record
from bench.loads.tail import expiring
from bench.wire import BATCH_COMMANDS, HOST, KEY, Connection, encode, keyed, numbered

TIMEOUT_SECONDS = 5


@contextmanager
def peer(serve: Callable[[socket.socket], None]) -> Iterator[Connection]:
    """A connection to `serve`, which runs on a thread."""
    with socket.create_server((HOST, 0)) as listener:

        def accept() -> None:
            accepted, _ = listener.accept()
            # A close with unread data would be a reset for the client; it may reset us itself, at any moment.
            with accepted, suppress(OSError):
                serve(accepted)
                accepted.shutdown(socket.SHUT_WR)
                while accepted.recv(1024):
                    pass

        thread = threading.Thread(target=accept)
        thread.start()
        with Connection(listener.getsockname()[1], TIMEOUT_SECONDS) as connection:
            yield connection
        thread.join(TIMEOUT_SECONDS)


def test_encode_is_resp() -> None:
    assert encode(b"SET", b"k", b"") == b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n"


def test_a_keyed_command_fills_in_keys_of_the_announced_length() -> None:
    assert keyed(b"GET", KEY) % 7 == encode(b"GET", b"key:000000000007")


def test_batches_cover_every_number_once() -> None:
    batches = list(numbered(b"<%d>", range(BATCH_COMMANDS + 2), b"+"))
    assert [len(replies) for _, replies in batches] == [BATCH_COMMANDS, 2]
    assert batches[1][0] == b"<%d><%d>" % (BATCH_COMMANDS, BATCH_COMMANDS + 1)


def test_replies_in_pieces_are_put_together() -> None:
    def serve(accepted: socket.socket) -> None:
        for piece in (b"+O", b"K\r\n+OK", b"\r\n:1\r\n"):
            accepted.sendall(piece)

    with peer(serve) as connection:
        connection.pipeline([(b"x", b"+OK\r\n"), (b"y", b"+OK\r\n")])
        assert connection.call(b"DBSIZE") == b":1"


@pytest.mark.parametrize("reply", [b"-ERR no\r\n", b"+OK\r\n-OOM\r\n", b"+OK\r\n", b""])
def test_a_wrong_or_missing_reply_is_an_error(reply: bytes) -> None:
    with peer(lambda accepted: accepted.sendall(reply)) as connection, pytest.raises((BenchError, OSError)):
        connection.pipeline([(b"x", b"+OK\r\n+OK\r\n")])


def test_record_with_ttl_is_one_set_command() -> None:
    record = Record("name", value_bytes=4, options=(b"EX", b"9"))
    assert record.command() % 1 == encode(b"SET", b"key:000000000001", b"vvvv", b"EX", b"9")


def test_expiries_cover_all_keys_within_one_second() -> None:
    first_ms = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
    sent = b"".join(requests for requests, _ in expiring(2500, first_ms))
    assert sent.count(b"SET") == 2500
    assert b"key:000000002499" in sent
    times = {first_ms + step for step in range(1000) if b"%d" % (first_ms + step) in sent}
    assert (min(times), max(times), len(times)) == (first_ms, first_ms + 999, 1000)
