"""LZF, the compression of strings in RDB files and DUMP payloads. Pure functions over the caller's buffers.

The format (Lehmann's liblzf): a control byte, and what it says follows.

    000nnnnn                    n + 1 bytes as they are
    lllooooo oooooooo           l + 2 bytes (l from 1 to 6) that were already put out, o + 1 bytes before the end
    111ooooo llllllll oooooooo  l + 9 of them

`lzf_compress` finds repetitions as liblzf's "very fast" configuration does, which is redis-server's, so that the same
string becomes the same bytes: one slot for each hash of three bytes remembers where they were seen last, positions
inside of a repetition but its last two are not entered, and the first position is never referred to. What it remembers
of earlier inputs is told from the current one by `Lzf.base`, which saves clearing 256 KiB for every short string.

`lzf_expand` reads what strangers sent: each control byte is checked against both buffers before anything is copied.
"""

from libc.stdint cimport UINT32_MAX, uint8_t, uint32_t
from libc.string cimport memcpy, memset

from autocache.memory.alloc cimport mem_alloc, mem_free, mem_zalloc

cdef enum:
    LITERALS_MAX = 32
    OFFSET_MAX = 8192
    REPEAT_MAX = 264
    REPEAT_UNCHECKED = 16               # see `repeat_length`
    SHORT_REPEAT = 7                    # up to this the length fits into the control byte


cdef struct Packer:                     # a compression in progress
    const uint8_t* data
    size_t length
    uint8_t* target
    size_t room
    size_t put                          # bytes written, the place for the current run's control byte included
    size_t literals                     # bytes of the current run


cdef inline uint32_t slot_of(const uint8_t* p) noexcept nogil:
    """The hash of three bytes."""
    cdef uint32_t h = (<uint32_t>p[0] << 16) | (<uint32_t>p[1] << 8) | p[2]
    return ((h >> 8) - h * 5) & (LZF_SLOTS - 1)


cdef inline void end_run(Packer* pack) noexcept nogil:
    """Write the control byte of the run of literals; give its place back if there are none."""
    if pack.literals:
        pack.target[pack.put - pack.literals - 1] = <uint8_t>(pack.literals - 1)
    else:
        pack.put -= 1


cdef inline void start_run(Packer* pack) noexcept nogil:
    pack.literals = 0
    pack.put += 1


cdef inline void put_literal(Packer* pack, size_t at) noexcept nogil:
    pack.target[pack.put] = pack.data[at]
    pack.put += 1
    pack.literals += 1
    if pack.literals == LITERALS_MAX:
        end_run(pack)
        start_run(pack)


cdef inline size_t repeat_length(const uint8_t* data, size_t ref, size_t at, size_t length) noexcept nogil:
    """How many bytes from `at` are those from `ref`; three are.

    liblzf compares the first sixteen after those without looking at its own limit, which counts from the third byte.
    Of repetitions that end with the input it so takes one or two bytes more than the limit says; so must we.
    """
    cdef size_t limit = min(<size_t>REPEAT_MAX, length - at - 2)
    cdef size_t same = 2
    if limit > REPEAT_UNCHECKED:
        while same < REPEAT_UNCHECKED + 2:
            same += 1
            if data[ref + same] != data[at + same]:
                return same
    same += 1
    while same < limit and data[ref + same] == data[at + same]:
        same += 1
    return same


cdef inline void put_repeat(Packer* pack, size_t offset, size_t length) noexcept nogil:
    """A reference to bytes `offset + 1` before; `length` is two less than how many."""
    if length < SHORT_REPEAT:
        pack.target[pack.put] = <uint8_t>((offset >> 8) + (length << 5))
    else:
        pack.target[pack.put] = <uint8_t>((offset >> 8) + (SHORT_REPEAT << 5))
        pack.target[pack.put + 1] = <uint8_t>(length - SHORT_REPEAT)
        pack.put += 1
    pack.target[pack.put + 1] = <uint8_t>offset
    pack.put += 2


cdef inline bint same_three(const uint8_t* a, const uint8_t* b) noexcept nogil:
    return a[0] == b[0] and a[1] == b[1] and a[2] == b[2]


cdef size_t lzf_compress(Lzf* lzf, const char* data, size_t length, char* target, size_t room) noexcept nogil:
    """Compress into `target`, which has `room`; returns how many bytes that took, or 0 if it did not fit."""
    cdef Packer pack
    cdef size_t at = 0
    cdef size_t ref, same
    cdef uint32_t slot, base
    if length == 0 or room == 0 or length > UINT32_MAX // 2:
        return 0
    if lzf.base > UINT32_MAX - <uint32_t>length:
        memset(lzf, 0, sizeof(Lzf))
    base = lzf.base
    lzf.base += <uint32_t>length
    pack.data = <const uint8_t*>data
    pack.length = length
    pack.target = <uint8_t*>target
    pack.room = room
    pack.put = 0
    start_run(&pack)
    while at + 2 < length:
        slot = slot_of(pack.data + at)
        # A slot of an earlier input, and one for the first position, count as empty.
        ref = lzf.slots[slot] - base if lzf.slots[slot] > base else 0
        lzf.slots[slot] = base + <uint32_t>at
        if ref == 0 or at - ref > OFFSET_MAX or not same_three(pack.data + ref, pack.data + at):
            if pack.put >= room:
                return 0
            put_literal(&pack, at)
            at += 1
            continue
        if pack.put - (pack.literals == 0) + 4 >= room:
            return 0
        same = repeat_length(pack.data, ref, at, length)
        end_run(&pack)
        put_repeat(&pack, at - ref - 1, same - 2)
        start_run(&pack)
        at += same
        if at + 2 >= length:
            break
        lzf.slots[slot_of(pack.data + at - 2)] = base + <uint32_t>(at - 2)
        lzf.slots[slot_of(pack.data + at - 1)] = base + <uint32_t>(at - 1)
    # At most three bytes are left, or two and a control byte.
    if pack.put + 3 > room:
        return 0
    while at < length:
        put_literal(&pack, at)
        at += 1
    end_run(&pack)
    return pack.put


cdef bint lzf_expand(const char* data, size_t length, char* target, size_t expected) noexcept nogil:
    """Expand into `target`; True if the data is sound and became exactly `expected` bytes."""
    cdef const uint8_t* at = <const uint8_t*>data
    cdef const uint8_t* end = at + length
    cdef size_t put = 0
    cdef size_t count, offset, i
    while at < end:
        count = at[0]
        at += 1
        if count < LITERALS_MAX:
            count += 1
            if count > <size_t>(end - at) or count > expected - put:
                return False
            memcpy(target + put, at, count)
            at += count
            put += count
            continue
        offset = (count & 31) << 8
        count >>= 5
        if <size_t>(end - at) < <size_t>1 + (count == SHORT_REPEAT):
            return False
        if count == SHORT_REPEAT:
            count += at[0]
            at += 1
        count += 2
        offset += <size_t>at[0] + 1
        at += 1
        if offset > put or count > expected - put:
            return False
        # What is repeated may overlap with what it becomes.
        for i in range(count):
            target[put + i] = target[put + i - offset]
        put += count
    return put == expected


def compress(data: bytes, room: int) -> bytes | None:
    """Python's face of `lzf_compress`."""
    cdef Lzf* lzf = <Lzf*>mem_zalloc(sizeof(Lzf))
    cdef char* target = <char*>mem_alloc(room + 1)
    cdef size_t length = lzf_compress(lzf, data, len(data), target, room)
    try:
        return target[:length] if length else None
    finally:
        mem_free(target)
        mem_free(lzf)


def expand(data: bytes, expected: int) -> bytes | None:
    """Python's face of `lzf_expand`."""
    cdef char* target = <char*>mem_alloc(expected + 1)
    try:
        return target[:expected] if lzf_expand(data, len(data), target, expected) else None
    finally:
        mem_free(target)
