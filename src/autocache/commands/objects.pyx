"""OBJECT: how a value is kept, and what eviction knows of it.

Names of encodings are redis-server's, for clients' tests ask for them. A string is kept as its bytes here, so
"int" and "embstr" say what redis-server would have made of it, not how it lies in memory.
"""

from libc.stdint cimport INT32_MAX, int64_t
from libc.string cimport strlen

from autocache.base.bytes cimport View
from autocache.base.numbers cimport parse_int64
from autocache.commands.args cimport key_at
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport (
    FIND_NOTOUCH,
    FIND_SILENT,
    POLICY_LFU,
    POLICY_LRU,
    Found,
    Keyspace,
    db_find,
    decayed_frequency,
    idle_ms,
)
from autocache.types.entry cimport (
    ENC_INTSET,
    ENC_LISTPACK,
    ENC_QUICKLIST,
    ENC_SORTED,
    ENC_STREAM,
    ENTRY_RAW,
    ENTRY_TEXT,
    TYPE_SET,
    TYPE_STRING,
    Entry,
    entry_encoding,
    entry_string,
    entry_type,
)
from autocache.resp.out cimport out_array, out_bulk, out_error, out_int, out_null, out_status

from autocache.commands.declare import container, declare

cdef enum:
    INT_BYTES_MAX = 20                  # a longer text is never kept as an integer
    EMBSTR_BYTES_MAX = 44
    HELP_LINES = 15
    SHARED_INTEGERS = 10000             # redis-server keeps one object for each of the first integers

cdef const char* HELP[HELP_LINES]
HELP[:] = [
    b"OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    b"ENCODING <key>",
    b"    Return the kind of internal representation used in order to store the value",
    b"    associated with a <key>.",
    b"FREQ <key>",
    b"    Return the access frequency index of the <key>. The returned integer is",
    b"    proportional to the logarithm of the recent access frequency of the key.",
    b"IDLETIME <key>",
    b"    Return the idle time of the <key>, that is the approximated number of",
    b"    seconds elapsed since the last access to the key.",
    b"REFCOUNT <key>",
    b"    Return the number of references of the value associated with the specified",
    b"    <key>.",
    b"HELP",
    b"    Prints this help.",
]


cdef bint int_value(Entry* entry, int64_t* value) noexcept nogil:
    """Whether redis-server would keep a string as an integer, and which."""
    cdef View text
    if entry_type(entry) != TYPE_STRING or entry.flags & (ENTRY_RAW | ENTRY_TEXT):
        return False
    text = entry_string(entry)
    return text.len <= INT_BYTES_MAX and parse_int64(text.ptr, text.len, value)


cdef const char* collection_encoding(Entry* entry) noexcept nogil:
    """redis-server 7.0 has no compact form of sets of strings, and calls what it makes of them a hashtable."""
    cdef int encoding = entry_encoding(entry)
    if encoding == ENC_LISTPACK:
        return b"hashtable" if entry_type(entry) == TYPE_SET else b"listpack"
    if encoding == ENC_INTSET:
        return b"intset"
    if encoding == ENC_SORTED:
        return b"skiplist"
    if encoding == ENC_QUICKLIST:
        return b"quicklist"
    if encoding == ENC_STREAM:
        return b"stream"
    return b"hashtable"


cdef const char* encoding_name(Entry* entry) noexcept nogil:
    """The name of an entry's encoding."""
    cdef int64_t value
    if entry_type(entry) != TYPE_STRING:
        return collection_encoding(entry)
    if int_value(entry, &value):
        return b"int"
    if not entry.flags & ENTRY_RAW and entry_string(entry).len <= EMBSTR_BYTES_MAX:
        return b"embstr"
    return b"raw"


cdef int64_t shown_refcount(const Keyspace* ks, Entry* entry) noexcept nogil:
    """1, or what redis-server shows for an integer that it shares; under LRU or LFU it shares none."""
    cdef int64_t value
    if ks.maxmemory_bytes and ks.policy & (POLICY_LRU | POLICY_LFU):
        return 1
    if int_value(entry, &value) and 0 <= value < SHARED_INTEGERS:
        return INT32_MAX
    return 1


cdef bint find_object(Request* request, Found* found) noexcept nogil:
    """Find the key that is asked about without touching it; replies null if it is absent."""
    if db_find(request.ks, request.db, key_at(request, 2), found, FIND_NOTOUCH | FIND_SILENT):
        return True
    out_null(request.out)
    return False


container(
    "OBJECT", group="generic", since="2.2.3", categories="-keyspace",
    about="Tells how the value of a key is kept.",
)


declare(
    <size_t>encoding_command, "OBJECT ENCODING key", parent="object", arity=3, group="generic",
    flags="readonly",
    keys="RO@2", since="2.2.3", tips=("nondeterministic_output",),
    about="Returns the name of the encoding in which a value is kept.",
)
cdef void encoding_command(Request* request) noexcept nogil:
    cdef Found found
    cdef const char* name
    if find_object(request, &found):
        name = encoding_name(found.entry)
        out_bulk(request.out, name, strlen(name))


declare(
    <size_t>freq_command, "OBJECT FREQ key", parent="object", arity=3, group="generic", flags="readonly",
    keys="RO@2", since="4.0.0", tips=("nondeterministic_output",),
    about="Returns the counter by which LFU eviction judges how often a key is used.",
)
cdef void freq_command(Request* request) noexcept nogil:
    cdef Found found
    if not find_object(request, &found):
        return
    if not request.ks.policy & POLICY_LFU:
        out_error(
            request.out,
            b"ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that"
            b" when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        )
        return
    out_int(request.out, decayed_frequency(request.ks, found.entry))


declare(
    <size_t>idletime_command, "OBJECT IDLETIME key", parent="object", arity=3, group="generic",
    flags="readonly",
    keys="RO@2", since="2.2.3", tips=("nondeterministic_output",),
    about="Returns the seconds since a key was last used.",
)
cdef void idletime_command(Request* request) noexcept nogil:
    cdef Found found
    if not find_object(request, &found):
        return
    if request.ks.policy & POLICY_LFU:
        out_error(
            request.out,
            b"ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when"
            b" switching between policies at runtime LRU and LFU data will take some time to adjust.",
        )
        return
    out_int(request.out, <int64_t>(idle_ms(request.ks, found.entry) // 1000))


declare(
    <size_t>refcount_command, "OBJECT REFCOUNT key", parent="object", arity=3, group="generic",
    flags="readonly",
    keys="RO@2", since="2.2.3", tips=("nondeterministic_output",),
    about="Returns the number of references to a value.",
)
cdef void refcount_command(Request* request) noexcept nogil:
    cdef Found found
    if find_object(request, &found):
        out_int(request.out, shown_refcount(request.ks, found.entry))


declare(
    <size_t>help_command, "OBJECT HELP", parent="object", arity=2, group="generic", flags="loading stale",
    since="6.2.0",
    about="Lists the subcommands of OBJECT.",
)
cdef void help_command(Request* request) noexcept nogil:
    cdef const char** line = HELP
    cdef int i
    out_array(request.out, HELP_LINES)
    for i in range(HELP_LINES):
        out_status(request.out, line[i], strlen(line[i]))
