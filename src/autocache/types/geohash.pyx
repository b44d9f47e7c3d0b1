"""Places on earth as scores of sorted sets: 52-bit geohashes, the areas a search looks at, and distances.

A geohash halves the map again and again, by turns from west to east and from south to north; which halves a place lies
in are its bits. A place is known to 26 steps of two bits, which a double holds exactly. All places of one cell of the
map have the same leading bits, that is, they lie next to each other in a sorted set: a search goes through the cell
that its centre is in and the eight around it, the cells being at least as large as what is searched.

The map ends at the latitudes where it is a square (the Mercator projection's, 85.05112878 degrees); the text form of a
geohash has the poles as its ends.

Scores, positions and distances have to be redis-server's to the last bit. Every expression with a double is therefore
evaluated in the order that the formulas are usually written in and that redis-server follows, each operation rounded by
itself: x86-64 has no fused multiplication that the compiler could use unasked, and no flag allows it to reorder. The
earth is a sphere here. Pure arithmetic: no allocation, no object.
"""

from libc.math cimport asin, cos, fabs, sin, sqrt
from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef extern from *:
    """
    #define GEO_LONGITUDE_MAX 180.0
    #define GEO_LATITUDE_MAX 85.05112878
    #define GEO_POLE 90.0
    #define GEO_DEGREE (3.14159265358979323846 / 180.0)
    #define GEO_EARTH_RADIUS_M 6372797.560856
    #define GEO_MAP_EDGE_M 20037726.37
    """
    const double GEO_LONGITUDE_MAX
    const double GEO_LATITUDE_MAX       # of the map that scores divide
    const double GEO_POLE               # of the map that texts divide
    const double GEO_DEGREE             # in radians
    const double GEO_EARTH_RADIUS_M
    const double GEO_MAP_EDGE_M         # half the map's width at the equator

cdef enum:
    TEXT_DIGIT_BITS = 5
    SCORE_BITS = 52

cdef const char* DIGITS = b"0123456789bcdefghjkmnpqrstuvwxyz"

cdef struct Box:                        # borders in degrees
    double west
    double south
    double east
    double north


# --- cells


cdef inline uint64_t spread(uint32_t value) noexcept nogil:
    """Put a zero before every bit."""
    cdef uint64_t wide = value
    wide = (wide | wide << 16) & 0x0000FFFF0000FFFFULL
    wide = (wide | wide << 8) & 0x00FF00FF00FF00FFULL
    wide = (wide | wide << 4) & 0x0F0F0F0F0F0F0F0FULL
    wide = (wide | wide << 2) & 0x3333333333333333ULL
    return (wide | wide << 1) & 0x5555555555555555ULL


cdef inline uint32_t gather(uint64_t bits) noexcept nogil:
    """Every second bit, the lowest first: what `spread` was given."""
    bits &= 0x5555555555555555ULL
    bits = (bits | bits >> 1) & 0x3333333333333333ULL
    bits = (bits | bits >> 2) & 0x0F0F0F0F0F0F0F0FULL
    bits = (bits | bits >> 4) & 0x00FF00FF00FF00FFULL
    bits = (bits | bits >> 8) & 0x0000FFFF0000FFFFULL
    return <uint32_t>(bits | bits >> 16)


cdef inline uint64_t cell_bits(uint32_t column, uint32_t row) noexcept nogil:
    return spread(column) << 1 | spread(row)


cdef uint64_t place_bits(Point point, double latitude_max, int steps) noexcept nogil:
    """The cell of a place on a map that ends at some latitude."""
    cdef double x = (point.longitude + GEO_LONGITUDE_MAX) / (GEO_LONGITUDE_MAX + GEO_LONGITUDE_MAX)
    cdef double y = (point.latitude + latitude_max) / (latitude_max + latitude_max)
    # The very edge of the map is the first column, or row, beyond it.
    return cell_bits(<uint32_t>(x * <double>(1 << steps)), <uint32_t>(y * <double>(1 << steps)))


cdef inline double border(uint32_t number, int steps, double most) noexcept nogil:
    """Where a column or a row begins: `most` is the coordinate of the map's edge."""
    return -most + number * 1.0 / <double>(1 << steps) * (most + most)


cdef Box cell_box(Cell cell) noexcept nogil:
    cdef uint32_t column = gather(cell.bits >> 1)
    cdef uint32_t row = gather(cell.bits)
    cdef Box box
    box.west = border(column, cell.steps, GEO_LONGITUDE_MAX)
    box.east = border(<uint32_t>(column + 1), cell.steps, GEO_LONGITUDE_MAX)
    box.south = border(row, cell.steps, GEO_LATITUDE_MAX)
    box.north = border(<uint32_t>(row + 1), cell.steps, GEO_LATITUDE_MAX)
    return box


cdef Cell neighbour(Cell cell, int east, int north) noexcept nogil:
    """The cell some columns and rows away; the map has no edges here. What is not moved is not cut to the map."""
    cdef uint32_t column = gather(cell.bits >> 1)
    cdef uint32_t row = gather(cell.bits)
    cdef uint32_t mask = (<uint32_t>1 << cell.steps) - 1
    if east:
        column = <uint32_t>(column + <uint32_t>east) & mask
    if north:
        row = <uint32_t>(row + <uint32_t>north) & mask
    cell.bits = cell_bits(column, row)
    return cell


cdef void cell_scores(Cell cell, double* first, double* end) noexcept nogil:
    """The scores of the places in a cell, from `first` up to but without `end`."""
    cdef int shift = SCORE_BITS - 2 * cell.steps
    first[0] = <double>(cell.bits << shift)
    end[0] = <double>((cell.bits + 1) << shift)


# --- places and scores


cdef bint geo_is_valid(Point point) noexcept nogil:
    """Whether a place is on the map."""
    return (-GEO_LONGITUDE_MAX <= point.longitude <= GEO_LONGITUDE_MAX
            and -GEO_LATITUDE_MAX <= point.latitude <= GEO_LATITUDE_MAX)


cdef uint64_t geo_encode(Point point) noexcept nogil:
    """The score of a place that is on the map."""
    return place_bits(point, GEO_LATITUDE_MAX, GEO_STEPS)


cdef uint64_t score_bits(double score) noexcept nogil:
    """A score, which may be any, as the bits that redis-server takes it for (a conversion by x86-64's rules)."""
    cdef double half = 9223372036854775808.0
    cdef uint64_t top = <uint64_t>1 << 63
    if score >= half:
        return <uint64_t><int64_t>(score - half) + top if score < half * 2 else 0
    return <uint64_t><int64_t>score if score >= -half else top


cdef inline double middle(double low, double high, double most) noexcept nogil:
    cdef double value = (low + high) / 2
    if value > most:
        return most
    return -most if value < -most else value


cdef Point geo_decode(double score) noexcept nogil:
    """The place that a score stands for: the middle of its cell, kept on the map."""
    cdef Cell cell
    cdef Box box
    cdef Point point
    cell.bits = score_bits(score)
    cell.steps = GEO_STEPS
    box = cell_box(cell)
    point.longitude = middle(box.west, box.east, GEO_LONGITUDE_MAX)
    point.latitude = middle(box.south, box.north, GEO_LATITUDE_MAX)
    return point


cdef void geo_text(double score, char* target) noexcept nogil:
    """Write the standard geohash of a score's place, GEO_TEXT_BYTES long.

    52 bits are ten digits and a bit more. The eleventh digit is always zero.
    """
    cdef uint64_t bits = place_bits(geo_decode(score), GEO_POLE, GEO_STEPS)
    cdef int i
    for i in range(GEO_TEXT_BYTES - 1):
        target[i] = DIGITS[bits >> (SCORE_BITS - TEXT_DIGIT_BITS * (i + 1)) & 31]
    target[GEO_TEXT_BYTES - 1] = DIGITS[0]


# --- distances


cdef inline double radians(double degrees) noexcept nogil:
    return degrees * GEO_DEGREE


cdef inline double degrees_of(double angle) noexcept nogil:
    return angle / GEO_DEGREE


cdef double geo_distance(Point a, Point b) noexcept nogil:
    """The way along the surface in metres, by the haversine formula; on one meridian it is the arc."""
    cdef double latitude = radians(a.latitude)
    cdef double other = radians(b.latitude)
    cdef double v = sin((radians(b.longitude) - radians(a.longitude)) / 2)
    cdef double u, root
    if v == 0:
        return GEO_EARTH_RADIUS_M * fabs(other - latitude)
    u = sin((other - latitude) / 2)
    root = sqrt(u * u + cos(latitude) * cos(other) * v * v)
    # Between opposite places a rounding error must not make a NaN, which no score may be.
    return 2.0 * GEO_EARTH_RADIUS_M * asin(root if root < 1.0 else 1.0)


cdef inline bint is_far_north_or_south(Point a, Point b, double distance) noexcept nogil:
    """Whether the latitudes alone tell that two places are farther apart than some metres.

    This saves most of the sines. The margin is wide against the rounding errors of `geo_distance`.
    """
    return GEO_EARTH_RADIUS_M * radians(fabs(a.latitude - b.latitude)) > distance * 1.000001 + 1.0


cdef bint is_in_box(const Shape* shape, Point point) noexcept nogil:
    """Whether a place is not too far from the box's middle lines, the one measured on the place's own parallel."""
    cdef Point beside = point
    cdef Point below = point
    beside.longitude = shape.center.longitude
    below.latitude = shape.center.latitude
    return not (geo_distance(point, beside) > shape.width * shape.unit_m / 2
                or geo_distance(point, below) > shape.height * shape.unit_m / 2)


cdef bint geo_within(const Shape* shape, double score, double* distance) noexcept nogil:
    """Whether the place of a score is in a shape; if so, `distance` becomes that from the centre, in metres."""
    cdef Point point = geo_decode(score)
    cdef double radius
    if shape.kind == SHAPE_CIRCLE:
        radius = shape.radius * shape.unit_m
        if is_far_north_or_south(shape.center, point, radius):
            return False
        distance[0] = geo_distance(shape.center, point)
        return not distance[0] > radius
    if is_far_north_or_south(shape.center, point, shape.height * shape.unit_m / 2) or not is_in_box(shape, point):
        return False
    distance[0] = geo_distance(shape.center, point)
    return True


# --- areas


cdef Box bounding_box(const Shape* shape) noexcept nogil:
    """The borders of a shape. Nearer the pole a degree of longitude is shorter, so the side there decides."""
    cdef bint circle = shape.kind == SHAPE_CIRCLE
    cdef double up = shape.unit_m * (shape.radius if circle else shape.height / 2)
    cdef double along = shape.unit_m * (shape.radius if circle else shape.width / 2)
    cdef Point center = shape.center
    cdef double rise = degrees_of(up / GEO_EARTH_RADIUS_M)
    cdef double edge = center.latitude - rise if center.latitude < 0 else center.latitude + rise
    cdef double reach = degrees_of(along / GEO_EARTH_RADIUS_M / cos(radians(edge)))
    cdef Box box
    box.west = center.longitude - reach
    box.east = center.longitude + reach
    box.south = center.latitude - rise
    box.north = center.latitude + rise
    return box


cdef double reach_m(const Shape* shape) noexcept nogil:
    """The metres from the centre to the farthest point of a shape."""
    if shape.kind == SHAPE_CIRCLE:
        return shape.radius * shape.unit_m
    return sqrt((shape.width / 2) * (shape.width / 2) + (shape.height / 2) * (shape.height / 2)) * shape.unit_m


cdef int steps_for(double reach, double latitude) noexcept nogil:
    """How small cells may be so that nine of them cover what lies within `reach` metres, by estimation."""
    cdef int steps = 1
    if reach == 0:
        return GEO_STEPS
    while reach < GEO_MAP_EDGE_M:
        reach *= 2
        steps += 1
    steps -= 2
    # Towards the poles cells become narrower.
    if latitude > 66 or latitude < -66:
        steps -= 1
        if latitude > 80 or latitude < -80:
            steps -= 1
    return min(max(steps, 1), <int>GEO_STEPS)


cdef inline Cell cell_at(Point point, int steps) noexcept nogil:
    cdef Cell cell
    cell.bits = place_bits(point, GEO_LATITUDE_MAX, steps)
    cell.steps = steps
    return cell


cdef bint neighbours_cover(Cell cell, const Box* bounds) noexcept nogil:
    """Whether the four nearest neighbours reach as far as a shape does; where a bound is NaN they do."""
    return not (cell_box(neighbour(cell, 0, 1)).north < bounds.north
                or cell_box(neighbour(cell, 0, -1)).south > bounds.south
                or cell_box(neighbour(cell, 1, 0)).east < bounds.east
                or cell_box(neighbour(cell, -1, 0)).west > bounds.west)


cdef void geo_areas(const Shape* shape, Cell* areas) noexcept nogil:
    """Fill `areas`, GEO_AREAS of them, with the cells that a search must look at, in redis-server's order.

    Some of them are no cells (0 steps): those on whose side the shape does not leave the middle cell.
    """
    cdef Box bounds = bounding_box(shape)
    cdef int steps = steps_for(reach_m(shape), shape.center.latitude)
    cdef Cell cell = cell_at(shape.center, steps)
    cdef Box box
    if steps > 1 and not neighbours_cover(cell, &bounds):
        steps -= 1
        cell = cell_at(shape.center, steps)
    box = cell_box(cell)
    areas[0] = cell
    areas[1] = neighbour(cell, 0, 1)
    areas[2] = neighbour(cell, 0, -1)
    areas[3] = neighbour(cell, 1, 0)
    areas[4] = neighbour(cell, -1, 0)
    areas[5] = neighbour(cell, 1, 1)
    areas[6] = neighbour(cell, -1, 1)
    areas[7] = neighbour(cell, 1, -1)
    areas[8] = neighbour(cell, -1, -1)
    if steps < 2:
        return
    if box.south < bounds.south:
        areas[2].steps = areas[7].steps = areas[8].steps = 0
    if box.north > bounds.north:
        areas[1].steps = areas[5].steps = areas[6].steps = 0
    if box.west < bounds.west:
        areas[4].steps = areas[6].steps = areas[8].steps = 0
    if box.east > bounds.east:
        areas[3].steps = areas[5].steps = areas[7].steps = 0


# --- test faces


cdef Point point_of(double longitude, double latitude) noexcept nogil:
    cdef Point point
    point.longitude = longitude
    point.latitude = latitude
    return point


def place_score(longitude: float, latitude: float) -> int | None:
    """Test face of `geo_encode`; None for a place that is not on the map."""
    cdef Point point = point_of(longitude, latitude)
    return geo_encode(point) if geo_is_valid(point) else None


def score_place(score: float) -> tuple[float, float]:
    """Test face of `geo_decode`."""
    cdef Point point = geo_decode(score)
    return point.longitude, point.latitude


def score_text(score: float) -> bytes:
    """Test face of `geo_text`."""
    cdef char text[GEO_TEXT_BYTES]
    geo_text(score, text)
    return text[:GEO_TEXT_BYTES]


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Test face of `geo_distance`: between two pairs of longitude and latitude."""
    return geo_distance(point_of(a[0], a[1]), point_of(b[0], b[1]))


cdef Shape shape_of(tuple center, object radius, object width, object height):
    cdef Shape shape
    shape.kind = SHAPE_BOX if radius is None else SHAPE_CIRCLE
    shape.center = point_of(center[0], center[1])
    shape.radius = radius or 0
    shape.width = width or 0
    shape.height = height or 0
    shape.unit_m = 1
    return shape


def search_areas(
    center: tuple[float, float], radius: float | None = None, width: float = 0, height: float = 0
) -> list[tuple[int, int]]:
    """Test face of `geo_areas`: the bits and the steps of each area, for a circle or (no radius) a box, in metres."""
    cdef Shape shape = shape_of(center, radius, width, height)
    cdef Cell areas[GEO_AREAS]
    geo_areas(&shape, areas)
    return [(areas[i].bits, areas[i].steps) for i in range(GEO_AREAS)]


def distance_within(
    score: float, center: tuple[float, float], radius: float | None = None, width: float = 0, height: float = 0
) -> float | None:
    """Test face of `geo_within`: the distance, or None for a place that is not in the shape."""
    cdef Shape shape = shape_of(center, radius, width, height)
    cdef double distance
    return distance if geo_within(&shape, score, &distance) else None
