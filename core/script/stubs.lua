---@meta _
-- What a Lua package of Haoke is written against, for editors with lua-language-server. Written by
-- `haoke package stubs` from the server's own description; do not edit. docs/lua-api.md explains it.

-- The sandbox ------------------------------------------------------------------------------------------

---@param value any
---@param message? any
---@return any ...
function assert(value, message, ...) end

---@param message string
---@param level? integer
function error(message, level) end

---@generic T
---@param list T[]
---@return fun(list: T[], index: integer): integer, T
---@return T[]
---@return integer
function ipairs(list) end

--- The next key in the order of pairs, and its value.
---@param map table
---@param key? any
---@return any key
---@return any value
function next(map, key) end

--- Walks in one order, the same every time: integers ascending, then texts.
---@generic K, V
---@param map table<K, V>
---@return fun(map: table<K, V>, key?: K): K, V
---@return table<K, V>
function pairs(map) end

--- Catches errors of reads and of ctx:fail. A write that failed, and a budget that ran out, end the op.
---@param run function
---@return boolean ok
---@return any ... results, or a `crm.failure` or text
function pcall(run, ...) end

---@param index integer|"#"
---@return any ...
function select(index, ...) end

---@param value any
---@param base? integer
---@return number?
function tonumber(value, base) end

---@param value any
---@return string
function tostring(value) end

---@param value any
---@return "nil"|"number"|"string"|"boolean"|"table"|"function"|"userdata" name
function type(value) end

---@param run function
---@param handle fun(problem: any): any
---@return boolean ok
---@return any ...
function xpcall(run, handle, ...) end

-- crm --------------------------------------------------------------------------------------------------

---@alias crm.day string a day like "2026-03-07"
---@alias crm.lunar string a lunar date like "2025-06-15", "2025-06L-15" in a leap month
---@alias crm.instant integer milliseconds UTC

--- Clears the field in values.
---@class crm.null

---@class crm.failure what pcall catches
---@field code crm.code
---@field message string
---@field field? string

---@class crm
---@field null crm.null
---@field date crm.date
crm = {}

--- The manifest; what init.lua returns.
---@param manifest crm.manifest
---@return crm.manifest
function crm.package(manifest) end

--- States with what guards them and what follows: a part of a manifest, for `include`.
---@param workflow crm.workflow
---@return crm.part
function crm.workflow(workflow) end

--- Steps in time that begin with a date of the record: a part of a manifest, for `include`.
---@param cadence crm.cadence
---@return crm.part
function crm.cadence(cadence) end

--- What NAME.lua of the same folder returns; at the top of a file.
---@param name string
---@return any
function crm.require(name) end

--- The same table, which is a list even when it is empty.
---@generic T
---@param list? T[]
---@return T[]
function crm.list(list) end

--- In test.lua only: each test begins with empty data on 2026-01-01 at 09:00.
---@param name string
---@param run fun(t: crm.t)
function crm.test(name, run) end

--- In test.lua only: what the tests below it begin with when a server tries the package: a fork of its data,
--- which is what is meant when this is not said, or empty data, as `haoke test` has it.
---@param what "data"|"empty"
function crm.test_on(what) end

---@class crm.date
crm.date = {}

--- Months first, clamped to the month's end, then days.
---@param day crm.day
---@param parts {days?: integer, months?: integer}
---@return crm.day
function crm.date.add(day, parts) end

--- Negative when `to` is earlier.
---@param from crm.day
---@param to crm.day
---@return integer
function crm.date.days_between(from, to) end

--- The latest; nil is passed over.
---@param ... crm.day?
---@return crm.day
function crm.date.max(...) end

--- The earliest; nil is passed over.
---@param ... crm.day?
---@return crm.day
function crm.date.min(...) end

--- The day of a lunar date.
---@param lunar crm.lunar
---@return crm.day
function crm.date.from_lunar(lunar) end

--- The lunar date of a day; nil outside the years 1901 to 2099.
---@param day crm.day
---@return crm.lunar?
function crm.date.lunar(day) end

--- The next day after `after` on which that lunar birthday is kept; nil beyond 2099.
---@param lunar crm.lunar
---@param after crm.day
---@return crm.day?
function crm.date.lunar_birthday(lunar, after) end

--- 1 Monday … 7 Sunday.
---@param day crm.day
---@return integer
function crm.date.weekday(day) end

-- The manifest -----------------------------------------------------------------------------------------

---@alias crm.doc string|{zh?: string, en?: string}
---@alias crm.fields table<string, crm.field>|crm.field[]
--% names

---@class crm.field
---@field name? string where fields are a list
---@field kind crm.kind
---@field required? boolean
---@field unique? boolean
---@field index? boolean
---@field search? boolean
---@field personal? boolean
---@field readonly? boolean set by the server or by rules, never by a client
---@field label? {zh: string, en: string}
---@field doc? string
---@field default? any
---@field min? integer
---@field max? integer
---@field choices? string[] of choice and states; states begin with the first
---@field transitions? table<string, (string|crm.transition)[]> of states: from where to where
---@field clocks? crm.clock[] of states: time that runs while it is in some of them
---@field to? crm.type of a reference
---@field of? crm.kind of a list's elements
---@field fields? crm.fields of a map, or of the maps in a list

---@class crm.manifest
---@field name string the folder's name
---@field version string
---@field doc? crm.doc
---@field needs? string[] packages and plugins whose ops this one calls
---@field own_rights? ("rules"|"ops")[] what sees and writes whatever there is, not what the caller may
---@field config? crm.fields
---@field include? crm.part[] parts that crm.workflow and crm.cadence make
---@field segments? table<string, crm.manifest.segment>
---@field jobs? crm.manifest.job[]
---@field migrations? table<string, fun(ctx: crm.ctx, after: integer): integer?> version → one step, see docs
---@field types? table<string, crm.manifest.type>
---@field rules? table<string, crm.manifest.rule>
---@field ops? table<string, crm.manifest.op> noun.verb → op

---@class crm.manifest.type
---@field label? crm.doc
---@field doc? crm.doc
---@field title? string the field that names a record to people
---@field extends? boolean adds to a type that another package or the core brings
---@field admin? boolean only administrators may write it
---@field log_reads? boolean who reads its records is logged (record.reads); with extends, of the type that is extended
---@field fields crm.fields
---@field indexes? table<string, crm.manifest.index>
---@field visible? table a where that must hold for all but administrators; "$user", "$team", "$region"

---@class crm.manifest.index
---@field fields string[] at most six
---@field unique? boolean
---@field where? table<string, string|string[]>
---@field keeps? string[] at most twelve; lists and counts that need no others do not look at records

---@class crm.manifest.job
---@field name string
---@field rrule string as RFC 5545 has it
---@field op string
---@field params? table<string, any>
---@field policy? "late"|"once"|"skip"
---@field from? string where intervals and counts begin
---@field doc? crm.doc

---@class crm.manifest.segment
---@field on crm.type
---@field where table<string, any>
---@field label? crm.doc

---@class crm.manifest.rule
---@field on crm.type
---@field events ("create"|"update"|"delete"|"restore"|"merge"|"unmerge")[]
---@field where? table<string, any>
---@field was? table<string, any> of the record as it was
---@field fields? string[] of updates: only when one of these changed
---@field doc? crm.doc
---@field before? fun(ctx: crm.ctx.write, change: crm.change) inside the change
---@field after? fun(ctx: crm.ctx.write, change: crm.change) in a change of its own, right behind

---@class crm.manifest.op
---@field write? boolean without it, ctx has nothing that writes
---@field admin? boolean administrators only
---@field internal? boolean for timers, rules and packages, not for clients
---@field doc? crm.doc
---@field params? crm.fields
---@field result? crm.fields
---@field errors? crm.code[]
---@field since? string
---@field run fun(ctx: crm.ctx.write, params: table<string, any>): any

---@class crm.change
---@field event "create"|"update"|"delete"|"restore"|"merge"|"unmerge"
---@field type crm.type
---@field id integer
---@field before any the record as it was; nil on create
---@field after any the record as it is; nil on delete

-- ctx --------------------------------------------------------------------------------------------------

---@class crm.match operators of one field of a where
---@field eq? any
---@field ne? any
---@field lt? any
---@field le? any
---@field gt? any
---@field ge? any
---@field ["in"]? any[]
---@field between? any[] from and to
---@field starts? string
---@field ends? string
---@field contains? any
---@field under? string of a tree: paths that have these names in a row
---@field is_null? boolean

--- What an op that reads is given.
---@class crm.ctx
---@field today crm.day in the business's time zone
---@field now crm.instant the same for the whole op
---@field actor string the name of whoever called; of a timer, of whoever set it
---@field config table<string, any> the package's configuration, see crm.config.NAME
local ctx = {}

--- The record; fails with NOT_FOUND.
--% get crm.ctx
---@param type crm.type
---@param id integer
---@return crm.some_record
function ctx:get(type, id) end

--- A page of records, and the cursor of the next one or nil.
--% find crm.ctx
---@param type crm.type
---@param query? table<string, any> where, order, limit, after
---@return crm.some_record[] records
---@return string? following
function ctx:find(type, query) end

--- For a loop over all of them: for record in ctx:each(…) do.
--% each crm.ctx
---@param type crm.type
---@param query? table<string, any> where, order
---@return fun(): crm.some_record?
function ctx:each(type, query) end

--- How many records there are.
--% count crm.ctx
---@param type crm.type
---@param where? table<string, any>
---@return integer
function ctx:count(type, where) end

--- The op's result; it runs in the same change.
--% call crm.ctx
---@param op string
---@param params? table<string, any>
---@return any
function ctx:call(op, params) end

--- A text of the package in the language of the business, for what is stored.
---@param key string
---@param values? table<string, any>
---@return string
function ctx:text(key, values) end

--- Ends the op; the text is in the caller's language. `values.field` names the field at fault.
---@param code crm.code
---@param key string a key of i18n, or a text
---@param values? table<string, any>
function ctx:fail(code, key, values) end

--- The day it is at that instant in the business's time zone.
---@param instant crm.instant
---@return crm.day
function ctx:date(instant) end

--- The instant at which that day begins in the business's time zone, or its clocks show that time.
---@param day crm.day
---@param time? string "09:30"
---@return crm.instant
function ctx:instant(day, time) end

--- Whether it is a working day; nil in a year without calendar records.
---@param day crm.day
---@return boolean?
function ctx:working_day(day) end

--- The count-th working day after it, before it when negative.
---@param day crm.day
---@param count integer
---@return crm.day
function ctx:working_days(day, count) end

--- The instant at which so much working time has passed.
---@param from crm.instant
---@param milliseconds integer
---@return crm.instant
function ctx:working_time(from, milliseconds) end

--- Writes a line into the server's log, also in a dry run; its bytes are drawn from script.log_bytes.
---@param text string
function ctx:log(text) end

--- What an op with write = true and a rule are given.
---@class crm.ctx.write : crm.ctx
local write = {}

--% create crm.ctx.write
---@param type crm.type
---@param values table<string, any>
---@return crm.some_record
function write:create(type, values) end

--- Fields that are not named stay; crm.null clears one.
--% update crm.ctx.write
---@param type crm.type
---@param id integer
---@param values table<string, any>
---@return crm.some_record
function write:update(type, id, values) end

--- Takes the record along a transition of its states.
--% move crm.ctx.write
---@param type crm.type
---@param id integer
---@param to string
---@param values? table<string, any>
---@param field? string where the type has several states fields
---@return crm.some_record
function write:move(type, id, to, values, field) end

---@param type crm.type
---@param id integer
function write:delete(type, id) end

--- A timer: the op is called then, once.
---@param due crm.day|crm.instant a day is its 00:00
---@param op string
---@param params? table<string, any>
---@param name string tells it from others of that op and instant, usually the record's id
function write:at(due, op, params, name) end

--- Takes a timer back.
---@param due crm.day|crm.instant
---@param op string
---@param name string
function write:cancel(due, op, name) end

--- Something that happens outside of the server, after the commit: a webhook, a mail.
---@param delivery crm.params.delivery.create
---@return integer id
function write:deliver(delivery) end

-- Tests ------------------------------------------------------------------------------------------------

---@class crm.t
local t = {}

--- The result; a failure fails the test.
--% test crm.t
---@param op string
---@param params? table<string, any>
---@return any
function t:call(op, params) end

--- The op must fail with that code.
---@param code crm.code
---@param op string
---@param params? table<string, any>
---@return crm.failure
function t:fails(code, op, params) end

--- A t whose calls are made by that member of the staff.
---@param user string
---@return crm.t
function t:as(user) end

--- A t that is answered in that language.
---@param language "zh-CN"|"en"
---@return crm.t
function t:language(language) end

--- Moves the clock; what falls due on the way happens.
---@param to crm.day|crm.instant|string
function t:advance(to) end

--- Other values of the package's configuration, until the test ends.
---@param values table
function t:configure(values) end

---@param got any
---@param wanted any
function t:equal(got, wanted) end

--- Only the keys that `part` has are compared; lists must be as long.
---@param got any
---@param part any
function t:includes(got, part) end

--- Writes the value into the report.
---@param value any
function t:show(value) end
--% classes
