-- revisit: the call some days after an order, what the rep sees when opening it, and what is kept
-- of it.

local contact = crm.require("contact")
local form = crm.require("form")
local orders = crm.require("orders")
local problem = crm.require("problem")
local revisit = {}

-- Puts the revisit on the customer's calendar. When something else is due on that day already, the
-- two become one task with two reasons (REV-12): nobody calls the same customer twice a day.
function revisit.plan(ctx, order, day, responsible)
  local customer = ctx:get("customer", order.customer)
  ctx:call("task.plan", {
    customer = order.customer,
    kind = "revisit",
    due_on = day,
    owner = responsible(order, customer),
    order = order.id,
    title = ctx:text("revisit_title", { customer = customer.name }),
    text = ctx:text("revisit_reason", { ordered_on = order.ordered_on }),
  })
end

-- Takes the order's revisit back, as long as it is open; says how many were taken back (REV-14).
function revisit.withdraw(ctx, order)
  local taken = ctx:call("task.withdraw", {
    customer = order.customer, kind = "revisit", order = order.id,
  })
  return taken.withdrawn
end

-- One row of the purchase record.
local function purchase(order, line, name)
  return {
    order = order.id,
    ordered_on = order.ordered_on,
    product = line.product,
    product_name = name,
    quantity = line.quantity,
    amount = line.amount,
    repurchase_on = line.repurchase_on,
  }
end

local function purchases(ctx, customer)
  local rows = {}
  local name_of = orders.product_names(ctx)
  orders.newest_first(ctx, { customer = customer }, function(order)
    for _, line in ipairs(order.lines) do
      if #rows == ctx.config.purchases_shown then return true end
      rows[#rows + 1] = purchase(order, line, name_of(line.product))
    end
  end)
  return rows
end

local function task_of_customer(ctx, id)
  local task = ctx:get("task", id)
  if not task.customer then ctx:fail("NOT_FOUND", "task_without_customer", { field = "id" }) end
  return task, ctx:get("customer", task.customer)
end

-- revisit.open: what the rep wants to see before calling (REV-03), and what she is to ask (REV-04).
local function open(ctx, params)
  local task, customer = task_of_customer(ctx, params.id)
  return {
    task = task, customer = customer, purchases = purchases(ctx, task.customer),
    contact = contact.allowed(ctx, customer, ctx.now),
    questions = form.of(customer), checklist = form.checklist_of(task),
    problems = ctx:find("revisit_problem", {
      where = { customer = task.customer, state = "open" }, order = "id",
    }),
  }
end

-- revisit.record: keeps what was said and closes the revisit (REV-04). What was found to be wrong
-- is put right (REV-07); a day that was agreed on is on the calendar at once (FUP-01, FUP-02).
local function record(ctx, params)
  local task, customer = task_of_customer(ctx, params.id)
  local result = { content = params.content, method = params.method, answers = {} }
  for name, value in pairs(params.answers or {}) do result.answers[name] = value end
  form.check(ctx, customer, result.answers)
  if params.checklist then result.checklist = params.checklist end
  result.at = params.at
  local answer = { task = ctx:call("task.complete", { id = task.id, result = result }) }
  if params.problem then
    answer.problem = problem.report(ctx, {
      customer = task.customer, task = task.id, content = params.problem, owner = params.fixed_by,
    })
  end
  if params.next_on then
    if params.next_on <= ctx.today then
      ctx:fail("VALIDATION_FAILED", "next_is_past", { field = "next_on" })
    end
    answer.next = ctx:call("task.plan", {
      customer = task.customer, kind = "agreed", due_on = params.next_on, owner = task.owner,
      title = ctx:text("revisit_title", { customer = customer.name }),
      text = ctx:text("agreed_reason", { on = ctx.today }),
    })
  end
  return answer
end

local ID = { name = "id", kind = "integer", required = true, doc = "The task's number." }

local function labelled_rows(name, doc)
  return {
    name = name, kind = "list", of = "map", doc = doc,
    fields = {
      { name = "name", kind = "text" }, { name = "kind", kind = "text" },
      { name = "required", kind = "boolean" }, { name = "choices", kind = "list", of = "text" },
      { name = "label", kind = "text" }, { name = "label_en", kind = "text" },
    },
  }
end

revisit.part = {
  config = {
    purchases_shown = {
      kind = "integer", default = 50, min = 1, max = 500,
      label = { zh = "显示购买记录条数", en = "purchases shown" },
      doc = "Lines of the purchase record that opening a revisit shows (REV-03).",
    },
  },

  ops = {
    ["revisit.open"] = {
      since = "1",
      doc = {
        zh = "打开回访：任务、客户、购买记录（最近的在前）、要问的问题、此刻是否可以联系。",
        en = "Opens a revisit: the task, the customer, what was bought, newest first, " ..
          "what is asked, and whether the customer may be called now (REV-03).",
      },
      params = { ID },
      result = {
        { name = "task", kind = "map", doc = "The task." },
        { name = "customer", kind = "map", doc = "The customer." },
        {
          name = "purchases", kind = "list", of = "map", doc = "One row for each line of an order.",
          fields = {
            { name = "order", kind = "reference", to = "order" },
            { name = "ordered_on", kind = "date" },
            { name = "product", kind = "reference", to = "product" },
            { name = "product_name", kind = "text" },
            { name = "quantity", kind = "integer" },
            { name = "amount", kind = "money" },
            { name = "repurchase_on", kind = "date" },
          },
        },
        { name = "contact", kind = "map", fields = contact.answer,
          doc = "As contact.check tells." },
        labelled_rows("questions", "What this sort of customer is asked (REV-04)."),
        labelled_rows("checklist", "What is gone through after an order (REV-10)."),
        { name = "problems", kind = "list", of = "map", doc = "Those still open." },
      },
      errors = { "NOT_FOUND" },
      run = open,
    },

    ["revisit.record"] = {
      write = true, since = "1",
      doc = {
        zh = "记录回访并结束它：内容、方式、按客户类型的回答；发现的问题、约定的下次日期。",
        en = "Keeps what was said and closes the revisit: content, method, answers by the sort " ..
          "of customer, what was found wrong, when to call again (REV-04, REV-07, REV-10).",
      },
      params = {
        ID,
        { name = "content", kind = "text", required = true, doc = "What was said." },
        { name = "method", kind = "choice", default = "phone", doc = "How; phone when not given.",
          choices = { "phone", "visit", "email", "fax", "letter", "sms", "other" } },
        { name = "answers", kind = "map", fields = form.questions,
          doc = "Those that revisit.open lists as questions." },
        { name = "checklist", kind = "map", fields = form.checklist,
          doc = "What was gone through (REV-10)." },
        { name = "problem", kind = "text", doc = "What was found to be wrong (REV-07)." },
        { name = "fixed_by", kind = "text",
          doc = "Who puts it right; the customer's owner when not given." },
        { name = "at", kind = "datetime",
          doc = "When it was, for what is noted later; now when not given (REV-13)." },
        { name = "next_on", kind = "date", doc = "When the customer wants to be called again." },
      },
      result = {
        { name = "task", kind = "map", doc = "The task, done." },
        { name = "problem", kind = "map", doc = "What was noted, with fix_on." },
        { name = "next", kind = "map", doc = "The task of next_on." },
      },
      errors = { "NOT_FOUND", "TRANSITION_DENIED", "VALIDATION_FAILED" },
      run = record,
    },
  },
}

return revisit
