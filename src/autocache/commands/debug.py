"""DEBUG: what tests and people who look for faults need.

What changes nothing in Redis while a capability is unused (the thresholds of lists, checks of snapshots)
is accepted; what needs a capability that is not there, or would bring the server down, is refused and
says why.
"""

from __future__ import annotations

import hashlib
import re
import struct
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from autocache.base.numbers import text_int
from autocache.commands import inspection
from autocache.commands.declare import command
from autocache.commands.inspection import EntryFacts
from autocache.commands.plain import INT64_MAX, help_lines, integer, text, wrong_subcommand
from autocache.resp.values import (
    OK,
    Attributed,
    BigNumber,
    Elements,
    Pairs,
    Push,
    Raw,
    ReplyError,
    Several,
    Status,
    Verbatim,
)

if TYPE_CHECKING:
    from autocache.commands.cache import Call

NOT_ALLOWED = (
    'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it'
    " from a local connection, otherwise you need to set this option in the configuration file, and then"
    " restart the server."
)
NOT_POSITIVE = "ERR value is out of range, must be positive"
POPULATE_PREFIX = b"key"
ITEMS_LOGGED_MAX = 100
DIGEST_BYTES = 20
# Types as the digest counts them.
STRING, SET, ZSET, HASH = 0, 2, 3, 4
PACKED_THRESHOLD_BYTES_MAX = (4 << 30) - (1 << 20)
MEMORY_SIZE = re.compile(rb"(\d{0,19})(|b|kb?|mb?|gb?)", re.IGNORECASE)
MEMORY_UNITS = {"k": 1000, "kb": 1 << 10, "m": 1000**2, "mb": 1 << 20, "g": 1000**3, "gb": 1 << 30}
Action = Callable[["Call", list[bytes]], object]


class Subcommand(NamedTuple):
    """One subcommand: how many words it takes, itself and DEBUG included, and what it does."""

    syntax: str
    about: str
    words_min: int
    words_max: int
    action: Action


SUBCOMMANDS: dict[bytes, Subcommand] = {}


def subcommand(syntax: str, about: str, words_min: int, words_max: int = 0) -> Callable[[Action], Action]:
    """Declare a subcommand of DEBUG; they are not commands of their own in COMMAND."""

    def mark(action: Action) -> Action:
        name = syntax.partition(" ")[0].lower().encode()
        SUBCOMMANDS[name] = Subcommand(syntax, about, words_min, words_max or words_min, action)
        return action

    return mark


@command(
    "DEBUG",
    arity=-2,
    group="server",
    since="1.0.0",
    flags="admin noscript loading stale",
    complexity="Depends on subcommand.",
    about="Looks inside the server, and makes it misbehave, for tests; DEBUG HELP lists its subcommands.",
)
def debug(call: Call) -> object:
    """Run a subcommand, if DEBUG is allowed here."""
    allowed = call.host.config.get(["enable-debug-command"]).get("enable-debug-command", "no")
    if not (allowed == "yes" or (allowed == "local" and call.host.is_local(call.session_id))):
        raise ReplyError(NOT_ALLOWED)
    args = call.args
    found = SUBCOMMANDS.get(args[1].lower())
    if found is None or not found.words_min <= len(args) <= found.words_max:
        raise wrong_subcommand("debug", args[1])
    return found.action(call, args)


def entry_of(call: Call, key: bytes) -> EntryFacts:
    """The entry of a key of the client's database, which must be there."""
    entry = inspection.look_up(call.cache, call.db, key)
    if entry is None:
        raise ReplyError("ERR no such key")
    return entry


def refuse(name: str, words_max: int, reason: str) -> None:
    """Declare a subcommand that Redis has and we refuse."""

    @subcommand(name, f"Refused: {reason}.", 2, words_max)
    def action(_call: Call, _args: list[bytes]) -> object:
        raise ReplyError(f"ERR DEBUG {name} is not available: {reason}")


# --- the content


def digest_of(digest: bytes, data: bytes) -> bytes:
    """Add data to a digest so that the order of additions does not matter."""
    both = zip(digest, hashlib.sha1(data, usedforsecurity=False).digest(), strict=True)
    return bytes(a ^ b for a, b in both)


def digest_mixed(digest: bytes, data: bytes) -> bytes:
    """Add data to a digest so that the order matters."""
    return hashlib.sha1(digest_of(digest, data), usedforsecurity=False).digest()


def digest_pairs(digest: bytes, items: Sequence[bytes], second: Callable[[bytes], bytes]) -> bytes:
    """Add pairs, in whatever order they come; `second` renders the second of each."""
    for first, value in zip(items[::2], items[1::2], strict=True):
        pair = digest_mixed(digest_mixed(bytes(DIGEST_BYTES), first), second(value))
        digest = digest_of(digest, pair)
    return digest


def digest_value(call: Call, digest: bytes, db: int, entry: EntryFacts) -> bytes:
    """Add a value, and whether it expires."""
    digest = digest_mixed(digest, struct.pack(">I", entry.type))
    items = inspection.members(call.cache, db, entry.key)
    if entry.type == STRING:
        digest = digest_mixed(digest, entry.value)
    elif entry.type == SET:
        for item in items:
            digest = digest_of(digest, item)
    elif entry.type == ZSET:
        digest = digest_pairs(digest, items, lambda score: b"%.17g" % float(score))
    elif entry.type == HASH:
        digest = digest_pairs(digest, items, bytes)
    else:
        for item in items:
            digest = digest_mixed(digest, item)
    return digest_of(digest, b"!!expire!!") if entry.expiry_ms >= 0 else digest


@subcommand("DIGEST", "Answers one hash of all databases: equal content, equal hash.", 2)
def debug_digest(call: Call, _args: list[bytes]) -> object:
    """The hash that redis-server would answer for the same content."""
    total = bytes(DIGEST_BYTES)
    for db in call.cache.database_stats():
        if db.keys:
            total = digest_mixed(total, struct.pack(">I", db.number))
        for entry in inspection.entries(call.cache, db.number):
            total = digest_of(total, digest_value(call, digest_mixed(bytes(DIGEST_BYTES), entry.key), db.number, entry))
    return Status(total.hex())


@subcommand("DIGEST-VALUE key [key ...]", "Answers a hash of the value of each key.", 2, INT64_MAX)
def debug_digest_value(call: Call, args: list[bytes]) -> object:
    """One hash a key, all zeros for a key that is not there."""
    found = [inspection.look_up(call.cache, call.db, key) for key in args[2:]]
    nothing = bytes(DIGEST_BYTES)
    return [
        Status((nothing if entry is None else digest_value(call, nothing, call.db, entry)).hex()) for entry in found
    ]


@subcommand("OBJECT key", "Answers how a value is stored.", 3)
def debug_object(call: Call, args: list[bytes]) -> object:
    """Redis's line. Nodes of lists are never compressed here, whatever `list-compress-depth` says."""
    entry = entry_of(call, args[2])
    figures = inspection.list_figures(call.cache, call.db, args[2])
    return Status(
        f"Value at:{entry.address:#x} refcount:1 encoding:{entry.encoding}"
        f" serializedlength:{inspection.serialized_bytes(call.cache, call.db, args[2])} lru:{entry.access}"
        f" lru_seconds_idle:{entry.idle_s}" + "".join(f" {name}:{value}" for name, value in figures.items())
    )


@subcommand("SDSLEN key", "Answers the lengths of a key and of its string, and the bytes that both take.", 3)
def debug_sdslen(call: Call, args: list[bytes]) -> object:
    """Like Redis's, but key and value may be one block, so only its size as a whole is told."""
    entry = entry_of(call, args[2])
    if entry.type != STRING:
        raise ReplyError("ERR Not an sds encoded string.")
    return Status(f"key_len:{len(entry.key)}, val_len:{len(entry.value)}, entry_bytes:{entry.size}")


def figure_lines(title: str, figures: dict[str, int]) -> Verbatim:
    """Figures of a table as text."""
    return Verbatim(f"[{title}]\n" + "".join(f" {name}: {value}\n" for name, value in figures.items()))


@subcommand("HTSTATS db", "Answers the shape of a database's index.", 3)
def debug_htstats(call: Call, args: list[bytes]) -> object:
    """Figures of the table."""
    return figure_lines("Index", inspection.table_figures(call.cache, integer(args[2])))


@subcommand("HTSTATS-KEY key", "Answers the shape of a hash table that is a key's value.", 3)
def debug_htstats_key(call: Call, args: list[bytes]) -> object:
    """Figures of the table, of hashes and sets that are one."""
    entry_of(call, args[2])
    figures = inspection.value_figures(call.cache, call.db, args[2])
    if figures is None:
        raise ReplyError("ERR The value stored at the specified key is not represented using an hash table")
    return figure_lines("Value", figures)


def log_items(call: Call, key: bytes, encoding: str) -> Status:
    """Write what a value holds into the log, in the order in which it lies there."""
    if entry_of(call, key).encoding != encoding:
        raise ReplyError(f"ERR Not a {encoding} encoded object.")
    items = inspection.members(call.cache, call.db, key)
    call.host.debug_log(f"{encoding} of {len(items)} elements: {items[:ITEMS_LOGGED_MAX]}")
    return Status(f"{encoding.capitalize()} structure printed on stdout")


@subcommand("LISTPACK key", "Writes what is in a listpack into the server's log.", 3)
def debug_listpack(call: Call, args: list[bytes]) -> object:
    """The elements."""
    return log_items(call, args[2], "listpack")


@subcommand("QUICKLIST key [0 | 1]", "Writes what is in a list into the server's log.", 3, 4)
def debug_quicklist(call: Call, args: list[bytes]) -> object:
    """The elements."""
    return log_items(call, args[2], "quicklist")


@subcommand("POPULATE count [prefix] [size]", "Makes keys prefix:0, prefix:1, ... that are not there yet.", 3, 5)
def debug_populate(call: Call, args: list[bytes]) -> object:
    """Make keys, with values of `size` bytes if that is given."""
    count = integer(args[2], 0, INT64_MAX, NOT_POSITIVE)
    prefix = args[3] if len(args) > 3 else POPULATE_PREFIX
    size = integer(args[4], 0, INT64_MAX, NOT_POSITIVE) if len(args) > 4 else 0
    for number in range(count):
        value = b"value:%d" % number
        if size:
            value = value[:size].ljust(size, b"\0")
        inspection.add_string(call.cache, call.db, b"%b:%d" % (prefix, number), value)
    return OK


# --- replies


def some_array() -> list[int]:
    """The elements of the aggregates below."""
    return [0, 1, 2]


REPLIES: dict[bytes, object] = {
    b"string": "Hello World",
    b"integer": 12345,
    b"double": 3.141,
    b"bignum": BigNumber(1234567999999999999999999999999999999),
    b"null": None,
    b"array": some_array(),
    b"set": Elements(some_array()),
    b"map": Pairs([(0, False), (1, True), (2, False)]),
    b"attrib": Attributed(Pairs([("key-popularity", ["key:123", 90])]), "Some real reply following the attribute"),
    b"push": Several([Push(["server-cpu-usage", 42]), "Some real reply following the push reply"]),
    b"verbatim": Verbatim("This is a verbatim\nstring"),
    b"true": True,
    b"false": False,
}


@subcommand("PROTOCOL type", "Answers a reply of the given type: " + ", ".join(map(bytes.decode, REPLIES)) + ".", 3)
def debug_protocol(call: Call, args: list[bytes]) -> object:
    """A reply of a type."""
    kind = args[2].lower()
    if kind not in REPLIES:
        raise ReplyError(
            "ERR Wrong protocol type name. Please use one of the following:"
            " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
        )
    if call.protocol == 2 and kind == b"push":
        raise ReplyError("ERR RESP2 is not supported by this command")
    return REPLIES[kind]


@subcommand("ERROR text", "Answers an error with this text.", 3)
def debug_error(_call: Call, args: list[bytes]) -> object:
    """An error, not counted as one of ours."""
    return Raw(b"-" + args[2].replace(b"\r", b" ").replace(b"\n", b" ") + b"\r\n")


# --- time, and switches


@subcommand("SLEEP seconds", "Stops the whole server for a while; decimals are allowed.", 3)
def debug_sleep(_call: Call, args: list[bytes]) -> object:
    """Stand still; text that is no number counts as zero."""
    try:
        seconds = float(args[2])
    except ValueError:
        seconds = 0.0
    if seconds > 0:
        time.sleep(seconds)
    return OK


@subcommand("SET-ACTIVE-EXPIRE <0 | 1>", "Stops or starts removing expired keys that nobody asks for.", 3)
def debug_set_active_expire(call: Call, args: list[bytes]) -> object:
    """Switch the expire cycle."""
    call.cache.active_expire = bool(text_int(args[2]))
    return OK


@subcommand("PAUSE-CRON <0 | 1>", "Stops or starts the server's periodic work.", 3)
def debug_pause_cron(call: Call, args: list[bytes]) -> object:
    """Switch the periodic work."""
    call.host.cron_paused = bool(text_int(args[2]))
    return OK


@subcommand("LOG message", "Writes a line into the server's log.", 3)
def debug_log(call: Call, args: list[bytes]) -> object:
    """Write a line."""
    call.host.debug_log(text(args[2]))
    return OK


@subcommand(
    "REPLYBUFFER <PEAK-RESET-TIME NEVER | RESET | milliseconds, or RESIZING 0 | 1>",
    "Accepted without effect: reply buffers are not resized by a timer.",
    4,
)
def debug_replybuffer(_call: Call, args: list[bytes]) -> object:
    """Check the words."""
    kind, value = args[2].lower(), args[3]
    if kind == b"peak-reset-time":
        if value.lower() not in (b"never", b"reset"):
            integer(value)
    elif kind != b"resizing":
        raise wrong_subcommand("debug", args[1])
    return OK


@subcommand("QUICKLIST-PACKED-THRESHOLD size", "Accepted without effect: no element has a node of another kind.", 3)
def debug_packed_threshold(_call: Call, args: list[bytes]) -> object:
    """Check the size; nothing is 0, as in Redis."""
    size = MEMORY_SIZE.fullmatch(args[2])
    if size is None or int(size[1] or 0) * MEMORY_UNITS.get(size[2].lower().decode(), 1) > PACKED_THRESHOLD_BYTES_MAX:
        raise ReplyError("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
    return OK


@subcommand("SET-SKIP-CHECKSUM-VALIDATION <0 | 1>", "Accepted without effect while nothing is loaded.", 3)
def debug_skip_checksum(_call: Call, _args: list[bytes]) -> object:
    """Nothing has a checksum yet."""
    return OK


@subcommand("SET-DISABLE-DENY-SCRIPTS <0 | 1>", "Accepted without effect: what scripts may not call stays so.", 3)
def debug_disable_deny_scripts(_call: Call, _args: list[bytes]) -> object:
    """A script may never call what is marked noscript."""
    return OK


NO_PERSISTENCE = "it needs persistence, which this version does not have"


@subcommand("RELOAD", "Writes every value in its serialized form and reads it back.", 2, 5)
def debug_reload(call: Call, args: list[bytes]) -> object:
    """Without a file: what MERGE, NOFLUSH and NOSAVE say of the file is refused."""
    if len(args) > 2:
        raise ReplyError(f"ERR DEBUG RELOAD's options are not available: {NO_PERSISTENCE}")
    inspection.reload(call.cache)
    return OK


refuse("LOADAOF", 2, NO_PERSISTENCE)
refuse("RESTART", 3, NO_PERSISTENCE)
refuse("CRASH-AND-RECOVER", 3, NO_PERSISTENCE)
NO_REPLICATION = "it needs replication, which this version does not have"
refuse("CHANGE-REPL-ID", 2, NO_REPLICATION)
refuse("REPLICATE", INT64_MAX, NO_REPLICATION)
NO_CLUSTER = "it needs cluster mode, which this version does not have"
refuse("DROP-CLUSTER-PACKET-FILTER", 3, NO_CLUSTER)
refuse("CLUSTERLINK", 5, NO_CLUSTER)
CRASH = "it would bring the server down"
refuse("ASSERT", 2, CRASH)
refuse("LEAK", 3, CRASH)
refuse("OOM", 2, CRASH)
refuse("PANIC", 2, CRASH)
refuse("SEGFAULT", 2, CRASH)


@subcommand("HELP", "Lists the subcommands and what each does.", 2)
def debug_help(_call: Call, _args: list[bytes]) -> object:
    """The list."""
    return help_lines("DEBUG", [(found.syntax, found.about) for found in SUBCOMMANDS.values()])
