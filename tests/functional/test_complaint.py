"""scripts/complaint over the socket: examples E-04 and E-05 to the digit, races, the sample business."""

import pytest

from industry import add_staff, become, instant, load_sample, options
from client import RpcError

PEOPLE = {"supervisor": "陈主管", "leader": "王总", "warehouse": "刘仓管", "marketing": "赵市场",
          "production": "钱生产"}


@pytest.fixture(name="begin")
def begin_fixture(start_server):
    """A server at that time, with people behind their desks, a customer, and who speaks to it."""
    def begin(at):
        server = start_server(**options("complaint", at))
        client = server.connect()
        add_staff(client, "李静", "周强", "陈主管", "王总")
        for name, person in PEOPLE.items():
            client.call("record.create", type="complaint_desk", values={"name": name, "person": person})
        client.call("record.create", type="customer", values={
            "name": "济南顺达汽修", "kind": "company", "phone": "138-0000-3001"})
        return server, client
    return begin


def register(client, **more):
    return client.call("complaint.register", **{
        "customer": 1, "reason": "换油后发动机异响", "channel": "phone", "class": "product_quality",
        "product_name": "机油 5W-30", "batch": "20260715", **more})


def tasks(client, complaint, kind):
    found = client.call("record.find", type="task", order=["due_on", "id"],
                        where={"complaint": complaint["id"], "kind": kind})
    return [(task["due_on"], task["owner"], task["state"]) for task in found["items"]]


def refused(code, client, op, **params):
    with pytest.raises(RpcError) as caught:
        client.call(op, **params)
    assert caught.value.code == code
    return caught.value


def state(client, complaint):
    return client.call("record.get", type="complaint", id=complaint["id"])["state"]


def carry_out(server, client, complaint):
    """Plan, leave, confirmation, agreement, everybody's part."""
    number = complaint["id"]
    li, wang = become(server, "李静"), become(server, "王总")
    li.call("complaint.propose", id=number, plan=[{"kind": "apology"}])
    wang.call("complaint.approve", id=number)
    li.call("complaint.confirm", id=number)
    li.call("complaint.agree", id=number, agreement="双方同意")
    finish(client, complaint)
    li.close()
    wang.close()


def finish(client, complaint):
    found = client.call("record.find", type="task", where={
        "complaint": complaint["id"], "kind": "complaint_action", "state": "open"})
    for task in found["items"]:
        client.call("task.complete", id=task["id"], result="办好了")


def test_e_04_clocks_over_a_weekend(begin):
    """E-04, CMP-05, CMP-06: registered on a Friday at 10:00."""
    server, client = begin("2026-03-13T10:00:00+08:00")
    li = become(server, "李静")
    a, b, c = (register(li, severity=severity) for severity in ("simple", "general", "complex"))
    for complaint in (a, b, c):
        assert complaint["answer_due_at"] == complaint["due_at"] == instant("2026-03-14T00:00:00")
    assert (a["due_on"], a["resolution_due_at"]) == ("2026-03-16", instant("2026-03-17T00:00:00"))
    assert (b["due_on"], b["resolution_due_at"]) == ("2026-03-18", instant("2026-03-19T00:00:00"))
    assert "due_on" not in c and "resolution_due_at" not in c
    seen = []
    for day in ("03-13", "03-18", "03-23"):
        client.call("clock.advance", to=f"2026-{day}T12:00:00+08:00")
        seen.append([row[0] for row in tasks(client, c, "complaint_progress")])
    assert seen == [["2026-03-18"], ["2026-03-18", "2026-03-23"],
                    ["2026-03-18", "2026-03-23", "2026-03-26"]]
    client.call("clock.advance", to="2026-03-24T10:00:00+08:00")
    carry_out(server, client, c)
    assert li.call("complaint.close", id=c["id"], satisfied=True)["closed"]
    client.call("clock.advance", to="2026-04-30")
    assert tasks(client, c, "complaint_progress")[2:] == [("2026-03-26", "李静", "cancelled")]
    assert tasks(client, a, "complaint_progress") == tasks(client, b, "complaint_progress") == []
    li.close()
    client.close()


def test_e_04_clocks_outlive_a_restart(begin):
    """CMP-05: what was due while the server was down comes when it is back, once."""
    server, client = begin("2026-03-13T10:00:00+08:00")
    c = register(client, severity="complex")
    client.close()
    server.kill()
    server.test_clock = "2026-03-19T10:00:00+08:00"
    server.start()
    with server.connect() as client:
        client.call("clock.advance", to="2026-03-19T10:01:00+08:00")
        days = [row[0] for row in tasks(client, c, "complaint_progress")]
        assert days == ["2026-03-18", "2026-03-23"]


def test_e_05_the_whole_way(begin):
    """E-05, CMP-01 … CMP-13: holidays, leave, warehouse, an unsatisfied customer."""
    server, client = begin("2026-09-29T09:30:00+08:00")
    li, zhou, chen, wang = (become(server, name) for name in ("李静", "周强", "陈主管", "王总"))
    assert register(zhou, severity="simple")["due_on"] == "2026-09-30"
    complex_one = register(zhou, severity="complex")
    complaint = register(zhou, severity="general", handler="李静")
    number = complaint["id"]
    assert complaint["due_on"] == "2026-10-09"
    assert complaint["resolution_due_at"] == instant("2026-10-10T00:00:00")
    assert (complaint["recorder"], complaint["handler"]) == ("周强", "李静")

    proposed = li.call("complaint.propose", id=number, plan=[
        {"kind": "gift", "text": "4 L 机油", "quantity": 2}, {"kind": "small_gift"}])
    assert proposed["state"] == "approval" and proposed["approver"] == "王总"
    escalated = li.call("complaint.escalate", id=number, to="陈主管", reason="超出权限")
    assert (escalated["supervisor"], escalated["first_line"]) == ("陈主管", False)
    error = refused("TRANSITION_DENIED", li, "complaint.confirm", id=number)
    assert error.data["from"] == "approval"
    error = refused("TRANSITION_DENIED", li, "complaint.approve", id=number)
    assert error.data["reason"] == "who"
    wang.call("complaint.approve", id=number)
    li.call("complaint.confirm", id=number)
    agreed = li.call("complaint.agree", id=number, agreement="赠 4 L 机油 2 桶，另送小礼品")
    assert agreed["state"] == "executing" and agreed["agreement"] == "赠 4 L 机油 2 桶，另送小礼品"
    assert [row[1] for row in tasks(client, complaint, "complaint_action")] == ["刘仓管", "赵市场"]
    titles = client.call("record.find", type="task", where={"owner": "刘仓管"})["items"]
    assert [task["title"] for task in titles] == ["赠送 4 L 机油 × 2（济南顺达汽修）"]
    finish(client, complaint)
    assert state(client, complaint) == "tracking"

    answer = chen.call("complaint.close", id=number, satisfied=False)
    assert (answer["closed"], answer["state"]) == (False, "planning")
    assert state(client, complaint) == "planning"
    refused("TRANSITION_DENIED", li, "complaint.close", id=number, satisfied=True)
    carry_out(server, client, complaint)
    error = refused("TRANSITION_DENIED", li, "complaint.close", id=number, satisfied=True)
    assert error.data["reason"] == "who"
    closed = chen.call("complaint.close", id=number, satisfied=True)
    assert closed["closed"] and closed["complaint"]["closed_by"] == "陈主管"
    assert tasks(client, complaint, "complaint_thanks") == [("2026-09-30", "李静", "open")]

    client.call("clock.advance", to="2026-10-14")
    days = [row[0] for row in tasks(client, complex_one, "complaint_progress")]
    assert days == ["2026-10-09", "2026-10-13", "2026-10-16"]
    for one in (li, zhou, chen, wang, client):
        one.close()


def test_the_sample(start_server):
    """Its lines run on an empty server, none fails."""
    server = start_server(**options("complaint", "2026-03-13T10:00:00+08:00"))
    load_sample(server, "complaint")
    with server.connect() as client:
        found = client.call("record.find", type="complaint", order=["id"])["items"]
        assert [it["state"] for it in found] == ["approval", "executing", "registered", "registered"]
        counted = client.call("complaint.statistics", **{"from": "2026-03-13", "to": "2026-03-13"})
        assert counted["total"] == 4


def test_cmp_13_hidden_from_the_accused(begin):
    """CMP-13: a complaint about 李静's attitude goes to her supervisor and is hidden from her; it counts
    under staff in the supervisor's report."""
    server, client = begin("2026-03-13T10:00:00+08:00")
    li, zhou, chen = (become(server, name) for name in ("李静", "周强", "陈主管"))
    li.call("event.subscribe")
    own = register(zhou, **{"class": "staff_attitude", "accused": "李静", "accused_in": "call_centre",
                            "reason": "坐席态度生硬"})
    assert (own["handler"], own["level"]) == ("陈主管", "supervisor")
    chen.call("complaint.acknowledge", id=own["id"], content="向您道歉，我来处理")
    other = register(zhou, reason="换油后发动机异响")
    day = {"from": "2026-03-13", "to": "2026-03-13"}
    seen = [li.call("record.find", type=type)["items"] for type in ("complaint", "task", "activity")]
    seen += [li.call("task.list")["items"], li.call("customer.overview", id=1),
             li.call("record.search", text="坐席")["items"], li.call("event.read")["items"],
             li.call("journal.read", limit=1000)["items"], li.call("export.read")["data"],
             li.call("complaint.statistics", **day), li.call("complaint.overdue")]
    assert "态度" not in str(seen) and "道歉" not in str(seen) and "staff_attitude" not in str(seen)
    assert [c["id"] for c in seen[0]] == [other["id"]]
    assert li.call("record.count", type="complaint")["count"] == 1
    assert li.call("record.count", type="complaint", group="class") == {
        "groups": [{"key": "product_quality", "count": 1}]}
    for op, params in (("record.get", {"type": "complaint"}), ("record.history", {"type": "complaint"}),
                       ("record.update", {"type": "complaint", "values": {"reason": "x"}}),
                       ("workflow.explain", {"type": "complaint"}), ("complaint.close", {"satisfied": True}),
                       ("complaint.investigate", {}), ("complaint.escalate", {})):
        refused("NOT_FOUND", li, op, id=own["id"], **params)
    wait_for_event(li, other["id"])
    assert all(e[1][0]["type"] != "complaint" or e[1][0]["id"] == other["id"] for e in li.notifications)
    assert "道歉" not in str(li.notifications)
    report = chen.call("complaint.statistics", **day)
    assert report["total"] == 2 and {"key": "staff_attitude", "count": 1} in report["by_class"]
    assert report["by_accused"] == [{"key": "李静", "count": 1}]
    assert chen.call("record.history", type="complaint", id=own["id"])["items"] != []
    for each in (li, zhou, chen, client):
        each.close()


def wait_for_event(client, complaint):
    """Until the event of that complaint has come."""
    while not any(params[0]["type"] == "complaint" and params[0]["id"] == complaint
                  for _, params in client.notifications):
        client.read_messages()
