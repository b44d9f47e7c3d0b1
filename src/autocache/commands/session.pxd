# The state that a session gathers: its transaction, watched keys and names; and the list of all sessions.
from libc.stdint cimport uint64_t

from autocache.base.bytes cimport View
from autocache.commands.context cimport Engine, Queued, Request, Session


cdef class Notes:
    cdef public bytes name
    cdef public bytes lib_name
    cdef public bytes lib_ver


cdef void session_register(Engine* engine, Session* session) noexcept nogil
cdef void session_unregister(Engine* engine, Session* session) noexcept nogil
cdef Session* session_by_id(Engine* engine, uint64_t id) noexcept nogil
cdef Notes session_notes(Session* session, bint make)
cdef void notes_forget_name(Session* session) noexcept nogil
cdef void notes_free(Session* session) noexcept nogil
cdef size_t copy_request(Queued* copy, const Request* request) noexcept nogil
cdef void free_request(Queued* copy) noexcept nogil
cdef void queue_command(Session* session, const Request* request) noexcept nogil
cdef void queue_clear(Session* session) noexcept nogil
cdef void watch_key(Engine* engine, Session* session, View key) noexcept nogil
cdef void unwatch_all(Engine* engine, Session* session) noexcept nogil
cdef bint watched_expired(Engine* engine, Session* session) noexcept nogil
cdef void watch_observe(Engine* engine, int event, int db, View key) noexcept nogil
cdef void watch_swapped(Engine* engine, int first, int second) noexcept nogil
cdef void transaction_forget(Engine* engine, Session* session) noexcept nogil
