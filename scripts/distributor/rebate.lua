-- rebate: what a distributor earns by buying much (DIS-02). The rate of the tier that the period's
-- purchases reach holds for all of them; each purchase accrues what the sum is now worth more. At
-- the close of the period what was accrued is granted, or lapses when the distributor is overdue.

local ledger = crm.require("ledger")
local merged = crm.require("merged")
local receivable = crm.require("receivable")

local rebate = {}

-- WHAT purchases are worth. Businesses change this function. Half a fen is rounded up, once.
local function worth(policy, purchases)
  local rate = 0
  for _, tier in ipairs(policy.tiers) do
    if purchases >= tier.from then rate = math.max(rate, tier.rate) end
  end
  return (purchases * rate + 5000) // 10000
end

-- WHO gets it: nobody who is overdue on the day of the close.
local function deserves(ctx, customer)
  return receivable.oldest_overdue(ctx, customer) == nil
end

-- The open shares of the customer in the policy: one, of merged customers one for each (ARC-13);
-- with what was bought and accrued in all of them. `settled`: there are some, and none is open.
local function shares_of(ctx, policy, customer)
  local found = ctx:find("rebate_share", { order = "id", where = {
    policy = policy.id, customer = customer,
  } })
  local open, purchases, accrued = {}, 0, 0
  for _, share in ipairs(found) do
    if share.state == "open" then
      open[#open + 1] = share
      purchases, accrued = purchases + share.purchases, accrued + share.accrued
    end
  end
  return open, purchases, accrued, #found > 0 and #open == 0
end

-- Which of the shares the purchase is entered in: the customer's own, else the first.
local function own_share(shares, customer)
  for _, share in ipairs(shares) do
    if share.customer == customer then return share end
  end
  return shares[1]
end

-- What merged customers buy counts together: the share that is written has what the sum is worth
-- more.
---@param ctx crm.ctx.write
local function count(ctx, policy, item, amount)
  local shares, purchases, accrued, settled = shares_of(ctx, policy, item.customer)
  if settled then return end
  local share = own_share(shares, item.customer)
    or ctx:create("rebate_share", { policy = policy.id, customer = item.customer, purchases = 0,
                                    accrued = 0 })
  local more = worth(policy, purchases + amount) - accrued
  ledger.post(ctx, item.customer, "accrued", more,
              { kind = "accrual", policy = policy.id, order = item.order, receivable = item.id })
  ctx:update("rebate_share", share.id, {
    purchases = share.purchases + amount, accrued = share.accrued + more,
  })
end

-- Customers that were merged reach their tiers together, parted ones each for themselves.
---@param ctx crm.ctx.write
local function count_merged(ctx, change)
  local where = { state = { ["in"] = { "open", "closing" } } }
  for policy in ctx:each("rebate_policy", { where = where, order = "id" }) do
    for _, customer in ipairs(merged.touched(change)) do
      if #shares_of(ctx, policy, customer) > 0 then
        count(ctx, policy, { customer = customer }, 0)
      end
    end
  end
end

--- Counts what was released in every policy that runs today; the receivable remembers which.
---@param ctx crm.ctx.write
function rebate.accrue(ctx, item)
  local counted = {}
  for _, policy in ipairs(ctx:find("rebate_policy", { limit = 100, where = {
    state = "open", starts_on = { le = ctx.today }, ends_on = { ge = ctx.today },
  } })) do
    count(ctx, policy, item, item.amount)
    counted[#counted + 1] = policy.id
  end
  ctx:update("receivable", item.id, { counted = counted })
end

--- Takes it back where the period is not settled yet.
---@param ctx crm.ctx.write
function rebate.take_back(ctx, item)
  for _, policy in ipairs(item.counted or {}) do
    count(ctx, ctx:get("rebate_policy", policy), item, -item.amount)
  end
end

---@param ctx crm.ctx.write
local function settle(ctx, policy, share)
  local to = deserves(ctx, share.customer) and "granted" or "lapsed"
  ledger.post(ctx, share.customer, "accrued", -share.accrued, { kind = to, policy = policy.id })
  if to == "granted" then
    ledger.post(ctx, share.customer, "rebate", share.accrued, { kind = to, policy = policy.id })
  end
  ctx:move("rebate_share", share.id, to)
  return to
end

-- At most 500 distributors in one change; whoever closes calls again while some are left.
---@param ctx crm.ctx.write
local function close(ctx, params)
  local policy = ctx:get("rebate_policy", params.policy)
  if policy.ends_on >= ctx.today then ctx:fail("RULE_FAILED", "period_runs",
                                               { field = "policy" }) end
  if policy.state == "open" then ctx:move("rebate_policy", policy.id, "closing") end
  local result = { granted = 0, lapsed = 0 }
  local where = { policy = policy.id, state = "open" }
  for _, share in ipairs(ctx:find("rebate_share", { where = where, limit = 500 })) do
    local to = settle(ctx, policy, share)
    result[to] = result[to] + 1
  end
  result.left = ctx:count("rebate_share", where)
  if result.left == 0 then ctx:move("rebate_policy", policy.id, "closed") end
  return result
end

---@param ctx crm.ctx.write
local function use(ctx, params)
  local item = ctx:get("receivable", params.receivable)
  local customer = ctx:get("customer", item.customer)
  if params.amount > (customer.rebate_balance or 0) then
    ctx:fail("RULE_FAILED", "rebate_too_small", { field = "amount" })
  end
  ledger.post(ctx, customer.id, "rebate", -params.amount, { kind = "used", receivable = item.id })
  return ctx:create("payment", { customer = customer.id, amount = params.amount,
                                 receivable = item.id, method = "rebate" })
end

local part = {
  types = {
    rebate_policy = {
      label = { zh = "返利政策", en = "rebate policy" }, title = "name",
      doc = "A period with tiers: from which purchases on which rate holds (DIS-02).",
      fields = {
        { name = "name", kind = "text", required = true, label = { zh = "名称", en = "name" } },
        { name = "starts_on", kind = "date", required = true,
          label = { zh = "开始", en = "starts on" } },
        { name = "ends_on", kind = "date", required = true, label = { zh = "结束", en = "ends on" } },
        { name = "tiers", kind = "list", of = "map", required = true, min = 1, max = 20,
          label = { zh = "阶梯", en = "tiers" }, fields = {
            { name = "from", kind = "money", required = true, min = 0 },
            { name = "rate", kind = "integer", required = true, min = 0, max = 10000,
              doc = "Hundredths of a percent: 250 is 2.5 %." },
          } },
        { name = "state", kind = "states", choices = { "open", "closing", "closed" },
          transitions = { open = { "closing" }, closing = { "closed" } },
          label = { zh = "状态", en = "state" } },
      },
      indexes = { running = { fields = { "state", "ends_on" } } },
    },
    rebate_share = {
      label = { zh = "返利累计", en = "rebate share" }, title = "id",
      doc = "What one distributor has bought and earned in one period.",
      fields = {
        { name = "policy", kind = "reference", to = "rebate_policy", required = true,
          readonly = true,
          label = { zh = "政策", en = "policy" } },
        { name = "customer", kind = "reference", to = "customer", required = true, readonly = true,
          label = { zh = "经销商", en = "distributor" } },
        { name = "purchases", kind = "money", readonly = true,
          label = { zh = "累计进货", en = "purchases" } },
        { name = "accrued", kind = "money", readonly = true,
          label = { zh = "预提", en = "accrued" } },
        { name = "state", kind = "states", choices = { "open", "granted", "lapsed" },
          readonly = true,
          transitions = { open = { "granted", "lapsed" } }, label = { zh = "状态", en = "state" } },
      },
      indexes = {
        one = { fields = { "policy", "customer" }, unique = true },
        to_settle = { fields = { "policy" }, where = { state = "open" } },
      },
    },
  },

  rules = {
    rebate_of_merged = {
      on = "customer", events = { "merge", "unmerge" },
      doc = { zh = "客户合并或拆分后，返利重新累计。",
              en = "Merged customers reach their tiers together (DIS-02)." },
      before = count_merged,
    },
    period_in_order = {
      on = "rebate_policy", events = { "create", "update" }, fields = { "starts_on", "ends_on" },
      doc = { zh = "返利期的结束不早于开始。", en = "A period does not end before it begins." },
      before = function(ctx, change)
        if change.after.ends_on >= change.after.starts_on then return end
        ctx:fail("VALIDATION_FAILED", "ends_before", { field = "ends_on" })
      end,
    },
    tiers_keep = {
      on = "rebate_policy", events = { "update" }, fields = { "tiers", "starts_on", "ends_on" },
      doc = { zh = "已有累计的政策不可改。", en = "A policy by which somebody has bought is not altered." },
      before = function(ctx, change)
        if ctx:count("rebate_share", { policy = change.id }) == 0 then return end
        ctx:fail("RULE_FAILED", "policy_runs", { field = "tiers" })
      end,
    },
  },

  ops = {
    ["rebate.close"] = {
      write = true, since = "1",
      doc = { zh = "结算一个返利期：发放，逾期者作废；left > 0 时再次调用。",
              en = "Closes a period: what accrued is granted or lapses. Again while left > 0." },
      params = { policy = { kind = "integer", required = true } },
      result = {
        { name = "granted", kind = "integer" }, { name = "lapsed", kind = "integer" },
        { name = "left", kind = "integer", doc = "Distributors that are not settled yet." },
      },
      errors = { "NOT_FOUND", "RULE_FAILED", "TRANSITION_DENIED" },
      run = close,
    },
    ["rebate.use"] = {
      write = true, since = "1",
      doc = { zh = "用返利抵应收款。", en = "Pays a receivable with granted rebate." },
      params = {
        { name = "receivable", kind = "integer", required = true },
        { name = "amount", kind = "money", required = true, min = 1 },
      },
      errors = { "NOT_FOUND", "RULE_FAILED" },
      run = use,
    },
  },
}

rebate.parts = { part }

return rebate
