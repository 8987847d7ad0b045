"""haoke top: with and without a terminal, once and again and again."""

import os
import pty
import re
import select
import signal
import subprocess

from server import BINARY, CORE_ONLY
from test_limits import until

LANGUAGE = {**os.environ, "LC_ALL": "C.UTF-8"}
OP = re.compile(r"^(\S+\.\S+) +(\d+\.\d) +(\d+\.\d) +(\d+(?:\.\d)? (?:us|ms|s)) +(\d+(?:\.\d)? (?:us|ms|s))$")


def top(server, *arguments):
    return [BINARY, "top", "--data", str(server.data), *arguments]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                          env=LANGUAGE)


def test_once(start_server):
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        client.call("record.create", type="customer", values={"name": "王秀兰"})
        client.error("record.get", type="customer", id=42)
    done = run(*top(server, "--once"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("haoke serving, space=room, up 0:0")
    assert "requests/s" in lines[1] and "commits/s" in lines[1]
    assert "tail" in lines[2] and "oldest view" in lines[2] and "lag 0 ms" in lines[2]
    assert re.fullmatch(r"waiting(  (writer|reader|prepare|long|drain) \d+){5}", lines[3])
    ops = {found[1]: found for found in map(OP.match, lines) if found}
    assert {"record.create", "record.get"} <= set(ops)
    assert float(ops["record.create"][2]) > 0 and float(ops["record.create"][3]) == 0
    assert float(ops["record.get"][3]) > 0
    assert "\033" not in done.stdout


def test_again_and_again(start_server):
    server = start_server(configuration=CORE_ONLY)
    with subprocess.Popen(top(server, "--interval", "1"), stdout=subprocess.PIPE, text=True,
                          env=LANGUAGE) as watching:
        heads = 0
        while heads < 2:
            line = watching.stdout.readline()
            assert line, "it ended"
            heads += line.startswith("haoke serving")
        watching.send_signal(signal.SIGTERM)
    assert watching.returncode == -signal.SIGTERM


def test_on_a_terminal_the_screen_is_cleared(start_server):
    server = start_server(configuration=CORE_ONLY)
    ours, theirs = pty.openpty()
    with subprocess.Popen(top(server, "--once"), stdout=theirs, env=LANGUAGE) as watching:
        os.close(theirs)
        seen = b""
        while b"p99\r\n" not in seen:
            assert select.select([ours], [], [], 60)[0], seen
            seen += os.read(ours, 4096)
        watching.wait(60)
    os.close(ours)
    assert seen.startswith(b"\033[H\033[2Jhaoke serving")


def test_what_is_wrong_is_said(start_server, tmp_path):
    for wrong in ("0", "3601", "1.5", "soon", ""):
        done = run(BINARY, "top", "--interval", wrong)
        assert done.returncode == 1 and "--interval" in done.stderr, wrong
    done = run(BINARY, "top", "--data", str(tmp_path), "--once")
    assert done.returncode == 1 and "UNAVAILABLE" in done.stderr


def test_it_ends_with_the_server(start_server):
    server = start_server(configuration=CORE_ONLY)
    with subprocess.Popen(top(server, "--interval", "1"), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=LANGUAGE) as watching:
        assert watching.stdout.readline().startswith("haoke serving")
        server.stop()
        _, said = watching.communicate(timeout=60)
    assert watching.returncode == 1 and "UNAVAILABLE" in said
    until(lambda: watching.poll() is not None, "it goes on")
