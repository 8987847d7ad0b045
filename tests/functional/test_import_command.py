"""`haoke import` and `haoke export` as a person and a script meet them."""

import json
import os
import pty
import subprocess

import pytest

from files import customers
from server import BINARY

SECONDS = 120


def haoke(server, command, *arguments, lang="en_US.UTF-8", **options):
    variables = {key: value for key, value in os.environ.items() if not key.startswith("LC_")}
    return subprocess.run([BINARY, command, "--data", str(server.data), *map(str, arguments)],
                          env={**variables, "LANG": lang}, timeout=SECONDS, capture_output=True,
                          stdin=subprocess.DEVNULL, check=False, **options)


@pytest.fixture
def file(tmp_path):
    def write(name, text, encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path
    return write


def count(server):
    with server.connect() as client:
        return client.call("record.count", type="customer")["count"]


def undo(server, done):
    """Takes back what the command says it imported."""
    number = int(done.stdout.decode().split(":")[0].split()[1])
    with server.connect() as client:
        client.call("import.undo", id=number)


def test_a_good_file_exits_with_0(server, file):
    path = file("客户.csv", "姓名,手机\n王秀兰,13800001001\n张建国,13800001002\n", "gb18030")
    refused = haoke(server, "import", "customer", path)
    assert refused.returncode == 1
    assert b"INVALID_ARGUMENT" in refused.stderr and "姓名".encode() in refused.stderr
    for mapping in ("姓名=name,手机=phone", '{"姓名": "name", "手机": "phone"}'):
        done = haoke(server, "import", "customer", path, "--mapping", mapping)
        assert done.returncode == 0, done.stderr
        assert b"2 rows, 2 created, 0 failed" in done.stdout
        assert count(server) == 2
        undo(server, done)
        assert count(server) == 0


def test_bad_rows_are_told_and_exit_with_1(server, file):
    text, bad = customers(300)
    path = file("客户.csv", text)
    dry = haoke(server, "import", "customer", path, "--dry-run", lang="zh_CN.UTF-8")
    assert dry.returncode == 1
    assert "试导入" in dry.stderr.decode() and "297，失败 3（试导入" in dry.stdout.decode()
    assert count(server) == 0
    done = haoke(server, "import", "customer", path)
    assert done.returncode == 1
    told = [line for line in done.stderr.decode().splitlines() if line.startswith("line ")]
    assert [int(line.split()[1]) - 1 for line in told] == sorted(bad)
    assert all(code in line for line, (code, _) in zip(told, bad.values()))
    assert "[12]" in told[0]
    assert b"\r" not in done.stderr, "progress where no terminal is"
    assert count(server) == 297
    undo(server, done)


def test_what_cannot_be_imported(server, file):
    missing = haoke(server, "import", "customer", "/nowhere/客户.csv")
    assert missing.returncode == 1 and missing.stderr.startswith(b"NOT_FOUND")
    unknown = haoke(server, "import", "custmer", file("a.csv", "name\n"))
    assert unknown.returncode == 1 and b"customer" in unknown.stderr
    wrong = haoke(server, "import", "customer", file("a.csv", "name\n"), "--mapping", "name")
    assert wrong.returncode == 1 and b"COLUMN=FIELD" in wrong.stderr
    broken = haoke(server, "import", "customer", file("b.jsonl", "{\n"))
    assert broken.returncode == 1 and b"BAD_REQUEST" in broken.stderr
    lost = haoke(server, "import", "customer", file("c.msgpack", "\x01\x7f"))
    assert lost.returncode == 1


def test_an_import_is_resumed(start_server, file):
    running = start_server()
    text, bad = customers(400)
    path = file("客户.csv", text)
    with running.connect() as client:
        number = client.call("import.start", type="customer")["id"]
        client.call("import.data", id=number, offset=0, data=text.encode()[:9000])
    running.kill()
    running.start()
    done = haoke(running, "import", "customer", path, "--resume", number)
    assert done.returncode == 1
    assert f"import {number}: 400 rows, {400 - len(bad)} created".encode() in done.stdout
    assert haoke(running, "import", "customer", path, "--resume", "x").returncode == 1


def test_progress_is_shown_on_a_terminal(start_server, file):
    running = start_server()
    text, _ = customers(int(os.environ.get("HAOKE_TEST_ROWS", "1500")) * 4)
    path = file("客户.csv", text)
    main, side = pty.openpty()
    process = subprocess.Popen([BINARY, "import", "--data", str(running.data), "customer", str(path)],
                               stderr=side, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                               env={**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": ""})
    os.close(side)
    shown = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    assert process.wait(SECONDS) == 1
    os.close(main)
    assert b"line 52 VALIDATION_FAILED" in shown
    if b"%" in shown:  # it took longer than a second
        assert b" rows" in shown


def test_export_to_a_file_and_back(start_server, tmp_path, file):
    first, second = start_server(), start_server()
    path = file("客户.csv", "name,phone\n王秀兰,13800001001\n=1+1,13800001002\n")
    assert haoke(first, "import", "customer", path).returncode == 0
    whole = tmp_path / "全部.jsonl"
    done = haoke(first, "export", "-o", whole)
    assert done.returncode == 0 and b"exported" in done.stderr and done.stdout == b""
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["客户.csv", "全部.jsonl"])
    names = [json.loads(line).get("name") for line in whole.read_text().splitlines()]
    assert "王秀兰" in names
    done = haoke(second, "import", "--keep-ids", whole)
    assert done.returncode == 0, done.stderr
    again = haoke(second, "export")
    assert again.stdout == whole.read_bytes()
    table = haoke(second, "export", "--type", "customer", "--format", "csv", "--bom",
                  "--where", '{"phone": "13800001002"}')
    lines = table.stdout.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and lines[1].startswith("2,'=1+1,")
    refused = haoke(second, "export", "--format", "csv")
    assert refused.returncode == 1 and b"INVALID_ARGUMENT" in refused.stderr
    nowhere = haoke(second, "export", "-o", tmp_path / "nowhere" / "x.jsonl")
    assert nowhere.returncode == 1 and b"UNAVAILABLE" in nowhere.stderr


def test_without_a_server_nothing_is_written(tmp_path):
    target = tmp_path / "x.jsonl"
    done = subprocess.run([BINARY, "export", "--data", str(tmp_path), "-o", str(target)],
                          capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 1 and done.stderr.startswith(b"UNAVAILABLE")
    assert not target.exists()
