"""Replies, appended to a buffer in the form that the client's protocol version asks for.

An `Out` is a growing buffer plus the places where long values are to be spliced in from where they lie, so that a
reply of 100 MB is never copied. Commands append to it and do not know where it goes; the server writes it to the
socket and, if the socket is full, keeps it. Formats: the RESP2 and RESP3 specifications.
"""

from libc.stdint cimport int64_t
from libc.string cimport memchr, memcpy, memmove, memset, strlen

from autocache.base.numbers cimport format_double, format_int64
from autocache.memory.alloc cimport mem_free, mem_realloc, mem_size
from autocache.memory.blob cimport Blob, blob_release, blob_share

cdef enum:
    ROOM_BYTES_MIN = 4096
    ERROR_WORD_BYTES_MAX = 128
    HEAD_BYTES_MAX = 128


cdef void out_grow(Out* out, size_t room) noexcept nogil:
    """Make room for at least `room` more bytes."""
    cdef size_t capacity = out.capacity * 2
    if capacity < out.len + room:
        capacity = out.len + room
    if capacity < ROOM_BYTES_MIN:
        capacity = ROOM_BYTES_MIN
    out.data = <char*>mem_realloc(out.data, capacity)
    out.capacity = mem_size(out.data)


cdef void out_clear(Out* out) noexcept nogil:
    """Forget what is in the buffer, which stays allocated."""
    if out.piece_count:
        out_cut(out, 0, 0)
    out.len = 0


cdef void out_free(Out* out) noexcept nogil:
    """Forget what is in the buffer and free it; the protocol version stays."""
    cdef int protocol = out.protocol
    out_cut(out, 0, 0)
    mem_free(out.data)
    mem_free(out.pieces)
    memset(out, 0, sizeof(Out))
    out.protocol = protocol


cdef void out_cut(Out* out, size_t length, size_t pieces) noexcept nogil:
    """Take back all that came after `length` bytes and `pieces` spliced values."""
    while out.piece_count > pieces:
        out.piece_count -= 1
        out.blob_bytes -= out.pieces[out.piece_count].blob.len
        blob_release(out.pieces[out.piece_count].blob)
    out.len = length


cdef void out_head(Out* out, char kind, int64_t count) noexcept nogil:
    """A type byte, a number and the end of the line: `:` count, `*` length, `$` length."""
    cdef char* at
    cdef int length = 1
    if out.capacity - out.len < 24:
        out_grow(out, 24)
    at = out.data + out.len
    at[0] = kind
    if 0 <= count < 10:
        at[1] = <char>(c'0' + count)
        length = 2
    else:
        length += format_int64(at + 1, count)
    at[length] = c'\r'
    at[length + 1] = c'\n'
    out.len += length + 2


cdef void out_int(Out* out, int64_t value) noexcept nogil:
    out_head(out, c':', value)


cdef void out_bulk(Out* out, const char* data, size_t length) noexcept nogil:
    """A bulk string that is copied."""
    if out.capacity - out.len < length + 32:
        out_grow(out, length + 32)
    out_head(out, c'$', <int64_t>length)
    memcpy(out.data + out.len, data, length)
    out.len += length
    out.data[out.len] = c'\r'
    out.data[out.len + 1] = c'\n'
    out.len += 2


cdef void out_blob(Out* out, Blob* blob) noexcept nogil:
    """A bulk string that is sent from where it lies, if it is long."""
    if blob.len < SHARE_BYTES_MIN:
        out_bulk(out, <char*>blob + sizeof(Blob), blob.len)
        return
    out_head(out, c'$', <int64_t>blob.len)
    if out.piece_count == out.piece_capacity:
        out.piece_capacity = out.piece_capacity * 2 if out.piece_capacity else 4
        out.pieces = <Piece*>mem_realloc(out.pieces, out.piece_capacity * sizeof(Piece))
    out.pieces[out.piece_count].at = out.len
    out.pieces[out.piece_count].blob = blob_share(blob)
    out.piece_count += 1
    out.blob_bytes += blob.len
    out_raw(out, b"\r\n", 2)


cdef void out_bulk_int(Out* out, int64_t value) noexcept nogil:
    """A number as a bulk string."""
    cdef char text[24]
    out_bulk(out, text, format_int64(text, value))


cdef void out_double(Out* out, double value) noexcept nogil:
    """A double: its own type in RESP3, a bulk string in RESP2."""
    cdef char text[64]
    cdef int length = format_double(text, value)
    if out.protocol == 2:
        out_bulk(out, text, length)
        return
    out_raw(out, b",", 1)
    out_raw(out, text, length)
    out_raw(out, b"\r\n", 2)


cdef void out_error(Out* out, const char* text) noexcept nogil:
    """An error: a code and a message on one line, without the leading minus. The text is ours, not a client's."""
    out.errors += 1
    out.error_at = out.len
    out_raw(out, b"-", 1)
    out_raw(out, text, strlen(text))
    out_raw(out, b"\r\n", 2)


cdef void out_error_form(Out* out, const char* form, const char* word, size_t length) noexcept nogil:
    """An error with a client's word in it: `form` has one `%`, which becomes `word`.

    The word is cut at its first zero byte and after ERROR_WORD_BYTES_MAX, and line ends in it become spaces, so that
    what a client sent cannot break the protocol.
    """
    cdef size_t start
    cdef size_t i
    cdef const char* hole = <const char*>memchr(form, c'%', strlen(form))
    cdef const void* zero = memchr(word, 0, length)
    if zero != NULL:
        length = <const char*>zero - word
    if length > ERROR_WORD_BYTES_MAX:
        length = ERROR_WORD_BYTES_MAX
    out.errors += 1
    out.error_at = out.len
    out_raw(out, b"-", 1)
    out_raw(out, form, hole - form)
    start = out.len
    out_raw(out, word, length)
    for i in range(start, out.len):
        if out.data[i] == c'\r' or out.data[i] == c'\n':
            out.data[i] = c' '
    out_raw(out, hole + 1, strlen(hole + 1))
    out_raw(out, b"\r\n", 2)


cdef size_t out_defer(Out* out) noexcept nogil:
    """Remember this place for a length that only the elements after it will tell."""
    return out.len


cdef void out_bring_forward(Out* out, size_t at, size_t end) noexcept nogil:
    """Move what was appended since `end`, HEAD_BYTES_MAX at most, before what was appended since `at`."""
    cdef size_t head = out.len - end
    cdef size_t i = out.piece_count
    cdef char text[HEAD_BYTES_MAX]
    memcpy(text, out.data + end, head)
    memmove(out.data + at + head, out.data + at, end - at)
    memcpy(out.data + at, text, head)
    if out.error_at >= at:
        out.error_at += head
    while i and out.pieces[i - 1].at >= at:
        i -= 1
        out.pieces[i].at += head


cdef void out_defer_end(Out* out, size_t at, char kind, int64_t count) noexcept nogil:
    """Write the head of an aggregate at a place that `out_defer` gave, before what was appended since."""
    cdef size_t end = out.len
    out_head(out, kind, count)
    out_bring_forward(out, at, end)
