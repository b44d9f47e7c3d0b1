"""Requests, sans-io: bytes in, arguments out. Both forms: arrays of bulk strings, and inline (a line of words).

The parser never copies a short argument: `args` are slices of the caller's buffer, which must stay until the command
has run (`parser_rebase` follows it when it moves). It keeps its place between calls, so a request that arrives in a
million pieces is read once. An argument of BIG_BYTES_MIN or more that is not all there yet gets a block of its own,
into which the caller receives the rest straight from the socket (`big`, `big_len`); SET then keeps that very block.

Limits and error texts are redis-server's: the length of a line, the number of arguments, the length of one
(`proto-max-bulk-len`), and narrower ones before authentication. The line end after an argument is passed over
without a look, as redis-server does.
"""

from libc.stdint cimport int64_t
from libc.string cimport memchr, memcpy, memmove, memset

from autocache.base.bytes cimport likely
from autocache.base.numbers cimport parse_int64
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_realloc
from autocache.memory.blob cimport blob_data, blob_release, blob_try_new

cdef enum:
    ARGS_START = 16


cdef void parser_init(Parser* parser) noexcept nogil:
    memset(parser, 0, sizeof(Parser))
    parser.bulk_len = -1
    parser.bulk_bytes_max = 512 * 1024 * 1024


cdef void parser_reset(Parser* parser) noexcept nogil:
    """Forget the requests that were read, and free what is left of their arguments."""
    cdef int i
    if parser.big_bytes:
        for i in range(parser.count):
            if parser.args[i].blob != NULL:
                blob_release(parser.args[i].blob)
        parser.big_bytes = 0
    if parser.text != NULL:
        mem_free(parser.text)
        parser.text = NULL
    parser.first = parser.count = 0


cdef void parser_next(Parser* parser) noexcept nogil:
    """Keep the request that was read, and begin another behind it in `args`."""
    parser.first = parser.count


cdef void parser_free(Parser* parser) noexcept nogil:
    """Free all that the parser holds."""
    parser_reset(parser)
    if parser.big != NULL:
        blob_release(parser.big)
        parser.big = NULL
    mem_free(parser.args)
    parser.args = NULL
    parser.capacity = 0


cdef void parser_drop(Parser* parser) noexcept nogil:
    """Forget the requests before `first`, which have run; what is read of the one after them stays."""
    if parser.first == parser.count:
        parser_reset(parser)
        return
    if parser.first:
        memmove(parser.args, parser.args + parser.first, (parser.count - parser.first) * sizeof(Arg))
        parser.count -= parser.first
        parser.first = 0


cdef void parser_rewind(Parser* parser) noexcept nogil:
    """Forget all requests, complete or not: the caller will parse from an earlier place again."""
    parser_reset(parser)
    if parser.big != NULL:
        blob_release(parser.big)
        parser.big = NULL
    parser.wanted = 0
    parser.bulk_len = -1
    parser.skip = 0


cdef void parser_rebase(Parser* parser, const char* old, const char* new) noexcept nogil:
    """Follow a buffer that moved from `old` to `new` while a request is half read, or waits to be run."""
    cdef int i
    if parser.text != NULL:
        return                          # an inline request: its arguments do not lie in the buffer
    for i in range(parser.count):
        if parser.args[i].blob == NULL:
            parser.args[i].ptr = new + (parser.args[i].ptr - old)


cdef inline void add(Parser* parser, const char* data, size_t length) noexcept nogil:
    if parser.count == parser.capacity:
        parser.capacity = parser.capacity * 2 if parser.capacity else ARGS_START
        parser.args = <Arg*>mem_realloc(parser.args, parser.capacity * sizeof(Arg))
    parser.args[parser.count].ptr = data
    parser.args[parser.count].len = length
    parser.args[parser.count].blob = NULL
    parser.count += 1


cdef int fail(Parser* parser, const char* error) noexcept nogil:
    parser.error = error
    return PARSE_ERROR


cdef int read_number(Parser* parser, const char* data, size_t length, size_t* position, int64_t* number,
                     const char* too_long, const char* invalid) noexcept nogil:
    """Read the number between a type byte, at `position`, and the end of its line, and pass over both."""
    cdef const char* start = data + position[0] + 1
    cdef const char* end = data + length
    cdef const char* p = start
    cdef int64_t value = 0
    # Up to eight digits and the whole line there: nearly every line of every request.
    while p < end and p - start < 8 and c'0' <= p[0] <= c'9':
        value = value * 10 + (p[0] - c'0')
        p += 1
    if likely(end - p >= 2 and p > start and p[0] == c'\r' and (start[0] != c'0' or p - start == 1)):
        number[0] = value
        position[0] = p + 2 - data
        return PARSE_COMMAND
    p = <const char*>memchr(data + position[0], c'\r', length - position[0])
    if p == NULL:
        if length - position[0] > INLINE_BYTES_MAX:
            return fail(parser, too_long)
        return PARSE_MORE
    if end - p < 2:
        return PARSE_MORE
    if p < start or not parse_int64(start, p - start, number):
        return fail(parser, invalid)
    position[0] = p + 2 - data
    return PARSE_COMMAND


cdef int read_array_head(Parser* parser, const char* data, size_t length, size_t* position) noexcept nogil:
    cdef int64_t count
    cdef int status = read_number(parser, data, length, position, &count,
                                  b"Protocol error: too big mbulk count string",
                                  b"Protocol error: invalid multibulk length")
    if status != PARSE_COMMAND:
        return status
    if count > ARGS_MAX:
        return fail(parser, b"Protocol error: invalid multibulk length")
    if parser.guest and count > GUEST_ARGS_MAX:
        return fail(parser, b"Protocol error: unauthenticated multibulk length")
    if count <= 0:
        return PARSE_NOTHING
    parser.wanted = count
    return PARSE_COMMAND


cdef int read_bulk_head(Parser* parser, const char* data, size_t length, size_t* position) noexcept nogil:
    cdef int64_t bulk_len
    cdef int status
    cdef char got = data[position[0]]
    if got != c'$':
        # The type byte is looked at only once its line is whole.
        if memchr(data + position[0], c'\r', length - position[0]) == NULL:
            if length - position[0] > INLINE_BYTES_MAX:
                return fail(parser, b"Protocol error: too big bulk count string")
            return PARSE_MORE
        memcpy(parser.error_text, b"Protocol error: expected '$', got '?'\0", 38)
        parser.error_text[35] = c' ' if got == c'\r' or got == c'\n' else got
        return fail(parser, parser.error_text)
    status = read_number(parser, data, length, position, &bulk_len,
                         b"Protocol error: too big bulk count string",
                         b"Protocol error: invalid bulk length")
    if status != PARSE_COMMAND:
        return status
    if bulk_len < 0 or bulk_len > parser.bulk_bytes_max:
        return fail(parser, b"Protocol error: invalid bulk length")
    if parser.guest and bulk_len > GUEST_BULK_BYTES_MAX:
        return fail(parser, b"Protocol error: unauthenticated bulk length")
    parser.bulk_len = bulk_len
    return PARSE_COMMAND


cdef int begin_big(Parser* parser, const char* data, size_t length, size_t* position) noexcept nogil:
    """Give a long argument a block of its own, with what is there of it; the caller receives the rest."""
    cdef size_t here = length - position[0]
    if here > <size_t>parser.bulk_len:
        here = parser.bulk_len
    parser.big = blob_try_new(parser.bulk_len)
    if parser.big == NULL:
        return fail(parser, b"Protocol error: no memory for an argument of this length")
    memcpy(blob_data(parser.big), data + position[0], here)
    parser.big_len = here
    position[0] += here
    return PARSE_COMMAND


cdef bint end_big(Parser* parser) noexcept nogil:
    """Make the long argument, if all of it is there, one of `args`."""
    if parser.big_len < parser.big.len:
        return False
    add(parser, blob_data(parser.big), parser.big.len)
    parser.args[parser.count - 1].blob = parser.big
    parser.big_bytes += parser.big.len
    parser.big = NULL
    parser.bulk_len = -1
    parser.wanted -= 1
    parser.skip = 2
    return True


cdef int read_array(Parser* parser, const char* data, size_t length, size_t* position) noexcept nogil:
    cdef int status
    while parser.wanted or parser.skip:
        if parser.big != NULL and not end_big(parser):
            return PARSE_MORE
        while parser.skip and position[0] < length:
            parser.skip -= 1
            position[0] += 1
        if parser.skip or (parser.wanted and position[0] >= length):
            return PARSE_MORE
        if parser.wanted == 0:
            break
        if parser.bulk_len < 0:
            status = read_bulk_head(parser, data, length, position)
            if status != PARSE_COMMAND:
                return status
        if likely(length - position[0] >= <size_t>parser.bulk_len + 2):
            add(parser, data + position[0], parser.bulk_len)
            position[0] += parser.bulk_len + 2
            parser.bulk_len = -1
            parser.wanted -= 1
        elif parser.bulk_len >= BIG_BYTES_MIN:
            status = begin_big(parser, data, length, position)
            if status != PARSE_COMMAND:
                return status
        else:
            return PARSE_MORE
    return PARSE_COMMAND


cdef int parse(Parser* parser, const char* data, size_t length, size_t* position) noexcept nogil:
    """Read on at `position`, which moves past what is done with.

    Returns a PARSE_ code. After PARSE_COMMAND run the command, then `parser_reset`. After PARSE_MORE call again with
    the same bytes and more: everything since the command's first byte must still be there, or have been rebased.
    """
    cdef int status
    if parser.wanted == 0 and parser.skip == 0:
        if position[0] >= length:
            return PARSE_MORE
        if data[position[0]] != c'*':
            return read_inline(parser, data, length, position)
        status = read_array_head(parser, data, length, position)
        if status != PARSE_COMMAND:
            return status
    return read_array(parser, data, length, position)


# --- inline requests


cdef inline bint is_space(char c) noexcept nogil:
    return c == c' ' or c'\t' <= c <= c'\r'


cdef inline int hex_digit(char c) noexcept nogil:
    if c'0' <= c <= c'9':
        return c - c'0'
    c |= 32
    if c'a' <= c <= c'f':
        return c - c'a' + 10
    return -1


cdef char unescape(char c) noexcept nogil:
    if c == c'n':
        return c'\n'
    if c == c'r':
        return c'\r'
    if c == c't':
        return c'\t'
    if c == c'b':
        return 8
    if c == c'a':
        return 7
    return c


cdef const char* read_quoted(const char* p, const char* end, char** text) noexcept nogil:
    """Read what follows an opening quote, at `p`; the place after the closing one, or NULL if it is missing."""
    cdef char quote = p[0]
    p += 1
    while p < end and p[0] != quote:
        if p[0] == c'\\' and quote == c'"' and end - p >= 4 and p[1] == c'x' \
                and hex_digit(p[2]) >= 0 and hex_digit(p[3]) >= 0:
            text[0][0] = <char>(hex_digit(p[2]) * 16 + hex_digit(p[3]))
            p += 4
        elif p[0] == c'\\' and quote == c'"' and end - p >= 2:
            text[0][0] = unescape(p[1])
            p += 2
        elif p[0] == c'\\' and quote == c"'" and end - p >= 2 and p[1] == c"'":
            text[0][0] = c"'"
            p += 2
        else:
            text[0][0] = p[0]
            p += 1
        text[0] += 1
    # A closing quote must end its word.
    if p >= end or (p + 1 < end and not is_space(p[1])):
        return NULL
    return p + 1


cdef bint split_words(Parser* parser, const char* p, const char* end) noexcept nogil:
    """Split a line into words with the quoting rules of redis-cli; False for an unbalanced quote."""
    cdef char* text
    cdef char* start
    parser.text = <char*>mem_alloc(end - p + 1)
    text = parser.text
    # A zero byte ends the line, as in any C string.
    start = <char*>memchr(p, 0, end - p)
    if start != NULL:
        end = start
    while True:
        while p < end and is_space(p[0]):
            p += 1
        if p == end:
            return True
        start = text
        while p < end and not is_space(p[0]):
            if p[0] == c'"' or p[0] == c"'":
                p = read_quoted(p, end, &text)
                if p == NULL:
                    return False
                break
            text[0] = p[0]
            text += 1
            p += 1
        add(parser, start, text - start)


cdef int read_inline(Parser* parser, const char* data, size_t length, size_t* position) noexcept nogil:
    cdef const char* start = data + position[0]
    cdef const char* end = <const char*>memchr(start, c'\n', length - position[0])
    if end == NULL:
        if length - position[0] > INLINE_BYTES_MAX:
            return fail(parser, b"Protocol error: too big inline request")
        return PARSE_MORE
    position[0] = end + 1 - data
    if end > start and (end - 1)[0] == c'\r':
        end -= 1
    if not split_words(parser, start, end):
        return fail(parser, b"Protocol error: unbalanced quotes in request")
    if parser.count == parser.first:
        mem_free(parser.text)
        parser.text = NULL
        return PARSE_NOTHING
    return PARSE_COMMAND


# --- Python's face, for tests and the fuzzer


class ProtocolError(ValueError):
    """A stream of requests that cannot be read on; the text is what the client is told."""


cdef class RequestParser:
    """`feed(bytes)` returns the commands that became complete, each a list of its arguments.

    It works as the server's connections do: what is not yet a whole command stays in a buffer.
    """

    cdef Parser parser
    cdef bytearray pending
    cdef size_t position

    def __cinit__(self, bulk_bytes_max: int = 512 * 1024 * 1024, guest: bool = False):
        parser_init(&self.parser)
        self.parser.bulk_bytes_max = bulk_bytes_max
        self.parser.guest = guest
        self.pending = bytearray()

    def __dealloc__(self):
        parser_free(&self.parser)

    def feed(self, data: bytes) -> list[list[bytes]]:
        """Raises ProtocolError if the bytes cannot be a request."""
        cdef const char* old = self.pending
        cdef const char* view
        cdef int status
        cdef list commands = []
        data = self.receive(data)
        self.pending += data
        view = self.pending
        parser_rebase(&self.parser, old, view)
        while True:
            status = parse(&self.parser, view, len(self.pending), &self.position)
            if status == PARSE_ERROR:
                raise ProtocolError(self.parser.error.decode("latin-1"))
            if status == PARSE_MORE:
                break
            if status == PARSE_COMMAND:
                commands.append([
                    self.parser.args[i].ptr[:self.parser.args[i].len] for i in range(self.parser.count)
                ])
            parser_reset(&self.parser)
        if self.parser.count == 0 and self.parser.wanted == 0 and self.position:
            del self.pending[:self.position]
            self.position = 0
        return commands

    cdef bytes receive(self, bytes data):
        """Put what belongs to a long argument where it belongs; the rest of the data."""
        cdef size_t take
        if self.parser.big == NULL:
            return data
        take = min(self.parser.big.len - self.parser.big_len, <size_t>len(data))
        memcpy(blob_data(self.parser.big) + self.parser.big_len, <const char*>data, take)
        self.parser.big_len += take
        return data[take:]
