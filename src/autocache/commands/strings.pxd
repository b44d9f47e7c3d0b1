# What the string commands share with those on parts of strings; all are reached through the command table.
from libc.stdint cimport int64_t

from autocache.commands.args cimport view_of
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport EVENT_CLASS_STRING, Found, changed, db_set_blob, db_set_string
from autocache.types.entry cimport ENC_BLOB, entry_blob, entry_encoding, entry_string
from autocache.memory.blob cimport blob_share
from autocache.resp.out cimport out_blob, out_view
from autocache.resp.parser cimport Arg


cdef inline void reply_string(Request* request, Found* found) noexcept nogil:
    """Append the found string; a long one is sent from where it lies."""
    if entry_encoding(found.entry) == ENC_BLOB:
        out_blob(request.out, entry_blob(found.entry))
    else:
        out_view(request.out, entry_string(found.entry))


cdef inline void store_arg(Request* request, Found* found, int position, int64_t expiry,
                           const char* event) noexcept nogil:
    """Make the found key hold an argument, and announce that as `event`.

    One that was received into its own block is shared and not copied. The request keeps its own share until it ends:
    the slow log may still want to read its arguments.
    """
    cdef Arg* arg = &request.argv[position]
    if arg.blob != NULL:
        db_set_blob(request.ks, found, blob_share(arg.blob), expiry)
    else:
        db_set_string(request.ks, found, view_of(arg), expiry)
    changed(request.ks, found, EVENT_CLASS_STRING, event)
