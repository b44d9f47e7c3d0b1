# Consumer groups of a stream: what was delivered to whom and is not acknowledged yet.
from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.ordered cimport Ordered
from autocache.types.stream_id cimport StreamId

cdef enum:
    ENTRIES_READ_UNKNOWN = -1

cdef struct Consumer:
    View name                           # first: the order of consumers; the bytes follow the struct
    int64_t seen_ms                     # when it last did something
    Ordered pending                     # Pending*, which the group owns, by ID

cdef struct Pending:
    StreamId id                         # first: the order of pending entries
    int64_t delivered_ms
    uint64_t deliveries
    Consumer* consumer

cdef struct Group:
    View name                           # first: the order of groups; the bytes follow the struct
    StreamId last_id                    # the last entry that was delivered
    int64_t entries_read                # how many were up to that one, or ENTRIES_READ_UNKNOWN
    Ordered pending                     # Pending*, owned, by ID
    Ordered consumers                   # Consumer*, owned, by name

cdef Group* groups_find(const Ordered* groups, View name) noexcept nogil
cdef Group* groups_add(Ordered* groups, View name, const StreamId* last_id, int64_t entries_read) noexcept nogil
cdef Group* groups_remove(Ordered* groups, View name) noexcept nogil
cdef bint group_free_step(Group* group, int* budget) noexcept nogil
cdef void group_free(Group* take_group) noexcept nogil
cdef Group* group_copy(const Group* group) noexcept nogil
cdef size_t group_bytes(const Group* group) noexcept nogil
cdef uint64_t group_effort(const Group* group) noexcept nogil

cdef Consumer* consumer_find(const Group* group, View name) noexcept nogil
cdef Consumer* consumer_add(Group* group, View name, int64_t now_ms) noexcept nogil
cdef uint64_t consumer_remove(Group* group, Consumer* take_consumer) noexcept nogil

cdef Pending* pending_find(const Group* group, const StreamId* id) noexcept nogil
cdef Pending* pending_add(Group* group, Consumer* consumer, const StreamId* id, int64_t now_ms) noexcept nogil
cdef void pending_assign(Pending* pending, Consumer* consumer) noexcept nogil
cdef bint pending_remove(Group* group, const StreamId* id) noexcept nogil
