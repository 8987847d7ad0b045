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
