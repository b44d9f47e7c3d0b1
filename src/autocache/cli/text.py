"""Words and quotes of the command line: splitting a typed line, quoting bytes for display, spotting secrets.

Pure functions over bytes. The splitting rules are those of redis-cli (and redis.conf), because people paste
commands from one to the other; the tests compare both.
"""

from typing import Final

_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}
_SPACE: Final = b" \t\n\v\f\r"
_WORD_ENDS: Final = b" \n\r\t"
_QUOTED: Final = {
    ord("\\"): b"\\\\",
    ord('"'): b'\\"',
    ord("\n"): b"\\n",
    ord("\r"): b"\\r",
    ord("\t"): b"\\t",
    ord("\a"): b"\\a",
    ord("\b"): b"\\b",
}
# Configuration values that are secrets: a CONFIG SET that names one is kept out of the history.
_SECRET_SETTINGS: Final = frozenset(
    {
        b"requirepass",
        b"masterauth",
        b"masteruser",
        b"tls-key-file-pass",
        b"tls-client-key-file-pass",
    }
)


def split_args(line: bytes) -> list[bytes] | None:
    r"""Split a line into arguments, or return None when its quotes do not match.

    Double quotes know `\n \r \t \b \a \xHH` and a backslash before any other character; single quotes
    know only `\'`. A quote may open inside a word, and must be followed by a space or the end where it
    closes.
    """
    words: list[bytes] = []
    position = 0
    line = line.partition(b"\0")[0]  # redis-cli's lines are C strings
    while True:
        while position < len(line) and line[position] in _SPACE:
            position += 1
        if position >= len(line):
            return words
        taken = _take_word(line, position)
        if taken is None:
            return None
        word, position = taken
        words.append(word)


def _take_word(line: bytes, position: int) -> tuple[bytes, int] | None:
    word = bytearray()
    while position < len(line) and line[position] not in _WORD_ENDS:
        if line[position] in b"\"'":
            quoted = _take_quoted(line, position + 1, line[position : position + 1])
            if quoted is None:
                return None
            return bytes(word + quoted[0]), quoted[1]
        word.append(line[position])
        position += 1
    return bytes(word), position


def _take_quoted(line: bytes, position: int, quote: bytes) -> tuple[bytes, int] | None:
    out = bytearray()
    while position < len(line):
        if line[position : position + 1] == quote:
            position += 1
            closed_well = position == len(line) or line[position] in _SPACE
            return (bytes(out), position) if closed_well else None
        piece, position = _take_quoted_piece(line, position, quote)
        out += piece
    return None


def _take_quoted_piece(line: bytes, position: int, quote: bytes) -> tuple[bytes, int]:
    """Return the next character within quotes, its escape resolved, and where to go on."""
    plain = line[position : position + 1], position + 1
    if plain[0] != b"\\" or position + 1 >= len(line):
        return plain
    escaped = line[position + 1 : position + 2]
    if quote == b"'":
        return (b"'", position + 2) if escaped == b"'" else plain
    if escaped == b"x":
        digits = line[position + 2 : position + 4]
        if len(digits) == 2 and all(digit in b"0123456789abcdefABCDEF" for digit in digits):
            return bytes([int(digits, 16)]), position + 4
    return _ESCAPES.get(escaped, escaped), position + 2


def unquote(arg: bytes) -> bytes | None:
    """Return the value of one argument given in quotes (`--quoted-input`), None if it is not exactly one
    word.
    """
    words = split_args(arg)
    return words[0] if words is not None and len(words) == 1 else None


def quote(data: bytes) -> bytes:
    """Return `data` in double quotes, every byte that is not printable ASCII escaped."""
    out = bytearray(b'"')
    for byte in data:
        if byte in _QUOTED:
            out += _QUOTED[byte]
        elif 0x20 <= byte < 0x7F:
            out.append(byte)
        else:
            out += b"\\x%02x" % byte
    return bytes(out + b'"')


def holds_secret(args: list[bytes]) -> bool:
    """Say whether a command carries a password or a key, so that it must not be written to the history."""
    words = [arg.lower() for arg in args]
    match words:
        case [b"auth", *_] | [b"acl", b"setuser" | b"deluser", *_]:
            return True
        case [b"config", b"set", *settings]:
            return any(name in _SECRET_SETTINGS for name in settings[::2])
        case [b"hello", *rest]:
            return b"auth" in rest
        case [b"migrate", *rest]:
            return b"auth" in rest or b"auth2" in rest
        case [b"sentinel", *rest]:
            return any(word in (b"auth-pass", b"sentinel-pass", b"auth-user") for word in rest)
        case _:
            return False
