"""Commands on strings that look like HyperLogLogs: a corrupt one is an error, never more, and nothing leaks."""

import random

import pytest

from autocache.commands.cache import Cache, LocalSession
from autocache.memory.alloc import usage

NOT_ONE = b"-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n"
CORRUPT = b"-INVALIDOBJ Corrupted HLL object detected\r\n"


@pytest.fixture
def session() -> LocalSession:
    return Cache(seed=1).session()


def bulk(reply: bytes) -> bytes:
    head, _, rest = reply.partition(b"\r\n")
    return rest[: int(head[1:])]


def mutated(draw: random.Random, data: bytes) -> bytes:
    copy = bytearray(data)
    for _ in range(draw.randint(1, 5)):
        at = draw.randrange(len(copy) + 1)
        match draw.randrange(4):
            case 0 if at < len(copy):
                copy[at] = draw.randrange(256)
            case 1:
                del copy[at : at + draw.choice((1, 2, 3, 500))]
            case 2:
                copy[at:at] = draw.randbytes(draw.choice((1, 2, 3, 500)))
            case _:
                copy[16:] = draw.randbytes(draw.choice((0, 1, 2, 30, 12288)))
    return bytes(copy)


def hurt(session: LocalSession, draw: random.Random, originals: list[bytes]) -> None:
    """Run random commands on mutations of real values; every reply is whole, and an error one of the two."""
    for _ in range(120):
        session.execute(b"SET", b"k", mutated(draw, draw.choice(originals)))
        for _ in range(6):
            command = draw.choice(
                [
                    [b"PFADD", b"k", *(draw.randbytes(3) for _ in range(draw.choice((0, 1, 30))))],
                    [b"PFCOUNT", b"k"],
                    [b"PFCOUNT", b"k", b"sparse"],
                    [b"PFMERGE", b"k", b"sparse"],
                    [b"PFMERGE", b"m", b"k"],
                    [b"PFDEBUG", draw.choice((b"DECODE", b"GETREG", b"TODENSE", b"ENCODING")), b"k"],
                ]
            )
            reply = session.execute(*command)
            assert reply.endswith(b"\r\n")
            if reply.startswith(b"-") and command[0] != b"PFDEBUG":
                assert reply in (NOT_ONE, CORRUPT)
    session.execute(b"DEL", b"k", b"m")


@pytest.mark.parametrize("seed", range(8))
def test_corrupt_values(session: LocalSession, seed: int) -> None:
    """Every command answers each mutation, and no block is left behind."""
    draw = random.Random(seed)
    session.execute(b"PFADD", b"sparse", *(b"%d" % i for i in range(300)))
    session.execute(b"PFADD", b"dense", *(b"%d" % i for i in range(5000)))
    originals = [bulk(session.execute(b"GET", name)) for name in (b"sparse", b"dense")]
    # A long reply and a first round give the session's reply buffers their size.
    session.execute(b"SET", b"k", bytes(20_000))
    session.execute(b"GET", b"k")
    hurt(session, draw, originals)
    blocks = usage()["live_blocks"]
    hurt(session, draw, originals)
    assert usage()["live_blocks"] == blocks


def test_sparse_values_waste_little(session: LocalSession) -> None:
    """A sparse value that outgrew its entry has an eighth of spare room at most, and a dense one none."""
    for i in range(900):
        session.execute(b"PFADD", b"k", b"%d" % i)
    assert session.execute(b"PFDEBUG", b"ENCODING", b"k") == b"+sparse\r\n"
    length = int(session.execute(b"STRLEN", b"k")[1:])
    assert length > 1024
    assert int(session.execute(b"MEMORY", b"USAGE", b"k")[1:]) < length * 9 // 8 + 150
    session.execute(b"PFDEBUG", b"TODENSE", b"k")
    assert int(session.execute(b"MEMORY", b"USAGE", b"k")[1:]) < 12304 + 150
