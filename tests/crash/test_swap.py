"""SIGKILL in the middle of a swap and of a migration: after the restart the old version serves wholly or the
new one does, its migration is finished or not begun, and no record is half.

HAOKE_TEST_SWAP_KILLS kills at random instants (6), from HAOKE_TEST_SEED (1).
"""

import os
import random
import shutil
import signal
import threading
import time

import pytest

from client import Closed
from packages import write
from server import Server

KILLS = int(os.environ.get("HAOKE_TEST_SWAP_KILLS", "6"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
CUPS = 13
BATCH = 3

# The old version writes sizes, the new one has them counted in its migration, which takes several steps,
# requires a field, has an index that the old one lacks, and another rule for its job.
PACKAGE = """
return crm.package{
  name = "cups", version = "%(version)s",
  types = { cup = { fields = { { name = "size", kind = "text" },
    { name = "washed", kind = "integer", default = 0 }%(fields)s } } },
  jobs = { { name = "wash", rrule = "FREQ=DAILY;BYHOUR=%(hour)d", op = "cup.wash" } },
  ops = {
    ["cup.version"] = { run = function() return { version = "%(version)s" } end },
    ["cup.fill"] = { write = true, run = function(ctx) return ctx:create("cup", { size = "%(version)s" }) end },
    ["cup.wash"] = { write = true, internal = true, run = function(ctx)
      local cup = ctx:get("cup", 1)
      ctx:update("cup", 1, { washed = cup.washed + 1 })
    end },
  },
  %(more)s
}
"""
OLD = {"version": "1.0.0", "fields": "", "hour": 8, "more": ""}
NEW = {"version": "2.0.0", "hour": 20,
       "fields": """, { name = "lid", kind = "text", index = true },
                   { name = "shelf", kind = "text", required = true, default = "A" }""",
       "more": """migrations = {
         ["1.5.0"] = function(ctx, after)
           local last
           for _, cup in ipairs(ctx:find("cup", { where = { id = { gt = after } }, order = "id", limit = 3 })) do
             ctx:update("cup", cup.id, { size = cup.size .. "+1.5", lid = "红" })
             last = cup.id
           end
           return last
         end,
         ["2.0.0"] = function(ctx)
           %(last)s
           ctx:update("cup", 1, { size = ctx:get("cup", 1).size .. "+2.0" })
         end,
       },"""}
# Each place, and the passes of it at which the process dies: an index is built on the fork and then in the
# store, the migration has six steps, the fields three. At those that are before the first step the old
# version serves; from then on the new one is brought to its end.
BEFORE = ("api.boot.before_build", "api.boot.after_build", "api.swap.after_boot")
PLACES = [*[(point, number) for point in BEFORE[:2] for number in (1, 2)],
          ("api.swap.after_boot", 1), ("api.swap.after_note", 1),
          *[("api.upgrade.before_commit", number) for number in range(1, 8)],
          *[("api.upgrade.after_commit", number) for number in range(1, 8)],
          ("api.swap.before_record", 1), ("api.swap.before_publish", 1)]


class Swapped:
    """One server, its folder of packages, and the two versions."""

    def __init__(self, folder, last=""):
        self.folder = folder
        self.new = {**NEW, "more": NEW["more"] % {"last": last}}
        self.put(OLD)
        self.server = Server({"packages": {"enable": ["cups"]}}, "2026-03-02T09:00:00+08:00",
                             arguments=["--packages", str(folder)])
        with self.server.start().connect() as client:
            for _ in range(CUPS):
                client.call("cup.fill")

    def put(self, version):
        shutil.rmtree(self.folder / "cups", ignore_errors=True)
        write(self.folder / "cups", init=(PACKAGE % version).lstrip("\n"))

    def restart(self, point=None):
        self.server.environment.pop("HAOKE_FAILPOINT", None)
        if point is not None:
            self.server.environment["HAOKE_FAILPOINT"] = point
        self.server.start()

    def load(self):
        """Asks for the new version; the server dies of it, or answers."""
        self.put(self.new)
        try:
            with self.server.connect() as client:
                return client.call("package.load", name="cups")
        except (Closed, OSError):
            return None

    def died(self):
        self.server.wait(-signal.SIGKILL)

    def check(self):
        """The version that serves, after everything was held against it."""
        with self.server.connect() as client:
            version = client.call("cup.version")["version"]
            found = client.call("record.find", type="cup", order=["id"], limit=100)["items"]
            stored = {one["name"]: one for one in client.call("package.list")["items"]}["cups"]
            assert (stored["version"], stored["state"]) == (version, "active")
            assert [one["size"] for one in found] == sizes(version)
            lids = {"type": "cup", "where": {"lid": "红"}, "limit": 100}
            if version == "1.0.0":
                assert all("lid" not in one and "shelf" not in one for one in found)
                assert client.error("record.find", **lids).code == "INVALID_ARGUMENT"
            else:
                assert all((one["lid"], one["shelf"]) == ("红", "A") for one in found)
                assert len(client.call("record.find", **lids)["items"]) == CUPS
            return version

    def check_job(self, version):
        """By the rule of the version, once a day: the other's timer is gone or does nothing."""
        hour = {"1.0.0": 8, "2.0.0": 20}[version]
        with self.server.connect() as client:
            for day in (3, 4):
                for at in (8, 20):
                    before = client.call("record.get", type="cup", id=1)["washed"]
                    client.call("clock.advance", to=f"2026-03-0{day}T{at + 1:02}:00:00+08:00")
                    after = client.call("record.get", type="cup", id=1)["washed"]
                    # On the way to the first instant the evening before may lie.
                    passed = [8] if at == 8 and day == 3 and hour == 8 else [at]
                    passed += [20] if at == 8 and day == 3 else []
                    assert after - before == passed.count(hour), (day, at, version)

    def end(self):
        self.server.stop()
        self.server.verify()

    def remove(self):
        self.server.kill()
        self.server.remove()


def sizes(version):
    if version == "1.0.0":
        return ["1.0.0"] * CUPS
    return ["1.0.0+1.5+2.0"] + ["1.0.0+1.5"] * (CUPS - 1)


@pytest.fixture(name="swapped")
def swapped_fixture(tmp_path):
    made = []

    def make(**options):
        made.append(Swapped(tmp_path / "packages", **options))
        return made[-1]

    yield make
    for one in made:
        one.remove()


@pytest.mark.parametrize("point, count", PLACES)
def test_killed_at_a_place_of_the_swap(swapped, point, count):
    one = swapped()
    one.server.stop()
    one.restart(f"{point}:{count}")
    assert one.load() is None
    one.died()
    one.server.verify()
    one.restart()
    version = one.check()
    assert version == ("1.0.0" if point in BEFORE else "2.0.0")
    one.check_job(version)
    one.end()


def test_killed_again_while_the_start_goes_on_with_it(swapped):
    one = swapped()
    one.server.stop()
    one.restart("api.upgrade.after_commit:2")
    assert one.load() is None
    one.died()
    for _ in range(2):
        with pytest.raises(AssertionError, match="not ready"):
            one.restart("api.upgrade.before_commit:2")
    one.restart()
    assert one.check() == "2.0.0"
    with one.server.connect() as client:
        assert client.call("package.load", name="cups")["replaced"] == "2.0.0"
    assert one.check() == "2.0.0"  # nothing is migrated twice
    one.end()


def test_what_fails_on_the_records_at_the_start_leaves_the_old_version(swapped):
    """The migration passed on the fork; when the start goes on with it, it fails."""
    one = swapped(last='if ctx.now > 1775000000000 then ctx:fail("RULE_FAILED", "太晚了") end')
    one.server.stop()
    one.restart("api.swap.after_note:1")
    assert one.load() is None
    one.died()
    one.server.test_clock = "2026-05-01T09:00:00+08:00"
    with pytest.raises(AssertionError, match="太晚了"):
        one.restart()
    one.restart()
    with one.server.connect() as client:
        assert client.call("cup.version") == {"version": "1.0.0"}
        stored = {item["name"]: item for item in client.call("package.list")["items"]}["cups"]
        assert (stored["version"], stored["state"]) == ("1.0.0", "active")
        assert "太晚了" in stored["failure"]["message"]
    one.end()


def test_killed_at_random_instants(swapped):
    """No place is named here: whatever the swap was doing."""
    chance = random.Random(SEED)
    one = swapped()
    begun = time.monotonic()
    one.load()
    takes = time.monotonic() - begun
    assert one.check() == "2.0.0"
    one.remove()
    for number in range(KILLS):
        one = swapped()
        killer = threading.Timer(chance.uniform(0, takes), one.server.process.kill)
        killer.start()
        one.load()
        killer.join()
        one.died()
        one.restart()
        one.check()
        one.end()
        one.remove()
