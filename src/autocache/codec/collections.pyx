"""Lists, sets, hashes and sorted sets in the RDB form.

What is saved is what redis-server 7.0 would save: a listpack or an intset as one string, a list node by node, all else
element by element; a sorted set from its end to its beginning. Two forms of ours have no counterpart there. A set that
is a listpack is saved like one that is a table. A hash with fields that expire is saved as Valkey 9 does it
(RDB_HASH_2), with fields that have expired and are not removed yet among the rest.

What is loaded ends in the encoding that redis-server 7.0 would choose after loading it: which limits count for which
kind is part of the format. Everything is checked: that a collection has elements, each of them once, in pairs where
they must be, and a sorted set, beyond what redis-server asks, scores that are numbers, and its order. A loader returns
the entry, or NULL, and then nothing is left behind.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View, compare_bytes
from autocache.base.numbers cimport parse_double
from autocache.codec.packed cimport packed_load, packed_unique
from autocache.codec.rdb cimport (
    RDB_HASH,
    RDB_HASH_2,
    RDB_HASH_LISTPACK,
    RDB_HASH_ZIPMAP,
    RDB_LIST,
    RDB_LIST_QUICKLIST_2,
    RDB_LIST_ZIPLIST,
    RDB_SET,
    RDB_SET_INTSET,
    RDB_SET_LISTPACK,
    RDB_ZSET,
    RDB_ZSET_2,
    RDB_ZSET_LISTPACK,
    Reader,
    Writer,
    read_count,
    read_double,
    read_double_text,
    read_length,
    read_string,
    read_word,
    write_byte,
    write_double,
    write_length,
    write_string,
    write_word,
)
from autocache.keyspace.value cimport value_free
from autocache.memory.alloc cimport mem_free
from autocache.types.entry cimport (
    ENC_INTSET,
    ENC_LISTPACK,
    ENC_QUICKLIST,
    ENC_SORTED,
    ENC_TABLE,
    TYPE_HASH,
    TYPE_LIST,
    TYPE_SET,
    TYPE_ZSET,
    Entry,
    entry_encoding,
    entry_expiry,
    entry_key,
    entry_new_value,
    entry_pointer,
    entry_set_encoding,
    entry_set_pointer,
    entry_string,
)
from autocache.types.hash cimport (
    HASH_NO_EXPIRY,
    FieldAt,
    hash_convert,
    hash_find,
    hash_is_packed,
    hash_length,
    hash_store,
    hash_table,
)
from autocache.types.intset cimport intset_bytes, intset_copy, intset_new, intset_valid
from autocache.types.limits cimport Limits
from autocache.types.listpack cimport (
    LP_EMPTY_BYTES,
    LP_INT_BYTES,
    lp_append,
    lp_bytes,
    lp_first,
    lp_fits,
    lp_free,
    lp_get,
    lp_length,
    lp_new,
    lp_next,
    lp_shrink,
    lp_size_estimate,
    lp_view,
)
from autocache.types.quicklist cimport Node, Quicklist, quicklist_append_node, quicklist_new, quicklist_push
from autocache.types.set cimport SetWalk, set_add, set_fit, set_length, set_walk_begin, set_walk_next
from autocache.types.sorted cimport Sorted, sorted_new, sorted_order, sorted_slot
from autocache.types.table cimport Table, Walker, table_new, walker_begin, walker_next
from autocache.types.zset cimport SCORE_TEXT_BYTES, ZsetWalk, zset_compact, zset_length, zset_walk_begin, zset_walk_next

cdef enum:
    # How a node of a list is kept.
    NODE_PLAIN = 1                      # one element, as it is
    NODE_PACKED = 2                     # a listpack
    # What an element takes in the input at least.
    NODE_BYTES_MIN = 2
    FIELD_BYTES_MIN = 2
    SCORED_BYTES_MIN = 9
    SCORED_TEXT_BYTES_MIN = 2


cdef Entry* finished(Entry* take_entry, bint sound) noexcept nogil:
    """The entry if what was read into it is sound; else it is freed."""
    if sound:
        return take_entry
    value_free(take_entry)
    return NULL


cdef inline View block_of(const char* block, size_t length) noexcept nogil:
    cdef View view
    view.ptr = block
    view.len = length
    return view


# --- lists


cdef void list_save(Writer* writer, Entry* list) noexcept nogil:
    cdef Quicklist* quicklist = <Quicklist*>entry_pointer(list)
    cdef Node* node = quicklist.head
    write_byte(writer, RDB_LIST_QUICKLIST_2)
    write_length(writer, quicklist.nodes)
    while node != NULL:
        write_length(writer, NODE_PACKED)
        write_string(writer, block_of(node.packed, lp_bytes(node.packed)))
        node = node.next


cdef bint push_elements(Reader* reader, Quicklist* list, const Limits* limits) noexcept nogil:
    """Read a count and elements, into nodes as if they were pushed."""
    cdef uint64_t count
    cdef View element
    if not read_count(reader, 1, &count):
        return False
    while count:
        count -= 1
        if not read_string(reader, &element) or not lp_fits(NULL, lp_size_estimate(element) + LP_EMPTY_BYTES):
            return False
        quicklist_push(list, element, False, limits)
    return True


cdef bint push_packed(Reader* reader, Quicklist* list, const Limits* limits) noexcept nogil:
    """Read a whole list that was one ziplist, into nodes as if its elements were pushed."""
    cdef char buffer[LP_INT_BYTES]
    cdef char* packed = packed_load(reader, RDB_LIST_ZIPLIST)
    cdef char* p
    if packed == NULL:
        return False
    p = lp_first(packed)
    while p != NULL:
        quicklist_push(list, lp_view(p, buffer), False, limits)
        p = lp_next(packed, p)
    lp_free(packed)
    return True


cdef char* read_plain_node(Reader* reader) noexcept nogil:
    """A node that is one element, which lives in a listpack here; NULL if it is empty or too long for that."""
    cdef View element
    if not read_string(reader, &element) or element.len == 0 \
            or not lp_fits(NULL, lp_size_estimate(element) + LP_EMPTY_BYTES):
        return NULL
    return lp_append(lp_new(0), element)


cdef bint append_nodes(Reader* reader, uint8_t kind, Quicklist* list) noexcept nogil:
    """Read the nodes of a list as they are; as in Redis, an empty one is passed over."""
    cdef uint64_t count, container
    cdef char* packed
    if not read_count(reader, NODE_BYTES_MIN, &count):
        return False
    while count:
        count -= 1
        container = NODE_PACKED
        if kind == RDB_LIST_QUICKLIST_2 and not read_length(reader, &container):
            return False
        if container == NODE_PACKED:
            packed = packed_load(reader, kind)
        else:
            packed = read_plain_node(reader) if container == NODE_PLAIN else NULL
        if packed == NULL:
            return False
        if lp_length(packed):
            quicklist_append_node(list, packed)
        else:
            lp_free(packed)
    return True


cdef Entry* list_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                      const Limits* limits) noexcept nogil:
    cdef Quicklist* quicklist = quicklist_new()
    cdef Entry* list = entry_new_value(TYPE_LIST | ENC_QUICKLIST, key, quicklist, expiry, access)
    cdef bint sound
    if kind == RDB_LIST:
        sound = push_elements(reader, quicklist, limits)
    elif kind == RDB_LIST_ZIPLIST:
        sound = push_packed(reader, quicklist, limits)
    else:
        sound = append_nodes(reader, kind, quicklist)
    return finished(list, sound and quicklist.count > 0)


# --- sets


cdef void set_save(Writer* writer, Entry* set) noexcept nogil:
    cdef SetWalk walk
    cdef char* intset
    if entry_encoding(set) == ENC_INTSET:
        intset = <char*>entry_pointer(set)
        write_byte(writer, RDB_SET_INTSET)
        write_string(writer, block_of(intset, intset_bytes(intset)))
        return
    write_byte(writer, RDB_SET)
    write_length(writer, set_length(set))
    set_walk_begin(&walk, set)
    while set_walk_next(&walk):
        write_string(writer, walk.member)


cdef bint read_intset(Reader* reader, Entry* set, const Limits* limits) noexcept nogil:
    """Read an intset in place of the empty one that the set is."""
    cdef View data
    if not read_string(reader, &data) or not intset_valid(data.ptr, data.len, True):
        return False
    mem_free(entry_pointer(set))
    entry_set_pointer(set, intset_copy(data.ptr))
    set_fit(set, limits)
    return True


cdef bint read_members(Reader* reader, Entry* set, const Limits* limits) noexcept nogil:
    """Read a count and members into the empty intset that the set is."""
    cdef uint64_t count
    cdef View member
    if not read_count(reader, 1, &count) or count == 0:
        return False
    if count > <uint64_t>limits.set_intset_entries and count > <uint64_t>limits.set_listpack_entries:
        # It will be a table, whatever the members are.
        mem_free(entry_pointer(set))
        entry_set_encoding(set, ENC_TABLE)
        entry_set_pointer(set, table_new(limits.seeds))
    while count:
        count -= 1
        if not read_string(reader, &member) or not set_add(set, member, limits):
            return False
    return True


cdef bint add_packed(Reader* reader, Entry* set, const Limits* limits) noexcept nogil:
    """Read a listpack of members into the empty intset that the set is."""
    cdef char buffer[LP_INT_BYTES]
    cdef char* packed = packed_load(reader, RDB_SET_LISTPACK)
    cdef bint sound = packed != NULL and lp_length(packed) > 0
    cdef char* p
    if packed == NULL:
        return False
    p = lp_first(packed)
    while p != NULL and sound:
        sound = set_add(set, lp_view(p, buffer), limits)
        p = lp_next(packed, p)
    lp_free(packed)
    return sound


cdef Entry* set_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                     const Limits* limits) noexcept nogil:
    cdef Entry* set = entry_new_value(TYPE_SET | ENC_INTSET, key, intset_new(), expiry, access)
    if kind == RDB_SET_INTSET:
        return finished(set, read_intset(reader, set, limits))
    if kind == RDB_SET_LISTPACK:
        return finished(set, add_packed(reader, set, limits))
    return finished(set, read_members(reader, set, limits))


# --- hashes


cdef void hash_save(Writer* writer, Entry* hash) noexcept nogil:
    cdef char* packed
    cdef Table* table
    cdef Walker walker
    cdef Entry* field
    if hash_is_packed(hash):
        packed = <char*>entry_pointer(hash)
        write_byte(writer, RDB_HASH_LISTPACK)
        write_string(writer, block_of(packed, lp_bytes(packed)))
        return
    table = hash_table(hash)
    write_byte(writer, RDB_HASH_2 if table.volatile else RDB_HASH)
    write_length(writer, table.count)
    walker_begin(&walker, table)
    field = walker_next(&walker)
    while field != NULL:
        write_string(writer, entry_key(field))
        write_string(writer, entry_string(field))
        if table.volatile:
            write_word(writer, <uint64_t>entry_expiry(field))
        field = walker_next(&walker)


cdef bint read_field(Reader* reader, bint expires, View* name, View* value, int64_t* expiry) noexcept nogil:
    """Read a field, its value and, if it has one, its expiry."""
    cdef uint64_t word
    expiry[0] = HASH_NO_EXPIRY
    if not read_string(reader, name) or not read_string(reader, value):
        return False
    if not expires:
        return True
    if not read_word(reader, &word):
        return False
    expiry[0] = <int64_t>word
    return expiry[0] >= HASH_NO_EXPIRY


cdef bint append_field(Entry* hash, View name, View value, const Limits* limits) noexcept nogil:
    """Append a field to a listpack, whether or not it is there already; False if it is too long for one."""
    cdef char* packed = <char*>entry_pointer(hash)
    cdef uint64_t most = limits.hash_listpack_value
    if name.len > most or value.len > most or not lp_fits(
            packed, lp_size_estimate(name) + lp_size_estimate(value)):
        return False
    entry_set_pointer(hash, lp_append(lp_append(packed, name), value))
    return True


cdef bint read_fields(Reader* reader, Entry* hash, bint expires, const Limits* limits) noexcept nogil:
    """Read a count and fields into the empty listpack that the hash is.

    As long as it is one, fields are only appended, and whether one is there twice is asked once, when all are read or
    when a table must be made of it: to search for each would take quadratic time.
    """
    cdef uint64_t count
    cdef int64_t expiry
    cdef View name, value
    cdef FieldAt at
    if not read_count(reader, FIELD_BYTES_MIN, &count) or count == 0:
        return False
    if expires or count > <uint64_t>limits.hash_listpack_entries:
        hash_convert(hash, limits)
    while count:
        count -= 1
        if not read_field(reader, expires, &name, &value, &expiry):
            return False
        if hash_is_packed(hash):
            if append_field(hash, name, value, limits):
                continue
            if not packed_unique(<char*>entry_pointer(hash), 2, limits):
                return False
            hash_convert(hash, limits)
        if hash_find(hash, name, 0, &at):
            return False
        hash_store(hash, limits, &at, name, value, NULL, expiry)
    if not hash_is_packed(hash):
        return True
    entry_set_pointer(hash, lp_shrink(<char*>entry_pointer(hash)))
    return packed_unique(<char*>entry_pointer(hash), 2, limits)


cdef bint has_long_text(char* packed, uint64_t most) noexcept nogil:
    """Whether an element is longer than `most` bytes."""
    cdef char buffer[LP_INT_BYTES]
    cdef char* p = lp_first(packed)
    while p != NULL:
        if lp_view(p, buffer).len > most:
            return True
        p = lp_next(packed, p)
    return False


cdef Entry* packed_hash_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                             const Limits* limits) noexcept nogil:
    """A hash that is a listpack, or was a ziplist or a zipmap.

    As in Redis it stays a listpack if it has not too many fields; how long they are counts for a zipmap only.
    """
    cdef char* packed = packed_load(reader, kind)
    cdef size_t length
    cdef Entry* hash
    if packed == NULL:
        return NULL
    length = lp_length(packed)
    if length == 0 or length % 2 or not packed_unique(packed, 2, limits):
        lp_free(packed)
        return NULL
    hash = entry_new_value(TYPE_HASH | ENC_LISTPACK, key, packed, expiry, access)
    if hash_length(hash) > <uint64_t>limits.hash_listpack_entries or (
            kind == RDB_HASH_ZIPMAP and has_long_text(packed, limits.hash_listpack_value)):
        hash_convert(hash, limits)
    return hash


cdef Entry* hash_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                      const Limits* limits) noexcept nogil:
    cdef Entry* hash
    if kind != RDB_HASH and kind != RDB_HASH_2:
        return packed_hash_load(reader, kind, key, expiry, access, limits)
    hash = entry_new_value(TYPE_HASH | ENC_LISTPACK, key, lp_new(0), expiry, access)
    return finished(hash, read_fields(reader, hash, kind == RDB_HASH_2, limits))


# --- sorted sets


cdef void zset_save(Writer* writer, Entry* zset) noexcept nogil:
    cdef ZsetWalk walk
    cdef char* packed
    if entry_encoding(zset) == ENC_LISTPACK:
        packed = <char*>entry_pointer(zset)
        write_byte(writer, RDB_ZSET_LISTPACK)
        write_string(writer, block_of(packed, lp_bytes(packed)))
        return
    write_byte(writer, RDB_ZSET_2)
    write_length(writer, zset_length(zset))
    zset_walk_begin(&walk, zset, zset_length(zset) - 1, True)
    while zset_walk_next(&walk):
        write_string(writer, walk.member)
        write_double(writer, walk.score)


cdef bint add_scored(Sorted* sorted, View member, double score) noexcept nogil:
    """Add a member to a table that is not ordered yet; False if it is there already."""
    cdef bint added
    # An entry knows no aligned place for a double.
    memcpy(sorted_slot(sorted, member, &added), &score, sizeof(double))
    return added


cdef bint read_scored(Reader* reader, uint8_t kind, Sorted* sorted) noexcept nogil:
    """Read a count, and members with their scores: as text in the old form, else as doubles."""
    cdef uint64_t count
    cdef double score
    cdef View member
    if not read_count(reader, SCORED_BYTES_MIN if kind == RDB_ZSET_2 else SCORED_TEXT_BYTES_MIN, &count) or count == 0:
        return False
    while count:
        count -= 1
        if not read_string(reader, &member):
            return False
        if not (read_double(reader, &score) if kind == RDB_ZSET_2 else read_double_text(reader, &score)):
            return False
        if score != score or not add_scored(sorted, member, score):
            return False
    sorted_order(sorted)
    return True


cdef bint read_packed_score(const char* p, double* score) noexcept nogil:
    """The score that an element of a listpack is; False if it is none."""
    cdef View text
    cdef int64_t number = 0
    if lp_get(p, &text, &number):
        score[0] = <double>number
        return True
    return text.len < SCORE_TEXT_BYTES and parse_double(text.ptr, text.len, score) and score[0] == score[0]


cdef bint is_ordered(char* packed) noexcept nogil:
    """Whether the members of a listpack of pairs have scores, and rise by score and then by their bytes."""
    cdef char text[LP_INT_BYTES]
    cdef char other_text[LP_INT_BYTES]
    cdef char* before = NULL
    cdef char* p = lp_first(packed)
    cdef double score
    cdef double score_before = 0
    while p != NULL:
        if not read_packed_score(lp_next(packed, p), &score):
            return False
        if before != NULL and (score < score_before or (
                score == score_before and compare_bytes(lp_view(before, other_text), lp_view(p, text)) >= 0)):
            return False
        before = p
        score_before = score
        p = lp_next(packed, lp_next(packed, p))
    return True


cdef Sorted* sorted_from_packed(char* take_packed, const Limits* limits) noexcept nogil:
    """A table and a tree of a listpack whose members are sound."""
    cdef char text[LP_INT_BYTES]
    cdef Sorted* sorted = sorted_new(limits.seeds)
    cdef char* p = lp_first(take_packed)
    cdef double score = 0
    while p != NULL:
        read_packed_score(lp_next(take_packed, p), &score)
        add_scored(sorted, lp_view(p, text), score)
        p = lp_next(take_packed, lp_next(take_packed, p))
    sorted_order(sorted)
    lp_free(take_packed)
    return sorted


cdef Entry* packed_zset_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                             const Limits* limits) noexcept nogil:
    """A sorted set that is a listpack, or was a ziplist. As in Redis, how long its members are counts for nothing."""
    cdef char* packed = packed_load(reader, kind)
    cdef size_t length
    if packed == NULL:
        return NULL
    length = lp_length(packed)
    if length == 0 or length % 2 or not is_ordered(packed) or not packed_unique(packed, 2, limits):
        lp_free(packed)
        return NULL
    if length // 2 > <uint64_t>limits.zset_listpack_entries:
        return entry_new_value(TYPE_ZSET | ENC_SORTED, key, sorted_from_packed(packed, limits), expiry, access)
    return entry_new_value(TYPE_ZSET | ENC_LISTPACK, key, packed, expiry, access)


cdef Entry* zset_load(Reader* reader, uint8_t kind, View key, int64_t expiry, uint32_t access,
                      const Limits* limits) noexcept nogil:
    cdef Sorted* sorted
    cdef Entry* zset
    if kind != RDB_ZSET and kind != RDB_ZSET_2:
        return packed_zset_load(reader, kind, key, expiry, access, limits)
    sorted = sorted_new(limits.seeds)
    zset = entry_new_value(TYPE_ZSET | ENC_SORTED, key, sorted, expiry, access)
    if not read_scored(reader, kind, sorted):
        return finished(zset, False)
    zset_compact(zset, limits)
    return zset
