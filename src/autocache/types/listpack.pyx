"""Listpacks: a sequence of strings and integers in one block, byte for byte as redis-server 7.0 holds it.

    u32 bytes of the whole | u16 elements (65535: unknown) | element ... | FF

    an element                     encoded as                                   then its back-length
    integer 0 .. 127               0xxxxxxx
    string under 64 bytes          10llllll, bytes
    integer of 13 bits             110xxxxx xxxxxxxx
    string under 4096 bytes        1110llll llllllll, bytes
    longer string                  F0, u32 length, bytes
    integer of 16, 24, 32, 64 bits F1, F2, F3, F4, the bytes of the integer

Numbers are little-endian but those of 12 and 13 bits. The back-length is the size of the encoded element in groups of
seven bits, written so that it is read from its end backwards: a set top bit says that there is one more byte to the
left. It leads from an element to the one before. A string that is an integer in its shortest form is stored as
that integer, and reads back as the same text. The same bytes lie in RDB files and DUMP payloads.

Memory: the block is the caller's, from `memory/`. A function that takes `take_lp` returns the block, which may have
moved: all element addresses are void then, but the one it hands out. Up to 1 KiB a block grows to exactly what it
needs, since the allocator's classes are 8 to 32 bytes apart: small collections are the many, and slack in them would
be memory lost for good. A larger block gets an eighth more, up to 1 MiB, so that n appends copy O(n) bytes instead of
O(n * n) (beyond that size the C library moves pages, not bytes). A block gives memory back when more than a quarter of
it is unused, so that a queue that goes up and down by one element does not move each time; `lp_shrink` gives all back.

An element that is inserted must not lie in the same block. Callers keep the limit of `lp_fits` before they insert.
Nothing but `lp_valid` guards against a corrupt block: foreign bytes pass through it, with `deep`, before any other use.
"""

from libc.stdint cimport INT16_MAX, INT16_MIN, INT32_MAX, INT32_MIN, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove

from autocache.base.bytes cimport View, store32
from autocache.base.numbers cimport format_int64, parse_int64
from autocache.memory.alloc cimport SMALL_BYTES_MAX, mem_alloc, mem_free, mem_realloc, mem_size

cdef enum:
    INT24_MAX = 8388607
    INT24_MIN = -8388608
    INT_TEXT_MAX = 20                   # no longer string is an integer
    SLACK_SHIFT = 3                     # a large block grows by an eighth more than it needs
    SLACK_BYTES_MAX = 1048576
    UNUSED_SHIFT = 2                    # a block with more than a quarter unused gives memory back
    BACK_BYTES_MAX = 5

# An element on its way into a block: `head`, then the bytes of `text`, then the back-length.
cdef struct Encoded:
    uint8_t head[9]
    size_t head_len
    View text                           # empty for an integer
    size_t encoded                      # bytes without the back-length
    size_t total                        # and with it


cdef inline size_t header_count(const char* lp) noexcept nogil:
    cdef uint16_t count
    memcpy(&count, lp + 4, 2)
    return count


cdef inline void set_header_count(char* lp, size_t count) noexcept nogil:
    cdef uint16_t stored = <uint16_t>(count if count < LP_COUNT_UNKNOWN else LP_COUNT_UNKNOWN)
    memcpy(lp + 4, &stored, 2)


cdef inline void add_header_count(char* lp, size_t difference) noexcept nogil:
    """Add to the count (what wraps subtracts); one that is unknown stays so until `lp_length` walks."""
    cdef size_t count = header_count(lp)
    if count != LP_COUNT_UNKNOWN:
        set_header_count(lp, count + difference)


cdef inline size_t wanted_bytes(size_t needed) noexcept nogil:
    """What to ask the allocator for; the module's docstring says why."""
    cdef size_t slack = needed >> SLACK_SHIFT
    if needed <= SMALL_BYTES_MAX:
        return needed
    return needed + (slack if slack < SLACK_BYTES_MAX else <size_t>SLACK_BYTES_MAX)


cdef inline char* with_room(char* take_lp, size_t needed) noexcept nogil:
    if needed <= mem_size(take_lp):
        return take_lp
    return <char*>mem_realloc(take_lp, wanted_bytes(needed))


cdef char* give_back(char* take_lp) noexcept nogil:
    """After elements left: give memory back if much of the block is unused."""
    cdef size_t held = mem_size(take_lp)
    cdef size_t needed = lp_bytes(take_lp)
    if held - needed <= held >> UNUSED_SHIFT:
        return take_lp
    return <char*>mem_realloc(take_lp, wanted_bytes(needed))


cdef inline void write_back_length(uint8_t* target, size_t encoded) noexcept nogil:
    cdef size_t size = lp_back_bytes(encoded)
    cdef size_t i
    for i in range(size):
        # The leftmost byte is the one without a top bit: there the backward reader stops.
        target[size - 1 - i] = <uint8_t>((encoded >> (7 * i)) & 0x7F) | (0x80 if i + 1 < size else 0)


cdef inline size_t read_back_length(const char* end) noexcept nogil:
    """The back-length whose last byte lies before `end`. At most five bytes are read, whatever they are."""
    cdef uint64_t encoded = 0
    cdef int i
    cdef uint8_t b
    for i in range(BACK_BYTES_MAX):
        b = <uint8_t>end[-1 - i]
        encoded |= <uint64_t>(b & 0x7F) << (7 * i)
        if not b & 0x80:
            break
    return encoded


cdef void encode_int(Encoded* element, int64_t number) noexcept nogil:
    cdef uint8_t* head = element.head
    cdef uint64_t bits = <uint64_t>number
    cdef size_t size
    element.text.ptr = NULL
    element.text.len = 0
    if 0 <= number <= 127:
        head[0] = <uint8_t>number
        element.head_len = 1
    elif -4096 <= number <= 4095:
        head[0] = <uint8_t>(0xC0 | ((bits >> 8) & 0x1F))
        head[1] = <uint8_t>(bits & 0xFF)
        element.head_len = 2
    else:
        if INT16_MIN <= number <= INT16_MAX:
            head[0] = 0xF1
            size = 2
        elif INT24_MIN <= number <= INT24_MAX:
            head[0] = 0xF2
            size = 3
        elif INT32_MIN <= number <= INT32_MAX:
            head[0] = 0xF3
            size = 4
        else:
            head[0] = 0xF4
            size = 8
        # The low bytes of a little-endian integer come first: the shorter forms are its beginning.
        memcpy(head + 1, &bits, size)
        element.head_len = 1 + size
    element.encoded = element.head_len
    element.total = element.encoded + 1


cdef inline bint is_int(View text, int64_t* number) noexcept nogil:
    """Whether a listpack stores `text` as an integer. The first byte rules most texts out without a call."""
    if text.len == 0 or text.len > <size_t>INT_TEXT_MAX or <uint8_t>text.ptr[0] > c'9':
        return False
    return parse_int64(text.ptr, text.len, number)


cdef void encode(Encoded* element, View text) noexcept nogil:
    cdef int64_t number
    if is_int(text, &number):
        encode_int(element, number)
        return
    if text.len < 64:
        element.head[0] = <uint8_t>(0x80 | text.len)
        element.head_len = 1
    elif text.len < 4096:
        element.head[0] = <uint8_t>(0xE0 | (text.len >> 8))
        element.head[1] = <uint8_t>(text.len & 0xFF)
        element.head_len = 2
    else:
        element.head[0] = 0xF0
        store32(element.head + 1, <uint32_t>text.len)
        element.head_len = 5
    element.text = text
    element.encoded = element.head_len + text.len
    element.total = element.encoded + lp_back_bytes(element.encoded)


cdef char* put(char* take_lp, const Encoded* element, size_t offset, size_t replaced, char** at) noexcept nogil:
    """Write an element at `offset` in the place of `replaced` bytes there (0: it is inserted)."""
    cdef char* lp = take_lp
    cdef size_t old_bytes = lp_bytes(lp)
    cdef size_t new_bytes = old_bytes - replaced + element.total
    cdef char* target
    lp = with_room(lp, new_bytes)
    target = lp + offset
    if element.total != replaced:
        memmove(target + element.total, target + replaced, old_bytes - offset - replaced)
        store32(lp, <uint32_t>new_bytes)
    memcpy(target, element.head, element.head_len)
    if element.text.len:
        memcpy(target + element.head_len, element.text.ptr, element.text.len)
    write_back_length(<uint8_t*>target + element.encoded, element.encoded)
    if replaced == 0:
        add_header_count(lp, 1)
    elif new_bytes < old_bytes:
        lp = give_back(lp)
    if at != NULL:
        at[0] = lp + offset
    return lp


cdef inline char* put_where(
    char* take_lp, const Encoded* element, char* p, int where, char** at
) noexcept nogil:
    cdef size_t offset = p - take_lp
    if where == LP_REPLACE:
        return put(take_lp, element, offset, lp_element_bytes(p), at)
    if where == LP_AFTER:
        offset += lp_element_bytes(p)
    return put(take_lp, element, offset, 0, at)


cdef char* lp_new(size_t capacity) noexcept nogil:
    """An empty listpack, with room for `capacity` bytes if the caller knows how many it will take."""
    cdef char* lp = <char*>mem_alloc(capacity if capacity > <size_t>LP_EMPTY_BYTES else <size_t>LP_EMPTY_BYTES)
    store32(lp, LP_EMPTY_BYTES)
    set_header_count(lp, 0)
    lp[LP_HEADER_BYTES] = <char>LP_END
    return lp


cdef void lp_free(char* take_lp) noexcept nogil:
    mem_free(take_lp)


cdef char* lp_copy(const char* lp) noexcept nogil:
    """A copy without slack."""
    cdef size_t size = lp_bytes(lp)
    cdef char* copy = <char*>mem_alloc(size)
    memcpy(copy, lp, size)
    return copy


cdef char* lp_shrink(char* take_lp) noexcept nogil:
    """Give the block's slack back, when the listpack will not grow for a while."""
    cdef size_t size = lp_bytes(take_lp)
    return <char*>mem_realloc(take_lp, size) if size < mem_size(take_lp) else take_lp


cdef char* lp_merge(char* take_first, char* take_second) noexcept nogil:
    """Append the elements of the second to the first; the second is freed."""
    cdef size_t count = lp_length(take_first) + lp_length(take_second)
    cdef size_t first_bytes = lp_bytes(take_first)
    cdef size_t added = lp_bytes(take_second) - LP_EMPTY_BYTES
    cdef char* lp = with_room(take_first, first_bytes + added)
    memcpy(lp + first_bytes - 1, take_second + LP_HEADER_BYTES, added + 1)
    store32(lp, <uint32_t>(first_bytes + added))
    set_header_count(lp, count)
    mem_free(take_second)
    return lp


cdef size_t lp_length(char* lp) noexcept nogil:
    """The number of elements. Walks if the header does not know it, and notes it there if it fits again."""
    cdef size_t count = header_count(lp)
    cdef const char* p = lp + LP_HEADER_BYTES
    if count != LP_COUNT_UNKNOWN:
        return count
    count = 0
    while <uint8_t>p[0] != LP_END:
        p += lp_element_bytes(p)
        count += 1
    set_header_count(lp, count)
    return count


cdef char* lp_first(char* lp) noexcept nogil:
    """The first element, or NULL."""
    return NULL if <uint8_t>lp[LP_HEADER_BYTES] == LP_END else lp + LP_HEADER_BYTES


cdef char* lp_last(char* lp) noexcept nogil:
    """The last element, or NULL."""
    return lp_prev(lp, lp + lp_bytes(lp) - 1)


cdef char* lp_prev(char* lp, const char* p) noexcept nogil:
    """The element before the one at `p` (or before the terminator), or NULL."""
    cdef size_t encoded
    if p == lp + LP_HEADER_BYTES:
        return NULL
    encoded = read_back_length(p)
    return <char*>p - encoded - lp_back_bytes(encoded)


cdef char* lp_seek(char* lp, long index) noexcept nogil:
    """The element at `index`, from the end if it is negative, or NULL; walks from the nearer end."""
    cdef long count = <long>header_count(lp)
    cdef char* p
    if count != LP_COUNT_UNKNOWN:
        if index >= count or index < -count:
            return NULL
        if index < 0 and index + count < count // 2:
            index += count
        elif index >= 0 and index >= count - count // 2:
            index -= count
    if index >= 0:
        p = lp_first(lp)
        while p != NULL and index > 0:
            p = lp_next(lp, p)
            index -= 1
        return p
    p = lp_last(lp)
    while p != NULL and index < -1:
        p = lp_prev(lp, p)
        index += 1
    return p


cdef inline bint same_text(View a, View b) noexcept nogil:
    """Whether two texts are equal. Names in one collection differ most often in their last byte: it comes first."""
    if a.len != b.len:
        return False
    if a.len == 0:
        return True
    return a.ptr[a.len - 1] == b.ptr[a.len - 1] and memcmp(a.ptr, b.ptr, a.len) == 0


cdef char* lp_find(char* lp, char* p, View element, unsigned int skip) noexcept nogil:
    """The first element from `p` on that equals `element`, or NULL; `skip` elements after each are not looked at.

    Integers are compared as such: the text is parsed once, nothing is printed.
    """
    cdef int64_t wanted = 0
    cdef int64_t number = 0
    cdef bint may_be_int = is_int(element, &wanted)
    cdef unsigned int left
    cdef View text
    if p == NULL:
        return NULL
    while <uint8_t>p[0] != LP_END:
        if lp_get(p, &text, &number):
            if may_be_int and number == wanted:
                return p
        elif same_text(text, element):
            return p
        p += lp_element_bytes(p)
        left = skip
        while left and <uint8_t>p[0] != LP_END:
            p += lp_element_bytes(p)
            left -= 1
    return NULL


cdef bint lp_equal(const char* p, View element) noexcept nogil:
    """Whether the element at `p` is the text `element`."""
    cdef int64_t number = 0
    cdef int64_t wanted = 0
    cdef View text
    if lp_get(p, &text, &number):
        return is_int(element, &wanted) and number == wanted
    return same_text(text, element)


cdef View lp_view(const char* p, char* buffer) noexcept nogil:
    """The element at `p` as text: in the block, or printed to `buffer` (LP_INT_BYTES) if it is an integer."""
    cdef int64_t number = 0
    cdef View text
    if lp_get(p, &text, &number):
        text.ptr = buffer
        text.len = format_int64(buffer, number)
    return text


cdef char* lp_insert(char* take_lp, View element, char* p, int where, char** at) noexcept nogil:
    """Put a text before, after or in the place of the element at `p`; `at` (or NULL) gets where it lies then."""
    cdef Encoded encoded
    encode(&encoded, element)
    return put_where(take_lp, &encoded, p, where, at)


cdef char* lp_insert_int(char* take_lp, int64_t number, char* p, int where, char** at) noexcept nogil:
    """As `lp_insert`, of an integer."""
    cdef Encoded encoded
    encode_int(&encoded, number)
    return put_where(take_lp, &encoded, p, where, at)


cdef char* lp_append(char* take_lp, View element) noexcept nogil:
    cdef Encoded encoded
    encode(&encoded, element)
    return put(take_lp, &encoded, lp_bytes(take_lp) - 1, 0, NULL)


cdef char* lp_append_int(char* take_lp, int64_t number) noexcept nogil:
    cdef Encoded encoded
    encode_int(&encoded, number)
    return put(take_lp, &encoded, lp_bytes(take_lp) - 1, 0, NULL)


cdef char* lp_prepend(char* take_lp, View element) noexcept nogil:
    cdef Encoded encoded
    encode(&encoded, element)
    return put(take_lp, &encoded, LP_HEADER_BYTES, 0, NULL)


cdef char* lp_prepend_int(char* take_lp, int64_t number) noexcept nogil:
    cdef Encoded encoded
    encode_int(&encoded, number)
    return put(take_lp, &encoded, LP_HEADER_BYTES, 0, NULL)


cdef char* lp_replace(char* take_lp, char** p, View element) noexcept nogil:
    """Put a text in the place of the element at `p`, which follows the block."""
    return lp_insert(take_lp, element, p[0], LP_REPLACE, p)


cdef char* lp_replace_int(char* take_lp, char** p, int64_t number) noexcept nogil:
    """Put an integer in the place of the element at `p`, which follows the block."""
    return lp_insert_int(take_lp, number, p[0], LP_REPLACE, p)


cdef char* lp_delete_range_at(char* take_lp, char** p, size_t count) noexcept nogil:
    """Delete up to `count` elements from `p` on; `p` becomes what follows them, or NULL."""
    cdef char* lp = take_lp
    cdef char* start = p[0]
    cdef char* end = start
    cdef size_t offset = start - lp
    cdef size_t old_bytes = lp_bytes(lp)
    cdef size_t deleted = 0
    while deleted < count and <uint8_t>end[0] != LP_END:
        end += lp_element_bytes(end)
        deleted += 1
    if deleted:
        memmove(start, end, old_bytes - (end - lp))
        store32(lp, <uint32_t>(old_bytes - (end - start)))
        add_header_count(lp, 0 - deleted)
        lp = give_back(lp)
    p[0] = NULL if <uint8_t>lp[offset] == LP_END else lp + offset
    return lp


cdef char* lp_delete(char* take_lp, char* p, char** following) noexcept nogil:
    """Delete the element at `p`; `following` (or NULL) gets the element after it, or NULL at the end."""
    cdef char* lp = lp_delete_range_at(take_lp, &p, 1)
    if following != NULL:
        following[0] = p
    return lp


cdef char* lp_delete_range(char* take_lp, long index, size_t count) noexcept nogil:
    """Delete up to `count` elements from `index` on; nothing if there is no such element."""
    cdef char* p = lp_seek(take_lp, index)
    return take_lp if p == NULL else lp_delete_range_at(take_lp, &p, count)


cdef size_t lp_size_estimate(View element) noexcept nogil:
    """How many bytes `element` takes in a listpack."""
    cdef Encoded encoded
    encode(&encoded, element)
    return encoded.total


cdef size_t checked_element_bytes(const char* p, size_t room) noexcept nogil:
    """The whole size of the element at `p`, or 0 if it is none or does not lie within `room` bytes (1 or more)."""
    cdef uint8_t first = <uint8_t>p[0]
    cdef size_t head = 1
    cdef size_t total
    if first > 0xF4:
        return 0
    if first == 0xF0:
        head = 5
    elif first >= 0xE0 and first < 0xF0:
        head = 2
    if head > room:
        return 0
    total = lp_element_bytes(p)
    if total > room:
        return 0
    head = read_back_length(p + total)
    return total if head + lp_back_bytes(head) == total else 0


cdef bint lp_valid(const char* data, size_t size, bint deep, size_t* count) noexcept nogil:
    """Whether `size` bytes are a listpack; never reads beyond them. `count` (or NULL) gets the number of elements.

    Without `deep` only the ends are looked at, and the count is the header's. With it each element is: what passes can
    be walked both ways and changed safely. As in redis-server an element may be encoded longer than it had to be.
    """
    cdef size_t at = LP_HEADER_BYTES
    cdef size_t found = 0
    cdef size_t step
    if size < LP_EMPTY_BYTES or lp_bytes(data) != size or <uint8_t>data[size - 1] != LP_END:
        return False
    if not deep:
        found = header_count(data)
    else:
        while at < size - 1:
            step = checked_element_bytes(data + at, size - 1 - at)
            if step == 0:
                return False
            at += step
            found += 1
        if header_count(data) != LP_COUNT_UNKNOWN and header_count(data) != found:
            return False
    if count != NULL:
        count[0] = found
    return True


cdef inline View view_of(bytes text):
    cdef View view
    view.ptr = text
    view.len = len(text)
    return view


cdef object element_at(const char* p):
    cdef char buffer[LP_INT_BYTES]
    cdef View text = lp_view(p, buffer)
    return text.ptr[:text.len]


cdef class Pack:
    """Test face: one listpack, addressed by indices."""

    cdef char* lp                       # owned

    def __cinit__(self, bytes data=None):
        cdef size_t size
        if data is None:
            self.lp = lp_new(0)
            return
        size = len(data)
        if not lp_valid(data, size, True, NULL):
            raise ValueError("not a listpack")
        self.lp = <char*>mem_alloc(size)
        memcpy(self.lp, <const char*>data, size)

    def __dealloc__(self):
        lp_free(self.lp)

    def __len__(self):
        return lp_length(self.lp)

    def block_bytes(self) -> int:
        return mem_size(self.lp)

    def raw(self) -> bytes:
        return self.lp[:lp_bytes(self.lp)]

    def forward(self) -> list[bytes]:
        cdef list found = []
        cdef char* p = lp_first(self.lp)
        while p != NULL:
            found.append(element_at(p))
            p = lp_next(self.lp, p)
        return found

    def backward(self) -> list[bytes]:
        cdef list found = []
        cdef char* p = lp_last(self.lp)
        while p != NULL:
            found.append(element_at(p))
            p = lp_prev(self.lp, p)
        return found

    def integers(self) -> list[int | None]:
        """For each element its value if it is stored as an integer."""
        cdef list found = []
        cdef int64_t number = 0
        cdef View text
        cdef char* p = lp_first(self.lp)
        while p != NULL:
            found.append(number if lp_get(p, &text, &number) else None)
            p = lp_next(self.lp, p)
        return found

    cdef char* at(self, long index) except NULL:
        cdef char* p = lp_seek(self.lp, index)
        if p == NULL:
            raise IndexError(index)
        return p

    def seek(self, index: int) -> bytes | None:
        cdef char* p = lp_seek(self.lp, index)
        return None if p == NULL else element_at(p)

    def insert(self, index: int, where: int, element: bytes | int) -> bytes:
        """Insert, and return what lies at the address handed out."""
        cdef char* p = self.at(index)
        if isinstance(element, int):
            self.lp = lp_insert_int(self.lp, element, p, where, &p)
        else:
            self.lp = lp_insert(self.lp, view_of(element), p, where, &p)
        return element_at(p)

    def replace(self, index: int, element: bytes | int) -> bytes:
        cdef char* p = self.at(index)
        if isinstance(element, int):
            self.lp = lp_replace_int(self.lp, &p, element)
        else:
            self.lp = lp_replace(self.lp, &p, view_of(element))
        return element_at(p)

    def append(self, element: bytes | int) -> None:
        if isinstance(element, int):
            self.lp = lp_append_int(self.lp, element)
        else:
            self.lp = lp_append(self.lp, view_of(element))

    def prepend(self, element: bytes | int) -> None:
        if isinstance(element, int):
            self.lp = lp_prepend_int(self.lp, element)
        else:
            self.lp = lp_prepend(self.lp, view_of(element))

    def delete(self, index: int) -> bytes | None:
        """Delete, and return the element that follows."""
        cdef char* following = NULL
        self.lp = lp_delete(self.lp, self.at(index), &following)
        return None if following == NULL else element_at(following)

    def delete_range(self, index: int, count: int) -> None:
        self.lp = lp_delete_range(self.lp, index, count)

    def find(self, element: bytes, index: int = 0, skip: int = 0) -> int | None:
        """The index of the element found, which `lp_equal` must confirm."""
        cdef View text = view_of(element)
        cdef char* found = lp_find(self.lp, lp_seek(self.lp, index), text, skip)
        cdef char* p = lp_first(self.lp)
        cdef int position = 0
        if found == NULL:
            return None
        if not lp_equal(found, text):
            raise AssertionError("found what is not equal")
        while p != found:
            p = lp_next(self.lp, p)
            position += 1
        return position

    def equal(self, index: int, element: bytes) -> bool:
        return lp_equal(self.at(index), view_of(element))

    def merge(self, Pack other) -> None:
        """Append a copy of `other`."""
        self.lp = lp_merge(self.lp, lp_copy(other.lp))

    def shrink(self) -> None:
        self.lp = lp_shrink(self.lp)

    def fits(self, added: int) -> bool:
        return lp_fits(self.lp, added)


def valid(data: bytes, deep: bool) -> int | None:
    """Test face of `lp_valid`: the count, or None if it is no listpack."""
    cdef size_t count = 0
    return count if lp_valid(data, len(data), deep, &count) else None


def size_estimate(element: bytes) -> int:
    """Test face of `lp_size_estimate`."""
    return lp_size_estimate(view_of(element))
