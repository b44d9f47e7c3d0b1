"""HRANDFIELD: fields chosen at random.

One field of a table is a random slot of it. For several fields of a listpack, for most fields of a table, or where
fields have expired, all that are there are listed first, 8 bytes each, and drawn from the list; so each is as likely as
any other, and none that has expired is met. For few fields out of a large table random slots are drawn until enough
different ones have come, which is soon, for most slots are still unseen.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t

from autocache.commands.args cimport arg_is, find_typed, range_arg, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.hashes cimport reply_name, reply_value
from autocache.keyspace.db cimport Found, Keyspace, keyspace_random
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_zalloc
from autocache.resp.out cimport Out, out_array, out_error, out_null
from autocache.types.entry cimport TYPE_HASH, Entry, entry_pointer
from autocache.types.hash cimport (
    FieldAt,
    FieldWalk,
    field_of,
    fields_begin,
    fields_next,
    hash_is_packed,
    hash_length,
    hash_may_hide,
    hash_table,
)
from autocache.types.listpack cimport lp_next, lp_seek
from autocache.types.table cimport table_random

from autocache.commands.declare import declare

cdef enum:
    REPEATED_MAX = 1 << 24              # fields that a negative count may ask for
    LIST_SHARE = 3                      # who wants more than a third of a table's fields lists them all

cdef struct Draw:
    Keyspace* ks
    Out* out
    Entry* hash
    bint with_values
    void** list                         # owned: the fields that are there, elements or entries; NULL: not listed
    uint64_t length                     # how many there are to draw from


# --- drawing


cdef void draw_begin(Draw* draw, Request* request, Entry* hash, bint with_values) noexcept nogil:
    draw.ks = request.ks
    draw.out = request.out
    draw.hash = hash
    draw.with_values = with_values
    draw.list = NULL
    draw.length = hash_length(hash)
    if hash_may_hide(hash, request.ks.now_ms):
        list_fields(draw)


cdef void list_fields(Draw* draw) noexcept nogil:
    """List the fields that have not expired, to draw from."""
    cdef FieldWalk walk
    cdef FieldAt at
    draw.list = <void**>mem_alloc(draw.length * sizeof(void*))
    draw.length = 0
    fields_begin(&walk, draw.hash, draw.ks.now_ms)
    while fields_next(&walk, &at):
        draw.list[draw.length] = at.entry if at.entry != NULL else <void*>at.name
        draw.length += 1


cdef void field_at(const Draw* draw, void* place, FieldAt* at) noexcept nogil:
    """The field whose element or entry is at `place`."""
    if hash_is_packed(draw.hash):
        field_of(at, NULL)
        at.name = <char*>place
        at.value = lp_next(<char*>entry_pointer(draw.hash), at.name)
    else:
        field_of(at, <Entry*>place)


cdef void* draw_one(const Draw* draw) noexcept nogil:
    """The place of any field; there must be one to draw."""
    cdef uint64_t random = keyspace_random(draw.ks)
    cdef uint64_t hash
    if draw.list != NULL:
        return draw.list[random % draw.length]
    if hash_is_packed(draw.hash):
        return lp_seek(<char*>entry_pointer(draw.hash), <long>(random % draw.length) * 2)
    return table_random(hash_table(draw.hash), random, &hash)


cdef void reply_field(const Draw* draw, void* place) noexcept nogil:
    """Append a field's name, or name and value, which are a pair of their own in RESP3."""
    cdef FieldAt at
    field_at(draw, place, &at)
    if draw.with_values and draw.out.protocol > 2:
        out_array(draw.out, 2)
    reply_name(draw.out, &at)
    if draw.with_values:
        reply_value(draw.out, &at)


cdef void reply_head(const Draw* draw, uint64_t count) noexcept nogil:
    out_array(draw.out, <int64_t>(count * 2 if draw.with_values and draw.out.protocol == 2 else count))


# --- replies with many fields


cdef void reply_repeated(Draw* draw, uint64_t count) noexcept nogil:
    """Draw `count` times; the same field may come again."""
    if draw.list == NULL and count > 1 and hash_is_packed(draw.hash):
        list_fields(draw)
    if draw.length == 0:
        count = 0
    reply_head(draw, count)
    while count:
        reply_field(draw, draw_one(draw))
        count -= 1


cdef void reply_all(const Draw* draw) noexcept nogil:
    cdef FieldWalk walk
    cdef FieldAt at
    reply_head(draw, draw.length)
    fields_begin(&walk, draw.hash, draw.ks.now_ms)
    while fields_next(&walk, &at):
        reply_field(draw, at.entry if at.entry != NULL else <void*>at.name)


cdef void reply_from_list(Draw* draw, uint64_t count) noexcept nogil:
    """Draw `count` different fields from the list: the first steps of a Fisher-Yates shuffle."""
    cdef uint64_t i, other
    cdef void* place
    if draw.list == NULL:
        list_fields(draw)
    reply_head(draw, count)
    for i in range(count):
        other = i + keyspace_random(draw.ks) % (draw.length - i)
        place = draw.list[other]
        draw.list[other] = draw.list[i]
        reply_field(draw, place)


cdef bint is_unseen(void** seen, uint64_t mask, void* place) noexcept nogil:
    """Note a place in a set of those seen; whether it was not there yet."""
    cdef uint64_t at = (<uint64_t>place >> 3) * 0x9E3779B97F4A7C15ULL >> 32 & mask
    while seen[at] != NULL:
        if seen[at] == place:
            return False
        at = (at + 1) & mask
    seen[at] = place
    return True


cdef void reply_from_table(const Draw* draw, uint64_t count) noexcept nogil:
    """Draw `count` different fields, few of those in a table."""
    cdef uint64_t mask = 4
    cdef void** seen
    cdef void* place
    while mask < 2 * count:
        mask *= 2
    seen = <void**>mem_zalloc(mask * sizeof(void*))
    mask -= 1
    reply_head(draw, count)
    while count:
        place = draw_one(draw)
        if is_unseen(seen, mask, place):
            reply_field(draw, place)
            count -= 1
    mem_free(seen)


cdef void reply_different(Draw* draw, uint64_t count) noexcept nogil:
    """Draw up to `count` fields, none twice."""
    if count >= draw.length:
        reply_all(draw)
    elif draw.list != NULL or hash_is_packed(draw.hash) or count > draw.length // LIST_SHARE:
        reply_from_list(draw, count)
    else:
        reply_from_table(draw, count)


# --- the command


cdef bint count_args(Request* request, int64_t* count, bint* with_values) noexcept nogil:
    with_values[0] = False
    if not range_arg(request, 2, -INT64_MAX, INT64_MAX, count):
        return False
    if request.argc > 4 or (request.argc == 4 and not arg_is(&request.argv[3], b"withvalues", 10)):
        syntax_error(request)
        return False
    with_values[0] = request.argc == 4
    if count[0] < -REPEATED_MAX or (with_values[0] and count[0] > INT64_MAX // 2):
        out_error(request.out, b"ERR value is out of range")
        return False
    return True


cdef void one_field(Request* request) noexcept nogil:
    """HRANDFIELD without a count."""
    cdef Found found
    cdef Draw draw
    if not find_typed(request, 1, TYPE_HASH, 0, &found):
        return
    if found.slot == NULL:
        out_null(request.out)
        return
    draw_begin(&draw, request, found.entry, False)
    if draw.length:
        reply_field(&draw, draw_one(&draw))
    else:
        out_null(request.out)
    mem_free(draw.list)


declare(
    <size_t>hrandfield_command, "HRANDFIELD key [count [WITHVALUES]]", arity=-2, group="hash",
    flags="readonly", keys="RO access@1", since="6.2.0",
    complexity="O(N) where N is the number of fields returned; of a small hash, the number of its fields.",
    tips=("nondeterministic_output",),
    about="Returns fields of a hash chosen at random: different ones if the count is positive, and as many as the"
    " count says, whatever repeats, if it is negative.",
)
cdef void hrandfield_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Draw draw
    cdef int64_t count
    cdef bint with_values
    if request.argc == 2:
        one_field(request)
        return
    if not count_args(request, &count, &with_values) or not find_typed(request, 1, TYPE_HASH, 0, &found):
        return
    if found.slot == NULL or count == 0:
        out_array(request.out, 0)
        return
    draw_begin(&draw, request, found.entry, with_values)
    if count < 0:
        reply_repeated(&draw, <uint64_t>-count)
    else:
        reply_different(&draw, <uint64_t>count)
    mem_free(draw.list)
