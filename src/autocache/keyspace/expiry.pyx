"""The active expiry cycle: removing keys whose time has come though nobody asks for them.

redis-server keeps a second table of the keys with an expiry and samples it. Here each segment of a table knows how
many such entries it has and a time before which none of them expires (`due_ms`). The cycle walks the segments, passes
over those that are not due, and visits the others whole: it removes what has expired and notes when to come again,
which is when the next entry expires, or, where entries expire all the time, after a pause short enough that the
expired share stays small. A walk over segments that are not due costs one word a segment, 3,000 keys.

Each call works for a bounded time; the loop spaces the calls so that expiry takes at most a quarter of its time.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t

from autocache.base.bytes cimport prefetch
from autocache.base.clock cimport monotonic_ns
from autocache.keyspace.db cimport Db, Found, Keyspace, db_expire
from autocache.types.entry cimport entry_expiry, entry_key
from autocache.types.table cimport Segment, hash_bytes, slot_entry, table_next_segment

cdef enum:
    BUSY_PAUSE_MS = 100                 # before a segment is visited again in which a tenth expires per second
    CALM_PAUSE_MS = 1000                # and one in which less does; divided by the effort
    FEW = 256                           # a segment with so few volatile entries is cheap: it never waits longer
    PREFETCH_AHEAD = 8


cdef void visit(Keyspace* ks, Db* db, Segment* segment) noexcept nogil:
    """Remove the expired entries of a segment and set when to visit it again."""
    cdef uint64_t expired_before = ks.expired
    cdef uint64_t length = <uint64_t>1 << segment.bits
    cdef uint64_t at = 0
    cdef int64_t expiry
    cdef double total_ttl = 0           # times may lie at the end of what 64 bits hold
    cdef int64_t earliest = INT64_MAX
    cdef int64_t calm = CALM_PAUSE_MS // ks.expire_effort
    cdef uint64_t soon = 0
    cdef uint64_t alive = 0
    cdef Found found
    while at < length and segment.volatile:
        if at + PREFETCH_AHEAD < length and segment.slots[at + PREFETCH_AHEAD] & 1:
            prefetch(slot_entry(&segment.slots[at + PREFETCH_AHEAD]))
        if not segment.slots[at] & 1:
            at += 1
            continue
        found.entry = slot_entry(&segment.slots[at])
        expiry = entry_expiry(found.entry)
        if expiry >= ks.now_ms:
            soon += expiry < ks.now_ms + calm
            alive += 1
            total_ttl += expiry - ks.now_ms
            if expiry < earliest:
                earliest = expiry
            at += 1
            continue
        # What is shifted into this slot is looked at next.
        found.db = db
        found.slot = &segment.slots[at]
        found.key = entry_key(found.entry)
        found.hash = hash_bytes(&ks.seeds, found.key.ptr, found.key.len)
        db_expire(ks, &found)
    segment.due_ms = earliest
    if soon:
        segment.due_ms = ks.now_ms + (BUSY_PAUSE_MS if soon * 10 >= alive or alive <= FEW else calm)
    if alive:
        note_ttl(db, total_ttl / alive)
    note_stale(ks, ks.expired - expired_before, alive)


cdef void note_stale(Keyspace* ks, uint64_t removed, uint64_t alive) noexcept nogil:
    """Follow the share of keys found expired among those looked at, for INFO stats."""
    cdef double share = <double>removed / (removed + alive) if removed + alive else 0
    ks.expire_stale_share = share * 0.05 + ks.expire_stale_share * 0.95


cdef void note_ttl(Db* db, double average_ms) noexcept nogil:
    """Follow the average time to live slowly, for INFO keyspace."""
    if db.average_ttl_ms:
        average_ms = (<double>db.average_ttl_ms * 49 + average_ms) / 50
    # The largest number of milliseconds rounds up as a double: what is not below it would not fit again.
    db.average_ttl_ms = <int64_t>average_ms if average_ms < <double>INT64_MAX else INT64_MAX


cdef int64_t expire_cycle(Keyspace* ks, int64_t budget_us) noexcept nogil:
    """Work for about `budget_us`. Returns 0 if all segments were looked at, else 1: there is more to do now."""
    cdef uint64_t deadline = monotonic_ns() + <uint64_t>budget_us * 1000
    cdef Db* db
    cdef Segment* segment
    cdef int _
    if ks.frozen:
        return 0
    for _ in range(ks.db_count):
        db = &ks.dbs[ks.expire_db]
        while db.table.volatile:
            segment = table_next_segment(&db.table, &db.table.expire_cursor)
            if segment.volatile and segment.due_ms < ks.now_ms:
                visit(ks, db, segment)
                if monotonic_ns() >= deadline:
                    ks.expire_cap_reached += 1
                    return 1
            if db.table.expire_cursor == 0:
                break
        ks.expire_db = (ks.expire_db + 1) % ks.db_count
    return 0
