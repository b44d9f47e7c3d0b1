"""PFADD, PFCOUNT, PFMERGE, PFDEBUG and PFSELFTEST: counts, errors, and the very bytes of sparse and dense values."""

from __future__ import annotations

import random

from tests.conformance.model import Group

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("hyperloglogs")
CASES = case.cases

DRAW = random.Random(5)
SHOW = ["GET k", "PFDEBUG ENCODING k", "OBJECT ENCODING k", "STRLEN k"]


def many(count: int, seed: int = 0) -> list[str]:
    """Elements, the same for every call."""
    return [f"element:{seed}:{i}" for i in range(count)]


case.each("arity", """
    PFADD
    PFCOUNT
    PFMERGE
    PFDEBUG
    PFDEBUG ENCODING
    PFDEBUG ENCODING k x
    PFSELFTEST x
""", before="PFADD k a")
HEADER = b"HYLL\x01\0\0\0" + bytes(7) + b"\x80"
BROKEN = {
    "empty": b"", "number": b"12345", "text": b"hello world, this is no HyperLogLog", "magic only": b"HYLL",
    "short header": HEADER[:15], "wrong magic": b"HYLX" + HEADER[4:] + b"\x7f\xff",
    "unknown encoding": b"HYLL\x02" + HEADER[5:] + b"\x7f\xff", "short dense": b"HYLL\0" + HEADER[5:] + bytes(12287),
    "long dense": b"HYLL\0" + HEADER[5:] + bytes(12289), "no operations": HEADER, "too few": HEADER + b"\x7f\xfe",
    "too many": HEADER + b"\x7f\xff\x00", "far too many": HEADER + b"\x7f\xff\x7f\xff", "one value": HEADER + b"\x80",
    "values": HEADER + b"\x83" * 100, "value over the end": HEADER + b"\x7f\xfe\x83",
     "cached": HEADER[:15] + b"\0\x00\x00",
}
for name, value in BROKEN.items():
    case(f"corrupt: {name}", ["SET", "k", value], "PFCOUNT k", "PFCOUNT k none", "PFMERGE d k", "PFMERGE k none",
     "GET k",
         "PFDEBUG ENCODING k", "PFDEBUG TODENSE k", "PFDEBUG GETREG k", "PFDEBUG DECODE k", "GET k", "EXISTS d")
    case(f"corrupt, added to: {name}", ["SET", "k", value], "PFADD k", "GET k")
case("wrong type", "SET t 1", "PFADD t a", "PFCOUNT t", "PFCOUNT none t", "PFMERGE d t", "PFMERGE t",
     "PFDEBUG ENCODING t",
     "PFDEBUG BOGUS t", "EXISTS d")
case("debug errors", "PFADD k a", "PFDEBUG BOGUS k", "PFDEBUG ENCODING none", "PFDEBUG BOGUS none", 'PFDEBUG "" k',
     "PFDEBUG TODENSE k", "PFDEBUG TODENSE k", "PFDEBUG DECODE k")
case("self test", "PFSELFTEST", protocols=(2,), timeout_s=60)
case("empty", "PFADD k", *SHOW, "PFADD k", "PFCOUNT k", *SHOW, "PFCOUNT none", "PFCOUNT none none", "PFMERGE m",
     "GET m",
     "PFMERGE m none", "GET m", "PFDEBUG DECODE k", "PFDEBUG DECODE m", "EXISTS none", 'PFADD e ""', "GET e",
     "PFCOUNT e")
case("first elements", "PFADD k a b c", *SHOW, "PFDEBUG DECODE k", "PFADD k a b c", *SHOW, "PFCOUNT k", "GET k",
     "PFADD k a",
     "GET k", "PFADD k d", "GET k", "PFCOUNT k", "GET k", "PFCOUNT k k", "PFDEBUG GETREG k", *SHOW, "PFCOUNT k",
     "PFADD k a e f",
     "GET k")
case("expiry stays", "PFADD k a", "PEXPIREAT k 33177117420000", "PFADD k b", "PEXPIRETIME k", "PFDEBUG TODENSE k",
     "PEXPIRETIME k",
     "PFCOUNT k", "PFMERGE k k", "PEXPIRETIME k")
case("encoding of a copy", "PFADD k a", "COPY k c", "OBJECT ENCODING c", ["SET", "s", HEADER + b"\x7f\xff"],
     "OBJECT ENCODING s",
     "PFCOUNT s s", "OBJECT ENCODING s", "PFCOUNT s", "OBJECT ENCODING s", ["SET", "s", HEADER + b"\x7f\xff"],
     "PFADD s",
     "OBJECT ENCODING s", ["SET", "s", HEADER + b"\x7f\xff"], "PFDEBUG ENCODING s", "OBJECT ENCODING s")
for count in (1, 2, 5, 20, 100, 500, 1000, 1600, 3000, 10_000):
    elements = many(count)
    case(f"{count} elements", ["PFADD", "k", *elements], *SHOW, "PFCOUNT k", "GET k", ["PFADD", "k", *elements[:50]],
     "GET k",
         ["PFADD", "j", *many(count // 2, 1)], "PFCOUNT k j", "PFCOUNT k", "PFMERGE m k j", "GET m", "PFCOUNT m",
         "PFMERGE k j",
         *SHOW, "PFCOUNT k", "PFDEBUG GETREG j", "GET j", timeout_s=20)
case("one by one", *[step for i, element in enumerate(many(400, 2)) for step in ([["PFADD", "k", element]]
     + (["GET k", "PFCOUNT k"] if i % 20 == 0 else []))], "GET k", "PFDEBUG DECODE k")
for limit in (0, 20, 64, 500, 3000, 15_000, 100_000):
    case(f"hll-sparse-max-bytes {limit}", f"CONFIG SET hll-sparse-max-bytes {limit}", "PFADD k a", *SHOW,
         *[["PFADD", "k", element] for element in many(60, 3)], *SHOW, ["PFADD", "k", *many(5000, 4)], *SHOW,
         "PFCOUNT k",
         ["PFADD", "j", *many(30, 5)], "PFMERGE m j", "GET m", "PFMERGE j k", "GET j",
         "CONFIG SET hll-sparse-max-bytes 3000",
         timeout_s=20)
# Ranks that the sparse form cannot hold would need 2^32 elements; foreign bytes say them at once.
DENSE = b"HYLL\0" + HEADER[5:] + DRAW.randbytes(12288)
for name, value in {"random": DENSE, "zeros": DENSE[:16] + bytes(12288), "full": DENSE[:16] + b"\xff" * 12288,
                    "high": DENSE[:16] + b"\xf3\x3c\xcf" * 4096}.items():
    case(f"foreign dense {name}", ["SET", "k", value], "PFCOUNT k", "GET k", ["PFADD", "k", *many(100)], "GET k",
     "PFCOUNT k",
         "PFCOUNT k none", "PFDEBUG GETREG k", "PFADD j a", "PFMERGE j k", "GET j")


def foreign(seed: int) -> bytes:
    """A sparse value with operations that redis-server would write otherwise: short, unmerged, long for short."""
    draw = random.Random(seed)
    operations, left = bytearray(), 16384
    while left:
        kind = draw.randrange(3)
        run = min(left, draw.randint(1, (64, 4, 700)[kind]))
        left -= run
        if kind == 0:
            operations.append(run - 1)
        elif kind == 1:
            operations.append(0x80 | draw.choice((0, 1, 30, 31)) << 2 | (run - 1))
        else:
            operations += (0x4000 | (run - 1)).to_bytes(2, "big")
    return HEADER + bytes(operations)


for seed in range(12):
    case(f"foreign sparse {seed}", ["SET", "k", foreign(seed)], "PFDEBUG DECODE k", "PFCOUNT k",
         *[step for element in many(60, seed) for step in (["PFADD", "k", element], ["GET", "k"])], "PFCOUNT k",
         "PFMERGE m k", "GET m", ["PFADD", "j", *many(100, seed + 1)], "PFMERGE j k", "GET j", "PFCOUNT j",
         "PFDEBUG TODENSE k",
         "GET k", timeout_s=20)
case("watched", "PFADD k a", "WATCH k", "c2> PFADD k a", "MULTI", "PING", "EXEC", "WATCH k", "c2> PFCOUNT k", "MULTI",
     "PING",
     "EXEC", "WATCH k", "c2> PFCOUNT k", "MULTI", "PING", "EXEC", "WATCH k", "c2> PFADD k b", "MULTI", "PFCOUNT k",
     "EXEC")
