-- territory: who may sell where. A territory is a region, a product line, a channel and a period;
-- what somebody holds exclusively nobody else gets (DIS-01).


local function names_of(path)
  local names = {}
  for name in string.gmatch(path, "[^/]+") do names[#names + 1] = name end
  return names
end

-- Whether `inner` stands in `outer` from place `at` on, as far as both go.
local function fits(outer, inner, at)
  for i = at, math.min(#outer, at + #inner - 1) do
    if outer[i] ~= inner[i - at + 1] then return false end
  end
  return true
end

-- Two regions overlap when a place can lie in both: one contains the other, or goes on where it
-- ends. 国内/山东 and 山东/济南 do, 山东/济南 and 山东/青岛 do not.
local function regions_overlap(a, b)
  local one, other = names_of(a), names_of(b)
  for at = 1, #one do
    if fits(one, other, at) then return true end
  end
  for at = 1, #other do
    if fits(other, one, at) then return true end
  end
  return false
end

-- What is left open holds for everything.
local function same_or_open(a, b) return a == nil or b == nil or a == b end

local function overlap(a, b)
  return same_or_open(a.product_line, b.product_line) and same_or_open(a.channel, b.channel)
    and (a.ends_on == nil or b.starts_on <= a.ends_on)
      and (b.ends_on == nil or a.starts_on <= b.ends_on)
    and regions_overlap(a.region, b.region)
end

-- Whether two customers may not have both.
local function exclude(own, other)
  return own.customer ~= other.customer and (own.exclusive or other.exclusive)
    and overlap(own, other)
end

local function refuse_overlap(ctx, change)
  local own = change.after
  if own.ends_on and own.ends_on < own.starts_on then
    ctx:fail("VALIDATION_FAILED", "ends_before", { field = "ends_on" })
  end
  for other in ctx:each("territory", { where = { state = "held", id = { ne = own.id } } }) do
    if exclude(own, other) then
      ctx:fail("RULE_FAILED", "territory_taken", {
        field = "region", holder = ctx:get("customer", other.customer).name,
        region = other.region, territory = other.id,
      })
    end
  end
end

local part = {
  types = {
    territory = {
      label = { zh = "经销区域", en = "territory" }, title = "region",
      doc = "Where a distributor may sell; exclusive ones are nobody else's (DIS-01).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true, index = true,
          label = { zh = "经销商", en = "distributor" } },
        { name = "region", kind = "tree", required = true, label = { zh = "地区", en = "region" } },
        { name = "product_line", kind = "text", label = { zh = "产品线", en = "product line" },
          doc = "All of them when empty." },
        { name = "channel", kind = "text", label = { zh = "渠道", en = "channel" },
          doc = "All of them when empty." },
        { name = "starts_on", kind = "date", required = true,
          label = { zh = "开始", en = "starts on" } },
        { name = "ends_on", kind = "date", label = { zh = "结束", en = "ends on" } },
        { name = "exclusive", kind = "boolean", default = false,
          label = { zh = "独家", en = "exclusive" } },
        { name = "state", kind = "states", choices = { "held", "returned" }, index = true,
          transitions = { held = { "returned" } }, label = { zh = "状态", en = "state" } },
      },
    },
    diversion = {
      label = { zh = "窜货", en = "diversion" }, title = "region",
      doc = "Goods that a distributor sold in the territory of another.",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true, index = true,
          label = { zh = "窜货方", en = "who diverted" } },
        { name = "territory", kind = "reference", to = "territory", required = true,
          label = { zh = "被窜区域", en = "territory" } },
        { name = "found_on", kind = "date", required = true,
          label = { zh = "发现日期", en = "found on" } },
        { name = "product", kind = "reference", to = "product",
          label = { zh = "产品", en = "product" } },
        { name = "quantity", kind = "integer", min = 1, label = { zh = "数量", en = "quantity" } },
        { name = "region", kind = "tree", label = { zh = "地点", en = "region" } },
        { name = "decision", kind = "text", personal = true,
          label = { zh = "处理决定", en = "decision" } },
        { name = "state", kind = "states",
          choices = { "reported", "confirmed", "decided", "dismissed" },
          transitions = {
            reported = { "confirmed", "dismissed" },
            confirmed = { { to = "decided", where = { decision = { is_null = false } },
                            who = { roles = { "leader", "administrator" } } } },
          }, label = { zh = "状态", en = "state" } },
      },
    },
  },

  rules = {
    territory_is_free = {
      on = "territory", events = { "create", "update", "restore" }, where = { state = "held" },
      doc = { zh = "独家区域不可重叠。", en = "No territory overlaps an exclusive one (DIS-01)." },
      before = refuse_overlap,
    },
  },
}

return { parts = { part } }
