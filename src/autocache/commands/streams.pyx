"""The commands on streams themselves: adding, removing and reading entries by ID.

A stream stays when its last entry goes: only DEL and the like remove its key.
"""

from libc.stdint cimport UINT64_MAX, int64_t, uint64_t

from autocache.commands.args cimport arg_is, find_typed, int_arg, key_at, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.stream_args cimport (
    bad_id,
    id_arg,
    interval_arg,
    is_mark,
    read_id,
    reply_entry,
    reply_id,
    stream_of,
    unwaking_change,
)
from autocache.keyspace.db cimport EVENT_CLASS_STREAM, FIND_WRITE, Found, announce, changed, db_add_value
from autocache.resp.out cimport (
    out_array,
    out_defer,
    out_defer_end,
    out_error,
    out_error_form,
    out_int,
    out_null,
    out_null_array,
    out_ok,
)
from autocache.resp.parser cimport Arg
from autocache.types.entry cimport ENC_STREAM, TYPE_STREAM
from autocache.types.stream cimport (
    STREAM_NODE_BYTES_MAX,
    Stream,
    StreamWalk,
    Trim,
    stream_append,
    stream_last_entry_id,
    stream_new,
    stream_remove,
    stream_reset_first_id,
    stream_trim,
    walk_next,
    walk_start,
)
from autocache.types.stream_id cimport StreamId, compare_ids, is_zero_id, next_id, set_least_id

from autocache.commands.declare import declare

cdef enum:
    TRIM_NODES = 100                    # an approximate trim removes no more than the entries of so many nodes
    TRIM_LIMIT_WITHOUT_NODES = 10000
    TRIM_LIMIT_MAX = 1000000

    ID_AUTO = 0                         # `*`
    ID_AUTO_SEQ = 1                     # `ms-*`
    ID_GIVEN = 2


# --- options of XADD and XTRIM


cdef struct AddOptions:
    Trim trim
    bint trims                          # MAXLEN or MINID was said
    bint limited                        # LIMIT was said
    bint only_if_present                # NOMKSTREAM
    int id_form                         # ID_*
    StreamId id
    int id_at


cdef bint trim_arg(Request* request, int* position, bint by_id, AddOptions* options) noexcept nogil:
    """Read what follows MAXLEN or MINID; the position moves to its last argument."""
    cdef int i = position[0] + 1
    cdef int64_t length
    if options.trims:
        out_error(request.out, b"ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
        return False
    options.trims = True
    options.trim.by_id = by_id
    options.trim.approximate = False
    if i + 1 < request.argc and (is_mark(&request.argv[i], c'~') or is_mark(&request.argv[i], c'=')):
        options.trim.approximate = is_mark(&request.argv[i], c'~')
        i += 1
    position[0] = i
    if by_id:
        return id_arg(request, i, &options.trim.min_id)
    if not int_arg(request, i, &length):
        return False
    if length < 0:
        out_error(request.out, b"ERR The MAXLEN argument must be >= 0.")
        return False
    options.trim.length = <uint64_t>length
    return True


cdef bint limit_arg(Request* request, int position, AddOptions* options) noexcept nogil:
    if not int_arg(request, position, &options.trim.limit):
        return False
    if options.trim.limit < 0:
        out_error(request.out, b"ERR The LIMIT argument must be >= 0.")
        return False
    options.limited = True
    return True


cdef bint entry_id_arg(Request* request, int position, AddOptions* options) noexcept nogil:
    """Read the ID of XADD's entry."""
    cdef bint seq_given
    options.id_at = position
    if is_mark(&request.argv[position], c'*'):
        options.id_form = ID_AUTO
        return True
    if not read_id(key_at(request, position), True, 0, &seq_given, &options.id):
        bad_id(request)
        return False
    options.id_form = ID_GIVEN if seq_given else ID_AUTO_SEQ
    return True


cdef bint settle_limit(Request* request, bint adds, AddOptions* options) noexcept nogil:
    """Check LIMIT against the other options, and choose one for an approximate trim that has none."""
    cdef int64_t limit
    if options.trim.limit and not options.trims:
        out_error(request.out, b"ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
        return False
    if not adds and not options.trims:
        out_error(request.out, b"ERR syntax error, XTRIM must be called with a trimming strategy")
        return False
    if options.limited and not options.trim.approximate:
        out_error(request.out, b"ERR syntax error, LIMIT cannot be used without the special ~ option")
        return False
    if options.trim.approximate and not options.limited:
        limit = request.ks.limits.stream_node_entries
        if limit > TRIM_LIMIT_MAX // TRIM_NODES:
            limit = TRIM_LIMIT_MAX // TRIM_NODES
        options.trim.limit = limit * TRIM_NODES if limit else TRIM_LIMIT_WITHOUT_NODES
    return True


cdef bint add_options(Request* request, bint adds, AddOptions* options) noexcept nogil:
    """Read the options of XADD (`adds`), up to the entry's ID, or of XTRIM."""
    cdef int i = 2
    cdef bint more
    options.trims = options.limited = options.only_if_present = False
    options.trim.approximate = False
    options.trim.limit = 0
    options.id_at = 0
    while i < request.argc:
        more = i + 1 < request.argc
        if more and arg_is(&request.argv[i], b"maxlen", 6):
            if not trim_arg(request, &i, False, options):
                return False
        elif more and arg_is(&request.argv[i], b"minid", 5):
            if not trim_arg(request, &i, True, options):
                return False
        elif more and arg_is(&request.argv[i], b"limit", 5):
            i += 1
            if not limit_arg(request, i, options):
                return False
        elif adds and arg_is(&request.argv[i], b"nomkstream", 10):
            options.only_if_present = True
        elif adds:
            if not entry_id_arg(request, i, options):
                return False
            break
        else:
            syntax_error(request)
            return False
        i += 1
    return settle_limit(request, adds, options)


cdef bint trim(Request* request, Found* found, const Trim* how, int64_t* deleted) noexcept nogil:
    """Trim a stream and announce it; False if there was nothing to do."""
    deleted[0] = stream_trim(stream_of(found), how)
    if deleted[0]:
        announce(request.ks, EVENT_CLASS_STREAM, b"xtrim", found.db.id, found.key)
    return deleted[0] != 0


# --- adding


cdef bint choose_id(Request* request, const Stream* stream, AddOptions* options) noexcept nogil:
    """The ID of the entry to add; it must be greater than all before."""
    cdef StreamId* id = &options.id
    cdef const StreamId* last = &stream.last_id
    if last.ms == <uint64_t>UINT64_MAX and last.seq == <uint64_t>UINT64_MAX:
        out_error(request.out, b"ERR The stream has exhausted the last possible ID, unable to add more items")
        return False
    if options.id_form == ID_AUTO:
        if <uint64_t>request.ks.now_ms > last.ms:
            id.ms = <uint64_t>request.ks.now_ms
            id.seq = 0
        else:
            id[0] = last[0]
            next_id(id)
        return True
    if options.id_form == ID_AUTO_SEQ and id.ms == last.ms:
        if last.seq == <uint64_t>UINT64_MAX:
            too_large(request)          # redis-server's words for this, too
            return False
        id.seq = last.seq + 1
    if compare_ids(id, last) <= 0:
        out_error(request.out, b"ERR The ID specified in XADD is equal or smaller than the target stream top item")
        return False
    return True


cdef void too_large(Request* request) noexcept nogil:
    out_error(request.out, b"ERR Elements are too large to be stored")


cdef void wrong_arity(Request* request) noexcept nogil:
    out_error_form(request.out, b"ERR wrong number of arguments for '%' command", request.command.name,
                   request.command.name_len)


cdef bint entry_bytes_of(Request* request, int first, size_t* bytes) noexcept nogil:
    """The sum of the fields and values from an argument on, if they are not too long for an entry."""
    cdef size_t total = 0
    cdef int i
    for i in range(first, request.argc):
        total += request.argv[i].len
    bytes[0] = total
    if total <= STREAM_NODE_BYTES_MAX:
        return True
    too_large(request)
    return False


declare(
    <size_t>xadd_command,
    "XADD key [NOMKSTREAM] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value"
    " [field value ...]",
    arity=-5, group="stream", flags="write denyoom fast", keys="RW update@1",
    key_notes="UPDATE instead of INSERT because of the optional trimming feature", since="5.0.0",
    tips=("nondeterministic_output",),
    complexity="O(1) to add, and O(N) to trim, where N is the number of entries that are removed.",
    about="Adds an entry to the end of a stream and returns its ID; can remove entries from its beginning.",
)
cdef void xadd_command(Request* request) noexcept nogil:
    cdef AddOptions options
    cdef Stream unborn
    cdef Found found
    cdef Stream* stream
    cdef size_t bytes
    cdef int64_t deleted
    cdef int first
    if not add_options(request, True, &options):
        return
    first = options.id_at + 1
    if options.id_at == 0 or request.argc - first < 2 or (request.argc - first) % 2:
        wrong_arity(request)
        return
    if options.id_form == ID_GIVEN and is_zero_id(&options.id):
        out_error(request.out, b"ERR The ID specified in XADD must be greater than 0-0")
        return
    if not find_typed(request, 1, TYPE_STREAM, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        if options.only_if_present:
            out_null(request.out)
            return
        set_least_id(&unborn.last_id)
    stream = stream_of(&found) if found.slot != NULL else &unborn
    if not choose_id(request, stream, &options) or not entry_bytes_of(request, first, &bytes):
        return
    if found.slot == NULL:
        stream = stream_new()
        db_add_value(request.ks, &found, TYPE_STREAM | ENC_STREAM, stream)
    stream_append(stream, &options.id, &request.argv[first], sizeof(Arg), (request.argc - first) // 2, bytes,
                  &request.ks.limits)
    reply_id(request.out, &options.id)
    changed(request.ks, &found, EVENT_CLASS_STREAM, b"xadd")
    if options.trims:
        trim(request, &found, &options.trim, &deleted)


# --- removing


declare(
    <size_t>xtrim_command, "XTRIM key <MAXLEN | MINID> [= | ~] threshold [LIMIT count]", arity=-4, group="stream",
    flags="write", keys="RW delete@1", since="5.0.0", tips=("nondeterministic_output",),
    complexity="O(N) where N is the number of entries that are removed, most of them as whole nodes.",
    about="Removes entries from the beginning of a stream, and tells how many.",
)
cdef void xtrim_command(Request* request) noexcept nogil:
    cdef AddOptions options
    cdef Found found
    cdef int64_t deleted = 0
    if not add_options(request, False, &options) or not find_typed(request, 1, TYPE_STREAM, FIND_WRITE, &found):
        return
    if found.slot != NULL and trim(request, &found, &options.trim, &deleted):
        unwaking_change(request, &found, deleted)
    out_int(request.out, deleted)


declare(
    <size_t>xdel_command, "XDEL key id [id ...]", arity=-3, group="stream", flags="write fast",
    keys="RW delete@1", since="5.0.0", complexity="O(log(N)) for each entry, where N is the number of nodes.",
    about="Removes entries from a stream, and tells how many there were.",
)
cdef void xdel_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Stream* stream
    cdef StreamId id
    cdef int64_t deleted = 0
    cdef bint first_went = False
    cdef int i
    if not find_typed(request, 1, TYPE_STREAM, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        out_int(request.out, 0)
        return
    # All IDs are checked first, so that none is deleted if one is wrong.
    for i in range(2, request.argc):
        if not id_arg(request, i, &id):
            return
    stream = stream_of(&found)
    for i in range(2, request.argc):
        read_id(key_at(request, i), True, 0, NULL, &id)
        if not stream_remove(stream, &id):
            continue
        deleted += 1
        first_went = first_went or compare_ids(&id, &stream.first_id) == 0
        if compare_ids(&id, &stream.max_deleted_id) > 0:
            stream.max_deleted_id = id
    if deleted:
        if first_went or stream.length == 0:
            stream_reset_first_id(stream)
        unwaking_change(request, &found, deleted)
        announce(request.ks, EVENT_CLASS_STREAM, b"xdel", found.db.id, found.key)
    out_int(request.out, deleted)


# --- reading


declare(
    <size_t>xlen_command, "XLEN key", arity=2, group="stream", flags="readonly fast", keys="RO@1", since="5.0.0",
    about="Returns the number of entries of a stream.",
)
cdef void xlen_command(Request* request) noexcept nogil:
    cdef Found found
    if find_typed(request, 1, TYPE_STREAM, 0, &found):
        out_int(request.out, <int64_t>stream_of(&found).length if found.slot != NULL else 0)


cdef bint range_count(Request* request, int64_t* count) noexcept nogil:
    """Read what follows the interval; -1 stands for no COUNT."""
    cdef int i = 4
    count[0] = -1
    while i < request.argc:
        if i + 1 == request.argc or not arg_is(&request.argv[i], b"count", 5):
            syntax_error(request)
            return False
        if not int_arg(request, i + 1, count):
            return False
        if count[0] < 0:
            count[0] = 0
        i += 2
    return True


cdef void range_reply(Request* request, bint backwards) noexcept nogil:
    cdef StreamId first, last
    cdef StreamWalk walk
    cdef Found found
    cdef int64_t count
    cdef int64_t shown = 0
    cdef size_t head
    if not interval_arg(request, 3 if backwards else 2, True, &first):
        return
    if not interval_arg(request, 2 if backwards else 3, False, &last) or not range_count(request, &count):
        return
    if not find_typed(request, 1, TYPE_STREAM, 0, &found):
        return
    if found.slot == NULL:
        out_array(request.out, 0)
        return
    if count == 0:
        out_null_array(request.out)
        return
    head = out_defer(request.out)
    walk_start(&walk, stream_of(&found), &first, &last, backwards)
    while shown != count and walk_next(&walk):
        reply_entry(request.out, &walk)
        shown += 1
    out_defer_end(request.out, head, c'*', shown)


declare(
    <size_t>xrange_command, "XRANGE key start end [COUNT count]", arity=-4, group="stream", flags="readonly",
    keys="RO access@1", since="5.0.0", complexity="O(N) where N is the number of entries returned.",
    about="Returns the entries of a stream whose IDs lie between two; `-` and `+` are the least and the greatest.",
)
cdef void xrange_command(Request* request) noexcept nogil:
    range_reply(request, False)


declare(
    <size_t>xrevrange_command, "XREVRANGE key end start [COUNT count]", arity=-4, group="stream", flags="readonly",
    keys="RO access@1", since="5.0.0", complexity="O(N) where N is the number of entries returned.",
    about="Does what XRANGE does, from the greatest ID to the least.",
)
cdef void xrevrange_command(Request* request) noexcept nogil:
    range_reply(request, True)


# --- its ID


cdef bint setid_options(Request* request, const StreamId* id, int64_t* entries, StreamId* deleted) noexcept nogil:
    """Read ENTRIESADDED (-1: not said) and MAXDELETEDID (0-0)."""
    cdef int i = 3
    entries[0] = -1
    set_least_id(deleted)
    while i < request.argc:
        if i + 1 < request.argc and arg_is(&request.argv[i], b"entriesadded", 12):
            if not int_arg(request, i + 1, entries):
                return False
            if entries[0] < 0:
                out_error(request.out, b"ERR entries_added must be positive")
                return False
        elif i + 1 < request.argc and arg_is(&request.argv[i], b"maxdeletedid", 12):
            if not id_arg(request, i + 1, deleted):
                return False
            if compare_ids(id, deleted) < 0:
                out_error(request.out, b"ERR The ID specified in XSETID is smaller than the provided"
                          b" max_deleted_entry_id")
                return False
        else:
            syntax_error(request)
            return False
        i += 2
    return True


cdef bint may_set_id(Request* request, const Stream* stream, const StreamId* id, int64_t entries) noexcept nogil:
    cdef StreamId last
    if not stream_last_entry_id(stream, &last):
        return True
    if compare_ids(id, &last) < 0:
        out_error(request.out, b"ERR The ID specified in XSETID is smaller than the target stream top item")
        return False
    if entries != -1 and stream.length > <uint64_t>entries:
        out_error(request.out, b"ERR The entries_added specified in XSETID is smaller than the target stream length")
        return False
    return True


declare(
    <size_t>xsetid_command,
    "XSETID key last-id [ENTRIESADDED entries_added] [MAXDELETEDID max_deleted_entry_id]", arity=-3,
    group="stream", flags="write denyoom fast", keys="RW update@1", since="5.0.0",
    about="Sets the last ID of a stream, and what it knows of entries that are gone: for copying streams.",
)
cdef void xsetid_command(Request* request) noexcept nogil:
    cdef StreamId id, deleted
    cdef int64_t entries
    cdef Stream* stream
    cdef Found found
    if not id_arg(request, 2, &id) or not setid_options(request, &id, &entries, &deleted):
        return
    if not find_typed(request, 1, TYPE_STREAM, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        out_error(request.out, b"ERR no such key")
        return
    stream = stream_of(&found)
    if not may_set_id(request, stream, &id, entries):
        return
    stream.last_id = id
    if entries != -1:
        stream.entries_added = <uint64_t>entries
    if not is_zero_id(&deleted):
        stream.max_deleted_id = deleted
    out_ok(request.out)
    request.ks.dirty += 1
    announce(request.ks, EVENT_CLASS_STREAM, b"xsetid", found.db.id, found.key)
