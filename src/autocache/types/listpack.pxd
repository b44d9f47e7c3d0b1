# Listpacks: a sequence of strings and integers in one block, byte for byte as redis-server 7.0 holds it.
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View, load32

cdef enum:
    LP_BEFORE = 0
    LP_AFTER = 1
    LP_REPLACE = 2
    LP_INT_BYTES = 21                   # the longest integer as text
    LP_HEADER_BYTES = 6                 # u32 bytes of the whole, u16 number of elements
    LP_EMPTY_BYTES = 7                  # the header and the terminator
    LP_BYTES_MAX = 1073741824           # the safety limit that `lp_fits` keeps
    LP_COUNT_UNKNOWN = 65535            # in the header: more elements than it can say, walk to count
    LP_END = 0xFF                       # the terminator, where an element's first byte would stand

cdef char* lp_new(size_t capacity) noexcept nogil
cdef void lp_free(char* take_lp) noexcept nogil
cdef char* lp_copy(const char* lp) noexcept nogil
cdef char* lp_shrink(char* take_lp) noexcept nogil
cdef char* lp_merge(char* take_first, char* take_second) noexcept nogil
cdef size_t lp_length(char* lp) noexcept nogil

cdef char* lp_first(char* lp) noexcept nogil
cdef char* lp_last(char* lp) noexcept nogil
cdef char* lp_prev(char* lp, const char* p) noexcept nogil
cdef char* lp_seek(char* lp, long index) noexcept nogil
cdef char* lp_find(char* lp, char* p, View element, unsigned int skip) noexcept nogil
cdef bint lp_equal(const char* p, View element) noexcept nogil
cdef View lp_view(const char* p, char* buffer) noexcept nogil

cdef char* lp_insert(char* take_lp, View element, char* p, int where, char** at) noexcept nogil
cdef char* lp_insert_int(char* take_lp, int64_t number, char* p, int where, char** at) noexcept nogil
cdef char* lp_append(char* take_lp, View element) noexcept nogil
cdef char* lp_append_int(char* take_lp, int64_t number) noexcept nogil
cdef char* lp_prepend(char* take_lp, View element) noexcept nogil
cdef char* lp_prepend_int(char* take_lp, int64_t number) noexcept nogil
cdef char* lp_replace(char* take_lp, char** p, View element) noexcept nogil
cdef char* lp_replace_int(char* take_lp, char** p, int64_t number) noexcept nogil
cdef char* lp_delete(char* take_lp, char* p, char** following) noexcept nogil
cdef char* lp_delete_range(char* take_lp, long index, size_t count) noexcept nogil
cdef char* lp_delete_range_at(char* take_lp, char** p, size_t count) noexcept nogil

cdef size_t lp_size_estimate(View element) noexcept nogil
cdef bint lp_valid(const char* data, size_t size, bint deep, size_t* count) noexcept nogil


cdef inline size_t lp_bytes(const char* lp) noexcept nogil:
    return load32(lp)


cdef inline bint lp_fits(const char* lp, size_t added) noexcept nogil:
    """Whether so many bytes more keep the listpack (NULL: a new one) under the safety limit."""
    cdef size_t held = lp_bytes(lp) if lp != NULL else 0
    return added <= <size_t>LP_BYTES_MAX and held + added <= <size_t>LP_BYTES_MAX


cdef inline size_t lp_back_bytes(size_t encoded) noexcept nogil:
    """How many bytes the back-length of an element of `encoded` bytes takes.

    The upper bounds are one lower than seven bits a byte would allow: the format wants them so.
    """
    if encoded <= 127:
        return 1
    if encoded < 16383:
        return 2
    if encoded < 2097151:
        return 3
    return 4 if encoded < 268435455 else 5


cdef inline size_t lp_element_bytes(const char* p) noexcept nogil:
    """The whole size of the element at `p`, back-length included."""
    cdef const uint8_t* b = <const uint8_t*>p
    cdef size_t encoded
    if b[0] < 0x80:
        return 2
    if b[0] < 0xC0:
        return <size_t>(b[0] & 0x3F) + 2
    if b[0] < 0xE0:
        return 3
    if b[0] < 0xF0:
        encoded = 2 + ((<size_t>(b[0] & 0x0F) << 8) | b[1])
        return encoded + lp_back_bytes(encoded)
    if b[0] == 0xF0:
        encoded = 5 + <size_t>load32(p + 1)
        return encoded + lp_back_bytes(encoded)
    if b[0] < 0xF4:
        # 16, 24 and 32 bits: F1, F2 and F3.
        return <size_t>(b[0] - 0xF1) + 4
    return 10


cdef inline char* lp_next(char* lp, const char* p) noexcept nogil:
    """The element after the one at `p`, or NULL."""
    p += lp_element_bytes(p)
    return NULL if <uint8_t>p[0] == LP_END else <char*>p


cdef inline bint lp_get(const char* p, View* text, int64_t* number) noexcept nogil:
    """Read the element at `p`: True if it is an integer (`number` is set), else `text` views into the block."""
    cdef const uint8_t* b = <const uint8_t*>p
    cdef int16_t short_value
    cdef int32_t value
    if b[0] < 0x80:
        number[0] = b[0]
        return True
    if b[0] < 0xC0:
        text.ptr = p + 1
        text.len = b[0] & 0x3F
        return False
    if b[0] < 0xE0:
        value = (<int32_t>(b[0] & 0x1F) << 8) | b[1]
        number[0] = value if value < 4096 else value - 8192
        return True
    if b[0] < 0xF0:
        text.ptr = p + 2
        text.len = (<size_t>(b[0] & 0x0F) << 8) | b[1]
        return False
    if b[0] == 0xF0:
        text.ptr = p + 5
        text.len = load32(p + 1)
        return False
    if b[0] == 0xF1:
        memcpy(&short_value, p + 1, 2)
        number[0] = short_value
    elif b[0] == 0xF2:
        value = b[1] | (<int32_t>b[2] << 8) | (<int32_t>b[3] << 16)
        number[0] = value if value < 8388608 else value - 16777216
    elif b[0] == 0xF3:
        memcpy(&value, p + 1, 4)
        number[0] = value
    else:
        memcpy(number, p + 1, 8)
    return True
