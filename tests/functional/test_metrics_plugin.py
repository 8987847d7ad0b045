"""plugins/metrics over real HTTP: the text format, liveness, readiness, and a server that has no time."""

import http.client
import pathlib
import re
import shutil
import socket
import subprocess
import threading

import pytest

from server import BINARY, Server
from test_limits import until

BUILD = pathlib.Path(BINARY).parent
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram)")
SAMPLE = re.compile(rf'({NAME})(?:\{{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\}})? (-?\d+)')
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"')


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "plugins"
    made.mkdir()
    shutil.copy(BUILD / "plugins" / "metrics.so", made)
    shutil.copy(BUILD / "tests" / "plugins" / "hold.so", made)
    return made


def configured(enable, metrics, hold=None, sections=None):
    return {"packages": {"enable": enable, "config": {"metrics": metrics, "hold": hold or {}}},
            **(sections or {})}


@pytest.fixture
def begin(folder, start_server):
    """A server with the plugin; the port is the one that the log names."""

    def start(*enable, sections=None, **metrics):
        return start_server(configuration=configured(["metrics", *enable], {"port": 0, **metrics},
                                                     sections=sections),
                            arguments=["--plugins", str(folder)])

    return start


def port_of(log):
    return int(re.findall(r"event=metrics\.listening plugin=metrics http=127\.0\.0\.1:(\d+)", log)[-1])


def get(port, path, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


# --- the text format, strictly ------------------------------------------------------------------------


def parse(body):
    """{name: {"type": …, "samples": {(suffix, labels): value}}}; whatever is not in the format fails."""
    assert body.endswith("\n")
    families, current = {}, None
    for line in body[:-1].split("\n"):
        kind = TYPE.fullmatch(line)
        if kind:
            assert kind[1] not in families, line
            current = kind[1]
            families[current] = {"type": kind[2], "samples": {}}
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample and current and sample[1].startswith(current), line
        suffix = sample[1][len(current):]
        allowed = ("_bucket", "_sum", "_count") if families[current]["type"] == "histogram" else ("",)
        assert suffix in allowed, line
        labels = tuple(LABEL.findall(sample[2] or ""))
        assert len({name for name, _ in labels}) == len(labels), line
        key = (suffix, labels)
        assert key not in families[current]["samples"], line
        families[current]["samples"][key] = int(sample[3])
    return families


def check_histograms(families):
    for name, family in families.items():
        if family["type"] != "histogram":
            continue
        series = {}
        for (suffix, labels), value in family["samples"].items():
            rest = tuple(label for label in labels if label[0] != "le")
            if suffix == "_bucket":
                series.setdefault(rest, []).append((dict(labels)["le"], value))
        for rest, buckets in series.items():
            bounds = [bound for bound, _ in buckets]
            assert bounds[-1] == "+Inf" and sorted(map(int, bounds[:-1])) == list(map(int, bounds[:-1]))
            counts = [count for _, count in buckets]
            assert counts == sorted(counts), (name, rest)
            assert family["samples"][("_count", rest)] == counts[-1]
            assert ("_sum", rest) in family["samples"]


def test_metrics_are_in_the_text_format(begin):
    server = begin()
    with server.connect() as client:
        client.call("record.create", type="customer", values={"name": "王秀兰"})
        client.error("record.get", type="customer", id=42)
        told = client.call("server.metrics")
    answer, body = get(port_of(server.log()), "/metrics")
    assert answer.status == 200
    assert answer.getheader("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    assert int(answer.getheader("content-length")) == len(body.encode())
    families = parse(body)
    check_histograms(families)
    assert {f"haoke_{name}" for name in told["values"]} <= set(families)
    assert {f"haoke_{name}" for name in told["histograms"]} <= set(families)
    for name, family in families.items():
        assert (family["type"] == "counter") == name.endswith("_total"), name
    labels = (("op", "record.create"), ("package", "core"))
    assert families["haoke_api_op_us"]["samples"][("_count", labels)] == 1
    labels = (("op", "record.get"), ("package", "core"))
    assert families["haoke_api_op_errors_total"]["samples"][("", labels)] == 1
    assert families["haoke_api_errors_by_code_total"]["samples"][("", (("code", "NOT_FOUND"),))] == 1
    assert families["haoke_api_package_errors_total"]["samples"][("", (("package", "core"),))] == 1
    lanes = families["haoke_api_lane_waiting_requests"]["samples"]
    assert {dict(labels)["lane"] for _, labels in lanes} == {"writer", "reader", "prepare", "long",
                                                             "drain"}


# --- HTTP ---------------------------------------------------------------------------------------------


def test_paths_and_methods(begin):
    port = port_of(begin().log())
    for path, status, text in [("/livez", 200, "ok\n"), ("/readyz", 200, None),
                               ("/", 404, "/metrics, /livez, /readyz\n"), ("/metrics/x", 404, None),
                               ("/etc/passwd", 404, None)]:
        answer, body = get(port, path)
        assert answer.status == status, path
        assert text is None or body == text
    assert get(port, "/readyz")[1] == "ready=true state=serving paused=false space=room\n"
    assert get(port, "/metrics", "POST")[0].status == 405


def test_one_connection_may_ask_again(begin):
    port = port_of(begin().log())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for path in ("/livez", "/metrics", "/readyz", "/nothing", "/metrics"):
        connection.request("GET", path)
        assert connection.getresponse().read()
    connection.close()


def test_nonsense_costs_its_own_connection_only(begin):
    port = port_of(begin().log())
    for nonsense in (b"\x00\xff" * 400, b"GET\r\n\r\n", b"GET /" + b"a" * 20000, b"\r\n" * 100):
        with socket.create_connection(("127.0.0.1", port), 60) as connected:
            try:
                connected.sendall(nonsense)
                connected.shutdown(socket.SHUT_WR)
                while connected.recv(65536):
                    pass
            except OSError:
                pass  # closed, as it should be
    assert get(port, "/livez")[0].status == 200


def test_connections_are_limited(begin):
    port = port_of(begin(connections=2, timeout_s=600).log())
    held = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(2)]
    for connected in held[:1]:
        connected.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connected.recv(4096).startswith(b"HTTP/1.1 200")
    held[1].sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
    assert held[1].recv(4096).startswith(b"HTTP/1.1 200")
    with pytest.raises((http.client.HTTPException, OSError)):
        get(port, "/livez")
    held.pop().close()

    def served():
        try:
            return get(port, "/livez")[0].status == 200
        except (http.client.HTTPException, OSError):
            return False

    until(served, "a place that is free again is not given")
    held.pop().close()


def test_a_request_that_does_not_come_is_not_waited_for(begin):
    port = port_of(begin(timeout_s=1).log())
    with socket.create_connection(("127.0.0.1", port), 60) as connected:
        connected.sendall(b"GET /livez HTT")
        assert connected.recv(4096) == b""


def test_a_port_that_is_taken_is_named(begin):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AssertionError) as refused:
            begin(port=port)
    assert f"127.0.0.1:{port}" in str(refused.value)
    assert "packages.config.metrics.port" in str(refused.value)


# --- a server that is not as usual --------------------------------------------------------------------


def test_an_overloaded_server_is_still_watched(begin, tmp_path):
    """All lanes are held up; the page comes all the same, and says so."""
    server = begin("hold", sections={"reads": {"lanes": 1},
                                     "writer": {"group_ops": 1}})
    port = port_of(server.log())
    gate = tmp_path / "gate"
    with server.connect() as client, server.connect() as other:
        reads = [client.send("hold.read", file=str(gate)) for _ in range(60)]
        writes = [other.send("hold.write", file=str(gate)) for _ in range(40)]

        def held_up():
            answer, body = get(port, "/metrics")
            assert answer.status == 200
            samples = parse(body)["haoke_api_lane_waiting_requests"]["samples"]
            lanes = {dict(labels)["lane"]: value for (_, labels), value in samples.items()}
            return lanes["reader"] >= 20 and lanes["writer"] >= 20

        until(held_up, "the lanes are not seen to be full")
        assert get(port, "/readyz")[0].status == 200
        gate.touch()
        client.collect(reads)
        other.collect(writes)


def test_ready_while_starting(folder, tmp_path):
    """The package that is held starts behind metrics; meanwhile /livez says yes and /readyz no."""
    gate = tmp_path / "gate"
    server = Server(configuration=configured(["metrics", "hold"], {"port": 0},
                                             {"start_file": str(gate)}),
                    arguments=["--plugins", str(folder)])
    starting = threading.Thread(target=server.start)
    starting.start()
    try:
        until(lambda: server.stderr.exists() and "event=metrics.listening" in server.log(),
              "it does not listen")
        port = port_of(server.log())
        assert get(port, "/livez")[0].status == 200
        answer, body = get(port, "/readyz")
        assert (answer.status, body) == (503, "ready=false state=starting\n")
        assert get(port, "/metrics")[0].status == 503
    finally:
        gate.touch()
        starting.join()
    assert get(port, "/readyz")[0].status == 200
    server.stop()
    server.remove()


def test_ready_while_draining(begin, tmp_path):
    server = begin("hold")
    port = port_of(server.log())
    gate = tmp_path / "gate"
    with server.connect() as client:
        waiting = client.send("hold.read", file=str(gate))
        until(lambda: 'op="hold.read"' in get(port, "/metrics")[1]
              or "haoke_rpc_requests_open 1\n" in get(port, "/metrics")[1], "it is not under way")
        server.process.terminate()

        def draining():
            answer, body = get(port, "/readyz")
            return answer.status == 503 and "state=draining" in body

        until(draining, "/readyz does not say that the server drains")
        assert get(port, "/livez")[0].status == 200
        gate.touch()
        assert client.result(waiting) == {}
    server.wait(0)


def test_ready_while_paused(begin, folder, tmp_path):
    """After a restore clients may work, so the server is ready; that no timer fires is said."""
    server = begin()
    server.stop()
    backup = tmp_path / "backup"
    for command in (["backup", str(backup), "--data", str(server.data)],
                    ["restore", str(backup), "--data", str(server.data), "--replace"]):
        done = subprocess.run([BINARY, *command], capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 0, done.stderr
    server.stderr.write_text("")
    server.start()
    port = port_of(server.log())
    assert get(port, "/readyz")[1] == "ready=true state=serving paused=true space=room\n"
    assert "haoke_api_paused_boolean 1\n" in get(port, "/metrics")[1]
    with server.connect() as client:
        client.call("server.resume")
    assert "paused=false" in get(port, "/readyz")[1]
