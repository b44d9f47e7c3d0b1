"""The connection commands that are compiled: PING, ECHO, QUIT, RESET and WAIT; clients.py has the others."""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t

from autocache.base.numbers cimport parse_int64
from autocache.commands.args cimport int_arg, key_at
from autocache.commands.context cimport (
    GATE_AUTH,
    PARK_WAIT,
    S_AUTHENTICATED,
    S_CLOSE,
    S_IN_EXEC,
    S_MONITOR,
    S_NO_TOUCH,
    S_PARKED,
    S_PUBSUB,
    S_REPLY_OFF,
    S_REPLY_SKIP,
    S_REPLY_SKIP_NEXT,
    Request,
    Session,
)
from autocache.commands.session cimport notes_forget_name, transaction_forget
from autocache.commands.subscriptions cimport subscriptions_forget
from autocache.commands.tracking cimport tracking_forget
from autocache.resp.out cimport out_array, out_bulk, out_error, out_error_form, out_int, out_ok, out_raw, out_view

from autocache.commands.declare import declare


declare(
    <size_t>ping_command, "PING [message]", arity=-1, group="connection", flags="fast", since="1.0.0",
    internal=("while_subscribed",),
    about="Answers PONG, or the message: for testing whether a connection is alive.",
    tips=("request_policy:all_shards", "response_policy:all_succeeded"),
)
cdef void ping_command(Request* request) noexcept nogil:
    if request.session.flags & S_PUBSUB and request.out.protocol == 2 and request.argc <= 2:
        # In the form of a message, for a client that expects nothing else.
        out_array(request.out, 2)
        out_bulk(request.out, b"pong", 4)
        if request.argc == 2:
            out_view(request.out, key_at(request, 1))
        else:
            out_bulk(request.out, b"", 0)
    elif request.argc == 1:
        out_raw(request.out, b"+PONG\r\n", 7)
    elif request.argc == 2:
        out_view(request.out, key_at(request, 1))
    else:
        out_error_form(request.out, b"ERR wrong number of arguments for '%' command", b"ping", 4)


declare(
    <size_t>echo_command, "ECHO message", arity=2, group="connection", flags="loading stale fast",
    since="1.0.0", about="Answers the message.",
)
cdef void echo_command(Request* request) noexcept nogil:
    out_view(request.out, key_at(request, 1))


declare(
    <size_t>quit_command, "QUIT", arity=-1, group="connection",
    flags="noscript loading stale fast no_auth allow_busy", since="1.0.0",
    internal=("no_queue", "ends_queue", "while_subscribed"),
    about="Closes the connection, once everything before it is answered.",
)
cdef void quit_command(Request* request) noexcept nogil:
    out_ok(request.out)
    request.session.flags |= S_CLOSE


declare(
    <size_t>reset_command, "RESET", arity=1, group="connection",
    flags="noscript loading stale fast no_auth allow_busy", since="6.2.0",
    internal=("no_queue", "ends_queue", "while_subscribed"),
    about="Makes the connection as new: database 0, RESP2, no transaction, name, subscription, tracking or password.",
)
cdef void reset_command(Request* request) noexcept nogil:
    cdef Session* session = request.session
    tracking_forget(request.engine, session)
    transaction_forget(request.engine, session)
    subscriptions_forget(request.engine, session)
    notes_forget_name(session)
    session.db = &request.ks.dbs[0]
    # A connection's protection from eviction stays, as in Redis.
    session.flags &= ~<uint64_t>(S_MONITOR | S_REPLY_OFF | S_REPLY_SKIP | S_REPLY_SKIP_NEXT | S_NO_TOUCH)
    if request.engine.gates & GATE_AUTH:
        session.flags &= ~<uint64_t>S_AUTHENTICATED
    request.out.protocol = 2
    out_raw(request.out, b"+RESET\r\n", 8)


declare(
    <size_t>wait_command, "WAIT numreplicas timeout", arity=3, group="generic", flags="noscript",
    since="3.0.0", categories="-keyspace connection",
    about="Waits until so many replicas have the writes made so far, or for the time (0: for ever).",
    tips=("request_policy:all_shards", "response_policy:agg_min"),
)
cdef void wait_command(Request* request) noexcept nogil:
    cdef int64_t wanted, timeout, now
    cdef Session* session = request.session
    if not int_arg(request, 1, &wanted):
        return
    if not parse_int64(request.argv[2].ptr, request.argv[2].len, &timeout):
        out_error(request.out, b"ERR timeout is not an integer or out of range")
        return
    if timeout < 0:
        out_error(request.out, b"ERR timeout is negative")
        return
    if wanted <= 0 or session.flags & S_IN_EXEC:
        out_int(request.out, 0)
        return
    session.flags |= S_PARKED
    session.park = PARK_WAIT
    session.park_deadline_ms = 0
    if timeout:
        now = request.ks.now_ms
        session.park_deadline_ms = timeout + now if timeout <= INT64_MAX - now else INT64_MAX
