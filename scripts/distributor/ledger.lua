-- ledger: what a distributor owes and is owed, entry by entry. A balance on the customer is the sum
-- of the entries of its account, written in the same change as the entry; entries are never
-- altered.


local ledger = {}

-- account → the customer's field with its balance
local BALANCES = { credit = "credit_used", accrued = "rebate_accrued", rebate = "rebate_balance" }
local ACCOUNTS = { "credit", "accrued", "rebate" }

--- Writes an entry and the balance that follows from it.
---@param ctx crm.ctx.write
function ledger.post(ctx, customer, account, amount, values)
  if amount == 0 then return end
  local entry = { customer = customer, account = account, amount = amount, posted_on = ctx.today }
  for key, value in pairs(values) do entry[key] = value end
  ctx:create("ledger_entry", entry)
  local field = BALANCES[account]
  local now = ctx:get("customer", customer)
  ctx:update("customer", now.id, { [field] = (now[field] or 0) + amount })
end

--- The sums of all entries, by account.
---@param ctx crm.ctx
function ledger.sums(ctx, customer)
  local sums = { credit = 0, accrued = 0, rebate = 0 }
  for entry in ctx:each("ledger_entry", { where = { customer = customer } }) do
    sums[entry.account] = sums[entry.account] + entry.amount
  end
  return sums
end

-- Merged customers have the entries of both, and parted ones have their own again.
local function recount(ctx, id)
  local values = {}
  for account, sum in pairs(ledger.sums(ctx, id)) do values[BALANCES[account]] = sum end
  ctx:update("customer", id, values)
end

local function refuse(ctx) ctx:fail("RULE_FAILED", "entries_stay") end

ledger.part = {
  types = {
    customer = { extends = true, fields = {
      { name = "credit_used", kind = "money", readonly = true, default = 0,
        label = { zh = "已用信用", en = "credit used" },
        doc = "What is owed and not paid yet (DIS-03)." },
      { name = "rebate_accrued", kind = "money", readonly = true, default = 0,
        label = { zh = "预提返利", en = "rebate accrued" },
        doc = "Earned in periods that are not closed yet (DIS-02)." },
      { name = "rebate_balance", kind = "money", readonly = true, default = 0,
        label = { zh = "可用返利", en = "rebate balance" },
        doc = "Granted and not used yet (DIS-02)." },
    } },
    ledger_entry = {
      label = { zh = "分类账", en = "ledger entry" }, title = "kind",
      doc = "One movement of a distributor's account. Entries stay.",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true, readonly = true,
          label = { zh = "经销商", en = "distributor" } },
        { name = "account", kind = "choice", choices = ACCOUNTS, required = true, readonly = true,
          label = { zh = "账户", en = "account" } },
        { name = "kind", kind = "text", required = true, readonly = true,
          label = { zh = "性质", en = "kind" } },
        { name = "amount", kind = "money", required = true, readonly = true,
          label = { zh = "金额", en = "amount" } },
        { name = "posted_on", kind = "date", readonly = true,
          label = { zh = "记账日期", en = "posted on" } },
        { name = "order", kind = "reference", to = "order", readonly = true,
          label = { zh = "订单", en = "order" } },
        { name = "receivable", kind = "reference", to = "receivable", readonly = true,
          label = { zh = "应收款", en = "receivable" } },
        { name = "policy", kind = "reference", to = "rebate_policy", readonly = true,
          label = { zh = "返利政策", en = "rebate policy" } },
      },
      indexes = { by_account = { fields = { "customer", "account", "posted_on" } } },
    },
  },

  rules = {
    ledger_stays = {
      on = "ledger_entry", events = { "update", "delete" },
      doc = { zh = "分录不可修改或删除。", en = "Entries are neither altered nor deleted." },
      before = refuse,
    },
    ledger_of_merged = {
      on = "customer", events = { "merge", "unmerge" },
      doc = { zh = "客户合并或拆分后，余额重新求和。", en = "Balances of merged and parted customers." },
      before = function(ctx, change)
        recount(ctx, change.after.id)
        if change.event == "unmerge" then recount(ctx, change.before.id) end
      end,
    },
  },

  ops = {
    ["ledger.balance"] = {
      since = "1",
      doc = { zh = "各账户的余额与分录之和。",
              en = "The balance of each account beside the sum of its entries." },
      params = { customer = { kind = "integer", required = true,
                              doc = "The distributor's number." } },
      result = { accounts = { kind = "list", of = "map", doc = "One for each account.", fields = {
        { name = "account", kind = "text" },
        { name = "balance", kind = "money", doc = "As the customer's record has it." },
        { name = "sum", kind = "money", doc = "Of all entries." },
      } } },
      errors = { "NOT_FOUND" },
      run = function(ctx, params)
        local customer = ctx:get("customer", params.customer)
        local sums, accounts = ledger.sums(ctx, customer.id), {}
        for _, account in ipairs(ACCOUNTS) do
          accounts[#accounts + 1] = { account = account, sum = sums[account],
                                      balance = customer[BALANCES[account]] or 0 }
        end
        return { accounts = accounts }
      end,
    },
  },
}

return ledger
