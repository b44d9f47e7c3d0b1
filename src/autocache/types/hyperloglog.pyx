"""HyperLogLogs: how many different elements a set has, to a standard error of 0.81 %, in at most 12 KB.

A hash of 64 bits spreads elements over 16384 registers by its low 14 bits; a register keeps the highest rank
seen, which is the number of zeros at the low end of the other 50 bits, and one. The count is estimated from how
many registers have which rank (Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017,
arXiv 1702.01284, algorithm 6), which needs no table of corrections.

The bytes are those of redis-server: a client reads them with GET, and they must be the same after the same
commands. The header is `HYLL`, the encoding, three zeros, and the last count (8 bytes, low byte first), whose
highest bit says that it is out of date. Then, dense, the registers, 6 bits each, from the low bits of each
byte up. Or, sparse, operations that say register after register what is in it:

    00nnnnnn            n + 1 registers are zero
    01nnnnnn nnnnnnnn   n + 1 registers are zero
    1rrrrrnn            n + 1 registers have rank r + 1

So a sparse one has no rank over 32 and no run of equal ranks over 4. An element changes one operation, which
is split in up to three; then neighbours of equal rank are merged, from the operation before the changed one,
over five operations at most: whether more could be merged is redis-server's choice, too.

A string may hold anything: clients write it with SET. `hll_is_valid` is asked first; after that a dense one is
right whatever its bits, and operations of a sparse one that cover more or fewer registers than there are, or
end too early, are reported as corrupt. Nothing here allocates; the caller makes room.
"""

from libc.math cimport INFINITY, llroundl, sqrt
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset

from autocache.base.bytes cimport View, load64

cdef extern from *:
    """
    #define ac_trailing_zeros(word) __builtin_ctzll(word)
    """
    int trailing_zeros "ac_trailing_zeros"(uint64_t word) noexcept nogil

cdef enum:
    INDEX_BITS = 14
    RANK_BITS_MAX = 50                  # of the hash, that are counted
    REGISTER_BITS = 6
    REGISTER_MAX = 63
    HISTOGRAM = 64

    AT_ENCODING = 4
    AT_COUNT = 8
    STALE = 0x80                        # in the last byte of the count

    LONG_ZEROS = 0x40
    RANKED = 0x80
    SHORT_RUN_MAX = 64
    RANKED_RUN_MAX = 4
    SPARSE_RANK_MAX = 32
    MERGE_STEPS = 5

    HASH_SEED = 0xADC83B19
    SELF_TEST_ELEMENTS = 20000

cdef struct Operation:                  # one of a sparse string
    int bytes
    int rank                            # 0: the registers are zero
    uint32_t run

cdef uint64_t HASH_FACTOR = 0xC6A4A7935BD1E995
cdef double ALPHA = 0.721347520444481703680         # 1 / (2 ln 2)


# --- elements


cdef uint64_t murmur64(const char* data, size_t length, uint64_t seed) noexcept nogil:
    """MurmurHash2 for 64 bits, variant A, by Austin Appleby, who placed it in the public domain."""
    cdef uint64_t value = seed ^ (length * HASH_FACTOR)
    cdef uint64_t word
    cdef size_t i
    cdef size_t rest = length & 7
    for i in range(length >> 3):
        word = load64(data + 8 * i) * HASH_FACTOR
        word ^= word >> 47
        value = (value ^ (word * HASH_FACTOR)) * HASH_FACTOR
    if rest:
        word = 0
        memcpy(&word, data + (length - rest), rest)
        value = (value ^ word) * HASH_FACTOR
    value ^= value >> 47
    value *= HASH_FACTOR
    return value ^ (value >> 47)


cdef Element hll_element(View element) noexcept nogil:
    """The register that an element belongs to, and its rank."""
    cdef Element result
    cdef uint64_t value = murmur64(element.ptr, element.len, HASH_SEED)
    result.index = <uint32_t>(value & (HLL_REGISTERS - 1))
    # The bit behind the counted ones ends the count.
    result.rank = <uint8_t>(trailing_zeros(value >> INDEX_BITS | <uint64_t>1 << RANK_BITS_MAX) + 1)
    return result


# --- header


cdef bint hll_is_valid(View value) noexcept nogil:
    """Whether a string has the header of a HyperLogLog, and, if it is a dense one, the length."""
    if value.len < HLL_HEADER_BYTES or memcmp(value.ptr, b"HYLL", 4) != 0:
        return False
    if hll_encoding(value) == HLL_DENSE:
        return value.len == HLL_DENSE_BYTES
    return hll_encoding(value) == HLL_SPARSE


cdef int hll_encoding(View value) noexcept nogil:
    return <uint8_t>value.ptr[AT_ENCODING]


cdef bint hll_cached(View value, uint64_t* count) noexcept nogil:
    """The last count, if it still holds."""
    count[0] = load64(value.ptr + AT_COUNT)
    return not count[0] >> 63


cdef void hll_cache(uint8_t* hll, uint64_t count) noexcept nogil:
    memcpy(hll + AT_COUNT, &count, sizeof(count))


cdef void hll_invalidate(uint8_t* hll) noexcept nogil:
    hll[AT_COUNT + 7] |= STALE


cdef void hll_make_empty(uint8_t* hll) noexcept nogil:
    """Fill `HLL_EMPTY_BYTES` with a sparse one that has no elements."""
    memset(hll, 0, HLL_HEADER_BYTES)
    memcpy(hll, b"HYLL", 4)
    hll[AT_ENCODING] = HLL_SPARSE
    put_zeros(hll + HLL_HEADER_BYTES, HLL_REGISTERS)


# --- dense


cdef inline int dense_get(const uint8_t* registers, uint32_t index) noexcept nogil:
    cdef size_t at = index * REGISTER_BITS >> 3
    cdef int shift = index * REGISTER_BITS & 7
    cdef int pair = registers[at]
    # A register that fits into its first byte may be the last one: then there is no second byte.
    if shift > 8 - REGISTER_BITS:
        pair |= registers[at + 1] << 8
    return pair >> shift & REGISTER_MAX


cdef inline void dense_set(uint8_t* registers, uint32_t index, int rank) noexcept nogil:
    cdef size_t at = index * REGISTER_BITS >> 3
    cdef int shift = index * REGISTER_BITS & 7
    registers[at] = <uint8_t>(registers[at] & ~(REGISTER_MAX << shift) | rank << shift)
    if shift > 8 - REGISTER_BITS:
        registers[at + 1] = <uint8_t>(registers[at + 1] & ~(REGISTER_MAX >> (8 - shift)) | rank >> (8 - shift))


cdef bint hll_dense_add(uint8_t* hll, Element element) noexcept nogil:
    """Add an element to a dense one; whether that changed it."""
    cdef uint8_t* registers = hll + HLL_HEADER_BYTES
    if dense_get(registers, element.index) >= element.rank:
        return False
    dense_set(registers, element.index, element.rank)
    return True


cdef void hll_make_dense(uint8_t* hll, const uint8_t* registers) noexcept nogil:
    """Make a string of `HLL_DENSE_BYTES` a dense one, from one byte for each register; the count stays.

    Four registers are three bytes.
    """
    cdef uint8_t* at = hll + HLL_HEADER_BYTES
    cdef const uint8_t* four
    cdef uint32_t bits
    cdef int i
    hll[AT_ENCODING] = HLL_DENSE
    for i in range(HLL_REGISTERS // 4):
        four = registers + 4 * i
        bits = four[0] | four[1] << 6 | four[2] << 12 | four[3] << 18
        at[3 * i] = <uint8_t>bits
        at[3 * i + 1] = <uint8_t>(bits >> 8)
        at[3 * i + 2] = <uint8_t>(bits >> 16)


cdef void dense_merge(const uint8_t* packed, uint8_t* registers) noexcept nogil:
    """Raise each of the registers (a byte each) to what the packed ones have."""
    cdef uint32_t bits
    cdef uint8_t rank
    cdef int i, j
    for i in range(HLL_REGISTERS // 4):
        bits = packed[3 * i] | packed[3 * i + 1] << 8 | packed[3 * i + 2] << 16
        for j in range(4):
            rank = <uint8_t>(bits >> (REGISTER_BITS * j) & REGISTER_MAX)
            registers[4 * i + j] = max(registers[4 * i + j], rank)


# --- sparse


cdef inline bint read_operation(const uint8_t* at, const uint8_t* end, Operation* operation) noexcept nogil:
    """Read an operation, of which there is one byte at least; False if the second one is missing."""
    if at[0] & RANKED:
        operation.bytes = 1
        operation.rank = (at[0] >> 2 & 0x1F) + 1
        operation.run = (at[0] & 3) + 1
        return True
    operation.rank = 0
    if not at[0] & LONG_ZEROS:
        operation.bytes = 1
        operation.run = (at[0] & 0x3F) + 1
        return True
    if end - at < 2:
        return False
    operation.bytes = 2
    operation.run = ((at[0] & 0x3F) << 8 | at[1]) + 1
    return True


cdef inline int put_zeros(uint8_t* at, uint32_t run) noexcept nogil:
    """Write an operation for a run of zeros, in its shortest form; returns its length, 0 for none."""
    if run == 0:
        return 0
    if run <= SHORT_RUN_MAX:
        at[0] = <uint8_t>(run - 1)
        return 1
    at[0] = <uint8_t>(LONG_ZEROS | (run - 1) >> 8)
    at[1] = <uint8_t>(run - 1)
    return 2


cdef inline int put_ranked(uint8_t* at, int rank, uint32_t run) noexcept nogil:
    if run == 0:
        return 0
    at[0] = <uint8_t>(RANKED | (rank - 1) << 2 | (run - 1))
    return 1


cdef inline int put_run(uint8_t* at, int rank, uint32_t run) noexcept nogil:
    return put_ranked(at, rank, run) if rank else put_zeros(at, run)


cdef int hll_sparse_plan(View value, Element element, Splice* splice) noexcept nogil:
    """What adding an element to a sparse one does (HLL_*), and how; nothing is changed yet."""
    cdef const uint8_t* start = <const uint8_t*>value.ptr
    cdef const uint8_t* end = start + value.len
    cdef const uint8_t* at = start + HLL_HEADER_BYTES
    cdef const uint8_t* previous = at
    cdef Operation operation
    cdef uint8_t* target = splice.bytes
    cdef uint64_t first = 0
    cdef uint32_t byte, run, before
    cdef int length
    if element.rank > SPARSE_RANK_MAX:
        return HLL_TOO_LARGE
    # Where adding spends its time. The run of a short operation is computed without asking which of the two it is:
    # they alternate at random, so that a branch would be mispredicted at every other one.
    while at < end:
        byte = at[0]
        run = (byte & (0x3F >> (byte >> 7 << 2))) + 1
        length = 1
        if byte & (RANKED | LONG_ZEROS) == LONG_ZEROS:
            if end - at < 2:
                return HLL_CORRUPT
            run = ((byte & 0x3F) << 8 | at[1]) + 1
            length = 2
        if element.index < first + run:
            break
        first += run
        previous = at
        at += length
    if at == end:
        return HLL_CORRUPT
    read_operation(at, end, &operation)
    if operation.rank >= element.rank:
        return HLL_UNCHANGED
    before = element.index - <uint32_t>first
    target += put_run(target, operation.rank, before)
    target += put_ranked(target, element.rank, 1)
    target += put_run(target, operation.rank, operation.run - before - 1)
    splice.at = <size_t>(at - start)
    splice.old_bytes = operation.bytes
    splice.new_bytes = <size_t>(target - splice.bytes)
    splice.merge_at = <size_t>(previous - start)
    return HLL_CHANGES


cdef size_t hll_sparse_apply(uint8_t* hll, size_t length, const Splice* splice) noexcept nogil:
    """Do what was planned; there must be room for what the string grows by. Returns its new length."""
    cdef size_t behind = splice.at + splice.old_bytes
    memmove(hll + splice.at + splice.new_bytes, hll + behind, length - behind)
    memcpy(hll + splice.at, splice.bytes, splice.new_bytes)
    length += splice.new_bytes
    length -= splice.old_bytes
    hll_invalidate(hll)
    return merge_neighbours(hll, length, splice.merge_at)


cdef size_t merge_neighbours(uint8_t* hll, size_t length, size_t at) noexcept nogil:
    """Merge operations of equal rank, looking at `MERGE_STEPS` from `at` on. Returns the new length."""
    cdef Operation one, two
    cdef int steps = MERGE_STEPS
    while steps and at < length and read_operation(hll + at, hll + length, &one):
        steps -= 1
        if one.rank and at + 1 < length and hll[at + 1] & RANKED:
            read_operation(hll + at + 1, hll + length, &two)
            if one.rank == two.rank and one.run + two.run <= RANKED_RUN_MAX:
                # The merged one may merge with the next one.
                put_ranked(hll + at + 1, one.rank, one.run + two.run)
                memmove(hll + at, hll + at + 1, length - at - 1)
                length -= 1
                continue
        at += one.bytes
    return length


cdef bint hll_sparse_next(View value, size_t* at, int* rank, int* run) noexcept nogil:
    """Read the operation at a place and move behind it; False at the end, or where it is cut off."""
    cdef const uint8_t* start = <const uint8_t*>value.ptr
    cdef Operation operation
    if at[0] >= value.len or not read_operation(start + at[0], start + value.len, &operation):
        return False
    at[0] += operation.bytes
    rank[0] = operation.rank
    run[0] = <int>operation.run
    return True


cdef bint sparse_merge(View value, uint8_t* registers) noexcept nogil:
    cdef size_t at = HLL_HEADER_BYTES
    cdef int index = 0
    cdef int rank, run, i
    while hll_sparse_next(value, &at, &rank, &run):
        if run > HLL_REGISTERS - index:
            return False
        if rank:
            for i in range(index, index + run):
                registers[i] = max(registers[i], <uint8_t>rank)
        index += run
    return at == value.len and index == HLL_REGISTERS


cdef bint hll_merge(View value, uint8_t* registers) noexcept nogil:
    """Raise each of the registers (a byte each) to what a HyperLogLog has; False if it is corrupt."""
    if hll_encoding(value) == HLL_SPARSE:
        return sparse_merge(value, registers)
    dense_merge(<const uint8_t*>value.ptr + HLL_HEADER_BYTES, registers)
    return True


# --- counting


cdef double sigma(double x) noexcept nogil:
    """x + x^2 + 2 x^4 + 4 x^8 + ..., until nothing is added any more (Ertl's sigma)."""
    cdef double total = x
    cdef double weight = 1
    cdef double before
    if x == 1:
        return INFINITY
    while True:
        x *= x
        before = total
        total += x * weight
        weight += weight
        if total == before:
            return total


cdef double tau(double x) noexcept nogil:
    """A third of 1 - x - the sum of (1 - x^(2^-k))^2 * 2^-k for k = 1, 2, ... (Ertl's tau)."""
    cdef double total = 1 - x
    cdef double weight = 1
    cdef double before
    if x == 0 or x == 1:
        return 0
    while True:
        x = sqrt(x)
        before = total
        weight *= 0.5
        total -= (1 - x) * (1 - x) * weight
        if total == before:
            return total / 3


cdef uint64_t estimate(const uint32_t* histogram) noexcept nogil:
    """The count, from how many registers have which rank."""
    cdef double registers = HLL_REGISTERS
    cdef double total = registers * tau((registers - histogram[RANK_BITS_MAX + 1]) / registers)
    cdef int rank
    for rank in range(RANK_BITS_MAX, 0, -1):
        total += histogram[rank]
        total *= 0.5
    total += registers * sigma(histogram[0] / registers)
    return <uint64_t>llroundl(ALPHA * registers * registers / total)


cdef uint64_t hll_count_registers(const uint8_t* registers) noexcept nogil:
    """The count, from one byte for each register."""
    cdef uint32_t histogram[HISTOGRAM]
    cdef int i
    memset(histogram, 0, sizeof(histogram))
    for i in range(HLL_REGISTERS):
        histogram[registers[i] & REGISTER_MAX] += 1
    return estimate(histogram)


cdef bint sparse_histogram(View value, uint32_t* histogram) noexcept nogil:
    cdef size_t at = HLL_HEADER_BYTES
    cdef int index = 0
    cdef int rank, run
    while hll_sparse_next(value, &at, &rank, &run):
        if run > HLL_REGISTERS - index:
            return False
        histogram[rank] += run
        index += run
    return at == value.len and index == HLL_REGISTERS


cdef bint hll_count(View value, uint64_t* count) noexcept nogil:
    """Count the elements of a HyperLogLog; False if it is corrupt."""
    cdef uint32_t histogram[HISTOGRAM]
    cdef const uint8_t* packed = <const uint8_t*>value.ptr + HLL_HEADER_BYTES
    cdef uint32_t bits
    cdef int i
    memset(histogram, 0, sizeof(histogram))
    if hll_encoding(value) == HLL_SPARSE:
        if not sparse_histogram(value, histogram):
            return False
    else:
        for i in range(HLL_REGISTERS // 4):
            bits = packed[3 * i] | packed[3 * i + 1] << 8 | packed[3 * i + 2] << 16
            histogram[bits & REGISTER_MAX] += 1
            histogram[bits >> 6 & REGISTER_MAX] += 1
            histogram[bits >> 12 & REGISTER_MAX] += 1
            histogram[bits >> 18] += 1
    count[0] = estimate(histogram)
    return True


# --- PFSELFTEST


cdef const char* test_registers(uint8_t* hll) noexcept nogil:
    """Each register keeps its rank while its neighbours change."""
    cdef uint32_t i
    cdef int turn
    for turn in range(2):
        for i in range(HLL_REGISTERS):
            dense_set(hll + HLL_HEADER_BYTES, i, (i * 7 + turn * 13) & REGISTER_MAX)
        for i in range(HLL_REGISTERS):
            if dense_get(hll + HLL_HEADER_BYTES, i) != <int>((i * 7 + turn * 13) & REGISTER_MAX):
                return b"TESTFAILED a register lost its value"
    return NULL


cdef const char* test_counts(uint8_t* hll, uint8_t* registers) noexcept nogil:
    """Counts are within six standard errors of the truth, and packed and plain registers count alike."""
    cdef View value, element
    cdef Element found
    cdef uint64_t number, count
    cdef uint64_t next_check = 1
    value.ptr = <const char*>hll
    value.len = HLL_DENSE_BYTES
    element.ptr = <const char*>&number
    element.len = sizeof(number)
    for number in range(1, SELF_TEST_ELEMENTS + 1):
        found = hll_element(element)
        hll_dense_add(hll, found)
        registers[found.index] = max(registers[found.index], found.rank)
        if number == next_check:
            next_check *= 10
            hll_count(value, &count)
            if count != hll_count_registers(registers):
                return b"TESTFAILED dense and plain registers disagree"
            if count * 20 + 20 < number * 19 or count * 20 > number * 21 + 20:
                return b"TESTFAILED the count is too far off"
    return NULL


cdef const char* hll_self_test() noexcept nogil:
    """Test registers and counts for about a millisecond; the error to reply, or NULL."""
    cdef uint8_t hll[HLL_DENSE_BYTES]
    cdef uint8_t registers[HLL_REGISTERS]
    cdef const char* problem
    memset(hll, 0, sizeof(hll))
    problem = test_registers(hll)
    if problem != NULL:
        return problem
    memset(hll, 0, sizeof(hll))
    memset(registers, 0, sizeof(registers))
    return test_counts(hll, registers)


# --- for tests


def element_of(data: bytes) -> tuple[int, int]:
    """Test face: the register and the rank of an element."""
    cdef View view
    view.ptr = data
    view.len = len(data)
    element = hll_element(view)
    return element.index, element.rank


def count_of(hll: bytes) -> int | None:
    """Test face of `hll_is_valid` (ValueError) and `hll_count` (None if corrupt)."""
    cdef View view
    cdef uint64_t count
    view.ptr = hll
    view.len = len(hll)
    if not hll_is_valid(view):
        raise ValueError("no HyperLogLog")
    return count if hll_count(view, &count) else None


def registers_of(hll: bytes) -> bytes | None:
    """Test face of `hll_merge`: one byte for each register, or None if it is corrupt."""
    cdef View view
    cdef bytearray registers = bytearray(HLL_REGISTERS)
    view.ptr = hll
    view.len = len(hll)
    if not hll_is_valid(view):
        raise ValueError("no HyperLogLog")
    return bytes(registers) if hll_merge(view, <uint8_t*><char*>registers) else None


def dense_of(registers: bytes) -> bytes:
    """Test face of `hll_make_dense`."""
    cdef bytearray hll = bytearray(HLL_DENSE_BYTES)
    if len(registers) != HLL_REGISTERS:
        raise ValueError(len(registers))
    hll_make_empty(<uint8_t*><char*>hll)
    hll[HLL_HEADER_BYTES:] = bytes(HLL_DENSE_BYTES - HLL_HEADER_BYTES)
    hll_make_dense(<uint8_t*><char*>hll, <const uint8_t*><const char*>registers)
    return bytes(hll)


def empty() -> bytes:
    """Test face of `hll_make_empty`."""
    cdef bytearray hll = bytearray(HLL_EMPTY_BYTES)
    hll_make_empty(<uint8_t*><char*>hll)
    return bytes(hll)


def sparse_add(hll: bytes, index: int, rank: int) -> tuple[int, bytes]:
    """Test face of `hll_sparse_plan` and `hll_sparse_apply`: what adding does, and the string after it."""
    cdef Element element
    cdef Splice splice
    cdef View view
    cdef bytearray copy
    cdef int outcome
    element.index = index
    element.rank = rank
    view.ptr = hll
    view.len = len(hll)
    if not hll_is_valid(view) or hll_encoding(view) != HLL_SPARSE or element.index >= HLL_REGISTERS:
        raise ValueError("no sparse HyperLogLog")
    outcome = hll_sparse_plan(view, element, &splice)
    if outcome != HLL_CHANGES:
        return outcome, hll
    copy = bytearray(hll) + bytearray(SPLICE_BYTES_MAX)
    return outcome, bytes(copy[:hll_sparse_apply(<uint8_t*><char*>copy, len(hll), &splice)])
