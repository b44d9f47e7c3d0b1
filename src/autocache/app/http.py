"""The HTTP server of `-metrics-addr`: Prometheus metrics, and the health checks of an orchestrator.

- `/metrics`: Prometheus's text format.
- `/healthz`: 200 while the process can answer at all.
- `/readyz`: 200 while clients are served, else 503: before the server listens, and while it shuts down.

It runs on the server's own loop and serves little: no keep-alive beyond a few seconds, no request bodies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from aiohttp import web

from autocache.app import metrics
from autocache.commands.cache import Cache

KEEPALIVE_S = 15.0
REQUEST_BYTES_MAX = 1024
SHUTDOWN_S = 1.0
STATUS_UNAVAILABLE = 503

Check = Callable[[], bool]


def _yes() -> bool:
    return True


class MetricsServer:
    """A listening HTTP server; `address` is where it listens, also if the port was to be any (0)."""

    def __init__(self, cache: Cache, *, is_healthy: Check = _yes, is_ready: Check = _yes) -> None:
        self._cache = cache
        self._is_healthy = is_healthy
        self._is_ready = is_ready
        self._runner: web.AppRunner | None = None
        self.address: tuple[str, int] = ("", 0)

    @classmethod
    async def start(
        cls,
        cache: Cache,
        host: str,
        port: int,
        *,
        is_healthy: Check = _yes,
        is_ready: Check = _yes,
    ) -> Self:
        """Listen on `host`:`port`. Raises OSError if that is not possible."""
        server = cls(cache, is_healthy=is_healthy, is_ready=is_ready)
        runner = web.AppRunner(
            server.application(), access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=SHUTDOWN_S
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, host or None, port).start()
        except OSError:
            await runner.cleanup()
            raise
        server._runner = runner
        first = runner.addresses[0]
        server.address = (str(first[0]), int(first[1]))
        return server

    async def stop(self) -> None:
        """Stop listening."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(client_max_size=REQUEST_BYTES_MAX)
        application.router.add_get("/metrics", self._metrics)
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        return application

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=metrics.render(self._cache), headers={"Content-Type": metrics.CONTENT_TYPE})

    async def _healthz(self, _request: web.Request) -> web.Response:
        return _answer(good=self._is_healthy(), otherwise="not healthy\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        return _answer(good=self._is_ready(), otherwise="not ready\n")


def _answer(*, good: bool, otherwise: str) -> web.Response:
    if good:
        return web.Response(text="ok\n")
    return web.Response(text=otherwise, status=STATUS_UNAVAILABLE)
