"""The commands on HyperLogLogs: PFADD, PFCOUNT, PFMERGE, PFDEBUG and PFSELFTEST.

A HyperLogLog is a string that clients may read and write as any other; `types/hyperloglog` says what is in it.
Each command therefore looks at the header first, and a string that lies about the rest is an error and no more.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from autocache.base.bytes cimport View
from autocache.base.numbers cimport INT_TEXT_BYTES_MAX, format_int64
from autocache.commands.args cimport arg_is, find_typed, key_at
from autocache.commands.context cimport Request
from autocache.commands.substrings cimport no_memory
from autocache.keyspace.db cimport (
    EVENT_CLASS_STRING,
    FIND_WRITE,
    Found,
    changed,
    db_find,
    db_grow_string,
    db_set_blob,
    db_set_string,
    modified,
)
from autocache.memory.alloc cimport mem_size
from autocache.memory.blob cimport Blob, blob_data, blob_release, blob_try_new
from autocache.resp.out cimport (
    out_array,
    out_blob,
    out_error,
    out_error_form,
    out_int,
    out_ok,
    out_status,
)
from autocache.types.entry cimport (
    ENC_BLOB,
    ENTRY_BYTES_MAX,
    ENTRY_RAW,
    TYPE_STRING,
    entry_blob,
    entry_encoding,
    entry_expiry,
    entry_string,
)
from autocache.types.hyperloglog cimport (
    HLL_CHANGES,
    HLL_CORRUPT,
    HLL_DENSE,
    HLL_DENSE_BYTES,
    HLL_EMPTY_BYTES,
    HLL_HEADER_BYTES,
    HLL_REGISTERS,
    HLL_SPARSE,
    HLL_UNCHANGED,
    Element,
    Splice,
    hll_cache,
    hll_cached,
    hll_count,
    hll_count_registers,
    hll_dense_add,
    hll_element,
    hll_encoding,
    hll_invalidate,
    hll_is_valid,
    hll_make_dense,
    hll_make_empty,
    hll_merge,
    hll_self_test,
    hll_sparse_apply,
    hll_sparse_next,
    hll_sparse_plan,
)

from autocache.commands.declare import declare

cdef enum:
    SPARE_SHARE = 8                     # spare room is an eighth of the length
    ADD_FAILED = -1                     # the error is replied
    DECODED_BYTES_MAX = 2 * INT_TEXT_BYTES_MAX + 4      # of one operation: "v:32,4 "


# --- finding and changing


cdef void corrupt(Request* request) noexcept nogil:
    out_error(request.out, b"INVALIDOBJ Corrupted HLL object detected")


cdef bint find_hll(Request* request, int position, int mode, Found* found) noexcept nogil:
    """Find the key at a position. True if it is absent (`found.slot` is NULL) or has the header of a HyperLogLog."""
    if not find_typed(request, position, TYPE_STRING, mode, found):
        return False
    if found.slot == NULL or hll_is_valid(entry_string(found.entry)):
        return True
    out_error(request.out, b"WRONGTYPE Key is not a valid HyperLogLog string value.")
    return False


cdef inline uint8_t* for_change(Request* request, Found* found, size_t length) noexcept nogil:
    """The bytes of the found string, at least `length`, to be changed in place; NULL after the error reply."""
    cdef char* text = db_grow_string(request.ks, found, length)
    if text == NULL:
        no_memory(request)
    return <uint8_t*>text


cdef uint8_t* for_growth(Request* request, Found* found, size_t length) noexcept nogil:
    """`for_change` for a sparse HyperLogLog. One with a block of its own is given a little spare room at a time: it
    grows by single bytes and not far, so that the doubling of `db_grow_string` would be mostly waste.
    """
    cdef View value = entry_string(found.entry)
    cdef Blob* blob
    if entry_encoding(found.entry) == ENC_BLOB:
        if sizeof(Blob) + length <= mem_size(entry_blob(found.entry)):
            return for_change(request, found, length)
    elif <size_t>(value.ptr - <char*>found.entry) + length <= ENTRY_BYTES_MAX:
        return for_change(request, found, length)
    blob = blob_try_new(length + length // SPARE_SHARE)
    if blob == NULL:
        no_memory(request)
        return NULL
    blob.len = length
    memcpy(blob_data(blob), value.ptr, value.len)
    db_set_blob(request.ks, found, blob, entry_expiry(found.entry))
    found.entry.flags |= ENTRY_RAW
    return <uint8_t*>blob_data(blob)


cdef inline void cut_string(Found* found, size_t length) noexcept nogil:
    """Make a string that is ours alone (`for_change`) shorter."""
    if entry_encoding(found.entry) == ENC_BLOB:
        entry_blob(found.entry).len = length
    else:
        found.entry.vlen = <unsigned short>length


cdef void make_hll(Request* request, Found* found) noexcept nogil:
    """Make the found key, which is absent, a HyperLogLog without elements."""
    cdef uint8_t bytes[HLL_EMPTY_BYTES]
    cdef View value
    hll_make_empty(bytes)
    value.ptr = <const char*>bytes
    value.len = HLL_EMPTY_BYTES
    db_set_string(request.ks, found, value, -1)
    found.entry.flags |= ENTRY_RAW


cdef bint store_dense(Request* request, Found* found, const uint8_t* registers) noexcept nogil:
    """Make the found HyperLogLog a dense one with these registers; False after the error reply."""
    cdef View value = entry_string(found.entry)
    cdef uint8_t* hll
    cdef Blob* blob
    if hll_encoding(value) == HLL_DENSE:
        hll = for_change(request, found, value.len)
        if hll != NULL:
            hll_make_dense(hll, registers)
        return hll != NULL
    # Not grown in place: that would reserve as much again, and a dense one never grows.
    blob = blob_try_new(HLL_DENSE_BYTES)
    if blob == NULL:
        no_memory(request)
        return False
    memcpy(blob_data(blob), value.ptr, HLL_HEADER_BYTES)
    hll_make_dense(<uint8_t*>blob_data(blob), registers)
    db_set_blob(request.ks, found, blob, entry_expiry(found.entry))
    found.entry.flags |= ENTRY_RAW
    return True


cdef bint make_dense(Request* request, Found* found) noexcept nogil:
    """Make the found HyperLogLog, a sparse one, dense; False after the error reply."""
    cdef uint8_t registers[HLL_REGISTERS]
    memset(registers, 0, sizeof(registers))
    if not hll_merge(entry_string(found.entry), registers):
        corrupt(request)
        return False
    return store_dense(request, found, registers)


cdef int add_sparse(Request* request, Found* found, Element element) noexcept nogil:
    """Add an element to a sparse HyperLogLog, which may make it dense: 1 if that changed it, 0 or ADD_FAILED."""
    cdef View value = entry_string(found.entry)
    cdef Splice splice
    cdef uint8_t* hll
    cdef int outcome = hll_sparse_plan(value, element, &splice)
    cdef size_t length
    if outcome == HLL_UNCHANGED:
        return 0
    if outcome == HLL_CORRUPT:
        corrupt(request)
        return ADD_FAILED
    if outcome == HLL_CHANGES:
        length = value.len + splice.new_bytes - splice.old_bytes
        if length <= value.len or <int64_t>length <= request.ks.limits.hll_sparse_bytes:
            hll = for_growth(request, found, max(length, value.len))
            if hll == NULL:
                return ADD_FAILED
            cut_string(found, hll_sparse_apply(hll, value.len, &splice))
            return 1
    if not make_dense(request, found):
        return ADD_FAILED
    return add_element(request, found, element)


cdef int add_element(Request* request, Found* found, Element element) noexcept nogil:
    """Add an element to the found HyperLogLog: 1 if that changed it, 0 or ADD_FAILED."""
    cdef View value = entry_string(found.entry)
    cdef uint8_t* hll
    if hll_encoding(value) == HLL_SPARSE:
        return add_sparse(request, found, element)
    hll = for_change(request, found, value.len)
    if hll == NULL:
        return ADD_FAILED
    return 1 if hll_dense_add(hll, element) else 0


cdef bint drop_count(Request* request, Found* found) noexcept nogil:
    """Mark the cached count of the found HyperLogLog as out of date; False after the error reply."""
    cdef uint8_t* hll = for_change(request, found, 0)
    if hll != NULL:
        hll_invalidate(hll)
    return hll != NULL


# --- commands


declare(
    <size_t>pfadd_command, "PFADD key [element [element ...]]", arity=-2, group="hyperloglog",
    flags="write denyoom fast", keys="RW insert@1", since="2.8.9", complexity="O(1) for each element",
    about="Adds elements to a HyperLogLog, which is made if it does not exist, and returns whether it changed.",
)
cdef void pfadd_command(Request* request) noexcept nogil:
    cdef Found found
    cdef uint64_t updated = 0
    cdef int outcome = 0
    cdef int i
    if not find_hll(request, 1, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        make_hll(request, &found)
        updated = 1
    found.entry.flags |= ENTRY_RAW
    for i in range(2, request.argc):
        outcome = add_element(request, &found, hll_element(key_at(request, i)))
        if outcome == ADD_FAILED:
            break
        updated += <uint64_t>outcome
    if updated and drop_count(request, &found):
        request.ks.dirty += updated - 1
        changed(request.ks, &found, EVENT_CLASS_STRING, b"pfadd")
    if outcome != ADD_FAILED:
        out_int(request.out, 1 if updated else 0)


declare(
    <size_t>pfcount_command, "PFCOUNT key [key ...]", arity=-2, group="hyperloglog", flags="readonly",
    keys="RW access@1..-1", internal=("replicates",),
    key_notes="RW because it may change the internal representation of the key, and propagate to replicas",
    since="2.8.9", complexity="O(1) for one key, O(N) for N keys, with a much larger constant",
    about="Returns about how many different elements were added to a HyperLogLog, or to any of several.",
)
cdef void pfcount_command(Request* request) noexcept nogil:
    cdef Found found
    cdef View value
    cdef uint64_t count
    cdef uint8_t* hll
    if request.argc > 2:
        count_many(request)
        return
    if not find_hll(request, 1, 0, &found):
        return
    if found.slot == NULL:
        out_int(request.out, 0)
        return
    found.entry.flags |= ENTRY_RAW
    value = entry_string(found.entry)
    if not hll_cached(value, &count):
        if not hll_count(value, &count):
            corrupt(request)
            return
        hll = for_change(request, &found, 0)
        if hll == NULL:
            return
        hll_cache(hll, count)
        modified(request.ks, &found)
    out_int(request.out, <int64_t>count)


cdef bint merge_keys(Request* request, uint8_t* registers, bint* dense) noexcept nogil:
    """Merge the HyperLogLogs of all keys; `dense` says whether one of them is. False after the error reply."""
    cdef Found found
    cdef View value
    cdef int i
    memset(registers, 0, HLL_REGISTERS)
    dense[0] = False
    for i in range(1, request.argc):
        if not find_hll(request, i, 0, &found):
            return False
        if found.slot == NULL:
            continue
        value = entry_string(found.entry)
        if not hll_merge(value, registers):
            corrupt(request)
            return False
        if hll_encoding(value) == HLL_DENSE:
            dense[0] = True
    return True


cdef void count_many(Request* request) noexcept nogil:
    cdef uint8_t registers[HLL_REGISTERS]
    cdef bint dense
    if merge_keys(request, registers, &dense):
        out_int(request.out, <int64_t>hll_count_registers(registers))


declare(
    <size_t>pfmerge_command, "PFMERGE destkey [sourcekey [sourcekey ...]]", arity=-2, group="hyperloglog",
    flags="write denyoom", keys="RW access insert@1, RO access@2..-1", since="2.8.9",
    complexity="O(N) for N keys, with a large constant",
    about="Adds to a HyperLogLog all elements that were added to others.",
)
cdef void pfmerge_command(Request* request) noexcept nogil:
    cdef uint8_t registers[HLL_REGISTERS]
    cdef Found found
    cdef bint dense, stored
    if not merge_keys(request, registers, &dense):
        return
    db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE)
    if found.slot == NULL:
        make_hll(request, &found)
    found.entry.flags |= ENTRY_RAW
    # The destination is one of the keys that were merged.
    stored = store_dense(request, &found, registers) if dense else add_registers(request, &found, registers)
    if stored and drop_count(request, &found):
        changed(request.ks, &found, EVENT_CLASS_STRING, b"pfadd")
        out_ok(request.out)


cdef bint add_registers(Request* request, Found* found, const uint8_t* registers) noexcept nogil:
    """Raise the registers of the found HyperLogLog one by one, so that its operations become redis-server's."""
    cdef Element element
    cdef int i
    for i in range(HLL_REGISTERS):
        if registers[i]:
            element.index = i
            element.rank = registers[i]
            if add_element(request, found, element) == ADD_FAILED:
                return False
    return True


# --- PFDEBUG


declare(
    <size_t>pfdebug_command, "PFDEBUG subcommand key", arity=3, group="hyperloglog",
    flags="write denyoom admin", keys="RW access@2", since="2.8.9", complexity="N/A",
    about="Shows how a HyperLogLog is stored (GETREG, DECODE, ENCODING) or makes it dense (TODENSE).",
)
cdef void pfdebug_command(Request* request) noexcept nogil:
    cdef Found found
    cdef View word = key_at(request, 1)
    cdef View value
    if not find_typed(request, 2, TYPE_STRING, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        out_error(request.out, b"ERR The specified key does not exist")
        return
    if not find_hll(request, 2, FIND_WRITE, &found):
        return
    found.entry.flags |= ENTRY_RAW
    value = entry_string(found.entry)
    if arg_is(&request.argv[1], b"getreg", 6):
        reply_registers(request, &found)
    elif arg_is(&request.argv[1], b"decode", 6):
        reply_decoded(request, value)
    elif arg_is(&request.argv[1], b"encoding", 8):
        if hll_encoding(value) == HLL_SPARSE:
            out_status(request.out, b"sparse", 6)
        else:
            out_status(request.out, b"dense", 5)
    elif arg_is(&request.argv[1], b"todense", 7):
        if hll_encoding(value) == HLL_DENSE:
            out_int(request.out, 0)
        elif make_dense(request, &found):
            modified(request.ks, &found)
            out_int(request.out, 1)
    else:
        out_error_form(request.out, b"ERR Unknown PFDEBUG subcommand '%'", word.ptr, word.len)


cdef void reply_registers(Request* request, Found* found) noexcept nogil:
    """All registers, one after the other; a sparse HyperLogLog becomes dense, as in redis-server."""
    cdef uint8_t registers[HLL_REGISTERS]
    cdef int i
    if hll_encoding(entry_string(found.entry)) == HLL_SPARSE:
        if not make_dense(request, found):
            return
        modified(request.ks, found)
    memset(registers, 0, sizeof(registers))
    hll_merge(entry_string(found.entry), registers)
    out_array(request.out, HLL_REGISTERS)
    for i in range(HLL_REGISTERS):
        out_int(request.out, registers[i])


cdef int format_operation(char* target, int rank, int run) noexcept nogil:
    """Write an operation as text: z and Z are short and long runs of zeros, v is a rank and its run."""
    cdef int length = 2
    target[0] = c'v' if rank else c'z'
    target[1] = c':'
    if rank:
        length += format_int64(target + length, rank)
        target[length] = c','
        length += 1
    length += format_int64(target + length, run)
    target[length] = c' '
    return length + 1


cdef size_t decode(View value, char* target, size_t* at) noexcept nogil:
    """Write the operations of a sparse HyperLogLog as text, if `target` is not NULL; returns the length."""
    cdef char text[DECODED_BYTES_MAX]
    cdef size_t length = 0
    cdef size_t start = HLL_HEADER_BYTES
    cdef int rank, run, count
    at[0] = start
    while hll_sparse_next(value, at, &rank, &run):
        count = format_operation(text, rank, run)
        if at[0] - start == 2:
            text[0] = c'Z'
        if target != NULL:
            memcpy(target + length, text, count)
        length += <size_t>count
        start = at[0]
    return length


cdef void reply_decoded(Request* request, View value) noexcept nogil:
    cdef Blob* blob
    cdef size_t at, length
    if hll_encoding(value) != HLL_SPARSE:
        out_error(request.out, b"ERR HLL encoding is not sparse")
        return
    length = decode(value, NULL, &at)
    if at != value.len:
        corrupt(request)
        return
    blob = blob_try_new(length)
    if blob == NULL:
        no_memory(request)
        return
    decode(value, blob_data(blob), &at)
    # Without the space behind the last one.
    blob.len = length - 1 if length else 0
    out_blob(request.out, blob)
    blob_release(blob)


# --- PFSELFTEST


declare(
    <size_t>pfselftest_command, "PFSELFTEST", arity=1, group="hyperloglog", flags="admin", since="2.8.9",
    complexity="N/A", about="Tests registers and counts of HyperLogLogs.",
)
cdef void pfselftest_command(Request* request) noexcept nogil:
    cdef const char* problem = hll_self_test()
    if problem == NULL:
        out_ok(request.out)
    else:
        out_error(request.out, problem)
