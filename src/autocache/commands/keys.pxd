# The commands for keys of any type: reached through the command table, but for what DEBUG shares.
from libc.stdint cimport int64_t

from autocache.commands.context cimport Request
from autocache.types.entry cimport Entry

cdef const char* type_name(const Entry* entry) noexcept nogil
cdef bint expire_options(Request* request, int end, int* conditions) noexcept nogil
cdef bint expire_allowed(int64_t present, int conditions, int64_t expiry) noexcept nogil
