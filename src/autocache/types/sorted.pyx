"""Large sorted sets: a table, whose entries are the members, and a tree of these entries in order.

An entry holds the member as key and the score as an inline value of 8 bytes: one block. It stays where it is while its
score changes, and a change that leaves it between its neighbours does not even touch the tree (types/ordered).

Order is by score, then by the bytes of the member, as memcmp and then the length have it. No score is NaN: callers see
to that.
"""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy

from autocache.base.bytes cimport View
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_size
from autocache.types.entry cimport Entry, entry_free, entry_key, entry_new_string, entry_release
from autocache.types.ordered cimport (
    Cursor,
    Ordered,
    cursor_item,
    cursor_next,
    cursor_prev,
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
    Walker,
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
)

cdef enum:
    TABLE_RUN = 512                     # slots that `table_clear_step` takes for one of its budget
    LEAF_RUN = 32                       # items that `ordered_clear_step` frees for one of its budget, about

cdef struct Place:                      # what a member is looked for by, in the tree
    double score
    View member


# --- order


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


# --- the whole


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


# --- members


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


cdef bint sorted_score(const Sorted* sorted, View member, double* score) noexcept nogil:
    """Read the score of a member; False if it is not there."""
    cdef uint64_t* slot = table_find(
        &sorted.table, member, hash_bytes(&sorted.table.seeds, member.ptr, member.len))
    if slot != NULL:
        score[0] = entry_score(slot_entry(slot))
    return slot != NULL


cdef int64_t sorted_rank(const Sorted* sorted, View member) noexcept nogil:
    """How many members come before a member; -1 if it is not there."""
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


# --- ranges


cdef inline Ranks ranks_between(uint64_t first, uint64_t end) noexcept nogil:
    cdef Ranks ranks
    ranks.first = first
    ranks.count = end - first if end > first else 0
    return ranks


cdef Ranks sorted_score_ranks(const Sorted* sorted, const ScoreRange* range_) noexcept nogil:
    """The members whose scores lie in a range."""
    cdef const Ordered* tree = &sorted.tree
    cdef Cursor cursor
    cdef uint64_t first
    ordered_lower(tree, by_score, &range_.min, range_.min_open, &cursor)
    first = ordered_rank(tree, &cursor)
    ordered_lower(tree, by_score, &range_.max, not range_.max_open, &cursor)
    return ranks_between(first, ordered_rank(tree, &cursor))


cdef Ranks sorted_lex_ranks(const Sorted* sorted, const LexRange* range_) noexcept nogil:
    """The members that lie in a range; meant for sets whose scores are all equal. The range is not empty by itself."""
    cdef const Ordered* tree = &sorted.tree
    cdef Cursor cursor
    cdef uint64_t first = 0
    if range_.min_kind == LEX_TEXT:
        ordered_lower(tree, by_member, &range_.min, range_.min_open, &cursor)
        first = ordered_rank(tree, &cursor)
    if range_.max_kind == LEX_HIGHEST:
        return ranks_between(first, tree.count)
    ordered_lower(tree, by_member, &range_.max, not range_.max_open, &cursor)
    return ranks_between(first, ordered_rank(tree, &cursor))


# --- tables that get their order at the end


cdef char* sorted_slot(Sorted* sorted, View member, bint* added) noexcept nogil:
    """Where the score of a member is, which is added with a score of 0 if it is new; `sorted_order` must follow.

    The address dies with the next call. It is not aligned: the score is read and written by memcpy.
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
    return score_bytes(entry)


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
