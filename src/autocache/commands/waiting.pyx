"""Parked sessions: what a command that waits is answered when its wait ends without what it waited for.

A command parks its session by setting S_PARKED, a kind and a deadline, and replies nothing. The server runs
no further command of the session, and calls `answer_wait` when the deadline has passed or CLIENT UNBLOCK says
so. Those that wait for keys are answered by running them again, too (`execute.serve_ready`).
"""

from libc.stdint cimport uint64_t

from autocache.commands.blocking cimport blocking_forget
from autocache.commands.context cimport PARK_KEYS, PARK_WAIT, S_REPLY_OFF, S_REPLY_SKIP, Engine, Session
from autocache.resp.out cimport Out, out_error, out_int, out_null_array


cdef void answer_wait(Engine* engine, Session* session, Out* out, bint unblocked) noexcept nogil:
    """Append the reply of a parked command whose time is up, or that CLIENT UNBLOCK ends in an error."""
    blocking_forget(engine, session)
    if session.flags & (S_REPLY_OFF | S_REPLY_SKIP):
        session.flags &= ~<uint64_t>S_REPLY_SKIP
    elif unblocked:
        out_error(out, b"UNBLOCKED client unblocked via CLIENT UNBLOCK")
    elif session.park == PARK_WAIT:
        out_int(out, 0)                 # no replica has acknowledged anything: there is none yet
    elif session.park == PARK_KEYS:
        out_null_array(out)
