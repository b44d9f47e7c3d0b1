"""The server: builds the cache, the loop and the listeners, hands each what it needs, and runs them until it ends.

This is the one place that knows all the objects. Everything here is control plane: it runs at start, on a change of
configuration, on a timer or on a signal, never per request.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from autocache.app.config import Config, ConfigError
from autocache.app.log import banner, get_log
from autocache.app.special_kinds import split_address
from autocache.commands.cache import Cache
from autocache.commands.host import ClientLike
from autocache.commands.local import HostBase
from autocache.commands.settings import NAMES as ENGINE_SETTINGS
from autocache.memory.alloc import is_debug, usage
from autocache.resp.values import ReplyError
from autocache.server.listeners import Admission, ListenError, Listeners
from autocache.server.loop import Loop

if TYPE_CHECKING:
    from autocache.app.http import MetricsServer

EXIT_LISTEN = 1
EXIT_LEAK = 70

#: Descriptors that are not clients: files, listeners, asyncio's own, the metrics server's.
SPARE_DESCRIPTORS = 64
SECOND_TIMER_S = 1.0
RATE_TIMER_S = 0.1
DRAIN_STEP_S = 0.05
OUTPUT_CLASSES = {"normal": 0, "slave": 1, "pubsub": 2}

log = get_log("server")


def run(config: Config) -> int:
    """Serve until a signal or SHUTDOWN. Returns the exit code; raises ConfigError for what cannot be served."""
    server = Server(config)
    try:
        code = server.run()
    except ListenError as error:
        log.warning("cannot listen", reason=str(error))
        code = EXIT_LISTEN
    finally:
        server.close()
    return code or check_leaks()


def check_leaks() -> int:
    """In a sanitizer build, once everything is closed: whether all memory was given back. Returns the exit code."""
    left = usage()["live_blocks"] if is_debug() else 0
    if left:
        log.warning("memory was not given back: this is a bug", blocks=left)
    return EXIT_LEAK if left else 0


class Server(HostBase):
    """One running server, and the host of its cache (see `commands.host.Host`)."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.settings = config
        self.cache = Cache(databases=config.databases, host=self)
        self.loop = Loop(self.cache)
        self.aio = asyncio.SelectorEventLoop(self.loop)  # type: ignore[arg-type]  # a selector by its methods
        self.admission = Admission()
        self.listeners = Listeners(self.loop, self.aio, self.admission)
        self.listeners.on_refused = self._note_refusal
        self.metrics: MetricsServer | None = None
        self.ready = False
        self._pause_ends: asyncio.TimerHandle | None = None
        self._draining: asyncio.Task[None] | None = None
        self._peak_clients = 0
        self._apply_all()

    # --- life

    def run(self) -> int:
        """Listen and serve. Raises ListenError."""
        asyncio.set_event_loop(self.aio)
        for number in (signal.SIGTERM, signal.SIGINT):
            self.aio.add_signal_handler(number, self._on_signal, number)
        self._limit_descriptors(self.settings)
        self._listen(self.settings)
        if self.settings.unixsocket:
            self.listeners.listen_unix(
                self.settings.unixsocket, self.settings.unixsocketperm, self.settings.tcp_backlog
            )
        if self.settings.metrics_addr:
            self._start_metrics(*split_address(self.settings.metrics_addr))
        self._write_pidfile()
        self.aio.call_later(SECOND_TIMER_S, self._each_second)
        self.aio.call_later(RATE_TIMER_S, self._sample)
        banner(log, self.settings, self.listeners.addresses)
        self.ready = True
        # What the start has made stays: the collector need not look at it ever again, which would stall the loop.
        gc.collect()
        gc.freeze()
        self.aio.run_forever()
        return 0

    def _start_metrics(self, host: str, port: int) -> None:
        # Imported only here: the libraries below it take 15 MB that a server without metrics need not spend.
        from autocache.app.http import MetricsServer

        self.metrics = self.aio.run_until_complete(
            MetricsServer.start(self.cache, host, port, is_ready=lambda: self.ready)
        )

    def close(self) -> None:
        """Close everything that is open. The server cannot run again."""
        self.ready = False
        self.listeners.close()
        if self.metrics is not None:
            self.aio.run_until_complete(self.metrics.stop())
        if self.settings.pidfile and os.path.exists(self.settings.pidfile):
            os.unlink(self.settings.pidfile)
        self.aio.close()
        self.cache.close()

    def _on_signal(self, number: int) -> None:
        if self._draining is not None:
            log.warning("told to end a second time: ends without waiting for clients")
            self.aio.stop()
            return
        log.notice("received a signal, shuts down", signal=signal.Signals(number).name)
        self._begin_shutdown(self.settings.shutdown_timeout)

    def _begin_shutdown(self, timeout_s: float) -> None:
        self._draining = self.aio.create_task(self._drain(timeout_s))

    async def _drain(self, timeout_s: float) -> None:
        """Let no one in, let replies on their way reach their clients, and end."""
        self.ready = False
        self.listeners.close()
        deadline = time.monotonic() + timeout_s
        left = self.loop.drain()
        while left and time.monotonic() < deadline:
            await asyncio.sleep(DRAIN_STEP_S)
            left = self.loop.drain()
        if left:
            log.warning("clients did not read their last replies in time", clients=left)
        log.notice("AutoCache ends", reason="shut down")
        self.aio.stop()

    def _write_pidfile(self) -> None:
        if not self.settings.pidfile:
            return
        try:
            with open(self.settings.pidfile, "w", encoding="ascii") as file:
                file.write(f"{os.getpid()}\n")
        except OSError as error:
            log.warning("cannot write the pidfile", path=self.settings.pidfile, reason=error.strerror)

    # --- configuration

    def _apply_all(self) -> None:
        """Apply the configuration, and follow its changes."""
        watch = self.settings.on_change
        callbacks: list[tuple[tuple[str, ...], Callable[[Config], None]]] = [
            (tuple(sorted(ENGINE_SETTINGS & _configured())), self._apply_engine),
            (("requirepass", "protected-mode", "maxclients", "tcp-keepalive"), self._apply_admission),
            (
                ("client-query-buffer-limit", "proto-max-bulk-len", "client-output-buffer-limit"),
                self._apply_limits,
            ),
        ]
        for names, callback in callbacks:
            callback(self.settings)
            watch(names, callback)
        watch("maxclients", self._limit_descriptors)
        # Each has its own words for a failure; where both change, the second finds everything done.
        watch("bind", lambda config: self._rebind(config, "Failed to bind to specified addresses."))
        watch("port", lambda config: self._rebind(config, "Unable to listen on this port. Check server logs."))

    def _apply_engine(self, config: Config) -> None:
        for name in ENGINE_SETTINGS & _configured():
            self.cache.configure(**{name.replace("-", "_"): getattr(config, name.replace("-", "_"))})

    def _apply_admission(self, config: Config) -> None:
        self.admission.clients_max = config.maxclients
        self.admission.protected = config.protected_mode and not config.requirepass
        self.admission.keepalive_s = config.tcp_keepalive
        self.cache.set_password(config.requirepass.encode("utf-8", "surrogateescape"))

    def _apply_limits(self, config: Config) -> None:
        self.loop.set_request_limits(config.client_query_buffer_limit, config.proto_max_bulk_len)
        for limit in config.client_output_buffer_limit:
            klass = OUTPUT_CLASSES[limit.client_class]
            self.loop.set_output_limit(klass, limit.hard_bytes, limit.soft_bytes, limit.soft_seconds)

    def _limit_descriptors(self, config: Config) -> None:
        """Ask the system for as many descriptors as `maxclients` needs. Raises ConfigError if it refuses."""
        wanted = config.maxclients + SPARE_DESCRIPTORS
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft >= wanted or soft == resource.RLIM_INFINITY:
            return
        try:
            limit = wanted if hard == resource.RLIM_INFINITY else max(hard, wanted) if os.geteuid() == 0 else hard
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, limit), max(hard, min(wanted, limit))))
        except (OSError, ValueError):
            pass
        granted = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if granted < wanted:
            possible = max(1, granted - SPARE_DESCRIPTORS)
            if self.ready:
                raise ConfigError(
                    f"The operating system is not able to handle the specified number of clients, try with {possible}"
                )
            log.warning("fewer clients than maxclients: too few descriptors", maxclients=possible, limit=granted)
            self.admission.clients_max = possible

    def _listen(self, config: Config) -> None:
        self.listeners.listen_tcp(config.bind, config.port, config.tcp_backlog)

    def _rebind(self, config: Config, failure: str) -> None:
        try:
            self._listen(config)
        except ListenError as error:
            log.warning("cannot listen", reason=str(error))
            raise ConfigError(failure) from error

    def _note_refusal(self, address: str, reason: str) -> None:
        log.verbose("client refused", addr=address, reason=reason)

    # --- timers

    def _sample(self) -> None:
        self.aio.call_later(RATE_TIMER_S, self._sample)
        traffic = self.loop.figures()
        self.sample_rates(self.cache.commands_run, traffic["net_input_bytes"], traffic["net_output_bytes"])

    def _each_second(self) -> None:
        self.aio.call_later(SECOND_TIMER_S, self._each_second)
        self._peak_clients = max(self._peak_clients, len(self.loop.clients))
        self.loop.check_limits()
        if self.settings.timeout:
            closed = self.loop.close_idle(self.settings.timeout * 1000)
            if closed:
                log.verbose("closed idle clients", clients=closed)
        if self.settings.maxmemory_clients:
            self._evict_clients()

    def _evict_clients(self) -> None:
        """`maxmemory-clients`: close the clients that take most until all together take less than the limit."""
        limit = self.settings.maxmemory_clients
        if limit < 0:
            limit = self.settings.maxmemory * -limit // 100
        if not limit:
            return
        sizes = sorted((client.total_bytes, client.id) for client in self.clients())
        total = sum(size for size, _ in sizes)
        while sizes and total > limit:
            size, client_id = sizes.pop()
            client = self.client(client_id)
            if client is None or client.no_evict:
                continue
            log.notice("evicted a client", id=client_id, addr=client.addr, bytes=size)
            client.kill()
            self.evicted_clients += 1
            total -= size

    # --- what commands ask (commands.host.Host)

    evicted_clients = 0

    def clients(self) -> Iterable[ClientLike]:
        """All connected clients."""
        return list(self.loop.clients.values())

    def client(self, client_id: int) -> ClientLike | None:
        """The client with this id."""
        found: ClientLike | None = self.loop.clients.get(client_id)
        return found

    def send(self, client_id: int, data: bytes) -> bool:
        """Append bytes to what a monitor is to be sent; False if it is gone or has left MONITOR."""
        return self.loop.send(client_id, data)

    def pause(self, until_ms: int, writes_only: bool) -> None:  # noqa: ARG002  (the engine knows what waits)
        """CLIENT PAUSE: commands wait until a wall-clock time, unless it is called off."""
        if self._pause_ends is not None:
            self._pause_ends.cancel()
        delay_s = max(0.0, until_ms / 1000 - time.time())
        # A command asks this: asyncio has to be woken to learn of the new timer.
        self._pause_ends = self.aio.call_later(delay_s, self._end_pause)
        self.aio.call_soon_threadsafe(lambda: None)

    def unpause(self) -> None:
        """End a pause now; the commands that waited run as soon as this one is done."""
        if self._pause_ends is not None:
            self._pause_ends.cancel()
            self._pause_ends = None
            # A new pause may begin before this runs: it holds again what it is meant to hold.
            self.aio.call_soon_threadsafe(self.loop.resume)

    def _end_pause(self) -> None:
        self._pause_ends = None
        self.loop.unpause()

    def shutdown(self, options: frozenset[str]) -> None:
        """SHUTDOWN: end as after a signal; with `now` without waiting for slow clients."""
        if "save" in options:
            raise ReplyError("ERR snapshots do not exist in this version: use SHUTDOWN NOSAVE")
        log.notice("told to shut down by a client", options=",".join(sorted(options)) or "none")
        timeout_s = 0.0 if "now" in options else float(self.settings.shutdown_timeout)
        self.aio.call_soon_threadsafe(self._begin_shutdown, timeout_s)

    def abort_shutdown(self) -> bool:
        """Call off a shutdown that has begun; there is never one: the listeners are closed at once."""
        return False

    def figures(self) -> dict[str, Any]:
        """What INFO and the metrics show of the server itself; names as in `info.SECTIONS`."""
        counts = self.listeners.counts
        traffic = self.loop.figures()
        return {
            **super().figures(),
            **self.rate_figures(),
            **self.cache.tracking_figures(),
            **self.loop.client_figures(),
            "tcp_port": self.settings.port,
            "config_file": self.settings.path or "",
            "connected_clients": len(self.loop.clients),
            "maxclients": self.admission.clients_max,
            "total_connections_received": counts.accepted + counts.rejected,
            "rejected_connections": counts.rejected,
            "total_net_input_bytes": traffic["net_input_bytes"],
            "total_net_output_bytes": traffic["net_output_bytes"],
            "total_reads_processed": traffic["reads"],
            "total_writes_processed": traffic["writes"],
            "client_output_buffer_limit_disconnections": traffic["output_limit_closed"],
            "client_query_buffer_limit_disconnections": traffic["query_limit_closed"],
            "evicted_clients": self.evicted_clients,
        }

    def reset_stats(self) -> None:
        """CONFIG RESETSTAT, the host's part: counters of connections and traffic."""
        super().reset_stats()
        self.listeners.counts.accepted = self.listeners.counts.rejected = 0
        self.evicted_clients = 0
        self.loop.reset_figures()


def _configured() -> frozenset[str]:
    """The names that the configuration has."""
    from autocache.app.config import TABLE

    return frozenset(parameter.name for parameter in TABLE.parameters)
