"""An ordered collection of pointers that knows ranks: the order of large sorted sets, of streams, of pending entries.

A B+ tree with counts. Leaves are arrays of item pointers, linked both ways; an inner node holds, for each child, the
child, its smallest item and how many items lie below. So searching by order and by rank both descend once, a range is
a walk along arrays, and a tree takes 9 to 11 bytes for each item where a skiplist takes some 30.

Nothing is known of an item but its order, which each call brings along. Looking at an item is a cache miss in a large
collection, so what counts is how often that happens: a binary search over the inner nodes' items and one in the leaf
are about log2(n) looks in all, and an item behind the last one is found to be so by one look.

How nodes are filled:

- A full leaf hands items to the sibling with more room, and splits only if neither has some; so leaves that are filled
  in random order are four fifths full, not two thirds.
- A full leaf at the right end stays as it is, and a new one begins beside it: ascending items leave full leaves.
- A leaf that falls below a quarter is merged with a sibling or evened out with it. The first and the last leaf may
  hold less, so that queues, which are consumed at an end, move nothing.
- Blocks grow by steps up to the full size, also after a split: a small tree takes little more than its pointers.

The owner of a tree embeds the struct `Ordered`; nodes are the tree's, items the caller's. The tree never looks at an
item but through `order`, and no function that takes no order does: items may be freed before `ordered_clear` and
`ordered_remove_at`. Cursors are void as soon as the tree changes, but by `ordered_replace`.
"""

from libc.stdint cimport uint32_t, uint64_t, uintptr_t
from libc.string cimport memmove, memset

from autocache.memory.alloc cimport mem_size
from autocache.types.ordered_nodes cimport (
    BRANCH_STEP,
    BRANCHES,
    LEAF_ITEMS,
    LEAF_STEP,
    count_below,
    drop_leaf,
    free_node,
    index_in,
    link_after,
    lower_counts,
    move_branches,
    move_items,
    new_inner,
    new_leaf,
    put_branch,
    put_item,
    resized_inner,
    resized_leaf,
    roomier,
    set_first,
    set_parent,
)

cdef enum:
    LEAF_ITEMS_MIN = 15                 # of a leaf that is neither the first nor the last
    LEAF_MERGE_MAX = 45                 # what two leaves may hold together to be merged
    SHIFT_ROOM_MIN = 6                  # a sibling with less room is no help: the next insert would shift again
    BRANCHES_MIN = 10
    BRANCHES_MERGE_MAX = 32


cdef void ordered_init(Ordered* tree) noexcept nogil:
    """Make an empty tree; it allocates nothing until the first item."""
    memset(tree, 0, sizeof(Ordered))


cdef void ordered_uncount(Leaf* leaf) noexcept nogil:
    """Take back the count of an item that `ordered_place` announced."""
    lower_counts(leaf.parent, leaf, 1)


# Growing.

cdef Inner* raise_root(Ordered* tree, void* first) noexcept nogil:
    """Put an inner node above the root, with the root as its only child so far."""
    cdef Inner* root = new_inner(tree, tree.height + 1, BRANCH_STEP)
    put_branch(root, 0, tree.root, first, tree.count)
    tree.root = root
    tree.height += 1
    return root


cdef void add_branch(Ordered* tree, Inner* inner, uint32_t at, void* child, void* first, uint64_t count,
                     bint at_end) noexcept nogil:
    """Add a child, whose items are counted already in all nodes above; `at_end`: no node of its level follows it."""
    cdef Inner* right
    cdef Inner* parent
    cdef uint32_t keep, i
    if inner.count == inner.room and inner.room < BRANCHES:
        inner = resized_inner(tree, inner, roomier(inner.count + 1, BRANCH_STEP, BRANCHES))
    if inner.count < inner.room:
        put_branch(inner, at, child, first, count)
        return
    keep = BRANCHES if at_end else BRANCHES // 2
    right = new_inner(tree, inner.level, BRANCH_STEP if at_end else BRANCHES)
    if inner.parent == NULL:
        raise_root(tree, inner_branches(inner)[0].first)
    parent = inner.parent
    move_branches(inner, keep, right, 0, inner.count - keep)
    if at > keep or at_end:
        put_branch(right, at - keep, child, first, count)
    else:
        put_branch(inner, at, child, first, count)
    i = index_in(parent, inner)
    inner_branches(parent)[i].count = count_below(inner)
    add_branch(tree, parent, i + 1, right, inner_branches(right)[0].first, count_below(right), at_end)


cdef Leaf* even_leaves(Ordered* tree, Inner* parent, uint32_t i) noexcept nogil:
    """Let two neighbouring children hold equally much; the first of them, which may have moved."""
    cdef Branch* branches = inner_branches(parent)
    cdef Leaf* left = <Leaf*>branches[i].child
    cdef Leaf* right = <Leaf*>branches[i + 1].child
    cdef uint32_t keep = (left.count + right.count + 1) // 2
    if left.count > keep:
        if right.room < LEAF_ITEMS:
            right = resized_leaf(tree, right, LEAF_ITEMS)
        move_items(left, keep, right, 0, left.count - keep)
    else:
        if left.room < LEAF_ITEMS:
            left = resized_leaf(tree, left, LEAF_ITEMS)
        move_items(right, 0, left, left.count, keep - left.count)
    branches[i].count = left.count
    branches[i + 1].count = right.count
    branches[i + 1].first = leaf_items(right)[0]
    return left


cdef inline int roomier_sibling(const Inner* parent, uint32_t i) noexcept nogil:
    """Where the pair of neighbours begins that child `i` and the sibling with fewer items are; -1 if it has none."""
    cdef Branch* branches = inner_branches(parent)
    cdef bint has_right = i + 1 < parent.count
    if i > 0 and not (has_right and branches[i + 1].count < branches[i - 1].count):
        return i - 1
    return <int>i if has_right else -1


cdef bint shift(Ordered* tree, Leaf* leaf, uint32_t index, void* item) noexcept nogil:
    """Insert into a full leaf by handing items to a sibling; False if none has the room."""
    cdef Inner* parent = leaf.parent
    cdef Branch* branches
    cdef Leaf* left
    cdef uint32_t i
    cdef int pair
    if parent == NULL:
        return False
    branches = inner_branches(parent)
    i = index_in(parent, leaf)
    # The count of this branch includes the item to come, and does not matter: only the siblings' are compared.
    pair = roomier_sibling(parent, i)
    if pair < 0 or branches[pair + (<uint32_t>pair == i)].count > LEAF_ITEMS - SHIFT_ROOM_MIN:
        return False
    if <uint32_t>pair != i:
        index += (<Leaf*>branches[pair].child).count
    left = even_leaves(tree, parent, pair)
    if index <= left.count:
        put_item(left, index, item)
        branches[pair].count += 1
    else:
        put_item(left.next, index - left.count, item)
        branches[pair + 1].count += 1
    return True


cdef void split(Ordered* tree, Leaf* leaf, uint32_t index, void* item) noexcept nogil:
    """Insert into a full leaf by moving half of it to a new one."""
    cdef uint32_t keep = LEAF_ITEMS // 2
    cdef uint32_t room = roomier(keep + 1, LEAF_STEP, LEAF_ITEMS)
    cdef Leaf* right = new_leaf(tree, room)
    cdef Inner* parent = leaf.parent
    cdef uint32_t i
    if parent == NULL:
        parent = raise_root(tree, leaf_items(leaf)[0])
    i = index_in(parent, leaf)
    link_after(tree, leaf, right)
    move_items(leaf, keep, right, 0, LEAF_ITEMS - keep)
    if index <= keep:
        put_item(leaf, index, item)
    else:
        put_item(right, index - keep, item)
    inner_branches(parent)[i].count = leaf.count
    resized_leaf(tree, leaf, room)
    add_branch(tree, parent, i + 1, right, leaf_items(right)[0], right.count, False)


cdef void ordered_put(Ordered* tree, Leaf* leaf, uint32_t index, void* item) noexcept nogil:
    """Insert an item at a place that `ordered_place` found and counted."""
    tree.count += 1
    if leaf.count == leaf.room and leaf.room < LEAF_ITEMS:
        leaf = resized_leaf(tree, leaf, roomier(leaf.count + 1, LEAF_STEP, LEAF_ITEMS))
    if leaf.count < leaf.room:
        put_item(leaf, index, item)
    elif not shift(tree, leaf, index, item):
        split(tree, leaf, index, item)
    if index == 0:
        # Only an item before all others comes to the start of a leaf. Last, because a split may have raised the root.
        set_first(tree.first.parent, tree.first, item)


cdef void ordered_build_append(Ordered* tree, void* item) noexcept nogil:
    """Append an item that is known to be greater than all others."""
    cdef Leaf* leaf = tree.last
    cdef Leaf* added
    cdef Inner* inner
    if leaf == NULL:
        tree.root = tree.first = tree.last = leaf = new_leaf(tree, LEAF_STEP)
    elif leaf.count == leaf.room and leaf.room < LEAF_ITEMS:
        leaf = resized_leaf(tree, leaf, roomier(leaf.count + 1, LEAF_STEP, LEAF_ITEMS))
    inner = leaf.parent
    if leaf.count == leaf.room:
        if inner == NULL:
            inner = raise_root(tree, leaf_items(leaf)[0])
        added = new_leaf(tree, LEAF_STEP)
        link_after(tree, leaf, added)
        put_item(added, 0, item)
        count_last(inner.parent)
        add_branch(tree, inner, inner.count, added, item, 1, True)
    else:
        put_item(leaf, leaf.count, item)
        count_last(inner)
    tree.count += 1


cdef inline void count_last(Inner* inner) noexcept nogil:
    while inner != NULL:
        inner_branches(inner)[inner.count - 1].count += 1
        inner = inner.parent


# Shrinking.

cdef void remove_branch(Ordered* tree, Inner* inner, uint32_t i) noexcept nogil:
    """Forget a child, whose items are in no count above any more, and see to it that the node is not too empty."""
    cdef Branch* branches = inner_branches(inner)
    cdef Inner* parent = inner.parent
    inner.count -= 1
    memmove(&branches[i], &branches[i + 1], (inner.count - i) * sizeof(Branch))
    if inner.count == 0:
        # The root has two children at least, so there is a parent.
        i = index_in(parent, inner)
        free_node(tree, inner)
        remove_branch(tree, parent, i)
        return
    if i == 0:
        set_first(parent, inner, branches[0].first)
    if parent == NULL:
        lower_root(tree)
    elif inner.count < BRANCHES_MIN:
        mend_inner(tree, parent, index_in(parent, inner))


cdef void lower_root(Ordered* tree) noexcept nogil:
    """Take away inner nodes at the top that have one child only."""
    cdef Inner* root
    while tree.height > 0 and (<Inner*>tree.root).count == 1:
        root = <Inner*>tree.root
        tree.root = inner_branches(root)[0].child
        set_parent(tree.root, tree.height, NULL)
        tree.height -= 1
        free_node(tree, root)


cdef void mend_inner(Ordered* tree, Inner* parent, uint32_t i) noexcept nogil:
    """Merge an inner node that has become too empty with a sibling, or even them out."""
    cdef Branch* branches = inner_branches(parent)
    cdef Inner* left
    cdef Inner* right
    cdef uint32_t total, keep
    cdef int pair = i - 1 if i else (0 if parent.count > 1 else -1)
    if pair < 0:
        return
    left = <Inner*>branches[pair].child
    right = <Inner*>branches[pair + 1].child
    total = left.count + right.count
    keep = total if total <= BRANCHES_MERGE_MAX else (total + 1) // 2
    if left.room < keep:
        left = resized_inner(tree, left, BRANCHES)
    if right.room < total - keep:
        right = resized_inner(tree, right, BRANCHES)
    if left.count > keep:
        move_branches(left, keep, right, 0, left.count - keep)
    else:
        move_branches(right, 0, left, left.count, keep - left.count)
    branches[pair].count = count_below(left)
    if right.count:
        branches[pair + 1].count = count_below(right)
        branches[pair + 1].first = inner_branches(right)[0].first
        return
    free_node(tree, right)
    remove_branch(tree, parent, pair + 1)


cdef void mend_leaf(Ordered* tree, Leaf* leaf) noexcept nogil:
    """Merge a leaf that has become too empty with a sibling, or, unless it is at an end, even them out."""
    cdef Inner* parent = leaf.parent
    cdef Branch* branches = inner_branches(parent)
    cdef Leaf* left
    cdef Leaf* right
    cdef int pair = roomier_sibling(parent, index_in(parent, leaf))
    if pair < 0:
        return
    left = <Leaf*>branches[pair].child
    right = <Leaf*>branches[pair + 1].child
    if left.count + right.count > LEAF_MERGE_MAX:
        if leaf != tree.first and leaf != tree.last:
            even_leaves(tree, parent, pair)
        return
    if left.room < left.count + right.count:
        left = resized_leaf(tree, left, LEAF_ITEMS)
    move_items(right, 0, left, left.count, right.count)
    branches[pair].count = left.count
    drop_leaf(tree, right)
    remove_branch(tree, parent, pair + 1)


cdef void cut(Ordered* tree, Leaf* leaf, uint32_t index, uint32_t count) noexcept nogil:
    """Remove neighbouring items of one leaf."""
    cdef void** items = leaf_items(leaf)
    cdef Inner* parent = leaf.parent
    cdef uint32_t i
    tree.count -= count
    leaf.count -= count
    lower_counts(parent, leaf, count)
    if leaf.count == 0:
        i = index_in(parent, leaf) if parent != NULL else 0
        drop_leaf(tree, leaf)
        if parent == NULL:
            tree.root = NULL
        else:
            remove_branch(tree, parent, i)
        return
    memmove(&items[index], &items[index + count], (leaf.count - index) * sizeof(void*))
    if index == 0:
        set_first(parent, leaf, items[0])
    if parent != NULL:
        if leaf.count < LEAF_ITEMS_MIN:
            mend_leaf(tree, leaf)
    elif leaf.room > 2 * leaf.count + 2 * LEAF_STEP:
        resized_leaf(tree, leaf, leaf.count + LEAF_STEP)


cdef void* ordered_remove_at(Ordered* tree, const Cursor* cursor) noexcept nogil:
    """Remove and return the item under the cursor, which is void afterwards."""
    cdef void* item = cursor_item(cursor)
    cut(tree, cursor.leaf, cursor.index, 1)
    return item


cdef void ordered_remove_range(Ordered* tree, uint64_t first, uint64_t count) noexcept nogil:
    """Remove `count` items from rank `first` on, or as many as there are; whole leaves at a time.

    What the items are needed for is done before. A caller with millions of them calls several times.
    """
    cdef Cursor cursor
    cdef uint64_t chunk
    while count and ordered_at(tree, first, &cursor):
        chunk = cursor.leaf.count - cursor.index
        if chunk > count:
            chunk = count
        cut(tree, cursor.leaf, cursor.index, <uint32_t>chunk)
        count -= chunk


cdef bint ordered_clear_step(Ordered* tree, int budget) noexcept nogil:
    """Free up to `budget` leaves, from the end; True when the tree is empty and takes no memory.

    The tree may not be used for anything else once this has begun, and no item is looked at.
    """
    cdef Leaf* leaf
    cdef Inner* inner
    cdef Inner* parent
    while tree.last != NULL:
        if budget <= 0:
            return False
        budget -= 1
        leaf = tree.last
        tree.last = leaf.prev
        inner = leaf.parent
        free_node(tree, leaf)
        while inner != NULL:
            inner.count -= 1
            if inner.count:
                break
            parent = inner.parent
            free_node(tree, inner)
            inner = parent
    ordered_init(tree)
    return True


cdef void ordered_clear(Ordered* tree) noexcept nogil:
    """Free all nodes at once; the items are the caller's."""
    while not ordered_clear_step(tree, 1024):
        pass


# Ranks and places.

cdef void ordered_replace(const Cursor* cursor, void* item) noexcept nogil:
    """Put another item, of the same order, in the place of the one under the cursor, which stays valid."""
    leaf_items(cursor.leaf)[cursor.index] = item
    if cursor.index == 0:
        set_first(cursor.leaf.parent, cursor.leaf, item)


cdef uint64_t ordered_rank(const Ordered* tree, const Cursor* cursor) noexcept nogil:
    """How many items come before the cursor: all, if it is past the end."""
    cdef uint64_t rank = cursor.index
    cdef const void* node = cursor.leaf
    cdef Inner* inner
    cdef Branch* branch
    if cursor.leaf == NULL:
        return tree.count
    inner = cursor.leaf.parent
    while inner != NULL:
        branch = inner_branches(inner)
        while branch.child != node:
            rank += branch.count
            branch += 1
        node = inner
        inner = inner.parent
    return rank


cdef bint ordered_at(const Ordered* tree, uint64_t rank, Cursor* cursor) noexcept nogil:
    """Put the cursor on the item that `rank` items come before; False, and past the end, if there is none."""
    cdef void* node = tree.root
    cdef Branch* branch
    cdef uint32_t _
    cursor.leaf = NULL
    cursor.index = 0
    if rank >= tree.count:
        return False
    for _ in range(tree.height):
        branch = inner_branches(<Inner*>node)
        while rank >= branch.count:
            rank -= branch.count
            branch += 1
        node = branch.child
    cursor.leaf = <Leaf*>node
    cursor.index = <uint32_t>rank
    return True


# The proof of all that, for tests and debugging.

cdef struct Proof:
    Order order
    const Leaf* leaf                    # the last leaf seen
    const void* item                    # the last item seen
    uint64_t bytes
    const char* flaw                    # NULL: none so far


cdef bint is_proven(Proof* proof, bint holds, const char* flaw) noexcept nogil:
    if proof.flaw == NULL and not holds:
        proof.flaw = flaw
    return proof.flaw == NULL


cdef void check_leaf(const Ordered* tree, const Leaf* leaf, Proof* proof) noexcept nogil:
    cdef uint32_t i
    cdef void** items = leaf_items(leaf)
    is_proven(proof, leaf.prev == proof.leaf, b"a leaf's prev is not its predecessor")
    is_proven(proof, (tree.first if proof.leaf == NULL else proof.leaf.next) == leaf, b"a leaf's next is not it")
    is_proven(proof, 0 < leaf.count <= leaf.room <= LEAF_ITEMS, b"a leaf is empty or overfull")
    is_proven(proof, sizeof(Leaf) + leaf.room * sizeof(void*) <= mem_size(leaf), b"a leaf has a smaller block")
    is_proven(proof, leaf.count >= LEAF_ITEMS_MIN or leaf == tree.first or leaf == tree.last, b"a leaf is too empty")
    for i in range(leaf.count):
        is_proven(proof, proof.item == NULL or proof.order(proof.item, items[i]) < 0, b"items are out of order")
        proof.item = items[i]
    proof.leaf = leaf
    proof.bytes += mem_size(leaf)


cdef uint64_t check_node(const Ordered* tree, const void* node, uint32_t level, const Inner* parent, uint32_t edges,
                         Proof* proof) noexcept nogil:
    """Check a node and all below it; how many items there are. `edges`: 1 at the left edge, 2 at the right edge."""
    cdef const Inner* inner = <const Inner*>node
    cdef Branch* branches
    cdef uint64_t count = 0
    cdef uint32_t i, below
    cdef void* first
    # The parent is the first member of both structs.
    if not is_proven(proof, inner.parent == parent, b"a node's parent is not the one above"):
        return 0
    if level == 0:
        check_leaf(tree, <const Leaf*>node, proof)
        return (<const Leaf*>node).count
    branches = inner_branches(inner)
    is_proven(proof, inner.level == level, b"a node is on the wrong level")
    is_proven(proof, 0 < inner.count <= inner.room <= BRANCHES, b"a node is empty or overfull")
    is_proven(proof, sizeof(Inner) + inner.room * sizeof(Branch) <= mem_size(inner), b"a node has a smaller block")
    is_proven(proof, inner.count >= BRANCHES_MIN or edges, b"a node is too empty")
    is_proven(proof, inner.count > 1 or parent != NULL, b"the root has one child")
    proof.bytes += mem_size(inner)
    for i in range(inner.count):
        below = (edges & 1 if i == 0 else 0) | (edges & 2 if i + 1 == inner.count else 0)
        count += branches[i].count
        is_proven(proof, check_node(tree, branches[i].child, level - 1, inner, below, proof) == branches[i].count,
                  b"a count is wrong")
        first = leftmost(branches[i].child, level - 1)
        if not is_proven(proof, first == branches[i].first, b"a first item is wrong"):
            return 0
    return count


cdef void* leftmost(const void* node, uint32_t level) noexcept nogil:
    while level:
        node = inner_branches(<const Inner*>node)[0].child
        level -= 1
    return leaf_items(<const Leaf*>node)[0]


cdef const char* ordered_check(const Ordered* tree, Order order) noexcept nogil:
    """Verify every invariant; NULL, or what does not hold. `order` must take items as probes."""
    cdef Proof proof
    memset(&proof, 0, sizeof(Proof))
    proof.order = order
    if tree.root == NULL:
        is_proven(&proof, tree.count == 0 and tree.height == 0 and tree.first == NULL and tree.last == NULL,
                  b"an empty tree holds something")
    else:
        is_proven(&proof, check_node(tree, tree.root, tree.height, NULL, 3, &proof) == tree.count,
                  b"the tree's count is wrong")
        is_proven(&proof, proof.leaf == tree.last and tree.last.next == NULL, b"the last leaf is not the last")
    is_proven(&proof, proof.bytes == tree.bytes, b"the bytes are wrong")
    return proof.flaw


# The test face.

cdef int by_value(const void* probe, const void* item) noexcept nogil:
    return (<uintptr_t>probe > <uintptr_t>item) - (<uintptr_t>probe < <uintptr_t>item)


cdef int by_tens(const void* probe, const void* item) noexcept nogil:
    """An order that takes ten items for equal: the probe is a tenth of them."""
    return (<uintptr_t>probe > <uintptr_t>item // 10) - (<uintptr_t>probe < <uintptr_t>item // 10)


cdef class OrderedIntegers:
    """Test face: a tree whose items are the integers themselves, above 0."""

    cdef Ordered tree

    def __cinit__(self) -> None:
        ordered_init(&self.tree)

    def __dealloc__(self) -> None:
        ordered_clear(&self.tree)

    def __len__(self) -> int:
        return self.tree.count

    def insert(self, value: int) -> bool:
        return ordered_insert(&self.tree, by_value, <void*><uintptr_t>value, <void*><uintptr_t>value)

    def insert_all(self, values: list[int]) -> int:
        """Insert many; how many were not there before."""
        cdef uintptr_t value
        cdef int inserted = 0
        for value in values:
            inserted += ordered_insert(&self.tree, by_value, <void*>value, <void*>value)
        return inserted

    def append(self, value: int) -> None:
        ordered_build_append(&self.tree, <void*><uintptr_t>value)

    def remove(self, value: int) -> int:
        """The value removed, or 0."""
        return <uintptr_t>ordered_remove(&self.tree, by_value, <void*><uintptr_t>value)

    def remove_all(self, values: list[int]) -> int:
        """Remove many; how many were there."""
        cdef uintptr_t value
        cdef int removed = 0
        for value in values:
            removed += ordered_remove(&self.tree, by_value, <void*>value) != NULL
        return removed

    def remove_at(self, rank: int) -> int:
        """The value removed, or 0."""
        cdef Cursor cursor
        if not ordered_at(&self.tree, rank, &cursor):
            return 0
        return <uintptr_t>ordered_remove_at(&self.tree, &cursor)

    def remove_range(self, first: int, count: int) -> None:
        ordered_remove_range(&self.tree, first, count)

    def find(self, value: int) -> tuple:
        """Whether the value is there, its rank, and the item found."""
        cdef Cursor cursor
        cdef bint found = ordered_find(&self.tree, by_value, <void*><uintptr_t>value, &cursor)
        return found, ordered_rank(&self.tree, &cursor), self.item(cursor)

    def find_all(self, values: list[int]) -> int:
        """How many of the values are there."""
        cdef Cursor cursor
        cdef uintptr_t value
        cdef int found = 0
        for value in values:
            found += ordered_find(&self.tree, by_value, <void*>value, &cursor)
        return found

    def bound(self, tenth: int, is_lower: bool, strict: bool) -> int:
        """The first item whose tenth is not below (strict: is above), or the last whose is not above (is below); 0."""
        cdef Cursor cursor
        if is_lower:
            ordered_lower(&self.tree, by_tens, <void*><uintptr_t>tenth, strict, &cursor)
        else:
            ordered_upper(&self.tree, by_tens, <void*><uintptr_t>tenth, strict, &cursor)
        return self.item(cursor)

    def at(self, rank: int) -> int:
        cdef Cursor cursor
        ordered_at(&self.tree, rank, &cursor)
        return self.item(cursor)

    def replace_at(self, rank: int, value: int) -> None:
        cdef Cursor cursor
        if ordered_at(&self.tree, rank, &cursor):
            ordered_replace(&cursor, <void*><uintptr_t>value)

    cdef object item(self, Cursor cursor):
        return 0 if cursor.leaf == NULL else <uintptr_t>cursor_item(&cursor)

    def forward(self) -> list:
        cdef Cursor cursor
        cdef list found = []
        cdef bint more = ordered_first(&self.tree, &cursor)
        while more:
            found.append(<uintptr_t>cursor_item(&cursor))
            more = cursor_next(&cursor)
        return found

    def backward(self) -> list:
        cdef Cursor cursor
        cdef list found = []
        cdef bint more = ordered_last(&self.tree, &cursor)
        while more:
            found.append(<uintptr_t>cursor_item(&cursor))
            more = cursor_prev(&cursor)
        return found

    def flaw(self) -> str | None:
        """What invariant does not hold; None if all do."""
        cdef const char* flaw = ordered_check(&self.tree, by_value)
        return None if flaw == NULL else (<bytes>flaw).decode()

    def held_bytes(self) -> int:
        return ordered_bytes(&self.tree)

    def clear_step(self, budget: int) -> bool:
        return ordered_clear_step(&self.tree, budget)
