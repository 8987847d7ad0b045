"""Subscriptions: every change once, in order, without gaps; resumed; and a subscriber that is too slow."""

import socket
import time

from client import Client
from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}
LAG = 50  # limits.event_lag of the server with the slow subscriber


def create(client, name, **values):
    return client.call("record.create", type="customer", values={"name": name, **values})


def wait_events(subscriber, count, method="event"):
    """The first `count` notifications of that method, waiting for them."""
    deadline = time.monotonic() + 30
    while True:
        found = [params[0] for name, params in subscriber.notifications if name == method]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{len(found)} of {count} notifications came"
        subscriber.read_messages()


def read_all(client, after, **asked):
    """The same events from event.read."""
    events = []
    while True:
        page = client.call("event.read", after=after, **asked)
        events += page["items"]
        after = page["next"]
        if not page["more"]:
            return events


def test_events_follow_commits(server, client):
    with server.connect() as subscriber:
        start = subscriber.call("event.subscribe", types=["customer"])
        made = create(client, "王秀兰", phone="138-0000-1001")
        client.call("record.update", type="customer", id=made["id"], values={"owner": "李静"})
        client.call("record.create", type="product", values={"name": "天宇保健茶"})
        client.call("record.delete", type="customer", id=made["id"])
        events = wait_events(subscriber, 3)
        assert [event["change"] for event in events] == ["created", "updated", "deleted"]
        assert [event["version"] for event in events] == [1, 2, 3]
        assert {event["id"] for event in events} == {made["id"]}
        assert all(event["epoch"] == start["epoch"] and event["seq"] > start["after"]
                   for event in events)
        assert events[1]["record"]["owner"] == "李静" and events[1]["op"] == "record.update"
        assert events == read_all(client, start["after"], types=["customer"])


def test_resumes_behind_a_sequence(server, client):
    first = create(client, "张桂英")
    with server.connect() as subscriber:
        subscriber.call("event.subscribe", types=["customer"])
        second = create(client, "刘建国")
        seen = wait_events(subscriber, 1)
    third = create(client, "陈志强")
    with server.connect() as subscriber:
        subscriber.call("event.subscribe", after=seen[-1]["seq"], types=["customer"])
        assert [event["id"] for event in wait_events(subscriber, 1)] == [third["id"]]
    with server.connect() as subscriber:
        subscriber.call("event.subscribe", after=0, types=["customer"])
        everything = read_all(client, 0, types=["customer"])
        assert wait_events(subscriber, len(everything)) == everything
        assert [event["id"] for event in everything[-3:]] == [
            first["id"], second["id"], third["id"]]


def test_where_and_entry_places(server, client):
    with server.connect() as subscriber:
        subscriber.call("event.subscribe", types=["customer"], where={"owner": "赵磊"})
        client.call("batch.run", calls=[
            {"op": "record.create",
             "params": {"type": "customer", "values": {"name": name, "owner": owner}}}
            for name, owner in (("甲", "赵磊"), ("乙", "李静"), ("丙", "赵磊"))])
        events = wait_events(subscriber, 2)
        assert [event["record"]["name"] for event in events] == ["甲", "丙"]
        assert [(event["index"], event["count"]) for event in events] == [(0, 2), (1, 2)]
        assert len({event["seq"] for event in events}) == 1


def test_unsubscribe_and_logout_end_it(server, client):
    with server.connect() as subscriber:
        subscriber.call("event.subscribe")
        assert subscriber.call("event.unsubscribe") == {"subscribed": True}
        assert subscriber.call("event.unsubscribe") == {"subscribed": False}
        create(client, "孙丽华")
        subscriber.call("server.ping")
        assert subscriber.notifications == []


def test_bad_subscriptions(client):
    assert client.error("event.subscribe", types=["custmer"]).code == "INVALID_ARGUMENT"
    assert client.error("event.subscribe", where={"owner": "李静"}).code == "INVALID_ARGUMENT"
    assert client.error("event.subscribe", types=["customer"],
                        where={"ownr": "x"}).code == "INVALID_ARGUMENT"
    assert client.error("event.subscribe", types=["credential"]).code == "INVALID_ARGUMENT"
    assert client.error("event.subscribe", after=10**9).code == "CURSOR_EXPIRED"
    assert client.error("event.subscribe", after=0, epoch=99).code == "CURSOR_EXPIRED"
    assert client.error("event.read", limit=1001).code in ("INVALID_ARGUMENT", "VALIDATION_FAILED")


def test_lag_limit(start_server):
    server = start_server(configuration={**CORE_ONLY, "limits": {"event_lag": LAG}})
    with server.connect() as client:
        for number in range(LAG + 2):
            create(client, f"客户{number}")
        last = client.call("server.info")["sequence"]
        for lag in (LAG - 1, LAG):
            with server.connect() as subscriber:
                subscriber.call("event.subscribe", after=last - lag)
                assert len(wait_events(subscriber, lag)) == lag
        with server.connect() as subscriber:
            subscriber.call("event.subscribe", after=last - LAG - 1)
            assert wait_events(subscriber, 1, "event.lost") == [{"from": last - LAG, "to": last}]


def slow_connection(path):
    """A subscriber whose socket holds little, so that what it does not take stays at the server."""
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connected.settimeout(60)
    connected.connect(path)
    return Client(connected)


def test_slow_subscriber_is_told_what_it_lost(start_server):
    limits = {"event_lag": LAG, "output_bytes": 65536}
    server = start_server(configuration={**CORE_ONLY, "limits": limits})
    with server.connect() as writer, slow_connection(server.unix) as slow:
        slow.call("event.subscribe", types=["customer"])
        written = 0
        note = "很长的备注" * 400
        # Nobody reads; what the server holds for the subscriber is bounded, writes go on.
        while written < 400:
            numbers = [writer.send("record.create", type="customer",
                                   values={"name": f"客户{written + i}", "note": note})
                       for i in range(50)]
            writer.collect(numbers)
            written += 50
        create(writer, "最后一位")
        events = []
        deadline = time.monotonic() + 60
        while not any(name == "event" and params[0]["record"]["name"] == "最后一位"
                      for name, params in slow.notifications):
            assert time.monotonic() < deadline
            # One byte at a time for a while: a slow reader, not a dead one.
            slow.unpacker.feed(slow.socket.recv(1 if time.monotonic() % 1 < 0.01 else 4096))
            slow.notifications += [(m[1], m[2]) for m in slow.unpacker if m[0] == 2]
            lost = [params[0] for name, params in slow.notifications if name == "event.lost"]
            if lost and lost[-1]["to"] >= writer.call("server.info")["sequence"]:
                break
        lost = [params[0] for name, params in slow.notifications if name == "event.lost"]
        assert lost, "the subscriber was more than event_lag behind and was not told"
        # What it got, and what it reads for what it lost, are all events, in order, once.
        for name, params in slow.notifications:
            if name == "event":
                events.append(params[0])
            elif name == "event.lost":
                gap = params[0]
                events += [event for event in read_all(writer, gap["from"] - 1, types=["customer"])
                           if event["seq"] <= gap["to"]]
        assert events == read_all(writer, 0, types=["customer"])[:len(events)]
        assert len(events) >= written
