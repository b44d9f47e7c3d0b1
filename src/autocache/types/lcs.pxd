# The longest common subsequence of two strings.
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from autocache.base.bytes cimport View

cdef struct Lcs:
    const uint8_t* a                    # borrowed, like `b`: both must stay until `lcs_free`
    const uint8_t* b
    size_t a_len
    size_t b_len
    size_t length                       # of the longest common subsequence, in bytes
    size_t words                        # of one row
    uint64_t* rows                      # owned
    size_t i                            # how much of `a` and of `b` lies before the place of the walk back
    size_t j

cdef struct Run:                        # bytes that follow each other in both strings and in the subsequence
    size_t a_start
    size_t b_start
    size_t length

cdef bint lcs_init(Lcs* lcs, View a, View b, bint walk) noexcept nogil
cdef bint lcs_previous(Lcs* lcs, Run* run) noexcept nogil
cdef void lcs_free(Lcs* lcs) noexcept nogil
