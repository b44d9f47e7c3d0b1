# The primitives of the RDB form: lengths, strings, numbers, and the frame of a DUMP payload.
from libc.stdint cimport int64_t, uint8_t, uint64_t

from autocache.base.bytes cimport View
from autocache.base.numbers cimport INT_TEXT_BYTES_MAX
from autocache.codec.lzf cimport Lzf

cdef enum:
    RDB_VERSION = 10                    # what redis-server 7.0 writes, and the newest that it reads
    RDB_VERSION_VALKEY = 80             # what Valkey 9 writes: of us, only the values that version 10 has no form for
    RDB_FOOTER_BYTES = 10               # after the value: the version (2), the checksum (8)
    RDB_TEXTS = 2

    # The first byte of a value: its type and encoding. Those marked (old) are read and never written.
    RDB_STRING = 0
    RDB_LIST = 1                        # (old)
    RDB_SET = 2
    RDB_ZSET = 3                        # (old) scores as text
    RDB_HASH = 4
    RDB_ZSET_2 = 5
    RDB_HASH_ZIPMAP = 9                 # (old)
    RDB_LIST_ZIPLIST = 10               # (old)
    RDB_SET_INTSET = 11
    RDB_ZSET_ZIPLIST = 12               # (old)
    RDB_HASH_ZIPLIST = 13               # (old)
    RDB_LIST_QUICKLIST = 14             # (old) nodes are ziplists
    RDB_STREAM_LISTPACKS = 15           # (old)
    RDB_HASH_LISTPACK = 16
    RDB_ZSET_LISTPACK = 17
    RDB_LIST_QUICKLIST_2 = 18
    RDB_STREAM_LISTPACKS_2 = 19
    RDB_KIND_MAX = 19                   # the last one of version 10
    RDB_SET_LISTPACK = 20               # (read only) Redis 7.2
    RDB_HASH_2 = 22                     # (version 80) fields with an expiry

cdef struct Writer:
    char* data                          # owned; NULL until something is written
    size_t len
    size_t capacity
    bint compress                       # rdbcompression
    Lzf* lzf                            # owned; NULL until something is compressed

cdef struct Text:                       # room for a string that does not stand in the input as it is
    char* data                          # owned
    size_t capacity

cdef struct Reader:
    const char* at                      # borrowed
    const char* end
    bint failed                         # the input is not what it should be; nothing more is read
    Text texts[RDB_TEXTS]
    int text                            # which of them was used last

cdef void writer_init(Writer* writer, bint compress) noexcept nogil
cdef void writer_clear(Writer* writer) noexcept nogil
cdef void writer_free(Writer* writer) noexcept nogil
cdef void write_raw(Writer* writer, const char* data, size_t length) noexcept nogil
cdef void write_byte(Writer* writer, uint8_t byte) noexcept nogil
cdef void write_word(Writer* writer, uint64_t word) noexcept nogil
cdef void write_length(Writer* writer, uint64_t length) noexcept nogil
cdef void write_string(Writer* writer, View text) noexcept nogil
cdef void write_int(Writer* writer, int64_t number) noexcept nogil
cdef void write_double(Writer* writer, double number) noexcept nogil
cdef void write_footer(Writer* writer, size_t start, int version) noexcept nogil

cdef void reader_init(Reader* reader, View input) noexcept nogil
cdef void reader_free(Reader* reader) noexcept nogil
cdef bint read_raw(Reader* reader, size_t length, View* bytes) noexcept nogil
cdef bint read_byte(Reader* reader, uint8_t* byte) noexcept nogil
cdef bint read_word(Reader* reader, uint64_t* word) noexcept nogil
cdef bint read_length(Reader* reader, uint64_t* length) noexcept nogil
cdef bint read_count(Reader* reader, size_t bytes_min, uint64_t* count) noexcept nogil
cdef bint read_string(Reader* reader, View* text) noexcept nogil
cdef bint read_double(Reader* reader, double* number) noexcept nogil
cdef bint read_double_text(Reader* reader, double* number) noexcept nogil
cdef bint footer_is_right(View payload) noexcept nogil
cdef int footer_version(View payload) noexcept nogil


cdef inline bint read_fails(Reader* reader) noexcept nogil:
    """Mark the input as wrong; False, for the caller to return."""
    reader.failed = True
    return False
