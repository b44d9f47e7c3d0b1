# LZF, the compression of strings in RDB files and DUMP payloads.
from libc.stdint cimport uint32_t

cdef enum:
    LZF_SLOTS = 65536
    LZF_GROWTH_MAX = 88                 # no byte of compressed data stands for more bytes than this

cdef struct Lzf:                        # what compressing needs; all zero at first, then for one input after the other
    uint32_t base                       # positions of earlier inputs are below this
    uint32_t slots[LZF_SLOTS]           # by hash of three bytes: where they were last seen, plus `base`

cdef size_t lzf_compress(Lzf* lzf, const char* data, size_t length, char* target, size_t room) noexcept nogil
cdef bint lzf_expand(const char* data, size_t length, char* target, size_t expected) noexcept nogil
