"""Runs one case on two servers in lockstep and describes where their replies differ.

Both servers take each step before the next one begins, so that waits are shared and neither runs ahead in
time. A server that gives no reply in time, closes, or sends what is not RESP is recorded as having replied
that, and compared.
"""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field

from tests.conformance.differences import Difference
from tests.conformance.model import Case, Step
from tests.conformance.normalise import comparison
from tests.servers import Server
from tests.wire import Connection, ProtocolViolation, ReplyTimeout, encode, parse, parse_all

_PLACEHOLDER = re.compile(rb"\{(id|addr|laddr):(c\d)\}")
_FAILURE = b"!!"  # Opens a recorded reply that is an event and not RESP; no RESP type starts with it and text.
_NO_REPLY = _FAILURE + b" no reply in time: "
_TOUCHES_CONFIG = re.compile(rb"config", re.IGNORECASE)
# Passwords that cases set; the control connection needs them if it has to be made again.
CASE_PASSWORDS = ("secret", "other")
SHOWN_BYTES = 1500


class Session:
    """One server during one case: its connections and what it replied."""

    def __init__(self, server: Server, case: Case, protocol: int) -> None:
        self.server = server
        self.case = case
        self.protocol = protocol
        self.connections: dict[str, Connection] = {}
        self.names: dict[bytes, bytes] = {}
        needed = {match[1].decode() for step in case.steps for match in _PLACEHOLDER.findall(step.wire())}
        self._identified = needed

    def close(self) -> None:
        """Close every connection of the case."""
        for connection in self.connections.values():
            connection.close()

    def run(self, step: Step) -> bytes | None:
        """Do one step; the raw reply, or None where a step has none."""
        try:
            return self._act(step)
        except ReplyTimeout as error:
            return _NO_REPLY + str(error).encode()
        except EOFError as error:
            return _FAILURE + b" connection closed: " + str(error).encode()
        except ProtocolViolation as error:
            return _FAILURE + b" not RESP: " + str(error).encode()
        except ConnectionRefusedError:
            return _FAILURE + b" connection refused"

    def _act(self, step: Step) -> bytes | None:
        if step.action == "close":
            self.connections.pop(step.connection).close()
            return None
        connection = self._connection(step.connection)
        if step.action == "scan":
            return _scan(connection, step.arguments)
        if step.action == "read":
            return connection.read_value()
        if step.action == "eof":
            return connection.read_all()
        try:
            connection.send(self._wire(step))
        except EOFError:
            # The server may close before it has read all: what it answered before that counts.
            if step.replies >= 0:
                raise
        if step.action == "quiet":
            return None
        if step.replies < 0:
            return connection.read_all()
        return b"".join(connection.read_reply() for _ in range(step.replies))

    def _wire(self, step: Step) -> bytes:
        if not self._identified:
            return step.wire()
        for connection in self._identified:
            self._connection(connection)
        if step.action == "raw":
            return self._filled(step.data)
        return encode(self._filled(argument) for argument in step.arguments)

    def _filled(self, text: bytes) -> bytes:
        return _PLACEHOLDER.sub(lambda match: self.names[match[0]], text)

    def _connection(self, name: str) -> Connection:
        if name not in self.connections:
            connection = self.connections[name] = self.server.connect(self.case.timeout_s)
            if self.case.hello and self.protocol == 3:
                connection.command("HELLO", "3")
            if name in self._identified:
                client_id = parse(connection.command("CLIENT", "ID"))[1]
                self.names[b"{id:%b}" % name.encode()] = client_id
                self.names[b"{addr:%b}" % name.encode()] = connection.local_address().encode()
                self.names[b"{laddr:%b}" % name.encode()] = connection.remote_address().encode()
        return self.connections[name]


def _scan(connection: Connection, arguments: tuple[bytes, ...]) -> bytes:
    """A whole SCAN as one array of sorted keys; an error is returned as it came."""
    keys: set[bytes] = set()
    cursor = b"0"
    while True:
        raw = connection.command("SCAN", cursor, *arguments)
        kind, value = parse(raw)
        if kind == "-":
            return raw
        cursor = value[0][1]
        keys.update(item[1] for item in value[1][1])
        if cursor == b"0":
            return encode(sorted(keys))


@dataclass
class Control:
    """The connection that puts a server back into its initial state between cases."""

    server: Server
    connection: Connection | None = None
    config: dict[bytes, bytes] = field(default_factory=dict)
    port: int = 0

    def close(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()

    def reset(self, case: Case | None = None) -> None:
        """Empty the server and undo what the last case configured."""
        if self.port != self.server.port:
            self.close()
            self.connection, self.port = None, self.server.port
        if case is None or any(_TOUCHES_CONFIG.search(step.wire()) for step in case.steps):
            self._restore_config()
        self._send_all(b"CLIENT UNPAUSE", b"DEBUG SET-ACTIVE-EXPIRE 1", b"FLUSHALL", b"SLOWLOG RESET", b"LATENCY RESET")

    def _restore_config(self) -> None:
        values = [item[1] for item in parse(self._command(b"CONFIG", b"GET", b"*"))[1]]
        current = dict(zip(values[::2], values[1::2], strict=True))
        if not self.config:
            self.config = current
        for name, value in self.config.items():
            if current.get(name) != value:
                self._command(b"CONFIG", b"SET", name, value)

    def _send_all(self, *lines: bytes) -> None:
        for line in lines:
            self._command(*line.split())

    def _command(self, *arguments: bytes) -> bytes:
        if self.connection is not None:
            with contextlib.suppress(EOFError, OSError):
                return self._authenticated(*arguments)
        self.close()
        self.connection = self.server.connect(20)
        return self._authenticated(*arguments)

    def _authenticated(self, *arguments: bytes) -> bytes:
        assert self.connection is not None
        reply = self.connection.command(*arguments)
        for password in CASE_PASSWORDS:
            if not reply.startswith(b"-NOAUTH"):
                break
            self.connection.command("AUTH", password)
            reply = self.connection.command(*arguments)
        return reply


def run_case(
    case: Case, protocol: int, ours: Server, redis: Server, differences: dict[int, Difference]
) -> list[tuple[Step, bytes | None, bytes | None, bool]]:
    """Every step with both replies and whether they agree; stops after the first step that failed on one
    side.
    """
    sessions = [Session(server, case, protocol) for server in (ours, redis)]
    outcome: list[tuple[Step, bytes | None, bytes | None, bool]] = []
    try:
        for number, step in enumerate(case.steps, 1):
            if step.action == "sleep":
                time.sleep(step.sleep_ms / 1000)
                continue
            left, right = (session.run(step) for session in sessions)
            same = agrees(step, left, right, differences.get(number))
            outcome.append((step, left, right, same))
            silent = any(reply is not None and reply.startswith(_NO_REPLY) for reply in (left, right))
            if silent or (step.action == "eof" and not same):
                break
    finally:
        for session in sessions:
            session.close()
    return outcome


def agrees(step: Step, ours: bytes | None, redis: bytes | None, difference: Difference | None = None) -> bool:
    """Whether the two replies count as the same."""
    if difference is not None:
        return ours is not None and re.fullmatch(difference.ours, ours, re.DOTALL) is not None
    if ours == redis:
        # Two servers that both stay silent show a mistake in the case, never agreement.
        return ours is None or not ours.startswith(_NO_REPLY)
    if not step.normaliser or ours is None or redis is None:
        return False
    try:
        left, right = parse_all(ours), parse_all(redis)
    except (ValueError, KeyError, IndexError, ProtocolViolation):
        return False
    compare = comparison(step.normaliser)
    return len(left) == len(right) and all(compare(a, b) for a, b in zip(left, right, strict=True))


def describe(case: Case, protocol: int, outcome: list[tuple[Step, bytes | None, bytes | None, bool]]) -> str:
    """The case as a transcript, with both replies where they differ."""
    lines = [f"{case.id} (RESP{protocol})"]
    for step, ours, redis, same in outcome:
        if same:
            lines.append(f"   {step}   ->  {_reply(redis, 100)}")
            continue
        lines += [f"** {step}", f"     ours : {_reply(ours)}", f"     redis: {_reply(redis)}"]
        if ours and redis and len(redis) > 100:
            at = next(
                (i for i, (a, b) in enumerate(zip(ours, redis, strict=False)) if a != b),
                min(len(ours), len(redis)),
            )
            near = slice(max(at - 40, 0), at + 60)
            lines += [
                f"     first difference at byte {at}:",
                f"       {ours[near]!r}",
                f"       {redis[near]!r}",
            ]
    return "\n".join(lines)


def _reply(raw: bytes | None, limit: int = SHOWN_BYTES) -> str:
    if raw is None:
        return "(none)"
    if raw.startswith(_FAILURE):
        return raw.decode(errors="replace")
    return repr(raw)[1:] if len(raw) <= limit else f"{raw[:limit]!r}"[1:] + f"... ({len(raw)} bytes)"
