-- lead: prospects, and the public pool (公海) that nobody can race for (PRS-01 to PRS-03). Whoever
-- claims a lead owns it while there is contact; without contact it goes back by a timer of its own.

local date = crm.date

-- WHO is qualified: money, authority and need, all three (MAN).
local function is_qualified(lead)
  return lead.money == true and lead.authority == "decide" and lead.need == true
end

-- HOW LONG a lead is kept without contact, by its level.
local function keep_days(ctx, lead)
  return ctx.config["keep_days_" .. (lead.level or "warm")]
end

-- Quotas ------------------------------------------------------------------------------------------

local function quota_of(ctx, user)
  return ctx:find("lead_quota", { where = { user = user } })[1]
end

-- A count of today is nothing on another day.
local function claimed_today(ctx, quota)
  return quota ~= nil and quota.claimed_on == ctx.today and quota.claimed or 0
end

---@param ctx crm.ctx.write
local function charge(ctx, user)
  local quota = quota_of(ctx, user)
  local values = { held = (quota and quota.held or 0) + 1, claimed_on = ctx.today,
                   claimed = claimed_today(ctx, quota) + 1 }
  if quota then return ctx:update("lead_quota", quota.id, values) end
  values.user = user
  ctx:create("lead_quota", values)
end

---@param ctx crm.ctx.write
local function discharge(ctx, user)
  local quota = quota_of(ctx, user)
  ctx:update("lead_quota", quota.id, { held = quota.held - 1 })
end

local function is_leader(ctx)
  local user = ctx:find("user", { where = { name = ctx.actor } })[1]
  for _, role in ipairs(user and user.roles or {}) do
    if role == "leader" or role == "administrator" then return true end
  end
  return false
end

local function cools_down(ctx, lead, owner)
  if lead.former_owner ~= owner or not lead.released_on then return false end
  return ctx.today < date.add(lead.released_on, { days = ctx.config.cool_down_days })
end

-- WHO may have it. A leader who assigns is not bound by cool-down and the count of the day.
local function may_claim(ctx, change)
  local lead, owner = change.after, change.after.owner
  local quota = quota_of(ctx, owner)
  if quota and quota.held >= ctx.config.hold_cap then return false, "holds_enough" end
  if owner ~= ctx.actor then return is_leader(ctx), "leaders_assign" end
  if claimed_today(ctx, quota) >= ctx.config.claims_a_day then return false, "claimed_enough" end
  return not cools_down(ctx, lead, owner), "cools_down"
end

-- What follows ------------------------------------------------------------------------------------

local function keep_from(ctx, lead, day)
  local until_day = date.add(day, { days = keep_days(ctx, lead) })
  return { last_contact_on = day, keep_until = until_day,
           warn_after = date.add(until_day, { days = -ctx.config.notice_days }) }
end

---@param ctx crm.ctx.write
local function quieten(ctx, lead)
  if lead.warning ~= "warned" then return end
  ctx:move("lead", lead.id, "quiet", {}, "warning")
end

---@param ctx crm.ctx.write
local function claimed(ctx, change)
  ctx:update("lead", change.id, keep_from(ctx, change.after, ctx.today))
  charge(ctx, change.after.owner)
end

---@param ctx crm.ctx.write
local function let_go(ctx, change)
  discharge(ctx, change.before.owner)
  quieten(ctx, change.after)
end

-- Back in the pool; after some rounds nobody asks for it any more.
---@param ctx crm.ctx.write
local function released(ctx, change)
  if change.event ~= "update" or change.before.state ~= "claimed" then return end
  local rounds = (change.after.rounds or 0) + 1
  ctx:update("lead", change.id, {
    owner = crm.null, former_owner = change.before.owner, released_on = ctx.today, rounds = rounds,
    keep_until = crm.null, warn_after = crm.null,
  })
  if rounds >= ctx.config.rounds then ctx:move("lead", change.id, "dormant", {}, "state") end
end

---@param ctx crm.ctx.write
local function warn(ctx, change)
  local lead = change.after
  local task = ctx:create("task", {
    kind = "lead_recycle", owner = lead.owner, due_on = ctx.today,
    title = ctx:text("recycle_title", { lead = lead.name, on = lead.keep_until }),
  })
  ctx:update("lead", lead.id, { recycle_task = task.id })
end

-- After contact, and once the lead is somebody else's or nobody's, there is nothing to be told.
---@param ctx crm.ctx.write
local function unwarn(ctx, change)
  local id = change.before.recycle_task
  if not id then return end
  for _, task in ipairs(ctx:find("task", { where = { id = id, state = "open" } })) do
    ctx:update("task", task.id, { state = "cancelled" })
  end
  ctx:update("lead", change.id, { recycle_task = crm.null })
end

local OWNER = { fields = { "owner" }, roles = { "leader", "administrator" } }

local pool = crm.workflow {
  on = "lead", index = true, label = { zh = "状态", en = "state" },
  doc = "In the pool, or one person's; a claim cannot be raced (PRS-03).",
  states = {
    { name = "pool", enter = released, to = {
      { to = "claimed", claims = "owner", guard = may_claim }, "dormant", "void" } },
    { name = "claimed", enter = claimed, leave = let_go, to = {
      { to = "pool", who = OWNER, delay = { days = 1, since = "keep_until", at = "00:00" } },
      { to = "converted", who = OWNER,
        where = { qualified = true, usable = true, affordable = true,
                  customer = { is_null = false } } },
      { to = "void", who = OWNER } } },
    "converted",
    { name = "dormant", to = { "pool", "void" } },
    "void",
  },
}

local warning = crm.workflow {
  on = "lead", field = "warning", label = { zh = "回收提醒", en = "warning" },
  doc = "The owner is told before a lead goes back (PRS-03).",
  states = {
    { name = "quiet", to = {
      { to = "warned", where = { state = "claimed" },
        delay = { days = 1, since = "warn_after", at = "09:00" } } } },
    { name = "warned", enter = warn, leave = unwarn, to = { "quiet" } },
  },
}

-- Ops ---------------------------------------------------------------------------------------------

---@param ctx crm.ctx.write
local function convert(ctx, params)
  local lead = ctx:get("lead", params.id)
  local customer = ctx:create("customer", {
    name = lead.name, phone = lead.phone, owner = lead.owner, source = lead.source,
      note = lead.note,
  })
  return ctx:move("lead", lead.id, "converted", { customer = customer.id }, "state")
end

local function cap(default, zh, en, doc)
  return { kind = "integer", default = default, min = 1, max = 10000, label = { zh = zh, en = en },
           doc = doc }
end

local SOURCES = { "research", "introduction", "halo", "meeting", "search", "trade_site", "web_page",
                  "web_ad", "yellow_pages", "messaging", "other" }

local own = {
  config = {
    hold_cap = cap(50, "持有上限", "leads one person may hold", "Claimed and assigned (PRS-03)."),
    claims_a_day = cap(10, "每天领取上限", "claims a day", "Of one person, on one day (PRS-03)."),
    cool_down_days = cap(7, "冷却天数", "cool-down in days", "The former owner waits so long."),
    notice_days = cap(2, "回收前提醒天数", "days of notice", "At 09:00, so many days before."),
    rounds = cap(3, "几轮后休眠", "rounds until dormant", "How often a lead may go back."),
    keep_days_hot = cap(7, "热线索保留天数", "days a hot lead is kept"),
    keep_days_warm = cap(15, "温线索保留天数", "days a warm lead is kept"),
    keep_days_cold = cap(30, "冷线索保留天数", "days a cold lead is kept"),
  },

  types = {
    lead = {
      label = { zh = "线索", en = "lead" }, title = "name",
      doc = "Somebody who may become a customer (PRS-01 to PRS-03).",
      fields = {
        { name = "name", kind = "text", required = true, search = true, max = 200, personal = true,
          label = { zh = "名称", en = "name" } },
        { name = "phone", kind = "phone", unique = true, personal = true,
          label = { zh = "电话", en = "phone" } },
        { name = "source", kind = "choice", choices = SOURCES, default = "other",
          label = { zh = "来源", en = "source" }, doc = "资料查寻, 连锁介绍, 光辉效应 … (PRS-02)." },
        { name = "level", kind = "choice", choices = { "hot", "warm", "cold" }, default = "warm",
          label = { zh = "热度", en = "level" }, doc = "How long it is kept without contact." },
        { name = "usable", kind = "boolean", label = { zh = "用得着", en = "has use for it" } },
        { name = "affordable", kind = "boolean", label = { zh = "买得起", en = "can afford it" } },
        { name = "money", kind = "boolean", label = { zh = "有钱", en = "money" } },
        { name = "authority", kind = "choice", choices = { "decide", "suggest", "oppose" },
          label = { zh = "决定权", en = "authority" } },
        { name = "need", kind = "boolean", label = { zh = "有需要", en = "need" } },
        { name = "qualified", kind = "boolean", readonly = true, default = false, index = true,
          label = { zh = "合格", en = "qualified" }, doc = "Money, authority and need (PRS-01)." },
        { name = "pursued", kind = "boolean", index = true,
          label = { zh = "追踪名单", en = "pursued" }, doc = "On the pursuit list (C-15)." },
        { name = "owner", kind = "text", index = true, label = { zh = "负责人", en = "owner" },
          doc = "Whoever claimed it, or got it from a leader; nobody in the pool." },
        { name = "former_owner", kind = "text", readonly = true,
          label = { zh = "前负责人", en = "former owner" } },
        { name = "released_on", kind = "date", readonly = true,
          label = { zh = "退回日期", en = "released on" } },
        { name = "rounds", kind = "integer", readonly = true, default = 0,
          label = { zh = "退回次数", en = "rounds" } },
        { name = "last_contact_on", kind = "date", readonly = true,
          label = { zh = "最近联系", en = "last contact on" } },
        { name = "keep_until", kind = "date", readonly = true, index = true,
          label = { zh = "保留至", en = "kept until" }, doc = "It goes back at the end of this day." },
        { name = "warn_after", kind = "date", readonly = true,
          label = { zh = "此后提醒", en = "warned after" } },
        { name = "recycle_task", kind = "reference", to = "task", readonly = true,
          label = { zh = "提醒任务", en = "task" }, doc = "While its owner is warned." },
        { name = "customer", kind = "reference", to = "customer", readonly = true,
          label = { zh = "客户", en = "customer" } },
        { name = "note", kind = "text", personal = true, label = { zh = "备注", en = "note" } },
      },
    },
    lead_contact = {
      label = { zh = "线索联系", en = "contact with a lead" }, title = "content",
      doc = "A contact with a lead; it keeps the lead (PRS-03).",
      fields = {
        { name = "lead", kind = "reference", to = "lead", required = true, index = true,
          label = { zh = "线索", en = "lead" } },
        { name = "kind", kind = "choice", default = "phone",
          choices = { "phone", "visit", "email", "letter", "other" },
          label = { zh = "方式", en = "kind" } },
        { name = "content", kind = "text", required = true, personal = true,
          label = { zh = "内容", en = "content" } },
      },
    },
    lead_quota = {
      label = { zh = "线索配额", en = "lead quota" }, title = "user",
      doc = "How many leads somebody holds, and has claimed on a day. Written by claims only.",
      fields = {
        { name = "user", kind = "text", required = true, unique = true, readonly = true,
          label = { zh = "人员", en = "user" } },
        { name = "held", kind = "integer", readonly = true, label = { zh = "持有", en = "held" } },
        { name = "claimed_on", kind = "date", readonly = true,
          label = { zh = "最近领取", en = "claimed on" } },
        { name = "claimed", kind = "integer", readonly = true,
          label = { zh = "当天领取", en = "claimed that day" } },
      },
    },
  },

  rules = {
    lead_is_qualified = {
      on = "lead", events = { "create", "update" }, fields = { "money", "authority", "need" },
      doc = { zh = "金钱、决定权、需要，三者齐备为合格。",
              en = "Money, authority and need make a qualified lead (PRS-01)." },
      before = function(ctx, change)
        ctx:update("lead", change.id, { qualified = is_qualified(change.after) })
      end,
    },
    contact_keeps_lead = {
      on = "lead_contact", events = { "create" },
      doc = { zh = "负责人的联系使线索继续保留。", en = "Contact by the owner keeps the lead (PRS-03)." },
      before = function(ctx, change)
        local lead = ctx:get("lead", change.after.lead)
        if lead.state ~= "claimed" or lead.owner ~= ctx.actor then
          ctx:fail("RULE_FAILED", "not_your_lead", { field = "lead" })
        end
        ctx:update("lead", lead.id, keep_from(ctx, lead, ctx.today))
        quieten(ctx, lead)
      end,
    },
    level_keeps_lead = {
      on = "lead", events = { "update" }, fields = { "level" }, where = { state = "claimed" },
      doc = { zh = "热度改变，保留期随之改变。", en = "Another level, another time to keep it." },
      before = function(ctx, change)
        local lead = change.after
        ctx:update("lead", lead.id, keep_from(ctx, lead, lead.last_contact_on))
      end,
    },
    -- Its name comes behind those of the states, which have cleared the owner by then.
    pool_has_no_owner = {
      on = "lead", events = { "create", "update" }, fields = { "owner", "state" },
      where = { state = { ["in"] = { "pool", "dormant" } }, owner = { is_null = false } },
      doc = { zh = "公海中的线索没有负责人。", en = "A lead in the pool is nobody's (PRS-03)." },
      before = function(ctx) ctx:fail("RULE_FAILED", "claim_it", { field = "owner" }) end,
    },
    claimed_lead_stays = {
      on = "lead", events = { "delete" }, where = { state = "claimed" },
      doc = { zh = "已领取的线索先退回或作废。", en = "A lead that somebody holds is not deleted." },
      before = function(ctx) ctx:fail("RULE_FAILED", "release_first", { field = "id" }) end,
    },
  },

  ops = {
    ["lead.convert"] = {
      write = true, since = "1",
      doc = { zh = "合格的线索转为客户。", en = "Makes a customer of a qualified lead." },
      params = { id = { kind = "integer", required = true, doc = "The lead's number." } },
      errors = { "NOT_FOUND", "TRANSITION_DENIED", "DUPLICATE" },
      run = convert,
    },
  },
}

return { parts = { own, pool, warning } }
