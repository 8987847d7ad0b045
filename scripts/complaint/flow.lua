-- flow: the nine states of a complaint, and its clocks (CMP-07, CMP-05, C-09).

local desk = crm.require("desk")
local plan = crm.require("plan")
local date = crm.date
local flow = {}

-- While these last, the business is at work; in confirmation it is the customer's turn.
local AT_WORK = {
  "registered", "investigating", "planning", "approval", "agreement", "executing", "tracking",
}
local OPEN = {
  "registered", "investigating", "planning", "approval", "confirmation", "agreement", "executing",
  "tracking",
}

-- WHO closes: the handler at the first line, else the supervisor or whom she named (CMP-12, C-13).
local closers = { fields = { "closer", "delegate" } }

-- WHEN it may be closed before a plan was carried out: solved at once by the first line, within its
-- authority (C-12); not founded and explained (CMP-15); refused by the supervisor (C-13).
local at_once = {
  { first_line = true, severity = "simple", needs_approval = false, satisfied = true },
  { outcome = "explained", founded = false },
  { outcome = "refused", first_line = false },
}
-- … or when the customer finds that the plan he had confirmed was good after all.
local confirmed = { satisfied = true, confirmed_on = { is_null = false } }

local function close_early() return { to = "closed", who = closers, where = { any = at_once } } end

-- Everything that is still open goes; the customer is thanked, and what went wrong is written down
-- (CMP-18, C-38). An old customer who never bought the thing is visited once, to keep him (C-31).
local function closed(ctx, change)
  local complaint = change.after
  local customer = ctx:get("customer", complaint.customer).name
  desk.cancel(ctx, complaint)
  local thanks_on = date.add(ctx.today, { days = ctx.config.thank_days })
  desk.task(ctx, complaint, "complaint_thanks", complaint.handler, thanks_on, "thanks",
    { customer = customer })
  desk.task(ctx, complaint, "complaint_review", complaint.handler, thanks_on, "review",
    { reason = complaint.reason })
  if complaint.outcome == "explained" and complaint.purchase == "not_found" then
    desk.task(ctx, complaint, "revisit", complaint.handler,
      date.add(ctx.today, { days = ctx.config.keep_days }), "keep", { customer = customer })
  end
end

local AFTERWARDS = { "complaint_thanks", "complaint_review", "revisit" }

-- Opened again: nobody is thanked while it is disputed, and how it ended the first time counts no
-- more.
local function opened_again(ctx, change)
  for _, kind in ipairs(AFTERWARDS) do desk.cancel(ctx, change.after, kind) end
  ctx:update("complaint", change.id, {
    satisfied = crm.null, outcome = crm.null, closed_on = crm.null, closed_by = crm.null,
    confirmed_on = crm.null, agreement = crm.null,
  })
end

local function in_time(ctx, change)
  local last = date.add(change.before.closed_on, { days = ctx.config.reopen_days })
  return ctx.today <= last, "too_late"
end

local function raise(level, kind, key)
  return function(ctx, change)
    local complaint = change.after
    flow.raise(ctx, complaint, level)
    desk.task(ctx, complaint, kind, desk.person(ctx, level, complaint.accused), ctx.today, key,
      { reason = complaint.reason })
  end
end

-- What happens as the time for the resolution passes (CMP-14, CMP-17).
local ladder = {
  [50] = function(ctx, change)
    desk.task(ctx, change.after, "complaint_hurry", change.after.handler, ctx.today, "hurry",
      { reason = change.after.reason })
  end,
  [80] = raise("shift_leader", "complaint_hurry", "hurry"),
  [100] = raise("supervisor", "complaint_overdue", "overdue"),
  [150] = raise("leader", "complaint_leader", "leader_visit"),
}

local LEVELS = { agent = 1, shift_leader = 2, supervisor = 3, leader = 4 }

-- Takes the complaint up to that level, never down. From the supervisor on the first line closes it
-- no more; where nobody is supervisor it stays with the first line.
function flow.raise(ctx, complaint, level, values)
  values = values or {}
  if LEVELS[level] > LEVELS[complaint.level] then values.level = level end
  local supervisor = values.supervisor or complaint.supervisor
    or desk.person(ctx, "supervisor", complaint.accused)
  if LEVELS[level] >= LEVELS.supervisor and supervisor then
    values.supervisor, values.closer, values.first_line = supervisor, supervisor, false
  end
  return next(values) and ctx:update("complaint", complaint.id, values) or complaint
end

flow.states = crm.workflow {
  on = "complaint", label = { zh = "状态", en = "state" }, index = true,
  doc = "registered 登记, investigating 调查, planning 方案, approval 领导批准, " ..
    "confirmation 客户确认, agreement 协议, executing 执行, tracking 跟踪, closed 结案 (CMP-07).",
  states = {
    { name = "registered", to = { "investigating", close_early() } },
    { name = "investigating", to = { "planning", close_early() } },
    { name = "planning", enter = plan.begin_anew, to = {
      { to = "approval", where = { needs_approval = true } },
      { to = "confirmation", where = { needs_approval = false } },
      { to = "closed", who = closers,
        where = { any = { at_once[1], at_once[2], at_once[3], confirmed } } },
    } },
    { name = "approval", leave = plan.decided, to = {
      { to = "confirmation", who = { fields = { "approver" }, roles = { "leader" } } },
      { to = "planning", who = { fields = { "approver" }, roles = { "leader" } } },
      { to = "closed", who = closers, where = { outcome = "refused", first_line = false } },
    } },
    { name = "confirmation", to = {
      { to = "agreement", where = { needs_approval = true } },
      { to = "executing", where = { needs_approval = false } },
      "planning",
    } },
    { name = "agreement", to = {
      { to = "executing", where = { agreement = { is_null = false } } },
    } },
    { name = "executing", enter = plan.dispatch, to = { "tracking", "planning" } },
    { name = "tracking", to = {
      { to = "closed", who = closers, where = { any = { { satisfied = true }, at_once[3] } } },
      "planning",
    } },
    { name = "closed", enter = closed, leave = opened_again,
      to = { { to = "investigating", guard = in_time } } },
  },
  clocks = {
    { name = "resolution", label = { zh = "办结期限", en = "resolution due" },
      runs = AT_WORK, pauses = { "confirmation" }, steps = ladder, spans = {
        { working_days = 1, where = { severity = "simple" } },
        { working_days = 3, where = { severity = "general" } },
      } },
    { name = "progress", label = { zh = "下次进展回访", en = "next progress revisit" },
      runs = OPEN, every = true,
      spans = { { working_days = 3, at = "09:00", where = { severity = "complex" } } } },
    { name = "promise", label = { zh = "承诺期限", en = "promise due" },
      runs = OPEN, spans = { { days = 1, at = "00:00", since = "promised_on" } },
      steps = { [100] = raise("supervisor", "complaint_overdue", "promise_broken") } },
  },
}

-- The first answer has a state and a clock of its own: it is given on the day of the registration,
-- wherever the complaint stands then (CMP-06).
flow.answer = crm.workflow {
  on = "complaint", field = "answer", label = { zh = "首次答复", en = "first answer" },
  states = { { name = "waiting", to = { "given" } }, { name = "given" } },
  clocks = {
    { name = "answer", label = { zh = "首次答复期限", en = "first answer due" },
      runs = { "waiting" }, spans = { { days = 1, at = "00:00" } } },
  },
}

-- The earliest of some instants; nil where a clock does not run.
local function earliest(...)
  local first
  for at = 1, select("#", ...) do
    local instant = select(at, ...)
    if instant and (not first or instant < first) then first = instant end
  end
  return first
end

flow.rules = {
  complaint_due = {
    on = "complaint", events = { "create", "update" },
    fields = { "answer_due_at", "resolution_due_at", "progress_due_at", "promise_due_at" },
    doc = "The earliest clock is what people see (C-09).",
    before = function(ctx, change)
      local it = change.after
      local ends = it.resolution_due_at
      local first = earliest(it.answer_due_at, ends, it.progress_due_at, it.promise_due_at)
      ctx:update("complaint", it.id, {
        due_at = first or crm.null,
        due_on = ends and ctx:date(ends - 1) or it.severity == "complex" and crm.null or nil,
      })
    end,
  },

  -- The next progress revisit is a task from the moment its day is known (CMP-05, C-08).
  complaint_progress = {
    on = "complaint", events = { "create", "update" }, fields = { "progress_due_at" },
    doc = "A complex complaint: the customer is told every few working days how things stand.",
    before = function(ctx, change)
      local it = change.after
      if not it.progress_due_at then return desk.cancel(ctx, it, "complaint_progress") end
      desk.task(ctx, it, "complaint_progress", it.handler, ctx:date(it.progress_due_at), "progress",
        { customer = ctx:get("customer", it.customer).name })
    end,
  },

  -- Who did the task has answered, even if nobody called complaint.acknowledge (CMP-06).
  complaint_answered = {
    on = "task", events = { "update" }, fields = { "state" },
    where = { kind = "complaint_answer", state = "done", complaint = { is_null = false } },
    doc = "The task of the first answer, done, is the first answer.",
    before = function(ctx, change)
      local complaint = ctx:get("complaint", change.after.complaint)
      if complaint.answer == "waiting" then
        ctx:move("complaint", complaint.id, "given", {}, "answer")
      end
    end,
  },

  -- What was agreed is done when everybody has done his part (CMP-09).
  complaint_executed = {
    on = "task", events = { "update" }, fields = { "state" },
    where = { kind = "complaint_action", state = "done", complaint = { is_null = false } },
    doc = "The last task of a plan takes the complaint on to tracking.",
    before = function(ctx, change)
      local complaint = ctx:get("complaint", change.after.complaint)
      local left = ctx:count("task", {
        complaint = complaint.id, kind = "complaint_action", state = "open",
      })
      if left == 0 and complaint.state == "executing" then
        ctx:move("complaint", complaint.id, "tracking", {}, "state")
      end
    end,
  },
}

return flow
