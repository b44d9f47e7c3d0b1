"""The nodes of an ordered tree (types/ordered.pyx): their blocks, and moving what they hold.

A node is one block: a header and, behind it, an array with room for as many items or branches as the header says.
Blocks grow and move, so these functions tell a node's new place to its neighbours, its parent and its children. They
know nothing of order or balance, and they look at no item. `tree.bytes` is the sum of all blocks.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memmove, memset

from autocache.memory.alloc cimport mem_alloc, mem_free, mem_realloc, mem_size


cdef Leaf* new_leaf(Ordered* tree, uint32_t room) noexcept nogil:
    cdef Leaf* leaf = <Leaf*>mem_alloc(sizeof(Leaf) + room * sizeof(void*))
    memset(leaf, 0, sizeof(Leaf))
    leaf.room = room
    tree.bytes += mem_size(leaf)
    return leaf


cdef Inner* new_inner(Ordered* tree, uint32_t level, uint32_t room) noexcept nogil:
    cdef Inner* inner = <Inner*>mem_alloc(sizeof(Inner) + room * sizeof(Branch))
    inner.parent = NULL
    inner.count = 0
    inner.room = room
    inner.level = level
    tree.bytes += mem_size(inner)
    return inner


cdef void free_node(Ordered* tree, void* node) noexcept nogil:
    tree.bytes -= mem_size(node)
    mem_free(node)


cdef void adopt(Inner* inner, uint32_t start, uint32_t end) noexcept nogil:
    cdef uint32_t i
    for i in range(start, end):
        set_parent(inner_branches(inner)[i].child, inner.level, inner)


cdef void moved(Ordered* tree, Inner* parent, const void* old, void* node) noexcept nogil:
    if parent == NULL:
        tree.root = node
    else:
        inner_branches(parent)[index_in(parent, old)].child = node


cdef Leaf* resized_leaf(Ordered* tree, Leaf* leaf, uint32_t room) noexcept nogil:
    """Give a leaf another room, and tell its neighbours and its parent where it is now."""
    cdef Leaf* old = leaf
    tree.bytes -= mem_size(leaf)
    leaf = <Leaf*>mem_realloc(leaf, sizeof(Leaf) + room * sizeof(void*))
    tree.bytes += mem_size(leaf)
    leaf.room = room
    if leaf == old:
        return leaf
    moved(tree, leaf.parent, old, leaf)
    if leaf.prev == NULL:
        tree.first = leaf
    else:
        leaf.prev.next = leaf
    if leaf.next == NULL:
        tree.last = leaf
    else:
        leaf.next.prev = leaf
    return leaf


cdef Inner* resized_inner(Ordered* tree, Inner* inner, uint32_t room) noexcept nogil:
    cdef Inner* old = inner
    tree.bytes -= mem_size(inner)
    inner = <Inner*>mem_realloc(inner, sizeof(Inner) + room * sizeof(Branch))
    tree.bytes += mem_size(inner)
    inner.room = room
    if inner != old:
        moved(tree, inner.parent, old, inner)
        adopt(inner, 0, inner.count)
    return inner


cdef void link_after(Ordered* tree, Leaf* leaf, Leaf* added) noexcept nogil:
    added.prev = leaf
    added.next = leaf.next
    if leaf.next == NULL:
        tree.last = added
    else:
        leaf.next.prev = added
    leaf.next = added


cdef void drop_leaf(Ordered* tree, Leaf* leaf) noexcept nogil:
    """Unlink and free a leaf that has no items any more; its branch is the caller's."""
    if leaf.prev == NULL:
        tree.first = leaf.next
    else:
        leaf.prev.next = leaf.next
    if leaf.next == NULL:
        tree.last = leaf.prev
    else:
        leaf.next.prev = leaf.prev
    free_node(tree, leaf)


cdef void put_branch(Inner* inner, uint32_t at, void* child, void* first, uint64_t count) noexcept nogil:
    cdef Branch* branches = inner_branches(inner)
    memmove(&branches[at + 1], &branches[at], (inner.count - at) * sizeof(Branch))
    branches[at].child = child
    branches[at].first = first
    branches[at].count = count
    inner.count += 1
    set_parent(child, inner.level, inner)


cdef void move_branches(Inner* source, uint32_t start, Inner* target, uint32_t at, uint32_t count) noexcept nogil:
    """Move branches to a neighbour's `at`, which has the room, and close the gaps."""
    cdef Branch* sources = inner_branches(source)
    cdef Branch* targets = inner_branches(target)
    memmove(&targets[at + count], &targets[at], (target.count - at) * sizeof(Branch))
    memcpy(&targets[at], &sources[start], count * sizeof(Branch))
    memmove(&sources[start], &sources[start + count], (source.count - start - count) * sizeof(Branch))
    source.count -= count
    target.count += count
    adopt(target, at, at + count)


cdef void move_items(Leaf* source, uint32_t start, Leaf* target, uint32_t at, uint32_t count) noexcept nogil:
    """Move items to a neighbour's `at`, which has the room, and close the gaps."""
    cdef void** sources = leaf_items(source)
    cdef void** targets = leaf_items(target)
    memmove(&targets[at + count], &targets[at], (target.count - at) * sizeof(void*))
    memcpy(&targets[at], &sources[start], count * sizeof(void*))
    memmove(&sources[start], &sources[start + count], (source.count - start - count) * sizeof(void*))
    source.count -= count
    target.count += count
