-- deal: a unit from the moment somebody holds it to the property service, and the visits after it
-- is sold.

local date = crm.date
local visit = crm.require("visit")
local deal = {}

-- HOW LONG a unit is held without money. A span, as in docs/lua-api.md.
local HOLD = { hours = 24 }

-- WHEN the buyer is visited after the sale, counted from the day of the sale, never from the visit
-- before (REV-05, C-04).
local LADDER = { { days = 7 }, { months = 1 }, { months = 3 }, { months = 6 } }

-- While one of these lasts nobody else gets the unit.
deal.LIVE = { "held", "subscribed", "contracted", "deed", "moved_in", "service" }

local MONEY = { "subscribed", "contracted", "deed", "moved_in", "service" }

local SOLD = { contracted = true, deed = true, moved_in = true, service = true }
local IS_SOLD = { ["in"] = { "contracted", "deed", "moved_in", "service" } }

local function is_above_floor(ctx, it)
  return (it.price or 0) >= ctx:get("unit", it.unit).floor_price
end

-- No money before the presale permit, and never below the floor price.
local function may_sell(ctx, change)
  local unit = ctx:get("unit", change.after.unit)
  local permit = ctx:get("project", unit.project).permit
  if not permit then return false, "no_permit" end
  return is_above_floor(ctx, change.after), "below_floor"
end

-- The visits after the sale count from the day of the signature.
local function may_sign(ctx, change)
  if not change.after.signed_on then return false, "no_day" end
  return may_sell(ctx, change)
end

local function sold(ctx, change)
  -- First the calls go: a visit of the same day would have joined one, and kept its title.
  ctx:call("task.withdraw", { customer = change.after.customer, kind = "follow_up" })
  deal.plan_visits(ctx, change.after)
end

-- 购房 → 权证 → 入伙 → 物业服务, each with its day (COO-05).
local function milestone(ctx, change)
  local passed = change.after.milestones or {}
  passed[#passed + 1] = { name = change.after.state, on = ctx.today }
  ctx:update("deal", change.id, { milestones = passed })
end

deal.states = crm.workflow {
  on = "deal", label = { zh = "状态", en = "state" }, index = true,
  doc = "held 保留, subscribed 认购, contracted 签约, deed 权证, moved_in 入伙, service 物业服务, " ..
    "expired 到期, cancelled 取消.",
  states = {
    { name = "held", to = {
      { to = "subscribed", guard = may_sell },
      { to = "expired", delay = HOLD },
      "cancelled",
    } },
    { name = "subscribed", to = { { to = "contracted", guard = may_sign, effect = sold },
      "cancelled" } },
    { name = "contracted", enter = milestone, to = { "deed", "cancelled" } },
    { name = "deed", enter = milestone, to = { "moved_in" } },
    { name = "moved_in", enter = milestone, to = { "service" } },
    { name = "service", enter = milestone },
    "expired",
    { name = "cancelled", enter = function(ctx, change)
      if SOLD[change.before.state] then deal.take_back(ctx, change.after) end
    end },
  },
  clocks = {
    { name = "hold", label = { zh = "保留到", en = "held until" }, runs = { "held" },
      spans = { HOLD } },
  },
}

local function visit_task(ctx, it, day, owner)
  local unit = ctx:get("unit", it.unit)
  ctx:call("task.plan", {
    customer = it.customer, kind = "after_sale", due_on = day, owner = owner or it.adviser,
    title = ctx:text("after_sale", {
      customer = ctx:get("customer", it.customer).name, unit = unit.name,
    }),
  })
end

function deal.plan_visits(ctx, it)
  for _, step in ipairs(LADDER) do visit_task(ctx, it, date.add(it.signed_on, step)) end
end

-- Whether the ladder of this deal, or what repeats behind it, has a visit on that day.
local function has_visit(ctx, it, day)
  for _, step in ipairs(LADDER) do
    if date.add(it.signed_on, step) == day then return true end
  end
  local every, months = ctx.config.repeat_every_months, LADDER[#LADDER].months
  repeat
    months = months + every
    if every > 0 and date.add(it.signed_on, { months = months }) == day then return true end
  until every == 0 or date.add(it.signed_on, { months = months }) > day
  return false
end

-- The open visits after a sale: {day, owner}.
local function open_visits(ctx, customer)
  local visits = {}
  for task in ctx:each("task", { where = { customer = customer, state = "open" } }) do
    for _, reason in ipairs(task.reasons or {}) do
      if reason == "after_sale" then
        visits[#visits + 1] = { day = task.due_on, owner = task.owner }
      end
    end
  end
  return visits
end

-- A sale that comes to nothing takes its own visits along. Those of the customer's other units
-- stay; who has none is somebody to call again.
function deal.take_back(ctx, it)
  local visits = open_visits(ctx, it.customer)
  ctx:call("task.withdraw", { customer = it.customer, kind = "after_sale" })
  local others = ctx:find("deal", { order = "id", limit = 500,
    where = { customer = it.customer, state = IS_SOLD } })
  for _, open in ipairs(visits) do
    -- A day that nobody's ladder has was moved by hand, and is kept while there is a unit.
    local whose = not has_visit(ctx, it, open.day) and others[#others] or nil
    for _, other in ipairs(others) do
      if has_visit(ctx, other, open.day) then whose = other end
    end
    if whose then visit_task(ctx, whose, open.day, open.owner) end
  end
  deal.plan_next(ctx, it.customer)
  visit.follow(ctx, ctx:get("customer", it.customer))
end

-- Whether that day's visit was made, perhaps before its day.
local function was_made(ctx, customer, day)
  local done = { customer = customer, due_on = day, state = "done" }
  for task in ctx:each("task", { where = done }) do
    for _, reason in ipairs(task.reasons or {}) do
      if reason == "after_sale" then return true end
    end
  end
  return false
end

-- The ladder goes on, every so many months, when the business wants that (C-03).
function deal.plan_next(ctx, customer)
  local every = ctx.config.repeat_every_months
  local it = ctx:find("deal", { order = "-id", limit = 1, where = {
    customer = customer, state = IS_SOLD,
  } })[1]
  if every == 0 or not it or #open_visits(ctx, customer) > 0 then return end
  local months, day = LADDER[#LADDER].months
  repeat
    months = months + every
    day = date.add(it.signed_on, { months = months })
  until day > ctx.today and not was_made(ctx, customer, day)
  visit_task(ctx, it, day)
end

-- unit.hold: whoever comes first has it; the others are told who.
function deal.hold(ctx, params)
  local unit = ctx:get("unit", params.unit)
  local live = ctx:find("deal", { limit = 1, where = {
    unit = unit.id, state = { ["in"] = deal.LIVE },
  } })[1]
  if live then
    ctx:fail("ALREADY_CLAIMED", "taken", { field = "unit", unit = unit.name, by = live.adviser })
  end
  return ctx:create("deal", {
    unit = unit.id, customer = params.customer, adviser = params.adviser or ctx.actor,
    price = params.price or unit.price,
  })
end

function deal.subscribe(ctx, params)
  return ctx:move("deal", params.id, "subscribed", { price = params.price }, "state")
end

function deal.sign(ctx, params)
  return ctx:move("deal", params.id, "contracted",
    { signed_on = params.signed_on or ctx.today, price = params.price }, "state")
end

function deal.advance(ctx, params)
  return ctx:move("deal", params.id, params.to, {}, "state")
end

function deal.cancel(ctx, params)
  return ctx:move("deal", params.id, "cancelled", { reason = params.reason }, "state")
end

-- A unit is what its live deal makes of it, whatever became of earlier ones.
local function show_status(ctx, unit)
  local live = ctx:find("deal", { limit = 1,
    where = { unit = unit, state = { ["in"] = deal.LIVE } } })[1]
  local status = live and (SOLD[live.state] and "sold" or "held") or "free"
  ctx:update("unit", unit, { status = status })
end

deal.rules = {
  unit_status = {
    on = "deal", events = { "create", "update", "delete", "restore" },
    fields = { "state", "unit" },
    doc = "A unit shows whether it can be had.",
    before = function(ctx, change)
      local was, is = change.before and change.before.unit, change.after and change.after.unit
      if was and was ~= is then show_status(ctx, was) end
      if is then show_status(ctx, is) end
    end,
  },
  -- The steps to a sale look at the price themselves; this is about what is changed afterwards.
  price_stays_above_floor = {
    on = "deal", events = { "update" }, fields = { "price", "unit" },
    where = { state = { ["in"] = MONEY } }, was = { state = { ["in"] = MONEY } },
    doc = "Once money was taken the price does not go below the floor price either.",
    before = function(ctx, change)
      if is_above_floor(ctx, change.after) then return end
      ctx:fail("RULE_FAILED", "below_floor", { field = "price" })
    end,
  },
  signature_has_day = {
    on = "deal", events = { "update" }, fields = { "signed_on" },
    where = { state = IS_SOLD, signed_on = { is_null = true } },
    was = { signed_on = { is_null = false } },
    doc = "A signed contract keeps the day of the signature.",
    before = function(ctx) ctx:fail("RULE_FAILED", "no_day", { field = "signed_on" }) end,
  },
  after_sale_done = {
    on = "task", events = { "update" }, fields = { "state" },
    where = { kind = "after_sale", state = "done" },
    doc = "Behind the last visit of the ladder comes the next, if the business repeats (C-03).",
    before = function(ctx, change) deal.plan_next(ctx, change.after.customer) end,
  },
}

return deal
