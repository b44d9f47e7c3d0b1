# Items to sort: each leads to an element where that lies, and says by what it is compared. See sorter.pyx.
from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.entry cimport Entry

cdef enum:
    ELEMENT_TEXT_BYTES = 24             # room for an element that is kept as an integer, as text

    COMPARE_SCORES = 0                  # numbers; equal ones by the elements' bytes
    COMPARE_ELEMENTS = 1                # the elements' bytes
    COMPARE_WEIGHTS = 2                 # the bytes of what was looked up for each element

    # What a reference leads to.
    REF_NOTHING = 0                     # nothing: a weight that is not there
    REF_PACKED = 1                      # an element of a listpack
    REF_KEY = 2                         # the key of an entry
    REF_STRING = 3                      # the string of an entry
    REF_INDEX = 4                       # an index of the sorter's intset
    REF_KIND_SHIFT = 56

# Where bytes lie: REF_ in the highest byte, and an address or an index below it. Dies when its owner changes.
ctypedef uint64_t Ref

cdef union Weight:
    double score                        # COMPARE_SCORES
    uint64_t head                       # COMPARE_ELEMENTS: the first bytes, in an order that compares like them
    Ref text                          # COMPARE_WEIGHTS

cdef struct Item:
    Ref element
    Weight weight

cdef struct Sorter:
    int comparison                      # COMPARE_*
    bint descending
    bint whole                          # bytes are compared to their end; else to the first zero
    const char* intset                  # of the elements that are REF_INDEX
    Item* items                         # owned
    uint64_t count
    uint64_t capacity                   # more are not kept: of those that come, the first so many in order
    bint heaped                         # the items form a heap, the last one in order on top
    Item* spare                         # owned: for merging

cdef inline Ref ref_of(uint64_t kind, const void* address) noexcept nogil:
    return (kind << REF_KIND_SHIFT) | <uint64_t>address


cdef inline uint64_t ref_kind(Ref ref) noexcept nogil:
    return ref >> REF_KIND_SHIFT


cdef inline Entry* ref_entry(Ref ref) noexcept nogil:
    """The entry of a REF_KEY or a REF_STRING."""
    return <Entry*>(ref & ((<uint64_t>1 << REF_KIND_SHIFT) - 1))


cdef bint sorter_begin(Sorter* sorter, uint64_t elements, uint64_t wanted) noexcept nogil
cdef void sorter_end(Sorter* sorter) noexcept nogil
cdef View ref_view(const Sorter* sorter, Ref ref, char* buffer) noexcept nogil
cdef void sorter_add(Sorter* sorter, const Item* item) noexcept nogil
cdef void sorter_sort(Sorter* sorter) noexcept nogil
cdef bint score_of(View text, double* score) noexcept nogil
