"""The small encodings of older versions of Redis, as listpacks. They are read and never written.

Both functions take hostile bytes: they check every length against the end before they use it, and return NULL for what
is no such encoding. What they return is a sound listpack; whether it is one that a hash or a sorted set may have (an
even number of elements, none twice) is for the reader of that type to say, as it is for listpacks that came as such.

A ziplist (Redis 2.6 to 6.2: small lists, hashes and sorted sets; all numbers little-endian but for lengths):

    u32 bytes of the whole | u32 offset of the last entry | u16 entries (65535: unknown) | entry ... | FF

    an entry: the size of the one before it (1 byte, or FE and 4 bytes), then
    00llllll                string of up to 63 bytes
    01llllll llllllll       string of up to 16383 bytes
    10...... and 4 bytes    longer string (the length most significant byte first)
    C0, D0, E0, F0, FE      integer of 2, 4, 8, 3 and 1 bytes
    F1 .. FD                integer 0 .. 12

A zipmap (Redis 2.0 to 2.4: small hashes):

    u8 pairs (254: unknown) | (length | field | length | u8 unused | value | unused bytes) ... | FF

    a length: 1 byte, or FE and 4 bytes, little-endian
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View, load32
from autocache.types.listpack cimport (
    LP_INT_BYTES,
    lp_append,
    lp_append_int,
    lp_first,
    lp_fits,
    lp_free,
    lp_new,
    lp_next,
    lp_size_estimate,
    lp_view,
)

cdef enum:
    ZL_HEADER_BYTES = 10
    ZL_COUNT_UNKNOWN = 65535
    ZL_LONG_SIZE = 0xFE                 # the size of the entry before stands in the next four bytes
    ZL_INT16 = 0xC0
    ZL_INT32 = 0xD0
    ZL_INT64 = 0xE0
    ZL_INT24 = 0xF0
    ZL_INT8 = 0xFE
    ZL_SMALL_MIN = 0xF1
    ZL_SMALL_MAX = 0xFD
    ZM_LONG = 0xFE
    ZM_COUNT_UNKNOWN = 0xFE
    END = 0xFF


cdef struct Walk:                       # a walk through the input; `left` counts the terminator too
    const uint8_t* at
    size_t left
    char* lp                            # what was read so far; owned


cdef inline void advance(Walk* walk, size_t length) noexcept nogil:
    walk.at += length
    walk.left -= length


cdef bint add_text(Walk* walk, size_t length) noexcept nogil:
    """Append the next bytes; False if they are not there, or are too many for a listpack."""
    cdef View text
    if length >= walk.left:
        return False
    text.ptr = <const char*>walk.at
    text.len = length
    if not lp_fits(walk.lp, lp_size_estimate(text)):
        return False
    walk.lp = lp_append(walk.lp, text)
    advance(walk, length)
    return True


cdef bint add_int(Walk* walk, int bytes) noexcept nogil:
    """Append an integer of so many bytes, least significant first."""
    cdef uint64_t number = 0
    cdef int shift = 64 - 8 * bytes
    cdef int i
    if <size_t>bytes >= walk.left or not lp_fits(walk.lp, LP_INT_BYTES):
        return False
    for i in range(bytes):
        number |= <uint64_t>walk.at[i] << (8 * i)
    # To the left and back: so the sign fills the upper bits.
    walk.lp = lp_append_int(walk.lp, <int64_t>(number << shift) >> shift)
    advance(walk, bytes)
    return True


# --- ziplist


cdef bint read_size_before(Walk* walk, size_t* size) noexcept nogil:
    """The size of the entry before; one byte of an entry's own must follow it."""
    cdef size_t bytes = 5 if walk.at[0] == ZL_LONG_SIZE else 1
    if walk.left <= bytes + 1:
        return False
    size[0] = load32(walk.at + 1) if bytes == 5 else walk.at[0]
    advance(walk, bytes)
    return True


cdef bint add_ziplist_value(Walk* walk) noexcept nogil:
    """Append what follows the size of the entry before."""
    cdef uint8_t head = walk.at[0]
    cdef size_t length
    if head < 0x40:
        advance(walk, 1)
        return add_text(walk, head)
    if head < 0x80:
        if walk.left < 2:
            return False
        length = <size_t>(head & 0x3F) << 8 | walk.at[1]
        advance(walk, 2)
        return add_text(walk, length)
    if head < ZL_INT16:
        if walk.left < 5:
            return False
        length = <size_t>walk.at[1] << 24 | <size_t>walk.at[2] << 16 | <size_t>walk.at[3] << 8 | walk.at[4]
        advance(walk, 5)
        return add_text(walk, length)
    advance(walk, 1)
    if head == ZL_INT16:
        return add_int(walk, 2)
    if head == ZL_INT32:
        return add_int(walk, 4)
    if head == ZL_INT64:
        return add_int(walk, 8)
    if head == ZL_INT24:
        return add_int(walk, 3)
    if head == ZL_INT8:
        return add_int(walk, 1)
    if head < ZL_SMALL_MIN or head > ZL_SMALL_MAX or not lp_fits(walk.lp, LP_INT_BYTES):
        return False
    walk.lp = lp_append_int(walk.lp, head - ZL_SMALL_MIN)
    return True


cdef bint walk_ziplist(Walk* walk, View ziplist) noexcept nogil:
    """Read a ziplist whose bytes are there; False if they are none."""
    cdef const uint8_t* start = walk.at
    cdef const uint8_t* entry
    cdef const uint8_t* last = NULL
    cdef size_t size_before, size = 0
    cdef uint64_t count = 0
    cdef uint16_t said
    memcpy(&said, start + 8, 2)
    if load32(start) != ziplist.len or start[ziplist.len - 1] != END:
        return False
    advance(walk, ZL_HEADER_BYTES)
    while walk.left > 1:
        entry = walk.at
        if not read_size_before(walk, &size_before) or size_before != size or not add_ziplist_value(walk):
            return False
        size = <size_t>(walk.at - entry)
        last = entry
        count += 1
    if load32(start + 4) != (last if last != NULL else start + ZL_HEADER_BYTES) - start:
        return False
    return walk.left == 1 and (said == ZL_COUNT_UNKNOWN or said == count)


cdef char* finish(Walk* walk, bint sound) noexcept nogil:
    """The listpack that was made, or NULL."""
    if sound:
        return walk.lp
    lp_free(walk.lp)
    return NULL


cdef char* listpack_from_ziplist(View ziplist) noexcept nogil:
    """The elements of a ziplist as a new listpack, which is the caller's; NULL if it is none."""
    cdef Walk walk
    if ziplist.len <= ZL_HEADER_BYTES:
        return NULL
    walk.at = <const uint8_t*>ziplist.ptr
    walk.left = ziplist.len
    walk.lp = lp_new(ziplist.len)
    return finish(&walk, walk_ziplist(&walk, ziplist))


# --- zipmap


cdef bint read_zipmap_length(Walk* walk, size_t* length) noexcept nogil:
    if walk.at[0] < ZM_LONG:
        length[0] = walk.at[0]
        advance(walk, 1)
        return walk.left > 0
    if walk.at[0] == END or walk.left <= 5:
        return False
    length[0] = load32(walk.at + 1)
    advance(walk, 5)
    return True


cdef bint walk_zipmap(Walk* walk) noexcept nogil:
    """Read a zipmap that ends with a terminator; False if it is none. As in Redis, its first terminator ends it."""
    cdef uint8_t said = walk.at[0]
    cdef uint64_t count = 0
    cdef size_t length, unused
    advance(walk, 1)
    while walk.at[0] != END:
        if not read_zipmap_length(walk, &length) or not add_text(walk, length):
            return False
        if not read_zipmap_length(walk, &length) or walk.left < 2:
            return False
        unused = walk.at[0]
        advance(walk, 1)
        if not add_text(walk, length) or unused >= walk.left:
            return False
        advance(walk, unused)
        count += 1
    return said == ZM_COUNT_UNKNOWN or said == count


cdef char* listpack_from_zipmap(View zipmap) noexcept nogil:
    """The fields and values of a zipmap, in turn, as a new listpack, which is the caller's; NULL if it is none."""
    cdef Walk walk
    if zipmap.len < 2 or <uint8_t>zipmap.ptr[zipmap.len - 1] != END:
        return NULL
    walk.at = <const uint8_t*>zipmap.ptr
    walk.left = zipmap.len
    walk.lp = lp_new(zipmap.len)
    return finish(&walk, walk_zipmap(&walk))


# --- test faces


cdef list texts_of(char* take_lp):
    """The elements as text; frees the listpack."""
    cdef char buffer[LP_INT_BYTES]
    cdef list found = []
    cdef char* p
    cdef View text
    if take_lp == NULL:
        return None
    p = lp_first(take_lp)
    while p != NULL:
        text = lp_view(p, buffer)
        found.append(text.ptr[:text.len])
        p = lp_next(take_lp, p)
    lp_free(take_lp)
    return found


def from_ziplist(data: bytes) -> list[bytes] | None:
    """Test face of `listpack_from_ziplist`."""
    cdef View view
    view.ptr = data
    view.len = len(data)
    return texts_of(listpack_from_ziplist(view))


def from_zipmap(data: bytes) -> list[bytes] | None:
    """Test face of `listpack_from_zipmap`."""
    cdef View view
    view.ptr = data
    view.len = len(data)
    return texts_of(listpack_from_zipmap(view))
