# Streams: entries of fields and values in the order of their IDs, packed into nodes, and their consumer groups.
from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.limits cimport Limits
from autocache.types.listpack cimport lp_get
from autocache.types.ordered cimport Cursor, Ordered
from autocache.types.stream_id cimport StreamId

cdef enum:
    STREAM_NODE_BYTES_MAX = 1073741824  # of a node, and of the fields and values of one entry

    ENTRY_DELETED = 1                   # flags of an entry in a node
    ENTRY_SAME_FIELDS = 2               # its fields are those of the node's first entry, and are not repeated

cdef struct StreamNode:
    StreamId id                         # first: the order of nodes. That of the entry for which the node was made
    char* packed                        # owned: a listpack; stream.pyx says what is in it

cdef struct Stream:
    Ordered nodes                       # StreamNode*, owned, by ID
    uint64_t length                     # entries that are not deleted
    StreamId last_id                    # the greatest that was ever added
    StreamId first_id                   # of the first entry, or 0-0
    StreamId max_deleted_id             # the greatest that XDEL removed
    uint64_t entries_added              # ever
    Ordered* groups                     # owned: Group*, owned, by name; NULL until there is one

cdef struct StreamWalk:                 # over the entries between two IDs; dies when the stream changes
    Cursor cursor
    StreamNode* node                    # NULL: at the end
    StreamId first
    StreamId last
    bint backwards
    char* next                          # where the next entry starts, or, backwards, where the one before it ends
    char* entries                       # where the node's first entry starts
    char* names                         # the fields of the node's first entry
    int64_t name_count
    # the entry
    StreamId id
    int64_t flags
    int64_t fields                      # how many
    char* at                            # where it starts
    char* words                         # its values, or fields and values in turn unless ENTRY_SAME_FIELDS

cdef struct Trim:                       # what is to be removed from the beginning of a stream
    bint by_id
    bint approximate                    # whole nodes only
    uint64_t length                     # keep so many
    StreamId min_id                     # or keep those from this ID on
    int64_t limit                       # remove no more than so many; 0: no limit

cdef Stream* stream_new() noexcept nogil
cdef bint stream_free_step(Stream* stream, int budget) noexcept nogil
cdef Stream* stream_copy(const Stream* stream) noexcept nogil
cdef size_t stream_bytes(const Stream* stream) noexcept nogil
cdef uint64_t stream_effort(const Stream* stream) noexcept nogil
cdef Ordered* stream_groups(Stream* stream) noexcept nogil
cdef void stream_append(Stream* stream, const StreamId* id, const void* words, size_t stride, int fields,
                        size_t bytes, const Limits* limits) noexcept nogil
cdef void stream_append_node(Stream* stream, const StreamId* id, char* take_packed) noexcept nogil
cdef bint stream_remove(Stream* stream, const StreamId* id) noexcept nogil
cdef int64_t stream_trim(Stream* stream, const Trim* trim) noexcept nogil
cdef void stream_reset_first_id(Stream* stream) noexcept nogil
cdef bint stream_last_entry_id(const Stream* stream, StreamId* id) noexcept nogil
cdef bint stream_has(const Stream* stream, const StreamId* id) noexcept nogil
cdef bint stream_has_deleted_after(const Stream* stream, const StreamId* id) noexcept nogil
cdef int64_t stream_entries_until(const Stream* stream, const StreamId* id) noexcept nogil
cdef uint64_t stream_rax_nodes(const Stream* stream) noexcept nogil

cdef void walk_start(StreamWalk* walk, const Stream* stream, const StreamId* first, const StreamId* last,
                     bint backwards) noexcept nogil
cdef bint walk_next(StreamWalk* walk) noexcept nogil


cdef inline int64_t packed_int(const char* p) noexcept nogil:
    """An element that is known to be an integer."""
    cdef View text
    cdef int64_t number = 0
    lp_get(p, &text, &number)
    return number
