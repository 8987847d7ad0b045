"""Why: what rules said, where a record may go, what is due, what failed; now and in the past."""

import pytest

from packages import write

PACKAGE = """
return crm.package {
  name = "leads", version = "1.0.0", doc = "What can be explained.",
  types = { lead = { label = { zh = "线索", en = "lead" }, fields = {
    { name = "name", kind = "text", required = true },
    { name = "amount", kind = "money" }, { name = "note", kind = "text" },
    { name = "broken", kind = "boolean" },
    { name = "state", kind = "states", choices = { "公海", "已领取", "成交" }, transitions = {
      ["公海"] = { "已领取" },
      ["已领取"] = { { to = "公海", delay = { days = 3 } },
                     { to = "成交", where = { amount = { ge = 100 } }, who = { roles = { "leader" } } } },
    } },
  } } },
  rules = {
    big = { on = "lead", events = { "update" }, fields = { "amount" }, where = { amount = { ge = 1000 } },
      doc = "Notes big amounts.", before = function(ctx, change)
        ctx:update("lead", change.id, { note = "大单" })
      end },
    tell = { on = "lead", events = { "update" }, fields = { "note" }, doc = "Fails while broken.",
      after = function(ctx, change)
        local lead = ctx:get("lead", change.id)
        if lead.broken then
          ctx:fail("RULE_FAILED", "坏了")
        end
      end },
    odd = { on = "lead", events = { "update" }, fields = { "name" }, doc = "Has a fault.",
      after = function(ctx, change)
        return change.after.nothing.more
      end },
  },
}
"""
ODD_LINE = PACKAGE.lstrip("\n").split("\n").index("        return change.after.nothing.more") + 1


CALLS = """
return crm.package {
  name = "calls", version = "1.0.0", doc = "Sets timers that say in several ways whom they are about.",
  types = { lead = { fields = { { name = "name", kind = "text" } } }, lead_note = { fields = { { name = "name", kind = "text" } } } },
  ops = {
    ["lead.due"] = { write = true, internal = true, params = { id = { kind = "integer" } }, run = function() return {} end },
    ["pool.due"] = { write = true, internal = true, params = { id = { kind = "integer" }, lead = { kind = "integer" },
      type = { kind = "text" } }, run = function() return {} end },
    ["lead.wait"] = { write = true, run = function(ctx)
      local hour = 3600000
      ctx:at(ctx.now + hour, "lead.due", { id = 1 }, "own")
      ctx:at(ctx.now + 2 * hour, "pool.due", { lead = 1 }, "named")
      ctx:at(ctx.now + 3 * hour, "pool.due", { type = "lead", id = 1 }, "said")
      ctx:at(ctx.now + 4 * hour, "lead.due", { id = 2 }, "another")
      ctx:at(ctx.now + 5 * hour, "pool.due", { id = 1 }, "of what")
      ctx:at(ctx.now + 6 * hour, "pool.due", { type = "lead_note", id = 1 }, "of another type")
      return {}
    end },
  },
}
"""


def test_timers_are_told_however_they_say_whom_they_are_about(tmp_path, start_server):
    write(tmp_path / "packages" / "calls", init=CALLS)
    server = start_server(configuration={"packages": {"enable": ["calls"]}}, test_clock="2026-03-02T09:00:00+08:00",
                          arguments=["--packages", str(tmp_path / "packages")])
    with server.connect() as client:
        def hours(kind, number):
            told = client.call("workflow.explain", type=kind, id=number)["timers"]
            return [(timer["due"] - now) / 3_600_000 for timer in told]

        now = client.call("clock.get")["now"]
        for kind in ("lead", "lead", "lead_note"):
            client.call("record.create", type=kind, values={"name": "天宇"})
        client.call("lead.wait")
        assert hours("lead", 1) == [1, 2, 3]
        assert hours("lead", 2) == [4]
        assert hours("lead_note", 1) == [6]
        customer = client.call("record.create", type="customer", values={"name": "王秀兰"})["id"]
        task = client.call("record.create", type="task", values={
            "customer": customer, "kind": "call", "title": "打电话", "due_on": "2026-03-05"})["id"]
        (timer,) = client.call("workflow.explain", type="task", id=task)["timers"]
        assert (timer["op"], timer["due"] - now) == ("task.due", (2 * 24 + 15) * 3_600_000)
        client.call("clock.advance", to=timer["due"])
        assert client.call("workflow.explain", type="task", id=task)["timers"] == []


WINDOW = 100  # limits.scan_rows: entries that one look into the past goes through


@pytest.fixture(name="calls")
def calls_fixture(tmp_path, start_server):
    write(tmp_path / "packages" / "calls", init=CALLS)
    return start_server(configuration={"packages": {"enable": ["calls"]}, "limits": {"scan_rows": WINDOW}},
                        test_clock="2026-03-02T09:00:00+08:00",
                        arguments=["--packages", str(tmp_path / "packages")])


def timers_then(client, sequence):
    told = client.call("workflow.explain", type="lead", id=1, at_sequence=sequence)
    return [(timer["due"], timer["op"], timer["cause"]) for timer in told["timers"]], told["timers_since"]


def test_timers_of_the_past_are_told(calls):
    """As they were told then: while they waited, after they fired, and when the entry that set them is far back."""
    with calls.connect() as client:
        def last():
            return client.call("journal.read", after=max(0, made), limit=10_000)["items"][-1]["seq"]

        made = 0
        client.call("record.create", type="lead", values={"name": "天宇"})
        before = last()
        client.call("lead.wait")
        made = last()
        told = {}
        for hour in (0.5, 1.5, 2.5, 3.5):
            start = client.call("clock.get")["now"] if hour == 0.5 else start
            client.call("clock.advance", to=int(start + hour * 3_600_000))
            client.call("record.create", type="lead_note", values={"name": "又过了一小时"})
            now = client.call("workflow.explain", type="lead", id=1)
            assert now["timers_since"] == 1
            told[last()] = [(timer["due"], timer["op"], timer["cause"]) for timer in now["timers"]]
        assert [len(timers) for timers in told.values()] == [3, 2, 1, 0]
        assert all(cause == made for timers in told.values() for *_, cause in timers)
        for sequence, timers in told.items():
            assert timers_then(client, sequence)[0] == timers
        assert timers_then(client, before)[0] == []
        assert [len(timers_then(client, sequence)[0]) for sequence in (made - 1, made)] == [0, 3]


def test_timers_that_were_set_long_before_are_told_while_they_wait_or_when_they_fire_soon(calls):
    with calls.connect() as client:
        client.call("record.create", type="lead", values={"name": "天宇"})
        client.call("lead.wait")
        start = client.call("clock.get")["now"]
        for _ in range(WINDOW + 10):
            note = client.call("record.create", type="lead_note", values={"name": "很多别的事"})["id"]
        items, after = [], 0
        while after is not None:
            page = client.call("journal.read", after=after)
            items, after = items + page["items"], page["next"]
        then = items[-1]["seq"]
        assert items[-1]["changes"][0]["id"] == note
        client.call("record.create", type="lead_note", values={"name": "后来的事"})
        timers, since = timers_then(client, then)
        assert len(timers) == 3 and since == then - WINDOW + 1
        client.call("clock.advance", to=start + 2 * 3_600_000)  # two of them fire
        assert timers_then(client, then) == (timers, since)
        for _ in range(WINDOW):
            client.call("record.create", type="lead_note", values={"name": "又是很多"})
        client.call("clock.advance", to=start + 3 * 3_600_000)  # the third one fires, too late to be known of
        assert timers_then(client, then) == (timers[:2], since)


@pytest.fixture(name="leads")
def leads_fixture(tmp_path, start_server):
    write(tmp_path / "packages" / "leads", init=PACKAGE.lstrip("\n"))
    return start_server(
        configuration={"packages": {"enable": ["leads"]}, "failures": {"kept": 10}},
        test_clock="2026-03-02T09:00:00+08:00",
        arguments=["--packages", str(tmp_path / "packages")],
    )


def create(client, **values):
    return client.call("record.create", type="lead", values={"name": "天宇", **values})


def update(client, number, **values):
    return client.call("record.update", type="lead", id=number, values=values)


def explain(client, number=1, **more):
    return client.call("workflow.explain", type="lead", id=number, **more)


def reasons(change):
    return {rule["rule"]: rule["reason"] for rule in change["rules"]}


def test_each_rule_says_why(leads):
    with leads.connect() as client:
        create(client)
        assert reasons(explain(client)["changes"][0]) == {"big": "event", "tell": "event", "odd": "event"}
        update(client, 1, amount=500)
        change = explain(client)["changes"][0]
        assert (change["event"], change["op"]) == ("update", "record.update")
        assert reasons(change) == {"big": "where", "tell": "unchanged", "odd": "unchanged"}
        rules = {rule["rule"]: rule for rule in change["rules"]}
        assert rules["big"]["unmet"] == {"amount": 500}
        assert rules["tell"]["fields"] == ["note"]
        assert (rules["tell"]["package"], rules["tell"]["moment"]) == ("leads", "after")
        assert all(rule["text"] for rule in change["rules"])
        update(client, 1, amount=1000)
        assert reasons(explain(client)["changes"][0]) == {
            "big": "holds", "tell": "holds", "odd": "unchanged"}


def test_texts_are_in_the_language_of_the_caller(leads):
    with leads.connect() as client:
        create(client)
        texts = set()
        for language in ("zh-CN", "en"):
            client.call("session.hello", lang=language)
            texts.add(explain(client)["changes"][0]["rules"][0]["text"])
        assert texts == {"这条规则不管这种变化", "the rule is for other events"}


def test_the_past_is_asked_by_its_sequence(leads):
    with leads.connect() as client:
        create(client)
        first = explain(client)["seq"]
        update(client, 1, amount=500)
        client.call("record.move", type="lead", id=1, to="已领取")
        last = explain(client, limit=50)
        assert len(last["changes"]) == 3
        for change in last["changes"]:
            then = explain(client, at_sequence=change["seq"])
            assert then["changes"] == [change]
        middle = explain(client, at_sequence=last["seq"] - 1)
        assert middle["changes"][0]["after"] == {"amount": 500}
        assert middle["states"][0]["state"] == "公海" and middle["timers"] == []
        assert explain(client, at_sequence=first)["changes"][0]["event"] == "create"
        error = client.error("workflow.explain", type="lead", id=1, at_sequence=first - 1)
        assert error.code == "NOT_FOUND"
        assert client.error("workflow.explain", type="lead", id=7).code == "NOT_FOUND"


def test_states_say_where_a_record_may_go(leads):
    with leads.connect() as client:
        create(client)
        client.call("record.move", type="lead", id=1, to="已领取")
        told = explain(client)
        (field,) = told["states"]
        ways = {way["to"]: way for way in field["transitions"]}
        assert (field["field"], field["state"]) == ("state", "已领取")
        assert ways["成交"]["reason"] == "who" and ways["成交"]["who"] == {"roles": ["leader"]}
        due = client.call("clock.get")["now"] + 3 * 24 * 60 * 60 * 1000
        assert ways["公海"]["delay"]["reason"] == "holds" and ways["公海"]["delay"]["due"] == due
        (timer,) = told["timers"]
        assert (timer["due"], timer["op"], timer["to"]) == (due, "states.due", "公海")
        client.call("clock.advance", to=due)
        told = explain(client)
        assert told["changes"][0]["op"] == "states.due" and told["timers"] == []


def test_failures_are_kept_with_their_place(leads):
    with leads.connect() as client:
        client.call("session.hello", lang="en")
        create(client)
        update(client, 1, broken=True, note="x")
        client.call("clock.advance", to="2026-03-02T09:30:00+08:00")
        told = explain(client)
        (failure,) = told["failures"]
        assert (failure["package"], failure["rule"], failure["file"]) == ("leads", "tell", "init.lua")
        assert (failure["code"], failure["times"]) == ("RULE_FAILED", 3)
        assert (failure["record_type"], failure["record_id"]) == ("lead", 1)
        (timer,) = [timer for timer in told["timers"] if timer["op"] == "rule.run"]
        assert (timer["attempts"], timer["due"], timer["rule"]) == (3, failure["due"], "tell")
        update(client, 1, broken=False)
        client.call("clock.advance", to=failure["due"])
        told = explain(client)
        assert told["failures"][0]["over_at"] == failure["due"]
        assert "due" not in told["failures"][0] and told["timers"] == []


def test_a_fault_tells_its_line(leads):
    with leads.connect() as client:
        create(client)
        update(client, 1, name="天宇二")
        client.call("clock.get")
        client.call("clock.advance", to="2026-03-02T09:00:30+08:00")
        (failure,) = explain(client)["failures"]
        assert (failure["code"], failure["file"], failure["line"]) == ("SCRIPT_ERROR", "init.lua", ODD_LINE)


@pytest.mark.parametrize("made", [9, 10, 11])
def test_only_so_many_failures_are_kept(leads, made):
    """failures.kept = 10."""
    with leads.connect() as client:
        for number in range(1, made + 1):
            create(client)
            update(client, number, name="别的")
        client.call("clock.advance", to="2026-03-02T09:00:30+08:00")
        assert client.call("record.count", type="failure")["count"] == min(made, 10)
        assert len(explain(client, made)["failures"]) == 1
    leads.stop()
    leads.verify()
