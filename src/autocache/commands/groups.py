"""All files of commands: importing this module fills the table of declarations. A new file is added here."""

from importlib import import_module

FILES = (
    "clients",
    "connection",
    "counters",
    "databases",
    "debug",
    "diagnostics",
    "fieldexpiry",
    "hashes",
    "hashrandom",
    "introspection",
    "keys",
    "objects",
    "scan",
    "server",
    "strings",
    "substrings",
    "track",
    "transactions",
)

ALL = tuple(import_module(f"autocache.commands.{name}") for name in FILES)
