-- distributor: selling through distributors.
--
--   Who may sell where                     territory.lua
--   An order is released, or held          credit.lua
--   What is owed, since when; payments     receivable.lua
--   What buying much earns                 rebate.lua
--   What lies at distributors, and why     stock.lua
--   Whom to visit, in which order          visit.lua
--   Advertising, training, promotions      support.lua
--   The thirteen items on one sheet        sheet.lua
--   Entries and balances                   ledger.lua
--
-- Each file is a part of the manifest: its types, rules, ops and configuration. README.md draws the
-- states and shows the lines that most businesses change.

local ledger = crm.require("ledger")

local include = { ledger.part }
for _, file in ipairs({ "territory", "receivable", "rebate", "credit", "stock", "visit", "support",
                        "sheet" }) do
  for _, part in ipairs(crm.require(file).parts) do include[#include + 1] = part end
end

return crm.package {
  name = "distributor",
  version = "1.0.0",
  own_rights = { "rules" }, -- what follows from a record follows whoever writes it
  doc = {
    zh = "经销商：区域、信用、应收、返利、库存与拜访。",
    en = "Distributors: territories, credit, receivables, rebates, stock and visits.",
  },
  needs = { "route" }, -- the plugin that orders a visit plan
  include = include,
}
