# The commands for keys of any type: reached through the command table, but for what DEBUG shares.
from autocache.types.entry cimport Entry

cdef const char* type_name(const Entry* entry) noexcept nogil
