"""Kinds of fields over the socket: paths of regions, lunar birthdays, decimal numbers, durations, files."""

import pytest

from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}
HASH = "0123456789abcdef" * 4


def create(client, name, **values):
    return client.call("record.create", type="customer", values={"name": name, **values})


def names(client, **params):
    return [item["name"] for item in client.call("record.find", type="customer", **params)["items"]]


def test_a_region_holds_what_lies_in_it(client):
    """SEG-03"""
    places = {"王秀兰": "国内/山东/济南", "刘建国": "国内／山东／青岛", "孙立伟": "国内/山东",
              "田中": "国外/日本", "周强": "山东/济南", "赵敏": "国内/山东省"}
    for name, region in places.items():
        create(client, name, region=region)
    create(client, "无地区")
    under = lambda path: set(names(client, where={"region": {"under": path}}))  # noqa: E731
    assert under("山东") == {"王秀兰", "刘建国", "孙立伟", "周强"}
    assert under("济南") == {"王秀兰", "周强"}
    assert under("国内/山东") == {"王秀兰", "刘建国", "孙立伟"}
    assert under("国内") == {"王秀兰", "刘建国", "孙立伟", "赵敏"}
    assert under("国内/济南") == set()
    assert names(client, where={"region": "国内/山东"}) == ["孙立伟"]
    count = client.call("record.count", type="customer", where={"region": {"under": "山东"}})
    assert count["count"] == 4
    plan = client.call("record.find", type="customer", where={"region": {"under": "山东"}}, explain=True)
    assert "region" in str(plan)


def test_a_move_is_found_at_once(client):
    moved = create(client, "搬家的客户", region="国内/河北/石家庄")
    assert names(client, where={"region": {"under": "河北"}}) == ["搬家的客户"]
    client.call("record.update", type="customer", id=moved["id"], values={"region": "国内/山西/太原"})
    assert names(client, where={"region": {"under": "河北"}}) == []
    assert names(client, where={"region": {"under": "山西"}}) == ["搬家的客户"]


def test_a_lunar_birthday_is_kept_in_one_form(client):
    made = create(client, "闰六月生", lunar_birthday="一九八七年闰六月十五")
    assert made["lunar_birthday"] == "1987-06L-15"
    kept = client.call("calendar.birthday", lunar=made["lunar_birthday"], after="2025-01-01")
    assert kept["date"] == "2025-08-08"
    client.call("session.hello", errors="map")
    error = client.error("record.update", type="customer", id=made["id"],
                         values={"lunar_birthday": "1988-06L-15"})
    assert (error.code, error.field) == ("VALIDATION_FAILED", "lunar_birthday")


@pytest.mark.parametrize("path", ["", "/国内", "国内/", "国内//济南", "1/2/3/4/5/6/7/8/9", "长" * 54])
def test_wrong_paths_are_refused(client, path):
    client.call("session.hello", errors="map")
    error = client.error("record.create", type="customer", values={"name": "x", "region": path})
    assert (error.code, error.field) == ("VALIDATION_FAILED", "region")


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ({"name": "dose", "kind": "decimal"}, "１２.50", "12.5"),
        ({"name": "rate", "kind": "decimal"}, 3, "3"),
        ({"name": "patience", "kind": "duration"}, 5_400_000, 5_400_000),
        ({"name": "wedding", "kind": "lunar_date"}, "2025年闰6月15", "2025-06L-15"),
        ({"name": "category", "kind": "tree"}, "门店 / 直营", "门店/直营"),
        ({"name": "licence", "kind": "file"},
         {"media": "image/jpeg", "name": "执照.jpg", "size": 20480, "sha256": HASH},
         {"sha256": HASH, "size": 20480, "name": "执照.jpg", "media": "image/jpeg"}),
    ],
)
def test_businesses_define_fields_of_these_kinds(client, field, given, kept):
    client.call("schema.define", type="customer", field=field)
    made = create(client, f"有 {field['name']} 的客户", **{field["name"]: given})
    assert made[field["name"]] == kept
    again = client.call("record.get", type="customer", id=made["id"])
    assert again[field["name"]] == kept
