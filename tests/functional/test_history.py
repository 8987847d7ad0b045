"""record.history: what a record was, from the journal (ARC-16)."""

import pytest

from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY, "test_clock": "2026-03-07T10:00:00+08:00"}


def history(client, number, **params):
    return client.call("record.history", type="customer", id=number, **params)


@pytest.fixture
def customer(client):
    return client.call("record.create", type="customer", values={"name": "王秀兰", "owner": "李静"})["id"]


def test_each_change_tells_what_was_and_what_is(client, customer):
    client.call("record.update", type="customer", id=customer,
                values={"owner": "陈强", "note": "爱喝茶"})
    client.call("record.update", type="customer", id=customer, values={"note": None})
    client.call("record.delete", type="customer", id=customer)
    client.call("record.restore", type="customer", id=customer)
    items = history(client, customer)["items"]
    assert [item["op"] for item in items] == [
        "record.restore", "record.delete", "record.update", "record.update", "record.create"]
    assert [item["version"] for item in items] == [5, 4, 3, 2, 1]
    assert items[2]["before"] == {"note": "爱喝茶"} and items[2]["after"] == {}
    assert items[3]["before"] == {"owner": "李静"}
    assert items[3]["after"] == {"owner": "陈强", "note": "爱喝茶"}
    made = items[4]
    assert made["before"] == {} and made["after"]["name"] == "王秀兰"
    assert "version" not in made["after"] and "updated_at" not in made["after"]
    assert set(items[1]["after"]) == {"deleted_at", "deleted_by"}
    assert set(items[0]["before"]) == {"deleted_at", "deleted_by"}
    assert all(item["actor"] and item["at"] > 0 for item in items)
    numbers = [item["seq"] for item in items]
    assert numbers == sorted(numbers, reverse=True)


def test_pages_go_back_in_time(client, customer):
    for i in range(9):
        client.call("record.update", type="customer", id=customer, values={"note": f"第{i}次"})
    whole = history(client, customer)
    assert whole["next"] is None and len(whole["items"]) == 10
    seen, after = [], None
    while True:
        more = {} if after is None else {"after": after}
        page = history(client, customer, limit=3, **more)
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert seen == whole["items"]
    assert history(client, customer, limit=10)["next"] is None


def test_deleted_records_have_a_history(client, customer):
    client.call("record.delete", type="customer", id=customer)
    assert [item["op"] for item in history(client, customer)["items"]] == [
        "record.delete", "record.create"]


def test_merged_records_have_their_own(client, customer):
    other = client.call("record.create", type="customer", values={"name": "王秀蓝"})["id"]
    client.call("record.merge", type="customer", id=other, into=customer)
    first = history(client, other)["items"][0]
    assert first["op"] == "record.merge" and first["after"] == {"merged_into": customer}
    assert history(client, other)["items"][1]["after"]["name"] == "王秀蓝"
    assert history(client, customer)["items"][0]["after"] == {"merged": [other]}


def test_what_is_refused(client, customer):
    client.call("record.create", type="customer", values={"name": "别人"})
    last = client.call("journal.read", after=0, limit=10_000)["items"][-1]["seq"]
    for params, code in (({"id": 999_999}, "NOT_FOUND"), ({"after": last}, "INVALID_ARGUMENT"),
                         ({"after": 10**9}, "INVALID_ARGUMENT"), ({"after": 0}, "INVALID_ARGUMENT"),
                         ({"limit": 0}, "INVALID_ARGUMENT"), ({"limit": 501}, "INVALID_ARGUMENT")):
        params = {"type": "customer", "id": customer, **params}
        assert client.error("record.history", **params).code == code
    assert history(client, customer, limit=500)["items"]
    assert client.error("record.history", type="credential", id=1).code == "INVALID_ARGUMENT"
