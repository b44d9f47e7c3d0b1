"""The commands that count: INCR and its kin.

A number is kept as its text. Most counts leave its length as it was, so the new text is written over the old
one, and nothing is allocated or moved.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint8_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View, likely
from autocache.base.numbers cimport (
    DOUBLE_TEXT_BYTES_MAX,
    INT_TEXT_BYTES_MAX,
    format_int64,
    format_long_double,
    parse_int64,
    parse_long_double,
)
from autocache.commands.args cimport find_typed, int_arg, key_at
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport EVENT_CLASS_STRING, FIND_WRITE, Found, changed, db_set_string
from autocache.types.entry cimport (
    ENC_INLINE,
    ENTRY_RAW,
    ENTRY_TEXT,
    TYPE_STRING,
    entry_encoding,
    entry_expiry,
    entry_string,
)
from autocache.resp.out cimport out_bulk, out_error, out_int

from autocache.commands.declare import declare

cdef extern from "<math.h>" nogil:
    bint isnan(long double value) noexcept
    bint isinf(long double value) noexcept


cdef void store_number(Request* request, Found* found, const char* text, int length) noexcept nogil:
    """Make the found key hold a number's text; it keeps its expiry."""
    cdef View value
    cdef bint stands = found.slot != NULL and entry_encoding(found.entry) == ENC_INLINE
    if likely(stands and found.entry.vlen == length):
        value = entry_string(found.entry)
        memcpy(<char*>value.ptr, text, length)
        found.entry.flags &= ~<uint8_t>(ENTRY_RAW | ENTRY_TEXT)
        return
    value.ptr = text
    value.len = length
    db_set_string(request.ks, found, value, -1 if found.slot == NULL else entry_expiry(found.entry))


# --- integers


cdef void add_integer(Request* request, int64_t step) noexcept nogil:
    """Add to the number that the key holds; an absent key holds 0."""
    cdef char text[INT_TEXT_BYTES_MAX]
    cdef Found found
    cdef View value
    cdef int64_t number = 0
    if not find_typed(request, 1, TYPE_STRING, FIND_WRITE, &found):
        return
    if found.slot != NULL:
        value = entry_string(found.entry)
        if not parse_int64(value.ptr, value.len, &number):
            out_error(request.out, b"ERR value is not an integer or out of range")
            return
    if number < INT64_MIN - step if step < 0 else number > INT64_MAX - step:
        out_error(request.out, b"ERR increment or decrement would overflow")
        return
    number += step
    store_number(request, &found, text, format_int64(text, number))
    changed(request.ks, &found, EVENT_CLASS_STRING, b"incrby")
    out_int(request.out, number)


declare(
    <size_t>incr_command, "INCR key", arity=2, group="string", flags="write denyoom fast",
    keys="RW access update@1", since="1.0.0", about="Adds one to the integer that a key holds.",
)
cdef void incr_command(Request* request) noexcept nogil:
    add_integer(request, 1)


declare(
    <size_t>decr_command, "DECR key", arity=2, group="string", flags="write denyoom fast",
    keys="RW access update@1", since="1.0.0", about="Subtracts one from the integer that a key holds.",
)
cdef void decr_command(Request* request) noexcept nogil:
    add_integer(request, -1)


declare(
    <size_t>incrby_command, "INCRBY key increment", arity=3, group="string", flags="write denyoom fast",
    keys="RW access update@1", since="1.0.0", about="Adds a number to the integer that a key holds.",
)
cdef void incrby_command(Request* request) noexcept nogil:
    cdef int64_t step
    if int_arg(request, 2, &step):
        add_integer(request, step)


declare(
    <size_t>decrby_command, "DECRBY key decrement", arity=3, group="string", flags="write denyoom fast",
    keys="RW access update@1", since="1.0.0", about="Subtracts a number from the integer that a key holds.",
)
cdef void decrby_command(Request* request) noexcept nogil:
    cdef int64_t step
    if not int_arg(request, 2, &step):
        return
    if step == INT64_MIN:
        out_error(request.out, b"ERR decrement would overflow")
        return
    add_integer(request, -step)


# --- floats


cdef bint read_float(Request* request, View text, long double* value) noexcept nogil:
    if parse_long_double(text.ptr, text.len, value):
        return True
    out_error(request.out, b"ERR value is not a valid float")
    return False


declare(
    <size_t>incrbyfloat_command, "INCRBYFLOAT key increment", arity=3, group="string",
    flags="write denyoom fast", keys="RW access update@1", since="2.6.0",
    about="Adds a number, which may have a fraction, to the one that a key holds.",
)
cdef void incrbyfloat_command(Request* request) noexcept nogil:
    cdef char text[DOUBLE_TEXT_BYTES_MAX]
    cdef Found found
    cdef long double value = 0
    cdef long double step
    cdef int length
    if not find_typed(request, 1, TYPE_STRING, FIND_WRITE, &found):
        return
    if found.slot != NULL and not read_float(request, entry_string(found.entry), &value):
        return
    if not read_float(request, key_at(request, 2), &step):
        return
    value += step
    if isnan(value) or isinf(value):
        out_error(request.out, b"ERR increment would produce NaN or Infinity")
        return
    length = format_long_double(text, value)
    store_number(request, &found, text, length)
    found.entry.flags |= ENTRY_TEXT
    changed(request.ks, &found, EVENT_CLASS_STRING, b"incrbyfloat")
    out_bulk(request.out, text, length)
