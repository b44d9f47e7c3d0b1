"""Random sequences of hash commands, with thresholds so small that a few fields cross the encodings."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.conformance.sequences import Plan, check, words
from tests.conftest import ServerPair

keys = st.sampled_from(["a", "b", "c"])
integers = st.one_of(st.integers(-20, 20), st.sampled_from([2**63 - 1, -(2**63), 2**31, -32769])).map(str)
fields = st.one_of(
    st.sampled_from(["f", "g", "h", "i", "", "01", "x" * 9, "z" * 70, "\x00\xff"]), st.integers(-2, 3).map(str)
)
values = st.one_of(
    integers,
    st.sampled_from(["", "v", "-0", "1.5", "3.0e3", "inf", " 1", "x" * 8, "y" * 9, "z" * 70, "w" * 1100, "\x00\r\n"]),
)
pairs = st.lists(st.tuples(fields, values), min_size=1, max_size=4).map(
    lambda found: [word for pair in found for word in pair]
)
several = st.lists(fields, min_size=1, max_size=4)
floats = st.sampled_from(["0.1", "-1.5", "3", "1e5", "0", "-0.25", "abc", "inf", "1e4932"])

COMMANDS = st.one_of(
    words(st.sampled_from(["HSET", "HMSET"]), keys, pairs),
    words(st.just("HSET"), keys, pairs),
    words(st.just("HSETNX"), keys, fields, values),
    words(st.just("HINCRBY"), keys, fields, integers),
    words(st.just("HINCRBYFLOAT"), keys, fields, floats),
    words(st.just("HDEL"), keys, several),
    words(st.just("HDEL"), keys, several),
    words(st.just("HMGET"), keys, several),
    words(st.sampled_from(["HGET", "HEXISTS", "HSTRLEN"]), keys, fields),
    words(st.sampled_from(["HLEN", "HKEYS", "HVALS", "HGETALL", "TYPE", "DEL"]), keys),
    words(st.just("HRANDFIELD"), keys, st.just(100), st.sampled_from([[], ["WITHVALUES"]])),
    words(st.just("HSCAN"), keys, st.just(0), st.just("COUNT"), st.just(1000)),
    words(st.just("HSCAN"), keys, st.just(0), st.just("MATCH"), st.sampled_from(["*", "[f-h]", "?", "x*", "\x00*"])),
    words(st.just("COPY"), keys, keys, st.just("REPLACE")),
    words(st.just("RENAME"), keys, keys),
    words(st.just("SET"), keys, values),
    words(st.just("OBJECT"), st.just("ENCODING"), keys),
)
PLAN = Plan(
    COMMANDS,
    configurations=[
        {"hash-max-listpack-entries": entries, "hash-max-listpack-value": value}
        for entries, value in ((512, 64), (3, 8), (0, 64), (1000, 2000))
    ],
    unordered=frozenset({"HKEYS", "HVALS", "HGETALL", "HRANDFIELD", "HSCAN"}),
)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("protocol", [2, 3])
def test_random_sequences(protocol: int, server_pair: ServerPair) -> None:
    check(PLAN, server_pair, protocol)
