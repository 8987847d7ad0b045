-- credit: an order is released when credit allows it, and the release takes the credit in the same
-- change: two releases cannot both have the last of it (DIS-03, CON-09).

local ledger = crm.require("ledger")
local receivable = crm.require("receivable")
local rebate = crm.require("rebate")

-- WHY an order is held: each line is a reason, and what must be so. Businesses change this list.
local REASONS = {
  { "over_limit", function(facts) return facts.exposure > (facts.customer.credit_limit or 0) end },
  { "overdue", function(facts) return facts.overdue_days > facts.grace_days end },
  { "no_accommodation", function(facts) return facts.customer.accommodation == "refused" end },
  { "licence", function(facts)
    return facts.customer.licence_until ~= nil and facts.customer.licence_until < facts.today
  end },
}

---@param ctx crm.ctx
local function judge(ctx, order)
  local customer = ctx:get("customer", order.customer)
  local oldest = receivable.oldest_overdue(ctx, customer.id)
  local facts = {
    customer = customer, today = ctx.today, grace_days = ctx.config.grace_days,
    exposure = (customer.credit_used or 0) + (order.total or 0),
    overdue_days = oldest and receivable.days_late(oldest, ctx.today) or 0,
  }
  local held_for = {}
  for _, reason in ipairs(REASONS) do
    if reason[2](facts) then held_for[#held_for + 1] = reason[1] end
  end
  return held_for, facts
end

-- What has no price takes no credit: it is no order yet (DIS-03). What is given has the price 0.
local function refuse_unpriced(ctx, order)
  for number, line in ipairs(order.lines) do
    if line.price == nil then
      ctx:fail("RULE_FAILED", "no_price", {
        field = string.format("lines[%d].price", number - 1),
        product = ctx:get("product", line.product).name,
      })
    end
  end
end

-- Whoever moves an order to released, by whatever op, passes here.
local function credit_allows(ctx, change)
  local held_for = judge(ctx, change.after)
  return #held_for == 0, "credit_does_not_allow"
end

local function take_credit(ctx, change)
  local order = change.after
  refuse_unpriced(ctx, order)
  if (order.total or 0) == 0 then return end
  local item = ctx:create("receivable", { customer = order.customer, order = order.id,
                                          amount = order.total, invoiced_on = ctx.today })
  rebate.accrue(ctx, item)
end

-- Gives back what the release took; what was paid already is not undone here.
local function give_back(ctx, change)
  if change.before.release ~= "released" then return end
  local order = change.after
  for _, item in ipairs(ctx:find("receivable", { where = { order = order.id } })) do
    if item.paid > 0 then ctx:fail("RULE_FAILED", "paid_already", { field = "state" }) end
    if item.balance > 0 then
      ledger.post(ctx, item.customer, "credit", -item.balance,
                  { kind = "withdrawn", receivable = item.id, order = order.id })
      receivable.reduce(ctx, item, item.balance, "cancelled")
      rebate.take_back(ctx, item)
    end
  end
end

local LEADERS = { roles = { "leader", "administrator" } }
local ALIVE = { state = { ne = "cancelled" } }
local WITHDRAWN = { to = "withdrawn", where = { state = "cancelled" } }

local release = crm.workflow {
  on = "order", field = "release", index = true, label = { zh = "放行", en = "release" },
  doc = "Whether the goods may leave (DIS-03).",
  states = {
    { name = "entered", to = {
      { to = "released", where = ALIVE, guard = credit_allows }, { to = "held", where = ALIVE },
      WITHDRAWN } },
    { name = "held", to = {
      { to = "approved", who = LEADERS, where = ALIVE },
      { to = "released", where = ALIVE, guard = credit_allows }, "entered", WITHDRAWN } },
    { name = "approved", to = { { to = "released", where = ALIVE }, "entered", WITHDRAWN } },
    { name = "released", enter = take_credit, to = { WITHDRAWN } },
    { name = "withdrawn", enter = give_back },
  },
}

local accommodation = crm.workflow {
  on = "customer", field = "accommodation", label = { zh = "迁就", en = "accommodation" },
  doc = "refused (不迁就): every order needs approval (CON-09).",
  states = {
    { name = "normal", to = { "proposed" } },
    { name = "proposed",
      to = { { to = "refused", who = LEADERS }, { to = "normal", who = LEADERS } } },
    { name = "refused", to = { { to = "normal", who = LEADERS } } },
  },
}

---@param ctx crm.ctx.write
local function propose_refusal(ctx, customer)
  if (customer.accommodation or "normal") ~= "normal" then return end
  ctx:move("customer", customer.id, "proposed", {}, "accommodation")
end

---@param ctx crm.ctx.write
local function run_release(ctx, params)
  local order = ctx:get("order", params.id)
  refuse_unpriced(ctx, order)
  local held_for, facts = judge(ctx, order)
  local values = { exposure = facts.exposure, overdue_days = facts.overdue_days,
                   held_for = crm.list(held_for) }
  if #held_for == 0 or order.release == "approved" then
    return ctx:move("order", order.id, "released", values, "release")
  end
  if facts.overdue_days > facts.grace_days then propose_refusal(ctx, facts.customer) end
  if order.release == "held" then return ctx:update("order", order.id, values) end
  return ctx:move("order", order.id, "held", values, "release")
end

-- The price of the distributor's level; without one the product's own.
local function price_of(product, level)
  for _, price in ipairs(product.level_prices or {}) do
    if price.level == level then return price.price end
  end
  return product.price
end

---@param ctx crm.ctx.write
local function run_order(ctx, params)
  local customer = ctx:get("customer", params.customer)
  local lines = {}
  for i, line in ipairs(params.lines) do
    local product = ctx:get("product", line.product)
    lines[i] = { product = product.id, quantity = line.quantity,
                 price = price_of(product, customer.channel_level) }
  end
  refuse_unpriced(ctx, { lines = lines })
  return ctx:call("order.create",
                  { customer = customer.id, lines = lines, ordered_on = params.ordered_on })
end

local LEVELS = { "province", "city", "county", "store" }

local own = {
  config = {
    grace_days = { kind = "integer", default = 0, min = 0, max = 180,
                   label = { zh = "逾期宽限天数", en = "grace days" },
                   doc = "Days late that do not freeze new orders yet (CON-09)." },
  },

  types = {
    customer = { extends = true, fields = {
      { name = "channel_level", kind = "choice", choices = LEVELS,
        label = { zh = "经销商级别", en = "distributor level" }, doc = "Sets the price (DIS-01)." },
      { name = "credit_limit", kind = "money", min = 0,
        label = { zh = "信用额度", en = "credit limit" },
        doc = "Without one every order needs approval (VAL-09, DIS-03)." },
      { name = "credit_days", kind = "integer", min = 0, max = 365,
        label = { zh = "账期天数", en = "term in days" } },
      { name = "deposit", kind = "money", min = 0, label = { zh = "保证金", en = "deposit" } },
      { name = "licence_until", kind = "date", label = { zh = "证照有效期至", en = "licence until" },
        doc = "Orders are held when it is past." },
      { name = "refuses_reconciliation", kind = "boolean",
        label = { zh = "拒绝对账", en = "refuses to reconcile" },
          doc = "Proposes no accommodation (CON-09)." },
    } },
    product = { extends = true, fields = {
      { name = "product_line", kind = "text", label = { zh = "产品线", en = "product line" } },
      { name = "level_prices", kind = "list", of = "map",
        label = { zh = "级别价", en = "level prices" },
        fields = {
          { name = "level", kind = "choice", choices = LEVELS, required = true },
          { name = "price", kind = "money", min = 0, required = true },
        } },
    } },
    order = { extends = true, fields = {
      { name = "held_for", kind = "list", of = "text", readonly = true,
        label = { zh = "需审批的原因", en = "held for" } },
      { name = "exposure", kind = "money", readonly = true,
        label = { zh = "信用占用", en = "exposure" },
        doc = "What was owed, with this order, when it was last judged." },
      { name = "overdue_days", kind = "integer", readonly = true,
        label = { zh = "逾期天数", en = "days overdue" } },
    } },
  },

  rules = {
    -- An approval holds for the order as it was.
    release_of_changed_order = {
      on = "order", events = { "update" }, fields = { "lines", "customer", "total" },
      was = { release = { ["in"] = { "held", "approved" } } },
      doc = { zh = "改过的订单重新审批。", en = "An order that was changed is judged anew (CON-09)." },
      before = function(ctx, change)
        if change.after.release ~= change.before.release then return end
        ctx:move("order", change.id, "entered", {}, "release")
      end,
    },
    released_order_keeps = {
      on = "order", events = { "update" }, fields = { "lines", "customer", "total" },
      was = { release = "released" },
      doc = { zh = "已放行的订单不可改。", en = "What was released is not altered (DIS-03)." },
      before = function(ctx) ctx:fail("RULE_FAILED", "released_already", { field = "lines" }) end,
    },
    cancelled_order_is_withdrawn = {
      on = "order", events = { "update" }, fields = { "state" }, where = { state = "cancelled" },
      doc = { zh = "取消订单：归还信用和返利。", en = "A cancelled order gives back credit and rebate." },
      before = function(ctx, change)
        ctx:move("order", change.id, "withdrawn", {}, "release")
      end,
    },
    refusal_to_reconcile = {
      on = "customer", events = { "create", "update" }, fields = { "refuses_reconciliation" },
      where = { refuses_reconciliation = true },
      doc = { zh = "拒绝对账：提议“不迁就”。", en = "Who refuses to reconcile: no accommodation (CON-09)." },
      before = function(ctx, change) propose_refusal(ctx, change.after) end,
    },
  },

  ops = {
    ["order.release"] = {
      write = true, since = "1",
      doc = { zh = "放行订单并占用信用；额度、逾期、证照或“不迁就”不允许时转为需审批。",
              en = "Releases an order and takes its credit in one change, or holds it (DIS-03)." },
      params = { id = { kind = "integer", required = true, doc = "The order's number." } },
      errors = { "NOT_FOUND", "TRANSITION_DENIED", "RULE_FAILED" },
      run = run_release,
    },
    ["distributor.order"] = {
      write = true, since = "1",
      doc = { zh = "按经销商级别价录入订单。",
              en = "Enters an order at the prices of the distributor's level." },
      params = {
        { name = "customer", kind = "integer", required = true },
        { name = "ordered_on", kind = "date", doc = "Today when not given." },
        { name = "lines", kind = "list", of = "map", required = true, min = 1, max = 200, fields = {
          { name = "product", kind = "integer", required = true },
          { name = "quantity", kind = "integer", required = true, min = 1 },
        } },
      },
      errors = { "NOT_FOUND", "VALIDATION_FAILED", "RULE_FAILED" },
      run = run_order,
    },
  },
}

return { parts = { own, release, accommodation } }
