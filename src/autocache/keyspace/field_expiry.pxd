# Removing fields of hashes whose time has come.
from libc.stdint cimport int64_t

from autocache.keyspace.db cimport Keyspace

cdef bint field_cycle(Keyspace* ks, int64_t budget_us) noexcept nogil
