# What a command that waited is answered when its wait ends without what it waited for.
from autocache.commands.context cimport Engine, Session
from autocache.resp.out cimport Out

cdef void answer_wait(Engine* engine, Session* session, Out* out, bint unblocked) noexcept nogil
