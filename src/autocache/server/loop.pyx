"""The event loop: a selector for asyncio that serves the clients while it waits.

asyncio asks its selector one thing: wait until a descriptor is ready or a time is over. This selector keeps the
clients' sockets in the same epoll set as asyncio's few own descriptors, and while it waits it serves the clients in
compiled code: epoll, read, run, write, and again. It returns to asyncio only when one of asyncio's descriptors is
ready or its time has come. So the data path has one epoll call per round with nothing of Python in it, and the
control plane (HTTP, timers, signals, later the cluster bus and S3) is plain asyncio on the same thread.

Between rounds the loop does the cache's upkeep in bounded steps: expiry, shrinking, freeing.
"""

from libc.errno cimport EINTR, errno
from libc.stdint cimport int64_t, uint32_t, uint64_t
from posix.unistd cimport close

from autocache.base.clock cimport monotonic_ns
from autocache.commands.bridge cimport note_latency
from autocache.commands.cache cimport Cache
from autocache.commands.context cimport *
from autocache.commands.execute cimport engine_refresh_clock, pause_end, session_init
from autocache.commands.tracking cimport tracking_broadcast
from autocache.commands.upkeep cimport engine_tick
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport Out, out_raw
from autocache.server.client cimport Client
from autocache.server.connection cimport *
from autocache.server.epoll cimport *

import selectors

cdef enum:
    EVENTS_MAX = 512                    # per round
    TICK_NS = 100000000                 # between two rounds of upkeep when there is little to do
    UPKEEP_US = 600                     # how long one step of upkeep may take
    KEPT_IDLE = S_PARKED | S_MONITOR | S_PUBSUB    # sessions that `timeout` does not end
    UPKEEP_SHARE = 4                    # upkeep that has more to do gets this fraction of the time


cdef Out* outbox(void* server, Session* target) noexcept nogil:
    """Where to append what a session is told unasked (see context.Outbox); NULL if it has ended."""
    return connection_outbox(<Connection*>target)


cdef void resume(void* _server, Session* session) noexcept nogil:
    connection_resume(<Connection*>session)


cdef class Loop:
    """The selector; `asyncio.SelectorEventLoop(Loop(cache))` runs it. Not for more than one event loop."""

    def __cinit__(self, cache: Cache):
        self.cache = cache
        self.keys = {}
        self.clients = {}
        self.io.engine = &cache.engine
        self.io.read_buffer = <char*>mem_alloc(READ_BYTES)
        self.io.query_bytes_max = 1024 * 1024 * 1024
        self.io.bulk_bytes_max = 512 * 1024 * 1024
        self.io.epoll = epoll_create1(EPOLL_CLOEXEC)
        if self.io.epoll < 0:
            raise OSError(errno, "epoll_create1 failed")
        cache.engine.outbox = outbox
        cache.engine.resume = resume
        cache.engine.server = &self.io

    def __dealloc__(self):
        self.free_buffers()

    cdef void free_buffers(self) noexcept:
        mem_free(self.io.read_buffer)
        mem_free(self.io.args)
        mem_free(self.io.write_buffer)
        self.io.read_buffer = self.io.write_buffer = NULL
        self.io.args = NULL
        self.io.args_capacity = 0
        self.io.write_capacity = 0

    # --- what asyncio needs of a selector

    cdef int control(self, int operation, int fd, uint32_t events) except -1:
        cdef epoll_event event
        event.events = events
        event.data.u64 = <uint64_t>fd << 1 | 1      # odd: not the address of a connection
        if epoll_ctl(self.io.epoll, operation, fd, &event) != 0:
            raise OSError(errno, f"epoll_ctl failed for descriptor {fd}")
        return 0

    def register(self, fileobj: object, events: int, data: object = None) -> selectors.SelectorKey:
        fd = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        if fd in self.keys:
            raise KeyError(f"{fileobj!r} is already registered")
        self.control(EPOLL_CTL_ADD, fd, epoll_mask(events))
        key = self.keys[fd] = selectors.SelectorKey(fileobj, fd, events, data)
        return key

    def modify(self, fileobj: object, events: int, data: object = None) -> selectors.SelectorKey:
        key = self.get_key(fileobj)
        if events != key.events:
            self.control(EPOLL_CTL_MOD, key.fd, epoll_mask(events))
        key = self.keys[key.fd] = selectors.SelectorKey(fileobj, key.fd, events, data)
        return key

    def unregister(self, fileobj: object) -> selectors.SelectorKey:
        key = self.keys.pop(self.get_key(fileobj).fd)
        try:
            self.control(EPOLL_CTL_DEL, key.fd, 0)
        except OSError:
            pass                        # the descriptor was closed already
        return key

    def get_key(self, fileobj: object) -> selectors.SelectorKey:
        fd = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        if fd in self.keys:
            return self.keys[fd]
        for key in self.keys.values():
            if key.fileobj is fileobj:
                return key
        raise KeyError(f"{fileobj!r} is not registered")

    def get_map(self) -> dict[int, selectors.SelectorKey] | None:
        return None if self.closed else self.keys

    def close(self) -> None:
        """Close all connections and the epoll set, and free every buffer. Nothing can be done with it afterwards."""
        if self.closed:
            return
        self.closed = True
        for client in list(self.clients.values()):
            connection_end(&(<Client>client).connection, END_ASKED)
        self.io.unflushed = self.io.resumed = NULL
        self.bury()
        self.keys.clear()
        close(self.io.epoll)
        self.free_buffers()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Serve clients until a descriptor of asyncio's is ready or `timeout` seconds are over."""
        cdef epoll_event events[EVENTS_MAX]
        cdef list ready = []
        cdef uint64_t now = monotonic_ns()
        cdef uint64_t deadline = <uint64_t>-1
        cdef int count, wait_ms
        if timeout is not None:
            deadline = now + (<uint64_t>(timeout * 1e9) if timeout > 0 else 0)
        while True:
            wait_ms = self.wait_ms(now, deadline)
            if wait_ms == 0:
                count = epoll_wait(self.io.epoll, events, EVENTS_MAX, 0)
            else:
                with nogil:
                    count = epoll_wait(self.io.epoll, events, EVENTS_MAX, wait_ms)
            if count < 0:
                if errno != EINTR:
                    raise OSError(errno, "epoll_wait failed")
                return ready            # a signal: asyncio's own descriptor tells which
            self.rounds += 1
            engine_refresh_clock(self.io.engine)
            self.serve(events, count, ready)
            self.end_round()
            now = self.io.engine.now_ns
            if now >= self.next_tick_ns:
                self.upkeep()
                now = self.io.engine.now_ns
            if ready or now >= deadline:
                return ready

    cdef int wait_ms(self, uint64_t now, uint64_t deadline) noexcept:
        """How long epoll may wait: until asyncio's time, the next upkeep, or the end of a client's wait."""
        cdef uint64_t until = deadline if deadline < self.next_tick_ns else self.next_tick_ns
        cdef int64_t left_ms = self.io.park_due_ms - self.io.engine.ks.now_ms
        if self.io.parked != NULL and left_ms < TICK_NS // 1000000:
            if left_ms <= 0:
                return 0
            if now + <uint64_t>left_ms * 1000000 < until:
                until = now + <uint64_t>left_ms * 1000000
        if until <= now:
            return 0
        return <int>((until - now + 999999) // 1000000)

    cdef object serve(self, epoll_event* events, int count, list ready):
        cdef int i, fd, mask
        cdef uint32_t seen
        cdef object key
        for i in range(count):
            if events[i].data.u64 & 1:
                fd = <int>(events[i].data.u64 >> 1)
                seen = events[i].events
                key = self.keys.get(fd)
                if key is not None:
                    mask = (selectors.EVENT_READ if seen & ~EPOLLOUT else 0) \
                        | (selectors.EVENT_WRITE if seen & ~EPOLLIN else 0)
                    ready.append((key, mask & key.events))
            else:
                connection_ready(<Connection*>events[i].data.ptr, events[i].events)

    cdef object end_round(self):
        """Write what came from outside a client's own turn, and free the connections that ended."""
        cdef Connection* connection
        if self.io.parked != NULL and self.io.park_due_ms <= self.io.engine.ks.now_ms:
            end_waits(&self.io)
        if self.io.resumed != NULL:
            resume_waiting(&self.io)
        if self.io.engine.prefix_count:
            tracking_broadcast(self.io.engine)
        while self.io.unflushed != NULL:
            connection = self.io.unflushed
            self.io.unflushed = connection.next_unflushed
            connection.queued = False
            if connection.waits_writable:
                # Its socket is full, and epoll tells when it is not.
                connection_check_limit(connection)
            elif connection.end == END_NONE:
                connection_drain(connection)
        if self.io.ended != NULL:
            self.bury()

    cdef object bury(self):
        cdef Connection* connection
        cdef Client client
        while self.io.ended != NULL:
            connection = self.io.ended
            self.io.ended = connection.next_ended
            client = self.clients.pop(connection.session.id)
            client.release()

    cdef object upkeep(self):
        """One bounded step of expiry, shrinking and freeing, and when to take the next."""
        cdef Engine* engine = self.io.engine
        cdef uint64_t start = monotonic_ns()
        cdef uint64_t took
        cdef bint more = False
        if not self.cache.host.cron_paused:
            more = engine_tick(engine, UPKEEP_US)
        engine_refresh_clock(engine)
        took = engine.now_ns - start
        if engine.latency_ns > 0 and took >= <uint64_t>engine.latency_ns:
            note_latency(engine, b"expire-cycle", took)
        self.next_tick_ns = engine.now_ns + (took * (UPKEEP_SHARE - 1) if more else TICK_NS)

    # --- clients

    def adopt(self, fd: int, addr: str, laddr: str, unix_socket: bool = False) -> Client:
        """Serve a connected, non-blocking socket, whose descriptor now belongs to the loop."""
        cdef Client client = Client(addr, laddr, unix_socket)
        cdef epoll_event event
        session_init(self.io.engine, &client.connection.session)
        connection_init(&client.connection, &self.io, fd)
        client.connection.client = <void*>client
        client.connection.session.client = <void*>client
        if unix_socket:
            client.connection.session.flags |= S_UNIX_SOCKET
        event.events = EPOLLIN
        event.data.ptr = &client.connection
        if epoll_ctl(self.io.epoll, EPOLL_CTL_ADD, fd, &event) != 0:
            code = errno
            client.release()
            close(fd)
            raise OSError(code, "epoll_ctl failed for a new connection")
        self.clients[client.id] = client
        return client

    def unpause(self) -> None:
        """End CLIENT PAUSE and run what waited. Not to be called from within a command."""
        pause_end(self.io.engine)
        self.resume()

    def resume(self) -> None:
        """Run what waited for a pause that has ended; what a new pause holds waits on. Not from within a command."""
        end_pauses(&self.io)
        self.end_round()

    def close_idle(self, idle_ms: int) -> int:
        """Close the clients that have asked nothing for so long and wait for nothing; how many there were."""
        cdef Client client
        cdef int64_t since = self.io.engine.ks.now_ms - <int64_t>idle_ms
        cdef int closed = 0
        for client in self.clients.values():
            if client.connection.session.active_ms < since and not client.connection.session.flags & KEPT_IDLE:
                connection_end(&client.connection, END_ASKED)
                closed += 1
        self.end_round()
        return closed

    def check_limits(self) -> None:
        """Close the clients that have been over their soft output limit for too long."""
        cdef Client client
        for client in self.clients.values():
            connection_check_limit(&client.connection)
        self.end_round()

    def drain(self) -> int:
        """Run no further command and close each client once its replies are written; how many are left."""
        cdef Client client
        for client in list(self.clients.values()):
            client.connection.session.flags |= S_CLOSE
            connection_queue(&client.connection)
        self.end_round()
        return len(self.clients)

    def send(self, client_id: int, data: bytes) -> bool:
        """Append bytes to what a client in MONITOR is sent; False if it is gone or not in MONITOR."""
        cdef Client client = self.clients.get(client_id)
        cdef Out* out
        if client is None or not client.connection.session.flags & S_MONITOR:
            return False
        if client.connection.session.flags & (S_CLOSE | S_KILLED):
            return True                 # nothing follows the reply that it closes after
        out = connection_outbox(&client.connection)
        if out != NULL:
            out_raw(out, data, len(data))
        return out != NULL

    def set_output_limit(self, klass: int, hard_bytes: int, soft_bytes: int, soft_seconds: int) -> None:
        """`client-output-buffer-limit` of class 0 (normal), 1 (replica) or 2 (pubsub)."""
        cdef OutputLimit* limit
        if not 0 <= klass < CLASSES:
            raise ValueError(f"no class {klass}")
        limit = &self.io.limits[klass]
        limit.hard_bytes = hard_bytes
        limit.soft_bytes = soft_bytes
        limit.soft_ms = soft_seconds * 1000

    def set_request_limits(self, query_bytes_max: int, bulk_bytes_max: int) -> None:
        """`client-query-buffer-limit` and `proto-max-bulk-len`."""
        self.io.query_bytes_max = query_bytes_max
        self.io.bulk_bytes_max = self.io.engine.bulk_bytes_max = bulk_bytes_max

    def client_figures(self) -> dict[str, int]:
        """What INFO shows of all clients together; names as INFO's."""
        cdef Client client
        cdef Connection* connection
        cdef size_t total = 0, received = 0, waiting = 0, blocked = 0, timed = 0
        for client in self.clients.values():
            connection = &client.connection
            total += client.bytes()
            received = max(received, connection.len + connection.parser.big_len)
            waiting = max(waiting, connection_output_bytes(connection))
            if connection.session.flags & S_PARKED:
                blocked += 1
                # What a pause holds back waits for the pause to end, not for a time of its own.
                timed += connection.session.park != PARK_PAUSE and connection.session.park_deadline_ms != 0
        return {
            "client_recent_max_input_buffer": received,
            "client_recent_max_output_buffer": waiting,
            "blocked_clients": blocked,
            "clients_in_timeout_table": timed,
            "mem_clients_normal": total,
        }

    def reset_figures(self) -> None:
        """CONFIG RESETSTAT: count anew."""
        self.io.net_in_bytes = self.io.net_out_bytes = self.io.reads = self.io.writes = 0
        self.io.output_limit_closed = self.io.query_limit_closed = 0

    def figures(self) -> dict[str, int]:
        """Counts since the start, for INFO and the metrics."""
        return {
            "net_input_bytes": self.io.net_in_bytes,
            "net_output_bytes": self.io.net_out_bytes,
            "reads": self.io.reads,
            "writes": self.io.writes,
            "output_limit_closed": self.io.output_limit_closed,
            "query_limit_closed": self.io.query_limit_closed,
            "rounds": self.rounds,
        }


def epoll_mask(events: int) -> int:
    """The epoll flags of selector events."""
    return (EPOLLIN if events & selectors.EVENT_READ else 0) | (EPOLLOUT if events & selectors.EVENT_WRITE else 0)
