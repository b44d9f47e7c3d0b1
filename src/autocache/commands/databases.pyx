"""The commands for whole databases, and TIME."""

from libc.stdint cimport INT32_MAX, INT32_MIN, int64_t

from autocache.base.numbers cimport parse_int64
from autocache.commands.args cimport arg_is, db_arg, syntax_error
from autocache.commands.blocking cimport blocking_swapped
from autocache.commands.context cimport Request
from autocache.commands.session cimport watch_swapped
from autocache.keyspace.db cimport Db, Keyspace, db_flush, db_swap, keyspace_flush
from autocache.resp.out cimport out_array, out_bulk_int, out_error, out_int, out_ok
from autocache.resp.parser cimport Arg

from autocache.commands.declare import declare


declare(
    <size_t>select_command, "SELECT index", arity=2, group="connection", flags="loading stale fast",
    since="1.0.0",
    about="Changes the database that the connection works on.",
)
cdef void select_command(Request* request) noexcept nogil:
    cdef Db* db
    if db_arg(request, 1, &db):
        request.session.db = db
        out_ok(request.out)


cdef bint swap_index(Request* request, int position, const char* error, int64_t* index) noexcept nogil:
    cdef Arg* arg = &request.argv[position]
    if parse_int64(arg.ptr, arg.len, index) and INT32_MIN <= index[0] <= INT32_MAX:
        return True
    out_error(request.out, error)
    return False


declare(
    <size_t>swapdb_command, "SWAPDB index1 index2", arity=3, group="server", flags="write fast",
    since="4.0.0",
    categories="keyspace dangerous", complexity="O(N) where N is the number of watched keys.",
    about="Exchanges two databases: whoever works on one sees the other's keys from now on.",
)
cdef void swapdb_command(Request* request) noexcept nogil:
    cdef Keyspace* ks = request.ks
    cdef int64_t first, second
    if not swap_index(request, 1, b"ERR invalid first DB index", &first) \
            or not swap_index(request, 2, b"ERR invalid second DB index", &second):
        return
    if not (0 <= first < ks.db_count and 0 <= second < ks.db_count):
        out_error(request.out, b"ERR DB index is out of range")
        return
    if first != second:
        watch_swapped(request.engine, <int>first, <int>second)
        if request.engine.waiting.count:
            blocking_swapped(request.engine, <int>first, <int>second)
        db_swap(ks, &ks.dbs[first], &ks.dbs[second])
    ks.dirty += 1
    out_ok(request.out)


declare(
    <size_t>dbsize_command, "DBSIZE", arity=1, group="server", flags="readonly fast", since="1.0.0",
    categories="keyspace", tips=("request_policy:all_shards", "response_policy:agg_sum"),
    about="Returns the number of keys in the database.",
)
cdef void dbsize_command(Request* request) noexcept nogil:
    out_int(request.out, <int64_t>request.db.table.count)


cdef bint flush_option(Request* request, bint* lazy) noexcept nogil:
    lazy[0] = request.ks.lazy_user_flush
    if request.argc == 1:
        return True
    lazy[0] = arg_is(&request.argv[1], b"async", 5)
    if request.argc == 2 and (lazy[0] or arg_is(&request.argv[1], b"sync", 4)):
        return True
    syntax_error(request)
    return False


declare(
    <size_t>flushdb_command, "FLUSHDB [ASYNC | SYNC]", arity=-1, group="server", flags="write", since="1.0.0",
    categories="keyspace dangerous", complexity="O(N) where N is the number of keys of the database.",
    tips=("request_policy:all_shards", "response_policy:all_succeeded"),
    about="Deletes all keys of the database.",
)
cdef void flushdb_command(Request* request) noexcept nogil:
    cdef bint lazy
    if not flush_option(request, &lazy):
        return
    request.ks.dirty += request.db.table.count
    db_flush(request.ks, request.db, lazy)
    out_ok(request.out)


declare(
    <size_t>flushall_command, "FLUSHALL [ASYNC | SYNC]", arity=-1, group="server", flags="write",
    since="1.0.0",
    categories="keyspace dangerous", complexity="O(N) where N is the number of keys of all databases.",
    tips=("request_policy:all_shards", "response_policy:all_succeeded"),
    about="Deletes all keys of all databases.",
)
cdef void flushall_command(Request* request) noexcept nogil:
    cdef bint lazy
    cdef int i
    if not flush_option(request, &lazy):
        return
    for i in range(request.ks.db_count):
        request.ks.dirty += request.ks.dbs[i].table.count
    keyspace_flush(request.ks, lazy)
    out_ok(request.out)


declare(
    <size_t>time_command, "TIME", arity=1, group="server", flags="loading stale fast", since="2.6.0",
    tips=("nondeterministic_output",),
    about="Returns the Unix time: the seconds, and the microseconds of the second.",
)
cdef void time_command(Request* request) noexcept nogil:
    cdef int64_t now_us = request.ks.now_ms * 1000
    if not request.engine.clock_is_set:
        now_us = (<int64_t>request.engine.now_ns + request.engine.wall_offset_ns) // 1000
    out_array(request.out, 2)
    out_bulk_int(request.out, now_us // 1000000)
    out_bulk_int(request.out, now_us % 1000000)
