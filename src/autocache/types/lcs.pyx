"""The longest common subsequence of two strings: its length, and where its bytes stand in both.

The textbook fills a table of (a + 1) * (b + 1) lengths, four bytes each. Two neighbours in a row differ by
0 or 1, so one bit for each cell says it all, and a row of such bits follows from the row before with one
addition for each 64 cells (Hyyro, "Bit-parallel LCS-length computation revisited", 2004): 64 times fewer
steps and a 32nd of the memory. Row i, bit j is CLEAR where the length for i bytes of `a` and j + 1 bytes of
`b` is one more than for j bytes of `b`.

The walk back through the table is the one of redis-server, so that of several subsequences of the same length
the same one is found: at equal bytes it goes back in both strings, otherwise in `a` if that leaves a longer
subsequence than going back in `b`, else in `b`. Where bytes differ, the cell's bit is just that comparison.
"""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from autocache.base.bytes cimport View
from autocache.memory.alloc cimport mem_free, mem_try_alloc

cdef extern from *:
    """
    #define ac_popcount(word) __builtin_popcountll(word)
    """
    int popcount "ac_popcount"(uint64_t word) noexcept nogil

cdef enum:
    WORD_BITS = 64
    BYTE_VALUES = 256


cdef uint64_t* new_masks(const Lcs* lcs, uint64_t** masks) noexcept nogil:
    """For each byte of `a` the places where it stands in `b`, as bits; one block, which the caller frees."""
    cdef size_t kinds = 0
    cdef size_t i
    cdef uint64_t* block
    memset(masks, 0, BYTE_VALUES * sizeof(void*))
    for i in range(lcs.a_len):
        # Any address but NULL marks a byte that occurs.
        if masks[lcs.a[i]] == NULL:
            masks[lcs.a[i]] = <uint64_t*>masks
            kinds += 1
    block = <uint64_t*>mem_try_alloc(kinds * lcs.words * sizeof(uint64_t))
    if block == NULL:
        return NULL
    memset(block, 0, kinds * lcs.words * sizeof(uint64_t))
    kinds = 0
    for i in range(<size_t>BYTE_VALUES):
        if masks[i] != NULL:
            masks[i] = block + kinds * lcs.words
            kinds += 1
    for i in range(lcs.b_len):
        if masks[lcs.b[i]] != NULL:
            masks[lcs.b[i]][i // WORD_BITS] |= <uint64_t>1 << (i % WORD_BITS)
    return block


cdef inline void next_row(
    const uint64_t* row, const uint64_t* mask, uint64_t* target, size_t words
) noexcept nogil:
    """The row after `row`, for a byte that stands in `b` at the bits of `mask`; `target` may be `row`."""
    cdef uint64_t carry = 0
    cdef uint64_t word, hit, total, carried
    cdef size_t i
    for i in range(words):
        word = row[i]
        hit = word & mask[i]
        total = word + hit
        carried = total + carry
        carry = (total < word) | (carried < total)
        target[i] = carried | (word & ~hit)


cdef bint lcs_init(Lcs* lcs, View a, View b, bint walk) noexcept nogil:
    """Compare two strings; `walk` keeps what `lcs_previous` needs: a bit for each pair of their bytes.

    False if there is no memory for it; then there is nothing to free.
    """
    cdef uint64_t* masks[BYTE_VALUES]
    cdef uint64_t* block
    cdef uint64_t* row
    cdef size_t i
    memset(lcs, 0, sizeof(Lcs))
    lcs.a = <const uint8_t*>a.ptr
    lcs.b = <const uint8_t*>b.ptr
    lcs.i = lcs.a_len = a.len
    lcs.j = lcs.b_len = b.len
    lcs.words = b.len // WORD_BITS + 1
    block = new_masks(lcs, masks)
    if block == NULL:
        return False
    lcs.rows = <uint64_t*>mem_try_alloc((a.len + 1 if walk else 1) * lcs.words * sizeof(uint64_t))
    if lcs.rows == NULL:
        mem_free(block)
        return False
    row = lcs.rows
    memset(row, 0xFF, lcs.words * sizeof(uint64_t))
    for i in range(a.len):
        next_row(row, masks[lcs.a[i]], row + lcs.words if walk else row, lcs.words)
        if walk:
            row += lcs.words
    for i in range(lcs.words):
        lcs.length += popcount(~row[i])
    mem_free(block)
    return True


cdef inline bint goes_back_in_a(const Lcs* lcs) noexcept nogil:
    cdef size_t bit = lcs.j - 1
    return lcs.rows[lcs.i * lcs.words + bit // WORD_BITS] >> (bit % WORD_BITS) & 1 == 0


cdef bint lcs_previous(Lcs* lcs, Run* run) noexcept nogil:
    """The next run of the subsequence, from its end to its start; False when there is none left."""
    while lcs.i and lcs.j and lcs.a[lcs.i - 1] != lcs.b[lcs.j - 1]:
        if goes_back_in_a(lcs):
            lcs.i -= 1
        else:
            lcs.j -= 1
    run.length = 0
    while lcs.i and lcs.j and lcs.a[lcs.i - 1] == lcs.b[lcs.j - 1]:
        lcs.i -= 1
        lcs.j -= 1
        run.length += 1
    run.a_start = lcs.i
    run.b_start = lcs.j
    return run.length != 0


cdef void lcs_free(Lcs* lcs) noexcept nogil:
    """Free what `lcs_init` made."""
    mem_free(lcs.rows)
    lcs.rows = NULL


def common_runs(a: bytes, b: bytes) -> tuple[int, list[tuple[int, int, int]]]:
    """Test face: the length, and the runs as (start in a, start in b, length), last one first."""
    cdef Lcs lcs
    cdef Run run
    cdef View first, second
    cdef size_t length
    cdef list runs = []
    first.ptr = a
    first.len = len(a)
    second.ptr = b
    second.len = len(b)
    if not lcs_init(&lcs, first, second, False):
        raise MemoryError
    length = lcs.length
    lcs_free(&lcs)
    if not lcs_init(&lcs, first, second, True):
        raise MemoryError
    while lcs_previous(&lcs, &run):
        runs.append((run.a_start, run.b_start, run.length))
    lcs_free(&lcs)
    if lcs.length != length:
        raise AssertionError("the length depends on whether rows are kept")
    return length, runs
