"""Random sequences of sorted set commands, with thresholds so small that a few members cross the encodings."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.conformance.sequences import Plan, check, words
from tests.conftest import ServerPair
from tests.wire import Argument

keys = st.sampled_from(["a", "b", "c"])
members = st.one_of(
    st.integers(-3, 12).map(str),
    st.sampled_from(["x", "", "01", "y" * 70, "z" * 1200, "9223372036854775807", "\x00", "xy"]),
)
scores = st.one_of(
    st.integers(-3, 6).map(str),
    st.sampled_from(["0.1", "-2.5", "inf", "-inf", "1e17", "3", "4611686018427388928", "0.30000000000000004", "1e-7"]),
)
plain_scores = st.integers(-3, 6).map(str)
pairs = st.lists(st.tuples(scores, members), min_size=1, max_size=6).map(
    lambda found: [w for pair in found for w in pair]
)
indices = st.integers(-9, 9)
bounds = st.one_of(scores, scores.map(lambda text: f"({text}"))
lex = st.one_of(st.sampled_from(["-", "+"]), st.tuples(st.sampled_from("[("), members).map("".join))
limits: st.SearchStrategy[list[object]] = st.one_of(
    st.just([]), st.tuples(st.just("LIMIT"), st.integers(-1, 4), st.integers(-1, 4)).map(list)
)
with_scores = st.sampled_from([[], ["WITHSCORES"]])
conditions = st.sampled_from([[], ["NX"], ["XX"], ["GT"], ["LT"], ["CH"], ["GT", "CH"], ["XX", "LT", "CH"]])
several = st.lists(keys, min_size=1, max_size=3).map(lambda found: [len(found), *found])
combined = st.sampled_from([[], ["AGGREGATE", "MIN"], ["AGGREGATE", "MAX"]])
ends = st.sampled_from(["MIN", "MAX"])

COMMANDS = st.one_of(
    words(st.just("ZADD"), keys, conditions, pairs),
    words(st.just("ZADD"), keys, pairs),
    words(st.just("ZADD"), keys, conditions, st.just("INCR"), scores, members),
    words(st.just("ZINCRBY"), keys, plain_scores, members),
    words(st.just("ZREM"), keys, st.lists(members, min_size=1, max_size=3)),
    words(st.sampled_from(["ZCARD", "ZPOPMIN", "ZPOPMAX", "DEL"]), keys),
    words(st.sampled_from(["ZSCORE", "ZRANK", "ZREVRANK"]), keys, members),
    words(st.sampled_from(["ZPOPMIN", "ZPOPMAX"]), keys, st.integers(0, 4)),
    words(st.just("ZMPOP"), several, ends, st.just("COUNT"), st.integers(1, 4)),
    words(st.sampled_from(["ZRANGE", "ZREVRANGE"]), keys, indices, indices, with_scores),
    words(st.sampled_from(["ZRANGEBYSCORE", "ZREVRANGEBYSCORE"]), keys, bounds, bounds, with_scores, limits),
    words(st.sampled_from(["ZCOUNT", "ZREMRANGEBYSCORE"]), keys, bounds, bounds),
    words(st.just("ZREMRANGEBYRANK"), keys, indices, indices),
    words(st.just("ZRANGESTORE"), keys, keys, indices, indices),
    words(st.just("ZRANGESTORE"), keys, keys, bounds, bounds, st.just("BYSCORE"), limits),
    words(st.sampled_from(["ZUNION", "ZINTER"]), several, combined, with_scores),
    words(st.sampled_from(["ZUNIONSTORE", "ZINTERSTORE"]), keys, several, combined),
    words(st.just("ZDIFF"), several, with_scores),
    words(st.just("ZDIFFSTORE"), keys, several),
    words(st.just("ZINTERCARD"), several, st.just("LIMIT"), st.integers(0, 3)),
    words(st.just("ZRANDMEMBER"), keys, st.sampled_from([0, 1000]), with_scores),
    words(st.just("ZSCAN"), keys, st.just(0), st.just("COUNT"), st.just(1000)),
    words(st.sampled_from(["BZPOPMIN", "BZPOPMAX"]), keys, st.just("0.001")),
    words(st.just("COPY"), keys, keys, st.just("REPLACE")),
    words(st.just("RENAME"), keys, keys),
)
SIZES = [(128, 64), (0, 64), (1, 64), (3, 64), (6, 2), (128, 0)]
CONFIGURATIONS: list[dict[str, Argument]] = [
    {"zset-max-listpack-entries": entries, "zset-max-listpack-value": value} for entries, value in SIZES
]
UNORDERED = frozenset({"ZSCAN", "ZRANDMEMBER"})
PLAN = Plan(COMMANDS, configurations=CONFIGURATIONS, unordered=UNORDERED)

# Ranges by member mean something only where all scores are equal.
LEX_COMMANDS = st.one_of(
    words(st.just("ZADD"), keys, st.just("0"), members),
    words(st.just("ZADD"), keys, st.just("0"), members, st.just("0"), members, st.just("0"), members),
    words(st.just("ZREM"), keys, members),
    words(st.sampled_from(["ZRANGEBYLEX", "ZREVRANGEBYLEX"]), keys, lex, lex, limits),
    words(st.sampled_from(["ZLEXCOUNT", "ZREMRANGEBYLEX"]), keys, lex, lex),
    words(st.just("ZRANGESTORE"), keys, keys, lex, lex, st.just("BYLEX"), limits),
)
LEX_PLAN = Plan(LEX_COMMANDS, configurations=CONFIGURATIONS)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("protocol", [2, 3])
def test_random_sequences(protocol: int, server_pair: ServerPair) -> None:
    check(PLAN, server_pair, protocol)


@pytest.mark.timeout(0)
def test_random_ranges_by_member(server_pair: ServerPair) -> None:
    check(LEX_PLAN, server_pair, 3)
