# What command bodies share: reading arguments, finding keys of the right type, and the standard errors.
from libc.stdint cimport int64_t

from autocache.base.bytes cimport View, same_word
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport Db, Found
from autocache.resp.parser cimport Arg

cdef enum:
    UNIT_SECONDS = 0
    UNIT_MILLISECONDS = 1

cdef inline View view_of(const Arg* arg) noexcept nogil:
    cdef View view
    view.ptr = arg.ptr
    view.len = arg.len
    return view

cdef inline View key_at(Request* request, int position) noexcept nogil:
    return view_of(&request.argv[position])

cdef inline bint arg_is(const Arg* arg, const char* lower, size_t length) noexcept nogil:
    return same_word(arg.ptr, arg.len, lower, length)

cdef bint int_arg(Request* request, int position, int64_t* value) noexcept nogil
cdef bint range_arg(Request* request, int position, int64_t low, int64_t high, int64_t* value) noexcept nogil
cdef bint count_arg(Request* request, int position, int64_t* value) noexcept nogil
cdef bint find_typed(Request* request, int position, int type, int mode, Found* found) noexcept nogil
cdef bint expiry_arg(Request* request, int position, int unit, bint absolute, int64_t* expiry) noexcept nogil
cdef bint db_arg(Request* request, int position, Db** db) noexcept nogil
cdef void wrong_type(Request* request) noexcept nogil
cdef void syntax_error(Request* request) noexcept nogil
