-- The library `cjson`: JSON from and to Lua's values.
--
-- A table is an array if all its keys are whole numbers from 1 up; the empty table is an object. JSON's null is a value of
-- its own, `cjson.null`, for a table could not hold nil. Depth and sparse arrays are limited, as redis-server limits them.

local null, on_depth = ...

local char, find, format, gsub, sub = string.char, string.find, string.format, string.gsub, string.sub
local concat, floor = table.concat, math.floor
local error, next, rawget, select = error, next, rawget, select
local tonumber, tostring, type = tonumber, tostring, type

local DEPTH_MAX = 1000
-- An array with holes is refused once it is longer than SAFE, and than RATIO times what it holds.
local SPARSE_RATIO, SPARSE_SAFE = 2, 10

local cjson = {null = null, _NAME = "cjson", _VERSION = "2.1.0"}
local encode_depth, decode_depth, precision = DEPTH_MAX, DEPTH_MAX, 14
local sparse_convert, sparse_ratio, sparse_safe = false, SPARSE_RATIO, SPARSE_SAFE

-- To JSON ----------------------------------------------------------------------------------------------------------

local escapes = {['"'] = '\\"', ["\\"] = "\\\\", ["/"] = "\\/", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
                 ["\t"] = "\\t", ["\127"] = "\\u007f"}
for code = 0, 31 do
    escapes[char(code)] = escapes[char(code)] or format("\\u%04x", code)
end

local function quoted(text)
    return '"' .. gsub(text, '[%c"\\/\127]', escapes) .. '"'
end

local function number_text(number)
    if number ~= number or number == 1 / 0 or number == -1 / 0 then
        error("Cannot serialise number: must not be NaN or Inf", 0)
    end
    return format("%." .. precision .. "g", number)
end

-- The length of an array, or nil for an object.
local function array_length(value)
    local longest, count = 0, 0
    for key in next, value do
        if type(key) ~= "number" or key < 1 or floor(key) ~= key then return nil end
        if key > longest then longest = key end
        count = count + 1
    end
    if count == 0 then return nil end
    if sparse_ratio > 0 and longest > count * sparse_ratio and longest > sparse_safe then
        if sparse_convert then return nil end
        error("Cannot serialise table: excessively sparse array", 0)
    end
    return longest
end

local encode

local function encode_object(value, out, depth)
    local first = true
    out[#out + 1] = "{"
    for key, item in next, value do
        if not first then out[#out + 1] = "," end
        first = false
        if type(key) == "number" then
            out[#out + 1] = '"' .. number_text(key) .. '":'
        elseif type(key) == "string" then
            out[#out + 1] = quoted(key) .. ":"
        else
            error("Cannot serialise " .. type(key) .. ": table key must be a number or string", 0)
        end
        encode(item, out, depth)
    end
    out[#out + 1] = "}"
end

function encode(value, out, depth)
    local kind = type(value)
    if kind == "string" then
        out[#out + 1] = quoted(value)
    elseif kind == "number" then
        out[#out + 1] = number_text(value)
    elseif kind == "boolean" then
        out[#out + 1] = tostring(value)
    elseif value == nil or value == null then
        out[#out + 1] = "null"
    elseif kind == "table" then
        if depth >= encode_depth then
            error("Cannot serialise, excessive nesting (" .. depth + 1 .. ")", 0)
        end
        local length = array_length(value)
        if not length then return encode_object(value, out, depth + 1) end
        out[#out + 1] = "["
        for i = 1, length do
            if i > 1 then out[#out + 1] = "," end
            encode(rawget(value, i), out, depth + 1)
        end
        out[#out + 1] = "]"
    else
        error("Cannot serialise " .. kind .. ": type not supported", 0)
    end
end

-- From JSON --------------------------------------------------------------------------------------------------------

local unescapes = {['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t"}
local tokens = {["{"] = "T_OBJ_BEGIN", ["}"] = "T_OBJ_END", ["["] = "T_ARR_BEGIN", ["]"] = "T_ARR_END", [":"] = "T_COLON",
                [","] = "T_COMMA", [""] = "T_END"}

local function wrong(text, at, wanted)
    local found = tokens[sub(text, at, at)]
    if not found then
        if find(text, '^"', at) then found = "T_STRING"
        elseif find(text, "^true", at) or find(text, "^false", at) then found = "T_BOOLEAN"
        elseif find(text, "^null", at) then found = "T_NULL"
        elseif find(text, "^-?%d", at) then found = "T_NUMBER"
        else found = "invalid token" end
    end
    error("Expected " .. wanted .. " but found " .. found .. " at character " .. at, 0)
end

local function utf8(code)
    if code < 0x80 then return char(code) end
    if code < 0x800 then return char(0xC0 + floor(code / 64), 0x80 + code % 64) end
    if code < 0x10000 then
        return char(0xE0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64)
    end
    return char(0xF0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64, 0x80 + floor(code / 64) % 64, 0x80 + code % 64)
end

-- A \u escape, with its second half if it is one of a pair; what follows it.
local function unicode(text, at)
    local code = tonumber(sub(text, at + 2, at + 5), 16)
    if not code or not find(text, "^%x%x%x%x", at + 2) then
        error("Expected value but found invalid unicode escape code at character " .. at, 0)
    end
    at = at + 6
    if code < 0xD800 or code > 0xDFFF then return utf8(code), at end
    local low = find(text, "^\\u%x%x%x%x", at) and tonumber(sub(text, at + 2, at + 5), 16)
    if code > 0xDBFF or not low or low < 0xDC00 or low > 0xDFFF then
        error("Expected value but found invalid unicode escape code at character " .. at - 6, 0)
    end
    return utf8(0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00), at + 6
end

local function decode_string(text, at)
    local start = at
    local parts = {}
    at = at + 1
    while true do
        local stop = find(text, '["\\%c]', at)
        if not stop then
            error("Expected value but found unexpected end of string at character " .. #text + 1, 0)
        end
        parts[#parts + 1] = sub(text, at, stop - 1)
        local mark = sub(text, stop, stop)
        if mark == '"' then return concat(parts), stop + 1 end
        if mark == "\\" then
            local letter = sub(text, stop + 1, stop + 1)
            if letter == "u" then
                parts[#parts + 1], at = unicode(text, stop)
            elseif unescapes[letter] then
                parts[#parts + 1], at = unescapes[letter], stop + 2
            else
                error("Expected value but found invalid escape code at character " .. stop, 0)
            end
        elseif mark == "\127" then
            parts[#parts + 1], at = mark, stop + 1
        else
            error("Expected value but found invalid token at character " .. start, 0)
        end
    end
end

local function skip(text, at)
    return find(text, "[^ \t\r\n]", at) or #text + 1
end

local decode

local function deeper(depth, at)
    if depth > decode_depth then
        error("Found too many nested data structures (" .. depth .. ") at character " .. at, 0)
    end
end

local function decode_array(text, at, depth)
    local items, count = {}, 0
    deeper(depth, at)
    at = skip(text, at + 1)
    if sub(text, at, at) == "]" then return items, at + 1 end
    while true do
        count = count + 1
        items[count], at = decode(text, at, depth)
        at = skip(text, at)
        local mark = sub(text, at, at)
        if mark == "]" then return items, at + 1 end
        if mark ~= "," then wrong(text, at, "comma or array end") end
        at = skip(text, at + 1)
    end
end

local function decode_object(text, at, depth)
    local items = {}
    deeper(depth, at)
    at = skip(text, at + 1)
    if sub(text, at, at) == "}" then return items, at + 1 end
    while true do
        local key
        if sub(text, at, at) ~= '"' then wrong(text, at, "object key string") end
        key, at = decode_string(text, at)
        at = skip(text, at)
        if sub(text, at, at) ~= ":" then wrong(text, at, "colon") end
        items[key], at = decode(text, skip(text, at + 1), depth)
        at = skip(text, at)
        local mark = sub(text, at, at)
        if mark == "}" then return items, at + 1 end
        if mark ~= "," then wrong(text, at, "comma or object end") end
        at = skip(text, at + 1)
    end
end

function decode(text, at, depth)
    local mark = sub(text, at, at)
    if mark == '"' then return decode_string(text, at) end
    if mark == "{" then return decode_object(text, at, depth + 1) end
    if mark == "[" then return decode_array(text, at, depth + 1) end
    if sub(text, at, at + 3) == "true" then return true, at + 4 end
    if sub(text, at, at + 4) == "false" then return false, at + 5 end
    if sub(text, at, at + 3) == "null" then return null, at + 4 end
    local _, stop = find(text, "^-?[%w%.+-]+", at)
    local number = stop and tonumber(sub(text, at, stop))
    if not number then wrong(text, at, "value") end
    return number, stop + 1
end

-- The functions that scripts call ----------------------------------------------------------------------------------

-- Errors name the line of the script that called, two levels up.
local function check(ok, ...)
    if not ok then error((...), 3) end
    return ...
end

local function one(name, count)
    if count ~= 1 then error("bad argument #1 to '" .. name .. "' (expected 1 argument)", 3) end
end

function cjson.encode(...)
    one("encode", select("#", ...))
    local out = {}
    check(on_depth(encode, (...), out, 0))
    return concat(out)
end

function cjson.decode(...)
    one("decode", select("#", ...))
    local text = ...
    if type(text) == "number" then text = tostring(text) end
    if type(text) ~= "string" then
        error("bad argument #1 to 'decode' (string expected, got " .. type(text) .. ")", 2)
    end
    local start = skip(text, 1)
    local value, at = check(on_depth(decode, text, start, 0))
    at = skip(text, at)
    if at <= #text then
        check(on_depth(wrong, text, at, "the end"))
    end
    return value
end

local function whole(value, low, high, name)
    local number = tonumber(value)
    if not number or number < low or number > high or floor(number) ~= number then
        error("bad argument #1 to '" .. name .. "' (expected integer between " .. low .. " and " .. high .. ")", 3)
    end
    return number
end

function cjson.encode_max_depth(depth)
    if depth ~= nil then encode_depth = whole(depth, 1, DEPTH_MAX, "encode_max_depth") end
    return encode_depth
end

function cjson.decode_max_depth(depth)
    if depth ~= nil then decode_depth = whole(depth, 1, DEPTH_MAX, "decode_max_depth") end
    return decode_depth
end

function cjson.encode_number_precision(digits)
    if digits ~= nil then precision = whole(digits, 1, 16, "encode_number_precision") end
    return precision
end

function cjson.encode_sparse_array(convert, ratio, safe)
    if convert ~= nil then sparse_convert = convert and true or false end
    if ratio ~= nil then sparse_ratio = whole(ratio, 0, 2 ^ 31 - 1, "encode_sparse_array") end
    if safe ~= nil then sparse_safe = whole(safe, 0, 2 ^ 31 - 1, "encode_sparse_array") end
    return sparse_convert, sparse_ratio, sparse_safe
end

-- Settings are a script's own: the next one finds them as they were.
local function reset()
    encode_depth, decode_depth, precision = DEPTH_MAX, DEPTH_MAX, 14
    sparse_convert, sparse_ratio, sparse_safe = false, SPARSE_RATIO, SPARSE_SAFE
end

return cjson, reset
