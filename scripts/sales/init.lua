-- sales: from the first name to the key customer.
--
--   Prospects and the public pool          lead.lua
--   Deals, funnel, forecast                opportunity.lua
--   Key customers, and their stock         key.lua
--   What a customer is worth               value.lua, exact.lua
--
-- Each file is a part of the manifest. README.md draws the states and shows the lines that most
-- businesses change.

local include = {}
for _, file in ipairs({ "lead", "opportunity", "key", "value" }) do
  for _, part in ipairs(crm.require(file).parts) do include[#include + 1] = part end
end

return crm.package {
  name = "sales",
  version = "1.0.0",
  own_rights = { "rules" }, -- what follows from a record follows whoever writes it
  doc = {
    zh = "销售：线索与公海、商机、大客户、客户价值。",
    en = "Sales: leads and their pool, opportunities, key customers, customer value.",
  },
  include = include,
}
