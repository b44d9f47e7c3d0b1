"""Streams and their consumer groups in the RDB form.

    nodes: count, then for each its ID (a string of 16 bytes) and its listpack
    length | last ID | first ID, greatest deleted ID, entries ever added (not in the old form)
    groups: count, then for each
        name | last delivered ID | entries read (not in the old form)
        pending entries: count, then for each its ID (16 bytes) | time of delivery (8 bytes) | deliveries
        consumers: count, then for each
            name | time seen (8 bytes) | IDs of what is pending for it: count, then 16 bytes each

An ID is two lengths where nothing else is said; 16 bytes are two words, most significant byte first. Everything stands
in order of ID or name.

What redis-server takes to be a stream is more than what it ever makes. A stream is loaded here only if everything
agrees that the commands rely on: IDs rise from entry to entry (but for deleted ones, which XSETID may have left behind)
and from node to node and stay below the last ID, the counts are those of the entries, each pending entry belongs to one
consumer. So nothing else needs to be on its guard.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from autocache.base.bytes cimport View
from autocache.codec.rdb cimport (
    RDB_STREAM_LISTPACKS,
    RDB_STREAM_LISTPACKS_2,
    Reader,
    Writer,
    read_count,
    read_length,
    read_raw,
    read_string,
    read_word,
    write_byte,
    write_length,
    write_raw,
    write_string,
    write_word,
)
from autocache.keyspace.value cimport value_free
from autocache.types.entry cimport ENC_STREAM, TYPE_STREAM, Entry, entry_new_value, entry_pointer
from autocache.types.listpack cimport (
    LP_BYTES_MAX,
    LP_END,
    LP_HEADER_BYTES,
    lp_bytes,
    lp_copy,
    lp_element_bytes,
    lp_get,
    lp_valid,
)
from autocache.types.ordered cimport Cursor, Ordered, cursor_item, cursor_next, ordered_first
from autocache.types.stream cimport (
    ENTRY_DELETED,
    ENTRY_SAME_FIELDS,
    Stream,
    StreamNode,
    stream_append_node,
    stream_entries_until,
    stream_groups,
    stream_new,
    stream_reset_first_id,
)
from autocache.types.stream_groups cimport (
    ENTRIES_READ_UNKNOWN,
    Consumer,
    Group,
    Pending,
    consumer_add,
    groups_add,
    pending_add,
    pending_assign,
    pending_find,
)
from autocache.types.stream_id cimport StreamId, compare_ids, set_least_id

cdef enum:
    ID_BYTES = 16
    # What something takes in the input at least.
    NODE_BYTES_MIN = 18
    GROUP_BYTES_MIN = 5
    PENDING_BYTES_MIN = 25
    CONSUMER_BYTES_MIN = 10

cdef struct Figures:                    # what the nodes were found to hold
    uint64_t length
    StreamId last_id                    # the greatest of them; 0-0 if there is none


# --- IDs


cdef void pack_id(char* target, const StreamId* id) noexcept nogil:
    cdef int i
    for i in range(8):
        target[i] = <char>(id.ms >> (56 - 8 * i))
        target[8 + i] = <char>(id.seq >> (56 - 8 * i))


cdef StreamId unpack_id(const char* source) noexcept nogil:
    cdef StreamId id
    cdef int i
    set_least_id(&id)
    for i in range(8):
        id.ms = id.ms << 8 | <uint8_t>source[i]
        id.seq = id.seq << 8 | <uint8_t>source[8 + i]
    return id


cdef void write_id(Writer* writer, const StreamId* id) noexcept nogil:
    """An ID as two lengths."""
    write_length(writer, id.ms)
    write_length(writer, id.seq)


cdef void write_packed_id(Writer* writer, const StreamId* id) noexcept nogil:
    cdef char packed[ID_BYTES]
    pack_id(packed, id)
    write_raw(writer, packed, ID_BYTES)


cdef bint read_id(Reader* reader, StreamId* id) noexcept nogil:
    return read_length(reader, &id.ms) and read_length(reader, &id.seq)


cdef bint read_packed_id(Reader* reader, StreamId* id) noexcept nogil:
    cdef View packed
    if not read_raw(reader, ID_BYTES, &packed):
        return False
    id[0] = unpack_id(packed.ptr)
    return True


# --- saving


cdef void save_pending(Writer* writer, const Ordered* pending, bint whole) noexcept nogil:
    """The IDs of pending entries; `whole`: and what is known of them."""
    cdef Pending* item
    cdef Cursor cursor
    cdef bint more = ordered_first(pending, &cursor)
    write_length(writer, pending.count)
    while more:
        item = <Pending*>cursor_item(&cursor)
        write_packed_id(writer, &item.id)
        if whole:
            write_word(writer, <uint64_t>item.delivered_ms)
            write_length(writer, item.deliveries)
        more = cursor_next(&cursor)


cdef void save_group(Writer* writer, const Group* group) noexcept nogil:
    cdef Consumer* consumer
    cdef Cursor cursor
    cdef bint more = ordered_first(&group.consumers, &cursor)
    write_string(writer, group.name)
    write_id(writer, &group.last_id)
    write_length(writer, <uint64_t>group.entries_read)
    save_pending(writer, &group.pending, True)
    write_length(writer, group.consumers.count)
    while more:
        consumer = <Consumer*>cursor_item(&cursor)
        write_string(writer, consumer.name)
        write_word(writer, <uint64_t>consumer.seen_ms)
        save_pending(writer, &consumer.pending, False)
        more = cursor_next(&cursor)


cdef void save_node(Writer* writer, const StreamNode* node) noexcept nogil:
    cdef View packed
    write_length(writer, ID_BYTES)
    write_packed_id(writer, &node.id)
    packed.ptr = node.packed
    packed.len = lp_bytes(node.packed)
    write_string(writer, packed)


cdef void stream_save(Writer* writer, Entry* entry) noexcept nogil:
    cdef Stream* stream = <Stream*>entry_pointer(entry)
    cdef Cursor cursor
    cdef bint more = ordered_first(&stream.nodes, &cursor)
    write_byte(writer, RDB_STREAM_LISTPACKS_2)
    write_length(writer, stream.nodes.count)
    while more:
        save_node(writer, <StreamNode*>cursor_item(&cursor))
        more = cursor_next(&cursor)
    write_length(writer, stream.length)
    write_id(writer, &stream.last_id)
    write_id(writer, &stream.first_id)
    write_id(writer, &stream.max_deleted_id)
    write_length(writer, stream.entries_added)
    if stream.groups == NULL:
        write_length(writer, 0)
        return
    write_length(writer, stream.groups.count)
    more = ordered_first(stream.groups, &cursor)
    while more:
        save_group(writer, <Group*>cursor_item(&cursor))
        more = cursor_next(&cursor)


# --- loading nodes


cdef bint take_int(const char** p, int64_t* number) noexcept nogil:
    """Read an element and go behind it; False if it is no integer, or the end."""
    cdef View text
    if <uint8_t>p[0][0] == LP_END or not lp_get(p[0], &text, number):
        return False
    p[0] += lp_element_bytes(p[0])
    return True


cdef bint skip(const char** p, int64_t count) noexcept nogil:
    """Go behind so many elements; False if there are fewer."""
    while count > 0:
        if <uint8_t>p[0][0] == LP_END:
            return False
        p[0] += lp_element_bytes(p[0])
        count -= 1
    return count == 0


cdef bint check_entry(const char** p, int64_t names, int64_t elements, StreamId* id, int64_t* flags) noexcept nogil:
    """Go behind an entry; `id` is the node's and becomes the entry's. False if it is none.

    The flags must be one byte in the listpack, for they are changed in place. No count exceeds `elements`, which are
    all that the node has, so that none overflows.
    """
    cdef int64_t ms, seq, before
    cdef int64_t fields = names
    if <uint8_t>p[0][0] > ENTRY_DELETED + ENTRY_SAME_FIELDS:
        return False
    if not (take_int(p, flags) and take_int(p, &ms) and take_int(p, &seq)):
        return False
    id.ms += <uint64_t>ms
    id.seq += <uint64_t>seq
    if flags[0] & ENTRY_SAME_FIELDS:
        return skip(p, fields) and take_int(p, &before) and before == fields + 3
    if not take_int(p, &fields) or fields < 0 or fields > elements:
        return False
    return skip(p, 2 * fields) and take_int(p, &before) and before == 2 * fields + 4


cdef bint check_node(const char* packed, int64_t elements, const StreamId* node_id, Figures* figures) noexcept nogil:
    """Whether a sound listpack of so many elements is a node that may follow what was read so far."""
    cdef const char* p = packed + LP_HEADER_BYTES
    cdef int64_t live, deleted, names, zero
    cdef int64_t flags = 0
    cdef int64_t live_found = 0
    cdef int64_t found = 0
    cdef StreamId id
    if not (take_int(&p, &live) and take_int(&p, &deleted) and take_int(&p, &names)):
        return False
    if names < 0 or names > elements or not skip(&p, names) or not take_int(&p, &zero) or zero != 0:
        return False
    while <uint8_t>p[0] != LP_END:
        id = node_id[0]
        if not check_entry(&p, names, elements, &id, &flags):
            return False
        found += 1
        if flags & ENTRY_DELETED:
            continue
        if compare_ids(&id, &figures.last_id) <= 0:
            return False
        figures.last_id = id
        live_found += 1
    figures.length += <uint64_t>live_found
    return found > 0 and live == live_found and deleted == found - live_found


cdef bint load_nodes(Reader* reader, Stream* stream, Figures* figures) noexcept nogil:
    cdef View packed_id, data
    cdef uint64_t count
    cdef size_t elements
    cdef StreamId id
    cdef StreamId before
    set_least_id(&before)
    set_least_id(&figures.last_id)
    figures.length = 0
    if not read_count(reader, NODE_BYTES_MIN, &count):
        return False
    while count:
        count -= 1
        if not read_string(reader, &packed_id) or not read_string(reader, &data):
            return False
        if packed_id.len != ID_BYTES or data.len > <size_t>LP_BYTES_MAX \
                or not lp_valid(data.ptr, data.len, True, &elements):
            return False
        id = unpack_id(packed_id.ptr)
        if compare_ids(&id, &before) <= 0 or not check_node(data.ptr, <int64_t>elements, &id, figures):
            return False
        before = id
        stream_append_node(stream, &id, lp_copy(data.ptr))
    return True


cdef bint load_figures(Reader* reader, uint8_t kind, Stream* stream, const Figures* figures) noexcept nogil:
    if not read_length(reader, &stream.length) or not read_id(reader, &stream.last_id):
        return False
    if stream.length != figures.length or compare_ids(&stream.last_id, &figures.last_id) < 0:
        return False
    if kind == RDB_STREAM_LISTPACKS:
        stream.entries_added = stream.length
        stream_reset_first_id(stream)
        return True
    return (read_id(reader, &stream.first_id) and read_id(reader, &stream.max_deleted_id)
            and read_length(reader, &stream.entries_added))


# --- loading groups


cdef bint load_pending(Reader* reader, Group* group) noexcept nogil:
    """What is pending in a group, of which nobody has anything yet."""
    cdef StreamId id
    cdef StreamId before
    cdef uint64_t count, delivered_ms, left
    cdef Pending* pending
    if not read_count(reader, PENDING_BYTES_MIN, &count):
        return False
    set_least_id(&before)
    left = count
    while left:
        if not read_packed_id(reader, &id) or not read_word(reader, &delivered_ms):
            return False
        if left < count and compare_ids(&id, &before) <= 0:
            return False
        pending = pending_add(group, NULL, &id, <int64_t>delivered_ms)
        before = id
        left -= 1
        if not read_length(reader, &pending.deliveries):
            return False
    return True


cdef bint load_consumer(Reader* reader, Group* group) noexcept nogil:
    cdef View name
    cdef StreamId id
    cdef uint64_t seen_ms, count
    cdef Consumer* consumer
    cdef Pending* pending
    if not read_string(reader, &name) or not read_word(reader, &seen_ms):
        return False
    consumer = consumer_add(group, name, <int64_t>seen_ms)
    if consumer == NULL or not read_count(reader, ID_BYTES, &count):
        return False
    while count:
        count -= 1
        if not read_packed_id(reader, &id):
            return False
        pending = pending_find(group, &id)
        if pending == NULL or pending.consumer != NULL:
            return False
        pending_assign(pending, consumer)
    return True


cdef bint load_consumers(Reader* reader, Group* group) noexcept nogil:
    """The consumers of a group, who together have all that is pending."""
    cdef uint64_t count
    cdef uint64_t assigned = 0
    cdef Cursor cursor
    cdef bint more
    if not read_count(reader, CONSUMER_BYTES_MIN, &count):
        return False
    while count:
        count -= 1
        if not load_consumer(reader, group):
            return False
    more = ordered_first(&group.consumers, &cursor)
    while more:
        assigned += (<Consumer*>cursor_item(&cursor)).pending.count
        more = cursor_next(&cursor)
    return assigned == group.pending.count


cdef bint load_groups(Reader* reader, uint8_t kind, Stream* stream) noexcept nogil:
    cdef View name
    cdef StreamId id
    cdef uint64_t count, entries_read
    cdef Group* group
    if not read_count(reader, GROUP_BYTES_MIN, &count):
        return False
    while count:
        count -= 1
        if not read_string(reader, &name) or not read_id(reader, &id):
            return False
        if kind == RDB_STREAM_LISTPACKS:
            entries_read = <uint64_t>stream_entries_until(stream, &id)
        elif not read_length(reader, &entries_read):
            return False
        group = groups_add(stream_groups(stream), name, &id, <int64_t>entries_read)
        if group == NULL or group.entries_read < ENTRIES_READ_UNKNOWN:
            return False
        if not load_pending(reader, group) or not load_consumers(reader, group):
            return False
    return True


cdef Entry* stream_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access) noexcept nogil:
    cdef Figures figures
    cdef Stream* stream = stream_new()
    cdef Entry* entry = entry_new_value(TYPE_STREAM | ENC_STREAM, key, stream, expiry, access)
    if (load_nodes(reader, stream, &figures) and load_figures(reader, kind, stream, &figures)
            and load_groups(reader, kind, stream)):
        return entry
    value_free(entry)
    return NULL
