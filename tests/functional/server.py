"""Starts and ends one `haoke serve`, and sees to it that it ends well."""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("HAOKE_BIN", str(ROOT / "build" / "test" / "haoke"))
START_SECONDS = 60
STOP_SECONDS = 60
READY = re.compile(r"ready tcp=(\S+) unix=(\S+?)(?: tls=(\S+))?\n")
SANITIZER = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error:")

# A password check that costs little: what these tests ask for is that it is right.
CONFIGURATION = {"password": {"passes": 1, "memory_kib": 64}}

# For tests of what is below the packages.
CORE_ONLY = {"packages": {"enable": []}}


class Server:
    """One data directory and the process that serves it.

    configuration  sections of the configuration file, over CONFIGURATION
    test_clock     an INSTANT, or None for the machine's clock
    arguments      further arguments of `haoke serve`
    listen         its TCP address
    environment    variables on top of this process's own
    """

    def __init__(self, configuration=None, test_clock=None, arguments=(), environment=None,
                 listen="127.0.0.1:0"):
        # Short, because the path of a unix socket has at most 107 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="haoke-"))
        self.data = self.folder / "data"
        self.stderr = self.folder / "stderr"
        self.configuration = self.folder / "haoke.json"
        self.configuration.write_text(json.dumps({**CONFIGURATION, **(configuration or {})}))
        self.test_clock = test_clock
        self.arguments = list(arguments)
        self.listen = listen
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.tcp = self.unix = self.tls = None

    # --- life -------------------------------------------------------------------------------------

    def command(self):
        command = [BINARY, "serve", "--data", str(self.data), "--listen", self.listen]
        command += ["--config", str(self.configuration)]
        if self.test_clock is not None:
            command += ["--test-clock", self.test_clock]
        return command + self.arguments

    def start(self):
        with open(self.stderr, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=subprocess.PIPE, stderr=log, env=self.environment
            )
        line = self.read_line(START_SECONDS)
        ready = READY.fullmatch(line)
        if ready is None:
            process, self.process = self.process, None
            process.kill()
            process.wait()
            process.stdout.close()
            raise AssertionError(f"not ready, but {line!r}; standard error:\n{self.log()}")
        self.tcp, self.unix, self.tls = ready.groups()
        return self

    def read_line(self, seconds):
        """The first line of standard output, or what there is of it when it ends or time is up."""
        line = b""
        deadline = time.monotonic() + seconds
        descriptor = self.process.stdout.fileno()
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                break
            byte = os.read(descriptor, 1)
            if not byte:
                break
            line += byte
        return line.decode()

    def stop(self):
        """SIGTERM: drains, and exits with 0."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.wait(0)

    def kill(self):
        """SIGKILL, at any moment."""
        if self.process is None:
            return
        self.process.kill()
        self.wait(-signal.SIGKILL)

    def wait(self, expected):
        """Waits for the process to end by itself, and looks at how it did."""
        process, self.process = self.process, None
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"it did not end; standard error:\n{self.log()}") from None
        finally:
            process.stdout.close()
        log = self.log()
        assert not SANITIZER.search(log), log
        assert status == expected, f"exit status {status}; standard error:\n{log}"

    def verify(self):
        """haoke verify, while nothing serves the directory: it must find nothing."""
        checked = subprocess.run([BINARY, "verify", str(self.data)], capture_output=True, text=True,
                                 timeout=STOP_SECONDS, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- use --------------------------------------------------------------------------------------

    def connect(self, **options):
        """Over the unix socket: an administrator, when the tests run as the server's user."""
        return Client.unix(self.unix, **options)

    def connect_tcp(self, **options):
        return Client.tcp(self.tcp, **options)

    def log(self):
        return self.stderr.read_text(errors="replace")

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no RssAnon")
