"""Streams: entries of fields and values in the order of their IDs, packed into nodes.

A node is a listpack, byte for byte as redis-server 7.0 makes it, for DUMP and RDB files show it:

    live entries | deleted entries | number of fields | field ... | 0        of the entry for which it was made
    flags | ms - node's ms | seq - node's seq | value ... | elements before      an entry with the same fields
    flags | ms - node's ms | seq - node's seq | number of fields | field | value ... | elements before

`elements before` is how many elements an entry has before that last one, so that a reader who comes from the end finds
its start. An entry that is deleted stays, with a flag, until all of its node are. When a node is full is decided as in
redis-server: by `stream-node-max-bytes` and `stream-node-max-entries`.

The nodes hang in an ordered tree by the ID for which they were made, and appending goes to the last one: no search. A
new node gets as much room as the one before it came to need, which is then cut to size; the first of a stream grows as
any small listpack does, so that a stream of a few entries takes a few bytes.

Memory: the stream owns its nodes and its groups (types/stream_groups.pyx), a node its listpack.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from autocache.base.bytes cimport View, log2_floor
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_size, mem_zalloc
from autocache.types.limits cimport Limits
from autocache.types.listpack cimport (
    LP_END,
    lp_append,
    lp_append_int,
    lp_bytes,
    lp_copy,
    lp_element_bytes,
    lp_equal,
    lp_first,
    lp_free,
    lp_new,
    lp_prev,
    lp_replace_int,
    lp_shrink,
)
from autocache.types.ordered cimport (
    Cursor,
    Ordered,
    cursor_item,
    cursor_next,
    cursor_prev,
    ordered_build_append,
    ordered_bytes,
    ordered_first,
    ordered_init,
    ordered_last,
    ordered_remove_at,
    ordered_remove_range,
    ordered_upper,
)
from autocache.types.stream_groups cimport (
    ENTRIES_READ_UNKNOWN,
    Group,
    group_bytes,
    group_copy,
    group_effort,
    group_free_step,
)
from autocache.types.stream_id cimport (
    StreamId,
    compare_ids,
    is_zero_id,
    order_by_id,
    set_greatest_id,
    set_least_id,
)

cdef enum:
    FIRST_NODE_BYTES = 32               # most streams of one node are short
    FURTHER_NODE_BYTES_MAX = 4096       # what a new node gets at most before it needs it
    LP_SMALL_INT_MAX = 127              # is one byte and its back-length
    RAX_KEY_BYTES = 16


# --- nodes


cdef inline char* after(const char* p) noexcept nogil:
    """The element behind the one at `p`, or the terminator."""
    return <char*>p + lp_element_bytes(p)


cdef StreamNode* new_node(const StreamId* id, char* take_packed) noexcept nogil:
    cdef StreamNode* node = <StreamNode*>mem_alloc(sizeof(StreamNode))
    node.id = id[0]
    node.packed = take_packed
    return node


cdef void free_node(StreamNode* node) noexcept nogil:
    lp_free(node.packed)
    mem_free(node)


cdef inline StreamNode* last_node(const Stream* stream) noexcept nogil:
    cdef Cursor cursor
    return <StreamNode*>cursor_item(&cursor) if ordered_last(&stream.nodes, &cursor) else NULL


cdef inline void add_to_count(StreamNode* node, char** p, int64_t added) noexcept nogil:
    """Add to one of the two counts at the head of a node, which `p` points to and follows."""
    cdef int64_t count = packed_int(p[0]) + added
    if <uint8_t>p[0][0] <= LP_SMALL_INT_MAX and 0 <= count <= LP_SMALL_INT_MAX:
        p[0][0] = <char>count
    else:
        node.packed = lp_replace_int(node.packed, p, count)


cdef void count_deleted(StreamNode* node, int64_t deleted) noexcept nogil:
    """Note at the head of a node that so many of its live entries are deleted now."""
    cdef char* p = lp_first(node.packed)
    add_to_count(node, &p, -deleted)
    p = after(p)
    add_to_count(node, &p, deleted)


cdef inline int64_t live_entries(const StreamNode* node) noexcept nogil:
    return packed_int(lp_first(node.packed))


# --- whole streams


cdef Stream* stream_new() noexcept nogil:
    """An empty stream."""
    return <Stream*>mem_zalloc(sizeof(Stream))


cdef bint stream_free_step(Stream* stream, int budget) noexcept nogil:
    """Free up to `budget` blocks or so; True when nothing is left, not even the stream's own block."""
    cdef Cursor cursor
    if stream.groups != NULL:
        while ordered_last(stream.groups, &cursor):
            if not group_free_step(<Group*>cursor_item(&cursor), &budget):
                return False
            mem_free(ordered_remove_at(stream.groups, &cursor))
        mem_free(stream.groups)
        stream.groups = NULL
    while ordered_last(&stream.nodes, &cursor):
        if budget <= 0:
            return False
        budget -= 1
        free_node(<StreamNode*>ordered_remove_at(&stream.nodes, &cursor))
    mem_free(stream)
    return True


cdef Ordered* stream_groups(Stream* stream) noexcept nogil:
    """The tree of groups, to add one to."""
    if stream.groups == NULL:
        stream.groups = <Ordered*>mem_alloc(sizeof(Ordered))
        ordered_init(stream.groups)
    return stream.groups


cdef Stream* stream_copy(const Stream* stream) noexcept nogil:
    """Another stream with the same nodes and groups."""
    cdef Stream* copy = stream_new()
    cdef StreamNode* node
    cdef Cursor cursor
    cdef bint more
    copy[0] = stream[0]
    copy.groups = NULL
    ordered_init(&copy.nodes)
    more = ordered_first(&stream.nodes, &cursor)
    while more:
        node = <StreamNode*>cursor_item(&cursor)
        ordered_build_append(&copy.nodes, new_node(&node.id, lp_copy(node.packed)))
        more = cursor_next(&cursor)
    if stream.groups == NULL:
        return copy
    more = ordered_first(stream.groups, &cursor)
    while more:
        ordered_build_append(stream_groups(copy), group_copy(<Group*>cursor_item(&cursor)))
        more = cursor_next(&cursor)
    return copy


cdef size_t stream_bytes(const Stream* stream) noexcept nogil:
    """What a stream takes, in usable bytes. Walks nodes and consumers."""
    cdef size_t total = mem_size(stream) + ordered_bytes(&stream.nodes)
    cdef StreamNode* node
    cdef Cursor cursor
    cdef bint more = ordered_first(&stream.nodes, &cursor)
    while more:
        node = <StreamNode*>cursor_item(&cursor)
        total += mem_size(node) + mem_size(node.packed)
        more = cursor_next(&cursor)
    if stream.groups == NULL:
        return total
    total += mem_size(stream.groups) + ordered_bytes(stream.groups)
    more = ordered_first(stream.groups, &cursor)
    while more:
        total += group_bytes(<Group*>cursor_item(&cursor))
        more = cursor_next(&cursor)
    return total


cdef uint64_t stream_effort(const Stream* stream) noexcept nogil:
    """About how many blocks there are to free."""
    cdef uint64_t effort = 1 + stream.nodes.count
    cdef Cursor cursor
    cdef bint more = stream.groups != NULL and ordered_first(stream.groups, &cursor)
    while more:
        effort += group_effort(<Group*>cursor_item(&cursor))
        more = cursor_next(&cursor)
    return effort


# --- appending


cdef inline View word_at(const void* words, size_t stride, int i) noexcept nogil:
    return (<const View*>(<const char*>words + stride * i))[0]


cdef bint has_room(const StreamNode* node, size_t bytes, const Limits* limits) noexcept nogil:
    """Whether an entry with so many bytes of fields and values may join a node."""
    cdef uint64_t most = <uint64_t>limits.stream_node_bytes
    cdef char* p
    if most == 0 or most > STREAM_NODE_BYTES_MAX:
        most = STREAM_NODE_BYTES_MAX
    if lp_bytes(node.packed) + bytes >= most:
        return False
    if limits.stream_node_entries == 0:
        return True
    p = lp_first(node.packed)
    return packed_int(p) + packed_int(after(p)) < limits.stream_node_entries


cdef StreamNode* begin_node(Stream* stream, const StreamId* id, const void* words, size_t stride, int fields,
                            StreamNode* previous) noexcept nogil:
    """A new last node, with the fields of the entry that is about to be appended, which is counted already."""
    cdef size_t room = FIRST_NODE_BYTES
    cdef StreamNode* node
    cdef char* packed
    cdef int i
    if previous != NULL:
        previous.packed = lp_shrink(previous.packed)
        room = lp_bytes(previous.packed)
        room = room if room < FURTHER_NODE_BYTES_MAX else FURTHER_NODE_BYTES_MAX
    packed = lp_append_int(lp_new(room), 1)
    packed = lp_append_int(packed, 0)
    packed = lp_append_int(packed, fields)
    for i in range(fields):
        packed = lp_append(packed, word_at(words, stride, 2 * i))
    node = new_node(id, lp_append_int(packed, 0))
    ordered_build_append(&stream.nodes, node)
    return node


cdef bint has_fields(const StreamNode* node, const void* words, size_t stride, int fields) noexcept nogil:
    """Whether the fields of an entry are those of the node's first one."""
    cdef char* p = after(after(lp_first(node.packed)))
    cdef int i
    if packed_int(p) != fields:
        return False
    for i in range(fields):
        p = after(p)
        if not lp_equal(p, word_at(words, stride, 2 * i)):
            return False
    return True


cdef void stream_append(Stream* stream, const StreamId* id, const void* words, size_t stride, int fields,
                        size_t bytes, const Limits* limits) noexcept nogil:
    """Add an entry. `words` are its fields and values in turn: a View each, `stride` bytes apart; `bytes` their sum.

    The ID is greater than all before, and the sum within STREAM_NODE_BYTES_MAX.
    """
    cdef StreamNode* node = last_node(stream)
    cdef bint same = True
    cdef char* packed
    cdef int i
    if node == NULL or not has_room(node, bytes, limits):
        node = begin_node(stream, id, words, stride, fields, node)
    else:
        packed = lp_first(node.packed)
        add_to_count(node, &packed, 1)
        same = has_fields(node, words, stride, fields)
    packed = lp_append_int(node.packed, ENTRY_SAME_FIELDS if same else 0)
    packed = lp_append_int(packed, <int64_t>(id.ms - node.id.ms))
    packed = lp_append_int(packed, <int64_t>(id.seq - node.id.seq))
    if not same:
        packed = lp_append_int(packed, fields)
    for i in range(fields):
        if not same:
            packed = lp_append(packed, word_at(words, stride, 2 * i))
        packed = lp_append(packed, word_at(words, stride, 2 * i + 1))
    node.packed = lp_append_int(packed, <int64_t>fields + 3 if same else 2 * <int64_t>fields + 4)
    stream.length += 1
    stream.entries_added += 1
    stream.last_id = id[0]
    if stream.length == 1:
        stream.first_id = id[0]


cdef void stream_append_node(Stream* stream, const StreamId* id, char* take_packed) noexcept nogil:
    """Add a sound node as the last one, and nothing to the figures: for values that are read from bytes."""
    ordered_build_append(&stream.nodes, new_node(id, take_packed))


# --- walking


cdef void enter_node(StreamWalk* walk) noexcept nogil:
    """Stand before the first entry of the cursor's node, or, backwards, behind its last."""
    cdef StreamNode* node = <StreamNode*>cursor_item(&walk.cursor)
    cdef char* p = after(after(lp_first(node.packed)))
    cdef int64_t _
    walk.node = node
    walk.name_count = packed_int(p)
    p = after(p)
    walk.names = p
    for _ in range(walk.name_count + 1):
        p = after(p)
    walk.entries = p
    walk.next = node.packed + lp_bytes(node.packed) - 1 if walk.backwards else p


cdef void walk_start(StreamWalk* walk, const Stream* stream, const StreamId* first, const StreamId* last,
                     bint backwards) noexcept nogil:
    """Get ready to visit the entries from `first` to `last`, both included."""
    cdef bint found
    walk.first = first[0]
    walk.last = last[0]
    walk.backwards = backwards
    walk.node = NULL
    # The node of an entry is the last one that was not made for a greater ID.
    found = ordered_upper(&stream.nodes, order_by_id, last if backwards else first, False, &walk.cursor)
    if not found and not backwards:
        found = ordered_first(&stream.nodes, &walk.cursor)
    if found:
        enter_node(walk)


cdef bint leave_node(StreamWalk* walk) noexcept nogil:
    """Go to the next node, or the one before; False if there is none."""
    if cursor_prev(&walk.cursor) if walk.backwards else cursor_next(&walk.cursor):
        enter_node(walk)
        return True
    walk.node = NULL
    return False


cdef inline char* entry_before(char* packed, char* end) noexcept nogil:
    """Where the entry starts that ends at `end`."""
    cdef char* p = lp_prev(packed, end)
    cdef int64_t _
    for _ in range(packed_int(p)):
        p = lp_prev(packed, p)
    return p


cdef inline void read_entry(StreamWalk* walk, char* p) noexcept nogil:
    walk.at = p
    walk.flags = packed_int(p)
    p = after(p)
    walk.id.ms = walk.node.id.ms + <uint64_t>packed_int(p)
    p = after(p)
    walk.id.seq = walk.node.id.seq + <uint64_t>packed_int(p)
    p = after(p)
    walk.fields = walk.name_count
    if not walk.flags & ENTRY_SAME_FIELDS:
        walk.fields = packed_int(p)
        p = after(p)
    walk.words = p


cdef inline char* entry_end(const StreamWalk* walk) noexcept nogil:
    """Where the entry that was just read ends."""
    cdef char* p = walk.words
    cdef int64_t _
    for _ in range(walk.fields if walk.flags & ENTRY_SAME_FIELDS else 2 * walk.fields):
        p = after(p)
    return after(p)


cdef bint walk_any(StreamWalk* walk) noexcept nogil:
    """Read the next entry, deleted or not, whatever its ID; False if there is none."""
    if walk.node == NULL:
        return False
    if walk.backwards:
        if walk.next == walk.entries and not leave_node(walk):
            return False
        walk.next = entry_before(walk.node.packed, walk.next)
        read_entry(walk, walk.next)
        return True
    if <uint8_t>walk.next[0] == LP_END and not leave_node(walk):
        return False
    read_entry(walk, walk.next)
    walk.next = entry_end(walk)
    return True


cdef bint walk_next(StreamWalk* walk) noexcept nogil:
    """Read the next entry; False if there is none.

    The ID of a deleted entry says nothing: after XSETID, smaller ones may follow it.
    """
    while walk_any(walk):
        if walk.flags & ENTRY_DELETED:
            continue
        if compare_ids(&walk.id, &walk.last) > 0:
            if walk.backwards:
                continue
            break
        if compare_ids(&walk.id, &walk.first) < 0:
            if not walk.backwards:
                continue
            break
        return True
    walk.node = NULL
    return False


cdef bint edge_id(const Stream* stream, bint last, StreamId* id) noexcept nogil:
    """The ID of the first entry, or the last; False if there is none."""
    cdef StreamWalk walk
    cdef StreamId least, greatest
    set_least_id(&least)
    set_greatest_id(&greatest)
    walk_start(&walk, stream, &least, &greatest, last)
    if not walk_next(&walk):
        return False
    id[0] = walk.id
    return True


cdef bint stream_last_entry_id(const Stream* stream, StreamId* id) noexcept nogil:
    """The ID of the last entry that is there; False, and 0-0, if there is none."""
    set_least_id(id)
    return stream.length != 0 and edge_id(stream, True, id)


cdef bint stream_has(const Stream* stream, const StreamId* id) noexcept nogil:
    """Whether there is an entry of an ID."""
    cdef StreamWalk walk
    walk_start(&walk, stream, id, id, False)
    return walk_next(&walk)


# --- removing


cdef void stream_reset_first_id(Stream* stream) noexcept nogil:
    """Look for the first entry again after some were removed."""
    if stream.length == 0 or not edge_id(stream, False, &stream.first_id):
        set_least_id(&stream.first_id)


cdef bint stream_remove(Stream* stream, const StreamId* id) noexcept nogil:
    """Delete an entry; False if there is none of that ID. The stream's first ID is the caller's to reset."""
    cdef StreamWalk walk
    walk_start(&walk, stream, id, id, False)
    if not walk_next(&walk):
        return False
    stream.length -= 1
    if live_entries(walk.node) == 1:
        ordered_remove_at(&stream.nodes, &walk.cursor)
        free_node(walk.node)
        return True
    walk.at[0] |= ENTRY_DELETED
    count_deleted(walk.node, 1)
    return True


cdef StreamId greatest_id_of(const StreamNode* node) noexcept nogil:
    """The ID of a node's last entry, deleted or not."""
    cdef StreamWalk walk
    cdef char* end = node.packed + lp_bytes(node.packed) - 1
    walk.node = <StreamNode*>node
    walk.name_count = 0
    read_entry(&walk, entry_before(node.packed, end))
    return walk.id


cdef bint goes_as_a_whole(const Stream* stream, const StreamNode* node, int64_t entries,
                          const Trim* trim) noexcept nogil:
    cdef StreamId greatest
    if not trim.by_id:
        return stream.length - <uint64_t>entries >= trim.length
    greatest = greatest_id_of(node)
    return compare_ids(&greatest, &trim.min_id) < 0


cdef int64_t trim_node(Stream* stream, const Cursor* cursor, const Trim* trim) noexcept nogil:
    """Delete entries from the beginning of the first node that does not go as a whole; returns how many."""
    cdef StreamWalk walk
    cdef int64_t deleted = 0
    walk.backwards = False
    walk.cursor = cursor[0]
    enter_node(&walk)
    while <uint8_t>walk.next[0] != LP_END:
        read_entry(&walk, walk.next)
        if trim.by_id and compare_ids(&walk.id, &trim.min_id) >= 0:
            break
        if not trim.by_id and stream.length <= trim.length:
            break
        walk.next = entry_end(&walk)
        if not walk.flags & ENTRY_DELETED:
            walk.at[0] |= ENTRY_DELETED
            stream.length -= 1
            deleted += 1
    count_deleted(walk.node, deleted)
    return deleted


cdef int64_t stream_trim(Stream* stream, const Trim* trim) noexcept nogil:
    """Remove entries from the beginning; returns how many. As redis-server, node by node."""
    cdef int64_t deleted = 0
    cdef uint64_t nodes = 0
    cdef StreamNode* node
    cdef int64_t entries
    cdef Cursor cursor
    cdef bint more = ordered_first(&stream.nodes, &cursor)
    while more and (trim.by_id or stream.length > trim.length):
        node = <StreamNode*>cursor_item(&cursor)
        entries = live_entries(node)
        if trim.limit and deleted + entries > trim.limit:
            break
        if not goes_as_a_whole(stream, node, entries, trim):
            if not trim.approximate:
                deleted += trim_node(stream, &cursor, trim)
            break
        stream.length -= <uint64_t>entries
        deleted += entries
        nodes += 1
        free_node(node)
        more = cursor_next(&cursor)
    # The tree looks at no item while it drops them.
    ordered_remove_range(&stream.nodes, 0, nodes)
    if deleted:
        stream_reset_first_id(stream)
    return deleted


# --- counting


cdef bint stream_has_deleted_after(const Stream* stream, const StreamId* id) noexcept nogil:
    """Whether XDEL removed something at or after an ID, so that entries from there on cannot be counted by IDs."""
    if stream.length == 0 or is_zero_id(&stream.max_deleted_id):
        return False
    return compare_ids(id, &stream.max_deleted_id) <= 0


cdef int64_t stream_entries_until(const Stream* stream, const StreamId* id) noexcept nogil:
    """How many entries were ever added up to an ID, or ENTRIES_READ_UNKNOWN if that cannot be told."""
    cdef int last, first
    if stream.entries_added == 0:
        return 0
    last = compare_ids(id, &stream.last_id)
    if stream.length == 0 and last <= 0:
        return <int64_t>stream.entries_added
    if last == 0:
        return <int64_t>stream.entries_added
    if last > 0:
        return ENTRIES_READ_UNKNOWN
    if is_zero_id(&stream.max_deleted_id) or compare_ids(&stream.max_deleted_id, &stream.first_id) < 0:
        first = compare_ids(id, &stream.first_id)
        if first < 0:
            return <int64_t>(stream.entries_added - stream.length)
        if first == 0:
            return <int64_t>(stream.entries_added - stream.length + 1)
    return ENTRIES_READ_UNKNOWN


# --- what redis-server's radix tree would be like


cdef int shared_bytes(const StreamId* a, const StreamId* b) noexcept nogil:
    """How many bytes two different keys of the radix tree begin with in common: 16 bytes, big-endian."""
    if a.ms != b.ms:
        return (63 - log2_floor(a.ms ^ b.ms)) // 8
    return 8 + (63 - log2_floor(a.seq ^ b.seq)) // 8


cdef inline uint64_t edge(int parent, int child) noexcept nogil:
    """Whether there is a node between one that branches at depth `parent`, with edges of a byte each, and a child."""
    return child - parent > 1


cdef uint64_t stream_rax_nodes(const Stream* stream) noexcept nogil:
    """How many nodes redis-server's radix tree of the stream's nodes has, which XINFO STREAM shows.

    In it a node is the end of a key, a place where keys part, or a run of bytes that do not part. So the number
    follows from how many bytes each key shares with the one before: `path` has the depths of the places where keys
    part on the way to the key at hand.
    """
    cdef int path[RAX_KEY_BYTES]
    cdef int depth = 0
    cdef int child, shared
    cdef uint64_t nodes = 1
    cdef StreamNode* node
    cdef StreamNode* previous
    cdef Cursor cursor
    if not ordered_first(&stream.nodes, &cursor):
        return 1
    previous = <StreamNode*>cursor_item(&cursor)
    while cursor_next(&cursor):
        node = <StreamNode*>cursor_item(&cursor)
        shared = shared_bytes(&previous.id, &node.id)
        child = RAX_KEY_BYTES
        while depth and path[depth - 1] > shared:
            nodes += edge(path[depth - 1], child)
            child = path[depth - 1]
            depth -= 1
        if depth == 0 or path[depth - 1] < shared:
            path[depth] = shared
            depth += 1
            nodes += 1
        nodes += 1 + edge(shared, child)
        previous = node
    child = RAX_KEY_BYTES
    while depth:
        nodes += edge(path[depth - 1], child)
        child = path[depth - 1]
        depth -= 1
    return nodes + (child > 0)
