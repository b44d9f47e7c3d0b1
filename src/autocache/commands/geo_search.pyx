"""The geo commands that search an index for what lies in a circle or in a box.

All six are one search with different words for the centre and the shape. It goes through at most nine cells of the map
(types/geohash: `geo_areas`), in each by ascending score, and looks at every member there. Without an order, and with
nothing to be stored, what is found is replied at once. Else it is gathered first, the members being views into the
sorted set, which does not change meanwhile.

Members at the same distance are replied in redis-server's order. If all that was found is wanted, that is the order in
which they were found. If COUNT wants fewer, it is what a quicksort leaves that sorts only the part that is wanted: so
`sort_first` is that of Bentley and McIlroy ("Engineering a sort function", 1993), pivot by pivot.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy, strlen

from autocache.base.bytes cimport View
from autocache.base.numbers cimport parse_double
from autocache.commands.args cimport arg_is, find_typed, int_arg, key_at, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.geo cimport out_distance, out_place, place_arg, unit_arg
from autocache.commands.zsets cimport store_zset
from autocache.keyspace.db cimport Found, fresh_access
from autocache.memory.alloc cimport mem_free, mem_realloc
from autocache.resp.out cimport (
    out_array,
    out_defer,
    out_defer_end,
    out_error,
    out_error_form,
    out_int,
    out_view,
)
from autocache.types.entry cimport TYPE_ZSET, Entry, entry_new_value
from autocache.types.geohash cimport (
    GEO_AREAS,
    SHAPE_BOX,
    SHAPE_CIRCLE,
    Cell,
    Shape,
    cell_scores,
    geo_areas,
    geo_decode,
    geo_within,
)
from autocache.types.sorted cimport Ranks, ScoreRange
from autocache.types.zset cimport (
    ZsetWalk,
    zset_add,
    zset_create,
    zset_score,
    zset_score_ranks,
    zset_walk_begin,
    zset_walk_next,
)

from autocache.commands.declare import declare

cdef enum:
    # What a command takes.
    TAKES_STORE = 1 << 0                # STORE and STOREDIST, with a key
    TAKES_SHAPE = 1 << 1                # FROMMEMBER, FROMLONLAT, BYRADIUS, BYBOX
    TAKES_STOREDIST = 1 << 2            # STOREDIST, alone

    # What was given.
    GIVES_COORDINATES = 1 << 0
    GIVES_DISTANCE = 1 << 1
    GIVES_SCORE = 1 << 2
    ANY = 1 << 3
    STORES_DISTANCE = 1 << 4
    FROM_MEMBER = 1 << 5
    FROM_PLACE = 1 << 6
    BY_RADIUS = 1 << 7
    BY_BOX = 1 << 8

    ASCENDING = 1
    DESCENDING = -1

    # What reading one option came to.
    UNKNOWN = 0
    READ = 1
    FAILED = -1                         # the error is replied

    HITS_ROOM_MIN = 32
    MEMBER_INT_BYTES = 24
    SHORT_RUN = 7                       # of the quicksort: shorter runs are sorted by insertion
    LONG_RUN = 40                       # of longer runs the pivot is the median of nine

cdef struct Hit:                        # a member that was found
    double distance                     # metres
    double score
    uint64_t number                     # the how manyth
    View member                         # `ptr` NULL: it is in `text`
    char text[MEMBER_INT_BYTES]         # a member that was an integer

cdef struct Search:
    Request* request
    Entry* zset                         # NULL: no such key
    int takes                           # TAKES_*
    int given
    int order                           # ASCENDING, DESCENDING or 0: as they are found
    int store_at                        # the argument that is the key to store under; 0: none
    int64_t count                       # 0: all
    Shape shape
    Hit* hits                           # owned
    uint64_t found
    uint64_t capacity


# --- options


cdef bint length_arg(Request* request, int position, const char* error, double* value) noexcept nogil:
    if parse_double(request.argv[position].ptr, request.argv[position].len, value):
        return True
    out_error(request.out, error)
    return False


cdef bint radius_args(Search* search, int position) noexcept nogil:
    """Read a radius and its unit."""
    cdef Request* request = search.request
    search.shape.kind = SHAPE_CIRCLE
    if not length_arg(request, position, b"ERR need numeric radius", &search.shape.radius):
        return False
    if search.shape.radius < 0:
        out_error(request.out, b"ERR radius cannot be negative")
        return False
    return unit_arg(request, position + 1, &search.shape.unit_m)


cdef bint box_args(Search* search, int position) noexcept nogil:
    """Read a width, a height and their unit."""
    cdef Request* request = search.request
    search.shape.kind = SHAPE_BOX
    if not length_arg(request, position, b"ERR need numeric width", &search.shape.width):
        return False
    if not length_arg(request, position + 1, b"ERR need numeric height", &search.shape.height):
        return False
    if search.shape.width < 0 or search.shape.height < 0:
        out_error(request.out, b"ERR height or width cannot be negative")
        return False
    return unit_arg(request, position + 2, &search.shape.unit_m)


cdef bint member_arg(Search* search, int position) noexcept nogil:
    """Read a member, whose place is the centre; without a key any will do."""
    cdef double score
    if search.zset == NULL:
        return True
    if zset_score(search.zset, key_at(search.request, position), &score):
        search.shape.center = geo_decode(score)
        return True
    out_error(search.request.out, b"ERR could not decode requested zset member")
    return False


cdef bint count_option(Search* search, int position) noexcept nogil:
    if not int_arg(search.request, position, &search.count):
        return False
    if search.count > 0:
        return True
    out_error(search.request.out, b"ERR COUNT must be > 0")
    return False


cdef int plain_option(Search* search, int* position) noexcept nogil:
    """Read an option that all of the commands have. `position` moves to its last word."""
    cdef Request* request = search.request
    cdef int i = position[0]
    if arg_is(&request.argv[i], b"withdist", 8):
        search.given |= GIVES_DISTANCE
    elif arg_is(&request.argv[i], b"withhash", 8):
        search.given |= GIVES_SCORE
    elif arg_is(&request.argv[i], b"withcoord", 9):
        search.given |= GIVES_COORDINATES
    elif arg_is(&request.argv[i], b"any", 3):
        search.given |= ANY
    elif arg_is(&request.argv[i], b"asc", 3):
        search.order = ASCENDING
    elif arg_is(&request.argv[i], b"desc", 4):
        search.order = DESCENDING
    elif arg_is(&request.argv[i], b"count", 5) and i + 1 < request.argc:
        position[0] = i + 1
        return READ if count_option(search, i + 1) else FAILED
    else:
        return UNKNOWN
    return READ


cdef int shape_option(Search* search, int* position) noexcept nogil:
    """Read an option that tells the centre or the shape."""
    cdef Request* request = search.request
    cdef int i = position[0]
    cdef int left = request.argc - i - 1
    cdef int words
    cdef bint read
    if arg_is(&request.argv[i], b"frommember", 10) and left >= 1 and not search.given & FROM_PLACE:
        words = 1
        search.given |= FROM_MEMBER
        read = member_arg(search, i + 1)
    elif arg_is(&request.argv[i], b"fromlonlat", 10) and left >= 2 and not search.given & FROM_MEMBER:
        words = 2
        search.given |= FROM_PLACE
        read = place_arg(request, i + 1, &search.shape.center)
    elif arg_is(&request.argv[i], b"byradius", 8) and left >= 2 and not search.given & BY_BOX:
        words = 2
        search.given |= BY_RADIUS
        read = radius_args(search, i + 1)
    elif arg_is(&request.argv[i], b"bybox", 5) and left >= 3 and not search.given & BY_RADIUS:
        words = 3
        search.given |= BY_BOX
        read = box_args(search, i + 1)
    else:
        return UNKNOWN
    position[0] = i + words
    return READ if read else FAILED


cdef int store_option(Search* search, int* position) noexcept nogil:
    """Read an option that tells where, or what, to store."""
    cdef Request* request = search.request
    cdef int i = position[0]
    cdef bint distance = arg_is(&request.argv[i], b"storedist", 9)
    if search.takes & TAKES_STOREDIST and distance:
        search.given |= STORES_DISTANCE
        return READ
    if not search.takes & TAKES_STORE or i + 1 >= request.argc:
        return UNKNOWN
    if not distance and not arg_is(&request.argv[i], b"store", 5):
        return UNKNOWN
    # The last one counts.
    search.given = search.given | STORES_DISTANCE if distance else search.given & ~STORES_DISTANCE
    search.store_at = position[0] = i + 1
    return READ


cdef bint read_options(Search* search, int first) noexcept nogil:
    """Read all options from an argument on, and check that they go together."""
    cdef Request* request = search.request
    cdef int i = first
    cdef int done
    while i < request.argc:
        done = plain_option(search, &i)
        if done == UNKNOWN and search.takes & TAKES_SHAPE:
            done = shape_option(search, &i)
        if done == UNKNOWN:
            done = store_option(search, &i)
        if done == UNKNOWN:
            syntax_error(request)
        if done != READ:
            return False
        i += 1
    return options_agree(search)


cdef bint options_agree(Search* search) noexcept nogil:
    cdef Request* request = search.request
    cdef const char* words
    if search.store_at and search.given & (GIVES_COORDINATES | GIVES_DISTANCE | GIVES_SCORE):
        words = b"GEOSEARCHSTORE" if search.takes & TAKES_SHAPE else b"STORE option in GEORADIUS"
        out_error_form(request.out, b"ERR % is not compatible with WITHDIST, WITHHASH and WITHCOORD options", words,
                       strlen(words))
    elif search.takes & TAKES_SHAPE and not search.given & (FROM_MEMBER | FROM_PLACE):
        out_error_form(request.out, b"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %",
                       request.argv[0].ptr, request.argv[0].len)
    elif search.takes & TAKES_SHAPE and not search.given & (BY_RADIUS | BY_BOX):
        out_error_form(request.out, b"ERR exactly one of BYRADIUS and BYBOX can be specified for %",
                       request.argv[0].ptr, request.argv[0].len)
    elif search.given & ANY and not search.count:
        out_error(request.out, b"ERR the ANY argument requires COUNT argument")
    else:
        return True
    return False


# --- searching


cdef void add_hit(Search* search, const ZsetWalk* walk, double distance) noexcept nogil:
    cdef Hit* hit
    if search.found == search.capacity:
        search.capacity = search.capacity * 2 if search.capacity else HITS_ROOM_MIN
        search.hits = <Hit*>mem_realloc(search.hits, search.capacity * sizeof(Hit))
    hit = &search.hits[search.found]
    hit.distance = distance
    hit.score = walk.score
    hit.number = search.found
    hit.member = walk.member
    if walk.member.ptr == walk.text:
        memcpy(hit.text, walk.text, walk.member.len)
        hit.member.ptr = NULL


cdef void reply_hit(Search* search, View member, double score, double distance) noexcept nogil:
    """One element of the reply: the member, or an array of it and what is asked for with it."""
    cdef Request* request = search.request
    cdef int given = search.given
    if given & (GIVES_COORDINATES | GIVES_DISTANCE | GIVES_SCORE):
        out_array(request.out, 1 + (given & GIVES_COORDINATES != 0) + (given & GIVES_DISTANCE != 0)
                  + (given & GIVES_SCORE != 0))
    out_view(request.out, member)
    if given & GIVES_DISTANCE:
        out_distance(request.out, distance / search.shape.unit_m)
    if given & GIVES_SCORE:
        out_int(request.out, <int64_t>score)
    if given & GIVES_COORDINATES:
        out_place(request.out, geo_decode(score))


cdef void search_area(Search* search, Cell area, bint gathers, uint64_t limit) noexcept nogil:
    """Find what lies in one area, until there are `limit` hits, and gather it or reply it."""
    cdef ScoreRange scores
    cdef ZsetWalk walk
    cdef Ranks ranks
    cdef double distance
    scores.min_open = False
    scores.max_open = True
    cell_scores(area, &scores.min, &scores.max)
    ranks = zset_score_ranks(search.zset, &scores)
    if ranks.count == 0:
        return
    zset_walk_begin(&walk, search.zset, ranks.first, False)
    while ranks.count and search.found < limit and zset_walk_next(&walk):
        ranks.count -= 1
        if not geo_within(&search.shape, walk.score, &distance):
            continue
        if gathers:
            add_hit(search, &walk, distance)
        else:
            reply_hit(search, walk.member, walk.score, distance)
        search.found += 1


cdef void search_areas(Search* search, bint gathers) noexcept nogil:
    """Search all areas; a large shape may have the same one twice in a row."""
    cdef Cell areas[GEO_AREAS]
    cdef uint64_t limit = <uint64_t>search.count if search.given & ANY else <uint64_t>-1
    cdef int last = 0
    cdef int i
    geo_areas(&search.shape, areas)
    for i in range(GEO_AREAS):
        if areas[i].steps == 0 or (last and areas[i].bits == areas[last].bits):
            continue
        search_area(search, areas[i], gathers, limit)
        last = i


# --- sorting


cdef inline int compare(const Hit* a, const Hit* b, int order) noexcept nogil:
    if a.distance == b.distance:
        return 0
    return order if a.distance > b.distance else -order


cdef int by_rising_distance(const void* left, const void* right) noexcept nogil:
    cdef int found = compare(<const Hit*>left, <const Hit*>right, ASCENDING)
    return found if found else (1 if (<const Hit*>left).number > (<const Hit*>right).number else -1)


cdef int by_falling_distance(const void* left, const void* right) noexcept nogil:
    cdef int found = compare(<const Hit*>left, <const Hit*>right, DESCENDING)
    return found if found else (1 if (<const Hit*>left).number > (<const Hit*>right).number else -1)


cdef inline void swap(Hit* a, Hit* b) noexcept nogil:
    cdef Hit kept = a[0]
    a[0] = b[0]
    b[0] = kept


cdef void swap_runs(Hit* a, Hit* b, uint64_t count) noexcept nogil:
    cdef uint64_t i
    for i in range(count):
        swap(a + i, b + i)


cdef Hit* median(Hit* a, Hit* b, Hit* c, int order) noexcept nogil:
    if compare(a, b, order) < 0:
        if compare(b, c, order) < 0:
            return b
        return c if compare(a, c, order) < 0 else a
    if compare(b, c, order) > 0:
        return b
    return a if compare(a, c, order) < 0 else c


cdef Hit* choose_pivot(Hit* run, uint64_t length, int order) noexcept nogil:
    cdef Hit* low = run
    cdef Hit* middle = run + length // 2
    cdef Hit* high = run + length - 1
    cdef uint64_t eighth = length // 8
    if length == SHORT_RUN:
        return middle
    if length > LONG_RUN:
        low = median(low, low + eighth, low + 2 * eighth, order)
        middle = median(middle - eighth, middle, middle + eighth, order)
        high = median(high - 2 * eighth, high - eighth, high, order)
    return median(low, middle, high, order)


cdef void partition(Hit* run, uint64_t length, int order, uint64_t* below, uint64_t* above) noexcept nogil:
    """Put what comes before the pivot first and what comes after it last; `below` and `above` become their numbers.

    Equals are collected at both ends and swapped to the middle at last.
    """
    cdef Hit* end = run + length
    cdef Hit* a = run + 1
    cdef Hit* b = run + 1
    cdef Hit* c = end - 1
    cdef Hit* d = end - 1
    cdef int found
    cdef uint64_t count
    swap(run, choose_pivot(run, length, order))
    while True:
        while b <= c:
            found = compare(b, run, order)
            if found > 0:
                break
            if found == 0:
                swap(a, b)
                a += 1
            b += 1
        while b <= c:
            found = compare(c, run, order)
            if found < 0:
                break
            if found == 0:
                swap(c, d)
                d -= 1
            c -= 1
        if b > c:
            break
        swap(b, c)
        b += 1
        c -= 1
    below[0] = b - a
    above[0] = d - c
    count = min(<uint64_t>(a - run), below[0])
    swap_runs(run, b - count, count)
    count = min(above[0], <uint64_t>(end - d - 1))
    swap_runs(b, end - count, count)


cdef void sort_by_insertion(Hit* run, uint64_t length, int order) noexcept nogil:
    cdef uint64_t i, j
    for i in range(1, length):
        j = i
        while j and compare(run + j - 1, run + j, order) > 0:
            swap(run + j, run + j - 1)
            j -= 1


cdef void sort_first(Hit* run, uint64_t length, uint64_t wanted, int order) noexcept nogil:
    """Sort so that at least the first `wanted` are in their places."""
    cdef uint64_t below, above
    while length >= SHORT_RUN and wanted:
        partition(run, length, order, &below, &above)
        # The shorter part by recursion, which so never goes deep; the parts do not depend on each other.
        if below < above:
            sort_first(run, below, wanted, order)
            wanted = wanted - (length - above) if wanted > length - above else 0
            run += length - above
            length = above
        else:
            if wanted > length - above:
                sort_first(run + length - above, above, wanted - (length - above), order)
            length = below
    if wanted:
        sort_by_insertion(run, length, order)


cdef uint64_t sort_hits(Search* search) noexcept nogil:
    """Put the hits in order, and return how many of them are wanted."""
    cdef uint64_t wanted = search.found
    if search.count and <uint64_t>search.count < wanted:
        wanted = <uint64_t>search.count
    if search.found < 2:
        # There is not even an array of hits where there is none.
        return wanted
    if search.order and wanted == search.found:
        qsort(search.hits, search.found, sizeof(Hit),
              by_rising_distance if search.order == ASCENDING else by_falling_distance)
    elif search.order:
        sort_first(search.hits, search.found, wanted, search.order)
    return wanted


# --- the commands


cdef inline View hit_member(const Hit* hit) noexcept nogil:
    cdef View member = hit.member
    if member.ptr == NULL:
        member.ptr = hit.text
    return member


cdef void reply_hits(Search* search) noexcept nogil:
    cdef uint64_t wanted = sort_hits(search)
    cdef uint64_t i
    out_array(search.request.out, <int64_t>wanted)
    for i in range(wanted):
        reply_hit(search, hit_member(&search.hits[i]), search.hits[i].score, search.hits[i].distance)


cdef void store_hits(Search* search) noexcept nogil:
    """Make a sorted set of the hits, with their scores or their distances."""
    cdef Request* request = search.request
    cdef Entry* zset = NULL
    cdef Hit* hit
    cdef View member
    cdef double score
    cdef uint8_t kind
    cdef void* payload
    cdef uint64_t i
    for i in range(sort_hits(search)):
        hit = &search.hits[i]
        member = hit_member(hit)
        score = hit.distance / search.shape.unit_m if search.given & STORES_DISTANCE else hit.score
        if zset == NULL:
            payload = zset_create(member, &request.ks.limits, &kind)
            zset = entry_new_value(kind, key_at(request, search.store_at), payload, -1, fresh_access(request.ks))
        zset_add(zset, member, score, &request.ks.limits)
    store_zset(request, search.store_at, zset,
               b"geosearchstore" if search.takes & TAKES_SHAPE else b"georadiusstore")


cdef void reply_at_once(Search* search) noexcept nogil:
    cdef size_t head = out_defer(search.request.out)
    search_areas(search, False)
    out_defer_end(search.request.out, head, c'*', <int64_t>search.found)


cdef void run_search(Search* search) noexcept nogil:
    """Search, once the options are read, and reply."""
    if search.zset == NULL:
        if search.store_at:
            store_zset(search.request, search.store_at, NULL, b"")
        else:
            out_array(search.request.out, 0)
        return
    # The nearest are wanted, unless any will do.
    if search.count and not search.order and not search.given & ANY:
        search.order = ASCENDING
    if not search.order and not search.store_at:
        reply_at_once(search)
        return
    search_areas(search, True)
    if search.store_at:
        store_hits(search)
    else:
        reply_hits(search)
    mem_free(search.hits)


cdef bint begin_search(Search* search, Request* request, int source, int takes) noexcept nogil:
    """Find the index that an argument names; False, with the error replied, if the key holds something else."""
    cdef Found found
    if not find_typed(request, source, TYPE_ZSET, 0, &found):
        return False
    search.request = request
    search.zset = found.entry if found.slot != NULL else NULL
    search.takes = takes
    search.given = search.order = search.store_at = 0
    search.count = 0
    search.hits = NULL
    search.found = search.capacity = 0
    return True


cdef void search_around_place(Request* request, int takes) noexcept nogil:
    cdef Search search
    if (begin_search(&search, request, 1, takes) and place_arg(request, 2, &search.shape.center)
            and radius_args(&search, 4) and read_options(&search, 6)):
        run_search(&search)


cdef void search_around_member(Request* request, int takes) noexcept nogil:
    cdef Search search
    if not begin_search(&search, request, 1, takes):
        return
    # Without a key nobody looks at the radius.
    if search.zset != NULL and (not member_arg(&search, 2) or not radius_args(&search, 3)):
        return
    if read_options(&search, 5):
        run_search(&search)


declare(
    <size_t>georadius_command,
    "GEORADIUS key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
    " [COUNT count [ANY]] [ASC | DESC] [STORE key] [STOREDIST key]", arity=-6, group="geo",
    flags="write denyoom", keys="RO access@1, OW update@STORE+6, OW update@STOREDIST+6", since="3.2.0",
    complexity="O(N+log(M)) where N is the number of members near the circle and M that of all members.",
    about="Finds the members of a geo index that lie in a circle around a place, and returns or stores them.",
)
cdef void georadius_command(Request* request) noexcept nogil:
    search_around_place(request, TAKES_STORE)


declare(
    <size_t>georadius_ro_command,
    "GEORADIUS_RO key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
    " [COUNT count [ANY]] [ASC | DESC]", arity=-6, group="geo", flags="readonly", keys="RO access@1", since="3.2.10",
    complexity="O(N+log(M)) where N is the number of members near the circle and M that of all members.",
    about="Returns the members of a geo index that lie in a circle around a place.",
)
cdef void georadius_ro_command(Request* request) noexcept nogil:
    search_around_place(request, 0)


declare(
    <size_t>georadiusbymember_command,
    "GEORADIUSBYMEMBER key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
    " [COUNT count [ANY]] [ASC | DESC] [STORE key] [STOREDIST key]", arity=-5, group="geo",
    flags="write denyoom", keys="RO access@1, OW update@STORE+5, OW update@STOREDIST+5", since="3.2.0",
    complexity="O(N+log(M)) where N is the number of members near the circle and M that of all members.",
    about="Finds the members of a geo index that lie in a circle around one of them, and returns or stores them.",
)
cdef void georadiusbymember_command(Request* request) noexcept nogil:
    search_around_member(request, TAKES_STORE)


declare(
    <size_t>georadiusbymember_ro_command,
    "GEORADIUSBYMEMBER_RO key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
    " [COUNT count [ANY]] [ASC | DESC]", arity=-5, group="geo", flags="readonly", keys="RO access@1", since="3.2.10",
    complexity="O(N+log(M)) where N is the number of members near the circle and M that of all members.",
    about="Returns the members of a geo index that lie in a circle around one of them.",
)
cdef void georadiusbymember_ro_command(Request* request) noexcept nogil:
    search_around_member(request, 0)


declare(
    <size_t>geosearch_command,
    "GEOSEARCH key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI>"
    " | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
    arity=-7, group="geo", flags="readonly", keys="RO access@1", since="6.2.0",
    complexity="O(N+log(M)) where N is the number of members near the shape and M that of all members.",
    about="Returns the members of a geo index that lie in a circle or a box.",
)
cdef void geosearch_command(Request* request) noexcept nogil:
    cdef Search search
    if begin_search(&search, request, 1, TAKES_SHAPE) and read_options(&search, 2):
        run_search(&search)


declare(
    <size_t>geosearchstore_command,
    "GEOSEARCHSTORE destination source <FROMMEMBER member | FROMLONLAT longitude latitude>"
    " <BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI>> [ASC | DESC]"
    " [COUNT count [ANY]] [STOREDIST]", arity=-8, group="geo", flags="write denyoom",
    keys="OW update@1, RO access@2", since="6.2.0",
    complexity="O(N+log(M)) where N is the number of members near the shape and M that of all members.",
    about="Stores the members of a geo index that lie in a circle or a box, and tells how many there are.",
)
cdef void geosearchstore_command(Request* request) noexcept nogil:
    cdef Search search
    if not begin_search(&search, request, 2, TAKES_SHAPE | TAKES_STOREDIST):
        return
    search.store_at = 1
    if read_options(&search, 3):
        run_search(&search)
