"""The first line of a script: `#!lua flags=no-writes,allow-oom`."""

from __future__ import annotations

from autocache.commands.plain import text
from autocache.resp.values import ReplyError

FLAGS = frozenset({"no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"})


def read_shebang(body: bytes) -> tuple[frozenset[str] | None, bytes]:
    """The flags of a script, None if it has no such line; and the script without it, its lines numbered as before."""
    if not body.startswith(b"#!"):
        return None, body
    line, end, rest = body.partition(b"\n")
    if not end:
        raise ReplyError("ERR Invalid script shebang")
    words = text(line.rstrip(b"\r")).split(" ")
    if words[0] != "#!lua":
        raise ReplyError(f"ERR Unexpected engine in script shebang: {words[0]}")
    flags: set[str] = set()
    for word in filter(None, words[1:]):
        name, _, value = word.partition("=")
        if name != "flags" or not word.startswith("flags="):
            raise ReplyError(f"ERR Unknown lua shebang option: {word}")
        for flag in filter(None, value.split(",")):
            if flag not in FLAGS:
                raise ReplyError(f"ERR Unexpected flag in script shebang: {flag}")
            flags.add(flag)
    return frozenset(flags), b"\n" + rest
