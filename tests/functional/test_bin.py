"""The recycle bin: delete, list, restore, purge (ARC-16), and what else they touch."""

import pytest

from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}


@pytest.fixture
def customer(client):
    number = iter(range(10_000))

    def make(**values):
        values.setdefault("name", f"顾客{next(number)}")
        return client.call("record.create", type="customer", values=values)

    return make


def bin_ids(client, kind="customer", **params):
    page = client.call("record.find", type=kind, deleted=True, limit=500, **params)
    return [item["id"] for item in page["items"]]


def test_deleted_records_lie_in_the_bin_only(client, customer):
    one, other = customer(owner="李静"), customer(owner="李静")
    deleted = client.call("record.delete", type="customer", id=one["id"])
    assert deleted["deleted_by"] and deleted["deleted_at"] >= one["created_at"]
    assert client.error("record.get", type="customer", id=one["id"]).code == "NOT_FOUND"
    mine = client.call("record.find", type="customer", where={"owner": "李静"})["items"]
    assert [item["id"] for item in mine] == [other["id"]]
    assert one["id"] in bin_ids(client) and other["id"] not in bin_ids(client)
    assert bin_ids(client, where={"owner": "李静"}) == [one["id"]]
    assert bin_ids(client, where={"owner": "陈强"}) == []


def test_the_bin_lists_the_newest_first_and_pages(client):
    ids = [client.call("record.create", type="product", values={"name": f"茶{i}"})["id"]
           for i in range(7)]
    for number in ids:
        client.call("record.delete", type="product", id=number)
    assert bin_ids(client, kind="product") == ids[::-1]
    seen, after = [], None
    while True:
        more = {} if after is None else {"after": after}
        page = client.call("record.find", type="product", deleted=True, limit=3, **more)
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ids[::-1]
    assert bin_ids(client, kind="product", order=["name"]) == ids
    plan = client.call("record.find", type="product", deleted=True, explain=True)
    assert plan["index"] == "deleted_at"


def test_restore_brings_everything_back(client, customer):
    made = customer(phone="138 1111 0001", owner="周敏", tags=["糖友"])
    client.call("record.delete", type="customer", id=made["id"])
    back = client.call("record.restore", type="customer", id=made["id"])
    assert back["version"] == 3 and "deleted_at" not in back and "deleted_by" not in back
    for where in ({"phone": "13811110001"}, {"owner": "周敏"}, {"tags": "糖友"}):
        found = client.call("record.find", type="customer", where=where)["items"]
        assert [item["id"] for item in found] == [made["id"]]
    assert made["id"] not in bin_ids(client)
    assert client.error("record.restore", type="customer", id=made["id"]).code == "NOT_FOUND"
    assert client.error("record.restore", type="customer", id=999_999).code == "NOT_FOUND"


def test_unique_values_are_free_meanwhile(client, customer):
    made = customer(phone="13811110002")
    client.call("record.delete", type="customer", id=made["id"])
    taker = customer(phone="138-1111-0002")
    error = client.error("record.restore", type="customer", id=made["id"])
    assert error.code == "DUPLICATE" and str(taker["id"]) in error.text
    client.call("record.update", type="customer", id=taker["id"], values={"phone": None})
    assert client.call("record.restore", type="customer", id=made["id"])["phone"] == "13811110002"


def test_references_are_asked_again(client, customer):
    buyer = customer()
    contact = client.call("record.create", type="contact",
                          values={"name": "王芳", "customer": buyer["id"]})
    assert client.error("record.delete", type="customer", id=buyer["id"]).code == "REFERENCE_IN_USE"
    client.call("record.delete", type="contact", id=contact["id"])
    client.call("record.delete", type="customer", id=buyer["id"])
    assert client.error("record.restore", type="contact", id=contact["id"]).code == "REFERENCE_MISSING"
    client.call("record.restore", type="customer", id=buyer["id"])
    client.call("record.restore", type="contact", id=contact["id"])


def test_totals_follow_a_restored_order(client, customer):
    buyer = customer()
    tea = client.call("record.create", type="product", values={"name": "灵芝茶", "price": 9900})
    order = client.call("order.create", customer=buyer["id"], ordered_on="2026-03-02",
                        lines=[{"product": tea["id"], "quantity": 2}])

    def totals():
        now = client.call("record.get", type="customer", id=buyer["id"])
        return now["order_count"], now["order_total"], now.get("last_order_on")

    assert totals() == (1, 19800, "2026-03-02")
    client.call("record.delete", type="order", id=order["id"])
    assert totals() == (0, 0, None)
    client.call("record.restore", type="order", id=order["id"])
    assert totals() == (1, 19800, "2026-03-02")


def test_purge_is_for_administrators_and_deleted_records(client, customer, server):
    made = customer(phone="13811110003")
    assert client.error("record.purge", type="customer", id=made["id"]).code == "NOT_FOUND"
    client.call("record.delete", type="customer", id=made["id"])
    client.call("user.create", user="小林", password="shanghai-7", roles=["staff"])
    with server.connect_tcp() as staff:
        staff.call("auth.login", user="小林", password="shanghai-7")
        assert staff.error("record.purge", type="customer", id=made["id"]).code == "PERMISSION_DENIED"
    gone = client.call("record.purge", type="customer", id=made["id"])
    assert gone["id"] == made["id"]
    assert made["id"] not in bin_ids(client)
    for op in ("record.get", "record.restore", "record.purge", "record.history"):
        assert client.error(op, type="customer", id=made["id"]).code == "NOT_FOUND"
    assert customer(phone="13811110003")["id"] > made["id"]
    changes = [change for item in client.call("journal.read", after=0, limit=10_000)["items"]
               for change in item["changes"]
               if change["type"] == "customer" and change["id"] == made["id"]]
    assert [change["record"] is None for change in changes] == [False, False, True]


def test_a_restart_keeps_the_bin(start_server):
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        made = client.call("record.create", type="customer", values={"name": "王秀兰"})
        client.call("record.delete", type="customer", id=made["id"])
    server.stop()
    server.verify()
    server.start()
    with server.connect() as client:
        assert bin_ids(client) == [made["id"]]
        client.call("record.restore", type="customer", id=made["id"])
