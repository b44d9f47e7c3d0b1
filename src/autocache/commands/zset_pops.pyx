"""The commands that take members from the ends of sorted sets, at once or as soon as there are any.

Those that wait look for members first; if there are none they wait (blocking.pyx) and are run again when a key is
ready.
"""

from libc.stdint cimport int64_t, uint64_t

from autocache.base.numbers cimport parse_int64
from autocache.commands.args cimport arg_is, count_arg, find_typed, syntax_error
from autocache.commands.blocking cimport NULL_ARRAY, block_on_keys, may_serve, timeout_arg
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_ZSET,
    FIND_WRITE,
    Found,
    announce,
    changed,
    db_delete,
)
from autocache.resp.out cimport out_array, out_double, out_error, out_null_array, out_view
from autocache.types.entry cimport TYPE_ZSET
from autocache.types.sorted cimport Ranks
from autocache.types.zset cimport ZsetWalk, zset_length, zset_remove_ranks, zset_walk_begin, zset_walk_next

from autocache.commands.declare import declare

cdef enum:
    FLAT = 0                            # member, score, member, score
    NESTED = 1                          # an array of pairs


cdef void pop_pairs(Request* request, Found* found, bint greatest, int64_t count, int form) noexcept nogil:
    """Reply up to `count` (1 or more) members with their scores from one end of a sorted set, and remove them."""
    cdef uint64_t length = zset_length(found.entry)
    cdef uint64_t _
    cdef Ranks ranks
    cdef ZsetWalk walk
    ranks.count = <uint64_t>count if <uint64_t>count < length else length
    ranks.first = length - ranks.count if greatest else 0
    if form == NESTED:
        out_array(request.out, <int64_t>ranks.count)
    zset_walk_begin(&walk, found.entry, length - 1 if greatest else 0, greatest)
    for _ in range(ranks.count):
        zset_walk_next(&walk)
        if form == NESTED:
            out_array(request.out, 2)
        out_view(request.out, walk.member)
        out_double(request.out, walk.score)
    take_away(request, found, ranks, b"zpopmax" if greatest else b"zpopmin")


cdef void take_away(Request* request, Found* found, Ranks ranks, const char* event) noexcept nogil:
    if ranks.count < zset_length(found.entry):
        zset_remove_ranks(found.entry, ranks)
        changed(request.ks, found, EVENT_CLASS_ZSET, event)
    else:
        db_delete(request.ks, found, request.ks.lazy_server_del)
        changed(request.ks, found, EVENT_CLASS_ZSET, event)
        announce(request.ks, EVENT_CLASS_GENERIC, b"del", found.db.id, found.key)


cdef void pop_end(Request* request, bint greatest) noexcept nogil:
    """ZPOPMIN and ZPOPMAX. RESP3 has pairs where a count was given."""
    cdef Found found
    cdef int64_t count = 1
    cdef int64_t length
    if request.argc > 3:
        syntax_error(request)
        return
    if request.argc == 3 and not count_arg(request, 2, &count):
        return
    if not find_typed(request, 1, TYPE_ZSET, FIND_WRITE, &found):
        return
    if found.slot == NULL or count == 0:
        out_array(request.out, 0)
    elif request.argc == 3 and request.out.protocol > 2:
        pop_pairs(request, &found, greatest, count, NESTED)
    else:
        length = <int64_t>zset_length(found.entry)
        out_array(request.out, 2 * (count if count < length else length))
        pop_pairs(request, &found, greatest, count, FLAT)


declare(
    <size_t>zpopmin_command, "ZPOPMIN key [count]", arity=-2, group="sorted-set", flags="write fast",
    keys="RW access delete@1", since="5.0.0",
    complexity="O(log(N)*M) where N is the number of members of the sorted set and M that of those removed.",
    about="Removes the members with the smallest scores from a sorted set and returns them with their scores.",
)
cdef void zpopmin_command(Request* request) noexcept nogil:
    pop_end(request, False)


declare(
    <size_t>zpopmax_command, "ZPOPMAX key [count]", arity=-2, group="sorted-set", flags="write fast",
    keys="RW access delete@1", since="5.0.0",
    complexity="O(log(N)*M) where N is the number of members of the sorted set and M that of those removed.",
    about="Removes the members with the greatest scores from a sorted set and returns them with their scores.",
)
cdef void zpopmax_command(Request* request) noexcept nogil:
    pop_end(request, True)


# --- several keys


cdef bint pop_options(Request* request, int position, int* keys, bint* greatest, int64_t* count) noexcept nogil:
    """Read `numkeys key [key ...] <MIN | MAX> [COUNT count]`."""
    cdef int64_t number
    cdef int at
    count[0] = 1
    if not parse_int64(request.argv[position].ptr, request.argv[position].len, &number) or number <= 0:
        out_error(request.out, b"ERR numkeys should be greater than 0")
        return False
    if number >= request.argc - position - 1:
        syntax_error(request)
        return False
    keys[0] = <int>number
    at = position + 1 + keys[0]
    greatest[0] = arg_is(&request.argv[at], b"max", 3)
    if not greatest[0] and not arg_is(&request.argv[at], b"min", 3):
        syntax_error(request)
        return False
    return at + 1 == request.argc or pop_count(request, at + 1, count)


cdef bint pop_count(Request* request, int position, int64_t* count) noexcept nogil:
    if position + 1 == request.argc or not arg_is(&request.argv[position], b"count", 5):
        syntax_error(request)
        return False
    if not parse_int64(request.argv[position + 1].ptr, request.argv[position + 1].len, count) or count[0] <= 0:
        out_error(request.out, b"ERR count should be greater than 0")
        return False
    if position + 2 < request.argc:
        syntax_error(request)
        return False
    return True


cdef enum:
    SERVED = 0                          # replied, be it with an error
    NOTHING = 1                         # no key has members


cdef int pop_first(Request* request, int first, int keys, bint greatest, int64_t count) noexcept nogil:
    """Reply and remove members of the first of several sorted sets that there is."""
    cdef Found found
    cdef int i
    for i in range(first, first + keys):
        if not may_serve(request, i):
            continue
        if not find_typed(request, i, TYPE_ZSET, FIND_WRITE, &found):
            return SERVED
        if found.slot != NULL:
            out_array(request.out, 2 if count else 3)
            out_view(request.out, found.key)
            pop_pairs(request, &found, greatest, count if count else 1, NESTED if count else FLAT)
            return SERVED
    return NOTHING


declare(
    <size_t>zmpop_command, "ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]", arity=-4,
    group="sorted-set", flags="write movablekeys", keys="RW access delete@1:n", since="7.0.0",
    complexity="O(K)+O(M*log(N)) where K is the number of keys, N that of members and M that of those removed.",
    about="Removes members from one end of the first of the sorted sets that has any, and returns the key and them.",
)
cdef void zmpop_command(Request* request) noexcept nogil:
    cdef int keys
    cdef bint greatest
    cdef int64_t count
    if pop_options(request, 1, &keys, &greatest, &count):
        if pop_first(request, 2, keys, greatest, count) == NOTHING:
            out_null_array(request.out)


# --- waiting


cdef void pop_or_wait(Request* request, bint greatest) noexcept nogil:
    """BZPOPMIN and BZPOPMAX, whose reply is the key, one member and its score."""
    cdef int64_t deadline
    cdef int last = request.argc - 1
    if not timeout_arg(request, last, &deadline):
        return
    if pop_first(request, 1, last - 1, greatest, 0) == NOTHING:
        block_on_keys(request, 1, last - 1, 1, TYPE_ZSET, deadline, NULL_ARRAY, False)


declare(
    <size_t>bzpopmin_command, "BZPOPMIN key [key ...] timeout", arity=-3, group="sorted-set",
    flags="write noscript blocking fast", keys="RW access delete@1..-2", since="5.0.0",
    complexity="O(log(N)) where N is the number of members of the sorted set.",
    about="Removes the member with the smallest score of the first of the sorted sets that has any, and returns the"
    " key, the member and the score; waits for one for as many seconds as given, or, with 0, for ever.",
)
cdef void bzpopmin_command(Request* request) noexcept nogil:
    pop_or_wait(request, False)


declare(
    <size_t>bzpopmax_command, "BZPOPMAX key [key ...] timeout", arity=-3, group="sorted-set",
    flags="write noscript blocking fast", keys="RW access delete@1..-2", since="5.0.0",
    complexity="O(log(N)) where N is the number of members of the sorted set.",
    about="Does what BZPOPMIN does with the greatest score.",
)
cdef void bzpopmax_command(Request* request) noexcept nogil:
    pop_or_wait(request, True)


declare(
    <size_t>bzmpop_command, "BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]", arity=-5,
    group="sorted-set", flags="write blocking movablekeys", keys="RW access delete@2:n", since="7.0.0",
    complexity="O(K)+O(M*log(N)) where K is the number of keys, N that of members and M that of those removed.",
    about="Does what ZMPOP does, and waits for members if there are none.",
)
cdef void bzmpop_command(Request* request) noexcept nogil:
    cdef int64_t deadline, count
    cdef int keys
    cdef bint greatest
    if not pop_options(request, 2, &keys, &greatest, &count) or not timeout_arg(request, 1, &deadline):
        return
    if pop_first(request, 3, keys, greatest, count) == NOTHING:
        block_on_keys(request, 3, keys, 1, TYPE_ZSET, deadline, NULL_ARRAY, False)
