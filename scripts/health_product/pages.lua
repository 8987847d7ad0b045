-- pages: walking over everything that fits, page by page.

-- Calls visit(record) for each record of the type that fits, in the order given (by id when not).
return function(ctx, type, where, visit, order)
  local after
  repeat
    local page, following = ctx:find(type, {
      where = where, order = order or "id", limit = 500, after = after,
    })
    for _, record in ipairs(page) do visit(record) end
    after = following
  until not after
end
