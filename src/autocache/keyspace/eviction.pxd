# Making room when `maxmemory` is exceeded.
from autocache.keyspace.db cimport Keyspace

cdef bint evict(Keyspace* ks) noexcept nogil
cdef void evict_forget(Keyspace* ks) noexcept nogil
