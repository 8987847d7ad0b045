"""Rights that are taken away end at once, also in sessions that are open (ROL-02)."""

from client import Client
from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}


def user(client, name, roles):
    return client.call("user.create", user=name, password="jinan2026", roles=roles)


def logged_in(server, name):
    session = Client.tcp(server.tcp)
    session.call("auth.login", user=name, password="jinan2026")
    return session


def test_disabled_users_are_out(server, client):
    user(client, "李静", ["staff"])
    with logged_in(server, "李静") as session:
        session.call("record.create", type="customer", values={"name": "王秀兰"})
        client.call("user.disable", user="李静")
        assert session.error("record.find", type="customer").code == "UNAUTHENTICATED"
        assert session.error("auth.login", user="李静",
                             password="jinan2026").code == "UNAUTHENTICATED"
        client.call("user.disable", user="李静", disabled=False)
        session.call("auth.login", user="李静", password="jinan2026")
        assert session.call("record.count", type="customer")["count"] == 1


def test_lost_roles_are_lost(server, client):
    made = user(client, "陈主管", ["administrator"])
    with logged_in(server, "陈主管") as session:
        user(session, "周强", ["staff"])
        client.call("record.update", type="user", id=made["id"], values={"roles": ["staff"]})
        assert session.error("user.create", user="赵磊", password="jinan2026",
                             roles=["administrator"]).code == "PERMISSION_DENIED"
        assert session.call("session.whoami")["administrator"] is False
        client.call("record.delete", type="user", id=made["id"])
        assert session.error("record.find", type="customer").code == "UNAUTHENTICATED"


def test_names_that_deceive_are_refused(client):
    for name in ("admin", "system", "admin\0evil", "李\n静"):
        error = client.error("user.create", user=name, password="jinan2026", roles=["staff"])
        assert error.code == "VALIDATION_FAILED", name
