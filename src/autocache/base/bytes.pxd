# Views of bytes, and the few machine operations that Cython has no spelling for.
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcmp

cdef struct View:
    const char* ptr                     # borrowed: dies when its owner changes
    size_t len


cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    static inline uint64_t ac_load64(const void *p) { uint64_t v; memcpy(&v, p, 8); return v; }
    static inline uint32_t ac_load32(const void *p) { uint32_t v; memcpy(&v, p, 4); return v; }
    static inline void ac_store64(void *p, uint64_t v) { memcpy(p, &v, 8); }
    static inline void ac_store32(void *p, uint32_t v) { memcpy(p, &v, 4); }
    static inline uint64_t ac_fold(uint64_t a, uint64_t b) {
        unsigned __int128 r = (unsigned __int128)a * b; return (uint64_t)r ^ (uint64_t)(r >> 64);
    }
    static inline void ac_prefetch(const void *p) { __builtin_prefetch(p); }
    static inline int ac_log2(uint64_t v) { return 63 - __builtin_clzll(v); }
    #define ac_likely(x) __builtin_expect(!!(x), 1)
    #define ac_unlikely(x) __builtin_expect(!!(x), 0)
    """
    uint64_t load64 "ac_load64"(const void* p) noexcept nogil
    uint32_t load32 "ac_load32"(const void* p) noexcept nogil
    void store64 "ac_store64"(void* p, uint64_t value) noexcept nogil
    void store32 "ac_store32"(void* p, uint32_t value) noexcept nogil
    uint64_t fold_multiply "ac_fold"(uint64_t a, uint64_t b) noexcept nogil
    void prefetch "ac_prefetch"(const void* p) noexcept nogil
    int log2_floor "ac_log2"(uint64_t value) noexcept nogil
    bint likely "ac_likely"(bint condition) noexcept nogil
    bint unlikely "ac_unlikely"(bint condition) noexcept nogil


cdef inline bint same_bytes(const char* a, size_t a_len, const char* b, size_t b_len) noexcept nogil:
    return a_len == b_len and memcmp(a, b, a_len) == 0


cdef inline int compare_bytes(View a, View b) noexcept nogil:
    """Below 0, 0 or above 0, as memcmp; what is shorter comes before what begins with it."""
    cdef int compared = memcmp(a.ptr, b.ptr, a.len if a.len < b.len else b.len)
    return compared if compared else (a.len > b.len) - (a.len < b.len)


cdef inline bint same_word(const char* text, size_t length, const char* lower, size_t lower_len) noexcept nogil:
    """Whether `text` is the lower-case ASCII word `lower`, in whatever case it was sent."""
    cdef size_t i
    cdef char c
    if length != lower_len:
        return False
    for i in range(length):
        c = text[i]
        if c >= b'A' and c <= b'Z':
            c += 32
        if c != lower[i]:
            return False
    return True
