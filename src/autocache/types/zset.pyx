"""Sorted sets: few short members in a listpack, all others in a table and an ordered tree.

The listpack is byte for byte redis-server's: member, score, member, score, in order; a score that is a whole number is
kept as an integer, any other as text. Beyond `zset-max-listpack-entries` and `zset-max-listpack-value` a sorted set
becomes a table, whose entries hold the member as key and the score as an inline value of 8 bytes, and a tree
(types/ordered) whose items are these same entries, in order. An entry is one block; it stays where it is while its
score changes. A change that leaves it between its neighbours does not even touch the tree.

Order is by score, then by the bytes of the member, as memcmp and then the length have it.

Ranges of every kind are first turned into ranks (`zset_score_ranks`, `zset_lex_ranks`); walking, counting and removing
go by ranks then. In the tree that takes O(log n), in a listpack one pass.

Ranges by member mean something only where all scores are equal. Where they are not, a listpack is searched from the end
at which the walk begins, as redis-server does; in the tree a binary search finds some range.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport qsort, strtod
from libc.string cimport memcmp, memcpy

from autocache.base.bytes cimport View, prefetch
from autocache.base.numbers cimport format_double, format_int64
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_size
from autocache.types.entry cimport (
    ENC_INLINE,
    ENC_LISTPACK,
    ENC_SORTED,
    TYPE_ZSET,
    Entry,
    entry_encoding,
    entry_free,
    entry_key,
    entry_new_string,
    entry_pointer,
    entry_release,
    entry_set_encoding,
    entry_set_pointer,
    entry_string,
)
from autocache.types.limits cimport Limits
from autocache.types.listpack cimport (
    LP_AFTER,
    LP_BEFORE,
    LP_BYTES_MAX,
    lp_append,
    lp_append_int,
    lp_delete_range,
    lp_delete_range_at,
    lp_find,
    lp_first,
    lp_fits,
    lp_free,
    lp_get,
    lp_insert,
    lp_insert_int,
    lp_last,
    lp_length,
    lp_new,
    lp_next,
    lp_prev,
    lp_seek,
    lp_size_estimate,
    lp_view,
)
from autocache.types.ordered cimport (
    Cursor,
    Ordered,
    cursor_item,
    cursor_next,
    cursor_prev,
    leaf_items,
    ordered_at,
    ordered_build_append,
    ordered_bytes,
    ordered_clear_step,
    ordered_find,
    ordered_first,
    ordered_init,
    ordered_insert,
    ordered_lower,
    ordered_rank,
    ordered_remove_at,
    ordered_remove_range,
)
from autocache.types.table cimport (
    Seeds,
    Table,
    hash_bytes,
    slot_entry,
    table_bytes,
    table_clear_step,
    table_find,
    table_init,
    table_insert,
    table_take,
    table_tidy,
    walker_begin,
    walker_next,
    Walker,
)

cdef enum:
    PACK_ROOM_BYTES = 32
    TABLE_RUN = 512                     # slots that `table_clear_step` takes for one of its budget
    LEAF_RUN = 32                       # items that `ordered_clear_step` frees for one of its budget, about
    PREFETCH_AHEAD = 4
    INTEGER_SCORE_BITS = 62             # of a larger score redis-server's listpacks hold the text

cdef struct Place:                      # what a member is looked for by, in the tree
    double score
    View member


# --- order


cdef inline int compare_views(View a, View b) noexcept nogil:
    cdef size_t shorter = a.len if a.len < b.len else b.len
    cdef int order = memcmp(a.ptr, b.ptr, shorter) if shorter else 0
    if order:
        return order
    return (a.len > b.len) - (a.len < b.len)


cdef inline char* score_bytes(Entry* entry) noexcept nogil:
    """Where the score of an entry lies; a member of some thousand bytes has it in a block of its own."""
    cdef View key
    if entry_encoding(entry) == ENC_INLINE:
        key = entry_key(entry)
        return <char*>key.ptr + key.len
    return <char*>entry_string(entry).ptr


cdef double entry_score(Entry* entry) noexcept nogil:
    """The score of an entry of a Sorted's table."""
    cdef double score
    memcpy(&score, score_bytes(entry), sizeof(double))
    return score


cdef inline void set_entry_score(Entry* entry, double score) noexcept nogil:
    memcpy(score_bytes(entry), &score, sizeof(double))


cdef int by_place(const void* probe, const void* item) noexcept nogil:
    """The order of the tree: a Place and an entry."""
    cdef const Place* place = <const Place*>probe
    cdef double score = entry_score(<Entry*>item)
    if place.score != score:
        return 1 if place.score > score else -1
    return compare_views(place.member, entry_key(<Entry*>item))


cdef int by_score(const void* probe, const void* item) noexcept nogil:
    cdef double wanted = (<const double*>probe)[0]
    cdef double score = entry_score(<Entry*>item)
    return (wanted > score) - (wanted < score)


cdef int by_member(const void* probe, const void* item) noexcept nogil:
    return compare_views((<const View*>probe)[0], entry_key(<Entry*>item))


# --- the compact form


cdef inline bint is_integer(double score, int64_t* number) noexcept nogil:
    """Whether a listpack keeps the score as an integer."""
    cdef double most = <double>(<int64_t>1 << INTEGER_SCORE_BITS)
    if not (-most <= score <= most):
        return False
    number[0] = <int64_t>score
    return <double>number[0] == score


cdef int zset_score_text(char* target, double score) noexcept nogil:
    """Write a score as a listpack holds it (up to SCORE_TEXT_BYTES) and return the length."""
    cdef int64_t number
    return format_int64(target, number) if is_integer(score, &number) else format_double(target, score)


cdef double packed_score(const char* p) noexcept nogil:
    """The score that the element at `p` is."""
    cdef char copy[SCORE_TEXT_BYTES * 4]
    cdef View text
    cdef int64_t number = 0
    if lp_get(p, &text, &number):
        return <double>number
    if text.len >= sizeof(copy):
        text.len = sizeof(copy) - 1
    memcpy(copy, text.ptr, text.len)
    copy[text.len] = 0
    return strtod(copy, NULL)


cdef int compare_packed(View member, double score, const char* p, double present) noexcept nogil:
    """How a member and its score compare with the member at `p`, whose score is `present`."""
    cdef char buffer[SCORE_TEXT_BYTES]
    if score != present:
        return 1 if score > present else -1
    return compare_views(member, lp_view(p, buffer))


cdef char* packed_place(char* packed, View member, double score) noexcept nogil:
    """The first member that comes after a new one, or NULL: the new one comes last."""
    cdef char* p = lp_last(packed)
    cdef char* score_at
    if p == NULL:
        return NULL
    # Ascending scores are the common case.
    if compare_packed(member, score, lp_prev(packed, p), packed_score(p)) > 0:
        return NULL
    p = lp_first(packed)
    while p != NULL:
        score_at = lp_next(packed, p)
        if compare_packed(member, score, p, packed_score(score_at)) < 0:
            return p
        p = lp_next(packed, score_at)
    return NULL


cdef char* packed_append(char* take_packed, View member, double score) noexcept nogil:
    cdef char text[SCORE_TEXT_BYTES]
    cdef View view
    cdef int64_t number
    cdef char* packed = lp_append(take_packed, member)
    if is_integer(score, &number):
        return lp_append_int(packed, number)
    view.ptr = text
    view.len = format_double(text, score)
    return lp_append(packed, view)


cdef char* packed_insert(char* take_packed, View member, double score) noexcept nogil:
    """Insert a member that is not there, in its place."""
    cdef char text[SCORE_TEXT_BYTES]
    cdef View view
    cdef int64_t number
    cdef char* p = packed_place(take_packed, member, score)
    cdef char* packed
    if p == NULL:
        return packed_append(take_packed, member, score)
    packed = lp_insert(take_packed, member, p, LP_BEFORE, &p)
    if is_integer(score, &number):
        return lp_insert_int(packed, number, p, LP_AFTER, NULL)
    view.ptr = text
    view.len = format_double(text, score)
    return lp_insert(packed, view, p, LP_AFTER, NULL)


cdef int packed_put(Entry* zset, View member, double* score, int options, const Limits* limits) noexcept nogil:
    cdef char* packed = <char*>entry_pointer(zset)
    cdef char* p = lp_find(packed, lp_first(packed), member, 1)
    cdef double present
    cdef int done
    if p == NULL:
        if options & PUT_XX:
            return PUT_REFUSED
        if not packs(lp_length(packed) // 2 + 1, member.len, limits) or not lp_fits(packed, member.len):
            become_sorted(zset, limits)
            return sorted_put(<Sorted*>entry_pointer(zset), member, score, options)
        entry_set_pointer(zset, packed_insert(packed, member, score[0]))
        return PUT_ADDED
    present = packed_score(lp_next(packed, p))
    done = weigh(present, score, options)
    if done == PUT_UPDATED:
        packed = lp_delete_range_at(packed, &p, 2)
        entry_set_pointer(zset, packed_insert(packed, member, score[0]))
    return done


cdef int weigh(double present, double* score, int options) noexcept nogil:
    """What is to be done with a member that is there; `score` becomes the new one."""
    if options & PUT_NX:
        return PUT_REFUSED
    if options & PUT_INCR:
        score[0] += present
        if score[0] != score[0]:
            return PUT_NAN
    if (options & PUT_LT and score[0] >= present) or (options & PUT_GT and score[0] <= present):
        return PUT_REFUSED
    return PUT_SAME if score[0] == present else PUT_UPDATED


# --- the table and the tree


cdef Sorted* sorted_new(Seeds seeds) noexcept nogil:
    """An empty one in a block of its own."""
    cdef Sorted* sorted = <Sorted*>mem_alloc(sizeof(Sorted))
    table_init(&sorted.table, seeds)
    ordered_init(&sorted.tree)
    return sorted


cdef inline Entry* new_item(View member, double score) noexcept nogil:
    cdef View value
    value.ptr = <const char*>&score
    value.len = sizeof(double)
    return entry_new_string(member, value, -1, 0)


cdef void sorted_append(Sorted* sorted, View member, double score) noexcept nogil:
    """Add a member that is new and the last in order."""
    cdef Entry* entry = new_item(member, score)
    table_insert(&sorted.table, entry, hash_bytes(&sorted.table.seeds, member.ptr, member.len))
    ordered_build_append(&sorted.tree, entry)


cdef int sorted_put(Sorted* sorted, View member, double* score, int options) noexcept nogil:
    cdef uint64_t hash = hash_bytes(&sorted.table.seeds, member.ptr, member.len)
    cdef uint64_t* slot = table_find(&sorted.table, member, hash)
    cdef Entry* entry
    cdef Place place
    cdef int done
    if slot == NULL:
        if options & PUT_XX:
            return PUT_REFUSED
        entry = new_item(member, score[0])
        table_insert(&sorted.table, entry, hash)
        place.score = score[0]
        place.member = member
        ordered_insert(&sorted.tree, by_place, &place, entry)
        return PUT_ADDED
    entry = slot_entry(slot)
    done = weigh(entry_score(entry), score, options)
    if done == PUT_UPDATED:
        sorted_move(sorted, entry, score[0])
    return done


cdef void sorted_move(Sorted* sorted, Entry* entry, double score) noexcept nogil:
    """Give an entry another score."""
    cdef Place place
    cdef Cursor cursor
    cdef Cursor beside
    cdef bint stays
    place.score = entry_score(entry)
    place.member = entry_key(entry)
    ordered_find(&sorted.tree, by_place, &place, &cursor)
    place.score = score
    beside = cursor
    stays = not cursor_prev(&beside) or by_place(&place, cursor_item(&beside)) > 0
    if stays:
        beside = cursor
        stays = not cursor_next(&beside) or by_place(&place, cursor_item(&beside)) < 0
    if stays:
        set_entry_score(entry, score)
        return
    ordered_remove_at(&sorted.tree, &cursor)
    set_entry_score(entry, score)
    ordered_insert(&sorted.tree, by_place, &place, entry)


cdef bint sorted_remove(Sorted* sorted, View member) noexcept nogil:
    cdef uint64_t hash = hash_bytes(&sorted.table.seeds, member.ptr, member.len)
    cdef uint64_t* slot = table_find(&sorted.table, member, hash)
    cdef Cursor cursor
    cdef Place place
    cdef Entry* entry
    if slot == NULL:
        return False
    entry = slot_entry(slot)
    place.score = entry_score(entry)
    place.member = member
    ordered_find(&sorted.tree, by_place, &place, &cursor)
    ordered_remove_at(&sorted.tree, &cursor)
    entry_free(table_take(&sorted.table, slot, hash))
    table_tidy(&sorted.table)
    return True


cdef void drop_item(Sorted* sorted, Entry* entry) noexcept nogil:
    """Remove an entry, which the tree has no more or is about to lose, from the table."""
    cdef View member = entry_key(entry)
    cdef uint64_t hash = hash_bytes(&sorted.table.seeds, member.ptr, member.len)
    entry_free(table_take(&sorted.table, table_find(&sorted.table, member, hash), hash))
    table_tidy(&sorted.table)


cdef void sorted_remove_ranks(Sorted* sorted, Ranks ranks) noexcept nogil:
    cdef Cursor cursor
    cdef Entry* entry
    cdef uint64_t left = ranks.count
    if ranks.count == 0 or not ordered_at(&sorted.tree, ranks.first, &cursor):
        return
    if ranks.count == 1:
        entry = <Entry*>ordered_remove_at(&sorted.tree, &cursor)
        drop_item(sorted, entry)
        return
    while left:
        drop_item(sorted, <Entry*>cursor_item(&cursor))
        left -= 1
        if not cursor_next(&cursor):
            break
    ordered_remove_range(&sorted.tree, ranks.first, ranks.count)


# --- tables that get their order at the end


cdef double* sorted_slot(Sorted* sorted, View member, bint* added) noexcept nogil:
    """Where the score of a member is, which is added with a score of 0 if it is new; `sorted_order` must follow.

    The address dies with the next call. The place of a score is unaligned: read and write it by memcpy only.
    """
    cdef uint64_t hash = hash_bytes(&sorted.table.seeds, member.ptr, member.len)
    cdef uint64_t* slot = table_find(&sorted.table, member, hash)
    cdef Entry* entry
    added[0] = slot == NULL
    if slot != NULL:
        entry = slot_entry(slot)
    else:
        entry = new_item(member, 0)
        table_insert(&sorted.table, entry, hash)
    return <double*>score_bytes(entry)


cdef void sorted_drop(Sorted* sorted, View member) noexcept nogil:
    """Remove a member, if it is there, before `sorted_order`."""
    cdef uint64_t hash = hash_bytes(&sorted.table.seeds, member.ptr, member.len)
    cdef uint64_t* slot = table_find(&sorted.table, member, hash)
    if slot != NULL:
        entry_free(table_take(&sorted.table, slot, hash))


cdef struct Item:                       # an entry with its score at hand, for sorting
    double score
    Entry* entry


cdef int by_item(const void* left, const void* right) noexcept nogil:
    cdef const Item* a = <const Item*>left
    cdef const Item* b = <const Item*>right
    if a.score != b.score:
        return 1 if a.score > b.score else -1
    return compare_views(entry_key(a.entry), entry_key(b.entry))


cdef void sorted_order(Sorted* sorted) noexcept nogil:
    """Build the tree, which is empty, from the table."""
    cdef Item* items = <Item*>mem_alloc((sorted.table.count + 1) * sizeof(Item))
    cdef size_t count = 0
    cdef size_t i
    cdef Walker walker
    cdef Entry* entry
    walker_begin(&walker, &sorted.table)
    entry = walker_next(&walker)
    while entry != NULL:
        items[count].entry = entry
        items[count].score = entry_score(entry)
        count += 1
        entry = walker_next(&walker)
    qsort(items, count, sizeof(Item), by_item)
    for i in range(count):
        ordered_build_append(&sorted.tree, items[i].entry)
    mem_free(items)


# --- the whole of a table and a tree


cdef Sorted* sorted_copy(const Sorted* sorted) noexcept nogil:
    """Another one with the same members."""
    cdef Sorted* copy = sorted_new(sorted.table.seeds)
    cdef Cursor cursor
    cdef Entry* entry
    cdef bint more = ordered_first(&sorted.tree, &cursor)
    while more:
        entry = <Entry*>cursor_item(&cursor)
        sorted_append(copy, entry_key(entry), entry_score(entry))
        more = cursor_next(&cursor)
    return copy


cdef bint sorted_free_step(Sorted* sorted, uint64_t* cursor, int budget) noexcept nogil:
    """Free some of it, table first; True once only its own block is left. `cursor` starts at 0."""
    if not table_clear_step(&sorted.table, cursor, 1 + budget // TABLE_RUN, entry_release, NULL):
        return False
    return ordered_clear_step(&sorted.tree, 1 + budget // LEAF_RUN)


cdef void sorted_free(Sorted* take_sorted) noexcept nogil:
    cdef uint64_t cursor = 0
    while not sorted_free_step(take_sorted, &cursor, TABLE_RUN * LEAF_RUN):
        pass
    mem_free(take_sorted)


cdef size_t sorted_bytes(const Sorted* sorted) noexcept nogil:
    """What all of it takes, its block included. Walks all members."""
    return mem_size(sorted) + table_bytes(&sorted.table) + ordered_bytes(&sorted.tree)


# --- which form


cdef inline bint packs(uint64_t count, size_t member_bytes, const Limits* limits) noexcept nogil:
    """Whether a sorted set of so many members, the longest of so many bytes, is kept in a listpack."""
    return <int64_t>count <= limits.zset_listpack_entries and <int64_t>member_bytes <= limits.zset_listpack_value


cdef void* zset_create(View member, const Limits* limits, uint8_t* kind) noexcept nogil:
    """The payload of an empty sorted set that suits its first member; `kind` becomes the entry's."""
    if limits.zset_listpack_entries > 0 and <int64_t>member.len <= limits.zset_listpack_value:
        kind[0] = TYPE_ZSET | ENC_LISTPACK
        return lp_new(PACK_ROOM_BYTES)
    kind[0] = TYPE_ZSET | ENC_SORTED
    return sorted_new(limits.seeds)


cdef void become_sorted(Entry* zset, const Limits* limits) noexcept nogil:
    cdef Sorted* sorted = sorted_new(limits.seeds)
    cdef ZsetWalk walk
    zset_walk_begin(&walk, zset, 0, False)
    while zset_walk_next(&walk):
        sorted_append(sorted, walk.member, walk.score)
    lp_free(<char*>entry_pointer(zset))
    entry_set_encoding(zset, ENC_SORTED)
    entry_set_pointer(zset, sorted)


cdef void zset_compact(Entry* zset, const Limits* limits) noexcept nogil:
    """Put a new sorted set that is a table and a tree into a listpack, if its size allows that."""
    cdef ZsetWalk walk
    cdef char* packed
    cdef size_t longest = 0
    cdef size_t total = 0
    if entry_encoding(zset) != ENC_SORTED or not packs(zset_length(zset), 0, limits):
        return
    zset_walk_begin(&walk, zset, 0, False)
    while zset_walk_next(&walk):
        longest = walk.member.len if walk.member.len > longest else longest
        total += lp_size_estimate(walk.member) + SCORE_TEXT_BYTES
    if not packs(0, longest, limits) or total > LP_BYTES_MAX:
        return
    packed = lp_new(PACK_ROOM_BYTES)
    zset_walk_begin(&walk, zset, 0, False)
    while zset_walk_next(&walk):
        packed = packed_append(packed, walk.member, walk.score)
    sorted_free(<Sorted*>entry_pointer(zset))
    entry_set_encoding(zset, ENC_LISTPACK)
    entry_set_pointer(zset, packed)


# --- changing


cdef int zset_put(Entry* zset, View member, double* score, int options, const Limits* limits) noexcept nogil:
    """Add a member or change its score (no NaN) as the `options` (PUT_*) allow; `score` becomes what it is then.

    A listpack that outgrows its limits becomes a table and a tree. Answers PUT_ADDED and so on.
    """
    if entry_encoding(zset) == ENC_LISTPACK:
        return packed_put(zset, member, score, options, limits)
    return sorted_put(<Sorted*>entry_pointer(zset), member, score, options)


cdef bint zset_add(Entry* zset, View member, double score, const Limits* limits) noexcept nogil:
    """Give a member a score; False if it was there already."""
    return zset_put(zset, member, &score, 0, limits) == PUT_ADDED


cdef bint zset_remove(Entry* zset, View member) noexcept nogil:
    """Remove a member; False if it was not there. The set may be empty then: its key is the caller's to delete."""
    cdef char* packed = <char*>entry_pointer(zset)
    cdef char* p
    if entry_encoding(zset) == ENC_SORTED:
        return sorted_remove(<Sorted*>packed, member)
    p = lp_find(packed, lp_first(packed), member, 1)
    if p == NULL:
        return False
    entry_set_pointer(zset, lp_delete_range_at(packed, &p, 2))
    return True


cdef void zset_remove_ranks(Entry* zset, Ranks ranks) noexcept nogil:
    """Remove neighbours, which must be there. A caller who wants all of them deletes the key instead."""
    if entry_encoding(zset) == ENC_SORTED:
        sorted_remove_ranks(<Sorted*>entry_pointer(zset), ranks)
    elif ranks.count:
        entry_set_pointer(zset, lp_delete_range(<char*>entry_pointer(zset), <long>(ranks.first * 2), ranks.count * 2))


# --- asking


cdef uint64_t zset_length(Entry* zset) noexcept nogil:
    """How many members there are."""
    if entry_encoding(zset) == ENC_SORTED:
        return (<Sorted*>entry_pointer(zset)).table.count
    return lp_length(<char*>entry_pointer(zset)) // 2


cdef bint zset_score(Entry* zset, View member, double* score) noexcept nogil:
    """Read the score of a member; False if it is not there."""
    cdef char* packed = <char*>entry_pointer(zset)
    cdef Table* table
    cdef uint64_t* slot
    cdef char* p
    if entry_encoding(zset) == ENC_SORTED:
        table = &(<Sorted*>packed).table
        slot = table_find(table, member, hash_bytes(&table.seeds, member.ptr, member.len))
        if slot != NULL:
            score[0] = entry_score(slot_entry(slot))
        return slot != NULL
    p = lp_find(packed, lp_first(packed), member, 1)
    if p != NULL:
        score[0] = packed_score(lp_next(packed, p))
    return p != NULL


cdef int64_t sorted_rank(Sorted* sorted, View member) noexcept nogil:
    cdef uint64_t* slot = table_find(
        &sorted.table, member, hash_bytes(&sorted.table.seeds, member.ptr, member.len))
    cdef Cursor cursor
    cdef Place place
    if slot == NULL:
        return -1
    place.score = entry_score(slot_entry(slot))
    place.member = member
    ordered_find(&sorted.tree, by_place, &place, &cursor)
    return <int64_t>ordered_rank(&sorted.tree, &cursor)


cdef int64_t zset_rank(Entry* zset, View member, bint reverse) noexcept nogil:
    """How many members come before a member (`reverse`: after it); -1 if it is not there."""
    cdef char* packed = <char*>entry_pointer(zset)
    cdef char* found
    cdef char* p
    cdef int64_t rank = 0
    if entry_encoding(zset) == ENC_SORTED:
        rank = sorted_rank(<Sorted*>packed, member)
    else:
        p = lp_first(packed)
        found = lp_find(packed, p, member, 1)
        if found == NULL:
            return -1
        while p != found:
            p = lp_next(packed, lp_next(packed, p))
            rank += 1
    return <int64_t>zset_length(zset) - 1 - rank if reverse and rank >= 0 else rank


# --- ranges


cdef inline bint score_is_below(double score, const ScoreRange* range_) noexcept nogil:
    return score <= range_.min if range_.min_open else score < range_.min


cdef inline bint score_is_above(double score, const ScoreRange* range_) noexcept nogil:
    return score >= range_.max if range_.max_open else score > range_.max


cdef Ranks packed_score_ranks(char* packed, const ScoreRange* range_) noexcept nogil:
    cdef Ranks ranks
    cdef double score
    cdef char* p = lp_first(packed)
    ranks.first = ranks.count = 0
    while p != NULL:
        p = lp_next(packed, p)
        score = packed_score(p)
        if score_is_below(score, range_):
            ranks.first += 1
        elif score_is_above(score, range_):
            break
        else:
            ranks.count += 1
        p = lp_next(packed, p)
    return ranks


cdef inline Ranks ranks_between(uint64_t first, uint64_t end) noexcept nogil:
    cdef Ranks ranks
    ranks.first = first
    ranks.count = end - first if end > first else 0
    return ranks


cdef Ranks zset_score_ranks(Entry* zset, const ScoreRange* range_) noexcept nogil:
    """The members whose scores lie in a range."""
    cdef Ordered* tree
    cdef Cursor cursor
    cdef uint64_t first
    if entry_encoding(zset) == ENC_LISTPACK:
        return packed_score_ranks(<char*>entry_pointer(zset), range_)
    tree = &(<Sorted*>entry_pointer(zset)).tree
    ordered_lower(tree, by_score, &range_.min, range_.min_open, &cursor)
    first = ordered_rank(tree, &cursor)
    ordered_lower(tree, by_score, &range_.max, not range_.max_open, &cursor)
    return ranks_between(first, ordered_rank(tree, &cursor))


cdef bint member_is_below(View member, const LexRange* range_) noexcept nogil:
    cdef int order
    if range_.min_kind != LEX_TEXT:
        return range_.min_kind == LEX_HIGHEST
    order = compare_views(member, range_.min)
    return order < 0 or (order == 0 and range_.min_open)


cdef bint member_is_above(View member, const LexRange* range_) noexcept nogil:
    cdef int order
    if range_.max_kind != LEX_TEXT:
        return range_.max_kind == LEX_LOWEST
    order = compare_views(member, range_.max)
    return order > 0 or (order == 0 and range_.max_open)


cdef bint lex_is_empty(const LexRange* range_) noexcept nogil:
    """Whether no text at all can lie in a range."""
    cdef int order
    if range_.min_kind == LEX_HIGHEST or range_.max_kind == LEX_LOWEST:
        return True
    if range_.min_kind == LEX_LOWEST or range_.max_kind == LEX_HIGHEST:
        return False
    order = compare_views(range_.min, range_.max)
    return order > 0 or (order == 0 and (range_.min_open or range_.max_open))


cdef bint packed_may_have(char* packed, const LexRange* range_) noexcept nogil:
    """Whether the last member is not below a range and the first not above it: else redis-server looks no further."""
    cdef char buffer[SCORE_TEXT_BYTES]
    cdef char* last = lp_seek(packed, -2)
    return not member_is_below(lp_view(last, buffer), range_) and not member_is_above(
        lp_view(lp_first(packed), buffer), range_)


cdef Ranks packed_lex_ranks(Entry* zset, const LexRange* range_, bint reverse) noexcept nogil:
    cdef Ranks ranks
    cdef ZsetWalk walk
    cdef uint64_t skipped = 0
    cdef uint64_t length = zset_length(zset)
    ranks.first = ranks.count = 0
    zset_walk_begin(&walk, zset, length - 1 if reverse else 0, reverse)
    if not packed_may_have(<char*>entry_pointer(zset), range_):
        return ranks
    while zset_walk_next(&walk):
        if ranks.count == 0 and (member_is_above if reverse else member_is_below)(walk.member, range_):
            skipped += 1
        elif (member_is_below if reverse else member_is_above)(walk.member, range_):
            break
        else:
            ranks.count += 1
    ranks.first = length - skipped - ranks.count if reverse else skipped
    return ranks


cdef Ranks zset_lex_ranks(Entry* zset, const LexRange* range_, bint reverse) noexcept nogil:
    """The members that lie in a range; `reverse` tells from which end they will be walked."""
    cdef Ordered* tree
    cdef Cursor cursor
    cdef uint64_t first = 0
    if lex_is_empty(range_):
        return ranks_between(0, 0)
    if entry_encoding(zset) == ENC_LISTPACK:
        return packed_lex_ranks(zset, range_, reverse)
    tree = &(<Sorted*>entry_pointer(zset)).tree
    if range_.min_kind == LEX_TEXT:
        ordered_lower(tree, by_member, &range_.min, range_.min_open, &cursor)
        first = ordered_rank(tree, &cursor)
    if range_.max_kind == LEX_HIGHEST:
        return ranks_between(first, tree.count)
    ordered_lower(tree, by_member, &range_.max, not range_.max_open, &cursor)
    return ranks_between(first, ordered_rank(tree, &cursor))


# --- walking


cdef void zset_walk_begin(ZsetWalk* walk, Entry* zset, uint64_t rank, bint reverse) noexcept nogil:
    """Start a walk at the member of a rank, up or (`reverse`) down; beyond the last there is none.

    `member` and `score` are set by `zset_walk_next` and die with the next step.
    """
    walk.zset = zset
    walk.reverse = reverse
    if entry_encoding(zset) == ENC_SORTED:
        ordered_at(&(<Sorted*>entry_pointer(zset)).tree, rank, &walk.cursor)
    elif rank >= zset_length(zset):
        walk.packed = NULL
    else:
        walk.packed = lp_seek(<char*>entry_pointer(zset), <long>(rank * 2))


cdef inline bint sorted_walk_next(ZsetWalk* walk) noexcept nogil:
    cdef Cursor* cursor = &walk.cursor
    cdef Entry* entry
    if cursor.leaf == NULL:
        return False
    entry = <Entry*>cursor_item(cursor)
    walk.member = entry_key(entry)
    walk.score = entry_score(entry)
    if walk.reverse:
        if cursor.index >= PREFETCH_AHEAD:
            prefetch(leaf_items(cursor.leaf)[cursor.index - PREFETCH_AHEAD])
        cursor_prev(cursor)
    else:
        if cursor.index + PREFETCH_AHEAD < cursor.leaf.count:
            prefetch(leaf_items(cursor.leaf)[cursor.index + PREFETCH_AHEAD])
        cursor_next(cursor)
    return True


cdef bint zset_walk_next(ZsetWalk* walk) noexcept nogil:
    """Go to the next member; False when there is none left."""
    cdef char* packed
    cdef char* score_at
    if entry_encoding(walk.zset) == ENC_SORTED:
        return sorted_walk_next(walk)
    if walk.packed == NULL:
        return False
    packed = <char*>entry_pointer(walk.zset)
    score_at = lp_next(packed, walk.packed)
    walk.member = lp_view(walk.packed, walk.text)
    walk.score = packed_score(score_at)
    if not walk.reverse:
        walk.packed = lp_next(packed, score_at)
    else:
        walk.packed = lp_prev(packed, walk.packed)
        if walk.packed != NULL:
            walk.packed = lp_prev(packed, walk.packed)
    return True
