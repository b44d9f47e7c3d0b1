"""What every input to the request parser must satisfy, whoever makes the input: fuzzer, saved corpus or plain
loop.

1. Nothing but `ProtocolError` is raised, whatever the bytes are.
2. Reading does not depend on how the bytes were cut into pieces: the same commands, or the same error.
3. What was read, written as arrays of bulk strings, is read again as the same commands.

Memory errors are the sanitizer's to find; these three find the rest.
"""

from autocache.resp.parser import ProtocolError, RequestParser

# Inputs stay short, so that changes hit structure and many run a second. Arguments over 32 KiB take another
# way through the parser (a block of their own): where an input's first byte asks for it, its first BIG_MARK
# stands for BIG bytes.
INPUT_BYTES_MAX = 2048
BIG_MARK = b"~"
BIG = 33_000
# Each piecewise reading costs a call per piece; long inputs are cut into at most so many.
PIECES_MAX = 64
# Limits small enough for an input to run into; the first is the server's own default.
BULK_BYTES_MAX = (512 * 1024 * 1024, 16, 64 * 1024)

SEEDS = (
    b"*1\r\n$4\r\nPING\r\n",
    b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n",
    b"*2\r\n$3\r\nSET\r\n$%d\r\n" % BIG + b"~\r\n*1\r\n$4\r\nPING\r\n",
    b"PING\r\nSET key 'a \\' word' \"\\x41\\n\\t\"\r\n\r\n\n",
    b"*0\r\n*-1\r\n*1\r\n$0\r\n\r\n",
    b"*1048577\r\n",
    b"*2\r\n$536870913\r\n",
    b"*1\r\n$-1\r\n",
    b"*1\r\n:5\r\n",
    b"*12\r\n" + b"$1\r\na\r\n" * 12,
    b"*9223372036854775808\r\n",
)


def check(data: bytes) -> None:
    """Read one input in both ways; its first byte chooses limits and cuts.

    Raises `AssertionError` if they differ.
    """
    if not data:
        return
    choice, data = data[0], data[1 : INPUT_BYTES_MAX + 1]
    if choice & 0x80:
        data = data.replace(BIG_MARK, b"x" * BIG, 1)
    guest = bool(choice & 1)
    limit = BULK_BYTES_MAX[(choice >> 1) % len(BULK_BYTES_MAX)]
    step = max(1 + (choice >> 3) % 16, len(data) // PIECES_MAX)

    whole, whole_error = read([data], limit, guest=guest)
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    parts, parts_error = read(pieces, limit, guest=guest)
    assert whole_error == parts_error, (whole_error, parts_error)
    if whole_error is None:
        assert whole == parts, (whole, parts)
    again, again_error = read([encode(parts)], BULK_BYTES_MAX[0], guest=False)
    assert again_error is None, again_error
    assert again == parts, (again, parts)


def read(pieces: list[bytes], limit: int, *, guest: bool) -> tuple[list[list[bytes]], str | None]:
    """The commands in the pieces, up to the error; those of the same piece are lost with it."""
    parser = RequestParser(limit, guest)
    commands: list[list[bytes]] = []
    try:
        for piece in pieces:
            commands += parser.feed(piece)
    except ProtocolError as error:
        return commands, str(error)
    return commands, None


def encode(commands: list[list[bytes]]) -> bytes:
    """The commands as arrays of bulk strings."""
    out = []
    for arguments in commands:
        out.append(b"*%d\r\n" % len(arguments))
        out += [b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments]
    return b"".join(out)
