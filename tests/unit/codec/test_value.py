"""Values in the RDB form: the bytes that redis-server writes, and whatever comes in a RESTORE."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from autocache.codec.packed import packed_elements
from autocache.codec.rdb import framed, write_text
from autocache.commands.cache import Cache, LocalSession
from autocache.memory.alloc import usage
from tests import servers
from tests.fuzz.payloads import VALUES
from tests.wire import Connection, parse

WORDS = (b"the", b"quick", b"brown", b"fox", b"jumps", b"over", b"lazy", b"dogs")


@pytest.fixture(scope="module")
def redis() -> Iterator[Connection]:
    server = servers.redis()
    with server.connect(20) as connection:
        yield connection
    server.stop()


@pytest.fixture
def session() -> LocalSession:
    return Cache().session()


def echoes(draw: random.Random, length: int) -> bytes:
    """Text that refers to itself at all distances and in all lengths."""
    made = bytearray(draw.randbytes(min(length, 50)) or b"a")
    while len(made) < length:
        start = draw.randrange(len(made))
        made += made[start : start + draw.randrange(1, 300)]
        made += draw.randbytes(draw.choice([0, 0, 1, 2, 3]))
    return bytes(made)


def random_text(draw: random.Random) -> bytes:
    length = draw.choice([draw.randrange(60), draw.randrange(20, 400), draw.randrange(20_000)])
    kind = draw.randrange(6)
    if kind == 0:
        return draw.randbytes(length)
    if kind == 1:
        return bytes(draw.choice(b"ab") for _ in range(length))
    if kind == 2:
        piece = draw.randbytes(draw.randrange(1, 40))
        return (piece * (length // len(piece) + 1))[:length]
    if kind == 3:
        return b" ".join(draw.choice(WORDS) for _ in range(length // 5))
    if kind == 4:
        return b"%d" % draw.randrange(-(2 ** draw.randrange(1, 66)), 2 ** draw.randrange(1, 66))
    return echoes(draw, length)


def test_strings_become_the_bytes_of_redis_server(redis: Connection, session: LocalSession) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    for _ in range(600):
        text = random_text(draw)
        redis.command("SET", "k", text)
        session.execute(b"SET", b"k", text)
        dumped = session.execute(b"DUMP", b"k")
        assert dumped == redis.command("DUMP", "k"), text
        payload = parse(dumped)[1]
        assert session.execute(b"RESTORE", b"k", b"0", payload, b"REPLACE") == b"+OK\r\n"
        assert parse(session.execute(b"GET", b"k"))[1] == text


@pytest.mark.parametrize(
    ("name", "elements"),
    [
        ("hash, listpack", [b"f", b"v", b"g", b"1"]),
        ("sorted set, listpack", [b"a", b"1", b"b", b"2.5"]),
        ("hash, zipmap", [b"f", b"v", b"g", b"1"]),
        ("hash, ziplist", [b"f", b"v", b"g", b"1"]),
        ("sorted set, ziplist", [b"a", b"1", b"b", b"2.5"]),
        ("list, ziplist", [b"a", b"1", b"b" * 70, b"-70000"]),
        ("string", None),
    ],
)
def test_small_collections_of_all_versions(name: str, elements: list[bytes] | None) -> None:
    value = VALUES[name]
    assert packed_elements(value[0], value[1:]) == elements
    assert packed_elements(value[0], value[1:-1]) is None


def test_an_unsound_listpack() -> None:
    sound = b"\x09\x00\x00\x00\x01\x00\x01\x01\xff"
    assert packed_elements(16, write_text(sound)) == [b"1"]
    for wrong in (sound[:-1], sound[:4] + b"\x02" + sound[5:], sound[:7] + b"\x02\xff", sound + b"\xff", b""):
        assert packed_elements(16, write_text(wrong)) is None


def mutated(draw: random.Random, value: bytes) -> bytes:
    """The value with up to four bytes changed, cut or repeated."""
    made = bytearray(value)
    for _ in range(draw.randrange(5)):
        place = draw.randrange(len(made))
        made[place] = draw.choice([draw.randrange(256), made[place] ^ 1 << draw.randrange(8), 0, 255, 0x81])
    if draw.random() < 0.2:
        del made[draw.randrange(1, len(made) + 1) :]
    if draw.random() < 0.1:
        made += made[draw.randrange(len(made)) :]
    return bytes(made)


@pytest.mark.parametrize("name", VALUES)
def test_changed_payloads_do_no_harm(name: str, session: LocalSession) -> None:
    """Whatever the bytes: an answer, and no block lost."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    # What the first DUMP of a cache makes is kept.
    session.execute(b"SET", b"k", b"a" * 1000)
    session.execute(b"DUMP", b"k")
    session.execute(b"FLUSHALL")
    blocks = usage()["live_blocks"]
    for _ in range(1500):
        payload = framed(mutated(draw, VALUES[name]))
        reply = session.execute(b"RESTORE", b"k", b"0", payload, b"REPLACE")
        assert reply in (b"+OK\r\n", b"-ERR Bad data format\r\n")
        if reply == b"+OK\r\n":
            again = parse(session.execute(b"DUMP", b"k"))[1]
            assert session.execute(b"RESTORE", b"copy", b"0", again, b"REPLACE") == b"+OK\r\n"
    session.execute(b"FLUSHALL")
    assert usage()["live_blocks"] == blocks, f"seed {seed}"


def test_strings_of_changed_payloads_are_those_of_redis_server(redis: Connection, session: LocalSession) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    accepted = 0
    for _ in range(1500):
        value = b"\x00" + mutated(draw, VALUES[draw.choice(["string", "string, integer", "string, LZF"])])[1:]
        session.execute(b"DEL", b"k")
        redis.command("DEL", "k")
        if session.execute(b"RESTORE", b"k", b"0", framed(value)) == b"+OK\r\n":
            assert redis.command("RESTORE", "k", "0", framed(value)) == b"+OK\r\n", value.hex()
            assert redis.command("GET", "k") == session.execute(b"GET", b"k"), value.hex()
            accepted += 1
    assert accepted > 100


# --- hashes with fields that expire


def test_fields_that_expire_are_saved_as_valkey_does(session: LocalSession) -> None:
    """Kind 22: name, value and time in ms (-1: none) of each field, in a payload of version 80."""
    session.execute(b"HSET", b"k", b"a", b"1")
    session.execute(b"HPEXPIREAT", b"k", b"4000000000000", b"FIELDS", b"1", b"a")
    payload = parse(session.execute(b"DUMP", b"k"))[1]
    value = b"\x16\x01" + write_text(b"a") + write_text(b"1") + (4_000_000_000_000).to_bytes(8, "little")
    assert payload == framed(value, 80)
    assert session.execute(b"RESTORE", b"copy", b"0", payload) == b"+OK\r\n"
    assert parse(session.execute(b"HPEXPIRETIME", b"copy", b"FIELDS", b"1", b"a"))[1] == [(":", b"4000000000000")]
    assert session.execute(b"DUMP", b"copy") == session.execute(b"DUMP", b"k")


def test_a_hash_whose_fields_stay_is_readable_for_redis_server(session: LocalSession, redis: Connection) -> None:
    session.execute(b"HSET", b"k", b"a", b"1", b"b", b"2")
    session.execute(b"HEXPIRE", b"k", b"100", b"FIELDS", b"1", b"a")
    session.execute(b"HPERSIST", b"k", b"FIELDS", b"1", b"a")
    payload = parse(session.execute(b"DUMP", b"k"))[1]
    assert payload[:1] == b"\x04"
    assert redis.command("RESTORE", "persisted", "0", payload, "REPLACE") == b"+OK\r\n"
    assert sorted(text for _, text in parse(redis.command("HGETALL", "persisted"))[1]) == [b"1", b"2", b"a", b"b"]


def test_fields_that_have_expired_stay_hidden() -> None:
    cache = Cache()
    session = cache.session()
    cache.tick(1_700_000_000_000)
    session.execute(b"HSET", b"k", b"a", b"1", b"b", b"2")
    session.execute(b"HPEXPIRE", b"k", b"1000", b"FIELDS", b"1", b"a")
    payload = parse(session.execute(b"DUMP", b"k"))[1]
    cache.tick(1_700_000_005_000)
    assert session.execute(b"RESTORE", b"copy", b"0", payload) == b"+OK\r\n"
    assert parse(session.execute(b"HGETALL", b"copy"))[1] == [("$", b"b"), ("$", b"2")]
    while cache.tick(1_700_000_005_000):
        pass
    assert session.execute(b"HLEN", b"copy") == b":1\r\n"


@pytest.mark.parametrize(
    "value",
    [
        b"\x16\x00",
        b"\x16\x01" + write_text(b"a") + write_text(b"1") + b"\xff" * 7,
        b"\x16\x01" + write_text(b"a") + write_text(b"1") + (-2).to_bytes(8, "little", signed=True),
        b"\x16\x02" + (write_text(b"a") + write_text(b"1") + b"\xff" * 8) * 2,
    ],
)
def test_unsound_fields(value: bytes, session: LocalSession) -> None:
    assert session.execute(b"RESTORE", b"k", b"0", framed(value, 80)) == b"-ERR Bad data format\r\n"


def test_version_80_is_for_such_hashes_only(session: LocalSession) -> None:
    wrong = b"-ERR DUMP payload version or checksum are wrong\r\n"
    value = b"\x16\x01" + write_text(b"a") + write_text(b"1") + b"\xff" * 8
    assert session.execute(b"RESTORE", b"k", b"0", framed(value, 10)) == b"-ERR Bad data format\r\n"
    assert session.execute(b"RESTORE", b"k", b"0", framed(value, 81)) == wrong
    assert session.execute(b"RESTORE", b"k", b"0", framed(b"\x00\x01a", 80)) == wrong
    assert session.execute(b"RESTORE", b"k", b"0", framed(value, 80)) == b"+OK\r\n"
    assert session.execute(b"HTTL", b"k", b"FIELDS", b"1", b"a") == b"*1\r\n:-1\r\n"
