-- exact: whole numbers without bounds, as many as discounting needs: a sum over years has digits
-- that no 64 bits hold, and rounding on the way would show in the fen. A number is a list of digits
-- in base 10 000 000, the smallest first, and is never negative.

local exact = {}

local BASE = 10000000

--- From a whole number that is not negative.
function exact.of(number)
  local digits = {}
  repeat
    digits[#digits + 1] = number % BASE
    number = number // BASE
  until number == 0
  return digits
end

function exact.add(a, b)
  local sum, carry = {}, 0
  for i = 1, math.max(#a, #b) do
    local digit = (a[i] or 0) + (b[i] or 0) + carry
    sum[i], carry = digit % BASE, digit // BASE
  end
  if carry > 0 then sum[#sum + 1] = carry end
  return sum
end

--- Times a whole number of at most 100 000 000 000.
function exact.times(a, factor)
  local product, carry = {}, 0
  for i = 1, #a do
    local digit = a[i] * factor + carry
    product[i], carry = digit % BASE, digit // BASE
  end
  while carry > 0 do
    product[#product + 1], carry = carry % BASE, carry // BASE
  end
  return product
end

--- Divided by a whole number of at most 100 000 000 000, rounded down.
function exact.divide(a, divisor)
  local quotient, rest = {}, 0
  for i = #a, 1, -1 do
    local digit = rest * BASE + a[i]
    quotient[i], rest = digit // divisor, digit % divisor
  end
  while #quotient > 1 and quotient[#quotient] == 0 do quotient[#quotient] = nil end
  return quotient
end

--- a − b, and whether it is negative: then it is b − a.
function exact.minus(a, b)
  local negative = false
  for i = math.max(#a, #b), 1, -1 do
    local one, other = a[i] or 0, b[i] or 0
    if one ~= other then
      negative = one < other
      break
    end
  end
  if negative then a, b = b, a end
  local difference, borrow = {}, 0
  for i = 1, #a do
    local digit = a[i] - (b[i] or 0) - borrow
    borrow = digit < 0 and 1 or 0
    difference[i] = digit + borrow * BASE
  end
  while #difference > 1 and difference[#difference] == 0 do difference[#difference] = nil end
  return difference, negative
end

--- As a whole number of the server; nil when it is too large for one.
function exact.number(a)
  if #a > 3 or (a[3] or 0) >= 90000 then return nil end
  return (a[1] or 0) + (a[2] or 0) * BASE + (a[3] or 0) * BASE * BASE
end

return exact
