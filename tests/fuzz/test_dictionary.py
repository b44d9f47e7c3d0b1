"""The dictionary of the cache's fuzzer names every command."""

from autocache.commands import groups
from autocache.commands.declare import DECLARED
from tests.fuzz.dictionary import COMMANDS

# SHUTDOWN ends the process; the others change what SETTINGS changes, or write the server's file.
LEFT_OUT = {"shutdown", "config|set", "config|rewrite"}


def test_every_declared_command_is_named() -> None:
    assert groups.ALL
    named = {"|".join(request[:words]).lower() for request in COMMANDS for words in (1, 2)}
    declared = {spec.name for spec in DECLARED.values()}
    declared |= {child.name for spec in DECLARED.values() for child in spec.subcommands or ()}
    assert declared - named == LEFT_OUT
