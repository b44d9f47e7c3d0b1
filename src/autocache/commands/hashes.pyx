"""The hash commands, but for those on the expiry of fields (hash_expiry.pyx) and on random fields (hash_random.pyx).

A small hash costs one look into the keyspace and one into its listpack, whose elements are appended to the reply as
they lie there. A long value that came in a block of its own is kept in that block, and replies share it.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.base.numbers cimport (
    DOUBLE_TEXT_BYTES_MAX,
    INT_TEXT_BYTES_MAX,
    format_int64,
    format_long_double,
    parse_int64,
    parse_long_double,
)
from autocache.commands.args cimport find_typed, int_arg, key_at
from autocache.commands.context cimport Request
from autocache.commands.scan cimport (
    SCAN_NOVALUES,
    ScanOptions,
    scan_cursor,
    scan_options,
    scan_reply_end,
    scan_table,
    scan_wants,
)
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_HASH,
    FIND_WRITE,
    Found,
    announce,
    changed,
    db_add_value,
    db_delete,
)
from autocache.keyspace.fields cimport fields_note
from autocache.memory.blob cimport Blob
from autocache.resp.out cimport (
    Out,
    out_array,
    out_blob,
    out_bring_forward,
    out_bulk,
    out_bulk_int,
    out_error,
    out_error_form,
    out_int,
    out_map,
    out_null,
    out_ok,
    out_view,
)
from autocache.resp.parser cimport Arg
from autocache.types.entry cimport ENC_LISTPACK, TYPE_HASH, Entry, entry_expired
from autocache.types.hash cimport (
    HASH_KEEP_EXPIRY,
    HASH_NO_EXPIRY,
    FieldAt,
    FieldWalk,
    field_blob,
    field_name,
    field_of,
    field_value,
    fields_begin,
    fields_next,
    hash_delete,
    hash_find,
    hash_fit,
    hash_is_packed,
    hash_length,
    hash_may_hide,
    hash_store,
    hash_table,
)
from autocache.types.listpack cimport LP_EMPTY_BYTES, LP_INT_BYTES, lp_get, lp_new

from autocache.commands.declare import declare

cdef extern from "<math.h>" nogil:
    bint isnan(long double value) noexcept
    bint isinf(long double value) noexcept

cdef enum:
    # What HKEYS, HVALS, HGETALL and HSCAN show of a field.
    SHOW_NAMES = 1
    SHOW_VALUES = 2


# --- replies


cdef inline void reply_element(Out* out, const char* p) noexcept nogil:
    """Append an element of a listpack."""
    cdef View text
    cdef int64_t number = 0
    if lp_get(p, &text, &number):
        out_bulk_int(out, number)
    else:
        out_view(out, text)


cdef void reply_name(Out* out, const FieldAt* at) noexcept nogil:
    """Append the name of a field that was found."""
    cdef char text[LP_INT_BYTES]
    if at.name != NULL:
        reply_element(out, at.name)
    else:
        out_view(out, field_name(at, text))


cdef void reply_value(Out* out, const FieldAt* at) noexcept nogil:
    """Append the value of a field that was found; a long one is sent from where it lies."""
    cdef char text[LP_INT_BYTES]
    cdef Blob* blob
    if at.value != NULL:
        reply_element(out, at.value)
        return
    blob = field_blob(at)
    if blob != NULL:
        out_blob(out, blob)
    else:
        out_view(out, field_value(at, text))


# --- finding


cdef inline bint find_hash(Request* request, Found* found) noexcept nogil:
    """Find the hash to read; True if it is absent or one."""
    return find_typed(request, 1, TYPE_HASH, 0, found)


cdef bint find_field(Request* request, Found* found, View field, FieldAt* at) noexcept nogil:
    """Find a field in a hash that may be absent."""
    return found.slot != NULL and hash_find(found.entry, field, request.ks.now_ms, at)


cdef bint find_or_create(Request* request, Found* found) noexcept nogil:
    """Find the hash to change, or make an empty one; False if the key holds something else."""
    if not find_typed(request, 1, TYPE_HASH, FIND_WRITE, found):
        return False
    if found.slot == NULL:
        db_add_value(request.ks, found, TYPE_HASH | ENC_LISTPACK, lp_new(LP_EMPTY_BYTES))
    return True


cdef void note_fields(Request* request, Found* found, int64_t expiry) noexcept nogil:
    """Keep the register of hashes true after fields were changed; `expiry` is what some of them were given, or -1."""
    fields_note(found.db, found.entry, found.key, found.hash, expiry, request.ks.now_ms)


cdef void fit_args(Request* request, Found* found, int first, int last) noexcept nogil:
    """Convert the hash if the arguments from `first` to `last`, about to come in, do not fit its compact form."""
    cdef size_t longest = 0
    cdef size_t added = 0
    cdef size_t length
    cdef int i
    if not hash_is_packed(found.entry):
        return
    for i in range(first, last + 1):
        length = request.argv[i].len
        added += length
        if length > longest:
            longest = length
    hash_fit(found.entry, &request.ks.limits, longest, added)


cdef bint store_field(Request* request, Found* found, int position, int64_t expiry) noexcept nogil:
    """Store the field and value that the arguments from `position` on are; whether it is new."""
    cdef Arg* value = &request.argv[position + 1]
    cdef View field = key_at(request, position)
    cdef FieldAt at
    cdef bint exists = hash_find(found.entry, field, request.ks.now_ms, &at)
    hash_store(found.entry, &request.ks.limits, &at, field, key_at(request, position + 1), value.blob, expiry)
    return not exists


# --- setting


declare(
    <size_t>hset_command, "HSET key field value [field value ...]", arity=-4, group="hash",
    flags="write denyoom fast", keys="RW update@1", since="2.0.0",
    complexity="O(1) for each field, O(N) for N fields.",
    about="Sets fields of a hash to values and tells how many of them are new.",
)
cdef void hset_command(Request* request) noexcept nogil:
    cdef int64_t created = 0
    if set_fields(request, &created):
        out_int(request.out, created)


declare(
    <size_t>hmset_command, "HMSET key field value [field value ...]", arity=-4, group="hash",
    flags="write denyoom fast", keys="RW update@1", since="2.0.0",
    complexity="O(N) where N is the number of fields to set.",
    about="Sets fields of a hash to values; HSET does the same and tells how many are new.",
)
cdef void hmset_command(Request* request) noexcept nogil:
    cdef int64_t created = 0
    if set_fields(request, &created):
        out_ok(request.out)


cdef bint set_fields(Request* request, int64_t* created) noexcept nogil:
    """Set all fields of HSET or HMSET; False if an error was replied."""
    cdef Found found
    cdef int i = 2
    if request.argc % 2:
        out_error_form(request.out, b"ERR wrong number of arguments for '%' command", request.command.name,
                       request.command.name_len)
        return False
    if not find_or_create(request, &found):
        return False
    fit_args(request, &found, 2, request.argc - 1)
    while i < request.argc:
        created[0] += store_field(request, &found, i, HASH_NO_EXPIRY)
        i += 2
    if found.db.fields.count:
        note_fields(request, &found, -1)
    request.ks.dirty += <uint64_t>(request.argc // 2 - 2)
    changed(request.ks, &found, EVENT_CLASS_HASH, b"hset")
    return True


declare(
    <size_t>hsetnx_command, "HSETNX key field value", arity=4, group="hash", flags="write denyoom fast",
    keys="RW insert@1", since="2.0.0",
    about="Sets a field of a hash to a value if there is no such field yet.",
)
cdef void hsetnx_command(Request* request) noexcept nogil:
    cdef Found found
    cdef FieldAt at
    if not find_or_create(request, &found):
        return
    if hash_find(found.entry, key_at(request, 2), request.ks.now_ms, &at):
        out_int(request.out, 0)
        return
    fit_args(request, &found, 2, 3)
    store_field(request, &found, 2, HASH_NO_EXPIRY)
    if found.db.fields.count:
        note_fields(request, &found, -1)
    changed(request.ks, &found, EVENT_CLASS_HASH, b"hset")
    out_int(request.out, 1)


# --- counting


cdef void store_number(Request* request, Found* found, FieldAt* at, const char* text, int length,
                       const char* event) noexcept nogil:
    """Store a number's text in the field that the request names, which keeps its expiry."""
    cdef View value
    value.ptr = text
    value.len = length
    hash_store(found.entry, &request.ks.limits, at, key_at(request, 2), value, NULL, HASH_KEEP_EXPIRY)
    if found.db.fields.count:
        note_fields(request, found, -1)
    changed(request.ks, found, EVENT_CLASS_HASH, event)


declare(
    <size_t>hincrby_command, "HINCRBY key field increment", arity=4, group="hash",
    flags="write denyoom fast", keys="RW access update@1", since="2.0.0",
    about="Adds a number to the integer that a field of a hash holds.",
)
cdef void hincrby_command(Request* request) noexcept nogil:
    cdef char text[INT_TEXT_BYTES_MAX]
    cdef Found found
    cdef FieldAt at
    cdef View value
    cdef int64_t step
    cdef int64_t number = 0
    if not int_arg(request, 3, &step) or not find_or_create(request, &found):
        return
    if find_field(request, &found, key_at(request, 2), &at):
        value = field_value(&at, text)
        if not parse_int64(value.ptr, value.len, &number):
            out_error(request.out, b"ERR hash value is not an integer")
            return
    if number < INT64_MIN - step if step < 0 else number > INT64_MAX - step:
        out_error(request.out, b"ERR increment or decrement would overflow")
        return
    number += step
    store_number(request, &found, &at, text, format_int64(text, number), b"hincrby")
    out_int(request.out, number)


declare(
    <size_t>hincrbyfloat_command, "HINCRBYFLOAT key field increment", arity=4, group="hash",
    flags="write denyoom fast", keys="RW access update@1", since="2.6.0",
    about="Adds a number, which may have a fraction, to the one that a field of a hash holds.",
)
cdef void hincrbyfloat_command(Request* request) noexcept nogil:
    cdef char text[DOUBLE_TEXT_BYTES_MAX]
    cdef Found found
    cdef FieldAt at
    cdef View value = key_at(request, 3)
    cdef long double number = 0
    cdef long double step
    cdef int length
    if not parse_long_double(value.ptr, value.len, &step):
        out_error(request.out, b"ERR value is not a valid float")
        return
    if isnan(step) or isinf(step):
        out_error(request.out, b"ERR value is NaN or Infinity")
        return
    if not find_or_create(request, &found):
        return
    if find_field(request, &found, key_at(request, 2), &at):
        value = field_value(&at, text)
        if not parse_long_double(value.ptr, value.len, &number):
            out_error(request.out, b"ERR hash value is not a float")
            return
    number += step
    if isnan(number) or isinf(number):
        out_error(request.out, b"ERR increment would produce NaN or Infinity")
        return
    length = format_long_double(text, number)
    store_number(request, &found, &at, text, length, b"hincrbyfloat")
    out_bulk(request.out, text, length)


# --- reading fields


declare(
    <size_t>hget_command, "HGET key field", arity=3, group="hash", flags="readonly fast", keys="RO access@1",
    since="2.0.0", about="Returns the value of a field of a hash.",
)
cdef void hget_command(Request* request) noexcept nogil:
    cdef Found found
    cdef FieldAt at
    if not find_hash(request, &found):
        return
    if find_field(request, &found, key_at(request, 2), &at):
        reply_value(request.out, &at)
    else:
        out_null(request.out)


declare(
    <size_t>hmget_command, "HMGET key field [field ...]", arity=-3, group="hash", flags="readonly fast",
    keys="RO access@1", since="2.0.0", complexity="O(N) where N is the number of fields asked for.",
    about="Returns the values of several fields of a hash, null for those that it has not.",
)
cdef void hmget_command(Request* request) noexcept nogil:
    cdef Found found
    cdef FieldAt at
    cdef int i
    if not find_hash(request, &found):
        return
    out_array(request.out, request.argc - 2)
    for i in range(2, request.argc):
        if find_field(request, &found, key_at(request, i), &at):
            reply_value(request.out, &at)
        else:
            out_null(request.out)


declare(
    <size_t>hexists_command, "HEXISTS key field", arity=3, group="hash", flags="readonly fast", keys="RO@1",
    since="2.0.0", about="Tells whether a hash has a field.",
)
cdef void hexists_command(Request* request) noexcept nogil:
    cdef Found found
    cdef FieldAt at
    if find_hash(request, &found):
        out_int(request.out, find_field(request, &found, key_at(request, 2), &at))


declare(
    <size_t>hstrlen_command, "HSTRLEN key field", arity=3, group="hash", flags="readonly fast", keys="RO@1",
    since="3.2.0", about="Returns the length of the value of a field of a hash, 0 if it has no such field.",
)
cdef void hstrlen_command(Request* request) noexcept nogil:
    cdef char text[LP_INT_BYTES]
    cdef Found found
    cdef FieldAt at
    cdef size_t length = 0
    if not find_hash(request, &found):
        return
    if find_field(request, &found, key_at(request, 2), &at):
        length = field_value(&at, text).len
    out_int(request.out, <int64_t>length)


declare(
    <size_t>hlen_command, "HLEN key", arity=2, group="hash", flags="readonly fast", keys="RO@1",
    since="2.0.0", about="Returns the number of fields of a hash.",
)
cdef void hlen_command(Request* request) noexcept nogil:
    """As in Valkey, fields that have expired are counted until the expiry cycle has removed them."""
    cdef Found found
    if find_hash(request, &found):
        out_int(request.out, <int64_t>hash_length(found.entry) if found.slot != NULL else 0)


# --- removing


cdef void removed_fields(Request* request, Found* found, const char* event, int64_t count) noexcept nogil:
    """Say that `count` fields were removed; the hash goes when none is left."""
    cdef bint empty = hash_length(found.entry) == 0
    if empty:
        db_delete(request.ks, found, False)
    elif found.db.fields.count:
        note_fields(request, found, -1)
    request.ks.dirty += <uint64_t>(count - 1)
    changed(request.ks, found, EVENT_CLASS_HASH, event)
    if empty:
        announce(request.ks, EVENT_CLASS_GENERIC, b"del", found.db.id, found.key)


declare(
    <size_t>hdel_command, "HDEL key field [field ...]", arity=-3, group="hash", flags="write fast",
    keys="RW delete@1", since="2.0.0", complexity="O(N) where N is the number of fields to remove.",
    about="Removes fields of a hash and tells how many there were; a hash without fields goes, too.",
)
cdef void hdel_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int64_t deleted = 0
    cdef int i
    if not find_typed(request, 1, TYPE_HASH, FIND_WRITE, &found):
        return
    if found.slot != NULL:
        for i in range(2, request.argc):
            deleted += hash_delete(found.entry, key_at(request, i), request.ks.now_ms)
        if deleted:
            removed_fields(request, &found, b"hdel", deleted)
    out_int(request.out, deleted)


# --- reading all


cdef inline void reply_shown(Out* out, const FieldAt* at, int show) noexcept nogil:
    if show & SHOW_NAMES:
        reply_name(out, at)
    if show & SHOW_VALUES:
        reply_value(out, at)


cdef inline void head_of_list(Out* out, int show, int64_t length) noexcept nogil:
    if show == SHOW_NAMES | SHOW_VALUES:
        out_map(out, length)
    else:
        out_array(out, length)


cdef void list_all(Request* request, int show) noexcept nogil:
    """Reply with names, values or both of all fields."""
    cdef Out* out = request.out
    cdef Found found
    cdef FieldWalk walk
    cdef FieldAt at
    cdef int64_t shown = 0
    cdef size_t start = out.len
    cdef size_t end
    cdef bint hides
    if not find_hash(request, &found):
        return
    if found.slot == NULL:
        head_of_list(out, show, 0)
        return
    # Only where fields have expired the length is known no earlier than at the end.
    hides = hash_may_hide(found.entry, request.ks.now_ms)
    if not hides:
        head_of_list(out, show, <int64_t>hash_length(found.entry))
    fields_begin(&walk, found.entry, request.ks.now_ms)
    while fields_next(&walk, &at):
        reply_shown(out, &at, show)
        shown += 1
    if hides:
        end = out.len
        head_of_list(out, show, shown)
        out_bring_forward(out, start, end)


declare(
    <size_t>hkeys_command, "HKEYS key", arity=2, group="hash", flags="readonly", keys="RO access@1",
    since="2.0.0", complexity="O(N) where N is the number of fields.", tips=("nondeterministic_output_order",),
    about="Returns the names of all fields of a hash.",
)
cdef void hkeys_command(Request* request) noexcept nogil:
    list_all(request, SHOW_NAMES)


declare(
    <size_t>hvals_command, "HVALS key", arity=2, group="hash", flags="readonly", keys="RO access@1",
    since="2.0.0", complexity="O(N) where N is the number of fields.", tips=("nondeterministic_output_order",),
    about="Returns the values of all fields of a hash.",
)
cdef void hvals_command(Request* request) noexcept nogil:
    list_all(request, SHOW_VALUES)


declare(
    <size_t>hgetall_command, "HGETALL key", arity=2, group="hash", flags="readonly", keys="RO access@1",
    since="2.0.0", complexity="O(N) where N is the number of fields.", tips=("nondeterministic_output_order",),
    about="Returns the names and values of all fields of a hash.",
)
cdef void hgetall_command(Request* request) noexcept nogil:
    list_all(request, SHOW_NAMES | SHOW_VALUES)


# --- scanning


cdef struct Scan:
    Out* out
    ScanOptions options
    int show                            # SHOW_*
    int64_t now_ms
    int64_t shown                       # elements of the reply


cdef void scan_field(Scan* scan, const FieldAt* at) noexcept nogil:
    """Show a field if it matches."""
    cdef char text[LP_INT_BYTES]
    if scan_wants(&scan.options, field_name(at, text)):
        reply_shown(scan.out, at, scan.show)
        scan.shown += 1 + (scan.show & SHOW_VALUES != 0)


cdef bint scan_entry(void* context, Entry* entry) noexcept nogil:
    cdef Scan* scan = <Scan*>context
    cdef FieldAt at
    if not entry_expired(entry, scan.now_ms):
        field_of(&at, entry)
        scan_field(scan, &at)
    return True


cdef uint64_t scan_hash(Scan* scan, Entry* hash) noexcept nogil:
    """Show the fields of one call; the next cursor."""
    cdef FieldWalk walk
    cdef FieldAt at
    if not hash_is_packed(hash):
        return scan_table(hash_table(hash), &scan.options, scan_entry, scan)
    fields_begin(&walk, hash, scan.now_ms)
    while fields_next(&walk, &at):
        scan_field(scan, &at)
    return 0


declare(
    <size_t>hscan_command, "HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES]", arity=-3,
    group="hash", flags="readonly", keys="RO access@1", since="2.8.0",
    complexity="O(1) for every call, O(N) for all the calls that see N fields.",
    tips=("nondeterministic_output",),
    about="Returns some fields of a hash and the cursor with which to ask for the next ones. NOVALUES, for names"
    " only, is Valkey's and Redis's of later versions.",
)
cdef void hscan_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Scan scan
    cdef uint64_t cursor = 0
    cdef size_t start = request.out.len
    if not scan_cursor(request, 2, &scan.options) or not find_hash(request, &found):
        return
    # The options of a scan of nothing are not looked at.
    if found.slot != NULL and not scan_options(request, 3, SCAN_NOVALUES, &scan.options):
        return
    scan.out = request.out
    scan.show = SHOW_NAMES if scan.options.no_values else SHOW_NAMES | SHOW_VALUES
    scan.now_ms = request.ks.now_ms
    scan.shown = 0
    if found.slot != NULL:
        cursor = scan_hash(&scan, found.entry)
    scan_reply_end(request, start, cursor, scan.shown)
