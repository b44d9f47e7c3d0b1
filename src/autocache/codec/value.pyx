"""A value of any type as bytes in the RDB form, and back: the one place that goes by type.

A value is a byte that says its type and encoding (RDB_ in rdb.pxd), then what the type's own pair of functions writes
and reads: `<type>_save(writer, entry)` and `<type>_load(reader, kind, key, expiry, access, limits)`. What is written is
what redis-server 7.0 would write for the same value, byte by byte, wherever the order of elements is defined. What is
read may be any encoding of any older version, and any bytes at all.

`value_load` returns an entry that is the caller's, or NULL if the bytes are not sound; nothing is left behind then.
`limits` decide the encoding of what is loaded, as if it had been made by commands.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from autocache.base.bytes cimport View
from autocache.codec.collections cimport (
    hash_load,
    hash_save,
    list_load,
    list_save,
    set_load,
    set_save,
    zset_load,
    zset_save,
)
from autocache.codec.rdb cimport (
    RDB_FOOTER_BYTES,
    RDB_HASH,
    RDB_HASH_2,
    RDB_HASH_LISTPACK,
    RDB_HASH_ZIPLIST,
    RDB_HASH_ZIPMAP,
    RDB_KIND_MAX,
    RDB_LIST,
    RDB_LIST_QUICKLIST,
    RDB_LIST_QUICKLIST_2,
    RDB_LIST_ZIPLIST,
    RDB_SET,
    RDB_SET_INTSET,
    RDB_SET_LISTPACK,
    RDB_STREAM_LISTPACKS,
    RDB_STREAM_LISTPACKS_2,
    RDB_STRING,
    RDB_VERSION,
    RDB_VERSION_VALKEY,
    RDB_ZSET,
    RDB_ZSET_2,
    RDB_ZSET_LISTPACK,
    RDB_ZSET_ZIPLIST,
    Reader,
    Writer,
    footer_version,
    read_byte,
    read_string,
    reader_free,
    reader_init,
    write_byte,
    write_footer,
    write_string,
)
from autocache.codec.streams cimport stream_load, stream_save
from autocache.types.entry cimport (
    TYPE_HASH,
    TYPE_LIST,
    TYPE_SET,
    TYPE_STREAM,
    TYPE_STRING,
    TYPE_ZSET,
    Entry,
    entry_new_string,
    entry_string,
    entry_type,
)
from autocache.types.limits cimport Limits


# --- strings


cdef void string_save(Writer* writer, Entry* entry) noexcept nogil:
    write_byte(writer, RDB_STRING)
    write_string(writer, entry_string(entry))


cdef Entry* string_load(Reader* reader, View key, int64_t expiry, uint32_t access) noexcept nogil:
    cdef View text
    if not read_string(reader, &text):
        return NULL
    return entry_new_string(key, text, expiry, access)


# --- any type


cdef void value_save(Writer* writer, Entry* entry) noexcept nogil:
    """Append an entry's type and value."""
    cdef int type = entry_type(entry)
    if type == TYPE_STRING:
        string_save(writer, entry)
    elif type == TYPE_LIST:
        list_save(writer, entry)
    elif type == TYPE_SET:
        set_save(writer, entry)
    elif type == TYPE_HASH:
        hash_save(writer, entry)
    elif type == TYPE_ZSET:
        zset_save(writer, entry)
    elif type == TYPE_STREAM:
        stream_save(writer, entry)


cdef Entry* value_load(Reader* reader, View key, int64_t expiry, uint32_t access,
                       const Limits* limits) noexcept nogil:
    """Read a type and a value as an entry of `key`; `expiry` in ms since the epoch, or -1."""
    cdef uint8_t kind = 0
    if not read_byte(reader, &kind):
        return NULL
    if kind == RDB_STRING:
        return string_load(reader, key, expiry, access)
    if (kind == RDB_LIST or kind == RDB_LIST_ZIPLIST or kind == RDB_LIST_QUICKLIST
            or kind == RDB_LIST_QUICKLIST_2):
        return list_load(reader, kind, key, expiry, access, limits)
    if kind == RDB_SET or kind == RDB_SET_INTSET or kind == RDB_SET_LISTPACK:
        return set_load(reader, kind, key, expiry, access, limits)
    if (kind == RDB_HASH or kind == RDB_HASH_ZIPMAP or kind == RDB_HASH_ZIPLIST or kind == RDB_HASH_LISTPACK
            or kind == RDB_HASH_2):
        return hash_load(reader, kind, key, expiry, access, limits)
    if kind == RDB_ZSET or kind == RDB_ZSET_2 or kind == RDB_ZSET_ZIPLIST or kind == RDB_ZSET_LISTPACK:
        return zset_load(reader, kind, key, expiry, access, limits)
    if kind == RDB_STREAM_LISTPACKS or kind == RDB_STREAM_LISTPACKS_2:
        return stream_load(reader, kind, key, expiry, access)
    return NULL


# --- DUMP payloads


cdef void value_dump(Writer* writer, Entry* entry) noexcept nogil:
    """Append a DUMP payload: the value and its footer."""
    cdef size_t start = writer.len
    value_save(writer, entry)
    write_footer(writer, start, RDB_VERSION_VALKEY if writer.data[start] == RDB_HASH_2 else RDB_VERSION)


cdef Entry* value_undump(View payload, View key, int64_t expiry, uint32_t access,
                         const Limits* limits) noexcept nogil:
    """`value_load` from a DUMP payload whose footer is right. As in Redis, bytes after the value are no mistake."""
    cdef Reader reader
    cdef Entry* entry
    cdef int version = footer_version(payload)
    payload.len -= RDB_FOOTER_BYTES
    # Other makers' versions gave other meanings to the kinds that version 10 does not know.
    if payload.len and <uint8_t>payload.ptr[0] > RDB_KIND_MAX and version <= RDB_VERSION:
        return NULL
    reader_init(&reader, payload)
    entry = value_load(&reader, key, expiry, access, limits)
    reader_free(&reader)
    return entry
