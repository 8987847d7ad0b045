"""Service tokens: what programs log in with (auth.token), scoped, expiring, revocable; roles and teams."""

import pytest

from client import Client, RpcError
from server import CORE_ONLY

DAY = 24 * 3600 * 1000


@pytest.fixture
def server(start_server):
    return start_server(configuration=CORE_ONLY, test_clock="2026-03-01T09:00:00+08:00")


@pytest.fixture
def staff(server):
    client = server.connect()
    client.call("user.create", user="同步", password="jinan2026", roles=["staff"])
    client.call("record.create", type="customer", values={"name": "王秀兰"})
    yield client
    client.close()


def token(client, **scope):
    return client.call("token.create", name="网店同步", user="同步", **scope)


def logged_in(server, secret):
    session = Client.tcp(server.tcp)
    session.call("auth.token", token=secret)
    return session


def test_a_token_acts_as_its_user(server, staff):
    made = token(staff)
    assert made["secret"].startswith("haoke_") and len(made["secret"]) == 6 + 64
    with logged_in(server, made["secret"]) as session:
        assert session.call("session.whoami")["user"] == "同步"
        assert session.call("record.count", type="customer")["count"] == 1
        created = session.call("record.create", type="customer", values={"name": "刘洋"})
        assert created["created_by"] == "同步"
        assert session.error("token.list").code == "PERMISSION_DENIED"
    listed = staff.call("token.list")["items"]
    assert [item["name"] for item in listed] == ["网店同步"]
    assert "secret" not in listed[0]


def test_secrets_are_kept_nowhere(server, staff):
    made = token(staff, idempotency_key="k1")
    again = token(staff, idempotency_key="k1")
    assert again["id"] == made["id"] and "secret" not in again
    assert staff.error("record.find", type="token_secret").code == "INVALID_ARGUMENT"
    staff.call("user.create", user="王芳", password="paswort-unvergessen", roles=["staff"],
               idempotency_key="k2")
    server.stop()
    for path in server.data.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert made["secret"].encode() not in data, path
            assert b"paswort-unvergessen" not in data, path
    server.start()
    with logged_in(server, made["secret"]) as session:
        assert session.call("session.whoami")["user"] == "同步"


def test_ops_limit_it(server, staff):
    made = token(staff, ops=["record.get", "task.*"])
    with logged_in(server, made["secret"]) as session:
        assert session.call("record.get", type="customer", id=1)["name"] == "王秀兰"
        session.call("task.list")
        session.call("server.ping")
        for op, params in (
            ("record.find", {"type": "customer"}),
            ("record.create", {"type": "customer", "values": {"name": "刘洋"}}),
            ("batch.run", {"calls": [{"op": "record.find", "params": {"type": "customer"}}]}),
            ("session.become", {"user": "同步"}),
        ):
            assert session.error(op, **params).code == "PERMISSION_DENIED", op


def test_a_batch_is_no_way_around(server, staff):
    made = token(staff, ops=["batch.run", "record.get"])
    with logged_in(server, made["secret"]) as session:
        get = {"op": "record.get", "params": {"type": "customer", "id": 1}}
        find = {"op": "record.find", "params": {"type": "customer"}}
        assert session.call("batch.run", calls=[get])["results"][0]["id"] == 1
        assert session.error("batch.run", calls=[get, find]).code == "PERMISSION_DENIED"


def test_types_limit_it(server, staff):
    made = token(staff, types=["customer"])
    with logged_in(server, made["secret"]) as session:
        assert session.call("record.find", type="customer")["items"][0]["name"] == "王秀兰"
        for op, params in (
            ("record.find", {"type": "product"}),
            ("record.create", {"type": "product", "values": {"name": "鱼油"}}),
            ("customer.overview", {"id": 1}),
            ("record.search", {"text": "王"}),
            ("journal.read", {"after": 0, "limit": 10}),
            ("export.read", {}),
            ("import.start", {"type": "customer", "format": "csv"}),
            ("event.subscribe", {}),
        ):
            assert session.error(op, **params).code == "PERMISSION_DENIED", op


def test_types_hold_for_ops_that_are_named(server, staff):
    made = token(staff, types=["customer"], ops=["export.read", "record.search", "import.start"])
    staff.call("record.create", type="product", values={"name": "王牌鱼油"})
    with logged_in(server, made["secret"]) as session:
        assert session.error("export.read", type="product").code == "PERMISSION_DENIED"
        assert session.error("import.start", type="customer").code == "PERMISSION_DENIED"
        found = session.call("record.search", text="王")["items"]
        assert {item["type"] for item in found} == {"customer"}
        assert session.error("export.read").code == "PERMISSION_DENIED"
        assert session.call("export.read", type="customer")["data"]


def test_becoming_somebody_keeps_the_scope(server, staff):
    staff.call("user.create", user="陈主管", password="jinan2026", roles=["administrator"])
    made = staff.call("token.create", name="巡检", user="陈主管",
                      ops=["session.become", "record.get"])
    with logged_in(server, made["secret"]) as session:
        session.call("session.become", user="同步")
        assert session.call("record.get", type="customer", id=1)["id"] == 1
        assert session.error("record.find", type="customer").code == "PERMISSION_DENIED"


def test_revoked_and_expired_tokens_are_out_at_once(server, staff):
    now = staff.call("clock.get")["now"]
    revoked = token(staff)
    expiring = token(staff, expires_at=now + DAY)
    with logged_in(server, revoked["secret"]) as one, logged_in(server, expiring["secret"]) as two:
        staff.call("token.revoke", id=revoked["id"])
        assert one.error("record.find", type="customer").code == "UNAUTHENTICATED"
        assert one.error("auth.token", token=revoked["secret"]).code == "UNAUTHENTICATED"
        staff.call("clock.set", now=now + DAY - 1)
        assert two.call("record.count", type="customer")["count"] == 1
        staff.call("clock.set", now=now + DAY)
        assert two.error("record.count", type="customer").code == "UNAUTHENTICATED"
        assert two.error("auth.token", token=expiring["secret"]).code == "UNAUTHENTICATED"
        assert staff.error("record.update", type="token", id=revoked["id"],
                           values={"revoked_at": None}).code == "VALIDATION_FAILED"


def test_without_its_user_a_token_is_nothing(server, staff):
    made = token(staff)
    with logged_in(server, made["secret"]) as session:
        staff.call("user.disable", user="同步")
        assert session.error("record.find", type="customer").code == "UNAUTHENTICATED"
        assert session.error("auth.token", token=made["secret"]).code == "UNAUTHENTICATED"
    staff.call("user.disable", user="同步", disabled=False)
    staff.call("record.delete", type="token", id=made["id"])
    with pytest.raises(RpcError, match="UNAUTHENTICATED"):
        logged_in(server, made["secret"])


def test_what_a_token_is_for_exists(staff):
    assert token(staff, ops=[], types=[])["ops"] == []
    for scope, field in (({"ops": ["task.lst"]}, "ops"), ({"ops": ["tusk.*"]}, "ops"),
                         ({"ops": ["*"]}, "ops"), ({"types": ["custmer"]}, "types")):
        staff.call("session.hello", errors="map")
        error = staff.error("token.create", name="x", user="同步", **scope)
        assert (error.code, error.field) == ("VALIDATION_FAILED", field), scope
    assert staff.error("token.create", name="x", user="nobody").code == "REFERENCE_MISSING"


def test_roles_are_defined(staff):
    made = staff.call("role.define", name="sales", label="销售")
    changed = staff.call("role.define", name="sales", label="销售顾问")
    assert changed["id"] == made["id"] and changed["label"] == "销售顾问"
    names = [item["name"] for item in staff.call("role.list")["items"]]
    assert names == ["administrator", "staff", "sales"]
    staff.call("user.create", user="周强", password="jinan2026", roles=["sales"])


def test_teams_form_a_tree(staff):
    def team(name, **values):
        return staff.call("record.create", type="team", values={"name": name, **values})["id"]

    top = team("市场部", leader="同步")
    below = team("一组", parent=top)
    user = staff.call("user.list")["items"][0]
    assert staff.call("record.update", type="user", id=user["id"],
                      values={"team": below})["team"] == below
    for values in ({"parent": below}, {"parent": top}):
        assert staff.error("record.update", type="team", id=top,
                           values=values).code == "VALIDATION_FAILED"
    assert staff.error("record.create", type="team",
                       values={"name": "二组", "leader": "nobody"}).code == "REFERENCE_MISSING"


def test_teams_are_at_most_sixteen_deep(staff):
    above = None
    for depth in range(17):
        values = {"name": f"第{depth}层"} | ({"parent": above} if above else {})
        above = staff.call("record.create", type="team", values=values)["id"]
    assert staff.error("record.create", type="team",
                       values={"name": "太深", "parent": above}).code == "VALIDATION_FAILED"
