"""Random sequences of subscribing and publishing: both servers must tell the same clients the same.

After each step every client is asked (PING, in RESP3) what it was told. Messages of one step are compared without
their order, for redis-server walks hash tables where several patterns match or all subscriptions end. The test prints
its seed; AUTOCACHE_TEST_SEED=N replays it.
"""

from __future__ import annotations

import os
import random

from tests.conftest import ServerPair
from tests.servers import Server
from tests.wire import Connection, Tree, encode, parse_all

STEPS = 1500
CLIENTS = 4
NAMES = ("a", "b", "ab", "news:1", "news:2", "")
PATTERNS = ("*", "a*", "?", "news:*", "[ab]", "", "b")
WORDS = (("SUBSCRIBE", NAMES), ("PSUBSCRIBE", PATTERNS), ("SSUBSCRIBE", NAMES), ("UNSUBSCRIBE", NAMES),
         ("PUNSUBSCRIBE", PATTERNS), ("SUNSUBSCRIBE", NAMES))  # fmt: skip


def _step(chance: random.Random) -> list[list[str]]:
    """Requests that one client sends at once."""
    pick = chance.random()
    if pick < 0.5:
        word, names = chance.choice(WORDS)
        return [[word, *chance.choices(names, k=chance.randrange(0 if "UNSUB" in word else 1, 4))]]
    if pick < 0.9:
        return [[chance.choice(["PUBLISH", "PUBLISH", "SPUBLISH"]), chance.choice(NAMES), str(chance.random())]]
    if pick < 0.95:
        return [["MULTI"], ["PUBLISH", "a", "1"], ["PUNSUBSCRIBE", "a*"], ["PUBLISH", "ab", "2"], ["EXEC"]]
    if pick < 0.98:
        return [["PUBSUB", "NUMSUB", *NAMES], ["PUBSUB", "SHARDNUMSUB", *NAMES], ["PUBSUB", "NUMPAT"]]
    return [["RESET"], ["HELLO", "3"]]


def _told(connection: Connection) -> list[object]:
    """All that was told since the last time, the messages without their order."""
    marker = b"+PONG\r\n"
    connection.send(encode(["PING"]))
    raw = b""
    while not raw.endswith(marker):
        raw += connection.read_value()
    return sorted((part for tree in parse_all(raw) for part in _parts(tree)), key=repr)


def _parts(tree: Tree) -> list[object]:
    """What counts of an answer: nothing of HELLO's, and names and counts of ended subscriptions apart.

    EXEC's array holds messages of the transaction's own, in whatever order, between the replies.
    """
    kind, value = tree
    if kind == "%":
        return []
    if kind == ">" and value[0][1].endswith(b"unsubscribe"):
        return [(value[0], value[1]), (value[0], value[2])]
    if kind == "*" and any(item[0] == ">" for item in value):
        return [part for item in value for part in _parts(item)]
    return [tree]


def _clients(server: Server) -> list[Connection]:
    found = [server.connect(20) for _ in range(CLIENTS)]
    for connection in found:
        connection.command("HELLO", "3")
    return found


def test_random_pubsub(server_pair: ServerPair) -> None:
    """The same sequence on both."""
    server_pair.ensure_alive()
    seed = int(os.environ.get("AUTOCACHE_TEST_SEED", random.SystemRandom().getrandbits(32)))
    print(f"seed={seed}")
    chance = random.Random(seed)
    sides = [_clients(server_pair.ours), _clients(server_pair.redis)]
    try:
        for number in range(STEPS):
            requests = _step(chance)
            sender = chance.randrange(CLIENTS)
            for side in sides:
                side[sender].send(b"".join(map(encode, requests)))
            # The sender first: its PING comes back when all that it sent was run.
            order = [sender, *(n for n in range(CLIENTS) if n != sender)]
            ours, redis = ([_told(side[n]) for n in order] for side in sides)
            assert ours == redis, f"step {number}: {requests} by {sender}"
    finally:
        for side in sides:
            for connection in side:
                connection.close()
