"""Geohashes against their definition (halving the map), and searches against looking at every place."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.types.geohash import distance_m, distance_within, place_score, score_place, score_text, search_areas

Place = tuple[float, float]
LATITUDE_MAX = 85.05112878
STEPS = 26
RADIUS_M = 6372797.560856
longitudes = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 0.0, 180.0, -90.0, 45.0]))
latitudes = st.one_of(st.floats(-LATITUDE_MAX, LATITUDE_MAX), st.sampled_from([-LATITUDE_MAX, 0.0, LATITUDE_MAX]))
places = st.tuples(longitudes, latitudes)


def halved(place: Place, latitude_max: float, bits: int) -> int:
    """A geohash, bit by bit: which half of what is left the place is in."""
    ranges = [[-180.0, 180.0], [-latitude_max, latitude_max]]
    found = 0
    for i in range(bits):
        low, high = ranges[i % 2]
        middle = (low + high) / 2
        upper = place[i % 2] >= middle
        ranges[i % 2] = [middle, high] if upper else [low, middle]
        found = found << 1 | upper
    return found


def test_known_places() -> None:
    # The places of Redis's documentation.
    assert place_score(13.361389, 38.115556) == 3479099956230698
    assert place_score(15.087269, 37.502669) == 3479447370796909
    assert score_text(3479099956230698) == b"sqc8b49rny0"
    assert score_text(3479447370796909) == b"sqdtr74hyu0"
    assert score_place(3479099956230698) == (13.361389338970184, 38.1155563954963)
    assert f"{distance_m(score_place(3479099956230698), score_place(3479447370796909)):.4f}" == "166274.1516"


@pytest.mark.parametrize(
    "place", [(180.1, 0.0), (-180.1, 0.0), (0.0, 85.06), (0.0, -85.06), (math.inf, 0.0), (0.0, 90.0)]
)
def test_off_the_map(place: Place) -> None:
    assert place_score(*place) is None


@given(st.integers(0, 2**STEPS - 1), st.integers(0, 2**STEPS - 1), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_score_is_where_halving_ends(column: int, row: int, right: float, up: float) -> None:
    # Not on a border of a cell: the halves of a latitude are not exact in binary.
    longitude = (column + right) / 2**STEPS * 360 - 180
    latitude = (row + up) / 2**STEPS * 2 * LATITUDE_MAX - LATITUDE_MAX
    assert place_score(longitude, latitude) == halved((longitude, latitude), LATITUDE_MAX, 2 * STEPS)


@given(places)
def test_position_is_near_the_place(place: Place) -> None:
    score = place_score(*place)
    assert score is not None
    longitude, latitude = score_place(score)
    assert abs(longitude - place[0]) <= 360 / 2**STEPS
    # At 180 degrees the score has one bit more than a double holds: the latitude's last is lost.
    assert abs(latitude - place[1]) <= 4 * LATITUDE_MAX / 2**STEPS


@given(st.floats(allow_nan=False))
def test_every_score_is_a_place(score: float) -> None:
    longitude, latitude = score_place(score)
    assert -180 <= longitude <= 180
    assert -LATITUDE_MAX <= latitude <= LATITUDE_MAX
    assert len(score_text(score)) == 11


@given(places, places)
def test_distance(a: Place, b: Place) -> None:
    # By the dot product of the two directions, which is inexact for near and for opposite places.
    (x, y), (u, v) = (tuple(map(math.radians, place)) for place in (a, b))
    cosine = math.sin(y) * math.sin(v) + math.cos(y) * math.cos(v) * math.cos(x - u)
    expected = RADIUS_M * math.acos(max(-1.0, min(1.0, cosine)))
    assert abs(distance_m(a, b) - expected) < 1
    assert distance_m(a, b) == distance_m(b, a)
    assert distance_m(a, a) == 0


@given(longitudes, latitudes, latitudes)
def test_distance_on_a_meridian(longitude: float, a: float, b: float) -> None:
    assert distance_m((longitude, a), (longitude, b)) == RADIUS_M * abs(b * (math.pi / 180) - a * (math.pi / 180))


def covered(center: Place, radius: float | None, width: float, height: float, scores: list[int]) -> list[int]:
    """The scores that lie in one of the areas, each as often as areas have it."""
    found: list[int] = []
    areas = [area for area in search_areas(center, radius, width, height) if area[1]]
    for bits, steps in dict.fromkeys(areas):
        shift = 2 * (STEPS - steps)
        found += [score for score in scores if bits << shift <= score < (bits + 1) << shift]
    return found


@pytest.mark.parametrize("seed", range(40))
def test_areas_hold_all_that_is_in_the_shape(seed: int) -> None:
    # Not near the 180th meridian and the poles, where redis-server overlooks places, too.
    draw = random.Random(seed)
    center = draw.uniform(-120, 120), draw.uniform(-60, 60)
    size = 10 ** draw.uniform(1, 6)
    degrees = size / 100_000
    near = [
        (
            center[0] + draw.uniform(-degrees, degrees),
            max(-85.0, min(85.0, center[1] + draw.uniform(-degrees, degrees))),
        )
        for _ in range(400)
    ]
    scores = [score for place in near if (score := place_score(*place)) is not None]
    for radius, width, height in ((size, 0.0, 0.0), (None, size, size), (None, size, size / 9)):
        inside = [s for s in scores if distance_within(float(s), center, radius, width, height) is not None]
        assert inside
        in_areas = covered(center, radius, width, height, scores)
        assert sorted(s for s in in_areas if s in set(inside)) == sorted(inside)


@given(places, places, st.floats(0, 2.1e7))
def test_within_a_circle(center: Place, place: Place, radius: float) -> None:
    score = place_score(*place)
    assert score is not None
    distance = distance_m(center, score_place(score))
    assert distance_within(score, center, radius) == (distance if distance <= radius else None)


@given(places, places, st.floats(0, 4.2e7), st.floats(0, 2.1e7))
def test_within_a_box(center: Place, place: Place, width: float, height: float) -> None:
    score = place_score(*place)
    assert score is not None
    at = score_place(score)
    inside = distance_m(at, (center[0], at[1])) <= width / 2 and distance_m(at, (at[0], center[1])) <= height / 2
    assert distance_within(score, center, None, width, height) == (distance_m(center, at) if inside else None)


def test_shapes_of_no_and_of_all_size() -> None:
    place = score_place(place_score(10, 50) or 0)
    score = float(place_score(10, 50) or 0)
    assert distance_within(score, place, 0) == 0
    assert distance_within(score, place, None, 0, 0) == 0
    for size in (math.inf, 1e300):
        assert distance_within(score, (-170.0, -80.0), size) is not None
        assert distance_within(score, (-170.0, -80.0), None, size, size) is not None
        assert {steps for _, steps in search_areas(place, size)} == {1}
    assert {steps for _, steps in search_areas(place, 5e-324)} <= {0, STEPS}
