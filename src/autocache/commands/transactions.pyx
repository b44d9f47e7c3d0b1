"""Transactions: MULTI, EXEC, DISCARD, WATCH and UNWATCH.

What is queued between MULTI and EXEC was checked when it was queued (execute.pyx); EXEC runs it with nothing
in between. The queue and the watches themselves are kept in session.pyx.
"""

from autocache.commands.args cimport key_at
from autocache.commands.context cimport (
    S_DIRTY_EXEC,
    S_DIRTY_WATCH,
    S_IN_EXEC,
    S_MULTI,
    S_REPLY_OFF,
    S_REPLY_SKIP,
    Request,
    Session,
)
from autocache.commands.execute cimport call_queued
from autocache.commands.session cimport transaction_forget, unwatch_all, watch_key, watched_expired
from autocache.resp.out cimport out_array, out_error, out_null_array, out_ok
from libc.stdint cimport uint64_t

from autocache.commands.declare import declare


declare(
    <size_t>multi_command, "MULTI", arity=1, group="transactions",
    flags="noscript loading stale fast allow_busy", since="1.2.0", internal=("no_queue",),
    about="Starts a transaction: the commands that follow are queued, and run together at EXEC.",
)
cdef void multi_command(Request* request) noexcept nogil:
    if request.session.flags & S_MULTI:
        out_error(request.out, b"ERR MULTI calls can not be nested")
        return
    request.session.flags |= S_MULTI
    out_ok(request.out)


declare(
    <size_t>exec_command, "EXEC", arity=1, group="transactions", flags="noscript loading stale skip_slowlog",
    since="1.2.0", internal=("no_queue", "runs_queue", "ends_queue"),
    complexity="Depends on commands in the transaction.",
    about="Runs the queued commands and answers all their replies, or null if a watched key has changed.",
)
cdef void exec_command(Request* request) noexcept nogil:
    cdef Session* session = request.session
    cdef int i
    if not session.flags & S_MULTI:
        out_error(request.out, b"ERR EXEC without MULTI")
        return
    if session.flags & S_DIRTY_EXEC:
        out_error(request.out, b"EXECABORT Transaction discarded because of previous errors.")
    elif session.flags & S_DIRTY_WATCH or watched_expired(request.engine, session):
        out_null_array(request.out)
    else:
        # From here on a change of a watched key is the transaction's own.
        unwatch_all(request.engine, session)
        session.flags |= S_IN_EXEC
        if not session.flags & (S_REPLY_OFF | S_REPLY_SKIP):
            out_array(request.out, session.queued)
        for i in range(session.queued):
            call_queued(request, &session.queue[i])
        session.flags &= ~<uint64_t>S_IN_EXEC
    transaction_forget(request.engine, session)


declare(
    <size_t>discard_command, "DISCARD", arity=1, group="transactions",
    flags="noscript loading stale fast allow_busy", since="2.0.0", internal=("no_queue", "ends_queue"),
    complexity="O(N), when N is the number of queued commands",
    about="Drops the transaction and what was queued, and stops watching.",
)
cdef void discard_command(Request* request) noexcept nogil:
    if not request.session.flags & S_MULTI:
        out_error(request.out, b"ERR DISCARD without MULTI")
        return
    transaction_forget(request.engine, request.session)
    out_ok(request.out)


declare(
    <size_t>watch_command, "WATCH key [key ...]", arity=-2, group="transactions",
    flags="noscript loading stale fast allow_busy", keys="RO@1..-1", since="2.2.0", internal=("no_queue",),
    complexity="O(1) for every key.",
    about="Watches keys: the next transaction runs only if none of them has changed by then.",
)
cdef void watch_command(Request* request) noexcept nogil:
    cdef int i
    if request.session.flags & S_MULTI:
        out_error(request.out, b"ERR WATCH inside MULTI is not allowed")
        return
    # The transaction is lost already: more keys to watch change nothing.
    if not request.session.flags & S_DIRTY_WATCH:
        for i in range(1, request.argc):
            watch_key(request.engine, request.session, key_at(request, i))
    out_ok(request.out)


declare(
    <size_t>unwatch_command, "UNWATCH", arity=1, group="transactions",
    flags="noscript loading stale fast allow_busy", since="2.2.0", about="Stops watching all keys.",
)
cdef void unwatch_command(Request* request) noexcept nogil:
    unwatch_all(request.engine, request.session)
    request.session.flags &= ~<uint64_t>S_DIRTY_WATCH
    out_ok(request.out)
