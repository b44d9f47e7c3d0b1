"""Replies from Python values, for commands that are written in Python (see `resp.values` for the types)."""

from autocache.resp.out cimport (
    Out,
    out_array,
    out_bool,
    out_bulk,
    out_double,
    out_error,
    out_head,
    out_int,
    out_map,
    out_null,
    out_null_array,
    out_push,
    out_raw,
    out_set,
    out_status,
)

from autocache.resp.values import (
    Attributed,
    BigNumber,
    Elements,
    NoReply,
    NullArray,
    Pairs,
    Push,
    Raw,
    ReplyError,
    Several,
    Status,
    Verbatim,
)


cdef bytes as_bytes(object text):
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else bytes(text)


cdef int out_items(Out* out, object items) except -1:
    for item in items:
        out_value(out, item)
    return 0


cdef int out_pairs(Out* out, object pairs) except -1:
    for key, value in pairs:
        out_value(out, key)
        out_value(out, value)
    return 0


cdef int out_verbatim(Out* out, object value) except -1:
    cdef bytes text = as_bytes(value.text)
    if out.protocol == 2:
        out_bulk(out, text, len(text))
        return 0
    text = value.form.encode() + b":" + text
    out_head(out, c'=', len(text))
    out_raw(out, text, len(text))
    out_raw(out, b"\r\n", 2)
    return 0


cdef int out_big_number(Out* out, object value) except -1:
    cdef bytes text = b"%d" % value
    if out.protocol == 2:
        out_bulk(out, text, len(text))
        return 0
    out_raw(out, b"(" + text + b"\r\n", len(text) + 3)
    return 0


cdef int out_special(Out* out, object value) except -1:
    """The types that `resp.values` adds."""
    cdef bytes text
    if isinstance(value, ReplyError):
        text = as_bytes(str(value)).replace(b"\r", b" ").replace(b"\n", b" ").replace(b"\0", b" ")
        out_error(out, text)
    elif isinstance(value, NullArray):
        out_null_array(out)
    elif isinstance(value, Verbatim):
        out_verbatim(out, value)
    elif isinstance(value, Attributed):
        if out.protocol == 3:
            out_head(out, c'|', len(value.attributes))
            out_pairs(out, value.attributes)
        out_value(out, value.value)
    elif not isinstance(value, NoReply):
        raise TypeError(f"no reply can be made of {type(value).__name__}")
    return 0


cdef int out_value(Out* out, object value) except -1:
    """Append a Python value; TypeError for one that has no form in RESP."""
    cdef bytes text
    if value is None:
        out_null(out)
    elif isinstance(value, bool):
        out_bool(out, value)
    elif isinstance(value, BigNumber):
        out_big_number(out, value)
    elif isinstance(value, int):
        out_int(out, value)
    elif isinstance(value, float):
        out_double(out, value)
    elif isinstance(value, Status):
        text = as_bytes(value)
        out_status(out, text, len(text))
    elif isinstance(value, Raw):
        text = bytes(value)
        out_raw(out, text, len(text))
    elif isinstance(value, (str, bytes, bytearray)):
        text = as_bytes(value)
        out_bulk(out, text, len(text))
    elif isinstance(value, Push):
        out_push(out, len(value))
        out_items(out, value)
    elif isinstance(value, Several):
        out_items(out, value)
    elif isinstance(value, Pairs):
        out_map(out, len(value))
        out_pairs(out, value)
    elif isinstance(value, dict):
        out_map(out, len(value))
        out_pairs(out, value.items())
    elif isinstance(value, (set, frozenset, Elements)):
        out_set(out, len(value))
        out_items(out, value)
    elif isinstance(value, (list, tuple)):
        out_array(out, len(value))
        out_items(out, value)
    else:
        out_special(out, value)
    return 0
