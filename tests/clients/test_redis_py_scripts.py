"""What redis-py does with scripts: `register_script`, EVAL, and its Lock, which releases and extends by scripts."""

# redis-py types its replies as unions of every protocol.
# mypy: disable-error-code="no-untyped-call,arg-type,misc,no-any-return"
from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import redis
from redis.exceptions import LockError, LockNotOwnedError, NoScriptError, ResponseError

from tests.servers import HOST, Server


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(host=HOST, port=server.port, protocol=request.param, decode_responses=True) as connected:
        yield connected


def test_registered_scripts(client: redis.Redis) -> None:
    add = client.register_script("return redis.call('incrby', KEYS[1], ARGV[1])")
    client.script_flush()
    assert add(keys=["n"], args=[5]) == 5
    assert add(keys=["n"], args=[2]) == 7
    assert client.script_exists(add.sha) == [True]


def test_registered_scripts_in_a_pipeline(client: redis.Redis) -> None:
    double = client.register_script("return tonumber(redis.call('get', KEYS[1])) * 2")
    with client.pipeline(transaction=True) as pipeline:
        pipeline.set("n", 21)
        double(keys=["n"], client=pipeline)
        assert pipeline.execute() == [True, 42]


def test_errors(client: redis.Redis) -> None:
    with pytest.raises(NoScriptError):
        client.evalsha("f" * 40, 0)
    with pytest.raises(ResponseError, match="on @user_script:1"):
        client.eval("return redis.call('nothing')", 0)


def test_lock(client: redis.Redis) -> None:
    lock = client.lock("lock", timeout=30)
    assert lock.acquire(blocking=False)
    assert not client.lock("lock", timeout=30).acquire(blocking=False)
    assert lock.extend(30)
    assert client.pttl("lock") > 50000
    assert lock.reacquire()
    assert lock.owned()
    lock.release()
    assert not client.exists("lock")


def test_lock_of_another(client: redis.Redis) -> None:
    lock = client.lock("lock", timeout=30)
    assert lock.acquire()
    client.set("lock", "someone else's")
    with pytest.raises(LockNotOwnedError):
        lock.release()
    with pytest.raises(LockError):
        lock.release()


def test_lock_keeps_threads_apart(client: redis.Redis) -> None:
    def work() -> None:
        for _ in range(20):
            with client.lock("lock", timeout=10, sleep=0.001):
                client.set("n", int(client.get("n") or 0) + 1)

    client.delete("n")
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.get("n") == "80"
