"""Intsets against Python sets, against the bytes redis-server holds, and against hostile bytes."""

import random
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocache.types.intset import Intset, valid
from tests.servers import Server
from tests.wire import Connection

FORMS = {2: "h", 4: "i", 8: "q"}
EDGES = [0, 1, -1, *(sign * 2**bits + n for bits in (15, 31, 63) for sign in (1, -1) for n in (-1, 0, 1))]
EDGES = sorted({edge for edge in EDGES if -(2**63) <= edge < 2**63})

values = st.one_of(
    st.integers(-20, 20), st.sampled_from(EDGES), st.integers(-(2**31), 2**31), st.integers(-(2**63), 2**63 - 1)
)


def packed(width: int, *members: int, length: int | None = None) -> bytes:
    head = struct.pack("<II", width, len(members) if length is None else length)
    return head + struct.pack(f"<{len(members)}{FORMS.get(width, 'h')}", *members)


def width_of(value: int) -> int:
    return next(width for width in FORMS if -(1 << (8 * width - 1)) <= value < 1 << (8 * width - 1))


@given(st.lists(st.tuples(st.booleans(), values), max_size=60))
def test_behaves_as_a_set(steps: list[tuple[bool, int]]) -> None:
    intset, model, width = Intset(), set[int](), 2
    for is_added, value in steps:
        if is_added:
            assert intset.add(value) == (value not in model)
            model.add(value)
            width = max(width, width_of(value))
        else:
            assert intset.remove(value) == (value in model)
            model.discard(value)
        members = sorted(model)
        assert intset.members() == members
        assert intset.raw() == intset.copied() == packed(width, *members)
        assert len(intset) == len(model)
        if members:
            assert intset.ends() == (members[0], members[-1])
            assert valid(intset.raw(), True)
        assert all(edge in intset for edge in members)
        assert [edge in intset for edge in EDGES] == [edge in model for edge in EDGES]


def test_memory_follows_the_contents() -> None:
    intset = Intset()
    order = random.Random(5).sample(range(-20000, 20000), 3000)
    for value in order:
        intset.add(value)
        held, used = intset.block_bytes(), len(intset.raw())
        assert held - used <= (32 if used <= 1024 else used // 8 + 4096)
    for value in order:
        assert intset.remove(value)
        assert intset.block_bytes() <= max(16, len(intset.raw()) * 4 // 3 + 32)
    assert intset.raw() == packed(2)


@pytest.fixture(scope="module")
def redis() -> Iterator[Connection]:
    """A redis-server that dumps without compression."""
    server = Server("redis", {"rdbcompression": "no", "set-max-intset-entries": "100000"})
    server.start()
    try:
        with server.connect() as connection:
            yield connection
    finally:
        server.stop()


def dumped(connection: Connection, key: str) -> bytes:
    """The intset in a DUMP payload of fewer than 16 KiB: type 11, then one string."""
    head, _, rest = connection.command("DUMP", key).partition(b"\r\n")
    payload = rest[: int(head[1:])]
    assert payload[0] == 11
    if payload[1] < 0x40:
        return payload[2 : 2 + payload[1]]
    assert payload[1] < 0x80
    return payload[3 : 3 + ((payload[1] & 0x3F) << 8 | payload[2])]


@pytest.mark.parametrize("bits", [8, 15, 16, 31, 32, 63])
def test_bytes_of_redis(redis: Connection, bits: int) -> None:
    draw = random.Random(bits)
    intset = Intset()
    redis.command("DEL", "s")
    for _ in range(300):
        value = draw.randrange(-(1 << draw.randint(1, bits)), 1 << draw.randint(1, bits))
        kind = draw.choice(["SADD", "SADD", "SREM"]) if len(intset) > 1 else "SADD"
        if kind == "SREM":
            value = draw.choice(intset.members())
        changed = intset.add(value) if kind == "SADD" else intset.remove(value)
        assert redis.command(kind, "s", str(value)) == b":%d\r\n" % changed
    assert dumped(redis, "s") == intset.raw()


def test_edges_as_redis_holds_them(redis: Connection) -> None:
    for order in (EDGES, EDGES[::-1], sorted(EDGES, key=abs)):
        intset = Intset()
        redis.command("DEL", "e")
        for value in order:
            intset.add(value)
            redis.command("SADD", "e", str(value))
            assert dumped(redis, "e") == intset.raw()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02\x00\x00\x00\x00\x00\x00",
        packed(2),
        packed(3, 1),
        packed(0, length=5),
        packed(2, 1, 2, length=3),
        packed(2, 1, 2, length=1),
        packed(8, 1, length=0x20000001),
        packed(4, 1, length=0xFFFFFFFF),
    ],
)
def test_refused(data: bytes) -> None:
    assert not valid(data, False)
    assert not valid(data, True)


@pytest.mark.parametrize("width", FORMS)
def test_order_is_checked_deep(width: int) -> None:
    assert valid(packed(width, -3, 0, 9), True)
    for members in ((1, 0), (4, 4), (-1, -2), (1, 2, 3, 3)):
        assert valid(packed(width, *members), False)
        assert not valid(packed(width, *members), True)


@given(st.sampled_from([2, 4, 8]), st.integers(0, 6), st.binary(max_size=48))
def test_any_bytes(width: int, length: int, body: bytes) -> None:
    data = struct.pack("<II", width, length) + body
    fits = length > 0 and len(body) == width * length
    assert valid(data, False) == fits
    members = list(struct.unpack(f"<{length}{FORMS[width]}", body)) if fits else []
    assert valid(data, True) == (fits and members == sorted(set(members)))
    if valid(data, True):
        assert Intset(data).members() == members
