"""Every conformance case, in RESP2 and RESP3, on our server and on redis-server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import servers
from tests.conformance.differences import DIFFERENCES, differences_of
from tests.conformance.groups import all_cases
from tests.conformance.model import Case
from tests.conformance.runner import Control, describe, run_case
from tests.conftest import ServerPair

CASES = all_cases()


@pytest.fixture(scope="module")
def controls(server_pair: ServerPair) -> Iterator[list[Control]]:
    """Control connections to both servers."""
    server_pair.ensure_alive()
    both = [Control(server_pair.ours), Control(server_pair.redis)]
    for control in both:
        control.reset()
    yield both
    for control in both:
        control.close()


@pytest.mark.parametrize(
    ("case", "protocol"),
    [pytest.param(case, protocol, id=f"{case.id}-{protocol}") for case in CASES for protocol in case.protocols],
)
def test_case(case: Case, protocol: int, server_pair: ServerPair, controls: list[Control]) -> None:
    """The two servers give the same replies, byte by byte or through the step's normaliser."""
    differences = {} if servers.SELF_IS_REDIS else differences_of(case.id)
    try:
        outcome = run_case(case, protocol, server_pair.ours, server_pair.redis, differences)
    finally:
        server_pair.ensure_alive()
        for control in controls:
            control.reset(case)
    if not all(same for *_, same in outcome):
        pytest.fail(describe(case, protocol, outcome), pytrace=False)


def test_differences_name_existing_cases() -> None:
    """A renamed case may not leave its exception behind."""
    steps = {case.id: len(case.steps) for case in CASES}
    for difference in DIFFERENCES:
        assert difference.step <= steps.get(difference.case, 0), difference
        assert difference.reason, difference
