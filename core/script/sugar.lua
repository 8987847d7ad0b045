-- sugar: crm.workflow and crm.cadence, which only write parts of a manifest: states, rules, fields. And
-- the join of parts into one manifest. It runs in the sandbox of the package that uses it.

local sugar = {}

local function fail(text, ...)
  error(string.format(text, ...), 0)
end

-- Parts ------------------------------------------------------------------------------------------------

local function is_list(fields)
  return fields[1] ~= nil or next(fields) == nil
end

local function add_fields(fields, more, where)
  for _, field in ipairs(more) do
    if is_list(fields) then
      fields[#fields + 1] = field
    else
      if fields[field.name] then fail("%s: the field %s is there twice", where, field.name) end
      fields[field.name] = field
    end
  end
end

local function join_type(types, name, part)
  local own = types[name]
  if not own then
    types[name] = part
    return
  end
  own.fields = own.fields or {}
  add_fields(own.fields, part.fields or {}, name)
  for index, definition in pairs(part.indexes or {}) do
    own.indexes = own.indexes or {}
    if own.indexes[index] then fail("%s: the index %s is there twice", name, index) end
    own.indexes[index] = definition
  end
end

local function join_table(manifest, key, part)
  for name, entry in pairs(part) do
    manifest[key] = manifest[key] or {}
    if manifest[key][name] then fail("%s: %s is there twice", key, name) end
    manifest[key][name] = entry
  end
end

--- Joins what `include` lists into the manifest itself.
function sugar.join(manifest)
  for _, part in ipairs(manifest.include or {}) do
    for key, entries in pairs(part) do
      if key == "types" then
        manifest.types = manifest.types or {}
        for name, definition in pairs(entries) do join_type(manifest.types, name, definition) end
      elseif key == "rules" or key == "ops" or key == "config" or key == "segments" then
        join_table(manifest, key, entries)
      else
        fail("a part in include has types, rules, ops, config and segments, not %s", tostring(key))
      end
    end
  end
  manifest.include = nil
end

-- What both share ----------------------------------------------------------------------------------------

local function check(spec, known, what)
  for key in pairs(spec) do
    if not known[key] then fail("%s: there is no key %s", what, tostring(key)) end
  end
end

local function copy(from, without)
  local made = {}
  for key, value in pairs(from) do
    if not (without and without[key]) then made[key] = value end
  end
  return made
end

-- Rules run by name within a package: first guards, then what follows from leaving, then from arriving.
local function rule_name(spec, order, kind, number)
  return string.format("%s_%s_%d_%s_%s", spec.on, spec.prefix, order, kind, number)
end

local function two_digits(number)
  return number < 10 and "0" .. tostring(number) or tostring(number)
end

-- Workflow -----------------------------------------------------------------------------------------------

local WORKFLOW = { on = true, field = true, label = true, doc = true, states = true, clocks = true,
                   index = true }
local STATE = { name = true, to = true, enter = true, leave = true }
local WAY = { to = true, who = true, where = true, delay = true, policy = true, claims = true,
              cap = true, guard = true, effect = true }
local CLOCK = { name = true, runs = true, pauses = true, spans = true, due = true, ladder = true,
                every = true, level = true, policy = true, steps = true, each = true, label = true }
local OWN = { guard = true, effect = true }

local function guarded(field, guard)
  return function(ctx, change)
    local ok, why = guard(ctx, change)
    if not ok then
      ctx:fail("TRANSITION_DENIED", why or "条件未满足 (the guard refused)", { field = field })
    end
  end
end

local function add_ways(made, spec, state)
  local ways = {}
  for _, way in ipairs(state.to or {}) do
    if type(way) == "table" then
      check(way, WAY, "workflow of " .. spec.on .. ", state " .. state.name)
      local number = two_digits(made.count)
      made.count = made.count + 1
      local on_way = { on = spec.on, events = { "update" }, fields = { spec.field },
                       was = { [spec.field] = state.name }, where = { [spec.field] = way.to },
                       doc = state.name .. " → " .. tostring(way.to) }
      if way.guard then
        local rule = copy(on_way)
        rule.before = guarded(spec.field, way.guard)
        made.rules[rule_name(spec, 1, "guard", number)] = rule
      end
      if way.effect then
        local rule = copy(on_way)
        rule.before = way.effect
        made.rules[rule_name(spec, 3, "effect", number)] = rule
      end
      way = copy(way, OWN)
    end
    ways[#ways + 1] = way
  end
  if #ways > 0 then made.transitions[state.name] = ways end
end

local function add_state(made, spec, state, number)
  if type(state) == "string" then state = { name = state } end
  check(state, STATE, "workflow of " .. spec.on)
  made.choices[#made.choices + 1] = state.name
  add_ways(made, spec, state)
  if state.leave then
    made.rules[rule_name(spec, 2, "leave", two_digits(number))] = {
      on = spec.on, events = { "update" }, fields = { spec.field }, was = { [spec.field] = state.name },
      doc = state.name .. " →", before = state.leave,
    }
  end
  if state.enter then
    made.rules[rule_name(spec, 4, "enter", two_digits(number))] = {
      on = spec.on, events = { "create", "update" }, fields = { spec.field },
      where = { [spec.field] = state.name }, doc = "→ " .. state.name, before = state.enter,
    }
  end
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  return keys
end

local function add_steps(made, spec, clock, number)
  for at, percent in ipairs(sorted_keys(clock.steps or {})) do
    made.rules[rule_name(spec, 5, "clock", two_digits(number) .. "_" .. two_digits(at))] = {
      on = spec.on, events = { "update" }, fields = { clock.level }, where = { [clock.level] = percent },
      doc = clock.name .. " " .. tostring(percent) .. " %", before = clock.steps[percent],
    }
  end
  if clock.each then
    made.rules[rule_name(spec, 5, "clock", two_digits(number))] = {
      on = spec.on, events = { "update" }, fields = { clock.level },
      where = { [clock.level] = { ge = 1 } }, doc = clock.name, before = clock.each,
    }
  end
end

local function add_clock(made, spec, given, number)
  local clock = copy(given)
  check(clock, CLOCK, "workflow of " .. spec.on .. ", clocks")
  if clock.steps and not clock.ladder then clock.ladder = sorted_keys(clock.steps) end
  if clock.ladder or clock.every then clock.level = clock.level or clock.name .. "_level" end
  clock.due = clock.due or clock.name .. "_due_at"
  made.fields[#made.fields + 1] = { name = clock.due, kind = "datetime", readonly = true, index = true,
                                    label = clock.label, doc = "When the clock " .. clock.name .. " ends." }
  if clock.level then
    made.fields[#made.fields + 1] = { name = clock.level, kind = "integer", readonly = true,
                                      doc = "How far the clock " .. clock.name .. " has come." }
  end
  add_steps(made, spec, clock, number)
  made.clocks[#made.clocks + 1] = copy(clock, { steps = true, each = true, label = true })
end

-- Names of rules are plain; those of fields may be Chinese.
local function is_plain(field)
  for _, code in utf8.codes(field) do
    local plain = (code >= 97 and code <= 122) or (code >= 48 and code <= 57) or code == 95
    if not plain then return false end
  end
  return true
end

--- States with what guards them and what follows, as a part of a manifest.
function sugar.workflow(given)
  check(given, WORKFLOW, "crm.workflow")
  local spec = copy(given)
  spec.field = spec.field or "state"
  spec.prefix = is_plain(spec.field) and spec.field or "states"
  local made = { choices = {}, transitions = {}, fields = {}, rules = {}, clocks = {}, count = 1 }
  for number, state in ipairs(spec.states) do add_state(made, spec, state, number) end
  for number, clock in ipairs(spec.clocks or {}) do add_clock(made, spec, clock, number) end
  local field = { name = spec.field, kind = "states", label = spec.label, doc = spec.doc,
                  index = spec.index, choices = made.choices, transitions = made.transitions }
  if #made.clocks > 0 then field.clocks = made.clocks end
  table.insert(made.fields, 1, field)
  return { types = { [spec.on] = { extends = true, fields = made.fields } }, rules = made.rules }
end

-- Cadence ------------------------------------------------------------------------------------------------

local CADENCE = { on = true, field = true, label = true, doc = true, since = true, steps = true,
                  stop = true, between = true, where = true, act = true, policy = true, cap = true,
                  index = true }

local function merged(a, b)
  local made = copy(a or {})
  for key, value in pairs(b) do made[key] = value end
  return made
end

local function delay_of(spec, step)
  local delay = copy(step, { name = true, where = true })
  delay.since = delay.since or spec.since
  delay.between = delay.between or spec.between
  return delay
end

-- idle → step → step → …; each may be stopped, and begin anew.
local function cadence_ways(spec, names)
  local transitions = {}
  for at, name in ipairs(names) do
    local step = spec.steps[at]
    local ways = {}
    if at > 1 then ways[1] = "idle" end
    if step then
      ways[#ways + 1] = { to = step.name, delay = delay_of(spec, step), policy = spec.policy,
                          where = merged(spec.where, step.where or {}), cap = spec.cap }
    end
    ways[#ways + 1] = "stopped"
    transitions[name] = ways
  end
  transitions.stopped = { "idle" }
  return transitions
end

local function act_rule(spec, step, at)
  return { on = spec.on, events = { "update" }, fields = { spec.field },
           where = { [spec.field] = step.name }, doc = spec.field .. " → " .. step.name,
           before = function(ctx, change) return spec.act(ctx, change.after, step.name, at) end }
end

local function mover(spec, to)
  return function(ctx, change) ctx:move(spec.on, change.id, to, {}, spec.field) end
end

--- Steps in time that begin with a date of the record, as a part of a manifest.
function sugar.cadence(given)
  check(given, CADENCE, "crm.cadence")
  local spec = copy(given)
  spec.field = spec.field or "cadence"
  spec.prefix = is_plain(spec.field) and spec.field or "cadence"
  local names, rules = { "idle" }, {}
  for at, step in ipairs(spec.steps) do
    names[#names + 1] = step.name
    if spec.act then rules[rule_name(spec, 4, "act", two_digits(at))] = act_rule(spec, step, at) end
  end
  local begun = { [spec.field] = { ["in"] = { table.unpack(names, 2) } } }
  if spec.stop then
    rules[rule_name(spec, 2, "stop", "00")] = {
      on = spec.on, events = { "create", "update" }, doc = spec.field .. " → stopped",
      where = merged(spec.stop, { [spec.field] = { ["in"] = { table.unpack(names) } } }),
      before = mover(spec, "stopped"),
    }
  end
  if spec.since then
    begun[spec.field]["in"][#names] = "stopped"
    rules[rule_name(spec, 3, "begin", "00")] = {
      on = spec.on, events = { "update" }, fields = { spec.since }, where = begun,
      doc = spec.field .. " → idle", before = mover(spec, "idle"),
    }
  end
  local transitions = cadence_ways(spec, names)
  names[#names + 1] = "stopped"
  local field = { name = spec.field, kind = "states", label = spec.label, doc = spec.doc,
                  index = spec.index, choices = names, transitions = transitions }
  return { types = { [spec.on] = { extends = true, fields = { field } } }, rules = rules }
end

return sugar
