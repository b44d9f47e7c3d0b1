"""Intsets: sets of integers as one sorted array, byte for byte as redis-server 7.0 holds them.

    u32 bytes of a member (2, 4 or 8) | u32 number of members | the members, ascending, little-endian

All members have the width that the widest one needs. A member that does not fit widens the whole array, and since it
lies outside the range of the narrower width it goes to one of the ends. The array is never narrowed again, as in
redis-server: the width depends on what a set has held. The same bytes lie in RDB files and DUMP payloads.

Memory: the block is the caller's, from `memory/`. A function that takes `take_is` returns the block, which may have
moved. Blocks grow as listpacks do (types/listpack.pyx says why): exactly up to 1 KiB, by an eighth more beyond; and
they give memory back when more than a quarter is unused.

Nothing but `intset_valid` guards against a corrupt block: foreign bytes pass through it, with `deep`, before any other
use.
"""

from libc.stdint cimport INT16_MAX, INT16_MIN, INT32_MAX, INT32_MIN, int64_t, uint32_t
from libc.string cimport memcpy, memmove

from autocache.base.bytes cimport load32, store32
from autocache.memory.alloc cimport SMALL_BYTES_MAX, mem_alloc, mem_free, mem_realloc, mem_size

cdef enum:
    SLACK_SHIFT = 3                     # a large block grows by an eighth more than it needs
    UNUSED_SHIFT = 2                    # a block with more than a quarter unused gives memory back


cdef inline uint32_t width_of(int64_t value) noexcept nogil:
    if INT16_MIN <= value <= INT16_MAX:
        return 2
    return 4 if INT32_MIN <= value <= INT32_MAX else 8


cdef inline void set_member(char* intset, size_t index, int64_t value) noexcept nogil:
    # The low bytes of a little-endian integer come first: the narrower forms are its beginning.
    cdef uint32_t width = load32(intset)
    memcpy(intset + INTSET_HEADER_BYTES + index * width, &value, width)


cdef inline size_t wanted_bytes(size_t needed) noexcept nogil:
    return needed if needed <= SMALL_BYTES_MAX else needed + (needed >> SLACK_SHIFT)


cdef bint place_of(const char* intset, int64_t value, size_t* place) noexcept nogil:
    """Whether `value` is a member; `place` is where it stands, or where it had to be put."""
    cdef size_t low = 0
    cdef size_t high = intset_length(intset)
    cdef size_t middle
    place[0] = high
    # Values often come in ascending or descending order: then the ends decide.
    if high == 0 or value > intset_max(intset):
        return False
    if value < intset_min(intset):
        place[0] = 0
        return False
    while low < high:
        middle = (low + high) // 2
        if intset_at(intset, middle) < value:
            low = middle + 1
        else:
            high = middle
    # The greatest member is not less than `value`, so the search ends on a member.
    place[0] = low
    return intset_at(intset, low) == value


cdef char* with_room(char* take_is, size_t needed) noexcept nogil:
    if needed <= mem_size(take_is):
        return take_is
    return <char*>mem_realloc(take_is, wanted_bytes(needed))


cdef char* widened(char* take_is, int64_t value, uint32_t width) noexcept nogil:
    """Add a value that is wider than all members."""
    cdef size_t length = intset_length(take_is)
    cdef uint32_t old_width = load32(take_is)
    cdef size_t shift = value < 0
    cdef size_t i = length
    cdef int64_t member
    cdef char* intset = with_room(take_is, INTSET_HEADER_BYTES + (length + 1) * width)
    # From the end on, since the wide members overtake the narrow ones that are not read yet.
    while i:
        i -= 1
        store32(intset, old_width)
        member = intset_at(intset, i)
        store32(intset, width)
        set_member(intset, i + shift, member)
    store32(intset, width)
    set_member(intset, 0 if shift else length, value)
    store32(intset + 4, <uint32_t>(length + 1))
    return intset


cdef char* intset_new() noexcept nogil:
    """An empty set."""
    cdef char* intset = <char*>mem_alloc(INTSET_HEADER_BYTES)
    store32(intset, 2)
    store32(intset + 4, 0)
    return intset


cdef void intset_free(char* take_is) noexcept nogil:
    mem_free(take_is)


cdef char* intset_copy(const char* intset) noexcept nogil:
    """A copy without slack."""
    cdef size_t size = intset_bytes(intset)
    cdef char* copy = <char*>mem_alloc(size)
    memcpy(copy, intset, size)
    return copy


cdef bint intset_find(const char* intset, int64_t value) noexcept nogil:
    """Whether `value` is a member."""
    cdef size_t place
    return width_of(value) <= load32(intset) and place_of(intset, value, &place)


cdef char* intset_add(char* take_is, int64_t value, bint* added) noexcept nogil:
    """Add a member; `added` (or NULL) tells whether it was none."""
    cdef uint32_t width = width_of(value)
    cdef uint32_t held = load32(take_is)
    cdef size_t length = intset_length(take_is)
    cdef size_t place
    cdef char* intset
    cdef char* target
    if added != NULL:
        added[0] = True
    if width > held:
        return widened(take_is, value, width)
    if place_of(take_is, value, &place):
        if added != NULL:
            added[0] = False
        return take_is
    intset = with_room(take_is, INTSET_HEADER_BYTES + (length + 1) * held)
    target = intset + INTSET_HEADER_BYTES + place * held
    memmove(target + held, target, (length - place) * held)
    set_member(intset, place, value)
    store32(intset + 4, <uint32_t>(length + 1))
    return intset


cdef char* intset_remove(char* take_is, int64_t value, bint* removed) noexcept nogil:
    """Remove a member; `removed` (or NULL) tells whether it was one."""
    cdef char* intset = take_is
    cdef size_t length = intset_length(intset)
    cdef uint32_t width = load32(intset)
    cdef size_t place, held, needed
    cdef char* target
    cdef bint found = width_of(value) <= width and place_of(intset, value, &place)
    if removed != NULL:
        removed[0] = found
    if not found:
        return intset
    target = intset + INTSET_HEADER_BYTES + place * width
    memmove(target, target + width, (length - place - 1) * width)
    store32(intset + 4, <uint32_t>(length - 1))
    held = mem_size(intset)
    needed = intset_bytes(intset)
    if held - needed > held >> UNUSED_SHIFT:
        intset = <char*>mem_realloc(intset, wanted_bytes(needed))
    return intset


cdef bint intset_valid(const char* data, size_t size, bint deep) noexcept nogil:
    """Whether `size` bytes are an intset with a member at least; never reads beyond them.

    Without `deep` the members may be out of order, which misleads searches, but nothing is read out of bounds.
    """
    cdef uint32_t width
    cdef size_t length, i
    if size < INTSET_HEADER_BYTES:
        return False
    width = load32(data)
    length = intset_length(data)
    if (width != 2 and width != 4 and width != 8) or length == 0 or intset_bytes(data) != size:
        return False
    if deep:
        for i in range(1, length):
            if intset_at(data, i - 1) >= intset_at(data, i):
                return False
    return True


cdef class Intset:
    """Test face: one intset."""

    cdef char* block                    # owned

    def __cinit__(self, bytes data=None):
        cdef size_t size
        if data is None:
            self.block = intset_new()
            return
        size = len(data)
        if not intset_valid(data, size, True):
            raise ValueError("not an intset")
        self.block = <char*>mem_alloc(size)
        memcpy(self.block, <const char*>data, size)

    def __dealloc__(self):
        intset_free(self.block)

    def __len__(self):
        return intset_length(self.block)

    def __contains__(self, value: int):
        return intset_find(self.block, value)

    def add(self, value: int) -> bool:
        cdef bint added = False
        self.block = intset_add(self.block, value, &added)
        return added

    def remove(self, value: int) -> bool:
        cdef bint removed = False
        self.block = intset_remove(self.block, value, &removed)
        return removed

    def members(self) -> list[int]:
        return [intset_at(self.block, index) for index in range(len(self))]

    def ends(self) -> tuple[int, int]:
        """The least and the greatest member of a set that is not empty."""
        return intset_min(self.block), intset_max(self.block)

    def raw(self) -> bytes:
        return self.block[:intset_bytes(self.block)]

    def copied(self) -> bytes:
        """The bytes of a copy."""
        cdef char* copy = intset_copy(self.block)
        cdef bytes data = copy[:intset_bytes(copy)]
        intset_free(copy)
        return data

    def block_bytes(self) -> int:
        return mem_size(self.block)


def valid(data: bytes, deep: bool) -> bool:
    """Test face of `intset_valid`."""
    return intset_valid(data, len(data), deep)
