"""Pub/sub without a server: who is told what, in which order, and that sessions leave nothing behind."""

import random

import pytest

from autocache.commands.cache import Cache, LocalSession
from autocache.memory.alloc import usage


def bulk(text: bytes | str) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return b"$%d\r\n%b\r\n" % (len(data), data)


def message(channel: str, text: bytes | str, *, pattern: str = "", word: str = "message", mark: str = ">") -> bytes:
    """A message as a subscriber gets it."""
    parts = [bulk("pmessage"), bulk(pattern)] if pattern else [bulk(word)]
    parts += [bulk(channel), bulk(text)]
    return b"%b%d\r\n" % (mark.encode(), len(parts)) + b"".join(parts)


def run(session: LocalSession, line: str) -> bytes:
    return session.execute(*line.encode().split())


@pytest.fixture
def cache() -> Cache:
    return Cache(seed=1)


def test_channel_subscribers_come_first_and_in_order(cache: Cache) -> None:
    sessions = [cache.session(3) for _ in range(5)]
    run(sessions[4], "PSUBSCRIBE n*")
    for n in (2, 0, 3, 1):
        run(sessions[n], "SUBSCRIBE news")
    run(sessions[0], "PSUBSCRIBE *s")
    run(sessions[2], "UNSUBSCRIBE news")
    assert run(sessions[1], "PUBLISH news hello") == message("news", "hello") + b":5\r\n"
    assert sessions[0].read() == message("news", "hello") + message("news", "hello", pattern="*s")
    assert sessions[4].read() == message("news", "hello", pattern="n*")
    assert sessions[2].read() == b""
    assert sessions[3].read() == message("news", "hello")


def test_each_protocol_has_its_form(cache: Cache) -> None:
    two, three = cache.session(2), cache.session(3)
    run(two, "SSUBSCRIBE a")
    run(three, "SSUBSCRIBE a")
    assert run(cache.session(), "SPUBLISH a x") == b":2\r\n"
    assert two.read() == message("a", "x", word="smessage", mark="*")
    assert three.read() == message("a", "x", word="smessage")


@pytest.mark.parametrize("size", [0, 1, 16383, 16384, 100_000])
def test_messages_of_any_length(cache: Cache, size: int) -> None:
    text = b"\x00" * size
    sessions = [cache.session(3) for _ in range(3)]
    for session in sessions:
        run(session, "SUBSCRIBE a")
        run(session, "PSUBSCRIBE a*")
    assert cache.session().execute(b"PUBLISH", b"a", text) == b":6\r\n"
    for session in sessions:
        assert session.read() == message("a", text) + message("a", text, pattern="a*")


def test_a_long_message_is_not_copied(cache: Cache) -> None:
    sessions = [cache.session(3) for _ in range(50)]
    for session in sessions:
        run(session, "SUBSCRIBE a")
    before = usage()["used_bytes"]
    cache.session().execute(b"PUBLISH", b"a", b"x" * 1_000_000)
    assert usage()["used_bytes"] - before < 2_000_000
    for session in sessions:
        assert len(session.read()) > 1_000_000


def test_a_session_that_ends_is_not_told(cache: Cache) -> None:
    stays, goes = cache.session(3), cache.session(3)
    for session in (stays, goes):
        run(session, "SUBSCRIBE a b c")
        run(session, "PSUBSCRIBE *")
        run(session, "SSUBSCRIBE a")
    del session, goes
    assert run(cache.session(), "PUBLISH a 1") == b":2\r\n"
    assert run(cache.session(), "PUBSUB NUMSUB a") == b"*2\r\n$1\r\na\r\n:1\r\n"
    del stays
    assert run(cache.session(), "PUBLISH a 1") == b":0\r\n"
    assert cache.pubsub_figures() == {"pubsub_channels": 0, "pubsub_patterns": 0, "pubsubshard_channels": 0}


def test_a_killed_session_is_not_told(cache: Cache) -> None:
    session = cache.session(3)
    run(session, "SUBSCRIBE a")
    assert run(cache.session(), "CLIENT KILL TYPE pubsub") == b":1\r\n"
    assert run(cache.session(), "PUBLISH a 1") == b":0\r\n"


def test_replies_that_are_off_do_not_take_messages_along(cache: Cache) -> None:
    session = cache.session(3)
    run(session, "SUBSCRIBE a")
    run(session, "CLIENT REPLY OFF")
    assert session.execute(b"PUBLISH", b"a", b"x" * 20_000) == message("a", "x" * 20_000)
    assert run(session, "SUBSCRIBE b") == b">3\r\n" + bulk("subscribe") + bulk("b") + b":2\r\n"
    assert run(session, "PING") == b""


def test_memory_is_given_back(cache: Cache) -> None:
    """Churn of thousands of subscriptions leaves no block behind."""
    blocks = cache.memory_stats().blocks
    for _ in range(3):
        sessions = [cache.session(3) for _ in range(100)]
        for n, session in enumerate(sessions):
            for at in range(50):
                run(session, f"SUBSCRIBE channel:{at} own:{n}:{at}")
                run(session, f"PSUBSCRIBE p{at}*")
        run(sessions[0], "UNSUBSCRIBE")
        run(sessions[1], "RESET")
        run(cache.session(), "PUBLISH channel:7 x")
        del sessions, session
    assert cache.pubsub_figures()["pubsub_channels"] == 0
    assert cache.memory_stats().blocks <= blocks + 4  # the buffers that messages are written in


def test_a_subscription_is_small(cache: Cache) -> None:
    """Beside the channel's name, a subscription is two pointers and their room to grow."""
    sessions = [cache.session(3) for _ in range(1000)]
    for session in sessions:
        run(session, "SUBSCRIBE first")
    before = usage()["used_bytes"]
    for session in sessions:
        for n in range(16):
            run(session, f"SUBSCRIBE channel:{n}")
    grown = (usage()["used_bytes"] - before) / 16_000
    print(f"{grown:.1f} bytes a subscription")
    assert grown < 40


def test_random_sequences_against_a_model(cache: Cache) -> None:
    """Thousands of random steps against dictionaries; the seed is in the report."""
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed={seed}")
    chance = random.Random(seed)
    sessions = {n: cache.session(3) for n in range(6)}
    subscribed: dict[str, dict[int, None]] = {}  # channel -> sessions, in order
    for _ in range(5000):
        n, channel = chance.randrange(6), f"c{chance.randrange(8)}"
        action = chance.random()
        if action < 0.35:
            run(sessions[n], f"SUBSCRIBE {channel}")
            subscribed.setdefault(channel, {}).setdefault(n)
        elif action < 0.6:
            run(sessions[n], f"UNSUBSCRIBE {channel}")
            subscribed.get(channel, {}).pop(n, None)
        elif action < 0.65:
            run(sessions[n], chance.choice(["UNSUBSCRIBE", "RESET"]))
            sessions[n].execute(b"HELLO", b"3")
            for members in subscribed.values():
                members.pop(n, None)
        elif action < 0.68:
            sessions[n] = cache.session(3)
            for members in subscribed.values():
                members.pop(n, None)
        else:
            expected = subscribed.get(channel, {})
            assert run(cache.session(), f"PUBLISH {channel} m") == b":%d\r\n" % len(expected)
            assert [sessions[at].read() for at in range(6)] == [
                message(channel, "m") if at in expected else b"" for at in range(6)
            ]
    open_channels = sum(bool(members) for members in subscribed.values())
    assert cache.pubsub_figures()["pubsub_channels"] == open_channels


def test_notifications_reach_the_engine(cache: Cache) -> None:
    session = cache.session(3)
    run(session, "PSUBSCRIBE __key*__:*")
    run(cache.session(), "SET k v")
    assert session.read() == b""
    cache.configure(notify_keyspace_events="K$")
    assert cache.setting("notify-keyspace-events") == "K$"
    run(cache.session(), "SET k v")
    assert session.read() == message("__keyspace@0__:k", "set", pattern="__key*__:*")
    run(cache.session(), "DEL k")
    assert session.read() == b""
    with pytest.raises(KeyError):
        cache.configure(notify_keyspace_events="?")


def test_notification_of_a_key_with_a_long_name(cache: Cache) -> None:
    session = cache.session(3)
    cache.configure(notify_keyspace_events="KEA".replace("A", "g$lshzxetd"))
    run(session, "PSUBSCRIBE __keyspace@*")
    for length in (200, 218, 219, 220, 221, 222, 223, 240, 10_000):
        key = b"k" * length
        cache.session().execute(b"SET", key, b"v")
        assert session.read() == message(f"__keyspace@0__:{key.decode()}", "set", pattern="__keyspace@*")


def test_evictions_are_told_to_a_session_that_wants_no_replies(cache: Cache) -> None:
    """The message comes before the command runs, whose reply is dropped: it stays."""
    session = cache.session(3)
    run(cache.session(), "SET k v")
    run(session, "SUBSCRIBE __keyevent@0__:evicted")
    run(session, "CLIENT REPLY OFF")
    cache.configure(notify_keyspace_events="Ee", maxmemory_policy="allkeys-random", maxmemory=1)
    assert run(session, "SET other v") == message("__keyevent@0__:evicted", "k")
    cache.configure(maxmemory=0)
    assert run(session, "PING") == b""


def test_a_message_to_oneself_stays_out_of_the_next_session(cache: Cache) -> None:
    """What is kept for a command that then waits is appended to its own session's output."""
    one, two = cache.session(3), cache.session(3)
    cache.configure(notify_keyspace_events="Em")
    run(one, "SUBSCRIBE __keyevent@0__:keymiss")
    run(one, "CLIENT REPLY OFF")
    assert run(one, "GET none") == message("__keyevent@0__:keymiss", "none")
    run(two, "CLIENT REPLY OFF")
    assert run(two, "GET none") == b""
    assert one.read() == message("__keyevent@0__:keymiss", "none")
