# The set commands on one set: all are reached through the command table. What the others share is here.
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport Found

cdef void drop_if_empty(Request* request, Found* found) noexcept nogil
