"""The allocator against a model: size classes, resizing, pages given back, accounting exact to the byte."""

import random
from collections.abc import Iterator

import pytest

from autocache.commands.cache import Cache
from autocache.memory.alloc import Script, fail_after, good_size, is_debug, probe, trim, usage

FINE_BYTES_MAX = 256
SMALL_BYTES_MAX = 1024
PAGE_BYTES = 32768
STEPS = 20_000

release_only = pytest.mark.skipif(is_debug(), reason="a sanitizer build sends every block to the C library")
debug_only = pytest.mark.skipif(not is_debug(), reason="only a sanitizer build injects faults")


@release_only
def test_size_classes() -> None:
    """Classes are 8 bytes apart up to 256 and 32 bytes apart up to 1024; beyond, nothing is rounded."""
    assert good_size(0) == 8
    for size in range(1, SMALL_BYTES_MAX + 1):
        step = 8 if size <= FINE_BYTES_MAX else 32
        assert good_size(size) == (size + step - 1) // step * step, size
    assert good_size(SMALL_BYTES_MAX + 1) == SMALL_BYTES_MAX + 1


def test_a_block_is_as_large_as_its_class_says() -> None:
    script = Script()
    for size in range(SMALL_BYTES_MAX + 1):
        usable = script.alloc(size, size)
        assert usable >= size
        if not is_debug():
            assert usable == good_size(size)
    for size in range(SMALL_BYTES_MAX + 1):
        script.free(size)


def test_resizing_keeps_the_bytes() -> None:
    """From each kind of block to each other: small, at the borders of classes, large."""
    sizes = [0, 1, 7, 8, 9, 255, 256, 257, 288, 1023, 1024, 1025, 5000, 40_000, 300_000]
    script = Script()
    for start in sizes:
        for end in sizes:
            if end:
                script.alloc("block", start)
                assert script.resize("block", end) >= end
                script.free("block")
    probe(sizes[1:] * 3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_accounting_is_exact(seed: int) -> None:
    """A random life of blocks and pages: after each step the figures are those of the model, and no block is harmed."""
    draw = random.Random(seed)
    script = Script()
    before = usage()
    sizes: dict[object, int] = {}
    pages: list[int] = []
    peak = before["used_bytes"]
    for step in range(STEPS):
        action = draw.random()
        size = draw.choice([draw.randrange(64), draw.randrange(1100), draw.randrange(1100), draw.randrange(100_000)])
        if action < 0.45 or not sizes:
            sizes[step] = script.alloc(step, size)
        elif action < 0.6:
            name = draw.choice(list(sizes)[-50:])
            sizes[name] = script.resize(name, size + 1)
        elif action < 0.62:
            pages.append(script.page())
        elif action < 0.64 and pages:
            script.free_page(pages.pop(draw.randrange(len(pages))))
        else:
            name = draw.choice(list(sizes)[:50])
            assert script.free(name) == sizes.pop(name)
        if step % 16 == 0:
            now = usage()
            used = sum(sizes.values()) + len(pages) * PAGE_BYTES
            assert now["used_bytes"] - before["used_bytes"] == used
            assert now["live_blocks"] - before["live_blocks"] == len(sizes) + len(pages)
            peak = max(peak, now["used_bytes"])
            assert now["peak_bytes"] >= peak
    for name in list(sizes):
        script.free(name)
    for page in pages:
        script.free_page(page)
    after = usage()
    assert (after["used_bytes"], after["live_blocks"]) == (before["used_bytes"], before["live_blocks"])


@release_only
def test_pages_return_to_the_system() -> None:
    """Slabs that became empty are given back, but for a small reserve and one for each class."""
    script = Script()
    before = usage()
    count = 200_000
    for number in range(count):
        script.alloc(number, 100)
    grown = usage()
    assert grown["slab_bytes"] - before["slab_bytes"] >= count * 104
    for number in range(count):
        script.free(number)
    trim()
    after = usage()
    assert after["slab_bytes"] - before["slab_bytes"] <= PAGE_BYTES
    assert after["reserve_bytes"] <= 64 * PAGE_BYTES


@release_only
def test_pages_are_used_again() -> None:
    script = Script()
    first = [script.page() for _ in range(200)]
    for page in first:
        script.free_page(page)
    again = [script.page() for _ in range(200)]
    assert set(again) == set(first)
    for page in again:
        script.free_page(page)


@pytest.fixture
def no_faults_left() -> Iterator[None]:
    yield
    fail_after(-1)


@release_only
def test_a_release_build_injects_no_faults() -> None:
    with pytest.raises(RuntimeError, match="sanitizer"):
        fail_after(0)


@debug_only
@pytest.mark.usefixtures("no_faults_left")
class TestWithoutMemory:
    """What asks for as much as a client wants says so when there is none, and changes nothing."""

    REFUSED = b"-ERR Insufficient memory, failed allocating a string of this length\r\n"

    @pytest.mark.parametrize("old", [b"short", b"x" * 900, b"x" * 2000, b"x" * 100_000])
    @pytest.mark.parametrize(
        "words",
        [(b"APPEND", b"k", b"y" * 3000), (b"SETRANGE", b"k", b"200000", b"z"), (b"APPEND", b"k", b"y" * 70_000)],
    )
    def test_a_string_that_cannot_grow_stays(self, old: bytes, words: tuple[bytes, ...]) -> None:
        session = Cache(seed=1).session()
        session.execute(b"SET", b"k", old, b"PX", b"100000")
        blocks = usage()["live_blocks"]
        fail_after(0)
        assert session.execute(*words) == self.REFUSED
        fail_after(-1)
        assert usage()["live_blocks"] == blocks
        assert session.execute(b"GET", b"k") == b"$%d\r\n%b\r\n" % (len(old), old)
        assert int(session.execute(b"PTTL", b"k")[1:]) > 1000
        assert session.execute(*words)[:1] == b":"

    def test_growth_makes_do_without_spare_room(self) -> None:
        """The first try reserves room for more; when that fails, the exact size may do."""
        session = Cache(seed=1).session()
        session.execute(b"SET", b"k", b"x" * 2000)
        fail_after(1)
        assert session.execute(b"APPEND", b"k", b"y" * 3000)[:1] in (b":", b"-")
        fail_after(-1)
        assert session.execute(b"STRLEN", b"k") in (b":2000\r\n", b":5000\r\n")

    def test_a_shared_string_that_cannot_be_copied_stays(self) -> None:
        session = Cache(seed=1).session()
        session.execute(b"SET", b"k", b"x" * 2000)
        session.execute(b"COPY", b"k", b"other")
        fail_after(0)
        assert session.execute(b"APPEND", b"k", b"y") == self.REFUSED
        fail_after(-1)
        assert session.execute(b"GET", b"k") == session.execute(b"GET", b"other")

    def test_setrange_makes_no_key(self) -> None:
        session = Cache(seed=1).session()
        fail_after(0)
        assert session.execute(b"SETRANGE", b"k", b"100000", b"z") == self.REFUSED
        fail_after(-1)
        assert session.execute(b"EXISTS", b"k") == b":0\r\n"
        assert session.execute(b"DBSIZE") == b":0\r\n"

    def test_a_range_that_cannot_be_copied(self) -> None:
        session = Cache(seed=1).session()
        session.execute(b"SET", b"k", b"x" * 100_000)
        fail_after(0)
        assert session.execute(b"GETRANGE", b"k", b"1", b"-1") == self.REFUSED
        fail_after(-1)
        assert len(session.execute(b"GETRANGE", b"k", b"1", b"-1")) > 99_999

    @pytest.mark.parametrize("calls", [0, 1, 2])
    @pytest.mark.parametrize("options", [(), (b"IDX",), (b"LEN",)])
    def test_lcs(self, calls: int, options: tuple[bytes, ...]) -> None:
        session = Cache(seed=1).session()
        session.execute(b"MSET", b"a", b"ohmytext" * 20, b"b", b"mynewtext" * 20)
        blocks = usage()["live_blocks"]
        fail_after(calls)
        reply = session.execute(b"LCS", b"a", b"b", *options)
        fail_after(-1)
        assert reply.startswith(b"-ERR Insufficient memory") or calls == 2
        assert usage()["live_blocks"] == blocks
        assert not session.execute(b"LCS", b"a", b"b", *options).startswith(b"-")

    def test_small_things_go_on(self) -> None:
        """What no client can make large does not ask whether there is memory: watches, tracking, transactions."""
        cache = Cache(seed=1)
        sessions = [cache.session(3) for _ in range(40)]
        fail_after(0)
        for session in sessions:
            assert session.execute(b"WATCH", b"k") == b"+OK\r\n"
            assert session.execute(b"CLIENT", b"TRACKING", b"ON") == b"+OK\r\n"
            assert session.execute(b"GET", b"k") == b"_\r\n"
        assert sessions[0].execute(b"SET", b"k", b"v").startswith(b"+OK\r\n")
        assert sessions[1].execute(b"MULTI") == b"+OK\r\n"
        assert sessions[1].execute(b"GET", b"k") == b"+QUEUED\r\n"
        assert sessions[1].execute(b"EXEC") == b"_\r\n"
        fail_after(-1)
        del session, sessions
