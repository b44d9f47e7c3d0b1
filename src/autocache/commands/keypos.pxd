# Which of a request's arguments are keys.
from autocache.commands.context cimport Command
from autocache.resp.parser cimport Arg

cdef int key_positions(const Command* command, const Arg* argv, int argc, int* positions,
                       int max) noexcept nogil
