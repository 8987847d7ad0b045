-- service: what owners say, what is worth doing about it, and what is done (COO-01 to COO-04,
-- COO-08).

local date = crm.date
local service = {}

-- issue.report: what a visit finds is repaired on the spot, the same day or the next (REV-07,
-- COO-08).
function service.report(ctx, params)
  local customer = ctx:get("customer", params.customer)
  local issue = ctx:create("house_issue", {
    customer = customer.id, unit = params.unit, content = params.content, found_on = ctx.today,
    fix_on = date.add(ctx.today, { days = ctx.config.fix_days }),
    owner = params.owner or ctx.actor,
  })
  local task = ctx:create("task", {
    customer = customer.id, kind = "on_site_fix", owner = issue.owner, due_on = issue.fix_on,
    title = ctx:text("fix", { customer = customer.name, content = issue.content }),
  })
  return ctx:update("house_issue", issue.id, { task = task.id })
end

-- What a plan brings over all its periods: value less cost (COO-02, COO-03).
local function profit(plan)
  local sum = 0
  for _, period in ipairs(plan.periods) do sum = sum + period.value - period.cost end
  return sum
end

-- The plan of the group that brings most, if any brings more than nothing.
local function best(ctx, group)
  local found, most
  local plans = ctx:find("service_plan", { where = { owner_group = group }, limit = 500 })
  for _, plan in ipairs(plans) do
    local brings = profit(plan)
    if brings > 0 and (not most or brings > most) then found, most = plan, brings end
  end
  return found, most
end

-- feedback.record: feedback asks for an evaluation of the customer's group; the best plan becomes a
-- task, an instruction to whoever looks after the customer (COO-01).
function service.feedback(ctx, params)
  local customer = ctx:get("customer", params.customer)
  local group = customer.owner_group or "prospect"
  local plan, brings = best(ctx, group)
  local told = ctx:create("feedback", {
    customer = customer.id, kind = params.kind, content = params.content, owner_group = group,
    plan = plan and plan.id, profit = brings,
  })
  if not plan then return told end
  local task = ctx:create("task", {
    customer = customer.id, kind = "service_instruction", owner = customer.owner or ctx.actor,
    due_on = ctx.today, title = ctx:text("instruction", {
      customer = customer.name, plan = plan.name,
    }),
  })
  return ctx:update("feedback", told.id, { task = task.id })
end

local function all(ctx, kind, customer)
  return crm.list((ctx:find(kind, { where = { customer = customer }, order = "id", limit = 500 })))
end

-- card.open: all there is about an owner, or somebody who may become one (资料跟踪卡, COO-04).
function service.card(ctx, params)
  return {
    customer = ctx:get("customer", params.customer),
    deals = all(ctx, "deal", params.customer), visits = all(ctx, "site_visit", params.customer),
    issues = all(ctx, "house_issue", params.customer),
    feedback = all(ctx, "feedback", params.customer), tasks = all(ctx, "task", params.customer),
  }
end

-- project.report: how much is sold, and how many of those who came bought.
function service.project(ctx, params)
  local project = params.project
  ctx:get("project", project)
  local units = ctx:count("unit", { project = project })
  local sold = ctx:count("unit", { project = project, status = "sold" })
  local first = ctx:count("site_visit", { project = project, kind = "first" })
  return {
    units = units, sold = sold, held = ctx:count("unit", { project = project, status = "held" }),
    sold_percent = units > 0 and 100 * sold // units or 0,
    first_visits = first, again = ctx:count("site_visit", { project = project, kind = "again" }),
    conversion_percent = first > 0 and 100 * sold // first or 0,
  }
end

service.rules = {
  issue_fixed = {
    on = "task", events = { "update" }, fields = { "state" },
    where = { kind = "on_site_fix", state = "done" },
    doc = "A repair that was done closes what was found.",
    before = function(ctx, change)
      for _, issue in ipairs(ctx:find("house_issue", { where = { task = change.id } })) do
        ctx:update("house_issue", issue.id, { fixed_on = ctx.today })
      end
    end,
  },
}

return service
