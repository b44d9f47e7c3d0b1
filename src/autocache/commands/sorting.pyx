"""SORT and SORT_RO: the elements of a list, a set or a sorted set in order, or other keys' values in that order.

The elements are sorted where they lie (`types/sorter`); nothing of them is copied but to the reply, or to the list that
STORE makes. A weight that BY looks up may be looked at until the command ends, for neither keys nor fields go away
while it runs: what is alive at its beginning stays so. BY without a star means that nothing is sorted: then a list or a
sorted set is only walked, from where LIMIT says, and no memory is taken.

redis-server orders texts by its locale; here they are always in the order of their bytes, which is the C locale's.
"""

from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memchr, memcpy

from autocache.base.bytes cimport View
from autocache.commands.args cimport arg_is, int_arg, key_at, syntax_error, wrong_type
from autocache.commands.context cimport S_IN_SCRIPT, Request
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_LIST,
    FIND_WRITE,
    Found,
    changed,
    db_delete,
    db_find,
    db_replace_value,
)
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport out_array, out_blob, out_error, out_int, out_null, out_view
from autocache.types.entry cimport (
    ENC_BLOB,
    ENC_INTSET,
    ENC_LISTPACK,
    ENC_QUICKLIST,
    ENC_TABLE,
    TYPE_HASH,
    TYPE_LIST,
    TYPE_SET,
    TYPE_STRING,
    TYPE_ZSET,
    Entry,
    entry_blob,
    entry_encoding,
    entry_pointer,
    entry_type,
)
from autocache.types.hash cimport FieldAt, hash_find
from autocache.types.intset cimport intset_length
from autocache.types.listpack cimport LP_BYTES_MAX, lp_first, lp_next
from autocache.types.quicklist cimport (
    ListCursor,
    Quicklist,
    quicklist_end,
    quicklist_free_step,
    quicklist_new,
    quicklist_push,
    quicklist_seek,
    quicklist_step,
)
from autocache.types.set cimport set_length
from autocache.types.sorted cimport Sorted
from autocache.types.sorter cimport (
    COMPARE_ELEMENTS,
    COMPARE_SCORES,
    COMPARE_WEIGHTS,
    ELEMENT_TEXT_BYTES,
    REF_INDEX,
    REF_KEY,
    REF_NOTHING,
    REF_PACKED,
    REF_STRING,
    Item,
    Ref,
    Sorter,
    ref_kind,
    ref_of,
    ref_entry,
    ref_view,
    score_of,
    sorter_add,
    sorter_begin,
    sorter_end,
    sorter_sort,
)
from autocache.types.table cimport Table, Walker, walker_begin, walker_next
from autocache.types.zset cimport ZsetWalk, zset_length, zset_walk_begin, zset_walk_next

from autocache.commands.declare import declare

cdef enum:
    KEY_BYTES_ON_STACK = 256
    ELEMENT_SPARE_BYTES = 1024          # what a listpack needs besides the bytes of its only element, and more
    FREE_BUDGET = 8192

cdef struct Pattern:                    # of BY or GET: which value belongs to an element
    bint is_element                     # "#": the element itself
    bint has_star                       # without one, it leads to nothing
    View prefix
    View suffix
    View field                          # of a hash; empty for a string
    bint has_field

cdef struct Sort:                       # one run of the command
    Request* request
    Entry* source                       # NULL if there is no such key
    uint64_t length
    bint alpha
    bint descending
    bint unsorted
    int by                              # where the pattern of BY is, or 0
    int store                           # where STORE's key is, or 0
    int64_t offset
    int64_t limit                       # -1: all
    uint64_t first                      # of the sorted elements: which are wanted
    uint64_t wanted
    Pattern weights
    Pattern* gets                       # owned
    int get_count
    Sorter sorter
    bint failed                         # an element has no score, or is too long to be stored
    Quicklist* stored                   # owned, until it is in the database; NULL without STORE
    char* key                           # `short_key`, or owned if it is longer
    size_t key_capacity
    char short_key[KEY_BYTES_ON_STACK]

ctypedef void (*Take)(Sort* sort, Ref element) noexcept nogil


# --- options


cdef View cut_view(const char* start, const char* end) noexcept nogil:
    cdef View view
    view.ptr = start
    view.len = <size_t>(end - start)
    return view


cdef const char* find_arrow(const char* start, const char* end) noexcept nogil:
    """The first `->` that has anything behind it, or NULL. If the first one has not, there is none."""
    while start + 2 < end and start[0] != 0:
        if start[0] == b'-' and start[1] == b'>':
            return start if start[2] != 0 else NULL
        start += 1
    return NULL


cdef void read_pattern(Pattern* pattern, View text) noexcept nogil:
    """Take a pattern apart. A zero byte ends the search for what has a meaning in it."""
    cdef const char* end = text.ptr + text.len
    cdef const char* zero = <const char*>memchr(text.ptr, 0, text.len)
    cdef const char* star = <const char*>memchr(text.ptr, b'*', (zero if zero != NULL else end) - text.ptr)
    cdef const char* arrow
    pattern.is_element = text.len == 1 and text.ptr[0] == b'#'
    pattern.has_star = star != NULL
    pattern.has_field = False
    if star == NULL:
        return
    pattern.prefix = cut_view(text.ptr, star)
    arrow = find_arrow(star + 1, end)
    if arrow != NULL:
        pattern.has_field = True
        pattern.field = cut_view(arrow + 2, end)
        end = arrow
    pattern.suffix = cut_view(star + 1, end)


cdef int sort_option(Sort* sort, int at, bint read_only) noexcept nogil:
    """Read the option at a position and tell how many words it has; 0 if it is none or wrong, which is replied."""
    cdef Request* request = sort.request
    cdef int left = request.argc - at - 1
    if arg_is(&request.argv[at], b"asc", 3):
        sort.descending = False
        return 1
    if arg_is(&request.argv[at], b"desc", 4):
        sort.descending = True
        return 1
    if arg_is(&request.argv[at], b"alpha", 5):
        sort.alpha = True
        return 1
    if left >= 2 and arg_is(&request.argv[at], b"limit", 5):
        return 3 if int_arg(request, at + 1, &sort.offset) and int_arg(request, at + 2, &sort.limit) else 0
    if left >= 1 and not read_only and arg_is(&request.argv[at], b"store", 5):
        sort.store = at + 1
        return 2
    if left >= 1 and arg_is(&request.argv[at], b"by", 2):
        sort.by = at + 1
        read_pattern(&sort.weights, key_at(request, at + 1))
        # One pattern without a star is enough, even if another one follows.
        sort.unsorted = sort.unsorted or not sort.weights.has_star
        return 2
    if left >= 1 and arg_is(&request.argv[at], b"get", 3):
        if sort.gets == NULL:
            sort.gets = <Pattern*>mem_alloc(request.argc // 2 * sizeof(Pattern))
        read_pattern(&sort.gets[sort.get_count], key_at(request, at + 1))
        sort.get_count += 1
        return 2
    syntax_error(request)
    return 0


cdef bint sort_options(Sort* sort, bint read_only) noexcept nogil:
    cdef int at = 2
    cdef int words
    while at < sort.request.argc:
        words = sort_option(sort, at, read_only)
        if words == 0:
            return False
        at += words
    return True


cdef bint find_source(Sort* sort) noexcept nogil:
    cdef Found found
    cdef int type
    if not db_find(sort.request.ks, sort.request.db, key_at(sort.request, 1), &found, 0):
        return True
    sort.source = found.entry
    type = entry_type(found.entry)
    if type == TYPE_LIST:
        sort.length = (<Quicklist*>entry_pointer(found.entry)).count
    elif type == TYPE_SET:
        sort.length = set_length(found.entry)
    elif type == TYPE_ZSET:
        sort.length = zset_length(found.entry)
    else:
        wrong_type(sort.request)
        return False
    return True


cdef void apply_limit(Sort* sort) noexcept nogil:
    """Clip what LIMIT asks for to what there is."""
    cdef uint64_t rest
    sort.first = <uint64_t>sort.offset if sort.offset > 0 else 0
    if sort.first > sort.length:
        sort.first = sort.length
    rest = sort.length - sort.first
    sort.wanted = <uint64_t>sort.limit if 0 <= sort.limit < <int64_t>rest else rest


# --- values of other keys


cdef View key_for(Sort* sort, const Pattern* pattern, View element) noexcept nogil:
    """The key that a pattern names for an element; the next one overwrites it."""
    cdef View key
    cdef size_t length = pattern.prefix.len + element.len + pattern.suffix.len
    if length > sort.key_capacity:
        if sort.key != sort.short_key:
            mem_free(sort.key)
        sort.key_capacity = 2 * length
        sort.key = <char*>mem_alloc(sort.key_capacity)
    memcpy(sort.key, pattern.prefix.ptr, pattern.prefix.len)
    memcpy(sort.key + pattern.prefix.len, element.ptr, element.len)
    memcpy(sort.key + pattern.prefix.len + element.len, pattern.suffix.ptr, pattern.suffix.len)
    key.ptr = sort.key
    key.len = length
    return key


cdef Ref value_for(Sort* sort, const Pattern* pattern, View element) noexcept nogil:
    """The string that a pattern leads to for an element, or nothing."""
    cdef Request* request = sort.request
    cdef Found found
    cdef FieldAt at
    if not pattern.has_star or not db_find(request.ks, request.db, key_for(sort, pattern, element), &found, 0):
        return REF_NOTHING
    if not pattern.has_field:
        return ref_of(REF_STRING, found.entry) if entry_type(found.entry) == TYPE_STRING else REF_NOTHING
    if entry_type(found.entry) != TYPE_HASH or not hash_find(found.entry, pattern.field, request.ks.now_ms, &at):
        return REF_NOTHING
    return ref_of(REF_STRING, at.entry) if at.entry != NULL else ref_of(REF_PACKED, at.value)


# --- what is replied or stored


cdef void emit(Sort* sort, View value) noexcept nogil:
    if sort.stored == NULL:
        out_view(sort.request.out, value)
    elif value.len > LP_BYTES_MAX - ELEMENT_SPARE_BYTES:
        sort.failed = True
    else:
        quicklist_push(sort.stored, value, False, &sort.request.ks.limits)


cdef void emit_value(Sort* sort, Ref ref) noexcept nogil:
    """What GET found; nothing is a null in a reply and an empty element in a list."""
    cdef char[ELEMENT_TEXT_BYTES] text
    if sort.stored == NULL and ref == REF_NOTHING:
        out_null(sort.request.out)
    elif sort.stored == NULL and ref_kind(ref) == REF_STRING and entry_encoding(ref_entry(ref)) == ENC_BLOB:
        out_blob(sort.request.out, entry_blob(ref_entry(ref)))
    else:
        emit(sort, ref_view(&sort.sorter, ref, text))


cdef void emit_element(Sort* sort, View element) noexcept nogil:
    """An element of the result, or what GET asks for in its place."""
    cdef int i
    if sort.get_count == 0:
        emit(sort, element)
    for i in range(sort.get_count):
        if sort.gets[i].is_element:
            emit(sort, element)
        else:
            emit_value(sort, value_for(sort, &sort.gets[i], element))


cdef void begin_result(Sort* sort) noexcept nogil:
    if sort.store:
        sort.stored = quicklist_new()
    else:
        out_array(sort.request.out, <int64_t>sort.wanted * (sort.get_count if sort.get_count else 1))


cdef void drop_stored(Sort* sort) noexcept nogil:
    while not quicklist_free_step(sort.stored, FREE_BUDGET):
        pass
    sort.stored = NULL


cdef void end_result(Sort* sort) noexcept nogil:
    """Put the list that STORE asks for in its place; an empty one leaves no key there."""
    cdef Request* request = sort.request
    cdef Found found
    cdef uint64_t length
    if sort.stored == NULL:
        return
    if sort.failed:
        drop_stored(sort)
        out_error(request.out, b"ERR element is too long: a list takes elements of up to 1 GB")
        return
    length = sort.stored.count
    db_find(request.ks, request.db, key_at(request, sort.store), &found, FIND_WRITE)
    if length:
        db_replace_value(request.ks, &found, TYPE_LIST | ENC_QUICKLIST, sort.stored, -1)
        request.ks.dirty += length - 1
        changed(request.ks, &found, EVENT_CLASS_LIST, b"sortstore")
    else:
        drop_stored(sort)
        if found.slot != NULL:
            db_delete(request.ks, &found, request.ks.lazy_server_del)
            changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")
    out_int(request.out, <int64_t>length)


# --- walks


cdef void walk_listpack(Sort* sort, char* lp, int step, Take take) noexcept nogil:
    cdef char* at = lp_first(lp)
    cdef int _
    while at != NULL:
        take(sort, ref_of(REF_PACKED, at))
        for _ in range(step):
            at = lp_next(lp, at)


cdef void walk_table(Sort* sort, const Table* table, Take take) noexcept nogil:
    cdef Walker walker
    cdef Entry* entry
    walker_begin(&walker, table)
    entry = walker_next(&walker)
    while entry != NULL:
        take(sort, ref_of(REF_KEY, entry))
        entry = walker_next(&walker)


cdef void walk_list(Sort* sort, Take take) noexcept nogil:
    cdef ListCursor cursor
    cdef bint more
    quicklist_end(<Quicklist*>entry_pointer(sort.source), True, &cursor)
    more = cursor.node != NULL
    while more:
        take(sort, ref_of(REF_PACKED, cursor.at))
        more = quicklist_step(&cursor, False)


cdef void walk_elements(Sort* sort, Take take) noexcept nogil:
    """Hand over every element of the source, in the order in which it keeps them."""
    cdef int encoding = entry_encoding(sort.source)
    cdef void* payload = entry_pointer(sort.source)
    cdef uint64_t i
    if encoding == ENC_QUICKLIST:
        walk_list(sort, take)
    elif encoding == ENC_LISTPACK:
        # A sorted set has its scores between the members.
        walk_listpack(sort, <char*>payload, 2 if entry_type(sort.source) == TYPE_ZSET else 1, take)
    elif encoding == ENC_INTSET:
        sort.sorter.intset = <const char*>payload
        for i in range(intset_length(<const char*>payload)):
            take(sort, ref_of(REF_INDEX, <const void*>i))
    elif encoding == ENC_TABLE:
        walk_table(sort, <Table*>payload, take)
    else:
        walk_table(sort, &(<Sorted*>payload).table, take)


# --- without sorting


cdef void list_in_order(Sort* sort) noexcept nogil:
    cdef ListCursor cursor
    cdef char[ELEMENT_TEXT_BYTES] text
    cdef int64_t start = <int64_t>sort.first
    cdef uint64_t _
    if sort.wanted:
        quicklist_seek(<Quicklist*>entry_pointer(sort.source), -1 - start if sort.descending else start, &cursor)
    for _ in range(sort.wanted):
        emit_element(sort, ref_view(&sort.sorter, ref_of(REF_PACKED, cursor.at), text))
        quicklist_step(&cursor, sort.descending)


cdef void zset_in_order(Sort* sort) noexcept nogil:
    cdef ZsetWalk walk
    cdef uint64_t rank = sort.length - 1 - sort.first if sort.descending else sort.first
    cdef uint64_t _
    if sort.wanted:
        zset_walk_begin(&walk, sort.source, rank, sort.descending)
    for _ in range(sort.wanted):
        zset_walk_next(&walk)
        emit_element(sort, walk.member)


cdef void take_in_order(Sort* sort, Ref element) noexcept nogil:
    """One of a set's members, whose order is nobody's: those that LIMIT leaves out are passed by."""
    cdef char[ELEMENT_TEXT_BYTES] text
    if sort.first:
        sort.first -= 1
    elif sort.wanted:
        sort.wanted -= 1
        emit_element(sort, ref_view(&sort.sorter, element, text))


cdef void elements_in_order(Sort* sort) noexcept nogil:
    cdef int type = entry_type(sort.source)
    begin_result(sort)
    if type == TYPE_LIST:
        list_in_order(sort)
    elif type == TYPE_ZSET:
        zset_in_order(sort)
    else:
        walk_elements(sort, take_in_order)


# --- sorting


cdef void take_to_sort(Sort* sort, Ref element) noexcept nogil:
    """Look up what an element is compared by, and add it to the sorter."""
    cdef char[ELEMENT_TEXT_BYTES] text
    cdef char[ELEMENT_TEXT_BYTES] weight_text
    cdef Item item
    cdef Ref weight = element
    item.element = element
    if sort.by:
        weight = value_for(sort, &sort.weights, ref_view(&sort.sorter, element, text))
    if sort.sorter.comparison == COMPARE_WEIGHTS:
        item.weight.text = weight
    elif sort.sorter.comparison == COMPARE_SCORES:
        item.weight.score = 0
        if weight != REF_NOTHING and not score_of(ref_view(&sort.sorter, weight, weight_text), &item.weight.score):
            sort.failed = True
            return
    sorter_add(&sort.sorter, &item)


cdef void sorted_elements(Sort* sort) noexcept nogil:
    cdef Sorter* sorter = &sort.sorter
    cdef char[ELEMENT_TEXT_BYTES] text
    cdef uint64_t i
    sorter.comparison = COMPARE_SCORES
    if sort.alpha:
        sorter.comparison = COMPARE_WEIGHTS if sort.by else COMPARE_ELEMENTS
    sorter.descending = sort.descending
    sorter.whole = sort.store != 0
    # Even if nothing is wanted, an element without a score is an error; so one is kept.
    if not sorter_begin(sorter, sort.length, sort.first + sort.wanted if sort.wanted else 1):
        out_error(sort.request.out, b"ERR there is not enough memory to sort so many elements")
        return
    walk_elements(sort, take_to_sort)
    if sort.failed:
        out_error(sort.request.out, b"ERR One or more scores can't be converted into double")
    else:
        sorter_sort(sorter)
        begin_result(sort)
        for i in range(sort.first, sort.first + sort.wanted):
            emit_element(sort, ref_view(sorter, sorter.items[i].element, text))
    sorter_end(sorter)


cdef void run_sort(Sort* sort) noexcept nogil:
    apply_limit(sort)
    if sort.unsorted and (sort.store or sort.request.session.flags & S_IN_SCRIPT) and sort.source != NULL \
            and entry_type(sort.source) == TYPE_SET:
        # What is stored must not depend on how a set happens to lie in memory.
        sort.unsorted = False
        sort.alpha = True
        sort.by = 0
    if sort.length == 0:
        begin_result(sort)
    elif sort.unsorted:
        elements_in_order(sort)
    else:
        sorted_elements(sort)
    end_result(sort)


cdef void sort_keys(Request* request, bint read_only) noexcept nogil:
    cdef Sort sort
    sort.request = request
    sort.source = NULL
    sort.length = 0
    sort.alpha = sort.descending = sort.unsorted = sort.failed = False
    sort.by = sort.store = sort.get_count = 0
    sort.offset = 0
    sort.limit = -1
    sort.gets = NULL
    sort.stored = NULL
    sort.key = sort.short_key
    sort.key_capacity = KEY_BYTES_ON_STACK
    if sort_options(&sort, read_only) and find_source(&sort):
        run_sort(&sort)
    mem_free(sort.gets)
    if sort.key != sort.short_key:
        mem_free(sort.key)


BY_GET_NOTE = (
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key"
    " we sort"
)
STORE_NOTE = (
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument"
    " array"
)


declare(
    <size_t>sort_command, "SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC]"
    " [ALPHA] [STORE destination]",
    arity=-2, group="generic", flags="write denyoom", categories="-keyspace set sortedset list dangerous",
    keys="RO access@1, RO access@?, OW update@?", finder="sort", since="1.0.0",
    key_notes=("", BY_GET_NOTE, STORE_NOTE),
    complexity="O(N+M*log(M)) where N is the number of elements and M the number of those that are returned.",
    about="Returns or stores the elements of a list, a set or a sorted set, sorted as numbers or as bytes.",
)
cdef void sort_command(Request* request) noexcept nogil:
    sort_keys(request, False)


declare(
    <size_t>sort_ro_command, "SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]]"
    " [ASC | DESC] [ALPHA]",
    arity=-2, group="generic", flags="readonly", categories="-keyspace set sortedset list dangerous",
    keys="RO access@1, RO access@?", finder="sort", since="7.0.0", key_notes=("", BY_GET_NOTE),
    complexity="O(N+M*log(M)) where N is the number of elements and M the number of those that are returned.",
    about="Does what SORT does, but cannot store anything.",
)
cdef void sort_ro_command(Request* request) noexcept nogil:
    sort_keys(request, True)
