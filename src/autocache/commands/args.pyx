"""What command bodies share: reading arguments, finding keys of the right type, and the standard errors.

Each function that returns `bint` has appended the error reply itself when it returns False; the command then just
returns.
"""

from libc.stdint cimport INT32_MAX, INT32_MIN, INT64_MAX, int64_t
from libc.stdio cimport snprintf

from autocache.base.numbers cimport parse_int64
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport Db, Found, db_find
from autocache.types.entry cimport entry_type
from autocache.resp.out cimport out_error, out_error_form


cdef void wrong_type(Request* request) noexcept nogil:
    out_error(request.out, b"WRONGTYPE Operation against a key holding the wrong kind of value")


cdef void syntax_error(Request* request) noexcept nogil:
    out_error(request.out, b"ERR syntax error")


cdef bint int_arg(Request* request, int position, int64_t* value) noexcept nogil:
    """Read an argument as a 64-bit integer."""
    if parse_int64(request.argv[position].ptr, request.argv[position].len, value):
        return True
    out_error(request.out, b"ERR value is not an integer or out of range")
    return False


cdef bint range_arg(Request* request, int position, int64_t low, int64_t high, int64_t* value) noexcept nogil:
    """Read an argument as an integer from `low` to `high`; the error names both."""
    cdef char form[128]
    if not int_arg(request, position, value):
        return False
    if low <= value[0] <= high:
        return True
    snprintf(form, sizeof(form), b"ERR value is out of range, value must between %lld and %lld", <long long>low,
             <long long>high)
    out_error(request.out, form)
    return False


cdef bint count_arg(Request* request, int position, int64_t* value) noexcept nogil:
    """Read an argument as an integer that is not negative. What is no integer at all gets the same error."""
    if parse_int64(request.argv[position].ptr, request.argv[position].len, value) and value[0] >= 0:
        return True
    out_error(request.out, b"ERR value is out of range, must be positive")
    return False


cdef bint db_arg(Request* request, int position, Db** db) noexcept nogil:
    """Read an argument as the number of a database."""
    cdef int64_t number
    if not int_arg(request, position, &number):
        return False
    if number < INT32_MIN or number > INT32_MAX:
        out_error(request.out, b"ERR value is out of range, value must between -2147483648 and 2147483647")
        return False
    if number < 0 or number >= request.ks.db_count:
        out_error(request.out, b"ERR DB index is out of range")
        return False
    db[0] = &request.ks.dbs[number]
    return True


cdef bint find_typed(Request* request, int position, int type, int mode, Found* found) noexcept nogil:
    """Find the key at a position. True if it is absent (`found.slot` is NULL) or of the type."""
    if db_find(request.ks, request.db, key_at(request, position), found, mode) and entry_type(found.entry) != type:
        wrong_type(request)
        return False
    return True


cdef bint expiry_arg(Request* request, int position, int unit, bint absolute, int64_t* expiry) noexcept nogil:
    """Read a time as an expiry in ms since the epoch; a time of zero or less, or one too far away, is an error."""
    cdef int64_t value
    cdef int64_t now = request.ks.now_ms
    if not int_arg(request, position, &value):
        return False
    if value > 0 and (unit == UNIT_MILLISECONDS or value <= INT64_MAX // 1000):
        if unit == UNIT_SECONDS:
            value *= 1000
        if absolute or value <= INT64_MAX - now:
            expiry[0] = value if absolute else value + now
            return True
    out_error_form(request.out, b"ERR invalid expire time in '%' command", request.command.name,
                   request.command.name_len)
    return False
