"""The string commands."""

from libc.stdint cimport int64_t

from autocache.base.bytes cimport View, likely
from autocache.commands.args cimport (
    UNIT_MILLISECONDS,
    UNIT_SECONDS,
    arg_is,
    expiry_arg,
    find_typed,
    key_at,
    syntax_error,
    view_of,
    wrong_type,
)
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport FIND_WRITE, Found, db_find, db_set_blob, db_set_string, modified
from autocache.keyspace.entry cimport (
    ENC_BLOB,
    TYPE_STRING,
    entry_blob,
    entry_encoding,
    entry_expiry,
    entry_string,
    entry_type,
)
from autocache.resp.out cimport out_blob, out_null, out_ok, out_view
from autocache.resp.parser cimport Arg

from autocache.commands.declare import declare

cdef enum:
    # The options of SET and GETEX.
    OPT_NX = 1
    OPT_XX = 2
    OPT_GET = 4
    OPT_KEEPTTL = 8
    OPT_PERSIST = 16
    OPT_EXPIRY = 32                     # one of EX, PX, EXAT, PXAT was given
    OPT_IFEQ = 64


cdef inline void reply_string(Request* request, Found* found) noexcept nogil:
    """Append the found string."""
    if entry_encoding(found.entry) == ENC_BLOB:
        out_blob(request.out, entry_blob(found.entry))
    else:
        out_view(request.out, entry_string(found.entry))


cdef inline void store_arg(Request* request, Found* found, int position, int64_t expiry) noexcept nogil:
    """Make the found key hold an argument; one that was received into its own block is not copied."""
    cdef Arg* arg = &request.argv[position]
    if arg.blob != NULL and arg.blob.refs == 1 and request.session.queued == 0:
        db_set_blob(request.ks, found, arg.blob, expiry)
        arg.blob = NULL
    else:
        db_set_string(request.ks, found, view_of(arg), expiry)
    modified(request.ks, found)


declare(
    <size_t>get_command, "GET key", arity=2, group="string", flags="readonly fast", keys="RO access@1", since="1.0.0",
    about="Returns the string value of a key.",
)
cdef void get_command(Request* request) noexcept nogil:
    cdef Found found
    if not find_typed(request, 1, TYPE_STRING, 0, &found):
        return
    if found.slot == NULL:
        out_null(request.out)
    else:
        reply_string(request, &found)


declare(
    <size_t>set_command,
    "SET key value [NX | XX | IFEQ comparison-value] [GET] [EX seconds | PX milliseconds"
    " | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    arity=-3, group="string", flags="write denyoom", keys="RW access update variable_flags@1", since="1.0.0",
    about="Sets the string value of a key, whatever it held before, and how long it is kept.",
)
cdef void set_command(Request* request) noexcept nogil:
    cdef Found found
    if likely(request.argc == 3):
        db_find(request.ks, request.db, key_at(request, 1), &found, FIND_WRITE)
        store_arg(request, &found, 2, -1)
        out_ok(request.out)
