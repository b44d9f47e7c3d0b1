# The hash table of the keyspace and of large collections: segments of entry pointers, found through a directory.
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.entry cimport Entry

cdef struct Seeds:
    uint64_t first
    uint64_t second

cdef struct Segment:
    uint64_t* slots
    uint32_t count
    uint32_t volatile                   # entries with an expiry
    int64_t due_ms                      # no entry of it expires before this
    uint8_t depth                       # how many leading hash bits its entries share
    uint8_t bits                        # log2 of the number of slots

cdef struct Place:                      # one cell of the directory
    uint64_t* slots
    Segment* segment
    uint32_t depth
    uint32_t bits

cdef struct Table:
    Place* directory
    Seeds seeds
    uint64_t count
    uint64_t volatile
    uint64_t segments
    uint64_t shrink_cursor
    uint64_t expire_cursor
    uint32_t depth                      # log2 of the directory's length

ctypedef bint (*Visit)(void* context, Entry* entry) noexcept nogil
# How an entry is freed: only the owner of a table knows what kinds of values stand in it.
ctypedef void (*Release)(void* context, Entry* take_entry) noexcept nogil

cdef struct Walker:                     # a walk over all entries; the table may not change meanwhile
    const Table* table
    Segment* segment                    # NULL at the end
    uint64_t cell                       # of the directory: where the next segment begins
    uint64_t at                         # the next slot to look at

cdef inline Entry* slot_entry(const uint64_t* slot) noexcept nogil:
    return <Entry*>(slot[0] & 0x0000FFFFFFFFFFF8ULL)

cdef uint64_t hash_bytes(const Seeds* seeds, const char* data, size_t length) noexcept nogil
cdef void table_init(Table* table, Seeds seeds) noexcept nogil
cdef void table_clear(Table* table, Release release, void* context) noexcept nogil
cdef bint table_clear_step(Table* table, uint64_t* cursor, int budget, Release release, void* context) noexcept nogil
cdef uint64_t* table_find(const Table* table, View key, uint64_t hash) noexcept nogil
cdef uint64_t* table_insert(Table* table, Entry* take_entry, uint64_t hash) noexcept nogil
cdef void table_swap(Table* table, uint64_t* slot, uint64_t hash, Entry* take_entry) noexcept nogil
cdef Entry* table_take(Table* table, uint64_t* slot, uint64_t hash) noexcept nogil
cdef Entry* table_random(const Table* table, uint64_t random, uint64_t* hash) noexcept nogil
cdef int table_sample(const Table* table, uint64_t random, bint volatile_only, Entry** found, int wanted) noexcept nogil
cdef uint64_t table_scan(const Table* table, uint64_t cursor, Visit visit, void* context) noexcept nogil
cdef void table_walk(const Table* table, Visit visit, void* context) noexcept nogil
cdef bint table_shrink_step(Table* table, int budget) noexcept nogil
cdef Segment* table_next_segment(const Table* table, uint64_t* cursor) noexcept nogil
cdef void table_prefetch(const Table* table, uint64_t hash) noexcept nogil
cdef Entry* table_candidate(const Table* table, uint64_t hash) noexcept nogil
cdef size_t table_overhead(const Table* table) noexcept nogil
cdef size_t table_bytes(const Table* table) noexcept nogil
cdef Table* table_new(Seeds seeds) noexcept nogil
cdef Table* table_copy(const Table* table) noexcept nogil
cdef void walker_begin(Walker* walker, const Table* table) noexcept nogil
cdef Entry* walker_next(Walker* walker) noexcept nogil


cdef inline void table_tidy(Table* table) noexcept nogil:
    """What the owner of a collection's table calls after each removal: now and then, shrink a little."""
    if table.count & 31 == 0:
        table_shrink_step(table, 1)
