"""What the loads of collections send: well-formed commands, each element once, and the replies that are due."""

from collections.abc import Iterable
from itertools import islice
from typing import Self

import pytest

from bench.errors import BenchError
from bench.loads.collections import COMMAND_ELEMENTS_MAX, HASH, LARGE_HASH, LARGE_ZSET, LIST, ZSET, Collections, Shape
from bench.loads.tail_collections import set_members, zset_members
from bench.loads.types import KEYSPACE, PIPELINE, TESTS, Types, prepare, whole_pipelines
from bench.servers import Server
from bench.wire import encode, filled, keyed, scrambled, width

SHAPES = [HASH, ZSET, LARGE_HASH, LARGE_ZSET, LIST]
KEYS = 2


def parsed(requests: bytes) -> list[list[bytes]]:
    """The commands in RESP; whatever is not well-formed makes a wrong command or an error."""
    commands = []
    while requests:
        count, requests = requests.split(b"\r\n", 1)
        assert count.startswith(b"*")
        command = []
        for _ in range(int(count[1:])):
            length, requests = requests.split(b"\r\n", 1)
            assert length.startswith(b"$")
            size = int(length[1:])
            assert requests[size : size + 2] == b"\r\n"
            command.append(requests[:size])
            requests = requests[size + 2 :]
        commands.append(command)
    return commands


def sent(shape: Shape, at_once: int) -> tuple[list[list[bytes]], bytes]:
    batches = list(shape.commands(KEYS, shape.write, at_once, shape.written(at_once)))
    return parsed(b"".join(requests for requests, _ in batches)), b"".join(replies for _, replies in batches)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_key_gets_all_of_its_elements(shape: Shape) -> None:
    commands, replies = sent(shape, min(shape.elements, COMMAND_ELEMENTS_MAX))
    assert {command[0] for command in commands} == {shape.write}
    assert len(commands) == replies.count(b"\r\n")
    for key in range(KEYS):
        rest = [a for command in commands if command[1] == b"key:%012d" % key for a in command[2:]]
        each = len(shape.arguments) // shape.together
        assert len(rest) == shape.elements * each
        if shape.write != b"RPUSH":
            names = rest[::2] if shape.write == b"HSET" else rest[1::2]
            assert len(set(names)) == shape.elements


def test_replies_to_a_growing_list_are_its_lengths() -> None:
    replies = list(islice(LIST.written(100), 101))
    assert (replies[0], replies[99], replies[100]) == (b":100\r\n", b":10000\r\n", b":100\r\n")
    assert next(HASH.written(5)) == b":5\r\n"


def test_half_of_the_scores_are_whole() -> None:
    commands, _ = sent(ZSET, ZSET.elements)
    scores = commands[0][2::2]
    assert [b"." in score for score in scores] == [False, True] * 5
    assert all(float(score) >= 0 for score in scores)


def test_touching_names_what_is_there() -> None:
    written, _ = sent(LARGE_ZSET, 100)
    batches = LARGE_ZSET.commands(KEYS, LARGE_ZSET.touch, LARGE_ZSET.together, iter(lambda: b"", None))
    touched = parsed(b"".join(requests for requests, _ in batches))
    assert [a for command in touched for a in command[2:]] == [a for command in written for a in command[2:]]


@pytest.mark.parametrize("shape", SHAPES)
def test_how_shows_the_form_without_formats(shape: Shape) -> None:
    assert "%" not in Collections.small("n", "t", shape, (1,), 1.0).how


def test_members_to_delete_and_to_grow_by_differ() -> None:
    members = [a for requests, _ in set_members(500) for command in parsed(requests) for a in command[2:]]
    assert len(set(members)) == len(members) == 500
    added = [command for requests, _ in zset_members(700) for command in parsed(requests)]
    assert len({command[3] for command in added}) == len(added) == 700
    assert len({command[2] for command in added}) > 600


def test_filled_cuts_batches_and_draws_a_reply_for_each_command() -> None:
    batches = list(filled(b"<%d %d>", [(1, 2), (3, 4), (5, 6)], iter([b"a", b"b", b"c"]), batch_commands=2))
    assert batches == [(b"<1 2><3 4>", b"ab"), (b"<5 6>", b"c")]


def test_a_template_announces_the_length_of_what_is_filled_in() -> None:
    assert width(b"%04d.%03d") == 8
    assert keyed(b"ZADD", b"z", b"%02d.%01d", b"m:%03d") % (1, 2, 3) == encode(b"ZADD", b"z", b"01.2", b"m:003")


def test_scrambling_is_one_to_one_below_a_power_of_ten() -> None:
    assert len({scrambled(number, 10_000) for number in range(5_000, 15_000)}) == 10_000


@pytest.mark.parametrize(("requests", "whole"), [(0, 16), (16, 16), (17, 32), (40_000, 40_000)])
def test_requests_fill_whole_pipelines(requests: int, whole: int) -> None:
    assert whole_pipelines(requests) == whole
    assert whole % PIPELINE == 0


class Recorder:
    """A connection that keeps what it is told to send, and answers every call alike."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.sent: list[list[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def call(self, *arguments: bytes) -> bytes:
        self.sent.append(list(arguments))
        return self.answer

    def pipeline(self, batches: Iterable[tuple[bytes, bytes]]) -> None:
        for requests, replies in batches:
            commands = parsed(requests)
            assert replies.count(b"\r\n") == len(commands)
            self.sent += commands


def prepared(monkeypatch: pytest.MonkeyPatch, name: str, requests: int, answer: bytes) -> list[list[bytes]]:
    """What is sent before a test."""
    recorder = Recorder(answer)
    monkeypatch.setattr(Server, "connect", lambda _server: recorder)
    prepare(Server(0, 0), next(test for test in TESTS if test.name == name), requests)
    return recorder.sent


@pytest.mark.parametrize(("name", "command"), [("SPOP", b"SADD"), ("ZPOPMIN", b"ZADD")])
def test_a_pop_finds_as_many_elements_as_it_has_requests(
    monkeypatch: pytest.MonkeyPatch, name: str, command: bytes
) -> None:
    delete, *added, _size = prepared(monkeypatch, name, 1_200, b":1200")
    assert delete[0] == b"DEL"
    assert {(one[0], one[1]) for one in added} == {(command, delete[1])}
    assert {one[-1] for one in added} == {b"element:%012d" % number for number in range(1_200)}


@pytest.mark.parametrize("name", ["LPOP", "RPOP", "SPOP", "ZPOPMIN"])
@pytest.mark.parametrize("answer", [b":15", b"-ERR no"])
def test_a_pop_from_too_little_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, answer: bytes) -> None:
    with pytest.raises(BenchError, match=name):
        prepared(monkeypatch, name, 16, answer)


def test_lrange_finds_a_list_that_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    _delete, push = prepared(monkeypatch, "LRANGE_600", 16, b":1")
    assert (push[0], len(push) - 2 >= 600) == (b"RPUSH", True)


def test_get_finds_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    written = prepared(monkeypatch, "GET", 16, b":1")
    assert {command[1] for command in written} == {b"key:%012d" % number for number in range(KEYSPACE)}


def test_types_are_the_default_tests() -> None:
    assert [test.name for test in TESTS][:3] == ["PING_INLINE", "PING_MBULK", "SET"]
    assert len(TESTS) == 20
    assert "XADD" in {figure.name for figure in Types.of(requests=16, target=1.0, mean_target=1.0).figures}


def test_one_key_has_the_same_tests_without_targets_and_random_keys() -> None:
    random, one = Types.of(requests=16, target=1.0, mean_target=1.0), Types.one_key(requests=16)
    assert [figure.name for figure in random.figures] == [figure.name for figure in one.figures]
    assert "-r" in random.how.split()
    assert "-r" not in one.how.split()
    assert {figure.target for figure in one.figures} == {None}
