"""haoke.service: its hardening as systemd counts it, and its command line as systemd runs it."""

import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys

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


# --- its confinement ----------------------------------------------------------------------------------

CONFINE = pathlib.Path(__file__).with_name("confine.py")
SERVICE_USER = 61999  # no user of this machine


class Confined(Unit):
    """The unit under what confine.py can do of its hardening: not root, not its file system, not all system calls."""

    def __init__(self, path, shown, **options):
        super().__init__(path, **options)
        # A sanitizer looks for leaks with ptrace, which a service may not use.
        self.environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        self.shown = shown
        self.path = path
        self.folder.chmod(0o755)
        self.configuration.chmod(0o644)
        os.chown(self.folder, SERVICE_USER, SERVICE_USER)

    def command(self):
        program = super().command()
        program = program[program.index(self.words[0]):]
        return [sys.executable, str(CONFINE), str(self.path), str(self.folder), str(SERVICE_USER),
                *map(str, self.shown), "--", *program]

    def status(self, name):
        """A line of /proc/PID/status."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return re.search(rf"^{name}:\s*(.*)$", text, re.M)[1]

    def options(self, place):
        """How the server's mount at that place was made; None when there is none."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/mountinfo").read_text().splitlines()
        found = [words[5] for words in map(str.split, lines) if words[4] == place]
        return found[-1].split(",") if found else None


@pytest.fixture
def confined_server(unit, installed):  # noqa: F811
    """A server of the unit; skipped where the machine lets nobody make namespaces and filters."""
    if os.geteuid() != 0 or shutil.which("systemd-analyze") is None:
        pytest.skip("needs root, and systemd-analyze of the package systemd")
    probe = subprocess.run(["unshare", "--mount", "unshare", "--user", "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"the machine allows no namespaces: {probe.stderr}")
    running = Confined(unit, [installed.prefix], configuration={"packages": {"enable": ["health_product", "route"]}})
    try:
        yield running
    finally:
        running.kill()
        running.remove()


def test_the_server_works_under_the_units_hardening(confined_server):
    """The smoke test: what a business does on its first day, with a package, a plugin, a password, a backup, a
    reload and a drain; and that the confinement is there."""
    running = confined_server.start()
    assert running.status("Uid").split() == [str(SERVICE_USER)] * 4
    assert running.status("Seccomp") == "2" and running.status("NoNewPrivs") == "1"
    assert {int(running.status(name), 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert "ro" in running.options("/") and "rw" in running.options(str(running.folder))
    inside = pathlib.Path(f"/proc/{running.process.pid}/root")
    assert {path.name for path in (inside / "tmp").iterdir()} <= {running.folder.name, tempfile_part(running)}
    assert not (inside / "proc" / "sys").exists() and not (inside / "dev" / "kmsg").exists()
    with running.connect() as client:
        client.call("session.hello", errors="map", lang="en")
        client.call("user.create", user="李静", password="jinan2026", roles=["staff"])
        customer = client.call("record.create", type="customer", values={"name": "王秀兰", "phone": "13800001001"})["id"]
        product = client.call("record.create", type="product", values={"name": "海参肽胶囊", "price": 29800})["id"]
        client.call("order.create", customer=customer, lines=[{"product": product, "quantity": 2}])
        assert client.call("record.search", text="王秀")["items"][0]["id"] == customer
        assert "route.so" in {item["file"] for item in client.call("plugin.list")["items"]}
        job = client.call("backup.run", path=str(running.folder / "copy"))["id"]
        until(lambda: client.call("job.get", id=job)["state"] in ("done", "failed"), "the backup does not end")
        assert client.call("job.get", id=job)["state"] == "done"
        outside = client.call("backup.run", path="/var/lib/haoke-copy")["id"]
        until(lambda: client.call("job.get", id=outside)["state"] in ("done", "failed"), "it does not end")
        assert client.call("job.get", id=outside)["state"] == "failed"
    with running.connect_tcp() as client:
        client.call("auth.login", user="李静", password="jinan2026")
        assert client.call("record.count", type="customer")["count"] >= 1
    running.process.send_signal(signal.SIGHUP)
    until(lambda: "event=server.reloaded" in running.log(), "not reloaded")
    running.process.send_signal(signal.SIGTERM)
    running.wait(0)
    running.verify()


TRIES = """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)

def denied(status):
    return status == -1 and ctypes.get_errno() == 1

def refused(call, *arguments):
    try:
        call(*arguments)
        return False
    except OSError:
        return True

page = libc.mmap
page.restype = ctypes.c_long
print(all([
    denied(libc.unshare(0x10000000)), denied(libc.ptrace(0, 0, 0, 0)), denied(libc.personality(0x40000)),
    denied(libc.sched_setscheduler(0, 1, ctypes.byref(ctypes.c_int(1)))),
    denied(page(None, 4096, 7, 0x22, -1, 0)), not denied(page(None, 4096, 3, 0x22, -1, 0)),
    refused(socket.socket, 16, 3), not refused(socket.socket),
    refused(os.chmod, ".", 0o4700), not refused(os.chmod, ".", 0o700),
    refused(open, "/etc/haoke-was-here", "w"), not refused(open, "here", "w"),
    os.listdir("/home") == [], os.getuid() == 61999, os.umask(0o77) == 0o77,
]))
"""


def confine(unit, folder, *command):  # noqa: F811
    return subprocess.run([sys.executable, str(CONFINE), str(unit), str(folder), str(SERVICE_USER), "--", *command],
                          capture_output=True, text=True, timeout=60, check=False)


def test_the_confinement_is_there(confined_server):
    """What the smoke test would not notice: each thing that is forbidden is tried by a program that wants it."""
    done = confine(confined_server.path, confined_server.folder, "/usr/bin/python3", "-c", TRIES)
    assert done.stdout == "True\n", done.stdout + done.stderr


def test_no_line_of_the_unit_is_passed_over(confined_server, tmp_path):
    changed = tmp_path / "haoke.service"
    changed.write_text(confined_server.path.read_text().replace("[Install]", "PrivateNetwork=yes\n[Install]"))
    done = confine(changed, tmp_path, "/bin/true")
    assert done.returncode != 0 and "PrivateNetwork" in done.stderr


def tempfile_part(running):
    """The name below /tmp of the installed tree."""
    return pathlib.Path(running.shown[0]).relative_to("/tmp").parts[0]


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
