"""Entries: one allocation that holds a key, what is known of it, and its value or a pointer to it.

A short string stands in the entry itself, so that a record of a 16-byte key and a 16-byte value is one block of 40
bytes, and reading it is one cache miss after the table's. Integers are kept as text: they are shorter so, and INCR
rewrites them in place. The owner of an entry is the table it stands in; the owner of a Blob in it is the entry.

A collection is an entry too: its payload word leads to what the type's module defines (a listpack, a table, ...). This
module knows strings only; `keyspace/value.pyx` frees, copies and measures entries of every type. Large collections
keep their elements in tables of entries again: a field of a hash is an entry with the field as key.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View, store64
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_good_size, mem_size
from autocache.memory.blob cimport Blob, blob_from, blob_release, blob_share

cdef enum:
    SHORT_KEY_BYTES_MAX = 255


cdef inline size_t head_bytes(size_t key_len, int64_t expiry, bint pointer) noexcept nogil:
    """Bytes before the key: the header and the words that this entry has."""
    return sizeof(Entry) + 8 * ((expiry >= 0) + (key_len > SHORT_KEY_BYTES_MAX) + pointer)


cdef Entry* new_entry(uint8_t kind, View key, size_t value_len, int64_t expiry, uint32_t access) noexcept nogil:
    """An entry with its words and key written, and room for `value_len` inline bytes after them."""
    cdef bint pointer = kind & ENC_MASK != ENC_INLINE
    cdef size_t head = head_bytes(key.len, expiry, pointer)
    cdef Entry* entry = <Entry*>mem_alloc(head + key.len + value_len)
    cdef char* at = <char*>entry + sizeof(Entry)
    entry.kind = kind
    entry.flags = 0
    entry.vlen = <uint16_t>value_len
    entry.access_klen = access & ACCESS_MASK
    if expiry >= 0:
        entry.flags |= ENTRY_HAS_EXPIRY
        store64(at, <uint64_t>expiry)
        at += 8
    if key.len > SHORT_KEY_BYTES_MAX:
        entry.flags |= ENTRY_LONG_KEY
        store64(at, key.len)
    else:
        entry.access_klen |= <uint32_t>key.len << ACCESS_BITS
    memcpy(<char*>entry + head, key.ptr, key.len)
    return entry


cdef Entry* entry_new_string(View key, View value, int64_t expiry, uint32_t access) noexcept nogil:
    """A string entry with copies of `key` and `value`; `expiry` in ms since the epoch or -1."""
    cdef Entry* entry
    cdef View key_copy
    if head_bytes(key.len, expiry, False) + key.len + value.len > ENTRY_BYTES_MAX:
        return entry_new_blob(key, blob_from(value.ptr, value.len), expiry, access)
    entry = new_entry(TYPE_STRING | ENC_INLINE, key, value.len, expiry, access)
    # Members of tables that only have a key come with no value, and that means with no address.
    if value.len:
        key_copy = entry_key(entry)
        memcpy(<char*>key_copy.ptr + key.len, value.ptr, value.len)
    return entry


cdef Entry* entry_new_blob(View key, Blob* take_blob, int64_t expiry, uint32_t access) noexcept nogil:
    """A string entry that takes the caller's share of a Blob."""
    cdef Entry* entry = new_entry(TYPE_STRING | ENC_BLOB, key, 0, expiry, access)
    entry_set_pointer(entry, take_blob)
    return entry


cdef Entry* entry_new_value(uint8_t kind, View key, void* take_payload, int64_t expiry,
                            uint32_t access) noexcept nogil:
    """An entry of a collection, `kind` its type and encoding; takes the payload."""
    cdef Entry* entry = new_entry(kind, key, 0, expiry, access)
    entry_set_pointer(entry, take_payload)
    return entry


cdef Entry* entry_recast(Entry* take_entry, View key, int64_t expiry) noexcept nogil:
    """The same value under another key or expiry; takes the entry, which must be in no table any more."""
    cdef Entry* entry
    cdef View value
    cdef uint8_t form = take_entry.flags & ENTRY_FORMS
    if entry_encoding(take_entry) == ENC_INLINE:
        value = entry_string(take_entry)
        entry = entry_new_string(key, value, expiry, entry_access(take_entry))
    else:
        entry = new_entry(take_entry.kind, key, 0, expiry, entry_access(take_entry))
        entry_set_pointer(entry, entry_pointer(take_entry))
    entry.flags |= form
    mem_free(take_entry)
    return entry


cdef Entry* entry_copy(Entry* entry, View key, int64_t expiry, uint32_t access) noexcept nogil:
    """Another string entry with the same value, under `key`; a long one is shared until one of the two changes it."""
    cdef Entry* copy
    if entry_encoding(entry) == ENC_INLINE:
        copy = entry_new_string(key, entry_string(entry), expiry, access)
    else:
        copy = entry_new_blob(key, blob_share(entry_blob(entry)), expiry, access)
    copy.flags |= entry.flags & ENTRY_FORMS
    return copy


cdef bint entry_rewrite(Entry* entry, View value, int64_t expiry, uint32_t access) noexcept nogil:
    """Overwrite an inline string where it stands, if the new value needs a block of the same size and layout."""
    cdef View key
    cdef size_t needed
    if entry.kind != TYPE_STRING | ENC_INLINE or (expiry >= 0) != entry_has_expiry(entry):
        return False
    key = entry_key(entry)
    needed = <size_t>(key.ptr - <char*>entry) + key.len + value.len
    if needed > ENTRY_BYTES_MAX or mem_good_size(needed) != mem_size(entry):
        return False
    if expiry >= 0:
        store64(<char*>entry + sizeof(Entry), <uint64_t>expiry)
    entry.flags &= ~<uint8_t>ENTRY_FORMS
    entry.vlen = <uint16_t>value.len
    entry_set_access(entry, access)
    memcpy(<char*>key.ptr + key.len, value.ptr, value.len)
    return True


cdef void entry_free(Entry* entry) noexcept nogil:
    """Free a string entry and its share of its value; of a collection's entry, whose value is gone, the block."""
    if entry_encoding(entry) == ENC_BLOB:
        blob_release(entry_blob(entry))
    mem_free(entry)


cdef void entry_release(void* _context, Entry* take_entry) noexcept nogil:
    """`entry_free` for tables that hold strings only."""
    entry_free(take_entry)


cdef size_t entry_bytes(Entry* entry) noexcept nogil:
    """What a string entry and its value take, in usable bytes; of a collection's, the block alone."""
    cdef size_t total = mem_size(entry)
    if entry_encoding(entry) == ENC_BLOB:
        total += mem_size(entry_blob(entry))
    return total
