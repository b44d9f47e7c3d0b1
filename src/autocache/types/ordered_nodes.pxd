# The nodes of an ordered tree: their layout, their blocks, and moving what they hold. Used by types/ordered only.
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memmove

cdef enum:
    LEAF_ITEMS = 60                     # with its header, 512 bytes
    LEAF_STEP = 4                       # items by which a block grows at least
    BRANCHES = 42                       # with its header, 1024 bytes
    BRANCH_STEP = 4

cdef struct Inner:
    Inner* parent
    uint16_t count                      # branches, which follow the struct
    uint16_t room                       # how many branches the block has room for
    uint32_t level                      # 1: its children are leaves

cdef struct Leaf:
    Inner* parent
    Leaf* next
    Leaf* prev
    uint16_t count                      # items, which follow the struct
    uint16_t room

cdef struct Branch:
    void* child                         # owned: an Inner, or a Leaf below level 1
    void* first                         # the smallest item below
    uint64_t count                      # how many items are below

cdef struct Ordered:
    void* root                          # owned: an Inner, or a Leaf if the height is 0; NULL if there are no items
    Leaf* first
    Leaf* last
    uint64_t count
    uint64_t bytes                      # of all nodes
    uint32_t height                     # levels of inner nodes

cdef Leaf* new_leaf(Ordered* tree, uint32_t room) noexcept nogil
cdef Inner* new_inner(Ordered* tree, uint32_t level, uint32_t room) noexcept nogil
cdef void free_node(Ordered* tree, void* node) noexcept nogil
cdef Leaf* resized_leaf(Ordered* tree, Leaf* leaf, uint32_t room) noexcept nogil
cdef Inner* resized_inner(Ordered* tree, Inner* inner, uint32_t room) noexcept nogil
cdef void link_after(Ordered* tree, Leaf* leaf, Leaf* added) noexcept nogil
cdef void drop_leaf(Ordered* tree, Leaf* leaf) noexcept nogil
cdef void put_branch(Inner* inner, uint32_t at, void* child, void* first, uint64_t count) noexcept nogil
cdef void move_branches(Inner* source, uint32_t start, Inner* target, uint32_t at, uint32_t count) noexcept nogil
cdef void move_items(Leaf* source, uint32_t start, Leaf* target, uint32_t at, uint32_t count) noexcept nogil


cdef inline void** leaf_items(const Leaf* leaf) noexcept nogil:
    return <void**>(leaf + 1)


cdef inline Branch* inner_branches(const Inner* inner) noexcept nogil:
    return <Branch*>(inner + 1)


cdef inline uint32_t roomier(uint32_t needed, uint32_t step, uint32_t most) noexcept nogil:
    """How much room a block gets that must hold `needed`: up to a quarter more."""
    cdef uint32_t room = needed - 1 + (step if needed < 4 * step else needed // 4)
    return room if room < most else most


cdef inline uint32_t index_in(const Inner* parent, const void* child) noexcept nogil:
    cdef Branch* branches = inner_branches(parent)
    cdef uint32_t i = 0
    while branches[i].child != child:
        i += 1
    return i


cdef inline void set_parent(void* child, uint32_t level, Inner* parent) noexcept nogil:
    """Tell a child of a node of `level` its parent."""
    if level > 1:
        (<Inner*>child).parent = parent
    else:
        (<Leaf*>child).parent = parent


cdef inline uint64_t count_below(const Inner* inner) noexcept nogil:
    cdef uint64_t count = 0
    cdef uint32_t i
    for i in range(inner.count):
        count += inner_branches(inner)[i].count
    return count


cdef inline void lower_counts(Inner* parent, const void* node, uint64_t removed) noexcept nogil:
    while parent != NULL:
        inner_branches(parent)[index_in(parent, node)].count -= removed
        node = parent
        parent = parent.parent


cdef inline void set_first(Inner* parent, const void* node, void* item) noexcept nogil:
    """Tell all nodes above that the smallest item below `node` is another one."""
    cdef uint32_t i
    while parent != NULL:
        i = index_in(parent, node)
        inner_branches(parent)[i].first = item
        if i:
            return
        node = parent
        parent = parent.parent


cdef inline void put_item(Leaf* leaf, uint32_t index, void* item) noexcept nogil:
    cdef void** items = leaf_items(leaf)
    memmove(&items[index + 1], &items[index], (leaf.count - index) * sizeof(void*))
    items[index] = item
    leaf.count += 1
