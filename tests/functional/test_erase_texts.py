"""What people write about a person goes with her: titles, notes, what was said, what came of it."""

import pathlib

from waiting import wait_for

NAME = "赵云岚"


def create(client, type, **values):
    return client.call("record.create", type=type, values=values)["id"]


def test_what_was_written_about_a_person_goes_with_her(start_server):
    server = start_server(configuration={"packages": {"enable": ["health_product"]}}, test_clock="2026-03-02T09:00:00+08:00")
    with server.connect() as client:
        product = create(client, "product", name="钙片", price=9900, cycle_days=30, repeatable=True)
        one = create(client, "customer", name=NAME, phone="139-7771-2345", owner="李静")
        order = client.call("order.create", customer=one, ordered_on="2026-03-01", owner="李静", note=f"{NAME}自提",
                            lines=[{"product": product, "quantity": 1}])["id"]
        tasks = client.call("task.list", customer=one)["items"]
        assert any(NAME in task["title"] for task in tasks)
        client.call("task.complete", id=tasks[0]["id"], result={"content": f"{NAME}说睡得好些了", "method": "phone"})
        client.call("order.cancel", id=order, reason=f"{NAME}退货")
        job = client.call("person.erase", type="customer", id=one)["id"]
        wait_for(lambda: client.call("job.get", id=job)["state"] == "done")
        for type in ("task", "activity", "order"):
            found = client.call("record.find", type=type, where={"customer": one}, limit=100)["items"]
            assert found and NAME not in str(found), type
    journal = b"".join(path.read_bytes() for path in pathlib.Path(server.data, "journal").glob("*.log"))
    assert journal and NAME.encode() not in journal
    server.stop()
    server.verify()
