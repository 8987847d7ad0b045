"""Clients that were not written for Haoke, unmodified: npm's neovim, Neovim itself, Go with ugorji's codec.

Each plays the same scene and prints what it saw. A client that is not there is a failure; `./dev test`
installs them all. (pynvim: test_pynvim.py.)
"""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from server import CORE_ONLY, ROOT

SOURCE = pathlib.Path(__file__).resolve().parent / "clients"
INSTALLED = ROOT / "build" / "clients"  # where ./dev puts what npm brings; Go's cache
GO_PATH = pathlib.Path("/usr/share/gocode")
SECONDS = 300  # Go compiles the codec the first time


@pytest.fixture
def fresh(start_server):
    """A server without any customer."""
    return start_server(configuration=CORE_ONLY)


def need(there, what, how):
    if not there:
        pytest.fail(f"{what} is not installed: {how}, or run ./dev test, which does", pytrace=False)


def need_command(command, package):
    need(shutil.which(command), command, f"apt-get install {package}")


def run(command, **options):
    """What a client printed."""
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, **options)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def check(seen, server):
    """The scene: a request, an error, an op that is not there, 200 pipelined creates, events of all that
    was created, and a notification, which is counted and runs nothing."""
    assert "failure" not in seen, seen["failure"]
    assert seen["pong"] is True and seen["name"] == "王秀兰"
    assert seen["error"].startswith("NOT_FOUND: ")
    assert seen["unknown"].startswith("UNKNOWN_METHOD: ") and "record.get" in seen["unknown"]
    assert seen["pipelined"] == 200 and seen["rising"] is True
    assert seen["events"][0] == ["event", "customer", "王秀兰"] and len(seen["events"]) == 201
    assert len({name for _, _, name in seen["events"]}) == 201
    assert seen["count"] == 201
    with server.connect() as client:
        return client.call("server.info")["metrics"]["rpc_notifications_total"]


def test_npm_neovim_transport(fresh):
    need_command("node", "nodejs")
    modules = INSTALLED / "node_modules"
    need((modules / "neovim").is_dir(), f"npm's neovim in {INSTALLED}",
         f"copy package.json, package-lock.json and .npmrc of {SOURCE} there and run npm ci")
    environment = {**os.environ, "NODE_PATH": str(modules)}
    client = ["node", str(SOURCE / "neovim_transport.js"), fresh.unix]
    assert check(json.loads(run(client, env=environment)), fresh) == 1


def test_neovim_itself(fresh, tmp_path):
    need_command("nvim", "neovim")
    out = tmp_path / "seen.json"
    environment = {**os.environ, "SOCKET": fresh.unix, "OUT": str(out),
                   "XDG_STATE_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    run(["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n",
         "-c", f"luafile {SOURCE / 'neovim.lua'}"], env=environment)
    assert check(json.loads(out.read_text()), fresh) >= 1  # Neovim may send some of its own


def test_go_ugorji_codec(fresh, tmp_path):
    need_command("go", "golang-go")
    need((GO_PATH / "src" / "github.com" / "ugorji" / "go" / "codec").is_dir(),
         "ugorji's codec for Go", "apt-get install golang-github-ugorji-go-codec-dev")
    program = tmp_path / "ugorji"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOFLAGS": "",
                   "GOCACHE": str(INSTALLED / "go")}
    run(["go", "build", "-o", str(program), str(SOURCE / "ugorji.go")], env=environment)
    assert check(json.loads(run([str(program), fresh.unix])), fresh) == 1
