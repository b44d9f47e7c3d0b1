"""Consumer groups: XGROUP and its subcommands, and XACK.

What they change adds no entry, so nobody who waits for entries is woken, except by XGROUP DESTROY.
"""

from libc.stdint cimport int64_t, uint64_t

from autocache.commands.args cimport arg_is, find_typed, int_arg, key_at
from autocache.commands.context cimport OBSERVED_WAITING, Request
from autocache.commands.stream_args cimport (
    bad_id,
    find_group,
    id_arg,
    is_mark,
    read_id,
    stream_of,
    two_word_error,
)
from autocache.keyspace.db cimport (
    EVENT_CLASS_STREAM,
    EVENT_MODIFIED,
    FIND_WRITE,
    Found,
    announce,
    db_add_value,
    modified,
    notify,
)
from autocache.resp.out cimport out_error, out_error_form, out_int, out_ok
from autocache.types.entry cimport ENC_STREAM, TYPE_STREAM
from autocache.types.stream cimport stream_groups, stream_new
from autocache.types.stream_groups cimport (
    ENTRIES_READ_UNKNOWN,
    Consumer,
    Group,
    consumer_add,
    consumer_find,
    consumer_remove,
    group_free,
    groups_add,
    groups_find,
    groups_remove,
    pending_remove,
)
from autocache.types.stream_id cimport StreamId, set_least_id

from autocache.commands.declare import container, declare
from autocache.commands.plain import declare_help


cdef void group_changed(Request* request, Found* found, const char* event) noexcept nogil:
    """Groups are no part of what WATCH watches: redis-server, too, only counts the change and announces it."""
    request.ks.dirty += 1
    announce(request.ks, EVENT_CLASS_STREAM, event, found.db.id, found.key)


cdef bint find_stream(Request* request, Found* found) noexcept nogil:
    """Find the stream that must be there."""
    if not find_typed(request, 2, TYPE_STREAM, FIND_WRITE, found):
        return False
    if found.slot == NULL:
        out_error(request.out, b"ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want"
                  b" to use the MKSTREAM option to create an empty stream automatically.")
        return False
    return True


cdef Group* find_group_of(Request* request, Found* found) noexcept nogil:
    """Find the group that must be there, too; NULL once the error is appended."""
    cdef Group* group
    if not find_stream(request, found):
        return NULL
    group = groups_find(stream_of(found).groups, key_at(request, 3))
    if group == NULL:
        two_word_error(request, b"NOGROUP No such consumer group '%' for key name '%'", key_at(request, 3),
                       key_at(request, 2))
    return group


cdef void bad_subcommand(Request* request) noexcept nogil:
    out_error_form(request.out, b"ERR unknown subcommand or wrong number of arguments for '%'. Try XGROUP HELP.",
                   request.argv[1].ptr, request.argv[1].len)


cdef bint group_options(Request* request, bint* make_stream, int64_t* entries_read) noexcept nogil:
    """Read MKSTREAM (if it may be said: `make_stream` is not NULL) and ENTRIESREAD."""
    cdef int i = 5
    entries_read[0] = ENTRIES_READ_UNKNOWN
    while i < request.argc:
        if make_stream != NULL and arg_is(&request.argv[i], b"mkstream", 8):
            make_stream[0] = True
            i += 1
            continue
        if i + 1 == request.argc or not arg_is(&request.argv[i], b"entriesread", 11):
            bad_subcommand(request)
            return False
        if not int_arg(request, i + 1, entries_read):
            return False
        if entries_read[0] < 0 and entries_read[0] != ENTRIES_READ_UNKNOWN:
            out_error(request.out, b"ERR value for ENTRIESREAD must be positive or -1")
            return False
        i += 2
    return True


container(
    "XGROUP", group="stream", since="5.0.0", categories="-stream", about="Manages the consumer groups of streams.",
)


declare(
    <size_t>create_command, "XGROUP CREATE key groupname <id | $> [MKSTREAM] [ENTRIESREAD entries_read]",
    parent="xgroup", arity=-5, group="stream", flags="write denyoom", keys="RW insert@2", since="5.0.0",
    about="Makes a consumer group, which is to read what comes after an ID.",
)
cdef void create_command(Request* request) noexcept nogil:
    cdef Found found
    cdef StreamId id
    cdef bint make_stream = False
    cdef int64_t entries_read
    if not group_options(request, &make_stream, &entries_read):
        return
    if not (find_typed(request, 2, TYPE_STREAM, FIND_WRITE, &found) if make_stream else find_stream(request, &found)):
        return
    if request.argc > 8:
        bad_subcommand(request)
        return
    if not is_mark(&request.argv[4], c'$'):
        if not id_arg(request, 4, &id):
            return
    elif found.slot != NULL:
        id = stream_of(&found).last_id
    else:
        set_least_id(&id)
    if found.slot == NULL:
        db_add_value(request.ks, &found, TYPE_STREAM | ENC_STREAM, stream_new())
        modified(request.ks, &found)
        request.ks.dirty -= 1
    if groups_add(stream_groups(stream_of(&found)), key_at(request, 3), &id, entries_read) == NULL:
        out_error(request.out, b"BUSYGROUP Consumer Group name already exists")
        return
    out_ok(request.out)
    group_changed(request, &found, b"xgroup-create")


declare(
    <size_t>setid_command, "XGROUP SETID key groupname <id | $> [ENTRIESREAD entries_read]", parent="xgroup",
    arity=-5, group="stream", flags="write", keys="RW update@2", since="5.0.0",
    about="Sets the ID after which a group has read nothing.",
)
cdef void setid_command(Request* request) noexcept nogil:
    cdef Found found
    cdef StreamId id
    cdef int64_t entries_read
    cdef Group* group
    if not group_options(request, NULL, &entries_read):
        return
    group = find_group_of(request, &found)
    if group == NULL:
        return
    if request.argc != 5 and request.argc != 7:
        bad_subcommand(request)
        return
    if is_mark(&request.argv[4], c'$'):
        id = stream_of(&found).last_id
    elif not read_id(key_at(request, 4), False, 0, NULL, &id):
        bad_id(request)
        return
    group.last_id = id
    group.entries_read = entries_read
    out_ok(request.out)
    group_changed(request, &found, b"xgroup-setid")


declare(
    <size_t>destroy_command, "XGROUP DESTROY key groupname", parent="xgroup", arity=4, group="stream",
    flags="write", keys="RW delete@2", since="5.0.0",
    complexity="O(N) where N is the number of entries that are pending in the group.",
    about="Removes a consumer group; who waits for entries of it is told that it is gone.",
)
cdef void destroy_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Group* group
    if not find_stream(request, &found):
        return
    group = groups_remove(stream_of(&found).groups, key_at(request, 3))
    out_int(request.out, group != NULL)
    if group == NULL:
        return
    group_free(group)
    group_changed(request, &found, b"xgroup-destroy")
    wake(request, &found)


cdef void wake(Request* request, Found* found) noexcept nogil:
    """Have those who wait for the stream look at it again; nobody else is told."""
    cdef uint64_t observed = request.ks.observed
    request.ks.observed = observed & OBSERVED_WAITING
    notify(request.ks, EVENT_MODIFIED, found.db.id, found.key)
    request.ks.observed = observed


declare(
    <size_t>createconsumer_command, "XGROUP CREATECONSUMER key groupname consumername", parent="xgroup", arity=5,
    group="stream", flags="write denyoom", keys="RW insert@2", since="6.2.0",
    about="Makes a consumer of a group, and tells whether it was not there before.",
)
cdef void createconsumer_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Group* group = find_group_of(request, &found)
    cdef bint made
    if group == NULL:
        return
    made = consumer_add(group, key_at(request, 4), request.ks.now_ms) != NULL
    out_int(request.out, made)
    if made:
        group_changed(request, &found, b"xgroup-createconsumer")


declare(
    <size_t>delconsumer_command, "XGROUP DELCONSUMER key groupname consumername", parent="xgroup", arity=5,
    group="stream", flags="write", keys="RW delete@2", since="5.0.0",
    about="Removes a consumer of a group, and tells how many entries were pending for it.",
)
cdef void delconsumer_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Group* group = find_group_of(request, &found)
    cdef Consumer* consumer
    if group == NULL:
        return
    consumer = consumer_find(group, key_at(request, 4))
    if consumer == NULL:
        out_int(request.out, 0)
        return
    out_int(request.out, <int64_t>consumer_remove(group, consumer))
    group_changed(request, &found, b"xgroup-delconsumer")


declare_help("xgroup", since="5.0.0")


declare(
    <size_t>xack_command, "XACK key group id [id ...]", arity=-4, group="stream", flags="write fast",
    keys="RW update@1", since="5.0.0", complexity="O(log(N)) for each ID, where N is the number of pending entries.",
    about="Takes entries off those that are pending in a group, and tells how many there were.",
)
cdef void xack_command(Request* request) noexcept nogil:
    cdef bint failed
    cdef Group* group = find_group(request, 2, &failed)
    cdef StreamId id
    cdef int64_t count = 0
    cdef int i
    if failed:
        return
    if group == NULL:
        out_int(request.out, 0)
        return
    # All IDs are checked first, so that none is acknowledged if one is wrong.
    for i in range(3, request.argc):
        if not id_arg(request, i, &id):
            return
    for i in range(3, request.argc):
        read_id(key_at(request, i), True, 0, NULL, &id)
        count += pending_remove(group, &id)
    request.ks.dirty += <uint64_t>count
    out_int(request.out, count)
