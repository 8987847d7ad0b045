-- What this package promises, each promise a test. Run it with: haoke test scripts/health_product
-- Every test begins with an empty store on 1 January 2026. Here: what follows from an order; the
-- other files of tests are named like what they are about.
crm.test_on("empty")
crm.require("test_visits")
crm.require("test_contact")
crm.require("test_care")
crm.require("test_watch")

local given = crm.require("test_given")
local tea, wang, order, due, LATER = given.tea, given.wang, given.order, given.due, given.LATER

crm.test("E-01, REV-01, ORD-02, C-06: one order of health tea", function(t)
  t:advance("2026-03-02")
  local product, customer = tea(t), wang(t)
  local entered = order(t, customer, "2026-03-02", product, 2)
  t:equal(entered.lines[1].repurchase_on, "2026-04-01")
  t:equal(entered.lines[1].amount, 25600)
  t:equal(due(t, "2026-03-06"), {})
  t:equal(due(t, "2026-03-07"), { "2026-03-07 revisit 李静" })
  t:equal(due(t, "2026-03-31"), { "2026-03-07 revisit 李静" })
  t:equal(due(t, "2026-04-01"), { "2026-03-07 revisit 李静", "2026-04-01 repurchase 李静" })
end)

crm.test("REV-02: due on its day, overdue after it", function(t)
  t:advance("2026-03-02")
  order(t, wang(t), "2026-03-02", tea(t), 2)
  t:advance("2026-03-07")
  t:equal(t:call("task.list", { on = "2026-03-07" }).items[1].overdue, false)
  t:advance("2026-03-08")
  t:equal(t:call("task.list", { on = "2026-03-08" }).items[1].overdue, true)
  t:equal(#t:call("task.list", { before = "2026-03-08" }).items, 1)
end)

crm.test("ORD-02: each line has its day, in the reply", function(t)
  t:advance("2026-01-29")
  local customer = wang(t)
  local short, long = tea(t), tea(t, { name = "天宇蜂胶", cycle_days = 60 })
  local entered = order(t, customer, "2026-01-29", short, 3, long, 1)
  t:equal(entered.lines[1].repurchase_on, "2026-03-15")
  t:equal(entered.lines[2].repurchase_on, "2026-03-30")
  t:equal(due(t, LATER), {
    "2026-02-03 revisit 李静", "2026-03-15 repurchase 李静", "2026-03-30 repurchase 李静",
  })
end)

crm.test("ORD-02: two lines of one product are used up one after the other", function(t)
  local product = tea(t)
  local entered = order(t, wang(t), "2026-01-29", product, 1, product, 2)
  t:equal(entered.lines[1].repurchase_on, "2026-03-15")
  t:equal(entered.lines[2].repurchase_on, "2026-03-15")
  t:equal(#due(t, LATER), 2)
end)

crm.test("ORD-01, ORD-08: goods without a cycle or not repeatable have no day", function(t)
  local customer = wang(t)
  local once = tea(t, { name = "血压计", repeatable = false })
  local never = t:call("record.create", { type = "product", values = { name = "礼品袋" } })
  local entered = order(t, customer, "2026-01-29", once, 1, never, 4)
  t:equal(entered.lines[1].repurchase_on, nil)
  t:equal(entered.lines[2].repurchase_on, nil)
  t:equal(due(t, LATER), { "2026-02-03 revisit 李静" })
end)

crm.test("ORD-04, C-05: a newer order replaces the reminder of its product only", function(t)
  local customer = wang(t)
  local short, long = tea(t), tea(t, { name = "天宇蜂胶", cycle_days = 60 })
  order(t, customer, "2026-01-29", short, 3, long, 1)
  order(t, customer, "2026-03-10", short, 2)
  t:equal(due(t, LATER), {
    "2026-02-03 revisit 李静", "2026-03-15 revisit 李静", "2026-03-30 repurchase 李静",
    "2026-04-09 repurchase 李静",
  })
end)

crm.test("C-05: with stack_leftover what is left at home counts first", function(t)
  t:configure { stack_leftover = true }
  local customer, product = wang(t), tea(t)
  order(t, customer, "2026-03-02", product, 2) -- until 1 April
  t:equal(order(t, customer, "2026-03-20", product, 2).lines[1].repurchase_on, "2026-05-01")
  t:equal(order(t, customer, "2026-06-01", product, 2).lines[1].repurchase_on, "2026-07-01")
end)

crm.test("ORD-04: an order entered late does not replace a newer reminder", function(t)
  local customer, product = wang(t), tea(t)
  order(t, customer, "2026-03-10", product, 2)
  local late = order(t, customer, "2026-01-29", product, 2)
  t:equal(late.lines[1].repurchase_on, "2026-02-28")
  t:equal(due(t, LATER), {
    "2026-02-03 revisit 李静", "2026-03-15 revisit 李静", "2026-04-09 repurchase 李静",
  })
end)

crm.test("ORD-04: of two orders of one day the later number counts", function(t)
  local customer, product = wang(t), tea(t)
  order(t, customer, "2026-03-02", product, 4)
  order(t, customer, "2026-03-02", product, 2)
  t:equal(due(t, LATER), { "2026-03-07 revisit+revisit 李静", "2026-04-01 repurchase 李静" })
end)

crm.test("REV-01, ORD-03: an order makes two tasks and touches nothing else", function(t)
  local customer, product = wang(t), tea(t)
  local entered = order(t, customer, "2026-03-02", product, 2)
  t:equal(t:call("record.count", { type = "task" }).count, 2)
  t:call("record.update", { type = "order", id = entered.id, values = { note = "送货上门" } })
  t:call("record.update", { type = "order", id = entered.id, values = {
    lines = { { product = product.id, quantity = 2, price = 9900 } },
  } })
  t:equal(t:call("record.count", { type = "task" }).count, 2)
  local now = t:call("record.get", { type = "order", id = entered.id })
  t:equal(now.total, 19800)
  t:equal(now.lines[1].repurchase_on, "2026-04-01")
end)

crm.test("ORD-03: a day that is past already is planned all the same", function(t)
  t:advance("2026-06-01")
  order(t, wang(t), "2026-03-02", tea(t), 2)
  t:equal(due(t, "2026-06-01"), { "2026-03-07 revisit 李静", "2026-04-01 repurchase 李静" })
end)

crm.test("REV-12, C-02: two reasons on one day are one task", function(t)
  local customer, product = wang(t), tea(t, { cycle_days = 5 })
  order(t, customer, "2026-03-02", product, 1)
  t:equal(due(t, LATER), { "2026-03-07 revisit+repurchase 李静" })
  t:equal(t:call("task.list", { on = LATER }).items[1].kind, "revisit")
end)

crm.test("REV-01: two customers of one day have a task each", function(t)
  local product = tea(t)
  order(t, wang(t), "2026-03-02", product, 1)
  order(t, wang(t, { name = "刘建国", phone = "139-0000-1002", owner = "周强" }), "2026-03-02",
    product, 1)
  t:equal(due(t, "2026-03-07"), { "2026-03-07 revisit 李静", "2026-03-07 revisit 周强" })
end)

crm.test("REV-14: cancelling an order takes its open tasks along", function(t)
  local customer, product = wang(t), tea(t)
  local other = order(t, customer, "2026-02-01", tea(t, { name = "天宇蜂胶" }), 4)
  local entered = order(t, customer, "2026-03-02", product, 2)
  t:call("order.cancel", { id = entered.id, reason = "顾客改变主意" })
  t:equal(due(t, LATER), { "2026-02-06 revisit 李静", "2026-04-02 repurchase 李静" })
  t:call("order.cancel", { id = other.id })
  t:equal(due(t, LATER), {})
end)

crm.test("REV-14: a deleted order leaves nothing open", function(t)
  local customer, product = wang(t), tea(t)
  local entered = order(t, customer, "2026-03-02", product, 2)
  t:call("record.delete", { type = "order", id = entered.id })
  t:equal(due(t, LATER), {})
end)

crm.test("REV-14: a restored order is planned again, but for what is past", function(t)
  local customer, product = wang(t), tea(t)
  local entered = order(t, customer, "2026-03-02", product, 2)
  local before = due(t, LATER)
  t:call("record.delete", { type = "order", id = entered.id })
  t:call("record.restore", { type = "order", id = entered.id })
  t:equal(due(t, LATER), before)
  local old = order(t, customer, "2025-03-02", tea(t, { name = "天宇蜂胶" }), 1)
  t:call("record.delete", { type = "order", id = old.id })
  t:call("record.restore", { type = "order", id = old.id })
  t:equal(due(t, LATER), before)
end)

crm.test("REV-14, REV-12: of a task with two reasons only the cancelled one goes", function(t)
  local customer = wang(t)
  local first = order(t, customer, "2026-02-20", tea(t, { cycle_days = 15 }), 1)
  order(t, customer, "2026-03-02", tea(t, { name = "天宇蜂胶", cycle_days = 60 }), 1)
  t:equal(due(t, "2026-03-07"), {
    "2026-02-25 revisit 李静", "2026-03-07 revisit+repurchase 李静",
  })
  t:call("order.cancel", { id = first.id })
  t:equal(due(t, "2026-03-07"), { "2026-03-07 revisit 李静" })
end)

crm.test("REV-14: a revisit that was made stays", function(t)
  t:advance("2026-03-07")
  local entered = order(t, wang(t), "2026-03-02", tea(t), 2)
  local task = t:call("task.list", { on = "2026-03-07" }).items[1]
  t:call("task.complete", { id = task.id, result = { content = "效果很好" } })
  t:call("order.cancel", { id = entered.id })
  t:equal(t:call("record.get", { type = "task", id = task.id }).state, "done")
  t:equal(due(t, LATER), {})
end)

crm.test("ORD-04: a cancelled order gives the reminder back to the one before", function(t)
  t:advance("2026-03-10")
  local customer, product = wang(t), tea(t)
  order(t, customer, "2026-03-02", product, 2)
  local mistake = order(t, customer, "2026-03-10", product, 4)
  t:call("order.cancel", { id = mistake.id })
  t:equal(due(t, LATER), { "2026-03-07 revisit 李静", "2026-04-01 repurchase 李静" })
end)

crm.test("ORD-04: no reminder is given back for a day that is past", function(t)
  t:advance("2026-04-10")
  local customer, product = wang(t), tea(t)
  order(t, customer, "2026-03-02", product, 2)
  local mistake = order(t, customer, "2026-04-10", product, 4)
  t:call("order.cancel", { id = mistake.id })
  t:equal(due(t, LATER), { "2026-03-07 revisit 李静" })
end)

crm.test("ORD-02: a corrected quantity moves the reminder", function(t)
  local customer, product = wang(t), tea(t)
  local entered = order(t, customer, "2026-03-02", product, 2)
  local corrected = t:call("record.update", { type = "order", id = entered.id, values = {
    lines = { { product = product.id, quantity = 3 } },
  } })
  t:equal(corrected.lines[1].repurchase_on, "2026-04-16")
  t:equal(corrected.total, 38400)
  t:equal(due(t, LATER), { "2026-03-07 revisit 李静", "2026-04-16 repurchase 李静" })
end)

crm.test("ORD-03: who was reminded already is not reminded of a corrected order again", function(t)
  local customer, product, other = wang(t), tea(t), tea(t, { name = "天宇蜂胶" })
  local entered = order(t, customer, "2026-01-01", product, 1, other, 1)
  t:advance("2026-01-10")
  local function reminder()
    return t:call("task.list", { kind = "repurchase", on = LATER }).items[1]
  end
  t:equal(reminder().reasons, { "repurchase", "repurchase" })
  t:call("task.complete", { id = reminder().id, result = { content = "已提醒" } })
  local corrected = t:call("record.update", { type = "order", id = entered.id, values = {
    lines = { { product = product.id, quantity = 2 }, { product = other.id, quantity = 1 } },
  } })
  t:equal(corrected.lines[1].repurchase_on, "2026-01-31")
  t:equal(due(t, LATER), { "2026-01-06 revisit 李静" })
  local mistake = order(t, customer, "2026-01-10", product, 1)
  t:call("order.cancel", { id = mistake.id })
  t:equal(due(t, LATER), { "2026-01-06 revisit 李静" })
  t:call("record.delete", { type = "order", id = entered.id })
  t:call("record.restore", { type = "order", id = entered.id })
  t:equal(due(t, LATER), {})
end)

crm.test("C-05: with stack_leftover later orders follow the ones before them", function(t)
  t:configure { stack_leftover = true }
  t:advance("2026-03-20")
  local customer, product, other = wang(t), tea(t), tea(t, { name = "天宇蜂胶" })
  local first = order(t, customer, "2026-03-02", product, 2) -- until 1 April
  local second = order(t, customer, "2026-03-20", product, 2, other, 2)
  local third = order(t, customer, "2026-03-20", product, 1)
  local function stand(...)
    local found = {}
    for _, entered in ipairs({ second, third }) do
      local now = t:call("record.get", { type = "order", id = entered.id })
      found[#found + 1] = now.lines[1].repurchase_on
    end
    found[#found + 1] = table.concat(given.days(t, "repurchase"), " ")
    t:equal(found, { ... })
  end
  stand("2026-05-01", "2026-05-16", "2026-04-19 2026-05-16")
  t:call("record.update", { type = "order", id = first.id, values = {
    lines = { { product = product.id, quantity = 3 } },
  } })
  stand("2026-05-16", "2026-05-31", "2026-04-19 2026-05-31")
  t:call("order.cancel", { id = first.id })
  stand("2026-04-19", "2026-05-04", "2026-04-19 2026-05-04")
  order(t, customer, "2026-03-10", product, 1) -- entered late, until 25 March
  stand("2026-04-24", "2026-05-09", "2026-04-19 2026-05-09")
  t:call("order.cancel", { id = third.id })
  t:equal(given.days(t, "repurchase"), { "2026-04-19", "2026-04-24" })
end)

crm.test("REV-01: a corrected day moves the revisit", function(t)
  local entered = order(t, wang(t), "2026-03-02", tea(t), 2)
  t:call("record.update", { type = "order", id = entered.id, values = {
    ordered_on = "2026-03-04",
  } })
  t:equal(due(t, LATER), { "2026-03-09 revisit 李静", "2026-04-03 repurchase 李静" })
end)

crm.test("REV-01, ORD-03: a corrected customer gets what follows from the order", function(t)
  t:configure { ladder = true }
  t:advance("2026-03-02")
  local wrong, product = wang(t), tea(t)
  local right = wang(t, { name = "刘建国", phone = "139-0000-1002", owner = "周强" })
  given.plan(t, "consumer", { days = 50, content = "了解效果" })
  local entered = order(t, wrong, "2026-03-02", product, 2)
  local function move(customer)
    t:call("record.update", { type = "order", id = entered.id, values = {
      customer = customer.id,
    } })
  end
  -- Who took the order goes on visiting; the customer's own rep reminds.
  local function of(owner)
    return { "2026-03-07 revisit 李静", "2026-03-09 after_sale 李静",
             "2026-04-01 repurchase " .. owner, "2026-04-02 after_sale 李静",
             "2026-04-21 visit " .. owner, "2026-06-02 after_sale 李静",
             "2026-09-02 after_sale 李静" }
  end
  t:equal(due(t, LATER, wrong), of("李静"))
  move(right)
  t:equal(due(t, LATER, wrong), {})
  t:equal(due(t, LATER, right), of("周强"))
  -- The revisit that the wrong customer had stays with her.
  t:advance("2026-03-07")
  t:call("task.complete", { id = t:call("task.list", { kind = "revisit" }).items[1].id,
                            result = { content = "没有买过" } })
  t:advance("2026-03-08")
  move(wrong)
  t:equal(due(t, LATER, right), {})
  t:equal(due(t, "2026-03-31", wrong), { "2026-03-09 after_sale 李静" })
end)

crm.test("REV-01, ORD-03: who took the order revisits, the customer's rep reminds", function(t)
  local customer, product = wang(t), tea(t)
  t:call("order.create", {
    customer = customer.id, ordered_on = "2026-03-02", owner = "周强",
    lines = { { product = product.id, quantity = 2 } },
  })
  t:equal(due(t, LATER), { "2026-03-07 revisit 周强", "2026-04-01 repurchase 李静" })
end)

crm.test("REV-03: opening a revisit shows what was bought, newest first", function(t)
  local customer = wang(t)
  local short, long = tea(t), tea(t, { name = "天宇蜂胶", cycle_days = 60, price = 20000 })
  local first = order(t, customer, "2026-01-29", short, 3, long, 1)
  local second = order(t, customer, "2026-02-10", short, 1)
  local cancelled = order(t, customer, "2026-02-11", short, 9)
  t:call("order.cancel", { id = cancelled.id })
  local task = t:call("task.list", { on = "2026-02-03" }).items[1]
  local opened = t:as("李静"):call("revisit.open", { id = task.id })
  t:equal(opened.task.id, task.id)
  t:equal(opened.customer.name, "王秀兰")
  t:equal(opened.purchases, {
    { order = second.id, ordered_on = "2026-02-10", product = short.id,
      product_name = "天宇保健茶", quantity = 1, amount = 12800, repurchase_on = "2026-02-25" },
    { order = first.id, ordered_on = "2026-01-29", product = short.id,
      product_name = "天宇保健茶", quantity = 3, amount = 38400, repurchase_on = "2026-03-15" },
    { order = first.id, ordered_on = "2026-01-29", product = long.id,
      product_name = "天宇蜂胶", quantity = 1, amount = 20000, repurchase_on = "2026-03-30" },
  })
end)

crm.test("REV-03: how much of the purchase record is shown is configured", function(t)
  t:configure { purchases_shown = 2 }
  local customer = wang(t)
  for number = 1, 3 do
    order(t, customer, "2026-01-0" .. number, tea(t, { name = "天宇 " .. number }), 1)
    local task = t:call("task.list", { on = LATER }).items[1]
    local shown = t:call("revisit.open", { id = task.id }).purchases
    t:equal({ #shown, shown[1].ordered_on }, { math.min(number, 2), "2026-01-0" .. number })
  end
end)

crm.test("REV-03: a task that is not there, or has no customer, cannot be opened", function(t)
  t:equal(t:fails("NOT_FOUND", "revisit.open", { id = 77 }).field, "id")
  local task = t:call("record.create", { type = "task", values = {
    title = "盘点库存", due_on = "2026-03-01",
  } })
  t:equal(t:fails("NOT_FOUND", "revisit.open", { id = task.id }).message,
    "这个任务没有客户，不是回访")
  t:fails("INVALID_ARGUMENT", "revisit.open", {})
end)

crm.test("REV-04: recording a revisit keeps what was said and closes it", function(t)
  local customer = wang(t)
  order(t, customer, "2026-03-02", tea(t), 2)
  t:advance("2026-03-07")
  local task = t:call("task.list", { on = "2026-03-07" }).items[1]
  local done = t:as("李静"):call("task.complete", { id = task.id, result = {
    content = "每天饭后一杯，睡眠有改善", method = "phone",
    answers = { use_state = "在用", opinion = "满意", continue_likelihood = 9 },
  } })
  t:equal(done.state, "done")
  t:equal(done.completed_by, "李静")
  t:equal(due(t, "2026-03-31"), {})
  local activity = t:call("record.find", {
    type = "activity", where = { customer = customer.id },
  }).items[1]
  t:includes(activity, {
    kind = "phone", content = "每天饭后一杯，睡眠有改善", task = task.id,
    answers = { use_state = "在用", opinion = "满意", continue_likelihood = 9 },
  })
end)

crm.test("ORD-02: a quantity without bounds is a long time, not an error", function(t)
  local entered = order(t, wang(t), "2026-03-02", tea(t), 1000000)
  t:equal(entered.lines[1].repurchase_on, "9999-12-31")
end)

crm.test("nothing is stored of an order that is refused", function(t)
  local customer, product = wang(t), tea(t)
  t:fails("VALIDATION_FAILED", "order.create", {
    customer = customer.id, lines = { { product = product.id, quantity = -1 } },
  })
  t:fails("REFERENCE_MISSING", "order.create", {
    customer = 4711, lines = { { product = product.id, quantity = 1 } },
  })
  t:equal(due(t, LATER), {})
  t:equal(t:call("record.count", { type = "order" }).count, 0)
end)

crm.test("refill.plan: when the goods run out, and the reminder for it", function(t)
  t:advance("2026-03-02")
  local customer, product = wang(t), tea(t)
  order(t, customer, "2026-03-02", product, 2)
  local plan = t:call("refill.plan", { customer = customer.id })
  t:equal(plan.customer, customer.id)
  t:includes(plan.items, { {
    product = product.id, product_name = "天宇保健茶", refill_on = "2026-04-01", days_left = 30,
    late = false, stock = 2, task_due_on = "2026-04-01",
  } })
  local reminder = t:call("task.list", { kind = "repurchase" }).items[1]
  t:equal(plan.items[1].task, reminder.id)
  t:call("task.complete", { id = reminder.id, result = { content = "已提醒" } })
  t:equal(t:call("refill.plan", { customer = customer.id }).items[1].task, nil)
  t:fails("NOT_FOUND", "refill.plan", { customer = 99 })
end)
