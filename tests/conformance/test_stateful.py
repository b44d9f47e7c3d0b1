"""Random sequences over strings, expiry, transactions and databases: both servers must answer alike at every
step.

Times are absolute and far in the future, so that the clock plays no part. At the end of each sequence every
database of both servers is read (SCAN, GET, PEXPIRETIME) and compared. Hypothesis prints the sequence that
failed, shrunk; the test prints its seed, and AUTOCACHE_HYPOTHESIS_SEED=N replays it.
AUTOCACHE_HYPOTHESIS_PROFILE=long runs a soak; =ci is the default.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.conftest import ServerPair
from tests.wire import Argument, Connection, ReplyTimeout, encode, parse

PROFILES = {"ci": (30, 40), "long": (3000, 100)}
EXAMPLES, STEPS = PROFILES[os.environ.get("AUTOCACHE_HYPOTHESIS_PROFILE", "ci")]

FAR_MS = 33177117420000
DATABASES = range(4)
# Few names, so that sequences meet; the odd ones exercise lengths and bytes.
keys = st.sampled_from([b"a", b"b", b"c", b"counter", b"", b"\x00\xff", b"key-of-some-length-16+"])
integers = st.one_of(st.integers(-20, 20), st.sampled_from([2**63 - 1, -(2**63), 2**62]))
values = st.one_of(
    st.binary(max_size=12),
    integers.map(lambda number: b"%d" % number),
    st.sampled_from([b"", b"x" * 44, b"x" * 45, b"y" * 300, b"1.5", b"3.0e3"]),
)
offsets = st.integers(-12, 40)
floats = st.sampled_from(["0.1", "-1.5", "3", "1e5", "0", "-0.25", "abc"])
times = st.integers(FAR_MS, FAR_MS + 5)
conditions = st.sampled_from([[], ["NX"], ["XX"], ["GT"], ["LT"]])
clients = st.sampled_from(["first", "second"])
databases = st.sampled_from(list(DATABASES))


@st.composite
def set_commands(draw: st.DrawFn) -> list[Argument]:
    """SET with any mix of its options."""
    command: list[Argument] = ["SET", draw(keys), draw(values)]
    command += draw(st.sampled_from([[], ["NX"], ["XX"]])) + draw(st.sampled_from([[], ["GET"]]))
    return command + draw(
        st.one_of(st.just([]), st.just(["KEEPTTL"]), times.map(lambda at: ["PXAT", at]), st.just(["PXAT", 1]))
    )


string_commands = st.one_of(
    set_commands(),
    st.tuples(st.sampled_from(["GET", "GETDEL", "STRLEN", "INCR", "DECR", "TYPE", "GETEX"]), keys),
    st.tuples(st.sampled_from(["APPEND", "GETSET", "SETNX"]), keys, values),
    st.tuples(st.sampled_from(["INCRBY", "DECRBY"]), keys, integers),
    st.tuples(st.just("INCRBYFLOAT"), keys, floats),
    st.tuples(st.just("SETRANGE"), keys, offsets, values),
    st.tuples(st.just("GETRANGE"), keys, offsets, offsets),
    st.tuples(st.sampled_from(["MSET", "MSETNX"]), keys, values, keys, values),
    st.tuples(st.just("MGET"), keys, keys, keys),
    st.tuples(st.just("LCS"), keys, keys),
    st.tuples(st.just("OBJECT"), st.just("ENCODING"), keys),
).map(list)
expiry_commands = st.one_of(
    st.tuples(st.just("PEXPIREAT"), keys, times, conditions).map(lambda parts: [*parts[:3], *parts[3]]),
    st.tuples(st.just("PEXPIREAT"), keys, st.just(1)).map(list),
    st.tuples(st.sampled_from(["PERSIST", "PEXPIRETIME", "EXPIRETIME"]), keys).map(list),
    st.tuples(st.just("GETEX"), keys, st.just("PXAT"), times).map(list),
    st.tuples(st.just("GETEX"), keys, st.just("PERSIST")).map(list),
)
key_commands = st.one_of(
    st.tuples(st.sampled_from(["DEL", "UNLINK", "EXISTS", "TOUCH"]), keys, keys),
    st.tuples(st.sampled_from(["RENAME", "RENAMENX"]), keys, keys),
    st.tuples(st.just("COPY"), keys, keys, st.just("DB"), databases),
    st.tuples(st.just("COPY"), keys, keys, st.just("REPLACE")),
    st.tuples(st.just("MOVE"), keys, databases),
).map(list)
database_commands = st.one_of(
    st.tuples(st.just("SELECT"), databases),
    st.tuples(st.just("SWAPDB"), databases, databases),
    st.tuples(st.sampled_from(["DBSIZE", "FLUSHDB", "DBSIZE"])),
).map(list)
transaction_commands = st.one_of(
    st.tuples(st.sampled_from(["MULTI", "EXEC", "EXEC", "DISCARD", "UNWATCH"])),
    st.tuples(st.just("WATCH"), keys),
    st.tuples(st.just("WATCH"), keys, keys),
).map(list)


def _dump(connection: Connection) -> dict[int, dict[bytes, tuple[bytes, bytes]]]:
    """Every database: key to raw replies of GET and PEXPIRETIME."""
    contents: dict[int, dict[bytes, tuple[bytes, bytes]]] = {}
    for database in DATABASES:
        connection.command("SELECT", database)
        cursor, found = b"0", contents.setdefault(database, {})
        while True:
            reply: Any = parse(connection.command("SCAN", cursor, "COUNT", 100))[1]
            for _, key in reply[1][1]:
                found[key] = (connection.command("GET", key), connection.command("PEXPIRETIME", key))
            cursor = reply[0][1]
            if cursor == b"0":
                break
    return contents


def machine(pair: ServerPair, protocol: int) -> type[RuleBasedStateMachine]:  # noqa: C901 - one rule a method
    """The state machine bound to a pair of servers."""

    class TwoServers(RuleBasedStateMachine):
        """Sends each command to both servers and compares the bytes; keeps a transcript for the report."""

        def __init__(self) -> None:
            super().__init__()
            pair.ensure_alive()
            self.sides = [
                {name: server.connect(5) for name in ("first", "second", "control")}
                for server in (pair.ours, pair.redis)
            ]
            for side in self.sides:
                # A key that was stored with a time in the past goes when it is touched, not when a timer comes by.
                side["control"].command("DEBUG", "SET-ACTIVE-EXPIRE", 0)
                side["control"].command("FLUSHALL")
                for name in ("first", "second"):
                    side[name].command("HELLO", protocol)

        def both(self, client: str, command: list[Argument]) -> None:
            """One command on both servers."""
            replies = []
            for side in self.sides:
                try:
                    side[client].send(encode(command))
                    replies.append(side[client].read_reply())
                except (EOFError, ReplyTimeout) as error:
                    replies.append(repr(error).encode())
            assert replies[0] == replies[1], f"{client}> {command}\n  ours : {replies[0]!r}\n  redis: {replies[1]!r}"

        @rule(client=clients, command=string_commands)
        def strings(self, client: str, command: list[Argument]) -> None:
            """Values."""
            self.both(client, command)

        @rule(client=clients, command=expiry_commands)
        def expiry(self, client: str, command: list[Argument]) -> None:
            """Deadlines."""
            self.both(client, command)

        @rule(client=clients, command=key_commands)
        def keys(self, client: str, command: list[Argument]) -> None:
            """Names."""
            self.both(client, command)

        @rule(client=clients, command=database_commands)
        def databases(self, client: str, command: list[Argument]) -> None:
            """Databases."""
            self.both(client, command)

        @rule(client=clients, command=transaction_commands)
        def transactions(self, client: str, command: list[Argument]) -> None:
            """Transactions, well-formed or not."""
            self.both(client, command)

        def teardown(self) -> None:
            """Compare everything that the sequence left behind."""
            contents = [_dump(side["control"]) for side in self.sides]
            for side in self.sides:
                side["control"].command("DEBUG", "SET-ACTIVE-EXPIRE", 1)
                for connection in side.values():
                    connection.close()
            assert contents[0] == contents[1], f"left behind\n  ours : {contents[0]!r}\n  redis: {contents[1]!r}"

    return TwoServers


@pytest.mark.timeout(0)
@pytest.mark.parametrize("protocol", [2, 3])
def test_random_sequences(protocol: int, server_pair: ServerPair) -> None:
    """Any sequence of commands gives the same replies and leaves the same keyspace."""
    number = int(os.environ.get("AUTOCACHE_HYPOTHESIS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"AUTOCACHE_HYPOTHESIS_SEED={number}")  # pytest shows it when the test fails.
    run_state_machine_as_test(
        seed(number)(machine(server_pair, protocol)),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
