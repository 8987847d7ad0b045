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

-- The days that are still to come, without what was done. Behind the last step, the next of the
-- visits that the business repeats, if it does (C-03).
local function days_to_come(ctx, order)
  local days = {}
  for _, step in ipairs(STEPS) do
    local day = date.add(order.ordered_on, step)
    if day >= ctx.today and not is_done(ctx, order.customer, day) then days[#days + 1] = day end
  end
  local every, months = ctx.config.repeat_every_months, STEPS[#STEPS].months
  if every == 0 or #days > 0 then return days end
  local day
  repeat
    months = months + every
    day = date.add(order.ordered_on, { months = months })
  until day > ctx.today
  return { day }
end

-- Plans the ladder of the customer's newest order anew; that of an older order ends with it. What
-- was done stays done.
function ladder.refresh(ctx, customer_id, responsible)
  if not ctx.config.ladder then return end
  ctx:call("task.withdraw", { customer = customer_id, kind = "after_sale" })
  local newest
  orders.newest_first(ctx, { customer = customer_id }, function(order)
    newest = order
    return true
  end)
  if not newest then return end
  local customer = ctx:get("customer", customer_id)
  for _, day in ipairs(days_to_come(ctx, newest)) do
    ctx:call("task.plan", {
      customer = customer_id, kind = "after_sale", due_on = day, order = newest.id,
      owner = responsible(newest, customer),
      title = ctx:text("revisit_title", { customer = customer.name }),
      text = ctx:text("ladder_reason", { ordered_on = newest.ordered_on }),
    })
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
