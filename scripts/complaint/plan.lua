-- plan: what is offered to the customer, who allows it, and who carries it out.

local date = crm.date
local desk = crm.require("desk")
local plan = {}

-- WHICH DESK carries an action out; the handler does what has none (CMP-09).
local DESKS = {
  exchange = "warehouse", ["return"] = "warehouse", gift = "warehouse",
  small_gift = "marketing", tour = "marketing", invitation = "marketing",
  packaging = "production",
  refund = "finance", discount = "finance",
}

-- WHAT COSTS something, whether or not it was said how much.
local COSTS = {
  exchange = true, ["return"] = true, gift = true, discount = true, refund = true,
  small_gift = true,
}

-- Whether the leader must approve. Always, when it is more than simple; a simple one when the
-- compensation is more than a handler may give, or nobody said what it costs (C-12). An amount
-- counts whatever it is for: a tour, too, can be dear.
local function needs_approval(ctx, complaint, actions)
  if complaint.severity ~= "simple" then return true end
  local sum = 0
  for _, action in ipairs(actions) do
    if COSTS[action.kind] and not action.amount then return true end
    sum = sum + (action.amount or 0)
  end
  return sum > ctx.config.authority
end

local function check(ctx, complaint, actions)
  for at, action in ipairs(actions) do
    local field = string.format("plan[%d].kind", at)
    if COSTS[action.kind] and complaint.founded == false then
      ctx:fail("RULE_FAILED", "not_founded", { field = field })
    end
    if action.kind == "refund" and ctx.config.refund_needs_order and not action.order then
      ctx:fail("RULE_FAILED", "refund_without_order", { field = field })
    end
  end
end

-- complaint.propose: the plan goes to the leader, or straight to the customer. What was not looked
-- into yet counts as founded.
function plan.propose(ctx, params)
  local complaint = ctx:get("complaint", params.id)
  check(ctx, complaint, params.plan)
  local asked = needs_approval(ctx, complaint, params.plan)
  local values = { plan = params.plan, needs_approval = asked, satisfied = crm.null }
  if asked then
    values.approver = desk.person(ctx, "leader", complaint.accused)
      or desk.required(ctx, "supervisor", complaint.accused)
  end
  if complaint.state == "registered" then
    ctx:move("complaint", complaint.id, "investigating", {}, "state")
  end
  if complaint.state == "registered" or complaint.state == "investigating" then
    ctx:move("complaint", complaint.id, "planning", {}, "state")
  end
  ctx:update("complaint", complaint.id, values)
  local to = asked and "approval" or "confirmation"
  complaint = ctx:move("complaint", complaint.id, to, {}, "state")
  if asked then
    desk.task(ctx, complaint, "complaint_approve", complaint.approver, ctx.today, "approve",
      { reason = complaint.reason })
  end
  return complaint
end

-- complaint.approve: the leader decides; without leave the plan goes back (CMP-07).
function plan.approve(ctx, params)
  local to = params.approved == false and "planning" or "confirmation"
  return ctx:move("complaint", params.id, to, {}, "state")
end

-- Decided, by whatever way.
function plan.decided(ctx, change)
  desk.cancel(ctx, change.after, "complaint_approve")
end

-- complaint.confirm: what the customer says to the plan. Who refuses says what he wants himself
-- (CMP-11).
function plan.confirm(ctx, params)
  local complaint = ctx:get("complaint", params.id)
  if params.accepted == false then
    return ctx:move("complaint", complaint.id, "planning", {
      customer_proposal = params.proposal, rejections = complaint.rejections + 1,
    }, "state")
  end
  local to = complaint.needs_approval and "agreement" or "executing"
  return ctx:move("complaint", complaint.id, to, { confirmed_on = ctx.today }, "state")
end

-- complaint.agree: the agreement is stored, and everybody gets his part (CMP-09).
function plan.agree(ctx, params)
  return ctx:move("complaint", params.id, "executing", { agreement = params.agreement }, "state")
end

local function words(ctx, action)
  local pieces = { ctx:text("action_" .. action.kind) }
  if action.text then pieces[#pieces + 1] = action.text end
  if action.product then pieces[#pieces + 1] = ctx:get("product", action.product).name end
  if action.quantity then pieces[#pieces + 1] = "× " .. action.quantity end
  return table.concat(pieces, " ")
end

-- Everybody's part, by whatever way the complaint came to be carried out.
function plan.dispatch(ctx, change)
  local complaint = change.after
  local due_on = date.add(ctx.today, { days = ctx.config.action_days })
  local customer = ctx:get("customer", complaint.customer).name
  for _, action in ipairs(complaint.plan or {}) do
    local name = DESKS[action.kind]
    local person = complaint.handler
    if name then person = desk.person(ctx, name, complaint.accused) or complaint.supervisor end
    desk.task(ctx, complaint, "complaint_action", person, due_on, "action",
      { action = words(ctx, action), customer = customer })
  end
end

-- Another plan is another agreement, and other parts.
function plan.begin_anew(ctx, change)
  if change.event == "create" then return end
  desk.cancel(ctx, change.after, "complaint_action")
  if not change.after.agreement then return end
  ctx:update("complaint", change.id, { agreement = crm.null })
end

-- complaint.track: the customer was asked how it went. Where tasks are still open, they are done.
function plan.track(ctx, params)
  local complaint = ctx:get("complaint", params.id)
  if complaint.state ~= "tracking" then
    complaint = ctx:move("complaint", params.id, "tracking", {}, "state")
  end
  ctx:create("activity", { customer = complaint.customer, kind = params.method or "phone",
    at = ctx.now, owner = ctx.actor, content = params.content, accused = complaint.accused })
  return complaint
end

return plan
