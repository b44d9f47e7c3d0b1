"""Waiting for keys: BLPOP and all that block on keys until another client writes them.

A command that finds nothing calls `block_on_keys`: its session is parked, with a copy of its request, and enters the
queue of each key that it waits for. A change of such a key (any change: this module observes the keyspace) puts the
key on the list of those that are ready. When the command that made the change is done, and in a transaction when EXEC
is, the pipeline (`execute.serve_ready`) takes the ready keys in order and runs the parked requests of each again, the
oldest first, until the key is used up. A request that is answered then leaves all its queues; one that finds nothing
to its taste stays where it is in them. So the wake-up order is redis-server's: by key as it became ready, by client as
it began to wait.

A queue is an entry of the table `waiting`, named by database and key, whose Blob holds the sessions in the order in
which they came. While nobody waits, the keyspace is not observed and this costs nothing.
"""

from libc.math cimport ceill
from libc.stdint cimport INT64_MAX, int64_t, uint64_t
from libc.string cimport memcpy, memmove

from autocache.base.bytes cimport View
from autocache.base.numbers cimport parse_long_double
from autocache.commands.args cimport int_arg
from autocache.commands.context cimport (
    OBSERVED_WAITING,
    PARK_KEYS,
    S_IN_EXEC,
    S_PARKED,
    Engine,
    Request,
    Session,
    Wait,
)
from autocache.commands.session cimport copy_request, free_request
from autocache.keyspace.db cimport EVENT_FLUSHED
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_realloc
from autocache.memory.blob cimport Blob, blob_data, blob_from, blob_resize
from autocache.resp.out cimport out_error, out_null, out_null_array
from autocache.types.entry cimport (
    Entry,
    entry_access,
    entry_blob,
    entry_free,
    entry_key,
    entry_new_blob,
    entry_release,
    entry_set_access,
    entry_set_pointer,
)
from autocache.types.table cimport (
    hash_bytes,
    slot_entry,
    table_clear,
    table_find,
    table_insert,
    table_scan,
    table_take,
)

cdef enum:
    READY_MIN = 16
    NAME_BYTES_ON_STACK = 256

    # The access data of an entry of `waiting` serve as a mark: the key is on the list of those that are ready.
    MARK_NONE = 0
    MARK_READY = 1


# --- names: a database's number and a key


cdef struct Name:
    View text
    char* owned                         # or NULL, if the text is in `buffer`
    char buffer[NAME_BYTES_ON_STACK]


cdef void name_make(Name* name, int db, View key) noexcept nogil:
    name.owned = NULL
    name.text.len = sizeof(int) + key.len
    name.text.ptr = name.buffer
    if name.text.len > NAME_BYTES_ON_STACK:
        name.owned = <char*>mem_alloc(name.text.len)
        name.text.ptr = name.owned
    memcpy(<char*>name.text.ptr, &db, sizeof(int))
    memcpy(<char*>name.text.ptr + sizeof(int), key.ptr, key.len)


cdef inline void name_free(Name* name) noexcept nogil:
    mem_free(name.owned)


cdef Entry* find_queue(Engine* engine, View name, uint64_t** slot, uint64_t* hash) noexcept nogil:
    hash[0] = hash_bytes(&engine.waiting.seeds, name.ptr, name.len)
    slot[0] = table_find(&engine.waiting, name, hash[0])
    return slot_entry(slot[0]) if slot[0] != NULL else NULL


# --- arguments


cdef bint timeout_arg(Request* request, int position, int64_t* deadline_ms) noexcept nogil:
    """Read a timeout in seconds, which may be fractional, as the time (ms since the epoch) of its end; 0: never."""
    cdef long double seconds
    if not parse_long_double(request.argv[position].ptr, request.argv[position].len, &seconds):
        out_error(request.out, b"ERR timeout is not a float or out of range")
        return False
    seconds *= 1000
    if seconds >= <long double>INT64_MAX:
        # redis-server's number wraps round, so that this is its word for what is too large.
        out_error(request.out, b"ERR timeout is negative")
        return False
    return deadline_after(request, <int64_t>ceill(seconds), deadline_ms)


cdef bint timeout_ms_arg(Request* request, int position, int64_t* deadline_ms) noexcept nogil:
    """Read a timeout in whole milliseconds, as XREAD's BLOCK has it."""
    cdef int64_t value
    if not int_arg(request, position, &value):
        request.out.len = request.out.error_at
        request.out.errors -= 1
        out_error(request.out, b"ERR timeout is not an integer or out of range")
        return False
    return deadline_after(request, value, deadline_ms)


cdef bint deadline_after(Request* request, int64_t timeout_ms, int64_t* deadline_ms) noexcept nogil:
    if timeout_ms < 0:
        out_error(request.out, b"ERR timeout is negative")
        return False
    if timeout_ms > INT64_MAX - request.ks.now_ms:
        timeout_ms = INT64_MAX - request.ks.now_ms
    deadline_ms[0] = timeout_ms + request.ks.now_ms if timeout_ms else 0
    return True


# --- beginning and ending to wait


cdef void block_on_keys(Request* request, int first, int count, int step, int type, int64_t deadline_ms,
                        int null_kind, bint wakes_on_absence) noexcept nogil:
    """Let the session wait for keys: `count` arguments from `first` on, `step` apart, to hold values of a type.

    The command replies nothing and returns; it is run again when a key is ready, or answered with a null array when
    its time is up. In a transaction nothing waits: the reply is `null_kind`. `wakes_on_absence`: run it also when a key
    goes away or becomes something else (XREADGROUP, whose group would be gone).
    """
    cdef Session* session = request.session
    cdef Wait* wait
    cdef int i
    if session.flags & S_IN_EXEC:
        reply_nothing(request, null_kind)
        return
    session.flags |= S_PARKED
    session.park = PARK_KEYS
    if session.wait != NULL:
        return                          # run again and still not served: it keeps its places and its deadline
    session.park_deadline_ms = deadline_ms
    wait = <Wait*>mem_alloc(sizeof(Wait))
    copy_request(&wait.request, request)
    wait.db = request.db.id
    wait.first = first
    wait.count = count
    wait.step = step
    wait.type = type
    wait.wakes_on_absence = wakes_on_absence
    session.wait = wait
    request.engine.absence_waits += wakes_on_absence
    for i in range(count):
        enter_queue(request.engine, session, wait, first + i * step)
    request.engine.ks.observed |= OBSERVED_WAITING


cdef void reply_nothing(Request* request, int null_kind) noexcept nogil:
    if null_kind == NULL_ARRAY:
        out_null_array(request.out)
    else:
        out_null(request.out)


cdef inline View waited_key(const Wait* wait, int position) noexcept nogil:
    cdef View key
    key.ptr = wait.request.args[position].ptr
    key.len = wait.request.args[position].len
    return key


cdef void enter_queue(Engine* engine, Session* session, const Wait* wait, int position) noexcept nogil:
    """Put a session at the end of a key's queue; one that names a key twice stands there once."""
    cdef Name name
    cdef uint64_t* slot
    cdef uint64_t hash
    cdef Entry* entry
    cdef Blob* blob
    cdef size_t end
    name_make(&name, wait.db, waited_key(wait, position))
    entry = find_queue(engine, name.text, &slot, &hash)
    if entry == NULL:
        entry = entry_new_blob(name.text, blob_from(<char*>&session, sizeof(void*)), -1, MARK_NONE)
        table_insert(&engine.waiting, entry, hash)
        name_free(&name)
        return
    name_free(&name)
    blob = entry_blob(entry)
    end = blob.len
    if (<Session**>(blob_data(blob) + end - sizeof(void*)))[0] == session:
        return
    blob = blob_resize(blob, end + sizeof(void*))
    (<Session**>(blob_data(blob) + end))[0] = session
    entry_set_pointer(entry, blob)


cdef void leave_queue(Engine* engine, Session* session, const Wait* wait, int position) noexcept nogil:
    cdef Name name
    cdef uint64_t* slot
    cdef uint64_t hash
    cdef Entry* entry
    cdef Session** sessions
    cdef size_t count, i
    name_make(&name, wait.db, waited_key(wait, position))
    entry = find_queue(engine, name.text, &slot, &hash)
    name_free(&name)
    if entry == NULL:
        return
    sessions = <Session**>blob_data(entry_blob(entry))
    count = entry_blob(entry).len // sizeof(void*)
    for i in range(count):
        if sessions[i] == session:
            memmove(&sessions[i], &sessions[i + 1], (count - i - 1) * sizeof(void*))
            entry_blob(entry).len -= sizeof(void*)
            break
    if entry_blob(entry).len == 0:
        entry_free(table_take(&engine.waiting, slot, hash))


cdef void blocking_forget(Engine* engine, Session* session) noexcept nogil:
    """End a wait, whatever ended it: the session leaves its queues. Its flags are the caller's affair."""
    cdef Wait* wait = session.wait
    cdef int i
    if wait == NULL:
        return
    session.wait = NULL
    engine.absence_waits -= wait.wakes_on_absence
    for i in range(wait.count):
        leave_queue(engine, session, wait, wait.first + i * wait.step)
    free_request(&wait.request)
    mem_free(wait)
    if engine.waiting.count == 0:
        engine.ks.observed &= ~<uint64_t>OBSERVED_WAITING


cdef void blocking_clear(Engine* engine) noexcept nogil:
    """Free everything; all sessions have ended."""
    while engine.ready_count:
        drop_ready(engine)
    mem_free(engine.ready)
    engine.ready = NULL
    engine.ready_capacity = 0
    table_clear(&engine.waiting, entry_release, NULL)


# --- keys that are ready


cdef void mark_ready(Engine* engine, Entry* entry) noexcept nogil:
    """Put the key of a queue on the list, once."""
    cdef View name = entry_key(entry)
    cdef View* ready
    if entry_access(entry) == MARK_READY:
        return
    entry_set_access(entry, MARK_READY)
    if engine.ready_count == engine.ready_capacity:
        engine.ready_capacity = engine.ready_capacity * 2 if engine.ready_capacity else READY_MIN
        engine.ready = <View*>mem_realloc(engine.ready, engine.ready_capacity * sizeof(View))
    ready = &engine.ready[engine.ready_count]
    ready.ptr = <char*>mem_alloc(name.len)
    ready.len = name.len
    memcpy(<char*>ready.ptr, name.ptr, name.len)
    engine.ready_count += 1


cdef bint next_ready(Engine* engine, int* db, View* key) noexcept nogil:
    """The key that became ready first; it stays on the list until `drop_ready`. False if there is none."""
    cdef uint64_t* slot
    cdef uint64_t hash
    cdef Entry* entry
    cdef View name
    if engine.ready_count == 0:
        return False
    name = engine.ready[engine.ready_first]
    # From here on another change makes it ready again.
    entry = find_queue(engine, name, &slot, &hash)
    if entry != NULL:
        entry_set_access(entry, MARK_NONE)
    memcpy(db, name.ptr, sizeof(int))
    key.ptr = name.ptr + sizeof(int)
    key.len = name.len - sizeof(int)
    return True


cdef void drop_ready(Engine* engine) noexcept nogil:
    """Take the first key off the list. Its place is free again when the list is empty: nothing is moved."""
    mem_free(<char*>engine.ready[engine.ready_first].ptr)
    engine.ready_first += 1
    if engine.ready_first == engine.ready_count:
        engine.ready_first = engine.ready_count = 0


cdef Session** waiters_of(Engine* engine, int db, View key, uint64_t* count) noexcept nogil:
    """The sessions that wait for a key, in order; the list dies when one of them leaves."""
    cdef Name name
    cdef uint64_t* slot
    cdef uint64_t hash
    cdef Entry* entry
    name_make(&name, db, key)
    entry = find_queue(engine, name.text, &slot, &hash)
    name_free(&name)
    count[0] = 0
    if entry == NULL:
        return NULL
    count[0] = entry_blob(entry).len // sizeof(void*)
    return <Session**>blob_data(entry_blob(entry))


cdef struct Sweep:
    Engine* engine
    int db                              # or -1: all


cdef bint sweep_queue(void* context, Entry* entry) noexcept nogil:
    cdef Sweep* sweep = <Sweep*>context
    cdef int db
    memcpy(&db, entry_key(entry).ptr, sizeof(int))
    if sweep.db < 0 or db == sweep.db:
        mark_ready(sweep.engine, entry)
    return True


cdef void mark_database(Engine* engine, int db) noexcept nogil:
    cdef Sweep sweep
    cdef uint64_t cursor = 0
    sweep.engine = engine
    sweep.db = db
    while engine.waiting.count:
        cursor = table_scan(&engine.waiting, cursor, sweep_queue, &sweep)
        if cursor == 0:
            return


cdef void blocking_observe(Engine* engine, int event, int db, View key) noexcept nogil:
    """Told of every change: whoever waits for the key may be served once the running command is done."""
    cdef Name name
    cdef uint64_t* slot
    cdef uint64_t hash
    cdef Entry* entry
    if event == EVENT_FLUSHED:
        mark_database(engine, db)
        return
    name_make(&name, db, key)
    entry = find_queue(engine, name.text, &slot, &hash)
    name_free(&name)
    if entry != NULL:
        mark_ready(engine, entry)


cdef void blocking_swapped(Engine* engine, int first, int second) noexcept nogil:
    """Two databases are exchanged: what clients wait for may be there now."""
    mark_database(engine, first)
    mark_database(engine, second)
