"""Options: every spelling, every refusal."""

import pytest

from autocache.cli.options import Options, UsageError, parse_options, usage
from autocache.cli.render import Output
from tests.unit.cli.programs import run_ours


def parse(*argv: str, **environment: str) -> Options:
    return parse_options(argv, environment)


@pytest.mark.parametrize("spelling", [["-p", "7"], ["--p", "7"], ["-p=7"], ["--p=7"]])
def test_spellings(spelling: list[str]) -> None:
    assert parse(*spelling).port == 7


def test_command_ends_the_options() -> None:
    options = parse("-h", "there", "get", "-p", "1")
    assert (options.host, options.port, options.command) == ("there", 6379, ["get", "-p", "1"])


def test_all_together() -> None:
    options = parse(
        *[
            "-raw",
            "-r",
            "-1",
            "-i",
            "0.5",
            "-n",
            "3",
            "-2",
            "-e",
            "-c",
            "-t",
            "2",
            "--show-pushes",
            "no",
            "--csv",
            "-X=t",
            "-d",
            ",",
            "-D=",
            "-verbose",
        ]
    )
    assert (options.repeat, options.interval_s, options.db, options.protocol) == (-1, 0.5, 3, 2)
    assert options.output is Output.CSV
    assert (options.element_end, options.reply_end, options.stdin_tag) == (b",", b"", "t")
    assert (options.show_pushes, options.connect_timeout_s, options.exit_on_error) == (False, 2.0, True)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("redis://there", ("there", 6379, None, None, 0)),
        ("redis://there:7/4", ("there", 7, None, None, 4)),
        ("redis://u:p%20w@there:7", ("there", 7, "u", "p w", 0)),
        ("redis://:pw@there/", ("there", 6379, None, "pw", 0)),
        ("redis://pw@there", ("there", 6379, None, "pw", 0)),
        ("redis://[::1]:8/1", ("::1", 8, None, None, 1)),
    ],
)
def test_uri(uri: str, expected: tuple[str, int, str | None, str | None, int]) -> None:
    options = parse("-u", uri)
    assert (options.host, options.port, options.user, options.password, options.db) == expected


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--bogus"], "'--bogus'"),
        (["-"], "'-'"),
        (["--", "ping"], "'--'"),
        (["-p"], "'-p' needs a value: <port>"),
        (["-p", "abc"], "-p: 'abc' is not allowed: a port from 1 to 65535"),
        (["-p=0"], "a port from 1 to 65535"),
        (["-n", "-1"], "-n: '-1' is not allowed"),
        (["-r", "many"], "-1 for ever"),
        (["-r", "-2"], "-1 for ever"),
        (["-i", "soon"], "seconds"),
        (["-i", "nan"], "seconds"),
        (["-t", "-1"], "seconds"),
        (["--show-pushes", "maybe"], "yes or no"),
        (["--raw=yes"], "takes no value"),
        (["-2", "-3"], "mutually exclusive"),
        (["-x", "-X", "t"], "mutually exclusive"),
        (["-u", "rediss://x"], "no TLS"),
        (["-u", "http://x"], "Invalid URI scheme"),
        (["-u", "redis://x:port"], "not valid"),
        (["-u", "redis://x/db"], "database number"),
    ],
)
def test_refusals(argv: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(*argv)
    assert message in str(caught.value)


def test_a_refusal_and_a_representation_hide_the_password() -> None:
    with pytest.raises(UsageError) as caught:
        parse("-u", "redis://u:hunter2@x:bad")
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(parse("-a", "hunter2"))


def test_wrong_usage_exits_with_1() -> None:
    ran = run_ours(1, ["--bogus"])
    assert (ran.code, ran.out) == (1, b"")
    assert b"--bogus" in ran.err


def test_password_from_the_environment() -> None:
    assert parse(REDISCLI_AUTH="b").password == "b"
    assert parse(REDISCLI_AUTH="b", AUTOCACHE_CLI_AUTH="a").password == "a"
    assert parse("-a", "c", AUTOCACHE_CLI_AUTH="a").password == "c"


def test_help_and_version() -> None:
    assert run_ours(1, ["-h"]) == run_ours(1, ["--help"])
    assert b"--quoted-json" in run_ours(1, ["-help"]).out
    assert run_ours(1, ["--version"]).out.startswith(b"autocache-cli ")
    assert max(map(len, usage("1").splitlines())) <= 120
