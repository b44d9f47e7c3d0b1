# Who is subscribed to which channels and patterns, and sending messages to them.
from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.commands.context cimport Engine, Session
from autocache.memory.blob cimport Blob
from autocache.resp.out cimport Out
from autocache.types.entry cimport Entry

cdef void subscriptions_init(Engine* engine) noexcept nogil
cdef void subscriptions_clear(Engine* engine) noexcept nogil
cdef void subscriptions_forget(Engine* engine, Session* session) noexcept nogil
cdef object subscription_counts(Session* session)
cdef size_t subscription_bytes(const Session* session) noexcept nogil
cdef uint64_t subscription_count(const Session* session, int kind) noexcept nogil
cdef Entry* subscription_at(const Session* session, int kind, uint64_t index) noexcept nogil
cdef void subscribe(Engine* engine, Session* session, int kind, View name) noexcept nogil
cdef void unsubscribe(Engine* engine, Session* session, int kind, View name) noexcept nogil
cdef void unsubscribe_all(Engine* engine, Session* session, int kind) noexcept nogil
cdef uint64_t subscriber_count(const Engine* engine, int kind, View name) noexcept nogil
cdef int64_t publish(Engine* engine, int kind, View channel, View message, Blob* blob) noexcept nogil
cdef Out* told_at(Engine* engine, Session* session) noexcept nogil
cdef void deliver_kept(Engine* engine, Out* out) noexcept nogil
