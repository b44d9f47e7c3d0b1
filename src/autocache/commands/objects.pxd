# OBJECT: reached through the command table, but for what DEBUG OBJECT shares.
from libc.stdint cimport int64_t

from autocache.keyspace.db cimport Keyspace
from autocache.types.entry cimport Entry

cdef const char* encoding_name(Entry* entry) noexcept nogil
cdef int64_t shown_refcount(const Keyspace* ks, Entry* entry) noexcept nogil
