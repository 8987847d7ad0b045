"""Timers and jobs through random scripts of clock jumps, restarts and kills, against a model that knows no
timers: what must have fired is reckoned from the instants alone. None is lost, none doubled, each at its instant
or, when that was missed, as its policy says.

HAOKE_TIMER_SCRIPTS scripts (4) of HAOKE_TIMERS timers (400) from HAOKE_TEST_SEED (1); the long form has 50 of 10 000.
"""

import os
import random
import threading
from collections import Counter

import pytest

from client import Closed
from packages import write

SCRIPTS = int(os.environ.get("HAOKE_TIMER_SCRIPTS", "4"))
TIMERS = int(os.environ.get("HAOKE_TIMERS", "400"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
SECONDS = 60 + TIMERS / 10  # of one call, on a machine that does much else
STEPS = 14
CALL = 200  # timers of one call
MINUTE = 60_000
DAY = 24 * 60 * MINUTE
START = 1_772_413_200_000  # 2026-03-02 09:00 in Shanghai
SPAN = 60 * DAY
EVERY = 6 * 60 * MINUTE  # from midnight in Shanghai, which is 16:00 UTC
GRACE = 60 * MINUTE  # so late is not missed yet
POLICIES = ("late", "once", "skip")

PACKAGE = """
local function job(policy)
  return { name = policy, rrule = "FREQ=DAILY;BYHOUR=0,6,12,18", policy = policy, op = "bell.ring",
           params = { name = policy } }
end

return crm.package {
  name = "bells", version = "1.0.0", doc = "Rings at instants, and by the calendar.",
  types = { bell = { label = { zh = "铃", en = "bell" }, fields = {
    { name = "name", kind = "text", required = true },
  } } },
  jobs = { job("late"), job("once"), job("skip") },
  ops = {
    ["bell.ring"] = { write = true, internal = true, doc = "Leaves a record.",
      params = { { name = "name", kind = "text", required = true } },
      run = function(ctx, params) return ctx:create("bell", { name = params.name }) end },
    ["bell.set"] = { write = true, doc = "Sets timers, and takes others back.",
      params = { { name = "set", kind = "list", of = "any", required = true },
                 { name = "cancel", kind = "list", of = "any", required = true } },
      run = function(ctx, params)
        for _, it in ipairs(params.set) do
          ctx:at(it.due, "bell.ring", { name = it.name }, it.name)
        end
        for _, it in ipairs(params.cancel) do ctx:cancel(it.due, "bell.ring", it.name) end
        return {}
      end },
  },
}
"""


class Model:
    """What rings when: timers by name, and the jobs' next occurrences."""

    def __init__(self):
        self.due = {}
        self.next = {policy: occurrence_behind(START) for policy in POLICIES}
        self.rung = []

    def advance(self, to):
        """Time passes: everything rings at its own instant."""
        for name in [name for name, due in self.due.items() if due <= to]:
            self.rung.append((name, self.due.pop(name)))
        for policy in POLICIES:
            while self.next[policy] <= to:
                self.rung.append((policy, self.next[policy]))
                self.next[policy] += EVERY

    def jump(self, to):
        """The clock was elsewhere, or nobody was there: what was missed rings now."""
        for name in [name for name, due in self.due.items() if due <= to]:
            del self.due[name]
            self.rung.append((name, to))
        for policy in POLICIES:
            gone = range(self.next[policy], to + 1, EVERY)
            in_time = sum(to - instant <= GRACE for instant in gone)
            times = {"late": len(gone), "once": min(len(gone), 1), "skip": in_time}[policy]
            self.rung += [(policy, to)] * times
            self.next[policy] += len(gone) * EVERY


def occurrence_behind(instant):
    shift = 8 * 60 * MINUTE
    return (instant + shift) // EVERY * EVERY + EVERY - shift


class Script:
    """One server, one model, and what happens to both."""

    def __init__(self, server, seed):
        self.server, self.chance, self.model = server, random.Random(seed), Model()
        self.now = START
        self.names = 0
        self.left = TIMERS

    def client(self):
        return self.server.connect(timeout=SECONDS)

    def some_time(self, most):
        """Never a whole number of minutes: no jump ends on an occurrence."""
        return self.chance.randrange(1, most // MINUTE) * MINUTE + self.chance.randrange(1, MINUTE)

    # --- what happens -----------------------------------------------------------------------------

    def set_timers(self, client, count):
        while count > 0:
            part = [(f"{self.names + i}", self.now + self.chance.randrange(1, SPAN))
                    for i in range(min(CALL, count))]
            old = self.chance.sample(sorted(self.model.due.items()), min(5, len(self.model.due)))
            client.call("bell.set", set=[{"name": name, "due": due} for name, due in part],
                        cancel=[{"name": name, "due": due} for name, due in old])
            self.model.due.update(part)
            for name, _ in old:
                del self.model.due[name]
            self.names += len(part)
            count -= len(part)

    def advance(self, client):
        to = self.now + self.some_time(6 * DAY)
        assert client.call("clock.advance", to=to)["now"] == to
        self.now = to
        self.model.advance(to)

    def jump_forward(self, client):
        to = self.now + self.some_time(4 * DAY)
        assert client.call("clock.set", now=to)["now"] == to
        self.now = to
        self.model.jump(to)

    def jump_back(self, client):
        """Never before the newest entry; nothing rings, then or on the way to where the clock was."""
        self.now = client.call("clock.set", now=self.now - self.some_time(5 * DAY))["now"]
        self.check()

    def start_again(self, instant):
        self.server.test_clock = str(instant)
        self.server.start()
        with self.client() as client:
            self.now = client.call("clock.get")["now"]
            client.call("clock.advance", to=self.now)  # answers when nothing is due any more

    def restart(self, client, kill):
        client.close()
        if kill:
            self.server.kill()
        else:
            self.server.stop()
        away = self.now + self.some_time(3 * DAY)
        self.start_again(away)
        assert self.now == away
        self.model.jump(away)

    def kill_on_the_way(self, client):
        """In the middle of an advance. It began at `now`, and the clock stood where the newest entry is."""
        client.send("clock.advance", to=self.now + self.some_time(6 * DAY))
        killer = threading.Timer(self.chance.random() * 0.05, self.server.process.kill)
        killer.start()
        with pytest.raises((Closed, OSError)):
            while True:
                client.read_messages()
        killer.join()
        client.close()
        self.server.kill()
        self.start_again(self.now)
        self.model.advance(self.now)

    # --- looking ----------------------------------------------------------------------------------

    def check(self):
        with self.client() as client:
            found, after = [], None
            while True:
                page = client.call("record.find", type="bell", limit=500, **({"after": after} if after else {}))
                found += [(bell["name"], bell["created_at"]) for bell in page["items"]]
                after = page["next"]
                if after is None:
                    break
        expected = sorted(self.model.rung)
        assert sorted(found) == expected, difference(sorted(found), expected)

    def run(self):
        with self.client() as client:
            self.set_timers(client, self.left // 2)
        for step in range(STEPS):
            client = self.client()
            if step < STEPS // 2:
                self.set_timers(client, self.left // STEPS)
            what = self.chance.randrange(6)
            if what == 0:
                self.jump_forward(client)
            elif what == 1:
                self.jump_back(client)
            elif what in (2, 3):
                self.restart(client, kill=what == 3)
            elif what == 4:
                self.kill_on_the_way(client)
            else:
                self.advance(client)
            client.close()
            self.check()
        with self.client() as client:
            self.now += SPAN
            client.call("clock.advance", to=self.now)
        self.model.advance(self.now)
        assert not self.model.due
        self.check()


def difference(found, expected):
    too_much, missing = Counter(found) - Counter(expected), Counter(expected) - Counter(found)
    return f"too much {sorted(too_much)[:3]}, missing {sorted(missing)[:3]}"


@pytest.mark.parametrize("number", range(SCRIPTS))
def test_a_script(number, tmp_path, start_server):
    write(tmp_path / "packages" / "bells", init=PACKAGE.lstrip("\n"))
    server = start_server(
        configuration={"packages": {"enable": ["bells"]}, "script": {"milliseconds": 60_000}},
        test_clock=str(START), arguments=["--packages", str(tmp_path / "packages")])
    Script(server, SEED * 1000 + number).run()
    server.stop()
    server.verify()
