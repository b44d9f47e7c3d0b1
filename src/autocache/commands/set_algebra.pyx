"""The commands that combine sets: intersections, unions and differences.

An intersection walks its smallest set and asks the others. A difference either does the same with its first set, or
starts from all of that and takes the others' members away, whichever looks at fewer members. What is stored, or cannot
be replied before all of it is known, is gathered in a set of its own that is in no database yet.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport qsort

from autocache.base.bytes cimport View
from autocache.base.numbers cimport parse_int64
from autocache.commands.args cimport arg_is, key_at, syntax_error, wrong_type
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_SET,
    FIND_WRITE,
    Found,
    changed,
    db_delete,
    db_find,
    db_insert,
    fresh_access,
)
from autocache.keyspace.value cimport value_free
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport out_defer, out_defer_end, out_error, out_int, out_set, out_view
from autocache.types.entry cimport TYPE_SET, Entry, entry_new_value, entry_type
from autocache.types.set cimport (
    SetWalk,
    set_add,
    set_create,
    set_has,
    set_length,
    set_remove,
    set_walk_begin,
    set_walk_next,
)

from autocache.commands.declare import declare

cdef enum:
    SOURCES_ON_STACK = 32

cdef struct Sources:                    # the sets of a command, in order; NULL for one that is absent
    Entry** sets
    int count
    int absent
    Entry* on_stack[SOURCES_ON_STACK]

cdef struct Result:                     # members that were gathered
    Request* request
    Entry* set                          # in no database; NULL while there are none
    View key                            # under which it will be stored


# --- sources and results


cdef bint open_sources(Request* request, int first, int count, Sources* sources) noexcept nogil:
    """Look up the sets; False, with the error replied, if a key holds something else."""
    cdef Found found
    cdef int i
    sources.count = count
    sources.absent = 0
    sources.sets = sources.on_stack
    if count > SOURCES_ON_STACK:
        sources.sets = <Entry**>mem_alloc(count * sizeof(void*))
    for i in range(count):
        sources.sets[i] = NULL
        if not db_find(request.ks, request.db, key_at(request, first + i), &found, 0):
            sources.absent += 1
        elif entry_type(found.entry) == TYPE_SET:
            sources.sets[i] = found.entry
        else:
            close_sources(sources)
            wrong_type(request)
            return False
    return True


cdef void close_sources(Sources* sources) noexcept nogil:
    if sources.sets != sources.on_stack:
        mem_free(sources.sets)


cdef void gather(Result* result, View member) noexcept nogil:
    """Add a member to the result."""
    cdef Request* request = result.request
    cdef uint8_t kind
    cdef void* payload
    if result.set == NULL:
        payload = set_create(member, &request.ks.limits, &kind)
        result.set = entry_new_value(kind, result.key, payload, -1, fresh_access(request.ks))
    set_add(result.set, member, &request.ks.limits)


cdef void take_away(Result* result, View member) noexcept nogil:
    if result.set != NULL:
        set_remove(result.set, member)


cdef void begin_result(Result* result, Request* request) noexcept nogil:
    result.request = request
    result.set = NULL
    result.key = key_at(request, 1)


cdef void drop_result(Result* result) noexcept nogil:
    if result.set != NULL:
        value_free(result.set)


cdef void reply_result(Result* result) noexcept nogil:
    """Answer the members, and free the result."""
    cdef SetWalk walk
    cdef Request* request = result.request
    if result.set == NULL:
        out_set(request.out, 0)
        return
    out_set(request.out, <int64_t>set_length(result.set))
    set_walk_begin(&walk, result.set)
    while set_walk_next(&walk):
        out_view(request.out, walk.member)
    drop_result(result)


cdef void store_result(Result* result, const char* event) noexcept nogil:
    """Put the result, if it has members, under the key of the first argument, and answer their number."""
    cdef Request* request = result.request
    cdef Found found
    cdef int64_t length = <int64_t>set_length(result.set) if result.set != NULL else 0
    db_find(request.ks, request.db, result.key, &found, FIND_WRITE)
    if length:
        db_insert(request.ks, &found, result.set)
        changed(request.ks, &found, EVENT_CLASS_SET, event)
    else:
        drop_result(result)
        if found.slot != NULL:
            db_delete(request.ks, &found, request.ks.lazy_server_del)
            changed(request.ks, &found, EVENT_CLASS_GENERIC, b"del")
    out_int(request.out, length)


# --- intersections


cdef int by_length(const void* left, const void* right) noexcept nogil:
    cdef uint64_t a = set_length((<Entry**>left)[0])
    cdef uint64_t b = set_length((<Entry**>right)[0])
    return <int>(a > b) - <int>(a < b)


cdef bint is_in_all(const Sources* sources, View member, int first) noexcept nogil:
    cdef int i
    for i in range(first, sources.count):
        if sources.sets[i] != sources.sets[0] and not set_has(sources.sets[i], member):
            return False
    return True


cdef void sort_sources(Sources* sources) noexcept nogil:
    """The smallest first. Only where no source is absent."""
    if sources.count > 1:
        qsort(sources.sets, sources.count, sizeof(void*), by_length)


declare(
    <size_t>sinter_command, "SINTER key [key ...]", arity=-2, group="set", flags="readonly",
    keys="RO access@1..-1", since="1.0.0", tips=("nondeterministic_output_order",),
    complexity="O(N*M) at worst, where N is the size of the smallest set and M the number of sets.",
    about="Returns the members that all of the sets have.",
)
cdef void sinter_command(Request* request) noexcept nogil:
    cdef Sources sources
    cdef SetWalk walk
    cdef size_t head
    cdef int64_t count = 0
    if not open_sources(request, 1, request.argc - 1, &sources):
        return
    if sources.absent:
        out_set(request.out, 0)
    else:
        sort_sources(&sources)
        head = out_defer(request.out)
        set_walk_begin(&walk, sources.sets[0])
        while set_walk_next(&walk):
            if is_in_all(&sources, walk.member, 1):
                out_view(request.out, walk.member)
                count += 1
        out_defer_end(request.out, head, c'*' if request.out.protocol == 2 else c'~', count)
    close_sources(&sources)


declare(
    <size_t>sinterstore_command, "SINTERSTORE destination key [key ...]", arity=-3, group="set",
    flags="write denyoom", keys="RW update@1, RO access@2..-1", since="1.0.0",
    complexity="O(N*M) at worst, where N is the size of the smallest set and M the number of sets.",
    about="Stores the members that all of the sets have, and tells how many there are.",
)
cdef void sinterstore_command(Request* request) noexcept nogil:
    cdef Sources sources
    cdef SetWalk walk
    cdef Result result
    if not open_sources(request, 2, request.argc - 2, &sources):
        return
    begin_result(&result, request)
    if not sources.absent:
        sort_sources(&sources)
        set_walk_begin(&walk, sources.sets[0])
        while set_walk_next(&walk):
            if is_in_all(&sources, walk.member, 1):
                gather(&result, walk.member)
    store_result(&result, b"sinterstore")
    close_sources(&sources)


declare(
    <size_t>sintercard_command, "SINTERCARD numkeys key [key ...] [LIMIT limit]", arity=-3, group="set",
    flags="readonly movablekeys", keys="RO access@1:n", since="7.0.0",
    complexity="O(N*M) at worst, where N is the size of the smallest set and M the number of sets.",
    about="Tells how many members all of the sets have, counting up to the limit if there is one.",
)
cdef void sintercard_command(Request* request) noexcept nogil:
    cdef Sources sources
    cdef SetWalk walk
    cdef int64_t keys
    cdef int64_t limit = 0
    cdef int64_t count = 0
    if not numkeys_arg(request, &keys) or not limit_option(request, <int>keys + 2, &limit):
        return
    if not open_sources(request, 2, <int>keys, &sources):
        return
    if not sources.absent:
        sort_sources(&sources)
        set_walk_begin(&walk, sources.sets[0])
        while (limit == 0 or count < limit) and set_walk_next(&walk):
            count += is_in_all(&sources, walk.member, 1)
    out_int(request.out, count)
    close_sources(&sources)


cdef bint numkeys_arg(Request* request, int64_t* keys) noexcept nogil:
    if not parse_int64(request.argv[1].ptr, request.argv[1].len, keys) or keys[0] <= 0:
        out_error(request.out, b"ERR numkeys should be greater than 0")
        return False
    if keys[0] > request.argc - 2:
        out_error(request.out, b"ERR Number of keys can't be greater than number of args")
        return False
    return True


cdef bint limit_option(Request* request, int position, int64_t* limit) noexcept nogil:
    """Read LIMIT, which may be repeated: the last one counts."""
    while position < request.argc:
        if not arg_is(&request.argv[position], b"limit", 5) or position + 1 == request.argc:
            syntax_error(request)
            return False
        if not parse_int64(request.argv[position + 1].ptr, request.argv[position + 1].len, limit) or limit[0] < 0:
            out_error(request.out, b"ERR LIMIT can't be negative")
            return False
        position += 2
    return True


# --- unions


cdef void unite(const Sources* sources, Result* result) noexcept nogil:
    cdef SetWalk walk
    cdef int i
    for i in range(sources.count):
        if sources.sets[i] == NULL:
            continue
        set_walk_begin(&walk, sources.sets[i])
        while set_walk_next(&walk):
            gather(result, walk.member)


declare(
    <size_t>sunion_command, "SUNION key [key ...]", arity=-2, group="set", flags="readonly",
    keys="RO access@1..-1", since="1.0.0", tips=("nondeterministic_output_order",),
    complexity="O(N) where N is the number of members of all sets together.",
    about="Returns the members that any of the sets has.",
)
cdef void sunion_command(Request* request) noexcept nogil:
    cdef Sources sources
    cdef Result result
    if not open_sources(request, 1, request.argc - 1, &sources):
        return
    begin_result(&result, request)
    unite(&sources, &result)
    reply_result(&result)
    close_sources(&sources)


declare(
    <size_t>sunionstore_command, "SUNIONSTORE destination key [key ...]", arity=-3, group="set",
    flags="write denyoom", keys="OW update@1, RO access@2..-1", since="1.0.0",
    complexity="O(N) where N is the number of members of all sets together.",
    about="Stores the members that any of the sets has, and tells how many there are.",
)
cdef void sunionstore_command(Request* request) noexcept nogil:
    cdef Sources sources
    cdef Result result
    if not open_sources(request, 2, request.argc - 2, &sources):
        return
    begin_result(&result, request)
    unite(&sources, &result)
    store_result(&result, b"sunionstore")
    close_sources(&sources)


# --- differences


cdef bint is_in_any(const Sources* sources, View member) noexcept nogil:
    """Whether one of the sets after the first has a member."""
    cdef int i
    for i in range(1, sources.count):
        if sources.sets[i] != NULL and set_has(sources.sets[i], member):
            return True
    return False


cdef bint asking_is_cheaper(const Sources* sources) noexcept nogil:
    """Whether to ask all sets for each member of the first, instead of taking all their members away from it.

    The first way ends early for what is found soon, so it is taken for half as much work, as redis-server has it.
    """
    cdef uint64_t asking = set_length(sources.sets[0]) * <uint64_t>sources.count // 2
    cdef uint64_t taking = 0
    cdef int i
    for i in range(sources.count):
        if sources.sets[i] != NULL:
            taking += set_length(sources.sets[i])
    return asking <= taking


cdef void subtract(const Sources* sources, Result* result) noexcept nogil:
    cdef SetWalk walk
    cdef int i
    if sources.sets[0] == NULL:
        return
    if asking_is_cheaper(sources):
        set_walk_begin(&walk, sources.sets[0])
        while set_walk_next(&walk):
            if not is_in_any(sources, walk.member):
                gather(result, walk.member)
        return
    for i in range(sources.count):
        if sources.sets[i] == NULL:
            continue
        set_walk_begin(&walk, sources.sets[i])
        while set_walk_next(&walk):
            if i == 0:
                gather(result, walk.member)
            else:
                take_away(result, walk.member)


declare(
    <size_t>sdiff_command, "SDIFF key [key ...]", arity=-2, group="set", flags="readonly",
    keys="RO access@1..-1", since="1.0.0", tips=("nondeterministic_output_order",),
    complexity="O(N) where N is the number of members of all sets together.",
    about="Returns the members of the first set that none of the others has.",
)
cdef void sdiff_command(Request* request) noexcept nogil:
    cdef Sources sources
    cdef Result result
    if not open_sources(request, 1, request.argc - 1, &sources):
        return
    begin_result(&result, request)
    subtract(&sources, &result)
    reply_result(&result)
    close_sources(&sources)


declare(
    <size_t>sdiffstore_command, "SDIFFSTORE destination key [key ...]", arity=-3, group="set",
    flags="write denyoom", keys="OW update@1, RO access@2..-1", since="1.0.0",
    complexity="O(N) where N is the number of members of all sets together.",
    about="Stores the members of the first set that none of the others has, and tells how many there are.",
)
cdef void sdiffstore_command(Request* request) noexcept nogil:
    cdef Sources sources
    cdef Result result
    if not open_sources(request, 2, request.argc - 2, &sources):
        return
    begin_result(&result, request)
    subtract(&sources, &result)
    store_result(&result, b"sdiffstore")
    close_sources(&sources)
