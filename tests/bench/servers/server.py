"""server: one server process of the bench: started in the foreground, reached over a unix socket, put
to sleep while another one is measured.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

READY_SECONDS = 300
STOP_SECONDS = 300


def children_of(parent):
    """The numbers of all processes whose parent it is."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(stat.rpartition(")")[2].split()[1]) == parent:
            found.append(int(folder.name))
    return found


def disk_bytes(folder):
    """What the files below it take on the disk."""
    return sum(path.stat().st_blocks * 512 for path in pathlib.Path(folder).rglob("*")
               if path.is_file())


class Server:
    """What all servers have in common; a subclass says its name, protocol and command, how it is filled
    and what its requests look like.

    folder   what is kept: the loaded data
    runtime  a short path for sockets
    """

    name = protocol = None
    prelude, prelude_replies = b"", 0

    def __init__(self, folder, runtime, data):
        self.folder = pathlib.Path(folder)
        self.runtime = pathlib.Path(runtime)
        self.data = data
        self.process = None
        self.address = str(self.runtime / f"{self.name}.sock")

    # --- what a subclass says -------------------------------------------------------------------

    def command(self):
        raise NotImplementedError

    def fill(self):
        """Fills the running server with the data."""
        raise NotImplementedError

    def requests(self):
        """What it is asked: {name: Request}, by the names of workload.py."""
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    def make_folder(self):
        self.folder.mkdir(parents=True)

    # --- life -----------------------------------------------------------------------------------

    def ready(self):
        """Starts it; fills it the first time, so that what was broken off begins anew."""
        mark = self.folder / "filled"
        if not mark.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.make_folder()
        self.start()
        if not mark.exists():
            self.fill()
            mark.touch()
        return self

    def start(self):
        with open(self.runtime / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder)
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.name} did not start; if its data are of another version, remove "
                                 f"{self.folder}\n{self.log()[-2000:]}")
            time.sleep(0.05)

    def answers(self):
        with socket.socket(socket.AF_UNIX) as connected:
            return connected.connect_ex(self.address) == 0

    def log(self):
        return (self.runtime / f"{self.name}.log").read_text(errors="replace")

    def send_all(self, number):
        for process in [self.process.pid, *children_of(self.process.pid)]:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def sleep(self):
        """Costs nothing until it wakes: neither checkpoints nor expiry run meanwhile."""
        self.send_all(signal.SIGSTOP)

    def wake(self):
        self.send_all(signal.SIGCONT)

    def stop(self):
        if self.process is None:
            return
        self.wake()
        self.process.send_signal(signal.SIGINT if self.name == "postgres" else signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
