"""Who read what, of types marked log_reads (ARC-15, ROL-06): every way to a record, and how much is kept."""

import pytest

import packages
from client import RpcError

PASSWORD = "Kx7-trübe-Gasse"

# Customers are files that are secret; the package brings nothing but the mark, and an op of its own.
PACKAGE = """
return crm.package {
  name = "secret", version = "1.0.0",
  types = {
    customer = { extends = true, log_reads = true, fields = { { name = "case_no", kind = "text" } } },
  },
  ops = {
    ["secret.peek"] = {
      doc = "A name, read by a script.", params = { { name = "id", kind = "integer", required = true } },
      run = function(ctx, params) return { name = ctx:get("customer", params.id).name } end,
    },
    ["secret.touch"] = {
      write = true, doc = "Reads one, writes another.",
      params = { { name = "id", kind = "integer", required = true } },
      run = function(ctx, params)
        local one = ctx:get("customer", params.id)
        return ctx:create("product", { name = one.name })
      end,
    },
  },
}
"""


@pytest.fixture(name="serve")
def serve_fixture(start_server, tmp_path):
    packages.write(tmp_path, secret__init=PACKAGE)

    def serve(**configuration):
        server = start_server(configuration={"packages": {"enable": ["secret"]}, **configuration},
                              arguments=["--packages", str(tmp_path)])
        return server

    return serve


def add(client, count):
    return [client.call("record.create", type="customer", values={"name": f"王秀兰{i}"})["id"]
            for i in range(count)]


def log(client, **query):
    """What was read, oldest first, as (op, records)."""
    rows = client.call("record.reads", **query)["items"]
    return [(row["op"], [record["id"] for record in row["records"]]) for row in reversed(rows)]


def as_user(server, client, name, *roles):
    client.call("user.create", user=name, password=PASSWORD, roles=list(roles))
    other = server.connect()
    other.call("session.become", user=name)
    other.call("session.hello", client="test", errors="map", lang="en")
    return other


WAYS = [
    ("record.get", {"type": "customer", "id": 1}, [1]),
    ("record.find", {"type": "customer", "limit": 2}, [1, 2]),
    ("record.find", {"type": "customer", "where": {"name": "没有"}}, None),
    ("record.search", {"text": "王秀兰0"}, [1]),
    ("record.history", {"type": "customer", "id": 2}, [2]),
    ("journal.read", {"limit": 1000}, [1, 2, 3]),
    ("event.read", {"types": ["customer"]}, [1, 2, 3]),
    ("customer.overview", {"id": 3}, [3]),
    ("record.links", {"type": "customer", "id": 1}, [2]),
    ("record.count", {"type": "customer"}, []),
    ("record.count", {"type": "customer", "group": "name"}, []),
    ("export.read", {"type": "customer", "format": "jsonl"}, [1, 2, 3]),
    ("workflow.explain", {"type": "customer", "id": 1}, [1]),
    ("secret.peek", {"id": 2}, [2]),
    ("secret.touch", {"id": 2}, [2]),
    ("record.update", {"type": "customer", "id": 1, "values": {"note": "x"}, "dry_run": True}, [1]),
    ("record.update", {"type": "customer", "id": 1, "values": {"name": "y"}}, None),
    ("record.find", {"type": "product"}, None),
]


def test_every_way_to_a_record_is_logged(serve):
    """ARC-15: reads, lists, searches, history, journal, events, links, exports, reports, scripts, dry runs."""
    server = serve()
    with server.connect() as admin:
        add(admin, 3)
        admin.call("record.link", type="customer", id=1, name="邻居", to_type="customer", to_id=2)
        for op, params, ids in WAYS:
            before = len(log(admin))
            try:
                admin.call(op, **params)
            except RpcError as error:
                pytest.fail(f"{op} {params}: {error}")
            told = log(admin)[before:]
            assert told == ([] if ids is None else [(op, ids)]), (op, params)
        row = admin.call("record.reads", type="customer", id=3)["items"][0]
        assert row["record_type"] == "customer" and row["user"] == row["created_by"] and row["count"] > 0
    server.stop()
    server.verify()


def test_who_may_look(serve):
    """By record and by user; others than administrators see their own reads."""
    server = serve()
    with server.connect() as admin:
        add(admin, 2)
        admin.call("role.define", name="sales")
        with as_user(server, admin, "李静", "sales") as li, as_user(server, admin, "周强", "sales") as zhou:
            li.call("record.get", type="customer", id=1)
            zhou.call("record.get", type="customer", id=1)
            zhou.call("record.get", type="customer", id=2)
            assert log(admin, user="李静") == [("record.get", [1])]
            assert log(admin, type="customer", id=2) == [("record.get", [2])]
            assert len(log(admin, type="customer", id=1)) == 2
            assert log(li) == [("record.get", [1])] and log(li, user="周强") == []
            with pytest.raises(RpcError) as caught:
                admin.call("record.reads", id=1)
            assert caught.value.code == "INVALID_ARGUMENT"
            with pytest.raises(RpcError) as caught:
                admin.call("record.delete", type="read_log", id=1)
            assert caught.value.code == "PERMISSION_DENIED"
        entry = admin.call("journal.read", limit=1000, where={"op": "record.get"})["items"][0]
        assert entry["actor"] == "李静" and entry["changes"][0]["type"] == "read_log"


def test_what_is_refused_is_not_read(serve):
    """Who may not see a record leaves no trace of it but the answer NOT_FOUND."""
    server = serve()
    with server.connect() as admin:
        add(admin, 1)
        admin.call("role.define", name="sales", permissions=[
            {"type": "customer", "actions": ["read"], "where": {"owner": "$user"}}])
        with as_user(server, admin, "李静", "sales") as li:
            with pytest.raises(RpcError):
                li.call("record.get", type="customer", id=1)
            assert li.call("record.find", type="customer")["items"] == []
            assert log(admin) == []


@pytest.mark.parametrize("records", [9, 10, 11])
def test_one_answer_tells_of_so_many(serve, records):
    """limits.logged_records = 10: an answer with more is refused, and nothing is logged."""
    server = serve(limits={"logged_records": 10})
    with server.connect() as admin:
        add(admin, records)
        admin.call("session.hello", client="test", errors="map", lang="en")
        if records > 10:
            with pytest.raises(RpcError) as caught:
                admin.call("record.find", type="customer", limit=100)
            assert caught.value.code == "TOO_LARGE" and "limits.logged_records" in caught.value.text
            assert log(admin) == []
        else:
            assert len(admin.call("record.find", type="customer", limit=100)["items"]) == records
            assert [len(ids) for _, ids in log(admin)] == [records]


@pytest.mark.parametrize("reads", [9, 10, 11])
def test_so_many_rows_are_kept(serve, reads):
    """reads.log_kept = 10; what is older is in the journal."""
    server = serve(reads={"log_kept": 10})
    with server.connect() as admin:
        add(admin, 1)
        for _ in range(reads):
            admin.call("record.get", type="customer", id=1)
        assert admin.call("record.count", type="read_log")["count"] == min(reads, 10)
        entries = admin.call("journal.read", limit=1000, where={"op": "record.get"})["items"]
        assert len(entries) == reads
    server.stop()
    server.verify()


def test_a_long_answer_takes_several_rows(serve):
    server = serve()
    with server.connect() as admin:
        values = [{"op": "record.create", "params": {"type": "customer", "values": {"name": f"客户{i}"}}}
                  for i in range(501)]
        for i in range(0, 501, 100):
            admin.call("batch.run", calls=values[i:i + 100])
        admin.call("export.read", type="customer", format="jsonl", limit=1000)
        assert [len(ids) for _, ids in log(admin)] == [500, 1]


def test_the_log_is_there_after_a_kill(serve):
    """The answer left, so its entry is durable."""
    server = serve()
    with server.connect() as admin:
        add(admin, 1)
        admin.call("record.get", type="customer", id=1)
    server.kill()
    server.start()
    with server.connect() as admin:
        assert log(admin) == [("record.get", [1])]


def test_subscribers_are_logged(serve):
    server = serve()
    with server.connect() as admin, server.connect() as follower:
        follower.call("event.subscribe", types=["customer"])
        add(admin, 1)
        while not any(name == "event" for name, _ in follower.notifications):
            follower.read_messages()
        assert ("event.read", [1]) in log(admin)


def test_what_cannot_be_logged_is_not_told(start_server, tmp_path):
    """The journal cannot be written once: that one read is refused, and no other is missing in the log."""
    packages.write(tmp_path, secret__init=PACKAGE)
    server = start_server(configuration={"packages": {"enable": ["secret"]}},
                          arguments=["--packages", str(tmp_path)],
                          environment={"HAOKE_FAILPOINT": "store.journal.write:60:error"})
    with server.connect() as admin:
        add(admin, 1)
        errors = []
        for _ in range(100):
            try:
                assert admin.call("record.get", type="customer", id=1)["id"] == 1
            except RpcError as error:
                errors.append(error.code)
        assert errors == ["STORAGE_FULL"]
        assert admin.call("record.count", type="read_log")["count"] == 99
    server.stop()
    server.verify()
