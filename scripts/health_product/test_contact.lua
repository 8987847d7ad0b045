-- test_contact: when a customer may be called, and how often.

local given = crm.require("test_given")
local tea, wang, order, days = given.tea, given.wang, given.order, given.days

local function at(day, time) return day .. "T" .. time .. "+08:00" end

local function allowed(t, customer)
  local answer = t:call("contact.check", { customer = customer.id })
  return answer.reason or answer.allowed, answer
end

crm.test("quiet hours: nobody is called before 9 and from 20 o'clock on", function(t)
  local customer = wang(t)
  t:advance(at("2026-01-02", "08:59:59"))
  t:equal(allowed(t, customer), "quiet_hours")
  t:advance(at("2026-01-02", "09:00:00"))
  t:equal(allowed(t, customer), true)
  t:advance(at("2026-01-02", "19:59:59"))
  t:equal(allowed(t, customer), true)
  t:advance(at("2026-01-02", "20:00:00"))
  local reason, answer = allowed(t, customer)
  t:equal(reason, "quiet_hours")
  t:advance(at("2026-01-03", "09:00:00"))
  t:equal(answer.from, t:call("clock.get").now)
end)

crm.test("quiet hours: hours that are the wrong way round are refused", function(t)
  t:configure { contact_from_hour = 20, contact_to_hour = 20 }
  t:fails("VALIDATION_FAILED", "contact.check", { customer = wang(t).id })
  t:configure { contact_from_hour = 19, contact_to_hour = 20 }
  t:call("contact.check", { customer = 1 })
end)

crm.test("contact caps: three contacts within seven days are enough", function(t)
  local customer = wang(t)
  local function speak(day)
    t:advance(at(day, "10:00:00"))
    local values = { customer = customer.id, content = "…" }
    t:call("record.create", { type = "activity", values = values })
  end
  speak("2026-01-02")
  speak("2026-01-03")
  t:equal(allowed(t, customer), true)
  speak("2026-01-04")
  local reason, answer = allowed(t, customer)
  t:equal({ reason, answer.contacts }, { "cap", 3 })
  t:advance(at("2026-01-08", "19:00:00"))
  t:equal(allowed(t, customer), "cap")
  t:advance(at("2026-01-09", "09:00:00"))
  t:equal(answer.from, t:call("clock.get").now)
  t:equal(allowed(t, customer), true)
  t:configure { contact_most = 0 }
  speak("2026-01-09")
  t:equal(allowed(t, customer), true)
end)

crm.test("contact caps: planned visits wait, what the rulings date does not", function(t)
  given.plan(t, "business", { days = 5, content = "一" }, { days = 5, content = "二" })
  local store = given.pharmacy(t)
  t:equal(days(t, "visit"), { "2026-01-06" })
  t:call("plan.schedule", { customer = store.id, from = "2026-01-07", times = 3, every_days = 1,
                            content = "理货" })
  -- 6, 7 and 8 January are three contacts; the fourth waits until the 6th is seven days ago.
  t:equal(days(t, "agreed"), { "2026-01-07", "2026-01-08", "2026-01-13" })
  order(t, store, "2026-01-01", tea(t), 1)
  t:equal(days(t, "revisit"), { "2026-01-06" })
end)

crm.test("contact caps: a planned visit waits for those behind it, too", function(t)
  local customer = wang(t)
  local function planned(from, times)
    local visits = t:call("plan.schedule", { customer = customer.id, from = from, content = "回访",
                                             times = times or 1, every_days = times and 1 }).items
    return visits[#visits].due_on
  end
  t:equal(planned("2026-03-10", 3), "2026-03-12")
  t:equal(planned("2026-03-05"), "2026-03-05") -- 5 to 11 March are three
  -- From the 6th to the 12th there are three already, and so on until the 17th.
  t:equal(planned("2026-03-06"), "2026-03-17")
  t:equal(planned("2026-03-02"), "2026-03-02")
  t:configure { contact_most = 1, contact_days = 365 }
  t:equal(planned("2026-03-06"), "2027-03-17")
end)

crm.test("who wants no contact is neither called nor planned for", function(t)
  given.plan(t, "prospect", { days = 3, content = "介绍产品" })
  local customer = wang(t, { no_contact = true })
  local reason, answer = allowed(t, customer)
  t:equal({ reason, answer.from }, { "no_contact", nil })
  t:equal(days(t, "visit"), {})
end)

crm.test("who wants no contact from now on has no visits and cards left", function(t)
  given.plan(t, "prospect", { days = 3, content = "介绍产品" })
  local customer = wang(t, { birthday = "1956-01-04" })
  order(t, customer, "2026-01-01", tea(t), 1)
  t:equal(given.due(t, given.LATER), { "2026-01-04 birthday 李静", "2026-01-06 revisit 李静",
                                       "2026-01-16 repurchase 李静" })
  t:call("plan.schedule", { customer = customer.id, from = "2026-02-01", times = 1, content = "…" })
  t:call("record.update", { type = "customer", id = customer.id, values = { no_contact = true } })
  t:equal(given.due(t, given.LATER), { "2026-01-06 revisit 李静", "2026-01-16 repurchase 李静" })
end)

crm.test("contact caps: as many visits as can be planned, three a week", function(t)
  local customer = wang(t)
  t:call("plan.schedule", { customer = customer.id, from = "2026-03-02", times = 120,
                            every_days = 1, content = "疗程回访" })
  local planned = days(t, "agreed")
  t:equal({ #planned, planned[3], planned[4], planned[120] },
    { 120, "2026-03-04", "2026-03-09", "2026-12-02" })
end)

crm.test("revisit.open says whether it is a good time to call", function(t)
  local customer = wang(t)
  order(t, customer, "2026-01-01", tea(t), 2)
  local function open()
    local task = t:call("task.list", { customer = customer.id }).items[1]
    return t:call("revisit.open", { id = task.id })
  end
  t:equal(open().contact.allowed, true)
  t:advance(at("2026-01-06", "21:00:00"))
  t:equal(open().contact.reason, "quiet_hours")
end)

return true
