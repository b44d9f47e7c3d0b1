"""A cache: the engine with all its commands, and Python's view of it.

The server feeds it the requests of its connections; tests, and programs that want a cache in their own process, call
`Cache.session()` and `Session.execute()`. What commands written in Python are given (`Call`) is here too.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint64_t

from autocache.commands.context cimport Engine, Request, Session
from autocache.commands.execute cimport (
    engine_free,
    engine_init,
    engine_refresh_clock,
    execute,
    session_free,
    session_init,
)
from autocache.commands.settings cimport apply_setting, setting_value
from autocache.commands.upkeep cimport engine_tick
from autocache.keyspace.db cimport keyspace_set_now
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.memory.blob cimport blob_data, blob_from, blob_release
from autocache.resp.out cimport Out, out_clear, out_free
from autocache.resp.parser cimport BIG_BYTES_MIN, Arg

import os

from autocache.commands import (  # noqa: F401  (each declares its commands)
    connection,
    counters,
    databases,
    keys,
    object,
    strings,
    substrings,
)
from autocache.commands.declare import DECLARED


cdef class Cache:
    """An engine with `databases` empty databases; `seed` makes its random choices repeatable."""

    def __cinit__(self, databases: int = 16, seed: int | None = None, host: object = None):
        cdef uint64_t chosen = int.from_bytes(os.urandom(8)) if seed is None else seed
        self.host = self if host is None else host
        self.specs = list(DECLARED.values())
        engine_init(&self.engine, self.specs, databases, chosen)
        self.engine.host = <PyObject*>self.host

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


cdef class LocalSession:
    """A session without a connection."""

    cdef Cache cache
    cdef Session session
    cdef Out out

    def __cinit__(self, cache: Cache):
        self.cache = cache
        self.out.protocol = 2
        session_init(&cache.engine, &self.session)

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
        reply = whole(&self.out)
        out_clear(&self.out)
        return reply


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
