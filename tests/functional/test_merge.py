"""Merging records that turned out to be one, and taking it back (ARC-13)."""

import random

import pytest

from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}
TYPES = ("customer", "contact", "order", "task", "activity", "product")


@pytest.fixture
def customer(client):
    def make(name="王秀兰", **values):
        return client.call("record.create", type="customer", values={"name": name, **values})["id"]

    return make


@pytest.fixture
def tea(client):
    return client.call("record.create", type="product", values={"name": "灵芝茶", "price": 100})["id"]


def order(client, buyer, product, day, quantity=1):
    return client.call("order.create", customer=buyer, ordered_on=day,
                       lines=[{"product": product, "quantity": quantity}])["id"]


def merge(client, goes, stays):
    return client.call("record.merge", type="customer", id=goes, into=stays)


def unmerge(client, goes, **params):
    return client.call("record.unmerge", type="customer", id=goes, **params)


def get(client, number, kind="customer"):
    return client.call("record.get", type=kind, id=number)


def find(client, kind, **params):
    ids, after = [], None
    while True:
        more = {} if after is None else {"after": after}
        page = client.call("record.find", type=kind, **params, **more)
        ids += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            return ids


def export(client):
    """Every record, and what the bin holds."""
    return {(kind, deleted): client.call("record.find", type=kind, deleted=deleted, limit=500,
                                         order=["id"])["items"]
            for kind in TYPES for deleted in (False, True)}


def totals(record):
    return record["order_count"], record["order_total"], record.get("last_order_on")


def test_the_number_of_the_one_that_went_means_the_survivor(client, customer):
    stays, goes = customer("王秀兰"), customer("王秀蓝")
    survivor = merge(client, goes, stays)
    assert survivor["id"] == stays and survivor["merged"] == [goes] and survivor["version"] == 1
    assert get(client, goes) == survivor
    assert client.call("customer.overview", id=goes)["customer"] == survivor
    assert find(client, "customer", where={"id": goes}) == [stays]
    assert find(client, "customer", where={"id": {"in": [goes, stays]}}) == [stays]
    assert find(client, "customer", where={"name": "王秀蓝"}) == []
    assert goes not in find(client, "customer", where={"id": {"ge": stays}})
    changed = client.call("record.update", type="customer", id=goes, values={"note": "同一人"})
    assert changed["id"] == stays and get(client, stays)["note"] == "同一人"


def test_counts_leave_out_who_went(client, customer):
    before = client.call("record.count", type="customer", where={"owner": "赵磊"})["count"]
    stays, goes = customer(owner="赵磊"), customer(owner="赵磊")
    merge(client, goes, stays)
    assert client.call("record.count", type="customer", where={"owner": "赵磊"})["count"] == before + 1
    groups = client.call("record.count", type="customer", where={"owner": "赵磊"}, group="owner")
    assert groups["groups"] == [{"key": "赵磊", "count": before + 1}]


def test_references_mean_the_whole_alias_set(client, customer, tea):
    stays, goes, other = customer(), customer(), customer()
    days = ["2026-01-05", "2026-01-03", "2026-01-09", "2026-01-03", "2026-01-07"]
    made = [order(client, buyer, tea, day)
            for buyer, day in zip((stays, goes, stays, goes, other), days)]
    assert client.call("record.get", type="order", id=made[1])["customer"] == goes
    merge(client, goes, stays)
    assert client.call("record.get", type="order", id=made[1])["customer"] == goes
    for number in (stays, goes):
        for limit in (1, 2, 50):
            assert find(client, "order", where={"customer": number}, order=["ordered_on"],
                        limit=limit) == [made[1], made[3], made[0], made[2]]
            assert find(client, "order", where={"customer": number}, order=["-ordered_on", "id"],
                        limit=limit) == [made[2], made[0], made[1], made[3]]
        assert client.call("record.count", type="order", where={"customer": number})["count"] == 4
        assert find(client, "order", where={"customer": {"in": [number, other]}}) == made
    plan = client.call("record.find", type="order", where={"customer": goes}, order=["ordered_on"],
                       explain=True)
    assert plan == {"index": "customer_date", "equal": ["customer"], "ranges": 2, "range": False,
                    "sorted": False, "filter": False, "covering": False}
    ours = {"id": {"in": made}}
    assert find(client, "order", where={**ours, "customer": {"ne": stays}}) == [made[4]]
    assert client.call("record.count", type="order", where=ours, group="customer") == {
        "groups": [{"key": stays, "count": 4}, {"key": other, "count": 1}]}
    unmerge(client, goes)
    assert find(client, "order", where={"customer": stays}) == [made[0], made[2]]
    assert find(client, "order", where={"customer": goes}) == [made[1], made[3]]


def test_totals_are_the_survivors_and_return(client, customer, tea):
    stays, goes = customer(), customer()
    order(client, stays, tea, "2026-02-01", 1)
    old = order(client, goes, tea, "2026-03-01", 5)
    merge(client, goes, stays)
    assert totals(get(client, stays)) == (2, 600, "2026-03-01")
    by_old_number = order(client, goes, tea, "2026-03-04", 2)
    order(client, stays, tea, "2026-03-03", 3)
    assert totals(get(client, stays)) == (4, 1100, "2026-03-04")
    client.call("order.cancel", id=old)
    assert totals(get(client, stays)) == (3, 600, "2026-03-04")
    unmerge(client, goes)
    assert totals(get(client, stays)) == (2, 400, "2026-03-03")
    assert totals(get(client, goes)) == (1, 200, "2026-03-04")
    client.call("record.delete", type="order", id=by_old_number)
    assert totals(get(client, goes)) == (0, 0, None)


def test_unique_values_stay_taken_and_name_the_survivor(client, customer):
    stays, goes = customer(phone="13900010001"), customer(phone="13900010002")
    merge(client, goes, stays)
    error = client.error("record.create", type="customer",
                         values={"name": "李强", "phone": "139 0001 0002"})
    assert error.code == "DUPLICATE" and f"{stays}" in error.text
    with pytest.raises(Exception, match="DUPLICATE"):
        client.call("record.update", type="customer", id=stays, values={"phone": "13900010002"})
    client.call("record.delete", type="customer", id=stays)
    taker = customer("李强", phone="13900010002")
    error = client.error("record.restore", type="customer", id=stays)
    assert error.code == "DUPLICATE" and f"{taker}" in error.text
    assert client.error("record.get", type="customer", id=goes).code == "NOT_FOUND"
    assert client.error("record.restore", type="customer", id=goes).code == "NOT_FOUND"
    client.call("record.delete", type="customer", id=taker)
    client.call("record.restore", type="customer", id=stays)
    assert get(client, goes)["id"] == stays
    unmerge(client, goes)
    assert find(client, "customer", where={"phone": "13900010002"}) == [goes]


def test_chains_and_circles(client, customer):
    a, b, c = customer(), customer(), customer()
    merge(client, a, b)
    merge(client, b, c)
    assert get(client, a)["id"] == get(client, b)["id"] == c
    for goes, stays in ((c, a), (c, b), (c, c), (a, c)):
        assert client.error("record.merge", type="customer", id=goes,
                            into=stays).code == "INVALID_ARGUMENT"
    survivor = unmerge(client, b)
    assert survivor["id"] == c and "merged" not in survivor
    assert get(client, a)["id"] == b and get(client, b)["merged"] == [a]
    d = customer()
    assert merge(client, d, a)["id"] == b
    assert get(client, b)["merged"] == [a, d]


def test_what_is_refused(client, customer):
    one, other = customer(), customer()
    assert client.error("record.merge", type="customer", id=one, into=999_999).code == "NOT_FOUND"
    assert client.error("record.merge", type="customer", id=999_999, into=one).code == "NOT_FOUND"
    assert client.error("record.merge", type="user", id=1, into=2).code == "INVALID_ARGUMENT"
    assert client.error("record.unmerge", type="customer", id=one).code == "INVALID_ARGUMENT"
    merge(client, one, other)
    error = client.error("record.unmerge", type="customer", id=one, into=999_999)
    assert error.code == "INVALID_ARGUMENT"
    assert unmerge(client, one, into=other)["id"] == other


def test_references_keep_a_survivor_and_come_back_whole(client, customer, tea):
    stays, goes = customer(), customer()
    order(client, goes, tea, "2026-03-02")
    merge(client, goes, stays)
    assert client.error("record.delete", type="customer", id=stays).code == "REFERENCE_IN_USE"
    parent = customer("益寿堂")
    child = customer("王芳", parent=parent)
    merge(client, child, stays)
    client.call("record.delete", type="customer", id=parent)
    assert client.error("record.unmerge", type="customer", id=child).code == "REFERENCE_MISSING"
    client.call("record.restore", type="customer", id=parent)
    unmerge(client, child)
    assert get(client, child)["parent"] == parent


def test_merge_then_unmerge_leaves_an_export_equal(client, customer, tea):
    chance = random.Random(20260307)
    ids = [customer(phone=f"1371000{i:04}") if i % 2 else customer() for i in range(12)]
    for _ in range(40):
        made = order(client, chance.choice(ids), tea, f"2026-0{chance.randint(1, 9)}-11",
                     chance.randint(1, 9))
        if chance.random() < 0.2:
            client.call("order.cancel", id=made)
    for _ in range(8):
        client.call("record.create", type="task", values={
            "title": "回访", "customer": chance.choice(ids), "due_on": "2026-12-01"})
    for _ in range(6):
        before = export(client)
        went = []
        for _ in range(chance.randint(1, 5)):
            goes, stays = chance.sample(ids, 2)
            if goes in went or get(client, stays)["id"] == goes:
                continue
            merge(client, goes, stays)
            went.append(goes)
        assert export(client) != before
        for goes in chance.sample(went, len(went)):
            unmerge(client, goes)
        assert export(client) == before


def test_tasks_and_orders_can_be_merged_too(client, customer, tea):
    buyer = customer()
    one, other = order(client, buyer, tea, "2026-03-01", 3), order(client, buyer, tea, "2026-03-02")
    before = export(client)
    client.call("record.merge", type="order", id=other, into=one)
    assert totals(get(client, buyer)) == (1, 300, "2026-03-01")
    client.call("record.unmerge", type="order", id=other)
    assert export(client) == before


def test_purging_a_survivor_takes_along_who_was_merged_into_it(client, customer):
    stays, goes = customer(), customer(phone="13900020001")
    merge(client, goes, stays)
    client.call("record.delete", type="customer", id=stays)
    client.call("record.purge", type="customer", id=stays)
    for number in (stays, goes):
        assert client.error("record.history", type="customer", id=number).code == "NOT_FOUND"
    assert customer(phone="13900020001") > goes
