-- What this package promises, as tests. Run them with: haoke test scripts/distributor
-- Every test begins with an empty store on 1 January 2026. Money is in fen. Here: who may sell, on
-- credit, with which rebate; the other files of tests are named like what they are about.
crm.test_on("empty")
crm.require("test_stock")
crm.require("test_visits")

local given = crm.require("test_given")
local YUAN, create, get, hualian = given.YUAN, given.create, given.get, given.hualian
local tea, order, release, move = given.tea, given.order, given.release, given.move
local invoice, pay, balances = given.invoice, given.pay, given.balances

-- Territories -------------------------------------------------------------------------------------

local function territory(customer, region, values)
  local all = { customer = customer.id, region = region, starts_on = "2026-01-01",
                exclusive = true }
  for key, value in pairs(values or {}) do all[key] = value end
  return { type = "territory", values = all }
end

crm.test("DIS-01: nobody else gets what overlaps an exclusive territory", function(t)
  local one = hualian(t)
  local other = hualian(t, { name = "青岛海王药店", phone = "138-0000-5002" })
  t:call("record.create", territory(one, "国内/山东/济南", { product_line = "茶" }))
  local open = { exclusive = false, product_line = "茶" }
  for _, region in ipairs({ "国内/山东/济南", "国内/山东", "国内/山东/济南/历下", "山东/济南", "国内" }) do
    t:equal(t:fails("RULE_FAILED", "record.create", territory(other, region, open)).field, "region")
  end
  t:fails("RULE_FAILED", "record.create", territory(other, "山东/济南/历下"))
  t:call("record.create", territory(other, "国内/山东/青岛"))
  t:call("record.create", territory(other, "国内/山东/济南", { product_line = "蜂胶" }))
  t:call("record.create", territory(one, "国内/山东/济南/历下", { product_line = "茶" }))
end)

crm.test("DIS-01: periods, channels, and territories that were given back", function(t)
  local one = hualian(t)
  local other = hualian(t, { name = "青岛海王药店", phone = "138-0000-5002" })
  local year = t:call("record.create",
                      territory(one, "山东/济南", { ends_on = "2026-12-31", channel = "药店" }))
  t:fails("RULE_FAILED", "record.create", territory(other, "山东/济南", { starts_on = "2026-12-31" }))
  t:call("record.create", territory(other, "山东/济南", { starts_on = "2027-01-01" }))
  t:call("record.create", territory(other, "山东/济南", { channel = "商超" }))
  t:fails("RULE_FAILED", "record.create",
          territory(other, "山东/济南", { starts_on = "2025-01-01", ends_on = "2026-01-01" }))
  t:call("record.create",
         territory(other, "山东/济南", { starts_on = "2025-01-01", ends_on = "2025-12-31" }))
  move(t, "territory", year.id, "returned", "state")
  t:call("record.create", territory(other, "山东/济南", { channel = "药店" }))
  t:equal(t:fails("VALIDATION_FAILED", "record.create",
                  territory(other, "山东/烟台", { ends_on = "2025-12-31" })).field, "ends_on")
end)

crm.test("DIS-01: open territories overlap one another, and no update gets around an exclusive one",
         function(t)
  local one = hualian(t)
  local other = hualian(t, { name = "青岛海王药店", phone = "138-0000-5002" })
  t:call("record.create", territory(one, "山东/济南", { exclusive = false }))
  local second = t:call("record.create", territory(other, "山东/济南", { exclusive = false }))
  t:fails("RULE_FAILED", "record.update",
          { type = "territory", id = second.id, values = { exclusive = true } })
  t:call("record.create", territory(one, "山东/青岛"))
  t:fails("RULE_FAILED", "record.update",
          { type = "territory", id = second.id, values = { region = "山东" } })
end)

crm.test("a diversion is decided by a leader, in writing", function(t)
  local one = hualian(t)
  local held = t:call("record.create", territory(one, "山东/济南"))
  local case = create(t, "diversion",
                      { customer = one.id, territory = held.id, found_on = "2026-01-01" })
  move(t, "diversion", case.id, "confirmed", "state")
  t:fails("TRANSITION_DENIED", "record.move", { type = "diversion", id = case.id, to = "decided" })
  t:call("record.update", { type = "diversion", id = case.id, values = { decision = "警告" } })
  t:as("李静"):fails("TRANSITION_DENIED", "record.move",
                   { type = "diversion", id = case.id, to = "decided" })
  t:equal(move(t, "diversion", case.id, "decided", "state").state, "decided")
end)

-- Credit ------------------------------------------------------------------------------------------

crm.test("E-12, DIS-03, CON-02, CON-09: credit, overdue, released when paid", function(t)
  t:advance("2026-04-10")
  local customer, product = hualian(t), tea(t)
  t:equal(invoice(t, customer, 48000, "2026-04-10").due_on, "2026-05-10")
  t:advance("2026-05-12")
  local entered = order(t, customer, product, 50)
  local held = release(t, entered)
  t:includes(held, { release = "held", exposure = 53000 * YUAN, overdue_days = 2,
                     held_for = { "over_limit", "overdue" } })
  t:equal(get(t, "customer", customer.id).accommodation, "proposed")
  t:equal(balances(t, customer).credit, 48000 * YUAN)
  t:advance("2026-05-13")
  pay(t, customer, 48000)
  t:equal(balances(t, customer).credit, 0)
  t:includes(release(t, entered), { release = "released", exposure = 5000 * YUAN, held_for = {} })
  t:equal(balances(t, customer).credit, 5000 * YUAN)
end)

crm.test("CON-02, CON-09: the term of payment and the days of grace are configured", function(t)
  t:configure { term_days = 10, grace_days = 2 }
  local customer, product = hualian(t), tea(t)
  t:equal(invoice(t, customer, 100, "2026-01-01").due_on, "2026-01-11")
  t:advance("2026-01-13") -- two days late
  t:equal(release(t, order(t, customer, product, 1)).release, "released")
  t:advance("2026-01-14")
  t:equal(release(t, order(t, customer, product, 1)).held_for, { "overdue" })
end)

crm.test("DIS-03: the last of the credit, and one fen more", function(t)
  local customer = hualian(t)
  local product, fen = tea(t, { price = 1000 * YUAN }), tea(t, { name = "样品", price = 1 })
  t:equal(release(t, order(t, customer, product, 50)).release, "released")
  t:equal(release(t, order(t, customer, fen, 1)).held_for, { "over_limit" })
  local none = hualian(t, { phone = "138-0000-5003", credit_limit = crm.null })
  t:equal(release(t, order(t, none, fen, 1)).release, "held")
end)

crm.test("DIS-03: no other way leads around the credit", function(t)
  local customer, product = hualian(t), tea(t)
  local entered = order(t, customer, product, 501)
  t:fails("TRANSITION_DENIED", "record.move",
          { type = "order", id = entered.id, to = "released", field = "release" })
  t:fails("TRANSITION_DENIED", "record.update",
          { type = "order", id = entered.id, values = { release = "released" } })
  release(t, entered)
  t:as("李静"):fails("TRANSITION_DENIED", "record.move",
                     { type = "order", id = entered.id, to = "approved", field = "release" })
  t:equal(balances(t, customer).credit, 0)
end)

crm.test("CON-09: an approval holds for the order as it was", function(t)
  local customer, product = hualian(t), tea(t)
  local entered = order(t, customer, product, 501)
  release(t, entered)
  move(t, "order", entered.id, "approved", "release")
  t:call("record.update", { type = "order", id = entered.id, values = {
    lines = { { product = product.id, quantity = 5000 } },
  } })
  t:equal(get(t, "order", entered.id).release, "entered")
  t:equal(release(t, entered).release, "held")
  move(t, "order", entered.id, "approved", "release")
  t:equal(release(t, entered).release, "released")
  t:equal(balances(t, customer).credit, 500000 * YUAN)
  local lines = { lines = { { product = product.id, quantity = 1 } } }
  t:fails("RULE_FAILED", "record.update", { type = "order", id = entered.id, values = lines })
  t:fails("REFERENCE_IN_USE", "record.delete", { type = "order", id = entered.id })
end)

crm.test("CON-09: who is not accommodated needs approval for every order", function(t)
  local customer, product = hualian(t, { refuses_reconciliation = true }), tea(t)
  t:equal(customer.accommodation, "proposed")
  t:equal(release(t, order(t, customer, product, 1)).release, "released")
  local refuse = { type = "customer", id = customer.id, to = "refused", field = "accommodation" }
  t:as("李静"):fails("TRANSITION_DENIED", "record.move", refuse)
  t:call("record.move", refuse)
  t:equal(release(t, order(t, customer, product, 1)).held_for, { "no_accommodation" })
end)

crm.test("DIS-03: an expired licence holds orders from the day after", function(t)
  local customer, product = hualian(t, { licence_until = "2026-01-31" }), tea(t)
  t:advance("2026-01-31")
  t:equal(release(t, order(t, customer, product, 1)).release, "released")
  t:advance("2026-02-01")
  t:equal(release(t, order(t, customer, product, 1)).held_for, { "licence" })
end)

crm.test("DIS-03: cancelling gives the credit back, but not what was paid", function(t)
  local customer, product = hualian(t), tea(t)
  local first, second = order(t, customer, product, 500), order(t, customer, product, 1)
  release(t, first)
  t:equal(release(t, second).release, "held")
  t:call("order.cancel", { id = first.id })
  t:equal(get(t, "order", first.id).release, "withdrawn")
  t:equal(balances(t, customer).credit, 0)
  t:equal(release(t, second).release, "released")
  pay(t, customer, 40)
  t:fails("RULE_FAILED", "order.cancel", { id = second.id })
  t:fails("TRANSITION_DENIED", "order.release", { id = first.id })
end)

crm.test("DIS-01: the level sets the price", function(t)
  local product = tea(t, { level_prices = { { level = "city", price = 80 * YUAN } } })
  local city, plain = hualian(t, { channel_level = "city" }),
    hualian(t, { phone = "138-0000-5003" })
  local lines = { { product = product.id, quantity = 3 } }
  t:equal(t:call("distributor.order", { customer = city.id, lines = lines }).total, 240 * YUAN)
  t:equal(t:call("distributor.order", { customer = plain.id, lines = lines }).total, 300 * YUAN)
end)

crm.test("DIS-03: what has no price is not released; what is given has the price 0", function(t)
  local customer, product, unpriced = hualian(t), tea(t), create(t, "product", { name = "新品" })
  local lines = { { product = product.id, quantity = 1 }, { product = unpriced.id, quantity = 1 } }
  local params = { customer = customer.id, lines = lines }
  local problem = t:fails("RULE_FAILED", "distributor.order", params)
  t:equal({ problem.field, problem.message }, { "lines[1].price", "新品 没有价格" })
  local entered = t:call("order.create", params)
  t:equal(t:fails("RULE_FAILED", "order.release", { id = entered.id }).field, "lines[1].price")
  t:fails("RULE_FAILED", "record.move",
          { type = "order", id = entered.id, to = "released", field = "release" })
  lines[2].price = 0
  t:call("record.update", { type = "order", id = entered.id, values = { lines = lines } })
  t:equal(release(t, entered).release, "released")
  t:equal(balances(t, customer).credit, 100 * YUAN)
end)

-- Receivables -------------------------------------------------------------------------------------

crm.test("CON-02: payments reduce the oldest first, and never more than is owed", function(t)
  local customer = hualian(t, { credit_days = 10 })
  local late, early = invoice(t, customer, 300, "2026-01-02"),
    invoice(t, customer, 100, "2026-01-01")
  t:equal(late.due_on, "2026-01-12")
  t:equal(pay(t, customer, 150).allocations, {
    { receivable = early.id, amount = 100 * YUAN }, { receivable = late.id, amount = 50 * YUAN },
  })
  t:equal(get(t, "receivable", early.id).state, "paid")
  t:includes(get(t, "receivable", late.id),
             { state = "open", paid = 50 * YUAN, balance = 250 * YUAN })
  local more = { customer = customer.id, amount = 251 * YUAN }
  t:equal(t:fails("RULE_FAILED", "record.create", { type = "payment", values = more }).field,
          "amount")
  local other = hualian(t, { phone = "138-0000-5003" })
  t:fails("RULE_FAILED", "record.create", { type = "payment", values = {
    customer = other.id, amount = 1, receivable = late.id } })
  t:fails("TRANSITION_DENIED", "record.move", { type = "receivable", id = late.id, to = "paid" })
  t:equal(balances(t, customer).credit, 250 * YUAN)
end)

crm.test("CON-02: overdue the day after the due day, listed, and somebody is told", function(t)
  local customer = hualian(t)
  local item = invoice(t, customer, 100, "2026-01-01")
  t:advance("2026-01-31")
  t:equal(get(t, "receivable", item.id).state, "open")
  t:equal(t:call("receivable.overdue").items, {})
  t:advance("2026-02-01")
  t:equal(get(t, "receivable", item.id).state, "overdue")
  t:includes(t:call("receivable.overdue").items,
             { { receivable = item.id, days = 1, balance = 100 * YUAN } })
  t:includes(t:call("task.list", { on = "2026-02-01" }).items,
             { { kind = "collect", owner = "李静" } })
  pay(t, customer, 100)
  t:equal(get(t, "receivable", item.id).state, "paid")
  t:equal(t:call("receivable.overdue").items, {})
end)

crm.test("E-12, CON-02: nobody collects when nothing is overdue any more", function(t)
  local customer, product = hualian(t), tea(t)
  local entered = order(t, customer, product, 1)
  release(t, entered)
  invoice(t, customer, 100, "2026-01-02")
  invoice(t, customer, 100, "2026-01-31")
  local function collecting() return #t:call("task.list", { kind = "collect" }).items end
  t:advance("2026-02-02")
  t:equal(collecting(), 2)
  t:call("order.cancel", { id = entered.id })
  t:equal(collecting(), 2)
  pay(t, customer, 99)
  t:equal(collecting(), 2)
  pay(t, customer, 1)
  t:equal(collecting(), 0)
  t:advance("2026-03-03")
  t:equal(collecting(), 1)
end)

crm.test("CON-02: ages at their borders", function(t)
  local customer = hualian(t, { credit_days = 0 })
  t:advance("2026-12-31")
  local borders = { 0, 1, 30, 31, 60, 61, 90, 91, 180, 181 }
  for i, days in ipairs(borders) do
    invoice(t, customer, 2 ^ i // 2 | 0, crm.date.add("2026-12-31", { days = -days }))
  end
  t:equal(t:call("receivable.ageing").totals, {
    current = 1 * YUAN, days_1_30 = 6 * YUAN, days_31_60 = 24 * YUAN, days_61_90 = 96 * YUAN,
    days_91_180 = 384 * YUAN, days_over_180 = 512 * YUAN, total = 1023 * YUAN,
  })
  t:equal(t:call("receivable.ageing", { customer = customer.id }).items[1].total, 1023 * YUAN)
end)

crm.test("CON-02: what is in the ledger stays", function(t)
  local customer = hualian(t)
  local item = invoice(t, customer, 100, "2026-01-01")
  local entry = t:call("record.find", { type = "ledger_entry" }).items[1]
  t:fails("RULE_FAILED", "record.delete", { type = "ledger_entry", id = entry.id })
  t:fails("RULE_FAILED", "record.delete", { type = "receivable", id = item.id })
  t:fails("RULE_FAILED", "record.update",
          { type = "receivable", id = item.id, values = { amount = 1 } })
  local payment = pay(t, customer, 1)
  t:fails("RULE_FAILED", "record.update",
          { type = "payment", id = payment.id, values = { amount = 1 } })
  t:fails("RULE_FAILED", "record.delete", { type = "payment", id = payment.id })
end)

crm.test("ARC-13: merged distributors owe together, and apart again", function(t)
  local one, other = hualian(t), hualian(t, { phone = "138-0000-5003" })
  invoice(t, one, 100, "2026-01-01")
  invoice(t, other, 30, "2026-01-01")
  t:advance("2026-02-01")
  t:call("record.merge", { type = "customer", into = one.id, id = other.id })
  t:equal(balances(t, one).credit, 130 * YUAN)
  local ageing = t:call("receivable.ageing").items
  t:equal({ #ageing, ageing[1].customer, ageing[1].total }, { 1, one.id, 130 * YUAN })
  for _, row in ipairs(t:call("receivable.overdue").items) do t:equal(row.customer, one.id) end
  t:call("record.unmerge", { type = "customer", id = other.id })
  t:equal(balances(t, one).credit, 100 * YUAN)
  t:equal(balances(t, other).credit, 30 * YUAN)
end)

-- Rebates -----------------------------------------------------------------------------------------

local function policy(t)
  return create(t, "rebate_policy", {
    name = "2026 年一季度", starts_on = "2026-01-01", ends_on = "2026-03-31",
    tiers = { { from = 10000 * YUAN, rate = 100 }, { from = 30000 * YUAN, rate = 250 } },
  })
end

crm.test("DIS-02: the tier that is reached holds for all purchases of the period", function(t)
  local customer, product, quarter = hualian(t), tea(t), policy(t)
  release(t, order(t, customer, product, 99))
  t:equal(balances(t, customer).accrued, 0)
  local second = order(t, customer, product, 1)
  release(t, second)
  t:equal(balances(t, customer).accrued, 100 * YUAN)
  release(t, order(t, customer, product, 200))
  t:equal(balances(t, customer).accrued, 750 * YUAN)
  t:call("order.cancel", { id = second.id })
  t:equal(balances(t, customer).accrued, 299 * YUAN)
  pay(t, customer, 29900)
  t:fails("RULE_FAILED", "rebate.close", { policy = quarter.id })
  t:advance("2026-04-01")
  t:equal(t:call("rebate.close", { policy = quarter.id }), { granted = 1, lapsed = 0, left = 0 })
  t:includes(balances(t, customer), { accrued = 0, rebate = 299 * YUAN })
  t:equal(get(t, "rebate_policy", quarter.id).state, "closed")
  t:fails("RULE_FAILED", "record.update", { type = "rebate_policy", id = quarter.id, values = {
    tiers = { { from = 0, rate = 10000 } } } })
  release(t, order(t, customer, product, 2))
  local owed = t:call("record.find", { type = "receivable", where = { state = "open" } }).items[1]
  t:fails("RULE_FAILED", "rebate.use", { receivable = owed.id, amount = 300 * YUAN })
  t:fails("RULE_FAILED", "rebate.use", { receivable = owed.id, amount = 299 * YUAN })
  t:equal(t:call("rebate.use", { receivable = owed.id, amount = 200 * YUAN }).method, "rebate")
  t:includes(balances(t, customer), { credit = 0, rebate = 99 * YUAN })
end)

crm.test("ARC-13, DIS-02: merged distributors reach their tiers together", function(t)
  local one, other = hualian(t), hualian(t, { phone = "138-0000-5003" })
  local product, quarter = tea(t), policy(t)
  release(t, order(t, one, product, 150))
  release(t, order(t, other, product, 140))
  t:equal({ balances(t, one).accrued, balances(t, other).accrued }, { 150 * YUAN, 140 * YUAN })
  t:call("record.merge", { type = "customer", into = one.id, id = other.id })
  t:equal(balances(t, one).accrued, 290 * YUAN)
  local last = order(t, one, product, 10)
  release(t, last)
  t:equal(balances(t, one).accrued, 750 * YUAN)
  t:call("order.cancel", { id = last.id })
  t:equal(balances(t, one).accrued, 290 * YUAN)
  release(t, order(t, one, product, 10))
  t:call("record.unmerge", { type = "customer", id = other.id })
  t:equal({ balances(t, one).accrued, balances(t, other).accrued }, { 160 * YUAN, 140 * YUAN })
  t:call("record.merge", { type = "customer", into = one.id, id = other.id })
  t:equal(balances(t, one).accrued, 750 * YUAN)
  pay(t, one, 30000)
  t:advance("2026-04-01")
  t:equal(t:call("rebate.close", { policy = quarter.id }), { granted = 2, lapsed = 0, left = 0 })
  t:includes(balances(t, one), { accrued = 0, rebate = 750 * YUAN })
end)

crm.test("DIS-02: a period that ends before it begins is refused", function(t)
  local values = { name = "错", starts_on = "2026-12-31", ends_on = "2026-12-30",
                   tiers = { { from = 0, rate = 100 } } }
  local params = { type = "rebate_policy", values = values }
  local problem = t:fails("VALIDATION_FAILED", "record.create", params)
  t:equal({ problem.field, problem.message }, { "ends_on", "结束早于开始" })
  values.ends_on = "2026-12-31"
  local day = t:call("record.create", params)
  t:fails("VALIDATION_FAILED", "record.update",
          { type = "rebate_policy", id = day.id, values = { starts_on = "2027-01-01" } })
end)

crm.test("DIS-02: half a fen of rebate is rounded up, less is not given", function(t)
  create(t, "rebate_policy", { name = "万分之一", starts_on = "2026-01-01", ends_on = "2026-03-31",
                               tiers = { { from = 0, rate = 1 } } })
  for price, accrued in pairs({ [4999] = 0, [5000] = 1, [14999] = 1, [15000] = 2 }) do
    local customer = hualian(t, { phone = string.format("138000%05d", price) })
    local product = create(t, "product", { name = "试饮装 " .. price, price = price })
    release(t, order(t, customer, product, 1))
    t:equal(balances(t, customer).accrued, accrued)
  end
end)

crm.test("DIS-02: who is overdue at the close gets nothing, who is due that day does", function(t)
  local customer, product, quarter = hualian(t), tea(t), policy(t)
  local punctual = hualian(t, { phone = "138-0000-5003", credit_days = 90 })
  release(t, order(t, customer, product, 100))
  release(t, order(t, punctual, product, 100))
  t:advance("2026-04-01")
  t:equal(t:call("rebate.close", { policy = quarter.id }), { granted = 1, lapsed = 1, left = 0 })
  t:includes(balances(t, punctual), { accrued = 0, rebate = 100 * YUAN })
  t:includes(balances(t, customer), { accrued = 0, rebate = 0 })
end)

-- Support and the sheet ---------------------------------------------------------------------------

crm.test("DIS-04, DIS-05: advertising in full or in part, training with those who came", function(t)
  local customer = hualian(t)
  local function aid(cost, share)
    return create(t, "ad_funding",
                  { customer = customer.id, activity = "店庆", spent_on = "2026-01-01",
                                     cost = cost, share = share })
  end
  t:equal(aid(100 * YUAN, 100).funded, 100 * YUAN)
  t:equal(aid(101, 50).funded, 51)
  local training = create(t, "training",
                          { customer = customer.id, topic = "新品", held_on = "2026-01-05",
                                           invited = 8 })
  local function attend(count)
    return { type = "training", id = training.id, values = { attended = count } }
  end
  t:equal(t:call("record.update", attend(8)).attended, 8)
  t:equal(t:fails("RULE_FAILED", "record.update", attend(9)).field, "attended")
end)

crm.test("DIS-07, DIS-09: thirteen items on one sheet", function(t)
  local customer, product = hualian(t, { policy_understood = 4 }), tea(t)
  local other = hualian(t, { phone = "138-0000-5003" })
  invoice(t, customer, 8000, "2025-12-15")
  release(t, order(t, customer, product, 100))
  release(t, order(t, other, product, 300))
  pay(t, customer, 13000)
  create(t, "channel_stock", { holder = customer.id, product = product.id })
  create(t, "ad_funding", { customer = customer.id, activity = "店庆", spent_on = "2026-01-10",
                            cost = 1000 * YUAN, share = 50 })
  for i, part in ipairs({ true, true, false }) do
    create(t, "promotion_part",
           { customer = customer.id, promotion = "促销" .. i, held_on = "2026-01-10",
                                  took_part = part, score = part and 4 or 0 })
  end
  local visit = t:call("visit.adopt", { owner = "李静", on = "2026-01-01",
                                        customers = { customer.id } }).items[1]
  t:call("visit.finish",
         { id = t:call("visit.check_in", { id = visit.id, lat = "36", lon = "117" }).id,
    support = 3, display = { { item = "排面", good = true }, { item = "价签", good = false } } })
  local values = {}
  local page = t:call("distributor.sheet",
                      { customer = customer.id, from = "2026-01-01", to = "2026-01-31" })
  for number, item in ipairs(page.items) do
    t:equal(item.number, number)
    values[item.key] = item.value
  end
  t:equal(#page.items, 13)
  t:equal(page.items[1].label, "销售额增长率")
  t:equal(values, {
    sales_growth = 2500, sales = 10000 * YUAN, sales_share = 2500, expense_ratio = 500,
    payment_recovery = 5000, policy_understood = 4, products_sold = 1, display = 5000,
      stock_cases = 1,
    promotion_part = 6667, visits_planned = 1, visits_effective = 0, support = 300,
  })
end)
