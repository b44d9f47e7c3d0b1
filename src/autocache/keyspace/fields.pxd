# Which hashes have fields with an expiry, and when to look at them; see fields.pyx.
from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.keyspace.db cimport Db
from autocache.types.entry cimport ENC_TABLE, TYPE_HASH, Entry, entry_pointer
from autocache.types.table cimport Table

cdef inline bint fields_possible(const Entry* entry) noexcept nogil:
    """Whether an entry is of the kind whose fields may have an expiry."""
    return entry.kind == TYPE_HASH | ENC_TABLE


cdef inline bint fields_expire(Entry* entry) noexcept nogil:
    """Whether an entry is a hash with a field that has an expiry."""
    return fields_possible(entry) and (<Table*>entry_pointer(entry)).volatile != 0


cdef void fields_note(Db* db, Entry* entry, View key, uint64_t hash, int64_t expiry, int64_t now_ms) noexcept nogil
cdef void fields_forget(Db* db, View key, uint64_t hash) noexcept nogil
cdef void fields_placed(Db* db, Entry* entry, View key, uint64_t hash) noexcept nogil
cdef int64_t fields_due(const Table* table) noexcept nogil
cdef int64_t fields_visit_at(const Table* table, int64_t due_ms, int64_t now_ms) noexcept nogil
