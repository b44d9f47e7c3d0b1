# Waiting for keys: what blocking commands call, and what the pipeline calls to wake them.
from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View, same_bytes
from autocache.commands.context cimport Engine, Request, Session

cdef enum:
    # What a command that would wait is answered inside of a transaction.
    NULL_ARRAY = 0
    NULL_BULK = 1

cdef bint timeout_arg(Request* request, int position, int64_t* deadline_ms) noexcept nogil
cdef bint timeout_ms_arg(Request* request, int position, int64_t* deadline_ms) noexcept nogil
cdef void block_on_keys(Request* request, int first, int count, int step, int type, int64_t deadline_ms,
                        int null_kind, bint wakes_on_absence) noexcept nogil
cdef void blocking_observe(Engine* engine, int event, int db, View key) noexcept nogil
cdef void blocking_swapped(Engine* engine, int first, int second) noexcept nogil
cdef void blocking_forget(Engine* engine, Session* session) noexcept nogil
cdef void blocking_clear(Engine* engine) noexcept nogil
cdef bint next_ready(Engine* engine, int* db, View* key) noexcept nogil
cdef void drop_ready(Engine* engine) noexcept nogil
cdef Session** waiters_of(Engine* engine, int db, View key, uint64_t* count) noexcept nogil


cdef inline bint is_rerun(const Request* request) noexcept nogil:
    """Whether the command waited and one of its keys is ready now."""
    return request.wake.ptr != NULL


cdef inline bint may_serve(const Request* request, int position) noexcept nogil:
    """Whether the key at a position may be looked at: at first all may, later only the one that has become ready.

    As in redis-server 7.0, a client that waits for several keys is served by the one that became ready first.
    """
    return request.wake.ptr == NULL or same_bytes(
        request.argv[position].ptr, request.argv[position].len, request.wake.ptr, request.wake.len)
