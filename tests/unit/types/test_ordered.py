"""The ordered tree against sorted lists: every operation, every invariant, and what it takes."""

import os
import random
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from autocache.memory import alloc
from autocache.types.ordered import OrderedIntegers

Order = Callable[[int], list[int]]
VALUES = st.integers(1, 3000)
BYTES_PER_ITEM_MAX = 13
# Some 2 s alone on the machine, which may be shared and whose build may be the sanitizer's.
SECONDS_MAX = 60


class OrderedAgainstList(RuleBasedStateMachine):
    """Random steps, small and in bulk, on a tree and on a sorted list."""

    def __init__(self) -> None:
        super().__init__()
        self.used = alloc.usage()["used_bytes"]
        self.tree = OrderedIntegers()
        self.model: list[int] = []

    @rule(value=VALUES)
    def insert(self, value: int) -> None:
        assert self.tree.insert(value) == (value not in self.model)
        if value not in self.model:
            insort(self.model, value)

    @rule(start=VALUES, step=st.integers(-7, 7).filter(bool), count=st.integers(1, 300))
    def insert_run(self, start: int, step: int, count: int) -> None:
        run = [value for value in range(start, start + step * count, step) if value > 0]
        assert self.tree.insert_all(run) == len(set(run) - set(self.model))
        self.model = sorted({*self.model, *run})

    @rule(seed=st.integers(0, 2**32), count=st.integers(1, 500))
    def insert_random(self, seed: int, count: int) -> None:
        values = random.Random(seed).sample(range(1, 3001), count)
        assert self.tree.insert_all(values) == len(set(values) - set(self.model))
        self.model = sorted({*self.model, *values})

    @rule(gap=st.integers(1, 50), count=st.integers(1, 300))
    def append(self, gap: int, count: int) -> None:
        for _ in range(count):
            value = (self.model[-1] if self.model else 0) + gap
            self.tree.append(value)
            self.model.append(value)

    @rule(value=VALUES)
    def remove(self, value: int) -> None:
        assert self.tree.remove(value) == (value if value in self.model else 0)
        if value in self.model:
            self.model.remove(value)

    @rule(seed=st.integers(0, 2**32), share=st.floats(0, 1))
    def remove_random(self, seed: int, share: float) -> None:
        values = random.Random(seed).sample(self.model, int(share * len(self.model)))
        assert self.tree.remove_all(values) == len(values)
        self.model = sorted(set(self.model) - set(values))

    @precondition(lambda self: self.model)
    @rule(share=st.floats(0, 1))
    def remove_at(self, share: float) -> None:
        rank = int(share * (len(self.model) - 1))
        assert self.tree.remove_at(rank) == self.model.pop(rank)

    @rule(first=st.integers(0, 3000), count=st.integers(0, 1000))
    def remove_range(self, first: int, count: int) -> None:
        self.tree.remove_range(first, count)
        del self.model[first : first + count]

    @rule(count=st.integers(1, 200), is_first=st.booleans())
    def pop(self, count: int, is_first: bool) -> None:
        for _ in range(min(count, len(self.model))):
            rank = 0 if is_first else len(self.model) - 1
            assert self.tree.remove_at(rank) == self.model.pop(rank)

    @rule(share=st.floats(0, 1))
    def replace(self, share: float) -> None:
        # Another number between the same neighbours: a different item in the same place.
        rank = int(share * len(self.model))
        if rank < len(self.model) and (rank + 1 == len(self.model) or self.model[rank] + 1 < self.model[rank + 1]):
            self.model[rank] += 1
            self.tree.replace_at(rank, self.model[rank])

    @rule(value=VALUES)
    def find(self, value: int) -> None:
        rank = bisect_left(self.model, value)
        item = self.model[rank] if rank < len(self.model) else 0
        assert self.tree.find(value) == (item == value, rank, item)

    @rule(tenth=st.integers(0, 301))
    def bounds(self, tenth: int) -> None:
        low, high = bisect_left(self.model, tenth * 10), bisect_left(self.model, tenth * 10 + 10)
        around = [0, *self.model, 0]
        assert self.tree.bound(tenth, is_lower=True, strict=False) == around[low + 1]
        assert self.tree.bound(tenth, is_lower=True, strict=True) == around[high + 1]
        assert self.tree.bound(tenth, is_lower=False, strict=False) == around[high]
        assert self.tree.bound(tenth, is_lower=False, strict=True) == around[low]

    @rule(share=st.floats(0, 1))
    def at(self, share: float) -> None:
        rank = int(share * len(self.model))
        assert self.tree.at(rank) == (self.model[rank] if rank < len(self.model) else 0)

    @rule(budget=st.integers(1, 20))
    def clear(self, budget: int) -> None:
        while not self.tree.clear_step(budget):
            pass
        self.model.clear()
        assert alloc.usage()["used_bytes"] == self.used

    @invariant()
    def holds_the_same(self) -> None:
        assert self.tree.flaw() is None
        assert len(self.tree) == len(self.model)
        assert self.tree.forward() == self.model
        assert self.tree.backward() == self.model[::-1]
        assert self.tree.held_bytes() == alloc.usage()["used_bytes"] - self.used

    def teardown(self) -> None:
        del self.tree
        assert alloc.usage()["used_bytes"] == self.used


OrderedAgainstList.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestOrderedAgainstList = OrderedAgainstList.TestCase


def seeded() -> random.Random:
    seed = int(os.environ.get("AUTOCACHE_TEST_SEED", random.randrange(2**32)))
    print(f"AUTOCACHE_TEST_SEED={seed}")
    return random.Random(seed)


def test_large_random_run() -> None:
    choose = seeded()
    used = alloc.usage()["used_bytes"]
    tree, model = OrderedIntegers(), set[int]()
    for step in range(200):
        grows = choose.random() < (0.8 if step < 100 else 0.3)
        values = [choose.randrange(1, 200_000) for _ in range(1000)]
        if grows:
            assert tree.insert_all(values) == len({*values} - model)
            model.update(values)
        else:
            assert tree.remove_all(values) == len({*values} & model)
            model.difference_update(values)
        assert tree.flaw() is None
    ordered = sorted(model)
    assert tree.forward() == ordered
    for rank in choose.sample(range(len(ordered)), 1000):
        assert tree.at(rank) == ordered[rank]
        assert tree.find(ordered[rank]) == (True, rank, ordered[rank])
    for tenth in range(0, 20_000, 37):
        wanted = bisect_right(ordered, tenth * 10 + 9)
        assert tree.bound(tenth, is_lower=True, strict=True) == (ordered[wanted] if wanted < len(ordered) else 0)
    choose.shuffle(ordered)
    for start in range(0, len(ordered), 997):
        tree.remove_all(ordered[start : start + 997])
        assert tree.flaw() is None
    assert len(tree) == 0
    assert alloc.usage()["used_bytes"] == used


def test_ranges_removed_from_everywhere() -> None:
    choose = seeded()
    tree = OrderedIntegers()
    model = list(range(1, 100_001))
    tree.insert_all(model)
    while model:
        first = choose.choice([0, choose.randrange(len(model)), max(0, len(model) - 50)])
        count = choose.choice([1, 40, 700, 5000])
        tree.remove_range(first, count)
        del model[first : first + count]
        assert tree.flaw() is None
    assert tree.held_bytes() == 0


def random_order(count: int) -> list[int]:
    return seeded().sample(range(1, 2**40), count)


def ascending(count: int) -> list[int]:
    return list(range(1, count + 1))


def descending(count: int) -> list[int]:
    return list(range(count, 0, -1))


ORDERS = [random_order, ascending, descending]


@pytest.mark.parametrize("inserted", ORDERS)
@pytest.mark.parametrize("removed", ORDERS)
def test_every_step_from_nothing_to_nothing(inserted: Order, removed: Order) -> None:
    for _ in range(20 if random_order in (inserted, removed) else 1):
        tree = OrderedIntegers()
        values = inserted(400)
        for value in values:
            tree.insert(value)
            assert tree.flaw() is None
        values.sort()
        assert tree.forward() == values
        ranks = sorted(range(len(values)), key=removed(len(values)).__getitem__)
        for rank in ranks:
            assert tree.remove(values[rank]) == values[rank]
            assert tree.flaw() is None
        assert tree.held_bytes() == 0


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [1000, 10_000])
def test_bytes_per_item(order: Order, count: int) -> None:
    before = alloc.usage()["used_bytes"]
    tree = OrderedIntegers()
    assert tree.insert_all(order(count)) == count
    taken = alloc.usage()["used_bytes"] - before
    print(f"{count} items, {order.__name__}: {taken / count:.2f} bytes each")
    assert tree.flaw() is None
    assert taken == tree.held_bytes()
    assert taken <= BYTES_PER_ITEM_MAX * count


def test_a_small_tree_takes_little() -> None:
    tree = OrderedIntegers()
    assert tree.held_bytes() == 0
    # Blocks of more than 256 bytes are rounded up to a multiple of 32.
    for value in range(1, 61):
        tree.insert(value)
        assert tree.held_bytes() <= 32 + 8 * (value + max(4, value // 4)) + 31
    for value in range(1, 60):
        tree.remove(value)
        assert tree.held_bytes() <= 32 + 8 * (2 * (60 - value) + 8) + 31
    tree.remove(60)
    assert tree.held_bytes() == 0


def test_a_million_random_items() -> None:
    values = random_order(1_000_000)
    tree = OrderedIntegers()
    started = time.perf_counter()
    tree.insert_all(values)
    inserted = time.perf_counter()
    assert tree.find_all(values) == len(values)
    found = time.perf_counter()
    assert tree.flaw() is None
    print(f"insert {inserted - started:.2f} us, find {found - inserted:.2f} us, {tree.held_bytes() / 1e6:.2f} bytes")
    assert found - started < SECONDS_MAX
    started = time.perf_counter()
    assert tree.remove_all(values) == len(values)
    print(f"remove {time.perf_counter() - started:.2f} us")
    assert tree.held_bytes() == 0
