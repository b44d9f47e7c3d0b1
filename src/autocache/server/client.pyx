"""A client as Python sees it: the owner of a connection's record, with what CLIENT LIST shows of it."""

from autocache.base.clock cimport wall_ms
from autocache.commands.context cimport *
from autocache.commands.execute cimport session_free
from autocache.commands.session cimport Notes, session_notes
from autocache.commands.subscriptions cimport subscription_bytes, subscription_counts, subscriptions_forget
from autocache.memory.alloc cimport mem_size
from autocache.server.connection cimport (
    END_ASKED,
    END_NONE,
    connection_answer_wait,
    connection_end,
    connection_free,
    connection_output_bytes,
)


cdef bytes note_of(Session* session, str name):
    cdef Notes notes = session_notes(session, False)
    return getattr(notes, name) if notes is not None else b""


cdef class Client:
    """One connected client. Made by `Loop.adopt`; sizes in bytes, times in seconds."""

    def __cinit__(self, addr: str, laddr: str, unix_socket: bool):
        self.addr = addr
        self.laddr = laddr
        self.unix_socket = unix_socket

    cdef object release(self):
        """End the session and free its record; the loop calls this once, when the socket is closed."""
        self.closed = True
        session_free(self.connection.io.engine, &self.connection.session)
        connection_free(&self.connection)

    @property
    def id(self) -> int:
        return self.connection.session.id

    @property
    def fd(self) -> int:
        return self.connection.fd

    @property
    def user(self) -> str:
        return "default"

    @property
    def name(self) -> bytes:
        """As CLIENT SETNAME gave it."""
        return note_of(&self.connection.session, "name")

    @property
    def lib_name(self) -> bytes:
        """As CLIENT SETINFO gave it."""
        return note_of(&self.connection.session, "lib_name")

    @property
    def lib_ver(self) -> bytes:
        return note_of(&self.connection.session, "lib_ver")

    @property
    def redirect(self) -> int:
        """The id of the client that is told of changed keys in its place, or 0."""
        return self.connection.session.redirect

    @property
    def reply_buffer_bytes(self) -> int:
        return self.connection.out.capacity

    @property
    def reply_buffer_peak_bytes(self) -> int:
        """Buffers of one's own live only as long as there is something in them."""
        return self.connection.out.capacity

    @property
    def flags(self) -> int:
        return self.connection.session.flags

    @flags.setter
    def flags(self, value: int) -> None:
        self.connection.session.flags = value

    @property
    def db(self) -> int:
        return self.connection.session.db.id

    @property
    def protocol(self) -> int:
        return self.connection.out.protocol

    @property
    def last_command(self) -> str:
        if self.connection.session.last_command == NULL:
            return "NULL"
        return self.connection.session.last_command.name.decode()

    @property
    def age(self) -> int:
        return (wall_ms() - self.connection.session.created_ms) // 1000

    @property
    def idle(self) -> int:
        return (wall_ms() - self.connection.session.active_ms) // 1000

    @property
    def queued(self) -> int:
        """Commands queued in MULTI, or -1 outside of it."""
        return self.connection.session.queued if self.connection.session.flags & S_MULTI else -1

    @property
    def watching(self) -> int:
        return self.connection.session.watch_count

    @property
    def subscriptions(self) -> tuple[int, int, int]:
        """How many channels, patterns and shard channels it is subscribed to."""
        return subscription_counts(&self.connection.session)

    @property
    def query_bytes(self) -> int:
        return self.connection.len - self.connection.start

    @property
    def query_free_bytes(self) -> int:
        return self.connection.capacity - self.connection.len if self.connection.capacity else 0

    @property
    def argv_bytes(self) -> int:
        """What the arguments that were received so far take."""
        cdef size_t total = self.connection.parser.big_bytes
        cdef int i
        for i in range(self.connection.parser.count):
            if self.connection.parser.args[i].blob == NULL:
                total += self.connection.parser.args[i].len
        return total

    @property
    def queue_bytes(self) -> int:
        return self.connection.session.queue_bytes

    @property
    def output_buffer_bytes(self) -> int:
        return self.connection.out.len

    @property
    def output_list_length(self) -> int:
        return self.connection.out.piece_count

    @property
    def output_bytes(self) -> int:
        return connection_output_bytes(&self.connection)

    @property
    def total_bytes(self) -> int:
        return self.bytes()

    cdef size_t bytes(self) noexcept:
        """All memory of the client: its record and its buffers."""
        cdef Connection* c = &self.connection
        cdef size_t total = sizeof(Connection) + c.capacity + c.out.capacity + c.out.blob_bytes
        total += c.session.queue_bytes + self.argv_bytes + subscription_bytes(&c.session)
        if c.parser.args != NULL:
            total += mem_size(c.parser.args)
        return total

    @property
    def commands(self) -> int:
        return self.connection.session.commands

    @property
    def net_input_bytes(self) -> int:
        return self.connection.net_in_bytes

    @property
    def net_output_bytes(self) -> int:
        return self.connection.net_out_bytes

    @property
    def no_evict(self) -> bool:
        return self.connection.session.flags & S_NO_EVICT != 0

    @property
    def writable_pending(self) -> bool:
        return self.connection.waits_writable

    @property
    def parked(self) -> int:
        return self.connection.session.park if self.connection.session.flags & S_PARKED else 0

    def kill(self) -> None:
        """Close the connection: now, or after the reply if it is the one whose command runs."""
        cdef Session* session = &self.connection.session
        if self.closed or self.connection.end != END_NONE:
            return
        if self.connection.io.engine.current == session:
            session.flags |= S_CLOSE
        else:
            connection_end(&self.connection, END_ASKED)
            # It is gone for whoever asks, though its record lives until the round is over.
            subscriptions_forget(self.connection.io.engine, session)

    def unpark(self, error: bool) -> bool:
        """End a wait as its timeout would, or with an UNBLOCKED error; False if it does not wait so."""
        cdef Session* session = &self.connection.session
        if not session.flags & S_PARKED or session.park == PARK_PAUSE or self.connection.end != END_NONE:
            return False
        connection_answer_wait(&self.connection, error)
        return True
