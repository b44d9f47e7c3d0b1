"""Cython's performance hints and implicit declarations, as findings of `make lint`.

A hint in the data path is a defect (a nogil call that takes the GIL back, a local that became a Python
object), but Cython only prints it while it compiles, and `warn.undeclared` also counts what has no
declaration in Cython: names bound by `import`, `except ... as`, `with ... as` and by comprehensions, and
every local of a `def` function that is a Python object on purpose. So each module is translated once more
here, to nowhere, and its messages are sifted. Results are kept in build/hints.json by content.
"""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "hints.json"
JOBS = 2
NOT_COMPILED = "does not compile"
MESSAGE = re.compile(r"^(?:performance hint: |warning: )?(?P<file>\S+?\.p[yx][xd]?):(?P<line>\d+):\d+: (?P<text>.*)$")
UNDECLARED = re.compile(r"implicit declaration of '(?P<name>\w+)'")
BINDS_WITHOUT_DECLARATION = (
    r"\bimport\b|\bas\s+\(?{name}\b|\bfor\b[^:]*\b{name}\b[^:]*\bin\b|^\s*(?:from|class|@)|^\s*{name},?$"
)
DIRECTIVES = "boundscheck=False,wraparound=False,initializedcheck=False,nonecheck=False,cdivision=True"


def main() -> int:
    """Print what was found; 1 if anything was."""
    modules = sorted((ROOT / "src").rglob("*.pyx"))
    faces = b"".join(path.read_bytes() for path in sorted((ROOT / "src").rglob("*.pxd")))
    common = hashlib.sha256(faces + Path(__file__).read_bytes()).hexdigest()
    known: dict[str, list[str]] = json.loads(CACHE.read_text("utf-8")) if CACHE.exists() else {}
    keys = {path: hashlib.sha256(common.encode() + bytes(path) + path.read_bytes()).hexdigest() for path in modules}
    with ThreadPoolExecutor(JOBS) as pool:
        missing = [path for path in modules if keys[path] not in known]
        for path, found in zip(missing, pool.map(findings, missing), strict=True):
            known[keys[path]] = found
    CACHE.parent.mkdir(exist_ok=True)
    kept = {key: known[key] for key in keys.values() if not any(NOT_COMPILED in line for line in known[key])}
    CACHE.write_text(json.dumps(kept), "utf-8")
    lines = sorted({line for key in keys.values() for line in known[key]})
    for line in lines:
        print(line)
    return 1 if lines else 0


def findings(path: Path) -> list[str]:
    """What Cython says about one module, less what is no defect."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            sys.executable,
            "-m",
            "cython",
            "-3",
            "-X",
            DIRECTIVES,
            "-X",
            "warn.undeclared=True",
            "-I",
            "src",
        ]
        command += ["-o", f"{scratch}/out.c", str(path.relative_to(ROOT))]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [line for line in done.stderr.splitlines() if (match := MESSAGE.match(line)) and is_defect(match)]
    if done.returncode != 0 and not found:
        found = [f"{path.relative_to(ROOT)}: {NOT_COMPILED}: {done.stderr[-2000:]}"]
    return found


def is_defect(message: re.Match[str]) -> bool:
    """Whether a message is to be acted on."""
    undeclared = UNDECLARED.search(message["text"])
    if undeclared is None:
        return True
    source = (ROOT / message["file"]).read_text("utf-8").splitlines()
    number = int(message["line"]) - 1
    if number >= len(source) or in_python_function(source, number):
        return False
    return not re.search(BINDS_WITHOUT_DECLARATION.format(name=undeclared["name"]), source[number])


def in_python_function(source: list[str], number: int) -> bool:
    """Whether line `number` stands in a `def` or at module level, where Python objects are the rule."""
    indent = len(source[number]) - len(source[number].lstrip())
    for line in reversed(source[:number]):
        here = len(line) - len(line.lstrip())
        if line.strip() and here < indent:
            indent = here
            if re.match(r"\s*(async\s+)?def\b", line):
                return True
            if re.match(r"\s*c?p?def\b", line) and not line.lstrip().startswith("cdef class"):
                return False
    return True


if __name__ == "__main__":
    sys.exit(main())
