# The checksum of RDB files and DUMP payloads.
from libc.stdint cimport uint64_t

cdef uint64_t crc64(uint64_t crc, const char* data, size_t length) noexcept nogil
