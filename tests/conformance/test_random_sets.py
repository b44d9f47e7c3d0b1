"""Random sequences of set commands, with thresholds so small that a few members cross the encodings."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.conformance.sequences import Plan, check
from tests.conftest import ServerPair

keys = st.sampled_from(["a", "b", "c"])
members = st.one_of(
    st.integers(-4, 8).map(str),
    st.sampled_from(["x", "y", "", "01", "x" * 20, "z" * 70, "9223372036854775807", "-70000", "\x00"]),
)
several = st.lists(members, min_size=1, max_size=6)
sources = st.lists(keys, min_size=1, max_size=3)


def words(*parts: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    """A command from its parts, of which some are lists."""
    return st.tuples(*parts).map(
        lambda found: [word for part in found for word in (part if isinstance(part, list) else [part])]
    )


COMMANDS = st.one_of(
    words(st.just("SADD"), keys, several),
    words(st.just("SADD"), keys, several),
    words(st.just("SREM"), keys, several),
    words(st.just("SISMEMBER"), keys, members),
    words(st.just("SMISMEMBER"), keys, several),
    words(st.sampled_from(["SCARD", "SMEMBERS", "TYPE", "DEL"]), keys),
    words(st.just("SMOVE"), keys, keys, members),
    words(st.sampled_from(["SINTER", "SUNION", "SDIFF"]), sources),
    words(st.sampled_from(["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"]), keys, sources),
    words(st.just("SPOP"), keys, st.just(100)),
    words(st.just("SRANDMEMBER"), keys, st.just(100)),
    words(st.just("COPY"), keys, keys, st.just("REPLACE")),
    words(st.just("RENAME"), keys, keys),
    words(st.just("OBJECT"), st.just("ENCODING"), keys),
    words(st.just("SSCAN"), keys, st.just(0), st.just("COUNT"), st.just(1000)),
)
PLAN = Plan(
    COMMANDS,
    configurations=[{}, {"set-max-intset-entries": 3}, {"set-max-intset-entries": 0}],
    unordered=frozenset({"SMEMBERS", "SINTER", "SUNION", "SDIFF", "SPOP", "SRANDMEMBER", "SSCAN"}),
)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("protocol", [2, 3])
def test_random_sequences(protocol: int, server_pair: ServerPair) -> None:
    check(PLAN, server_pair, protocol)
