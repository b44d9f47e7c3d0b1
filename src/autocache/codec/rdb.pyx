"""The primitives of the RDB form: lengths, strings, numbers, and the frame of a DUMP payload.

A length, by the top bits of its first byte:

    00                      the six bits below
    01                      14 bits: six and the next byte
    80, 81 (hexadecimal)    the next 4 or 8 bytes, most significant first
    11                      no length but a string in a form of its own: C0, C1, C2 an integer of 1, 2 or 4 bytes, least
                            significant first; C3 two lengths (packed, unpacked) and LZF data

A string is a length and its bytes, or one of those forms: a string that is a 32-bit integer in its shortest form is
written as that, and one of more than twenty bytes is compressed if that saves four bytes or more. A DUMP payload is the
type's byte, the value, the version of the format (2 bytes, least significant first) and the CRC-64 of all before it.

`Writer` and `Reader` belong to the caller, who frees them. A reader's input is hostile: every read is checked against
its end, the first one that fails marks the reader, and all later ones fail. What is allocated for a string never
exceeds what the input can hold (for LZF: can expand to), whatever the length in it says.

A view from `read_string` lives until the second next call of it, so that a field and its value can be had together.
"""

from libc.math cimport INFINITY, NAN
from libc.stdint cimport (
    INT8_MAX,
    INT8_MIN,
    INT16_MAX,
    INT16_MIN,
    INT32_MAX,
    INT32_MIN,
    UINT32_MAX,
    int64_t,
    uint8_t,
    uint64_t,
)
from libc.string cimport memcpy, memmove, memset

from autocache.base.bytes cimport View, load64, store64
from autocache.base.crc64 cimport crc64
from autocache.base.numbers cimport format_int64, parse_double, parse_int64
from autocache.codec.lzf cimport LZF_GROWTH_MAX, Lzf, lzf_compress, lzf_expand
from autocache.memory.alloc cimport mem_free, mem_realloc, mem_try_realloc, mem_zalloc

cdef enum:
    WRITER_BYTES_MIN = 256
    WRITER_BYTES_KEPT = 16384
    INT_TEXT_MAX = 11                   # no longer string is a 32-bit integer
    COMPRESS_BYTES_MIN = 21
    COMPRESS_SAVES_MIN = 4
    TEXT_BYTES_MAX = 4294967296         # no longer string is expanded
    LENGTH_32 = 0x80
    LENGTH_64 = 0x81
    FORM_BITS = 0xC0                    # a string's first byte: a form of its own
    FORM_INT8 = 0xC0
    FORM_INT16 = 0xC1
    FORM_INT32 = 0xC2
    FORM_LZF = 0xC3
    # The first byte of a double in the old form is the length of its text, or one of these.
    DOUBLE_NAN = 253
    DOUBLE_INFINITY = 254
    DOUBLE_NEGATIVE_INFINITY = 255


# --- writing


cdef void writer_init(Writer* writer, bint compress) noexcept nogil:
    memset(writer, 0, sizeof(Writer))
    writer.compress = compress


cdef void writer_free(Writer* writer) noexcept nogil:
    mem_free(writer.data)
    mem_free(writer.lzf)
    writer.data = NULL
    writer.lzf = NULL


cdef void writer_clear(Writer* writer) noexcept nogil:
    """Forget what was written, for the next use; a long buffer is given back."""
    writer.len = 0
    if writer.capacity > WRITER_BYTES_KEPT:
        mem_free(writer.data)
        writer.data = NULL
        writer.capacity = 0


cdef char* reserve(Writer* writer, size_t room) noexcept nogil:
    """Make room for so many bytes more; returns where they go."""
    cdef size_t needed = writer.len + room
    if needed > writer.capacity:
        writer.capacity = max(needed + needed // 2, <size_t>WRITER_BYTES_MIN)
        writer.data = <char*>mem_realloc(writer.data, writer.capacity)
    return writer.data + writer.len


cdef void write_raw(Writer* writer, const char* data, size_t length) noexcept nogil:
    # Nothing written to a writer that holds nothing would be a copy to NULL.
    if length:
        memcpy(reserve(writer, length), data, length)
        writer.len += length


cdef void write_byte(Writer* writer, uint8_t byte) noexcept nogil:
    reserve(writer, 1)[0] = <char>byte
    writer.len += 1


cdef void write_word(Writer* writer, uint64_t word) noexcept nogil:
    """Eight bytes, least significant first."""
    store64(reserve(writer, 8), word)
    writer.len += 8


cdef void write_length(Writer* writer, uint64_t length) noexcept nogil:
    cdef int byte
    if length < 64:
        write_byte(writer, <uint8_t>length)
    elif length < 16384:
        write_byte(writer, <uint8_t>(0x40 | length >> 8))
        write_byte(writer, <uint8_t>length)
    else:
        byte = 24 if length <= UINT32_MAX else 56
        write_byte(writer, LENGTH_32 if byte == 24 else LENGTH_64)
        while byte >= 0:
            write_byte(writer, <uint8_t>(length >> byte))
            byte -= 8


cdef bint write_small_int(Writer* writer, int64_t number) noexcept nogil:
    """Write a number as a string's form of its own, if it has 32 bits."""
    cdef int bytes, i
    if INT8_MIN <= number <= INT8_MAX:
        write_byte(writer, FORM_INT8)
        bytes = 1
    elif INT16_MIN <= number <= INT16_MAX:
        write_byte(writer, FORM_INT16)
        bytes = 2
    elif INT32_MIN <= number <= INT32_MAX:
        write_byte(writer, FORM_INT32)
        bytes = 4
    else:
        return False
    for i in range(bytes):
        write_byte(writer, <uint8_t>(<uint64_t>number >> (8 * i)))
    return True


cdef bint write_packed(Writer* writer, View text) noexcept nogil:
    """Write a string compressed, if that saves enough."""
    cdef size_t room = text.len - COMPRESS_SAVES_MIN
    cdef size_t start = writer.len
    cdef size_t head, packed
    if writer.lzf == NULL:
        writer.lzf = <Lzf*>mem_zalloc(sizeof(Lzf))
    # The packed length comes first and is not known yet: what it takes at most is kept free, and closed up after.
    write_byte(writer, FORM_LZF)
    write_length(writer, room)
    write_length(writer, text.len)
    head = writer.len - start
    packed = lzf_compress(writer.lzf, text.ptr, text.len, reserve(writer, room), room)
    writer.len = start
    if packed == 0:
        return False
    write_byte(writer, FORM_LZF)
    write_length(writer, packed)
    write_length(writer, text.len)
    memmove(writer.data + writer.len, writer.data + start + head, packed)
    writer.len += packed
    return True


cdef void write_string(Writer* writer, View text) noexcept nogil:
    """A string in the shortest form that redis-server would choose."""
    cdef int64_t number
    if text.len <= INT_TEXT_MAX and parse_int64(text.ptr, text.len, &number) and write_small_int(writer, number):
        return
    if writer.compress and text.len >= COMPRESS_BYTES_MIN and write_packed(writer, text):
        return
    write_length(writer, text.len)
    write_raw(writer, text.ptr, text.len)


cdef void write_int(Writer* writer, int64_t number) noexcept nogil:
    """`write_string` with the text of a number."""
    cdef char text[INT_TEXT_BYTES_MAX]
    cdef int length
    if not write_small_int(writer, number):
        length = format_int64(text, number)
        write_length(writer, length)
        write_raw(writer, text, length)


cdef void write_double(Writer* writer, double number) noexcept nogil:
    cdef uint64_t bits
    memcpy(&bits, &number, sizeof(bits))
    write_word(writer, bits)


cdef void write_footer(Writer* writer, size_t start, int version) noexcept nogil:
    """End the DUMP payload that began at `start`."""
    write_byte(writer, version & 0xFF)
    write_byte(writer, version >> 8)
    write_word(writer, crc64(0, writer.data + start, writer.len - start))


# --- reading


cdef void reader_init(Reader* reader, View input) noexcept nogil:
    """Read `input`, which must stay where it is."""
    memset(reader, 0, sizeof(Reader))
    reader.at = input.ptr
    reader.end = input.ptr + input.len


cdef void reader_free(Reader* reader) noexcept nogil:
    cdef int i
    for i in range(RDB_TEXTS):
        mem_free(reader.texts[i].data)
        reader.texts[i].data = NULL
        reader.texts[i].capacity = 0


cdef bint read_raw(Reader* reader, size_t length, View* bytes) noexcept nogil:
    """The next bytes, where they stand in the input."""
    if reader.failed or length > <size_t>(reader.end - reader.at):
        return read_fails(reader)
    bytes.ptr = reader.at
    bytes.len = length
    reader.at += length
    return True


cdef bint read_byte(Reader* reader, uint8_t* byte) noexcept nogil:
    cdef View bytes
    if not read_raw(reader, 1, &bytes):
        return False
    byte[0] = <uint8_t>bytes.ptr[0]
    return True


cdef bint read_word(Reader* reader, uint64_t* word) noexcept nogil:
    """Eight bytes, least significant first."""
    cdef View bytes
    if not read_raw(reader, 8, &bytes):
        return False
    word[0] = load64(bytes.ptr)
    return True


cdef bint read_big_endian(Reader* reader, size_t length, uint64_t* number) noexcept nogil:
    cdef View bytes
    cdef size_t i
    if not read_raw(reader, length, &bytes):
        return False
    number[0] = 0
    for i in range(length):
        number[0] = number[0] << 8 | <uint8_t>bytes.ptr[i]
    return True


cdef bint read_length_after(Reader* reader, uint8_t first, uint64_t* length) noexcept nogil:
    """The rest of a length whose first byte was read."""
    if first < 0x40:
        length[0] = first
        return True
    if first < 0x80:
        if not read_big_endian(reader, 1, length):
            return False
        length[0] |= <uint64_t>(first & 0x3F) << 8
        return True
    if first == LENGTH_32:
        return read_big_endian(reader, 4, length)
    if first == LENGTH_64:
        return read_big_endian(reader, 8, length)
    return read_fails(reader)


cdef bint read_length(Reader* reader, uint64_t* length) noexcept nogil:
    cdef uint8_t first = 0
    return read_byte(reader, &first) and read_length_after(reader, first, length)


cdef bint read_count(Reader* reader, size_t bytes_min, uint64_t* count) noexcept nogil:
    """How many elements follow, of which each takes `bytes_min` or more: a number that the input cannot hold is wrong.

    So a caller may make room for all of them beforehand.
    """
    if not read_length(reader, count):
        return False
    if count[0] > <size_t>(reader.end - reader.at) // bytes_min:
        return read_fails(reader)
    return True


cdef char* text_room(Reader* reader, size_t length) noexcept nogil:
    """Room for a string, in the text that was not used last; NULL, and the reader fails, if there is no memory."""
    cdef Text* text
    cdef char* data
    reader.text = (reader.text + 1) % RDB_TEXTS
    text = &reader.texts[reader.text]
    if length > text.capacity:
        data = <char*>mem_try_realloc(text.data, length)
        if data == NULL:
            read_fails(reader)
            return NULL
        text.data = data
        text.capacity = length
    return text.data


cdef bint read_int_text(Reader* reader, int bytes, View* text) noexcept nogil:
    """The text of an integer of so many bytes, least significant first."""
    cdef View raw
    cdef uint64_t number = 0
    cdef int shift = 64 - 8 * bytes
    cdef char* room
    cdef int i
    if not read_raw(reader, bytes, &raw):
        return False
    for i in range(bytes):
        number |= <uint64_t><uint8_t>raw.ptr[i] << (8 * i)
    room = text_room(reader, INT_TEXT_BYTES_MAX)
    if room == NULL:
        return False
    text.ptr = room
    # To the left and back: so the sign fills the upper bits.
    text.len = format_int64(room, <int64_t>(number << shift) >> shift)
    return True


cdef bint read_packed(Reader* reader, View* text) noexcept nogil:
    """A compressed string, after its first byte."""
    cdef uint64_t packed, expected
    cdef View data
    cdef char* room
    if not (read_length(reader, &packed) and read_length(reader, &expected) and read_raw(reader, packed, &data)):
        return False
    if expected == 0 or expected > packed * LZF_GROWTH_MAX or expected > TEXT_BYTES_MAX:
        return read_fails(reader)
    room = text_room(reader, expected)
    if room == NULL:
        return False
    if not lzf_expand(data.ptr, data.len, room, expected):
        return read_fails(reader)
    text.ptr = room
    text.len = expected
    return True


cdef bint read_string(Reader* reader, View* text) noexcept nogil:
    """A string; the view dies with the second next one."""
    cdef uint8_t first = 0
    cdef uint64_t length
    if not read_byte(reader, &first):
        return False
    if first & FORM_BITS != FORM_BITS:
        return read_length_after(reader, first, &length) and read_raw(reader, length, text)
    if first == FORM_LZF:
        return read_packed(reader, text)
    if first > FORM_LZF:
        return read_fails(reader)
    return read_int_text(reader, 1 << (first - FORM_INT8), text)


cdef bint read_double(Reader* reader, double* number) noexcept nogil:
    cdef uint64_t bits
    if not read_word(reader, &bits):
        return False
    memcpy(number, &bits, sizeof(bits))
    return True


cdef bint read_double_text(Reader* reader, double* number) noexcept nogil:
    """A double in the old form: the length of its text, and the text."""
    cdef uint8_t length = 0
    cdef View text
    if not read_byte(reader, &length):
        return False
    if length == DOUBLE_NAN:
        number[0] = NAN
    elif length == DOUBLE_INFINITY:
        number[0] = INFINITY
    elif length == DOUBLE_NEGATIVE_INFINITY:
        number[0] = -INFINITY
    elif not read_raw(reader, length, &text) or not parse_double(text.ptr, text.len, number):
        return read_fails(reader)
    return True


cdef int footer_version(View payload) noexcept nogil:
    """The version that a payload with a footer says it has."""
    cdef const uint8_t* footer = <const uint8_t*>payload.ptr + payload.len - RDB_FOOTER_BYTES
    return footer[0] | footer[1] << 8


cdef bint footer_is_right(View payload) noexcept nogil:
    """Whether a DUMP payload has a version that we read, and the right checksum.

    As in redis-server 7.0 that is version 10 or older; of version 80, only the form that we write in it.
    """
    cdef size_t length
    if payload.len < RDB_FOOTER_BYTES:
        return False
    length = payload.len - RDB_FOOTER_BYTES
    if footer_version(payload) > RDB_VERSION and not (
            footer_version(payload) == RDB_VERSION_VALKEY and length and <uint8_t>payload.ptr[0] == RDB_HASH_2):
        return False
    return crc64(0, payload.ptr, length + 2) == load64(payload.ptr + length + 2)


# --- test faces


cdef bytes taken(Writer* writer):
    """What was written; frees the writer."""
    try:
        return writer.data[:writer.len]
    finally:
        writer_free(writer)


cdef Reader reader_of(bytes data):
    cdef Reader reader
    cdef View view
    view.ptr = data
    view.len = len(data)
    reader_init(&reader, view)
    return reader


def write_text(text: bytes, compress: bool = True) -> bytes:
    """A string in the RDB form."""
    cdef Writer writer
    cdef View view
    view.ptr = text
    view.len = len(text)
    writer_init(&writer, compress)
    write_string(&writer, view)
    return taken(&writer)


def read_text(data: bytes) -> tuple[bytes, int] | None:
    """The string at the start of `data` and how many bytes it took, or None if it is wrong."""
    cdef Reader reader = reader_of(data)
    cdef View text
    try:
        if not read_string(&reader, &text):
            return None
        return text.ptr[:text.len], reader.at - <const char*>data
    finally:
        reader_free(&reader)


def write_size(length: int) -> bytes:
    """A length in the RDB form."""
    cdef Writer writer
    writer_init(&writer, False)
    write_length(&writer, length)
    return taken(&writer)


def read_size(data: bytes) -> int | None:
    """The length that `data` is the RDB form of, or None."""
    cdef Reader reader = reader_of(data)
    cdef uint64_t length
    return length if read_length(&reader, &length) and reader.at == reader.end else None


def write_number(number: float) -> bytes:
    """A double in the RDB form."""
    cdef Writer writer
    writer_init(&writer, False)
    write_double(&writer, number)
    return taken(&writer)


def read_number(data: bytes) -> float | None:
    """The double that `data` is the RDB form of, or None."""
    cdef Reader reader = reader_of(data)
    cdef double number
    return number if read_double(&reader, &number) and reader.at == reader.end else None


def read_number_text(data: bytes) -> float | None:
    """The double that `data` is the old RDB form of, or None."""
    cdef Reader reader = reader_of(data)
    cdef double number
    return number if read_double_text(&reader, &number) and reader.at == reader.end else None


def framed(value: bytes, version: int = RDB_VERSION) -> bytes:
    """A DUMP payload of a type's byte and a value in the RDB form."""
    cdef Writer writer
    writer_init(&writer, False)
    write_raw(&writer, value, len(value))
    write_footer(&writer, 0, version)
    return taken(&writer)


def is_framed(payload: bytes) -> bool:
    """Test face of `footer_is_right`."""
    cdef View view
    view.ptr = payload
    view.len = len(payload)
    return footer_is_right(view)
