"""States of connections that only a certain order of events reaches: each of these was a bug, or nearly one."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest

from tests.unit.server.conftest import Peer, Served
from tests.wire import encode

BIG = b"x" * 40_000


def client_id(peer: Peer) -> bytes:
    return str(peer.client.id).encode()


# --- a pause in the middle of a pipeline


@pytest.mark.parametrize("missing", [1, 2, 3, 100, 39_000])
def test_a_pause_ahead_of_a_long_argument_that_is_nearly_there(served: Served, missing: int) -> None:
    """Only its line end is missing, so the argument has a block already, while the requests before it have to wait."""
    peer, other = served.connect(), served.connect()
    other.ask("CLIENT", "PAUSE", 100_000, "ALL")
    stream = encode(["SET", "a", "1"]) + encode(["SET", "b", "2"]) + encode(["SET", "c", BIG]) + encode(["GET", "b"])
    cut = stream.index(b"*2\r\n$3\r\nGET") - missing
    peer.write(stream[:cut])
    served.round()
    assert peer.client.parked == 2
    peer.write(stream[cut:])
    served.round()
    served.loop.unpause()
    served.round()
    assert peer.read() == b"+OK\r\n+OK\r\n+OK\r\n$1\r\n2\r\n"
    assert peer.ask("GET", "c") == b"$40000\r\n" + BIG + b"\r\n"


@pytest.mark.parametrize("seed", range(10))
def test_pauses_anywhere_in_a_pipeline(served: Served, seed: int) -> None:
    """Whatever waits, wherever the bytes are cut: every request runs once, in order."""
    draw = random.Random(seed)
    peer, other = served.connect(), served.connect()
    requests, wanted = [], []
    for number in range(40):
        value = b"%d:" % number + b"v" * draw.choice([1, 10, 33_000, 70_000])
        kind = draw.randrange(4)
        if kind == 0:
            requests.append(encode(["ECHO", value]))
            wanted.append(b"$%d\r\n%b\r\n" % (len(value), value))
        elif kind == 1:
            requests.append(b"APPEND k '%d '\r\n" % number)
            wanted.append(b"")
        elif kind == 2:
            requests.append(encode(["SET", f"key:{number}", value, "GET"]))
            wanted.append(b"$-1\r\n")
        else:
            requests.append(encode(["WAIT", 1, 1]))
            wanted.append(b":0\r\n")
    total = 0
    for number, request in enumerate(requests):
        if request.startswith(b"APPEND"):
            total += len(b"%d " % number)
            wanted[number] = b":%d\r\n" % total
    stream, received = b"".join(requests), b""
    while stream:
        if draw.random() < 0.3:
            other.ask("CLIENT", "PAUSE", 100_000, draw.choice(["WRITE", "ALL"]))
        cut = draw.choice([1, 5, 1000, 40_000, 100_000])
        peer.write(stream[:cut])
        stream = stream[cut:]
        served.round()
        received += peer.read()
        if draw.random() < 0.5:
            served.loop.unpause()
    deadline = time.monotonic() + 20
    while len(received) < sum(map(len, wanted)) and time.monotonic() < deadline:
        served.loop.unpause()
        served.loop.select(0.002)
        received += peer.read()
    assert received == b"".join(wanted)


def test_new_pauses_while_one_ends(served: Served) -> None:
    """Those who waited may begin pauses themselves, in which they and the others wait again: that must end."""
    peers = [served.connect() for _ in range(4)]
    other = served.connect()
    other.ask("CLIENT", "PAUSE", 100_000, "ALL")
    for peer in peers:
        peer.write(encode(["PING"]) + encode(["CLIENT", "PAUSE", 100_000, "ALL"]) + encode(["PING"]))
    served.round()
    assert [peer.client.parked for peer in peers] == [2] * 4
    for _ in range(6):
        served.loop.unpause()
    assert [peer.read() for peer in peers] == [b"+PONG\r\n+OK\r\n+PONG\r\n"] * 4


def test_no_key_goes_during_a_pause(served: Served) -> None:
    """Looking at keys whose time has come hides them; removing them waits for the end of the pause."""
    peer, other = served.connect(), served.connect()
    other.write(b"".join(encode(["SET", f"key:{number}", "v", "PX", 1]) for number in range(20)))
    served.round()
    other.ask("CLIENT", "PAUSE", 100_000, "WRITE")
    time.sleep(0.02)
    served.round()
    assert peer.ask("SCAN", 0, "COUNT", 1000) == b"*2\r\n$1\r\n0\r\n*0\r\n"
    assert peer.ask("RANDOMKEY").startswith(b"$")
    assert peer.ask("GET", "key:1") == b"$-1\r\n"
    assert peer.ask("DBSIZE") == b":20\r\n"


# --- commands that reach into other sessions


def test_nothing_runs_inside_another_command(served: Served) -> None:
    """CLIENT UNBLOCK in a transaction: what the other client sent after its wait runs after the transaction."""
    waiting, caller = served.connect(), served.connect()
    waiting.write(encode(["HELLO", 3]) + encode(["WAIT", 1, 0]) + encode(["SET", "x", "other"]) + encode(["GET", "k"]))
    caller.write(encode(["HELLO", 3]) + encode(["CLIENT", "TRACKING", "ON"]) + encode(["GET", "k"]))
    served.round()
    waiting.read()
    caller.read()
    assert waiting.client.parked == 1
    caller.write(encode(["MULTI"]) + encode(["SET", "k", "v"]) + encode(["CLIENT", "UNBLOCK", client_id(waiting)]))
    caller.write(encode(["SET", "x", "mine"]) + encode(["GET", "x"]) + encode(["EXEC"]))
    served.round()
    assert caller.read() == (
        b"+OK\r\n" + b"+QUEUED\r\n" * 4 + b"*4\r\n+OK\r\n:1\r\n+OK\r\n$4\r\nmine\r\n"
        b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nx\r\n"
    )
    assert waiting.read() == b":0\r\n+OK\r\n$1\r\nv\r\n"
    assert caller.ask("GET", "x") == b"$5\r\nother\r\n"


def test_a_long_chain_of_unblocking(served: Served) -> None:
    """Each client's next request ends the wait of the next client: no stack may grow with it."""
    peers = [served.connect() for _ in range(400)]
    for peer, following in pairwise(peers):
        peer.write(encode(["WAIT", 1, 0]) + encode(["CLIENT", "UNBLOCK", client_id(following), "ERROR"]))
    served.round()
    peers[-1].write(encode(["WAIT", 1, 0]) + encode(["CLIENT", "UNBLOCK", client_id(peers[0])]))
    served.round(2)
    assert peers[0].client.parked == 1
    assert served.connect().ask("CLIENT", "UNBLOCK", client_id(peers[0])) == b":1\r\n"
    assert peers[0].read() == b":0\r\n:1\r\n"
    error = b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"
    assert [peer.read() for peer in peers[1:-1]] == [error + b":1\r\n"] * 398
    assert peers[-1].read() == error + b":0\r\n"


def test_a_killed_client_is_gone_at_once(served: Served) -> None:
    """Its record lives until the round is over, but no command of the same pipeline meets it any more."""
    victim, caller = served.connect(), served.connect()
    name = client_id(victim)
    caller.write(
        encode(["CLIENT", "KILL", "ID", name]) * 2
        + encode(["CLIENT", "UNBLOCK", name])
        + encode(["CLIENT", "LIST", "ID", name])
        + encode(["CLIENT", "TRACKING", "ON", "REDIRECT", name])
    )
    served.round()
    assert caller.read() == (b":1\r\n:0\r\n:0\r\n$0\r\n\r\n-ERR The client ID you want redirect to does not exist\r\n")
    assert victim.is_closed()


@pytest.mark.parametrize("state", ["idle", "half", "big", "parked", "paused", "multi", "tracking", "monitor", "slow"])
def test_a_client_killed_in_any_state(served: Served, state: str) -> None:
    """By another client, in the very round in which it has something to do itself."""
    victim, caller = served.connect(4096), served.connect()
    caller.ask("SET", "big", b"x" * 300_000)
    before = {
        "idle": b"",
        "half": b"*2\r\n$3\r\nGET\r\n$3\r\nk",
        "big": b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$100000\r\n" + BIG,
        "parked": encode(["WAIT", 1, 0]) + encode(["SET", "k", "v"]),
        "paused": encode(["SET", "k", b"y" * 70_000]) + b"PING 'a b'\r\n",
        "multi": encode(["WATCH", "k"]) + encode(["MULTI"]) + encode(["SET", "k", BIG]),
        "tracking": encode(["HELLO", 3]) + encode(["CLIENT", "TRACKING", "ON", "BCAST"]),
        "monitor": encode(["MONITOR"]),
        "slow": encode(["GET", "big"]) * 3,
    }[state]
    if state == "paused":
        caller.ask("CLIENT", "PAUSE", 100_000, "WRITE")
    victim.write(before)
    served.round(2)
    name = client_id(victim)
    victim.write(encode(["PING"]) * 3)
    caller.write(encode(["PING", BIG]) + encode(["CLIENT", "KILL", "ID", name]) + encode(["PING"]))
    served.round(2)
    assert caller.read().endswith(b":1\r\n+PONG\r\n")
    while not victim.is_closed():
        assert victim.read()
    assert victim.client.closed
    assert caller.ask("CLIENT", "LIST", "ID", name) == b"$0\r\n\r\n"
    served.loop.unpause()
    assert caller.ask("SET", "k", "w") == b"+OK\r\n"


def test_a_client_that_kills_itself(served: Served) -> None:
    peer = served.connect()
    peer.write(encode(["PING"]) + encode(["CLIENT", "KILL", "ID", client_id(peer), "SKIPME", "no"]) + encode(["PING"]))
    served.round()
    assert peer.read() == b"+PONG\r\n:1\r\n"
    assert peer.is_closed()


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_redirected_message_never_comes_amid_a_reply(served: Served, protocol: int) -> None:
    """One session's messages go to another's connection, which itself changes the key in a transaction."""
    tracking, target = served.connect(), served.connect()
    target.ask("HELLO", protocol)
    tracking.write(encode(["CLIENT", "TRACKING", "ON", "REDIRECT", client_id(target)]) + encode(["MGET", "a", "b"]))
    served.round()
    target.write(b"".join(encode(words) for words in (["MULTI"], ["SET", "a", "1"], ["SET", "b", "2"], ["EXEC"])))
    served.round()
    pushes = b"".join(b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\n%c\r\n" % key for key in b"ab")
    assert target.read() == b"+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n+OK\r\n" + (pushes if protocol == 3 else b"")
    tracking.ask("GET", "a")
    assert target.ask("FLUSHALL") == b"+OK\r\n" + (b">2\r\n$10\r\ninvalidate\r\n_\r\n" if protocol == 3 else b"")


def test_ids_of_sessions_that_ended_do_not_pile_up(served: Served) -> None:
    """A key that is read by ever new clients and never changes."""
    stays = served.connect()
    stays.write(encode(["CLIENT", "TRACKING", "ON"]) + encode(["GET", "k"]))
    for _ in range(300):
        peer = served.connect()
        peer.write(encode(["CLIENT", "TRACKING", "ON"]) + encode(["GET", "k"]))
        served.round()
        peer.socket.close()
        served.round()
    assert served.cache.tracking_figures()["tracking_total_items"] <= 33


# --- output


def test_what_nobody_will_read_is_not_waited_for(served: Served) -> None:
    """A client that said QUIT and sent more, while replies wait for it: epoll must not return for nothing."""
    peer = served.connect(4096)
    peer.ask("SET", "big", b"x" * 1_000_000)
    peer.write(encode(["GET", "big"]) + encode(["QUIT"]) + encode(["PING"]))
    served.round(2)
    peer.write(encode(["PING"]))
    rounds = served.loop.rounds
    served.loop.select(0.1)
    assert served.loop.rounds - rounds < 10
    received = b""
    while not peer.is_closed():
        received += peer.read()
        served.round()
    assert received == b"$1000000\r\n" + b"x" * 1_000_000 + b"\r\n+OK\r\n"


@pytest.mark.parametrize("value_bytes", [8_000, 30_000])
def test_a_reader_that_lags_behind_does_not_make_the_output_grow(served: Served, value_bytes: int) -> None:
    """It reads as much as it asks for, but is never done: what it has read must not be kept."""
    peer = served.connect(4096)
    value = bytes(random.Random(1).randbytes(value_bytes))
    peer.ask("SET", "k", value)
    reply = b"$%d\r\n%b\r\n" % (len(value), value)
    peer.write(encode(["GET", "k"]) * 40)
    received, count = bytearray(), 40
    most = 0
    for _ in range(600):
        peer.write(encode(["GET", "k"]))
        count += 1
        served.round()
        while len(received) < (count - 30) * len(reply):
            received += peer.read(len(reply))
            served.round()
        most = max(most, peer.client.reply_buffer_bytes)
        assert peer.client.output_list_length < 200
    assert most < 200 * value_bytes
    while len(received) < count * len(reply):
        received += peer.read()
        served.round()
    assert received == reply * count


def test_one_client_does_not_take_all_the_time(served: Served) -> None:
    """A long reply is sent in pieces, with a turn of the others in between."""
    peer, other = served.connect(), served.connect()
    value = b"x" * (16 << 20)
    peer.write(encode(["SET", "k", value]))
    served.round(4)
    assert peer.read() == b"+OK\r\n"
    peer.send("GET", "k")
    served.round()
    received = 0
    while received < len(value):
        received += len(peer.read())
        assert other.ask("PING") == b"+PONG\r\n"


def test_hard_limit_in_the_middle_of_a_pipeline(served: Served) -> None:
    """The client is closed while requests of its batch wait; none of them runs any more."""
    served.loop.set_output_limit(0, 1_000_000, 0, 0)
    peer, other = served.connect(4096), served.connect()
    other.ask("SET", "big", b"x" * 100_000)
    peer.write(encode(["GETRANGE", "big", 0, -2]) * 200 + encode(["SET", "late", "1"]))
    served.round(3)
    assert peer.client.closed
    other.read()
    assert other.ask("EXISTS", "late") == b":0\r\n"
    assert served.loop.figures()["output_limit_closed"] == 1


def test_messages_for_a_client_whose_output_is_cut(served: Served) -> None:
    """CLIENT REPLY OFF takes back replies, never messages."""
    peer, other = served.connect(), served.connect()
    peer.write(encode(["HELLO", 3]) + encode(["CLIENT", "TRACKING", "ON"]) + encode(["GET", "k"]))
    served.round()
    peer.read()
    peer.write(encode(["CLIENT", "REPLY", "OFF"]) + encode(["SET", "k", "v"]) + encode(["GET", "k"]))
    served.round()
    assert peer.read() == b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"
    assert other.ask("SET", "k", "w") == b"+OK\r\n"
    assert peer.read() == b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"


def test_a_view_of_a_client_that_has_gone(served: Served) -> None:
    """Python may hold it longer than the connection lives."""
    peer = served.connect()
    client = peer.client
    peer.socket.close()
    served.round()
    assert client.closed
    for name in ("id", "db", "flags", "name", "total_bytes", "argv_bytes", "output_bytes", "last_command", "queued"):
        getattr(client, name)
    client.kill()
    assert not client.unpark(True)
