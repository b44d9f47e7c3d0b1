# HyperLogLogs as redis-server stores them in strings: a header, then registers, dense or sparse.
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from autocache.base.bytes cimport View

cdef enum:
    HLL_HEADER_BYTES = 16
    HLL_REGISTERS = 16384
    HLL_DENSE_BYTES = 12304             # the header and 6 bits for each register
    HLL_EMPTY_BYTES = 18                # a sparse one without elements

    HLL_DENSE = 0                       # encodings
    HLL_SPARSE = 1

    HLL_UNCHANGED = 0                   # what adding does
    HLL_CHANGES = 1
    HLL_TOO_LARGE = 2                   # the sparse form cannot hold it: make it dense first
    HLL_CORRUPT = 3

    SPLICE_BYTES_MAX = 5                # three operations, of which two are long

cdef struct Element:                    # what the hash of an element says
    uint32_t index                      # of its register
    uint8_t rank                        # 1 to 51

cdef struct Splice:                     # how a sparse string is to be changed
    size_t at                           # the operation to replace
    size_t old_bytes
    size_t new_bytes
    size_t merge_at                     # the operation before it, where merging begins
    uint8_t bytes[SPLICE_BYTES_MAX]

cdef Element hll_element(View element) noexcept nogil
cdef bint hll_is_valid(View value) noexcept nogil
cdef int hll_encoding(View value) noexcept nogil
cdef bint hll_cached(View value, uint64_t* count) noexcept nogil
cdef void hll_cache(uint8_t* hll, uint64_t count) noexcept nogil
cdef void hll_invalidate(uint8_t* hll) noexcept nogil
cdef void hll_make_empty(uint8_t* hll) noexcept nogil
cdef void hll_make_dense(uint8_t* hll, const uint8_t* registers) noexcept nogil
cdef bint hll_dense_add(uint8_t* hll, Element element) noexcept nogil
cdef int hll_sparse_plan(View value, Element element, Splice* splice) noexcept nogil
cdef size_t hll_sparse_apply(uint8_t* hll, size_t length, const Splice* splice) noexcept nogil
cdef bint hll_sparse_next(View value, size_t* at, int* rank, int* run) noexcept nogil
cdef bint hll_merge(View value, uint8_t* registers) noexcept nogil
cdef bint hll_count(View value, uint64_t* count) noexcept nogil
cdef uint64_t hll_count_registers(const uint8_t* registers) noexcept nogil
cdef const char* hll_self_test() noexcept nogil
