from autocache.keyspace.db cimport Keyspace

cdef bint evict(Keyspace* ks) noexcept nogil
