"""haoke shell: from a pipe, and on a terminal with completion, history and Chinese text."""

import os
import pty
import select
import subprocess
import time

from server import BINARY, CORE_ONLY

SERVER = {"configuration": CORE_ONLY}
SECONDS = 30


def pipe(server, *lines, arguments=()):
    """What the shell prints for those lines, what it complains of, and its exit status."""
    done = subprocess.run([BINARY, "shell", "--data", str(server.data), *arguments],
                          input="".join(line + "\n" for line in lines).encode(),
                          capture_output=True, timeout=SECONDS, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "LANG": "en"})
    return done.stdout.decode(), done.stderr.decode(), done.returncode


class Terminal:
    """The shell behind a pseudo terminal."""

    def __init__(self, server, history):
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANG": "en", "TERM": "xterm",
                       "HAOKE_HISTORY": str(history)}
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execve(BINARY, [BINARY, "shell", "--data", str(server.data)], environment)
        self.seen = ""
        self.wait_for("haoke> ")

    def wait_for(self, text):
        deadline = time.monotonic() + SECONDS
        while text not in self.seen:
            assert time.monotonic() < deadline, f"{text!r} did not come, but {self.seen!r}"
            if select.select([self.descriptor], [], [], 0.2)[0]:
                self.seen += os.read(self.descriptor, 65536).decode(errors="replace")
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def leave(self):
        self.type("\\quit\n")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(status)


def test_tables_records_and_json(server, client):
    for name in ("王秀兰", "张桂英", "刘建国"):
        client.call("record.create", type="customer", values={"name": name, "owner": "李静"})
    out, err, status = pipe(server, "record.find type=customer limit=2 order=[\"id\"]", "\\next",
                            "record.get type=customer id=1", "\\json", "server.ping")
    assert status == 0 and err == ""
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["id", "name", "kind"]
    assert "王秀兰" in lines[1] and "张桂英" in lines[2] and "more" in lines[3]
    assert "刘建国" in lines[5] and "rows: 1" in lines[6]
    # A Chinese character is two columns wide, so what follows stands in one column.
    assert lines[1].index("person") == lines[2].index("person")
    assert any(line.startswith("created_at") and "+08:00" in line for line in lines)
    assert out.rstrip().endswith('"pong": true\n}')


def test_values_without_quotes_and_as_json(server, client):
    out, err, status = pipe(
        server, "record.create type=customer values={\"name\": \"赵 磊\", \"birthday\": \"1970-01-31\"}",
        "record.create {\"type\": \"customer\", \"values\": {\"name\": \"孙丽华\"}}",
        "record.find type=customer where={\"name\":\"赵 磊\"}", arguments=["--json"])
    assert status == 0, err
    assert out.count("赵 磊") == 2 and "孙丽华" in out


def test_mistakes_are_told_and_the_rest_is_run(server):
    out, err, status = pipe(server, "nonsense", "\\nonsense", "record.get type=customer id=99999",
                            "record.get type customer", "record.get {\"type\":", "\\watch",
                            "\\describe x", "server.ping")
    assert status == 1 and "pong" in out
    codes = [line.split(":")[0] for line in err.splitlines()]
    assert codes == ["UNKNOWN_METHOD", "UNKNOWN_METHOD", "NOT_FOUND", "INVALID_ARGUMENT",
                     "INVALID_ARGUMENT", "INVALID_ARGUMENT", "UNKNOWN_METHOD"]


def test_watch_repeats_the_last_call(server):
    out, err, status = pipe(server, "server.ping", "\\watch 1 3")
    assert status == 0 and err == "" and out.count("pong") == 4


def test_completion_on_a_terminal(server, tmp_path):
    terminal = Terminal(server, tmp_path / "history")
    terminal.type("server.pi\t\n")
    terminal.wait_for("pong")
    terminal.type("record.fi\ttype=prod\t\n")
    terminal.wait_for("rows: 0")
    terminal.type("record.create type=customer values={\"name\":\"欧阳震华\"}\n")
    terminal.wait_for("欧阳震华")
    assert terminal.leave() == 0


def test_ctrl_c_ends_watch(server, tmp_path):
    terminal = Terminal(server, tmp_path / "history")
    terminal.type("server.ping\n")
    terminal.wait_for("pong")
    terminal.type("\\watch 30\n")
    terminal.wait_for("Ctrl-C")
    terminal.type("\x03")
    terminal.wait_for("haoke> ")
    terminal.type("server.ping\n")
    terminal.wait_for("pong")
    assert terminal.leave() == 0


def test_history_has_no_passwords(server, tmp_path):
    history = tmp_path / "history"
    terminal = Terminal(server, history)
    terminal.type("user.create user=liqing password=jinan2026 roles=[\"staff\"]\n")
    terminal.wait_for("liqing")
    terminal.type("server.ping\n")
    terminal.wait_for("pong")
    assert terminal.leave() == 0
    text = history.read_text()
    assert "server.ping" in text and "jinan2026" not in text
    assert history.stat().st_mode & 0o077 == 0
