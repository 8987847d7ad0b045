-- test_given: what the tests of this package begin with.

local given = {}

-- 天宇保健茶 and its buyer, as in example E-01.
function given.tea(t, values)
  values = values or {}
  return t:call("record.create", { type = "product", values = {
    name = values.name or "天宇保健茶", unit = "盒", price = values.price or 12800,
    cycle_days = values.cycle_days or 15, repeatable = values.repeatable,
  } })
end

function given.wang(t, values)
  local all = { name = "王秀兰", phone = "138-0000-1001", owner = "李静" }
  for key, value in pairs(values or {}) do all[key] = value end
  return t:call("record.create", { type = "customer", values = all })
end

-- A pharmacy, as a customer of the agency.
function given.pharmacy(t, values)
  local all = { name = "济南百草春药房", phone = "0531-8000-1001", kind = "company",
                attribute = "pharmacy", owner = "周强" }
  for key, value in pairs(values or {}) do all[key] = value end
  return t:call("record.create", { type = "customer", values = all })
end

-- A plan of visits for a segment.
function given.plan(t, segment, ...)
  return t:call("record.create", { type = "revisit_plan", values = {
    name = segment, segment = segment, visits = { ... },
  } })
end

-- Enters an order; lines are {product, quantity} pairs.
function given.order(t, customer, day, ...)
  local lines = {}
  for i = 1, select("#", ...), 2 do
    local product, quantity = select(i, ...)
    lines[#lines + 1] = { product = product.id, quantity = quantity }
  end
  return t:call("order.create", { customer = customer.id, ordered_on = day, lines = lines })
end

-- The open tasks that are due on that day or earlier, as "day kind+kind owner".
function given.due(t, day, customer)
  local list = t:call("task.list", { on = day, customer = customer and customer.id })
  local found = {}
  for _, task in ipairs(list.items) do
    found[#found + 1] = table.concat(
      { task.due_on, table.concat(task.reasons, "+"), task.owner }, " ")
  end
  return found
end

-- The days on which tasks of that kind are due.
function given.days(t, kind, customer)
  local days = {}
  for _, task in ipairs(t:call("task.list", { kind = kind, customer = customer and customer.id,
                                              limit = 500 }).items) do
    days[#days + 1] = task.due_on
  end
  return days
end

given.LATER = "2030-01-01" -- a list until then has everything

return given
