"""Compiled Lua whose calls all leave a frame.

`return f()` is a tail call: the frame of the function that returns is gone before `f` runs. The functions of
redis-server's library are C functions, for which Lua 5.1 keeps that frame; ours are Lua functions, so that an error in
`return redis.call(...)` could not say where it came up. Each TAILCALL of a compiled script therefore becomes the CALL
that it would be anywhere else; the compiler always puts a RETURN of all results behind it. A script that recurses in
tail position without end thus gets a stack overflow.

Only what Lua's own compiler has just made is read here: a script cannot load compiled code. The format is that of Lua
5.1 on a 64-bit machine with the lowest byte first (lundump.c names its parts).
"""

from __future__ import annotations

import struct

HEADER = b"\x1bLua\x51\x00\x01\x04\x08\x04\x08\x00"
OP_CALL, OP_TAILCALL, OP_SETLIST = 28, 29, 34
OP_MASK = 63
NIL, BOOLEAN, NUMBER, STRING = 0, 1, 3, 4
FIXED_BYTES = {NIL: 0, BOOLEAN: 1, NUMBER: 8}


class Chunk:
    """A compiled chunk, walked once from its start to its end."""

    def __init__(self, code: bytes) -> None:
        self.code = bytearray(code)
        self.at = len(HEADER)

    def integer(self) -> int:
        (value,) = struct.unpack_from("<i", self.code, self.at)
        self.at += 4
        return int(value)

    def skip_string(self) -> None:
        (length,) = struct.unpack_from("<Q", self.code, self.at)
        self.at += 8 + length

    def instructions(self) -> None:
        """Change the tail calls of a function."""
        is_data = False
        for _ in range(self.integer()):
            (word,) = struct.unpack_from("<I", self.code, self.at)
            operation = word & OP_MASK
            if operation == OP_TAILCALL and not is_data:
                struct.pack_into("<I", self.code, self.at, word - OP_TAILCALL + OP_CALL)
            # The number of a long list's part does not fit into the instruction, and is the next word.
            is_data = not is_data and operation == OP_SETLIST and not word >> 14 & 511
            self.at += 4

    def constants(self) -> None:
        for _ in range(self.integer()):
            kind = self.code[self.at]
            self.at += 1
            if kind == STRING:
                self.skip_string()
            else:
                self.at += FIXED_BYTES[kind]

    def debug_information(self) -> None:
        lines = self.integer()
        self.at += 4 * lines
        for _ in range(self.integer()):
            self.skip_string()
            self.at += 8
        for _ in range(self.integer()):
            self.skip_string()

    def function(self) -> None:
        """A function, and those inside it; Lua's compiler limits how deep they nest (200)."""
        self.skip_string()
        self.at += 12
        self.instructions()
        self.constants()
        for _ in range(self.integer()):
            self.function()
        self.debug_information()


def keep_frames(code: bytes) -> bytes:
    """A compiled chunk without tail calls; as it is, if it is of another kind of machine."""
    if not code.startswith(HEADER):
        return code
    chunk = Chunk(code)
    chunk.function()
    return bytes(chunk.code)
