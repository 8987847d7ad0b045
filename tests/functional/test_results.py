"""What one client can make the server hold: the size of results, and how many are made at once."""

import msgpack

from server import CORE_ONLY

LIMIT = 65536  # limits.result_bytes
SERVER = {"configuration": {**CORE_ONLY, "limits": {"result_bytes": LIMIT}}}


def fill(client, count, size):
    return [client.call("record.create", type="customer",
                        values={"name": f"客户{number}", "note": "x" * size})["id"]
            for number in range(count)]


def size_of(client, number):
    return len(msgpack.packb(client.call("record.get", type="customer", id=number)))


def set_note(client, number, size):
    return client.send("record.update", type="customer", id=number, values={"note": "x" * size})


def refusals(client):
    return client.call("server.info")["metrics"].get("api_limit_result_bytes_total", 0)


def test_one_result_at_the_limit(client):
    [number] = fill(client, 1, 40000)
    rest = size_of(client, number) - 40000
    for size in (LIMIT - 1, LIMIT):
        client.result(set_note(client, number, size - rest))
        assert size_of(client, number) == size
    before = refusals(client)
    refused = client.error("record.update", type="customer", id=number,
                           values={"note": "x" * (LIMIT + 1 - rest)})
    assert refused.code == "TOO_LARGE" and "limits.result_bytes" in refused.text
    assert size_of(client, number) == LIMIT
    assert refusals(client) == before + 1


def batch(client, numbers):
    calls = [{"op": "record.get", "params": {"type": "customer", "id": number}} for number in numbers]
    return client.result(client.send("batch.run", calls=calls))


def test_a_batch_at_the_limit(client):
    """All its results together; also when they are too many before its end."""
    two = fill(client, 2, 30000)
    rest = len(msgpack.packb(batch(client, two))) - 30000
    for size in (LIMIT - 1, LIMIT):
        client.result(set_note(client, two[0], size - rest))
        assert len(msgpack.packb(batch(client, two))) == size
    before = refusals(client)
    client.result(set_note(client, two[0], LIMIT + 1 - rest))
    for count, numbers in enumerate((two, two + two)):
        refused = client.error("batch.run", calls=[
            {"op": "record.get", "params": {"type": "customer", "id": number}} for number in numbers])
        assert refused.code == "TOO_LARGE" and "limits.result_bytes" in refused.text
        assert refusals(client) == before + count + 1


def test_pages_and_batches(client):
    many = fill(client, 40, 4000)
    asked = {"type": "customer", "where": {"id": {"in": many}}}
    assert client.error("record.find", **asked, limit=40).code == "TOO_LARGE"
    assert len(client.call("record.find", **asked, limit=5)["items"]) == 5
    assert len(client.call("record.find", **asked, fields=["id"], limit=40)["items"]) == 40
    assert client.error("batch.run", calls=[
        {"op": "record.get", "params": {"type": "customer", "id": number}}
        for number in many]).code == "TOO_LARGE"


def test_many_reads_at_once_are_all_answered(client):
    fill(client, 5, 1000)
    where = {"note": {"starts": "x"}}
    numbers = [client.send("record.find", type="customer", where=where, order=["-id"], limit=5) for _ in range(200)]
    assert all(len(page["items"]) == 5 for page in client.collect(numbers))
