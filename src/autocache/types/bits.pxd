# Strings as arrays of bits and of integers of any width. Bit 0 is the highest bit of the first byte.
from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef enum:
    BITS_AND = 0
    BITS_OR = 1
    BITS_XOR = 2

    OVERFLOW_WRAP = 0                   # what is done with a number that a field cannot hold
    OVERFLOW_SATURATE = 1
    OVERFLOW_FAIL = 2

cdef struct Field:
    uint64_t offset                     # of its first, highest bit
    int width                           # in bits: 1 to 64 if signed, else 1 to 63
    bint is_signed

cdef uint64_t bits_count(const uint8_t* bytes, uint64_t first, uint64_t last) noexcept nogil
cdef int64_t bits_find(const uint8_t* bytes, uint64_t first, uint64_t last, bint bit) noexcept nogil
cdef void bits_combine(int operation, uint8_t* target, const uint8_t* source, size_t length) noexcept nogil
cdef void bits_invert(uint8_t* target, const uint8_t* source, size_t length) noexcept nogil

cdef int64_t field_get(const uint8_t* bytes, size_t length, const Field* field) noexcept nogil
cdef void field_set(uint8_t* bytes, const Field* field, int64_t value) noexcept nogil
cdef bint field_fit(const Field* field, int64_t value, int64_t increment, int policy, int64_t* result) noexcept nogil
