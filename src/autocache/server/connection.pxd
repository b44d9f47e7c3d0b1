# One client's socket: what came in and is not run yet, what is to go out and is not written yet.
from libc.stdint cimport int64_t, uint32_t, uint64_t

from autocache.commands.context cimport Engine, Session
from autocache.resp.out cimport Out
from autocache.resp.parser cimport Arg, Parser

cdef enum:
    READ_BYTES = 65536                  # how much is read at a time

    CLASS_NORMAL = 0
    CLASS_REPLICA = 1
    CLASS_PUBSUB = 2
    CLASSES = 3

    # Why a connection ended, as INFO and the log count it.
    END_NONE = 0
    END_PEER = 1                        # it closed, or the socket broke
    END_ASKED = 2                       # QUIT, CLIENT KILL, a protocol error
    END_OUTPUT_LIMIT = 3
    END_QUERY_LIMIT = 4

cdef struct OutputLimit:                # client-output-buffer-limit of one class; 0 is none
    uint64_t hard_bytes
    uint64_t soft_bytes
    int64_t soft_ms

cdef struct Io:                         # what all connections of a loop share
    Engine* engine
    int epoll
    char* read_buffer                   # READ_BYTES, lent to whoever reads
    Arg* args                           # lent to whoever parses, or NULL while somebody keeps it
    int args_capacity
    char* write_buffer                  # lent to whoever replies, or NULL
    size_t write_capacity
    Connection* unflushed               # those with something to write that came from elsewhere
    Connection* ended                   # those to be freed when the round is over
    Connection* parked                  # those that wait, in no order
    int64_t park_due_ms                 # no wait of theirs ends before this
    Connection* resumed                 # those whose wait has ended, to go on when the round does; in order
    Connection* resumed_last
    uint64_t query_bytes_max
    int64_t bulk_bytes_max
    OutputLimit limits[CLASSES]
    uint64_t net_in_bytes
    uint64_t net_out_bytes
    uint64_t reads
    uint64_t writes
    uint64_t output_limit_closed
    uint64_t query_limit_closed

cdef struct Connection:
    Session session                     # first, so that a Session* leads back here
    Io* io
    int fd
    int end                             # END_*
    Parser parser
    Out out
    size_t sent                         # bytes of `out` that are written, long values included
    char* data                          # received: a buffer of its own, or the shared one during a round
    size_t len
    size_t start                        # where the request begins that is not complete
    size_t position                     # how far it is parsed
    size_t capacity                     # of its own buffer; 0 if it has none
    bint retry                          # the parsed request is to be executed again
    bint queued                         # it stands on `unflushed`
    bint waits_writable
    bint listed                         # it stands on `parked`
    bint resumes                        # it stands on `resumed`
    uint32_t events                     # what epoll watches for
    int64_t over_soft_ms                # since when it is over the soft limit, or 0
    uint64_t net_in_bytes
    uint64_t net_out_bytes
    Connection* next_unflushed
    Connection* next_ended
    Connection* next_parked
    Connection* prev_parked
    Connection* next_resumed
    void* client                        # the Python object that owns this record

cdef void connection_init(Connection* connection, Io* io, int fd) noexcept nogil
cdef void connection_free(Connection* connection) noexcept nogil
cdef void connection_ready(Connection* connection, uint32_t events) noexcept nogil
cdef void connection_answer_wait(Connection* connection, bint unblocked) noexcept nogil
cdef void connection_resume(Connection* connection) noexcept nogil
cdef void end_waits(Io* io) noexcept nogil
cdef void resume_waiting(Io* io) noexcept nogil
cdef void end_pauses(Io* io) noexcept nogil
cdef void connection_end(Connection* connection, int why) noexcept nogil
cdef void connection_flush(Connection* connection) noexcept nogil
cdef void connection_drain(Connection* connection) noexcept nogil
cdef void connection_check_limit(Connection* connection) noexcept nogil
cdef void connection_queue(Connection* connection) noexcept nogil
cdef Out* connection_outbox(Connection* connection) noexcept nogil
cdef size_t connection_output_bytes(const Connection* connection) noexcept nogil
cdef size_t connection_pending(const Connection* connection) noexcept nogil
