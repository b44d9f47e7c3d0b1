"""What commands written in Python, and a server's host, see of a session.

A view holds the session's id and looks it up at each use: the session may end while Python holds the view,
and then every property raises `LookupError`. It has all that `host.ClientLike` asks for; a server's view of a
connection inherits it and says where the connection comes from and what its buffers hold.
"""

from libc.stdint cimport uint64_t

from autocache.base.bytes cimport View
from autocache.commands.context cimport *
from autocache.commands.session cimport Notes, session_by_id, session_notes
from autocache.commands.subscriptions cimport subscription_bytes, subscription_counts, subscriptions_forget
from autocache.commands.tracking cimport (
    tracking_add_prefix,
    tracking_enable,
    tracking_forget,
    tracking_has_prefix,
)
from autocache.commands.waiting cimport answer_wait
from autocache.resp.out cimport Out


cdef SessionView view_session(object owner, Engine* engine, uint64_t id):
    """A view of the session with this id; `owner` keeps the engine alive."""
    cdef SessionView view = SessionView.__new__(SessionView)
    view.owner = owner
    view.engine = engine
    view.id = id
    return view


cdef class SessionView:
    """One session, by its id."""

    # What a session without a connection has in place of one.
    fd = -1
    addr = ""
    laddr = ""
    query_bytes = 0
    query_free_bytes = 0
    argv_bytes = 0
    output_buffer_bytes = 0
    output_list_length = 0
    output_bytes = 0
    net_input_bytes = 0
    net_output_bytes = 0
    writable_pending = False
    reply_buffer_bytes = 0
    reply_buffer_peak_bytes = 0
    user = "default"

    cdef Session* get(self) except NULL:
        cdef Session* session = session_by_id(self.engine, self.id)
        if session == NULL:
            raise LookupError(f"session {self.id} has ended")
        return session

    cdef Out* out(self) noexcept:
        cdef Session* session = session_by_id(self.engine, self.id)
        return self.engine.outbox(self.engine.server, session) if session != NULL else NULL

    # --- what it is

    @property
    def flags(self) -> int:
        """The S_ bits (context.pxd)."""
        return self.get().flags

    @property
    def db(self) -> int:
        return self.get().db.id

    @property
    def protocol(self) -> int:
        """2 or 3; setting it takes effect with the running command's reply."""
        cdef Out* out = self.out()
        return out.protocol if out != NULL else 2

    @protocol.setter
    def protocol(self, version: int) -> None:
        cdef Out* out = self.out()
        if out != NULL:
            out.protocol = version

    @property
    def unix_socket(self) -> bool:
        return self.get().flags & S_UNIX_SOCKET != 0

    @property
    def last_command(self) -> str:
        """The name of the newest request's command; NULL if there was none or it does not exist."""
        cdef Session* session = self.get()
        if session.last_command == NULL:
            return "NULL"
        return session.last_command.name[:session.last_command.name_len].decode()

    @property
    def age(self) -> int:
        """Seconds since it began."""
        return max(0, (self.engine.ks.now_ms - self.get().created_ms) // 1000)

    @property
    def idle(self) -> int:
        """Seconds since its last request."""
        return max(0, (self.engine.ks.now_ms - self.get().active_ms) // 1000)

    @property
    def commands(self) -> int:
        """How many commands it has run."""
        return self.get().commands

    @property
    def queued(self) -> int:
        """Commands that wait for EXEC, or -1 outside of MULTI."""
        cdef Session* session = self.get()
        return session.queued if session.flags & S_MULTI else -1

    @property
    def queue_bytes(self) -> int:
        return self.get().queue_bytes

    @property
    def watching(self) -> int:
        """How many keys it watches."""
        return self.get().watch_count

    @property
    def subscriptions(self) -> tuple[int, int, int]:
        """How many channels, patterns and shard channels it is subscribed to."""
        return subscription_counts(self.get())

    @property
    def total_bytes(self) -> int:
        return sizeof(Session) + self.get().queue_bytes + subscription_bytes(self.get())

    @property
    def parked(self) -> int:
        """What it waits for (PARK_), or 0."""
        cdef Session* session = self.get()
        return session.park if session.flags & S_PARKED else PARK_NONE

    # --- names

    @property
    def name(self) -> bytes:
        cdef Notes notes = session_notes(self.get(), False)
        return notes.name if notes is not None else b""

    @name.setter
    def name(self, name: bytes) -> None:
        if name or self.get().notes != NULL:
            session_notes(self.get(), True).name = name

    @property
    def lib_name(self) -> bytes:
        cdef Notes notes = session_notes(self.get(), False)
        return notes.lib_name if notes is not None else b""

    @lib_name.setter
    def lib_name(self, name: bytes) -> None:
        session_notes(self.get(), True).lib_name = name

    @property
    def lib_ver(self) -> bytes:
        cdef Notes notes = session_notes(self.get(), False)
        return notes.lib_ver if notes is not None else b""

    @lib_ver.setter
    def lib_ver(self, version: bytes) -> None:
        session_notes(self.get(), True).lib_ver = version

    # --- states

    @property
    def authenticated(self) -> bool:
        """Whether it may run commands: it gave the password, or began when there was none."""
        return self.get().flags & S_AUTHENTICATED != 0

    @authenticated.setter
    def authenticated(self, on: bool) -> None:
        self.mark(S_AUTHENTICATED, on)

    @property
    def no_evict(self) -> bool:
        return self.get().flags & S_NO_EVICT != 0

    @no_evict.setter
    def no_evict(self, on: bool) -> None:
        self.mark(S_NO_EVICT, on)

    @property
    def no_touch(self) -> bool:
        return self.get().flags & S_NO_TOUCH != 0

    @no_touch.setter
    def no_touch(self, on: bool) -> None:
        self.mark(S_NO_TOUCH, on)

    cdef object mark(self, uint64_t flag, bint on):
        cdef Session* session = self.get()
        if on:
            session.flags |= flag
        else:
            session.flags &= ~flag

    def replies_on(self) -> None:
        """CLIENT REPLY ON."""
        self.mark(S_REPLY_OFF | S_REPLY_SKIP, False)

    def replies_off(self) -> None:
        """CLIENT REPLY OFF."""
        self.mark(S_REPLY_OFF, True)

    def replies_skip(self) -> None:
        """CLIENT REPLY SKIP: the next command is not answered."""
        if not self.get().flags & S_REPLY_OFF:
            self.mark(S_REPLY_SKIP_NEXT, True)

    def kill(self) -> None:
        """Close it: after the reply if it is the one whose command runs, else with nothing more written."""
        cdef Session* session = self.get()
        if session == self.engine.current:
            session.flags |= S_CLOSE
        else:
            session.flags |= S_KILLED
            subscriptions_forget(self.engine, session)

    def unpark(self, error: bool) -> bool:
        """End a wait as its time-out would, or with an UNBLOCKED error; False if it does not wait so."""
        cdef Out* out = self.out()
        cdef Session* session = self.get()
        if out == NULL or not session.flags & S_PARKED or session.park == PARK_PAUSE:
            return False
        session.flags &= ~<uint64_t>S_PARKED
        answer_wait(self.engine, session, out, error)
        session.park = PARK_NONE
        return True

    # --- tracking

    @property
    def tracking(self) -> set[str] | None:
        """How it tracks keys, in the words of CLIENT TRACKING; None if it does not."""
        cdef uint64_t flags = self.get().flags
        if not flags & S_TRACKING:
            return None
        words = {
            "bcast": S_TRACKING_BCAST, "optin": S_TRACKING_OPTIN, "optout": S_TRACKING_OPTOUT,
            "noloop": S_TRACKING_NOLOOP, "caching": S_TRACKING_CACHING, "broken_redirect": S_TRACKING_BROKEN,
        }
        return {word for word, flag in words.items() if flags & flag}

    @property
    def redirect(self) -> int:
        """The id of the client that is told in its place, or 0."""
        return self.get().redirect

    @property
    def prefixes(self) -> list[bytes]:
        """The prefixes that it follows, sorted."""
        cdef Session* session = self.get()
        return [
            self.engine.prefixes[i].text[:self.engine.prefixes[i].len]
            for i in range(self.engine.prefix_count)
            if tracking_has_prefix(self.engine, session, i)
        ]

    def track(self, redirect: int, words: set[str], prefixes: list[bytes]) -> None:
        """Start to track, or change how; `words` of bcast, optin, optout, noloop."""
        cdef Session* session = self.get()
        cdef View text
        cdef uint64_t options = 0
        options |= S_TRACKING_BCAST if "bcast" in words else 0
        options |= S_TRACKING_OPTIN if "optin" in words else 0
        options |= S_TRACKING_OPTOUT if "optout" in words else 0
        options |= S_TRACKING_NOLOOP if "noloop" in words else 0
        tracking_enable(self.engine, session, redirect, options)
        for prefix in prefixes:
            text.ptr = prefix
            text.len = len(prefix)
            tracking_add_prefix(self.engine, session, text)

    def untrack(self) -> None:
        """Stop to track."""
        tracking_forget(self.engine, self.get())

    def track_next(self) -> None:
        """CLIENT CACHING: the next command is an exception to OPTIN or OPTOUT."""
        self.mark(S_TRACKING_CACHING, True)
