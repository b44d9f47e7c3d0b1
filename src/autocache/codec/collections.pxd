# Lists, sets, hashes and sorted sets in the RDB form.
from libc.stdint cimport int64_t, uint8_t, uint32_t

from autocache.base.bytes cimport View
from autocache.codec.rdb cimport Reader, Writer
from autocache.types.entry cimport Entry
from autocache.types.limits cimport Limits

cdef void list_save(Writer* writer, Entry* list) noexcept nogil
cdef Entry* list_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                      const Limits* limits) noexcept nogil
cdef void set_save(Writer* writer, Entry* set) noexcept nogil
cdef Entry* set_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                     const Limits* limits) noexcept nogil
cdef void hash_save(Writer* writer, Entry* hash) noexcept nogil
cdef Entry* hash_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                      const Limits* limits) noexcept nogil
cdef void zset_save(Writer* writer, Entry* zset) noexcept nogil
cdef Entry* zset_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                      const Limits* limits) noexcept nogil
