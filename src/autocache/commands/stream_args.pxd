# What the stream commands share: reading IDs, finding streams and groups, and replies of IDs and entries.
from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport Found
from autocache.resp.out cimport Out, out_bulk
from autocache.resp.parser cimport Arg
from autocache.types.entry cimport entry_pointer
from autocache.types.stream cimport Stream, StreamWalk
from autocache.types.stream_groups cimport Consumer, Group
from autocache.types.stream_id cimport StreamId

cdef bint read_id(View text, bint strict, uint64_t missing_seq, bint* seq_given, StreamId* id) noexcept nogil
cdef bint id_arg(Request* request, int position, StreamId* id) noexcept nogil
cdef bint interval_arg(Request* request, int position, bint is_start, StreamId* id) noexcept nogil
cdef void bad_id(Request* request) noexcept nogil
cdef bint told_int_arg(Request* request, int position, const char* error, int64_t* value) noexcept nogil
cdef void two_word_error(Request* request, const char* form, View first, View second) noexcept nogil
cdef Group* find_group(Request* request, int position, bint* failed) noexcept nogil
cdef Consumer* use_consumer(Request* request, View key, Group* group, View name) noexcept nogil
cdef void reply_id(Out* out, const StreamId* id) noexcept nogil
cdef int format_id(char* target, const StreamId* id) noexcept nogil
cdef void reply_entry(Out* out, const StreamWalk* walk) noexcept nogil
cdef bint reply_entry_of(Out* out, const Stream* stream, const StreamId* id) noexcept nogil
cdef void unwaking_change(Request* request, Found* found, int64_t changes) noexcept nogil

cdef enum:
    ID_TEXT_BYTES_MAX = 48              # two numbers of 20 digits, and a dash


cdef inline Stream* stream_of(const Found* found) noexcept nogil:
    return <Stream*>entry_pointer(found.entry)


cdef inline bint is_mark(const Arg* arg, char mark) noexcept nogil:
    """Whether an argument is the one character `*`, `$`, `>`, `=` or `~`."""
    return arg.len == 1 and arg.ptr[0] == mark


cdef inline void out_text(Out* out, const char* text, size_t length) noexcept nogil:
    """A bulk string of ours: the name of a field of XINFO."""
    out_bulk(out, text, length)
