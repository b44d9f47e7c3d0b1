"""What the unit tests share."""

from __future__ import annotations

import gc
import inspect

import pytest

# The allocator's figures are the process's. A cache of an earlier test that is freed only by the garbage collector,
# in the middle of a test that compares them, would change them.
COMPARES_MEMORY = "used_bytes", "live_blocks"


@pytest.fixture(autouse=True)
def no_garbage(request: pytest.FixtureRequest) -> None:
    """Before each test of a module that compares the memory in use, free what nobody uses any more."""
    if any(word in inspect.getsource(request.module) for word in COMPARES_MEMORY):
        gc.collect()
