"""Search: what a salesperson types brings up the record, among many others, in the very
next request; ranks, types and where; the rows stay right through updates, deletions and restarts."""

import itertools
import pathlib
import subprocess
import sys

import pytest

from server import BINARY, CORE_ONLY, ROOT

sys.path.append(str(ROOT / "scripts" / "health_product" / "sample"))
import business  # noqa: E402

SERVER = {"configuration": CORE_ONLY}
LIST = pathlib.Path(__file__).parent / "data" / "search_queries.txt"
CROWD = 1000


def read_list():
    """The records as (type, title, phone), and the queries as (group, text, title)."""
    records, queries, group = [], [], None
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            group = line.strip("[]")
        elif group == "records" and line:
            records.append((line.split("\t") + [None])[:3])
        elif line and not line.startswith("#"):
            queries.append((group, *line.split("\t")))
    return records, queries


RECORDS, QUERIES = read_list()


def create(client, kind, **values):
    return client.call("record.create", type=kind, values=values)["id"]


@pytest.fixture(scope="module")
def shop(server):
    """The list's records in a crowd of customers like those of the sample business: title → (type, id)."""
    with server.connect() as client:
        crowd = list(itertools.islice(business.consumers(), CROWD))
        calls = [{"op": "record.create", "params": {"type": "customer", "values": {
            "name": person["name"], "phone": person["phone"]}}} for person in crowd]
        for start in range(0, CROWD, 100):
            client.call("batch.run", calls=calls[start:start + 100])
        ids = {}
        for kind, title, phone in RECORDS:
            values = {"name": title}
            if phone:
                values["phone"] = phone
            if kind == "contact":
                values["customer"] = 1
            ids[title] = (kind, create(client, kind, **values))
    return ids


def test_the_list_is_long_enough():
    assert len(QUERIES) >= 200
    assert len({text for _, text, _ in QUERIES}) == len(QUERIES)


@pytest.mark.parametrize(("group", "text", "title"), QUERIES)
def test_each_query_of_the_list_finds_its_record(client, shop, group, text, title):
    found = client.call("record.search", text=text, limit=100)
    assert found["complete"]
    hits = [(item["type"], item["id"]) for item in found["items"]]
    assert shop[title] in hits, f"{group}: {text} finds {[i['title'] for i in found['items']]}"


# --- the op -------------------------------------------------------------------------------------------


def titles(found):
    return [item["title"] for item in found["items"]]


def test_items_say_what_was_found_and_where(client, shop):
    found = client.call("record.search", text="单田芳")
    assert found == {"items": [{"type": "contact", "id": shop["单田芳"][1], "title": "单田芳",
                                "field": "name"}], "complete": True}
    assert client.call("record.search", text="88881234")["items"][0]["field"] == "phone"


def test_a_write_is_found_by_the_next_request_of_the_packet(client, shop):
    sent = [client.send("record.create", type="customer", values={"name": "公孙衍", "phone": "13512340001"}),
            client.send("record.search", text="gongsunyan"),
            client.send("record.search", text="0001 公孙")]
    made, by_name, by_both = client.collect(sent)
    assert [item["id"] for item in by_name["items"]] == [made["id"]]
    assert [item["id"] for item in by_both["items"]] == [made["id"]]
    client.call("record.update", type="customer", id=made["id"], values={"name": "公孙龙"})
    assert titles(client.call("record.search", text="gongsunyan")) == []
    assert titles(client.call("record.search", text="gslong")) == ["公孙龙"]
    client.call("record.delete", type="customer", id=made["id"])
    assert titles(client.call("record.search", text="公孙")) == []


def test_what_was_refused_or_only_tried_is_not_found(client, shop):
    client.call("record.create", type="customer", values={"name": "慕容复"}, dry_run=True)
    error = client.error("record.create", type="customer", values={"name": "慕容复", "phone": "13805310101"})
    assert error.code == "DUPLICATE"
    assert titles(client.call("record.search", text="慕容")) == []


def test_better_matches_come_first(client, shop):
    for name in ("小司徒静", "司徒静静", "司徒静", "老店 司徒静"):
        create(client, "customer", name=name)
    expected = ["司徒静", "司徒静静", "老店 司徒静", "小司徒静"]
    assert titles(client.call("record.search", text="司徒静")) == expected
    assert titles(client.call("record.search", text="situjing")) == expected
    assert titles(client.call("record.search", text="stj", limit=2)) == expected[:2]


def test_types_and_where_narrow(client, shop):
    customer = create(client, "customer", name="东郭先生", owner="李静")
    create(client, "customer", name="东郭先生二", owner="周强")
    create(client, "contact", name="东郭", customer=customer)
    search = lambda **more: titles(client.call("record.search", text="东郭", **more))  # noqa: E731
    assert len(search()) == 3
    assert search(types=["contact"]) == ["东郭"]
    assert search(where={"owner": "李静"}) == ["东郭先生"]
    assert search(types=["customer"], where={"owner": {"ne": "李静"}}) == ["东郭先生二"]


@pytest.mark.parametrize(("params", "code", "field"), [
    ({"text": "？！"}, "INVALID_ARGUMENT", "text"),
    ({"text": ""}, "INVALID_ARGUMENT", "text"),
    ({}, "INVALID_ARGUMENT", "text"),
    ({"text": "a" * 201}, "INVALID_ARGUMENT", "text"),
    ({"text": "王芳", "limit": 0}, "INVALID_ARGUMENT", "limit"),
    ({"text": "王芳", "limit": 101}, "INVALID_ARGUMENT", "limit"),
    ({"text": "王芳", "types": []}, "INVALID_ARGUMENT", "types"),
    ({"text": "王芳", "types": ["task"]}, "INVALID_ARGUMENT", "types"),
    ({"text": "王芳", "types": ["customr"]}, "INVALID_ARGUMENT", "type"),
    ({"text": "王芳", "types": ["credential"]}, "INVALID_ARGUMENT", "type"),
    ({"text": "王芳", "where": {"ownr": "李静"}}, "INVALID_ARGUMENT", "ownr"),
    ({"text": "王芳", "order": ["id"]}, "INVALID_ARGUMENT", "order"),
])
def test_what_is_refused_names_the_field(client, shop, params, code, field):
    client.call("session.hello", errors="map", lang="en")
    error = client.error("record.search", **params)
    assert (error.code, error.field) == (code, field)


def test_the_largest_limits(client, shop):
    assert len(client.call("record.search", text="wang", limit=100)["items"]) == 100
    assert len(client.call("record.search", text="wang")["items"]) == 20
    assert titles(client.call("record.search", text="a" * 200)) == []


def test_too_many_rows_are_said_and_not_refused(start_server):
    server = start_server(configuration={**CORE_ONLY, "limits": {"scan_rows": 100}})
    with server.connect() as client:
        for number in range(101):
            create(client, "customer", name="王芳", phone=f"1390000{number:04d}")
            found = client.call("record.search", text="王芳", limit=100)
            assert found["complete"] is (number < 100)
            assert len(found["items"]) == min(number + 1, 100)
        assert client.call("record.search", text="王芳 0007")["complete"]


def test_orders_write_no_rows(start_server):
    server = start_server()
    with server.connect() as client:
        customer = create(client, "customer", name="张建国", phone="13800001001")
        product = create(client, "product", name="鱼油软胶囊", cycle_days=30)
        client.call("order.create", customer=customer, lines=[{"product": product, "quantity": 1}])
    server.stop()
    said = subprocess.run([BINARY, "verify", str(server.data)], capture_output=True, text=True,
                          env={"LANG": "en_US.UTF-8"}, check=True).stdout
    assert f" {3 + 6 + 5} text rows" in said


def test_rows_survive_a_kill(start_server):
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        create(client, "customer", name="张建国", phone="13800001001")
    server.kill()
    server.start()
    with server.connect() as client:
        assert titles(client.call("record.search", text="zjg")) == ["张建国"]
    server.stop()
    subprocess.run([BINARY, "verify", str(server.data)], check=True)
