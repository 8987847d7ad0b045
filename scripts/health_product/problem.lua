-- problem: what a revisit finds to be wrong, and by when it is put right on site (REV-07, C-09).

local date = crm.date
local problem = {}

-- How much of a problem the title of its task shows, in characters.
local SHOWN = 100

local function shown(text)
  local rest = utf8.offset(text, SHOWN + 1)
  if not rest or rest > #text then return text end
  return string.sub(text, 1, rest - 1) .. "…"
end

-- Notes the problem and puts it on somebody's list: the day after it was found, or the same day.
-- Each has a task of its own: it is its owner's, whatever else is due at the customer's that day.
function problem.report(ctx, found)
  local customer = ctx:get("customer", found.customer)
  local fix_on = date.add(ctx.today, { days = ctx.config.fix_days })
  local owner = found.owner or customer.owner or ctx.actor
  local fix = ctx:create("task", {
    customer = found.customer, kind = "problem", reasons = { "problem" }, due_on = fix_on,
    owner = owner, title = ctx:text("problem_title", {
      customer = customer.name, content = shown(found.content),
    }),
  })
  return ctx:create("revisit_problem", {
    customer = found.customer, task = found.task, product = found.product,
    content = found.content, owner = owner, found_on = ctx.today, fix_on = fix_on,
    fix_task = fix.id,
  })
end

local function solved(ctx, id, remedy)
  return ctx:move("revisit_problem", id, "solved", {
    solved_on = ctx.today, remedy = remedy,
  }, "state")
end

-- Nobody has to go there any more.
local function solve(ctx, params)
  local it = solved(ctx, params.id, params.remedy)
  local open = { id = it.fix_task, state = "open" }
  if it.fix_task and ctx:count("task", open) > 0 then
    ctx:move("task", it.fix_task, "cancelled", {}, "state")
  end
  return it
end

-- Whoever has done the task has put the problem right.
local function task_done(ctx, change)
  local content = change.after.result and change.after.result.content
  local where = { fix_task = change.id, state = "open" }
  for _, it in ipairs(ctx:find("revisit_problem", { where = where })) do
    solved(ctx, it.id, type(content) == "string" and content or nil)
  end
end

problem.part = {
  config = {
    fix_days = {
      kind = "integer", default = 1, min = 0, max = 30,
      label = { zh = "现场解决问题的天数", en = "days to put a problem right" },
      doc = "From the day it was found; 0: the same day (REV-07).",
    },
  },

  types = {
    revisit_problem = {
      label = { zh = "回访问题", en = "problem found" }, title = "content",
      doc = "What a revisit found to be wrong, with the day by which it is put right (REV-07).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true,
          label = { zh = "客户", en = "customer" } },
        { name = "task", kind = "reference", to = "task",
          label = { zh = "回访", en = "revisit" } },
        { name = "fix_task", kind = "reference", to = "task", readonly = true, index = true,
          label = { zh = "解决任务", en = "task to fix it" } },
        { name = "product", kind = "reference", to = "product",
          label = { zh = "产品", en = "product" } },
        { name = "content", kind = "text", required = true, search = true, personal = true,
          label = { zh = "问题", en = "problem" } },
        { name = "owner", kind = "text", label = { zh = "负责人", en = "owner" } },
        { name = "found_on", kind = "date", label = { zh = "发现日期", en = "found on" } },
        { name = "fix_on", kind = "date", label = { zh = "解决期限", en = "fix by" } },
        { name = "solved_on", kind = "date", label = { zh = "解决日期", en = "solved on" } },
        { name = "remedy", kind = "text", personal = true,
          label = { zh = "解决办法", en = "remedy" } },
      },
      indexes = { by_customer = { fields = { "customer", "state" } } },
    },
  },

  rules = {
    problem_fixed = {
      on = "task", events = { "update" }, fields = { "state" },
      where = { kind = "problem", state = "done" },
      doc = {
        zh = "做完解决问题的任务，问题即为已解决。",
        en = "A problem whose task was done is solved (REV-07).",
      },
      before = task_done,
    },
  },

  ops = {
    ["problem.solve"] = {
      write = true, since = "1",
      doc = {
        zh = "问题已现场解决。", en = "The problem was put right (REV-07).",
      },
      params = {
        { name = "id", kind = "integer", required = true, doc = "The problem's number." },
        { name = "remedy", kind = "text", doc = "What was done." },
      },
      errors = { "NOT_FOUND", "TRANSITION_DENIED" },
      run = solve,
    },
  },
}

problem.states = crm.workflow {
  on = "revisit_problem", label = { zh = "状态", en = "state" },
  doc = "open 未解决, solved 已解决 (REV-07).",
  states = { { name = "open", to = { "solved" } }, "solved" },
}

return problem
