-- orders: looking through a customer's orders. Cancelled ones never count.

local orders = {}

-- Calls visit(order) for each order that fits, the newest first, until visit returns true.
function orders.newest_first(ctx, where, visit)
  for order in ctx:each("order", { where = where, order = { "-ordered_on", "-id" } }) do
    if order.state ~= "cancelled" and visit(order) then return end
  end
end

-- How many units of each product the order has: product → quantity.
function orders.quantities(order)
  local units = {}
  for _, line in ipairs(order.lines) do
    units[line.product] = (units[line.product] or 0) + line.quantity
  end
  return units
end

-- The day on which this order's goods of the product are used up, or nil.
function orders.repurchase_day(order, product_id)
  for _, line in ipairs(order.lines) do
    if line.product == product_id then return line.repurchase_on end
  end
end

-- Orders are in sequence by their day; of one day, by their number.
function orders.is_before(one, other)
  if one.ordered_on ~= other.ordered_on then return one.ordered_on < other.ordered_on end
  return one.id < other.id
end

-- The customer's newest order of the product, among those before or after the given one; or nil.
function orders.last_with(ctx, order, product_id, side)
  local day = side == "before" and { le = order.ordered_on } or { ge = order.ordered_on }
  local found
  orders.newest_first(ctx, { customer = order.customer, ordered_on = day }, function(other)
    local fits
    if side == "before" then
      fits = orders.is_before(other, order)
    else
      fits = orders.is_before(order, other)
    end
    if fits and orders.quantities(other)[product_id] then found = other end
    return found ~= nil
  end)
  return found
end

-- A function that gives the name of a product; nil for one that is not there any more.
function orders.product_names(ctx)
  local names = {}
  return function(product_id)
    if names[product_id] == nil then
      local product = ctx:find("product", { where = { id = product_id }, limit = 1 })[1]
      names[product_id] = product and product.name or false
    end
    return names[product_id] or nil
  end
end

return orders
