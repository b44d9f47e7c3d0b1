# The way that every command goes.
from libc.stdint cimport int64_t, uint64_t

from autocache.commands.context cimport Command, Engine, Handler, Queued, Request, Session
from autocache.resp.out cimport Out
from autocache.resp.parser cimport Arg

cdef int engine_init(Engine* engine, list specs, int db_count, uint64_t seed) except -1
cdef void engine_free(Engine* engine) noexcept
cdef void engine_refresh_clock(Engine* engine) noexcept nogil
cdef void session_init(Engine* engine, Session* session) noexcept nogil
cdef void session_free(Engine* engine, Session* session) noexcept nogil
cdef Command* find_command(Engine* engine, const Arg* argv, int argc) noexcept nogil
cdef bint arity_is_right(const Command* command, int argc) noexcept nogil
cdef void execute(Engine* engine, Session* session, Arg* argv, int argc, Out* out) noexcept nogil
cdef void serve_ready(Engine* engine) noexcept nogil
cdef void call(Request* request) noexcept nogil
cdef void call_queued(Request* exec, Queued* queued) noexcept nogil
cdef void pause_begin(Engine* engine, int64_t until_ms, bint writes_only) noexcept nogil
cdef void pause_end(Engine* engine) noexcept nogil
cdef void count_error(Engine* engine, const Out* out) noexcept nogil
