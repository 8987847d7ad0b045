-- test_watch: how it goes, who was forgotten, how far an order has come.

local given = crm.require("test_given")
local tea, wang, order, LATER = given.tea, given.wang, given.order, given.LATER

local function complete(t, task)
  t:call("task.complete", { id = task.id, result = "已回访" })
end

-- Four revisits of 李静 due on 6 January: one done on its day, one done late, one open, one
-- cancelled; and one of 周强 due in February.
local function week(t)
  local product = tea(t, { repeatable = false })
  local orders = {}
  for number = 1, 4 do
    local customer = wang(t, { name = "顾客" .. number, phone = "139-0000-100" .. number })
    orders[number] = order(t, customer, "2026-01-01", product, 1)
  end
  order(t, wang(t, { name = "刘建国", phone = "139-0000-1009", owner = "周强" }), "2026-01-28",
    product, 1)
  local tasks = t:call("task.list", { on = "2026-01-06" }).items
  t:advance("2026-01-06T12:00:00+08:00")
  complete(t, tasks[1])
  t:advance("2026-01-07")
  complete(t, tasks[2])
  t:call("order.cancel", { id = orders[4].id })
end

crm.test("REV-13: planned, done, late and cancelled for each rep", function(t)
  week(t)
  t:equal(t:call("revisit.progress", { from = "2026-01-01", to = "2026-12-31" }).items, {
    { from = "2026-01-01", to = "2026-12-31", owner = "周强", planned = 1, done = 0, open = 1,
      late = 0, cancelled = 0, done_percent = 0 },
    { from = "2026-01-01", to = "2026-12-31", owner = "李静", planned = 4, done = 2, open = 1,
      late = 2, cancelled = 1, done_percent = 6667 },
  })
  t:equal(#t:call("revisit.progress", { from = "2026-01-07", to = "2026-02-01" }).items, 0)
  t:equal(#t:call("revisit.progress", { from = "2026-01-06", to = "2026-01-06" }).items, 1)
end)

crm.test("REV-13: on its day a task is not late, the day after it is", function(t)
  order(t, wang(t), "2026-01-01", tea(t, { repeatable = false }), 1)
  local function late()
    return t:call("revisit.progress", { from = "2026-01-01", to = "2026-01-31" }).items[1].late
  end
  t:advance("2026-01-06T23:59:59+08:00")
  t:equal(late(), 0)
  t:advance("2026-01-07")
  t:equal(late(), 1)
end)

crm.test("REV-13: when it was is an instant", function(t)
  local task = t:call("record.create", { type = "task", values = {
    customer = wang(t).id, title = "致电", due_on = "2026-01-02",
  } })
  local problem = t:fails("VALIDATION_FAILED", "record.update", {
    type = "task", id = task.id, values = { state = "done", result = { at = "昨天" } },
  })
  t:equal({ problem.field, problem.message }, { "result.at", "不是时间：应为毫秒数" })
end)

crm.test("REV-13: what is noted later was in time when it was made in time", function(t)
  local product = tea(t, { repeatable = false })
  local function due_on_6(number)
    local customer = wang(t, { name = "顾客" .. number, phone = "139-0000-100" .. number })
    order(t, customer, "2026-01-01", product, 1)
    return t:call("task.list", { customer = customer.id }).items[1].id
  end
  t:advance("2026-01-08T10:00:00+08:00")
  local now, day = t:call("clock.get").now, 24 * 60 * 60 * 1000
  local params = { id = due_on_6(1), content = "…", answers = { use_state = "using" } }
  params.at = now + 1
  t:equal(t:fails("VALIDATION_FAILED", "revisit.record", params).field, "result.at")
  params.at = now - 2 * day -- on the 6th
  t:call("revisit.record", params)
  t:equal(t:call("record.find", { type = "activity" }).items[1].at, now - 2 * day)
  params.id, params.at = due_on_6(2), now - day -- on the 7th
  t:call("revisit.record", params)
  t:call("task.complete", { id = due_on_6(3), result = { content = "…", at = now - 2 * day } })
  t:call("task.complete", { id = due_on_6(4), result = "…" })
  t:fails("VALIDATION_FAILED", "task.complete", { id = due_on_6(5), result = { at = "昨天" } })
  local row = t:call("revisit.progress", { from = "2026-01-01", to = "2026-01-31" }).items[1]
  t:includes(row, { planned = 5, done = 4, open = 1, late = 3 })
end)

crm.test("REV-13: by month, week and day, of one rep, of one kind", function(t)
  week(t)
  local function periods(params)
    params.from, params.to = "2026-01-01", "2026-02-28"
    local found = {}
    for _, row in ipairs(t:call("revisit.progress", params).items) do
      found[#found + 1] = row.from .. " " .. row.to .. " " .. row.owner .. " " .. row.planned
    end
    return found
  end
  t:equal(periods { by = "month" },
    { "2026-01-01 2026-01-31 李静 4", "2026-02-01 2026-02-28 周强 1" })
  t:equal(periods { by = "week" },
    { "2026-01-05 2026-01-11 李静 4", "2026-02-02 2026-02-08 周强 1" })
  t:equal(periods { by = "day", owner = "周强" }, { "2026-02-02 2026-02-02 周强 1" })
  t:equal(periods { kind = "repurchase" }, {})
  t:equal(t:fails("VALIDATION_FAILED", "revisit.progress", {
    from = "2026-02-01", to = "2026-01-31",
  }).field, "to")
end)

crm.test("REV-15: whose goods run out soon and whom nobody called", function(t)
  local customer = wang(t)
  order(t, customer, "2026-01-01", tea(t, { cycle_days = 20 }), 1) -- until 21 January
  local function near(days) return t:call("revisit.near", { days = days }).items end
  t:advance("2026-01-13T10:00:00+08:00")
  t:equal(near(), {}) -- eight days ahead
  t:advance("2026-01-14T10:00:00+08:00")
  t:includes(near(), { { customer = customer.id, customer_name = "王秀兰", owner = "李静",
                         reason = "repurchase", due_on = "2026-01-21", days_left = 7 } })
  t:equal(near(6), {})
  local values = { customer = customer.id, content = "已提醒" }
  t:call("record.create", { type = "activity", values = values })
  t:equal(near(), {})
  t:advance("2026-01-20T10:00:00+08:00")
  t:equal(near(), {}) -- spoken to six days ago
  t:advance("2026-01-21T10:00:00+08:00")
  t:equal(near()[1].spoken_on, "2026-01-14")
  t:equal(t:call("revisit.near", { owner = "周强" }).items, {})
end)

crm.test("REV-15: whose problem is due soon, too", function(t)
  local customer = wang(t)
  order(t, customer, "2026-01-01", tea(t, { repeatable = false }), 1)
  t:configure { fix_days = 10, near_days = 2 }
  local task = t:call("task.list", { on = LATER }).items[1]
  t:call("revisit.record", {
    id = task.id, content = "…", answers = { use_state = "using" }, problem = "血压计不准",
  })
  t:advance("2026-01-08")
  t:equal(t:call("revisit.near", {}).items, {})
  t:advance("2026-01-09")
  t:includes(t:call("revisit.near", {}).items, { { reason = "problem", due_on = "2026-01-11" } })
end)

crm.test("C-40: the revisit goes to the buyer, be it the pharmacy or the consumer", function(t)
  local store = given.pharmacy(t)
  local consumer = wang(t, { parent = store.id })
  order(t, store, "2026-01-01", tea(t), 20)
  order(t, consumer, "2026-01-02", tea(t, { name = "天宇蜂胶" }), 1)
  t:equal(given.due(t, "2026-01-07", store), { "2026-01-06 revisit 周强" })
  t:equal(given.due(t, "2026-01-07", consumer), { "2026-01-07 revisit 李静" })
end)

-- An order's way ----------------------------------------------------------------------------------

local function move(t, entered, to)
  return t:call("record.move", { type = "order", id = entered.id, to = to, field = "progress" })
end

crm.test("ORD-06: how far an order has come, and who took it there", function(t)
  local entered = order(t, wang(t), "2026-01-01", tea(t), 2)
  t:equal(entered.progress, "placed")
  move(t:as("李静"), entered, "confirmed")
  t:advance("2026-01-03")
  move(t:as("刘仓管"), entered, "shipped")
  t:fails("TRANSITION_DENIED", "record.move", {
    type = "order", id = entered.id, to = "confirmed", field = "progress",
  })
  move(t:as("李静"), entered, "delivered")
  local told = t:call("order.track", { id = entered.id })
  t:includes(told, { customer_name = "王秀兰", progress = "delivered", state = "done",
                     total = 25600, deposit = 0, balance = 25600 })
  local steps = {}
  for number, step in ipairs(told.steps) do steps[number] = step.progress .. " " .. step.by end
  t:equal(steps, { "placed admin", "confirmed 李静", "shipped 刘仓管", "delivered 李静" })
  t:equal(told.steps[3].at - told.steps[2].at, 39 * 60 * 60 * 1000)
end)

crm.test("ORD-06, REV-14: what is cancelled goes nowhere; delivered goods may be", function(t)
  local entered = order(t, wang(t), "2026-01-01", tea(t), 2)
  move(t, entered, "shipped")
  t:call("order.cancel", { id = entered.id })
  t:fails("TRANSITION_DENIED", "record.move", {
    type = "order", id = entered.id, to = "delivered", field = "progress",
  })
  local other = order(t, { id = 1 }, "2026-01-01", { id = 1 }, 2)
  move(t, other, "shipped")
  move(t, other, "delivered")
  t:call("order.cancel", { id = other.id })
  t:equal(given.due(t, LATER), {})
end)

crm.test("ORD-05: a deposit is no more than the total, and what is left is told", function(t)
  local entered = order(t, wang(t), "2026-01-01", tea(t), 2)
  local function deposit(amount) return { id = entered.id, amount = amount } end
  t:fails("INVALID_ARGUMENT", "order.deposit", deposit(-1))
  t:equal(t:fails("RULE_FAILED", "order.deposit", deposit(25601)).field, "deposit")
  t:call("order.deposit", deposit(25600))
  t:includes(t:call("order.deposit", deposit(5000)), { deposit = 5000, deposit_on = "2026-01-01" })
  t:equal(t:call("order.track", { id = entered.id }).balance, 20600)
  t:fails("RULE_FAILED", "record.update", { type = "order", id = entered.id, values = {
    lines = { { product = 1, quantity = 1, price = 4999 } },
  } })
end)

crm.test("ORD-07: lines in the order given, totals, the customer's history", function(t)
  local customer = wang(t)
  local long = tea(t, { name = "天宇蜂胶", price = 20000 })
  local entered = order(t, customer, "2026-01-01", long, 1, tea(t), 3)
  t:equal({ entered.lines[1].product, entered.lines[1].amount, entered.lines[2].amount,
            entered.total }, { long.id, 20000, 38400, 58400 })
  local second = order(t, customer, "2026-02-01", long, 2)
  local history = t:call("customer.overview", { id = customer.id })
  t:equal({ history.orders[1].id, history.orders[2].id }, { second.id, entered.id })
  t:includes(t:call("record.get", { type = "customer", id = customer.id }), {
    order_count = 2, order_total = 98400, last_order_on = "2026-02-01",
  })
end)

return true
