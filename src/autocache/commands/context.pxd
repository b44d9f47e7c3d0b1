# What a command function is handed: the request, the session it came from, and the engine it runs on.
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from autocache.base.bytes cimport View
from autocache.codec.rdb cimport Writer
from autocache.keyspace.db cimport Db, Keyspace
from autocache.types.entry cimport Entry
from autocache.types.table cimport Table
from autocache.memory.blob cimport Blob
from autocache.resp.out cimport Out
from autocache.resp.parser cimport Arg

cdef enum:
    # Flags of a command: the bits of declare.FLAGS.
    CMD_WRITE = 1 << 0
    CMD_READONLY = 1 << 1
    CMD_DENYOOM = 1 << 2
    CMD_ADMIN = 1 << 4
    CMD_PUBSUB = 1 << 5
    CMD_NOSCRIPT = 1 << 6
    CMD_BLOCKING = 1 << 7
    CMD_LOADING = 1 << 8
    CMD_STALE = 1 << 9
    CMD_SKIP_MONITOR = 1 << 10
    CMD_SKIP_SLOWLOG = 1 << 11
    CMD_FAST = 1 << 13
    CMD_NO_AUTH = 1 << 14
    CMD_MAY_REPLICATE = 1 << 15
    CMD_NO_MULTI = 1 << 17
    CMD_ALLOW_BUSY = 1 << 19
    CMD_NO_QUEUE = 1 << 24              # runs at once even after MULTI
    CMD_RUNS_QUEUE = 1 << 25            # EXEC
    CMD_ENDS_QUEUE = 1 << 26            # runs or drops the queue: never refused because a transaction takes memory
    CMD_MAY_HAVE_NO_KEYS = 1 << 27      # that a request names no key is no mistake
    CMD_WHILE_SUBSCRIBED = 1 << 28      # a session of RESP2 may run it although it is subscribed

    # What a command does to a key: the bits of declare.KEY_FLAGS.
    KEY_RO = 1 << 0                     # reads
    KEY_RW = 1 << 1                     # reads and writes
    KEY_OW = 1 << 2                     # writes over
    KEY_RM = 1 << 3                     # removes
    KEY_ACCESS = 1 << 4                 # the value is shown or depended on
    KEY_UPDATE = 1 << 5
    KEY_INSERT = 1 << 6
    KEY_DELETE = 1 << 7
    KEY_NOT_KEY = 1 << 8                # goes by slot like a key, but is none: a sharded channel
    KEY_INCOMPLETE = 1 << 9
    KEY_VARIABLE_FLAGS = 1 << 10

    PLACE_SPAN = 0                      # where keys are: at fixed positions
    PLACE_COUNTED = 1                   # after their number
    PLACE_KEYWORD = 2                   # after a word
    PLACE_UNKNOWN = 3
    KEY_PLACES_MAX = 3
    KEYWORD_BYTES = 16

    FINDER_NONE = 0                     # declare.FINDERS
    FINDER_SET = 1
    FINDER_BITFIELD = 2
    FINDER_SORT = 3
    FINDER_MIGRATE = 4

    # Flags of a session.
    S_MULTI = 1 << 0                    # MULTI was said; commands queue
    S_DIRTY_WATCH = 1 << 1              # a watched key changed: EXEC answers null
    S_DIRTY_EXEC = 1 << 2               # a command could not be queued: EXEC refuses
    S_AUTHENTICATED = 1 << 3
    S_CLOSE = 1 << 4                    # close once what is to be written is written
    S_REPLY_OFF = 1 << 5
    S_REPLY_SKIP = 1 << 6               # this command's reply is dropped
    S_REPLY_SKIP_NEXT = 1 << 7          # the next one's will be
    S_MONITOR = 1 << 8
    S_NO_EVICT = 1 << 9
    S_NO_TOUCH = 1 << 10
    S_PARKED = 1 << 11                  # waits; no further command of it runs
    S_IN_EXEC = 1 << 12                 # its transaction is running
    S_TRACKING = 1 << 13
    S_TRACKING_BCAST = 1 << 14
    S_TRACKING_OPTIN = 1 << 15
    S_TRACKING_OPTOUT = 1 << 16
    S_TRACKING_CACHING = 1 << 17        # CLIENT CACHING was said for the next command
    S_TRACKING_NOLOOP = 1 << 18
    S_TRACKING_BROKEN = 1 << 19         # the client it redirects to is gone
    S_UNIX_SOCKET = 1 << 20
    S_KILLED = 1 << 21                  # to be closed without writing what is left
    S_PUBSUB = 1 << 22                  # it is subscribed to something
    S_IN_SCRIPT = 1 << 23               # its script is running

    # Reasons why a command cannot take the short way.
    GATE_AUTH = 1 << 0                  # a password is set
    GATE_MONITOR = 1 << 1
    GATE_MEMORY = 1 << 2                # maxmemory is set
    GATE_TRACKING = 1 << 3
    GATE_PAUSE_WRITE = 1 << 4
    GATE_PAUSE_ALL = 1 << 5

    PARK_NONE = 0
    PARK_WAIT = 1                       # WAIT: answered at its deadline
    PARK_PAUSE = 2                      # CLIENT PAUSE: the command runs when the pause ends
    PARK_KEYS = 3                       # BLPOP and the like: the command runs again when a key is ready

    OBSERVED_WATCH = 1                  # bits of Keyspace.observed
    OBSERVED_TRACKING = 2
    OBSERVED_WAITING = 4

    # What a subscription can be to.
    SUB_CHANNEL = 0
    SUB_PATTERN = 1
    SUB_SHARD = 2
    SUB_KINDS = 3

    HISTOGRAM_BUCKETS = 32              # bucket n counts calls of up to 2^n * 1024 ns
    ERROR_KINDS_MAX = 128
    ERROR_KIND_BYTES = 32

ctypedef void (*Handler)(Request* request) noexcept nogil
# Where to append what another session is to be told unasked; it is written soon after.
ctypedef Out* (*Outbox)(void* server, Session* target) noexcept nogil
# Tells the server that a parked session was answered and may go on.
ctypedef void (*Resume)(void* server, Session* session) noexcept nogil

cdef struct KeyPlace:                   # a key specification: see declare.KeySpec, whose fields these are
    int kind                            # PLACE_*
    uint32_t flags                      # KEY_*
    int begin
    int last
    int step
    int limit
    char keyword[KEYWORD_BYTES]         # lower case, ends with a zero
    int keyword_len

cdef struct Command:
    const char* name                    # lower case; "container|sub" for a subcommand
    size_t name_len
    const char* word                    # the last part of the name: what a client writes
    size_t word_len
    int arity
    uint64_t flags
    Handler handler
    int first_key                       # as COMMAND INFO shows it, or 0
    KeyPlace places[KEY_PLACES_MAX]     # where its keys are (keypos.pyx)
    int place_count
    int finder                          # FINDER_*: what finds the keys instead
    Command* subcommands
    int subcommand_count
    void* spec                          # a Spec, borrowed
    void* function                      # the Python function of a command that is not compiled, borrowed
    uint64_t calls
    uint64_t ns
    uint64_t rejected
    uint64_t failed
    uint64_t histogram[HISTOGRAM_BUCKETS]

cdef struct Queued:                     # one command of a transaction; owns its arguments
    Command* command
    Arg* args
    int count

cdef struct Watch:                      # one watched key of a session; owns the key's bytes
    int db
    char* key
    size_t key_len
    bint expired                        # it had expired when WATCH was said

cdef struct EntryList:                  # entries of a table, borrowed
    Entry** items
    uint32_t count
    uint32_t capacity

cdef struct Subscriptions:              # of one session, by SUB_: in the order in which they were made
    EntryList kinds[SUB_KINDS]

cdef struct PubSub:
    Table tables[SUB_KINDS]             # by SUB_: name -> sessions that are subscribed, in order
    EntryList patterns                  # in the order in which they were first subscribed to
    Out message                         # the message that is being sent, written once
    Out kept                            # what a session that wants no replies is told by its own command

cdef struct Wait:                       # what a session that waits for keys asked, and for which of its arguments
    Queued request
    int db
    int first
    int count
    int step
    int type                            # TYPE_* that the command can use
    bint wakes_on_absence

cdef struct Session:
    uint64_t id
    uint64_t flags
    Db* db
    Command* last_command
    Queued* queue
    int queued
    int queue_capacity
    size_t queue_bytes
    uint64_t queue_flags                # of all queued commands together
    Watch* watches
    int watch_count
    int watch_capacity
    int park                            # PARK_*
    int64_t park_deadline_ms            # or 0 for ever
    Wait* wait                          # owned; NULL unless PARK_KEYS
    int64_t created_ms
    int64_t active_ms
    uint64_t commands
    uint64_t redirect                   # CLIENT TRACKING REDIRECT: the id of the session to tell instead, or 0
    Subscriptions* subscriptions        # owned: NULL while there are none
    void* notes                         # owned: a Python object (session.pyx), or NULL until it has anything to hold
    void* client                        # the server's record of the connection, or NULL

cdef struct Request:
    Engine* engine
    Keyspace* ks
    Session* session
    Db* db
    Arg* argv
    int argc
    Out* out
    Command* command
    View wake                           # a command that waited: the key that is ready; else NULL

cdef struct Prefix:                     # CLIENT TRACKING BCAST PREFIX; owns its text
    char* text
    size_t len
    Session** sessions                  # who wants to know of changes of keys that begin so
    size_t count
    size_t capacity
    Table changed                       # keys changed since the last broadcast -> id of the session that did it last

cdef struct ErrorKind:
    char name[ERROR_KIND_BYTES]
    uint64_t count

cdef struct Engine:
    Keyspace ks
    uint64_t gates
    uint64_t now_ns                     # monotonic, read after each command
    int64_t wall_offset_ns              # wall clock = now_ns + this
    bint clock_is_set                   # a test set the time; do not read the wall clock
    int64_t slow_ns                     # slower commands enter the slow log; -1: none
    int64_t latency_ns                  # slower ones are latency events; 0: none
    bint histograms
    int64_t bulk_bytes_max              # the longest string that a command may make (proto-max-bulk-len)
    uint64_t commands_run
    uint64_t errors_replied
    uint64_t errors_not_counted
    ErrorKind error_kinds[ERROR_KINDS_MAX]
    int error_kind_count
    Command* table                      # all commands
    int table_count
    Command** lookup                    # open-addressed by name
    uint64_t lookup_mask
    Table watched                       # "db:key" -> sessions that watch it
    Table waiting                       # "db:key" -> sessions that wait for it, in order (blocking.pyx)
    View* ready                         # owned: names of keys that somebody waits for and that have changed, in order
    uint64_t ready_first                # how many of them were served already
    uint64_t ready_count
    uint64_t ready_capacity
    uint64_t absence_waits              # sessions that wait and want to know, too, when a key goes away
    uint64_t session_ids
    Session** sessions                  # all sessions, open-addressed by id (session.pyx)
    uint64_t sessions_mask
    uint64_t session_count
    Session* current                    # whose command is running
    Session* serving                    # whose request is being checked or run: what it has been sent may not move
    Table tracked                       # CLIENT TRACKING: key, of whatever database -> ids of those who read it
    uint64_t tracked_ids                # how many ids there are in it
    uint64_t tracked_keys_max           # tracking-table-max-keys; 0: no limit
    uint64_t tracked_over               # how many rounds in a row the limit was exceeded
    uint64_t tracking_sessions
    Prefix* prefixes                    # sorted by their text
    int prefix_count
    int prefix_capacity
    bint tracking_flushed               # a database was emptied by the running command
    PubSub pubsub
    Writer dumper                       # of DUMP; kept, because what compressing needs is slow to make
    Out own_pushes                      # what the client of the running command is told after its reply
    int64_t pause_until_ms              # wall clock; a pause is in force while a GATE_PAUSE_ bit is set
    Outbox outbox
    Resume resume
    void* server                        # the first argument of `outbox` and `resume`
    void* owner                         # the Cache that this engine is part of, borrowed
