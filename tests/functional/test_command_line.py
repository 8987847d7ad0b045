"""The command line as a person and a script meet it: help, exit statuses, both languages."""

import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile

import pytest

from server import BINARY, Server

COMMANDS = ["serve", "call", "import", "export", "describe", "test", "check-config", "plugin",
            "verify", "top"]
SECONDS = 120
CHINESE = re.compile("[\u4e00-\u9fff]")


def haoke(*arguments, lang="en_US.UTF-8", cwd=None, **environment):
    """Runs `haoke …` to its end. LANG alone decides the language."""
    variables = {k: v for k, v in os.environ.items()
                 if not k.startswith(("LC_", "HAOKE_DATA", "HAOKE_PASSWORD"))}
    variables.update(environment, LANG=lang)
    return subprocess.run([BINARY, *map(str, arguments)], env=variables, cwd=cwd, timeout=SECONDS,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          start_new_session=True, check=False)


@pytest.fixture
def folder():
    made = pathlib.Path(tempfile.mkdtemp(prefix="haoke-"))
    yield made
    shutil.rmtree(made)


# --- help and usage -------------------------------------------------------------------------------


def test_the_overview_lists_every_command():
    for arguments in (["--help"], ["help"], ["-h"]):
        done = haoke(*arguments)
        assert done.returncode == 0
        assert all(f"  {name} " in done.stdout for name in COMMANDS)
    assert haoke("--version").stdout.startswith("haoke ")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does_to_data(command):
    english = haoke(command, "--help")
    chinese = haoke(command, "--help", lang="zh_CN.UTF-8")
    assert english.returncode == chinese.returncode == 0
    assert "Data:" in english.stdout and not CHINESE.search(english.stdout.replace("李静", ""))
    assert "数据：" in chinese.stdout


@pytest.mark.parametrize("arguments, part", [
    ([], "usage: haoke"),
    (["serv"], "did you mean “haoke serve”?"),
    (["call"], "an argument is missing"),
    (["call", "server.ping", "{}", "{}"], "one argument too many"),
    (["call", "--dat", "x", "server.ping"], "did you mean --data?"),
    (["serve", "--listen"], "--listen needs its HOST:PORT"),
    (["describe", "--json=yes"], "--json takes no value"),
])
def test_wrong_usage_exits_with_2_and_a_hint(arguments, part):
    done = haoke(*arguments)
    assert done.returncode == 2
    assert part in done.stderr
    assert done.stdout == ""


def test_usage_errors_are_chinese_in_a_chinese_terminal():
    assert "您是不是要" in haoke("serv", lang="zh_CN.UTF-8").stderr


# --- serve ----------------------------------------------------------------------------------------


def test_the_second_server_on_a_directory_is_refused(server):
    done = haoke("serve", "--data", server.data, "--listen", "127.0.0.1:0")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "UNAVAILABLE: " in done.stderr


@pytest.mark.parametrize("arguments, code, part", [
    (["--enable", "healthproduct"], "NOT_FOUND", "health_product"),
    (["--enable", "../scripts"], "NOT_FOUND", "../scripts"),
    (["--listen", "7420"], "INVALID_ARGUMENT", "HOST:PORT"),
    (["--test-clock", "yesterday"], "", "test-clock"),
    (["--config", "/nowhere/haoke.json"], "NOT_FOUND", "/nowhere/haoke.json"),
])
def test_what_serve_refuses(folder, arguments, code, part):
    free = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
    done = haoke("serve", "--data", folder / "data", *free, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"{code}: " in done.stderr.splitlines()[-1]
    assert part in done.stderr.splitlines()[-1]


def test_an_interrupt_drains_and_exits_with_0(start_server):
    running = start_server()
    with running.connect() as client:
        client.call("server.ping")
        running.process.send_signal(signal.SIGINT)
        running.wait(0)


def test_a_test_clock_begins_at_the_later_of_instant_and_journal(start_server):
    running = start_server(test_clock="2026-03-02")
    with running.connect() as client:
        assert client.call("clock.get")["today"] == "2026-03-02"
        client.call("clock.advance", to="2026-03-10T08:00:00+08:00")
        client.call("record.create", type="customer", values={"name": "王秀兰"})
    running.stop()
    running.test_clock = "2026-03-05"
    running.start()
    with running.connect() as client:
        assert client.call("clock.get")["today"] == "2026-03-10"
    running.stop()
    running.test_clock = "2026-04-01"
    running.start()
    with running.connect() as client:
        assert client.call("clock.get")["today"] == "2026-04-01"


# --- call -----------------------------------------------------------------------------------------


def test_call_prints_the_result_as_json(server):
    values = json.dumps({"type": "customer", "values": {"name": "济南百草春药房"}})
    done = haoke("call", "--data", server.data, "record.create", values)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["name"] == "济南百草春药房"
    assert "济南百草春药房" in done.stdout and "\n  " in done.stdout


def test_call_prints_errors_with_their_code(server):
    question = ("call", "--data", server.data, "record.get", '{"type": "customer", "id": 987654321}')
    english, chinese = haoke(*question), haoke(*question, lang="zh_CN.UTF-8")
    assert english.returncode == chinese.returncode == 1
    assert english.stdout == chinese.stdout == ""
    assert english.stderr.startswith("NOT_FOUND: ") and not CHINESE.search(english.stderr)
    assert chinese.stderr.startswith("NOT_FOUND: ") and CHINESE.search(chinese.stderr)


def test_call_finds_the_data_directory_by_itself(server, folder):
    assert haoke("call", "server.ping", HAOKE_DATA=str(server.data)).returncode == 0
    (folder / "data").symlink_to(server.data)
    assert haoke("call", "server.ping", cwd=folder).returncode == 0


@pytest.mark.parametrize("params, part", [
    ("{", "line 1"), ("[1]", "JSON object"), ('{"a": 1, "a": 2}', "duplicate"), ("x", "JSON"),
])
def test_params_that_are_no_json_object(server, params, part):
    done = haoke("call", "--data", server.data, "server.ping", params)
    assert done.returncode == 1
    assert done.stderr.startswith("INVALID_ARGUMENT: ") and part in done.stderr


def test_no_server_is_said_so(folder):
    for arguments in (["--data", folder / "data"], ["--connect", "127.0.0.1:1", "--user", "李静"]):
        done = haoke("call", *arguments, "server.ping", HAOKE_PASSWORD="x")
        assert done.returncode == 1
        assert done.stderr.startswith("UNAVAILABLE: ")
    assert not (folder / "data").exists()


@pytest.fixture(scope="module")
def account(server):
    with server.connect() as client:
        client.call("user.create", user="李静", password="泉城2026", roles=["staff"])
    return "李静"


def test_an_administrator_acts_as_a_user_over_the_socket(server, account):
    done = haoke("call", "--data", server.data, "--user", account, "session.whoami")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["user"] == account


def test_tcp_logs_in_with_the_password_of_the_environment(server, account):
    question = ("call", "--connect", server.tcp, "--user", account, "session.whoami")
    done = haoke(*question, HAOKE_PASSWORD="泉城2026")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["user"] == account
    wrong = haoke(*question, HAOKE_PASSWORD="泉城2025")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("UNAUTHENTICATED: ")


def test_without_password_and_terminal_it_says_what_to_do(server, account):
    done = haoke("call", "--connect", server.tcp, "--user", account, "session.whoami")
    assert done.returncode == 1
    assert "HAOKE_PASSWORD" in done.stderr


def read_terminal(terminal, until=None):
    """What appears on the terminal, until it says that or is closed."""
    seen = b""
    while until is None or until not in seen:
        assert select.select([terminal], [], [], SECONDS)[0], seen
        try:
            more = os.read(terminal, 4096)
        except OSError:
            return seen
        if not more:
            return seen
        seen += more
    return seen


def test_a_typed_password_is_not_echoed(server, account):
    child, terminal = pty.fork()
    if child == 0:
        variables = {"LANG": "zh_CN.UTF-8", "PATH": os.environ["PATH"]}
        os.execve(BINARY, [BINARY, "call", "--connect", server.tcp, "--user", account,
                           "session.whoami"], variables)
    seen = read_terminal(terminal, "：".encode())
    os.write(terminal, "泉城2026\n".encode())
    seen += read_terminal(terminal)
    assert os.waitpid(child, 0)[1] == 0
    os.close(terminal)
    assert "李静 的密码：" in seen.decode()
    assert "泉城2026" not in seen.decode()
    assert '"user": "李静"' in seen.decode()


# --- describe -------------------------------------------------------------------------------------


def test_describe_lists_the_ops(server, client):
    names = [op["name"] for op in client.call("api.describe")["ops"]]
    table = haoke("describe", "--data", server.data)
    assert table.returncode == 0, table.stderr
    assert [line.split()[0] for line in table.stdout.splitlines()] == names
    listed = haoke("describe", "--data", server.data, "--json")
    assert [op["name"] for op in json.loads(listed.stdout)["ops"]] == names


def test_describe_explains_one_op(server):
    done = haoke("describe", "--data", server.data, "order.create")
    assert done.returncode == 0, done.stderr
    assert "ordered_on" in done.stdout and "lines" in done.stdout
    unknown = haoke("describe", "--data", server.data, "order.make")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("UNKNOWN_METHOD: ")


# --- check-config ---------------------------------------------------------------------------------


def test_a_right_configuration_is_shown_with_its_defaults(folder):
    file = folder / "haoke.json"
    file.write_text('{"business": {"timezone": "Europe/Berlin"}}')
    done = haoke("check-config", file)
    assert done.returncode == 0, done.stderr
    whole = json.loads(done.stdout)
    assert whole["business"] == {"timezone": "Europe/Berlin", "language": "zh-CN", "currency": "CNY"}
    assert whole["limits"]["frame_bytes"] > 0


@pytest.mark.parametrize("text, parts", [
    ('{"limits": {"frame_byte": 1}}', ["limits.frame_byte", "frame_bytes"]),
    ('{"reads": {"lanes": 0}}', ["reads.lanes"]),
    ('{"business": {"timezone": "Asia/Jinan"}}', ["business.timezone", "Asia/Jinan"]),
    ('{"listen": "here"}', ["listen", "HOST:PORT"]),
    ("{", ["line 1"]),
])
def test_a_wrong_key_is_named_with_its_file(folder, text, parts):
    file = folder / "haoke.json"
    file.write_text(text)
    done = haoke("check-config", file)
    assert done.returncode == 1
    assert done.stderr.startswith(f"INVALID_ARGUMENT: {file}")
    assert all(part in done.stderr for part in parts)


# --- plugin inspect -------------------------------------------------------------------------------


def test_plugin_inspect_shows_what_a_plugin_brings():
    plugins = sorted(pathlib.Path(BINARY).parent.glob("plugins/*.so"))
    assert plugins, "the build made no plugin"
    for plugin in plugins:
        done = haoke("plugin", "inspect", plugin)
        assert done.returncode == 0, done.stderr
        described = json.loads(haoke("plugin", "inspect", "--json", plugin).stdout)
        assert done.stdout.startswith(f"{described['name']} {described['version']}\n")
        assert all(op["name"] in done.stdout for op in described["ops"])


def test_plugin_inspect_refuses_what_is_no_plugin(folder):
    text = folder / "notes.so"
    text.write_text("not a shared object")
    for file in (text, folder / "missing.so"):
        done = haoke("plugin", "inspect", file)
        assert done.returncode == 1
        assert str(file) in done.stderr
    wrong = haoke("plugin", "inspekt", text)
    assert wrong.returncode == 1 and "plugin inspect" in wrong.stderr


# --- test -----------------------------------------------------------------------------------------


def write_package(folder, test):
    package = folder / "tea_house"
    package.mkdir()
    (package / "init.lua").write_text('return crm.package{ name = "tea_house", version = "1.0.0" }\n')
    if test is not None:
        (package / "test.lua").write_text(test)
    return package


def test_a_package_that_fails_its_tests_exits_with_1(folder):
    package = write_package(folder, 'crm.test("two is three", function(t) error("no") end)\n')
    done = haoke("test", package)
    assert done.returncode == 1
    assert "two is three" in done.stdout and "0 passed, 1 failed" in done.stdout


def test_a_package_without_tests_has_not_passed(folder):
    assert haoke("test", write_package(folder, None)).returncode == 1
    missing = haoke("test", folder / "nowhere")
    assert missing.returncode == 1 and missing.stderr.startswith("NOT_FOUND: ")


def test_a_syntax_error_names_file_and_line(folder):
    package = write_package(folder, None)
    (package / "init.lua").write_text("return crm.package{\n  name = = 1\n}\n")
    done = haoke("test", package)
    assert done.returncode == 1
    assert done.stderr.startswith("SCRIPT_ERROR: ") and "init.lua:2" in done.stderr


# --- verify ---------------------------------------------------------------------------------------


def test_verify_refuses_a_directory_in_use_or_without_data(server, folder):
    used = haoke("verify", server.data)
    assert used.returncode == 1 and used.stderr.startswith("UNAVAILABLE: ")
    missing = haoke("verify", folder / "nothing")
    assert missing.returncode == 1 and missing.stderr.startswith("NOT_FOUND: ")
    assert list(folder.iterdir()) == []


def test_verify_finds_a_clean_store_clean_and_a_changed_one_changed():
    running = Server()
    name, other = "核对用的王秀兰".encode(), "核对用的李秀兰".encode()
    try:
        running.start()
        with running.connect() as client:
            client.call("record.create", type="customer", values={"name": name.decode()})
        running.stop()
        clean = haoke("verify", running.data)
        assert clean.returncode == 0, clean.stderr
        assert "chain intact" in clean.stdout
        for file in (running.data / "data.mdb", running.data / "journal" / "0000000001.log"):
            before = file.read_bytes()
            assert name in before
            file.write_bytes(before.replace(name, other))
            changed = haoke("verify", running.data)
            assert changed.returncode == 1, file
            assert "INTERNAL: " in changed.stderr
            file.write_bytes(before)
        assert haoke("verify", running.data).returncode == 0
    finally:
        running.remove()
