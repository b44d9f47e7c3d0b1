"""Bits of strings: counting, finding and combining them, and integers of any width among them. Pure: no
allocation, and nothing outside the given bytes is read.

Bit 0 is the highest bit of byte 0, so the bits of a string in their order are its bytes written in binary.
Long strings are worked on in words of 64 bits. The loops of BITOP are left to the compiler, which makes vector
instructions of them; counting asks for the processor's own instruction where there is one, which a build for
any x86-64 may use only in a function that says so and only after asking the processor.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint64_t
from libc.string cimport memset

from autocache.base.bytes cimport load64

cdef extern from *:
    """
    #if defined(__x86_64__)
    #define AC_POPCNT __attribute__((target("popcnt")))
    #define ac_has_popcount() __builtin_cpu_supports("popcnt")
    #else
    #define AC_POPCNT
    #define ac_has_popcount() 0
    #endif
    /* Four sums, so that no addition waits for the one before. */
    #define AC_COUNT_WORDS                                                                  \\
        uint64_t a = 0, b = 0, c = 0, d = 0;                                                \\
        size_t i = 0;                                                                       \\
        for (; i + 4 <= words; i += 4) {                                                    \\
            a += __builtin_popcountll(ac_load64(p + 8 * i));                                \\
            b += __builtin_popcountll(ac_load64(p + 8 * i + 8));                            \\
            c += __builtin_popcountll(ac_load64(p + 8 * i + 16));                           \\
            d += __builtin_popcountll(ac_load64(p + 8 * i + 24));                           \\
        }                                                                                   \\
        for (; i < words; i++) a += __builtin_popcountll(ac_load64(p + 8 * i));             \\
        return a + b + c + d;
    AC_POPCNT static uint64_t ac_count_popcnt(const uint8_t *p, size_t words) { AC_COUNT_WORDS }
    static uint64_t ac_count_plain(const uint8_t *p, size_t words) { AC_COUNT_WORDS }
    static inline uint64_t ac_count(const uint8_t *p, size_t words) {
        return ac_has_popcount() ? ac_count_popcnt(p, words) : ac_count_plain(p, words);
    }
    #define ac_bits(word) __builtin_popcountll(word)
    #define ac_leading_zeros(word) __builtin_clzll(word)
    #define ac_swap(word) __builtin_bswap64(word)
    #define ac_add_overflows(a, b, sum) __builtin_add_overflow(a, b, sum)
    """
    uint64_t count_words "ac_count"(const uint8_t* p, size_t words) noexcept nogil
    int count_bits "ac_bits"(uint64_t word) noexcept nogil
    int leading_zeros "ac_leading_zeros"(uint64_t word) noexcept nogil
    uint64_t swap_bytes "ac_swap"(uint64_t word) noexcept nogil
    bint add_overflows "ac_add_overflows"(int64_t a, int64_t b, int64_t* sum) noexcept nogil

cdef enum:
    WORD_BYTES = 8


# --- runs of bits


cdef inline uint8_t head_mask(uint64_t first) noexcept nogil:
    """The bits of a byte from that of position `first` on."""
    return <uint8_t>(0xFF >> (first & 7))


cdef inline uint8_t tail_mask(uint64_t last) noexcept nogil:
    """The bits of a byte up to that of position `last`."""
    return <uint8_t>(0xFF << (7 - (last & 7)))


cdef uint64_t bits_count(const uint8_t* bytes, uint64_t first, uint64_t last) noexcept nogil:
    """How many bits are set from position `first` to `last`, both included; `first` is not above `last`."""
    cdef size_t start = first >> 3
    cdef size_t end = last >> 3
    cdef size_t words
    cdef uint64_t count
    if start == end:
        return count_bits(bytes[start] & head_mask(first) & tail_mask(last))
    count = count_bits(bytes[start] & head_mask(first)) + count_bits(bytes[end] & tail_mask(last))
    start += 1
    words = (end - start) // WORD_BYTES
    count += count_words(bytes + start, words)
    for start in range(start + words * WORD_BYTES, end):
        count += count_bits(bytes[start])
    return count


cdef inline int64_t first_in_byte(size_t at, uint8_t byte) noexcept nogil:
    """The position of the first set bit of a byte, which has one."""
    return <int64_t>at * 8 + leading_zeros(byte) - 56


cdef int64_t bits_find(const uint8_t* bytes, uint64_t first, uint64_t last, bint bit) noexcept nogil:
    """The first position from `first` to `last`, both included, where there is such a bit, or -1.

    A clear bit is looked for as a set bit of the inverted bytes.
    """
    cdef uint64_t flip = 0 if bit else ~<uint64_t>0
    cdef size_t at = first >> 3
    cdef size_t end = last >> 3
    cdef uint64_t word
    cdef uint8_t byte = (bytes[at] ^ <uint8_t>flip) & head_mask(first)
    while at < end:
        if byte:
            return first_in_byte(at, byte)
        at += 1
        while end - at >= WORD_BYTES:
            word = load64(bytes + at) ^ flip
            if word:
                return <int64_t>at * 8 + leading_zeros(swap_bytes(word))
            at += WORD_BYTES
        byte = bytes[at] ^ <uint8_t>flip
    byte &= tail_mask(last)
    return first_in_byte(at, byte) if byte else -1


# --- combining


cdef void bits_combine(int operation, uint8_t* target, const uint8_t* source, size_t length) noexcept nogil:
    """Combine the bits of `source` into those of `target`."""
    cdef size_t i
    if operation == BITS_AND:
        for i in range(length):
            target[i] &= source[i]
    elif operation == BITS_OR:
        for i in range(length):
            target[i] |= source[i]
    else:
        for i in range(length):
            target[i] ^= source[i]


cdef void bits_invert(uint8_t* target, const uint8_t* source, size_t length) noexcept nogil:
    cdef size_t i
    for i in range(length):
        target[i] = ~source[i]


# --- fields


cdef int64_t field_get(const uint8_t* bytes, size_t length, const Field* field) noexcept nogil:
    """The integer in a field; bits behind the end of the string are zero."""
    cdef uint64_t value = 0
    cdef uint64_t bit = field.offset
    cdef int left = field.width
    cdef int take, room
    cdef uint8_t byte
    while left:
        room = 8 - <int>(bit & 7)
        take = min(room, left)
        byte = bytes[bit >> 3] if bit >> 3 < length else 0
        value = (value << take) | ((byte >> (room - take)) & ((1 << take) - 1))
        bit += take
        left -= take
    if field.is_signed and field.width < 64 and value >> (field.width - 1):
        value |= ~<uint64_t>0 << field.width
    return <int64_t>value


cdef void field_set(uint8_t* bytes, const Field* field, int64_t value) noexcept nogil:
    """Store the low bits of an integer in a field, all of whose bytes must be there."""
    cdef uint64_t bit = field.offset
    cdef int left = field.width
    cdef int take, room, mask
    cdef uint8_t part
    while left:
        room = 8 - <int>(bit & 7)
        take = min(room, left)
        left -= take
        mask = ((1 << take) - 1) << (room - take)
        part = <uint8_t>((<uint64_t>value >> left) << (room - take))
        bytes[bit >> 3] = (bytes[bit >> 3] & <uint8_t>~mask) | (part & <uint8_t>mask)
        bit += take


cdef inline int64_t field_max(const Field* field) noexcept nogil:
    return <int64_t>((<uint64_t>1 << (field.width - 1 if field.is_signed else field.width)) - 1)


cdef bint field_fit(
    const Field* field, int64_t value, int64_t increment, int policy, int64_t* result
) noexcept nogil:
    """Add two numbers for a field. True if it can hold the sum; else `policy` says what the result is.

    A negative value (not a sum) for an unsigned field is one far too large: BITFIELD takes it as its 64 bits. A value
    that is less than the field's highest number by 2^63 or more counts as too large, too: redis-server's room for
    increments wraps there, and its clients see it with OVERFLOW SAT.
    """
    cdef int64_t most = field_max(field)
    cdef int64_t least = -most - 1 if field.is_signed else 0
    cdef int64_t total
    cdef bint above, below
    if not field.is_signed and value < 0:
        total = <int64_t>(<uint64_t>value + <uint64_t>increment)
        above = True
        below = False
    elif add_overflows(value, increment, &total):
        above = increment > 0
        below = not above
    else:
        above = total > most or (field.width < 64 and value < most - INT64_MAX)
        below = total < least
    result[0] = total
    if not above and not below:
        return True
    if policy == OVERFLOW_SATURATE:
        result[0] = most if above else least
    elif policy == OVERFLOW_WRAP:
        result[0] = wrapped(field, <uint64_t>total)
    return False


cdef int64_t wrapped(const Field* field, uint64_t value) noexcept nogil:
    """What a field holds after the low bits of a number were stored in it."""
    cdef Field alone
    cdef uint8_t bytes[8]
    memset(bytes, 0, sizeof(bytes))
    alone = field[0]
    alone.offset = 0
    field_set(bytes, &alone, <int64_t>value)
    return field_get(bytes, sizeof(bytes), &alone)


# --- for tests


def count(data: bytes, first: int, last: int) -> int:
    """Test face of `bits_count`."""
    if not 0 <= first <= last < len(data) * 8:
        raise IndexError(first, last)
    return bits_count(<const uint8_t*><const char*>data, first, last)


def find(data: bytes, first: int, last: int, bit: bool) -> int:
    """Test face of `bits_find`."""
    if not 0 <= first <= last < len(data) * 8:
        raise IndexError(first, last)
    return bits_find(<const uint8_t*><const char*>data, first, last, bit)


cdef Field field_of(object offset, int width, bint is_signed) except *:
    cdef Field field
    if not 1 <= width <= (64 if is_signed else 63):
        raise ValueError(width)
    field.offset = offset
    field.width = width
    field.is_signed = is_signed
    return field


def get_field(data: bytes, offset: int, width: int, is_signed: bool) -> int:
    """Test face of `field_get`."""
    cdef Field field = field_of(offset, width, is_signed)
    return field_get(<const uint8_t*><const char*>data, len(data), &field)


def set_field(data: bytes, offset: int, width: int, is_signed: bool, value: int) -> bytes:
    """Test face of `field_set`: the changed bytes."""
    cdef Field field = field_of(offset, width, is_signed)
    cdef bytearray copy = bytearray(data)
    if offset + width > len(data) * 8:
        raise IndexError(offset)
    field_set(<uint8_t*><char*>copy, &field, value)
    return bytes(copy)


def fit_field(width: int, is_signed: bool, value: int, increment: int, policy: int) -> tuple[bool, int]:
    """Test face of `field_fit`."""
    cdef Field field = field_of(0, width, is_signed)
    cdef int64_t result = 0
    fits = field_fit(&field, value, increment, policy, &result)
    return fits, result
