"""Subscriptions: every change once, in order, without gaps; resumed; and a subscriber that is too slow."""

import socket
import threading
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


class SlowSubscriber:
    """Takes one byte a second, until it is let go; its socket holds little, so that what it does not take
    stays at the server."""

    def __init__(self, path, **asked):
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connected.settimeout(60)
        connected.connect(path)
        self.client = Client(connected)
        self.start = self.client.call("event.subscribe", **asked)
        self.taken = 0
        self.let_go = threading.Event()
        self.thread = threading.Thread(target=self.crawl, daemon=True)
        self.thread.start()

    def crawl(self):
        while not self.let_go.wait(1):
            self.client.unpacker.feed(self.client.socket.recv(1))
            self.taken += 1
        self.client.notifications += [(m[1], m[2]) for m in self.client.unpacker]

    def run_until(self, sequence):
        """Takes the rest at once, until all up to that sequence has come or is told as lost."""
        self.let_go.set()
        self.thread.join()
        deadline = time.monotonic() + 60
        while not any(params[0].get("seq", params[0].get("to")) >= sequence
                      for _, params in self.client.notifications):
            assert time.monotonic() < deadline
            self.client.read_messages()
        return self.client.notifications


def events_of_entry(entry, kind):
    """What a subscription to the type sends of an entry of journal.read."""
    changes = [change for change in entry["changes"] if change["type"] == kind]
    for index, change in enumerate(changes):
        deleted = "deleted_at" in change["record"]
        yield {"seq": entry["seq"], "epoch": entry["epoch"], "at": entry["at"], "actor": entry["actor"],
               "op": entry["op"], "type": kind, "id": change["id"],
               "change": "deleted" if deleted else "updated" if change["previous"] else "created",
               "version": change["record"]["version"], "index": index, "count": len(changes),
               "record": change["record"]}


def read_journal(client, after, kind, limit=7):
    events, following = [], after
    while following is not None:
        page = client.call("journal.read", after=following, limit=limit)
        events += [event for entry in page["items"] for event in events_of_entry(entry, kind)]
        following = page["next"]
    return events


def write_much(writer, count, note):
    made = [writer.call("record.create", type="customer", values={"name": f"客户{number}", "note": note})["id"]
            for number in range(count)]
    for number in made[::5]:
        writer.call("record.update", type="customer", id=number, values={"owner": "李静"})
    for number in made[::7]:
        writer.call("record.delete", type="customer", id=number)
    writer.call("record.create", type="product", values={"name": "茶"})
    writer.call("batch.run", calls=[{"op": "record.create", "params": {
        "type": "customer", "values": {"name": f"一起{number}"}}} for number in range(3)])


def test_slow_subscriber_slows_nobody_and_catches_up(start_server):
    """One byte a second. Every write is answered while next to nothing has been taken; what was lost is told, and
    the journal has the rest: the same events, in the same order, once."""
    limits = {"event_lag": LAG, "output_bytes": 65536}
    server = start_server(configuration={**CORE_ONLY, "limits": limits})
    with server.connect() as writer:
        slow = SlowSubscriber(server.unix, types=["customer"])
        write_much(writer, 400, "很长的备注" * 400)
        assert slow.taken < 1000, "the writer waited for the subscriber"
        last = writer.call("server.info")["sequence"]
        told = slow.run_until(last)
        lost = [params[0] for name, params in told if name == "event.lost"]
        assert lost, "the subscriber was more than event_lag behind and was not told"
        journal = read_journal(writer, slow.start["after"], "customer")
        got = []
        for name, params in told:
            if name == "event":
                got.append(params[0])
            else:
                assert not got or params[0]["from"] > got[-1]["seq"]
                got += [event for event in read_journal(writer, params[0]["from"] - 1, "customer")
                        if event["seq"] <= params[0]["to"]]
        assert got == journal
        assert journal == read_all(writer, slow.start["after"], types=["customer"])
        slow.client.close()
