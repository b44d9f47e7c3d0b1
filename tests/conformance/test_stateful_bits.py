"""Random sequences of commands on bits, fields and HyperLogLogs: both servers must answer alike at every step, and
at the end hold the same bytes.

The seed is printed, and AUTOCACHE_HYPOTHESIS_SEED=N replays it; profiles are those of test_stateful.py.
"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.conformance.test_stateful import EXAMPLES, STEPS
from tests.conftest import ServerPair
from tests.wire import Argument, Connection

NAMES = ("a", "b", "c", "h", "i")
keys = st.sampled_from(NAMES)
positions = st.one_of(st.integers(0, 400), st.sampled_from([4095, 9000, 80_000]))
ends = st.one_of(st.integers(-60, 400), st.sampled_from([-(2**63), 2**63 - 1, -4000, 80_000]))
units = st.sampled_from([[], ["BIT"], ["BYTE"]])
bits = st.integers(0, 1)
numbers = st.one_of(
    st.integers(-300, 300), st.integers(-(2**63), 2**63 - 1), st.sampled_from([2**63 - 1, -(2**63), 2**62, -(2**62)])
)
types = st.one_of(st.integers(1, 63).map(lambda width: f"u{width}"), st.integers(1, 64).map(lambda width: f"i{width}"))
places = st.one_of(positions, st.integers(0, 40).map(lambda number: f"#{number}"))
elements = st.lists(st.integers(0, 3000).map(str), max_size=40)

parts = st.one_of(
    st.tuples(st.just("GET"), types, places),
    st.tuples(st.sampled_from(["SET", "INCRBY"]), types, places, numbers),
    st.tuples(st.just("OVERFLOW"), st.sampled_from(["WRAP", "SAT", "FAIL"])),
)
fields = st.tuples(st.sampled_from(["BITFIELD", "BITFIELD", "BITFIELD_RO"]), keys, st.lists(parts, max_size=5)).map(
    lambda words: [words[0], words[1], *[word for part in words[2] for word in part]]
)
ranges = st.one_of(
    st.tuples(st.just("BITCOUNT"), keys, ends, ends, units).map(lambda words: [*words[:4], *words[4]]),
    st.tuples(st.just("BITPOS"), keys, bits, ends, ends, units).map(lambda words: [*words[:5], *words[5]]),
    st.tuples(st.just("BITPOS"), keys, bits, ends).map(list),
    st.tuples(st.just("BITPOS"), keys, bits).map(list),
    st.tuples(st.just("BITCOUNT"), keys).map(list),
)
combinations = st.tuples(
    st.sampled_from(["AND", "OR", "XOR", "NOT"]), keys, st.lists(keys, min_size=1, max_size=4)
).map(lambda words: ["BITOP", words[0], words[1], *words[2][: 1 if words[0] == "NOT" else 4]])
strings = st.one_of(
    st.tuples(st.just("SET"), keys, st.one_of(st.binary(max_size=70), st.integers(0, 99).map(str))),
    st.tuples(st.sampled_from(["GET", "DEL", "STRLEN", "TYPE", "INCR"]), keys),
    st.tuples(st.just("OBJECT"), st.just("ENCODING"), keys),
    st.tuples(st.sampled_from(["COPY", "RENAME"]), keys, keys),
    st.tuples(st.just("APPEND"), keys, st.binary(max_size=40)),
).map(list)
logs = st.one_of(
    st.tuples(keys, elements).map(lambda words: ["PFADD", words[0], *words[1]]),
    st.tuples(st.sampled_from(["PFCOUNT", "PFMERGE"]), st.lists(keys, min_size=1, max_size=3)).map(
        lambda words: [words[0], *words[1]]
    ),
    st.tuples(st.just("PFDEBUG"), st.sampled_from(["ENCODING", "TODENSE", "DECODE", "GETREG"]), keys).map(list),
)
commands = st.one_of(
    st.tuples(st.just("SETBIT"), keys, positions, bits).map(list),
    st.tuples(st.just("GETBIT"), keys, positions).map(list),
    fields,
    ranges,
    combinations,
    strings,
    logs,
)


def both(sides: list[Connection], command: list[Argument]) -> None:
    """One command on both servers."""
    ours, redis = (side.command(*command) for side in sides)
    assert ours == redis, f"{command}\n  ours : {ours!r}\n  redis: {redis!r}"


@pytest.mark.timeout(0)
@pytest.mark.parametrize("protocol", [2, 3])
def test_random_bits(protocol: int, server_pair: ServerPair) -> None:
    """Any sequence gives the same replies and leaves the same bytes in the same encodings."""
    number = int(os.environ.get("AUTOCACHE_HYPOTHESIS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"AUTOCACHE_HYPOTHESIS_SEED={number}")  # pytest shows it when the test fails.
    server_pair.ensure_alive()
    sides = [server.connect(20) for server in (server_pair.ours, server_pair.redis)]
    for side in sides:
        side.command("HELLO", protocol)

    @seed(number)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(commands, min_size=STEPS // 2, max_size=STEPS))
    def run(sequence: list[list[Argument]]) -> None:
        for side in sides:
            side.command("FLUSHALL")
        for command in sequence:
            both(sides, command)
        for name in NAMES:
            both(sides, ["GET", name])
            both(sides, ["OBJECT", "ENCODING", name])

    run()
    for side in sides:
        side.close()
