"""Plugins in a running server: listed, loaded, replaced under load, refused with a sentence."""

import os
import pathlib
import selectors
import shutil
import socket
import subprocess
import time

import msgpack
import pytest

from client import request
from installed import installed  # noqa: F401
from packages import haoke
from server import BINARY, ROOT
from waiting import wait_for

BUILT = pathlib.Path(BINARY).parent / "tests" / "plugins"

CONNECTIONS = 64
SWAPS = int(os.environ.get("HAOKE_TEST_SWAPS", "100"))
SECONDS = 2.4 * max(SWAPS, 100)  # for all swaps; a hundred take a few


def install(folder, name, built, place=BUILT):
    """Puts a built plugin into the folder under that name, as an operator would: all at once."""
    fresh = folder / f".{name}.new"
    shutil.copy(place / f"{built}.so", fresh)
    os.replace(fresh, folder / f"{name}.so")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "plugins"
    made.mkdir()
    return made


def options(folder, *enable):
    return {"arguments": ["--plugins", str(folder), "--enable", ",".join(enable)]}


# --- one at a time --------------------------------------------------------------------------------


def test_list_says_what_is_there_and_what_runs(folder, start_server):
    install(folder, "swap", "swap_1")
    install(folder, "other", "quiet")
    (folder / "notes.so").write_text("济南市历下区")
    (folder / "readme.txt").write_text("not a plugin")
    with start_server(**options(folder, "swap")).connect() as client:
        items = {item["file"]: item for item in client.call("plugin.list")["items"]}
        assert set(items) == {"swap.so", "other.so", "notes.so"}
        assert items["swap.so"]["loaded"] == items["swap.so"]["version"] == "1.0.0"
        assert items["other.so"]["name"] == "quiet" and "loaded" not in items["other.so"]
        assert items["other.so"]["doc_zh"].startswith("统计联系次数")
        assert "notes.so" in items["notes.so"]["error"]
        install(folder, "swap", "swap_2")
        items = {item["file"]: item for item in client.call("plugin.list")["items"]}
        assert (items["swap.so"]["version"], items["swap.so"]["loaded"]) == ("2.0.0", "1.0.0")


def test_what_others_can_write_is_not_loaded(folder, start_server):
    """Neither a file nor a folder; a sticky folder is as good as one's own."""
    install(folder, "swap", "swap_1")
    server = start_server(**options(folder, "swap"))
    with server.connect() as client:
        client.call("session.hello", lang="en")
        install(folder, "quiet", "quiet")
        for path, mode in [(folder / "quiet.so", 0o666), (folder / "quiet.so", 0o620),
                           (folder, 0o777), (folder, 0o775)]:
            before = path.stat().st_mode & 0o7777
            path.chmod(mode)
            error = client.error("plugin.load", name="quiet")
            assert error.code == "PERMISSION_DENIED" and f"mode {mode:04o}" in error.text, error.text
            assert str(path) in error.text and "chmod go-w" in error.text
            path.chmod(before)
        folder.chmod(0o1777)
        assert client.call("plugin.load", name="quiet")["name"] == "quiet"
        folder.chmod(0o777)
        server.stop()
    with pytest.raises(AssertionError) as refused:
        server.start()
    assert "PERMISSION_DENIED" in str(refused.value) and "chmod go-w" in str(refused.value)
    folder.chmod(0o755)
    server.start()


def test_a_file_that_is_dropped_in_is_loaded_when_it_is_complete(folder, start_server):
    install(folder, "swap", "swap_1")
    install(folder, "idle", "quiet")  # is there and is not loaded: stays so
    server = start_server(configuration={"packages": {"watch_ms": 50}}, **options(folder, "swap"))
    with server.connect() as client:
        install(folder, "swap", "swap_2")
        wait_for(lambda: client.call("swap.read") == {"version": "2.0.0"})
        whole = (BUILT / "quiet.so").read_bytes()
        (folder / "other.so").write_bytes(whole[:len(whole) // 2])  # is being copied
        wait_for(lambda: "event=server.watch_refused package=other.so" in server.log())
        assert client.error("quiet.look", customer=1).code == "UNKNOWN_METHOD"
        install(folder, "other", "quiet")
        wait_for(lambda: client.error("quiet.look", customer=1).code != "UNKNOWN_METHOD")
        assert client.call("plugin.load", name="swap.so")["version"] == "2.0.0"
        assert "package=idle.so" not in server.log()
        assert client.call("swap.read") == {"version": "2.0.0"}


def test_a_file_that_is_cut_off_is_refused_wherever_it_ends(tmp_path):
    whole = (BUILT / "quiet.so").read_bytes()
    file = tmp_path / "quiet.so"
    for part in range(20):
        file.write_bytes(whole[:len(whole) * part // 20])
        told = haoke("plugin", "inspect", file)
        assert told.returncode == 1 and "VALIDATION_FAILED" in told.stderr, (part, told.stderr)
    file.write_bytes(whole[:-1])
    assert "is cut off" in haoke("plugin", "inspect", file).stderr
    file.write_bytes(whole)
    assert haoke("plugin", "inspect", file).returncode == 0


def test_load_replaces_and_adds(folder, start_server):
    install(folder, "swap", "swap_1")
    server = start_server(**options(folder, "swap"))
    with server.connect() as client:
        assert client.call("swap.read") == {"version": "1.0.0"}
        client.call("swap.write", text="海参肽胶囊")
        install(folder, "swap", "swap_2")
        assert client.call("swap.read") == {"version": "1.0.0"}
        loaded = client.call("plugin.load", name="swap")
        assert loaded == {"name": "swap", "version": "2.0.0", "replaced": "1.0.0"}
        assert client.call("swap.read") == {"version": "2.0.0"}
        client.call("swap.write", text="银杏茶")
        found = client.call("record.find", type="swap_note", order=["id"])["items"]
        assert [item["by"] for item in found] == ["1.0.0", "2.0.0"]

        assert client.error("quiet.look", customer=1).code == "UNKNOWN_METHOD"
        install(folder, "other", "quiet")
        loaded = client.call("plugin.load", name="quiet")
        assert loaded == {"name": "quiet", "version": "1.0.0", "replaced": None}
        assert client.error("quiet.look", customer=1).code == "NOT_FOUND"
        described = client.call("api.describe")
        assert {"swap", "quiet"} <= {package["name"] for package in described["packages"]}
    server.stop()
    server.start()
    with server.connect() as client:  # what runs after a start is what ran before
        assert client.call("swap.read") == {"version": "2.0.0"}
        assert client.error("quiet.look", customer=1).code == "NOT_FOUND"


def test_what_cannot_be_loaded_leaves_what_runs(folder, start_server):
    install(folder, "swap", "swap_1")
    with start_server(**options(folder, "swap")).connect() as client:
        client.call("session.hello", lang="en")
        assert "did you mean swap" in client.error("plugin.load", name="swop").text
        assert client.error("plugin.load", name="../swap").code == "NOT_FOUND"
        assert client.error("plugin.load", name="").code == "INVALID_ARGUMENT"
        assert client.error("plugin.load", name="x" * 65).code == "NOT_FOUND"

        for built, sentence in {
            "other_major": "was built for ABI 2 and this server has ABI 1: build it again",
            "newer_minor": "upgrade the server, or build the plugin with this server's crm/plugin.h",
            "wrong_magic": "CRM_PLUGIN_HEADER",
            "no_entry": "does not export crm_plugin_entry",
        }.items():
            install(folder, "swap", built)
            error = client.error("plugin.load", name="swap")
            assert error.code == "VALIDATION_FAILED" and sentence in error.text
            assert client.call("swap.read") == {"version": "1.0.0"}

        install(folder, "swap", "swap_refuses")
        error = client.error("plugin.load", name="swap")
        assert (error.code, error.text) == ("UNAVAILABLE", "port 9000 is taken")
        assert client.call("swap.read") == {"version": "1.0.0"}
        client.call("swap.write", text="还在")

        install(folder, "swap", "swap_2")
        assert client.call("plugin.load", name="swap")["version"] == "2.0.0"
        install(folder, "swap", "swap_1")  # lacks an index that the other one brought
        assert client.call("plugin.load", name="swap")["version"] == "1.0.0"
        assert client.call("swap.read") == {"version": "1.0.0"}
        install(folder, "swap", "swap_2")  # and brings it again
        assert client.call("plugin.load", name="swap")["version"] == "2.0.0"
        found = client.call("record.find", type="swap_note", where={"place": "东"})["items"]
        assert found == []


def test_what_was_built_for_the_first_header_loads(folder, start_server):
    install(folder, "guestbook", "frozen_1_0")
    with start_server(**options(folder, "guestbook")).connect() as client:
        (item,) = client.call("plugin.list")["items"]
        assert (item["abi"], item["loaded"]) == ("1.0", item["version"])
        customer = client.call(
            "record.create", type="customer", values={"name": "张建国", "phone": "13800001001"}
        )
        visit = client.call("guestbook.enter", customer=customer["id"], on="2026-03-05", note="到店")
        assert visit["state"] == "entered"
        assert client.call("guestbook.list", customer=customer["id"])["count"] == 1


def test_fields_of_the_business_survive_a_swap(folder, start_server):
    install(folder, "swap", "swap_1")
    with start_server(**options(folder, "swap")).connect() as client:
        client.call("swap.write", text="海参肽胶囊")
        field = {"name": "shop", "kind": "text", "index": True, "label": {"zh": "门店", "en": "shop"}}
        client.call("schema.define", type="swap_note", field=field)
        client.call("record.update", type="swap_note", id=1, values={"shop": "济南店"})
        install(folder, "swap", "swap_2")
        assert client.call("plugin.load", name="swap")["version"] == "2.0.0"
        found = client.call("record.find", type="swap_note", where={"shop": "济南店"})["items"]
        assert [item["id"] for item in found] == [1]
        client.call("swap.write", text="银杏茶")
        client.call("record.update", type="swap_note", id=2, values={"shop": "济南店", "place": "东"})
        found = client.call("record.find", type="swap_note", where={"place": "东"})["items"]
        assert [item["shop"] for item in found] == ["济南店"]


def test_only_administrators_load(folder, start_server):
    install(folder, "swap", "swap_1")
    server = start_server(**options(folder, "swap"))
    with server.connect() as client:
        client.call("user.create", user="李静", password="huansheng88", roles=["staff"])
    with server.connect_tcp() as client:
        client.call("auth.login", user="李静", password="huansheng88")
        assert client.error("plugin.load", name="swap").code == "PERMISSION_DENIED"
        assert client.error("plugin.list").code == "PERMISSION_DENIED"


# --- a hundred times under load -------------------------------------------------------------------


class Busy:
    """A connection that always has one request under way, until it is told to end."""

    CALLS = (
        ("swap.read", None),
        ("swap.point", None),
        ("swap.write", {"text": "海参肽胶囊"}),
        ("swap.inner", None),
        ("swap.write", {"text": "银杏茶", "dry_run": True}),
        ("swap.prepared", None),
        ("batch.run", {"calls": [{"op": "swap.read"}, {"op": "server.ping"}]}),
        ("server.ping", None),
    )

    def __init__(self, path, number):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.unpacker = msgpack.Unpacker()
        self.number = number
        self.sent = self.answered = self.written = 0
        self.versions = set()

    def send(self):
        op, params = self.CALLS[(self.number + self.sent) % len(self.CALLS)]
        self.sent += 1
        self.socket.sendall(request(self.sent, op, params))

    def receive(self):
        """Takes what has come; True when the answer is among it."""
        data = self.socket.recv(1 << 16)
        assert data, f"connection {self.number} was dropped"
        self.unpacker.feed(data)
        for message in self.unpacker:
            _, number, error, result = message
            assert number == self.sent and error is None, message
            self.answered += 1
            op, params = self.CALLS[(self.number + self.sent - 1) % len(self.CALLS)]
            if op == "swap.write" and "dry_run" not in params:
                self.written += 1
            if "version" in result:
                self.versions.add(result["version"])
            return True
        return False


def keep_busy(busy, until):
    """Answers are followed by requests until `until()`; then the last ones are waited for."""
    deadline = time.monotonic() + SECONDS
    with selectors.DefaultSelector() as selector:
        for one in busy:
            selector.register(one.socket, selectors.EVENT_READ, one)
            one.send()
        waiting, going = len(busy), True
        while waiting:
            assert time.monotonic() < deadline
            for key, _ in selector.select(1):
                if not key.data.receive():
                    continue
                going = going and not until(key.data)
                if going or key.data.sent == 0:
                    key.data.send()
                else:
                    waiting -= 1
                    selector.unregister(key.fileobj)


class Swapper(Busy):
    """Has the plugin replaced by its other version, again and again."""

    def __init__(self, path, folder, versions):
        super().__init__(path, -1)
        self.folder = folder
        self.versions_at = versions

    def send(self):
        install(self.folder, "swap", f"swap_{self.sent % 2}", self.versions_at)
        self.sent += 1
        self.socket.sendall(request(self.sent, "plugin.load", {"name": "swap"}))


def test_swaps_under_64_busy_connections(folder, tmp_path, installed, start_server):  # noqa: F811
    """Two versions of a plugin, built elsewhere against the installed header, replace one another."""
    versions = tmp_path / "versions"
    versions.mkdir()
    for number, version in enumerate(("1.0.0", "2.0.0")):
        installed.compile(
            versions / f"swap_{number}.so",
            ROOT / "tests" / "plugins" / "swap.c",
            definitions=[f'-DSWAP_VERSION="{version}"', "-pthread"],
        )
    install(folder, "swap", "swap_0", versions)
    server = start_server(**options(folder, "swap"))
    busy = [Busy(server.unix, number) for number in range(CONNECTIONS)]
    swapper = Swapper(server.unix, folder, versions)
    keep_busy([*busy, swapper], lambda one: one is swapper and one.answered == SWAPS)
    assert swapper.answered == SWAPS
    for one in busy:
        assert one.answered == one.sent and one.answered > 0
    assert set.union(*(one.versions for one in busy)) == {"1.0.0", "2.0.0"}
    with server.connect() as client:
        assert client.call("record.count", type="swap_note")["count"] == sum(
            one.written for one in busy
        )
    for one in [*busy, swapper]:
        one.socket.close()
    server.stop()
    assert subprocess.run([BINARY, "verify", str(server.data)], capture_output=True).returncode == 0
