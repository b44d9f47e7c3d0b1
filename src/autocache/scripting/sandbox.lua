-- The world of a script: what it can see, how it calls commands, and how its result becomes a reply.
--
-- This file runs once in a new Lua state and gives back `run` and `compile`. Scripts see `env`, an empty table that stands
-- before `globals` and refuses to be written to; each library is shown in the same way. Nothing of Python's gets to a
-- script: the functions below that come from the host are only ever called by functions of this file, with strings and
-- numbers. Replies cross as the bytes of the wire, and are read and written here, so that they count against the limit
-- of Lua's memory.
--
-- A hook looks at the clock every so often, in each coroutine as well. A script whose time is up is ended: whatever could
-- catch that error looks at `dead` first, and passes it on.

local host_call, host_expired, host_sha1, host_log, host_bits, host_json, host_keep_frames, host_version, host_version_number = ...

local byte, dump, find, format, gsub, sub = string.byte, string.dump, string.find, string.format, string.gsub, string.sub
local concat, floor, insert = table.concat, math.floor, table.insert
local error, pcall, select, tonumber, tostring, type, unpack = error, pcall, select, tonumber, tostring, type, unpack
local next, pairs, rawget, rawset, loadstring, xpcall = next, pairs, rawget, rawset, loadstring, xpcall
local getmetatable, setmetatable, setfenv, collectgarbage = getmetatable, setmetatable, setfenv, collectgarbage
local getinfo, sethook = debug.getinfo, debug.sethook
local create, resume = coroutine.create, coroutine.resume

local HOOK_INSTRUCTIONS = 100000
local CHUNK = "@user_script"
local READONLY = "Attempt to modify a readonly table"
local REPLY_DEPTH_MAX = 1000
local ENDED = "ERR the script ran longer than busy-reply-threshold allows, and was ended"

local dead = false              -- the script's time is up
local protocol = 2              -- of the replies that the script gets (redis.setresp)
local client_protocol = 2       -- of the client that runs it
local globals = {}
local hidden = setmetatable({}, {__mode = "k"})     -- what stands before a protected table -> that table

-- Tables that scripts can only read --------------------------------------------------------------------------------

local function refuse_write()
    error(READONLY, 2)
end

local function protect(real)
    local shown = setmetatable({}, {__index = real, __newindex = refuse_write})
    hidden[shown] = real
    return shown
end

local env = protect(globals)

local function need_table(value, name, count)
    if type(value) ~= "table" then
        local got = count == 0 and "no value" or type(value)
        error("bad argument #1 to '" .. name .. "' (table expected, got " .. got .. ")", 3)
    end
end

local function copy_of(real)
    local copy = {}
    for key, value in next, real do copy[key] = value end
    return copy
end

-- Ending a script --------------------------------------------------------------------------------------------------

local function watch()
    if dead or host_expired() then
        dead = true
        error(ENDED, 0)
    end
end

local function pass_on(...)
    if dead then error(ENDED, 0) end
    return ...
end

-- The base library -------------------------------------------------------------------------------------------------

for _, name in ipairs({"assert", "error", "gcinfo", "ipairs", "rawequal", "select", "tonumber", "tostring", "type", "unpack",
                       "_VERSION"}) do
    globals[name] = _G[name]
end
globals._G = env

function globals.pairs(...)
    local t = ...
    need_table(t, "pairs", select("#", ...))
    if hidden[t] then return next, copy_of(hidden[t]), nil end
    return next, t, nil
end

function globals.next(...)
    local t, key = ...
    need_table(t, "next", select("#", ...))
    return next(hidden[t] or t, key)
end

function globals.rawget(...)
    local t, key = ...
    need_table(t, "rawget", select("#", ...))
    return rawget(hidden[t] or t, key)
end

function globals.rawset(...)
    local t, key, value = ...
    need_table(t, "rawset", select("#", ...))
    if hidden[t] then error(READONLY, 0) end
    return rawset(t, key, value)
end

function globals.setmetatable(...)
    local t, meta = ...
    need_table(t, "setmetatable", select("#", ...))
    if type(meta) ~= "table" and (meta ~= nil or select("#", ...) < 2) then
        error("bad argument #2 to 'setmetatable' (nil or table expected)", 2)
    end
    if hidden[t] then error(READONLY, 0) end
    local old = getmetatable(t)
    if old ~= nil and type(old) ~= "table" then error("cannot change a protected metatable", 2) end
    if type(old) == "table" and rawget(old, "__metatable") ~= nil then
        error("cannot change a protected metatable", 2)
    end
    return setmetatable(t, meta)
end

local string_meta

function globals.getmetatable(...)
    if select("#", ...) == 0 then error("bad argument #1 to 'getmetatable' (value expected)", 2) end
    local value = ...
    if type(value) == "string" then return string_meta end
    if hidden[value] or type(value) == "userdata" then return nil end
    return getmetatable(value)
end

-- An error of a command is a table with its text: a script that catches it gets the text.
local function caught(ok, err, ...)
    if dead then error(ENDED, 0) end
    if not ok and type(err) == "table" and type(rawget(err, "err")) == "string" then return false, err.err end
    return ok, err, ...
end

function globals.pcall(...)
    if select("#", ...) == 0 then error("bad argument #1 to 'pcall' (value expected)", 2) end
    return caught(pcall(...))
end

-- The handler runs when the stack is gone already: nothing that a script has could look at it.
local function handled(handler, ok, ...)
    if dead then error(ENDED, 0) end
    if ok then return true, ... end
    local _, result = pass_on(pcall(handler, ...))
    return false, result
end

function globals.xpcall(f, handler)
    return handled(handler, pcall(f))
end

function globals.loadstring(text, name)
    if type(text) ~= "string" then
        error("bad argument #1 to 'loadstring' (string expected, got " .. type(text) .. ")", 2)
    end
    if byte(text) == 27 then return nil, "compiled code cannot be loaded" end
    local chunk, message = loadstring(text, name == nil and text or name)
    if not chunk then return nil, message end
    return setfenv(chunk, env)
end

function globals.load(reader, name)
    if type(reader) ~= "function" then
        error("bad argument #1 to 'load' (function expected, got " .. type(reader) .. ")", 2)
    end
    local parts = {}
    while true do
        local part = reader()
        if part == nil or part == "" then break end
        if type(part) ~= "string" then return nil, "reader function must return a string" end
        parts[#parts + 1] = part
    end
    return globals.loadstring(concat(parts), name == nil and "=(load)" or name)
end

-- Memory is collected as it always is: a script may ask for it, but not turn it off.
function globals.collectgarbage(what, ...)
    if what == nil or what == "collect" or what == "count" or what == "step" then
        return collectgarbage(what or "collect", ...)
    end
    if what == "stop" or what == "restart" or what == "setpause" or what == "setstepmul" then return 0 end
    return error("bad argument #1 to 'collectgarbage' (invalid option '" .. tostring(what) .. "')", 2)
end

-- string, table, coroutine, math, bit ------------------------------------------------------------------------------

local libraries = {string = copy_of(string), table = copy_of(table), coroutine = copy_of(coroutine), math = copy_of(math)}
libraries.string.dump = nil     -- nothing could load what it makes

function libraries.table.insert(...)
    if hidden[(...)] then error(READONLY, 0) end
    return insert(...)
end

function libraries.coroutine.create(f)
    local thread = create(f)
    sethook(thread, watch, "", HOOK_INSTRUCTIONS)
    return thread
end

function libraries.coroutine.resume(...)
    return pass_on(resume(...))
end

local function unwrapped(ok, ...)
    if dead then error(ENDED, 0) end
    if ok then return ... end
    return error((...), 0)
end

function libraries.coroutine.wrap(f)
    local thread = libraries.coroutine.create(f)
    return function(...) return unwrapped(resume(thread, ...)) end
end

-- The generator of drand48: the same for every script, as redis-server has it. Its 48 bits are kept in two halves, for
-- a product of more than 53 bits would lose some.
local HALF = 2 ^ 24
local seed_high, seed_low = 0, 0x330E

local function seed(number)
    number = number % 2 ^ 32
    seed_high, seed_low = floor(number / 2 ^ 8), number % 2 ^ 8 * 2 ^ 16 + 0x330E
end

local function draw()
    local low = seed_low * 0xE66D + 0xB
    local middle = floor(low / HALF)
    local low2 = seed_low * 0xDEEC
    local shifted = low2 % 2 ^ 8 * 2 ^ 16
    low = low % HALF + shifted
    middle = middle + floor(low2 / 2 ^ 8) + floor(low / HALF)
    local high = seed_high * 0xE66D + seed_high % 2 ^ 8 * 0xDEEC * 2 ^ 16 % HALF + seed_low * 5 * 2 ^ 8 + middle
    seed_low, seed_high = low % HALF, high % HALF
    return floor(seed_high * 2 ^ 7) + floor(seed_low / 2 ^ 17)
end

function libraries.math.random(...)
    local r = draw() % 0x7FFFFFFF / 0x7FFFFFFF
    local count = select("#", ...)
    if count == 0 then return r end
    local low, high = ...
    low, high = tonumber(low), tonumber(high)
    if count == 1 then low, high = 1, low end
    if count > 2 then error("wrong number of arguments", 2) end
    if not low or not high then
        error("bad argument #" .. (low and count or 1) .. " to 'random' (number expected, got "
              .. type((select(low and count or 1, ...))) .. ")", 2)
    end
    low, high = tonumber(format("%d", low)), tonumber(format("%d", high))
    if low > high then error("bad argument #" .. count .. " to 'random' (interval is empty)", 2) end
    return floor(r * (high - low + 1)) + low
end

function libraries.math.randomseed(number)
    if not tonumber(number) then
        error("bad argument #1 to 'randomseed' (number expected, got " .. (number == nil and "no value" or type(number))
              .. ")", 2)
    end
    seed(tonumber(format("%d", number)))
end

local bit = {}
libraries.bit = bit

local function bits_of(name, value)
    local number = tonumber(value)
    if not number then
        error("bad argument #1 to '" .. name .. "' (number expected, got " .. (value == nil and "no value" or type(value))
              .. ")", 3)
    end
    return number
end

for _, name in ipairs({"band", "bor", "bxor"}) do
    bit[name] = function(first, ...)
        local result = host_bits(name, bits_of(name, first), name == "band" and -1 or 0)
        for i = 1, select("#", ...) do
            result = host_bits(name, result, bits_of(name, (select(i, ...))))
        end
        return result
    end
end
for _, name in ipairs({"lshift", "rshift", "arshift", "rol", "ror"}) do
    bit[name] = function(value, count) return host_bits(name, bits_of(name, value), bits_of(name, count)) end
end
for _, name in ipairs({"tobit", "bnot", "bswap"}) do
    bit[name] = function(value) return host_bits(name, bits_of(name, value), 0) end
end
function bit.tohex(value, digits)
    local number = host_bits("tobit", bits_of("tohex", value), 0) % 2 ^ 32
    digits = digits == nil and 8 or bits_of("tohex", digits)
    local form = digits < 0 and "%08X" or "%08x"
    digits = digits < 0 and -digits or digits
    if digits > 8 then digits = 8 end
    if digits == 0 then return "" end
    return sub(format(form, number), -digits)
end

-- Replies of commands: from the wire to Lua ------------------------------------------------------------------------

local parse

local function parse_items(text, at, count)
    local items = {}
    for i = 1, count do
        items[i], at = parse(text, at)
    end
    return items, at
end

local function parse_map(text, at, count)
    local map = {}
    for _ = 1, count do
        local key, value
        key, at = parse(text, at)
        value, at = parse(text, at)
        if key ~= nil then map[key] = value end
    end
    return map, at
end

local readers = {
    ["+"] = function(_, at, line) return {ok = line}, at end,
    ["-"] = function(_, at, line) return {err = line}, at end,
    [":"] = function(_, at, line) return tonumber(line), at end,
    [","] = function(_, at, line) return {double = tonumber(line)}, at end,
    ["("] = function(_, at, line) return {big_number = line}, at end,
    ["#"] = function(_, at, line) return line == "t", at end,
    ["_"] = function(_, at) return nil, at end,
    ["$"] = function(text, at, line)
        local length = tonumber(line)
        if length < 0 then return false, at end
        return sub(text, at, at + length - 1), at + length + 2
    end,
    ["="] = function(text, at, line)
        local length = tonumber(line)
        return {verbatim_string = {format = sub(text, at, at + 2), string = sub(text, at + 4, at + length - 1)}},
               at + length + 2
    end,
    ["*"] = function(text, at, line)
        local count = tonumber(line)
        if count < 0 then return false, at end
        return parse_items(text, at, count)
    end,
    [">"] = function(text, at, line) return parse_items(text, at, tonumber(line)) end,
    ["%"] = function(text, at, line)
        local map
        map, at = parse_map(text, at, tonumber(line))
        return {map = map}, at
    end,
    ["~"] = function(text, at, line)
        local items, set
        items, at = parse_items(text, at, tonumber(line))
        set = {}
        for i = 1, #items do set[items[i]] = true end
        return {set = set}, at
    end,
    ["|"] = function(text, at, line)
        local _
        _, at = parse_map(text, at, tonumber(line))
        return parse(text, at)
    end,
}

function parse(text, at)
    local stop = find(text, "\r\n", at, true)
    return readers[sub(text, at, at)](text, stop + 2, sub(text, at + 1, stop - 1))
end

-- The result of a script: from Lua to the wire ---------------------------------------------------------------------

local function one_line(text)
    return (gsub(tostring(text), "[\r\n]", " "))
end

local function null()
    return client_protocol == 3 and "_\r\n" or "$-1\r\n"
end

local function bulk(text)
    return "$" .. #text .. "\r\n" .. text .. "\r\n"
end

local function double_text(number)
    if number ~= number then return "nan" end
    if number == 1 / 0 then return "inf" end
    if number == -1 / 0 then return "-inf" end
    return format("%.17g", number)
end

local write

local function write_pairs(map, out, depth)
    local head, count = #out + 1, 0
    out[head] = ""
    for key, value in next, map do
        count = count + 1
        write(key, out, depth)
        write(value, out, depth)
    end
    out[head] = client_protocol == 3 and "%" .. count .. "\r\n" or "*" .. count * 2 .. "\r\n"
end

local function write_set(set, out, depth)
    local head, count = #out + 1, 0
    out[head] = ""
    for key in next, set do
        count = count + 1
        write(key, out, depth)
    end
    out[head] = (client_protocol == 3 and "~" or "*") .. count .. "\r\n"
end

local function write_verbatim(value, out)
    local form, text = rawget(value, "format"), rawget(value, "string")
    if type(form) ~= "string" or type(text) ~= "string" then return false end
    if client_protocol == 3 then
        out[#out + 1] = "=" .. #text + 4 .. "\r\n" .. sub(form .. "   ", 1, 3) .. ":" .. text .. "\r\n"
    else
        out[#out + 1] = bulk(text)
    end
    return true
end

-- A table with one of these fields is a value of its own kind; True if it was.
local function write_special(value, out, depth)
    local field = rawget(value, "err")
    if type(field) == "string" then out[#out + 1] = "-" .. one_line(field) .. "\r\n" return true end
    field = rawget(value, "ok")
    if type(field) == "string" then out[#out + 1] = "+" .. one_line(field) .. "\r\n" return true end
    field = rawget(value, "double")
    if type(field) == "number" then
        local text = double_text(field)
        out[#out + 1] = client_protocol == 3 and "," .. text .. "\r\n" or bulk(text)
        return true
    end
    field = rawget(value, "map")
    if type(field) == "table" then write_pairs(field, out, depth) return true end
    field = rawget(value, "set")
    if type(field) == "table" then write_set(field, out, depth) return true end
    field = rawget(value, "big_number")
    if type(field) == "string" then
        out[#out + 1] = client_protocol == 3 and "(" .. one_line(field) .. "\r\n" or bulk(one_line(field))
        return true
    end
    field = rawget(value, "verbatim_string")
    return type(field) == "table" and write_verbatim(field, out)
end

function write(value, out, depth)
    local kind = type(value)
    if kind == "string" then
        out[#out + 1] = bulk(value)
    elseif kind == "number" then
        out[#out + 1] = format(":%d\r\n", value)
    elseif kind == "boolean" and protocol == 3 then
        out[#out + 1] = client_protocol == 3 and (value and "#t\r\n" or "#f\r\n") or (value and ":1\r\n" or ":0\r\n")
    elseif kind == "boolean" then
        out[#out + 1] = value and ":1\r\n" or null()
    elseif kind ~= "table" then
        out[#out + 1] = null()
    elseif depth > REPLY_DEPTH_MAX then
        out[#out + 1] = "-ERR reached lua stack limit\r\n"
    else
        value = hidden[value] or value
        if write_special(value, out, depth + 1) then return end
        local head, count = #out + 1, 0
        out[head] = ""
        while true do
            local item = rawget(value, count + 1)
            if item == nil then break end
            count = count + 1
            write(item, out, depth + 1)
        end
        out[head] = "*" .. count .. "\r\n"
    end
end

-- redis.* ----------------------------------------------------------------------------------------------------------

local redis = {
    LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
    REPL_NONE = 0, REPL_AOF = 1, REPL_SLAVE = 2, REPL_REPLICA = 2, REPL_ALL = 3,
    REDIS_VERSION = host_version, REDIS_VERSION_NUM = host_version_number,
}
libraries.redis = redis

local function call(...)
    local count = select("#", ...)
    if count == 0 then return {err = "ERR Please specify at least one argument for this redis lib call"} end
    local words, changed = nil, false
    for i = 1, count do
        local word = select(i, ...)
        if type(word) == "number" then
            if not changed then words, changed = {...}, true end
            words[i] = format("%.17g", word)
        elseif type(word) ~= "string" then
            return {err = "ERR Lua redis lib command arguments must be strings or integers"}
        end
    end
    if changed then return (parse(host_call(protocol, unpack(words, 1, count)), 1)) end
    return (parse(host_call(protocol, ...), 1))
end

function redis.call(...)
    local reply = call(...)
    if type(reply) == "table" and reply.err then error(reply) end
    return reply
end

redis.pcall = call

local function reply_maker(field)
    return function(...)
        local text = ...
        if select("#", ...) ~= 1 or type(text) ~= "string" then
            return {err = "ERR wrong number or type of arguments"}
        end
        if field == "err" and sub(text, 1, 1) == "-" then
            text = find(text, " ", 1, true) and sub(text, 2) or "ERR " .. sub(text, 2)
        end
        return {[field] = text}
    end
end
redis.error_reply, redis.status_reply = reply_maker("err"), reply_maker("ok")

function redis.sha1hex(...)
    if select("#", ...) ~= 1 then error({err = "ERR wrong number of arguments"}) end
    local text = ...
    if type(text) == "number" then text = tostring(text) end
    return host_sha1(type(text) == "string" and text or "")
end

function redis.log(...)
    local level = ...
    if select("#", ...) < 2 then error({err = "ERR redis.log() requires two arguments or more."}) end
    if type(level) ~= "number" then error({err = "ERR First argument must be a number (log level)."}) end
    if level < 0 or level > 3 then error({err = "ERR Invalid debug level."}) end
    local words = {}
    for i = 2, select("#", ...) do
        local word = select(i, ...)
        if type(word) == "string" or type(word) == "number" then words[#words + 1] = tostring(word) end
    end
    host_log(level, concat(words, " "))
end

function redis.setresp(...)
    if select("#", ...) ~= 1 then error({err = "ERR redis.setresp() requires one argument."}) end
    local version = tonumber((...))
    if version ~= 2 and version ~= 3 then error({err = "ERR RESP version must be 2 or 3."}) end
    protocol = version
end

-- There is no replication yet: what a script does is all that could be sent, and nothing is.
function redis.replicate_commands() return true end

function redis.set_repl(...)
    if select("#", ...) ~= 1 then error({err = "ERR redis.set_repl() requires two arguments."}) end
    local flags = tonumber((...)) or 0
    if flags < 0 or flags > 3 then
        error({err = "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."})
    end
end

local reset_json
libraries.cjson, reset_json = loadstring(host_json, "=cjson")(newproxy(), function(...) return pass_on(pcall(...)) end)

for name, library in next, libraries do globals[name] = protect(library) end
string_meta = protect({__index = globals.string})
setmetatable(globals, {__index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
end})

-- Running ----------------------------------------------------------------------------------------------------------

-- Adds where in the script an error came up.
local function on_error(err)
    if type(err) ~= "table" then err = {err = "ERR " .. tostring(err)} end
    local level = 2
    local info = getinfo(level, "Sl")
    while info and info.source ~= CHUNK do
        level = level + 1
        info = getinfo(level, "Sl")
    end
    if info then return {err = rawget(err, "err"), source = info.source, line = info.currentline} end
    return {err = rawget(err, "err")}
end

local function compile(text)
    if byte(text) == 27 then return nil, "compiled code cannot be loaded" end
    local chunk, message = loadstring(text, CHUNK)
    if not chunk then return nil, message end
    return setfenv(loadstring(host_keep_frames(dump(chunk)), CHUNK), env), ""
end

-- Run a compiled script; its reply as bytes of the wire. An error is a reply as well, and `failed` tells the two apart.
local function run(chunk, sha, keys, args, version)
    dead, protocol, client_protocol = false, 2, version
    seed(0)
    rawset(globals, "KEYS", keys)
    rawset(globals, "ARGV", args)
    reset_json()
    sethook(watch, "", HOOK_INSTRUCTIONS)
    local ok, result = xpcall(chunk, on_error)
    sethook()
    rawset(globals, "KEYS", nil)
    rawset(globals, "ARGV", nil)
    if dead then return "-" .. ENDED .. " script: " .. sha .. "\r\n" end
    if ok then
        local out = {}
        write(result, out, 0)
        return concat(out)
    end
    if type(result) ~= "table" then result = {err = "ERR " .. tostring(result)} end
    local text = tostring(result.err or "ERR unknown error") .. " script: " .. sha
    if result.line then text = text .. ", on " .. result.source .. ":" .. result.line .. "." end
    return "-" .. one_line(text) .. "\r\n"
end

return run, compile
