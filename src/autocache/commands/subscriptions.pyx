"""Who is subscribed to which channels and patterns, and sending messages to them.

A channel, shard channel or pattern that has subscribers is an entry of a table: its key is the name, its value the
list of the subscribed sessions in the order in which they came, which is the order in which they are told. A session
that has subscriptions owns three lists of pointers to those entries, so one subscription takes 16 bytes beside its
channel's name, and a session that ends takes itself off its own channels only. Both lists know of each subscription;
whether there is one already is looked up in the shorter of them. A session without subscriptions has a NULL pointer.

Entries stay where they are while they have a subscriber: their tables are changed here and nowhere else, and nothing
in them expires.

A message is written once (`message`) and its bytes are copied to each subscriber, for only the first of them depends
on the receiver's protocol. A long message is not copied: all outputs hold a share of one block.

Sending runs through lists that nothing may change meanwhile: a receiver that turns out to be too slow is closed
while it is told, but its session ends, and its subscriptions with it, only after the round. Nothing here is called
while the table of another kind is changed.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memmove

from autocache.base.bytes cimport View, unlikely
from autocache.base.glob cimport glob_match
from autocache.commands.context cimport *
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_realloc, mem_zalloc
from autocache.memory.blob cimport Blob, blob_data, blob_from, blob_release, blob_resize
from autocache.resp.out cimport (
    SHARE_BYTES_MIN,
    Out,
    out_blob,
    out_bulk,
    out_clear,
    out_free,
    out_head,
    out_raw,
    out_view,
)
from autocache.types.entry cimport (
    Entry,
    entry_blob,
    entry_free,
    entry_key,
    entry_new_blob,
    entry_release,
    entry_set_pointer,
)
from autocache.types.table cimport (
    Table,
    hash_bytes,
    slot_entry,
    table_clear,
    table_find,
    table_init,
    table_insert,
    table_take,
)

cdef enum:
    KEEP_MESSAGE_BYTES_MAX = 65536      # a longer buffer is not kept for the next message
    FIRST_OUT_BYTES = 512               # what an idle receiver's buffer begins with


cdef void subscriptions_init(Engine* engine) noexcept nogil:
    cdef int kind
    for kind in range(SUB_KINDS):
        table_init(&engine.pubsub.tables[kind], engine.ks.seeds)
    engine.pubsub.message.protocol = 2


cdef void subscriptions_clear(Engine* engine) noexcept nogil:
    """Free what is left; all sessions have ended."""
    cdef int kind
    for kind in range(SUB_KINDS):
        table_clear(&engine.pubsub.tables[kind], entry_release, NULL)
    list_free(&engine.pubsub.patterns)
    out_free(&engine.pubsub.message)
    out_free(&engine.pubsub.kept)


# --- lists of entries


cdef void list_append(EntryList* list, Entry* entry) noexcept nogil:
    if list.count == list.capacity:
        list.capacity = list.capacity * 2 if list.capacity else 1
        list.items = <Entry**>mem_realloc(list.items, list.capacity * sizeof(void*))
    list.items[list.count] = entry
    list.count += 1


cdef void list_remove(EntryList* list, Entry* entry) noexcept nogil:
    """Take an entry out; those behind it move up."""
    cdef uint32_t i
    for i in range(list.count):
        if list.items[i] == entry:
            list.count -= 1
            memmove(&list.items[i], &list.items[i + 1], (list.count - i) * sizeof(void*))
            break
    if list.count == 0:
        list_free(list)


cdef void list_free(EntryList* list) noexcept nogil:
    mem_free(list.items)
    list.items = NULL
    list.count = list.capacity = 0


# --- lists of sessions


cdef inline uint64_t session_count(Entry* entry) noexcept nogil:
    return entry_blob(entry).len // sizeof(void*)


cdef inline Session** sessions_of(Entry* entry) noexcept nogil:
    return <Session**>blob_data(entry_blob(entry))


cdef void add_session(Entry* entry, Session* session) noexcept nogil:
    cdef Blob* blob = entry_blob(entry)
    cdef size_t end = blob.len
    blob = blob_resize(blob, end + sizeof(void*))
    (<Session**>(blob_data(blob) + end))[0] = session
    entry_set_pointer(entry, blob)


cdef void remove_session(Entry* entry, Session* session) noexcept nogil:
    """Take a session off; those behind it move up, so that the order stays."""
    cdef Session** sessions = sessions_of(entry)
    cdef uint64_t count = session_count(entry)
    cdef uint64_t i
    for i in range(count):
        if sessions[i] == session:
            memmove(&sessions[i], &sessions[i + 1], (count - i - 1) * sizeof(void*))
            entry_blob(entry).len -= sizeof(void*)
            return


cdef void detach(Engine* engine, int kind, Entry* entry, Session* session) noexcept nogil:
    """Take a session off an entry, which goes away when nobody is left on it."""
    cdef Table* table = &engine.pubsub.tables[kind]
    cdef View name = entry_key(entry)
    cdef uint64_t hash
    remove_session(entry, session)
    if session_count(entry):
        return
    if kind == SUB_PATTERN:
        list_remove(&engine.pubsub.patterns, entry)
    hash = hash_bytes(&table.seeds, name.ptr, name.len)
    entry_free(table_take(table, table_find(table, name, hash), hash))
    if table.count == 0:
        # What it grew to for many channels goes with the last of them.
        table_clear(table, entry_release, NULL)


cdef Entry* find(const Engine* engine, int kind, View name) noexcept nogil:
    """The entry of a name, or NULL if nobody is subscribed to it."""
    cdef const Table* table = &engine.pubsub.tables[kind]
    cdef uint64_t* slot
    if table.count == 0:
        return NULL
    slot = table_find(table, name, hash_bytes(&table.seeds, name.ptr, name.len))
    return slot_entry(slot) if slot != NULL else NULL


# --- subscribing


cdef bint is_subscribed(Session* session, int kind, Entry* entry) noexcept nogil:
    """Whether a session is subscribed to an entry: the shorter list tells."""
    cdef EntryList* own
    cdef Session** sessions = sessions_of(entry)
    cdef uint64_t count = session_count(entry)
    cdef uint64_t i
    if session.subscriptions == NULL:
        return False
    own = &session.subscriptions.kinds[kind]
    if own.count <= count:
        for i in range(own.count):
            if own.items[i] == entry:
                return True
        return False
    for i in range(count):
        if sessions[i] == session:
            return True
    return False


cdef void subscribe(Engine* engine, Session* session, int kind, View name) noexcept nogil:
    """Subscribe a session to a channel, shard channel or pattern; again changes nothing."""
    cdef Table* table = &engine.pubsub.tables[kind]
    cdef Entry* entry = find(engine, kind, name)
    if entry != NULL and is_subscribed(session, kind, entry):
        return
    if entry == NULL:
        entry = entry_new_blob(name, blob_from(<char*>&session, sizeof(void*)), -1, 0)
        table_insert(table, entry, hash_bytes(&table.seeds, name.ptr, name.len))
        if kind == SUB_PATTERN:
            list_append(&engine.pubsub.patterns, entry)
    else:
        add_session(entry, session)
    if session.subscriptions == NULL:
        session.subscriptions = <Subscriptions*>mem_zalloc(sizeof(Subscriptions))
        session.flags |= S_PUBSUB
    list_append(&session.subscriptions.kinds[kind], entry)


cdef void unsubscribe(Engine* engine, Session* session, int kind, View name) noexcept nogil:
    """End one subscription, if there is such a one."""
    cdef Entry* entry = find(engine, kind, name)
    if entry == NULL or not is_subscribed(session, kind, entry):
        return
    list_remove(&session.subscriptions.kinds[kind], entry)
    detach(engine, kind, entry, session)
    drop_empty(session)


cdef void unsubscribe_all(Engine* engine, Session* session, int kind) noexcept nogil:
    """End all subscriptions of a kind."""
    cdef EntryList* own
    cdef uint32_t i
    if session.subscriptions == NULL:
        return
    own = &session.subscriptions.kinds[kind]
    for i in range(own.count):
        detach(engine, kind, own.items[i], session)
    list_free(own)
    drop_empty(session)


cdef void drop_empty(Session* session) noexcept nogil:
    """Leave the subscribed state with the last subscription."""
    cdef int kind
    for kind in range(SUB_KINDS):
        if session.subscriptions.kinds[kind].count:
            return
    mem_free(session.subscriptions)
    session.subscriptions = NULL
    session.flags &= ~<uint64_t>S_PUBSUB


cdef void subscriptions_forget(Engine* engine, Session* session) noexcept nogil:
    """End all subscriptions of a session without telling it. Not while a message is sent."""
    cdef int kind
    for kind in range(SUB_KINDS):
        unsubscribe_all(engine, session, kind)


cdef uint64_t subscription_count(const Session* session, int kind) noexcept nogil:
    """How many subscriptions of a kind a session has."""
    return session.subscriptions.kinds[kind].count if session.subscriptions != NULL else 0


cdef Entry* subscription_at(const Session* session, int kind, uint64_t index) noexcept nogil:
    """One of a session's subscriptions, in the order in which they were made."""
    return session.subscriptions.kinds[kind].items[index]


cdef object subscription_counts(Session* session):
    """How many channels, patterns and shard channels a session is subscribed to."""
    return tuple([subscription_count(session, kind) for kind in range(SUB_KINDS)])


cdef size_t subscription_bytes(const Session* session) noexcept nogil:
    """What a session's own lists take."""
    cdef size_t total = 0
    cdef int kind
    if session.subscriptions == NULL:
        return 0
    for kind in range(SUB_KINDS):
        total += session.subscriptions.kinds[kind].capacity * sizeof(void*)
    return total + sizeof(Subscriptions)


cdef uint64_t subscriber_count(const Engine* engine, int kind, View name) noexcept nogil:
    """How many sessions are subscribed to a name."""
    cdef Entry* entry = find(engine, kind, name)
    return session_count(entry) if entry != NULL else 0


# --- sending


cdef inline bint is_at_work(const Engine* engine, const Session* session) noexcept nogil:
    return session == engine.current or session == engine.serving


cdef Out* told_at(Engine* engine, Session* session) noexcept nogil:
    """Where to append what a session is told although it may have turned its replies off; NULL if it is gone.

    What the running command appends to the output of its own session is cut off again with its reply then: it is
    kept elsewhere, and `deliver_kept` appends it.
    """
    cdef Out* out = engine.outbox(engine.server, session)
    if out != NULL and session.flags & (S_REPLY_OFF | S_REPLY_SKIP) and is_at_work(engine, session):
        engine.pubsub.kept.protocol = out.protocol
        return &engine.pubsub.kept
    return out


cdef void deliver_kept(Engine* engine, Out* out) noexcept nogil:
    """Append what was kept while the reply of the running command was still to be dropped, if anything was."""
    if engine.pubsub.kept.len:
        out_raw(out, engine.pubsub.kept.data, engine.pubsub.kept.len)
        out_free(&engine.pubsub.kept)


cdef void send(Engine* engine, Session* session, Blob* blob, View tail) noexcept nogil:
    """Give one session the message that `engine.pubsub.message` holds, and, behind it, a long text if there is one."""
    cdef Out* message = &engine.pubsub.message
    cdef Out* out
    # Nothing follows the reply after which a session closes.
    if session.flags & (S_CLOSE | S_KILLED):
        return
    out = told_at(engine, session)
    if out == NULL:
        return
    if out.data == NULL and message.len < FIRST_OUT_BYTES:
        # One of many that will wait for the end of the round: the usual first buffer is much longer.
        out.data = <char*>mem_alloc(FIRST_OUT_BYTES)
        out.capacity = FIRST_OUT_BYTES
    out_raw(out, message.data, message.len)
    if out.protocol != 2:
        out.data[out.len - message.len] = c'>'
    if blob == NULL:
        return
    if out == &engine.pubsub.kept:
        out_view(out, tail)
    else:
        out_blob(out, blob)


cdef int64_t send_to_all(Engine* engine, Entry* entry, Blob* blob, View tail) noexcept nogil:
    cdef Session** sessions = sessions_of(entry)
    cdef uint64_t count = session_count(entry)
    cdef uint64_t i
    for i in range(count):
        send(engine, sessions[i], blob, tail)
    return <int64_t>count


cdef void write_head(Out* message, int parts, const char* word, size_t length) noexcept nogil:
    """Begin a message anew, in the form of RESP2."""
    out_clear(message)
    out_head(message, c'*', parts)
    out_bulk(message, word, length)


cdef int64_t publish(Engine* engine, int kind, View channel, View message, Blob* blob) noexcept nogil:
    """Send a message to the subscribers of a channel (SUB_CHANNEL) or shard channel (SUB_SHARD).

    `blob` holds the message too, or is NULL. Returns how many subscriptions it went to: subscribers of the channel
    first, then those of each pattern that matches, in the order in which the patterns were first subscribed to.
    """
    cdef Out* text = &engine.pubsub.message
    cdef Entry* entry = find(engine, kind, channel)
    cdef EntryList* patterns = &engine.pubsub.patterns
    cdef bint is_long = message.len >= SHARE_BYTES_MIN
    cdef bint is_ours = False
    cdef int64_t receivers = 0
    cdef View pattern
    cdef uint32_t i
    if entry == NULL and (kind == SUB_SHARD or patterns.count == 0):
        return 0
    if is_long and blob == NULL:
        blob = blob_from(message.ptr, message.len)
        is_ours = True
    elif not is_long:
        blob = NULL
    if entry != NULL:
        write_head(text, 3, b"smessage" if kind == SUB_SHARD else b"message", 8 if kind == SUB_SHARD else 7)
        out_view(text, channel)
        if not is_long:
            out_view(text, message)
        receivers = send_to_all(engine, entry, blob, message)
    for i in range(patterns.count if kind == SUB_CHANNEL else 0):
        pattern = entry_key(patterns.items[i])
        if not glob_match(pattern.ptr, pattern.len, channel.ptr, channel.len, False):
            continue
        write_head(text, 4, b"pmessage", 8)
        out_view(text, pattern)
        out_view(text, channel)
        if not is_long:
            out_view(text, message)
        receivers += send_to_all(engine, patterns.items[i], blob, message)
    if is_ours:
        blob_release(blob)
    if unlikely(text.capacity > KEEP_MESSAGE_BYTES_MAX):
        out_free(text)
    return receivers
