"""Random geo indexes and searches: what is found, in which order, and every digit of it, must be redis-server's."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import strategies as st

from tests.conformance.sequences import Plan, check, words
from tests.conftest import ServerPair
from tests.wire import Argument, encode

POINTS = 400
SEARCHES = 600

keys = st.sampled_from(["a", "b", "c"])
members = st.one_of(st.integers(0, 12).map(str), st.sampled_from(["x", "y", "", "z" * 70, "\x00"]))
# Few places, so that many members are equally far away, and some at the edges of the map.
longitudes = st.one_of(st.sampled_from(["10", "10.0001", "11", "-180", "180"]), st.floats(-180, 180).map(repr))
latitudes = st.one_of(
    st.sampled_from(["50", "50.0001", "51", "-85.05112878", "85.05112878"]), st.floats(-85.05, 85.05).map(repr)
)
places = st.tuples(longitudes, latitudes).map(list)
added = st.lists(st.tuples(longitudes, latitudes, members), min_size=1, max_size=8).map(
    lambda found: [word for item in found for word in item]
)
lengths = st.one_of(
    st.sampled_from(["0", "10", "100", "1000", "20000"]),
    st.floats(0, 30000).map(repr),
    st.floats(-3, 7).map(lambda power: repr(10**power)),
)
units = st.sampled_from(["m", "km", "ft", "mi"])
circles = st.tuples(lengths, units).map(list)
centers = st.one_of(words(st.just("FROMLONLAT"), places), words(st.just("FROMMEMBER"), members))
shapes = st.one_of(words(st.just("BYRADIUS"), circles), words(st.just("BYBOX"), lengths, circles))
orders = st.sampled_from([[], ["ASC"], ["DESC"]])
counts: st.SearchStrategy[list[object]] = st.one_of(
    st.just([]),
    st.integers(1, 12).map(lambda count: ["COUNT", count]),
    st.integers(1, 12).map(lambda count: ["COUNT", count, "ANY"]),
)
shown = st.lists(st.sampled_from(["WITHDIST", "WITHCOORD", "WITHHASH"]), max_size=3)
stores = st.sampled_from(["STORE", "STOREDIST"])

COMMANDS = st.one_of(
    words(st.just("GEOADD"), keys, st.sampled_from([[], ["NX"], ["XX"], ["CH"], ["XX", "CH"]]), added),
    words(st.just("GEOADD"), keys, added),
    words(st.just("ZREM"), keys, members),
    words(st.sampled_from(["GEOPOS", "GEOHASH"]), keys, members),
    words(st.just("GEODIST"), keys, members, members, units),
    words(st.sampled_from(["GEORADIUS", "GEORADIUS_RO"]), keys, places, circles, orders, counts, shown),
    words(st.just("GEORADIUS"), keys, places, circles, counts, stores, keys),
    words(
        st.sampled_from(["GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"]), keys, members, circles, orders, counts, shown
    ),
    words(st.just("GEORADIUSBYMEMBER"), keys, members, circles, orders, counts, stores, keys),
    words(st.just("GEOSEARCH"), keys, centers, shapes, orders, counts, shown),
    words(st.just("GEOSEARCH"), keys, shown, shapes, counts, centers, orders),
    words(st.just("GEOSEARCHSTORE"), keys, keys, centers, shapes, orders, counts, st.sampled_from([[], ["STOREDIST"]])),
)
PLAN = Plan(
    COMMANDS,
    configurations=[{"zset-max-listpack-entries": entries} for entries in (128, 0, 4)],
)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("protocol", [2, 3])
def test_random_sequences(protocol: int, server_pair: ServerPair) -> None:
    check(PLAN, server_pair, protocol)


def near(draw: random.Random, center: tuple[float, float], spread: float) -> tuple[float, float]:
    """A place on the map, some degrees from the centre at most."""
    longitude = center[0] + draw.uniform(-spread, spread)
    latitude = center[1] + draw.uniform(-spread, spread)
    return min(max(longitude, -180.0), 180.0), min(max(latitude, -85.05112878), 85.05112878)


def searches(draw: random.Random, center: tuple[float, float], spread: float) -> Iterator[list[Argument]]:
    """Searches around the centre, about as large as the index."""
    for _ in range(SEARCHES):
        size = [repr(spread * 10 ** draw.uniform(-2, 0.7)) for _ in range(2)]
        unit = draw.choice(["km", "mi"])
        around = ["FROMMEMBER", str(draw.randrange(POINTS))]
        if draw.random() < 0.5:
            around = ["FROMLONLAT", *map(repr, near(draw, center, spread))]
        shape = ["BYRADIUS", size[0], unit] if draw.random() < 0.5 else ["BYBOX", *size, unit]
        limit = draw.choice([[], ["COUNT", str(draw.randrange(1, 100))], ["COUNT", str(draw.randrange(1, 100)), "ANY"]])
        order = draw.choice([[], ["ASC"], ["DESC"]])
        if draw.random() < 0.2:
            yield ["GEOSEARCHSTORE", "d", "k", *around, *shape, *order, *limit, *draw.choice([[], ["STOREDIST"]])]
            yield ["ZRANGE", "d", "0", "-1", "WITHSCORES"]
        else:
            with_ = draw.sample(["WITHDIST", "WITHCOORD", "WITHHASH"], draw.randrange(4))
            yield ["GEOSEARCH", "k", *around, *shape, *order, *limit, *with_]


# Where the points lie: a region, the whole map, a few metres, both edges, both poles.
REGIONS = [((10, 50), 3), ((0, 0), 180), ((-70, -30), 0.0001), ((180, 0), 5), ((-180, 60), 20), ((30, 85), 10),
           ((120, -80), 30), ((0, 66), 1)]  # fmt: skip


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("center", "spread"), REGIONS)
def test_random_searches(center: tuple[float, float], spread: float, server_pair: ServerPair) -> None:
    number = int(os.environ.get("AUTOCACHE_HYPOTHESIS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"AUTOCACHE_HYPOTHESIS_SEED={number}")  # pytest shows it when the test fails.
    draw = random.Random(number)
    points: list[Argument] = ["GEOADD", "k"]
    for i in range(POINTS):
        points += [*map(repr, near(draw, center, spread)), str(i)]
    # A degree is about 111 km.
    commands: list[list[Argument]] = [["FLUSHALL"], points, *searches(draw, center, spread * 111)]
    server_pair.ensure_alive()
    replies = []
    for server in (server_pair.ours, server_pair.redis):
        with server.connect(10) as connection:
            connection.send(b"".join(encode(command) for command in commands))
            replies.append([connection.read_reply() for _ in commands])
    for command, ours, theirs in zip(commands, *replies, strict=True):
        assert ours == theirs, command
