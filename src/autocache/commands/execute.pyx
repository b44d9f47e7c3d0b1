"""The way that every command goes: look up, check, run, tell whoever has to know.

`execute` is called once per request, with nothing of Python in it. What most requests need no check for (a
password, MULTI, a memory limit, MONITOR, client tracking, a pause) is behind one test of two words: the
engine's `gates` and the session's flags. A rare command that is written in Python is called through
`python_handler`, by the same way.

The order of the checks is redis-server's (processCommand), for a client sees it: existence, arity, password,
memory, pause, then the queue of a transaction. What is refused between MULTI and EXEC makes EXEC fail; an
EXEC that is itself refused drops the transaction.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy, memset

from autocache.base.bytes cimport View, log2_floor, same_word, unlikely
from autocache.base.clock cimport monotonic_ns, wall_us
from autocache.commands.blocking cimport (
    blocking_clear,
    blocking_forget,
    blocking_observe,
    drop_ready,
    next_ready,
    waiters_of,
)
from autocache.codec.rdb cimport writer_free, writer_init
from autocache.commands.bridge cimport call_python, note_latency, note_monitor, note_slow
from autocache.commands.context cimport *
from autocache.commands.keypos cimport fill_places
from autocache.commands.notifications cimport publish_event
from autocache.commands.session cimport (
    notes_free,
    queue_command,
    session_register,
    session_unregister,
    transaction_forget,
    watch_observe,
)
from autocache.commands.subscriptions cimport (
    deliver_kept,
    subscriptions_clear,
    subscriptions_forget,
    subscriptions_init,
)
from autocache.commands.tracking cimport (
    tracking_after_call,
    tracking_clear,
    tracking_deliver,
    tracking_forget,
    tracking_limit,
    tracking_note_read,
    tracking_observe,
)
from autocache.keyspace.db cimport keyspace_clear, keyspace_init, keyspace_set_now
from autocache.keyspace.eviction cimport evict
from autocache.memory.alloc cimport mem_free, mem_used, mem_zalloc
from autocache.resp.out cimport Out, out_cut, out_error, out_error_form, out_raw
from autocache.resp.parser cimport Arg
from autocache.types.entry cimport Entry, entry_expired, entry_release, entry_type
from autocache.types.table cimport Table, hash_bytes, slot_entry, table_clear, table_find, table_init

cdef enum:
    # Flags of a session that keep its commands from the short way.
    S_SLOW_WAY = S_MULTI | S_REPLY_OFF | S_REPLY_SKIP | S_REPLY_SKIP_NEXT | S_TRACKING | S_PUBSUB
    S_SILENT = S_REPLY_OFF | S_REPLY_SKIP
    GATE_PAUSE = GATE_PAUSE_WRITE | GATE_PAUSE_ALL
    TRACKED_KEYS_MAX = 1000000          # tracking-table-max-keys until it is configured
    ABORT_REASON_BYTES_MAX = 127        # how much of the error that refused EXEC is repeated: all of it
    BULK_BYTES_MAX = 536870912          # proto-max-bulk-len until it is configured
    NAME_BYTES_MAX = 64                 # a longer word names no command, and is not worth hashing
    UNKNOWN_ARGS_BYTES_MAX = 128        # how much of its arguments the error for an unknown command shows


cdef const char* ONLY_SUBSCRIBE = (
    b"ERR Can't execute '%': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
)


# --- the engine


cdef Command* fill(Command* command, object spec) except NULL:
    """Make the C record of a declaration; names are borrowed from the Spec, which lives as long as the
    process.
    """
    cdef bytes name = spec.encoded_name
    cdef bytes word = spec.encoded_word
    command.name = name
    command.name_len = len(name)
    command.word = word
    command.word_len = len(word)
    command.arity = spec.arity
    command.flags = spec.bits
    command.handler = <Handler><size_t>spec.handler if spec.handler else python_handler
    command.first_key = spec.key_range[0]
    fill_places(command, spec)
    command.spec = <PyObject*>spec
    command.function = <PyObject*>spec.function if spec.function is not None else NULL
    command.subcommand_count = len(spec.subcommands)
    if command.subcommand_count:
        command.subcommands = <Command*>mem_zalloc(command.subcommand_count * sizeof(Command))
        for i, child in enumerate(spec.subcommands):
            fill(&command.subcommands[i], child)
    return command


cdef int engine_init(Engine* engine, list specs, int db_count, uint64_t seed) except -1:
    """Make an engine with the declared commands and `db_count` empty databases."""
    cdef uint64_t at
    cdef int i
    memset(engine, 0, sizeof(Engine))
    keyspace_init(&engine.ks, db_count, seed)
    writer_init(&engine.dumper, True)
    table_init(&engine.watched, engine.ks.seeds)
    table_init(&engine.waiting, engine.ks.seeds)
    table_init(&engine.tracked, engine.ks.seeds)
    subscriptions_init(engine)
    engine.tracked_keys_max = TRACKED_KEYS_MAX
    engine.outbox = no_outbox
    engine.resume = no_resume
    engine.ks.observe = observe
    engine.ks.observer = engine
    engine.ks.publish = publish_event
    engine.slow_ns = -1
    engine.histograms = True
    engine.bulk_bytes_max = BULK_BYTES_MAX
    engine.table_count = len(specs)
    engine.table = <Command*>mem_zalloc(engine.table_count * sizeof(Command))
    engine.lookup_mask = 1023
    while engine.lookup_mask < <uint64_t>engine.table_count * 8:
        engine.lookup_mask = engine.lookup_mask * 2 + 1
    engine.lookup = <Command**>mem_zalloc((engine.lookup_mask + 1) * sizeof(void*))
    for i in range(engine.table_count):
        fill(&engine.table[i], specs[i])
        at = name_hash(engine.table[i].name, engine.table[i].name_len) & engine.lookup_mask
        while engine.lookup[at] != NULL:
            at = (at + 1) & engine.lookup_mask
        engine.lookup[at] = &engine.table[i]
    engine_refresh_clock(engine)
    return 0


cdef void engine_free(Engine* engine) noexcept:
    """Free everything; sessions must have been freed before."""
    cdef int i
    for i in range(engine.table_count):
        mem_free(engine.table[i].subcommands)
    mem_free(engine.table)
    mem_free(engine.lookup)
    mem_free(engine.sessions)
    writer_free(&engine.dumper)
    table_clear(&engine.watched, entry_release, NULL)
    tracking_clear(engine)
    subscriptions_clear(engine)
    blocking_clear(engine)
    engine.ks.observed = 0
    keyspace_clear(&engine.ks)


cdef void engine_refresh_clock(Engine* engine) noexcept nogil:
    """Read both clocks; the loop calls this before it runs commands and at each tick."""
    engine.now_ns = monotonic_ns()
    if not engine.clock_is_set:
        engine.wall_offset_ns = wall_us() * 1000 - <int64_t>engine.now_ns
        keyspace_set_now(&engine.ks, (<int64_t>engine.now_ns + engine.wall_offset_ns) // 1000000)


cdef Out* no_outbox(void* server, Session* target) noexcept nogil:
    """Without a server, nobody can be told anything."""
    return NULL


cdef void no_resume(void* server, Session* session) noexcept nogil:
    """Nobody waits for the session to go on."""


cdef void observe(void* context, int event, int db, View key) noexcept nogil:
    """Told of every change of a key, while somebody watches, tracks or waits."""
    cdef Engine* engine = <Engine*>context
    if engine.watched.count:
        watch_observe(engine, event, db, key)
    if engine.waiting.count:
        blocking_observe(engine, event, db, key)
    if engine.gates & GATE_TRACKING:
        tracking_observe(engine, event, db, key)


# --- sessions


cdef void session_init(Engine* engine, Session* session) noexcept nogil:
    """A new session on database 0. It may not move in memory until it is freed.

    One that begins while no password is set counts as authenticated, also when one is set later.
    """
    memset(session, 0, sizeof(Session))
    session_register(engine, session)
    if not engine.gates & GATE_AUTH:
        session.flags = S_AUTHENTICATED
    session.db = &engine.ks.dbs[0]
    session.created_ms = session.active_ms = engine.ks.now_ms


cdef void session_free(Engine* engine, Session* session) noexcept nogil:
    """End a session: its waits, transaction, watches, tracking, subscriptions and names."""
    blocking_forget(engine, session)
    transaction_forget(engine, session)
    tracking_forget(engine, session)
    subscriptions_forget(engine, session)
    notes_free(session)
    session_unregister(engine, session)


# --- looking up


cdef inline uint64_t name_hash(const char* name, size_t length) noexcept nogil:
    cdef uint64_t hash = length
    cdef size_t i
    for i in range(length):
        hash = (hash ^ <unsigned char>(name[i] | 32)) * 0x9E3779B97F4A7C15ULL
    return hash >> 40


cdef Command* find_command(Engine* engine, const Arg* argv, int argc) noexcept nogil:
    """The command that the first words of a request name: a subcommand, its container if that has no such
    subcommand, or NULL."""
    cdef uint64_t at
    cdef Command* command
    cdef Command* child
    cdef int i
    if argv[0].len > NAME_BYTES_MAX:
        return NULL
    at = name_hash(argv[0].ptr, argv[0].len) & engine.lookup_mask
    while True:
        command = engine.lookup[at]
        if command == NULL:
            return NULL
        if same_word(argv[0].ptr, argv[0].len, command.name, command.name_len):
            break
        at = (at + 1) & engine.lookup_mask
    if command.subcommand_count and argc > 1:
        for i in range(command.subcommand_count):
            child = &command.subcommands[i]
            if same_word(argv[1].ptr, argv[1].len, child.word, child.word_len):
                return child
    return command


cdef bint arity_is_right(const Command* command, int argc) noexcept nogil:
    return argc == command.arity if command.arity >= 0 else argc >= -command.arity


cdef void reply_unknown(const Arg* argv, int argc, Out* out) noexcept nogil:
    cdef size_t room = UNKNOWN_ARGS_BYTES_MAX
    cdef size_t length, start, i
    cdef const void* zero
    cdef int arg
    out_error_form(out, b"ERR unknown command '%', with args beginning with: ", argv[0].ptr, argv[0].len)
    out.len -= 2
    start = out.len
    for arg in range(1, argc):
        length = argv[arg].len if argv[arg].len < room else room
        zero = memchr(argv[arg].ptr, 0, length)
        if zero != NULL:
            length = <const char*>zero - argv[arg].ptr
        out_raw(out, b"'", 1)
        out_raw(out, argv[arg].ptr, length)
        out_raw(out, b"' ", 2)
        if length + 3 >= room:
            break
        room -= length + 3
    for i in range(start, out.len):
        if out.data[i] == c'\r' or out.data[i] == c'\n':
            out.data[i] = c' '
    out_raw(out, b"\r\n", 2)


cdef void reply_unknown_subcommand(const Command* command, const Arg* argv, Out* out) noexcept nogil:
    cdef char form[128]
    cdef size_t i
    cdef size_t at
    memcpy(form, b"ERR unknown subcommand '%'. Try ", 32)
    at = 32
    for i in range(command.name_len):
        form[at + i] = command.name[i] - 32 if c'a' <= command.name[i] <= c'z' else command.name[i]
    at += command.name_len
    memcpy(form + at, b" HELP.\0", 7)
    out_error_form(out, form, argv[1].ptr, argv[1].len)


# --- errors


cdef void count_error(Engine* engine, const Out* out) noexcept nogil:
    """Count the newest error reply under its first word (INFO errorstats)."""
    cdef const char* word = out.data + out.error_at + 1
    cdef size_t length = 0
    cdef int i
    while out.error_at + 1 + length < out.len and word[length] > 32 and length < ERROR_KIND_BYTES - 1:
        length += 1
    engine.errors_replied += 1
    for i in range(engine.error_kind_count):
        if memcmp(engine.error_kinds[i].name, word, length) == 0 and engine.error_kinds[i].name[length] == 0:
            engine.error_kinds[i].count += 1
            return
    if engine.error_kind_count == ERROR_KINDS_MAX:
        engine.errors_not_counted += 1
        return
    i = engine.error_kind_count
    memcpy(engine.error_kinds[i].name, word, length)
    engine.error_kinds[i].name[length] = 0
    engine.error_kinds[i].count = 1
    engine.error_kind_count += 1


cdef void reject(Engine* engine, Session* session, Command* command, Out* out) noexcept nogil:
    """Book a command that was answered with an error instead of being run."""
    if command != NULL:
        command.rejected += 1
        if command.flags & CMD_RUNS_QUEUE:
            abort_exec(engine, session, out)
    if session.flags & S_MULTI:
        session.flags |= S_DIRTY_EXEC
    count_error(engine, out)
    out.errors = 0


cdef void abort_exec(Engine* engine, Session* session, Out* out) noexcept nogil:
    """EXEC itself was refused: drop the transaction, and say so in front of the reason."""
    cdef char reason[ABORT_REASON_BYTES_MAX + 1]
    cdef size_t at = out.error_at + 1
    cdef size_t length
    # The general code says nothing more; special ones stay.
    if memcmp(out.data + at, b"ERR ", 4) == 0:
        at += 4
    length = out.len - 2 - at
    if length > ABORT_REASON_BYTES_MAX:
        length = ABORT_REASON_BYTES_MAX
    memcpy(reason, out.data + at, length)
    reason[length] = 0
    out.len = out.error_at
    out_error_form(out, b"EXECABORT Transaction discarded because of: %", reason, length)
    transaction_forget(engine, session)


# --- running


cdef void python_handler(Request* request) noexcept nogil:
    call_python(request)


cdef void call(Request* request) noexcept nogil:
    """Run a command that all checks let pass, and book its time and its errors."""
    cdef Engine* engine = request.engine
    cdef Command* command = request.command
    cdef uint64_t start = engine.now_ns
    cdef uint64_t took, bucket
    cdef int64_t now_ms
    request.out.errors = 0
    command.handler(request)
    engine.now_ns = monotonic_ns()
    took = engine.now_ns - start
    if not engine.clock_is_set:
        now_ms = (<int64_t>engine.now_ns + engine.wall_offset_ns) // 1000000
        # In a transaction time stands still, so that its commands agree on what has expired.
        if now_ms != engine.ks.now_ms and not request.session.flags & S_IN_EXEC:
            keyspace_set_now(&engine.ks, now_ms)
    command.calls += 1
    command.ns += took
    engine.commands_run += 1
    if engine.histograms:
        bucket = <uint64_t>log2_floor(took | 1023) - 9 if took > 1024 else 0
        command.histogram[bucket if bucket < HISTOGRAM_BUCKETS else HISTOGRAM_BUCKETS - 1] += 1
    if unlikely(request.out.errors):
        command.failed += 1
        count_error(engine, request.out)
        request.out.errors = 0
    if unlikely(engine.slow_ns >= 0 and took >= <uint64_t>engine.slow_ns):
        # One that waits is entered when it is served.
        if not command.flags & CMD_SKIP_SLOWLOG and not request.session.flags & S_PARKED:
            note_slow(request, took)
    if unlikely(engine.latency_ns > 0 and took >= <uint64_t>engine.latency_ns):
        note_latency(engine, b"fast-command" if command.flags & CMD_FAST else b"command", took)
    if unlikely(engine.gates):
        after_call(request)


cdef void after_call(Request* request) noexcept nogil:
    """Tell those who look on. A transaction's commands come before their EXEC, as redis-server has it."""
    cdef Engine* engine = request.engine
    if engine.gates & GATE_MONITOR and not request.command.flags & (CMD_SKIP_MONITOR | CMD_ADMIN) \
            and not request.session.flags & S_CLOSE:    # QUIT is not shown
        note_monitor(request)
    if engine.gates & GATE_TRACKING:
        tracking_after_call(engine)
        # For what a script calls, and so not for EVAL_RO, the keys count that the script declared (scripting/calls).
        if request.command.flags & (CMD_READONLY | CMD_NOSCRIPT) == CMD_READONLY \
                and engine.current.flags & (S_TRACKING | S_IN_SCRIPT) == S_TRACKING:
            tracking_note_read(request)


cdef inline bint queues(const Session* session, const Command* command) noexcept nogil:
    """Whether a command waits for EXEC: after MULTI all do but EXEC, DISCARD, MULTI, WATCH, QUIT, RESET."""
    return session.flags & S_MULTI and not command.flags & CMD_NO_QUEUE


cdef inline uint64_t flags_of(const Session* session, const Command* command) noexcept nogil:
    """What a command may do: for EXEC, what any of the queued commands may."""
    return command.flags | session.queue_flags if command.flags & CMD_RUNS_QUEUE else command.flags


cdef bint make_room(Engine* engine) noexcept nogil:
    cdef uint64_t start = monotonic_ns()
    cdef bint made = evict(&engine.ks)
    cdef uint64_t took = monotonic_ns() - start
    if engine.latency_ns > 0 and took >= <uint64_t>engine.latency_ns:
        note_latency(engine, b"eviction-cycle", took)
    return made


cdef bint memory_allows(Engine* engine, Session* session, Command* command) noexcept nogil:
    """Make room if `maxmemory` is exceeded; False if there is none and the command would need it.

    A queue takes memory too: while there is none, a transaction can only be ended.
    """
    if mem_used() <= engine.ks.maxmemory_bytes or engine.gates & GATE_PAUSE or make_room(engine):
        return True
    if session.flags & S_MULTI and not command.flags & CMD_ENDS_QUEUE:
        return False
    return not flags_of(session, command) & CMD_DENYOOM


cdef bint pause_holds(Engine* engine, Session* session, Command* command) noexcept nogil:
    """Whether CLIENT PAUSE makes this command wait."""
    return engine.gates & GATE_PAUSE_ALL or flags_of(session, command) & (CMD_WRITE | CMD_MAY_REPLICATE)


cdef bint may_run(Engine* engine, Session* session, Request* request) noexcept nogil:
    """The checks of requests that cannot take the short way; True if the command shall run now."""
    cdef Command* command = request.command
    cdef Out* out = request.out
    if engine.gates & GATE_AUTH and not session.flags & S_AUTHENTICATED and not command.flags & CMD_NO_AUTH:
        out_error(out, b"NOAUTH Authentication required.")
        reject(engine, session, command, out)
        return False
    if session.flags & S_MULTI and command.flags & CMD_NO_MULTI:
        out_error(out, b"ERR Command not allowed inside a transaction")
        reject(engine, session, command, out)
        return False
    if engine.gates & GATE_MEMORY and not memory_allows(engine, session, command):
        out_error(out, b"OOM command not allowed when used memory > 'maxmemory'.")
        reject(engine, session, command, out)
        return False
    if engine.gates & GATE_TRACKING:
        tracking_limit(engine)
    if session.flags & S_PUBSUB and out.protocol == 2 and not command.flags & CMD_WHILE_SUBSCRIBED:
        # In RESP2 a client could not tell a message from a reply.
        out_error_form(out, ONLY_SUBSCRIBE, command.name, command.name_len)
        reject(engine, session, command, out)
        return False
    if engine.gates & GATE_PAUSE and pause_holds(engine, session, command):
        session.flags |= S_PARKED
        session.park = PARK_PAUSE
        session.park_deadline_ms = 0
        return False
    if queues(session, command):
        queue_command(session, request)
        out_raw(out, b"+QUEUED\r\n", 9)
        return False
    return True


cdef void pause_begin(Engine* engine, int64_t until_ms, bint writes_only) noexcept nogil:
    """Let commands, or only those that write, wait until a wall-clock time. A pause in force only grows.

    While it lasts, no key expires or is evicted, so that replicas see no change at all.
    """
    engine.gates |= GATE_PAUSE_WRITE if writes_only else GATE_PAUSE_ALL | GATE_PAUSE_WRITE
    if until_ms > engine.pause_until_ms:
        engine.pause_until_ms = until_ms
    engine.ks.frozen = True


cdef void pause_end(Engine* engine) noexcept nogil:
    """End a pause: the server calls this at `pause_until_ms`, CLIENT UNPAUSE earlier."""
    engine.gates &= ~<uint64_t>GATE_PAUSE
    engine.pause_until_ms = 0
    engine.ks.frozen = False


cdef bint is_foreign(const Arg* word) noexcept nogil:
    """Whether a request is HTTP's: a web page can make a browser send one into the user's network."""
    return same_word(word.ptr, word.len, b"post", 4) or same_word(word.ptr, word.len, b"host:", 5)


cdef Command* admit(Engine* engine, Session* session, Arg* argv, int argc, Out* out) noexcept nogil:
    """The command that a request names, if it exists and fits the arguments; else it is refused, and NULL."""
    cdef Command* command = find_command(engine, argv, argc)
    if unlikely(command == NULL):
        session.last_command = NULL
        if is_foreign(&argv[0]):
            session.flags |= S_KILLED
            return NULL
        reply_unknown(argv, argc, out)
        reject(engine, session, NULL, out)
        return NULL
    if unlikely(command.subcommand_count and argc > 1):
        session.last_command = NULL
        reply_unknown_subcommand(command, argv, out)
        reject(engine, session, NULL, out)
        return NULL
    session.last_command = command
    if unlikely(not arity_is_right(command, argc)):
        out_error_form(out, b"ERR wrong number of arguments for '%' command", command.name, command.name_len)
        reject(engine, session, command, out)
        return NULL
    return command


cdef inline void run(Engine* engine, Session* session, Request* request) noexcept nogil:
    engine.current = session
    session.commands += 1
    engine.ks.no_touch = session.flags & S_NO_TOUCH != 0
    call(request)
    engine.current = NULL


cdef inline void fill_request(Request* request, Engine* engine, Session* session, Command* command, Arg* argv,
                              int argc, Out* out) noexcept nogil:
    request.engine = engine
    request.ks = &engine.ks
    request.session = session
    request.db = session.db
    request.argv = argv
    request.argc = argc
    request.out = out
    request.command = command
    request.wake.ptr = NULL


cdef void execute(Engine* engine, Session* session, Arg* argv, int argc, Out* out) noexcept nogil:
    """Do what a request asks and append the reply, if there is one yet.

    `session.flags` tells what else came of it: S_CLOSE (write what is there, then close), S_KILLED (close),
    or S_PARKED: the session waits, and `session.park` says for what. With PARK_PAUSE, the same request is to
    be executed again when the pause has ended (take S_PARKED away first); with PARK_WAIT, `answer_wait`
    answers it, and with PARK_KEYS either does that or a later command of another session.
    """
    cdef Request request
    cdef Command* command
    if unlikely(engine.gates or session.flags & S_SLOW_WAY):
        execute_slowly(engine, session, argv, argc, out)
    else:
        command = admit(engine, session, argv, argc, out)
        if unlikely(command == NULL):
            return
        fill_request(&request, engine, session, command, argv, argc, out)
        run(engine, session, &request)
    if unlikely(engine.own_pushes.len):
        tracking_deliver(engine)
    if unlikely(engine.ready_count):
        serve_ready(engine)


cdef void execute_slowly(Engine* engine, Session* session, Arg* argv, int argc, Out* out) noexcept nogil:
    """`execute`, where something has to be checked first or the reply may have to be dropped."""
    cdef Request request
    cdef Command* command
    cdef size_t start = out.len
    cdef size_t pieces = out.piece_count
    cdef bint was_silent
    if session.flags & S_REPLY_SKIP_NEXT:
        session.flags = (session.flags & ~<uint64_t>S_REPLY_SKIP_NEXT) | S_REPLY_SKIP
    was_silent = session.flags & S_SILENT != 0
    engine.serving = session
    command = admit(engine, session, argv, argc, out)
    if command != NULL:
        fill_request(&request, engine, session, command, argv, argc, out)
        if may_run(engine, session, &request):
            # Only commands that write see keys expire during a pause.
            engine.ks.frozen = engine.gates & GATE_PAUSE and not command.flags & CMD_WRITE
            run(engine, session, &request)
            engine.ks.frozen = engine.gates & GATE_PAUSE != 0
    engine.serving = NULL
    if session.flags & S_PARKED:
        deliver_kept(engine, out)
        return
    # What turns the replies off is not answered, and what turns them on is.
    if was_silent and session.flags & S_SILENT:
        out_cut(out, start, pieces)
    session.flags &= ~<uint64_t>S_REPLY_SKIP
    if session.flags & S_TRACKING_CACHING and not session.flags & S_MULTI and not is_client_command(command):
        session.flags &= ~<uint64_t>S_TRACKING_CACHING
    deliver_kept(engine, out)


cdef bint is_client_command(const Command* command) noexcept nogil:
    """CLIENT CACHING holds for the next command that is not a CLIENT subcommand itself."""
    return command != NULL and command.name_len > 7 and memcmp(command.name, b"client|", 7) == 0


cdef void call_queued(Request* exec, Queued* queued) noexcept nogil:
    """Run one command of a transaction: all its checks were made when it was queued."""
    cdef Request request
    cdef Engine* engine = exec.engine
    cdef Session* session = exec.session
    cdef size_t start = exec.out.len
    cdef size_t pieces = exec.out.piece_count
    cdef bint was_silent = session.flags & S_SILENT != 0
    fill_request(&request, engine, session, queued.command, queued.args, queued.count, exec.out)
    if engine.gates & GATE_PAUSE:
        engine.ks.frozen = not queued.command.flags & CMD_WRITE
    call(&request)
    if was_silent and session.flags & S_SILENT:
        out_cut(exec.out, start, pieces)


# --- waking those who wait for keys


cdef void serve_ready(Engine* engine) noexcept nogil:
    """Serve the sessions that wait for keys which the command just run has changed; blocking.pyx says in what order.

    What they do may make further keys ready (BLMOVE does), so this goes on until none is.
    """
    cdef int db
    cdef View key
    while next_ready(engine, &db, &key):
        serve_key(engine, db, key)
        drop_ready(engine)


cdef Entry* present(Engine* engine, int db, View key) noexcept nogil:
    """The entry of a key that has not expired, with nothing else happening; or NULL."""
    cdef Table* table = &engine.ks.dbs[db].table
    cdef uint64_t* slot = table_find(table, key, hash_bytes(&table.seeds, key.ptr, key.len))
    if slot == NULL or entry_expired(slot_entry(slot), engine.ks.now_ms):
        return NULL
    return slot_entry(slot)


cdef bint is_wanted(const Session* session, const Entry* entry) noexcept nogil:
    """Whether a waiting session can do something with what its key holds now."""
    if session.flags & (S_KILLED | S_CLOSE):
        return False
    if entry != NULL and entry_type(entry) == session.wait.type:
        return True
    return session.wait.wakes_on_absence


cdef void serve_key(Engine* engine, int db, View key) noexcept nogil:
    """Run the requests that wait for a key again, the oldest first, each once and until the key is gone."""
    cdef uint64_t count, left
    cdef uint64_t at = 0
    cdef Session** sessions = waiters_of(engine, db, key, &count)
    cdef Entry* entry = present(engine, db, key)
    left = count
    while left and at < count and (entry != NULL or engine.absence_waits):
        left -= 1
        if not is_wanted(sessions[at], entry):
            at += 1
            continue
        at += not rerun(engine, sessions[at], key)
        sessions = waiters_of(engine, db, key, &count)
        entry = present(engine, db, key)


cdef bint rerun(Engine* engine, Session* session, View key) noexcept nogil:
    """Run a parked request again, for one of its keys; False if it goes on waiting."""
    cdef Request request
    cdef Queued* parked = &session.wait.request
    cdef Out* out = engine.outbox(engine.server, session)
    cdef size_t start, pieces
    cdef uint64_t took
    if out == NULL:
        return False                    # it reads too slowly, and has been closed
    start = out.len
    pieces = out.piece_count
    fill_request(&request, engine, session, parked.command, parked.args, parked.count, out)
    request.wake = key
    session.flags &= ~<uint64_t>S_PARKED
    engine.current = session
    engine.ks.no_touch = session.flags & S_NO_TOUCH != 0
    out.errors = 0
    took = monotonic_ns()
    parked.command.handler(&request)
    took = monotonic_ns() - took
    engine.current = NULL
    if session.flags & S_PARKED:
        deliver_kept(engine, out)
        return False
    if out.errors:
        parked.command.failed += 1
        count_error(engine, out)
        out.errors = 0
    if session.flags & S_SILENT:
        out_cut(out, start, pieces)
        session.flags &= ~<uint64_t>S_REPLY_SKIP
    deliver_kept(engine, out)
    parked.command.ns += took
    if engine.slow_ns >= 0 and took >= <uint64_t>engine.slow_ns:
        note_slow(&request, took)
    blocking_forget(engine, session)
    if engine.gates & GATE_TRACKING:
        tracking_after_call(engine)
    if engine.own_pushes.len:
        tracking_deliver(engine)
    engine.resume(engine.server, session)
    return True
