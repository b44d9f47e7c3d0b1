"""The way that every command goes: look up, check, run, tell whoever has to know.

`execute` is called once per request, with nothing of Python in it. What most requests need no check for (a password,
MULTI, a memory limit, MONITOR, client tracking, a pause) is behind one test of two words: the engine's `gates` and
the session's flags. A rare command that is written in Python is called through `python_handler`, by the same way.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from autocache.base.bytes cimport View, log2_floor, same_word, unlikely
from autocache.base.clock cimport monotonic_ns, wall_us
from autocache.commands.bridge cimport call_python, note_latency, note_monitor, note_slow
from autocache.commands.context cimport *
from autocache.commands.tracking cimport tracking_forget, tracking_note_read, tracking_observe
from autocache.commands.session cimport queue_command, transaction_forget, watch_observe
from autocache.keyspace.db cimport keyspace_clear, keyspace_init, keyspace_set_now
from autocache.keyspace.eviction cimport evict
from autocache.keyspace.table cimport table_clear, table_init
from autocache.memory.alloc cimport mem_free, mem_used, mem_zalloc
from autocache.resp.out cimport Out, out_cut, out_error, out_error_form, out_raw
from autocache.resp.parser cimport Arg

cdef enum:
    # Flags of a session that keep its commands from the short way.
    S_SLOW_WAY = S_MULTI | S_REPLY_OFF | S_REPLY_SKIP | S_REPLY_SKIP_NEXT | S_TRACKING
    BULK_BYTES_MAX = 536870912          # proto-max-bulk-len until it is configured
    UNKNOWN_ARGS_BYTES_MAX = 128        # how much of its arguments the error for an unknown command shows


# --- the engine


cdef Command* fill(Command* command, object spec) except NULL:
    """Make the C record of a declaration; names are borrowed from the Spec, which lives as long as the process."""
    cdef bytes name = spec.encoded_name
    cdef bytes word = spec.encoded_word
    command.name = name
    command.name_len = len(name)
    command.word = word
    command.word_len = len(word)
    command.arity = spec.arity
    command.flags = spec.bits
    command.handler = <Handler><size_t>spec.handler if spec.handler else python_handler
    command.first_key, command.last_key, command.key_step = spec.key_range
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
    table_init(&engine.watched, engine.ks.seeds)
    engine.ks.observe = observe
    engine.ks.observer = engine
    engine.slow_ns = -1
    engine.histograms = True
    engine.bulk_bytes_max = BULK_BYTES_MAX
    engine.table_count = len(specs)
    engine.table = <Command*>mem_zalloc(engine.table_count * sizeof(Command))
    engine.lookup_mask = 1023
    while engine.lookup_mask < <uint64_t>engine.table_count * 4:
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
    table_clear(&engine.watched)
    engine.ks.observed = 0
    keyspace_clear(&engine.ks)


cdef void engine_refresh_clock(Engine* engine) noexcept nogil:
    """Read both clocks; the loop calls this before it runs commands and at each tick."""
    engine.now_ns = monotonic_ns()
    if not engine.clock_is_set:
        engine.wall_offset_ns = wall_us() * 1000 - <int64_t>engine.now_ns
        keyspace_set_now(&engine.ks, (<int64_t>engine.now_ns + engine.wall_offset_ns) // 1000000)


cdef void observe(void* context, int event, int db, View key) noexcept nogil:
    """Told of every change of a key, while somebody watches or tracks."""
    cdef Engine* engine = <Engine*>context
    if engine.watched.count:
        watch_observe(engine, event, db, key)
    if engine.gates & GATE_TRACKING:
        tracking_observe(engine, event, db, key)


# --- sessions


cdef void session_init(Engine* engine, Session* session) noexcept nogil:
    """A new session on database 0."""
    memset(session, 0, sizeof(Session))
    engine.session_ids += 1
    session.id = engine.session_ids
    session.db = &engine.ks.dbs[0]
    session.created_ms = session.active_ms = engine.ks.now_ms


cdef void session_free(Engine* engine, Session* session) noexcept nogil:
    """End a session: its transaction, watches and tracking."""
    transaction_forget(engine, session)
    tracking_forget(engine, session)


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
    cdef uint64_t at = name_hash(argv[0].ptr, argv[0].len) & engine.lookup_mask
    cdef Command* command
    cdef int i
    while True:
        command = engine.lookup[at]
        if command == NULL:
            return NULL
        if same_word(argv[0].ptr, argv[0].len, command.name, command.name_len):
            break
        at = (at + 1) & engine.lookup_mask
    if command.subcommand_count and argc > 1:
        for i in range(command.subcommand_count):
            if same_word(argv[1].ptr, argv[1].len, command.subcommands[i].word, command.subcommands[i].word_len):
                return &command.subcommands[i]
    return command


cdef bint arity_is_right(const Command* command, int argc) noexcept nogil:
    return argc == command.arity if command.arity >= 0 else argc >= -command.arity


cdef void reply_unknown(const Arg* argv, int argc, Out* out) noexcept nogil:
    cdef size_t room = UNKNOWN_ARGS_BYTES_MAX
    cdef size_t length, start, i
    cdef int arg
    out_error_form(out, b"ERR unknown command '%', with args beginning with: ", argv[0].ptr, argv[0].len)
    out.len -= 2
    start = out.len
    for arg in range(1, argc):
        length = argv[arg].len if argv[arg].len < room else room
        out_raw(out, b"'", 1)
        out_raw(out, argv[arg].ptr, length)
        out_raw(out, b"' ", 2)
        if length + 3 >= room:
            break
        room -= length + 3
    for i in range(start, out.len):
        if out.data[i] == c'\r' or out.data[i] == c'\n' or out.data[i] == 0:
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
    if session.flags & S_MULTI:
        session.flags |= S_DIRTY_EXEC
    if command != NULL:
        command.rejected += 1
    count_error(engine, out)
    out.errors = 0


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
        if now_ms != engine.ks.now_ms:
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
        if not command.flags & CMD_SKIP_SLOWLOG:
            note_slow(request, took)
    if unlikely(engine.latency_ns > 0 and took >= <uint64_t>engine.latency_ns):
        note_latency(engine, b"fast-command" if command.flags & CMD_FAST else b"command", took)


cdef inline bint runs_in_multi(const Command* command) noexcept nogil:
    """EXEC, DISCARD, MULTI, WATCH, QUIT and RESET run at once even after MULTI."""
    return command.flags & CMD_NO_QUEUE != 0


cdef bint memory_allows(Engine* engine, Session* session, Command* command) noexcept nogil:
    """Make room if `maxmemory` is exceeded; False if there is none and the command would need it."""
    if mem_used() <= engine.ks.maxmemory_bytes or evict(&engine.ks):
        return True
    if session.flags & S_MULTI and not runs_in_multi(command):
        return False
    return not command.flags & CMD_DENYOOM


cdef bint slow_way(Engine* engine, Session* session, Request* request) noexcept nogil:
    """The checks of requests that cannot take the short way; True if the command shall run now."""
    cdef Command* command = request.command
    cdef Out* out = request.out
    if engine.gates & GATE_AUTH and not session.flags & S_AUTHENTICATED and not command.flags & CMD_NO_AUTH:
        out_error(out, b"NOAUTH Authentication required.")
        reject(engine, session, command, out)
        return False
    if engine.gates & GATE_MEMORY and not memory_allows(engine, session, command):
        out_error(out, b"OOM command not allowed when used memory > 'maxmemory'.")
        reject(engine, session, command, out)
        return False
    if session.flags & S_MULTI and not runs_in_multi(command):
        if command.flags & CMD_NO_MULTI:
            out_error(out, b"ERR Command not allowed inside a transaction")
            reject(engine, session, command, out)
            return False
        queue_command(session, request)
        out_raw(out, b"+QUEUED\r\n", 9)
        return False
    if engine.gates & (GATE_PAUSE_ALL | GATE_PAUSE_WRITE) and pause_holds(engine, session, command):
        session.flags |= S_PARKED
        session.park = PARK_PAUSE
        session.park_deadline_ms = 0
        return False
    if engine.gates & GATE_MONITOR and not command.flags & (CMD_SKIP_MONITOR | CMD_ADMIN):
        note_monitor(request)
    return True


cdef bint pause_holds(Engine* engine, Session* session, Command* command) noexcept nogil:
    """Whether CLIENT PAUSE makes this command wait."""
    if engine.gates & GATE_PAUSE_ALL:
        return True
    if command.flags & (CMD_WRITE | CMD_MAY_REPLICATE):
        return True
    return command.flags & CMD_RUNS_QUEUE and session.queue_flags & (CMD_WRITE | CMD_MAY_REPLICATE)


cdef void execute(Engine* engine, Session* session, Arg* argv, int argc, Out* out) noexcept nogil:
    """Do what a request asks and append the reply, if there is one yet.

    `session.flags` tells what else came of it: S_CLOSE, or S_PARKED: the session waits, and (PARK_PAUSE) the same
    request is to be executed again when the wait ends.
    """
    cdef Request request
    cdef Command* command = find_command(engine, argv, argc)
    cdef size_t reply_start = out.len
    cdef size_t pieces = out.piece_count
    if unlikely(command == NULL):
        reply_unknown(argv, argc, out)
        reject(engine, session, NULL, out)
        return
    if unlikely(command.subcommand_count and argc > 1):
        reply_unknown_subcommand(command, argv, out)
        reject(engine, session, NULL, out)
        return
    if unlikely(not arity_is_right(command, argc)):
        out_error_form(out, b"ERR wrong number of arguments for '%' command", command.name, command.name_len)
        reject(engine, session, command, out)
        return
    request.engine = engine
    request.ks = &engine.ks
    request.session = session
    request.db = session.db
    request.argv = argv
    request.argc = argc
    request.out = out
    request.command = command
    if unlikely(engine.gates or session.flags & S_SLOW_WAY):
        if slow_way(engine, session, &request):
            run(engine, session, &request)
        if session.flags & S_PARKED and session.park == PARK_PAUSE:
            return
        if session.flags & (S_REPLY_OFF | S_REPLY_SKIP):
            out_cut(out, reply_start, pieces)
        session.flags &= ~<uint64_t>S_REPLY_SKIP
        if session.flags & S_REPLY_SKIP_NEXT:
            session.flags = (session.flags & ~<uint64_t>S_REPLY_SKIP_NEXT) | S_REPLY_SKIP
    else:
        run(engine, session, &request)


cdef inline void run(Engine* engine, Session* session, Request* request) noexcept nogil:
    engine.current = session
    session.last_command = request.command
    session.commands += 1
    engine.ks.no_touch = session.flags & S_NO_TOUCH != 0
    call(request)
    if unlikely(session.flags & S_TRACKING):
        tracking_note_read(request)
    engine.current = NULL
