"""Listpacks against Python lists, against the bytes redis-server holds, and against hostile bytes."""

import random
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocache.types.listpack import Pack, size_estimate, valid
from tests.servers import Server
from tests.wire import Connection

BEFORE, AFTER, REPLACE = 0, 1, 2
EDGES = [0, 1, 127, 128, 4095, 4096, 32767, 32768, 8388607, 8388608, 2**31 - 1, 2**31, 2**63 - 1]
INTS = sorted({*EDGES, *(-n for n in EDGES), *(-n - 1 for n in EDGES)})
LENGTHS = [0, 1, 20, 21, 63, 64, 125, 126, 127, 4095, 4096, 16375, 16376, 16377, 16378, 16379, 70000]
ODD_TEXTS = [b"-0", b"00", b"-", b"+1", b" 1", b"1 ", b"01", b"9223372036854775808", b"-9223372036854775809", b"\x00"]

elements = st.one_of(
    st.binary(max_size=80),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from(INTS),
    st.sampled_from([b"x" * length for length in LENGTHS[:12]]),
    st.sampled_from(ODD_TEXTS),
)


def text(element: bytes | int) -> bytes:
    return element if isinstance(element, bytes) else b"%d" % element


def packed(items: list[bytes]) -> Pack:
    pack = Pack()
    for item in items:
        pack.append(item)
    return pack


def check(pack: Pack, model: list[bytes]) -> None:
    assert pack.forward() == model
    assert pack.backward() == model[::-1]
    assert len(pack) == len(model)
    assert valid(pack.raw(), True) == len(model)
    assert len(pack.raw()) == 7 + sum(map(size_estimate, model))


@given(st.lists(elements, max_size=12), st.data())
def test_behaves_as_a_list(start: list[bytes | int], data: st.DataObject) -> None:
    pack, model = Pack(), [text(item) for item in start]
    for item in start:
        pack.append(item)
    for _ in range(data.draw(st.integers(0, 12))):
        item = data.draw(elements)
        index = data.draw(st.integers(-len(model), len(model) - 1)) if model else 0
        place = index % len(model) if model else 0
        kind = data.draw(st.sampled_from(["append", "prepend", "before", "after", "replace", "delete", "range"]))
        if kind == "append" or not model:
            pack.append(item)
            model.append(text(item))
        elif kind == "prepend":
            pack.prepend(item)
            model.insert(0, text(item))
        elif kind in ("before", "after"):
            assert pack.insert(index, AFTER if kind == "after" else BEFORE, item) == text(item)
            model.insert(place + (kind == "after"), text(item))
        elif kind == "replace":
            assert pack.replace(index, item) == text(item)
            model[place] = text(item)
        elif kind == "delete":
            del model[place]
            assert pack.delete(index) == (model[place] if place < len(model) else None)
        else:
            count = data.draw(st.integers(0, 14))
            pack.delete_range(index, count)
            del model[place : place + count]
        check(pack, model)
    assert packed(model).raw() == pack.raw()


@given(st.lists(st.binary(max_size=2) | st.integers(-200, 200).map(text), max_size=20), st.integers(0, 3), st.data())
def test_find(items: list[bytes], skip: int, data: st.DataObject) -> None:
    pack = packed(items)
    wanted = data.draw(st.sampled_from(items) if items else st.binary(max_size=2))
    start = data.draw(st.integers(0, len(items) - 1)) if items else 0
    places = (i for i in range(start, len(items), skip + 1) if items[i] == wanted)
    assert pack.find(wanted, start, skip) == next(places, None)
    assert [pack.equal(i, wanted) for i in range(len(items))] == [item == wanted for item in items]


@given(st.lists(elements.map(text), max_size=30))
def test_seek(items: list[bytes]) -> None:
    pack = packed(items)
    for index in range(-len(items) - 2, len(items) + 2):
        assert pack.seek(index) == (items[index] if -len(items) <= index < len(items) else None)


@given(st.lists(elements.map(text), max_size=12), st.lists(elements.map(text), max_size=12))
def test_merge(first: list[bytes], second: list[bytes]) -> None:
    pack = packed(first)
    pack.merge(packed(second))
    check(pack, first + second)
    assert pack.raw() == packed(first + second).raw()


def test_integers_are_told_from_texts_that_look_like_them() -> None:
    pack = packed([*map(text, INTS), *ODD_TEXTS])
    assert pack.integers() == [*INTS, *(None for _ in ODD_TEXTS)]
    for index, item in enumerate([*map(text, INTS), *ODD_TEXTS]):
        assert pack.find(item) == index
    assert pack.find(b"77") is None


@pytest.mark.parametrize("extra", [-2, -1, 0, 1, 300])
def test_count_beyond_the_header(extra: int) -> None:
    count = 65535 + extra
    pack = packed([b"%d" % (i % 100) for i in range(count)])
    assert struct.unpack_from("<H", pack.raw(), 4)[0] == min(count, 65535)
    assert len(pack) == count
    assert pack.seek(-1) == b"%d" % ((count - 1) % 100)
    assert pack.seek(count) is None
    assert pack.seek(-count - 1) is None
    assert valid(pack.raw(), True) == count
    pack.delete_range(-302, 302)
    assert len(pack) == count - 302
    assert struct.unpack_from("<H", pack.raw(), 4)[0] == min(count - 302, 65535)


def test_memory_follows_the_contents() -> None:
    pack = Pack()
    assert pack.block_bytes() < 16
    for i in range(5000):
        pack.append(b"element-%d" % i)
        held, used = pack.block_bytes(), len(pack.raw())
        assert held - used <= (32 if used <= 1024 else used // 8 + 4096)
    pack.shrink()
    assert pack.block_bytes() - len(pack.raw()) < 64
    while len(pack):
        pack.delete(0)
        assert pack.block_bytes() <= max(16, len(pack.raw()) * 4 // 3 + 32)


def test_safety_limit() -> None:
    pack = Pack()
    assert pack.fits(2**30 - 7)
    assert not pack.fits(2**30 - 6)
    assert not pack.fits(2**64 - 1)


# -- against redis-server ----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def redis() -> Iterator[Connection]:
    """A redis-server that keeps everything in listpacks and dumps without compression."""
    limits = {f"{kind}-max-listpack-{what}": "100000" for kind in ("hash", "zset") for what in ("entries", "value")}
    server = Server("redis", {"rdbcompression": "no", "list-max-listpack-size": "10000", **limits})
    server.start()
    try:
        with server.connect() as connection:
            yield connection
    finally:
        server.stop()


def bulk(reply: bytes) -> bytes:
    """What a bulk reply holds."""
    assert reply.startswith(b"$"), reply[:80]
    head, _, rest = reply.partition(b"\r\n")
    return rest[: int(head[1:])]


def rdb_string(payload: bytes, at: int) -> bytes:
    """The uncompressed string at an offset of an RDB payload."""
    first = payload[at]
    if first < 0x40:
        return payload[at + 1 : at + 1 + first]
    if first < 0x80:
        length = (first & 0x3F) << 8 | payload[at + 1]
        return payload[at + 2 : at + 2 + length]
    assert first == 0x80, f"a length of kind {first:#x}"
    length = struct.unpack_from(">I", payload, at + 1)[0]
    return payload[at + 5 : at + 5 + length]


def test_hash_bytes(redis: Connection) -> None:
    fields = [*map(text, INTS), *ODD_TEXTS, *(b"x" * length for length in LENGTHS)]
    items: list[bytes] = []
    redis.command("DEL", "h")
    for index, field in enumerate(dict.fromkeys(fields)):
        items += [field, fields[-1 - index]]
        redis.command("HSET", "h", field, fields[-1 - index])
    payload = bulk(redis.command("DUMP", "h"))
    assert payload[0] == 16
    assert rdb_string(payload, 1) == packed(items).raw()


def test_list_bytes_after_changes(redis: Connection) -> None:
    seed = 20240611
    print("seed", seed)
    draw = random.Random(seed)
    redis.command("DEL", "l")
    pack = Pack()
    # As many as stay below the 8 KiB at which redis-server starts a second node.
    for _ in range(250):
        item = draw.choice([b"%d" % draw.choice(INTS), draw.randbytes(draw.choice((1, 5, 63, 64, 126)))])
        index = draw.randrange(len(pack)) if len(pack) else 0
        kind = draw.choice(["rpush", "rpush", "lpush", "lset", "ltrim"]) if len(pack) > 1 else "rpush"
        if kind == "rpush":
            redis.command("RPUSH", "l", item)
            pack.append(item)
        elif kind == "lpush":
            redis.command("LPUSH", "l", item)
            pack.prepend(item)
        elif kind == "lset":
            redis.command("LSET", "l", str(index), item)
            pack.replace(index, item)
        else:
            redis.command("LTRIM", "l", "0", "-2")
            pack.delete_range(-1, 1)
    payload = bulk(redis.command("DUMP", "l"))
    # A list of nodes: type 18, one node, which is packed (2).
    assert payload[:3] == b"\x12\x01\x02"
    assert rdb_string(payload, 3) == pack.raw()


# -- hostile bytes -----------------------------------------------------------------------------------------------------
def mutated(draw: random.Random, data: bytes) -> bytes:
    """The bytes with some of them changed, cut or added; the total in the header is mostly put right again."""
    out = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        kind = draw.random()
        at = draw.randrange(len(out)) if out else 0
        if kind < 0.6 and out:
            out[at] = draw.choice((0, 1, 0x7F, 0x80, 0xBF, 0xDF, 0xE0, 0xEF, *range(0xF0, 0x100), draw.randrange(256)))
        elif kind < 0.8:
            del out[at : at + draw.randint(1, 8)]
        else:
            out[at:at] = draw.randbytes(draw.randint(1, 8))
    if draw.random() < 0.8 and len(out) >= 7:
        struct.pack_into("<I", out, 0, len(out))
        if draw.random() < 0.5:
            struct.pack_into("<H", out, 4, 65535)
        if draw.random() < 0.9:
            out[-1] = 0xFF
    return bytes(out)


def test_what_is_valid_can_be_walked() -> None:
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed)
    draw = random.Random(seed)
    accepted = 0
    for _ in range(20000):
        texts = [b"%d" % draw.choice(INTS), *(draw.randbytes(length) for length in (0, 3, 63, 64, 130))]
        data = mutated(draw, packed(draw.choices(texts, k=4)).raw())
        valid(data, False)
        count = valid(data, True)
        if count is None:
            continue
        accepted += 1
        pack = Pack(data)
        forward = pack.forward()
        assert pack.backward() == forward[::-1]
        assert len(forward) == count
        for item in forward:
            assert pack.find(item) is not None
        if forward:
            pack.delete(0)
            pack.append(b"last")
            assert pack.forward() == [*forward[1:], b"last"]
    assert accepted > 100


@given(st.binary(max_size=40))
@settings(max_examples=300)
def test_any_bytes(body: bytes) -> None:
    data = struct.pack("<IH", len(body) + 7, 65535) + body + b"\xff"
    count = valid(data, True)
    if count is not None:
        assert len(Pack(data).forward()) == count
    assert valid(data[:-1], True) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x07\x00\x00\x00\x00\x00",
        b"\x06\x00\x00\x00\x00\xff",
        b"\x08\x00\x00\x00\x00\x00\xff",
        b"\x07\x00\x00\x00\x00\x00\x00",
        b"\x07\x00\x00\x00\x01\x00\xff",
        b"\x08\x00\x00\x00\x01\x00\x01\xff",
        b"\x09\x00\x00\x00\x02\x00\x01\x01\xff",
        b"\x09\x00\x00\x00\x01\x00\x01\x02\xff",
        b"\x0d\x00\x00\x00\x01\x00\xf0\xff\xff\xff\xff\x05\xff",
        b"\x09\x00\x00\x00\x01\x00\xf5\x01\xff",
        b"\x09\x00\x00\x00\x01\x00\xff\x01\xff",
    ],
)
def test_refused(data: bytes) -> None:
    assert valid(data, True) is None
    with pytest.raises(ValueError, match="not a listpack"):
        Pack(data)


def test_longer_encodings_than_needed_are_read() -> None:
    entry = b"\xf4" + (5).to_bytes(8, "little") + b"\x09" + b"\xe0\x01y\x03" + b"\x815\x02"
    pack = Pack(struct.pack("<IH", len(entry) + 7, 3) + entry + b"\xff")
    assert pack.forward() == [b"5", b"y", b"5"]
    assert pack.find(b"y") == 1
    assert pack.find(b"5", 1) == 2
