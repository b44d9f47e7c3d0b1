"""Whether the command line is the client's, decided before anything of the server is imported.

The client is to start fast. `-cli` may stand anywhere; all other arguments are handed over as they are.
"""

from collections.abc import Sequence

from autocache.app.errors import ConfigError

CLI_FLAGS = ("-cli", "--cli")
TRUTHS = ("yes", "true", "1")
LIES = ("no", "false", "0")


def take_cli_flag(argv: Sequence[str]) -> tuple[list[str], bool]:
    """`argv` without its first `-cli` (and that one's value), and whether it was on."""
    for at, argument in enumerate(argv):
        name, equals, value = argument.partition("=")
        if name in CLI_FLAGS:
            after = list(argv[at + 1 :])
            if not equals and after and after[0].lower() in ("true", "false"):
                value = after.pop(0)
            if value.lower() not in ("", *TRUTHS, *LIES):
                raise ConfigError(f"flag -cli: '{value}': argument must be true or false")
            return [*argv[:at], *after], value.lower() not in LIES
    return list(argv), False
