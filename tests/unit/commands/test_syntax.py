"""The parser of syntax texts."""

from __future__ import annotations

import pytest

from autocache.commands.cache import Cache  # noqa: F401  (declares all commands)
from autocache.commands.declare import DECLARED
from autocache.commands.introspection import all_specs
from autocache.commands.syntax import Argument, SyntaxProblem, parse_syntax


def shape(argument: Argument) -> str:
    """An argument in one line: `type:token:name?*` and its parts."""
    marks = "?" * argument.optional + "*" * argument.multiple + "+" * argument.multiple_token
    parts = f"({' '.join(map(shape, argument.parts))})" if argument.parts else ""
    name = "" if argument.parts else argument.name
    return f"{argument.type}:{argument.token}:{name}{marks}{parts}"


def parsed(text: str, name: str = "x", key_specs: int = 1) -> str:
    return " ".join(map(shape, parse_syntax(text, name=name, key_specs=key_specs)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X", ""),
        ("X key", "key::key"),
        ("X [message]", "string::message?"),
        ("X key [key ...]", "key::key*"),
        ("X key value [key value ...]", "block::*(key::key string::value)"),
        ("X [name [name ...]]", "string::name?*"),
        ("X [KEYS key [key ...]]", "key:KEYS:key?*"),
        ("X [PREFIX prefix [PREFIX prefix ...]]", "string:PREFIX:prefix?*+"),
        ("X [NX | XX]", "oneof::?(pure-token:NX:nx pure-token:XX:xx)"),
        ("X [EX seconds | PERSIST]", "oneof::?(integer:EX:seconds pure-token:PERSIST:persist)"),
        ("X [AUTH username password]", "block:AUTH:?(string::username string::password)"),
        ("X [TYPE <A | B>]", "oneof:TYPE:?(pure-token:A:a pure-token:B:b)"),
        ("X <ON | OFF> [BCAST]", "oneof::(pure-token:ON:on pure-token:OFF:off) pure-token:BCAST:bcast?"),
        ("X [pro [AUTH a b] [N c]]", "block::?(string::pro block:AUTH:?(string::a string::b) string:N:c?)"),
        ('X <key | "">', 'oneof::(key::key pure-token:"":empty_string)'),
        ("X [MATCH pattern] [COUNT count]", "pattern:MATCH:pattern? integer:COUNT:count?"),
    ],
)
def test_shapes(text: str, expected: str) -> None:
    assert parsed(text) == expected


def test_keys_count_specifications() -> None:
    arguments = parse_syntax("COPY source destination", name="copy", key_specs=2)
    assert [argument.key_spec for argument in arguments] == [0, 1]
    arguments = parse_syntax("LCS key1 key2", name="lcs", key_specs=1)
    assert [argument.key_spec for argument in arguments] == [0, 0]
    assert parsed("X key", key_specs=0) == "string::key"


def test_types_that_depend_on_the_command() -> None:
    assert parsed("INCRBY key increment", "incrby") == "key::key integer::increment"
    assert parsed("INCRBYFLOAT key increment", "incrbyfloat") == "key::key double::increment"


@pytest.mark.parametrize("text", ["X [a", "X a]", "X <a]", "X a | b"])
def test_mistakes(text: str) -> None:
    with pytest.raises(SyntaxProblem):
        parse_syntax(text, name="x", key_specs=0)


def test_every_declaration_can_be_read() -> None:
    for spec in all_specs(DECLARED.values()):
        parse_syntax(spec.syntax, name=spec.name, key_specs=len(spec.keys))
