# Sorted sets: few short members in a listpack, all others in a table and an ordered tree of its entries.
from libc.stdint cimport int64_t, uint8_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.entry cimport Entry
from autocache.types.limits cimport Limits
from autocache.types.ordered cimport Cursor
from autocache.types.sorted cimport LexRange, Ranks, ScoreRange

cdef enum:
    SCORE_TEXT_BYTES = 32

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
