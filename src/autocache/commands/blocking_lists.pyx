"""The commands that wait for an element of a list: BLPOP, BRPOP, BLMOVE, BRPOPLPUSH and BLMPOP.

Each looks for an element at once; if there is none it waits (blocking.pyx) and is run again when a key is ready.
"""

from libc.stdint cimport int64_t

from autocache.commands.args cimport find_typed
from autocache.commands.blocking cimport NULL_ARRAY, NULL_BULK, block_on_keys, may_serve, timeout_arg
from autocache.commands.context cimport Request
from autocache.commands.lists cimport end_arg, move_element, pop_many_reply, pop_options, pop_reply
from autocache.keyspace.db cimport FIND_WRITE, Found
from autocache.resp.out cimport out_array, out_view
from autocache.types.entry cimport TYPE_LIST

from autocache.commands.declare import declare


cdef void pop_or_wait(Request* request, bint head) noexcept nogil:
    cdef Found found
    cdef int64_t deadline
    cdef int last = request.argc - 1
    cdef int i
    if not timeout_arg(request, last, &deadline):
        return
    for i in range(1, last):
        if not may_serve(request, i):
            continue
        if not find_typed(request, i, TYPE_LIST, FIND_WRITE, &found):
            return
        if found.slot != NULL:
            out_array(request.out, 2)
            out_view(request.out, found.key)
            pop_reply(request, &found, head)
            return
    block_on_keys(request, 1, last - 1, 1, TYPE_LIST, deadline, NULL_ARRAY, False)


declare(
    <size_t>blpop_command, "BLPOP key [key ...] timeout", arity=-3, group="list",
    flags="write noscript blocking", keys="RW access delete@1..-2", since="2.0.0",
    complexity="O(N) where N is the number of keys.",
    about="Removes the first element of the first of the lists that has any, and returns the key and the element;"
    " waits for one for as many seconds as given, or, with 0, for ever.",
)
cdef void blpop_command(Request* request) noexcept nogil:
    pop_or_wait(request, True)


declare(
    <size_t>brpop_command, "BRPOP key [key ...] timeout", arity=-3, group="list",
    flags="write noscript blocking", keys="RW access delete@1..-2", since="2.0.0",
    complexity="O(N) where N is the number of keys.",
    about="Does what BLPOP does with the last element.",
)
cdef void brpop_command(Request* request) noexcept nogil:
    pop_or_wait(request, False)


cdef void move_or_wait(Request* request, int timeout_at, bint from_head, bint to_head) noexcept nogil:
    cdef Found source
    cdef int64_t deadline
    if not timeout_arg(request, timeout_at, &deadline):
        return
    if not find_typed(request, 1, TYPE_LIST, FIND_WRITE, &source):
        return
    if source.slot != NULL:
        move_element(request, &source, 2, from_head, to_head)
    else:
        block_on_keys(request, 1, 1, 1, TYPE_LIST, deadline, NULL_BULK, False)


declare(
    <size_t>blmove_command, "BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout", arity=6,
    group="list", flags="write denyoom noscript blocking", keys="RW access delete@1, RW insert@2",
    since="6.2.0", about="Does what LMOVE does, and waits for an element if there is none.",
)
cdef void blmove_command(Request* request) noexcept nogil:
    cdef bint from_head, to_head
    if end_arg(request, 3, &from_head) and end_arg(request, 4, &to_head):
        move_or_wait(request, 5, from_head, to_head)


declare(
    <size_t>brpoplpush_command, "BRPOPLPUSH source destination timeout", arity=4, group="list",
    flags="write denyoom noscript blocking", keys="RW access delete@1, RW insert@2", since="2.2.0",
    about="Does what RPOPLPUSH does, and waits for an element if there is none.",
)
cdef void brpoplpush_command(Request* request) noexcept nogil:
    move_or_wait(request, 3, False, True)


declare(
    <size_t>blmpop_command, "BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", arity=-5,
    group="list", flags="write blocking movablekeys", keys="RW access delete@2:n", since="7.0.0",
    complexity="O(N+M) where N is the number of keys and M the number of elements returned.",
    about="Does what LMPOP does, and waits for an element if there is none.",
)
cdef void blmpop_command(Request* request) noexcept nogil:
    cdef Found found
    cdef int64_t deadline, count
    cdef int keys, i
    cdef bint head
    if not timeout_arg(request, 1, &deadline) or not pop_options(request, 2, &keys, &head, &count):
        return
    for i in range(3, 3 + keys):
        if not may_serve(request, i):
            continue
        if not find_typed(request, i, TYPE_LIST, FIND_WRITE, &found):
            return
        if found.slot != NULL:
            out_array(request.out, 2)
            out_view(request.out, found.key)
            pop_many_reply(request, &found, head, count)
            return
    block_on_keys(request, 3, keys, 1, TYPE_LIST, deadline, NULL_ARRAY, False)
