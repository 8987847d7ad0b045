-- What this package promises, as tests. Run them with: haoke test scripts/sales
-- Every test begins with an empty store on 1 January 2026, a Thursday. Money is in fen.
crm.test_on("empty")

local YUAN = 100

local function create(t, type_name, values)
  return t:call("record.create", { type = type_name, values = values })
end

local function get(t, type_name, id) return t:call("record.get", { type = type_name, id = id }) end

local function change(t, type_name, id, values)
  return t:call("record.update", { type = type_name, id = id, values = values })
end

local function move(t, type_name, id, to, field)
  return t:call("record.move", { type = type_name, id = id, to = to, field = field })
end

local function lead(t, values)
  local all = { name = "济南顺达汽修" }
  for key, value in pairs(values or {}) do all[key] = value end
  return create(t, "lead", all)
end

local function claim(id) return { type = "lead", id = id, to = "claimed", field = "state" } end

-- What somebody holds, and has claimed on the last day.
local function quota(t, user)
  local found = t:call("record.find", { type = "lead_quota", where = { user = user } }).items[1]
  return found and { found.held, found.claimed } or {}
end

local function tasks(t, day, kind)
  local list, found = t:call("task.list", { on = day }).items, {}
  for _, task in ipairs(list) do
    if task.kind == kind then found[#found + 1] = task.due_on .. " " .. task.owner end
  end
  return found
end

-- Leads -------------------------------------------------------------------------------------------

crm.test("PRS-01: money, authority and need, all three", function(t)
  local man = { money = true, authority = "decide", need = true }
  t:equal(lead(t, man).qualified, true)
  for key, wrong in pairs({ money = false, authority = "suggest", need = false }) do
    local values = { money = true, authority = "decide", need = true }
    values[key] = wrong
    t:equal(lead(t, values).qualified, false)
  end
  t:equal(lead(t, { money = true, authority = "oppose", need = true }).qualified, false)
  local other = lead(t)
  t:equal(other.qualified, false)
  t:equal(change(t, "lead", other.id, man).qualified, true)
  t:equal(change(t, "lead", other.id, { need = crm.null }).qualified, false)
end)

crm.test("PRS-02: sources online and offline, and the pursuit list (C-15)", function(t)
  local sources = { "research", "introduction", "halo", "meeting", "search", "trade_site",
                    "web_page",
                    "web_ad", "yellow_pages", "messaging", "other" }
  for _, source in ipairs(sources) do lead(t, { name = source, source = source }) end
  t:fails("VALIDATION_FAILED", "record.create",
          { type = "lead", values = { name = "x", source = "rumour" } })
  local pursued = lead(t, { pursued = true })
  local found = t:call("record.find", { type = "lead", where = { pursued = true } }).items
  t:includes(found, { { id = pursued.id, source = "other" } })
end)

crm.test("PRS-03: a claim has one winner; who comes second is charged nothing", function(t)
  local one = lead(t)
  t:includes(t:as("李静"):call("record.move", claim(one.id)),
             { state = "claimed", owner = "李静", last_contact_on = "2026-01-01",
               keep_until = "2026-01-16" })
  t:as("周强"):fails("ALREADY_CLAIMED", "record.move", claim(one.id))
  t:as("李静"):fails("ALREADY_CLAIMED", "record.move", claim(one.id))
  t:equal(quota(t, "李静"), { 1, 1 })
  t:equal(quota(t, "周强"), {})
  t:as("周强"):fails("TRANSITION_DENIED", "record.move",
                     { type = "lead", id = one.id, to = "pool", field = "state" })
  t:fails("RULE_FAILED", "record.delete", { type = "lead", id = one.id })
end)

crm.test("PRS-03: leaders assign, others do not", function(t)
  local one = lead(t)
  local assign = { type = "lead", id = one.id, to = "claimed", field = "state",
                   values = { owner = "周强" } }
  t:as("李静"):fails("TRANSITION_DENIED", "record.move", assign)
  t:call("role.define", { name = "leader" })
  t:call("user.create", { user = "王总", password = "long enough 1", roles = { "leader" } })
  t:equal(t:as("王总"):call("record.move", assign).owner, "周强")
  t:equal(quota(t, "周强"), { 1, 1 })
  t:as("王总"):fails("ALREADY_CLAIMED", "record.update",
                     { type = "lead", id = one.id, values = { owner = "李静" } })
  local other = lead(t)
  t:as("李静"):fails("RULE_FAILED", "record.update",
                     { type = "lead", id = other.id, values = { owner = "李静" } })
end)

crm.test("PRS-03: what is held without contact goes back, each lead by its own timer", function(t)
  local hot, warm = lead(t, { level = "hot" }), lead(t)
  local li = t:as("李静")
  li:call("record.move", claim(hot.id))
  li:call("record.move", claim(warm.id))
  t:advance("2026-01-06")
  li:call("record.create", { type = "lead_contact",
                             values = { lead = warm.id, content = "约下周三见面" } })
  t:as("周强"):fails("RULE_FAILED", "record.create", { type = "lead_contact", values = {
    lead = warm.id, content = "x" } })
  t:equal(get(t, "lead", warm.id).keep_until, "2026-01-21")
  t:advance("2026-01-08")
  t:equal(get(t, "lead", hot.id).state, "claimed")
  t:advance("2026-01-09")
  t:includes(get(t, "lead", hot.id), { state = "pool", former_owner = "李静", rounds = 1,
                                       released_on = "2026-01-09" })
  t:equal(get(t, "lead", hot.id).owner, nil)
  t:equal(quota(t, "李静")[1], 1)
  t:advance("2026-01-21")
  t:equal(get(t, "lead", warm.id).state, "claimed")
  t:advance("2026-01-22")
  t:equal(get(t, "lead", warm.id).state, "pool")
  t:equal(quota(t, "李静")[1], 0)
end)

crm.test("PRS-03: notice two days before, once, and none after contact", function(t)
  local li = t:as("李静")
  local one, other = lead(t), lead(t)
  li:call("record.move", claim(one.id))
  li:call("record.move", claim(other.id))
  t:advance("2026-01-10")
  li:call("record.create", { type = "lead_contact", values = { lead = other.id, content = "电话" } })
  t:advance("2026-01-15T08:59:59+08:00")
  t:equal(tasks(t, "2026-01-15", "lead_recycle"), {})
  t:advance("2026-01-15T09:00:00+08:00")
  t:equal(tasks(t, "2026-01-15", "lead_recycle"), { "2026-01-15 李静" })
  t:equal(get(t, "lead", one.id).warning, "warned")
  li:call("record.create", { type = "lead_contact", values = { lead = one.id, content = "电话" } })
  t:equal(get(t, "lead", one.id).warning, "quiet")
  t:advance("2026-01-24")
  t:equal(get(t, "lead", one.id).state, "claimed")
end)

crm.test("PRS-03: the former owner waits, others do not", function(t)
  local one, li = lead(t), t:as("李静")
  li:call("record.move", claim(one.id))
  li:call("record.move", { type = "lead", id = one.id, to = "pool", field = "state" })
  li:fails("TRANSITION_DENIED", "record.move", claim(one.id))
  t:advance("2026-01-07")
  li:fails("TRANSITION_DENIED", "record.move", claim(one.id))
  t:equal(quota(t, "李静")[1], 0)
  t:advance("2026-01-08")
  li:call("record.move", claim(one.id))
  li:call("record.move", { type = "lead", id = one.id, to = "pool", field = "state" })
  t:equal(t:as("周强"):call("record.move", claim(one.id)).owner, "周强")
end)

crm.test("PRS-03: ten claims a day, and one more tomorrow", function(t)
  local li = t:as("李静")
  local leads = {}
  for i = 1, 11 do leads[i] = lead(t, { name = "线索" .. i }) end
  for i = 1, 10 do li:call("record.move", claim(leads[i].id)) end
  li:fails("TRANSITION_DENIED", "record.move", claim(leads[11].id))
  t:equal(quota(t, "李静"), { 10, 10 })
  t:advance("2026-01-02")
  li:call("record.move", claim(leads[11].id))
  t:equal(quota(t, "李静"), { 11, 1 })
end)

crm.test("PRS-03: nobody holds more than fifty", function(t)
  local li = t:as("李静")
  for i = 1, 51 do
    local one = lead(t, { name = "线索" .. i, level = "cold" })
    if i % 10 == 1 and i > 1 then t:advance(crm.date.add("2026-01-01", { days = i // 10 })) end
    if i <= 50 then li:call("record.move", claim(one.id)) end
    if i == 51 then li:fails("TRANSITION_DENIED", "record.move", claim(one.id)) end
  end
  t:equal(quota(t, "李静")[1], 50)
end)

crm.test("PRS-03: caps, cool-down and notice are the business's own numbers", function(t)
  t:configure { claims_a_day = 2, hold_cap = 3, cool_down_days = 1, notice_days = 1 }
  local li, leads = t:as("李静"), {}
  for i = 1, 4 do leads[i] = lead(t, { name = "线索" .. i }) end
  li:call("record.move", claim(leads[1].id))
  li:call("record.move", claim(leads[2].id))
  li:fails("TRANSITION_DENIED", "record.move", claim(leads[3].id))
  t:advance("2026-01-02")
  li:call("record.move", claim(leads[3].id))
  t:equal(t:language("en"):as("李静"):fails("TRANSITION_DENIED", "record.move", claim(leads[4].id))
    .field, "state")
  li:call("record.move", { type = "lead", id = leads[1].id, to = "pool", field = "state" })
  li:fails("TRANSITION_DENIED", "record.move", claim(leads[1].id))
  t:advance("2026-01-03")
  li:call("record.move", claim(leads[1].id))
  t:advance("2026-01-16T08:59:59+08:00") -- leads[2] goes back at the end of 16 January
  t:equal(tasks(t, "2026-01-16", "lead_recycle"), {})
  t:advance("2026-01-16T09:00:00+08:00")
  t:equal(tasks(t, "2026-01-16", "lead_recycle"), { "2026-01-16 李静" })
end)

crm.test("PRS-03: dormant after three rounds, void for good; each step is in the history",
         function(t)
  local one = lead(t)
  for _, user in ipairs({ "李静", "周强", "王芳" }) do
    t:as(user):call("record.move", claim(one.id))
    t:as(user):call("record.move", { type = "lead", id = one.id, to = "pool", field = "state" })
  end
  t:includes(get(t, "lead", one.id), { state = "dormant", rounds = 3 })
  move(t, "lead", one.id, "pool", "state")
  t:as("王芳"):fails("TRANSITION_DENIED", "record.move", claim(one.id))
  move(t, "lead", one.id, "void", "state")
  t:fails("TRANSITION_DENIED", "record.move", claim(one.id))
  local seen = {}
  for _, item in ipairs(t:call("record.history",
                               { type = "lead", id = one.id, limit = 500 }).items) do
    seen[item.op or "?"] = true
  end
  t:equal(seen["record.move"], true)
end)

crm.test("PRS-03: a qualified lead becomes a customer", function(t)
  local li = t:as("李静")
  local one = lead(t, { phone = "138-0000-3001", source = "meeting", usable = true })
  li:call("record.move", claim(one.id))
  li:fails("TRANSITION_DENIED", "lead.convert", { id = one.id })
  change(t, "lead", one.id, { affordable = true, money = true, authority = "decide", need = true })
  t:as("周强"):fails("TRANSITION_DENIED", "lead.convert", { id = one.id })
  local made = get(t, "customer", li:call("lead.convert", { id = one.id }).customer)
  t:includes(made, { name = "济南顺达汽修", owner = "李静", source = "meeting" })
  t:equal(quota(t, "李静")[1], 0)
end)

crm.test("PRS-03: the notice ends with contact, and with the lead's return", function(t)
  local li = t:as("李静")
  local one, other = lead(t), lead(t)
  li:call("record.move", claim(one.id))
  li:call("record.move", claim(other.id))
  t:advance("2026-01-15T09:00:00+08:00")
  t:equal(#tasks(t, "2026-01-15", "lead_recycle"), 2)
  li:call("record.create", { type = "lead_contact", values = { lead = one.id, content = "电话" } })
  t:equal(#tasks(t, "2026-01-15", "lead_recycle"), 1)
  t:advance("2026-01-17")
  t:includes(get(t, "lead", other.id), { state = "pool", warning = "quiet" })
  t:equal(get(t, "lead", other.id).recycle_task, nil)
  t:equal(tasks(t, "2026-01-17", "lead_recycle"), {})
  t:advance("2026-01-29T09:00:00+08:00") -- kept until the 30th
  t:equal(tasks(t, "2026-01-29", "lead_recycle"), { "2026-01-29 李静" })
end)

-- Opportunities -----------------------------------------------------------------------------------

local function buyer(t, name)
  return create(t, "customer", { name = name or "济南华联药店", owner = "李静" })
end

local function deal(t, customer, values)
  local all = { customer = customer.id, name = "春季订货", amount = 100000 * YUAN, owner = "李静",
                expected_on = "2026-03-15" }
  for key, value in pairs(values or {}) do all[key] = value end
  return create(t, "opportunity", all)
end

crm.test("OPP-01: stages, and the probability that follows", function(t)
  local one = deal(t, buyer(t))
  t:includes(one, { stage = "found", probability = 10, attention = "fresh" })
  t:equal(move(t, "opportunity", one.id, "quoted", "stage").probability, 60)
  t:equal(change(t, "opportunity", one.id, { probability = 75 }).probability, 75)
  t:equal(move(t, "opportunity", one.id, "qualified", "stage").probability, 20)
  t:fails("TRANSITION_DENIED", "record.move",
          { type = "opportunity", id = one.id, to = "lost", field = "stage" })
  local lost = { type = "opportunity", id = one.id, to = "lost", field = "stage",
                 values = { lost_reason = "价格" } }
  t:equal(t:call("record.move", lost).probability, 0)
  t:fails("TRANSITION_DENIED", "record.move",
          { type = "opportunity", id = one.id, to = "found", field = "stage" })
  local other = deal(t, buyer(t, "青岛海王药店"), { probability = 33 })
  t:equal(other.probability, 33)
  t:as("周强"):fails("TRANSITION_DENIED", "record.move",
                     { type = "opportunity", id = other.id, to = "won", field = "stage" })
  t:equal(move(t, "opportunity", other.id, "won", "stage").probability, 100)
end)

crm.test("OPP-02: the funnel counts and sums each stage", function(t)
  local customer = buyer(t)
  deal(t, customer)
  deal(t, customer, { amount = 1, owner = "周强" })
  local won = deal(t, customer, { amount = 30 })
  move(t, "opportunity", won.id, "won", "stage")
  local rows = t:call("opportunity.funnel").items
  t:equal(#rows, 7)
  t:equal(rows[1], { stage = "found", count = 2, amount = 10000001 })
  t:equal(rows[6], { stage = "won", count = 1, amount = 30 })
  t:equal(t:call("opportunity.funnel", { owner = "周强" }).items[1].amount, 1)
end)

crm.test("OPP-05: the forecast by month, rounded once", function(t)
  local customer = buyer(t)
  for _ = 1, 3 do deal(t, customer, { amount = 5, probability = 30 }) end
  deal(t, customer, { amount = 1000, probability = 25, expected_on = "2026-04-30" })
  deal(t, customer, { amount = 1000, expected_on = "2026-05-01" })
  local lost = deal(t, customer, { amount = 7777, lost_reason = "价格" })
  move(t, "opportunity", lost.id, "lost", "stage")
  t:equal(t:call("opportunity.forecast", { from = "2026-03-01", to = "2026-04-30" }).items, {
    { month = "2026-03", count = 3, amount = 15, forecast = 5 },
    { month = "2026-04", count = 1, amount = 1000, forecast = 250 },
  })
end)

crm.test("FUP-05: a deal without contact for fourteen days is the owner's task", function(t)
  local customer = buyer(t)
  local one, other = deal(t, customer), deal(t, buyer(t, "青岛海王药店"))
  t:advance("2026-01-10")
  create(t, "activity", { customer = other.customer, kind = "phone", content = "在比价" })
  t:advance("2026-01-14T23:59:59+08:00")
  t:equal(tasks(t, "2026-01-15", "stale_deal"), {})
  t:advance("2026-01-15")
  t:equal(tasks(t, "2026-01-15", "stale_deal"), { "2026-01-15 李静" })
  t:equal(get(t, "opportunity", one.id).attention, "stale")
  create(t, "activity", { customer = customer.id, kind = "visit", content = "谈过了" })
  t:includes(get(t, "opportunity", one.id), { attention = "fresh", last_contact_on = "2026-01-15" })
  t:advance("2026-01-24")
  t:equal(get(t, "opportunity", other.id).attention, "stale")
  t:call("record.move", { type = "opportunity", id = other.id, to = "lost", field = "stage",
                          values = { lost_reason = "价格" } })
  t:equal(get(t, "opportunity", other.id).attention, "fresh")
  t:advance("2026-03-01")
  t:equal(get(t, "opportunity", other.id).attention, "fresh")
end)

crm.test("FUP-05: of one customer's stale deals each has a task of its own", function(t)
  local customer = buyer(t)
  local one = deal(t, customer, { name = "甲" })
  local other = deal(t, customer, { name = "乙", owner = "周强" })
  t:advance("2026-01-15")
  t:equal(tasks(t, "2026-01-15", "stale_deal"), { "2026-01-15 李静", "2026-01-15 周强" })
  t:as("李静"):call("record.move", { type = "opportunity", id = one.id, to = "won",
                                     field = "stage" })
  t:equal(tasks(t, "2026-01-15", "stale_deal"), { "2026-01-15 周强" })
  t:equal(get(t, "opportunity", other.id).attention, "stale")
  t:equal(get(t, "opportunity", one.id).stale_task, nil)
  t:call("record.delete", { type = "opportunity", id = other.id })
  t:equal(tasks(t, "2026-01-15", "stale_deal"), {})
end)

crm.test("FUP-05: contact of any kind ends the task; its end is contact", function(t)
  local customer = buyer(t)
  local one = deal(t, customer)
  t:advance("2026-01-15")
  create(t, "activity", { customer = customer.id, kind = "visit", content = "谈过了" })
  t:equal(tasks(t, "2026-01-15", "stale_deal"), {})
  t:advance("2026-01-29")
  t:equal(tasks(t, "2026-01-29", "stale_deal"), { "2026-01-29 李静" })
  local task = get(t, "opportunity", one.id).stale_task
  t:equal(get(t, "task", task).title, "跟进商机 春季订货：2026-01-15 以来没有联系")
  t:equal(t:call("task.complete", { id = task, result = "在等预算" }).state, "done")
  t:includes(get(t, "opportunity", one.id), { attention = "fresh", last_contact_on = "2026-01-29" })
  t:equal(get(t, "task", task).state, "done")
  t:advance("2026-02-12")
  t:equal(tasks(t, "2026-02-12", "stale_deal"), { "2026-02-12 李静" })
end)

-- Key customers -----------------------------------------------------------------------------------

local function sell(t, customer, yuan, day)
  local goods = t:call("record.find", { type = "product", where = { name = "货" } }).items[1]
    or create(t, "product", { name = "货" })
  return t:call("order.create", { customer = customer.id, ordered_on = day or "2026-01-01",
    lines = { { product = goods.id, quantity = 1, price = yuan * YUAN } } })
end

local YEAR = { from = "2026-01-01", to = "2026-12-31" }

crm.test("FUP-05: after how many days a deal is stale is configured", function(t)
  t:configure { stale_days = 3 }
  deal(t, buyer(t))
  t:advance("2026-01-03T23:59:59+08:00")
  t:equal(tasks(t, "2026-01-04", "stale_deal"), {})
  t:advance("2026-01-04")
  t:equal(tasks(t, "2026-01-04", "stale_deal"), { "2026-01-04 李静" })
end)

crm.test("E-09, KEY-01, KEY-05: eighty twenty, and stock first", function(t)
  local sales = { 500000, 320000, 60000, 40000, 25000, 20000, 15000, 10000, 6000, 4000 }
  local customers = {}
  for i, yuan in ipairs(sales) do
    customers[i] = buyer(t, "客户" .. i)
    sell(t, customers[i], yuan)
  end
  local ranked = t:call("key.rank", YEAR)
  t:includes(ranked, { customers = 10, key_customers = 2, key_share = 8200, tail_share = 1800,
                       reaching = 2, sales = 1000000 * YUAN, key_sales = 820000 * YUAN })
  t:equal(t:call("key.mark", YEAR), { key_customers = 2, key_share = 8200, no_longer = 0 })
  t:equal(get(t, "customer", customers[2].id).key_ranked, true)

  local tea = create(t, "product", { name = "天宇保健茶" })
  t:call("stock.receive", { product = tea.id, quantity = 100 })
  t:advance("2026-01-02T09:00:00+08:00")
  local first = create(t, "stock_request", { customer = customers[5].id, product = tea.id,
                                             quantity = 50 })
  t:advance("2026-01-02T09:30:00+08:00")
  local second = create(t, "stock_request", { customer = customers[1].id, product = tea.id,
                                              quantity = 80 })
  t:advance("2026-01-02T10:00:00+08:00")
  t:equal(t:call("allocation.run", { product = tea.id }), { left = 0, items = {
    { request = second.id, customer = customers[1].id, key = true, allocated = 80, back_order = 0 },
    { request = first.id, customer = customers[5].id, key = false, allocated = 20,
      back_order = 30 },
  } })
  t:includes(get(t, "stock_request", first.id), { state = "waiting", allocated = 20 })
  t:call("stock.receive", { product = tea.id, quantity = 31 })
  t:equal(t:call("allocation.run", { product = tea.id }).left, 1)
  t:includes(get(t, "stock_request", first.id), { state = "allocated", allocated = 50 })
  t:fails("RULE_FAILED", "record.update", { type = "stock_request", id = first.id,
                                            values = { quantity = 10 } })
end)

crm.test("KEY-01, C-16: rounded up, ties by the smaller number, only those who bought", function(t)
  local customers = {}
  for i = 1, 7 do customers[i] = buyer(t, "客户" .. i) end
  t:includes(t:call("key.rank", YEAR),
             { customers = 0, key_customers = 0, key_share = 0, reaching = 0 })
  for i = 6, 1, -1 do sell(t, customers[i], 100) end
  sell(t, customers[6], 1, "2025-12-31")
  local cancelled = sell(t, customers[5], 1000)
  t:call("order.cancel", { id = cancelled.id })
  sell(t, customers[7], 0)
  local ranked = t:call("key.rank", YEAR)
  t:includes(ranked, { customers = 6, key_customers = 2, key_share = 3333, tail_share = 6667,
                       reaching = 5 })
  local order = {}
  for i, row in ipairs(ranked.items) do order[i] = row.customer - customers[1].id + 1 end
  t:equal(order, { 1, 2, 3, 4, 5, 6 })
  t:call("key.mark", YEAR)
  sell(t, customers[3], 1)
  t:equal(t:call("key.mark", YEAR).no_longer, 1)
  t:equal(get(t, "customer", customers[2].id).key_ranked, false)
end)

crm.test("KEY-01: how many are key, and of what share the rest is told, is configured", function(t)
  t:configure { key_percent = 30, sales_percent = 50 }
  for i, yuan in ipairs({ 500000, 320000, 60000, 40000, 25000, 20000, 15000, 10000, 6000, 4000 }) do
    sell(t, buyer(t, "客户" .. i), yuan)
  end
  t:includes(t:call("key.rank", YEAR), { key_customers = 3, key_share = 8800, reaching = 1 })
  t:configure { sales_percent = 51 }
  t:equal(t:call("key.rank", YEAR).reaching, 2)
end)

crm.test("KEY-05, C-17: a decision counts as well, with a reason, and stays apart", function(t)
  local plain, chosen = buyer(t, "甲"), buyer(t, "乙")
  t:equal(t:fails("RULE_FAILED", "record.update", { type = "customer", id = chosen.id,
                                                    values = { key_manual = true } }).field,
                                                      "key_reason")
  change(t, "customer", chosen.id, { key_manual = true, key_reason = "行业影响大" })
  t:call("key.mark", YEAR)
  t:includes(get(t, "customer", chosen.id), { key_manual = true })
  local tea = create(t, "product", { name = "天宇保健茶" })
  t:call("stock.receive", { product = tea.id, quantity = 10 })
  create(t, "stock_request", { customer = plain.id, product = tea.id, quantity = 10 })
  create(t, "stock_request", { customer = chosen.id, product = tea.id, quantity = 8 })
  local items = t:call("allocation.run", { product = tea.id }).items
  t:equal({ items[1].customer, items[1].allocated, items[2].allocated }, { chosen.id, 8, 2 })
end)

crm.test("CON-05: nothing goes below zero", function(t)
  local tea = create(t, "product", { name = "天宇保健茶" })
  t:call("stock.receive", { product = tea.id, quantity = 3 })
  t:equal(t:fails("RULE_FAILED", "stock.receive", { product = tea.id, quantity = -4 }).field,
          "quantity")
  t:equal(t:call("stock.receive", { product = tea.id, quantity = -3 }).on_hand, 0)
end)

crm.test("KEY-01, ARC-13: merged customers rank as one", function(t)
  local one, gone, other = buyer(t, "甲"), buyer(t, "乙"), buyer(t, "丙")
  sell(t, one, 300)
  sell(t, gone, 300)
  sell(t, other, 400)
  t:call("record.merge", { type = "customer", id = gone.id, into = one.id })
  local ranked = t:call("key.rank", YEAR)
  t:includes(ranked, { customers = 2, items = {
    { customer = one.id, sales = 600 * YUAN, key = true },
    { customer = other.id, sales = 400 * YUAN, key = false },
  } })
  t:call("key.mark", YEAR)
  t:equal(get(t, "customer", one.id).key_ranked, true)
end)

-- Value -------------------------------------------------------------------------------------------

local function valued(t, name, profits, year)
  local customer = buyer(t, name)
  for at, amount in pairs(profits) do
    create(t, "profit", { customer = customer.id, year = at, amount = amount })
  end
  return t:call("value.assess", { customer = customer.id, year = year or 2025 })
end

crm.test("E-10, VAL-01, VAL-02, VAL-03, C-18: four customers, four classes", function(t)
  local function years(a, b, each)
    return { [2024] = a * YUAN, [2025] = b * YUAN, [2026] = each * YUAN, [2027] = each * YUAN,
             [2028] = each * YUAN }
  end
  t:includes(valued(t, "A", years(12000, 10000, 10000)), {
    current_value = 2320000, future_value = 2486852, lifetime_value = 4806852,
      value_class = "platinum" })
  t:includes(valued(t, "B", years(3000, 2500, 10000)), {
    current_value = 580000, future_value = 2486852, value_class = "iron" })
  t:includes(valued(t, "C", years(12000, 10000, 2000)), {
    current_value = 2320000, future_value = 497370, value_class = "gold" })
  t:includes(valued(t, "D", years(3000, 2500, 2000)), {
    current_value = 580000, future_value = 497370, value_class = "lead", valued_for = 2025 })
end)

crm.test("VAL-02: halves go away from zero, once, whatever the sign", function(t)
  -- 5 × 1.1 = 5.5, and 15 × 1.1 − 11 = 5.5: rounding each year would give 6 and 17 − 11 = 6.
  t:equal(valued(t, "a", { [2024] = 5 }).current_value, 6)
  t:equal(valued(t, "b", { [2024] = -5 }).current_value, -6)
  t:equal(valued(t, "c", { [2024] = 4 }).current_value, 4)
  t:equal(valued(t, "d", { [2024] = 3, [2023] = 1 }).current_value, 5) -- 3.3 + 1.21 = 4.51
  t:equal(valued(t, "e", { [2026] = 11, [2027] = -121 }).future_value, -90)
  t:includes(valued(t, "f", { [2024] = 4, [2033] = 1 }), {
    current_value = 4, future_value = 0, lifetime_value = 5 }) -- 4.4 + 0.467 = 4.867
  t:includes(valued(t, "g", { [2024] = 13, [2026] = 2 }), {
    current_value = 14, future_value = 2, lifetime_value = 16 }) -- 14.3 + 1.818 = 16.118
end)

crm.test("VAL-03: at the thresholds, and one fen below", function(t)
  t:equal(valued(t, "a", { [2025] = 2000000 }).value_class, "gold")
  t:equal(valued(t, "b", { [2025] = 1999999 }).value_class, "lead")
  t:equal(valued(t, "c", { [2026] = 1100000 }).value_class, "iron")
  t:equal(valued(t, "d", { [2026] = 1099998 }).value_class, "lead") -- 999 998.18
  t:equal(valued(t, "e", {}).lifetime_value, 0)
end)

crm.test("VAL-03: the thresholds are the business's own", function(t)
  t:configure { current_from = 500, future_from = 300, discount_rate = 0 }
  t:equal(valued(t, "a", { [2025] = 500, [2026] = 299 }).value_class, "gold")
  t:equal(valued(t, "b", { [2025] = 499, [2026] = 300 }).value_class, "iron")
  t:equal(valued(t, "c", { [2025] = 500, [2026] = 300 }).value_class, "platinum")
  t:equal(valued(t, "d", { [2025] = 499, [2026] = 299 }).value_class, "lead")
end)

crm.test("VAL-01: a century, exact; one profit a year", function(t)
  local most = 100000000000
  local centuries = { [1980] = 1, [2079] = 1 }
  t:equal(valued(t, "a", centuries, 2025).current_value, 73) -- 1.1^45 = 72.89
  t:equal(valued(t, "b", centuries, 2079).current_value, 12529) -- 1.1^99 = 12 527.83, and 1
  local customer = buyer(t, "c")
  create(t, "profit", { customer = customer.id, year = 1980, amount = most })
  t:equal(t:call("value.assess", { customer = customer.id, year = 1981 }).current_value,
          110000000000)
  t:fails("DUPLICATE", "record.create", { type = "profit", values = {
    customer = customer.id, year = 1980, amount = 1 } })
end)

crm.test("VAL-01, ARC-13: merged customers bring the profits of both in one year", function(t)
  local one, gone = buyer(t, "甲"), buyer(t, "乙")
  create(t, "profit", { customer = one.id, year = 2025, amount = 1000000 })
  create(t, "profit", { customer = gone.id, year = 2025, amount = 500000 })
  t:call("record.merge", { type = "customer", id = gone.id, into = one.id })
  t:equal(t:call("value.assess", { customer = one.id, year = 2025 }).current_value, 1500000)
end)
