"""Packages that build on one another: fields added to types, needs, texts, configuration."""

import json
import shutil

import pytest

from packages import haoke, write
from server import Server

# --- packages that build on one another -----------------------------------------------------------


GUESTS = """
return crm.package {
  name = "guests", version = "1.0.0",
  doc = { zh = "客人的偏好。", en = "What guests like." },
  config = {
    years = { kind = "integer", default = 3, min = 1, max = 30,
              label = { zh = "久未到访的年数", en = "years of absence" } },
    sign = { kind = "text", default = "前台" },
  },
  types = {
    customer = { extends = true, fields = {
      { name = "last_seat", kind = "text", label = { zh = "上次座位", en = "last seat" } },
    } },
  },
  ops = {
    ["guest.seat"] = {
      write = true, internal = true,
      params = { customer = { kind = "integer", required = true }, seat = { kind = "text", required = true } },
      run = function(ctx, params)
        if params.seat == "过道" then ctx:fail("RULE_FAILED", "aisle", { field = "seat", seat = params.seat }) end
        return ctx:update("customer", params.customer, { last_seat = params.seat })
      end,
    },
    ["guest.config"] = { run = function(ctx) return { years = ctx.config.years, sign = ctx.config.sign } end },
    ["guest.typo"] = { run = function(ctx) return { years = ctx.config.yeers } end },
  },
}
"""

MEALS = """
return crm.package {
  name = "meals", version = "1.0.0", needs = { "guests" },
  types = {
    customer = { extends = true, fields = {
      { name = "last_meal", kind = "text" },
    }, indexes = { by_meal = { fields = { "last_meal" } } } },
    meal = { fields = {
      { name = "customer", kind = "reference", to = "customer", required = true },
      { name = "dish", kind = "text", required = true }, { name = "seat", kind = "text", required = true },
    } },
  },
  rules = {
    remember = {
      on = "meal", events = { "create" },
      before = function(ctx, change)
        local meal = change.after
        ctx:call("guest.seat", { customer = meal.customer, seat = meal.seat })
        ctx:update("customer", meal.customer, { last_meal = meal.dish })
      end,
    },
  },
}
"""

EVENING = """
return crm.package {
  name = "evening", version = "1.0.0", needs = { "meals", "guests" },
  rules = {
    after_meal = {
      on = "customer", events = { "update" }, fields = { "last_meal" },
      before = function(ctx, change)
        ctx:update("customer", change.id, { note = change.after.last_seat .. "，" .. change.after.last_meal })
      end,
    },
  },
}
"""

EVENING_TEST = """
local function dinner(t, seat)
  local wang = t:call("record.create", { type = "customer", values = { name = "王秀兰" } })
  local meal = { customer = wang.id, dish = "三明治", seat = seat }
  return wang.id, { type = "meal", values = meal }
end

crm.test("three packages take part in one change", function(t)
  local id, params = dinner(t, "靠近窗口第二个位子")
  t:call("record.create", params)
  t:includes(t:call("record.get", { type = "customer", id = id }),
    { last_seat = "靠近窗口第二个位子", last_meal = "三明治", note = "靠近窗口第二个位子，三明治" })
end)

crm.test("what one refuses, nothing is left of", function(t)
  local id, params = dinner(t, "过道")
  local problem = t:fails("RULE_FAILED", "record.create", params)
  t:equal({ problem.message, problem.field }, { "过道不好：请另选座位", "seat" })
  t:equal(t:language("en"):fails("RULE_FAILED", "record.create", params).message,
    "过道 is no good seat: choose another")
  t:equal(t:call("record.get", { type = "customer", id = id }).last_seat, nil)
  t:equal(t:call("record.find", { type = "meal" }).items, {})
end)

crm.test("labels are there in both languages", function(t)
  local label
  for _, kind in ipairs(t:call("api.describe").types) do
    for _, field in ipairs(kind.fields) do
      if field.name == "last_seat" then label = field.label end
    end
  end
  t:equal(label, { zh = "上次座位", en = "last seat" })
end)

crm.test("configuration has its defaults", function(t)
  t:equal(t:call("guest.config"), { years = 3, sign = "前台" })
  local problem = t:fails("SCRIPT_ERROR", "guest.typo")
  assert(string.find(problem.message, "guests/init.lua:25: ctx.config has no 'yeers'"), problem.message)
end)
"""


@pytest.fixture
def evening(tmp_path):
    write(tmp_path / "guests", init=GUESTS,
          **{"i18n__zh-CN": 'return { aisle = "{seat}不好：请另选座位" }',
             "i18n__en": 'return { aisle = "{seat} is no good seat: choose another" }'})
    write(tmp_path / "meals", init=MEALS)
    return write(tmp_path / "evening", init=EVENING, test=EVENING_TEST)


def test_packages_extend_types_and_call_one_another(evening):
    done = haoke("test", evening)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_need_that_is_missing_is_named(evening):
    shutil.rmtree(evening.parent / "guests")
    done = haoke("test", evening)
    assert done.returncode == 1
    assert done.stderr.startswith("NOT_FOUND: ") and "guests" in done.stderr


def test_needs_in_a_circle_are_named(evening):
    path = evening.parent / "guests" / "init.lua"
    path.write_text(path.read_text().replace('version = "1.0.0",', 'version = "1.0.0", needs = { "evening" },', 1))
    done = haoke("test", evening)
    assert done.returncode == 1
    assert done.stderr.startswith("VALIDATION_FAILED: ") and "circle" in done.stderr


@pytest.mark.parametrize("change, parts", [
    (('"last_meal", kind', '"last_seat", kind'), ["customer", "last_seat", "meals"]),
    (("\n    meal = { fields", "\n    order = { fields"), ["order", "core", "meals"]),
    (("customer = { extends", "custmer = { extends"), ["custmer"]),
])
def test_fields_and_types_that_clash_are_named(evening, change, parts):
    path = evening.parent / "meals" / "init.lua"
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change, 1))
    done = haoke("test", evening)
    assert done.returncode == 1
    assert all(part in done.stderr for part in parts), done.stderr


# --- configuration --------------------------------------------------------------------------------


@pytest.fixture
def serve(evening, start_server):
    """Starts a server with the packages, configured so."""
    def start(config):
        return start_server(configuration={"packages": {"enable": ["evening"], "config": config}},
                            arguments=["--packages", str(evening.parent)])
    return start


def test_a_configuration_reaches_its_package(serve):
    with serve({"guests": {"years": 5}}).connect() as client:
        assert client.call("guest.config") == {"years": 5, "sign": "前台"}


@pytest.mark.parametrize("config, parts", [
    ({"guests": {"yeers": 5}}, ["packages.config.guests.yeers", "years"]),
    ({"guests": {"years": "five"}}, ["packages.config.guests.years"]),
    ({"guests": {"years": 0}}, ["packages.config.guests.years", "1"]),
    ({"guests": {"years": 31}}, ["packages.config.guests.years", "30"]),
    ({"guests": ["years"]}, ["packages.config.guests"]),
    ({"meals": {"years": 5}}, ["packages.config.meals.years"]),
])
def test_a_wrong_configuration_is_named(evening, config, parts):
    server = Server(configuration={"packages": {"enable": ["evening"], "config": config}})
    done = haoke("serve", "--data", server.data, "--listen", "127.0.0.1:0", "--config",
                 server.configuration, "--packages", evening.parent)
    line = done.stderr.splitlines()[-1]
    tested = haoke("test", "--config", server.configuration, evening)
    file = str(server.configuration)
    server.remove()
    assert done.returncode == 1 and done.stdout == ""
    assert line.startswith(f"VALIDATION_FAILED: {file}: ")
    assert all(part in line for part in parts), line
    assert tested.returncode == 1 and tested.stderr.splitlines()[-1] == line


def test_limits_of_a_configuration_can_be_reached(evening, tmp_path):
    for years, passed in ((1, False), (3, True), (30, False)):
        file = tmp_path / "haoke.json"
        file.write_text(json.dumps({"packages": {"config": {"guests": {"years": years}}}}))
        done = haoke("test", "--config", file, "--filter", "configuration", evening)
        assert (done.returncode == 0) is passed, done.stdout + done.stderr
        assert passed or f"+ {years}\n" in done.stdout


def test_configuration_of_a_package_that_is_not_enabled_is_logged(serve):
    running = serve({"guest": {"years": 5}, "hotel": {}})
    log = running.log()
    assert "server.config_unused" in log
    assert "key=packages.config.guest nearest=guests" in log
    assert "key=packages.config.hotel nearest=\n" in log
