"""Random sequences of SORT and what it looks up, on lists, sets and sorted sets of every encoding.

Left out is what redis-server itself leaves open: which of equal texts of weights comes first, and in which order a set
lies in memory. It also turns a sorted set that it sorts into a skiplist for good, which we do not; so sorted sets have
that form from the start.
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.conformance.sequences import Plan, check, words
from tests.conftest import ServerPair

keys = st.sampled_from(["list", "set", "zset", "stored"])
members = st.one_of(
    st.integers(-3, 20).map(str),
    st.sampled_from(["x", "y", "", "01", "1.5", "-0", "inf", "x" * 20, "z" * 70, "a\x00b", "a\x00", "1e3"]),
)
several = st.lists(members, min_size=1, max_size=8)
patterns = st.sampled_from(["w_*", "h_*->f", "h_*->g", "none_*", "*", "w_*->f", "h_*"])
limits: st.SearchStrategy[list[object]] = st.one_of(
    st.just([]),
    st.tuples(st.just("LIMIT"), st.integers(-2, 10), st.integers(-2, 10)).map(list),
)
orders = st.sampled_from([[], ["ASC"], ["DESC"]])
gets = st.lists(st.sampled_from(["#", "w_*", "h_*->f", "x", "*"]), max_size=3).map(
    lambda found: [word for name in found for word in ("GET", name)]
)
stores = st.sampled_from([[], [], ["STORE", "stored"], ["STORE", "list"]])
sources = st.sampled_from(["list", "set", "zset", "stored", "none"])
ordered = st.sampled_from(["list", "zset", "stored"])

COMMANDS = st.one_of(
    words(st.sampled_from(["RPUSH", "LPUSH"]), st.just("list"), several),
    words(st.just("SADD"), st.just("set"), several),
    words(st.just("SREM"), st.just("set"), several),
    words(st.just("ZADD"), st.just("zset"), st.integers(-3, 3), members),
    words(st.just("SET"), members.map("w_{}".format), members),
    words(st.just("HSET"), members.map("h_{}".format), st.sampled_from(["f", "g"]), members),
    words(st.just("DEL"), st.one_of(keys, members.map("w_{}".format))),
    words(st.just("SORT"), sources, limits, orders, gets, stores),
    words(st.just("SORT"), sources, st.just("ALPHA"), limits, orders, gets, stores),
    words(st.just("SORT"), sources, st.just("BY"), patterns, limits, orders, gets, stores),
    words(st.just("SORT_RO"), sources, st.just("BY"), patterns, limits, orders, gets),
    words(st.just("SORT"), ordered, st.just(["BY", "nosort"]), limits, orders, gets, stores),
    words(st.just("SORT"), st.just("set"), st.just(["BY", "nosort", "STORE", "stored"]), limits, orders, gets),
)
PLAN = Plan(
    COMMANDS,
    configurations=[
        {"zset-max-listpack-entries": 0},
        {"zset-max-listpack-entries": 0, "list-max-listpack-size": 2, "hash-max-listpack-entries": 1},
        {"zset-max-listpack-entries": 0, "set-max-intset-entries": 0},
    ],
)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("protocol", [2, 3])
def test_random_sequences(protocol: int, server_pair: ServerPair) -> None:
    check(PLAN, server_pair, protocol)
