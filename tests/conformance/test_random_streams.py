"""Random sequences of stream commands, with few IDs, and nodes so small that a few entries make several."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.conformance.sequences import Plan, check, words
from tests.conftest import ServerPair

# Only these may have groups; what `plain` holds has no times in it, so that its DUMP is the same on both servers.
keys = st.sampled_from(["a", "b"])
any_key = st.sampled_from(["a", "b", "plain"])
groups = st.sampled_from(["g", "h"])
consumers = st.sampled_from(["alice", "bob"])
times = st.integers(0, 12)
ids = st.one_of(times.map(str), st.tuples(times, st.integers(0, 3)).map(lambda pair: f"{pair[0]}-{pair[1]}"))
new_ids = st.one_of(ids, times.map(lambda time: f"{time}-*"), st.just("300-*"), st.just("70000-*"))
ends = st.one_of(ids, ids.map(lambda text: f"({text}"), st.sampled_from(["-", "+"]))
several = st.lists(ids, min_size=1, max_size=4)
counts = st.integers(0, 5)
fields = st.lists(
    st.tuples(
        st.sampled_from(["f", "g", "1", ""]), st.sampled_from(["v", "12", "", "-5000", "x" * 70, "y" * 5000])
    ).map(list),
    min_size=1,
    max_size=3,
).map(lambda pairs: [word for pair in pairs for word in pair])
trims = st.one_of(
    words(st.just("MAXLEN"), st.sampled_from(["=", "~"]), st.integers(0, 8)),
    words(st.just("MAXLEN"), st.integers(0, 8)),
    words(st.just("MINID"), st.sampled_from(["=", "~"]), ids),
    words(st.just("MINID"), st.just("~"), ids, st.just("LIMIT"), st.integers(0, 6)),
    words(st.just("MAXLEN"), st.just("~"), counts, st.just("LIMIT"), st.integers(0, 6)),
)

COMMANDS = st.one_of(
    words(st.just("XADD"), any_key, new_ids, fields),
    words(st.just("XADD"), any_key, new_ids, st.just(["f", "v"])),
    words(st.just("XADD"), any_key, new_ids, st.just(["f", "v"])),
    words(st.just("XADD"), any_key, trims, new_ids, st.just(["f", "v"])),
    words(st.just("XTRIM"), any_key, trims),
    words(st.just("XDEL"), any_key, several),
    words(st.sampled_from(["XLEN", "DEL"]), any_key),
    words(st.sampled_from(["XRANGE", "XREVRANGE"]), any_key, ends, ends),
    words(st.sampled_from(["XRANGE", "XREVRANGE"]), any_key, ends, ends, st.just("COUNT"), counts),
    words(st.just("XREAD"), st.just("COUNT"), counts, st.just(["STREAMS", "a", "b"]), ids, ids),
    words(st.just("XSETID"), any_key, ids),
    words(st.just("XSETID"), any_key, ids, st.just("ENTRIESADDED"), st.integers(0, 30), st.just("MAXDELETEDID"), ids),
    words(st.just("DUMP"), st.just("plain")),
    words(st.just(["XINFO", "STREAM"]), any_key),
    words(st.just(["XINFO", "STREAM"]), any_key, st.just(["FULL", "COUNT"]), counts),
    words(st.just(["XINFO", "GROUPS"]), any_key),
    words(st.just(["XINFO", "CONSUMERS"]), keys, groups),
    words(st.just(["XGROUP", "CREATE"]), keys, groups, st.one_of(ids, st.just("$")), st.just("MKSTREAM")),
    words(st.just(["XGROUP", "CREATE"]), keys, groups, ids, st.just("ENTRIESREAD"), st.integers(-1, 9)),
    words(st.just(["XGROUP", "SETID"]), keys, groups, st.one_of(ids, st.just("$"))),
    words(st.just(["XGROUP", "DESTROY"]), keys, groups),
    words(st.just(["XGROUP"]), st.sampled_from(["CREATECONSUMER", "DELCONSUMER"]), keys, groups, consumers),
    words(
        st.just(["XREADGROUP", "GROUP"]),
        groups,
        consumers,
        st.just("COUNT"),
        counts,
        st.just("STREAMS"),
        keys,
        st.just(">"),
    ),
    words(st.just(["XREADGROUP", "GROUP"]), groups, consumers, st.just("STREAMS"), keys, st.one_of(ids, st.just(">"))),
    words(st.just(["XREADGROUP", "GROUP"]), groups, consumers, st.just(["NOACK", "STREAMS"]), keys, st.just(">")),
    words(st.just("XACK"), keys, groups, several),
    words(st.just("XPENDING"), keys, groups),
    words(st.just("XPENDING"), keys, groups, ends, ends, counts),
    words(st.just("XPENDING"), keys, groups, ends, ends, counts, consumers),
    words(st.just("XCLAIM"), keys, groups, consumers, st.just(0), several),
    words(st.just("XCLAIM"), keys, groups, consumers, st.just(0), several, st.just(["FORCE", "RETRYCOUNT"]), counts),
    words(st.just("XCLAIM"), keys, groups, consumers, st.just(0), several, st.just(["FORCE", "JUSTID", "LASTID"]), ids),
    words(st.just("XAUTOCLAIM"), keys, groups, consumers, st.just(0), ends, st.just("COUNT"), st.integers(1, 3)),
    words(st.just("XAUTOCLAIM"), keys, groups, consumers, st.sampled_from([0, 100000]), ids, st.just("JUSTID")),
    words(st.just("COPY"), keys, keys, st.just("REPLACE")),
    words(st.just("RENAME"), keys, keys),
)
PLAN = Plan(
    COMMANDS,
    configurations=[
        {"stream-node-max-entries": entries, "stream-node-max-bytes": size}
        for entries, size in ((100, 4096), (1, 4096), (2, 4096), (3, 60), (0, 0))
    ],
    normalisers={"XPENDING": "approx:5000", "XINFO": "approx:5000"},
)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("protocol", [2, 3])
def test_random_sequences(protocol: int, server_pair: ServerPair) -> None:
    check(PLAN, server_pair, protocol)
