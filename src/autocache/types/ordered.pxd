# An ordered collection of pointers: a B+ tree with counts. Searches are inline, so that the caller's order is, too.
# Each comparison reads an item from somewhere else in memory: both that may be compared next are asked for before.
from libc.stdint cimport uint32_t, uint64_t

from autocache.base.bytes cimport prefetch
from autocache.types.ordered_nodes cimport Branch, Inner, Leaf, Ordered, inner_branches, leaf_items

# How a probe (what it points to is the caller's affair) compares with an item: below 0, 0 or above 0, as memcmp.
ctypedef int (*Order)(const void* probe, const void* item) noexcept nogil

cdef struct Cursor:                     # a place in a tree; void when the tree changes
    Leaf* leaf                          # NULL: past an end
    uint32_t index

cdef void ordered_init(Ordered* tree) noexcept nogil
cdef void ordered_clear(Ordered* tree) noexcept nogil
cdef bint ordered_clear_step(Ordered* tree, int budget) noexcept nogil
cdef void ordered_put(Ordered* tree, Leaf* leaf, uint32_t index, void* item) noexcept nogil
cdef void ordered_uncount(Leaf* leaf) noexcept nogil
cdef void ordered_build_append(Ordered* tree, void* item) noexcept nogil
cdef void* ordered_remove_at(Ordered* tree, const Cursor* cursor) noexcept nogil
cdef void ordered_remove_range(Ordered* tree, uint64_t first, uint64_t count) noexcept nogil
cdef void ordered_replace(const Cursor* cursor, void* item) noexcept nogil
cdef uint64_t ordered_rank(const Ordered* tree, const Cursor* cursor) noexcept nogil
cdef bint ordered_at(const Ordered* tree, uint64_t rank, Cursor* cursor) noexcept nogil
cdef const char* ordered_check(const Ordered* tree, Order order) noexcept nogil


cdef inline size_t ordered_bytes(const Ordered* tree) noexcept nogil:
    """Bytes of all nodes; neither the struct itself nor the items."""
    return tree.bytes


cdef inline void* cursor_item(const Cursor* cursor) noexcept nogil:
    return leaf_items(cursor.leaf)[cursor.index]


cdef inline bint cursor_next(Cursor* cursor) noexcept nogil:
    """Move to the following item; False, and the cursor past the end, if there is none."""
    cursor.index += 1
    if cursor.index == cursor.leaf.count:
        cursor.leaf = cursor.leaf.next
        cursor.index = 0
    return cursor.leaf != NULL


cdef inline bint cursor_prev(Cursor* cursor) noexcept nogil:
    """Move to the preceding item; False, and the cursor past the end, if there is none."""
    if cursor.index == 0:
        cursor.leaf = cursor.leaf.prev
        if cursor.leaf == NULL:
            return False
        cursor.index = cursor.leaf.count
    cursor.index -= 1
    return True


cdef inline bint ordered_first(const Ordered* tree, Cursor* cursor) noexcept nogil:
    """Put the cursor on the smallest item; False if there is none."""
    cursor.leaf = tree.first
    cursor.index = 0
    return cursor.leaf != NULL


cdef inline bint ordered_last(const Ordered* tree, Cursor* cursor) noexcept nogil:
    """Put the cursor on the largest item; False if there is none."""
    cursor.leaf = tree.last
    cursor.index = 0 if tree.last == NULL else tree.last.count - 1
    return cursor.leaf != NULL


cdef inline Leaf* ordered_leaf(const Ordered* tree, Order order, const void* probe, bint after,
                               uint32_t added) noexcept nogil:
    """The leaf where the items before the probe end (`after`: those before or equal to it).

    On the way, `added` is added to the counts. The tree is not empty.
    """
    cdef void* node = tree.root
    cdef uint32_t _, low, high, middle
    cdef Branch* branches
    for _ in range(tree.height):
        branches = inner_branches(<Inner*>node)
        low = 0
        high = (<Inner*>node).count
        while high - low > 1:
            middle = (low + high) // 2
            prefetch(branches[(low + middle) // 2].first)
            prefetch(branches[(middle + high) // 2].first)
            if order(probe, branches[middle].first) > -<int>after:
                low = middle
            else:
                high = middle
        if added:
            branches[low].count += added
        node = branches[low].child
    return <Leaf*>node


cdef inline bint ordered_place(const Ordered* tree, Order order, const void* probe, uint32_t added,
                               Cursor* cursor) noexcept nogil:
    """Whether an item equals the probe. The cursor's index is where it is or had to be: the leaf's count, at most."""
    cdef Leaf* leaf = ordered_leaf(tree, order, probe, True, added)
    cdef void** items = leaf_items(leaf)
    cdef uint32_t low = 0
    cdef uint32_t high = leaf.count
    cdef uint32_t middle
    cdef int compared
    cursor.leaf = leaf
    while low < high:
        middle = (low + high) // 2
        prefetch(items[(low + middle) // 2])
        prefetch(items[(middle + high) // 2])
        compared = order(probe, items[middle])
        if compared == 0:
            cursor.index = middle
            return True
        if compared > 0:
            low = middle + 1
        else:
            high = middle
    cursor.index = low
    return False


cdef inline void ordered_bound(const Ordered* tree, Order order, const void* probe, bint after,
                               Cursor* cursor) noexcept nogil:
    """The place in a leaf behind all items before the probe (`after`: before or equal to it)."""
    cdef Leaf* leaf = ordered_leaf(tree, order, probe, after, 0)
    cdef void** items = leaf_items(leaf)
    cdef uint32_t low = 0
    cdef uint32_t high = leaf.count
    cdef uint32_t middle
    while low < high:
        middle = (low + high) // 2
        prefetch(items[(low + middle) // 2])
        prefetch(items[(middle + high) // 2])
        if order(probe, items[middle]) > -<int>after:
            low = middle + 1
        else:
            high = middle
    cursor.leaf = leaf
    cursor.index = low


cdef inline bint ordered_find(const Ordered* tree, Order order, const void* probe, Cursor* cursor) noexcept nogil:
    """Whether an item equals the probe; the cursor is on it, or on the first item that is greater.

    At most one item may equal the probe: see `ordered_lower` for an order that tells items apart less finely.
    """
    cdef bint found
    if tree.count == 0:
        cursor.leaf = NULL
        return False
    found = ordered_place(tree, order, probe, 0, cursor)
    if cursor.index == cursor.leaf.count:
        cursor.leaf = cursor.leaf.next
        cursor.index = 0
    return found


cdef inline bint ordered_lower(const Ordered* tree, Order order, const void* probe, bint after,
                               Cursor* cursor) noexcept nogil:
    """Put the cursor on the first item that is not before the probe, or (`after`) is after it; False if none is."""
    if tree.count == 0:
        cursor.leaf = NULL
        return False
    ordered_bound(tree, order, probe, after, cursor)
    if cursor.index == cursor.leaf.count:
        cursor.leaf = cursor.leaf.next
        cursor.index = 0
    return cursor.leaf != NULL


cdef inline bint ordered_upper(const Ordered* tree, Order order, const void* probe, bint before,
                               Cursor* cursor) noexcept nogil:
    """Put the cursor on the last item that is not after the probe, or (`before`) is before it; False if none is."""
    if tree.count == 0:
        cursor.leaf = NULL
        return False
    ordered_bound(tree, order, probe, not before, cursor)
    return cursor_prev(cursor)


cdef inline bint ordered_insert(Ordered* tree, Order order, const void* probe, void* item) noexcept nogil:
    """Insert an item, to which the probe is equal; False, and nothing changed, if there is an equal one already."""
    cdef Cursor cursor
    if tree.count == 0 or order(probe, leaf_items(tree.last)[tree.last.count - 1]) > 0:
        ordered_build_append(tree, item)
        return True
    if ordered_place(tree, order, probe, 1, &cursor):
        ordered_uncount(cursor.leaf)
        return False
    ordered_put(tree, cursor.leaf, cursor.index, item)
    return True


cdef inline void* ordered_remove(Ordered* tree, Order order, const void* probe) noexcept nogil:
    """Remove the item that equals the probe, and return it; NULL if there is none."""
    cdef Cursor cursor
    if tree.count == 0 or not ordered_place(tree, order, probe, 0, &cursor):
        return NULL
    return ordered_remove_at(tree, &cursor)
