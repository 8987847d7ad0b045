"""The load generator: it counts what servers answer, in four protocols; and Haoke answers all that the
bench asks, in tiny size."""

import pathlib
import socket
import subprocess
import threading

import pytest

import dataset
import load
import plan
import workload
from servers import Haoke, Policy
from servers.policy import USER

CUSTOMERS = 600
TASKS_PER_OWNER = 12
PIECE = 7  # bytes: replies arrive in pieces that no protocol cares for


class Dribble:
    """A server that answers each request of `size` bytes with the next of `replies`, piece by piece."""

    def __init__(self, folder, greeting, size, replies):
        self.path = str(folder / "dribble.sock")
        self.greeting, self.size, self.replies = greeting, size, replies
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        connected, _ = self.listener.accept()
        served = 0
        with connected:
            connected.sendall(self.greeting)
            while request := connected.recv(self.size, socket.MSG_WAITALL):
                reply = self.replies[served % len(self.replies)](request)
                served += 1
                for start in range(0, len(reply), PIECE):
                    try:
                        connected.sendall(reply[start:start + PIECE])
                    except (BrokenPipeError, ConnectionResetError):
                        return

    def close(self):
        self.listener.close()
        self.thread.join()


def measure(folder, address, protocol, request, prelude=b"", replies=0):
    path = folder / "plan"
    plan.write(path, protocol, [request], prelude, replies)
    return load.generate(path, address, workload.Shape(1, 3), warm=0, seconds=0.3)


def iproto(code, body):
    """A reply that names the request by the tag at its end."""
    def reply(request):
        packed = b"\x82\x00" + code + b"\x01\xce" + request[-4:] + body
        return b"\xce" + len(packed).to_bytes(4, "big") + packed
    return reply


def postgres(kind):
    def reply(_):
        body = b"x" * 300
        return kind + (len(body) + 4).to_bytes(4, "big") + body + b"Z\0\0\0\x05I"
    return reply


ROW = b"x" * 300
# protocol: greeting, good replies, bad replies
REPLIES = {
    "resp": (b"", [lambda _: b"*2\r\n$300\r\n" + ROW + b"\r\n:12\r\n", lambda _: b"$300\r\n" + ROW + b"\r\n"],
             [lambda _: b"-ERR " + ROW + b"\r\n", lambda _: b"$-1\r\n"]),
    "msgpack": (b"", [lambda r: b"\x94\x01\xce" + r[-4:] + b"\xc0\x92\xda\x01\x2c" + ROW + b"\x81\xa1a\x07"],
                [lambda r: b"\x94\x01\xce" + r[-4:] + b"\xda\x01\x2c" + ROW + b"\xc0",
                 lambda r: b"\x94\x01\xce" + r[-4:] + b"\xc0\xc0"]),
    "iproto": (b"g" * 128, [iproto(b"\x00", b"\x81\x30\xda\x01\x2c" + ROW)],
               [iproto(b"\xcd\x80\x02", b"\x81\x31\xda\x01\x2c" + ROW), iproto(b"\x00", b"\x80")]),
    "postgres": (b"", [postgres(b"D")], [postgres(b"E"), lambda _: b"Z\0\0\0\x05I"]),
}
PRELUDE = {"iproto": 1}


@pytest.mark.parametrize("protocol", REPLIES)
@pytest.mark.parametrize("good", [True, False])
def test_replies_are_counted(tmp_path, protocol, good):
    greeting, right, wrong = REPLIES[protocol]
    request = plan.Request([b"ask", plan.Number("digits", 5, 1, 9), plan.Tag()], 200)
    server = Dribble(tmp_path, greeting, plan.size(request.parts), right if good else wrong)
    try:
        counted = measure(tmp_path, server.path, protocol, request, replies=PRELUDE.get(protocol, 0))
    finally:
        server.close()
    assert counted["replies"] > 10
    assert counted["errors"] == (0 if good else counted["replies"])
    assert 0 < counted["median_us"] <= counted["p99_us"] <= counted["longest_us"]


@pytest.mark.parametrize("lines, reason", [
    ("protocol http\n", "line 1 of the plan: a protocol is"),
    ("protocol resp\nbytes 00\n", "line 2 of the plan: no request has begun"),
    ("protocol resp\nrequest 1 0\nbytes 0x\n", "line 3 of the plan: bytes are written"),
    ("protocol resp\nrequest 1 0\nnumber big 4 9 1 1 0\n", "line 3 of the plan: there is no such number"),
    ("protocol resp\n", "the plan asks nothing"),
])
def test_a_plan_that_cannot_be_read_is_refused(tmp_path, lines, reason):
    path = tmp_path / "plan"
    path.write_text(lines)
    done = subprocess.run([load.BINARY, str(path), "/nowhere", "1", "1", "0", "1"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1 and reason in done.stderr


def filled(kind, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    runtime = pathlib.Path(tmp_path_factory.mktemp("run"))
    server = kind(folder / kind.name, runtime, dataset.Dataset(folder / "data", CUSTOMERS, TASKS_PER_OWNER))
    try:
        yield server.ready()
    finally:
        server.stop()


@pytest.fixture(scope="module", name="haoke")
def filled_haoke(tmp_path_factory):
    yield from filled(Haoke, tmp_path_factory)


@pytest.fixture(scope="module", name="policy")
def filled_policy(tmp_path_factory):
    yield from filled(Policy, tmp_path_factory)


@pytest.mark.parametrize("name", [name for name, each in workload.WORKLOADS.items() if each.mix])
def test_haoke_answers_what_the_bench_asks(haoke, name):
    counted = load.run(haoke, workload.WORKLOADS[name], workload.Shape(3, 2), warm=0, seconds=0.5)
    assert counted["errors"] == 0 and counted["replies"] > 0
    assert counted["server_cpu"] >= 0 and counted["server_private"] > 0


@pytest.mark.parametrize("name", ["W1", "W8-list", "W8-search"])
def test_a_user_with_a_policy_is_answered(policy, name):
    counted = load.run(policy, workload.WORKLOADS[name], workload.Shape(3, 2), warm=0, seconds=0.5)
    assert counted["errors"] == 0 and counted["replies"] > 0


def test_the_policy_applies(policy):
    """All records, with fields that are kept from her."""
    with policy.connect() as client:
        whole = client.call("record.get", type="customer", id=300)
        client.call("session.become", user=USER)
        shown = client.call("record.get", type="customer", id=300)
        assert "email" in whole and "email" not in shown
        assert shown["phone"] != whole["phone"] and shown["name"] == whole["name"]
        assert client.call("record.count", type="customer")["count"] == CUSTOMERS


def test_an_order_is_what_it_says(haoke):
    """And writes eleven keys: four records, three index rows, two timers, two numbers that count on."""
    with haoke.connect() as client:
        before = client.call("record.get", type="customer", id=300)
        made = client.call("bench.order", dry_run=True, customer=300, product=7, quantity=2)
        assert [(change["type"], change["before"] is None) for change in made["changes"]] == [
            ("bench_order", True), ("bench_task", True), ("bench_task", True), ("customer", False)]
        assert [timer["op"] for timer in made["timers"]] == ["bench.due"] * 2
        after = made["changes"][3]["after"]
        assert after["order_total"] == before["order_total"] + made["result"]["amount"]
        owner = [change["after"]["owner"] for change in made["changes"]]
        assert owner == [before["owner"]] * 4
