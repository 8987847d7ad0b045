"""Back up under load, restore elsewhere and to any point; what a restored server does and does not."""

import json
import os
import pathlib
import random
import subprocess
import threading

import pytest

from client import Client
from server import BINARY, CORE_ONLY, Server

SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
POINTS = int(os.environ.get("HAOKE_TEST_POINTS", "6"))
WRITERS = 4
COMMAND_SECONDS = 120
START = "2026-03-02T09:00:00+08:00"
ENGLISH = {**os.environ, "LC_ALL": "en_US.UTF-8"}


def haoke(*arguments, environment=None, check=True):
    """One command; its outcome, which must be success unless told otherwise."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True,
                          timeout=COMMAND_SECONDS, check=False, env=environment or ENGLISH)
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


def refused(*arguments):
    done = haoke(*arguments, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


class Model:
    """What the clients were told, change by change: sequence → (type, id, record)."""

    def __init__(self):
        self.changes = []
        self.lock = threading.Lock()

    def add(self, record):
        with self.lock:
            self.changes.append(record)

    @staticmethod
    def replay(items, until):
        """The customers as the journal's entries up to `until` made them."""
        customers = {}
        for entry in items:
            if entry["seq"] > until:
                break
            for change in entry["changes"]:
                if change["type"] == "customer":
                    customers[change["id"]] = change["record"]
        return customers


def read_journal(client):
    items, after = [], 0
    while after is not None:
        page = client.call("journal.read", after=after, limit=1000)
        items += page["items"]
        after = page["next"]
    return items


def all_customers(client):
    customers, after = {}, None
    while True:
        more = {} if after is None else {"after": after}
        page = client.call("record.find", type="customer", limit=500, **more)
        customers.update({item["id"]: item for item in page["items"]})
        after = page["next"]
        if after is None:
            return customers


class Writer(threading.Thread):
    """Creates and updates customers until it is told to stop; keeps what was answered."""

    def __init__(self, server, name, model, enough):
        super().__init__()
        self.client = server.connect()
        self.name_of, self.model, self.enough = name, model, enough
        self.chance = random.Random(f"{SEED} {name}")
        self.own, self.failure = [], None

    def write(self, number):
        if self.own and self.chance.random() < 0.5:
            identifier = self.chance.choice(self.own)
            return self.client.call("record.update", type="customer", id=identifier,
                                    values={"note": f"{self.name_of} 第 {number} 次"})
        made = self.client.call("record.create", type="customer",
                                values={"name": f"顾客 {self.name_of}-{number}"})
        self.own.append(made["id"])
        return made

    def run(self):
        number = 0
        try:
            while not self.enough.is_set():
                number += 1
                self.model.add(self.write(number))
        except Exception as failure:  # told to the test, which runs on another thread
            self.failure = failure
        finally:
            self.client.close()


def write_beside(server, work):
    """What `work` returns, and the clients' model of what was written meanwhile."""
    model, enough = Model(), threading.Event()
    writers = [Writer(server, f"w{i}", model, enough) for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        result = work()
    finally:
        enough.set()
        for writer in writers:
            writer.join()
    assert [writer.failure for writer in writers] == [None] * WRITERS
    return result, model


def introduced(client):
    """The same connection, whose errors are maps."""
    client.call("session.hello", client="test", errors="map", lang="zh-CN")
    return client


def run_job(client, path):
    job = client.call("backup.run", path=str(path))
    while job["state"] in ("queued", "running"):
        job = client.call("job.get", id=job["id"])
    return job


def open_restored(server, folder, **options):
    """A server over a directory that was restored."""
    restored = Server(**options)
    restored.data = folder
    return restored


# --- backup and restore ---------------------------------------------------------------------------


def test_under_load_and_back_to_any_point(start_server, tmp_path):
    server = start_server(configuration=CORE_ONLY)
    backup = tmp_path / "backup"

    def work():
        with server.connect() as client:
            return run_job(client, backup)

    job, model = write_beside(server, work)
    assert job["state"] == "done", job
    result = job["result"]
    assert result["path"] == str(backup) and result["epoch"] == 1
    assert result["bytes"] > 0 and not (tmp_path / "backup.part").exists()
    assert haoke("verify", backup)
    with server.connect() as client:
        items = read_journal(client)
        now = all_customers(client)
    latest = {}
    for record in model.changes:
        if record["id"] not in latest or latest[record["id"]]["version"] < record["version"]:
            latest[record["id"]] = record
    assert now == latest == Model.replay(items, items[-1]["seq"])
    server.stop()

    # The backup alone: what was committed when it was made.
    restored = open_restored(server, tmp_path / "restored", configuration=CORE_ONLY)
    done = haoke("restore", backup, "--data", restored.data)
    assert f"up to entry {result['sequence']} " in done.stdout and "epoch 2" in done.stdout
    assert "server.resume" in done.stdout
    haoke("verify", restored.data)
    check_point(restored, items, result["sequence"])

    # Points before and behind the backup, with the journal of the old directory.
    chance = random.Random(SEED)
    began = max(entry["seq"] for entry in items if entry["op"] == "server.start")
    for sequence in chance.sample(range(began, items[-1]["seq"] + 1), POINTS):
        restored = open_restored(server, tmp_path / f"point-{sequence}", configuration=CORE_ONLY)
        haoke("restore", backup, "--data", restored.data, "--sequence", sequence, "--journal",
              server.data)
        check_point(restored, items, sequence)


def check_point(restored, items, sequence):
    restored.start()
    try:
        with restored.connect() as client:
            assert client.call("server.info")["epoch"] == 2
            assert all_customers(client) == Model.replay(items, sequence)
        restored.stop()
        restored.verify()
    finally:
        restored.kill()
        restored.remove()


def test_a_killed_backup_begins_anew(start_server, tmp_path):
    """The kill comes in the middle of the copy, behind it, and before the name."""
    for moment in ("store.fork.segment:1", "api.backup.before_verify:1", "api.backup.before_name:1"):
        path = tmp_path / moment.replace(":", "-")
        server = Server(configuration=CORE_ONLY, environment={"HAOKE_FAILPOINT": moment})
        try:
            server.start()
            with server.connect() as client:
                client.call("record.create", type="customer", values={"name": "王芳"})
                job = client.call("backup.run", path=str(path))
            server.wait(-9)
            assert not path.exists()
            server.environment.pop("HAOKE_FAILPOINT")
            server.start()
            with server.connect() as client:
                while job["state"] in ("queued", "running"):
                    job = client.call("job.get", id=job["id"])
                assert job["state"] == "done", job
            haoke("verify", path)
            assert not pathlib.Path(f"{path}.part").exists()
            server.stop()
        finally:
            server.kill()
            server.remove()


def test_where_backups_may_go(start_server, tmp_path):
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        introduced(client)
        error = client.error("backup.run", path="monday")
        assert (error.code, error.field) == ("INVALID_ARGUMENT", "path")
        assert "绝对路径" in error.text
        assert run_job(client, tmp_path / "monday")["state"] == "done"
        (tmp_path / "mine.part").mkdir()
        (tmp_path / "mine.part" / "notes").write_text("of somebody else")
        assert run_job(client, tmp_path / "mine")["state"] == "failed"
        assert (tmp_path / "mine.part" / "notes").exists()
        taken = run_job(client, tmp_path / "monday")
        assert taken["state"] == "failed" and taken["error"]["field"] == "path"
        nowhere = run_job(client, tmp_path / "no" / "such")
        assert nowhere["state"] == "failed" and nowhere["error"]["code"] == "INVALID_ARGUMENT"
        client.call("user.create", user="lijing", password="secret12", roles=["staff"])
    with server.connect_tcp() as client:
        client.call("auth.login", user="lijing", password="secret12")
        assert client.error("backup.run", path="/tmp/x").code == "PERMISSION_DENIED"
    below = start_server(configuration={**CORE_ONLY, "backup": {"directory": str(tmp_path)}})
    with below.connect() as client:
        introduced(client)
        for path in ("/etc/x", "../x", "a/../../x", str(tmp_path / "x")):
            error = client.error("backup.run", path=path)
            assert (error.code, error.field) == ("INVALID_ARGUMENT", "path")
        assert run_job(client, "tuesday/")["result"]["path"] == str(tmp_path / "tuesday")


def test_the_commands(start_server, tmp_path):
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        client.call("record.create", type="customer", values={"name": "王芳"})
    done = haoke("backup", "--data", server.data, tmp_path / "running")
    assert "verified" in done.stdout and "copying" in done.stderr
    assert "INVALID_ARGUMENT" in refused("backup", "--data", server.data, tmp_path / "running")
    assert "UNAVAILABLE" in refused("restore", server.data, "--data", tmp_path / "copy")
    server.stop()
    done = haoke("backup", "--data", server.data, tmp_path / "stopped",
                 environment={**os.environ, "LC_ALL": "zh_CN.UTF-8"})
    assert "已校验" in done.stdout
    assert "exists already" in refused("backup", "--data", server.data, tmp_path / "stopped")
    assert "NOT_FOUND" in refused("backup", "--data", tmp_path / "none", tmp_path / "x")
    target = tmp_path / "target"
    haoke("restore", tmp_path / "stopped", "--data", target)
    text = refused("restore", tmp_path / "stopped", "--data", target)
    assert "--replace" in text
    done = haoke("restore", tmp_path / "stopped", "--data", target, "--replace")
    assert "target.replaced-1" in done.stderr and "epoch 3" in done.stdout
    haoke("restore", tmp_path / "stopped", "--data", target, "--replace")
    haoke("verify", target)
    haoke("verify", tmp_path / "target.replaced-1")
    haoke("verify", tmp_path / "target.replaced-2")
    assert "--sequence" in refused("restore", tmp_path / "stopped", "--data", tmp_path / "y",
                                   "--sequence", "0")
    assert "NOT_FOUND" in refused("restore", tmp_path / "stopped", "--data", tmp_path / "y",
                                  "--sequence", "99999")
    assert "first entry is later" in refused("restore", tmp_path / "stopped", "--data",
                                             tmp_path / "y", "--at", "2001-01-01")
    assert not (tmp_path / "y").exists() and not (tmp_path / "y.part").exists()
    # In the middle of the first start the types are not described yet: that is told, and nobody's.
    text = refused("restore", tmp_path / "stopped", "--data", target, "--replace", "--sequence", "2")
    assert "not sound" in text and (tmp_path / "target.part").exists()
    haoke("verify", target)
    assert not (tmp_path / "target.replaced-3").exists()
    text = refused("restore", tmp_path / "stopped", "--data", target, "--replace")
    assert "did not end" in text


# --- after a restore ------------------------------------------------------------------------------


@pytest.fixture(name="restored")
def restored_server(start_server, tmp_path):
    """(the server before, a server over its backup): a reminder was due in between."""
    server = start_server(configuration=CORE_ONLY, test_clock=START)
    with server.connect() as client:
        client.call("user.create", user="lijing", password="secret12", roles=["staff"])
        customer = client.call("record.create", type="customer", values={"name": "王芳"})
        task = client.call("record.create", type="task",
                           values={"title": "回访", "owner": "lijing", "customer": customer["id"],
                                   "due_on": "2026-03-03"})
        assert run_job(client, tmp_path / "backup")["state"] == "done"
        later = client.call("record.create", type="customer", values={"name": "李静"})
    haoke("restore", tmp_path / "backup", "--data", tmp_path / "data")
    again = Server(configuration={**CORE_ONLY, "restore": {"skip_ids": 500}}, test_clock=START)
    again.data = tmp_path / "data"
    again.start()
    yield server, again, customer, task, later
    try:
        again.stop()
        again.verify()
    finally:
        again.kill()
        again.remove()


def fired(client):
    """Entries that timers made."""
    return [entry for entry in read_journal(client) if entry["cause"] != 0]


def test_nothing_fires_until_it_is_resumed(restored):
    _, again, _, _, _ = restored
    with again.connect() as client:
        assert client.call("server.info")["paused"] is True
        before = len(fired(client))
        client.call("clock.advance", to="2026-03-05T09:00:00+08:00")
        assert len(fired(client)) == before
        # The pause outlasts a restart.
        again.stop()
    again.start()
    with again.connect() as client:
        assert client.call("server.info")["paused"] is True
        assert len(fired(client)) == before
        assert client.call("server.resume") == {"resumed": True}
        assert client.call("server.resume") == {"resumed": False}
        assert client.call("server.info")["paused"] is False
        client.call("clock.advance", to="2026-03-05T10:00:00+08:00")
        assert len(fired(client)) > before
        client.call("user.create", user="zhaomin", password="secret12", roles=["staff"])
    with again.connect_tcp() as client:
        client.call("auth.login", user="zhaomin", password="secret12")
        assert client.error("server.resume").code == "PERMISSION_DENIED"


def test_numbers_are_not_given_twice(restored):
    server, again, customer, _, later = restored
    with again.connect() as client:
        made = client.call("record.create", type="customer", values={"name": "新顾客"})
        assert made["id"] == customer["id"] + 500 + 1 > later["id"]
        # A type that had no record yet may have got some since.
        product = client.call("record.create", type="product",
                              values={"name": "天宇保健茶", "price": 9800})
        assert product["id"] == 501
        again.stop()
    again.start()
    with again.connect() as client:
        second = client.call("record.create", type="customer", values={"name": "又一位"})
        assert second["id"] == made["id"] + 1
    with server.connect() as client:
        assert client.call("server.info")["paused"] is False


def test_positions_of_the_old_epoch_have_expired(restored):
    server, again, _, _, _ = restored
    with server.connect() as client:
        position = client.call("event.subscribe")
        assert position["epoch"] == 1
    with again.connect() as client:
        introduced(client)
        for op in ("event.subscribe", "event.read", "journal.read"):
            error = client.error(op, after=position["after"], epoch=1)
            assert (error.code, error.field) == ("CURSOR_EXPIRED", "after")
        assert client.call("event.subscribe")["epoch"] == 2
        # The backup's own job was under way in the copy: it does not go on by itself.
        jobs = client.call("job.list", kind="backup")["items"]
        assert [job["state"] for job in jobs] == ["failed"]


# --- retention ------------------------------------------------------------------------------------


def test_old_files_of_the_journal_are_retired(start_server, tmp_path):
    archive = tmp_path / "archive"
    archive.mkdir()
    configuration = {**CORE_ONLY, "journal": {"keep_days": 1, "archive": str(archive)},
                     "store": {"segment_bytes": 16 << 20}}
    server = start_server(configuration=configuration, test_clock=START)
    note = "很长的备注" * 3000
    with server.connect() as client:
        first = client.call("record.create", type="customer", values={"name": "王芳", "note": note})
        assert run_job(client, tmp_path / "backup")["state"] == "done"
        for _ in range(4):
            client.collect([client.send("record.update", type="customer", id=first["id"],
                                        values={"note": note + str(i)}) for i in range(250)])
        client.call("clock.advance", to="2026-03-10T09:00:00+08:00")
        client.call("record.update", type="customer", id=first["id"], values={"note": "短"})
        last = client.call("server.info")["sequence"]
    server.stop()
    server.start()
    with server.connect() as client:
        client.call("record.update", type="customer", id=first["id"], values={"note": "更短"})
        kept = wait_for_retirement(server, client)
        assert client.error("journal.read", after=1).code == "CURSOR_EXPIRED"
        assert client.error("event.read", after=1).code == "CURSOR_EXPIRED"
        assert client.error("event.subscribe", after=1).code == "CURSOR_EXPIRED"
        check_history(client, first["id"], kept)
    server.stop()
    server.verify()
    # The backup goes on by the archive and the journal together.
    assert "NOT_FOUND" in refused("restore", tmp_path / "backup", "--data", tmp_path / "x",
                                  "--sequence", last, "--journal", server.data)
    haoke("restore", tmp_path / "backup", "--data", tmp_path / "x", "--sequence", last, "--journal",
          f"{archive},{server.data}")
    haoke("verify", tmp_path / "x")


def wait_for_retirement(server, client):
    """The first entry that is kept; the drain lane retires when it has drained."""
    for number in range(200):
        first = client.call("journal.read", limit=1)["items"][0]["seq"]
        if first > 1:
            return first
        client.call("record.create", type="customer", values={"name": f"第 {number} 位"})
    raise AssertionError(f"nothing was retired:\n{server.log()}")


def check_history(client, identifier, kept):
    """Newest first down to the first entry that is kept; then it is said that there was more."""
    after, items = {}, []
    while True:
        page = client.call("record.history", type="customer", id=identifier, limit=100, **after)
        items += page["items"]
        after = {"after": page["next"]}
        if items[-1]["before"] is None:
            break
        assert page["next"] is not None
    assert items[-1]["seq"] >= kept
    assert all(item["before"] is not None for item in items[:-1])
    error = client.error("record.history", type="customer", id=identifier, **after)
    assert error.code == "CURSOR_EXPIRED"
