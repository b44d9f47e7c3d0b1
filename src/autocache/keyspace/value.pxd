# Values of every type: how they are freed, copied and measured. Cases by encoding; see value.pyx.
from libc.stdint cimport int64_t, uint32_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.entry cimport Entry

cdef bint value_free_step(Entry* entry, uint64_t* cursor, int budget) noexcept nogil
cdef void value_free(Entry* take_entry) noexcept nogil
cdef uint64_t value_effort(Entry* entry) noexcept nogil
cdef size_t value_bytes(Entry* entry) noexcept nogil
cdef Entry* value_copy(Entry* entry, View key, int64_t expiry, uint32_t access) noexcept nogil
