-- test_accused: what a complaint about somebody is kept from, and who has it instead (CMP-13).

local given = crm.require("test_given")
local begin, register, get = given.begin, given.register, given.get
local tasks, finish, GIFTS = given.tasks, given.finish, given.GIFTS

crm.test("CMP-13, C-39: complaints about staff bypass the agents", function(t)
  local customer = begin(t, "2026-03-13")
  local own = register(t:as("周强"), customer, { class = "staff_attitude", accused = "李静",
    accused_in = "call_centre" })
  t:includes(own, { handler = "陈主管", level = "supervisor", closer = "陈主管", first_line = false })
  t:equal(tasks(t, own, "complaint_discipline"), { "2026-03-13 陈主管 open" })
  local other = register(t:as("李静"), customer, { class = "staff_skill", accused = "吴师傅",
    accused_in = "other", department = "售后部" })
  t:equal(tasks(t, other, "complaint_department"), { "2026-03-13 郑师傅 open" })
  t:equal(tasks(t, other, "complaint_discipline"), {})
end)

crm.test("CMP-13: a complaint about somebody is hidden from her", function(t)
  local customer = begin(t, "2026-03-13")
  local li, chen = t:as("李静"), t:as("陈主管")
  local about = { class = "staff_attitude", accused = "李静", accused_in = "call_centre" }
  local own = register(li, customer, about) -- the customer told it to her
  t:equal(own.handler, nil)
  t:includes(get(t, own), { handler = "陈主管", accused = "李静" })
  chen:call("complaint.acknowledge", { id = own.id, content = "我来处理" })
  for _, type in ipairs({ "complaint", "task", "activity" }) do
    t:equal(#li:call("record.find", { type = type }).items, 0)
    t:equal(chen:call("record.count", { type = type }).count > 0, true)
  end
  li:fails("NOT_FOUND", "complaint.close", { id = own.id, satisfied = true })
  local day = { from = "2026-03-13", to = "2026-03-13" }
  t:equal(li:call("complaint.statistics", day).total, 0)
  t:includes(chen:call("complaint.statistics", day),
    { total = 1, by_class = { { key = "staff_attitude", count = 1 } } })
end)

crm.test("CMP-13: a complaint about the supervisor goes to the leader", function(t)
  local customer = begin(t, "2026-03-13")
  local it = register(t:as("李静"), customer, { class = "staff_attitude", accused = "陈主管",
    accused_in = "call_centre" })
  t:includes(it, { handler = "王总", closer = "王总", supervisor = "王总", first_line = false })
  t:equal(tasks(t, it, "complaint_answer"), { "2026-03-13 王总 open" })
  t:equal(tasks(t, it, "complaint_discipline"), { "2026-03-13 王总 open" })
  t:as("王总"):call("complaint.escalate", { id = it.id })
  t:equal(tasks(t, it, "complaint_supervisor"), { "2026-03-13 王总 open" })
end)

crm.test("CMP-13: whoever registers a complaint about herself does not handle it", function(t)
  local customer = begin(t, "2026-03-13")
  local it = register(t:as("李静"), customer, { class = "housing_use", accused = "李静" })
  t:includes(get(t, it), { handler = "陈主管", closer = "陈主管", level = "supervisor",
    first_line = false })
  t:equal(tasks(t, it, "complaint_answer"), { "2026-03-13 陈主管 open" })
  t:equal(#t:as("陈主管"):call("task.list", {}).items, 1)
end)

crm.test("CMP-13: a department's head who is accused is passed over", function(t)
  local customer = begin(t, "2026-03-13")
  local it = register(t:as("李静"), customer, { class = "staff_skill", accused = "郑师傅",
    accused_in = "other", department = "售后部" })
  t:equal(tasks(t, it, "complaint_department"), { "2026-03-13 陈主管 open" })
end)

crm.test("CMP-13: a complaint is not given to whom it is about", function(t)
  local customer = begin(t, "2026-03-13")
  local it = register(t:as("李静"), customer, { class = "staff_delay", accused = "吴师傅" })
  local chen = t:as("陈主管")
  t:equal(chen:fails("RULE_FAILED", "complaint.delegate", { id = it.id, delegate = "吴师傅" }).field,
    "delegate")
  t:equal(chen:fails("RULE_FAILED", "complaint.escalate", { id = it.id, to = "吴师傅" }).field, "to")
end)

crm.test("CMP-13: who is accused later loses the complaint and its tasks", function(t)
  local customer = begin(t, "2026-03-13")
  local it = register(t:as("李静"), customer)
  t:as("李静"):call("complaint.propose", { id = it.id, plan = GIFTS })
  t:call("record.update", { type = "complaint", id = it.id, values = { accused = "李静" } })
  t:includes(get(t, it), { handler = "陈主管", closer = "陈主管" })
  t:equal(tasks(t, it, "complaint_answer"), { "2026-03-13 陈主管 open" })
  t:equal(t:as("李静"):call("record.count", { type = "task" }).count, 0)
  t:call("record.update", { type = "complaint", id = it.id, values = { accused = "王总" } })
  t:equal(get(t, it).approver, "陈主管")
  t:equal(tasks(t, it, "complaint_approve"), { "2026-03-13 陈主管 open" })
  t:call("record.update", { type = "complaint", id = it.id, values = { accused = crm.null } })
  t:equal(t:as("李静"):call("record.count", { type = "task" }).count > 0, true)
end)

crm.test("CMP-13: what was said while a plan was carried out is hidden as well", function(t)
  local customer = begin(t, "2026-03-13")
  local it = register(t:as("周强"), customer, { class = "staff_delay", accused = "李静" })
  t:as("陈主管"):call("complaint.propose", { id = it.id, plan = { { kind = "apology" } } })
  t:as("王总"):call("complaint.approve", { id = it.id })
  t:as("陈主管"):call("complaint.confirm", { id = it.id })
  t:as("陈主管"):call("complaint.agree", { id = it.id, agreement = "道歉" })
  finish(t, it)
  t:as("陈主管"):call("complaint.track", { id = it.id, content = "客户接受了道歉" })
  t:equal(t:call("record.count", { type = "activity" }).count, 2)
  t:equal(t:as("李静"):call("record.count", { type = "activity" }).count, 0)
end)

return true
