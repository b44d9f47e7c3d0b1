"""The project keeps its own house rules, and the check that says so (tools/layers.py) can fail."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools import layers

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE: dict[str, Any] = {
    "limits": {"file_lines_max": 20, "line_chars_max": 60},
    "rooms": {
        "base": {"floor": 0, "imports": []},
        "memory": {"floor": 0, "imports": ["base"]},
        "resp": {"floor": 1, "imports": ["base", "memory"], "bans": "sans-io"},
        "types": {"floor": 1, "imports": ["base", "memory"]},
        "app": {"floor": 7, "imports": ["base", "memory", "resp", "types"]},
    },
    "entry_points": {"modules": ["autocache.app.main"]},
    "bans": {"sans-io": {"reason": "sans-io", "modules": ["socket", "posix"]}},
    "reserved": [{"rooms": ["memory"], "pattern": r"cimport.*\bmalloc\b", "reason": "only memory/ allocates"}],
}
# A tree with nothing to complain about: each test changes one file of it.
SOUND = {
    "__init__.py": '"""The package."""\n',
    "base/__init__.py": '"""Floor 0."""\n',
    "base/text.py": '"""Text."""\n',
    "memory/__init__.py": '"""Floor 0."""\n',
    "memory/alloc.pyx": '"""Allocates."""\nfrom libc.stdlib cimport malloc\n',
    "memory/alloc.pxd": "# The face of alloc.\n",
    "resp/__init__.py": '"""Floor 1."""\n',
    "resp/parser.pyx": '"""Parses."""\nfrom autocache.memory.alloc cimport (  # why (\n    mem,\n)\n',
    "resp/parser.pxd": "# The face of parser.\n",
    "types/__init__.py": '"""Floor 1."""\n',
    "types/zset.py": '"""Sets."""\n',
    "app/__init__.py": '"""Floor 7."""\n',
    "app/main.py": (
        '"""Starts."""\nfrom autocache.base import text\nfrom autocache.resp import parser\n'
        "import autocache.types.zset\n"
    ),
}
Check = Callable[..., list[str]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """A function that writes the sound tree with some files changed and returns what is found there."""

    def run(**changes: str) -> list[str]:
        for name, text in (SOUND | changes).items():
            path = tmp_path / "src" / "autocache" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return [str(finding).removeprefix("src/autocache/") for finding in layers.findings(tmp_path, TABLE)]

    return run


def test_the_project_keeps_its_rules() -> None:
    found = layers.findings(ROOT, layers.load(ROOT / "tools" / "layers.toml"))
    assert not found, "\n" + "\n".join(map(str, found))


def test_the_table_has_a_room_for_each_directory() -> None:
    rooms = layers.load(ROOT / "tools" / "layers.toml")["rooms"]
    here = {path.parent.name for path in (ROOT / "src" / "autocache").glob("*/__init__.py")}
    assert here <= set(rooms)


def test_a_sound_tree_has_no_findings(check: Check) -> None:
    assert check() == []


@pytest.mark.parametrize(
    "statement",
    [
        "from autocache.types.zset cimport ZSet",
        "from autocache.types cimport zset",
        "cimport autocache.types.zset as z",
        "cimport cython, autocache.types.zset",
        "from ..types.zset cimport ZSet",
        "from ..types cimport zset",
        "from .. import types",
        "from autocache import types",
        "import autocache.types.zset",
        "if True:\n    from autocache.types.zset import ZSet",
        "from autocache.types.zset cimport (  # a reason, with (\n    ZSet,\n)",
        "from autocache.types.zset \\\n    cimport ZSet",
        "x = 1; cimport autocache.types.zset",
    ],
)
@pytest.mark.parametrize("suffix", [".pyx", ".pxd"])
def test_a_sideways_import_in_cython(check: Check, statement: str, suffix: str) -> None:
    found = check(**{f"resp/parser{suffix}": f"# A header.\nfrom ..memory cimport alloc\n{statement}\n"})
    assert len(found) in (1, 2)
    assert all("resp may not import types" in line for line in found)


@pytest.mark.parametrize(
    "statement",
    [
        "from autocache.app.main import main",
        "from autocache.app import main",
        "import autocache.app.main",
        "from ..app import main",
        "def f():\n    from autocache.app import main",
        "import importlib\nimportlib.import_module('autocache.app.main')",
    ],
)
def test_an_upward_import_in_python(check: Check, statement: str) -> None:
    found = check(**{"types/zset.py": f'"""Sets."""\n{statement}\n'})
    assert found
    assert all("types may not import app" in line for line in found)


def test_text_that_looks_like_an_import_is_none(check: Check) -> None:
    text = '"""Parses.\n\nfrom autocache.app import main\n"""\nfrom autocache.memory.alloc cimport mem\n'
    text += "# cimport autocache.app.main\nx = 'import autocache.app.main'\n"
    assert check(**{"resp/parser.pyx": text}) == []


def test_the_line_of_a_finding(check: Check) -> None:
    text = '"""Parses.\n\nMore.\n"""\nfrom ..memory cimport alloc\n\ncimport autocache.types.zset\n'
    assert check(**{"resp/parser.pyx": text}) == [
        "resp/parser.pyx:7: resp may not import types (autocache.types.zset)",
    ]


def test_the_top_level_imports_no_room(check: Check) -> None:
    found = check(**{"__init__.py": '"""P."""\nfrom autocache.base import text\n'})
    assert "the top level may not import base" in found[0]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("attic/__init__.py", '"""Attic."""\n', "room attic is not in"),
        ("base/text.py", '"""Text."""\n' + "x = 1\n" * 20, "21 lines; at most 20"),
        ("base/text.py", '"""Text."""\n# ' + "x" * 60 + "\n", "62 characters; at most 60"),
        ("base/text.py", "x = 1\n", "no header"),
        ("base/text.py", "", "no header"),
        ("base/text.py", "# A comment is none in Python.\n", "no header"),
        ("resp/parser.pxd", "cdef int x\n", "no header"),
        ("resp/parser.pyx", "# cython: language_level=3\nfrom ..memory cimport alloc\n", "no header"),
        ("types/lonely.py", '"""Used by nobody."""\n', "dead"),
        ("types/list.pyx", '"""Lists."""\n', "no .pxd beside it"),
        ("app/deep/main.py", '"""No package."""\n', "no __init__.py"),
        ("app/main.py", SOUND["app/main.py"] + "import autocache.tipes.zset\n", "there is no module"),
        (
            "resp/parser.pyx",
            '"""P."""\nfrom ..memory cimport alloc\nimport socket\n',
            "resp may not import socket: sans-io",
        ),
        (
            "resp/parser.pyx",
            '"""P."""\nfrom ..memory cimport alloc\nfrom posix.time cimport timespec\n',
            "sans-io",
        ),
        (
            "resp/parser.pyx",
            '"""P."""\nfrom ..memory cimport alloc\nfrom libc.stdlib cimport free, malloc\n',
            "only memory/",
        ),
    ],
)
def test_other_rules(check: Check, name: str, text: str, complaint: str) -> None:
    found = check(**{name: text})
    assert any(complaint in line and line.startswith(name) for line in found), found


def test_modules_that_only_use_each_other_are_dead(check: Check) -> None:
    found = check(
        **{
            "types/left.py": '"""Left."""\nfrom autocache.types import right\n',
            "types/right.py": '"""Right."""\nfrom autocache.types import left\n',
        }
    )
    assert [line.partition(":")[0] for line in found] == ["types/left.py", "types/right.py"]


def test_a_table_that_contradicts_itself() -> None:
    table = {"rooms": {"base": {"floor": 0, "imports": ["app", "attic"]}, "app": {"floor": 7, "imports": []}}}
    found = [finding.text for finding in layers.table_contradictions(table)]
    assert found == [
        "room base may import app, which is on a floor above it",
        "room base may import attic, which is no room",
    ]
