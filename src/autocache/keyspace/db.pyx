"""Databases: finding, storing and removing keys, with expiry, access data and change events.

Commands and cycles change keys through this module only, so that what must happen with every change happens: the
expiry of a key that is looked up, its access data, the count of changes, and the call to whoever observes (WATCH,
client tracking). A `Found` tells where a key is, or, with `slot` NULL, where it would be; each function that changes
the table leaves the `Found` it was given true, and makes all others void.

Large things are freed in steps: they are moved to a list from which `discard_step`, called by the loop, frees a
little at a time.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from autocache.base.bytes cimport View, prefetch, store64
from autocache.base.clock cimport monotonic_ns
from autocache.keyspace.fields cimport fields_forget, fields_placed, fields_possible
from autocache.keyspace.value cimport value_effort, value_free, value_free_step
from autocache.types.entry cimport (
    ENC_BLOB,
    ENC_INLINE,
    ENTRY_BYTES_MAX,
    ENTRY_RAW,
    Entry,
    entry_access,
    entry_blob,
    entry_encoding,
    entry_expired,
    entry_expiry,
    entry_free,
    entry_has_expiry,
    entry_key,
    entry_new_blob,
    entry_new_string,
    entry_new_value,
    entry_recast,
    entry_rewrite,
    entry_set_access,
    entry_set_pointer,
    entry_string,
)
from autocache.types.limits cimport limits_init
from autocache.types.table cimport (
    hash_bytes,
    slot_entry,
    table_candidate,
    table_clear,
    table_clear_step,
    table_find,
    table_init,
    table_insert,
    table_prefetch,
    table_random,
    table_swap,
    table_take,
)
from autocache.memory.alloc cimport mem_free, mem_realloc, mem_size, mem_zalloc
from autocache.memory.blob cimport Blob, blob_from, blob_release, blob_try_resize

cdef extern from "<sys/mman.h>" nogil:
    const int MADV_DONTNEED
    int madvise(void* address, size_t length, int advice) noexcept

cdef enum:
    LFU_FRESH = 5                       # a new key is not the first to go
    LAZY_EFFORT_MIN = 64                # a collection of fewer elements is freed as fast as it is queued
    SYNC_EFFORT_MAX = 4096              # one of more is freed in steps even where freeing at once was asked for
    FREE_STEP_BLOCKS = 1                # runs of a table, of 512 slots each, that are freed between looks at the clock
    FREE_STEP_ELEMENTS = 512
    LAZY_BYTES_MIN = 1048576            # a smaller value is freed as fast as it is queued
    DISCARD_STEP_BYTES = 8388608        # how much of a long string one step gives back to the system
    OS_PAGE_BYTES = 4096
    FROZEN_TRIES_MAX = 100              # while nothing may be removed, a random key may be one that has expired


cdef int keyspace_init(Keyspace* ks, int db_count, uint64_t seed) except -1:
    """Make `db_count` empty databases. `seed` drives the hashes and all random choices."""
    cdef int i
    memset(ks, 0, sizeof(Keyspace))
    ks.random_state = seed
    ks.seeds.first = keyspace_random(ks)
    ks.seeds.second = keyspace_random(ks)
    limits_init(&ks.limits, ks.seeds)
    ks.db_count = db_count
    ks.dbs = <Db*>mem_zalloc(db_count * sizeof(Db))
    for i in range(db_count):
        ks.dbs[i].id = i
        table_init(&ks.dbs[i].table, ks.seeds)
        table_init(&ks.dbs[i].fields, ks.seeds)
    ks.policy = POLICY_NOEVICTION
    ks.samples = 5
    ks.tenacity = 10
    ks.lfu_log_factor = 10
    ks.lfu_decay_min = 1
    ks.expire_effort = 1
    ks.expire_active = True
    return 0


cdef void keyspace_clear(Keyspace* ks) noexcept nogil:
    """Free everything."""
    cdef int i
    for i in range(ks.db_count):
        table_clear(&ks.dbs[i].table, release_now, NULL)
        table_clear(&ks.dbs[i].fields, release_now, NULL)
    while not discard_step(ks, 1000000):
        pass
    for i in range(ks.pool_count):
        mem_free(ks.pool[i].key)
    ks.pool_count = 0
    mem_free(ks.dbs)
    ks.dbs = NULL
    ks.db_count = 0


cdef void keyspace_set_now(Keyspace* ks, int64_t now_ms) noexcept nogil:
    """Tell the keyspace the time; it reads no clock of its own for expiry."""
    if now_ms != ks.now_ms:
        ks.now_ms = now_ms
        ks.clock_s = <uint32_t>(now_ms // 1000) & 0xFFFFFF
        ks.clock_min = <uint32_t>(now_ms // 60000) & 0xFFFF


cdef uint64_t keyspace_random(Keyspace* ks) noexcept nogil:
    """64 random bits (splitmix64: Steele, Lea, Flood, 2014)."""
    cdef uint64_t z
    ks.random_state += 0x9E3779B97F4A7C15ULL
    z = ks.random_state
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL
    return z ^ (z >> 31)


# --- access data: 24 bits, the second of the last access (LRU), or the minute of it and a counter (LFU)


cdef uint32_t fresh_access(const Keyspace* ks) noexcept nogil:
    """The access data of a key that is created now."""
    if ks.policy & POLICY_LFU:
        return ks.clock_min << 8 | LFU_FRESH
    return ks.clock_s


cdef uint32_t decayed_frequency(const Keyspace* ks, const Entry* entry) noexcept nogil:
    """The LFU counter, less one for each `lfu-decay-time` since the last access."""
    cdef uint32_t access = entry_access(entry)
    cdef uint32_t counter = access & 255
    cdef uint32_t elapsed = (ks.clock_min - (access >> 8)) & 0xFFFF
    cdef uint32_t periods = elapsed // <uint32_t>ks.lfu_decay_min if ks.lfu_decay_min else 0
    return counter - periods if counter > periods else 0


cdef uint64_t idle_ms(const Keyspace* ks, const Entry* entry) noexcept nogil:
    """How long ago the last access was, by the LRU clock, whose resolution is a second."""
    return <uint64_t>((ks.clock_s - entry_access(entry)) & 0xFFFFFF) * 1000


cdef void count_access(Keyspace* ks, Entry* entry) noexcept nogil:
    """Raise the LFU counter with a probability that falls as it grows, so that 8 bits tell 1 from a million."""
    cdef uint32_t counter = decayed_frequency(ks, entry)
    cdef double base = counter - LFU_FRESH if counter > LFU_FRESH else 0
    cdef double draw = <double>(keyspace_random(ks) >> 11) * (1.0 / 9007199254740992.0)
    if counter < 255 and draw < 1.0 / (base * ks.lfu_log_factor + 1):
        counter += 1
    entry_set_access(entry, ks.clock_min << 8 | counter)


cdef inline void touch(Keyspace* ks, Entry* entry) noexcept nogil:
    if ks.policy & POLICY_LFU:
        count_access(ks, entry)
    else:
        entry_set_access(entry, ks.clock_s)


# --- finding


cdef bint db_find(Keyspace* ks, Db* db, View key, Found* found, int mode) noexcept nogil:
    """Find a key that has not expired; one that has is removed first. Returns whether it is there."""
    found.db = db
    found.key = key
    found.hash = hash_bytes(&ks.seeds, key.ptr, key.len)
    found.slot = table_find(&db.table, key, found.hash)
    found.entry = NULL
    if found.slot != NULL:
        found.entry = slot_entry(found.slot)
        if entry_expired(found.entry, ks.now_ms):
            if ks.frozen and not mode & FIND_WRITE:
                found.slot = NULL
                found.entry = NULL
            else:
                db_expire(ks, found)
    if found.slot == NULL:
        ks.misses += not mode & FIND_WRITE
        if not mode & (FIND_WRITE | FIND_SILENT):
            announce(ks, EVENT_CLASS_KEYMISS, b"keymiss", db.id, key)
        return False
    ks.hits += not mode & FIND_WRITE
    if not (mode & FIND_NOTOUCH or ks.no_touch):
        touch(ks, found.entry)
    return True


cdef void db_prefetch(const Keyspace* ks, const Db* db, View key, bint entry) noexcept nogil:
    """Ask the processor for where a key will be looked for, some keys before it is; later for its entry."""
    cdef uint64_t hash = hash_bytes(&ks.seeds, key.ptr, key.len)
    if entry:
        prefetch(table_candidate(&db.table, hash))
    else:
        table_prefetch(&db.table, hash)


cdef Entry* db_random(Keyspace* ks, Db* db) noexcept nogil:
    """A random entry that has not expired, or NULL; expired ones that it meets are removed.

    During a pause nothing is removed: where all seem to have expired, one that has is returned."""
    cdef Found found
    cdef uint64_t hash
    cdef Entry* entry
    cdef int tries = 0
    while True:
        entry = table_random(&db.table, keyspace_random(ks), &hash)
        if entry == NULL or not entry_expired(entry, ks.now_ms):
            return entry
        if not ks.frozen:
            db_find(ks, db, entry_key(entry), &found, FIND_WRITE | FIND_NOTOUCH)
        elif tries == FROZEN_TRIES_MAX:
            return entry
        tries += 1


# --- storing


cdef void db_insert(Keyspace* ks, Found* found, Entry* take_entry) noexcept nogil:
    """Put an entry of the found key in, in place of the one that is there, if any."""
    cdef Entry* old = found.entry
    if found.slot != NULL:
        table_swap(&found.db.table, found.slot, found.hash, take_entry)
        found.entry = take_entry
        if fields_possible(old) or fields_possible(take_entry):
            fields_placed(found.db, take_entry, found.key, found.hash)
        discard_entry(ks, old, ks.lazy_server_del)
        return
    found.slot = table_insert(&found.db.table, take_entry, found.hash)
    found.entry = take_entry
    if fields_possible(take_entry):
        fields_placed(found.db, take_entry, found.key, found.hash)
    announce(ks, EVENT_CLASS_NEW, b"new", found.db.id, found.key)


cdef void db_add_value(Keyspace* ks, Found* found, uint8_t kind, void* take_payload) noexcept nogil:
    """Make the found key, which is absent, a collection; `kind` is its type and encoding."""
    db_insert(ks, found, entry_new_value(kind, found.key, take_payload, -1, fresh_access(ks)))


cdef void db_replace_value(Keyspace* ks, Found* found, uint8_t kind, void* take_payload, int64_t expiry) noexcept nogil:
    """Make the found key a collection, whatever it held before; `expiry` in ms since the epoch, or -1."""
    cdef uint32_t access = fresh_access(ks)
    if found.slot != NULL and ks.policy & POLICY_LFU:
        access = entry_access(found.entry)
    db_insert(ks, found, entry_new_value(kind, found.key, take_payload, expiry, access))


cdef void db_set_string(Keyspace* ks, Found* found, View value, int64_t expiry) noexcept nogil:
    """Make the found key a string; `expiry` in ms since the epoch, or -1 for none."""
    cdef uint32_t access
    if found.slot == NULL:
        found.entry = entry_new_string(found.key, value, expiry, fresh_access(ks))
        found.slot = table_insert(&found.db.table, found.entry, found.hash)
        announce(ks, EVENT_CLASS_NEW, b"new", found.db.id, found.key)
        return
    # A key that is overwritten keeps how often it was used, but not, under LRU, when.
    access = entry_access(found.entry) if ks.policy & POLICY_LFU else ks.clock_s
    if entry_rewrite(found.entry, value, expiry, access):
        if expiry >= 0:
            table_swap(&found.db.table, found.slot, found.hash, found.entry)
        return
    db_insert(ks, found, entry_new_string(found.key, value, expiry, access))


cdef void db_set_blob(Keyspace* ks, Found* found, Blob* take_blob, int64_t expiry) noexcept nogil:
    """`db_set_string` with a long value that is not copied."""
    cdef uint32_t access = fresh_access(ks)
    if found.slot != NULL and ks.policy & POLICY_LFU:
        access = entry_access(found.entry)
    db_insert(ks, found, entry_new_blob(found.key, take_blob, expiry, access))


cdef void db_set_expiry(Keyspace* ks, Found* found, int64_t expiry) noexcept nogil:
    """Set the expiry (ms since the epoch) of the found entry, or take it away with -1."""
    cdef Entry* entry = found.entry
    if expiry >= 0 and entry_has_expiry(entry):
        store64(<char*>entry + sizeof(Entry), <uint64_t>expiry)
    elif expiry >= 0 or entry_has_expiry(entry):
        entry = entry_recast(entry, found.key, expiry)
    else:
        return
    found.entry = entry
    table_swap(&found.db.table, found.slot, found.hash, entry)


cdef char* db_grow_string(Keyspace* ks, Found* found, size_t length) noexcept nogil:
    """Make the found string, which must be there, at least `length` bytes long, to be changed in place.

    New bytes are zero. Returns its bytes, or NULL, with nothing changed, when there is no memory.
    """
    cdef View value = entry_string(found.entry)
    cdef Entry* entry = found.entry
    cdef Blob* blob
    cdef size_t old = value.len
    cdef size_t head = <size_t>(value.ptr - <char*>entry)
    cdef View key
    if length < old:
        length = old
    if entry_encoding(entry) == ENC_INLINE and head + length <= ENTRY_BYTES_MAX:
        if head + length > mem_size(entry):
            entry = <Entry*>mem_realloc(entry, head + length)
        entry.vlen = <unsigned short>length
    elif entry_encoding(entry) == ENC_INLINE:
        key = entry_key(entry)
        blob = blob_from(value.ptr, old)
        blob = grow_or_release(blob, length)
        if blob == NULL:
            return NULL
        entry = entry_new_blob(key, blob, entry_expiry(entry), entry_access(entry))
        entry_free(found.entry)
    else:
        blob = blob_try_resize(entry_blob(entry), length)
        if blob == NULL:
            return NULL
        entry_set_pointer(entry, blob)
    entry.flags |= ENTRY_RAW
    found.entry = entry
    table_swap(&found.db.table, found.slot, found.hash, entry)
    value = entry_string(entry)
    memset(<char*>value.ptr + old, 0, length - old)
    return <char*>value.ptr


cdef Blob* grow_or_release(Blob* take_blob, size_t length) noexcept nogil:
    cdef Blob* grown = blob_try_resize(take_blob, length)
    if grown == NULL:
        blob_release(take_blob)
    return grown


# --- removing


cdef Entry* db_detach(Keyspace* ks, Found* found) noexcept nogil:
    """Take the found entry out of its database; it is the caller's then."""
    cdef Entry* entry = table_take(&found.db.table, found.slot, found.hash)
    if found.db.fields.count and fields_possible(entry):
        fields_forget(found.db, found.key, found.hash)
    found.slot = NULL
    found.entry = NULL
    return entry


cdef void db_delete(Keyspace* ks, Found* found, bint lazy) noexcept nogil:
    """Remove the found entry. Its key's bytes may die with it if `found.key` points at them."""
    discard_entry(ks, db_detach(ks, found), lazy)


cdef void db_expire(Keyspace* ks, Found* found) noexcept nogil:
    """Remove the found entry because its time has come. `found.key` may point into it."""
    cdef Entry* entry = db_detach(ks, found)
    ks.expired += 1
    notify(ks, EVENT_EXPIRED, found.db.id, found.key)
    announce(ks, EVENT_CLASS_EXPIRED, b"expired", found.db.id, found.key)
    discard_entry(ks, entry, ks.lazy_expire)


cdef void discard_entry(Keyspace* ks, Entry* take_entry, bint lazy) noexcept nogil:
    """Free an entry that is in no table; a large value, if `lazy`, in steps.

    A collection of many thousand elements is always freed in steps: at once it would stall the loop.
    """
    if entry_encoding(take_entry) == ENC_INLINE or not is_worth_steps(take_entry, lazy):
        value_free(take_entry)
    else:
        new_discard(ks).entry = take_entry


cdef bint is_worth_steps(Entry* entry, bint lazy) noexcept nogil:
    cdef uint64_t effort
    if entry_encoding(entry) == ENC_BLOB:
        return lazy and entry_blob(entry).refs == 1 and mem_size(entry_blob(entry)) >= LAZY_BYTES_MIN
    effort = value_effort(entry)
    return effort > SYNC_EFFORT_MAX or (lazy and effort > LAZY_EFFORT_MIN)


cdef void release_value(void* context, Entry* take_entry) noexcept nogil:
    """`Release` of a database's table: what is large inside it is freed in steps of its own."""
    discard_entry(<Keyspace*>context, take_entry, False)


cdef void release_now(void* _context, Entry* take_entry) noexcept nogil:
    value_free(take_entry)


cdef Discard* new_discard(Keyspace* ks) noexcept nogil:
    """A discard behind the first one, which may be at work right now."""
    cdef Discard* discard = <Discard*>mem_zalloc(sizeof(Discard))
    if ks.discards == NULL:
        ks.discards = discard
    else:
        discard.next = ks.discards.next
        ks.discards.next = discard
    ks.discarding += 1
    return discard


cdef void db_flush(Keyspace* ks, Db* db, bint lazy) noexcept nogil:
    """Empty a database, at once or, if `lazy`, by moving its table to the discards."""
    cdef View none
    none.ptr = NULL
    none.len = 0
    notify(ks, EVENT_FLUSHED, db.id, none)
    empty_db(ks, db, lazy)


cdef void keyspace_flush(Keyspace* ks, bint lazy) noexcept nogil:
    """Empty all databases; who observes is told once."""
    cdef View none
    cdef int i
    none.ptr = NULL
    none.len = 0
    notify(ks, EVENT_FLUSHED, -1, none)
    for i in range(ks.db_count):
        empty_db(ks, &ks.dbs[i], lazy)


cdef void empty_db(Keyspace* ks, Db* db, bint lazy) noexcept nogil:
    cdef Discard* discard
    if lazy and db.table.count:
        discard = new_discard(ks)
        discard.table = db.table
        table_init(&db.table, ks.seeds)
    else:
        table_clear(&db.table, release_value, ks)
    if lazy and db.fields.count:
        discard = new_discard(ks)
        discard.table = db.fields
        table_init(&db.fields, ks.seeds)
    else:
        table_clear(&db.fields, release_value, ks)
    db.average_ttl_ms = 0


cdef void db_swap(Keyspace* ks, Db* a, Db* b) noexcept nogil:
    """Exchange the contents of two databases; clients of one see the other's keys from now on."""
    cdef Db old = a[0]
    a.table = b.table
    a.fields = b.fields
    a.average_ttl_ms = b.average_ttl_ms
    b.table = old.table
    b.fields = old.fields
    b.average_ttl_ms = old.average_ttl_ms


# --- freeing in steps


cdef bint shrink_blob(Blob* blob, uint64_t* cursor) noexcept nogil:
    """Give part of a long string back to the system, from its end; True when what is left is freed quickly."""
    cdef size_t size = mem_size(blob)
    cdef size_t done = cursor[0]
    cdef size_t start, end
    if size - done <= 2 * DISCARD_STEP_BYTES:
        return True
    end = (<size_t>blob + size - done) & ~<size_t>(OS_PAGE_BYTES - 1)
    start = end - DISCARD_STEP_BYTES
    madvise(<void*>start, DISCARD_STEP_BYTES, MADV_DONTNEED)
    cursor[0] = size - (start - <size_t>blob)
    return False


cdef bint free_some(Keyspace* ks, Discard* discard) noexcept nogil:
    """Take one step; True when nothing of it is left."""
    if discard.entry == NULL:
        return table_clear_step(&discard.table, &discard.cursor, FREE_STEP_BLOCKS, release_value, ks)
    if entry_encoding(discard.entry) == ENC_BLOB:
        if not shrink_blob(entry_blob(discard.entry), &discard.cursor):
            return False
    elif not value_free_step(discard.entry, &discard.cursor, FREE_STEP_ELEMENTS):
        return False
    entry_free(discard.entry)
    return True


cdef bint discard_step(Keyspace* ks, int64_t budget_us) noexcept nogil:
    """Free what was discarded for about `budget_us`; True when nothing is left."""
    cdef uint64_t deadline = monotonic_ns() + <uint64_t>budget_us * 1000
    cdef Discard* discard
    while ks.discards != NULL:
        discard = ks.discards
        if free_some(ks, discard):
            ks.discards = discard.next
            ks.discarding -= 1
            ks.discarded += 1
            mem_free(discard)
        if monotonic_ns() >= deadline:
            break
    return ks.discards == NULL
