"""The options of `autocache -cli`: one table that parses, checks and explains them.

Names and meanings are redis-cli's. Every option takes one dash or two, and a value as `-flag value` or
`-flag=value`. The first word that is no option is the command; nothing after it is an option. Later options
win over earlier ones.

Wrong usage raises `UsageError`, which names the option and what is allowed; `main` prints it and exits with
1, as redis-cli does. Values are checked here, where redis-cli takes `-p abc` for port 0. A message never
shows a value that may hold a password.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from autocache.cli.render import Format, Output

PORT_MAX: Final = 65535
DB_MAX: Final = (1 << 31) - 1
REPEAT_MAX: Final = (1 << 63) - 1
# A day: an interval or time limit beyond it is a mistake.
SECONDS_MAX: Final = 86400.0
PASSWORD_VARIABLES: Final = ("AUTOCACHE_CLI_AUTH", "REDISCLI_AUTH")
AUTH_WARNING: Final = (
    "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe."
)


class UsageError(Exception):
    """The command line is wrong; the text is for the user."""


@dataclass(slots=True)
class Options:
    """What the command line and the environment ask for. Filled by `parse_options`, read-only for all
    others.
    """

    host: str = "127.0.0.1"
    port: int = 6379
    socket: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    password_on_command_line: bool = False
    ask_password: bool = False
    auth_warning: bool = True
    db: int = 0
    protocol: int | None = None
    repeat: int = 1
    interval_s: float = 0.0
    connect_timeout_s: float | None = None
    last_from_stdin: bool = False
    stdin_tag: str | None = None
    quoted_input: bool = False
    output: Output | None = None
    element_end: bytes = b"\n"
    reply_end: bytes = b"\n"
    exit_on_error: bool = False
    show_pushes: bool | None = None
    follow_redirects: bool = False
    verbose: bool = False
    help: bool = False
    version: bool = False
    command: list[str] = field(default_factory=list)

    def format(self, *, stdout_is_tty: bool) -> Format:
        """Return the format to print in: raw for scripts, decorated for people, unless an option says
        otherwise.
        """
        default = Output.STANDARD if stdout_is_tty else Output.RAW
        return Format(self.output or default, self.element_end, self.reply_end)


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its names without dashes, the name of its value (None: it takes none), its line of help."""

    names: tuple[str, ...]
    value: str | None
    help: str
    apply: Callable[[Options, str], None]


def _set(name: str, value: object) -> Callable[[Options, str], None]:
    return lambda options, _text: setattr(options, name, value)


def _store(name: str, convert: Callable[[str], object] = str) -> Callable[[Options, str], None]:
    return lambda options, text: setattr(options, name, convert(text))


def _integer(low: int, high: int, what: str) -> Callable[[str], int]:
    def convert(text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or not low <= int(text) <= high:
            raise UsageError(f"{text!r} is not allowed: {what}")
        return int(text)

    return convert


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= SECONDS_MAX:
        raise UsageError(f"{text!r} is not allowed: seconds from 0 to {SECONDS_MAX:.0f}, fractions too")
    return seconds


def _timeout(text: str) -> float | None:
    return _seconds(text) or None


def _yes_or_no(text: str) -> bool:
    if text[:1].lower() not in ("y", "n"):
        raise UsageError(f"{text!r} is not allowed: yes or no")
    return text[:1].lower() == "y"


def _delimiter(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _set_password(options: Options, text: str) -> None:
    options.password = text
    options.password_on_command_line = True


def _set_protocol(protocol: int) -> Callable[[Options, str], None]:
    def apply(options: Options, _text: str) -> None:
        if options.protocol not in (None, protocol):
            raise UsageError("Options -2 and -3 are mutually exclusive.")
        options.protocol = protocol

    return apply


def _set_uri(options: Options, text: str) -> None:
    """Take host, port, user, password and database from a URI. Messages do not repeat it: it may hold a
    password.
    """
    try:
        uri = urlsplit(text)
        port = uri.port
    except ValueError:
        raise UsageError("the URI is not valid, allowed: redis://[user:password@]host[:port][/db]") from None
    if uri.scheme == "rediss":
        raise UsageError("rediss:// is not supported: this version has no TLS, use redis://")
    if uri.scheme != "redis":
        raise UsageError("Invalid URI scheme, allowed: redis://[user:password@]host[:port][/db]")
    options.host = uri.hostname or options.host
    options.port = options.port if port is None else port
    if uri.path.strip("/"):
        options.db = _integer(0, DB_MAX, "a database number at the end of the URI")(uri.path.strip("/"))
    if uri.password is not None:
        options.user = unquote(uri.username or "") or options.user
        _set_password(options, unquote(uri.password))
    elif uri.username:
        _set_password(options, unquote(uri.username))  # redis://secret@host: a password alone, as in redis-cli


_PORT = _integer(1, PORT_MAX, f"a port from 1 to {PORT_MAX}")
_DB = _integer(0, DB_MAX, "a database number, 0 or more")
_REPEAT = _integer(-1, REPEAT_MAX, "a number of times, -1 for ever")

OPTIONS: Final = (
    Option(("h",), "host", "Server hostname (default: 127.0.0.1).", _store("host")),
    Option(("p",), "port", "Server port (default: 6379).", _store("port", _PORT)),
    Option(("s",), "socket", "Server socket (overrides hostname and port).", _store("socket")),
    Option(
        ("a", "pass"),
        "password",
        "Password. Safer: the environment variable AUTOCACHE_CLI_AUTH or REDISCLI_AUTH.",
        _set_password,
    ),
    Option(("user",), "name", "Sends AUTH name password. Needs a password.", _store("user")),
    Option(("askpass",), None, "Ask for the password at the terminal.", _set("ask_password", True)),
    Option(
        ("no-auth-warning",),
        None,
        "Do not warn about a password in the options.",
        _set("auth_warning", False),
    ),
    Option(("u",), "uri", "Server as redis://[user:password@]host[:port][/db].", _set_uri),
    Option(("n",), "db", "Database number.", _store("db", _DB)),
    Option(("2",), None, "Speak RESP2.", _set_protocol(2)),
    Option(("3",), None, "Speak RESP3.", _set_protocol(3)),
    Option(("t",), "seconds", "Time limit of connecting (default: none).", _store("connect_timeout_s", _timeout)),
    Option(("r",), "repeat", "Run the command N times, -1 for ever.", _store("repeat", _REPEAT)),
    Option(("i",), "interval", "With -r: seconds to wait after each run.", _store("interval_s", _seconds)),
    Option(("x",), None, "Read the last argument from stdin.", _set("last_from_stdin", True)),
    Option(("X",), "tag", "Read the argument that equals <tag> from stdin.", _store("stdin_tag")),
    Option(("quoted-input",), None, "Arguments are quoted strings.", _set("quoted_input", True)),
    Option(("d",), "delimiter", "Raw output: between elements (default: \\n).", _store("element_end", _delimiter)),
    Option(("D",), "delimiter", "Raw output: after each reply (default: \\n).", _store("reply_end", _delimiter)),
    Option(("raw",), None, "Raw output (default when stdout is no terminal).", _set("output", Output.RAW)),
    Option(
        ("no-raw",),
        None,
        "Decorated output, also when stdout is no terminal.",
        _set("output", Output.STANDARD),
    ),
    Option(("csv",), None, "Output as CSV.", _set("output", Output.CSV)),
    Option(("json",), None, "Output as JSON (RESP3 unless -2 is given).", _set("output", Output.JSON)),
    Option(("quoted-json",), None, "JSON of printable ASCII only.", _set("output", Output.QUOTED_JSON)),
    Option(
        ("show-pushes",),
        "yes|no",
        "Print RESP3 pushes (default: on a terminal).",
        _store("show_pushes", _yes_or_no),
    ),
    Option(("e",), None, "Exit with 1 when the command's reply is an error.", _set("exit_on_error", True)),
    Option(("c",), None, "Cluster: follow MOVED and ASK.", _set("follow_redirects", True)),
    Option(("verbose",), None, "Say on stderr what is connected to.", _set("verbose", True)),
    Option(("help",), None, "Print this help.", _set("help", True)),
    Option(("version", "v"), None, "Print the version.", _set("version", True)),
)
_BY_NAME: Final = {name: option for option in OPTIONS for name in option.names}


def parse_options(argv: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Parse the arguments that follow `-cli`. Raises UsageError."""
    options = Options()
    position = 0
    while position < len(argv) and argv[position].startswith("-"):
        position = _parse_one(options, argv, position)
    options.command = list(argv[position:])
    _check(options)
    if options.password is None:
        options.password = next((environment[name] for name in PASSWORD_VARIABLES if name in environment), None)
    return options


def _parse_one(options: Options, argv: Sequence[str], position: int) -> int:
    """Apply the option at `position` and return the position after it."""
    name, equals, value = argv[position].partition("=")
    key = name[2:] if name.startswith("--") else name[1:]
    option = _BY_NAME.get(key)
    if option is None:
        raise UsageError(f"Unrecognized option: '{name}'. --help lists the options that are allowed.")
    position += 1
    if option.value is None:
        if equals:
            raise UsageError(f"'{name}' takes no value")
    elif not equals:
        if position == len(argv) and key == "h":
            options.help = True  # -h alone asks for help, as in redis-cli
            return position
        if position == len(argv):
            raise UsageError(f"'{name}' needs a value: <{option.value}>")
        value = argv[position]
        position += 1
    try:
        option.apply(options, value)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
    return position


def _check(options: Options) -> None:
    if options.last_from_stdin and options.stdin_tag is not None:
        raise UsageError("Options -x and -X are mutually exclusive.")


def usage(version: str) -> str:
    """Return the help text, made from the table above."""
    lines = [f"autocache -cli {version}", "", "Usage: autocache -cli [OPTIONS] [cmd [arg [arg ...]]]"]
    for option in OPTIONS:
        names = ", ".join(("-" if len(name) == 1 else "--") + name for name in option.names)
        head = names + (f" <{option.value}>" if option.value else "")
        lines.append(f"  {head:<24} {option.help}")
    lines += [
        "",
        "One dash or two, -flag value or -flag=value. Without a command: a prompt, or the commands on stdin,",
        "one a line. Exit code: 0, or 1 for wrong usage, no connection, or an error reply with -e.",
        "",
    ]
    return "\n".join(lines)
