from autocache.server.connection cimport Connection

cdef class Client:
    cdef Connection connection
    cdef readonly str addr
    cdef readonly str laddr
    cdef readonly bint unix_socket
    cdef readonly bint closed
    cdef public bytes name
    cdef public bytes lib_name
    cdef public bytes lib_ver
    cdef object release(self)
