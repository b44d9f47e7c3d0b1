"""One client's socket: receive, run, write, without a Python object in the way.

An idle connection owns no buffer. While it is served it borrows the loop's: the bytes that it reads, the list of its
arguments and the replies lie in buffers that all connections share, and only what outlives the turn (half a request,
replies that the socket did not take) moves to a buffer of its own. An argument or value of many kilobytes is
received into the block that the keyspace keeps, and is written from there.

Replies are written at the end of the turn, in one call. A client that does not read is bounded by
`client-output-buffer-limit`; one that sends half a request, by `client-query-buffer-limit`.
"""

from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdint cimport INT64_MAX, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove, memset
from posix.unistd cimport close, read, write

from autocache.base.bytes cimport likely, unlikely
from autocache.commands.ahead cimport Ahead, ahead_entries, ahead_slots
from autocache.commands.context cimport *
from autocache.commands.execute cimport count_error, execute
from autocache.commands.waiting cimport answer_wait
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_realloc
from autocache.memory.blob cimport Blob, blob_data, blob_release
from autocache.resp.out cimport Out, Piece, out_error_form, out_free
from autocache.resp.parser cimport (
    PARSE_COMMAND,
    PARSE_ERROR,
    PARSE_MORE,
    Arg,
    parse,
    parser_drop,
    parser_free,
    parser_init,
    parser_next,
    parser_rebase,
    parser_reset,
    parser_rewind,
)
from autocache.server.epoll cimport *

cdef extern from "<sys/uio.h>" nogil:
    cdef struct iovec:
        void* iov_base
        size_t iov_len
    ssize_t readv(int fd, const iovec* parts, int count) noexcept
    ssize_t writev(int fd, const iovec* parts, int count) noexcept

cdef enum:
    TAIL_BYTES_MIN = 16384              # room in a buffer of one's own before a read
    WRITE_PARTS_MAX = 64
    AHEAD_MAX = 32                      # requests of a pipeline that are parsed before the first of them runs
    FLUSH_BYTES = 262144                # replies of a long pipeline are written this often
    WRITE_BYTES_MAX = 1048576           # what one client is sent before others have their turn
    KEEP_WRITE_BYTES_MAX = 1048576      # a larger shared buffer is not kept
    KEEP_ARGS_MAX = 8192                # nor a longer list of arguments

    STOPPED = S_PARKED | S_CLOSE | S_KILLED


cdef void connection_init(Connection* connection, Io* io, int fd) noexcept nogil:
    """Take over a connected, non-blocking socket. The session is the caller's to begin and to end."""
    cdef Session session = connection.session
    memset(connection, 0, sizeof(Connection))
    connection.session = session
    connection.io = io
    connection.fd = fd
    connection.events = EPOLLIN
    connection.out.protocol = 2
    parser_init(&connection.parser)


cdef void connection_free(Connection* connection) noexcept nogil:
    """Free all buffers; the socket must have been closed by `connection_end`."""
    parser_free(&connection.parser)
    out_free(&connection.out)
    if connection.capacity:
        mem_free(connection.data)
    connection.data = NULL
    connection.capacity = 0


cdef void connection_end(Connection* connection, int why) noexcept nogil:
    """Close the socket; the loop frees the record when its round is over."""
    cdef epoll_event none
    if connection.end != END_NONE:
        return
    connection.end = why
    connection.session.flags |= S_KILLED
    unlist_parked(connection)
    epoll_ctl(connection.io.epoll, EPOLL_CTL_DEL, connection.fd, &none)
    close(connection.fd)
    connection.next_ended = connection.io.ended
    connection.io.ended = connection


# --- lending


cdef void borrow(Connection* connection) noexcept nogil:
    """Give a connection the shared lists and buffers it does not have itself."""
    cdef Io* io = connection.io
    if connection.parser.args == NULL:
        connection.parser.args = io.args
        connection.parser.capacity = io.args_capacity
        io.args = NULL
        io.args_capacity = 0
    if connection.out.data == NULL:
        connection.out.data = io.write_buffer
        connection.out.capacity = io.write_capacity
        io.write_buffer = NULL
        io.write_capacity = 0


cdef void give_back(Connection* connection) noexcept nogil:
    """Return what the connection does not need between its turns; what is large, or a second of a kind, is freed."""
    cdef Io* io = connection.io
    cdef Parser* parser = &connection.parser
    cdef Out* out = &connection.out
    if parser.count == 0 and parser.wanted == 0 and parser.args != NULL:
        if io.args == NULL and parser.capacity <= KEEP_ARGS_MAX:
            io.args = parser.args
            io.args_capacity = parser.capacity
        else:
            mem_free(parser.args)
        parser.args = NULL
        parser.capacity = 0
    if out.len == 0 and out.data != NULL:
        if io.write_buffer == NULL and out.capacity <= KEEP_WRITE_BYTES_MAX:
            io.write_buffer = out.data
            io.write_capacity = out.capacity
        else:
            mem_free(out.data)
        out.data = NULL
        out.capacity = 0
        if out.pieces != NULL:
            mem_free(out.pieces)
            out.pieces = NULL
            out.piece_capacity = 0


# --- receiving


cdef void make_room(Connection* connection) noexcept nogil:
    """See that a buffer of the connection's own has room for a read."""
    cdef char* old = connection.data
    if connection.capacity - connection.len >= TAIL_BYTES_MIN:
        return
    connection.capacity = connection.capacity * 2 + TAIL_BYTES_MIN
    connection.data = <char*>mem_realloc(old, connection.capacity)
    parser_rebase(&connection.parser, old, connection.data)


cdef ssize_t receive(Connection* connection) noexcept nogil:
    """Read once: into the shared buffer, or behind what is already there, a long argument first."""
    cdef iovec parts[2]
    cdef Blob* big = connection.parser.big
    cdef size_t rest
    cdef ssize_t got
    if connection.capacity == 0:
        connection.data = connection.io.read_buffer
        connection.len = connection.start = connection.position = 0
        got = read(connection.fd, connection.data, READ_BYTES)
        connection.len = got if got > 0 else 0
        return got
    make_room(connection)
    if big == NULL:
        got = read(connection.fd, connection.data + connection.len, connection.capacity - connection.len)
        connection.len += got if got > 0 else 0
        return got
    rest = big.len - connection.parser.big_len
    parts[0].iov_base = blob_data(big) + connection.parser.big_len
    parts[0].iov_len = rest
    parts[1].iov_base = connection.data + connection.len
    parts[1].iov_len = connection.capacity - connection.len
    got = readv(connection.fd, parts, 2)
    if got > 0:
        connection.parser.big_len += rest if <size_t>got > rest else <size_t>got
        connection.len += <size_t>got - rest if <size_t>got > rest else 0
    return got


cdef bint is_between_requests(const Connection* connection) noexcept nogil:
    cdef const Parser* parser = &connection.parser
    return not connection.retry and parser.wanted == 0 and parser.skip == 0 and parser.count == 0


cdef void keep_rest(Connection* connection) noexcept nogil:
    """After a turn: what is not run yet moves to, or to the front of, a buffer of the connection's own."""
    cdef char* old = connection.data + connection.start
    cdef size_t left = connection.len - connection.start
    if left == 0 and is_between_requests(connection):
        if connection.capacity:
            mem_free(connection.data)
        connection.data = NULL
        connection.capacity = connection.len = connection.start = connection.position = 0
        return
    if connection.capacity == 0:
        connection.capacity = left + TAIL_BYTES_MIN
        connection.data = <char*>mem_alloc(connection.capacity)
        memcpy(connection.data, old, left)
    elif connection.start:
        memmove(connection.data, old, left)
    else:
        return
    parser_rebase(&connection.parser, old, connection.data)
    connection.len = left
    connection.position -= connection.start
    connection.start = 0


# --- running


cdef void protocol_error(Connection* connection) noexcept nogil:
    cdef const char* text = connection.parser.error
    cdef size_t length = 0
    while text[length]:
        length += 1
    out_error_form(&connection.out, b"ERR %", text, length)
    count_error(connection.io.engine, &connection.out)
    connection.session.flags |= S_CLOSE


cdef int read_ahead(Connection* connection, Ahead* ahead, int* count) noexcept nogil:
    """Parse up to AHEAD_MAX requests that are all in the buffer; returns what the last `parse` returned."""
    cdef Parser* parser = &connection.parser
    cdef int status
    count[0] = 0
    while True:
        # Only the first request of a batch may be one that cannot be read again, as an inline one cannot: if an
        # earlier one has to wait, those behind it are read again.
        if count[0] and connection.position < connection.len and connection.data[connection.position] != c'*':
            return PARSE_COMMAND
        status = parse(parser, connection.data, connection.len, &connection.position)
        if status != PARSE_COMMAND:
            return status
        ahead[count[0]].first = parser.first
        ahead[count[0]].count = parser.count - parser.first
        ahead[count[0]].end = connection.position
        count[0] += 1
        parser_next(parser)
        # Nothing is read ahead of a request whose arguments are not in the buffer, for it could not be read again
        # should it have to wait; nor of a guest's, whose limits may be lifted by it.
        if count[0] == AHEAD_MAX or parser.text != NULL or parser.big_bytes or parser.guest:
            return status


cdef void fetch_ahead(Connection* connection, Ahead* ahead, int count) noexcept nogil:
    cdef int i
    for i in range(count):
        ahead_slots(connection.io.engine, &connection.session, &connection.parser.args[ahead[i].first], &ahead[i])
    for i in range(count):
        ahead_entries(&ahead[i])


cdef bint is_in_buffer(const Parser* parser, const Ahead* request) noexcept nogil:
    """Whether a request that was read could be read again: it has no argument that lies elsewhere."""
    cdef int i
    if parser.text != NULL:
        return False
    for i in range(request.first, request.first + request.count):
        if parser.args[i].blob != NULL:
            return False
    return True


cdef void stop_at(Connection* connection, const Ahead* stopped) noexcept nogil:
    """A request parked or ended the session: go back to behind it or, if it is to be run again, to before it."""
    cdef Parser* parser = &connection.parser
    cdef bint again = connection.session.flags & S_PARKED and connection.session.park == PARK_PAUSE
    # One that could not be read again ends its batch, so it is all that `args` hold from `first` on.
    if again and not is_in_buffer(parser, stopped):
        connection.retry = True
        parser.first = stopped.first
        parser_drop(parser)
        return
    if not again:
        connection.start = stopped.end
    connection.position = connection.start
    parser_rewind(parser)


cdef bint run_ahead(Connection* connection, const Ahead* ahead, int count) noexcept nogil:
    """Run requests that were read; False if one of them parked or ended the session."""
    cdef int i
    for i in range(count):
        execute(connection.io.engine, &connection.session, &connection.parser.args[ahead[i].first], ahead[i].count,
                &connection.out)
        if unlikely(connection.session.flags & STOPPED):
            stop_at(connection, &ahead[i])
            return False
        connection.start = ahead[i].end
        if unlikely(connection.out.len + connection.out.blob_bytes > FLUSH_BYTES):
            # A full socket need not be tried again after each command.
            if connection.waits_writable:
                enforce_limit(connection)
            else:
                connection_flush(connection)
            if connection.end != END_NONE:
                return False
    return True


cdef bint run_again(Connection* connection) noexcept nogil:
    """Run the request that a pause held back; False if it has to wait again."""
    connection.retry = False
    execute(connection.io.engine, &connection.session, connection.parser.args, connection.parser.count,
            &connection.out)
    if connection.session.flags & S_PARKED and connection.session.park == PARK_PAUSE:
        connection.retry = True
        return False
    parser_reset(&connection.parser)
    connection.start = connection.position
    return True


cdef void run(Connection* connection) noexcept nogil:
    """Run all requests that are complete, until one parks or ends the session."""
    cdef Ahead ahead[AHEAD_MAX]
    cdef Parser* parser = &connection.parser
    cdef int status
    cdef int count = 0
    if connection.session.flags & STOPPED or (connection.retry and not run_again(connection)):
        return
    while not connection.session.flags & STOPPED:
        parser.guest = connection.io.engine.gates & GATE_AUTH and not connection.session.flags & S_AUTHENTICATED
        status = read_ahead(connection, ahead, &count)
        if count > 1:
            fetch_ahead(connection, ahead, count)
        if not run_ahead(connection, ahead, count):
            return
        parser_drop(parser)
        if status == PARSE_ERROR:
            protocol_error(connection)
        elif is_between_requests(connection):
            connection.start = connection.position
        if status == PARSE_MORE:
            return


cdef void take_turn(Connection* connection) noexcept nogil:
    borrow(connection)
    connection.parser.bulk_bytes_max = connection.io.bulk_bytes_max
    run(connection)
    if connection.out.len and not connection.queued and not connection.session.flags & S_KILLED:
        connection_flush(connection)
    if connection.end != END_NONE:
        # The shared buffer must not be taken for one's own when the record is freed.
        if connection.capacity == 0:
            connection.data = NULL
            connection.len = 0
        parser_reset(&connection.parser)
        return
    keep_rest(connection)
    give_back(connection)
    if unlikely(connection.session.flags & S_PARKED):
        list_parked(connection)
    if unlikely(connection.session.flags & (S_CLOSE | S_KILLED)):
        if connection.session.flags & S_KILLED or connection_pending(connection) == 0:
            connection_end(connection, END_ASKED)
        else:
            watch(connection)


cdef size_t query_bytes(const Connection* connection) noexcept nogil:
    """What was received and not run yet, with the list of its arguments."""
    cdef size_t total = connection.len + connection.parser.big_bytes + connection.parser.count * sizeof(Arg)
    return total + connection.parser.big_len if connection.parser.big != NULL else total


cdef void read_requests(Connection* connection) noexcept nogil:
    cdef ssize_t got = receive(connection)
    cdef Io* io = connection.io
    if got <= 0:
        if got < 0 and (errno == EAGAIN or errno == EINTR):
            if connection.capacity == 0:
                connection.data = NULL
            return
        if connection.capacity == 0:
            connection.data = NULL
        connection_end(connection, END_PEER)
        return
    io.reads += 1
    io.net_in_bytes += got
    connection.net_in_bytes += got
    connection.session.active_ms = io.engine.ks.now_ms
    take_turn(connection)
    if connection.end == END_NONE and query_bytes(connection) > io.query_bytes_max:
        io.query_limit_closed += 1
        connection_end(connection, END_QUERY_LIMIT)


cdef void connection_ready(Connection* connection, uint32_t events) noexcept nogil:
    """The loop's call: the socket can be read or written, or has broken."""
    if connection.end != END_NONE:
        return
    if events & EPOLLOUT:
        connection_drain(connection)
        if connection.end != END_NONE:
            return
    if events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP):
        if connection.session.flags & S_CLOSE:
            # Nothing more is run; only the peer's going away is of interest.
            if events & (EPOLLERR | EPOLLHUP):
                connection_end(connection, END_PEER)
            return
        read_requests(connection)


# --- waiting


cdef void list_parked(Connection* connection) noexcept nogil:
    """Note that a session waits, and until when."""
    cdef Io* io = connection.io
    cdef int64_t deadline = connection.session.park_deadline_ms
    if not connection.listed:
        connection.listed = True
        connection.prev_parked = NULL
        connection.next_parked = io.parked
        if io.parked != NULL:
            io.parked.prev_parked = connection
        else:
            io.park_due_ms = INT64_MAX
        io.parked = connection
    if deadline and deadline < io.park_due_ms:
        io.park_due_ms = deadline


cdef void unlist_parked(Connection* connection) noexcept nogil:
    if not connection.listed:
        return
    connection.listed = False
    if connection.prev_parked != NULL:
        connection.prev_parked.next_parked = connection.next_parked
    else:
        connection.io.parked = connection.next_parked
    if connection.next_parked != NULL:
        connection.next_parked.prev_parked = connection.prev_parked


cdef void unpark(Connection* connection) noexcept nogil:
    """End a wait; the session goes on at the end of the round (`resume_waiting`)."""
    cdef Io* io = connection.io
    unlist_parked(connection)
    connection.session.flags &= ~<uint64_t>S_PARKED
    connection.session.park = PARK_NONE
    if connection.resumes:
        return
    connection.resumes = True
    connection.next_resumed = NULL
    if io.resumed == NULL:
        io.resumed = connection
    else:
        io.resumed_last.next_resumed = connection
    io.resumed_last = connection


cdef void connection_answer_wait(Connection* connection, bint unblocked) noexcept nogil:
    """Answer a command that waits as if its time were up, or as CLIENT UNBLOCK ... ERROR asks.

    The caller may be a command of another session: nothing is run here, for no command runs inside another.
    """
    if connection.end != END_NONE:
        return
    borrow(connection)
    answer_wait(connection.io.engine, &connection.session, &connection.out, unblocked)
    unpark(connection)
    if not connection.queued:
        connection_flush(connection)
    if connection.end == END_NONE:
        give_back(connection)


cdef void connection_resume(Connection* connection) noexcept nogil:
    """A command that waited for keys was answered while another session's ran; see `Resume` in context.pxd."""
    if connection.end == END_NONE:
        unpark(connection)


cdef void resume_waiting(Io* io) noexcept nogil:
    """Go on with the sessions whose waits have ended, in that order; they may end the waits of others."""
    cdef Connection* connection
    while io.resumed != NULL:
        connection = io.resumed
        io.resumed = connection.next_resumed
        connection.resumes = False
        if connection.end == END_NONE:
            take_turn(connection)


cdef void end_waits(Io* io) noexcept nogil:
    """Answer all whose time is up."""
    cdef Connection* connection = io.parked
    cdef Connection* following
    cdef int64_t now = io.engine.ks.now_ms
    cdef int64_t due = INT64_MAX
    while connection != NULL:
        following = connection.next_parked
        if connection.session.park_deadline_ms == 0:
            pass
        elif connection.session.park_deadline_ms <= now:
            connection_answer_wait(connection, False)
        elif connection.session.park_deadline_ms < due:
            due = connection.session.park_deadline_ms
        connection = following
    io.park_due_ms = due


cdef void end_pauses(Io* io) noexcept nogil:
    """CLIENT PAUSE is over: what waited for it shall run, in the order in which it came."""
    cdef Connection* connection = io.parked
    cdef Connection* preceding
    while connection != NULL and connection.next_parked != NULL:
        connection = connection.next_parked
    while connection != NULL:
        preceding = connection.prev_parked
        if connection.session.park == PARK_PAUSE:
            unpark(connection)
        connection = preceding


# --- writing


cdef size_t connection_pending(const Connection* connection) noexcept nogil:
    """Bytes that are still to be written."""
    return connection.out.len + connection.out.blob_bytes - connection.sent


cdef size_t connection_output_bytes(const Connection* connection) noexcept nogil:
    """Memory that waits to be written, as `client-output-buffer-limit` counts it."""
    return connection_pending(connection)


cdef int gather(Connection* connection, iovec* parts) noexcept nogil:
    """List what is to be written, from the first byte not sent, in up to WRITE_PARTS_MAX parts."""
    cdef Out* out = &connection.out
    cdef size_t skip = connection.sent
    cdef size_t from_, to, i
    cdef int count = 0
    cdef size_t at = 0
    for i in range(out.piece_count + 1):
        from_ = at
        to = out.pieces[i].at if i < out.piece_count else out.len
        at = to
        if skip >= to - from_:
            skip -= to - from_
        else:
            parts[count].iov_base = out.data + from_ + skip
            parts[count].iov_len = to - from_ - skip
            skip = 0
            count += 1
        if i == out.piece_count or count >= WRITE_PARTS_MAX - 1:
            break
        if skip >= out.pieces[i].blob.len:
            skip -= out.pieces[i].blob.len
        else:
            parts[count].iov_base = blob_data(out.pieces[i].blob) + skip
            parts[count].iov_len = out.pieces[i].blob.len - skip
            skip = 0
            count += 1
    return count


cdef void release_pieces(Out* out) noexcept nogil:
    cdef size_t i
    for i in range(out.piece_count):
        blob_release(out.pieces[i].blob)
    out.piece_count = 0
    out.blob_bytes = 0


cdef void watch(Connection* connection) noexcept nogil:
    """Ask epoll for what is of use: room to write while replies wait, requests unless the session is to be closed.

    Requests that nobody reads any more would make epoll return at once, again and again.
    """
    cdef epoll_event event
    event.events = (EPOLLOUT if connection.waits_writable else 0) \
        | (0 if connection.session.flags & S_CLOSE else EPOLLIN)
    event.data.ptr = connection
    if event.events != connection.events:
        connection.events = event.events
        epoll_ctl(connection.io.epoll, EPOLL_CTL_MOD, connection.fd, &event)


cdef void wait_writable(Connection* connection) noexcept nogil:
    connection.waits_writable = True
    drop_sent(connection)
    watch(connection)


cdef size_t drop_pieces(Connection* connection) noexcept nogil:
    """Release the spliced values that are written, once they are half of all; returns how many bytes of `data` are.

    So a client that reads, but is never quite done, does not make its output grow.
    """
    cdef Out* out = &connection.out
    cdef size_t left = connection.sent
    cdef size_t at = 0
    cdef size_t done = 0
    cdef size_t bytes = 0
    cdef size_t i, end
    while done < out.piece_count and left >= out.pieces[done].at - at + out.pieces[done].blob.len:
        left -= out.pieces[done].at - at + out.pieces[done].blob.len
        at = out.pieces[done].at
        done += 1
    end = out.pieces[done].at if done < out.piece_count else out.len
    at = at + left if left < end - at else end
    if done and done * 2 >= out.piece_count:
        for i in range(done):
            bytes += out.pieces[i].blob.len
            blob_release(out.pieces[i].blob)
        out.piece_count -= done
        memmove(out.pieces, out.pieces + done, out.piece_count * sizeof(Piece))
        out.blob_bytes -= bytes
        connection.sent -= bytes
    return at


cdef void drop_sent(Connection* connection) noexcept nogil:
    """Forget what is written: spliced values, and bytes once they are half of the buffer."""
    cdef Out* out = &connection.out
    cdef size_t at = drop_pieces(connection)
    cdef size_t i
    if at == 0 or at * 2 < out.len or (out.piece_count and out.pieces[0].at < at):
        return
    memmove(out.data, out.data + at, out.len - at)
    out.len -= at
    connection.sent -= at
    for i in range(out.piece_count):
        out.pieces[i].at -= at


cdef void enforce_limit(Connection* connection) noexcept nogil:
    """Close a client that does not read what it asked for, or what it subscribed to."""
    cdef bint subscribed = connection.session.flags & S_PUBSUB != 0
    cdef OutputLimit* limit = &connection.io.limits[CLASS_PUBSUB if subscribed else CLASS_NORMAL]
    cdef uint64_t waiting = connection_output_bytes(connection)
    cdef int64_t now = connection.io.engine.ks.now_ms
    cdef bint over = limit.hard_bytes and waiting >= limit.hard_bytes
    if limit.soft_bytes and waiting >= limit.soft_bytes:
        if connection.over_soft_ms == 0:
            connection.over_soft_ms = now
        elif now - connection.over_soft_ms > limit.soft_ms:
            over = True
    else:
        connection.over_soft_ms = 0
    if over:
        connection.io.output_limit_closed += 1
        connection_end(connection, END_OUTPUT_LIMIT)


cdef void connection_check_limit(Connection* connection) noexcept nogil:
    """The timer's call: a client that stopped reading may exceed its soft limit for too long with nothing new."""
    if connection.waits_writable and connection.end == END_NONE:
        enforce_limit(connection)


cdef void connection_flush(Connection* connection) noexcept nogil:
    """Write what the socket takes, up to WRITE_BYTES_MAX; the rest waits until it takes more."""
    cdef iovec parts[WRITE_PARTS_MAX]
    cdef Out* out = &connection.out
    cdef size_t total = 0
    cdef ssize_t wrote
    cdef int count
    while connection.end == END_NONE and connection_pending(connection):
        if total >= WRITE_BYTES_MAX:
            wait_writable(connection)
            return
        if likely(out.piece_count == 0):
            wrote = write(connection.fd, out.data + connection.sent, out.len - connection.sent)
        else:
            count = gather(connection, parts)
            wrote = writev(connection.fd, parts, count)
        if wrote <= 0:
            if wrote < 0 and errno == EINTR:
                continue
            if wrote < 0 and errno == EAGAIN:
                wait_writable(connection)
                enforce_limit(connection)
                return
            connection_end(connection, END_PEER)
            return
        total += wrote
        connection.sent += wrote
        connection.io.writes += 1
        connection.io.net_out_bytes += wrote
        connection.net_out_bytes += wrote
    release_pieces(out)
    out.len = 0
    connection.sent = 0
    connection.over_soft_ms = 0
    if connection.waits_writable:
        connection.waits_writable = False
        if connection.end == END_NONE:
            watch(connection)


cdef void connection_drain(Connection* connection) noexcept nogil:
    """Flush outside of a turn, and end a session that waited only for that."""
    connection_flush(connection)
    if connection.end != END_NONE or connection_pending(connection):
        return
    give_back(connection)
    if connection.session.flags & S_CLOSE:
        connection_end(connection, END_ASKED)


cdef bint is_at_work(const Connection* connection) noexcept nogil:
    """Whether a request of this connection is being run: where its reply begins is noted, its output may not move."""
    cdef const Engine* engine = connection.io.engine
    return engine.current == &connection.session or engine.serving == &connection.session


cdef Out* connection_outbox(Connection* connection) noexcept nogil:
    """Where to append what is told unasked; NULL if the connection has ended.

    What many commands of one round send to one client is written before it grows without bound; a client that does
    not take it ends here, before the limit is far exceeded.
    """
    if connection.end != END_NONE:
        return NULL
    connection_queue(connection)
    if connection_pending(connection) > FLUSH_BYTES and not is_at_work(connection):
        if connection.waits_writable:
            enforce_limit(connection)
        else:
            connection_flush(connection)
        if connection.end != END_NONE:
            return NULL
    return &connection.out


cdef void connection_queue(Connection* connection) noexcept nogil:
    """Something was appended from outside the connection's own turn: flush it at the end of the round."""
    if not connection.queued and connection.end == END_NONE:
        connection.queued = True
        connection.next_unflushed = connection.io.unflushed
        connection.io.unflushed = connection
