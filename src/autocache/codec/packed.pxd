# Small collections as they stand in a payload, of whatever encoding and version, as listpacks.
from libc.stdint cimport uint8_t

from autocache.codec.rdb cimport Reader
from autocache.types.limits cimport Limits

cdef char* packed_load(Reader* reader, uint8_t kind) noexcept nogil
cdef bint packed_unique(char* lp, size_t stride, const Limits* limits) noexcept nogil
