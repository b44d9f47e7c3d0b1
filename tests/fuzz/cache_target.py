"""What every stream of requests to a whole cache must satisfy: `check(data)`, for any maker of inputs.

An input is a program of bytes: each step takes a few of them to choose a session, a command and its arguments from a
dictionary, or lets time pass, or changes a setting, or feeds raw bytes through the request parser into `execute` (which
is what a connection does, without its socket). The clock is the input's, so a finding replays.

1. Nothing crashes, and no command answers that it met a bug, also where memory for what a client asks for is missing.
2. DBSIZE is the number of keys that a whole SCAN returns, once what has expired is removed; what each of them holds
   agrees with itself (tests/fuzz/reading.py).
3. When everything is flushed, forgotten and ticked through, as many blocks are live as before.
4. The replies are RESP.

Memory errors are the sanitizer's to find.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import random
from typing import TypeVar

from autocache.codec.rdb import framed
from autocache.commands.cache import Cache, LocalSession
from autocache.memory.alloc import fail_after, is_debug, usage
from autocache.resp.parser import ProtocolError, RequestParser
from tests.fuzz.dictionary import COMMANDS, KEYS, KINDS, OWN_KEYS, PAYLOADS, SETTINGS, THEMES, VALUES
from tests.fuzz.reading import check_value
from tests.wire import parse_all

Item = TypeVar("Item")

START_MS = 1_700_000_000_000
SESSIONS = 4
STEPS_MAX = 400
TICKS_MAX = 20_000
DATABASES = 3
MAXMEMORY_SPARE = 60_000
STRAY_MIN = 240  # a byte from here on names a key of any type
FAIL_AFTER_MAX = 6
DUMPS_MAX = 16
FOOTER_BYTES = 10  # of a payload: version and checksum
PARK_KEYS = 3  # context.pxd
ENDED = 1 << 4 | 1 << 21  # S_CLOSE, S_KILLED (context.pxd)

logging.getLogger("autocache.commands").setLevel(logging.CRITICAL)


class Source:
    """Choices that the input's bytes make; when they are used up, always the first."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.theme = self.pick(THEMES)
        self.dumps: list[bytes] = []  # what DUMP answered lately

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def pick(self, items: tuple[Item, ...]) -> Item:
        return items[(self.byte() if len(items) <= 256 else self.byte() << 8 | self.byte()) % len(items)]

    def take(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]

    @property
    def is_empty(self) -> bool:
        return self.at >= len(self.data)


def payload(source: Source) -> bytes:
    """A payload with the right checksum, whose value has up to three bytes changed, and perhaps lost its end."""
    choice = source.byte()
    if source.dumps and choice % 2:
        made = bytearray(source.dumps[choice // 2 % len(source.dumps)])
    else:
        made = bytearray(PAYLOADS[choice // 2 % len(PAYLOADS)])
    changes = source.byte() % 5
    for _ in range(min(changes, 3)):
        made[(source.byte() << 8 | source.byte()) % len(made)] = source.byte()
    return framed(bytes(made[: source.byte() % len(made)] if changes == 4 else made))


def many(kind: str, source: Source) -> list[bytes]:
    """The arguments that one of the words `...`, `es`, `fvs` and `sms` stands for, up to some hundred."""
    if kind == "...":
        return [source.pick(KEYS) for _ in range(source.byte() % 90)]
    count, form = 1 + source.byte(), source.pick((b"%d", b"m%d", b"%d.5", b"-%d0000000000", b"long" * 20 + b"%d"))
    elements = [form % number for number in range(count)]
    if kind == "es":
        return elements
    if kind == "fvs":
        value = source.pick(VALUES)
        return [word for element in elements for word in (element, value)]
    score = source.byte()
    return [word for number, element in enumerate(elements) for word in (b"%d" % (number * score % 251), element)]


def words(source: Source) -> list[bytes]:
    """A request from the dictionary."""
    made: list[bytes] = []
    for word in source.pick(source.theme if source.byte() < STRAY_MIN else COMMANDS):
        if word in OWN_KEYS:
            choice = source.byte()
            names = KEYS if choice >= STRAY_MIN else OWN_KEYS[word]
            made.append(names[choice % len(names)])
        elif word in KINDS:
            made.append(source.pick(KINDS[word]))
        elif word in ("...", "es", "fvs", "sms"):
            made += many(word, source)
        elif word == "r":
            made.append(payload(source))
        else:
            made.append(word.encode())
    return made


class World:
    """A cache with its sessions, and a clock that stands still until it is told."""

    def __init__(self, dumps: list[bytes]) -> None:
        self.dumps = dumps
        self.cache = Cache(databases=DATABASES, seed=1)
        self.now_ms = START_MS
        self.cache.tick(START_MS)
        self.sessions: list[LocalSession] = [self.cache.session() for _ in range(SESSIONS)]

    def execute(self, number: int, request: list[bytes]) -> None:
        """Run a request as a connection would: not while it waits, and no more once it is to be closed."""
        session = self.sessions[number]
        if session.flags & ENDED:  # by another one's CLIENT KILL
            session = self.sessions[number] = self.cache.session()
        if session.parked == PARK_KEYS and len(request[0]) % 2:
            return  # it goes on waiting for another to wake it
        if session.parked:
            session.unpark()
        if request[:2] == [b"CLIENT", b"REPLY"] and session.flags & 1:
            return  # in a transaction (S_MULTI) it leaves EXEC's array one reply short, as in redis-server
        reply = session.execute(*request)
        assert b"internal error" not in reply, (request, reply)
        if request[0] == b"DUMP" and reply[:1] == b"$":
            self.note_dump(parse_all(reply)[0][1])
        if session.flags & ENDED:
            self.sessions[number] = self.cache.session()
        elif request[:2] != [b"DEBUG", b"ERROR"]:
            parse_all(reply)
        for other in self.sessions:
            parse_all(other.read())

    def note_dump(self, dump: bytes | None) -> None:
        """Keep the value in a payload, for `payload`."""
        if dump is not None:
            self.dumps.append(dump[:-FOOTER_BYTES])
            del self.dumps[:-DUMPS_MAX]

    def let_pass(self, milliseconds: int) -> None:
        self.now_ms += milliseconds
        self.cache.tick(self.now_ms)
        for session in self.sessions:
            if session.parked and 0 < session.deadline_ms <= self.now_ms:
                session.unpark()
                parse_all(session.read())
        self.cache.end_round()

    def settle(self) -> None:
        """Work off what is left to do."""
        for _ in range(TICKS_MAX):
            if not self.cache.tick(self.now_ms):
                return
        raise AssertionError("work is left after many ticks")

    def check_sizes(self) -> None:
        """DBSIZE against SCAN, in each database."""
        self.cache.unpause()
        self.cache.configure(maxmemory=0)
        session = self.cache.session()
        for number in range(DATABASES):
            session.execute(b"SELECT", b"%d" % number)
            found: list[bytes] = []
            cursor = b"0"
            while True:
                _, (first, second) = parse_all(session.execute(b"SCAN", cursor, b"COUNT", b"1000"))[0]
                found += [key for _, key in second[1]]
                cursor = first[1]
                if cursor == b"0":
                    break
            assert len(found) == len(set(found))
            assert session.execute(b"DBSIZE") == b":%d\r\n" % len(found)
            total = session.execute(b"EXISTS", *found) if found else b":0\r\n"
            assert total == b":%d\r\n" % len(found)
            for key in found:
                check_value(session, key)

    def forget(self) -> None:
        """Empty everything, and take all the steps that are left."""
        self.cache.unpause()
        session = self.cache.session()
        self.sessions.clear()
        session.execute(b"FLUSHALL")
        self.cache.configure(maxmemory_policy="noeviction")  # so that no candidates are remembered
        del session
        gc.collect(0)
        self.settle()
        self.settle()


def run_short_of_memory(world: World, number: int, source: Source) -> None:
    """A request during which, on a build that can do so, memory that depends on what a client asks for runs out."""
    left = source.byte() % FAIL_AFTER_MAX
    request = words(source)
    if is_debug():
        fail_after(left)
    try:
        world.execute(number, request)
    finally:
        if is_debug():
            fail_after(-1)


def run_transaction(world: World, number: int, source: Source) -> None:
    """Some requests between MULTI and EXEC."""
    world.execute(number, [b"MULTI"])
    for _ in range(source.byte() % 6):
        world.execute(number, words(source))
    world.execute(number, [b"EXEC"])


def change_settings(world: World, _number: int, source: Source) -> None:
    """Another value of some settings, and perhaps a limit near what is in use."""
    setting = source.pick(SETTINGS)
    world.cache.configure(**setting)
    if source.byte() % 4 == 0:
        world.cache.configure(maxmemory=usage()["used_bytes"] + source.byte() * 256 - MAXMEMORY_SPARE // 4)


def run_raw(world: World, number: int, source: Source) -> None:
    """Bytes as a client sends them."""
    parser = RequestParser()
    with contextlib.suppress(ProtocolError):
        for request in parser.feed(source.take(source.byte()) + b"\r\n"):
            # The command might stop the world.
            if request[0].lower() not in (b"debug", b"shutdown"):
                world.execute(number, request)


def end_session(world: World, number: int, source: Source) -> None:
    """A pause ends, or a session, whatever it waits for."""
    if source.byte() % 2:
        world.cache.unpause()
    else:
        world.sessions[number] = world.cache.session()


def let_pass(world: World, _number: int, source: Source) -> None:
    world.let_pass((0, 1, 10, 100, 1000, 100_000)[source.byte() % 6])


KINDS_OF_STEP = (run_transaction, run_short_of_memory, let_pass, change_settings, run_raw, end_session)


def run_step(world: World, source: Source) -> None:
    """One step of the program."""
    choice = source.byte()
    number = choice % SESSIONS
    kind = choice // SESSIONS % 16 - 10
    if kind < 0:
        world.execute(number, words(source))
    else:
        KINDS_OF_STEP[kind](world, number, source)


# The blocks of a world that has seen nothing, found at the first check.
_fresh: list[int] = []


def live_after(data: bytes) -> int:
    """Run a program on a new world; how many blocks are left when all is forgotten, beyond those before the world."""
    before = usage()["live_blocks"]
    source = Source(data)
    world = World(source.dumps)
    for _ in range(STEPS_MAX):
        if source.is_empty:
            break
        run_step(world, source)
    world.check_sizes()
    world.forget()
    left = usage()["live_blocks"] - before
    world.cache.close()
    assert usage()["live_blocks"] == before, "a closed cache left blocks behind"
    return left


def check(data: bytes) -> None:
    """Run one input. Raises `AssertionError` for what must not be."""
    if not _fresh:
        _fresh.append(live_after(b""))
    left = live_after(data)
    # Kept on purpose: the growing lists of messages, prefixes and keys that are ready, and what DUMP works with;
    # nothing per key.
    assert left <= _fresh[0] + 10, (left, _fresh[0])


def random_program(draw: random.Random) -> bytes:
    """An input that tends to build up states."""
    return draw.randbytes(draw.choice([50, 300, 1000, 2000, 3000]))
