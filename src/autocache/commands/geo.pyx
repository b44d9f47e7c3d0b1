"""The geo commands on single members: a geo index is a sorted set whose scores are geohashes (see types/geohash).

Any sorted set will do: a score that no GEOADD made stands for some place, too.
"""

from libc.stdio cimport snprintf

from autocache.base.numbers cimport DOUBLE_TEXT_BYTES_MAX, format_long_double
from autocache.commands.args cimport arg_is, find_typed, key_at, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.zsets cimport COUNTS_CHANGES, put_scores, score_arg
from autocache.keyspace.db cimport Found
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport Out, out_array, out_bulk, out_error, out_null, out_null_array, out_raw
from autocache.types.entry cimport TYPE_ZSET
from autocache.types.geohash cimport (
    GEO_TEXT_BYTES,
    Point,
    geo_decode,
    geo_distance,
    geo_encode,
    geo_is_valid,
    geo_text,
)
from autocache.types.sorted cimport PUT_NX, PUT_XX
from autocache.types.zset cimport zset_score

from autocache.commands.declare import declare

cdef enum:
    SCORES_ON_STACK = 32
    NUMBER_BYTES_MAX = 512              # a double with six digits after the point

cdef double METRES = 1
cdef double METRES_OF_KM = 1000
cdef double METRES_OF_FT = 0.3048
cdef double METRES_OF_MI = 1609.34


# --- what the geo commands share


cdef bint place_arg(Request* request, int position, Point* point) noexcept nogil:
    """Read two arguments as a longitude and a latitude that are on the map."""
    cdef char text[2 * NUMBER_BYTES_MAX]
    if not score_arg(request, position, &point.longitude) or not score_arg(request, position + 1, &point.latitude):
        return False
    if geo_is_valid(point[0]):
        return True
    snprintf(text, sizeof(text), b"ERR invalid longitude,latitude pair %f,%f", point.longitude, point.latitude)
    out_error(request.out, text)
    return False


cdef bint unit_arg(Request* request, int position, double* unit_m) noexcept nogil:
    """Read an argument as a unit of length."""
    if arg_is(&request.argv[position], b"m", 1):
        unit_m[0] = METRES
    elif arg_is(&request.argv[position], b"km", 2):
        unit_m[0] = METRES_OF_KM
    elif arg_is(&request.argv[position], b"ft", 2):
        unit_m[0] = METRES_OF_FT
    elif arg_is(&request.argv[position], b"mi", 2):
        unit_m[0] = METRES_OF_MI
    else:
        out_error(request.out, b"ERR unsupported unit provided. please use M, KM, FT, MI")
        return False
    return True


cdef void out_coordinate(Out* out, double degrees) noexcept nogil:
    """A coordinate with 17 digits after the point and no zeros at the end: a double in RESP3."""
    cdef char text[DOUBLE_TEXT_BYTES_MAX]
    cdef int length = format_long_double(text, <long double>degrees)
    if out.protocol == 2:
        out_bulk(out, text, length)
        return
    out_raw(out, b",", 1)
    out_raw(out, text, length)
    out_raw(out, b"\r\n", 2)


cdef void out_place(Out* out, Point point) noexcept nogil:
    out_array(out, 2)
    out_coordinate(out, point.longitude)
    out_coordinate(out, point.latitude)


cdef void out_distance(Out* out, double distance) noexcept nogil:
    """A distance with four digits after the point, a string in RESP3, too."""
    cdef char text[NUMBER_BYTES_MAX]
    out_bulk(out, text, snprintf(text, sizeof(text), b"%.4f", distance))


cdef bint score_at(Request* request, const Found* found, int position, double* score) noexcept nogil:
    """The score of the member that an argument names; False if there is no such member, or no key."""
    return found.slot != NULL and zset_score(found.entry, key_at(request, position), score)


# --- commands


declare(
    <size_t>geoadd_command,
    "GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]", arity=-5, group="geo",
    flags="write denyoom", keys="RW update@1", since="3.2.0",
    complexity="O(log(N)) for each member, where N is the number of members of the index.",
    about="Adds members with their places to a geo index, or moves those that are there.",
)
cdef void geoadd_command(Request* request) noexcept nogil:
    cdef double on_stack[SCORES_ON_STACK]
    cdef double* scores = on_stack
    cdef Point point
    cdef int options = 0
    cdef int count, i
    cdef int first = geoadd_options(request, &options)
    if (request.argc - first) % 3 or request.argc == first or (options & PUT_NX and options & PUT_XX):
        syntax_error(request)
        return
    count = (request.argc - first) // 3
    if count > SCORES_ON_STACK:
        scores = <double*>mem_alloc(count * sizeof(double))
    for i in range(count):
        if not place_arg(request, first + 3 * i, &point):
            break
        scores[i] = <double>geo_encode(point)
    else:
        put_scores(request, first + 2, 3, count, scores, options)
    if scores != on_stack:
        mem_free(scores)


cdef int geoadd_options(Request* request, int* options) noexcept nogil:
    """Read GEOADD's options; where the first longitude is."""
    cdef int i = 2
    while i < request.argc:
        if arg_is(&request.argv[i], b"nx", 2):
            options[0] |= PUT_NX
        elif arg_is(&request.argv[i], b"xx", 2):
            options[0] |= PUT_XX
        elif arg_is(&request.argv[i], b"ch", 2):
            options[0] |= COUNTS_CHANGES
        else:
            break
        i += 1
    return i


declare(
    <size_t>geodist_command, "GEODIST key member1 member2 [M | KM | FT | MI]", arity=-4, group="geo",
    flags="readonly", keys="RO access@1", since="3.2.0",
    complexity="O(log(N))", about="Returns the distance between two members of a geo index.",
)
cdef void geodist_command(Request* request) noexcept nogil:
    cdef Found found
    cdef double unit_m = METRES
    cdef double score, other
    if request.argc > 5:
        syntax_error(request)
        return
    if request.argc == 5 and not unit_arg(request, 4, &unit_m):
        return
    if not find_typed(request, 1, TYPE_ZSET, 0, &found):
        return
    if score_at(request, &found, 2, &score) and score_at(request, &found, 3, &other):
        out_distance(request.out, geo_distance(geo_decode(score), geo_decode(other)) / unit_m)
    else:
        out_null(request.out)


declare(
    <size_t>geohash_command, "GEOHASH key member [member ...]", arity=-2, group="geo", flags="readonly",
    keys="RO access@1", since="3.2.0",
    complexity="O(log(N)) for each member, where N is the number of members of the index.",
    about="Returns the places of members of a geo index as standard geohashes.",
)
cdef void geohash_command(Request* request) noexcept nogil:
    cdef Found found
    cdef char text[GEO_TEXT_BYTES]
    cdef double score
    cdef int i
    if not find_typed(request, 1, TYPE_ZSET, 0, &found):
        return
    out_array(request.out, request.argc - 2)
    for i in range(2, request.argc):
        if score_at(request, &found, i, &score):
            geo_text(score, text)
            out_bulk(request.out, text, GEO_TEXT_BYTES)
        else:
            out_null(request.out)


declare(
    <size_t>geopos_command, "GEOPOS key member [member ...]", arity=-2, group="geo", flags="readonly",
    keys="RO access@1", since="3.2.0",
    complexity="O(N) where N is the number of members that are asked for.",
    about="Returns the longitudes and latitudes of members of a geo index.",
)
cdef void geopos_command(Request* request) noexcept nogil:
    cdef Found found
    cdef double score
    cdef int i
    if not find_typed(request, 1, TYPE_ZSET, 0, &found):
        return
    out_array(request.out, request.argc - 2)
    for i in range(2, request.argc):
        if score_at(request, &found, i, &score):
            out_place(request.out, geo_decode(score))
        else:
            out_null_array(request.out)
