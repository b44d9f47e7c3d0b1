"""What the value of a key must satisfy, whatever requests made it: `check_value(session, key)`.

Reading all of it, its length and its elements one by one must agree; a sorted set and a stream must be in order; and
the value must come back the same from its serialized form and from a copy.
"""

from __future__ import annotations

from typing import Any

from autocache.commands.cache import LocalSession
from tests.wire import parse_all

COPY = b"a copy of the value"
PROBES = 6


def plain(tree: Any) -> Any:  # noqa: ANN401  (a reply may be anything)
    """A reply without its types."""
    kind, value = tree
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if kind == ":" else value


def ask(session: LocalSession, *words: bytes) -> Any:  # noqa: ANN401
    """The reply to a request, which must be no error."""
    reply = session.execute(*words)
    assert not reply.startswith(b"-"), (words, reply)
    return plain(parse_all(reply)[0])


def some(items: list[Any]) -> range:
    """The indices of a few elements, the ends among them."""
    return range(0, len(items), max(1, len(items) // PROBES))


def read_string(session: LocalSession, key: bytes) -> Any:  # noqa: ANN401
    value = ask(session, b"GET", key)
    assert ask(session, b"STRLEN", key) == len(value)
    return value


def read_list(session: LocalSession, key: bytes) -> list[bytes]:
    items: list[bytes] = ask(session, b"LRANGE", key, b"0", b"-1")
    assert items
    assert ask(session, b"LLEN", key) == len(items)
    assert ask(session, b"LRANGE", key, b"-%d" % len(items), b"-1") == items
    for index in some(items):
        assert ask(session, b"LINDEX", key, b"%d" % index) == items[index]
        assert ask(session, b"LINDEX", key, b"%d" % (index - len(items))) == items[index]
        assert ask(session, b"LPOS", key, items[index]) == items.index(items[index])
    return items


def read_set(session: LocalSession, key: bytes) -> list[bytes]:
    members: list[bytes] = sorted(ask(session, b"SMEMBERS", key))
    assert members
    assert len(set(members)) == len(members) == ask(session, b"SCARD", key)
    assert set(ask(session, b"SMISMEMBER", key, *members)) == {1}
    assert ask(session, b"SRANDMEMBER", key) in members
    return members


def read_hash(session: LocalSession, key: bytes) -> list[tuple[bytes, bytes]]:
    flat = ask(session, b"HGETALL", key)
    pairs = dict(zip(flat[::2], flat[1::2], strict=True))
    assert len(pairs) * 2 == len(flat)
    # HLEN counts fields that have expired until they are removed.
    assert ask(session, b"HLEN", key) >= len(pairs)
    if pairs:
        assert ask(session, b"HMGET", key, *pairs) == list(pairs.values())
    assert ask(session, b"HKEYS", key) == list(pairs)
    return sorted(pairs.items())


def read_sorted_set(session: LocalSession, key: bytes) -> list[tuple[bytes, bytes]]:
    flat = ask(session, b"ZRANGE", key, b"0", b"-1", b"WITHSCORES")
    pairs = list(zip(flat[::2], flat[1::2], strict=True))
    assert pairs
    assert len(dict(pairs)) == len(pairs) == ask(session, b"ZCARD", key)
    assert pairs == sorted(pairs, key=lambda pair: (float(pair[1]), pair[0]))
    assert ask(session, b"ZRANGE", key, b"0", b"-1", b"REV") == [member for member, _ in reversed(pairs)]
    assert ask(session, b"ZMSCORE", key, *dict(pairs)) == [score for _, score in pairs]
    for index in some(pairs):
        assert ask(session, b"ZRANK", key, pairs[index][0]) == index
        assert ask(session, b"ZRANGE", key, b"%d" % index, b"%d" % index) == [pairs[index][0]]
    assert ask(session, b"ZCOUNT", key, b"-inf", b"+inf") == len(pairs)
    # A compact sorted set keeps whole scores as integers, which have one zero: what RESTORE makes compact again loses
    # the sign of -0, here as in redis-server.
    return [(member, b"0" if score == b"-0" else score) for member, score in pairs]


def read_stream(session: LocalSession, key: bytes) -> Any:  # noqa: ANN401
    entries = ask(session, b"XRANGE", key, b"-", b"+")
    ids = [tuple(map(int, entry[0].split(b"-"))) for entry in entries]
    assert len(set(ids)) == len(ids) == ask(session, b"XLEN", key)
    assert ids == sorted(ids)
    assert ask(session, b"XREVRANGE", key, b"+", b"-") == entries[::-1]
    for index in some(entries):
        assert ask(session, b"XRANGE", key, entries[index][0], entries[index][0]) == [entries[index]]
    about = ask(session, b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0")
    facts = dict(zip(about[::2], about[1::2], strict=True))
    assert facts[b"length"] == len(entries)
    # What consumers were given belongs to the group, too, and each entry to one of them.
    for group in facts[b"groups"]:
        told = dict(zip(group[::2], group[1::2], strict=True))
        owned = 0
        for consumer in told[b"consumers"]:
            owned += dict(zip(consumer[::2], consumer[1::2], strict=True))[b"pel-count"]
        assert owned == told[b"pel-count"]
    return entries, facts[b"last-generated-id"], facts[b"groups"]


READERS = {
    b"string": read_string,
    b"list": read_list,
    b"set": read_set,
    b"hash": read_hash,
    b"zset": read_sorted_set,
    b"stream": read_stream,
}


def check_value(session: LocalSession, key: bytes) -> None:
    """Look at a key of the session's database, which must exist, in every way."""
    read = READERS[ask(session, b"TYPE", key)]
    value = read(session, key)
    assert ask(session, b"MEMORY", b"USAGE", key, b"SAMPLES", b"0") > 0
    ask(session, b"OBJECT", b"ENCODING", key)
    ask(session, b"DEBUG", b"OBJECT", key)
    if not value:  # a hash whose fields have all expired, and are not removed yet
        return
    assert ask(session, b"COPY", key, COPY) == 1
    assert read(session, COPY) == value
    assert ask(session, b"RESTORE", COPY, b"0", ask(session, b"DUMP", key), b"REPLACE") == b"OK"
    assert read(session, COPY) == value
    assert ask(session, b"DEL", COPY) == 1
