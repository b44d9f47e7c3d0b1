"""The set commands on one set, and SMOVE; those that combine sets are in `set_algebra`."""

from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View
from autocache.commands.args cimport count_arg, find_typed, key_at, range_arg, syntax_error
from autocache.commands.context cimport Request
from autocache.commands.scan cimport (
    ScanOptions,
    scan_cursor,
    scan_options,
    scan_reply_cursor,
    scan_reply_end,
    scan_table,
    scan_wants,
)
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_SET,
    FIND_WRITE,
    Found,
    announce,
    changed,
    db_add_value,
    db_delete,
    db_relocate,
    keyspace_random,
    modified,
)
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport (
    Out,
    out_array,
    out_defer,
    out_error,
    out_int,
    out_null,
    out_set,
    out_view,
)
from autocache.types.entry cimport (
    ENC_TABLE,
    TYPE_SET,
    Entry,
    entry_encoding,
    entry_free,
    entry_key,
    entry_new_string,
    entry_pointer,
    entry_release,
)
from autocache.types.set cimport (
    MEMBER_INT_BYTES,
    SetWalk,
    set_add,
    set_create,
    set_has,
    set_length,
    set_random,
    set_remove,
    set_reserve,
    set_walk_begin,
    set_walk_next,
)
from autocache.types.table cimport (
    Table,
    hash_bytes,
    table_clear,
    table_find,
    table_init,
    table_insert,
    table_random,
    table_take,
    table_tidy,
)

from autocache.commands.declare import declare

cdef enum:
    SAMPLE_SHARE = 3                    # from a third of a set on, a sample is taken by walking it
    DRAWS_MAX = 1 << 24                 # members that SRANDMEMBER may repeat


cdef void drop_if_empty(Request* request, Found* found) noexcept nogil:
    """Delete the key of a set that has lost its last member, and say so; the change itself was told already."""
    if set_length(found.entry) == 0:
        db_delete(request.ks, found, request.ks.lazy_server_del)
        announce(request.ks, EVENT_CLASS_GENERIC, b"del", found.db.id, found.key)


# --- adding and removing


declare(
    <size_t>sadd_command, "SADD key member [member ...]", arity=-3, group="set", flags="write denyoom fast",
    keys="RW insert@1", since="1.0.0", complexity="O(N) where N is the number of members that are given.",
    about="Adds members to a set and tells how many of them are new.",
)
cdef void sadd_command(Request* request) noexcept nogil:
    cdef Found found
    cdef uint8_t kind
    cdef void* payload
    cdef int64_t added = 0
    cdef int i
    if not find_typed(request, 1, TYPE_SET, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        payload = set_create(key_at(request, 2), &request.ks.limits, &kind)
        db_add_value(request.ks, &found, kind, payload)
        set_reserve(found.entry, request.argc - 2, &request.ks.limits)
    for i in range(2, request.argc):
        added += set_add(found.entry, key_at(request, i), &request.ks.limits)
    if added:
        changed(request.ks, &found, EVENT_CLASS_SET, b"sadd")
    out_int(request.out, added)


declare(
    <size_t>srem_command, "SREM key member [member ...]", arity=-3, group="set", flags="write fast",
    keys="RW delete@1", since="1.0.0", complexity="O(N) where N is the number of members that are given.",
    about="Removes members from a set and tells how many of them were there. An empty set is deleted.",
)
cdef void srem_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int64_t removed = 0
    cdef int i
    if not find_typed(request, 1, TYPE_SET, FIND_WRITE, &found):
        return
    if found.slot != NULL:
        for i in range(2, request.argc):
            removed += set_remove(found.entry, key_at(request, i))
            if set_length(found.entry) == 0:
                break
        if removed:
            changed(request.ks, &found, EVENT_CLASS_SET, b"srem")
            drop_if_empty(request, &found)
    out_int(request.out, removed)


declare(
    <size_t>smove_command, "SMOVE source destination member", arity=4, group="set", flags="write fast",
    keys="RW access delete@1, RW insert@2", since="1.0.0",
    about="Moves a member from one set to another and tells whether it was in the first.",
)
cdef void smove_command(Request* request) noexcept nogil:
    cdef Found source
    cdef Found target
    cdef View member = key_at(request, 3)
    if not find_typed(request, 1, TYPE_SET, FIND_WRITE, &source):
        return
    if source.slot == NULL:
        out_int(request.out, 0)
        return
    if not find_typed(request, 2, TYPE_SET, FIND_WRITE, &target):
        return
    if target.entry == source.entry:
        out_int(request.out, set_has(source.entry, member))
        return
    if not set_remove(source.entry, member):
        out_int(request.out, 0)
        return
    move_member(request, &source, &target, member)
    out_int(request.out, 1)


cdef void move_member(Request* request, Found* source, Found* target, View member) noexcept nogil:
    """Add a member, removed from the source already, to the target, which may be absent."""
    cdef uint8_t kind
    cdef void* payload
    cdef bint added
    announce(request.ks, EVENT_CLASS_SET, b"srem", source.db.id, source.key)
    if set_length(source.entry) == 0:
        db_relocate(source)
        drop_if_empty(request, source)
        db_relocate(target)
    if target.slot == NULL:
        payload = set_create(member, &request.ks.limits, &kind)
        db_add_value(request.ks, target, kind, payload)
    added = set_add(target.entry, member, &request.ks.limits)
    modified(request.ks, source)
    if added:
        changed(request.ks, target, EVENT_CLASS_SET, b"sadd")


# --- asking


declare(
    <size_t>sismember_command, "SISMEMBER key member", arity=3, group="set", flags="readonly fast", keys="RO@1",
    since="1.0.0", about="Tells whether something is a member of a set.",
)
cdef void sismember_command(Request* request) noexcept nogil:
    cdef Found found
    if find_typed(request, 1, TYPE_SET, 0, &found):
        out_int(request.out, found.slot != NULL and set_has(found.entry, key_at(request, 2)))


declare(
    <size_t>smismember_command, "SMISMEMBER key member [member ...]", arity=-3, group="set",
    flags="readonly fast", keys="RO access@1", since="6.2.0",
    complexity="O(N) where N is the number of members that are asked for.",
    about="Tells of each of several members whether it is in a set.",
)
cdef void smismember_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int i
    if not find_typed(request, 1, TYPE_SET, 0, &found):
        return
    out_array(request.out, request.argc - 2)
    for i in range(2, request.argc):
        out_int(request.out, found.slot != NULL and set_has(found.entry, key_at(request, i)))


declare(
    <size_t>scard_command, "SCARD key", arity=2, group="set", flags="readonly fast", keys="RO@1", since="1.0.0",
    about="Returns the number of members of a set.",
)
cdef void scard_command(Request* request) noexcept nogil:
    cdef Found found
    if find_typed(request, 1, TYPE_SET, 0, &found):
        out_int(request.out, <int64_t>set_length(found.entry) if found.slot != NULL else 0)


cdef void reply_members(Request* request, Entry* set) noexcept nogil:
    cdef SetWalk walk
    out_set(request.out, <int64_t>set_length(set))
    set_walk_begin(&walk, set)
    while set_walk_next(&walk):
        out_view(request.out, walk.member)


declare(
    <size_t>smembers_command, "SMEMBERS key", arity=2, group="set", flags="readonly", keys="RO access@1",
    since="1.0.0", complexity="O(N) where N is the number of members.", tips=("nondeterministic_output_order",),
    about="Returns all members of a set.",
)
cdef void smembers_command(Request* request) noexcept nogil:
    cdef Found found
    if not find_typed(request, 1, TYPE_SET, 0, &found):
        return
    if found.slot == NULL:
        out_set(request.out, 0)
    else:
        reply_members(request, found.entry)


# --- random members


declare(
    <size_t>spop_command, "SPOP key [count]", arity=-2, group="set", flags="write fast",
    keys="RW access delete@1", since="1.0.0", tips=("nondeterministic_output",),
    complexity="O(N) where N is the number of members that are asked for.",
    about="Removes random members from a set and returns them.",
)
cdef void spop_command(Request* request) noexcept nogil:
    cdef Found found
    if request.argc == 3:
        pop_many(request)
        return
    if request.argc > 3:
        syntax_error(request)
        return
    if not find_typed(request, 1, TYPE_SET, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        out_null(request.out)
        return
    pop_one(request, found.entry)
    changed(request.ks, &found, EVENT_CLASS_SET, b"spop")
    drop_if_empty(request, &found)


cdef void pop_one(Request* request, Entry* set) noexcept nogil:
    """Append a random member and remove it."""
    cdef char buffer[MEMBER_INT_BYTES]
    cdef View member
    cdef char* kept = NULL
    cdef Table* table
    cdef Entry* entry
    cdef uint64_t hash
    if entry_encoding(set) == ENC_TABLE:
        # By its slot, so that it need not be looked for again.
        table = <Table*>entry_pointer(set)
        entry = table_random(table, keyspace_random(request.ks), &hash)
        out_view(request.out, entry_key(entry))
        entry_free(table_take(table, table_find(table, entry_key(entry), hash), hash))
        table_tidy(table)
        return
    member = set_random(set, keyspace_random(request.ks), buffer)
    out_view(request.out, member)
    # The member lies in what is about to change.
    if member.ptr != buffer:
        kept = <char*>mem_alloc(member.len)
        memcpy(kept, member.ptr, member.len)
        member.ptr = kept
    set_remove(set, member)
    mem_free(kept)


cdef void pop_many(Request* request) noexcept nogil:
    cdef Found found
    cdef int64_t count
    cdef uint64_t _
    if not count_arg(request, 2, &count) or not find_typed(request, 1, TYPE_SET, FIND_WRITE, &found):
        return
    if found.slot == NULL or count == 0:
        out_set(request.out, 0)
        return
    announce(request.ks, EVENT_CLASS_SET, b"spop", found.db.id, found.key)
    if <uint64_t>count >= set_length(found.entry):
        reply_members(request, found.entry)
        db_delete(request.ks, &found, request.ks.lazy_server_del)
        announce(request.ks, EVENT_CLASS_GENERIC, b"del", found.db.id, found.key)
    else:
        out_set(request.out, count)
        for _ in range(<uint64_t>count):
            pop_one(request, found.entry)
    modified(request.ks, &found)


declare(
    <size_t>srandmember_command, "SRANDMEMBER key [count]", arity=-2, group="set", flags="readonly",
    keys="RO access@1", since="1.0.0", tips=("nondeterministic_output",),
    complexity="O(N) where N is the number of members that are asked for.",
    about="Returns random members of a set: distinct ones, or, with a negative count, any.",
)
cdef void srandmember_command(Request* request) noexcept nogil:
    cdef Found found
    cdef char buffer[MEMBER_INT_BYTES]
    if request.argc == 3:
        sample(request)
    elif request.argc > 3:
        syntax_error(request)
    elif not find_typed(request, 1, TYPE_SET, 0, &found):
        return
    elif found.slot == NULL:
        out_null(request.out)
    else:
        out_view(request.out, set_random(found.entry, keyspace_random(request.ks), buffer))


cdef void sample(Request* request) noexcept nogil:
    cdef Found found
    cdef char buffer[MEMBER_INT_BYTES]
    cdef int64_t count
    cdef int64_t _
    if not range_arg(request, 2, -INT64_MAX, INT64_MAX, &count) or not find_typed(request, 1, TYPE_SET, 0, &found):
        return
    if found.slot == NULL or count == 0:
        out_array(request.out, 0)
    elif count > 0:
        sample_distinct(request, found.entry, <uint64_t>count)
    elif count < -DRAWS_MAX:
        out_error(request.out, b"ERR value is out of range")
    else:
        out_array(request.out, -count)
        for _ in range(-count):
            out_view(request.out, set_random(found.entry, keyspace_random(request.ks), buffer))


cdef void sample_distinct(Request* request, Entry* set, uint64_t count) noexcept nogil:
    """Distinct members, each as likely: by walking the set, or, where few are wanted of many, by drawing."""
    cdef uint64_t left = set_length(set)
    cdef SetWalk walk
    if count > left:
        count = left
    out_array(request.out, <int64_t>count)
    if entry_encoding(set) == ENC_TABLE and count < left // SAMPLE_SHARE:
        draw_distinct(request, <Table*>entry_pointer(set), count)
        return
    set_walk_begin(&walk, set)
    while count and set_walk_next(&walk):
        # Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
        if keyspace_random(request.ks) % left < count:
            out_view(request.out, walk.member)
            count -= 1
        left -= 1


cdef void draw_distinct(Request* request, const Table* table, uint64_t count) noexcept nogil:
    """Draw until so many distinct members are found; a third of the set at most, so that few draws are in vain."""
    cdef Table drawn
    cdef Entry* entry
    cdef View address
    cdef uint64_t hash
    cdef uint64_t mark
    table_init(&drawn, table.seeds)
    while count:
        entry = table_random(table, keyspace_random(request.ks), &hash)
        # What was drawn is remembered by its address.
        address.ptr = <const char*>&entry
        address.len = sizeof(entry)
        mark = hash_bytes(&drawn.seeds, address.ptr, address.len)
        if table_find(&drawn, address, mark) != NULL:
            continue
        table_insert(&drawn, entry_new_string(address, nothing(), -1, 0), mark)
        out_view(request.out, entry_key(entry))
        count -= 1
    table_clear(&drawn, entry_release, NULL)


cdef inline View nothing() noexcept nogil:
    cdef View none
    none.ptr = NULL
    none.len = 0
    return none


# --- scanning


cdef struct Scan:
    Out* out
    const ScanOptions* options
    int64_t matched


cdef bint scan_visit(void* context, Entry* entry) noexcept nogil:
    cdef Scan* scan = <Scan*>context
    if scan_wants(scan.options, entry_key(entry)):
        out_view(scan.out, entry_key(entry))
        scan.matched += 1
    return True


declare(
    <size_t>sscan_command, "SSCAN key cursor [MATCH pattern] [COUNT count]", arity=-3, group="set",
    flags="readonly", keys="RO access@1", since="2.8.0", tips=("nondeterministic_output",),
    complexity="O(1) for every call, O(N) for all the calls that see N members.",
    about="Returns some members of a set and the cursor with which to ask for the next ones.",
)
cdef void sscan_command(Request* request) noexcept nogil:
    cdef Found found
    cdef ScanOptions options
    if not scan_cursor(request, 2, &options) or not find_typed(request, 1, TYPE_SET, 0, &found):
        return
    if found.slot == NULL:
        scan_reply_cursor(request, 0)
        out_array(request.out, 0)
    elif scan_options(request, 3, 0, &options):
        reply_scan(request, found.entry, &options)


cdef void reply_scan(Request* request, Entry* set, const ScanOptions* options) noexcept nogil:
    cdef Scan scan
    cdef SetWalk walk
    cdef uint64_t cursor = 0
    cdef size_t start = out_defer(request.out)
    scan.out = request.out
    scan.options = options
    scan.matched = 0
    if entry_encoding(set) == ENC_TABLE:
        cursor = scan_table(<Table*>entry_pointer(set), options, scan_visit, &scan)
    else:
        set_walk_begin(&walk, set)
        while set_walk_next(&walk):
            if scan_wants(options, walk.member):
                out_view(request.out, walk.member)
                scan.matched += 1
    scan_reply_end(request, start, cursor, scan.matched)
