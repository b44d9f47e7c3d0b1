"""Sorted sets: few short members in a listpack, all others in a table and an ordered tree (types/sorted).

The listpack is byte for byte redis-server's: member, score, member, score, in order; a score that is a whole number is
kept as an integer, any other as text. A sorted set leaves it beyond `zset-max-listpack-entries` members or with a
member longer than `zset-max-listpack-value`, and comes back only as a new one, when a command stores its result
(`zset_compact`). What these functions change is the payload of the set's entry, which stays where it is.

Ranges of every kind are first turned into ranks (`zset_score_ranks`, `zset_lex_ranks`); walking, counting and removing
go by ranks then. In the tree that takes O(log n), in a listpack one pass.

Ranges by member mean something only where all scores are equal. Where they are not, a listpack is searched from the end
at which the walk begins, as redis-server does; in the tree a binary search finds some range.
"""

from libc.math cimport isnan
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport strtod
from libc.string cimport memcpy

from autocache.base.bytes cimport View, prefetch
from autocache.base.numbers cimport format_double, format_int64
from autocache.types.entry cimport (
    ENC_LISTPACK,
    ENC_SORTED,
    TYPE_ZSET,
    Entry,
    entry_encoding,
    entry_key,
    entry_pointer,
    entry_set_encoding,
    entry_set_pointer,
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
from autocache.types.ordered cimport Cursor, cursor_item, cursor_next, cursor_prev, leaf_items, ordered_at
from autocache.types.sorted cimport (
    LEX_HIGHEST,
    LEX_LOWEST,
    LEX_TEXT,
    PUT_ADDED,
    PUT_REFUSED,
    PUT_UPDATED,
    PUT_XX,
    LexRange,
    Ranks,
    ScoreRange,
    Sorted,
    compare_views,
    entry_score,
    sorted_free,
    sorted_lex_ranks,
    sorted_new,
    sorted_put,
    sorted_rank,
    sorted_remove,
    sorted_remove_ranks,
    sorted_score,
    sorted_score_ranks,
    weigh,
)

cdef enum:
    PACK_ROOM_BYTES = 32
    PREFETCH_AHEAD = 4
    INTEGER_SCORE_BITS = 62             # of a larger score redis-server's listpacks hold the text


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
    """The score that the element at `p` is; what is no number is 0."""
    cdef char copy[SCORE_TEXT_BYTES * 4]
    cdef double score
    cdef View text
    cdef int64_t number = 0
    if lp_get(p, &text, &number):
        return <double>number
    if text.len >= sizeof(copy):
        text.len = sizeof(copy) - 1
    memcpy(copy, text.ptr, text.len)
    copy[text.len] = 0
    score = strtod(copy, NULL)
    return 0 if isnan(score) else score


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
        # Its own order is not relied on: a listpack may have come from anywhere (RESTORE).
        sorted_put(sorted, walk.member, &walk.score, 0)
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
    cdef char* p
    if entry_encoding(zset) == ENC_SORTED:
        return sorted_score(<Sorted*>packed, member, score)
    p = lp_find(packed, lp_first(packed), member, 1)
    if p != NULL:
        score[0] = packed_score(lp_next(packed, p))
    return p != NULL


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


cdef Ranks zset_score_ranks(Entry* zset, const ScoreRange* range_) noexcept nogil:
    """The members whose scores lie in a range."""
    if entry_encoding(zset) == ENC_LISTPACK:
        return packed_score_ranks(<char*>entry_pointer(zset), range_)
    return sorted_score_ranks(<Sorted*>entry_pointer(zset), range_)


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
    cdef Ranks none
    if lex_is_empty(range_):
        none.first = none.count = 0
        return none
    if entry_encoding(zset) == ENC_LISTPACK:
        return packed_lex_ranks(zset, range_, reverse)
    return sorted_lex_ranks(<Sorted*>entry_pointer(zset), range_)


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
