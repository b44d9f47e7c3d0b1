"""The sorted set commands on single members: adding, removing, scores, ranks, random members, scanning."""

from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint64_t

from autocache.base.bytes cimport View
from autocache.base.numbers cimport format_double, parse_double, parse_int64
from autocache.commands.args cimport arg_is, find_typed, key_at, range_arg, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.scan cimport (
    ScanOptions,
    scan_cursor,
    scan_options,
    scan_reply_cursor,
    scan_reply_end,
    scan_table,
    scan_wants,
)
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_ZSET,
    FIND_WRITE,
    Found,
    announce,
    changed,
    db_add_value,
    db_delete,
    db_find,
    db_insert,
    keyspace_random,
)
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport (
    Out,
    out_array,
    out_bulk,
    out_defer,
    out_double,
    out_error,
    out_int,
    out_null,
    out_view,
)
from autocache.types.entry cimport ENC_SORTED, TYPE_ZSET, Entry, entry_encoding, entry_key, entry_new_string
from autocache.types.entry cimport entry_pointer, entry_release
from autocache.types.sorted cimport (
    PUT_ADDED,
    PUT_GT,
    PUT_INCR,
    PUT_LT,
    PUT_NAN,
    PUT_NX,
    PUT_REFUSED,
    PUT_UPDATED,
    PUT_XX,
    entry_score,
)
from autocache.types.table cimport Table, hash_bytes, table_clear, table_find, table_init, table_insert
from autocache.types.zset cimport (
    SCORE_TEXT_BYTES,
    ZsetWalk,
    zset_create,
    zset_length,
    zset_put,
    zset_rank,
    zset_remove,
    zset_score,
    zset_score_text,
    zset_walk_begin,
    zset_walk_next,
)

from autocache.commands.declare import declare

cdef enum:
    SCORES_ON_STACK = 32
    SAMPLE_SHARE = 3                    # from a third of a sorted set on, a sample is taken by walking it
    DRAWS_MAX = 1 << 24                 # members that ZRANDMEMBER may repeat


# --- what the sorted set commands share


cdef bint score_arg(Request* request, int position, double* score) noexcept nogil:
    """Read an argument as a score."""
    cdef const char* text = request.argv[position].ptr
    cdef size_t length = request.argv[position].len
    cdef int64_t whole
    if parse_int64(text, length, &whole):
        score[0] = <double>whole
        return True
    if parse_double(text, length, score):
        return True
    out_error(request.out, b"ERR value is not a valid float")
    return False


cdef void drop_if_empty(Request* request, Found* found) noexcept nogil:
    """Delete the key of a sorted set that has lost its last member, and say so; the change itself was told already."""
    if zset_length(found.entry) == 0:
        db_delete(request.ks, found, request.ks.lazy_server_del)
        announce(request.ks, EVENT_CLASS_GENERIC, b"del", found.db.id, found.key)


cdef void out_pairs_head(Request* request, int64_t count, bint with_scores) noexcept nogil:
    """The head of an array of members: with scores RESP3 nests pairs, RESP2 has one after the other."""
    out_array(request.out, count * 2 if with_scores and request.out.protocol == 2 else count)


cdef void out_pair(Request* request, const ZsetWalk* walk, bint with_scores) noexcept nogil:
    if with_scores and request.out.protocol > 2:
        out_array(request.out, 2)
    out_view(request.out, walk.member)
    if with_scores:
        out_double(request.out, walk.score)


cdef void store_zset(Request* request, int position, Entry* take_zset, const char* event) noexcept nogil:
    """Put a sorted set, or NULL for an empty one, under the key at a position, and answer its length."""
    cdef Found found
    db_find(request.ks, request.db, key_at(request, position), &found, FIND_WRITE)
    if take_zset != NULL:
        db_insert(request.ks, &found, take_zset)
        changed(request.ks, &found, EVENT_CLASS_ZSET, event)
    elif found.slot != NULL:
        db_delete(request.ks, &found, request.ks.lazy_server_del)
        changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")
    out_int(request.out, <int64_t>zset_length(take_zset) if take_zset != NULL else 0)


# --- adding


cdef bint put_options(Request* request, int* position, int* options) noexcept nogil:
    """Read ZADD's options up to the first score; check them, and that pairs follow."""
    cdef int i = position[0]
    cdef int given = 0
    cdef bint counts_changes = False
    while i < request.argc:
        if arg_is(&request.argv[i], b"nx", 2):
            given |= PUT_NX
        elif arg_is(&request.argv[i], b"xx", 2):
            given |= PUT_XX
        elif arg_is(&request.argv[i], b"gt", 2):
            given |= PUT_GT
        elif arg_is(&request.argv[i], b"lt", 2):
            given |= PUT_LT
        elif arg_is(&request.argv[i], b"ch", 2):
            counts_changes = True
        elif arg_is(&request.argv[i], b"incr", 4):
            given |= PUT_INCR
        else:
            break
        i += 1
    position[0] = i
    options[0] |= given | (COUNTS_CHANGES if counts_changes else 0)
    return options_agree(request, request.argc - i, options[0])


cdef bint options_agree(Request* request, int left, int options) noexcept nogil:
    if left == 0 or left % 2:
        syntax_error(request)
    elif options & PUT_NX and options & PUT_XX:
        out_error(request.out, b"ERR XX and NX options at the same time are not compatible")
    elif (options & PUT_NX and options & (PUT_GT | PUT_LT)) or (options & PUT_GT and options & PUT_LT):
        out_error(request.out, b"ERR GT, LT, and/or NX options at the same time are not compatible")
    elif options & PUT_INCR and left > 2:
        out_error(request.out, b"ERR INCR option supports a single increment-element pair")
    else:
        return True
    return False


cdef void put_members(Request* request, int options) noexcept nogil:
    """ZADD and ZINCRBY. All scores are read before anything is changed."""
    cdef double on_stack[SCORES_ON_STACK]
    cdef double* scores = on_stack
    cdef int first = 2
    cdef int count, i
    if not put_options(request, &first, &options):
        return
    count = (request.argc - first) // 2
    if count > SCORES_ON_STACK:
        scores = <double*>mem_alloc(count * sizeof(double))
    for i in range(count):
        if not score_arg(request, first + 2 * i, &scores[i]):
            break
    else:
        put_scores(request, first + 1, 2, count, scores, options)
    if scores != on_stack:
        mem_free(scores)


cdef void put_scores(
        Request* request, int first, int step, int count, double* scores, int options) noexcept nogil:
    """Add `count` members, each `step` arguments after the one before, the first of them at `first`."""
    cdef Found found
    cdef uint8_t kind
    cdef void* payload
    cdef int i
    cdef int done = PUT_REFUSED
    cdef int64_t added = 0
    cdef int64_t updated = 0
    if not find_typed(request, 1, TYPE_ZSET, FIND_WRITE, &found):
        return
    if found.slot != NULL or not options & PUT_XX:
        if found.slot == NULL:
            payload = zset_create(key_at(request, first), &request.ks.limits, &kind)
            db_add_value(request.ks, &found, kind, payload)
        for i in range(count):
            done = zset_put(found.entry, key_at(request, first + step * i), &scores[i], options, &request.ks.limits)
            added += done == PUT_ADDED
            updated += done == PUT_UPDATED
    if added or updated:
        changed(request.ks, &found, EVENT_CLASS_ZSET, b"zincr" if options & PUT_INCR else b"zadd")
    if done == PUT_NAN:
        out_error(request.out, b"ERR resulting score is not a number (NaN)")
    elif not options & PUT_INCR:
        out_int(request.out, added + updated if options & COUNTS_CHANGES else added)
    elif done == PUT_REFUSED:
        out_null(request.out)
    else:
        out_double(request.out, scores[0])


declare(
    <size_t>zadd_command,
    "ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]", arity=-4, group="sorted-set",
    flags="write denyoom fast", keys="RW update@1", since="1.2.0",
    complexity="O(log(N)) for each member, where N is the number of members of the sorted set.",
    about="Adds members with their scores to a sorted set, or gives those that are there new scores.",
)
cdef void zadd_command(Request* request) noexcept nogil:
    put_members(request, 0)


declare(
    <size_t>zincrby_command, "ZINCRBY key increment member", arity=4, group="sorted-set",
    flags="write denyoom fast", keys="RW access update@1", since="1.2.0",
    complexity="O(log(N)) where N is the number of members of the sorted set.",
    about="Adds a number to the score of a member, which is 0 for a new one, and returns the sum.",
)
cdef void zincrby_command(Request* request) noexcept nogil:
    put_members(request, PUT_INCR)


# --- removing


declare(
    <size_t>zrem_command, "ZREM key member [member ...]", arity=-3, group="sorted-set", flags="write fast",
    keys="RW delete@1", since="1.2.0",
    complexity="O(M*log(N)) where N is the number of members of the sorted set and M that of those to remove.",
    about="Removes members from a sorted set and tells how many of them were there. An empty one is deleted.",
)
cdef void zrem_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int64_t removed = 0
    cdef int i
    if not find_typed(request, 1, TYPE_ZSET, FIND_WRITE, &found):
        return
    if found.slot != NULL:
        for i in range(2, request.argc):
            removed += zset_remove(found.entry, key_at(request, i))
            if zset_length(found.entry) == 0:
                break
        if removed:
            changed(request.ks, &found, EVENT_CLASS_ZSET, b"zrem")
            drop_if_empty(request, &found)
    out_int(request.out, removed)


# --- asking


declare(
    <size_t>zcard_command, "ZCARD key", arity=2, group="sorted-set", flags="readonly fast", keys="RO@1",
    since="1.2.0", about="Returns the number of members of a sorted set.",
)
cdef void zcard_command(Request* request) noexcept nogil:
    cdef Found found
    if find_typed(request, 1, TYPE_ZSET, 0, &found):
        out_int(request.out, <int64_t>zset_length(found.entry) if found.slot != NULL else 0)


cdef void out_score(Request* request, const Found* found, int position) noexcept nogil:
    cdef double score
    if found.slot != NULL and zset_score(found.entry, key_at(request, position), &score):
        out_double(request.out, score)
    else:
        out_null(request.out)


declare(
    <size_t>zscore_command, "ZSCORE key member", arity=3, group="sorted-set", flags="readonly fast",
    keys="RO access@1", since="1.2.0", about="Returns the score of a member of a sorted set.",
)
cdef void zscore_command(Request* request) noexcept nogil:
    cdef Found found
    if find_typed(request, 1, TYPE_ZSET, 0, &found):
        out_score(request, &found, 2)


declare(
    <size_t>zmscore_command, "ZMSCORE key member [member ...]", arity=-3, group="sorted-set",
    flags="readonly fast", keys="RO access@1", since="6.2.0",
    complexity="O(N) where N is the number of members that are asked for.",
    about="Returns the scores of several members of a sorted set.",
)
cdef void zmscore_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int i
    if not find_typed(request, 1, TYPE_ZSET, 0, &found):
        return
    out_array(request.out, request.argc - 2)
    for i in range(2, request.argc):
        out_score(request, &found, i)


cdef void rank_of(Request* request, bint reverse) noexcept nogil:
    cdef Found found
    cdef int64_t rank = -1
    if not find_typed(request, 1, TYPE_ZSET, 0, &found):
        return
    if found.slot != NULL:
        rank = zset_rank(found.entry, key_at(request, 2), reverse)
    if rank < 0:
        out_null(request.out)
    else:
        out_int(request.out, rank)


declare(
    <size_t>zrank_command, "ZRANK key member", arity=3, group="sorted-set", flags="readonly fast",
    keys="RO access@1", since="2.0.0", complexity="O(log(N))",
    about="Tells how many members of a sorted set come before one of them.",
)
cdef void zrank_command(Request* request) noexcept nogil:
    rank_of(request, False)


declare(
    <size_t>zrevrank_command, "ZREVRANK key member", arity=3, group="sorted-set", flags="readonly fast",
    keys="RO access@1", since="2.0.0", complexity="O(log(N))",
    about="Tells how many members of a sorted set come after one of them.",
)
cdef void zrevrank_command(Request* request) noexcept nogil:
    rank_of(request, True)


# --- random members


declare(
    <size_t>zrandmember_command, "ZRANDMEMBER key [count [WITHSCORES]]", arity=-2, group="sorted-set",
    flags="readonly", keys="RO access@1", since="6.2.0", tips=("nondeterministic_output",),
    complexity="O(N) where N is the number of members that are asked for.",
    about="Returns random members of a sorted set: distinct ones, or, with a negative count, any.",
)
cdef void zrandmember_command(Request* request) noexcept nogil:
    cdef Found found
    cdef ZsetWalk walk
    if request.argc > 2:
        sample(request)
    elif not find_typed(request, 1, TYPE_ZSET, 0, &found):
        return
    elif found.slot == NULL:
        out_null(request.out)
    else:
        draw(request, found.entry, &walk)
        out_view(request.out, walk.member)


cdef void draw(Request* request, Entry* zset, ZsetWalk* walk) noexcept nogil:
    """Let a walk be at a random member."""
    zset_walk_begin(walk, zset, keyspace_random(request.ks) % zset_length(zset), False)
    zset_walk_next(walk)


cdef void sample(Request* request) noexcept nogil:
    cdef Found found
    cdef ZsetWalk walk
    cdef int64_t count
    cdef int64_t _
    cdef bint with_scores = request.argc == 4
    if not range_arg(request, 2, -INT64_MAX, INT64_MAX, &count):
        return
    if request.argc > 4 or (with_scores and not arg_is(&request.argv[3], b"withscores", 10)):
        syntax_error(request)
        return
    if with_scores and not -(INT64_MAX // 2) <= count <= INT64_MAX // 2:
        out_error(request.out, b"ERR value is out of range")
        return
    if not find_typed(request, 1, TYPE_ZSET, 0, &found):
        return
    if found.slot == NULL or count == 0:
        out_array(request.out, 0)
    elif count > 0:
        sample_distinct(request, found.entry, <uint64_t>count, with_scores)
    elif count < -DRAWS_MAX:
        out_error(request.out, b"ERR value is out of range")
    else:
        out_pairs_head(request, -count, with_scores)
        for _ in range(-count):
            draw(request, found.entry, &walk)
            out_pair(request, &walk, with_scores)


cdef void sample_distinct(Request* request, Entry* zset, uint64_t count, bint with_scores) noexcept nogil:
    """Distinct members, each as likely: by walking all, or, where few are wanted of many, by drawing."""
    cdef uint64_t left = zset_length(zset)
    cdef ZsetWalk walk
    if count > left:
        count = left
    out_pairs_head(request, <int64_t>count, with_scores)
    if entry_encoding(zset) == ENC_SORTED and count < left // SAMPLE_SHARE:
        draw_distinct(request, zset, count, with_scores)
        return
    zset_walk_begin(&walk, zset, 0, False)
    while count and zset_walk_next(&walk):
        # Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
        if keyspace_random(request.ks) % left < count:
            out_pair(request, &walk, with_scores)
            count -= 1
        left -= 1


cdef void draw_distinct(Request* request, Entry* zset, uint64_t count, bint with_scores) noexcept nogil:
    """Draw until so many distinct members are found; a third of all at most, so that few draws are in vain."""
    cdef Table drawn
    cdef ZsetWalk walk
    cdef View mark
    cdef View none
    cdef uint64_t hash
    none.ptr = NULL
    none.len = 0
    table_init(&drawn, request.ks.limits.seeds)
    while count:
        draw(request, zset, &walk)
        # What was drawn is remembered by its address, which no other member has.
        mark.ptr = <const char*>&walk.member.ptr
        mark.len = sizeof(walk.member.ptr)
        hash = hash_bytes(&drawn.seeds, mark.ptr, mark.len)
        if table_find(&drawn, mark, hash) != NULL:
            continue
        table_insert(&drawn, entry_new_string(mark, none, -1, 0), hash)
        out_pair(request, &walk, with_scores)
        count -= 1
    table_clear(&drawn, entry_release, NULL)


# --- scanning


cdef struct Scan:
    Out* out
    const ScanOptions* options
    int64_t elements


cdef bint scan_visit(void* context, Entry* entry) noexcept nogil:
    cdef Scan* scan = <Scan*>context
    cdef char text[SCORE_TEXT_BYTES]
    if scan_wants(scan.options, entry_key(entry)):
        out_view(scan.out, entry_key(entry))
        out_bulk(scan.out, text, format_double(text, entry_score(entry)))
        scan.elements += 2
    return True


declare(
    <size_t>zscan_command, "ZSCAN key cursor [MATCH pattern] [COUNT count]", arity=-3, group="sorted-set",
    flags="readonly", keys="RO access@1", since="2.8.0", tips=("nondeterministic_output",),
    complexity="O(1) for every call, O(N) for all the calls that see N members.",
    about="Returns some members of a sorted set with their scores, and the cursor with which to ask for the next ones.",
)
cdef void zscan_command(Request* request) noexcept nogil:
    cdef Found found
    cdef ScanOptions options
    if not scan_cursor(request, 2, &options) or not find_typed(request, 1, TYPE_ZSET, 0, &found):
        return
    if found.slot == NULL:
        scan_reply_cursor(request, 0)
        out_array(request.out, 0)
    elif scan_options(request, 3, 0, &options):
        reply_scan(request, found.entry, &options)


cdef void reply_scan(Request* request, Entry* zset, const ScanOptions* options) noexcept nogil:
    """A listpack tells its scores as it holds them, a table as doubles: the two differ for large whole numbers."""
    cdef Scan scan
    cdef ZsetWalk walk
    cdef char text[SCORE_TEXT_BYTES]
    cdef uint64_t cursor = 0
    cdef size_t start = out_defer(request.out)
    scan.out = request.out
    scan.options = options
    scan.elements = 0
    if entry_encoding(zset) == ENC_SORTED:
        cursor = scan_table(<Table*>entry_pointer(zset), options, scan_visit, &scan)
    else:
        zset_walk_begin(&walk, zset, 0, False)
        while zset_walk_next(&walk):
            if scan_wants(options, walk.member):
                out_view(request.out, walk.member)
                out_bulk(request.out, text, zset_score_text(text, walk.score))
                scan.elements += 2
    scan_reply_end(request, start, cursor, scan.elements)
