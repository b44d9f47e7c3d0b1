"""Conformance cases, one module per command group. A module's `CASES` is a plain list.

A module with `PENDING = True` waits for a later issue: it runs only with AUTOCACHE_TEST_PENDING=1.
"""

from __future__ import annotations

import importlib
import os
import pkgutil

from tests.conformance.model import Case


def all_cases() -> list[Case]:
    """Every case of every group, with identifiers checked to be unique."""
    pending = os.environ.get("AUTOCACHE_TEST_PENDING") == "1"
    cases: list[Case] = []
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        loaded = importlib.import_module(f"{__name__}.{module}")
        if pending or not getattr(loaded, "PENDING", False):
            cases += loaded.CASES
    names = [case.id for case in cases]
    repeated = {name for name in names if names.count(name) > 1} if len(set(names)) != len(names) else set()
    assert not repeated, f"case identifiers used twice: {sorted(repeated)}"
    return cases
