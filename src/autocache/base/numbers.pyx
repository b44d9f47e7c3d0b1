"""Numbers to text and back, with the exact rules of the Redis protocol.

An integer argument is what prints back as the same bytes: no spaces, no plus sign, no leading zeros. A float argument
is anything `strtold` reads to its end, but no leading space and no NaN. INCRBYFLOAT answers with 17 digits after the
point and the trailing zeros cut, never in exponent form. No Python object is made here.
"""

from libc.stdint cimport INT64_MAX, UINT64_MAX, int64_t, uint64_t
from libc.string cimport memcpy

cdef extern from "<ctype.h>" nogil:
    int isspace(int c) noexcept

cdef extern from "<math.h>" nogil:
    bint isnan(long double value) noexcept
    bint isinf(long double value) noexcept
    const double HUGE_VAL

cdef extern from "<errno.h>" nogil:
    int errno
    const int ERANGE

cdef extern from "<stdlib.h>" nogil:
    long double strtold(const char* text, char** end) noexcept
    double strtod(const char* text, char** end) noexcept

cdef extern from "<stdio.h>" nogil:
    int snprintf(char* target, size_t size, const char* form, ...) noexcept

cdef enum:
    FLOAT_TEXT_BYTES_MAX = 5 * 1024

cdef double PLAIN_INTEGER_MAX = 1e17


cdef bint parse_uint64(const char* text, size_t length, uint64_t* value) noexcept nogil:
    """Read an unsigned decimal of 1 to 20 digits with no leading zero; False if it is anything else."""
    cdef uint64_t total = 0
    cdef uint64_t digit
    cdef size_t i
    if length == 0 or length > 20 or (text[0] == b'0' and length > 1):
        return False
    for i in range(length):
        if text[i] < b'0' or text[i] > b'9':
            return False
        digit = <uint64_t>(text[i] - c'0')
        if total > (UINT64_MAX - digit) // 10:
            return False
        total = total * 10 + digit
    value[0] = total
    return True


cdef bint parse_int64(const char* text, size_t length, int64_t* value) noexcept nogil:
    """Read a signed decimal in its shortest form; False if it is anything else or does not fit 64 bits."""
    cdef uint64_t magnitude
    if length and text[0] == b'-':
        # "-0" is not the shortest form of zero.
        if length == 1 or text[1] == b'0' or not parse_uint64(text + 1, length - 1, &magnitude):
            return False
        if magnitude > <uint64_t>INT64_MAX + 1:
            return False
        value[0] = <int64_t>(0 - magnitude)
        return True
    if not parse_uint64(text, length, &magnitude) or magnitude > <uint64_t>INT64_MAX:
        return False
    value[0] = <int64_t>magnitude
    return True


cdef int format_int64(char* target, int64_t value) noexcept nogil:
    """Write the decimal form (at most INT_TEXT_BYTES_MAX, no terminating zero) and return its length."""
    cdef char digits[24]
    cdef int at = 24
    cdef int length
    cdef uint64_t rest = <uint64_t>value if value >= 0 else 0 - <uint64_t>value
    while True:
        at -= 1
        digits[at] = <char>(c'0' + rest % 10)
        rest = rest // 10
        if rest == 0:
            break
    if value < 0:
        at -= 1
        digits[at] = b'-'
    length = 24 - at
    memcpy(target, &digits[at], length)
    return length


cdef bint terminated(const char* text, size_t length, char* copy) noexcept nogil:
    """Copy a float's text to where strtold can read it, ended by zero; refuse what no float can be."""
    if length == 0 or length >= FLOAT_TEXT_BYTES_MAX or isspace(<unsigned char>text[0]):
        return False
    memcpy(copy, text, length)
    copy[length] = 0
    return True


cdef bint parse_long_double(const char* text, size_t length, long double* value) noexcept nogil:
    """Read a float with the precision INCRBYFLOAT works in; False for what is no number, NaN or out of range."""
    cdef char copy[FLOAT_TEXT_BYTES_MAX]
    cdef char* end
    cdef long double parsed
    global errno
    if not terminated(text, length, copy):
        return False
    errno = 0
    parsed = strtold(copy, &end)
    if end != copy + length or isnan(parsed) or (errno == ERANGE and (isinf(parsed) or parsed == 0)):
        return False
    value[0] = parsed
    return True


cdef bint parse_double(const char* text, size_t length, double* value) noexcept nogil:
    """Read a double; False for what is no number, NaN or out of range."""
    cdef char copy[FLOAT_TEXT_BYTES_MAX]
    cdef char* end
    cdef double parsed
    global errno
    if not terminated(text, length, copy):
        return False
    errno = 0
    parsed = strtod(copy, &end)
    if end != copy + length or isnan(parsed):
        return False
    if errno == ERANGE and (parsed == HUGE_VAL or parsed == -HUGE_VAL or parsed == 0):
        return False
    value[0] = parsed
    return True


cdef int format_long_double(char* target, long double value) noexcept nogil:
    """Write `value` as INCRBYFLOAT answers (at most DOUBLE_TEXT_BYTES_MAX bytes) and return the length."""
    cdef int length = snprintf(target, FLOAT_TEXT_BYTES_MAX, b"%.17Lf", value)
    while target[length - 1] == b'0':
        length -= 1
    if target[length - 1] == b'.':
        length -= 1
    if length == 2 and target[0] == b'-' and target[1] == b'0':
        target[0] = b'0'
        length = 1
    return length


cdef int format_double(char* target, double value) noexcept nogil:
    """Write `value` as a RESP3 double (17 significant digits; inf, -inf, nan) and return the length."""
    if isinf(value):
        memcpy(target, b"inf" if value > 0 else b"-inf", 4)
        return 3 if value > 0 else 4
    if isnan(value):
        memcpy(target, b"nan", 3)
        return 3
    # Below 10^17 the form of a whole number is that of an integer; minus zero is the exception.
    if -PLAIN_INTEGER_MAX < value < PLAIN_INTEGER_MAX and <double><int64_t>value == value and value != 0:
        return format_int64(target, <int64_t>value)
    return snprintf(target, 64, b"%.17g", value)


def int_text(value: int) -> bytes:
    """Test face of `format_int64`."""
    cdef char text[INT_TEXT_BYTES_MAX]
    return text[:format_int64(text, value)]


def text_int(text: bytes) -> int | None:
    """Test face of `parse_int64`."""
    cdef int64_t value
    return value if parse_int64(text, len(text), &value) else None


def long_double_sum(a: bytes, b: bytes) -> bytes | None:
    """Test face of the long double pair: the sum of two floats as INCRBYFLOAT prints it."""
    cdef long double x, y
    cdef char text[FLOAT_TEXT_BYTES_MAX]
    if not parse_long_double(a, len(a), &x) or not parse_long_double(b, len(b), &y):
        return None
    return text[:format_long_double(text, x + y)]


def double_text(value: float) -> bytes:
    """Test face of `format_double`."""
    cdef char text[64]
    return text[:format_double(text, value)]
