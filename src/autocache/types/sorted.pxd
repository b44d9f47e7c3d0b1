# Large sorted sets: a table of members with their scores, and a tree that holds their order.
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp, memcpy

from autocache.base.bytes cimport View
from autocache.types.entry cimport ENC_INLINE, Entry, entry_encoding, entry_key, entry_string
from autocache.types.ordered cimport Ordered
from autocache.types.table cimport Seeds, Table

cdef enum:
    # How a member's new score is treated: ZADD's options.
    PUT_NX = 1 << 0                     # only new members
    PUT_XX = 1 << 1                     # only members that are there
    PUT_GT = 1 << 2                     # only to a greater score
    PUT_LT = 1 << 3                     # only to a smaller score
    PUT_INCR = 1 << 4                   # the score is added to the present one

    # What was done.
    PUT_ADDED = 0
    PUT_UPDATED = 1
    PUT_SAME = 2                        # the member had that score already
    PUT_REFUSED = 3                     # the options forbade it
    PUT_NAN = 4                         # infinities of both signs were added

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

cdef Sorted* sorted_new(Seeds seeds) noexcept nogil
cdef Sorted* sorted_copy(const Sorted* sorted) noexcept nogil
cdef void sorted_free(Sorted* take_sorted) noexcept nogil
cdef bint sorted_free_step(Sorted* sorted, uint64_t* cursor, int budget) noexcept nogil
cdef size_t sorted_bytes(const Sorted* sorted) noexcept nogil

cdef int weigh(double present, double* score, int options) noexcept nogil
cdef int sorted_put(Sorted* sorted, View member, double* score, int options) noexcept nogil
cdef bint sorted_remove(Sorted* sorted, View member) noexcept nogil
cdef void sorted_remove_ranks(Sorted* sorted, Ranks ranks) noexcept nogil
cdef bint sorted_score(const Sorted* sorted, View member, double* score) noexcept nogil
cdef int64_t sorted_rank(const Sorted* sorted, View member) noexcept nogil
cdef Ranks sorted_score_ranks(const Sorted* sorted, const ScoreRange* range_) noexcept nogil
cdef Ranks sorted_lex_ranks(const Sorted* sorted, const LexRange* range_) noexcept nogil

cdef char* sorted_slot(Sorted* sorted, View member, bint* added) noexcept nogil
cdef void sorted_drop(Sorted* sorted, View member) noexcept nogil
cdef void sorted_order(Sorted* sorted) noexcept nogil


cdef inline int compare_views(View a, View b) noexcept nogil:
    cdef size_t shorter = a.len if a.len < b.len else b.len
    cdef int order = memcmp(a.ptr, b.ptr, shorter) if shorter else 0
    if order:
        return order
    return (a.len > b.len) - (a.len < b.len)


cdef inline char* score_bytes(Entry* entry) noexcept nogil:
    """Where the score of an entry lies; a member of some thousand bytes has it in a block of its own."""
    cdef View key
    if entry_encoding(entry) == ENC_INLINE:
        key = entry_key(entry)
        return <char*>key.ptr + key.len
    return <char*>entry_string(entry).ptr


cdef inline double entry_score(Entry* entry) noexcept nogil:
    """The score of an entry of a sorted set's table."""
    cdef double score
    memcpy(&score, score_bytes(entry), sizeof(double))
    return score
