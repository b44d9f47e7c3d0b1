"""Replies as text: the formats of redis-cli 7.0.15, byte for byte.

Pure: a reply in, bytes out. Where 7.0.15 cannot read a type at all (big numbers, attributes, bulk errors),
the type gets the obvious form here; a reply with attributes prints as the reply itself. Two oddities are kept
because scripts see them: errors have no valid JSON form (`error:"ERR ..."`), and `--quoted-json` doubles the
backslash before a quote.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from autocache.cli.text import quote
from autocache.resp.client import (
    Attributed,
    BigNumber,
    Double,
    ErrorReply,
    MapReply,
    PushReply,
    Reply,
    SetReply,
    Status,
    Verbatim,
)


class Output(Enum):
    """How replies are printed."""

    STANDARD = "standard"
    RAW = "raw"
    CSV = "csv"
    JSON = "json"
    QUOTED_JSON = "quoted-json"


@dataclass(frozen=True, slots=True)
class Format:
    """An output with the two delimiters of raw output: between the elements of a reply, and after a reply."""

    output: Output
    element_end: bytes = b"\n"
    reply_end: bytes = b"\n"


_EMPTY: Final = {
    list: b"(empty array)",
    MapReply: b"(empty hash)",
    SetReply: b"(empty set)",
    PushReply: b"(empty push)",
}
_JSON_ESCAPES: Final = {
    ord("\\"): b"\\\\",
    ord('"'): b'\\"',
    ord("\n"): b"\\n",
    ord("\r"): b"\\r",
    ord("\t"): b"\\t",
    ord("\b"): b"\\b",
    ord("\f"): b"\\f",
}


def render(reply: Reply, form: Format) -> bytes:
    """Return what is printed for a reply, its line end included."""
    if form.output is Output.STANDARD:
        return standard(reply)
    if form.output is Output.RAW:
        return raw(reply, form.element_end) + form.reply_end
    if form.output is Output.CSV:
        return _csv(reply) + b"\n"
    return _json(reply, quoted=form.output is Output.QUOTED_JSON) + b"\n"


def render_push(reply: PushReply, form: Format) -> bytes:
    """Return what is printed for a push that arrives between replies: invalidations have a line of their
    own.
    """
    if form.output is Output.STANDARD and len(reply.items) == 2:
        kind, keys = reply.items
        if kind == b"invalidate" and isinstance(keys, list):
            return b"-> invalidate: " + b", ".join(b"'%s'" % raw(key, b"") for key in keys) + b"\n"
    return render(reply, form)


def elements(reply: Reply) -> "list[Reply] | None":
    """Return the elements of an array, set or push, None for anything else."""
    if isinstance(reply, list):
        return reply
    return reply.items if isinstance(reply, SetReply | PushReply) else None


def raw(reply: Reply, element_end: bytes) -> bytes:
    """Return a reply without any decoration, as scripts want it."""
    if isinstance(reply, Attributed):
        return raw(reply.value, element_end)
    if isinstance(reply, MapReply):
        return element_end.join(raw(key, element_end) + b" " + raw(value, element_end) for key, value in reply.pairs)
    items = elements(reply)
    if items is not None:
        return element_end.join(raw(item, element_end) for item in items)
    if isinstance(reply, ErrorReply):
        return reply.text + b"\n"
    if isinstance(reply, bool):
        return b"(true)" if reply else b"(false)"
    return b"" if reply is None else _plain(reply)


def _plain(reply: Reply) -> bytes:
    """Return the text of a reply that is one string or number."""
    if isinstance(reply, bytes):
        return reply
    if isinstance(reply, int):
        return b"%d" % reply
    assert isinstance(reply, Status | Double | BigNumber | Verbatim | ErrorReply), reply
    return reply.text


def standard(reply: Reply, prefix: bytes = b"") -> bytes:
    """Return a reply for people: types shown, strings quoted, elements numbered and indented under
    `prefix`.
    """
    if isinstance(reply, Attributed):
        return standard(reply.value, prefix)
    if isinstance(reply, MapReply):
        return _standard_map(reply, prefix)
    items = elements(reply)
    if items is None:
        return _standard_scalar(reply) + b"\n"
    if not items:
        return _EMPTY[type(reply)] + b"\n"
    width = len(str(len(items)))
    deeper = prefix + b" " * (width + 2)
    separator = b"~" if isinstance(reply, SetReply) else b")"
    return b"".join(
        _numbered(index, width, separator, prefix) + standard(item, deeper) for index, item in enumerate(items)
    )


def _standard_map(reply: MapReply, prefix: bytes) -> bytes:
    if not reply.pairs:
        return _EMPTY[MapReply] + b"\n"
    width = len(str(len(reply.pairs)))
    deeper = prefix + b" " * (width + 2)
    out = bytearray()
    for index, (key, value) in enumerate(reply.pairs):
        out += _numbered(index, width, b"#", prefix)
        out += standard(key, deeper).removesuffix(b"\n") + b" => "
        if _has_elements(value):
            # redis-cli 7 starts a nested value on a line of its own, below the key.
            out += b"\n" + deeper
        out += standard(value, deeper)
    return bytes(out)


def _has_elements(reply: Reply) -> bool:
    if isinstance(reply, Attributed):
        return _has_elements(reply.value)
    return bool(reply.pairs) if isinstance(reply, MapReply) else bool(elements(reply))


def _numbered(index: int, width: int, separator: bytes, prefix: bytes) -> bytes:
    """Return the number of an element. The first one stands behind its parent's number, hence has no
    indent.
    """
    return (prefix if index else b"") + b"%*d%s " % (width, index + 1, separator)


def _standard_scalar(reply: Reply) -> bytes:
    if reply is None:
        return b"(nil)"
    if isinstance(reply, bool):
        return b"(true)" if reply else b"(false)"
    if isinstance(reply, bytes):
        return quote(reply)
    label = _LABELS.get(type(reply), b"")
    return label + _plain(reply)


_LABELS: Final = {
    int: b"(integer) ",
    Double: b"(double) ",
    BigNumber: b"(big number) ",
    ErrorReply: b"(error) ",
}


def _csv(reply: Reply) -> bytes:
    if isinstance(reply, Attributed):
        return _csv(reply.value)
    if isinstance(reply, MapReply):
        return b",".join(_csv(key) + b"," + _csv(value) for key, value in reply.pairs)
    items = elements(reply)
    if items is not None:
        return b",".join(_csv(item) for item in items)
    if isinstance(reply, ErrorReply):
        return b"ERROR," + quote(reply.text)
    if reply is None:
        return b"NULL"
    if isinstance(reply, bool):
        return b"true" if reply else b"false"
    return quote(_plain(reply)) if isinstance(reply, bytes | Status | Verbatim) else _plain(reply)


def _json(reply: Reply, *, quoted: bool) -> bytes:
    if isinstance(reply, Attributed):
        return _json(reply.value, quoted=quoted)
    if isinstance(reply, MapReply):
        pairs = (_json_key(key, quoted=quoted) + b":" + _json(value, quoted=quoted) for key, value in reply.pairs)
        return b"{" + b",".join(pairs) + b"}"
    items = elements(reply)
    if items is not None:
        return b"[" + b",".join(_json(item, quoted=quoted) for item in items) + b"]"
    if isinstance(reply, ErrorReply):
        return b"error:" + quote(reply.text)
    if reply is None:
        return b"null"
    if isinstance(reply, bool):
        return b"true" if reply else b"false"
    return _json_string(_plain(reply), quoted=quoted) if isinstance(reply, bytes | Status | Verbatim) else _plain(reply)


def _json_key(key: Reply, *, quoted: bool) -> bytes:
    """Return a key as JSON allows it: a string, also where RESP3 has a number or an aggregate."""
    text = _json(key, quoted=quoted)
    return text if isinstance(key, bytes | Status | Verbatim | ErrorReply) else b'"' + text + b'"'


def _json_string(data: bytes, *, quoted: bool) -> bytes:
    if quoted:
        return b'"' + quote(data)[1:-1].replace(b"\\", b"\\\\") + b'"'
    out = bytearray(b'"')
    for byte in data:
        if byte in _JSON_ESCAPES:
            out += _JSON_ESCAPES[byte]
        elif byte < 0x20:
            out += b"\\u%04x" % byte
        else:
            out.append(byte)
    return bytes(out + b'"')
