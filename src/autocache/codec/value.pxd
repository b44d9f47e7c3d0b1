# A value of any type as bytes in the RDB form, and back.
from libc.stdint cimport int64_t, uint32_t

from autocache.base.bytes cimport View
from autocache.codec.rdb cimport Reader, Writer
from autocache.types.entry cimport Entry
from autocache.types.limits cimport Limits

cdef void value_save(Writer* writer, Entry* entry) noexcept nogil
cdef Entry* value_load(Reader* reader, View key, int64_t expiry, uint32_t access, const Limits* limits) noexcept nogil
cdef void value_dump(Writer* writer, Entry* entry) noexcept nogil
cdef Entry* value_undump(View payload, View key, int64_t expiry, uint32_t access, const Limits* limits) noexcept nogil
