"""What commands ask of the server that they run in: the narrow door from floor 4 to the floors above.

The pipeline and the commands know nothing of sockets, signals or configuration files. The server gives
the cache a `Host`; commands written in Python reach it as `call.host`. A cache without a server (in
tests, or inside another program) has a `LocalHost`, which has no clients but its sessions and refuses
what needs a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from autocache.commands.logs import LatencyLog, SlowLog


class ConfigLike(Protocol):
    """The parameters, as CONFIG needs them. Errors are ValueErrors whose text, after `ERR `, is the reply."""

    def get(self, patterns: Sequence[str], /) -> dict[str, str]: ...

    # `local` says that the client is on this machine.
    def set(self, pairs: Sequence[tuple[str, str]], /, *, local: bool = False) -> None: ...

    def rewrite(self) -> None: ...

    def on_change(self, name: str | Sequence[str], callback: Callable[[Any], None], /) -> None: ...


class ClientLike(Protocol):
    """One connected client, as CLIENT shows and changes it. Sizes in bytes, times in seconds."""

    @property
    def flags(self) -> int: ...  # S_ bits, see context.pxd

    @property
    def name(self) -> bytes: ...

    @property
    def lib_name(self) -> bytes: ...

    @property
    def lib_ver(self) -> bytes: ...

    @property
    def id(self) -> int: ...

    @property
    def fd(self) -> int: ...

    @property
    def addr(self) -> str: ...

    @property
    def laddr(self) -> str: ...

    @property
    def user(self) -> str: ...

    @property
    def db(self) -> int: ...

    @property
    def protocol(self) -> int: ...

    @property
    def unix_socket(self) -> bool: ...

    @property
    def last_command(self) -> str: ...

    @property
    def age(self) -> int: ...

    @property
    def idle(self) -> int: ...

    @property
    def queued(self) -> int: ...  # commands in MULTI, or -1

    @property
    def watching(self) -> int: ...

    @property
    def subscriptions(self) -> tuple[int, int, int]: ...  # channels, patterns, shard channels

    @property
    def query_bytes(self) -> int: ...

    @property
    def query_free_bytes(self) -> int: ...

    @property
    def argv_bytes(self) -> int: ...

    @property
    def queue_bytes(self) -> int: ...

    @property
    def output_buffer_bytes(self) -> int: ...

    @property
    def output_list_length(self) -> int: ...

    @property
    def output_bytes(self) -> int: ...

    @property
    def total_bytes(self) -> int: ...

    @property
    def commands(self) -> int: ...

    @property
    def net_input_bytes(self) -> int: ...

    @property
    def net_output_bytes(self) -> int: ...

    @property
    def writable_pending(self) -> bool: ...

    @property
    def parked(self) -> int: ...  # PARK_ code, 0 if it does not wait

    @property
    def no_evict(self) -> bool: ...

    @property
    def redirect(self) -> int: ...  # the client that is told of changed keys in its place, or 0

    @property
    def reply_buffer_bytes(self) -> int: ...

    @property
    def reply_buffer_peak_bytes(self) -> int: ...

    def kill(self) -> None:
        """Close the connection: at once, or after the reply if it is the one whose command runs."""

    def unpark(self, error: bool) -> bool:
        """End a wait as its timeout would, or with an UNBLOCKED error; False if it does not wait so."""


class Host(Protocol):
    """The server. `local.HostBase` has what does not depend on connections."""

    config: ConfigLike
    slow_log: SlowLog
    latency_log: LatencyLog
    cron_paused: bool  # DEBUG PAUSE-CRON: the tick does nothing

    def clients(self) -> Iterable[ClientLike]: ...

    def client(self, client_id: int) -> ClientLike | None: ...

    def is_local(self, client_id: int) -> bool:
        """Whether a client is on this machine."""

    def pause(self, until_ms: int, writes_only: bool) -> None:
        """Let commands (or only those that write) wait until a wall-clock time."""

    def unpause(self) -> None: ...

    def figures(self) -> dict[str, Any]:
        """What INFO and the metrics show of the server itself; names as in `info.SECTIONS`."""

    def reset_stats(self) -> None:
        """CONFIG RESETSTAT: set the host's own counters to zero."""

    def debug_log(self, message: str) -> None:
        """DEBUG LOG: write a line to the log."""

    def shutdown(self, options: frozenset[str]) -> None:
        """Begin to shut down; `options` of nosave, save, now, force. Raises ReplyError if it cannot."""

    def abort_shutdown(self) -> bool:
        """Call off a shutdown that has begun; False if there is none."""

    def start_monitor(self, client_id: int) -> None:
        """Feed a client with every command from now on."""

    # What the pipeline tells; clients are named by their ids.

    def on_slow(self, client_id: int, args: list[bytes], took_us: int) -> None: ...

    def on_latency(self, event: str, took_ms: int) -> None: ...

    def on_monitor(self, client_id: int, db: int, args: list[bytes]) -> bool:
        """Show a command to the monitors; False when there is none left: then nothing more is told."""
