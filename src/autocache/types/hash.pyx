"""Hashes: fields and values in a listpack while they are few and short, else in a table.

A small hash is one block: field, value, field, value (types/listpack.pyx), in the order in which they came, as in
redis-server. It becomes a table when it has more than `hash-max-listpack-entries` fields, or when a field or a value is
longer than `hash-max-listpack-value`, and it stays one. A field of a table is a string entry: its key is the field's
name, its value the field's value, which is inline or a Blob that replies share, and its expiry the field's. So fields
with an expiry exist in tables only, and cost the 8 bytes of that word.

A field whose time has come is not there any more for anyone who asks (`now_ms` decides); its entry stays until the
field is stored again, deleted by the expiry cycle (keyspace/field_expiry.pyx), or its hash goes. `hash_length` counts
it until then, as Valkey's does.

Memory: the key's entry owns the listpack or the table, and the functions here change the payload word and the encoding
of that entry. A `FieldAt` is a view.
"""

from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View, store64
from autocache.memory.alloc cimport SMALL_BYTES_MAX, mem_free, mem_realloc, mem_size
from autocache.memory.blob cimport Blob, blob_from, blob_release, blob_share
from autocache.types.entry cimport (
    ENC_LISTPACK,
    ENC_TABLE,
    TYPE_HASH,
    Entry,
    entry_expired,
    entry_expiry,
    entry_free,
    entry_has_expiry,
    entry_new_blob,
    entry_new_string,
    entry_new_value,
    entry_pointer,
    entry_recast,
    entry_release,
    entry_rewrite,
    entry_set_encoding,
    entry_set_pointer,
)
from autocache.types.limits cimport Limits, limits_init
from autocache.types.listpack cimport (
    LP_INT_BYTES,
    LP_REPLACE,
    lp_append,
    lp_bytes,
    lp_delete_range_at,
    lp_find,
    lp_first,
    lp_fits,
    lp_free,
    lp_insert,
    lp_length,
    lp_new,
    lp_next,
    lp_view,
)
from autocache.types.table cimport (
    Seeds,
    Segment,
    Table,
    hash_bytes,
    slot_entry,
    table_clear,
    table_find,
    table_insert,
    table_new,
    table_next_segment,
    table_swap,
    table_take,
    table_tidy,
    walker_begin,
    walker_next,
)

cdef enum:
    ELEMENT_BYTES = 2                   # what a short text takes in a listpack besides its bytes
    BLOB_BYTES_MIN = 1000               # the test face has longer values in blocks of their own


cdef size_t hash_length(Entry* hash) noexcept nogil:
    """The number of fields, with those that have expired and are not removed yet."""
    if hash_is_packed(hash):
        return lp_length(<char*>entry_pointer(hash)) // 2
    return hash_table(hash).count


cdef bint hash_find(Entry* hash, View field, int64_t now_ms, FieldAt* at) noexcept nogil:
    """Find a field that has not expired."""
    cdef char* lp
    cdef Table* table
    if hash_is_packed(hash):
        lp = <char*>entry_pointer(hash)
        at.entry = NULL
        at.slot = NULL
        at.name = lp_find(lp, lp_first(lp), field, 1)
        if at.name == NULL:
            at.value = NULL
            return False
        at.value = lp_next(lp, at.name)
        return True
    table = hash_table(hash)
    field_of(at, NULL)
    at.hash = hash_bytes(&table.seeds, field.ptr, field.len)
    at.slot = table_find(table, field, at.hash)
    if at.slot == NULL or entry_expired(slot_entry(at.slot), now_ms):
        return False
    at.entry = slot_entry(at.slot)
    return True


# --- storing


cdef void hash_convert(Entry* hash, const Limits* limits) noexcept nogil:
    """Make a table of a listpack."""
    cdef char* lp = <char*>entry_pointer(hash)
    cdef char name_text[LP_INT_BYTES]
    cdef char value_text[LP_INT_BYTES]
    cdef Table* table = table_new(limits.seeds)
    cdef char* p = lp_first(lp)
    cdef View name
    while p != NULL:
        name = lp_view(p, name_text)
        p = lp_next(lp, p)
        table_insert(table, entry_new_string(name, lp_view(p, value_text), -1, 0),
                     hash_bytes(&table.seeds, name.ptr, name.len))
        p = lp_next(lp, p)
    lp_free(lp)
    entry_set_pointer(hash, table)
    entry_set_encoding(hash, ENC_TABLE)


cdef void hash_fit(Entry* hash, const Limits* limits, size_t longest, size_t added) noexcept nogil:
    """Before texts come in, the longest of `longest` bytes and all together `added`: convert if that is too much."""
    if not hash_is_packed(hash):
        return
    if longest > <uint64_t>limits.hash_listpack_value or not lp_fits(<char*>entry_pointer(hash), added):
        hash_convert(hash, limits)


cdef char* with_room(char* take_lp, size_t added) noexcept nogil:
    """Make room in a small listpack for all that is to come, so that it grows once; a larger one has slack."""
    cdef size_t needed = lp_bytes(take_lp) + added
    if needed > <size_t>SMALL_BYTES_MAX or needed <= mem_size(take_lp):
        return take_lp
    return <char*>mem_realloc(take_lp, needed)


cdef void store_packed(Entry* hash, const Limits* limits, const FieldAt* at, View field, View value) noexcept nogil:
    cdef char* lp = <char*>entry_pointer(hash)
    if at.value != NULL:
        lp = lp_insert(lp, value, at.value, LP_REPLACE, NULL)
    else:
        lp = with_room(lp, field.len + value.len + 2 * ELEMENT_BYTES)
        lp = lp_append(lp, field)
        lp = lp_append(lp, value)
    entry_set_pointer(hash, lp)
    if lp_length(lp) // 2 > <uint64_t>limits.hash_listpack_entries:
        hash_convert(hash, limits)


cdef Entry* new_field(View field, View value, Blob* blob, int64_t expiry) noexcept nogil:
    if blob != NULL:
        return entry_new_blob(field, blob_share(blob), expiry, 0)
    return entry_new_string(field, value, expiry, 0)


cdef void store_in_table(Table* table, const FieldAt* at, View field, View value, Blob* blob,
                         int64_t expiry) noexcept nogil:
    cdef Entry* old
    if at.slot == NULL:
        table_insert(table, new_field(field, value, blob, expiry), at.hash)
        return
    old = slot_entry(at.slot)
    if blob == NULL and entry_rewrite(old, value, expiry, 0):
        if expiry >= 0:
            table_swap(table, at.slot, at.hash, old)
        return
    table_swap(table, at.slot, at.hash, new_field(field, value, blob, expiry))
    entry_free(old)


cdef void hash_store(Entry* hash, const Limits* limits, FieldAt* at, View field, View value, Blob* blob,
                     int64_t expiry) noexcept nogil:
    """Store a field for which `hash_find` was asked just now, whether or not it is there.

    `blob`, or NULL, is a block that holds the value and may be shared; `expiry` is in ms since the epoch, or
    HASH_NO_EXPIRY or HASH_KEEP_EXPIRY. What a field had that has expired is not kept.
    """
    if expiry == HASH_KEEP_EXPIRY:
        expiry = entry_expiry(at.entry) if at.entry != NULL else HASH_NO_EXPIRY
    if hash_is_packed(hash):
        if expiry < 0 and field.len <= <uint64_t>limits.hash_listpack_value \
                and value.len <= <uint64_t>limits.hash_listpack_value \
                and lp_fits(<char*>entry_pointer(hash), field.len + value.len):
            store_packed(hash, limits, at, field, value)
            return
        hash_convert(hash, limits)
        hash_find(hash, field, 0, at)
    store_in_table(hash_table(hash), at, field, value, blob, expiry)


cdef void hash_set_expiry(Entry* hash, const Limits* limits, FieldAt* at, View field, int64_t expiry) noexcept nogil:
    """Give a field that was found an expiry (ms since the epoch), or take it away with -1. The hash becomes a table."""
    cdef Entry* entry
    if hash_is_packed(hash):
        hash_convert(hash, limits)
        hash_find(hash, field, 0, at)
    entry = at.entry
    if expiry >= 0 and entry_has_expiry(entry):
        store64(<char*>entry + sizeof(Entry), <uint64_t>expiry)
    else:
        entry = entry_recast(entry, field, expiry)
    at.entry = entry
    table_swap(hash_table(hash), at.slot, at.hash, entry)


# --- removing


cdef bint hash_delete(Entry* hash, View field, int64_t now_ms) noexcept nogil:
    """Remove a field; whether it was there and had not expired. One that had stays for the expiry cycle."""
    cdef FieldAt at
    cdef char* lp
    cdef Table* table
    if not hash_find(hash, field, now_ms, &at):
        return False
    if at.name != NULL:
        lp = <char*>entry_pointer(hash)
        entry_set_pointer(hash, lp_delete_range_at(lp, &at.name, 2))
        return True
    table = hash_table(hash)
    entry_free(table_take(table, at.slot, at.hash))
    table_tidy(table)
    return True


# --- walking


cdef void fields_begin(FieldWalk* walk, Entry* hash, int64_t now_ms) noexcept nogil:
    """Start a walk over all fields that have not expired."""
    walk.now_ms = now_ms
    walk.lp = walk.next = NULL
    if hash_is_packed(hash):
        walk.lp = <char*>entry_pointer(hash)
        walk.next = lp_first(walk.lp)
    else:
        walker_begin(&walk.walker, hash_table(hash))


cdef bint fields_next(FieldWalk* walk, FieldAt* at) noexcept nogil:
    """Get the next field; False when all have been seen."""
    cdef Entry* entry
    if walk.lp == NULL:
        entry = walker_next(&walk.walker)
        while entry != NULL and entry_expired(entry, walk.now_ms):
            entry = walker_next(&walk.walker)
        field_of(at, entry)
        return entry != NULL
    if walk.next == NULL:
        return False
    at.entry = NULL
    at.slot = NULL
    at.name = walk.next
    at.value = lp_next(walk.lp, at.name)
    walk.next = lp_next(walk.lp, at.value)
    return True


cdef bint hash_may_hide(Entry* hash, int64_t now_ms) noexcept nogil:
    """Whether there may be fields that have expired: then `hash_length` is more than what a walk shows."""
    cdef Table* table
    cdef Segment* segment
    cdef uint64_t cursor = 0
    if hash_is_packed(hash) or hash_table(hash).volatile == 0:
        return False
    table = hash_table(hash)
    while True:
        segment = table_next_segment(table, &cursor)
        if segment.volatile and segment.due_ms < now_ms:
            return True
        if cursor == 0:
            return False


# --- test face


cdef inline View view_of(bytes text):
    cdef View view
    view.ptr = text
    view.len = len(text)
    return view


cdef class Hash:
    """Test face: one hash under a key of its own, with limits and a clock that the test sets."""

    cdef Entry* entry                   # owned
    cdef Limits limits
    cdef public int64_t now_ms

    def __cinit__(self, entries: int = 512, value: int = 64):
        cdef Seeds seeds
        seeds.first = 1
        seeds.second = 2
        limits_init(&self.limits, seeds)
        self.limits.hash_listpack_entries = entries
        self.limits.hash_listpack_value = value
        self.entry = entry_new_value(TYPE_HASH | ENC_LISTPACK, view_of(b"key"), lp_new(0), -1, 0)

    def __dealloc__(self):
        if hash_is_packed(self.entry):
            lp_free(<char*>entry_pointer(self.entry))
        else:
            table_clear(hash_table(self.entry), entry_release, NULL)
            mem_free(hash_table(self.entry))
        entry_free(self.entry)

    def __len__(self):
        return hash_length(self.entry)

    @property
    def is_packed(self) -> bool:
        return hash_is_packed(self.entry)

    @property
    def may_hide(self) -> bool:
        return hash_may_hide(self.entry, self.now_ms)

    def set(self, bytes field, bytes value, expiry: int = HASH_NO_EXPIRY) -> bool:
        """Store as HSET does; whether the field is new."""
        cdef FieldAt at
        cdef Blob* blob = blob_from(value, len(value)) if len(value) > BLOB_BYTES_MIN else NULL
        hash_fit(self.entry, &self.limits, max(len(field), len(value)), len(field) + len(value))
        found = hash_find(self.entry, view_of(field), self.now_ms, &at)
        hash_store(self.entry, &self.limits, &at, view_of(field), view_of(value), blob, expiry)
        if blob != NULL:
            blob_release(blob)
        return not found

    def get(self, bytes field) -> tuple[bytes, int] | None:
        """The value and the expiry of a field."""
        cdef char text[LP_INT_BYTES]
        cdef FieldAt at
        cdef View value
        if not hash_find(self.entry, view_of(field), self.now_ms, &at):
            return None
        value = field_value(&at, text)
        return value.ptr[:value.len], field_expiry(&at)

    def set_expiry(self, bytes field, expiry: int) -> bool:
        """Set the expiry of a field; False if it is not there."""
        cdef FieldAt at
        if not hash_find(self.entry, view_of(field), self.now_ms, &at):
            return False
        hash_set_expiry(self.entry, &self.limits, &at, view_of(field), expiry)
        return True

    def delete(self, bytes field) -> bool:
        return hash_delete(self.entry, view_of(field), self.now_ms)

    def items(self) -> list[tuple[bytes, bytes]]:
        """All fields that have not expired, in the order in which they lie."""
        cdef char name_text[LP_INT_BYTES]
        cdef char value_text[LP_INT_BYTES]
        cdef FieldWalk walk
        cdef FieldAt at
        cdef View name, value
        cdef list found = []
        fields_begin(&walk, self.entry, self.now_ms)
        while fields_next(&walk, &at):
            name = field_name(&at, name_text)
            value = field_value(&at, value_text)
            found.append((name.ptr[:name.len], value.ptr[:value.len]))
        return found
