# Replies, appended to a buffer in the form that the client's protocol version asks for.
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View, likely
from autocache.memory.blob cimport Blob

cdef enum:
    SHARE_BYTES_MIN = 16384             # a longer value is sent from where it lies

cdef struct Piece:                      # a blob whose bytes come before `data[at]`
    size_t at
    Blob* blob                          # one share of it is ours

cdef struct Out:
    char* data
    size_t len
    size_t capacity
    Piece* pieces
    size_t piece_count
    size_t piece_capacity
    size_t blob_bytes
    int protocol                        # 2 or 3
    uint32_t errors                     # error replies since the caller last set it to 0
    size_t error_at                     # where the newest of them starts

cdef void out_grow(Out* out, size_t room) noexcept nogil
cdef void out_free(Out* out) noexcept nogil
cdef void out_clear(Out* out) noexcept nogil
cdef void out_cut(Out* out, size_t length, size_t pieces) noexcept nogil
cdef void out_int(Out* out, int64_t value) noexcept nogil
cdef void out_head(Out* out, char kind, int64_t count) noexcept nogil
cdef void out_bulk(Out* out, const char* data, size_t length) noexcept nogil
cdef void out_blob(Out* out, Blob* blob) noexcept nogil
cdef void out_bulk_int(Out* out, int64_t value) noexcept nogil
cdef void out_double(Out* out, double value) noexcept nogil
cdef void out_error(Out* out, const char* text) noexcept nogil
cdef void out_error_form(Out* out, const char* form, const char* word, size_t length) noexcept nogil
cdef size_t out_defer(Out* out) noexcept nogil
cdef void out_bring_forward(Out* out, size_t at, size_t end) noexcept nogil
cdef void out_defer_end(Out* out, size_t at, char kind, int64_t count) noexcept nogil


cdef inline void out_raw(Out* out, const char* data, size_t length) noexcept nogil:
    if out.capacity - out.len < length:
        out_grow(out, length)
    memcpy(out.data + out.len, data, length)
    out.len += length


cdef inline void out_ok(Out* out) noexcept nogil:
    out_raw(out, b"+OK\r\n", 5)


cdef inline void out_status(Out* out, const char* text, size_t length) noexcept nogil:
    out_raw(out, b"+", 1)
    out_raw(out, text, length)
    out_raw(out, b"\r\n", 2)


cdef inline void out_null(Out* out) noexcept nogil:
    """The absent value: `_` in RESP3, a bulk string of length -1 in RESP2."""
    if out.protocol == 2:
        out_raw(out, b"$-1\r\n", 5)
    else:
        out_raw(out, b"_\r\n", 3)


cdef inline void out_null_array(Out* out) noexcept nogil:
    """The absent array, which only RESP2 tells from the absent value."""
    if out.protocol == 2:
        out_raw(out, b"*-1\r\n", 5)
    else:
        out_raw(out, b"_\r\n", 3)


cdef inline void out_array(Out* out, int64_t count) noexcept nogil:
    out_head(out, b'*', count)


cdef inline void out_map(Out* out, int64_t pairs) noexcept nogil:
    """The start of a map of `pairs` keys and values; RESP2 has it as a flat array."""
    if out.protocol == 2:
        out_head(out, b'*', pairs * 2)
    else:
        out_head(out, b'%', pairs)


cdef inline void out_set(Out* out, int64_t count) noexcept nogil:
    out_head(out, b'*' if out.protocol == 2 else b'~', count)


cdef inline void out_push(Out* out, int64_t count) noexcept nogil:
    out_head(out, b'*' if out.protocol == 2 else b'>', count)


cdef inline void out_bool(Out* out, bint value) noexcept nogil:
    if out.protocol == 2:
        out_raw(out, b":1\r\n" if value else b":0\r\n", 4)
    else:
        out_raw(out, b"#t\r\n" if value else b"#f\r\n", 4)


cdef inline void out_view(Out* out, View value) noexcept nogil:
    out_bulk(out, value.ptr, value.len)
