"""All files of commands: importing this module fills the table of declarations. A new file is added here."""

from importlib import import_module

FILES = (
    "blocking_lists",
    "clients",
    "connection",
    "counters",
    "databases",
    "debug",
    "diagnostics",
    "dump",
    "fieldexpiry",
    "hashes",
    "hashrandom",
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
    "strings",
    "substrings",
    "track",
    "transactions",
)

ALL = tuple(import_module(f"autocache.commands.{name}") for name in FILES)
