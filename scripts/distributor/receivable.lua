-- receivable: what is owed from when on, what was paid, how old the rest is (CON-02).

local date = crm.date
local ledger = crm.require("ledger")
local merged = crm.require("merged")

local receivable = {}

local UNPAID = { ["in"] = { "open", "overdue" } }

-- The last day of each class of age; what is older is in the last class.
local AGES = { { "days_1_30", 30 }, { "days_31_60", 60 }, { "days_61_90", 90 },
               { "days_91_180", 180 } }

--- The receivable that is overdue for the longest, or nil.
---@param ctx crm.ctx
function receivable.oldest_overdue(ctx, customer)
  return ctx:find("receivable", { limit = 1, order = "due_on", where = {
    customer = customer, state = UNPAID, due_on = { lt = ctx.today },
  } })[1]
end

--- Days past the due day; 0 on the day itself and before it.
function receivable.days_late(item, today)
  return math.max(0, date.days_between(item.due_on, today))
end

local function age_of(item, today)
  local late = receivable.days_late(item, today)
  if late == 0 then return "current" end
  for _, age in ipairs(AGES) do
    if late <= age[2] then return age[1] end
  end
  return "days_over_180"
end

-- Nobody has to collect from a customer with whom nothing is overdue any more.
local function withdraw_collecting(ctx, customer)
  if receivable.oldest_overdue(ctx, customer) then return end
  ctx:call("task.withdraw", { customer = customer, kind = "collect" })
end

--- Takes a part of what is open off, and says when nothing is left.
---@param ctx crm.ctx.write
function receivable.reduce(ctx, item, amount, ended)
  local left = item.balance - amount
  local values = { balance = left, paid = item.paid + (ended == "paid" and amount or 0) }
  if left > 0 then return ctx:update("receivable", item.id, values) end
  ctx:move("receivable", item.id, ended, values)
  if item.state == "overdue" then
    withdraw_collecting(ctx, ctx:get("customer", item.customer).id)
  end
end

-- Which receivables a payment goes to: the one it names, else the oldest first.
local function targets(ctx, payment)
  if payment.receivable then return { ctx:get("receivable", payment.receivable) } end
  return ctx:find("receivable", { limit = 500, order = { "due_on", "id" }, where = {
    customer = payment.customer, state = UNPAID,
  } })
end

local function allocate(ctx, change)
  local payment = change.after
  local left, allocations = payment.amount, {}
  local customer = ctx:get("customer", payment.customer)
  for _, item in ipairs(targets(ctx, payment)) do
    if ctx:get("customer", item.customer).id ~= customer.id then
      ctx:fail("RULE_FAILED", "other_customer", { field = "receivable" })
    end
    local part = math.min(left, item.balance)
    if part > 0 then
      receivable.reduce(ctx, item, part, "paid")
      ledger.post(ctx, customer.id, "credit", -part,
                  { kind = payment.method, receivable = item.id })
      allocations[#allocations + 1] = { receivable = item.id, amount = part }
      left = left - part
    end
  end
  if left > 0 then ctx:fail("RULE_FAILED", "paid_too_much",
                            { field = "amount", left = left // 100 }) end
  ctx:update("payment", payment.id, { allocations = allocations,
                                      received_on = payment.received_on or ctx.today })
end

local function open(ctx, change)
  local item = change.after
  local customer = ctx:get("customer", item.customer)
  local days = item.term_days or customer.credit_days or ctx.config.term_days
  ctx:update("receivable", item.id, {
    term_days = days, balance = item.amount, due_on = date.add(item.invoiced_on, { days = days }),
  })
  ledger.post(ctx, item.customer, "credit", item.amount,
              { kind = "invoice", receivable = item.id, order = item.order })
end

local function collect(ctx, change)
  local customer = ctx:get("customer", change.after.customer)
  ctx:call("task.plan", {
    customer = customer.id, kind = "collect", due_on = ctx.today, owner = customer.owner,
    title = ctx:text("collect_title", { customer = customer.name }),
    text = ctx:text("collect_reason", { due_on = change.after.due_on }),
  })
end

local states = crm.workflow {
  on = "receivable", label = { zh = "状态", en = "state" },
  doc = "Overdue from the day after the due day.",
  states = {
    { name = "open", to = {
      { to = "overdue", delay = { days = 1, since = "due_on", at = "00:00" } },
      { to = "paid", where = { balance = 0 } }, { to = "cancelled", where = { balance = 0 } } } },
    { name = "overdue", enter = collect, to = {
      { to = "paid", where = { balance = 0 } }, { to = "cancelled", where = { balance = 0 } } } },
    "paid", "cancelled",
  },
}

local AGEING_FIELDS = {
  { name = "current", kind = "money", doc = "Not due yet." },
  { name = "days_1_30", kind = "money" }, { name = "days_31_60", kind = "money" },
  { name = "days_61_90", kind = "money" }, { name = "days_91_180", kind = "money" },
  { name = "days_over_180", kind = "money" }, { name = "total", kind = "money" },
}

local function empty_ageing()
  local row = {}
  for _, field in ipairs(AGEING_FIELDS) do row[field.name] = 0 end
  return row
end

-- Customers in the order of their numbers, merged ones in one row, with the sums of all.
local function ageing(ctx, params)
  local by_customer, totals, rows = {}, empty_ageing(), {}
  local number_of = merged.numbers(ctx)
  for item in ctx:each("receivable", { where = { customer = params.customer, state = UNPAID } }) do
    local customer = number_of(item.customer)
    local row = by_customer[customer]
    if not row then
      row = empty_ageing()
      by_customer[customer] = row
    end
    local age = age_of(item, ctx.today)
    for _, sums in ipairs({ row, totals }) do
      sums[age] = sums[age] + item.balance
      sums.total = sums.total + item.balance
    end
  end
  for customer, row in pairs(by_customer) do
    row.customer = customer
    rows[#rows + 1] = row
  end
  table.sort(rows, function(a, b) return a.customer < b.customer end)
  return { items = crm.list(rows), totals = totals }
end

local function overdue(ctx, params)
  local rows, number_of = {}, merged.numbers(ctx)
  local where = { customer = params.customer, state = UNPAID, due_on = { lt = ctx.today } }
  for item in ctx:each("receivable", { where = where }) do
    rows[#rows + 1] = { receivable = item.id, customer = number_of(item.customer),
                        due_on = item.due_on, balance = item.balance,
                        days = receivable.days_late(item, ctx.today) }
  end
  table.sort(rows, function(a, b)
    if a.due_on ~= b.due_on then return a.due_on < b.due_on end
    return a.receivable < b.receivable
  end)
  return { items = crm.list(rows) }
end

local own = {
  config = {
    term_days = { kind = "integer", default = 30, min = 0, max = 365,
                  label = { zh = "账期天数", en = "term in days" },
                  doc = "Of customers that have no `credit_days` of their own." },
  },

  types = {
    receivable = {
      label = { zh = "应收款", en = "receivable" }, title = "id",
      doc = "What a customer owes, from release or invoice, until it is paid (CON-02).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true,
          label = { zh = "客户", en = "customer" } },
        { name = "order", kind = "reference", to = "order", label = { zh = "订单", en = "order" } },
        { name = "amount", kind = "money", required = true, min = 1,
          label = { zh = "金额", en = "amount" } },
        { name = "invoiced_on", kind = "date", required = true,
          label = { zh = "开票日期", en = "invoiced on" } },
        { name = "term_days", kind = "integer", min = 0, max = 365,
          label = { zh = "账期", en = "term in days" } },
        { name = "due_on", kind = "date", readonly = true, label = { zh = "到期日", en = "due on" } },
        { name = "paid", kind = "money", readonly = true, default = 0,
          label = { zh = "已付", en = "paid" } },
        { name = "balance", kind = "money", readonly = true, label = { zh = "未付", en = "open" } },
        { name = "counted", kind = "list", of = "integer", readonly = true,
          label = { zh = "计入返利", en = "counted" }, doc = "Rebate policies that counted it." },
      },
      indexes = {
        of_customer = { fields = { "customer", "state", "due_on" } },
        by_state = { fields = { "state", "due_on" } },
        by_order = { fields = { "order" } },
        by_invoice = { fields = { "customer", "invoiced_on" } },
        by_day = { fields = { "invoiced_on" } },
      },
    },
    payment = {
      label = { zh = "收款", en = "payment" }, title = "id",
      doc = "Money received; it pays the receivable it names, else the oldest first.",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true, index = true,
          label = { zh = "客户", en = "customer" } },
        { name = "amount", kind = "money", required = true, min = 1,
          label = { zh = "金额", en = "amount" } },
        { name = "received_on", kind = "date", label = { zh = "收款日期", en = "received on" } },
        { name = "receivable", kind = "reference", to = "receivable",
          label = { zh = "应收款", en = "receivable" } },
        { name = "method", kind = "choice", choices = { "payment", "rebate" }, default = "payment",
          readonly = true, label = { zh = "方式", en = "method" } },
        { name = "allocations", kind = "list", of = "map", readonly = true,
          label = { zh = "核销", en = "allocations" }, fields = {
            { name = "receivable", kind = "reference", to = "receivable" },
            { name = "amount", kind = "money" },
          } },
      },
    },
  },

  rules = {
    receivable_opens = {
      on = "receivable", events = { "create" },
      doc = { zh = "应收款：到期日、未付金额、占用信用。",
              en = "A receivable: its due day, and the credit that it takes (CON-02, DIS-03)." },
      before = open,
    },
    receivable_stays = {
      on = "receivable", events = { "delete" },
      doc = { zh = "应收款不删除。", en = "What is owed is not deleted." },
      before = function(ctx) ctx:fail("RULE_FAILED", "receivables_stay") end,
    },
    receivable_keeps = {
      on = "receivable", events = { "update" },
      fields = { "customer", "amount", "invoiced_on", "term_days" },
        was = { balance = { is_null = false } },
      doc = { zh = "已入账的应收款不可改。", en = "What is in the ledger is not altered." },
      before = function(ctx) ctx:fail("RULE_FAILED", "receivables_stay") end,
    },
    payment_is_allocated = {
      on = "payment", events = { "create" },
      doc = { zh = "收款核销应收款并释放信用。", en = "A payment reduces what is owed (CON-02)." },
      before = allocate,
    },
    payment_stays = {
      on = "payment", events = { "update", "delete" }, was = { allocations = { is_null = false } },
      doc = { zh = "收款不可修改或删除。", en = "Payments are neither altered nor deleted." },
      before = function(ctx) ctx:fail("RULE_FAILED", "payments_stay") end,
    },
  },

  ops = {
    ["receivable.ageing"] = {
      since = "1",
      doc = { zh = "应收账龄：未到期、1–30、31–60、61–90、91–180、180 天以上。",
              en = "What is owed by age: not due, 1–30, 31–60, 61–90, 91–180, > 180 days late." },
      params = { customer = { kind = "integer", doc = "Only of this customer." } },
      result = {
        { name = "items", kind = "list", of = "map", doc = "One for each customer that owes.",
          fields = { { name = "customer", kind = "reference", to = "customer" },
                     table.unpack(AGEING_FIELDS) } },
        { name = "totals", kind = "map", fields = AGEING_FIELDS },
      },
      run = ageing,
    },
    ["receivable.overdue"] = {
      since = "1",
      doc = { zh = "逾期未付清单，最早到期的在前。", en = "What is overdue, the oldest first (CON-02)." },
      params = { customer = { kind = "integer", doc = "Only of this customer." } },
      result = { items = { kind = "list", of = "map", fields = {
        { name = "receivable", kind = "reference", to = "receivable" },
        { name = "customer", kind = "reference", to = "customer" },
        { name = "due_on", kind = "date" }, { name = "balance", kind = "money" },
        { name = "days", kind = "integer", doc = "Days late." },
      } } },
      run = overdue,
    },
  },
}

receivable.parts = { own, states }

return receivable
