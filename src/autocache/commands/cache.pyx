"""A cache: the engine with all its commands, and Python's view of it.

The server feeds it the requests of its connections; tests, and programs that want a cache in their own process, call
`Cache.session()` and `Session.execute()`. What commands written in Python are given (`Call`) is here too.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint64_t

from autocache.commands.context cimport (
    GATE_AUTH,
    GATE_PAUSE_ALL,
    PARK_NONE,
    S_PARKED,
    Engine,
    Request,
    Session,
)
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
from autocache.commands.session cimport session_by_id
from autocache.commands.tracking cimport tracking_broadcast
from autocache.commands.view cimport SessionView, view_session
from autocache.commands.settings cimport apply_setting, setting_value
from autocache.commands.upkeep cimport engine_tick
from autocache.commands.waiting cimport answer_wait
from autocache.keyspace.db cimport keyspace_set_now
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.memory.blob cimport blob_data, blob_from, blob_release
from autocache.resp.out cimport Out, out_clear, out_free
from autocache.resp.parser cimport BIG_BYTES_MIN, Arg

import os

from autocache.commands import (  # noqa: F401  (each declares its commands)
    clients,
    connection,
    counters,
    databases,
    keys,
    object,
    strings,
    substrings,
    track,
    transactions,
)
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
        """The password that clients have to give, or nothing."""
        return self.password

    def set_password(self, password: bytes) -> None:
        """Demand a password, or, if it is empty, none. Sessions that began without one stay as they are."""
        self.password = password
        if password:
            self.engine.gates |= GATE_AUTH
        else:
            self.engine.gates &= ~<uint64_t>GATE_AUTH

    def tracking_figures(self) -> dict[str, int]:
        """What INFO shows of client tracking."""
        return {
            "tracking_clients": self.engine.tracking_sessions,
            "tracking_total_keys": self.engine.tracked.count,
            "tracking_total_items": self.engine.tracked_ids,
            "tracking_total_prefixes": self.engine.prefix_count,
        }

    def pause(self, until_ms: int, writes_only: bool) -> None:
        """Let commands, or only those that write, wait until a wall-clock time. A pause in force only grows."""
        pause_begin(&self.engine, until_ms, writes_only)
        if self.host is not self:
            self.host.pause(self.engine.pause_until_ms, not self.engine.gates & GATE_PAUSE_ALL)

    def unpause(self) -> None:
        """End a pause. The host runs what waited."""
        pause_end(&self.engine)
        if self.host is not self:
            self.host.unpause()

    def end_round(self) -> None:
        """What a server does at the end of each round of its loop, before it writes."""
        tracking_broadcast(&self.engine)
    def configure(self, **settings: object) -> None:
        """Change settings, by their names in redis.conf with `_` for `-`; values as the configuration holds them.

        Raises KeyError for a name, or a policy, that there is not (see `settings.NAMES`).
        """
        for name, value in settings.items():
            apply_setting(&self.engine, name.replace("_", "-"), value)

    def setting(self, name: str) -> object:
        """The present value of a setting, by its name in redis.conf."""
        return setting_value(&self.engine, name)

    def tick(self, now_ms: int | None = None, budget_us: int = 1000) -> bool:
        """Do what the server does between requests, for about `budget_us`; True if there is more to do at once.

        `now_ms` sets the clock, which then stands still until it is set again: that is for tests.
        """
        if now_ms is not None:
            self.engine.clock_is_set = True
            keyspace_set_now(&self.engine.ks, now_ms)
        engine_refresh_clock(&self.engine)
        return engine_tick(&self.engine, budget_us)


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
        cdef int count = <int>len(words)
        cdef Arg* args = <Arg*>mem_alloc(count * sizeof(Arg))
        cdef int i
        for i in range(count):
            args[i].ptr = words[i]
            args[i].len = len(words[i])
            args[i].blob = NULL
            if args[i].len >= BIG_BYTES_MIN:
                # As the parser does with what does not come in one piece.
                args[i].blob = blob_from(args[i].ptr, args[i].len)
                args[i].ptr = blob_data(args[i].blob)
        engine_refresh_clock(&self.cache.engine)
        execute(&self.cache.engine, &self.session, args, count, &self.out)
        for i in range(count):
            if args[i].blob != NULL:
                blob_release(args[i].blob)
        mem_free(args)
        return self.read()

    def read(self) -> bytes:
        """What has been appended to its output since the last time: pushes, or the end of a wait."""
        reply = whole(&self.out)
        out_clear(&self.out)
        return reply

    def unpark(self) -> None:
        """End a wait as if its time had come; after a pause, the request may be sent again."""
        if self.session.flags & S_PARKED:
            self.session.flags &= ~<uint64_t>S_PARKED
            answer_wait(&self.session, &self.out, False)
            self.session.park = PARK_NONE

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


cdef bytes whole(const Out* out):
    """All of a reply, with the values that are sent from where they lie."""
    cdef list parts = []
    cdef size_t at = 0
    cdef size_t i
    for i in range(out.piece_count):
        parts.append(out.data[at:out.pieces[i].at])
        parts.append(blob_data(out.pieces[i].blob)[:out.pieces[i].blob.len])
        at = out.pieces[i].at
    parts.append(out.data[at:out.len])
    return b"".join(parts)
