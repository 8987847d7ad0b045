-- value: what a customer is worth, then and from now on (VAL-01 to VAL-03). Profits of each year
-- are records; what was is compounded to the end of the valuation year, what is to come is
-- discounted to it. Sums are exact, and are rounded once, at the end, half away from zero.

local exact = crm.require("exact")

local value = {}

local WHOLE = 10000 -- the rate is in hundredths of a percent: 1 000 is 10 %

-- Walks from the furthest year to the valuation year. Each step multiplies what was met so far by
-- `up`, and the common denominator by `down`. Profits and losses are summed apart.
local function discount(profits, year, up, down)
  local amounts, far = {}, year
  for _, profit in ipairs(profits) do
    -- Customers that were merged have two of one year.
    amounts[profit.year] = (amounts[profit.year] or 0) + profit.amount
    if math.abs(profit.year - year) > math.abs(far - year) then far = profit.year end
  end
  local sums = { more = exact.of(0), less = exact.of(0) }
  local below, step = exact.of(1), far < year and 1 or -1
  for at = far, year, step do
    local amount = amounts[at] or 0
    local side = amount < 0 and "less" or "more"
    for name, sum in pairs(sums) do sums[name] = exact.times(sum, up) end
    sums[side] = exact.add(sums[side], exact.times(below, math.abs(amount)))
    if at ~= year then below = exact.times(below, down) end
  end
  return { sums = sums, factor = down, times = math.abs(far - year) }
end

local function expand(number, fraction)
  for _ = 1, fraction.times do number = exact.times(number, fraction.factor) end
  return number
end

-- Both over one denominator.
local function plus(one, other)
  local sums = {}
  for _, side in ipairs({ "more", "less" }) do
    sums[side] = exact.add(expand(one.sums[side], other), expand(other.sums[side], one))
  end
  return sums
end

-- The quotient, half away from zero: (2n + d) / 2d. Dividing by factors one after the other,
-- rounded down each time, is dividing by their product.
local function rounded(sums, ...)
  local numerator, negative = exact.minus(sums.more, sums.less)
  local below, fractions = exact.of(1), { ... }
  for _, fraction in ipairs(fractions) do below = expand(below, fraction) end
  local quotient = exact.divide(exact.add(exact.times(numerator, 2), below), 2)
  for _, fraction in ipairs(fractions) do
    for _ = 1, fraction.times do quotient = exact.divide(quotient, fraction.factor) end
  end
  local number = exact.number(quotient)
  return number and (negative and -number or number)
end

-- WHICH class: current and future value against the two thresholds (C-18).
local function class_of(ctx, current, later)
  if current >= ctx.config.current_from then
    return later >= ctx.config.future_from and "platinum" or "gold"
  end
  return later >= ctx.config.future_from and "iron" or "lead"
end

local function profits_of(ctx, customer, year)
  local were, come = {}, {}
  for _, profit in ipairs(ctx:find("profit", { where = { customer = customer }, limit = 200 })) do
    local list = profit.year <= year and were or come
    list[#list + 1] = profit
  end
  return were, come
end

---@param ctx crm.ctx.write
local function assess(ctx, params)
  local customer, rate = ctx:get("customer", params.customer), ctx.config.discount_rate
  local were, come = profits_of(ctx, customer.id, params.year)
  local was = discount(were, params.year, WHOLE + rate, WHOLE)
  local comes = discount(come, params.year, WHOLE, WHOLE + rate)
  local current, later = rounded(was.sums, was), rounded(comes.sums, comes)
  local whole = rounded(plus(was, comes), was, comes)
  if not (current and later and whole) then ctx:fail("VALIDATION_FAILED", "value_too_large") end
  return ctx:update("customer", customer.id, {
    current_value = current, future_value = later, lifetime_value = whole, valued_for = params.year,
    value_class = class_of(ctx, current, later),
  })
end

value.parts = { {
  config = {
    discount_rate = { kind = "integer", default = 1000, min = 0, max = 100000,
                      label = { zh = "折现率（万分之）", en = "discount rate, in 1/100 of a percent" },
                      doc = "1 000 is 10 % a year (VAL-01)." },
    current_from = { kind = "money", default = 2000000,
                     label = { zh = "当前价值高的门槛", en = "high current value from" },
                     doc = "In fen (VAL-03)." },
    future_from = { kind = "money", default = 1000000,
                    label = { zh = "未来价值高的门槛", en = "high future value from" },
                    doc = "In fen (VAL-03)." },
  },

  types = {
    customer = { extends = true, fields = {
      { name = "current_value", kind = "money", readonly = true,
        label = { zh = "当前价值", en = "current value" },
        doc = "Profits until now, at the end of the valuation year (VAL-02)." },
      { name = "future_value", kind = "money", readonly = true,
        label = { zh = "未来价值", en = "future value" },
        doc = "Expected profits, at the end of the valuation year (VAL-02)." },
      { name = "lifetime_value", kind = "money", readonly = true,
        label = { zh = "终生价值", en = "lifetime value" },
        doc = "Both together, rounded once (VAL-01)." },
      { name = "valued_for", kind = "integer", readonly = true,
        label = { zh = "评估年度", en = "valued for" } },
      { name = "value_class", kind = "choice", choices = { "lead", "iron", "gold", "platinum" },
        readonly = true, index = true, label = { zh = "价值等级", en = "value class" },
        doc = "铅质, 铁质, 黄金, 白金 (VAL-03)." },
    } },
    profit = {
      label = { zh = "年度利润", en = "profit of a year" }, title = "year",
      doc = "What a customer brought in a year, or is expected to (VAL-01).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true, index = true,
          label = { zh = "客户", en = "customer" } },
        { name = "year", kind = "integer", required = true, min = 1980, max = 2079,
          label = { zh = "年度", en = "year" } },
        { name = "amount", kind = "money", required = true, min = -100000000000, max = 100000000000,
          label = { zh = "利润", en = "profit" } },
      },
      indexes = { one = { fields = { "customer", "year" }, unique = true } },
    },
  },

  ops = {
    ["value.assess"] = {
      write = true, since = "1",
      doc = { zh = "评估客户：当前价值、未来价值、终生价值、铅铁金白金等级。",
              en = "Values a customer at the end of a year, and classes it (VAL-01 to VAL-03)." },
      params = {
        { name = "customer", kind = "integer", required = true },
        { name = "year", kind = "integer", required = true, min = 1980, max = 2079,
          doc = "Until its end profits are past, then they are expected." },
      },
      errors = { "NOT_FOUND", "VALIDATION_FAILED" },
      run = assess,
    },
  },
} }

return value
