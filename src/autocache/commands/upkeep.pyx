"""What a cache does between requests, a little at a time: expire, evict, give memory back, shrink tables.

The loop calls `engine_tick` about ten times a second, and again soon while it says that work is left. Each
kind of work gets a share of the time, so that none of them starves: a flushed database of millions of keys
does not keep other keys from expiring, nor the other way round.
"""

from libc.stdint cimport int64_t, uint64_t

from autocache.base.clock cimport monotonic_ns
from autocache.commands.context cimport Engine
from autocache.commands.execute cimport serve_ready
from autocache.commands.tracking cimport tracking_limit
from autocache.keyspace.db cimport POLICY_NOEVICTION, Keyspace, discard_step
from autocache.keyspace.eviction cimport evict
from autocache.keyspace.expiry cimport expire_cycle
from autocache.keyspace.field_expiry cimport field_cycle
from autocache.types.table cimport table_shrink_step
from autocache.memory.alloc cimport mem_trim_step, mem_used

cdef enum:
    TRIM_SLABS_MAX = 16                 # empty slabs, of 32 KiB, that one tick gives back to the system
    SHRINK_SEGMENTS_MAX = 64            # segments of a table that one tick looks at if all are well filled


cdef bint shrink_tables(Keyspace* ks, uint64_t deadline) noexcept nogil:
    """Shrink sparse tables until the deadline; True if there may be more to do."""
    cdef int _
    for _ in range(ks.db_count):
        while table_shrink_step(&ks.dbs[ks.shrink_db].table, SHRINK_SEGMENTS_MAX):
            if monotonic_ns() >= deadline:
                return True
        ks.shrink_db = (ks.shrink_db + 1) % ks.db_count
    return False


cdef bint evict_more(Keyspace* ks) noexcept nogil:
    """Go on making room where a command had to stop; True if there may be more to do."""
    if ks.maxmemory_bytes == 0 or ks.frozen or ks.policy & POLICY_NOEVICTION or mem_used() <= ks.maxmemory_bytes:
        return False
    return evict(ks) and mem_used() > ks.maxmemory_bytes


cdef bint engine_tick(Engine* engine, int64_t budget_us) noexcept nogil:
    """Work for about `budget_us`, by the time that the engine was told last. True if work is left to do now.

    Eviction has a limit of its own (`maxmemory-eviction-tenacity`), which adds to the budget.
    """
    cdef Keyspace* ks = &engine.ks
    cdef int64_t share_us = budget_us // 3
    cdef bint left = False
    if ks.expire_active:
        left = expire_cycle(ks, share_us) != 0
        if field_cycle(ks, share_us):
            left = True
    if ks.discards != NULL and not discard_step(ks, share_us):
        left = True
    if shrink_tables(ks, monotonic_ns() + <uint64_t>share_us * 1000):
        left = True
    table_shrink_step(&engine.watched, 1)
    if mem_trim_step(TRIM_SLABS_MAX):
        left = True
    table_shrink_step(&engine.tracked, 1)
    tracking_limit(engine)
    if evict_more(ks):
        left = True
    if engine.ready_count:
        # Whoever waits for a group's entries is told when its stream expires or is evicted.
        serve_ready(engine)
    return left
