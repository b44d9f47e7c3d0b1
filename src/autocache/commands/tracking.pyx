"""Client-side caching (CLIENT TRACKING)."""

from autocache.base.bytes cimport View
from autocache.commands.context cimport Engine, Request, Session


cdef void tracking_note_read(Request* request) noexcept nogil:
    pass


cdef void tracking_observe(Engine* engine, int event, int db, View key) noexcept nogil:
    pass


cdef void tracking_forget(Engine* engine, Session* session) noexcept nogil:
    pass
