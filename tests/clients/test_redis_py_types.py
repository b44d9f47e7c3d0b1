"""Every data type, pub/sub and blocking command through redis-py, blocking and asyncio, on us and on redis-server."""

# redis-py types its replies as unions of every protocol and leaves some methods untyped.
# mypy: disable-error-code="var-annotated,operator,union-attr,no-untyped-call,arg-type,attr-defined,index"
from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import redis
import redis.asyncio
from redis.exceptions import ResponseError

from tests.conftest import ServerPair
from tests.servers import HOST, Server

PROTOCOLS = [2, 3]
# Long enough for a blocking command to be parked before another connection wakes it.
PEER_DELAY_S = 0.1


@pytest.fixture(params=["autocache", "redis"])
def either(request: pytest.FixtureRequest, server_pair: ServerPair) -> Server:
    """One of the two servers, emptied."""
    server_pair.ensure_alive()
    server = server_pair.ours if request.param == "autocache" else server_pair.redis
    with server.connect() as connection:
        connection.command("FLUSHALL")
    return server


@pytest.fixture(params=PROTOCOLS, ids=["RESP2", "RESP3"])
def client(request: pytest.FixtureRequest, either: Server) -> Iterator[redis.Redis]:
    """A blocking client with text replies."""
    with redis.Redis(host=HOST, port=either.port, protocol=request.param, decode_responses=True) as connected:
        yield connected


@pytest_asyncio.fixture(params=PROTOCOLS, ids=["RESP2", "RESP3"])
async def async_client(request: pytest.FixtureRequest, either: Server) -> AsyncIterator[redis.asyncio.Redis]:
    """An asyncio client with text replies."""
    connected = redis.asyncio.Redis(host=HOST, port=either.port, protocol=request.param, decode_responses=True)
    yield connected
    await connected.aclose()


def scores(pairs: object) -> list[tuple[str, float]]:
    """Members with scores, whatever the protocol nests them in."""
    return [(member, float(score)) for member, score in pairs]


def test_hashes(client: redis.Redis) -> None:
    assert client.hset("h", mapping={"f": "v", "n": 1}) == 2
    assert client.hincrby("h", "n", 41) == 42
    assert client.hgetall("h") == {"f": "v", "n": "42"}
    assert client.hmget("h", ["f", "nothing"]) == ["v", None]
    assert client.hdel("h", "n", "nothing") == 1
    assert client.hrandfield("h") == "f"
    client.hset("h", mapping={f"field:{number}": number for number in range(1000)})
    assert client.object("encoding", "h") == "hashtable"
    assert len(dict(client.hscan_iter("h", count=20))) == 1001


def test_lists(client: redis.Redis) -> None:
    assert client.rpush("l", "a", "b", "c", "a") == 4
    assert client.lrange("l", 0, -1) == ["a", "b", "c", "a"]
    assert client.lpos("l", "a", count=0) == [0, 3]
    assert client.linsert("l", "BEFORE", "b", "ab") == 5
    assert client.lmove("l", "to", "LEFT", "RIGHT") == "a"
    assert client.lmpop(2, "nothing", "l", direction="RIGHT", count=2) == ["l", ["a", "c"]]
    assert client.lrem("l", 1, "ab") == 1
    assert client.lpop("l", 5) == ["b"]
    assert not client.exists("l")


def test_sets(client: redis.Redis) -> None:
    client.sadd("s", "a", "b", "c")
    client.sadd("t", "b", "c", "d")
    assert client.sinter("s", "t") == {"b", "c"}
    assert client.sunion("s", "t") == {"a", "b", "c", "d"}
    assert client.sdiff("s", "t") == {"a"}
    assert client.smismember("s", ["a", "z"]) == [1, 0]
    assert client.sintercard(2, ["s", "t"], limit=1) == 1
    client.sadd("numbers", *range(1000))
    assert set(client.sscan_iter("numbers", count=20)) == {str(number) for number in range(1000)}
    assert len(client.spop("numbers", 10)) == 10


def test_sorted_sets(client: redis.Redis) -> None:
    assert client.zadd("z", {"a": 1, "b": 2, "c": 3.25}) == 3
    assert client.zadd("z", {"a": 1.5}, xx=True, gt=True, ch=True) == 1
    assert client.zrange("z", 0, -1) == ["a", "b", "c"]
    assert scores(client.zrange("z", 0, 0, desc=True, withscores=True)) == [("c", 3.25)]
    assert client.zrangebyscore("z", "(1.5", "+inf") == ["b", "c"]
    assert client.zrank("z", "c") == 2
    client.zadd("y", {"b": 10, "d": 20})
    assert scores(client.zunion({"z": 2, "y": 1}, aggregate="MAX", withscores=True))[-1] == ("d", 20.0)
    assert scores(client.zinter(["z", "y"], withscores=True)) == [("b", 12.0)]
    assert client.zdiffstore("to", ["z", "y"]) == 2
    assert scores(client.zpopmin("z", 1)) == [("a", 1.5)]
    client.zadd("large", {f"m{number}": number for number in range(1000)})
    assert len(dict(client.zscan_iter("large", count=20))) == 1000
    assert client.zremrangebyrank("large", 0, 99) == 100


def test_streams(client: redis.Redis) -> None:
    for number in range(1, 5):
        assert client.xadd("s", {"f": number}, id=f"{number}-0") == f"{number}-0"
    assert client.xrange("s", "(1", "2") == [("2-0", {"f": "2"})]
    assert client.xgroup_create("s", "g", id="0")
    client.xreadgroup("g", "alice", {"s": ">"}, count=2)
    assert client.xack("s", "g", "1-0") == 1
    assert client.xpending("s", "g")["pending"] == 1
    assert client.xautoclaim("s", "g", "bob", 0)[1] == [("2-0", {"f": "2"})]
    assert client.xinfo_groups("s")[0]["lag"] == 2
    assert client.xtrim("s", maxlen=2, approximate=False) == 2
    assert client.xinfo_stream("s")["length"] == 2
    with pytest.raises(ResponseError, match="BUSYGROUP"):
        client.xgroup_create("s", "g")


def test_bitmaps_and_hyperloglog(client: redis.Redis) -> None:
    assert client.setbit("bits", 100, 1) == 0
    assert (client.getbit("bits", 100), client.bitcount("bits"), client.bitpos("bits", 1)) == (1, 1, 100)
    assert client.bitfield("f").set("u8", 0, 250).incrby("u8", 0, 10).get("u8", 0).execute() == [0, 4, 4]
    assert client.pfadd("p", *(f"m{number}" for number in range(1000))) == 1
    assert 970 < client.pfcount("p") < 1030
    assert client.pfmerge("q", "p")
    assert client.pfcount("q") == client.pfcount("p")


def test_geo(client: redis.Redis) -> None:
    assert client.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")) == 2
    assert float(client.geodist("g", "Palermo", "Catania", "km")) == pytest.approx(166.2742)
    assert client.geohash("g", "Palermo") == ["sqc8b49rny0"]
    found = client.geosearch("g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC")
    assert found == ["Catania", "Palermo"]


def test_sort_and_dump(client: redis.Redis, either: Server) -> None:
    client.rpush("l", 3, 1, 10)
    assert client.sort("l") == ["1", "3", "10"]
    assert client.sort("l", desc=True, store="to") == 3
    with redis.Redis(host=HOST, port=either.port) as raw:
        payload = raw.dump("l")
        assert raw.restore("copy", 0, payload)
        assert raw.dump("copy") == payload
    assert client.lrange("copy", 0, -1) == ["3", "1", "10"]


def test_blocking_commands(client: redis.Redis, either: Server) -> None:
    with redis.Redis(host=HOST, port=either.port) as peer:
        wakers = (
            lambda: peer.rpush("l", "v"),
            lambda: peer.zadd("z", {"m": 1}),
            lambda: peer.xadd("s", {"f": "v"}, id="1-0"),
        )
        blocked = (
            lambda: list(client.blpop(["nothing", "l"], 10)),
            lambda: [str(part) for part in client.bzpopmin("z", 10)],
            lambda: "1-0" in str(client.xread({"s": "$"}, block=10_000)),
        )
        for wake, block, expected in zip(wakers, blocked, (["l", "v"], ["z", "m", "1.0"], True), strict=True):
            timer = threading.Timer(PEER_DELAY_S, wake)
            timer.start()
            begin = time.monotonic()
            assert block() == expected
            assert time.monotonic() - begin > PEER_DELAY_S / 2
            timer.join()
    assert client.blpop("l", 0.1) is None


def test_pubsub(client: redis.Redis) -> None:
    def heard(channel: redis.client.PubSub) -> tuple[str, str]:
        while (message := channel.get_message(timeout=10)) is not None:
            if message["type"] in ("message", "pmessage", "smessage"):
                return message["channel"], message["data"]
        raise AssertionError("nothing came")

    with client.pubsub() as channel:
        channel.subscribe("news")
        channel.psubscribe("sport.*")
        for _ in range(2):
            assert channel.get_message(timeout=10)["type"].endswith("subscribe")
        assert client.publish("news", "hello") == 1
        assert client.publish("sport.chess", "e4") == 1
        assert [heard(channel), heard(channel)] == [("news", "hello"), ("sport.chess", "e4")]
        assert client.pubsub_channels() == ["news"]
        assert client.pubsub_numpat() == 1


@pytest.mark.asyncio
async def test_async_types(async_client: redis.asyncio.Redis) -> None:
    async with async_client.pipeline(transaction=True) as pipeline:
        pipeline.hset("h", "f", "v").rpush("l", "a").sadd("s", "m").zadd("z", {"m": 1}).xadd("x", {"f": 1}, id="1-0")
        assert await pipeline.execute() == [1, 1, 1, 1, "1-0"]
    assert await async_client.hgetall("h") == {"f": "v"}
    assert await async_client.smembers("s") == {"m"}
    assert await async_client.zrange("z", 0, -1) == ["m"]
    assert await async_client.xlen("x") == 1


@pytest.mark.asyncio
async def test_async_blocking_and_pubsub(async_client: redis.asyncio.Redis) -> None:
    waiting = asyncio.create_task(async_client.blpop(["q"], 10))
    await asyncio.sleep(PEER_DELAY_S)
    assert not waiting.done()
    await async_client.rpush("q", "v")
    assert list(await waiting) == ["q", "v"]
    async with async_client.pubsub() as channel:
        await channel.subscribe("news")
        assert (await channel.get_message(timeout=10))["type"] == "subscribe"
        assert await async_client.publish("news", "hello") == 1
        assert (await channel.get_message(timeout=10))["data"] == "hello"
