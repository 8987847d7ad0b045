-- revisit: the call some days after an order, and what the rep sees when opening it.

local orders = crm.require("orders")
local revisit = {}

-- Puts the revisit on the customer's calendar. When something else is due on that day already, the
-- two become one task with two reasons (REV-12): nobody calls the same customer twice a day.
function revisit.plan(ctx, order, day, responsible)
  local customer = ctx:get("customer", order.customer)
  ctx:call("task.plan", {
    customer = order.customer,
    kind = "revisit",
    due_on = day,
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
