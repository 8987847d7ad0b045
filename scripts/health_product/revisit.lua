-- revisit: the call some days after an order, and what the rep sees when opening it.

local date = crm.date
local orders = crm.require("orders")
local revisit = {}

-- WHEN. The day of the order is day 0, so an order of Monday, 2 March with first_days = 5 is
-- revisited on Saturday, 7 March. Calendar days: the day is not moved off a weekend (REV-01, C-01).
local function due_on(ctx, order)
  return date.add(order.ordered_on, { days = ctx.config.first_days })
end

-- WHO. Whoever took the order. For the customer's own rep, put the customer's owner first:
--   return customer.owner or order.owner
local function responsible(order, customer)
  return order.owner or customer.owner
end

-- Puts the revisit on the customer's calendar. When something else is due on that day already, the
-- two become one task with two reasons (REV-12): nobody calls the same customer twice a day.
function revisit.plan(ctx, order)
  local customer = ctx:get("customer", order.customer)
  ctx:call("task.plan", {
    customer = order.customer,
    kind = "revisit",
    due_on = due_on(ctx, order),
    owner = responsible(order, customer),
    order = order.id,
    title = ctx:text("revisit_title", { customer = customer.name }),
    text = ctx:text("revisit_reason", { ordered_on = order.ordered_on }),
  })
end

-- Takes the order's revisit back, as long as it is open; says how many were taken back (REV-14).
function revisit.withdraw(ctx, order)
  local taken = ctx:call("task.withdraw", {
    customer = order.customer, kind = "revisit", order = order.id,
  })
  return taken.withdrawn
end

-- One row of the purchase record.
local function purchase(order, line, name)
  return {
    order = order.id,
    ordered_on = order.ordered_on,
    product = line.product,
    product_name = name,
    quantity = line.quantity,
    amount = line.amount,
    repurchase_on = line.repurchase_on,
  }
end

-- revisit.open: what the rep wants to see before calling (REV-03).
function revisit.open(ctx, params)
  local task = ctx:get("task", params.id)
  if not task.customer then ctx:fail("NOT_FOUND", "task_without_customer", { field = "id" }) end
  local rows = {}
  local name_of = orders.product_names(ctx)
  orders.newest_first(ctx, { customer = task.customer }, function(order)
    for _, line in ipairs(order.lines) do
      if #rows == ctx.config.purchases_shown then return true end
      rows[#rows + 1] = purchase(order, line, name_of(line.product))
    end
  end)
  return { task = task, customer = ctx:get("customer", task.customer), purchases = rows }
end

return revisit
