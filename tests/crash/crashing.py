"""A server under the recorder or the fault library, and what this folder's programs find."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import msgpack

from ledger import Holds, Violation
from server import BINARY, ROOT, Server

TOOLS = pathlib.Path(os.environ.get("HAOKE_CRASH_TOOLS", ROOT / "build/test/tests/crash"))
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
KEEP = "HAOKE_CRASH_KEEP" in os.environ  # recordings and bad images stay
STYLES = ("whole", "dropped", "prefix", "some", "sectors", "mixed")
TEST_CLOCK = "2026-03-01"


# As small as its limits allow, so that a short run meets all that a large one does.
SMALL_STORE = {"store": {"map_bytes": 1 << 30, "segment_bytes": 16 << 20, "drain_ops": 64,
                         "drain_ms": 10}}

MUTANT = re.compile(r'base_mutant\("(store\.\w+)"\)')
POINT = re.compile(r'base_failpoint\("((?:store|api)\.[\w.]+)"\)')


def named(pattern):
    """The mutants or failpoints that the sources name."""
    sources = (ROOT / "core").glob("*/*.c")
    return sorted({name for path in sources for name in pattern.findall(path.read_text())})


def preload(*libraries):
    """The environment in which a server under sanitizers takes these along."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": " ".join(str(TOOLS / f"{name}.so") for name in libraries),
            "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0"}


class RecordedServer(Server):
    """A server whose doings are in `log` from its first file on: all that it does below `root`, where
    its data are, and where its backups and its archive may be. With `base`, it goes on there."""

    def __init__(self, base=None, environment=None, configuration=None, test_clock=TEST_CLOCK):
        super().__init__({**SMALL_STORE, **(configuration or {})}, test_clock)
        self.recording = self.folder / "recording"
        self.base = base
        self.root = self.folder / "disk"
        self.data = self.root / "data"
        text = self.configuration.read_text()
        self.configuration.write_text(text.replace("@root@", str(self.root)))
        if base is None:
            self.root.mkdir(mode=0o700)
        else:
            shutil.copytree(base, self.root, ignore=no_sockets)
        self.environment.update(preload("recorder"), **(environment or {}))
        self.environment.update(HAOKE_RECORD=str(self.recording), HAOKE_RECORD_ROOT=str(self.root))

    def remove(self):
        if not KEEP:
            super().remove()


def no_sockets(folder, names):
    return [name for name in names
            if name == ".plugin-copies" or (pathlib.Path(folder) / name).is_socket()]


class Image:
    """With status 0, `stores` is what each of its stores holds, by name; else `finding` says more."""

    def __init__(self, number, happened, style, status, told):
        self.number, self.happened, self.style = number, happened, STYLES[style]
        self.status = status
        self.finding = told.decode(errors="replace") if status != 0 else None
        self.stores = msgpack.unpackb(told) if status == 0 and told else {}

    def __str__(self):
        return f"image {self.number} after {self.happened} bytes, {self.style}"


class Images:
    """Images of a recording, one after the other; bad ones stay in `folder` until it is removed. With
    the mode "keep" they are not opened, and each stays in its own `path`; with "last" there is one, of
    everything that happened."""

    def __init__(self, recording, base, seed, count, mode=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="haoke-images-", dir=MEMORY))
        self.command = [TOOLS / "images", recording, base or "-", self.folder, str(seed),
                        str(count), "0"] + ([mode] if mode else [])

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        self.process.stdout.close()
        self.process.wait()
        if KEEP:
            print(f"kept: {self.folder}; made by: {' '.join(map(str, self.command))}")
        else:
            shutil.rmtree(self.folder)

    def __iter__(self):
        stream = msgpack.Unpacker(self.process.stdout, max_buffer_size=1 << 30)
        for parts in stream:
            image = Image(*parts)
            image.path = self.folder / f"kept-{image.number}"
            yield image
        assert self.process.wait() == 0, "the images were not made"


def holds(directory):
    """What a copy of the directory holds; the directory itself is left as the kill left it."""
    with tempfile.TemporaryDirectory(prefix="haoke-copy-", dir=MEMORY) as folder:
        copy = pathlib.Path(folder) / "data"
        if pathlib.Path(directory).exists():
            shutil.copytree(directory, copy, ignore=no_sockets)
        done = subprocess.run([TOOLS / "holds", copy], capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        raise Violation(f"{directory}: {done.stderr.decode(errors='replace')}")
    return Holds(done.stdout)


def verify(directory):
    """haoke verify: must find nothing."""
    done = subprocess.run([BINARY, "verify", directory], capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
