"""CONFIG GET and CONFIG SET, next to a real redis-server: names, defaults, renderings, errors.

`Config` is asked directly, redis-server over the wire. What differs on purpose is listed with its reason.
"""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from autocache.app.config import TABLE, Config, ConfigError
from autocache.app.parameter import Parameter
from tests import servers
from tests.wire import Connection, parse

# Names of redis-server that ours does not have: none. Names whose default differs, and why.
OTHER_DEFAULTS = {
    "port": "the oracle was started on a free one",
    "bind": "the oracle was started on loopback",
    "dir": "ours is ./data, theirs the working directory",
    "enable-debug-command": "the oracle was started with it",
    "cluster-port": "ours is the product's 16379, theirs 0 for port + 10000",
}

# Changing these would take the oracle off its port, or asks the system about it.
NOT_PROBED = {"port", "bind", "tls-port", "requirepass", *OTHER_DEFAULTS}

VALUES = (
    "", "zzz", "-1", "0", "1", "2", "007", "+5", " 5", "5 ", "-0", "1e3", "0x10", "50", "100", "101", "500",
    "501", "2000", "65535", "65536", "2147483647", "2147483648", "4294967296", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "kb", "1b", "1k", "1kb", "10KB",
    "1m", "2mb", "1G", "2gb", "1tb", "1.5gb", "1 kb", "10%", "0%", "101%", "-5%", "5%%", "007%", "%", "yes",
    "no", "YES", "No", "true", "5 x", "900 1", "900 1 300 10", "900 x", "-1 5", "0 1", "900 0", "900  1",
    '900 1 ""', "normal 1 2 3", "normal 1mb 1kb 3", "replica 1mb 0 0", "slave 1 2 3", "NORMAL 5 5 5",
    "normal 1 2 3 pubsub 4 5 6", "foo 1 1 1", "master 1 1 1", "normal -1 0 0", "normal 1 x 0",
    "normal 1 1 -4", "normal 1 1 x", "normal 1 2 3kb", "KEA", "xx", "gxE$", "Knm", "n", "A", "KEAm",
    "Kg$lshztxedmn", "50 99", "50.5 99.9", "100 0 33.3333333333", "nan", "inf", "50  99", "1 2", "0 0 -5",
    "1 2 2001", "x 1 1", "nosave force now", "NOW", "default save", "save nosave", "{port}", "{title} {y}",
    "{x", "{{", "}", "a{config-file}b", "allkeys-lru", "ALLKEYS-LFU", "allkeys", "volatile-ttl", "debug",
    "WARNING", "local", "relative", "host.name", "host_name", "swapdb", "no one", "ip", "clients", "optional",
    "always", "systemd", "panic", "a b c",
)  # fmt: skip

# (name, value) that redis-server takes for something else than it says; ours refuses it.
CLEARER = {
    (
        "maxmemory-clients",
        "9223372036854775808",
    ): "they read a count of 2**63 as a negative one, a percentage",
    ("oom-score-adj-values", "900  1"): "an empty word read as zero",
    ("oom-score-adj-values", "50  99"): "the same",
    ("save", "5 "): "the same",
    ("latency-tracking-info-percentiles", "0x10"): "a hexadecimal percentile",
}

COMPARED = [p for p in TABLE.parameters if not p.ours and p.name not in NOT_PROBED]


@pytest.fixture(scope="module")
def oracle() -> Iterator[Connection]:
    server = servers.redis()
    with server.connect() as connection:
        yield connection
    server.stop()


def redis_get(oracle: Connection, *patterns: str) -> dict[str, str]:
    """CONFIG GET of the oracle."""
    tag, items = cast("tuple[str, list[tuple[str, bytes]]]", parse(oracle.command("CONFIG", "GET", *patterns)))
    assert tag == "*"
    texts = [text.decode() for _, text in items]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def ask(oracle: Connection, name: str) -> str:
    return redis_get(oracle, name)[name]


def redis_set(oracle: Connection, *pairs: str) -> str:
    return oracle.command("CONFIG", "SET", *pairs).decode().rstrip().removeprefix("+").removeprefix("-")


def our_set(config: Config, *pairs: str) -> str:
    try:
        config.set(list(zip(pairs[::2], pairs[1::2], strict=True)))
    except ConfigError as error:
        return error.reply
    return "OK"


def test_every_name_of_redis_server_is_known(oracle: Connection) -> None:
    assert set(redis_get(oracle, "*")) <= set(Config().get(["*"]))


def test_names_that_redis_server_has_not_are_marked_as_ours(oracle: Connection) -> None:
    theirs = set(redis_get(oracle, "*"))
    own = {name for p in TABLE.parameters for name in p.names if name not in theirs}
    assert own == {p.name for p in TABLE.parameters if p.ours} | {"data-dir"}


def test_defaults_are_rendered_as_by_redis_server(oracle: Connection) -> None:
    ours = Config().get(["*"])
    different = {name: (text, ours[name]) for name, text in redis_get(oracle, "*").items() if ours[name] != text}
    assert set(different) <= set(OTHER_DEFAULTS), different


@pytest.mark.parametrize("declared", COMPARED, ids=lambda p: p.name)
def test_set_accepts_refuses_and_renders_as_redis_server(oracle: Connection, declared: Parameter[Any]) -> None:
    name = declared.name
    before, config = ask(oracle, name), Config()
    original = before
    for value in VALUES:
        if (name, value) in CLEARER or (name == "maxclients" and value.isdecimal() and int(value) > 10000):
            continue
        theirs, ours = redis_set(oracle, name, value), our_set(config, name, value)
        shown = ask(oracle, name)
        if declared.needs and theirs == "OK" and ours != "OK":
            assert f"{name} " in ours
            assert declared.needs in ours, value
            redis_set(oracle, name, before)
            continue
        if declared.needs and "TLS configuration" in theirs:
            continue
        if name == "activedefrag" and value.lower() == "yes":
            continue
        assert ours == theirs, value
        assert config.get([name]) == {name: shown}, value
        before = shown if theirs == "OK" else before
    redis_set(oracle, name, original)


@pytest.mark.parametrize(
    "pairs",
    [
        ("nope", "1"),
        ("maxmemory", "1", "nope", "1"),
        ("hz", "x", "nope", "1"),
        ("databases", "3", "nope", "1"),
        ("hz", "x", "databases", "1"),
        ("maxmemory", "1", "maxmemory", "2"),
        ("MAXMEMORY", "1", "maxmemory", "2"),
        ("MaxMemory", "zz"),
        ("maxmemory", "5mb", "hz", "x"),
        ("slave-priority", "5", "replica-priority", "6"),
        ("slave-priority", "x"),
        ("dir", "/tmp"),
        ("dbfilename", "x.rdb"),
        ("enable-protected-configs", "yes"),
        ("lua-time-limit", "1"),
    ],
)
def test_several_pairs_as_redis_server(oracle: Connection, pairs: tuple[str, ...]) -> None:
    config = Config()
    for name in ("maxmemory", "hz", "replica-priority", "busy-reply-threshold"):
        redis_set(oracle, name, config.get([name])[name])
    assert our_set(config, *pairs) == redis_set(oracle, *pairs)
    for name in ("maxmemory", "hz", "replica-priority", "slave-priority", "busy-reply-threshold"):
        assert config.get([name])[name] == ask(oracle, name)


@pytest.mark.parametrize(
    "patterns",
    [
        ("MAXMEM*",), ("maxmemory", "MaxMemory", "hz", "m[ab]xmemory"), ("slave-p*",), ("nope",), ("",),
        ("h?",), ("\\hz",), ("[^a]z",), ("Hz",), ("h[a-z]",), ("*\\-clients",), ("[h",), ("h[z",),
        ("*[", "hz"), ("h[]z", "?z"), ("HZ", "h*z"), ("h[z-a]",), ("[^]z",), ("h[\\z]",), ("*z\\",),
    ],
)  # fmt: skip
def test_patterns_match_as_on_redis_server(oracle: Connection, patterns: tuple[str, ...]) -> None:
    for name in ("maxmemory", "hz", "replica-priority"):
        redis_set(oracle, name, Config().get([name])[name])
    assert Config().get(patterns) == redis_get(oracle, *patterns)
