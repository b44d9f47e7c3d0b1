"""A cache: the engine with all its commands, and Python's view of it.

The server feeds it the requests of its connections; tests, and programs that want a cache in their own process, call
`Cache.session()` and `Session.execute()`. What commands written in Python are given (`Call`) is here too.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport uint64_t
from libc.string cimport memset

from autocache.commands.context cimport (
    GATE_AUTH,
    GATE_MONITOR,
    GATE_PAUSE_ALL,
    HISTOGRAM_BUCKETS,
    PARK_NONE,
    S_IN_EXEC,
    S_KILLED,
    S_MONITOR,
    S_PARKED,
    SUB_CHANNEL,
    SUB_PATTERN,
    SUB_SHARD,
    Command,
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
from autocache.keyspace.db cimport Db, Keyspace, keyspace_set_now
from autocache.types.table cimport table_overhead
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_reset_peak, mem_used
from autocache.memory.blob cimport blob_data, blob_from, blob_release
from autocache.resp.out cimport Out, out_clear, out_free
from autocache.resp.parser cimport BIG_BYTES_MIN, Arg

import os

import autocache.commands.groups  # no-cython-lint: importing it declares all commands
from autocache.commands.declare import DECLARED
from autocache.commands.host import ClientLike
from autocache.commands.local import LocalHost
from autocache.commands.stats import CommandStats, DatabaseStats, KeyspaceStats, MemoryStats
from autocache.memory.alloc import usage


cdef Out* local_outbox(void* _server, Session* target) noexcept nogil:
    """A session without a connection keeps its output itself."""
    return <Out*>target.client


cdef void local_resume(void* _server, Session* session) noexcept nogil:
    """Whoever has the session reads what it was answered."""
    session.flags &= ~<uint64_t>S_PARKED
    session.park = PARK_NONE


cdef list command_stats(const Command* commands, int count):
    """The figures of `count` commands and their subcommands, those that were ever called or refused."""
    cdef list found = []
    cdef const Command* command
    cdef int i
    for i in range(count):
        command = &commands[i]
        if command.calls or command.rejected or command.failed:
            found.append(CommandStats(
                command.name[:command.name_len].decode(), command.calls, command.ns // 1000, command.rejected,
                command.failed, tuple([command.histogram[n] for n in range(HISTOGRAM_BUCKETS)])))
        found += command_stats(command.subcommands, command.subcommand_count)
    return found


cdef void reset_commands(Command* commands, int count) noexcept:
    cdef Command* command
    cdef int i
    for i in range(count):
        command = &commands[i]
        command.calls = command.ns = command.rejected = command.failed = 0
        memset(command.histogram, 0, sizeof(command.histogram))
        reset_commands(command.subcommands, command.subcommand_count)


cdef class Cache:
    """An engine with `databases` empty databases; `seed` makes its random choices repeatable."""

    def __cinit__(self, databases: int = 16, seed: int | None = None, host: object = None):
        cdef size_t before = mem_used()
        cdef uint64_t chosen = int.from_bytes(os.urandom(8)) if seed is None else seed
        self.host = LocalHost() if host is None else host
        self.specs = list(DECLARED.values())
        engine_init(&self.engine, self.specs, databases, chosen)
        self.engine.outbox = local_outbox
        self.engine.resume = local_resume
        self.password = b""
        # Borrowed: the engine dies with the cache.
        self.engine.owner = <PyObject*>self
        self.startup_bytes = mem_used() - before

    def __dealloc__(self):
        if not self.closed:
            engine_free(&self.engine)

    def close(self) -> None:
        """Free all memory now, not with the last reference. No session may be left; nothing works afterwards."""
        if self.engine.session_count:
            raise RuntimeError(f"{self.engine.session_count} sessions are open")
        if not self.closed:
            self.closed = True
            engine_free(&self.engine)
            memset(&self.engine, 0, sizeof(Engine))

    def make_call(self, request: int) -> Call:
        """The Python view of a running request; `request` is its address."""
        cdef Call call = Call.__new__(Call)
        call.request = <Request*><size_t>request
        call.cache = self
        return call

    def session(self, protocol: int = 2) -> LocalSession:
        """A session of this cache, as a connection would have."""
        return LocalSession(self, protocol)

    # --- figures

    @property
    def now_ms(self) -> int:
        """The time that commands see, in ms since the epoch."""
        return self.engine.ks.now_ms

    @property
    def commands_run(self) -> int:
        """How many commands were executed."""
        return self.engine.commands_run

    @property
    def errors_replied(self) -> int:
        """How many error replies were given."""
        return self.engine.errors_replied

    @property
    def dirty(self) -> int:
        """How many changes were made to the keyspace."""
        return self.engine.ks.dirty

    def keyspace_stats(self) -> KeyspaceStats:
        cdef Keyspace* ks = &self.engine.ks
        return KeyspaceStats(
            ks.hits, ks.misses, ks.expired, ks.expired_fields, ks.evicted, ks.dirty, ks.expire_cap_reached,
            ks.expire_stale_share, ks.evict_sum_us, ks.discarding, ks.discarded, ks.maxmemory_bytes)

    def database_stats(self) -> list[DatabaseStats]:
        """All databases, the empty ones too, in order."""
        cdef list found = []
        cdef Db* db
        cdef int i
        for i in range(self.engine.ks.db_count):
            db = &self.engine.ks.dbs[i]
            found.append(DatabaseStats(
                i, db.table.count, db.table.volatile, db.average_ttl_ms, table_overhead(&db.table),
                db.fields.count))
        return found

    def memory_stats(self) -> MemoryStats:
        """The allocator's figures; it is the process's, shared by all caches in it."""
        figures = usage()
        return MemoryStats(
            figures["used_bytes"], figures["peak_bytes"], figures["slab_bytes"], figures["reserve_bytes"],
            figures["live_blocks"])

    def command_stats(self) -> list[CommandStats]:
        """The commands that were called or refused since the last reset, subcommands as commands of their own."""
        return command_stats(self.engine.table, self.engine.table_count)

    def error_stats(self) -> dict[str, int]:
        """How often each error code was answered."""
        cdef dict found = {}
        cdef int i
        for i in range(self.engine.error_kind_count):
            found[(<bytes>self.engine.error_kinds[i].name).decode("utf-8", "replace")] = \
                self.engine.error_kinds[i].count
        return found

    def reset_stats(self) -> None:
        """CONFIG RESETSTAT: every counter that is not a state starts again at zero."""
        cdef Engine* engine = &self.engine
        cdef Keyspace* ks = &engine.ks
        reset_commands(engine.table, engine.table_count)
        engine.commands_run = engine.errors_replied = engine.errors_not_counted = 0
        engine.error_kind_count = 0
        ks.hits = ks.misses = ks.expired = ks.expired_fields = ks.evicted = ks.discarded = 0
        ks.expire_cap_reached = ks.evict_sum_us = 0
        ks.expire_stale_share = 0

    def reset_memory_peak(self) -> None:
        mem_reset_peak()

    @property
    def active_expire(self) -> bool:
        """Whether the expire cycle removes keys that nobody asks for (DEBUG SET-ACTIVE-EXPIRE)."""
        return self.engine.ks.expire_active

    @active_expire.setter
    def active_expire(self, on: bool) -> None:
        self.engine.ks.expire_active = on

    # --- sessions

    def client(self, client_id: int) -> ClientLike | None:
        """The client with this id, as the host shows it; a session without a connection as it is."""
        cdef Session* session = session_by_id(&self.engine, client_id) if client_id > 0 else NULL
        if session == NULL or session.flags & S_KILLED:
            return None
        found = self.host.client(client_id) if not isinstance(self.host, LocalHost) else None
        return view_session(self, &self.engine, client_id) if found is None else found

    def clients(self) -> list[ClientLike]:
        """All clients, the oldest first."""
        cdef list ids = []
        cdef uint64_t i
        if self.engine.sessions != NULL:
            for i in range(self.engine.sessions_mask + 1):
                # One that was killed is gone, though its record lives until the round is over.
                if self.engine.sessions[i] != NULL and not self.engine.sessions[i].flags & S_KILLED:
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

    def pubsub_figures(self) -> dict[str, int]:
        """What INFO shows of pub/sub."""
        return {
            "pubsub_channels": self.engine.pubsub.tables[SUB_CHANNEL].count,
            "pubsub_patterns": self.engine.pubsub.tables[SUB_PATTERN].count,
            "pubsubshard_channels": self.engine.pubsub.tables[SUB_SHARD].count,
        }

    def pause(self, until_ms: int, writes_only: bool) -> None:
        """Let commands, or only those that write, wait until a wall-clock time. A pause in force only grows."""
        pause_begin(&self.engine, until_ms, writes_only)
        if not isinstance(self.host, LocalHost):
            self.host.pause(self.engine.pause_until_ms, not self.engine.gates & GATE_PAUSE_ALL)

    def unpause(self) -> None:
        """End a pause. The host runs what waited."""
        pause_end(&self.engine)
        if not isinstance(self.host, LocalHost):
            self.host.unpause()

    def end_round(self) -> None:
        """What a server does at the end of each round of its loop, before it writes."""
        tracking_broadcast(&self.engine)

    # --- settings and upkeep

    def configure(self, **settings: object) -> None:
        """Change settings, by their names in redis.conf with `_` for `-`; values as the configuration's.

        Raises KeyError for a name, or a policy, that there is not (see `settings.NAMES`).
        """
        for name, value in settings.items():
            apply_setting(&self.engine, name.replace("_", "-"), value)

    def setting(self, name: str) -> object:
        """The present value of a setting, by its name in redis.conf."""
        return setting_value(&self.engine, name)

    def tick(self, now_ms: int | None = None, budget_us: int = 1000) -> bool:
        """Do what the server does between requests, for about `budget_us`; True if more is left to do.

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
    def host(self) -> object:
        """The server that the cache runs in."""
        return self.cache.host

    @property
    def db(self) -> int:
        """The number of the client's database."""
        return self.request.db.id

    @property
    def session_id(self) -> int:
        """The client's id, as CLIENT ID answers it."""
        return self.request.session.id

    @property
    def session_flags(self) -> int:
        """The S_ bits of the session (context.pxd)."""
        return self.request.session.flags

    @property
    def in_transaction(self) -> bool:
        """Whether EXEC runs this command."""
        return self.request.session.flags & S_IN_EXEC != 0

    @property
    def monitors(self) -> bool:
        """Whether the client is in MONITOR already."""
        return self.request.session.flags & S_MONITOR != 0

    def start_monitor(self) -> None:
        """Mark the session as a monitor; from now on the host is told of commands."""
        self.request.session.flags |= S_MONITOR
        self.request.engine.gates |= GATE_MONITOR

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

    def __cinit__(self, cache: Cache, protocol: int = 2):
        self.cache = cache
        self.out.protocol = protocol
        session_init(&cache.engine, &self.session)
        self.session.client = &self.out

    def __dealloc__(self):
        if self.cache is not None:
            session_free(&self.cache.engine, &self.session)
        out_free(&self.out)

    @property
    def id(self) -> int:
        """The session's id, as CLIENT ID answers it."""
        return self.session.id

    def execute(self, *words: bytes) -> bytes:
        """Run a command; the reply as it would stand on the wire."""
        cdef int count = <int>len(words)
        cdef Arg* args
        cdef int i
        if not words or not all([isinstance(word, bytes) for word in words]):
            raise TypeError("a request is one or more words, each of them bytes")
        args = <Arg*>mem_alloc(count * sizeof(Arg))
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
            answer_wait(&self.cache.engine, &self.session, &self.out, False)
            self.session.park = PARK_NONE

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
