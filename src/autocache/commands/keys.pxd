# The commands for keys of any type: reached through the command table only, but for what DEBUG and INFO share.
from autocache.keyspace.entry cimport Entry

cdef const char* type_name(const Entry* entry) noexcept nogil
