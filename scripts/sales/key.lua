-- key: the customers that most of the sales come from, and the stock that they get first (KEY-01,
-- KEY-05).


-- Hundredths of a percent, half up.
local function rate(part, whole)
  if whole <= 0 then return 0 end
  return (part * 20000 + whole) // (2 * whole)
end

-- Who the number means now; whom the caller may not see keeps it.
local function survivor(ctx, number)
  local found, customer = pcall(ctx.get, ctx, "customer", number)
  return found and customer.id or number
end

-- Customers that bought, the most first; of two that bought as much the smaller number (C-16). What
-- was merged is one customer, whatever number an order was written under (ARC-13).
local function ranking(ctx, from, to)
  local sums, rows, total, survivors = {}, {}, 0, {}
  local where = { ordered_on = { ge = from, le = to }, state = { ne = "cancelled" } }
  for order in ctx:each("order", { where = where, order = "ordered_on" }) do
    local number = order.customer
    survivors[number] = survivors[number] or survivor(ctx, number)
    local customer = survivors[number]
    sums[customer] = (sums[customer] or 0) + (order.total or 0)
  end
  for customer, sales in pairs(sums) do
    if sales > 0 then
      rows[#rows + 1] = { customer = customer, sales = sales }
      total = total + sales
    end
  end
  table.sort(rows, function(a, b)
    if a.sales ~= b.sales then return a.sales > b.sales end
    return a.customer < b.customer
  end)
  return rows, total
end

---@param ctx crm.ctx
local function rank(ctx, params)
  local rows, total = ranking(ctx, params.from, params.to)
  local size = (#rows * ctx.config.key_percent + 99) // 100 -- rounded up
  local sales, running, reaching = 0, 0, nil
  for number, row in ipairs(rows) do
    if number <= size then sales = sales + row.sales end
    running = running + row.sales
    if not reaching and running * 100 >= total * ctx.config.sales_percent then reaching = number end
    row.number, row.key, row.share = number, number <= size, rate(row.sales, total)
  end
  return {
    items = crm.list(rows), customers = #rows, sales = total, key_customers = size,
      key_sales = sales,
    key_share = rate(sales, total), tail_share = rate(total - sales, total), reaching = reaching
      or 0,
  }
end

-- Customers keep what people said of them (key_manual); the ranking writes its own field (C-17).
---@param ctx crm.ctx.write
local function mark(ctx, params)
  local ranked, keys = rank(ctx, params), {}
  for _, row in ipairs(ranked.items) do
    if row.key then keys[row.customer] = true end
  end
  local taken = 0
  for customer in ctx:each("customer", { where = { key_ranked = true } }) do
    if not keys[customer.id] then
      ctx:update("customer", customer.id, { key_ranked = false })
      taken = taken + 1
    end
  end
  for customer in pairs(keys) do
    if not ctx:get("customer", customer).key_ranked then
      ctx:update("customer", customer, { key_ranked = true })
    end
  end
  return { key_customers = ranked.key_customers, key_share = ranked.key_share, no_longer = taken }
end

-- Stock first -------------------------------------------------------------------------------------

local function is_key(ctx, id)
  local customer = ctx:get("customer", id)
  return customer.key_ranked == true or customer.key_manual == true
end

-- WHO gets stock first: key customers, then whoever asked first.
local function in_order(ctx, product)
  local requests, keys = {}, {}
  for request in ctx:each("stock_request", { where = { product = product, state = "waiting" } }) do
    requests[#requests + 1] = request
    keys[request.id] = is_key(ctx, request.customer)
  end
  table.sort(requests, function(a, b)
    if keys[a.id] ~= keys[b.id] then return keys[a.id] end
    return a.id < b.id
  end)
  return requests, keys
end

---@param ctx crm.ctx.write
local function allocate(ctx, params)
  local product, items = ctx:get("product", params.product), {}
  local left = product.on_hand or 0
  local requests, keys = in_order(ctx, product.id)
  for number, request in ipairs(requests) do
    local wanted = request.quantity - request.allocated
    local given = math.min(left, wanted)
    left = left - given
    local values = { allocated = request.allocated + given }
    if given == wanted then
      ctx:move("stock_request", request.id, "allocated", values)
    elseif given > 0 then
      ctx:update("stock_request", request.id, values)
    end
    items[number] = { request = request.id, customer = request.customer, key = keys[request.id],
                      allocated = given, back_order = wanted - given }
  end
  if left ~= (product.on_hand or 0) then ctx:update("product", product.id, { on_hand = left }) end
  return { items = crm.list(items), left = left }
end

---@param ctx crm.ctx.write
local function receive(ctx, params)
  local product = ctx:get("product", params.product)
  local on_hand = (product.on_hand or 0) + params.quantity
  if on_hand < 0 then
    ctx:fail("RULE_FAILED", "stock_too_small",
             { field = "quantity", on_hand = product.on_hand or 0 })
  end
  return ctx:update("product", product.id, { on_hand = on_hand })
end

local requests = crm.workflow {
  on = "stock_request", label = { zh = "状态", en = "state" },
  states = {
    { name = "waiting", to = { { to = "allocated", where = { allocated = { ge = 1 } },
      guard = function(_, change) return change.after.allocated == change.after.quantity,
                                         "not_all_allocated" end }, "withdrawn" } },
    "allocated", "withdrawn",
  },
}

local PERIOD = {
  { name = "from", kind = "date", required = true },
    { name = "to", kind = "date", required = true },
}

local own = {
  config = {
    key_percent = { kind = "integer", default = 20, min = 1, max = 100,
                    label = { zh = "大客户比例（%）", en = "key customers, in percent" },
                    doc = "Of those who bought, rounded up (KEY-01, C-16)." },
    sales_percent = { kind = "integer", default = 80, min = 1, max = 100,
                      label = { zh = "销售额比例（%）", en = "share of sales, in percent" },
                      doc = "Reported: how many customers reach it." },
  },

  types = {
    customer = { extends = true, fields = {
      { name = "key_ranked", kind = "boolean", readonly = true, index = true,
        label = { zh = "大客户（排名）", en = "key by ranking" }, doc = "By key.mark (KEY-01)." },
      { name = "key_manual", kind = "boolean", index = true,
        label = { zh = "大客户（指定）", en = "key by decision" }, doc = "With a reason (C-17)." },
      { name = "key_reason", kind = "text", label = { zh = "指定理由", en = "why" } },
    } },
    product = { extends = true, fields = {
      { name = "on_hand", kind = "integer", readonly = true, default = 0, min = 0,
        label = { zh = "可分配库存", en = "on hand" }, doc = "Never below zero (CON-05)." },
    } },
    order = { extends = true, fields = {}, indexes = { by_day = { fields = { "ordered_on" } } } },
    stock_request = {
      label = { zh = "要货", en = "stock request" }, title = "id",
      doc = "What a customer asks for; allocation.run says who gets how much (KEY-05).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true,
          label = { zh = "客户", en = "customer" } },
        { name = "product", kind = "reference", to = "product", required = true,
          label = { zh = "产品", en = "product" } },
        { name = "quantity", kind = "integer", required = true, min = 1, max = 1000000000,
          label = { zh = "数量", en = "quantity" } },
        { name = "allocated", kind = "integer", readonly = true, default = 0,
          label = { zh = "已分配", en = "allocated" } },
      },
      indexes = { waiting = { fields = { "product" }, where = { state = "waiting" } } },
    },
  },

  rules = {
    key_has_reason = {
      on = "customer", events = { "create", "update" }, fields = { "key_manual", "key_reason" },
      where = { key_manual = true, key_reason = { is_null = true } },
      doc = { zh = "指定大客户要写理由。", en = "A decision has a reason (C-17)." },
      before = function(ctx) ctx:fail("RULE_FAILED", "reason_needed", { field = "key_reason" }) end,
    },
    allocated_stays = {
      on = "stock_request", events = { "update", "delete" },
      fields = { "quantity", "product", "customer" }, was = { allocated = { ge = 1 } },
      doc = { zh = "已分配的要货不可改。", en = "What was allocated is not altered (KEY-05)." },
      before = function(ctx) ctx:fail("RULE_FAILED", "allocated_already",
                                      { field = "quantity" }) end,
    },
  },

  ops = {
    ["key.rank"] = {
      since = "1",
      doc = { zh = "大客户：按销售额排名，前 20 %（进一法），及其占比。",
              en = "Customers by sales; the top 20 % are key, with their share (KEY-01)." },
      params = PERIOD,
      result = {
        { name = "items", kind = "list", of = "map", doc = "The most first.", fields = {
          { name = "number", kind = "integer" },
          { name = "customer", kind = "reference", to = "customer" },
          { name = "sales", kind = "money" },
          { name = "share", kind = "integer" }, { name = "key", kind = "boolean" },
        } },
        { name = "customers", kind = "integer", doc = "Those who bought." },
        { name = "sales", kind = "money" }, { name = "key_customers", kind = "integer" },
        { name = "key_sales", kind = "money" },
        { name = "key_share", kind = "integer", doc = "Shares are in hundredths of a percent." },
        { name = "tail_share", kind = "integer", doc = "Of all others." },
        { name = "reaching", kind = "integer",
          doc = "How many customers reach 80 % of the sales." },
      },
      run = rank,
    },
    ["key.mark"] = {
      write = true, since = "1",
      doc = { zh = "把排名写入客户的 key_ranked。", en = "Writes the ranking to the customers (KEY-01)." },
      params = PERIOD,
      result = {
        { name = "key_customers", kind = "integer" }, { name = "key_share", kind = "integer" },
        { name = "no_longer", kind = "integer", doc = "Customers that were key until now." },
      },
      run = mark,
    },
    ["allocation.run"] = {
      write = true, since = "1",
      doc = { zh = "分配库存：先大客户，后按要货先后；不足的为欠货。",
              en = "Gives stock to key customers first, then in the order of asking (KEY-05)." },
      params = { product = { kind = "integer", required = true } },
      result = {
        { name = "items", kind = "list", of = "map", doc = "In the order of giving.", fields = {
          { name = "request", kind = "reference", to = "stock_request" },
          { name = "customer", kind = "reference", to = "customer" },
            { name = "key", kind = "boolean" },
          { name = "allocated", kind = "integer" }, { name = "back_order", kind = "integer" },
        } },
        { name = "left", kind = "integer", doc = "What nobody asked for." },
      },
      errors = { "NOT_FOUND" },
      run = allocate,
    },
    ["stock.receive"] = {
      write = true, since = "1",
      doc = { zh = "入库（负数为出库）。",
              en = "Adds to what is on hand; takes off when negative (CON-05)." },
      params = {
        { name = "product", kind = "integer", required = true },
        { name = "quantity", kind = "integer", required = true, min = -1000000000,
          max = 1000000000 },
      },
      errors = { "NOT_FOUND", "RULE_FAILED" },
      run = receive,
    },
  },
}

return { parts = { own, requests } }
