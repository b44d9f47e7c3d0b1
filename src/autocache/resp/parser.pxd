# Requests: bytes in, arguments out.
from libc.stdint cimport int64_t

from autocache.memory.blob cimport Blob

cdef enum:
    PARSE_MORE = 0                      # the request is not complete
    PARSE_COMMAND = 1                   # `args` hold a command
    PARSE_NOTHING = 2                   # an empty line or array: a request that asks nothing
    PARSE_ERROR = 3                     # `error` says what is wrong; the stream is lost

    INLINE_BYTES_MAX = 65536
    BIG_BYTES_MIN = 32768               # a longer argument gets a block of its own to be received into
    ARGS_MAX = 2147483647
    GUEST_ARGS_MAX = 10                 # before authentication
    GUEST_BULK_BYTES_MAX = 16384

cdef struct Arg:
    const char* ptr                     # into the buffer or the blob
    size_t len
    Blob* blob                          # owned, or NULL

cdef struct Parser:
    Arg* args
    int first                           # the arguments of the request that is read start here; before are earlier ones
    int count                           # where they end
    int capacity
    int64_t wanted                      # arguments still to come of the array that has begun
    int64_t bulk_len                    # of the argument that has begun, or -1
    Blob* big                           # that argument, if it is received into a block of its own
    size_t big_len                      # how much of it is there
    int skip                            # bytes of a line end to pass over
    size_t big_bytes                    # in the blobs of this request
    char* text                          # unescaped inline arguments
    const char* error
    char error_text[48]
    int64_t bulk_bytes_max
    bint guest                          # limits before authentication

cdef void parser_init(Parser* parser) noexcept nogil
cdef void parser_free(Parser* parser) noexcept nogil
cdef void parser_reset(Parser* parser) noexcept nogil
cdef void parser_next(Parser* parser) noexcept nogil
cdef void parser_drop(Parser* parser) noexcept nogil
cdef void parser_rewind(Parser* parser) noexcept nogil
cdef void parser_rebase(Parser* parser, const char* old, const char* new) noexcept nogil
cdef int parse(Parser* parser, const char* data, size_t length, size_t* position) noexcept nogil
