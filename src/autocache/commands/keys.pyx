"""The commands for keys of any type, but for those that walk a whole database (scan.pyx)."""

from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint64_t
from libc.string cimport strlen

from autocache.base.bytes cimport same_bytes
from autocache.commands.args cimport (
    UNIT_MILLISECONDS,
    UNIT_SECONDS,
    arg_is,
    db_arg,
    int_arg,
    key_at,
    syntax_error,
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
    entry_expiry,
    entry_has_expiry,
    entry_recast,
    entry_type,
)
from autocache.resp.out cimport (
    out_error,
    out_error_form,
    out_int,
    out_ok,
    out_status,
)
from autocache.resp.parser cimport Arg

from autocache.commands.declare import declare

cdef enum:
    # The conditions of the EXPIRE family.
    IF_NONE = 1                         # NX
    IF_SOME = 2                         # XX
    IF_LATER = 4                        # GT
    IF_EARLIER = 8                      # LT


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


cdef bint expire_options(Request* request, int end, int* conditions) noexcept nogil:
    """Read NX, XX, GT and LT from position 3 to before `end`; on a mistake reply and return False."""
    cdef Arg* arg
    cdef int i
    conditions[0] = 0
    for i in range(3, end):
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


cdef bint expire_allowed(int64_t present, int conditions, int64_t expiry) noexcept nogil:
    """Whether the present expiry meets the conditions; none at all (-1) counts as later than any."""
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
    if not expire_options(request, request.argc, &conditions) or not expire_time(request, unit, base, &expiry):
        return
    if not db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE) \
            or not expire_allowed(entry_expiry(found.entry), conditions, expiry):
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
