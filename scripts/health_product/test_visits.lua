-- test_visits: the ladder, plans, what is asked and noted.

local given = crm.require("test_given")
local tea, wang, order, due, days = given.tea, given.wang, given.order, given.due, given.days
local LATER = given.LATER

local function complete(t, task, result)
  return t:call("task.complete", { id = task.id, result = result or "已回访" })
end

local function tasks_of(t, kind)
  return t:call("task.list", { kind = kind, on = LATER }).items
end

-- The ladder --------------------------------------------------------------------------------------

crm.test("E-01, REV-05, C-02: with the ladder on, four visits stand beside the first", function(t)
  t:configure { ladder = true }
  t:advance("2026-03-02")
  order(t, wang(t), "2026-03-02", tea(t), 2)
  t:equal(days(t, "after_sale"), { "2026-03-09", "2026-04-02", "2026-06-02", "2026-09-02" })
  t:equal(days(t, "revisit"), { "2026-03-07" })
end)

crm.test("REV-05: the ladder is off by default", function(t)
  order(t, wang(t), "2026-03-02", tea(t), 2)
  t:equal(days(t, "after_sale"), {})
end)

crm.test("REV-05, C-04: months count from the sale, clamped to the month's end", function(t)
  t:configure { ladder = true }
  t:advance("2026-08-31")
  order(t, wang(t), "2026-08-31", tea(t), 2)
  t:equal(days(t, "after_sale"), { "2026-09-07", "2026-11-30", "2027-02-28" })
  -- The goods last until the same 30 September: one task with both reasons.
  t:equal(due(t, "2026-09-30"), {
    "2026-09-05 revisit 李静", "2026-09-07 after_sale 李静", "2026-09-30 repurchase+after_sale 李静",
  })
end)

crm.test("C-02, REV-12: a visit of the ladder on the day of the revisit is one task", function(t)
  t:configure { ladder = true, first_days = 7 }
  t:advance("2026-03-02")
  order(t, wang(t), "2026-03-02", tea(t), 20)
  t:equal(due(t, "2026-03-09"), { "2026-03-09 revisit+after_sale 李静" })
end)

crm.test("REV-05, REV-14: the newest order has the ladder; cancelling gives it back", function(t)
  t:configure { ladder = true }
  t:advance("2026-03-02")
  local customer, product = wang(t), tea(t)
  order(t, customer, "2026-03-02", product, 2)
  t:advance("2026-03-20")
  local later = order(t, customer, "2026-03-20", product, 2)
  t:equal(days(t, "after_sale"), { "2026-03-27", "2026-04-20", "2026-06-20", "2026-09-20" })
  t:call("order.cancel", { id = later.id })
  t:equal(days(t, "after_sale"), { "2026-04-02", "2026-06-02", "2026-09-02" })
end)

crm.test("C-03: repeat_every_months goes on behind the ladder, one visit at a time", function(t)
  t:configure { ladder = true, repeat_every_months = 6 }
  t:advance("2026-03-02")
  order(t, wang(t), "2026-03-02", tea(t), 2)
  for _, day in ipairs({ "2026-03-09", "2026-04-02", "2026-06-02" }) do
    t:advance(day)
    complete(t, tasks_of(t, "after_sale")[1])
  end
  t:equal(days(t, "after_sale"), { "2026-09-02" })
  t:advance("2026-09-02")
  complete(t, tasks_of(t, "after_sale")[1])
  t:equal(days(t, "after_sale"), { "2027-03-02" })
  t:advance("2027-03-02")
  complete(t, tasks_of(t, "after_sale")[1])
  t:equal(days(t, "after_sale"), { "2027-09-02" })
end)

crm.test("C-03: without repeat_every_months the ladder ends", function(t)
  t:configure { ladder = true }
  t:advance("2026-03-02")
  order(t, wang(t), "2026-03-02", tea(t), 2)
  t:advance("2026-09-02")
  for _, task in ipairs(tasks_of(t, "after_sale")) do complete(t, task) end
  t:equal(days(t, "after_sale"), {})
end)

crm.test("REV-05: a visit of the ladder that is late stays until it is done", function(t)
  t:configure { ladder = true }
  t:advance("2026-03-02")
  local customer, product = wang(t), tea(t)
  order(t, customer, "2026-03-02", product, 20)
  t:advance("2026-04-05")
  complete(t, tasks_of(t, "after_sale")[1])
  t:equal(days(t, "after_sale"), { "2026-04-02", "2026-06-02", "2026-09-02" })
  order(t, customer, "2026-02-01", product, 1) -- entered late
  t:equal(days(t, "after_sale"), { "2026-04-02", "2026-06-02", "2026-09-02" })
  local newer = order(t, customer, "2026-04-04", product, 1)
  t:equal(days(t, "after_sale"), { "2026-04-11", "2026-05-04", "2026-07-04", "2026-10-04" })
  t:call("record.update", { type = "order", id = newer.id, values = { ordered_on = "2026-04-03" } })
  t:equal(days(t, "after_sale"), { "2026-04-10", "2026-05-03", "2026-07-03", "2026-10-03" })
end)

crm.test("C-03: a repeated visit that was made early does not come again", function(t)
  t:configure { ladder = true, repeat_every_months = 6 }
  t:advance("2026-03-02")
  local customer = wang(t)
  order(t, customer, "2025-06-01", tea(t), 100)
  t:equal(days(t, "after_sale"), { "2026-06-01" })
  t:advance("2026-05-31")
  complete(t, tasks_of(t, "after_sale")[1])
  t:equal(days(t, "after_sale"), { "2026-12-01" })
  t:advance("2026-12-05")
  order(t, customer, "2025-05-01", tea(t, { name = "天宇蜂胶" }), 1) -- entered late
  t:equal(days(t, "after_sale"), { "2026-12-01" })
end)

-- What is asked, and what is kept -----------------------------------------------------------------

local function names(rows)
  local found = {}
  for _, row in ipairs(rows) do found[#found + 1] = row.name end
  return found
end

-- Opens the customer's first task.
local function open(t, customer)
  local task = t:call("task.list", { customer = customer.id, on = LATER }).items[1]
  return t:call("revisit.open", { id = task.id }), task
end

crm.test("REV-04: the questions depend on the sort of customer", function(t)
  given.plan(t, "prospect", { days = 10, content = "介绍产品" })
  local consumer, store = wang(t), given.pharmacy(t)
  local prospect = wang(t, { name = "刘建国", phone = "139-0000-1002" })
  order(t, consumer, "2026-01-01", tea(t), 2)
  order(t, store, "2026-01-01", tea(t, { name = "天宇蜂胶" }), 20)
  t:equal(names(open(t, consumer).questions),
    { "use_state", "effect", "opinion", "continue_likelihood" })
  t:equal(names(open(t, store).questions),
    { "sell_through", "stock_left", "opinion", "continue_likelihood" })
  t:equal(names(open(t, prospect).questions), { "obstacle", "opinion", "continue_likelihood" })
  t:includes(open(t, prospect).questions[1], { kind = "choice", required = true, label = "未购原因" })
end)

crm.test("REV-04: revisit.record keeps what was said and closes the task", function(t)
  local customer = wang(t)
  order(t, customer, "2026-01-01", tea(t), 2)
  t:advance("2026-01-06T10:00:00+08:00")
  local _, task = open(t, customer)
  local answers = { use_state = "using", opinion = "睡眠有改善", continue_likelihood = 9 }
  local done = t:as("李静"):call("revisit.record", {
    id = task.id, content = "每天饭后一杯", method = "visit", answers = answers,
  })
  t:includes(done.task, { state = "done", completed_by = "李静" })
  t:equal(done.problem, nil)
  local activity = t:call("record.find", { type = "activity" }).items[1]
  t:includes(activity, { kind = "visit", content = "每天饭后一杯", answers = answers })
  t:fails("TRANSITION_DENIED", "revisit.record", {
    id = task.id, content = "再记一次", answers = answers,
  })
end)

crm.test("REV-04: answers that do not fit are refused and nothing is closed", function(t)
  local customer = wang(t)
  order(t, customer, "2026-01-01", tea(t), 2)
  local _, task = open(t, customer)
  local function refused(field, answers)
    local problem = t:fails("VALIDATION_FAILED", "revisit.record", {
      id = task.id, content = "…", answers = answers,
    })
    t:equal(problem.field, field)
  end
  refused("answers.use_state", nil)
  refused("answers.sell_through", { use_state = "using", sell_through = "fast" })
  t:equal(t:call("record.get", { type = "task", id = task.id }).state, "open")
  t:fails("INVALID_ARGUMENT", "revisit.record", {
    id = task.id, content = "…", answers = { use_state = "often" },
  })
  for _, likelihood in ipairs({ -1, 11 }) do
    t:fails("INVALID_ARGUMENT", "revisit.record", {
      id = task.id, content = "…",
      answers = { use_state = "using", continue_likelihood = likelihood },
    })
  end
  t:call("revisit.record", {
    id = task.id, content = "…", answers = { use_state = "using", continue_likelihood = 10 },
  })
end)

crm.test("REV-10: after an order five items are gone through; no other visit has them", function(t)
  local customer = wang(t)
  order(t, customer, "2026-01-01", tea(t), 2)
  local opened, task = open(t, customer)
  t:equal(names(opened.checklist), { "items", "quantity", "training", "bills", "opportunity" })
  local done = t:call("revisit.record", {
    id = task.id, content = "核对无误", answers = { use_state = "using" },
    checklist = {
      items = true, quantity = false, training = true, bills = true, opportunity = true,
    },
  })
  t:equal(done.task.result.checklist.quantity, false)
  t:equal(open(t, customer).task.kind, "repurchase")
  t:equal(open(t, customer).checklist, {})
end)

crm.test("REV-07, C-09: what a revisit finds is put right the next day", function(t)
  local customer = wang(t)
  order(t, customer, "2026-03-02", tea(t), 2)
  t:advance("2026-03-07T15:00:00+08:00")
  local _, task = open(t, customer)
  local done = t:call("revisit.record", {
    id = task.id, content = "茶盒破损", answers = { use_state = "paused" }, problem = "茶盒破损，受潮",
  })
  t:includes(done.problem, { found_on = "2026-03-07", fix_on = "2026-03-08", owner = "李静" })
  t:equal(due(t, "2026-03-08"), { "2026-03-08 problem 李静" })
  t:advance("2026-03-09")
  t:equal(tasks_of(t, "problem")[1].overdue, true)
  t:equal(#open(t, customer).problems, 1)
  t:call("problem.solve", { id = done.problem.id, remedy = "换新两盒" })
  t:equal(due(t, "2026-03-09"), {})
  t:equal(open(t, customer).problems, {})
  t:fails("TRANSITION_DENIED", "problem.solve", { id = done.problem.id })
end)

crm.test("REV-07: with fix_days = 0 it is put right the same day; by whom is said", function(t)
  t:configure { fix_days = 0 }
  local customer = wang(t)
  order(t, customer, "2026-01-01", tea(t), 2)
  local _, task = open(t, customer)
  t:call("revisit.record", {
    id = task.id, content = "…", answers = { use_state = "paused" }, problem = "缺一盒",
    fixed_by = "赵送货",
  })
  t:equal(due(t, "2026-01-01"), { "2026-01-01 problem 赵送货" })
end)

crm.test("REV-07: each problem is on the list of whoever puts it right", function(t)
  local customer = wang(t)
  order(t, customer, "2026-01-01", tea(t), 2)
  t:advance("2026-01-05")
  local function find(problem, fixed_by)
    local call = t:call("record.create", { type = "task", values = {
      customer = customer.id, due_on = "2026-01-05", title = "致电", owner = "李静",
    } })
    return t:call("revisit.record", {
      id = call.id, content = "…", answers = { use_state = "using" }, problem = problem,
      fixed_by = fixed_by,
    }).problem
  end
  local first, second = find("缺一盒", "周强"), find(string.rep("漏气", 200), "周强")
  t:equal(due(t, "2026-01-06"), { "2026-01-06 revisit 李静", "2026-01-06 problem 周强",
                                  "2026-01-06 problem 周强" })
  local tasks = t:call("task.list", { owner = "周强" }).items
  t:equal({ tasks[1].title, tasks[2].title },
    { "为 王秀兰 现场解决：缺一盒", "为 王秀兰 现场解决：" .. string.rep("漏气", 50) .. "…" })
  complete(t, tasks[2], { content = "换了包装" })
  local function problem(id) return t:call("record.get", { type = "revisit_problem", id = id }) end
  t:includes(problem(second.id), { state = "solved", solved_on = "2026-01-05", remedy = "换了包装" })
  t:equal(problem(first.id).state, "open")
  t:call("problem.solve", { id = first.id })
  t:equal(due(t, "2026-01-06"), { "2026-01-06 revisit 李静" })
end)

crm.test("FUP-01, FUP-02: the day that was agreed on is on the calendar at once", function(t)
  local customer = wang(t)
  order(t, customer, "2026-01-01", tea(t), 2)
  t:advance("2026-01-06")
  local _, task = open(t, customer)
  local params = { id = task.id, content = "…", answers = { use_state = "using" } }
  params.next_on = "2026-01-06"
  t:equal(t:fails("VALIDATION_FAILED", "revisit.record", params).field, "next_on")
  params.next_on = "2026-01-20"
  t:equal(t:call("revisit.record", params).next.due_on, "2026-01-20")
  t:equal(days(t, "agreed"), { "2026-01-20" })
end)

-- Plans -------------------------------------------------------------------------------------------

crm.test("REV-06, SEG-08: each segment names its template of visits", function(t)
  given.plan(t, "business", { days = 7, method = "visit", content = "理货、培训店员" },
    { months = 1, content = "核对库存" })
  local store = given.pharmacy(t)
  t:equal(due(t, LATER), { "2026-01-08 visit 周强", "2026-02-01 visit 周强" })
  local task = tasks_of(t, "visit")[1]
  t:equal(task.causes[1].text, "上门：理货、培训店员")
  t:equal(t:call("record.get", { type = "customer", id = store.id }).planned_from, "2026-01-01")
end)

crm.test("REV-08: who has not bought has a plan, which ends with the first order", function(t)
  given.plan(t, "prospect", { days = 3, content = "介绍产品" }, { days = 30, content = "邀请听讲座" })
  given.plan(t, "consumer", { months = 2, content = "了解效果" })
  local customer = wang(t)
  t:equal(days(t, "visit"), { "2026-01-04", "2026-01-31" })
  t:advance("2026-01-10")
  order(t, customer, "2026-01-10", tea(t, { cycle_days = 100 }), 1)
  t:equal(days(t, "visit"), { "2026-03-10" })
  order(t, customer, "2026-01-10", tea(t, { name = "天宇蜂胶", cycle_days = 100 }), 1)
  t:equal(days(t, "visit"), { "2026-03-10" })
end)

crm.test("REV-06: plan.apply lays a plan out for its whole segment, page by page", function(t)
  for number = 1, 101 do
    wang(t, { name = "顾客" .. number, phone = string.format("1390000%04d", number) })
  end
  local store = given.pharmacy(t)
  local plan = given.plan(t, "prospect", { days = 3, content = "介绍产品" })
  t:equal(t:call("record.count", { type = "task" }).count, 0)
  t:equal(t:call("plan.apply", { id = plan.id }).customers, 100)
  t:advance("2026-01-01T09:00:00+08:00")
  t:equal(t:call("record.count", { type = "task" }).count, 101)
  t:equal(t:call("plan.apply", { id = plan.id }).customers, 0)
  t:equal(t:call("plan.apply", { customer = store.id }).customers, 0)
end)

crm.test("FUP-02, REV-08, REV-11: what people agreed on stays when the plan changes", function(t)
  given.plan(t, "prospect", { days = 30, content = "介绍产品" })
  given.plan(t, "consumer", { days = 60, content = "了解效果" })
  local customer = wang(t)
  t:advance("2026-01-02")
  t:call("revisit.record", { id = tasks_of(t, "visit")[1].id, content = "再考虑",
                             answers = { obstacle = "price" }, next_on = "2026-01-20" })
  t:call("plan.schedule", { customer = customer.id, from = "2026-06-01", times = 2,
                            every_months = 1, content = "疗程回访" })
  order(t, customer, "2026-01-02", tea(t, { cycle_days = 100 }), 1)
  t:equal(days(t, "agreed"), { "2026-01-20", "2026-06-01", "2026-07-01" })
  t:equal(days(t, "visit"), { "2026-03-03" })
end)

crm.test("REV-06: plan.apply lays out the plan that is named", function(t)
  local customer = wang(t)
  local first = given.plan(t, "prospect", { days = 3, content = "介绍产品" })
  local second = given.plan(t, "prospect", { days = 9, content = "邀请听讲座" })
  t:equal(t:call("plan.apply", { customer = customer.id }).customers, 1)
  t:equal(days(t, "visit"), { "2026-01-04" })
  t:equal(t:call("plan.apply", { id = second.id }).customers, 1)
  t:equal(days(t, "visit"), { "2026-01-10" })
  t:call("record.update", { type = "revisit_plan", id = first.id, values = { active = false } })
  t:equal(t:fails("VALIDATION_FAILED", "plan.apply", { id = first.id }).field, "id")
end)

crm.test("REV-06: a plan of no segment is refused", function(t)
  t:fails("VALIDATION_FAILED", "record.create", { type = "revisit_plan", values = {
    name = "错", segment = "nobody", visits = { { days = 1, content = "…" } },
  } })
end)

crm.test("REV-11: many visits of one customer, years ahead", function(t)
  local customer = wang(t)
  local params = { customer = customer.id, from = "2026-01-31", times = 4, every_months = 1,
                   content = "疗程回访" }
  t:equal(#t:call("plan.schedule", params).items, 4)
  t:equal(days(t, "agreed"), { "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30" })
  params.every_months = nil
  t:equal(t:fails("VALIDATION_FAILED", "plan.schedule", params).field, "every_months")
  t:fails("INVALID_ARGUMENT", "plan.schedule", {
    customer = customer.id, from = "2026-01-31", times = 121, every_months = 1, content = "…",
  })
  t:call("plan.schedule", {
    customer = customer.id, from = "2027-01-01", times = 120, every_days = 10, content = "…",
  })
  t:equal(#days(t, "agreed"), 124)
end)

return true
