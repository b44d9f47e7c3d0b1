"""CRC-64 as Redis uses it: the polynomial of Jones, bits reflected, start and end value zero.

`crc64("123456789")` is E9C6D914C4B8D9CA. Eight bytes are taken at a time through eight tables of 256 words ("slicing by
8": Kounavis and Berry, 2005): table n holds what a byte contributes when n more bytes follow it. The tables are filled
when the module is imported and only read from then on.
"""

from libc.stdint cimport uint8_t, uint64_t

from autocache.base.bytes cimport load64

cdef enum:
    SLICES = 8

cdef uint64_t JONES_REFLECTED = 0x95AC9329AC4BC9B5ULL
cdef uint64_t TABLES[SLICES][256]


cdef void fill_tables() noexcept nogil:
    cdef uint64_t crc
    cdef int byte, bit, table
    for byte in range(256):
        crc = byte
        bit = 0
        while bit < 8:
            crc = (crc >> 1) ^ (JONES_REFLECTED if crc & 1 else 0)
            bit += 1
        TABLES[0][byte] = crc
    for byte in range(256):
        for table in range(1, SLICES):
            crc = TABLES[table - 1][byte]
            TABLES[table][byte] = TABLES[0][crc & 255] ^ (crc >> 8)


fill_tables()


cdef uint64_t crc64(uint64_t crc, const char* data, size_t length) noexcept nogil:
    """The checksum of what `crc` is the checksum of (0 for nothing), followed by these bytes."""
    cdef const uint8_t* at = <const uint8_t*>data
    while length >= SLICES:
        crc ^= load64(at)
        crc = (TABLES[7][crc & 255] ^ TABLES[6][(crc >> 8) & 255] ^ TABLES[5][(crc >> 16) & 255]
               ^ TABLES[4][(crc >> 24) & 255] ^ TABLES[3][(crc >> 32) & 255] ^ TABLES[2][(crc >> 40) & 255]
               ^ TABLES[1][(crc >> 48) & 255] ^ TABLES[0][crc >> 56])
        at += SLICES
        length -= SLICES
    while length:
        crc = TABLES[0][(crc ^ at[0]) & 255] ^ (crc >> 8)
        at += 1
        length -= 1
    return crc


def checksum(data: bytes, crc: int = 0) -> int:
    """Python's face of `crc64`."""
    return crc64(crc, data, len(data))
