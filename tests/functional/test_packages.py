"""For authors of packages: haoke package and haoke test."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest

from packages import SECONDS, haoke, write

ROOT = pathlib.Path(__file__).resolve().parents[2]


# --- package new ----------------------------------------------------------------------------------


def test_a_new_package_passes_its_tests_and_luacheck(tmp_path):
    made = haoke("package", "new", "tea_house", "--dir", tmp_path)
    assert made.returncode == 0, made.stderr
    assert f"haoke test {tmp_path}/tea_house" in made.stdout
    files = sorted(str(path.relative_to(tmp_path / "tea_house"))
                   for path in (tmp_path / "tea_house").rglob("*.*"))
    assert files == ["README.md", "i18n/en.lua", "i18n/zh-CN.lua", "init.lua", "test.lua"]
    for path in (tmp_path / "tea_house").rglob("*.*"):
        assert "template" not in path.read_text()
    tested = haoke("test", tmp_path / "tea_house")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "3 passed, 0 failed" in tested.stdout
    if shutil.which("luacheck"):
        assert haoke("package", "stubs", "--dir", tmp_path).returncode == 0
        checked = subprocess.run(["luacheck", "--no-color", "."], cwd=tmp_path, capture_output=True,
                                 text=True, timeout=SECONDS, check=False)
        assert checked.returncode == 0, checked.stdout
        assert "in 4 files" in checked.stdout


def test_two_new_packages_live_together(tmp_path):
    for name in ("tea_house", "hotel"):
        assert haoke("package", "new", name, "--dir", tmp_path).returncode == 0
    both = haoke("package", "stubs", "--dir", tmp_path)
    assert both.returncode == 0, both.stderr
    text = (tmp_path / "types" / "crm.lua").read_text()
    assert "crm.params.tea_house.write" in text and "crm.params.hotel.write" in text


@pytest.mark.parametrize("name", ["Hotel", "2nd", "_x", "tea-house", "../hotel", "", "a" * 41, "酒店",
                                  "core", "types"])
def test_names_that_no_package_can_have(tmp_path, name):
    done = haoke("package", "new", "--dir", tmp_path, "--", name)
    assert done.returncode == 1
    assert done.stderr.startswith("INVALID_ARGUMENT: ") and f"“{name}”" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_forty_letters_is_one(tmp_path):
    assert haoke("package", "new", "a" * 40, "--dir", tmp_path).returncode == 0
    assert haoke("test", tmp_path / ("a" * 40)).returncode == 0


def test_what_is_there_is_left_alone(tmp_path):
    (tmp_path / "hotel").mkdir()
    (tmp_path / "spa").write_text("a file")
    for name in ("hotel", "spa"):
        done = haoke("package", "new", name, "--dir", tmp_path)
        assert done.returncode == 1 and done.stderr.startswith("DUPLICATE: ")
    assert list((tmp_path / "hotel").iterdir()) == []
    assert (tmp_path / "spa").read_text() == "a file"


def test_wrong_usage_is_said(tmp_path):
    missing = haoke("package", "new", "hotel", "--dir", tmp_path / "nowhere")
    assert missing.returncode == 1
    assert missing.stderr.startswith("NOT_FOUND: ") and "--dir" in missing.stderr
    unset = haoke("package", "new", "hotel", cwd=tmp_path)
    assert unset.returncode == 1 and "scripts" in unset.stderr
    assert haoke("package").returncode == 2
    assert "package new" in haoke("package", "nwe", "hotel").stderr
    assert haoke("package", "new").returncode == 1
    assert haoke("package", "stubs", "hotel").returncode == 1


# --- package stubs --------------------------------------------------------------------------------


CLASS = re.compile(r"^---@class ([\w.]+)(?: : ([\w.]+))?")
NAME = re.compile(r"\bcrm\.[a-z_][\w.]*\b")


def test_annotations_name_only_what_they_define():
    text = (ROOT / "scripts" / "types" / "crm.lua").read_text()
    defined = [found.group(1) for line in text.split("\n") if (found := CLASS.match(line))]
    assert len(defined) == len(set(defined))
    defined = {*defined, *re.findall(r"^---@alias ([\w.]+)", text, re.MULTILINE)}
    for line in text.split("\n"):
        used = line
        if line.startswith("---@field"):
            used = line.split(" ")[2]
        elif line.startswith("---@class"):
            used = " ".join(line.split(" ")[1:4:2])
        elif not line.startswith("---@"):
            continue
        for name in NAME.findall(used):
            assert name in defined or name.rstrip(".") == "crm.config.NAME", line


def test_annotations_know_types_ops_and_configuration(tmp_path):
    write(tmp_path / "hotel", init="""
return crm.package {
  name = "hotel", version = "1.0.0",
  config = { years = { kind = "integer", default = 3, doc = "Years of absence." }, sign = { kind = "text" } },
  types = {
    customer = { extends = true, fields = { seat = { kind = "text", label = { zh = "座位", en = "seat" } } } },
    stay = { fields = {
      { name = "customer", kind = "reference", to = "customer", required = true },
      { name = "state", kind = "states", choices = { "booked", "left" } },
      { name = "extras", kind = "list", of = "map", fields = {
        { name = "what", kind = "text", required = true } } },
    } },
  },
  ops = {
    ["stay.book"] = { write = true, params = { customer = { kind = "integer", required = true } },
                      run = function() end },
    ["stay.note"] = { internal = true, params = { text = { kind = "text" } },
                      result = { done = { kind = "boolean" } }, run = function() end },
  },
}
""")
    assert haoke("package", "stubs", "--dir", tmp_path).returncode == 0
    text = (tmp_path / "types" / "crm.lua").read_text()
    for part in (
        "---@field seat? string 座位 · seat\n",
        "---@class crm.record.stay : crm.record\n---@field customer integer\n",
        '---@field state "booked"|"left"\n---@field extras? crm.record.stay.extras[]\n',
        "---@class crm.record.stay.extras\n---@field what string\n",
        '---@overload fun(self: crm.ctx, op: "stay.book", params: crm.params.stay.book): any\n',
        '---@overload fun(self: crm.ctx, op: "stay.note", params?: crm.params.stay.note): crm.result.stay.note\n',
        '---@overload fun(self: crm.ctx.write, type: "stay", values: crm.values.stay): crm.record.stay\n',
        "---@class crm.config.hotel\n---@field sign? string\n---@field years integer Years of absence.\n",
        '---@overload fun(self: crm.ctx, op: "task.plan", params: crm.params.task.plan)',
        '---@overload fun(self: crm.t, op: "stay.book", params: crm.params.stay.book): any\n',
    ):
        assert part in text, part
    assert 'fun(self: crm.t, op: "stay.note"' not in text  # a test calls as a client does
    assert 'fun(self: crm.ctx, op: "auth.login"' not in text  # and a package is no session
    assert "credential" not in text


def test_annotations_are_compared(tmp_path):
    package = write(tmp_path / "hotel", init='return crm.package { name = "hotel", version = "1.0.0" }')
    missing = haoke("package", "stubs", "--check", "--dir", tmp_path)
    assert missing.returncode == 1 and "haoke package stubs" in missing.stderr
    assert not (tmp_path / "types").exists()
    assert haoke("package", "stubs", "--dir", tmp_path).returncode == 0
    assert haoke("package", "stubs", "--check", "--dir", tmp_path).returncode == 0
    write(package, init="""return crm.package { name = "hotel", version = "1.0.0",
      config = { years = { kind = "integer", default = 3 } } }""")
    assert haoke("package", "stubs", "--check", "--dir", tmp_path).returncode == 1


def test_settings_of_an_editor_are_written_once(tmp_path):
    (tmp_path / "packages").mkdir()
    (tmp_path / ".luarc.json").write_text("{}")
    assert haoke("package", "stubs", "--dir", tmp_path / "packages").returncode == 0
    assert not (tmp_path / "packages" / ".luarc.json").exists()
    assert (tmp_path / "packages" / ".luacheckrc").read_text() == (ROOT / ".luacheckrc").read_text()
    (tmp_path / "packages" / ".luacheckrc").write_text("-- mine\n")
    assert haoke("package", "stubs", "--dir", tmp_path / "packages").returncode == 0
    assert (tmp_path / "packages" / ".luacheckrc").read_text() == "-- mine\n"
    assert "string" in json.loads((ROOT / ".luarc.json").read_text())["runtime.builtin"]


# --- haoke test -----------------------------------------------------------------------------------


TESTS = """
local function same(t, wanted)
  t:equal(t:call("record.find", { type = "customer" }).items, wanted)
end

crm.test("ARC-01: nobody is there", function(t) same(t, {}) end)

crm.test("ARC-02: somebody else is there", function(t)
  t:call("record.create", { type = "customer", values = { name = "王秀兰", owner = "李静" } })
  local found = t:call("record.find", { type = "customer" }).items
  t:show(found[1].name)
  t:includes(found, { { name = "王秀英", owner = "李静" } })
end)

crm.test("ARC-03: nobody is there again", function(t)
  t:advance("2026-03-02")
  same(t, { { name = "刘建国" } })
end)
"""


@pytest.fixture
def three(tmp_path):
    return write(tmp_path / "three", test=TESTS,
                 init='return crm.package { name = "three", version = "1.0.0" }')


def test_a_report_shows_lines_times_and_differences(three):
    done = haoke("test", three)
    assert done.returncode == 1
    text = re.sub(r"\(\d+ ms\)", "(N ms)", done.stdout)
    assert text == """\
ok     ARC-01: nobody is there (N ms)
FAILED ARC-02: somebody else is there (N ms)
  three/test.lua:11: "王秀兰"
  three/test.lua:12: 1 difference, - wanted, + got
  @@ [1].name @@
  - "王秀英"
  + "王秀兰"
FAILED ARC-03: nobody is there again (N ms)
  three/test.lua:3: 1 difference, - wanted, + got
  @@ [1] @@
  - { name = "刘建国" }
  called at three/test.lua:17
1 passed, 2 failed
"""
    assert done.stderr.startswith("RULE_FAILED: ")


@pytest.mark.parametrize("text, status, names", [
    ("ARC-01", 0, ["ARC-01"]), ("nobody", 1, ["ARC-01", "ARC-03"]), ("ARC-04", 1, []), ("(", 1, []),
])
def test_only_chosen_tests_run(three, text, status, names):
    done = haoke("test", "--filter", text, three)
    assert done.returncode == status
    assert re.findall("ARC-0[0-9]", done.stdout) == names
    if not names:
        assert done.stderr.startswith("NOT_FOUND: ") and f"“{text}”" in done.stderr


def test_wrong_usage_of_test_exits_with_2(three):
    assert haoke("test").returncode == 2
    assert haoke("test", "--filtre", "x", three).returncode == 2
