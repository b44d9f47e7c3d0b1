"""The frame of the property-based tests of data types: random commands, the same on both servers.

A type's test says which commands there are (strategies that yield lists of arguments), which configurations to try
(small thresholds, so that a few elements cross the encodings both ways), and which replies have no order. After each
sequence the contents of both servers are compared: every key with its type, encoding and elements.

The test prints its seed, and AUTOCACHE_HYPOTHESIS_SEED=N replays it; AUTOCACHE_HYPOTHESIS_PROFILE=long is a soak.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.conformance.normalise import comparison
from tests.conftest import ServerPair
from tests.wire import Argument, ReplyTimeout, encode, parse

PROFILES = {"ci": (25, 40), "long": (2000, 100)}
EXAMPLES, STEPS = PROFILES[os.environ.get("AUTOCACHE_HYPOTHESIS_PROFILE", "ci")]

#: How to read all that a key holds, by its type; replies are compared without regard to order where there is none.
READERS: dict[bytes, tuple[tuple[Argument, ...], str]] = {
    b"string": (("GET",), ""),
    b"list": (("LRANGE", 0, -1), ""),
    b"set": (("SMEMBERS",), "unordered"),
    b"zset": (("ZRANGE", 0, -1, "WITHSCORES"), ""),
    b"hash": (("HGETALL",), "pairs"),
    b"stream": (("XRANGE", "-", "+"), ""),
}


@dataclass(frozen=True)
class Plan:
    """What a random test does: `unordered` are the commands whose replies are compared sorted, `normalisers` names what
    others are compared by (normalise.py).
    """

    commands: st.SearchStrategy[Sequence[Argument]]
    configurations: Sequence[dict[str, Argument]] = ({},)
    unordered: frozenset[str] = field(default_factory=frozenset)
    setup: Iterable[Sequence[Argument]] = ()
    normalisers: dict[str, str] = field(default_factory=dict)

    def normaliser(self, command: Sequence[Argument]) -> str:
        """By what the replies to a command are compared; empty: they must be the same bytes."""
        name = str(command[0]).upper()
        return "unordered" if name in self.unordered else self.normalisers.get(name, "")


def words(*parts: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    """A command from its parts, of which some are lists of words."""
    return st.tuples(*parts).map(
        lambda found: [word for part in found for word in (part if isinstance(part, list) else [part])]
    )


def check(plan: Plan, pair: ServerPair, protocol: int) -> None:
    """Run random sequences of the plan's commands."""
    number = int(os.environ.get("AUTOCACHE_HYPOTHESIS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"AUTOCACHE_HYPOTHESIS_SEED={number}")  # pytest shows it when the test fails.
    saved = _config(pair, plan)
    try:
        run_state_machine_as_test(
            seed(number)(_machine(plan, pair, protocol)),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        for server in (pair.ours, pair.redis):
            with server.connect(5) as connection:
                for name, value in saved.items():
                    connection.command("CONFIG", "SET", name, value)


def _config(pair: ServerPair, plan: Plan) -> dict[str, bytes]:
    """The present values of all parameters that the plan changes."""
    names = {name for configuration in plan.configurations for name in configuration}
    pair.ensure_alive()
    with pair.redis.connect(5) as connection:
        return {name: parse(connection.command("CONFIG", "GET", name))[1][1][1] for name in names}


def _machine(  # noqa: C901  (the methods of the class inside count, too)
    plan: Plan, pair: ServerPair, protocol: int
) -> type[RuleBasedStateMachine]:
    class TwoServers(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            pair.ensure_alive()
            self.sides = [server.connect(5) for server in (pair.ours, pair.redis)]
            for side in self.sides:
                side.command("HELLO", protocol)
                side.command("FLUSHALL")
                for command in plan.setup:
                    side.command(*command)

        @initialize(configuration=st.sampled_from(list(plan.configurations)))
        def configure(self, configuration: dict[str, Argument]) -> None:
            for name, value in configuration.items():
                for side in self.sides:
                    side.command("CONFIG", "SET", name, value)

        @rule(command=plan.commands)
        def both(self, command: Sequence[Argument]) -> None:
            """One command on both servers."""
            replies = []
            for side in self.sides:
                try:
                    side.send(encode(command))
                    replies.append(side.read_reply())
                except (EOFError, ReplyTimeout) as error:
                    replies.append(repr(error).encode())
            same = replies[0] == replies[1]
            if not same and plan.normaliser(command):
                same = comparison(plan.normaliser(command))(parse(replies[0]), parse(replies[1]))
            assert same, f"{list(command)}\n  ours : {replies[0]!r}\n  redis: {replies[1]!r}"

        def teardown(self) -> None:
            """Compare everything that the sequence left behind."""
            keys = [sorted(item[1] for item in parse(side.command("KEYS", "*"))[1]) for side in self.sides]
            try:
                assert keys[0] == keys[1], f"keys left behind\n  ours : {keys[0]!r}\n  redis: {keys[1]!r}"
                for key in keys[0]:
                    self.compare(key)
            finally:
                for side in self.sides:
                    side.close()

        def compare(self, key: bytes) -> None:
            kinds = [parse(side.command("TYPE", key))[1] for side in self.sides]
            assert kinds[0] == kinds[1], f"{key!r} is {kinds[0]!r}, for redis {kinds[1]!r}"
            (name, *rest), normaliser = READERS[kinds[0]]
            for command in ((name, key, *rest), ("OBJECT", "ENCODING", key), ("PEXPIRETIME", key)):
                left, right = (side.command(*command) for side in self.sides)
                same = left == right
                if not same and normaliser and command[0] == name:
                    same = comparison(normaliser)(parse(left), parse(right))
                assert same, f"left behind: {command}\n  ours : {left!r}\n  redis: {right!r}"

    return TwoServers
