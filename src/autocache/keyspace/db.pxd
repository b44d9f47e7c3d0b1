# Databases: finding, storing and removing keys, with expiry, access data and change events.
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.entry cimport Entry
from autocache.types.limits cimport Limits
from autocache.types.table cimport Seeds, Table, slot_entry, table_find
from autocache.memory.blob cimport Blob

cdef enum:
    FIND_WRITE = 1                      # for a change: counts neither as hit nor as miss
    FIND_NOTOUCH = 2                    # leaves the access data alone
    FIND_SILENT = 4                     # announces no key miss

    EVENT_MODIFIED = 1                  # a key was created, changed or removed by a command
    EVENT_EXPIRED = 2                   # a key was removed because its time had come
    EVENT_EVICTED = 4                   # a key was removed to make room
    EVENT_FLUSHED = 8                   # a database, or all (db -1), was emptied or swapped; the key is empty

    # Classes of keyspace notifications, and where they are published: redis.conf's notify-keyspace-events.
    EVENT_CLASS_KEYSPACE = 1 << 0       # K
    EVENT_CLASS_KEYEVENT = 1 << 1       # E
    EVENT_CLASS_GENERIC = 1 << 2        # g
    EVENT_CLASS_STRING = 1 << 3         # $
    EVENT_CLASS_LIST = 1 << 4           # l
    EVENT_CLASS_SET = 1 << 5            # s
    EVENT_CLASS_HASH = 1 << 6           # h
    EVENT_CLASS_ZSET = 1 << 7           # z
    EVENT_CLASS_EXPIRED = 1 << 8        # x
    EVENT_CLASS_EVICTED = 1 << 9        # e
    EVENT_CLASS_STREAM = 1 << 10        # t
    EVENT_CLASS_KEYMISS = 1 << 11       # m
    EVENT_CLASS_MODULE = 1 << 13        # d
    EVENT_CLASS_NEW = 1 << 14           # n

    POLICY_LRU = 1
    POLICY_LFU = 2
    POLICY_RANDOM = 4
    POLICY_TTL = 8
    POLICY_VOLATILE = 16                # only keys with an expiry may go
    POLICY_NOEVICTION = 32

    POOL_SIZE = 16

cdef struct Db:
    Table table
    Table fields                        # the hashes that have fields with an expiry (fields.pyx)
    int id
    int64_t average_ttl_ms

ctypedef void (*Observe)(void* context, int event, int db, View key) noexcept nogil
# Publishes a keyspace notification: `event` is its name, as "lpush".
ctypedef void (*Publish)(void* context, int event_class, const char* event, int db, View key) noexcept nogil

cdef struct Discard:                    # one thing to free in steps
    Table table
    uint64_t cursor
    Entry* entry                        # or a large value
    Discard* next

cdef struct Candidate:                  # a key that is worth evicting
    uint64_t score
    char* key                           # owned
    size_t key_len
    int db

cdef struct Keyspace:
    Db* dbs
    int db_count
    int64_t now_ms                      # set by the server before each command and each step
    uint32_t clock_s                    # now in seconds, 24 bits
    uint32_t clock_min                  # now in minutes, 16 bits
    bint no_touch                       # the running command leaves access data alone
    bint frozen                         # CLIENT PAUSE: keys whose time has come are hidden, not removed
    uint64_t random_state
    Seeds seeds
    # settings
    size_t maxmemory_bytes
    int policy                          # POLICY_*
    int samples
    int tenacity
    int lfu_log_factor
    int lfu_decay_min
    int expire_effort
    bint expire_active
    bint lazy_eviction
    bint lazy_expire
    bint lazy_server_del
    bint lazy_user_del
    bint lazy_user_flush
    Limits limits
    # who wants to know of changes; nothing is called while `observed` is zero
    uint64_t observed
    Observe observe
    void* observer                      # the first argument of `observe` and `publish`
    int event_classes                   # EVENT_CLASS_* that are published; 0: none
    Publish publish
    # work left over
    Discard* discards
    uint64_t discarding                 # how many things wait there
    uint64_t discarded                  # how many were freed in steps
    int expire_db
    int field_db
    int shrink_db
    int evict_db
    Candidate pool[POOL_SIZE]           # by rising score
    int pool_count
    # figures
    uint64_t dirty                      # changes since the start
    uint64_t hits
    uint64_t misses
    uint64_t expired
    uint64_t expired_fields             # of hashes
    uint64_t evicted
    uint64_t expire_cap_reached
    double expire_stale_share
    uint64_t evict_sum_us

cdef struct Found:                      # where a key is, or would be
    Db* db
    View key
    uint64_t hash
    uint64_t* slot                      # NULL if absent; dies when the table changes
    Entry* entry

cdef int keyspace_init(Keyspace* ks, int db_count, uint64_t seed) except -1
cdef void keyspace_clear(Keyspace* ks) noexcept nogil
cdef void keyspace_set_now(Keyspace* ks, int64_t now_ms) noexcept nogil
cdef uint64_t keyspace_random(Keyspace* ks) noexcept nogil
cdef uint32_t fresh_access(const Keyspace* ks) noexcept nogil
cdef uint64_t idle_ms(const Keyspace* ks, const Entry* entry) noexcept nogil
cdef uint32_t decayed_frequency(const Keyspace* ks, const Entry* entry) noexcept nogil

cdef bint db_find(Keyspace* ks, Db* db, View key, Found* found, int mode) noexcept nogil
cdef void db_prefetch(const Keyspace* ks, const Db* db, View key, bint entry) noexcept nogil
cdef inline void db_relocate(Found* found) noexcept nogil:
    """Look again where a found key is, after its table has changed; no other effect."""
    found.slot = table_find(&found.db.table, found.key, found.hash)
    found.entry = slot_entry(found.slot) if found.slot != NULL else NULL

cdef void db_set_string(Keyspace* ks, Found* found, View value, int64_t expiry) noexcept nogil
cdef void db_set_blob(Keyspace* ks, Found* found, Blob* take_blob, int64_t expiry) noexcept nogil
cdef void db_set_expiry(Keyspace* ks, Found* found, int64_t expiry) noexcept nogil
cdef char* db_grow_string(Keyspace* ks, Found* found, size_t length) noexcept nogil
cdef void db_insert(Keyspace* ks, Found* found, Entry* take_entry) noexcept nogil
cdef void db_add_value(Keyspace* ks, Found* found, uint8_t kind, void* take_payload) noexcept nogil
cdef void db_replace_value(Keyspace* ks, Found* found, uint8_t kind, void* take_payload, int64_t expiry) noexcept nogil
cdef Entry* db_detach(Keyspace* ks, Found* found) noexcept nogil
cdef void db_delete(Keyspace* ks, Found* found, bint lazy) noexcept nogil
cdef void db_expire(Keyspace* ks, Found* found) noexcept nogil
cdef Entry* db_random(Keyspace* ks, Db* db) noexcept nogil
cdef void db_flush(Keyspace* ks, Db* db, bint lazy) noexcept nogil
cdef void keyspace_flush(Keyspace* ks, bint lazy) noexcept nogil
cdef void db_swap(Keyspace* ks, Db* a, Db* b) noexcept nogil
cdef void discard_entry(Keyspace* ks, Entry* take_entry, bint lazy) noexcept nogil
cdef bint discard_step(Keyspace* ks, int64_t budget_us) noexcept nogil

cdef inline void notify(Keyspace* ks, int event, int db, View key) noexcept nogil:
    if ks.observed:
        ks.observe(ks.observer, event, db, key)

cdef inline void modified(Keyspace* ks, Found* found) noexcept nogil:
    """What every command says after it changed a key."""
    ks.dirty += 1
    if ks.observed:
        ks.observe(ks.observer, EVENT_MODIFIED, found.db.id, found.key)


cdef inline void announce(Keyspace* ks, int event_class, const char* event, int db, View key) noexcept nogil:
    """Publish a keyspace notification, if its class is asked for."""
    if ks.event_classes & event_class:
        ks.publish(ks.observer, event_class, event, db, key)


cdef inline void changed(Keyspace* ks, Found* found, int event_class, const char* event) noexcept nogil:
    """`modified`, with the notification that most changes have."""
    modified(ks, found)
    announce(ks, event_class, event, found.db.id, found.key)
