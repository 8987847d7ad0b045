-- tracking: how far an order has come, and what was paid ahead (ORD-05, ORD-06).

local tracking = {}

-- Every step is noted with its time and who made it.
local function note(ctx, change)
  local log = change.after.progress_log or {}
  log[#log + 1] = { progress = change.after.progress, at = ctx.now, by = ctx.actor }
  ctx:update("order", change.id, { progress_log = log })
end

-- What has arrived is done; a cancelled order goes nowhere.
local function delivered(ctx, change)
  note(ctx, change)
  if change.after.state == "open" then ctx:move("order", change.id, "done", {}, "state") end
end

local ALIVE = { state = { ne = "cancelled" } }

tracking.states = crm.workflow {
  on = "order", field = "progress", label = { zh = "进度", en = "progress" },
  doc = "placed 已下单, confirmed 已确认, shipped 已发货, delivered 已送达 (ORD-06).",
  states = {
    { name = "placed", to = {
      { to = "confirmed", where = ALIVE }, { to = "shipped", where = ALIVE },
    } },
    { name = "confirmed", enter = note, to = { { to = "shipped", where = ALIVE } } },
    { name = "shipped", enter = note, to = { { to = "delivered", where = ALIVE } } },
    { name = "delivered", enter = delivered },
  },
}

-- order.deposit: what the customer paid ahead; again, to correct it.
local function deposit(ctx, params)
  return ctx:update("order", params.id, {
    deposit = params.amount, deposit_on = params.paid_on or ctx.today,
  })
end

-- order.track: for whoever asks where the goods are.
local function track(ctx, params)
  local order = ctx:get("order", params.id)
  local total, paid = order.total or 0, order.deposit or 0
  local steps = { { progress = "placed", at = order.created_at, by = order.created_by } }
  for _, step in ipairs(order.progress_log or {}) do steps[#steps + 1] = step end
  return {
    id = order.id, customer = order.customer, ordered_on = order.ordered_on, state = order.state,
    customer_name = ctx:get("customer", order.customer).name, progress = order.progress,
    steps = steps, total = total, deposit = paid, balance = total - paid,
  }
end

local STEPS = {
  { name = "progress", kind = "text" }, { name = "at", kind = "datetime" },
  { name = "by", kind = "text" },
}

tracking.part = {
  types = {
    order = { extends = true, fields = {
      { name = "deposit", kind = "money", min = 0, label = { zh = "订金", en = "deposit" },
        doc = "Paid ahead; no more than the total (ORD-05)." },
      { name = "deposit_on", kind = "date", label = { zh = "订金日期", en = "deposit paid on" } },
      { name = "progress_log", kind = "list", of = "map", readonly = true, fields = STEPS,
        label = { zh = "进度记录", en = "steps so far" } },
    } },
  },

  rules = {
    deposit_within_total = {
      on = "order", events = { "create", "update" }, fields = { "deposit", "total" },
      where = { deposit = { ge = 1 } },
      doc = { zh = "订金不超过订单总额。", en = "A deposit is no more than the total (ORD-05)." },
      before = function(ctx, change)
        local total = change.after.total or 0
        if change.after.deposit > total then
          ctx:fail("RULE_FAILED", "deposit_too_large", { field = "deposit", total = total })
        end
      end,
    },
  },

  ops = {
    ["order.deposit"] = {
      write = true, since = "1",
      doc = { zh = "登记订金。", en = "Notes what the customer paid ahead (ORD-05)." },
      params = {
        { name = "id", kind = "integer", required = true, doc = "The order's number." },
        { name = "amount", kind = "money", required = true, min = 0,
          doc = "In all, in minor units; given again, it is corrected." },
        { name = "paid_on", kind = "date", doc = "Today when not given." },
      },
      errors = { "NOT_FOUND", "RULE_FAILED" },
      run = deposit,
    },
    ["order.track"] = {
      since = "1",
      doc = {
        zh = "查询订单进度：走到哪一步、何时、谁经手、还差多少钱。",
        en = "How far an order has come, when and by whom, and what is left to pay (ORD-06).",
      },
      params = { { name = "id", kind = "integer", required = true, doc = "The order's number." } },
      result = {
        { name = "id", kind = "integer" }, { name = "customer", kind = "integer" },
        { name = "customer_name", kind = "text" }, { name = "ordered_on", kind = "date" },
        { name = "state", kind = "text" }, { name = "progress", kind = "text" },
        { name = "steps", kind = "list", of = "map", fields = STEPS },
        { name = "total", kind = "money" }, { name = "deposit", kind = "money" },
        { name = "balance", kind = "money", doc = "What is left to pay." },
      },
      errors = { "NOT_FOUND" },
      run = track,
    },
  },
}

return tracking
