"""Fuzzes the request parser; `make fuzz` starts it with the right build and run time (tools/fuzz.sh).

How, as tried on Debian 12 with a planted heap overflow behind four byte comparisons:

- atheris 3.0.0 has wheels for CPython 3.11 to 3.13 and carries libFuzzer together with the address
  sanitizer's run time (`asan_with_fuzzer.so`), which is preloaded into a stock Python. An extension compiled
  by clang with `-fsanitize=address,undefined,fuzzer-no-link` then registers its own counters and comparisons
  ("Loaded 1 modules (1270 inline 8-bit counters)"): the compiled code guides the search, not the Python
  around it. The planted bug was found after 80,000 inputs, within a second; about 260,000 inputs/s for a
  trivial target.
- Debian's plain `clang` (14) is enough, without libclang-rt: nothing is linked, the preloaded run time
  defines the sanitizer's symbols. Two checks are off for that reason: `function` (symbol missing there) and
  `vptr` (C++).
- gcc cannot take clang's place: its `-fsanitize-coverage` has no counters that libFuzzer reads.
- Python code is not instrumented (`atheris.instrument_imports`): it would only add noise and cost.

With `--plain SECONDS CRASHES CORPUS` a mutation loop without feedback runs instead, for machines without
clang or atheris. The input at hand is written down before each run, so that a crash of the process leaves it
behind.
"""

import random
import sys
import time
from pathlib import Path

# Started as a script: its directory is on the path, the project's root is not.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.fuzz.target import SEEDS, check

INTERESTING = (
    b"\r\n",
    b"*",
    b"$",
    b"-1",
    b"0",
    b"\x00",
    b"\xff",
    b'"',
    b"'",
    b"\\x",
    b"1048576",
    b"9223372036854775807",
)
MUTATIONS_MAX = 6
# How an input's first byte (limits and cuts, see tests/fuzz/target.py) is chosen for the seeds.
SEED_CHOICES = (0, 1, 8, 0x80, 0xF8)


def write_seeds(folder: Path) -> None:
    """Put the seeds where libFuzzer reads and adds inputs."""
    for number, seed in enumerate(SEEDS):
        for choice in SEED_CHOICES:
            (folder / f"seed-{number}-{choice}").write_bytes(bytes([choice]) + seed)


def guided(arguments: list[str]) -> None:
    """Coverage-guided; `arguments` are libFuzzer's, the first one the folder it works in."""
    import atheris

    write_seeds(Path(arguments[0]))
    atheris.Setup([sys.argv[0], *arguments], check)
    atheris.Fuzz()


def plain(seconds: float, crashes: Path, corpus: Path) -> None:
    """Mutate seeds and corpus without feedback until the time is over."""
    seed = time.time_ns()
    print(f"plain loop, random seed {seed}")
    source = random.Random(seed)
    inputs = [bytes([choice]) + text for text in SEEDS for choice in SEED_CHOICES]
    inputs += [path.read_bytes() for path in sorted(corpus.iterdir()) if path.name != ".gitkeep"]
    current = crashes / f"plain-{seed}"
    runs, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutated(source, source.choice(inputs))
        current.write_bytes(data)
        check(data)
        runs += 1
    current.unlink(missing_ok=True)
    print(f"plain runs: {runs}")


def mutated(source: random.Random, data: bytes) -> bytes:
    """A few random changes: a byte, a token put in, a piece taken out or doubled."""
    out = bytearray(data)
    for _ in range(source.randint(1, MUTATIONS_MAX)):
        at = source.randrange(len(out) + 1)
        match source.randrange(4):
            case 0 if at < len(out):
                out[at] = source.randrange(256)
            case 1:
                out[at:at] = source.choice(INTERESTING)
            case 2:
                del out[at : at + source.randint(1, 16)]
            case _:
                out[at:at] = out[at : at + source.randint(1, 32)]
    return bytes(out)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--plain"]:
        plain(float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        guided(sys.argv[1:])
