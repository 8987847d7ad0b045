"""States as clients meet them: claims in a race, delays and clocks over restarts, diagrams."""

import threading

import pytest

from packages import haoke, write

LEADS = """
local date = crm.date
return crm.package {
  name = "leads", version = "1.0.0", doc = "A pool, and what follows in time.",
  include = {
    crm.workflow {
      on = "lead",
      states = {
        { name = "公海", to = { { to = "已领取", claims = "owner" } } },
        { name = "已领取", to = {
          { to = "公海", delay = { days = 3, at = "00:00" } },
          { to = "成交", who = { fields = { "owner" } },
            guard = function(_, change) return change.after.amount ~= nil, "需要金额" end } },
          enter = function(ctx, change) ctx:update("lead", change.id, { claims = (change.after.claims or 0) + 1 }) end },
        "成交",
      },
      clocks = {
        { name = "answer", runs = { "已领取" }, spans = { { hours = 10 } }, steps = {
          [50] = function(ctx, change) ctx:update("lead", change.id, { note = "半程" }) end,
          [100] = function(ctx, change) ctx:update("lead", change.id, { note = "到期" }) end,
        } },
      },
    },
  },
  types = { lead = { label = { zh = "线索", en = "lead" }, fields = {
    { name = "name", kind = "text", required = true }, { name = "owner", kind = "text" },
    { name = "amount", kind = "money" }, { name = "note", kind = "text" },
    { name = "claims", kind = "integer", readonly = true },
    { name = "told", kind = "integer", readonly = true },
  } } },
  segments = { rich = { on = "lead", where = { amount = { ge = 1000 } } } },
  rules = {
    tell = { on = "lead", events = { "update" }, fields = { "owner" }, doc = "Counts new owners.",
      after = function(ctx, change)
        local lead = ctx:get("lead", change.id)
        ctx:update("lead", change.id, { told = (lead.told or 0) + 1 })
      end },
  },
}
"""


@pytest.fixture(name="leads")
def leads_fixture(tmp_path, start_server):
    write(tmp_path / "packages" / "leads", init=LEADS)
    configuration = {"packages": {"enable": ["leads"]}}
    return start_server(
        configuration=configuration,
        test_clock="2026-03-02T09:00:00+08:00",
        arguments=["--packages", str(tmp_path / "packages")],
    )


def get(client, number=1):
    return client.call("record.get", type="lead", id=number)


def create(client, **values):
    return client.call("record.create", type="lead", values={"name": "天宇", **values})


def claim_at_once(server, results, gate):
    with server.connect() as client:
        gate.wait()
        try:
            client.call("record.move", type="lead", id=1, to="已领取")
            results.append("won")
        except Exception as error:  # the client's own error carries the code
            results.append(error.code)


def test_one_of_many_claims_wins(leads):
    """PRS-03: two simultaneous claims, one wins; nothing is counted for the others."""
    with leads.connect() as client:
        create(client)
        results, gate = [], threading.Barrier(20)
        claims = [threading.Thread(target=claim_at_once, args=(leads, results, gate)) for _ in range(20)]
        for claim in claims:
            claim.start()
        for claim in claims:
            claim.join()
        assert sorted(results) == ["ALREADY_CLAIMED"] * 19 + ["won"]
        lead = get(client)
        assert (lead["state"], lead["claims"]) == ("已领取", 1)
        client.call("session.hello", errors="map")
        error = client.error("record.move", type="lead", id=1, to="已领取")
        assert error.data["by"] == lead["owner"]


def test_a_transition_that_is_denied_says_what_is_allowed(leads):
    with leads.connect() as client:
        create(client)
        client.call("session.hello", errors="map")
        error = client.error("record.update", type="lead", id=1, values={"state": "成交"})
        assert error.code == "TRANSITION_DENIED"
        assert error.data == {"field": "state", "from": "公海", "to": "成交", "reason": "transition",
                              "allowed": ["已领取"]}
        client.call("record.move", type="lead", id=1, to="已领取", values={"owner": "周强"})
        error = client.error("record.move", type="lead", id=1, to="成交", values={"amount": 5})
        assert (error.code, error.data["reason"]) == ("TRANSITION_DENIED", "who")
        client.call("record.update", type="lead", id=1, values={"note": "x"})


def test_what_is_due_survives_a_kill_and_happens_once(leads):
    with leads.connect() as client:
        create(client)
        client.call("record.move", type="lead", id=1, to="已领取")
        client.call("clock.advance", to="2026-03-02T14:00:00+08:00")
        assert get(client)["note"] == "半程"
    leads.kill()
    leads.test_clock = "2026-03-02T20:00:00+08:00"
    leads.start()
    with leads.connect() as client:
        client.call("clock.advance", to="2026-03-02T20:00:01+08:00")
        lead = get(client)
        assert (lead["note"], lead["answer_level"], lead["told"]) == ("到期", 100, 1)
        client.call("clock.advance", to="2026-03-05")
        lead = get(client)
        assert (lead["state"], lead["claims"]) == ("公海", 1)
        entries = [item["op"] for item in client.call("record.history", type="lead", id=1)["items"]]
        assert entries.count("states.due") == 3
        assert entries.count("rule.run") == 1


def test_leaving_a_state_takes_its_timers_back(leads):
    with leads.connect() as client:
        user = client.call("server.info") and create(client)["created_by"]
        client.call("record.move", type="lead", id=1, to="已领取", values={"owner": user})
        error = client.error("record.move", type="lead", id=1, to="成交")
        assert (error.code, error.text) == ("TRANSITION_DENIED", "需要金额")
        client.call("record.move", type="lead", id=1, to="成交", values={"amount": 1000})
        client.call("clock.advance", to="2026-03-10")
        lead = get(client)
        assert lead["state"] == "成交" and "note" not in lead and "clocks" not in lead["timing"]["state"]
        count = client.call("record.count", type="lead", where={"segment": "rich"})
        assert count == {"count": 1}


def test_states_are_drawn(leads):
    drawn = haoke("describe", "--data", leads.data, "--states", "lead")
    assert drawn.returncode == 0, drawn.stderr
    lines = drawn.stdout.splitlines()
    assert lines[:2] == ["stateDiagram-v2", "  %% lead.state"]
    assert '  state "公海" as s1' in lines and "  [*] --> s1" in lines
    assert "  s1 --> s2 : claims owner" in lines
    back = next(line for line in lines if line.startswith("  s2 --> s1 : delay "))
    assert "days∶" in back and "00∶00" in back
    assert "  s3 --> [*]" in lines
    every = haoke("describe", "--data", leads.data, "--states")
    assert every.stdout.count("stateDiagram-v2") > 2
    assert haoke("describe", "--data", leads.data, "--states", "customer").returncode == 1


SHARED = """
return crm.package {
  name = "shared", version = "1.0.0", doc = "Two clocks, one face.",
  types = { lamp = { label = { zh = "灯", en = "lamp" }, fields = {
    { name = "due_at", kind = "datetime", readonly = true },
    { name = "state", kind = "states", choices = { "on", "off" }, clocks = {
      { name = "oil", runs = { "on" }, spans = { { hours = 1 } }, due = "due_at" },
      { name = "wick", runs = { "off" }, spans = { { hours = 2 } }, due = "due_at" },
    } },
  } } },
}
"""


def test_two_clocks_do_not_share_a_field(tmp_path):
    """A clock that ends clears its field: what the other shows would be gone."""
    write(tmp_path / "shared", init=SHARED, test='crm.test("x", function() end)')
    done = haoke("test", tmp_path / "shared")
    assert done.returncode == 1
    assert "the clocks oil and wick both have due = due_at" in done.stdout + done.stderr
