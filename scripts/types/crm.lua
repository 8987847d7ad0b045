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

---@alias crm.kind
---| "text"
---| "integer"
---| "money"
---| "boolean"
---| "date"
---| "datetime"
---| "choice"
---| "states"
---| "tags"
---| "reference"
---| "phone"
---| "email"
---| "address"
---| "list"
---| "map"
---| "any"
---| "decimal"
---| "duration"
---| "lunar_date"
---| "tree"
---| "file"

---@alias crm.code
---| "BAD_REQUEST"
---| "UNKNOWN_METHOD"
---| "INVALID_ARGUMENT"
---| "VALIDATION_FAILED"
---| "TOO_LARGE"
---| "UNAUTHENTICATED"
---| "PERMISSION_DENIED"
---| "NOT_FOUND"
---| "VERSION_CONFLICT"
---| "DUPLICATE"
---| "TRANSITION_DENIED"
---| "RULE_FAILED"
---| "REFERENCE_MISSING"
---| "REFERENCE_IN_USE"
---| "ALREADY_CLAIMED"
---| "IDEMPOTENCY_MISMATCH"
---| "CURSOR_EXPIRED"
---| "RATE_LIMITED"
---| "BUDGET_EXCEEDED"
---| "SCRIPT_ERROR"
---| "STORAGE_FULL"
---| "READ_ONLY"
---| "UNAVAILABLE"
---| "INTERNAL"

---@alias crm.type string
---| "activity"
---| "ad_funding"
---| "building"
---| "calendar"
---| "channel_move"
---| "channel_stock"
---| "complaint"
---| "complaint_desk"
---| "contact"
---| "customer"
---| "deal"
---| "delivery"
---| "diversion"
---| "failure"
---| "feedback"
---| "filing"
---| "house_issue"
---| "job"
---| "lead"
---| "lead_contact"
---| "lead_quota"
---| "ledger_entry"
---| "occasion"
---| "opportunity"
---| "order"
---| "package"
---| "payment"
---| "product"
---| "profit"
---| "project"
---| "promotion_part"
---| "read_log"
---| "rebate_policy"
---| "rebate_share"
---| "receivable"
---| "revisit_plan"
---| "revisit_problem"
---| "role"
---| "service_plan"
---| "share"
---| "site_visit"
---| "stock_case"
---| "stock_request"
---| "task"
---| "team"
---| "territory"
---| "token"
---| "training"
---| "unit"
---| "user"
---| "visit"

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
---@overload fun(self: crm.ctx, type: "activity", id: integer): crm.record.activity
---@overload fun(self: crm.ctx, type: "ad_funding", id: integer): crm.record.ad_funding
---@overload fun(self: crm.ctx, type: "building", id: integer): crm.record.building
---@overload fun(self: crm.ctx, type: "calendar", id: integer): crm.record.calendar
---@overload fun(self: crm.ctx, type: "channel_move", id: integer): crm.record.channel_move
---@overload fun(self: crm.ctx, type: "channel_stock", id: integer): crm.record.channel_stock
---@overload fun(self: crm.ctx, type: "complaint", id: integer): crm.record.complaint
---@overload fun(self: crm.ctx, type: "complaint_desk", id: integer): crm.record.complaint_desk
---@overload fun(self: crm.ctx, type: "contact", id: integer): crm.record.contact
---@overload fun(self: crm.ctx, type: "customer", id: integer): crm.record.customer
---@overload fun(self: crm.ctx, type: "deal", id: integer): crm.record.deal
---@overload fun(self: crm.ctx, type: "delivery", id: integer): crm.record.delivery
---@overload fun(self: crm.ctx, type: "diversion", id: integer): crm.record.diversion
---@overload fun(self: crm.ctx, type: "failure", id: integer): crm.record.failure
---@overload fun(self: crm.ctx, type: "feedback", id: integer): crm.record.feedback
---@overload fun(self: crm.ctx, type: "filing", id: integer): crm.record.filing
---@overload fun(self: crm.ctx, type: "house_issue", id: integer): crm.record.house_issue
---@overload fun(self: crm.ctx, type: "job", id: integer): crm.record.job
---@overload fun(self: crm.ctx, type: "lead", id: integer): crm.record.lead
---@overload fun(self: crm.ctx, type: "lead_contact", id: integer): crm.record.lead_contact
---@overload fun(self: crm.ctx, type: "lead_quota", id: integer): crm.record.lead_quota
---@overload fun(self: crm.ctx, type: "ledger_entry", id: integer): crm.record.ledger_entry
---@overload fun(self: crm.ctx, type: "occasion", id: integer): crm.record.occasion
---@overload fun(self: crm.ctx, type: "opportunity", id: integer): crm.record.opportunity
---@overload fun(self: crm.ctx, type: "order", id: integer): crm.record.order
---@overload fun(self: crm.ctx, type: "package", id: integer): crm.record.package
---@overload fun(self: crm.ctx, type: "payment", id: integer): crm.record.payment
---@overload fun(self: crm.ctx, type: "product", id: integer): crm.record.product
---@overload fun(self: crm.ctx, type: "profit", id: integer): crm.record.profit
---@overload fun(self: crm.ctx, type: "project", id: integer): crm.record.project
---@overload fun(self: crm.ctx, type: "promotion_part", id: integer): crm.record.promotion_part
---@overload fun(self: crm.ctx, type: "read_log", id: integer): crm.record.read_log
---@overload fun(self: crm.ctx, type: "rebate_policy", id: integer): crm.record.rebate_policy
---@overload fun(self: crm.ctx, type: "rebate_share", id: integer): crm.record.rebate_share
---@overload fun(self: crm.ctx, type: "receivable", id: integer): crm.record.receivable
---@overload fun(self: crm.ctx, type: "revisit_plan", id: integer): crm.record.revisit_plan
---@overload fun(self: crm.ctx, type: "revisit_problem", id: integer): crm.record.revisit_problem
---@overload fun(self: crm.ctx, type: "role", id: integer): crm.record.role
---@overload fun(self: crm.ctx, type: "service_plan", id: integer): crm.record.service_plan
---@overload fun(self: crm.ctx, type: "share", id: integer): crm.record.share
---@overload fun(self: crm.ctx, type: "site_visit", id: integer): crm.record.site_visit
---@overload fun(self: crm.ctx, type: "stock_case", id: integer): crm.record.stock_case
---@overload fun(self: crm.ctx, type: "stock_request", id: integer): crm.record.stock_request
---@overload fun(self: crm.ctx, type: "task", id: integer): crm.record.task
---@overload fun(self: crm.ctx, type: "team", id: integer): crm.record.team
---@overload fun(self: crm.ctx, type: "territory", id: integer): crm.record.territory
---@overload fun(self: crm.ctx, type: "token", id: integer): crm.record.token
---@overload fun(self: crm.ctx, type: "training", id: integer): crm.record.training
---@overload fun(self: crm.ctx, type: "unit", id: integer): crm.record.unit
---@overload fun(self: crm.ctx, type: "user", id: integer): crm.record.user
---@overload fun(self: crm.ctx, type: "visit", id: integer): crm.record.visit
---@param type crm.type
---@param id integer
---@return crm.some_record
function ctx:get(type, id) end

--- A page of records, and the cursor of the next one or nil.
---@overload fun(self: crm.ctx, type: "activity", query?: crm.query.activity): crm.record.activity[], string?
---@overload fun(self: crm.ctx, type: "ad_funding", query?: crm.query.ad_funding): crm.record.ad_funding[], string?
---@overload fun(self: crm.ctx, type: "building", query?: crm.query.building): crm.record.building[], string?
---@overload fun(self: crm.ctx, type: "calendar", query?: crm.query.calendar): crm.record.calendar[], string?
---@overload fun(self: crm.ctx, type: "channel_move", query?: crm.query.channel_move): crm.record.channel_move[], string?
---@overload fun(self: crm.ctx, type: "channel_stock", query?: crm.query.channel_stock): crm.record.channel_stock[], string?
---@overload fun(self: crm.ctx, type: "complaint", query?: crm.query.complaint): crm.record.complaint[], string?
---@overload fun(self: crm.ctx, type: "complaint_desk", query?: crm.query.complaint_desk): crm.record.complaint_desk[], string?
---@overload fun(self: crm.ctx, type: "contact", query?: crm.query.contact): crm.record.contact[], string?
---@overload fun(self: crm.ctx, type: "customer", query?: crm.query.customer): crm.record.customer[], string?
---@overload fun(self: crm.ctx, type: "deal", query?: crm.query.deal): crm.record.deal[], string?
---@overload fun(self: crm.ctx, type: "delivery", query?: crm.query.delivery): crm.record.delivery[], string?
---@overload fun(self: crm.ctx, type: "diversion", query?: crm.query.diversion): crm.record.diversion[], string?
---@overload fun(self: crm.ctx, type: "failure", query?: crm.query.failure): crm.record.failure[], string?
---@overload fun(self: crm.ctx, type: "feedback", query?: crm.query.feedback): crm.record.feedback[], string?
---@overload fun(self: crm.ctx, type: "filing", query?: crm.query.filing): crm.record.filing[], string?
---@overload fun(self: crm.ctx, type: "house_issue", query?: crm.query.house_issue): crm.record.house_issue[], string?
---@overload fun(self: crm.ctx, type: "job", query?: crm.query.job): crm.record.job[], string?
---@overload fun(self: crm.ctx, type: "lead", query?: crm.query.lead): crm.record.lead[], string?
---@overload fun(self: crm.ctx, type: "lead_contact", query?: crm.query.lead_contact): crm.record.lead_contact[], string?
---@overload fun(self: crm.ctx, type: "lead_quota", query?: crm.query.lead_quota): crm.record.lead_quota[], string?
---@overload fun(self: crm.ctx, type: "ledger_entry", query?: crm.query.ledger_entry): crm.record.ledger_entry[], string?
---@overload fun(self: crm.ctx, type: "occasion", query?: crm.query.occasion): crm.record.occasion[], string?
---@overload fun(self: crm.ctx, type: "opportunity", query?: crm.query.opportunity): crm.record.opportunity[], string?
---@overload fun(self: crm.ctx, type: "order", query?: crm.query.order): crm.record.order[], string?
---@overload fun(self: crm.ctx, type: "package", query?: crm.query.package): crm.record.package[], string?
---@overload fun(self: crm.ctx, type: "payment", query?: crm.query.payment): crm.record.payment[], string?
---@overload fun(self: crm.ctx, type: "product", query?: crm.query.product): crm.record.product[], string?
---@overload fun(self: crm.ctx, type: "profit", query?: crm.query.profit): crm.record.profit[], string?
---@overload fun(self: crm.ctx, type: "project", query?: crm.query.project): crm.record.project[], string?
---@overload fun(self: crm.ctx, type: "promotion_part", query?: crm.query.promotion_part): crm.record.promotion_part[], string?
---@overload fun(self: crm.ctx, type: "read_log", query?: crm.query.read_log): crm.record.read_log[], string?
---@overload fun(self: crm.ctx, type: "rebate_policy", query?: crm.query.rebate_policy): crm.record.rebate_policy[], string?
---@overload fun(self: crm.ctx, type: "rebate_share", query?: crm.query.rebate_share): crm.record.rebate_share[], string?
---@overload fun(self: crm.ctx, type: "receivable", query?: crm.query.receivable): crm.record.receivable[], string?
---@overload fun(self: crm.ctx, type: "revisit_plan", query?: crm.query.revisit_plan): crm.record.revisit_plan[], string?
---@overload fun(self: crm.ctx, type: "revisit_problem", query?: crm.query.revisit_problem): crm.record.revisit_problem[], string?
---@overload fun(self: crm.ctx, type: "role", query?: crm.query.role): crm.record.role[], string?
---@overload fun(self: crm.ctx, type: "service_plan", query?: crm.query.service_plan): crm.record.service_plan[], string?
---@overload fun(self: crm.ctx, type: "share", query?: crm.query.share): crm.record.share[], string?
---@overload fun(self: crm.ctx, type: "site_visit", query?: crm.query.site_visit): crm.record.site_visit[], string?
---@overload fun(self: crm.ctx, type: "stock_case", query?: crm.query.stock_case): crm.record.stock_case[], string?
---@overload fun(self: crm.ctx, type: "stock_request", query?: crm.query.stock_request): crm.record.stock_request[], string?
---@overload fun(self: crm.ctx, type: "task", query?: crm.query.task): crm.record.task[], string?
---@overload fun(self: crm.ctx, type: "team", query?: crm.query.team): crm.record.team[], string?
---@overload fun(self: crm.ctx, type: "territory", query?: crm.query.territory): crm.record.territory[], string?
---@overload fun(self: crm.ctx, type: "token", query?: crm.query.token): crm.record.token[], string?
---@overload fun(self: crm.ctx, type: "training", query?: crm.query.training): crm.record.training[], string?
---@overload fun(self: crm.ctx, type: "unit", query?: crm.query.unit): crm.record.unit[], string?
---@overload fun(self: crm.ctx, type: "user", query?: crm.query.user): crm.record.user[], string?
---@overload fun(self: crm.ctx, type: "visit", query?: crm.query.visit): crm.record.visit[], string?
---@param type crm.type
---@param query? table<string, any> where, order, limit, after
---@return crm.some_record[] records
---@return string? following
function ctx:find(type, query) end

--- For a loop over all of them: for record in ctx:each(…) do.
---@overload fun(self: crm.ctx, type: "activity", query?: crm.query.activity): fun(): crm.record.activity?
---@overload fun(self: crm.ctx, type: "ad_funding", query?: crm.query.ad_funding): fun(): crm.record.ad_funding?
---@overload fun(self: crm.ctx, type: "building", query?: crm.query.building): fun(): crm.record.building?
---@overload fun(self: crm.ctx, type: "calendar", query?: crm.query.calendar): fun(): crm.record.calendar?
---@overload fun(self: crm.ctx, type: "channel_move", query?: crm.query.channel_move): fun(): crm.record.channel_move?
---@overload fun(self: crm.ctx, type: "channel_stock", query?: crm.query.channel_stock): fun(): crm.record.channel_stock?
---@overload fun(self: crm.ctx, type: "complaint", query?: crm.query.complaint): fun(): crm.record.complaint?
---@overload fun(self: crm.ctx, type: "complaint_desk", query?: crm.query.complaint_desk): fun(): crm.record.complaint_desk?
---@overload fun(self: crm.ctx, type: "contact", query?: crm.query.contact): fun(): crm.record.contact?
---@overload fun(self: crm.ctx, type: "customer", query?: crm.query.customer): fun(): crm.record.customer?
---@overload fun(self: crm.ctx, type: "deal", query?: crm.query.deal): fun(): crm.record.deal?
---@overload fun(self: crm.ctx, type: "delivery", query?: crm.query.delivery): fun(): crm.record.delivery?
---@overload fun(self: crm.ctx, type: "diversion", query?: crm.query.diversion): fun(): crm.record.diversion?
---@overload fun(self: crm.ctx, type: "failure", query?: crm.query.failure): fun(): crm.record.failure?
---@overload fun(self: crm.ctx, type: "feedback", query?: crm.query.feedback): fun(): crm.record.feedback?
---@overload fun(self: crm.ctx, type: "filing", query?: crm.query.filing): fun(): crm.record.filing?
---@overload fun(self: crm.ctx, type: "house_issue", query?: crm.query.house_issue): fun(): crm.record.house_issue?
---@overload fun(self: crm.ctx, type: "job", query?: crm.query.job): fun(): crm.record.job?
---@overload fun(self: crm.ctx, type: "lead", query?: crm.query.lead): fun(): crm.record.lead?
---@overload fun(self: crm.ctx, type: "lead_contact", query?: crm.query.lead_contact): fun(): crm.record.lead_contact?
---@overload fun(self: crm.ctx, type: "lead_quota", query?: crm.query.lead_quota): fun(): crm.record.lead_quota?
---@overload fun(self: crm.ctx, type: "ledger_entry", query?: crm.query.ledger_entry): fun(): crm.record.ledger_entry?
---@overload fun(self: crm.ctx, type: "occasion", query?: crm.query.occasion): fun(): crm.record.occasion?
---@overload fun(self: crm.ctx, type: "opportunity", query?: crm.query.opportunity): fun(): crm.record.opportunity?
---@overload fun(self: crm.ctx, type: "order", query?: crm.query.order): fun(): crm.record.order?
---@overload fun(self: crm.ctx, type: "package", query?: crm.query.package): fun(): crm.record.package?
---@overload fun(self: crm.ctx, type: "payment", query?: crm.query.payment): fun(): crm.record.payment?
---@overload fun(self: crm.ctx, type: "product", query?: crm.query.product): fun(): crm.record.product?
---@overload fun(self: crm.ctx, type: "profit", query?: crm.query.profit): fun(): crm.record.profit?
---@overload fun(self: crm.ctx, type: "project", query?: crm.query.project): fun(): crm.record.project?
---@overload fun(self: crm.ctx, type: "promotion_part", query?: crm.query.promotion_part): fun(): crm.record.promotion_part?
---@overload fun(self: crm.ctx, type: "read_log", query?: crm.query.read_log): fun(): crm.record.read_log?
---@overload fun(self: crm.ctx, type: "rebate_policy", query?: crm.query.rebate_policy): fun(): crm.record.rebate_policy?
---@overload fun(self: crm.ctx, type: "rebate_share", query?: crm.query.rebate_share): fun(): crm.record.rebate_share?
---@overload fun(self: crm.ctx, type: "receivable", query?: crm.query.receivable): fun(): crm.record.receivable?
---@overload fun(self: crm.ctx, type: "revisit_plan", query?: crm.query.revisit_plan): fun(): crm.record.revisit_plan?
---@overload fun(self: crm.ctx, type: "revisit_problem", query?: crm.query.revisit_problem): fun(): crm.record.revisit_problem?
---@overload fun(self: crm.ctx, type: "role", query?: crm.query.role): fun(): crm.record.role?
---@overload fun(self: crm.ctx, type: "service_plan", query?: crm.query.service_plan): fun(): crm.record.service_plan?
---@overload fun(self: crm.ctx, type: "share", query?: crm.query.share): fun(): crm.record.share?
---@overload fun(self: crm.ctx, type: "site_visit", query?: crm.query.site_visit): fun(): crm.record.site_visit?
---@overload fun(self: crm.ctx, type: "stock_case", query?: crm.query.stock_case): fun(): crm.record.stock_case?
---@overload fun(self: crm.ctx, type: "stock_request", query?: crm.query.stock_request): fun(): crm.record.stock_request?
---@overload fun(self: crm.ctx, type: "task", query?: crm.query.task): fun(): crm.record.task?
---@overload fun(self: crm.ctx, type: "team", query?: crm.query.team): fun(): crm.record.team?
---@overload fun(self: crm.ctx, type: "territory", query?: crm.query.territory): fun(): crm.record.territory?
---@overload fun(self: crm.ctx, type: "token", query?: crm.query.token): fun(): crm.record.token?
---@overload fun(self: crm.ctx, type: "training", query?: crm.query.training): fun(): crm.record.training?
---@overload fun(self: crm.ctx, type: "unit", query?: crm.query.unit): fun(): crm.record.unit?
---@overload fun(self: crm.ctx, type: "user", query?: crm.query.user): fun(): crm.record.user?
---@overload fun(self: crm.ctx, type: "visit", query?: crm.query.visit): fun(): crm.record.visit?
---@param type crm.type
---@param query? table<string, any> where, order
---@return fun(): crm.some_record?
function ctx:each(type, query) end

--- How many records there are.
---@overload fun(self: crm.ctx, type: "activity", where?: crm.where.activity): integer
---@overload fun(self: crm.ctx, type: "ad_funding", where?: crm.where.ad_funding): integer
---@overload fun(self: crm.ctx, type: "building", where?: crm.where.building): integer
---@overload fun(self: crm.ctx, type: "calendar", where?: crm.where.calendar): integer
---@overload fun(self: crm.ctx, type: "channel_move", where?: crm.where.channel_move): integer
---@overload fun(self: crm.ctx, type: "channel_stock", where?: crm.where.channel_stock): integer
---@overload fun(self: crm.ctx, type: "complaint", where?: crm.where.complaint): integer
---@overload fun(self: crm.ctx, type: "complaint_desk", where?: crm.where.complaint_desk): integer
---@overload fun(self: crm.ctx, type: "contact", where?: crm.where.contact): integer
---@overload fun(self: crm.ctx, type: "customer", where?: crm.where.customer): integer
---@overload fun(self: crm.ctx, type: "deal", where?: crm.where.deal): integer
---@overload fun(self: crm.ctx, type: "delivery", where?: crm.where.delivery): integer
---@overload fun(self: crm.ctx, type: "diversion", where?: crm.where.diversion): integer
---@overload fun(self: crm.ctx, type: "failure", where?: crm.where.failure): integer
---@overload fun(self: crm.ctx, type: "feedback", where?: crm.where.feedback): integer
---@overload fun(self: crm.ctx, type: "filing", where?: crm.where.filing): integer
---@overload fun(self: crm.ctx, type: "house_issue", where?: crm.where.house_issue): integer
---@overload fun(self: crm.ctx, type: "job", where?: crm.where.job): integer
---@overload fun(self: crm.ctx, type: "lead", where?: crm.where.lead): integer
---@overload fun(self: crm.ctx, type: "lead_contact", where?: crm.where.lead_contact): integer
---@overload fun(self: crm.ctx, type: "lead_quota", where?: crm.where.lead_quota): integer
---@overload fun(self: crm.ctx, type: "ledger_entry", where?: crm.where.ledger_entry): integer
---@overload fun(self: crm.ctx, type: "occasion", where?: crm.where.occasion): integer
---@overload fun(self: crm.ctx, type: "opportunity", where?: crm.where.opportunity): integer
---@overload fun(self: crm.ctx, type: "order", where?: crm.where.order): integer
---@overload fun(self: crm.ctx, type: "package", where?: crm.where.package): integer
---@overload fun(self: crm.ctx, type: "payment", where?: crm.where.payment): integer
---@overload fun(self: crm.ctx, type: "product", where?: crm.where.product): integer
---@overload fun(self: crm.ctx, type: "profit", where?: crm.where.profit): integer
---@overload fun(self: crm.ctx, type: "project", where?: crm.where.project): integer
---@overload fun(self: crm.ctx, type: "promotion_part", where?: crm.where.promotion_part): integer
---@overload fun(self: crm.ctx, type: "read_log", where?: crm.where.read_log): integer
---@overload fun(self: crm.ctx, type: "rebate_policy", where?: crm.where.rebate_policy): integer
---@overload fun(self: crm.ctx, type: "rebate_share", where?: crm.where.rebate_share): integer
---@overload fun(self: crm.ctx, type: "receivable", where?: crm.where.receivable): integer
---@overload fun(self: crm.ctx, type: "revisit_plan", where?: crm.where.revisit_plan): integer
---@overload fun(self: crm.ctx, type: "revisit_problem", where?: crm.where.revisit_problem): integer
---@overload fun(self: crm.ctx, type: "role", where?: crm.where.role): integer
---@overload fun(self: crm.ctx, type: "service_plan", where?: crm.where.service_plan): integer
---@overload fun(self: crm.ctx, type: "share", where?: crm.where.share): integer
---@overload fun(self: crm.ctx, type: "site_visit", where?: crm.where.site_visit): integer
---@overload fun(self: crm.ctx, type: "stock_case", where?: crm.where.stock_case): integer
---@overload fun(self: crm.ctx, type: "stock_request", where?: crm.where.stock_request): integer
---@overload fun(self: crm.ctx, type: "task", where?: crm.where.task): integer
---@overload fun(self: crm.ctx, type: "team", where?: crm.where.team): integer
---@overload fun(self: crm.ctx, type: "territory", where?: crm.where.territory): integer
---@overload fun(self: crm.ctx, type: "token", where?: crm.where.token): integer
---@overload fun(self: crm.ctx, type: "training", where?: crm.where.training): integer
---@overload fun(self: crm.ctx, type: "unit", where?: crm.where.unit): integer
---@overload fun(self: crm.ctx, type: "user", where?: crm.where.user): integer
---@overload fun(self: crm.ctx, type: "visit", where?: crm.where.visit): integer
---@param type crm.type
---@param where? table<string, any>
---@return integer
function ctx:count(type, where) end

--- The op's result; it runs in the same change.
---@overload fun(self: crm.ctx, op: "allocation.run", params: crm.params.allocation.run): crm.result.allocation.run
---@overload fun(self: crm.ctx, op: "api.describe"): crm.result.api.describe
---@overload fun(self: crm.ctx, op: "auth.remember", params: crm.params.auth.remember): any
---@overload fun(self: crm.ctx, op: "backup.run", params: crm.params.backup.run): crm.result.backup.run
---@overload fun(self: crm.ctx, op: "batch.run", params: crm.params.batch.run): crm.result.batch.run
---@overload fun(self: crm.ctx, op: "calendar.birthday", params: crm.params.calendar.birthday): crm.result.calendar.birthday
---@overload fun(self: crm.ctx, op: "calendar.festival", params: crm.params.calendar.festival): crm.result.calendar.festival
---@overload fun(self: crm.ctx, op: "calendar.lunar", params?: crm.params.calendar.lunar): crm.result.calendar.lunar
---@overload fun(self: crm.ctx, op: "calendar.time", params?: crm.params.calendar.time): crm.result.calendar.time
---@overload fun(self: crm.ctx, op: "calendar.working", params?: crm.params.calendar.working): crm.result.calendar.working
---@overload fun(self: crm.ctx, op: "card.open", params: crm.params.card.open): crm.result.card.open
---@overload fun(self: crm.ctx, op: "care.day", params?: crm.params.care.day): crm.result.care.day
---@overload fun(self: crm.ctx, op: "care.greet", params: crm.params.care.greet): crm.result.care.greet
---@overload fun(self: crm.ctx, op: "care.reckon", params: crm.params.care.reckon): crm.result.care.reckon
---@overload fun(self: crm.ctx, op: "care.ungreet", params: crm.params.care.ungreet): crm.result.care.ungreet
---@overload fun(self: crm.ctx, op: "clock.get"): crm.result.clock.get
---@overload fun(self: crm.ctx, op: "complaint.acknowledge", params: crm.params.complaint.acknowledge): any
---@overload fun(self: crm.ctx, op: "complaint.agree", params: crm.params.complaint.agree): any
---@overload fun(self: crm.ctx, op: "complaint.approve", params: crm.params.complaint.approve): any
---@overload fun(self: crm.ctx, op: "complaint.close", params: crm.params.complaint.close): crm.result.complaint.close
---@overload fun(self: crm.ctx, op: "complaint.confirm", params: crm.params.complaint.confirm): any
---@overload fun(self: crm.ctx, op: "complaint.delegate", params: crm.params.complaint.delegate): any
---@overload fun(self: crm.ctx, op: "complaint.escalate", params: crm.params.complaint.escalate): any
---@overload fun(self: crm.ctx, op: "complaint.investigate", params: crm.params.complaint.investigate): any
---@overload fun(self: crm.ctx, op: "complaint.judge", params: crm.params.complaint.judge): any
---@overload fun(self: crm.ctx, op: "complaint.overdue", params?: crm.params.complaint.overdue): crm.result.complaint.overdue
---@overload fun(self: crm.ctx, op: "complaint.propose", params: crm.params.complaint.propose): any
---@overload fun(self: crm.ctx, op: "complaint.register", params: crm.params.complaint.register): any
---@overload fun(self: crm.ctx, op: "complaint.reopen", params: crm.params.complaint.reopen): any
---@overload fun(self: crm.ctx, op: "complaint.review", params: crm.params.complaint.review): any
---@overload fun(self: crm.ctx, op: "complaint.statistics", params: crm.params.complaint.statistics): crm.result.complaint.statistics
---@overload fun(self: crm.ctx, op: "complaint.track", params: crm.params.complaint.track): any
---@overload fun(self: crm.ctx, op: "contact.check", params: crm.params.contact.check): crm.result.contact.check
---@overload fun(self: crm.ctx, op: "customer.overview", params: crm.params.customer.overview): crm.result.customer.overview
---@overload fun(self: crm.ctx, op: "deal.advance", params: crm.params.deal.advance): any
---@overload fun(self: crm.ctx, op: "deal.cancel", params: crm.params.deal.cancel): any
---@overload fun(self: crm.ctx, op: "deal.sign", params: crm.params.deal.sign): any
---@overload fun(self: crm.ctx, op: "deal.subscribe", params: crm.params.deal.subscribe): any
---@overload fun(self: crm.ctx, op: "delivery.create", params: crm.params.delivery.create): crm.some_record
---@overload fun(self: crm.ctx, op: "delivery.drop", params: crm.params.delivery.drop): crm.result.delivery.drop
---@overload fun(self: crm.ctx, op: "delivery.due", params: crm.params.delivery.due): any
---@overload fun(self: crm.ctx, op: "delivery.next", params: crm.params.delivery.next): crm.result.delivery.next
---@overload fun(self: crm.ctx, op: "delivery.report", params: crm.params.delivery.report): crm.result.delivery.report
---@overload fun(self: crm.ctx, op: "delivery.retry", params?: crm.params.delivery.retry): crm.result.delivery.retry
---@overload fun(self: crm.ctx, op: "distributor.order", params: crm.params.distributor.order): any
---@overload fun(self: crm.ctx, op: "distributor.sheet", params: crm.params.distributor.sheet): crm.result.distributor.sheet
---@overload fun(self: crm.ctx, op: "event.read", params?: crm.params.event.read): crm.result.event.read
---@overload fun(self: crm.ctx, op: "export.read", params?: crm.params.export.read): crm.result.export.read
---@overload fun(self: crm.ctx, op: "feedback.record", params: crm.params.feedback.record): any
---@overload fun(self: crm.ctx, op: "filing.file", params: crm.params.filing.file): any
---@overload fun(self: crm.ctx, op: "import.data", params: crm.params.import.data): crm.result.import.data
---@overload fun(self: crm.ctx, op: "import.start", params?: crm.params.import.start): crm.result.import.start
---@overload fun(self: crm.ctx, op: "import.status", params: crm.params.import.status): crm.result.import.status
---@overload fun(self: crm.ctx, op: "import.undo", params: crm.params.import.undo): crm.result.import.undo
---@overload fun(self: crm.ctx, op: "issue.report", params: crm.params.issue.report): any
---@overload fun(self: crm.ctx, op: "job.begin", params: crm.params.job.begin): crm.result.job.begin
---@overload fun(self: crm.ctx, op: "job.cancel", params: crm.params.job.cancel): crm.result.job.cancel
---@overload fun(self: crm.ctx, op: "job.end", params: crm.params.job.end): crm.result.job.end
---@overload fun(self: crm.ctx, op: "job.get", params: crm.params.job.get): crm.result.job.get
---@overload fun(self: crm.ctx, op: "job.keep", params: crm.params.job.keep): any
---@overload fun(self: crm.ctx, op: "job.list", params?: crm.params.job.list): crm.result.job.list
---@overload fun(self: crm.ctx, op: "job.save", params: crm.params.job.save): crm.result.job.save
---@overload fun(self: crm.ctx, op: "journal.read", params?: crm.params.journal.read): crm.result.journal.read
---@overload fun(self: crm.ctx, op: "key.mark", params: crm.params.key.mark): crm.result.key.mark
---@overload fun(self: crm.ctx, op: "key.rank", params: crm.params.key.rank): crm.result.key.rank
---@overload fun(self: crm.ctx, op: "lead.convert", params: crm.params.lead.convert): any
---@overload fun(self: crm.ctx, op: "ledger.balance", params: crm.params.ledger.balance): crm.result.ledger.balance
---@overload fun(self: crm.ctx, op: "opportunity.forecast", params: crm.params.opportunity.forecast): crm.result.opportunity.forecast
---@overload fun(self: crm.ctx, op: "opportunity.funnel", params?: crm.params.opportunity.funnel): crm.result.opportunity.funnel
---@overload fun(self: crm.ctx, op: "order.cancel", params: crm.params.order.cancel): crm.some_record
---@overload fun(self: crm.ctx, op: "order.create", params: crm.params.order.create): crm.some_record
---@overload fun(self: crm.ctx, op: "order.deposit", params: crm.params.order.deposit): any
---@overload fun(self: crm.ctx, op: "order.release", params: crm.params.order.release): any
---@overload fun(self: crm.ctx, op: "order.track", params: crm.params.order.track): crm.result.order.track
---@overload fun(self: crm.ctx, op: "package.fill", params: crm.params.package.fill): any
---@overload fun(self: crm.ctx, op: "package.list"): crm.result.package.list
---@overload fun(self: crm.ctx, op: "package.migrate", params: crm.params.package.migrate): any
---@overload fun(self: crm.ctx, op: "package.time", params: crm.params.package.time): any
---@overload fun(self: crm.ctx, op: "permission.explain", params: crm.params.permission.explain): crm.result.permission.explain
---@overload fun(self: crm.ctx, op: "person.erase", params: crm.params.person.erase): crm.result.person.erase
---@overload fun(self: crm.ctx, op: "person.erased", params?: crm.params.person.erased): crm.result.person.erased
---@overload fun(self: crm.ctx, op: "person.export", params: crm.params.person.export): crm.result.person.export
---@overload fun(self: crm.ctx, op: "plan.apply", params?: crm.params.plan.apply): crm.result.plan.apply
---@overload fun(self: crm.ctx, op: "plan.schedule", params: crm.params.plan.schedule): crm.result.plan.schedule
---@overload fun(self: crm.ctx, op: "problem.solve", params: crm.params.problem.solve): any
---@overload fun(self: crm.ctx, op: "project.report", params: crm.params.project.report): crm.result.project.report
---@overload fun(self: crm.ctx, op: "rebate.close", params: crm.params.rebate.close): crm.result.rebate.close
---@overload fun(self: crm.ctx, op: "rebate.use", params: crm.params.rebate.use): any
---@overload fun(self: crm.ctx, op: "receivable.ageing", params?: crm.params.receivable.ageing): crm.result.receivable.ageing
---@overload fun(self: crm.ctx, op: "receivable.overdue", params?: crm.params.receivable.overdue): crm.result.receivable.overdue
---@overload fun(self: crm.ctx, op: "record.count", params: crm.params.record.count): any
---@overload fun(self: crm.ctx, op: "record.create", params: crm.params.record.create): any
---@overload fun(self: crm.ctx, op: "record.delete", params: crm.params.record.delete): any
---@overload fun(self: crm.ctx, op: "record.find", params: crm.params.record.find): any
---@overload fun(self: crm.ctx, op: "record.get", params: crm.params.record.get): any
---@overload fun(self: crm.ctx, op: "record.history", params: crm.params.record.history): crm.result.record.history
---@overload fun(self: crm.ctx, op: "record.link", params: crm.params.record.link): crm.result.record.link
---@overload fun(self: crm.ctx, op: "record.links", params: crm.params.record.links): crm.result.record.links
---@overload fun(self: crm.ctx, op: "record.merge", params: crm.params.record.merge): crm.some_record
---@overload fun(self: crm.ctx, op: "record.move", params: crm.params.record.move): crm.some_record
---@overload fun(self: crm.ctx, op: "record.purge", params: crm.params.record.purge): crm.some_record
---@overload fun(self: crm.ctx, op: "record.reads", params?: crm.params.record.reads): crm.result.record.reads
---@overload fun(self: crm.ctx, op: "record.restore", params: crm.params.record.restore): crm.some_record
---@overload fun(self: crm.ctx, op: "record.search", params: crm.params.record.search): crm.result.record.search
---@overload fun(self: crm.ctx, op: "record.share", params: crm.params.record.share): crm.some_record
---@overload fun(self: crm.ctx, op: "record.unlink", params: crm.params.record.unlink): crm.result.record.unlink
---@overload fun(self: crm.ctx, op: "record.unmerge", params: crm.params.record.unmerge): crm.some_record
---@overload fun(self: crm.ctx, op: "record.unshare", params: crm.params.record.unshare): crm.some_record
---@overload fun(self: crm.ctx, op: "record.update", params: crm.params.record.update): any
---@overload fun(self: crm.ctx, op: "refill.forecast", params: crm.params.refill.forecast): crm.result.refill.forecast
---@overload fun(self: crm.ctx, op: "refill.plan", params: crm.params.refill.plan): crm.result.refill.plan
---@overload fun(self: crm.ctx, op: "revisit.near", params?: crm.params.revisit.near): crm.result.revisit.near
---@overload fun(self: crm.ctx, op: "revisit.open", params: crm.params.revisit.open): crm.result.revisit.open
---@overload fun(self: crm.ctx, op: "revisit.progress", params: crm.params.revisit.progress): crm.result.revisit.progress
---@overload fun(self: crm.ctx, op: "revisit.record", params: crm.params.revisit.record): crm.result.revisit.record
---@overload fun(self: crm.ctx, op: "role.define", params: crm.params.role.define): crm.some_record
---@overload fun(self: crm.ctx, op: "role.list", params?: crm.params.role.list): crm.result.role.list
---@overload fun(self: crm.ctx, op: "route.plan", params: crm.params.route.plan): crm.result.route.plan
---@overload fun(self: crm.ctx, op: "rule.run", params: crm.params.rule.run): any
---@overload fun(self: crm.ctx, op: "schedule.fire", params: crm.params.schedule.fire): any
---@overload fun(self: crm.ctx, op: "schema.build", params: crm.params.schema.build): any
---@overload fun(self: crm.ctx, op: "schema.define", params: crm.params.schema.define): crm.result.schema.define
---@overload fun(self: crm.ctx, op: "server.info"): crm.result.server.info
---@overload fun(self: crm.ctx, op: "server.metrics"): crm.result.server.metrics
---@overload fun(self: crm.ctx, op: "server.ping"): crm.result.server.ping
---@overload fun(self: crm.ctx, op: "server.ready"): crm.result.server.ready
---@overload fun(self: crm.ctx, op: "server.resume"): crm.result.server.resume
---@overload fun(self: crm.ctx, op: "session.whoami"): crm.result.session.whoami
---@overload fun(self: crm.ctx, op: "states.due", params: crm.params.states.due): crm.result.states.due
---@overload fun(self: crm.ctx, op: "stock.balance", params: crm.params.stock.balance): crm.result.stock.balance
---@overload fun(self: crm.ctx, op: "stock.cases", params?: crm.params.stock.cases): crm.result.stock.cases
---@overload fun(self: crm.ctx, op: "stock.receive", params: crm.params.stock.receive): any
---@overload fun(self: crm.ctx, op: "stock.watch", params: crm.params.stock.watch): any
---@overload fun(self: crm.ctx, op: "task.complete", params: crm.params.task.complete): crm.some_record
---@overload fun(self: crm.ctx, op: "task.due", params: crm.params.task.due): crm.result.task.due
---@overload fun(self: crm.ctx, op: "task.list", params?: crm.params.task.list): crm.result.task.list
---@overload fun(self: crm.ctx, op: "task.plan", params: crm.params.task.plan): crm.some_record
---@overload fun(self: crm.ctx, op: "task.reassign", params: crm.params.task.reassign): crm.some_record
---@overload fun(self: crm.ctx, op: "task.withdraw", params: crm.params.task.withdraw): crm.result.task.withdraw
---@overload fun(self: crm.ctx, op: "token.list", params?: crm.params.token.list): crm.result.token.list
---@overload fun(self: crm.ctx, op: "token.revoke", params: crm.params.token.revoke): crm.some_record
---@overload fun(self: crm.ctx, op: "unit.hold", params: crm.params.unit.hold): any
---@overload fun(self: crm.ctx, op: "user.disable", params: crm.params.user.disable): crm.some_record
---@overload fun(self: crm.ctx, op: "user.list", params?: crm.params.user.list): crm.result.user.list
---@overload fun(self: crm.ctx, op: "value.assess", params: crm.params.value.assess): any
---@overload fun(self: crm.ctx, op: "visit.adopt", params: crm.params.visit.adopt): crm.result.visit.adopt
---@overload fun(self: crm.ctx, op: "visit.check_in", params: crm.params.visit.check_in): any
---@overload fun(self: crm.ctx, op: "visit.finish", params: crm.params.visit.finish): any
---@overload fun(self: crm.ctx, op: "visit.plan", params: crm.params.visit.plan): crm.result.visit.plan
---@overload fun(self: crm.ctx, op: "visit.register", params: crm.params.visit.register): any
---@overload fun(self: crm.ctx, op: "workflow.explain", params: crm.params.workflow.explain): crm.result.workflow.explain
---@overload fun(self: crm.ctx, op: "workflow.simulate", params: crm.params.workflow.simulate): crm.result.workflow.simulate
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

---@overload fun(self: crm.ctx.write, type: "activity", values: crm.values.activity): crm.record.activity
---@overload fun(self: crm.ctx.write, type: "ad_funding", values: crm.values.ad_funding): crm.record.ad_funding
---@overload fun(self: crm.ctx.write, type: "building", values: crm.values.building): crm.record.building
---@overload fun(self: crm.ctx.write, type: "calendar", values: crm.values.calendar): crm.record.calendar
---@overload fun(self: crm.ctx.write, type: "channel_move", values: crm.values.channel_move): crm.record.channel_move
---@overload fun(self: crm.ctx.write, type: "channel_stock", values: crm.values.channel_stock): crm.record.channel_stock
---@overload fun(self: crm.ctx.write, type: "complaint", values: crm.values.complaint): crm.record.complaint
---@overload fun(self: crm.ctx.write, type: "complaint_desk", values: crm.values.complaint_desk): crm.record.complaint_desk
---@overload fun(self: crm.ctx.write, type: "contact", values: crm.values.contact): crm.record.contact
---@overload fun(self: crm.ctx.write, type: "customer", values: crm.values.customer): crm.record.customer
---@overload fun(self: crm.ctx.write, type: "deal", values: crm.values.deal): crm.record.deal
---@overload fun(self: crm.ctx.write, type: "delivery", values: crm.values.delivery): crm.record.delivery
---@overload fun(self: crm.ctx.write, type: "diversion", values: crm.values.diversion): crm.record.diversion
---@overload fun(self: crm.ctx.write, type: "failure", values: crm.values.failure): crm.record.failure
---@overload fun(self: crm.ctx.write, type: "feedback", values: crm.values.feedback): crm.record.feedback
---@overload fun(self: crm.ctx.write, type: "filing", values: crm.values.filing): crm.record.filing
---@overload fun(self: crm.ctx.write, type: "house_issue", values: crm.values.house_issue): crm.record.house_issue
---@overload fun(self: crm.ctx.write, type: "job", values: crm.values.job): crm.record.job
---@overload fun(self: crm.ctx.write, type: "lead", values: crm.values.lead): crm.record.lead
---@overload fun(self: crm.ctx.write, type: "lead_contact", values: crm.values.lead_contact): crm.record.lead_contact
---@overload fun(self: crm.ctx.write, type: "lead_quota", values: crm.values.lead_quota): crm.record.lead_quota
---@overload fun(self: crm.ctx.write, type: "ledger_entry", values: crm.values.ledger_entry): crm.record.ledger_entry
---@overload fun(self: crm.ctx.write, type: "occasion", values: crm.values.occasion): crm.record.occasion
---@overload fun(self: crm.ctx.write, type: "opportunity", values: crm.values.opportunity): crm.record.opportunity
---@overload fun(self: crm.ctx.write, type: "order", values: crm.values.order): crm.record.order
---@overload fun(self: crm.ctx.write, type: "package", values: crm.values.package): crm.record.package
---@overload fun(self: crm.ctx.write, type: "payment", values: crm.values.payment): crm.record.payment
---@overload fun(self: crm.ctx.write, type: "product", values: crm.values.product): crm.record.product
---@overload fun(self: crm.ctx.write, type: "profit", values: crm.values.profit): crm.record.profit
---@overload fun(self: crm.ctx.write, type: "project", values: crm.values.project): crm.record.project
---@overload fun(self: crm.ctx.write, type: "promotion_part", values: crm.values.promotion_part): crm.record.promotion_part
---@overload fun(self: crm.ctx.write, type: "read_log", values: crm.values.read_log): crm.record.read_log
---@overload fun(self: crm.ctx.write, type: "rebate_policy", values: crm.values.rebate_policy): crm.record.rebate_policy
---@overload fun(self: crm.ctx.write, type: "rebate_share", values: crm.values.rebate_share): crm.record.rebate_share
---@overload fun(self: crm.ctx.write, type: "receivable", values: crm.values.receivable): crm.record.receivable
---@overload fun(self: crm.ctx.write, type: "revisit_plan", values: crm.values.revisit_plan): crm.record.revisit_plan
---@overload fun(self: crm.ctx.write, type: "revisit_problem", values: crm.values.revisit_problem): crm.record.revisit_problem
---@overload fun(self: crm.ctx.write, type: "role", values: crm.values.role): crm.record.role
---@overload fun(self: crm.ctx.write, type: "service_plan", values: crm.values.service_plan): crm.record.service_plan
---@overload fun(self: crm.ctx.write, type: "share", values: crm.values.share): crm.record.share
---@overload fun(self: crm.ctx.write, type: "site_visit", values: crm.values.site_visit): crm.record.site_visit
---@overload fun(self: crm.ctx.write, type: "stock_case", values: crm.values.stock_case): crm.record.stock_case
---@overload fun(self: crm.ctx.write, type: "stock_request", values: crm.values.stock_request): crm.record.stock_request
---@overload fun(self: crm.ctx.write, type: "task", values: crm.values.task): crm.record.task
---@overload fun(self: crm.ctx.write, type: "team", values: crm.values.team): crm.record.team
---@overload fun(self: crm.ctx.write, type: "territory", values: crm.values.territory): crm.record.territory
---@overload fun(self: crm.ctx.write, type: "token", values: crm.values.token): crm.record.token
---@overload fun(self: crm.ctx.write, type: "training", values: crm.values.training): crm.record.training
---@overload fun(self: crm.ctx.write, type: "unit", values: crm.values.unit): crm.record.unit
---@overload fun(self: crm.ctx.write, type: "user", values: crm.values.user): crm.record.user
---@overload fun(self: crm.ctx.write, type: "visit", values: crm.values.visit): crm.record.visit
---@param type crm.type
---@param values table<string, any>
---@return crm.some_record
function write:create(type, values) end

--- Fields that are not named stay; crm.null clears one.
---@overload fun(self: crm.ctx.write, type: "activity", id: integer, values: crm.values.activity): crm.record.activity
---@overload fun(self: crm.ctx.write, type: "ad_funding", id: integer, values: crm.values.ad_funding): crm.record.ad_funding
---@overload fun(self: crm.ctx.write, type: "building", id: integer, values: crm.values.building): crm.record.building
---@overload fun(self: crm.ctx.write, type: "calendar", id: integer, values: crm.values.calendar): crm.record.calendar
---@overload fun(self: crm.ctx.write, type: "channel_move", id: integer, values: crm.values.channel_move): crm.record.channel_move
---@overload fun(self: crm.ctx.write, type: "channel_stock", id: integer, values: crm.values.channel_stock): crm.record.channel_stock
---@overload fun(self: crm.ctx.write, type: "complaint", id: integer, values: crm.values.complaint): crm.record.complaint
---@overload fun(self: crm.ctx.write, type: "complaint_desk", id: integer, values: crm.values.complaint_desk): crm.record.complaint_desk
---@overload fun(self: crm.ctx.write, type: "contact", id: integer, values: crm.values.contact): crm.record.contact
---@overload fun(self: crm.ctx.write, type: "customer", id: integer, values: crm.values.customer): crm.record.customer
---@overload fun(self: crm.ctx.write, type: "deal", id: integer, values: crm.values.deal): crm.record.deal
---@overload fun(self: crm.ctx.write, type: "delivery", id: integer, values: crm.values.delivery): crm.record.delivery
---@overload fun(self: crm.ctx.write, type: "diversion", id: integer, values: crm.values.diversion): crm.record.diversion
---@overload fun(self: crm.ctx.write, type: "failure", id: integer, values: crm.values.failure): crm.record.failure
---@overload fun(self: crm.ctx.write, type: "feedback", id: integer, values: crm.values.feedback): crm.record.feedback
---@overload fun(self: crm.ctx.write, type: "filing", id: integer, values: crm.values.filing): crm.record.filing
---@overload fun(self: crm.ctx.write, type: "house_issue", id: integer, values: crm.values.house_issue): crm.record.house_issue
---@overload fun(self: crm.ctx.write, type: "job", id: integer, values: crm.values.job): crm.record.job
---@overload fun(self: crm.ctx.write, type: "lead", id: integer, values: crm.values.lead): crm.record.lead
---@overload fun(self: crm.ctx.write, type: "lead_contact", id: integer, values: crm.values.lead_contact): crm.record.lead_contact
---@overload fun(self: crm.ctx.write, type: "lead_quota", id: integer, values: crm.values.lead_quota): crm.record.lead_quota
---@overload fun(self: crm.ctx.write, type: "ledger_entry", id: integer, values: crm.values.ledger_entry): crm.record.ledger_entry
---@overload fun(self: crm.ctx.write, type: "occasion", id: integer, values: crm.values.occasion): crm.record.occasion
---@overload fun(self: crm.ctx.write, type: "opportunity", id: integer, values: crm.values.opportunity): crm.record.opportunity
---@overload fun(self: crm.ctx.write, type: "order", id: integer, values: crm.values.order): crm.record.order
---@overload fun(self: crm.ctx.write, type: "package", id: integer, values: crm.values.package): crm.record.package
---@overload fun(self: crm.ctx.write, type: "payment", id: integer, values: crm.values.payment): crm.record.payment
---@overload fun(self: crm.ctx.write, type: "product", id: integer, values: crm.values.product): crm.record.product
---@overload fun(self: crm.ctx.write, type: "profit", id: integer, values: crm.values.profit): crm.record.profit
---@overload fun(self: crm.ctx.write, type: "project", id: integer, values: crm.values.project): crm.record.project
---@overload fun(self: crm.ctx.write, type: "promotion_part", id: integer, values: crm.values.promotion_part): crm.record.promotion_part
---@overload fun(self: crm.ctx.write, type: "read_log", id: integer, values: crm.values.read_log): crm.record.read_log
---@overload fun(self: crm.ctx.write, type: "rebate_policy", id: integer, values: crm.values.rebate_policy): crm.record.rebate_policy
---@overload fun(self: crm.ctx.write, type: "rebate_share", id: integer, values: crm.values.rebate_share): crm.record.rebate_share
---@overload fun(self: crm.ctx.write, type: "receivable", id: integer, values: crm.values.receivable): crm.record.receivable
---@overload fun(self: crm.ctx.write, type: "revisit_plan", id: integer, values: crm.values.revisit_plan): crm.record.revisit_plan
---@overload fun(self: crm.ctx.write, type: "revisit_problem", id: integer, values: crm.values.revisit_problem): crm.record.revisit_problem
---@overload fun(self: crm.ctx.write, type: "role", id: integer, values: crm.values.role): crm.record.role
---@overload fun(self: crm.ctx.write, type: "service_plan", id: integer, values: crm.values.service_plan): crm.record.service_plan
---@overload fun(self: crm.ctx.write, type: "share", id: integer, values: crm.values.share): crm.record.share
---@overload fun(self: crm.ctx.write, type: "site_visit", id: integer, values: crm.values.site_visit): crm.record.site_visit
---@overload fun(self: crm.ctx.write, type: "stock_case", id: integer, values: crm.values.stock_case): crm.record.stock_case
---@overload fun(self: crm.ctx.write, type: "stock_request", id: integer, values: crm.values.stock_request): crm.record.stock_request
---@overload fun(self: crm.ctx.write, type: "task", id: integer, values: crm.values.task): crm.record.task
---@overload fun(self: crm.ctx.write, type: "team", id: integer, values: crm.values.team): crm.record.team
---@overload fun(self: crm.ctx.write, type: "territory", id: integer, values: crm.values.territory): crm.record.territory
---@overload fun(self: crm.ctx.write, type: "token", id: integer, values: crm.values.token): crm.record.token
---@overload fun(self: crm.ctx.write, type: "training", id: integer, values: crm.values.training): crm.record.training
---@overload fun(self: crm.ctx.write, type: "unit", id: integer, values: crm.values.unit): crm.record.unit
---@overload fun(self: crm.ctx.write, type: "user", id: integer, values: crm.values.user): crm.record.user
---@overload fun(self: crm.ctx.write, type: "visit", id: integer, values: crm.values.visit): crm.record.visit
---@param type crm.type
---@param id integer
---@param values table<string, any>
---@return crm.some_record
function write:update(type, id, values) end

--- Takes the record along a transition of its states.
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
---@overload fun(self: crm.t, op: "allocation.run", params: crm.params.allocation.run): crm.result.allocation.run
---@overload fun(self: crm.t, op: "api.describe"): crm.result.api.describe
---@overload fun(self: crm.t, op: "auth.login", params: crm.params.auth.login): crm.result.auth.login
---@overload fun(self: crm.t, op: "auth.logout"): crm.result.auth.logout
---@overload fun(self: crm.t, op: "auth.token", params: crm.params.auth.token): crm.result.auth.token
---@overload fun(self: crm.t, op: "backup.run", params: crm.params.backup.run): crm.result.backup.run
---@overload fun(self: crm.t, op: "batch.run", params: crm.params.batch.run): crm.result.batch.run
---@overload fun(self: crm.t, op: "calendar.birthday", params: crm.params.calendar.birthday): crm.result.calendar.birthday
---@overload fun(self: crm.t, op: "calendar.festival", params: crm.params.calendar.festival): crm.result.calendar.festival
---@overload fun(self: crm.t, op: "calendar.lunar", params?: crm.params.calendar.lunar): crm.result.calendar.lunar
---@overload fun(self: crm.t, op: "calendar.time", params?: crm.params.calendar.time): crm.result.calendar.time
---@overload fun(self: crm.t, op: "calendar.working", params?: crm.params.calendar.working): crm.result.calendar.working
---@overload fun(self: crm.t, op: "card.open", params: crm.params.card.open): crm.result.card.open
---@overload fun(self: crm.t, op: "care.reckon", params: crm.params.care.reckon): crm.result.care.reckon
---@overload fun(self: crm.t, op: "clock.advance", params: crm.params.clock.advance): crm.result.clock.advance
---@overload fun(self: crm.t, op: "clock.get"): crm.result.clock.get
---@overload fun(self: crm.t, op: "clock.set", params: crm.params.clock.set): crm.result.clock.set
---@overload fun(self: crm.t, op: "complaint.acknowledge", params: crm.params.complaint.acknowledge): any
---@overload fun(self: crm.t, op: "complaint.agree", params: crm.params.complaint.agree): any
---@overload fun(self: crm.t, op: "complaint.approve", params: crm.params.complaint.approve): any
---@overload fun(self: crm.t, op: "complaint.close", params: crm.params.complaint.close): crm.result.complaint.close
---@overload fun(self: crm.t, op: "complaint.confirm", params: crm.params.complaint.confirm): any
---@overload fun(self: crm.t, op: "complaint.delegate", params: crm.params.complaint.delegate): any
---@overload fun(self: crm.t, op: "complaint.escalate", params: crm.params.complaint.escalate): any
---@overload fun(self: crm.t, op: "complaint.investigate", params: crm.params.complaint.investigate): any
---@overload fun(self: crm.t, op: "complaint.judge", params: crm.params.complaint.judge): any
---@overload fun(self: crm.t, op: "complaint.overdue", params?: crm.params.complaint.overdue): crm.result.complaint.overdue
---@overload fun(self: crm.t, op: "complaint.propose", params: crm.params.complaint.propose): any
---@overload fun(self: crm.t, op: "complaint.register", params: crm.params.complaint.register): any
---@overload fun(self: crm.t, op: "complaint.reopen", params: crm.params.complaint.reopen): any
---@overload fun(self: crm.t, op: "complaint.review", params: crm.params.complaint.review): any
---@overload fun(self: crm.t, op: "complaint.statistics", params: crm.params.complaint.statistics): crm.result.complaint.statistics
---@overload fun(self: crm.t, op: "complaint.track", params: crm.params.complaint.track): any
---@overload fun(self: crm.t, op: "contact.check", params: crm.params.contact.check): crm.result.contact.check
---@overload fun(self: crm.t, op: "customer.overview", params: crm.params.customer.overview): crm.result.customer.overview
---@overload fun(self: crm.t, op: "deal.advance", params: crm.params.deal.advance): any
---@overload fun(self: crm.t, op: "deal.cancel", params: crm.params.deal.cancel): any
---@overload fun(self: crm.t, op: "deal.sign", params: crm.params.deal.sign): any
---@overload fun(self: crm.t, op: "deal.subscribe", params: crm.params.deal.subscribe): any
---@overload fun(self: crm.t, op: "delivery.drop", params: crm.params.delivery.drop): crm.result.delivery.drop
---@overload fun(self: crm.t, op: "delivery.retry", params?: crm.params.delivery.retry): crm.result.delivery.retry
---@overload fun(self: crm.t, op: "distributor.order", params: crm.params.distributor.order): any
---@overload fun(self: crm.t, op: "distributor.sheet", params: crm.params.distributor.sheet): crm.result.distributor.sheet
---@overload fun(self: crm.t, op: "event.read", params?: crm.params.event.read): crm.result.event.read
---@overload fun(self: crm.t, op: "event.subscribe", params?: crm.params.event.subscribe): crm.result.event.subscribe
---@overload fun(self: crm.t, op: "event.unsubscribe"): crm.result.event.unsubscribe
---@overload fun(self: crm.t, op: "export.read", params?: crm.params.export.read): crm.result.export.read
---@overload fun(self: crm.t, op: "feedback.record", params: crm.params.feedback.record): any
---@overload fun(self: crm.t, op: "filing.file", params: crm.params.filing.file): any
---@overload fun(self: crm.t, op: "import.data", params: crm.params.import.data): crm.result.import.data
---@overload fun(self: crm.t, op: "import.start", params?: crm.params.import.start): crm.result.import.start
---@overload fun(self: crm.t, op: "import.status", params: crm.params.import.status): crm.result.import.status
---@overload fun(self: crm.t, op: "import.undo", params: crm.params.import.undo): crm.result.import.undo
---@overload fun(self: crm.t, op: "issue.report", params: crm.params.issue.report): any
---@overload fun(self: crm.t, op: "job.cancel", params: crm.params.job.cancel): crm.result.job.cancel
---@overload fun(self: crm.t, op: "job.get", params: crm.params.job.get): crm.result.job.get
---@overload fun(self: crm.t, op: "job.list", params?: crm.params.job.list): crm.result.job.list
---@overload fun(self: crm.t, op: "journal.read", params?: crm.params.journal.read): crm.result.journal.read
---@overload fun(self: crm.t, op: "key.mark", params: crm.params.key.mark): crm.result.key.mark
---@overload fun(self: crm.t, op: "key.rank", params: crm.params.key.rank): crm.result.key.rank
---@overload fun(self: crm.t, op: "lead.convert", params: crm.params.lead.convert): any
---@overload fun(self: crm.t, op: "ledger.balance", params: crm.params.ledger.balance): crm.result.ledger.balance
---@overload fun(self: crm.t, op: "opportunity.forecast", params: crm.params.opportunity.forecast): crm.result.opportunity.forecast
---@overload fun(self: crm.t, op: "opportunity.funnel", params?: crm.params.opportunity.funnel): crm.result.opportunity.funnel
---@overload fun(self: crm.t, op: "order.cancel", params: crm.params.order.cancel): crm.some_record
---@overload fun(self: crm.t, op: "order.create", params: crm.params.order.create): crm.some_record
---@overload fun(self: crm.t, op: "order.deposit", params: crm.params.order.deposit): any
---@overload fun(self: crm.t, op: "order.release", params: crm.params.order.release): any
---@overload fun(self: crm.t, op: "order.track", params: crm.params.order.track): crm.result.order.track
---@overload fun(self: crm.t, op: "package.disable", params: crm.params.package.disable): crm.result.package.disable
---@overload fun(self: crm.t, op: "package.enable", params: crm.params.package.enable): crm.result.package.enable
---@overload fun(self: crm.t, op: "package.list"): crm.result.package.list
---@overload fun(self: crm.t, op: "package.load", params?: crm.params.package.load): crm.result.package.load
---@overload fun(self: crm.t, op: "package.rollback", params: crm.params.package.rollback): crm.result.package.rollback
---@overload fun(self: crm.t, op: "package.test", params?: crm.params.package.test): crm.result.package.test
---@overload fun(self: crm.t, op: "permission.explain", params: crm.params.permission.explain): crm.result.permission.explain
---@overload fun(self: crm.t, op: "person.erase", params: crm.params.person.erase): crm.result.person.erase
---@overload fun(self: crm.t, op: "person.export", params: crm.params.person.export): crm.result.person.export
---@overload fun(self: crm.t, op: "plan.apply", params?: crm.params.plan.apply): crm.result.plan.apply
---@overload fun(self: crm.t, op: "plan.schedule", params: crm.params.plan.schedule): crm.result.plan.schedule
---@overload fun(self: crm.t, op: "plugin.list"): crm.result.plugin.list
---@overload fun(self: crm.t, op: "plugin.load", params: crm.params.plugin.load): crm.result.plugin.load
---@overload fun(self: crm.t, op: "problem.solve", params: crm.params.problem.solve): any
---@overload fun(self: crm.t, op: "project.report", params: crm.params.project.report): crm.result.project.report
---@overload fun(self: crm.t, op: "rebate.close", params: crm.params.rebate.close): crm.result.rebate.close
---@overload fun(self: crm.t, op: "rebate.use", params: crm.params.rebate.use): any
---@overload fun(self: crm.t, op: "receivable.ageing", params?: crm.params.receivable.ageing): crm.result.receivable.ageing
---@overload fun(self: crm.t, op: "receivable.overdue", params?: crm.params.receivable.overdue): crm.result.receivable.overdue
---@overload fun(self: crm.t, op: "record.count", params: crm.params.record.count): any
---@overload fun(self: crm.t, op: "record.create", params: crm.params.record.create): any
---@overload fun(self: crm.t, op: "record.delete", params: crm.params.record.delete): any
---@overload fun(self: crm.t, op: "record.find", params: crm.params.record.find): any
---@overload fun(self: crm.t, op: "record.get", params: crm.params.record.get): any
---@overload fun(self: crm.t, op: "record.history", params: crm.params.record.history): crm.result.record.history
---@overload fun(self: crm.t, op: "record.link", params: crm.params.record.link): crm.result.record.link
---@overload fun(self: crm.t, op: "record.links", params: crm.params.record.links): crm.result.record.links
---@overload fun(self: crm.t, op: "record.merge", params: crm.params.record.merge): crm.some_record
---@overload fun(self: crm.t, op: "record.move", params: crm.params.record.move): crm.some_record
---@overload fun(self: crm.t, op: "record.purge", params: crm.params.record.purge): crm.some_record
---@overload fun(self: crm.t, op: "record.reads", params?: crm.params.record.reads): crm.result.record.reads
---@overload fun(self: crm.t, op: "record.restore", params: crm.params.record.restore): crm.some_record
---@overload fun(self: crm.t, op: "record.search", params: crm.params.record.search): crm.result.record.search
---@overload fun(self: crm.t, op: "record.share", params: crm.params.record.share): crm.some_record
---@overload fun(self: crm.t, op: "record.unlink", params: crm.params.record.unlink): crm.result.record.unlink
---@overload fun(self: crm.t, op: "record.unmerge", params: crm.params.record.unmerge): crm.some_record
---@overload fun(self: crm.t, op: "record.unshare", params: crm.params.record.unshare): crm.some_record
---@overload fun(self: crm.t, op: "record.update", params: crm.params.record.update): any
---@overload fun(self: crm.t, op: "refill.forecast", params: crm.params.refill.forecast): crm.result.refill.forecast
---@overload fun(self: crm.t, op: "refill.plan", params: crm.params.refill.plan): crm.result.refill.plan
---@overload fun(self: crm.t, op: "revisit.near", params?: crm.params.revisit.near): crm.result.revisit.near
---@overload fun(self: crm.t, op: "revisit.open", params: crm.params.revisit.open): crm.result.revisit.open
---@overload fun(self: crm.t, op: "revisit.progress", params: crm.params.revisit.progress): crm.result.revisit.progress
---@overload fun(self: crm.t, op: "revisit.record", params: crm.params.revisit.record): crm.result.revisit.record
---@overload fun(self: crm.t, op: "role.define", params: crm.params.role.define): crm.some_record
---@overload fun(self: crm.t, op: "role.list", params?: crm.params.role.list): crm.result.role.list
---@overload fun(self: crm.t, op: "route.plan", params: crm.params.route.plan): crm.result.route.plan
---@overload fun(self: crm.t, op: "schema.define", params: crm.params.schema.define): crm.result.schema.define
---@overload fun(self: crm.t, op: "server.info"): crm.result.server.info
---@overload fun(self: crm.t, op: "server.metrics"): crm.result.server.metrics
---@overload fun(self: crm.t, op: "server.ping"): crm.result.server.ping
---@overload fun(self: crm.t, op: "server.ready"): crm.result.server.ready
---@overload fun(self: crm.t, op: "server.resume"): crm.result.server.resume
---@overload fun(self: crm.t, op: "session.become", params: crm.params.session.become): crm.result.session.become
---@overload fun(self: crm.t, op: "session.hello", params?: crm.params.session.hello): crm.result.session.hello
---@overload fun(self: crm.t, op: "session.whoami"): crm.result.session.whoami
---@overload fun(self: crm.t, op: "stock.balance", params: crm.params.stock.balance): crm.result.stock.balance
---@overload fun(self: crm.t, op: "stock.cases", params?: crm.params.stock.cases): crm.result.stock.cases
---@overload fun(self: crm.t, op: "stock.receive", params: crm.params.stock.receive): any
---@overload fun(self: crm.t, op: "task.complete", params: crm.params.task.complete): crm.some_record
---@overload fun(self: crm.t, op: "task.list", params?: crm.params.task.list): crm.result.task.list
---@overload fun(self: crm.t, op: "task.reassign", params: crm.params.task.reassign): crm.some_record
---@overload fun(self: crm.t, op: "token.create", params: crm.params.token.create): crm.result.token.create
---@overload fun(self: crm.t, op: "token.list", params?: crm.params.token.list): crm.result.token.list
---@overload fun(self: crm.t, op: "token.revoke", params: crm.params.token.revoke): crm.some_record
---@overload fun(self: crm.t, op: "unit.hold", params: crm.params.unit.hold): any
---@overload fun(self: crm.t, op: "user.create", params: crm.params.user.create): crm.some_record
---@overload fun(self: crm.t, op: "user.disable", params: crm.params.user.disable): crm.some_record
---@overload fun(self: crm.t, op: "user.list", params?: crm.params.user.list): crm.result.user.list
---@overload fun(self: crm.t, op: "user.set_password", params: crm.params.user.set_password): crm.some_record
---@overload fun(self: crm.t, op: "value.assess", params: crm.params.value.assess): any
---@overload fun(self: crm.t, op: "visit.adopt", params: crm.params.visit.adopt): crm.result.visit.adopt
---@overload fun(self: crm.t, op: "visit.check_in", params: crm.params.visit.check_in): any
---@overload fun(self: crm.t, op: "visit.finish", params: crm.params.visit.finish): any
---@overload fun(self: crm.t, op: "visit.plan", params: crm.params.visit.plan): crm.result.visit.plan
---@overload fun(self: crm.t, op: "visit.register", params: crm.params.visit.register): any
---@overload fun(self: crm.t, op: "workflow.explain", params: crm.params.workflow.explain): crm.result.workflow.explain
---@overload fun(self: crm.t, op: "workflow.simulate", params: crm.params.workflow.simulate): crm.result.workflow.simulate
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

-- Types

---@class crm.record
---@field id integer 编号 · number. Given by the server, never reused (ARC-01).
---@field type string 类型 · type. The record's type.
---@field version integer 版本 · version. 1 at first, one more with each change.
---@field created_at crm.instant 创建时间 · created at. Milliseconds UTC.
---@field created_by string 创建人 · created by. The actor who created it.
---@field updated_at crm.instant 修改时间 · updated at. Milliseconds UTC.
---@field updated_by string 修改人 · updated by. The actor of the last change.
---@field deleted_at crm.instant 删除时间 · deleted at. In the recycle bin only.
---@field deleted_by string 删除人 · deleted by. In the recycle bin only.
---@field merged_into integer 合并到 · merged into. The number that this one means now (ARC-13).
---@field merged integer[] 已并入 · merged. Numbers that mean this record (ARC-13).
---@field timing table<string, any> 计时 · timing. Of states with delays or clocks: since when, and what is due.

---@class crm.some_record : crm.record of any type
---@field [string] any

---@class crm.where
---@field id? integer|crm.match 编号 · number. Given by the server, never reused (ARC-01).
---@field type? string|crm.match 类型 · type. The record's type.
---@field version? integer|crm.match 版本 · version. 1 at first, one more with each change.
---@field created_at? crm.instant|crm.match 创建时间 · created at. Milliseconds UTC.
---@field created_by? string|crm.match 创建人 · created by. The actor who created it.
---@field updated_at? crm.instant|crm.match 修改时间 · updated at. Milliseconds UTC.
---@field updated_by? string|crm.match 修改人 · updated by. The actor of the last change.
---@field deleted_at? crm.instant|crm.match 删除时间 · deleted at. In the recycle bin only.
---@field deleted_by? string|crm.match 删除人 · deleted by. In the recycle bin only.
---@field merged_into? integer|crm.match 合并到 · merged into. The number that this one means now (ARC-13).
---@field merged? any 已并入 · merged. Numbers that mean this record (ARC-13).
---@field timing? any 计时 · timing. Of states with delays or clocks: since when, and what is due.

-- activity: A contact with a customer: call, visit, letter … (ARC-04, FUP-01).

---@class crm.record.activity : crm.record
---@field customer integer 客户 · customer. Whom it concerns (ARC-03).
---@field kind "phone"|"visit"|"email"|"fax"|"letter"|"sms"|"other" 方式 · kind. How it happened (ARC-04).
---@field at? crm.instant 时间 · at. Milliseconds UTC; now when not given.
---@field owner? string 经办人 · owner
---@field task? integer 任务 · task. The task it completed.
---@field content? string 内容 · content. What was said and done (FUP-01, REV-04).
---@field answers? table<string, any> 回答 · answers. Answers to what was asked: use state, opinion, likelihood to continue (REV-04).
---@field next_on? crm.day 下次联系 · next contact
---@field accused? string 被投诉人 · accused. Of what belongs to a complaint about staff: about whom.

---@class crm.values.activity
---@field customer? integer|crm.null 客户 · customer. Whom it concerns (ARC-03).
---@field kind? "phone"|"visit"|"email"|"fax"|"letter"|"sms"|"other"|crm.null 方式 · kind. How it happened (ARC-04).
---@field at? crm.instant|crm.null 时间 · at. Milliseconds UTC; now when not given.
---@field owner? string|crm.null 经办人 · owner
---@field task? integer|crm.null 任务 · task. The task it completed.
---@field content? string|crm.null 内容 · content. What was said and done (FUP-01, REV-04).
---@field answers? table<string, any>|crm.null 回答 · answers. Answers to what was asked: use state, opinion, likelihood to continue (REV-04).
---@field next_on? crm.day|crm.null 下次联系 · next contact
---@field accused? string|crm.null 被投诉人 · accused. Of what belongs to a complaint about staff: about whom.

---@class crm.where.activity : crm.where
---@field customer? integer|crm.match 客户 · customer. Whom it concerns (ARC-03).
---@field kind? "phone"|"visit"|"email"|"fax"|"letter"|"sms"|"other"|crm.match 方式 · kind. How it happened (ARC-04).
---@field at? crm.instant|crm.match 时间 · at. Milliseconds UTC; now when not given.
---@field owner? string|crm.match 经办人 · owner
---@field task? integer|crm.match 任务 · task. The task it completed.
---@field content? string|crm.match 内容 · content. What was said and done (FUP-01, REV-04).
---@field answers? any 回答 · answers. Answers to what was asked: use state, opinion, likelihood to continue (REV-04).
---@field next_on? crm.day|crm.match 下次联系 · next contact
---@field accused? string|crm.match 被投诉人 · accused. Of what belongs to a complaint about staff: about whom.
---@field any? crm.where.activity[] one of these holds

---@class crm.query.activity
---@field where? crm.where.activity
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- ad_funding: Advertising of a distributor that is paid in full or in part (DIS-04).

---@class crm.record.ad_funding : crm.record
---@field customer integer 经销商 · distributor
---@field activity string 活动 · activity
---@field spent_on crm.day 日期 · spent on
---@field cost integer 费用 · cost
---@field share integer 资助比例（%） · share in percent
---@field funded? integer 资助金额 · funded

---@class crm.values.ad_funding
---@field customer? integer|crm.null 经销商 · distributor
---@field activity? string|crm.null 活动 · activity
---@field spent_on? crm.day|crm.null 日期 · spent on
---@field cost? integer|crm.null 费用 · cost
---@field share? integer|crm.null 资助比例（%） · share in percent
---@field funded? integer|crm.null 资助金额 · funded

---@class crm.where.ad_funding : crm.where
---@field customer? integer|crm.match 经销商 · distributor
---@field activity? string|crm.match 活动 · activity
---@field spent_on? crm.day|crm.match 日期 · spent on
---@field cost? integer|crm.match 费用 · cost
---@field share? integer|crm.match 资助比例（%） · share in percent
---@field funded? integer|crm.match 资助金额 · funded
---@field any? crm.where.ad_funding[] one of these holds

---@class crm.query.ad_funding
---@field where? crm.where.ad_funding
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- building: A building of a project.

---@class crm.record.building : crm.record
---@field project integer 项目 · project
---@field name string 名称 · name
---@field floors? integer 层数 · floors

---@class crm.values.building
---@field project? integer|crm.null 项目 · project
---@field name? string|crm.null 名称 · name
---@field floors? integer|crm.null 层数 · floors

---@class crm.where.building : crm.where
---@field project? integer|crm.match 项目 · project
---@field name? string|crm.match 名称 · name
---@field floors? integer|crm.match 层数 · floors
---@field any? crm.where.building[] one of these holds

---@class crm.query.building
---@field where? crm.where.building
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- calendar: Statutory holidays and make-up days (C-07). A year without any is unknown: nothing is counted in it.

---@class crm.record.calendar : crm.record
---@field day crm.day 日期 · day
---@field kind "holiday"|"workday" 性质 · kind. holiday: a weekday off; workday: a weekend day worked (调休).
---@field name? string 名称 · name. 春节, 国庆节 …
---@field source? string 依据 · source. The notice that set it.

---@class crm.values.calendar
---@field day? crm.day|crm.null 日期 · day
---@field kind? "holiday"|"workday"|crm.null 性质 · kind. holiday: a weekday off; workday: a weekend day worked (调休).
---@field name? string|crm.null 名称 · name. 春节, 国庆节 …
---@field source? string|crm.null 依据 · source. The notice that set it.

---@class crm.where.calendar : crm.where
---@field day? crm.day|crm.match 日期 · day
---@field kind? "holiday"|"workday"|crm.match 性质 · kind. holiday: a weekday off; workday: a weekend day worked (调休).
---@field name? string|crm.match 名称 · name. 春节, 国庆节 …
---@field source? string|crm.match 依据 · source. The notice that set it.
---@field any? crm.where.calendar[] one of these holds

---@class crm.query.calendar
---@field where? crm.where.calendar
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- channel_move: Goods that came to a distributor or left (CON-05).

---@class crm.record.channel_move : crm.record
---@field holder integer 经销商 · holder
---@field product integer 产品 · product
---@field kind "opening"|"receive"|"found"|"ship"|"return"|"lost" 性质 · kind
---@field quantity integer 数量 · quantity
---@field moved_on? crm.day 日期 · moved on
---@field stock? integer 库存 · stock

---@class crm.values.channel_move
---@field holder? integer|crm.null 经销商 · holder
---@field product? integer|crm.null 产品 · product
---@field kind? "opening"|"receive"|"found"|"ship"|"return"|"lost"|crm.null 性质 · kind
---@field quantity? integer|crm.null 数量 · quantity
---@field moved_on? crm.day|crm.null 日期 · moved on
---@field stock? integer|crm.null 库存 · stock

---@class crm.where.channel_move : crm.where
---@field holder? integer|crm.match 经销商 · holder
---@field product? integer|crm.match 产品 · product
---@field kind? "opening"|"receive"|"found"|"ship"|"return"|"lost"|crm.match 性质 · kind
---@field quantity? integer|crm.match 数量 · quantity
---@field moved_on? crm.day|crm.match 日期 · moved on
---@field stock? integer|crm.match 库存 · stock
---@field any? crm.where.channel_move[] one of these holds

---@class crm.query.channel_move
---@field where? crm.where.channel_move
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- channel_stock: What lies of a product at a distributor (CON-05, DIS-06).

---@class crm.record.channel_stock : crm.record
---@field holder integer 经销商 · holder
---@field product integer 产品 · product
---@field quantity integer 数量 · quantity
---@field minimum integer 最低库存 · minimum. At this and below it is short.
---@field last_moved_on? crm.day 最近变动 · last moved on

---@class crm.values.channel_stock
---@field holder? integer|crm.null 经销商 · holder
---@field product? integer|crm.null 产品 · product
---@field quantity? integer|crm.null 数量 · quantity
---@field minimum? integer|crm.null 最低库存 · minimum. At this and below it is short.
---@field last_moved_on? crm.day|crm.null 最近变动 · last moved on

---@class crm.where.channel_stock : crm.where
---@field holder? integer|crm.match 经销商 · holder
---@field product? integer|crm.match 产品 · product
---@field quantity? integer|crm.match 数量 · quantity
---@field minimum? integer|crm.match 最低库存 · minimum. At this and below it is short.
---@field last_moved_on? crm.day|crm.match 最近变动 · last moved on
---@field any? crm.where.channel_stock[] one of these holds

---@class crm.query.channel_stock
---@field where? crm.where.channel_stock
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- complaint: What a customer is not content with, until she is.

---@class crm.record.complaint.judgement
---@field company_fault? boolean A: the fault is ours.
---@field damage? boolean B: the customer came to harm.
---@field reasonable? boolean C: what is asked for is reasonable.
---@field future? boolean D: the customer will buy again.
---@field influence? boolean E: others listen to the customer.

---@class crm.record.complaint.plan
---@field kind "exchange"|"return"|"gift"|"discount"|"apology"|"refund"|"small_gift"|"packaging"|"tour"|"invitation"
---@field text? string What exactly: 4 L 机油 2 桶.
---@field product? integer
---@field quantity? integer
---@field amount? integer What it costs the business.
---@field order? integer The order that is paid back.

---@class crm.record.complaint : crm.record
---@field customer integer 客户 · customer
---@field company? string 单位 · company
---@field address? string 地址 · address
---@field phone? string 电话 · phone
---@field reason string 事由 · reason
---@field channel "phone"|"email"|"letter"|"fax"|"visit" 渠道 · channel. phone 电话, email 邮件, letter 信函, fax 传真, visit 来访.
---@field class "product_quality"|"product_effect"|"product_packaging"|"product_price"|"staff_attitude"|"staff_skill"|"staff_delay"|"housing_use" 类别 · class. 产品：质量、效果、包装、价格；服务人员：态度、业务、拖延；住房使用 (CMP-03).
---@field kind "grumble"|"complaint" 性质 · kind. grumble 抱怨 (emotional), complaint 投诉 (rational; CMP-04).
---@field severity "simple"|"general"|"complex" 程度 · severity. simple 简单, general 一般, complex 复杂 (CMP-05).
---@field accused? string 被投诉人 · accused
---@field accused_in? "call_centre"|"other" 被投诉人所在 · where the accused works
---@field department? string 被投诉部门 · department concerned
---@field promised_on? crm.day 承诺日期 · promised on. The day by which the customer was promised an end (CMP-14).
---@field wish? "expectation"|"relief"|"respect"|"compensation" 客户期望 · wish. What the customer really wants: 期望, 发泄, 尊重, 补偿 (CMP-26).
---@field product? integer 产品 · product
---@field product_name? string 品名 · product name
---@field spec? string 规格 · spec
---@field produced_on? crm.day 生产日期 · produced on
---@field batch? string 批号 · batch
---@field used_when? string 使用时间 · used when
---@field symptom? string 症状 · symptom
---@field previous_brand? string 以前用的品牌 · previous brand
---@field previous_state? string 以前的状况 · previous state
---@field recent_state? string 近期状况 · recent state
---@field recorder? string 登记人 · recorder
---@field registered_on? crm.day 登记日期 · registered on
---@field handler? string 经办人 · handler
---@field supervisor? string 主管 · supervisor
---@field delegate? string 主管委托人 · delegate
---@field approver? string 批准人 · approver
---@field closer? string 结案人 · may close. The handler at the first line; the supervisor once it has gone up (CMP-12).
---@field level "agent"|"shift_leader"|"supervisor"|"leader" 级别 · level. agent 坐席, shift_leader 班长, supervisor 主管, leader 领导 (CMP-11, CMP-17).
---@field first_line boolean 一线处理 · at the first line
---@field purchase "found"|"not_found"|"not_checked" 购买记录 · purchase record. Whether the customer bought it (CMP-16).
---@field founded? boolean 成立 · founded
---@field findings? string 调查结果 · findings
---@field judgement? crm.record.complaint.judgement 五因素判断 · judgement
---@field suggested? "more"|"some"|"none" 建议补偿 · suggested compensation
---@field plan? crm.record.complaint.plan[] 处理方案 · plan. By complaint.propose only: what was approved is what is carried out (CMP-07).
---@field needs_approval boolean 须领导批准 · needs approval
---@field customer_proposal? string 客户自己的方案 · customer's own proposal
---@field rejections integer 客户拒绝次数 · rejections
---@field confirmed_on? crm.day 客户确认日期 · confirmed on
---@field agreement? string 处理协议 · agreement
---@field satisfied? boolean 客户满意 · satisfied
---@field outcome? "solved"|"explained"|"refused" 结果 · outcome. solved 解决, explained 不成立并已解释, refused 主管拒绝 (C-13).
---@field closed_on? crm.day 结案日期 · closed on
---@field closed_by? string 结案人 · closed by
---@field reopen_reason? string 重开原因 · why it was opened again
---@field review? string 反省检讨 · review
---@field due_on? crm.day 办结期限 · due on. The last day of the resolution clock (CMP-05).
---@field due_at? crm.instant 最近期限 · due. The earliest clock that runs (C-09).
---@field state "registered"|"investigating"|"planning"|"approval"|"confirmation"|"agreement"|"executing"|"tracking"|"closed" 状态 · state. registered 登记, investigating 调查, planning 方案, approval 领导批准, confirmation 客户确认, agreement 协议, executing 执行, tracking 跟踪, closed 结案 (CMP-07).
---@field resolution_due_at? crm.instant 办结期限 · resolution due. When the clock resolution ends.
---@field resolution_level? integer How far the clock resolution has come.
---@field progress_due_at? crm.instant 下次进展回访 · next progress revisit. When the clock progress ends.
---@field progress_level? integer How far the clock progress has come.
---@field promise_due_at? crm.instant 承诺期限 · promise due. When the clock promise ends.
---@field promise_level? integer How far the clock promise has come.
---@field answer "waiting"|"given" 首次答复 · first answer
---@field answer_due_at? crm.instant 首次答复期限 · first answer due. When the clock answer ends.

---@class crm.values.complaint
---@field customer? integer|crm.null 客户 · customer
---@field company? string|crm.null 单位 · company
---@field address? string|crm.null 地址 · address
---@field phone? string|crm.null 电话 · phone
---@field reason? string|crm.null 事由 · reason
---@field channel? "phone"|"email"|"letter"|"fax"|"visit"|crm.null 渠道 · channel. phone 电话, email 邮件, letter 信函, fax 传真, visit 来访.
---@field class? "product_quality"|"product_effect"|"product_packaging"|"product_price"|"staff_attitude"|"staff_skill"|"staff_delay"|"housing_use"|crm.null 类别 · class. 产品：质量、效果、包装、价格；服务人员：态度、业务、拖延；住房使用 (CMP-03).
---@field kind? "grumble"|"complaint"|crm.null 性质 · kind. grumble 抱怨 (emotional), complaint 投诉 (rational; CMP-04).
---@field severity? "simple"|"general"|"complex"|crm.null 程度 · severity. simple 简单, general 一般, complex 复杂 (CMP-05).
---@field accused? string|crm.null 被投诉人 · accused
---@field accused_in? "call_centre"|"other"|crm.null 被投诉人所在 · where the accused works
---@field department? string|crm.null 被投诉部门 · department concerned
---@field promised_on? crm.day|crm.null 承诺日期 · promised on. The day by which the customer was promised an end (CMP-14).
---@field wish? "expectation"|"relief"|"respect"|"compensation"|crm.null 客户期望 · wish. What the customer really wants: 期望, 发泄, 尊重, 补偿 (CMP-26).
---@field product? integer|crm.null 产品 · product
---@field product_name? string|crm.null 品名 · product name
---@field spec? string|crm.null 规格 · spec
---@field produced_on? crm.day|crm.null 生产日期 · produced on
---@field batch? string|crm.null 批号 · batch
---@field used_when? string|crm.null 使用时间 · used when
---@field symptom? string|crm.null 症状 · symptom
---@field previous_brand? string|crm.null 以前用的品牌 · previous brand
---@field previous_state? string|crm.null 以前的状况 · previous state
---@field recent_state? string|crm.null 近期状况 · recent state
---@field recorder? string|crm.null 登记人 · recorder
---@field registered_on? crm.day|crm.null 登记日期 · registered on
---@field handler? string|crm.null 经办人 · handler
---@field supervisor? string|crm.null 主管 · supervisor
---@field delegate? string|crm.null 主管委托人 · delegate
---@field approver? string|crm.null 批准人 · approver
---@field closer? string|crm.null 结案人 · may close. The handler at the first line; the supervisor once it has gone up (CMP-12).
---@field level? "agent"|"shift_leader"|"supervisor"|"leader"|crm.null 级别 · level. agent 坐席, shift_leader 班长, supervisor 主管, leader 领导 (CMP-11, CMP-17).
---@field first_line? boolean|crm.null 一线处理 · at the first line
---@field purchase? "found"|"not_found"|"not_checked"|crm.null 购买记录 · purchase record. Whether the customer bought it (CMP-16).
---@field founded? boolean|crm.null 成立 · founded
---@field findings? string|crm.null 调查结果 · findings
---@field judgement? crm.record.complaint.judgement|crm.null 五因素判断 · judgement
---@field suggested? "more"|"some"|"none"|crm.null 建议补偿 · suggested compensation
---@field plan? crm.record.complaint.plan[]|crm.null 处理方案 · plan. By complaint.propose only: what was approved is what is carried out (CMP-07).
---@field needs_approval? boolean|crm.null 须领导批准 · needs approval
---@field customer_proposal? string|crm.null 客户自己的方案 · customer's own proposal
---@field rejections? integer|crm.null 客户拒绝次数 · rejections
---@field confirmed_on? crm.day|crm.null 客户确认日期 · confirmed on
---@field agreement? string|crm.null 处理协议 · agreement
---@field satisfied? boolean|crm.null 客户满意 · satisfied
---@field outcome? "solved"|"explained"|"refused"|crm.null 结果 · outcome. solved 解决, explained 不成立并已解释, refused 主管拒绝 (C-13).
---@field closed_on? crm.day|crm.null 结案日期 · closed on
---@field closed_by? string|crm.null 结案人 · closed by
---@field reopen_reason? string|crm.null 重开原因 · why it was opened again
---@field review? string|crm.null 反省检讨 · review
---@field due_on? crm.day|crm.null 办结期限 · due on. The last day of the resolution clock (CMP-05).
---@field due_at? crm.instant|crm.null 最近期限 · due. The earliest clock that runs (C-09).
---@field state? "registered"|"investigating"|"planning"|"approval"|"confirmation"|"agreement"|"executing"|"tracking"|"closed"|crm.null 状态 · state. registered 登记, investigating 调查, planning 方案, approval 领导批准, confirmation 客户确认, agreement 协议, executing 执行, tracking 跟踪, closed 结案 (CMP-07).
---@field resolution_due_at? crm.instant|crm.null 办结期限 · resolution due. When the clock resolution ends.
---@field resolution_level? integer|crm.null How far the clock resolution has come.
---@field progress_due_at? crm.instant|crm.null 下次进展回访 · next progress revisit. When the clock progress ends.
---@field progress_level? integer|crm.null How far the clock progress has come.
---@field promise_due_at? crm.instant|crm.null 承诺期限 · promise due. When the clock promise ends.
---@field promise_level? integer|crm.null How far the clock promise has come.
---@field answer? "waiting"|"given"|crm.null 首次答复 · first answer
---@field answer_due_at? crm.instant|crm.null 首次答复期限 · first answer due. When the clock answer ends.

---@class crm.where.complaint : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field company? string|crm.match 单位 · company
---@field address? string|crm.match 地址 · address
---@field phone? string|crm.match 电话 · phone
---@field reason? string|crm.match 事由 · reason
---@field channel? "phone"|"email"|"letter"|"fax"|"visit"|crm.match 渠道 · channel. phone 电话, email 邮件, letter 信函, fax 传真, visit 来访.
---@field class? "product_quality"|"product_effect"|"product_packaging"|"product_price"|"staff_attitude"|"staff_skill"|"staff_delay"|"housing_use"|crm.match 类别 · class. 产品：质量、效果、包装、价格；服务人员：态度、业务、拖延；住房使用 (CMP-03).
---@field kind? "grumble"|"complaint"|crm.match 性质 · kind. grumble 抱怨 (emotional), complaint 投诉 (rational; CMP-04).
---@field severity? "simple"|"general"|"complex"|crm.match 程度 · severity. simple 简单, general 一般, complex 复杂 (CMP-05).
---@field accused? string|crm.match 被投诉人 · accused
---@field accused_in? "call_centre"|"other"|crm.match 被投诉人所在 · where the accused works
---@field department? string|crm.match 被投诉部门 · department concerned
---@field promised_on? crm.day|crm.match 承诺日期 · promised on. The day by which the customer was promised an end (CMP-14).
---@field wish? "expectation"|"relief"|"respect"|"compensation"|crm.match 客户期望 · wish. What the customer really wants: 期望, 发泄, 尊重, 补偿 (CMP-26).
---@field product? integer|crm.match 产品 · product
---@field product_name? string|crm.match 品名 · product name
---@field spec? string|crm.match 规格 · spec
---@field produced_on? crm.day|crm.match 生产日期 · produced on
---@field batch? string|crm.match 批号 · batch
---@field used_when? string|crm.match 使用时间 · used when
---@field symptom? string|crm.match 症状 · symptom
---@field previous_brand? string|crm.match 以前用的品牌 · previous brand
---@field previous_state? string|crm.match 以前的状况 · previous state
---@field recent_state? string|crm.match 近期状况 · recent state
---@field recorder? string|crm.match 登记人 · recorder
---@field registered_on? crm.day|crm.match 登记日期 · registered on
---@field handler? string|crm.match 经办人 · handler
---@field supervisor? string|crm.match 主管 · supervisor
---@field delegate? string|crm.match 主管委托人 · delegate
---@field approver? string|crm.match 批准人 · approver
---@field closer? string|crm.match 结案人 · may close. The handler at the first line; the supervisor once it has gone up (CMP-12).
---@field level? "agent"|"shift_leader"|"supervisor"|"leader"|crm.match 级别 · level. agent 坐席, shift_leader 班长, supervisor 主管, leader 领导 (CMP-11, CMP-17).
---@field first_line? boolean|crm.match 一线处理 · at the first line
---@field purchase? "found"|"not_found"|"not_checked"|crm.match 购买记录 · purchase record. Whether the customer bought it (CMP-16).
---@field founded? boolean|crm.match 成立 · founded
---@field findings? string|crm.match 调查结果 · findings
---@field judgement? any 五因素判断 · judgement
---@field suggested? "more"|"some"|"none"|crm.match 建议补偿 · suggested compensation
---@field plan? any 处理方案 · plan. By complaint.propose only: what was approved is what is carried out (CMP-07).
---@field needs_approval? boolean|crm.match 须领导批准 · needs approval
---@field customer_proposal? string|crm.match 客户自己的方案 · customer's own proposal
---@field rejections? integer|crm.match 客户拒绝次数 · rejections
---@field confirmed_on? crm.day|crm.match 客户确认日期 · confirmed on
---@field agreement? string|crm.match 处理协议 · agreement
---@field satisfied? boolean|crm.match 客户满意 · satisfied
---@field outcome? "solved"|"explained"|"refused"|crm.match 结果 · outcome. solved 解决, explained 不成立并已解释, refused 主管拒绝 (C-13).
---@field closed_on? crm.day|crm.match 结案日期 · closed on
---@field closed_by? string|crm.match 结案人 · closed by
---@field reopen_reason? string|crm.match 重开原因 · why it was opened again
---@field review? string|crm.match 反省检讨 · review
---@field due_on? crm.day|crm.match 办结期限 · due on. The last day of the resolution clock (CMP-05).
---@field due_at? crm.instant|crm.match 最近期限 · due. The earliest clock that runs (C-09).
---@field state? "registered"|"investigating"|"planning"|"approval"|"confirmation"|"agreement"|"executing"|"tracking"|"closed"|crm.match 状态 · state. registered 登记, investigating 调查, planning 方案, approval 领导批准, confirmation 客户确认, agreement 协议, executing 执行, tracking 跟踪, closed 结案 (CMP-07).
---@field resolution_due_at? crm.instant|crm.match 办结期限 · resolution due. When the clock resolution ends.
---@field resolution_level? integer|crm.match How far the clock resolution has come.
---@field progress_due_at? crm.instant|crm.match 下次进展回访 · next progress revisit. When the clock progress ends.
---@field progress_level? integer|crm.match How far the clock progress has come.
---@field promise_due_at? crm.instant|crm.match 承诺期限 · promise due. When the clock promise ends.
---@field promise_level? integer|crm.match How far the clock promise has come.
---@field answer? "waiting"|"given"|crm.match 首次答复 · first answer
---@field answer_due_at? crm.instant|crm.match 首次答复期限 · first answer due. When the clock answer ends.
---@field any? crm.where.complaint[] one of these holds

---@class crm.query.complaint
---@field where? crm.where.complaint
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- complaint_desk: Who sits behind a desk: supervisor 主管, shift_leader 班长, leader 领导, warehouse 仓库, marketing 市场, production 生产, finance 财务, or a department (CMP-22).

---@class crm.record.complaint_desk : crm.record
---@field name string 岗位 · desk
---@field person string 负责人 · person

---@class crm.values.complaint_desk
---@field name? string|crm.null 岗位 · desk
---@field person? string|crm.null 负责人 · person

---@class crm.where.complaint_desk : crm.where
---@field name? string|crm.match 岗位 · desk
---@field person? string|crm.match 负责人 · person
---@field any? crm.where.complaint_desk[] one of these holds

---@class crm.query.complaint_desk
---@field where? crm.where.complaint_desk
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- contact: A person at a customer (ARC-09).

---@class crm.record.contact : crm.record
---@field customer integer 客户 · customer. Whose contact this is (ARC-09).
---@field name string 姓名 · name
---@field role? string 角色 · role. Money, authority, need: what the person decides (ARC-09).
---@field department? string 部门 · department
---@field phone? string 电话 · phone
---@field email? string 邮箱 · e-mail
---@field birthday? crm.day 生日 · birthday
---@field lunar_birthday? string 农历生日 · lunar birthday. The lunar date of birth; calendar.birthday says when it is kept.
---@field note? string 备注 · note
---@field card_on? crm.day 下次贺卡日期 · next card on
---@field carded_on? crm.day 最近贺卡日期 · last card for
---@field card_task? integer 最近贺卡任务 · task of the last card. The number of the task; a festival has one for each customer.

---@class crm.values.contact
---@field customer? integer|crm.null 客户 · customer. Whose contact this is (ARC-09).
---@field name? string|crm.null 姓名 · name
---@field role? string|crm.null 角色 · role. Money, authority, need: what the person decides (ARC-09).
---@field department? string|crm.null 部门 · department
---@field phone? string|crm.null 电话 · phone
---@field email? string|crm.null 邮箱 · e-mail
---@field birthday? crm.day|crm.null 生日 · birthday
---@field lunar_birthday? string|crm.null 农历生日 · lunar birthday. The lunar date of birth; calendar.birthday says when it is kept.
---@field note? string|crm.null 备注 · note
---@field card_on? crm.day|crm.null 下次贺卡日期 · next card on
---@field carded_on? crm.day|crm.null 最近贺卡日期 · last card for
---@field card_task? integer|crm.null 最近贺卡任务 · task of the last card. The number of the task; a festival has one for each customer.

---@class crm.where.contact : crm.where
---@field customer? integer|crm.match 客户 · customer. Whose contact this is (ARC-09).
---@field name? string|crm.match 姓名 · name
---@field role? string|crm.match 角色 · role. Money, authority, need: what the person decides (ARC-09).
---@field department? string|crm.match 部门 · department
---@field phone? string|crm.match 电话 · phone
---@field email? string|crm.match 邮箱 · e-mail
---@field birthday? crm.day|crm.match 生日 · birthday
---@field lunar_birthday? string|crm.match 农历生日 · lunar birthday. The lunar date of birth; calendar.birthday says when it is kept.
---@field note? string|crm.match 备注 · note
---@field card_on? crm.day|crm.match 下次贺卡日期 · next card on
---@field carded_on? crm.day|crm.match 最近贺卡日期 · last card for
---@field card_task? integer|crm.match 最近贺卡任务 · task of the last card. The number of the task; a festival has one for each customer.
---@field any? crm.where.contact[] one of these holds

---@class crm.query.contact
---@field where? crm.where.contact
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- customer: A person or company the business sells to or wants to (ARC-01).

---@class crm.record.customer : crm.record
---@field name string 名称 · name. Name of the person or company (ARC-01).
---@field kind "person"|"company" 性质 · kind. person or company.
---@field phone? string 电话 · phone. Kept as typed, unique in its normal form (ARC-12).
---@field email? string 邮箱 · e-mail
---@field region? string 地区 · region. From large to small: 国内/山东/济南; {under = "山东"} finds it (SEG-03).
---@field address? string 地址 · address
---@field owner? string 负责人 · owner. Name of the user who looks after the customer (ARC-21, SEG-04).
---@field source? string 来源 · source. 自主开发, 广告宣传, 老客户推荐 or free text (SEG-01).
---@field attribute? "partner"|"supplier"|"direct"|"distributor"|"pharmacy" 属性 · attribute. What the customer is to the business (SEG-02).
---@field parent? integer 所属门店 · belongs to. The store or company a consumer belongs to (DIS-12, C-40).
---@field referrer? integer 介绍人 · referrer. Who recommended the business to this customer (PRS-05).
---@field birthday? crm.day 生日 · birthday
---@field lunar_birthday? string 农历生日 · lunar birthday. The lunar date of birth; calendar.birthday says when it is kept.
---@field tags? string[] 标签 · tags. Free tags (ARC-22).
---@field special? table<string, any> 特别信息 · special information. Kept apart from the basic fields (ARC-06).
---@field note? string 备注 · note
---@field order_count integer 订单数 · orders. Orders that were not cancelled.
---@field order_total integer 订单总额 · order total. Minor units, without cancelled.
---@field last_order_on? crm.day 最近下单 · last order on
---@field buyer_class? "A"|"B"|"C"|"D" 意向等级 · class
---@field owner_group? string 客户群 · group
---@field key_ranked? boolean 大客户（排名） · key by ranking. By key.mark (KEY-01).
---@field key_manual? boolean 大客户（指定） · key by decision. With a reason (C-17).
---@field key_reason? string 指定理由 · why
---@field current_value? integer 当前价值 · current value. Profits until now, at the end of the valuation year (VAL-02).
---@field future_value? integer 未来价值 · future value. Expected profits, at the end of the valuation year (VAL-02).
---@field lifetime_value? integer 终生价值 · lifetime value. Both together, rounded once (VAL-01).
---@field valued_for? integer 评估年度 · valued for
---@field value_class? "lead"|"iron"|"gold"|"platinum" 价值等级 · value class. 铅质, 铁质, 黄金, 白金 (VAL-03).
---@field credit_used integer 已用信用 · credit used. What is owed and not paid yet (DIS-03).
---@field rebate_accrued integer 预提返利 · rebate accrued. Earned in periods that are not closed yet (DIS-02).
---@field rebate_balance integer 可用返利 · rebate balance. Granted and not used yet (DIS-02).
---@field channel_level? "province"|"city"|"county"|"store" 经销商级别 · distributor level. Sets the price (DIS-01).
---@field credit_limit? integer 信用额度 · credit limit. Without one every order needs approval (VAL-09, DIS-03).
---@field credit_days? integer 账期天数 · term in days
---@field deposit? integer 保证金 · deposit
---@field licence_until? crm.day 证照有效期至 · licence until. Orders are held when it is past.
---@field refuses_reconciliation? boolean 拒绝对账 · refuses to reconcile. Proposes no accommodation (CON-09).
---@field accommodation "normal"|"proposed"|"refused" 迁就 · accommodation. refused (不迁就): every order needs approval (CON-09).
---@field outlet_class? "A"|"B"|"C"|"D" 网点等级 · outlet class. How often it is visited (DIS-10).
---@field route_order? integer 路序 · route order. Its place in the last tour (SEG-06).
---@field lat? string 纬度 · latitude
---@field lon? string 经度 · longitude
---@field last_visit_on? crm.day 最近拜访 · last visit on
---@field policy_understood? integer 了解企业政策 · knows the policy. 0 to 5 (DIS-09).
---@field no_contact? boolean 拒绝联系 · no contact. Asked not to be called or written to: no cards, no planned visits.
---@field revisit_plan? integer 回访计划 · revisit plan
---@field planned_from? crm.day 计划起始日 · planned from
---@field card_on? crm.day 下次贺卡日期 · next card on
---@field carded_on? crm.day 最近贺卡日期 · last card for
---@field card_task? integer 最近贺卡任务 · task of the last card. The number of the task; a festival has one for each customer.

---@class crm.values.customer
---@field name? string|crm.null 名称 · name. Name of the person or company (ARC-01).
---@field kind? "person"|"company"|crm.null 性质 · kind. person or company.
---@field phone? string|crm.null 电话 · phone. Kept as typed, unique in its normal form (ARC-12).
---@field email? string|crm.null 邮箱 · e-mail
---@field region? string|crm.null 地区 · region. From large to small: 国内/山东/济南; {under = "山东"} finds it (SEG-03).
---@field address? string|crm.null 地址 · address
---@field owner? string|crm.null 负责人 · owner. Name of the user who looks after the customer (ARC-21, SEG-04).
---@field source? string|crm.null 来源 · source. 自主开发, 广告宣传, 老客户推荐 or free text (SEG-01).
---@field attribute? "partner"|"supplier"|"direct"|"distributor"|"pharmacy"|crm.null 属性 · attribute. What the customer is to the business (SEG-02).
---@field parent? integer|crm.null 所属门店 · belongs to. The store or company a consumer belongs to (DIS-12, C-40).
---@field referrer? integer|crm.null 介绍人 · referrer. Who recommended the business to this customer (PRS-05).
---@field birthday? crm.day|crm.null 生日 · birthday
---@field lunar_birthday? string|crm.null 农历生日 · lunar birthday. The lunar date of birth; calendar.birthday says when it is kept.
---@field tags? string[]|crm.null 标签 · tags. Free tags (ARC-22).
---@field special? table<string, any>|crm.null 特别信息 · special information. Kept apart from the basic fields (ARC-06).
---@field note? string|crm.null 备注 · note
---@field order_count? integer|crm.null 订单数 · orders. Orders that were not cancelled.
---@field order_total? integer|crm.null 订单总额 · order total. Minor units, without cancelled.
---@field last_order_on? crm.day|crm.null 最近下单 · last order on
---@field buyer_class? "A"|"B"|"C"|"D"|crm.null 意向等级 · class
---@field owner_group? string|crm.null 客户群 · group
---@field key_ranked? boolean|crm.null 大客户（排名） · key by ranking. By key.mark (KEY-01).
---@field key_manual? boolean|crm.null 大客户（指定） · key by decision. With a reason (C-17).
---@field key_reason? string|crm.null 指定理由 · why
---@field current_value? integer|crm.null 当前价值 · current value. Profits until now, at the end of the valuation year (VAL-02).
---@field future_value? integer|crm.null 未来价值 · future value. Expected profits, at the end of the valuation year (VAL-02).
---@field lifetime_value? integer|crm.null 终生价值 · lifetime value. Both together, rounded once (VAL-01).
---@field valued_for? integer|crm.null 评估年度 · valued for
---@field value_class? "lead"|"iron"|"gold"|"platinum"|crm.null 价值等级 · value class. 铅质, 铁质, 黄金, 白金 (VAL-03).
---@field credit_used? integer|crm.null 已用信用 · credit used. What is owed and not paid yet (DIS-03).
---@field rebate_accrued? integer|crm.null 预提返利 · rebate accrued. Earned in periods that are not closed yet (DIS-02).
---@field rebate_balance? integer|crm.null 可用返利 · rebate balance. Granted and not used yet (DIS-02).
---@field channel_level? "province"|"city"|"county"|"store"|crm.null 经销商级别 · distributor level. Sets the price (DIS-01).
---@field credit_limit? integer|crm.null 信用额度 · credit limit. Without one every order needs approval (VAL-09, DIS-03).
---@field credit_days? integer|crm.null 账期天数 · term in days
---@field deposit? integer|crm.null 保证金 · deposit
---@field licence_until? crm.day|crm.null 证照有效期至 · licence until. Orders are held when it is past.
---@field refuses_reconciliation? boolean|crm.null 拒绝对账 · refuses to reconcile. Proposes no accommodation (CON-09).
---@field accommodation? "normal"|"proposed"|"refused"|crm.null 迁就 · accommodation. refused (不迁就): every order needs approval (CON-09).
---@field outlet_class? "A"|"B"|"C"|"D"|crm.null 网点等级 · outlet class. How often it is visited (DIS-10).
---@field route_order? integer|crm.null 路序 · route order. Its place in the last tour (SEG-06).
---@field lat? string|crm.null 纬度 · latitude
---@field lon? string|crm.null 经度 · longitude
---@field last_visit_on? crm.day|crm.null 最近拜访 · last visit on
---@field policy_understood? integer|crm.null 了解企业政策 · knows the policy. 0 to 5 (DIS-09).
---@field no_contact? boolean|crm.null 拒绝联系 · no contact. Asked not to be called or written to: no cards, no planned visits.
---@field revisit_plan? integer|crm.null 回访计划 · revisit plan
---@field planned_from? crm.day|crm.null 计划起始日 · planned from
---@field card_on? crm.day|crm.null 下次贺卡日期 · next card on
---@field carded_on? crm.day|crm.null 最近贺卡日期 · last card for
---@field card_task? integer|crm.null 最近贺卡任务 · task of the last card. The number of the task; a festival has one for each customer.

---@class crm.where.customer : crm.where
---@field name? string|crm.match 名称 · name. Name of the person or company (ARC-01).
---@field kind? "person"|"company"|crm.match 性质 · kind. person or company.
---@field phone? string|crm.match 电话 · phone. Kept as typed, unique in its normal form (ARC-12).
---@field email? string|crm.match 邮箱 · e-mail
---@field region? string|crm.match 地区 · region. From large to small: 国内/山东/济南; {under = "山东"} finds it (SEG-03).
---@field address? string|crm.match 地址 · address
---@field owner? string|crm.match 负责人 · owner. Name of the user who looks after the customer (ARC-21, SEG-04).
---@field source? string|crm.match 来源 · source. 自主开发, 广告宣传, 老客户推荐 or free text (SEG-01).
---@field attribute? "partner"|"supplier"|"direct"|"distributor"|"pharmacy"|crm.match 属性 · attribute. What the customer is to the business (SEG-02).
---@field parent? integer|crm.match 所属门店 · belongs to. The store or company a consumer belongs to (DIS-12, C-40).
---@field referrer? integer|crm.match 介绍人 · referrer. Who recommended the business to this customer (PRS-05).
---@field birthday? crm.day|crm.match 生日 · birthday
---@field lunar_birthday? string|crm.match 农历生日 · lunar birthday. The lunar date of birth; calendar.birthday says when it is kept.
---@field tags? string[]|crm.match 标签 · tags. Free tags (ARC-22).
---@field special? any 特别信息 · special information. Kept apart from the basic fields (ARC-06).
---@field note? string|crm.match 备注 · note
---@field order_count? integer|crm.match 订单数 · orders. Orders that were not cancelled.
---@field order_total? integer|crm.match 订单总额 · order total. Minor units, without cancelled.
---@field last_order_on? crm.day|crm.match 最近下单 · last order on
---@field buyer_class? "A"|"B"|"C"|"D"|crm.match 意向等级 · class
---@field owner_group? string|crm.match 客户群 · group
---@field key_ranked? boolean|crm.match 大客户（排名） · key by ranking. By key.mark (KEY-01).
---@field key_manual? boolean|crm.match 大客户（指定） · key by decision. With a reason (C-17).
---@field key_reason? string|crm.match 指定理由 · why
---@field current_value? integer|crm.match 当前价值 · current value. Profits until now, at the end of the valuation year (VAL-02).
---@field future_value? integer|crm.match 未来价值 · future value. Expected profits, at the end of the valuation year (VAL-02).
---@field lifetime_value? integer|crm.match 终生价值 · lifetime value. Both together, rounded once (VAL-01).
---@field valued_for? integer|crm.match 评估年度 · valued for
---@field value_class? "lead"|"iron"|"gold"|"platinum"|crm.match 价值等级 · value class. 铅质, 铁质, 黄金, 白金 (VAL-03).
---@field credit_used? integer|crm.match 已用信用 · credit used. What is owed and not paid yet (DIS-03).
---@field rebate_accrued? integer|crm.match 预提返利 · rebate accrued. Earned in periods that are not closed yet (DIS-02).
---@field rebate_balance? integer|crm.match 可用返利 · rebate balance. Granted and not used yet (DIS-02).
---@field channel_level? "province"|"city"|"county"|"store"|crm.match 经销商级别 · distributor level. Sets the price (DIS-01).
---@field credit_limit? integer|crm.match 信用额度 · credit limit. Without one every order needs approval (VAL-09, DIS-03).
---@field credit_days? integer|crm.match 账期天数 · term in days
---@field deposit? integer|crm.match 保证金 · deposit
---@field licence_until? crm.day|crm.match 证照有效期至 · licence until. Orders are held when it is past.
---@field refuses_reconciliation? boolean|crm.match 拒绝对账 · refuses to reconcile. Proposes no accommodation (CON-09).
---@field accommodation? "normal"|"proposed"|"refused"|crm.match 迁就 · accommodation. refused (不迁就): every order needs approval (CON-09).
---@field outlet_class? "A"|"B"|"C"|"D"|crm.match 网点等级 · outlet class. How often it is visited (DIS-10).
---@field route_order? integer|crm.match 路序 · route order. Its place in the last tour (SEG-06).
---@field lat? string|crm.match 纬度 · latitude
---@field lon? string|crm.match 经度 · longitude
---@field last_visit_on? crm.day|crm.match 最近拜访 · last visit on
---@field policy_understood? integer|crm.match 了解企业政策 · knows the policy. 0 to 5 (DIS-09).
---@field no_contact? boolean|crm.match 拒绝联系 · no contact. Asked not to be called or written to: no cards, no planned visits.
---@field revisit_plan? integer|crm.match 回访计划 · revisit plan
---@field planned_from? crm.day|crm.match 计划起始日 · planned from
---@field card_on? crm.day|crm.match 下次贺卡日期 · next card on
---@field carded_on? crm.day|crm.match 最近贺卡日期 · last card for
---@field card_task? integer|crm.match 最近贺卡任务 · task of the last card. The number of the task; a festival has one for each customer.
---@field any? crm.where.customer[] one of these holds

---@class crm.query.customer
---@field where? crm.where.customer
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- deal: A customer and the unit that is hers.

---@class crm.record.deal.milestones
---@field name? string
---@field on? crm.day

---@class crm.record.deal : crm.record
---@field unit integer 房源 · unit
---@field customer integer 客户 · customer
---@field adviser? string 置业顾问 · adviser
---@field reason? string 原因 · reason
---@field price? integer 成交价 · price
---@field signed_on? crm.day 签约日期 · signed on
---@field milestones? crm.record.deal.milestones[] 进程 · milestones
---@field state "held"|"subscribed"|"contracted"|"deed"|"moved_in"|"service"|"expired"|"cancelled" 状态 · state. held 保留, subscribed 认购, contracted 签约, deed 权证, moved_in 入伙, service 物业服务, expired 到期, cancelled 取消.
---@field hold_due_at? crm.instant 保留到 · held until. When the clock hold ends.

---@class crm.values.deal
---@field unit? integer|crm.null 房源 · unit
---@field customer? integer|crm.null 客户 · customer
---@field adviser? string|crm.null 置业顾问 · adviser
---@field reason? string|crm.null 原因 · reason
---@field price? integer|crm.null 成交价 · price
---@field signed_on? crm.day|crm.null 签约日期 · signed on
---@field milestones? crm.record.deal.milestones[]|crm.null 进程 · milestones
---@field state? "held"|"subscribed"|"contracted"|"deed"|"moved_in"|"service"|"expired"|"cancelled"|crm.null 状态 · state. held 保留, subscribed 认购, contracted 签约, deed 权证, moved_in 入伙, service 物业服务, expired 到期, cancelled 取消.
---@field hold_due_at? crm.instant|crm.null 保留到 · held until. When the clock hold ends.

---@class crm.where.deal : crm.where
---@field unit? integer|crm.match 房源 · unit
---@field customer? integer|crm.match 客户 · customer
---@field adviser? string|crm.match 置业顾问 · adviser
---@field reason? string|crm.match 原因 · reason
---@field price? integer|crm.match 成交价 · price
---@field signed_on? crm.day|crm.match 签约日期 · signed on
---@field milestones? any 进程 · milestones
---@field state? "held"|"subscribed"|"contracted"|"deed"|"moved_in"|"service"|"expired"|"cancelled"|crm.match 状态 · state. held 保留, subscribed 认购, contracted 签约, deed 权证, moved_in 入伙, service 物业服务, expired 到期, cancelled 取消.
---@field hold_due_at? crm.instant|crm.match 保留到 · held until. When the clock hold ends.
---@field any? crm.where.deal[] one of these holds

---@class crm.query.deal
---@field where? crm.where.deal
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- delivery: What happens outside of the server: carried out after the commit, at least once, in order for each record.

---@class crm.record.delivery : crm.record
---@field channel string 渠道 · channel. Who carries it: webhook …
---@field target? string 去处 · target. Which of the channel's places it is for.
---@field event string 事件 · event. What happened.
---@field data? table<string, any> 内容 · data. What is told, as the channel says.
---@field record_type? string 记录类型 · record's type. What it is about.
---@field record_id? integer 记录编号 · record's number. What it is about.
---@field state "pending"|"waiting"|"failed"|"delivered"|"dead" 状态 · state. waiting: behind another one of its queue; pending: may leave; failed: is tried again at due_at; dead: is given up.
---@field attempts? integer 次数 · attempts. Tries since it was last opened.
---@field due_at? crm.instant 下次重试 · next try. Of a failed one.
---@field error? string 错误 · error. Why the last try failed.
---@field closed_at? crm.instant 结束时间 · closed at. Delivered or given up.
---@field sequence? integer 序号 · sequence. Of the journal's entry that made it.

---@class crm.values.delivery
---@field channel? string|crm.null 渠道 · channel. Who carries it: webhook …
---@field target? string|crm.null 去处 · target. Which of the channel's places it is for.
---@field event? string|crm.null 事件 · event. What happened.
---@field data? table<string, any>|crm.null 内容 · data. What is told, as the channel says.
---@field record_type? string|crm.null 记录类型 · record's type. What it is about.
---@field record_id? integer|crm.null 记录编号 · record's number. What it is about.
---@field state? "pending"|"waiting"|"failed"|"delivered"|"dead"|crm.null 状态 · state. waiting: behind another one of its queue; pending: may leave; failed: is tried again at due_at; dead: is given up.
---@field attempts? integer|crm.null 次数 · attempts. Tries since it was last opened.
---@field due_at? crm.instant|crm.null 下次重试 · next try. Of a failed one.
---@field error? string|crm.null 错误 · error. Why the last try failed.
---@field closed_at? crm.instant|crm.null 结束时间 · closed at. Delivered or given up.
---@field sequence? integer|crm.null 序号 · sequence. Of the journal's entry that made it.

---@class crm.where.delivery : crm.where
---@field channel? string|crm.match 渠道 · channel. Who carries it: webhook …
---@field target? string|crm.match 去处 · target. Which of the channel's places it is for.
---@field event? string|crm.match 事件 · event. What happened.
---@field data? any 内容 · data. What is told, as the channel says.
---@field record_type? string|crm.match 记录类型 · record's type. What it is about.
---@field record_id? integer|crm.match 记录编号 · record's number. What it is about.
---@field state? "pending"|"waiting"|"failed"|"delivered"|"dead"|crm.match 状态 · state. waiting: behind another one of its queue; pending: may leave; failed: is tried again at due_at; dead: is given up.
---@field attempts? integer|crm.match 次数 · attempts. Tries since it was last opened.
---@field due_at? crm.instant|crm.match 下次重试 · next try. Of a failed one.
---@field error? string|crm.match 错误 · error. Why the last try failed.
---@field closed_at? crm.instant|crm.match 结束时间 · closed at. Delivered or given up.
---@field sequence? integer|crm.match 序号 · sequence. Of the journal's entry that made it.
---@field any? crm.where.delivery[] one of these holds

---@class crm.query.delivery
---@field where? crm.where.delivery
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- diversion: Goods that a distributor sold in the territory of another.

---@class crm.record.diversion : crm.record
---@field customer integer 窜货方 · who diverted
---@field territory integer 被窜区域 · territory
---@field found_on crm.day 发现日期 · found on
---@field product? integer 产品 · product
---@field quantity? integer 数量 · quantity
---@field region? string 地点 · region
---@field decision? string 处理决定 · decision
---@field state "reported"|"confirmed"|"decided"|"dismissed" 状态 · state

---@class crm.values.diversion
---@field customer? integer|crm.null 窜货方 · who diverted
---@field territory? integer|crm.null 被窜区域 · territory
---@field found_on? crm.day|crm.null 发现日期 · found on
---@field product? integer|crm.null 产品 · product
---@field quantity? integer|crm.null 数量 · quantity
---@field region? string|crm.null 地点 · region
---@field decision? string|crm.null 处理决定 · decision
---@field state? "reported"|"confirmed"|"decided"|"dismissed"|crm.null 状态 · state

---@class crm.where.diversion : crm.where
---@field customer? integer|crm.match 窜货方 · who diverted
---@field territory? integer|crm.match 被窜区域 · territory
---@field found_on? crm.day|crm.match 发现日期 · found on
---@field product? integer|crm.match 产品 · product
---@field quantity? integer|crm.match 数量 · quantity
---@field region? string|crm.match 地点 · region
---@field decision? string|crm.match 处理决定 · decision
---@field state? "reported"|"confirmed"|"decided"|"dismissed"|crm.match 状态 · state
---@field any? crm.where.diversion[] one of these holds

---@class crm.query.diversion
---@field where? crm.where.diversion
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- failure: A timer or an `after` rule that failed: it is tried again, and this tells why.

---@class crm.record.failure : crm.record
---@field timer? string 定时器 · timer. Its op and name, which it keeps from one try to the next.
---@field op? string 操作 · op. What was called.
---@field package? string 包 · package. Whose code it was; empty: the core's.
---@field rule? string 规则 · rule. Of an `after` rule: its name.
---@field file? string 文件 · file. Of a script.
---@field line? integer 行 · line. Of that file.
---@field record_type? string 记录类型 · record's type. What it was about.
---@field record_id? integer 记录编号 · record's number. What it was about.
---@field code? string 代码 · code. The error's.
---@field field? string 字段 · field. The error's.
---@field message? string 说明 · message. The error's text.
---@field at? crm.instant 最近一次 · last time
---@field times? integer 次数 · times. How often it failed.
---@field due? crm.instant 下次重试 · next try. When it is tried again.
---@field over_at? crm.instant 恢复时间 · over at. Since when it works again.

---@class crm.values.failure
---@field timer? string|crm.null 定时器 · timer. Its op and name, which it keeps from one try to the next.
---@field op? string|crm.null 操作 · op. What was called.
---@field package? string|crm.null 包 · package. Whose code it was; empty: the core's.
---@field rule? string|crm.null 规则 · rule. Of an `after` rule: its name.
---@field file? string|crm.null 文件 · file. Of a script.
---@field line? integer|crm.null 行 · line. Of that file.
---@field record_type? string|crm.null 记录类型 · record's type. What it was about.
---@field record_id? integer|crm.null 记录编号 · record's number. What it was about.
---@field code? string|crm.null 代码 · code. The error's.
---@field field? string|crm.null 字段 · field. The error's.
---@field message? string|crm.null 说明 · message. The error's text.
---@field at? crm.instant|crm.null 最近一次 · last time
---@field times? integer|crm.null 次数 · times. How often it failed.
---@field due? crm.instant|crm.null 下次重试 · next try. When it is tried again.
---@field over_at? crm.instant|crm.null 恢复时间 · over at. Since when it works again.

---@class crm.where.failure : crm.where
---@field timer? string|crm.match 定时器 · timer. Its op and name, which it keeps from one try to the next.
---@field op? string|crm.match 操作 · op. What was called.
---@field package? string|crm.match 包 · package. Whose code it was; empty: the core's.
---@field rule? string|crm.match 规则 · rule. Of an `after` rule: its name.
---@field file? string|crm.match 文件 · file. Of a script.
---@field line? integer|crm.match 行 · line. Of that file.
---@field record_type? string|crm.match 记录类型 · record's type. What it was about.
---@field record_id? integer|crm.match 记录编号 · record's number. What it was about.
---@field code? string|crm.match 代码 · code. The error's.
---@field field? string|crm.match 字段 · field. The error's.
---@field message? string|crm.match 说明 · message. The error's text.
---@field at? crm.instant|crm.match 最近一次 · last time
---@field times? integer|crm.match 次数 · times. How often it failed.
---@field due? crm.instant|crm.match 下次重试 · next try. When it is tried again.
---@field over_at? crm.instant|crm.match 恢复时间 · over at. Since when it works again.
---@field any? crm.where.failure[] one of these holds

---@class crm.query.failure
---@field where? crm.where.failure
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- feedback: What a customer said (COO-01).

---@class crm.record.feedback : crm.record
---@field customer integer 客户 · customer
---@field kind? "attitude"|"view"|"criticism"|"suggestion" 类型 · kind. 态度, 看法, 批评, 建议.
---@field content string 内容 · content
---@field owner_group? string 客户群 · group
---@field plan? integer 方案 · plan
---@field task? integer 任务 · task
---@field profit? integer 盈利 · profit

---@class crm.values.feedback
---@field customer? integer|crm.null 客户 · customer
---@field kind? "attitude"|"view"|"criticism"|"suggestion"|crm.null 类型 · kind. 态度, 看法, 批评, 建议.
---@field content? string|crm.null 内容 · content
---@field owner_group? string|crm.null 客户群 · group
---@field plan? integer|crm.null 方案 · plan
---@field task? integer|crm.null 任务 · task
---@field profit? integer|crm.null 盈利 · profit

---@class crm.where.feedback : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field kind? "attitude"|"view"|"criticism"|"suggestion"|crm.match 类型 · kind. 态度, 看法, 批评, 建议.
---@field content? string|crm.match 内容 · content
---@field owner_group? string|crm.match 客户群 · group
---@field plan? integer|crm.match 方案 · plan
---@field task? integer|crm.match 任务 · task
---@field profit? integer|crm.match 盈利 · profit
---@field any? crm.where.feedback[] one of these holds

---@class crm.query.feedback
---@field where? crm.where.feedback
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- filing: A customer whom an agent announced.

---@class crm.record.filing : crm.record
---@field customer integer 客户 · customer
---@field project integer 项目 · project
---@field agent string 渠道 · agent
---@field protected_until? crm.day 保护到 · protected until
---@field state "protected"|"visited"|"expired" 状态 · state. protected 保护中, visited 已到访, expired 已过期.

---@class crm.values.filing
---@field customer? integer|crm.null 客户 · customer
---@field project? integer|crm.null 项目 · project
---@field agent? string|crm.null 渠道 · agent
---@field protected_until? crm.day|crm.null 保护到 · protected until
---@field state? "protected"|"visited"|"expired"|crm.null 状态 · state. protected 保护中, visited 已到访, expired 已过期.

---@class crm.where.filing : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field project? integer|crm.match 项目 · project
---@field agent? string|crm.match 渠道 · agent
---@field protected_until? crm.day|crm.match 保护到 · protected until
---@field state? "protected"|"visited"|"expired"|crm.match 状态 · state. protected 保护中, visited 已到访, expired 已过期.
---@field any? crm.where.filing[] one of these holds

---@class crm.query.filing
---@field where? crm.where.filing
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- house_issue: What a visit found (REV-07).

---@class crm.record.house_issue : crm.record
---@field customer integer 客户 · customer
---@field unit? integer 房源 · unit
---@field task? integer 任务 · task
---@field content string 内容 · content
---@field owner? string 负责人 · owner
---@field found_on? crm.day 发现日期 · found on
---@field fix_on? crm.day 维修期限 · fix by
---@field fixed_on? crm.day 修好日期 · fixed on

---@class crm.values.house_issue
---@field customer? integer|crm.null 客户 · customer
---@field unit? integer|crm.null 房源 · unit
---@field task? integer|crm.null 任务 · task
---@field content? string|crm.null 内容 · content
---@field owner? string|crm.null 负责人 · owner
---@field found_on? crm.day|crm.null 发现日期 · found on
---@field fix_on? crm.day|crm.null 维修期限 · fix by
---@field fixed_on? crm.day|crm.null 修好日期 · fixed on

---@class crm.where.house_issue : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field unit? integer|crm.match 房源 · unit
---@field task? integer|crm.match 任务 · task
---@field content? string|crm.match 内容 · content
---@field owner? string|crm.match 负责人 · owner
---@field found_on? crm.day|crm.match 发现日期 · found on
---@field fix_on? crm.day|crm.match 维修期限 · fix by
---@field fixed_on? crm.day|crm.match 修好日期 · fixed on
---@field any? crm.where.house_issue[] one of these holds

---@class crm.query.house_issue
---@field where? crm.where.house_issue
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- job: Work that takes longer than a moment: how far it is and what came of it.

---@class crm.record.job.progress
---@field done? integer 已完成 · done
---@field total? integer 总量 · total. 0: not known.

---@class crm.record.job.error
---@field code? string 代码 · code
---@field field? string 字段 · field
---@field message? string 说明 · message

---@class crm.record.job : crm.record
---@field kind string 种类 · kind. What is done: import, …
---@field state "queued"|"running"|"done"|"failed"|"cancelled" 状态 · state
---@field params? table<string, any> 参数 · params
---@field administrator? boolean 以管理员身份 · as administrator. Whether an administrator started it.
---@field account? boolean 属于用户 · of a user. Whether its owner is a user, whose rights are looked up anew with each step.
---@field progress? crm.record.job.progress 进度 · progress. Written when the job ends; job.get knows it before.
---@field result? table<string, any> 结果 · result
---@field error? crm.record.job.error 错误 · error. Why it failed.
---@field started_at? crm.instant 开始时间 · started at
---@field finished_at? crm.instant 结束时间 · finished at

---@class crm.values.job
---@field kind? string|crm.null 种类 · kind. What is done: import, …
---@field state? "queued"|"running"|"done"|"failed"|"cancelled"|crm.null 状态 · state
---@field params? table<string, any>|crm.null 参数 · params
---@field administrator? boolean|crm.null 以管理员身份 · as administrator. Whether an administrator started it.
---@field account? boolean|crm.null 属于用户 · of a user. Whether its owner is a user, whose rights are looked up anew with each step.
---@field progress? crm.record.job.progress|crm.null 进度 · progress. Written when the job ends; job.get knows it before.
---@field result? table<string, any>|crm.null 结果 · result
---@field error? crm.record.job.error|crm.null 错误 · error. Why it failed.
---@field started_at? crm.instant|crm.null 开始时间 · started at
---@field finished_at? crm.instant|crm.null 结束时间 · finished at

---@class crm.where.job : crm.where
---@field kind? string|crm.match 种类 · kind. What is done: import, …
---@field state? "queued"|"running"|"done"|"failed"|"cancelled"|crm.match 状态 · state
---@field params? any 参数 · params
---@field administrator? boolean|crm.match 以管理员身份 · as administrator. Whether an administrator started it.
---@field account? boolean|crm.match 属于用户 · of a user. Whether its owner is a user, whose rights are looked up anew with each step.
---@field progress? any 进度 · progress. Written when the job ends; job.get knows it before.
---@field result? any 结果 · result
---@field error? any 错误 · error. Why it failed.
---@field started_at? crm.instant|crm.match 开始时间 · started at
---@field finished_at? crm.instant|crm.match 结束时间 · finished at
---@field any? crm.where.job[] one of these holds

---@class crm.query.job
---@field where? crm.where.job
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- lead: Somebody who may become a customer (PRS-01 to PRS-03).

---@class crm.record.lead : crm.record
---@field name string 名称 · name
---@field phone? string 电话 · phone
---@field source "research"|"introduction"|"halo"|"meeting"|"search"|"trade_site"|"web_page"|"web_ad"|"yellow_pages"|"messaging"|"other" 来源 · source. 资料查寻, 连锁介绍, 光辉效应 … (PRS-02).
---@field level "hot"|"warm"|"cold" 热度 · level. How long it is kept without contact.
---@field usable? boolean 用得着 · has use for it
---@field affordable? boolean 买得起 · can afford it
---@field money? boolean 有钱 · money
---@field authority? "decide"|"suggest"|"oppose" 决定权 · authority
---@field need? boolean 有需要 · need
---@field qualified boolean 合格 · qualified. Money, authority and need (PRS-01).
---@field pursued? boolean 追踪名单 · pursued. On the pursuit list (C-15).
---@field owner? string 负责人 · owner. Whoever claimed it, or got it from a leader; nobody in the pool.
---@field former_owner? string 前负责人 · former owner
---@field released_on? crm.day 退回日期 · released on
---@field rounds integer 退回次数 · rounds
---@field last_contact_on? crm.day 最近联系 · last contact on
---@field keep_until? crm.day 保留至 · kept until. It goes back at the end of this day.
---@field warn_after? crm.day 此后提醒 · warned after
---@field recycle_task? integer 提醒任务 · task. While its owner is warned.
---@field customer? integer 客户 · customer
---@field note? string 备注 · note
---@field state "pool"|"claimed"|"converted"|"dormant"|"void" 状态 · state. In the pool, or one person's; a claim cannot be raced (PRS-03).
---@field warning "quiet"|"warned" 回收提醒 · warning. The owner is told before a lead goes back (PRS-03).

---@class crm.values.lead
---@field name? string|crm.null 名称 · name
---@field phone? string|crm.null 电话 · phone
---@field source? "research"|"introduction"|"halo"|"meeting"|"search"|"trade_site"|"web_page"|"web_ad"|"yellow_pages"|"messaging"|"other"|crm.null 来源 · source. 资料查寻, 连锁介绍, 光辉效应 … (PRS-02).
---@field level? "hot"|"warm"|"cold"|crm.null 热度 · level. How long it is kept without contact.
---@field usable? boolean|crm.null 用得着 · has use for it
---@field affordable? boolean|crm.null 买得起 · can afford it
---@field money? boolean|crm.null 有钱 · money
---@field authority? "decide"|"suggest"|"oppose"|crm.null 决定权 · authority
---@field need? boolean|crm.null 有需要 · need
---@field qualified? boolean|crm.null 合格 · qualified. Money, authority and need (PRS-01).
---@field pursued? boolean|crm.null 追踪名单 · pursued. On the pursuit list (C-15).
---@field owner? string|crm.null 负责人 · owner. Whoever claimed it, or got it from a leader; nobody in the pool.
---@field former_owner? string|crm.null 前负责人 · former owner
---@field released_on? crm.day|crm.null 退回日期 · released on
---@field rounds? integer|crm.null 退回次数 · rounds
---@field last_contact_on? crm.day|crm.null 最近联系 · last contact on
---@field keep_until? crm.day|crm.null 保留至 · kept until. It goes back at the end of this day.
---@field warn_after? crm.day|crm.null 此后提醒 · warned after
---@field recycle_task? integer|crm.null 提醒任务 · task. While its owner is warned.
---@field customer? integer|crm.null 客户 · customer
---@field note? string|crm.null 备注 · note
---@field state? "pool"|"claimed"|"converted"|"dormant"|"void"|crm.null 状态 · state. In the pool, or one person's; a claim cannot be raced (PRS-03).
---@field warning? "quiet"|"warned"|crm.null 回收提醒 · warning. The owner is told before a lead goes back (PRS-03).

---@class crm.where.lead : crm.where
---@field name? string|crm.match 名称 · name
---@field phone? string|crm.match 电话 · phone
---@field source? "research"|"introduction"|"halo"|"meeting"|"search"|"trade_site"|"web_page"|"web_ad"|"yellow_pages"|"messaging"|"other"|crm.match 来源 · source. 资料查寻, 连锁介绍, 光辉效应 … (PRS-02).
---@field level? "hot"|"warm"|"cold"|crm.match 热度 · level. How long it is kept without contact.
---@field usable? boolean|crm.match 用得着 · has use for it
---@field affordable? boolean|crm.match 买得起 · can afford it
---@field money? boolean|crm.match 有钱 · money
---@field authority? "decide"|"suggest"|"oppose"|crm.match 决定权 · authority
---@field need? boolean|crm.match 有需要 · need
---@field qualified? boolean|crm.match 合格 · qualified. Money, authority and need (PRS-01).
---@field pursued? boolean|crm.match 追踪名单 · pursued. On the pursuit list (C-15).
---@field owner? string|crm.match 负责人 · owner. Whoever claimed it, or got it from a leader; nobody in the pool.
---@field former_owner? string|crm.match 前负责人 · former owner
---@field released_on? crm.day|crm.match 退回日期 · released on
---@field rounds? integer|crm.match 退回次数 · rounds
---@field last_contact_on? crm.day|crm.match 最近联系 · last contact on
---@field keep_until? crm.day|crm.match 保留至 · kept until. It goes back at the end of this day.
---@field warn_after? crm.day|crm.match 此后提醒 · warned after
---@field recycle_task? integer|crm.match 提醒任务 · task. While its owner is warned.
---@field customer? integer|crm.match 客户 · customer
---@field note? string|crm.match 备注 · note
---@field state? "pool"|"claimed"|"converted"|"dormant"|"void"|crm.match 状态 · state. In the pool, or one person's; a claim cannot be raced (PRS-03).
---@field warning? "quiet"|"warned"|crm.match 回收提醒 · warning. The owner is told before a lead goes back (PRS-03).
---@field any? crm.where.lead[] one of these holds

---@class crm.query.lead
---@field where? crm.where.lead
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- lead_contact: A contact with a lead; it keeps the lead (PRS-03).

---@class crm.record.lead_contact : crm.record
---@field lead integer 线索 · lead
---@field kind "phone"|"visit"|"email"|"letter"|"other" 方式 · kind
---@field content string 内容 · content

---@class crm.values.lead_contact
---@field lead? integer|crm.null 线索 · lead
---@field kind? "phone"|"visit"|"email"|"letter"|"other"|crm.null 方式 · kind
---@field content? string|crm.null 内容 · content

---@class crm.where.lead_contact : crm.where
---@field lead? integer|crm.match 线索 · lead
---@field kind? "phone"|"visit"|"email"|"letter"|"other"|crm.match 方式 · kind
---@field content? string|crm.match 内容 · content
---@field any? crm.where.lead_contact[] one of these holds

---@class crm.query.lead_contact
---@field where? crm.where.lead_contact
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- lead_quota: How many leads somebody holds, and has claimed on a day. Written by claims only.

---@class crm.record.lead_quota : crm.record
---@field user string 人员 · user
---@field held? integer 持有 · held
---@field claimed_on? crm.day 最近领取 · claimed on
---@field claimed? integer 当天领取 · claimed that day

---@class crm.values.lead_quota
---@field user? string|crm.null 人员 · user
---@field held? integer|crm.null 持有 · held
---@field claimed_on? crm.day|crm.null 最近领取 · claimed on
---@field claimed? integer|crm.null 当天领取 · claimed that day

---@class crm.where.lead_quota : crm.where
---@field user? string|crm.match 人员 · user
---@field held? integer|crm.match 持有 · held
---@field claimed_on? crm.day|crm.match 最近领取 · claimed on
---@field claimed? integer|crm.match 当天领取 · claimed that day
---@field any? crm.where.lead_quota[] one of these holds

---@class crm.query.lead_quota
---@field where? crm.where.lead_quota
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- ledger_entry: One movement of a distributor's account. Entries stay.

---@class crm.record.ledger_entry : crm.record
---@field customer integer 经销商 · distributor
---@field account "credit"|"accrued"|"rebate" 账户 · account
---@field kind string 性质 · kind
---@field amount integer 金额 · amount
---@field posted_on? crm.day 记账日期 · posted on
---@field order? integer 订单 · order
---@field receivable? integer 应收款 · receivable
---@field policy? integer 返利政策 · rebate policy

---@class crm.values.ledger_entry
---@field customer? integer|crm.null 经销商 · distributor
---@field account? "credit"|"accrued"|"rebate"|crm.null 账户 · account
---@field kind? string|crm.null 性质 · kind
---@field amount? integer|crm.null 金额 · amount
---@field posted_on? crm.day|crm.null 记账日期 · posted on
---@field order? integer|crm.null 订单 · order
---@field receivable? integer|crm.null 应收款 · receivable
---@field policy? integer|crm.null 返利政策 · rebate policy

---@class crm.where.ledger_entry : crm.where
---@field customer? integer|crm.match 经销商 · distributor
---@field account? "credit"|"accrued"|"rebate"|crm.match 账户 · account
---@field kind? string|crm.match 性质 · kind
---@field amount? integer|crm.match 金额 · amount
---@field posted_on? crm.day|crm.match 记账日期 · posted on
---@field order? integer|crm.match 订单 · order
---@field receivable? integer|crm.match 应收款 · receivable
---@field policy? integer|crm.match 返利政策 · rebate policy
---@field any? crm.where.ledger_entry[] one of these holds

---@class crm.query.ledger_entry
---@field where? crm.where.ledger_entry
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- occasion: An anniversary of a customer, or a festival for a whole segment (CARE-01, REV-09).

---@class crm.record.occasion : crm.record
---@field name string 名称 · name
---@field customer? integer 客户 · customer. Whose anniversary; empty: a festival.
---@field day? crm.day 日期 · day. The year does not count.
---@field lunar_day? string 农历日期 · lunar day. Or a lunar day; the year does not count.
---@field festival? "春节"|"元宵节"|"龙抬头"|"端午节"|"七夕"|"中元节"|"中秋节"|"重阳节"|"腊八节"|"小年"|"除夕" 农历节日 · lunar festival. Or a festival of the lunar calendar.
---@field segment? "consumer"|"business"|"prospect"|"regular" 客户群 · segment. Of a festival: who gets the card, a segment such as regular.
---@field greeting? string 祝词 · greeting
---@field card_on? crm.day 下次贺卡日期 · next card on
---@field carded_on? crm.day 最近贺卡日期 · last card for
---@field card_task? integer 最近贺卡任务 · task of the last card. The number of the task; a festival has one for each customer.

---@class crm.values.occasion
---@field name? string|crm.null 名称 · name
---@field customer? integer|crm.null 客户 · customer. Whose anniversary; empty: a festival.
---@field day? crm.day|crm.null 日期 · day. The year does not count.
---@field lunar_day? string|crm.null 农历日期 · lunar day. Or a lunar day; the year does not count.
---@field festival? "春节"|"元宵节"|"龙抬头"|"端午节"|"七夕"|"中元节"|"中秋节"|"重阳节"|"腊八节"|"小年"|"除夕"|crm.null 农历节日 · lunar festival. Or a festival of the lunar calendar.
---@field segment? "consumer"|"business"|"prospect"|"regular"|crm.null 客户群 · segment. Of a festival: who gets the card, a segment such as regular.
---@field greeting? string|crm.null 祝词 · greeting
---@field card_on? crm.day|crm.null 下次贺卡日期 · next card on
---@field carded_on? crm.day|crm.null 最近贺卡日期 · last card for
---@field card_task? integer|crm.null 最近贺卡任务 · task of the last card. The number of the task; a festival has one for each customer.

---@class crm.where.occasion : crm.where
---@field name? string|crm.match 名称 · name
---@field customer? integer|crm.match 客户 · customer. Whose anniversary; empty: a festival.
---@field day? crm.day|crm.match 日期 · day. The year does not count.
---@field lunar_day? string|crm.match 农历日期 · lunar day. Or a lunar day; the year does not count.
---@field festival? "春节"|"元宵节"|"龙抬头"|"端午节"|"七夕"|"中元节"|"中秋节"|"重阳节"|"腊八节"|"小年"|"除夕"|crm.match 农历节日 · lunar festival. Or a festival of the lunar calendar.
---@field segment? "consumer"|"business"|"prospect"|"regular"|crm.match 客户群 · segment. Of a festival: who gets the card, a segment such as regular.
---@field greeting? string|crm.match 祝词 · greeting
---@field card_on? crm.day|crm.match 下次贺卡日期 · next card on
---@field carded_on? crm.day|crm.match 最近贺卡日期 · last card for
---@field card_task? integer|crm.match 最近贺卡任务 · task of the last card. The number of the task; a festival has one for each customer.
---@field any? crm.where.occasion[] one of these holds

---@class crm.query.occasion
---@field where? crm.where.occasion
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- opportunity: A deal that may be made (OPP-01).

---@class crm.record.opportunity : crm.record
---@field customer integer 客户 · customer
---@field name string 名称 · name
---@field product? integer 产品 · product
---@field amount integer 金额 · amount
---@field probability? integer 成功率（%） · probability in percent
---@field owner string 负责人 · owner
---@field expected_on crm.day 预计成交 · expected on
---@field last_contact_on? crm.day 最近联系 · last contact on
---@field fresh_until? crm.day 跟进至 · fresh until. Stale from the day after.
---@field stale_task? integer 跟进任务 · task. While it is stale.
---@field lost_reason? string 丢单原因 · why it was lost
---@field stage "found"|"qualified"|"proposed"|"quoted"|"negotiating"|"won"|"lost" 阶段 · stage. Where the deal stands (OPP-01).
---@field attention "fresh"|"stale" 跟进 · attention. Stale when there was no contact for stale_days (FUP-05).

---@class crm.values.opportunity
---@field customer? integer|crm.null 客户 · customer
---@field name? string|crm.null 名称 · name
---@field product? integer|crm.null 产品 · product
---@field amount? integer|crm.null 金额 · amount
---@field probability? integer|crm.null 成功率（%） · probability in percent
---@field owner? string|crm.null 负责人 · owner
---@field expected_on? crm.day|crm.null 预计成交 · expected on
---@field last_contact_on? crm.day|crm.null 最近联系 · last contact on
---@field fresh_until? crm.day|crm.null 跟进至 · fresh until. Stale from the day after.
---@field stale_task? integer|crm.null 跟进任务 · task. While it is stale.
---@field lost_reason? string|crm.null 丢单原因 · why it was lost
---@field stage? "found"|"qualified"|"proposed"|"quoted"|"negotiating"|"won"|"lost"|crm.null 阶段 · stage. Where the deal stands (OPP-01).
---@field attention? "fresh"|"stale"|crm.null 跟进 · attention. Stale when there was no contact for stale_days (FUP-05).

---@class crm.where.opportunity : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field name? string|crm.match 名称 · name
---@field product? integer|crm.match 产品 · product
---@field amount? integer|crm.match 金额 · amount
---@field probability? integer|crm.match 成功率（%） · probability in percent
---@field owner? string|crm.match 负责人 · owner
---@field expected_on? crm.day|crm.match 预计成交 · expected on
---@field last_contact_on? crm.day|crm.match 最近联系 · last contact on
---@field fresh_until? crm.day|crm.match 跟进至 · fresh until. Stale from the day after.
---@field stale_task? integer|crm.match 跟进任务 · task. While it is stale.
---@field lost_reason? string|crm.match 丢单原因 · why it was lost
---@field stage? "found"|"qualified"|"proposed"|"quoted"|"negotiating"|"won"|"lost"|crm.match 阶段 · stage. Where the deal stands (OPP-01).
---@field attention? "fresh"|"stale"|crm.match 跟进 · attention. Stale when there was no contact for stale_days (FUP-05).
---@field any? crm.where.opportunity[] one of these holds

---@class crm.query.opportunity
---@field where? crm.where.opportunity
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- order: An order with its lines (ORD-07).

---@class crm.record.order.lines
---@field product integer 产品 · product
---@field quantity integer 数量 · quantity. Whole units, at least 1.
---@field price? integer 单价 · price. Minor units per unit; the product's price when not given.
---@field amount? integer 金额 · amount. quantity × price.
---@field repurchase_on? crm.day 复购日期 · repurchase on. When the goods will be used up (ORD-02).

---@class crm.record.order.progress_log
---@field progress? string
---@field at? crm.instant
---@field by? string

---@class crm.record.order : crm.record
---@field customer integer 客户 · customer. The buyer (ARC-03, C-40).
---@field ordered_on crm.day 下单日期 · ordered on
---@field state "open"|"done"|"cancelled" 状态 · state
---@field owner? string 业务员 · owner. Who took the order; looks after what follows from it.
---@field lines crm.record.order.lines[] 明细 · lines. In the order they were entered (ORD-07).
---@field total? integer 合计 · total. Sum of the lines' amounts, minor units.
---@field repurchase_on? crm.day 最早复购日期 · earliest repurchase on. The earliest of the lines' dates (C-05).
---@field reason? string 取消原因 · reason. Why it was cancelled.
---@field note? string 备注 · note
---@field held_for? string[] 需审批的原因 · held for
---@field exposure? integer 信用占用 · exposure. What was owed, with this order, when it was last judged.
---@field overdue_days? integer 逾期天数 · days overdue
---@field release "entered"|"held"|"approved"|"released"|"withdrawn" 放行 · release. Whether the goods may leave (DIS-03).
---@field deposit? integer 订金 · deposit. Paid ahead; no more than the total (ORD-05).
---@field deposit_on? crm.day 订金日期 · deposit paid on
---@field progress_log? crm.record.order.progress_log[] 进度记录 · steps so far
---@field progress "placed"|"confirmed"|"shipped"|"delivered" 进度 · progress. placed 已下单, confirmed 已确认, shipped 已发货, delivered 已送达 (ORD-06).

---@class crm.values.order
---@field customer? integer|crm.null 客户 · customer. The buyer (ARC-03, C-40).
---@field ordered_on? crm.day|crm.null 下单日期 · ordered on
---@field state? "open"|"done"|"cancelled"|crm.null 状态 · state
---@field owner? string|crm.null 业务员 · owner. Who took the order; looks after what follows from it.
---@field lines? crm.record.order.lines[]|crm.null 明细 · lines. In the order they were entered (ORD-07).
---@field total? integer|crm.null 合计 · total. Sum of the lines' amounts, minor units.
---@field repurchase_on? crm.day|crm.null 最早复购日期 · earliest repurchase on. The earliest of the lines' dates (C-05).
---@field reason? string|crm.null 取消原因 · reason. Why it was cancelled.
---@field note? string|crm.null 备注 · note
---@field held_for? string[]|crm.null 需审批的原因 · held for
---@field exposure? integer|crm.null 信用占用 · exposure. What was owed, with this order, when it was last judged.
---@field overdue_days? integer|crm.null 逾期天数 · days overdue
---@field release? "entered"|"held"|"approved"|"released"|"withdrawn"|crm.null 放行 · release. Whether the goods may leave (DIS-03).
---@field deposit? integer|crm.null 订金 · deposit. Paid ahead; no more than the total (ORD-05).
---@field deposit_on? crm.day|crm.null 订金日期 · deposit paid on
---@field progress_log? crm.record.order.progress_log[]|crm.null 进度记录 · steps so far
---@field progress? "placed"|"confirmed"|"shipped"|"delivered"|crm.null 进度 · progress. placed 已下单, confirmed 已确认, shipped 已发货, delivered 已送达 (ORD-06).

---@class crm.where.order : crm.where
---@field customer? integer|crm.match 客户 · customer. The buyer (ARC-03, C-40).
---@field ordered_on? crm.day|crm.match 下单日期 · ordered on
---@field state? "open"|"done"|"cancelled"|crm.match 状态 · state
---@field owner? string|crm.match 业务员 · owner. Who took the order; looks after what follows from it.
---@field lines? any 明细 · lines. In the order they were entered (ORD-07).
---@field total? integer|crm.match 合计 · total. Sum of the lines' amounts, minor units.
---@field repurchase_on? crm.day|crm.match 最早复购日期 · earliest repurchase on. The earliest of the lines' dates (C-05).
---@field reason? string|crm.match 取消原因 · reason. Why it was cancelled.
---@field note? string|crm.match 备注 · note
---@field held_for? any 需审批的原因 · held for
---@field exposure? integer|crm.match 信用占用 · exposure. What was owed, with this order, when it was last judged.
---@field overdue_days? integer|crm.match 逾期天数 · days overdue
---@field release? "entered"|"held"|"approved"|"released"|"withdrawn"|crm.match 放行 · release. Whether the goods may leave (DIS-03).
---@field deposit? integer|crm.match 订金 · deposit. Paid ahead; no more than the total (ORD-05).
---@field deposit_on? crm.day|crm.match 订金日期 · deposit paid on
---@field progress_log? any 进度记录 · steps so far
---@field progress? "placed"|"confirmed"|"shipped"|"delivered"|crm.match 进度 · progress. placed 已下单, confirmed 已确认, shipped 已发货, delivered 已送达 (ORD-06).
---@field any? crm.where.order[] one of these holds

---@class crm.query.order
---@field where? crm.where.order
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- package: What extends the server: which version is loaded, and whether it works.

---@class crm.record.package.earlier
---@field version? string 版本 · version
---@field hash? string 哈希 · hash
---@field loaded_at? crm.instant 装入时间 · loaded at
---@field loaded_by? string 装入人 · loaded by

---@class crm.record.package.failure
---@field code? string 代码 · code
---@field field? string 字段 · field
---@field message? string 说明 · message
---@field at? crm.instant 时间 · at
---@field by? string 操作人 · by

---@class crm.record.package.next
---@field release? string 版本 · version
---@field hash? string 哈希 · hash

---@class crm.record.package : crm.record
---@field name string 名称 · name
---@field state? "active"|"disabled"|"refused" 状态 · state. refused: it was to be loaded and never was.
---@field release? string 版本 · version
---@field hash? string 哈希 · hash
---@field size? integer 字节数 · size
---@field source? string 来源 · source
---@field loaded_at? crm.instant 装入时间 · loaded at
---@field loaded_by? string 装入人 · loaded by
---@field earlier? crm.record.package.earlier[] 先前的版本 · earlier versions. What can be gone back to, the newest first.
---@field failure? crm.record.package.failure 拒绝原因 · why it was refused. Of the last load, when that failed.
---@field next? crm.record.package.next 正在换上的版本 · version under way. Its migrations are under way; a start goes on with it.
---@field migrated? string 已迁移到 · migrated to
---@field migration_after? integer 迁移进度 · where a migration stands

---@class crm.values.package
---@field name? string|crm.null 名称 · name
---@field state? "active"|"disabled"|"refused"|crm.null 状态 · state. refused: it was to be loaded and never was.
---@field release? string|crm.null 版本 · version
---@field hash? string|crm.null 哈希 · hash
---@field size? integer|crm.null 字节数 · size
---@field source? string|crm.null 来源 · source
---@field loaded_at? crm.instant|crm.null 装入时间 · loaded at
---@field loaded_by? string|crm.null 装入人 · loaded by
---@field earlier? crm.record.package.earlier[]|crm.null 先前的版本 · earlier versions. What can be gone back to, the newest first.
---@field failure? crm.record.package.failure|crm.null 拒绝原因 · why it was refused. Of the last load, when that failed.
---@field next? crm.record.package.next|crm.null 正在换上的版本 · version under way. Its migrations are under way; a start goes on with it.
---@field migrated? string|crm.null 已迁移到 · migrated to
---@field migration_after? integer|crm.null 迁移进度 · where a migration stands

---@class crm.where.package : crm.where
---@field name? string|crm.match 名称 · name
---@field state? "active"|"disabled"|"refused"|crm.match 状态 · state. refused: it was to be loaded and never was.
---@field release? string|crm.match 版本 · version
---@field hash? string|crm.match 哈希 · hash
---@field size? integer|crm.match 字节数 · size
---@field source? string|crm.match 来源 · source
---@field loaded_at? crm.instant|crm.match 装入时间 · loaded at
---@field loaded_by? string|crm.match 装入人 · loaded by
---@field earlier? any 先前的版本 · earlier versions. What can be gone back to, the newest first.
---@field failure? any 拒绝原因 · why it was refused. Of the last load, when that failed.
---@field next? any 正在换上的版本 · version under way. Its migrations are under way; a start goes on with it.
---@field migrated? string|crm.match 已迁移到 · migrated to
---@field migration_after? integer|crm.match 迁移进度 · where a migration stands
---@field any? crm.where.package[] one of these holds

---@class crm.query.package
---@field where? crm.where.package
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- payment: Money received; it pays the receivable it names, else the oldest first.

---@class crm.record.payment.allocations
---@field receivable? integer
---@field amount? integer

---@class crm.record.payment : crm.record
---@field customer integer 客户 · customer
---@field amount integer 金额 · amount
---@field received_on? crm.day 收款日期 · received on
---@field receivable? integer 应收款 · receivable
---@field method "payment"|"rebate" 方式 · method
---@field allocations? crm.record.payment.allocations[] 核销 · allocations

---@class crm.values.payment
---@field customer? integer|crm.null 客户 · customer
---@field amount? integer|crm.null 金额 · amount
---@field received_on? crm.day|crm.null 收款日期 · received on
---@field receivable? integer|crm.null 应收款 · receivable
---@field method? "payment"|"rebate"|crm.null 方式 · method
---@field allocations? crm.record.payment.allocations[]|crm.null 核销 · allocations

---@class crm.where.payment : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field amount? integer|crm.match 金额 · amount
---@field received_on? crm.day|crm.match 收款日期 · received on
---@field receivable? integer|crm.match 应收款 · receivable
---@field method? "payment"|"rebate"|crm.match 方式 · method
---@field allocations? any 核销 · allocations
---@field any? crm.where.payment[] one of these holds

---@class crm.query.payment
---@field where? crm.where.payment
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- product: Something the business sells.

---@class crm.record.product.level_prices
---@field level "province"|"city"|"county"|"store"
---@field price integer

---@class crm.record.product : crm.record
---@field name string 品名 · name
---@field code? string 货号 · code
---@field unit? string 单位 · unit. 盒, 瓶, 袋 …
---@field price? integer 单价 · price. Minor units per unit.
---@field cycle_days? integer 每单位服用天数 · days per unit. Days one unit lasts; the repurchase date follows from it (ORD-01).
---@field repeatable boolean 可复购 · repeatable. false: no repurchase date (ORD-08).
---@field note? string 备注 · note
---@field on_hand integer 可分配库存 · on hand. Never below zero (CON-05).
---@field product_line? string 产品线 · product line
---@field level_prices? crm.record.product.level_prices[] 级别价 · level prices

---@class crm.values.product
---@field name? string|crm.null 品名 · name
---@field code? string|crm.null 货号 · code
---@field unit? string|crm.null 单位 · unit. 盒, 瓶, 袋 …
---@field price? integer|crm.null 单价 · price. Minor units per unit.
---@field cycle_days? integer|crm.null 每单位服用天数 · days per unit. Days one unit lasts; the repurchase date follows from it (ORD-01).
---@field repeatable? boolean|crm.null 可复购 · repeatable. false: no repurchase date (ORD-08).
---@field note? string|crm.null 备注 · note
---@field on_hand? integer|crm.null 可分配库存 · on hand. Never below zero (CON-05).
---@field product_line? string|crm.null 产品线 · product line
---@field level_prices? crm.record.product.level_prices[]|crm.null 级别价 · level prices

---@class crm.where.product : crm.where
---@field name? string|crm.match 品名 · name
---@field code? string|crm.match 货号 · code
---@field unit? string|crm.match 单位 · unit. 盒, 瓶, 袋 …
---@field price? integer|crm.match 单价 · price. Minor units per unit.
---@field cycle_days? integer|crm.match 每单位服用天数 · days per unit. Days one unit lasts; the repurchase date follows from it (ORD-01).
---@field repeatable? boolean|crm.match 可复购 · repeatable. false: no repurchase date (ORD-08).
---@field note? string|crm.match 备注 · note
---@field on_hand? integer|crm.match 可分配库存 · on hand. Never below zero (CON-05).
---@field product_line? string|crm.match 产品线 · product line
---@field level_prices? any 级别价 · level prices
---@field any? crm.where.product[] one of these holds

---@class crm.query.product
---@field where? crm.where.product
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- profit: What a customer brought in a year, or is expected to (VAL-01).

---@class crm.record.profit : crm.record
---@field customer integer 客户 · customer
---@field year integer 年度 · year
---@field amount integer 利润 · profit

---@class crm.values.profit
---@field customer? integer|crm.null 客户 · customer
---@field year? integer|crm.null 年度 · year
---@field amount? integer|crm.null 利润 · profit

---@class crm.where.profit : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field year? integer|crm.match 年度 · year
---@field amount? integer|crm.match 利润 · profit
---@field any? crm.where.profit[] one of these holds

---@class crm.query.profit
---@field where? crm.where.profit
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- project: What is built and sold.

---@class crm.record.project : crm.record
---@field name string 名称 · name
---@field region? string 地区 · region
---@field permit? string 预售许可证 · presale permit

---@class crm.values.project
---@field name? string|crm.null 名称 · name
---@field region? string|crm.null 地区 · region
---@field permit? string|crm.null 预售许可证 · presale permit

---@class crm.where.project : crm.where
---@field name? string|crm.match 名称 · name
---@field region? string|crm.match 地区 · region
---@field permit? string|crm.match 预售许可证 · presale permit
---@field any? crm.where.project[] one of these holds

---@class crm.query.project
---@field where? crm.where.project
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- promotion_part: How a distributor took part in a promotion (DIS-07).

---@class crm.record.promotion_part : crm.record
---@field customer integer 经销商 · distributor
---@field promotion string 促销 · promotion
---@field held_on crm.day 日期 · held on
---@field took_part boolean 参与 · took part
---@field score? integer 评分 · score

---@class crm.values.promotion_part
---@field customer? integer|crm.null 经销商 · distributor
---@field promotion? string|crm.null 促销 · promotion
---@field held_on? crm.day|crm.null 日期 · held on
---@field took_part? boolean|crm.null 参与 · took part
---@field score? integer|crm.null 评分 · score

---@class crm.where.promotion_part : crm.where
---@field customer? integer|crm.match 经销商 · distributor
---@field promotion? string|crm.match 促销 · promotion
---@field held_on? crm.day|crm.match 日期 · held on
---@field took_part? boolean|crm.match 参与 · took part
---@field score? integer|crm.match 评分 · score
---@field any? crm.where.promotion_part[] one of these holds

---@class crm.query.promotion_part
---@field where? crm.where.promotion_part
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- read_log: Who was told of records whose type is marked log_reads: when, by which op, which (ARC-15).

---@class crm.record.read_log.records
---@field id? integer The record's number.

---@class crm.record.read_log : crm.record
---@field user? string 用户 · user
---@field op? string 操作 · op
---@field record_type? string 记录类型 · record's type
---@field records? crm.record.read_log.records[] 记录 · records. None: they were told of in sum only.
---@field count? integer 条数 · count. How many records this row names.

---@class crm.values.read_log
---@field user? string|crm.null 用户 · user
---@field op? string|crm.null 操作 · op
---@field record_type? string|crm.null 记录类型 · record's type
---@field records? crm.record.read_log.records[]|crm.null 记录 · records. None: they were told of in sum only.
---@field count? integer|crm.null 条数 · count. How many records this row names.

---@class crm.where.read_log : crm.where
---@field user? string|crm.match 用户 · user
---@field op? string|crm.match 操作 · op
---@field record_type? string|crm.match 记录类型 · record's type
---@field records? any 记录 · records. None: they were told of in sum only.
---@field count? integer|crm.match 条数 · count. How many records this row names.
---@field any? crm.where.read_log[] one of these holds

---@class crm.query.read_log
---@field where? crm.where.read_log
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- rebate_policy: A period with tiers: from which purchases on which rate holds (DIS-02).

---@class crm.record.rebate_policy.tiers
---@field from integer
---@field rate integer Hundredths of a percent: 250 is 2.5 %.

---@class crm.record.rebate_policy : crm.record
---@field name string 名称 · name
---@field starts_on crm.day 开始 · starts on
---@field ends_on crm.day 结束 · ends on
---@field tiers crm.record.rebate_policy.tiers[] 阶梯 · tiers
---@field state "open"|"closing"|"closed" 状态 · state

---@class crm.values.rebate_policy
---@field name? string|crm.null 名称 · name
---@field starts_on? crm.day|crm.null 开始 · starts on
---@field ends_on? crm.day|crm.null 结束 · ends on
---@field tiers? crm.record.rebate_policy.tiers[]|crm.null 阶梯 · tiers
---@field state? "open"|"closing"|"closed"|crm.null 状态 · state

---@class crm.where.rebate_policy : crm.where
---@field name? string|crm.match 名称 · name
---@field starts_on? crm.day|crm.match 开始 · starts on
---@field ends_on? crm.day|crm.match 结束 · ends on
---@field tiers? any 阶梯 · tiers
---@field state? "open"|"closing"|"closed"|crm.match 状态 · state
---@field any? crm.where.rebate_policy[] one of these holds

---@class crm.query.rebate_policy
---@field where? crm.where.rebate_policy
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- rebate_share: What one distributor has bought and earned in one period.

---@class crm.record.rebate_share : crm.record
---@field policy integer 政策 · policy
---@field customer integer 经销商 · distributor
---@field purchases? integer 累计进货 · purchases
---@field accrued? integer 预提 · accrued
---@field state "open"|"granted"|"lapsed" 状态 · state

---@class crm.values.rebate_share
---@field policy? integer|crm.null 政策 · policy
---@field customer? integer|crm.null 经销商 · distributor
---@field purchases? integer|crm.null 累计进货 · purchases
---@field accrued? integer|crm.null 预提 · accrued
---@field state? "open"|"granted"|"lapsed"|crm.null 状态 · state

---@class crm.where.rebate_share : crm.where
---@field policy? integer|crm.match 政策 · policy
---@field customer? integer|crm.match 经销商 · distributor
---@field purchases? integer|crm.match 累计进货 · purchases
---@field accrued? integer|crm.match 预提 · accrued
---@field state? "open"|"granted"|"lapsed"|crm.match 状态 · state
---@field any? crm.where.rebate_share[] one of these holds

---@class crm.query.rebate_share
---@field where? crm.where.rebate_share
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- receivable: What a customer owes, from release or invoice, until it is paid (CON-02).

---@class crm.record.receivable : crm.record
---@field customer integer 客户 · customer
---@field order? integer 订单 · order
---@field amount integer 金额 · amount
---@field invoiced_on crm.day 开票日期 · invoiced on
---@field term_days? integer 账期 · term in days
---@field due_on? crm.day 到期日 · due on
---@field paid integer 已付 · paid
---@field balance? integer 未付 · open
---@field counted? integer[] 计入返利 · counted. Rebate policies that counted it.
---@field state "open"|"overdue"|"paid"|"cancelled" 状态 · state. Overdue from the day after the due day.

---@class crm.values.receivable
---@field customer? integer|crm.null 客户 · customer
---@field order? integer|crm.null 订单 · order
---@field amount? integer|crm.null 金额 · amount
---@field invoiced_on? crm.day|crm.null 开票日期 · invoiced on
---@field term_days? integer|crm.null 账期 · term in days
---@field due_on? crm.day|crm.null 到期日 · due on
---@field paid? integer|crm.null 已付 · paid
---@field balance? integer|crm.null 未付 · open
---@field counted? integer[]|crm.null 计入返利 · counted. Rebate policies that counted it.
---@field state? "open"|"overdue"|"paid"|"cancelled"|crm.null 状态 · state. Overdue from the day after the due day.

---@class crm.where.receivable : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field order? integer|crm.match 订单 · order
---@field amount? integer|crm.match 金额 · amount
---@field invoiced_on? crm.day|crm.match 开票日期 · invoiced on
---@field term_days? integer|crm.match 账期 · term in days
---@field due_on? crm.day|crm.match 到期日 · due on
---@field paid? integer|crm.match 已付 · paid
---@field balance? integer|crm.match 未付 · open
---@field counted? any 计入返利 · counted. Rebate policies that counted it.
---@field state? "open"|"overdue"|"paid"|"cancelled"|crm.match 状态 · state. Overdue from the day after the due day.
---@field any? crm.where.receivable[] one of these holds

---@class crm.query.receivable
---@field where? crm.where.receivable
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- revisit_plan: For a segment: how many visits, when, how and about what (REV-06, SEG-08).

---@class crm.record.revisit_plan.visits
---@field days integer
---@field months integer
---@field method "phone"|"visit"|"letter"|"sms"
---@field content string

---@class crm.record.revisit_plan : crm.record
---@field name string 名称 · name
---@field segment "consumer"|"business"|"prospect"|"regular" 客户群 · segment. consumer 已购, business 单位, prospect 未成交, regular 老客户.
---@field active boolean 启用 · active
---@field visits crm.record.revisit_plan.visits[] 各次回访 · visits

---@class crm.values.revisit_plan
---@field name? string|crm.null 名称 · name
---@field segment? "consumer"|"business"|"prospect"|"regular"|crm.null 客户群 · segment. consumer 已购, business 单位, prospect 未成交, regular 老客户.
---@field active? boolean|crm.null 启用 · active
---@field visits? crm.record.revisit_plan.visits[]|crm.null 各次回访 · visits

---@class crm.where.revisit_plan : crm.where
---@field name? string|crm.match 名称 · name
---@field segment? "consumer"|"business"|"prospect"|"regular"|crm.match 客户群 · segment. consumer 已购, business 单位, prospect 未成交, regular 老客户.
---@field active? boolean|crm.match 启用 · active
---@field visits? any 各次回访 · visits
---@field any? crm.where.revisit_plan[] one of these holds

---@class crm.query.revisit_plan
---@field where? crm.where.revisit_plan
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- revisit_problem: What a revisit found to be wrong, with the day by which it is put right (REV-07).

---@class crm.record.revisit_problem : crm.record
---@field customer integer 客户 · customer
---@field task? integer 回访 · revisit
---@field fix_task? integer 解决任务 · task to fix it
---@field product? integer 产品 · product
---@field content string 问题 · problem
---@field owner? string 负责人 · owner
---@field found_on? crm.day 发现日期 · found on
---@field fix_on? crm.day 解决期限 · fix by
---@field solved_on? crm.day 解决日期 · solved on
---@field remedy? string 解决办法 · remedy
---@field state "open"|"solved" 状态 · state. open 未解决, solved 已解决 (REV-07).

---@class crm.values.revisit_problem
---@field customer? integer|crm.null 客户 · customer
---@field task? integer|crm.null 回访 · revisit
---@field fix_task? integer|crm.null 解决任务 · task to fix it
---@field product? integer|crm.null 产品 · product
---@field content? string|crm.null 问题 · problem
---@field owner? string|crm.null 负责人 · owner
---@field found_on? crm.day|crm.null 发现日期 · found on
---@field fix_on? crm.day|crm.null 解决期限 · fix by
---@field solved_on? crm.day|crm.null 解决日期 · solved on
---@field remedy? string|crm.null 解决办法 · remedy
---@field state? "open"|"solved"|crm.null 状态 · state. open 未解决, solved 已解决 (REV-07).

---@class crm.where.revisit_problem : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field task? integer|crm.match 回访 · revisit
---@field fix_task? integer|crm.match 解决任务 · task to fix it
---@field product? integer|crm.match 产品 · product
---@field content? string|crm.match 问题 · problem
---@field owner? string|crm.match 负责人 · owner
---@field found_on? crm.day|crm.match 发现日期 · found on
---@field fix_on? crm.day|crm.match 解决期限 · fix by
---@field solved_on? crm.day|crm.match 解决日期 · solved on
---@field remedy? string|crm.match 解决办法 · remedy
---@field state? "open"|"solved"|crm.match 状态 · state. open 未解决, solved 已解决 (REV-07).
---@field any? crm.where.revisit_problem[] one of these holds

---@class crm.query.revisit_problem
---@field where? crm.where.revisit_problem
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- role: What a user may do (ROL-01).

---@class crm.record.role.permissions
---@field type string 类型 · type. Whose records.
---@field actions string[] 动作 · actions. What may be done: read, create, update, delete.
---@field where? table<string, any> 条件 · where. To which records; to all when not given. "$user", "$team" and "$region" are those of whoever asks.
---@field fields? table<string, any> 字段 · fields. Field → hidden, masked (138****1001) or readonly.

---@class crm.record.role : crm.record
---@field name string 角色名 · name
---@field label? string 称呼 · label
---@field permissions? crm.record.role.permissions[] 权限 · permissions. Rows, one for a type: a type without one is open as it is to all staff (ROL-02).

---@class crm.values.role
---@field name? string|crm.null 角色名 · name
---@field label? string|crm.null 称呼 · label
---@field permissions? crm.record.role.permissions[]|crm.null 权限 · permissions. Rows, one for a type: a type without one is open as it is to all staff (ROL-02).

---@class crm.where.role : crm.where
---@field name? string|crm.match 角色名 · name
---@field label? string|crm.match 称呼 · label
---@field permissions? any 权限 · permissions. Rows, one for a type: a type without one is open as it is to all staff (ROL-02).
---@field any? crm.where.role[] one of these holds

---@class crm.query.role
---@field where? crm.where.role
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- service_plan: What can be done for a group, and what each period brings and costs (COO-02).

---@class crm.record.service_plan.periods
---@field value integer
---@field cost integer

---@class crm.record.service_plan : crm.record
---@field name string 名称 · name
---@field owner_group string 客户群 · group
---@field periods crm.record.service_plan.periods[] 各期 · periods

---@class crm.values.service_plan
---@field name? string|crm.null 名称 · name
---@field owner_group? string|crm.null 客户群 · group
---@field periods? crm.record.service_plan.periods[]|crm.null 各期 · periods

---@class crm.where.service_plan : crm.where
---@field name? string|crm.match 名称 · name
---@field owner_group? string|crm.match 客户群 · group
---@field periods? any 各期 · periods
---@field any? crm.where.service_plan[] one of these holds

---@class crm.query.service_plan
---@field where? crm.where.service_plan
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- share: A record that was shared with a user (ROL-04).

---@class crm.record.share : crm.record
---@field record_type string 记录类型 · record's type
---@field record_id integer 记录编号 · record's number
---@field user string 用户 · user
---@field level "read"|"write" 程度 · level. read, or write: to change it, too.

---@class crm.values.share
---@field record_type? string|crm.null 记录类型 · record's type
---@field record_id? integer|crm.null 记录编号 · record's number
---@field user? string|crm.null 用户 · user
---@field level? "read"|"write"|crm.null 程度 · level. read, or write: to change it, too.

---@class crm.where.share : crm.where
---@field record_type? string|crm.match 记录类型 · record's type
---@field record_id? integer|crm.match 记录编号 · record's number
---@field user? string|crm.match 用户 · user
---@field level? "read"|"write"|crm.match 程度 · level. read, or write: to change it, too.
---@field any? crm.where.share[] one of these holds

---@class crm.query.share
---@field where? crm.where.share
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- site_visit: Somebody came to look.

---@class crm.record.site_visit : crm.record
---@field customer integer 客户 · customer
---@field project integer 项目 · project
---@field kind? "first"|"again" 首访/复访 · kind. first 首访, again 复访.
---@field came_on? crm.day 日期 · came on
---@field adviser? string 置业顾问 · adviser
---@field agent? string 渠道 · agent
---@field note? string 备注 · note

---@class crm.values.site_visit
---@field customer? integer|crm.null 客户 · customer
---@field project? integer|crm.null 项目 · project
---@field kind? "first"|"again"|crm.null 首访/复访 · kind. first 首访, again 复访.
---@field came_on? crm.day|crm.null 日期 · came on
---@field adviser? string|crm.null 置业顾问 · adviser
---@field agent? string|crm.null 渠道 · agent
---@field note? string|crm.null 备注 · note

---@class crm.where.site_visit : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field project? integer|crm.match 项目 · project
---@field kind? "first"|"again"|crm.match 首访/复访 · kind. first 首访, again 复访.
---@field came_on? crm.day|crm.match 日期 · came on
---@field adviser? string|crm.match 置业顾问 · adviser
---@field agent? string|crm.match 渠道 · agent
---@field note? string|crm.match 备注 · note
---@field any? crm.where.site_visit[] one of these holds

---@class crm.query.site_visit
---@field where? crm.where.site_visit
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- stock_case: A shortage, or goods that lie too long; somebody has to say why (CON-06, DIS-06).

---@class crm.record.stock_case : crm.record
---@field stock integer 库存 · stock
---@field holder? integer 经销商 · holder
---@field product? integer 产品 · product
---@field kind? "shortage"|"held_long" 性质 · kind
---@field since? crm.day 起始 · since
---@field ended_on? crm.day 结束 · ended on
---@field cause? "indifference"|"allocation" 原因 · cause. indifference: 不关心; allocation: 调度不足.
---@field note? string 说明 · note
---@field state "open"|"explained"|"closed" 状态 · state. A case stays open until a cause is given, and is closed when it has ended besides.

---@class crm.values.stock_case
---@field stock? integer|crm.null 库存 · stock
---@field holder? integer|crm.null 经销商 · holder
---@field product? integer|crm.null 产品 · product
---@field kind? "shortage"|"held_long"|crm.null 性质 · kind
---@field since? crm.day|crm.null 起始 · since
---@field ended_on? crm.day|crm.null 结束 · ended on
---@field cause? "indifference"|"allocation"|crm.null 原因 · cause. indifference: 不关心; allocation: 调度不足.
---@field note? string|crm.null 说明 · note
---@field state? "open"|"explained"|"closed"|crm.null 状态 · state. A case stays open until a cause is given, and is closed when it has ended besides.

---@class crm.where.stock_case : crm.where
---@field stock? integer|crm.match 库存 · stock
---@field holder? integer|crm.match 经销商 · holder
---@field product? integer|crm.match 产品 · product
---@field kind? "shortage"|"held_long"|crm.match 性质 · kind
---@field since? crm.day|crm.match 起始 · since
---@field ended_on? crm.day|crm.match 结束 · ended on
---@field cause? "indifference"|"allocation"|crm.match 原因 · cause. indifference: 不关心; allocation: 调度不足.
---@field note? string|crm.match 说明 · note
---@field state? "open"|"explained"|"closed"|crm.match 状态 · state. A case stays open until a cause is given, and is closed when it has ended besides.
---@field any? crm.where.stock_case[] one of these holds

---@class crm.query.stock_case
---@field where? crm.where.stock_case
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- stock_request: What a customer asks for; allocation.run says who gets how much (KEY-05).

---@class crm.record.stock_request : crm.record
---@field customer integer 客户 · customer
---@field product integer 产品 · product
---@field quantity integer 数量 · quantity
---@field allocated integer 已分配 · allocated
---@field state "waiting"|"allocated"|"withdrawn" 状态 · state

---@class crm.values.stock_request
---@field customer? integer|crm.null 客户 · customer
---@field product? integer|crm.null 产品 · product
---@field quantity? integer|crm.null 数量 · quantity
---@field allocated? integer|crm.null 已分配 · allocated
---@field state? "waiting"|"allocated"|"withdrawn"|crm.null 状态 · state

---@class crm.where.stock_request : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field product? integer|crm.match 产品 · product
---@field quantity? integer|crm.match 数量 · quantity
---@field allocated? integer|crm.match 已分配 · allocated
---@field state? "waiting"|"allocated"|"withdrawn"|crm.match 状态 · state
---@field any? crm.where.stock_request[] one of these holds

---@class crm.query.stock_request
---@field where? crm.where.stock_request
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- task: Something to be done by somebody on a day (REV-02, FUP-02).

---@class crm.record.task.causes
---@field kind string 事由 · kind
---@field order? integer 订单 · order
---@field product? integer 产品 · product
---@field text? string 说明 · text
---@field title? string 标题 · title

---@class crm.record.task : crm.record
---@field customer? integer 客户 · customer
---@field kind string 类别 · kind. revisit, repurchase, or one that a package brings.
---@field title? string 标题 · title
---@field owner? string 负责人 · owner
---@field due_on? crm.day 到期日 · due on. Due that day, overdue after it (REV-02).
---@field state "open"|"done"|"cancelled" 状态 · state
---@field reasons? string[] 事由 · reasons. The kinds of all that fell together on this day (REV-12).
---@field causes? crm.record.task.causes[] 来由 · causes. What each reason comes from.
---@field result? table<string, any> 结果 · result. What came of it: content, method, answers (REV-04).
---@field completed_at? crm.instant 完成时间 · completed at
---@field completed_by? string 完成人 · completed by
---@field reminded_at? crm.instant 提醒时间 · reminded at
---@field complaint? integer 投诉 · complaint
---@field accused? string 被投诉人 · accused. Of what belongs to a complaint about staff: about whom.
---@field late? boolean 逾期完成 · done late. Done behind its day (REV-13).

---@class crm.values.task
---@field customer? integer|crm.null 客户 · customer
---@field kind? string|crm.null 类别 · kind. revisit, repurchase, or one that a package brings.
---@field title? string|crm.null 标题 · title
---@field owner? string|crm.null 负责人 · owner
---@field due_on? crm.day|crm.null 到期日 · due on. Due that day, overdue after it (REV-02).
---@field state? "open"|"done"|"cancelled"|crm.null 状态 · state
---@field reasons? string[]|crm.null 事由 · reasons. The kinds of all that fell together on this day (REV-12).
---@field causes? crm.record.task.causes[]|crm.null 来由 · causes. What each reason comes from.
---@field result? table<string, any>|crm.null 结果 · result. What came of it: content, method, answers (REV-04).
---@field completed_at? crm.instant|crm.null 完成时间 · completed at
---@field completed_by? string|crm.null 完成人 · completed by
---@field reminded_at? crm.instant|crm.null 提醒时间 · reminded at
---@field complaint? integer|crm.null 投诉 · complaint
---@field accused? string|crm.null 被投诉人 · accused. Of what belongs to a complaint about staff: about whom.
---@field late? boolean|crm.null 逾期完成 · done late. Done behind its day (REV-13).

---@class crm.where.task : crm.where
---@field customer? integer|crm.match 客户 · customer
---@field kind? string|crm.match 类别 · kind. revisit, repurchase, or one that a package brings.
---@field title? string|crm.match 标题 · title
---@field owner? string|crm.match 负责人 · owner
---@field due_on? crm.day|crm.match 到期日 · due on. Due that day, overdue after it (REV-02).
---@field state? "open"|"done"|"cancelled"|crm.match 状态 · state
---@field reasons? any 事由 · reasons. The kinds of all that fell together on this day (REV-12).
---@field causes? any 来由 · causes. What each reason comes from.
---@field result? any 结果 · result. What came of it: content, method, answers (REV-04).
---@field completed_at? crm.instant|crm.match 完成时间 · completed at
---@field completed_by? string|crm.match 完成人 · completed by
---@field reminded_at? crm.instant|crm.match 提醒时间 · reminded at
---@field complaint? integer|crm.match 投诉 · complaint
---@field accused? string|crm.match 被投诉人 · accused. Of what belongs to a complaint about staff: about whom.
---@field late? boolean|crm.match 逾期完成 · done late. Done behind its day (REV-13).
---@field any? crm.where.task[] one of these holds

---@class crm.query.task
---@field where? crm.where.task
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- team: Users who belong together; a user's field `team` says who is in it (ROL-01).

---@class crm.record.team : crm.record
---@field name string 团队名 · name
---@field leader? string 主管 · leader. A user's name.
---@field parent? integer 上级团队 · parent. The team above; at most 16 above one another.

---@class crm.values.team
---@field name? string|crm.null 团队名 · name
---@field leader? string|crm.null 主管 · leader. A user's name.
---@field parent? integer|crm.null 上级团队 · parent. The team above; at most 16 above one another.

---@class crm.where.team : crm.where
---@field name? string|crm.match 团队名 · name
---@field leader? string|crm.match 主管 · leader. A user's name.
---@field parent? integer|crm.match 上级团队 · parent. The team above; at most 16 above one another.
---@field any? crm.where.team[] one of these holds

---@class crm.query.team
---@field where? crm.where.team
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- territory: Where a distributor may sell; exclusive ones are nobody else's (DIS-01).

---@class crm.record.territory : crm.record
---@field customer integer 经销商 · distributor
---@field region string 地区 · region
---@field product_line? string 产品线 · product line. All of them when empty.
---@field channel? string 渠道 · channel. All of them when empty.
---@field starts_on crm.day 开始 · starts on
---@field ends_on? crm.day 结束 · ends on
---@field exclusive boolean 独家 · exclusive
---@field state "held"|"returned" 状态 · state

---@class crm.values.territory
---@field customer? integer|crm.null 经销商 · distributor
---@field region? string|crm.null 地区 · region
---@field product_line? string|crm.null 产品线 · product line. All of them when empty.
---@field channel? string|crm.null 渠道 · channel. All of them when empty.
---@field starts_on? crm.day|crm.null 开始 · starts on
---@field ends_on? crm.day|crm.null 结束 · ends on
---@field exclusive? boolean|crm.null 独家 · exclusive
---@field state? "held"|"returned"|crm.null 状态 · state

---@class crm.where.territory : crm.where
---@field customer? integer|crm.match 经销商 · distributor
---@field region? string|crm.match 地区 · region
---@field product_line? string|crm.match 产品线 · product line. All of them when empty.
---@field channel? string|crm.match 渠道 · channel. All of them when empty.
---@field starts_on? crm.day|crm.match 开始 · starts on
---@field ends_on? crm.day|crm.match 结束 · ends on
---@field exclusive? boolean|crm.match 独家 · exclusive
---@field state? "held"|"returned"|crm.match 状态 · state
---@field any? crm.where.territory[] one of these holds

---@class crm.query.territory
---@field where? crm.where.territory
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- token: What a program logs in with (auth.token).

---@class crm.record.token : crm.record
---@field name string 名称 · name. What it is for.
---@field user string 用户 · user. Acts as this user, with at most that user's rights.
---@field ops? string[] 操作 · ops. Limited to these ops: task.list, or task.* for all of a noun; none: not limited.
---@field types? string[] 类型 · types. Limited to these types; without ops, to ops that are asked of one type by name.
---@field expires_at? crm.instant 到期 · expires at. Of no use from then on.
---@field revoked_at? crm.instant 撤销于 · revoked at. Of no use since then.

---@class crm.values.token
---@field name? string|crm.null 名称 · name. What it is for.
---@field user? string|crm.null 用户 · user. Acts as this user, with at most that user's rights.
---@field ops? string[]|crm.null 操作 · ops. Limited to these ops: task.list, or task.* for all of a noun; none: not limited.
---@field types? string[]|crm.null 类型 · types. Limited to these types; without ops, to ops that are asked of one type by name.
---@field expires_at? crm.instant|crm.null 到期 · expires at. Of no use from then on.
---@field revoked_at? crm.instant|crm.null 撤销于 · revoked at. Of no use since then.

---@class crm.where.token : crm.where
---@field name? string|crm.match 名称 · name. What it is for.
---@field user? string|crm.match 用户 · user. Acts as this user, with at most that user's rights.
---@field ops? string[]|crm.match 操作 · ops. Limited to these ops: task.list, or task.* for all of a noun; none: not limited.
---@field types? string[]|crm.match 类型 · types. Limited to these types; without ops, to ops that are asked of one type by name.
---@field expires_at? crm.instant|crm.match 到期 · expires at. Of no use from then on.
---@field revoked_at? crm.instant|crm.match 撤销于 · revoked at. Of no use since then.
---@field any? crm.where.token[] one of these holds

---@class crm.query.token
---@field where? crm.where.token
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- training: Training of a distributor's staff: the plan and who came (DIS-05).

---@class crm.record.training : crm.record
---@field customer integer 经销商 · distributor
---@field topic string 主题 · topic
---@field held_on crm.day 日期 · held on
---@field invited integer 计划人数 · invited
---@field attended? integer 到场人数 · attended

---@class crm.values.training
---@field customer? integer|crm.null 经销商 · distributor
---@field topic? string|crm.null 主题 · topic
---@field held_on? crm.day|crm.null 日期 · held on
---@field invited? integer|crm.null 计划人数 · invited
---@field attended? integer|crm.null 到场人数 · attended

---@class crm.where.training : crm.where
---@field customer? integer|crm.match 经销商 · distributor
---@field topic? string|crm.match 主题 · topic
---@field held_on? crm.day|crm.match 日期 · held on
---@field invited? integer|crm.match 计划人数 · invited
---@field attended? integer|crm.match 到场人数 · attended
---@field any? crm.where.training[] one of these holds

---@class crm.query.training
---@field where? crm.where.training
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- unit: A flat that is for sale.

---@class crm.record.unit : crm.record
---@field project integer 项目 · project
---@field building? integer 楼栋 · building
---@field name string 房号 · number
---@field floor? integer 楼层 · floor
---@field layout? string 户型 · layout
---@field facing? string 朝向 · facing
---@field area? string 建筑面积 · area
---@field price integer 总价 · price
---@field floor_price integer 底价 · floor price
---@field status "free"|"held"|"sold" 状态 · status

---@class crm.values.unit
---@field project? integer|crm.null 项目 · project
---@field building? integer|crm.null 楼栋 · building
---@field name? string|crm.null 房号 · number
---@field floor? integer|crm.null 楼层 · floor
---@field layout? string|crm.null 户型 · layout
---@field facing? string|crm.null 朝向 · facing
---@field area? string|crm.null 建筑面积 · area
---@field price? integer|crm.null 总价 · price
---@field floor_price? integer|crm.null 底价 · floor price
---@field status? "free"|"held"|"sold"|crm.null 状态 · status

---@class crm.where.unit : crm.where
---@field project? integer|crm.match 项目 · project
---@field building? integer|crm.match 楼栋 · building
---@field name? string|crm.match 房号 · number
---@field floor? integer|crm.match 楼层 · floor
---@field layout? string|crm.match 户型 · layout
---@field facing? string|crm.match 朝向 · facing
---@field area? string|crm.match 建筑面积 · area
---@field price? integer|crm.match 总价 · price
---@field floor_price? integer|crm.match 底价 · floor price
---@field status? "free"|"held"|"sold"|crm.match 状态 · status
---@field any? crm.where.unit[] one of these holds

---@class crm.query.unit
---@field where? crm.where.unit
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- user: Somebody who may log in (ROL-01).

---@class crm.record.user : crm.record
---@field name string 用户名 · name
---@field roles? string[] 角色 · roles. Names of role records (ROL-01).
---@field team? integer 团队 · team. The team that the user belongs to (ROL-01).
---@field region? string 地区 · region. "$region" in permissions: 山东/济南 (ROL-02).
---@field disabled boolean 停用 · disabled

---@class crm.values.user
---@field name? string|crm.null 用户名 · name
---@field roles? string[]|crm.null 角色 · roles. Names of role records (ROL-01).
---@field team? integer|crm.null 团队 · team. The team that the user belongs to (ROL-01).
---@field region? string|crm.null 地区 · region. "$region" in permissions: 山东/济南 (ROL-02).
---@field disabled? boolean|crm.null 停用 · disabled

---@class crm.where.user : crm.where
---@field name? string|crm.match 用户名 · name
---@field roles? string[]|crm.match 角色 · roles. Names of role records (ROL-01).
---@field team? integer|crm.match 团队 · team. The team that the user belongs to (ROL-01).
---@field region? string|crm.match 地区 · region. "$region" in permissions: 山东/济南 (ROL-02).
---@field disabled? boolean|crm.match 停用 · disabled
---@field any? crm.where.user[] one of these holds

---@class crm.query.user
---@field where? crm.where.user
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- visit: A visit to an outlet: planned, checked in, what was seen (DIS-08, DIS-10).

---@class crm.record.visit.display
---@field item string What was looked at: 排面, 价签, 海报 …
---@field good boolean
---@field note? string

---@class crm.record.visit : crm.record
---@field customer integer 网点 · outlet
---@field owner string 拜访人 · visitor
---@field visit_on crm.day 日期 · visit on
---@field position? integer 顺序 · position
---@field arrived_at? crm.instant 到店时间 · arrived at
---@field metres? integer 距离（米） · metres away
---@field minutes? integer 停留（分钟） · minutes
---@field effective? boolean 有效 · effective
---@field display? crm.record.visit.display[] 商品陈列 · display. What the inspection found (DIS-08).
---@field support? integer 支持程度 · support. 0 to 5 (DIS-07).
---@field content? string 内容 · content
---@field state "planned"|"there"|"done"|"missed"|"dropped" 状态 · state. A visit that nobody checked in for on its day was missed.

---@class crm.values.visit
---@field customer? integer|crm.null 网点 · outlet
---@field owner? string|crm.null 拜访人 · visitor
---@field visit_on? crm.day|crm.null 日期 · visit on
---@field position? integer|crm.null 顺序 · position
---@field arrived_at? crm.instant|crm.null 到店时间 · arrived at
---@field metres? integer|crm.null 距离（米） · metres away
---@field minutes? integer|crm.null 停留（分钟） · minutes
---@field effective? boolean|crm.null 有效 · effective
---@field display? crm.record.visit.display[]|crm.null 商品陈列 · display. What the inspection found (DIS-08).
---@field support? integer|crm.null 支持程度 · support. 0 to 5 (DIS-07).
---@field content? string|crm.null 内容 · content
---@field state? "planned"|"there"|"done"|"missed"|"dropped"|crm.null 状态 · state. A visit that nobody checked in for on its day was missed.

---@class crm.where.visit : crm.where
---@field customer? integer|crm.match 网点 · outlet
---@field owner? string|crm.match 拜访人 · visitor
---@field visit_on? crm.day|crm.match 日期 · visit on
---@field position? integer|crm.match 顺序 · position
---@field arrived_at? crm.instant|crm.match 到店时间 · arrived at
---@field metres? integer|crm.match 距离（米） · metres away
---@field minutes? integer|crm.match 停留（分钟） · minutes
---@field effective? boolean|crm.match 有效 · effective
---@field display? any 商品陈列 · display. What the inspection found (DIS-08).
---@field support? integer|crm.match 支持程度 · support. 0 to 5 (DIS-07).
---@field content? string|crm.match 内容 · content
---@field state? "planned"|"there"|"done"|"missed"|"dropped"|crm.match 状态 · state. A visit that nobody checked in for on its day was missed.
---@field any? crm.where.visit[] one of these holds

---@class crm.query.visit
---@field where? crm.where.visit
---@field order? string|string[] "-" before a field for descending
---@field limit? integer
---@field after? string the cursor of the page before

-- Ops

-- allocation.run (sales): Gives stock to key customers first, then in the order of asking (KEY-05).

---@class crm.params.allocation.run
---@field product integer

---@class crm.result.allocation.run.items
---@field request integer
---@field customer integer
---@field key boolean
---@field allocated integer
---@field back_order integer

---@class crm.result.allocation.run
---@field items crm.result.allocation.run.items[] In the order of giving.
---@field left integer What nobody asked for.

-- api.describe (core): {ops, types, packages}: every op with params, result, errors and doc; every type with fields and indexes (PLT-02).

---@class crm.result.api.describe
---@field ops table<string, any>[] Every op.
---@field types table<string, any>[] Every type with fields and indexes.
---@field packages table<string, any>[] Every package.

-- auth.login (core): Logs the connection in. Wrong passwords are counted: RATE_LIMITED says how long to wait.

---@class crm.params.auth.login
---@field user string User name.
---@field password string Password.

---@class crm.result.auth.login
---@field user string Empty before login.
---@field administrator boolean Has the role administrator.
---@field client string As it said.
---@field errors string string or map.
---@field lang string zh-CN or en.
---@field timezone string Of instants in texts.

-- auth.logout (core): Back to before login.

---@class crm.result.auth.logout
---@field user string Empty before login.
---@field administrator boolean Has the role administrator.
---@field client string As it said.
---@field errors string string or map.
---@field lang string zh-CN or en.
---@field timezone string Of instants in texts.

-- auth.remember (core): Notes from where a user has logged in.

---@class crm.params.auth.remember
---@field user string User name.
---@field network string From where.

-- auth.token (core): Logs the connection in as the token's user, within the token's scope.

---@class crm.params.auth.token
---@field token string The secret that token.create gave.

---@class crm.result.auth.token
---@field user string Empty before login.
---@field administrator boolean Has the role administrator.
---@field client string As it said.
---@field errors string string or map.
---@field lang string zh-CN or en.
---@field timezone string Of instants in texts.

-- backup.run (core): Starts a job that copies everything while the server goes on, verifies the copy and then gives it its name. The job's result is {path, sequence, epoch, at, records, bytes}.

---@class crm.params.backup.run
---@field path string Where the backup will be: a directory that does not exist yet. Below backup.directory when that is configured, else absolute.

---@class crm.result.backup.run.progress
---@field done integer 已完成 · done
---@field total integer 总量 · total. 0: not known.

---@class crm.result.backup.run.error
---@field code string 代码 · code
---@field field string 字段 · field
---@field message string 说明 · message

---@class crm.result.backup.run
---@field id integer The job's number.
---@field kind string What is done.
---@field state "queued"|"running"|"done"|"failed"|"cancelled"
---@field progress crm.result.backup.run.progress How far it is; a total of 0 is not known.
---@field result table<string, any> What came of it; not before it is done.
---@field error crm.result.backup.run.error Why it failed.
---@field params table<string, any> What it was started with.
---@field created_at crm.instant
---@field created_by string
---@field started_at crm.instant
---@field finished_at crm.instant

-- batch.run (core): Runs the calls in order as one change: all or none. {results}, one per call.

---@class crm.params.batch.run.calls
---@field op string An op's name.
---@field params? table<string, any> Its params; "$0.id" is a value of an earlier result.

---@class crm.params.batch.run
---@field calls crm.params.batch.run.calls[] Up to 500 calls, in order.

---@class crm.result.batch.run
---@field results any[] One per call, in order.

-- calendar.birthday (core): The next day on which a lunar birthday is kept: one of a leap month in the ordinary month where the year has no leap month, one on the 30th on the last day of a short month.

---@class crm.params.calendar.birthday
---@field lunar string The lunar date of birth: 1987-06L-15.
---@field after? crm.day Today if absent.

---@class crm.result.calendar.birthday
---@field date crm.day The day.
---@field lunar string The same as 2025-06-15 or 2025-06L-15.
---@field name string The same as 二〇二五年闰六月十五.
---@field year integer The lunar year.
---@field month integer 1 to 12.
---@field leap boolean The second month of that number (闰).
---@field day integer 1 to 30.
---@field month_days integer 29 or 30: days of that month.
---@field festival string The festival of that day, or nil.

-- calendar.festival (core): The day of a festival of the lunar calendar in a year, or the next one.

---@class crm.params.calendar.festival
---@field name string 春节, 元宵节, 龙抬头, 端午节, 七夕, 中元节, 中秋节, 重阳节, 腊八节, 小年, 除夕.
---@field year? integer The lunar year (除夕 of 2025 is in February 2026); absent: the next one.

---@class crm.result.calendar.festival
---@field date crm.day The day.
---@field lunar string The same as 2025-06-15 or 2025-06L-15.
---@field name string The same as 二〇二五年闰六月十五.
---@field year integer The lunar year.
---@field month integer 1 to 12.
---@field leap boolean The second month of that number (闰).
---@field day integer 1 to 30.
---@field month_days integer 29 or 30: days of that month.
---@field festival string The festival of that day, or nil.

-- calendar.lunar (core): A day in both calendars, by its date or its lunar date, 1901 to 2099.

---@class crm.params.calendar.lunar
---@field date? crm.day A day; today if neither is given.
---@field lunar? string Or a lunar date: 2025-06-15, in a leap month 2025-06L-15; also as people write it.

---@class crm.result.calendar.lunar
---@field date crm.day The day.
---@field lunar string The same as 2025-06-15 or 2025-06L-15.
---@field name string The same as 二〇二五年闰六月十五.
---@field year integer The lunar year.
---@field month integer 1 to 12.
---@field leap boolean The second month of that number (闰).
---@field day integer 1 to 30.
---@field month_days integer 29 or 30: days of that month.
---@field festival string The festival of that day, or nil.

-- calendar.time (core): Adds working time to an instant, or measures it between two: across lunch, weekends, holidays and make-up days.

---@class crm.params.calendar.time
---@field from? any INSTANT; now if absent.
---@field time? integer Working time to add, in milliseconds.
---@field until? any Or: the INSTANT up to which to count; now.

---@class crm.result.calendar.time
---@field from crm.instant Where counting began.
---@field until crm.instant Where it ended.
---@field time integer Working time between, milliseconds.

-- calendar.working (core): Counts working days by the calendar records and the working week (C-07): `days` on from a day, or how many there are `until` another. VALIDATION_FAILED names a year without records.

---@class crm.params.calendar.working
---@field from? crm.day Counting begins the day after; today if absent.
---@field days? integer How many working days on; negative: back; 0 if absent.
---@field until? crm.day Or: up to which day to count.

---@class crm.result.calendar.working
---@field from crm.day Where counting began.
---@field date crm.day Where it ended.
---@field days integer Working days between.
---@field working boolean Whether `date` is one; nil in a year without calendar records.
---@field ends_at crm.instant The end of `date`: due then (C-07).

-- card.open (real_estate): All about an owner or somebody who may be one (COO-04).

---@class crm.params.card.open
---@field customer integer

---@class crm.result.card.open
---@field customer table<string, any>
---@field deals table<string, any>[]
---@field visits table<string, any>[]
---@field issues table<string, any>[]
---@field feedback table<string, any>[]
---@field tasks table<string, any>[]

-- care.day (health_product): Each night: the cards of the next days (CARE-01).

---@class crm.params.care.day
---@field type? "customer"|"contact"|"occasion" Only these; all when not given.

---@class crm.result.care.day
---@field cards integer

-- care.greet (health_product): A festival's cards for a page of customers (REV-09).

---@class crm.params.care.greet
---@field id integer The occasion.
---@field day crm.day Its day.
---@field after? string Where the page begins.

---@class crm.result.care.greet
---@field cards integer

-- care.reckon (health_product): Works out the card days of customers or contacts who were there before the package, page by page (CARE-01).

---@class crm.params.care.reckon
---@field type "customer"|"contact" Whose days.
---@field after? integer Only numbers above this one.

---@class crm.result.care.reckon
---@field looked integer Of this page; others follow.

-- care.ungreet (health_product): A festival was wrong: takes a page of its open cards back (REV-09).

---@class crm.params.care.ungreet
---@field day crm.day The wrong day.
---@field greeting string What the cards say.
---@field before crm.instant When it was corrected.
---@field after? string Where the page begins.

---@class crm.result.care.ungreet
---@field cards integer

-- clock.advance (core): Moves the test clock on and fires every timer on the way, in order; returns when nothing is due.

---@class crm.params.clock.advance
---@field to any Where to go: RFC 3339 text with offset, milliseconds, or a date.

---@class crm.result.clock.advance
---@field now crm.instant Milliseconds UTC.
---@field text string RFC 3339, in the business zone.
---@field today crm.day In the business zone.
---@field timezone string business.timezone.
---@field test boolean A test clock, which stands still.

-- clock.get (core): {now (milliseconds UTC), text (in the session's zone), today, timezone, test}.

---@class crm.result.clock.get
---@field now crm.instant Milliseconds UTC.
---@field text string RFC 3339, in the business zone.
---@field today crm.day In the business zone.
---@field timezone string business.timezone.
---@field test boolean A test clock, which stands still.

-- clock.set (core): Sets the test clock; what is due then fires at once.

---@class crm.params.clock.set
---@field now any The new time: RFC 3339 text with offset, milliseconds, or a date.

---@class crm.result.clock.set
---@field now crm.instant Milliseconds UTC.
---@field text string RFC 3339, in the business zone.
---@field today crm.day In the business zone.
---@field timezone string business.timezone.
---@field test boolean A test clock, which stands still.

-- complaint.acknowledge (complaint): The first answer to the customer, on the same day (CMP-06).

---@class crm.params.complaint.acknowledge
---@field id integer The complaint's number.
---@field content string
---@field method? "phone"|"visit"|"email"|"fax"|"letter" phone when not given.
---@field promised_on? crm.day When an end was promised (CMP-14).

-- complaint.agree (complaint): Stores the agreement and gives everybody his part (CMP-09).

---@class crm.params.complaint.agree
---@field id integer The complaint's number.
---@field agreement string

-- complaint.approve (complaint): The leader approves the plan or sends it back (CMP-07).

---@class crm.params.complaint.approve
---@field id integer The complaint's number.
---@field approved? boolean

-- complaint.close (complaint): Closes it, or, when the customer is not satisfied, asks for another plan (CMP-08, C-13).

---@class crm.params.complaint.close
---@field id integer The complaint's number.
---@field satisfied? boolean
---@field outcome? "solved"|"explained"|"refused"

---@class crm.result.complaint.close
---@field closed boolean
---@field state string
---@field complaint table<string, any>

-- complaint.confirm (complaint): What the customer says to the plan (CMP-07, CMP-11).

---@class crm.params.complaint.confirm
---@field id integer The complaint's number.
---@field accepted? boolean
---@field proposal? string What the customer wants instead.

-- complaint.delegate (complaint): The supervisor names who acts for her (CMP-12).

---@class crm.params.complaint.delegate
---@field id integer The complaint's number.
---@field delegate string

-- complaint.escalate (complaint): Takes it up (CMP-11, CMP-17).

---@class crm.params.complaint.escalate
---@field id integer The complaint's number.
---@field level? "shift_leader"|"supervisor"|"leader" supervisor when not given.
---@field to? string The person behind that desk when not given.
---@field reason? string

-- complaint.investigate (complaint): Begins to look into it; with `founded`, ends it (CMP-15).

---@class crm.params.complaint.investigate
---@field id integer The complaint's number.
---@field founded? boolean
---@field findings? string

-- complaint.judge (complaint): Five factors, and what they suggest (CMP-10).

---@class crm.params.complaint.judge
---@field id integer The complaint's number.
---@field company_fault? boolean A: the fault is ours.
---@field damage? boolean B: the customer came to harm.
---@field reasonable? boolean C: what is asked for is reasonable.
---@field future? boolean D: the customer will buy again.
---@field influence? boolean E: others listen to the customer.

-- complaint.overdue (complaint): Those whose time has run out, the oldest first (CMP-14).

---@class crm.params.complaint.overdue
---@field handler? string Only this person's.
---@field limit? integer
---@field after? string

---@class crm.result.complaint.overdue.items
---@field id integer
---@field customer integer
---@field reason string
---@field state string
---@field state_text string
---@field due_at crm.instant
---@field handler string
---@field responsible string

---@class crm.result.complaint.overdue
---@field items crm.result.complaint.overdue.items[]
---@field next string

-- complaint.propose (complaint): Offers a plan (CMP-09); it goes to the leader or the customer (C-12).

---@class crm.params.complaint.propose.plan
---@field kind "exchange"|"return"|"gift"|"discount"|"apology"|"refund"|"small_gift"|"packaging"|"tour"|"invitation"
---@field text? string What exactly: 4 L 机油 2 桶.
---@field product? integer
---@field quantity? integer
---@field amount? integer What it costs the business.
---@field order? integer The order that is paid back.

---@class crm.params.complaint.propose
---@field id integer The complaint's number.
---@field plan crm.params.complaint.propose.plan[]

-- complaint.register (complaint): Registers a complaint, whatever way it came (CMP-01, CMP-20).

---@class crm.params.complaint.register
---@field customer integer 客户 · customer
---@field company? string 单位 · company
---@field address? string 地址 · address
---@field phone? string 电话 · phone
---@field reason string 事由 · reason
---@field channel "phone"|"email"|"letter"|"fax"|"visit" 渠道 · channel. phone 电话, email 邮件, letter 信函, fax 传真, visit 来访.
---@field class "product_quality"|"product_effect"|"product_packaging"|"product_price"|"staff_attitude"|"staff_skill"|"staff_delay"|"housing_use" 类别 · class. 产品：质量、效果、包装、价格；服务人员：态度、业务、拖延；住房使用 (CMP-03).
---@field kind? "grumble"|"complaint" 性质 · kind. grumble 抱怨 (emotional), complaint 投诉 (rational; CMP-04).
---@field severity? "simple"|"general"|"complex" 程度 · severity. simple 简单, general 一般, complex 复杂 (CMP-05).
---@field accused? string 被投诉人 · accused
---@field accused_in? "call_centre"|"other" 被投诉人所在 · where the accused works
---@field department? string 被投诉部门 · department concerned
---@field promised_on? crm.day 承诺日期 · promised on. The day by which the customer was promised an end (CMP-14).
---@field wish? "expectation"|"relief"|"respect"|"compensation" 客户期望 · wish. What the customer really wants: 期望, 发泄, 尊重, 补偿 (CMP-26).
---@field product? integer 产品 · product
---@field product_name? string 品名 · product name
---@field spec? string 规格 · spec
---@field produced_on? crm.day 生产日期 · produced on
---@field batch? string 批号 · batch
---@field used_when? string 使用时间 · used when
---@field symptom? string 症状 · symptom
---@field previous_brand? string 以前用的品牌 · previous brand
---@field previous_state? string 以前的状况 · previous state
---@field recent_state? string 近期状况 · recent state
---@field handler? string Whoever registers it when not given; of staff, the supervisor.

-- complaint.reopen (complaint): Opens a closed one again, within some days.

---@class crm.params.complaint.reopen
---@field id integer The complaint's number.
---@field reason? string

-- complaint.review (complaint): What is learned from it (CMP-18).

---@class crm.params.complaint.review
---@field id integer The complaint's number.
---@field review string

-- complaint.statistics (complaint): How many of which class, product, person and state (CMP-19).

---@class crm.params.complaint.statistics
---@field from crm.day
---@field to crm.day

---@class crm.result.complaint.statistics.by_class
---@field key string
---@field count integer

---@class crm.result.complaint.statistics.by_product
---@field key string
---@field count integer

---@class crm.result.complaint.statistics.by_accused
---@field key string
---@field count integer

---@class crm.result.complaint.statistics.by_handler
---@field key string
---@field count integer

---@class crm.result.complaint.statistics.by_state
---@field key string
---@field count integer

---@class crm.result.complaint.statistics
---@field total integer
---@field satisfied integer
---@field founded integer
---@field by_class crm.result.complaint.statistics.by_class[]
---@field by_product crm.result.complaint.statistics.by_product[]
---@field by_accused crm.result.complaint.statistics.by_accused[]
---@field by_handler crm.result.complaint.statistics.by_handler[]
---@field by_state crm.result.complaint.statistics.by_state[]

-- complaint.track (complaint): The customer was asked how it went.

---@class crm.params.complaint.track
---@field id integer The complaint's number.
---@field content string
---@field method? "phone"|"visit"|"email"|"fax"|"letter" phone when not given.

-- contact.check (health_product): Whether the customer may be spoken to now or at a time; else why not, and from when.

---@class crm.params.contact.check
---@field customer integer The customer's number.
---@field at? crm.instant Now when not given.

---@class crm.result.contact.check
---@field allowed boolean
---@field reason "no_contact"|"cap"|"quiet_hours" Why not: no_contact 拒绝联系, cap 次数已满, quiet_hours 时间不宜.
---@field from crm.instant From when on; empty: never.
---@field contacts integer Made within contact_days.

-- customer.overview (core): All that is known of one customer: {customer, contacts, orders (newest first), activities, tasks (open), complaints, values}, at most 50 of each (FUP-11).

---@class crm.params.customer.overview
---@field id integer The record's number.

---@class crm.result.customer.overview
---@field customer table<string, any> The record.
---@field contacts table<string, any>[] In the order they were entered.
---@field orders table<string, any>[] The newest first.
---@field activities table<string, any>[] The newest first.
---@field tasks table<string, any>[] Open ones, the earliest due first.
---@field complaints table<string, any>[] The newest first; empty without the package complaint.
---@field values table<string, any> order_count, order_total, last_order_on.

-- deal.advance (real_estate): On to the next milestone (COO-05).

---@class crm.params.deal.advance
---@field id integer
---@field to "deed"|"moved_in"|"service"

-- deal.cancel (real_estate): Gives the unit back.

---@class crm.params.deal.cancel
---@field id integer
---@field reason? string

-- deal.sign (real_estate): Sold; the visits after it are planned (REV-05).

---@class crm.params.deal.sign
---@field id integer
---@field price? integer
---@field signed_on? crm.day Today when not given.

-- deal.subscribe (real_estate): The customer puts money down.

---@class crm.params.deal.subscribe
---@field id integer
---@field price? integer

-- delivery.create (core): Has something happen outside when this change set is committed: ctx:deliver. Returns the delivery.

---@class crm.params.delivery.create
---@field channel string Who carries it: webhook, mail, or what a plugin brings.
---@field target? string Which of the channel's places, by its name in the configuration.
---@field event string What happened: noun.past.
---@field data? table<string, any> What is told, as the channel has it.
---@field type? string The type of the record it is about.
---@field id? integer That record's number: deliveries about one record leave in order.

-- delivery.drop (core): Gives an open delivery up: it is dead, and the next one of its queue may leave.

---@class crm.params.delivery.drop
---@field id integer The delivery's number.
---@field reason? string Kept as its error.

---@class crm.result.delivery.drop
---@field id integer The delivery's number.
---@field state string In which it is now.

-- delivery.due (core): A delivery that failed may leave again.

---@class crm.params.delivery.due
---@field type string delivery
---@field id integer The delivery's number.
---@field due integer What was set.

-- delivery.next (core): What a carrier may carry out now.

---@class crm.params.delivery.next
---@field channel string The carrier's.
---@field each? integer Of one target at most, those under way included.
---@field limit? integer Of all targets.
---@field under_way? integer[] Numbers that the carrier has in hand, which are left out.

---@class crm.result.delivery.next
---@field items table<string, any>[] Deliveries that may leave now; none while the server is paused.

-- delivery.report (core): What became of a try. Said twice it counts once.

---@class crm.params.delivery.report
---@field id integer The delivery's number.
---@field outcome "delivered"|"failed"|"dead" failed: to be tried again; dead: no further try would help.
---@field error? string Why, when it is not delivered.

---@class crm.result.delivery.report
---@field id integer The delivery's number.
---@field state string In which it is now.

-- delivery.retry (core): Delivers again: one delivery, or page by page those from a sequence on. Numbers stay, so that a receiver knows what it has had.

---@class crm.params.delivery.retry
---@field id? integer One delivery: closed, or failed.
---@field from? integer Else: those made by the journal's entries from this sequence on …
---@field channel? string … by this channel only …
---@field target? string … to this target only …
---@field state? "pending"|"waiting"|"failed"|"delivered"|"dead" … in this state only: dead, say. Else delivered ones are delivered again, too.
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? string The cursor `next` of the page before.

---@class crm.result.delivery.retry
---@field count integer Deliveries that will leave again.
---@field next string Pass it as `after`; nil: there is no more.

-- distributor.order (distributor): Enters an order at the prices of the distributor's level.

---@class crm.params.distributor.order.lines
---@field product integer
---@field quantity integer

---@class crm.params.distributor.order
---@field customer integer
---@field ordered_on? crm.day Today when not given.
---@field lines crm.params.distributor.order.lines[]

-- distributor.sheet (distributor): The 13 items of distributor management (DIS-09).

---@class crm.params.distributor.sheet
---@field customer integer
---@field from crm.day
---@field to crm.day

---@class crm.result.distributor.sheet.items
---@field number integer
---@field key string
---@field label string
---@field value integer None where there is nothing to divide by.
---@field unit string rate: 1/100 of a percent; money: fen; score: 0 to 5; hundredths: of a point.

---@class crm.result.distributor.sheet
---@field customer integer
---@field name string
---@field items crm.result.distributor.sheet.items[] Always thirteen, in the same order.

-- event.read (core): Changes of records as events: {items, next, more}; each with seq, epoch, at, actor, op, type, id, change (created, updated, deleted), version, index, count, record. The same events, in the same order, as a subscription sends.

---@class crm.params.event.read
---@field after? integer Events behind this sequence; from the first that is kept when not given.
---@field epoch? integer The epoch that `after` belongs to.
---@field types? string[] Only records of these types.
---@field where? table<string, any> Only records that match after the change; needs types.
---@field limit? integer About so many events, at most 1 000; 256 when not given. An entry's events stay together.

---@class crm.result.event.read
---@field items table<string, any>[] Events, the oldest first.
---@field next integer Pass it as `after`.
---@field more boolean There is more to read now.

-- event.subscribe (core): Sends [2, "event", [event]] for each change from now on, or from `after` on, in order and without gaps. Who is too slow gets [2, "event.lost", [{from, to}]] and reads those with event.read. One subscription per connection.

---@class crm.params.event.subscribe
---@field after? integer Resume behind this sequence; from now on when not given.
---@field epoch? integer The epoch that `after` belongs to.
---@field types? string[] Only records of these types.
---@field where? table<string, any> Only records that match after the change; needs types.

---@class crm.result.event.subscribe
---@field after integer Events behind this sequence will come.
---@field epoch integer The epoch of that sequence.

-- event.unsubscribe (core): Ends the connection's subscription.

---@class crm.result.event.unsubscribe
---@field subscribed boolean Whether there was a subscription.

-- export.read (core): The next piece of an export (ARC-24, RPT-01). In CSV a text that a spreadsheet would take for a formula has ' in front.

---@class crm.params.export.read
---@field type? string A type's name; without it everything: all records, also deleted and merged ones, links, and for administrators timers.
---@field where? table<string, any> A predicate over that type.
---@field format? "jsonl"|"msgpack"|"csv" jsonl, msgpack or csv.
---@field after? string `next` of the piece before.
---@field limit? integer Rows of one piece, 1 to 5 000; 1 000 when not given. A piece may have fewer.
---@field fields? string[] CSV: these columns, in this order.
---@field labels? boolean CSV: labels in the session's language as header, not names.
---@field bom? boolean CSV: begin with the byte order mark that Excel wants.

---@class crm.result.export.read
---@field rows integer In this piece.
---@field data any The piece: binary for msgpack, else text; put one behind the other they are the file.
---@field next string Pass it as `after`; nil: there is no more.

-- feedback.record (real_estate): Feedback; its group is evaluated, the best plan becomes a task (COO-01).

---@class crm.params.feedback.record
---@field customer integer
---@field content string
---@field kind? "attitude"|"view"|"criticism"|"suggestion"

-- filing.file (real_estate): An agent announces a customer, protected for a time.

---@class crm.params.filing.file
---@field customer integer
---@field project integer
---@field agent string

-- import.data (core): The next piece of the file. Its rows are created, as by record.create, before the answer comes, some hundred in a commit; a bad row costs only itself. What was accepted before has no second effect.

---@class crm.params.import.data
---@field id integer The import's number.
---@field offset integer Where in the file the chunk begins.
---@field data? any Binary or text.
---@field last? boolean The file ends with this chunk.
---@field size? integer Bytes of the whole file, when known by now.

---@class crm.result.import.data
---@field id integer
---@field type string
---@field format string
---@field dry_run boolean
---@field state string queued, running, done, failed or cancelled.
---@field offset integer Bytes that were accepted: where the next chunk begins.
---@field size integer Of the whole file; 0: not known.
---@field rows integer So far, without header and blanks.
---@field created integer
---@field failed integer
---@field ignored string[] Columns that were left out.
---@field undone integer Records that import.undo deleted.
---@field conflicts integer Records that it had to leave.
---@field error table<string, any> Why the import failed.

-- import.start (core): Begins an import; its file then comes by import.data.

---@class crm.params.import.start
---@field type? string A type's name. Of jsonl and msgpack each row may say its own instead.
---@field format? "csv"|"jsonl"|"msgpack" csv, jsonl or msgpack.
---@field mapping? table<string, any> Column → field; nil leaves a column out. Columns that bear a field's name or label need none.
---@field dry_run? boolean The same answers row by row, and nothing is written.
---@field encoding? string utf-8 or gb18030; found out when not given.
---@field keep_ids? boolean Records of an export come into being as they were, with number, version and stamps; no rule runs. Administrators only; jsonl or msgpack.
---@field size? integer Bytes of the whole file, for the progress.
---@field path? string A file of the server, relative to import.directory, which a job then imports. Administrators only.

---@class crm.result.import.start
---@field id integer The import's number, which is a job's.

-- import.status (core): How far an import is, and what became of each row, in pages.

---@class crm.params.import.status
---@field id integer The import's number.
---@field after? integer Results behind this row.
---@field limit? integer Results of one page, 1 to 500; 50 when not given.
---@field failures? boolean Only rows that failed.

---@class crm.result.import.status
---@field id integer
---@field type string
---@field format string
---@field dry_run boolean
---@field state string queued, running, done, failed or cancelled.
---@field offset integer Bytes that were accepted: where the next chunk begins.
---@field size integer Of the whole file; 0: not known.
---@field rows integer So far, without header and blanks.
---@field created integer
---@field failed integer
---@field ignored string[] Columns that were left out.
---@field undone integer Records that import.undo deleted.
---@field conflicts integer Records that it had to leave.
---@field error table<string, any> Why the import failed.
---@field items table<string, any>[] Rows: {row, line, ok, id} or {row, line, ok, code, field, message, value, data}; row 1 is the first behind the header.
---@field next integer Pass it as `after`; nil: there is no more.

-- import.undo (core): Deletes what the import created, in as many commits as it took; what others changed since stays and is listed. An import under way is cancelled first.

---@class crm.params.import.undo
---@field id integer The import's number.

---@class crm.result.import.undo
---@field id integer
---@field type string
---@field format string
---@field dry_run boolean
---@field state string queued, running, done, failed or cancelled.
---@field offset integer Bytes that were accepted: where the next chunk begins.
---@field size integer Of the whole file; 0: not known.
---@field rows integer So far, without header and blanks.
---@field created integer
---@field failed integer
---@field ignored string[] Columns that were left out.
---@field undone integer Records that import.undo deleted.
---@field conflicts integer Records that it had to leave.
---@field error table<string, any> Why the import failed.
---@field items table<string, any>[] Conflicts, the first 500: {type, id, code}. VERSION_CONFLICT: somebody changed it; REFERENCE_IN_USE: others refer to it.

-- issue.report (real_estate): A problem, repaired on site (REV-07, COO-08).

---@class crm.params.issue.report
---@field customer integer
---@field unit? integer
---@field content string
---@field owner? string

-- job.begin (core): The long lane takes a queued job up.

---@class crm.params.job.begin
---@field id integer The job's number.

---@class crm.result.job.begin.progress
---@field done integer 已完成 · done
---@field total integer 总量 · total. 0: not known.

---@class crm.result.job.begin.error
---@field code string 代码 · code
---@field field string 字段 · field
---@field message string 说明 · message

---@class crm.result.job.begin
---@field id integer The job's number.
---@field kind string What is done.
---@field state "queued"|"running"|"done"|"failed"|"cancelled"
---@field progress crm.result.job.begin.progress How far it is; a total of 0 is not known.
---@field result table<string, any> What came of it; not before it is done.
---@field error crm.result.job.begin.error Why it failed.
---@field params table<string, any> What it was started with.
---@field created_at crm.instant
---@field created_by string
---@field started_at crm.instant
---@field finished_at crm.instant

-- job.cancel (core): Ends a job between two of its steps; what the steps before did stays. For its owner and administrators.

---@class crm.params.job.cancel
---@field id integer The job's number.

---@class crm.result.job.cancel.progress
---@field done integer 已完成 · done
---@field total integer 总量 · total. 0: not known.

---@class crm.result.job.cancel.error
---@field code string 代码 · code
---@field field string 字段 · field
---@field message string 说明 · message

---@class crm.result.job.cancel
---@field id integer The job's number.
---@field kind string What is done.
---@field state "queued"|"running"|"done"|"failed"|"cancelled"
---@field progress crm.result.job.cancel.progress How far it is; a total of 0 is not known.
---@field result table<string, any> What came of it; not before it is done.
---@field error crm.result.job.cancel.error Why it failed.
---@field params table<string, any> What it was started with.
---@field created_at crm.instant
---@field created_by string
---@field started_at crm.instant
---@field finished_at crm.instant

-- job.end (core): A job is done, or has failed.

---@class crm.params.job.end
---@field id integer The job's number.
---@field state string done or failed.
---@field result? table<string, any> What came of it.
---@field error? table<string, any> Why it failed.

---@class crm.result.job.end.progress
---@field done integer 已完成 · done
---@field total integer 总量 · total. 0: not known.

---@class crm.result.job.end.error
---@field code string 代码 · code
---@field field string 字段 · field
---@field message string 说明 · message

---@class crm.result.job.end
---@field id integer The job's number.
---@field kind string What is done.
---@field state "queued"|"running"|"done"|"failed"|"cancelled"
---@field progress crm.result.job.end.progress How far it is; a total of 0 is not known.
---@field result table<string, any> What came of it; not before it is done.
---@field error crm.result.job.end.error Why it failed.
---@field params table<string, any> What it was started with.
---@field created_at crm.instant
---@field created_by string
---@field started_at crm.instant
---@field finished_at crm.instant

-- job.get (core): How far a job is, and what came of it. Where the result is a list, its `items` come in pages: `next` is nil behind the last.

---@class crm.params.job.get
---@field id integer The job's number.
---@field after? integer Of a result with a list: where this page begins, the `next` of the page before.
---@field limit? integer Items of one page at most; as many as a result holds when not given.

---@class crm.result.job.get.progress
---@field done integer 已完成 · done
---@field total integer 总量 · total. 0: not known.

---@class crm.result.job.get.error
---@field code string 代码 · code
---@field field string 字段 · field
---@field message string 说明 · message

---@class crm.result.job.get
---@field id integer The job's number.
---@field kind string What is done.
---@field state "queued"|"running"|"done"|"failed"|"cancelled"
---@field progress crm.result.job.get.progress How far it is; a total of 0 is not known.
---@field result table<string, any> What came of it; not before it is done.
---@field error crm.result.job.get.error Why it failed.
---@field params table<string, any> What it was started with.
---@field created_at crm.instant
---@field created_by string
---@field started_at crm.instant
---@field finished_at crm.instant

-- job.keep (core): Keeps items of a job's result.

---@class crm.params.job.keep
---@field id integer The job's number.
---@field from? integer The number of the first item.
---@field items table<string, any>[] What the job's result lists from there on.

-- job.list (core): Jobs, the newest first: {items, next}.

---@class crm.params.job.list
---@field state? string Only jobs in this state.
---@field kind? string Only jobs of this kind.
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? string The cursor `next` of the page before.

---@class crm.result.job.list.items.progress
---@field done integer 已完成 · done
---@field total integer 总量 · total. 0: not known.

---@class crm.result.job.list.items.error
---@field code string 代码 · code
---@field field string 字段 · field
---@field message string 说明 · message

---@class crm.result.job.list.items
---@field id integer The job's number.
---@field kind string What is done.
---@field state "queued"|"running"|"done"|"failed"|"cancelled"
---@field progress crm.result.job.list.items.progress How far it is; a total of 0 is not known.
---@field result table<string, any> What came of it; not before it is done.
---@field error crm.result.job.list.items.error Why it failed.
---@field params table<string, any> What it was started with.
---@field created_at crm.instant
---@field created_by string
---@field started_at crm.instant
---@field finished_at crm.instant

---@class crm.result.job.list
---@field items crm.result.job.list.items[] Jobs, the newest first.
---@field next string Pass it as `after`; nil: there is no more.

-- job.save (core): Keeps where a job stands.

---@class crm.params.job.save
---@field id integer The job's number.
---@field work table<string, any> Where it stands: done, total and what its kind needs.

---@class crm.result.job.save.progress
---@field done integer 已完成 · done
---@field total integer 总量 · total. 0: not known.

---@class crm.result.job.save.error
---@field code string 代码 · code
---@field field string 字段 · field
---@field message string 说明 · message

---@class crm.result.job.save
---@field id integer The job's number.
---@field kind string What is done.
---@field state "queued"|"running"|"done"|"failed"|"cancelled"
---@field progress crm.result.job.save.progress How far it is; a total of 0 is not known.
---@field result table<string, any> What came of it; not before it is done.
---@field error crm.result.job.save.error Why it failed.
---@field params table<string, any> What it was started with.
---@field created_at crm.instant
---@field created_by string
---@field started_at crm.instant
---@field finished_at crm.instant

-- journal.read (core): What was changed, by whom, in order: {items, next}; each item with seq, epoch, at, actor, op, request, cause, packages, hash and changes = [{type, id, previous, record}] (ARC-16, ROL-06).

---@class crm.params.journal.read
---@field after? integer Entries behind this sequence; 0 from the first that is kept.
---@field epoch? integer The epoch that `after` belongs to.
---@field limit? integer Entries of one page, at most 10 000; 100 when not given.
---@field where? table<string, any> Over seq, at, actor, op, request, cause, types.

---@class crm.result.journal.read
---@field items table<string, any>[] Entries, the oldest first.
---@field next integer Pass it as `after`; nil: there is no more.

-- key.mark (sales): Writes the ranking to the customers (KEY-01).

---@class crm.params.key.mark
---@field from crm.day
---@field to crm.day

---@class crm.result.key.mark
---@field key_customers integer
---@field key_share integer
---@field no_longer integer Customers that were key until now.

-- key.rank (sales): Customers by sales; the top 20 % are key, with their share (KEY-01).

---@class crm.params.key.rank
---@field from crm.day
---@field to crm.day

---@class crm.result.key.rank.items
---@field number integer
---@field customer integer
---@field sales integer
---@field share integer
---@field key boolean

---@class crm.result.key.rank
---@field items crm.result.key.rank.items[] The most first.
---@field customers integer Those who bought.
---@field sales integer
---@field key_customers integer
---@field key_sales integer
---@field key_share integer Shares are in hundredths of a percent.
---@field tail_share integer Of all others.
---@field reaching integer How many customers reach 80 % of the sales.

-- lead.convert (sales): Makes a customer of a qualified lead.

---@class crm.params.lead.convert
---@field id integer The lead's number.

-- ledger.balance (distributor): The balance of each account beside the sum of its entries.

---@class crm.params.ledger.balance
---@field customer integer The distributor's number.

---@class crm.result.ledger.balance.accounts
---@field account string
---@field balance integer As the customer's record has it.
---@field sum integer Of all entries.

---@class crm.result.ledger.balance
---@field accounts crm.result.ledger.balance.accounts[] One for each account.

-- opportunity.forecast (sales): Amount × probability by month (OPP-05).

---@class crm.params.opportunity.forecast
---@field from crm.day
---@field to crm.day
---@field owner? string Only this person's.

---@class crm.result.opportunity.forecast.items
---@field month string
---@field count integer
---@field amount integer
---@field forecast integer

---@class crm.result.opportunity.forecast
---@field items crm.result.opportunity.forecast.items[] One for each month with deals.

-- opportunity.funnel (sales): Count and amount of each stage (OPP-02).

---@class crm.params.opportunity.funnel
---@field owner? string Only this person's.

---@class crm.result.opportunity.funnel.items
---@field stage string
---@field count integer
---@field amount integer

---@class crm.result.opportunity.funnel
---@field items crm.result.opportunity.funnel.items[] One for each stage, in order.

-- order.cancel (core): Cancels an order and what follows from it (REV-14).

---@class crm.params.order.cancel
---@field id integer The record's number.
---@field reason? string Why.

-- order.create (core): Enters an order; lines carry price, amount and, where a package computes it, repurchase_on (ORD-02, ORD-07).

---@class crm.params.order.create
---@field customer integer The buyer's number.
---@field ordered_on? crm.day Today when not given.
---@field lines any[] [{product, quantity, price?}, …], 1 to 200 lines.
---@field owner? string Who took it; else the customer's owner, else the caller.
---@field note? string Free text.

-- order.deposit (health_product): Notes what the customer paid ahead (ORD-05).

---@class crm.params.order.deposit
---@field id integer The order's number.
---@field amount integer In all, in minor units; given again, it is corrected.
---@field paid_on? crm.day Today when not given.

-- order.release (distributor): Releases an order and takes its credit in one change, or holds it (DIS-03).

---@class crm.params.order.release
---@field id integer The order's number.

-- order.track (health_product): How far an order has come, when and by whom, and what is left to pay (ORD-06).

---@class crm.params.order.track
---@field id integer The order's number.

---@class crm.result.order.track.steps
---@field progress string
---@field at crm.instant
---@field by string

---@class crm.result.order.track
---@field id integer
---@field customer integer
---@field customer_name string
---@field ordered_on crm.day
---@field state string
---@field progress string
---@field steps crm.result.order.track.steps[]
---@field total integer
---@field deposit integer
---@field balance integer What is left to pay.

-- package.configure (core): The package goes on with this configuration; calls under way end with the one before.

---@class crm.params.package.configure
---@field name string The package.
---@field config? any Its configuration; nil: its defaults.

---@class crm.result.package.configure
---@field name string The package.

-- package.disable (core): Ops and rules of the package end; its types and records stay and can be read. Timers that call its ops wait for it.

---@class crm.params.package.disable
---@field name string The package.

---@class crm.result.package.disable
---@field name string The package.
---@field version string The one that is loaded.
---@field state string active or disabled.

-- package.enable (core): Lets a package that is loaded and disabled work again.

---@class crm.params.package.enable
---@field name string The package.

---@class crm.result.package.enable
---@field name string The package.
---@field version string The one that is loaded.
---@field state string active or disabled.

-- package.fill (core): Gives records the default of a field that a new version of a package requires.

---@class crm.params.package.fill
---@field type string
---@field field string

-- package.list (core): The packages that are loaded, and what each has used.

---@class crm.result.package.list
---@field items table<string, any>[] One per package, in the order in which they work: name, version, doc, doc_zh, source (where it was loaded from), and account, what it has used since: calls, instructions, microseconds, memory_peak (bytes, of one call), errors, and of these budget_errors, and what the budgets of script count: rows_read, rows_written, timers, deliveries, log_bytes; nil where nothing is counted. With it what its record says: state (active, disabled), hash and size of its files, loaded_at, loaded_by, earlier (versions that can be gone back to), failure (why the last load was refused). At the end those that were refused and never loaded.

-- package.load (core): Loads the package from its folder as it is now: its tests run on a fork of the data, its migrations run, then it takes the place of the version that works, whose calls under way end as they began. What fails leaves everything as it was, and is noted in the package's record. A restart runs what was loaded.

---@class crm.params.package.load
---@field name? string The package; its folder has the same name.
---@field path? string Its folder below the folder of packages, when that lies deeper.

---@class crm.result.package.load
---@field name string The package.
---@field version string The one that runs now.
---@field replaced string The one that ran before; nil: none.
---@field tests integer Its tests that passed on a fork.

-- package.migrate (core): The next step of the migrations of a package whose new version is to serve.

---@class crm.params.package.migrate
---@field name string

-- package.rollback (core): Goes back to the version of the package that worked before, from the files that were kept. Its tests do not run and nothing is migrated.

---@class crm.params.package.rollback
---@field name string The package.

---@class crm.result.package.rollback
---@field name string The package.
---@field version string The one that runs now.
---@field replaced string The one that ran before; nil: none.
---@field tests integer Its tests that passed on a fork.

-- package.test (core): Runs the tests of the package in its folder on a fork of the data, and loads nothing.

---@class crm.params.package.test
---@field name? string The package; its folder has the same name.
---@field path? string Its folder below the folder of packages, when that lies deeper.

---@class crm.result.package.test
---@field passed integer Tests that passed.
---@field failed integer Tests that did not.
---@field tests table<string, any>[] One per test: name, passed, and text, what it showed and how it failed.

-- package.time (core): Gives records the first state and the timers of states fields, delays and clocks that a new version of a package brings.

---@class crm.params.package.time
---@field type string

-- permission.explain (core): Why a user may see, change and delete a record, or may not: each row of her roles that has a say, each share, and what the type itself says (ROL-02).

---@class crm.params.permission.explain
---@field type string A type's name.
---@field id integer The record's number.
---@field user string Whose rights.

---@class crm.result.permission.explain
---@field type string The record's type.
---@field id integer Its number; of a merged one the survivor's.
---@field user string Whose rights.
---@field actions table<string, any>[] read, update, delete: {action, allowed, administrator, reasons = [{ground, holds, text, role?, number?, where?}]}; ground is row, action, open, gone, share or visible.

-- person.erase (core): Starts a job that erases a person: the values of fields marked personal go from the record, from those that belong to it, from all that the journal and its archive have of them, and with them the bytes of files that they name, while the hash chain stays whole. It cannot be taken back. The job's result is {records, changes}.

---@class crm.params.person.erase
---@field type string A type's name.
---@field id integer The record's number.

---@class crm.result.person.erase.progress
---@field done integer 已完成 · done
---@field total integer 总量 · total. 0: not known.

---@class crm.result.person.erase.error
---@field code string 代码 · code
---@field field string 字段 · field
---@field message string 说明 · message

---@class crm.result.person.erase
---@field id integer The job's number.
---@field kind string What is done.
---@field state "queued"|"running"|"done"|"failed"|"cancelled"
---@field progress crm.result.person.erase.progress How far it is; a total of 0 is not known.
---@field result table<string, any> What came of it; not before it is done.
---@field error crm.result.person.erase.error Why it failed.
---@field params table<string, any> What it was started with.
---@field created_at crm.instant
---@field created_by string
---@field started_at crm.instant
---@field finished_at crm.instant

-- person.erased (core): What the job of person.erase writes.

---@class crm.params.person.erased
---@field records? table<string, any>[] {type, id} of each.
---@field answers? any Keys of answers that are kept for an idempotency_key.

---@class crm.result.person.erased
---@field blanked integer How many held anything personal.

-- person.export (core): Everything about one person, a page at a time: the record and what belongs to it with history, what refers to it, deliveries, shares, who read of it, links (ARC-15).

---@class crm.params.person.export
---@field type string A type's name.
---@field id integer The record's number.
---@field after? string The cursor `next` of the page before.

---@class crm.result.person.export.items
---@field source string record, contact.customer …, delivery, share, read_log, links.
---@field type string Of the record, or of a link's other end.
---@field id integer Its number.
---@field record table<string, any> When it belongs to the person.
---@field history table<string, any>[] As record.history.
---@field history_next integer For record.history, when it has more than 500 changes.
---@field name string A link's.
---@field direction string A link's: out or in.

---@class crm.result.person.export
---@field items crm.result.person.export.items[] At most 50, or about export.piece_bytes.
---@field next string Pass it as `after`; nil: there is no more.

-- plan.apply (health_product): Lays out a plan, for one customer or for its whole segment (REV-06).

---@class crm.params.plan.apply
---@field id? integer The plan, for its whole segment, page by page.
---@field customer? integer Or only this customer.
---@field from? crm.day From when the visits count; today when not given.
---@field after? string Where the next page begins.

---@class crm.result.plan.apply
---@field customers integer Who follow another plan now.
---@field next string The next page, which follows by itself.

-- plan.schedule (health_product): Many visits of one customer, far ahead (REV-11).

---@class crm.params.plan.schedule
---@field customer integer The customer's number.
---@field from crm.day The first of them.
---@field times integer How many visits.
---@field every_months? integer Counted from the first; the end of a month is kept (C-04).
---@field every_days? integer Or so many days apart.
---@field content string What each is about.

---@class crm.result.plan.schedule
---@field items table<string, any>[] The tasks.

-- plugin.configure (core): The plugin stops and starts with this configuration; where it does not start, the one before goes on.

---@class crm.params.plugin.configure
---@field name string The package.
---@field config? any Its configuration; nil: its defaults.

---@class crm.result.plugin.configure
---@field name string The package.

-- plugin.list (core): The files in the folder of plugins, and which of them run.

---@class crm.result.plugin.list
---@field items table<string, any>[] One per file: file, name, version, abi, doc, doc_zh, needs, and loaded, the version that runs, if one does; or file and error.

-- plugin.load (core): Loads the plugin from its file as it is now. A version that runs is replaced: calls under way are waited for, others go on with the new one. A restart runs it again, from its file.

---@class crm.params.plugin.load
---@field name string The package that the plugin brings, or its file: "webhook.so".

---@class crm.result.plugin.load
---@field name string The package.
---@field version string The one that runs now.
---@field replaced string The one that ran before; nil: none.

-- problem.solve (health_product): The problem was put right (REV-07).

---@class crm.params.problem.solve
---@field id integer The problem's number.
---@field remedy? string What was done.

-- project.report (real_estate): What is sold, who came, how many of them bought.

---@class crm.params.project.report
---@field project integer

---@class crm.result.project.report
---@field units integer
---@field sold integer
---@field held integer
---@field sold_percent integer
---@field first_visits integer
---@field again integer
---@field conversion_percent integer

-- rebate.close (distributor): Closes a period: what accrued is granted or lapses. Again while left > 0.

---@class crm.params.rebate.close
---@field policy integer

---@class crm.result.rebate.close
---@field granted integer
---@field lapsed integer
---@field left integer Distributors that are not settled yet.

-- rebate.use (distributor): Pays a receivable with granted rebate.

---@class crm.params.rebate.use
---@field receivable integer
---@field amount integer

-- receivable.ageing (distributor): What is owed by age: not due, 1–30, 31–60, 61–90, 91–180, > 180 days late.

---@class crm.params.receivable.ageing
---@field customer? integer Only of this customer.

---@class crm.result.receivable.ageing.items
---@field customer integer
---@field current integer Not due yet.
---@field days_1_30 integer
---@field days_31_60 integer
---@field days_61_90 integer
---@field days_91_180 integer
---@field days_over_180 integer
---@field total integer

---@class crm.result.receivable.ageing.totals
---@field current integer Not due yet.
---@field days_1_30 integer
---@field days_31_60 integer
---@field days_61_90 integer
---@field days_91_180 integer
---@field days_over_180 integer
---@field total integer

---@class crm.result.receivable.ageing
---@field items crm.result.receivable.ageing.items[] One for each customer that owes.
---@field totals crm.result.receivable.ageing.totals

-- receivable.overdue (distributor): What is overdue, the oldest first (CON-02).

---@class crm.params.receivable.overdue
---@field customer? integer Only of this customer.

---@class crm.result.receivable.overdue.items
---@field receivable integer
---@field customer integer
---@field due_on crm.day
---@field balance integer
---@field days integer Days late.

---@class crm.result.receivable.overdue
---@field items crm.result.receivable.overdue.items[]

-- record.count (core): {count}, or {groups = [{key, count}]} by one field.

---@class crm.params.record.count
---@field type string A type's name.
---@field where? table<string, any> A predicate; every record when not given.
---@field group? string Count per value of this field (SEG-07).

-- record.create (core): Makes a record and returns it with the number the server gave it (ARC-01).

---@class crm.params.record.create
---@field type string A type's name.
---@field values table<string, any> Fields and values.

-- record.delete (core): Takes the record out of lists and frees its unique values; its history stays.

---@class crm.params.record.delete
---@field type string A type's name.
---@field id integer The record's number.

-- record.find (core): One page of the records for which `where` holds: {items, next} (ARC-02, SEG-07).

---@class crm.params.record.find
---@field type string A type's name.
---@field where? table<string, any> A predicate; every record when not given.
---@field order? string[] Field names, "-" before one for descending; by id when not given.
---@field deleted? boolean The recycle bin instead; without `order` what was deleted last comes first.
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? string The cursor `next` of the page before.
---@field fields? string[] Only these fields.
---@field explain? boolean Return the plan instead of records.

-- record.get (core): The record, or the fields asked for (ARC-02).

---@class crm.params.record.get
---@field type string A type's name.
---@field id integer The record's number.
---@field fields? string[] Only these fields.

-- record.history (core): The changes of the very record of that number, also when it was deleted or merged into another; version and stamps are left out of before and after (ARC-16).

---@class crm.params.record.history
---@field type string A type's name.
---@field id integer The record's number.
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? integer The `next` of the page before.

---@class crm.result.record.history.items
---@field seq integer The journal entry's sequence.
---@field at crm.instant Milliseconds UTC.
---@field actor string Who.
---@field op string By which op.
---@field version integer The record's version since.
---@field before table<string, any> Changed fields as they were; nil when that is older than the journal is kept.
---@field after table<string, any> Changed fields as they became.

---@class crm.result.record.history
---@field items crm.result.record.history.items[] Newest first.
---@field next integer Pass it as `after`; nil: there is no more.

-- record.link (core): Links two records by a name; both ends list it. Linking twice changes nothing (ARC-10).

---@class crm.params.record.link
---@field type string A type's name.
---@field id integer The record's number.
---@field name string What the one is to the other: 介绍人, 配偶 …, 1 to 64 bytes.
---@field to_type string A type's name.
---@field to_id integer The other record's number.

---@class crm.result.record.link
---@field type string Where the link begins.
---@field id integer Its number; of a merged one the survivor's.
---@field name string What the one is to the other.
---@field to_type string Where it ends.
---@field to_id integer Its number; of a merged one the survivor's.

-- record.links (core): The records that this one is linked with, in either direction; deleted ones are left out (ARC-10).

---@class crm.params.record.links
---@field type string A type's name.
---@field id integer The record's number.
---@field name? string Only these.
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? string The cursor `next` of the page before.

---@class crm.result.record.links.items
---@field name string What the one is to the other.
---@field direction "out"|"in" out: the link begins at the record asked about.
---@field type string Of the other record.
---@field id integer Of the other record.
---@field title string What people know the other record by.

---@class crm.result.record.links
---@field items crm.result.record.links.items[] By name, type and number.
---@field next string Pass it as `after`; nil: there is no more.

-- record.merge (core): Merges one record into another of its type and returns the survivor. Nothing is rewritten: the number of the one that went means the survivor from then on, in references and conditions too (ARC-13).

---@class crm.params.record.merge
---@field type string A type's name.
---@field id integer The record that goes.
---@field into integer The record that stays.

-- record.move (core): Takes a record along one transition of its states and returns it. Where the transition claims and somebody has claimed the record: ALREADY_CLAIMED with {by} (PRS-03).

---@class crm.params.record.move
---@field type string A type's name.
---@field id integer The record's number.
---@field to string The state.
---@field field? string The states field; not needed where the type has one.
---@field values? table<string, any> Further fields and values.
---@field version? integer The version you saw; VERSION_CONFLICT when it is another by now.

-- record.purge (core): Removes a deleted record for good, with its links and what was merged into it; only the journal remembers it, and its number is not given again.

---@class crm.params.record.purge
---@field type string A type's name.
---@field id integer The record's number.

-- record.reads (core): Who was told of records whose type is marked log_reads, by record and by user. Administrators see all of it, everybody else what they read themselves (ARC-15, ROL-06).

---@class crm.params.record.reads
---@field type? string Reads of records of this type.
---@field id? integer Of the record of that number; needs `type`.
---@field user? string By this user.
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? string The cursor `next` of the page before.

---@class crm.result.record.reads
---@field items table<string, any>[] Records of the type read_log, the newest first.
---@field next string Pass it as `after`; nil: there is no more.

-- record.restore (core): Takes a deleted record out of the recycle bin; its unique values must still be free and its references be there.

---@class crm.params.record.restore
---@field type string A type's name.
---@field id integer The record's number.

-- record.search (core): Finds records by what people remember of them: any characters of a name, its pinyin, the last digits of a phone number. What was committed is found by the next request.

---@class crm.params.record.search
---@field text string Words, blank between; each must be found. Characters, Latin letters, pinyin in full or its first letters, mixed; digits of a phone number. At most 200 bytes.
---@field types? string[] Only these types; all that the caller may read when not given.
---@field where? table<string, any> Only records that match; without `types`, of types that have its fields.
---@field limit? integer 1 to 100; 20 when not given.

---@class crm.result.record.search
---@field items table<string, any>[] Best first: {type, id, title, field}, `field` being where it was found.
---@field complete boolean False when more rows would have had to be looked at (limits.scan_rows): say more.

-- record.share (core): Lets one more user see a record, or change it, whatever that user's roles say; who may change the record may share it. What a type's `visible` hides stays hidden (ROL-04).

---@class crm.params.record.share
---@field type string A type's name.
---@field id integer The record's number.
---@field user string With whom.
---@field level? "read"|"write" read, or write: to change it, too.

-- record.unlink (core): Takes a link away at both ends.

---@class crm.params.record.unlink
---@field type string A type's name.
---@field id integer The record's number.
---@field name string What the one is to the other: 介绍人, 配偶 …, 1 to 64 bytes.
---@field to_type string A type's name.
---@field to_id integer The other record's number.

---@class crm.result.record.unlink
---@field type string Where the link begins.
---@field id integer Its number; of a merged one the survivor's.
---@field name string What the one is to the other.
---@field to_type string Where it ends.
---@field to_id integer Its number; of a merged one the survivor's.

-- record.unmerge (core): Takes a merge back: both records are what they were; returns the one that was the survivor (ARC-13).

---@class crm.params.record.unmerge
---@field type string A type's name.
---@field id integer The record that was merged into another.
---@field into? integer The record it was merged into; refused when it is another.

-- record.unshare (core): Takes a share back (ROL-04).

---@class crm.params.record.unshare
---@field type string A type's name.
---@field id integer The record's number.
---@field user string With whom.

-- record.update (core): Changes the fields given and returns the record; nil clears a field (ARC-05).

---@class crm.params.record.update
---@field type string A type's name.
---@field id integer The record's number.
---@field values table<string, any> Fields and values.
---@field version? integer The version you saw; VERSION_CONFLICT when it is another by now.

-- refill.forecast (health_forecast): When the goods a customer bought run out, from the whole order history, leftovers carried over; cancelled orders do not count.

---@class crm.params.refill.forecast
---@field customer integer 客户 · customer
---@field product? integer 产品 · product. Only this one.
---@field on? crm.day 日期 · on. The day to look from; later orders are not seen. Default: today.

---@class crm.result.refill.forecast.items
---@field product integer 产品
---@field name string 品名
---@field cycle_days integer Days one unit lasts (ORD-01).
---@field units integer 累计购买. Units bought.
---@field orders integer 订单数
---@field first_on crm.day 首次购买
---@field last_on crm.day 最近购买
---@field stock integer 手中剩余. Units not yet used up on the day; an open one counts.
---@field days_left integer 可用天数. 0 when late.
---@field refill_on crm.day 用完日期. The day on which nothing is left.
---@field late boolean 已逾期. refill_on was before the day.
---@field days_late integer Days since refill_on; 0 when not late.
---@field gap_days integer Days without goods between orders.
---@field average_interval integer 平均间隔. Days from one day of ordering to the next; absent before the second.
---@field days_per_unit integer 实际每单位天数. Observed; absent before the second day of ordering.

---@class crm.result.refill.forecast
---@field customer integer
---@field on crm.day
---@field items crm.result.refill.forecast.items[] One per product that is bought again, the earliest refill_on first.

-- refill.plan (health_product): When the customer's goods run out, and whether a reminder is planned for each.

---@class crm.params.refill.plan
---@field customer integer The customer's number.

---@class crm.result.refill.plan.items
---@field product integer
---@field product_name string
---@field refill_on crm.day Nothing is left on this day.
---@field days_left integer
---@field late boolean
---@field stock integer Units that should still be there.
---@field task integer The open reminder, if any.
---@field task_due_on crm.day

---@class crm.result.refill.plan
---@field customer integer
---@field items crm.result.refill.plan.items[] One for each product; soonest first.

-- revisit.near (health_product): Customers whose goods run out or whose problem is due soon, and whom nobody has spoken to (REV-15).

---@class crm.params.revisit.near
---@field days? integer near_days when not given.
---@field owner? string Only this rep's.
---@field limit? integer Tasks looked at; fewer rows may come of them.
---@field after? string The next page.

---@class crm.result.revisit.near.items
---@field task integer
---@field title string
---@field customer integer
---@field customer_name string
---@field owner string
---@field reason string
---@field due_on crm.day
---@field days_left integer
---@field spoken_on crm.day The last contact.

---@class crm.result.revisit.near
---@field items crm.result.revisit.near.items[]
---@field next string

-- revisit.open (health_product): Opens a revisit: the task, the customer, what was bought, newest first, what is asked, and whether the customer may be called now (REV-03).

---@class crm.params.revisit.open
---@field id integer The task's number.

---@class crm.result.revisit.open.purchases
---@field order integer
---@field ordered_on crm.day
---@field product integer
---@field product_name string
---@field quantity integer
---@field amount integer
---@field repurchase_on crm.day

---@class crm.result.revisit.open.contact
---@field allowed boolean
---@field reason "no_contact"|"cap"|"quiet_hours" Why not: no_contact 拒绝联系, cap 次数已满, quiet_hours 时间不宜.
---@field from crm.instant From when on; empty: never.
---@field contacts integer Made within contact_days.

---@class crm.result.revisit.open.questions
---@field name string
---@field kind string
---@field required boolean
---@field choices string[]
---@field label string
---@field label_en string

---@class crm.result.revisit.open.checklist
---@field name string
---@field kind string
---@field required boolean
---@field choices string[]
---@field label string
---@field label_en string

---@class crm.result.revisit.open
---@field task table<string, any> The task.
---@field customer table<string, any> The customer.
---@field purchases crm.result.revisit.open.purchases[] One row for each line of an order.
---@field contact crm.result.revisit.open.contact As contact.check tells.
---@field questions crm.result.revisit.open.questions[] What this sort of customer is asked (REV-04).
---@field checklist crm.result.revisit.open.checklist[] What is gone through after an order (REV-10).
---@field problems table<string, any>[] Those still open.

-- revisit.progress (health_product): How the revisits go: planned, done, late and cancelled, per rep and period (REV-13).

---@class crm.params.revisit.progress
---@field from crm.day The first due day.
---@field to crm.day The last due day.
---@field by? "all"|"month"|"week"|"day" How long a period is.
---@field owner? string Only this rep's.
---@field kind? string Only revisit, repurchase, …; all when not given.

---@class crm.result.revisit.progress.items
---@field from crm.day
---@field to crm.day
---@field owner string
---@field planned integer done + open + cancelled
---@field done integer
---@field open integer
---@field late integer Done behind the day, or open behind it.
---@field cancelled integer
---@field done_percent integer Of what was not cancelled, hundredths of a percent.

---@class crm.result.revisit.progress
---@field items crm.result.revisit.progress.items[]

-- revisit.record (health_product): Keeps what was said and closes the revisit: content, method, answers by the sort of customer, what was found wrong, when to call again (REV-04, REV-07, REV-10).

---@class crm.params.revisit.record.answers
---@field use_state? "using"|"used_up"|"not_begun"|"paused"|"stopped" 使用状况 · state of use. using 在用, used_up 已用完, not_begun 未用, paused 暂停, stopped 停用.
---@field effect? "good"|"some"|"none"|"worse" 效果 · effect. good 明显, some 一些, none 没有, worse 变差.
---@field sell_through? "fast"|"normal"|"slow"|"none" 动销情况 · how it sells. fast 快, normal 一般, slow 慢, none 没有.
---@field stock_left? integer 店内库存 · stock in the store
---@field obstacle? "price"|"doubt"|"other_brand"|"no_need"|"undecided" 未购原因 · why not yet. price 价格, doubt 疑虑, other_brand 用别的牌子, no_need 不需要, undecided 未定.
---@field opinion? string 意见 · opinion
---@field continue_likelihood? integer 继续购买的可能（0–10） · likelihood to go on, 0 to 10

---@class crm.params.revisit.record.checklist
---@field items? boolean 核对成交项目 · what was agreed
---@field quantity? boolean 调整数量 · quantities
---@field training? boolean 提供培训指导 · training offered
---@field bills? boolean 核对单据往来 · bills and letters
---@field opportunity? boolean 新的商机 · a new opportunity

---@class crm.params.revisit.record
---@field id integer The task's number.
---@field content string What was said.
---@field method? "phone"|"visit"|"email"|"fax"|"letter"|"sms"|"other" How; phone when not given.
---@field answers? crm.params.revisit.record.answers Those that revisit.open lists as questions.
---@field checklist? crm.params.revisit.record.checklist What was gone through (REV-10).
---@field problem? string What was found to be wrong (REV-07).
---@field fixed_by? string Who puts it right; the customer's owner when not given.
---@field at? crm.instant When it was, for what is noted later; now when not given (REV-13).
---@field next_on? crm.day When the customer wants to be called again.

---@class crm.result.revisit.record
---@field task table<string, any> The task, done.
---@field problem table<string, any> What was noted, with fix_on.
---@field next table<string, any> The task of next_on.

-- role.define (core): Makes a role with its permissions, or changes the one of that name (ROL-01, ROL-02).

---@class crm.params.role.define
---@field name string The role's name, by which users have it.
---@field label? string What people call it.
---@field permissions? any Rows {type, actions, where?, fields?}, in the place of those there are: what the role may do to records of that type. Nothing is said of a type: all that staff may.

-- role.list (core): All roles: {items, next}.

---@class crm.params.role.list
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? string The cursor `next` of the page before.

---@class crm.result.role.list
---@field items table<string, any>[] Roles, the oldest first.
---@field next string Pass it as `after`; nil: there is no more.

-- route.plan (route): Puts stops into the order of a short tour, or of a short way from `start` to `end` (SEG-06).

---@class crm.params.route.plan.stops
---@field id integer What the answer calls the stop; each once.
---@field lat? any Latitude in degrees, a number or decimal text.
---@field lon? any Longitude in degrees.
---@field x? any In the plane, metres to the east.
---@field y? any In the plane, metres to the north.

---@class crm.params.route.plan
---@field stops crm.params.route.plan.stops[] In any order, all with lat and lon or all with x and y.
---@field start? integer Id of the stop where the way begins. With no start and no end, or both the same, it comes back to where it began.
---@field end? integer Id of the stop where the way ends.
---@field metric? "haversine"|"euclidean" haversine for lat and lon, euclidean for x and y; follows from the stops.

---@class crm.result.route.plan
---@field order integer[] Ids in the order of the way.
---@field legs integer[] Metres from each stop to the next; of a round tour the last one leads back.
---@field length integer Metres of all legs.
---@field round boolean Whether the way comes back.
---@field metric string What the distances are.

-- rule.run (core): Runs an `after` rule over the change that set it off.

---@class crm.params.rule.run
---@field type string A type's name.
---@field id integer The record's number.
---@field event integer What happened.
---@field package? string The rule's; empty: the core's.
---@field rule string Its name.
---@field chain? string[] The rules that led to it, the last first.
---@field before? table<string, any> The record before the change.
---@field after? table<string, any> The record after it.

-- schedule.fire (core): Calls what a package wants called by a rule of recurrence, and sets the next time.

---@class crm.params.schedule.fire
---@field package string Whose it is.
---@field name string Its name there.
---@field generation integer Of its rule: does nothing when another is in force.
---@field due integer The occurrence.

-- schema.build (core): Looks at a batch of records for a field that was defined.

---@class crm.params.schema.build
---@field type string
---@field field string
---@field after integer

-- schema.define (core): Adds a field of the business's own to a type, without restart: stored, validated, returned, indexed and grouped from the next request on (ARC-11).

---@class crm.params.schema.define
---@field type string A type's name.
---@field field table<string, any> {name, kind, required, unique, index, search, label, choices, default, min, max, …}, as api.describe shows fields. A required one needs a default.

---@class crm.result.schema.define
---@field type string The type.
---@field field table<string, any> The field as it is in force.
---@field building boolean Records that are there already are still being looked at; an index serves when that is done.

-- server.info (core): {server, version, epoch, sequence, paused, clock, limits, metrics}.

---@class crm.result.server.info
---@field server string haoke
---@field version string Of the server.
---@field epoch integer Rises with every restore.
---@field sequence integer Of the last entry.
---@field paused boolean After a restore, until server.resume: no timer fires, no delivery leaves.
---@field clock table<string, any> now, timezone, test.
---@field limits table<string, any> The limits in force, by configuration key.
---@field metrics table<string, any> Counters by name.

-- server.metrics (core): {values, lanes, errors, bounds, histograms, ops, packages}: everything that is counted since the server started.

---@class crm.result.server.metrics
---@field values table<string, any> Name → number: what ends in _total only grows, the rest goes up and down.
---@field lanes table<string, any> Lane → how many requests wait for it.
---@field errors table<string, any> Code → how many ops failed with it.
---@field bounds integer[] The largest value of each bucket but the last, which has no bound.
---@field histograms table<string, any> Name → {count, sum, buckets}: how often a value fell into each bucket.
---@field ops table<string, any>[] {op, package, errors, count, sum, buckets} of each op that was called; values are microseconds from the request to its reply.
---@field packages table<string, any> Package → {count, errors} of its ops together.

-- server.ping (core): {pong = true}.

---@class crm.result.server.ping
---@field pong boolean true

-- server.ready (core): {ready, state, paused, space}: whether the server takes new requests.

---@class crm.result.server.ready
---@field ready boolean Whether new requests are taken.
---@field state "serving"|"draining" draining: what is under way is answered, then the server ends.
---@field paused boolean After a restore, until server.resume: no timer fires.
---@field space "room"|"reserve"|"none" What the disk has left: room; the reserve, so that only deleting works; or none, so that only reads do.

-- server.resume (core): Ends the pause that follows a restore: timers that are due fire now.

---@class crm.result.server.resume
---@field resumed boolean Whether there was a pause.

-- session.become (core): Goes on as that user, with that user's rights only.

---@class crm.params.session.become
---@field user string Whom to act as.

---@class crm.result.session.become
---@field user string Empty before login.
---@field administrator boolean Has the role administrator.
---@field client string As it said.
---@field errors string string or map.
---@field lang string zh-CN or en.
---@field timezone string Of instants in texts.

-- session.hello (core): Says who the client is and how it wants to be answered. Optional.

---@class crm.params.session.hello
---@field client? string Name and version of the client.
---@field errors? "string"|"map" map: errors as {code, message, field?, data?, retry} instead of text.
---@field types? string[] msgpack ext types the client understands; none exist yet.
---@field lang? "zh-CN"|"en" Of error texts.
---@field timezone? string Of instants in texts: Asia/Shanghai.

---@class crm.result.session.hello
---@field server string haoke
---@field version string Of the server.
---@field level integer API level.
---@field session table<string, any> As session.whoami.

-- session.whoami (core): The caller as the server sees it.

---@class crm.result.session.whoami
---@field user string Empty before login.
---@field administrator boolean Has the role administrator.
---@field client string As it said.
---@field errors string string or map.
---@field lang string zh-CN or en.
---@field timezone string Of instants in texts.

-- states.due (core): Makes a transition or a clock's step that is due, when the record still says so.

---@class crm.params.states.due
---@field type string A type's name.
---@field id integer The record's number.
---@field field string The states field.
---@field to? string Of a delay: the state.
---@field clock? string Of a clock: its name.
---@field due? integer The instant that was set.

---@class crm.result.states.due
---@field reason string holds: it happened; else why not.

-- stock.balance (distributor): Opening + in − out = closing of a period, and days of stock (DIS-06).

---@class crm.params.stock.balance
---@field holder? integer
---@field from crm.day
---@field to crm.day

---@class crm.result.stock.balance.items
---@field holder integer
---@field product integer
---@field opening integer
---@field into integer
---@field out integer
---@field closing integer
---@field days_of_stock integer None when nothing left in the period.

---@class crm.result.stock.balance
---@field items crm.result.stock.balance.items[]

-- stock.cases (distributor): Shortages and what lies too long; causes have to be filled (DIS-06).

---@class crm.params.stock.cases
---@field holder? integer
---@field region? string Of distributors in this region.
---@field kind? "shortage"|"held_long"

---@class crm.result.stock.cases.items
---@field case integer
---@field kind string
---@field holder integer
---@field product integer
---@field product_name string
---@field quantity integer
---@field since crm.day
---@field ended_on crm.day
---@field cause string
---@field cause_missing boolean
---@field state string

---@class crm.result.stock.cases
---@field items crm.result.stock.cases.items[]

-- stock.receive (sales): Adds to what is on hand; takes off when negative (CON-05).

---@class crm.params.stock.receive
---@field product integer
---@field quantity integer

-- stock.watch (distributor): Looks whether stock has not moved for too long.

---@class crm.params.stock.watch
---@field stock integer

-- task.complete (core): Closes the task with its result and writes the activity (REV-04, FUP-01).

---@class crm.params.task.complete
---@field id integer The record's number.
---@field result any Text, or {content, method, answers, at, …} (REV-04); at: when it was, in milliseconds, for what is noted later.

-- task.due (core): The day of the task has come: notes the reminder on it.

---@class crm.params.task.due
---@field id integer The record's number.

---@class crm.result.task.due
---@field reminded boolean false: the task was not open any more.

-- task.list (core): Tasks by due day, the oldest first: {items, next}; items carry id, kind, title, customer, customer_name, owner, due_on, overdue, state, reasons, causes (REV-02).

---@class crm.params.task.list
---@field owner? string Only this person's.
---@field on? crm.day Due that day or earlier.
---@field before? crm.day Due strictly earlier.
---@field state? "open"|"done"|"cancelled" open when not given.
---@field kind? string revisit, repurchase, …
---@field customer? integer Only this customer's.
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? string The cursor `next` of the page before.

---@class crm.result.task.list
---@field items table<string, any>[] id, kind, title, customer, customer_name, owner, due_on, overdue, state, reasons, causes.
---@field next string Pass it as `after`; nil: there is no more.

-- task.plan (core): Puts a cause on the customer's task of that day, making the task when there is none (REV-12, C-02). Returns the task.

---@class crm.params.task.plan
---@field customer integer Whose task.
---@field due_on crm.day The day it is due.
---@field kind string revisit, repurchase, or the package's own.
---@field owner? string Who does it; a task already there keeps its owner.
---@field title? string What people read.
---@field order? integer The order it comes from.
---@field product? integer The product it is about.
---@field text? string What this cause says to people.

-- task.reassign (core): Gives an open task to somebody else.

---@class crm.params.task.reassign
---@field id integer The record's number.
---@field owner string Who does it now.

-- task.withdraw (core): Takes matching causes off the customer's open tasks; a task without causes is cancelled (REV-14, ORD-04). {withdrawn}.

---@class crm.params.task.withdraw
---@field customer integer Whose task.
---@field kind? string Only causes of this kind.
---@field order? integer The order it comes from.
---@field product? integer The product it is about.

---@class crm.result.task.withdraw
---@field withdrawn integer Causes that were taken off.

-- token.create (core): Makes a token with which a program logs in (auth.token).

---@class crm.params.token.create
---@field name string What it is for.
---@field user string Whom it acts as.
---@field ops? string[] Limits it to these ops: task.list, or task.* for all of a noun.
---@field types? string[] Limits it to these types.
---@field expires_at? crm.instant Milliseconds UTC; a year from now when not given.

---@class crm.result.token.create
---@field id integer The token's number; its fields beside it.
---@field secret string For auth.token. Shown this once, also with an idempotency_key.

-- token.list (core): All tokens, without their secrets: {items, next}.

---@class crm.params.token.list
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? string The cursor `next` of the page before.

---@class crm.result.token.list
---@field items table<string, any>[] Tokens, the oldest first.
---@field next string Pass it as `after`; nil: there is no more.

-- token.revoke (core): The token serves no longer, also in sessions that are open.

---@class crm.params.token.revoke
---@field id integer The record's number.

-- unit.hold (real_estate): Holds a unit for a customer; the first has it.

---@class crm.params.unit.hold
---@field unit integer
---@field customer integer
---@field adviser? string
---@field price? integer

-- user.create (core): Makes a user with password and roles (ROL-01).

---@class crm.params.user.create
---@field user string User name, at most 64 bytes.
---@field password string At least password.length characters.
---@field roles? string[] administrator, staff, or others defined.

-- user.disable (core): The user can log in no longer.

---@class crm.params.user.disable
---@field user string User name, at most 64 bytes.
---@field disabled? boolean false lets the user in again.

-- user.list (core): All users: {items, next}.

---@class crm.params.user.list
---@field limit? integer Records of one page, 1 to 500; 50 when not given.
---@field after? string The cursor `next` of the page before.

---@class crm.result.user.list
---@field items table<string, any>[] Users, the oldest first.
---@field next string Pass it as `after`; nil: there is no more.

-- user.set_password (core): Gives a user a new password.

---@class crm.params.user.set_password
---@field user string User name, at most 64 bytes.
---@field password string At least password.length characters.

-- value.assess (sales): Values a customer at the end of a year, and classes it (VAL-01 to VAL-03).

---@class crm.params.value.assess
---@field customer integer
---@field year integer Until its end profits are past, then they are expected.

-- visit.adopt (distributor): Writes the visits of a day in this order (SEG-06).

---@class crm.params.visit.adopt
---@field owner string
---@field on crm.day
---@field customers integer[]

---@class crm.result.visit.adopt
---@field items table<string, any>[]

-- visit.check_in (distributor): Arrives at an outlet: how far the place is from it.

---@class crm.params.visit.check_in
---@field id integer
---@field lat string
---@field lon string

-- visit.finish (distributor): Ends a visit: how long, display inspection, support (DIS-07, DIS-08).

---@class crm.params.visit.finish.display
---@field item string What was looked at: 排面, 价签, 海报 …
---@field good boolean
---@field note? string

---@class crm.params.visit.finish
---@field id integer
---@field display? crm.params.visit.finish.display[]
---@field support? integer
---@field content? string

-- visit.plan (distributor): Outlets that are due by their class, in the order of a short tour (DIS-10).

---@class crm.params.visit.plan
---@field owner string
---@field on? crm.day Today when not given.
---@field stops? integer Instead of visits_a_day.

---@class crm.result.visit.plan.items
---@field position integer
---@field customer integer
---@field name string
---@field class string
---@field last_visit_on crm.day

---@class crm.result.visit.plan
---@field on crm.day
---@field items crm.result.visit.plan.items[]
---@field metres integer Of the round tour over those on the map.

-- visit.register (real_estate): Registers a visit, the first or another.

---@class crm.params.visit.register
---@field customer integer
---@field project integer
---@field adviser? string
---@field class? "A"|"B"|"C"|"D"
---@field note? string

-- workflow.explain (core): Why something happened to a record or did not: what each rule said to its last changes, where it may go from its state and why not, what is due when, what failed. Now, or as it was at a sequence.

---@class crm.params.workflow.explain
---@field type string A type's name.
---@field id integer The record's number.
---@field at_sequence? integer The record as it was when the journal was there; now when not given.
---@field limit? integer How many of its last changes, 1 to 50; 1 when not given.

---@class crm.result.workflow.explain
---@field type string The record's type.
---@field id integer Its number.
---@field seq integer The entry that changed it last, by then.
---@field changes table<string, any>[] The newest first: {seq, at, actor, op, event, before, after, rules = [{package, rule, doc, moment, reason, text, fields?, unmet?}]}.
---@field states table<string, any>[] {field, state, since?, transitions = [{to, reason, text, who?, unmet?, delay?}], clocks = [{name, reason, text, paused?, timing?}]}.
---@field timers table<string, any>[] What is due about it, or was; a call says that with {type, id}, with {id} where the op is the type's own, or with {TYPE = id}: {due, op, package, attempts, cause, text, field?, to?, clock?, rule?}. `cause` is the entry that set it.
---@field timers_since integer 1: these are all timers. In the past: all that were set from this entry on; of those that were set before, the ones that still wait or fired soon after.
---@field failures table<string, any>[] Records of type `failure` about it.

-- workflow.simulate (core): Starts a job that tells what would fire until then and what it would write if nobody did anything, on a copy with a clock of its own: job.get gives {from, until, count, complete, items = [{at, op, type, id, changes}], next}. Nothing happens to the data.

---@class crm.params.workflow.simulate
---@field until any How far: RFC 3339 text with offset, milliseconds, or a date (its 00:00).

---@class crm.result.workflow.simulate.progress
---@field done integer 已完成 · done
---@field total integer 总量 · total. 0: not known.

---@class crm.result.workflow.simulate.error
---@field code string 代码 · code
---@field field string 字段 · field
---@field message string 说明 · message

---@class crm.result.workflow.simulate
---@field id integer The job's number.
---@field kind string What is done.
---@field state "queued"|"running"|"done"|"failed"|"cancelled"
---@field progress crm.result.workflow.simulate.progress How far it is; a total of 0 is not known.
---@field result table<string, any> What came of it; not before it is done.
---@field error crm.result.workflow.simulate.error Why it failed.
---@field params table<string, any> What it was started with.
---@field created_at crm.instant
---@field created_by string
---@field started_at crm.instant
---@field finished_at crm.instant

-- ctx.config of complaint

---@class crm.config.complaint
---@field action_days integer 方案任务期限天数 · days for each action. Everybody's part of a plan is due so many days after the agreement (CMP-09).
---@field authority integer 坐席权限金额 · authority of a handler. Compensation up to this needs no leave, for simple complaints (C-12).
---@field keep_days integer 几天后回访未购客户 · days until the visit that keeps a customer. After explaining that the thing was never bought here (C-31).
---@field refund_needs_order boolean 退款须附订单 · refunds need an order. Cash goes out only with the number of an order (C-36).
---@field reopen_days integer 结案后可重开天数 · days in which it may be reopened
---@field thank_days integer 几天后致谢 · days until the thanks. After closing (CMP-18, C-38).

-- ctx.config of real_estate

---@class crm.config.real_estate
---@field days_a integer A 类跟进间隔天数 · days between calls, class A
---@field days_b integer B 类跟进间隔天数 · days between calls, class B
---@field days_c integer C 类跟进间隔天数 · days between calls, class C
---@field days_d integer D 类跟进间隔天数 · days between calls, class D
---@field days_unclassed integer 未定级跟进间隔天数 · days between calls, no class yet. Of those who came.
---@field fix_days integer 现场维修期限天数 · days for a repair. 0: the same day (REV-07).
---@field protection_days integer 报备保护天数 · days a filing protects
---@field repeat_every_months integer 售后回访每几个月重复 · months between visits behind the ladder. 0: not at all (C-03).

-- ctx.config of sales

---@class crm.config.sales
---@field claims_a_day integer 每天领取上限 · claims a day. Of one person, on one day (PRS-03).
---@field cool_down_days integer 冷却天数 · cool-down in days. The former owner waits so long.
---@field current_from integer 当前价值高的门槛 · high current value from. In fen (VAL-03).
---@field discount_rate integer 折现率（万分之） · discount rate, in 1/100 of a percent. 1 000 is 10 % a year (VAL-01).
---@field future_from integer 未来价值高的门槛 · high future value from. In fen (VAL-03).
---@field hold_cap integer 持有上限 · leads one person may hold. Claimed and assigned (PRS-03).
---@field keep_days_cold integer 冷线索保留天数 · days a cold lead is kept
---@field keep_days_hot integer 热线索保留天数 · days a hot lead is kept
---@field keep_days_warm integer 温线索保留天数 · days a warm lead is kept
---@field key_percent integer 大客户比例（%） · key customers, in percent. Of those who bought, rounded up (KEY-01, C-16).
---@field notice_days integer 回收前提醒天数 · days of notice. At 09:00, so many days before.
---@field rounds integer 几轮后休眠 · rounds until dormant. How often a lead may go back.
---@field sales_percent integer 销售额比例（%） · share of sales, in percent. Reported: how many customers reach it.
---@field stale_days integer 几天无联系算停滞 · days without contact. Then the owner gets a task (FUP-05).

-- ctx.config of route

---@class crm.config.route
---@field stops integer Stops of one plan at most; memory grows with their square, 4 bytes each pair.
---@field kicks integer Random changes tried for each stop: more take longer and find shorter tours.

-- ctx.config of distributor

---@class crm.config.distributor
---@field grace_days integer 逾期宽限天数 · grace days. Days late that do not freeze new orders yet (CON-09).
---@field held_days integer 久置天数 · days held too long. Stock that does not move for so long is a case (CON-06).
---@field near_metres integer 签到距离（米） · near, in metres
---@field term_days integer 账期天数 · term in days. Of customers that have no `credit_days` of their own.
---@field visit_days_a integer A 类客户拜访间隔（天） · days between visits, class A
---@field visit_days_b integer B 类客户拜访间隔（天） · days between visits, class B
---@field visit_days_c integer C 类客户拜访间隔（天） · days between visits, class C
---@field visit_days_d integer D 类客户拜访间隔（天） · days between visits, class D
---@field visit_minutes integer 有效拜访最短分钟 · minutes of an effective visit
---@field visits_a_day integer 每天拜访数 · visits a day

-- ctx.config of health_product

---@class crm.config.health_product
---@field absent_years integer 几年未来算久别 · years of absence. From so many years without an order on, the card says how many (CARE-02).
---@field card_days integer 提前几天准备贺卡 · days ahead for a card. A card is on the rep's list so many days before its day (CARE-01).
---@field contact_days integer 联系次数的天数 · days of the cap. The days in which contact_most counts.
---@field contact_from_hour integer 几点起可以联系 · contacts from, hour. Earlier on the day nobody is called (quiet hours).
---@field contact_most integer 联系次数上限 · contacts at most. Within contact_days; 0: no cap. The first revisit and repurchases keep their days.
---@field contact_to_hour integer 几点后不再联系 · contacts until, hour. From this hour on nobody is called (quiet hours).
---@field first_days integer 首次回访天数 · days to the first revisit. Calendar days from the day of the order, which is day 0 (REV-01, C-01).
---@field fix_days integer 现场解决问题的天数 · days to put a problem right. From the day it was found; 0: the same day (REV-07).
---@field ladder boolean 售后阶梯回访 · ladder of visits. Visits 7 days, 1, 3 and 6 months after the sale as well (REV-05, C-02).
---@field near_days integer 几天之内算临近 · days that are near. Of revisit.near: due within so many days, and not spoken to for as many (REV-15).
---@field purchases_shown integer 显示购买记录条数 · purchases shown. Lines of the purchase record that opening a revisit shows (REV-03).
---@field repeat_every_months integer 阶梯之后每几个月重复 · months between visits behind the ladder. 0: not at all (C-03).
---@field stack_leftover boolean 剩余顺延 · stack leftover. Count from the day the goods bought before run out, when that is later (C-05).

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

-- States, clocks and cadences ---------------------------------------------------------------------------

--- A length of time: calendar time, working days, or working time.
---@class crm.span
---@field months? integer
---@field days? integer
---@field hours? integer
---@field minutes? integer
---@field working_days? integer ends with that day, or at its time `at`
---@field working_hours? integer
---@field working_minutes? integer
---@field at? string "09:00": the time of the day it leads to
---@field since? string the date or datetime field it counts from
---@field between? string[] {"09:00", "20:00"}: later moves on to the next day

---@class crm.transition
---@field to string
---@field who? {roles?: string[], users?: string[], fields?: string[]}
---@field where? table<string, any> of the record as it would be
---@field delay? crm.span a timer makes the transition
---@field policy? "late"|"once"|"skip"
---@field claims? string the text field that names who made it

---@field cap? crm.cap of the delay

--- A delay waits while there were that many records lately.
---@class crm.cap
---@field type crm.type what is counted
---@field by string its field that names whom
---@field of? string the field of the own record that says whom; the record itself when not given
---@field days integer
---@field most integer
---@field where? table<string, any> of those that count

---@class crm.clock
---@field name string
---@field runs string[]
---@field pauses? string[]
---@field spans crm.span[] with where; the first that holds
---@field due? string the datetime field that shows its end
---@field ladder? integer[] percents
---@field every? boolean the span comes again and again
---@field level? string the integer field that shows the last percent, or how often
---@field policy? "late"|"once"|"skip"

---@class crm.part what a manifest includes

---@class crm.workflow
---@field on crm.type
---@field field? string "state" when not given
---@field label? {zh: string, en: string}
---@field doc? string
---@field index? boolean
---@field states (string|crm.workflow.state)[] the first is where they begin
---@field clocks? crm.workflow.clock[]

---@class crm.workflow.state
---@field name string
---@field to? (string|crm.workflow.way)[]
---@field enter? fun(ctx: crm.ctx.write, change: crm.change)
---@field leave? fun(ctx: crm.ctx.write, change: crm.change)

---@class crm.workflow.way : crm.transition
---@field guard? fun(ctx: crm.ctx.write, change: crm.change): boolean, string?
---@field effect? fun(ctx: crm.ctx.write, change: crm.change)

---@class crm.workflow.clock : crm.clock
---@field label? {zh: string, en: string}
---@field steps? table<integer, fun(ctx: crm.ctx.write, change: crm.change)> percent → what then happens
---@field each? fun(ctx: crm.ctx.write, change: crm.change) each time, of one that comes again

---@class crm.cadence
---@field on crm.type
---@field field? string "cadence" when not given
---@field label? {zh: string, en: string}
---@field doc? string
---@field index? boolean
---@field since? string the date that all steps count from
---@field steps crm.cadence.step[]
---@field where? table<string, any> only for such records
---@field stop? table<string, any> records that leave it
---@field between? string[]
---@field cap? crm.cap
---@field policy? "late"|"once"|"skip"
---@field act fun(ctx: crm.ctx.write, record: any, step: string, number: integer)

---@class crm.cadence.step : crm.span
---@field name string
---@field where? table<string, any>
