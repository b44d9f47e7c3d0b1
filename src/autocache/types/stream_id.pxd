# The IDs of stream entries: a time in milliseconds and a sequence number, ordered in that order.
from libc.stdint cimport UINT64_MAX, uint64_t


cdef struct StreamId:
    uint64_t ms
    uint64_t seq


cdef inline int compare_ids(const StreamId* a, const StreamId* b) noexcept nogil:
    """Below 0, 0 or above 0, as memcmp."""
    if a.ms != b.ms:
        return 1 if a.ms > b.ms else -1
    return (a.seq > b.seq) - (a.seq < b.seq)


cdef inline int order_by_id(const void* probe, const void* item) noexcept nogil:
    """The order of whatever begins with its ID: nodes of a stream, pending entries. The probe is an ID."""
    return compare_ids(<const StreamId*>probe, <const StreamId*>item)


cdef inline bint is_zero_id(const StreamId* id) noexcept nogil:
    return id.ms == 0 and id.seq == 0


cdef inline void set_least_id(StreamId* id) noexcept nogil:
    id.ms = id.seq = 0


cdef inline void set_greatest_id(StreamId* id) noexcept nogil:
    id.ms = id.seq = UINT64_MAX


cdef inline bint next_id(StreamId* id) noexcept nogil:
    """Make it the ID that follows; False, and it wraps to 0-0, if there is none."""
    id.seq += 1
    if id.seq == 0:
        id.ms += 1
        return id.ms != 0
    return True


cdef inline bint previous_id(StreamId* id) noexcept nogil:
    """Make it the ID before; False, and it wraps to the greatest, if there is none."""
    if id.seq == 0:
        id.ms -= 1
        id.seq = UINT64_MAX
        return id.ms != UINT64_MAX
    id.seq -= 1
    return True
