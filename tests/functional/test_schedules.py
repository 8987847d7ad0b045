"""What a package wants called again and again: each occurrence once, whatever the clock and the process do."""

import pytest

from packages import haoke, write

PACKAGE = """
return crm.package {
  name = "cron", version = "1.0.0", doc = "Calls by the calendar.",
  types = { mark = { label = { zh = "记号", en = "mark" }, fields = {
    { name = "name", kind = "text", required = true },
  } }, pot = { fields = { { name = "name", kind = "text" } } } },
  include = { crm.workflow { on = "pot", field = "heat", states = {
    { name = "hot", to = { { to = "cold", delay = { days = 3 }, policy = "skip" } } }, "cold" } } },
  jobs = { %s },
  ops = { ["mark.make"] = { write = true, internal = true, doc = "Leaves a mark.",
    params = { { name = "name", kind = "text", required = true } },
    run = function(ctx, params) return ctx:create("mark", { name = params.name }) end } },
}
"""
JOB = '{ name = "%s", rrule = "%s", op = "mark.make", params = { name = "%s" }%s }'
HOUR = 60 * 60 * 1000
MIDNIGHT = 1_772_380_800_000  # 2026-03-02 in Shanghai


def job(name, rrule, more=""):
    return JOB % (name, rrule, name, more)


@pytest.fixture(name="serve")
def serve_fixture(tmp_path, start_server):
    def serve(*jobs, zone="Asia/Shanghai", clock="2026-03-02T09:00:00+08:00", **sections):
        write(tmp_path / "packages" / "cron", init=(PACKAGE % ", ".join(jobs)).lstrip("\n"))
        return start_server(
            configuration={"packages": {"enable": ["cron"]}, "business": {"timezone": zone}, **sections},
            test_clock=clock, arguments=["--packages", str(tmp_path / "packages")])
    return serve


def marks(client, name=None):
    where = {} if name is None else {"where": {"name": name}}
    items = client.call("record.find", type="mark", limit=500, **where)["items"]
    return [mark["created_at"] for mark in items]


def test_each_occurrence_is_called_once(serve):
    with serve(job("daily", "FREQ=DAILY;BYHOUR=8;BYMINUTE=30")).connect() as client:
        start = client.call("clock.get")["now"]
        client.call("clock.advance", to="2026-03-07")
        assert [(at - start) / HOUR for at in marks(client)] == [23.5, 47.5, 71.5, 95.5]
        ops = [entry["op"] for entry in client.call("journal.read", after=0, limit=1000)["items"]]
        assert ops.count("schedule.fire") == 4


def test_a_restart_neither_loses_nor_doubles(serve):
    server = serve(job("daily", "FREQ=DAILY;BYHOUR=8"))
    for day in (3, 4, 5):
        with server.connect() as client:
            client.call("clock.advance", to=f"2026-03-0{day}T10:00:00+08:00")
            assert len(marks(client)) == day - 2
        server.kill()
        server.test_clock = f"2026-03-0{day}T11:00:00+08:00"
        server.start()


@pytest.mark.parametrize("policy, made", [("late", 5), ("once", 1), ("skip", 0)])
def test_what_was_missed_follows_the_policy(serve, policy, made):
    server = serve(job("daily", "FREQ=DAILY;BYHOUR=8", f', policy = "{policy}"'))
    server.stop()
    server.test_clock = "2026-03-07T10:00:00+08:00"
    server.start()
    with server.connect() as client:
        client.call("clock.advance", to="2026-03-07T10:00:00+08:00")
        assert len(marks(client)) == made
        client.call("clock.advance", to="2026-03-09T09:00:00+08:00")
        assert len(marks(client)) == made + 2


@pytest.mark.parametrize("missed", [1000, 90_000, 3_600_000])
@pytest.mark.parametrize("over", [-1, 0, 1])
def test_what_counts_as_missed(serve, missed, over):
    """timers.missed_ms: a millisecond less, exactly, and one more; of a job and of a delay."""
    sections = {} if missed == 3_600_000 else {"timers": {"missed_ms": missed}}
    server = serve(job("daily", "FREQ=DAILY;BYHOUR=8", ', policy = "skip"'), **sections)
    with server.connect() as client:
        client.call("record.create", type="pot", values={})  # since 2 March 09:00
    due = MIDNIGHT + 32 * HOUR
    for instant, seen in ((due, lambda client: len(marks(client))),
                          (MIDNIGHT + 81 * HOUR, lambda client: client.call("record.count", type="pot",
                                                                  where={"heat": "cold"})["count"])):
        server.stop()
        server.test_clock = str(instant + missed + over)
        server.start()
        with server.connect() as client:
            client.call("clock.advance", to=instant + missed + over)
            assert seen(client) == (over <= 0)


@pytest.mark.parametrize("missed", [999, 604_800_001])
def test_what_counts_as_missed_has_bounds(tmp_path, missed):
    config = tmp_path / "haoke.json"
    config.write_text('{"timers": {"missed_ms": %d}}' % missed)
    refused = haoke("check-config", config)
    assert refused.returncode == 1 and "timers.missed_ms" in refused.stderr


@pytest.mark.parametrize("policy, made", [("late", 5), ("once", 1), ("skip", 0)])
def test_a_clock_that_jumps_forward_follows_the_policy_and_back_fires_nothing_twice(serve, policy, made):
    with serve(job("daily", "FREQ=DAILY;BYHOUR=8", f', policy = "{policy}"')).connect() as client:
        client.call("clock.set", now="2026-03-07T10:00:00+08:00")
        assert len(marks(client)) == made
        client.call("clock.set", now="2026-03-02T09:00:00+08:00")
        client.call("clock.set", now="2026-03-07T10:00:00+08:00")
        assert len(marks(client)) == made


def test_daylight_saving_neither_loses_nor_doubles(serve):
    server = serve(job("early", "FREQ=DAILY;BYHOUR=2;BYMINUTE=30"), job("eight", "FREQ=DAILY;BYHOUR=8"),
                   zone="Europe/Berlin", clock="2026-03-28T00:00:00+01:00")
    with server.connect() as client:
        start = client.call("clock.get")["now"]
        client.call("clock.advance", to="2026-03-31")
        assert [(at - start) / HOUR for at in marks(client, "early")] == [2.5, 26, 49.5]
        assert [(at - start) / HOUR for at in marks(client, "eight")] == [8, 31, 55]
        client.call("clock.advance", to="2026-10-24")
        before = len(marks(client, "early"))
        client.call("clock.advance", to="2026-10-27")
        assert len(marks(client, "early")) == before + 3


# --- what a swap does (docs/decisions/0029) ---------------------------------------------------------


def swap(client, folder, *jobs):
    write(folder / "packages" / "cron", init=(PACKAGE % ", ".join(jobs)).lstrip("\n"))
    client.call("package.load", name="cron")


def hours(client, name=None):
    """When they were called, in hours from midnight of 2 March."""
    return [(at - MIDNIGHT) / HOUR for at in marks(client, name)]


def test_a_job_that_stays_keeps_its_timer(serve, tmp_path):
    """Swapped every day, also in the minute it is due; op and params are the new version's."""
    with serve(job("daily", "FREQ=DAILY;BYHOUR=8")).connect() as client:
        for day in (3, 4, 5):
            client.call("clock.advance", to=f"2026-03-0{day}T07:59:59+08:00")
            swap(client, tmp_path, JOB % ("daily", "FREQ=DAILY;BYHOUR=8", f"day {day}", ""))
        client.call("clock.advance", to="2026-03-06T07:00:00+08:00")
        assert hours(client) == [32, 56, 80]
        assert [hours(client, f"day {day}") for day in (3, 4, 5)] == [[32], [56], [80]]


def test_a_rule_that_changes_counts_from_the_swap(serve, tmp_path):
    with serve(job("daily", "FREQ=DAILY;BYHOUR=8")).connect() as client:
        client.call("clock.advance", to="2026-03-03T07:00:00+08:00")
        swap(client, tmp_path, job("daily", "FREQ=DAILY;BYHOUR=20"))
        client.call("clock.advance", to="2026-03-05T07:00:00+08:00")
        assert hours(client) == [44, 68]  # no eight o'clock any more
        swap(client, tmp_path, job("daily", "FREQ=DAILY;BYHOUR=9"))
        client.call("package.rollback", name="cron")  # there and back: one timer, not three
        client.call("clock.advance", to="2026-03-06T12:00:00+08:00")
        assert hours(client) == [44, 68, 92]


def test_another_first_day_is_another_rule(serve, tmp_path):
    """Every second day, from an odd one and then from an even one."""
    rule = "FREQ=DAILY;INTERVAL=2;BYHOUR=8"
    with serve(job("second", rule, ', from = "2026-03-01"')).connect() as client:
        client.call("clock.advance", to="2026-03-04T07:00:00+08:00")
        assert hours(client) == [32]
        swap(client, tmp_path, job("second", rule, ', from = "2026-03-02"'))
        client.call("clock.advance", to="2026-03-07T07:00:00+08:00")
        assert hours(client) == [32, 56, 104]


def test_a_job_that_is_gone_happens_no_more_and_one_that_is_new_begins(serve, tmp_path):
    eight, twenty = job("eight", "FREQ=DAILY;BYHOUR=8"), job("twenty", "FREQ=DAILY;BYHOUR=20")
    with serve(eight).connect() as client:
        client.call("clock.advance", to="2026-03-03T12:00:00+08:00")
        swap(client, tmp_path, twenty)
        client.call("clock.advance", to="2026-03-05T12:00:00+08:00")
        assert (hours(client, "eight"), hours(client, "twenty")) == ([32], [44, 68])
        swap(client, tmp_path, eight, twenty)  # it comes back: nothing of the time between is made up for
        client.call("clock.advance", to="2026-03-06T12:00:00+08:00")
        assert (hours(client, "eight"), hours(client, "twenty")) == ([32, 104], [44, 68, 92])


def test_while_a_package_is_disabled_its_jobs_do_not_happen(serve):
    with serve(job("daily", "FREQ=DAILY;BYHOUR=8")).connect() as client:
        client.call("package.disable", name="cron")
        client.call("package.enable", name="cron")  # before anything was due: as if nothing had been
        client.call("clock.advance", to="2026-03-03T12:00:00+08:00")
        assert hours(client) == [32]
        client.call("package.disable", name="cron")
        client.call("clock.advance", to="2026-03-05T12:00:00+08:00")
        assert hours(client) == [32]
        assert client.call("record.find", type="failure")["items"] == []
        client.call("package.enable", name="cron")  # and nothing is made up for
        client.call("clock.advance", to="2026-03-06T12:00:00+08:00")
        assert hours(client) == [32, 104]


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs, told", [
    (job("often", "FREQ=MINUTELY"), "jobs[0].rrule"),
    (job("never", "FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=-2"), "never comes"),
    (job("never", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"), "never comes"),
    ('{ name = "x", rrule = "FREQ=DAILY", op = "mark.make", policy = "never" }', "policy"),
    (job("twice", "FREQ=DAILY") + ", " + job("twice", "FREQ=DAILY"), "two jobs are named twice"),
    ('{ name = "x", rrule = "FREQ=DAILY", op = "mark.lose" }', "mark.lose"),
])
def test_a_job_that_cannot_be_is_refused(tmp_path, jobs, told):
    write(tmp_path / "packages" / "cron", init=(PACKAGE % jobs).lstrip("\n"))
    refused = haoke("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0",
                    "--packages", tmp_path / "packages", "--enable", "cron")
    assert refused.returncode == 1 and told in refused.stderr, refused.stderr
