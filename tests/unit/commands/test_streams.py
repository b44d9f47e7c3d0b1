"""Streams and their groups against a model, and what they leave in memory."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from autocache.commands.cache import Cache, LocalSession
from autocache.memory.alloc import usage
from tests.wire import Tree, parse

ID_SPACE = 60


def plain(tree: Tree) -> object:
    """A reply without its types."""
    kind, value = tree
    if kind == "*" and value is not None:
        return [plain(item) for item in value]
    return int(value) if kind == ":" else value


class Client:
    """A session that takes a line of words, and answers plain values."""

    def __init__(self, session: LocalSession) -> None:
        self.session = session

    def __call__(self, line: str) -> object:
        return plain(parse(self.session.execute(*line.encode().split())))


class Model:
    """A stream of one group, as simply as can be: IDs are numbers (the sequence number is always 0)."""

    def __init__(self) -> None:
        self.entries: dict[int, int] = {}
        self.last = 0
        self.delivered = 0
        self.pending: dict[int, str] = {}

    def add(self, client: Client, number: int, value: int) -> None:
        reply = client(f"XADD k {number} f {value}")
        if number > self.last:
            assert reply == b"%d-0" % number
            self.entries[number] = value
            self.last = number
        else:
            assert isinstance(reply, bytes)
            assert b"equal or smaller" in reply or b"greater than 0-0" in reply

    def delete(self, client: Client, number: int, value: int) -> None:
        assert client(f"XDEL k {number} {value}") == len({number, value} & set(self.entries))
        self.entries.pop(number, None)
        self.entries.pop(value, None)

    def trim(self, client: Client, number: int, _value: int) -> None:
        kept = dict(list(self.entries.items())[max(0, len(self.entries) - number) :])
        assert client(f"XTRIM k MAXLEN {number}") == len(self.entries) - len(kept)
        self.entries = kept

    def trim_by_id(self, client: Client, number: int, _value: int) -> None:
        kept = {key: value for key, value in self.entries.items() if key >= number}
        assert client(f"XTRIM k MINID {number}") == len(self.entries) - len(kept)
        self.entries = kept

    def read(self, client: Client, number: int, value: int) -> None:
        consumer = f"c{value % 3}"
        fresh = [key for key in self.entries if key > self.delivered][: number % 5 + 1]
        reply = client(f"XREADGROUP GROUP g {consumer} COUNT {number % 5 + 1} STREAMS k >")
        if not fresh:
            assert reply is None
            return
        assert isinstance(reply, list)
        assert [item[0] for item in reply[0][1]] == [b"%d-0" % key for key in fresh]
        self.pending |= dict.fromkeys(fresh, consumer)
        self.delivered = fresh[-1]

    def acknowledge(self, client: Client, number: int, value: int) -> None:
        assert client(f"XACK k g {number} {value}") == len({number, value} & set(self.pending))
        self.pending.pop(number, None)
        self.pending.pop(value, None)

    def claim(self, client: Client, number: int, value: int) -> None:
        ids = [key for key in dict.fromkeys((number, value)) if key in self.pending and key in self.entries]
        reply = client(f"XCLAIM k g c0 0 {number} {value} JUSTID")
        assert isinstance(reply, list)
        assert list(dict.fromkeys(reply)) == [b"%d-0" % key for key in ids]
        for key in (number, value):
            if key in self.entries and key in self.pending:
                self.pending[key] = "c0"
            elif key not in self.entries:
                self.pending.pop(key, None)

    def forget_consumer(self, client: Client, number: int, _value: int) -> None:
        consumer = f"c{number % 3}"
        theirs = [key for key, owner in self.pending.items() if owner == consumer]
        assert client(f"XGROUP DELCONSUMER k g {consumer}") == len(theirs)
        for key in theirs:
            del self.pending[key]

    def check(self, client: Client) -> None:
        shown = [[b"%d-0" % key, [b"f", b"%d" % value]] for key, value in self.entries.items()]
        assert client("XLEN k") == len(shown)
        assert client("XRANGE k - +") == shown
        assert client("XREVRANGE k + -") == shown[::-1]
        for start, end in ((7, 30), (20, 21), (50, 3)):
            between = [item for key, item in zip(self.entries, shown, strict=True) if start <= key <= end]
            assert client(f"XRANGE k {start} {end}") == between
            assert client(f"XREVRANGE k {end} {start}") == between[::-1]
        rows = client("XPENDING k g - + 1000")
        assert isinstance(rows, list)
        assert [(row[0], row[1]) for row in rows] == [
            (b"%d-0" % key, owner.encode()) for key, owner in sorted(self.pending.items())
        ]


RULES = (
    Model.add,
    Model.delete,
    Model.trim,
    Model.trim_by_id,
    Model.read,
    Model.acknowledge,
    Model.claim,
    Model.forget_consumer,
)
steps = st.lists(
    st.tuples(
        st.sampled_from((Model.add, *RULES, Model.add, Model.read)), st.integers(0, ID_SPACE), st.integers(0, 300)
    ),
    max_size=60,
)


def fresh(entries: int, size: int) -> tuple[Cache, Client]:
    cache = Cache(seed=1)
    client = Client(cache.session())
    cache.configure(stream_node_max_entries=entries, stream_node_max_bytes=size)
    client("XGROUP CREATE k g 0 MKSTREAM")
    return cache, client


@settings(max_examples=150, deadline=None)
@given(steps, st.sampled_from([(100, 4096), (1, 4096), (2, 4096), (5, 50), (0, 0)]))
def test_model(program: list[tuple[object, int, int]], limits: tuple[int, int]) -> None:
    before = usage()["live_blocks"]
    cache, client = fresh(*limits)
    model = Model()
    rising = 0
    for rule, number, value in program:
        if rule is Model.add:
            # IDs mostly rise, so that streams grow.
            rising += number % 4
            model.add(client, rising, value)
        else:
            rule(model, client, number, value)  # type: ignore[operator]
        model.check(client)
    client("COPY k other")
    del client
    cache.close()
    assert usage()["live_blocks"] == before


def filled(client: Client, entries: int) -> None:
    for number in range(1, entries + 1):
        client(f"XADD k {number} f value-of-the-entry-{number}")
    client(f"XREADGROUP GROUP g c COUNT {entries // 2} STREAMS k >")
    client("XREADGROUP GROUP g d STREAMS k >")


def test_memory_comes_back() -> None:
    cache, client = fresh(100, 4096)
    blocks, used = usage()["live_blocks"], usage()["used_bytes"]
    for command in ("DEL k", "UNLINK k", "FLUSHALL", "FLUSHALL ASYNC", "SET k v"):
        client("XGROUP CREATE k g 0 MKSTREAM")
        filled(client, 3000)
        assert usage()["used_bytes"] > used + 100_000
        client(command)
        while cache.tick(1):
            pass
        client("DEL k")
        assert usage()["live_blocks"] <= blocks
    del client
    cache.close()


def test_unlinked_in_steps() -> None:
    """A large stream is not freed by one tick of a microsecond."""
    cache, client = fresh(1, 4096)
    filled(client, 20_000)
    used = usage()["live_blocks"]
    client("UNLINK k")
    assert usage()["live_blocks"] > used - 40_000
    while cache.tick(1):
        pass
    assert usage()["live_blocks"] < used - 60_000
    del client
    cache.close()


def test_memory_usage_counts_entries_and_groups() -> None:
    cache, client = fresh(100, 4096)
    empty = client("MEMORY USAGE k")
    filled(client, 1000)
    full = client("MEMORY USAGE k")
    client("XACK k g " + " ".join(map(str, range(1, 1001))))
    acknowledged = client("MEMORY USAGE k")
    assert isinstance(empty, int)
    assert isinstance(full, int)
    assert isinstance(acknowledged, int)
    assert empty < 600
    assert full > empty + 1000 * 60
    assert acknowledged < full - 1000 * 40
    del client
    cache.close()


def test_small_streams_take_few_bytes() -> None:
    cache, client = fresh(100, 4096)
    for number in range(3):
        client(f"XADD small {number + 1} temperature {number}")
    size = client("MEMORY USAGE small")
    assert isinstance(size, int)
    assert size <= 400
    del client
    cache.close()
