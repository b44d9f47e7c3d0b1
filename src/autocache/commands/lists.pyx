"""The list commands that answer at once; those that wait for an element are in `blocking_lists`.

A key holds a list only while it has elements: whatever removes the last one deletes the key.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint64_t
from libc.string cimport memcpy

from autocache.base.bytes cimport View
from autocache.base.numbers cimport parse_int64
from autocache.commands.args cimport arg_is, count_arg, find_typed, int_arg, key_at, syntax_error
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport (
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_LIST,
    FIND_WRITE,
    Found,
    announce,
    changed,
    db_add_value,
    db_delete,
    db_relocate,
    modified,
)
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport (
    Out,
    out_array,
    out_bulk_int,
    out_defer,
    out_defer_end,
    out_error,
    out_error_form,
    out_int,
    out_null,
    out_null_array,
    out_ok,
    out_view,
)
from autocache.types.entry cimport ENC_QUICKLIST, TYPE_LIST, entry_pointer
from autocache.types.listpack cimport LP_BYTES_MAX, LP_INT_BYTES, lp_equal, lp_get, lp_view
from autocache.types.quicklist cimport (
    ListCursor,
    Quicklist,
    quicklist_end,
    quicklist_insert,
    quicklist_new,
    quicklist_push,
    quicklist_remove,
    quicklist_remove_range,
    quicklist_replace,
    quicklist_seek,
    quicklist_step,
)

from autocache.commands.declare import declare

cdef enum:
    COPY_BYTES_ON_STACK = 256
    ELEMENT_SPARE_BYTES = 1024          # what a listpack needs besides the bytes of its only element, and more


# --- shared


cdef inline Quicklist* list_of(const Found* found) noexcept nogil:
    return <Quicklist*>entry_pointer(found.entry)


cdef inline void reply_element(Out* out, const char* at) noexcept nogil:
    cdef View text
    cdef int64_t number
    if lp_get(at, &text, &number):
        out_bulk_int(out, number)
    else:
        out_view(out, text)


cdef bint elements_fit(Request* request, int first, int last) noexcept nogil:
    """Whether arguments are short enough to be elements; a listpack ends at a gigabyte."""
    cdef int i
    for i in range(first, last + 1):
        if request.argv[i].len > LP_BYTES_MAX - ELEMENT_SPARE_BYTES:
            out_error(request.out, b"ERR element is too long: a list takes elements of up to 1 GB")
            return False
    return True


cdef bint end_arg(Request* request, int position, bint* head) noexcept nogil:
    """Read LEFT or RIGHT."""
    head[0] = arg_is(&request.argv[position], b"left", 4)
    if head[0] or arg_is(&request.argv[position], b"right", 5):
        return True
    syntax_error(request)
    return False


cdef void drop_if_empty(Request* request, Found* found) noexcept nogil:
    """Delete the key of a list that has lost its last element, and say so; the change itself was told already."""
    if list_of(found).count == 0:
        db_delete(request.ks, found, request.ks.lazy_server_del)
        announce(request.ks, EVENT_CLASS_GENERIC, b"del", found.db.id, found.key)


# --- pushing


cdef void push(Request* request, bint head, bint only_if_present) noexcept nogil:
    cdef Found found
    cdef Quicklist* list
    cdef int i
    if not elements_fit(request, 2, request.argc - 1) or not find_typed(request, 1, TYPE_LIST, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        if only_if_present:
            out_int(request.out, 0)
            return
        db_add_value(request.ks, &found, TYPE_LIST | ENC_QUICKLIST, quicklist_new())
    list = list_of(&found)
    for i in range(2, request.argc):
        quicklist_push(list, key_at(request, i), head, &request.ks.limits)
    out_int(request.out, <int64_t>list.count)
    changed(request.ks, &found, EVENT_CLASS_LIST, b"lpush" if head else b"rpush")


declare(
    <size_t>lpush_command, "LPUSH key element [element ...]", arity=-3, group="list",
    flags="write denyoom fast", keys="RW insert@1", since="1.0.0",
    complexity="O(N) where N is the number of elements that are given.",
    about="Puts elements before the first one of a list, one after the other, and tells how long it is then.",
)
cdef void lpush_command(Request* request) noexcept nogil:
    push(request, True, False)


declare(
    <size_t>rpush_command, "RPUSH key element [element ...]", arity=-3, group="list",
    flags="write denyoom fast", keys="RW insert@1", since="1.0.0",
    complexity="O(N) where N is the number of elements that are given.",
    about="Puts elements behind the last one of a list, one after the other, and tells how long it is then.",
)
cdef void rpush_command(Request* request) noexcept nogil:
    push(request, False, False)


declare(
    <size_t>lpushx_command, "LPUSHX key element [element ...]", arity=-3, group="list",
    flags="write denyoom fast", keys="RW insert@1", since="2.2.0",
    complexity="O(N) where N is the number of elements that are given.",
    about="Does what LPUSH does, but only if the list exists.",
)
cdef void lpushx_command(Request* request) noexcept nogil:
    push(request, True, True)


declare(
    <size_t>rpushx_command, "RPUSHX key element [element ...]", arity=-3, group="list",
    flags="write denyoom fast", keys="RW insert@1", since="2.2.0",
    complexity="O(N) where N is the number of elements that are given.",
    about="Does what RPUSH does, but only if the list exists.",
)
cdef void rpushx_command(Request* request) noexcept nogil:
    push(request, False, True)


# --- popping


cdef void pop_reply(Request* request, Found* found, bint head) noexcept nogil:
    """Answer one element and remove it."""
    cdef ListCursor cursor
    quicklist_end(list_of(found), head, &cursor)
    reply_element(request.out, cursor.at)
    quicklist_remove(&cursor, False)
    changed(request.ks, found, EVENT_CLASS_LIST, b"lpop" if head else b"rpop")
    drop_if_empty(request, found)


cdef void pop_many_reply(Request* request, Found* found, bint head, int64_t count) noexcept nogil:
    """Answer up to `count` elements from an end as an array, and remove them."""
    cdef Quicklist* list = list_of(found)
    cdef uint64_t some = list.count if <uint64_t>count > list.count else <uint64_t>count
    cdef ListCursor cursor
    cdef uint64_t _
    out_array(request.out, <int64_t>some)
    quicklist_end(list, head, &cursor)
    for _ in range(some):
        reply_element(request.out, cursor.at)
        quicklist_step(&cursor, not head)
    quicklist_remove_range(list, 0 if head else list.count - some, some)
    changed(request.ks, found, EVENT_CLASS_LIST, b"lpop" if head else b"rpop")
    drop_if_empty(request, found)


cdef void pop(Request* request, bint head) noexcept nogil:
    cdef Found found
    cdef int64_t count = 0
    if request.argc > 3:
        out_error_form(request.out, b"ERR wrong number of arguments for '%' command", request.command.name,
                       request.command.name_len)
        return
    if request.argc == 3 and not count_arg(request, 2, &count):
        return
    if not find_typed(request, 1, TYPE_LIST, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        if request.argc == 3:
            out_null_array(request.out)
        else:
            out_null(request.out)
    elif request.argc == 2:
        pop_reply(request, &found, head)
    elif count == 0:
        out_array(request.out, 0)
    else:
        pop_many_reply(request, &found, head, count)


declare(
    <size_t>lpop_command, "LPOP key [count]", arity=-2, group="list", flags="write fast",
    keys="RW access delete@1", since="1.0.0", complexity="O(N) where N is the number of elements returned.",
    about="Removes the first element of a list, or the first few, and returns what it removed.",
)
cdef void lpop_command(Request* request) noexcept nogil:
    pop(request, True)


declare(
    <size_t>rpop_command, "RPOP key [count]", arity=-2, group="list", flags="write fast",
    keys="RW access delete@1", since="1.0.0", complexity="O(N) where N is the number of elements returned.",
    about="Removes the last element of a list, or the last few, and returns what it removed.",
)
cdef void rpop_command(Request* request) noexcept nogil:
    pop(request, False)


cdef bint pop_options(Request* request, int numkeys_at, int* keys, bint* head, int64_t* count) noexcept nogil:
    """Read what LMPOP and BLMPOP have in common: the number of keys, which end, and COUNT."""
    cdef int64_t number
    cdef int at
    cdef bint counted = False
    if not parse_int64(request.argv[numkeys_at].ptr, request.argv[numkeys_at].len, &number) or number <= 0:
        out_error(request.out, b"ERR numkeys should be greater than 0")
        return False
    if number > request.argc - numkeys_at - 2:
        syntax_error(request)
        return False
    keys[0] = <int>number
    at = numkeys_at + 1 + keys[0]
    if not end_arg(request, at, head):
        return False
    count[0] = 1
    at += 1
    while at < request.argc:
        if counted or not arg_is(&request.argv[at], b"count", 5) or at + 1 == request.argc:
            syntax_error(request)
            return False
        if not parse_int64(request.argv[at + 1].ptr, request.argv[at + 1].len, count) or count[0] <= 0:
            out_error(request.out, b"ERR count should be greater than 0")
            return False
        counted = True
        at += 2
    return True


declare(
    <size_t>lmpop_command, "LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", arity=-4, group="list",
    flags="write movablekeys", keys="RW access delete@1:n", since="7.0.0",
    complexity="O(N+M) where N is the number of keys and M the number of elements returned.",
    about="Removes elements from the first of the lists that has any, and returns its key and what it removed.",
)
cdef void lmpop_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int keys, i
    cdef bint head
    cdef int64_t count
    if not pop_options(request, 1, &keys, &head, &count):
        return
    for i in range(2, 2 + keys):
        if not find_typed(request, i, TYPE_LIST, FIND_WRITE, &found):
            return
        if found.slot != NULL:
            out_array(request.out, 2)
            out_view(request.out, found.key)
            pop_many_reply(request, &found, head, count)
            return
    out_null_array(request.out)


# --- reading


declare(
    <size_t>llen_command, "LLEN key", arity=2, group="list", flags="readonly fast", keys="RO@1", since="1.0.0",
    about="Returns the length of a list.",
)
cdef void llen_command(Request* request) noexcept nogil:
    cdef Found found
    if find_typed(request, 1, TYPE_LIST, 0, &found):
        out_int(request.out, <int64_t>list_of(&found).count if found.slot != NULL else 0)


declare(
    <size_t>lindex_command, "LINDEX key index", arity=3, group="list", flags="readonly", keys="RO access@1",
    since="1.0.0", complexity="O(N) where N is the number of nodes between the element and the nearer end.",
    about="Returns the element at an index; the first is 0, the last -1.",
)
cdef void lindex_command(Request* request) noexcept nogil:
    cdef Found found
    cdef ListCursor cursor
    cdef int64_t index
    if not find_typed(request, 1, TYPE_LIST, 0, &found):
        return
    if found.slot == NULL:
        out_null(request.out)
    elif int_arg(request, 2, &index):
        if quicklist_seek(list_of(&found), index, &cursor):
            reply_element(request.out, cursor.at)
        else:
            out_null(request.out)


cdef bint clip(int64_t start, int64_t end, uint64_t length, uint64_t* first, uint64_t* count) noexcept nogil:
    """What lies between two indices, of which negative ones count from the end; False if nothing does."""
    if start < 0:
        start = start + <int64_t>length
        start = start if start > 0 else 0
    if end < 0:
        end += <int64_t>length
    if start > end or start >= <int64_t>length:
        return False
    if end >= <int64_t>length:
        end = <int64_t>length - 1
    first[0] = start
    count[0] = end - start + 1
    return True


declare(
    <size_t>lrange_command, "LRANGE key start stop", arity=4, group="list", flags="readonly",
    keys="RO access@1", since="1.0.0",
    complexity="O(S+N) where S is the number of nodes before the first element and N the number of elements.",
    about="Returns the elements between two indices, both included.",
)
cdef void lrange_command(Request* request) noexcept nogil:
    cdef Found found
    cdef ListCursor cursor
    cdef int64_t start, end
    cdef uint64_t first, count
    if not int_arg(request, 2, &start) or not int_arg(request, 3, &end):
        return
    if not find_typed(request, 1, TYPE_LIST, 0, &found):
        return
    if found.slot == NULL or not clip(start, end, list_of(&found).count, &first, &count):
        out_array(request.out, 0)
        return
    out_array(request.out, <int64_t>count)
    quicklist_seek(list_of(&found), <int64_t>first, &cursor)
    while True:
        reply_element(request.out, cursor.at)
        count -= 1
        if count == 0:
            return
        quicklist_step(&cursor, False)


# --- changing in the middle


declare(
    <size_t>lset_command, "LSET key index element", arity=4, group="list", flags="write denyoom",
    keys="RW update@1", since="1.0.0",
    complexity="O(N) where N is the number of nodes between the element and the nearer end.",
    about="Puts another element in the place of the one at an index.",
)
cdef void lset_command(Request* request) noexcept nogil:
    cdef Found found
    cdef ListCursor cursor
    cdef int64_t index
    if not elements_fit(request, 3, 3) or not find_typed(request, 1, TYPE_LIST, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        out_error(request.out, b"ERR no such key")
        return
    if not int_arg(request, 2, &index):
        return
    if not quicklist_seek(list_of(&found), index, &cursor):
        out_error(request.out, b"ERR index out of range")
        return
    quicklist_replace(&cursor, key_at(request, 3))
    out_ok(request.out)
    changed(request.ks, &found, EVENT_CLASS_LIST, b"lset")


declare(
    <size_t>linsert_command, "LINSERT key <BEFORE | AFTER> pivot element", arity=5, group="list",
    flags="write denyoom", keys="RW insert@1", since="2.2.0",
    complexity="O(N) where N is the number of elements before the pivot.",
    about="Puts an element before or behind the first one that equals the pivot, and tells how long the list is"
    " then; -1 if there is no such element.",
)
cdef void linsert_command(Request* request) noexcept nogil:
    cdef Found found
    cdef ListCursor cursor
    cdef bint after = arg_is(&request.argv[2], b"after", 5)
    if not after and not arg_is(&request.argv[2], b"before", 6):
        syntax_error(request)
        return
    if not elements_fit(request, 4, 4) or not find_typed(request, 1, TYPE_LIST, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        out_int(request.out, 0)
        return
    quicklist_end(list_of(&found), True, &cursor)
    while not lp_equal(cursor.at, key_at(request, 3)):
        if not quicklist_step(&cursor, False):
            out_int(request.out, -1)
            return
    quicklist_insert(&cursor, key_at(request, 4), after, &request.ks.limits)
    changed(request.ks, &found, EVENT_CLASS_LIST, b"linsert")
    out_int(request.out, <int64_t>list_of(&found).count)


declare(
    <size_t>ltrim_command, "LTRIM key start stop", arity=4, group="list", flags="write", keys="RW delete@1",
    since="1.0.0", complexity="O(N) where N is the number of elements that are removed.",
    about="Keeps the elements between two indices, both included, and removes all others.",
)
cdef void ltrim_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Quicklist* list
    cdef int64_t start, end
    cdef uint64_t first, count
    if not int_arg(request, 2, &start) or not int_arg(request, 3, &end):
        return
    if not find_typed(request, 1, TYPE_LIST, FIND_WRITE, &found):
        return
    if found.slot != NULL:
        list = list_of(&found)
        if not clip(start, end, list.count, &first, &count):
            first = count = 0
        quicklist_remove_range(list, first + count, list.count - first - count)
        quicklist_remove_range(list, 0, first)
        announce(request.ks, EVENT_CLASS_LIST, b"ltrim", found.db.id, found.key)
        drop_if_empty(request, &found)
        modified(request.ks, &found)
    out_ok(request.out)


declare(
    <size_t>lrem_command, "LREM key count element", arity=4, group="list", flags="write", keys="RW delete@1",
    since="1.0.0", complexity="O(N+M) where N is the length of the list and M the number of elements removed.",
    about="Removes elements that equal one: so many from the start, from the end if negative, or all for 0.",
)
cdef void lrem_command(Request* request) noexcept nogil:
    cdef Found found
    cdef ListCursor cursor
    cdef int64_t limit
    cdef int64_t removed = 0
    cdef bint backwards
    if not int_arg(request, 2, &limit) or not find_typed(request, 1, TYPE_LIST, FIND_WRITE, &found):
        return
    if found.slot == NULL:
        out_int(request.out, 0)
        return
    backwards = limit < 0
    if backwards:
        limit = -limit if limit != INT64_MIN else INT64_MAX
    quicklist_end(list_of(&found), not backwards, &cursor)
    while cursor.node != NULL and (limit == 0 or removed < limit):
        if lp_equal(cursor.at, key_at(request, 3)):
            quicklist_remove(&cursor, backwards)
            removed += 1
        else:
            quicklist_step(&cursor, backwards)
    if removed:
        announce(request.ks, EVENT_CLASS_LIST, b"lrem", found.db.id, found.key)
        drop_if_empty(request, &found)
        modified(request.ks, &found)
    out_int(request.out, removed)


# --- searching


cdef struct Search:                     # LPOS
    int64_t rank                        # which match comes first; negative: from the end
    int64_t count                       # how many are wanted, 0 for all; -1: one, replied alone
    int64_t most                        # elements to compare with; 0: all


cdef bint search_options(Request* request, Search* search) noexcept nogil:
    cdef int i = 3
    search.rank = 1
    search.count = -1
    search.most = 0
    while i < request.argc:
        if i + 1 == request.argc:
            syntax_error(request)
            return False
        if arg_is(&request.argv[i], b"rank", 4):
            if not int_arg(request, i + 1, &search.rank):
                return False
            if search.rank == 0:
                out_error(
                    request.out,
                    b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use"
                    b" negative to start from the end of the list",
                )
                return False
        elif arg_is(&request.argv[i], b"count", 5):
            if not not_negative(request, i + 1, b"ERR COUNT can't be negative", &search.count):
                return False
        elif arg_is(&request.argv[i], b"maxlen", 6):
            if not not_negative(request, i + 1, b"ERR MAXLEN can't be negative", &search.most):
                return False
        else:
            syntax_error(request)
            return False
        i += 2
    return True


cdef bint not_negative(Request* request, int position, const char* error, int64_t* value) noexcept nogil:
    if parse_int64(request.argv[position].ptr, request.argv[position].len, value) and value[0] >= 0:
        return True
    out_error(request.out, error)
    return False


declare(
    <size_t>lpos_command, "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]", arity=-3,
    group="list", flags="readonly", keys="RO access@1", since="6.0.6",
    complexity="O(N) where N is the number of elements compared with, MAXLEN at most.",
    about="Returns the index of an element, or, with COUNT, those of several equal ones.",
)
cdef void lpos_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Search search
    cdef size_t head
    cdef int64_t matches = 0
    if not search_options(request, &search) or not find_typed(request, 1, TYPE_LIST, 0, &found):
        return
    if found.slot == NULL:
        if search.count >= 0:
            out_array(request.out, 0)
        else:
            out_null(request.out)
        return
    head = out_defer(request.out)
    matches = reply_matches(request, list_of(&found), &search)
    if search.count >= 0:
        out_defer_end(request.out, head, c'*', matches)
    elif matches == 0:
        out_null(request.out)


cdef int64_t reply_matches(Request* request, Quicklist* list, const Search* search) noexcept nogil:
    """Append the indices of what matches; how many there are."""
    cdef ListCursor cursor
    cdef bint backwards = search.rank < 0
    # The least of all numbers has no opposite; redis-server takes it for -1.
    cdef int64_t skip = 0 if search.rank == INT64_MIN else (-search.rank if backwards else search.rank) - 1
    cdef int64_t wanted = 1 if search.count < 0 else search.count
    cdef int64_t matches = 0
    cdef int64_t index = 0
    quicklist_end(list, not backwards, &cursor)
    while cursor.node != NULL and (search.most == 0 or index < search.most):
        if lp_equal(cursor.at, key_at(request, 2)):
            if skip:
                skip -= 1
            else:
                out_int(request.out, <int64_t>list.count - 1 - index if backwards else index)
                matches += 1
                if matches == wanted:
                    break
        index += 1
        quicklist_step(&cursor, backwards)
    return matches


# --- moving


declare(
    <size_t>lmove_command, "LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>", arity=5, group="list",
    flags="write denyoom", keys="RW access delete@1, RW insert@2", since="6.2.0",
    about="Moves an element from one end of a list to one end of another, or of the same, and returns it.",
)
cdef void lmove_command(Request* request) noexcept nogil:
    cdef bint from_head, to_head
    if end_arg(request, 3, &from_head) and end_arg(request, 4, &to_head):
        move_between(request, from_head, to_head)


declare(
    <size_t>rpoplpush_command, "RPOPLPUSH source destination", arity=3, group="list", flags="write denyoom",
    keys="RW access delete@1, RW insert@2", since="1.2.0",
    about="Moves the last element of a list to the start of another and returns it, as LMOVE does.",
)
cdef void rpoplpush_command(Request* request) noexcept nogil:
    move_between(request, False, True)


cdef void move_between(Request* request, bint from_head, bint to_head) noexcept nogil:
    cdef Found source
    if not find_typed(request, 1, TYPE_LIST, FIND_WRITE, &source):
        return
    if source.slot == NULL:
        out_null(request.out)
        return
    move_element(request, &source, 2, from_head, to_head)


cdef void move_element(Request* request, Found* source, int target_at, bint from_head, bint to_head) noexcept nogil:
    """Move an element of the source, which is there, to the list that an argument names, and answer it."""
    cdef Found target
    cdef ListCursor cursor
    cdef char digits[LP_INT_BYTES]
    cdef char on_stack[COPY_BYTES_ON_STACK]
    cdef char* copy = on_stack
    cdef View element
    if not find_typed(request, target_at, TYPE_LIST, FIND_WRITE, &target):
        return
    # Looking for the target may have removed a key that has expired, and so moved the source.
    db_relocate(source)
    if target.slot == NULL:
        db_add_value(request.ks, &target, TYPE_LIST | ENC_QUICKLIST, quicklist_new())
        db_relocate(source)
    quicklist_end(list_of(source), from_head, &cursor)
    element = lp_view(cursor.at, digits)
    # The bytes lie in a node that both changes may touch.
    if element.len > COPY_BYTES_ON_STACK:
        copy = <char*>mem_alloc(element.len)
    memcpy(copy, element.ptr, element.len)
    element.ptr = copy
    quicklist_remove(&cursor, False)
    quicklist_push(list_of(&target), element, to_head, &request.ks.limits)
    changed(request.ks, &target, EVENT_CLASS_LIST, b"lpush" if to_head else b"rpush")
    out_view(request.out, element)
    changed(request.ks, source, EVENT_CLASS_LIST, b"lpop" if from_head else b"rpop")
    drop_if_empty(request, source)
    if copy != on_stack:
        mem_free(copy)
