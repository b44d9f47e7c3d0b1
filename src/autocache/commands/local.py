"""Hosts: what every host does (`HostBase`), and the host of a cache that has no server (`LocalHost`).

`HostBase` keeps the slow log, the latency log and the clients in MONITOR, and knows the figures that any
process has. The server's host inherits it and adds its connections; see `host.Host` for the whole
contract.
"""

from __future__ import annotations

import fnmatch
import logging
import secrets
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autocache.commands import process
from autocache.commands.host import ClientLike, ConfigLike
from autocache.commands.logs import SLOW_ENTRIES_MAX, LatencyLog, SlowLog
from autocache.resp.values import ReplyError

log = logging.getLogger("autocache.commands")

RUN_ID_BYTES = 20
LOCAL_ADDRESSES = ("127.0.0.1", "::1")
REDACTED = b"(redacted)"
SCRIPT_ORIGIN = "lua"  # of what a script calls
SECRET_PARAMETERS = frozenset(
    {b"requirepass", b"masterauth", b"masteruser", b"tls-key-file-pass", b"tls-client-key-file-pass"}
)
RATE_SAMPLES = 16
ESCAPES = {
    b"\\"[0]: b"\\\\",
    b'"'[0]: b'\\"',
    b"\n"[0]: b"\\n",
    b"\r"[0]: b"\\r",
    b"\t"[0]: b"\\t",
    b"\a"[0]: b"\\a",
    b"\b"[0]: b"\\b",
}
QUOTED = [ESCAPES.get(code) or (bytes([code]) if 32 <= code < 127 else b"\\x%02x" % code) for code in range(256)]


def quoted(word: bytes) -> bytes:
    """A word as MONITOR shows it."""
    return b'"' + b"".join([QUOTED[code] for code in word]) + b'"'


def redacted(args: Sequence[bytes]) -> list[bytes]:
    """The words of a request with its passwords hidden: for everything that others can read."""
    shown = list(args)
    name = args[0].lower()
    if name == b"auth":
        shown[1:] = [REDACTED] * (len(args) - 1)
    elif name == b"hello":
        at = next((i for i, word in enumerate(args) if word.lower() == b"auth"), len(args))
        shown[at + 1 : at + 3] = [REDACTED] * len(args[at + 1 : at + 3])
    elif name == b"config" and len(args) > 3 and args[1].lower() == b"set":
        for at in range(3, len(args), 2):
            if args[at - 1].lower() in SECRET_PARAMETERS:
                shown[at] = REDACTED
    return shown


class Rate:
    """How fast a counter rose lately: the mean of the last samples, a second."""

    def __init__(self) -> None:
        self._last: tuple[float, int] | None = None
        self._rates: deque[float] = deque([0.0] * RATE_SAMPLES, RATE_SAMPLES)

    def sample(self, now_s: float, counter: int) -> None:
        """Note the counter; `now_s` by a clock that never steps back. A counter that fell was reset."""
        if self._last is not None and now_s > self._last[0]:
            risen = max(0, counter - self._last[1])
            self._rates.append(risen / (now_s - self._last[0]))
        self._last = now_s, counter

    @property
    def per_second(self) -> float:
        return sum(self._rates) / len(self._rates)


class HostBase:
    """What every host does. A host holds no reference to its cache: the cache holds the host."""

    def __init__(self, config: ConfigLike, wall_clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.wall_clock = wall_clock
        self.started_s = time.monotonic()
        self.run_id = secrets.token_hex(RUN_ID_BYTES)
        self.slow_log = SlowLog()
        self._limit_slow_log(config)
        config.on_change("slowlog-max-len", self._limit_slow_log)
        self.latency_log = LatencyLog()
        self.monitors: set[int] = set()
        self.cron_paused = False
        self.rates = {"commands": Rate(), "input": Rate(), "output": Rate()}

    def _limit_slow_log(self, config: ConfigLike) -> None:
        self.slow_log.max_len = int(config.get(["slowlog-max-len"])["slowlog-max-len"])

    # --- clients: for the server to override

    def clients(self) -> Iterable[ClientLike]:
        """All connected clients."""
        return ()

    def client(self, client_id: int) -> ClientLike | None:
        """The client with this id."""
        return next((client for client in self.clients() if client.id == client_id), None)

    def send(self, client_id: int, data: bytes) -> bool:
        """Append bytes to what a monitor is to be sent; False if it is gone or has left MONITOR."""
        raise NotImplementedError

    def is_local(self, client_id: int) -> bool:
        """Whether a client is on this machine; a session without a connection is."""
        client = self.client(client_id)
        return client is None or client.unix_socket or client.addr.rpartition(":")[0] in LOCAL_ADDRESSES

    # --- what the pipeline tells

    def on_slow(self, client_id: int, args: list[bytes], took_us: int) -> None:
        """Enter a slow command."""
        client = self.client(client_id)
        address, name = (client.addr, client.name) if client else ("", b"")
        self.slow_log.add(redacted(args), took_us, self.wall_clock(), address, name)

    def on_latency(self, event: str, took_ms: int) -> None:
        """Enter a latency event."""
        self.latency_log.add(event, took_ms, self.wall_clock())

    def start_monitor(self, client_id: int) -> None:
        """Feed a client with every command from now on."""
        self.monitors.add(client_id)

    def on_monitor(self, client_id: int, db: int, args: list[bytes]) -> bool:
        """Show a command to the monitors, a script's with 0 for its client; False when there is none left."""
        if args[0].lower() == b"quit":
            # redis-server answers QUIT before it looks for a command, so monitors never see one.
            return bool(self.monitors)
        source = origin(self.client(client_id)) if client_id else SCRIPT_ORIGIN
        line = monitor_line(self.wall_clock(), db, source, args)
        self.monitors = {monitor for monitor in self.monitors if self.send(monitor, line)}
        return bool(self.monitors)

    # --- figures

    def sample_rates(self, commands: int, input_bytes: int, output_bytes: int) -> None:
        """Note the counters; a server calls this ten times a second, for INFO's instantaneous figures."""
        now = time.monotonic()
        for rate, counter in zip(self.rates.values(), (commands, input_bytes, output_bytes), strict=True):
            rate.sample(now, counter)

    def rate_figures(self) -> dict[str, Any]:
        """INFO's instantaneous figures; only a host that calls `sample_rates` has them."""
        kbps = {name: f"{self.rates[name].per_second / 1024:.2f}" for name in ("input", "output")}
        return {
            "instantaneous_ops_per_sec": int(self.rates["commands"].per_second),
            "instantaneous_input_kbps": kbps["input"],
            "instantaneous_output_kbps": kbps["output"],
        }

    def figures(self) -> dict[str, Any]:
        """What any process has to say to INFO; a server adds its own (names: `info.SECTIONS`)."""
        uptime = int(time.monotonic() - self.started_s)
        found: dict[str, Any] = {
            **process.system(),
            **process.cpu_seconds(),
            "run_id": self.run_id,
            "executable": sys.executable,
            "server_time_usec": int(self.wall_clock() * 1e6),
            "uptime_in_seconds": uptime,
            "uptime_in_days": uptime // 86400,
            "slowlog_length": len(self.slow_log),
        }
        rss = process.rss_bytes()
        if rss is not None:
            found["used_memory_rss"] = rss
        return found

    def reset_stats(self) -> None:
        """CONFIG RESETSTAT, the host's part: counters of connections and traffic."""

    def debug_log(self, message: str) -> None:
        """DEBUG LOG."""
        log.warning("DEBUG LOG: %s", message)


def origin(client: ClientLike | None) -> str:
    """Where a command came from, as MONITOR shows it."""
    if client is None:
        return "local"
    return f"unix:{client.addr.rpartition(':')[0]}" if client.unix_socket else client.addr


def monitor_line(now: float, db: int, source: str, args: Sequence[bytes]) -> bytes:
    """The line that MONITOR shows for a command."""
    words = b" ".join(map(quoted, redacted(args)))
    return b"+%.6f [%d %b] %b\r\n" % (now, db, source.encode("utf-8", "replace"), words)


class LocalConfig:
    """What the commands of a cache without a server look up; settings are changed by `Cache.configure`."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = {
            "enable-debug-command": "yes",
            "latency-tracking-info-percentiles": "50 99 99.9",
            "slowlog-max-len": str(SLOW_ENTRIES_MAX),
            **(values or {}),
        }

    def get(self, patterns: Sequence[str], /) -> dict[str, str]:
        """The parameters whose names match."""
        words = [pattern.lower() for pattern in patterns]
        return {
            name: value for name, value in self.values.items() if any(fnmatch.fnmatchcase(name, word) for word in words)
        }

    def set(self, pairs: Sequence[tuple[str, str]], /, *, local: bool = False) -> None:
        """Refuse: the program that has the cache configures it."""
        del local
        name = pairs[0][0]
        if name.lower() not in self.values:
            raise ValueError(f"Unknown option or number of arguments for CONFIG SET - '{name}'")
        raise ValueError(f"CONFIG SET failed (possibly related to argument '{name}') - can't set immutable config")

    def rewrite(self) -> None:
        """Refuse: there is no file."""
        raise ValueError("The server is running without a config file")

    def on_change(self, name: str | Sequence[str], callback: Callable[[Any], None], /) -> None:
        """Nothing ever changes."""


class LocalHost(HostBase):
    """The host of a cache inside another program: no clients, and nothing to shut down.

    What a session in MONITOR would be sent is kept in `sent`, by its id.
    """

    def __init__(self, config: ConfigLike | None = None, wall_clock: Callable[[], float] = time.time) -> None:
        super().__init__(LocalConfig() if config is None else config, wall_clock)
        self.sent: dict[int, list[bytes]] = {}

    def send(self, client_id: int, data: bytes) -> bool:
        self.sent.setdefault(client_id, []).append(data)
        return True

    def pause(self, until_ms: int, writes_only: bool) -> None:
        """Nothing to do: whoever feeds the sessions asks them whether they wait."""

    def unpause(self) -> None:
        """Nothing is ever paused."""

    def shutdown(self, options: frozenset[str]) -> None:
        """Refuse: the program decides when it ends."""
        del options
        raise ReplyError("ERR there is no server to shut down")

    def abort_shutdown(self) -> bool:
        return False
