"""Commands that a script calls: from its words to the reply's bytes.

A call goes the way of every command (`execute.call`), on the session of the client that runs the script, so that
watches, tracking, keyspace events, statistics and waiting clients see it. The replies are gathered in an output of
their own. While a script runs the session is marked as EXEC marks it: time stands still, and nothing blocks. The words
are borrowed from the tuple for as long as the command runs, and the arguments belong to this module.
"""

from libc.stdint cimport uint64_t

from autocache.base.clock cimport monotonic_ns
from autocache.commands.bridge cimport note_monitor
from autocache.commands.cache cimport Call, whole
from autocache.commands.context cimport (
    CMD_DENYOOM,
    CMD_MAY_REPLICATE,
    CMD_NOSCRIPT,
    CMD_READONLY,
    CMD_WRITE,
    GATE_MEMORY,
    GATE_MONITOR,
    GATE_PAUSE_ALL,
    GATE_PAUSE_WRITE,
    GATE_TRACKING,
    S_IN_EXEC,
    S_IN_SCRIPT,
    S_TRACKING,
    Command,
    Engine,
    Request,
)
from autocache.commands.execute cimport arity_is_right, count_error, find_command
from autocache.commands.execute cimport call as call_command
from autocache.commands.tracking cimport tracking_note_read
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_used
from autocache.memory.blob cimport blob_data, blob_from, blob_release
from autocache.resp.out cimport out_clear, out_error, out_free
from autocache.resp.parser cimport BIG_BYTES_MIN, Arg


cdef class ScriptCalls:
    """The commands of one run of a script; `end` must be called when it is over."""

    def __cinit__(self, call: Call, read_only: bool, allow_oom: bool):
        cdef Engine* engine = call.request.engine
        self.call = call
        self.read_only = read_only
        self.allow_oom = allow_oom
        self.db = call.request.session.db
        self.was_in_exec = call.request.session.flags & S_IN_EXEC != 0
        # What there was room for when the script began, it may do to its end.
        self.is_full = engine.gates & GATE_MEMORY and mem_used() > engine.ks.maxmemory_bytes
        if engine.gates & GATE_MONITOR:
            note_monitor(call.request)
        call.request.session.flags |= S_IN_EXEC | S_IN_SCRIPT

    def __dealloc__(self):
        out_free(&self.out)

    @property
    def out_of_memory(self) -> bool:
        """Whether `maxmemory` was exceeded when the script began, with nothing to evict."""
        return self.is_full

    def end(self) -> None:
        """Give the session back as it was."""
        cdef uint64_t marks = S_IN_SCRIPT
        if not self.was_in_exec:
            marks |= S_IN_EXEC
        self.call.request.session.flags &= ~marks
        self.call.request.session.db = self.db

    cdef bytes reject(self, Command* command, const char* text):
        """Answer an error in place of running a command."""
        out_error(&self.out, text)
        command.rejected += 1
        count_error(self.call.request.engine, &self.out)
        return whole(&self.out)

    cdef bytes refusal(self, Command* command, int argc):
        """The error reply to a call that may not be made, or None."""
        if not arity_is_right(command, argc):
            return self.reject(command, b"ERR Wrong number of args calling Redis command from script")
        if command.flags & CMD_NOSCRIPT:
            return self.reject(command, b"ERR This Redis command is not allowed from script")
        if self.read_only and command.flags & (CMD_WRITE | CMD_MAY_REPLICATE):
            return self.reject(command, b"ERR Write commands are not allowed from read-only scripts.")
        if self.is_full and not self.allow_oom and command.flags & CMD_DENYOOM:
            return self.reject(command, b"OOM command not allowed when used memory > 'maxmemory'.")
        return None

    def run(self, words: tuple, protocol: int) -> bytes:
        """Run a command; the reply as it would stand on the wire in that version of RESP."""
        cdef int count = <int>len(words)
        cdef Arg* args = <Arg*>mem_alloc(count * sizeof(Arg))
        cdef int i
        out_clear(&self.out)
        self.out.errors = 0
        self.out.protocol = protocol
        for i in range(count):
            args[i].ptr = <bytes>words[i]
            args[i].len = len(<bytes>words[i])
            args[i].blob = NULL
            if args[i].len >= BIG_BYTES_MIN:
                # As the parser does with what does not come in one piece.
                args[i].blob = blob_from(args[i].ptr, args[i].len)
                args[i].ptr = blob_data(args[i].blob)
        try:
            return self.run_args(args, count)
        finally:
            for i in range(count):
                if args[i].blob != NULL:
                    blob_release(args[i].blob)
            mem_free(args)

    cdef bytes run_args(self, Arg* args, int count):
        cdef Engine* engine = self.call.request.engine
        cdef Command* command = find_command(engine, args, count)
        cdef Request request
        cdef bytes refused
        if command == NULL or (command.subcommand_count and count > 1):
            out_error(&self.out, b"ERR Unknown Redis command called from script")
            count_error(engine, &self.out)
            return whole(&self.out)
        refused = self.refusal(command, count)
        if refused is not None:
            return refused
        request.engine = engine
        request.ks = &engine.ks
        request.session = self.call.request.session
        request.db = request.session.db
        request.argv = args
        request.argc = count
        request.out = &self.out
        request.command = command
        request.wake.ptr = NULL
        engine.now_ns = monotonic_ns()
        if engine.gates & (GATE_PAUSE_ALL | GATE_PAUSE_WRITE):
            engine.ks.frozen = not command.flags & CMD_WRITE
        call_command(&request)
        if engine.gates & GATE_TRACKING and command.flags & CMD_READONLY and request.session.flags & S_TRACKING:
            tracking_note_read(self.call.request)
        return whole(&self.out)
