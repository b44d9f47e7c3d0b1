"""The commands for keys of any type.

KEYS and SCAN walk a table that must not change under them: what has expired is left out during the walk,
and SCAN removes it afterwards (KEYS removes nothing, as in redis-server).
"""

from libc.stdint cimport INT64_MAX, INT64_MIN, UINT64_MAX, int64_t, uint64_t
from libc.string cimport memchr, strlen

from autocache.base.bytes cimport View, same_bytes, same_word
from autocache.base.glob cimport glob_match
from autocache.base.numbers cimport format_int64
from autocache.commands.args cimport (
    UNIT_MILLISECONDS,
    UNIT_SECONDS,
    arg_is,
    db_arg,
    int_arg,
    key_at,
    syntax_error,
    view_of,
)
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_NEW,
    EVENT_MODIFIED,
    FIND_NOTOUCH,
    FIND_WRITE,
    Db,
    Found,
    Keyspace,
    announce,
    changed,
    db_delete,
    db_detach,
    db_find,
    db_insert,
    db_random,
    db_relocate,
    db_set_expiry,
    fresh_access,
    modified,
    notify,
)
from autocache.keyspace.value cimport value_copy
from autocache.types.entry cimport (
    TYPE_HASH,
    TYPE_LIST,
    TYPE_SET,
    TYPE_STREAM,
    TYPE_STRING,
    TYPE_ZSET,
    Entry,
    entry_expired,
    entry_expiry,
    entry_has_expiry,
    entry_key,
    entry_recast,
    entry_type,
)
from autocache.types.table cimport hash_bytes, slot_entry, table_find, table_scan, table_walk
from autocache.memory.alloc cimport mem_free, mem_realloc
from autocache.resp.out cimport (
    Out,
    out_array,
    out_bulk,
    out_defer,
    out_defer_end,
    out_error,
    out_error_form,
    out_int,
    out_null,
    out_ok,
    out_status,
    out_view,
)
from autocache.resp.parser cimport Arg

from autocache.commands.declare import declare

cdef enum:
    # The conditions of the EXPIRE family.
    IF_NONE = 1                         # NX
    IF_SOME = 2                         # XX
    IF_LATER = 4                        # GT
    IF_EARLIER = 8                      # LT

    SCAN_COUNT = 10                     # keys that one SCAN looks at, unless told
    SCAN_STEPS_PER_KEY = 10             # places it looks at for each of these, however empty they are
    ENTRIES_MIN = 32


cdef const char* type_name(const Entry* entry) noexcept nogil:
    """What TYPE answers for an entry."""
    cdef int type = entry_type(entry)
    if type == TYPE_STRING:
        return b"string"
    if type == TYPE_LIST:
        return b"list"
    if type == TYPE_SET:
        return b"set"
    if type == TYPE_ZSET:
        return b"zset"
    if type == TYPE_HASH:
        return b"hash"
    if type == TYPE_STREAM:
        return b"stream"
    return b"unknown"


# --- existing, and not


cdef void delete_keys(Request* request, bint lazy) noexcept nogil:
    """Delete each argument's key and answer how many there were."""
    cdef Found found
    cdef int64_t deleted = 0
    cdef int i
    for i in range(1, request.argc):
        if db_find(request.ks, request.db, key_at(request, i), &found, FIND_WRITE | FIND_NOTOUCH):
            db_delete(request.ks, &found, lazy)
            changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")
            deleted += 1
    out_int(request.out, deleted)


declare(
    <size_t>del_command, "DEL key [key ...]", arity=-2, group="generic", flags="write",
    keys="RM delete@1..-1",
    since="1.0.0", complexity="O(N) where N is the number of keys.",
    tips=("request_policy:multi_shard", "response_policy:agg_sum"),
    about="Deletes keys, of whatever type, and tells how many there were.",
)
cdef void del_command(Request* request) noexcept nogil:
    delete_keys(request, request.ks.lazy_user_del)


declare(
    <size_t>unlink_command, "UNLINK key [key ...]", arity=-2, group="generic", flags="write fast",
    keys="RM delete@1..-1", since="4.0.0", complexity="O(N) where N is the number of keys.",
    tips=("request_policy:multi_shard", "response_policy:agg_sum"),
    about="Deletes keys as DEL does, but frees large values in the background.",
)
cdef void unlink_command(Request* request) noexcept nogil:
    delete_keys(request, True)


cdef void count_keys(Request* request, int mode) noexcept nogil:
    """Answer how many of the arguments are keys; one that is named twice counts twice."""
    cdef Found found
    cdef int64_t count = 0
    cdef int i
    for i in range(1, request.argc):
        count += db_find(request.ks, request.db, key_at(request, i), &found, mode)
    out_int(request.out, count)


declare(
    <size_t>exists_command, "EXISTS key [key ...]", arity=-2, group="generic", flags="readonly fast",
    keys="RO@1..-1",
    since="1.0.0", complexity="O(N) where N is the number of keys.",
    tips=("request_policy:multi_shard", "response_policy:agg_sum"),
    about="Tells how many of the keys exist; a key that is named twice counts twice.",
)
cdef void exists_command(Request* request) noexcept nogil:
    count_keys(request, FIND_NOTOUCH)


declare(
    <size_t>touch_command, "TOUCH key [key ...]", arity=-2, group="generic", flags="readonly fast",
    keys="RO@1..-1",
    since="3.2.1", complexity="O(N) where N is the number of keys.",
    tips=("request_policy:multi_shard", "response_policy:agg_sum"),
    about="Marks keys as used just now, for eviction, and tells how many of them exist.",
)
cdef void touch_command(Request* request) noexcept nogil:
    cdef bint no_touch = request.ks.no_touch
    # Even for a client that said CLIENT NO-TOUCH: touching is what it asks for here.
    request.ks.no_touch = False
    count_keys(request, 0)
    request.ks.no_touch = no_touch


declare(
    <size_t>type_command, "TYPE key", arity=2, group="generic", flags="readonly fast", keys="RO@1",
    since="1.0.0",
    about="Returns the type of the value that a key holds, or none.",
)
cdef void type_command(Request* request) noexcept nogil:
    cdef Found found
    cdef const char* name = b"none"
    if db_find(request.ks, request.db, key_at(request, 1), &found, FIND_NOTOUCH):
        name = type_name(found.entry)
    out_status(request.out, name, strlen(name))


# --- expiry


cdef bint expire_options(Request* request, int* conditions) noexcept nogil:
    """Read NX, XX, GT and LT; on a mistake reply and return False."""
    cdef Arg* arg
    cdef int i
    conditions[0] = 0
    for i in range(3, request.argc):
        arg = &request.argv[i]
        if arg_is(arg, b"nx", 2):
            conditions[0] |= IF_NONE
        elif arg_is(arg, b"xx", 2):
            conditions[0] |= IF_SOME
        elif arg_is(arg, b"gt", 2):
            conditions[0] |= IF_LATER
        elif arg_is(arg, b"lt", 2):
            conditions[0] |= IF_EARLIER
        else:
            out_error_form(request.out, b"ERR Unsupported option %", arg.ptr, arg.len)
            return False
    if conditions[0] & IF_NONE and conditions[0] & (IF_SOME | IF_LATER | IF_EARLIER):
        out_error(request.out, b"ERR NX and XX, GT or LT options at the same time are not compatible")
        return False
    if conditions[0] & IF_LATER and conditions[0] & IF_EARLIER:
        out_error(request.out, b"ERR GT and LT options at the same time are not compatible")
        return False
    return True


cdef bint expire_time(Request* request, int unit, int64_t base, int64_t* expiry) noexcept nogil:
    """Read the time, which may lie in the past, as ms since the epoch."""
    cdef int64_t value
    if not int_arg(request, 2, &value):
        return False
    if unit == UNIT_MILLISECONDS or INT64_MIN // 1000 <= value <= INT64_MAX // 1000:
        if unit == UNIT_SECONDS:
            value *= 1000
        if value <= INT64_MAX - base:
            expiry[0] = value + base
            return True
    out_error_form(request.out, b"ERR invalid expire time in '%' command", request.command.name,
                   request.command.name_len)
    return False


cdef bint expire_allowed(Entry* entry, int conditions, int64_t expiry) noexcept nogil:
    """Whether the present expiry meets the conditions; none at all counts as later than any."""
    cdef int64_t present = entry_expiry(entry)
    if conditions & IF_NONE and present >= 0:
        return False
    if conditions & IF_SOME and present < 0:
        return False
    if conditions & IF_LATER and (present < 0 or expiry <= present):
        return False
    return not (conditions & IF_EARLIER and present >= 0 and expiry >= present)


cdef void set_expiry(Request* request, int unit, int64_t base) noexcept nogil:
    """What the EXPIRE family does; a time that is past deletes the key."""
    cdef Found found
    cdef int conditions
    cdef int64_t expiry
    if not expire_options(request, &conditions) or not expire_time(request, unit, base, &expiry):
        return
    if not db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE) \
            or not expire_allowed(found.entry, conditions, expiry):
        out_int(request.out, 0)
        return
    if expiry <= request.ks.now_ms:
        db_delete(request.ks, &found, request.ks.lazy_expire)
        changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")
        out_int(request.out, 1)
    else:
        db_set_expiry(request.ks, &found, expiry)
        # Here redis-server replies first: a client that is told of its own change sees it.
        out_int(request.out, 1)
        changed(request.ks, &found, EVENT_CLASS_GENERIC, b"expire")


declare(
    <size_t>expire_command, "EXPIRE key seconds [NX | XX | GT | LT]", arity=-3, group="generic",
    flags="write fast",
    keys="RW update@1", since="1.0.0",
    about="Sets after how many seconds a key expires.",
)
cdef void expire_command(Request* request) noexcept nogil:
    set_expiry(request, UNIT_SECONDS, request.ks.now_ms)


declare(
    <size_t>pexpire_command, "PEXPIRE key milliseconds [NX | XX | GT | LT]", arity=-3, group="generic",
    flags="write fast", keys="RW update@1", since="2.6.0",
    about="Sets after how many milliseconds a key expires.",
)
cdef void pexpire_command(Request* request) noexcept nogil:
    set_expiry(request, UNIT_MILLISECONDS, request.ks.now_ms)


declare(
    <size_t>expireat_command, "EXPIREAT key unix-time-seconds [NX | XX | GT | LT]", arity=-3, group="generic",
    flags="write fast", keys="RW update@1", since="1.2.0",
    about="Sets the Unix time, in seconds, at which a key expires.",
)
cdef void expireat_command(Request* request) noexcept nogil:
    set_expiry(request, UNIT_SECONDS, 0)


declare(
    <size_t>pexpireat_command, "PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]", arity=-3,
    group="generic",
    flags="write fast", keys="RW update@1", since="2.6.0",
    about="Sets the Unix time, in milliseconds, at which a key expires.",
)
cdef void pexpireat_command(Request* request) noexcept nogil:
    set_expiry(request, UNIT_MILLISECONDS, 0)


cdef void reply_expiry(Request* request, int unit, int64_t base) noexcept nogil:
    """Answer how long after `base` the key expires: -1 if it does not, -2 if there is no key."""
    cdef Found found
    cdef int64_t expiry
    if not db_find(request.ks, request.db, key_at(request, 1), &found, FIND_NOTOUCH):
        out_int(request.out, -2)
        return
    expiry = entry_expiry(found.entry)
    if expiry < 0:
        out_int(request.out, -1)
        return
    expiry -= base
    if unit == UNIT_SECONDS:
        # Unsigned, for rounding the latest of all times overflows.
        expiry = <int64_t>((<uint64_t>expiry + 500) // 1000)
    out_int(request.out, expiry)


declare(
    <size_t>ttl_command, "TTL key", arity=2, group="generic", flags="readonly fast", keys="RO access@1",
    since="1.0.0",
    tips=("nondeterministic_output",),
    about="Returns the seconds until a key expires: -1 if it never does, -2 if there is no such key.",
)
cdef void ttl_command(Request* request) noexcept nogil:
    reply_expiry(request, UNIT_SECONDS, request.ks.now_ms)


declare(
    <size_t>pttl_command, "PTTL key", arity=2, group="generic", flags="readonly fast", keys="RO access@1",
    since="2.6.0", tips=("nondeterministic_output",),
    about="Returns the milliseconds until a key expires: -1 if it never does, -2 if there is no such key.",
)
cdef void pttl_command(Request* request) noexcept nogil:
    reply_expiry(request, UNIT_MILLISECONDS, request.ks.now_ms)


declare(
    <size_t>expiretime_command, "EXPIRETIME key", arity=2, group="generic", flags="readonly fast",
    keys="RO access@1", since="7.0.0",
    about="Returns the Unix time, in seconds, at which a key expires, or -1 or -2 as TTL does.",
)
cdef void expiretime_command(Request* request) noexcept nogil:
    reply_expiry(request, UNIT_SECONDS, 0)


declare(
    <size_t>pexpiretime_command, "PEXPIRETIME key", arity=2, group="generic", flags="readonly fast",
    keys="RO access@1", since="7.0.0",
    about="Returns the Unix time, in milliseconds, at which a key expires, or -1 or -2 as TTL does.",
)
cdef void pexpiretime_command(Request* request) noexcept nogil:
    reply_expiry(request, UNIT_MILLISECONDS, 0)


declare(
    <size_t>persist_command, "PERSIST key", arity=2, group="generic", flags="write fast", keys="RW update@1",
    since="2.2.0",
    about="Takes the expiry of a key away, so that it stays.",
)
cdef void persist_command(Request* request) noexcept nogil:
    cdef Found found
    if not db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE) \
            or not entry_has_expiry(found.entry):
        out_int(request.out, 0)
        return
    db_set_expiry(request.ks, &found, -1)
    changed(request.ks, &found, EVENT_CLASS_GENERIC, b"persist")
    out_int(request.out, 1)


# --- moving and copying


cdef inline bint same_key(Request* request) noexcept nogil:
    return same_bytes(request.argv[1].ptr, request.argv[1].len, request.argv[2].ptr, request.argv[2].len)


cdef void announce_replaced(Keyspace* ks, bint replaced, Found* found) noexcept nogil:
    """A key that takes the place of another is a new one, too, which `db_insert` tells of absent ones only."""
    if replaced:
        announce(ks, EVENT_CLASS_NEW, b"new", found.db.id, found.key)


cdef void move_entry(Keyspace* ks, Found* source, Found* target) noexcept nogil:
    """Move the found entry to where `target` was looked for, over what is there; both count as one change."""
    cdef Entry* entry
    cdef bint replaced
    # Looking for the second may have removed an expired key, and so moved the first.
    db_relocate(source)
    entry = db_detach(ks, source)
    entry = entry_recast(entry, target.key, entry_expiry(entry))
    db_relocate(target)
    replaced = target.slot != NULL
    db_insert(ks, target, entry)
    announce_replaced(ks, replaced, target)
    modified(ks, source)
    notify(ks, EVENT_MODIFIED, target.db.id, target.key)


cdef bint rename_key(Request* request, bint only_if_absent) noexcept nogil:
    """Rename; False if the reply is given already: an error, the same name, or (only_if_absent) one taken."""
    cdef Found source
    cdef Found target
    if not db_find(request.ks, request.db, key_at(request, 1), &source, FIND_WRITE):
        out_error(request.out, b"ERR no such key")
        return False
    if same_key(request):
        if only_if_absent:
            out_int(request.out, 0)
        else:
            out_ok(request.out)
        return False
    if db_find(request.ks, request.db, key_at(request, 2), &target, FIND_WRITE) and only_if_absent:
        out_int(request.out, 0)
        return False
    move_entry(request.ks, &source, &target)
    announce(request.ks, EVENT_CLASS_GENERIC, b"rename_from", request.db.id, source.key)
    announce(request.ks, EVENT_CLASS_GENERIC, b"rename_to", request.db.id, target.key)
    return True


declare(
    <size_t>rename_command, "RENAME key newkey", arity=3, group="generic", flags="write",
    keys="RW access delete@1, OW update@2", since="1.0.0",
    about="Gives a key another name, and deletes the key that had that name before.",
)
cdef void rename_command(Request* request) noexcept nogil:
    if rename_key(request, False):
        out_ok(request.out)


declare(
    <size_t>renamenx_command, "RENAMENX key newkey", arity=3, group="generic", flags="write fast",
    keys="RW access delete@1, OW insert@2", since="1.0.0",
    about="Gives a key another name, if no key has that name yet.",
)
cdef void renamenx_command(Request* request) noexcept nogil:
    if rename_key(request, True):
        out_int(request.out, 1)


declare(
    <size_t>move_command, "MOVE key db", arity=3, group="generic", flags="write fast",
    keys="RW access update@1",
    since="1.0.0",
    about="Moves a key to another database, if that has no such key.",
)
cdef void move_command(Request* request) noexcept nogil:
    cdef Found source
    cdef Found target
    cdef Db* db
    if not db_arg(request, 2, &db):
        return
    if db == request.db:
        out_error(request.out, b"ERR source and destination objects are the same")
        return
    if not db_find(request.ks, request.db, key_at(request, 1), &source, FIND_WRITE) \
            or db_find(request.ks, db, key_at(request, 1), &target, FIND_WRITE):
        out_int(request.out, 0)
        return
    move_entry(request.ks, &source, &target)
    announce(request.ks, EVENT_CLASS_GENERIC, b"move_from", request.db.id, source.key)
    announce(request.ks, EVENT_CLASS_GENERIC, b"move_to", db.id, target.key)
    out_int(request.out, 1)


cdef bint copy_options(Request* request, Db** db, bint* replace) noexcept nogil:
    cdef int i = 3
    db[0] = request.db
    replace[0] = False
    while i < request.argc:
        if arg_is(&request.argv[i], b"replace", 7):
            replace[0] = True
            i += 1
        elif arg_is(&request.argv[i], b"db", 2) and i + 1 < request.argc:
            if not db_arg(request, i + 1, db):
                return False
            i += 2
        else:
            syntax_error(request)
            return False
    return True


declare(
    <size_t>copy_command, "COPY source destination [DB destination-db] [REPLACE]", arity=-3, group="generic",
    flags="write denyoom", keys="RO access@1, OW update@2", since="6.2.0",
    complexity="O(N) in the number of elements of a collection, O(1) for a string.",
    about="Copies a key with its value and its expiry to another name or database.",
)
cdef void copy_command(Request* request) noexcept nogil:
    cdef Found source
    cdef Found target
    cdef Db* db
    cdef bint replace, replaced
    if not copy_options(request, &db, &replace):
        return
    if db == request.db and same_key(request):
        out_error(request.out, b"ERR source and destination objects are the same")
        return
    if not db_find(request.ks, request.db, key_at(request, 1), &source, 0) \
            or (db_find(request.ks, db, key_at(request, 2), &target, FIND_WRITE) and not replace):
        out_int(request.out, 0)
        return
    replaced = target.slot != NULL
    db_insert(request.ks, &target, value_copy(source.entry, target.key, entry_expiry(source.entry),
                                              fresh_access(request.ks)))
    announce_replaced(request.ks, replaced, &target)
    changed(request.ks, &target, EVENT_CLASS_GENERIC, b"copy_to")
    out_int(request.out, 1)


# --- walking


cdef struct Entries:                    # a list of entries that are the table's; owns the list only
    Entry** items
    size_t count
    size_t capacity

cdef struct Walk:
    Keyspace* ks
    Out* out                            # KEYS: where matches go
    View pattern
    bint all                            # the pattern matches everything
    View type                           # SCAN: its argument TYPE, or none
    uint64_t visited
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
    walk.all = True
    walk.pattern.ptr = walk.type.ptr = NULL
    walk.visited = 0
    walk.found.items = walk.expired.items = NULL
    walk.found.count = walk.expired.count = 0
    walk.found.capacity = walk.expired.capacity = 0


cdef void walk_pattern(Walk* walk, View pattern) noexcept nogil:
    walk.pattern = pattern
    walk.all = pattern.len == 1 and pattern.ptr[0] == c'*'


cdef inline bint walk_wants(const Walk* walk, Entry* entry) noexcept nogil:
    cdef View key
    cdef const char* type
    if not walk.all:
        key = entry_key(entry)
        if not glob_match(walk.pattern.ptr, walk.pattern.len, key.ptr, key.len, False):
            return False
    if walk.type.ptr == NULL:
        return True
    type = type_name(entry)
    return same_word(walk.type.ptr, walk.type.len, type, strlen(type))


cdef bint keys_visit(void* context, Entry* entry) noexcept nogil:
    cdef Walk* walk = <Walk*>context
    if walk_wants(walk, entry) and not entry_expired(entry, walk.ks.now_ms):
        out_view(walk.out, entry_key(entry))
        walk.visited += 1
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
    walk_pattern(&walk, pattern)
    if is_literal(pattern):
        slot = table_find(&request.db.table, pattern, hash_bytes(&request.ks.seeds, pattern.ptr, pattern.len))
        if slot != NULL:
            keys_visit(&walk, slot_entry(slot))
    else:
        table_walk(&request.db.table, keys_visit, &walk)
    out_defer_end(request.out, head, c'*', <int64_t>walk.visited)


cdef bint scan_visit(void* context, Entry* entry) noexcept nogil:
    cdef Walk* walk = <Walk*>context
    walk.visited += 1
    if walk_wants(walk, entry):
        remember(&walk.expired if entry_expired(entry, walk.ks.now_ms) else &walk.found, entry)
    return True


cdef bint cursor_arg(Request* request, uint64_t* cursor) noexcept nogil:
    """Read a cursor as strtoul does: no digits at all are 0, and a minus sign counts from the end."""
    cdef const char* text = request.argv[1].ptr
    cdef const char* end = text + request.argv[1].len
    cdef const char* zero = <const char*>memchr(text, 0, request.argv[1].len)
    cdef const char* digits
    cdef bint negative = False
    cdef uint64_t digit
    cursor[0] = 0
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
        if cursor[0] > (UINT64_MAX - digit) // 10:
            break
        cursor[0] = cursor[0] * 10 + digit
        text += 1
    if text < end or text == digits:
        out_error(request.out, b"ERR invalid cursor")
        return False
    if negative:
        cursor[0] = 0 - cursor[0]
    return True


cdef bint scan_options(Request* request, Walk* walk, int64_t* count) noexcept nogil:
    cdef int i = 2
    count[0] = SCAN_COUNT
    while i < request.argc:
        if i + 1 == request.argc:
            syntax_error(request)
            return False
        if arg_is(&request.argv[i], b"count", 5):
            if not int_arg(request, i + 1, count):
                return False
            if count[0] < 1:
                syntax_error(request)
                return False
        elif arg_is(&request.argv[i], b"match", 5):
            walk_pattern(walk, view_of(&request.argv[i + 1]))
        elif arg_is(&request.argv[i], b"type", 4):
            walk.type = view_of(&request.argv[i + 1])
        else:
            syntax_error(request)
            return False
        i += 2
    return True


cdef void reply_scan(Request* request, uint64_t cursor, const Entries* found) noexcept nogil:
    cdef char text[24]
    cdef size_t i
    out_array(request.out, 2)
    # A cursor has 48 bits.
    out_bulk(request.out, text, format_int64(text, <int64_t>cursor))
    out_array(request.out, <int64_t>found.count)
    for i in range(found.count):
        out_view(request.out, entry_key(found.items[i]))


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
    cdef int64_t count
    cdef uint64_t steps
    walk_init(&walk, request)
    if not cursor_arg(request, &cursor) or not scan_options(request, &walk, &count):
        return
    steps = <uint64_t>count * SCAN_STEPS_PER_KEY if count < INT64_MAX // SCAN_STEPS_PER_KEY else INT64_MAX
    while True:
        cursor = table_scan(&request.db.table, cursor, scan_visit, &walk)
        steps -= 1
        if cursor == 0 or steps == 0 or walk.visited >= <uint64_t>count:
            break
    reply_scan(request, cursor, &walk.found)
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
