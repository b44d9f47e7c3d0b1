"""EVAL and its family, SCRIPT, and what a script sees: conversions, errors, the sandbox, cjson and bit."""

from __future__ import annotations

from tests.conformance.model import Group

# fmt: off

case = Group("scripting")
CASES = case.cases


def scripts(name: str, *bodies: str, before: tuple[str, ...] = (), keys: tuple[str, ...] = ()) -> None:
    """One case for each script; how many keys it leaves behind is compared too."""
    for number, body in enumerate(bodies):
        case(f"{name} {number}: {body[:50]}", *before, ["EVAL", body, str(len(keys)), *keys], "DBSIZE")


case.each("arity and numkeys", """
    EVAL
    EVAL x
    EVALSHA x
    EVAL_RO x
    EVALSHA_RO x
    EVAL "return 1" x
    EVAL "return 1" -1
    EVAL "return 1" 1
    EVAL "return 1" 2 a
    EVAL "return 1" 99999999999999999999
    EVALSHA x 0
    EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
    EVALSHA FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF x
    EVALSHA ffffffffffffffffffffffffffffffffffffffff 1
    SCRIPT
    SCRIPT BOGUS
    SCRIPT LOAD
    SCRIPT EXISTS
    SCRIPT FLUSH BOGUS
    SCRIPT FLUSH SYNC x
    SCRIPT KILL
    SCRIPT DEBUG x
    SCRIPT DEBUG NO
""")
case("the cache of scripts", ["SCRIPT", "LOAD", "return 'loaded'"],
     "EVALSHA a4f0b6d1a2bd84a3ec6ff3bd06f80fd3aecfb6bd 0", "SCRIPT EXISTS x e0e1f9fabfc9d4800c877a703b823ac0578ff8db",
     ["EVAL", "return 1", "0"], "EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0",
     "EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0", "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db",
     "EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0", "SCRIPT FLUSH",
     "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0",
     "SCRIPT FLUSH ASYNC", "SCRIPT FLUSH SYNC", ["SCRIPT", "LOAD", "return +"])
case("keys and arguments", ["EVAL", "return {#KEYS, #ARGV, KEYS[1], KEYS[2], ARGV[1], ARGV[2]}", "2", "a", "b", "c", b"\x00\xff"])

scripts("results", "return 1", "return 1.9", "return -1.9", "return 1e300", "return 0/0", "return '12'", "return nil", "return",
        "return true", "return false", "return {}", "return {1,2,nil,3}", "return {1,{2,{'x'}},false}", "return {a=1}",
        "return {ok='fine'}", "return {err='My error'}", "return {ok='a\\nb'}", "return {err='a\\r\\nb'}", "return {1,{err='bad'}}",
        "return redis.status_reply('x')", "return redis.error_reply('x y')", "return redis.error_reply('-x')",
        "return redis.error_reply('-X y')", "return redis.error_reply(1)", "return redis.error_reply()", "return tostring(nil)",
        "return print", "return tostring", "return {KEYS, ARGV}", "return 'a\\0b'")
scripts("calls", "return redis.call('set','k','v')", "return redis.call('get','nothing')", "return redis.call('SET','k',12.5)",
        "redis.call('set','k',3) return redis.call('get','k')", "redis.call('set','k',0.1) return redis.call('get','k')",
        "redis.call('set','k',1e20) return redis.call('get','k')", "return redis.call('incr','k') + 1",
        "return redis.call('rpush','l',1,2,3)", "redis.call('rpush','l',1,2,3) return redis.call('lrange','l',0,-1)",
        "return redis.call('type','k')", "return redis.call('type','k').ok", "return type(redis.call('get','k'))",
        "return redis.call('hgetall','h')", "return redis.call('mget','a','b')", "return redis.call('xread','block',0,'streams','s','$')",
        "return redis.call('bitcount','k')", "redis.call('select',1) redis.call('set','k','v') return redis.call('dbsize')",
        "return redis.call('ping')", "return redis.call('echo','x')", "return redis.call('publish','c','m')",
        "return redis.call('config','get','maxmemory-policy')", "return #redis.call('command','info','get')")
scripts("refused calls", "return redis.call()", "return redis.call({})", "return redis.call('get',true)", "return redis.call('foo')",
        "return redis.call('get')", "return redis.call('multi')", "return redis.call('eval','return 1',0)",
        "return redis.call('subscribe','x')", "return redis.call('client','id')", "return redis.call('config','bogus')",
        "return redis.call('config','get')", "return redis.call('incr','s')", "return redis.pcall('incr','s')",
        "return redis.pcall('foo')", "return redis.pcall('get')", "return redis.pcall()", "return redis.call('lpush','s',1)",
        "return redis.call('blpop','l',0)", "return redis.pcall('incr','s').err", "return redis.pcall(1)",
        "local ok, e = pcall(redis.call, 'incr', 's') return {tostring(ok), e.err}", "return redis.call('auth','x')",
        "\n\nlocal x = redis.call('incr','s')\nreturn 1", "return redis.call('debug','sleep',0)", before=("SET s x",))
scripts("errors", "x=1", "return x", "return 1 +", "error('boo')", "error({err='MY e'})", "error({err='MY e'}, 0)", "error()",
        "error('boo', 0)", "local a = {} ; a = a.b.c", "return 'a'..nil", "return {} < {}", "return nil + 1", "return ('x')()",
        "\n\nerror('third line')", "local function f() error('in f') end\nf()", "local f = function() return nope end return f()",
        "string.rep()", "return tonumber()", "local t = setmetatable({},{__index=function() error('meta') end}) return t.x",
        "return redis.call", "goto x", "return 1 return 2", "assert(false)", "assert(nil, 'words')", "return pcall(error, 'x')",
        "local ok, e = pcall(error, 'x') return e", "local ok, e = pcall(function() error('x') end) return e")
scripts("protected", "string.x=1", "redis.x=1", "rawset(_G,'a',1)", "setmetatable(_G,{})", "return getmetatable('').__index.x",
        "getmetatable('').__index=1", "_G.x=1", "KEYS=1", "return tostring(_G.x)", "redis.call=1", "return os", "return io",
        "return require", "return debug", "return package", "return module", "return dofile", "return loadfile", "return newproxy",
        "return getfenv", "return setfenv", "return print", "return python", "return rawget(_G,'nope')", "rawset(string,'x',1)",
        "setmetatable(string,{})", "math.random=nil", "function f() end", "local t={} rawset(t,1,2) return t",
        "return loadstring(string.char(27)..'Lua')", "for k in pairs(redis) do if k == 'call' then return k end end")
scripts("libraries", "return redis.sha1hex('')", "return redis.sha1hex('abc')", "return redis.sha1hex()", "return redis.log(1)",
        "redis.log(9,'x')", "redis.log('x','y')", "return redis.log(redis.LOG_WARNING,'a','b')", "redis.setresp(4)", "redis.setresp()",
        "redis.setresp('x')", "return redis.REDIS_VERSION", "return redis.REDIS_VERSION_NUM", "return redis.replicate_commands()",
        "redis.set_repl(redis.REPL_ALL)", "redis.set_repl(9)", "redis.set_repl()", "redis.set_repl('x')",
        "return {redis.REPL_NONE,redis.REPL_AOF,redis.REPL_SLAVE,redis.REPL_REPLICA,redis.REPL_ALL}",
        "return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}",
        "math.randomseed(7) return {tostring(math.random()), math.random(10), math.random(5,9)}",
        "math.randomseed(-3) return tostring(math.random())", "return math.random(0)", "return math.random(2,1)",
        "return math.random(1,2,3)", "return ('x'):rep(3)", "return string.format('%5.1f|%d|%s', 1.25, 3, 'x')",
        "return {string.find('hello','l(.)')}", "local t={3,1,2} table.sort(t) return t", "return table.concat({1,2,3},',')",
        "return {unpack({1,2,3})}", "return loadstring('return 5')()", "return load(function() return nil end)",
        "local c = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) return {c(1), c(10)}",
        "return {select('#',1,2), select(2,'a','b')}", "return tostring(select(-1,1,2))", "return {xpcall(function() error('x') end, function(e) return 'h:' .. e end)}",
        "return _VERSION", "local n, v = next({a=1}) return {n, v}", "return math.floor(2.7)")
scripts("bit", "return bit.band(255,7,3)", "return bit.bor(1,2,4)", "return bit.bxor(5,1)", "return bit.bnot(0)", "return bit.lshift(1,31)",
        "return bit.rshift(-1,28)", "return bit.arshift(-16,2)", "return bit.rol(0x12345678,8)", "return bit.ror(0x12345678,8)",
        "return bit.bswap(0x12345678)", "return bit.tobit(0xffffffff)", "return bit.tohex(255)", "return bit.tohex(255,-4)",
        "return bit.tohex(-1,2)", "return bit.band(1.5,3)", "return bit.tobit(4294967296+5)", "return bit.rol(1,0)")
scripts("cjson", "return cjson.encode({1,2,{a=1}})", "return cjson.encode({})", "return cjson.encode({[3]=1})", "return cjson.encode({[30]=1})",
        "return cjson.encode({[1]=1,x=2}) ~= nil", "return cjson.encode('a\"b\\\\c/\\n\\1\\127')", "return cjson.encode(1/3)",
        "return cjson.encode(1e20)", "return cjson.encode(0/0)", "return cjson.encode(12345678901234)", "return cjson.encode(true)",
        "return cjson.encode(nil)", "return cjson.encode(cjson.null)", "return cjson.encode({tostring})", "return cjson.encode({[true]=1})",
        "return cjson.decode('[1,2.5,\"x\",true,false,null]')", "return cjson.decode('{\"a\":{\"b\":[1,2]}}').a.b",
        "return cjson.decode('\"\\\\u00e9\\\\ud83d\\\\ude00\\\\n\"')", "return cjson.decode('[')", "return cjson.decode('[1}')",
        "return cjson.decode('[1,]')", "return cjson.decode('{1:2}')", "return cjson.decode('{\"a\" 2}')", "return cjson.decode('{\"a\":2 3')",
        "return cjson.decode('')", "return cjson.decode('1 2')", "return cjson.decode('nope')", "return cjson.decode('-12.5e2')",
        "return cjson.decode('\"abc')", "return cjson.decode()", "return cjson.encode()", "return cjson.decode({})",
        "return tostring(cjson.decode('null') == cjson.null)", "local t={} t[1]=t return cjson.encode(t)")
scripts("conversions", "return true", "redis.setresp(3) return true", "redis.setresp(3) return false", "return false", "return nil",
      "return {double=3.5}", "return {double=1/0}", "return {map={a=1}}", "return {set={a=true}}", "return {big_number='123456789012345678901234567890'}",
      "return {verbatim_string={format='txt',string='words'}}", "return redis.call('hgetall','h')", "redis.setresp(3) return redis.call('hgetall','h')",
      "redis.setresp(3) return redis.call('hgetall','h').map.f", "redis.setresp(3) return redis.call('smembers','s')",
      "redis.setresp(3) return redis.call('zscore','z','m')", "redis.setresp(3) return redis.call('zscore','z','m').double",
      "redis.setresp(3) return redis.call('get','nothing')", "redis.setresp(3) return type(redis.call('get','nothing'))",
      "return type(redis.call('get','nothing'))", "redis.setresp(3) return redis.call('zrange','z',0,-1,'withscores')",
      before=("HSET h f v", "SADD s a", "ZADD z 1.5 m"))
scripts("shebang", "#!lua\nreturn 1", "#!lua flags=no-writes\nreturn redis.call('set','a','b')", "#!lua flags=foo\nreturn 1", "#!foo\nreturn 1",
        "#!lua a=b\nreturn 1", "#!lua", "#!lua flags=no-writes,allow-oom\nreturn 2", "#!lua flags=\nreturn 3", "#!lua\nerror('x')",
        "#!lua flags=allow-stale,no-cluster\nreturn 4")
case("read-only", ["EVAL_RO", "return redis.call('set','a','b')", "0"], ["EVAL_RO", "return redis.call('get','a')", "1", "a"],
     ["EVAL_RO", "return redis.call('publish','a','b')", "0"], ["EVAL_RO", "return redis.pcall('del','b')", "0"],
     ["EVAL_RO", "#!lua\nreturn 1", "0"], ["EVAL_RO", "#!lua flags=no-writes\nreturn 1", "0"])
case("in a transaction", "MULTI", ["EVAL", "return redis.call('incr',KEYS[1])", "1", "k"], "INCR k",
     ["EVAL", "return redis.call('select',2)", "0"], "SET here 1", "EXEC", "KEYS *")
case("watches see what scripts write", "WATCH k", "c2> EVAL \"return redis.call('set','k',1)\" 0", "MULTI", "PING", "EXEC")
case("out of memory", "CONFIG SET maxmemory 1", ["EVAL", "return redis.call('set','a','b')", "0"],
     ["EVAL", "return redis.call('get','a')", "0"], ["EVAL", "#!lua\nreturn 1", "0"],
     ["EVAL", "#!lua flags=allow-oom\nreturn redis.call('set','a','b')", "0"], "CONFIG SET maxmemory 0")
