"""Looking at entries from Python, for DEBUG and MEMORY USAGE: with no effect on expiry, access data or counters.

Only for commands that are called rarely: each entry becomes Python objects.
"""

from libc.stdint cimport UINT64_MAX, uint64_t

from autocache.base.bytes cimport View
from autocache.codec.rdb cimport Writer, writer_clear
from autocache.codec.value cimport value_dump, value_save, value_undump
from autocache.commands.cache cimport Cache
from autocache.commands.objects cimport encoding_name
from autocache.keyspace.db cimport (
    FIND_NOTOUCH,
    FIND_WRITE,
    Db,
    Found,
    Keyspace,
    db_find,
    db_insert,
    db_set_string,
    idle_ms,
    modified,
)
from autocache.keyspace.value cimport value_bytes
from autocache.types.entry cimport (
    ENC_INTSET,
    ENC_LISTPACK,
    ENC_QUICKLIST,
    ENC_SORTED,
    ENC_STREAM,
    ENC_TABLE,
    TYPE_HASH,
    TYPE_STRING,
    Entry,
    entry_access,
    entry_encoding,
    entry_expired,
    entry_expiry,
    entry_key,
    entry_pointer,
    entry_string,
    entry_type,
)
from autocache.types.intset cimport intset_at, intset_length
from autocache.types.listpack cimport LP_INT_BYTES, lp_bytes, lp_element_bytes, lp_first, lp_next, lp_view
from autocache.types.quicklist cimport Node, Quicklist
from autocache.types.stream cimport ENTRY_SAME_FIELDS, Stream, StreamWalk, walk_next, walk_start
from autocache.types.stream_id cimport StreamId
from autocache.types.table cimport (
    Table,
    Walker,
    hash_bytes,
    slot_entry,
    table_find,
    table_scan,
    walker_begin,
    walker_next,
)
from autocache.types.sorted cimport Sorted
from autocache.types.zset cimport ZsetWalk, zset_walk_begin, zset_walk_next
from autocache.resp.values import ReplyError

from typing import NamedTuple

cdef enum:
    SLOT_BYTES = 8


class EntryFacts(NamedTuple):
    """What is known of one entry; `value` is set for strings only, `expiry_ms` is -1 for none."""

    key: bytes
    type: int
    encoding: str
    value: bytes
    expiry_ms: int
    size: int
    access: int
    idle_s: int
    address: int


cdef object facts(Cache cache, Entry* entry):
    cdef View key = entry_key(entry)
    cdef View value
    cdef bytes content = b""
    if entry_type(entry) == TYPE_STRING:
        value = entry_string(entry)
        content = value.ptr[:value.len]
    return EntryFacts(
        key.ptr[:key.len], entry_type(entry), encoding_name(entry).decode(), content, entry_expiry(entry),
        value_bytes(entry) + SLOT_BYTES,
        entry_access(entry), idle_ms(&cache.engine.ks, entry) // 1000, <size_t>entry)


cdef Db* database(Cache cache, int index) except NULL:
    if not 0 <= index < cache.engine.ks.db_count:
        raise ReplyError("ERR Out of range database")
    return &cache.engine.ks.dbs[index]


cdef Entry* entry_at(Cache cache, int db, bytes key) except? NULL:
    """The entry of a key, or NULL; one that has expired and nobody met yet, too."""
    cdef Db* found_db = database(cache, db)
    cdef View view
    cdef uint64_t* slot
    view.ptr = key
    view.len = len(key)
    slot = table_find(&found_db.table, view, hash_bytes(&found_db.table.seeds, view.ptr, view.len))
    return NULL if slot == NULL else slot_entry(slot)


def look_up(cache: Cache, db: int, key: bytes) -> EntryFacts | None:
    """What is known of a key, or None if there is none or it has expired."""
    cdef Entry* entry = entry_at(cache, db, key)
    if entry == NULL or entry_expired(entry, cache.engine.ks.now_ms):
        return None
    return facts(cache, entry)


cdef list listpack_items(char* lp):
    """The elements as bytes, integers as their digits."""
    cdef list found = []
    cdef char* p = lp_first(lp)
    cdef char[LP_INT_BYTES] digits
    cdef View view
    while p != NULL:
        view = lp_view(p, digits)
        found.append(view.ptr[:view.len])
        p = lp_next(lp, p)
    return found


cdef list quicklist_items(const Quicklist* quicklist):
    """The elements of all nodes."""
    cdef list found = []
    cdef Node* node = quicklist.head
    while node != NULL:
        found += listpack_items(node.packed)
        node = node.next
    return found


def list_figures(cache: Cache, db: int, key: bytes) -> dict[str, object]:
    """What DEBUG OBJECT adds for a list; nothing for other values."""
    cdef Entry* entry = entry_at(cache, db, key)
    cdef Quicklist* quicklist
    cdef Node* node
    cdef size_t size = 0
    if entry == NULL or entry_encoding(entry) != ENC_QUICKLIST:
        return {}
    quicklist = <Quicklist*>entry_pointer(entry)
    node = quicklist.head
    while node != NULL:
        size += lp_bytes(node.packed)
        node = node.next
    return {
        "ql_nodes": quicklist.nodes,
        "ql_avg_node": "%.2f" % (quicklist.count / <double>quicklist.nodes),
        "ql_listpack_max": cache.engine.ks.limits.list_listpack_size,
        "ql_compressed": int(cache.engine.ks.limits.list_compress_depth != 0),
        "ql_uncompressed_size": size,
    }


cdef list table_items(const Table* table, bint with_values):
    """The keys of a collection's table, each followed by its value if asked for."""
    cdef list found = []
    cdef Walker walker
    cdef Entry* entry
    cdef View view
    walker_begin(&walker, table)
    entry = walker_next(&walker)
    while entry != NULL:
        view = entry_key(entry)
        found.append(view.ptr[:view.len])
        if with_values:
            view = entry_string(entry)
            found.append(view.ptr[:view.len])
        entry = walker_next(&walker)
    return found


cdef list zset_items(Entry* zset):
    """Members, each followed by its score with all its digits."""
    cdef list found = []
    cdef ZsetWalk walk
    zset_walk_begin(&walk, zset, 0, False)
    while zset_walk_next(&walk):
        found.append(walk.member.ptr[:walk.member.len])
        found.append(b"%.17g" % walk.score)
    return found


cdef const char* append_word(list found, const char* word):
    """Append an element of a stream's node; where the next one is."""
    cdef char[LP_INT_BYTES] digits
    cdef View view = lp_view(word, digits)
    found.append(view.ptr[:view.len])
    return word + lp_element_bytes(word)


cdef list stream_items(const Stream* stream):
    """Entries: the ID's two numbers with a dot between them, then fields and values in turn."""
    cdef list found = []
    cdef StreamWalk walk
    cdef StreamId first
    cdef StreamId last
    cdef const char* name
    cdef const char* word
    first.ms = first.seq = 0
    last.ms = last.seq = UINT64_MAX
    walk_start(&walk, stream, &first, &last, False)
    while walk_next(&walk):
        found.append(b"%d.%d" % (walk.id.ms, walk.id.seq))
        name = walk.names
        word = walk.words
        for _ in range(walk.fields):
            if walk.flags & ENTRY_SAME_FIELDS:
                name = append_word(found, name)
            else:
                word = append_word(found, word)
            word = append_word(found, word)
    return found


def members(cache: Cache, db: int, key: bytes) -> list[bytes]:
    """What a collection holds, flat: elements; fields and values; members and scores; a stream's entries.

    Nothing for no key.
    """
    cdef Entry* entry = entry_at(cache, db, key)
    cdef char* intset
    cdef int encoding
    if entry == NULL or entry_type(entry) == TYPE_STRING:
        return []
    encoding = entry_encoding(entry)
    if encoding == ENC_LISTPACK:
        return listpack_items(<char*>entry_pointer(entry))
    if encoding == ENC_QUICKLIST:
        return quicklist_items(<Quicklist*>entry_pointer(entry))
    if encoding == ENC_INTSET:
        intset = <char*>entry_pointer(entry)
        return [b"%d" % intset_at(intset, i) for i in range(intset_length(intset))]
    if encoding == ENC_TABLE:
        return table_items(<Table*>entry_pointer(entry), entry_type(entry) == TYPE_HASH)
    if encoding == ENC_SORTED:
        return zset_items(entry)
    assert encoding == ENC_STREAM, "every encoding is known here"
    return stream_items(<Stream*>entry_pointer(entry))


cdef struct Walk:
    void* cache
    void* found


cdef bint visit(void* context, Entry* entry) noexcept nogil:
    cdef Walk* walk = <Walk*>context
    with gil:
        (<list>walk.found).append(facts(<Cache>walk.cache, entry))
    return True


def entries(cache: Cache, db: int) -> list[EntryFacts]:
    """All entries of a database, those that have expired and nobody met yet too. In no order."""
    cdef Db* found_db = database(cache, db)
    cdef list found = []
    cdef Walk walk
    cdef uint64_t cursor = 0
    walk.cache = <void*>cache
    walk.found = <void*>found
    while True:
        cursor = table_scan(&found_db.table, cursor, visit, &walk)
        if cursor == 0:
            return found


def add_string(cache: Cache, db: int, key: bytes, value: bytes) -> bool:
    """Make a key, unless it is there; whether it was made. For DEBUG POPULATE."""
    cdef Db* found_db = database(cache, db)
    cdef Found found
    cdef View view
    view.ptr = key
    view.len = len(key)
    if db_find(&cache.engine.ks, found_db, view, &found, FIND_WRITE | FIND_NOTOUCH):
        return False
    view.ptr = value
    view.len = len(value)
    db_set_string(&cache.engine.ks, &found, view, -1)
    modified(&cache.engine.ks, &found)
    return True


def reload(cache: Cache) -> None:
    """Write each value in its serialized form and put what is read back in its place. For DEBUG RELOAD."""
    cdef Keyspace* ks = &cache.engine.ks
    cdef Writer* writer = &cache.engine.dumper
    cdef Found found
    cdef View key, payload
    cdef Entry* entry
    cdef bytes name
    for number in range(ks.db_count):
        for name in [known.key for known in entries(cache, number)]:
            key.ptr = name
            key.len = len(name)
            if not db_find(ks, &ks.dbs[number], key, &found, FIND_WRITE | FIND_NOTOUCH):
                continue
            value_dump(writer, found.entry)
            payload.ptr = writer.data
            payload.len = writer.len
            entry = value_undump(payload, key, entry_expiry(found.entry), entry_access(found.entry), &ks.limits)
            writer_clear(writer)
            if entry == NULL:
                raise ReplyError("ERR a value could not be written and read back")
            db_insert(ks, &found, entry)


def serialized_bytes(cache: Cache, db: int, key: bytes) -> int:
    """The size of a value's serialized form, without its type and the frame of a payload; 0 if there is no such key."""
    cdef Writer* writer = &cache.engine.dumper
    cdef Entry* entry = entry_at(cache, db, key)
    cdef size_t size = 0
    if entry != NULL:
        value_save(writer, entry)
        size = writer.len - 1
    writer_clear(writer)
    return size


cdef dict figures(const Table* table):
    return {
        "elements": table.count,
        "volatile": table.volatile,
        "segments": table.segments,
        "directory": 1 << table.depth if table.directory != NULL else 0,
    }


def table_figures(cache: Cache, db: int) -> dict[str, int]:
    """The index of a database, as DEBUG HTSTATS shows it."""
    return figures(&database(cache, db).table)


def value_figures(cache: Cache, db: int, key: bytes) -> dict[str, int] | None:
    """The same of a collection that is a hash table; None for other values and where there is no key."""
    cdef Entry* entry = entry_at(cache, db, key)
    if entry == NULL or entry_encoding(entry) not in (ENC_TABLE, ENC_SORTED):
        return None
    if entry_encoding(entry) == ENC_SORTED:
        return figures(&(<Sorted*>entry_pointer(entry)).table)
    return figures(<Table*>entry_pointer(entry))
