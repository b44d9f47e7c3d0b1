"""Values of every type: how they are freed, copied and measured.

This is the one place that goes by the encoding of a value whatever its type: a listpack is freed alike, whether it is a
hash or a sorted set. What a collection means is its type's affair (`types/`). A large value is freed in steps: each
takes some `budget` elements, so that no step takes longer than a fraction of a millisecond.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_size
from autocache.types.entry cimport (
    ENC_INTSET,
    ENC_LISTPACK,
    ENC_QUICKLIST,
    ENC_SORTED,
    ENC_STREAM,
    ENC_TABLE,
    ENTRY_FORMS,
    Entry,
    entry_bytes,
    entry_copy,
    entry_encoding,
    entry_free,
    entry_new_value,
    entry_pointer,
    entry_release,
)
from autocache.types.intset cimport intset_bytes
from autocache.types.listpack cimport lp_bytes
from autocache.types.quicklist cimport Quicklist, quicklist_bytes, quicklist_copy, quicklist_free_step
from autocache.types.sorted cimport Sorted, sorted_bytes, sorted_copy, sorted_free_step
from autocache.types.stream cimport Stream, stream_bytes, stream_copy, stream_effort, stream_free_step
from autocache.types.table cimport Table, table_bytes, table_clear_step, table_copy

cdef enum:
    FREE_BUDGET = 8192
    TABLE_RUN = 512                     # slots that `table_clear_step` takes for one of its budget


cdef bint value_free_step(Entry* entry, uint64_t* cursor, int budget) noexcept nogil:
    """Free some of a collection; True once only the entry's own block is left. `cursor` starts at 0."""
    cdef int encoding = entry_encoding(entry)
    if encoding == ENC_LISTPACK or encoding == ENC_INTSET:
        mem_free(entry_pointer(entry))
        return True
    if encoding == ENC_TABLE:
        if not table_clear_step(<Table*>entry_pointer(entry), cursor, 1 + budget // TABLE_RUN, entry_release, NULL):
            return False
        mem_free(entry_pointer(entry))
    if encoding == ENC_QUICKLIST:
        return quicklist_free_step(<Quicklist*>entry_pointer(entry), budget)
    if encoding == ENC_SORTED:
        if not sorted_free_step(<Sorted*>entry_pointer(entry), cursor, budget):
            return False
        mem_free(entry_pointer(entry))
        return True
    if encoding == ENC_STREAM:
        return stream_free_step(<Stream*>entry_pointer(entry), budget)
    return True


cdef void value_free(Entry* take_entry) noexcept nogil:
    """Free an entry of any type, and its value, at once."""
    cdef uint64_t cursor = 0
    while not value_free_step(take_entry, &cursor, FREE_BUDGET):
        pass
    entry_free(take_entry)


cdef uint64_t value_effort(Entry* entry) noexcept nogil:
    """About how many blocks there are to free."""
    if entry_encoding(entry) == ENC_TABLE:
        return (<Table*>entry_pointer(entry)).count
    if entry_encoding(entry) == ENC_SORTED:
        return (<Sorted*>entry_pointer(entry)).table.count
    if entry_encoding(entry) == ENC_QUICKLIST:
        return (<Quicklist*>entry_pointer(entry)).nodes
    if entry_encoding(entry) == ENC_STREAM:
        return stream_effort(<Stream*>entry_pointer(entry))
    return 1


cdef size_t value_bytes(Entry* entry) noexcept nogil:
    """What an entry and its value take, in usable bytes. Walks all elements of a large collection."""
    cdef size_t total = entry_bytes(entry)
    cdef int encoding = entry_encoding(entry)
    if encoding == ENC_LISTPACK or encoding == ENC_INTSET:
        total += mem_size(entry_pointer(entry))
    elif encoding == ENC_TABLE:
        total += mem_size(entry_pointer(entry)) + table_bytes(<Table*>entry_pointer(entry))
    elif encoding == ENC_QUICKLIST:
        total += quicklist_bytes(<Quicklist*>entry_pointer(entry))
    elif encoding == ENC_SORTED:
        total += sorted_bytes(<Sorted*>entry_pointer(entry))
    elif encoding == ENC_STREAM:
        total += stream_bytes(<Stream*>entry_pointer(entry))
    return total


cdef void* copy_block(const void* block, size_t length) noexcept nogil:
    cdef void* copy = mem_alloc(length)
    memcpy(copy, block, length)
    return copy


cdef void* copy_payload(Entry* entry) noexcept nogil:
    """The payload of another entry with the same elements."""
    cdef int encoding = entry_encoding(entry)
    cdef char* packed = <char*>entry_pointer(entry)
    if encoding == ENC_LISTPACK:
        return copy_block(packed, lp_bytes(packed))
    if encoding == ENC_INTSET:
        return copy_block(packed, intset_bytes(packed))
    if encoding == ENC_QUICKLIST:
        return quicklist_copy(<Quicklist*>packed)
    if encoding == ENC_SORTED:
        return sorted_copy(<Sorted*>packed)
    if encoding == ENC_STREAM:
        return stream_copy(<Stream*>packed)
    return table_copy(<Table*>packed)


cdef Entry* value_copy(Entry* entry, View key, int64_t expiry, uint32_t access) noexcept nogil:
    """Another entry with an equal value, under `key`; `expiry` in ms since the epoch, or -1."""
    cdef Entry* copy
    cdef uint8_t kind = entry.kind
    if entry_encoding(entry) < ENC_LISTPACK:
        return entry_copy(entry, key, expiry, access)
    copy = entry_new_value(kind, key, copy_payload(entry), expiry, access)
    copy.flags |= entry.flags & ENTRY_FORMS
    return copy
