-- desk: who does what. A complaint_desk record names the person behind a desk, so that somebody new
-- is one changed record and no new code (CMP-22).

local desk = {}

local function behind(ctx, name)
  local found = ctx:find("complaint_desk", { where = { name = name }, limit = 1 })[1]
  return found and found.person
end

-- WHO is asked in place of the accused, from whom the complaint is hidden: one desk up, which is
-- the supervisor, then the leader (CMP-13). Nil where nobody is left.
function desk.above(ctx, name, accused)
  if name == "leader" then return nil end
  local higher = name == "supervisor" and "leader" or "supervisor"
  local person = behind(ctx, higher)
  if person and person ~= accused then return person end
  return desk.above(ctx, higher, accused)
end

-- The person of the desk, or nil where none is set. Never the accused.
function desk.person(ctx, name, accused)
  local person = behind(ctx, name)
  if person == nil or person ~= accused then return person end
  return desk.above(ctx, name, accused)
end

-- The person of the desk; fails where none is set.
function desk.required(ctx, name, accused)
  local person = desk.person(ctx, name, accused)
  if not person then ctx:fail("RULE_FAILED", "no_desk", { field = "name", desk = name }) end
  return person
end

local function owner_of(ctx, complaint, person)
  local owner = person or complaint.supervisor or complaint.handler
  if not owner or owner ~= complaint.accused then return owner end
  return desk.above(ctx, nil, complaint.accused)
end

-- A task of the complaint. It stays apart from other tasks of the customer's day: it belongs to
-- somebody else.
function desk.task(ctx, complaint, kind, person, due_on, key, values)
  return ctx:create("task", {
    complaint = complaint.id,
    accused = complaint.accused,
    customer = complaint.customer,
    kind = kind,
    owner = owner_of(ctx, complaint, person),
    due_on = due_on,
    title = ctx:text(key, values),
  })
end

-- Cancels the open tasks of the complaint; with `kind`, only those.
function desk.cancel(ctx, complaint, kind)
  local where = { complaint = complaint.id, state = "open", kind = kind }
  for _, task in ipairs(ctx:find("task", { where = where, limit = 500 })) do
    ctx:update("task", task.id, { state = "cancelled" })
  end
end

-- Nobody deals with a complaint about herself, whoever put her there: one desk up does. Who is
-- found to be the accused later loses her tasks as well (CMP-13).
local function hand_up(ctx, it)
  local values, person = {}, desk.above(ctx, nil, it.accused)
  for _, field in ipairs({ "handler", "supervisor", "closer", "approver" }) do
    if it[field] == it.accused then values[field] = person or crm.null end
  end
  if it.delegate == it.accused then values.delegate = crm.null end
  if values.handler then
    if not person then
      ctx:fail("RULE_FAILED", "no_desk", { field = "handler", desk = "supervisor" })
    end
    values.first_line = false
    if it.level ~= "leader" then values.level = "supervisor" end
  end
  if next(values) then ctx:update("complaint", it.id, values) end
end

local function mark_tasks(ctx, it)
  for task in ctx:each("task", { where = { complaint = it.id } }) do
    local values = { accused = it.accused or crm.null }
    if it.accused and task.state == "open" and task.owner == it.accused then
      values.owner = desk.above(ctx, nil, it.accused) or it.handler
    end
    ctx:update("task", task.id, values)
  end
end

desk.rules = {
  -- Its name comes before complaint_begin: the first tasks have their owners from here.
  complaint_accused = {
    on = "complaint", events = { "create", "update" },
    fields = { "accused", "handler", "supervisor", "closer", "approver", "delegate" },
    doc = "Nobody deals with a complaint about herself (CMP-13).",
    before = function(ctx, change)
      local it = change.after
      if it.accused then hand_up(ctx, it) end
      if change.before and change.before.accused ~= it.accused then mark_tasks(ctx, it) end
    end,
  },
  complaint_said = {
    on = "activity", events = { "create" },
    where = { task = { is_null = false }, accused = { is_null = true } },
    doc = "What was said when a task was done is hidden as the task is (CMP-13).",
    before = function(ctx, change)
      local accused = ctx:get("task", change.after.task).accused
      if accused then ctx:update("activity", change.id, { accused = accused }) end
    end,
  },
}

return desk
