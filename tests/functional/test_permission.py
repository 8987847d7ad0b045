"""What users may see and write, over the socket: roles with permissions, shares, `visible`, fields."""

import pytest

import packages
from client import RpcError

PASSWORD = "Kx7-trübe-Gasse"
OWN = {"owner": "$user"}
SERVER = {"configuration": {"packages": {"enable": []}}}


def allow(client, role, *rows):
    client.call("role.define", name=role, permissions=list(rows))


def row(type, *actions, **more):
    return {"type": type, "actions": list(actions or ["read", "create", "update", "delete"]), **more}


class People:
    """A server with 李静, 周强 (role sales) and 陈主管 (role supervisor), and connections as them."""

    def __init__(self, server, client):
        self.server, self.admin, self.open = server, client, []
        client.call("session.hello", client="test", errors="map", lang="en")
        for role in ("sales", "supervisor"):
            client.call("role.define", name=role)

    def add(self, name, *roles, **values):
        found = self.admin.call("record.find", type="user", where={"name": name})["items"]
        if not found:
            self.admin.call("user.create", user=name, password=PASSWORD, roles=list(roles))
            found = self.admin.call("record.find", type="user", where={"name": name})["items"]
        self.admin.call("record.update", type="user", id=found[0]["id"],
                        values={"roles": list(roles), **values})
        return self.become(name)

    def become(self, name):
        client = self.server.connect()
        self.open.append(client)
        client.call("session.become", user=name)
        client.call("session.hello", client="test", errors="map", lang="en")
        return client


@pytest.fixture(name="people")
def people_fixture(start_server):
    server = start_server(**SERVER)
    with server.connect() as client:
        made = People(server, client)
        yield made
        for each in made.open:
            each.close()


def refused(code, client, op, **params):
    with pytest.raises(RpcError) as caught:
        client.call(op, **params)
    assert caught.value.code == code, caught.value
    return caught.value


def add_customer(client, name, **values):
    return client.call("record.create", type="customer", values={"name": name, **values})["id"]


def names(client, **query):
    return [c["name"] for c in client.call("record.find", type="customer", **query)["items"]]


def test_own_customers_only(people):
    """ROL-04: lists, counts, groups, search, history, links, overview and events hold own customers."""
    allow(people.admin, "sales", row("customer", where=OWN))
    li = people.add("李静", "sales")
    mine = add_customer(people.admin, "王秀兰", owner="李静", phone="138-0000-1001")
    other = add_customer(people.admin, "赵建国", owner="周强", phone="138-0000-1002")
    people.admin.call("record.link", type="customer", id=mine, name="邻居", to_type="customer",
                      to_id=other)
    assert names(li) == ["王秀兰"]
    assert li.call("record.count", type="customer") == {"count": 1}
    assert li.call("record.count", type="customer", group="owner") == {
        "groups": [{"key": "李静", "count": 1}]}
    assert [hit["id"] for hit in li.call("record.search", text="138")["items"]] == [mine]
    assert li.call("record.links", type="customer", id=mine) == {"items": [], "next": None}
    assert li.call("customer.overview", id=mine)["customer"]["name"] == "王秀兰"
    same = refused("NOT_FOUND", li, "record.get", type="customer", id=other)
    none = refused("NOT_FOUND", li, "record.get", type="customer", id=other + 1)
    assert same.text.replace(str(other), "N") == none.text.replace(str(other + 1), "N")
    for op, params in (("record.history", {}), ("record.links", {}), ("record.delete", {}),
                       ("record.update", {"values": {"name": "x"}}), ("workflow.explain", {}),
                       ("record.merge", {"into": mine}), ("record.restore", {}),
                       ("record.share", {"user": "李静"})):
        refused("NOT_FOUND", li, op, type="customer", id=other, **params)
    refused("NOT_FOUND", li, "record.merge", type="customer", id=mine, into=other)
    refused("NOT_FOUND", li, "customer.overview", id=other)
    refused("NOT_FOUND", li, "record.link", type="customer", id=mine, name="亲属",
            to_type="customer", to_id=other)
    told = li.call("journal.read", limit=1000)["items"]
    changed = [(c["type"], c["id"]) for entry in told for c in entry["changes"]]
    assert ("customer", mine) in changed and ("customer", other) not in changed
    events = li.call("event.read", types=["customer"])["items"]
    assert [event["id"] for event in events] == [mine]


def test_pages_and_counts_are_of_what_is_seen(people):
    """What is hidden takes no place in a page, and the last page has no next."""
    allow(people.admin, "sales", row("customer", where=OWN))
    li = people.add("李静", "sales")
    for i in range(30):
        add_customer(people.admin, f"客户{i:02}", owner="李静" if i % 3 == 0 else "周强")
    seen, after, pages = [], None, 0
    while True:
        page = li.call("record.find", type="customer", limit=5, order=["-name"], after=after)
        seen += [c["name"] for c in page["items"]]
        pages, after = pages + 1, page["next"]
        if after is None:
            break
    assert seen == [f"客户{i:02}" for i in range(27, -1, -3)] and pages == 2
    assert li.call("record.count", type="customer", where={"owner": {"ne": "李静"}})["count"] == 0


def test_what_may_be_seen_but_not_written(people):
    """ROL-02: each action is asked for itself; visible but not writable is PERMISSION_DENIED."""
    allow(people.admin, "sales", row("customer", "read"), row("customer", "update", where=OWN),
          row("customer", "create", where={"owner": "$user"}))
    li = people.add("李静", "sales")
    mine, other = (add_customer(people.admin, n, owner=o)
                   for n, o in (("王秀兰", "李静"), ("赵建国", "周强")))
    assert len(names(li)) == 2
    li.call("record.update", type="customer", id=mine, values={"name": "王秀英"})
    refused("PERMISSION_DENIED", li, "record.update", type="customer", id=other, values={"name": "x"})
    refused("PERMISSION_DENIED", li, "record.delete", type="customer", id=mine)
    refused("PERMISSION_DENIED", li, "record.create", type="customer",
            values={"name": "孙梅", "owner": "周强"})
    add_customer(li, "孙梅", owner="李静")
    batch = [{"op": "record.update", "params": {"type": "customer", "id": mine, "values": {"name": "a"}}},
             {"op": "record.update", "params": {"type": "customer", "id": other, "values": {"name": "b"}}}]
    refused("PERMISSION_DENIED", li, "batch.run", calls=batch)
    assert people.admin.call("record.get", type="customer", id=mine)["name"] == "王秀英"
    refused("PERMISSION_DENIED", li, "record.update", type="customer", id=other,
            values={"name": "x"}, dry_run=True)


def test_roles_add_up(people):
    """What one role allows no other takes back; a role that says nothing of a type leaves it open."""
    allow(people.admin, "sales", row("customer", where=OWN))
    allow(people.admin, "supervisor", row("customer", "read", where={"region": {"under": "$region"}}))
    people.admin.call("role.define", name="open")
    here, there, mine = (add_customer(people.admin, n, region=r, owner=o) for n, r, o in (
        ("王秀兰", "山东/济南", "周强"), ("赵建国", "河南/郑州", "周强"), ("孙梅", "河南", "李静")))
    both = people.add("李静", "sales", "supervisor", region="山东")
    assert sorted(names(both)) == sorted(["王秀兰", "孙梅"])
    assert both.call("record.count", type="customer")["count"] == 2
    refused("PERMISSION_DENIED", both, "record.update", type="customer", id=here, values={"name": "x"})
    refused("NOT_FOUND", both, "record.get", type="customer", id=there)
    both.call("record.update", type="customer", id=mine, values={"name": "孙梅梅"})
    assert len(names(people.add("周强", "sales", "open"))) == 3
    nowhere = people.add("钱师傅", "supervisor")  # has no region: sees nothing, not those without one
    add_customer(people.admin, "无区")
    assert names(nowhere) == []


def test_rights_change_at_once(people):
    """ROL-02: a role that is defined anew, and a team that changes, serve from the next request on."""
    team = people.admin.call("record.create", type="team", values={"name": "一组"})["id"]
    people.admin.call("schema.define", type="customer", field={
        "name": "team", "kind": "reference", "to": "team", "index": True})
    add_customer(people.admin, "王秀兰", team=team)
    li = people.add("李静", "sales", team=team)
    assert len(names(li)) == 1
    allow(people.admin, "sales", row("customer", where={"team": "$team"}))
    assert len(names(li)) == 1
    people.add("李静", "sales", team=None)
    assert names(li) == []
    people.admin.call("role.define", name="sales", permissions=[])
    assert len(names(li)) == 1


def test_errors_tell_nothing_of_what_is_hidden(people):
    """DUPLICATE, REFERENCE_MISSING and REFERENCE_IN_USE have no content of hidden records."""
    allow(people.admin, "sales", row("customer", where=OWN), row("contact", where={"role": "open"}))
    li = people.add("李静", "sales")
    mine = add_customer(people.admin, "王秀兰", owner="李静")
    other = add_customer(people.admin, "赵建国", owner="周强", phone="138-0000-1002")
    twice = refused("DUPLICATE", li, "record.create", type="customer",
                    values={"name": "孙梅", "owner": "李静", "phone": "13800001002"})
    assert twice.data is None and str(other) not in twice.text and twice.field == "phone"
    found = refused("DUPLICATE", people.admin, "record.create", type="customer",
                    values={"name": "孙梅", "phone": "13800001002"})
    assert found.data == {"type": "customer", "id": other}
    for number in (other, other + 1):
        error = refused("REFERENCE_MISSING", li, "record.create", type="activity",
                        values={"customer": number})
        assert error.text.replace(str(number), "N") == (
            "customer refers to a customer that does not exist: N")
    people.admin.call("record.create", type="contact",
                      values={"customer": mine, "name": "王小明", "role": "closed"})
    used = refused("REFERENCE_IN_USE", li, "record.delete", type="customer", id=mine)
    assert "contact" not in used.text
    people.admin.call("record.create", type="contact",
                      values={"customer": mine, "name": "王大明", "role": "open"})
    used = refused("REFERENCE_IN_USE", li, "record.delete", type="customer", id=mine)
    assert "contact" in used.text


def test_sharing_one_record(people):
    """ROL-04: a record is shared for reading or writing, by whoever may change it, and taken back."""
    allow(people.admin, "sales", row("customer", where=OWN))
    li, zhou = people.add("李静", "sales"), people.add("周强", "sales")
    one = add_customer(people.admin, "王秀兰", owner="李静")
    add_customer(people.admin, "赵建国", owner="李静")
    refused("NOT_FOUND", zhou, "record.get", type="customer", id=one)
    refused("REFERENCE_MISSING", li, "record.share", type="customer", id=one, user="没有此人")
    share = li.call("record.share", type="customer", id=one, user="周强")
    assert (share["level"], share["record_id"]) == ("read", one)
    assert names(zhou) == ["王秀兰"] and zhou.call("record.count", type="customer")["count"] == 1
    refused("PERMISSION_DENIED", zhou, "record.update", type="customer", id=one, values={"name": "x"})
    refused("PERMISSION_DENIED", zhou, "record.share", type="customer", id=one, user="周强")
    li.call("record.share", type="customer", id=one, user="周强", level="write")
    zhou.call("record.update", type="customer", id=one, values={"name": "王秀英"})
    refused("PERMISSION_DENIED", zhou, "record.delete", type="customer", id=one)
    assert len(people.admin.call("record.find", type="share")["items"]) == 1
    assert len(zhou.call("record.find", type="share")["items"]) == 1
    li.call("record.unshare", type="customer", id=one, user="周强")
    assert names(zhou) == []
    refused("NOT_FOUND", li, "record.unshare", type="customer", id=one, user="周强")


def test_fields(people):
    """ROL-02: hidden, masked and read-only fields, on every path."""
    fields = {"phone": "masked", "debt": "hidden", "kind": "readonly"}
    people.admin.call("schema.define", type="customer", field={
        "name": "debt", "kind": "text", "search": True, "index": True})
    allow(people.admin, "sales", row("customer", fields=fields))
    li = people.add("李静", "sales")
    one = people.admin.call("record.create", type="customer", values={
        "name": "王秀兰", "phone": "138-0000-1001", "debt": "欠款", "kind": "person"})["id"]
    people.admin.call("record.update", type="customer", id=one, values={"debt": "已还清"})
    shown = li.call("record.get", type="customer", id=one)
    assert shown["phone"] == "138****1001" and "debt" not in shown and shown["kind"] == "person"
    everything = [li.call("record.find", type="customer")["items"],
                  li.call("record.history", type="customer", id=one),
                  li.call("customer.overview", id=one), li.call("event.read"),
                  li.call("journal.read", limit=1000), li.call("workflow.explain", type="customer", id=one),
                  li.call("record.update", type="customer", id=one, values={"name": "王秀英"}),
                  li.call("record.update", type="customer", id=one, values={"name": "王秀英"},
                          dry_run=True)]
    assert "欠款" not in str(everything) and "还清" not in str(everything)
    assert "0000" not in str(everything)
    for where in ({"debt": "欠款"}, {"any": [{"debt": {"is_null": True}}]}, {"phone": {"ends": "1001"}}):
        refused("INVALID_ARGUMENT", li, "record.find", type="customer", where=where)
        refused("INVALID_ARGUMENT", li, "record.count", type="customer", where=where)
        refused("INVALID_ARGUMENT", li, "event.read", types=["customer"], where=where)
    for name in ("debt", "phone"):
        refused("INVALID_ARGUMENT", li, "record.find", type="customer", order=[name])
        refused("INVALID_ARGUMENT", li, "record.count", type="customer", group=name)
    assert names(li, where={"phone": "13800001001"}) == ["王秀英"]
    assert li.call("record.search", text="1001")["items"] == []
    assert li.call("record.search", text="还清")["items"] == []
    assert people.admin.call("record.search", text="还清")["items"] != []
    for name, value in (("debt", "x"), ("phone", "1"), ("kind", "company")):
        error = refused("PERMISSION_DENIED", li, "record.update", type="customer", id=one,
                        values={name: value})
        assert error.field == name
        refused("PERMISSION_DENIED", li, "record.create", type="customer",
                values={"name": "孙梅", name: value})
    kept = people.admin.call("record.get", type="customer", id=one)
    assert (kept["phone"], kept["debt"], kept["name"]) == ("138-0000-1001", "已还清", "王秀英")


def test_permissions_that_do_not_fit(people):
    """A row that says something wrong is refused, naming the row and what is wrong in it."""
    for field, bad in (
            ("permissions[0].type", row("custmer")),
            ("permissions[0].actions", row("customer", "look")),
            ("permissions[0].actions", row("user", "update")),
            ("permissions[0].where.ownr", row("customer", where={"ownr": "x"})),
            ("permissions[0].where.owner", row("customer", where={"owner": "$me"})),
            ("permissions[0].fields", row("customer", fields={"nme": "hidden"})),
            ("permissions[0].fields", row("customer", fields={"id": "hidden"})),
            ("permissions[0].fields", row("customer", fields={"name": "secret"})),
            ("permissions[0].fields", row("customer", fields={"order_count": "masked"}))):
        error = refused("VALIDATION_FAILED", people.admin, "role.define", name="sales",
                        permissions=[bad])
        assert error.field == field, (bad, error)
    li = people.add("李静", "sales")
    refused("PERMISSION_DENIED", li, "role.define", name="sales", permissions=[])


def test_jobs_and_imports(people):
    """Jobs are seen by their owners; an import creates what its owner may create, and refers to what
    she sees."""
    allow(people.admin, "sales", row("customer", where=OWN))
    li, zhou = people.add("李静", "sales"), people.add("周强", "sales")
    hidden = add_customer(people.admin, "赵建国", owner="周强")
    job = li.call("import.start", type="activity", format="csv")["id"]
    text = f"customer,content\n{hidden},a\n赵建国,b\n".encode()
    li.call("import.data", id=job, offset=0, data=text, last=True)
    status = li.call("import.status", id=job)
    assert status["created"] == 0 and status["failed"] == 2, status
    refused("NOT_FOUND", zhou, "import.status", id=job)
    refused("NOT_FOUND", zhou, "job.get", id=job)
    assert zhou.call("job.list")["items"] == [] and len(li.call("job.list")["items"]) == 1
    job = li.call("import.start", type="customer", format="csv")["id"]
    li.call("import.data", id=job, offset=0, data="name,owner\n甲,李静\n乙,周强\n".encode(), last=True)
    status = li.call("import.status", id=job)
    assert (status["created"], status["failed"]) == (1, 1)


def test_subscriptions(people):
    """Events of what may not be seen do not come; the entries' numbers have gaps instead."""
    allow(people.admin, "sales", row("customer", where=OWN))
    li = people.add("李静", "sales")
    li.call("event.subscribe", types=["customer"])
    add_customer(people.admin, "赵建国", owner="周强")
    mine = add_customer(people.admin, "王秀兰", owner="李静")
    while not li.notifications:
        li.read_messages()
    method, params = li.notifications[0]
    assert method == "event" and params[0]["id"] == mine and params[0]["count"] == 1


def test_explain(people):
    """ROL-02: which rule lets a user see a record or hides it, in both languages."""
    allow(people.admin, "sales", row("task"), row("customer", "read", "update", where=OWN))
    li = people.add("李静", "sales")
    mine, other = (add_customer(people.admin, n, owner=o)
                   for n, o in (("王秀兰", "李静"), ("赵建国", "周强")))

    def explain(number, **params):
        told = people.admin.call("permission.explain", **{"type": "customer", "id": number,
                                                          "user": "李静", **params})
        return {action["action"]: action for action in told["actions"]}

    read = explain(mine)["read"]
    assert read["allowed"] and read["reasons"] == [{
        "ground": "row", "holds": True, "text": "this row of the role allows it", "role": "sales",
        "number": 1, "where": OWN}]
    assert explain(mine)["update"]["allowed"] and not explain(mine)["delete"]["allowed"]
    assert explain(mine)["delete"]["reasons"] == [{
        "ground": "action", "holds": False, "text": "no row of the role for this type is for this action",
        "role": "sales"}]
    hidden = explain(other)["read"]
    assert not hidden["allowed"] and [r["holds"] for r in hidden["reasons"]] == [False]
    people.admin.call("record.share", type="customer", id=other, user="李静")
    shared = explain(other)
    assert shared["read"]["allowed"] and not shared["update"]["allowed"]
    assert [(r["ground"], r["holds"]) for r in shared["read"]["reasons"]] == [
        ("row", False), ("share", True)]
    people.admin.call("session.hello", lang="zh-CN")
    assert explain(mine)["read"]["reasons"][0]["text"] == "该角色的这一条权限允许"
    people.add("李静", "sales", "administrator")
    assert explain(other)["delete"]["allowed"] and explain(other)["delete"]["administrator"]
    refused("NOT_FOUND", people.admin, "permission.explain", type="customer", id=mine, user="没有此人")
    refused("PERMISSION_DENIED", people.add("周强", "sales"), "permission.explain", type="customer",
            id=mine, user="李静")
    assert li is not None


def test_packages_have_the_callers_rights(start_server, tmp_path):
    """An op of a package sees and writes what its caller may; own_rights gives it its own."""
    for name, own in (("modest", ""), ("mighty", 'own_rights = { "ops" },')):
        packages.write(tmp_path, **{f"{name}__init": f"""
return crm.package {{
  name = "{name}", version = "1.0.0", {own}
  ops = {{ ["{name}.report"] = {{
    doc = "Names.", params = {{}},
    run = function(ctx)
      local names = {{}}
      for i, one in ipairs((ctx:find("customer", {{ order = "name" }}))) do names[i] = one.name end
      return {{ names = names, count = ctx:count("customer") }}
    end,
  }}, ["{name}.rename"] = {{
    write = true, doc = "Renames.", params = {{ {{ name = "id", kind = "integer", required = true }} }},
    run = function(ctx, params) ctx:update("customer", params.id, {{ name = "改名" }}) return {{}} end,
  }} }},
}}"""})
    server = start_server(configuration={"packages": {"enable": ["modest", "mighty"]}},
                          arguments=["--packages", str(tmp_path)])
    with server.connect() as client:
        people = People(server, client)
        allow(client, "sales", row("customer", "read", where=OWN))
        li = people.add("李静", "sales")
        mine, other = (add_customer(client, n, owner=o) for n, o in (("甲", "李静"), ("乙", "周强")))
        assert li.call("modest.report") == {"names": ["甲"], "count": 1}
        assert li.call("mighty.report") == {"names": ["乙", "甲"], "count": 2}
        refused("NOT_FOUND", li, "modest.rename", id=other)
        refused("PERMISSION_DENIED", li, "modest.rename", id=mine)
        li.call("mighty.rename", id=other)
        told = {p["name"]: p["own_rights"] for p in client.call("package.list")["items"]}
        assert told["modest"] == [] and told["mighty"] == ["ops"]
        for each in people.open:
            each.close()


@pytest.mark.parametrize("shares", [9, 10, 11])
def test_so_many_records_are_shared_with_one_user(start_server, shares):
    """limits.shares = 10; one that is shared already may still get another level (ROL-04)."""
    server = start_server(configuration={"packages": {"enable": []}, "limits": {"shares": 10}})
    with server.connect() as client:
        client.call("session.hello", client="test", errors="map", lang="en")
        client.call("user.create", user="周强", password=PASSWORD, roles=[])
        ids = [add_customer(client, f"客户{i}") for i in range(shares)]
        for id in ids[:10]:
            client.call("record.share", type="customer", id=id, user="周强")
        if shares > 10:
            error = refused("TOO_LARGE", client, "record.share", type="customer", id=ids[10], user="周强")
            assert "limits.shares" in error.text
            client.call("record.unshare", type="customer", id=ids[0], user="周强")
            client.call("record.share", type="customer", id=ids[10], user="周强")
        client.call("record.share", type="customer", id=ids[-1], user="周强", level="write")
        assert client.call("record.count", type="share")["count"] == min(shares, 10)
