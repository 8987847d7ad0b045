-- health_product: what a health-product agency does after each order.
--
--   An order comes in  →  a revisit some days later            revisit.lua
--                      →  a reminder for the day on which
--                         the goods will be used up            repurchase.lua
--                      →  a ladder of visits, when wanted      ladder.lua
--   It is cancelled    →  all of that is taken back
--   It goes on its way →  deposit, progress                    tracking.lua
--   A rep opens a task →  sees what the customer has bought,
--                         what to ask (form.lua), and whether
--                         it is a good time (contact.lua)      revisit.lua
--   She finds fault    →  it is put right on site              problem.lua
--   Visits in advance  →  a plan for each sort of customer     plan.lua
--   A special day      →  a card, signed                       care.lua, card.lua
--   The leader looks   →  how it goes, and who was forgotten   watch.lua
--
-- This file says what follows from an order. README.md shows the lines that most businesses change.

local date = crm.date
local care = crm.require("care")
local contact = crm.require("contact")
local ladder = crm.require("ladder")
local plan = crm.require("plan")
local problem = crm.require("problem")
local refill = crm.require("refill")
local repurchase = crm.require("repurchase")
local revisit = crm.require("revisit")
local tracking = crm.require("tracking")
local watch = crm.require("watch")

-- WHEN the customer is revisited. The day of the order is day 0, so an order of Monday, 2 March
-- with first_days = 5 is revisited on Saturday, 7 March. Calendar days: the day is not moved off a
-- weekend (REV-01, C-01).
local function revisit_day(ctx, order)
  return date.add(order.ordered_on, { days = ctx.config.first_days })
end

-- WHO revisits: whoever took the order; else the customer's own rep.
local function revisited_by(order, customer)
  return order.owner or customer.owner
end

-- WHO reminds of buying again: the customer's own rep; else whoever took the order (ORD-03).
local function reminded_by(order, customer)
  return customer.owner or order.owner
end

-- What is left of an order that does not count any more: nothing that is still open (REV-14).
local function withdraw(ctx, order)
  revisit.withdraw(ctx, order)
  repurchase.withdraw(ctx, order, reminded_by)
  ladder.refresh(ctx, order.customer, revisited_by)
end

-- Who buys for the first time follows another plan of visits than before (REV-08).
local function has_bought(ctx, order)
  if ctx:get("customer", order.customer).order_count == 1 then plan.assign(ctx, order.customer) end
end

-- The order was another customer's all along: what is open goes with it, what was done stays.
local function change_customer(ctx, was, is)
  local taken = revisit.withdraw(ctx, was)
  repurchase.withdraw(ctx, was, reminded_by)
  ladder.refresh(ctx, was.customer, revisited_by)
  if ctx:get("customer", was.customer).order_count == 0 then plan.assign(ctx, was.customer) end
  local day = revisit_day(ctx, is)
  if taken > 0 or day >= ctx.today then revisit.plan(ctx, is, day, revisited_by) end
  repurchase.plan_again(ctx, is, reminded_by)
  ladder.refresh(ctx, is.customer, revisited_by)
  has_bought(ctx, is)
end

return crm.package {
  name = "health_product",
  version = "1.1.0",
  own_rights = { "rules" }, -- what follows from a record follows whoever writes it
  doc = {
    zh = "保健品代理：订单后的回访、复购提醒、回访计划、关怀和进度。",
    en = "Health products: revisits, repurchase reminders, plans of visits, cards, progress.",
  },
  needs = { "health_forecast" }, -- the plugin that looks at the whole order history

  -- What can be set without touching any code: in the server's configuration, under health_product.
  config = {
    first_days = {
      kind = "integer", default = 5, min = 0, max = 365,
      label = { zh = "首次回访天数", en = "days to the first revisit" },
      doc = "Calendar days from the day of the order, which is day 0 (REV-01, C-01).",
    },
    stack_leftover = {
      kind = "boolean", default = false,
      label = { zh = "剩余顺延", en = "stack leftover" },
      doc = "Count from the day the goods bought before run out, when that is later (C-05).",
    },
  },

  rules = {
    plan_new_order = {
      on = "order", events = { "create" }, where = { state = { ne = "cancelled" } },
      doc = {
        zh = "新订单：安排首次回访和每种产品的复购提醒。",
        en = "A new order: its first revisit, and a reminder for each product (REV-01, ORD-02).",
      },
      before = function(ctx, change)
        local order = change.after
        revisit.plan(ctx, order, revisit_day(ctx, order), revisited_by)
        repurchase.plan(ctx, order, reminded_by)
        ladder.refresh(ctx, order.customer, revisited_by)
        has_bought(ctx, order)
      end,
    },

    replan_corrected_order = {
      on = "order", events = { "update" }, fields = { "lines", "ordered_on", "customer" },
      where = { state = { ne = "cancelled" } },
      doc = {
        zh = "订单的客户、日期、产品或数量改正后，重新安排。",
        en = "An order whose customer, day, products or quantities were corrected is planned anew.",
      },
      before = function(ctx, change)
        local was, is = change.before, change.after
        if was.customer ~= is.customer then return change_customer(ctx, was, is) end
        if repurchase.same_goods(was, is) then return repurchase.write_days(ctx, is) end
        local moved = was.ordered_on ~= is.ordered_on
        if moved and revisit.withdraw(ctx, is) > 0 then
          revisit.plan(ctx, is, revisit_day(ctx, is), revisited_by)
        end
        repurchase.withdraw(ctx, was, reminded_by)
        repurchase.plan_again(ctx, is, reminded_by)
        if moved then ladder.refresh(ctx, is.customer, revisited_by) end
      end,
    },

    withdraw_cancelled_order = {
      on = "order", events = { "update" }, fields = { "state" }, where = { state = "cancelled" },
      doc = {
        zh = "取消订单：撤回它未完成的回访和提醒。",
        en = "A cancelled order takes its open revisits and reminders along (REV-14).",
      },
      before = function(ctx, change) withdraw(ctx, change.after) end,
    },

    withdraw_deleted_order = {
      on = "order", events = { "delete" },
      doc = {
        zh = "删除订单：同样撤回它未完成的回访和提醒。",
        en = "So does an order that is deleted.",
      },
      before = function(ctx, change) withdraw(ctx, change.before) end,
    },

    plan_restored_order = {
      on = "order", events = { "restore" }, where = { state = { ne = "cancelled" } },
      doc = {
        zh = "恢复删除的订单：重新安排今天及以后的回访和提醒。",
        en = "An order that comes back from the recycle bin: what is not past is planned again.",
      },
      before = function(ctx, change)
        local order = change.after
        local day = revisit_day(ctx, order)
        if day >= ctx.today then revisit.plan(ctx, order, day, revisited_by) end
        repurchase.plan_again(ctx, order, reminded_by, ctx.today)
        ladder.refresh(ctx, order.customer, revisited_by)
      end,
    },
  },

  include = {
    revisit.part, ladder.part(revisited_by), tracking.part, tracking.states, problem.part,
    problem.states, contact.part, plan.part, care.part, watch.part,
  },

  jobs = care.jobs,
  migrations = { ["1.1.0"] = care.migration },

  ops = {
    ["refill.plan"] = {
      since = "1",
      doc = {
        zh = "客户手中的产品何时用完，是否已有复购提醒。",
        en = "When the customer's goods run out, and whether a reminder is planned for each.",
      },
      params = { customer = { kind = "integer", required = true, doc = "The customer's number." } },
      result = {
        { name = "customer", kind = "reference", to = "customer" },
        {
          name = "items", kind = "list", of = "map", doc = "One for each product; soonest first.",
          fields = {
            { name = "product", kind = "reference", to = "product" },
            { name = "product_name", kind = "text" },
            { name = "refill_on", kind = "date", doc = "Nothing is left on this day." },
            { name = "days_left", kind = "integer" },
            { name = "late", kind = "boolean" },
            { name = "stock", kind = "integer", doc = "Units that should still be there." },
            { name = "task", kind = "reference", to = "task", doc = "The open reminder, if any." },
            { name = "task_due_on", kind = "date" },
          },
        },
      },
      errors = { "NOT_FOUND" },
      run = refill.plan,
    },
  },
}
