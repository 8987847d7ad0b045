"""Runs a document as its reader would: writes its files, runs its commands, compares what they print.

    ```lua      a block that begins with “-- PATH” is that file; with “-- PATH, at the end” it is added to it;
                what has no path is left to other tests
    ```sh       run by bash in the folder; a `haoke serve` stays in the background once it is ready
    ```json     a configuration that check-config accepts
    ```text     what the commands since the last such block print; “…” is anything, “N ms” any number
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess

from server import BINARY

SECONDS = 60
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"-- ((?:[\w-]+/)+[\w-]+\.lua)(, at the end)?\n")


def blocks(path):
    """(line, language, text) of each code block."""
    text = path.read_text()
    for found in BLOCK.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found.group(1), found.group(2)


def pattern(text):
    """A regular expression for the output that a text block shows."""
    return re.escape(text.strip()).replace("…", ".*?").replace(r"\(N\ ms\)", r"\(\d+ ms\)")


class Reader:
    """One reader in a folder of their own."""

    def __init__(self, folder, below=""):
        self.folder = pathlib.Path(folder) / "work"
        self.below = self.folder / below  # where the files of lua blocks belong
        self.printed = ""
        self.server = None
        self.folder.mkdir()
        tools = pathlib.Path(folder) / "tools"
        tools.mkdir()
        (tools / "haoke").symlink_to(BINARY)
        self.environment = {"PATH": f"{tools}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
                            "HOME": str(folder)}

    def write(self, text):
        found = PATH.match(text)
        if found is None:
            return False
        path = self.below / found.group(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        if found.group(2):
            path.write_text(path.read_text() + "\n" + text[found.end():])
        else:
            path.write_text(text)
        return True

    def serve(self, command):
        self.stop()
        free = f"exec {command.strip()} --listen 127.0.0.1:0"  # several may run at once
        self.server = subprocess.Popen(["bash", "-c", free], cwd=self.folder,
                                       env=self.environment, stdout=subprocess.PIPE, text=True)
        assert self.server.stdout.readline().startswith("ready "), command

    def run(self, text):
        served = re.fullmatch(r"haoke serve [^|]*\n", text)
        if served:
            self.serve(text)
            return
        if not shutil.which("luacheck"):
            text = re.sub("^luacheck .*$", "", text, flags=re.MULTILINE)
        done = subprocess.run(["bash", "-ec", text], cwd=self.folder, env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
                              check=False)
        assert done.returncode == 0, f"{text}\n{done.stdout}"
        self.printed += done.stdout

    def check(self, text):
        (self.folder / "block.json").write_text(text)
        self.run("haoke check-config block.json >/dev/null; rm block.json\n")

    def compare(self, text):
        printed = self.printed.strip()
        assert re.fullmatch(pattern(text), printed, re.DOTALL), f"wanted\n{text}\nprinted\n{printed}"
        self.printed = ""

    def read(self, path):
        """Follows the whole document; returns how many blocks were files, commands and outputs."""
        counts = {"lua": 0, "sh": 0, "text": 0}
        for line, language, text in blocks(path):
            try:
                if language == "lua":
                    counts["lua"] += self.write(text)
                elif language == "sh":
                    self.run(text)
                    counts["sh"] += 1
                elif language == "json":
                    self.check(text)
                elif language == "text":
                    self.compare(text)
                    counts["text"] += 1
            except AssertionError as problem:
                raise AssertionError(f"{path.name}:{line}: {problem}") from None
        return counts

    def stop(self):
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        try:
            assert self.server.wait(SECONDS) == 0
        finally:
            self.server.kill()
            self.server.wait()
            self.server.stdout.close()
            self.server = None
