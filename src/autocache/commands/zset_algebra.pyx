"""The commands that combine sorted sets, and sets, whose members count as having the score 1.

A result is gathered in a table without order, where the score of a member is at hand while the sources are walked, and
gets its order at the end (types/zset, `sorted_order`). It is in no database until it is stored.

Sums never become NaN: infinities of both signs, and zero times infinity, give 0.
"""

from libc.math cimport isnan
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy

from autocache.base.bytes cimport View
from autocache.base.numbers cimport parse_double, parse_int64
from autocache.commands.args cimport arg_is, int_arg, key_at, syntax_error, wrong_type
from autocache.commands.context cimport Request
from autocache.commands.zsets cimport out_pair, out_pairs_head, store_zset
from autocache.keyspace.db cimport Found, db_find, fresh_access
from autocache.keyspace.value cimport value_free
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport out_error, out_error_form, out_int
from autocache.types.entry cimport ENC_SORTED, TYPE_SET, TYPE_ZSET, Entry, entry_new_value, entry_type
from autocache.types.set cimport SetWalk, set_has, set_length, set_walk_begin, set_walk_next
from autocache.types.sorted cimport Sorted, sorted_drop, sorted_new, sorted_order, sorted_slot
from autocache.types.zset cimport ZsetWalk, zset_compact, zset_length, zset_score, zset_walk_begin, zset_walk_next

from autocache.commands.declare import declare

cdef enum:
    SOURCES_ON_STACK = 16

    UNION = 0
    INTERSECTION = 1
    DIFFERENCE = 2

    SUM = 0                             # AGGREGATE
    LEAST = 1
    GREATEST = 2

cdef struct Source:
    Entry* entry                        # a sorted set or a set, or NULL if it is absent
    double weight
    uint64_t length

cdef struct Sources:                    # what a command combines, and how
    Source* items
    int count
    int aggregate
    bint with_scores
    int64_t limit                       # of a cardinality; 0: none
    Source on_stack[SOURCES_ON_STACK]

cdef struct SourceWalk:
    bint is_set
    ZsetWalk zset
    SetWalk set
    View member
    double score


# --- sources


cdef void close_sources(Sources* sources) noexcept nogil:
    if sources.items != sources.on_stack:
        mem_free(sources.items)


cdef bint source_init(Source* source, Request* request, int position) noexcept nogil:
    """Look a source up; False if the key holds something else."""
    cdef Found found
    source.entry = NULL
    source.weight = 1
    source.length = 0
    if not db_find(request.ks, request.db, key_at(request, position), &found, 0):
        return True
    source.entry = found.entry
    if entry_type(found.entry) == TYPE_SET:
        source.length = set_length(found.entry)
    elif entry_type(found.entry) == TYPE_ZSET:
        source.length = zset_length(found.entry)
    else:
        return False
    return True


cdef bint source_has(const Source* source, View member, double* score) noexcept nogil:
    if entry_type(source.entry) == TYPE_ZSET:
        return zset_score(source.entry, member, score)
    score[0] = 1
    return set_has(source.entry, member)


cdef void source_walk_begin(SourceWalk* walk, const Source* source) noexcept nogil:
    walk.is_set = entry_type(source.entry) == TYPE_SET
    if walk.is_set:
        walk.score = 1
        set_walk_begin(&walk.set, source.entry)
    else:
        zset_walk_begin(&walk.zset, source.entry, 0, False)


cdef bint source_walk_next(SourceWalk* walk) noexcept nogil:
    if walk.is_set:
        if not set_walk_next(&walk.set):
            return False
        walk.member = walk.set.member
        return True
    if not zset_walk_next(&walk.zset):
        return False
    walk.member = walk.zset.member
    walk.score = walk.zset.score
    return True


# --- arguments


cdef bint open_sources(Request* request, int numkeys_at, int operation, bint stores, bint counts,
                       Sources* sources) noexcept nogil:
    """Read all arguments from the number of keys on and look the sources up; False, with the error replied."""
    cdef int64_t keys
    cdef int i
    if not int_arg(request, numkeys_at, &keys):
        return False
    if keys < 1:
        out_error_form(request.out, b"ERR at least 1 input key is needed for '%' command", request.command.name,
                       request.command.name_len)
        return False
    if keys > request.argc - numkeys_at - 1:
        syntax_error(request)
        return False
    sources.count = <int>keys
    sources.aggregate = SUM
    sources.with_scores = False
    sources.limit = 0
    sources.items = sources.on_stack
    if sources.count > SOURCES_ON_STACK:
        sources.items = <Source*>mem_alloc(sources.count * sizeof(Source))
    for i in range(sources.count):
        if not source_init(&sources.items[i], request, numkeys_at + 1 + i):
            close_sources(sources)
            wrong_type(request)
            return False
    if not source_options(request, numkeys_at + 1 + sources.count, operation, stores, counts, sources):
        close_sources(sources)
        return False
    return True


cdef bint source_options(Request* request, int position, int operation, bint stores, bint counts,
                         Sources* sources) noexcept nogil:
    cdef bint weighs = operation != DIFFERENCE and not counts
    cdef int left
    while position < request.argc:
        left = request.argc - position
        if weighs and left > sources.count and arg_is(&request.argv[position], b"weights", 7):
            if not weights(request, position + 1, sources):
                return False
            position += 1 + sources.count
        elif weighs and left > 1 and arg_is(&request.argv[position], b"aggregate", 9):
            if not aggregate(request, position + 1, sources):
                return False
            position += 2
        elif not stores and not counts and arg_is(&request.argv[position], b"withscores", 10):
            sources.with_scores = True
            position += 1
        elif counts and left > 1 and arg_is(&request.argv[position], b"limit", 5):
            if not limit(request, position + 1, sources):
                return False
            position += 2
        else:
            syntax_error(request)
            return False
    return True


cdef bint weights(Request* request, int position, Sources* sources) noexcept nogil:
    cdef int i
    for i in range(sources.count):
        if not parse_double(request.argv[position + i].ptr, request.argv[position + i].len, &sources.items[i].weight):
            out_error(request.out, b"ERR weight value is not a float")
            return False
    return True


cdef bint aggregate(Request* request, int position, Sources* sources) noexcept nogil:
    if arg_is(&request.argv[position], b"sum", 3):
        sources.aggregate = SUM
    elif arg_is(&request.argv[position], b"min", 3):
        sources.aggregate = LEAST
    elif arg_is(&request.argv[position], b"max", 3):
        sources.aggregate = GREATEST
    else:
        syntax_error(request)
        return False
    return True


cdef bint limit(Request* request, int position, Sources* sources) noexcept nogil:
    if parse_int64(request.argv[position].ptr, request.argv[position].len, &sources.limit) and sources.limit >= 0:
        return True
    out_error(request.out, b"ERR LIMIT can't be negative")
    return False


# --- combining


cdef inline double weighed(double score, double weight) noexcept nogil:
    cdef double product = score * weight
    return 0 if isnan(product) else product


cdef inline double combined(double a, double b, int aggregate) noexcept nogil:
    if aggregate == SUM:
        a += b
        return 0 if isnan(a) else a
    if aggregate == LEAST:
        return b if b < a else a
    return b if b > a else a


cdef int by_length(const void* left, const void* right) noexcept nogil:
    cdef uint64_t a = (<const Source*>left).length
    cdef uint64_t b = (<const Source*>right).length
    return <int>(a > b) - <int>(a < b)


cdef inline void sort_sources(Sources* sources) noexcept nogil:
    """The smallest first; those of equal length in the order in which they were named, as the sort is stable."""
    qsort(sources.items, sources.count, sizeof(Source), by_length)


cdef void unite(Sources* sources, Sorted* result) noexcept nogil:
    cdef SourceWalk walk
    cdef bint added
    cdef char* slot
    cdef double score, present
    cdef int i
    sort_sources(sources)
    for i in range(sources.count):
        if sources.items[i].length == 0:
            continue
        source_walk_begin(&walk, &sources.items[i])
        while source_walk_next(&walk):
            score = weighed(walk.score, sources.items[i].weight)
            slot = sorted_slot(result, walk.member, &added)
            if not added:
                memcpy(&present, slot, sizeof(double))
                score = combined(present, score, sources.aggregate)
            memcpy(slot, &score, sizeof(double))


cdef bint is_in_all(const Sources* sources, View member, double own, double* score) noexcept nogil:
    """Whether all sources after the first have a member, whose score in the first is `own`; its score in the result."""
    cdef const Source* source
    cdef double other
    cdef int i
    score[0] = weighed(own, sources.items[0].weight)
    for i in range(1, sources.count):
        source = &sources.items[i]
        other = own
        if source.entry != sources.items[0].entry and not source_has(source, member, &other):
            return False
        score[0] = combined(score[0], other * source.weight, sources.aggregate)
    return True


cdef void intersect(Sources* sources, Sorted* result) noexcept nogil:
    cdef SourceWalk walk
    cdef double score
    cdef bint added
    sort_sources(sources)
    if sources.items[0].length == 0:
        return
    source_walk_begin(&walk, &sources.items[0])
    while source_walk_next(&walk):
        if is_in_all(sources, walk.member, walk.score, &score):
            memcpy(sorted_slot(result, walk.member, &added), &score, sizeof(double))


cdef bint is_in_any(const Sources* sources, View member) noexcept nogil:
    """Whether one of the sources after the first has a member."""
    cdef double score
    cdef int i
    for i in range(1, sources.count):
        if sources.items[i].length and source_has(&sources.items[i], member, &score):
            return True
    return False


cdef bint asking_is_cheaper(const Sources* sources) noexcept nogil:
    """Whether to ask all sources for each member of the first, instead of taking all their members away from it."""
    cdef uint64_t asking = sources.items[0].length * <uint64_t>sources.count // 2
    cdef uint64_t taking = 0
    cdef int i
    for i in range(sources.count):
        taking += sources.items[i].length
    return asking <= taking


cdef void subtract(Sources* sources, Sorted* result) noexcept nogil:
    cdef SourceWalk walk
    cdef bint asks = asking_is_cheaper(sources)
    cdef bint added
    cdef int i
    if sources.items[0].length == 0:
        return
    source_walk_begin(&walk, &sources.items[0])
    while source_walk_next(&walk):
        if not asks or not is_in_any(sources, walk.member):
            memcpy(sorted_slot(result, walk.member, &added), &walk.score, sizeof(double))
    if asks:
        return
    for i in range(1, sources.count):
        if sources.items[i].length:
            source_walk_begin(&walk, &sources.items[i])
            while source_walk_next(&walk):
                sorted_drop(result, walk.member)


cdef Entry* combine(Request* request, Sources* sources, int operation) noexcept nogil:
    """The result as a sorted set for the key of the first argument; NULL if it is empty."""
    cdef Sorted* result = sorted_new(request.ks.limits.seeds)
    cdef Entry* zset = entry_new_value(TYPE_ZSET | ENC_SORTED, key_at(request, 1), result, -1,
                                       fresh_access(request.ks))
    if operation == UNION:
        unite(sources, result)
    elif operation == INTERSECTION:
        intersect(sources, result)
    else:
        subtract(sources, result)
    if zset_length(zset) == 0:
        value_free(zset)
        return NULL
    sorted_order(result)
    return zset


cdef void reply_combined(Request* request, int operation) noexcept nogil:
    cdef Sources sources
    cdef ZsetWalk walk
    cdef Entry* result
    if not open_sources(request, 1, operation, False, False, &sources):
        return
    result = combine(request, &sources, operation)
    out_pairs_head(request, <int64_t>zset_length(result) if result != NULL else 0, sources.with_scores)
    if result != NULL:
        zset_walk_begin(&walk, result, 0, False)
        while zset_walk_next(&walk):
            out_pair(request, &walk, sources.with_scores)
        value_free(result)
    close_sources(&sources)


cdef void store_combined(Request* request, int operation, const char* event) noexcept nogil:
    cdef Sources sources
    cdef Entry* result
    if not open_sources(request, 2, operation, True, False, &sources):
        return
    result = combine(request, &sources, operation)
    if result != NULL:
        zset_compact(result, &request.ks.limits)
    store_zset(request, 1, result, event)
    close_sources(&sources)


# --- commands


declare(
    <size_t>zunion_command,
    "ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]",
    arity=-3, group="sorted-set", flags="readonly movablekeys", keys="RO access@1:n", since="6.2.0",
    complexity="O(N)+O(M*log(M)) where N is the number of members of all sources and M that of the result.",
    about="Returns the members that any of the sorted sets has, with their scores combined.",
)
cdef void zunion_command(Request* request) noexcept nogil:
    reply_combined(request, UNION)


declare(
    <size_t>zunionstore_command,
    "ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]",
    arity=-4, group="sorted-set", flags="write denyoom movablekeys", keys="OW update@1, RO access@2:n",
    since="2.0.0",
    complexity="O(N)+O(M*log(M)) where N is the number of members of all sources and M that of the result.",
    about="Stores the members that any of the sorted sets has, and tells how many there are.",
)
cdef void zunionstore_command(Request* request) noexcept nogil:
    store_combined(request, UNION, b"zunionstore")


declare(
    <size_t>zinter_command,
    "ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]",
    arity=-3, group="sorted-set", flags="readonly movablekeys", keys="RO access@1:n", since="6.2.0",
    complexity="O(N*K)+O(M*log(M)) where N is the length of the smallest of K sources and M that of the result.",
    about="Returns the members that all of the sorted sets have, with their scores combined.",
)
cdef void zinter_command(Request* request) noexcept nogil:
    reply_combined(request, INTERSECTION)


declare(
    <size_t>zinterstore_command,
    "ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]",
    arity=-4, group="sorted-set", flags="write denyoom movablekeys", keys="OW update@1, RO access@2:n",
    since="2.0.0",
    complexity="O(N*K)+O(M*log(M)) where N is the length of the smallest of K sources and M that of the result.",
    about="Stores the members that all of the sorted sets have, and tells how many there are.",
)
cdef void zinterstore_command(Request* request) noexcept nogil:
    store_combined(request, INTERSECTION, b"zinterstore")


declare(
    <size_t>zintercard_command, "ZINTERCARD numkeys key [key ...] [LIMIT limit]", arity=-3,
    group="sorted-set", flags="readonly movablekeys", keys="RO access@1:n", since="7.0.0",
    complexity="O(N*K) where N is the length of the smallest of K sources.",
    about="Tells how many members all of the sorted sets have, counting up to the limit if there is one.",
)
cdef void zintercard_command(Request* request) noexcept nogil:
    cdef Sources sources
    cdef SourceWalk walk
    cdef double score
    cdef int64_t count = 0
    if not open_sources(request, 1, INTERSECTION, False, True, &sources):
        return
    sort_sources(&sources)
    if sources.items[0].length:
        source_walk_begin(&walk, &sources.items[0])
        while (sources.limit == 0 or count < sources.limit) and source_walk_next(&walk):
            count += is_in_all(&sources, walk.member, walk.score, &score)
    out_int(request.out, count)
    close_sources(&sources)


declare(
    <size_t>zdiff_command, "ZDIFF numkeys key [key ...] [WITHSCORES]", arity=-3, group="sorted-set",
    flags="readonly movablekeys", keys="RO access@1:n", since="6.2.0",
    complexity="O(N)+O(M*log(M)) where N is the number of members of all sources and M that of the result.",
    about="Returns the members of the first sorted set that none of the others has.",
)
cdef void zdiff_command(Request* request) noexcept nogil:
    reply_combined(request, DIFFERENCE)


declare(
    <size_t>zdiffstore_command, "ZDIFFSTORE destination numkeys key [key ...]", arity=-4, group="sorted-set",
    flags="write denyoom movablekeys", keys="OW update@1, RO access@2:n", since="6.2.0",
    complexity="O(N)+O(M*log(M)) where N is the number of members of all sources and M that of the result.",
    about="Stores the members of the first sorted set that none of the others has, and tells how many there are.",
)
cdef void zdiffstore_command(Request* request) noexcept nogil:
    store_combined(request, DIFFERENCE, b"zdiffstore")
