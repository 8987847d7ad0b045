"""What one peer, one network and all of them may ask for: each limit at −1, 0 and +1.

    HAOKE_LONG=1    10 000 idle connections, 1 000 slow readers, 1 000 slow writers; HAOKE_BIN must be a
                    release build, or memory is the sanitizers'
"""

import ctypes
import json
import os
import pathlib
import resource
import select
import signal
import socket
import statistics
import struct
import time

import pytest

from client import Client, Closed, RpcError, request
from server import CORE_ONLY

LONG = os.environ.get("HAOKE_LONG") == "1"
IDLE = 10000 if LONG else 300
SLOW = 1000 if LONG else 30
PATIENCE = 60


@pytest.fixture
def begin(start_server):
    """Starts a server with these limits, the user 李静 and one customer."""

    def start(**limits):
        server = start_server(configuration={**CORE_ONLY, "limits": limits})
        with server.connect() as client:
            client.call("user.create", user="李静", password="jinan2026", roles=["staff"])
            client.call("record.create", type="customer", values={"name": "王秀兰"})
        return server

    return start


def metric(server, name):
    with server.connect() as client:
        return client.call("server.info")["metrics"].get(name, 0)


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def stranger(server, source="127.0.0.1"):
    client = Client.tcp(server.tcp, source=source)
    client.call("server.ping")
    return client


def staff(server, source="127.0.0.1"):
    client = Client.tcp(server.tcp, source=source)
    client.call("auth.login", user="李静", password="jinan2026")
    return client


def refused(client, limit):
    """The first request is answered, naming the limit; then the connection is closed."""
    with client, pytest.raises(RpcError, match="UNAVAILABLE.*" + limit):
        client.call("server.ping")
    return True


def stranger_or_none(server, source="127.0.0.1"):
    try:
        return stranger(server, source)
    except (RpcError, Closed, BrokenPipeError):
        return None


def has_room(server, source="127.0.0.1"):
    client = stranger_or_none(server, source)
    if client is not None:
        client.close()
    return client is not None


# --- how many ---------------------------------------------------------------------------------------


def test_connections_before_login(begin):
    server = begin(open_connections=3)
    known = [staff(server) for _ in range(4)]  # these do not count
    open_ones = [stranger(server) for _ in range(3)]
    assert refused(Client.tcp(server.tcp), "limits.open_connections")
    open_ones[0].call("auth.login", user="李静", password="jinan2026")
    open_ones.append(stranger(server))
    assert refused(Client.tcp(server.tcp), "limits.open_connections")
    known[0].call("auth.logout")
    with server.connect() as client:  # nor do those on the unix socket
        assert client.call("session.whoami")["administrator"]
    for client in known + open_ones:
        client.close()
    until(lambda: has_room(server), "room again")


def test_connections_from_one_network(begin):
    server = begin(network_connections=2)
    first = [stranger(server, "127.0.0.2"), staff(server, "127.0.0.2")]
    assert refused(Client.tcp(server.tcp, source="127.0.0.2"), "limits.network_connections")
    stranger(server, "127.0.0.3").close()
    first.pop().close()
    until(lambda: has_room(server, "127.0.0.2"), "room again")
    first.pop().close()


def test_many_that_are_refused_are_closed(begin):
    """Those who say nothing to be answered are closed after a second; beyond a few, at once."""
    server = begin(connections=1)
    only = []
    until(lambda: only.append(stranger_or_none(server)) or only[-1], "room")
    with only[-1]:
        waiting = [Client.tcp(server.tcp, timeout=PATIENCE) for _ in range(100)]
        for client in waiting:
            assert client.socket.recv(1) == b""
            client.close()


def test_requests_of_all_connections(begin):
    server = begin(requests=1, outstanding=10)
    with server.connect() as one:
        numbers = [one.send("record.count", type="customer") for _ in range(200)]
        outcomes = []
        for number in numbers:
            try:
                outcomes.append(one.result(number)["count"])
            except RpcError as error:
                assert error.code == "UNAVAILABLE" and "limits.requests" in error.text
                outcomes.append(None)
        assert outcomes[0] == 1 and set(outcomes) <= {1, None}
        assert one.call("record.count", type="customer")["count"] == 1


@pytest.mark.parametrize("known", [True, False], ids=["logged in", "before login"])
def test_requests_in_a_second(begin, known):
    """As many as the limit are answered at once. One more has to wait, unless the second ended in between."""
    server = begin(**{"rate" if known else "open_rate": 20})

    def delays(count):
        before = metric(server, "rpc_requests_delayed_total")
        with server.connect() if known else Client.tcp(server.tcp) as client:
            client.raw(b"".join(request(number, "server.ping") for number in range(count)))
            for number in range(count):
                client.result(number)
        return metric(server, "rpc_requests_delayed_total") > before

    assert not delays(19)
    until(lambda: delays(20), "nothing is left of the second")
    until(lambda: delays(21), "one has to wait")


def test_requests_in_a_second_wait_and_are_all_answered(begin):
    server = begin(open_rate=20, rate=1000)
    with Client.tcp(server.tcp) as client:
        started = time.monotonic()
        client.collect([client.send("server.ping") for _ in range(20 * 4)])
        assert time.monotonic() - started > 2  # four seconds' worth, of which one may be under way
        assert metric(server, "rpc_requests_delayed_total") >= 2
    with staff(server) as client:
        client.collect([client.send("server.ping") for _ in range(20 * 4)])


# --- how much ---------------------------------------------------------------------------------------


def metrics(server):
    with server.connect() as client:
        return client.call("server.metrics")["values"]


def change(server, **limits):
    """These limits from now on."""
    written = json.loads(server.configuration.read_text())
    written["limits"].update(limits)
    server.configuration.write_text(json.dumps(written))
    before = server.log().count("event=server.reloaded")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: server.log().count("event=server.reloaded") > before, "reloaded")


def met(found):
    return found.get("rpc_limit_output_bytes_total", 0)


def calls(server, name):
    with server.connect() as client:
        return sum(op["count"] for op in client.call("server.metrics")["ops"] if op["op"] == name)


class Reader:
    """Asks for a large record and takes nothing: what its socket does not hold waits at the server."""

    def __init__(self, server, replies):
        self.client = server.connect()
        self.server = server
        self.bytes = request(1, "record.get", {"type": "customer", "id": 2})
        before = metrics(server)
        self.ask(replies)
        self.unsent = metrics(server)["io_unsent_bytes"] - before.get("io_unsent_bytes", 0)

    def ask(self, replies):
        """Asks so often, and returns when all is answered and nothing has been taken."""
        before = calls(self.server, "record.get")
        self.client.raw(self.bytes * replies)
        until(lambda: calls(self.server, "record.get") == before + replies, "answered")
        until(lambda: metrics(self.server)["rpc_requests_open"] == 1, "sent")  # 1: this question

    def close(self):
        self.client.close()


@pytest.fixture
def large(begin):
    def start(**limits):
        server = begin(**limits)
        with server.connect() as client:
            client.call("record.create", type="customer", values={"name": "长", "note": "字" * 20000})
        return server

    return start


def test_replies_that_one_does_not_take(large):
    """limits.output_bytes: at the limit the next request is still taken; beyond it the server does not read on."""
    server = large()
    for less, taken in ((-1, True), (0, True), (1, False)):
        change(server, output_bytes=1 << 24)
        reader = Reader(server, 12)
        change(server, output_bytes=reader.unsent - less)
        before = metrics(server)
        if taken:
            reader.ask(1)
        else:
            reader.client.raw(reader.bytes)
        until(lambda: met(metrics(server)) > met(before), "the limit is met")
        grown = metrics(server)["io_unsent_bytes"] - before["io_unsent_bytes"]
        assert (grown > 0) == taken
        reader.close()
        until(lambda: metrics(server)["io_unsent_bytes"] == 0, "gone")


def test_replies_that_all_together_do_not_take(large):
    """Beyond the limit whoever has most of it is closed, and the others go on."""
    server = large(replies_bytes=1 << 30)
    most, less = Reader(server, 12), Reader(server, 8)
    together = most.unsent + less.unsent
    assert metrics(server)["io_unsent_bytes"] == together
    for limit in (together + 1, together):
        change(server, replies_bytes=limit)
        assert metrics(server).get("rpc_limit_replies_bytes_total", 0) == 0
    change(server, replies_bytes=together - 1)
    until(lambda: metrics(server)["io_unsent_bytes"] == less.unsent, "the other alone")
    assert metrics(server)["rpc_limit_replies_bytes_total"] == 1
    assert is_closed(most.client.socket)
    for _ in range(8):
        less.client.replies.clear()
        less.client.result(1)
    less.client.call("server.ping")
    less.close()


# --- how long ---------------------------------------------------------------------------------------


def is_closed(connected):
    connected.settimeout(PATIENCE)
    try:
        while connected.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def test_who_does_not_log_in_in_time_is_dropped(begin):
    server = begin(login_ms=1000)
    with staff(server) as known, stranger(server) as unknown, server.connect() as local:
        started = time.monotonic()
        assert is_closed(unknown.socket)
        assert time.monotonic() - started > 0.5
        known.call("session.whoami")
        local.call("session.whoami")
        known.call("auth.logout")
        assert is_closed(known.socket)
    assert metric(server, "rpc_logins_late_total") == 2


def test_who_dribbles_is_dropped_and_who_is_busy_is_not(begin):
    server = begin(frame_ms=1000)
    with staff(server) as busy, staff(server) as slow, staff(server) as idle:
        slow.socket.sendall(request(1, "server.ping")[:-1])
        until_slow = time.monotonic() + PATIENCE
        # always in the middle of a message, never of the same one for long
        message = request(7, "server.ping")
        busy.socket.sendall(message[:3])
        while not select.select([slow.socket], [], [], 0)[0]:
            assert time.monotonic() < until_slow
            busy.socket.sendall(message[3:] + message[:3])
            busy.socket.recv(65536)
            time.sleep(0.05)
        assert is_closed(slow.socket)
        busy.socket.sendall(message[3:])
        assert busy.socket.recv(65536)
        idle.call("session.whoami")
    assert metric(server, "rpc_frames_late_total") == 1


TOGETHER = 64 << 20
# Replies that are not taken are bounded for each connection, or for all together.
SLOW_LIMITS = {"one by one": {"output_bytes": 65536}, "all together": {"replies_bytes": TOGETHER}}


def slow_reader(server):
    """Asks for 12 MB of replies and takes none."""
    connected = socket.socket()
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, _, port = server.tcp.rpartition(":")
    connected.connect((host, int(port)))
    client = Client(connected, PATIENCE)
    client.call("auth.login", user="李静", password="jinan2026")
    client.raw(request(9, "record.get", {"type": "customer", "id": 2}) * 200)
    return connected


@pytest.mark.parametrize("bound", SLOW_LIMITS)
def test_slow_readers_and_slow_writers_go_and_others_are_served(begin, bound):
    server = begin(**SLOW_LIMITS[bound], stalled_ms=1500, frame_ms=1500, connections=2 * SLOW + 100,
                   open_connections=2 * SLOW + 100, network_connections=2 * SLOW + 100)
    with server.connect() as admin:
        note = "字" * 20000
        admin.call("record.create", type="customer", values={"name": "长", "note": note})
        before = most = server.resident_bytes()
        readers = []
        for _ in range(SLOW):
            readers.append(slow_reader(server))
            most = max(most, server.resident_bytes())
        writers = [staff(server).socket for _ in range(SLOW)]
        for connected in writers:
            connected.sendall(request(1, "server.ping")[:1])
        count = 0
        deadline = time.monotonic() + PATIENCE

        def metrics():
            return admin.call("server.info")["metrics"]

        # Of those that take nothing, some are given up by TCP itself (TCP_USER_TIMEOUT).
        while metrics()["io_streams_open"] > 1:
            assert time.monotonic() < deadline
            admin.call("record.get", type="customer", id=1)
            count += 1
            most = max(most, server.resident_bytes())
            time.sleep(0.02)
        found = metrics()
        assert found["rpc_frames_late_total"] == SLOW
        dropped, closed = (found.get(name, 0) for name in ("rpc_readers_dropped_total", "rpc_limit_replies_bytes_total"))
        assert dropped + closed <= SLOW
        assert (dropped if bound == "one by one" else closed) > 0
        grown = most - before
        print(f"{SLOW} slow readers and {SLOW} slow writers, {bound}: {grown / 1048576:.1f} MiB more at most, "
              f"{dropped} dropped for time, {closed} for room, {count} reads of another meanwhile")
        # A sanitizer keeps what was freed (256 MiB) and has room around everything.
        assert grown < (2 * TOGETHER if LONG else 512 << 20)
    for connected in readers + writers:
        connected.close()


def timer_of(local, remote):
    """(kind, hundredths of a second) of the kernel's timer for the server's end of a connection."""
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        ports = [int(words[i].partition(":")[2], 16) for i in (1, 2)]
        if ports == [local, remote]:
            kind, _, when = words[5].partition(":")
            return int(kind, 16), int(when, 16)
    raise AssertionError("no such connection")


def test_peers_that_fell_silent_are_asked(begin):
    server = begin(keepalive_s=500)
    with stranger(server) as client:
        port = int(server.tcp.rpartition(":")[2])
        kind, when = timer_of(port, client.socket.getsockname()[1])
        assert kind == 2 and 40000 < when <= 50000
    change(server, keepalive_s=300)  # for those who come from now on
    with stranger(server) as client:
        kind, when = timer_of(port, client.socket.getsockname()[1])
        assert kind == 2 and 20000 < when <= 30000


DROP_ALL = struct.pack("HBBI", 6, 0, 0, 0)  # BPF: return 0 bytes of each packet
SO_ATTACH_FILTER = 26


def fall_silent(connected):
    """From here on this end gets nothing from the network, and so confirms nothing: as if its machine had gone.
    The connection stays open."""
    program = ctypes.create_string_buffer(DROP_ALL)
    connected.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HxxxxxxN", 1, ctypes.addressof(program)))


@pytest.mark.parametrize("asks", [False, True], ids=["idle", "with a reply under way"])
def test_peers_that_are_gone_are_found(begin, asks):
    """By limits.keepalive_s when nothing is said; by limits.stalled_ms when something is to be confirmed."""
    server = begin(keepalive_s=86400 if asks else 1, stalled_ms=1000)
    with staff(server) as gone, staff(server) as there:
        fall_silent(gone.socket)
        if asks:
            gone.raw(request(9, "server.ping"))
        until(lambda: metrics(server)["io_streams_open"] == 2, "one less")  # and the one that asks
        there.call("session.whoami")


# --- descriptors and memory ----------------------------------------------------------------------------


def stranger_answered(client):
    try:
        return client.call("server.ping") is not None
    except RpcError as error:
        assert "ulimit -n" in error.text
        return False


def test_without_descriptors_the_next_is_told(begin):
    server = begin()
    pid = server.process.pid
    with server.connect() as admin:
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        most = max(int(name) for name in os.listdir(f"/proc/{pid}/fd")) + 3
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, hard))
        try:
            held = [server.connect()]
            while stranger_answered(held[-1]):
                held.append(server.connect())
                assert len(held) < most
            admin.call("server.ping")
            held.append(Client.tcp(server.tcp))  # a descriptor is kept for each listener
            assert not stranger_answered(held[-1])
            for client in held:
                client.close()
            until(lambda: has_room(server), "room again")
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def reads_per_second(client):
    """Of one record, in several short windows."""
    rates = []
    for _ in range(10):
        started = time.monotonic()
        for _ in range(10 if LONG else 1):
            client.collect([client.send("record.get", type="customer", id=1) for _ in range(200)])
        rates.append((2000 if LONG else 200) / (time.monotonic() - started))
    return rates


def hold_idle(server, admin):
    """IDLE connections from many addresses, of which one in seven has been used."""
    host, _, port = server.tcp.rpartition(":")
    idle = []
    for i in range(IDLE):
        source = (f"127.0.{i // 250 % 250}.{i % 250 + 1}", 0)
        idle.append(socket.create_connection((host, int(port)), PATIENCE, source))
        if i % 100 == 0:
            admin.call("server.ping")
    for connected in idle[::7]:
        connected.sendall(request(1, "server.ping"))
        assert connected.recv(65536)
    return idle


def test_idle_connections_cost_little(begin):
    """Memory; and what another client gets done among them, in turns with what it gets done alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    limits = dict.fromkeys(("connections", "open_connections", "network_connections"), IDLE + 100)
    server = begin(**limits, login_ms=3600000)
    alone, among = [], []
    try:
        with server.connect() as admin:
            before = server.resident_bytes()
            for _ in range(3 if LONG else 1):
                alone += reads_per_second(admin)
                idle = hold_idle(server, admin)
                total = server.resident_bytes()
                each = (total - before) / IDLE
                among += reads_per_second(admin)
                for connected in idle:
                    connected.close()
                until(lambda: metrics(server)["io_streams_open"] == 2, "all are closed")
            alone += reads_per_second(admin)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    ratio = statistics.median(among) / statistics.median(alone)
    print(f"{IDLE} idle connections: {each:.0f} bytes each, RssAnon {total / 1048576:.1f} MiB; "
          f"reads/s {statistics.median(among):.0f} among them, {statistics.median(alone):.0f} alone, ratio {ratio:.2f}")
    if LONG:
        assert each <= 8192 and total <= 160 * 1048576
        assert ratio >= 0.8
