"""The same byte stream in other pieces gives the same reply bytes: cut at every byte, one byte at a time,
all at once.
"""

from __future__ import annotations

import time

import pytest

from tests.conftest import ServerPair
from tests.servers import Server
from tests.wire import encode

STREAMS: dict[str, bytes] = {
    "arrays": b"".join(
        encode(words.split())
        for words in (
            "FLUSHALL",
            "SET key value",
            "GET key",
            "MGET key nothing",
            "BOGUS a",
            "INCR n",
            "GET",
            "MULTI",
            "SET k v",
            "EXEC",
            "QUIT",
        )
    ),
    "inline": b"FLUSHALL\r\nSET key \"a \\x41\"\r\nGET key\nPING\r\n\r\nECHO 'x y'\r\nBOGUS\r\nQUIT\r\n",
    "RESP3 and mixed": b"HELLO 3 SETNAME x\r\n*0\r\n"
    + encode(["GET", "nothing"])
    + b"PING\r\n"
    + encode(["SET", "", b"\r\n$1\r\n"])
    + b"QUIT\r\n",
    "protocol error": encode(["PING"]) + b"*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n*1\r\n$x\r\n",
}
# Long enough for the server to read what it has, short enough for some hundred cuts in a second.
PAUSE_S = 0.0015


def _replies(server: Server, pieces: list[bytes]) -> bytes:
    with server.connect() as connection:
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(PAUSE_S)
            connection.send(piece)
        return connection.read_all()


def _without_identity(replies: bytes) -> bytes:
    """HELLO's own reply (names, version, client id) is compared elsewhere; keep what follows it."""
    return replies.partition(b"modules")[2] or replies


@pytest.mark.parametrize("name", STREAMS)
def test_cut_at_every_byte(name: str, server_pair: ServerPair) -> None:
    """Two pieces, for every place of the cut."""
    server_pair.ensure_alive()
    stream = STREAMS[name]
    expected = _without_identity(_replies(server_pair.redis, [stream]))
    for cut in range(len(stream)):
        replies = _without_identity(_replies(server_pair.ours, [stream[:cut], stream[cut:]]))
        assert replies == expected, (
            f"cut at byte {cut}: {stream[max(cut - 20, 0) : cut]!r} | {stream[cut : cut + 20]!r}"
        )


@pytest.mark.parametrize("name", STREAMS)
def test_one_byte_at_a_time(name: str, server_pair: ServerPair) -> None:
    """Every byte in a segment of its own."""
    server_pair.ensure_alive()
    stream = STREAMS[name]
    expected = _without_identity(_replies(server_pair.redis, [stream]))
    assert _without_identity(_replies(server_pair.ours, [stream[i : i + 1] for i in range(len(stream))])) == expected
