# Commands that a script calls: from its words to the reply's bytes.
from autocache.commands.cache cimport Call
from autocache.commands.context cimport Command
from autocache.keyspace.db cimport Db
from autocache.resp.out cimport Out
from autocache.resp.parser cimport Arg

cdef class ScriptCalls:
    cdef Call call
    cdef Out out
    cdef Db* db                         # of the client; SELECT in a script holds until the script ends
    cdef bint was_in_exec
    cdef bint is_full
    cdef readonly bint read_only
    cdef readonly bint allow_oom
    cdef bytes refusal(self, Command* command, int argc)
    cdef bytes reject(self, Command* command, const char* text)
    cdef bytes run_args(self, Arg* args, int count)
