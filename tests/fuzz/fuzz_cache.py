"""Fuzzes a whole cache: `fuzz_cache.py SECONDS CRASHES [SEED]`; `make fuzz` and `make test` start it (tools/fuzz.sh).

A mutation loop without feedback on the sanitizer build. The invariants look at states, not at branches of one parser,
and most of what runs is reached by any program of tests/fuzz/cache_target.py; what coverage-guided search adds is left
to the parser's target. Programs that survived are kept for a while and spliced, so that states build up.

The input at hand is written down before each run, so that a crash of the process leaves it behind.
"""

import random
import sys
import time
from pathlib import Path

# Started as a script: its directory is on the path, the project's root is not.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.fuzz.cache_target import check, random_program

POOL_MAX = 200


def mutated(draw: random.Random, pool: list[bytes]) -> bytes:
    """A new program, or an old one with some bytes changed, or parts of two."""
    if not pool or draw.random() < 0.4:
        return random_program(draw)
    data = bytearray(draw.choice(pool))
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(4):
            case 0 if at < len(data):
                data[at] = draw.randrange(256)
            case 1:
                other = draw.choice(pool)
                start = draw.randrange(len(other))
                data[at:at] = other[start : start + draw.randint(1, 200)]
            case 2:
                del data[at : at + draw.randint(1, 30)]
            case _:
                data[at:at] = data[at : at + draw.randint(1, 100)]
    return bytes(data[:4000])


def main(seconds: float, crashes: Path, seed: int) -> None:
    """Run programs until the time is over."""
    print(f"cache fuzz: seed {seed}", flush=True)
    draw = random.Random(seed)
    pool: list[bytes] = []
    current = crashes / f"cache-{seed}"
    runs, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutated(draw, pool)
        current.write_bytes(data)
        check(data)
        if data:
            pool.append(data)
        if len(pool) > POOL_MAX:
            pool.pop(draw.randrange(len(pool)))
        runs += 1
    current.unlink(missing_ok=True)
    print(f"plain runs: {runs}")


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else time.time_ns())
