"""DUMP and RESTORE: a value as the bytes that any redis-server reads, and back.

What is restored may come from anybody. The checksum guards against accidents only, so the codec checks all of it.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint32_t

from autocache.base.bytes cimport View
from autocache.codec.rdb cimport Writer, footer_is_right, writer_clear
from autocache.codec.value cimport value_dump, value_undump
from autocache.commands.args cimport arg_is, int_arg, key_at, syntax_error, view_of
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_NEW,
    FIND_WRITE,
    POLICY_LFU,
    Found,
    Keyspace,
    announce,
    changed,
    db_delete,
    db_find,
    db_insert,
    fresh_access,
)
from autocache.keyspace.value cimport value_free
from autocache.resp.out cimport out_bulk, out_error, out_null, out_ok
from autocache.resp.parser cimport Arg
from autocache.types.entry cimport ACCESS_MASK, Entry

from autocache.commands.declare import declare

cdef struct Options:                    # of RESTORE
    bint replace
    bint absolute                       # ABSTTL
    int64_t idle_s                      # IDLETIME, or -1
    int64_t frequency                   # FREQ, or -1


declare(
    <size_t>dump_command, "DUMP key", arity=2, group="generic", flags="readonly", keys="RO access@1", since="2.6.0",
    complexity="O(N), N being the size of the value.", tips=("nondeterministic_output",),
    about="Returns the value of a key in Redis's serialized form, for RESTORE.",
)
cdef void dump_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Writer* writer = &request.engine.dumper
    if not db_find(request.ks, request.db, key_at(request, 1), &found, 0):
        out_null(request.out)
        return
    value_dump(writer, found.entry)
    out_bulk(request.out, writer.data, writer.len)
    writer_clear(writer)


cdef bint restore_options(Request* request, Options* options) noexcept nogil:
    """Read what follows the payload; on a mistake reply and return False."""
    cdef Arg* arg
    cdef bint more
    cdef int i = 4
    options.replace = options.absolute = False
    options.idle_s = options.frequency = -1
    while i < request.argc:
        arg = &request.argv[i]
        more = i + 1 < request.argc
        if arg_is(arg, b"replace", 7):
            options.replace = True
        elif arg_is(arg, b"absttl", 6):
            options.absolute = True
        elif arg_is(arg, b"idletime", 8) and more and options.frequency < 0:
            i += 1
            if not int_arg(request, i, &options.idle_s):
                return False
            if options.idle_s < 0:
                out_error(request.out, b"ERR Invalid IDLETIME value, must be >= 0")
                return False
        elif arg_is(arg, b"freq", 4) and more and options.idle_s < 0:
            i += 1
            if not int_arg(request, i, &options.frequency):
                return False
            if options.frequency < 0 or options.frequency > 255:
                out_error(request.out, b"ERR Invalid FREQ value, must be >= 0 and <= 255")
                return False
        else:
            syntax_error(request)
            return False
        i += 1
    return True


cdef uint32_t access_of(const Keyspace* ks, const Options* options) noexcept nogil:
    """The access data that the options ask for, where the policy in force knows it."""
    if ks.policy & POLICY_LFU:
        if options.frequency >= 0:
            return ks.clock_min << 8 | <uint32_t>options.frequency
    elif options.idle_s >= 0:
        # What was idle for longer than the clock goes back counts as half of that, as in Redis.
        if options.idle_s > ks.clock_s:
            return (ks.clock_s + ACCESS_MASK // 2) % ACCESS_MASK
        return ks.clock_s - <uint32_t>options.idle_s
    return fresh_access(ks)


cdef bint ttl_arg(Request* request, const Options* options, int64_t* expiry) noexcept nogil:
    """Read the time to live as an expiry in ms since the epoch, -1 for none; on a mistake reply and return False."""
    cdef int64_t ttl
    cdef int64_t now = request.ks.now_ms
    if not int_arg(request, 2, &ttl):
        return False
    if ttl < 0:
        out_error(request.out, b"ERR Invalid TTL value, must be >= 0")
        return False
    if ttl == 0:
        expiry[0] = -1
    elif options.absolute:
        expiry[0] = ttl
    else:
        # Redis adds without a look at the sum: one that is too large counts as long gone, and so it does here.
        expiry[0] = ttl + now if ttl <= INT64_MAX - now else 0
    return True


declare(
    <size_t>restore_command,
    "RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]", arity=-4,
    group="generic", flags="write denyoom", keys="OW update@1", since="2.6.0", categories="dangerous",
    complexity="O(N), N being the size of the value; O(N*log(N)) for sorted sets.",
    about="Makes a key of a value in the serialized form of DUMP.",
)
cdef void restore_command(Request* request) noexcept nogil:
    cdef Options options
    cdef Found found
    cdef Entry* entry
    cdef View payload = view_of(&request.argv[3])
    cdef int64_t expiry
    if not restore_options(request, &options):
        return
    if db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE) and not options.replace:
        out_error(request.out, b"BUSYKEY Target key name already exists.")
        return
    if not ttl_arg(request, &options, &expiry):
        return
    if not footer_is_right(payload):
        out_error(request.out, b"ERR DUMP payload version or checksum are wrong")
        return
    entry = value_undump(payload, found.key, expiry, access_of(request.ks, &options), &request.ks.limits)
    if entry == NULL:
        out_error(request.out, b"ERR Bad data format")
        return
    if expiry >= 0 and expiry <= request.ks.now_ms:
        value_free(entry)
        if found.slot != NULL:
            db_delete(request.ks, &found, request.ks.lazy_server_del)
            changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")
    else:
        if found.slot != NULL:
            # Redis deletes what was there without a word, and so the key is new.
            announce(request.ks, EVENT_CLASS_NEW, b"new", found.db.id, found.key)
        db_insert(request.ks, &found, entry)
        changed(request.ks, &found, EVENT_CLASS_GENERIC, b"restore")
    out_ok(request.out)
