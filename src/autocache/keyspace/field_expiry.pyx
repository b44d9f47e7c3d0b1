"""The active expiry cycle of fields: removing what has expired inside hashes.

It walks the register of hashes that have fields with an expiry (fields.pyx), whose segments tell which of them are due,
and in a hash that is due the segments of its table that are. Between two segments of a hash it looks at the clock, so a
step takes as long as visiting 4096 slots; the place where it stopped is kept in the table of the hash, which stays due.

A segment of a hash is left with the exact time at which its next field expires: whoever lists fields relies on it
(`hash_may_hide`).
"""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t

from autocache.base.bytes cimport View, prefetch, store64
from autocache.base.clock cimport monotonic_ns
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_HASH,
    EVENT_MODIFIED,
    Db,
    Found,
    Keyspace,
    announce,
    db_delete,
    db_expire,
    db_relocate,
    notify,
)
from autocache.keyspace.fields cimport fields_due, fields_forget, fields_visit_at
from autocache.types.entry cimport Entry, entry_expired, entry_expiry, entry_free, entry_key, entry_pointer
from autocache.types.table cimport (
    Segment,
    Table,
    hash_bytes,
    slot_entry,
    table_find,
    table_next_segment,
    table_shrink_step,
    table_swap,
    table_take,
)

cdef enum:
    PREFETCH_AHEAD = 8


cdef uint64_t visit_segment(Table* table, Segment* segment, int64_t now_ms) noexcept nogil:
    """Remove the fields of a segment that have expired; how many."""
    cdef uint64_t length = <uint64_t>1 << segment.bits
    cdef uint64_t at = 0
    cdef uint64_t removed = 0
    cdef int64_t due = INT64_MAX
    cdef int64_t expiry
    cdef Entry* entry
    cdef View name
    while at < length and segment.volatile:
        if at + PREFETCH_AHEAD < length and segment.slots[at + PREFETCH_AHEAD] & 1:
            prefetch(slot_entry(&segment.slots[at + PREFETCH_AHEAD]))
        if not segment.slots[at] & 1:
            at += 1
            continue
        entry = slot_entry(&segment.slots[at])
        expiry = entry_expiry(entry)
        if expiry >= now_ms:
            if expiry < due:
                due = expiry
            at += 1
            continue
        # What is shifted into this slot is looked at next.
        name = entry_key(entry)
        entry_free(table_take(table, &segment.slots[at], hash_bytes(&table.seeds, name.ptr, name.len)))
        removed += 1
    segment.due_ms = due
    return removed


cdef bint visit_table(Table* table, int64_t now_ms, uint64_t deadline_ns, uint64_t* removed) noexcept nogil:
    """Remove the fields of a hash that have expired; False if the time ran out before all was seen."""
    cdef Segment* segment
    while table.volatile:
        segment = table_next_segment(table, &table.expire_cursor)
        if segment.volatile and segment.due_ms < now_ms:
            removed[0] += visit_segment(table, segment, now_ms)
            if table.expire_cursor and monotonic_ns() >= deadline_ns:
                return False
        if table.expire_cursor == 0:
            break
    return True


cdef bint visit_hash(Keyspace* ks, Db* db, Entry* registered, uint64_t deadline_ns) noexcept nogil:
    """Look at a hash of the register; its entry there is given a later time or removed. False: there is more to do."""
    cdef Found found
    cdef Table* table
    cdef uint64_t removed = 0
    cdef bint complete
    found.db = db
    found.key = entry_key(registered)
    found.hash = hash_bytes(&ks.seeds, found.key.ptr, found.key.len)
    db_relocate(&found)
    # The name in the register goes when the hash does.
    found.key = entry_key(found.entry)
    if entry_expired(found.entry, ks.now_ms):
        db_expire(ks, &found)
        return True
    table = <Table*>entry_pointer(found.entry)
    complete = visit_table(table, ks.now_ms, deadline_ns, &removed)
    ks.expired_fields += removed
    if complete:
        set_next(db, &found, table, ks.now_ms)
    table_shrink_step(table, 1)
    if removed:
        notify(ks, EVENT_MODIFIED, db.id, found.key)
        announce(ks, EVENT_CLASS_HASH, b"hexpired", db.id, found.key)
        if table.count == 0:
            announce(ks, EVENT_CLASS_GENERIC, b"del", db.id, found.key)
            db_delete(ks, &found, False)
    return complete


cdef void set_next(Db* db, const Found* found, const Table* table, int64_t now_ms) noexcept nogil:
    """After a hash was seen whole: note when to come again, or forget it."""
    cdef uint64_t* slot
    cdef Entry* entry
    if table.volatile == 0:
        fields_forget(db, found.key, found.hash)
        return
    slot = table_find(&db.fields, found.key, found.hash)
    entry = slot_entry(slot)
    store64(<char*>entry + sizeof(Entry), <uint64_t>fields_visit_at(table, fields_due(table), now_ms))
    table_swap(&db.fields, slot, found.hash, entry)


cdef bint visit_register(Keyspace* ks, Db* db, Segment* segment, uint64_t deadline_ns) noexcept nogil:
    """Look at the hashes of a segment of the register that are due; False if the time ran out before all were seen."""
    cdef uint64_t length = <uint64_t>1 << segment.bits
    cdef uint64_t at = 0
    cdef uint64_t before
    cdef int64_t due = INT64_MAX
    cdef Entry* entry
    while at < length and segment.volatile:
        if not segment.slots[at]:
            at += 1
            continue
        entry = slot_entry(&segment.slots[at])
        if entry_expired(entry, ks.now_ms):
            before = db.fields.count
            if not visit_hash(ks, db, entry, deadline_ns):
                return False
            if monotonic_ns() >= deadline_ns:
                return False
            if db.fields.count != before:
                # Another was shifted into this slot, or none.
                continue
        if entry_expiry(entry) < due:
            due = entry_expiry(entry)
        at += 1
    segment.due_ms = due
    return True


cdef bint field_cycle(Keyspace* ks, int64_t budget_us) noexcept nogil:
    """Work for about `budget_us`; True if there is more to do now."""
    cdef uint64_t deadline = monotonic_ns() + <uint64_t>budget_us * 1000
    cdef Db* db
    cdef Segment* segment
    cdef uint64_t cursor
    cdef int _
    if ks.frozen:
        return False
    for _ in range(ks.db_count):
        db = &ks.dbs[ks.field_db]
        cursor = 0
        while db.fields.volatile:
            segment = table_next_segment(&db.fields, &cursor)
            if segment.volatile and segment.due_ms < ks.now_ms:
                if not visit_register(ks, db, segment, deadline):
                    return True
            if cursor == 0:
                break
        table_shrink_step(&db.fields, 1)
        ks.field_db = (ks.field_db + 1) % ks.db_count
    return False
