-- card: what is written to a customer on a special day, and that it is written once (CARE-01,
-- CARE-06).

local date = crm.date
local card = {}

-- Two cards of one occasion are at least so far apart; lunar years have 353 days at least
-- (CARE-06).
local ONCE_A_YEAR = 300

local function year_of(day) return math.tointeger(string.sub(day, 1, 4)) end

-- That day of another year; 29 February is kept on the 28th where there is none.
local function in_year(day, year)
  return date.add(day, { months = 12 * (year - year_of(day)) })
end

-- The first day from that one on which a day of the year comes again.
local function solar_next(day, from)
  local this_year = in_year(day, year_of(from))
  if this_year >= from then return this_year end
  return in_year(day, year_of(from) + 1)
end

-- When the occasion comes next, `from` that day: `lunar` where it is given, else `day`. Never twice
-- in one year, also when the day was corrected after its card (CARE-06).
function card.next_day(day, lunar, from, carded_on)
  if carded_on then from = date.max(from, date.add(carded_on, { days = ONCE_A_YEAR })) end
  if lunar then return date.lunar_birthday(lunar, date.add(from, { days = -1 })) end
  return day and solar_next(day, from)
end

-- Whole years from one day to another.
local function years_between(from, to)
  local years = year_of(to) - year_of(from)
  if in_year(from, year_of(to)) > to then years = years - 1 end
  return years
end

-- Signed with the name of whoever looks after the customer (CARE-01).
local function signed(ctx, text, customer)
  return text .. "\n—— " .. (customer.owner or ctx:text("card_house"))
end

-- Who has not been here for absent_years is told so, on the birthday (CARE-02).
local function missed(ctx, customer, day)
  if not customer.last_order_on then return "" end
  local years = years_between(customer.last_order_on, day)
  if years < ctx.config.absent_years then return "" end
  return ctx:text("card_absent", { years = years })
end

-- Puts the card on the rep's list: a task of its own, since two people at one pharmacy may have the
-- same birthday. `words`: what it says before the signature. Returns the task's number, or nil.
function card.plan(ctx, customer, kind, day, words)
  if customer.no_contact then return nil end
  if kind == "birthday" then words = words .. missed(ctx, customer, day) end
  local title = ctx:text("card_title_" .. kind, { customer = customer.name })
  local task = ctx:create("task", {
    customer = customer.id, kind = kind, reasons = { kind }, due_on = day, owner = customer.owner,
    causes = { { kind = kind, text = signed(ctx, words, customer), title = title } },
    title = title,
  })
  return task.id
end

-- What else came to the task of the card since goes on without it, and under its own name.
local function keep_others(ctx, task, gone, causes)
  local reasons = {}
  for number, cause in ipairs(causes) do reasons[number] = cause.kind end
  ctx:update("task", task.id, {
    kind = reasons[1], reasons = reasons, causes = causes,
    title = task.title == gone.title and causes[1].title or task.title,
  })
end

-- Whether the task is a card of that kind with these words.
function card.says(task, kind, words)
  for _, cause in ipairs(task.causes or {}) do
    if cause.kind == kind and string.find(cause.text or "", words, 1, true) then return true end
  end
  return false
end

-- Whether the customer was sent a card with these words within a year before that day (CARE-06).
function card.was_sent(ctx, customer, kind, words, day)
  local since = date.add(day, { days = -ONCE_A_YEAR })
  for task in ctx:each("task", {
    where = { customer = customer.id, state = "done", due_on = { ge = since } },
  }) do
    if card.says(task, kind, words) then return true end
  end
  return false
end

-- Takes the card with that task's number back, as long as it is open; says whether it was.
function card.take_back(ctx, id, kind)
  local task = id and ctx:find("task", { where = { id = id, state = "open" }, limit = 1 })[1]
  local causes = task and task.causes or {}
  for number, cause in ipairs(causes) do
    if cause.kind == kind then
      table.remove(causes, number)
      if #causes > 0 then
        keep_others(ctx, task, cause, causes)
      else
        ctx:move("task", id, "cancelled", {}, "state")
      end
      return true
    end
  end
  return false
end

return card
