"""Hashes against Python dictionaries, in both encodings and across the step from one to the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from autocache.memory.alloc import usage
from autocache.types.hash import Hash

KEEP = -2

names = st.one_of(
    st.sampled_from([b"a", b"b", b"c", b"", b"12", b"-7", b"007", b"x" * 40, b"y" * 300, b"\0\xff"]),
    st.integers(0, 30).map(lambda number: b"field:%d" % number),
)
values = st.one_of(
    st.sampled_from([b"", b"0", b"9223372036854775807", b"v", b"w" * 64, b"w" * 65, b"u" * 1100, b"t" * 5000]),
    st.integers(-(2**63), 2**63 - 1).map(lambda number: b"%d" % number),
    st.binary(max_size=20),
)
thresholds = st.sampled_from([(512, 64), (3, 64), (0, 64), (512, 8), (1000, 100_000)])


class HashMachine(RuleBasedStateMachine):
    """One hash and a dictionary of field -> (value, expiry); what has expired stays in it until it is set again."""

    def __init__(self) -> None:
        super().__init__()
        self.hash = Hash(6, 64)
        self.hash.now_ms = self.now_ms = 1000
        self.model: dict[bytes, tuple[bytes, int]] = {}
        self.left: set[bytes] = set()

    def has(self, name: bytes) -> bool:
        return name in self.model and not 0 <= self.model[name][1] < self.now_ms

    @rule(name=names, value=values)
    def store(self, name: bytes, value: bytes) -> None:
        assert self.hash.set(name, value) == (not self.has(name))
        self.model[name] = (value, -1)

    @rule(name=names, value=values)
    def store_and_keep(self, name: bytes, value: bytes) -> None:
        expiry = self.model[name][1] if self.has(name) else -1
        self.hash.set(name, value, KEEP)
        self.model[name] = (value, expiry)

    @rule(name=names, value=values, left=st.integers(0, 50))
    def store_for(self, name: bytes, value: bytes, left: int) -> None:
        assert self.hash.set(name, value, self.now_ms + left) == (not self.has(name))
        self.model[name] = (value, self.now_ms + left)
        assert not self.hash.is_packed

    @rule(name=names, left=st.integers(-1, 50))
    def expire(self, name: bytes, left: int) -> None:
        expiry = -1 if left < 0 else self.now_ms + left
        assert self.hash.set_expiry(name, expiry) == self.has(name)
        if self.has(name):
            self.model[name] = (self.model[name][0], expiry)

    @rule(name=names)
    def delete(self, name: bytes) -> None:
        assert self.hash.delete(name) == self.has(name)
        if self.has(name):
            del self.model[name]

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete_one(self, data: st.DataObject) -> None:
        self.delete(data.draw(st.sampled_from(sorted(self.model))))

    @rule(milliseconds=st.integers(0, 30))
    def let_pass(self, milliseconds: int) -> None:
        self.now_ms += milliseconds
        self.hash.now_ms = self.now_ms

    @invariant()
    def holds_the_same(self) -> None:
        alive = {name: item for name, item in self.model.items() if self.has(name)}
        assert dict(self.hash.items()) == {name: value for name, (value, _) in alive.items()}
        assert len(self.hash.items()) == len(alive)
        assert len(self.hash) == len(self.model), "what has expired counts until it is removed"
        assert self.hash.may_hide or len(self.hash) == len(alive)
        for name in self.model:
            assert self.hash.get(name) == (self.model[name] if self.has(name) else None)


TestHash = HashMachine.TestCase


@given(thresholds, st.lists(st.tuples(names, values), max_size=40))
def test_when_the_compact_form_ends(limits: tuple[int, int], pairs: list[tuple[bytes, bytes]]) -> None:
    before = usage()["live_blocks"]
    made = Hash(*limits)
    model: dict[bytes, bytes] = {}
    is_packed = True
    for name, value in pairs:
        made.set(name, value)
        model[name] = value
        is_packed = is_packed and len(model) <= limits[0] and max(len(name), len(value)) <= limits[1]
        assert made.is_packed == is_packed
        if is_packed:
            assert made.items() == list(model.items()), "in the order in which they came"
    assert dict(made.items()) == model
    for name in model:
        assert made.delete(name)
        assert not made.delete(name)
    assert len(made) == 0
    assert made.is_packed == is_packed
    del made
    assert usage()["live_blocks"] == before


def test_a_table_that_empties_gives_its_memory_back() -> None:
    made = Hash()
    for number in range(50_000):
        made.set(b"field:%d" % number, b"value:%d" % number)
    full = usage()["used_bytes"]
    for number in range(49_990):
        made.delete(b"field:%d" % number)
    assert dict(made.items()) == {b"field:%d" % n: b"value:%d" % n for n in range(49_990, 50_000)}
    before = usage()["used_bytes"]
    del made
    assert before - usage()["used_bytes"] < (full - usage()["used_bytes"]) // 20


def test_a_small_hash_grows_without_slack() -> None:
    before = usage()["used_bytes"]
    made = Hash()
    empty = usage()["used_bytes"] - before
    for number in range(5):
        made.set(b"field:%d" % number, b"value")
    # Five times 9 and 7 bytes, with a header of 6 and an end of 1 before.
    assert usage()["used_bytes"] - before <= empty + 5 * 16 + 16
