# Streams and their consumer groups in the RDB form.
from libc.stdint cimport int64_t, uint8_t, uint32_t

from autocache.base.bytes cimport View
from autocache.codec.rdb cimport Reader, Writer
from autocache.types.entry cimport Entry

cdef void stream_save(Writer* writer, Entry* entry) noexcept nogil
cdef Entry* stream_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access) noexcept nogil
