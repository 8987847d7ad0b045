-- Each test begins with empty data on 2026-01-01 at 09:00. Run them with: haoke test template
crm.test_on("empty")

local function customer(t)
  return t:call("record.create", { type = "customer", values = { name = "王秀兰", owner = "李静" } })
end

crm.test("a note is asked about seven days later", function(t)
  local wang = customer(t)
  t:advance("2026-03-02")
  t:call("template.write", { customer = wang.id, text = "想试试新茶" })
  t:includes(t:call("task.list", { on = "2026-03-09" }).items, {
    { kind = "template", due_on = "2026-03-09", owner = "李静", title = "询问 王秀兰" },
  })
end)

crm.test("notes are listed with the newest first", function(t)
  local wang = customer(t)
  t:call("template.write", { customer = wang.id, text = "想试试新茶" })
  t:call("template.write", { customer = wang.id, text = "送过样品了" })
  t:includes(t:call("template.list", { customer = wang.id }).items, {
    { text = "送过样品了" }, { text = "想试试新茶" },
  })
end)

crm.test("a note of one character is refused", function(t)
  local wang = customer(t)
  local problem = t:fails("RULE_FAILED", "template.write", { customer = wang.id, text = "好" })
  t:equal(problem.field, "text")
  t:equal(problem.message, "随记至少写两个字")
end)
