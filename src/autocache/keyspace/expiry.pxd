# Removing keys whose time has come.
from libc.stdint cimport int64_t

from autocache.keyspace.db cimport Keyspace

cdef int64_t expire_cycle(Keyspace* ks, int64_t budget_us) noexcept nogil
