# Places on earth as scores of sorted sets: 52-bit geohashes, the areas a search looks at, and distances.
from libc.stdint cimport uint64_t

cdef enum:
    GEO_STEPS = 26                      # bits of each coordinate in a score
    GEO_TEXT_BYTES = 11
    GEO_AREAS = 9

    SHAPE_CIRCLE = 0
    SHAPE_BOX = 1

cdef struct Point:
    double longitude                    # degrees
    double latitude

cdef struct Cell:                       # a rectangle of the map
    uint64_t bits                       # of latitude and longitude in turn, the longitude's first
    int steps                           # how many of each; 0: no cell

cdef struct Shape:                      # what a search is for
    int kind                            # SHAPE_*
    Point center
    double radius                       # in units, as are width and height
    double width
    double height
    double unit_m

cdef bint geo_is_valid(Point point) noexcept nogil
cdef uint64_t geo_encode(Point point) noexcept nogil
cdef Point geo_decode(double score) noexcept nogil
cdef void geo_text(double score, char* target) noexcept nogil
cdef double geo_distance(Point a, Point b) noexcept nogil
cdef bint geo_within(const Shape* shape, double score, double* distance) noexcept nogil
cdef void geo_areas(const Shape* shape, Cell* areas) noexcept nogil
cdef void cell_scores(Cell cell, double* first, double* end) noexcept nogil
