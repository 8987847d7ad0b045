-- What this package promises, each promise a test. Run it with: haoke test scripts/complaint
-- Every test begins with an empty store on 1 January 2026; the calendar has the holidays of 2026.
crm.test_on("empty")
crm.require("test_accused")

local given = crm.require("test_given")
local begin, register, get = given.begin, given.register, given.get
local tasks, titles, finish = given.tasks, given.titles, given.finish
local carry_out, GIFTS = given.carry_out, given.GIFTS

local DAY = 24 * 60 * 60 * 1000
local MARCH_14 = 1773417600000 -- 2026-03-14 00:00 in Shanghai

crm.test("E-04, CMP-05, CMP-06, C-07, C-08, C-09, C-10: clocks over a weekend", function(t)
  local customer = begin(t, "2026-03-13T10:00:00+08:00")
  local agent = t:as("李静")
  local a = register(agent, customer, { severity = "simple" })
  local b = register(agent, customer, { severity = "general" })
  local c = register(agent, customer, { severity = "complex" })
  for _, complaint in ipairs({ a, b, c }) do
    t:equal(complaint.answer_due_at, MARCH_14)
    t:equal(complaint.due_at, MARCH_14)
    t:equal(tasks(t, complaint, "complaint_answer"), { "2026-03-13 李静 open" })
  end
  t:equal(a.due_on, "2026-03-16")
  t:equal(a.resolution_due_at, MARCH_14 + 3 * DAY)
  t:equal(b.due_on, "2026-03-18")
  t:equal(c.due_on, nil)
  t:equal(c.resolution_due_at, nil)
  t:equal(tasks(t, c, "complaint_progress"), { "2026-03-18 李静 open" })
  t:advance("2026-03-18T12:00:00+08:00")
  t:equal(tasks(t, c, "complaint_progress"), { "2026-03-18 李静 open", "2026-03-23 李静 open" })
  t:advance("2026-03-23T12:00:00+08:00")
  t:equal(tasks(t, c, "complaint_progress"),
    { "2026-03-18 李静 open", "2026-03-23 李静 open", "2026-03-26 李静 open" })
  t:advance("2026-03-24T10:00:00+08:00")
  carry_out(t, c)
  finish(t, c)
  agent:call("complaint.close", { id = c.id, satisfied = true })
  t:equal(tasks(t, c, "complaint_progress")[3], "2026-03-26 李静 cancelled")
  t:advance("2026-04-10")
  t:equal(#tasks(t, c, "complaint_progress"), 3)
  t:equal(tasks(t, a, "complaint_progress"), {})
end)

crm.test("E-05, CMP-05: holidays and make-up days", function(t)
  local customer = begin(t, "2026-09-29T09:30:00+08:00")
  t:equal(register(t, customer, { severity = "simple" }).due_on, "2026-09-30")
  t:equal(register(t, customer).due_on, "2026-10-09")
  local c = register(t:as("李静"), customer, { severity = "complex" })
  t:advance("2026-10-14")
  t:equal(tasks(t, c, "complaint_progress"),
    { "2026-10-09 李静 open", "2026-10-13 李静 open", "2026-10-16 李静 open" })
end)

crm.test("E-05, CMP-01, CMP-07, CMP-08, CMP-09, CMP-12: the whole way", function(t)
  local customer = begin(t, "2026-09-29T09:30:00+08:00")
  local li, chen, wang = t:as("李静"), t:as("陈主管"), t:as("王总")
  local complaint = register(t:as("周强"), customer, { handler = "李静" })
  t:includes(complaint, { recorder = "周强", handler = "李静", company = "济南顺达汽修",
    phone = "138-0000-3001", address = "济南市工业北路 8 号", registered_on = "2026-09-29",
    state = "registered", due_on = "2026-10-09", batch = "20260715" })
  local id = { id = complaint.id }
  li:call("complaint.investigate", { id = complaint.id, founded = true, findings = "批次有杂质" })
  t:equal(li:call("complaint.propose", { id = complaint.id, plan = GIFTS }).state, "approval")
  t:includes(li:call("complaint.escalate", { id = complaint.id, to = "陈主管" }),
    { level = "supervisor", supervisor = "陈主管", first_line = false, closer = "陈主管" })
  t:equal(tasks(t, complaint, "complaint_supervisor"), { "2026-09-29 陈主管 open" })
  t:equal(tasks(t, complaint, "complaint_inform"), { "2026-09-29 李静 open" })

  li:fails("TRANSITION_DENIED", "complaint.confirm", id)
  li:fails("TRANSITION_DENIED", "complaint.agree", { id = complaint.id, agreement = "同意" })
  li:fails("TRANSITION_DENIED", "complaint.approve", id)
  t:equal(wang:call("complaint.approve", id).state, "confirmation")
  t:equal(li:call("complaint.confirm", id).state, "agreement")
  local agreed = li:call("complaint.agree", { id = complaint.id, agreement = "赠 2 桶，另送礼品" })
  t:includes(agreed, { state = "executing", agreement = "赠 2 桶，另送礼品" })
  t:equal(titles(t, complaint, "刘仓管"), { "赠送 4 L 机油 × 2（济南顺达汽修）" })
  t:equal(titles(t, complaint, "赵市场"), { "小礼品 保温杯（济南顺达汽修）" })
  t:equal(titles(t, complaint, "钱生产"), {})
  finish(t, complaint)
  t:equal(get(t, complaint).state, "tracking")

  local refused = chen:call("complaint.close", { id = complaint.id, satisfied = false })
  t:includes(refused, { closed = false, state = "planning" })
  t:equal(get(t, complaint).state, "planning")
  li:fails("TRANSITION_DENIED", "complaint.close", { id = complaint.id, satisfied = true })
  carry_out(t, complaint)
  finish(t, complaint)
  li:fails("TRANSITION_DENIED", "complaint.close", { id = complaint.id, satisfied = true })
  local closed = chen:call("complaint.close", { id = complaint.id, satisfied = true })
  t:includes(closed, { closed = true, complaint = { closed_by = "陈主管", outcome = "solved" } })
  t:equal(tasks(t, complaint, "complaint_thanks"), { "2026-09-30 李静 open" })
  t:equal(get(t, complaint).due_at, nil)
end)

crm.test("CMP-02, CMP-03, CMP-04: the form of a product complaint", function(t)
  local customer = begin(t, "2026-03-13")
  local form = {
    spec = "4 L", produced_on = "2026-07-15", used_when = "换油后第二天", symptom = "异响",
    previous_brand = "其他", previous_state = "正常", recent_state = "加重", kind = "grumble",
  }
  local complaint = register(t, customer, form)
  t:includes(get(t, complaint), form)
  t:equal(complaint.product_name, "机油 5W-30")
  t:equal(t:fails("INVALID_ARGUMENT", "complaint.register",
    { customer = customer.id, reason = "x", channel = "phone", class = "weather" }).field, "class")
  t:fails("NOT_FOUND", "complaint.register",
    { customer = 99, reason = "x", channel = "phone", class = "housing_use" })
end)

crm.test("CMP-20, CMP-01: every channel, a number each", function(t)
  local customer = begin(t, "2026-03-13")
  local seen = {}
  for _, channel in ipairs({ "phone", "email", "letter", "fax", "visit" }) do
    local complaint = register(t, customer, { channel = channel })
    t:equal(seen[complaint.id], nil)
    seen[complaint.id] = true
    t:equal(complaint.channel, channel)
  end
end)

crm.test("CMP-06, C-09: the first answer has its own clock", function(t)
  local customer = begin(t, "2026-03-13T10:00:00+08:00")
  local complaint = register(t:as("李静"), customer)
  local answered = t:as("李静"):call("complaint.acknowledge", { id = complaint.id,
    content = "已受理，三天内答复" })
  t:equal(answered.answer, "given")
  t:equal(get(t, complaint).answer_due_at, nil)
  t:equal(get(t, complaint).due_at, complaint.resolution_due_at)
  t:equal(tasks(t, complaint, "complaint_answer"), { "2026-03-13 李静 cancelled" })
  t:equal(t:call("record.find", { type = "activity" }).items[1].content, "已受理，三天内答复")
  t:fails("TRANSITION_DENIED", "complaint.acknowledge", { id = complaint.id, content = "又一次" })
end)

crm.test("CMP-12, C-12: solved at the first line is closed at once, by its handler", function(t)
  local customer = begin(t, "2026-03-13")
  local complaint = register(t:as("李静"), customer, { severity = "simple" })
  local yes = { id = complaint.id, satisfied = true }
  t:as("周强"):fails("TRANSITION_DENIED", "complaint.close", yes)
  local closed = t:as("李静"):call("complaint.close", yes)
  t:equal(closed.closed, true)
  t:equal(closed.complaint.answer, "given")
  local general = register(t:as("李静"), customer)
  t:as("李静"):fails("TRANSITION_DENIED", "complaint.close", { id = general.id, satisfied = true })
end)

crm.test("C-12: simple and within the authority needs no leave and no agreement", function(t)
  local customer = begin(t, "2026-03-13")
  local li = t:as("李静")
  local complaint = register(li, customer, { severity = "simple" })
  local sorry = { { kind = "apology" } }
  t:equal(li:call("complaint.propose", { id = complaint.id, plan = sorry }).state, "confirmation")
  t:equal(li:call("complaint.confirm", { id = complaint.id }).state, "executing")
  t:equal(titles(t, complaint, "李静"), { "道歉（济南顺达汽修）" })
  local costly = register(li, customer, { severity = "simple" })
  local refund = { { kind = "refund", amount = 1 } }
  t:equal(li:call("complaint.propose", { id = costly.id, plan = refund }).state, "approval")
  local general = register(li, customer)
  t:equal(li:call("complaint.propose", { id = general.id, plan = sorry }).state, "approval")
end)

crm.test("C-12: what a handler may give is a limit: one fen less, as much, one more", function(t)
  t:configure { authority = 5000 }
  local customer = begin(t, "2026-03-13")
  local function state(...)
    local complaint = register(t:as("李静"), customer, { severity = "simple" })
    return t:as("李静"):call("complaint.propose", { id = complaint.id, plan = { ... } }).state
  end
  t:equal(state({ kind = "refund", amount = 4999 }), "confirmation")
  t:equal(state({ kind = "refund", amount = 5000 }), "confirmation")
  t:equal(state({ kind = "refund", amount = 5001 }), "approval")
  t:equal(state({ kind = "gift", amount = 2500 }, { kind = "discount", amount = 2500 }),
    "confirmation")
  t:equal(state({ kind = "gift", amount = 2500 }, { kind = "discount", amount = 2501 }), "approval")
  t:equal(state({ kind = "gift", text = "不知多少钱" }), "approval")
  for _, kind in ipairs({ "tour", "invitation", "packaging", "apology" }) do
    t:equal(state({ kind = kind }), "confirmation")
    t:equal(state({ kind = kind, amount = 5000 }), "confirmation")
    t:equal(state({ kind = kind, amount = 5001 }), "approval")
    t:equal(state({ kind = "gift", amount = 2500 }, { kind = kind, amount = 2501 }), "approval")
  end
end)

crm.test("C-36: where the business wants it, a refund names its order", function(t)
  local customer = begin(t, "2026-03-13")
  local oil = t:call("record.create", { type = "product", values = { name = "机油 5W-30" } })
  local bought = t:call("order.create", { customer = customer.id,
    lines = { { product = oil.id, quantity = 1, price = 16800 } } })
  local complaint = register(t:as("李静"), customer)
  local params = { id = complaint.id, plan = { { kind = "refund", amount = 16800 } } }
  t:configure { refund_needs_order = true }
  t:equal(t:as("李静"):fails("RULE_FAILED", "complaint.propose", params).field, "plan[1].kind")
  t:equal(get(t, complaint).state, "registered")
  params.plan[1].order = bought.id
  t:equal(t:as("李静"):call("complaint.propose", params).state, "approval")
  t:configure {}
  local other = register(t:as("李静"), customer)
  params = { id = other.id, plan = { { kind = "refund", amount = 16800 } } }
  t:equal(t:as("李静"):call("complaint.propose", params).state, "approval")
end)

crm.test("CMP-07: neither approval nor confirmation is skipped, by no way", function(t)
  local customer = begin(t, "2026-03-13")
  local complaint = register(t:as("李静"), customer)
  for _, to in ipairs({ "planning", "approval", "confirmation", "agreement", "executing",
    "tracking", "closed" }) do
    t:as("李静"):fails("TRANSITION_DENIED", "record.move",
      { type = "complaint", id = complaint.id, to = to, field = "state" })
  end
  t:as("李静"):call("complaint.propose", { id = complaint.id, plan = GIFTS })
  for _, to in ipairs({ "agreement", "executing", "tracking", "closed" }) do
    t:fails("TRANSITION_DENIED", "record.move",
      { type = "complaint", id = complaint.id, to = to, field = "state" })
  end
  t:as("王总"):call("complaint.approve", { id = complaint.id, approved = false })
  t:equal(get(t, complaint).state, "planning")
  for _, to in ipairs({ "confirmation", "agreement", "executing", "tracking", "closed" }) do
    t:fails("TRANSITION_DENIED", "record.move",
      { type = "complaint", id = complaint.id, to = to, field = "state" })
  end
end)

crm.test("CMP-08: without a word on satisfaction nothing is closed", function(t)
  local customer = begin(t, "2026-03-13")
  local complaint = register(t:as("李静"), customer)
  carry_out(t, complaint)
  finish(t, complaint)
  t:equal(t:as("李静"):fails("INVALID_ARGUMENT", "complaint.close", { id = complaint.id }).field,
    "satisfied")
end)

crm.test("CMP-09: each action goes to its desk", function(t)
  local customer = begin(t, "2026-03-13")
  local complaint = register(t:as("李静"), customer)
  carry_out(t, complaint, {
    { kind = "exchange" }, { kind = "return" }, { kind = "packaging" }, { kind = "invitation" },
    { kind = "tour" }, { kind = "refund", amount = 100 }, { kind = "apology" },
  })
  t:equal(#titles(t, complaint, "刘仓管"), 2)
  t:equal(#titles(t, complaint, "钱生产"), 1)
  t:equal(#titles(t, complaint, "赵市场"), 2)
  t:equal(titles(t, complaint, "陈主管"), { "退款（济南顺达汽修）" }) -- nobody behind the desk finance
  t:equal(#titles(t, complaint, "李静"), 1)
end)

crm.test("CMP-10: five factors suggest a compensation", function(t)
  local customer = begin(t, "2026-03-13")
  local complaint = register(t, customer)
  local function judge(values)
    values.id = complaint.id
    return t:call("complaint.judge", values)
  end
  t:equal(judge({ company_fault = true, reasonable = false, future = false }).suggested, "more")
  t:equal(judge({ company_fault = false, reasonable = false, future = false }).suggested, "none")
  t:equal(judge({ company_fault = false, reasonable = false, future = true }).suggested, "some")
  local last = judge({ company_fault = false, reasonable = true, damage = true, influence = true,
    future = false })
  t:equal(last.suggested, "some")
  t:equal(last.judgement, { company_fault = false, reasonable = true, damage = true,
    influence = true, future = false })
end)

crm.test("CMP-11: a customer who refuses says what he wants", function(t)
  local customer = begin(t, "2026-03-13")
  local li = t:as("李静")
  local complaint = register(li, customer)
  li:call("complaint.propose", { id = complaint.id, plan = GIFTS })
  t:as("王总"):call("complaint.approve", { id = complaint.id })
  local back = li:call("complaint.confirm", { id = complaint.id, accepted = false,
    proposal = "全额退款" })
  t:includes(back, { state = "planning", customer_proposal = "全额退款", rejections = 1 })
  local raised = li:call("complaint.escalate", { id = complaint.id, level = "shift_leader" })
  t:includes(raised, { level = "shift_leader", first_line = true, closer = "李静" })
  t:equal(tasks(t, complaint, "complaint_shift_leader"), { "2026-03-13 孙班长 open" })
  t:equal(tasks(t, complaint, "complaint_inform"), { "2026-03-13 李静 open" })
end)

crm.test("CMP-12: the supervisor names a delegate, who may close", function(t)
  local customer = begin(t, "2026-03-13")
  local complaint = register(t:as("李静"), customer)
  carry_out(t, complaint)
  finish(t, complaint)
  t:as("李静"):call("complaint.escalate", { id = complaint.id })
  t:as("李静"):fails("PERMISSION_DENIED", "complaint.delegate",
    { id = complaint.id, delegate = "李静" })
  t:as("陈主管"):call("complaint.delegate", { id = complaint.id, delegate = "周强" })
  local yes = { id = complaint.id, satisfied = true }
  t:as("李静"):fails("TRANSITION_DENIED", "complaint.close", yes)
  t:equal(t:as("周强"):call("complaint.close", yes).closed, true)
end)

crm.test("CMP-14: a promised day, and the list of what is overdue", function(t)
  local customer = begin(t, "2026-03-13T10:00:00+08:00")
  local li = t:as("李静")
  local complaint = register(li, customer)
  li:call("complaint.acknowledge", { id = complaint.id, content = "周一答复",
    promised_on = "2026-03-16" })
  t:equal(get(t, complaint).due_at, MARCH_14 + 3 * DAY)
  t:advance("2026-03-16T23:59:59+08:00")
  t:equal(t:call("complaint.overdue").items, {})
  t:advance("2026-03-17")
  t:includes(t:call("complaint.overdue").items, { { id = complaint.id, responsible = "陈主管",
    state_text = "登记" } })
  t:equal(tasks(t, complaint, "complaint_overdue"), { "2026-03-17 陈主管 open" })
  t:equal(get(t, complaint).first_line, false)
end)

crm.test("CMP-15: not founded is explained, never compensated", function(t)
  local customer = begin(t, "2026-03-13")
  local li = t:as("李静")
  local complaint = register(li, customer)
  li:fails("TRANSITION_DENIED", "complaint.close", { id = complaint.id, outcome = "explained" })
  li:call("complaint.investigate", { id = complaint.id, founded = false, findings = "用错型号" })
  local plan = { { kind = "apology" }, { kind = "gift" } }
  local problem = li:fails("RULE_FAILED", "complaint.propose", { id = complaint.id, plan = plan })
  t:equal(problem.field, "plan[2].kind")
  local closed = li:call("complaint.close", { id = complaint.id, outcome = "explained" })
  t:equal(closed.closed, true)
end)

crm.test("CMP-16, C-31: never bought it; explained, and visited once", function(t)
  local customer = begin(t, "2026-03-13")
  local tea = t:call("record.create", { type = "product", values = { name = "茶" } })
  local oil = t:call("record.create", { type = "product", values = { name = "机油" } })
  t:call("order.create", { customer = customer.id, ordered_on = "2026-03-01",
    lines = { { product = oil.id, quantity = 1 } } })
  local mistake = t:call("order.create", { customer = customer.id, ordered_on = "2026-03-02",
    lines = { { product = tea.id, quantity = 1 } } })
  t:call("order.cancel", { id = mistake.id })
  local li = t:as("李静")
  t:equal(register(li, customer, { product = oil.id }).purchase, "found")
  t:equal(register(li, customer).purchase, "not_checked")
  local complaint = register(li, customer, { product = tea.id })
  t:equal(complaint.purchase, "not_found")
  li:call("complaint.investigate", { id = complaint.id, founded = false })
  li:call("complaint.close", { id = complaint.id, outcome = "explained" })
  t:equal(tasks(t, complaint, "revisit"), { "2026-03-20 李静 open" })
end)

crm.test("CMP-17: what is not done goes up by itself, to the leader's visit", function(t)
  local customer = begin(t, "2026-03-13T10:00:00+08:00")
  local complaint = register(t:as("李静"), customer, { severity = "simple" })
  t:advance("2026-03-16T23:00:00+08:00")
  t:equal(get(t, complaint).level, "shift_leader")
  t:equal(#tasks(t, complaint, "complaint_hurry"), 2)
  t:advance("2026-03-17T00:01:00+08:00")
  t:equal(get(t, complaint).level, "supervisor")
  t:equal(tasks(t, complaint, "complaint_leader"), {})
  t:advance("2026-03-18")
  t:equal(get(t, complaint).level, "leader")
  t:equal(#tasks(t, complaint, "complaint_leader"), 1)
end)

crm.test("CMP-05: the clock stands while the customer thinks", function(t)
  local customer = begin(t, "2026-03-09T09:00:00+08:00")
  local li = t:as("李静")
  local complaint = register(li, customer)
  t:equal(complaint.due_on, "2026-03-12")
  li:call("complaint.propose", { id = complaint.id, plan = GIFTS })
  t:advance("2026-03-10T18:00:00+08:00") -- two working days of four are left, with the first
  t:as("王总"):call("complaint.approve", { id = complaint.id })
  t:equal(get(t, complaint).resolution_due_at, nil)
  t:advance("2026-03-16T09:00:00+08:00")
  t:equal(get(t, complaint).level, "agent")
  li:call("complaint.confirm", { id = complaint.id })
  t:equal(get(t, complaint).due_on, "2026-03-17")
end)

crm.test("CMP-18, C-38: thanks on the next day, and a review", function(t)
  local customer = begin(t, "2026-03-13")
  local li = t:as("李静")
  local complaint = register(li, customer, { severity = "simple" })
  li:call("complaint.close", { id = complaint.id, satisfied = true })
  t:equal(tasks(t, complaint, "complaint_thanks"), { "2026-03-14 李静 open" })
  local thanks = t:call("record.find", { type = "task", where = { kind = "complaint_thanks" } })
  t:equal(thanks.items[1].title, "感谢 济南顺达汽修，并问：您还有别的问题吗？")
  t:equal(li:call("complaint.review", { id = complaint.id, review = "先听完再说" }).review,
    "先听完再说")
  t:equal(tasks(t, complaint, "complaint_review"), { "2026-03-14 李静 cancelled" })
end)

crm.test("CMP-19: statistics by class, product and staff", function(t)
  local customer = begin(t, "2026-03-13")
  local li = t:as("李静")
  register(li, customer)
  local simple = register(li, customer, { severity = "simple" })
  li:call("complaint.close", { id = simple.id, satisfied = true })
  register(li, customer, { class = "staff_delay", accused = "吴师傅", accused_in = "other" })
  t:advance("2026-03-14")
  register(t:as("周强"), customer)
  local found = t:call("complaint.statistics", { from = "2026-03-13", to = "2026-03-13" })
  t:includes(found, {
    total = 3, satisfied = 1,
    by_class = { { key = "product_quality", count = 2 }, { key = "staff_delay", count = 1 } },
    by_product = { { key = "机油 5W-30", count = 3 } },
    by_accused = { { key = "吴师傅", count = 1 } },
    by_handler = { { key = "李静", count = 2 }, { key = "陈主管", count = 1 } },
    by_state = { { key = "registered", count = 2 }, { key = "closed", count = 1 } },
  })
  t:equal(t:call("complaint.statistics", { from = "2026-03-13", to = "2026-03-14" }).total, 4)
end)

crm.test("C-13: the supervisor may refuse; the first line may not", function(t)
  local customer = begin(t, "2026-03-13")
  local complaint = register(t:as("李静"), customer)
  local no = { id = complaint.id, outcome = "refused" }
  t:as("李静"):fails("TRANSITION_DENIED", "complaint.close", no)
  t:as("李静"):call("complaint.escalate", { id = complaint.id })
  t:as("李静"):fails("TRANSITION_DENIED", "complaint.close", no)
  t:equal(t:as("陈主管"):call("complaint.close", no).complaint.outcome, "refused")
end)

crm.test("a closed complaint is opened again, but not for ever", function(t)
  local customer = begin(t, "2026-03-13")
  local li = t:as("李静")
  local complaint = register(li, customer, { severity = "simple" })
  li:call("complaint.close", { id = complaint.id, satisfied = true })
  t:advance("2026-03-20")
  t:includes(li:call("complaint.reopen", { id = complaint.id, reason = "又响了" }),
    { state = "investigating", due_on = "2026-03-23" })
  li:call("complaint.close", { id = complaint.id, satisfied = true })
  t:advance("2026-03-28")
  t:equal(li:fails("TRANSITION_DENIED", "complaint.reopen", { id = complaint.id }).message,
    "已过可重新打开的天数")
end)

crm.test("CMP-22: a desk that nobody sits behind is named", function(t)
  local customer = t:call("record.create", { type = "customer", values = { name = "王秀兰" } })
  local complaint = register(t, customer)
  local problem = t:language("en"):fails("RULE_FAILED", "complaint.escalate", { id = complaint.id })
  t:equal(problem.message, "nobody sits behind the desk supervisor: create a complaint_desk record")
end)

crm.test("CMP-09, CMP-18: days for actions, thanks and opening again are configured", function(t)
  t:configure { action_days = 3, thank_days = 2, reopen_days = 1 }
  local customer = begin(t, "2026-03-13")
  local complaint = register(t:as("李静"), customer)
  carry_out(t, complaint)
  t:equal(tasks(t, complaint, "complaint_action"),
    { "2026-03-16 刘仓管 open", "2026-03-16 赵市场 open" })
  finish(t, complaint)
  t:as("李静"):call("complaint.close", { id = complaint.id, satisfied = true })
  t:equal(tasks(t, complaint, "complaint_thanks"), { "2026-03-15 李静 open" })
  t:advance("2026-03-15")
  t:fails("TRANSITION_DENIED", "complaint.reopen", { id = complaint.id })
  t:configure { reopen_days = 2 }
  t:equal(t:call("complaint.reopen", { id = complaint.id }).state, "investigating")
end)

crm.test("CMP-07: a plan that was approved is not changed behind the leader's back", function(t)
  local customer = begin(t, "2026-03-13")
  local complaint = register(t:as("李静"), customer)
  t:as("李静"):call("complaint.propose", { id = complaint.id, plan = GIFTS })
  t:as("王总"):call("complaint.approve", { id = complaint.id })
  local other = { type = "complaint", id = complaint.id,
    values = { plan = { { kind = "refund", amount = 9999999 } } } }
  t:equal(t:as("李静"):fails("VALIDATION_FAILED", "record.update", other).field, "plan")
  t:equal(#get(t, complaint).plan, 2)
end)

crm.test("CMP-09: everybody gets his part, whatever way it comes to be carried out", function(t)
  local customer = begin(t, "2026-03-13")
  local li = t:as("李静")
  local complaint = register(li, customer)
  local function execute(values)
    return { type = "complaint", id = complaint.id, to = "executing", field = "state",
             values = values }
  end
  carry_out(t, complaint)
  t:equal(#tasks(t, complaint, "complaint_action"), 2)
  li:call("record.move", { type = "complaint", id = complaint.id, to = "planning",
    field = "state" })
  t:equal(get(t, complaint).agreement, nil)
  t:equal(tasks(t, complaint, "complaint_action"),
    { "2026-03-14 刘仓管 cancelled", "2026-03-14 赵市场 cancelled" })
  li:call("complaint.propose", { id = complaint.id, plan = { { kind = "exchange" } } })
  t:as("王总"):call("complaint.approve", { id = complaint.id })
  li:call("complaint.confirm", { id = complaint.id })
  li:fails("TRANSITION_DENIED", "record.move", execute()) -- what was agreed was another plan
  li:call("record.move", execute({ agreement = "换货" }))
  t:equal(tasks(t, complaint, "complaint_action")[3], "2026-03-14 刘仓管 open")
  finish(t, complaint)
  li:call("complaint.close", { id = complaint.id, satisfied = false })
  t:equal(get(t, complaint).agreement, nil)
end)

crm.test("CMP-18: while it is disputed again nobody is thanked, and the reason stays", function(t)
  local customer = begin(t, "2026-03-13")
  local li = t:as("李静")
  local complaint = register(li, customer, { severity = "complex" })
  carry_out(t, complaint)
  finish(t, complaint)
  li:call("complaint.close", { id = complaint.id, satisfied = true })
  local opened = li:call("complaint.reopen", { id = complaint.id, reason = "又响了" })
  t:includes(opened, { reason = "换油后发动机异响", reopen_reason = "又响了",
    state = "investigating" })
  for _, field in ipairs({ "satisfied", "outcome", "closed_on", "closed_by", "confirmed_on",
    "agreement" }) do t:equal(opened[field], nil) end
  t:equal(tasks(t, complaint, "complaint_thanks"), { "2026-03-14 李静 cancelled" })
  t:equal(tasks(t, complaint, "complaint_review"), { "2026-03-14 李静 cancelled" })
  t:equal(tasks(t, complaint, "complaint_progress"),
    { "2026-03-18 李静 cancelled", "2026-03-18 李静 open" })
  carry_out(t, complaint)
  finish(t, complaint)
  li:call("complaint.close", { id = complaint.id, satisfied = true })
  t:equal(tasks(t, complaint, "complaint_thanks")[2], "2026-03-14 李静 open")
end)

crm.test("CMP-12, CMP-17: without a supervisor's desk whoever has it can close it", function(t)
  t:advance("2026-03-13T10:00:00+08:00")
  local customer = t:call("record.create", { type = "customer", values = { name = "王秀兰" } })
  local li = t:as("李静")
  local complaint = register(li, customer, { severity = "simple" })
  t:advance("2026-03-20")
  t:includes(get(t, complaint), { level = "leader", closer = "李静", first_line = true })
  li:fails("TRANSITION_DENIED", "complaint.close", { id = complaint.id, outcome = "refused" })
  local other = register(li, customer)
  t:equal(li:call("complaint.close", { id = complaint.id, satisfied = true }).closed, true)
  t:call("record.create", { type = "complaint_desk",
    values = { name = "supervisor", person = "陈主管" } })
  t:advance("2026-04-10") -- a desk that was set meanwhile counts
  t:includes(get(t, other), { supervisor = "陈主管", closer = "陈主管", first_line = false })
end)

crm.test("CMP-17: what is closed is not taken up", function(t)
  local customer = begin(t, "2026-03-13")
  local li = t:as("李静")
  local complaint = register(li, customer, { severity = "simple" })
  li:call("complaint.close", { id = complaint.id, satisfied = true })
  local problem = li:fails("RULE_FAILED", "complaint.escalate", { id = complaint.id })
  t:equal({ problem.field, problem.message },
    { "id", "投诉已于 2026-03-13 结案；请先重新打开（complaint.reopen）" })
  t:equal(tasks(t, complaint, "complaint_supervisor"), {})
  t:equal(get(t, complaint).level, "agent")
  li:call("complaint.reopen", { id = complaint.id })
  t:equal(li:call("complaint.escalate", { id = complaint.id }).level, "supervisor")
end)

crm.test("CMP-06: the task of the first answer, done, is the first answer", function(t)
  local customer = begin(t, "2026-03-13T10:00:00+08:00")
  local li = t:as("李静")
  local complaint = register(li, customer)
  local task = li:call("task.list", { kind = "complaint_answer" }).items[1]
  li:call("task.complete", { id = task.id, result = "答复了" })
  t:includes(get(t, complaint), { answer = "given", due_at = complaint.resolution_due_at })
  t:equal(get(t, complaint).answer_due_at, nil)
  t:advance("2026-03-14")
  t:equal(t:call("complaint.overdue").items, {})
  for _, kind in ipairs({ "complaint_answer", "complaint_action" }) do -- by hand, of no complaint
    local loose = t:call("record.create", { type = "task", values = { customer = customer.id,
      kind = kind, title = "回电", due_on = "2026-03-14" } })
    t:equal(t:call("task.complete", { id = loose.id, result = "好" }).state, "done")
  end
end)

crm.test("CMP-07: what was decided by record.move is nobody's task any more", function(t)
  local customer = begin(t, "2026-03-13")
  local complaint = register(t:as("李静"), customer)
  t:as("李静"):call("complaint.propose", { id = complaint.id, plan = GIFTS })
  t:equal(tasks(t, complaint, "complaint_approve"), { "2026-03-13 王总 open" })
  t:as("王总"):call("record.move", { type = "complaint", id = complaint.id, to = "confirmation",
    field = "state" })
  t:equal(tasks(t, complaint, "complaint_approve"), { "2026-03-13 王总 cancelled" })
end)
