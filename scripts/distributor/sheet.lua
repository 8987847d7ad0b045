-- sheet: the thirteen items of distributor management on one sheet (DIS-09). Rates are in
-- hundredths of a percent, rounded half up, nil where there is nothing to divide by.

local date = crm.date

local function rate(part, whole)
  if whole == nil or whole <= 0 then return nil end
  return (part * 20000 + whole) // (2 * whole)
end

local function average(sum, count)
  if count == 0 then return nil end
  return (sum * 200 + count) // (2 * count)
end

local function between(from, to) return { ge = from, le = to } end

-- What was released in a period: of one customer, or of all.
local function invoiced(ctx, customer, from, to)
  local sum, paid = 0, 0
  local where = { customer = customer, invoiced_on = between(from, to),
                  state = { ne = "cancelled" } }
  for item in ctx:each("receivable", { where = where, order = "invoiced_on" }) do
    sum, paid = sum + item.amount, paid + item.paid
  end
  return sum, paid
end

local function products_bought(ctx, customer, from, to)
  local seen, count = {}, 0
  local where = { customer = customer, ordered_on = between(from, to), release = "released" }
  for order in ctx:each("order", { where = where, order = "ordered_on" }) do
    for _, line in ipairs(order.lines) do
      if not seen[line.product] then
        seen[line.product] = true
        count = count + 1
      end
    end
  end
  return count
end

local function expenses(ctx, customer, from, to)
  local sum = 0
  for aid in ctx:each("ad_funding", {
    where = { customer = customer, spent_on = between(from, to) },
  }) do
    sum = sum + aid.funded
  end
  for entry in ctx:each("ledger_entry", {
    where = { customer = customer, account = "accrued", kind = "accrual",
              posted_on = between(from, to) },
  }) do
    sum = sum + entry.amount
  end
  return sum
end

local function visits(ctx, customer, from, to)
  local seen = { planned = 0, effective = 0, looked_at = 0, good = 0, support = 0, scored = 0 }
  local where = { customer = customer, visit_on = between(from, to), state = { ne = "dropped" } }
  for visit in ctx:each("visit", { where = where }) do
    seen.planned = seen.planned + 1
    if visit.effective then seen.effective = seen.effective + 1 end
    for _, item in ipairs(visit.display or {}) do
      seen.looked_at = seen.looked_at + 1
      if item.good then seen.good = seen.good + 1 end
    end
    if visit.support then
      seen.support, seen.scored = seen.support + visit.support, seen.scored + 1
    end
  end
  return seen
end

local function promotions(ctx, customer, from, to)
  local offered, taken = 0, 0
  local where = { customer = customer, held_on = between(from, to) }
  for item in ctx:each("promotion_part", { where = where }) do
    offered = offered + 1
    if item.took_part then taken = taken + 1 end
  end
  return rate(taken, offered)
end

---@param ctx crm.ctx
local function sheet(ctx, params)
  local customer = ctx:get("customer", params.customer)
  local from, to = params.from, params.to
  local days = date.days_between(from, to) + 1
  if days < 1 then ctx:fail("VALIDATION_FAILED", "ends_before", { field = "to" }) end
  local sales, paid = invoiced(ctx, customer.id, from, to)
  local all = invoiced(ctx, nil, from, to)
  local was = invoiced(ctx, customer.id, date.add(from, { days = -days }),
                       date.add(from, { days = -1 }))
  local seen = visits(ctx, customer.id, from, to)
  -- The order is that of the paper form. Each row: key, value, unit.
  local rows = {
    { "sales_growth", rate(sales - was, was), "rate" },
    { "sales", sales, "money" },
    { "sales_share", rate(sales, all), "rate" },
    { "expense_ratio", rate(expenses(ctx, customer.id, from, to), sales), "rate" },
    { "payment_recovery", rate(paid, sales), "rate" },
    { "policy_understood", customer.policy_understood, "score" },
    { "products_sold", products_bought(ctx, customer.id, from, to), "count" },
    { "display", rate(seen.good, seen.looked_at), "rate" },
    { "stock_cases",
      ctx:count("stock_case",
                { holder = customer.id, state = { ["in"] = { "open", "explained" } } }),
      "count" },
    { "promotion_part", promotions(ctx, customer.id, from, to), "rate" },
    { "visits_planned", seen.planned, "count" },
    { "visits_effective", rate(seen.effective, seen.planned), "rate" },
    { "support", average(seen.support, seen.scored), "hundredths" },
  }
  local items = {}
  for number, row in ipairs(rows) do
    items[number] = { number = number, key = row[1], label = ctx:text("sheet_" .. row[1]),
                      value = row[2], unit = row[3] }
  end
  return { customer = customer.id, name = customer.name, items = items }
end

local part = {
  ops = {
    ["distributor.sheet"] = {
      since = "1",
      doc = { zh = "经销商管理的 13 个项目。", en = "The 13 items of distributor management (DIS-09)." },
      params = {
        { name = "customer", kind = "integer", required = true },
        { name = "from", kind = "date", required = true },
          { name = "to", kind = "date", required = true },
      },
      result = {
        { name = "customer", kind = "reference", to = "customer" },
          { name = "name", kind = "text" },
        { name = "items", kind = "list", of = "map", doc = "Always thirteen, in the same order.",
          fields = {
          { name = "number", kind = "integer" }, { name = "key", kind = "text" },
          { name = "label", kind = "text" },
          { name = "value", kind = "integer", doc = "None where there is nothing to divide by." },
          { name = "unit", kind = "text",
            doc = "rate: 1/100 of a percent; money: fen; score: 0 to 5; hundredths: of a point." },
        } },
      },
      errors = { "NOT_FOUND", "VALIDATION_FAILED" },
      run = sheet,
    },
  },
}

return { parts = { part } }
