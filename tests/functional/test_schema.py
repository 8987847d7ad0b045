"""Fields that a business defines itself, without restart (ARC-11)."""

import itertools
import threading

import pytest

from client import request
from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}


def define(client, **field):
    return client.call("schema.define", type="customer", field=field)


def refused(client, **field):
    return client.error("schema.define", type="customer", field=field)


def create(client, **values):
    return client.call("record.create", type="customer", values={"name": "王秀兰", **values})


def ids(client, where, **params):
    page = client.call("record.find", type="customer", where=where, **params)
    return [item["id"] for item in page["items"]]


def wait_until_built(client, name, kind="customer"):
    """The rest is made by timers, which the server fires between requests."""
    for _ in range(10_000):
        types = {one["name"]: one for one in client.call("api.describe")["types"]}
        index = next(one for one in types[kind]["indexes"] if one["name"] == name)
        if "building" not in index:
            return
    raise AssertionError(f"the index {name} does not get ready")


def test_a_field_is_stored_validated_returned_and_grouped_at_once(client):
    old = create(client)["id"]
    made = define(client, name="客户行业", kind="choice", choices=["医药", "餐饮"], index=True,
                  label={"zh": "客户行业", "en": "trade"})
    assert made["type"] == "customer" and made["building"] is False
    assert made["field"]["name"] == "客户行业" and made["field"]["choices"] == ["医药", "餐饮"]
    new = create(client, 客户行业="医药")
    assert new["客户行业"] == "医药"
    assert client.call("record.get", type="customer", id=new["id"])["客户行业"] == "医药"
    error = client.error("record.create", type="customer",
                         values={"name": "李强", "客户行业": "钢铁"})
    assert error.code == "VALIDATION_FAILED" and "客户行业" in error.text
    client.call("record.update", type="customer", id=old, values={"客户行业": "餐饮"})
    assert ids(client, {"客户行业": "餐饮"}) == [old]
    assert ids(client, {"客户行业": {"in": ["医药", "餐饮"]}}) == [old, new["id"]]
    plan = client.call("record.find", type="customer", where={"客户行业": "医药"}, explain=True)
    assert plan["index"] == "客户行业" and plan["filter"] is False
    groups = client.call("record.count", type="customer", group="客户行业",
                         where={"id": {"in": [old, new["id"]]}})["groups"]
    assert groups == [{"key": "医药", "count": 1}, {"key": "餐饮", "count": 1}]


def test_older_records_are_in_the_index_too(client):
    before = [create(client, owner="赵磊")["id"] for _ in range(5)]
    define(client, name="grade", kind="integer", index=True)
    assert ids(client, {"grade": {"is_null": True}, "owner": "赵磊"}) == before
    client.call("record.update", type="customer", id=before[2], values={"grade": 3})
    ordered = ids(client, {"owner": "赵磊"}, order=["grade", "id"])
    assert ordered == [before[i] for i in (0, 1, 3, 4, 2)]


def test_requests_in_one_packet_see_it(client):
    number = [client.next_id() for _ in range(3)]
    client.raw(b"".join([
        request(number[0], "schema.define", {"type": "product",
                                             "field": {"name": "shelf", "kind": "text", "index": True}}),
        request(number[1], "record.create", {"type": "product",
                                             "values": {"name": "灵芝茶", "shelf": "A3"}}),
        request(number[2], "record.find", {"type": "product", "where": {"shelf": "A3"}}),
    ]))
    made, product, found = client.collect(number)
    assert made["field"]["name"] == "shelf"
    assert [item["id"] for item in found["items"]] == [product["id"]]


def test_unique_and_search(client):
    define(client, name="card", kind="text", unique=True, search=True)
    one = create(client, card="VIP-0007")
    error = client.error("record.create", type="customer", values={"name": "李强", "card": "VIP-0007"})
    assert error.code == "DUPLICATE"
    hits = client.call("record.search", text="VIP-0007", types=["customer"])["items"]
    assert [hit["id"] for hit in hits] == [one["id"]]


def test_a_required_field_gives_its_default_to_older_records(client):
    old = create(client)
    assert refused(client, name="level", kind="integer", required=True).code == "VALIDATION_FAILED"
    define(client, name="level", kind="integer", required=True, default=1)
    now = client.call("record.get", type="customer", id=old["id"])
    assert now["level"] == 1 and now["version"] == old["version"]
    assert create(client)["level"] == 1
    error = client.error("record.update", type="customer", id=old["id"], values={"level": None})
    assert error.code == "VALIDATION_FAILED"


@pytest.mark.parametrize("field, part", [
    ({"name": "name", "kind": "text"}, "field.name"),
    ({"name": "name", "kind": "integer"}, "field.kind"),
    ({"name": "id", "kind": "integer"}, "field.name"),
    ({"name": "deleted_at", "kind": "datetime"}, "field.name"),
    ({"name": "any", "kind": "text"}, "any"),
    ({"name": "Size", "kind": "text"}, "field.Size.name"),
    ({"name": "1st", "kind": "text"}, "field.1st.name"),
    ({"name": "x" * 65, "kind": "text"}, None),
    ({"name": "size", "kind": "float"}, "field.size.kind"),
    ({"name": "size", "kind": "any"}, "field.kind"),
    ({"name": "size", "kind": "choice"}, "field.size.choices"),
    ({"name": "size", "kind": "reference"}, "field.size.to"),
    ({"name": "size", "kind": "reference", "to": "planet"}, "size"),
    ({"name": "size", "kind": "integer", "min": 3, "max": 2}, "field.size.min"),
    ({"name": "size", "kind": "integer", "default": "x"}, "field.size.default"),
    ({"name": "size", "kind": "map", "index": True}, None),
    ({"kind": "text"}, None),
    ({"name": "size"}, None),
    ({"name": "size", "kind": "text", "colour": "red"}, None),
])
def test_what_is_refused(client, field, part):
    client.call("session.hello", errors="map")
    error = client.error("schema.define", type="customer", field=field)
    assert error.code == "VALIDATION_FAILED", error
    if part is not None:
        assert error.field == part
    types = {one["name"]: one for one in client.call("api.describe")["types"]}
    assert "size" not in [one["name"] for one in types["customer"]["fields"]]


def test_types_and_callers_that_are_refused(client, server):
    for kind in ("planet", "credential"):
        error = client.error("schema.define", type=kind, field={"name": "size", "kind": "text"})
        assert error.code == "INVALID_ARGUMENT"
    client.call("user.create", user="小林", password="shanghai-7", roles=["staff"])
    with server.connect_tcp() as staff:
        staff.call("auth.login", user="小林", password="shanghai-7")
        assert refused(staff, name="size", kind="text").code == "PERMISSION_DENIED"
    call = {"op": "schema.define", "params": {"type": "customer",
                                              "field": {"name": "size", "kind": "text"}}}
    assert client.error("batch.run", calls=[call]).code == "INVALID_ARGUMENT"


def test_a_dry_run_defines_nothing(client):
    tried = client.call("schema.define", type="customer", dry_run=True,
                        field={"name": "tried", "kind": "text"})
    assert tried["result"]["field"]["name"] == "tried"
    error = client.error("record.create", type="customer", values={"name": "李强", "tried": "x"})
    assert error.code == "VALIDATION_FAILED"


def test_idempotency_keys_hold(client):
    field = {"name": "keyed", "kind": "text"}
    one = client.call("schema.define", type="customer", field=field, idempotency_key="k1")
    assert client.call("schema.define", type="customer", field=field, idempotency_key="k1") == one
    assert refused(client, **field).code == "VALIDATION_FAILED"


def test_fields_survive_a_restart_and_verify(start_server):
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        define(client, name="客户行业", kind="text", index=True)
        number = create(client, 客户行业="医药")["id"]
    server.stop()
    server.verify()
    server.start()
    with server.connect() as client:
        assert ids(client, {"客户行业": "医药"}) == [number]
        client.call("record.update", type="customer", id=number, values={"客户行业": "餐饮"})
        assert refused(client, name="客户行业", kind="text").code == "VALIDATION_FAILED"


def test_large_types_are_looked_at_in_the_background(start_server):
    small = {**CORE_ONLY, "writer": {"build_rows": 20}}
    server = start_server(configuration=small)
    with server.connect() as client:
        made = [create(client, tags=["糖友"])["id"] for _ in range(205)]
        result = define(client, name="grade", kind="integer", index=True)
        assert result["building"] is True
        # Used before the index serves: the answers are the same.
        client.call("record.update", type="customer", id=made[150], values={"grade": 9})
        client.call("record.delete", type="customer", id=made[160])
        late = create(client, grade=5)["id"]
        left = [number for number in made if number not in (made[150], made[160])]
        for _ in range(2):
            assert ids(client, {"grade": 9}) == [made[150]]
            assert ids(client, {"grade": {"ge": 5}}, order=["grade"]) == [late, made[150]]
            assert client.call("record.count", type="customer",
                               where={"grade": {"is_null": True}})["count"] == len(left)
            wait_until_built(client, "grade")
        plan = client.call("record.find", type="customer", where={"grade": 9}, explain=True)
        assert plan["index"] == "grade"
    server.stop()
    server.verify()


def test_a_required_field_of_a_large_type(start_server):
    server = start_server(configuration={**CORE_ONLY, "writer": {"build_rows": 7}})
    with server.connect() as client:
        made = [create(client)["id"] for _ in range(50)]
        define(client, name="level", kind="integer", required=True, default=1, index=True)
        wait_until_built(client, "level")
        assert ids(client, {"level": 1}, limit=500) == made


def test_building_goes_on_after_a_kill(start_server):
    server = start_server(configuration={**CORE_ONLY, "writer": {"build_rows": 2}})
    with server.connect() as client:
        made = [create(client)["id"] for _ in range(300)]
        assert define(client, name="grade", kind="integer", index=True)["building"] is True
        server.kill()
    server.verify()
    server.start()
    with server.connect() as client:
        client.call("record.update", type="customer", id=made[299], values={"grade": 1})
        wait_until_built(client, "grade")
        assert ids(client, {"grade": 1}) == [made[299]]
        count = client.call("record.count", type="customer", where={"grade": {"is_null": True}})
        assert count["count"] == 299


def test_fields_come_while_others_read_and_write(start_server):
    server = start_server(configuration={**CORE_ONLY, "writer": {"build_rows": 10}})
    stop = threading.Event()
    failures = []

    def work(place):
        try:
            with server.connect() as own:
                for i in itertools.count():
                    if stop.is_set():
                        return
                    number = create(own, owner=f"业务员{place}")["id"]
                    own.call("record.update", type="customer", id=number, values={"note": f"{i}"})
                    assert number in ids(own, {"owner": f"业务员{place}"}, order=["-id"], limit=5)
        except Exception as failure:  # whatever it is, the test is to show it
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    with server.connect() as client:
        for i in range(40):
            define(client, name=f"f{i}", kind="integer", index=i % 2 == 0, required=i % 4 == 0,
                   **({"default": i} if i % 4 == 0 else {}))
            create(client, **{f"f{i}": 7})
            found = ids(client, {f"f{i}": {"between": [7, 7]}}, order=[f"f{i}"])
            assert len(found) == 1
        stop.set()
        for thread in threads:
            thread.join()
        assert failures == []
        for i in range(0, 40, 2):
            wait_until_built(client, f"f{i}")
    server.stop()
    server.verify()


def test_the_limit_of_fields(start_server):
    server = start_server(configuration={**CORE_ONLY, "limits": {"custom_fields": 3}})
    with server.connect() as client:
        for i in range(3):  # the second is below the limit, the third at it
            define(client, name=f"extra_{i}", kind="text")
        metrics = client.call("server.info")["metrics"]
        assert metrics.get("api_limit_custom_fields_total", 0) == 0
        error = refused(client, name="extra_3", kind="text")
        assert error.code == "TOO_LARGE" and "custom_fields" in error.text
        assert client.call("server.info")["metrics"]["api_limit_custom_fields_total"] == 1
        client.call("schema.define", type="product", field={"name": "extra_0", "kind": "text"})


def test_five_hundred_fields_on_one_type(start_server):
    server = start_server(configuration=CORE_ONLY)
    kinds = ["text", "integer", "boolean", "date", "money"]
    values = {"text": "华东", "integer": 7, "boolean": True, "date": "2026-03-07", "money": 990}
    with server.connect() as client:
        numbers = [client.send("schema.define", type="customer",
                               field={"name": f"f{i}", "kind": kinds[i % 5], "index": i % 10 == 0})
                   for i in range(500)]
        client.collect(numbers)
        assert refused(client, name="f500", kind="text").code == "TOO_LARGE"
        whole = {f"f{i}": values[kinds[i % 5]] for i in range(500)}
        made = create(client, **whole)
        assert {name: made[name] for name in whole} == whole
        assert ids(client, {"f0": "华东", "f499": 990}) == [made["id"]]
    server.stop()
    server.verify()
    server.start()
    with server.connect() as client:
        assert ids(client, {"f490": "华东"}) == [made["id"]]
