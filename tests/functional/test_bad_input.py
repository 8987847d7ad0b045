"""Every kind of bad input gets its code and a message that names the field."""

import pathlib
import subprocess

import pytest

from server import BINARY, ROOT

DAY = "2026-03-02"


@pytest.fixture(scope="module")
def ids(server):
    """王秀兰, her tea and one order."""
    with server.connect() as client:
        customer = client.call("record.create", type="customer",
                               values={"name": "王秀兰", "phone": "138-0000-1001", "owner": "李静"})
        product = client.call("record.create", type="product",
                              values={"name": "天宇保健茶", "cycle_days": 15, "price": 9800})
        order = client.call("order.create", customer=customer["id"], ordered_on=DAY,
                            lines=[{"product": product["id"], "quantity": 2}])
    return {"customer": customer["id"], "product": product["id"], "order": order["id"],
            "version": customer["version"]}


def fill(value, ids):
    """Puts the ids where the rows below say "<customer>" and so on."""
    if isinstance(value, dict):
        return {key: fill(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, ids) for item in value]
    return ids[value[1:-1]] if isinstance(value, str) and value.startswith("<") else value


def line(**changes):
    return {"product": "<product>", "quantity": 1, **changes}


def order(*lines, **params):
    return {"customer": "<customer>", "lines": list(lines), **params}


def new(kind, /, **values):
    return {"type": kind, "values": values}


# op, params, code, field, and the word by which the text names it when that is another
ROWS = [
    # unknown names
    ("customer.creat", {}, "UNKNOWN_METHOD", None),
    ("record.create", new("custmer", name="王秀兰"), "INVALID_ARGUMENT", "type", "custmer"),
    ("record.create", {"type": "customer", "value": {}}, "INVALID_ARGUMENT", "value"),
    ("record.create", new("customer", name="王秀兰", fone="1"), "VALIDATION_FAILED", "fone"),
    ("record.find", {"type": "customer", "where": {"fone": 1}}, "INVALID_ARGUMENT", "fone"),
    ("record.find", {"type": "customer", "where": {"name": {"like": "王"}}}, "INVALID_ARGUMENT",
     "name"),
    ("record.find", {"type": "customer", "order": ["-fone"]}, "INVALID_ARGUMENT", "order", "fone"),
    ("record.get", {"type": "customer", "id": "<customer>", "fields": ["fone"]},
     "INVALID_ARGUMENT", "fields", "fone"),
    # missing values
    ("record.create", {"values": {}}, "INVALID_ARGUMENT", "type"),
    ("record.create", {"type": "customer"}, "INVALID_ARGUMENT", "values"),
    ("record.create", new("customer", phone="13800001002"), "VALIDATION_FAILED", "name"),
    ("record.update", {"type": "customer", "id": "<customer>", "values": {"name": None}},
     "VALIDATION_FAILED", "name"),
    ("order.create", {"lines": [line()]}, "INVALID_ARGUMENT", "customer"),
    ("order.create", {"customer": "<customer>"}, "INVALID_ARGUMENT", "lines"),
    ("order.create", order(), "VALIDATION_FAILED", "lines"),
    ("order.create", order({"quantity": 1}), "VALIDATION_FAILED", "lines[0].product"),
    ("order.create", order(line(), {"product": "<product>"}), "VALIDATION_FAILED",
     "lines[1].quantity"),
    ("task.complete", {"id": 1}, "INVALID_ARGUMENT", "result"),
    # mistyped values
    ("record.get", {"type": "customer", "id": "一"}, "INVALID_ARGUMENT", "id"),
    ("record.get", {"type": 7, "id": 1}, "INVALID_ARGUMENT", "type"),
    ("record.find", {"type": "customer", "limit": 0}, "INVALID_ARGUMENT", "limit"),
    ("record.find", {"type": "customer", "limit": 501}, "INVALID_ARGUMENT", "limit"),
    ("record.find", {"type": "customer", "after": "garbage"}, "INVALID_ARGUMENT", "after"),
    ("record.create", new("customer", name=7), "VALIDATION_FAILED", "name"),
    ("record.create", new("customer", name="王" * 30000), "VALIDATION_FAILED", "name"),
    ("record.create", new("customer", name="王秀兰", phone="abc"), "VALIDATION_FAILED", "phone"),
    ("record.create", new("customer", name="王秀兰", birthday="1968-02-30"), "VALIDATION_FAILED",
     "birthday"),
    ("record.create", new("customer", name="王秀兰", kind="robot"), "VALIDATION_FAILED", "kind"),
    ("record.create", new("customer", name="王秀兰", tags=["老客户", "老客户"]), "VALIDATION_FAILED",
     "tags[1]"),
    ("record.create", new("customer", name="王秀兰", order_count=5), "VALIDATION_FAILED",
     "order_count"),
    ("record.create", new("product", name="天宇保健茶", price=98.5), "VALIDATION_FAILED", "price"),
    ("record.create", new("product", name="天宇保健茶", cycle_days=0), "VALIDATION_FAILED",
     "cycle_days"),
    ("order.create", order(line(), ordered_on="02/03/2026"), "INVALID_ARGUMENT", "ordered_on"),
    ("order.create", order("茶"), "VALIDATION_FAILED", "lines[0]"),
    # bad quantities
    ("order.create", order(line(quantity=-2)), "VALIDATION_FAILED", "lines[0].quantity"),
    ("order.create", order(line(), line(quantity=0)), "VALIDATION_FAILED", "lines[1].quantity"),
    ("order.create", order(line(quantity=1.5)), "VALIDATION_FAILED", "lines[0].quantity"),
    ("order.create", order(line(quantity="2")), "VALIDATION_FAILED", "lines[0].quantity"),
    ("order.create", order(line(price=-1)), "VALIDATION_FAILED", "lines[0].price"),
    # references
    ("order.create", order(line(), customer=987654), "REFERENCE_MISSING", "customer"),
    ("order.create", order(line(product=987654)), "REFERENCE_MISSING", "lines[0].product"),
    ("record.create", new("customer", name="王秀兰", parent=987654), "REFERENCE_MISSING", "parent"),
    ("record.create", new("contact", name="王秀兰", customer=987654), "REFERENCE_MISSING",
     "customer"),
    ("record.delete", {"type": "customer", "id": "<customer>"}, "REFERENCE_IN_USE", None),
    ("record.delete", {"type": "product", "id": "<product>"}, "REFERENCE_IN_USE", "id", "order"),
    ("record.find", {"type": "order", "where": {"lines.prodct": 1}}, "INVALID_ARGUMENT",
     "lines.prodct"),
    # records that are not there, stale or double
    ("record.get", {"type": "customer", "id": 987654}, "NOT_FOUND", None),
    ("order.cancel", {"id": 987654}, "NOT_FOUND", None),
    ("record.update", {"type": "customer", "id": "<customer>", "version": 987654,
                       "values": {"name": "王兰"}}, "VERSION_CONFLICT", "version", "987654"),
    ("record.create", new("customer", name="王秀兰", phone="+86 138 0000 1001"), "DUPLICATE",
     "phone"),
    ("record.update", {"type": "order", "id": "<order>", "values": {"state": "draft"}},
     "VALIDATION_FAILED", "state"),
    # types nobody may write
    ("record.create", new("type", name="x", definition={}), "INVALID_ARGUMENT",
     "type"),
    ("task.due", {"id": 1}, "UNKNOWN_METHOD", None),
    # batches tell which call it was
    ("batch.run", {"calls": [{"op": "server.ping"}, {"op": "order.cancel", "params": {"id": 987654}}]},
     "NOT_FOUND", "calls[1].id", "987654"),
    ("batch.run", {"calls": []}, "INVALID_ARGUMENT", "calls"),
    # time
    ("clock.advance", {"to": "2099-01-01"}, "PERMISSION_DENIED", None),
    ("task.list", {"on": "tomorrow"}, "INVALID_ARGUMENT", "on"),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}-{i}" for i, row in enumerate(ROWS)])
def test_bad_input(client, ids, row):
    op, params, code, field = row[:4]
    word = row[4] if len(row) > 4 else field and field.split(".")[-1].split("[")[0]
    for lang in ("zh-CN", "en"):
        client.call("session.hello", client="test", errors="map", lang=lang)
        error = client.error(op, **fill(params, ids))
        assert error.code == code, f"{error.code}: {error.text}"
        assert error.text
        if field is not None:
            assert error.field.endswith(field), f"{error.field}: {error.text}"
            assert word in error.text, f"{error.field}: {error.text}"


def test_a_duplicate_names_the_number_that_is_there(client, ids):
    client.call("session.hello", client="test", errors="map", lang="en")
    error = client.error("record.create", type="customer",
                         values={"name": "王秀兰", "phone": "１３８００００１００１"})
    assert error.code == "DUPLICATE"
    assert error.data["id"] == ids["customer"]
    assert str(ids["customer"]) in error.text


def test_a_stale_version_tells_the_one_in_force(client, ids):
    client.call("session.hello", client="test", errors="map", lang="en")
    now = client.call("record.update", type="customer", id=ids["customer"],
                      values={"note": "常来"}, version=None)["version"]
    error = client.error("record.update", type="customer", id=ids["customer"],
                         values={"note": "不常来"}, version=now - 1)
    assert error.code == "VERSION_CONFLICT"
    assert error.data["version"] == now


def test_the_other_body_under_one_key_is_refused(client, ids):
    key = "bad-input-1"
    client.call("order.create", **fill(order(line()), ids), idempotency_key=key)
    error = client.error("order.create", **fill(order(line(quantity=2)), ids), idempotency_key=key)
    assert error.code == "IDEMPOTENCY_MISMATCH"


def test_nothing_that_was_refused_is_stored(client, ids):
    before = client.call("record.count", type="order")["count"]
    client.error("batch.run", calls=[
        {"op": "order.create", "params": fill(order(line()), ids)},
        {"op": "order.create", "params": fill(order(line(quantity=-1)), ids)}])
    assert client.call("record.count", type="order")["count"] == before


# --- packages and plugins ---------------------------------------------------------------------------


def refused_start(tmp_path, *arguments):
    done = subprocess.run([BINARY, "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0",
                           *arguments], capture_output=True, text=True, timeout=120,
                          env={"LANG": "en_US.UTF-8", "PATH": "/usr/bin:/bin"}, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr.splitlines()[-1]


def test_a_package_with_a_syntax_error_names_file_and_line(tmp_path):
    package = tmp_path / "packages" / "tea_house"
    package.mkdir(parents=True)
    (package / "init.lua").write_text("return crm.package{\n  name = = 1\n}\n")
    line_said = refused_start(tmp_path, "--packages", package.parent, "--enable", "tea_house")
    assert line_said.startswith("SCRIPT_ERROR: ") and "init.lua:2" in line_said


def test_a_plugin_with_another_abi_says_what_to_do(tmp_path):
    header = (ROOT / "core" / "include" / "crm" / "plugin.h").read_text()
    include = tmp_path / "include" / "crm"
    include.mkdir(parents=True)
    assert "#define CRM_ABI_MAJOR 1" in header
    (include / "plugin.h").write_text(
        header.replace("#define CRM_ABI_MAJOR 1", "#define CRM_ABI_MAJOR 99"))
    source = tmp_path / "later.c"
    source.write_text('#include "crm/plugin.h"\n'
                      'static const crm_plugin plugin = {CRM_PLUGIN_HEADER, .name = "later", '
                      '.version = "1.0.0"};\n'
                      "const crm_plugin *crm_plugin_entry(void) { return &plugin; }\n")
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    subprocess.run(["cc", "-shared", "-fPIC", "-I", tmp_path / "include", source, "-o",
                    plugins / "later.so"], check=True)
    said = refused_start(tmp_path, "--plugins", plugins, "--enable", "later")
    assert said.startswith("VALIDATION_FAILED: ")
    assert "99" in said and "later" in said


def test_the_messages_of_the_start_name_what_is_missing(tmp_path):
    assert pathlib.Path(BINARY).exists()
    said = refused_start(tmp_path, "--packages", tmp_path, "--enable", "health_product")
    assert said.startswith("NOT_FOUND: ") and "health_product" in said and str(tmp_path) in said
