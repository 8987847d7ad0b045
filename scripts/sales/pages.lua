-- pages: every record that matches, page by page.

--- Calls act(record) for each, in the order given, else by number. Where a range of a field is
--- asked for, name the field as the order: the index over it answers then.
---@param ctx crm.ctx
return function(ctx, type_name, where, act, order)
  local after
  repeat
    local page, following = ctx:find(type_name, {
      where = where, order = order, limit = 500, after = after,
    })
    for _, record in ipairs(page) do act(record) end
    after = following
  until not after
end
