"""haoke.service: its hardening as systemd counts it, and its command line as systemd runs it."""

import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess

import pytest

from installed import installed, run  # noqa: F401
from server import BINARY, CORE_ONLY, Server
from test_limits import until

EXPOSURE_MOST = 2.5
HOLD = pathlib.Path(BINARY).parent / "tests" / "plugins" / "hold.so"


@pytest.fixture(scope="module")
def unit(installed):  # noqa: F811
    return installed.prefix / "lib" / "systemd" / "system" / "haoke.service"


class Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(name)
        self.heard = []

    def wait(self, line, seconds=60):
        """Until somebody has said that line, once more than was waited for before."""
        while line not in self.heard:
            assert select.select([self.socket], [], [], seconds)[0], f"{line}: heard {self.heard}"
            self.heard += self.socket.recv(4096).decode().split("\n")
        self.heard = self.heard[self.heard.index(line) + 1:]

    def close(self):
        self.socket.close()


class Unit(Server):
    """Runs the unit's ExecStart, with a data directory and a configuration of the test's."""

    def __init__(self, path, **options):
        super().__init__(**options)
        line = re.search(r"^ExecStart=(.*)$", path.read_text(), re.M)[1]
        self.words = line.split()

    def command(self):
        words = list(self.words)
        words[words.index("--data") + 1] = str(self.data)
        words[words.index("--config") + 1] = str(self.configuration)
        return confined() + words + ["--listen", self.listen]


def confined():
    """What of the hardening can be had without a service manager: no capabilities, none to come."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    return ["setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]


# --- the unit -----------------------------------------------------------------------------------------


def test_the_unit_is_confined(unit):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not there: install the package systemd")
    told = run(analyze, "security", "--offline=true", "--no-pager", unit, LANG="C")
    exposure = re.search(r"Overall exposure level for haoke\.service: ([0-9.]+)", told)
    assert exposure, told
    assert float(exposure[1]) <= EXPOSURE_MOST, told


def test_the_unit_names_what_is_installed(unit, installed):  # noqa: F811
    text = unit.read_text()
    assert "CMAKE" not in text
    program = re.search(r"^ExecStart=(\S+) serve ", text, re.M)[1]
    assert program == str(installed.prefix / "bin" / "haoke") and os.access(program, os.X_OK)
    document = re.search(r"^Documentation=file:(\S+)$", text, re.M)[1]
    assert pathlib.Path(document).is_file()
    user = re.search(r"^User=(\S+)$", text, re.M)[1]
    assert f"\nu {user} " in (installed.prefix / "lib" / "sysusers.d" / "haoke.conf").read_text()


# --- its life -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("abstract", [False, True])
def test_the_command_line_serves_and_tells_how_it_goes(unit, tmp_path, abstract):
    """READY when it answers, WATCHDOG while the loop goes round, RELOADING and READY with SIGHUP, STOPPING."""
    name = f"@haoke-{os.getpid()}" if abstract else str(tmp_path / "notify")
    manager = Manager("\0" + name[1:] if abstract else name)
    running = Unit(unit, configuration=CORE_ONLY,
                   environment={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"})
    try:
        running.start()
        manager.wait("READY=1")
        with running.connect() as client:
            made = client.call("record.create", type="customer", values={"name": "王秀兰"})
            assert client.call("record.get", type="customer", id=made["id"])["name"] == "王秀兰"
        for _ in range(3):
            manager.wait("WATCHDOG=1")
        running.process.send_signal(signal.SIGHUP)
        manager.wait("RELOADING=1")
        manager.wait("READY=1")
        running.process.send_signal(signal.SIGTERM)
        manager.wait("STOPPING=1")
        running.wait(0)
        running.verify()
    finally:
        running.kill()
        running.remove()
        manager.close()


def test_a_watchdog_of_another_process_is_not_answered(tmp_path):
    manager = Manager(str(tmp_path / "notify"))
    running = Server(configuration=CORE_ONLY,
                     environment={"NOTIFY_SOCKET": str(tmp_path / "notify"),
                                  "WATCHDOG_USEC": "2000", "WATCHDOG_PID": "1"})
    try:
        running.start()
        running.stop()
        manager.wait("STOPPING=1")
        assert "WATCHDOG=1" not in manager.heard
    finally:
        running.remove()
        manager.close()


def test_nobody_who_listens_is_no_fault(start_server):
    server = start_server(configuration=CORE_ONLY,
                          environment={"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "1000000"})
    until(lambda: "event=server.notify" in server.log(), "nobody says that nobody listens")
    with server.connect() as client:
        assert client.call("server.ping") == {"pong": True}


def test_what_is_under_way_is_waited_for_so_long(start_server, tmp_path):
    """limits.drain_ms: when it is over, connections are closed; tests of metrics show that it is waited."""
    shutil.copy(HOLD, tmp_path / "hold.so")
    gate = tmp_path / "gate"
    server = start_server(configuration={"packages": {"enable": ["hold"]}, "limits": {"drain_ms": 1}},
                          arguments=["--plugins", str(tmp_path)])
    with server.connect() as client:
        client.send("hold.read", file=str(gate))
        until(lambda: in_hand(server) == 2, "it is not under way")
        server.process.terminate()
        until(lambda: "event=rpc.drain unanswered_connections=1" in server.log(), "nobody gave up")
        gate.touch()
        server.wait(0)


def in_hand(server):
    with server.connect() as client:
        return client.call("server.metrics")["values"]["rpc_requests_open"]
