"""Imports tell the truth: what a dry run says is what happens, in every encoding, also across a kill,
and undo leaves nothing behind. HAOKE_TEST_ROWS rows, 1 500 when not given; 100 000 is the long form."""

import hashlib
import os
import subprocess
import threading
import time

import pytest

from client import Closed, RpcError
from files import customers
from server import BINARY, Server

ROWS = int(os.environ.get("HAOKE_TEST_ROWS", "1500"))
CHUNK = 64 * 1024
SECONDS = 1200


# --- steps ------------------------------------------------------------------------------------------


def send(client, number, data, offset=0, chunk=CHUNK):
    """Sends what is behind the offset, and goes on where each answer says."""
    status = None
    while status is None or status["state"] == "running":
        piece = data[offset:offset + chunk]
        status = client.call("import.data", id=number, offset=offset, data=piece,
                             last=offset + len(piece) == len(data))
        offset = status["offset"]
    return status


def run(client, data, **params):
    number = client.call("import.start", type="customer", size=len(data), **params)["id"]
    return number, send(client, number, data)


def results(client, number, **params):
    """All results, page by page."""
    after, items = 0, []
    while after is not None:
        page = client.call("import.status", id=number, after=after, limit=500, **params)
        items += page["items"]
        after = page["next"]
    return items


def export(client, **params):
    """(bytes, rows) of a whole export."""
    pieces, rows, after = [], 0, {}
    while True:
        piece = client.call("export.read", limit=5000, **params, **after)
        data = piece["data"]
        pieces.append(data.encode() if isinstance(data, str) else data)
        rows += piece["rows"]
        if piece["next"] is None:
            return b"".join(pieces), rows
        after = {"after": piece["next"]}


def checksum(client):
    return hashlib.sha256(export(client, format="msgpack")[0]).hexdigest()


def made(client):
    """Customers, and the tasks of those whose birthday is near on the day of the test."""
    return sum(client.call("record.count", type=name)["count"] for name in ("customer", "task"))


def check_counts(status, rows, bad):
    assert status["state"] == "done"
    assert status["rows"] == rows
    assert status["failed"] == len(bad)
    assert status["created"] == rows - len(bad)


def check_failures(failures, bad):
    assert [item["row"] for item in failures] == sorted(bad)
    for item in failures:
        code, field = bad[item["row"]]
        assert (item["code"], item.get("field")) == (code, field), item
        assert item["line"] == item["row"] + 1
        assert item["message"]


# --- what must hold ---------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_dry_run_real_run_and_undo_agree(server, encoding):
    text, bad = customers(ROWS)
    data = text.encode(encoding)
    with server.connect(timeout=SECONDS) as client:
        before = checksum(client)
        dry, status = run(client, data, dry_run=True)
        check_counts(status, ROWS, bad)
        assert checksum(client) == before, "a dry run wrote something"
        number, status = run(client, data)
        check_counts(status, ROWS, bad)
        failures = results(client, number, failures=True)
        check_failures(failures, bad)
        told = results(client, number)
        assert results(client, dry) == told
        ids = [item["id"] for item in told if item["ok"]]
        assert len(ids) == len(set(ids)) == ROWS - len(bad)
        assert client.call("record.count", type="customer")["count"] == ROWS - len(bad)
        expected = made(client)
        undone = client.call("import.undo", id=number)
        assert (undone["undone"], undone["conflicts"]) == (expected, 0)
        assert checksum(client) == before, "undo left something"


def verify(server):
    done = subprocess.run([BINARY, "verify", server.data], capture_output=True, text=True,
                          timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr


def break_off(running, number, data, chunk):
    """Sends chunks until the server is killed under the sender's hands."""
    failure = []

    def sender():
        with running.connect() as client:
            try:
                send(client, number, data, chunk=chunk)
            except (Closed, OSError):
                pass
            except RpcError as error:
                failure.append(error)

    thread = threading.Thread(target=sender)
    thread.start()
    with running.connect() as client:
        deadline = time.monotonic() + SECONDS
        while client.call("import.status", id=number, limit=1)["offset"] < len(data) // 3:
            assert time.monotonic() < deadline
    running.kill()
    thread.join()
    assert not failure, failure


@pytest.mark.parametrize(("encoding", "dry_run"), [
    ("utf-8", False), ("utf-8-sig", False), ("gb18030", False), ("gb18030", True)])
def test_an_import_goes_on_after_a_kill(start_server, encoding, dry_run):
    rows = max(ROWS // 3, 200) if ROWS < 100_000 else ROWS
    text, bad = customers(rows, seed=11)
    data = text.encode(encoding)
    running = start_server()
    with running.connect() as client:
        before = checksum(client)
        number = client.call("import.start", type="customer", dry_run=dry_run)["id"]
    break_off(running, number, data, chunk=4096)
    verify(running)
    running.start()
    with running.connect(timeout=SECONDS) as client:
        status = client.call("import.status", id=number)
        assert status["state"] == "running"
        if dry_run:
            assert status["offset"] == 0
        else:
            assert status["offset"] >= len(data) // 3
        # What was accepted before, once more: no second effect.
        client.call("import.data", id=number, offset=0, data=data[:status["offset"]])
        check_counts(send(client, number, data, status["offset"]), rows, bad)
        check_failures(results(client, number, failures=True), bad)
        expected = 0 if dry_run else rows - len(bad)
        assert client.call("record.count", type="customer")["count"] == expected
        if not dry_run:
            expected = made(client)
            undone = client.call("import.undo", id=number)
            assert (undone["undone"], undone["conflicts"]) == (expected, 0)
        assert checksum(client) == before
    running.stop()
    verify(running)


# --- everything out and in again --------------------------------------------------------------------


def fill(client):
    """A little of all that there is: orders with their tasks, links, a merge, the recycle bin."""
    call = client.call
    ids = [call("record.create", type="customer",
                values={"name": name, "phone": f"1380000100{i}", "tags": ["老客户"],
                        "special": {"爱好": ["书法", 1, 2.5, None], "$": {"b": b"\x00\xff"}}})["id"]
           for i, name in enumerate(["王秀兰", "张建国", "=孙伟", "赵敏"])]
    call("record.update", type="customer", id=ids[0], values={"parent": ids[2], "note": "改过"})
    tea = call("record.create", type="product",
               values={"name": "天宇保健茶", "cycle_days": 15, "price": 9800})["id"]
    order = call("order.create", customer=ids[0], lines=[{"product": tea, "quantity": 2}])["id"]
    call("order.create", customer=ids[1], lines=[{"product": tea, "quantity": 1}])
    call("order.cancel", id=order)
    call("record.link", type="customer", id=ids[0], name="夫妻", to_type="customer", to_id=ids[1])
    call("record.merge", type="customer", id=ids[1], into=ids[0])
    call("record.delete", type="customer", id=ids[3])
    call("user.create", user="李静", password="泉城2026", roles=["staff"])


@pytest.mark.parametrize("format", ["jsonl", "msgpack"])
def test_everything_comes_back_as_it_was(start_server, format):
    first, second = start_server(), start_server()
    with first.connect() as client:
        fill(client)
        data, rows = export(client, format=format)
    with second.connect() as client:
        number = client.call("import.start", format=format, keep_ids=True)["id"]
        status = send(client, number, data, chunk=1000)
        assert results(client, number, failures=True) == []
        assert (status["state"], status["rows"], status["failed"]) == ("done", rows, 0)
        assert export(client, format=format) == (data, rows)
        # Numbers go on behind those that came.
        assert client.call("record.create", type="customer", values={"name": "新"})["id"] == 5
        assert client.call("record.get", type="customer", id=2)["id"] == 1
        links = client.call("record.links", type="customer", id=1)["items"]
        with first.connect() as before:
            assert links == before.call("record.links", type="customer", id=1)["items"]
        open_tasks = client.call("task.list", before="2999-01-01", limit=500)["items"]
    with first.connect() as client:
        assert client.call("task.list", before="2999-01-01", limit=500)["items"] == open_tasks
    second.stop()
    verify(second)


def test_an_export_without_keep_ids_makes_new_records(start_server):
    first, second = start_server(), start_server()
    with first.connect() as client:
        for name in ("甲", "乙"):
            client.call("record.create", type="customer", values={"name": name})
        data, _ = export(client, type="customer", format="jsonl")
    with second.connect() as client:
        client.call("record.create", type="customer", values={"name": "已有"})
        number = client.call("import.start", type="customer", format="jsonl")["id"]
        assert send(client, number, data)["created"] == 2
        items = client.call("record.find", type="customer")["items"]
        assert [(item["id"], item["name"]) for item in items] == [(1, "已有"), (2, "甲"), (3, "乙")]
        number = client.call("import.start", type="customer", format="jsonl", keep_ids=True)["id"]
        send(client, number, data)
        told = results(client, number)
        assert [(item["code"], item["field"]) for item in told] == [("DUPLICATE", "id")] * 2


# --- CSV out ----------------------------------------------------------------------------------------


def test_csv_is_safe_for_spreadsheets_and_comes_back(start_server):
    running = start_server()
    names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "'=已有", "逗号,\"引号\"\n换行", "王秀兰"]
    with running.connect() as client:
        for name in names:
            client.call("record.create", type="customer", values={"name": name})
        client.call("record.create", type="product", values={"name": "茶", "price": 1250})
        text = export(client, type="customer", format="csv", fields=["name", "tags"])[0].decode()
        lines = text.split("\r\n")
        assert lines[:6] == ["name,tags", "'=cmd|' /C calc'!A0,", "'+1,", "'-1,", "'@SUM(A1),",
                             "''=已有,"]
        price = export(client, type="product", format="csv", fields=["price"])[0].decode()
        assert price == "price\r\n12.50\r\n"
        marked = export(client, type="customer", format="csv", labels=True, bom=True)[0]
        assert marked.startswith("\ufeff编号,名称,".encode())
        number, status = run(client, marked)
        assert (status["created"], status["failed"]) == (len(names), 0)
        found = client.call("record.find", type="customer", limit=100)["items"]
        assert [item["name"] for item in found] == names + names


# --- files of the server ----------------------------------------------------------------------------


def wait_ended(client, number):
    deadline = time.monotonic() + 60
    while client.call("job.get", id=number)["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return client.call("job.get", id=number)


def test_files_of_the_server_below_one_folder(start_server, tmp_path):
    folder = tmp_path / "import"
    (folder / "子").mkdir(parents=True)
    (folder / "子" / "客户.csv").write_text("名称\n" + "王秀兰\n" * 300)
    (tmp_path / "outside.csv").write_text("名称\n别人的\n")
    (folder / "link.csv").symlink_to(tmp_path / "outside.csv")
    running = start_server(configuration={"import": {"directory": str(folder)}})
    with running.connect() as client:
        client.call("session.hello", errors="map")
        number = client.call("import.start", type="customer", path="子/客户.csv")["id"]
        job = wait_ended(client, number)
        assert job["state"] == "done", job
        assert job["result"]["created"] == 300
        size = (folder / "子" / "客户.csv").stat().st_size
        assert job["progress"] == {"done": size, "total": size}
        assert client.error("import.data", id=number, offset=0, data=b"x").field == "id"
        for path in ("../outside.csv", "/etc/passwd", "子/../../outside.csv"):
            assert client.error("import.start", type="customer", path=path).field == "path"
        for path, code in (("link.csv", "INVALID_ARGUMENT"), ("nowhere.csv", "NOT_FOUND"),
                           ("子", "INVALID_ARGUMENT")):
            number = client.call("import.start", type="customer", path=path)["id"]
            job = wait_ended(client, number)
            assert (job["state"], job["error"]["code"]) == ("failed", code), job
        assert client.call("record.count", type="customer")["count"] == 300
        client.call("user.create", user="李静", password="泉城2026", roles=["staff"])
        client.call("session.become", user="李静")
        error = client.error("import.start", type="customer", path="子/客户.csv")
        assert (error.code, error.field) == ("PERMISSION_DENIED", "path")


def test_no_folder_no_files(server):
    with server.connect() as client:
        assert client.error("import.start", type="customer", path="a.csv").code == "INVALID_ARGUMENT"


# --- rights -----------------------------------------------------------------------------------------


def test_imports_are_their_owners(start_server):
    running = start_server()
    with running.connect() as client, running.connect() as staff, running.connect() as other:
        for name in ("李静", "赵敏"):
            client.call("user.create", user=name, password="泉城2026", roles=["staff"])
        staff.call("session.become", user="李静")
        other.call("session.become", user="赵敏")
        number = staff.call("import.start", type="customer")["id"]
        for op, params in (("import.status", {}), ("import.data", {"offset": 0, "data": b"name\n"}),
                           ("import.undo", {}), ("job.cancel", {})):
            assert other.error(op, id=number, **params).code == "NOT_FOUND"
        assert staff.error("import.start", type="user").code == "PERMISSION_DENIED"
        assert staff.error("import.start", format="jsonl", keep_ids=True).code == "PERMISSION_DENIED"
        assert client.call("import.status", id=number)["state"] == "running"
        assert client.error("import.status", id=999).code == "NOT_FOUND"
