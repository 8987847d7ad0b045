"""Links between records: both directions, merges, deletes, paging (ARC-10)."""

import pytest

from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}


@pytest.fixture
def people(client):
    def make(count):
        return [client.call("record.create", type="customer", values={"name": f"客户{i}"})["id"]
                for i in range(count)]

    return make


def link(client, one, name, other, op="record.link", to_type="customer"):
    return client.call(op, type="customer", id=one, name=name, to_type=to_type, to_id=other)


def links(client, number, **params):
    page = client.call("record.links", type="customer", id=number, **params)
    return [(item["name"], item["direction"], item["id"]) for item in page["items"]]


def test_both_ends_list_a_link(client, people):
    mother, daughter = people(2)
    made = link(client, mother, "女儿", daughter)
    assert made == {"type": "customer", "id": mother, "name": "女儿", "to_type": "customer",
                    "to_id": daughter}
    assert links(client, mother) == [("女儿", "out", daughter)]
    assert links(client, daughter) == [("女儿", "in", mother)]
    item = client.call("record.links", type="customer", id=mother)["items"][0]
    assert item["type"] == "customer" and item["title"] == "客户1"


def test_linking_twice_changes_nothing(client, people):
    one, other = people(2)
    before = link(client, one, "朋友", other)
    entries = client.call("journal.read", after=0, limit=10_000)["items"][-1]["seq"]
    assert link(client, one, "朋友", other) == before
    assert client.call("journal.read", after=0, limit=10_000)["items"][-1]["seq"] == entries
    assert links(client, one) == [("朋友", "out", other)]


def test_names_and_directions_are_links_of_their_own(client, people):
    one, other = people(2)
    link(client, one, "朋友", other)
    link(client, other, "朋友", one)
    link(client, one, "同事", other)
    assert links(client, one) == [("同事", "out", other), ("朋友", "in", other),
                                  ("朋友", "out", other)]
    assert links(client, one, name="朋友") == [("朋友", "in", other), ("朋友", "out", other)]
    link(client, one, "朋友", other, op="record.unlink")
    assert links(client, one, name="朋友") == [("朋友", "in", other)]
    assert links(client, other, name="朋友") == [("朋友", "out", one)]


def test_links_between_types(client, people):
    (one,) = people(1)
    tea = client.call("record.create", type="product", values={"name": "灵芝茶"})["id"]
    link(client, one, "喜欢", tea, to_type="product")
    back = client.call("record.links", type="product", id=tea)["items"]
    assert [(item["type"], item["id"], item["title"]) for item in back] == [
        ("customer", one, "客户0")]


def test_what_is_refused(client, people):
    one, other = people(2)
    ends = {"type": "customer", "id": one, "name": "朋友", "to_type": "customer"}
    assert client.error("record.link", **ends, to_id=999_999).code == "NOT_FOUND"
    assert client.error("record.link", **{**ends, "id": 999_999}, to_id=one).code == "NOT_FOUND"
    assert client.error("record.link", **ends, to_id=one).code == "INVALID_ARGUMENT"
    assert client.error("record.unlink", **ends, to_id=other).code == "NOT_FOUND"
    assert client.error("record.link", **{**ends, "to_type": "credential"},
                        to_id=1).code == "INVALID_ARGUMENT"
    assert client.error("record.links", type="customer", id=999_999).code == "NOT_FOUND"
    for name, fits in (("", False), ("友", True), ("a" * 64, True), ("a" * 65, False)):
        params = {**ends, "name": name, "to_id": other}
        if fits:
            client.call("record.link", **params)
        else:
            assert client.error("record.link", **params).code == "INVALID_ARGUMENT"


def test_deleted_ends_are_left_out_and_come_back(client, people):
    one, other = people(2)
    link(client, one, "朋友", other)
    client.call("record.delete", type="customer", id=other)
    assert links(client, one) == []
    client.call("record.restore", type="customer", id=other)
    assert links(client, one) == [("朋友", "out", other)]
    client.call("record.delete", type="customer", id=other)
    client.call("record.purge", type="customer", id=other)
    assert links(client, one) == []


def test_pages_follow_one_another(client, people):
    hub, *others = people(12)
    for other in others:
        link(client, hub, "介绍", other)
    seen, after = [], None
    while True:
        more = {} if after is None else {"after": after}
        page = client.call("record.links", type="customer", id=hub, limit=4, **more)
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
        assert len(page["items"]) == 4
    assert seen == others
    for cursor in ("x", "00", "ff" * 4000):
        assert client.error("record.links", type="customer", id=hub,
                            after=cursor).code == "INVALID_ARGUMENT"


def test_a_survivor_has_the_links_of_all_of_its_numbers_once(client, people):
    friend, stays, goes, other = people(4)
    link(client, friend, "朋友", stays)
    link(client, friend, "朋友", goes)
    link(client, goes, "同事", other)
    link(client, goes, "重复", stays)
    client.call("record.merge", type="customer", id=goes, into=stays)
    assert links(client, friend) == [("朋友", "out", stays)]
    assert links(client, stays) == [("朋友", "in", friend), ("同事", "out", other)]
    assert links(client, goes) == links(client, stays)
    assert links(client, other) == [("同事", "in", stays)]
    assert client.call("record.links", type="customer", id=friend)["items"][0]["title"] == "客户1"
    link(client, friend, "朋友", goes, op="record.unlink")
    assert links(client, friend) == []
    client.call("record.unmerge", type="customer", id=goes)
    assert links(client, goes) == [("同事", "out", other), ("重复", "out", stays)]
