-- stock: what lies at a distributor. Movements change it, and it never goes below zero (CON-05).
-- What has run out or lies for too long becomes a case, which is closed when somebody has said why
-- (CON-06, DIS-06).

local date = crm.date
local merged = crm.require("merged")

local SIGNS = { opening = 1, receive = 1, found = 1, ship = -1, ["return"] = -1, lost = -1 }
local LIVE = { ["in"] = { "open", "explained" } }
local KINDS = { "opening", "receive", "found", "ship", "return", "lost" }

-- What lies of a product at a distributor: one record; of merged ones one for each (ARC-13). Also
-- how much that is, and the least that should lie there.
local function lying(ctx, holder, product)
  local stocks = ctx:find("channel_stock", { order = "id", where = {
    holder = holder, product = product,
  } })
  local quantity, minimum = 0, 0
  for _, stock in ipairs(stocks) do
    quantity = quantity + stock.quantity
    minimum = math.max(minimum, stock.minimum or 0)
  end
  return stocks, quantity, minimum
end

-- The record that the movement is entered in: the holder's own, else the first.
local function own_stock(stocks, holder)
  for _, stock in ipairs(stocks) do
    if stock.holder == holder then return stock end
  end
  return stocks[1]
end

-- Changes what lies there; more than its own record has is taken from the others.
---@param ctx crm.ctx.write
local function shift(ctx, stocks, own, change, on)
  local function add(stock, part)
    ctx:update("channel_stock", stock.id, {
      quantity = stock.quantity + part, last_moved_on = date.max(stock.last_moved_on, on),
    })
    change = change - part
  end
  add(own, math.max(change, -own.quantity))
  for _, stock in ipairs(stocks) do
    if change < 0 and stock.id ~= own.id then add(stock, math.max(change, -stock.quantity)) end
  end
end

---@param ctx crm.ctx.write
local function move(ctx, change)
  local movement = change.after
  local stocks, was = lying(ctx, movement.holder, movement.product)
  local on = movement.moved_on or ctx.today
  if on > ctx.today then ctx:fail("VALIDATION_FAILED", "moved_later", { field = "moved_on" }) end
  local by = SIGNS[movement.kind] * movement.quantity
  if was + by < 0 then
    ctx:fail("RULE_FAILED", "stock_too_small", { field = "quantity", quantity = was })
  end
  local own = own_stock(stocks, movement.holder)
  if own then
    shift(ctx, stocks, own, by, on)
  else
    own = ctx:create("channel_stock", { holder = movement.holder, product = movement.product,
                                        quantity = by, last_moved_on = on })
  end
  ctx:update("channel_move", movement.id, { stock = own.id, moved_on = on })
end

-- Cases -------------------------------------------------------------------------------------------

local function open_case(ctx, stock, kind)
  return ctx:find("stock_case", { limit = 1, where = {
    stock = stock.id, kind = kind, state = LIVE, ended_on = { is_null = true },
  } })[1]
end

---@param ctx crm.ctx.write
local function set_case(ctx, stock, kind, is_so)
  local case = open_case(ctx, stock, kind)
  if is_so and not case then
    ctx:create("stock_case", { stock = stock.id, holder = stock.holder, product = stock.product,
                               kind = kind, since = ctx.today })
  elseif case and not is_so then
    ctx:update("stock_case", case.id, { ended_on = ctx.today })
    if case.state == "explained" then ctx:move("stock_case", case.id, "closed") end
  end
end

local function held_until(ctx, stock)
  return date.add(stock.last_moved_on or ctx:date(stock.created_at),
                  { days = ctx.config.held_days })
end

local function is_held(ctx, stock)
  return stock.quantity > 0 and held_until(ctx, stock) <= ctx.today
end

-- What merged distributors have is short together, and listed once.
---@param ctx crm.ctx.write
local function judge_shortage(ctx, stock)
  local stocks, quantity, minimum = lying(ctx, stock.holder, stock.product)
  for number, one in ipairs(stocks) do
    set_case(ctx, one, "shortage", number == 1 and quantity <= minimum)
  end
end

-- Movements look at once; for what does not move, the timer set here comes back.
---@param ctx crm.ctx.write
local function judge(ctx, stock)
  judge_shortage(ctx, stock)
  set_case(ctx, stock, "held_long", is_held(ctx, stock))
  if stock.quantity > 0 and held_until(ctx, stock) > ctx.today then
    ctx:at(held_until(ctx, stock), "stock.watch", { stock = stock.id }, tostring(stock.id))
  end
end

---@param ctx crm.ctx.write
local function explained(ctx, change)
  if change.after.ended_on then ctx:move("stock_case", change.id, "closed") end
end

local cases = crm.workflow {
  on = "stock_case", label = { zh = "状态", en = "state" },
  doc = "A case stays open until a cause is given, and is closed when it has ended besides.",
  states = {
    { name = "open", to = { { to = "explained", where = { cause = { is_null = false } } } } },
    { name = "explained", enter = explained, to = {
      { to = "closed",
        where = { ended_on = { is_null = false }, cause = { is_null = false } } } } },
    "closed",
  },
}

-- Reports -----------------------------------------------------------------------------------------

local function row_of(ctx, case, holder)
  return {
    case = case.id, kind = case.kind, holder = holder, product = case.product,
    since = case.since, ended_on = case.ended_on, state = case.state,
    product_name = ctx:get("product", case.product).name,
    quantity = ctx:get("channel_stock", case.stock).quantity,
    cause = case.cause, cause_missing = case.cause == nil,
  }
end

local function cases_of(ctx, params)
  local rows, holders, number_of = {}, {}, merged.numbers(ctx)
  local function lies_in_region(holder)
    if not params.region then return true end
    if holders[holder] == nil then
      holders[holder] = ctx:count("customer",
                                  { id = holder, region = { under = params.region } }) > 0
    end
    return holders[holder]
  end
  local where = { kind = params.kind, holder = params.holder, state = LIVE }
  for case in ctx:each("stock_case", { where = where }) do
    local holder = number_of(case.holder)
    if lies_in_region(holder) then rows[#rows + 1] = row_of(ctx, case, holder) end
  end
  return { items = crm.list(rows) }
end

local function flows(ctx, stock, from, to)
  local after, into, out = 0, 0, 0
  for movement in ctx:each("channel_move", {
    where = { stock = stock.id, moved_on = { ge = from } },
  }) do
    local change = SIGNS[movement.kind] * movement.quantity
    if movement.moved_on > to then
      after = after + change
    elseif change > 0 then
      into = into + change
    else
      out = out - change
    end
  end
  local closing = stock.quantity - after
  return closing - into + out, into, out, closing
end

-- One row for each product at each distributor, in the order in which they came.
local function rows_of(ctx, params)
  local rows, by_key, number_of = {}, {}, merged.numbers(ctx)
  for stock in ctx:each("channel_stock", { where = { holder = params.holder } }) do
    local holder = number_of(stock.holder)
    local key = string.format("%d %d", holder, stock.product)
    local row = by_key[key]
    if not row then
      row = { holder = holder, product = stock.product, opening = 0, into = 0, out = 0,
              closing = 0 }
      rows[#rows + 1], by_key[key] = row, row
    end
    local opening, into, out, closing = flows(ctx, stock, params.from, params.to)
    row.opening, row.into = row.opening + opening, row.into + into
    row.out, row.closing = row.out + out, row.closing + closing
  end
  return rows
end

-- Opening + in − out = closing; and for how many days that lasts at the pace of the period.
local function balance(ctx, params)
  local days = date.days_between(params.from, params.to) + 1
  if days < 1 then ctx:fail("VALIDATION_FAILED", "ends_before", { field = "to" }) end
  local rows = rows_of(ctx, params)
  for _, row in ipairs(rows) do
    row.days_of_stock = row.out > 0 and row.closing * days // row.out or nil
  end
  return { items = crm.list(rows) }
end

local own = {
  config = {
    held_days = { kind = "integer", default = 90, min = 1, max = 3660,
                  label = { zh = "久置天数", en = "days held too long" },
                  doc = "Stock that does not move for so long is a case (CON-06)." },
  },

  types = {
    channel_stock = {
      label = { zh = "渠道库存", en = "channel stock" }, title = "id",
      doc = "What lies of a product at a distributor (CON-05, DIS-06).",
      fields = {
        { name = "holder", kind = "reference", to = "customer", required = true,
          label = { zh = "经销商", en = "holder" } },
        { name = "product", kind = "reference", to = "product", required = true,
          label = { zh = "产品", en = "product" } },
        { name = "quantity", kind = "integer", readonly = true, default = 0, min = 0,
          label = { zh = "数量", en = "quantity" } },
        { name = "minimum", kind = "integer", default = 0, min = 0,
          label = { zh = "最低库存", en = "minimum" }, doc = "At this and below it is short." },
        { name = "last_moved_on", kind = "date", readonly = true,
          label = { zh = "最近变动", en = "last moved on" } },
      },
      indexes = {
        one = { fields = { "holder", "product" }, unique = true },
        of_holder = { fields = { "holder" } },
      },
    },
    channel_move = {
      label = { zh = "库存变动", en = "stock movement" }, title = "kind",
      doc = "Goods that came to a distributor or left (CON-05).",
      fields = {
        { name = "holder", kind = "reference", to = "customer", required = true,
          label = { zh = "经销商", en = "holder" } },
        { name = "product", kind = "reference", to = "product", required = true,
          label = { zh = "产品", en = "product" } },
        { name = "kind", kind = "choice", choices = KINDS, required = true,
          label = { zh = "性质", en = "kind" } },
        { name = "quantity", kind = "integer", required = true, min = 1, max = 1000000000,
          label = { zh = "数量", en = "quantity" } },
        { name = "moved_on", kind = "date", label = { zh = "日期", en = "moved on" } },
        { name = "stock", kind = "reference", to = "channel_stock", readonly = true,
          label = { zh = "库存", en = "stock" } },
      },
      indexes = { by_stock = { fields = { "stock", "moved_on" } } },
    },
    stock_case = {
      label = { zh = "库存异常", en = "stock case" }, title = "kind",
      doc = "A shortage, or goods that lie too long; somebody has to say why (CON-06, DIS-06).",
      fields = {
        { name = "stock", kind = "reference", to = "channel_stock", required = true,
          readonly = true,
          label = { zh = "库存", en = "stock" } },
        { name = "holder", kind = "reference", to = "customer", readonly = true,
          label = { zh = "经销商", en = "holder" } },
        { name = "product", kind = "reference", to = "product", readonly = true,
          label = { zh = "产品", en = "product" } },
        { name = "kind", kind = "choice", choices = { "shortage", "held_long" }, readonly = true,
          label = { zh = "性质", en = "kind" } },
        { name = "since", kind = "date", readonly = true, label = { zh = "起始", en = "since" } },
        { name = "ended_on", kind = "date", readonly = true,
          label = { zh = "结束", en = "ended on" } },
        { name = "cause", kind = "choice", choices = { "indifference", "allocation" },
          label = { zh = "原因", en = "cause" }, doc = "indifference: 不关心; allocation: 调度不足." },
        { name = "note", kind = "text", label = { zh = "说明", en = "note" } },
      },
      indexes = {
        by_state = { fields = { "state", "kind" } },
        of_stock = { fields = { "stock", "kind", "state" } },
        of_holder = { fields = { "holder", "state" } },
      },
    },
  },

  rules = {
    movement = {
      on = "channel_move", events = { "create" },
      doc = { zh = "进货增加、出货减少，不可为负。", en = "Stock follows from movements (CON-05)." },
      before = move,
    },
    movement_stays = {
      on = "channel_move", events = { "update", "delete" }, was = { stock = { is_null = false } },
      doc = { zh = "库存变动不可修改或删除。", en = "Movements are neither altered nor deleted." },
      before = function(ctx) ctx:fail("RULE_FAILED", "movements_stay") end,
    },
    stock_is_judged = {
      on = "channel_stock", events = { "create", "update" },
      fields = { "quantity", "minimum", "last_moved_on" },
      doc = { zh = "缺货与久置列入异常。", en = "Shortages and what lies too long (CON-06)." },
      before = function(ctx, change) judge(ctx, change.after) end,
    },
    stock_of_merged = {
      on = "customer", events = { "merge", "unmerge" },
      doc = { zh = "客户合并或拆分后，重新判断缺货。", en = "Shortages of merged and parted customers." },
      before = function(ctx, change)
        for _, holder in ipairs(merged.touched(change)) do
          for stock in ctx:each("channel_stock", { where = { holder = holder } }) do
            judge_shortage(ctx, stock)
          end
        end
      end,
    },
    -- Whoever names the cause has explained the case.
    cause_explains = {
      on = "stock_case", events = { "update" }, fields = { "cause" },
      where = { state = "open", cause = { is_null = false } },
      doc = { zh = "填了原因即为已说明。", en = "A case with a cause is explained (DIS-06)." },
      before = function(ctx, change) ctx:move("stock_case", change.id, "explained") end,
    },
  },

  ops = {
    ["stock.cases"] = {
      since = "1",
      doc = { zh = "缺货与久置清单，及其原因；原因必须填写。",
              en = "Shortages and what lies too long; causes have to be filled (DIS-06)." },
      params = {
        { name = "holder", kind = "integer" },
        { name = "region", kind = "text", doc = "Of distributors in this region." },
        { name = "kind", kind = "choice", choices = { "shortage", "held_long" } },
      },
      result = { items = { kind = "list", of = "map", fields = {
        { name = "case", kind = "reference", to = "stock_case" }, { name = "kind", kind = "text" },
        { name = "holder", kind = "reference", to = "customer" },
        { name = "product", kind = "reference", to = "product" },
        { name = "product_name", kind = "text" }, { name = "quantity", kind = "integer" },
        { name = "since", kind = "date" }, { name = "ended_on", kind = "date" },
        { name = "cause", kind = "text" },
        { name = "cause_missing", kind = "boolean" }, { name = "state", kind = "text" },
      } } },
      run = cases_of,
    },
    ["stock.balance"] = {
      since = "1",
      doc = { zh = "期初＋入－出＝期末，及可销天数。",
              en = "Opening + in − out = closing of a period, and days of stock (DIS-06)." },
      params = {
        { name = "holder", kind = "integer" },
        { name = "from", kind = "date", required = true },
          { name = "to", kind = "date", required = true },
      },
      result = { items = { kind = "list", of = "map", fields = {
        { name = "holder", kind = "reference", to = "customer" },
        { name = "product", kind = "reference", to = "product" },
        { name = "opening", kind = "integer" }, { name = "into", kind = "integer" },
        { name = "out", kind = "integer" }, { name = "closing", kind = "integer" },
        { name = "days_of_stock", kind = "integer", doc = "None when nothing left in the period." },
      } } },
      run = balance,
    },
    ["stock.watch"] = {
      write = true, internal = true, since = "1",
        doc = "Looks whether stock has not moved for too long.",
      params = { stock = { kind = "integer", required = true } },
      run = function(ctx, params)
        for _, stock in ipairs(ctx:find("channel_stock", { where = { id = params.stock } })) do
          judge(ctx, stock)
        end
      end,
    },
  },
}

return { parts = { own, cases } }
