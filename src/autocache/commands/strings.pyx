"""The string commands: reading, setting and removing whole values.

Those that count are in `counters`, those on parts of values in `substrings`. A long value that came in a
block of its own is kept in that block, and a reply with a long value shares it; so each of these commands
costs the same whatever the length of a value.
"""

from libc.stdint cimport int64_t

from autocache.base.bytes cimport View, likely, same_bytes
from autocache.commands.args cimport (
    UNIT_MILLISECONDS,
    UNIT_SECONDS,
    arg_is,
    expiry_arg,
    find_typed,
    key_at,
    syntax_error,
    wrong_type,
)
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    FIND_WRITE,
    Found,
    announce,
    changed,
    db_delete,
    db_find,
    db_prefetch,
    db_set_expiry,
)
from autocache.types.entry cimport (
    TYPE_STRING,
    Entry,
    entry_expiry,
    entry_has_expiry,
    entry_string,
    entry_type,
)
from autocache.resp.out cimport out_array, out_error_form, out_int, out_null, out_ok
from autocache.resp.parser cimport Arg

from autocache.commands.declare import declare

cdef enum:
    # The options of SET and GETEX.
    OPT_NX = 1
    OPT_XX = 2
    OPT_IFEQ = 4
    OPT_GET = 8
    OPT_KEEPTTL = 16
    OPT_PERSIST = 32
    OPT_EX = 64
    OPT_PX = 128
    OPT_EXAT = 256
    OPT_PXAT = 512
    OPT_TIME = OPT_EX | OPT_PX | OPT_EXAT | OPT_PXAT
    OPT_CONDITION = OPT_NX | OPT_XX | OPT_IFEQ
    SET_OPTIONS = OPT_CONDITION | OPT_GET | OPT_KEEPTTL | OPT_TIME
    GETEX_OPTIONS = OPT_PERSIST | OPT_TIME

    # Commands on many keys ask for the memory of the keys to come: for their slots this many keys ahead, for
    # the entries that the slots point at half as many. A processor fetches some ten lines at once.
    SLOTS_AHEAD = 12
    ENTRIES_AHEAD = 6

cdef struct Options:
    int given                           # OPT_*
    int time_at                         # position of the argument of EX, PX, EXAT or PXAT
    int compare_at                      # of IFEQ


# --- options


cdef int option_named(const Arg* arg) noexcept nogil:
    """The option that a word is, or 0."""
    if arg_is(arg, b"ex", 2):
        return OPT_EX
    if arg_is(arg, b"px", 2):
        return OPT_PX
    if arg_is(arg, b"nx", 2):
        return OPT_NX
    if arg_is(arg, b"xx", 2):
        return OPT_XX
    if arg_is(arg, b"get", 3):
        return OPT_GET
    if arg_is(arg, b"keepttl", 7):
        return OPT_KEEPTTL
    if arg_is(arg, b"exat", 4):
        return OPT_EXAT
    if arg_is(arg, b"pxat", 4):
        return OPT_PXAT
    if arg_is(arg, b"ifeq", 4):
        return OPT_IFEQ
    if arg_is(arg, b"persist", 7):
        return OPT_PERSIST
    return 0


cdef int options_against(int option) noexcept nogil:
    """The options that may not have been given before this one. Most may be repeated; the last one counts."""
    if option & OPT_TIME:
        return (OPT_TIME & ~option) | OPT_KEEPTTL | OPT_PERSIST
    if option & (OPT_KEEPTTL | OPT_PERSIST):
        return OPT_TIME | ((OPT_KEEPTTL | OPT_PERSIST) & ~option)
    if option == OPT_IFEQ:
        return OPT_CONDITION
    if option & OPT_CONDITION:
        return OPT_CONDITION & ~option
    return 0


cdef bint read_options(Request* request, int position, int allowed, Options* options) noexcept nogil:
    """Read the options of SET or GETEX, from `position` to the end."""
    cdef int option
    options.given = 0
    while position < request.argc:
        option = option_named(&request.argv[position])
        position += 1
        if not option & allowed or options.given & options_against(option):
            syntax_error(request)
            return False
        options.given |= option
        if not option & (OPT_TIME | OPT_IFEQ):
            continue
        if position == request.argc:
            syntax_error(request)
            return False
        if option == OPT_IFEQ:
            options.compare_at = position
        else:
            options.time_at = position
        position += 1
    return True


cdef bint read_expiry(Request* request, const Options* options, int64_t* expiry) noexcept nogil:
    """The expiry that was asked for, in ms since the epoch; unchanged if none was."""
    if not options.given & OPT_TIME:
        return True
    return expiry_arg(
        request,
        options.time_at,
        UNIT_SECONDS if options.given & (OPT_EX | OPT_EXAT) else UNIT_MILLISECONDS,
        options.given & (OPT_EXAT | OPT_PXAT) != 0,
        expiry,
    )


# --- reading


cdef inline bint reply_found(Request* request, int position, Found* found) noexcept nogil:
    """Find a string and append it, or null; False if the key holds something else."""
    if not find_typed(request, position, TYPE_STRING, 0, found):
        return False
    if found.slot == NULL:
        out_null(request.out)
    else:
        reply_string(request, found)
    return True


declare(
    <size_t>get_command, "GET key", arity=2, group="string", flags="readonly fast", keys="RO access@1",
    since="1.0.0", about="Returns the string value of a key.",
)
cdef void get_command(Request* request) noexcept nogil:
    cdef Found found
    reply_found(request, 1, &found)


declare(
    <size_t>getdel_command, "GETDEL key", arity=2, group="string", flags="write fast",
    keys="RW access delete@1", since="6.2.0", about="Returns the string value of a key and removes the key.",
)
cdef void getdel_command(Request* request) noexcept nogil:
    cdef Found found
    if not reply_found(request, 1, &found) or found.slot == NULL:
        return
    # A long value is shared with the reply by now, so that there is nothing left to free in steps.
    db_delete(request.ks, &found, False)
    changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")


declare(
    <size_t>getex_command,
    "GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds"
    " | PERSIST]",
    arity=-2, group="string", flags="write fast", keys="RW access update@1",
    key_notes="RW and UPDATE because it changes the TTL", since="6.2.0",
    about="Returns the string value of a key and changes how long it is kept.",
)
cdef void getex_command(Request* request) noexcept nogil:
    cdef Options options
    cdef Found found
    cdef int64_t expiry = -1
    if not read_options(request, 2, GETEX_OPTIONS, &options):
        return
    if not find_typed(request, 1, TYPE_STRING, 0, &found):
        return
    if found.slot == NULL:
        out_null(request.out)
        return
    if not read_expiry(request, &options, &expiry):
        return
    reply_string(request, &found)
    if options.given & (OPT_EXAT | OPT_PXAT) and expiry <= request.ks.now_ms:
        db_delete(request.ks, &found, request.ks.lazy_expire)
        changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")
    elif options.given & OPT_TIME or (options.given & OPT_PERSIST and entry_has_expiry(found.entry)):
        db_set_expiry(request.ks, &found, expiry)
        changed(request.ks, &found, EVENT_CLASS_GENERIC, b"expire" if options.given & OPT_TIME else b"persist")


declare(
    <size_t>mget_command, "MGET key [key ...]", arity=-2, group="string", flags="readonly fast",
    keys="RO access@1..-1", complexity="O(N) where N is the number of keys",
    tips=("request_policy:multi_shard",), since="1.0.0",
    about="Returns the string values of several keys, null for those that are absent or no strings.",
)
cdef void mget_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int i
    prefetch_first(request, 1)
    out_array(request.out, request.argc - 1)
    for i in range(1, request.argc):
        prefetch_ahead(request, i, 1)
        db_find(request.ks, request.db, key_at(request, i), &found, 0)
        if found.slot == NULL or entry_type(found.entry) != TYPE_STRING:
            out_null(request.out)
        else:
            reply_string(request, &found)


cdef inline void prefetch_key(Request* request, int position, bint entry) noexcept nogil:
    if position < request.argc:
        db_prefetch(request.ks, request.db, key_at(request, position), entry)


cdef void prefetch_first(Request* request, int step) noexcept nogil:
    """Ask for the memory of the first keys of a command on many."""
    cdef int i
    for i in range(SLOTS_AHEAD):
        prefetch_key(request, 1 + i * step, False)
    for i in range(ENTRIES_AHEAD):
        prefetch_key(request, 1 + i * step, True)


cdef inline void prefetch_ahead(Request* request, int position, int step) noexcept nogil:
    """Ask for the memory of the keys that come some keys after a position."""
    prefetch_key(request, position + SLOTS_AHEAD * step, False)
    prefetch_key(request, position + ENTRIES_AHEAD * step, True)


# --- setting


declare(
    <size_t>set_command,
    "SET key value [NX | XX | IFEQ comparison-value] [GET] [EX seconds | PX milliseconds"
    " | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    arity=-3, group="string", flags="write denyoom", keys="RW access update variable_flags@1",
    key_notes="RW and ACCESS due to the optional `GET` argument", finder="set", since="1.0.0",
    about="Sets the string value of a key, whatever it held before, and how long it is kept."
    " IFEQ is Valkey's, since 8.1: only if the key holds the comparison value.",
)
cdef void set_command(Request* request) noexcept nogil:
    cdef Found found
    if likely(request.argc == 3):
        db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE)
        store_arg(request, &found, 2, -1, b"set")
        out_ok(request.out)
    else:
        set_with_options(request)


cdef void set_with_options(Request* request) noexcept nogil:
    cdef Options options
    cdef Found found
    cdef int64_t expiry = -1
    if not read_options(request, 3, SET_OPTIONS, &options) or not read_expiry(request, &options, &expiry):
        return
    if options.given & OPT_GET:
        # The reply is the old value, whether or not the new one is set.
        if not reply_found(request, 1, &found):
            return
    else:
        db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE)
    if options.given & OPT_IFEQ and found.slot != NULL and entry_type(found.entry) != TYPE_STRING:
        wrong_type(request)
        return
    if not condition_holds(request, &options, &found):
        if not options.given & OPT_GET:
            out_null(request.out)
        return
    if options.given & OPT_KEEPTTL and found.slot != NULL:
        expiry = entry_expiry(found.entry)
    store_arg(request, &found, 2, expiry, b"set")
    if options.given & OPT_TIME:
        announce(request.ks, EVENT_CLASS_GENERIC, b"expire", request.db.id, found.key)
    if not options.given & OPT_GET:
        out_ok(request.out)


cdef bint condition_holds(Request* request, const Options* options, Found* found) noexcept nogil:
    """Whether SET may set, by its NX, XX or IFEQ."""
    if options.given & OPT_NX:
        return found.slot == NULL
    if options.given & OPT_XX:
        return found.slot != NULL
    if options.given & OPT_IFEQ:
        return found.slot != NULL and holds_arg(request, found.entry, options.compare_at)
    return True


cdef bint holds_arg(Request* request, Entry* entry, int position) noexcept nogil:
    """Whether a string has the very bytes of an argument."""
    cdef View value = entry_string(entry)
    cdef View wanted = key_at(request, position)
    return same_bytes(value.ptr, value.len, wanted.ptr, wanted.len)


declare(
    <size_t>setnx_command, "SETNX key value", arity=3, group="string", flags="write denyoom fast",
    keys="OW insert@1", since="1.0.0",
    about="Sets the string value of a key that does not exist yet; SET with NX does the same.",
)
cdef void setnx_command(Request* request) noexcept nogil:
    cdef Found found
    if db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE):
        out_int(request.out, 0)
        return
    store_arg(request, &found, 2, -1, b"set")
    out_int(request.out, 1)


declare(
    <size_t>setex_command, "SETEX key seconds value", arity=4, group="string", flags="write denyoom",
    keys="OW update@1", since="2.0.0",
    about="Sets the string value of a key and for how many seconds it is kept; SET with EX does the same.",
)
cdef void setex_command(Request* request) noexcept nogil:
    set_for(request, UNIT_SECONDS)


declare(
    <size_t>psetex_command, "PSETEX key milliseconds value", arity=4, group="string", flags="write denyoom",
    keys="OW update@1", since="2.6.0",
    about="Sets the string value of a key and for how many milliseconds it is kept; SET with PX does the"
    " same.",
)
cdef void psetex_command(Request* request) noexcept nogil:
    set_for(request, UNIT_MILLISECONDS)


cdef void set_for(Request* request, int unit) noexcept nogil:
    cdef Found found
    cdef int64_t expiry
    if not expiry_arg(request, 2, unit, False, &expiry):
        return
    db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE)
    store_arg(request, &found, 3, expiry, b"set")
    announce(request.ks, EVENT_CLASS_GENERIC, b"expire", request.db.id, found.key)
    out_ok(request.out)


declare(
    <size_t>getset_command, "GETSET key value", arity=3, group="string", flags="write denyoom fast",
    keys="RW access update@1", since="1.0.0",
    about="Sets the string value of a key and returns the one before; SET with GET does the same.",
)
cdef void getset_command(Request* request) noexcept nogil:
    cdef Found found
    if reply_found(request, 1, &found):
        store_arg(request, &found, 2, -1, b"set")


# --- setting many


cdef bint pairs_are_whole(Request* request) noexcept nogil:
    if request.argc % 2 == 1:
        return True
    out_error_form(request.out, b"ERR wrong number of arguments for '%' command", request.command.name,
                   request.command.name_len)
    return False


cdef void store_pairs(Request* request) noexcept nogil:
    """Set all keys of MSET or MSETNX; of a key that is named twice the last value stays."""
    cdef Found found
    cdef int i = 1
    prefetch_first(request, 2)
    while i < request.argc:
        prefetch_ahead(request, i, 2)
        db_find(request.ks, request.db, key_at(request, i), &found, FIND_WRITE)
        store_arg(request, &found, i + 1, -1, b"set")
        i += 2


declare(
    <size_t>mset_command, "MSET key value [key value ...]", arity=-3, group="string", flags="write denyoom",
    keys="OW update@1..-1/2", complexity="O(N) where N is the number of keys",
    tips=("request_policy:multi_shard", "response_policy:all_succeeded"), since="1.0.1",
    about="Sets the string values of several keys at once.",
)
cdef void mset_command(Request* request) noexcept nogil:
    if not pairs_are_whole(request):
        return
    store_pairs(request)
    out_ok(request.out)


declare(
    <size_t>msetnx_command, "MSETNX key value [key value ...]", arity=-3, group="string",
    flags="write denyoom", keys="OW insert@1..-1/2", complexity="O(N) where N is the number of keys",
    tips=("request_policy:multi_shard", "response_policy:agg_min"), since="1.0.1",
    about="Sets the string values of several keys at once, if none of them exists yet.",
)
cdef void msetnx_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int i = 1
    if not pairs_are_whole(request):
        return
    while i < request.argc:
        if db_find(request.ks, request.db, key_at(request, i), &found, FIND_WRITE):
            out_int(request.out, 0)
            return
        i += 2
    store_pairs(request)
    out_int(request.out, 1)


# --- removing


declare(
    <size_t>delifeq_command, "DELIFEQ key value", arity=3, group="string", flags="write fast",
    keys="RW access delete@1", since="9.0.0",
    about="Removes a key if its string value is the given one. This is Valkey's, since 9.0.",
)
cdef void delifeq_command(Request* request) noexcept nogil:
    cdef Found found
    if not find_typed(request, 1, TYPE_STRING, FIND_WRITE, &found):
        return
    if found.slot == NULL or not holds_arg(request, found.entry, 2):
        out_int(request.out, 0)
        return
    db_delete(request.ks, &found, request.ks.lazy_user_del)
    changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")
    out_int(request.out, 1)
