-- test_given: what the tests of this package begin with. Money is in fen.

local given = {}

local YUAN = 100

function given.create(t, type_name, values)
  return t:call("record.create", { type = type_name, values = values })
end

function given.get(t, type_name, id) return t:call("record.get", { type = type_name, id = id }) end

-- 济南华联药店, as in example E-12.
function given.hualian(t, values)
  local all = { name = "济南华联药店", phone = "138-0000-5001", attribute = "distributor",
                owner = "李静", credit_limit = 50000 * YUAN }
  for key, value in pairs(values or {}) do all[key] = value end
  return given.create(t, "customer", all)
end

function given.tea(t, values)
  local all = { name = "天宇保健茶", unit = "盒", price = 100 * YUAN }
  for key, value in pairs(values or {}) do all[key] = value end
  return given.create(t, "product", all)
end

function given.order(t, customer, product, quantity)
  return t:call("order.create", { customer = customer.id,
                                  lines = { { product = product.id, quantity = quantity } } })
end

function given.release(t, entered) return t:call("order.release", { id = entered.id }) end

function given.move(t, type_name, id, to, field)
  return t:call("record.move", { type = type_name, id = id, to = to, field = field })
end

function given.invoice(t, customer, yuan, on)
  return given.create(t, "receivable", {
    customer = customer.id, amount = yuan * YUAN, invoiced_on = on,
  })
end

function given.pay(t, customer, yuan)
  return given.create(t, "payment", { customer = customer.id, amount = yuan * YUAN })
end

-- Every balance is the sum of its entries; gives the balances by account.
function given.balances(t, customer)
  local found = {}
  for _, row in ipairs(t:call("ledger.balance", { customer = customer.id }).accounts) do
    t:equal(row.balance, row.sum)
    found[row.account] = row.balance
  end
  return found
end

given.YUAN = YUAN

return given
