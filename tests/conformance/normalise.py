"""Normalisers: the few, named ways in which two replies may differ and still count as the same.

A normaliser maps a reply's tree to a canonical value (equal means conforming), or, where both replies are
needed, compares two trees itself. A step asks for one by name (`@unordered KEYS *`); without a name the raw
bytes must be identical.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.wire import Tree

Comparison = Callable[[Tree, Tree], bool]
AGGREGATES = "*~>%|"


def _canonical(function: Callable[[Tree], object]) -> Comparison:
    return lambda left, right: function(left) == function(right)


def _sorted_tree(tree: Tree) -> object:
    """Arrays, sets and maps at every depth in one order: for sets that RESP2 sends as arrays."""
    kind, value = tree
    if kind == "%" and value is not None:
        return kind, sorted(((_sorted_tree(key), _sorted_tree(item)) for key, item in value), key=repr)
    if kind in AGGREGATES and value is not None:
        return kind, sorted((_sorted_tree(item) for item in value), key=repr)
    return tree


def _top_sorted(tree: Tree) -> object:
    """As `unordered`, but only the outermost level."""
    kind, value = tree
    return (kind, sorted(value, key=repr)) if kind in AGGREGATES and value is not None else tree


def _pairs_sorted(tree: Tree) -> object:
    """A flat array of name, value, name, value (CONFIG GET in RESP2) or a map, ordered by name."""
    kind, value = tree
    if kind == "*" and value is not None:
        return kind, sorted(zip(value[::2], value[1::2], strict=True), key=repr)
    return _top_sorted(tree)


def _shape(tree: Tree) -> object:
    """Types and lengths of aggregates, without the scalars' values."""
    kind, value = tree
    if kind == "%" and value is not None:
        return kind, [(_shape(key), _shape(item)) for key, item in value]
    if kind in AGGREGATES and value is not None:
        return kind, [_shape(item) for item in value]
    return kind, value is None


def _masked(tree: Tree, mask: Callable[[bytes], bytes]) -> object:
    kind, value = tree
    if kind == "%" and value is not None:
        return kind, [(_masked(key, mask), _masked(item, mask)) for key, item in value]
    if kind in AGGREGATES and value is not None:
        return kind, [_masked(item, mask) for item in value]
    return kind, mask(value) if isinstance(value, bytes) else value


def _digits(tree: Tree) -> object:
    """Every run of digits counts as the same: ids, times and addresses inside text."""
    return _masked(tree, lambda text: re.sub(rb"-?\d+(\.\d+)?", b"<n>", text))


def _type_only(tree: Tree) -> object:
    """The RESP type alone."""
    return tree[0], tree[1] is None


def _strings(tree: Tree) -> object:
    """An array of (simple or bulk) strings of any number: HELP, whose text is each product's own."""
    kind, value = tree
    return kind, kind == "*" and bool(value) and all(item[0] in "+$" for item in value)


def _error_code(tree: Tree) -> object:
    """The first word of an error, for messages that quote something of the server's own."""
    kind, value = tree
    return (kind, value.split(b" ")[0]) if kind == "-" else tree


# CLIENT LIST: what depends on the process (sizes of its buffers, numbers, times) and not on what the client
# did.
_VOLATILE_FIELDS = frozenset(
    {
        "id",
        "addr",
        "laddr",
        "fd",
        "age",
        "idle",
        "qbuf",
        "qbuf-free",
        "argv-mem",
        "multi-mem",
        "rbs",
        "rbp",
        "obl",
        "oll",
        "omem",
        "tot-mem",
        "redir",
    }
)


def _client_fields(tree: Tree) -> object:
    """CLIENT LIST and CLIENT INFO: field names in order, with the values that both servers must agree on."""
    kind, value = tree
    if kind == "*" and value is not None:
        return kind, [_client_fields(item) for item in value]
    if kind not in "$=" or value is None:
        return tree
    text = (value[4:] if kind == "=" else value).decode()
    lines = []
    for line in text.splitlines():
        fields = [field.partition("=") for field in line.split(" ")]
        lines.append([(name, "<n>" if name in _VOLATILE_FIELDS else item) for name, _, item in fields])
    return kind, lines, text.endswith("\n")


# HELLO: who we are differs by intention.
_OWN_HELLO_FIELDS = frozenset({b"server", b"version", b"id"})


def _hello(tree: Tree) -> object:
    """HELLO's map: its names in order, with the values both must agree on (proto, mode, role, modules)."""
    kind, value = tree
    if kind not in "*%":
        return tree
    pairs = value if kind == "%" else list(zip(value[::2], value[1::2], strict=True))
    return kind, [(name, item[0] if name[1] in _OWN_HELLO_FIELDS else item) for name, item in pairs]


def _info_sections(tree: Tree) -> object:
    """INFO: the section headers, in order."""
    kind, value = tree
    return kind, re.findall(rb"^# (\w+)", value, re.MULTILINE)


def _debug_object(tree: Tree) -> object:
    """DEBUG OBJECT: names, and the values that do not depend on how a server lays out its memory."""
    kind, value = tree
    return kind, re.sub(rb"(at:|serializedlength:|lru:|lru_seconds_idle:)\S+", rb"\1<n>", value)


def _statistics(tree: Tree) -> object:
    """INFO commandstats and latencystats: lines in any order, calls and failures exact, times masked."""
    kind, value = tree
    text = re.sub(rb"(usec|usec_per_call|p\d+(?:\.\d+)?)=[\d.]+", rb"\1=<n>", value[4:] if kind == "=" else value)
    return kind, sorted(text.splitlines())


def _latency(tree: Tree) -> object:
    """LATENCY LATEST and HISTORY: names and shapes, not the moments and durations."""
    return _masked_integers(tree)


def _masked_integers(tree: Tree) -> object:
    kind, value = tree
    if kind == "%" and value is not None:
        return kind, [(_masked_integers(key), _masked_integers(item)) for key, item in value]
    if kind in AGGREGATES and value is not None:
        return kind, [_masked_integers(item) for item in value]
    return (kind, b"<n>") if kind == ":" else tree


def _histogram(tree: Tree) -> object:
    """LATENCY HISTOGRAM: commands, and their number of calls; the buckets are time."""
    kind, value = tree
    pairs = value if kind == "%" else list(zip(value[::2], value[1::2], strict=True))
    return kind, sorted(
        ((name, entry[0], (entry[1][0] if entry[0] == "%" else entry[1][:2])) for name, entry in pairs),
        key=repr,
    )


def _slowlog(tree: Tree) -> object:
    """SLOWLOG GET: arguments and client name; not id, time, duration and address."""
    kind, value = tree
    if kind != "*":
        return tree
    return [([item[0] for item in entry[1][:3]], entry[1][3], entry[1][4][0], entry[1][5:]) for entry in value]


def _map_keys(tree: Tree) -> object:
    """The names of a map (or of its RESP2 form), sorted."""
    kind, value = tree
    names = [key for key, _ in value] if kind == "%" else value[::2]
    return kind, sorted(names, key=repr)


def _numbers_near(left: Tree, right: Tree, delta: float) -> bool:
    (kind, value), (other_kind, other) = left, right
    if kind != other_kind:
        return False
    if kind == "%" and value is not None and other is not None:
        value, other = ([part for pair in pairs for part in pair] for pairs in (value, other))
    if kind in AGGREGATES and value is not None and other is not None:
        same_length = len(value) == len(other)
        return same_length and all(_numbers_near(a, b, delta) for a, b in zip(value, other, strict=True))
    if kind == ":":
        # A negative answer (-1 no expiry, -2 no key) is a statement, never an approximation.
        if int(value) < 0 or int(other) < 0:
            return bool(value == other)
        return abs(int(value) - int(other)) <= delta
    return left == right


NORMALISERS: dict[str, Comparison] = {
    "unordered": _canonical(_sorted_tree),
    "top-unordered": _canonical(_top_sorted),
    "pairs": _canonical(_pairs_sorted),
    "shape": _canonical(_shape),
    "digits": _canonical(_digits),
    "type": _canonical(_type_only),
    "strings": _canonical(_strings),
    "code": _canonical(_error_code),
    "client": _canonical(_client_fields),
    "hello": _canonical(_hello),
    "debugobject": _canonical(_debug_object),
    "statistics": _canonical(_statistics),
    "latency": _canonical(_latency),
    "histogram": _canonical(_histogram),
    "slowlog": _canonical(_slowlog),
    "sections": _canonical(_info_sections),
    "keys": _canonical(_map_keys),
    "any": lambda *_: True,
}


def comparison(name: str) -> Comparison:
    """The comparison named `name`; `approx:N` accepts integers that are at most N apart."""
    if name.startswith("approx:"):
        delta = float(name.partition(":")[2])
        return lambda left, right: _numbers_near(left, right, delta)
    return NORMALISERS[name]
