"""The commands on the expiry of single fields of a hash: HEXPIRE and its kin, HTTL, HPERSIST, HGETEX, HSETEX, HGETDEL.

redis-server 7.0 has none of them. Redis 7.4 brought some and 8.0 the others, Valkey 9.0 all but HGETDEL, which is in
9.1; where the two differ this follows Valkey. A hash with a field that expires is a table (types/hash.pyx), the
register of such hashes is keyspace/fields.pyx.

All take `FIELDS numfields field [field ...]` at their end. The first word FIELDS begins it, so an option's argument
cannot be that word. Errors are looked for in Valkey's order: options, numfields, time, type.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t

from autocache.commands.args cimport UNIT_MILLISECONDS, UNIT_SECONDS, arg_is, find_typed, int_arg, key_at, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.hashes cimport (
    find_field,
    find_or_create,
    note_fields,
    removed_fields,
    reply_value,
    store_field,
)
from autocache.commands.keys cimport expire_allowed, expire_options
from autocache.keyspace.db cimport EVENT_CLASS_HASH, FIND_WRITE, Found, announce, changed
from autocache.resp.out cimport out_array, out_error, out_error_form, out_int, out_null
from autocache.resp.parser cimport Arg
from autocache.types.entry cimport TYPE_HASH
from autocache.types.hash cimport (
    HASH_KEEP_EXPIRY,
    HASH_NO_EXPIRY,
    FieldAt,
    field_expiry,
    hash_delete,
    hash_set_expiry,
)

from autocache.commands.declare import declare

cdef enum:
    # The options of HSETEX and HGETEX.
    OPT_EX = 1
    OPT_PX = 2
    OPT_EXAT = 4
    OPT_PXAT = 8
    OPT_KEEPTTL = 16
    OPT_PERSIST = 32
    OPT_NX = 64                         # of the key
    OPT_XX = 128
    OPT_FNX = 256                       # of all the fields
    OPT_FXX = 512
    OPT_TIME = OPT_EX | OPT_PX | OPT_EXAT | OPT_PXAT
    OPT_KEEP = OPT_KEEPTTL | OPT_PERSIST
    HSETEX_OPTIONS = OPT_TIME | OPT_KEEPTTL | OPT_NX | OPT_XX | OPT_FNX | OPT_FXX
    HGETEX_OPTIONS = OPT_TIME | OPT_PERSIST

    # What became of a field, as HEXPIRE and HPERSIST reply.
    FIELD_ABSENT = -2
    FIELD_PERSISTENT = -1
    FIELD_UNMET = 0                     # a condition was not met
    FIELD_DONE = 1
    FIELD_REMOVED = 2                   # the time is past

cdef struct Options:
    int given                           # OPT_*
    int time_at                         # position of the argument of EX, PX, EXAT or PXAT


# --- arguments


cdef int fields_word(Request* request, int position) noexcept nogil:
    """Where the word FIELDS stands, from `position` on and before the last argument; the last position if nowhere."""
    while position < request.argc - 1 and not arg_is(&request.argv[position], b"fields", 6):
        position += 1
    return position


cdef bint fields_arg(Request* request, int word, int step, int* first) noexcept nogil:
    """Read numfields after the word FIELDS, and check that so many groups of `step` arguments follow to the end."""
    cdef int64_t count = 0
    first[0] = word + 2
    if word < request.argc - 1 and not int_arg(request, word + 1, &count):
        return False
    if 0 < count <= request.argc and first[0] + count * step == request.argc:
        return True
    out_error(request.out, b"ERR numfields should be greater than 0 and match the provided number of fields")
    return False


cdef bint plain_fields(Request* request, int* first) noexcept nogil:
    """Read FIELDS and what follows where no option stands before it."""
    if not arg_is(&request.argv[2], b"fields", 6):
        syntax_error(request)
        return False
    return fields_arg(request, 2, 1, first)


cdef bint moment_arg(Request* request, int position, int unit, int64_t base, int64_t* expiry) noexcept nogil:
    """Read a time, which may be zero or past but not negative, as ms since the epoch."""
    cdef int64_t value
    if not int_arg(request, position, &value):
        return False
    if value >= 0 and (unit == UNIT_MILLISECONDS or value <= INT64_MAX // 1000):
        if unit == UNIT_SECONDS:
            value *= 1000
        if value <= INT64_MAX - base:
            expiry[0] = value + base
            return True
    out_error_form(request.out, b"ERR invalid expire time in '%' command", request.command.name,
                   request.command.name_len)
    return False


cdef int option_named(const Arg* arg) noexcept nogil:
    """The option that a word is, or 0."""
    if arg_is(arg, b"ex", 2):
        return OPT_EX
    if arg_is(arg, b"px", 2):
        return OPT_PX
    if arg_is(arg, b"exat", 4):
        return OPT_EXAT
    if arg_is(arg, b"pxat", 4):
        return OPT_PXAT
    if arg_is(arg, b"keepttl", 7):
        return OPT_KEEPTTL
    if arg_is(arg, b"persist", 7):
        return OPT_PERSIST
    if arg_is(arg, b"nx", 2):
        return OPT_NX
    if arg_is(arg, b"xx", 2):
        return OPT_XX
    if arg_is(arg, b"fnx", 3):
        return OPT_FNX
    return OPT_FXX if arg_is(arg, b"fxx", 3) else 0


cdef int options_against(int option) noexcept nogil:
    """The options that may not have been given before this one. The same may be repeated; the last one counts."""
    if option & (OPT_TIME | OPT_KEEP):
        return (OPT_TIME | OPT_KEEP) & ~option
    if option & (OPT_NX | OPT_XX):
        return (OPT_NX | OPT_XX) & ~option
    return (OPT_FNX | OPT_FXX) & ~option


cdef bint read_options(Request* request, int end, int allowed, Options* options) noexcept nogil:
    """Read the options of HSETEX or HGETEX, from position 2 to before `end`."""
    cdef int position = 2
    cdef int option
    options.given = 0
    while position < end:
        option = option_named(&request.argv[position])
        if not option & allowed or options.given & options_against(option) \
                or (option & OPT_TIME and position + 1 == end):
            syntax_error(request)
            return False
        options.given |= option
        position += 1
        if option & OPT_TIME:
            options.time_at = position
            position += 1
    return True


cdef bint read_moment(Request* request, const Options* options, int64_t* expiry) noexcept nogil:
    """The time that was asked for, in ms since the epoch; unchanged if none was."""
    if not options.given & OPT_TIME:
        return True
    return moment_arg(
        request,
        options.time_at,
        UNIT_SECONDS if options.given & (OPT_EX | OPT_EXAT) else UNIT_MILLISECONDS,
        0 if options.given & (OPT_EXAT | OPT_PXAT) else request.ks.now_ms,
        expiry,
    )


# --- what is done to a field


cdef int expire_field(Request* request, Found* found, int position, int conditions, int64_t expiry) noexcept nogil:
    """Give the field that an argument names an expiry that is still to come; what became of it (FIELD_)."""
    cdef FieldAt at
    if not find_field(request, found, key_at(request, position), &at):
        return FIELD_ABSENT
    if not expire_allowed(field_expiry(&at), conditions, expiry):
        return FIELD_UNMET
    hash_set_expiry(found.entry, &request.ks.limits, &at, key_at(request, position), expiry)
    return FIELD_DONE


cdef int remove_field(Request* request, Found* found, int position) noexcept nogil:
    """Remove the field that an argument names, for its time is past already."""
    if found.slot == NULL or not hash_delete(found.entry, key_at(request, position), request.ks.now_ms):
        return FIELD_ABSENT
    return FIELD_REMOVED


cdef int persist_field(Request* request, Found* found, int position) noexcept nogil:
    cdef FieldAt at
    if not find_field(request, found, key_at(request, position), &at):
        return FIELD_ABSENT
    if field_expiry(&at) < 0:
        return FIELD_PERSISTENT
    hash_set_expiry(found.entry, &request.ks.limits, &at, key_at(request, position), -1)
    return FIELD_DONE


cdef void tell_expired(Request* request, Found* found, int64_t count) noexcept nogil:
    """Fields were removed because the time that they were given is past: that counts as expiring."""
    if count:
        request.ks.expired_fields += <uint64_t>count
        removed_fields(request, found, b"hexpired", count)


cdef void tell_changed(Request* request, Found* found, int64_t count, int64_t expiry, const char* event) noexcept nogil:
    """`count` fields got an expiry, or (-1) lost it."""
    if count:
        note_fields(request, found, expiry)
        request.ks.dirty += <uint64_t>(count - 1)
        changed(request.ks, found, EVENT_CLASS_HASH, event)


# --- HEXPIRE and its kin


cdef void expire_fields(Request* request, int unit, int64_t base) noexcept nogil:
    cdef Found found
    cdef int64_t expiry
    cdef int64_t done = 0
    cdef int conditions, first, i, code
    cdef int word = fields_word(request, 3)
    cdef bint past
    if word < request.argc - 1 and not expire_options(request, word, &conditions):
        return
    if not fields_arg(request, word, 1, &first) or not moment_arg(request, 2, unit, base, &expiry) \
            or not find_typed(request, 1, TYPE_HASH, FIND_WRITE, &found):
        return
    past = expiry <= request.ks.now_ms
    out_array(request.out, request.argc - first)
    for i in range(first, request.argc):
        if past:
            code = remove_field(request, &found, i)
        else:
            code = expire_field(request, &found, i, conditions, expiry)
        done += code > 0
        out_int(request.out, code)
    if past:
        tell_expired(request, &found, done)
    else:
        tell_changed(request, &found, done, expiry, b"hexpire")


declare(
    <size_t>hexpire_command, "HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    arity=-6, group="hash", flags="write fast", keys="RW update@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Sets after how many seconds fields of a hash expire. The reply has for each field 1 if that was done, 0 if"
    " the condition is not met, 2 if the field was removed because the time is past (then no condition is looked at),"
    " and -2 if there is no such field. This is Valkey's, since 9.0; Redis has it since 7.4, with other errors.",
)
cdef void hexpire_command(Request* request) noexcept nogil:
    expire_fields(request, UNIT_SECONDS, request.ks.now_ms)


declare(
    <size_t>hpexpire_command, "HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    arity=-6, group="hash", flags="write fast", keys="RW update@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Sets after how many milliseconds fields of a hash expire; replies as HEXPIRE does.",
)
cdef void hpexpire_command(Request* request) noexcept nogil:
    expire_fields(request, UNIT_MILLISECONDS, request.ks.now_ms)


declare(
    <size_t>hexpireat_command,
    "HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    arity=-6, group="hash", flags="write fast", keys="RW update@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Sets the Unix time, in seconds, at which fields of a hash expire; replies as HEXPIRE does.",
)
cdef void hexpireat_command(Request* request) noexcept nogil:
    expire_fields(request, UNIT_SECONDS, 0)


declare(
    <size_t>hpexpireat_command,
    "HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    arity=-6, group="hash", flags="write fast", keys="RW update@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Sets the Unix time, in milliseconds, at which fields of a hash expire; replies as HEXPIRE does.",
)
cdef void hpexpireat_command(Request* request) noexcept nogil:
    expire_fields(request, UNIT_MILLISECONDS, 0)


# --- HTTL and its kin, HPERSIST


cdef int64_t shown_expiry(const FieldAt* at, int unit, int64_t base) noexcept nogil:
    """How long after `base` a field expires, or -1."""
    cdef int64_t expiry = field_expiry(at)
    if expiry < 0:
        return FIELD_PERSISTENT
    expiry -= base
    if unit == UNIT_MILLISECONDS:
        return expiry
    # Unsigned, for rounding the latest of all times overflows.
    return <int64_t>((<uint64_t>expiry + 500) // 1000)


cdef void reply_expiries(Request* request, int unit, int64_t base) noexcept nogil:
    cdef Found found
    cdef FieldAt at
    cdef int first, i
    if not plain_fields(request, &first) or not find_typed(request, 1, TYPE_HASH, 0, &found):
        return
    out_array(request.out, request.argc - first)
    for i in range(first, request.argc):
        if find_field(request, &found, key_at(request, i), &at):
            out_int(request.out, shown_expiry(&at, unit, base))
        else:
            out_int(request.out, FIELD_ABSENT)


declare(
    <size_t>httl_command, "HTTL key FIELDS numfields field [field ...]", arity=-5, group="hash",
    flags="readonly fast", keys="RO access@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Returns for each field the seconds until it expires: -1 if it never does, -2 if there is no such field."
    " This is Valkey's, since 9.0; Redis has it since 7.4.",
)
cdef void httl_command(Request* request) noexcept nogil:
    reply_expiries(request, UNIT_SECONDS, request.ks.now_ms)


declare(
    <size_t>hpttl_command, "HPTTL key FIELDS numfields field [field ...]", arity=-5, group="hash",
    flags="readonly fast", keys="RO access@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Returns for each field the milliseconds until it expires, or -1 or -2 as HTTL does.",
)
cdef void hpttl_command(Request* request) noexcept nogil:
    reply_expiries(request, UNIT_MILLISECONDS, request.ks.now_ms)


declare(
    <size_t>hexpiretime_command, "HEXPIRETIME key FIELDS numfields field [field ...]", arity=-5, group="hash",
    flags="readonly fast", keys="RO access@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Returns for each field the Unix time, in seconds, at which it expires, or -1 or -2 as HTTL does.",
)
cdef void hexpiretime_command(Request* request) noexcept nogil:
    reply_expiries(request, UNIT_SECONDS, 0)


declare(
    <size_t>hpexpiretime_command, "HPEXPIRETIME key FIELDS numfields field [field ...]", arity=-5, group="hash",
    flags="readonly fast", keys="RO access@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Returns for each field the Unix time, in milliseconds, at which it expires, or -1 or -2 as HTTL does.",
)
cdef void hpexpiretime_command(Request* request) noexcept nogil:
    reply_expiries(request, UNIT_MILLISECONDS, 0)


declare(
    <size_t>hpersist_command, "HPERSIST key FIELDS numfields field [field ...]", arity=-5, group="hash",
    flags="write fast", keys="RW update@1", since="9.0.0", complexity="O(N) where N is the number of fields.",
    about="Takes the expiry of fields of a hash away. The reply has for each field 1 if that was done, -1 if it had"
    " none, and -2 if there is no such field. This is Valkey's, since 9.0; Redis has it since 7.4.",
)
cdef void hpersist_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int64_t done = 0
    cdef int first, i, code
    if not plain_fields(request, &first) or not find_typed(request, 1, TYPE_HASH, FIND_WRITE, &found):
        return
    out_array(request.out, request.argc - first)
    for i in range(first, request.argc):
        code = persist_field(request, &found, i)
        done += code > 0
        out_int(request.out, code)
    tell_changed(request, &found, done, -1, b"hpersist")


# --- reading and changing at once


cdef void reply_found(Request* request, Found* found, int position) noexcept nogil:
    """Append the value of the field that an argument names, or null."""
    cdef FieldAt at
    if find_field(request, found, key_at(request, position), &at):
        reply_value(request.out, &at)
    else:
        out_null(request.out)


declare(
    <size_t>hgetdel_command, "HGETDEL key FIELDS numfields field [field ...]", arity=-5, group="hash",
    flags="write fast", keys="RW access delete@1", since="9.1.0",
    complexity="O(N) where N is the number of fields.",
    about="Returns the values of fields of a hash, null for those that it has not, and removes them."
    " This is Valkey's, since 9.1; Redis has it since 8.0.",
)
cdef void hgetdel_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int64_t deleted = 0
    cdef int first, i
    if not plain_fields(request, &first) or not find_typed(request, 1, TYPE_HASH, FIND_WRITE, &found):
        return
    out_array(request.out, request.argc - first)
    for i in range(first, request.argc):
        reply_found(request, &found, i)
        deleted += remove_field(request, &found, i) == FIELD_REMOVED
    if deleted:
        removed_fields(request, &found, b"hdel", deleted)


declare(
    <size_t>hgetex_command,
    "HGETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]"
    " FIELDS numfields field [field ...]",
    arity=-5, group="hash", flags="write fast", keys="RW access@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Returns the values of fields of a hash, null for those that it has not, and sets when they expire, or that"
    " they do not. A time that is past removes them. This is Valkey's, since 9.0; Redis has it since 8.0.",
)
cdef void hgetex_command(Request* request) noexcept nogil:
    cdef Options options
    cdef Found found
    cdef int64_t expiry = -1
    cdef int64_t done = 0
    cdef int first, i
    cdef int word = fields_word(request, 2)
    cdef bint past
    options.given = 0
    if word < request.argc - 1 and not read_options(request, word, HGETEX_OPTIONS, &options):
        return
    if not fields_arg(request, word, 1, &first) or not find_typed(request, 1, TYPE_HASH, 0, &found) \
            or not read_moment(request, &options, &expiry):
        return
    past = options.given & OPT_TIME and expiry <= request.ks.now_ms
    out_array(request.out, request.argc - first)
    for i in range(first, request.argc):
        reply_found(request, &found, i)
        if past:
            done += remove_field(request, &found, i) == FIELD_REMOVED
        elif options.given & OPT_TIME:
            done += expire_field(request, &found, i, 0, expiry) == FIELD_DONE
        elif options.given & OPT_PERSIST:
            done += persist_field(request, &found, i) == FIELD_DONE
    if past:
        tell_expired(request, &found, done)
    else:
        tell_changed(request, &found, done, expiry, b"hexpire" if options.given & OPT_TIME else b"hpersist")


# --- HSETEX


cdef bint fields_meet(Request* request, Found* found, const Options* options, int first) noexcept nogil:
    """Whether all fields are absent (FNX), or all there (FXX)."""
    cdef FieldAt at
    cdef int i = first
    if not options.given & (OPT_FNX | OPT_FXX):
        return True
    while i < request.argc:
        if find_field(request, found, key_at(request, i), &at) != (options.given & OPT_FXX != 0):
            return False
        i += 2
    return True


cdef void remove_pairs(Request* request, Found* found, int first) noexcept nogil:
    """HSETEX with a time that is past: the fields go; the reply is 1 if all were there."""
    cdef int64_t done = 0
    cdef int i = first
    while i < request.argc:
        done += remove_field(request, found, i) == FIELD_REMOVED
        i += 2
    tell_expired(request, found, done)
    out_int(request.out, 2 * done == request.argc - first)


cdef void store_pairs(Request* request, Found* found, int first, const Options* options, int64_t expiry) noexcept nogil:
    cdef int i = first
    if found.slot == NULL:
        find_or_create(request, found)
    while i < request.argc:
        store_field(request, found, i, HASH_KEEP_EXPIRY if options.given & OPT_KEEPTTL else expiry)
        i += 2
    note_fields(request, found, expiry)
    request.ks.dirty += <uint64_t>((request.argc - first) // 2 - 1)
    changed(request.ks, found, EVENT_CLASS_HASH, b"hset")
    if options.given & OPT_TIME:
        announce(request.ks, EVENT_CLASS_HASH, b"hexpire", found.db.id, found.key)
    out_int(request.out, 1)


declare(
    <size_t>hsetex_command,
    "HSETEX key [NX | XX] [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | KEEPTTL] FIELDS numfields field value [field value ...]",
    arity=-6, group="hash", flags="write denyoom fast", keys="RW insert@1", since="9.0.0",
    complexity="O(N) where N is the number of fields.",
    about="Sets fields of a hash and when they expire, and replies 1; or replies 0 if a condition is not met: NX and XX"
    " that the key is absent or there, FNX and FXX that all the fields are. A time that is past removes the fields."
    " This is Valkey's, since 9.0; Redis has it since 8.0, without NX and XX.",
)
cdef void hsetex_command(Request* request) noexcept nogil:
    cdef Options options
    cdef Found found
    cdef int64_t expiry = HASH_NO_EXPIRY
    cdef int first
    cdef int word = fields_word(request, 2)
    options.given = 0
    if word < request.argc - 1 and not read_options(request, word, HSETEX_OPTIONS, &options):
        return
    if not fields_arg(request, word, 2, &first) or not find_typed(request, 1, TYPE_HASH, FIND_WRITE, &found):
        return
    if options.given & (OPT_NX | OPT_XX) and (found.slot != NULL) != (options.given & OPT_XX != 0):
        out_int(request.out, 0)
        return
    if not read_moment(request, &options, &expiry):
        return
    if not fields_meet(request, &found, &options, first):
        out_int(request.out, 0)
    elif options.given & OPT_TIME and expiry <= request.ks.now_ms:
        remove_pairs(request, &found, first)
    else:
        store_pairs(request, &found, first, &options, expiry)
