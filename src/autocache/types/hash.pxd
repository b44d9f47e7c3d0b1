# Hashes: fields and values in a listpack, or, when that grows large, in a table. See hash.pyx.
from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.memory.blob cimport Blob
from autocache.types.entry cimport (
    ENC_BLOB,
    ENC_LISTPACK,
    Entry,
    entry_blob,
    entry_encoding,
    entry_expiry,
    entry_key,
    entry_pointer,
    entry_string,
)
from autocache.types.limits cimport Limits
from autocache.types.listpack cimport lp_view
from autocache.types.table cimport Table, Walker

cdef enum:
    # What becomes of the expiry of a field that is stored, in place of a time.
    HASH_NO_EXPIRY = -1
    HASH_KEEP_EXPIRY = -2

cdef struct FieldAt:                    # where a field is; dies when its hash changes
    char* name                          # in a listpack: the element of its name, or NULL
    char* value                         # and that of its value
    Entry* entry                        # in a table: the field, or NULL
    uint64_t* slot                      # of the field, even if it has expired; NULL if there is none
    uint64_t hash

cdef struct FieldWalk:                  # a walk over all fields; the hash may not change meanwhile
    Walker walker                       # of a table
    char* lp                            # or a listpack
    char* next
    int64_t now_ms


cdef inline Table* hash_table(Entry* hash) noexcept nogil:
    return <Table*>entry_pointer(hash)


cdef inline bint hash_is_packed(Entry* hash) noexcept nogil:
    return entry_encoding(hash) == ENC_LISTPACK


cdef inline View field_name(const FieldAt* at, char* buffer) noexcept nogil:
    """The name of a field that was found; an integer is printed to `buffer` (LP_INT_BYTES)."""
    return entry_key(at.entry) if at.entry != NULL else lp_view(at.name, buffer)


cdef inline View field_value(const FieldAt* at, char* buffer) noexcept nogil:
    """The value of a field that was found; an integer is printed to `buffer` (LP_INT_BYTES)."""
    return entry_string(at.entry) if at.entry != NULL else lp_view(at.value, buffer)


cdef inline Blob* field_blob(const FieldAt* at) noexcept nogil:
    """The value of a field that was found, if it is a block that can be shared; else NULL."""
    if at.entry != NULL and entry_encoding(at.entry) == ENC_BLOB:
        return entry_blob(at.entry)
    return NULL


cdef inline void field_of(FieldAt* at, Entry* entry) noexcept nogil:
    """The field that an entry of a table is."""
    at.name = at.value = NULL
    at.slot = NULL
    at.entry = entry


cdef inline int64_t field_expiry(const FieldAt* at) noexcept nogil:
    """The time at which a field that was found expires (ms since the epoch), or -1."""
    return entry_expiry(at.entry) if at.entry != NULL else -1


cdef size_t hash_length(Entry* hash) noexcept nogil
cdef bint hash_find(Entry* hash, View field, int64_t now_ms, FieldAt* at) noexcept nogil
cdef void hash_fit(Entry* hash, const Limits* limits, size_t longest, size_t added) noexcept nogil
cdef void hash_store(Entry* hash, const Limits* limits, FieldAt* at, View field, View value, Blob* blob,
                     int64_t expiry) noexcept nogil
cdef void hash_set_expiry(Entry* hash, const Limits* limits, FieldAt* at, View field, int64_t expiry) noexcept nogil
cdef bint hash_delete(Entry* hash, View field, int64_t now_ms) noexcept nogil
cdef void hash_convert(Entry* hash, const Limits* limits) noexcept nogil
cdef void fields_begin(FieldWalk* walk, Entry* hash, int64_t now_ms) noexcept nogil
cdef bint fields_next(FieldWalk* walk, FieldAt* at) noexcept nogil
cdef bint hash_may_hide(Entry* hash, int64_t now_ms) noexcept nogil
