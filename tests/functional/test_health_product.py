"""scripts/health_product over the socket: example E-01 to the digit, cards that outlive a kill, progress."""

import pytest

from industry import add_staff, become, instant, options
from waiting import wait_for

BIRTHDAY = "1956-03-12"


def serve(start_server, at, **config):
    """A server at that instant, with 李静 on the staff."""
    chosen = options("health_product", at)
    chosen["configuration"]["packages"]["config"] = {"health_product": config}
    server = start_server(**chosen)
    client = server.connect()
    client.call("session.hello", client="test", errors="map")
    add_staff(client, "李静")
    return server, client


def wang(client, **values):
    return client.call("record.create", type="customer", values={
        "name": "王秀兰", "phone": "138-0000-1001", "region": "山东/济南", "source": "老客户推荐",
        "owner": "李静", **values})["id"]


def tea(client):
    return client.call("record.create", type="product", values={
        "name": "天宇保健茶", "unit": "盒", "price": 12800, "cycle_days": 15})["id"]


def due(client, on, **where):
    return [(task["due_on"], task["kind"], task["owner"], task["overdue"])
            for task in client.call("task.list", on=on, **where)["items"]]


def buy(client, customer, day, quantity=2, product=None):
    return client.call("order.create", customer=customer, ordered_on=day, lines=[
        {"product": product or tea(client), "quantity": quantity}])


def test_e_01_one_order(start_server):
    """E-01, REV-01, REV-02, ORD-02, ORD-03: two boxes on Monday, 2 March 2026."""
    _, client = serve(start_server, "2026-03-02T09:30:00+08:00")
    order = buy(client, wang(client), "2026-03-02")
    assert order["lines"][0]["repurchase_on"] == "2026-04-01"
    assert order["repurchase_on"] == "2026-04-01" and order["total"] == 25600
    assert due(client, "2026-03-06") == []
    assert due(client, "2026-03-07") == [("2026-03-07", "revisit", "李静", False)]
    client.call("clock.advance", to="2026-03-07T23:59:59+08:00")
    assert due(client, "2026-03-07") == [("2026-03-07", "revisit", "李静", False)]
    client.call("clock.advance", to="2026-03-08")
    assert due(client, "2026-03-08") == [("2026-03-07", "revisit", "李静", True)]
    client.call("clock.advance", to="2026-04-01")
    assert due(client, "2026-04-01")[1:] == [("2026-04-01", "repurchase", "李静", False)]


def test_e_01_with_the_ladder(start_server):
    """E-01, REV-05, C-02: the configuration switches the ladder on."""
    _, client = serve(start_server, "2026-03-02T09:30:00+08:00", ladder=True)
    buy(client, wang(client), "2026-03-02")
    assert [day for day, *_ in due(client, "2026-12-31", kind="after_sale")] == [
        "2026-03-09", "2026-04-02", "2026-06-02", "2026-09-02"]
    assert [day for day, *_ in due(client, "2026-12-31", kind="revisit")] == ["2026-03-07"]


@pytest.mark.parametrize("leftover, day", [(False, "2026-04-19"), (True, "2026-05-01")])
def test_what_is_left_over(start_server, leftover, day):
    """C-05: 20 March + 30 days, or from 1 April, when the first two boxes are used up."""
    _, client = serve(start_server, "2026-03-20T09:30:00+08:00", stack_leftover=leftover)
    customer, product = wang(client), tea(client)
    buy(client, customer, "2026-03-02", product=product)
    order = buy(client, customer, "2026-03-20", product=product)
    assert order["lines"][0]["repurchase_on"] == day
    assert [row[0] for row in due(client, "2027-01-01", kind="repurchase")] == [day]


def test_a_card_outlives_kills(start_server):
    """CARE-01, CARE-06: a server that was down at midnight, and is killed behind it, writes one card."""
    server, client = serve(start_server, "2026-03-08T20:00:00+08:00")
    customer = wang(client, birthday=BIRTHDAY)
    client.close()
    server.kill()
    server.test_clock = "2026-03-10T09:00:00+08:00"
    server.start()
    for _ in range(2):
        with server.connect() as client:
            client.call("clock.advance", to="2026-03-10T09:01:00+08:00")
            assert due(client, "2026-12-31") == [("2026-03-12", "birthday", "李静", False)]
            card = client.call("task.list", on="2026-12-31")["items"][0]["causes"][0]["text"]
            assert card == "王秀兰：祝您生日快乐，身体健康！\n—— 李静"
            assert client.call("record.get", type="customer", id=customer)["card_on"] == "2027-03-12"
        server.kill()
        server.test_clock = "2026-03-10T09:01:00+08:00"
        server.start()


def test_a_lunar_birthday(start_server):
    """CARE-01: 正月十五 is 3 March in 2026, 20 February in 2027, 9 February in 2028."""
    _, client = serve(start_server, "2026-02-01T09:00:00+08:00")
    wang(client, lunar_birthday="1950-01-15")
    client.call("clock.advance", to="2028-02-09")
    assert [day for day, *_ in due(client, "2028-12-31")] == ["2026-03-03", "2027-02-20", "2028-02-09"]


def test_a_revisit_from_opening_to_closing(start_server):
    """REV-03, REV-04, REV-07, REV-10, in English, by the rep herself."""
    server, client = serve(start_server, "2026-03-02T09:30:00+08:00")
    buy(client, wang(client), "2026-03-02")
    client.call("clock.advance", to="2026-03-07T08:30:00+08:00")
    li = become(server, "李静")
    li.call("session.hello", client="test", errors="map", lang="en")
    task = li.call("task.list", owner="李静", on="2026-03-07")["items"][0]["id"]
    opened = li.call("revisit.open", id=task)
    assert [row["quantity"] for row in opened["purchases"]] == [2]
    assert opened["contact"] == {
        "allowed": False, "reason": "quiet_hours", "contacts": 0, "from": instant("2026-03-07 09:00")}
    assert [row["label_en"] for row in opened["questions"]][0] == "state of use"
    error = li.error("revisit.record", id=task, content="…", answers={"sell_through": "fast"})
    assert (error.code, error.field) == ("VALIDATION_FAILED", "answers.sell_through")
    assert error.text == "a consumer is not asked this"
    done = li.call("revisit.record", id=task, content="茶味淡", problem="有两包漏气",
                   answers={"use_state": "using", "continue_likelihood": 8},
                   checklist={"items": True, "bills": True})
    assert done["task"]["state"] == "done" and done["problem"]["fix_on"] == "2026-03-08"
    row = li.call("revisit.progress", **{"from": "2026-03-01"}, to="2026-03-31")["items"][0]
    assert (row["planned"], row["done"], row["open"], row["late"], row["done_percent"]) == (
        2, 1, 1, 0, 5000)
    li.close()
    client.close()


def test_what_was_written_about_a_customer_goes_with_her(start_server):
    """REV-07, CARE-01: problems, their tasks, anniversaries and their cards of a customer who is erased."""
    _, client = serve(start_server, "2026-03-02T09:00:00+08:00")
    customer = wang(client)
    call = client.call("record.create", type="task", values={
        "customer": customer, "due_on": "2026-03-02", "title": "致电"})["id"]
    problem = client.call("revisit.record", id=call, content="…", answers={"obstacle": "price"},
                          problem="王秀兰说茶盒破损")["problem"]["id"]
    client.call("problem.solve", id=problem, remedy="给王秀兰换新")
    client.call("record.create", type="occasion", values={
        "customer": customer, "name": "王秀兰金婚", "day": "1976-03-04", "greeting": "王秀兰白头偕老。"})
    job = client.call("person.erase", type="customer", id=customer)["id"]
    wait_for(lambda: client.call("job.get", id=job)["state"] == "done")
    for kind in ("revisit_problem", "occasion", "task"):
        found = client.call("record.find", type=kind, where={"customer": customer})["items"]
        assert found and "王秀兰" not in str(found), kind
    client.close()


@pytest.mark.parametrize("made, allowed", [(2, True), (3, False), (4, False)])
def test_the_cap_of_contacts(start_server, made, allowed):
    """Contact caps: contact_most − 1, contact_most, and one more, within contact_days."""
    _, client = serve(start_server, "2026-03-02T10:00:00+08:00", contact_most=3, contact_days=7)
    customer = wang(client)
    for _ in range(made):
        client.call("record.create", type="activity", values={"customer": customer, "content": "电话"})
    answer = client.call("contact.check", customer=customer)
    assert (answer["allowed"], answer["contacts"]) == (allowed, made)
    if not allowed:
        assert answer["reason"] == "cap" and answer["from"] == instant("2026-03-09 09:00")


def test_the_day_of_the_first_revisit_is_configured(start_server):
    """REV-01, C-01: first_days = 7 is a Monday."""
    _, client = serve(start_server, "2026-03-02T10:00:00+08:00", first_days=7)
    buy(client, wang(client), "2026-03-02")
    assert [row[0] for row in due(client, "2026-12-31", kind="revisit")] == ["2026-03-09"]


def test_customers_from_before_the_package(start_server):
    """CARE-01: care.reckon takes pages of 100: here one customer more, and just as many contacts."""
    chosen = options("health_product", "2026-03-02T10:00:00+08:00")
    chosen["configuration"]["packages"]["enable"] = ["health_forecast"]
    server = start_server(**chosen)
    with server.connect(timeout=300) as client:  # of package.load, whose tests take long under a sanitizer
        for number in range(101):
            client.call("record.create", type="customer", values={
                "name": f"顾客{number}", "birthday": BIRTHDAY, "owner": "李静"})
        for number in range(100):
            client.call("record.create", type="contact", values={
                "name": f"店员{number}", "customer": number + 1, "lunar_birthday": "1980-02-01"})
        assert client.call("package.load", name="health_product")["tests"] > 70
        client.call("clock.advance", to="2026-03-12")
        assert client.call("task.list", on="2026-12-31")["items"] == []
        for kind, looked, on in (("customer", 101, "2026-03-12"), ("contact", 100, "2026-03-19")):
            assert client.call("care.reckon", type=kind) == {"looked": 100}
            client.call("clock.advance", to=f"{on}T00:01:00+08:00")
            assert client.call("record.count", type="task", where={
                "kind": "birthday", "due_on": on}) == {"count": looked}
