# Looking ahead in a pipeline: asking for the memory of the next keys before their commands run.
from libc.stdint cimport uint64_t

from autocache.commands.context cimport Engine, Session
from autocache.types.table cimport Table
from autocache.resp.parser cimport Arg

cdef struct Ahead:                      # one request that is read and not run yet
    int first                           # its arguments: where in the parser's list, and how many
    int count
    size_t end                          # where in the buffer the next one begins
    Table* table                        # where its key will be looked for, or NULL
    uint64_t hash

cdef void ahead_slots(Engine* engine, Session* session, const Arg* args, Ahead* ahead) noexcept nogil
cdef void ahead_entries(const Ahead* ahead) noexcept nogil
