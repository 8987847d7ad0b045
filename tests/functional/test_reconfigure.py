"""Configurations of packages given anew with SIGHUP, while the server runs: the package goes on with the new one, calls
under way end with the old one, and what does not fit changes nothing."""

import json
import signal
import threading

import pytest

from packages import write
from waiting import wait_for

TILLS = """
return crm.package {
  name = "tills", version = "1.0.0", doc = "Adds what the configuration says, to whatever it says.",
  config = {
    { name = "tax", kind = "integer", default = 6 },
    { name = "note", kind = "text" },
  },
  types = { receipt = { fields = { { name = "tax", kind = "integer" }, { name = "rule", kind = "integer" } } } },
  rules = {
    stamp = { on = "receipt", events = { "create" }, before = function(ctx, change)
      ctx:update("receipt", change.id, { rule = ctx.config.tax })
    end },
  },
  ops = {
    ["till.tax"] = { run = function(ctx) return { tax = ctx.config.tax, note = ctx.config.note } end },
    ["till.print"] = { write = true, run = function(ctx)
      local first = ctx.config.tax
      local made = ctx:create("receipt", { tax = first })
      local n = 0
      for i = 1, 20000 do n = n + i % 7 end
      return { first = first, called = ctx:call("till.tax", {}).tax, rule = ctx:get("receipt", made.id).rule,
               last = ctx.config.tax }
    end },
  },
}
"""


@pytest.fixture(name="server")
def server_fixture(tmp_path, start_server):
    write(tmp_path / "packages" / "tills", init=TILLS)
    return start_server(configuration={"packages": {"enable": ["tills"]}},
                        arguments=["--packages", str(tmp_path / "packages")])


def hang_up(server, event="server.reloaded", **config):
    """Writes the packages' configurations, sends SIGHUP and waits until the log says what came of it."""
    written = json.loads(server.configuration.read_text())
    written["packages"]["config"] = config
    server.configuration.write_text(json.dumps(written))
    before = server.log().count(f"event={event}")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: server.log().count(f"event={event}") > before)


def configured(server):
    return server.log().count("event=api.package_configured")


def listed(client):
    return {one["name"]: one for one in client.call("package.list")["items"]}["tills"]


def test_a_package_goes_on_with_its_new_configuration(server):
    with server.connect() as client:
        assert client.call("till.tax") == {"tax": 6}
        before = listed(client)
        sequence = client.call("server.info")["sequence"]
        hang_up(server, "api.package_configured", tills={"tax": 13, "note": "新税率"})
        assert client.call("till.tax") == {"tax": 13, "note": "新税率"}
        assert client.call("till.print") == {"first": 13, "called": 13, "rule": 13, "last": 13}
        after = listed(client)
        for key in ("version", "state", "hash", "earlier", "loaded_at"):
            assert after[key] == before[key], key
        assert client.call("server.info")["sequence"] == sequence + 1  # the receipt; nothing of the package
        hang_up(server, "api.package_configured")
        assert client.call("till.tax") == {"tax": 6}
        hang_up(server, "api.package_configured", tills={"tax": 9})
    server.stop()
    server.start()
    with server.connect() as client:
        assert client.call("till.tax") == {"tax": 9}


def test_what_is_the_same_is_left_alone(server):
    hang_up(server, "api.package_configured", tills={"tax": 13})
    with server.connect() as client:
        client.call("till.tax")
        calls = listed(client)["account"]["calls"]
        assert calls == 1
        for _ in range(3):
            hang_up(server, tills={"tax": 13})
        client.call("package.test", name="tills")  # goes through the lane that an exchange would have gone through
        assert listed(client)["account"]["calls"] == calls
    assert configured(server) == 1


def test_the_last_of_many_signals_counts(server):
    with server.connect() as client:
        for tax in (1, 2, 3, 1, 6, 2, 6, 5, 6, 17):
            hang_up(server, tills={"tax": tax})
        wait_for(lambda: client.call("till.tax")["tax"] == 17)
        hang_up(server, "api.package_configured", tills={"tax": 18})  # goes behind all that was under way
        assert client.call("till.tax")["tax"] == 18


@pytest.mark.parametrize("config, said", [
    ({"tills": {"tax": "a lot"}}, "packages.config.tills.tax"),
    ({"tills": {"taxes": 3}}, "there is no field \"taxes\""),
    ({"tills": 3}, "packages.config.tills"),
])
def test_what_does_not_fit_changes_nothing(server, config, said):
    written = json.loads(server.configuration.read_text())
    written["log"] = {"level": "debug"}
    server.configuration.write_text(json.dumps(written))
    with server.connect() as client:
        hang_up(server, "server.reload_failed", **config)
        assert said in server.log()
        assert client.call("till.tax")["tax"] == 6
        assert configured(server) == 0
        hang_up(server, "api.package_configured", tills={"tax": 7})
        assert client.call("till.tax")["tax"] == 7


def test_each_call_is_on_one_configuration(server):
    stop, taxes, errors = threading.Event(), set(), []

    def work():
        try:
            with server.connect() as client:
                while not stop.is_set():
                    said = client.call("till.print")
                    taxes.add(said["first"])
                    if len(set(said.values())) != 1:
                        errors.append(said)
        except Exception as error:  # pylint: disable=broad-except # whatever it is, a worker must not just be gone
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    try:
        for tax in range(100, 120):
            hang_up(server, "api.package_configured", tills={"tax": tax})
            wait_for(lambda tax=tax: tax in taxes)
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert not errors and taxes >= set(range(100, 120))
    server.stop()
    server.verify()


def test_a_version_that_waits_in_the_folder_is_not_loaded_by_it(server, tmp_path):
    write(tmp_path / "packages" / "tills", init=TILLS.replace('"1.0.0"', '"1.1.0"'))
    with server.connect() as client:
        hang_up(server, "api.package_configured", tills={"tax": 3})
        assert client.call("till.tax")["tax"] == 3 and listed(client)["version"] == "1.0.0"
        client.call("package.load", name="tills")  # which has the configuration that counts now
        assert client.call("till.tax")["tax"] == 3 and listed(client)["version"] == "1.1.0"
        assert client.call("package.rollback", name="tills")["version"] == "1.0.0"
        assert client.call("till.tax")["tax"] == 3


def test_a_signal_while_another_version_is_loaded_is_for_that_version(server, tmp_path):
    """The load's own tests take their time, and the exchange for the new configuration waits behind them."""
    write(tmp_path / "packages" / "tills", init=TILLS.replace('"1.0.0"', '"1.1.0"'), test="""
crm.test("takes its time", function(t)
  local n = 0
  for i = 1, 5000000 do n = n + i % 7 end
  t:equal(n > 0, true)
end)
""")
    loaded = []

    def load():
        with server.connect() as client:
            loaded.append(client.call("package.load", name="tills")["version"])

    with server.connect() as client:
        loader = threading.Thread(target=load)
        loader.start()
        wait_for(lambda: any(server.data.glob("forks/*")))  # on which the tests run
        hang_up(server, "api.package_configured", tills={"tax": 13})
        loader.join()
        log = server.log()
        assert log.index("event=api.package_swap package=tills version=1.1.0") < log.index("event=api.package_configured")
        assert loaded == ["1.1.0"]
        assert client.call("till.tax")["tax"] == 13
        now = listed(client)
        assert now["version"] == "1.1.0" and [one["version"] for one in now["earlier"]] == ["1.0.0"]


def load_late(client, folder):
    """A twin of the package, with names of its own."""
    twin = TILLS.replace('"tills"', '"late"').replace("receipt", "bill").replace("till.", "late.")
    write(folder / "packages" / "late", init=twin)
    client.call("package.load", name="late")


def test_a_package_that_is_not_there_is_said_and_has_it_when_it_comes(server, tmp_path):
    with server.connect() as client:
        hang_up(server, "api.package_configured", late={"tax": 13})
        assert "event=api.config_unused package=late" in server.log()
        load_late(client, tmp_path)
        assert client.call("late.tax")["tax"] == 13
        assert client.call("till.tax")["tax"] == 6
        hang_up(server, "api.package_configured", late={"tax": 14})
        assert client.call("late.tax")["tax"] == 14


def test_what_was_given_for_one_that_never_came_is_forgotten(server, tmp_path):
    with server.connect() as client:
        hang_up(server, "api.package_configured", late={"tax": 13})
        hang_up(server, "api.package_configured")
        load_late(client, tmp_path)
        assert client.call("late.tax")["tax"] == 6


def test_clients_cannot_configure(server):
    with server.connect() as client:
        for op in ("package.configure", "plugin.configure"):
            assert client.error(op, name="tills", config={"tax": 1}).code == "UNKNOWN_METHOD"
        assert client.call("till.tax")["tax"] == 6
