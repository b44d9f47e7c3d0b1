"""Checks the house itself: who imports whom, sizes, headers and dead modules (design.md, part 9; style.md).

The rules are data, in tools/layers.toml. `findings(root, table)` is pure but for reading files, so that
tests/unit/test_layers.py runs it on the project and on small false trees that must fail.

Import statements are read by the compiler's own parser in .py and .pyi, and by patterns in .pyx and .pxd,
which no Python parser takes: comments and strings are blanked first and continued lines joined, so a pattern
only ever sees code.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

PACKAGE = "autocache"
CODE = (".py", ".pyx", ".pxd", ".pyi")
# Trees whose files are measured as well; imports are only judged inside the package.
MEASURED = ("src", "tests", "bench", "tools")

# One alternative for each thing that may hold text: long strings first, since "" begins """.
OPAQUE = re.compile(
    r'"""(?:\\.|.)*?"""|\'\'\'(?:\\.|.)*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#[^\n]*', re.DOTALL
)
FROM = re.compile(r"^\s*from\s+(?P<module>[\w.]+)\s+c?import\s+(?P<names>.+)$")
PLAIN = re.compile(r"^\s*c?import\s+(?P<names>[\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*)\s*$")


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass
class Source:
    """One file of the package: its module, its code, and the modules it names."""

    path: Path
    module: str
    text: str
    imports: list[tuple[int, str]] = field(default_factory=list)

    @property
    def room(self) -> str:
        """The room it stands in; empty for the package's own top level."""
        parts = self.module.split(".")
        return parts[1] if len(parts) > 2 or (self.path.stem == "__init__" and len(parts) == 2) else ""


def load(path: Path) -> dict[str, Any]:
    """The table of rooms."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def findings(root: Path, table: dict[str, Any]) -> list[Finding]:
    """Every broken rule under `root`, in the order of files and lines."""
    sources = [read(path, root) for path in files(root / "src" / PACKAGE)]
    modules = {source.module for source in sources}
    found = [*table_contradictions(table)]
    for source in sources:
        found += room_findings(source, modules, table, root)
        found += reserved_findings(source, table, root)
    found += face_findings(sources, root)
    found += dead_findings(sources, modules, table, root)
    for path in (path for tree in MEASURED for path in files(root / tree)):
        found += size_findings(path, table["limits"], root)
    return sorted(set(found))


def files(tree: Path) -> list[Path]:
    """The source files of a tree."""
    return sorted(path for path in tree.rglob("*") if path.suffix in CODE and path.is_file())


# -- reading
# ---------------------------------------------------------------------------------------------------------
def read(path: Path, root: Path) -> Source:
    """One file with the absolute names of what it imports."""
    parts = path.relative_to(root / "src").with_suffix("").parts
    is_package = parts[-1] == "__init__"
    module = ".".join(parts[:-1] if is_package else parts)
    source = Source(path, module, path.read_text(encoding="utf-8"))
    package = module if is_package else module.rpartition(".")[0]
    reader = python_imports if path.suffix in (".py", ".pyi") else cython_imports
    source.imports = [(line, absolute(name, package)) for line, name in reader(source.text)]
    return source


def absolute(name: str, package: str) -> str:
    """`..types.zset` as seen from `package`, in full."""
    dots = len(name) - len(name.lstrip("."))
    if dots == 0:
        return name
    base = package.split(".")[: len(package.split(".")) - dots + 1]
    return ".".join([*base, *filter(None, [name[dots:]])])


def python_imports(text: str) -> Iterator[tuple[int, str]]:
    """Imported modules and names of a Python file: `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from both(node.lineno, "." * level + (module or ""), [alias.name for alias in names])
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield node.lineno, name


def cython_imports(text: str) -> Iterator[tuple[int, str]]:
    """The same for a Cython file, imports and cimports alike."""
    for line, code in statements(text):
        if match := FROM.match(code):
            names = [part.split()[0] for part in match["names"].strip(" ()").split(",") if part.split()]
            yield from both(line, match["module"], names)
        elif match := PLAIN.match(code):
            yield from ((line, part.split()[0]) for part in match["names"].split(","))


def both(line: int, module: str, names: list[str]) -> Iterator[tuple[int, str]]:
    """The module and, since each name may be a module itself, the names in it."""
    if module.strip("."):
        yield line, module
    separator = "" if module.endswith(".") else "."
    yield from ((line, f"{module}{separator}{name}") for name in names if name != "*")


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines of code with the numbers of their first lines; comments and strings are blank."""
    blank = OPAQUE.sub(lambda match: "" if match[0].startswith("#") else '""' + "\n" * match[0].count("\n"), text)
    first, pending = 0, ""
    for number, line in enumerate(blank.split("\n"), start=1):
        first = first if pending else number
        pending += line.rstrip()
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
        elif pending.count("(") > pending.count(")"):
            pending += " "
        else:
            yield from ((first, part) for part in pending.split(";") if part.strip())
            pending = ""


# -- rules
# -----------------------------------------------------------------------------------------------------------
def table_contradictions(table: dict[str, Any]) -> Iterator[Finding]:
    """Rooms whose allowed imports lie above them, or do not exist."""
    rooms = table["rooms"]
    for name, room in rooms.items():
        for other in room["imports"]:
            if other not in rooms:
                yield Finding("tools/layers.toml", 1, f"room {name} may import {other}, which is no room")
            elif rooms[other]["floor"] > room["floor"]:
                yield Finding("tools/layers.toml", 1, f"room {name} may import {other}, which is on a floor above it")


def room_findings(source: Source, modules: set[str], table: dict[str, Any], root: Path) -> Iterator[Finding]:
    """Imports that the table does not allow."""
    rooms, path = table["rooms"], str(source.path.relative_to(root))
    if source.room and source.room not in rooms:
        yield Finding(path, 1, f"room {source.room} is not in tools/layers.toml")
        return
    # The package's own top level is below every room: it may import none.
    room = rooms[source.room] if source.room else {"imports": []}
    ban = table.get("bans", {}).get(room.get("bans", ""), {"modules": [], "reason": ""})
    for line, name in source.imports:
        parts = name.split(".")
        if parts[0] == PACKAGE:
            known = any(module == name or module.startswith(name + ".") for module in modules)
            other = parts[1] if len(parts) > 1 and (known or len(parts) > 2) else ""
            if (
                other
                and other != source.room
                and other not in room["imports"]
                and f"{PACKAGE}.{other}" in packages(modules)
            ):
                yield Finding(path, line, f"{source.room or 'the top level'} may not import {other} ({name})")
            elif other and f"{PACKAGE}.{other}" not in modules:
                yield Finding(path, line, f"there is no module {name}")
        elif any(name == banned or name.startswith(banned + ".") for banned in ban["modules"]):
            yield Finding(path, line, f"{source.room} may not import {name}: {ban['reason']}")


def packages(modules: set[str]) -> set[str]:
    """The names of all packages, with or without an `__init__`."""
    return {".".join(module.split(".")[:end]) for module in modules for end in (1, 2)} | modules


def reserved_findings(source: Source, table: dict[str, Any], root: Path) -> Iterator[Finding]:
    """Statements that only certain rooms may use."""
    for rule in table.get("reserved", []):
        pattern = re.compile(rule["pattern"])
        if source.room in rule["rooms"] or source.path.suffix not in (".pyx", ".pxd"):
            continue
        for line, code in statements(source.text):
            if pattern.search(code):
                yield Finding(str(source.path.relative_to(root)), line, rule["reason"])


def face_findings(sources: list[Source], root: Path) -> Iterator[Finding]:
    """Compiled modules without their C face, and rooms without an `__init__.py`."""
    paths = {source.path for source in sources}
    for source in sources:
        if source.path.suffix == ".pyx" and source.path.with_suffix(".pxd") not in paths:
            yield Finding(str(source.path.relative_to(root)), 1, "no .pxd beside it: its public C face")
        if source.path.parent / "__init__.py" not in paths:
            yield Finding(str(source.path.relative_to(root)), 1, "no __init__.py beside it")


def dead_findings(sources: list[Source], modules: set[str], table: dict[str, Any], root: Path) -> Iterator[Finding]:
    """Modules that nothing reaches from an entry point: imported by nobody, or only by each other."""
    reached: set[str] = set()
    # The top level counts as reached: it is imported before anything in it.
    waiting = {module for module in modules for entry in table["entry_points"]["modules"] if fnmatch(module, entry)}
    waiting |= {PACKAGE}
    uses: dict[str, set[str]] = {}
    for source in sources:
        uses.setdefault(source.module, set()).update(name for _, name in source.imports)
    while waiting:
        module = waiting.pop()
        reached.add(module)
        # Importing a module imports the packages it stands in.
        around = {module.rpartition(".")[0]} if "." in module else set()
        waiting |= ((uses.get(module, set()) | around) & modules) - reached
    for source in sources:
        if source.module not in reached and source.path.stem != "__init__":
            path = str(source.path.relative_to(root))
            yield Finding(path, 1, "dead: no entry point reaches it ([entry_points] in tools/layers.toml)")


def size_findings(path: Path, limits: dict[str, int], root: Path) -> Iterator[Finding]:
    """Files and lines that are too long, and files that do not say what they are for."""
    name, text = str(path.relative_to(root)), path.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > limits["file_lines_max"]:
        yield Finding(name, len(lines), f"{len(lines)} lines; at most {limits['file_lines_max']}")
    for number, line in enumerate(lines, start=1):
        if len(line) > limits["line_chars_max"]:
            yield Finding(name, number, f"{len(line)} characters; at most {limits['line_chars_max']}")
    if not has_header(path, lines):
        yield Finding(name, 1, "no header that says what the file is for")


def has_header(path: Path, lines: list[str]) -> bool:
    """Whether a file opens with a docstring, or a Cython file with one or a comment in words.

    A compiler directive or a `#!` line is no header. A stub is described by what it stands for.
    """
    if path.suffix == ".pyi":
        return True
    for line in filter(None, map(str.strip, lines)):
        if line.startswith(("#!", "# cython:", "# distutils:", "# -*-")):
            continue
        return line.startswith(('"""', 'r"""', "'''")) or (path.suffix in (".pyx", ".pxd") and line.startswith("#"))
    return False


def main() -> int:
    """Check this project; 1 if a rule is broken."""
    root = Path(__file__).resolve().parent.parent
    found = findings(root, load(root / "tools" / "layers.toml"))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
