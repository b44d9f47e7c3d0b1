# Sorted sets: few short members in a listpack, all others in a table and an ordered tree of its entries.
from libc.stdint cimport int64_t, uint8_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.entry cimport Entry
from autocache.types.limits cimport Limits
from autocache.types.ordered cimport Cursor, Ordered
from autocache.types.table cimport Seeds, Table

cdef enum:
    # How `zset_put` treats what is there: ZADD's options.
    PUT_NX = 1 << 0                     # only new members
    PUT_XX = 1 << 1                     # only members that are there
    PUT_GT = 1 << 2                     # only to a greater score
    PUT_LT = 1 << 3                     # only to a smaller score
    PUT_INCR = 1 << 4                   # the score is added to the present one

    # What `zset_put` did.
    PUT_ADDED = 0
    PUT_UPDATED = 1
    PUT_SAME = 2                        # the member had that score already
    PUT_REFUSED = 3                     # the options forbade it
    PUT_NAN = 4                         # infinities of both signs were added

    SCORE_TEXT_BYTES = 32

    LEX_LOWEST = -1                     # kinds of lexicographic bounds
    LEX_TEXT = 0
    LEX_HIGHEST = 1

cdef struct Sorted:                     # the payload of ENC_SORTED
    Table table                         # owns the entries: key the member, value the 8 bytes of the score
    Ordered tree                        # of the same entries, by score and then by member

cdef struct ScoreRange:
    double min
    double max
    bint min_open                       # the bound itself does not belong to the range
    bint max_open

cdef struct LexRange:
    View min
    View max
    int min_kind                        # LEX_*
    int max_kind
    bint min_open
    bint max_open

cdef struct Ranks:                      # neighbours in a sorted set, by ascending rank
    uint64_t first
    uint64_t count

cdef struct ZsetWalk:                   # a walk over members in order; the set may not change meanwhile
    Entry* zset
    bint reverse
    char* packed                        # listpack: the next member, or NULL
    Cursor cursor                       # sorted: the next item
    char text[24]                       # a member that was an integer; `member` may point here
    View member
    double score

cdef void* zset_create(View member, const Limits* limits, uint8_t* kind) noexcept nogil
cdef int zset_put(Entry* zset, View member, double* score, int options, const Limits* limits) noexcept nogil
cdef bint zset_add(Entry* zset, View member, double score, const Limits* limits) noexcept nogil
cdef bint zset_remove(Entry* zset, View member) noexcept nogil
cdef void zset_remove_ranks(Entry* zset, Ranks ranks) noexcept nogil
cdef void zset_compact(Entry* zset, const Limits* limits) noexcept nogil

cdef uint64_t zset_length(Entry* zset) noexcept nogil
cdef bint zset_score(Entry* zset, View member, double* score) noexcept nogil
cdef int zset_score_text(char* target, double score) noexcept nogil
cdef int64_t zset_rank(Entry* zset, View member, bint reverse) noexcept nogil
cdef Ranks zset_score_ranks(Entry* zset, const ScoreRange* range_) noexcept nogil
cdef Ranks zset_lex_ranks(Entry* zset, const LexRange* range_, bint reverse) noexcept nogil
cdef void zset_walk_begin(ZsetWalk* walk, Entry* zset, uint64_t rank, bint reverse) noexcept nogil
cdef bint zset_walk_next(ZsetWalk* walk) noexcept nogil

cdef Sorted* sorted_new(Seeds seeds) noexcept nogil
cdef Sorted* sorted_copy(const Sorted* sorted) noexcept nogil
cdef bint sorted_free_step(Sorted* sorted, uint64_t* cursor, int budget) noexcept nogil
cdef size_t sorted_bytes(const Sorted* sorted) noexcept nogil
cdef double* sorted_slot(Sorted* sorted, View member, bint* added) noexcept nogil
cdef void sorted_drop(Sorted* sorted, View member) noexcept nogil
cdef void sorted_order(Sorted* sorted) noexcept nogil
cdef double entry_score(Entry* entry) noexcept nogil
