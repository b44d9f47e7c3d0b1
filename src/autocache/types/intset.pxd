# Intsets: sets of integers as one sorted array, byte for byte as redis-server 7.0 holds them.
from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t
from libc.string cimport memcpy

from autocache.base.bytes cimport load32

cdef enum:
    INTSET_HEADER_BYTES = 8             # u32 bytes of a member (2, 4 or 8), u32 number of members

cdef char* intset_new() noexcept nogil
cdef void intset_free(char* take_is) noexcept nogil
cdef char* intset_copy(const char* intset) noexcept nogil
cdef bint intset_find(const char* intset, int64_t value) noexcept nogil
cdef char* intset_add(char* take_is, int64_t value, bint* added) noexcept nogil
cdef char* intset_remove(char* take_is, int64_t value, bint* removed) noexcept nogil
cdef bint intset_valid(const char* data, size_t size, bint deep) noexcept nogil


cdef inline size_t intset_length(const char* intset) noexcept nogil:
    return load32(intset + 4)


cdef inline size_t intset_bytes(const char* intset) noexcept nogil:
    return INTSET_HEADER_BYTES + intset_length(intset) * load32(intset)


cdef inline int64_t intset_at(const char* intset, size_t index) noexcept nogil:
    """The member at `index` (below the length), in ascending order."""
    cdef uint32_t width = load32(intset)
    cdef const char* p = intset + INTSET_HEADER_BYTES + index * width
    cdef int16_t narrow
    cdef int32_t middle
    cdef int64_t wide
    if width == 2:
        memcpy(&narrow, p, 2)
        return narrow
    if width == 4:
        memcpy(&middle, p, 4)
        return middle
    memcpy(&wide, p, 8)
    return wide


cdef inline int64_t intset_min(const char* intset) noexcept nogil:
    """The least member of a set that is not empty."""
    return intset_at(intset, 0)


cdef inline int64_t intset_max(const char* intset) noexcept nogil:
    """The greatest member of a set that is not empty."""
    return intset_at(intset, intset_length(intset) - 1)
