"""Timers at scale: a million that wait cost nothing, a hundred thousand at one instant hold nobody up.

HAOKE_LONG=1 has as many as that, and prints what clients waited; otherwise a hundredth.
"""

import os
import threading
import time

import pytest

from packages import write

LONG = os.environ.get("HAOKE_LONG") == "1"
STORM = 100_000 if LONG else 1_000
PENDING = 1_000_000 if LONG else 10_000
CALL = 5_000
SECONDS = 1_200 if LONG else 120

PACKAGE = """
return crm.package {
  name = "storm", version = "1.0.0", doc = "Many timers.",
  types = { drop = { label = { zh = "雨点", en = "drop" }, fields = {
    { name = "number", kind = "integer", required = true, unique = true },
  } } },
  ops = {
    ["storm.set"] = { write = true, doc = "Sets timers.",
      params = { { name = "first", kind = "integer", required = true },
                 { name = "count", kind = "integer", required = true },
                 { name = "due", kind = "datetime", required = true } },
      run = function(ctx, params)
        for number = params.first, params.first + params.count - 1 do
          ctx:at(params.due, "storm.fall", { number = number }, tostring(number))
        end
        return {}
      end },
    ["storm.fall"] = { write = true, internal = true, doc = "Falls.",
      params = { { name = "number", kind = "integer", required = true } },
      run = function(ctx, params)
        ctx:create("drop", { number = params.number })
        return {}
      end },
  },
}
"""


@pytest.fixture(name="server")
def server_fixture(tmp_path, start_server):
    write(tmp_path / "packages" / "storm", init=PACKAGE.lstrip("\n"))
    return start_server(
        configuration={"packages": {"enable": ["storm"]},
                       "store": {"change_set_bytes": 4 << 20},
                       "script": {"milliseconds": 60_000}},
        arguments=["--packages", str(tmp_path / "packages")],
    )


def set_timers(client, first, count, due):
    for start in range(first, first + count, CALL):
        client.call("storm.set", first=start, count=min(CALL, first + count - start), due=due)


def drops(client):
    return client.call("record.count", type="drop")["count"]


class Waits(threading.Thread):
    """A client that pings, reads and writes on and on, and notes how long each took."""

    def __init__(self, server):
        super().__init__()
        self.server, self.done = server, threading.Event()
        self.waits = {"ping": [], "read": [], "write": []}

    def timed(self, kind, client, op, **params):
        begun = time.monotonic()
        result = client.call(op, **params)
        self.waits[kind].append(time.monotonic() - begun)
        return result

    def run(self):
        with self.server.connect() as client:
            while not self.done.is_set():
                self.timed("ping", client, "server.ping")
                made = self.timed("write", client, "record.create", type="task",
                                  values={"title": "回访", "due_on": "2030-01-01"})
                self.timed("read", client, "record.get", type="task", id=made["id"])
                time.sleep(0.005)

    def tell(self, moment):
        for kind, waits in self.waits.items():
            waits.sort()
            at = {share: waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99)}
            print(f"{moment} {kind}: {len(waits)} calls, median {at[0.5]:.1f} ms, "
                  f"p99 {at[0.99]:.1f} ms, most {waits[-1] * 1000:.1f} ms")


def observe(server, moment, until):
    waits = Waits(server)
    waits.start()
    begun = time.monotonic()
    try:
        until()
    finally:
        waits.done.set()
        waits.join()
    if LONG:
        waits.tell(f"{moment}, {time.monotonic() - begun:.1f} s,")
    return waits


def test_a_storm_at_one_instant_leaves_clients_served(server):
    with server.connect() as client:
        far = client.call("clock.get")["now"] + 400 * 24 * 60 * 60 * 1000
        set_timers(client, STORM + 1, PENDING, far)
        observe(server, f"{PENDING} pending", lambda: time.sleep(5 if LONG else 0.2))
        due = client.call("clock.get")["now"] + (60_000 if LONG else 2_000)
        set_timers(client, 1, STORM, due)
        assert drops(client) == 0

        def until():
            end = time.monotonic() + SECONDS
            while drops(client) < STORM:
                assert time.monotonic() < end, drops(client)
                time.sleep(0.1)

        while client.call("clock.get")["now"] < due - 50:
            time.sleep(0.02)
        waits = observe(server, f"{STORM} fire", until)
        # They were answered while it lasted, in turn with the timers, not behind it.
        assert all(len(times) > (100 if LONG else 3) for times in waits.waits.values())
        assert drops(client) == STORM
    server.stop()
    server.start()
    with server.connect() as client:
        assert drops(client) == STORM
