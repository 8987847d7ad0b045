-- plan: visits laid out in advance, a template for each segment of customers (REV-06, SEG-08), also
-- for people who have not bought yet (REV-08), and many visits of one customer by hand (REV-11).

local date = crm.date
local contact = crm.require("contact")
local plan = {}

-- The segments below, by the names that plans and festivals use. A business adds its own to both.
plan.segments = { "consumer", "business", "prospect", "regular" }

-- Of one change when a plan is applied to a whole segment.
local CUSTOMERS, VISITS = 100, 300

local function is_in(ctx, customer, segment)
  return ctx:count("customer", { id = customer, segment = segment }) > 0
end

-- The first active plan whose segment the customer is in, by number; nil when there is none.
local function plan_for(ctx, customer)
  for it in ctx:each("revisit_plan", { where = { active = true }, order = "id" }) do
    if is_in(ctx, customer, it.segment) then return it end
  end
end

-- A visit waits for a day on which it keeps to the cap of contacts. `kind`: visit where a plan
-- wants it, which goes with the plan; agreed where people did, which stays (FUP-02, REV-11).
local function put_visit(ctx, customer, kind, day, text)
  return ctx:call("task.plan", {
    customer = customer.id, kind = kind, owner = customer.owner, text = text,
    due_on = contact.free_day(ctx, customer.id, day),
    title = ctx:text("revisit_title", { customer = customer.name }),
  })
end

local function follow(ctx, customer, it, from)
  if customer.revisit_plan == (it and it.id) then return false end
  if customer.revisit_plan then
    ctx:call("task.withdraw", { customer = customer.id, kind = "visit" })
  end
  if it and not customer.no_contact then
    for _, visit in ipairs(it.visits) do
      local day = date.add(from, { days = visit.days, months = visit.months })
      put_visit(ctx, customer, "visit", day, ctx:text("visit_" .. visit.method, {
        content = visit.content,
      }))
    end
  end
  ctx:update("customer", customer.id, {
    revisit_plan = it and it.id or crm.null, planned_from = it and from or crm.null,
  })
  return true
end

-- The plan of the segment that the customer is in now takes the place of the one before.
function plan.assign(ctx, customer_id, from)
  local customer = ctx:get("customer", customer_id)
  return follow(ctx, customer, plan_for(ctx, customer_id), from or ctx.today)
end

-- plan.apply: one customer, or a page of the segment and the next page behind it. Who names a plan
-- wants that one, also where another of its segment has a lower number.
local function apply(ctx, params)
  if params.customer then
    return { customers = plan.assign(ctx, params.customer, params.from) and 1 or 0 }
  end
  local it = ctx:get("revisit_plan", params.id)
  if not it.active then
    if params.after then return { customers = 0 } end -- it ended between two pages
    ctx:fail("VALIDATION_FAILED", "plan_inactive", { field = "id" })
  end
  local page, following = ctx:find("customer", {
    where = { segment = it.segment }, order = "id", after = params.after,
    limit = math.max(1, math.min(CUSTOMERS, VISITS // #it.visits)),
  })
  local count = 0
  for _, customer in ipairs(page) do
    if follow(ctx, customer, it, params.from or ctx.today) then count = count + 1 end
  end
  if following then
    ctx:at(ctx.now, "plan.apply", { id = it.id, from = params.from, after = following },
      string.format("%d after %d", it.id, page[#page].id))
  end
  return { customers = count, next = following }
end

-- plan.schedule: visits of one customer for years ahead (REV-11), one behind the other.
local function schedule(ctx, params)
  local customer, tasks = ctx:get("customer", params.customer), {}
  if params.times > 1 and not params.every_days and not params.every_months then
    ctx:fail("VALIDATION_FAILED", "how_often", { field = "every_months" })
  end
  for number = 1, params.times do
    local step = { days = (params.every_days or 0) * (number - 1),
                   months = (params.every_months or 0) * (number - 1) }
    local last = number > 1 and tasks[number - 1].due_on or nil
    local day = date.max(date.add(params.from, step), last)
    tasks[number] = put_visit(ctx, customer, "agreed", day, params.content)
  end
  return { items = tasks }
end

plan.part = {
  segments = {
    consumer = { on = "customer", where = { kind = "person", order_count = { ge = 1 } },
                 label = { zh = "已购消费者", en = "consumers who bought" } },
    business = { on = "customer", where = { kind = "company" },
                 label = { zh = "药店和单位", en = "pharmacies and firms" } },
    prospect = { on = "customer", where = { kind = "person", order_count = 0 },
                 label = { zh = "未成交客户", en = "people who have not bought" } },
    regular = { on = "customer", where = { kind = "person", order_count = { ge = 3 } },
                label = { zh = "老客户", en = "regulars" } },
  },

  types = {
    revisit_plan = {
      label = { zh = "回访计划", en = "revisit plan" }, title = "name", admin = true,
      doc = "For a segment: how many visits, when, how and about what (REV-06, SEG-08).",
      fields = {
        { name = "name", kind = "text", required = true, label = { zh = "名称", en = "name" } },
        { name = "segment", kind = "choice", choices = plan.segments, required = true,
          label = { zh = "客户群", en = "segment" },
          doc = "consumer 已购, business 单位, prospect 未成交, regular 老客户." },
        { name = "active", kind = "boolean", default = true, index = true,
          label = { zh = "启用", en = "active" } },
        { name = "visits", kind = "list", of = "map", required = true, min = 1, max = 60,
          label = { zh = "各次回访", en = "visits" }, fields = {
            { name = "days", kind = "integer", default = 0, min = 0, max = 3650 },
            { name = "months", kind = "integer", default = 0, min = 0, max = 120 },
            { name = "method", kind = "choice", default = "phone",
              choices = { "phone", "visit", "letter", "sms" } },
            { name = "content", kind = "text", required = true },
          } },
      },
    },
    customer = { extends = true, fields = {
      { name = "revisit_plan", kind = "reference", to = "revisit_plan", readonly = true,
        label = { zh = "回访计划", en = "revisit plan" } },
      { name = "planned_from", kind = "date", readonly = true,
        label = { zh = "计划起始日", en = "planned from" } },
    } },
  },

  rules = {
    plan_new_customer = {
      on = "customer", events = { "create" },
      doc = {
        zh = "新客户（包括未成交的）按所属客户群排回访计划。",
        en = "Also a customer who has not bought yet follows the plan of her segment (REV-08).",
      },
      before = function(ctx, change) plan.assign(ctx, change.id) end,
    },
  },

  ops = {
    ["plan.apply"] = {
      write = true, since = "1",
      doc = {
        zh = "为一个客户，或计划的整个客户群，排回访计划。",
        en = "Lays out a plan, for one customer or for its whole segment (REV-06).",
      },
      params = {
        { name = "id", kind = "integer", doc = "The plan, for its whole segment, page by page." },
        { name = "customer", kind = "integer", doc = "Or only this customer." },
        { name = "from", kind = "date", doc = "From when the visits count; today when not given." },
        { name = "after", kind = "text", doc = "Where the next page begins." },
      },
      result = {
        { name = "customers", kind = "integer", doc = "Who follow another plan now." },
        { name = "next", kind = "text", doc = "The next page, which follows by itself." },
      },
      errors = { "NOT_FOUND", "VALIDATION_FAILED" },
      run = apply,
    },
    ["plan.schedule"] = {
      write = true, since = "1",
      doc = {
        zh = "为一个客户排很多次以后的回访。",
        en = "Many visits of one customer, far ahead (REV-11).",
      },
      params = {
        { name = "customer", kind = "integer", required = true, doc = "The customer's number." },
        { name = "from", kind = "date", required = true, doc = "The first of them." },
        { name = "times", kind = "integer", required = true, min = 1, max = 120,
          doc = "How many visits." },
        { name = "every_months", kind = "integer", min = 1, max = 120,
          doc = "Counted from the first; the end of a month is kept (C-04)." },
        { name = "every_days", kind = "integer", min = 1, max = 3650,
          doc = "Or so many days apart." },
        { name = "content", kind = "text", required = true, doc = "What each is about." },
      },
      result = { { name = "items", kind = "list", of = "map", doc = "The tasks." } },
      errors = { "NOT_FOUND", "VALIDATION_FAILED" },
      run = schedule,
    },
  },
}

return plan
