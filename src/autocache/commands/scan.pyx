"""Walking: KEYS, SCAN and RANDOMKEY, and what the SCAN commands of collections share with them.

KEYS and SCAN walk a table that must not change under them: what has expired is left out during the walk,
and SCAN removes it afterwards (KEYS removes nothing, as in redis-server).

A collection in its compact form answers with all of its elements and the cursor 0, as redis-server's does; a table is
walked in the order of hashes, so that growing and shrinking in between lose nothing that stays (types/table.pyx).
"""

from libc.stdint cimport INT64_MAX, UINT64_MAX, int64_t, uint64_t
from libc.string cimport memchr, strlen

from autocache.base.bytes cimport View, same_word
from autocache.base.glob cimport glob_match
from autocache.base.numbers cimport format_int64
from autocache.commands.args cimport arg_is, int_arg, key_at, syntax_error, view_of
from autocache.commands.context cimport Request
from autocache.commands.keys cimport type_name
from autocache.keyspace.db cimport FIND_NOTOUCH, FIND_WRITE, Found, Keyspace, db_find, db_random
from autocache.memory.alloc cimport mem_free, mem_realloc
from autocache.resp.out cimport (
    Out,
    out_array,
    out_bring_forward,
    out_bulk,
    out_defer,
    out_defer_end,
    out_error,
    out_null,
    out_view,
)
from autocache.resp.parser cimport Arg
from autocache.types.entry cimport Entry, entry_expired, entry_key
from autocache.types.table cimport Table, Visit, hash_bytes, slot_entry, table_find, table_scan, table_walk

from autocache.commands.declare import declare

cdef enum:
    SCAN_COUNT = 10                     # keys that one SCAN looks at, unless told
    SCAN_STEPS_PER_KEY = 10             # places it looks at for each of these, however empty they are
    ENTRIES_MIN = 32


# --- arguments


cdef void use_pattern(ScanOptions* options, View pattern) noexcept nogil:
    options.pattern = pattern
    options.everything = pattern.len == 1 and pattern.ptr[0] == c'*'


cdef bint scan_cursor(Request* request, int position, ScanOptions* options) noexcept nogil:
    """Read a cursor as strtoul does: no digits are 0, a minus sign counts from the end. Sets the defaults, too."""
    cdef const char* text = request.argv[position].ptr
    cdef const char* end = text + request.argv[position].len
    cdef const char* zero = <const char*>memchr(text, 0, request.argv[position].len)
    cdef const char* digits
    cdef bint negative = False
    cdef uint64_t digit
    cdef uint64_t cursor = 0
    options.count = SCAN_COUNT
    options.everything = True
    options.no_values = False
    options.pattern.ptr = options.type.ptr = NULL
    options.cursor = 0
    if zero != NULL:
        end = zero
    if text == end:
        return True
    if text[0] == c'-' or text[0] == c'+':
        negative = text[0] == c'-'
        text += 1
    digits = text
    while text < end and c'0' <= text[0] <= c'9':
        digit = <uint64_t>(text[0] - c'0')
        if cursor > (UINT64_MAX - digit) // 10:
            break
        cursor = cursor * 10 + digit
        text += 1
    if text < end or text == digits:
        out_error(request.out, b"ERR invalid cursor")
        return False
    options.cursor = 0 - cursor if negative else cursor
    return True


cdef bint scan_options(Request* request, int position, int allowed, ScanOptions* options) noexcept nogil:
    """Read COUNT and MATCH, and of TYPE and NOVALUES what is `allowed` (SCAN_TYPE, SCAN_NOVALUES)."""
    cdef const Arg* arg
    while position < request.argc:
        arg = &request.argv[position]
        if allowed & SCAN_NOVALUES and arg_is(arg, b"novalues", 8):
            options.no_values = True
            position += 1
            continue
        if position + 1 == request.argc:
            syntax_error(request)
            return False
        if arg_is(arg, b"count", 5):
            if not int_arg(request, position + 1, &options.count):
                return False
            if options.count < 1:
                syntax_error(request)
                return False
        elif arg_is(arg, b"match", 5):
            use_pattern(options, key_at(request, position + 1))
        elif allowed & SCAN_TYPE and arg_is(arg, b"type", 4):
            options.type = view_of(&request.argv[position + 1])
        else:
            syntax_error(request)
            return False
        position += 2
    return True


# --- collections


cdef bint scan_wants(const ScanOptions* options, View text) noexcept nogil:
    """Whether an element matches the pattern."""
    return options.everything or glob_match(options.pattern.ptr, options.pattern.len, text.ptr, text.len, False)


cdef uint64_t scan_table(const Table* table, const ScanOptions* options, Visit visit, void* context) noexcept nogil:
    """Visit about `count` entries from the cursor on; the next cursor. `visit` answers whether an entry counts."""
    cdef uint64_t cursor = options.cursor
    cdef uint64_t steps = INT64_MAX
    cdef Counted counted
    counted.visit = visit
    counted.context = context
    counted.seen = 0
    if options.count < INT64_MAX // SCAN_STEPS_PER_KEY:
        steps = <uint64_t>options.count * SCAN_STEPS_PER_KEY
    while True:
        cursor = table_scan(table, cursor, count_visit, &counted)
        steps -= 1
        if cursor == 0 or steps == 0 or counted.seen >= <uint64_t>options.count:
            return cursor


cdef struct Counted:
    Visit visit
    void* context
    uint64_t seen


cdef bint count_visit(void* context, Entry* entry) noexcept nogil:
    cdef Counted* counted = <Counted*>context
    counted.seen += 1
    return counted.visit(counted.context, entry)


cdef void scan_reply_end(Request* request, size_t start, uint64_t cursor, int64_t elements) noexcept nogil:
    """Put the head of a SCAN command's reply before so many elements, which were appended since `start`."""
    cdef size_t end = request.out.len
    scan_reply_cursor(request, cursor)
    out_array(request.out, elements)
    out_bring_forward(request.out, start, end)


cdef void scan_reply_cursor(Request* request, uint64_t cursor) noexcept nogil:
    """The first half of the reply of a SCAN command; the array of elements comes after it."""
    cdef char text[24]
    out_array(request.out, 2)
    # A cursor has 48 bits.
    out_bulk(request.out, text, format_int64(text, <int64_t>cursor))


# --- databases


cdef struct Entries:                    # a list of entries that are the table's; owns the list only
    Entry** items
    size_t count
    size_t capacity

cdef struct Walk:
    Keyspace* ks
    Out* out                            # KEYS: where matches go
    ScanOptions options
    uint64_t matched
    Entries found                       # SCAN: matches, and among them those that have expired
    Entries expired


cdef void remember(Entries* entries, Entry* entry) noexcept nogil:
    if entries.count == entries.capacity:
        entries.capacity = entries.capacity * 2 if entries.capacity else ENTRIES_MIN
        entries.items = <Entry**>mem_realloc(entries.items, entries.capacity * sizeof(void*))
    entries.items[entries.count] = entry
    entries.count += 1


cdef void walk_init(Walk* walk, Request* request) noexcept nogil:
    walk.ks = request.ks
    walk.out = request.out
    walk.options.type.ptr = NULL
    walk.matched = 0
    walk.found.items = walk.expired.items = NULL
    walk.found.count = walk.expired.count = 0
    walk.found.capacity = walk.expired.capacity = 0


cdef inline bint walk_wants(const Walk* walk, Entry* entry) noexcept nogil:
    cdef const char* type
    if not scan_wants(&walk.options, entry_key(entry)):
        return False
    if walk.options.type.ptr == NULL:
        return True
    type = type_name(entry)
    return same_word(walk.options.type.ptr, walk.options.type.len, type, strlen(type))


cdef bint keys_visit(void* context, Entry* entry) noexcept nogil:
    cdef Walk* walk = <Walk*>context
    if walk_wants(walk, entry) and not entry_expired(entry, walk.ks.now_ms):
        out_view(walk.out, entry_key(entry))
        walk.matched += 1
    return True


cdef bint is_literal(View pattern) noexcept nogil:
    """Whether a pattern has no special character, so that it can match only the key by its name."""
    return (
        memchr(pattern.ptr, c'*', pattern.len) == NULL
        and memchr(pattern.ptr, c'?', pattern.len) == NULL
        and memchr(pattern.ptr, c'[', pattern.len) == NULL
        and memchr(pattern.ptr, c'\\', pattern.len) == NULL
    )


declare(
    <size_t>keys_command, "KEYS pattern", arity=2, group="generic", flags="readonly", since="1.0.0",
    categories="dangerous", complexity="O(N) where N is the number of keys of the database.",
    tips=("request_policy:all_shards", "nondeterministic_output_order"),
    about="Returns all keys that match a pattern, in one go: SCAN does it bit by bit.",
)
cdef void keys_command(Request* request) noexcept nogil:
    cdef Walk walk
    cdef View pattern = key_at(request, 1)
    cdef uint64_t* slot
    cdef size_t head = out_defer(request.out)
    walk_init(&walk, request)
    use_pattern(&walk.options, pattern)
    if is_literal(pattern):
        slot = table_find(&request.db.table, pattern, hash_bytes(&request.ks.seeds, pattern.ptr, pattern.len))
        if slot != NULL:
            keys_visit(&walk, slot_entry(slot))
    else:
        table_walk(&request.db.table, keys_visit, &walk)
    out_defer_end(request.out, head, c'*', <int64_t>walk.matched)


cdef bint scan_visit(void* context, Entry* entry) noexcept nogil:
    cdef Walk* walk = <Walk*>context
    if walk_wants(walk, entry):
        remember(&walk.expired if entry_expired(entry, walk.ks.now_ms) else &walk.found, entry)
    return True


cdef void remove_expired(Request* request, const Entries* expired) noexcept nogil:
    cdef Found found
    cdef size_t i
    if request.ks.frozen:
        return
    for i in range(expired.count):
        db_find(request.ks, request.db, entry_key(expired.items[i]), &found, FIND_WRITE | FIND_NOTOUCH)


declare(
    <size_t>scan_command, "SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]", arity=-2, group="generic",
    flags="readonly", since="2.8.0",
    complexity="O(1) for every call, O(N) for all the calls that see N keys.",
    tips=("nondeterministic_output", "request_policy:special"),
    about="Returns some keys and the cursor with which to ask for the next ones; 0 is the start and the end.",
)
cdef void scan_command(Request* request) noexcept nogil:
    cdef Walk walk
    cdef uint64_t cursor
    cdef size_t i
    walk_init(&walk, request)
    if not scan_cursor(request, 1, &walk.options) or not scan_options(request, 2, SCAN_TYPE, &walk.options):
        return
    cursor = scan_table(&request.db.table, &walk.options, scan_visit, &walk)
    scan_reply_cursor(request, cursor)
    out_array(request.out, <int64_t>walk.found.count)
    for i in range(walk.found.count):
        out_view(request.out, entry_key(walk.found.items[i]))
    remove_expired(request, &walk.expired)
    mem_free(walk.found.items)
    mem_free(walk.expired.items)


declare(
    <size_t>randomkey_command, "RANDOMKEY", arity=1, group="generic", flags="readonly", since="1.0.0",
    tips=("request_policy:all_shards", "nondeterministic_output"),
    about="Returns one of the keys of the database, chosen at random.",
)
cdef void randomkey_command(Request* request) noexcept nogil:
    cdef Entry* entry = db_random(request.ks, request.db)
    if entry == NULL:
        out_null(request.out)
    else:
        out_view(request.out, entry_key(entry))
