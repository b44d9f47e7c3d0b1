"""AUTH, HELLO and CLIENT: what a client says and asks about connections, its own and those of others.

State lives in the sessions (view.pyx) and, for what only a server knows, in the host's clients. Client
tracking's commands are in track.py.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from autocache.commands.declare import command, container
from autocache.commands.host import ClientLike
from autocache.commands.plain import INT64_MAX, declare_help, integer, syntax_error, text
from autocache.resp.values import NO_REPLY, OK, Pairs, ReplyError, Verbatim

if TYPE_CHECKING:
    from autocache.commands.cache import Call

# What we are compatible with; clients choose by it which commands they may use.
COMPATIBLE_VERSION = "7.0.15"
DEFAULT_USER = b"default"
CLIENT_TYPES = {
    b"normal": "normal",
    b"slave": "replica",
    b"replica": "replica",
    b"pubsub": "pubsub",
    b"master": "master",
}
QUOTED_CHARS_MAX = 128  # how much of a client's word an error repeats

S_PUBSUB = 1 << 22

# The letters of CLIENT LIST's flags and their S_ bits (context.pxd), in redis-server's order.
FLAG_LETTERS = (
    ("O", 1 << 8),  # in MONITOR
    ("P", S_PUBSUB),  # subscribed
    ("x", 1 << 0),  # in MULTI
    ("b", 1 << 11),  # waits
    ("t", 1 << 13),  # tracks keys
    ("R", 1 << 19),  # its redirection is broken
    ("B", 1 << 14),  # tracks by prefixes
    ("d", 1 << 1),  # a watched key has changed
    ("c", 1 << 4),  # closes after this reply
    ("A", 1 << 21),  # closes at once
    ("U", 1 << 20),  # by a unix socket
    ("e", 1 << 9),  # not to be evicted
    ("T", 1 << 10),  # leaves keys' access data alone
)

CONNECTION = "noscript loading stale"
ADMIN = "admin noscript loading stale"


def quoted(word: bytes) -> str:
    """A client's word for an error text, cut at its first zero byte and after QUOTED_CHARS_MAX."""
    return text(word.split(b"\0")[0][:QUOTED_CHARS_MAX])


def switch(word: bytes) -> bool:
    """Read ON or OFF."""
    if word.lower() not in (b"on", b"off"):
        raise syntax_error()
    return word.lower() == b"on"


def checked_name(name: bytes, what: str = "Client names") -> bytes:
    """A name that CLIENT LIST can show in its line."""
    if not all(33 <= code <= 126 for code in name):
        raise ReplyError(f"ERR {what} cannot contain spaces, newlines or special characters.")
    return name


# --- passwords


def authenticate(call: Call, user: bytes, password: bytes) -> None:
    """Let the client in, or raise WRONGPASS. How long it takes does not tell how much of a password was
    right.
    """
    expected = call.cache.requirepass
    right = hmac.compare_digest(password, expected)
    if user != DEFAULT_USER or (expected and not right):
        raise ReplyError("WRONGPASS invalid username-password pair or user is disabled.")
    call.session.authenticated = True


@command(
    "AUTH [username] password",
    arity=-2,
    group="connection",
    since="1.0.0",
    flags="noscript loading stale fast no_auth allow_busy",
    complexity="O(N) where N is the number of passwords defined for the user",
    about="Gives the password, without which a protected server answers nothing else.",
)
def auth(call: Call) -> object:
    """Give the password."""
    args = call.args
    if len(args) > 3:
        raise syntax_error()
    if len(args) == 2 and not call.cache.requirepass:
        raise ReplyError(
            "ERR AUTH <password> called without any password configured for the default user."
            " Are you sure your configuration is correct?"
        )
    authenticate(call, args[1] if len(args) == 3 else DEFAULT_USER, args[-1])
    return OK


@command(
    "HELLO [protover [AUTH username password] [SETNAME clientname]]",
    arity=-1,
    group="connection",
    since="6.0.0",
    flags="noscript loading stale fast no_auth allow_busy",
    about="Chooses the protocol version, can give password and name at once, and says who the server is.",
)
def hello(call: Call) -> object:
    """Choose the protocol version."""
    args = call.args
    version = 0
    if len(args) > 1:
        version = integer(args[1], error="ERR Protocol version is not an integer or out of range")
        if version not in (2, 3):
            raise ReplyError("NOPROTO unsupported protocol version")
    credentials = hello_options(call, args)
    if credentials:
        authenticate(call, *credentials)
    if not call.session.authenticated:
        raise ReplyError(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH"
            " <user> <pass> option can be used to authenticate the client and select the RESP protocol"
            " version at the same time"
        )
    call.protocol = version or call.protocol
    return Pairs(
        [
            ("server", "redis"),
            ("version", COMPATIBLE_VERSION),
            ("proto", call.protocol),
            ("id", call.session.id),
            ("mode", "standalone"),
            ("role", "master"),
            ("modules", []),
        ]
    )


def hello_options(call: Call, args: list[bytes]) -> tuple[bytes, bytes] | None:
    """User and password that HELLO was given. A name is taken at once, whatever comes of the rest."""
    credentials = None
    at = 2
    while at < len(args):
        option = args[at].lower()
        if option == b"auth" and at + 2 < len(args):
            credentials = args[at + 1], args[at + 2]
            at += 3
        elif option == b"setname" and at + 1 < len(args):
            call.session.name = checked_name(args[at + 1])
            at += 2
        else:
            raise ReplyError(f"ERR Syntax error in HELLO option '{args[at].decode('utf-8', 'surrogateescape')}'")
    return credentials


# --- CLIENT: the client's own connection

container(
    "CLIENT",
    group="connection",
    since="2.4.0",
    about="Shows and changes connections.",
    categories="-connection",
)


@command(
    "CLIENT ID",
    parent="client",
    arity=2,
    group="connection",
    since="5.0.0",
    flags=CONNECTION,
    about="Answers the connection's number; no other connection ever has the same.",
)
def client_id(call: Call) -> object:
    """The connection's number."""
    return call.session.id


@command(
    "CLIENT GETNAME",
    parent="client",
    arity=2,
    group="connection",
    since="2.6.9",
    flags=CONNECTION,
    about="Answers the connection's name, or null.",
)
def client_getname(call: Call) -> object:
    """The connection's name."""
    return call.session.name or None


@command(
    "CLIENT SETNAME connection-name",
    parent="client",
    arity=3,
    group="connection",
    since="2.6.9",
    flags=CONNECTION,
    about="Names the connection, for CLIENT LIST and the slow log; an empty name takes it away.",
)
def client_setname(call: Call) -> object:
    """Name the connection."""
    call.session.name = checked_name(call.args[2])
    return OK


@command(
    "CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>",
    parent="client",
    arity=4,
    group="connection",
    since="7.2.0",
    flags=CONNECTION,
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
    about="Says which client library is at the other end, and its version.",
)
def client_setinfo(call: Call) -> object:
    """Say which library is at the other end."""
    word = call.args[2].lower()
    if word == b"lib-name":
        call.session.lib_name = checked_name(call.args[3], "lib-name")
    elif word == b"lib-ver":
        call.session.lib_ver = checked_name(call.args[3], "lib-ver")
    else:
        raise ReplyError(f"ERR Unrecognized option '{quoted(call.args[2])}'")
    return OK


@command(
    "CLIENT REPLY <ON | OFF | SKIP>",
    parent="client",
    arity=3,
    group="connection",
    since="3.2.0",
    flags=CONNECTION,
    about="Turns replies on or off, or leaves the next one out.",
)
def client_reply(call: Call) -> object:
    """Turn replies on or off."""
    word = call.args[2].lower()
    if word == b"on":
        call.session.replies_on()
        return OK
    if word == b"off":
        call.session.replies_off()
    elif word == b"skip":
        call.session.replies_skip()
    else:
        raise syntax_error()
    return NO_REPLY


@command(
    "CLIENT NO-EVICT <ON | OFF>",
    parent="client",
    arity=3,
    group="connection",
    since="7.0.0",
    flags=ADMIN,
    about="Protects the connection from being closed when clients take too much memory.",
)
def client_no_evict(call: Call) -> object:
    """Protect the connection from eviction."""
    call.session.no_evict = switch(call.args[2])
    return OK


@command(
    "CLIENT NO-TOUCH <ON | OFF>",
    parent="client",
    arity=3,
    group="connection",
    since="7.2.0",
    flags=CONNECTION,
    about="Makes the connection's commands leave alone when a key was last used, and how often.",
)
def client_no_touch(call: Call) -> object:
    """Leave keys' access data alone."""
    call.session.no_touch = switch(call.args[2])
    return OK


# --- CLIENT: all connections


def client_line(client: ClientLike) -> str:
    """A client as CLIENT LIST shows it; the library only if it said which one it is."""
    flags = client.flags
    fields: list[tuple[str, object]] = [
        ("id", client.id),
        ("addr", client.addr),
        ("laddr", client.laddr),
        ("fd", client.fd),
        ("name", client.name.decode()),
        ("age", client.age),
        ("idle", client.idle),
        ("flags", "".join(letter for letter, bit in FLAG_LETTERS if flags & bit) or "N"),
        ("db", client.db),
        *zip(("sub", "psub", "ssub"), client.subscriptions, strict=True),
        ("multi", client.queued),
        ("qbuf", client.query_bytes),
        ("qbuf-free", client.query_free_bytes),
        ("argv-mem", client.argv_bytes),
        ("multi-mem", client.queue_bytes),
        ("rbs", client.reply_buffer_bytes),
        ("rbp", client.reply_buffer_peak_bytes),
        ("obl", client.output_buffer_bytes),
        ("oll", client.output_list_length),
        ("omem", client.output_bytes),
        ("tot-mem", client.total_bytes),
        ("events", "rw" if client.writable_pending else "r"),
        ("cmd", client.last_command),
        ("user", client.user),
        ("redir", client.redirect if flags & (1 << 13) else -1),
        ("resp", client.protocol),
    ]
    if client.lib_name or client.lib_ver:
        fields += [("lib-name", client.lib_name.decode()), ("lib-ver", client.lib_ver.decode())]
    return " ".join(f"{name}={value}" for name, value in fields) + "\n"


def client_type(word: bytes) -> str:
    """Read a type of clients."""
    if word.lower() not in CLIENT_TYPES:
        raise ReplyError(f"ERR Unknown client type '{word.decode('utf-8', 'surrogateescape')}'")
    return CLIENT_TYPES[word.lower()]


def type_of(client: ClientLike) -> str:
    """The type of a client, in the words of CLIENT LIST TYPE; there are no replicas yet."""
    return "pubsub" if client.flags & S_PUBSUB else "normal"


@command(
    "CLIENT INFO",
    parent="client",
    arity=2,
    group="connection",
    since="6.2.0",
    flags=CONNECTION,
    tips=("nondeterministic_output",),
    about="Shows this connection as CLIENT LIST would.",
)
def client_info(call: Call) -> object:
    """This connection's line."""
    return Verbatim(client_line(call.client))


@command(
    "CLIENT LIST [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
    parent="client",
    arity=-2,
    group="connection",
    since="2.4.0",
    flags=ADMIN,
    tips=("nondeterministic_output",),
    complexity="O(N) where N is the number of client connections",
    about="Shows all connections, those of a type, or some, a line each.",
)
def client_list(call: Call) -> object:
    """Connections, a line each."""
    args = call.args
    option = args[2].lower() if len(args) > 3 else b""
    if option == b"type" and len(args) == 4:
        wanted = client_type(args[3])
        return Verbatim("".join(client_line(client) for client in call.cache.clients() if type_of(client) == wanted))
    if option == b"id":
        ids = [integer(word, error="ERR Invalid client ID") for word in args[3:]]
        found = [call.cache.client(number) for number in ids]
        return Verbatim("".join(client_line(client) for client in found if client is not None))
    if len(args) != 2:
        raise syntax_error()
    return Verbatim("".join(map(client_line, call.cache.clients())))


def kill_filter(words: list[bytes]) -> tuple[dict[str, object], bool]:
    """The filters of CLIENT KILL, as attributes and what they must be, and whether the caller is spared."""
    filters: dict[str, object] = {}
    skip_me = True
    for at in range(0, len(words), 2):
        if at + 1 == len(words):
            raise syntax_error()
        option, value = words[at].lower(), words[at + 1]
        if option == b"id":
            filters["id"] = integer(value, 1, error="ERR client-id should be greater than 0")
        elif option == b"type":
            filters["type"] = client_type(value)
        elif option in (b"addr", b"laddr"):
            filters[option.decode()] = value.decode("utf-8", "surrogateescape")
        elif option == b"user":
            if value != DEFAULT_USER:
                raise ReplyError(f"ERR No such user '{value.decode('utf-8', 'surrogateescape')}'")
            filters["user"] = value.decode()
        elif option == b"skipme" and value.lower() in (b"yes", b"no"):
            skip_me = value.lower() == b"yes"
        else:
            raise syntax_error()
    return filters, skip_me


def matches(client: ClientLike, filters: dict[str, object]) -> bool:
    """Whether a client passes all filters."""
    return all(
        (type_of(client) if name == "type" else getattr(client, name)) == value for name, value in filters.items()
    )


@command(
    "CLIENT KILL <ip:port | <[ID client-id] [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [USER username]"
    " [ADDR ip:port] [LADDR ip:port] [SKIPME <YES | NO>]>>",
    parent="client",
    arity=-3,
    group="connection",
    since="2.4.0",
    flags=ADMIN,
    complexity="O(N) where N is the number of client connections",
    about="Closes the connection from an address, or all that pass the filters.",
)
def client_kill(call: Call) -> object:
    """Close connections."""
    args = call.args
    by_address = len(args) == 3
    if by_address:
        filters: dict[str, object] = {"addr": args[2].decode("utf-8", "surrogateescape")}
        skip_me = False
    else:
        filters, skip_me = kill_filter(args[2:])
    me = call.session.id
    killed = [
        client for client in call.cache.clients() if matches(client, filters) and not (skip_me and client.id == me)
    ]
    for client in killed:
        client.kill()
    if not by_address:
        return len(killed)
    if not killed:
        raise ReplyError("ERR No such client")
    return OK


def too_many(args: list[bytes], most: int) -> None:
    """Refuse more arguments than the old syntax knew, as redis-server does."""
    if len(args) > most:
        raise ReplyError(
            f"ERR unknown subcommand or wrong number of arguments for '{quoted(args[1])}'. Try CLIENT HELP."
        )


@command(
    "CLIENT UNBLOCK client-id [TIMEOUT | ERROR]",
    parent="client",
    arity=-3,
    group="connection",
    since="5.0.0",
    flags=ADMIN,
    complexity="O(log N) where N is the number of client connections",
    about="Ends another client's wait, as its time-out would or with an error.",
)
def client_unblock(call: Call) -> object:
    """End another client's wait."""
    args = call.args
    too_many(args, 4)
    if len(args) == 4 and args[3].lower() not in (b"timeout", b"error"):
        raise ReplyError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    client = call.cache.client(integer(args[2]))
    return int(client is not None and client.unpark(len(args) == 4 and args[3].lower() == b"error"))


@command(
    "CLIENT PAUSE timeout [WRITE | ALL]",
    parent="client",
    arity=-3,
    group="connection",
    since="2.9.50",
    flags=ADMIN,
    about="Lets all clients, or only those that write, wait for a time in milliseconds.",
)
def client_pause(call: Call) -> object:
    """Let clients wait."""
    args = call.args
    too_many(args, 4)
    mode = args[3].lower() if len(args) == 4 else b"all"
    if mode not in (b"write", b"all"):
        raise ReplyError("ERR CLIENT PAUSE mode must be WRITE or ALL")
    timeout = integer(args[2], error="ERR timeout is not an integer or out of range")
    if timeout < 0:
        raise ReplyError("ERR timeout is negative")
    until = timeout + call.now_ms
    # No time, or one that no clock reaches, is no pause; redis-server's counter overflows to the same.
    if timeout > 0 and until <= INT64_MAX:
        call.cache.pause(until, mode == b"write")
    return OK


@command(
    "CLIENT UNPAUSE",
    parent="client",
    arity=2,
    group="connection",
    since="6.2.0",
    flags=ADMIN,
    complexity="O(N) Where N is the number of paused clients",
    about="Ends a pause: everybody goes on.",
)
def client_unpause(call: Call) -> object:
    """End a pause."""
    call.cache.unpause()
    return OK


declare_help("client", since="5.0.0")
