"""Each test of redis-benchmark's default set: server CPU per request.

The tests run in redis-benchmark's own order on one server, for they live on each other's data: LPOP and RPOP
pop what LPUSH and RPUSH have pushed. Where that does not suffice the load fills in first, unmeasured: a GET of a
missing key and a pop of an empty one would measure the miss. Whether there is enough to pop is checked before
each pop.

The LRANGE tests are given as commands. They send the same bytes as `-t lrange_100` and its like, which would
push a list first and have that booked to LRANGE. So is XADD, which a redis-benchmark of 7.0 has no test for; its
command is that of later ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat

from bench import redis_benchmark
from bench.errors import BenchError
from bench.model import SERVER_WAIT_SHARE, Figure, Load, Sample, Start
from bench.servers import Server
from bench.wire import KEY, Connection, filled, keyed, numbered, scrambled

ROUNDS = 5
WARM_UP_SHARE = 10  # one request in so many goes before, unmeasured
PIPELINE = 16  # every number of requests is a multiple of it, for redis-benchmark rounds up to whole pipelines
KEYSPACE = 100_000
OPTIONS = ("-c", "50", "-P", str(PIPELINE))
RANDOM = ("-r", str(KEYSPACE))
VALUE = b"xxx"  # redis-benchmark's default size
ELEMENT = b"element:%012d"  # as redis-benchmark writes them
SCORE = b"%012d"
LIST_ITEMS = 1_000  # the longest LRANGE reads 600

Fill = Callable[[Connection, int], None]
"""Prepares a server for so many requests of a test."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test: its name and what it needs.

    `command` is given where redis-benchmark's own test would not do. A reply of many items costs as much as many
    requests, so the number of requests is divided by `share`. `size` is the command that counts what the test
    pops.
    """

    name: str
    command: tuple[str, ...] = ()
    share: int = 1
    fill: Fill | None = None
    size: tuple[bytes, ...] = ()


def fill_strings(connection: Connection, _requests: int) -> None:
    """Write every key of the keyspace."""
    connection.pipeline(numbered(keyed(b"SET", KEY, VALUE), range(KEYSPACE), b"+OK\r\n"))


def fill_set(connection: Connection, requests: int) -> None:
    """Write as many members as will be popped."""
    renew(connection, b"myset", keyed(b"SADD", b"myset", ELEMENT), ((number,) for number in range(requests)))


def fill_zset(connection: Connection, requests: int) -> None:
    """Write as many members as will be popped, with scores in no order, as redis-benchmark does under -r."""
    rows = ((scrambled(number, KEYSPACE), number) for number in range(requests))
    renew(connection, b"myzset", keyed(b"ZADD", b"myzset", SCORE, ELEMENT), rows)


def renew(connection: Connection, key: bytes, template: bytes, rows: Iterator[tuple[int, ...]]) -> None:
    """Delete the key, then add an element with each row, in the form that redis-benchmark gives to it."""
    connection.call(b"DEL", key)
    connection.pipeline(filled(template, rows, repeat(b":1\r\n")))


def fill_list(connection: Connection, _requests: int) -> None:
    """Write a list that every LRANGE finds long enough."""
    connection.call(b"DEL", b"mylist")
    connection.call(b"RPUSH", b"mylist", *[VALUE] * LIST_ITEMS)


def lrange(count: int, share: int) -> Test:
    """A test that reads the first items of a list."""
    return Test(f"LRANGE_{count}", ("LRANGE", "mylist", "0", str(count - 1)), share, fill_list)


TESTS = (
    Test("PING_INLINE"),
    Test("PING_MBULK"),
    Test("SET"),
    Test("GET", fill=fill_strings),
    Test("INCR"),
    Test("LPUSH"),
    Test("RPUSH"),
    Test("LPOP", size=(b"LLEN", b"mylist")),
    Test("RPOP", size=(b"LLEN", b"mylist")),
    Test("SADD"),
    Test("HSET"),
    Test("SPOP", fill=fill_set, size=(b"SCARD", b"myset")),
    Test("ZADD"),
    Test("ZPOPMIN", fill=fill_zset, size=(b"ZCARD", b"myzset")),
    lrange(100, share=5),
    lrange(300, share=10),
    lrange(500, share=16),
    lrange(600, share=20),
    Test("MSET", share=2),
    Test("XADD", ("XADD", "mystream", "*", "myfield", VALUE.decode())),
)


def figures_of(target: float | None = None, mean_target: float | None = None) -> tuple[Figure, ...]:
    """One figure for each test, then their geometric mean."""
    each = [Figure(test.name, f"{test.name} server CPU", "us/request", "lower", target) for test in TESTS]
    names = tuple(test.name for test in TESTS)
    return (*each, Figure("mean", "geometric mean", "us/request", "lower", mean_target, names, "geometric mean"))


@dataclass(frozen=True, kw_only=True)
class Types(Load):
    """The default tests of redis-benchmark, each with its own CPU account."""

    requests: int
    options: tuple[str, ...]

    @classmethod
    def of(cls, requests: int, target: float, mean_target: float) -> "Types":
        """With random keys, elements and scores. Targets: for each test, and for the geometric mean of them all."""
        title = "redis-benchmark's default tests, 50 clients, 16 commands in flight"
        figures, options = figures_of(target, mean_target), (*OPTIONS, *RANDOM)
        return cls(name="types", title=title, rounds=ROUNDS, figures=figures, requests=requests, options=options)

    @classmethod
    def one_key(cls, requests: int) -> "Types":
        """As redis-benchmark does of itself: one key, one element, one score."""
        title = "the same tests with one key and one element each"
        return cls(
            name="types-one-key", title=title, rounds=ROUNDS, figures=figures_of(), requests=requests, options=OPTIONS
        )

    @property
    def how(self) -> str:
        return (
            f"redis-benchmark -n {self.requests} {' '.join(self.options)} -t TEST for each test (LRANGE and MSET: "
            "fewer requests; LRANGE and XADD as commands, LRANGE on a list that is there); every pop finds an element"
        )

    def measure(self, start: Start) -> Sample:
        taken: Sample = {}
        with start() as server:
            watch = server.watch()
            for test in TESTS:
                taken[test.name] = self.cpu_us(server, test)
            return taken | {SERVER_WAIT_SHARE: watch.wait_share()}

    def cpu_us(self, server: Server, test: Test) -> float:
        """Prepare, warm up and measure one test: microseconds of the server's CPU time for a request."""
        requests = whole_pipelines(self.requests // test.share)
        warm_up = whole_pipelines(requests // WARM_UP_SHARE)
        prepare(server, test, warm_up + requests)
        redis_benchmark.run(server, test.name.lower(), warm_up, self.options, test.command)
        outcome = redis_benchmark.run(server, test.name.lower(), requests, self.options, test.command)
        return outcome.server_cpu_ns / 1e3 / outcome.requests


def whole_pipelines(requests: int) -> int:
    """The next multiple of PIPELINE, at least one."""
    return max(1, -(-requests // PIPELINE)) * PIPELINE


def prepare(server: Server, test: Test, requests: int) -> None:
    """Fill in what the test needs; raises BenchError if it would pop from nothing."""
    with server.connect() as connection:
        if test.fill:
            test.fill(connection, requests)
        if test.size:
            found = connection.call(*test.size)
            if not found.startswith(b":") or int(found[1:]) < requests:
                raise BenchError(f"{test.name}: {requests} requests would find {found.decode()} elements")
