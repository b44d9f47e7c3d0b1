"""The metrics, and the HTTP server that serves them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from autocache.app import metrics
from autocache.app.http import MetricsServer
from autocache.commands.cache import Cache
from autocache.commands.local import LocalHost


class FakeHost(LocalHost):
    """A host with fixed figures of clients and traffic."""

    def figures(self) -> dict[str, Any]:
        return {
            **super().figures(),
            "connected_clients": 3,
            "maxclients": 10000,
            "total_net_input_bytes": 1000,
            "total_net_output_bytes": 2000,
            "used_memory_rss": 12345678,
        }


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def cache() -> Cache:
    cache = Cache(host=FakeHost())
    session = cache.session()
    session.execute(b"SET", b"k", b"v", b"EX", b"100")
    session.execute(b"GET", b"k")
    session.execute(b"GET", b"absent")
    session.execute(b"INCRBY", b"k", b"x")
    session.execute(b"GET")
    return cache


def test_figures(cache: Cache) -> None:
    found = samples(metrics.render(cache).decode())
    plain = {name: value for (name, labels), value in found.items() if not labels}
    assert plain["autocache_clients_connected"] == 3
    assert plain["autocache_net_output_bytes_total"] == 2000
    assert plain["autocache_memory_rss_bytes"] == 12345678
    assert plain["autocache_keyspace_hits_total"] == 1
    assert plain["autocache_keyspace_misses_total"] == 1
    assert plain["autocache_commands_processed_total"] == 4
    assert plain["autocache_memory_used_bytes"] > 0
    assert plain["autocache_slowlog_length"] == 0
    assert "autocache_connections_total" not in plain, "what the host does not say is left out"


def test_labels(cache: Cache) -> None:
    found = samples(metrics.render(cache).decode())
    get = (("command", "get"),)
    assert found["autocache_commands_total", get] == 2
    assert found["autocache_commands_rejected_total", get] == 1
    assert found["autocache_commands_failed_total", (("command", "incrby"),)] == 1
    assert found["autocache_errors_total", (("code", "ERR"),)] == 2
    assert found["autocache_db_keys", (("db", "0"),)] == 1
    assert found["autocache_db_keys_expiring", (("db", "0"),)] == 1
    assert found["autocache_command_duration_seconds_count", get] == 2
    assert found["autocache_command_duration_seconds_bucket", (*get, ("le", "+Inf"))] == 2


def test_buckets_only_rise(cache: Cache) -> None:
    counts = [count for _, count in metrics.buckets((1, 2, 0, 4) + (0,) * 27 + (5,))]
    assert counts == sorted(counts)
    assert counts[-1] == 12
    del cache


def test_every_metric_has_its_own_name_and_a_help() -> None:
    names = [figure.name for figure in metrics.FIGURES]
    assert len(set(names)) == len(names)
    assert all(figure.about.endswith(".") for figure in metrics.FIGURES)


@pytest.fixture
async def server(cache: Cache) -> AsyncIterator[MetricsServer]:
    server = await MetricsServer.start(cache, "127.0.0.1", 0)
    yield server
    await server.stop()


async def fetch(server: MetricsServer, path: str) -> tuple[int, str, str]:
    host, port = server.address
    async with aiohttp.ClientSession() as client, client.get(f"http://{host}:{port}{path}") as reply:
        return reply.status, reply.headers["Content-Type"], await reply.text()


async def test_metrics_over_http(server: MetricsServer) -> None:
    status, kind, text = await fetch(server, "/metrics")
    assert status == 200
    assert kind.startswith("text/plain")
    assert "autocache_build_info{" in text


async def test_health(cache: Cache) -> None:
    ready = False
    server = await MetricsServer.start(cache, "127.0.0.1", 0, is_ready=lambda: ready)
    try:
        assert (await fetch(server, "/healthz"))[0] == 200
        assert (await fetch(server, "/readyz"))[::2] == (503, "not ready\n")
        ready = True
        assert (await fetch(server, "/readyz"))[::2] == (200, "ok\n")
        assert (await fetch(server, "/bogus"))[0] == 404
    finally:
        await server.stop()


async def test_a_port_in_use_is_an_error(server: MetricsServer, cache: Cache) -> None:
    with pytest.raises(OSError, match="address already in use"):
        await MetricsServer.start(cache, *server.address)
