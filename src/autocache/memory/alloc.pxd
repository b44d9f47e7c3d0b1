# The allocator's C face. All sizes are bytes. Only the loop's thread may call it.
from libc.stdint cimport uint64_t

cdef enum:
    PAGE_BYTES = 32768          # one slab, and one full table segment
    SMALL_BYTES_MAX = 1024      # larger requests go to the C library

cdef void* mem_alloc(size_t size) noexcept nogil
cdef void* mem_try_alloc(size_t size) noexcept nogil
cdef void* mem_zalloc(size_t size) noexcept nogil
cdef void* mem_realloc(void* block, size_t size) noexcept nogil
cdef void* mem_try_realloc(void* block, size_t size) noexcept nogil
cdef void mem_free(void* block) noexcept nogil
cdef size_t mem_size(const void* block) noexcept nogil
cdef size_t mem_good_size(size_t size) noexcept nogil
cdef void* mem_page_alloc() noexcept nogil
cdef void mem_page_free(void* page) noexcept nogil
cdef bint mem_trim_step(int slabs) noexcept nogil
cdef size_t mem_used() noexcept nogil
cdef size_t mem_peak() noexcept nogil
cdef void mem_reset_peak() noexcept nogil
cdef uint64_t mem_live_blocks() noexcept nogil
