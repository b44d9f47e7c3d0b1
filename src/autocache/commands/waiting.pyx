"""Parked sessions: what a command that waits is answered when its wait ends without what it waited for.

A command parks its session by setting S_PARKED, a kind and a deadline, and replies nothing. The server runs
no further command of the session, and calls `answer_wait` when the deadline has passed or CLIENT UNBLOCK says
so.
"""

from libc.stdint cimport uint64_t

from autocache.commands.context cimport PARK_WAIT, S_REPLY_OFF, S_REPLY_SKIP, Session
from autocache.resp.out cimport Out, out_error, out_int


cdef void answer_wait(Session* session, Out* out, bint unblocked) noexcept nogil:
    """Append the reply of a parked command whose time is up, or that CLIENT UNBLOCK ends in an error."""
    if session.flags & (S_REPLY_OFF | S_REPLY_SKIP):
        session.flags &= ~<uint64_t>S_REPLY_SKIP
    elif unblocked:
        out_error(out, b"UNBLOCKED client unblocked via CLIENT UNBLOCK")
    elif session.park == PARK_WAIT:
        out_int(out, 0)                 # no replica has acknowledged anything: there is none yet
