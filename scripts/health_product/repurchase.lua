-- repurchase: on which day the goods of an order are used up, and the reminder for that day.

local date = crm.date
local orders = crm.require("orders")
local repurchase = {}

-- HOW LONG the goods last, in days; nil for goods that are not bought again: a product without
-- days per unit, or one that is marked as not repeatable (ORD-01, ORD-08).
local function days_of(product, quantity)
  if product.repeatable == false or not product.cycle_days then return nil end
  return quantity * product.cycle_days
end

-- FROM WHEN they are used. From the day of the order; or, with stack_leftover, from the day on
-- which what was bought before runs out, when that is later (C-05).
local function used_from(ctx, order, product_id)
  if not ctx.config.stack_leftover then return order.ordered_on end
  local before = orders.last_with(ctx, order, product_id, "before")
  local runs_out = before and orders.repurchase_day(before, product_id)
  return date.max(order.ordered_on, runs_out)
end

-- A product has one reminder, that of its newest order: the older one goes, those of other products
-- stay (ORD-04).
local function remind(ctx, order, product, day, responsible)
  local customer = ctx:get("customer", order.customer)
  ctx:call("task.withdraw", {
    customer = order.customer, kind = "repurchase", product = product.id,
  })
  ctx:call("task.plan", {
    customer = order.customer,
    kind = "repurchase",
    due_on = day,
    owner = responsible(order, customer),
    order = order.id,
    product = product.id,
    title = ctx:text("repurchase_title", { customer = customer.name, product = product.name }),
    text = ctx:text("repurchase_reason", { product = product.name }),
  })
end

-- The day on which each product of the order is used up: product → day. Two lines of one product
-- are used up one after the other: their quantities add up.
local function days_by_product(ctx, order)
  local days = {}
  for product_id, quantity in pairs(orders.quantities(order)) do
    local lasts = days_of(ctx:get("product", product_id), quantity)
    if lasts then
      days[product_id] = date.add(used_from(ctx, order, product_id), { days = lasts })
    end
  end
  return days
end

-- Writes each line's day into the order, so that whoever enters the order reads it in the reply
-- (ORD-02, C-06), and the earliest of them (C-05). Returns the days.
function repurchase.write_days(ctx, order)
  local days = days_by_product(ctx, order)
  local lines, earliest = order.lines, nil
  for _, line in ipairs(lines) do
    line.repurchase_on = days[line.product]
    earliest = date.min(earliest, line.repurchase_on)
  end
  ctx:update("order", order.id, { lines = lines, repurchase_on = earliest or crm.null })
  return days
end

-- Whether the customer was reminded of the order's product already: nobody is told twice, also
-- where the order is corrected afterwards.
local function was_reminded(ctx, order, product_id)
  for task in ctx:each("task", { where = { customer = order.customer, state = "done" } }) do
    for _, cause in ipairs(task.causes or {}) do
      if cause.kind == "repurchase" and cause.order == order.id and cause.product == product_id then
        return true
      end
    end
  end
  return false
end

-- Reminds of a product of an order that was there before, as long as nobody did.
local function remind_again(ctx, order, product_id, day, responsible)
  if was_reminded(ctx, order, product_id) then return end
  remind(ctx, order, ctx:get("product", product_id), day, responsible)
end

-- The customer's orders behind that one which have some of these products, the oldest first.
local function orders_behind(ctx, order, units)
  local behind = {}
  local where = { customer = order.customer, ordered_on = { ge = order.ordered_on } }
  orders.newest_first(ctx, where, function(other)
    if not orders.is_before(order, other) then return end
    for product_id in pairs(orders.quantities(other)) do
      if units[product_id] then
        table.insert(behind, 1, other)
        return
      end
    end
  end)
  return behind
end

-- With stack_leftover what was bought behind that order counts from when its goods run out (C-05):
-- those days move with it, and the reminder of the newest order with them.
local function restack(ctx, order, responsible)
  if not ctx.config.stack_leftover then return end
  local units = orders.quantities(order)
  for _, other in ipairs(orders_behind(ctx, order, units)) do
    for product_id, day in pairs(repurchase.write_days(ctx, other)) do
      local moved = units[product_id] and orders.repurchase_day(other, product_id) ~= day
      if moved and not orders.last_with(ctx, other, product_id, "after") then
        remind_again(ctx, other, product_id, day, responsible)
      end
    end
  end
end

-- Writes the days and plans the reminders. An order that was entered late, when the customer has
-- ordered the product again since, gets its days but no reminder (ORD-04).
function repurchase.plan(ctx, order, responsible)
  for product_id, day in pairs(repurchase.write_days(ctx, order)) do
    if not orders.last_with(ctx, order, product_id, "after") then
      remind(ctx, order, ctx:get("product", product_id), day, responsible)
    end
  end
  restack(ctx, order, responsible)
end

-- The same for an order that was there before; with `since`, only reminders of that day or later.
function repurchase.plan_again(ctx, order, responsible, since)
  for product_id, day in pairs(repurchase.write_days(ctx, order)) do
    local comes = not since or day >= since
    if comes and not orders.last_with(ctx, order, product_id, "after") then
      remind_again(ctx, order, product_id, day, responsible)
    end
  end
  restack(ctx, order, responsible)
end

-- Takes the order's reminders back. Where an earlier order of the product still counts and its day
-- is not past, that one is reminded of again.
function repurchase.withdraw(ctx, order, responsible)
  ctx:call("task.withdraw", { customer = order.customer, kind = "repurchase", order = order.id })
  for product_id in pairs(orders.quantities(order)) do
    local before = orders.last_with(ctx, order, product_id, "before")
    local day = before and orders.repurchase_day(before, product_id)
    if day and day >= ctx.today and not orders.last_with(ctx, order, product_id, "after") then
      remind_again(ctx, before, product_id, day, responsible)
    end
  end
  restack(ctx, order, responsible)
end

-- Whether two states of an order have the same day, products and quantities.
function repurchase.same_goods(one, other)
  if one.ordered_on ~= other.ordered_on then return false end
  local left, right = orders.quantities(one), orders.quantities(other)
  for product_id, quantity in pairs(left) do
    if right[product_id] ~= quantity then return false end
    right[product_id] = nil
  end
  return next(right) == nil
end

return repurchase
