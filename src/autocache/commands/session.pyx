"""The state that a session gathers: its transaction, watched keys and names; and the list of all sessions.

Sessions are found by their id in an open-addressed array of pointers (8 to 16 bytes a session): client
tracking and CLIENT hold ids, never pointers, for the session behind an id may have gone.

A queued command owns copies of its arguments, in one block; long ones are shared, not copied. A watched key
is an entry of the engine's `watched` table, under the number of its database and its name; its value is the
list of the sessions that watch it, so that a change costs one look-up however many keys are watched, and
nothing at all while none is.
"""

from cpython.ref cimport Py_INCREF, Py_XDECREF, PyObject
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View, same_bytes
from autocache.commands.context cimport *
from autocache.keyspace.db cimport EVENT_FLUSHED, Db
from autocache.types.entry cimport (
    Entry,
    entry_blob,
    entry_expired,
    entry_free,
    entry_key,
    entry_new_blob,
    entry_set_pointer,
)
from autocache.types.table cimport hash_bytes, slot_entry, table_find, table_insert, table_scan, table_take
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_realloc, mem_zalloc
from autocache.memory.blob cimport Blob, blob_data, blob_from, blob_release, blob_share, blob_resize
from autocache.resp.parser cimport Arg

cdef enum:
    SESSIONS_MIN = 64                   # places in the list of sessions when it is made


# --- all sessions


cdef inline uint64_t place_of(Engine* engine, uint64_t id) noexcept nogil:
    # Ids count up, so that they spread by themselves.
    return id & engine.sessions_mask


cdef void put_session(Engine* engine, Session* session) noexcept nogil:
    cdef uint64_t at = place_of(engine, session.id)
    while engine.sessions[at] != NULL:
        at = (at + 1) & engine.sessions_mask
    engine.sessions[at] = session


cdef void grow_sessions(Engine* engine) noexcept nogil:
    cdef Session** old = engine.sessions
    cdef uint64_t count = engine.sessions_mask + 1 if old != NULL else 0
    cdef uint64_t i
    engine.sessions_mask = (count * 2 if count else SESSIONS_MIN) - 1
    engine.sessions = <Session**>mem_zalloc((engine.sessions_mask + 1) * sizeof(void*))
    for i in range(count):
        if old[i] != NULL:
            put_session(engine, old[i])
    mem_free(old)


cdef void session_register(Engine* engine, Session* session) noexcept nogil:
    """Give a session its id and list it."""
    if engine.sessions == NULL or engine.session_count * 2 > engine.sessions_mask:
        grow_sessions(engine)
    engine.session_ids += 1
    session.id = engine.session_ids
    put_session(engine, session)
    engine.session_count += 1


cdef void session_unregister(Engine* engine, Session* session) noexcept nogil:
    """Take a session off the list; those behind it move up, so that no place is lost to a marker."""
    cdef uint64_t at = place_of(engine, session.id)
    cdef uint64_t next, home
    while engine.sessions[at] != session:
        if engine.sessions[at] == NULL:
            return
        at = (at + 1) & engine.sessions_mask
    engine.session_count -= 1
    next = at
    while True:
        next = (next + 1) & engine.sessions_mask
        if engine.sessions[next] == NULL:
            break
        home = place_of(engine, engine.sessions[next].id)
        # It may move up if its home is not between the gap and where it is.
        if ((next - home) & engine.sessions_mask) >= ((next - at) & engine.sessions_mask):
            engine.sessions[at] = engine.sessions[next]
            at = next
    engine.sessions[at] = NULL


cdef Session* session_by_id(Engine* engine, uint64_t id) noexcept nogil:
    """The session of an id, or NULL when it has ended."""
    cdef uint64_t at
    if engine.sessions == NULL:
        return NULL
    at = place_of(engine, id)
    while engine.sessions[at] != NULL:
        if engine.sessions[at].id == id:
            return engine.sessions[at]
        at = (at + 1) & engine.sessions_mask
    return NULL


# --- names


cdef class Notes:
    """What few sessions have: a name, and the library behind it."""

    def __cinit__(self):
        self.name = self.lib_name = self.lib_ver = b""


cdef Notes session_notes(Session* session, bint make):
    """The notes of a session, made if need be; None if it has none and none are to be made."""
    cdef Notes notes
    if session.notes == NULL:
        if not make:
            return None
        notes = Notes()
        Py_INCREF(notes)
        session.notes = <PyObject*>notes
    return <Notes>session.notes


cdef void notes_forget_name(Session* session) noexcept nogil:
    """RESET takes the name away; what the library is stays true."""
    if session.notes != NULL:
        with gil:
            (<Notes>session.notes).name = b""


cdef void notes_free(Session* session) noexcept nogil:
    if session.notes != NULL:
        with gil:
            Py_XDECREF(<PyObject*>session.notes)
            session.notes = NULL


# --- the queue


cdef size_t copy_request(Queued* copy, const Request* request) noexcept nogil:
    """Make a copy of a request that outlives its buffer; long arguments are shared. Returns its bytes."""
    cdef size_t bytes = request.argc * sizeof(Arg)
    cdef char* text
    cdef int i
    for i in range(request.argc):
        if request.argv[i].blob == NULL:
            bytes += request.argv[i].len
    copy.command = request.command
    copy.count = request.argc
    copy.args = <Arg*>mem_alloc(bytes)
    text = <char*>(copy.args + request.argc)
    for i in range(request.argc):
        copy.args[i] = request.argv[i]
        if request.argv[i].blob != NULL:
            blob_share(request.argv[i].blob)
            continue
        memcpy(text, request.argv[i].ptr, request.argv[i].len)
        copy.args[i].ptr = text
        text += request.argv[i].len
    return bytes


cdef void free_request(Queued* copy) noexcept nogil:
    """Free what `copy_request` made."""
    cdef int i
    for i in range(copy.count):
        if copy.args[i].blob != NULL:
            blob_release(copy.args[i].blob)
    mem_free(copy.args)


cdef void queue_command(Session* session, const Request* request) noexcept nogil:
    """Keep a command for EXEC."""
    # A transaction that cannot run any more need not be kept.
    if session.flags & (S_DIRTY_EXEC | S_DIRTY_WATCH):
        return
    if session.queued == session.queue_capacity:
        session.queue_capacity = session.queue_capacity * 2 if session.queue_capacity else 4
        session.queue = <Queued*>mem_realloc(session.queue, session.queue_capacity * sizeof(Queued))
    session.queue_bytes += copy_request(&session.queue[session.queued], request)
    session.queued += 1
    session.queue_flags |= request.command.flags


cdef void queue_clear(Session* session) noexcept nogil:
    """Leave MULTI and drop what was queued."""
    cdef int i
    for i in range(session.queued):
        free_request(&session.queue[i])
    mem_free(session.queue)
    session.queue = NULL
    session.queued = session.queue_capacity = 0
    session.queue_bytes = 0
    session.queue_flags = 0
    session.flags &= ~<uint64_t>(S_MULTI | S_DIRTY_EXEC | S_DIRTY_WATCH)


# --- watches


cdef char* watch_name(int db, View key, View* name) noexcept nogil:
    """The name of a watched key in the `watched` table; the caller frees the returned block."""
    cdef char* text = <char*>mem_alloc(sizeof(int) + key.len)
    memcpy(text, &db, sizeof(int))
    memcpy(text + sizeof(int), key.ptr, key.len)
    name.ptr = text
    name.len = sizeof(int) + key.len
    return text


cdef inline Entry* find_name(Engine* engine, View name, uint64_t** slot, uint64_t* hash) noexcept nogil:
    hash[0] = hash_bytes(&engine.watched.seeds, name.ptr, name.len)
    slot[0] = table_find(&engine.watched, name, hash[0])
    return slot_entry(slot[0]) if slot[0] != NULL else NULL


cdef inline bint is_expired(Engine* engine, int db, View key) noexcept nogil:
    cdef Entry* entry = peek(&engine.ks.dbs[db], key)
    return entry != NULL and entry_expired(entry, engine.ks.now_ms)


cdef inline Entry* peek(Db* db, View key) noexcept nogil:
    """The entry of a key, expired or not, with nothing else happening."""
    cdef uint64_t* slot = table_find(&db.table, key, hash_bytes(&db.table.seeds, key.ptr, key.len))
    return slot_entry(slot) if slot != NULL else NULL


cdef void watch_key(Engine* engine, Session* session, View key) noexcept nogil:
    """Watch a key of the session's database; watching it again changes nothing."""
    cdef int db = session.db.id
    cdef int i
    cdef uint64_t* slot
    cdef uint64_t hash
    cdef View name
    cdef Entry* entry
    cdef Watch* watch
    for i in range(session.watch_count):
        watch = &session.watches[i]
        if watch.db == db and same_bytes(watch.key, watch.key_len, key.ptr, key.len):
            return
    if session.watch_count == session.watch_capacity:
        session.watch_capacity = session.watch_capacity * 2 if session.watch_capacity else 4
        session.watches = <Watch*>mem_realloc(session.watches, session.watch_capacity * sizeof(Watch))
    watch = &session.watches[session.watch_count]
    session.watch_count += 1
    watch.db = db
    watch.expired = is_expired(engine, db, key)
    watch.key_len = key.len
    watch.key = watch_name(db, key, &name) + sizeof(int)
    entry = find_name(engine, name, &slot, &hash)
    if entry == NULL:
        entry = entry_new_blob(name, blob_from(<char*>&session, sizeof(void*)), -1, 0)
        table_insert(&engine.watched, entry, hash)
    else:
        add_watcher(entry, session)
    engine.ks.observed |= OBSERVED_WATCH


cdef void add_watcher(Entry* entry, Session* session) noexcept nogil:
    cdef Blob* blob = entry_blob(entry)
    cdef size_t end = blob.len
    blob = blob_resize(blob, end + sizeof(void*))
    (<Session**>(blob_data(blob) + end))[0] = session
    entry_set_pointer(entry, blob)


cdef bint remove_watcher(Entry* entry, Session* session) noexcept nogil:
    """Take a session off the list; True when nobody is left on it."""
    cdef Blob* blob = entry_blob(entry)
    cdef Session** sessions = <Session**>blob_data(blob)
    cdef size_t count = blob.len // sizeof(void*)
    cdef size_t i
    for i in range(count):
        if sessions[i] == session:
            sessions[i] = sessions[count - 1]
            blob.len -= sizeof(void*)
            break
    return blob.len == 0


cdef void unwatch_all(Engine* engine, Session* session) noexcept nogil:
    """Stop watching."""
    cdef int i
    cdef View name
    cdef uint64_t* slot
    cdef uint64_t hash
    cdef Entry* entry
    for i in range(session.watch_count):
        name.ptr = session.watches[i].key - sizeof(int)
        name.len = session.watches[i].key_len + sizeof(int)
        entry = find_name(engine, name, &slot, &hash)
        if remove_watcher(entry, session):
            entry_free(table_take(&engine.watched, slot, hash))
        mem_free(<void*>name.ptr)
    mem_free(session.watches)
    session.watches = NULL
    session.watch_count = session.watch_capacity = 0
    if engine.watched.count == 0:
        engine.ks.observed &= ~<uint64_t>OBSERVED_WATCH


cdef bint watched_expired(Engine* engine, Session* session) noexcept nogil:
    """Whether a watched key has expired since WATCH, and nobody has come upon it yet."""
    cdef int i
    cdef View key
    for i in range(session.watch_count):
        key.ptr = session.watches[i].key
        key.len = session.watches[i].key_len
        if not session.watches[i].expired and is_expired(engine, session.watches[i].db, key):
            return True
    return False


cdef void touch_watcher(Engine* engine, Session* session, int db, View key) noexcept nogil:
    """A watched key changed: the transaction is off, unless only a key that had already expired went away."""
    cdef Watch* watch = watch_of(session, db, key)
    if watch.expired and peek(&engine.ks.dbs[db], key) == NULL:
        watch.expired = False
        return
    session.flags |= S_DIRTY_WATCH


cdef void touch_entry(Engine* engine, Entry* entry, int db, View key) noexcept nogil:
    cdef Session** sessions = <Session**>blob_data(entry_blob(entry))
    cdef size_t i
    for i in range(entry_blob(entry).len // sizeof(void*)):
        touch_watcher(engine, sessions[i], db, key)


cdef struct Sweep:                      # databases that are emptied or exchanged
    Engine* engine
    int db                              # or -1: all
    int other                           # or -1


cdef void sweep_watchers(const Sweep* sweep, Entry* entry, int db, View key) noexcept nogil:
    """A watched key goes away or another takes its place. What had expired already counts as absent."""
    cdef Engine* engine = sweep.engine
    cdef Entry* before = peek(&engine.ks.dbs[db], key)
    cdef Entry* after = peek(&engine.ks.dbs[sweep.other], key) if sweep.other >= 0 else NULL
    cdef bint stays_expired = after != NULL and entry_expired(after, engine.ks.now_ms)
    cdef Session** sessions = <Session**>blob_data(entry_blob(entry))
    cdef Watch* watch
    cdef size_t i
    if before == NULL and after == NULL:
        return
    for i in range(entry_blob(entry).len // sizeof(void*)):
        watch = watch_of(sessions[i], db, key)
        if (watch.expired or before == NULL) and (after == NULL or stays_expired):
            watch.expired = stays_expired
        else:
            sessions[i].flags |= S_DIRTY_WATCH


cdef Watch* watch_of(Session* session, int db, View key) noexcept nogil:
    cdef int i
    for i in range(session.watch_count):
        if session.watches[i].db == db \
                and same_bytes(session.watches[i].key, session.watches[i].key_len, key.ptr, key.len):
            return &session.watches[i]
    return NULL


cdef bint sweep_entry(void* context, Entry* entry) noexcept nogil:
    cdef Sweep* sweep = <Sweep*>context
    cdef View key = entry_key(entry)
    cdef int db
    memcpy(&db, key.ptr, sizeof(int))
    key.ptr += sizeof(int)
    key.len -= sizeof(int)
    if sweep.db >= 0 and db != sweep.db:
        return True
    sweep_watchers(sweep, entry, db, key)
    return True


cdef void sweep_db(Engine* engine, int db, int other) noexcept nogil:
    cdef Sweep sweep
    cdef uint64_t cursor = 0
    sweep.engine = engine
    sweep.db = db
    sweep.other = other
    while True:
        cursor = table_scan(&engine.watched, cursor, sweep_entry, &sweep)
        if cursor == 0:
            break


cdef void watch_observe(Engine* engine, int event, int db, View key) noexcept nogil:
    """Told of a change before a database is emptied, or after a key changed."""
    cdef View name
    cdef uint64_t* slot
    cdef uint64_t hash
    cdef Entry* entry
    cdef char* text
    if event == EVENT_FLUSHED:
        sweep_db(engine, db, -1)
        return
    text = watch_name(db, key, &name)
    entry = find_name(engine, name, &slot, &hash)
    if entry != NULL:
        touch_entry(engine, entry, db, key)
    mem_free(text)


cdef void watch_swapped(Engine* engine, int first, int second) noexcept nogil:
    """Told before two databases are exchanged."""
    if engine.watched.count:
        sweep_db(engine, first, second)
        sweep_db(engine, second, first)


cdef void transaction_forget(Engine* engine, Session* session) noexcept nogil:
    """Drop the queue and the watches of a session."""
    queue_clear(session)
    unwatch_all(engine, session)
