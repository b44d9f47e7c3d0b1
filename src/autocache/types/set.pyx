"""Sets: integers in an intset, few short members in a listpack, all others in a table whose entries are the members.

redis-server 7.0 has no compact form for sets of strings. Ours is the one that Redis 7.2 brought, with its thresholds
(`set-max-listpack-entries`, `set-max-listpack-value`); OBJECT ENCODING calls it a hashtable, as 7.0 does. A set only
ever moves towards the table. What these functions change is the payload of the set's entry, which stays where it is.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from autocache.base.bytes cimport View
from autocache.base.numbers cimport format_int64, parse_int64
from autocache.memory.alloc cimport mem_free
from autocache.types.entry cimport (
    ENC_INTSET,
    ENC_LISTPACK,
    ENC_TABLE,
    TYPE_SET,
    Entry,
    entry_encoding,
    entry_free,
    entry_key,
    entry_new_string,
    entry_pointer,
    entry_set_encoding,
    entry_set_pointer,
)
from autocache.types.intset cimport (
    intset_add,
    intset_at,
    intset_find,
    intset_length,
    intset_max,
    intset_min,
    intset_new,
    intset_remove,
)
from autocache.types.limits cimport Limits
from autocache.types.listpack cimport (
    lp_append,
    lp_append_int,
    lp_delete,
    lp_find,
    lp_first,
    lp_fits,
    lp_get,
    lp_length,
    lp_new,
    lp_next,
    lp_seek,
)
from autocache.types.table cimport (
    Table,
    hash_bytes,
    table_find,
    table_insert,
    table_new,
    table_random,
    table_take,
    table_tidy,
    walker_begin,
    walker_next,
)

cdef enum:
    INTEGER_BYTES_MAX = 20              # a longer text is no integer of 64 bits
    INTSET_ENTRIES_MAX = 1 << 30        # whatever `set-max-intset-entries` says
    PACK_ROOM_BYTES = 32


# --- which form


cdef inline bint is_integer(View member, int64_t* value) noexcept nogil:
    return member.len <= INTEGER_BYTES_MAX and parse_int64(member.ptr, member.len, value)


cdef void* set_create(View member, const Limits* limits, uint8_t* kind) noexcept nogil:
    """The payload of an empty set that suits its first member; `kind` becomes the entry's."""
    cdef int64_t value
    if is_integer(member, &value):
        kind[0] = TYPE_SET | ENC_INTSET
        return intset_new()
    if limits.set_listpack_entries > 0 and <int64_t>member.len <= limits.set_listpack_value:
        kind[0] = TYPE_SET | ENC_LISTPACK
        return lp_new(PACK_ROOM_BYTES)
    kind[0] = TYPE_SET | ENC_TABLE
    return table_new(limits.seeds)


cdef void insert_member(Table* table, View member, uint64_t hash) noexcept nogil:
    cdef View none
    none.ptr = NULL
    none.len = 0
    table_insert(table, entry_new_string(member, none, -1, 0), hash)


cdef void become(Entry* set, int encoding, void* take_payload) noexcept nogil:
    """Put another payload in place of the present one, an intset or a listpack."""
    mem_free(entry_pointer(set))
    entry_set_encoding(set, encoding)
    entry_set_pointer(set, take_payload)


cdef void become_table(Entry* set, const Limits* limits) noexcept nogil:
    cdef Table* table = table_new(limits.seeds)
    cdef SetWalk walk
    set_walk_begin(&walk, set)
    while set_walk_next(&walk):
        insert_member(table, walk.member, hash_bytes(&table.seeds, walk.member.ptr, walk.member.len))
    become(set, ENC_TABLE, table)


cdef void become_packed(Entry* set) noexcept nogil:
    """From an intset to a listpack, which keeps the integers as integers."""
    cdef char* intset = <char*>entry_pointer(set)
    cdef char* packed = lp_new(PACK_ROOM_BYTES)
    cdef size_t i
    for i in range(intset_length(intset)):
        packed = lp_append_int(packed, intset_at(intset, i))
    become(set, ENC_LISTPACK, packed)


cdef inline bint packs(uint64_t count, size_t member_bytes, const Limits* limits) noexcept nogil:
    """Whether a set of so many members, the longest of so many bytes, is kept in a listpack."""
    return <int64_t>count <= limits.set_listpack_entries and <int64_t>member_bytes <= limits.set_listpack_value


cdef void set_reserve(Entry* set, uint64_t count, const Limits* limits) noexcept nogil:
    """Told of an empty set that so many members are to come: one that will not stay compact need not begin so."""
    if entry_encoding(set) == ENC_LISTPACK and <int64_t>count > limits.set_listpack_entries:
        become_table(set, limits)


# --- adding, removing, finding


cdef bint table_add(Table* table, View member) noexcept nogil:
    cdef uint64_t hash = hash_bytes(&table.seeds, member.ptr, member.len)
    if table_find(table, member, hash) != NULL:
        return False
    insert_member(table, member, hash)
    return True


cdef bint packed_add(Entry* set, View member, const Limits* limits) noexcept nogil:
    cdef char* packed = <char*>entry_pointer(set)
    if lp_find(packed, lp_first(packed), member, 0) != NULL:
        return False
    if packs(lp_length(packed) + 1, member.len, limits) and lp_fits(packed, member.len):
        entry_set_pointer(set, lp_append(packed, member))
        return True
    become_table(set, limits)
    return table_add(<Table*>entry_pointer(set), member)


cdef void set_fit(Entry* set, const Limits* limits) noexcept nogil:
    """Leave the intset, if the set is one that has too many members."""
    cdef uint64_t most = limits.set_intset_entries
    if most > INTSET_ENTRIES_MAX:
        most = INTSET_ENTRIES_MAX
    if entry_encoding(set) == ENC_INTSET and intset_length(<char*>entry_pointer(set)) > most:
        leave_intset(set, 0, 0, limits)


cdef bint intset_add_member(Entry* set, View member, const Limits* limits) noexcept nogil:
    cdef char* intset = <char*>entry_pointer(set)
    cdef int64_t value
    cdef bint added
    if is_integer(member, &value):
        entry_set_pointer(set, intset_add(intset, value, &added))
        set_fit(set, limits)
        return added
    leave_intset(set, member.len, 1, limits)
    return set_add(set, member, limits)


cdef void leave_intset(Entry* set, size_t member_bytes, uint64_t more, const Limits* limits) noexcept nogil:
    """Leave the intset, for the listpack if all members, and `more` of so many bytes, fit there."""
    cdef char* intset = <char*>entry_pointer(set)
    cdef char text[MEMBER_INT_BYTES]
    cdef size_t longest = member_bytes if more else 0
    cdef size_t width
    if intset_length(intset):
        # The longest text is that of one of the two ends.
        width = format_int64(text, intset_min(intset))
        longest = width if width > longest else longest
        width = format_int64(text, intset_max(intset))
        longest = width if width > longest else longest
    if packs(intset_length(intset) + more, longest, limits):
        become_packed(set)
    else:
        become_table(set, limits)


cdef bint set_add(Entry* set, View member, const Limits* limits) noexcept nogil:
    """Add a member; False if it was there."""
    cdef int encoding = entry_encoding(set)
    if encoding == ENC_TABLE:
        return table_add(<Table*>entry_pointer(set), member)
    if encoding == ENC_LISTPACK:
        return packed_add(set, member, limits)
    return intset_add_member(set, member, limits)


cdef bint table_remove(Table* table, View member) noexcept nogil:
    cdef uint64_t hash = hash_bytes(&table.seeds, member.ptr, member.len)
    cdef uint64_t* slot = table_find(table, member, hash)
    if slot == NULL:
        return False
    entry_free(table_take(table, slot, hash))
    table_tidy(table)
    return True


cdef bint set_remove(Entry* set, View member) noexcept nogil:
    """Remove a member; False if it was not there. The set may be empty then: its key is the caller's to delete."""
    cdef int encoding = entry_encoding(set)
    cdef char* packed = <char*>entry_pointer(set)
    cdef char* at
    cdef int64_t value
    cdef bint removed = False
    if encoding == ENC_TABLE:
        return table_remove(<Table*>packed, member)
    if encoding == ENC_LISTPACK:
        at = lp_find(packed, lp_first(packed), member, 0)
        if at != NULL:
            entry_set_pointer(set, lp_delete(packed, at, &at))
            removed = True
    elif is_integer(member, &value):
        entry_set_pointer(set, intset_remove(packed, value, &removed))
    return removed


cdef bint set_has(Entry* set, View member) noexcept nogil:
    """Whether something is a member."""
    cdef int encoding = entry_encoding(set)
    cdef char* packed = <char*>entry_pointer(set)
    cdef Table* table
    cdef int64_t value
    if encoding == ENC_TABLE:
        table = <Table*>packed
        return table_find(table, member, hash_bytes(&table.seeds, member.ptr, member.len)) != NULL
    if encoding == ENC_LISTPACK:
        return lp_find(packed, lp_first(packed), member, 0) != NULL
    return is_integer(member, &value) and intset_find(packed, value)


cdef uint64_t set_length(Entry* set) noexcept nogil:
    """How many members there are."""
    cdef int encoding = entry_encoding(set)
    if encoding == ENC_TABLE:
        return (<Table*>entry_pointer(set)).count
    if encoding == ENC_LISTPACK:
        return lp_length(<char*>entry_pointer(set))
    return intset_length(<char*>entry_pointer(set))


# --- looking at members


cdef View packed_member(const char* p, char* buffer) noexcept nogil:
    """The element of a listpack as text, in `buffer` if it is an integer."""
    cdef View member
    cdef int64_t value
    if lp_get(p, &member, &value):
        member.ptr = buffer
        member.len = format_int64(buffer, value)
    return member


cdef View set_random(Entry* set, uint64_t random, char* buffer) noexcept nogil:
    """A random member of a set that has any, which may lie in `buffer` (MEMBER_INT_BYTES); `random` is 64 bits."""
    cdef int encoding = entry_encoding(set)
    cdef char* packed = <char*>entry_pointer(set)
    cdef View member
    cdef uint64_t hash
    if encoding == ENC_TABLE:
        return entry_key(table_random(<Table*>packed, random, &hash))
    if encoding == ENC_LISTPACK:
        return packed_member(lp_seek(packed, <long>(random % lp_length(packed))), buffer)
    member.ptr = buffer
    member.len = format_int64(buffer, intset_at(packed, random % intset_length(packed)))
    return member


cdef void set_walk_begin(SetWalk* walk, Entry* set) noexcept nogil:
    """Start a walk over all members; its `member` is set by `set_walk_next` and dies with the next step."""
    walk.set = set
    walk.index = 0
    if entry_encoding(set) == ENC_TABLE:
        walker_begin(&walk.walker, <Table*>entry_pointer(set))
    elif entry_encoding(set) == ENC_LISTPACK:
        walk.packed = lp_first(<char*>entry_pointer(set))


cdef bint set_walk_next(SetWalk* walk) noexcept nogil:
    """Go to the next member; False when there is none left."""
    cdef int encoding = entry_encoding(walk.set)
    cdef char* intset
    cdef Entry* entry
    if encoding == ENC_TABLE:
        entry = walker_next(&walk.walker)
        if entry == NULL:
            return False
        walk.member = entry_key(entry)
        return True
    if encoding == ENC_LISTPACK:
        if walk.packed == NULL:
            return False
        walk.member = packed_member(walk.packed, walk.text)
        walk.packed = lp_next(<char*>entry_pointer(walk.set), walk.packed)
        return True
    intset = <char*>entry_pointer(walk.set)
    if walk.index == intset_length(intset):
        return False
    walk.member.ptr = walk.text
    walk.member.len = format_int64(walk.text, intset_at(intset, walk.index))
    walk.index += 1
    return True
