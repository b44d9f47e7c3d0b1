"""Lists: a chain of nodes, each a listpack of a few kilobytes, as redis-server's quicklist.

Both ends are reached at once, an index in a few steps, for a node holds hundreds of short elements. Where a node ends
is part of what DUMP shows, so it is decided as in redis-server 7.0: by `list-max-listpack-size`, which is a number of
elements (and then 8 KiB at most) or, negative, one of five sizes. An element larger than that is a node of its own.

A node that is pushed to grows with some slack (types/listpack.pyx); when the next one is begun, the slack is given
back, so that a long list takes no more than its bytes. `list-compress-depth` is accepted and changes nothing: nodes
are not compressed here. The quicklist owns its nodes, a node its listpack.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from autocache.base.bytes cimport View
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_size, mem_zalloc
from autocache.types.limits cimport Limits
from autocache.types.listpack cimport (
    LP_AFTER,
    LP_BEFORE,
    lp_append,
    lp_bytes,
    lp_copy,
    lp_delete,
    lp_delete_range,
    lp_first,
    lp_fits,
    lp_free,
    lp_insert,
    lp_last,
    lp_length,
    lp_merge,
    lp_new,
    lp_next,
    lp_prepend,
    lp_prev,
    lp_replace,
    lp_seek,
    lp_shrink,
)

cdef enum:
    NODE_BYTES_BY_COUNT = 8192          # the size limit where the limit is a number of elements
    ELEMENT_OVERHEAD = 8                # what redis-server takes an element to need besides its bytes
    LONG_ELEMENT_OVERHEAD = 10          # what an element needs in a listpack besides its bytes, at most
    MERGE_SAVES = 11                    # what redis-server 7.0 takes two nodes to need less as one; it is 7
    FIRST_NODE_BYTES = 32               # most lists are short
    FURTHER_NODE_BYTES = 1024           # a list that has a full node will fill another

cdef size_t NODE_BYTES[5]
NODE_BYTES[:] = [4096, 8192, 16384, 32768, 65536]


# --- limits


cdef bint holds(size_t bytes, uint64_t count, const Limits* limits) noexcept nogil:
    """Whether a node may have so many bytes and elements."""
    cdef int64_t limit = limits.list_listpack_size
    cdef int64_t level
    if limit >= 0:
        return count <= <uint64_t>(limit if limit else 1) and bytes <= NODE_BYTES_BY_COUNT
    level = -limit - 1 if limit > -5 else 4
    return bytes <= NODE_BYTES[level]


cdef inline bint has_room(const Node* node, size_t length, const Limits* limits) noexcept nogil:
    """Whether an element of so many bytes may join a node."""
    return node != NULL and holds(
        lp_bytes(node.packed) + length + ELEMENT_OVERHEAD, <uint64_t>node.count + 1, limits)


# --- nodes


cdef Node* new_node(char* take_packed, uint32_t count) noexcept nogil:
    cdef Node* node = <Node*>mem_alloc(sizeof(Node))
    node.packed = take_packed
    node.count = count
    node.prev = node.next = NULL
    return node


cdef void link_node(Quicklist* list, Node* node, Node* before) noexcept nogil:
    """Put a node into the chain, before another one or, if that is NULL, at the end."""
    node.next = before
    node.prev = before.prev if before != NULL else list.tail
    if node.prev != NULL:
        node.prev.next = node
    else:
        list.head = node
    if before != NULL:
        before.prev = node
    else:
        list.tail = node
    list.nodes += 1


cdef void drop_node(Quicklist* list, Node* node) noexcept nogil:
    if node.prev != NULL:
        node.prev.next = node.next
    else:
        list.head = node.next
    if node.next != NULL:
        node.next.prev = node.prev
    else:
        list.tail = node.prev
    list.nodes -= 1
    lp_free(node.packed)
    mem_free(node)


cdef Node* fresh_node(Quicklist* list, View element) noexcept nogil:
    """A node, in no chain yet, with one element."""
    cdef char* packed = lp_new(FURTHER_NODE_BYTES if list.nodes else FIRST_NODE_BYTES)
    return new_node(lp_append(packed, element), 1)


cdef Node* split_node(Quicklist* list, Node* node, uint32_t index) noexcept nogil:
    """Move the elements from `index` on, which is neither 0 nor the end, to a new node behind; returns it."""
    cdef char* rest = lp_delete_range(lp_copy(node.packed), 0, index)
    cdef Node* half = new_node(rest, node.count - index)
    node.packed = lp_delete_range(node.packed, index, node.count - index)
    node.count = index
    link_node(list, half, node.next)
    return half


cdef bint merge_nodes(Quicklist* list, Node* node, const Limits* limits) noexcept nogil:
    """Join a node (or NULL) with the one behind it, if there is one and both together are within the limit."""
    cdef Node* other = node.next if node != NULL else NULL
    if other == NULL or not holds(
            lp_bytes(node.packed) + lp_bytes(other.packed) - MERGE_SAVES, <uint64_t>node.count + other.count, limits):
        return False
    node.packed = lp_merge(node.packed, other.packed)
    node.count += other.count
    other.packed = NULL
    drop_node(list, other)
    return True


cdef void merge_around(Quicklist* list, Node* node, const Limits* limits) noexcept nogil:
    """Join what can be joined of a node and the two on either side of it, in the order in which redis-server tries."""
    cdef Node* before
    if node.prev != NULL:
        merge_nodes(list, node.prev.prev, limits)
    merge_nodes(list, node.next, limits)
    before = node.prev
    if merge_nodes(list, before, limits):
        node = before
    merge_nodes(list, node, limits)


# --- whole lists


cdef Quicklist* quicklist_new() noexcept nogil:
    """An empty list."""
    return <Quicklist*>mem_zalloc(sizeof(Quicklist))


cdef bint quicklist_free_step(Quicklist* list, int budget) noexcept nogil:
    """Free up to `budget` nodes; True when nothing is left, not even the list's own block."""
    while list.head != NULL:
        if budget == 0:
            return False
        budget -= 1
        drop_node(list, list.head)
    mem_free(list)
    return True


cdef Quicklist* quicklist_copy(const Quicklist* list) noexcept nogil:
    """Another list with the same elements in the same nodes."""
    cdef Quicklist* copy = quicklist_new()
    cdef Node* node = list.head
    while node != NULL:
        link_node(copy, new_node(lp_copy(node.packed), node.count), NULL)
        node = node.next
    copy.count = list.count
    return copy


cdef size_t quicklist_bytes(const Quicklist* list) noexcept nogil:
    """What the list takes, in usable bytes."""
    cdef size_t total = mem_size(list)
    cdef Node* node = list.head
    while node != NULL:
        total += mem_size(node) + mem_size(node.packed)
        node = node.next
    return total


cdef void quicklist_append_node(Quicklist* list, char* take_packed) noexcept nogil:
    """Add a listpack with elements as the last node, whatever its size: for values that are read from bytes."""
    cdef Node* node = new_node(take_packed, <uint32_t>lp_length(take_packed))
    link_node(list, node, NULL)
    list.count += node.count


# --- pushing


cdef void quicklist_push(Quicklist* list, View element, bint head, const Limits* limits) noexcept nogil:
    """Add an element at one end."""
    cdef Node* node = list.head if head else list.tail
    list.count += 1
    if not has_room(node, element.len, limits):
        if node != NULL:
            node.packed = lp_shrink(node.packed)
        node = fresh_node(list, element)
        link_node(list, node, list.head if head else NULL)
        return
    node.packed = lp_prepend(node.packed, element) if head else lp_append(node.packed, element)
    node.count += 1


# --- places


cdef void quicklist_end(Quicklist* list, bint head, ListCursor* cursor) noexcept nogil:
    """The first element or the last; its node is NULL if there is none."""
    cursor.list = list
    cursor.node = list.head if head else list.tail
    cursor.at = NULL
    if cursor.node != NULL:
        cursor.at = lp_first(cursor.node.packed) if head else lp_last(cursor.node.packed)


cdef bint quicklist_seek(Quicklist* list, int64_t index, ListCursor* cursor) noexcept nogil:
    """Find the element at an index, which counts from the end if it is negative; False if there is none."""
    cdef Node* node
    cdef uint64_t left
    cursor.list = list
    cursor.node = NULL
    if index < 0:
        index += <int64_t>list.count
    if index < 0 or <uint64_t>index >= list.count:
        return False
    if <uint64_t>index < list.count // 2:
        node = list.head
        left = index
        while left >= node.count:
            left -= node.count
            node = node.next
    else:
        node = list.tail
        left = list.count - index
        while left > node.count:
            left -= node.count
            node = node.prev
        left = node.count - left
    cursor.node = node
    cursor.at = lp_seek(node.packed, <long>left)
    return True


cdef bint quicklist_step(ListCursor* cursor, bint backwards) noexcept nogil:
    """Go to the next element, or the one before; False if there is none."""
    cdef Node* node = cursor.node
    cursor.at = lp_prev(node.packed, cursor.at) if backwards else lp_next(node.packed, cursor.at)
    if cursor.at != NULL:
        return True
    node = node.prev if backwards else node.next
    cursor.node = node
    if node == NULL:
        return False
    cursor.at = lp_last(node.packed) if backwards else lp_first(node.packed)
    return True


# --- changing at a place


cdef uint32_t index_in_node(const ListCursor* cursor) noexcept nogil:
    """The index of the element within its node."""
    cdef uint32_t index = 0
    cdef char* at = lp_first(cursor.node.packed)
    while at != cursor.at:
        at = lp_next(cursor.node.packed, at)
        index += 1
    return index


cdef void quicklist_insert(ListCursor* cursor, View element, bint after, const Limits* limits) noexcept nogil:
    """Insert before or after the element of a cursor, which is void then."""
    cdef Quicklist* list = cursor.list
    cdef Node* node = cursor.node
    cdef uint32_t index
    list.count += 1
    if has_room(node, element.len, limits):
        node.packed = lp_insert(node.packed, element, cursor.at, LP_AFTER if after else LP_BEFORE, NULL)
        node.count += 1
        return
    index = index_in_node(cursor) + after
    if index == node.count:
        insert_between(list, node, node.next, element, limits)
    elif index == 0:
        insert_between(list, node.prev, node, element, limits)
    else:
        insert_split(list, node, index, element, after)
        merge_around(list, node if after else node.next, limits)


cdef void insert_split(Quicklist* list, Node* node, uint32_t index, View element, bint after) noexcept nogil:
    """Split a node before an index, and add an element at the cut: to the half that redis-server makes a new node."""
    cdef Node* half = split_node(list, node, index)
    if after:
        half.packed = lp_prepend(half.packed, element)
        half.count += 1
    else:
        node.packed = lp_append(node.packed, element)
        node.count += 1


cdef void insert_between(Quicklist* list, Node* left, Node* right, View element, const Limits* limits) noexcept nogil:
    """Put an element where one node ends and the next one begins; either may be NULL."""
    if has_room(left, element.len, limits):
        left.packed = lp_append(left.packed, element)
        left.count += 1
    elif has_room(right, element.len, limits):
        right.packed = lp_prepend(right.packed, element)
        right.count += 1
    else:
        link_node(list, fresh_node(list, element), right)


cdef void quicklist_replace(ListCursor* cursor, View element) noexcept nogil:
    """Put another element in the place of a cursor's, which is void then.

    As in redis-server, its node may so become larger than the limit. Only if it became larger than a listpack may be
    does the element get a node of its own.
    """
    cdef Node* node = cursor.node
    cdef uint32_t index
    if node.count == 1 or lp_fits(node.packed, element.len + LONG_ELEMENT_OVERHEAD):
        node.packed = lp_replace(node.packed, &cursor.at, element)
        return
    index = index_in_node(cursor)
    if index + 1 < node.count:
        split_node(cursor.list, node, index + 1)
    link_node(cursor.list, fresh_node(cursor.list, element), node.next)
    if index == 0:
        drop_node(cursor.list, node)
    else:
        node.packed = lp_delete_range(node.packed, index, 1)
        node.count -= 1


cdef void quicklist_remove(ListCursor* cursor, bint backwards) noexcept nogil:
    """Remove the element of a cursor, which then stands on the next one, or the one before; NULL if there is none."""
    cdef Node* node = cursor.node
    cdef Node* following = node.prev if backwards else node.next
    cdef char* at
    cursor.list.count -= 1
    if node.count == 1:
        drop_node(cursor.list, node)
        at = NULL
    else:
        node.count -= 1
        node.packed = lp_delete(node.packed, cursor.at, &at)
        if backwards:
            at = lp_prev(node.packed, at) if at != NULL else lp_last(node.packed)
    cursor.at = at
    if at != NULL:
        return
    cursor.node = following
    if following != NULL:
        cursor.at = lp_last(following.packed) if backwards else lp_first(following.packed)


cdef void quicklist_remove_range(Quicklist* list, uint64_t start, uint64_t count) noexcept nogil:
    """Remove `count` elements from index `start` on; both lie within the list."""
    cdef ListCursor cursor
    cdef Node* node
    cdef Node* following
    cdef uint32_t index, some
    if count == 0 or not quicklist_seek(list, <int64_t>start, &cursor):
        return
    node = cursor.node
    index = index_in_node(&cursor)
    list.count -= count
    while count:
        following = node.next
        some = node.count - index if count > <uint64_t>(node.count - index) else <uint32_t>count
        if some == node.count:
            drop_node(list, node)
        else:
            node.packed = lp_delete_range(node.packed, index, some)
            node.count -= some
        count -= some
        index = 0
        node = following
