# The event loop: a selector for asyncio that serves the clients.
from libc.stdint cimport uint32_t, uint64_t

from autocache.commands.cache cimport Cache
from autocache.server.connection cimport Io
from autocache.server.epoll cimport epoll_event

cdef class Loop:
    cdef Io io
    cdef readonly Cache cache
    cdef dict keys                      # what asyncio registered: descriptor -> SelectorKey
    cdef readonly dict clients          # id -> Client
    cdef uint64_t next_tick_ns
    cdef readonly uint64_t rounds
    cdef bint closed
    cdef void free_buffers(self) noexcept
    cdef int control(self, int operation, int fd, uint32_t events) except -1
    cdef int wait_ms(self, uint64_t now, uint64_t deadline) noexcept
    cdef object serve(self, epoll_event* events, int count, list ready)
    cdef object end_round(self)
    cdef object bury(self)
    cdef object upkeep(self)
