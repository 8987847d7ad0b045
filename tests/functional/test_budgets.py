"""Packages that loop, allocate, ask too much or fail in the middle: contained, with package, file and line,
and nobody else is disturbed."""

import threading
import time

import pytest

from client import RpcError

RUNAWAY = r"""
local big = string.rep("x", 300000)
local function write(body) return { write = true, doc = { zh = "坏", en = "bad" }, run = body } end
local function read(body) return { doc = { zh = "坏", en = "bad" }, run = body } end
return crm.package {
  name = "runaway", version = "1.0.0", doc = { zh = "失控", en = "runs away" },
  ops = {
    ["runaway.loop"] = write(function() while true do end end),
    ["runaway.swallow"] = write(function() while true do pcall(function() while true do end end) end end),
    ["runaway.table"] = write(function() local t = {} while true do t[#t + 1] = {} end end),
    ["runaway.text"] = write(function() local s = "x" while true do s = s .. s end end),
    ["runaway.recursion"] = write(function() local function f() return 1 + f() end return f() end),
    ["runaway.compare"] = write(function() local n = 0 while true do if big .. "a" < big .. "b" then n = n + 1 end end end),
    ["runaway.count"] = write(function(ctx)
      while true do ctx:count("customer", { name = { contains = "zzz" } }) end
    end),
    ["runaway.get"] = write(function(ctx) while true do ctx:get("customer", 1) end end),
    ["runaway.find"] = write(function(ctx) while true do ctx:find("customer", { limit = 500 }) end end),
    ["runaway.update"] = write(function(ctx)
      local n = 0
      while true do n = n + 1 ctx:update("customer", 1, { source = "第" .. n .. "次" }) end
    end),
    ["runaway.overview"] = read(function(ctx)
      while true do ctx:call("customer.overview", { id = 1 }) end
    end),
    ["runaway.half"] = write(function(ctx)
      ctx:create("customer", { name = "写了一半" })
      error("in the middle")
    end),
    ["runaway.chain"] = write(function(ctx) ctx:at(ctx.now, "runaway.chain", {}, "a") return {} end),
  },
}
"""

ENDLESS = ["loop", "swallow", "table", "text", "compare", "count", "get", "find", "update",
           "overview"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    packages = tmp_path_factory.mktemp("packages")
    (packages / "runaway").mkdir()
    (packages / "runaway" / "init.lua").write_text(RUNAWAY)
    return packages


@pytest.fixture
def runaway(start_server, folder):
    server = start_server(arguments=["--packages", str(folder), "--enable", "runaway"])
    with server.connect() as client:
        client.call("batch.run", calls=[
            {"op": "record.create", "params": {"type": "customer", "values": {
                "name": f"客户{number}", "note": "长备注" * 100}}} for number in range(300)])
    return server


def resident(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_endless_ops_end_and_disturb_nobody(runaway):
    before = resident(runaway)
    with runaway.connect() as evil, runaway.connect() as other:
        for name in ENDLESS:
            started = time.monotonic()
            number = evil.send(f"runaway.{name}")
            made = other.call("record.create", type="customer", values={"name": f"别人{name}"})
            with pytest.raises(RpcError) as failed:
                evil.result(number)
            assert failed.value.code == "BUDGET_EXCEEDED", name
            assert "runaway/init.lua:" in failed.value.text, failed.value.text
            assert time.monotonic() - started < 20, name
            assert other.call("record.get", type="customer", id=made["id"])["name"] == f"别人{name}"
        assert other.call("record.get", type="customer", id=1)["version"] == 1
    # Sanitizers keep freed memory for a while; gigabytes are what this is about.
    assert resident(runaway) - before < 1 << 20


def test_deep_recursion_and_errors_keep_nothing(runaway):
    with runaway.connect() as client:
        count = client.call("record.count", type="customer")["count"]
        error = client.error("runaway.half")
        assert error.code == "SCRIPT_ERROR" and "runaway/init.lua:" in error.text
        assert client.error("runaway.recursion").code in ("SCRIPT_ERROR", "BUDGET_EXCEEDED")
        assert client.call("record.count", type="customer")["count"] == count


def test_others_in_the_group_are_not_disturbed(runaway):
    errors = []

    def work(number):
        with runaway.connect() as client:
            for turn in range(20):
                try:
                    client.call("record.create", type="customer",
                                values={"name": f"组{number}-{turn}"})
                except RpcError as error:
                    errors.append(error)

    with runaway.connect() as evil:
        workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for worker in workers:
            worker.start()
        for _ in range(10):
            assert evil.error("runaway.half").code == "SCRIPT_ERROR"
        for worker in workers:
            worker.join()
    assert not errors


def test_a_timer_that_sets_itself_leaves_the_server_served(runaway):
    with runaway.connect() as client:
        client.call("runaway.chain")
        before = client.call("server.info")["sequence"]
        time.sleep(1)  # real time passes: what is asked is how often it fires in it
        assert client.call("server.info")["sequence"] - before <= 10


# --- each budget at one less, at just that, at one more -------------------------------------------

LIMITS = r"""
local function write(body)
  return { write = true, doc = { zh = "限", en = "limit" }, params = { n = { kind = "integer", required = true } },
           run = body }
end
return crm.package {
  name = "limits", version = "1.0.0", doc = { zh = "限", en = "limits" },
  types = { slip = { fields = { { name = "text", kind = "text", index = true } } } },
  ops = {
    ["limits.get"] = write(function(ctx, params)
      for _ = 1, params.n do ctx:get("slip", 1) end
      return {}
    end),
    ["limits.find"] = write(function(ctx, params) return { found = #ctx:find("slip", { limit = params.n }) } end),
    ["limits.list"] = write(function(ctx, params)
      return { found = #ctx:call("record.find", { type = "slip", limit = params.n }).items }
    end),
    ["limits.create"] = write(function(ctx, params)
      for _ = 1, params.n do ctx:create("slip", { text = "条" }) end
      return {}
    end),
    ["limits.batch"] = write(function(ctx, params)
      local calls = {}
      for i = 1, params.n do
        calls[i] = { op = "record.create", params = { type = "slip", values = { text = "条" } } }
      end
      ctx:call("batch.run", { calls = calls })
      return {}
    end),
    ["limits.swallow"] = write(function(ctx, params)
      for _ = 1, params.n do pcall(ctx.get, ctx, "slip", 1) end
      return {}
    end),
    ["limits.at"] = write(function(ctx, params)
      for i = 1, params.n do ctx:at(ctx.now + 86400000 + i, "limits.nothing", {}, "a") end
      return {}
    end),
    ["limits.deliver"] = write(function(ctx, params)
      for _ = 1, params.n do ctx:deliver { channel = "nobody", event = "limits.tried" } end
      return {}
    end),
    ["limits.log"] = write(function(ctx, params)
      for _ = 1, params.n do ctx:log("字\"x") end
      return {}
    end),
    ["limits.nothing"] = { write = true, internal = true, run = function() return {} end },
  },
}
"""

# op, how many pass, the key
BOUNDS = [("get", 30, "rows_read"), ("swallow", 30, "rows_read"), ("create", 20, "rows_written"),
          ("batch", 20, "rows_written"), ("at", 10, "timers"), ("log", 8, "log_bytes"),
          ("deliver", 7, "deliveries")]


@pytest.fixture
def limits(start_server, tmp_path):
    (tmp_path / "limits").mkdir()
    (tmp_path / "limits" / "init.lua").write_text(LIMITS)
    script = {"rows_read": 30, "rows_written": 20, "timers": 10, "log_bytes": 40, "deliveries": 7}
    return start_server(configuration={"script": script},
                        arguments=["--packages", str(tmp_path), "--enable", "limits"])


def test_each_budget_is_exact(limits):
    with limits.connect() as client:
        client.call("limits.create", n=20)
        client.call("limits.create", n=20)
        for op, most, key in BOUNDS:
            client.call(f"limits.{op}", n=most - 1)
            client.call(f"limits.{op}", n=most)
            refused = client.error(f"limits.{op}", n=most + 1)
            assert (refused.code, f"script.{key}" in refused.text) == ("BUDGET_EXCEEDED", True), op
            assert "limits/init.lua:" in refused.text, refused.text
            client.call(f"limits.{op}", n=most)
        # A page of n looks at one row more, to know whether there is a next one.
        for op in ("find", "list"):
            assert client.call(f"limits.{op}", n=29)["found"] == 29
            assert client.error(f"limits.{op}", n=30).code == "BUDGET_EXCEEDED"


def test_what_packages_used_is_listed(limits):
    with limits.connect() as client:
        def account(name):
            return next(item for item in client.call("package.list")["items"]
                        if item["name"] == name)["account"]

        assert account("core") is None
        before = account("limits")
        assert before["calls"] == 0 and before["errors"] == 0
        client.call("limits.create", n=2)
        client.error("limits.get", n=1000)
        used = account("limits")
        assert used["calls"] == 2
        assert used["errors"] == used["budget_errors"] == 1
        assert used["instructions"] >= 200 and used["memory_peak"] > 0
        assert used["microseconds"] > 0


CALLER = """
return crm.package {
  name = "caller", version = "1.0.0", needs = { "limits" },
  ops = {
    ["caller.deliver"] = { write = true, run = function(ctx)
      ctx:deliver { channel = "nobody", event = "caller.tried" }
      ctx:call("limits.deliver", { n = 3 })
      ctx:call("limits.log", { n = 1 })
      ctx:log("12")
      return {}
    end },
  },
}
"""


def test_what_each_package_had_done_is_on_its_own_account(limits, tmp_path):
    (tmp_path / "caller").mkdir()
    (tmp_path / "caller" / "init.lua").write_text(CALLER)
    with limits.connect() as client:
        def used(name):
            account = next(item for item in client.call("package.list")["items"] if item["name"] == name)["account"]
            return {key: account[key] for key in ("rows_read", "rows_written", "timers", "deliveries", "log_bytes")}

        nothing = used("limits")
        assert set(nothing.values()) == {0}
        expected = dict(nothing)
        for op, n, key, amount in [("create", 2, "rows_written", 2), ("get", 5, "rows_read", 5),
                                   ("at", 3, "timers", 3), ("deliver", 4, "deliveries", 4),
                                   ("log", 2, "log_bytes", 10), ("swallow", 6, "rows_read", 6)]:
            client.call(f"limits.{op}", n=n)
            expected[key] += amount
            expected["rows_written"] += amount if op == "deliver" else 0  # a delivery is a record
            assert used("limits") == expected, op
        client.error("limits.deliver", n=8)  # what failed was asked for all the same
        expected["deliveries"] += 8
        expected["rows_written"] += 7
        assert used("limits") == expected
        client.call("package.load", name="caller")
        client.call("caller.deliver")
        expected["deliveries"] += 3
        expected["rows_written"] += 3
        expected["log_bytes"] += 5
        assert used("limits") == expected
        assert used("caller") == {**nothing, "deliveries": 1, "rows_written": 1, "log_bytes": 2}


# --- attacks over the socket ----------------------------------------------------------------------

ATTACKS = {
    "deep": "local function f() for _ in f do end end pcall(f)",
    "handler": "while true do xpcall(error, function() while true do end end) end",
    "pattern": "return {('a'):rep(40000):find(('a*'):rep(30) .. 'b')}",
    "compare": "local a, b = ('x'):rep(500000) .. 'a', ('x'):rep(500000) .. 'b' "
               "while true do local c = a < b end",
    "number": "local s = ('1'):rep(500000) while true do tonumber(s) end",
    "answer": "local t, s = {}, ('x'):rep(60000) for i = 1, 9000 do t[i] = s end return {value = t}",
    "params": "local t, s = {}, ('x'):rep(60000) for i = 1, 9000 do t[i] = s end "
              "ctx:call('server.info', {value = t})",
    "itself": "ctx:call('attack.itself', {}) return {}",
    "itself_pcall": "while true do pcall(ctx.call, ctx, 'attack.itself_pcall', {}) end",
    "memory_nested": "local t = {} for i = 1, 60000 do t[i] = {i} end "
                     "ctx:call('attack.memory_nested', {}) return {n = #t}",
    "stack_nested": "local function f(n) if n == 0 then return ctx:call('attack.stack_nested', {}) "
                    "end for _ in function() return f(n - 1) end do return {} end end return f(150)",
    "records": "local t = {} while true do t[#t + 1] = ctx:create('customer', "
               "{name = '甲', note = ('长'):rep(1000)}) end",
    "batch": "local calls = {} for i = 1, 90 do calls[i] = {op = 'attack.loop', params = {}} end "
             "return {r = ctx:call('batch.run', {calls = calls})}",
    "loop": "while true do end",
}


@pytest.fixture
def attacked(start_server, tmp_path):
    (tmp_path / "attack").mkdir()
    ops = "\n".join(f"['attack.{name}'] = {{ write = true, run = function(ctx) {body} end }},"
                    for name, body in ATTACKS.items())
    (tmp_path / "attack" / "init.lua").write_text(
        'return crm.package { name = "attack", version = "1.0.0", ops = {\n'
        f"['attack.calm'] = {{ write = true, run = function() return {{ value = 1 }} end }},\n{ops} }} }}")
    return start_server(arguments=["--packages", str(tmp_path), "--enable", "attack"])


def test_attacks_are_contained(attacked):
    with attacked.connect() as client:
        for name in ATTACKS:
            started = time.monotonic()
            failed = client.error(f"attack.{name}")
            # What one op may write is a limit of the store.
            wanted = "TOO_LARGE" if name == "records" else "BUDGET_EXCEEDED"
            assert failed.code == wanted, (name, failed.code, failed.text)
            print(f"{name}: {1000 * (time.monotonic() - started):.0f} ms {failed.text}")
            assert client.call("attack.calm")["value"] == 1
        account = next(item for item in client.call("package.list")["items"]
                       if item["name"] == "attack")["account"]
        assert account["memory_peak"] < 20 << 20
        assert client.call("record.count", type="customer")["count"] == 0
