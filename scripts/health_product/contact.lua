-- contact: when a customer may be spoken to, and how often. Nobody is called late in the evening,
-- nor more often than some times within some days, nor at all who asked for that.

local date = crm.date
local contact = {}

-- Contacts of the customer from one day to another, by how many days they are behind the first:
-- those that were made, and tasks that are still to be done.
local function by_day(ctx, customer, from, to)
  local counts = {}
  local function add(day)
    local at = date.days_between(from, day)
    counts[at] = (counts[at] or 0) + 1
  end
  for made in ctx:each("activity", { where = { customer = customer, at = {
    ge = ctx:instant(from), lt = ctx:instant(date.add(to, { days = 1 })),
  } } }) do
    add(ctx:date(made.at))
  end
  for task in ctx:each("task", { where = {
    customer = customer, state = "open", due_on = { ge = from, le = to },
  } }) do
    add(task.due_on)
  end
  return counts
end

-- The most contacts that any `days` days in a row have, of those in which day `at` lies.
local function most_around(counts, at, days)
  local within, most = 0, 0
  for day = at - days + 1, at + days - 1 do
    within = within + (counts[day] or 0)
    if day > at then within = within - (counts[day - days] or 0) end
    if day >= at then most = math.max(most, within) end
  end
  return most
end

-- The first day from that one on which another contact keeps to contact_most within contact_days,
-- whether the others are before it or behind it. Days are looked through a hundred at a time.
function contact.free_day(ctx, customer, day)
  local most, days = ctx.config.contact_most, ctx.config.contact_days
  if most == 0 then return day end
  while true do
    local from = date.add(day, { days = 1 - days })
    local counts = by_day(ctx, customer, from, date.add(day, { days = days + 99 }))
    for later = 0, 99 do
      if most_around(counts, days - 1 + later, days) < most then
        return date.add(day, { days = later })
      end
    end
    day = date.add(day, { days = 100 })
  end
end

-- The instant at which the contact hours of that day begin or end.
local function hour(ctx, day, hours)
  if hours == 24 then return ctx:instant(date.add(day, { days = 1 })) end
  return ctx:instant(day, string.format("%s%d:00", hours < 10 and "0" or "", hours))
end

-- The first instant from that one within the contact hours.
local function within_hours(ctx, at)
  local day = ctx:date(at)
  local opens = hour(ctx, day, ctx.config.contact_from_hour)
  if at < opens then return opens end
  if at < hour(ctx, day, ctx.config.contact_to_hour) then return at end
  return hour(ctx, date.add(day, { days = 1 }), ctx.config.contact_from_hour)
end

-- Contacts that were made within contact_days up to that day; with the day from which there are
-- fewer than contact_most when nothing is added.
local function made_lately(ctx, customer, day)
  local days, most = ctx.config.contact_days, ctx.config.contact_most
  local function made(until_day)
    return ctx:count("activity", { customer = customer, at = {
      ge = ctx:instant(date.add(until_day, { days = 1 - days })),
      lt = ctx:instant(date.add(day, { days = 1 })),
    } })
  end
  local lately, free = made(day), day
  while most > 0 and made(free) >= most do free = date.add(free, { days = 1 }) end
  return lately, free
end

-- Whether the customer may be spoken to at that instant; else why not, and from when (nil: never).
function contact.allowed(ctx, customer, at)
  local made, free = made_lately(ctx, customer.id, ctx:date(at))
  local answer = { allowed = true, contacts = made, from = at }
  if customer.no_contact then
    answer.allowed, answer.reason, answer.from = false, "no_contact", nil
  elseif free > ctx:date(at) then
    answer.allowed, answer.reason = false, "cap"
    answer.from = hour(ctx, free, ctx.config.contact_from_hour)
  else
    answer.from = within_hours(ctx, at)
    if answer.from > at then answer.allowed, answer.reason = false, "quiet_hours" end
  end
  return answer
end

local function check(ctx, params)
  return contact.allowed(ctx, ctx:get("customer", params.customer), params.at or ctx.now)
end

-- The hours are an order: from before to.
local function hours_make_sense(ctx)
  if ctx.config.contact_from_hour < ctx.config.contact_to_hour then return end
  ctx:fail("VALIDATION_FAILED", "hours_turned", {
    field = "contact_from_hour",
    from = ctx.config.contact_from_hour, to = ctx.config.contact_to_hour,
  })
end

contact.answer = {
  { name = "allowed", kind = "boolean" },
  { name = "reason", kind = "choice", choices = { "no_contact", "cap", "quiet_hours" },
    doc = "Why not: no_contact 拒绝联系, cap 次数已满, quiet_hours 时间不宜." },
  { name = "from", kind = "datetime", doc = "From when on; empty: never." },
  { name = "contacts", kind = "integer", doc = "Made within contact_days." },
}

contact.part = {
  config = {
    contact_from_hour = {
      kind = "integer", default = 9, min = 0, max = 23,
      label = { zh = "几点起可以联系", en = "contacts from, hour" },
      doc = "Earlier on the day nobody is called (quiet hours).",
    },
    contact_to_hour = {
      kind = "integer", default = 20, min = 1, max = 24,
      label = { zh = "几点后不再联系", en = "contacts until, hour" },
      doc = "From this hour on nobody is called (quiet hours).",
    },
    contact_most = {
      kind = "integer", default = 3, min = 0, max = 100,
      label = { zh = "联系次数上限", en = "contacts at most" },
      doc = "Within contact_days; 0: no cap. The first revisit and repurchases keep their days.",
    },
    contact_days = {
      kind = "integer", default = 7, min = 1, max = 365,
      label = { zh = "联系次数的天数", en = "days of the cap" },
      doc = "The days in which contact_most counts.",
    },
  },

  types = {
    customer = { extends = true, fields = {
      { name = "no_contact", kind = "boolean", label = { zh = "拒绝联系", en = "no contact" },
        doc = "Asked not to be called or written to: no cards, no planned visits." },
    } },
  },

  rules = {
    no_contact_from_now_on = {
      on = "customer", events = { "update" }, fields = { "no_contact" },
      where = { no_contact = true },
      doc = {
        zh = "客户拒绝联系：撤回计划回访和贺卡。",
        en = "Who asks not to be contacted has no planned visits and cards any more.",
      },
      before = function(ctx, change)
        for _, kind in ipairs({ "visit", "agreed", "birthday", "anniversary", "festival" }) do
          ctx:call("task.withdraw", { customer = change.id, kind = kind })
        end
      end,
    },
  },

  ops = {
    ["contact.check"] = {
      since = "1",
      doc = {
        zh = "此刻（或指定时间）是否可以联系客户；不可以时说明原因和最早时间。",
        en = "Whether the customer may be spoken to now or at a time; else why not, and from when.",
      },
      params = {
        { name = "customer", kind = "integer", required = true, doc = "The customer's number." },
        { name = "at", kind = "datetime", doc = "Now when not given." },
      },
      result = contact.answer,
      errors = { "NOT_FOUND", "VALIDATION_FAILED" },
      run = function(ctx, params)
        hours_make_sense(ctx)
        return check(ctx, params)
      end,
    },
  },
}

return contact
