"""What a script cannot get at, and what ends it: by Lua alone, with no server."""

from __future__ import annotations

import pytest

from autocache.commands.cache import Cache
from autocache.scripting.frames import keep_frames
from autocache.scripting.runtime import Runtime

READONLY = b"Attempt to modify a readonly table"


def run(script: str, *words: str, cache: Cache | None = None) -> bytes:
    session = (cache or Cache(1, seed=1)).session()
    return session.execute(b"EVAL", script.encode("latin-1"), *[word.encode() for word in words or ("0",)])


@pytest.mark.parametrize(
    "name",
    ["python", "os", "io", "require", "debug", "package", "module", "dofile", "loadfile", "newproxy", "getfenv", "setfenv"],
)
def test_what_is_not_there(name: str) -> None:
    assert b"nonexistent global variable" in run(f"return {name}")
    assert run(f"return rawget(_G, '{name}')") == b"$-1\r\n"


@pytest.mark.parametrize(
    "script",
    [
        "x = 1",
        "_G.x = 1",
        "rawset(_G, 'x', 1)",
        "string.x = 1",
        "rawset(string, 'upper', nil)",
        "redis.call = nil",
        "cjson.decode = nil",
        "getmetatable('').__index = {}",
        "getmetatable('').__index.upper = nil",
        "rawset(getmetatable(''), '__index', nil)",
        "setmetatable(_G, {})",
        "setmetatable(string, {__index = function() end})",
        "table.insert(_G, 1)",
    ],
)
def test_writes_to_what_is_shared(script: str) -> None:
    cache = Cache(1, seed=1)
    assert READONLY in run(script, cache=cache)
    assert run("return ('a'):upper()", cache=cache) == b"$1\r\nA\r\n"


@pytest.mark.parametrize(
    "script",
    [
        "for name, value in pairs(_G) do if name == 'redis' then value.call = nil end end",
        "local _, copy = pairs(redis) copy.call = nil return redis.call('ping')",
        "local _, copy = pairs(_G) copy.leaked = 1 return leaked",
    ],
)
def test_what_pairs_gives_is_a_copy(script: str) -> None:
    cache = Cache(1, seed=1)
    run(script, cache=cache)
    assert run("return redis.call('ping')", cache=cache) == b"+PONG\r\n"
    assert b"nonexistent" in run("return leaked", cache=cache)


def test_no_table_of_the_host_can_be_reached() -> None:
    assert run("return tostring(getmetatable(_G))") == b"$3\r\nnil\r\n"
    assert run("return tostring(getmetatable(string))") == b"$3\r\nnil\r\n"
    assert run("return tostring(getmetatable(cjson.null))") == b"$3\r\nnil\r\n"
    assert run("return tostring(string.dump)") == b"$3\r\nnil\r\n"


@pytest.mark.parametrize("loader", ["loadstring(code)", "load(function() local c = code code = nil return c end)"])
def test_compiled_code_is_not_loaded(loader: str) -> None:
    assert run(f"local code = '\\27Lua\\81\\0' local f = {loader} return tostring(f)") == b"$3\r\nnil\r\n"
    assert b"Error compiling script" in run("\x1bLua\x51\x00\x01")


def test_loaded_code_sees_the_sandbox_only() -> None:
    assert b"nonexistent global variable 'os'" in run("return loadstring('return os')()")
    assert READONLY in run("return loadstring('x = 1')()")


@pytest.mark.parametrize(
    "body",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "xpcall(function() while true do end end, function() while true do end end)",
        "coroutine.wrap(function() while true do end end)()",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
        "table.sort({1, 2, 3}, function() while true do end end)",
        "while true do redis.pcall('nothing') end",
        "loadstring('while true do end')()",
        "string.gsub('a', '.', function() while true do end end)",
    ],
)
def test_a_script_that_does_not_end_is_ended(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runtime, "_expired", lambda _self: True)
    cache = Cache(1, seed=1)
    assert b"busy-reply-threshold" in run(body, cache=cache)
    assert run("return 1", cache=cache) == b":1\r\n"


@pytest.mark.parametrize(
    "script",
    [
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
        "return string.rep('x', 2 ^ 30)",
        "local function f() return f() + 1 end return f()",
        "local function f() return f() end return f()",
        "local t = {} for i = 1, 1e5 do t = {t} end return cjson.encode(t)",
        "return {unpack({}, 1, 1e8)}",
        "return cjson.decode(('['):rep(100000))",
        "return string.format('%99999d', 1)",
        "return ('x'):rep(1e5):find(('(x'):rep(1000))",
        "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x.y",
    ],
)
def test_too_much_is_an_error(script: str) -> None:
    cache = Cache(1, seed=1)
    assert run(script, cache=cache).startswith(b"-")
    assert run("return 1", cache=cache) == b":1\r\n"


def test_replies_end_at_some_depth() -> None:
    reply = run("local t = {} t[1] = t return t")
    assert reply.endswith(b"-ERR reached lua stack limit\r\n")


def test_a_script_leaves_nothing_behind() -> None:
    cache = Cache(1, seed=1)
    first = run("cjson.encode_max_depth(1) return tostring(math.random())", cache=cache)
    assert run("local x = cjson.encode({{{1}}}) return tostring(math.random())", cache=cache) == first
    assert b"nonexistent global variable 'KEYS'" not in run("return KEYS", cache=cache)


def test_time_stands_still() -> None:
    assert run(
        "redis.call('set', 'k', 'v', 'px', 1) local n = 0 for i = 1, 3e6 do n = n + 1 end return redis.call('get', 'k')"
    ) == b"$1\r\nv\r\n"  # fmt: skip


def test_a_script_is_found_by_its_digest() -> None:
    session = Cache(1, seed=1).session()
    sha = session.execute(b"SCRIPT", b"LOAD", b"return ARGV[1]")[5:45]
    assert session.execute(b"EVALSHA", sha.upper(), b"0", b"x") == b"$1\r\nx\r\n"
    assert session.execute(b"SCRIPT", b"FLUSH") == b"+OK\r\n"
    assert session.execute(b"EVALSHA", sha, b"0").startswith(b"-NOSCRIPT")
    assert session.execute(b"SCRIPT", b"EXISTS", sha) == b"*1\r\n:0\r\n"


def test_monitors_are_shown_what_a_script_calls() -> None:
    cache = Cache(1, seed=1)
    monitor = cache.session()
    monitor.execute(b"MONITOR")
    run("return redis.call('get', 'k')", cache=cache)
    shown = cache.host.sent[monitor.id]  # type: ignore[attr-defined]
    assert [b"lua]" in line for line in shown] == [False, True]


def test_code_of_another_machine_is_left_alone() -> None:
    assert keep_frames(b"\x1bLua\x52 other") == b"\x1bLua\x52 other"
