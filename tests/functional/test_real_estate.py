"""scripts/real_estate over the socket: example E-03 to the digit, an opening night, the sample business."""

from client import RpcError
from industry import add_staff, become, load_sample, options

CROWD = 20  # connections, each with REQUESTS pipelined
REQUESTS = 100


def begin(start_server, at):
    """A server with 翠湖花园 3-2-501, its buyer, and who speaks to it."""
    server = start_server(**options("real_estate", at))
    client = server.connect()
    add_staff(client, "李静")
    for kind, values in (
            ("project", {"name": "翠湖花园", "permit": "济预售 2026001"}),
            ("unit", {"project": 1, "name": "3-2-501", "area": "98", "price": 196000000}),
            ("customer", {"name": "孙立伟", "phone": "139-0000-2001", "owner": "李静"})):
        client.call("record.create", type=kind, values=values)
    return server, client


def due(client, kind):
    tasks = client.call("task.list", kind=kind, on="2030-01-01")["items"]
    return [(task["due_on"], task["overdue"]) for task in tasks]


def test_e_03_the_ladder_and_a_leak(start_server):
    """E-03, REV-05, REV-07, COO-08: sold on 31 August."""
    server, client = begin(start_server, "2026-08-31T10:00:00+08:00")
    li = become(server, "李静")
    deal = li.call("unit.hold", unit=1, customer=1)
    li.call("deal.subscribe", id=deal["id"])
    signed = li.call("deal.sign", id=deal["id"])
    assert (signed["signed_on"], signed["price"], signed["state"]) == (
        "2026-08-31", 196000000, "contracted")
    assert [day for day, _ in due(client, "after_sale")] == [
        "2026-09-07", "2026-09-30", "2026-11-30", "2027-02-28"]
    client.call("clock.advance", to="2026-09-07T15:00:00+08:00")
    issue = li.call("issue.report", customer=1, unit=1, content="厨房漏水")
    assert (issue["found_on"], issue["fix_on"]) == ("2026-09-07", "2026-09-08")
    client.call("clock.advance", to="2026-09-08T23:59:00+08:00")
    assert due(client, "on_site_fix") == [("2026-09-08", False)]
    client.call("clock.advance", to="2026-09-09T00:00:00+08:00")
    assert due(client, "on_site_fix") == [("2026-09-08", True)]
    li.close()
    client.close()


def test_opening_night(start_server):
    """2 000 requests hold one unit: one has it, the others are told who."""
    server, client = begin(start_server, "2026-08-31T20:00:00+08:00")
    people = [server.connect() for _ in range(CROWD)]
    sent = [(one, [one.send("unit.hold", unit=1, customer=1, adviser=f"顾问 {number}")
                   for _ in range(REQUESTS)]) for number, one in enumerate(people)]
    won, lost = [], []
    for one, numbers in sent:
        for number in numbers:
            try:
                won.append(one.result(number))
            except RpcError as error:
                lost.append(error)
    assert len(won) == 1 and len(lost) == CROWD * REQUESTS - 1
    assert {error.code for error in lost} == {"ALREADY_CLAIMED"}
    assert all(won[0]["adviser"] in error.text for error in lost)
    assert client.call("record.count", type="deal")["count"] == 1
    assert client.call("record.get", type="unit", id=1)["status"] == "held"
    for one in [*people, client]:
        one.close()


def test_a_hold_runs_out_while_the_server_is_down(start_server):
    server, client = begin(start_server, "2026-08-31T20:00:00+08:00")
    client.call("unit.hold", unit=1, customer=1)
    client.close()
    server.kill()
    server.test_clock = "2026-09-02T09:00:00+08:00"
    server.start()
    with server.connect() as client:
        client.call("clock.advance", to="2026-09-02T09:01:00+08:00")
        assert client.call("record.get", type="deal", id=1)["state"] == "expired"
        assert client.call("unit.hold", unit=1, customer=1)["state"] == "held"


def test_the_sample(start_server):
    """Its lines run on an empty server, none fails."""
    server = start_server(**options("real_estate", "2026-08-31T10:00:00+08:00"))
    load_sample(server, "real_estate")
    with server.connect() as client:
        report = client.call("project.report", project=1)
        assert (report["units"], report["sold"], report["held"]) == (3, 1, 1)
        assert (report["first_visits"], report["again"]) == (2, 1)
        told = client.call("record.get", type="feedback", id=1)
        assert told["profit"] == 300000
