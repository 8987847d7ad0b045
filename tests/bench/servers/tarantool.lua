-- Tarantool as a peer: the same business in memtx, and what bench/init.lua does as a procedure. Started
-- with the environment variables BENCH_SOCKET, BENCH_MEMORY, and the files to fill from.

box.cfg {
  work_dir = os.getenv("BENCH_FOLDER"),
  memtx_memory = tonumber(os.getenv("BENCH_MEMORY")),
  wal_mode = "fsync",
  net_msg_max = 4096, -- more than all requests under way
  readahead = 262144,
}

local csv = require("csv")
local fio = require("fio")
local fiber = require("fiber")

local DAY = 86400
local FIRST_DAYS = 5
local BATCH = 2000

local function space(name, id, format, indexes)
  local made = box.schema.space.create(name, { id = id, format = format, if_not_exists = true })
  for _, index in ipairs(indexes) do
    made:create_index(index[1], { parts = index.parts, unique = index.unique, if_not_exists = true })
  end
end

box.once("bench", function()
  space("customer", 600, {
    { "id", "unsigned" }, { "name", "string" }, { "kind", "string" }, { "phone", "string" },
    { "email", "string" }, { "region", "string" }, { "address", "string" }, { "owner", "string" },
    { "source", "string" }, { "attribute", "string" }, { "birthday", "string" }, { "note", "string" },
    { "order_count", "unsigned" }, { "order_total", "unsigned" }, { "last_order_on", "unsigned" },
  }, {
    { "id", parts = { "id" }, unique = true }, { "phone", parts = { "phone" }, unique = true },
    { "owner", parts = { "owner", "id" }, unique = true },
    { "region", parts = { "region", "id" }, unique = true },
  })
  space("product", 601, {
    { "id", "unsigned" }, { "name", "string" }, { "price", "unsigned" }, { "cycle_days", "unsigned" },
  }, { { "id", parts = { "id" }, unique = true } })
  space("orders", 602, {
    { "id", "unsigned" }, { "customer", "unsigned" }, { "product", "unsigned" },
    { "quantity", "unsigned" }, { "amount", "unsigned" }, { "ordered_on", "unsigned" },
    { "repurchase_on", "unsigned" }, { "owner", "string" }, { "state", "string" },
  }, {
    { "id", parts = { "id" }, unique = true },
    { "customer_date", parts = { "customer", "ordered_on", "id" }, unique = true },
  })
  space("task", 603, {
    { "id", "unsigned" }, { "customer", "unsigned" }, { "orders", "unsigned" }, { "kind", "string" },
    { "title", "string" }, { "owner", "string" }, { "due_on", "unsigned" }, { "state", "string" },
  }, {
    { "id", parts = { "id" }, unique = true },
    { "owner_due", parts = { "owner", "state", "due_on", "id" }, unique = true },
  })
  space("timer", 604, {
    { "due", "unsigned" }, { "op", "string" }, { "name", "unsigned" },
  }, { { "id", parts = { "due", "op", "name" }, unique = true } })
  box.schema.sequence.create("order_id")
  box.schema.sequence.create("task_id")
  box.schema.user.grant("guest", "read,write,execute", "universe")
end)

-- --- data ---------------------------------------------------------------------------------------

local function insert_all(rows, insert, first)
  box.begin()
  for place, row in ipairs(rows) do insert(row, first + place) end
  box.commit()
end

-- Calls insert(row, number) for each row of the file, some thousand to a transaction. Reading yields,
-- which a transaction does not survive: so rows are gathered first.
local function each_row(path, insert)
  local file = fio.open(path, { "O_RDONLY" })
  local rows, before, header = {}, 0, true
  for _, row in csv.iterate(file) do
    if not header then rows[#rows + 1] = row end
    header = false
    if #rows == BATCH then
      insert_all(rows, insert, before)
      rows, before = {}, before + BATCH
    end
  end
  insert_all(rows, insert, before)
  file:close()
end

local function day_number(date)
  local year, month, day = date:match("(%d+)-(%d+)-(%d+)")
  return math.floor(os.time { year = year, month = month, day = day, hour = 12 } / DAY)
end

local function fill()
  each_row(os.getenv("BENCH_PRODUCTS"), function(row, number)
    box.space.product:insert { number, row[1], tonumber(row[2]), tonumber(row[3]) }
  end)
  each_row(os.getenv("BENCH_CUSTOMERS"), function(row, number)
    box.space.customer:insert {
      number, row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
      row[11], 0, 0, 0,
    }
  end)
  each_row(os.getenv("BENCH_TASKS"), function(row)
    box.space.task:insert {
      box.sequence.task_id:next(), tonumber(row[1]), 0, row[2], row[3], row[4], day_number(row[5]),
      row[6],
    }
  end)
  box.snapshot()
end

if box.space.task:len() == 0 then fill() end

-- --- the procedure ------------------------------------------------------------------------------

local function plan(customer, order, kind, title, owner, day)
  local id = box.sequence.task_id:next()
  box.space.task:insert { id, customer, order, kind, title, owner, day, "open" }
  box.space.timer:insert { day * DAY, "bench.due", id }
end

-- luacheck: globals order
function order(customer_id, product_id, quantity)
  local customer = box.space.customer:get(customer_id)
  local product = box.space.product:get(product_id)
  if customer == nil or product == nil then error("not found") end
  local today = math.floor((fiber.time() + 8 * 3600) / DAY)
  local amount = product.price * quantity
  local again = today + product.cycle_days * quantity
  box.begin()
  local id = box.sequence.order_id:next()
  box.space.orders:insert {
    id, customer_id, product_id, quantity, amount, today, again, customer.owner, "open",
  }
  plan(customer_id, id, "revisit", "回访" .. customer.name, customer.owner, today + FIRST_DAYS)
  plan(customer_id, id, "repurchase", customer.name .. "该买" .. product.name .. "了",
    customer.owner, again)
  box.space.customer:update(customer_id, {
    { "+", "order_count", 1 }, { "+", "order_total", amount }, { "=", "last_order_on", today },
  })
  box.commit()
  return { id, amount, again }
end

box.cfg { listen = "unix/:" .. os.getenv("BENCH_SOCKET") }
