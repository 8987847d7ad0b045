"""Power cuts while copies are made and files go: under load a server simulates on a fork, makes backups,
and retires old files of its journal into an archive; `haoke restore` puts a backup in the place of the
data. Whatever the disk holds then, the data are sound, a backup that has its name is a prefix of them,
and what was retired is in the archive: data and archive together make the same tables from the first
entry on.

HAOKE_CRASH_COPIES images (20), from HAOKE_TEST_SEED (1).
"""

import filecmp
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

import recording
from business import Business, close_shop, open_shop
from client import Closed
from crashing import (POINT, SMALL_STORE, TEST_CLOCK, Images, RecordedServer, holds, named,
                      no_sockets, preload)
from ledger import Holds, Violation, require
from recorded import Recorded
from server import BINARY, Server

IMAGES = int(os.environ.get("HAOKE_CRASH_COPIES", "20"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
LATER = "2026-03-10"
RETIRING = {"journal": {"keep_days": 1, "archive": "@root@/archive"}}
BALLAST = 300  # records of about 60 KB: more than a file of the journal holds
COMMAND_SECONDS = 120
ACKNOWLEDGED = 10_000_000  # numbers of the requests that wait for copies


def finished(client, job):
    while job["state"] in ("queued", "running"):
        job = client.call("job.get", id=job["id"])
    assert job["state"] == "done", job
    return job


def backed_up(client, path):
    return finished(client, client.call("backup.run", path=str(path)))["result"]


@pytest.fixture(name="disk", scope="module")
def disk_fixture():
    """What the servers of this file begin with: data whose journal has a file that is full, and an empty
    archive."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="haoke-disk-"))
    server = Server(SMALL_STORE, TEST_CLOCK)
    try:
        with server.start().connect() as client:
            for number in range(BALLAST):
                client.call("record.create", type="customer",
                            values={"name": f"老顾客{number}", "note": "旧" * 20_000})
        server.stop()
        shutil.copytree(server.data, folder / "data", ignore=no_sockets)
    finally:
        server.kill()
        server.remove()
    (folder / "archive").mkdir()
    yield folder
    shutil.rmtree(folder)


class Copied(Recorded):
    """A run in which the clerks work while copies are made."""

    def __init__(self, base, name, requests=20, stops=False):
        self.base, self.stops = base, stops
        self.copies = {}  # number of the request whose answer says that it is there → (name, sequence)
        super().__init__(name, requests=requests)

    def make_server(self, environment):
        return RecordedServer(self.base, environment, RETIRING, LATER)

    def serve(self, name, requests):
        business = Business(self.server.start())
        clerks = open_shop(self.server, business, self.ledger, name, requests=requests)
        with self.server.connect() as client:
            client.last_id = ACKNOWLEDGED
            self.copy(client, "backup-1")
            finished(client, client.call("workflow.simulate", until="2026-03-20"))
            self.copy(client, "backup-2")
        close_shop(clerks)
        if self.stops:
            self.server.stop()

    def copy(self, client, name):
        made = backed_up(client, self.server.root / name)
        self.copies[client.last_id] = name, made["sequence"]
        # A send is in the log after it: the next answer says that the one before is.
        client.call("server.ready")

    def read_log(self):
        super().read_log()
        self.copied = [(reply.end, *self.copies[reply.number])
                       for reply in recording.replies(self.server.recording)
                       if reply.number in self.copies]
        assert len(self.copied) == len(self.copies)

    def check(self, image):
        whole = image.stores.pop("whole", None)
        if whole is not None:
            require(Holds(whole).records == Holds(image.stores["data"]).records,
                    f"{image}: data and archive make another store")
            image.stores["data"] = whole
        super().check(image)
        held = Holds(image.stores["data"]).entries
        for end, name, _ in self.copied:
            require(end > image.happened or name in image.stores, f"{image}: {name} is lost")
        for name, sequence in [copied[1:] for copied in self.copied if copied[1] in image.stores]:
            copy = Holds(image.stores[name])
            require(copy.sequence == sequence, f"{image}: {name} has {copy.sequence}")
            require(all(held[key] == ops for key, ops in copy.entries.items()),
                    f"{image}: {name} has what the data never had")


def check_copies(base, number):
    copied = Copied(base, f"k{number}")
    try:
        names = {path.name for path in (copied.server.root / "archive").glob("*/*")}
        assert names == {"0000000001.log"}, "nothing was retired"
        return copied.check_images(SEED * 1000 + number, min(IMAGES, 100))
    finally:
        copied.remove()


def test_copies_are_whole_or_have_no_name(disk):
    checked = number = 0
    while checked < IMAGES:
        checked += check_copies(disk, number)
        number += 1


# --- killed at a point ----------------------------------------------------------------------------

# Of these a usual load passes none: nothing is copied, no file of the journal is full.
POINTS = [point for point in named(POINT)
          if point.startswith(("store.fork.", "store.retire.", "api.backup."))]


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_copies_are_made(disk, point):
    """It dies there; what lies there is sound, and the next server makes the copy."""
    server = RecordedServer(disk, {"HAOKE_FAILPOINT": f"{point}:1"}, RETIRING, LATER)
    del server.environment["HAOKE_RECORD"]  # nothing of it is looked at
    try:
        process = begin_copies(server)
        assert process.wait(COMMAND_SECONDS) == -signal.SIGKILL, server.log()
        assert holds(server.data).sequence >= BALLAST
        del server.environment["HAOKE_FAILPOINT"]
        with server.start().connect() as client:
            name = server.root / "backup-2"
            assert backed_up(client, name)["sequence"] >= BALLAST
        server.kill()
        assert holds(name).sequence >= BALLAST
    finally:
        server.kill()
        server.remove()


def begin_copies(server):
    """The process, which may be dead already: files are retired when it begins."""
    started = []
    read_line = server.read_line
    server.read_line = lambda seconds: (started.append(server.process), read_line(seconds))[1]
    try:
        with server.start().connect() as client:
            backed_up(client, server.root / "backup-1")
    except (AssertionError, Closed, OSError):
        pass  # the caller looks at how it ended
    finally:
        server.read_line = read_line
    server.process = None
    return started[0]


# --- restore --------------------------------------------------------------------------------------


class Restored:
    """`haoke restore --replace` under the recorder: of a backup, after which the data went on."""

    def __init__(self):
        self.server = RecordedServer(environment={"LD_PRELOAD": ""})
        del self.server.environment["HAOKE_RECORD"]
        ledger_free = Business(self.server.start())
        with self.server.connect() as client:
            self.before = backed_up(client, self.server.root / "backup-1")["sequence"]
            for number in ledger_free.customers:
                client.call("record.update", type="customer", id=number, values={"note": "后来"})
        self.server.stop()
        self.after = self.before + len(ledger_free.customers)
        self.base = self.server.folder / "base"
        shutil.copytree(self.server.root, self.base, ignore=no_sockets)

    def restore(self):
        environment = {**os.environ, **preload("recorder"),
                       "HAOKE_RECORD": str(self.server.recording),
                       "HAOKE_RECORD_ROOT": str(self.server.root)}
        root = self.server.root
        done = subprocess.run([BINARY, "restore", root / "backup-1", "--data", root / "data",
                               "--replace"], capture_output=True, text=True, check=False,
                              timeout=COMMAND_SECONDS, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr

    def check(self, image):
        """The old data or the restored ones, and the backup that is not changed."""
        require(image.status == 0, f"{image}: status {image.status}: {image.finding}")
        require(Holds(image.stores["backup-1"]).sequence == self.before, f"{image}: another backup")
        # A backup holds the entries of its own job up to then; later ones only the old data have.
        sequence = Holds(image.stores["data"]).sequence
        require(sequence == self.before or sequence >= self.after, f"{image}: data with {sequence}")
        return sequence == self.before

    def images(self, mode=None):
        return Images(self.server.recording, self.base, SEED, IMAGES, mode)

    def remove(self):
        self.server.kill()
        self.server.remove()


def test_a_restore_takes_the_place_or_not():
    restored = Restored()
    try:
        restored.restore()
        with restored.images() as images:
            kinds = {restored.check(image) for image in images}
        assert False in kinds, "every image was the restored one"
        same(restored.images("last"), restored.server.root)
    finally:
        restored.remove()


# --- the recorder ---------------------------------------------------------------------------------


def files_of(folder):
    """The files of a directory without those that no recovery reads."""
    return {path.relative_to(folder) for path in folder.rglob("*")
            if path.is_file() and path.name != "lock.mdb"
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)}


def same(images, root):
    """All that is in the directory, the log has, byte by byte: the recorder missed nothing."""
    with images:
        path = next(iter(images)).path
        assert files_of(path) == files_of(root)
        for name in files_of(root):
            if not filecmp.cmp(path / name, root / name, shallow=False):
                raise Violation(f"{name} is not what the recorder saw")


def test_the_recorder_sees_everything(disk):
    copied = Copied(disk, "all", stops=True)
    try:
        same(Images(copied.server.recording, disk, SEED, 1, "last"), copied.server.root)
    finally:
        copied.remove()
