"""Eviction: removing keys to stay within `maxmemory`, by the eight policies of Redis.

Exact LRU or LFU order over all keys would cost memory in each of them. As in Redis, a few keys are sampled each
time, and the best candidates met so far wait in a small pool; with five samples a time this comes close to the true
order (Redis's documentation compares them). A candidate is a copy of its key, for the key may be gone when its turn
comes. What a score means depends on the policy, but a higher one always goes first: the time since the last access
(LRU), 255 less the frequency (LFU), or how early it expires (TTL).

Making room stops after a time that grows with `maxmemory-eviction-tenacity`, so that one command never waits long;
the next one goes on with it.
"""

from libc.stdint cimport UINT64_MAX, int64_t, uint64_t
from libc.string cimport memcpy, memmove

from autocache.base.bytes cimport View
from autocache.base.clock cimport monotonic_ns
from autocache.keyspace.db cimport (
    EVENT_CLASS_EVICTED,
    EVENT_EVICTED,
    POLICY_LFU,
    POLICY_NOEVICTION,
    POLICY_RANDOM,
    POLICY_TTL,
    POLICY_VOLATILE,
    POOL_SIZE,
    Candidate,
    Db,
    Found,
    Keyspace,
    announce,
    db_detach,
    decayed_frequency,
    discard_entry,
    discard_step,
    idle_ms,
    keyspace_random,
    notify,
)
from autocache.types.entry cimport Entry, entry_expiry, entry_has_expiry, entry_key
from autocache.types.table cimport hash_bytes, slot_entry, table_find, table_sample
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_used

cdef enum:
    SAMPLES_MAX = 64
    EVICTIONS_PER_LOOK = 16             # keys removed between two looks at the clock
    DISCARD_US = 500


cdef uint64_t score_of(const Keyspace* ks, const Entry* entry) noexcept nogil:
    if ks.policy & POLICY_LFU:
        return 255 - decayed_frequency(ks, entry)
    if ks.policy & POLICY_TTL:
        return UINT64_MAX - <uint64_t>entry_expiry(entry)
    return idle_ms(ks, entry)


cdef void remember(Keyspace* ks, Entry* entry, int db, uint64_t score) noexcept nogil:
    """Put a key into the pool where its score belongs, if it is better than the worst there or there is room."""
    cdef int at = 0
    cdef View key = entry_key(entry)
    while at < ks.pool_count and ks.pool[at].score < score:
        at += 1
    if ks.pool_count == POOL_SIZE:
        if at == 0:
            return
        mem_free(ks.pool[0].key)
        at -= 1
        memmove(&ks.pool[0], &ks.pool[1], at * sizeof(Candidate))
    else:
        memmove(&ks.pool[at + 1], &ks.pool[at], (ks.pool_count - at) * sizeof(Candidate))
        ks.pool_count += 1
    ks.pool[at].score = score
    ks.pool[at].db = db
    ks.pool[at].key_len = key.len
    ks.pool[at].key = <char*>mem_alloc(key.len)
    memcpy(ks.pool[at].key, key.ptr, key.len)


cdef uint64_t eligible(const Keyspace* ks, const Db* db) noexcept nogil:
    return db.table.volatile if ks.policy & POLICY_VOLATILE else db.table.count


cdef void fill_pool(Keyspace* ks) noexcept nogil:
    """Sample every database that has keys to evict."""
    cdef Entry* found[SAMPLES_MAX]
    cdef int wanted = ks.samples if ks.samples < SAMPLES_MAX else SAMPLES_MAX
    cdef int db, count, i
    for db in range(ks.db_count):
        count = table_sample(&ks.dbs[db].table, keyspace_random(ks), ks.policy & POLICY_VOLATILE != 0,
                             found, wanted) if eligible(ks, &ks.dbs[db]) else 0
        for i in range(count):
            remember(ks, found[i], db, score_of(ks, found[i]))


cdef bint locate(Keyspace* ks, int db, View key, Found* target) noexcept nogil:
    """Find a key that may go, with no side effect on it."""
    target.db = &ks.dbs[db]
    target.key = key
    target.hash = hash_bytes(&ks.seeds, key.ptr, key.len)
    target.slot = table_find(&target.db.table, key, target.hash)
    if target.slot == NULL:
        return False
    target.entry = slot_entry(target.slot)
    return not ks.policy & POLICY_VOLATILE or entry_has_expiry(target.entry)


cdef bint choose_from_pool(Keyspace* ks, Found* target) noexcept nogil:
    """The best candidate that still exists; False if no database has a key that may go."""
    cdef View key
    cdef Candidate best
    cdef bint found
    cdef int db
    cdef uint64_t left
    while True:
        left = 0
        for db in range(ks.db_count):
            left += eligible(ks, &ks.dbs[db])
        if left == 0:
            return False
        fill_pool(ks)
        while ks.pool_count:
            ks.pool_count -= 1
            best = ks.pool[ks.pool_count]
            key.ptr = best.key
            key.len = best.key_len
            found = locate(ks, best.db, key, target)
            # One that was used since it came into the pool, or is another key by the same name, may stay.
            if found and score_of(ks, target.entry) < best.score:
                found = False
            if found:
                target.key = entry_key(target.entry)
            mem_free(best.key)
            if found:
                return True


cdef bint choose_at_random(Keyspace* ks, Found* target) noexcept nogil:
    """A random key, of each database in turn."""
    cdef Entry* entry
    cdef int _
    for _ in range(ks.db_count):
        ks.evict_db = (ks.evict_db + 1) % ks.db_count
        if eligible(ks, &ks.dbs[ks.evict_db]) == 0:
            continue
        if table_sample(&ks.dbs[ks.evict_db].table, keyspace_random(ks), ks.policy & POLICY_VOLATILE != 0, &entry, 1):
            return locate(ks, ks.evict_db, entry_key(entry), target)
    return False


cdef int64_t time_limit_us(const Keyspace* ks) noexcept nogil:
    """How long one call may evict: 50 us for each step of tenacity up to 10, then rising by 15 % a step."""
    cdef double limit = 500
    cdef int _
    if ks.tenacity <= 10:
        return 50 * <int64_t>ks.tenacity
    if ks.tenacity >= 100:
        return -1
    for _ in range(ks.tenacity - 10):
        limit *= 1.15
    return <int64_t>limit


cdef bint make_room(Keyspace* ks, uint64_t start) noexcept nogil:
    cdef Found target
    cdef Entry* entry
    cdef int64_t limit_us = time_limit_us(ks)
    cdef uint64_t deadline = start + <uint64_t>limit_us * 1000 if limit_us >= 0 else UINT64_MAX
    cdef uint64_t count = 0
    cdef bint found
    while mem_used() > ks.maxmemory_bytes:
        if ks.discards != NULL:
            discard_step(ks, DISCARD_US)
            if monotonic_ns() > deadline:
                return True
            continue
        if ks.policy & POLICY_NOEVICTION:
            return False
        if ks.policy & POLICY_RANDOM:
            found = choose_at_random(ks, &target)
        else:
            found = choose_from_pool(ks, &target)
        if not found:
            return False
        entry = db_detach(ks, &target)
        ks.evicted += 1
        notify(ks, EVENT_EVICTED, target.db.id, target.key)
        announce(ks, EVENT_CLASS_EVICTED, b"evicted", target.db.id, target.key)
        discard_entry(ks, entry, ks.lazy_eviction)
        count += 1
        if count % EVICTIONS_PER_LOOK == 0 and monotonic_ns() > deadline:
            return True
    return True


cdef bint evict(Keyspace* ks) noexcept nogil:
    """Remove keys until memory is within `maxmemory_bytes` or the time is up; False if nothing more can be done."""
    cdef uint64_t start = monotonic_ns()
    cdef bint possible = make_room(ks, start)
    ks.evict_sum_us += (monotonic_ns() - start) // 1000
    return possible


cdef void evict_forget(Keyspace* ks) noexcept nogil:
    """Empty the pool: its scores mean nothing under another policy."""
    cdef int i
    for i in range(ks.pool_count):
        mem_free(ks.pool[i].key)
    ks.pool_count = 0
