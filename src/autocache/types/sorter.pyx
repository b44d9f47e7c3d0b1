"""Sorting of elements where they lie: SORT's memory, comparisons and algorithm.

An item is sixteen bytes: where its element is (a reference) and by what it is compared. No element is copied, and the
collection may not change until the sorter ends. If only the first k of n elements are wanted and k is much smaller, no
more than k items are ever held: they form a heap with the last of them on top, and what comes before that takes its
place. What is held in the end is sorted by merging, which is stable: elements that compare equal stay in the order in
which they came, as they do in redis-server, whose C library merges, too.

Elements are compared by their bytes, as strcoll does in the C locale; unless the result is to be stored, only up to
the first zero byte, as strcoll does. The first eight bytes stand in the item, so that most comparisons look no further.
"""

from libc cimport errno as c_errno
from libc.math cimport isnan
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport strtod
from libc.string cimport memchr, memcmp, memcpy

from autocache.base.bytes cimport View
from autocache.base.numbers cimport format_int64, parse_int64
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_try_alloc
from autocache.types.entry cimport Entry, entry_key, entry_string
from autocache.types.intset cimport intset_at
from autocache.types.listpack cimport lp_view

cdef enum:
    HEAP_SHARE = 4                      # a heap is used where at most one in so many elements is wanted
    RUN_ITEMS = 12                      # so few are sorted by insertion
    SCORE_TEXT_BYTES = 128              # a longer number is copied to a block of its own
    HEAD_BYTES = 8


cdef bint sorter_begin(Sorter* sorter, uint64_t elements, uint64_t wanted) noexcept nogil:
    """Prepare for so many elements, of which the first `wanted` in order will be kept; False without memory.

    The caller has set how to compare. `wanted` is at least 1.
    """
    sorter.count = 0
    sorter.heaped = False
    sorter.spare = NULL
    sorter.capacity = wanted if wanted <= elements // HEAP_SHARE else elements
    sorter.items = <Item*>mem_try_alloc(sorter.capacity * sizeof(Item))
    if sorter.items == NULL:
        return False
    sorter.spare = <Item*>mem_try_alloc((sorter.capacity // 2 + 1) * sizeof(Item))
    if sorter.spare == NULL:
        mem_free(sorter.items)
        sorter.items = NULL
        return False
    return True


cdef void sorter_end(Sorter* sorter) noexcept nogil:
    mem_free(sorter.items)
    mem_free(sorter.spare)
    sorter.items = NULL
    sorter.spare = NULL


cdef View ref_view(const Sorter* sorter, Ref ref, char* buffer) noexcept nogil:
    """The bytes that a reference leads to; an integer is printed to `buffer` (ELEMENT_TEXT_BYTES)."""
    cdef View view
    cdef uint64_t kind = ref >> REF_KIND_SHIFT
    cdef uint64_t address = ref & ((<uint64_t>1 << REF_KIND_SHIFT) - 1)
    if kind == REF_PACKED:
        return lp_view(<const char*>address, buffer)
    if kind == REF_KEY:
        return entry_key(<Entry*>address)
    if kind == REF_STRING:
        return entry_string(<Entry*>address)
    view.ptr = buffer
    view.len = 0
    if kind == REF_INDEX:
        view.len = format_int64(buffer, intset_at(sorter.intset, address))
    return view


# --- comparing


cdef inline int compare_bytes(View a, View b) noexcept nogil:
    cdef int order = memcmp(a.ptr, b.ptr, a.len if a.len < b.len else b.len)
    if order == 0:
        return <int>(a.len > b.len) - <int>(a.len < b.len)
    return order


cdef inline void cut_at_zero(View* view) noexcept nogil:
    cdef const void* zero = memchr(view.ptr, 0, view.len)
    if zero != NULL:
        view.len = <size_t>(<const char*>zero - view.ptr)


cdef int compare_refs(const Sorter* sorter, Ref left, Ref right, bint whole) noexcept nogil:
    cdef char[ELEMENT_TEXT_BYTES] left_text
    cdef char[ELEMENT_TEXT_BYTES] right_text
    cdef View a = ref_view(sorter, left, left_text)
    cdef View b = ref_view(sorter, right, right_text)
    if not whole:
        cut_at_zero(&a)
        cut_at_zero(&b)
    return compare_bytes(a, b)


cdef inline int ascending(const Sorter* sorter, const Item* a, const Item* b) noexcept nogil:
    cdef bint left, right
    if sorter.comparison == COMPARE_SCORES:
        if a.weight.score != b.weight.score:
            return 1 if a.weight.score > b.weight.score else -1
        return compare_refs(sorter, a.element, b.element, True)
    if sorter.comparison == COMPARE_ELEMENTS:
        if a.weight.head != b.weight.head:
            return 1 if a.weight.head > b.weight.head else -1
        return compare_refs(sorter, a.element, b.element, sorter.whole)
    left = a.weight.text != REF_NOTHING
    right = b.weight.text != REF_NOTHING
    if not left or not right:
        return <int>left - <int>right
    return compare_refs(sorter, a.weight.text, b.weight.text, sorter.whole)


cdef inline int compare(const Sorter* sorter, const Item* a, const Item* b) noexcept nogil:
    cdef int order = ascending(sorter, a, b)
    return (<int>(order < 0) - <int>(order > 0)) if sorter.descending else order


cdef uint64_t head_of(const Sorter* sorter, Ref element) noexcept nogil:
    """The first bytes of an element as a big-endian number, filled up with zeros."""
    cdef char[ELEMENT_TEXT_BYTES] text
    cdef View view = ref_view(sorter, element, text)
    cdef uint64_t head = 0
    cdef size_t i
    for i in range(HEAD_BYTES if view.len > HEAD_BYTES else view.len):
        if view.ptr[i] == 0 and not sorter.whole:
            break
        head |= <uint64_t><uint8_t>view.ptr[i] << (56 - 8 * i)
    return head


# --- scores


cdef bint parse_score(const char* text, double* score) noexcept nogil:
    cdef char* end
    c_errno.errno = 0
    score[0] = strtod(text, &end)
    return end[0] == 0 and c_errno.errno != c_errno.ERANGE and not isnan(score[0])


cdef bint score_of(View text, double* score) noexcept nogil:
    """Read a number as SORT does, which is as strtod does: up to a zero byte, and nothing at all is 0."""
    cdef char[SCORE_TEXT_BYTES] short_copy
    cdef char* copy = short_copy
    cdef int64_t number
    cdef bint fine
    if parse_int64(text.ptr, text.len, &number):
        score[0] = <double>number
        return True
    if text.len >= SCORE_TEXT_BYTES:
        copy = <char*>mem_alloc(text.len + 1)
    memcpy(copy, text.ptr, text.len)
    copy[text.len] = 0
    fine = parse_score(copy, score)
    if copy != short_copy:
        mem_free(copy)
    return fine


# --- taking items in


cdef void sift_down(Sorter* sorter, uint64_t at, Item item) noexcept nogil:
    """Put an item into the heap at `at`, or below; the last in order is on top."""
    cdef Item* items = sorter.items
    cdef uint64_t child = 2 * at + 1
    while child < sorter.count:
        if child + 1 < sorter.count and compare(sorter, &items[child], &items[child + 1]) < 0:
            child += 1
        if compare(sorter, &item, &items[child]) >= 0:
            break
        items[at] = items[child]
        at = child
        child = 2 * at + 1
    items[at] = item


cdef void make_heap(Sorter* sorter) noexcept nogil:
    cdef uint64_t at = sorter.count // 2
    while at:
        at -= 1
        sift_down(sorter, at, sorter.items[at])


cdef void sorter_add(Sorter* sorter, const Item* item) noexcept nogil:
    """Take one more element in. The weight of COMPARE_ELEMENTS is found here."""
    cdef Item added = item[0]
    if sorter.comparison == COMPARE_ELEMENTS:
        added.weight.head = head_of(sorter, added.element)
    if sorter.count < sorter.capacity:
        sorter.items[sorter.count] = added
        sorter.count += 1
        return
    # One item more than are kept: the heap is made now, so that a sorter that never overflows has none.
    if not sorter.heaped:
        make_heap(sorter)
        sorter.heaped = True
    if compare(sorter, &added, &sorter.items[0]) < 0:
        sift_down(sorter, 0, added)


# --- sorting


cdef void insertion_sort(const Sorter* sorter, Item* items, uint64_t count) noexcept nogil:
    cdef uint64_t i, at
    cdef Item item
    for i in range(1, count):
        item = items[i]
        at = i
        while at and compare(sorter, &items[at - 1], &item) > 0:
            items[at] = items[at - 1]
            at -= 1
        items[at] = item


cdef void merge(const Sorter* sorter, Item* items, uint64_t half, uint64_t count) noexcept nogil:
    """Merge two sorted halves; the first one moves out of the way."""
    cdef Item* spare = sorter.spare
    cdef uint64_t left = 0
    cdef uint64_t right = half
    cdef uint64_t to = 0
    memcpy(spare, items, half * sizeof(Item))
    while left < half and right < count:
        if compare(sorter, &spare[left], &items[right]) <= 0:
            items[to] = spare[left]
            left += 1
        else:
            items[to] = items[right]
            right += 1
        to += 1
    memcpy(&items[to], &spare[left], (half - left) * sizeof(Item))


cdef void merge_sort(const Sorter* sorter, Item* items, uint64_t count) noexcept nogil:
    cdef uint64_t half = count // 2
    if count <= RUN_ITEMS:
        insertion_sort(sorter, items, count)
        return
    merge_sort(sorter, items, half)
    merge_sort(sorter, items + half, count - half)
    if compare(sorter, &items[half - 1], &items[half]) > 0:
        merge(sorter, items, half, count)


cdef void sorter_sort(Sorter* sorter) noexcept nogil:
    """Put what was kept in order."""
    merge_sort(sorter, sorter.items, sorter.count)
