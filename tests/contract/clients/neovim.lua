-- Neovim itself: sockconnect, rpcrequest, rpcnotify.
-- nvim --headless -u NONE -i NONE -c "luafile neovim.lua" with SOCKET in the environment; writes one
-- line of JSON to the file OUT.
local channel = vim.fn.sockconnect("pipe", vim.env.SOCKET, { rpc = true })
local function call(op, params)
  if params == nil then return vim.rpcrequest(channel, op) end
  return vim.rpcrequest(channel, op, params)
end

local seen = {}
local ok, failure = pcall(function()
  seen.pong = call("server.ping").pong
  local made = call("record.create", { type = "customer", values = { name = "王秀兰" } })
  seen.name = call("record.get", { type = "customer", id = made.id }).name
  local _, wrong = pcall(call, "record.get", { type = "customer", id = 999999 })
  seen.error = tostring(wrong)
  local rising, last = true, 0
  for i = 1, 200 do
    local id = call("record.create", { type = "customer", values = { name = "客户" .. i } }).id
    rising, last = rising and id > last, id
  end
  seen.rising = rising
  vim.rpcnotify(channel, "record.create", { type = "customer", values = { name = "不该有" } })
  seen.count = call("record.count", { type = "customer" }).count
end)
if not ok then seen.failure = tostring(failure) end
vim.fn.writefile({ vim.fn.json_encode(seen) }, vim.env.OUT)
vim.cmd("qall!")
