"""Client-side caching (CLIENT TRACKING): who is told that a key that it may have a copy of has changed.

Two modes, as in Redis. By default the engine remembers which session read which key (`tracked`: key -> ids)
and tells each of them once, when the key changes next. In BCAST mode it remembers nothing of reads: a session
names prefixes, and at the end of each round of the loop (`tracking_broadcast`) is told of all keys under them
that changed since.

When a message goes out is part of the protocol, for a client that is told too early could cache an old value
again:
- another session is told at once, in the middle of the command that changed the key;
- the session whose own command it is, and one that redirects to it, after that command's reply (in a transaction:
  after EXEC's), so `own_pushes` holds the keys until then;
- keys that went away between commands (expiry, eviction, the limit of the table) are told of at once.

Tables hold ids: a session that ended, or that tracks no longer, is passed over when its key changes. When the
last session stops tracking, the tables are dropped, and commands take the short way again. Names of keys are
not told apart by database, as in Redis.
"""

from libc.stdint cimport uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcmp, memcpy, memmove

from autocache.base.bytes cimport View
from autocache.commands.context cimport *
from autocache.commands.keypos cimport KeyAt, find_keys
from autocache.commands.session cimport session_by_id
from autocache.keyspace.db cimport EVENT_FLUSHED, keyspace_random
from autocache.types.entry cimport (
    Entry,
    entry_blob,
    entry_free,
    entry_key,
    entry_new_blob,
    entry_new_string,
    entry_release,
    entry_set_pointer,
    entry_string,
)
from autocache.types.table cimport (
    Segment,
    Table,
    hash_bytes,
    slot_entry,
    table_clear,
    table_find,
    table_init,
    table_insert,
    table_next_segment,
    table_random,
    table_take,
)
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_realloc
from autocache.memory.blob cimport Blob, blob_data, blob_from, blob_try_resize
from autocache.resp.out cimport (
    Out,
    out_array,
    out_bulk,
    out_clear,
    out_free,
    out_int,
    out_null,
    out_push,
    out_raw,
    out_view,
)

cdef enum:
    KEYS_ON_STACK = 64                  # keys of one command that need no allocation to be noted
    LIMIT_EFFORT = 100                  # keys forgotten in a round while there are too many, times the rounds
    FLUSHED = -1                        # in place of a key's length in `own_pushes`: all keys
    CHANNEL_BYTES = 20                  # of `CHANNEL`
    PURGE_IDS_MIN = 16                  # the list of a key is looked through for ended sessions at each doubling

    OPTIONS = S_TRACKING_BCAST | S_TRACKING_OPTIN | S_TRACKING_OPTOUT | S_TRACKING_NOLOOP

cdef const char* CHANNEL = b"__redis__:invalidate"


# --- on and off


cdef void tracking_enable(Engine* engine, Session* session, uint64_t redirect,
                          uint64_t options) noexcept nogil:
    """Start to track, or change how; the caller has found the S_TRACKING_ bits `options` to fit together."""
    if not session.flags & S_TRACKING:
        engine.tracking_sessions += 1
    session.flags &= ~<uint64_t>(OPTIONS | S_TRACKING_BROKEN)
    session.flags |= S_TRACKING | (options & OPTIONS)
    session.redirect = redirect
    engine.gates |= GATE_TRACKING
    engine.ks.observed |= OBSERVED_TRACKING


cdef void tracking_forget(Engine* engine, Session* session) noexcept nogil:
    """Stop to track. What was noted of the session is passed over when it comes up."""
    cdef int i
    if not session.flags & S_TRACKING:
        return
    if session.flags & S_TRACKING_BCAST:
        for i in range(engine.prefix_count - 1, -1, -1):
            remove_from_prefix(engine, i, session)
    session.flags &= ~<uint64_t>(S_TRACKING | OPTIONS | S_TRACKING_BROKEN | S_TRACKING_CACHING)
    session.redirect = 0
    engine.tracking_sessions -= 1
    if engine.tracking_sessions == 0:
        forget_keys(engine)
        engine.gates &= ~<uint64_t>GATE_TRACKING
        engine.ks.observed &= ~<uint64_t>OBSERVED_TRACKING


cdef void forget_keys(Engine* engine) noexcept nogil:
    table_clear(&engine.tracked, entry_release, NULL)
    engine.tracked_ids = 0


cdef void tracking_clear(Engine* engine) noexcept nogil:
    """Free everything; all sessions have ended."""
    forget_keys(engine)
    mem_free(engine.prefixes)
    engine.prefixes = NULL
    out_free(&engine.own_pushes)


# --- prefixes


cdef int compare_bytes(const char* a, size_t a_len, const char* b, size_t b_len) noexcept nogil:
    cdef int order = memcmp(a, b, a_len if a_len < b_len else b_len)
    if order:
        return order
    return <int>(a_len > b_len) - <int>(a_len < b_len)


cdef void tracking_add_prefix(Engine* engine, Session* session, View text) noexcept nogil:
    """Tell a session of changes of the keys that begin with a text; again changes nothing."""
    cdef int at = 0
    cdef int order = 1
    cdef Prefix* prefix
    while at < engine.prefix_count:
        order = compare_bytes(engine.prefixes[at].text, engine.prefixes[at].len, text.ptr, text.len)
        if order >= 0:
            break
        at += 1
    if at == engine.prefix_count or order != 0:
        insert_prefix(engine, at, text)
    elif tracking_has_prefix(engine, session, at):
        return
    prefix = &engine.prefixes[at]
    if prefix.count == prefix.capacity:
        prefix.capacity = prefix.capacity * 2 if prefix.capacity else 2
        prefix.sessions = <Session**>mem_realloc(prefix.sessions, prefix.capacity * sizeof(void*))
    prefix.sessions[prefix.count] = session
    prefix.count += 1


cdef void insert_prefix(Engine* engine, int at, View text) noexcept nogil:
    cdef Prefix* prefix
    if engine.prefix_count == engine.prefix_capacity:
        engine.prefix_capacity = engine.prefix_capacity * 2 if engine.prefix_capacity else 4
        engine.prefixes = <Prefix*>mem_realloc(engine.prefixes, engine.prefix_capacity * sizeof(Prefix))
    prefix = &engine.prefixes[at]
    memmove(prefix + 1, prefix, (engine.prefix_count - at) * sizeof(Prefix))
    engine.prefix_count += 1
    prefix.text = <char*>mem_alloc(text.len if text.len else 1)
    memcpy(prefix.text, text.ptr, text.len)
    prefix.len = text.len
    prefix.sessions = NULL
    prefix.count = prefix.capacity = 0
    table_init(&prefix.changed, engine.ks.seeds)


cdef bint tracking_has_prefix(Engine* engine, Session* session, int prefix) noexcept nogil:
    """Whether a session follows the prefix of this index."""
    cdef size_t i
    for i in range(engine.prefixes[prefix].count):
        if engine.prefixes[prefix].sessions[i] == session:
            return True
    return False


cdef void remove_from_prefix(Engine* engine, int at, Session* session) noexcept nogil:
    cdef Prefix* prefix = &engine.prefixes[at]
    cdef size_t i
    for i in range(prefix.count):
        if prefix.sessions[i] == session:
            prefix.count -= 1
            prefix.sessions[i] = prefix.sessions[prefix.count]
            break
    if prefix.count:
        return
    table_clear(&prefix.changed, entry_release, NULL)
    mem_free(prefix.sessions)
    mem_free(prefix.text)
    engine.prefix_count -= 1
    memmove(prefix, prefix + 1, (engine.prefix_count - at) * sizeof(Prefix))


# --- messages


cdef Out* receiver(Engine* engine, Session* session) noexcept nogil:
    """Where a message for a session goes: its own output or that of the one it redirects to; NULL if nowhere.

    A session whose redirection is broken is told so, each time. In RESP2 there are no messages outside of
    replies, but for a client that is subscribed to something: a target in RESP2 gets a message of a channel.
    """
    cdef Session* target = session
    cdef Out* out
    if session.redirect:
        target = session_by_id(engine, session.redirect)
    if target == NULL or target.flags & S_KILLED:
        session.flags |= S_TRACKING_BROKEN
        out = engine.outbox(engine.server, session)
        if out != NULL and out.protocol == 3:
            out_push(out, 2)
            out_bulk(out, b"tracking-redir-broken", 21)
            out_int(out, <long long>session.redirect)
        return NULL
    out = engine.outbox(engine.server, target)
    if out == NULL:
        return NULL
    if out.protocol != 2:
        out_push(out, 2)
        out_bulk(out, b"invalidate", 10)
    elif target != session and target.flags & S_PUBSUB:
        out_array(out, 3)
        out_bulk(out, b"message", 7)
        out_bulk(out, CHANNEL, CHANNEL_BYTES)
    else:
        return NULL
    return out


cdef void send_key(Engine* engine, Session* session, View key) noexcept nogil:
    cdef Out* out = receiver(engine, session)
    if out != NULL:
        out_array(out, 1)
        out_view(out, key)


cdef void send_flushed(Engine* engine, Session* session) noexcept nogil:
    cdef Out* out = receiver(engine, session)
    if out != NULL:
        out_null(out)


cdef bint is_own(Engine* engine, Session* session) noexcept nogil:
    """Whether what a session is told stands in the output of the running command: it may not come amid a reply."""
    return engine.current != NULL and (session == engine.current or session.redirect == engine.current.id)


cdef void keep_own(Engine* engine, Session* session, const char* key, Py_ssize_t length) noexcept nogil:
    """Keep a message for a session of which `is_own` is true until the running command's reply is complete."""
    out_raw(&engine.own_pushes, <const char*>&session.id, sizeof(session.id))
    out_raw(&engine.own_pushes, <const char*>&length, sizeof(length))
    if length > 0:
        out_raw(&engine.own_pushes, key, length)


cdef void tracking_deliver(Engine* engine) noexcept nogil:
    """Send what `keep_own` kept: the reply of the running command has been appended."""
    cdef size_t at = 0
    cdef Py_ssize_t length
    cdef uint64_t id
    cdef Session* session
    cdef View key
    while at < engine.own_pushes.len:
        memcpy(&id, engine.own_pushes.data + at, sizeof(id))
        at += sizeof(id)
        memcpy(&length, engine.own_pushes.data + at, sizeof(length))
        at += sizeof(length)
        session = session_by_id(engine, id)
        if length == FLUSHED:
            if session != NULL:
                send_flushed(engine, session)
            continue
        key.ptr = engine.own_pushes.data + at
        key.len = length
        at += length
        if session != NULL:
            send_key(engine, session, key)
    out_clear(&engine.own_pushes)


# --- reads


cdef void tracking_note_read(Request* request) noexcept nogil:
    """A session that tracks has run a command that only reads: note the keys."""
    cdef Engine* engine = request.engine
    cdef Session* session = engine.current
    cdef KeyAt on_stack[KEYS_ON_STACK]
    cdef KeyAt* found = on_stack
    cdef bint said = session.flags & S_TRACKING_CACHING != 0
    cdef int count, i
    if session.flags & S_TRACKING_BCAST or request.command.flags & CMD_PUBSUB:
        return
    if (session.flags & S_TRACKING_OPTIN and not said) or (session.flags & S_TRACKING_OPTOUT and said):
        return
    count = find_keys(request.command, request.argv, request.argc, found, KEYS_ON_STACK)
    if count > KEYS_ON_STACK:
        found = <KeyAt*>mem_alloc(count * sizeof(KeyAt))
        find_keys(request.command, request.argv, request.argc, found, count)
    for i in range(count):
        note_key(engine, session.id, request.argv[found[i].at].ptr, request.argv[found[i].at].len)
    if found != on_stack:
        mem_free(found)


cdef void note_key(Engine* engine, uint64_t id, const char* text, size_t length) noexcept nogil:
    cdef View key
    cdef uint64_t hash = hash_bytes(&engine.tracked.seeds, text, length)
    cdef uint64_t* slot
    cdef Entry* entry
    cdef Blob* blob
    cdef uint64_t* ids
    cdef size_t count, i
    key.ptr = text
    key.len = length
    slot = table_find(&engine.tracked, key, hash)
    if slot == NULL:
        table_insert(&engine.tracked, entry_new_blob(key, blob_from(<char*>&id, sizeof(id)), -1, 0), hash)
        engine.tracked_ids += 1
        return
    entry = slot_entry(slot)
    blob = entry_blob(entry)
    ids = <uint64_t*>blob_data(blob)
    count = blob.len // sizeof(id)
    for i in range(count):
        if ids[i] == id:
            return
    if count >= PURGE_IDS_MIN and count & (count - 1) == 0:
        count = purge_ids(engine, blob)
    blob = blob_try_resize(blob, (count + 1) * sizeof(id))
    if blob == NULL:
        return
    (<uint64_t*>blob_data(blob))[count] = id
    entry_set_pointer(entry, blob)
    engine.tracked_ids += 1


cdef size_t purge_ids(Engine* engine, Blob* blob) noexcept nogil:
    """Take the ids of sessions that have ended off the list of a key that is read and never changes; how many stay."""
    cdef uint64_t* ids = <uint64_t*>blob_data(blob)
    cdef size_t count = blob.len // sizeof(uint64_t)
    cdef size_t kept = 0
    cdef size_t i
    for i in range(count):
        if session_by_id(engine, ids[i]) != NULL:
            ids[kept] = ids[i]
            kept += 1
    engine.tracked_ids -= count - kept
    blob.len = kept * sizeof(uint64_t)
    return kept


# --- changes


cdef void tracking_observe(Engine* engine, int event, int db, View key) noexcept nogil:
    """Told of every change of a key, and of emptied databases."""
    cdef Prefix* prefix
    cdef int i
    if event == EVENT_FLUSHED:
        # A command that empties several databases says so once.
        engine.tracking_flushed = True
        if engine.current == NULL:
            tracking_after_call(engine)
        return
    for i in range(engine.prefix_count):
        prefix = &engine.prefixes[i]
        if key.len >= prefix.len and memcmp(key.ptr, prefix.text, prefix.len) == 0:
            note_changed(engine, prefix, key)
    if engine.tracked.count:
        invalidate(engine, key)


cdef void invalidate(Engine* engine, View key) noexcept nogil:
    """Tell those who read a key, and forget that they did."""
    cdef uint64_t hash = hash_bytes(&engine.tracked.seeds, key.ptr, key.len)
    cdef uint64_t* slot = table_find(&engine.tracked, key, hash)
    cdef Entry* entry
    cdef Session* session
    cdef uint64_t* ids
    cdef size_t count, i
    if slot == NULL:
        return
    entry = table_take(&engine.tracked, slot, hash)
    ids = <uint64_t*>blob_data(entry_blob(entry))
    count = entry_blob(entry).len // sizeof(uint64_t)
    for i in range(count):
        session = session_by_id(engine, ids[i])
        if session == NULL or not session.flags & S_TRACKING or session.flags & S_TRACKING_BCAST:
            continue
        if session == engine.current and session.flags & S_TRACKING_NOLOOP:
            continue
        if is_own(engine, session):
            keep_own(engine, session, key.ptr, key.len)
        else:
            send_key(engine, session, key)
    engine.tracked_ids -= count
    entry_free(entry)


cdef void tracking_after_call(Engine* engine) noexcept nogil:
    """After each command: tell everybody of a flush."""
    cdef uint64_t i
    cdef Session* session
    if not engine.tracking_flushed:
        return
    engine.tracking_flushed = False
    forget_keys(engine)
    for i in range(engine.sessions_mask + 1):
        session = engine.sessions[i]
        if session == NULL or not session.flags & S_TRACKING:
            continue
        if is_own(engine, session):
            keep_own(engine, session, NULL, FLUSHED)
        else:
            send_flushed(engine, session)


cdef void tracking_limit(Engine* engine) noexcept nogil:
    """Forget random keys, telling those who read them, while there are more than `tracking-table-max-keys`.

    Only so many at a time, more each time that it was not enough: the work is spread over commands.
    """
    cdef uint64_t effort, hash
    cdef Entry* entry
    if engine.tracked_keys_max == 0 or engine.tracked.count <= engine.tracked_keys_max:
        engine.tracked_over = 0
        return
    effort = LIMIT_EFFORT * (engine.tracked_over + 1)
    while effort and engine.tracked.count > engine.tracked_keys_max:
        effort -= 1
        entry = table_random(&engine.tracked, keyspace_random(&engine.ks), &hash)
        invalidate(engine, entry_key(entry))
    engine.tracked_over = engine.tracked_over + 1 if engine.tracked.count > engine.tracked_keys_max else 0


# --- broadcasts


cdef void note_changed(Engine* engine, Prefix* prefix, View key) noexcept nogil:
    """Note that a key changed and which session did it last, for NOLOOP."""
    cdef uint64_t id = engine.current.id if engine.current != NULL else 0
    cdef uint64_t hash = hash_bytes(&prefix.changed.seeds, key.ptr, key.len)
    cdef uint64_t* slot = table_find(&prefix.changed, key, hash)
    cdef View value
    value.ptr = <const char*>&id
    value.len = sizeof(id)
    if slot == NULL:
        table_insert(&prefix.changed, entry_new_string(key, value, -1, 0), hash)
    else:
        # An id is as long as the one before it; beside a long key it stands in a block of its own.
        memcpy(<char*>entry_string(slot_entry(slot)).ptr, &id, sizeof(id))


cdef int compare_entries(const void* left, const void* right) noexcept nogil:
    cdef View a = entry_key((<Entry**>left)[0])
    cdef View b = entry_key((<Entry**>right)[0])
    return compare_bytes(a.ptr, a.len, b.ptr, b.len)


cdef Entry** sorted_entries(const Table* table) noexcept nogil:
    """The entries of a table by their keys; the caller frees the array."""
    cdef Entry** found = <Entry**>mem_alloc(table.count * sizeof(void*))
    cdef size_t count = 0
    cdef uint64_t cursor = 0
    cdef Segment* segment
    cdef uint64_t i
    while True:
        segment = table_next_segment(table, &cursor)
        for i in range(<uint64_t>1 << segment.bits):
            if segment.slots[i]:
                found[count] = slot_entry(&segment.slots[i])
                count += 1
        if cursor == 0:
            break
    qsort(found, count, sizeof(void*), compare_entries)
    return found


cdef uint64_t changer_of(Entry* entry) noexcept nogil:
    cdef uint64_t id
    memcpy(&id, entry_string(entry).ptr, sizeof(id))
    return id


cdef void send_changed(Engine* engine, Session* session, Entry** entries, size_t count) noexcept nogil:
    """Tell a session of changed keys, without its own changes if it asked for that."""
    cdef bint all_of_them = not session.flags & S_TRACKING_NOLOOP
    cdef size_t wanted = 0
    cdef size_t i
    cdef Out* out
    for i in range(count):
        wanted += all_of_them or changer_of(entries[i]) != session.id
    if wanted == 0:
        return
    out = receiver(engine, session)
    if out == NULL:
        return
    out_array(out, <long long>wanted)
    for i in range(count):
        if all_of_them or changer_of(entries[i]) != session.id:
            out_view(out, entry_key(entries[i]))


cdef void tracking_broadcast(Engine* engine) noexcept nogil:
    """At the end of a round, before its writes: tell the sessions in BCAST mode what has changed."""
    cdef Prefix* prefix
    cdef Entry** entries
    cdef int i
    cdef size_t n
    for i in range(engine.prefix_count):
        prefix = &engine.prefixes[i]
        if prefix.changed.count == 0:
            continue
        entries = sorted_entries(&prefix.changed)
        for n in range(prefix.count):
            send_changed(engine, prefix.sessions[n], entries, prefix.changed.count)
        mem_free(entries)
        table_clear(&prefix.changed, entry_release, NULL)
