"""What would happen: the list that is told is what then happens, and nothing happened meanwhile."""

import hashlib
import json
import os
import time

import pytest

from packages import haoke, write
from server import ROOT, Server
from test_sample import TODAY, load
from test_states import LEADS

# What comes back to the pool is looked at once more.
POOL = LEADS.replace("  rules = {\n", """  rules = {
    back = { on = "lead", events = { "update" }, fields = { "state" }, where = { state = "公海" },
      doc = "Notes that a lead is back.", after = function(ctx, change)
        ctx:update("lead", change.id, { note = "回到公海" })
      end },
""")
DAY = 24 * 60 * 60 * 1000
SAMPLES = {path.parent.parent.name: path
           for path in sorted((ROOT / "scripts").glob("*/sample/business.json"))}
STAMPS = {"version", "updated_at", "updated_by"}
SECONDS = 120


@pytest.fixture(name="serve")
def serve_fixture(tmp_path, start_server):
    write(tmp_path / "packages" / "leads", init=POOL)

    def serve(items=5000):
        return start_server(
            configuration={"packages": {"enable": ["leads"]}, "simulate": {"items": items}},
            test_clock="2026-03-02T09:00:00+08:00",
            arguments=["--packages", str(tmp_path / "packages")],
        )
    return serve


@pytest.fixture(name="leads")
def leads_fixture(serve):
    return serve()


def finished(client, job):
    end = time.monotonic() + SECONDS
    while job["state"] in ("queued", "running"):
        assert time.monotonic() < end, job
        time.sleep(0.02)
        job = client.call("job.get", id=job["id"])
    return job


def simulate(client, until):
    job = finished(client, client.call("workflow.simulate", until=until))
    assert job["state"] == "done", job
    return job["result"]


def differing(record, other):
    return {key: value for key, value in (record or {}).items()
            if key not in STAMPS and (other or {}).get(key, ...) != value}


class Journal:
    """Reads on from where it stands, and knows what every record was before."""

    def __init__(self, client):
        self.client, self.after, self.records = client, 0, {}
        self.read()

    def read(self):
        items = []
        while page := self.client.call("journal.read", after=self.after, limit=1000)["items"]:
            for entry in page:
                self.after = entry["seq"]
                items += self.items(entry)
        return items

    def items(self, entry):
        for change in entry["changes"]:
            key, record = (change["type"], change["id"]), change["record"]
            before = self.records.get(key)
            self.records[key] = record
            if not entry["op"].startswith("job.") and change["type"] != "job":
                yield {"at": entry["at"], "op": entry["op"], "type": key[0], "id": key[1],
                       "changes": {"before": differing(before, record),
                                   "after": differing(record, before)}}


def checksum(client):
    """Of everything that a client could ever export, timers included."""
    digest, after = hashlib.sha256(), {}
    while True:
        piece = client.call("export.read", format="msgpack", **after)
        digest.update(piece["data"])
        if piece["next"] is None:
            return digest.hexdigest()
        after = {"after": piece["next"]}


def assert_equals_reality(client, days):
    now = client.call("clock.get")["now"]
    client.call("clock.advance", to=now)  # what was due already has happened
    journal, before = Journal(client), checksum(client)
    told = simulate(client, now + days * DAY)
    assert told["complete"] and told["until"] == now + days * DAY
    assert told["count"] == len(told["items"])
    assert checksum(client) == before
    assert journal.read() == []
    for day in range(1, days + 1):
        client.call("clock.advance", to=now + day * DAY)
    happened = journal.read()
    assert told["items"] == happened
    assert checksum(client) != before
    return happened


def test_a_simulation_equals_reality(leads):
    with leads.connect() as client:
        for number in range(1, 8):
            client.call("record.create", type="lead", values={"name": f"天宇{number}"})
            if number != 4:
                client.call("record.move", type="lead", id=number, to="已领取")
            client.call("clock.advance", to=client.call("clock.get")["now"] + 50 * 60 * 1000)
        happened = assert_equals_reality(client, 90)
    assert {item["op"] for item in happened} == {"states.due", "rule.run"}
    assert len(happened) > 18
    assert os.listdir(os.path.join(leads.data, "forks")) == []


def test_only_what_is_due_until_then_is_told(leads):
    with leads.connect() as client:
        client.call("record.create", type="lead", values={"name": "天宇"})
        client.call("record.move", type="lead", id=1, to="已领取")
        def notes(until):
            items = simulate(client, until)["items"]
            return [item["changes"]["after"].get("note") for item in items]
        assert "到期" not in notes("2026-03-02T18:59:59+08:00")
        assert "半程" in notes("2026-03-02T18:59:59+08:00")
        assert "到期" in notes("2026-03-02T19:00:00+08:00")


@pytest.mark.parametrize("most", [23, 24, 25])
def test_the_number_of_items_is_bounded(serve, most):
    """simulate.items: of 24 changes, one less, all, and one more."""
    with serve(most).connect() as client:
        for number in range(1, 7):
            client.call("record.create", type="lead", values={"name": f"天宇{number}"})
            client.call("record.move", type="lead", id=number, to="已领取")
        told = simulate(client, "2026-04-02")
        assert told["complete"] == (most >= 24)
        assert told["count"] == len(told["items"]) == min(most, 24)
        assert told.get("next") is None
        job = client.call("job.list", kind="simulate")["items"][0]
        page = client.call("job.get", id=job["id"], after=10, limit=7)["result"]
        assert page["items"] == told["items"][10:17] and page["next"] == 17


def test_the_past_and_strangers_are_refused(leads):
    with leads.connect() as client:
        error = client.error("workflow.simulate", until="2026-03-02T09:00:00+08:00")
        assert error.code == "INVALID_ARGUMENT"
        error = client.error("workflow.simulate", until="soon")
        assert error.code == "VALIDATION_FAILED"


def test_a_cancelled_simulation_leaves_nothing(leads):
    with leads.connect() as client:
        job = client.call("workflow.simulate", until="2200-01-01")
        assert client.error("workflow.simulate", until="2026-03-03").code == "UNAVAILABLE"
        assert client.call("job.cancel", id=job["id"])["state"] == "cancelled"
        end = time.monotonic() + SECONDS
        forks = os.path.join(leads.data, "forks")
        while os.path.isdir(forks) and os.listdir(forks):
            assert time.monotonic() < end
            time.sleep(0.02)
        assert simulate(client, "2026-03-03")["complete"]


def test_a_killed_simulation_begins_anew(leads):
    with leads.connect() as client:
        client.call("record.create", type="lead", values={"name": "天宇"})
        client.call("record.move", type="lead", id=1, to="已领取")
        job = client.call("workflow.simulate", until="2028-01-01")
    leads.kill()
    leads.start()
    with leads.connect() as client:
        job = finished(client, client.call("job.get", id=job["id"]))
        assert job["state"] == "done" and job["result"]["count"] > 3
    assert os.listdir(os.path.join(leads.data, "forks")) == []


def test_the_command_line_lists_what_would_happen(leads):
    with leads.connect() as client:
        client.call("record.create", type="lead", values={"name": "天宇"})
        client.call("record.move", type="lead", id=1, to="已领取")
        told = simulate(client, "2026-03-06")
    listed = haoke("simulate", "--data", leads.data, "--until", "2026-03-06")
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) == told["count"] > 0
    assert listed.stdout.startswith("2026-03-02T14:00:00+08:00  states.due  lead 1 ")
    assert listed.stderr.strip() == f"{told['count']} changes"
    assert haoke("simulate", "--data", leads.data).returncode == 1
    refused = haoke("simulate", "--data", leads.data, "--until", "2020-01-01")
    assert refused.returncode == 1 and refused.stderr.startswith("INVALID_ARGUMENT: ")


# --- where nobody serves ----------------------------------------------------------------------------


def contents(folder):
    """Every file, byte for byte."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def foresee(folder, temporary, *arguments):
    """What is told without a server; what was looked at, and where, is as it was."""
    temporary.mkdir(exist_ok=True)
    before = contents(folder)
    listed = haoke("simulate", "--data", folder, "--json", *arguments, TMPDIR=str(temporary))
    assert contents(folder) == before and list(temporary.iterdir()) == []
    assert listed.returncode == 0, listed.stderr
    return objects(listed.stdout), listed.stderr.strip()


def objects(text):
    """JSON objects one behind the other."""
    found, text = [], text.strip()
    while text:
        one, end = json.JSONDecoder().raw_decode(text)
        found.append(one)
        text = text[end:].strip()
    return found


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_directory_that_nobody_serves_is_foreseen_untouched(leads, tmp_path, end):
    with leads.connect() as client:
        for number in range(1, 6):
            client.call("record.create", type="lead", values={"name": f"天宇{number}"})
            client.call("record.move", type="lead", id=number, to="已领取")
        told = simulate(client, "2026-05-01")
        now = client.call("clock.get")["now"]
    getattr(leads, end)()
    span = ("--now", "2026-03-02T09:00:00+08:00", "--until", "2026-05-01")
    items, summary = foresee(leads.data, tmp_path / "work", *span)
    assert items == told["items"] and len(items) > 18
    assert summary == f"{len(items)} changes"
    backup = tmp_path / "backup"
    assert haoke("backup", "--data", leads.data, backup).returncode == 0
    assert foresee(backup, tmp_path / "work", *span)[0] == items
    # Who begins later finds it all due at once.
    later, _ = foresee(leads.data, tmp_path / "work", "--now", "2026-04-01", "--until", "2026-05-01")
    assert {item["at"] for item in later[:5]} == {now + 29 * DAY + 15 * DAY // 24}
    refused = haoke("simulate", "--data", leads.data, "--now", "2026-04-01", "--until", "2026-04-01")
    assert refused.returncode == 1 and refused.stderr.startswith("INVALID_ARGUMENT: ")
    assert haoke("simulate", "--data", leads.data, "--now", "2026-04-01").returncode == 1
    missing = haoke("simulate", "--data", tmp_path / "missing", "--until", "2026-05-01")
    assert missing.returncode == 1 and missing.stderr.startswith("NOT_FOUND: ")
    assert not (tmp_path / "missing").exists()
    leads.start()
    with leads.connect() as client:
        assert client.call("record.count", type="job")["count"] == 1  # the one that the server did


@pytest.mark.parametrize("most", [23, 24, 25])
def test_the_number_of_items_is_bounded_without_a_server(serve, tmp_path, most):
    """simulate.items: of 24 changes, one less, all, and one more."""
    server = serve()
    with server.connect() as client:
        for number in range(1, 7):
            client.call("record.create", type="lead", values={"name": f"天宇{number}"})
            client.call("record.move", type="lead", id=number, to="已领取")
    server.stop()
    config = tmp_path / "haoke.json"
    config.write_text(json.dumps({"simulate": {"items": most}}))
    items, summary = foresee(server.data, tmp_path / "work", "--now", "2026-03-02T09:00:00+08:00",
                             "--until", "2026-04-02", "--config", config)
    assert len(items) == min(most, 24) and ("and more" in summary) == (most < 24)


def test_the_sample_business_is_foreseen():
    server = Server(test_clock=TODAY)
    try:
        load(server.start())
        with server.connect() as client:
            assert_equals_reality(client, 90)
    finally:
        server.kill()
        server.remove()


@pytest.mark.parametrize("package", SAMPLES)
def test_the_businesses_of_packages_are_foreseen(start_server, package):
    server = start_server(configuration={"packages": {"enable": [package]}},
                          test_clock="2026-05-12T09:00:00+08:00")
    with server.connect() as client:
        client.call("batch.run", **json.loads(SAMPLES[package].read_text()))
        happened = assert_equals_reality(client, 90)
        print(package, len(happened))
