"""A cache: the engine with all its commands, and Python's view of it.

The server feeds it the requests of its connections; tests, and programs that want a cache in their own process, call
`Cache.session()` and `Session.execute()`. What commands written in Python are given (`Call`) is here too.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport uint64_t

from autocache.commands.context cimport GATE_AUTH, S_PARKED, Engine, Request, Session
from autocache.commands.execute cimport (
    engine_free,
    engine_init,
    engine_refresh_clock,
    execute,
    pause_begin,
    pause_end,
    session_free,
    session_init,
)
from autocache.commands.session cimport session_by_id, session_unpark
from autocache.commands.tracking cimport tracking_broadcast
from autocache.commands.view cimport SessionView, view_session
from autocache.resp.out cimport Out, out_clear, out_free
from autocache.resp.parser cimport Arg

import os

from autocache.commands import clients, connection, strings, track, transactions  # noqa: F401  (each declares its commands)
from autocache.commands.declare import DECLARED
from autocache.commands.host import ClientLike


cdef Out* local_outbox(void* server, Session* target) noexcept nogil:
    """A session without a connection keeps its output itself."""
    return <Out*>target.client


cdef class Cache:
    """An engine with `databases` empty databases; `seed` makes its random choices repeatable."""

    def __cinit__(self, databases: int = 16, seed: int | None = None, host: object = None):
        cdef uint64_t chosen = int.from_bytes(os.urandom(8)) if seed is None else seed
        self.host = self if host is None else host
        self.specs = list(DECLARED.values())
        engine_init(&self.engine, self.specs, databases, chosen)
        self.engine.host = <PyObject*>self.host
        self.engine.outbox = local_outbox
        self.password = b""

    def __dealloc__(self):
        engine_free(&self.engine)

    def make_call(self, request: int) -> Call:
        """The Python view of a running request; `request` is its address."""
        cdef Call call = Call.__new__(Call)
        call.request = <Request*><size_t>request
        call.cache = self
        return call

    def session(self) -> LocalSession:
        """A session of this cache, as a connection would have."""
        return LocalSession(self)

    # --- sessions

    def client(self, client_id: int) -> ClientLike | None:
        """The client with this id, as the host shows it; a session without a connection as it is."""
        if client_id <= 0 or session_by_id(&self.engine, client_id) == NULL:
            return None
        found = self.host.client(client_id) if self.host is not self else None
        return view_session(self, &self.engine, client_id) if found is None else found

    def clients(self) -> list[ClientLike]:
        """All clients, the oldest first."""
        cdef list ids = []
        cdef uint64_t i
        if self.engine.sessions != NULL:
            for i in range(self.engine.sessions_mask + 1):
                if self.engine.sessions[i] != NULL:
                    ids.append(self.engine.sessions[i].id)
        return [self.client(client_id) for client_id in sorted(ids)]

    @property
    def requirepass(self) -> bytes:
        """The password, or nothing. Sessions that began without one stay as they are when one is set."""
        return self.password

    @requirepass.setter
    def requirepass(self, password: bytes) -> None:
        self.password = password
        if password:
            self.engine.gates |= GATE_AUTH
        else:
            self.engine.gates &= ~<uint64_t>GATE_AUTH

    @property
    def tracking_keys_max(self) -> int:
        """tracking-table-max-keys; 0: no limit."""
        return self.engine.tracked_keys_max

    @tracking_keys_max.setter
    def tracking_keys_max(self, count: int) -> None:
        self.engine.tracked_keys_max = count

    def tracking_figures(self) -> dict[str, int]:
        """What INFO shows of client tracking."""
        return {
            "tracking_clients": self.engine.tracking_sessions,
            "tracking_total_keys": self.engine.tracked.count,
            "tracking_total_items": self.engine.tracked_ids,
            "tracking_total_prefixes": self.engine.prefix_count,
        }

    def pause(self, until_ms: int, *, writes_only: bool) -> None:
        """Let commands, or only those that write, wait until a wall-clock time."""
        pause_begin(&self.engine, until_ms, writes_only)

    def unpause(self) -> None:
        """End a pause."""
        pause_end(&self.engine)

    def end_round(self) -> None:
        """What a server does at the end of each round of its loop, before it writes."""
        tracking_broadcast(&self.engine)


cdef class Call:
    """A request to a command written in Python. It dies with the command."""

    @property
    def args(self) -> list[bytes]:
        """The words of the request, the command's name first."""
        return [self.request.argv[i].ptr[:self.request.argv[i].len] for i in range(self.request.argc)]


    @property
    def session(self) -> SessionView:
        """The session that sent it, to read and to change."""
        return view_session(self.cache, self.request.engine, self.request.session.id)

    @property
    def client(self) -> ClientLike:
        """The client that sent it, as the host shows it."""
        return self.cache.client(self.request.session.id)

    @property
    def protocol(self) -> int:
        """The client's version of RESP, 2 or 3; this reply is the first in what it is set to."""
        return self.request.out.protocol

    @protocol.setter
    def protocol(self, version: int) -> None:
        self.request.out.protocol = version

    @property
    def now_ms(self) -> int:
        """The wall clock, in ms since the epoch."""
        return self.request.ks.now_ms


cdef class LocalSession:
    """A session without a connection."""

    cdef readonly Cache cache
    cdef Session session
    cdef Out out

    def __cinit__(self, cache: Cache):
        self.cache = cache
        self.out.protocol = 2
        session_init(&cache.engine, &self.session)
        self.session.client = &self.out

    def __dealloc__(self):
        if self.cache is not None:
            session_free(&self.cache.engine, &self.session)
        out_free(&self.out)

    def execute(self, *words: bytes) -> bytes:
        """Run a command; the reply as it would stand on the wire."""
        cdef Arg args[1024]
        cdef int i
        if len(words) > 1024:
            raise ValueError(f"{len(words)} words, at most 1024 are allowed")
        for i in range(<int>len(words)):
            args[i].ptr = words[i]
            args[i].len = len(words[i])
            args[i].blob = NULL
        engine_refresh_clock(&self.cache.engine)
        execute(&self.cache.engine, &self.session, args, <int>len(words), &self.out)
        return self.read()

    def read(self) -> bytes:
        """What has been appended to its output since the last time: pushes, or the end of a wait."""
        reply = self.out.data[:self.out.len]
        out_clear(&self.out)
        return reply

    def unpark(self) -> None:
        """Go on after a wait: one for a time ends as if it had come; after a pause, the request may be sent again."""
        if not session_unpark(&self.session, &self.out, False):
            self.session.flags &= ~<uint64_t>S_PARKED

    @property
    def id(self) -> int:
        """As CLIENT ID answers it."""
        return self.session.id

    @property
    def parked(self) -> int:
        """What it waits for (PARK_), or 0."""
        return self.session.park if self.session.flags & S_PARKED else 0

    @property
    def deadline_ms(self) -> int:
        """When its wait ends, or 0."""
        return self.session.park_deadline_ms

    @property
    def flags(self) -> int:
        """The S_ bits (context.pxd)."""
        return self.session.flags
