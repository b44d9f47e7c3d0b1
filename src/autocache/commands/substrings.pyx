"""The commands on parts of strings: APPEND, GETRANGE, SETRANGE, STRLEN, and LCS, which compares two.

A string that is changed here is changed in place if it has room and nobody shares it; `db_grow_string` sees
to that. No string may become longer than `proto-max-bulk-len`, for then no client could be sent it.
"""

from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View
from autocache.commands.args cimport arg_is, find_typed, int_arg, key_at, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.strings cimport reply_string, store_arg
from autocache.keyspace.db cimport (
    EVENT_CLASS_STRING,
    FIND_WRITE,
    Found,
    changed,
    db_delete,
    db_find,
    db_grow_string,
    db_set_string,
)
from autocache.types.entry cimport TYPE_STRING, Entry, entry_string, entry_type
from autocache.memory.blob cimport Blob, blob_data, blob_release, blob_try_new
from autocache.resp.out cimport (
    SHARE_BYTES_MIN,
    out_array,
    out_blob,
    out_bulk,
    out_defer,
    out_defer_end,
    out_error,
    out_int,
    out_map,
)
from autocache.types.lcs cimport Lcs, Run, lcs_free, lcs_init, lcs_previous

from autocache.commands.declare import declare

cdef enum:
    TEXT_BYTES_MAX = 0xFFFFFFFE         # LCS refuses strings of this length, as redis-server does
    CELL_BYTES = 4                      # what redis-server's LCS takes for each pair of bytes


cdef bint length_is_allowed(Request* request, int64_t start, size_t count) noexcept nogil:
    """Whether a string of `start` and `count` more bytes is not too long."""
    cdef int64_t most = request.engine.bulk_bytes_max
    if <int64_t>count <= most and start <= most - <int64_t>count:
        return True
    out_error(request.out, b"ERR string exceeds maximum allowed size (proto-max-bulk-len)")
    return False


cdef void no_memory(Request* request) noexcept nogil:
    out_error(request.out, b"ERR Insufficient memory, failed allocating a string of this length")


# --- changing


declare(
    <size_t>append_command, "APPEND key value", arity=3, group="string", flags="write denyoom fast",
    keys="RW insert@1", since="2.0.0",
    complexity="O(N) where N is the length of what is appended",
    about="Appends to the string value of a key, which is made if it does not exist.",
)
cdef void append_command(Request* request) noexcept nogil:
    cdef Found found
    cdef View more = key_at(request, 2)
    cdef char* text
    cdef size_t old
    if not find_typed(request, 1, TYPE_STRING, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        store_arg(request, &found, 2, -1, b"append")
        out_int(request.out, <int64_t>more.len)
        return
    old = entry_string(found.entry).len
    if not length_is_allowed(request, <int64_t>old, more.len):
        return
    text = db_grow_string(request.ks, &found, old + more.len)
    if text == NULL:
        no_memory(request)
        return
    memcpy(text + old, more.ptr, more.len)
    changed(request.ks, &found, EVENT_CLASS_STRING, b"append")
    out_int(request.out, <int64_t>(old + more.len))


declare(
    <size_t>setrange_command, "SETRANGE key offset value", arity=4, group="string", flags="write denyoom",
    keys="RW update@1", since="2.2.0",
    complexity="O(N) where N is the length of the new bytes and of the zeros before them",
    about="Overwrites bytes of the string value of a key; zeros are put before them if it is too short.",
)
cdef void setrange_command(Request* request) noexcept nogil:
    cdef Found found
    cdef View part = key_at(request, 3)
    cdef View none
    cdef int64_t offset
    cdef char* text
    if not int_arg(request, 2, &offset):
        return
    if offset < 0:
        out_error(request.out, b"ERR offset is out of range")
        return
    if not find_typed(request, 1, TYPE_STRING, FIND_WRITE, &found):
        return
    if part.len == 0:
        out_int(request.out, 0 if found.slot == NULL else <int64_t>entry_string(found.entry).len)
        return
    if not length_is_allowed(request, offset, part.len):
        return
    text = NULL
    if found.slot == NULL:
        none.ptr = part.ptr
        none.len = 0
        db_set_string(request.ks, &found, none, -1)
        text = db_grow_string(request.ks, &found, <size_t>offset + part.len)
        if text == NULL:
            db_delete(request.ks, &found, False)
    else:
        text = db_grow_string(request.ks, &found, <size_t>offset + part.len)
    if text == NULL:
        no_memory(request)
        return
    memcpy(text + offset, part.ptr, part.len)
    changed(request.ks, &found, EVENT_CLASS_STRING, b"setrange")
    out_int(request.out, <int64_t>entry_string(found.entry).len)


# --- reading


declare(
    <size_t>strlen_command, "STRLEN key", arity=2, group="string", flags="readonly fast", keys="RO@1",
    since="2.2.0",
    about="Returns the length of the string value of a key, in bytes; an absent key has length 0.",
)
cdef void strlen_command(Request* request) noexcept nogil:
    cdef Found found
    if find_typed(request, 1, TYPE_STRING, 0, &found):
        out_int(request.out, 0 if found.slot == NULL else <int64_t>entry_string(found.entry).len)


declare(
    <size_t>getrange_command, "GETRANGE key start end", arity=4, group="string", flags="readonly",
    keys="RO access@1", since="2.4.0", complexity="O(N) where N is the number of bytes returned",
    about="Returns the bytes of the string value of a key from one position to another; negative ones count"
    " from its end.",
)
declare(
    <size_t>getrange_command, "SUBSTR key start end", arity=4, group="string", flags="readonly",
    keys="RO access@1", since="1.0.0", complexity="O(N) where N is the number of bytes returned",
    about="Does what GETRANGE does, which took its place.",
)
cdef void getrange_command(Request* request) noexcept nogil:
    cdef Found found
    cdef View value
    cdef Blob* blob
    cdef int64_t start, end
    if not int_arg(request, 2, &start) or not int_arg(request, 3, &end):
        return
    if not find_typed(request, 1, TYPE_STRING, 0, &found):
        return
    if found.slot == NULL:
        out_bulk(request.out, b"", 0)
        return
    value = entry_string(found.entry)
    cut_range(&value, start, end)
    if value.len == entry_string(found.entry).len:
        reply_string(request, &found)
    elif value.len < SHARE_BYTES_MIN:
        out_bulk(request.out, value.ptr, value.len)
    else:
        # Its length is the client's choice: it may be more than there is memory for.
        blob = blob_try_new(value.len)
        if blob == NULL:
            no_memory(request)
            return
        memcpy(blob_data(blob), value.ptr, value.len)
        out_blob(request.out, blob)
        blob_release(blob)


cdef void cut_range(View* value, int64_t start, int64_t end) noexcept nogil:
    """Narrow a string to the bytes from `start` to `end`, both included; negative ones count from its end."""
    cdef int64_t length = <int64_t>value.len
    # Both before the start and the wrong way round: else they would both become 0, which is one byte.
    if start < 0 and end < 0 and start > end:
        value.len = 0
        return
    start = max(start + length, 0) if start < 0 else start
    end = max(end + length, 0) if end < 0 else end
    end = min(end, length - 1)
    if start > end:
        value.len = 0
        return
    value.ptr += start
    value.len = <size_t>(end - start + 1)


# --- LCS


cdef struct LcsOptions:
    bint length
    bint indexes
    bint with_lengths
    int64_t match_min


cdef bint read_lcs_options(Request* request, LcsOptions* options) noexcept nogil:
    cdef int i = 3
    options.length = options.indexes = options.with_lengths = False
    options.match_min = 0
    while i < request.argc:
        if arg_is(&request.argv[i], b"idx", 3):
            options.indexes = True
        elif arg_is(&request.argv[i], b"len", 3):
            options.length = True
        elif arg_is(&request.argv[i], b"withmatchlen", 12):
            options.with_lengths = True
        elif arg_is(&request.argv[i], b"minmatchlen", 11) and i + 1 < request.argc:
            i += 1
            if not int_arg(request, i, &options.match_min):
                return False
        else:
            syntax_error(request)
            return False
        i += 1
    if options.indexes and options.length:
        out_error(request.out, b"ERR If you want both the length and indexes, please just use IDX.")
        return False
    return True


cdef bint lcs_is_allowed(Request* request, View a, View b) noexcept nogil:
    """Whether the strings are short enough, by redis-server's bounds, although this takes less memory."""
    cdef uint64_t cells
    if a.len >= TEXT_BYTES_MAX or b.len >= TEXT_BYTES_MAX:
        out_error(request.out, b"ERR String too long for LCS")
        return False
    cells = (<uint64_t>a.len + 1) * (<uint64_t>b.len + 1)
    if cells > <uint64_t>request.engine.bulk_bytes_max // CELL_BYTES:
        out_error(request.out,
                  b"ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
        return False
    return True


cdef View string_or_empty(Entry* entry) noexcept nogil:
    cdef View none
    if entry != NULL:
        return entry_string(entry)
    none.ptr = b""
    none.len = 0
    return none


declare(
    <size_t>lcs_command, "LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]", arity=-3,
    group="string", flags="readonly", keys="RO access@1..2", since="7.0.0",
    complexity="O(N*M) where N and M are the lengths of the two values",
    about="Returns the longest string whose bytes occur, in this order but not side by side, in both values;"
    " or its length; or where its parts are.",
)
cdef void lcs_command(Request* request) noexcept nogil:
    cdef LcsOptions options
    cdef Found first, second
    cdef View a, b
    cdef Lcs lcs
    # Finding the second key may change the table, but no entry other than its own.
    db_find(request.ks, request.db, key_at(request, 1), &first, 0)
    db_find(request.ks, request.db, key_at(request, 2), &second, 0)
    if (first.entry != NULL and entry_type(first.entry) != TYPE_STRING) \
            or (second.entry != NULL and entry_type(second.entry) != TYPE_STRING):
        out_error(request.out, b"ERR The specified keys must contain string values")
        return
    if not read_lcs_options(request, &options):
        return
    a = string_or_empty(first.entry)
    b = string_or_empty(second.entry)
    if not lcs_is_allowed(request, a, b):
        return
    if not lcs_init(&lcs, a, b, not options.length):
        out_error(request.out, b"ERR Insufficient memory, failed allocating transient memory for LCS")
        return
    if options.indexes:
        reply_matches(request, &lcs, &options)
    elif options.length:
        out_int(request.out, <int64_t>lcs.length)
    else:
        reply_subsequence(request, &lcs)
    lcs_free(&lcs)


cdef void reply_subsequence(Request* request, Lcs* lcs) noexcept nogil:
    cdef Run run
    cdef Blob* blob = blob_try_new(lcs.length)
    cdef char* at
    if blob == NULL:
        no_memory(request)
        return
    at = blob_data(blob) + lcs.length
    while lcs_previous(lcs, &run):
        at -= run.length
        memcpy(at, lcs.a + run.a_start, run.length)
    out_blob(request.out, blob)
    blob_release(blob)


cdef void reply_range(Request* request, size_t start, size_t length) noexcept nogil:
    out_array(request.out, 2)
    out_int(request.out, <int64_t>start)
    out_int(request.out, <int64_t>(start + length - 1))


cdef void reply_matches(Request* request, Lcs* lcs, const LcsOptions* options) noexcept nogil:
    """The places of the runs in both strings, the last one first, and the length of the whole."""
    cdef Run run
    cdef size_t at
    cdef int64_t count = 0
    out_map(request.out, 2)
    out_bulk(request.out, b"matches", 7)
    at = out_defer(request.out)
    while lcs_previous(lcs, &run):
        if <int64_t>run.length < options.match_min:
            continue
        out_array(request.out, 3 if options.with_lengths else 2)
        reply_range(request, run.a_start, run.length)
        reply_range(request, run.b_start, run.length)
        if options.with_lengths:
            out_int(request.out, <int64_t>run.length)
        count += 1
    out_defer_end(request.out, at, c'*', count)
    out_bulk(request.out, b"len", 3)
    out_int(request.out, <int64_t>lcs.length)
