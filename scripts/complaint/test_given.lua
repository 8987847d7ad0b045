-- test_given: people, a customer, and the steps that many tests begin with.

local given = {}

local PEOPLE = {
  supervisor = "陈主管", shift_leader = "孙班长", leader = "王总", warehouse = "刘仓管",
  marketing = "赵市场", production = "钱生产", ["售后部"] = "郑师傅",
}

local function begin(t, at)
  t:advance(at)
  for name, person in pairs(PEOPLE) do
    t:call("record.create", { type = "complaint_desk", values = { name = name, person = person } })
  end
  return t:call("record.create", { type = "customer", values = {
    name = "济南顺达汽修", kind = "company", phone = "138-0000-3001", address = "济南市工业北路 8 号",
  } })
end

local function register(t, customer, more)
  local params = {
    customer = customer.id, reason = "换油后发动机异响", channel = "phone", class = "product_quality",
    product_name = "机油 5W-30", batch = "20260715",
  }
  for key, value in pairs(more or {}) do params[key] = value end
  return t:call("complaint.register", params)
end

local function get(t, complaint)
  return t:call("record.get", { type = "complaint", id = complaint.id })
end

-- The tasks of the complaint of that kind, as "day owner state".
local function tasks(t, complaint, kind)
  local found = {}
  for _, task in ipairs(t:call("record.find", { type = "task", order = { "due_on", "id" },
    where = { complaint = complaint.id, kind = kind } }).items) do
    found[#found + 1] = task.due_on .. " " .. task.owner .. " " .. task.state
  end
  return found
end

local function titles(t, complaint, owner)
  local found = {}
  for _, task in ipairs(t:call("record.find", { type = "task",
    where = { complaint = complaint.id, owner = owner, kind = "complaint_action" } }).items) do
    found[#found + 1] = task.title
  end
  return found
end

local function finish(t, complaint)
  for _, task in ipairs(t:call("record.find", { type = "task",
    where = { complaint = complaint.id, kind = "complaint_action", state = "open" } }).items) do
    t:call("task.complete", { id = task.id, result = "办好了" })
  end
end

local GIFTS = {
  { kind = "gift", text = "4 L 机油", quantity = 2 }, { kind = "small_gift", text = "保温杯" },
}

-- To the state executing, by the long way.
local function carry_out(t, complaint, plan)
  t:as("李静"):call("complaint.propose", { id = complaint.id, plan = plan or GIFTS })
  t:as("王总"):call("complaint.approve", { id = complaint.id })
  t:as("李静"):call("complaint.confirm", { id = complaint.id })
  t:as("李静"):call("complaint.agree", { id = complaint.id, agreement = "双方同意" })
end

given.begin, given.register, given.get = begin, register, get
given.tasks, given.titles, given.finish, given.carry_out = tasks, titles, finish, carry_out
given.GIFTS = GIFTS

return given
