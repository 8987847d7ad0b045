-- Neovim itself, as it is. sockconnect, rpcrequest and rpcnotify ask one thing at a time and have no place
-- for a server's notifications; pipelining and events go through the session of Neovim's vim.mpack.
-- nvim --headless -u NONE -i NONE -c "luafile neovim.lua" with SOCKET in the environment; writes one
-- line of JSON to the file OUT.
local SECONDS = 60

local function create(name)
  return { type = "customer", values = { name = name } }
end

-- One request at a time, over a channel.
local function ask(seen)
  local channel = vim.fn.sockconnect("pipe", vim.env.SOCKET, { rpc = true })
  local function call(op, params)
    if params == nil then return vim.rpcrequest(channel, op) end
    return vim.rpcrequest(channel, op, params)
  end
  local function failure(op, params)
    local _, wrong = pcall(call, op, params)
    return tostring(wrong):match("[A-Z_]+: .*")
  end
  seen.pong = call("server.ping").pong
  local made = call("record.create", create("王秀兰"))
  seen.name = call("record.get", { type = "customer", id = made.id }).name
  seen.error = failure("record.get", { type = "customer", id = 999999 })
  seen.unknown = failure("record.gett", { type = "customer", id = 1 })
  vim.rpcnotify(channel, "record.create", create("不该有"))
  call("server.ping")
  return function() return call("record.count", { type = "customer" }).count end
end

-- A connection on which requests do not wait for one another.
local function open(on_event)
  local session = vim.mpack.Session({ unpack = vim.mpack.Unpacker() })
  local pipe = vim.loop.new_pipe(false)
  local function read(bytes)
    local at = 1
    while at <= #bytes do
      local kind, reply, text, body
      kind, reply, text, body, at = session:receive(bytes, at)
      if kind == "response" then reply(text, body) end
      if kind == "notification" then on_event(text, body[1]) end
    end
  end
  local connected = false
  pipe:connect(vim.env.SOCKET, function(failed)
    assert(not failed, failed)
    pipe:read_start(function(broken, bytes)
      assert(not broken, broken)
      if bytes then read(bytes) end
    end)
    connected = true
  end)
  assert(vim.wait(SECONDS * 1000, function() return connected end, 10), "not connected")
  return function(op, params, reply)
    pipe:write(session:request(reply) .. vim.mpack.encode(op) .. vim.mpack.encode({ params }))
  end
end

local function pipeline(send, count)
  local replies, rising = 0, true
  local ids = {}
  for i = 1, count do
    send("record.create", create("客户" .. i), function(_, record)
      replies, ids[i] = replies + 1, record.id
    end)
  end
  assert(vim.wait(SECONDS * 1000, function() return replies == count end, 10), "no replies")
  for i = 2, count do rising = rising and ids[i] > ids[i - 1] end
  return replies, rising
end

local seen = { events = {} }
local ok, failure = pcall(function()
  local subscribed = false
  local send = open(function(method, event)
    table.insert(seen.events, { method, event.type, event.record.name })
  end)
  send("event.subscribe", { types = { "customer" } }, function() subscribed = true end)
  assert(vim.wait(SECONDS * 1000, function() return subscribed end, 10), "not subscribed")
  local count = ask(seen)
  seen.pipelined, seen.rising = pipeline(send, 200)
  vim.wait(SECONDS * 1000, function() return #seen.events == 201 end, 10)
  seen.count = count()
end)
if not ok then seen.failure = tostring(failure) end
vim.fn.writefile({ vim.fn.json_encode(seen) }, vim.env.OUT)
vim.cmd("qall!")
