"""The commands on ranges of a sorted set: by rank, by score and by member, forwards and backwards.

ZRANGE and its elder relatives are one command with different options: `read_range` reads them all. Whatever the kind, a
range is turned into ranks (types/zset), and LIMIT is arithmetic on these.
"""

from libc.math cimport isnan
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport strtod
from libc.string cimport memcpy

from autocache.base.bytes cimport View
from autocache.commands.args cimport arg_is, find_typed, int_arg, key_at, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.zsets cimport out_pair, out_pairs_head, store_zset
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_ZSET,
    FIND_WRITE,
    Found,
    announce,
    changed,
    db_delete,
    fresh_access,
)
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport out_array, out_error, out_int
from autocache.types.entry cimport TYPE_ZSET, Entry, entry_new_value
from autocache.types.sorted cimport LEX_HIGHEST, LEX_LOWEST, LEX_TEXT, LexRange, Ranks, ScoreRange
from autocache.types.zset cimport (
    ZsetWalk,
    zset_add,
    zset_create,
    zset_length,
    zset_lex_ranks,
    zset_remove_ranks,
    zset_score_ranks,
    zset_walk_begin,
    zset_walk_next,
)

from autocache.commands.declare import declare

cdef enum:
    BY_ANY = 0                          # the options tell
    BY_RANK = 1
    BY_SCORE = 2
    BY_LEX = 3

    FORWARDS = 0
    BACKWARDS = 1
    EITHER_WAY = 2                      # the options tell

    BOUND_BYTES_ON_STACK = 128

cdef struct Range:
    int by                              # BY_*
    int way                             # FORWARDS or BACKWARDS
    bint with_scores
    int64_t offset                      # LIMIT
    int64_t limit                       # negative: none
    int64_t start                       # BY_RANK
    int64_t stop
    ScoreRange scores                   # BY_SCORE
    LexRange members                    # BY_LEX, borrowed from the request


# --- reading bounds


cdef bint score_bound(View text, double* score, bint* is_open) noexcept nogil:
    """Read a bound as strtod does, which takes an empty text for 0; `(` before it leaves the bound itself out."""
    cdef char on_stack[BOUND_BYTES_ON_STACK]
    cdef char* copy = on_stack
    cdef char* end
    cdef bint well
    is_open[0] = text.len > 0 and text.ptr[0] == c'('
    if is_open[0]:
        text.ptr += 1
        text.len -= 1
    if text.len >= BOUND_BYTES_ON_STACK:
        copy = <char*>mem_alloc(text.len + 1)
    memcpy(copy, text.ptr, text.len)
    copy[text.len] = 0
    score[0] = strtod(copy, &end)
    well = end[0] == 0 and not isnan(score[0])
    if copy != on_stack:
        mem_free(copy)
    return well


cdef bint score_range(Request* request, int min_at, int max_at, ScoreRange* scores) noexcept nogil:
    if (
        score_bound(key_at(request, min_at), &scores.min, &scores.min_open)
        and score_bound(key_at(request, max_at), &scores.max, &scores.max_open)
    ):
        return True
    out_error(request.out, b"ERR min or max is not a float")
    return False


cdef bint lex_bound(View text, View* bound, int* kind, bint* is_open) noexcept nogil:
    """Read a bound: `-` and `+` are the ends, `[` and `(` begin a text that belongs to the range or does not."""
    cdef char first = text.ptr[0] if text.len else c'\0'
    kind[0] = LEX_TEXT
    is_open[0] = first == c'('
    if first == c'-' or first == c'+':
        kind[0] = LEX_LOWEST if first == c'-' else LEX_HIGHEST
        return text.len == 1 or text.ptr[1] == 0
    if first != c'(' and first != c'[':
        return False
    bound.ptr = text.ptr + 1
    bound.len = text.len - 1
    return True


cdef bint lex_range(Request* request, int min_at, int max_at, LexRange* members) noexcept nogil:
    if (
        lex_bound(key_at(request, min_at), &members.min, &members.min_kind, &members.min_open)
        and lex_bound(key_at(request, max_at), &members.max, &members.max_kind, &members.max_open)
    ):
        return True
    out_error(request.out, b"ERR min or max not valid string range item")
    return False


cdef bint range_options(Request* request, int position, bint stores, Range* range_) noexcept nogil:
    """Read what comes after the bounds; what the name of a command says already is no option of it."""
    cdef int by = range_.by
    cdef int way = range_.way
    range_.with_scores = False
    range_.offset = 0
    range_.limit = -1
    while position < request.argc:
        if not stores and arg_is(&request.argv[position], b"withscores", 10):
            range_.with_scores = True
        elif arg_is(&request.argv[position], b"limit", 5) and request.argc - position > 2:
            if not int_arg(request, position + 1, &range_.offset) or not int_arg(request, position + 2, &range_.limit):
                return False
            position += 2
        elif way == EITHER_WAY and arg_is(&request.argv[position], b"rev", 3):
            way = BACKWARDS
        elif by == BY_ANY and arg_is(&request.argv[position], b"bylex", 5):
            by = BY_LEX
        elif by == BY_ANY and arg_is(&request.argv[position], b"byscore", 7):
            by = BY_SCORE
        else:
            syntax_error(request)
            return False
        position += 1
    range_.by = BY_RANK if by == BY_ANY else by
    range_.way = FORWARDS if way == EITHER_WAY else way
    return options_agree(request, range_)


cdef bint options_agree(Request* request, Range* range_) noexcept nogil:
    if range_.limit != -1 and range_.by == BY_RANK:
        out_error(
            request.out, b"ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
    elif range_.with_scores and range_.by == BY_LEX:
        out_error(request.out, b"ERR syntax error, WITHSCORES not supported in combination with BYLEX")
    else:
        # By rank no offset counts, but one may be written.
        range_.offset = 0 if range_.by == BY_RANK else range_.offset
        return True
    return False


cdef bint range_bounds(Request* request, int first, Range* range_) noexcept nogil:
    """Read the two bounds; going backwards, those by score and by member begin with the greater."""
    cdef int swapped = range_.way == BACKWARDS
    if range_.by == BY_RANK:
        return int_arg(request, first, &range_.start) and int_arg(request, first + 1, &range_.stop)
    if range_.by == BY_SCORE:
        return score_range(request, first + swapped, first + 1 - swapped, &range_.scores)
    return lex_range(request, first + swapped, first + 1 - swapped, &range_.members)


# --- finding ranges


cdef Ranks rank_ranks(const Range* range_, int64_t length) noexcept nogil:
    cdef Ranks ranks
    cdef int64_t start = range_.start
    cdef int64_t stop = range_.stop
    ranks.first = ranks.count = 0
    start += length if start < 0 else 0
    stop += length if stop < 0 else 0
    start = 0 if start < 0 else start
    if start > stop or start >= length:
        return ranks
    stop = length - 1 if stop >= length else stop
    ranks.first = <uint64_t>(length - 1 - stop if range_.way == BACKWARDS else start)
    ranks.count = <uint64_t>(stop - start + 1)
    return ranks


cdef Ranks find_ranks(Entry* zset, const Range* range_) noexcept nogil:
    """Which members a range is, without regard to LIMIT."""
    if range_.by == BY_RANK:
        return rank_ranks(range_, <int64_t>zset_length(zset))
    if range_.by == BY_SCORE:
        return zset_score_ranks(zset, &range_.scores)
    return zset_lex_ranks(zset, &range_.members, range_.way == BACKWARDS)


cdef Ranks limited(Ranks ranks, const Range* range_) noexcept nogil:
    """Apply LIMIT: an offset below zero skips everything, a limit below zero is none."""
    if range_.offset < 0 or <uint64_t>range_.offset >= ranks.count:
        ranks.count = 0
        return ranks
    ranks.count -= <uint64_t>range_.offset
    if range_.way == FORWARDS:
        ranks.first += <uint64_t>range_.offset
    if range_.limit >= 0 and <uint64_t>range_.limit < ranks.count:
        if range_.way == BACKWARDS:
            ranks.first += ranks.count - <uint64_t>range_.limit
        ranks.count = <uint64_t>range_.limit
    return ranks


# --- replying and storing


cdef void reply_ranks(Request* request, Entry* zset, const Range* range_) noexcept nogil:
    cdef Ranks ranks = limited(find_ranks(zset, range_), range_)
    cdef ZsetWalk walk
    cdef uint64_t _
    cdef bint reverse = range_.way == BACKWARDS
    out_pairs_head(request, <int64_t>ranks.count, range_.with_scores)
    if ranks.count == 0:
        return
    zset_walk_begin(&walk, zset, ranks.first + ranks.count - 1 if reverse else ranks.first, reverse)
    for _ in range(ranks.count):
        zset_walk_next(&walk)
        out_pair(request, &walk, range_.with_scores)


cdef void reply_range(Request* request, int by, int way) noexcept nogil:
    """ZRANGE and all that are like it."""
    cdef Found found
    cdef Range range_
    range_.by = by
    range_.way = way
    if not range_options(request, 4, False, &range_) or not range_bounds(request, 2, &range_):
        return
    if not find_typed(request, 1, TYPE_ZSET, 0, &found):
        return
    if found.slot == NULL:
        out_array(request.out, 0)
    else:
        reply_ranks(request, found.entry, &range_)


declare(
    <size_t>zrange_command,
    "ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]", arity=-4,
    group="sorted-set", flags="readonly", keys="RO access@1", since="1.2.0",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those returned.",
    about="Returns a range of a sorted set, by rank, by score or by member, in either direction.",
)
cdef void zrange_command(Request* request) noexcept nogil:
    reply_range(request, BY_ANY, EITHER_WAY)


declare(
    <size_t>zrevrange_command, "ZREVRANGE key start stop [WITHSCORES]", arity=-4, group="sorted-set",
    flags="readonly", keys="RO access@1", since="1.2.0",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those returned.",
    about="Returns a range of a sorted set by rank, counted from the greatest score.",
)
cdef void zrevrange_command(Request* request) noexcept nogil:
    reply_range(request, BY_RANK, BACKWARDS)


declare(
    <size_t>zrangebyscore_command,
    "ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]", arity=-4, group="sorted-set",
    flags="readonly", keys="RO access@1", since="1.0.5",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those returned.",
    about="Returns the members whose scores lie in a range.",
)
cdef void zrangebyscore_command(Request* request) noexcept nogil:
    reply_range(request, BY_SCORE, FORWARDS)


declare(
    <size_t>zrevrangebyscore_command,
    "ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]", arity=-4, group="sorted-set",
    flags="readonly", keys="RO access@1", since="2.2.0",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those returned.",
    about="Returns the members whose scores lie in a range, the greatest first.",
)
cdef void zrevrangebyscore_command(Request* request) noexcept nogil:
    reply_range(request, BY_SCORE, BACKWARDS)


declare(
    <size_t>zrangebylex_command, "ZRANGEBYLEX key min max [LIMIT offset count]", arity=-4, group="sorted-set",
    flags="readonly", keys="RO access@1", since="2.8.9",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those returned.",
    about="Returns the members of a range by name, of a sorted set whose scores are all equal.",
)
cdef void zrangebylex_command(Request* request) noexcept nogil:
    reply_range(request, BY_LEX, FORWARDS)


declare(
    <size_t>zrevrangebylex_command, "ZREVRANGEBYLEX key max min [LIMIT offset count]", arity=-4,
    group="sorted-set", flags="readonly", keys="RO access@1", since="2.8.9",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those returned.",
    about="Returns the members of a range by name, the last first, of a sorted set whose scores are all equal.",
)
cdef void zrevrangebylex_command(Request* request) noexcept nogil:
    reply_range(request, BY_LEX, BACKWARDS)


cdef Entry* copy_ranks(Request* request, Entry* source, Ranks ranks) noexcept nogil:
    """A new sorted set of some members, for the key of the first argument; NULL if there are none."""
    cdef Entry* zset
    cdef ZsetWalk walk
    cdef uint8_t kind
    cdef void* payload
    cdef uint64_t _
    if ranks.count == 0:
        return NULL
    zset_walk_begin(&walk, source, ranks.first, False)
    zset_walk_next(&walk)
    payload = zset_create(walk.member, &request.ks.limits, &kind)
    zset = entry_new_value(kind, key_at(request, 1), payload, -1, fresh_access(request.ks))
    zset_add(zset, walk.member, walk.score, &request.ks.limits)
    for _ in range(1, ranks.count):
        zset_walk_next(&walk)
        zset_add(zset, walk.member, walk.score, &request.ks.limits)
    return zset


declare(
    <size_t>zrangestore_command,
    "ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]", arity=-5, group="sorted-set",
    flags="write denyoom", keys="OW update@1, RO access@2", since="6.2.0",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those stored.",
    about="Stores a range of a sorted set as another one, and tells how many members it has.",
)
cdef void zrangestore_command(Request* request) noexcept nogil:
    cdef Found source
    cdef Range range_
    cdef Entry* result = NULL
    range_.by = BY_ANY
    range_.way = EITHER_WAY
    if not range_options(request, 5, True, &range_) or not range_bounds(request, 3, &range_):
        return
    if not find_typed(request, 2, TYPE_ZSET, 0, &source):
        return
    if source.slot != NULL:
        result = copy_ranks(request, source.entry, limited(find_ranks(source.entry, &range_), &range_))
    store_zset(request, 1, result, b"zrangestore")


# --- counting and removing


cdef void count_range(Request* request, int by) noexcept nogil:
    cdef Found found
    cdef Range range_
    range_.by = by
    range_.way = FORWARDS
    if range_bounds(request, 2, &range_) and find_typed(request, 1, TYPE_ZSET, 0, &found):
        out_int(request.out, <int64_t>find_ranks(found.entry, &range_).count if found.slot != NULL else 0)


declare(
    <size_t>zcount_command, "ZCOUNT key min max", arity=4, group="sorted-set", flags="readonly fast",
    keys="RO access@1", since="2.0.0", complexity="O(log(N)) where N is the number of members of the sorted set.",
    about="Tells how many members have scores in a range.",
)
cdef void zcount_command(Request* request) noexcept nogil:
    count_range(request, BY_SCORE)


declare(
    <size_t>zlexcount_command, "ZLEXCOUNT key min max", arity=4, group="sorted-set", flags="readonly fast",
    keys="RO access@1", since="2.8.9", complexity="O(log(N)) where N is the number of members of the sorted set.",
    about="Tells how many members a range by name has, in a sorted set whose scores are all equal.",
)
cdef void zlexcount_command(Request* request) noexcept nogil:
    count_range(request, BY_LEX)


cdef void remove_range(Request* request, int by, const char* event) noexcept nogil:
    cdef Found found
    cdef Range range_
    cdef Ranks ranks
    range_.by = by
    range_.way = FORWARDS
    if not range_bounds(request, 2, &range_) or not find_typed(request, 1, TYPE_ZSET, FIND_WRITE, &found):
        return
    ranks.count = 0
    if found.slot != NULL:
        ranks = find_ranks(found.entry, &range_)
    if ranks.count:
        remove_ranks(request, &found, ranks, event)
    out_int(request.out, <int64_t>ranks.count)


cdef void remove_ranks(Request* request, Found* found, Ranks ranks, const char* event) noexcept nogil:
    """Remove some members. A set that loses all of them goes as a whole, in steps if it is large."""
    if ranks.count == zset_length(found.entry):
        db_delete(request.ks, found, request.ks.lazy_server_del)
        changed(request.ks, found, EVENT_CLASS_ZSET, event)
        announce(request.ks, EVENT_CLASS_GENERIC, b"del", found.db.id, found.key)
    else:
        zset_remove_ranks(found.entry, ranks)
        changed(request.ks, found, EVENT_CLASS_ZSET, event)


declare(
    <size_t>zremrangebyrank_command, "ZREMRANGEBYRANK key start stop", arity=4, group="sorted-set",
    flags="write", keys="RW delete@1", since="2.0.0",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those removed.",
    about="Removes a range of members by rank and tells how many they were.",
)
cdef void zremrangebyrank_command(Request* request) noexcept nogil:
    remove_range(request, BY_RANK, b"zremrangebyrank")


declare(
    <size_t>zremrangebyscore_command, "ZREMRANGEBYSCORE key min max", arity=4, group="sorted-set",
    flags="write", keys="RW delete@1", since="1.2.0",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those removed.",
    about="Removes the members whose scores lie in a range and tells how many they were.",
)
cdef void zremrangebyscore_command(Request* request) noexcept nogil:
    remove_range(request, BY_SCORE, b"zremrangebyscore")


declare(
    <size_t>zremrangebylex_command, "ZREMRANGEBYLEX key min max", arity=4, group="sorted-set", flags="write",
    keys="RW delete@1", since="2.8.9",
    complexity="O(log(N)+M) where N is the number of members of the sorted set and M that of those removed.",
    about="Removes the members of a range by name, of a sorted set whose scores are all equal, and tells how many"
    " they were.",
)
cdef void zremrangebylex_command(Request* request) noexcept nogil:
    remove_range(request, BY_LEX, b"zremrangebylex")
