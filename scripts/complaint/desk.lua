-- desk: who does what. A complaint_desk record names the person behind a desk, so that somebody new
-- is one changed record and no new code (CMP-22).

local desk = {}

-- The person of the desk, or nil where none is set.
function desk.person(ctx, name)
  local found = ctx:find("complaint_desk", { where = { name = name }, limit = 1 })[1]
  return found and found.person
end

-- The person of the desk; fails where none is set.
function desk.required(ctx, name)
  local person = desk.person(ctx, name)
  if not person then ctx:fail("RULE_FAILED", "no_desk", { field = "name", desk = name }) end
  return person
end

-- A task of the complaint. It stays apart from other tasks of the customer's day: it belongs to
-- somebody else.
function desk.task(ctx, complaint, kind, person, due_on, key, values)
  return ctx:create("task", {
    complaint = complaint.id,
    accused = complaint.accused,
    customer = complaint.customer,
    kind = kind,
    owner = person or complaint.supervisor or complaint.handler,
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

return desk
