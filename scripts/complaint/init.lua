-- complaint: from the first call of an angry customer to the thank-you after it.
--
--   registered → investigating → planning → approval → confirmation
--   → agreement → executing → tracking → closed                       flow.lua
--   what a complaint is made of                                       record.lua
--   registering, looking into it, taking it up                        intake.lua
--   the plan, leave for it, everybody's part in it                    plan.lua
--   closing, and what is learned                                      ending.lua
--   who sits behind which desk                                        desk.lua
--
-- README.md shows the states as a drawing and the lines that most businesses change.

local record = crm.require("record")
local desk = crm.require("desk")
local flow = crm.require("flow")
local intake = crm.require("intake")
local plan = crm.require("plan")
local ending = crm.require("ending")

-- A complaint about somebody is hidden from her, with its tasks and with what was said about it
-- (CMP-13).
local HIDDEN_FROM_ACCUSED = { accused = { ne = "$user" } }
local ACCUSED = { name = "accused", kind = "text", readonly = true,
                  label = { zh = "被投诉人", en = "accused" },
                  doc = "Of what belongs to a complaint about staff: about whom." }

local ID = { name = "id", kind = "integer", required = true, doc = "The complaint's number." }

-- The fields of a complaint that are told when it is registered.
local function registered_with()
  local params = {}
  for _, part in ipairs({ record.registration, record.product_form }) do
    for _, field in ipairs(part) do
      local param = {}
      for key, value in pairs(field) do
        if key ~= "index" and key ~= "search" then param[key] = value end
      end
      params[#params + 1] = param
    end
  end
  params[#params + 1] = { name = "handler", kind = "text",
                          doc = "Whoever registers it when not given; of staff, the supervisor." }
  return params
end

local METHOD = { name = "method", kind = "choice", doc = "phone when not given.",
                 choices = { "phone", "visit", "email", "fax", "letter" } }

local COUNTS = { kind = "list", of = "map", fields = {
  { name = "key", kind = "text" }, { name = "count", kind = "integer" },
} }

local function counts(name)
  local field = { name = name }
  for key, value in pairs(COUNTS) do field[key] = value end
  return field
end

-- An op that takes the complaint on.
local function step(doc, params, run, errors)
  table.insert(params, 1, ID)
  return { write = true, doc = doc, params = params, run = run,
           errors = errors or { "NOT_FOUND", "TRANSITION_DENIED" } }
end

local closed = step({
  zh = "结案：客户满意，或不成立已解释，或主管拒绝；客户不满意则回到方案。",
  en = "Closes it, or, when the customer is not satisfied, asks for another plan (CMP-08, C-13).",
}, {
  { name = "satisfied", kind = "boolean" },
  { name = "outcome", kind = "choice", choices = { "solved", "explained", "refused" } },
}, ending.close, { "INVALID_ARGUMENT", "NOT_FOUND", "TRANSITION_DENIED" })
closed.result = {
  { name = "closed", kind = "boolean" },
  { name = "state", kind = "text" },
  { name = "complaint", kind = "map" },
}

local rules = { complaint_begin = {
  on = "complaint", events = { "create" }, where = { recorder = { is_null = false } },
  doc = "Who answers first; a complaint about staff goes to the supervisor (CMP-06, CMP-13).",
  before = intake.begin,
} }
for _, part in ipairs({ flow.rules, desk.rules }) do
  for name, rule in pairs(part) do rules[name] = rule end
end

local manifest = {
  name = "complaint",
  version = "1.0.0",
  own_rights = { "rules" }, -- what follows from a record follows whoever writes it
  doc = {
    zh = "投诉：登记、调查、方案、批准、确认、协议、执行、跟踪、结案，各有期限。",
    en = "Complaints: from registration to thanks, each step with its clock.",
  },

  config = {
    authority = {
      kind = "money", default = 0, min = 0,
      label = { zh = "坐席权限金额", en = "authority of a handler" },
      doc = "Compensation up to this needs no leave, for simple complaints (C-12).",
    },
    thank_days = {
      kind = "integer", default = 1, min = 0, max = 30,
      label = { zh = "几天后致谢", en = "days until the thanks" },
      doc = "After closing (CMP-18, C-38).",
    },
    keep_days = {
      kind = "integer", default = 7, min = 0, max = 365,
      label = { zh = "几天后回访未购客户", en = "days until the visit that keeps a customer" },
      doc = "After explaining that the thing was never bought here (C-31).",
    },
    action_days = {
      kind = "integer", default = 1, min = 0, max = 60,
      label = { zh = "方案任务期限天数", en = "days for each action" },
      doc = "Everybody's part of a plan is due so many days after the agreement (CMP-09).",
    },
    reopen_days = {
      kind = "integer", default = 7, min = 0, max = 365,
      label = { zh = "结案后可重开天数", en = "days in which it may be reopened" },
    },
    refund_needs_order = {
      kind = "boolean", default = false,
      label = { zh = "退款须附订单", en = "refunds need an order" },
      doc = "Cash goes out only with the number of an order (C-36).",
    },
  },

  types = {
    complaint = {
      label = { zh = "投诉", en = "complaint" }, title = "reason",
      visible = HIDDEN_FROM_ACCUSED,
      doc = "What a customer is not content with, until she is.",
      fields = record.fields(),
    },
    complaint_desk = {
      label = { zh = "受理岗位", en = "complaint desk" }, title = "name", admin = true,
      doc = "Who sits behind a desk: supervisor 主管, shift_leader 班长, leader 领导, " ..
        "warehouse 仓库, marketing 市场, production 生产, finance 财务, or a department (CMP-22).",
      fields = {
        { name = "name", kind = "text", required = true, unique = true,
          label = { zh = "岗位", en = "desk" } },
        { name = "person", kind = "text", required = true, label = { zh = "负责人", en = "person" } },
      },
    },
    task = { extends = true, visible = HIDDEN_FROM_ACCUSED, fields = {
      { name = "complaint", kind = "reference", to = "complaint", index = true,
        label = { zh = "投诉", en = "complaint" } },
      ACCUSED,
    } },
    activity = { extends = true, visible = HIDDEN_FROM_ACCUSED, fields = { ACCUSED } },
  },

  include = { flow.states, flow.answer },
  rules = rules,

  ops = {
    ["complaint.register"] = {
      write = true,
      doc = {
        zh = "登记投诉。", en = "Registers a complaint, whatever way it came (CMP-01, CMP-20).",
      },
      params = registered_with(), errors = { "NOT_FOUND", "RULE_FAILED", "VALIDATION_FAILED" },
      run = intake.register,
    },
    ["complaint.acknowledge"] = step({
      zh = "首次答复客户。", en = "The first answer to the customer, on the same day (CMP-06).",
    }, {
      { name = "content", kind = "text", required = true },
      METHOD,
      { name = "promised_on", kind = "date", doc = "When an end was promised (CMP-14)." },
    }, intake.acknowledge),
    ["complaint.investigate"] = step({
      zh = "开始调查；带 founded 时结束调查。",
      en = "Begins to look into it; with `founded`, ends it (CMP-15).",
    }, {
      { name = "founded", kind = "boolean" }, { name = "findings", kind = "text" },
    }, intake.investigate),
    ["complaint.judge"] = step({
      zh = "五因素判断，给出补偿建议。", en = "Five factors, and what they suggest (CMP-10).",
    }, {
      table.unpack(record.judgement),
    }, intake.judge, { "NOT_FOUND" }),
    ["complaint.escalate"] = step({
      zh = "升级给班长、主管或领导。", en = "Takes it up (CMP-11, CMP-17).",
    }, {
      { name = "level", kind = "choice", choices = { "shift_leader", "supervisor", "leader" },
        doc = "supervisor when not given." },
      { name = "to", kind = "text", doc = "The person behind that desk when not given." },
      { name = "reason", kind = "text" },
    }, intake.escalate, { "NOT_FOUND", "RULE_FAILED" }),
    ["complaint.delegate"] = step({
      zh = "主管指定委托人。", en = "The supervisor names who acts for her (CMP-12).",
    }, {
      { name = "delegate", kind = "text", required = true },
    }, intake.delegate, { "NOT_FOUND", "PERMISSION_DENIED", "RULE_FAILED" }),
    ["complaint.propose"] = step({
      zh = "提出处理方案。",
      en = "Offers a plan (CMP-09); it goes to the leader or the customer (C-12).",
    }, {
      { name = "plan", kind = "list", of = "map", required = true, min = 1, fields = record.plan },
    }, plan.propose, { "NOT_FOUND", "RULE_FAILED", "TRANSITION_DENIED" }),
    ["complaint.approve"] = step({
      zh = "领导批准或退回方案。", en = "The leader approves the plan or sends it back (CMP-07).",
    }, {
      { name = "approved", kind = "boolean", default = true },
    }, plan.approve),
    ["complaint.confirm"] = step({
      zh = "客户对方案的答复。", en = "What the customer says to the plan (CMP-07, CMP-11).",
    }, {
      { name = "accepted", kind = "boolean", default = true },
      { name = "proposal", kind = "text", doc = "What the customer wants instead." },
    }, plan.confirm),
    ["complaint.agree"] = step({
      zh = "签订处理协议，分派任务。",
      en = "Stores the agreement and gives everybody his part (CMP-09).",
    }, {
      { name = "agreement", kind = "text", required = true },
    }, plan.agree),
    ["complaint.track"] = step({
      zh = "跟踪执行结果。", en = "The customer was asked how it went.",
    }, {
      { name = "content", kind = "text", required = true },
      METHOD,
    }, plan.track),
    ["complaint.close"] = closed,
    ["complaint.reopen"] = step({
      zh = "重新打开已结案的投诉。", en = "Opens a closed one again, within some days.",
    }, { { name = "reason", kind = "text" } }, ending.reopen),
    ["complaint.review"] = step({
      zh = "写下反省检讨。", en = "What is learned from it (CMP-18).",
    }, { { name = "review", kind = "text", required = true } }, ending.review, { "NOT_FOUND" }),

    ["complaint.overdue"] = {
      doc = { zh = "已过期限的投诉。", en = "Those whose time has run out, the oldest first (CMP-14)." },
      params = {
        { name = "handler", kind = "text", doc = "Only this person's." },
        { name = "limit", kind = "integer", min = 1, max = 500 },
        { name = "after", kind = "text" },
      },
      result = {
        { name = "items", kind = "list", of = "map", fields = {
          { name = "id", kind = "integer" }, { name = "customer", kind = "integer" },
          { name = "reason", kind = "text" }, { name = "state", kind = "text" },
          { name = "state_text", kind = "text" }, { name = "due_at", kind = "datetime" },
          { name = "handler", kind = "text" }, { name = "responsible", kind = "text" },
        } },
        { name = "next", kind = "text" },
      },
      run = ending.overdue,
    },
    ["complaint.statistics"] = {
      doc = {
        zh = "按类别、产品、人员和状态统计。",
        en = "How many of which class, product, person and state (CMP-19).",
      },
      params = {
        { name = "from", kind = "date", required = true },
        { name = "to", kind = "date", required = true },
      },
      result = {
        { name = "total", kind = "integer" }, { name = "satisfied", kind = "integer" },
        { name = "founded", kind = "integer" },
        counts("by_class"), counts("by_product"), counts("by_accused"), counts("by_handler"),
        counts("by_state"),
      },
      run = ending.statistics,
    },
  },
}

return crm.package(manifest)
