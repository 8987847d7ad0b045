"""Clients that were not written for Haoke, unmodified: npm's neovim, Neovim itself, Go with ugorji's codec.
(pynvim: tests/functional/test_clients.py.)"""

import json
import os
import pathlib
import subprocess

import pytest

from server import CORE_ONLY

FOLDER = pathlib.Path(__file__).resolve().parent / "clients"
SECONDS = 120


@pytest.fixture
def fresh(start_server):
    """A server without any customer."""
    return start_server(configuration=CORE_ONLY)


def run(command, **options):
    """The JSON that a client printed."""
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, **options)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def notifications(server):
    with server.connect() as client:
        return client.call("server.info")["metrics"].get("rpc_notifications_total", 0)


def test_npm_neovim_transport(fresh, tmp_path):
    for name in ("package.json", "package-lock.json", ".npmrc", "neovim_transport.js"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=tmp_path)
    seen = json.loads(run(["node", "neovim_transport.js", str(fresh.unix)], cwd=tmp_path))
    assert seen["pong"] is True and seen["name"] == "王秀兰"
    assert seen["error"].startswith("NOT_FOUND: ")
    assert seen["unknown"].startswith("UNKNOWN_METHOD: ") and "record.get" in seen["unknown"]
    assert seen["pipelined"] == 200 and seen["rising"] is True
    assert seen["events"][0] == ["event", "customer", "王秀兰"] and len(seen["events"]) == 201
    assert seen["count"] == 201  # the notification made nothing …
    assert notifications(fresh) == 1  # … and was counted


def test_neovim_itself(fresh, tmp_path):
    out = tmp_path / "seen.json"
    environment = {**os.environ, "SOCKET": str(fresh.unix), "OUT": str(out),
                   "XDG_STATE_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    run(["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n",
         "-c", f"luafile {FOLDER / 'neovim.lua'}"], env=environment)
    seen = json.loads(out.read_text())
    assert "failure" not in seen, seen
    assert seen["pong"] is True and seen["name"] == "王秀兰"
    assert "NOT_FOUND" in seen["error"]
    assert seen["rising"] is True and seen["count"] == 201
    assert notifications(fresh) >= 1  # Neovim may send one of its own


def test_go_ugorji_codec(fresh, tmp_path):
    program = tmp_path / "ugorji"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
                   "GOCACHE": str(tmp_path / "cache"), "GOFLAGS": ""}
    run(["go", "build", "-o", str(program), str(FOLDER / "ugorji.go")], env=environment)
    seen = json.loads(run([str(program), str(fresh.unix)]))
    assert seen["pong"] is True and seen["name"] == "王秀兰"
    assert seen["error"].startswith("NOT_FOUND: ")
    assert seen["pipelined"] == 200 and seen["rising"] is True and seen["count"] == 201
