"""Small collections as they stand in a payload: one string that is a listpack, a ziplist or a zipmap.

Whatever it is, what comes out is a sound listpack: it can be walked both ways and changed. What the elements mean is
not looked at here, but for the one question that all types have: whether each is there once.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from autocache.base.bytes cimport View, log2_floor, same_bytes
from autocache.codec.legacy cimport listpack_from_ziplist, listpack_from_zipmap
from autocache.codec.rdb cimport (
    RDB_HASH_LISTPACK,
    RDB_HASH_ZIPLIST,
    RDB_HASH_ZIPMAP,
    RDB_LIST_QUICKLIST,
    RDB_LIST_QUICKLIST_2,
    RDB_LIST_ZIPLIST,
    RDB_SET_LISTPACK,
    RDB_ZSET_LISTPACK,
    RDB_ZSET_ZIPLIST,
    Reader,
    read_string,
    reader_free,
    reader_init,
)
from autocache.memory.alloc cimport mem_free, mem_zalloc
from autocache.types.limits cimport Limits, limits_init
from autocache.types.listpack cimport (
    LP_BYTES_MAX,
    LP_INT_BYTES,
    lp_copy,
    lp_first,
    lp_free,
    lp_length,
    lp_next,
    lp_valid,
    lp_view,
)
from autocache.types.table cimport Seeds, hash_bytes


cdef char* packed_load(Reader* reader, uint8_t kind) noexcept nogil:
    """A small collection, or a node of a list, of whatever encoding `kind` has it in, as a sound listpack.

    It is the caller's; NULL if the bytes are no such encoding. Whether its elements suit the type, the type checks.
    """
    cdef View data
    cdef size_t count
    if not read_string(reader, &data) or data.len > <size_t>LP_BYTES_MAX:
        return NULL
    if (kind == RDB_HASH_LISTPACK or kind == RDB_ZSET_LISTPACK or kind == RDB_LIST_QUICKLIST_2
            or kind == RDB_SET_LISTPACK):
        return lp_copy(data.ptr) if lp_valid(data.ptr, data.len, True, &count) else NULL
    if kind == RDB_HASH_ZIPMAP:
        return listpack_from_zipmap(data)
    if (kind == RDB_HASH_ZIPLIST or kind == RDB_ZSET_ZIPLIST or kind == RDB_LIST_ZIPLIST
            or kind == RDB_LIST_QUICKLIST):
        return listpack_from_ziplist(data)
    return NULL


cdef bint insert_new(const char* lp, uint32_t* slots, uint64_t mask, const char* p, const Seeds* seeds) noexcept nogil:
    """Enter an element into a table of offsets; False if an equal one stands there."""
    cdef char buffer[LP_INT_BYTES]
    cdef char other_buffer[LP_INT_BYTES]
    cdef View text = lp_view(p, buffer)
    cdef View other
    cdef uint64_t at = hash_bytes(seeds, text.ptr, text.len) & mask
    while slots[at]:
        other = lp_view(lp + slots[at], other_buffer)
        if same_bytes(text.ptr, text.len, other.ptr, other.len):
            return False
        at = (at + 1) & mask
    slots[at] = <uint32_t>(p - lp)
    return True


cdef bint packed_unique(char* lp, size_t stride, const Limits* limits) noexcept nogil:
    """Whether no two of every `stride`th elements are equal; the number of elements is a multiple of `stride`.

    Elements are compared as text: a hostile listpack may have the same number as an integer and as a string. Offsets
    in the listpack are hashed, so that a long one takes no quadratic time.
    """
    cdef size_t count = lp_length(lp) // stride
    cdef uint64_t length
    cdef uint32_t* slots
    cdef char* p = lp_first(lp)
    cdef size_t left
    cdef bint unique = True
    if count < 2:
        return True
    length = <uint64_t>4 << log2_floor(count)
    slots = <uint32_t*>mem_zalloc(length * sizeof(uint32_t))
    while p != NULL and unique:
        unique = insert_new(lp, slots, length - 1, p, &limits.seeds)
        left = stride
        while left:
            p = lp_next(lp, p)
            left -= 1
    mem_free(slots)
    return unique


# --- test faces


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


def packed_has_unique(data: bytes, stride: int) -> bool:
    """Test face of `packed_unique`, for a listpack."""
    cdef Limits limits
    cdef Seeds seeds
    cdef char* lp
    cdef bint unique
    cdef size_t count
    if not lp_valid(data, len(data), True, &count) or count % <size_t>stride:
        raise ValueError("not a listpack of whole strides")
    seeds.first = seeds.second = 1
    limits_init(&limits, seeds)
    lp = lp_copy(data)
    unique = packed_unique(lp, stride, &limits)
    lp_free(lp)
    return unique
