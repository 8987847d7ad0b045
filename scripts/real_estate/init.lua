-- real_estate: a sales office, from the first visit to the years after the sale.
--
--   who comes, whose they are, when they are called      visit.lua
--   a unit is held, subscribed, sold; visits after it    deal.lua
--   repairs, feedback, what is worth doing               service.lua
--
-- README.md shows the states as a drawing and the lines that most businesses change.

local deal = crm.require("deal")
local visit = crm.require("visit")
local service = crm.require("service")

local function labelled(zh, en) return { zh = zh, en = en } end

local function reference(name, to, zh, en, required)
  return { name = name, kind = "reference", to = to, required = required, index = true,
           label = labelled(zh, en) }
end

local function text(name, zh, en, required)
  return { name = name, kind = "text", required = required, label = labelled(zh, en) }
end

-- What people write about a customer goes when she is erased (person.erase).
local function words(name, zh, en, required)
  local field = text(name, zh, en, required)
  field.personal = true
  return field
end

local function id(name)
  return { name = name, kind = "integer", required = true }
end

local function days(default, zh, en, doc)
  return { kind = "integer", default = default, min = 0, max = 3650, label = labelled(zh, en),
           doc = doc }
end

local KINDS = { "attitude", "view", "criticism", "suggestion" }

local function number(name) return { name = name, kind = "integer" } end
local function rows(name) return { name = name, kind = "list", of = "map" } end

-- An op that takes a deal on.
local function step(zh, en, run, ...)
  return { write = true, doc = { zh = zh, en = en }, params = { id("id"), ... }, run = run,
           errors = { "NOT_FOUND", "TRANSITION_DENIED" } }
end

return crm.package {
  name = "real_estate",
  version = "1.0.0",
  own_rights = { "rules" }, -- what follows from a record follows whoever writes it
  doc = {
    zh = "房地产案场：来访、报备、房源、认购签约、售后跟踪。",
    en = "A sales office: visits, filing, units, deals, and the years after the sale.",
  },

  config = {
    days_a = days(3, "A 类跟进间隔天数", "days between calls, class A"),
    days_b = days(7, "B 类跟进间隔天数", "days between calls, class B"),
    days_c = days(15, "C 类跟进间隔天数", "days between calls, class C"),
    days_d = days(30, "D 类跟进间隔天数", "days between calls, class D"),
    days_unclassed = days(7, "未定级跟进间隔天数", "days between calls, no class yet",
      "Of those who came."),
    protection_days = days(15, "报备保护天数", "days a filing protects"),
    fix_days = days(1, "现场维修期限天数", "days for a repair", "0: the same day (REV-07)."),
    repeat_every_months = days(0, "售后回访每几个月重复", "months between visits behind the ladder",
      "0: not at all (C-03)."),
  },

  types = {
    project = { label = labelled("项目", "project"), doc = "What is built and sold.", title = "name",
      fields = {
        text("name", "名称", "name", true), text("region", "地区", "region"),
        text("permit", "预售许可证", "presale permit"),
      } },
    building = { label = labelled("楼栋", "building"), doc = "A building of a project.",
      title = "name", fields = {
        reference("project", "project", "项目", "project", true),
        text("name", "名称", "name", true),
        { name = "floors", kind = "integer", min = 1, label = labelled("层数", "floors") },
      } },
    unit = { label = labelled("房源", "unit"), doc = "A flat that is for sale.", title = "name",
      fields = {
        reference("project", "project", "项目", "project", true),
        reference("building", "building", "楼栋", "building"),
        text("name", "房号", "number", true),
        { name = "floor", kind = "integer", label = labelled("楼层", "floor") },
        text("layout", "户型", "layout"), text("facing", "朝向", "facing"),
        { name = "area", kind = "decimal", label = labelled("建筑面积", "area") },
        { name = "price", kind = "money", required = true, label = labelled("总价", "price") },
        { name = "floor_price", kind = "money", default = 0,
          label = labelled("底价", "floor price") },
        { name = "status", kind = "choice", choices = { "free", "held", "sold" }, default = "free",
          readonly = true, index = true, label = labelled("状态", "status") },
      },
      indexes = { one_number = { fields = { "project", "name" }, unique = true } } },
    deal = { label = labelled("成交", "deal"), doc = "A customer and the unit that is hers.",
      fields = {
        reference("unit", "unit", "房源", "unit", true),
        reference("customer", "customer", "客户", "customer", true),
        text("adviser", "置业顾问", "adviser"), words("reason", "原因", "reason"),
        { name = "price", kind = "money", label = labelled("成交价", "price") },
        { name = "signed_on", kind = "date", label = labelled("签约日期", "signed on") },
        { name = "milestones", kind = "list", of = "map", readonly = true,
          label = labelled("进程", "milestones"), fields = {
            { name = "name", kind = "text" }, { name = "on", kind = "date" },
          } },
      },
      -- Whatever way it is written: a unit has one live deal.
      indexes = { one_live = { fields = { "unit" }, unique = true,
                               where = { state = deal.LIVE } } } },
    site_visit = { label = labelled("来访", "site visit"), doc = "Somebody came to look.", fields = {
      reference("customer", "customer", "客户", "customer", true),
      reference("project", "project", "项目", "project", true),
      { name = "kind", kind = "choice", choices = { "first", "again" },
        doc = "first 首访, again 复访.", label = labelled("首访/复访", "kind") },
      { name = "came_on", kind = "date", label = labelled("日期", "came on") },
      text("adviser", "置业顾问", "adviser"), text("agent", "渠道", "agent"),
      words("note", "备注", "note"),
    } },
    filing = { label = labelled("报备", "filing"), doc = "A customer whom an agent announced.",
      fields = {
        reference("customer", "customer", "客户", "customer", true),
        reference("project", "project", "项目", "project", true),
        text("agent", "渠道", "agent", true),
        { name = "protected_until", kind = "date", label = labelled("保护到", "protected until") },
      },
      indexes = { one_live = { fields = { "customer", "project" }, unique = true,
                               where = { state = { "protected" } } } } },
    house_issue = { label = labelled("房屋问题", "house issue"), doc = "What a visit found (REV-07).",
      fields = {
        reference("customer", "customer", "客户", "customer", true),
        reference("unit", "unit", "房源", "unit"), reference("task", "task", "任务", "task"),
        words("content", "内容", "content", true), text("owner", "负责人", "owner"),
        { name = "found_on", kind = "date", label = labelled("发现日期", "found on") },
        { name = "fix_on", kind = "date", index = true, label = labelled("维修期限", "fix by") },
        { name = "fixed_on", kind = "date", label = labelled("修好日期", "fixed on") },
      } },
    service_plan = { label = labelled("服务方案", "service plan"),
      doc = "What can be done for a group, and what each period brings and costs (COO-02).",
      fields = {
        text("name", "名称", "name", true),
        { name = "owner_group", kind = "text", required = true, index = true,
          label = labelled("客户群", "group") },
        { name = "periods", kind = "list", of = "map", required = true,
          label = labelled("各期", "periods"), fields = {
            { name = "value", kind = "money", required = true },
            { name = "cost", kind = "money", required = true },
          } },
      } },
    feedback = { label = labelled("反馈", "feedback"), doc = "What a customer said (COO-01).",
      fields = {
        reference("customer", "customer", "客户", "customer", true),
        { name = "kind", kind = "choice", choices = KINDS, label = labelled("类型", "kind"),
          doc = "态度, 看法, 批评, 建议." },
        words("content", "内容", "content", true), text("owner_group", "客户群", "group"),
        reference("plan", "service_plan", "方案", "plan"),
        reference("task", "task", "任务", "task"),
        { name = "profit", kind = "money", label = labelled("盈利", "profit") },
      } },
    customer = { extends = true, fields = {
      { name = "buyer_class", kind = "choice", choices = { "A", "B", "C", "D" }, index = true,
        label = labelled("意向等级", "class") },
      text("owner_group", "客户群", "group"),
    } },
  },

  include = { deal.states, visit.states, { rules = deal.rules }, { rules = visit.rules },
              { rules = service.rules } },

  ops = {
    ["unit.hold"] = {
      write = true,
      doc = { zh = "保留房源，先到先得。", en = "Holds a unit for a customer; the first has it." },
      params = { id("unit"), id("customer"), { name = "adviser", kind = "text" },
                 { name = "price", kind = "money", min = 0 } },
      errors = { "ALREADY_CLAIMED", "NOT_FOUND" }, run = deal.hold,
    },
    ["deal.subscribe"] = step("认购。", "The customer puts money down.", deal.subscribe,
      { name = "price", kind = "money", min = 0 }),
    ["deal.sign"] = step("签约，安排售后回访。", "Sold; the visits after it are planned (REV-05).",
      deal.sign, { name = "price", kind = "money", min = 0 },
      { name = "signed_on", kind = "date", doc = "Today when not given." }),
    ["deal.advance"] = step("权证、入伙、物业服务。", "On to the next milestone (COO-05).", deal.advance,
      { name = "to", kind = "choice", required = true,
        choices = { "deed", "moved_in", "service" } }),
    ["deal.cancel"] = step("取消保留、认购或签约。", "Gives the unit back.", deal.cancel,
      { name = "reason", kind = "text" }),
    ["visit.register"] = {
      write = true,
      doc = { zh = "登记来访，区分首访和复访。", en = "Registers a visit, the first or another." },
      params = { id("customer"), id("project"), { name = "adviser", kind = "text" },
                 { name = "class", kind = "choice", choices = { "A", "B", "C", "D" } },
                 { name = "note", kind = "text" } },
      errors = { "NOT_FOUND" }, run = visit.register,
    },
    ["filing.file"] = {
      write = true,
      doc = {
        zh = "渠道报备客户，有保护期。", en = "An agent announces a customer, protected for a time.",
      },
      params = { id("customer"), id("project"),
                 { name = "agent", kind = "text", required = true } },
      errors = { "ALREADY_CLAIMED", "RULE_FAILED" }, run = visit.file,
    },
    ["issue.report"] = {
      write = true,
      doc = {
        zh = "回访发现房屋问题，限期现场维修。", en = "A problem, repaired on site (REV-07, COO-08).",
      },
      params = { id("customer"), { name = "unit", kind = "integer" },
                 { name = "content", kind = "text", required = true },
                 { name = "owner", kind = "text" } },
      errors = { "NOT_FOUND" }, run = service.report,
    },
    ["feedback.record"] = {
      write = true,
      doc = {
        zh = "记录反馈，评估客户群，下达服务指令。",
        en = "Feedback; its group is evaluated, the best plan becomes a task (COO-01).",
      },
      params = { id("customer"), { name = "content", kind = "text", required = true },
                 { name = "kind", kind = "choice", choices = KINDS } },
      errors = { "NOT_FOUND" }, run = service.feedback,
    },
    ["card.open"] = {
      doc = { zh = "客户资料跟踪卡。", en = "All about an owner or somebody who may be one (COO-04)." },
      params = { id("customer") }, errors = { "NOT_FOUND" },
      result = { { name = "customer", kind = "map" }, rows("deals"), rows("visits"), rows("issues"),
                 rows("feedback"), rows("tasks") },
      run = service.card,
    },
    ["project.report"] = {
      doc = { zh = "去化率、来访和转化。", en = "What is sold, who came, how many of them bought." },
      params = { id("project") }, errors = { "NOT_FOUND" },
      result = { number("units"), number("sold"), number("held"), number("sold_percent"),
                 number("first_visits"), number("again"), number("conversion_percent") },
      run = service.project,
    },
  },
}
