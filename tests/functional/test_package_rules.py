"""What a version of a package brings is for the records there are: states, delays, clocks."""

import shutil

import pytest

from packages import write

TEAS = """
return crm.package{
  name = "teas", version = "%(version)s",
  types = { tea = { fields = { { name = "name", kind = "text" }, { name = "count", kind = "integer" },
    { name = "bought", kind = "datetime" } } } },
  %(more)s
}
"""
STATES = """include = { crm.workflow { on = "tea", field = "taste", states = {
  { name = "fresh", to = { { to = "old"%(delay)s }, { to = "drunk"%(since)s } } },
  { name = "old" }, "drunk" }%(clocks)s } },"""
NOTHING = {"delay": "", "since": "", "clocks": ""}
CLOCK = """, clocks = { { name = "turn", runs = { "fresh", "old" }, level = "turns", every = true,
  spans = { { days = 2 } } } }"""
DAY = 24 * 60 * 60 * 1000
NOW = 1_772_413_200_000  # 2026-03-02 09:00 in Shanghai


@pytest.fixture(name="folder")
def folder_fixture(tmp_path):
    made = tmp_path / "packages"
    made.mkdir()
    return made


@pytest.fixture(name="server")
def server_fixture(folder, start_server):
    return start_server(arguments=["--packages", str(folder)], test_clock=str(NOW),
                        configuration={"packages": {"enable": []}})


def teas(client, folder, version, more):
    shutil.rmtree(folder / "teas", ignore_errors=True)
    write(folder / "teas", init=TEAS % {"version": version, "more": more})
    client.call("package.load", name="teas")


def tastes(client, day):
    client.call("clock.advance", to=NOW + int(day * DAY))
    found = client.call("record.find", type="tea", order=["id"], limit=100)["items"]
    return [one.get("taste") for one in found]


def test_a_rule_that_is_new_is_for_the_records_there_are(folder, server):
    """States, a delay and a clock come one after the other; nobody writes the records."""
    with server.connect() as client:
        teas(client, folder, "1.0.0", "")
        for number in range(3):
            client.call("record.create", type="tea", values={
                "name": f"龙井{number}", "bought": NOW - number * DAY + DAY // 12})
        teas(client, folder, "1.1.0", STATES % NOTHING)
        assert tastes(client, 1) == ["fresh"] * 3  # records that are older stand where states begin
        found = client.call("record.find", type="tea", where={"taste": "fresh"})["items"]
        assert len(found) == 3
        # Nobody knows since when: the delay counts from now, that with `since` from there.
        teas(client, folder, "1.2.0", STATES % {**NOTHING, "delay": ", delay = { days = 4 }",
                                                "since": ", delay = { since = 'bought', days = 6 }"})
        entries = client.call("journal.read", after=0, limit=10000)["items"]
        assert entries[-1]["op"].startswith("package.")
        teas(client, folder, "1.2.0", STATES % {**NOTHING, "delay": ", delay = { days = 4 }",
                                                "since": ", delay = { since = 'bought', days = 6 }"})
        assert client.call("journal.read", after=entries[-1]["seq"], limit=10000)["items"] == []
        assert tastes(client, 3.9) == ["fresh"] * 3
        assert tastes(client, 4.1) == ["fresh", "fresh", "drunk"]
        assert tastes(client, 5.01) == ["old", "old", "drunk"]
        assert tastes(client, 9) == ["old", "old", "drunk"]
        # A clock begins now; what is over is not woken.
        teas(client, folder, "1.3.0", STATES % {**NOTHING, "clocks": CLOCK})
        assert tastes(client, 11.5) == ["old", "old", "drunk"]
        found = client.call("record.find", type="tea", order=["id"])["items"]
        assert [one.get("turns") for one in found] == [1, 1, None]
    server.stop()
    server.verify()


def test_a_delay_that_is_new_counts_from_when_the_state_began(folder, server):
    """Where that is known: the records had a delay before. What is over already happens at once."""
    slow = STATES % {**NOTHING, "since": ", delay = { days = 30 }"}
    both = STATES % {**NOTHING, "delay": ", delay = { days = 2 }", "since": ", delay = { days = 5 }"}
    with server.connect() as client:
        teas(client, folder, "1.0.0", slow)
        client.call("record.create", type="tea", values={"name": "毛尖"})
        client.call("clock.advance", to=NOW + 1 * DAY)
        client.call("record.create", type="tea", values={"name": "碧螺春"})
        client.call("clock.advance", to=NOW + int(2.5 * DAY))
        teas(client, folder, "1.1.0", both)
        assert tastes(client, 2.6) == ["old", "fresh"]
        assert tastes(client, 3.1) == ["old", "old"]
    server.stop()
    server.verify()


@pytest.mark.parametrize("count", [499, 500, 501, 1200])
def test_rules_that_are_new_reach_every_record(folder, server, count):
    """writer.build_rows: 500 in a step."""
    with server.connect() as client:
        teas(client, folder, "1.0.0", "")
        calls = [{"op": "record.create", "params": {"type": "tea", "values": {"name": "茶" * 300}}}]
        for left in range(count, 0, -100):
            client.call("batch.run", calls=calls * min(left, 100))
        teas(client, folder, "1.1.0", STATES % {**NOTHING, "delay": ", delay = { days = 1 }"})
        client.call("clock.advance", to=NOW + 2 * DAY)
        assert client.call("record.count", type="tea", where={"taste": "old"})["count"] == count
