"""CONFIG, INFO, MEMORY, SHUTDOWN and DEBUG, in process."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from autocache.commands.cache import Cache, LocalSession
from autocache.commands.info import DEFAULT_SECTIONS, SECTIONS, human, sections_of
from autocache.commands.local import LocalConfig, LocalHost, Rate
from autocache.commands.memory_report import advice
from autocache.resp.values import ReplyError

OK = b"+OK\r\n"


def ask(session: LocalSession, line: str) -> bytes:
    return session.execute(*line.encode().split())


@pytest.fixture
def session() -> LocalSession:
    return Cache().session()


def fields(raw: bytes) -> dict[str, str]:
    text = raw.split(b"\r\n", 1)[1].decode()
    return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)


# --- CONFIG


class Refusing(LocalConfig):
    """Notes what it is told, and refuses what begins with `bad`."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[list[tuple[str, str]], bool]] = []

    def set(self, pairs: Sequence[tuple[str, str]], /, *, local: bool = False) -> None:
        if pairs[0][0].startswith("bad"):
            raise ValueError("CONFIG SET failed (possibly related to argument 'bad') - reason")
        self.told.append((list(pairs), local))

    def rewrite(self) -> None:
        self.told.append(([], False))


def test_config_goes_to_the_host() -> None:
    config = Refusing()
    session = Cache(host=LocalHost(config)).session()
    assert ask(session, "CONFIG GET slowlog-max-*") == b"*2\r\n$15\r\nslowlog-max-len\r\n$3\r\n128\r\n"
    assert ask(session, "CONFIG GET nothing") == b"*0\r\n"
    assert ask(session, "CONFIG SET a 1 b 2") == OK
    assert ask(session, "CONFIG REWRITE") == OK
    assert config.told == [([("a", "1"), ("b", "2")], True), ([], False)]
    refused = b"-ERR CONFIG SET failed (possibly related to argument 'bad') - reason\r\n"
    assert ask(session, "CONFIG SET bad 1") == refused
    assert ask(session, "CONFIG SET a 1 b") == b"-ERR syntax error\r\n"


def test_a_local_cache_is_not_configured_by_commands(session: LocalSession) -> None:
    assert b"can't set immutable config" in ask(session, "CONFIG SET slowlog-max-len 1")
    assert b"Unknown option" in ask(session, "CONFIG SET bogus 1")
    assert ask(session, "CONFIG REWRITE") == b"-ERR The server is running without a config file\r\n"


def test_resetstat() -> None:
    cache = Cache()
    session = cache.session()
    ask(session, "GET k")
    ask(session, "BOGUS")
    assert cache.keyspace_stats().misses == 1
    assert cache.error_stats() == {"ERR": 1}
    assert ask(session, "CONFIG RESETSTAT") == OK
    assert cache.keyspace_stats().misses == 0
    assert cache.error_stats() == {}
    assert [stats.name for stats in cache.command_stats()] == ["config|resetstat"]


# --- INFO


def test_sections() -> None:
    assert sections_of([]) == DEFAULT_SECTIONS
    assert sections_of(["default"]) == DEFAULT_SECTIONS
    assert sections_of(["all"]) == SECTIONS.keys()
    assert sections_of(["CPU", "bogus"]) == {"cpu"}
    assert sections_of(["bogus"]) == frozenset()


def test_default_sections_in_order(session: LocalSession) -> None:
    heads = re.findall(r"# (\w+)", ask(session, "INFO").decode())
    expected = "Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace"
    assert heads == expected.split()


def test_values_are_real() -> None:
    cache = Cache()
    session = cache.session()
    ask(session, "SET k v")
    ask(session, "GET k")
    ask(session, "GET absent")
    found = fields(ask(session, "INFO everything"))
    assert found["keyspace_hits"] == found["keyspace_misses"] == "1"
    assert found["total_commands_processed"] == "3"
    assert found["db0"] == "keys=1,expires=0,avg_ttl=0"
    assert found["cmdstat_get"].startswith("calls=2,usec=")
    assert found["cmdstat_get"].endswith("rejected_calls=0,failed_calls=0")
    assert re.fullmatch(r"p50=[\d.]+,p99=[\d.]+,p99.9=[\d.]+", found["latency_percentiles_usec_get"])
    assert int(found["used_memory"]) > 0
    assert found["maxmemory_human"] == "0B"
    assert found["role"] == "master"
    assert "master_replid" not in found


def test_verbatim_in_resp3() -> None:
    assert Cache().session(3).execute(b"INFO", b"bogus") == b"=4\r\ntxt:\r\n"


def test_the_host_adds_fields() -> None:
    class Host(LocalHost):
        def figures(self) -> dict[str, Any]:
            return {**super().figures(), "connected_clients": 7, "not_a_field": 1}

    found = fields(ask(Cache(host=Host()).session(), "INFO clients"))
    assert found["connected_clients"] == "7"
    assert "not_a_field" not in found


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0B"), (1023, "1023B"), (1024, "1.00K"), (1 << 20, "1.00M"), (3 << 39, "1.50T")]
)
def test_human(size: int, text: str) -> None:
    assert human(size) == text


def test_rate_is_a_mean() -> None:
    rate = Rate()
    for second in range(20):
        rate.sample(float(second), second * 100)
    assert rate.per_second == 100
    rate.sample(20.0, 0)
    assert rate.per_second < 100


# --- MEMORY


def test_memory_usage(session: LocalSession) -> None:
    assert ask(session, "MEMORY USAGE k") == b"$-1\r\n"
    ask(session, "SET k v")
    small = int(ask(session, "MEMORY USAGE k SAMPLES 5")[1:])
    ask(session, f"SET k {'x' * 5000}")
    assert 5000 < int(ask(session, "MEMORY USAGE k")[1:]) < 6000
    assert small < 50


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ("SAMPLES", "syntax error"),
        ("SAMPLES -1", "syntax error"),
        ("BOGUS", "syntax error"),
        ("SAMPLES 5 6", "syntax error"),
        ("SAMPLES x", "value is not an integer or out of range"),
    ],
)
def test_memory_usage_errors(session: LocalSession, options: str, error: str) -> None:
    assert ask(session, f"MEMORY USAGE k {options}") == f"-ERR {error}\r\n".encode()


def test_memory_stats_have_a_map_for_each_database() -> None:
    session = Cache().session(3)
    ask(session, "SET k v")
    raw = ask(session, "MEMORY STATS")
    assert raw.startswith(b"%")
    assert b"$4\r\ndb.0\r\n%1\r\n$23\r\noverhead.hashtable.main\r\n:" in raw
    assert b"$10\r\nkeys.count\r\n:1\r\n" in raw


def test_memory_reports(session: LocalSession) -> None:
    assert b"bytes in use" in ask(session, "MEMORY MALLOC-STATS")
    assert ask(session, "MEMORY DOCTOR").startswith(b"$")
    assert ask(session, "MEMORY PURGE") == OK


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"used_memory": 1000, "used_memory_peak": 1000}, "too little"),
        ({"used_memory": 10 << 20, "used_memory_peak": 10 << 20}, "Nothing is unusual"),
        ({"used_memory": 10 << 20, "used_memory_peak": 30 << 20}, "Peak"),
        (
            {"used_memory": 100 << 20, "used_memory_peak": 100 << 20, "used_memory_rss": 300 << 20},
            "Fragmentation",
        ),
        (
            {"used_memory": 10 << 20, "used_memory_peak": 10 << 20, "maxmemory": 10 << 20},
            "writes are refused",
        ),
    ],
)
def test_advice(figures: Mapping[str, Any], words: str) -> None:
    assert words in advice(figures)


# --- SHUTDOWN


class Ending(LocalHost):
    """Notes how it is told to end."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[frozenset[str]] = []

    def shutdown(self, options: frozenset[str]) -> None:
        if "save" in options:
            raise ReplyError("ERR cannot save")
        self.told.append(options)

    def abort_shutdown(self) -> bool:
        return bool(self.told)


def test_shutdown() -> None:
    host = Ending()
    session = Cache(host=host).session()
    assert ask(session, "SHUTDOWN ABORT") == b"-ERR No shutdown in progress.\r\n"
    assert ask(session, "SHUTDOWN SAVE") == b"-ERR cannot save\r\n"
    assert ask(session, "SHUTDOWN nosave NOW force") == b""
    assert host.told == [frozenset({"nosave", "now", "force"})]
    assert ask(session, "SHUTDOWN ABORT") == OK


@pytest.mark.parametrize("options", ["BOGUS", "SAVE NOSAVE", "ABORT NOW"])
def test_shutdown_errors(session: LocalSession, options: str) -> None:
    assert ask(session, "SHUTDOWN " + options) == b"-ERR syntax error\r\n"


# --- DEBUG


@pytest.mark.parametrize("allowed", ["no", "local", "yes"])
def test_debug_has_to_be_allowed(allowed: str) -> None:
    class Distant(LocalHost):
        def is_local(self, client_id: int) -> bool:
            del client_id
            return False

    config = LocalConfig({"enable-debug-command": allowed})
    near = ask(Cache(host=LocalHost(config)).session(), "DEBUG SLEEP 0")
    far = ask(Cache(host=Distant(config)).session(), "DEBUG SLEEP 0")
    assert (near == OK) == (allowed != "no")
    assert (far == OK) == (allowed == "yes")
    if allowed == "no":
        assert near.startswith(b'-ERR DEBUG command not allowed. If the enable-debug-command option is set to "lo')


@pytest.mark.parametrize("name", ["BOGUS", "SLEEP", "SLEEP 0 0", "DIGEST x", "LOG"])
def test_debug_usage(session: LocalSession, name: str) -> None:
    word = name.split(maxsplit=1)[0]
    expected = f"-ERR unknown subcommand or wrong number of arguments for '{word}'. Try DEBUG HELP.\r\n"
    assert ask(session, "DEBUG " + name) == expected.encode()


@pytest.mark.parametrize(
    ("kind", "resp2", "resp3"),
    [
        ("string", b"$11\r\nHello World\r\n", b"$11\r\nHello World\r\n"),
        ("null", b"$-1\r\n", b"_\r\n"),
        ("map", b"*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n", b"%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n"),
        ("set", b"*3\r\n:0\r\n:1\r\n:2\r\n", b"~3\r\n:0\r\n:1\r\n:2\r\n"),
        ("true", b":1\r\n", b"#t\r\n"),
        (
            "push",
            b"-ERR RESP2 is not supported by this command\r\n",
            b">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n",
        ),
    ],
)
def test_debug_protocol(kind: str, resp2: bytes, resp3: bytes) -> None:
    cache = Cache()
    assert ask(cache.session(2), f"DEBUG PROTOCOL {kind}") == resp2
    assert ask(cache.session(3), f"DEBUG PROTOCOL {kind}") == resp3


def test_debug_digest_is_redis_servers(session: LocalSession) -> None:
    """Values that redis-server 7.0.15 answered."""
    assert ask(session, "DEBUG DIGEST") == b"+" + b"0" * 40 + b"\r\n"
    ask(session, "SET k v")
    assert ask(session, "DEBUG DIGEST") == b"+264ccf65edec66bccfa7cc659414ccca432057d2\r\n"
    assert ask(session, "DEBUG DIGEST-VALUE k x") == (
        b"*2\r\n+d79ee9fe5d5ad902d7f6620efc3b07b75ddd742f\r\n+" + b"0" * 40 + b"\r\n"
    )


def test_debug_populate() -> None:
    cache = Cache()
    session = cache.session()
    ask(session, "SET key:1 kept")
    assert ask(session, "DEBUG POPULATE 3") == OK
    assert ask(session, "GET key:1") == b"$4\r\nkept\r\n"
    assert ask(session, "GET key:2") == b"$7\r\nvalue:2\r\n"
    ask(session, "DEBUG POPULATE 1 p 9")
    assert ask(session, "GET p:0") == b"$9\r\nvalue:0\0\0\r\n"
    assert cache.database_stats()[0].keys == 4


def test_debug_object(session: LocalSession) -> None:
    ask(session, "SET n 123456")
    assert re.fullmatch(
        rb"\+Value at:0x[0-9a-f]+ refcount:1 encoding:int serializedlength:5 lru:\d+ lru_seconds_idle:0\r\n",
        ask(session, "DEBUG OBJECT n"),
    )
    assert ask(session, "DEBUG OBJECT absent") == b"-ERR no such key\r\n"


def test_debug_error_is_not_counted() -> None:
    cache = Cache()
    assert cache.session().execute(b"DEBUG", b"ERROR", b"CODE a\nb") == b"-CODE a b\r\n"
    assert cache.error_stats() == {}


def test_debug_switches() -> None:
    host = LocalHost()
    cache = Cache(host=host)
    session = cache.session()
    assert ask(session, "DEBUG SET-ACTIVE-EXPIRE 0") == OK
    assert not cache.active_expire
    assert ask(session, "DEBUG PAUSE-CRON 1") == OK
    assert host.cron_paused


@pytest.mark.parametrize("name", ["LOADAOF", "CHANGE-REPL-ID", "SEGFAULT", "PANIC"])
def test_debug_refuses(session: LocalSession, name: str) -> None:
    assert ask(session, f"DEBUG {name}").startswith(f"-ERR DEBUG {name} is not available: ".encode())


@pytest.mark.parametrize("container", ["CONFIG", "MEMORY", "SLOWLOG", "LATENCY", "COMMAND", "DEBUG"])
def test_help(session: LocalSession, container: str) -> None:
    raw = ask(session, f"{container} HELP")
    assert raw.startswith(b"*")
    assert f"+{container} <subcommand>".encode() in raw
    assert b"\r\n+HELP\r\n" in raw
