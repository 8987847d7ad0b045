
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
