# Which of a request's arguments are keys, and what is done to each.
from libc.stdint cimport uint32_t

from autocache.commands.context cimport Command
from autocache.resp.parser cimport Arg

cdef struct KeyAt:
    int at                              # the key's position among the arguments
    uint32_t flags                      # KEY_*

cdef int find_keys(const Command* command, const Arg* argv, int argc, KeyAt* found, int max) noexcept nogil
cdef int fill_places(Command* command, object spec) except -1
