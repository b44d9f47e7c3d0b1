# What the commands on single bits share with those on fields of bits.
from libc.stdint cimport int64_t, uint8_t, uint64_t

from autocache.commands.context cimport Request
from autocache.keyspace.db cimport Found

cdef bint bit_offset_arg(Request* request, int position, int hash_width, uint64_t* offset) noexcept nogil
cdef uint8_t* bits_for_change(Request* request, Found* found, size_t length, bint* grew) noexcept nogil
