"""redis-py's basic use: blocking and asyncio, RESP2 and RESP3, pipelines, transactions, scans,
reconnection.
"""

# redis-py types its replies as unions of every protocol and leaves some methods untyped.
# mypy: disable-error-code="operator,union-attr,no-untyped-call,arg-type,attr-defined"
from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
import redis
import redis.asyncio
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError, WatchError
from redis.retry import Retry

from tests.servers import HOST, Server

PROTOCOLS = [2, 3]


@pytest.fixture(params=PROTOCOLS, ids=["RESP2", "RESP3"])
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[redis.Redis]:
    """A blocking client with text replies."""
    with redis.Redis(host=HOST, port=server.port, protocol=request.param, decode_responses=True) as connected:
        yield connected


@pytest_asyncio.fixture(params=PROTOCOLS, ids=["RESP2", "RESP3"])
async def async_client(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[redis.asyncio.Redis]:
    """An asyncio client with text replies."""
    connected = redis.asyncio.Redis(host=HOST, port=server.port, protocol=request.param, decode_responses=True)
    yield connected
    await connected.aclose()


# -- blocking ------------------------------------------------------------------------------------------------
def test_values(client: redis.Redis) -> None:
    """Strings, numbers, many keys at once."""
    assert client.ping()
    assert client.set("k", "v") is True
    assert client.get("k") == "v"
    assert client.get("nothing") is None
    assert client.set("k", "w", nx=True) is None
    assert client.set("k", "w", get=True) == "v"
    assert client.mset({"a": 1, "b": "zwei", "c": ""}) is True
    assert client.mget("a", "b", "c", "d") == ["1", "zwei", "", None]
    assert (client.incr("n"), client.incrby("n", 5), client.decr("n")) == (1, 6, 5)
    assert client.incrbyfloat("f", 1.5) == pytest.approx(1.5)
    assert client.append("k", "xyz") == 4
    assert client.getrange("k", 1, -1) == "xyz"
    assert client.setrange("k", 1, "ABC") == 4
    assert client.strlen("k") == 4
    assert client.getdel("k") == "wABC"
    assert client.exists("k", "a", "a") == 2
    assert client.delete("a", "b", "k") == 2
    assert client.lcs("x", "y") in ("", b"")


def test_expiry(client: redis.Redis) -> None:
    """Seconds, milliseconds, moments, timedelta."""
    client.set("k", "v", ex=dt.timedelta(hours=1))
    assert 3590 < client.ttl("k") <= 3600
    assert client.expire("k", 100, gt=True) is False
    assert client.pexpire("k", 50_000)
    assert 49_000 < client.pttl("k") <= 50_000
    assert client.expireat("k", 33177117420)
    assert client.expiretime("k") == 33177117420
    assert client.persist("k") is True
    assert client.ttl("k") == -1
    assert client.getex("k", px=1) == "v"
    assert client.ttl("nothing") == -2


def test_keys_and_scan(client: redis.Redis) -> None:
    """scan_iter sees every key exactly as KEYS does."""
    client.mset({f"item:{number}": number for number in range(500)})
    client.set("other", 1)
    assert (
        set(client.scan_iter(match="item:*", count=17))
        == set(client.keys("item:*"))
        == {f"item:{number}" for number in range(500)}
    )
    assert len(list(client.scan_iter(_type="string"))) == 501
    assert client.dbsize() == 501
    assert client.randomkey() is not None
    assert client.rename("other", "renamed")
    assert client.renamenx("renamed", "item:1") is False
    assert client.type("renamed") == "string"
    assert client.copy("renamed", "copied")
    assert client.touch("renamed", "copied") == 2
    assert client.unlink("renamed", "copied") == 2
    assert client.object("encoding", "item:1") == "int"
    assert client.memory_usage("item:1") > 0


def test_pipeline(client: redis.Redis) -> None:
    """Plain pipelines keep order and report errors in place."""
    with client.pipeline(transaction=False) as pipeline:
        for number in range(1000):
            pipeline.set(f"k{number}", number)
            pipeline.get(f"k{number}")
        replies = pipeline.execute()
    assert replies[1::2] == [str(number) for number in range(1000)]
    with client.pipeline(transaction=False) as pipeline:
        pipeline.set("text", "abc").incr("text").get("text")
        replies = pipeline.execute(raise_on_error=False)
    assert replies[0] is True
    assert isinstance(replies[1], ResponseError)
    assert replies[2] == "abc"


def test_transaction_and_watch(client: redis.Redis) -> None:
    """MULTI/EXEC, optimistic locking, redis-py's own retry loop."""
    with client.pipeline() as pipeline:
        assert pipeline.set("k", 1).incr("k").execute() == [True, 2]
    with client.pipeline() as pipeline:
        pipeline.watch("k")
        value = int(pipeline.get("k"))
        client.set("k", 100)
        pipeline.multi()
        pipeline.set("k", value + 1)
        with pytest.raises(WatchError):
            pipeline.execute()
    attempts: list[int] = []

    def double(pipeline: redis.client.Pipeline) -> None:
        value = int(pipeline.get("k"))
        if not attempts:
            client.incr("k")
        attempts.append(value)
        pipeline.multi()
        pipeline.set("k", value * 2)

    client.transaction(double, "k")
    assert attempts == [100, 101]
    assert client.get("k") == "202"


def test_errors(client: redis.Redis) -> None:
    """Error replies become exceptions and the connection goes on."""
    client.set("k", "abc")
    with pytest.raises(ResponseError, match="not an integer"):
        client.incr("k")
    with pytest.raises(ResponseError, match="unknown command"):
        client.execute_command("BOGUS", "x")
    with pytest.raises(ResponseError, match="wrong number of arguments"):
        client.execute_command("GET")
    assert client.get("k") == "abc"


def test_server_commands(client: redis.Redis) -> None:
    """What tools ask for, through redis-py's parsers."""
    info = client.info()
    assert info["redis_version"]
    assert info["used_memory"] > 0
    assert info["connected_clients"] >= 1
    assert client.config_get("maxmemory")["maxmemory"] == "0"
    assert client.config_set("maxmemory-policy", "noeviction")
    assert client.client_setname("tester")
    assert client.client_getname() == "tester"
    assert any(entry["name"] == "tester" for entry in client.client_list())
    assert client.client_id() > 0
    assert client.client_info()["name"] == "tester"
    assert len(client.time()) == 2
    assert client.command_count() > 60
    assert "get" in client.command()
    assert client.slowlog_len() >= 0
    assert client.echo("hello") == "hello"
    assert client.flushdb()
    assert client.flushall()
    assert client.wait(0, 1) == 0


def test_databases(server: Server) -> None:
    """A client bound to a database; MOVE and SWAPDB."""
    zero, three = (redis.Redis(host=HOST, port=server.port, db=number, decode_responses=True) for number in (0, 3))
    with zero, three:
        zero.set("k", "zero")
        assert three.get("k") is None
        assert zero.move("k", 3)
        assert three.get("k") == "zero"
        assert zero.swapdb(0, 3)
        assert zero.get("k") == "zero"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_bytes(protocol: int, server: Server) -> None:
    """Without decoding, any bytes come back as they were."""
    with redis.Redis(host=HOST, port=server.port, protocol=protocol) as client:
        key, value = bytes(range(256)), bytes(range(256)) * 1000
        client.set(key, value)
        assert client.get(key) == value
        assert client.keys() == [key]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_password(protocol: int, fresh: Callable[..., Server]) -> None:
    """A client with the password works, one without is told why."""
    server = fresh({"requirepass": "secret"})
    with redis.Redis(
        host=HOST,
        port=server.port,
        protocol=protocol,
        password="secret",
        client_name="me",
        decode_responses=True,
    ) as client:
        assert client.client_getname() == "me"
    with (
        redis.Redis(host=HOST, port=server.port, protocol=protocol) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()
    with redis.Redis.from_url(f"redis://default:secret@{HOST}:{server.port}/2") as client:
        assert client.set("k", "v")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_retry_after_restart(protocol: int, fresh: Callable[..., Server]) -> None:
    """A client with retries does not notice that the server was restarted."""
    server = fresh()
    retry = Retry(ConstantBackoff(0.05), 100)
    with redis.Redis(
        host=HOST, port=server.port, protocol=protocol, retry=retry, retry_on_error=[RedisConnectionError]
    ) as client:
        assert client.set("k", "v")
        server.restart()
        assert client.set("k", "w")
        server.restart(hard=True)
        assert client.ping()


# -- asyncio -------------------------------------------------------------------------------------------------
@pytest.mark.asyncio
async def test_async_values(async_client: redis.asyncio.Redis) -> None:
    """Values, pipelines and scans."""
    assert await async_client.set("k", "v", px=100_000)
    assert await async_client.get("k") == "v"
    async with async_client.pipeline(transaction=False) as pipeline:
        for number in range(200):
            pipeline.incr("n").set(f"k{number}", number)
        assert (await pipeline.execute())[-2] == 200
    assert len([key async for key in async_client.scan_iter(match="k*")]) == 201


@pytest.mark.asyncio
async def test_async_concurrency(async_client: redis.asyncio.Redis) -> None:
    """A hundred tasks count without losing any, through WATCH as through INCR."""
    await asyncio.gather(*(async_client.incr("n") for _ in range(100)))
    assert await async_client.get("n") == "100"

    async def add(pipeline: redis.asyncio.client.Pipeline) -> None:
        value = int(await pipeline.get("n"))
        pipeline.multi()
        pipeline.set("n", value + 1)

    await asyncio.gather(*(async_client.transaction(add, "n") for _ in range(10)))
    assert await async_client.get("n") == "110"


@pytest.mark.asyncio
async def test_async_errors(async_client: redis.asyncio.Redis) -> None:
    """Errors become exceptions there too."""
    with pytest.raises(ResponseError, match="unknown command"):
        await async_client.execute_command("BOGUS")
    async with async_client.pipeline() as pipeline:
        await pipeline.watch("k")
        await async_client.set("k", 1)
        pipeline.multi()
        pipeline.get("k")
        with pytest.raises(WatchError):
            await pipeline.execute()
