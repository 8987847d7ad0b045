-- form: what a customer is asked in a revisit. It depends on what the customer is: somebody who
-- takes the goods, a pharmacy that sells them, somebody who has not bought yet (REV-04, REV-10).

local form = {}

-- All questions, in the language of fields: the server checks answers against it.
form.questions = {
  { name = "use_state", kind = "choice",
    choices = { "using", "used_up", "not_begun", "paused", "stopped" },
    label = { zh = "使用状况", en = "state of use" },
    doc = "using 在用, used_up 已用完, not_begun 未用, paused 暂停, stopped 停用." },
  { name = "effect", kind = "choice", choices = { "good", "some", "none", "worse" },
    label = { zh = "效果", en = "effect" }, doc = "good 明显, some 一些, none 没有, worse 变差." },
  { name = "sell_through", kind = "choice", choices = { "fast", "normal", "slow", "none" },
    label = { zh = "动销情况", en = "how it sells" }, doc = "fast 快, normal 一般, slow 慢, none 没有." },
  { name = "stock_left", kind = "integer", min = 0, max = 1000000,
    label = { zh = "店内库存", en = "stock in the store" } },
  { name = "obstacle", kind = "choice",
    choices = { "price", "doubt", "other_brand", "no_need", "undecided" },
    label = { zh = "未购原因", en = "why not yet" },
    doc = "price 价格, doubt 疑虑, other_brand 用别的牌子, no_need 不需要, undecided 未定." },
  { name = "opinion", kind = "text", max = 2000, label = { zh = "意见", en = "opinion" } },
  { name = "continue_likelihood", kind = "integer", min = 0, max = 10,
    label = { zh = "继续购买的可能（0–10）", en = "likelihood to go on, 0 to 10" } },
}

-- WHO is asked what; `must` is what no revisit is closed without.
local FORMS = {
  consumer = {
    must = { "use_state" }, may = { "effect", "opinion", "continue_likelihood" },
  },
  business = {
    must = { "sell_through" }, may = { "stock_left", "opinion", "continue_likelihood" },
  },
  prospect = {
    must = { "obstacle" }, may = { "opinion", "continue_likelihood" },
  },
}

-- What is gone through with whoever has bought, in the first revisit after it (REV-10).
form.checklist = {
  { name = "items", kind = "boolean", label = { zh = "核对成交项目", en = "what was agreed" } },
  { name = "quantity", kind = "boolean", label = { zh = "调整数量", en = "quantities" } },
  { name = "training", kind = "boolean", label = { zh = "提供培训指导", en = "training offered" } },
  { name = "bills", kind = "boolean", label = { zh = "核对单据往来", en = "bills and letters" } },
  { name = "opportunity", kind = "boolean", label = { zh = "新的商机", en = "a new opportunity" } },
}

-- WHAT the customer is: consumer, business or prospect.
function form.type_of(customer)
  if customer.kind == "company" then return "business" end
  return customer.order_count > 0 and "consumer" or "prospect"
end

local function contains(list, wanted)
  for _, name in ipairs(list) do
    if name == wanted then return true end
  end
  return false
end

-- The questions for that customer, as a client shows them.
function form.of(customer)
  local asked, rows = FORMS[form.type_of(customer)], {}
  for _, question in ipairs(form.questions) do
    local must = contains(asked.must, question.name)
    if must or contains(asked.may, question.name) then
      rows[#rows + 1] = {
        name = question.name, kind = question.kind, required = must, choices = question.choices,
        label = question.label.zh, label_en = question.label.en,
      }
    end
  end
  return rows
end

-- Whether the task is the first revisit after an order, with which the checklist goes.
local function follows_order(task)
  for _, cause in ipairs(task.causes or {}) do
    if cause.kind == "revisit" and cause.order then return true end
  end
  return false
end

function form.checklist_of(task)
  local rows = {}
  for _, item in ipairs(follows_order(task) and form.checklist or {}) do
    rows[#rows + 1] = { name = item.name, label = item.label.zh, label_en = item.label.en }
  end
  return crm.list(rows)
end

-- Refuses answers to what this customer is not asked, and misses those that must be there.
function form.check(ctx, customer, answers)
  local type = form.type_of(customer)
  local asked = FORMS[type]
  for name in pairs(answers) do
    if not contains(asked.must, name) and not contains(asked.may, name) then
      ctx:fail("VALIDATION_FAILED", "not_asked_" .. type, { field = "answers." .. name })
    end
  end
  for _, name in ipairs(asked.must) do
    if answers[name] == nil then
      ctx:fail("VALIDATION_FAILED", "must_ask_" .. type, { field = "answers." .. name })
    end
  end
end

return form
