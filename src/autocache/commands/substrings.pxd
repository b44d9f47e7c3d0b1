# The commands on parts of strings are reached through the command table; those on bits share an error with them.
from autocache.commands.context cimport Request

cdef void no_memory(Request* request) noexcept nogil
