# Client-side caching (CLIENT TRACKING).
from libc.stdint cimport uint64_t

from autocache.base.bytes cimport View
from autocache.commands.context cimport Engine, Request, Session
from autocache.resp.out cimport Out

cdef void tracking_enable(Engine* engine, Session* session, uint64_t redirect,
                          uint64_t options) noexcept nogil
cdef void tracking_add_prefix(Engine* engine, Session* session, View text) noexcept nogil
cdef bint tracking_has_prefix(Engine* engine, Session* session, int prefix) noexcept nogil
cdef void tracking_forget(Engine* engine, Session* session) noexcept nogil
cdef void tracking_note_read(Request* request) noexcept nogil
cdef void tracking_observe(Engine* engine, int event, int db, View key) noexcept nogil
cdef void tracking_after_call(Engine* engine) noexcept nogil
cdef void tracking_deliver(Engine* engine) noexcept nogil
cdef void tracking_limit(Engine* engine) noexcept nogil
cdef void tracking_broadcast(Engine* engine) noexcept nogil
cdef void tracking_clear(Engine* engine) noexcept nogil
