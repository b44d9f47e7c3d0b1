"""What is pending in consumer groups: XPENDING shows it, XCLAIM and XAUTOCLAIM give it to another consumer."""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t

from autocache.commands.args cimport arg_is, find_typed, int_arg, key_at, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.stream_args cimport (
    id_arg,
    interval_arg,
    read_id,
    reply_entry_of,
    reply_id,
    stream_of,
    told_int_arg,
    two_word_error,
    use_consumer,
)
from autocache.keyspace.db cimport Found
from autocache.memory.alloc cimport mem_free, mem_realloc
from autocache.resp.out cimport (
    Out,
    out_array,
    out_bring_forward,
    out_bulk_int,
    out_defer,
    out_defer_end,
    out_error,
    out_error_form,
    out_int,
    out_null,
    out_null_array,
    out_view,
)
from autocache.resp.parser cimport Arg
from autocache.types.entry cimport TYPE_STREAM
from autocache.types.ordered cimport (
    Cursor,
    Ordered,
    cursor_item,
    cursor_next,
    ordered_first,
    ordered_last,
    ordered_lower,
)
from autocache.types.stream cimport Stream, stream_has
from autocache.types.stream_groups cimport (
    Consumer,
    Group,
    Pending,
    consumer_find,
    groups_find,
    pending_add,
    pending_assign,
    pending_find,
    pending_remove,
)
from autocache.types.stream_id cimport StreamId, compare_ids, order_by_id, set_least_id

from autocache.commands.declare import declare

cdef enum:
    AUTOCLAIM_COUNT = 100
    AUTOCLAIM_TRIES = 10                # looked at for each that may be claimed
    DELETED_IDS_MIN = 16

cdef int64_t AUTOCLAIM_COUNT_MAX = INT64_MAX // 16
# redis-server asks for 16 bytes for each of COUNT beforehand; no machine gives it more than its address space.
cdef int64_t AUTOCLAIM_COUNT_ADDRESSABLE = 1 << 43


cdef void no_group(Request* request) noexcept nogil:
    two_word_error(request, b"NOGROUP No such key '%' or consumer group '%'", key_at(request, 1), key_at(request, 2))


cdef Group* group_and_stream(Request* request, Stream** stream) noexcept nogil:
    """The stream at 1 and the group at 2; NULL once the error is appended."""
    cdef Found found
    cdef Group* group = NULL
    if not find_typed(request, 1, TYPE_STREAM, 0, &found):
        return NULL
    if found.slot != NULL:
        stream[0] = stream_of(&found)
        group = groups_find(stream[0].groups, key_at(request, 2))
    if group == NULL:
        no_group(request)
    return group


# --- XPENDING


cdef struct Filter:                     # which pending entries to show
    StreamId first
    StreamId last
    int64_t count
    int64_t idle_ms                     # not those that were delivered later than so long ago
    int consumer_at                     # 0: of all consumers


cdef bint filter_args(Request* request, Filter* filter) noexcept nogil:
    cdef int start = 3
    filter.idle_ms = 0
    if arg_is(&request.argv[3], b"idle", 4):
        if not int_arg(request, 4, &filter.idle_ms):
            return False
        if request.argc < 8:
            syntax_error(request)
            return False
        start = 5
    if not int_arg(request, start + 2, &filter.count):
        return False
    if not interval_arg(request, start, True, &filter.first):
        return False
    if not interval_arg(request, start + 1, False, &filter.last):
        return False
    filter.consumer_at = start + 3 if start + 3 < request.argc else 0
    return True


cdef void reply_summary(Out* out, const Group* group) noexcept nogil:
    """How many entries are pending, from which ID to which, and how many for each consumer."""
    cdef Consumer* consumer
    cdef Cursor cursor
    cdef int64_t shown = 0
    cdef size_t head
    cdef bint more
    out_array(out, 4)
    out_int(out, <int64_t>group.pending.count)
    if not ordered_first(&group.pending, &cursor):
        out_null(out)
        out_null(out)
        out_null_array(out)
        return
    reply_id(out, &(<Pending*>cursor_item(&cursor)).id)
    ordered_last(&group.pending, &cursor)
    reply_id(out, &(<Pending*>cursor_item(&cursor)).id)
    head = out_defer(out)
    more = ordered_first(&group.consumers, &cursor)
    while more:
        consumer = <Consumer*>cursor_item(&cursor)
        if consumer.pending.count:
            out_array(out, 2)
            out_view(out, consumer.name)
            out_bulk_int(out, <int64_t>consumer.pending.count)
            shown += 1
        more = cursor_next(&cursor)
    out_defer_end(out, head, c'*', shown)


cdef void reply_pending(Request* request, const Ordered* tree, const Filter* filter) noexcept nogil:
    """Each pending entry: its ID, its consumer, for how long, and how often it was delivered."""
    cdef Pending* pending
    cdef Cursor cursor
    cdef int64_t idle
    cdef int64_t shown = 0
    cdef size_t head = out_defer(request.out)
    cdef bint more = ordered_lower(tree, order_by_id, &filter.first, False, &cursor)
    while more and shown < filter.count:
        pending = <Pending*>cursor_item(&cursor)
        if compare_ids(&pending.id, &filter.last) > 0:
            break
        idle = request.ks.now_ms - pending.delivered_ms
        if filter.idle_ms == 0 or idle >= filter.idle_ms:
            out_array(request.out, 4)
            reply_id(request.out, &pending.id)
            out_view(request.out, pending.consumer.name)
            out_int(request.out, idle if idle > 0 else 0)
            out_int(request.out, <int64_t>pending.deliveries)
            shown += 1
        more = cursor_next(&cursor)
    out_defer_end(request.out, head, c'*', shown)


declare(
    <size_t>xpending_command, "XPENDING key group [[IDLE min-idle-time] start end count [consumer]]", arity=-3,
    group="stream", flags="readonly", keys="RO access@1", since="5.0.0", tips=("nondeterministic_output",),
    complexity="O(N) where N is the number of pending entries that are looked at; without a range, of consumers.",
    about="Returns what was delivered by a consumer group and is not acknowledged yet.",
)
cdef void xpending_command(Request* request) noexcept nogil:
    cdef Filter filter
    cdef Stream* stream
    cdef Group* group
    cdef Consumer* consumer = NULL
    if request.argc != 3 and (request.argc < 6 or request.argc > 9):
        syntax_error(request)
        return
    if request.argc > 3 and not filter_args(request, &filter):
        return
    group = group_and_stream(request, &stream)
    if group == NULL:
        return
    if request.argc == 3:
        reply_summary(request.out, group)
        return
    if filter.consumer_at:
        consumer = consumer_find(group, key_at(request, filter.consumer_at))
        if consumer == NULL:
            out_array(request.out, 0)
            return
    reply_pending(request, &consumer.pending if consumer != NULL else &group.pending, &filter)


# --- claiming


cdef struct Claim:
    Stream* stream
    Group* group
    Consumer* consumer
    int64_t idle_ms                     # not what was delivered later than so long ago
    int64_t delivered_ms                # the time of delivery to set
    int64_t deliveries                  # and their number; -1: one more
    bint force                          # make pending what is not
    bint only_ids                       # JUSTID
    StreamId last_id
    int ids_end                         # where the IDs end in the arguments


cdef void claim(Request* request, Claim* how, Pending* pending) noexcept nogil:
    """Give a pending entry, which is in the stream, to the consumer, and answer it."""
    if how.consumer == NULL:
        # One who gets nothing is not made.
        how.consumer = use_consumer(request, key_at(request, 1), how.group, key_at(request, 3))
    pending_assign(pending, how.consumer)
    pending.delivered_ms = how.delivered_ms
    if how.deliveries >= 0:
        pending.deliveries = <uint64_t>how.deliveries
    elif not how.only_ids:
        pending.deliveries += 1
    if how.only_ids:
        reply_id(request.out, &pending.id)
    else:
        reply_entry_of(request.out, how.stream, &pending.id)
    request.ks.dirty += 1


cdef bint claim_option(Request* request, int* position, Claim* how) noexcept nogil:
    """Read one option of XCLAIM; the position moves to its last argument."""
    cdef int i = position[0]
    cdef Arg* word = &request.argv[i]
    if arg_is(word, b"force", 5):
        how.force = True
        return True
    if arg_is(word, b"justid", 6):
        how.only_ids = True
        return True
    position[0] = i + 1
    if i + 1 < request.argc:
        if arg_is(word, b"idle", 4):
            if not told_int_arg(request, i + 1, b"ERR Invalid IDLE option argument for XCLAIM", &how.delivered_ms):
                return False
            how.delivered_ms = <int64_t>(<uint64_t>request.ks.now_ms - <uint64_t>how.delivered_ms)
            return True
        if arg_is(word, b"time", 4):
            return told_int_arg(request, i + 1, b"ERR Invalid TIME option argument for XCLAIM", &how.delivered_ms)
        if arg_is(word, b"retrycount", 10):
            return told_int_arg(request, i + 1, b"ERR Invalid RETRYCOUNT option argument for XCLAIM",
                                &how.deliveries)
        if arg_is(word, b"lastid", 6):
            return id_arg(request, i + 1, &how.last_id)
    out_error_form(request.out, b"ERR Unrecognized XCLAIM option '%'", word.ptr, word.len)
    return False


cdef bint claim_args(Request* request, Claim* how) noexcept nogil:
    """Read XCLAIM's arguments from the minimum of idle time on."""
    cdef StreamId id
    cdef int i = 5
    if not told_int_arg(request, 4, b"ERR Invalid min-idle-time argument for XCLAIM", &how.idle_ms):
        return False
    if how.idle_ms < 0:
        how.idle_ms = 0
    how.consumer = NULL
    how.delivered_ms = how.deliveries = -1
    how.force = how.only_ids = False
    set_least_id(&how.last_id)
    while i < request.argc and read_id(key_at(request, i), True, 0, NULL, &id):
        i += 1
    how.ids_end = i
    while i < request.argc:
        if not claim_option(request, &i, how):
            return False
        i += 1
    # A time of delivery that cannot be is taken for now: clocks of clients differ.
    if how.delivered_ms < 0 or how.delivered_ms > request.ks.now_ms:
        how.delivered_ms = request.ks.now_ms
    return True


cdef bint claim_id(Request* request, Claim* how, const StreamId* id) noexcept nogil:
    """Claim what is pending of an ID, if it may be; whether anything was answered."""
    cdef Pending* pending
    if not stream_has(how.stream, id):
        # It was deleted, so that nobody can work on it.
        request.ks.dirty += pending_remove(how.group, id)
        return False
    pending = pending_find(how.group, id)
    if pending == NULL:
        if not how.force:
            return False
        pending = pending_add(how.group, NULL, id, request.ks.now_ms)
    elif how.idle_ms and request.ks.now_ms - pending.delivered_ms < how.idle_ms:
        return False
    claim(request, how, pending)
    return True


declare(
    <size_t>xclaim_command,
    "XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds]"
    " [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id]",
    arity=-6, group="stream", flags="write fast", keys="RW update@1", since="5.0.0",
    tips=("nondeterministic_output",),
    complexity="O(log(N)) for each ID, where N is the number of pending entries of the group.",
    about="Gives pending entries to a consumer, and returns them.",
)
cdef void xclaim_command(Request* request) noexcept nogil:
    cdef Claim how
    cdef StreamId id
    cdef int64_t shown = 0
    cdef size_t head
    cdef int i
    how.group = group_and_stream(request, &how.stream)
    if how.group == NULL or not claim_args(request, &how):
        return
    if compare_ids(&how.last_id, &how.group.last_id) > 0:
        how.group.last_id = how.last_id
        request.ks.dirty += 1
    head = out_defer(request.out)
    for i in range(5, how.ids_end):
        read_id(key_at(request, i), True, 0, NULL, &id)
        shown += claim_id(request, &how, &id)
    out_defer_end(request.out, head, c'*', shown)


# --- XAUTOCLAIM


cdef struct Ids:                        # a list of IDs; owns its block
    StreamId* items
    int64_t count
    int64_t capacity


cdef void ids_add(Ids* ids, const StreamId* id) noexcept nogil:
    if ids.count == ids.capacity:
        ids.capacity = ids.capacity * 2 if ids.capacity else DELETED_IDS_MIN
        ids.items = <StreamId*>mem_realloc(ids.items, <size_t>ids.capacity * sizeof(StreamId))
    ids.items[ids.count] = id[0]
    ids.count += 1


cdef bint autoclaim_options(Request* request, int64_t* count, bint* only_ids) noexcept nogil:
    cdef int i = 6
    count[0] = AUTOCLAIM_COUNT
    only_ids[0] = False
    while i < request.argc:
        if i + 1 < request.argc and arg_is(&request.argv[i], b"count", 5):
            i += 1
            if not told_int_arg(request, i, b"ERR COUNT must be > 0", count):
                return False
            if not 1 <= count[0] <= AUTOCLAIM_COUNT_MAX:
                out_error(request.out, b"ERR COUNT must be > 0")
                return False
        elif arg_is(&request.argv[i], b"justid", 6):
            only_ids[0] = True
        else:
            syntax_error(request)
            return False
        i += 1
    return True


cdef int64_t autoclaim(Request* request, Claim* how, int64_t count, StreamId* start, Ids* deleted) noexcept nogil:
    """Claim what is pending from an ID on; returns how many were answered. `start` becomes where to go on, or 0-0."""
    cdef int64_t tries = count * AUTOCLAIM_TRIES
    cdef int64_t shown = 0
    cdef Pending* pending
    cdef Cursor cursor
    cdef bint more = ordered_lower(&how.group.pending, order_by_id, start, False, &cursor)
    while more and tries and count:
        tries -= 1
        pending = <Pending*>cursor_item(&cursor)
        if not stream_has(how.stream, &pending.id):
            start[0] = pending.id
            ids_add(deleted, start)
            pending_remove(how.group, start)
            request.ks.dirty += 1
            count -= 1
            more = ordered_lower(&how.group.pending, order_by_id, start, False, &cursor)
            continue
        if how.idle_ms == 0 or request.ks.now_ms - pending.delivered_ms >= how.idle_ms:
            claim(request, how, pending)
            shown += 1
            count -= 1
        more = cursor_next(&cursor)
    if more:
        start[0] = (<Pending*>cursor_item(&cursor)).id
    else:
        set_least_id(start)
    return shown


cdef void reply_ids(Out* out, const Ids* ids) noexcept nogil:
    cdef int64_t i
    out_array(out, ids.count)
    for i in range(ids.count):
        reply_id(out, &ids.items[i])


declare(
    <size_t>xautoclaim_command, "XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]", arity=-6,
    group="stream", flags="write fast", keys="RW delete@1", since="6.2.0", tips=("nondeterministic_output",),
    complexity="O(N) where N is the number of pending entries that are looked at: COUNT says how many.",
    about="Gives entries that are pending for long to a consumer, and returns them, where to go on, and which are"
    " deleted.",
)
cdef void xautoclaim_command(Request* request) noexcept nogil:
    cdef Claim how
    cdef Ids deleted
    cdef StreamId start
    cdef int64_t count, shown
    cdef size_t head, end
    if not told_int_arg(request, 4, b"ERR Invalid min-idle-time argument for XAUTOCLAIM", &how.idle_ms):
        return
    if not interval_arg(request, 5, True, &start) or not autoclaim_options(request, &count, &how.only_ids):
        return
    how.group = group_and_stream(request, &how.stream)
    if how.group == NULL:
        return
    if count > AUTOCLAIM_COUNT_ADDRESSABLE:
        out_error(request.out, b"ERR Insufficient memory, failed allocating transient memory, COUNT too high.")
        return
    how.delivered_ms = request.ks.now_ms
    how.deliveries = -1
    how.consumer = NULL
    deleted.items = NULL
    deleted.count = deleted.capacity = 0
    out_array(request.out, 3)
    head = out_defer(request.out)
    shown = autoclaim(request, &how, count, &start, &deleted)
    out_defer_end(request.out, head, c'*', shown)
    # Where to go on is said first, and known last.
    end = request.out.len
    reply_id(request.out, &start)
    out_bring_forward(request.out, head, end)
    reply_ids(request.out, &deleted)
    mem_free(deleted.items)
