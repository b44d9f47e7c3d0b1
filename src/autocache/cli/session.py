"""Running commands: the connection's life and state, replies to the terminal, redirects, repeats, streams.

A session keeps what the server keeps for a connection (database, transaction, protocol), because the prompt
shows it and a new connection must be brought to the same state. It prints replies to the terminal and
complaints to stderr; it reads no input. A command is never sent twice on its own account: after a lost
connection the user sees the error, and the next command connects again (the lost one may have been executed).

Ctrl-C is not caught here: KeyboardInterrupt leaves a connection in the middle of a reply, so whoever catches
it calls `abandon` (see `lines`).
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from autocache.cli.connection import Connection, ConnectionFailed, ConnectionLost, Endpoint
from autocache.cli.options import Options
from autocache.cli.render import Output, elements, raw, render, render_push
from autocache.cli.terminal import Terminal
from autocache.resp.client import Attributed, ErrorReply, PushReply, Reply

# A slot that keeps moving is a cluster at odds with itself; other clients give up after as many hops.
REDIRECTS_MAX: Final = 16
_SUBSCRIBES: Final = frozenset({b"subscribe", b"psubscribe", b"ssubscribe"})
_UNSUBSCRIBES: Final = frozenset({b"unsubscribe", b"punsubscribe", b"sunsubscribe"})
# Commands whose replies are made to be read as they are, with the exact number of words, None for any number.
_TEXT_REPLIES: Final[tuple[tuple[tuple[bytes, ...], int | None], ...]] = (
    ((b"info",), None),
    ((b"lolwut",), None),
    ((b"debug", b"htstats"), None),
    ((b"debug", b"htstats-key"), None),
    ((b"debug", b"client-eviction"), None),
    ((b"memory", b"malloc-stats"), None),
    ((b"memory", b"doctor"), None),
    ((b"cluster", b"nodes"), 2),
    ((b"cluster", b"info"), 2),
    ((b"client", b"list"), None),
    ((b"client", b"info"), None),
    ((b"latency", b"graph"), 3),
    ((b"latency", b"doctor"), 2),
)


class Outcome(Enum):
    """How one attempt at a command ended."""

    DONE = "done"
    FAILED = "failed"
    REDIRECTED = "redirected"


class Session:
    """One user's connection. `interactive` is true for a prompt and for a script, false for one command."""

    def __init__(self, options: Options, terminal: Terminal, *, interactive: bool) -> None:
        self._options = options
        self._terminal = terminal
        self._interactive = interactive
        self._connection: Connection | None = None
        self._asking = False
        self._multi_db = 0  # the database to fall back to when a transaction is thrown away
        self._password = options.password
        self.form = options.format(stdout_is_tty=terminal.stdout_is_tty)
        self.endpoint = Endpoint(options.host, options.port, options.socket)
        self.db = options.db
        self.in_multi = False
        self.protocol = 2
        pushes = options.show_pushes
        self._show_pushes = terminal.stdout_is_tty if pushes is None else pushes

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._connection is not None

    @property
    def prompt(self) -> str:
        """The prompt: server, database unless 0, and whether a transaction is open."""
        if self._connection is None:
            return "not connected> "
        db = f"[{self.db}]" if self.db else ""
        return f"{self.endpoint}{db}{'(TX)' if self.in_multi else ''}> "

    def connect(self, endpoint: Endpoint | None = None) -> bool:
        """Connect (to another server if one is given) and restore user, database and protocol. Complains if
        it fails.

        A refused AUTH, SELECT or HELLO is reported and does not end the connection: redis-cli goes on as
        well, and the reply of the next command tells.
        """
        self.abandon()
        self.endpoint = endpoint or self.endpoint
        try:
            self._connection = Connection(self.endpoint, self._options.connect_timeout_s)
            self._authenticate()
            self._select()
            self._switch_protocol()
        except ConnectionFailed as error:
            self._terminal.complain(str(error))
        except ConnectionLost as error:
            self._lose(error)
        if self.connected and self._options.verbose:
            self._terminal.complain(f"Connected to {self.endpoint} with RESP{self.protocol}.")
        return self.connected

    def abandon(self) -> None:
        """Drop the connection and the state that ends with it. Database and endpoint are wanted again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        if self.in_multi:
            self.db = self._multi_db
        self.in_multi = False
        self.protocol = 2

    def query(self, args: Sequence[bytes]) -> Reply:
        """Return the reply to a command of our own, printing nothing; None if it cannot be asked now."""
        if self._connection is None or self.in_multi:
            return None  # in a transaction it would be queued with the user's commands
        try:
            return self._ask(args)
        except ConnectionLost as error:
            self._lose(error)
            return None

    def run(self, args: Sequence[bytes], repeat: int = 1) -> bool:
        """Run a command `repeat` times (negative: for ever) and print its replies. False if it could not be
        run.

        With `-e`, and no script or prompt, an error reply counts as failure.
        """
        for _hop in range(REDIRECTS_MAX + 1):
            if self._connection is None and not self.connect():
                return False
            try:
                outcome = self._attempt(args, repeat)
            except ConnectionLost as error:
                return self._lost_during(args, error)
            if outcome is not Outcome.REDIRECTED:
                return outcome is Outcome.DONE
        self._terminal.complain(f"Error: more than {REDIRECTS_MAX} redirects, the cluster does not agree on the slot")
        return False

    def _lost_during(self, args: Sequence[bytes], error: ConnectionLost) -> bool:
        if args[0].lower() == b"shutdown":
            self.abandon()  # the server did as it was told
            return True
        self._lose(error)
        return False

    def _lose(self, error: ConnectionLost) -> None:
        self.abandon()
        self._terminal.complain(f"Error: {error}")

    # The handshake

    def _authenticate(self) -> None:
        if self._password is None:
            return
        user = self._options.user
        secret = _encoded(self._password)
        reply = self._ask([b"AUTH", secret] if user is None else [b"AUTH", _encoded(user), secret])
        self._report_refusal("AUTH", reply)

    def _select(self) -> None:
        if self.db and self._report_refusal(f"SELECT {self.db}", self._ask([b"SELECT", b"%d" % self.db])):
            self.db = 0

    def _switch_protocol(self) -> None:
        """Ask for RESP3 where it is wanted. At a prompt it is a convenience that a server may refuse
        silently.
        """
        wanted = self._options.protocol
        if wanted is None and self.form.output in (Output.JSON, Output.QUOTED_JSON):
            wanted = 3
        for_comfort = wanted is None and self._terminal.stdin_is_tty and self._interactive
        if wanted != 3 and not for_comfort:
            return
        reply = self._ask([b"HELLO", b"3"])
        if not isinstance(reply, ErrorReply):
            self.protocol = 3
        elif not for_comfort:
            self._report_refusal("HELLO 3", reply)

    def _report_refusal(self, what: str, reply: Reply) -> bool:
        if isinstance(reply, ErrorReply):
            self._terminal.complain(f"{what} failed: {_decoded(reply.text)}")
        return isinstance(reply, ErrorReply)

    # One command

    def _ask(self, args: Sequence[bytes]) -> Reply:
        self._live().send(args)
        return self._read_reply()

    def _live(self) -> Connection:
        assert self._connection is not None, "a command without a connection"
        return self._connection

    def _read_reply(self) -> Reply:
        """Wait for a reply, handling the pushes that come before it."""
        while isinstance(reply := self._receive(), PushReply):
            if self._show_pushes:
                self._terminal.write(render_push(reply, self.form))
        return reply

    def _receive(self) -> Reply:
        """Wait for a reply or push. Attributes are of no use here, and what they hang on must be seen."""
        reply = self._live().read()
        return reply.value if isinstance(reply, Attributed) else reply

    def _attempt(self, args: Sequence[bytes], repeat: int) -> Outcome:
        if self._asking:
            self._asking = False
            self._ask([b"ASKING"])
        left = repeat
        while left:
            left -= 1 if left > 0 else 0
            outcome = self._once(args)
            if outcome is not Outcome.DONE:
                return outcome
            if self._options.interval_s:
                self._terminal.sleep(self._options.interval_s)
        return Outcome.DONE

    def _once(self, args: Sequence[bytes]) -> Outcome:
        word = args[0].lower()
        self._live().send(args)
        if word == b"monitor":
            return self._follow_monitor()
        if word in _SUBSCRIBES:
            return self._follow_subscription()
        if word in _UNSUBSCRIBES:
            return self._confirm_unsubscribed(max(1, len(args) - 1))
        reply = self._read_reply()
        if self._options.follow_redirects and self._take_redirect(reply):
            return Outcome.REDIRECTED
        self._track(args, reply)
        return self._show(reply, as_text=_prints_as_text(args))

    def _show(self, reply: Reply, *, as_text: bool = False) -> Outcome:
        if isinstance(reply, ErrorReply) and self._options.exit_on_error and not self._interactive:
            self._terminal.complain(_decoded(reply.text))
            return Outcome.FAILED
        self._terminal.write(raw(reply, self.form.element_end) if as_text else render(reply, self.form))
        return Outcome.DONE

    # Streams

    def _follow_monitor(self) -> Outcome:
        """Print what the server executes until the connection ends or Ctrl-C; return at once if it
        refuses.
        """
        while True:
            reply = self._receive()
            outcome = self._show(reply)
            if isinstance(reply, ErrorReply):
                return outcome

    def _follow_subscription(self) -> Outcome:
        """Print messages until the connection ends or Ctrl-C; return at once if there is no subscription."""
        if self.form.output is not Output.RAW:
            self._terminal.write(b"Reading messages... (press Ctrl-C to quit)\n")
        while True:
            reply = self._receive()
            outcome = self._show(reply)
            if elements(reply) is None:  # an error, or QUEUED within a transaction
                return outcome

    def _confirm_unsubscribed(self, confirmations: int) -> Outcome:
        """Print the reply for each channel: arrays in RESP2, pushes in RESP3, where no other reply comes."""
        for _ in range(confirmations):
            reply = self._receive()
            outcome = self._show(reply)
            if elements(reply) is None:
                return outcome
        return Outcome.DONE

    # Cluster redirects

    def _take_redirect(self, reply: Reply) -> bool:
        """Follow a MOVED or ASK: point the session at the node that it names. False for any other reply."""
        target = _redirect_target(reply)
        if target is None:
            return False
        slot, host, port, asking = target
        self.abandon()
        self.endpoint = Endpoint(host or self.endpoint.host, port)
        self._asking = asking
        if self._interactive:
            line = f"-> Redirected to slot [{slot}] located at {self.endpoint}\n"
            self._terminal.write(line.encode())
        return True

    # State

    def _track(self, args: Sequence[bytes], reply: Reply) -> None:
        """Keep database, transaction and protocol in step with what a command did."""
        failed = isinstance(reply, ErrorReply)
        match [arg.lower() for arg in args]:
            case [b"exec"] if self.in_multi:
                self._end_transaction(kept=not failed and reply is not None)
            case _ if failed:
                return
            case [b"select", db] if db.isdigit():
                self.db = int(db)
            case [b"multi"]:
                self.in_multi = True
                self._multi_db = self.db
            case [b"discard"]:
                self._end_transaction(kept=False)
            case [b"reset"]:
                self.in_multi, self.db, self.protocol = False, 0, 2
            case [b"hello", version, *_] if version.isdigit():
                self.protocol = int(version)
            case [b"auth", *_] if not self.in_multi:
                self._restore_after_auth()

    def _end_transaction(self, *, kept: bool) -> None:
        self.in_multi = False
        if not kept:
            self.db = self._multi_db

    def _restore_after_auth(self) -> None:
        """Do what the server refused before the password came."""
        self._select()
        if self.protocol == 2:
            self._switch_protocol()


def _prints_as_text(args: Sequence[bytes]) -> bool:
    words = tuple(arg.lower() for arg in args[:2])
    return any(words[: len(prefix)] == prefix and length in (None, len(args)) for prefix, length in _TEXT_REPLIES)


def _redirect_target(reply: Reply) -> tuple[int, str, int, bool] | None:
    """Return slot, host (empty: the same one), port and whether ASKING is due; None if it is no redirect."""
    if not isinstance(reply, ErrorReply):
        return None
    match _decoded(reply.text).split(" "):
        case [("MOVED" | "ASK") as kind, slot, address] if slot.isdigit():
            host, _, port = address.rpartition(":")
            return (int(slot), host, int(port), kind == "ASK") if port.isdigit() else None
        case _:
            return None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
