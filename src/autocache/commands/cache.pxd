# The compiled cache and the request that a Python command sees; what Python may call is in cache.pyi.
from autocache.commands.context cimport Engine, Request, Session
from autocache.resp.out cimport Out

cdef class Cache:
    cdef Engine engine
    cdef readonly object host
    cdef readonly list specs
    cdef public object scripts          # what scripting/commands.py keeps, or None
    cdef bytes password
    cdef bint closed
    cdef readonly size_t startup_bytes  # what the empty cache takes

cdef class Call:
    cdef Request* request
    cdef readonly Cache cache

cdef bytes whole(const Out* out)
