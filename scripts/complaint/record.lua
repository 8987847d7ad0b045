-- record: what a complaint is made of. The states and clocks stand in flow.lua.

-- What people write about the customer goes when she is erased (person.erase).
local PERSONAL = { personal = true }

local function text(name, zh, en, more)
  local field = { name = name, kind = "text", label = { zh = zh, en = en } }
  for key, value in pairs(more or {}) do field[key] = value end
  return field
end

local function choice(name, zh, en, choices, more)
  local field = { name = name, kind = "choice", choices = choices, label = { zh = zh, en = en } }
  for key, value in pairs(more or {}) do field[key] = value end
  return field
end

local record = {}

-- What can be done for a customer (CMP-09). Where each goes, and whether it costs something, stands
-- in plan.lua.
record.actions = {
  "exchange", "return", "gift", "discount", "apology", "refund", "small_gift", "packaging", "tour",
  "invitation",
}

record.plan = {
  { name = "kind", kind = "choice", choices = record.actions, required = true },
  { name = "text", kind = "text", doc = "What exactly: 4 L 机油 2 桶." },
  { name = "product", kind = "reference", to = "product" },
  { name = "quantity", kind = "integer", min = 1 },
  { name = "amount", kind = "money", min = 0, doc = "What it costs the business." },
  { name = "order", kind = "reference", to = "order", doc = "The order that is paid back." },
}

-- The five factors A to E of the judgement (CMP-10).
record.judgement = {
  { name = "company_fault", kind = "boolean", doc = "A: the fault is ours." },
  { name = "damage", kind = "boolean", doc = "B: the customer came to harm." },
  { name = "reasonable", kind = "boolean", doc = "C: what is asked for is reasonable." },
  { name = "future", kind = "boolean", doc = "D: the customer will buy again." },
  { name = "influence", kind = "boolean", doc = "E: others listen to the customer." },
}

-- Who, when, how, about what (CMP-01, CMP-20).
record.registration = {
  { name = "customer", kind = "reference", to = "customer", required = true, index = true,
    label = { zh = "客户", en = "customer" } },
  text("company", "单位", "company", PERSONAL),
  text("address", "地址", "address", PERSONAL),
  { name = "phone", kind = "phone", label = { zh = "电话", en = "phone" } },
  text("reason", "事由", "reason", { required = true, search = true, personal = true }),
  choice("channel", "渠道", "channel", { "phone", "email", "letter", "fax", "visit" },
    { required = true, doc = "phone 电话, email 邮件, letter 信函, fax 传真, visit 来访." }),
  choice("class", "类别", "class", {
    "product_quality", "product_effect", "product_packaging", "product_price",
    "staff_attitude", "staff_skill", "staff_delay", "housing_use",
  }, { required = true, index = true,
    doc = "产品：质量、效果、包装、价格；服务人员：态度、业务、拖延；住房使用 (CMP-03)." }),
  choice("kind", "性质", "kind", { "grumble", "complaint" },
    { default = "complaint", doc = "grumble 抱怨 (emotional), complaint 投诉 (rational; CMP-04)." }),
  choice("severity", "程度", "severity", { "simple", "general", "complex" },
    { default = "general", doc = "simple 简单, general 一般, complex 复杂 (CMP-05)." }),
  text("accused", "被投诉人", "accused"),
  choice("accused_in", "被投诉人所在", "where the accused works", { "call_centre", "other" }),
  text("department", "被投诉部门", "department concerned"),
  { name = "promised_on", kind = "date", label = { zh = "承诺日期", en = "promised on" },
    doc = "The day by which the customer was promised an end (CMP-14)." },
  choice("wish", "客户期望", "wish", { "expectation", "relief", "respect", "compensation" },
    { doc = "What the customer really wants: 期望, 发泄, 尊重, 补偿 (CMP-26)." }),
}

-- The form of a complaint about a product (CMP-02).
record.product_form = {
  { name = "product", kind = "reference", to = "product", index = true,
    label = { zh = "产品", en = "product" } },
  text("product_name", "品名", "product name"),
  text("spec", "规格", "spec"),
  { name = "produced_on", kind = "date", label = { zh = "生产日期", en = "produced on" } },
  text("batch", "批号", "batch"),
  text("used_when", "使用时间", "used when"),
  text("symptom", "症状", "symptom", PERSONAL),
  text("previous_brand", "以前用的品牌", "previous brand"),
  text("previous_state", "以前的状况", "previous state", PERSONAL),
  text("recent_state", "近期状况", "recent state", PERSONAL),
}

record.handling = {
  text("recorder", "登记人", "recorder", { readonly = true }),
  { name = "registered_on", kind = "date", readonly = true, index = true,
    label = { zh = "登记日期", en = "registered on" } },
  text("handler", "经办人", "handler", { index = true }),
  text("supervisor", "主管", "supervisor", { readonly = true }),
  text("delegate", "主管委托人", "delegate", { readonly = true }),
  text("approver", "批准人", "approver", { readonly = true }),
  text("closer", "结案人", "may close", { readonly = true,
    doc = "The handler at the first line; the supervisor once it has gone up (CMP-12)." }),
  choice("level", "级别", "level", { "agent", "shift_leader", "supervisor", "leader" },
    { default = "agent", readonly = true,
      doc = "agent 坐席, shift_leader 班长, supervisor 主管, leader 领导 (CMP-11, CMP-17)." }),
  { name = "first_line", kind = "boolean", default = true, readonly = true,
    label = { zh = "一线处理", en = "at the first line" } },
  choice("purchase", "购买记录", "purchase record", { "found", "not_found", "not_checked" },
    { default = "not_checked", readonly = true, doc = "Whether the customer bought it (CMP-16)." }),
  { name = "founded", kind = "boolean", label = { zh = "成立", en = "founded" } },
  text("findings", "调查结果", "findings", PERSONAL),
  { name = "judgement", kind = "map", label = { zh = "五因素判断", en = "judgement" },
    fields = record.judgement },
  choice("suggested", "建议补偿", "suggested compensation", { "more", "some", "none" },
    { readonly = true }),
}

record.outcome = {
  { name = "plan", kind = "list", of = "map", readonly = true,
    label = { zh = "处理方案", en = "plan" }, fields = record.plan,
    doc = "By complaint.propose only: what was approved is what is carried out (CMP-07)." },
  { name = "needs_approval", kind = "boolean", default = false, readonly = true,
    label = { zh = "须领导批准", en = "needs approval" } },
  text("customer_proposal", "客户自己的方案", "customer's own proposal", PERSONAL),
  { name = "rejections", kind = "integer", default = 0, readonly = true,
    label = { zh = "客户拒绝次数", en = "rejections" } },
  { name = "confirmed_on", kind = "date", readonly = true,
    label = { zh = "客户确认日期", en = "confirmed on" } },
  text("agreement", "处理协议", "agreement", PERSONAL),
  { name = "satisfied", kind = "boolean", label = { zh = "客户满意", en = "satisfied" } },
  choice("outcome", "结果", "outcome", { "solved", "explained", "refused" }, { readonly = true,
    doc = "solved 解决, explained 不成立并已解释, refused 主管拒绝 (C-13)." }),
  { name = "closed_on", kind = "date", readonly = true, label = { zh = "结案日期", en = "closed on" } },
  text("closed_by", "结案人", "closed by", { readonly = true }),
  text("reopen_reason", "重开原因", "why it was opened again", { readonly = true, personal = true }),
  text("review", "反省检讨", "review"),
  { name = "due_on", kind = "date", readonly = true, label = { zh = "办结期限", en = "due on" },
    doc = "The last day of the resolution clock (CMP-05)." },
  { name = "due_at", kind = "datetime", readonly = true, index = true,
    label = { zh = "最近期限", en = "due" }, doc = "The earliest clock that runs (C-09)." },
}

function record.fields()
  local all = {}
  local parts = { record.registration, record.product_form, record.handling, record.outcome }
  for _, part in ipairs(parts) do
    for _, field in ipairs(part) do all[#all + 1] = field end
  end
  return all
end

return record
