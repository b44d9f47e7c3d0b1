"""Purposeful differences from redis-server 7.0, each with its reason. Reviewed: a change here is a change of
behaviour.

An entry names the case, the step (1-based, waits included) and the pattern that OUR raw reply must match
there. Anything that is not listed must be equal. Entries do not apply when the suite compares redis-server
with itself.
"""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """What we answer instead, and why."""

    case: str
    step: int
    ours: bytes
    reason: str


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "sorting/a sorted set stays compact",
        3,
        rb"\$8\r\nlistpack\r\n",
        "redis-server's SORT turns a compact sorted set into a skiplist for good; we sort it where it lies",
    ),
)

# Replies that are compared by shape only, because their text belongs to each product. Listed here so that
# it is reviewed
# with the rest; the cases themselves use the normaliser of that name.
#   HELP of every container   `strings`: an array of strings; the wording is ours.
#   INFO                      `sections` and test_info.py: same sections and field names for what both have.
#   CLIENT LIST, CLIENT INFO  `client`: same fields in the same order; sizes, ids and times are each
#       server's own.
#   MEMORY USAGE, DEBUG OBJECT `type`/`digits`: our entries are smaller, which is the point of the product.


def differences_of(case: str) -> dict[int, Difference]:
    """The differences of one case, by step."""
    return {difference.step: difference for difference in DIFFERENCES if difference.case == case}
