"""A value of any type as bytes in the RDB form, and back: the one place that goes by type.

A value is a byte that says its type and encoding (RDB_ in rdb.pxd), then what the type's own pair of functions writes
and reads: `<type>_save(writer, entry)` and `<type>_load(reader, kind, key, expiry, access, limits)`. What is written is
what redis-server 7.0 would write for the same value, byte by byte. What is read may be any encoding of any older
version, and any bytes at all.

`value_load` returns an entry that is the caller's, or NULL if the bytes are not sound; nothing is left behind then.
`limits` decide the encoding of what is loaded, as if it had been made by commands.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from autocache.base.bytes cimport View
from autocache.codec.legacy cimport listpack_from_ziplist, listpack_from_zipmap
from autocache.codec.rdb cimport (
    RDB_FOOTER_BYTES,
    RDB_HASH_LISTPACK,
    RDB_HASH_ZIPLIST,
    RDB_HASH_ZIPMAP,
    RDB_LIST_QUICKLIST,
    RDB_LIST_QUICKLIST_2,
    RDB_LIST_ZIPLIST,
    RDB_STRING,
    RDB_ZSET_LISTPACK,
    RDB_ZSET_ZIPLIST,
    Reader,
    Writer,
    read_byte,
    read_string,
    reader_free,
    reader_init,
    write_byte,
    write_footer,
    write_string,
)
from autocache.types.entry cimport TYPE_STRING, Entry, entry_new_string, entry_string, entry_type
from autocache.types.limits cimport Limits
from autocache.types.listpack cimport LP_INT_BYTES, lp_copy, lp_first, lp_free, lp_next, lp_valid, lp_view


# --- strings


cdef void string_save(Writer* writer, Entry* entry) noexcept nogil:
    write_byte(writer, RDB_STRING)
    write_string(writer, entry_string(entry))


cdef Entry* string_load(Reader* reader, View key, int64_t expiry, uint32_t access) noexcept nogil:
    cdef View text
    if not read_string(reader, &text):
        return NULL
    return entry_new_string(key, text, expiry, access)


# --- what types share


cdef char* packed_load(Reader* reader, uint8_t kind) noexcept nogil:
    """A small collection, or a node of a list, of whatever encoding `kind` has it in, as a sound listpack.

    It is the caller's; NULL if the bytes are no such encoding. Whether its elements suit the type, the type checks.
    """
    cdef View data
    cdef size_t count
    if not read_string(reader, &data):
        return NULL
    if kind == RDB_HASH_LISTPACK or kind == RDB_ZSET_LISTPACK or kind == RDB_LIST_QUICKLIST_2:
        return lp_copy(data.ptr) if lp_valid(data.ptr, data.len, True, &count) else NULL
    if kind == RDB_HASH_ZIPMAP:
        return listpack_from_zipmap(data)
    if (kind == RDB_HASH_ZIPLIST or kind == RDB_ZSET_ZIPLIST or kind == RDB_LIST_ZIPLIST
            or kind == RDB_LIST_QUICKLIST):
        return listpack_from_ziplist(data)
    return NULL


# --- any type


cdef bint value_save(Writer* writer, Entry* entry) noexcept nogil:
    """Append an entry's type and value; False if its type has no such form."""
    cdef int type = entry_type(entry)
    if type == TYPE_STRING:
        string_save(writer, entry)
        return True
    return False


cdef Entry* value_load(Reader* reader, View key, int64_t expiry, uint32_t access,
                       const Limits* limits) noexcept nogil:
    """Read a type and a value as an entry of `key`; `expiry` in ms since the epoch, or -1."""
    cdef uint8_t kind = 0
    if not read_byte(reader, &kind):
        return NULL
    if kind == RDB_STRING:
        return string_load(reader, key, expiry, access)
    return NULL


# --- DUMP payloads


cdef bint value_dump(Writer* writer, Entry* entry) noexcept nogil:
    """Append a DUMP payload: the value and its footer; False if the type has no such form."""
    cdef size_t start = writer.len
    if not value_save(writer, entry):
        return False
    write_footer(writer, start)
    return True


cdef Entry* value_undump(View payload, View key, int64_t expiry, uint32_t access,
                         const Limits* limits) noexcept nogil:
    """`value_load` from a DUMP payload whose footer is right. As in Redis, bytes after the value are no mistake."""
    cdef Reader reader
    cdef Entry* entry
    payload.len -= RDB_FOOTER_BYTES
    reader_init(&reader, payload)
    entry = value_load(&reader, key, expiry, access, limits)
    reader_free(&reader)
    return entry


# --- test face


def packed_elements(kind: int, data: bytes) -> list[bytes] | None:
    """The elements that `packed_load` finds at the start of `data`, or None."""
    cdef char buffer[LP_INT_BYTES]
    cdef Reader reader
    cdef View view
    cdef char* lp
    cdef char* p
    view.ptr = data
    view.len = len(data)
    reader_init(&reader, view)
    lp = packed_load(&reader, kind)
    reader_free(&reader)
    if lp == NULL:
        return None
    found = []
    p = lp_first(lp)
    while p != NULL:
        view = lp_view(p, buffer)
        found.append(view.ptr[:view.len])
        p = lp_next(lp, p)
    lp_free(lp)
    return found
