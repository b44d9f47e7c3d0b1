"""Between the compiled pipeline and what is written in Python.

A command that is called rarely is a Python function: it is handed a `Call` and returns a Python value (see
`resp.values`) or raises `ReplyError`. What the pipeline has to tell the Python side (a slow command, a latency event,
what MONITOR shows) goes to the `Host` of the cache. An exception that is not a `ReplyError` is a
bug: it is logged with its trace, and the client is told that the command failed.
"""

from libc.stdint cimport uint64_t

from autocache.commands.context cimport *
from autocache.resp.encode cimport out_value
from autocache.resp.out cimport Out, out_cut, out_error

import logging

from autocache.resp.values import ReplyError

log = logging.getLogger("autocache.commands")


cdef list copy_args(const Request* request):
    return [request.argv[i].ptr[:request.argv[i].len] for i in range(request.argc)]


cdef void call_python(Request* request) noexcept nogil:
    """Run the Python function of the request's command and append what it answers."""
    with gil:
        call_function(request)


cdef void call_function(Request* request) noexcept:
    cdef object cache = <object>request.engine.owner
    cdef object function = <object>request.command.function
    cdef Out* out = request.out
    cdef size_t start = out.len
    cdef size_t pieces = out.piece_count
    try:
        out_value(out, function(cache.make_call(<size_t>request)))
    except ReplyError as error:
        out_cut(out, start, pieces)
        out_value(out, error)
    except Exception:
        log.exception("the command failed: this is a bug", extra={"command": request.command.name.decode()})
        out_cut(out, start, pieces)
        out_error(out, b"ERR internal error: the server's log says more")


cdef void note_slow(Request* request, uint64_t took_ns) noexcept nogil:
    """Enter a slow command into the slow log."""
    with gil:
        tell(request.engine, "on_slow", (request.session.id, copy_args(request), took_ns // 1000))


cdef void note_latency(Engine* engine, const char* event, uint64_t took_ns) noexcept nogil:
    """Enter a latency event."""
    with gil:
        tell(engine, "on_latency", (event.decode(), took_ns // 1000000))


cdef void note_monitor(Request* request) noexcept nogil:
    """Show a command to the clients in MONITOR. When none is left, the host says so, and the gate closes.

    What a script calls is shown as no client's: it has the id 0.
    """
    cdef uint64_t origin = 0 if request.session.flags & S_IN_SCRIPT else request.session.id
    with gil:
        if not tell(request.engine, "on_monitor", (origin, request.db.id, copy_args(request))):
            request.engine.gates &= ~<uint64_t>GATE_MONITOR


cdef object tell(Engine* engine, str event, tuple details):
    """Call a method of the host; what it raises is logged, for the command that it is about has already run."""
    try:
        return getattr((<object>engine.owner).host, event)(*details)
    except Exception:
        log.exception("telling the host failed: this is a bug", extra={"event": event})
        return None
