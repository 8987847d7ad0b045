-- visit: people who come to look, whose they are, and how often they are called.

local date = crm.date
local visit = {}

-- Who came and was not classed yet has a distance of her own.
local function gap(ctx, class)
  return ctx.config["days_" .. (class and string.lower(class) or "unclassed")]
end

-- One call ahead, by the customer's class; none for those who have bought.
function visit.follow(ctx, customer, owner)
  ctx:call("task.withdraw", { customer = customer.id, kind = "follow_up" })
  local bought = ctx:count("deal", { customer = customer.id,
    state = { ["in"] = { "contracted", "deed", "moved_in", "service" } } })
  if bought > 0 then return end
  local class = customer.buyer_class
  ctx:call("task.plan", {
    customer = customer.id, kind = "follow_up", owner = owner or customer.owner,
    due_on = date.add(ctx.today, { days = gap(ctx, class) }),
    title = ctx:text(class and "follow_up" or "follow_up_unclassed",
      { customer = customer.name, class = class }),
  })
end

-- visit.register: the first visit to a project, or another; who comes again goes to her adviser.
function visit.register(ctx, params)
  local first = ctx:find("site_visit", { order = "id", limit = 1, where = {
    customer = params.customer, project = params.project,
  } })[1]
  local filing = ctx:find("filing", { limit = 1, where = {
    customer = params.customer, project = params.project, state = "protected",
  } })[1]
  local made = ctx:create("site_visit", {
    customer = params.customer, project = params.project, came_on = ctx.today,
    kind = first and "again" or "first",
    adviser = first and first.adviser or params.adviser or ctx.actor,
    agent = first and first.agent or filing and filing.agent, note = params.note,
  })
  if filing then ctx:move("filing", filing.id, "visited", {}, "state") end
  local values = { owner = made.adviser, buyer_class = params.class }
  local customer = ctx:get("customer", params.customer)
  if customer.owner then values.owner = nil end
  if next(values) then customer = ctx:update("customer", customer.id, values) end
  visit.follow(ctx, customer, made.adviser)
  return made
end

-- filing.file: an agent announces a customer, who is hers for some days (报备).
function visit.file(ctx, params)
  local same = { customer = params.customer, project = params.project }
  if ctx:count("site_visit", same) > 0 then
    ctx:fail("RULE_FAILED", "known_visitor", { field = "customer" })
  end
  same.state = "protected"
  local live = ctx:find("filing", { limit = 1, where = same })[1]
  if live then
    ctx:fail("ALREADY_CLAIMED", "protected", {
      field = "customer", by = live.agent, until_day = live.protected_until,
    })
  end
  return ctx:create("filing", {
    customer = params.customer, project = params.project, agent = params.agent,
    protected_until = date.add(ctx.today, { days = ctx.config.protection_days }),
  })
end

visit.states = crm.workflow {
  on = "filing", label = { zh = "状态", en = "state" },
  doc = "protected 保护中, visited 已到访, expired 已过期.",
  states = {
    { name = "protected", to = {
      "visited", { to = "expired", delay = { days = 1, at = "00:00", since = "protected_until" } },
    } },
    "visited", "expired",
  },
}

visit.rules = {
  follow_class = {
    on = "customer", events = { "create", "update" }, fields = { "buyer_class" },
    doc = "A class, or another: a distance to the next call. Without one any more, no call.",
    before = function(ctx, change)
      local customer = change.after
      if customer.buyer_class then return visit.follow(ctx, customer, customer.owner) end
      if change.event == "create" then return end
      ctx:call("task.withdraw", { customer = customer.id, kind = "follow_up" })
    end,
  },
  follow_done = {
    on = "task", events = { "update" }, fields = { "state" },
    where = { kind = "follow_up", state = "done" },
    doc = "After a call the next one is planned.",
    before = function(ctx, change)
      visit.follow(ctx, ctx:get("customer", change.after.customer), change.after.owner)
    end,
  },
}

return visit
