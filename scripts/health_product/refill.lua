-- refill: when the customer's goods run out, seen over the whole order history. The plugin
-- health_forecast computes it (refill.forecast); here each product meets its open reminder.

local refill = {}

-- The customer's open reminders: product → task.
local function open_reminders(ctx, customer)
  local reminders = {}
  local where = { customer = customer, state = "open" }
  for task in ctx:each("task", { where = where, order = "due_on" }) do
    for _, cause in ipairs(task.causes or {}) do
      if cause.kind == "repurchase" then reminders[cause.product] = task end
    end
  end
  return reminders
end

-- refill.plan
function refill.plan(ctx, params)
  local forecast = ctx:call("refill.forecast", { customer = params.customer })
  local reminders = open_reminders(ctx, params.customer)
  local items = {}
  for _, item in ipairs(forecast.items) do
    local task = reminders[item.product]
    items[#items + 1] = {
      product = item.product,
      product_name = item.name,
      refill_on = item.refill_on,
      days_left = item.days_left,
      late = item.late,
      stock = item.stock,
      task = task and task.id,
      task_due_on = task and task.due_on,
    }
  end
  return { customer = params.customer, items = items }
end

return refill
