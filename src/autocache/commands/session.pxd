# The state that a session gathers: the queue of its transaction and the keys that it watches.
from autocache.base.bytes cimport View
from autocache.commands.context cimport Engine, Request, Session

cdef void queue_command(Session* session, Request* request) noexcept nogil
cdef void queue_clear(Session* session) noexcept nogil
cdef void watch_key(Engine* engine, Session* session, View key) noexcept nogil
cdef void unwatch_all(Engine* engine, Session* session) noexcept nogil
cdef bint watched_expired(Engine* engine, Session* session) noexcept nogil
cdef void watch_observe(Engine* engine, int event, int db, View key) noexcept nogil
cdef void watch_swapped(Engine* engine, int first, int second) noexcept nogil
cdef void transaction_forget(Engine* engine, Session* session) noexcept nogil
