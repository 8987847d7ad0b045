-- care: the special days of customers, of the people at pharmacies, and festivals (CARE-01,
-- CARE-02, REV-09).
--
-- Every special day is a date on a record, card_on, which the rules keep: of a customer, of a
-- contact, of an occasion. Each night the cards that come within card_days are put on the reps'
-- lists and card_on goes on to the next year in the same change, so that nothing is written twice,
-- whatever falls over (CARE-06).

local date = crm.date
local card = crm.require("card")
local plan = crm.require("plan")
local care = {}

local PAGE = 100 -- records of one change
local TYPES = { "customer", "contact", "occasion" } -- what has special days

local function last_day(ctx) return date.add(ctx.today, { days = ctx.config.card_days }) end

-- The day of a festival: of the lunar calendar by its name, else as anniversaries.
local function festival_day(ctx, occasion, from)
  if not occasion.festival then
    return card.next_day(occasion.day, occasion.lunar_day, from, occasion.carded_on)
  end
  local year = math.tointeger(string.sub(from, 1, 4))
  for try = year - 1, year + 1 do
    local day = ctx:call("calendar.festival", { name = occasion.festival, year = try }).date
    if day >= from and (not occasion.carded_on or occasion.carded_on < day) then return day end
  end
end

local function next_day(ctx, type, it, from)
  if type == "occasion" then return festival_day(ctx, it, from) end
  return card.next_day(it.birthday, it.lunar_birthday, from, it.carded_on)
end

-- Whose card it is: the customer, and the person's name that is greeted.
local function birthday_card(ctx, type, it, day)
  local customer = type == "customer" and it or ctx:get("customer", it.customer)
  return card.plan(ctx, customer, "birthday", day, ctx:text("card_birthday", { name = it.name }))
end

-- A festival is for everybody in its segment: page by page, each in a change of its own.
local function greet(ctx, params)
  local occasion = ctx:get("occasion", params.id)
  local page, following = ctx:find("customer", {
    where = { segment = occasion.segment }, order = "id", limit = PAGE, after = params.after,
  })
  for _, customer in ipairs(page) do
    if not card.was_sent(ctx, customer, "festival", occasion.greeting, params.day) then
      card.plan(ctx, customer, "festival", params.day,
        ctx:text("card_festival", { name = customer.name, text = occasion.greeting }))
    end
  end
  if following then
    ctx:at(ctx.now, "care.greet", { id = occasion.id, day = params.day, after = following },
      string.format("%d after %d", occasion.id, page[#page].id))
  end
  return { cards = #page }
end

-- The greetings of a day that was wrong go again, page by page: those that were written before its
-- correction and say the same.
local function ungreet(ctx, params)
  local page, following = ctx:find("task", {
    where = { due_on = params.day, state = "open", created_at = { lt = params.before } },
    order = "due_on", limit = PAGE, after = params.after,
  })
  local taken = 0
  for _, task in ipairs(page) do
    if card.says(task, "festival", params.greeting) then
      card.take_back(ctx, task.id, "festival")
      taken = taken + 1
    end
  end
  if following then
    ctx:at(ctx.now, "care.ungreet", {
      day = params.day, greeting = params.greeting, before = params.before, after = following,
    }, string.format("%s after %d", params.day, page[#page].id))
  end
  return { cards = taken }
end

-- Takes back what is open of the occasion's card; says whether its card comes again.
local function withdraw_card(ctx, was, kind)
  if kind ~= "anniversary" or was.customer then return card.take_back(ctx, was.card_task, kind) end
  if not was.carded_on or was.carded_on < ctx.today then return false end
  ctx:at(ctx.now, "care.ungreet", {
    day = was.carded_on, greeting = was.greeting, before = ctx.now,
  }, tostring(was.id))
  return true
end

local function occasion_card(ctx, it, day)
  if it.customer then
    local customer = ctx:get("customer", it.customer)
    return card.plan(ctx, customer, "anniversary", day, ctx:text("card_anniversary", {
      name = customer.name, occasion = it.name, text = it.greeting or "",
    }))
  end
  ctx:at(ctx.now, "care.greet", { id = it.id, day = day }, tostring(it.id))
end

-- The card of the coming day, when it is near; then the next year's. One that came while no server
-- ran is written late, once.
local function step(ctx, type, it)
  local day = it.card_on
  if not day or day > last_day(ctx) then return end
  local task
  if type == "occasion" then
    task = occasion_card(ctx, it, day)
  else
    task = birthday_card(ctx, type, it, day)
  end
  local carded = { carded_on = day }
  for key, value in pairs(it) do
    if carded[key] == nil then carded[key] = value end
  end
  local following = next_day(ctx, type, carded, date.max(ctx.today, date.add(day, { days = 1 })))
  ctx:update(type, it.id, {
    carded_on = day, card_on = following or crm.null, card_task = task or crm.null,
  })
end

-- A page of what is near; when there is more, the next page follows.
local function write_cards(ctx, type)
  local page = ctx:find(type, {
    where = { card_on = { le = last_day(ctx) } }, order = "card_on", limit = PAGE,
  })
  for _, it in ipairs(page) do step(ctx, type, it) end
  if #page == PAGE then
    ctx:at(ctx.now, "care.day", { type = type }, string.format("%s %d", type, page[#page].id))
  end
  return #page
end

-- care.day
local function run(ctx, params)
  local cards = 0
  for _, type in ipairs(params.type and { params.type } or TYPES) do
    cards = cards + write_cards(ctx, type)
  end
  return { cards = cards }
end

-- Works out when the card is due; one that is near is written at once.
local function reckon(ctx, type, it)
  local day = next_day(ctx, type, it, ctx.today)
  if not day and not it.card_on then return end
  step(ctx, type, ctx:update(type, it.id, { card_on = day or crm.null }))
end

-- What the day depends on has changed: an open card for the old day goes (a new one comes when it
-- is near).
local function changed(type, kind)
  return function(ctx, change)
    local it = change.after
    if change.event == "update" and withdraw_card(ctx, change.before, kind) then
      it = ctx:update(type, it.id, { carded_on = crm.null, card_task = crm.null })
    end
    reckon(ctx, type, it)
  end
end

-- care.reckon: for records that were there before the package.
local function reckon_page(ctx, params)
  local page = ctx:find(params.type, {
    where = { id = { gt = params.after } }, order = "id", limit = PAGE,
  })
  for _, it in ipairs(page) do
    if not it.card_on then reckon(ctx, params.type, it) end
  end
  if #page == PAGE then
    local last = page[#page].id
    ctx:at(ctx.now, "care.reckon", { type = params.type, after = last },
      string.format("%s after %d", params.type, last))
  end
  return { looked = #page }
end

-- Records that have none of the fields, and no card to come, are passed over without any Lua.
local function rule(type, fields, kind, zh, en)
  local some = { { card_on = { is_null = false } } }
  for number, field in ipairs(fields) do some[number + 1] = { [field] = { is_null = false } } end
  return {
    on = type, events = { "create", "update", "restore" }, fields = fields, where = { any = some },
    doc = { zh = zh, en = en }, before = changed(type, kind),
  }
end

local function dates()
  return { extends = true, fields = {
    { name = "card_on", kind = "date", readonly = true, index = true,
      label = { zh = "下次贺卡日期", en = "next card on" } },
    { name = "carded_on", kind = "date", readonly = true,
      label = { zh = "最近贺卡日期", en = "last card for" } },
    { name = "card_task", kind = "integer", readonly = true,
      label = { zh = "最近贺卡任务", en = "task of the last card" },
      doc = "The number of the task; a festival has one for each customer." },
  } }
end

local occasion = dates()
occasion.extends = nil
occasion.label, occasion.title = { zh = "特别日子", en = "occasion" }, "name"
occasion.doc = "An anniversary of a customer, or a festival for a whole segment (CARE-01, REV-09)."
for number, field in ipairs({
  { name = "name", kind = "text", required = true, personal = true,
    label = { zh = "名称", en = "name" } },
  { name = "customer", kind = "reference", to = "customer", index = true,
    label = { zh = "客户", en = "customer" }, doc = "Whose anniversary; empty: a festival." },
  { name = "day", kind = "date", label = { zh = "日期", en = "day" },
    doc = "The year does not count." },
  { name = "lunar_day", kind = "lunar_date", label = { zh = "农历日期", en = "lunar day" },
    doc = "Or a lunar day; the year does not count." },
  { name = "festival", kind = "choice", label = { zh = "农历节日", en = "lunar festival" },
    choices = { "春节", "元宵节", "龙抬头", "端午节", "七夕", "中元节", "中秋节", "重阳节", "腊八节", "小年",
                "除夕" },
    doc = "Or a festival of the lunar calendar." },
  { name = "segment", kind = "choice", choices = plan.segments,
    label = { zh = "客户群", en = "segment" },
    doc = "Of a festival: who gets the card, a segment such as regular." },
  { name = "greeting", kind = "text", personal = true, label = { zh = "祝词", en = "greeting" } },
}) do table.insert(occasion.fields, number, field) end

-- An anniversary has a customer, a festival a segment and a greeting; both have one day.
local function check_occasion(ctx, change)
  local it = change.after
  local days = (it.day and 1 or 0) + (it.lunar_day and 1 or 0) + (it.festival and 1 or 0)
  if days ~= 1 then ctx:fail("VALIDATION_FAILED", "one_day", { field = "day" }) end
  if it.customer then return end
  if not it.greeting then ctx:fail("VALIDATION_FAILED", "no_greeting", { field = "greeting" }) end
  if not it.segment then ctx:fail("VALIDATION_FAILED", "no_segment", { field = "segment" }) end
end

care.jobs = { { name = "care", rrule = "FREQ=DAILY", op = "care.day", policy = "once" } }

-- Customers and contacts of an agency that had the package before it knew of cards.
care.migration = function(ctx)
  for _, type in ipairs({ "customer", "contact" }) do
    ctx:at(ctx.now, "care.reckon", { type = type }, type)
  end
end

care.part = {
  config = {
    card_days = {
      kind = "integer", default = 3, min = 0, max = 60,
      label = { zh = "提前几天准备贺卡", en = "days ahead for a card" },
      doc = "A card is on the rep's list so many days before its day (CARE-01).",
    },
    absent_years = {
      kind = "integer", default = 3, min = 1, max = 50,
      label = { zh = "几年未来算久别", en = "years of absence" },
      doc = "From so many years without an order on, the card says how many (CARE-02).",
    },
  },

  types = { customer = dates(), contact = dates(), occasion = occasion },

  rules = {
    birthday_of_customer = rule("customer", { "birthday", "lunar_birthday" }, "birthday",
      "客户生日（公历或农历）有变，重算贺卡日期。", "When the customer's next card is due (CARE-01)."),
    birthday_of_contact = rule("contact", { "birthday", "lunar_birthday" }, "birthday",
      "联系人生日有变，重算贺卡日期。", "When the next card for a person at a customer is due (CARE-01)."),
    day_of_occasion = rule("occasion",
      { "day", "lunar_day", "festival", "customer", "segment" }, "anniversary",
      "纪念日或节日有变，重算贺卡日期。", "When the next card of an occasion is due (CARE-01, REV-09)."),
    check_occasion = {
      on = "occasion", events = { "create", "update" },
      doc = { zh = "特别日子须有一个日期。", en = "An occasion has one day, and whom it is for." },
      before = check_occasion,
    },
  },

  ops = {
    ["care.day"] = {
      write = true, internal = true, since = "1",
      doc = { zh = "每日：排近几天的贺卡。", en = "Each night: the cards of the next days (CARE-01)." },
      params = { { name = "type", kind = "choice", choices = TYPES,
                   doc = "Only these; all when not given." } },
      result = { { name = "cards", kind = "integer" } },
      run = run,
    },
    ["care.reckon"] = {
      write = true, since = "1",
      doc = {
        zh = "为启用本包之前就有的客户或联系人推算贺卡日期，一批接一批。",
        en = "Works out the card days of customers or contacts who were there before the " ..
          "package, page by page (CARE-01).",
      },
      params = {
        { name = "type", kind = "choice", required = true, choices = { "customer", "contact" },
          doc = "Whose days." },
        { name = "after", kind = "integer", default = 0, doc = "Only numbers above this one." },
      },
      result = { { name = "looked", kind = "integer", doc = "Of this page; others follow." } },
      run = reckon_page,
    },
    ["care.greet"] = {
      write = true, internal = true, since = "1",
      doc = { zh = "节日：为一批客户排贺卡。", en = "A festival's cards for a page of customers (REV-09)." },
      params = {
        { name = "id", kind = "integer", required = true, doc = "The occasion." },
        { name = "day", kind = "date", required = true, doc = "Its day." },
        { name = "after", kind = "text", doc = "Where the page begins." },
      },
      result = { { name = "cards", kind = "integer" } },
      run = greet,
    },
    ["care.ungreet"] = {
      write = true, internal = true, since = "1",
      doc = {
        zh = "节日有误：撤回一批尚未寄出的贺卡。",
        en = "A festival was wrong: takes a page of its open cards back (REV-09).",
      },
      params = {
        { name = "day", kind = "date", required = true, doc = "The wrong day." },
        { name = "greeting", kind = "text", required = true, doc = "What the cards say." },
        { name = "before", kind = "datetime", required = true, doc = "When it was corrected." },
        { name = "after", kind = "text", doc = "Where the page begins." },
      },
      result = { { name = "cards", kind = "integer" } },
      run = ungreet,
    },
  },
}

return care
