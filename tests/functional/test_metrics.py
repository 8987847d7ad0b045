"""What the server counts about itself, and what it says of requests that took long."""

import json
import signal

import pytest

from client import RpcError
from packages import write
from server import CORE_ONLY
from test_limits import until

PACKAGE = """
return crm.package {
  name = "reminder", version = "1.0.0", doc = "Two timers, one of which fails.",
  ops = {
    ["reminder.set"] = { write = true, doc = "Sets them.",
      params = { { name = "due", kind = "datetime", required = true } },
      run = function(ctx, params)
        ctx:log("提醒已设置")
        ctx:at(params.due, "reminder.ring", { fails = false }, "好")
        ctx:at(params.due, "reminder.ring", { fails = true }, "坏")
        return {}
      end },
    ["reminder.ring"] = { write = true, internal = true, doc = "Rings.",
      params = { { name = "fails", kind = "boolean", required = true } },
      run = function(ctx, params)
        if params.fails then error("the bell is broken") end
        return {}
      end },
  },
}
"""

DUE = 1772852400000  # 11:00
INSTANT = "2026-03-07T10:00:00+08:00"


def metrics(server):
    with server.connect() as client:
        return client.call("server.metrics")


def op_named(found, name):
    return next((op for op in found["ops"] if op["op"] == name), None)


# --- counting -----------------------------------------------------------------------------------------


def test_ops_are_counted_one_by_one_and_by_package(start_server):
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        for name in ("王秀兰", "张建国", "李静"):
            client.call("record.create", type="customer", values={"name": name})
        for _ in range(2):
            with pytest.raises(RpcError):
                client.call("record.get", type="customer", id=99)
        client.call("record.get", type="customer", id=1)
    found = metrics(server)
    created, got = op_named(found, "record.create"), op_named(found, "record.get")
    assert (created["count"], created["errors"], created["package"]) == (3, 0, "core")
    assert (got["count"], got["errors"]) == (3, 2)
    assert op_named(found, "record.delete") is None
    core = [op for op in found["ops"] if op["package"] == "core"]
    assert found["packages"]["core"] == {"count": sum(op["count"] for op in core),
                                         "errors": sum(op["errors"] for op in core)}
    assert found["errors"]["NOT_FOUND"] == 2
    assert found["errors"]["INTERNAL"] == 0


def test_histograms_hold_what_they_count(start_server):
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        ids = [client.send("record.create", type="customer", values={"name": f"客户{i}"})
               for i in range(50)]
        client.collect(ids)
    found = metrics(server)
    assert found["bounds"] == [2 ** power for power in range(25)]
    histograms = list(found["histograms"].values()) + found["ops"]
    for histogram in histograms:
        assert len(histogram["buckets"]) == len(found["bounds"]) + 1
        assert sum(histogram["buckets"]) == histogram["count"]
        least = sum(count * (bound // 2) for count, bound in
                    zip(histogram["buckets"], found["bounds"]))
        assert histogram["sum"] >= least
    commits, groups = (found["histograms"][name] for name in ("api_commit_us", "api_group_entries"))
    assert commits["count"] == groups["count"] == found["values"]["api_groups_total"]
    assert groups["sum"] == found["values"]["api_entries_total"]
    assert found["histograms"]["io_turn_us"]["count"] > 0


def test_what_is_there_at_the_moment(start_server):
    server = start_server(configuration=CORE_ONLY)
    before = metrics(server)["values"]
    with server.connect() as client, server.connect() as other:
        client.call("record.create", type="customer", values={"name": "王秀兰"})
        other.call("server.ping")
        values = client.call("server.metrics")["values"]
    assert values["rpc_connections_open"] == before["rpc_connections_open"] + 1
    assert values["rpc_requests_open"] == 1
    assert values["store_tail_bytes"] > 0
    assert values["store_views_open"] >= 1
    assert values["store_view_oldest_ms"] >= 0
    assert values["store_data_bytes"] > 0
    assert values["store_disk_free_bytes"] > 0
    assert values["store_space_level"] == 0
    assert values["api_paused_boolean"] == 0
    assert values["api_uptime_ms"] > 0
    until(lambda: metrics(server)["values"]["rpc_connections_open"] == 1, "a connection is counted")


def test_only_administrators_see_it(start_server):
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        client.call("user.create", user="李静", password="jinan2026", roles=["staff"])
    with server.connect_tcp() as client:
        with pytest.raises(RpcError) as refused:
            client.call("server.ready")
        assert refused.value.code == "UNAUTHENTICATED"
        client.call("auth.login", user="李静", password="jinan2026")
        assert client.call("server.ready")["ready"] is True
        with pytest.raises(RpcError) as refused:
            client.call("server.metrics")
        assert refused.value.code == "PERMISSION_DENIED"


def test_limits_that_are_met_are_counted(start_server):
    server = start_server(configuration={**CORE_ONLY, "limits": {"outstanding": 2,
                                                                 "network_connections": 1}})
    with server.connect() as client:
        client.collect([client.send("server.info") for _ in range(20)])
    with server.connect_tcp() as first, server.connect_tcp() as second:
        first.call("server.ping")
        with pytest.raises(RpcError) as refused:
            second.call("server.ping")
        assert refused.value.code == "UNAVAILABLE"
    values = metrics(server)["values"]
    assert values["rpc_limit_outstanding_total"] >= 1
    assert values["rpc_limit_network_connections_total"] == 1
    assert "rpc_limit_connections_total" not in values


def test_timers_that_are_late_and_packages(start_server, tmp_path):
    write(tmp_path / "packages" / "reminder", init=PACKAGE.lstrip("\n"))
    server = start_server(test_clock=INSTANT, arguments=["--packages", str(tmp_path / "packages")],
                          configuration={"packages": {"enable": ["reminder"]}})
    with server.connect() as client:
        client.call("reminder.set", due=DUE)
        number = client.last_id
        assert client.call("server.metrics")["values"]["api_timer_lag_ms"] == 0
        client.call("clock.set", now="2026-03-07T12:00:00+08:00")
        found = client.call("server.metrics")
    late = found["histograms"]["api_timer_late_ms"]
    assert (late["count"], late["sum"]) == (2, 2 * 3600 * 1000)
    assert found["values"]["api_timers_fired_total"] == 1
    assert found["values"]["api_timers_failed_total"] == 1
    rung = op_named(found, "reminder.ring")
    assert (rung["count"], rung["errors"], rung["package"]) == (2, 1, "reminder")
    assert found["packages"]["reminder"] == {"count": 3, "errors": 1}
    failed = next(line for line in server.log().splitlines() if "event=api.timer_failed" in line)
    assert "code=SCRIPT_ERROR" in failed and 'place="reminder/init.lua:' in failed
    assert "the bell is broken" not in failed  # it could name a person
    line = next(line for line in server.log().splitlines() if "event=script.log" in line)
    assert f".{number} " in line.partition("request=")[2]


def test_metrics_wait_for_no_lane(start_server):
    """The lanes' queues are seen while they are full, by who asks over the same door."""
    server = start_server(configuration={**CORE_ONLY, "reads": {"lanes": 1}})
    with server.connect() as client:
        for start in range(0, 2000, 200):
            client.collect([client.send("record.create", type="customer",
                                        values={"name": f"客户{start + i}"}) for i in range(200)])
        with server.connect() as watcher:
            waiting = 0
            for _ in range(50):
                ids = [client.send("record.find", type="customer", where={"note": "没有此人"})
                       for _ in range(100)]
                waiting = max(waiting, watcher.call("server.metrics")["lanes"]["reader"])
                client.collect(ids)
                if waiting > 0:
                    break
    assert waiting > 0


# --- the log ------------------------------------------------------------------------------------------


def slow_lines(server):
    return [line for line in server.log().splitlines() if "event=api.slow" in line]


def test_a_request_that_takes_long_is_logged_without_what_it_is_about(start_server):
    server = start_server(configuration={**CORE_ONLY, "log": {"slow_ms": 1},
                                         "password": {"passes": 3, "memory_kib": 65536}})
    with server.connect() as client:
        client.call("user.create", user="李静", password="jinan2026", roles=["staff"])
        number = client.last_id
    until(lambda: any("op=user.create " in line for line in slow_lines(server)), "no line")
    line = next(line for line in slow_lines(server) if "op=user.create " in line)
    assert "level=warn" in line and "code=OK" in line and 'actor="admin"' in line
    assert f".{number} " in line.partition("request=")[2]
    for time in ("total_ms=", "wait_ms=", "run_ms=", "rest_ms="):
        assert float(line.partition(time)[2].partition(" ")[0]) >= 0
    assert line.endswith('params="user=* password=* roles=[1]"')
    assert "jinan2026" not in server.log() and "李静" not in line


def test_what_is_short_or_not_wanted_is_not_logged(start_server):
    server = start_server(configuration={**CORE_ONLY, "log": {"slow_ms": 3600000}})
    with server.connect() as client:
        client.call("user.create", user="李静", password="jinan2026", roles=["staff"])
    assert not slow_lines(server)


def test_the_threshold_is_read_anew(start_server):
    strong = {"passes": 3, "memory_kib": 65536}
    server = start_server(configuration={**CORE_ONLY, "log": {"slow_ms": 0}, "password": strong})
    with server.connect() as client:
        client.call("user.create", user="李静", password="jinan2026", roles=["staff"])
        assert not slow_lines(server)
        server.configuration.write_text(json.dumps({"log": {"slow_ms": 1}}))
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "event=server.reloaded" in server.log(), "not reloaded")
        client.call("user.create", user="王芳", password="jinan2026", roles=["staff"])
    until(lambda: len(slow_lines(server)) >= 1, "no line")
    assert any("op=user.create " in line for line in slow_lines(server))


def test_params_are_shown_as_far_as_they_are_about_nobody(start_server):
    server = start_server(configuration={**CORE_ONLY, "log": {"slow_ms": 1}})
    with server.connect() as client:
        for start in range(0, 3000, 200):
            client.collect([client.send("record.create", type="customer",
                                        values={"name": f"客户{start + i}"}) for i in range(200)])

        def asked():
            client.call("record.find", type="customer", limit=7,
                        where={"note": "王秀兰的电话"})
            return any("op=record.find " in line for line in slow_lines(server))

        until(asked, "no search took a millisecond")
    line = next(line for line in slow_lines(server) if "op=record.find " in line)
    params = line.partition('params="')[2]
    assert "type=customer" in params and "limit=7" in params and "where={note}" in params
    assert "王秀兰" not in line
