"""Random sequences of list commands, with nodes so small that a few elements make several."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.conformance.sequences import Plan, check, words
from tests.conftest import ServerPair

keys = st.sampled_from(["a", "b"])
elements = st.one_of(
    st.integers(-3, 6).map(str),
    st.sampled_from(["x", "", "01", "y" * 70, "z" * 5000, "w" * 9000, "9223372036854775807", "\x00"]),
)
several = st.lists(elements, min_size=1, max_size=6)
indices = st.integers(-9, 9)
ends = st.sampled_from(["LEFT", "RIGHT"])

COMMANDS = st.one_of(
    words(st.sampled_from(["LPUSH", "RPUSH", "RPUSH", "LPUSHX"]), keys, several),
    words(st.sampled_from(["LPUSH", "RPUSH"]), keys, several),
    words(st.sampled_from(["LPOP", "RPOP", "LLEN", "DEL"]), keys),
    words(st.sampled_from(["LPOP", "RPOP"]), keys, st.integers(0, 5)),
    words(st.just("LINDEX"), keys, indices),
    words(st.just("LSET"), keys, indices, elements),
    words(st.just("LINSERT"), keys, st.sampled_from(["BEFORE", "AFTER"]), elements, elements),
    words(st.just("LRANGE"), keys, indices, indices),
    words(st.just("LTRIM"), keys, st.integers(-12, 3), st.integers(-3, 12)),
    words(st.just("LREM"), keys, st.integers(-3, 3), elements),
    words(st.just("LPOS"), keys, elements, st.just("COUNT"), st.integers(0, 3)),
    words(st.just("LPOS"), keys, elements, st.just("RANK"), st.integers(-3, -1)),
    words(st.just("LMOVE"), keys, keys, ends, ends),
    words(st.just("LMPOP"), st.just(2), st.just(["a", "b"]), ends, st.just("COUNT"), st.integers(1, 4)),
    words(st.sampled_from(["BLPOP", "BRPOP"]), keys, st.just("0.001")),
    words(st.just("COPY"), keys, keys, st.just("REPLACE")),
    words(st.just("RENAME"), keys, keys),
)
PLAN = Plan(COMMANDS, configurations=[{"list-max-listpack-size": size} for size in (-2, 1, 2, 3, -1)])


@pytest.mark.timeout(0)
@pytest.mark.parametrize("protocol", [2, 3])
def test_random_sequences(protocol: int, server_pair: ServerPair) -> None:
    check(PLAN, server_pair, protocol)
