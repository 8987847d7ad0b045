-- ladder: visits a week, a month, three and six months after a sale, for businesses that want them
-- beside the first revisit (REV-05, C-02). Off unless `ladder` is set.

local date = crm.date
local orders = crm.require("orders")
local ladder = {}

-- WHEN, counted from the day of the order, never from the visit before (C-04). A month from the
-- 31st is the last day of the next month.
local STEPS = { { days = 7 }, { months = 1 }, { months = 3 }, { months = 6 } }

local function is_done(ctx, customer, day)
  local done = ctx:find("task", { where = { customer = customer, state = "done", due_on = day } })
  for _, task in ipairs(done) do
    for _, reason in ipairs(task.reasons) do
      if reason == "after_sale" then return true end
    end
  end
  return false
end

-- What is open of ladders: the days of this order's visits, and which other orders have some.
local function open_visits(ctx, customer, order_id)
  local days, others = {}, {}
  local where = { customer = customer, state = "open" }
  for task in ctx:each("task", { where = where, order = "due_on" }) do
    for _, cause in ipairs(task.causes or {}) do
      if cause.kind == "after_sale" and cause.order == order_id then
        days[task.due_on] = true
      elseif cause.kind == "after_sale" then
        others[cause.order] = true
      end
    end
  end
  return days, others
end

-- The days of the order's ladder that are still to be done: those to come, and those that are open,
-- however late they are. Behind the last step, the next of the visits that the business repeats, if
-- it does (C-03); one that was done before its day does not come again.
local function days_to_do(ctx, order, open)
  local days = {}
  local function is_wanted(day, comes)
    return open[day] or comes and not is_done(ctx, order.customer, day)
  end
  for _, step in ipairs(STEPS) do
    local day = date.add(order.ordered_on, step)
    if is_wanted(day, day >= ctx.today) then days[#days + 1] = day end
  end
  local every, months = ctx.config.repeat_every_months, STEPS[#STEPS].months
  if every == 0 or #days > 0 then return days end
  local day
  repeat
    months = months + every
    day = date.add(order.ordered_on, { months = months })
  until is_wanted(day, day > ctx.today)
  return { day }
end

-- Takes the visits of other orders back, and those of this one where its day was corrected: then no
-- visit stands where it should. Returns the days on which a visit stays.
local function withdraw_wrong(ctx, customer_id, order, days, open, others)
  local wanted, right = {}, true
  for _, day in ipairs(days) do wanted[day] = true end
  for day in pairs(open) do right = right and wanted[day] ~= nil end
  if not right then others[order.id] = true end
  for id in pairs(others) do
    ctx:call("task.withdraw", { customer = customer_id, kind = "after_sale", order = id })
  end
  return right and open or {}
end

-- Brings the calendar in line with the ladder of the customer's newest order; that of an older one
-- ends with it. What was done stays done, and what is late stays open.
function ladder.refresh(ctx, customer_id, responsible)
  if not ctx.config.ladder then return end
  local newest
  orders.newest_first(ctx, { customer = customer_id }, function(order)
    newest = order
    return true
  end)
  local open, others = open_visits(ctx, customer_id, newest and newest.id)
  local days = newest and days_to_do(ctx, newest, open) or {}
  local stays = withdraw_wrong(ctx, customer_id, newest, days, open, others)
  local customer = newest and ctx:get("customer", customer_id)
  for _, day in ipairs(days) do
    if not stays[day] then
      ctx:call("task.plan", {
        customer = customer_id, kind = "after_sale", due_on = day, order = newest.id,
        owner = responsible(newest, customer),
        title = ctx:text("revisit_title", { customer = customer.name }),
        text = ctx:text("ladder_reason", { ordered_on = newest.ordered_on }),
      })
    end
  end
end

-- The parts of the manifest; `responsible(order, customer)` says who visits.
function ladder.part(responsible)
  return {
    config = {
      ladder = {
        kind = "boolean", default = false,
        label = { zh = "售后阶梯回访", en = "ladder of visits" },
        doc = "Visits 7 days, 1, 3 and 6 months after the sale as well (REV-05, C-02).",
      },
      repeat_every_months = {
        kind = "integer", default = 0, min = 0, max = 60,
        label = { zh = "阶梯之后每几个月重复", en = "months between visits behind the ladder" },
        doc = "0: not at all (C-03).",
      },
    },
    rules = {
      ladder_goes_on = {
        on = "task", events = { "update" }, fields = { "state" }, where = { state = "done" },
        doc = {
          zh = "做完阶梯的最后一次回访，安排下一次。",
          en = "Behind the last visit of the ladder comes the next, if wanted (C-03).",
        },
        before = function(ctx, change)
          if ctx.config.repeat_every_months == 0 then return end
          for _, reason in ipairs(change.after.reasons) do
            if reason == "after_sale" then
              return ladder.refresh(ctx, change.after.customer, responsible)
            end
          end
        end,
      },
    },
  }
end

return ladder
