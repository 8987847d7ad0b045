-- pages: every record that matches, page by page.

--- Calls act(record) for each.
---@param ctx crm.ctx
return function(ctx, type_name, where, act)
  local after
  repeat
    local page, following = ctx:find(type_name, { where = where, limit = 500, after = after })
    for _, record in ipairs(page) do act(record) end
    after = following
  until not after
end
