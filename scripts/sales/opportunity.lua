-- opportunity: deals by stage, the funnel, the forecast, and those that nobody cares for (OPP-01,
-- OPP-02, OPP-05, FUP-05).

local date = crm.date

-- HOW likely a deal is in a stage, in percent, unless somebody knows better.
local STAGES = {
  { name = "found", probability = 10 }, { name = "qualified", probability = 20 },
  { name = "proposed", probability = 40 }, { name = "quoted", probability = 60 },
  { name = "negotiating", probability = 80 }, { name = "won", probability = 100 },
  { name = "lost", probability = 0 },
}
local OPEN = { "found", "qualified", "proposed", "quoted", "negotiating" }
local IS_OPEN = { stage = { ["in"] = OPEN } }

local function fresh_until(ctx, day)
  return { last_contact_on = day,
           fresh_until = date.add(day, { days = ctx.config.stale_days - 1 }) }
end

local function is_open(deal) return deal.stage ~= "won" and deal.stage ~= "lost" end

-- Stages go on by one or more, and back; won and lost are ends.
local function ways(number)
  local to = {}
  for other = 1, #OPEN do
    if other ~= number then to[#to + 1] = OPEN[other] end
  end
  to[#to + 1] = { to = "won",
                  who = { fields = { "owner" }, roles = { "leader", "administrator" } } }
  to[#to + 1] = { to = "lost", where = { lost_reason = { is_null = false } } }
  return to
end

local function stage_states()
  local states = {}
  for number, stage in ipairs(STAGES) do
    states[number] = {
      name = stage.name, to = number <= #OPEN and ways(number) or nil,
      enter = function(ctx, change)
        if change.event == "create" and change.after.probability then return end
        ctx:update("opportunity", change.id, { probability = stage.probability })
      end,
    }
  end
  return states
end

local stages = crm.workflow {
  on = "opportunity", field = "stage", index = true, label = { zh = "阶段", en = "stage" },
  doc = "Where the deal stands (OPP-01).", states = stage_states(),
}

-- Each deal has a task of its own: others of the customer may be somebody else's.
---@param ctx crm.ctx.write
local function remind(ctx, change)
  local deal = change.after
  local task = ctx:create("task", {
    customer = deal.customer, kind = "stale_deal", owner = deal.owner, due_on = ctx.today,
    title = ctx:text("stale_title", { name = deal.name, on = deal.last_contact_on }),
  })
  ctx:update("opportunity", deal.id, { stale_task = task.id })
end

---@param ctx crm.ctx.write
local function forget(ctx, change)
  local deal = change.before
  if not deal.stale_task then return end
  -- It may be done, or gone to the recycle bin.
  for _, task in ipairs(ctx:find("task", { where = { id = deal.stale_task, state = "open" } })) do
    ctx:update("task", task.id, { state = "cancelled" })
  end
  if change.after then ctx:update("opportunity", deal.id, { stale_task = crm.null }) end
end

local attention = crm.workflow {
  on = "opportunity", field = "attention", label = { zh = "跟进", en = "attention" },
  doc = "Stale when there was no contact for stale_days (FUP-05).",
  states = {
    { name = "fresh", to = { { to = "stale", where = IS_OPEN,
      delay = { days = 1, since = "fresh_until", at = "00:00" } } } },
    { name = "stale", enter = remind, leave = forget, to = { "fresh" } },
  },
}

---@param ctx crm.ctx.write
local function refresh(ctx, deal, day)
  if day <= (deal.last_contact_on or "") then return end
  ctx:update("opportunity", deal.id, fresh_until(ctx, day))
  if deal.attention == "stale" then ctx:move("opportunity", deal.id, "fresh", {}, "attention") end
end

---@param ctx crm.ctx
local function funnel(ctx, params)
  local rows, by_stage = {}, {}
  for number, stage in ipairs(STAGES) do
    rows[number] = { stage = stage.name, count = 0, amount = 0 }
    by_stage[stage.name] = rows[number]
  end
  for deal in ctx:each("opportunity", { where = { owner = params.owner } }) do
    local row = by_stage[deal.stage]
    row.count, row.amount = row.count + 1, row.amount + deal.amount
  end
  return { items = rows }
end

-- Products of fen and percent are summed, and rounded once for each month.
---@param ctx crm.ctx
local function forecast(ctx, params)
  local sums, rows = {}, {}
  local where = { owner = params.owner, stage = { ["in"] = OPEN },
                  expected_on = { ge = params.from, le = params.to } }
  for deal in ctx:each("opportunity", { where = where, order = "expected_on" }) do
    local month = string.sub(deal.expected_on, 1, 7)
    local sum = sums[month] or { count = 0, amount = 0, weighted = 0 }
    sums[month] = { count = sum.count + 1, amount = sum.amount + deal.amount,
                    weighted = sum.weighted + deal.amount * deal.probability }
  end
  for month, sum in pairs(sums) do
    rows[#rows + 1] = { month = month, count = sum.count, amount = sum.amount,
                        forecast = (sum.weighted + 50) // 100 }
  end
  return { items = crm.list(rows) }
end

local own = {
  config = {
    stale_days = { kind = "integer", default = 14, min = 1, max = 365,
                   label = { zh = "几天无联系算停滞", en = "days without contact" },
                   doc = "Then the owner gets a task (FUP-05)." },
  },

  types = {
    opportunity = {
      label = { zh = "商机", en = "opportunity" }, title = "name",
      doc = "A deal that may be made (OPP-01).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true,
          label = { zh = "客户", en = "customer" } },
        { name = "name", kind = "text", required = true, search = true, max = 200,
          label = { zh = "名称", en = "name" } },
        { name = "product", kind = "reference", to = "product",
          label = { zh = "产品", en = "product" } },
        { name = "amount", kind = "money", required = true, min = 0, max = 1000000000000,
          label = { zh = "金额", en = "amount" } },
        { name = "probability", kind = "integer", min = 0, max = 100,
          label = { zh = "成功率（%）", en = "probability in percent" } },
        { name = "owner", kind = "text", required = true, index = true,
          label = { zh = "负责人", en = "owner" } },
        { name = "expected_on", kind = "date", required = true,
          label = { zh = "预计成交", en = "expected on" } },
        { name = "last_contact_on", kind = "date", readonly = true,
          label = { zh = "最近联系", en = "last contact on" } },
        { name = "fresh_until", kind = "date", readonly = true,
          label = { zh = "跟进至", en = "fresh until" }, doc = "Stale from the day after." },
        { name = "stale_task", kind = "reference", to = "task", readonly = true,
          label = { zh = "跟进任务", en = "task" }, doc = "While it is stale." },
        { name = "lost_reason", kind = "text", label = { zh = "丢单原因", en = "why it was lost" } },
      },
      indexes = {
        of_customer = { fields = { "customer", "stage" } },
        by_day = { fields = { "stage", "expected_on" } },
      },
    },
  },

  rules = {
    deal_is_fresh = {
      on = "opportunity", events = { "create" },
      doc = { zh = "新商机从今天起算。", en = "A new deal counts from today (FUP-05)." },
      before = function(ctx, change)
        ctx:update("opportunity", change.id, fresh_until(ctx, ctx.today))
      end,
    },
    contact_refreshes_deals = {
      on = "activity", events = { "create" },
      doc = { zh = "与客户联系，其商机重新计时。", en = "Contact with the customer counts (FUP-05)." },
      before = function(ctx, change)
        local day = change.after.at and ctx:date(change.after.at) or ctx.today
        local where = { customer = change.after.customer, stage = { ["in"] = OPEN } }
        for deal in ctx:each("opportunity", { where = where }) do refresh(ctx, deal, day) end
      end,
    },
    closed_deal_needs_nothing = {
      on = "opportunity", events = { "update" }, fields = { "stage" },
        where = { attention = "stale" },
      doc = { zh = "成交或丢单后不再提醒。", en = "A deal that is won or lost is not stale." },
      before = function(ctx, change)
        if is_open(change.after) then return end
        ctx:move("opportunity", change.id, "fresh", {}, "attention")
      end,
    },
    deleted_deal_needs_nothing = {
      on = "opportunity", events = { "delete" },
      doc = { zh = "删除的商机不再提醒。", en = "A deal that is deleted is nobody's task." },
      before = forget,
    },
  },

  ops = {
    ["opportunity.funnel"] = {
      since = "1",
      doc = { zh = "销售漏斗：各阶段的数量和金额。", en = "Count and amount of each stage (OPP-02)." },
      params = { owner = { kind = "text", doc = "Only this person's." } },
      result = { items = { kind = "list", of = "map", doc = "One for each stage, in order.",
                           fields = {
        { name = "stage", kind = "text" }, { name = "count", kind = "integer" },
        { name = "amount", kind = "money" },
      } } },
      run = funnel,
    },
    ["opportunity.forecast"] = {
      since = "1",
      doc = { zh = "预测：金额×成功率，按月。", en = "Amount × probability by month (OPP-05)." },
      params = {
        { name = "from", kind = "date", required = true },
          { name = "to", kind = "date", required = true },
        { name = "owner", kind = "text", doc = "Only this person's." },
      },
      result = { items = { kind = "list", of = "map", doc = "One for each month with deals.",
                           fields = {
        { name = "month", kind = "text" }, { name = "count", kind = "integer" },
        { name = "amount", kind = "money" }, { name = "forecast", kind = "money" },
      } } },
      run = forecast,
    },
  },
}

return { parts = { own, stages, attention } }
