"""Consumer groups of a stream: what was delivered to whom and is not acknowledged yet.

A group owns its consumers, in the order of their names, and its pending entries, in the order of their IDs. Each
pending entry is one block in two trees: the group's, which owns it, and its consumer's. An entry that FORCE has just
made belongs to no consumer for a moment (`pending_assign` gives it one).
"""

from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp, memcpy

from autocache.base.bytes cimport View
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_size
from autocache.types.ordered cimport (
    Cursor,
    Ordered,
    cursor_item,
    cursor_next,
    ordered_build_append,
    ordered_bytes,
    ordered_clear,
    ordered_clear_step,
    ordered_find,
    ordered_first,
    ordered_init,
    ordered_insert,
    ordered_last,
    ordered_remove,
    ordered_remove_at,
)
from autocache.types.stream_id cimport StreamId, order_by_id


cdef int order_by_name(const void* probe, const void* item) noexcept nogil:
    """By bytes, a shorter name before those that begin with it. Probe and item begin with a View."""
    cdef const View* a = <const View*>probe
    cdef const View* b = <const View*>item
    cdef int compared = memcmp(a.ptr, b.ptr, a.len if a.len < b.len else b.len)
    if compared:
        return compared
    return (a.len > b.len) - (a.len < b.len)


cdef void* new_named(size_t size, View name) noexcept nogil:
    """A block of `size` bytes that begins with a View of its name, whose bytes follow it."""
    cdef char* block = <char*>mem_alloc(size + name.len)
    cdef View* own = <View*>block
    memcpy(block + size, name.ptr, name.len)
    own.ptr = block + size
    own.len = name.len
    return block


cdef void* find_named(const Ordered* tree, View name) noexcept nogil:
    cdef Cursor cursor
    return cursor_item(&cursor) if ordered_find(tree, order_by_name, &name, &cursor) else NULL


# --- groups


cdef Group* groups_find(const Ordered* groups, View name) noexcept nogil:
    """The group of a name, or NULL; `groups` may be NULL, too."""
    return <Group*>find_named(groups, name) if groups != NULL else NULL


cdef Group* new_group(View name, const StreamId* last_id, int64_t entries_read) noexcept nogil:
    cdef Group* group = <Group*>new_named(sizeof(Group), name)
    group.last_id = last_id[0]
    group.entries_read = entries_read
    ordered_init(&group.pending)
    ordered_init(&group.consumers)
    return group


cdef Group* groups_add(Ordered* groups, View name, const StreamId* last_id, int64_t entries_read) noexcept nogil:
    """A new group; NULL if there is one of that name already."""
    cdef Group* group
    if groups_find(groups, name) != NULL:
        return NULL
    group = new_group(name, last_id, entries_read)
    ordered_insert(groups, order_by_name, &group.name, group)
    return group


cdef Group* groups_remove(Ordered* groups, View name) noexcept nogil:
    """Take a group out of its stream; it is the caller's then. NULL if there is none."""
    return <Group*>ordered_remove(groups, order_by_name, &name) if groups != NULL else NULL


cdef bint group_free_step(Group* group, int* budget) noexcept nogil:
    """Free some of what a group holds, and take what was done from the budget; True once only its own block is left."""
    cdef Cursor cursor
    cdef Consumer* consumer
    while ordered_last(&group.consumers, &cursor):
        consumer = <Consumer*>cursor_item(&cursor)
        if budget[0] <= 0:
            return False
        budget[0] -= 1
        if not ordered_clear_step(&consumer.pending, budget[0] if budget[0] > 1 else 1):
            budget[0] = 0
            return False
        mem_free(ordered_remove_at(&group.consumers, &cursor))
    while ordered_last(&group.pending, &cursor):
        if budget[0] <= 0:
            return False
        budget[0] -= 1
        mem_free(ordered_remove_at(&group.pending, &cursor))
    return True


cdef void group_free(Group* take_group) noexcept nogil:
    cdef int budget = 0
    while not group_free_step(take_group, &budget):
        budget = 1 << 20
    mem_free(take_group)


cdef Group* group_copy(const Group* group) noexcept nogil:
    """Another group with the same consumers and pending entries."""
    cdef Group* copy = new_group(group.name, &group.last_id, group.entries_read)
    cdef Consumer* consumer
    cdef Pending* pending
    cdef Pending* another
    cdef Cursor cursor
    cdef bint more = ordered_first(&group.consumers, &cursor)
    while more:
        consumer = <Consumer*>cursor_item(&cursor)
        consumer_add(copy, consumer.name, consumer.seen_ms)
        more = cursor_next(&cursor)
    more = ordered_first(&group.pending, &cursor)
    while more:
        pending = <Pending*>cursor_item(&cursor)
        another = <Pending*>mem_alloc(sizeof(Pending))
        another[0] = pending[0]
        another.consumer = consumer_find(copy, pending.consumer.name)
        # IDs rise, for each consumer as for the group.
        ordered_build_append(&copy.pending, another)
        ordered_build_append(&another.consumer.pending, another)
        more = cursor_next(&cursor)
    return copy


cdef size_t group_bytes(const Group* group) noexcept nogil:
    """What a group takes, in usable bytes. Walks the consumers; pending entries are all of one size."""
    cdef Consumer* consumer
    cdef Cursor cursor
    cdef size_t total = mem_size(group) + ordered_bytes(&group.pending) + ordered_bytes(&group.consumers)
    cdef bint more = ordered_first(&group.pending, &cursor)
    if more:
        total += group.pending.count * mem_size(cursor_item(&cursor))
    more = ordered_first(&group.consumers, &cursor)
    while more:
        consumer = <Consumer*>cursor_item(&cursor)
        total += mem_size(consumer) + ordered_bytes(&consumer.pending)
        more = cursor_next(&cursor)
    return total


cdef uint64_t group_effort(const Group* group) noexcept nogil:
    """About how many blocks there are to free."""
    return 1 + group.pending.count + group.consumers.count


# --- consumers


cdef Consumer* consumer_find(const Group* group, View name) noexcept nogil:
    """The consumer of a name, or NULL."""
    return <Consumer*>find_named(&group.consumers, name)


cdef Consumer* consumer_add(Group* group, View name, int64_t now_ms) noexcept nogil:
    """A new consumer; NULL if there is one of that name already."""
    cdef Consumer* consumer
    if consumer_find(group, name) != NULL:
        return NULL
    consumer = <Consumer*>new_named(sizeof(Consumer), name)
    consumer.seen_ms = now_ms
    ordered_init(&consumer.pending)
    ordered_insert(&group.consumers, order_by_name, &consumer.name, consumer)
    return consumer


cdef uint64_t consumer_remove(Group* group, Consumer* take_consumer) noexcept nogil:
    """Free a consumer and what is pending for it; returns how many entries those were."""
    cdef Pending* pending
    cdef Cursor cursor
    cdef uint64_t count = take_consumer.pending.count
    cdef bint more = ordered_first(&take_consumer.pending, &cursor)
    while more:
        pending = <Pending*>cursor_item(&cursor)
        ordered_remove(&group.pending, order_by_id, &pending.id)
        mem_free(pending)
        more = cursor_next(&cursor)
    ordered_clear(&take_consumer.pending)
    ordered_remove(&group.consumers, order_by_name, &take_consumer.name)
    mem_free(take_consumer)
    return count


# --- pending entries


cdef Pending* pending_find(const Group* group, const StreamId* id) noexcept nogil:
    """What is pending of an ID, or NULL."""
    cdef Cursor cursor
    return <Pending*>cursor_item(&cursor) if ordered_find(&group.pending, order_by_id, id, &cursor) else NULL


cdef Pending* pending_add(Group* group, Consumer* consumer, const StreamId* id, int64_t now_ms) noexcept nogil:
    """A new pending entry, delivered once; `consumer` may be NULL for now. There must be none of that ID."""
    cdef Pending* pending = <Pending*>mem_alloc(sizeof(Pending))
    pending.id = id[0]
    pending.delivered_ms = now_ms
    pending.deliveries = 1
    pending.consumer = NULL
    ordered_insert(&group.pending, order_by_id, id, pending)
    if consumer != NULL:
        pending_assign(pending, consumer)
    return pending


cdef void pending_assign(Pending* pending, Consumer* consumer) noexcept nogil:
    """Give a pending entry to a consumer, whoever has it now."""
    if pending.consumer == consumer:
        return
    if pending.consumer != NULL:
        ordered_remove(&pending.consumer.pending, order_by_id, &pending.id)
    pending.consumer = consumer
    ordered_insert(&consumer.pending, order_by_id, &pending.id, pending)


cdef bint pending_remove(Group* group, const StreamId* id) noexcept nogil:
    """Take back what is pending of an ID; False if nothing is."""
    cdef Pending* pending = <Pending*>ordered_remove(&group.pending, order_by_id, id)
    if pending == NULL:
        return False
    if pending.consumer != NULL:
        ordered_remove(&pending.consumer.pending, order_by_id, id)
    mem_free(pending)
    return True
