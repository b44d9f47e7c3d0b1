# A client as Python sees it.
from autocache.server.connection cimport Connection

cdef class Client:
    cdef Connection connection
    cdef readonly str addr
    cdef readonly str laddr
    cdef readonly bint unix_socket
    cdef readonly bint closed
    cdef object release(self)
    cdef size_t bytes(self) noexcept
