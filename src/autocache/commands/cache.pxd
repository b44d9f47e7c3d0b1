from autocache.commands.context cimport Engine, Request, Session
from autocache.resp.out cimport Out

cdef class Cache:
    cdef Engine engine
    cdef readonly object host
    cdef readonly list specs
    cdef readonly size_t startup_bytes  # what the empty cache takes
    cdef bytes password

cdef class Call:
    cdef Request* request
    cdef readonly Cache cache
