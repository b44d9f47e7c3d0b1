"""Looking at entries from Python, for DEBUG and MEMORY USAGE: with no effect on expiry, access data or counters.

Only for commands that are called rarely: each entry becomes Python objects.
"""

from libc.stdint cimport uint64_t

from autocache.base.bytes cimport View
from autocache.commands.cache cimport Cache
from autocache.commands.objects cimport encoding_name
from autocache.keyspace.db cimport FIND_NOTOUCH, FIND_WRITE, Db, Found, db_find, db_set_string, idle_ms, modified
from autocache.keyspace.value cimport value_bytes
from autocache.types.entry cimport (
    TYPE_STRING,
    Entry,
    entry_access,
    entry_expired,
    entry_expiry,
    entry_key,
    entry_string,
    entry_type,
)
from autocache.types.table cimport hash_bytes, slot_entry, table_find, table_scan
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


def look_up(cache: Cache, db: int, key: bytes) -> EntryFacts | None:
    """The entry of a key, or None if there is none or it has expired."""
    cdef Db* found_db = database(cache, db)
    cdef View view
    cdef uint64_t* slot
    view.ptr = key
    view.len = len(key)
    slot = table_find(&found_db.table, view, hash_bytes(&found_db.table.seeds, view.ptr, view.len))
    if slot == NULL or entry_expired(slot_entry(slot), cache.engine.ks.now_ms):
        return None
    return facts(cache, slot_entry(slot))


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


def table_figures(cache: Cache, db: int) -> dict[str, int]:
    """The index of a database, as DEBUG HTSTATS shows it."""
    cdef Db* found_db = database(cache, db)
    return {
        "elements": found_db.table.count,
        "volatile": found_db.table.volatile,
        "segments": found_db.table.segments,
        "directory": 1 << found_db.table.depth if found_db.table.directory != NULL else 0,
    }
