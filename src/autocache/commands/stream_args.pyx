"""What the stream commands share: reading IDs, finding streams and groups, and replies of IDs and entries.

Each function that returns `bint` and takes a request has appended the error reply itself when it returns False.
"""

from libc cimport errno as c_errno
from libc.stdint cimport INT64_MAX, UINT64_MAX, int64_t, uint64_t
from libc.stdlib cimport strtoull
from libc.string cimport memcpy, strchr, strlen

from autocache.base.bytes cimport View
from autocache.base.numbers cimport format_int64, parse_int64
from autocache.commands.args cimport find_typed, key_at
from autocache.commands.context cimport OBSERVED_WAITING, Request
from autocache.keyspace.db cimport EVENT_CLASS_STREAM, Found, announce, modified
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.out cimport Out, out_array, out_bulk, out_bulk_int, out_error, out_view
from autocache.types.entry cimport TYPE_STREAM
from autocache.types.listpack cimport lp_element_bytes, lp_get
from autocache.types.stream cimport ENTRY_SAME_FIELDS, Stream, StreamWalk, walk_next, walk_start
from autocache.types.stream_groups cimport (
    Consumer,
    Group,
    consumer_add,
    consumer_find,
    groups_find,
)
from autocache.types.stream_id cimport StreamId, next_id, previous_id, set_greatest_id, set_least_id

cdef enum:
    ID_TEXT_READ_MAX = 127              # a longer text is no ID
    UINT64_DIGITS = 20


# --- IDs


cdef bint read_number(const char* text, uint64_t* value) noexcept nogil:
    """Half of an ID. What is no plain number gets a second chance, as in redis-server: spaces, a plus, zeros before."""
    cdef char* end
    cdef int64_t number
    if parse_int64(text, strlen(text), &number):
        value[0] = <uint64_t>number
        return number >= 0
    c_errno.errno = 0
    value[0] = strtoull(text, &end, 10)
    return c_errno.errno != c_errno.ERANGE and text[0] != 0 and end[0] == 0


cdef bint read_id(View text, bint strict, uint64_t missing_seq, bint* seq_given, StreamId* id) noexcept nogil:
    """Read an ID: `ms`, `ms-seq` or, unless `strict`, `-` and `+` for the least and the greatest.

    If `seq_given` is not NULL, it tells whether the sequence number was one; `ms-*` is allowed then.
    """
    cdef char buffer[ID_TEXT_READ_MAX + 1]
    cdef char* dash
    if text.len > ID_TEXT_READ_MAX:
        return False
    memcpy(buffer, text.ptr, text.len)
    buffer[text.len] = 0
    if seq_given != NULL:
        seq_given[0] = True
    if buffer[0] != 0 and buffer[1] == 0 and (buffer[0] == c'-' or buffer[0] == c'+'):
        if buffer[0] == c'-':
            set_least_id(id)
        else:
            set_greatest_id(id)
        return not strict
    id.seq = missing_seq
    dash = strchr(buffer, c'-')
    if dash != NULL:
        dash[0] = 0
    if not read_number(buffer, &id.ms):
        return False
    if dash == NULL:
        return True
    if seq_given != NULL and dash[1] == c'*' and dash[2] == 0:
        id.seq = 0
        seq_given[0] = False
        return True
    return read_number(dash + 1, &id.seq)


cdef void bad_id(Request* request) noexcept nogil:
    out_error(request.out, b"ERR Invalid stream ID specified as stream command argument")


cdef bint id_arg(Request* request, int position, StreamId* id) noexcept nogil:
    """Read an argument as an ID; a missing sequence number is 0."""
    if read_id(key_at(request, position), True, 0, NULL, id):
        return True
    bad_id(request)
    return False


cdef bint interval_arg(Request* request, int position, bint is_start, StreamId* id) noexcept nogil:
    """Read an end of an interval of IDs; an open one, `(ID`, becomes the nearest ID within."""
    cdef View text = key_at(request, position)
    cdef bint is_open = text.len > 1 and text.ptr[0] == c'('
    if is_open:
        text.ptr += 1
        text.len -= 1
    if not read_id(text, is_open, 0 if is_start else <uint64_t>UINT64_MAX, NULL, id):
        bad_id(request)
        return False
    if is_open and is_start and not next_id(id):
        out_error(request.out, b"ERR invalid start ID for the interval")
        return False
    if is_open and not is_start and not previous_id(id):
        out_error(request.out, b"ERR invalid end ID for the interval")
        return False
    return True


cdef int format_number(char* target, uint64_t value) noexcept nogil:
    cdef int length
    if value <= <uint64_t>INT64_MAX:
        return format_int64(target, <int64_t>value)
    length = format_int64(target, <int64_t>(value // 10))
    target[length] = <char>(c'0' + value % 10)
    return length + 1


cdef int format_id(char* target, const StreamId* id) noexcept nogil:
    """Write an ID as text to a buffer of ID_TEXT_BYTES_MAX; returns its length."""
    cdef int length = format_number(target, id.ms)
    target[length] = c'-'
    return length + 1 + format_number(target + length + 1, id.seq)


cdef void reply_id(Out* out, const StreamId* id) noexcept nogil:
    cdef char text[48]
    out_bulk(out, text, format_id(text, id))


# --- errors and numbers


cdef bint told_int_arg(Request* request, int position, const char* error, int64_t* value) noexcept nogil:
    """Read an argument as an integer, with an error of the command's own."""
    if parse_int64(request.argv[position].ptr, request.argv[position].len, value):
        return True
    out_error(request.out, error)
    return False


cdef size_t put_word(char* target, View word) noexcept nogil:
    """A client's word within an error: up to its first zero byte, on one line."""
    cdef size_t i
    for i in range(word.len):
        if word.ptr[i] == 0:
            return i
        target[i] = c' ' if word.ptr[i] == c'\r' or word.ptr[i] == c'\n' else word.ptr[i]
    return word.len


cdef void two_word_error(Request* request, const char* form, View first, View second) noexcept nogil:
    """An error with two words of the client's: they stand for the two `%` of the form."""
    cdef char* text = <char*>mem_alloc(strlen(form) + first.len + second.len + 1)
    cdef char* target = text
    cdef int holes = 0
    while form[0] != 0:
        if form[0] == c'%':
            target += put_word(target, second if holes else first)
            holes += 1
        else:
            target[0] = form[0]
            target += 1
        form += 1
    target[0] = 0
    out_error(request.out, text)
    mem_free(text)


# --- streams, groups and consumers


cdef Group* find_group(Request* request, int position, bint* failed) noexcept nogil:
    """The group named at `position`, of the stream at 1; NULL if either is absent. `failed`: it was no stream."""
    cdef Found found
    failed[0] = not find_typed(request, 1, TYPE_STREAM, 0, &found)
    if failed[0] or found.slot == NULL:
        return NULL
    return groups_find((<Stream*>stream_of(&found)).groups, key_at(request, position))


cdef Consumer* use_consumer(Request* request, View key, Group* group, View name) noexcept nogil:
    """The consumer of a name, which is made if it is not there; it is seen now."""
    cdef Consumer* consumer = consumer_find(group, name)
    if consumer != NULL:
        consumer.seen_ms = request.ks.now_ms
        return consumer
    consumer = consumer_add(group, name, request.ks.now_ms)
    request.ks.dirty += 1
    announce(request.ks, EVENT_CLASS_STREAM, b"xgroup-createconsumer", request.db.id, key)
    return consumer


cdef void unwaking_change(Request* request, Found* found, int64_t changes) noexcept nogil:
    """Tell of a change that adds no entry: those who wait for one are not to be woken."""
    cdef uint64_t observed = request.ks.observed
    request.ks.observed = observed & ~<uint64_t>OBSERVED_WAITING
    modified(request.ks, found)
    request.ks.observed = observed
    request.ks.dirty += <uint64_t>(changes - 1)


# --- entries


cdef inline const char* reply_word(Out* out, const char* p) noexcept nogil:
    """Append the element at `p`; returns the one after it."""
    cdef View text
    cdef int64_t number
    if lp_get(p, &text, &number):
        out_bulk_int(out, number)
    else:
        out_view(out, text)
    return p + lp_element_bytes(p)


cdef void reply_entry(Out* out, const StreamWalk* walk) noexcept nogil:
    """The entry that a walk stands on: its ID, and its fields and values in turn."""
    cdef const char* name = walk.names
    cdef const char* word = walk.words
    cdef int64_t _
    out_array(out, 2)
    reply_id(out, &walk.id)
    out_array(out, 2 * walk.fields)
    for _ in range(walk.fields):
        if walk.flags & ENTRY_SAME_FIELDS:
            name = reply_word(out, name)
        else:
            word = reply_word(out, word)
        word = reply_word(out, word)


cdef bint reply_entry_of(Out* out, const Stream* stream, const StreamId* id) noexcept nogil:
    """The entry of an ID; False, and nothing is appended, if it is not there."""
    cdef StreamWalk walk
    walk_start(&walk, stream, id, id, False)
    if not walk_next(&walk):
        return False
    reply_entry(out, &walk)
    return True
