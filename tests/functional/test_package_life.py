"""Packages in a running server: loaded, tried on the data there are, replaced, disabled, gone back with."""

import os
import selectors
import shutil
import socket
import time

import msgpack
import pytest

from client import request
from packages import write
from waiting import wait_for

CONNECTIONS = 64
SWAPS = int(os.environ.get("HAOKE_TEST_SWAPS", "20"))  # the long form: 100
SECONDS = 6.0 * max(SWAPS, 100)

# Every answer says which version gave it, on three ways: the op itself, an op that it calls, a rule.
CUPS = """
return crm.package{
  name = "cups",
  version = "%(version)s",
  types = {
    cup = { fields = { { name = "size", kind = "text" }, { name = "by", kind = "text" }%(fields)s } },
  },
  rules = {
    stamp = { on = "cup", events = { "create" }, before = function(ctx, change)
      ctx:update("cup", change.id, { by = "%(version)s" })
    end },
  },
  ops = {
    ["cup.version"] = { run = function() return { version = "%(version)s" } end },
    ["cup.fill"] = { write = true, run = function(ctx)
      local cup = ctx:create("cup", { size = "%(version)s" })
      local made = ctx:get("cup", cup.id)
      return { own = "%(version)s", called = ctx:call("cup.version", {}).version, rule = made.by }
    end },
    %(ops)s
  },
  %(more)s
}
"""


def cups(folder, version, fields="", ops="", more="", test=None):
    """Puts that version of the package into the folder of packages, in the place of another."""
    place = folder / "cups"
    fresh = folder / ".cups.new"
    shutil.rmtree(fresh, ignore_errors=True)
    text = CUPS % {"version": version, "fields": fields, "ops": ops, "more": more}
    write(fresh, init=text, **({} if test is None else {"test": test}))
    if place.exists():
        place.rename(folder / ".cups.old")
    fresh.rename(place)
    shutil.rmtree(folder / ".cups.old", ignore_errors=True)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "packages"
    made.mkdir()
    return made


@pytest.fixture
def serve(folder, start_server):
    def start(packages=None, **options):
        configuration = {"packages": {"enable": [], **(packages or {})}, "log": {"level": "debug"}}
        return start_server(arguments=["--packages", str(folder)], configuration=configuration,
                            **options)

    return start


def item(client, name="cups"):
    return {one["name"]: one for one in client.call("package.list")["items"]}[name]


# --- loading ----------------------------------------------------------------------------------------


def test_a_package_is_loaded_replaced_and_there_after_a_restart(folder, serve):
    server = serve()
    cups(folder, "1.0.0")
    with server.connect() as client:
        assert client.error("cup.version").code == "UNKNOWN_METHOD"
        loaded = client.call("package.load", name="cups")
        assert loaded == {"name": "cups", "version": "1.0.0", "replaced": None, "tests": 0}
        assert client.call("cup.fill") == {"own": "1.0.0", "called": "1.0.0", "rule": "1.0.0"}
        cups(folder, "1.1.0", fields=", { name = 'lid', kind = 'text', index = true }")
        assert client.call("cup.version") == {"version": "1.0.0"}
        assert client.call("package.load", name="cups")["replaced"] == "1.0.0"
        assert client.call("cup.fill")["rule"] == "1.1.0"
        client.call("record.update", type="cup", id=1, values={"lid": "红"})
        found = client.call("record.find", type="cup", where={"lid": "红"})["items"]
        assert [one["id"] for one in found] == [1]
        stored = item(client)
        assert (stored["version"], stored["state"]) == ("1.1.0", "active")
        assert [one["version"] for one in stored["earlier"]] == ["1.0.0"]
        assert len(stored["hash"]) == 64 and (server.data / "files" / stored["hash"]).exists()
        entry = client.call("journal.read", after=0, limit=10000)["items"][-1]
        assert entry["op"] != "package.load" or entry["actor"] != "system"
    shutil.rmtree(folder / "cups")  # what runs after a start, the data directory says
    server.stop()
    server.verify()
    server.start()
    with server.connect() as client:
        assert client.call("cup.version") == {"version": "1.1.0"}
        assert item(client)["hash"] == stored["hash"]
    assert not (server.data / "forks").exists() or not list((server.data / "forks").iterdir())


def test_a_folder_that_was_edited_waits_for_package_load(folder, serve):
    server = serve()
    cups(folder, "1.0.0")
    with server.connect() as client:
        client.call("package.load", name="cups")
    cups(folder, "1.0.1")
    server.stop()
    server.start()
    with server.connect() as client:
        assert client.call("cup.version") == {"version": "1.0.0"}
        assert "server.package_differs" in server.log()
        client.call("package.load", name="cups")
        assert client.call("cup.version") == {"version": "1.0.1"}


def test_the_data_directory_decides_what_works(folder, start_server):
    cups(folder, "1.0.0")
    server = start_server(arguments=["--packages", str(folder), "--enable", "cups"])
    server.stop()
    shutil.copytree(folder / "cups", folder / "mugs")
    server.arguments = ["--packages", str(folder), "--enable", "mugs"]
    server.start()
    with server.connect() as client:
        assert client.call("cup.version") == {"version": "1.0.0"}
        assert "server.enable_ignored" in server.log() and "package=mugs" in server.log()


def test_what_is_refused_leaves_the_old_one_and_says_why(folder, serve):
    server = serve()
    cups(folder, "1.0.0")
    with server.connect() as client:
        client.call("session.hello", lang="en", errors="map")
        assert client.error("package.load").code == "INVALID_ARGUMENT"
        assert "did you mean cups" in client.error("package.load", name="cusp").text
        assert client.error("package.load", name="../packages/cups").code == "NOT_FOUND"
        assert client.error("package.load", path="cups/../cups").code == "NOT_FOUND"
        client.call("package.load", name="cups")
        cups(folder, "2.0.0", ops="['cup.break'] = { run = 7 },")
        error = client.error("package.load", name="cups")
        assert error.code == "VALIDATION_FAILED" and "cup.break" in error.text
        assert client.call("cup.version") == {"version": "1.0.0"}
        failure = item(client)["failure"]
        assert failure["code"] == "VALIDATION_FAILED" and "cup.break" in failure["message"]
        assert "api.package_refused" in server.log()
        (folder / "cups" / "init.lua").write_text("return crm.package{")
        assert client.error("package.load", name="cups").code == "SCRIPT_ERROR"
        cups(folder, "2.0.0")
        client.call("package.load", name="cups")
        assert item(client)["failure"] is None
        write(folder / "empty", init="return 7")
        client.error("package.load", name="empty")
        assert item(client, "empty")["state"] == "refused"
        client.call("user.create", user="李静", password="huansheng88", roles=["staff"])
    with server.connect_tcp() as client:
        client.call("auth.login", user="李静", password="huansheng88")
        assert client.error("package.load", name="cups").code == "PERMISSION_DENIED"
    server.stop()
    server.start()  # what was refused is not looked for
    with server.connect() as client:
        assert client.call("cup.version") == {"version": "2.0.0"}


# --- tests on the data there are --------------------------------------------------------------------

COUNTS = """
crm.test("every customer has an owner", function(t)
  for _, one in ipairs(t:call("record.find", { type = "customer" }).items) do t:equal(one.owner ~= nil, true) end
end)
crm.test("what a test writes stays on the fork", function(t)
  t:call("record.create", { type = "customer", values = { name = "试用", owner = "李静" } })
  t:advance("2099-01-01")
end)
crm.test_on("empty")
for _, name in ipairs{ "first", "second" } do
  crm.test(name .. " begins with nothing", function(t)
    t:equal(t:call("record.count", { type = "customer" }).count, 0)
    t:equal(t:call("clock.get").today, "2026-01-01")
    t:call("record.create", { type = "customer", values = { name = "王秀兰" } })
  end)
end
"""


def test_a_package_whose_tests_fail_on_the_real_data_is_refused(folder, serve):
    server = serve()
    with server.connect() as client:
        client.call("session.hello", lang="en")
        client.call("record.create", type="customer", values={"name": "张建国", "owner": "李静"})
        cups(folder, "1.0.0", test=COUNTS)
        assert client.call("package.load", name="cups")["tests"] == 4
        assert client.call("record.count", type="customer")["count"] == 1
        client.call("record.create", type="customer", values={"name": "无主"})
        cups(folder, "1.1.0", test=COUNTS)
        error = client.error("package.load", name="cups")
        assert error.code == "RULE_FAILED" and "every customer has an owner" in error.text
        assert "cups/test.lua:3" in error.text
        assert client.call("cup.version") == {"version": "1.0.0"}
        assert "every customer has an owner" in item(client)["failure"]["message"]
        report = client.call("package.test", name="cups")
        assert (report["passed"], report["failed"]) == (3, 1)
        assert [one["passed"] for one in report["tests"]] == [False, True, True, True]
        assert client.call("cup.version") == {"version": "1.0.0"}
        assert not list((server.data / "forks").iterdir())


CONFIGURED = """
local function says(t, size) t:equal(t:call("cup.size"), { size = size }) end
crm.test("what was given", function(t) says(t, 4) end)
crm.test("other values", function(t) t:configure{ size = 5 } says(t, 5) end)
crm.test("what was given, again", function(t) says(t, 4) end)
crm.test_on("empty")
crm.test("an empty store", function(t) t:configure{ size = 6 } says(t, 6) t:configure{} says(t, 4) end)
"""
SIZE = 'config = { size = { kind = "integer", default = 3, max = 9 } },'


def test_a_trial_tries_other_configurations(folder, serve):
    """t:configure changes the version on trial, one test long; what serves keeps what it was given."""
    op = '["cup.size"] = { run = function(ctx) return { size = ctx.config.size } end },'
    server = serve({"config": {"cups": {"size": 4}}})
    cups(folder, "1.0.0", ops=op, more=SIZE, test=CONFIGURED)
    with server.connect() as client:
        assert client.call("package.load", name="cups")["tests"] == 4
        assert client.call("cup.size") == {"size": 4}
        tried = client.call("package.test", name="cups")
        assert (tried["passed"], tried["failed"]) == (4, 0)
        assert client.call("cup.size") == {"size": 4}
        cups(folder, "1.1.0", ops=op, more=SIZE,
             test='crm.test("too many", function(t) t:configure{ size = 10 } end)')
        error = client.error("package.load", name="cups")
        assert "packages.config.cups.size" in error.text
        assert client.call("cup.size") == {"size": 4}


# --- migrations -------------------------------------------------------------------------------------

MIGRATIONS = """
migrations = {
  ["1.2.0"] = function(ctx, after)
    local last
    for _, cup in ipairs(ctx:find("cup", { where = { id = { gt = after } }, order = "id", limit = 3 })) do
      ctx:update("cup", cup.id, { lid = cup.lid .. "+1.2" })
      last = cup.id
    end
    return last
  end,
  ["1.10.0"] = function(ctx)
    if %(fails)s then ctx:fail("RULE_FAILED", "十点零不行") end
    ctx:update("cup", 1, { size = "migrated" })
  end,
},
"""
LID = ", { name = 'lid', kind = 'text', required = true, default = '红' }"


def test_migrations_run_in_order_before_the_new_version_serves(folder, serve):
    server = serve()
    cups(folder, "1.1.0")
    with server.connect() as client:
        client.call("package.load", name="cups")
        for _ in range(7):
            client.call("cup.fill")
        cups(folder, "1.10.0", LID, more=MIGRATIONS % {"fails": "true"})
        error = client.error("package.load", name="cups")
        assert "十点零不行" in error.text or "lid" in error.text
        assert client.call("cup.version") == {"version": "1.1.0"}
        assert "lid" not in client.call("record.get", type="cup", id=1)
        fill = ", { name = 'lid', kind = 'text', default = '红' }"
        first = """migrations = { ["1.1.5"] = function(ctx)
          for id = 1, 7 do ctx:update("cup", id, { lid = "红" }) end end },"""
        cups(folder, "1.1.5", fill, more=first)
        client.call("package.load", name="cups")
        cups(folder, "1.10.0", LID, more=MIGRATIONS % {"fails": "false"})
        client.call("package.load", name="cups")
        found = client.call("record.find", type="cup", order=["id"])["items"]
        assert [one["lid"] for one in found] == ["红+1.2"] * 7
        assert [one["size"] for one in found] == ["migrated"] + ["1.1.0"] * 6
        ops = [one["op"] for one in client.call("journal.read", after=0, limit=10000)["items"]]
        assert ops.count("package.migrate") >= 5  # each step is an entry
        client.call("package.load", name="cups")  # once is enough
        assert client.call("record.get", type="cup", id=1)["lid"] == "红+1.2"
    server.stop()
    server.verify()


def test_a_field_that_a_version_requires_is_filled_or_refused(folder, serve):
    with serve().connect() as client:
        cups(folder, "1.0.0")
        client.call("package.load", name="cups")
        client.call("cup.fill")
        cups(folder, "1.1.0", fields=", { name = 'lid', kind = 'text', required = true }")
        error = client.error("package.load", name="cups")
        assert error.code == "VALIDATION_FAILED" and "lid" in error.text
        assert client.call("cup.fill")["own"] == "1.0.0"
        cups(folder, "1.1.0", fields=LID)
        client.call("package.load", name="cups")
        assert client.call("record.get", type="cup", id=1)["lid"] == "红"


# --- enabled, disabled, gone back with --------------------------------------------------------------


def test_a_disabled_package_keeps_its_records(folder, serve):
    server = serve()
    cups(folder, "1.0.0", fields=", { name = 'lid', kind = 'text', index = true }")
    write(folder / "saucers", init="""return crm.package{ name = "saucers", version = "1.0.0",
        needs = { "cups" }, ops = { ["saucer.ping"] = { run = function() return {} end } } }""")
    with server.connect() as client:
        client.call("package.load", name="cups")
        client.call("cup.fill")
        client.call("package.load", name="saucers")
        assert client.error("package.disable", name="cups").code == "VALIDATION_FAILED"
        assert client.error("package.disable", name="core").code == "NOT_FOUND"
        client.call("package.disable", name="saucers")
        assert client.call("package.disable", name="cups")["state"] == "disabled"
        assert client.error("cup.version").code == "UNKNOWN_METHOD"
        assert client.call("record.get", type="cup", id=1)["by"] == "1.0.0"
        made = client.call("record.create", type="cup", values={"size": "big", "lid": "蓝"})
        assert "by" not in made  # its rules do not work
    server.stop()
    server.start()
    with server.connect() as client:
        assert item(client)["state"] == "disabled"
        assert client.error("cup.version").code == "UNKNOWN_METHOD"
        assert client.call("record.find", type="cup", where={"lid": "蓝"})["items"]
        assert client.call("package.enable", name="cups")["state"] == "active"
        assert client.call("cup.fill")["rule"] == "1.0.0"


def test_rollback_goes_back_version_by_version(folder, serve):
    server = serve({"kept": 2})
    with server.connect() as client:
        for version in ("1.0.0", "1.1.0", "1.2.0", "1.3.0"):
            cups(folder, version)
            client.call("package.load", name="cups")
        assert [one["version"] for one in item(client)["earlier"]] == ["1.2.0", "1.1.0"]
        shutil.rmtree(folder / "cups")
        back = client.call("package.rollback", name="cups")
        assert (back["version"], back["replaced"]) == ("1.2.0", "1.3.0")
        assert client.call("cup.fill")["rule"] == "1.2.0"
        assert client.call("package.rollback", name="cups")["version"] == "1.1.0"
        assert client.error("package.rollback", name="cups").code == "NOT_FOUND"
        assert client.error("package.rollback", name="mugs").code == "NOT_FOUND"
        cups(folder, "1.2.0", fields=", { name = 'lid', kind = 'text', index = true }")
        client.call("package.load", name="cups")
        client.call("record.create", type="cup", values={"lid": "红"})
        client.call("package.rollback", name="cups")  # the index goes
        assert client.error("record.find", type="cup", where={"lid": "红"}).code == "INVALID_ARGUMENT"
        client.call("package.load", name="cups")  # and comes again
        assert len(client.call("record.find", type="cup", where={"lid": "红"})["items"]) == 1
        client.call("package.rollback", name="cups")
    server.stop()
    server.start()
    with server.connect() as client:
        assert client.call("cup.version") == {"version": "1.1.0"}


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_as_many_versions_are_kept_as_configured(folder, serve, kept):
    with serve({"kept": kept}).connect() as client:
        for number in range(4):
            cups(folder, f"1.{number}.0")
            client.call("package.load", name="cups")
        assert len(item(client)["earlier"]) == kept


# --- folders that are dropped in --------------------------------------------------------------------


def test_a_folder_that_is_dropped_in_is_loaded_when_it_is_complete(folder, serve):
    cups(folder, "1.0.0")
    (folder / "cups").rename(folder / "mugs")  # was there and is not loaded: stays so
    server = serve({"watch_ms": 50})
    with server.connect() as client:
        cups(folder, "1.0.0")
        wait_for(lambda: "cups" in {one["name"] for one in client.call("package.list")["items"]})
        assert item(client)["loaded_by"] == "system"
        cups(folder, "1.1.0")
        wait_for(lambda: client.call("cup.version") == {"version": "1.1.0"})
        (folder / "cups" / "init.lua").write_text("return crm.package{")
        wait_for(lambda: item(client)["failure"] is not None)
        assert client.call("cup.version") == {"version": "1.1.0"}
        assert server.log().count("event=api.package_refused") == 1  # not again and again
        (folder / "mugs" / "init.lua").write_text("return 7")
        cups(folder, "1.2.0")
        wait_for(lambda: client.call("cup.version") == {"version": "1.2.0"})
        assert "package=mugs" not in server.log()


# --- a hundred times under load ---------------------------------------------------------------------


class Busy:
    """A connection that always has one request under way, until it is told to end."""

    CALLS = (
        ("cup.version", None),
        ("cup.fill", None),
        ("batch.run", {"calls": [{"op": "cup.version"}, {"op": "cup.fill"}]}),
        ("cup.fill", {"dry_run": True}),
    )

    def __init__(self, path, number):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.unpacker = msgpack.Unpacker()
        self.number = number
        self.sent = self.answered = self.written = 0
        self.versions = set()

    def current(self):
        return self.CALLS[(self.number + self.sent) % len(self.CALLS)]

    def send(self):
        self.sent += 1
        op, params = self.current()
        self.socket.sendall(request(self.sent, op, params))

    def take(self, result):
        op, params = self.current()
        results = result["results"] if op == "batch.run" else [result.get("result", result)]
        found = {version for one in results for version in one.values()}
        assert len(found) == 1, result
        self.versions |= found
        self.written += op == "batch.run" or (op == "cup.fill" and params is None)

    def receive(self):
        """Takes what has come; True when the answer is among it."""
        data = self.socket.recv(1 << 16)
        assert data, f"connection {self.number} was dropped"
        self.unpacker.feed(data)
        for message in self.unpacker:
            _, number, error, result = message
            assert number == self.sent and error is None, message
            self.answered += 1
            self.take(result)
            return True
        return False


class Swapper(Busy):
    """Has the package replaced by another version of itself, again and again."""

    def __init__(self, path, folder):
        super().__init__(path, -1)
        self.folder = folder

    def send(self):
        cups(self.folder, f"1.{self.sent % 2}.0", test="crm.test('it answers', function(t)\n"
             "  t:call('cup.version')\nend)")
        self.sent += 1
        self.socket.sendall(request(self.sent, "package.load", {"name": "cups"}))

    def take(self, result):
        assert result["tests"] == 1


def test_swaps_under_64_busy_connections(folder, serve):
    server = serve()
    cups(folder, "1.1.0")
    with server.connect() as client:
        client.call("package.load", name="cups")
    busy = [Busy(server.unix, number) for number in range(CONNECTIONS)]
    swapper = Swapper(server.unix, folder)
    keep_busy([*busy, swapper], lambda one: one is swapper and one.answered == SWAPS)
    assert swapper.answered == SWAPS
    for one in busy:
        assert one.answered == one.sent and one.answered > 0
    assert set.union(*(one.versions for one in busy)) == {"1.0.0", "1.1.0"}
    with server.connect() as client:
        assert client.call("record.count", type="cup")["count"] == sum(one.written for one in busy)
    for one in [*busy, swapper]:
        one.socket.close()
    server.stop()
    server.verify()


def keep_busy(busy, until):
    """Answers are followed by requests until `until()`; then the last ones are waited for."""
    deadline = time.monotonic() + SECONDS
    with selectors.DefaultSelector() as selector:
        for one in busy:
            selector.register(one.socket, selectors.EVENT_READ, one)
            one.send()
        waiting, going = len(busy), True
        while waiting:
            assert time.monotonic() < deadline
            for key, _ in selector.select(1):
                if not key.data.receive():
                    continue
                going = going and not until(key.data)
                if going:
                    key.data.send()
                else:
                    waiting -= 1
                    selector.unregister(key.fileobj)
