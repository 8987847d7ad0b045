"""Limits of the configuration on a running server, each at -1, 0 and +1, and what is said beyond. Limits with
a file of their own: connections and outstanding (test_protocol.py, unit tests of rpc), result_bytes
(test_results.py), event_lag (test_events.py), custom_fields (test_schema.py). The range of every key is tested in
tests/unit/server/configuration_test.c."""

import pytest

from client import Closed, RpcError, request
from server import CORE_ONLY

LIMITS = {"frame_bytes": 4096, "frame_depth": 9, "frame_items": 300, "frame_map_entries": 20,
          "open_frame_bytes": 2048, "open_frame_depth": 7, "open_frame_items": 100,
          "open_frame_map_entries": 10, "scan_rows": 100}
CHANGE_SET = 65536
SERVER = {"configuration": {**CORE_ONLY, "limits": LIMITS, "password": {"passes": 1, "memory_kib": 64, "length": 8}}}


def metric(server, name):
    with server.connect() as client:
        return client.call("server.metrics")["values"].get(name, 0)


# --- frames -----------------------------------------------------------------------------------------


def of_bytes(size):
    """A request of so many bytes."""
    room = size - len(request(1, "server.ping", {"x": ""}))
    made = next(made for made in (request(1, "server.ping", {"x": "y" * (room - head)}) for head in range(5))
                if len(made) == size)
    return made


def of_depth(depth):
    """The request is an array with an array with a map: three deep."""
    value = 1
    for _ in range(depth - 3):
        value = [value]
    return request(1, "server.ping", {"x": value})


def of_items(count):
    """The request, its four elements, the params, a key and the list are eight."""
    return request(1, "server.ping", {"x": [1] * (count - 8)})


def of_map_entries(count):
    return request(1, "server.ping", {f"x{number}": 1 for number in range(count)})


MAKERS = {"bytes": of_bytes, "depth": of_depth, "items": of_items, "map_entries": of_map_entries}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("opened", [True, False], ids=["logged in", "before login"])
def test_frames(server, name, opened):
    limit = LIMITS[("frame_" if opened else "open_frame_") + name]
    counter = "rpc_limit_frame_total" if opened else "rpc_limit_open_frame_total"
    before = metric(server, counter)
    for size, fits in ((limit - 1, True), (limit, True), (limit + 1, False)):
        with server.connect() if opened else server.connect_tcp() as client:
            frame = MAKERS[name](size)
            if name == "bytes":
                assert len(frame) == size
            client.raw(frame)
            while 1 not in client.replies:
                client.read_messages()
            error, _ = client.replies.pop(1)
            # What fits reaches the op, which has no param x.
            assert error.startswith("INVALID_ARGUMENT: " if fits else "TOO_LARGE: "), (size, error)
            if fits:
                client.call("server.ping")
                continue
            assert str(limit) in error, error
            with pytest.raises((Closed, BrokenPipeError)):
                client.call("server.ping")
    assert metric(server, counter) == before + 1


# --- the rest ---------------------------------------------------------------------------------------


def test_rows_looked_at(server, client):
    """limits.scan_rows: what an index answers is not counted."""
    limit = LIMITS["scan_rows"]
    where = {"note": {"contains": "甲"}}
    for number in range(1, limit + 2):
        client.call("record.create", type="customer", values={"name": f"客户{number}"})
        if number in (limit - 1, limit):
            assert client.call("record.find", type="customer", where=where)["items"] == []
    before = metric(server, "model_limit_scan_rows_total")
    for op in ("record.find", "record.count"):
        error = client.error(op, type="customer", where=where)
        assert error.code == "TOO_LARGE" and "limits.scan_rows" in error.text and "note" in error.text
    assert metric(server, "model_limit_scan_rows_total") == before + 2
    assert client.call("record.count", type="customer")["count"] == limit + 1


def test_the_length_of_a_password(client):
    for number, (password, fits) in enumerate((("1234567", False), ("12345678", True), ("济南泉城二〇二", False),
                                               ("济南泉城二〇二六", True), ("123456789", True))):
        params = {"user": f"user{number}", "password": password, "roles": ["staff"]}
        if fits:
            client.call("user.create", **params)
        else:
            error = client.error("user.create", **params)
            assert error.code == "VALIDATION_FAILED" and "8" in error.text and "password" in error.text


def test_what_one_op_may_write(start_server):
    """store.change_set_bytes: all or nothing, and nobody else is disturbed."""
    server = start_server(configuration={
        **CORE_ONLY, "store": {"map_bytes": 1 << 30, "change_set_bytes": CHANGE_SET}})
    with server.connect() as client:
        def notes(size):
            return [{"op": "record.create", "params": {"type": "product", "values": {"name": "x", "note": "y" * length}}}
                    for length in (size // 2, size - size // 2)]

        low, high = 1, CHANGE_SET
        while low + 1 < high:
            middle = (low + high) // 2
            try:
                client.call("batch.run", calls=notes(middle), dry_run=True)
                low = middle
            except RpcError as error:
                assert error.code == "TOO_LARGE"
                high = middle
        assert high > CHANGE_SET - 4096, "what is written besides the notes is little"
        error = client.error("batch.run", calls=notes(high))
        assert error.code == "TOO_LARGE" and "store.change_set_bytes" in error.text, error
        assert client.call("record.count", type="product")["count"] == 0
        client.call("batch.run", calls=notes(low))
        assert client.call("record.count", type="product")["count"] == 2
