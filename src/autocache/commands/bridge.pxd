# Between the compiled pipeline and what is written in Python.
from libc.stdint cimport uint64_t

from autocache.commands.context cimport Engine, Request, Session
from autocache.keyspace.db cimport Keyspace

cdef void call_python(Request* request) noexcept nogil
cdef void note_slow(Request* request, uint64_t took_ns) noexcept nogil
cdef void note_latency(Engine* engine, const char* event, uint64_t took_ns) noexcept nogil
cdef void note_monitor(Request* request) noexcept nogil
