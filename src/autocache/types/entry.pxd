# The layout of an entry: one allocation that holds a key, what is known of it, and its value or where that is.
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from autocache.base.bytes cimport View, load64, store64
from autocache.memory.blob cimport Blob, blob_data

cdef enum:
    ENTRY_BYTES_MAX = 1024              # a string whose entry would be longer lives in a Blob

    TYPE_STRING = 0
    TYPE_LIST = 1
    TYPE_SET = 2
    TYPE_ZSET = 3
    TYPE_HASH = 4
    TYPE_STREAM = 6
    TYPE_MASK = 0x0F

    ENC_INLINE = 0x00                   # the value's bytes follow the key's
    ENC_BLOB = 0x10                     # the payload word is a Blob*
    # Collections: the payload word is the address of what the type's own module defines.
    ENC_LISTPACK = 0x20
    ENC_INTSET = 0x30
    ENC_TABLE = 0x40
    ENC_SORTED = 0x50                   # a table and an ordered tree: redis-server's skiplist
    ENC_QUICKLIST = 0x60
    ENC_STREAM = 0x70
    ENC_MASK = 0xF0

    ENTRY_HAS_EXPIRY = 1                # a word with the time (ms since the epoch) follows the header
    ENTRY_LONG_KEY = 2                  # a word with the key's length follows; klen is not used
    ENTRY_RAW = 4                       # a string changed in place: reported as "raw" and never as "int"
    ENTRY_TEXT = 8                      # INCRBYFLOAT's result: not reported as "int" even if it is digits only
    ENTRY_FORMS = 12                    # the flags that say how the value is reported: a copy has them, too

    ACCESS_BITS = 24
    ACCESS_MASK = 0xFFFFFF

cdef struct Entry:
    uint8_t kind                        # TYPE_* | ENC_*
    uint8_t flags                       # ENTRY_*
    uint16_t vlen                       # bytes of an inline value
    uint32_t access_klen                # 24 bits of LRU clock or LFU counter, then 8 bits of key length
    # then, each only if its flag is set: expiry (8), long key length (8), payload (8, unless inline); key; inline value


cdef inline int entry_type(const Entry* entry) noexcept nogil:
    return entry.kind & TYPE_MASK


cdef inline int entry_encoding(const Entry* entry) noexcept nogil:
    return entry.kind & ENC_MASK


cdef inline uint32_t entry_access(const Entry* entry) noexcept nogil:
    return entry.access_klen & ACCESS_MASK


cdef inline void entry_set_access(Entry* entry, uint32_t access) noexcept nogil:
    entry.access_klen = (entry.access_klen & ~<uint32_t>ACCESS_MASK) | (access & ACCESS_MASK)


cdef inline bint entry_has_expiry(const Entry* entry) noexcept nogil:
    return entry.flags & ENTRY_HAS_EXPIRY


cdef inline int64_t entry_expiry(const Entry* entry) noexcept nogil:
    """The time at which the entry expires (ms since the epoch), or -1."""
    if entry.flags & ENTRY_HAS_EXPIRY:
        return <int64_t>load64(<const char*>entry + sizeof(Entry))
    return -1


cdef inline bint entry_expired(const Entry* entry, int64_t now_ms) noexcept nogil:
    return entry.flags & ENTRY_HAS_EXPIRY and now_ms > <int64_t>load64(<const char*>entry + sizeof(Entry))


cdef inline char* entry_payload(Entry* entry) noexcept nogil:
    """Where the payload word is, or, for an inline value, where the key starts."""
    return (<char*>entry + sizeof(Entry) + 8 * (entry.flags & ENTRY_HAS_EXPIRY)
            + 4 * (entry.flags & ENTRY_LONG_KEY))


cdef inline View entry_key(Entry* entry) noexcept nogil:
    cdef View key
    cdef char* at = entry_payload(entry)
    key.len = entry.access_klen >> ACCESS_BITS
    if entry.flags & ENTRY_LONG_KEY:
        key.len = load64(at - 8)
    key.ptr = at if entry.kind & ENC_MASK == ENC_INLINE else at + 8
    return key


cdef inline void* entry_pointer(Entry* entry) noexcept nogil:
    return <void*>load64(entry_payload(entry))


cdef inline void entry_set_pointer(Entry* entry, void* pointer) noexcept nogil:
    store64(entry_payload(entry), <uint64_t>pointer)


cdef inline View entry_string(Entry* entry) noexcept nogil:
    """The bytes of a string value; they die when the entry changes."""
    cdef View value
    cdef View key
    cdef Blob* blob
    if entry.kind & ENC_MASK == ENC_BLOB:
        blob = <Blob*>entry_pointer(entry)
        value.ptr = blob_data(blob)
        value.len = blob.len
    else:
        key = entry_key(entry)
        value.ptr = key.ptr + key.len
        value.len = entry.vlen
    return value


cdef inline void entry_set_encoding(Entry* entry, int encoding) noexcept nogil:
    """Change the encoding of a collection, whose payload word stays where it is."""
    entry.kind = <uint8_t>((entry.kind & TYPE_MASK) | encoding)


cdef inline Blob* entry_blob(Entry* entry) noexcept nogil:
    return <Blob*>entry_pointer(entry)


cdef Entry* entry_new_string(View key, View value, int64_t expiry, uint32_t access) noexcept nogil
cdef Entry* entry_new_value(uint8_t kind, View key, void* take_payload, int64_t expiry, uint32_t access) noexcept nogil
cdef Entry* entry_new_blob(View key, Blob* take_blob, int64_t expiry, uint32_t access) noexcept nogil
cdef Entry* entry_recast(Entry* take_entry, View key, int64_t expiry) noexcept nogil
cdef Entry* entry_copy(Entry* entry, View key, int64_t expiry, uint32_t access) noexcept nogil
cdef bint entry_rewrite(Entry* entry, View value, int64_t expiry, uint32_t access) noexcept nogil
cdef void entry_free(Entry* entry) noexcept nogil
cdef void entry_release(void* context, Entry* take_entry) noexcept nogil
cdef size_t entry_bytes(Entry* entry) noexcept nogil
