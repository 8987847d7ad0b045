-- watch: how the revisits go, for each rep and period (REV-13), and whom nobody has spoken to
-- although something is near (REV-15).

local date = crm.date
local watch = {}

-- revisit.progress --------------------------------------------------------------------------------

-- The last day of the period that begins with that day.
local function end_of(by, from, to)
  local last = to
  if by == "day" then last = from end
  if by == "week" then last = date.add(from, { days = 7 - date.weekday(from) }) end
  if by == "month" then
    last = date.add(string.sub(from, 1, 8) .. "01", { months = 1 })
    last = date.add(last, { days = -1 })
  end
  return date.min(last, to)
end

-- How many tasks of each owner fit: owner → count.
local function by_owner(ctx, where)
  local groups = ctx:call("record.count", { type = "task", where = where, group = "owner" }).groups
  local counts = {}
  for _, group in ipairs(groups) do counts[group.key or ""] = group.count end
  return counts
end

local function add(rows, counts, ...)
  for owner, count in pairs(counts) do
    local row = rows[owner]
    if not row then
      row = { owner = owner, planned = 0, done = 0, open = 0, late = 0, cancelled = 0 }
      rows[owner] = row
    end
    for at = 1, select("#", ...) do
      local name = select(at, ...)
      row[name] = row[name] + count
    end
  end
end

-- Hundredths of a percent, half up.
local function rate(part, whole)
  if whole == 0 then return nil end
  return (part * 20000 + whole) // (2 * whole)
end

-- What was due from one day to another: planned = done + open + cancelled. Late is what was done
-- behind its day, and what is open behind it.
local function period(ctx, params, from, to)
  local rows = {}
  local function where(state, more)
    local fits = { state = state, owner = params.owner, kind = params.kind,
                   due_on = { ge = from, le = to } }
    for key, value in pairs(more or {}) do fits[key] = value end
    return fits
  end
  add(rows, by_owner(ctx, where("done")), "planned", "done")
  add(rows, by_owner(ctx, where("done", { late = true })), "late")
  add(rows, by_owner(ctx, where("open")), "planned", "open")
  local before = date.min(to, date.add(ctx.today, { days = -1 }))
  if before >= from then
    add(rows, by_owner(ctx, where("open", { due_on = { ge = from, le = before } })), "late")
  end
  add(rows, by_owner(ctx, where("cancelled")), "planned", "cancelled")
  return rows
end

local function progress(ctx, params)
  local items, from = {}, params.from
  if params.to < from then ctx:fail("VALIDATION_FAILED", "period_turned", { field = "to" }) end
  while from <= params.to do
    local to = end_of(params.by, from, params.to)
    for owner, row in pairs(period(ctx, params, from, to)) do
      row.from, row.to, row.owner = from, to, owner ~= "" and owner or nil
      row.done_percent = rate(row.done, row.done + row.open)
      items[#items + 1] = row
    end
    from = date.add(to, { days = 1 })
  end
  return { items = crm.list(items) }
end

-- revisit.near ------------------------------------------------------------------------------------

local NEAR = { "repurchase", "problem" }

local function near_reason(task)
  for _, reason in ipairs(task.reasons) do
    for _, wanted in ipairs(NEAR) do
      if reason == wanted then return reason end
    end
  end
end

local function last_contact(ctx, customer)
  local last = ctx:find("activity", {
    where = { customer = customer }, order = "-at", limit = 1,
  })[1]
  return last and ctx:date(last.at)
end

-- One page of the open tasks that are near, without those whose customers were spoken to lately.
local function near(ctx, params)
  local days = params.days or ctx.config.near_days
  local page, following = ctx:find("task", {
    where = { state = "open", owner = params.owner,
              due_on = { le = date.add(ctx.today, { days = days }) } },
    order = "due_on", limit = params.limit, after = params.after,
  })
  local items, since = {}, date.add(ctx.today, { days = -days })
  for _, task in ipairs(page) do
    local reason = near_reason(task)
    local spoken_on = reason and last_contact(ctx, task.customer)
    if reason and not (spoken_on and spoken_on > since) then
      items[#items + 1] = {
        task = task.id, customer = task.customer, title = task.title, reason = reason,
        customer_name = ctx:get("customer", task.customer).name, owner = task.owner,
        due_on = task.due_on, days_left = date.days_between(ctx.today, task.due_on),
        spoken_on = spoken_on or nil,
      }
    end
  end
  return { items = crm.list(items), next = following }
end

watch.part = {
  config = {
    near_days = {
      kind = "integer", default = 7, min = 0, max = 365,
      label = { zh = "几天之内算临近", en = "days that are near" },
      doc = "Of revisit.near: due within so many days, and not spoken to for as many (REV-15).",
    },
  },

  types = {
    task = {
      extends = true,
      fields = {
        { name = "late", kind = "boolean", readonly = true,
          label = { zh = "逾期完成", en = "done late" }, doc = "Done behind its day (REV-13)." },
      },
      -- Tasks get a row here when they are over, so that entering an order costs nothing more.
      indexes = {
        over_by_day = {
          fields = { "due_on", "owner" }, where = { state = { "done", "cancelled" } },
          keeps = { "state", "kind", "late" },
        },
      },
    },
  },

  rules = {
    task_done_late = {
      on = "task", events = { "update" }, fields = { "state" }, where = { state = "done" },
      doc = { zh = "过了到期日才完成的任务记为逾期。", en = "Done behind its day is late (REV-13)." },
      before = function(ctx, change)
        local due_on = change.after.due_on
        local at = change.after.result and change.after.result.at
        if at and math.type(at) ~= "integer" then
          ctx:fail("VALIDATION_FAILED", "no_instant", { field = "result.at" })
        end
        local made_on = at and ctx:date(at) or ctx.today -- what is noted later says when it was
        if due_on and made_on > due_on then ctx:update("task", change.id, { late = true }) end
      end,
    },
  },

  ops = {
    ["revisit.progress"] = {
      since = "1",
      doc = {
        zh = "回访进度：每人每个时段计划、完成、逾期、取消各多少。",
        en = "How the revisits go: planned, done, late and cancelled, per rep and period (REV-13).",
      },
      params = {
        { name = "from", kind = "date", required = true, doc = "The first due day." },
        { name = "to", kind = "date", required = true, doc = "The last due day." },
        { name = "by", kind = "choice", choices = { "all", "month", "week", "day" },
          default = "all", doc = "How long a period is." },
        { name = "owner", kind = "text", doc = "Only this rep's." },
        { name = "kind", kind = "text", doc = "Only revisit, repurchase, …; all when not given." },
      },
      result = { { name = "items", kind = "list", of = "map", fields = {
        { name = "from", kind = "date" }, { name = "to", kind = "date" },
        { name = "owner", kind = "text" },
        { name = "planned", kind = "integer", doc = "done + open + cancelled" },
        { name = "done", kind = "integer" }, { name = "open", kind = "integer" },
        { name = "late", kind = "integer", doc = "Done behind the day, or open behind it." },
        { name = "cancelled", kind = "integer" },
        { name = "done_percent", kind = "integer",
          doc = "Of what was not cancelled, hundredths of a percent." },
      } } },
      errors = { "VALIDATION_FAILED" },
      run = progress,
    },

    ["revisit.near"] = {
      since = "1",
      doc = {
        zh = "复购日或问题期限临近、却还没有联系的客户。",
        en = "Customers whose goods run out or whose problem is due soon, and whom nobody has " ..
          "spoken to (REV-15).",
      },
      params = {
        { name = "days", kind = "integer", min = 0, max = 365, doc = "near_days when not given." },
        { name = "owner", kind = "text", doc = "Only this rep's." },
        { name = "limit", kind = "integer", min = 1, max = 500, default = 100,
          doc = "Tasks looked at; fewer rows may come of them." },
        { name = "after", kind = "text", doc = "The next page." },
      },
      result = {
        { name = "items", kind = "list", of = "map", fields = {
          { name = "task", kind = "integer" }, { name = "title", kind = "text" },
          { name = "customer", kind = "integer" }, { name = "customer_name", kind = "text" },
          { name = "owner", kind = "text" }, { name = "reason", kind = "text" },
          { name = "due_on", kind = "date" }, { name = "days_left", kind = "integer" },
          { name = "spoken_on", kind = "date", doc = "The last contact." },
        } },
        { name = "next", kind = "text" },
      },
      run = near,
    },
  },
}

return watch
