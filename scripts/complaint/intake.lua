-- intake: registering a complaint and finding out what happened.

local desk = crm.require("desk")
local flow = crm.require("flow")
local intake = {}

local function is_about(complaint, what)
  return string.sub(complaint.class, 1, #what) == what
end

-- Whether the customer ever bought the product (CMP-16). Only a product of the catalogue can be
-- looked for.
local function purchase_of(ctx, customer, product)
  if not product then return "not_checked" end
  for order in ctx:each("order", { where = { customer = customer } }) do
    for _, line in ipairs(order.state ~= "cancelled" and order.lines or {}) do
      if line.product == product then return "found" end
    end
  end
  return "not_found"
end

-- A complaint about somebody never lands with a colleague: the supervisor has it at once. Somebody
-- of the call centre she looks into herself, others she passes to their department (CMP-13, C-39).
local function route_staff(ctx, complaint)
  if complaint.accused_in == "call_centre" then
    desk.task(ctx, complaint, "complaint_discipline", complaint.handler, ctx.today, "discipline",
      { accused = complaint.accused or "" })
  elseif complaint.department then
    local person = desk.person(ctx, complaint.department, complaint.accused)
    desk.task(ctx, complaint, "complaint_department", person, ctx.today, "passed_on",
      { department = complaint.department, reason = complaint.reason })
  end
end

-- complaint.register (CMP-01, CMP-20).
function intake.register(ctx, params)
  local customer = ctx:get("customer", params.customer)
  local values = {}
  for key, value in pairs(params) do values[key] = value end
  values.company = params.company or (customer.kind == "company" and customer.name or nil)
  values.address = params.address or customer.address
  values.phone = params.phone or customer.phone
  values.recorder = ctx.actor
  values.registered_on = ctx.today
  values.supervisor = desk.person(ctx, "supervisor", params.accused)
  values.handler = params.handler or ctx.actor
  values.purchase = purchase_of(ctx, customer.id, params.product)
  if is_about(params, "staff") then
    values.handler = desk.required(ctx, "supervisor", params.accused)
    values.level, values.first_line = "supervisor", false
  end
  values.closer = values.handler
  return ctx:create("complaint", values)
end

-- WHO begins. A rule: whoever registers a complaint about herself does not see it any more.
function intake.begin(ctx, change)
  local complaint = change.after
  desk.task(ctx, complaint, "complaint_answer", complaint.handler, ctx.today, "first_answer",
    { customer = ctx:get("customer", complaint.customer).name, reason = complaint.reason })
  if is_about(complaint, "staff") then route_staff(ctx, complaint) end
end

-- complaint.acknowledge: the first answer, with what can be told by then (CMP-06).
function intake.acknowledge(ctx, params)
  local complaint = ctx:move("complaint", params.id, "given",
    { promised_on = params.promised_on }, "answer")
  desk.cancel(ctx, complaint, "complaint_answer")
  ctx:create("activity", { customer = complaint.customer, kind = params.method or "phone",
    at = ctx.now, owner = ctx.actor, content = params.content, accused = complaint.accused })
  return complaint
end

-- complaint.investigate: begins; with findings, ends (CMP-15).
function intake.investigate(ctx, params)
  local complaint = ctx:get("complaint", params.id)
  if complaint.state == "registered" then
    complaint = ctx:move("complaint", params.id, "investigating", {}, "state")
  end
  if params.founded == nil then return complaint end
  return ctx:move("complaint", params.id, "planning",
    { founded = params.founded, findings = params.findings }, "state")
end

-- HOW MUCH is right. Our own fault: more than is asked for. Unreasonable, and nothing to come from
-- it: nothing (CMP-10).
local function suggest(judgement)
  if judgement.company_fault then return "more" end
  if not judgement.reasonable and not judgement.future then return "none" end
  return "some"
end

-- complaint.judge
function intake.judge(ctx, params)
  local judgement = {}
  for key, value in pairs(params) do
    if key ~= "id" then judgement[key] = value end
  end
  return ctx:update("complaint", params.id,
    { judgement = judgement, suggested = suggest(judgement) })
end

-- From whom a complaint is hidden cannot be given it (CMP-13).
local function not_accused(ctx, complaint, field, person)
  if not person or person ~= complaint.accused then return end
  ctx:fail("RULE_FAILED", "is_accused", { field = field, person = person })
end

-- complaint.escalate: up to the shift leader or higher; the customer is told how things stand
-- (CMP-11, CMP-17).
function intake.escalate(ctx, params)
  local complaint = ctx:get("complaint", params.id)
  local level = params.level or "supervisor"
  if complaint.state == "closed" then
    ctx:fail("RULE_FAILED", "closed_already", { field = "id", on = complaint.closed_on or "" })
  end
  not_accused(ctx, complaint, "to", params.to)
  local person = params.to or desk.required(ctx, level, complaint.accused)
  local values = {}
  if level == "supervisor" then values.supervisor = person end
  complaint = flow.raise(ctx, complaint, level, values)
  local words = { reason = params.reason or complaint.reason }
  local key = level == "leader" and "leader_visit" or "escalated"
  desk.task(ctx, complaint, "complaint_" .. level, person, ctx.today, key, words)
  desk.task(ctx, complaint, "complaint_inform", complaint.handler, ctx.today, "inform",
    { customer = ctx:get("customer", complaint.customer).name })
  return complaint
end

-- complaint.delegate: the supervisor names who acts for her (CMP-12).
function intake.delegate(ctx, params)
  local complaint = ctx:get("complaint", params.id)
  if ctx.actor ~= complaint.supervisor then
    ctx:fail("PERMISSION_DENIED", "not_supervisor",
      { field = "id", supervisor = complaint.supervisor or "" })
  end
  not_accused(ctx, complaint, "delegate", params.delegate)
  return ctx:update("complaint", params.id, { delegate = params.delegate })
end

return intake
