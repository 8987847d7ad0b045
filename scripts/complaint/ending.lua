-- ending: closing a complaint, opening it again, and what is learned from many.

local desk = crm.require("desk")
local ending = {}

-- A customer who is not satisfied: nothing is closed, there is to be another plan (CMP-08).
local function back_to_plan(ctx, complaint)
  if complaint.state ~= "planning" then
    ctx:move("complaint", complaint.id, "planning", { satisfied = false, confirmed_on = crm.null },
      "state")
  end
  return { closed = false, state = "planning", complaint = ctx:get("complaint", complaint.id) }
end

-- complaint.close (CMP-08, CMP-12, C-13). Who may, and when, is said by the states in flow.lua.
function ending.close(ctx, params)
  local complaint = ctx:get("complaint", params.id)
  local outcome = params.outcome or "solved"
  if outcome == "solved" and params.satisfied == nil then
    ctx:fail("INVALID_ARGUMENT", "satisfied_needed", { field = "satisfied" })
  end
  if outcome == "solved" and params.satisfied == false then return back_to_plan(ctx, complaint) end
  complaint = ctx:move("complaint", complaint.id, "closed", {
    satisfied = params.satisfied, outcome = outcome, closed_on = ctx.today, closed_by = ctx.actor,
  }, "state")
  if complaint.answer == "waiting" then
    complaint = ctx:move("complaint", complaint.id, "given", {}, "answer")
  end
  return { closed = true, state = "closed", complaint = complaint }
end

-- complaint.reopen
function ending.reopen(ctx, params)
  return ctx:move("complaint", params.id, "investigating",
    { reopen_reason = params.reason or crm.null }, "state")
end

-- complaint.review: what we learn from it (CMP-18).
function ending.review(ctx, params)
  local complaint = ctx:update("complaint", params.id, { review = params.review })
  desk.cancel(ctx, complaint, "complaint_review")
  return complaint
end

-- complaint.overdue: whose earliest clock has ended, the oldest first (CMP-14).
function ending.overdue(ctx, params)
  local page, following = ctx:find("complaint", {
    where = { due_at = { le = ctx.now }, state = { ne = "closed" }, handler = params.handler },
    order = "due_at", limit = params.limit, after = params.after,
  })
  local items = {}
  for _, it in ipairs(page) do
    items[#items + 1] = {
      id = it.id, customer = it.customer, reason = it.reason, state = it.state,
      state_text = ctx:text("state_" .. it.state), due_at = it.due_at, handler = it.handler,
      responsible = it.supervisor or it.handler,
    }
  end
  return { items = items, next = following }
end

local function rows(counts)
  local list = {}
  for key, count in pairs(counts) do list[#list + 1] = { key = key, count = count } end
  table.sort(list, function(one, other) return one.count > other.count end)
  return crm.list(list)
end

local function add(counts, key)
  if key then counts[key] = (counts[key] or 0) + 1 end
end

-- complaint.statistics (CMP-19).
function ending.statistics(ctx, params)
  local class, product, accused, handler, state = {}, {}, {}, {}, {}
  local total, satisfied, founded = 0, 0, 0
  local where = { registered_on = { between = { params.from, params.to } } }
  for it in ctx:each("complaint", { where = where }) do
    total = total + 1
    if it.satisfied then satisfied = satisfied + 1 end
    if it.founded then founded = founded + 1 end
    add(class, it.class)
    add(product, it.product_name or it.product and ctx:get("product", it.product).name)
    add(accused, it.accused)
    add(handler, it.handler)
    add(state, it.state)
  end
  return { total = total, satisfied = satisfied, founded = founded, by_class = rows(class),
           by_product = rows(product), by_accused = rows(accused), by_handler = rows(handler),
           by_state = rows(state) }
end

return ending
