-- merged: customers that were merged count as one. What was written under either number keeps it
-- (ARC-13); queries find both.

local merged = {}

--- A function that gives the number a customer has now: that of the survivor.
---@param ctx crm.ctx
function merged.numbers(ctx)
  local known = {}
  return function(customer)
    known[customer] = known[customer] or ctx:get("customer", customer).id
    return known[customer]
  end
end

--- The numbers of the customers that a merge or an unmerge made different.
function merged.touched(change)
  if change.event == "merge" then return { change.after.id } end
  return { change.after.id, change.before.id }
end

return merged
