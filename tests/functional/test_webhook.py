"""Webhooks: every event arrives at least once, in order for each record, under one number for ever, whatever the
receiver, the network and the process do."""

import json
import random
import signal
import socket
import threading
import time

import pytest

from packages import haoke, write
from receiver import SECRET, Receiver
from server import CONFIGURATION, Server

OUTBOX = """
return crm.package {
  name = "outbox", version = "1.0.0", doc = "Tells the ERP of customers.",
  rules = {
    tell = { on = "customer", events = { "create", "update" }, doc = "Tells of each change.",
      before = function(ctx, change)
        ctx:deliver { channel = "webhook", target = "erp", event = "customer.changed", type = "customer",
                      id = change.id, data = { name = change.after.name, note = change.after.note } }
      end },
  },
}
"""
RETRIES = {"retry_first_ms": 20, "retry_most_ms": 200, "attempts": 1000}
SECONDS = 60


def configuration(receiver, deliveries=None, private=True, **webhook):
    endpoint = {"name": "erp", "url": receiver.url("/hook"), "secret": SECRET, "private": private}
    return {"deliveries": {**RETRIES, **(deliveries or {})},
            "packages": {"config": {"webhook": {"endpoints": [endpoint], "poll_ms": 20, **webhook}}}}


@pytest.fixture(name="receiver")
def receiver_fixture():
    with Receiver() as made:
        yield made


@pytest.fixture(name="serve")
def serve_fixture(tmp_path, start_server, receiver):
    write(tmp_path / "packages" / "outbox", init=OUTBOX)

    def serve(test_clock=None, **options):
        return start_server(configuration=configuration(receiver, **options), test_clock=test_clock,
                            arguments=["--packages", str(tmp_path / "packages"),
                                       "--enable", "outbox,webhook"])
    return serve


def create(client, name="王秀兰"):
    return client.call("record.create", type="customer", values={"name": name})


def note(client, customer, text):
    return client.call("record.update", type="customer", id=customer, values={"note": text})


def in_state(client, state):
    return client.call("record.count", type="delivery", where={"state": state})["count"]


def until(holds, seconds=SECONDS):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def all_delivered(client, count):
    until(lambda: in_state(client, "delivered") == count)


def told(got):
    """What the receiver knows in the end: for each record the notes in the order of their first arrival."""
    seen, notes = set(), {}
    for one in got:
        if one.id not in seen:
            seen.add(one.id)
            notes.setdefault(one.body["record"]["id"], []).append(one.body["data"].get("note"))
    return notes


# --- what is sent ---------------------------------------------------------------------------------


def test_an_event_arrives_signed(serve, receiver):
    with serve().connect() as client:
        customer = create(client, "王“秀兰”\n\\")
        got = receiver.wait(lambda got: len(got) == 1)[0]
        all_delivered(client, 1)
        delivery = client.call("record.get", type="delivery", id=1)
        ages = client.call("server.metrics")["histograms"]["api_delivery_age_ms"]
    assert (ages["count"], ages["sum"]) == (1, delivery["closed_at"] - delivery["created_at"])
    assert got.signed and got.id == 1 and got.headers["content-type"] == "application/json"
    assert got.body == {
        "id": "1", "type": "customer.changed", "sequence": delivery["sequence"],
        "timestamp": got.body["timestamp"], "record": {"type": "customer", "id": customer["id"]},
        "data": {"name": "王“秀兰”\n\\"}}
    assert delivery["state"] == "delivered" and delivery["attempts"] == 1
    assert delivery["closed_at"] >= delivery["created_at"]
    assert receiver.paths == ["/hook"]


def test_ping_asks_an_endpoint(serve, receiver):
    with serve().connect() as client:
        assert client.call("webhook.ping", target="erp") == {"delivery": 1}
        got = receiver.wait(lambda got: len(got) == 1)[0]
    assert got.signed and got.body["type"] == "webhook.pinged" and got.body["data"] == {}
    assert "record" not in got.body


def test_what_a_change_set_drops_is_never_sent(serve, receiver):
    with serve().connect() as client:
        create(client)
        failing = [{"op": "record.update",
                    "params": {"type": "customer", "id": 1, "values": {"note": "不会发出"}}},
                   {"op": "record.get", "params": {"type": "customer", "id": 99}}]
        assert client.error("batch.run", calls=failing).code == "NOT_FOUND"
        dry = client.call("record.update", type="customer", id=1, values={"note": "演算"}, dry_run=True)
        assert [(item["channel"], item["target"], item["event"], item["data"]["note"])
                for item in dry["deliveries"]] == [("webhook", "erp", "customer.changed", "演算")]
        assert [change["type"] for change in dry["changes"]] == ["customer"]
        note(client, 1, "真的")
        all_delivered(client, 2)
    assert told(receiver.got) == {1: [None, "真的"]}


# --- receivers that misbehave -----------------------------------------------------------------------


def work(client, customers, rounds):
    for _ in range(customers):
        create(client)
    for number in range(rounds):
        for customer in range(1, customers + 1):
            note(client, customer, str(number))


def everything(customers, rounds):
    return {customer: [None, *map(str, range(rounds))] for customer in range(1, customers + 1)}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_flapping_receiver_gets_everything_in_order(serve, receiver, seed):
    chance = random.Random(seed)
    # Whatever it answered, it has the event; what it answered well it must not be asked for again.
    well = set()

    def answer(got):
        assert got.id not in well
        said = chance.choice([200, 200, 204, 500, 503, 429, 404, 302, "drop"])
        if said in (200, 204):
            well.add(got.id)
        return said

    receiver.answers = answer
    with serve(each=8, queue=20).connect() as client:
        work(client, 5, 8)
        all_delivered(client, 45)
        assert in_state(client, "dead") == 0
    assert told(receiver.got) == everything(5, 8)
    assert all(got.signed for got in receiver.got)
    assert len(well) == 45 and len(receiver.got) > 45
    assert set(receiver.paths) == {"/hook"}  # no redirect was followed


def test_a_receiver_that_is_down_gets_everything_later(serve, receiver):
    receiver.stop()
    with serve().connect() as client:
        work(client, 3, 3)
        until(lambda: client.call("record.find", type="delivery", limit=1)["items"][0]["attempts"] > 2)
        assert in_state(client, "delivered") == 0
        receiver.start()
        all_delivered(client, 12)
    assert told(receiver.got) == everything(3, 3)


def test_a_slow_receiver_is_timed_out_and_holds_up_no_other(start_server, tmp_path, receiver):
    write(tmp_path / "packages" / "outbox", init=OUTBOX.replace('target = "erp"', "target = change.after.name"))
    with Receiver() as other:
        made = configuration(receiver, timeout_ms=300, each=2)
        made["packages"]["config"]["webhook"]["endpoints"].append(
            {"name": "app", "url": other.url(), "secret": SECRET, "private": True})
        receiver.answers = "slow"
        server = start_server(configuration=made, arguments=[
            "--packages", str(tmp_path / "packages"), "--enable", "outbox,webhook"])
        with server.connect() as client:
            for _ in range(6):
                create(client, "erp")
            receiver.wait(lambda got: len(got) >= 2)
            for _ in range(6):
                create(client, "app")
            other.wait(lambda got: len(got) == 6)
            assert in_state(client, "delivered") <= 6
            until(lambda: client.call("record.find", type="delivery", where={"target": "erp"},
                                      limit=1)["items"][0].get("error") is not None)
            receiver.answers = 200
            all_delivered(client, 12)
    assert {got.id for got in receiver.got} == set(range(1, 7))


def test_a_receiver_that_answers_late_gets_an_event_twice_under_one_number(serve, receiver):
    """It has kept the event, but its answer comes when nobody waits for it any more: the event comes again. What it
    tells events apart by is the same each time, and so is what it got; so it knows each event once."""
    late = {}

    def answer(got):
        late[got.id] = late.get(got.id, 0) + 1
        return "late" if late[got.id] <= got.id % 3 else 200  # late never, once, or twice

    receiver.answers = answer
    with serve(timeout_ms=300, each=8).connect() as client:
        work(client, 3, 3)
        all_delivered(client, 12)
        kept = {item["id"]: item for item in client.call("record.find", type="delivery", limit=100)["items"]}
    for number, delivery in kept.items():
        times = [got for got in receiver.got if got.id == number]
        # On a busy machine an answer that was meant to be prompt may come late, too.
        assert len(times) == delivery["attempts"] >= 1 + number % 3
        assert all(got.body == times[0].body and got.signed for got in times)
        assert times[0].body["id"] == times[0].headers["webhook-id"] == str(number)
    # In order for each record, those that came twice among them; and once for who looks at the number.
    for customer in (1, 2, 3):
        numbers = [got.id for got in receiver.got if got.body["record"]["id"] == customer]
        assert numbers == sorted(numbers)
    assert told(receiver.got) == everything(3, 3)
    assert {got.id for got in receiver.got} == set(range(1, 13))


def test_kills_lose_nothing(serve, receiver):
    chance = random.Random(5)
    receiver.answers = lambda got: chance.choice([200, 200, 500, "drop"])
    server = serve()
    sent = 0
    for _ in range(4):
        with server.connect() as client:
            if sent == 0:
                for _ in range(3):
                    create(client)
            for _ in range(10):
                for customer in (1, 2, 3):
                    note(client, customer, str(sent))
                sent += 1
        before = len(receiver.got)
        receiver.wait(lambda got, before=before: len(got) > before)
        server.kill()
        server.start()
    with server.connect() as client:
        all_delivered(client, 3 + 3 * sent)
    assert told(receiver.got) == everything(3, sent)
    server.stop()
    server.verify()


def test_a_stop_under_way_is_taken_up_again(serve, receiver):
    receiver.answers = "slow"
    server = serve()
    with server.connect() as client:
        create(client)
        receiver.wait(lambda got: len(got) == 1)
    server.stop()
    receiver.answers = 200
    server.start()
    with server.connect() as client:
        all_delivered(client, 1)
    assert {got.id for got in receiver.got} == {1}


# --- dead letters, redelivery -------------------------------------------------------------------------


def test_dead_letters_are_delivered_again(serve, receiver):
    receiver.answers = lambda got: 500 if got.id == 1 else 200
    with serve(test_clock="2026-03-02T09:00:00+08:00", deliveries={"attempts": 3}).connect() as client:
        work(client, 1, 1)
        for tries in (1, 2):
            until(lambda: in_state(client, "failed") == 1)
            waiting = client.call("record.get", type="delivery", id=1)
            assert waiting["attempts"] == tries and waiting["error"] == "HTTP 500"
            due = client.call("workflow.explain", type="delivery", id=1)["timers"]
            assert [(timer["op"], timer["due"]) for timer in due] == [("delivery.due", waiting["due_at"])]
            client.call("clock.advance", to=waiting["due_at"])
        until(lambda: in_state(client, "dead") == 1)
        until(lambda: in_state(client, "delivered") == 1)  # the second one is not held up for ever
        receiver.answers = 200
        assert [got.id for got in receiver.got] == [1, 1, 1, 2]
        dead = client.call("record.find", type="delivery", where={"state": "dead"})["items"]
        assert [(item["id"], item["attempts"]) for item in dead] == [(1, 3)]
        dry = client.call("delivery.retry", id=1, dry_run=True)
        assert [(item["id"], item["state"]) for item in dry["deliveries"]] == [(1, "pending")]
        assert client.call("delivery.retry", id=1)["count"] == 1
        all_delivered(client, 2)
    assert [got.id for got in receiver.got] == [1, 1, 1, 2, 1]
    assert receiver.got[-1].body == receiver.got[0].body


def test_everything_from_a_sequence_is_delivered_again(serve, receiver):
    with serve().connect() as client:
        work(client, 2, 3)
        all_delivered(client, 8)
        from_here = client.call("record.get", type="delivery", id=4)["sequence"]
        count, after = 0, {}
        while after is not None:
            page = client.call("delivery.retry", **{"from": from_here, "limit": 2, "target": "erp", **after})
            count += page["count"]
            after = {"after": page["next"]} if page["next"] else None
        assert count == 5
        receiver.wait(lambda got: len(got) == 13)
        all_delivered(client, 8)
    again = receiver.got[8:]
    assert sorted(got.id for got in again) == [4, 5, 6, 7, 8]
    for customer in (1, 2):
        ids = [got.id for got in again if got.body["record"]["id"] == customer]
        assert ids == sorted(ids)


def test_gone_is_dead_at_once(serve, receiver):
    receiver.answers = 410
    with serve().connect() as client:
        create(client)
        until(lambda: in_state(client, "dead") == 1)
        assert client.call("record.get", type="delivery", id=1)["error"] == "HTTP 410"
    assert len(receiver.got) == 1


# --- where it may connect to --------------------------------------------------------------------------


def test_private_addresses_need_a_word(serve, receiver):
    with serve(private=False).connect() as client:
        create(client)
        until(lambda: client.call("record.get", type="delivery", id=1)["attempts"] > 0)
        assert "private = true" in client.call("record.get", type="delivery", id=1)["error"]
    assert receiver.got == []


def hang_up(server, made, event):
    server.configuration.write_text(json.dumps({**CONFIGURATION, **made}))
    before = server.log().count(f"event={event}")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: server.log().count(f"event={event}") > before)


def test_an_endpoint_comes_and_goes_without_a_restart(serve, receiver):
    server = serve()
    made = configuration(receiver)
    endpoints = made["packages"]["config"]["webhook"]["endpoints"]
    with Receiver() as other, server.connect() as client:
        client.call("webhook.ping", target="app")
        until(lambda: client.call("record.get", type="delivery", id=1)["attempts"] > 0)
        endpoints.append({"name": "app", "url": other.url(), "secret": SECRET, "private": True})
        process = server.process.pid
        hang_up(server, made, "api.package_configured")
        other.wait(lambda got: len(got) == 1)  # what waited for it goes on by itself
        create(client)
        receiver.wait(lambda got: len(got) == 1)
        all_delivered(client, 2)
        # One that is wrong: everybody goes on with what there was.
        endpoints[1] = {**endpoints[1], "secret": "short"}
        hang_up(server, made, "api.package_config_refused")
        assert "app" in server.log().rsplit("api.package_config_refused", maxsplit=1)[1]
        client.call("webhook.ping", target="app")
        create(client)
        all_delivered(client, 4)
        del endpoints[1]
        hang_up(server, made, "api.package_configured")
        client.call("webhook.ping", target="app")
        until(lambda: '"app"' in (client.call("record.get", type="delivery", id=5).get("error") or ""))
        create(client)
        all_delivered(client, 5)
        assert server.process.pid == process
    assert [got.id for got in other.got] == [1, 3] and {got.id for got in receiver.got} == {2, 4, 6}


def test_an_unknown_endpoint_is_said(serve, receiver):
    with serve().connect() as client:
        client.call("webhook.ping", target="nowhere")
        until(lambda: client.call("record.get", type="delivery", id=1)["attempts"] > 0)
        assert '"nowhere"' in client.call("record.get", type="delivery", id=1)["error"]


@pytest.mark.parametrize("endpoint, said", [
    ({"url": "ftp://example.com/"}, "http://"), ({"url": "file:///etc/passwd"}, "http://"),
    ({"url": "http://a b/"}, "http://"), ({"secret": "short"}, "secret"),
])
def test_a_wrong_configuration_is_refused(tmp_path, receiver, endpoint, said):
    made = configuration(receiver)
    made["packages"]["config"]["webhook"]["endpoints"][0].update(endpoint)
    made["packages"]["enable"] = ["webhook"]
    server = Server(configuration=made)
    try:
        with pytest.raises(AssertionError, match="not ready") as refused:
            server.start()
        assert said in str(refused.value) and "erp" in str(refused.value)
    finally:
        server.kill()
        server.remove()


# --- limits -------------------------------------------------------------------------------------------


def highest(receiver, serve, count, **options):
    """How many requests were under way at once, when all are held until no more come."""
    under_way, most = set(), [0]
    gate = threading.Event()

    def answer(got):
        under_way.add(got.id)
        most[0] = max(most[0], len(under_way))
        return "slow"

    receiver.answers = answer
    with serve(timeout_ms=60000, **options).connect() as client:
        for _ in range(count):
            create(client)
        until(lambda: most[0] >= min(count, 3))
        gate.wait(0.3)  # more would come in a moment, if they did
        assert in_state(client, "pending") == count
    return most[0]


@pytest.mark.parametrize("limit", [{"each": 3}, {"queue": 3, "each": 9}, {"transfers": 3, "each": 9}])
def test_what_is_in_hand_is_bounded(serve, receiver, limit):
    assert highest(receiver, serve, 8, **limit) == 3


# --- what must stay silent ----------------------------------------------------------------------------


def test_a_restored_server_is_silent_until_it_is_resumed(serve, receiver, tmp_path, start_server):
    receiver.answers = 503
    server = serve()
    with server.connect() as client:
        work(client, 1, 1)
        until(lambda: client.call("record.get", type="delivery", id=1)["attempts"] > 0)
        client.call("backup.run", path=str(tmp_path / "backup"))
        until(lambda: all(job["state"] == "done" for job in client.call("job.list")["items"]))
    server.stop()
    other = Server(configuration=configuration(receiver), arguments=server.arguments)
    restored = haoke("restore", tmp_path / "backup", "--data", other.data)
    assert restored.returncode == 0, restored.stderr
    heard = len(receiver.got)
    receiver.answers = 200
    try:
        other.start()
        with other.connect() as client:
            assert client.call("server.info")["paused"]
            note(client, 1, "恢复之后")
            # Time for twenty questions of the carrier, and for retries.
            time.sleep(0.4)
            assert len(receiver.got) == heard
            assert in_state(client, "delivered") == 0
            client.call("server.resume")
            all_delivered(client, 3)
        assert told(receiver.got) == {1: [None, "0", "恢复之后"]}
    finally:
        other.kill()
        other.remove()


def test_a_simulation_delivers_nothing(start_server, tmp_path, receiver):
    outbox = OUTBOX.replace("  rules = {", """  jobs = { { name = "daily", rrule = "FREQ=DAILY;BYHOUR=8", op = "outbox.tell" } },
  ops = { ["outbox.tell"] = { write = true, internal = true, doc = "Tells of the day.", run = function(ctx)
    return { id = ctx:deliver { channel = "webhook", target = "erp", event = "day.begun", data = { on = ctx.today } } }
  end } },
  rules = {""")
    write(tmp_path / "packages" / "outbox", init=outbox)
    server = start_server(configuration=configuration(receiver), test_clock="2026-03-02T09:00:00+08:00",
                          arguments=["--packages", str(tmp_path / "packages"),
                                     "--enable", "outbox,webhook"])
    with server.connect() as client:
        job = client.call("workflow.simulate", until="2026-03-05")
        until(lambda: client.call("job.get", id=job["id"])["state"] == "done")
        items = client.call("job.get", id=job["id"])["result"]["items"]
        would = [item for item in items if item["type"] == "delivery"]
        assert [item["changes"]["after"]["data"] for item in would] == [{"on": "2026-03-03"},
                                                                       {"on": "2026-03-04"}]
        assert in_state(client, "pending") == in_state(client, "delivered") == 0
        client.call("webhook.ping", target="erp")
        all_delivered(client, 1)
        assert [got.body["type"] for got in receiver.got] == ["webhook.pinged"]
        client.call("clock.advance", to="2026-03-05")
        all_delivered(client, 3)
    # They are about no record, and so in no order.
    assert sorted(got.body["data"]["on"] for got in receiver.got[1:]) == ["2026-03-03", "2026-03-04"]


def test_a_swap_of_the_plugin_loses_nothing(serve, receiver):
    chance = random.Random(9)
    receiver.answers = lambda got: chance.choice([200, 500, "drop"])
    with serve().connect() as client:
        for _ in range(3):
            create(client)
        for number in range(12):
            for customer in (1, 2, 3):
                note(client, customer, str(number))
            if number % 4 == 0:
                client.call("plugin.load", name="webhook")
        all_delivered(client, 39)
    assert told(receiver.got) == everything(3, 12)


def test_a_port_that_nobody_answers_is_an_error_to_read(serve, receiver):
    receiver.stop()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", receiver.port))  # nobody else may have it, and nobody listens
        with serve().connect() as client:
            create(client)
            until(lambda: client.call("record.get", type="delivery", id=1)["attempts"] > 0)
            assert "connect" in client.call("record.get", type="delivery", id=1)["error"].lower()
