"""COMMAND and its subcommands; the metadata itself is compared by tests/conformance/test_metadata.py."""

from __future__ import annotations

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off
# ruff: noqa: Q003 - quotes of the little language; words read better unquoted

case = Group("command")
CASES = case.cases

case.each("arity", """
    COMMAND BOGUS
    COMMAND COUNT x
    COMMAND GETKEYS
    COMMAND GETKEYSANDFLAGS
    COMMAND LIST BOGUS
    COMMAND LIST FILTERBY
    COMMAND LIST FILTERBY BOGUS
    COMMAND LIST FILTERBY BOGUS x
    COMMAND LIST FILTERBY PATTERN
    COMMAND LIST FILTERBY PATTERN a b
    COMMAND LIST FILTERBY MODULE nothing
    COMMAND LIST FILTERBY ACLCAT bogus
    COMMAND LIST FILTERBY PATTERN nothing*
    COMMAND HELP x
""")
case("the whole table", "@type COMMAND", "@type COMMAND COUNT", "@type COMMAND LIST", "@type COMMAND INFO",
     "@type COMMAND DOCS", "@strings COMMAND HELP")
case("info of what does not exist", "COMMAND INFO bogus", "COMMAND INFO bogus other", "COMMAND INFO get|x",
     "COMMAND INFO client|bogus", "COMMAND INFO \"\"", "COMMAND DOCS bogus", "COMMAND DOCS bogus x")
case("list by pattern", "@unordered COMMAND LIST FILTERBY PATTERN incr*",
     "@unordered COMMAND LIST FILTERBY PATTERN ms*", "@unordered COMMAND LIST FILTERBY PATTERN GETR*",
     "@unordered COMMAND LIST FILTERBY PATTERN swapdb", "@unordered COMMAND LIST FILTERBY PATTERN client|k*",
     "@unordered COMMAND LIST FILTERBY PATTERN config|*",
     "@unordered COMMAND LIST FILTERBY PATTERN [i]ncrby*", "@unordered command list filterby pattern object*")
GETKEYS = """
    GET k
    SET k v
    SET k v EX 10 GET
    SET k v NX
    MGET a b c
    MSET a 1 b 2
    MSETNX a 1 b 2
    DEL a b
    RENAME a b
    COPY a b DB 1
    OBJECT ENCODING k
    OBJECT FREQ k
    OBJECT HELP
    MEMORY USAGE k
    MEMORY USAGE k SAMPLES 5
    MEMORY STATS
    LCS a b LEN
    EXPIRE k 10
    GETEX k PERSIST
    WATCH a b c
    TOUCH a a
    MOVE k 1
    APPEND k v
    GETRANGE k 0 1
    INCRBYFLOAT k 1
    STRLEN k
    UNLINK a b
    EXISTS a
    SETEX k 1 v
    TYPE k
    PING
    ECHO x
    SELECT 1
    SCAN 0
    KEYS *
    SWAPDB 0 1
    CONFIG GET x
    CLIENT ID
    CLIENT BOGUS
    BOGUS
    BOGUS a
    GET
    GET a b
    SET k
    MSET a
    MSET a 1 b
    get K
    OBJECT
    OBJECT BOGUS k
    MULTI
    EXEC
    DBSIZE
    DEBUG OBJECT k
    DUMMY x y z
    RANDOMKEY
    TIME
    WAIT 1 1
    AUTH x
    HELLO 3
"""
for line in [line.strip() for line in GETKEYS.splitlines() if line.strip()]:
    case(f"getkeys {line}", f"COMMAND GETKEYS {line}", f"COMMAND GETKEYSANDFLAGS {line}")
