"""Looking ahead in a pipeline: asking for the memory of the next keys before their commands run.

With more keys than fit the processor's caches, a GET spends most of its time waiting for two words of memory, one
after the other: the table's slot and the entry. The requests of a pipeline are independent in this, so the slots of
all of them are asked for first, then all entries, and the waiting overlaps. What is asked for is only a guess (a
SELECT or an earlier command of the pipeline may change it); nothing is decided here.
"""


from autocache.base.bytes cimport prefetch
from autocache.commands.context cimport Command, Engine, Session
from autocache.commands.execute cimport find_command
from autocache.types.entry cimport Entry
from autocache.types.table cimport hash_bytes, table_candidate, table_prefetch
from autocache.resp.parser cimport Arg


cdef void ahead_slots(Engine* engine, Session* session, const Arg* args, Ahead* ahead) noexcept nogil:
    """Ask for the slot of a request's first key."""
    cdef const Command* command = find_command(engine, args, ahead.count)
    cdef const Arg* key
    ahead.table = NULL
    if command == NULL or command.first_key <= 0 or command.first_key >= ahead.count:
        return
    key = &args[command.first_key]
    ahead.table = &session.db.table
    ahead.hash = hash_bytes(&engine.ks.seeds, key.ptr, key.len)
    table_prefetch(ahead.table, ahead.hash)


cdef void ahead_entries(const Ahead* ahead) noexcept nogil:
    """Ask for the entry that the slot leads to; the slot should have arrived by now."""
    cdef Entry* entry
    if ahead.table != NULL:
        entry = table_candidate(ahead.table, ahead.hash)
        if entry != NULL:
            prefetch(entry)
            prefetch(<char*>entry + 64)
