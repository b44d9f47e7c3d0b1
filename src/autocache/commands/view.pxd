# What commands written in Python, and a server's host, see of a session.
from libc.stdint cimport uint64_t

from autocache.commands.context cimport Engine, Session
from autocache.resp.out cimport Out


cdef class SessionView:
    cdef Engine* engine                 # lives as long as `owner`
    cdef object owner
    cdef readonly uint64_t id
    cdef Session* get(self) except NULL
    cdef Out* out(self) noexcept
    cdef object mark(self, uint64_t flag, bint on)


cdef SessionView view_session(object owner, Engine* engine, uint64_t id)
