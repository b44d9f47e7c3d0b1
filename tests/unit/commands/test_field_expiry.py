"""Fields of hashes that expire: replies, errors and what other commands see of such fields.

There is no oracle here. What is expected is what Valkey 9.0 does: its documentation (valkey.io/commands/hexpire and the
pages of the other commands) and its test suite (tests/unit/hashexpire.tcl); HGETDEL is Valkey 9.1's. Where a test goes
beyond those it says why.
"""

import pytest

from autocache.commands.declare import DECLARED
from tests.unit.keyspace.conftest import START_MS, Fixture
from tests.wire import parse, parse_all

START_S = START_MS // 1000
MISMATCH = "ERR numfields should be greater than 0 and match the provided number of fields"
NOT_INTEGER = "ERR value is not an integer or out of range"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
SYNTAX = "ERR syntax error"
NX_WITH = "ERR NX and XX, GT or LT options at the same time are not compatible"
GT_LT = "ERR GT and LT options at the same time are not compatible"
EXPIRE = ("HEXPIRE", "HPEXPIRE", "HEXPIREAT", "HPEXPIREAT")
TIMES = ("EX", "PX", "EXAT", "PXAT")
TTL = ("HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME")

Value = int | str | None | list["Value"]


@pytest.fixture
def run() -> Fixture:
    return Fixture()


def plain(tree: tuple[str, object]) -> Value:
    """A reply as a test writes it; errors are their text."""
    kind, value = tree
    if value is None:
        return None
    if isinstance(value, list):
        return [plain(item) for item in value]
    assert isinstance(value, bytes)
    return int(value) if kind == ":" else value.decode()


def ask(run: Fixture, line: str) -> Value:
    return plain(parse(run(line)))


def sorted_texts(reply: Value) -> list[str]:
    """The elements of an array of strings."""
    assert isinstance(reply, list)
    return sorted(str(item) for item in reply)


def scanned(run: Fixture, line: str) -> list[str]:
    """The elements of a SCAN command's reply."""
    reply = ask(run, line)
    assert isinstance(reply, list)
    return sorted_texts(reply[1])


def at(command: str, milliseconds: int) -> int:
    """The argument with which `command`, or the option of that name, means START_MS + milliseconds."""
    unit = 1 if command.startswith(("HP", "P")) else 1000
    base = START_MS if command.endswith("AT") else 0
    return (base + milliseconds) // unit


@pytest.mark.parametrize("command", EXPIRE)
def test_expire_replies_for_each_field(run: Fixture, command: str) -> None:
    run("HSET h a 1 b 2")
    assert ask(run, f"{command} h {at(command, 10_000)} FIELDS 3 a nothing b") == [1, -2, 1]
    assert ask(run, f"{command} none {at(command, 10_000)} FIELDS 2 a b") == [-2, -2]
    assert ask(run, "EXISTS none") == 0
    assert ask(run, "HPTTL h FIELDS 3 a b nothing") == [10_000, 10_000, -2]
    run.advance(10_000)
    assert ask(run, "HGET h a") == "1"
    run.advance(1)
    assert ask(run, "HMGET h a b") == [None, None]


@pytest.mark.parametrize("command", EXPIRE)
def test_a_time_that_is_not_to_come_removes(run: Fixture, command: str) -> None:
    run("HSET h a 1 b 2 c 3")
    assert ask(run, f"{command} h {at(command, 0)} FIELDS 2 a nothing") == [2, -2]
    assert ask(run, "HGETALL h") == ["b", "2", "c", "3"]
    assert ask(run, f"{command} h {at(command, 0)} GT FIELDS 2 b b") == [2, -2], "conditions are not looked at"
    assert ask(run, f"{command} h {at(command, 0)} FIELDS 1 c") == [2]
    assert ask(run, "EXISTS h") == 0
    assert run.cache.keyspace_stats().expired_fields == 3


def test_expire_conditions(run: Fixture) -> None:
    run("HSET h plain 1 timed 2")
    run("HPEXPIRE h 1000 FIELDS 1 timed")
    assert ask(run, "HPEXPIRE h 2000 XX FIELDS 2 plain timed") == [0, 1]
    assert ask(run, "HPEXPIRE h 2000 GT FIELDS 2 plain timed") == [0, 0]
    assert ask(run, "HPEXPIRE h 2001 GT FIELDS 2 plain timed") == [0, 1]
    assert ask(run, "HPEXPIRE h 2001 LT FIELDS 1 timed") == [0]
    assert ask(run, "HPEXPIRE h 2000 LT FIELDS 1 timed") == [1]
    assert ask(run, "HPEXPIRE h 3000 NX FIELDS 2 plain timed") == [1, 0]
    assert ask(run, "HPEXPIRE h 2999 XX LT FIELDS 2 plain timed") == [1, 0]
    assert ask(run, "HPTTL h FIELDS 2 plain timed") == [2999, 2000]
    run("HSET g plain 1")
    assert ask(run, "HPEXPIRE g 5 GT FIELDS 2 plain none") == [0, -2]
    assert ask(run, "HPEXPIRE g 5 XX FIELDS 1 plain") == [0]
    assert ask(run, "OBJECT ENCODING g") == "listpack", "nothing was set"
    assert ask(run, "HPEXPIRE g 5 LT FIELDS 1 plain") == [1]
    assert ask(run, "OBJECT ENCODING g") == "hashtable"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("h 10 FIELDS 2 a", MISMATCH),
        ("h 10 FIELDS 1 a b", MISMATCH),
        ("h 10 FIELDS 0 a", MISMATCH),
        ("h 10 FIELDS -1 a", MISMATCH),
        ("h 10 FIELDS 9223372036854775807 a", MISMATCH),
        ("h 10 FIELDS 4611686018427387905 a", MISMATCH),
        ("h 10 1 a b c", MISMATCH),
        ("h 10 NX 1 a FIELDS", MISMATCH),
        ("h 10 FIELDS x a", NOT_INTEGER),
        ("h 10 FIELDS 9223372036854775808 a", NOT_INTEGER),
        ("h x FIELDS 1 a", NOT_INTEGER),
        ("h 1.5 FIELDS 1 a", NOT_INTEGER),
        ("h -1 FIELDS 1 a", "invalid"),
        ("h -9223372036854775808 FIELDS 1 a", "invalid"),
        ("h x FIELDS 2 a", MISMATCH),
        ("h 10 BAD FIELDS 1 a", "ERR Unsupported option BAD"),
        ("h 10 BAD FIELDS x a", "ERR Unsupported option BAD"),
        ("h 10 NX XX FIELDS 1 a", NX_WITH),
        ("h 10 LT NX FIELDS 1 a", NX_WITH),
        ("h 10 GT LT FIELDS 1 a", GT_LT),
        ("s 10 FIELDS 1 a", WRONG_TYPE),
        ("s 0 FIELDS 1 a", WRONG_TYPE),
        ("s x FIELDS 1 a", NOT_INTEGER),
        ("h 10 FIELDS 1", "arity"),
        ("h", "arity"),
    ],
)
@pytest.mark.parametrize("command", EXPIRE)
def test_expire_errors(run: Fixture, command: str, arguments: str, error: str) -> None:
    run("HSET h a 1")
    run("SET s text")
    name = command.lower()
    error = {
        "invalid": f"ERR invalid expire time in '{name}' command",
        "arity": f"ERR wrong number of arguments for '{name}' command",
    }.get(error, error)
    assert ask(run, f"{command} {arguments}") == error
    assert ask(run, "HTTL h FIELDS 1 a") == [-1]
    assert ask(run, "OBJECT ENCODING h") == "listpack"


def test_the_latest_times(run: Fixture) -> None:
    run("HSET h a 1")
    largest = 2**63 - 1
    assert ask(run, f"HPEXPIREAT h {largest} FIELDS 1 a") == [1]
    assert ask(run, "HPEXPIRETIME h FIELDS 1 a") == [largest]
    assert ask(run, "HEXPIRETIME h FIELDS 1 a") == [(largest + 500) // 1000]
    assert ask(run, f"HPEXPIRE h {largest - START_MS} FIELDS 1 a") == [1]
    assert (
        ask(run, f"HPEXPIRE h {largest - START_MS + 1} FIELDS 1 a") == "ERR invalid expire time in 'hpexpire' command"
    )
    assert ask(run, f"HEXPIREAT h {largest // 1000} FIELDS 1 a") == [1]
    assert ask(run, f"HEXPIREAT h {largest // 1000 + 1} FIELDS 1 a") == (
        "ERR invalid expire time in 'hexpireat' command"
    )
    assert ask(run, "HGET h a") == "1"


def test_ttl_replies(run: Fixture) -> None:
    run("HSET h a 1 b 2")
    assert [ask(run, f"{command} h FIELDS 2 a none") for command in TTL] == [[-1, -2]] * 4
    assert [ask(run, f"{command} none FIELDS 1 a") for command in TTL] == [[-2]] * 4
    run("HPEXPIRE h 1499 FIELDS 1 a")
    assert [ask(run, f"{command} h FIELDS 2 a b") for command in TTL] == [
        [1, -1],
        [1499, -1],
        [START_S + 1, -1],
        [START_MS + 1499, -1],
    ]
    run("HPEXPIRE h 1500 FIELDS 1 a")
    assert ask(run, "HTTL h FIELDS 1 a") == [2]
    run.advance(1500)
    assert ask(run, "HPTTL h FIELDS 1 a") == [0]
    run.advance(1)
    assert [ask(run, f"{command} h FIELDS 1 a") for command in TTL] == [[-2]] * 4


@pytest.mark.parametrize("command", [*TTL, "HPERSIST", "HGETDEL"])
def test_errors_of_what_has_no_options(run: Fixture, command: str) -> None:
    run("HSET h a 1")
    run("SET s text")
    assert ask(run, f"{command} h FIELDS 2 a") == MISMATCH
    assert ask(run, f"{command} h FIELDS 1 a b") == MISMATCH
    assert ask(run, f"{command} h FIELDS 0 a") == MISMATCH
    assert ask(run, f"{command} h FIELDS -1 a") == MISMATCH
    assert ask(run, f"{command} h FIELDS x a") == NOT_INTEGER
    # Valkey does not look at the word; to read any word as FIELDS would hide mistakes.
    assert ask(run, f"{command} h BAD 1 a") == SYNTAX
    assert ask(run, f"{command} s FIELDS 1 a") == WRONG_TYPE
    assert ask(run, f"{command} h FIELDS 1") == f"ERR wrong number of arguments for '{command.lower()}' command"
    assert ask(run, "HGETALL h") == ["a", "1"]


def test_persist(run: Fixture) -> None:
    run("HSET h a 1 b 2")
    assert ask(run, "HPERSIST none FIELDS 1 a") == [-2]
    assert ask(run, "HPERSIST h FIELDS 2 a none") == [-1, -2]
    run("HPEXPIRE h 100 FIELDS 1 a")
    assert ask(run, "HPERSIST h FIELDS 4 a b none a") == [1, -1, -2, -1]
    run.advance(200, active=True)
    assert ask(run, "HGET h a") == "1"
    run("HPEXPIRE h 100 FIELDS 1 a")
    run.advance(101)
    assert ask(run, "HPERSIST h FIELDS 1 a") == [-2], "too late"


def test_what_writes_keep_of_an_expiry(run: Fixture) -> None:
    run("HSET h a 1 b 2 c 3 d 4 e 5")
    run("HPEXPIRE h 1000 FIELDS 5 a b c d e")
    run("HSET h a 9")
    run("HMSET h b 9")
    run("HINCRBY h c 1")
    run("HINCRBYFLOAT h d 0.5")
    run("HSETNX h e 9")
    assert ask(run, "HPTTL h FIELDS 5 a b c d e") == [-1, -1, 1000, 1000, 1000]
    assert ask(run, "HMGET h a b c d e") == ["9", "9", "4", "4.5", "5"]


def test_an_expired_field_is_hidden_from_all(run: Fixture) -> None:
    run("HSET h a 1 gone 5 z 26")
    run("HPEXPIRE h 10 FIELDS 1 gone")
    run.advance(11)
    assert ask(run, "HLEN h") == 3, "as Valkey's, until the cycle has removed it"
    assert ask(run, "HGET h gone") is None
    assert ask(run, "HMGET h a gone z") == ["1", None, "26"]
    assert ask(run, "HEXISTS h gone") == 0
    assert ask(run, "HSTRLEN h gone") == 0
    assert sorted_texts(ask(run, "HKEYS h")) == ["a", "z"]
    assert sorted_texts(ask(run, "HVALS h")) == ["1", "26"]
    assert sorted_texts(ask(run, "HGETALL h")) == ["1", "26", "a", "z"]
    assert scanned(run, "HSCAN h 0") == ["1", "26", "a", "z"]
    assert scanned(run, "HSCAN h 0 NOVALUES") == ["a", "z"]
    assert sorted_texts(ask(run, "HRANDFIELD h 5")) == ["a", "z"]
    assert set(sorted_texts(ask(run, "HRANDFIELD h -100"))) == {"a", "z"}
    assert {str(ask(run, "HRANDFIELD h")) for _ in range(50)} == {"a", "z"}
    assert ask(run, "HDEL h gone") == 0
    assert ask(run, "HGETDEL h FIELDS 1 gone") == [None]
    assert ask(run, "HPEXPIRE h 100 FIELDS 1 gone") == [-2]
    assert ask(run, "HPEXPIRE h 0 FIELDS 1 gone") == [-2]
    assert ask(run, "HGETEX h PX 100 FIELDS 1 gone") == [None]
    assert ask(run, "HSETEX h FXX FIELDS 1 gone x") == 0


def test_a_hash_of_expired_fields_only(run: Fixture) -> None:
    run("HSET h a 1 b 2")
    run("HPEXPIRE h 10 FIELDS 2 a b")
    run.advance(11)
    assert ask(run, "HGETALL h") == []
    assert ask(run, "HKEYS h") == []
    assert ask(run, "HRANDFIELD h") is None
    assert [ask(run, f"HRANDFIELD h {count}") for count in (1, 2, 10, -1, -10)] == [[]] * 5
    assert ask(run, "HSCAN h 0") == ["0", []]
    run("HELLO 3")
    assert run("HGETALL h") == b"%0\r\n"
    run("HELLO 2")
    assert ask(run, "EXISTS h") == 1
    run.advance(0, active=True)
    assert ask(run, "EXISTS h") == 0


def test_an_expired_field_is_new_when_it_is_set(run: Fixture) -> None:
    run("HSET h a 5 b 6 c 7 d 8 e 9")
    run("HPEXPIRE h 10 FIELDS 5 a b c d e")
    run.advance(11)
    assert ask(run, "HSET h a 1") == 1
    assert ask(run, "HSETNX h b 1") == 1
    assert ask(run, "HINCRBY h c 1") == 1
    assert ask(run, "HINCRBYFLOAT h d 1") == "1"
    assert ask(run, "HSETEX h FNX KEEPTTL FIELDS 1 e 1") == 1
    assert ask(run, "HTTL h FIELDS 5 a b c d e") == [-1] * 5


@pytest.mark.parametrize("option", TIMES)
def test_getex(run: Fixture, option: str) -> None:
    run("HSET h a 1 b 2")
    assert ask(run, "HGETEX h FIELDS 3 a none b") == ["1", None, "2"]
    assert ask(run, "HTTL h FIELDS 2 a b") == [-1, -1]
    assert ask(run, f"HGETEX h {option} {at(option, 5000)} FIELDS 3 a none a") == ["1", None, "1"]
    assert ask(run, "HPTTL h FIELDS 3 a b none") == [5000, -1, -2]
    assert ask(run, "HGETEX h PERSIST FIELDS 2 a b") == ["1", "2"]
    assert ask(run, "HTTL h FIELDS 2 a b") == [-1, -1]
    assert ask(run, f"HGETEX none {option} {at(option, 5000)} FIELDS 2 a b") == [None, None]
    assert ask(run, f"HGETEX h {option} {at(option, 0)} FIELDS 2 a none") == ["1", None]
    assert ask(run, f"HGETEX h {option} {at(option, 0)} FIELDS 1 b") == ["2"]
    assert ask(run, "EXISTS h none") == 0
    assert run.cache.keyspace_stats().expired_fields == 2


@pytest.mark.parametrize("option", TIMES)
def test_setex(run: Fixture, option: str) -> None:
    assert ask(run, f"HSETEX h {option} {at(option, 5000)} FIELDS 2 a 1 b 2") == 1
    assert ask(run, "HPTTL h FIELDS 2 a b") == [5000, 5000]
    assert ask(run, "HSETEX h KEEPTTL FIELDS 2 a 9 c 3") == 1
    assert ask(run, "HPTTL h FIELDS 3 a b c") == [5000, 5000, -1]
    assert ask(run, "HSETEX h FIELDS 1 a 8") == 1
    assert ask(run, "HPTTL h FIELDS 3 a b c") == [-1, 5000, -1]
    assert ask(run, f"HSETEX h {option} {at(option, 0)} FIELDS 2 a x none y") == 0, "not all were there"
    assert ask(run, "HGETALL h") in (["b", "2", "c", "3"], ["c", "3", "b", "2"])
    assert ask(run, f"HSETEX h {option} {at(option, 0)} FIELDS 2 b x c y") == 1
    assert ask(run, "EXISTS h") == 0
    assert ask(run, f"HSETEX h {option} {at(option, 0)} FIELDS 1 a x") == 0
    assert ask(run, "EXISTS h") == 0, "Valkey leaves an empty hash here; an empty hash is none"


def test_setex_without_an_expiry_stays_compact(run: Fixture) -> None:
    assert ask(run, "HSETEX h FIELDS 2 a 1 b 2") == 1
    assert ask(run, "HSETEX h KEEPTTL FIELDS 1 a 3") == 1
    assert ask(run, "OBJECT ENCODING h") == "listpack"
    assert ask(run, "HGETALL h") == ["a", "3", "b", "2"]
    run(f"HSETEX h FIELDS 1 c {'x' * 65}")
    assert ask(run, "OBJECT ENCODING h") == "hashtable"


def test_setex_conditions(run: Fixture) -> None:
    assert ask(run, "HSETEX h FXX FIELDS 1 a 1") == 0
    assert ask(run, "HSETEX h XX FIELDS 1 a 1") == 0
    assert ask(run, "EXISTS h") == 0
    assert ask(run, "HSETEX h NX FNX EX 10 FIELDS 1 a 1") == 1
    assert ask(run, "HSETEX h NX FIELDS 1 b 1") == 0
    assert ask(run, "HSETEX h FNX FIELDS 2 b 1 a 2") == 0
    assert ask(run, "HSETEX h FXX FIELDS 2 a 1 b 2") == 0
    assert ask(run, "HSETEX h XX FNX FIELDS 2 b 2 c 3") == 1
    assert ask(run, "HSETEX h EX 100 FXX FIELDS 2 b 5 c 6") == 1
    assert ask(run, "HMGET h a b c") == ["1", "5", "6"]
    assert ask(run, "HTTL h FIELDS 3 a b c") == [10, 100, 100]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("HSETEX h EX 10 FIELDS 2 a 1", MISMATCH),
        ("HSETEX h EX 10 FIELDS 1 a 1 b", MISMATCH),
        ("HSETEX h EX 10 FIELDS 0 a", MISMATCH),
        ("HSETEX h EX 10 FIELDS -1 a 1", MISMATCH),
        ("HSETEX h EX 10 FIELDS 4611686018427387905 a 1", MISMATCH),
        ("HSETEX h EX 10 1 a 1", MISMATCH),
        ("HSETEX h EX 10 FIELDS x a 1", NOT_INTEGER),
        ("HSETEX h EX x FIELDS 1 a 1", NOT_INTEGER),
        ("HSETEX h EX -1 FIELDS 1 a 1", "ERR invalid expire time in 'hsetex' command"),
        ("HSETEX h PXAT -1 FIELDS 1 a 1", "ERR invalid expire time in 'hsetex' command"),
        ("HSETEX h EX FIELDS 1 a 1", SYNTAX),
        ("HSETEX h EX 1 PX 1 FIELDS 1 a 1", SYNTAX),
        ("HSETEX h EX 1 KEEPTTL FIELDS 1 a 1", SYNTAX),
        ("HSETEX h KEEPTTL EX 1 FIELDS 1 a 1", SYNTAX),
        ("HSETEX h FNX FXX FIELDS 1 a 1", SYNTAX),
        ("HSETEX h NX XX FIELDS 1 a 1", SYNTAX),
        ("HSETEX h PERSIST FIELDS 1 a 1", SYNTAX),
        ("HSETEX h BAD FIELDS 1 a 1", SYNTAX),
        ("HSETEX s EX 10 FIELDS 1 a 1", WRONG_TYPE),
        ("HSETEX h FIELDS 1 a", "ERR wrong number of arguments for 'hsetex' command"),
        ("HGETEX h EX 10 FIELDS 2 a", MISMATCH),
        ("HGETEX h EX 10 FIELDS 0 a", MISMATCH),
        ("HGETEX h EX 10 1 a", MISMATCH),
        ("HGETEX h EX 10 FIELDS x a", NOT_INTEGER),
        ("HGETEX h EX x FIELDS 1 a", NOT_INTEGER),
        ("HGETEX h EX -10 FIELDS 1 a", "ERR invalid expire time in 'hgetex' command"),
        ("HGETEX h EX FIELDS 1 a", SYNTAX),
        ("HGETEX h EX 60 PX 1000 FIELDS 1 a", SYNTAX),
        ("HGETEX h EX 60 PERSIST FIELDS 1 a", SYNTAX),
        ("HGETEX h PERSIST EX 60 FIELDS 1 a", SYNTAX),
        ("HGETEX h KEEPTTL FIELDS 1 a", SYNTAX),
        ("HGETEX h FNX FIELDS 1 a", SYNTAX),
        ("HGETEX s EX 10 FIELDS 1 a", WRONG_TYPE),
        ("HGETEX s EX x FIELDS 1 a", WRONG_TYPE),
    ],
)
def test_errors_of_setex_and_getex(run: Fixture, line: str, error: str) -> None:
    run("HSET h a 0")
    run("SET s text")
    assert ask(run, line) == error
    assert ask(run, "HGETALL h") == ["a", "0"]
    assert ask(run, "HTTL h FIELDS 1 a") == [-1]


def test_getdel(run: Fixture) -> None:
    run("HSET h a 1 b 2 c 3")
    assert ask(run, "HGETDEL h FIELDS 3 a none a") == ["1", None, None]
    assert ask(run, "HGETALL h") == ["b", "2", "c", "3"]
    assert ask(run, "HGETDEL h FIELDS 3 b c b") == ["2", "3", None]
    assert ask(run, "EXISTS h") == 0
    assert ask(run, "HGETDEL h FIELDS 1 a") == [None]


def test_a_long_value_is_returned_whole_while_it_goes(run: Fixture) -> None:
    value = b"v" * 100_000
    run.session.execute(b"HSET", b"h", b"a", value)
    wire = b"*1\r\n$100000\r\n" + value + b"\r\n"
    assert run("HGETEX h EX 10 FIELDS 1 a") == wire
    assert ask(run, "HTTL h FIELDS 1 a") == [10]
    assert run("HGETDEL h FIELDS 1 a") == wire
    assert ask(run, "EXISTS h") == 0


def test_watch_sees_what_becomes_of_fields(run: Fixture) -> None:
    run("HSET h a 1 b 2")
    run("HPEXPIRE h 50 FIELDS 1 a")
    other = run.cache.session()
    for change in (b"HPEXPIRE h 60 FIELDS 1 b", b"HPERSIST h FIELDS 1 b", b"HGETEX h PX 70 FIELDS 1 b"):
        run("WATCH h")
        other.execute(*change.split())
        run("MULTI")
        assert run("EXEC") == b"*-1\r\n"
    run("WATCH h")
    run.advance(51, active=True)
    run("MULTI")
    assert run("EXEC") == b"*-1\r\n", "the cycle removed a field"


@pytest.mark.parametrize("name", [name.lower() for name in (*EXPIRE, *TTL, "HPERSIST", "HGETEX", "HSETEX", "HGETDEL")])
def test_the_declarations_say_whose_commands_these_are(name: str) -> None:
    assert DECLARED[name].group == "hash"
    assert DECLARED[name].since in {"9.0.0", "9.1.0"}
    assert DECLARED[name].arity == {"hexpire": -6, "hsetex": -6}.get(
        name, -6 if name in {command.lower() for command in EXPIRE} else -5
    )


def heard(run: Fixture, line: str) -> list[str]:
    """The events of database 0 that a command, or `tick N` milliseconds, publishes, in order."""
    listener = run.cache.session()
    listener.execute(b"HELLO", b"3")
    run.cache.configure(notify_keyspace_events="Egh")
    listener.execute(b"PSUBSCRIBE", b"__keyevent@0__:*")
    if line.startswith("tick "):
        run.advance(int(line.split()[1]), active=True)
    else:
        run(line)
    told = [plain(tree) for tree in parse_all(listener.read())]
    run.cache.configure(notify_keyspace_events="")
    return [str(message[2]).partition(":")[2] for message in told if isinstance(message, list)]


def test_events(run: Fixture) -> None:
    run("HSET h a 1 b 2 c 3")
    assert heard(run, "HPEXPIRE h 100 FIELDS 3 a b none") == ["hexpire"]
    assert heard(run, "HPEXPIRE h 200 XX FIELDS 2 c none") == []
    assert heard(run, "HPEXPIRE h 0 FIELDS 2 c none") == ["hexpired"]
    assert heard(run, "HGETEX h PX 100 FIELDS 2 a none") == ["hexpire"]
    assert heard(run, "HGETEX h FIELDS 2 a none") == []
    assert heard(run, "HGETEX h PERSIST FIELDS 2 a none") == ["hpersist"]
    assert heard(run, "HGETEX h PERSIST FIELDS 2 a none") == []
    assert heard(run, "HPERSIST h FIELDS 2 a b") == ["hpersist"]
    assert heard(run, "HPERSIST h FIELDS 2 a b") == []
    assert heard(run, "HSETEX h FIELDS 1 d 4") == ["hset"]
    assert heard(run, "HSETEX h PX 100 FIELDS 1 d 4") == ["hset", "hexpire"]
    assert heard(run, "HSETEX h FXX FIELDS 1 none 4") == []
    assert heard(run, "HSETEX h PX 0 FIELDS 1 none 4") == []
    assert heard(run, "HSETEX h PX 0 FIELDS 1 d 4") == ["hexpired"]
    assert heard(run, "HGETDEL h FIELDS 2 a none") == ["hdel"]
    assert heard(run, "HGETDEL h FIELDS 1 b") == ["hdel", "del"]
    run("HSET h a 1")
    assert heard(run, "HGETEX h PX 0 FIELDS 1 a") == ["hexpired", "del"]
    run("HSET h a 1")
    assert heard(run, "HEXPIRE h 0 FIELDS 1 a") == ["hexpired", "del"]
    run("HSET h a 1")
    assert heard(run, "HSETEX h EX 0 FIELDS 1 a 2") == ["hexpired", "del"]


def test_events_of_the_cycle(run: Fixture) -> None:
    run("HSETEX h PX 100 FIELDS 3 a 1 b 2 c 3")
    run("HPEXPIRE h 50 FIELDS 2 a b")
    assert heard(run, "tick 50") == []
    assert heard(run, "tick 1") == ["hexpired"], "one for all that expired at once"
    assert heard(run, "tick 50") == ["hexpired", "del"]
    assert run.number("DBSIZE") == 0
