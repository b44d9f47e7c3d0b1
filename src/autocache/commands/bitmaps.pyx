"""The commands on strings as arrays of bits: SETBIT, GETBIT, BITCOUNT, BITPOS and BITOP.

What is done to the bits themselves is in `types/bits`. Bit 0 is the highest bit of the first byte, and behind
its end a string reads as zeros; only SETBIT and BITFIELD make it longer.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from autocache.base.bytes cimport View
from autocache.base.numbers cimport parse_int64
from autocache.commands.args cimport arg_is, find_typed, int_arg, key_at, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.substrings cimport no_memory
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_STRING,
    FIND_WRITE,
    Found,
    changed,
    db_delete,
    db_find,
    db_grow_string,
    db_set_blob,
    db_set_string,
)
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.memory.blob cimport Blob, blob_data, blob_release, blob_try_new
from autocache.resp.out cimport out_error, out_int
from autocache.resp.parser cimport Arg
from autocache.types.bits cimport BITS_AND, BITS_OR, BITS_XOR, bits_combine, bits_count, bits_find, bits_invert
from autocache.types.entry cimport ENTRY_RAW, TYPE_STRING, entry_string

from autocache.commands.declare import declare

cdef enum:
    OWN_BLOCK_BYTES_MIN = 512           # a new string of this length is not worth trying to fit into its entry
    BITS_NOT = 3                        # the operation of BITOP that is none of types/bits
    # BITOP works through its sources in blocks, so that the part of the result at hand stays in the cache.
    BLOCK_BYTES = 16384

cdef struct Span:                       # positions of bits, both included; none if `first` is above `last`
    int64_t first
    int64_t last


# --- shared


cdef bint bit_offset_arg(Request* request, int position, int hash_width, uint64_t* offset) noexcept nogil:
    """Read the position of a bit. With a width, `#3` is that of the fourth field of so many bits."""
    cdef const Arg* arg = &request.argv[position]
    cdef int skip = 1 if hash_width and arg.len and arg.ptr[0] == c'#' else 0
    cdef int64_t value
    if parse_int64(arg.ptr + skip, arg.len - skip, &value):
        if skip:
            # Modulo 2^64, as redis-server computes it.
            value = <int64_t>(<uint64_t>value * <uint64_t>hash_width)
        if value >= 0 and value >> 3 < request.engine.bulk_bytes_max:
            offset[0] = <uint64_t>value
            return True
    out_error(request.out, b"ERR bit offset is not an integer or out of range")
    return False


cdef uint8_t* bits_for_change(Request* request, Found* found, size_t length, bint* grew) noexcept nogil:
    """The bytes of the found string, at least `length` of them, to be changed in place; an absent one is made.

    NULL if there is no memory; then the error is replied and nothing has changed.
    """
    cdef View none
    cdef Blob* blob
    cdef char* text = NULL
    grew[0] = found.slot == NULL or entry_string(found.entry).len < length
    if found.slot != NULL:
        text = db_grow_string(request.ks, found, length)
    elif length < OWN_BLOCK_BYTES_MIN:
        none.ptr = b""
        none.len = 0
        db_set_string(request.ks, found, none, -1)
        text = db_grow_string(request.ks, found, length)
    else:
        blob = blob_try_new(length)
        if blob != NULL:
            memset(blob_data(blob), 0, length)
            text = blob_data(blob)
            db_set_blob(request.ks, found, blob, -1)
            found.entry.flags |= ENTRY_RAW
    if text == NULL:
        no_memory(request)
    return <uint8_t*>text


# --- single bits


cdef bint bit_arg(Request* request, int position, bint* bit) noexcept nogil:
    """Read the new value of a bit."""
    cdef const Arg* arg = &request.argv[position]
    cdef int64_t value
    if not parse_int64(arg.ptr, arg.len, &value) or value & ~<int64_t>1:
        out_error(request.out, b"ERR bit is not an integer or out of range")
        return False
    bit[0] = value != 0
    return True


declare(
    <size_t>setbit_command, "SETBIT key offset value", arity=4, group="bitmap", flags="write denyoom",
    keys="RW access update@1", since="2.2.0",
    about="Sets or clears one bit of the string value of a key, which is made longer if need be, and returns"
    " what the bit was.",
)
cdef void setbit_command(Request* request) noexcept nogil:
    cdef Found found
    cdef uint64_t offset
    cdef uint8_t* bytes
    cdef bint bit, before, grew
    cdef uint8_t mask
    if not bit_offset_arg(request, 2, 0, &offset) or not bit_arg(request, 3, &bit):
        return
    if not find_typed(request, 1, TYPE_STRING, FIND_WRITE, &found):
        return
    bytes = bits_for_change(request, &found, (offset >> 3) + 1, &grew)
    if bytes == NULL:
        return
    mask = <uint8_t>(0x80 >> (offset & 7))
    before = bytes[offset >> 3] & mask != 0
    if grew or before != bit:
        bytes[offset >> 3] ^= mask if before != bit else 0
        changed(request.ks, &found, EVENT_CLASS_STRING, b"setbit")
    out_int(request.out, before)


declare(
    <size_t>getbit_command, "GETBIT key offset", arity=3, group="bitmap", flags="readonly fast",
    keys="RO access@1", since="2.2.0",
    about="Returns one bit of the string value of a key; behind its end all bits are 0.",
)
cdef void getbit_command(Request* request) noexcept nogil:
    cdef Found found
    cdef uint64_t offset
    cdef View value
    if not bit_offset_arg(request, 2, 0, &offset) or not find_typed(request, 1, TYPE_STRING, 0, &found):
        return
    if found.slot == NULL:
        out_int(request.out, 0)
        return
    value = entry_string(found.entry)
    if offset >> 3 < value.len:
        out_int(request.out, <uint8_t>value.ptr[offset >> 3] >> (7 - (offset & 7)) & 1)
    else:
        out_int(request.out, 0)


# --- runs of bits


cdef bint unit_arg(Request* request, int position, bint* in_bits) noexcept nogil:
    """Read BYTE or BIT, if the argument is there."""
    in_bits[0] = False
    if position >= request.argc or arg_is(&request.argv[position], b"byte", 4):
        return True
    if arg_is(&request.argv[position], b"bit", 3):
        in_bits[0] = True
        return True
    syntax_error(request)
    return False


cdef void span_from(Span* span, int64_t start, int64_t end, size_t bytes, bint in_bits) noexcept nogil:
    """The bits from `start` to `end`, in bytes or bits; negative ones count from the end of the string."""
    cdef int64_t total = <int64_t>bytes * 8 if in_bits else <int64_t>bytes
    start = max(start + total, 0) if start < 0 else start
    end = max(end + total, 0) if end < 0 else end
    end = min(end, total - 1)
    if start > end:
        span.first = 0
        span.last = -1
    elif in_bits:
        span.first = start
        span.last = end
    else:
        span.first = start * 8
        span.last = end * 8 + 7


declare(
    <size_t>bitcount_command, "BITCOUNT key [start end [BYTE | BIT]]", arity=-2, group="bitmap",
    flags="readonly", keys="RO access@1", since="2.6.0",
    complexity="O(N) where N is the number of bytes in the range",
    about="Returns how many bits are set in the string value of a key, or in a range of its bytes or bits.",
)
cdef void bitcount_command(Request* request) noexcept nogil:
    cdef Found found
    cdef View value
    cdef Span span
    cdef int64_t start = 0
    cdef int64_t end = -1
    cdef bint in_bits
    if not find_typed(request, 1, TYPE_STRING, 0, &found):
        return
    if found.slot == NULL:
        out_int(request.out, 0)
        return
    if request.argc == 3 or request.argc > 5:
        syntax_error(request)
        return
    if request.argc > 2 and (not int_arg(request, 2, &start) or not int_arg(request, 3, &end)):
        return
    # The wrong way round and both before the start: else they would both become 0, which is one bit.
    if start < 0 and end < 0 and start > end:
        out_int(request.out, 0)
        return
    if not unit_arg(request, 4, &in_bits):
        return
    value = entry_string(found.entry)
    span_from(&span, start, end, value.len, in_bits)
    if span.first > span.last:
        out_int(request.out, 0)
    else:
        out_int(request.out, <int64_t>bits_count(<const uint8_t*>value.ptr, span.first, span.last))


declare(
    <size_t>bitpos_command, "BITPOS key bit [start [end [BYTE | BIT]]]", arity=-3, group="bitmap",
    flags="readonly", keys="RO access@1", since="2.8.7",
    complexity="O(N) where N is the number of bytes in the range",
    about="Returns the position of the first bit that is set, or clear, in the string value of a key. Without"
    " an end, a string has clear bits behind its end.",
)
cdef void bitpos_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int64_t bit
    if not int_arg(request, 2, &bit):
        return
    if bit != 0 and bit != 1:
        out_error(request.out, b"ERR The bit argument must be 1 or 0.")
        return
    if not find_typed(request, 1, TYPE_STRING, 0, &found):
        return
    if found.slot == NULL:
        out_int(request.out, -1 if bit else 0)
    else:
        reply_position(request, entry_string(found.entry), bit != 0)


cdef void reply_position(Request* request, View value, bint bit) noexcept nogil:
    cdef Span span
    cdef int64_t start = 0
    cdef int64_t end = -1
    cdef int64_t found = -1
    cdef bint in_bits
    if request.argc > 6:
        syntax_error(request)
        return
    if request.argc > 3 and not int_arg(request, 3, &start):
        return
    if not unit_arg(request, 5, &in_bits) or (request.argc > 4 and not int_arg(request, 4, &end)):
        return
    span_from(&span, start, end, value.len, in_bits)
    if span.first <= span.last:
        found = bits_find(<const uint8_t*>value.ptr, span.first, span.last, bit)
        if found < 0 and not bit and request.argc <= 4:
            found = span.last + 1
    out_int(request.out, found)


# --- BITOP


cdef int operation_named(const Arg* arg) noexcept nogil:
    """The operation of BITOP that a word is, or -1."""
    if arg_is(arg, b"and", 3):
        return BITS_AND
    if arg_is(arg, b"or", 2):
        return BITS_OR
    if arg_is(arg, b"xor", 3):
        return BITS_XOR
    return BITS_NOT if arg_is(arg, b"not", 3) else -1


cdef bint find_sources(Request* request, View* sources, size_t* longest) noexcept nogil:
    """The strings of all source keys; those that are absent are empty."""
    cdef Found found
    cdef int i
    longest[0] = 0
    for i in range(3, request.argc):
        # Finding a key may change the table, but no entry other than its own.
        if not find_typed(request, i, TYPE_STRING, 0, &found):
            return False
        sources[i - 3].ptr = b""
        sources[i - 3].len = 0
        if found.slot != NULL:
            sources[i - 3] = entry_string(found.entry)
        longest[0] = max(longest[0], sources[i - 3].len)
    return True


cdef inline size_t part_of(View source, size_t start, size_t length) noexcept nogil:
    """How many of `length` bytes from `start` on a string has."""
    return 0 if source.len <= start else min(source.len - start, length)


cdef void combine_block(
    int operation, const View* sources, int count, uint8_t* target, size_t start, size_t length
) noexcept nogil:
    """Compute `length` bytes of the result from `start` on; shorter sources go on with zeros."""
    cdef size_t part = part_of(sources[0], start, length)
    cdef int i
    if operation == BITS_NOT:
        bits_invert(target, <const uint8_t*>sources[0].ptr + start, length)
        return
    if part:
        memcpy(target, sources[0].ptr + start, part)
    memset(target + part, 0, length - part)
    for i in range(1, count):
        part = part_of(sources[i], start, length)
        if part:
            bits_combine(operation, target, <const uint8_t*>sources[i].ptr + start, part)
        if operation == BITS_AND:
            memset(target + part, 0, length - part)


cdef void store_bits(Request* request, Blob* take_blob) noexcept nogil:
    """Make the destination hold the result of BITOP; without a result it is removed."""
    cdef Found found
    cdef View value
    db_find(request.ks, request.db, key_at(request, 2), &found, FIND_WRITE)
    if take_blob == NULL:
        if found.slot != NULL:
            db_delete(request.ks, &found, request.ks.lazy_server_del)
            changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")
        return
    if take_blob.len < OWN_BLOCK_BYTES_MIN:
        value.ptr = blob_data(take_blob)
        value.len = take_blob.len
        db_set_string(request.ks, &found, value, -1)
        blob_release(take_blob)
    else:
        db_set_blob(request.ks, &found, take_blob, -1)
    found.entry.flags |= ENTRY_RAW
    changed(request.ks, &found, EVENT_CLASS_STRING, b"set")


declare(
    <size_t>bitop_command, "BITOP operation destkey key [key ...]", arity=-4, group="bitmap",
    flags="write denyoom", keys="OW update@2, RO access@3..-1", since="2.6.0",
    complexity="O(N) where N is the number of bytes of all the keys",
    about="Combines the bits of the string values of keys by AND, OR or XOR, or inverts those of one by NOT,"
    " and stores the result, which is as long as the longest of them.",
)
cdef void bitop_command(Request* request) noexcept nogil:
    cdef int operation = operation_named(&request.argv[1])
    cdef int count = request.argc - 3
    cdef View* sources
    cdef Blob* blob = NULL
    cdef size_t longest
    if operation < 0:
        syntax_error(request)
        return
    if operation == BITS_NOT and count != 1:
        out_error(request.out, b"ERR BITOP NOT must be called with a single source key.")
        return
    sources = <View*>mem_alloc(<size_t>count * sizeof(View))
    if find_sources(request, sources, &longest):
        if longest:
            blob = blob_try_new(longest)
        if longest and blob == NULL:
            no_memory(request)
        else:
            combine_all(operation, sources, count, blob)
            store_bits(request, blob)
            out_int(request.out, <int64_t>longest)
    mem_free(sources)


cdef void combine_all(int operation, const View* sources, int count, Blob* blob) noexcept nogil:
    """Fill a blob, which is as long as the longest source; nothing to do if there is none."""
    cdef size_t at = 0
    cdef size_t length
    if blob == NULL:
        return
    while at < blob.len:
        length = min(blob.len - at, <size_t>BLOCK_BYTES)
        combine_block(operation, sources, count, <uint8_t*>blob_data(blob) + at, at, length)
        at += length
