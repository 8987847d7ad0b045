#!lua name=bench
-- What bench/init.lua does, as Redis functions. Keys: c:ID customer, p:ID product, o:ID order, t:ID
-- task (hashes), ph:PHONE → id, ow:OWNER and re:REGION (sorted sets of customers), oc:CUSTOMER (orders
-- by day), td:OWNER (open tasks by day), timers. Days are numbers.

local function by_phone(keys)
  local id = redis.call("GET", keys[1])
  if not id then return redis.error_reply("no such phone") end
  return redis.call("HGETALL", "c:" .. id)
end

local function update_owner(_, args)
  local id = args[1]
  local key = "c:" .. id
  local old = redis.call("HGET", key, "owner")
  if old ~= args[2] then
    redis.call("ZREM", "ow:" .. old, id)
    redis.call("ZADD", "ow:" .. args[2], tonumber(id), id)
    redis.call("HSET", key, "owner", args[2])
  end
  return redis.call("HGETALL", key)
end

local function plan(customer, order, kind, title, owner, day)
  local id = redis.call("INCR", "last:task")
  redis.call("HSET", "t:" .. id, "customer", customer, "order", order, "kind", kind,
    "title", title, "owner", owner, "due_on", day, "state", "open")
  redis.call("ZADD", "td:" .. owner, day, id)
  redis.call("ZADD", "timers", day, "t:" .. id)
end

local function order(_, args)
  local customer, product, quantity = args[1], args[2], tonumber(args[3])
  local key = "c:" .. customer
  local who = redis.call("HMGET", key, "name", "owner", "order_count", "order_total")
  local what = redis.call("HMGET", "p:" .. product, "name", "price", "cycle_days")
  if not who[1] or not what[1] then return redis.error_reply("not found") end
  local today = math.floor((tonumber(redis.call("TIME")[1]) + 8 * 3600) / 86400)
  local amount = tonumber(what[2]) * quantity
  local again = today + tonumber(what[3]) * quantity
  local id = redis.call("INCR", "last:order")
  redis.call("HSET", "o:" .. id, "customer", customer, "product", product, "quantity", quantity,
    "amount", amount, "ordered_on", today, "repurchase_on", again, "owner", who[2], "state", "open")
  redis.call("ZADD", "oc:" .. customer, today, id)
  plan(customer, id, "revisit", "回访" .. who[1], who[2], today + 5)
  plan(customer, id, "repurchase", who[1] .. "该买" .. what[1] .. "了", who[2], again)
  redis.call("HSET", key, "order_count", tonumber(who[3]) + 1,
    "order_total", tonumber(who[4]) + amount, "last_order_on", today)
  return { id, amount, again }
end

redis.register_function { function_name = "by_phone", callback = by_phone, flags = { "no-writes" } }
redis.register_function("update_owner", update_owner)
redis.register_function("order", order)
