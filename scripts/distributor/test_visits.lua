-- test_visits: whom to visit, in which order, and what was seen there.

local given = crm.require("test_given")
local create, get, move = given.create, given.get, given.move

local function outlet(t, number, class, lon, lat)
  return create(t, "customer", { name = "门店" .. number, owner = "李静", outlet_class = class,
                                 lat = lat or lon and "36.65", lon = lon })
end

local function planned(t, params)
  local names = {}
  for i, item in ipairs(t:call("visit.plan", params).items) do names[i] = item.name end
  return names
end

crm.test("DIS-10, SEG-06: the plan goes along the route, not along the file", function(t)
  outlet(t, 1, "A", "117.00", "36.60")
  local far = outlet(t, 2, "B", "117.00", "36.70")
  outlet(t, 3, "A", "117.10", "36.60")
  outlet(t, 4, "C", "117.10", "36.70")
  local off_map = outlet(t, 5, "B")
  create(t, "customer", { name = "消费者", owner = "李静" })
  local plan = t:call("visit.plan", { owner = "李静" })
  local names = planned(t, { owner = "李静" })
  t:equal(names[5], "门店5")
  -- Four corners: the short tour goes round, the order of classes (1 3 2 4) would cross.
  local round = table.concat({ names[1], names[2], names[3], names[4] }, " ")
  t:equal(round == "门店1 门店3 门店4 门店2" or round == "门店1 门店2 门店4 门店3", true)
  t:equal(planned(t, { owner = "李静", stops = 2 }), { "门店1", "门店3" })
  t:equal(plan.metres > 40000 and plan.metres < 40200, true)
  local ids = { far.id, off_map.id }
  t:call("visit.adopt", { owner = "李静", on = "2026-01-02", customers = ids })
  t:equal(get(t, "customer", off_map.id).route_order, 2)
  t:fails("DUPLICATE", "visit.adopt", { owner = "王芳", on = "2026-01-02", customers = ids })
end)

crm.test("DIS-10: how often follows from the class", function(t)
  local often, seldom = outlet(t, 1, "A", "117.00"), outlet(t, 2, "B", "117.10")
  local visits = t:call("visit.adopt", { owner = "李静", on = "2026-01-01",
                                         customers = { often.id, seldom.id } }).items
  for _, visit in ipairs(visits) do
    t:call("visit.check_in", { id = visit.id, lat = "36.65", lon = "117.00" })
    t:call("visit.finish", { id = visit.id })
  end
  t:equal(planned(t, { owner = "李静", on = "2026-01-07" }), {})
  t:equal(planned(t, { owner = "李静", on = "2026-01-08" }), { "门店1" })
  t:equal(planned(t, { owner = "李静", on = "2026-01-15" }), { "门店1", "门店2" })
end)

crm.test("DIS-10: what is planned for one day is not planned for the next", function(t)
  local ids = {}
  for number = 1, 4 do ids[number] = outlet(t, number, "A").id end
  local function adopt(on, ...)
    return t:call("visit.adopt", { owner = "李静", on = on, customers = { ... } }).items
  end
  adopt("2026-01-03", ids[1], ids[2])
  t:equal(planned(t, { owner = "李静", on = "2026-01-04", stops = 2 }), { "门店3", "门店4" })
  t:equal(planned(t, { owner = "李静", on = "2026-01-03", stops = 2 }), { "门店3", "门店4" })
  local visits = adopt("2026-01-04", ids[3], ids[4])
  t:equal(planned(t, { owner = "李静", on = "2026-01-09" }), {})
  t:equal(planned(t, { owner = "李静", on = "2026-01-10" }), { "门店1", "门店2" })
  move(t, "visit", visits[2].id, "dropped")
  t:equal(planned(t, { owner = "李静", on = "2026-01-05" }), { "门店4" })
  t:advance("2026-01-05") -- nobody came: missed
  t:equal(planned(t, { owner = "李静", on = "2026-01-05" }), { "门店1", "门店3", "门店2", "门店4" })
end)

crm.test("DIS-08: an effective visit is near and long enough; nobody came: missed", function(t)
  local near, away = outlet(t, 1, "A", "117.00"), outlet(t, 2, "A", "117.01")
  local none = outlet(t, 3, "A", "117.02")
  local visits = t:call("visit.adopt", { owner = "李静", on = "2026-01-01",
                                         customers = { near.id, away.id, none.id } }).items
  t:call("visit.check_in", { id = visits[1].id, lat = "36.65", lon = "117.001" })
  t:includes(t:call("visit.check_in", { id = visits[2].id, lat = "36.65", lon = "117.0001" }),
             { metres = 883, state = "there" })
  t:advance("2026-01-01T09:10:00+08:00")
  local display = { { item = "排面", good = true }, { item = "价签", good = false, note = "缺两处" } }
  t:includes(t:call("visit.finish", { id = visits[1].id, display = display, support = 4 }),
             { effective = true, minutes = 10, metres = 89, state = "done", display = display })
  t:equal(t:call("visit.finish", { id = visits[2].id }).effective, false)
  t:advance("2026-01-02")
  t:equal(get(t, "visit", visits[3].id).state, "missed")
  t:equal(get(t, "visit", visits[1].id).state, "done")
end)

crm.test("DIS-08, DIS-10: how near, how long, how many a day is configured", function(t)
  t:configure { near_metres = 89, visit_minutes = 3, visits_a_day = 2 }
  local outlets, ids = {}, {}
  for number = 1, 3 do
    outlets[number] = outlet(t, number, "A", "117.0" .. number)
    ids[number] = outlets[number].id
  end
  t:equal(#planned(t, { owner = "李静" }), 2)
  t:equal(#planned(t, { owner = "李静", stops = 3 }), 3)
  local visits = t:call("visit.adopt", { owner = "李静", on = "2026-01-01", customers = ids }).items
  -- 89 m away; 90 m away; 89 m away, but a minute less.
  local function arrive(number, lon)
    local at = { id = visits[number].id, lat = "36.65", lon = lon }
    return t:call("visit.check_in", at).metres
  end
  t:equal({ arrive(1, "117.011"), arrive(2, "117.02101") }, { 89, 90 })
  t:advance("2026-01-01T09:01:00+08:00")
  t:equal(arrive(3, "117.031"), 89)
  t:advance("2026-01-01T09:03:00+08:00")
  local effective = {}
  for number, visit in ipairs(visits) do
    effective[number] = t:call("visit.finish", { id = visit.id }).effective
  end
  t:equal(effective, { true, false, false })
end)

return true
