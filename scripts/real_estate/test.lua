-- What this package promises, each promise a test. Run it with: haoke test scripts/real_estate
-- Every test begins with an empty store on 1 January 2026.
crm.test_on("empty")

local function create(t, kind, values)
  return t:call("record.create", { type = kind, values = values })
end

-- 翠湖花园 3-2-501, and somebody who wants it.
local function begin(t, day, permit)
  t:advance(day)
  local project = create(t, "project", { name = "翠湖花园", permit = permit or "济预售 2026001" })
  local building = create(t, "building", { project = project.id, name = "3 号楼", floors = 18 })
  local unit = create(t, "unit", { project = project.id, building = building.id, name = "3-2-501",
    floor = 5, layout = "三室两厅", facing = "南", area = "98", price = 196000000,
    floor_price = 190000000 })
  local sun = create(t, "customer", { name = "孙立伟", phone = "139-0000-2001", owner = "李静" })
  return project, unit, sun
end

local function due(t, kind)
  local found = {}
  for _, task in ipairs(t:call("record.find", { type = "task", order = { "due_on", "id" },
    where = { kind = kind, state = "open" }, limit = 100 }).items) do
    found[#found + 1] = task.due_on .. " " .. task.owner
  end
  return found
end

local function sell(t, unit, customer)
  local deal = t:as("李静"):call("unit.hold", { unit = unit.id, customer = customer.id })
  t:call("deal.subscribe", { id = deal.id })
  return t:call("deal.sign", { id = deal.id })
end

local function denied(t, message, op, params)
  t:equal(t:fails("TRANSITION_DENIED", op, params).message, message)
end

crm.test("E-03, REV-05, C-02, C-04: the ladder from a month's end", function(t)
  local _, unit, sun = begin(t, "2026-08-31")
  local deal = sell(t, unit, sun)
  t:includes(deal, { state = "contracted", signed_on = "2026-08-31", price = 196000000 })
  t:equal(due(t, "after_sale"),
    { "2026-09-07 李静", "2026-09-30 李静", "2026-11-30 李静", "2027-02-28 李静" })
end)

crm.test("E-03, REV-07, COO-08: a leak is repaired by the next day", function(t)
  local _, unit, sun = begin(t, "2026-08-31")
  sell(t, unit, sun)
  t:advance("2026-09-07")
  local issue = t:as("李静"):call("issue.report",
    { customer = sun.id, unit = unit.id, content = "厨房漏水" })
  t:equal(issue.fix_on, "2026-09-08")
  t:advance("2026-09-08")
  local function fix()
    return t:call("task.list", { kind = "on_site_fix", on = "2026-12-31" }).items[1]
  end
  t:includes(fix(), { due_on = "2026-09-08", overdue = false, owner = "李静" })
  t:advance("2026-09-09")
  t:equal(fix().overdue, true)
  t:call("task.complete", { id = issue.task, result = "换了水管" })
  t:equal(t:call("record.get", { type = "house_issue", id = issue.id }).fixed_on, "2026-09-09")
end)

crm.test("C-03: behind the ladder nothing, unless the business repeats", function(t)
  local _, unit, sun = begin(t, "2026-08-31")
  sell(t, unit, sun)
  t:advance("2027-03-01")
  for _, task in ipairs(t:call("task.list", { kind = "after_sale", on = "2027-03-01" }).items) do
    t:call("task.complete", { id = task.id, result = "都好" })
  end
  t:equal(due(t, "after_sale"), {})
end)

crm.test("C-03: with repeat_every_months the next visit comes behind the last", function(t)
  t:configure { repeat_every_months = 6 }
  local _, unit, sun = begin(t, "2026-08-31")
  sell(t, unit, sun)
  t:equal(#due(t, "after_sale"), 4)
  local function done(day)
    t:advance(day)
    for _, task in ipairs(t:call("task.list", { kind = "after_sale", on = day }).items) do
      t:call("task.complete", { id = task.id, result = "都好" })
    end
  end
  done("2026-11-30")
  t:equal(due(t, "after_sale"), { "2027-02-28 李静" })
  done("2027-02-28")
  t:equal(due(t, "after_sale"), { "2027-08-31 李静" }) -- the 31st again: counted from the sale
  done("2027-08-31")
  t:equal(due(t, "after_sale"), { "2028-02-29 李静" })
end)

crm.test("a unit is held once, and a hold that runs out frees it", function(t)
  local _, unit, sun = begin(t, "2026-08-31T10:00:00+08:00")
  local other = create(t, "customer", { name = "周敏" })
  local deal = t:as("李静"):call("unit.hold", { unit = unit.id, customer = sun.id })
  local params = { unit = unit.id, customer = other.id }
  t:equal(t:as("周强"):fails("ALREADY_CLAIMED", "unit.hold", params).message, "3-2-501 已被 李静 占用")
  t:fails("DUPLICATE", "record.create", { type = "deal", values = params })
  local function status() return t:call("record.get", { type = "unit", id = unit.id }).status end
  t:equal(status(), "held")
  t:advance("2026-09-01T09:59:00+08:00")
  t:equal(status(), "held")
  t:advance("2026-09-01T10:00:00+08:00")
  t:equal(status(), "free")
  t:equal(t:call("record.get", { type = "deal", id = deal.id }).state, "expired")
  t:equal(t:as("周强"):call("unit.hold", params).state, "held")
end)

crm.test("no money before the permit, and never below the floor price", function(t)
  local project, unit, sun = begin(t, "2026-08-31")
  t:call("record.update", { type = "project", id = project.id, values = { permit = crm.null } })
  local deal = t:call("unit.hold", { unit = unit.id, customer = sun.id })
  denied(t, "没有预售许可证，不能收款", "deal.subscribe", { id = deal.id })
  t:call("record.update", { type = "project", id = project.id, values = { permit = "济预售 2" } })
  denied(t, "低于底价", "deal.subscribe", { id = deal.id, price = 189999999 })
  t:equal(t:call("deal.subscribe", { id = deal.id, price = 190000000 }).state, "subscribed")
end)

crm.test("COO-05: milestones with their days, none skipped", function(t)
  local _, unit, sun = begin(t, "2026-08-31")
  local deal = sell(t, unit, sun)
  t:advance("2026-10-08")
  t:call("deal.advance", { id = deal.id, to = "deed" })
  t:fails("TRANSITION_DENIED", "deal.advance", { id = deal.id, to = "service" })
  t:advance("2026-12-01")
  t:equal(t:call("deal.advance", { id = deal.id, to = "moved_in" }).milestones, {
    { name = "contracted", on = "2026-08-31" }, { name = "deed", on = "2026-10-08" },
    { name = "moved_in", on = "2026-12-01" },
  })
end)

crm.test("a cancelled sale frees the unit and takes its visits along", function(t)
  local _, unit, sun = begin(t, "2026-08-31")
  local deal = sell(t, unit, sun)
  t:call("deal.cancel", { id = deal.id, reason = "贷款未批" })
  t:equal(due(t, "after_sale"), {})
  t:equal(t:call("record.get", { type = "unit", id = unit.id }).status, "free")
end)

crm.test("first visit and another; who comes again goes to her adviser", function(t)
  local project, _, sun = begin(t, "2026-03-02")
  local first = t:as("周强"):call("visit.register", { customer = sun.id, project = project.id })
  t:includes(first, { kind = "first", adviser = "周强", came_on = "2026-03-02" })
  local again = t:as("李静"):call("visit.register", { customer = sun.id, project = project.id })
  t:includes(again, { kind = "again", adviser = "周强" })
end)

crm.test("the class says when the next call is; who bought is called no more", function(t)
  local project, unit, sun = begin(t, "2026-03-02")
  t:as("李静"):call("visit.register", { customer = sun.id, project = project.id, class = "A" })
  t:equal(due(t, "follow_up"), { "2026-03-05 李静" })
  for class, day in pairs({ B = "2026-03-09", C = "2026-03-17", D = "2026-04-01" }) do
    t:call("record.update", { type = "customer", id = sun.id, values = { buyer_class = class } })
    t:equal(due(t, "follow_up"), { day .. " 李静" })
  end
  t:call("record.update", { type = "customer", id = sun.id, values = { buyer_class = "A" } })
  t:advance("2026-03-05")
  local task = t:call("task.list", { kind = "follow_up" }).items[1]
  t:call("task.complete", { id = task.id, result = "还在比较" })
  t:equal(due(t, "follow_up"), { "2026-03-08 李静" })
  sell(t, unit, sun)
  t:equal(due(t, "follow_up"), {})
  t:call("record.update", { type = "customer", id = sun.id, values = { buyer_class = "C" } })
  t:equal(due(t, "follow_up"), {})
end)

crm.test("a filing protects an agent's customer for a time", function(t)
  local project, _, sun = begin(t, "2026-03-02")
  local params = { customer = sun.id, project = project.id, agent = "安居门店" }
  local filing = t:call("filing.file", params)
  t:equal(filing.protected_until, "2026-03-17")
  params.agent = "好房门店"
  t:equal(t:fails("ALREADY_CLAIMED", "filing.file", params).message,
    "客户由 安居门店 报备，保护到 2026-03-17")
  t:advance("2026-03-17T23:59:00+08:00")
  t:fails("ALREADY_CLAIMED", "filing.file", params)
  t:advance("2026-03-18")
  t:equal(t:call("record.get", { type = "filing", id = filing.id }).state, "expired")
  t:call("filing.file", params)
  local visit = t:as("李静"):call("visit.register", { customer = sun.id, project = project.id })
  t:equal(visit.agent, "好房门店")
  t:fails("RULE_FAILED", "filing.file", params)
end)

crm.test("COO-01, COO-02, COO-03: feedback, evaluation, instruction", function(t)
  local _, _, sun = begin(t, "2026-09-10")
  t:call("record.update", { type = "customer", id = sun.id, values = { owner_group = "业主" } })
  local function plan(name, ...)
    return create(t, "service_plan", { name = name, owner_group = "业主", periods = { ... } })
  end
  local said = { customer = sun.id, kind = "criticism", content = "电梯太慢" }
  plan("送礼", { value = 100000, cost = 120000 })
  local without = t:call("feedback.record", said)
  t:equal(without.plan, nil)
  t:equal(without.task, nil)
  plan("一次维修", { value = 300000, cost = 100000 }, { value = 0, cost = 0 })
  local long = plan("长期维护", { value = 0, cost = 50000 }, { value = 400000, cost = 50000 })
  local told = t:call("feedback.record", said)
  t:includes(told, { plan = long.id, profit = 300000, owner_group = "业主" })
  t:equal(due(t, "service_instruction"), { "2026-09-10 李静" })
end)

crm.test("COO-04: the card has all of it", function(t)
  local project, unit, sun = begin(t, "2026-08-31")
  t:as("李静"):call("visit.register", { customer = sun.id, project = project.id, class = "B" })
  sell(t, unit, sun)
  t:call("issue.report", { customer = sun.id, content = "厨房漏水" })
  t:call("feedback.record", { customer = sun.id, content = "满意" })
  local card = t:call("card.open", { customer = sun.id })
  t:equal(card.customer.name, "孙立伟")
  t:equal({ #card.deals, #card.visits, #card.issues, #card.feedback }, { 1, 1, 1, 1 })
  t:equal(t:call("project.report", { project = project.id }), {
    units = 1, sold = 1, held = 0, sold_percent = 100, first_visits = 1, again = 0,
    conversion_percent = 100,
  })
end)

crm.test("REV-07: days for a repair and of a filing's protection are configured", function(t)
  t:configure { fix_days = 0, protection_days = 2 }
  local project, _, sun = begin(t, "2026-09-07")
  t:equal(t:call("issue.report", { customer = sun.id, content = "厨房漏水" }).fix_on, "2026-09-07")
  local params = { customer = sun.id, project = project.id, agent = "安居门店" }
  t:equal(t:call("filing.file", params).protected_until, "2026-09-09")
  t:advance("2026-09-09T23:59:59+08:00")
  t:fails("ALREADY_CLAIMED", "filing.file", params)
  t:advance("2026-09-10")
  t:call("filing.file", params)
end)

crm.test("the distance between calls is configured for each class", function(t)
  t:configure { days_a = 1, days_b = 2, days_c = 4, days_d = 8 }
  local _, _, sun = begin(t, "2026-03-02")
  local wanted = { A = "2026-03-03", B = "2026-03-04", C = "2026-03-06", D = "2026-03-10" }
  for class, day in pairs(wanted) do
    t:call("record.update", { type = "customer", id = sun.id, values = { buyer_class = class } })
    t:equal(due(t, "follow_up"), { day .. " 李静" })
  end
end)

-- Another unit of the same building.
local function flat(t, unit, name)
  return create(t, "unit", { project = unit.project, name = name, price = 196000000 })
end

crm.test("REV-05: a cancelled sale leaves the visits of the buyer's other unit", function(t)
  local _, unit, sun = begin(t, "2026-08-31")
  sell(t, unit, sun)
  t:advance("2026-09-01")
  local other = sell(t, flat(t, unit, "3-2-502"), sun)
  t:equal(#due(t, "after_sale"), 8)
  local first = t:call("task.list", { kind = "after_sale", on = "2026-09-07" }).items[1]
  t:call("task.reassign", { id = first.id, owner = "周强" })
  t:call("deal.cancel", { id = other.id })
  t:equal(due(t, "after_sale"),
    { "2026-09-07 周强", "2026-09-30 李静", "2026-11-30 李静", "2027-02-28 李静" })
end)

crm.test("who cancels the only contract is called again, by her class", function(t)
  local _, unit, sun = begin(t, "2026-03-02")
  t:call("record.update", { type = "customer", id = sun.id, values = { buyer_class = "A" } })
  t:call("record.update", { type = "customer", id = sun.id, values = { buyer_class = "B" } })
  t:equal(due(t, "follow_up"), { "2026-03-09 李静" })
  local deal = sell(t, unit, sun)
  t:equal(due(t, "follow_up"), {})
  t:equal(t:call("task.list", { on = "2026-03-09" }).items[1].title, "售后回访 孙立伟（3-2-501）")
  t:call("record.update", { type = "customer", id = sun.id, values = { buyer_class = "A" } })
  t:advance("2026-03-10")
  t:call("deal.cancel", { id = deal.id })
  t:equal(due(t, "follow_up"), { "2026-03-13 李静" })
  t:equal(due(t, "after_sale"), {})
end)

crm.test("a class given with a new customer is followed at once; no class, no call", function(t)
  t:advance("2026-03-02")
  local phoned = create(t, "customer", { name = "周敏", owner = "李静", buyer_class = "A" })
  create(t, "customer", { name = "吴刚", owner = "李静" })
  t:equal(due(t, "follow_up"), { "2026-03-05 李静" })
  t:call("record.update", { type = "customer", id = phoned.id,
    values = { buyer_class = crm.null } })
  t:equal(due(t, "follow_up"), {})
end)

crm.test("who came and has no class yet is called as well, again and again", function(t)
  local project, _, sun = begin(t, "2026-03-02")
  t:as("李静"):call("visit.register", { customer = sun.id, project = project.id })
  t:equal(due(t, "follow_up"), { "2026-03-09 李静" })
  t:advance("2026-03-09")
  local task = t:call("task.list", { kind = "follow_up" }).items[1]
  t:equal(task.title, "跟进 孙立伟（未定级）")
  t:configure { days_unclassed = 2 }
  t:call("task.complete", { id = task.id, result = "再看看" })
  t:equal(due(t, "follow_up"), { "2026-03-11 李静" })
end)

crm.test("a unit's status is that of its live deal", function(t)
  local _, unit, sun = begin(t, "2026-08-31")
  local other = flat(t, unit, "3-2-502")
  local function status(one)
    return t:call("record.get", { type = "unit", id = one.id }).status
  end
  local old = t:call("unit.hold", { unit = unit.id, customer = sun.id })
  t:call("deal.cancel", { id = old.id })
  sell(t, unit, sun)
  t:call("record.delete", { type = "deal", id = old.id })
  t:equal(status(unit), "sold")
  t:call("record.restore", { type = "deal", id = old.id })
  t:equal(status(unit), "sold")
  local held = t:call("unit.hold", { unit = other.id, customer = sun.id })
  local third = flat(t, unit, "3-2-503")
  t:call("record.update", { type = "deal", id = held.id, values = { unit = third.id } })
  t:equal({ status(other), status(third) }, { "free", "held" })
  t:call("record.delete", { type = "deal", id = held.id })
  t:equal(status(third), "free")
end)

crm.test("after the money, too, the price stays above the floor price", function(t)
  local _, unit, sun = begin(t, "2026-08-31")
  local deal = t:as("李静"):call("unit.hold", { unit = unit.id, customer = sun.id })
  local function set(price)
    return { type = "deal", id = deal.id, values = { price = price } }
  end
  t:call("record.update", set(1)) -- nothing is agreed yet
  denied(t, "低于底价", "deal.subscribe", { id = deal.id })
  denied(t, "低于底价", "deal.subscribe", { id = deal.id, price = 189999999 })
  t:call("deal.subscribe", { id = deal.id, price = 190000000 })
  t:equal(t:fails("RULE_FAILED", "record.update", set(189999999)).field, "price")
  t:call("deal.sign", { id = deal.id })
  t:fails("RULE_FAILED", "record.update", set(1))
  t:fails("RULE_FAILED", "record.update", set(crm.null))
  t:equal(t:call("record.update", set(191000000)).price, 191000000)
end)

crm.test("C-03: a repeated visit that is made a day early is not asked for again", function(t)
  t:configure { repeat_every_months = 6 }
  local _, unit, sun = begin(t, "2026-08-31")
  sell(t, unit, sun)
  local function complete(on)
    for _, task in ipairs(t:call("task.list", { kind = "after_sale", on = on }).items) do
      t:call("task.complete", { id = task.id, result = "都好" })
    end
  end
  t:advance("2027-02-28")
  complete("2027-02-28")
  t:equal(due(t, "after_sale"), { "2027-08-31 李静" })
  t:advance("2027-08-30")
  complete("2027-08-31")
  t:equal(due(t, "after_sale"), { "2028-02-29 李静" })
end)

crm.test("nothing is signed without a day", function(t)
  local _, unit, sun = begin(t, "2026-08-31")
  local deal = t:as("李静"):call("unit.hold", { unit = unit.id, customer = sun.id })
  t:call("deal.subscribe", { id = deal.id })
  local sign = { type = "deal", id = deal.id, to = "contracted", field = "state" }
  denied(t, "没有签约日期（signed_on）", "record.move", sign)
  sign.values = { signed_on = "2026-08-30" }
  t:equal(t:call("record.move", sign).state, "contracted")
  t:equal(due(t, "after_sale")[1], "2026-09-06 李静")
  t:equal(t:fails("RULE_FAILED", "record.update", { type = "deal", id = deal.id,
    values = { signed_on = crm.null } }).field, "signed_on")
end)

crm.test("C-03: what repeats goes on when the sale that it stood back for is cancelled", function(t)
  t:configure { repeat_every_months = 6 }
  local _, unit, sun = begin(t, "2026-01-10")
  sell(t, unit, sun)
  t:advance("2026-01-11")
  local other = sell(t, flat(t, unit, "3-2-502"), sun)
  for _, task in ipairs(t:call("task.list", { kind = "after_sale", on = "2026-12-31" }).items) do
    if task.title == "售后回访 孙立伟（3-2-501）" then
      t:call("task.complete", { id = task.id, result = "都好" })
    end
  end
  t:equal(due(t, "after_sale"),
    { "2026-01-18 李静", "2026-02-11 李静", "2026-04-11 李静", "2026-07-11 李静" })
  t:call("deal.cancel", { id = other.id })
  t:equal(due(t, "after_sale"), { "2027-01-10 李静" })
end)
