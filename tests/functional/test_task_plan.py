"""Tasks that packages plan: what falls on one day for one customer is one task, and goes on with what is left of it."""

import pytest

from packages import write

PACKAGE = """
return crm.package {
  name = "rounds", version = "1.0.0", doc = "Plans and takes back.",
  ops = {
    ["round.plan"] = { write = true, params = { { name = "kind", kind = "text" }, { name = "title", kind = "text" } },
      run = function(ctx, params)
        return ctx:call("task.plan", { customer = 1, due_on = "2026-03-09", kind = params.kind, title = params.title })
      end },
    ["round.withdraw"] = { write = true, params = { { name = "kind", kind = "text" } }, run = function(ctx, params)
      return ctx:call("task.withdraw", { customer = 1, kind = params.kind })
    end },
  },
}
"""


@pytest.fixture(name="client")
def client_fixture(tmp_path, start_server):
    write(tmp_path / "packages" / "rounds", init=PACKAGE.lstrip("\n"))
    server = start_server(configuration={"packages": {"enable": ["rounds"]}}, test_clock="2026-03-02T09:00:00+08:00",
                          arguments=["--packages", str(tmp_path / "packages")])
    with server.connect() as client:
        client.call("record.create", type="customer", values={"name": "王秀兰"})
        yield client


def task_of(client):
    return client.call("record.get", type="task", id=1)


def test_a_task_takes_the_name_of_a_cause_that_is_left(client):
    client.call("round.plan", kind="call", title="跟进 王秀兰")
    client.call("round.plan", kind="after_sale", title="售后回访 王秀兰")
    assert (task_of(client)["title"], task_of(client)["reasons"]) == ("跟进 王秀兰", ["call", "after_sale"])
    assert client.call("round.withdraw", kind="call") == {"withdrawn": 1}
    assert (task_of(client)["title"], task_of(client)["kind"]) == ("售后回访 王秀兰", "after_sale")
    client.call("round.withdraw", kind="after_sale")
    assert (task_of(client)["state"], task_of(client)["title"]) == ("cancelled", "售后回访 王秀兰")


def test_a_name_given_by_hand_stays(client):
    client.call("round.plan", kind="call", title="跟进 王秀兰")
    client.call("round.plan", kind="after_sale", title="售后回访 王秀兰")
    client.call("record.update", type="task", id=1, values={"title": "带样品去"})
    client.call("round.withdraw", kind="call")
    assert task_of(client)["title"] == "带样品去"


def test_a_name_that_another_cause_has_too_stays(client):
    client.call("round.plan", kind="call", title="回访 王秀兰")
    client.call("round.plan", kind="after_sale", title="售后回访 王秀兰")
    client.call("round.plan", kind="visit", title="回访 王秀兰")
    client.call("round.withdraw", kind="call")
    assert task_of(client)["title"] == "回访 王秀兰"
