"""The sample business: whole, the same every time, loaded once."""

import subprocess
import time

from server import ROOT, Server

LOADER = ROOT / "scripts" / "health_product" / "sample" / "load.py"
TODAY = "2026-03-16"
SIZES = {"user": 6, "product": 12, "customer": 2044, "order": 6000}
SECONDS = 240
PATIENT = {"script": {"milliseconds": 60_000}}  # sanitizers are slow


def start_loader(server):
    return subprocess.Popen(["/usr/bin/python3", "-B", LOADER, server.unix], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env={"LANG": "en_US.UTF-8", "PYTHONIOENCODING": "utf-8"})


def load(server):
    loader = start_loader(server)
    said, _ = loader.communicate(timeout=SECONDS)
    assert loader.returncode == 0, said
    return said


def sizes(client):
    return {kind: client.call("record.count", type=kind)["count"] for kind in SIZES}


def due(client):
    page = client.call("task.list", on=TODAY, limit=500)
    assert page["next"] is None
    return [(task["due_on"], task["owner"], task["title"], task["overdue"])
            for task in page["items"]]


def look_around(client):
    """What the package can do has something to show."""
    rows = client.call("revisit.progress", **{"from": "2026-02-01"}, to="2026-02-28")["items"]
    done, late = (sum(row[key] for row in rows) for key in ("done", "late"))
    assert len(rows) == 6 and done > 300 and 0.05 < late / done < 0.15
    assert client.call("revisit.near", limit=100)["items"]
    kinds = {group["key"] for group in client.call(
        "record.count", type="task", group="kind", where={"state": "open"})["groups"]}
    assert {"revisit", "repurchase", "visit", "birthday", "anniversary", "problem"} <= kinds
    steps = {group["key"] for group in client.call("record.count", type="order",
                                                   group="progress")["groups"]}
    assert steps == {"placed", "confirmed", "shipped"}


def test_the_sample_is_whole_and_the_same_every_time():
    lists = []
    for _ in range(2):
        server = Server(PATIENT, test_clock=TODAY)
        try:
            said = load(server.start())
            assert "6000 orders" in said
            with server.connect() as client:
                assert sizes(client) == SIZES
                lists.append(due(client))
                look_around(client)
                last = client.call("server.info")["sequence"]
                assert "nothing was changed" in load(server)
                assert client.call("server.info")["sequence"] == last
            server.stop()
        finally:
            server.kill()
            server.remove()
    assert lists[0] == lists[1]
    overdue = sum(row[3] for row in lists[0])
    assert 10 <= len(lists[0]) - overdue <= 60
    assert 1 <= overdue <= 25


def test_a_load_that_was_broken_off_goes_on(start_server):
    server = start_server(test_clock=TODAY)
    loader = start_loader(server)
    with server.connect() as client:
        deadline = time.monotonic() + SECONDS
        while client.call("record.count", type="order")["count"] < 1000:
            assert loader.poll() is None and time.monotonic() < deadline
        loader.kill()
        loader.communicate()
        assert sizes(client)["order"] < SIZES["order"]
        load(server)
        assert sizes(client) == SIZES


def test_other_data_is_left_alone(start_server):
    server = start_server(test_clock=TODAY)
    with server.connect() as client:
        client.call("record.create", type="customer", values={"name": "王秀兰", "phone": "13800001001"})
        assert "nothing was loaded" in load(server)
        assert sizes(client)["customer"] == 1
