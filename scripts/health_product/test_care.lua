-- test_care: cards on special days.

local given = crm.require("test_given")
local wang, due, days, LATER = given.wang, given.due, given.days, given.LATER

local function text_of(t, kind)
  return t:call("task.list", { kind = kind, on = LATER }).items[1].causes[1].text
end

local function complete(t, kind)
  local task = t:call("task.list", { kind = kind, on = LATER }).items[1]
  t:call("task.complete", { id = task.id, result = "已寄出" })
end

crm.test("CARE-01: a birthday has a card, three days ahead, signed by the rep", function(t)
  wang(t, { birthday = "1956-03-12" })
  t:advance("2026-03-08T23:59:59+08:00")
  t:equal(due(t, LATER), {})
  t:advance("2026-03-09")
  t:equal(due(t, LATER), { "2026-03-12 birthday 李静" })
  t:equal(text_of(t, "birthday"), "王秀兰：祝您生日快乐，身体健康！\n—— 李静")
end)

crm.test("CARE-01: a lunar birthday is kept by the lunar calendar, leap months too", function(t)
  local customer = wang(t, { lunar_birthday = "1957-08-15" })
  wang(t, { name = "刘建国", phone = "139-0000-1002", lunar_birthday = "1987-06L-15" })
  local function card_on(id) return t:call("record.get", { type = "customer", id = id }).card_on end
  t:equal({ card_on(customer.id), card_on(2) }, { "2026-09-25", "2026-07-28" })
  t:advance("2026-09-25")
  t:equal(days(t, "birthday"), { "2026-07-28", "2026-09-25" })
  t:equal(card_on(customer.id), "2027-09-15")
end)

crm.test("CARE-01: a lunar birthday that is today has its card today", function(t)
  t:advance("2026-09-25T09:00:00+08:00")
  wang(t, { lunar_birthday = "1957-08-15" })
  wang(t, { name = "刘建国", phone = "139-0000-1002", lunar_birthday = "1957-08-14" })
  t:equal(due(t, LATER), { "2026-09-25 birthday 李静" })
  t:equal(t:call("record.get", { type = "customer", id = 2 }).card_on, "2027-09-14")
end)

crm.test("CARE-01: where both calendars are known the lunar one counts", function(t)
  wang(t, { birthday = "1957-10-08", lunar_birthday = "1957-08-15" })
  t:equal(t:call("record.get", { type = "customer", id = 1 }).card_on, "2026-09-25")
end)

crm.test("CARE-01: 29 February is kept on the 28th where there is none", function(t)
  wang(t, { birthday = "1960-02-29" })
  t:advance("2026-03-01")
  t:equal(days(t, "birthday"), { "2026-02-28" })
  t:equal(t:call("record.get", { type = "customer", id = 1 }).card_on, "2027-02-28")
  t:advance("2028-02-29")
  t:equal(days(t, "birthday"), { "2026-02-28", "2027-02-28", "2028-02-29" })
end)

crm.test("CARE-01: who comes when the birthday is near has the card at once", function(t)
  wang(t, { birthday = "1956-01-04" })
  wang(t, { name = "刘建国", phone = "139-0000-1002", birthday = "1956-01-05" })
  t:equal(due(t, LATER), { "2026-01-04 birthday 李静" })
end)

crm.test("CARE-01: how many days ahead a card comes is configured", function(t)
  t:configure { card_days = 0 }
  wang(t, { birthday = "1956-03-12" })
  t:advance("2026-03-11T23:59:59+08:00")
  t:equal(due(t, LATER), {})
  t:advance("2026-03-12")
  t:equal(due(t, LATER), { "2026-03-12 birthday 李静" })
end)

crm.test("CARE-01: people at pharmacies have birthdays too", function(t)
  local store = given.pharmacy(t)
  t:call("record.create", { type = "contact", values = {
    customer = store.id, name = "店长 高敏", birthday = "1980-01-03",
  } })
  t:equal(due(t, LATER), { "2026-01-03 birthday 周强" })
  t:equal(text_of(t, "birthday"), "店长 高敏：祝您生日快乐，身体健康！\n—— 周强")
end)

crm.test("CARE-01: a night with more birthdays than a page has", function(t)
  for number = 1, 201 do
    wang(t, { name = "顾客" .. number, phone = string.format("1390000%04d", number),
              birthday = "1956-03-12" })
  end
  t:advance("2026-03-09T00:00:10+08:00")
  t:equal(t:call("record.count", { type = "task", where = { kind = "birthday" } }).count, 201)
end)

crm.test("CARE-01: an anniversary of a customer, by either calendar", function(t)
  local customer = wang(t)
  local function occasion(values)
    values.customer = customer.id
    t:call("record.create", { type = "occasion", values = values })
  end
  occasion { name = "金婚纪念日", day = "1976-02-10", greeting = "白头偕老。" }
  occasion { name = "开业纪念日", lunar_day = "2010-01-08" }
  t:advance("2026-03-01")
  t:equal(days(t, "anniversary"), { "2026-02-10", "2026-02-24" })
  t:equal(text_of(t, "anniversary"), "王秀兰：今天是您的金婚纪念日，谨致祝贺。白头偕老。\n—— 李静")
end)

crm.test("CARE-01, REV-09: a festival greets everybody in its segment", function(t)
  given.pharmacy(t)
  wang(t)
  for number = 1, 101 do
    given.pharmacy(t, {
      name = "药房" .. number, phone = string.format("05318000%04d", 2000 + number),
    })
  end
  t:call("record.create", { type = "occasion", values = {
    name = "端午", festival = "端午节", segment = "business", greeting = "端午安康！",
  } })
  t:equal(t:call("record.get", { type = "occasion", id = 1 }).card_on, "2026-06-19")
  t:advance("2026-06-16T00:00:10+08:00") -- a page of 100 a second
  t:equal(t:call("record.count", { type = "task", where = { kind = "festival" } }).count, 102)
  t:equal(text_of(t, "festival"), "济南百草春药房：端午安康！\n—— 周强")
  t:equal(t:call("record.get", { type = "occasion", id = 1 }).card_on, "2027-06-09")
end)

crm.test("CARE-01: what an occasion needs is asked for", function(t)
  local function refused(field, values)
    values.name = "节"
    local params = { type = "occasion", values = values }
    t:equal(t:fails("VALIDATION_FAILED", "record.create", params).field, field)
  end
  refused("day", { segment = "business", greeting = "…" })
  refused("day", { day = "2026-01-01", festival = "春节", segment = "business", greeting = "…" })
  refused("greeting", { day = "2026-10-01", segment = "business" })
  refused("segment", { day = "2026-10-01", greeting = "…" })
  t:fails("VALIDATION_FAILED", "record.create", { type = "occasion", values = {
    name = "节", day = "2026-10-01", greeting = "…", segment = "nobody",
  } })
end)

-- An order of some years ago, and a birthday on 12 March.
local function absent_since(t, day)
  local customer = wang(t, { birthday = "1956-03-12" })
  given.order(t, customer, day, given.tea(t), 1)
  t:advance("2026-03-09")
  return text_of(t, "birthday")
end

crm.test("CARE-02: after three years of absence the card says how many", function(t)
  t:equal(absent_since(t, "2023-03-12"),
    "王秀兰：祝您生日快乐，身体健康！您有 3 年没有来过了，我们很想念您。\n—— 李静")
end)

crm.test("CARE-02: a day less than three years is no absence", function(t)
  t:equal(absent_since(t, "2023-03-13"), "王秀兰：祝您生日快乐，身体健康！\n—— 李静")
end)

crm.test("CARE-02: the years are whole ones", function(t)
  t:equal(absent_since(t, "2021-03-13"),
    "王秀兰：祝您生日快乐，身体健康！您有 4 年没有来过了，我们很想念您。\n—— 李静")
end)

crm.test("CARE-02: how many years are an absence is configured", function(t)
  t:configure { absent_years = 4 }
  t:equal(absent_since(t, "2022-03-13"), "王秀兰：祝您生日快乐，身体健康！\n—— 李静")
end)

crm.test("CARE-06: one card a year, also when the day is corrected", function(t)
  local customer = wang(t, { birthday = "1956-03-12" })
  t:advance("2026-03-09")
  local function correct(day)
    t:call("record.update", { type = "customer", id = customer.id, values = { birthday = day } })
  end
  correct("1956-03-11") -- the open card moves along
  t:equal(due(t, LATER), { "2026-03-11 birthday 李静" })
  complete(t, "birthday")
  correct("1956-05-11") -- the card of this year was sent
  t:advance("2026-12-31")
  t:equal(due(t, LATER), {})
  t:advance("2027-05-08")
  t:equal(due(t, LATER), { "2027-05-11 birthday 李静" })
end)

crm.test("CARE-01: a corrected day moves the card of that person or occasion only", function(t)
  local store = given.pharmacy(t, { birthday = "2000-01-04" })
  local function correct(type, record, values)
    t:call("record.update", { type = type, id = record.id, values = values })
  end
  local function contact(name)
    return t:call("record.create", { type = "contact", values = {
      customer = store.id, name = name, birthday = "1980-01-04",
    } })
  end
  local first = contact("店长 高敏")
  contact("店员 孙丽")
  t:equal(days(t, "birthday"), { "2026-01-04", "2026-01-04", "2026-01-04" })
  correct("customer", store, { birthday = "2000-01-03" })
  t:equal(days(t, "birthday"), { "2026-01-03", "2026-01-04", "2026-01-04" })
  correct("contact", first, { birthday = "1980-01-24" })
  t:equal(days(t, "birthday"), { "2026-01-03", "2026-01-04" })
  local founded = t:call("record.create", { type = "occasion", values = {
    name = "开业纪念日", customer = store.id, day = "2010-01-02",
  } })
  correct("occasion", founded, { day = "2010-01-25" })
  t:equal(days(t, "anniversary"), {})
  t:advance("2026-01-22")
  t:equal(days(t, "birthday"), { "2026-01-03", "2026-01-04", "2026-01-24" })
  t:equal(days(t, "anniversary"), { "2026-01-25" })
end)

crm.test("CARE-01, REV-09: a corrected festival takes its cards back", function(t)
  for number = 1, 101 do
    given.pharmacy(t, {
      name = "药房" .. number, phone = string.format("05318000%04d", 2000 + number),
    })
  end
  wang(t)
  local function festival(day, greeting)
    return t:call("record.create", { type = "occasion", values = {
      name = "店庆", day = day, segment = "business", greeting = greeting,
    } })
  end
  local party = festival("2010-01-03", "店庆大吉！")
  festival("2010-01-03", "新年好！")
  local function settle(second)
    t:advance(string.format("2026-01-01T09:0%d:00+08:00", second))
    return #days(t, "festival")
  end
  t:equal(settle(1), 202)
  -- One was sent already: there is one a year.
  t:call("task.complete", { id = t:call("task.list", { kind = "festival", on = LATER }).items[1].id,
                            result = "已寄出" })
  t:call("record.update", { type = "occasion", id = party.id, values = { day = "2010-01-04" } })
  t:equal(settle(2), 201)
  t:equal(days(t, "festival")[101], "2026-01-03")
  t:equal(days(t, "festival")[102], "2026-01-04")
  t:call("record.update", { type = "occasion", id = party.id, values = { segment = "prospect" } })
  t:equal(settle(3), 102)
  t:call("record.update", { type = "occasion", id = party.id, values = { day = "2010-03-04" } })
  t:equal(settle(4), 101)
end)

crm.test("CARE-01, REV-12: what came to the day of a card stays when the card goes", function(t)
  t:configure { first_days = 3 }
  local customer = wang(t, { birthday = "1956-01-04" })
  given.order(t, customer, "2026-01-01", given.tea(t, { cycle_days = 100 }), 1)
  t:equal(due(t, "2026-01-10"), { "2026-01-04 revisit+birthday 李静" })
  t:call("record.update", { type = "customer", id = customer.id,
                            values = { birthday = "1956-01-03" } })
  t:equal(due(t, "2026-01-10"), { "2026-01-03 birthday 李静", "2026-01-04 revisit 李静" })
  t:equal(t:call("task.list", { kind = "revisit" }).items[1].title, "回访 王秀兰")
end)

crm.test("CARE-06: a year has one card, year after year", function(t)
  wang(t, { birthday = "1956-03-12" })
  t:advance("2029-03-12")
  t:equal(days(t, "birthday"), { "2026-03-12", "2027-03-12", "2028-03-12", "2029-03-12" })
end)

crm.test("CARE-01: no card for who wants no contact, nor without a birthday", function(t)
  wang(t, { birthday = "1956-03-12", no_contact = true })
  local other = wang(t, { name = "刘建国", phone = "139-0000-1002", birthday = "1956-03-12" })
  t:advance("2026-03-09")
  t:equal(#days(t, "birthday"), 1)
  t:call("record.update", { type = "customer", id = other.id, values = { birthday = crm.null } })
  t:equal(days(t, "birthday"), {})
  t:equal(t:call("record.get", { type = "customer", id = other.id }).card_on, nil)
end)

return true
