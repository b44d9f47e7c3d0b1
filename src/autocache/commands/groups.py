"""All files of commands: importing this module fills the table of declarations. A new file is added here."""

from importlib import import_module

FILES = (
    "bitfields",
    "bitmaps",
    "blocking_lists",
    "clients",
    "connection",
    "counters",
    "databases",
    "debug",
    "diagnostics",
    "dump",
    "geo",
    "geo_search",
    "hash_expiry",
    "hash_random",
    "hashes",
    "hyperloglogs",
    "introspection",
    "keys",
    "lists",
    "objects",
    "pubsub",
    "scan",
    "server",
    "set_algebra",
    "sets",
    "sorting",
    "stream_groups",
    "stream_info",
    "stream_pending",
    "stream_reads",
    "streams",
    "strings",
    "substrings",
    "track",
    "transactions",
    "zset_algebra",
    "zset_pops",
    "zset_ranges",
    "zsets",
)

# Rooms beside this one that declare commands; they are found by name, for `commands` knows none of them.
ROOMS = ("autocache.scripting.commands",)

ALL = tuple(import_module(name) for name in (*(f"autocache.commands.{name}" for name in FILES), *ROOMS))
