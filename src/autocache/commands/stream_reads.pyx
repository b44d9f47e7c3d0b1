"""XREAD and XREADGROUP: entries that are newer than an ID, of several streams, with waiting.

If no stream has any, and BLOCK was said, the command waits (blocking.pyx) and is run again when one of its keys
changes. It then looks at that key only. `$` means the last ID at the time when the command came, so it becomes that ID
in the request that is kept.
"""

from libc.stdint cimport UINT64_MAX, int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.commands.args cimport arg_is, find_typed, int_arg, key_at, syntax_error
from autocache.commands.blocking cimport NULL_ARRAY, block_on_keys, is_rerun, may_serve, timeout_ms_arg
from autocache.commands.context cimport S_IN_SCRIPT, Request
from autocache.commands.stream_args cimport (
    ID_TEXT_BYTES_MAX,
    format_id,
    id_arg,
    is_mark,
    reply_entry,
    reply_entry_of,
    reply_id,
    stream_of,
    two_word_error,
    use_consumer,
)
from autocache.keyspace.db cimport FIND_SILENT, Found, db_find
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport (
    Out,
    out_array,
    out_defer,
    out_defer_end,
    out_error,
    out_error_form,
    out_map,
    out_null_array,
    out_view,
)
from autocache.resp.parser cimport Arg
from autocache.types.entry cimport TYPE_STREAM, entry_type
from autocache.types.ordered cimport Cursor, cursor_item, cursor_next, ordered_lower
from autocache.types.stream cimport (
    Stream,
    StreamWalk,
    stream_entries_until,
    stream_has_deleted_after,
    stream_last_entry_id,
    walk_next,
    walk_start,
)
from autocache.types.stream_groups cimport (
    ENTRIES_READ_UNKNOWN,
    Consumer,
    Group,
    Pending,
    groups_find,
    pending_add,
    pending_assign,
    pending_find,
)
from autocache.types.stream_id cimport (
    StreamId,
    compare_ids,
    next_id,
    order_by_id,
    set_greatest_id,
    set_least_id,
)

from autocache.commands.declare import declare

cdef enum:
    WAITED_COUNT = 1000                 # what one who waited gets at most, if no COUNT was said


cdef struct Read:                       # what is asked
    bint groups                         # XREADGROUP
    bint blocks
    bint no_ack
    int64_t deadline
    int64_t count                       # of each stream; 0: all
    int first                           # where the keys are; their IDs follow
    int streams
    int group_at                        # where GROUP's name is, and then the consumer's; 0: not said


# --- options


cdef bint streams_arg(Request* request, int position, Read* read) noexcept nogil:
    """Read what follows STREAMS."""
    cdef int words = request.argc - position - 1
    if words % 2:
        out_error(request.out, b"ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be"
                  b" specified.")
        return False
    read.first = position + 1
    read.streams = words // 2
    return True


cdef bint group_option(Request* request, Read* read, const char* error) noexcept nogil:
    """Whether the command is the one that has options for groups."""
    if not read.groups:
        out_error(request.out, error)
    return read.groups


cdef bint read_option(Request* request, int* position, Read* read) noexcept nogil:
    """Read one option; the position moves to its last argument."""
    cdef int i = position[0]
    cdef int more = request.argc - i - 1
    if more and arg_is(&request.argv[i], b"block", 5):
        position[0] = i + 1
        if request.session.flags & S_IN_SCRIPT:
            out_error_form(request.out, b"ERR % command is not allowed with BLOCK option from scripts",
                           request.command.name, request.command.name_len)
            return False
        read.blocks = True
        return timeout_ms_arg(request, i + 1, &read.deadline)
    if more and arg_is(&request.argv[i], b"count", 5):
        position[0] = i + 1
        if not int_arg(request, i + 1, &read.count):
            return False
        read.count = read.count if read.count > 0 else 0
        return True
    if more and arg_is(&request.argv[i], b"streams", 7):
        return streams_arg(request, i, read)
    if more >= 2 and arg_is(&request.argv[i], b"group", 5):
        position[0] = i + 2
        read.group_at = i + 1
        return group_option(request, read, b"ERR The GROUP option is only supported by XREADGROUP. You called XREAD"
                            b" instead.")
    if arg_is(&request.argv[i], b"noack", 5):
        read.no_ack = True
        return group_option(request, read, b"ERR The NOACK option is only supported by XREADGROUP. You called XREAD"
                            b" instead.")
    syntax_error(request)
    return False


cdef bint read_options(Request* request, bint groups, Read* read) noexcept nogil:
    cdef int i = 1
    read.groups = groups
    read.blocks = read.no_ack = False
    read.deadline = read.count = 0
    read.first = read.streams = read.group_at = 0
    while i < request.argc and read.first == 0:
        if not read_option(request, &i, read):
            return False
        i += 1
    if read.first == 0:
        syntax_error(request)
        return False
    if groups and read.group_at == 0:
        out_error(request.out, b"ERR Missing GROUP option for XREADGROUP")
        return False
    return True


# --- one stream


cdef struct Source:                     # a stream, and after which of its entries to read
    StreamId after
    bint history                        # of what is pending for the consumer
    Stream* stream                      # NULL: absent
    Group* group                        # NULL: XREAD


cdef bint after_arg(Request* request, int position, const Read* read, Source* source) noexcept nogil:
    """Read the ID after which to read."""
    source.history = False
    if is_mark(&request.argv[position], c'$'):
        if read.groups:
            out_error(request.out, b"ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the"
                      b" history of this consumer by specifying a proper ID, or use the > ID to get new messages."
                      b" The $ ID would just return an empty result set.")
            return False
        if source.stream == NULL:
            set_least_id(&source.after)
        else:
            source.after = source.stream.last_id
        return True
    if is_mark(&request.argv[position], c'>'):
        if not read.groups:
            out_error(request.out, b"ERR The > ID can be specified only when calling XREADGROUP using the GROUP"
                      b" <group> <consumer> option.")
            return False
        set_greatest_id(&source.after)
        return True
    if not id_arg(request, position, &source.after):
        return False
    # The greatest ID is redis-server's inner sign for `>`.
    source.history = read.groups and not (
        source.after.ms == <uint64_t>UINT64_MAX and source.after.seq == <uint64_t>UINT64_MAX)
    return True


cdef bint find_source(Request* request, int i, const Read* read, Source* source) noexcept nogil:
    """Find the stream, the group and the ID that are named first, second and so on."""
    cdef int position = read.first + i
    cdef Found found
    source.stream = NULL
    source.group = NULL
    if not find_typed(request, position, TYPE_STREAM, 0, &found):
        return False
    if found.slot != NULL:
        source.stream = stream_of(&found)
        if read.groups:
            source.group = groups_find(source.stream.groups, key_at(request, read.group_at))
    if read.groups and source.group == NULL:
        two_word_error(request, b"NOGROUP No such key '%' or consumer group '%' in XREADGROUP with GROUP option",
                       key_at(request, position), key_at(request, read.group_at))
        return False
    return after_arg(request, position + read.streams, read, source)


cdef bint has_news(Source* source) noexcept nogil:
    """Whether there is something to read. For `>`, the ID becomes the one after which the group has read nothing."""
    cdef StreamId last
    if source.stream == NULL:
        return False
    if source.history:
        return True
    if not stream_last_entry_id(source.stream, &last):
        return False
    if source.group != NULL:
        if compare_ids(&last, &source.group.last_id) <= 0:
            return False
        source.after = source.group.last_id
    return compare_ids(&last, &source.after) > 0


# --- replies


cdef void note_read(const Stream* stream, Group* group, const StreamId* id) noexcept nogil:
    """Let a group know that an entry was delivered."""
    if compare_ids(id, &group.last_id) <= 0:
        return
    if group.entries_read != ENTRIES_READ_UNKNOWN and not stream_has_deleted_after(stream, id):
        group.entries_read += 1
    elif stream.entries_added:
        group.entries_read = stream_entries_until(stream, id)
    group.last_id = id[0]


cdef void make_pending(Request* request, Group* group, Consumer* consumer, const StreamId* id) noexcept nogil:
    """An entry was delivered to a consumer, perhaps once more since the group's ID was set back."""
    cdef Pending* pending = pending_find(group, id)
    if pending == NULL:
        pending_add(group, consumer, id, request.ks.now_ms)
        return
    pending_assign(pending, consumer)
    pending.delivered_ms = request.ks.now_ms
    pending.deliveries = 1


cdef void reply_news(Request* request, const Read* read, Source* source, Consumer* consumer) noexcept nogil:
    """The entries after the ID; for a group they are delivered then."""
    cdef StreamWalk walk
    cdef StreamId first = source.after
    cdef StreamId last
    cdef int64_t shown = 0
    cdef size_t head = out_defer(request.out)
    set_greatest_id(&last)
    next_id(&first)
    walk_start(&walk, source.stream, &first, &last, False)
    while (shown == 0 or shown != read.count) and walk_next(&walk):
        if source.group != NULL:
            note_read(source.stream, source.group, &walk.id)
        reply_entry(request.out, &walk)
        if source.group != NULL and not read.no_ack:
            make_pending(request, source.group, consumer, &walk.id)
        shown += 1
    out_defer_end(request.out, head, c'*', shown)


cdef void reply_history(Request* request, const Read* read, Source* source, Consumer* consumer) noexcept nogil:
    """What is pending for the consumer after the ID; that counts as delivered once more."""
    cdef StreamId first = source.after
    cdef Pending* pending
    cdef Cursor cursor
    cdef int64_t shown = 0
    cdef size_t head = out_defer(request.out)
    cdef bint more
    next_id(&first)
    more = ordered_lower(&consumer.pending, order_by_id, &first, False, &cursor)
    while more and (read.count == 0 or shown < read.count):
        pending = <Pending*>cursor_item(&cursor)
        if reply_entry_of(request.out, source.stream, &pending.id):
            pending.delivered_ms = request.ks.now_ms
            pending.deliveries += 1
        else:
            # It was deleted in the meantime.
            out_array(request.out, 2)
            reply_id(request.out, &pending.id)
            out_null_array(request.out)
        shown += 1
        more = cursor_next(&cursor)
    out_defer_end(request.out, head, c'*', shown)


cdef void reply_source(Request* request, const Read* read, int i, Source* source) noexcept nogil:
    """A stream's name and what was read from it."""
    cdef View key = key_at(request, read.first + i)
    cdef Consumer* consumer = NULL
    if request.out.protocol == 2:
        out_array(request.out, 2)
    out_view(request.out, key)
    if source.group != NULL:
        consumer = use_consumer(request, key, source.group, key_at(request, read.group_at + 1))
        request.ks.dirty += 1
    if source.history:
        reply_history(request, read, source, consumer)
    else:
        reply_news(request, read, source, consumer)


cdef inline char answer_kind(const Out* out) noexcept nogil:
    return c'*' if out.protocol == 2 else c'%'


# --- the commands


cdef bint check_sources(Request* request, const Read* read) noexcept nogil:
    """Whether all streams, groups and IDs are right: nothing is read before."""
    cdef Source source
    cdef int i
    for i in range(read.streams):
        if not find_source(request, i, read, &source):
            return False
    return True


cdef bint read_all(Request* request, const Read* read) noexcept nogil:
    """Answer what there is to read; False, and nothing is appended, if there is nothing."""
    cdef Source source
    cdef int i
    cdef int64_t shown = 0
    cdef size_t head = out_defer(request.out)
    for i in range(read.streams):
        find_source(request, i, read, &source)
        if has_news(&source):
            shown += 1
            reply_source(request, read, i, &source)
    if shown:
        out_defer_end(request.out, head, answer_kind(request.out), shown)
    return shown != 0


cdef void wait_for_news(Request* request, const Read* read) noexcept nogil:
    """Wait for the streams; the request that is kept has the IDs that `$` stands for now."""
    cdef size_t bytes = <size_t>read.streams * (sizeof(Arg) + ID_TEXT_BYTES_MAX)
    cdef Arg* ids = &request.argv[read.first + read.streams]
    cdef Arg* asked = <Arg*>mem_alloc(bytes)
    cdef char* text = <char*>(asked + read.streams)
    cdef Source source
    cdef int i
    for i in range(read.streams):
        asked[i] = ids[i]
        if not is_mark(&ids[i], c'$'):
            continue
        find_source(request, i, read, &source)
        ids[i].len = format_id(text, &source.after)
        ids[i].ptr = text
        text += ID_TEXT_BYTES_MAX
    block_on_keys(request, read.first, read.streams, 1, TYPE_STREAM, read.deadline, NULL_ARRAY, read.groups)
    for i in range(read.streams):
        ids[i] = asked[i]
    mem_free(asked)


cdef void read_ready(Request* request, Read* read) noexcept nogil:
    """Run again, for the key that has changed; one who waits for a group is also told when it is gone."""
    cdef Source source
    cdef Found found
    cdef int i = 0
    while not may_serve(request, read.first + i):
        i += 1
    if not db_find(request.ks, request.db, key_at(request, read.first + i), &found, FIND_SILENT) or (
            entry_type(found.entry) != TYPE_STREAM):
        out_error(request.out, b"UNBLOCKED the stream key no longer exists")
        return
    source.stream = stream_of(&found)
    source.history = False
    source.group = NULL
    if read.groups:
        source.group = groups_find(source.stream.groups, key_at(request, read.group_at))
        if source.group == NULL:
            out_error(request.out, b"NOGROUP the consumer group this client was blocked on no longer exists")
            return
        source.after = source.group.last_id
    elif not id_arg(request, read.first + read.streams + i, &source.after):
        return
    if compare_ids(&source.stream.last_id, &source.after) <= 0:
        block_on_keys(request, read.first, read.streams, 1, TYPE_STREAM, read.deadline, NULL_ARRAY, read.groups)
        return
    if read.count == 0:
        read.count = WAITED_COUNT
    if request.out.protocol == 2:
        out_array(request.out, 1)
    else:
        out_map(request.out, 1)
    reply_source(request, read, i, &source)


cdef void read_streams(Request* request, bint groups) noexcept nogil:
    cdef Read read
    if not read_options(request, groups, &read):
        return
    if is_rerun(request):
        read_ready(request, &read)
    elif not check_sources(request, &read) or read_all(request, &read):
        return
    elif read.blocks:
        wait_for_news(request, &read)
    else:
        out_null_array(request.out)


declare(
    <size_t>xread_command, "XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]", arity=-4,
    group="stream", flags="readonly blocking", keys="RO access@STREAMS+1..-1/1/2", since="5.0.0",
    complexity="O(N) where N is the number of entries returned.",
    about="Returns the entries of streams that are newer than an ID of each; with BLOCK, waits until there are some.",
)
cdef void xread_command(Request* request) noexcept nogil:
    read_streams(request, False)


declare(
    <size_t>xreadgroup_command,
    "XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]",
    arity=-7, group="stream", flags="write blocking", keys="RO access@STREAMS+4..-1/1/2", since="5.0.0",
    complexity="O(M) where M is the number of entries returned.",
    about="Returns entries that no consumer of a group got yet, or again those that wait for this one's XACK.",
)
cdef void xreadgroup_command(Request* request) noexcept nogil:
    read_streams(request, True)
