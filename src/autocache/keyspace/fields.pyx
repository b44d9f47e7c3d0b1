"""The register of hashes that have fields with an expiry.

Each database has a table (`Db.fields`) with an entry for each such hash: named as the key is, without a value, its own
expiry the time at which the hash is to be looked at next, so that the table's segments know when anything is due. The
cycle that removes the fields (field_expiry.pyx) walks this register, not the keys.

A key is in the register exactly as long as it holds a hash with such a field. What puts a value under a key or takes it
away does so in db.pyx, which keeps the register true; commands that change fields of a hash that stays call
`fields_note`. The time in it may be too early, for a field may have gone or its expiry been moved, and the cycle then
finds nothing to remove. It may also be late, but not by much: a hash with many such fields is not looked at more often
than every CALM_PAUSE_MS, since each look reads all of them. Nobody sees that, for a field that has expired is hidden at
once; its memory stays that much longer.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t

from autocache.base.bytes cimport View, store64
from autocache.keyspace.db cimport Db
from autocache.types.entry cimport Entry, entry_expiry, entry_free, entry_new_string, entry_pointer
from autocache.types.table cimport (
    Segment,
    Table,
    slot_entry,
    table_find,
    table_insert,
    table_next_segment,
    table_swap,
    table_take,
)

cdef enum:
    FEW = 256                           # a hash with so few fields that expire is looked at as soon as one does
    CALM_PAUSE_MS = 1000                # between looks at one with more


cdef int64_t fields_due(const Table* table) noexcept nogil:
    """A time before which no field of the hash expires; INT64_MAX if none ever does."""
    cdef int64_t due = INT64_MAX
    cdef uint64_t cursor = 0
    cdef Segment* segment
    if table.volatile == 0:
        return due
    while True:
        segment = table_next_segment(table, &cursor)
        if segment.volatile and segment.due_ms < due:
            due = segment.due_ms
        if cursor == 0:
            return due


cdef int64_t fields_visit_at(const Table* table, int64_t due_ms, int64_t now_ms) noexcept nogil:
    """When to look at a hash of which a field expires at `due_ms`."""
    if table.volatile > FEW and due_ms < now_ms + CALM_PAUSE_MS:
        return now_ms + CALM_PAUSE_MS
    return due_ms


cdef void register_hash(Db* db, View key, uint64_t hash, int64_t visit_ms) noexcept nogil:
    """Put a hash into the register, or bring the time there forward."""
    cdef uint64_t* slot = table_find(&db.fields, key, hash)
    cdef Entry* entry
    cdef View none
    none.ptr = b""
    none.len = 0
    if slot == NULL:
        table_insert(&db.fields, entry_new_string(key, none, visit_ms, 0), hash)
        return
    entry = slot_entry(slot)
    if visit_ms < entry_expiry(entry):
        store64(<char*>entry + sizeof(Entry), <uint64_t>visit_ms)
        table_swap(&db.fields, slot, hash, entry)


cdef void fields_note(Db* db, Entry* entry, View key, uint64_t hash, int64_t expiry, int64_t now_ms) noexcept nogil:
    """Fields of the hash under `key` were changed; `expiry` is the earliest that one was given, or -1."""
    cdef Table* table
    if fields_expire(entry):
        if expiry >= 0:
            table = <Table*>entry_pointer(entry)
            register_hash(db, key, hash, fields_visit_at(table, expiry, now_ms))
    elif db.fields.count and fields_possible(entry):
        fields_forget(db, key, hash)


cdef void fields_forget(Db* db, View key, uint64_t hash) noexcept nogil:
    """Take a key out of the register, if it is there."""
    cdef uint64_t* slot = table_find(&db.fields, key, hash)
    if slot != NULL:
        entry_free(table_take(&db.fields, slot, hash))


cdef void fields_placed(Db* db, Entry* entry, View key, uint64_t hash) noexcept nogil:
    """A value was put under `key`, in place of any other."""
    if db.fields.count:
        fields_forget(db, key, hash)
    if fields_expire(entry):
        register_hash(db, key, hash, fields_due(<Table*>entry_pointer(entry)))
