
-- The library of the sandbox ----------------------------------------------------------------------------

---@class mathlib
---@field maxinteger integer
---@field mininteger integer
math = {}

---@generic N: number
---@param x N
---@return N
function math.abs(x) end

---@param x number
---@return integer
function math.ceil(x) end

---@param x number
---@return integer
function math.floor(x) end

---@param x number
---@param y number
---@return number
function math.fmod(x, y) end

---@generic N: number
---@param x N
---@param ... N
---@return N
function math.max(x, ...) end

---@generic N: number
---@param x N
---@param ... N
---@return N
function math.min(x, ...) end

---@param x any
---@return integer?
function math.tointeger(x) end

---@param x any
---@return "integer"|"float"|nil
function math.type(x) end

--- Bytes, as everywhere in Lua; utf8 knows characters.
---@class stringlib
string = {}

---@param s string
---@param from? integer
---@param to? integer
---@return integer ...
function string.byte(s, from, to) end

---@param ... integer
---@return string
function string.char(...) end

--- The first place of the pattern; with plain, of exactly that text.
---@param s string
---@param pattern string
---@param from? integer
---@param plain? boolean
---@return integer? first
---@return integer? last
---@return string|integer ... captures
function string.find(s, pattern, from, plain) end

--- Knows %d %x %f %s and %%.
---@param s string
---@param ... any
---@return string
function string.format(s, ...) end

--- for capture, … in string.gmatch(s, pattern) do
---@param s string
---@param pattern string
---@param from? integer
---@return fun(): string|integer, ...
function string.gmatch(s, pattern, from) end

--- The text with matches of the pattern replaced, and how many there were.
---@param s string
---@param pattern string
---@param by string|number|table|function
---@param most? integer
---@return string
---@return integer
function string.gsub(s, pattern, by, most) end

---@param s string
---@return integer
function string.len(s) end

---@param s string
---@return string
function string.lower(s) end

--- The captures of the first match, or all of it.
---@param s string
---@param pattern string
---@param from? integer
---@return string|integer|nil ...
function string.match(s, pattern, from) end

---@param s string
---@param count integer
---@param between? string
---@return string
function string.rep(s, count, between) end

---@param s string
---@return string
function string.reverse(s) end

---@param s string
---@param from integer
---@param to? integer
---@return string
function string.sub(s, from, to) end

---@param s string
---@return string
function string.upper(s) end

---@class tablelib
table = {}

---@param list (string|number)[]
---@param between? string
---@param from? integer
---@param to? integer
---@return string
function table.concat(list, between, from, to) end

---@overload fun(list: any[], value: any)
---@param list any[]
---@param place integer
---@param value any
function table.insert(list, place, value) end

---@generic T
---@param list T[]
---@param place? integer
---@return T?
function table.remove(list, place) end

--- Keeps equal elements in their order.
---@generic T
---@param list T[]
---@param before? fun(a: T, b: T): boolean
function table.sort(list, before) end

---@generic T
---@param list T[]
---@param from? integer
---@param to? integer
---@return T ...
function table.unpack(list, from, to) end

---@class utf8lib
utf8 = {}

---@param ... integer
---@return string
function utf8.char(...) end

---@param s string
---@param from? integer
---@param to? integer
---@param lax? boolean
---@return integer ...
function utf8.codepoint(s, from, to, lax) end

---@param s string
---@param lax? boolean
---@return fun(s: string, place: integer): integer, integer
function utf8.codes(s, lax) end

---@param s string
---@param from? integer
---@param to? integer
---@param lax? boolean
---@return integer?
function utf8.len(s, from, to, lax) end

---@param s string
---@param n integer
---@param from? integer
---@return integer?
function utf8.offset(s, n, from) end
