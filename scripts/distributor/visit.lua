-- visit: who is visited on a day, in which order, and what was seen there (DIS-08, DIS-10, SEG-06).
-- How often follows from the outlet's class; the order is that of a short tour, which the plugin
-- `route` computes. Outlets without a place on the map follow in the order of their `route_order`
-- (路序).

local date = crm.date

-- HOW often: days between visits of each class, from the configuration.
local function days_between_visits(ctx, class)
  return ctx.config["visit_days_" .. string.lower(class)]
end

local function is_on_map(outlet) return outlet.lat ~= nil and outlet.lon ~= nil end

local function waits(ctx, outlet, last, on)
  return date.add(last, { days = days_between_visits(ctx, outlet.outlet_class) }) > on
end

-- The last day for which a visit is planned already, or on which somebody is there just now.
local function planned_on(ctx, outlet)
  local visit = ctx:find("visit", { limit = 1, order = "-visit_on", where = {
    customer = outlet.id, visit_on = { ge = ctx.today },
    state = { ["in"] = { "planned", "there" } },
  } })[1]
  return visit and visit.visit_on
end

-- What is planned counts like what was made: the plan of the next day has other outlets.
local function is_due(ctx, outlet, on)
  if not outlet.outlet_class then return false end
  if outlet.last_visit_on and waits(ctx, outlet, outlet.last_visit_on, on) then return false end
  local planned = planned_on(ctx, outlet)
  return not planned or not waits(ctx, outlet, planned, on)
end

-- The most important first, and among those the ones that wait for the longest.
local function before(a, b)
  if a.outlet_class ~= b.outlet_class then return a.outlet_class < b.outlet_class end
  if a.last_visit_on ~= b.last_visit_on then return (a.last_visit_on or "") < (b.last_visit_on
                                                                               or "") end
  return a.id < b.id
end

local function due_outlets(ctx, owner, on)
  local outlets = {}
  for outlet in ctx:each("customer", {
    where = { owner = owner, outlet_class = { is_null = false } },
  }) do
    if is_due(ctx, outlet, on) then outlets[#outlets + 1] = outlet end
  end
  table.sort(outlets, before)
  return outlets
end

local function tour(ctx, outlets)
  local stops = {}
  for i, outlet in ipairs(outlets) do stops[i] = { id = outlet.id, lat = outlet.lat,
                                                   lon = outlet.lon } end
  if #stops == 0 then return { order = {}, length = 0 } end
  return ctx:call("route.plan", { stops = stops })
end

---@param ctx crm.ctx
local function plan(ctx, params)
  local on = params.on or ctx.today
  local chosen, mapped, others = {}, {}, {}
  for _, outlet in ipairs(due_outlets(ctx, params.owner, on)) do
    if #mapped + #others == (params.stops or ctx.config.visits_a_day) then break end
    chosen[outlet.id] = outlet
    local list = is_on_map(outlet) and mapped or others
    list[#list + 1] = outlet
  end
  table.sort(others, function(a, b)
    local one, other = a.route_order or math.maxinteger, b.route_order or math.maxinteger
    if one ~= other then return one < other end
    return a.id < b.id
  end)
  local way, items = tour(ctx, mapped), {}
  local function add(id)
    local outlet = chosen[id]
    items[#items + 1] = { position = #items + 1, customer = id, name = outlet.name,
                          class = outlet.outlet_class, last_visit_on = outlet.last_visit_on }
  end
  for _, id in ipairs(way.order) do add(id) end
  for _, outlet in ipairs(others) do add(outlet.id) end
  return { on = on, items = crm.list(items), metres = way.length }
end

-- Writes what visit.plan proposed, or what became of it in people's hands.
---@param ctx crm.ctx.write
local function adopt(ctx, params)
  local visits = {}
  for position, customer in ipairs(params.customers) do
    ctx:update("customer", customer, { route_order = position })
    visits[position] = ctx:create("visit", { customer = customer, owner = params.owner,
                                             visit_on = params.on, position = position })
  end
  return { items = crm.list(visits) }
end

-- Metres between the outlet and where the visitor stands; nil for an outlet that is not on the map.
local function metres_away(ctx, outlet, lat, lon)
  if not is_on_map(outlet) then return nil end
  local way = ctx:call("route.plan", { start = 1, ["end"] = 2, stops = {
    { id = 1, lat = outlet.lat, lon = outlet.lon }, { id = 2, lat = lat, lon = lon },
  } })
  return way.length
end

---@param ctx crm.ctx.write
local function check_in(ctx, params)
  local visit = ctx:get("visit", params.id)
  local outlet = ctx:get("customer", visit.customer)
  return ctx:move("visit", visit.id, "there", {
    arrived_at = ctx.now, metres = metres_away(ctx, outlet, params.lat, params.lon) or crm.null,
  })
end

-- WHAT an effective visit is: near the outlet, and long enough.
local function is_effective(ctx, visit, minutes)
  return visit.metres ~= nil and visit.metres <= ctx.config.near_metres
    and minutes >= ctx.config.visit_minutes
end

---@param ctx crm.ctx.write
local function finish(ctx, params)
  local visit = ctx:get("visit", params.id)
  local minutes = (ctx.now - (visit.arrived_at or ctx.now)) // 60000
  ctx:update("customer", visit.customer, { last_visit_on = ctx:date(ctx.now) })
  return ctx:move("visit", visit.id, "done", {
    minutes = minutes, effective = is_effective(ctx, visit, minutes), display = params.display,
    content = params.content, support = params.support,
  })
end

local states = crm.workflow {
  on = "visit", label = { zh = "状态", en = "state" },
  doc = "A visit that nobody checked in for on its day was missed.",
  states = {
    { name = "planned", to = { "there", "dropped",
      { to = "missed", delay = { days = 1, since = "visit_on", at = "00:00" } } } },
    { name = "there", to = { "done" } },
    "done", "missed", "dropped",
  },
}

local DISPLAY = {
  { name = "item", kind = "text", required = true, doc = "What was looked at: 排面, 价签, 海报 …" },
  { name = "good", kind = "boolean", required = true },
  { name = "note", kind = "text" },
}

local function every(days, class)
  return { kind = "integer", default = days, min = 1, max = 366,
           label = { zh = class .. " 类客户拜访间隔（天）", en = "days between visits, class " .. class } }
end

local own = {
  config = {
    visit_days_a = every(7, "A"), visit_days_b = every(14, "B"),
    visit_days_c = every(30, "C"), visit_days_d = every(60, "D"),
    visits_a_day = { kind = "integer", default = 12, min = 1, max = 200,
                     label = { zh = "每天拜访数", en = "visits a day" } },
    near_metres = { kind = "integer", default = 500, min = 1, max = 100000,
                    label = { zh = "签到距离（米）", en = "near, in metres" } },
    visit_minutes = { kind = "integer", default = 10, min = 0, max = 600,
                      label = { zh = "有效拜访最短分钟", en = "minutes of an effective visit" } },
  },

  types = {
    customer = { extends = true, fields = {
      { name = "outlet_class", kind = "choice", choices = { "A", "B", "C", "D" },
        label = { zh = "网点等级", en = "outlet class" }, doc = "How often it is visited (DIS-10)." },
      { name = "route_order", kind = "integer", label = { zh = "路序", en = "route order" },
        doc = "Its place in the last tour (SEG-06)." },
      { name = "lat", kind = "decimal", label = { zh = "纬度", en = "latitude" } },
      { name = "lon", kind = "decimal", label = { zh = "经度", en = "longitude" } },
      { name = "last_visit_on", kind = "date", readonly = true,
        label = { zh = "最近拜访", en = "last visit on" } },
    } },
    visit = {
      label = { zh = "拜访", en = "visit" }, title = "id",
      doc = "A visit to an outlet: planned, checked in, what was seen (DIS-08, DIS-10).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true,
          label = { zh = "网点", en = "outlet" } },
        { name = "owner", kind = "text", required = true, label = { zh = "拜访人", en = "visitor" } },
        { name = "visit_on", kind = "date", required = true,
          label = { zh = "日期", en = "visit on" } },
        { name = "position", kind = "integer", label = { zh = "顺序", en = "position" } },
        { name = "arrived_at", kind = "datetime", readonly = true,
          label = { zh = "到店时间", en = "arrived at" } },
        { name = "metres", kind = "integer", readonly = true,
          label = { zh = "距离（米）", en = "metres away" } },
        { name = "minutes", kind = "integer", readonly = true,
          label = { zh = "停留（分钟）", en = "minutes" } },
        { name = "effective", kind = "boolean", readonly = true,
          label = { zh = "有效", en = "effective" } },
        { name = "display", kind = "list", of = "map", label = { zh = "商品陈列", en = "display" },
          fields = DISPLAY, doc = "What the inspection found (DIS-08)." },
        { name = "support", kind = "integer", min = 0, max = 5,
          label = { zh = "支持程度", en = "support" }, doc = "0 to 5 (DIS-07)." },
        { name = "content", kind = "text", personal = true,
          label = { zh = "内容", en = "content" } },
      },
      indexes = {
        by_day = { fields = { "owner", "visit_on", "position" } },
        by_outlet = { fields = { "customer", "visit_on" } },
        one_a_day = { fields = { "customer", "visit_on" }, unique = true,
                      where = { state = { "planned", "there", "done" } } },
      },
    },
  },

  ops = {
    ["visit.plan"] = {
      since = "1",
      doc = { zh = "拜访计划：按网点等级选出到期的网点，按路线排序。",
              en = "Outlets that are due by their class, in the order of a short tour (DIS-10)." },
      params = {
        { name = "owner", kind = "text", required = true },
        { name = "on", kind = "date", doc = "Today when not given." },
        { name = "stops", kind = "integer", min = 1, max = 200, doc = "Instead of visits_a_day." },
      },
      result = {
        { name = "on", kind = "date" },
        { name = "items", kind = "list", of = "map", fields = {
          { name = "position", kind = "integer" },
          { name = "customer", kind = "reference", to = "customer" },
            { name = "name", kind = "text" },
          { name = "class", kind = "text" }, { name = "last_visit_on", kind = "date" },
        } },
        { name = "metres", kind = "integer", doc = "Of the round tour over those on the map." },
      },
      run = plan,
    },
    ["visit.adopt"] = {
      write = true, since = "1",
      doc = { zh = "采用拜访计划，并记下路序。", en = "Writes the visits of a day in this order (SEG-06)." },
      params = {
        { name = "owner", kind = "text", required = true },
        { name = "on", kind = "date", required = true },
        { name = "customers", kind = "list", of = "integer", required = true, min = 1, max = 200 },
      },
      result = { items = { kind = "list", of = "map" } },
      errors = { "NOT_FOUND", "DUPLICATE" },
      run = adopt,
    },
    ["visit.check_in"] = {
      write = true, since = "1",
      doc = { zh = "到店签到，记下与网点的距离。", en = "Arrives at an outlet: how far the place is from it." },
      params = {
        { name = "id", kind = "integer", required = true },
        { name = "lat", kind = "decimal", required = true },
        { name = "lon", kind = "decimal", required = true },
      },
      errors = { "NOT_FOUND", "TRANSITION_DENIED" },
      run = check_in,
    },
    ["visit.finish"] = {
      write = true, since = "1",
      doc = { zh = "结束拜访：停留时间、陈列检查、支持程度。",
              en = "Ends a visit: how long, display inspection, support (DIS-07, DIS-08)." },
      params = {
        { name = "id", kind = "integer", required = true },
        { name = "display", kind = "list", of = "map", fields = DISPLAY },
        { name = "support", kind = "integer", min = 0, max = 5 },
        { name = "content", kind = "text" },
      },
      errors = { "NOT_FOUND", "TRANSITION_DENIED" },
      run = finish,
    },
  },
}

return { parts = { own, states } }
