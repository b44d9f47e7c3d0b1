"""XINFO: what there is to know of a stream, its groups and their consumers."""

from libc.stdint cimport int64_t
from libc.string cimport strlen

from autocache.commands.args cimport arg_is, find_typed, int_arg, key_at
from autocache.commands.context cimport Request
from autocache.commands.stream_args cimport reply_entry, reply_id, stream_of, two_word_error
from autocache.keyspace.db cimport Found
from autocache.resp.out cimport (
    Out,
    out_array,
    out_bulk,
    out_defer,
    out_defer_end,
    out_error,
    out_error_form,
    out_int,
    out_map,
    out_null,
    out_view,
)
from autocache.types.entry cimport TYPE_STREAM
from autocache.types.ordered cimport Cursor, Ordered, cursor_item, cursor_next, ordered_first
from autocache.types.stream cimport (
    Stream,
    StreamWalk,
    stream_entries_until,
    stream_has_deleted_after,
    stream_rax_nodes,
    walk_next,
    walk_start,
)
from autocache.types.stream_groups cimport ENTRIES_READ_UNKNOWN, Consumer, Group, Pending, groups_find
from autocache.types.stream_id cimport StreamId, set_greatest_id, set_least_id

from autocache.commands.declare import container, declare
from autocache.commands.plain import declare_help

cdef enum:
    FULL_COUNT = 10                     # entries that FULL shows if no COUNT is said


# --- shared


cdef inline void field(Out* out, const char* name) noexcept nogil:
    out_bulk(out, name, strlen(name))


cdef inline void int_field(Out* out, const char* name, int64_t value) noexcept nogil:
    field(out, name)
    out_int(out, value)


cdef inline void id_field(Out* out, const char* name, const StreamId* id) noexcept nogil:
    field(out, name)
    reply_id(out, id)


cdef Stream* find_stream(Request* request) noexcept nogil:
    """The stream at 2; NULL once the error is appended."""
    cdef Found found
    if not find_typed(request, 2, TYPE_STREAM, 0, &found):
        return NULL
    if found.slot == NULL:
        out_error(request.out, b"ERR no such key")
        return NULL
    return stream_of(&found)


cdef void entries_read_field(Out* out, const Group* group) noexcept nogil:
    field(out, b"entries-read")
    if group.entries_read == ENTRIES_READ_UNKNOWN:
        out_null(out)
    else:
        out_int(out, group.entries_read)


cdef void lag_field(Out* out, const Stream* stream, const Group* group) noexcept nogil:
    """How many entries the group has not read yet, if that can be told."""
    cdef int64_t read = group.entries_read
    field(out, b"lag")
    if stream.entries_added == 0:
        out_int(out, 0)
        return
    if read == ENTRIES_READ_UNKNOWN or stream_has_deleted_after(stream, &group.last_id):
        read = stream_entries_until(stream, &group.last_id)
    if read == ENTRIES_READ_UNKNOWN:
        out_null(out)
    else:
        out_int(out, <int64_t>stream.entries_added - read)


# --- XINFO STREAM


cdef int64_t reply_entries(Out* out, const Stream* stream, int64_t count, bint backwards) noexcept nogil:
    """Append up to `count` entries (0: all); returns how many."""
    cdef StreamId least, greatest
    cdef StreamWalk walk
    cdef int64_t shown = 0
    set_least_id(&least)
    set_greatest_id(&greatest)
    walk_start(&walk, stream, &least, &greatest, backwards)
    while (shown == 0 or shown != count) and walk_next(&walk):
        reply_entry(out, &walk)
        shown += 1
    return shown


cdef void edge_field(Out* out, const char* name, const Stream* stream, bint last) noexcept nogil:
    field(out, name)
    if reply_entries(out, stream, 1, last) == 0:
        out_null(out)


cdef void pending_field(Out* out, const Ordered* tree, int64_t count, bint names) noexcept nogil:
    """Up to `count` pending entries (0: all), with the names of their consumers or without."""
    cdef Pending* pending
    cdef Cursor cursor
    cdef int64_t shown = 0
    cdef size_t head
    cdef bint more = ordered_first(tree, &cursor)
    int_field(out, b"pel-count", <int64_t>tree.count)
    field(out, b"pending")
    head = out_defer(out)
    while more and (count == 0 or shown < count):
        pending = <Pending*>cursor_item(&cursor)
        out_array(out, 4 if names else 3)
        reply_id(out, &pending.id)
        if names:
            out_view(out, pending.consumer.name)
        out_int(out, pending.delivered_ms)
        out_int(out, <int64_t>pending.deliveries)
        shown += 1
        more = cursor_next(&cursor)
    out_defer_end(out, head, c'*', shown)


cdef void full_consumers(Out* out, const Group* group, int64_t count) noexcept nogil:
    cdef Consumer* consumer
    cdef Cursor cursor
    cdef bint more = ordered_first(&group.consumers, &cursor)
    field(out, b"consumers")
    out_array(out, <int64_t>group.consumers.count)
    while more:
        consumer = <Consumer*>cursor_item(&cursor)
        out_map(out, 4)
        field(out, b"name")
        out_view(out, consumer.name)
        int_field(out, b"seen-time", consumer.seen_ms)
        pending_field(out, &consumer.pending, count, False)
        more = cursor_next(&cursor)


cdef void full_groups(Out* out, const Stream* stream, int64_t count) noexcept nogil:
    cdef Group* group
    cdef Cursor cursor
    cdef bint more
    field(out, b"groups")
    if stream.groups == NULL:
        out_array(out, 0)
        return
    out_array(out, <int64_t>stream.groups.count)
    more = ordered_first(stream.groups, &cursor)
    while more:
        group = <Group*>cursor_item(&cursor)
        out_map(out, 7)
        field(out, b"name")
        out_view(out, group.name)
        id_field(out, b"last-delivered-id", &group.last_id)
        entries_read_field(out, group)
        lag_field(out, stream, group)
        pending_field(out, &group.pending, count, True)
        full_consumers(out, group, count)
        more = cursor_next(&cursor)


cdef void bad_subcommand(Request* request) noexcept nogil:
    out_error_form(request.out, b"ERR unknown subcommand or wrong number of arguments for '%'. Try XINFO HELP.",
                   request.argv[1].ptr, request.argv[1].len)


cdef bint full_options(Request* request, int64_t* count) noexcept nogil:
    """Read FULL and its COUNT."""
    count[0] = FULL_COUNT
    if request.argc not in (4, 6) or not arg_is(&request.argv[3], b"full", 4) or (
            request.argc == 6 and not arg_is(&request.argv[4], b"count", 5)):
        bad_subcommand(request)
        return False
    if request.argc == 6 and not int_arg(request, 5, count):
        return False
    if count[0] < 0:
        count[0] = FULL_COUNT
    return True


container("XINFO", group="stream", since="5.0.0", categories="-stream", about="Tells what there is to know of streams.")


declare(
    <size_t>stream_command, "XINFO STREAM key [FULL [COUNT count]]", parent="xinfo", arity=-3, group="stream",
    flags="readonly", keys="RO access@2", since="5.0.0",
    complexity="O(N) where N is the number of nodes of the stream.",
    about="Returns what there is to know of a stream; with FULL also its entries and groups.",
)
cdef void stream_command(Request* request) noexcept nogil:
    cdef Out* out = request.out
    cdef Stream* stream = find_stream(request)
    cdef bint full = request.argc > 3
    cdef int64_t count, shown
    cdef size_t head
    if stream == NULL or (full and not full_options(request, &count)):
        return
    out_map(out, 9 if full else 10)
    int_field(out, b"length", <int64_t>stream.length)
    int_field(out, b"radix-tree-keys", <int64_t>stream.nodes.count)
    int_field(out, b"radix-tree-nodes", <int64_t>stream_rax_nodes(stream))
    id_field(out, b"last-generated-id", &stream.last_id)
    id_field(out, b"max-deleted-entry-id", &stream.max_deleted_id)
    int_field(out, b"entries-added", <int64_t>stream.entries_added)
    id_field(out, b"recorded-first-entry-id", &stream.first_id)
    if not full:
        int_field(out, b"groups", <int64_t>stream.groups.count if stream.groups != NULL else 0)
        edge_field(out, b"first-entry", stream, False)
        edge_field(out, b"last-entry", stream, True)
        return
    field(out, b"entries")
    head = out_defer(out)
    shown = reply_entries(out, stream, count, False)
    out_defer_end(out, head, c'*', shown)
    full_groups(out, stream, count)


# --- XINFO GROUPS and CONSUMERS


declare(
    <size_t>groups_command, "XINFO GROUPS key", parent="xinfo", arity=3, group="stream", flags="readonly",
    keys="RO access@2", since="5.0.0", complexity="O(N) where N is the number of groups.",
    about="Returns the consumer groups of a stream.",
)
cdef void groups_command(Request* request) noexcept nogil:
    cdef Out* out = request.out
    cdef Stream* stream = find_stream(request)
    cdef Group* group
    cdef Cursor cursor
    cdef bint more
    if stream == NULL:
        return
    if stream.groups == NULL:
        out_array(out, 0)
        return
    out_array(out, <int64_t>stream.groups.count)
    more = ordered_first(stream.groups, &cursor)
    while more:
        group = <Group*>cursor_item(&cursor)
        out_map(out, 6)
        field(out, b"name")
        out_view(out, group.name)
        int_field(out, b"consumers", <int64_t>group.consumers.count)
        int_field(out, b"pending", <int64_t>group.pending.count)
        id_field(out, b"last-delivered-id", &group.last_id)
        entries_read_field(out, group)
        lag_field(out, stream, group)
        more = cursor_next(&cursor)


declare(
    <size_t>consumers_command, "XINFO CONSUMERS key groupname", parent="xinfo", arity=4, group="stream",
    flags="readonly", keys="RO access@2", since="5.0.0", tips=("nondeterministic_output",),
    complexity="O(N) where N is the number of consumers.", about="Returns the consumers of a group.",
)
cdef void consumers_command(Request* request) noexcept nogil:
    cdef Out* out = request.out
    cdef Stream* stream = find_stream(request)
    cdef Consumer* consumer
    cdef Group* group
    cdef Cursor cursor
    cdef int64_t idle
    cdef bint more
    if stream == NULL:
        return
    group = groups_find(stream.groups, key_at(request, 3))
    if group == NULL:
        two_word_error(request, b"NOGROUP No such consumer group '%' for key name '%'", key_at(request, 3),
                       key_at(request, 2))
        return
    out_array(out, <int64_t>group.consumers.count)
    more = ordered_first(&group.consumers, &cursor)
    while more:
        consumer = <Consumer*>cursor_item(&cursor)
        idle = request.ks.now_ms - consumer.seen_ms
        out_map(out, 3)
        field(out, b"name")
        out_view(out, consumer.name)
        int_field(out, b"pending", <int64_t>consumer.pending.count)
        int_field(out, b"idle", idle if idle > 0 else 0)
        more = cursor_next(&cursor)


declare_help("xinfo", since="5.0.0")
