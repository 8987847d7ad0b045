-- test_stock: what lies at distributors, and why.

local given = crm.require("test_given")
local create, get, hualian, tea = given.create, given.get, given.hualian, given.tea

local function shift(t, customer, product, kind, quantity)
  return create(t, "channel_move", { holder = customer.id, product = product.id, kind = kind,
                                     quantity = quantity })
end

crm.test("CON-05: receive adds, ship reduces, nothing goes below zero", function(t)
  local customer, product = hualian(t), tea(t)
  shift(t, customer, product, "opening", 10)
  local out = shift(t, customer, product, "ship", 4)
  shift(t, customer, product, "receive", 5)
  local more = { holder = customer.id, product = product.id, kind = "ship", quantity = 12 }
  t:equal(t:fails("RULE_FAILED", "record.create", { type = "channel_move", values = more }).field,
          "quantity")
  t:fails("RULE_FAILED", "record.delete", { type = "channel_move", id = out.id })
  t:equal(t:call("record.find", { type = "channel_stock" }).items[1].quantity, 11)
  t:equal(t:call("stock.balance", { from = "2026-01-01", to = "2026-01-01" }).items, { {
    holder = customer.id, product = product.id, opening = 0, into = 15, out = 4, closing = 11,
    days_of_stock = 2,
  } })
  t:equal(t:call("stock.balance", { from = "2025-12-01", to = "2025-12-31" }).items[1].closing, 0)
end)

crm.test("CON-05: nothing has moved later than today", function(t)
  local values = { holder = hualian(t).id, product = tea(t).id, kind = "opening", quantity = 5,
                   moved_on = "2026-01-02" }
  local params = { type = "channel_move", values = values }
  local problem = t:fails("VALIDATION_FAILED", "record.create", params)
  t:equal({ problem.field, problem.message }, { "moved_on", "变动日期不能晚于今天" })
  t:advance("2026-01-02")
  t:call("record.create", params)
end)

crm.test("ARC-13, CON-05: what lies at merged distributors lies there together", function(t)
  local one, other, product = hualian(t), hualian(t, { phone = "138-0000-5003" }), tea(t)
  shift(t, one, product, "opening", 5)
  shift(t, other, product, "opening", 5)
  shift(t, other, product, "ship", 5)
  t:equal(#t:call("stock.cases").items, 1)
  t:call("record.merge", { type = "customer", into = one.id, id = other.id })
  t:equal(t:call("stock.cases").items[1].ended_on, "2026-01-01")
  t:call("record.unmerge", { type = "customer", id = other.id })
  t:equal(#t:call("stock.cases").items, 2)
  shift(t, other, product, "receive", 5)
  t:call("record.merge", { type = "customer", into = one.id, id = other.id })
  local more = { holder = one.id, product = product.id, kind = "ship", quantity = 11 }
  t:fails("RULE_FAILED", "record.create", { type = "channel_move", values = more })
  shift(t, one, product, "ship", 8)
  t:equal(t:call("stock.balance", { from = "2026-01-01", to = "2026-01-01" }).items, { {
    holder = one.id, product = product.id, opening = 0, into = 15, out = 13, closing = 2,
    days_of_stock = 0,
  } })
  shift(t, other, product, "ship", 2)
  local open = {}
  for _, case in ipairs(t:call("stock.cases").items) do
    if not case.ended_on then open[#open + 1] = { case.holder, case.quantity } end
  end
  t:equal(open, { { one.id, 0 } })
end)

crm.test("E-12, DIS-06: a shortage is listed until somebody says why", function(t)
  local customer, product = hualian(t, { region = "山东/济南" }), tea(t)
  create(t, "channel_stock", { holder = customer.id, product = product.id })
  local short = t:call("stock.cases", { region = "济南" }).items
  t:includes(short,
             { { kind = "shortage", product_name = "天宇保健茶", quantity = 0, cause_missing = true } })
  t:equal(t:call("stock.cases", { region = "青岛" }).items, {})
  t:fails("TRANSITION_DENIED", "record.move",
          { type = "stock_case", id = short[1].case, to = "explained" })
  shift(t, customer, product, "receive", 5)
  t:includes(t:call("stock.cases").items, { { ended_on = "2026-01-01", cause_missing = true } })
  t:fails("TRANSITION_DENIED", "record.move",
          { type = "stock_case", id = short[1].case, to = "closed" })
  t:call("record.update",
         { type = "stock_case", id = short[1].case, values = { cause = "allocation" } })
  t:equal(get(t, "stock_case", short[1].case).state, "closed")
  t:equal(t:call("stock.cases").items, {})
end)

crm.test("CON-06: what does not move for ninety days is listed, with the cause first", function(t)
  local customer, product = hualian(t), tea(t)
  shift(t, customer, product, "opening", 10)
  t:advance("2026-03-31")
  t:equal(t:call("stock.cases").items, {})
  t:advance("2026-04-01")
  local held = t:call("stock.cases", { kind = "held_long" }).items
  t:includes(held, { { kind = "held_long", quantity = 10, since = "2026-04-01" } })
  t:call("record.update",
         { type = "stock_case", id = held[1].case, values = { cause = "indifference" } })
  t:equal(get(t, "stock_case", held[1].case).state, "explained")
  shift(t, customer, product, "ship", 1)
  t:equal(get(t, "stock_case", held[1].case).state, "closed")
end)

crm.test("CON-06: how long goods may lie is configured", function(t)
  t:configure { held_days = 5 }
  shift(t, hualian(t), tea(t), "opening", 10)
  t:advance("2026-01-05T23:59:59+08:00")
  t:equal(t:call("stock.cases").items, {})
  t:advance("2026-01-06")
  t:includes(t:call("stock.cases").items, { { kind = "held_long", since = "2026-01-06" } })
end)

return true
