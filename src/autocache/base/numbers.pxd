# Numbers to text and back, with the exact rules of the Redis protocol.
from libc.stdint cimport int64_t, uint64_t

cdef enum:
    INT_TEXT_BYTES_MAX = 21             # "-9223372036854775808" and a spare byte
    DOUBLE_TEXT_BYTES_MAX = 5 * 1024    # a long double printed in full

cdef bint parse_int64(const char* text, size_t length, int64_t* value) noexcept nogil
cdef bint parse_uint64(const char* text, size_t length, uint64_t* value) noexcept nogil
cdef int format_int64(char* target, int64_t value) noexcept nogil
cdef bint parse_long_double(const char* text, size_t length, long double* value) noexcept nogil
cdef bint parse_double(const char* text, size_t length, double* value) noexcept nogil
cdef int format_long_double(char* target, long double value) noexcept nogil
cdef int format_double(char* target, double value) noexcept nogil
