-- bench: what ./dev bench measures beside the core's own types: an order with its revisit, in as
-- few keys as it takes, and customers without a search index. The same work is done by
-- servers/redis.lua, servers/tarantool.lua and servers/postgres.sql; whoever changes one changes
-- all.
--
-- An order writes eleven keys: the order and its row by customer and day; two tasks, each with its
-- row by owner and day and its timer; the customer; the last numbers of orders and of tasks. Each
-- reference has an index of its own, so tasks name others by plain numbers, as the peers do.

local date = crm.date

local FIRST_DAYS = 5

-- A task and its timer at 00:00 of its day.
local function plan(ctx, order, kind, title, due_on)
  local task = ctx:create("bench_task", {
    customer = order.customer,
    order = order.id,
    kind = kind,
    title = title,
    owner = order.owner,
    due_on = due_on,
    state = "open",
  })
  ctx:at(due_on, "bench.due", { id = task.id }, tostring(task.id))
end

local function order(ctx, params)
  local customer = ctx:get("customer", params.customer)
  local product = ctx:get("product", params.product)
  local amount = product.price * params.quantity
  local repurchase_on = date.add(ctx.today, { days = product.cycle_days * params.quantity })
  local made = ctx:create("bench_order", {
    customer = customer.id,
    product = product.id,
    quantity = params.quantity,
    amount = amount,
    ordered_on = ctx.today,
    repurchase_on = repurchase_on,
    owner = customer.owner,
    state = "open",
  })
  plan(ctx, made, "revisit", "回访" .. customer.name, date.add(ctx.today, { days = FIRST_DAYS }))
  plan(ctx, made, "repurchase", customer.name .. "该买" .. product.name .. "了", repurchase_on)
  ctx:update("customer", customer.id, {
    order_count = (customer.order_count or 0) + 1,
    order_total = (customer.order_total or 0) + amount,
    last_order_on = ctx.today,
  })
  return { id = made.id, amount = amount, repurchase_on = repurchase_on }
end

-- The fields of a customer that the bench fills, as the core's customer has them.
local customer_fields = {
  { name = "name", kind = "text", required = true },
  { name = "kind", kind = "choice", choices = { "person", "company" } },
  { name = "phone", kind = "phone", unique = true },
  { name = "email", kind = "email" },
  { name = "region", kind = "text", index = true },
  { name = "address", kind = "address" },
  { name = "owner", kind = "text", index = true },
  { name = "source", kind = "text" },
  { name = "attribute", kind = "choice",
    choices = { "partner", "supplier", "direct", "distributor", "pharmacy" } },
  { name = "birthday", kind = "date" },
  { name = "note", kind = "text" },
  { name = "order_count", kind = "integer", default = 0 },
  { name = "order_total", kind = "money", default = 0 },
  { name = "last_order_on", kind = "date" },
}

return crm.package {
  name = "bench",
  version = "1.0.0",
  doc = { zh = "性能测量用的订单和客户。", en = "Orders and customers of the bench." },

  types = {
    bench_customer = {
      label = { zh = "测量客户", en = "bench customer" },
      doc = "A customer with indexes on owner, phone and region and no others.",
      title = "name",
      fields = customer_fields,
    },
    bench_order = {
      label = { zh = "测量订单", en = "bench order" }, doc = "An order of one line.", title = "id",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true },
        { name = "product", kind = "integer", required = true },
        { name = "quantity", kind = "integer", required = true, min = 1 },
        { name = "amount", kind = "money" },
        { name = "ordered_on", kind = "date" },
        { name = "repurchase_on", kind = "date" },
        { name = "owner", kind = "text" },
        { name = "state", kind = "states", choices = { "open", "done", "cancelled" },
          transitions = { open = { "done", "cancelled" } } },
      },
      indexes = { customer_date = { fields = { "customer", "ordered_on" } } },
    },
    bench_task = {
      label = { zh = "测量任务", en = "bench task" }, doc = "What is due.", title = "title",
      fields = {
        { name = "customer", kind = "integer" },
        { name = "order", kind = "integer" },
        { name = "kind", kind = "text" },
        { name = "title", kind = "text" },
        { name = "owner", kind = "text" },
        { name = "due_on", kind = "date" },
        { name = "state", kind = "states", choices = { "open", "done" },
          transitions = { open = { "done" } } },
      },
      indexes = { owner_due = { fields = { "owner", "due_on" }, where = { state = "open" } } },
    },
  },

  ops = {
    ["bench.order"] = {
      write = true,
      since = "1",
      doc = {
        zh = "下单：订单、回访和复购任务（各有定时）、客户合计。",
        en = "An order, its revisit and reminder with their timers, the customer's sums.",
      },
      params = {
        customer = { kind = "integer", required = true },
        product = { kind = "integer", required = true },
        quantity = { kind = "integer", required = true, min = 1, max = 1000 },
      },
      result = {
        id = { kind = "integer" },
        amount = { kind = "money" },
        repurchase_on = { kind = "date" },
      },
      errors = { "NOT_FOUND", "VALIDATION_FAILED" },
      run = order,
    },
    ["bench.due"] = {
      write = true,
      internal = true,
      since = "1",
      doc = { zh = "任务到期。", en = "A task is due." },
      params = { id = { kind = "integer", required = true } },
      run = function(ctx, params) ctx:update("bench_task", params.id, { kind = "due" }) end,
    },
  },
}
